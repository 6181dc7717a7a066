// SPDX-License-Identifier: Apache-2.0
#include "picket/report/measurement.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>

namespace picket {
namespace {

SensorPose Pose() {
  SensorPose pose;
  pose.p_LS_L = {120.0, -340.0, 25.0};
  pose.v_LS_L = {7.0, -4.0, 0.5};
  pose.R_SL = Eigen::AngleAxisd(0.3, Eigen::Vector3d(0.2, -0.5, 0.84).normalized()).matrix();
  return pose;
}

TEST(Measure, KnownGeometry) {
  SensorPose pose;
  const ComponentSet all{Component::kRange, Component::kAzimuth, Component::kElevation,
                         Component::kRangeRate};
  // 3 km east and 4 km north, flying north at 10 m/s: receding at 8 m/s.
  const auto z = Measure(all, pose, {3000.0, 4000.0, 0.0}, {0.0, 10.0, 0.0});
  EXPECT_NEAR(z[0], 5000.0, 1e-9);
  EXPECT_NEAR(z[1], std::atan2(3.0, 4.0), 1e-12);  // clockwise from north
  EXPECT_NEAR(z[2], 0.0, 1e-12);
  EXPECT_NEAR(z[3], 8.0, 1e-12);
}

TEST(Measure, RangeRateIsAgainstTheSensorsOwnMotion) {
  SensorPose pose;
  pose.v_LS_L = {5.0, 0.0, 0.0};
  const auto z = Measure({Component::kRangeRate}, pose, {3000.0, 4000.0, 0.0}, {0.0, 10.0, 0.0});
  EXPECT_NEAR(z[0], 8.0 - 3.0, 1e-12);
}

TEST(Measure, ElevationIsOfTheSlantRange) {
  const auto z = Measure({Component::kElevation}, {}, {300.0, 400.0, 500.0}, {0, 0, 0});
  EXPECT_NEAR(z[0], std::asin(500.0 / std::sqrt(500000.0)), 1e-12);
}

TEST(Measure, SoundPointsBack) {
  SensorPose pose;
  pose.sound_delay = true;
  // 343 m away, moving across at 34.3 m/s: heard where it was one second ago.
  const auto z = Measure({Component::kAzimuth}, pose, {0.0, 343.0, 0.0}, {34.3, 0.0, 0.0});
  EXPECT_NEAR(z[0], -0.0997, 2e-3);
}

/// Every Jacobian against a numeric derivative, all components, a turned sensor.
class MeasureJacobian : public ::testing::TestWithParam<ComponentSet> {};

TEST_P(MeasureJacobian, IsTheDerivative) {
  SensorPose pose = Pose();
  const Eigen::Vector3d reference(900.0, 100.0, 3.0);
  pose.p_LRef_L = &reference;
  Eigen::Matrix<double, 6, 1> x;
  x << 2100.0, 1700.0, 320.0, -18.0, 33.0, 2.5;
  MeasurementJacobian H;
  (void)Measure(GetParam(), pose, x.head<3>(), x.tail<3>(), &H);
  for (int i = 0; i < 6; ++i) {
    constexpr double kStep = 1e-3;
    Eigen::Matrix<double, 6, 1> up = x;
    Eigen::Matrix<double, 6, 1> down = x;
    up[i] += kStep;
    down[i] -= kStep;
    const MeasurementVector d = (Measure(GetParam(), pose, up.head<3>(), up.tail<3>()) -
                                 Measure(GetParam(), pose, down.head<3>(), down.tail<3>())) /
                                (2.0 * kStep);
    for (int row = 0; row < d.size(); ++row) {
      EXPECT_NEAR(H(row, i), d[row], 1e-6 + 1e-5 * std::abs(d[row])) << "row " << row << " " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, MeasureJacobian,
    ::testing::Values(ComponentSet{Component::kRange, Component::kAzimuth, Component::kElevation,
                                   Component::kRangeRate},
                      ComponentSet{Component::kEast, Component::kNorth, Component::kUp,
                                   Component::kVelEast, Component::kVelNorth, Component::kVelUp},
                      ComponentSet{Component::kRangeDifference},
                      ComponentSet{Component::kAzimuth, Component::kRangeRate}));

}  // namespace
}  // namespace picket
