// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/observation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "picket/codec/json.h"

namespace picket {
namespace {

constexpr const char* kWhole = R"({"id":"a1","time":"2026-03-01T12:00:00Z",
  "sent":"2026-03-01T12:02:00Z","observer":"tower","azimuth_deg":350.0,"azimuth_sd_deg":10,
  "elevation":"low","sense":"both","what":"multirotor","sure":"certain",
  "at":{"lat_deg":37.5,"lon_deg":127.0,"sd_m":8},"note":"two of them"})";
constexpr Geodetic kStands{37.5, 127.0, {50.0}};

double Of(const Report& report, Component c) { return report.detections.at(0)[c] / kRadPerDeg; }
double SdOf(const Report& report, Component c) {
  return report.detections.at(0).sd[static_cast<std::size_t>(c)];
}

TEST(Observation, IsReadWhole) {
  const auto o = ReadObservation(kWhole);
  ASSERT_TRUE(o) << o.error().Text();
  EXPECT_EQ(o->id, "a1");
  EXPECT_EQ(o->observer, "tower");
  EXPECT_NEAR(*o->azimuth_rad, 350.0 * kRadPerDeg, 1e-12);
  EXPECT_EQ(o->height, HeightClass::kLow);
  EXPECT_EQ(o->sense, Sense::kBoth);
  EXPECT_EQ(o->sure, Sureness::kCertain);
  EXPECT_EQ(o->at->sd_m, 8.0);
  EXPECT_EQ(o->note, "two of them");
}

TEST(Observation, ItsAgeIsThatByTheSendersClock) {
  const auto o = ReadObservation(kWhole);
  ASSERT_TRUE(o);
  // The phone's clock is an hour off; the observation is two minutes old all the same.
  const Time received = *Time::Parse("2026-03-01T13:02:05Z");
  EXPECT_EQ(o->TimeBy(received), received - Duration::Seconds(120.0));
  Observation unsent = *o;
  unsent.sent.reset();
  EXPECT_EQ(unsent.TimeBy(received), o->time);
  EXPECT_TRUE(unsent.SameAs(*o));
  unsent.note = "three of them";
  EXPECT_FALSE(unsent.SameAs(*o));
}

TEST(Observation, BecomesABearingWithItsErrors) {
  const auto o = ReadObservation(kWhole);
  ASSERT_TRUE(o);
  const Report report = ReportOf(*o, "tower", o->time, kStands);
  EXPECT_EQ(report.sensor, "tower");
  EXPECT_NEAR(Of(report, Component::kAzimuth), 350.0, 1e-9);
  // Eight metres at half a kilometre are nearly a degree.
  EXPECT_NEAR(SdOf(report, Component::kAzimuth) / kRadPerDeg, 10.04, 0.01);
  EXPECT_NEAR(Of(report, Component::kElevation), 10.0, 1e-9);
  EXPECT_NEAR(SdOf(report, Component::kElevation) / kRadPerDeg, 7.64, 0.01);
  const auto& p = report.detections[0].class_probability;
  EXPECT_NEAR(p[static_cast<std::size_t>(TargetClass::kMultirotor)], 0.92, 1e-12);
  EXPECT_NEAR(p[static_cast<std::size_t>(TargetClass::kBird)], 0.02, 1e-12);
  ReportReader reader;
  const auto back = reader.Read(WriteReport(report));
  ASSERT_TRUE(back) << back.error().Text();
  EXPECT_NEAR(SdOf(back->report, Component::kAzimuth), SdOf(report, Component::kAzimuth), 1e-12);
}

TEST(Observation, ABearingFromElsewhereThanTheSensorIsWorthLess) {
  const auto o = ReadObservation(kWhole);
  ASSERT_TRUE(o);
  // 500 m north of where the observer says that it stands.
  const Report report = ReportOf(*o, "tower", o->time, {37.504505, 127.0, {50.0}});
  EXPECT_NEAR(SdOf(report, Component::kAzimuth) / kRadPerDeg, std::hypot(10.0, 45.0), 0.1);
}

TEST(Observation, WhoIsNotOfTheSiteIsASensorThatStandsThere) {
  auto o = ReadObservation(kWhole);
  ASSERT_TRUE(o);
  const auto joins = ParseSensorChange(WriteSensorChange(StandOf(*o, o->time, true)));
  ASSERT_TRUE(joins) << joins.error().front().Text();
  EXPECT_EQ(joins->time, o->time);
  EXPECT_EQ(joins->sensor, "tower");
  const SensorEntry& entry = *joins->whole;
  EXPECT_EQ(entry.sensor.id, "tower");
  EXPECT_EQ(entry.sensor.kind, SensorKind::kObserver);
  EXPECT_TRUE(entry.sensor.measures.Has(Component::kAzimuth));
  EXPECT_EQ(entry.sensor.field.max_range_m, 5000.0);
  EXPECT_EQ(entry.sensor.detect.probability, 0.5);
  EXPECT_EQ(entry.placement.lat_deg, 37.5);
  EXPECT_EQ(entry.placement.above, SensorPlacement::Above::kGround);

  o->at->lat_deg = 37.6;
  const auto moves = ParseSensorChange(WriteSensorChange(StandOf(*o, o->time, false)));
  ASSERT_TRUE(moves) << moves.error().front().Text();
  EXPECT_EQ(moves->sensor, "tower");
  EXPECT_FALSE(moves->whole) << "what was learned of it stays";
  EXPECT_EQ(moves->at->lat_deg, 37.6);
}

