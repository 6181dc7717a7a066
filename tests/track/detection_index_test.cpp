// SPDX-License-Identifier: Apache-2.0
#include "track/detection_index.h"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(DetectionIndex, OfTooManyFindsTheNearestOnly) {
  // A thousand on a line, three thousand in one place, and bearings all around.
  Sensor sensor;
  std::vector<Detection> line(1000);
  for (int d = 0; d < 1000; ++d) {
    line[d].Set(Component::kEast, 10.0 * d);
    line[d].Set(Component::kNorth, 0.0);
  }
  std::vector<Detection> heap(3001);
  for (Detection& z : heap) {
    z.Set(Component::kEast, 100.0);
    z.Set(Component::kNorth, 100.0);
  }
  heap.back().Set(Component::kEast, 9000.0);
  std::vector<Detection> bearings(3600);
  for (int d = 0; d < 3600; ++d) bearings[d].Set(Component::kAzimuth, 0.1 * d * kRadPerDeg);
  std::vector<Detection> rates(2000);
  for (Detection& z : rates) z.Set(Component::kRangeRate, 1.0);
  const auto found = [&](const std::vector<Detection>& detections, double e, double half_m) {
    DetectionIndex index;
    index.Build({sensor.p_LS_L, sensor.R_SL}, detections);
    const auto sector = [&] { return DetectionIndex::Sector{0.0, 1.0}; };
    std::vector<int> used;
    index.Near(
        e, 0.0, half_m, sector, [&](int d, bool /*has_place*/) { used.push_back(d); }, 40);
    EXPECT_EQ(index.Count(e, 0.0, half_m, sector) > 40, used.size() < detections.size());
    return used;
  };
  const std::vector<int> of_line = found(line, 5000.0, 4000.0);
  ASSERT_FALSE(of_line.empty());
  EXPECT_LE(of_line.size(), 40U);
  for (const int d : of_line) EXPECT_LE(std::abs(d - 500), 40);
  for (const int d : {500, 501}) {
    EXPECT_NE(std::find(of_line.begin(), of_line.end(), d), of_line.end());
  }
  const std::vector<int> of_heap = found(heap, 100.0, 500.0);
  EXPECT_GE(of_heap.size(), 20U);
  EXPECT_LE(of_heap.size(), 42U);
  const std::vector<int> of_bearings = found(bearings, 0.0, 1.0);
  EXPECT_GE(of_bearings.size(), 20U);
  EXPECT_LE(of_bearings.size(), 40U);
  for (const int d : of_bearings) EXPECT_LE(std::min(d, 3600 - d), 21);
  EXPECT_EQ(found(rates, 0.0, 1.0).size(), 40U);
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
