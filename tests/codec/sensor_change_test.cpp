// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/sensor_change.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

SensorChange Joining() {
  SensorChange change;
  change.time = *Time::Parse("2026-03-01T12:00:00.123456789Z");
  SensorEntry& entry = change.whole.emplace();
  Sensor& sensor = entry.sensor;
  sensor.id = change.sensor = "8d3c\"\\ \u00e4";
  sensor.name = "Hill";
  sensor.kind = SensorKind::kRadar;
  sensor.period = Duration::Seconds(2.5);
  sensor.measures = {Component::kRange, Component::kAzimuth};
  sensor.sd[static_cast<std::size_t>(Component::kRange)] = 12.5;
  sensor.sd[static_cast<std::size_t>(Component::kAzimuth)] = 0.25 * kRadPerDeg;
  sensor.sd[static_cast<std::size_t>(Component::kElevation)] = 1.5 * kRadPerDeg;
  sensor.field.max_range_m = 7000.0;
  sensor.field.azimuth_from = Bearing::Deg(300.0);
  sensor.field.azimuth_width_rad = 120.0 * kRadPerDeg;
  sensor.field.elevation_min_rad = -5.0 * kRadPerDeg;
  sensor.field.elevation_max_rad = 45.0 * kRadPerDeg;
  sensor.detect.probability = 0.65;
  sensor.clutter_per_look = 0.0;
  sensor.echoes = 0.25;
  sensor.resolution = {30.0, 1.5 * kRadPerDeg};
  sensor.error_correlation_s = 4.5;
  sensor.up = false;
  entry.sapient = "a8654cdf-4328-47de-81fa-c495589e30c9";
  entry.placement = {.lat_deg = 37.5,
                     .lon_deg = 127.25,
                     .above = SensorPlacement::Above::kSeaLevel,
                     .height_m = -3.25,
                     .vel_enu_mps = {4.0, -2.5, 0.0}};
  RegionEntry outline;
  outline.rings_lon_lat = {{{127.0, 37.0}, {127.5, 37.0}, {127.5, 37.5}, {127.0, 37.0}}};
  RegionEntry cone;
  cone.cone.max_range_m = 800.0;
  cone.cone.azimuth_from = Bearing::Deg(10.0);
  cone.cone.azimuth_width_rad = 20.0 * kRadPerDeg;
  entry.views = {outline};
  entry.obscured = {cone, outline};
  return change;
}

TEST(SensorChange, ASensorThatJoinsReadsBackAsItWas) {
  const SensorChange change = Joining();
  const std::string text = WriteSensorChange(change);
  const auto again = ParseSensorChange(text);
  ASSERT_TRUE(again) << again.error().front().Text() << "\n" << text;
  EXPECT_EQ(again->time, change.time);
  EXPECT_EQ(again->sensor, change.sensor);
  ASSERT_TRUE(again->whole);
  const Sensor& was = change.whole->sensor;
  const Sensor& is = again->whole->sensor;
  EXPECT_EQ(is.name, was.name);
  EXPECT_EQ(is.period, was.period);
  EXPECT_EQ(is.echoes, was.echoes);
  EXPECT_EQ(is.resolution.range_m, was.resolution.range_m);
  EXPECT_NEAR(is.resolution.azimuth_rad, was.resolution.azimuth_rad, 1e-15);
  EXPECT_EQ(is.error_correlation_s, was.error_correlation_s);
  EXPECT_EQ(is.measures, was.measures);
  for (std::size_t c = 0; c < kComponents; ++c) EXPECT_NEAR(is.sd[c], was.sd[c], 1e-15);
  EXPECT_NEAR(is.field.azimuth_from.rad(), was.field.azimuth_from.rad(), 1e-15);
  EXPECT_NEAR(is.field.azimuth_width_rad, was.field.azimuth_width_rad, 1e-14);
  EXPECT_EQ(is.detect.probability, was.detect.probability);
  EXPECT_EQ(is.clutter_per_look, 0.0);
  EXPECT_FALSE(is.up);
  EXPECT_EQ(again->whole->placement.above, SensorPlacement::Above::kSeaLevel);
  EXPECT_EQ(again->whole->placement.height_m, -3.25);
  EXPECT_EQ(again->whole->placement.vel_enu_mps, change.whole->placement.vel_enu_mps);
  EXPECT_EQ(again->whole->sapient, change.whole->sapient);
  ASSERT_EQ(again->whole->views.size(), 1U);
  EXPECT_EQ(again->whole->views[0].rings_lon_lat, change.whole->views[0].rings_lon_lat);
  ASSERT_EQ(again->whole->obscured.size(), 2U);
  EXPECT_EQ(again->whole->obscured[0].cone.max_range_m, 800.0);
  EXPECT_EQ(WriteSensorChange(*again), text);
}

TEST(SensorChange, WhatIsNotSaidIsNotChanged) {
  SensorChange change;
  change.time = *Time::Parse("2026-03-01T12:00:00Z");
  change.sensor = "radar";
  change.up = false;
  auto again = ParseSensorChange(WriteSensorChange(change));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->up, false);
  EXPECT_FALSE(again->whole || again->at || again->views || again->obscured);
  change.up.reset();
  change.views.emplace();
  again = ParseSensorChange(WriteSensorChange(change));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->up);
  ASSERT_TRUE(again->views) << "no views at all is a change as well";
  EXPECT_TRUE(again->views->empty());
}

TEST(SensorChange, SaysWhatIsWrong) {
  const auto wrong = [](std::string_view text) {
    const auto change = ParseSensorChange(text);
    return change ? std::string() : change.error().front().Text();
  };
  constexpr std::string_view kTime = "time = \"2026-03-01T12:00:00Z\"\n";
  EXPECT_NE(wrong("x").find("sensor change:1"), std::string::npos) << wrong("x");
  EXPECT_NE(wrong(kTime).find("expected one [[sensor]] or one [change]"), std::string::npos);
  EXPECT_NE(wrong("time = \"now\"\n[change]\nsensor = \"a\"\n").find("time"), std::string::npos);
  const std::string odd = std::string(kTime) + "[change]\nsensor = \"a\"\nperiod_s = 3\n";
  EXPECT_NE(wrong(odd).find("change.period_s"), std::string::npos) << wrong(odd);
  const std::string line = std::string(kTime) +
                           "[change]\nsensor = \"a\"\nviews = [ { geojson = { type = "
                           "\"LineString\", coordinates = [[1.0, 2.0], [2.0, 3.0]] } } ]\n";
  EXPECT_NE(wrong(line).find("change.views[0].geojson"), std::string::npos) << wrong(line);
}

}  // namespace
}  // namespace picket