TEST(Observation, OverheadIsAPlaceAndNeedsNoBearing) {
  const auto o =
      ReadObservation(R"({"id":"a","time":1770000000,"observer":"tower","elevation":"overhead"})");
  ASSERT_TRUE(o) << o.error().Text();
  const Report report = ReportOf(*o, "tower", o->time, kStands);
  const auto& z = report.detections.at(0);
  EXPECT_TRUE(z.measured.Empty());
  ASSERT_TRUE(z.fix);
  EXPECT_EQ(z.fix->lat_deg, kStands.lat_deg);
  EXPECT_NEAR(SdOf(report, Component::kEast), 67.0, 0.1);
  EXPECT_FALSE(z.fix->hae || z.fix->amsl);
  ReportReader reader;
  const auto back = reader.Read(WriteReport(report));
  ASSERT_TRUE(back) << back.error().Text();
  EXPECT_NEAR(SdOf(back->report, Component::kNorth), 67.0, 0.1);
}

TEST(Observation, HeightClassesMeetAndRise) {
  double last = 0.0;
  for (const auto c :
       {HeightClass::kLow, HeightClass::kMiddle, HeightClass::kHigh, HeightClass::kOverhead}) {
    const HeightAngle angle = AngleOf(c);
    EXPECT_GT(angle.elevation_rad, last) << HeightClassName(c);
    EXPECT_GT(angle.sd_rad, 5.0 * kRadPerDeg);
    EXPECT_LT(angle.sd_rad, 12.0 * kRadPerDeg);
    last = angle.elevation_rad;
  }
  EXPECT_LT(last, 90.0 * kRadPerDeg);
}

TEST(Observation, WithoutStatedErrorHearingIsWorseThanSeeing) {
  const auto read = [](const char* sense) {
    return ReadObservation(std::string(R"({"id":"a","time":1,"observer":"o","azimuth_deg":1,)") +
                           R"("sense":")" + sense + "\"}");
  };
  EXPECT_GT(read("heard")->azimuth_sd_rad, read("seen")->azimuth_sd_rad);
}

struct Bad {
  const char* json;
  const char* error;
};
class BadObservation : public testing::TestWithParam<Bad> {};

TEST_P(BadObservation, IsRefusedWithItsField) {
  const auto o = ReadObservation(GetParam().json);
  ASSERT_FALSE(o);
  EXPECT_NE(o.error().Text().find(GetParam().error), std::string::npos) << o.error().Text();
}

INSTANTIATE_TEST_SUITE_P(
    All, BadObservation,
    testing::Values(
        Bad{"", "no JSON"}, Bad{"[]", "one JSON object"},
        Bad{R"({"time":1,"observer":"o","azimuth_deg":1})", "id: is missing"},
        Bad{R"({"id":"a b","time":1,"observer":"o","azimuth_deg":1})", "id: has other characters"},
        Bad{R"({"id":"a","observer":"o","azimuth_deg":1})", "time: is missing"},
        Bad{R"({"id":"a","time":"noon","observer":"o","azimuth_deg":1})", "time: is no time"},
        Bad{R"({"id":"a","time":5,"sent":4,"observer":"o","azimuth_deg":1})", "sent: is before"},
        Bad{R"({"id":"a","time":1,"observer":"o"})", "azimuth_deg: is missing"},
        Bad{R"({"id":"a","time":1,"observer":"o","elevation":"low"})", "azimuth_deg: is missing"},
        Bad{R"({"id":"a","time":1,"observer":"o","azimuth_deg":361})", "azimuth_deg: expected"},
        Bad{R"({"id":"a","time":1,"observer":"o","azimuth_deg":1,"azimuth_sd_deg":0})",
            "azimuth_sd_deg: expected"},
        Bad{R"({"id":"a","time":1,"observer":"o","azimuth_deg":1,"elevation":"up"})",
            "elevation: expected one of low middle high overhead"},
        Bad{R"({"id":"a","time":1,"observer":"o","azimuth_deg":1,"what":"ufo"})", "what: expected"},
        Bad{R"({"id":"a","time":1,"observer":"o","azimuth_deg":1,"sure":1})", "sure: expected"},
        Bad{R"({"id":"a","time":1,"observer":"o","azimuth_deg":1,"at":{"lat_deg":91}})",
            "at.lat_deg: expected"},
        Bad{R"({"id":"a","time":1,"observer":"o","azimuth_deg":1,"at":{"lat_deg":1,"lon_deg":1}})",
            "at.sd_m: is missing"},
        Bad{R"({"id":"a","time":1,"observer":"o","azimuth_deg":1,"azimut":1})",
            "azimut: is not known"}));

TEST(Observation, ALongNoteIsRefused) {
  const auto o = ReadObservation(R"({"id":"a","time":1,"observer":"o","azimuth_deg":1,"note":")" +
                                 std::string(kMaxNoteBytes + 1, 'x') + "\"}");
  ASSERT_FALSE(o);
  EXPECT_NE(o.error().Text().find("note: has"), std::string::npos);
}

}  // namespace
}  // namespace picket
