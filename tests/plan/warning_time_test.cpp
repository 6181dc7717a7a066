// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/warning_time.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>

#include "picket/base/random.h"

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
  const auto least = LeastExposure(grid, bands, Disc(grid, 2, 0.03), flyer);
  const WarningTime warning = GuaranteedWarning(grid, bands, least, {0, 0}, 1000.0, 50.0);
  const double frontier_m = 12000.0 - kSureExposure / 0.03 * 50.0;
  const double expected_s = (frontier_m - 1000.0) / 50.0;
  for (const WarningTime::Least& sector : warning.sectors) {
    // Never optimistic; pessimistic by a cell and the steps' 2.75 % at most.
    EXPECT_LT(sector.time_s, expected_s + 1.0);
    EXPECT_GT(sector.time_s, expected_s - 2.5 * grid.cell_m / 50.0 - 0.0275 * 100.0 - 1.0);
  }
  EXPECT_NEAR(warning.detected, 0.95, 1e-9);
}

TEST(WarningTime, WhereNoneIsThereIsHowSurelyATargetIsDetected) {
  const PlanGrid grid = MakePlanGrid(Terrain(), kRadiusM, 200);
  const double bands[] = {50.0, 200.0};
  const Flyer flyer{50.0, 5.0};
  // 11 km at 50 m/s, 220 s, at 0.005 per second: an exposure of 1.1 up to the circle.
  const auto least = LeastExposure(grid, bands, Disc(grid, 2, 0.005), flyer);
  const WarningTime warning = GuaranteedWarning(grid, bands, least, {0, 0}, 1000.0, 50.0);
  EXPECT_EQ(warning.sectors[warning.weakest].time_s, 0.0);
  EXPECT_NEAR(-std::log1p(-warning.detected), 1.1, 0.06);
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
  const auto least = LeastExposure(grid, bands, exposure, {50.0, 5.0});
  const WarningTime warning = GuaranteedWarning(grid, bands, least, {0, 0}, 1000.0, 50.0);
  EXPECT_EQ(warning.weakest, kSectors / 4);  // east
  const WarningTime::Least& weakest = warning.sectors[warning.weakest];
  EXPECT_EQ(weakest.band_agl_m, 50.0);
  EXPECT_NEAR(weakest.range_m, 4000.0, 400.0);
  EXPECT_NEAR(weakest.time_s, 60.0, 8.0);
  EXPECT_GT(warning.sectors[0].time_s, 200.0);
}

/// Against Bellman-Ford: relaxing every edge until nothing changes any more.
TEST(WarningTime, LeastExposureIsTheLeast) {
  const PlanGrid grid = MakePlanGrid(Terrain(), 3000.0, 24);
  const double bands[] = {50.0, 100.0, 200.0};
  const Flyer flyer{20.0, 4.0};
  Random random(11);
  std::vector<float> rate;
  for (std::size_t i = 0; i < 3 * grid.size(); ++i) {
    rate.push_back(static_cast<float>(random.Uniform(0, 1) < 0.3 ? 0.0 : random.Uniform(0, 0.05)));
  }
  const int n = grid.columns;
  const auto inside = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < n && y < n && grid.InRegion(static_cast<std::size_t>(y) * n + x);
  };
  std::vector<double> least(rate.size(), 1e9);
  for (int y = 0; y < n; ++y) {
    for (int x = 0; x < n; ++x) {
      const bool edge =
          !inside(x + 1, y) || !inside(x - 1, y) || !inside(x, y + 1) || !inside(x, y - 1);
      for (std::size_t b = 0; b < 3; ++b) {
        if (inside(x, y) && edge) least[b * grid.size() + y * n + x] = 0.0;
      }
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t node = 0; node < rate.size(); ++node) {
      if (least[node] >= 1e9) continue;
      const std::size_t band = node / grid.size();
      const int x = static_cast<int>(node % grid.size()) % n;
      const int y = static_cast<int>(node % grid.size()) / n;
      const auto relax = [&](std::size_t to, double exposure) {
        if (exposure < least[to] - 1e-12) {
          least[to] = exposure;
          changed = true;
        }
      };
      for (int dy = -2; dy <= 2; ++dy) {
        for (int dx = -2; dx <= 2; ++dx) {
          const int long_side = std::max(std::abs(dx), std::abs(dy));
          const int short_side = std::min(std::abs(dx), std::abs(dy));
          const bool step = long_side == 1 || (long_side == 2 && short_side == 1);
          if (!step || !inside(x + dx, y + dy)) continue;
          const auto at = [&](int ex, int ey) -> double {
            return rate[band * grid.size() + (y + ey) * n + x + ex];
          };
          double mean = 0.5 * (at(0, 0) + at(dx, dy));
          if (long_side == 2) {
            // The two cells that the straight line passes between.
            const int hx = dx / 2;
            const int hy = dy / 2;
            mean = 0.5 * mean + 0.25 * (at(hx, hy) + at(dx - hx, dy - hy));
          }
          relax(band * grid.size() + (y + dy) * n + x + dx,
                least[node] + mean * std::hypot(dx, dy) * grid.cell_m / 20.0 / 1.0275);
        }
      }
      for (const int other : {static_cast<int>(band) - 1, static_cast<int>(band) + 1}) {
        if (other < 0 || other > 2) continue;
        const std::size_t to = static_cast<std::size_t>(other) * grid.size() + node % grid.size();
        relax(to, least[node] + 0.5 * (static_cast<double>(rate[node]) + rate[to]) *
                                    std::abs(bands[band] - bands[other]) / 4.0);
      }
    }
  }
  const auto exposures = LeastExposure(grid, bands, rate, flyer, 0.1);
  int sure = 0;
  for (std::size_t node = 0; node < rate.size(); ++node) {
    if (std::abs(least[node] - 0.1) < 1e-5) continue;  // rounding
    EXPECT_EQ(std::isfinite(exposures[node]), least[node] < 0.1) << node << ' ' << least[node];
    if (least[node] < 0.1) {
      EXPECT_NEAR(exposures[node], least[node], 1e-5);
    } else if (least[node] < 1e9) {
      ++sure;
    }
  }
  EXPECT_GT(sure, 20);
}

TEST(WarningTime, WithoutSensorsThereIsNone) {
  const PlanGrid grid = MakePlanGrid(Terrain(), kRadiusM, 50);
  const double bands[] = {50.0};
  const std::vector<float> nothing(grid.size(), 0.0F);
  const auto least = LeastExposure(grid, bands, nothing, {50.0, 5.0});
  const WarningTime warning = GuaranteedWarning(grid, bands, least, {0, 0}, 1000.0, 50.0);
  EXPECT_EQ(warning.sectors[0].time_s, 0.0);
  EXPECT_EQ(warning.detected, 0.0);
}

}  // namespace
}  // namespace picket
