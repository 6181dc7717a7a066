// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/candidate_sites.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "picket/base/random.h"

namespace picket {
namespace {

/// 10 m cells whose first centre is the map's origin; ground at 0.
PlanGrid Grid(int columns, int rows) {
  PlanGrid grid;
  grid.columns = columns;
  grid.rows = rows;
  grid.cell_m = 10.0;
  grid.radius_m = 1e6;
  grid.ground_hae_m.assign(static_cast<std::size_t>(columns) * rows, 0.0F);
  return grid;
}

std::string Picture(const PlanGrid& grid, const std::vector<std::uint8_t>& cells) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0 && i % grid.columns == 0) text += '\n';
    text += cells[i] != 0 ? '#' : '.';
  }
  return text;
}

TEST(CellsOf, PolygonWithAHoleAndALine) {
  const PlanGrid grid = Grid(7, 5);
  const MapShape ring{false,
                      {{{5, -5}, {55, -5}, {55, -45}, {5, -45}, {5, -5}},
                       {{25, -15}, {45, -15}, {45, -35}, {25, -35}, {25, -15}}}};
  EXPECT_EQ(Picture(grid, CellsOf(grid, std::span(&ring, 1))),
            ".......\n.#####.\n.##..#.\n.##..#.\n.#####.");
  // From far outside to far outside: only what is over the grid.
  const MapShape line{true, {{{-1e9, -20}, {1e9, -20}}, {{0, 1e9}, {0, -1e9}}}};
  EXPECT_EQ(Picture(grid, CellsOf(grid, std::span(&line, 1))),
            "#......\n#......\n#######\n#......\n#......");
  const MapShape outside{true, {{{-100, 0}, {0, 100}}, {{100, 0}, {100, -50}}}};
  EXPECT_EQ(Picture(grid, CellsOf(grid, std::span(&outside, 1))),
            ".......\n.......\n.......\n.......\n.......");
}

TEST(CellsOf, PolygonsAreWhatCrossingsSay) {
  Random random(5);
  const PlanGrid grid = Grid(40, 30);
  for (int trial = 0; trial < 50; ++trial) {
    MapShape shape;
    auto& ring = shape.rings.emplace_back();
    for (int k = 0; k < 6; ++k) {
      const double east_m = random.Uniform(-100, 500);
      const double north_m = random.Uniform(-400, 100);
      ring.push_back({east_m, north_m});
    }
    ring.push_back(ring.front());
    const auto cells = CellsOf(grid, std::span(&shape, 1));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Terrain::MapPoint at = grid.At(i);
      bool inside = false;
      for (std::size_t k = 0; k + 1 < ring.size(); ++k) {
        const auto& a = ring[k];
        const auto& b = ring[k + 1];
        if ((a.north_m > at.north_m) == (b.north_m > at.north_m)) continue;
        const double share = (at.north_m - a.north_m) / (b.north_m - a.north_m);
        if (a.east_m + share * (b.east_m - a.east_m) > at.east_m) inside = !inside;
      }
      ASSERT_EQ(cells[i] != 0, inside) << trial << ' ' << i;
    }
  }
}

TEST(CellsNear, IsTheDistanceOfCentres) {
  Random random(6);
  const PlanGrid grid = Grid(30, 20);
  for (const double distance_m : {0.0, 10.0, 14.1, 14.2, 50.0, 1e7}) {
    std::vector<std::uint8_t> marked(grid.size());
    for (auto& mark : marked) mark = random.Uniform(0, 1) < 0.01 ? 1 : 0;
    const auto near = CellsNear(grid, marked, distance_m);
    for (std::size_t i = 0; i < near.size(); ++i) {
      bool expected = false;
      for (std::size_t k = 0; k < marked.size(); ++k) {
        const Terrain::MapPoint a = grid.At(i);
        const Terrain::MapPoint b = grid.At(k);
        expected = expected || (marked[k] != 0 && std::hypot(a.east_m - b.east_m,
                                                             a.north_m - b.north_m) <= distance_m);
      }
      ASSERT_EQ(near[i] != 0, expected) << distance_m << ' ' << i;
    }
  }
  const auto none = CellsNear(grid, std::vector<std::uint8_t>(grid.size()), 1e7);
  EXPECT_EQ(std::count(none.begin(), none.end(), 0), static_cast<std::ptrdiff_t>(none.size()));
}

TEST(RidgeCells, AreThoseAboveTheirSurroundings) {
  PlanGrid grid = Grid(9, 3);
  EXPECT_EQ(Picture(grid, RidgeCells(grid, 20)), "#########\n#########\n#########")
      << "a plain is all ridge";
  for (int row = 0; row < 3; ++row) {
    const float heights[] = {0, 10, 100, 10, 0, 10, 300, 10, 0};
    std::copy(std::begin(heights), std::end(heights), grid.ground_hae_m.begin() + row * 9);
  }
  EXPECT_EQ(Picture(grid, RidgeCells(grid, 10)), "..#...#..\n..#...#..\n..#...#..");
  EXPECT_EQ(Picture(grid, RidgeCells(grid, 1)), "..#...#..\n..#...#..\n..#...#..")
      << "a cell at least";
  // What is not known is no surroundings, and no ridge.
  for (int row = 0; row < 3; ++row) {
    grid.ground_hae_m[row * 9 + 6] = std::numeric_limits<float>::quiet_NaN();
  }
  EXPECT_EQ(Picture(grid, RidgeCells(grid, 10)), "..#..#.#.\n..#..#.#.\n..#..#.#.");
}

TEST(HighestOfSquares, OneOfEachAndNoMore) {
  PlanGrid grid = Grid(40, 40);
  Random random(7);
  for (float& m : grid.ground_hae_m) m = static_cast<float>(random.Uniform(0, 100));
  std::vector<std::uint8_t> all(grid.size(), 1);
  const auto cells = HighestOfSquares(grid, all, 16);
  ASSERT_EQ(cells.size(), 16U);
  for (const std::size_t cell : cells) {
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const bool same = i / 40 / 10 == cell / 40 / 10 && i % 40 / 10 == cell % 40 / 10;
      if (same) {
        EXPECT_LE(grid.ground_hae_m[i], grid.ground_hae_m[cell]);
      }
    }
  }
  // A line of cells lies in many squares.
  std::vector<std::uint8_t> diagonal(grid.size());
  for (int i = 0; i < 40; ++i) diagonal[i * 41] = 1;
  const auto few = HighestOfSquares(grid, diagonal, 5);
  EXPECT_LE(few.size(), 5U);
  EXPECT_GE(few.size(), 3U);
  for (const std::size_t cell : few) EXPECT_EQ(cell % 41, 0U);
  // Beyond the region and where the ground is not known there is none.
  grid.radius_m = 200.0;
  for (int i = 0; i < 40; ++i) grid.ground_hae_m[i] = std::numeric_limits<float>::quiet_NaN();
  for (const std::size_t cell : HighestOfSquares(grid, all, 1000)) {
    EXPECT_TRUE(grid.InRegion(cell));
    EXPECT_GE(cell, 40U);
  }
  EXPECT_TRUE(HighestOfSquares(grid, std::vector<std::uint8_t>(grid.size()), 9).empty());
}

}  // namespace
}  // namespace picket
