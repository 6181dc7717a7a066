// SPDX-License-Identifier: Apache-2.0
#include "picket/field/weather.h"

#include <gtest/gtest.h>

#include <cmath>

#include "picket/field/detection_field.h"
#include "picket/geo/angle.h"

namespace picket {
namespace {

Time At(const char* text) { return *Time::Parse(text); }

double ElevationDeg(const char* time, double lat_deg, double lon_deg) {
  return SunElevationRad(At(time), lat_deg, lon_deg) / kRadPerDeg;
}

TEST(Sun, StandsWhereTablesSay) {
  // Reda and Andreas, Solar Position Algorithm, NREL/TP-560-34302 (2008), A.5: e0.
  EXPECT_NEAR(ElevationDeg("2003-10-17T12:30:30-07:00", 39.742476, -105.1786), 39.872046, 0.01);
  // At a pole the elevation is the declination. Meeus, Astronomical Algorithms, example 25.a.
  EXPECT_NEAR(ElevationDeg("1992-10-12T23:59:01Z", 90.0, 0.0), -7.78507, 0.01);
  EXPECT_NEAR(ElevationDeg("1992-10-12T23:59:01Z", -90.0, 77.0), 7.78507, 0.01);
  // Overhead at a tropic, at noon of the solstice there; as far under its antipode.
  EXPECT_GT(ElevationDeg("2024-06-20T12:01:50Z", 23.44, 0.0), 89.9);
  EXPECT_LT(ElevationDeg("2024-06-20T12:01:50Z", -23.44, 180.0), -89.9);
}

TEST(Sun, GivesTheLightOfTables) {
  const auto lux = [](double deg) { return SunLightLux(deg * kRadPerDeg); };
  // RCA Electro-Optics Handbook (1974), table of natural illuminance: where the three twilights
  // end, and the sun overhead.
  EXPECT_NEAR(lux(-6.0), 3.40, 0.05);
  EXPECT_NEAR(lux(-12.0), 8.31e-3, 0.3e-3);
  EXPECT_NEAR(lux(-18.0), 6.51e-4, 0.1e-4);
  EXPECT_NEAR(lux(90.0), 1.24e5, 0.06e5);
  double before = lux(-30.0);
  EXPECT_NEAR(before, 6.5e-4, 1e-5);
  for (double deg = -20.0; deg <= 90.0; deg += 0.1) {  // no steps between the pieces
    const double now = lux(deg);
    EXPECT_GE(now, 0.98 * before) << deg;
    EXPECT_LT(now, 1.2 * before) << deg;
    before = now;
  }
}

TEST(WeatherCourse, GoesWithTheHoursAndTheSun) {
  WeatherCourse course;
  course.lat_deg = 37.5;
  course.lon_deg = 127.0;
  course.stated.wind_mps = 2.0;
  course.hours = {{22.0, 4.0, {{&Weather::wind_mps, 9.0}}},
                  {3.0, 5.0, {{&Weather::visibility_m, 400.0}}}};
  EXPECT_EQ(course.At(At("2026-03-01T12:00:00Z")), course.stated);
  EXPECT_EQ(course.At(At("2026-03-01T22:00:00Z")).wind_mps, 9.0);
  EXPECT_EQ(course.At(At("2026-03-02T03:59:59Z")).wind_mps, 9.0);
  EXPECT_EQ(course.At(At("2026-03-02T03:59:59Z")).visibility_m, 400.0);
  EXPECT_EQ(course.At(At("2026-03-02T04:00:00Z")).wind_mps, 2.0);
  EXPECT_EQ(course.At(At("2026-03-02T12:00:00Z")).light_lux, 10'000.0);

  course.stated.sun_share = 0.5;
  const double noon = course.At(At("2026-03-01T03:30:00Z")).light_lux;
  EXPECT_GT(noon, 20'000.0);
  EXPECT_LT(noon, 60'000.0);
  EXPECT_LT(course.At(At("2026-03-01T15:30:00Z")).light_lux, 1e-3);
  // In steps of a tenth of a decade.
  const double steps = 10.0 * std::log10(noon);
  EXPECT_NEAR(steps, std::round(steps), 1e-9);
}

TEST(DetectionField, IsAskedAboutATime) {
  Sensor people;
  people.id = "people";
  people.kind = SensorKind::kObserver;
  people.detect.kind = DetectModel::Kind::kPhysical;
  people.detect.probability = 0.9;
  people.detect.physical = ObserverModel(ObserverParameters{}, Weather{});
  Sensor always = people;
  WeatherCourse course;
  course.lat_deg = 37.5;
  course.lon_deg = 127.0;
  course.stated.sun_share = 1.0;
  people.course = std::make_shared<const WeatherCourse>(course);
  DetectionField field({people, always}, std::make_shared<const Terrain>());
  const auto p = [](const DetectionField& of, SensorIndex s) {
    return of.ProbabilityOfDetection(s, TargetClass::kMultirotor, {150, 0, 60}, {0, 0, 0});
  };
  const double day = p(field, 0);
  EXPECT_GT(day, 0.005);
  EXPECT_EQ(p(field, 1), day);
  const Time noon = At("2026-03-01T03:30:00Z");
  const Time night = At("2026-03-01T15:30:00Z");
  EXPECT_TRUE(field.SetTime(0, noon));
  EXPECT_FALSE(field.SetTime(0, noon + Duration::Seconds(1)));
  EXPECT_EQ(p(field, 0), day);  // more than full light is no better
  EXPECT_TRUE(field.SetTime(0, night));
  EXPECT_FALSE(field.SetTime(1, night));  // its light is stated: at all times
  EXPECT_LT(p(field, 0), 0.01 * day);
  EXPECT_EQ(p(field, 1), day);
  EXPECT_EQ(p(field.At(noon), 0), day);
  EXPECT_EQ(p(field.At(night), 0), p(field, 0));
  EXPECT_LT(p(field, 0), 0.01 * day);
}

}  // namespace
}  // namespace picket
