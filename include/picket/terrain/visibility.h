// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "picket/terrain/terrain.h"
#include "picket/terrain/unknown_ground.h"

namespace picket {

/// Heights on a grid of square cells, row by row; not owned. NaN = not known.
struct HeightGridView {
  std::span<const float> heights_m;  ///< rows * columns, above any one datum
  int columns = 0;
  int rows = 0;
  double cell_m = 0.0;
  /// Of all of the grid, not owned, for who looks from many viewpoints; null: each viewpoint finds
  /// out about the part that it looks at.
  const UnknownGround* unknown = nullptr;
};

/// From where, how far and over which earth to look.
struct Viewpoint {
  double column = 0.0;       ///< in nodes of the grid, not necessarily whole
  double row = 0.0;          ///< likewise, growing as the grid's rows do
  double height_m = 0.0;     ///< of the sensor, above the grid's datum
  double radius_m = 0.0;     ///< ground distance up to which cells are looked at, > 0
  double drop_per_m2 = 0.0;  ///< see DropPerM2
  /// Takes the higher horizon of the two rays beside a cell instead of interpolating: hardly any
  /// cell is then called visible that is not.
  bool pessimistic = false;
};

/// Minimum visible heights over the part of a grid that lies about a viewpoint.
struct VisibleHeights {
  int first_column = 0;  ///< of the part, in the grid
  int first_row = 0;
  int columns = 0;
  int rows = 0;
  /// Row by row: height above the cell's own ground from which a target there is in sight, m; 0
  /// where the ground is. NaN: beyond the radius, where the ground is not known, and behind
  /// unknown ground that could hide what is there.
  std::unique_ptr<float[]> above_ground_m;  ///< rows * columns

  [[nodiscard]] float At(int column, int row) const;  ///< of the grid; NaN outside of the part
};

/// Most cells from the viewpoint to the edge of what is looked at.
inline constexpr int kMaxVisibleCells = 4096;

/// The lowest height at which a target over each cell is in straight sight, over a refracting
/// earth: the line of sight of Terrain::Visible, answered for all cells of the grid in one pass.
///
/// Rays go out to all sides, two for each cell of the border. Each takes the ground at every
/// crossing with a line of the grid, linear between the two nodes there, and carries the steepest
/// one as its horizon; a cell takes its horizon from the two rays beside it. This is R2 (Franklin,
/// Ray, Mehta, "Geometric algorithms for siting of air defense missile batteries", 1994) with
/// interpolation instead of the nearest ray. A cell costs O(1); the exact answer, a ray of its own
/// for every cell (R3), costs O(radius). How near the two are: docs/plan.md.
///
/// The same bits on any processor. Requires the viewpoint to lie inside the grid, and
/// radius_m / cell_m <= kMaxVisibleCells.
[[nodiscard]] VisibleHeights MinimumVisibleHeights(const HeightGridView& grid,
                                                   const Viewpoint& from);

/// Each of `lowest_m`, of all of the grid row by row, becomes the lower one of itself and of what
/// MinimumVisibleHeights says of its cell: what one of several sensors sees, without a raster of
/// its own. What that does not know changes nothing. (Of cells on the diagonals of a viewpoint that
/// stands equally far off a node both ways, two answers are known, and the lower one counts.)
/// Requires no NaN in `lowest_m`.
void LowerToVisible(const HeightGridView& grid, const Viewpoint& from, std::span<float> lowest_m);

/// Each of `lowest` becomes the lower one of itself and its neighbour in `other`, which counts for
/// nothing where it is NaN. Requires as many of one as of the other, and no NaN in `lowest`.
void TakeLower(std::span<float> lowest, std::span<const float> other);

/// Minimum visible heights over a grid of a surface (trees, buildings) become those above the bare
/// ground: no target is in sight under the surface over its own cell.
/// @param surface_m, ground_m  the whole grids, row by row, `columns` wide
void AddSurface(std::span<const float> surface_m, std::span<const float> ground_m, int columns,
                VisibleHeights& heights);

}  // namespace picket
