// SPDX-License-Identifier: Apache-2.0
#include "track/birth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "track/undetected.h"

namespace picket {
namespace {

/// A sensor in the middle, its reference 6 km to the east; ten targets in a region of 10 km.
struct World {
  explicit World(double max_range_m) {
    std::vector<Sensor> sensors(2);
    for (Sensor& s : sensors) {
      s.field.max_range_m = max_range_m;
      s.detect.probability = 0.8;
    }
    sensors[0].id = "here";
    sensors[1].id = "there";
    sensors[1].p_LS_L = {6000.0, 0.0, 0.0};
    parameters.region_radius_m = 10000.0;
    parameters.expected_at_start = 10.0;
    field = std::make_shared<const DetectionField>(sensors, std::make_shared<const Terrain>());
    pose.p_LS_L = field->sensor(0).p_LS_L;
    pose.R_SL = field->sensor(0).R_SL;
    pose.p_LRef_L = &field->sensor(1).p_LS_L;
  }
  /// Undetected targets that would be detected, over all values of one component.
  [[nodiscard]] double Sum(Component c, double from, double to, double step, double sd) const {
    const UndetectedModel undetected(field, parameters);
    const BirthModel birth(field, &undetected, parameters);
    const UndetectedModel::State state = undetected.Start();
    Newborn newborn;
    double sum = 0.0;
    for (double value = from; value < to; value += step) {
      Detection z;
      z.Set(c, value, sd);
      birth.Imagine(state, 0, pose, z, 0.0, newborn);
      double weights = 0.0;
      for (const Gaussian& g : newborn.mixture) weights += g.weight;
      EXPECT_NEAR(weights, newborn.density, 1e-9 * weights);
      sum += newborn.density * step;
    }
    return sum;
  }
  TrackerParameters parameters;
  std::shared_ptr<const DetectionField> field;
  SensorPose pose;
};

TEST(BirthModel, WhateverIsMeasuredAsManyTargetsStart) {
  const World world(5000.0);
  // A quarter of the region, eight of ten seen: two.
  EXPECT_NEAR(world.Sum(Component::kAzimuth, 0.0, 2.0 * std::numbers::pi, 0.05, 0.01), 2.0, 0.3);
  EXPECT_NEAR(world.Sum(Component::kRange, 125.0, 5000.0, 50.0, 10.0), 2.0, 0.2);
  EXPECT_NEAR(world.Sum(Component::kRangeDifference, -5990.0, 5990.0, 60.0, 10.0), 2.0, 0.3);
}

TEST(BirthModel, ACurveGoesWhereTheMeasurementIsAsItIs) {
  const World world(8000.0);
  const UndetectedModel undetected(world.field, world.parameters);
  const BirthModel birth(world.field, &undetected, world.parameters);
  const UndetectedModel::State state = undetected.Start();
  Newborn newborn;
  for (const Component c : {Component::kRange, Component::kRangeDifference}) {
    for (const double value : {-5000.0, -3000.0, 0.0, 400.0, 2500.0, 5000.0}) {
      if (c == Component::kRange && value <= 0.0) continue;
      Detection z;
      z.Set(c, value, 10.0);
      birth.Imagine(state, 0, world.pose, z, 0.0, newborn);
      ASSERT_GT(newborn.mixture.size(), 20U) << value;
      for (const Gaussian& g : newborn.mixture) {
        const Eigen::Vector3d p(g.x[0], g.x[1], g.x[2]);
        double is = (p - world.pose.p_LS_L).norm();
        if (c == Component::kRangeDifference) is -= (p - *world.pose.p_LRef_L).norm();
        EXPECT_NEAR(is, value, 45.0) << p.transpose();
        EXPECT_GT(g.P(0, 0), 0.0);
        EXPECT_GT(g.P(0, 0) * g.P(1, 1), g.P(0, 1) * g.P(0, 1));
      }
    }
  }
  Detection z;
  z.Set(Component::kRangeDifference, 6030.0, 10.0);  // longer than the base, by an error
  birth.Imagine(state, 0, world.pose, z, 0.0, newborn);
  EXPECT_GT(newborn.density, 0.0);
  z.Set(Component::kRangeDifference, 400.0, 10.0);  // without its reference it says nothing
  SensorPose alone = world.pose;
  alone.p_LRef_L = nullptr;
  birth.Imagine(state, 0, alone, z, 0.0, newborn);
  EXPECT_EQ(newborn.density, 0.0);
}

}  // namespace
}  // namespace picket
