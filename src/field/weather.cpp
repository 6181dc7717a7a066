// SPDX-License-Identifier: Apache-2.0
#include "picket/field/weather.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "picket/geo/angle.h"

namespace picket {
namespace {

double SinDeg(double deg) { return std::sin(deg * kRadPerDeg); }
double CosDeg(double deg) { return std::cos(deg * kRadPerDeg); }

constexpr std::int64_t kNsPerDay = 86'400'000'000'000;

}  // namespace

double SunElevationRad(Time time, double lat_deg, double lon_deg) {
  const double days = static_cast<double>(time.ns()) / static_cast<double>(kNsPerDay);
  const double t = (days - 10957.5) / 36525.0;  // centuries since J2000, 2000-01-01T12:00
  const double mean_longitude = std::fmod(280.46646 + t * (36000.76983 + t * 0.0003032), 360.0);
  const double anomaly = 357.52911 + t * (35999.05029 - 0.0001537 * t);
  const double eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t);
  const double centre = SinDeg(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t)) +
                        SinDeg(2.0 * anomaly) * (0.019993 - 0.000101 * t) +
                        SinDeg(3.0 * anomaly) * 0.000289;
  const double node = 125.04 - 1934.136 * t;
  const double longitude = mean_longitude + centre - 0.00569 - 0.00478 * SinDeg(node);
  const double obliquity =
      23.0 + (26.0 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60.0) / 60.0 +
      0.00256 * CosDeg(node);
  const double sin_declination = SinDeg(obliquity) * SinDeg(longitude);
  const double cos_declination = std::sqrt(1.0 - sin_declination * sin_declination);
  const double y = std::pow(std::tan(0.5 * obliquity * kRadPerDeg), 2.0);
  const double equation_of_time_rad =
      y * SinDeg(2.0 * mean_longitude) - 2.0 * eccentricity * SinDeg(anomaly) +
      4.0 * eccentricity * y * SinDeg(anomaly) * CosDeg(2.0 * mean_longitude) -
      0.5 * y * y * SinDeg(4.0 * mean_longitude) -
      1.25 * eccentricity * eccentricity * SinDeg(2.0 * anomaly);
  const double hour_angle_rad = 2.0 * std::numbers::pi * (days - std::floor(days) - 0.5) +
                                equation_of_time_rad + lon_deg * kRadPerDeg;
  return std::asin(std::clamp(SinDeg(lat_deg) * sin_declination +
                                  CosDeg(lat_deg) * cos_declination * std::cos(hour_angle_rad),
                              -1.0, 1.0));
}

double SunLightLux(double elevation_rad) {
  // lg of the light is a cubic in the elevation over 90 degrees, piece by piece.
  struct Piece {
    double from_deg;
    double c[4];
  };
  constexpr Piece kPieces[] = {
      {20.0, {3.74, 3.97, -4.07, 1.47}},         {5.0, {3.05, 13.28, -45.98, 64.33}},
      {-0.8, {2.88, 22.26, -207.64, 1034.30}},   {-5.0, {2.88, 21.81, -258.11, -858.36}},
      {-12.0, {2.70, 12.17, -431.69, -1899.83}}, {-18.0, {13.84, 262.72, 1447.42, 2797.93}}};
  const double deg = elevation_rad / kRadPerDeg;
  for (const Piece& piece : kPieces) {
    if (deg < piece.from_deg) continue;
    const double x = deg / 90.0;
    return std::pow(10.0, piece.c[0] + x * (piece.c[1] + x * (piece.c[2] + x * piece.c[3])));
  }
  return 6.5e-4;
}

Weather WeatherCourse::At(Time time) const {
  Weather weather = stated;
  const double hour =
      24.0 * static_cast<double>(time.ns() % kNsPerDay) / static_cast<double>(kNsPerDay);
  for (const Hours& of : hours) {
    const bool now = of.from_h <= of.to_h ? of.from_h <= hour && hour < of.to_h
                                          : of.from_h <= hour || hour < of.to_h;
    if (!now) continue;
    for (const auto& [what, value] : of.differs) weather.*what = value;
  }
  if (weather.sun_share > 0.0) {
    const double lux = weather.sun_share * SunLightLux(SunElevationRad(time, lat_deg, lon_deg));
    weather.light_lux = std::pow(10.0, 0.1 * std::round(10.0 * std::log10(lux)));
  }
  return weather;
}

}  // namespace picket
