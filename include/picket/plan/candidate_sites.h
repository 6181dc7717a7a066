// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "picket/plan/coverage.h"

namespace picket {

/// A polygon or a line on the site's map.
struct MapShape {
  bool line = false;
  /// The line, or the polygon's rings, closed: what an odd number of them encloses is inside.
  std::vector<std::vector<Terrain::MapPoint>> rings;
};

/// [cell] = 1: of a polygon the cells whose centre lies in it, of a line those that it runs
/// through.
[[nodiscard]] std::vector<std::uint8_t> CellsOf(const PlanGrid& grid,
                                                std::span<const MapShape> shapes);

/// [cell] = 1 where the centre of a marked cell is at most that far from the cell's own.
[[nodiscard]] std::vector<std::uint8_t> CellsNear(const PlanGrid& grid,
                                                  std::span<const std::uint8_t> marked,
                                                  double distance_m);

/// Ridge cells: [cell] = 1 where the ground is no lower than the mean of its surroundings, those
/// known of the square that reaches `radius_m`, but at least a cell, to all sides. That is where
/// the topographic position index is not negative (A. D. Weiss, Topographic Position and Landforms
/// Analysis, 2001, who takes rings). A plain is all ridge.
[[nodiscard]] std::vector<std::uint8_t> RidgeCells(const PlanGrid& grid, double radius_m);

/// Of each square of the grid the highest cell that is allowed, within the region and of known
/// ground: in order, the squares as small as gives at most `most` of them.
/// @param allowed  [cell]: not 0
[[nodiscard]] std::vector<std::size_t> HighestOfSquares(const PlanGrid& grid,
                                                        std::span<const std::uint8_t> allowed,
                                                        std::size_t most);

}  // namespace picket
