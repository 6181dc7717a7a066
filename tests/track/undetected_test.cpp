// SPDX-License-Identifier: Apache-2.0
#include "track/undetected.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace picket {
namespace {

/// Sees what is 1.2 degrees and more above its horizon.
Sensor HighLooking() {
  Sensor s;
  s.id = "high";
  s.field.max_range_m = 50000.0;
  s.field.elevation_min_rad = 1.2 * kRadPerDeg;
  s.detect.probability = 0.9;
  return s;
}

TrackerParameters Parameters() {
  TrackerParameters parameters;
  parameters.region_radius_m = 20000.0;
  parameters.expected_at_start = 3.0;
  parameters.births_per_hour = 0.0;
  parameters.survival_per_s = 1.0;
  return parameters;
}

UndetectedModel Model() {
  return {std::make_shared<const DetectionField>(std::vector<Sensor>{HighLooking()},
                                                 std::make_shared<const Terrain>()),
          Parameters()};
}

double Sum(const UndetectedModel::State& state) {
  return std::accumulate(state.begin(), state.end(), 0.0);
}

TEST(Undetected, StartsWithWhatIsExpectedAndKeepsItInside) {
  const UndetectedModel model = Model();
  UndetectedModel::State state = model.Start();
  EXPECT_NEAR(Sum(state), 3.0, 1e-9);
  model.Advance(state, 1.0);
  // Some leave over the boundary, nobody is made or lost between the heights.
  EXPECT_LT(Sum(state), 3.0);
  EXPECT_GT(Sum(state), 2.9);
}

TEST(Undetected, OnlyTheHeightsThatAreSeenAreThinned) {
  const UndetectedModel model = Model();
  UndetectedModel::State state = model.Start();
  // 8 km out the sensor's lower edge is 168 m up.
  const double before = model.Density(state, 0.0, 8000.0);
  EXPECT_NEAR(model.HeightFactor(state, 0.0, 8000.0, 30.0, 5.0), 1.0, 1e-9);
  UndetectedModel::ByDistrict found_here{};
  const double found = model.Thin(state, 0, found_here);
  EXPECT_GT(found, 0.0);
  EXPECT_NEAR(std::accumulate(found_here.begin(), found_here.end(), 0.0), found, 1e-9);
  EXPECT_GT(found_here[static_cast<std::size_t>(model.DistrictOf(0.0, 8000.0))], 0.0);
  EXPECT_LT(model.Density(state, 0.0, 8000.0), before);
  EXPECT_GT(model.HeightFactor(state, 0.0, 8000.0, 30.0, 5.0), 1.2);
  EXPECT_LT(model.HeightFactor(state, 0.0, 8000.0, 400.0, 5.0), 0.3);
  // Where nobody knows the height, before the look, it makes no difference.
  EXPECT_NEAR(model.HeightFactor(model.Start(), 0.0, 8000.0, kPriorHeightM, kPriorHeightSdM), 1.0,
              1e-9);
}

TEST(Undetected, GivesBackAtTheHeightThatWasLeft) {
  const UndetectedModel model = Model();
  UndetectedModel::State state(model.Start().size(), 0.0);
  model.Add(state, 0.0, 8000.0, 30.0, 1.0);
  EXPECT_NEAR(Sum(state), 1.0, 1e-12);
  EXPECT_EQ(model.HeightFactor(state, 0.0, 8000.0, 400.0, 1.0), 0.0);
  EXPECT_GT(model.HeightFactor(state, 0.0, 8000.0, 30.0, 1.0), 1.0);
  // Outside of the region there is nobody to count.
  model.Add(state, 50000.0, 0.0, std::nullopt, 1.0);
  EXPECT_NEAR(Sum(state), 1.0, 1e-12);
}

TEST(Undetected, TheyChangeHeightSlowly) {
  const UndetectedModel model = Model();
  UndetectedModel::State state(model.Start().size(), 0.0);
  model.Add(state, 0.0, 0.0, 30.0, 1.0);
  const auto low = [&] {
    return std::accumulate(state.begin(),
                           state.begin() + UndetectedModel::kSide * UndetectedModel::kSide, 0.0);
  };
  model.Advance(state, 10.0);
  EXPECT_GT(low(), 0.85);
  EXPECT_LT(low(), 0.97);
  EXPECT_NEAR(Sum(state), 1.0, 1e-9);
}

}  // namespace
}  // namespace picket
