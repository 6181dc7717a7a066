// SPDX-License-Identifier: Apache-2.0
#include "track/turn_votes.h"

#include <gtest/gtest.h>

#include "picket/base/random.h"

namespace picket {
namespace {

Sensor Radar(double sd_azimuth_rad) {
  Sensor sensor;
  sensor.measures = {Component::kRange, Component::kAzimuth};
  sensor.sd[static_cast<std::size_t>(Component::kAzimuth)] = sd_azimuth_rad;
  return sensor;
}

Detection At(double range_m, double azimuth_rad) {
  Detection z;
  z.Set(Component::kRange, range_m, 15.0);
  z.Set(Component::kAzimuth, azimuth_rad, 0.5 * kRadPerDeg);
  return z;
}

/// What is found in looks at targets through false detections, azimuths being off by `turn_rad`.
std::optional<double> Found(int targets, int wrong, double turn_rad, int looks,
                            double sd_rad = 0.5 * kRadPerDeg) {
  Random random(9);
  TurnVotes votes;
  const Sensor radar = Radar(sd_rad);
  std::vector<AwaitedTarget> awaited;
  for (int t = 0; t < targets; ++t) {
    awaited.push_back({random.Uniform(1000, 15000), random.Uniform(-3.1, 3.1), 20.0});
  }
  for (int look = 0; look < looks; ++look) {
    std::vector<Detection> detections;
    for (const AwaitedTarget& target : awaited) {
      if (random.Uniform() > 0.8) continue;
      detections.push_back(At(target.range_m + 15.0 * random.Normal(),
                              target.azimuth_rad + turn_rad + sd_rad * random.Normal()));
    }
    for (int k = 0; k < wrong; ++k) {
      detections.push_back(At(random.Uniform(100, 20000), random.Uniform(0, 6.28)));
    }
    if (const auto turn = votes.Count(radar, awaited, detections)) return turn;
  }
  return std::nullopt;
}

TEST(TurnVotes, FindTheTurnThroughFalseDetections) {
  for (const double turn_deg : {-170.0, -30.0, -3.0, 2.0, 5.0, 90.0, 179.9}) {
    for (const int wrong : {0, 20, 500}) {
      const auto turn = Found(10, wrong, turn_deg * kRadPerDeg, 10);
      ASSERT_TRUE(turn) << turn_deg << ' ' << wrong;
      EXPECT_NEAR(std::remainder(*turn / kRadPerDeg - turn_deg, 360.0), 0.0, 0.6) << wrong;
    }
  }
  const auto coarse = Found(10, 20, 40.0 * kRadPerDeg, 10, 4.0 * kRadPerDeg);
  ASSERT_TRUE(coarse);
  EXPECT_NEAR(*coarse / kRadPerDeg, 40.0, 4.0);
}

TEST(TurnVotes, SayNothingWithoutOne) {
  EXPECT_FALSE(Found(10, 500, 0.0, 100)) << "they are where they are expected";
  EXPECT_FALSE(Found(10, 0, 0.5 * kRadPerDeg, 100)) << "that is for registration";
  EXPECT_FALSE(Found(1, 0, 0.5, 100)) << "one target alone may be another one's neighbour";
  // False detections alone.
  Random random(10);
  TurnVotes votes;
  EXPECT_TRUE(votes.Empty());
  const std::vector<AwaitedTarget> awaited = {
      {3000, 0.1, 20}, {5000, 1.0, 20}, {9000, -2.0, 20}, {12000, 3.0, 20}};
  for (int look = 0; look < 300; ++look) {
    std::vector<Detection> detections;
    for (int k = 0; k < 300; ++k) {
      detections.push_back(At(random.Uniform(100, 20000), random.Uniform(0, 6.28)));
    }
    ASSERT_FALSE(votes.Count(Radar(0.01), awaited, detections)) << look;
  }
  EXPECT_FALSE(votes.Empty());
}

TEST(TurnVotes, WhatMeasuresNoPlaceHasNoVote) {
  TurnVotes votes;
  Detection bearing;
  bearing.Set(Component::kAzimuth, 0.5, 0.01);
  const std::vector<AwaitedTarget> awaited = {{3000, 0.1, 20}, {5000, 0.1, 20}};
  for (int look = 0; look < 20; ++look) {
    EXPECT_FALSE(votes.Count(Radar(0.01), awaited, std::vector<Detection>(9, bearing)));
  }
}

}  // namespace
}  // namespace picket
