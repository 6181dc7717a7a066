// SPDX-License-Identifier: Apache-2.0
#include "picket/terrain/visibility.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "picket/base/random.h"

namespace picket {
namespace {

constexpr double kCellM = 90.0;
constexpr int kSize = 241;
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

std::vector<float> Ground(const std::function<double(double, double)>& height) {
  std::vector<float> heights;
  for (int row = 0; row < kSize; ++row) {
    for (int column = 0; column < kSize; ++column) {
      heights.push_back(static_cast<float>(height(column, row)));
    }
  }
  return heights;
}

double Hills(double column, double row) {
  return 400 + 180 * std::sin(column / 17) * std::sin(row / 21) +
         70 * std::sin(column / 5 + row / 6) + 25 * std::sin(column * 1.3) * std::cos(row * 0.9);
}

HeightGridView View(const std::vector<float>& heights) { return {heights, kSize, kSize, kCellM}; }

Viewpoint From(double column, double row, double height_m, double radius_m = 9000.0) {
  Viewpoint from;
  from.column = column;
  from.row = row;
  from.height_m = height_m;
  from.radius_m = radius_m;
  from.drop_per_m2 = DropPerM2(40.0);
  return from;
}

/// The definition: a ray to the cell, the ground at every line of the grid that it crosses.
double Exact(const std::vector<float>& heights, const Viewpoint& from, int column, int row) {
  const double dx = column - from.column;
  const double dy = row - from.row;
  const double s = kCellM * std::hypot(dx, dy);
  double horizon = -std::numeric_limits<double>::infinity();
  const auto look = [&](double t) {
    if (t <= 1e-9 || t >= 1 - 1e-9) return;
    const double x = from.column + dx * t;
    const double y = from.row + dy * t;
    const int x0 = std::clamp(static_cast<int>(std::floor(x + 1e-9)), 0, kSize - 1);
    const int y0 = std::clamp(static_cast<int>(std::floor(y + 1e-9)), 0, kSize - 1);
    const int x1 = std::min(x0 + 1, kSize - 1);
    const int y1 = std::min(y0 + 1, kSize - 1);
    const double fx = std::max(0.0, x - x0);
    const double fy = std::max(0.0, y - y0);
    const auto at = [&](int c, int r) { return static_cast<double>(heights[r * kSize + c]); };
    const double z = (1 - fy) * ((1 - fx) * at(x0, y0) + fx * at(x1, y0)) +
                     fy * ((1 - fx) * at(x0, y1) + fx * at(x1, y1));
    horizon = std::max(horizon, (z - from.height_m - from.drop_per_m2 * s * s * t * t) / (s * t));
  };
  for (int k = 0; k < kSize; ++k) {
    if (dx != 0.0) look((k - from.column) / dx);
    if (dy != 0.0) look((k - from.row) / dy);
  }
  const double needed = from.height_m + horizon * s + from.drop_per_m2 * s * s;
  return std::max(0.0, needed - heights[row * kSize + column]);
}

struct Agreement {
  int cells = 0;
  double mean_m = 0.0;
  double optimistic = 0.0;  // share of cells
  double differ = 0.0;      // share of cells visible at 50 m in one and not in the other
  double falsely_visible = 0.0;
};

Agreement Compare(const std::vector<float>& heights, const Viewpoint& from) {
  const VisibleHeights seen = MinimumVisibleHeights(View(heights), from);
  Agreement a;
  for (int row = 0; row < kSize; ++row) {
    for (int column = 0; column < kSize; ++column) {
      const double s = kCellM * std::hypot(column - from.column, row - from.row);
      const float got = seen.At(column, row);
      EXPECT_EQ(std::isnan(got), s > from.radius_m) << column << ' ' << row;
      if (s > from.radius_m) continue;
      const double exact = Exact(heights, from, column, row);
      ++a.cells;
      a.mean_m += std::abs(got - exact);
      a.optimistic += got < exact - 5.0 ? 1 : 0;
      a.differ += (got <= 50.0) != (exact <= 50.0) ? 1 : 0;
      a.falsely_visible += got <= 50.0 && exact > 50.0 ? 1 : 0;
    }
  }
  a.mean_m /= a.cells;
  a.optimistic /= a.cells;
  a.differ /= a.cells;
  a.falsely_visible /= a.cells;
  return a;
}

TEST(Visibility, IsNearTheExactAnswerWhereverTheSensorStands) {
  const std::vector<float> hills = Ground(Hills);
  // On a node, between nodes to all sides, near an edge and a corner of the grid.
  for (const auto& [column, row] : {std::pair{120.0, 120.0},
                                    {120.3, 120.4},
                                    {119.6, 120.2},
                                    {120.5, 119.5},
                                    {3.7, 118.8},
                                    {238.0, 239.25},
                                    {0.0, 0.0}}) {
    const double ground = Hills(std::round(column), std::round(row));
    const Agreement a = Compare(hills, From(column, row, ground + 12));
    EXPECT_GT(a.cells, 7000);
    EXPECT_LT(a.mean_m, 0.3) << column << ' ' << row;
    EXPECT_LT(a.optimistic, 0.005) << column << ' ' << row;
    EXPECT_LT(a.differ, 0.0011) << column << ' ' << row;
    Viewpoint pessimistic = From(column, row, ground + 12);
    pessimistic.pessimistic = true;
    EXPECT_LT(Compare(hills, pessimistic).falsely_visible, 1e-4) << column << ' ' << row;
  }
}

TEST(Visibility, HorizonOverASmoothEarth) {
  const std::vector<float> sea = Ground([](double, double) { return 0.0; });
  const Viewpoint from = From(0.0, 0.0, 4.0, 21000.0);
  const VisibleHeights seen = MinimumVisibleHeights(View(sea), from);
  // Beyond the sensor's own horizon at sqrt(h / c), the height c (s - horizon)^2 is in sight.
  const double horizon_m = std::sqrt(4.0 / from.drop_per_m2);
  EXPECT_EQ(seen.At(80, 0), 0.0F);
  for (const auto& [column, row] : {std::pair{200, 0}, {0, 180}, {150, 150}, {100, 190}}) {
    const double s = kCellM * std::hypot(column, row);
    EXPECT_NEAR(seen.At(column, row), from.drop_per_m2 * std::pow(s - horizon_m, 2.0), 0.02);
  }
}

/// The detection field's line of sight and this are one: over the same ground they agree.
TEST(Visibility, AgreesWithTheLineOfSight) {
  const std::vector<float> hills = Ground(Hills);
  Terrain::Grid grid{kSize, kSize, kCellM, -120 * kCellM, 120 * kCellM, hills};
  const Terrain terrain(std::move(grid), HeightHae{400.0}, 40.0);
  const Terrain::MapPoint at{333.0, -457.0};
  const double height_m = terrain.GroundAt(at.east_m, at.north_m)->m + 15.0;
  Viewpoint from = From(120 + at.east_m / kCellM, 120 - at.north_m / kCellM, height_m, 10000.0);
  from.drop_per_m2 = terrain.drop_per_m2();
  const VisibleHeights seen = MinimumVisibleHeights(View(hills), from);
  const Eigen::Vector3d sensor = terrain.PointAt(at, HeightHae{height_m});
  Random random(7);
  int clear = 0;
  int asked = 0;
  int differ = 0;
  for (int i = 0; i < 20000; ++i) {
    const int column = static_cast<int>(random.Uniform(20, 220));
    const int row = static_cast<int>(random.Uniform(20, 220));
    const double above_m = random.Uniform(0, 300);
    if (std::isnan(seen.At(column, row))) continue;
    const Terrain::MapPoint target{(column - 120) * kCellM, (120 - row) * kCellM};
    const HeightHae height{hills[row * kSize + column] + above_m};
    const bool visible = terrain.Visible(sensor, terrain.PointAt(target, height));
    ++asked;
    clear += visible ? 1 : 0;
    // The map's straight lines are the sweep's only to some metres in height at this range: heights
    // within a metre of the border are let pass.
    if (std::abs(above_m - seen.At(column, row)) < 1.0) continue;
    differ += visible != (seen.At(column, row) <= above_m) ? 1 : 0;
  }
  EXPECT_GT(asked, 10000);
  EXPECT_GT(clear, asked / 5);
  EXPECT_LT(clear, asked * 4 / 5);
  EXPECT_LT(differ, asked / 1000);
}

TEST(Visibility, UnknownGroundIsNeverClear) {
  std::vector<float> ground = Ground([](double, double) { return 10.0; });
  // A hole in the plain: unknown itself; behind it the plain goes on, which hides nothing.
  for (int row = 100; row < 104; ++row) {
    for (int column = 140; column < 144; ++column) ground[row * kSize + column] = kUnknown;
  }
  // A hole in a wall: what is behind is hidden if the wall goes on.
  for (int row = 0; row < kSize; ++row) ground[row * kSize + 60] = 150.0F;
  for (int row = 118; row < 123; ++row) ground[row * kSize + 60] = kUnknown;
  const VisibleHeights seen = MinimumVisibleHeights(View(ground), From(120, 120, 40));
  EXPECT_TRUE(std::isnan(seen.At(141, 101)));
  EXPECT_LT(seen.At(160, 84), 1.0F);
  EXPECT_TRUE(std::isnan(seen.At(40, 120)));
  EXPECT_GT(seen.At(40, 150), 100.0F);
  EXPECT_LT(seen.At(80, 120), 1.0F);
}

TEST(Visibility, LowersWhatOthersSeeInPlace) {
  std::vector<float> hills = Ground(Hills);
  for (int row = 90; row < 110; ++row) {
    for (int column = 60; column < 75; ++column) hills[row * kSize + column] = kUnknown;
  }
  constexpr float kNever = std::numeric_limits<float>::infinity();
  std::vector<float> lowest(hills.size(), kNever);
  std::vector<float> expected = lowest;
  // The last one stands on unknown ground, so that nothing is known of its own cell.
  for (const auto& [column, row] :
       {std::pair{120.0, 120.0}, {80.3, 131.6}, {9.0, 235.0}, {66.0, 100.0}}) {
    const Viewpoint from = From(column, row, 520.0);
    LowerToVisible(View(hills), from, lowest);
    const VisibleHeights seen = MinimumVisibleHeights(View(hills), from);
    for (int y = 0; y < kSize; ++y) {
      for (int x = 0; x < kSize; ++x) {
        float& h = expected[y * kSize + x];
        h = seen.At(x, y) < h ? seen.At(x, y) : h;
      }
    }
  }
  EXPECT_EQ(lowest, expected);
  EXPECT_EQ(lowest[100 * kSize + 66], kNever);
  EXPECT_GT(std::count_if(lowest.begin(), lowest.end(), [](float h) { return h < kNever; }), 20000);
}

TEST(Visibility, OnlyThePartAboutTheViewpoint) {
  const std::vector<float> plain = Ground([](double, double) { return 0.0; });
  const VisibleHeights seen = MinimumVisibleHeights(View(plain), From(10, 200, 20, 1800.0));
  EXPECT_EQ(seen.first_column, 0);
  EXPECT_LE(seen.columns, 33);
  EXPECT_EQ(seen.At(10, 200), 0.0F);
  EXPECT_EQ(seen.At(30, 200), 0.0F);
  EXPECT_TRUE(std::isnan(seen.At(31, 200)));
  EXPECT_TRUE(std::isnan(seen.At(100, 100)));
}

/// Rays that nothing near could make rise are passed over in blocks: what stands alone far behind a
/// ridge is found nevertheless, wherever it is.
TEST(Visibility, WhatStandsAloneBehindARidgeHides) {
  Random random(3);
  for (int i = 0; i < 300; ++i) {
    std::vector<float> ground = Ground([](double column, double row) {
      return std::max(std::abs(column - 120), std::abs(row - 120)) == 4 ? 30.0 : 0.0;
    });
    const double away = random.Uniform(20, 55);
    const double bearing = random.Uniform(0, 6.2831853);
    const int dx = static_cast<int>(std::lround(away * std::sin(bearing)));
    const int dy = static_cast<int>(std::lround(away * std::cos(bearing)));
    for (int row = -2; row <= 2; ++row) {
      for (int column = -2; column <= 2; ++column) {
        ground[(120 + dy + row) * kSize + 120 + dx + column] = 600.0F;
      }
    }
    const Viewpoint from = From(120, 120, 10, 12000.0);
    const VisibleHeights seen = MinimumVisibleHeights(View(ground), from);
    const double exact = Exact(ground, from, 120 + 2 * dx, 120 + 2 * dy);
    EXPECT_GT(exact, 1000.0);
    EXPECT_NEAR(seen.At(120 + 2 * dx, 120 + 2 * dy), exact, 0.05 * exact) << dx << ' ' << dy;
  }
}

TEST(Visibility, TheSameBitsOnAnyProcessor) {
  const std::vector<float> hills = Ground(Hills);
  const auto run = [&] { return MinimumVisibleHeights(View(hills), From(118.7, 121.2, 500)); };
  const VisibleHeights best = run();
  const std::size_t bytes = static_cast<std::size_t>(best.columns) * best.rows * sizeof(float);
  int others = 0;
  for (std::int64_t targets = hwy::SupportedTargets(); targets != 0; targets &= targets - 1) {
    hwy::SetSupportedTargetsForTest(targets & -targets);
    const VisibleHeights other = run();
    EXPECT_EQ(std::memcmp(best.above_ground_m.get(), other.above_ground_m.get(), bytes), 0)
        << hwy::TargetName(targets & -targets);
    ++others;
  }
  hwy::SetSupportedTargetsForTest(0);
  EXPECT_GT(others, 1);
}

TEST(MinimumVisibleHeights, OverASurfaceAreAboveTheBareGround) {
  const std::vector<float> ground = Ground([](double, double) { return 100.0; });
  const std::vector<float> surface =
      Ground([](double column, double) { return column >= 130 && column <= 140 ? 120.0 : 100.0; });
  const Viewpoint from = From(120, 120, 110.0);
  VisibleHeights seen = MinimumVisibleHeights(View(surface), from);
  AddSurface(surface, ground, kSize, seen);
  EXPECT_NEAR(seen.At(125, 120), 0.0F, 0.01F);
  EXPECT_NEAR(seen.At(135, 120), 20.0F, 6.0F);  // over the trees themselves
  EXPECT_GE(seen.At(135, 120), 20.0F);
  // Behind them the ray over their near edge, 10 m up in 10 cells, is 20 + 10 m up in 20.
  EXPECT_NEAR(seen.At(140 + 10, 120), Exact(surface, from, 150, 120), 0.1);
  EXPECT_NEAR(seen.At(140 + 10, 120), 40.0F, 1.0F);
}

}  // namespace
}  // namespace picket
