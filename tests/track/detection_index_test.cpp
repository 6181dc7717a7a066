// SPDX-License-Identifier: Apache-2.0
#include "track/detection_index.h"

#include <gtest/gtest.h>

#include <set>

#include "picket/base/random.h"
#include "picket/field/sensor.h"

namespace picket {
namespace {

std::set<int> Found(const DetectionIndex& index, double e, double n, double half, double azimuth,
                    double half_rad) {
  std::set<int> found;
  const auto sector = [&] { return DetectionIndex::Sector{azimuth, half_rad}; };
  index.Near(e, n, half, sector, [&](int d, bool /*has_place*/) {
    EXPECT_TRUE(found.insert(d).second) << "twice: " << d;
  });
  return found;
}

TEST(DetectionIndex, FindsWhatABoxHolds) {
  Random random(3);
  Sensor sensor;
  std::vector<Detection> detections(500);
  for (Detection& z : detections) {
    const double e = random.Uniform(-5000.0, 8000.0);
    const double n = random.Uniform(-100.0, 9000.0);
    z.Set(Component::kEast, e);
    z.Set(Component::kNorth, n);
  }
  DetectionIndex index;
  index.Build({sensor.p_LS_L, sensor.R_SL}, detections);
  for (int trial = 0; trial < 300; ++trial) {
    const double e = random.Uniform(-7000.0, 9000.0);
    const double n = random.Uniform(-2000.0, 11000.0);
    const double half = random.Uniform(1.0, 4000.0);
    std::set<int> expected;
    for (int d = 0; d < 500; ++d) {
      if (std::abs(detections[d][Component::kEast] - e) <= half &&
          std::abs(detections[d][Component::kNorth] - n) <= half) {
        expected.insert(d);
      }
    }
    EXPECT_EQ(Found(index, e, n, half, 0.0, 0.1), expected);
  }
}

TEST(DetectionIndex, FindsBearingsAcrossNorth) {
  Sensor sensor;
  std::vector<Detection> detections(360);
  for (int d = 0; d < 360; ++d) detections[d].Set(Component::kAzimuth, d * kRadPerDeg);
  DetectionIndex index;
  index.Build({sensor.p_LS_L, sensor.R_SL}, detections);
  for (const double centre_deg : {0.5, 359.5, 180.5, -10.5}) {
    const auto found = Found(index, 0, 0, 1, centre_deg * kRadPerDeg, 5.0 * kRadPerDeg);
    EXPECT_EQ(found.size(), 10U) << centre_deg;
    for (const int d : found) {
      EXPECT_LE(std::abs(WrapPi((d - centre_deg) * kRadPerDeg)), 5.0 * kRadPerDeg);
    }
  }
  EXPECT_EQ(Found(index, 0, 0, 1, 1.0, 4.0).size(), 360U);
}

TEST(DetectionIndex, PlaceOfRangeAndAzimuth) {
  Sensor sensor;
  sensor.p_LS_L = {100.0, 200.0, 0.0};
  Detection z;
  z.Set(Component::kRange, 1000.0);
  z.Set(Component::kAzimuth, 90.0 * kRadPerDeg);
  EXPECT_TRUE(DetectionIndex::Place(SensorPose{sensor.p_LS_L, sensor.R_SL}, z)
                  .isApprox(Eigen::Vector2d(1100.0, 200.0), 1e-9));
  EXPECT_FALSE(DetectionIndex::HasPlace(Detection{}));
}

}  // namespace
}  // namespace picket
