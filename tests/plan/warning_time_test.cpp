// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/warning_time.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

namespace picket {
namespace {

constexpr double kRadiusM = 20000.0;

/// Exposure of one disc that looks once a second with p_D = 0.3, 12 km about the origin.
std::vector<float> Disc(const PlanGrid& grid, std::size_t bands, double rate) {
  std::vector<float> exposure(bands * grid.size(), 0.0F);
  for (std::size_t i = 0; i < exposure.size(); ++i) {
    const Terrain::MapPoint at = grid.At(i % grid.size());
    if (std::hypot(at.east_m, at.north_m) <= 12000.0) exposure[i] = static_cast<float>(rate);
  }
  return exposure;
}

TEST(WarningTime, OfADiscIsWhatGeometrySays) {
  const PlanGrid grid = MakePlanGrid(Terrain(), kRadiusM, 200);
  const double bands[] = {50.0, 200.0};
  // It looks long enough into the disc for the exposure to gather: 3 / 0.03 per second = 100 s.
  const Flyer flyer{50.0, 5.0};
  const auto undetected = Undetected(grid, bands, Disc(grid, 2, 0.03), flyer);
  const WarningTime warning = GuaranteedWarning(grid, bands, undetected, {0, 0}, 1000.0, 50.0);
  const double frontier_m = 12000.0 - kSureExposure / 0.03 * 50.0;
  const double expected_s = (frontier_m - 1000.0) / 50.0;
  for (const WarningTime::Least& sector : warning.sectors) {
    // Never optimistic; pessimistic by a cell and the steps' 2.75 % at most.
    EXPECT_LT(sector.time_s, expected_s + 1.0);
    EXPECT_GT(sector.time_s, expected_s - 2.5 * grid.cell_m / 50.0 - 0.0275 * 100.0 - 1.0);
  }
}

TEST(WarningTime, TheBlindSectorAndHeightAreTheWeakest) {
  const PlanGrid grid = MakePlanGrid(Terrain(), kRadiusM, 200);
  const double bands[] = {50.0, 200.0};
  std::vector<float> exposure = Disc(grid, 2, 1.0);
  // A blind lane from the east, 1.2 km wide, low down, to within 4 km.
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const Terrain::MapPoint at = grid.At(i);
    if (at.east_m > 4000.0 && std::abs(at.north_m) < 600.0) exposure[i] = 0.0F;
  }
  const auto undetected = Undetected(grid, bands, exposure, {50.0, 5.0});
  const WarningTime warning = GuaranteedWarning(grid, bands, undetected, {0, 0}, 1000.0, 50.0);
  EXPECT_EQ(warning.weakest, kSectors / 4);  // east
  const WarningTime::Least& weakest = warning.sectors[warning.weakest];
  EXPECT_EQ(weakest.band_agl_m, 50.0);
  EXPECT_NEAR(weakest.range_m, 4000.0, 400.0);
  EXPECT_NEAR(weakest.time_s, 60.0, 8.0);
  EXPECT_GT(warning.sectors[0].time_s, 200.0);
}

TEST(WarningTime, WithoutSensorsThereIsNone) {
  const PlanGrid grid = MakePlanGrid(Terrain(), kRadiusM, 50);
  const double bands[] = {50.0};
  const std::vector<float> nothing(grid.size(), 0.0F);
  const auto undetected = Undetected(grid, bands, nothing, {50.0, 5.0});
  EXPECT_EQ(GuaranteedWarning(grid, bands, undetected, {0, 0}, 1000.0, 50.0).sectors[0].time_s,
            0.0);
}

}  // namespace
}  // namespace picket
