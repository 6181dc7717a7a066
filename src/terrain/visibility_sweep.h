// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hwy/aligned_allocator.h>

#include <cstddef>
#include <vector>

namespace picket::sweep {

/// Room before and behind a line of nodes, for whole vectors to be loaded and stored there.
inline constexpr int kMargin = 64;

/// Columns of a grid that are copied together: as many as a line of the cache holds of a row.
inline constexpr int kColumnsAtOnce = 16;

/// Copies kColumnsAtOnce neighbouring columns of `count` rows to lines of their own, less what is
/// given for each row and for each column.
void CopyColumns(const float* in, std::ptrdiff_t in_pitch, int count, const float* by_row,
                 const float* by_column, float* out, std::ptrdiff_t out_pitch);
/// Copies such lines back to columns.
void CopyBack(const float* in, std::ptrdiff_t in_pitch, int count, float* out,
              std::ptrdiff_t out_pitch);
[[nodiscard]] bool AnyNan(const float* values, std::ptrdiff_t count);

/// One eighth of the circle, the viewpoint near the origin: x grows away from it along one axis of
/// the grid, y along the other, 0 <= y - y0 <= x - x0. In cells.
///
/// Rays have the slopes k / rays. A ray's horizon is max(z / x) over the crossings before: z above
/// the viewpoint's horizontal plane, that is less the drop c r^2 of the ground there, and x its
/// distance along the x axis, so that no root is needed. A target at (x, y) comes into sight at the
/// height horizon * x above that plane.
class Octant {
 public:
  /// @param x_offset, y_offset  the viewpoint from the origin, within +-0.5
  /// @param is_mirrored   y runs against the order of the lines' memory
  /// @param cells         columns that rays go out to
  /// @param radius_cells  of what is looked at
  Octant(double x_offset, double y_offset, bool is_mirrored, int cells, double radius_cells,
         double cell_size_m, bool is_pessimistic);

  /// Goes on to column x, which grows by one from call to call.
  void Enter(int x);
  /// The nodes of this column that lie in the octant and within the radius.
  [[nodiscard]] int first_y() const { return first_y_; }
  [[nodiscard]] int last_y() const { return last_y_; }

  /// Takes the rays from the column before to this one.
  /// @param previous, current  heights above the viewpoint's horizontal plane, m, along the two
  /// columns: node y
  ///        is [y], or [-y] if mirrored; known for y = -1 ... x + 2, readable kMargin beyond
  /// @param above_ground  receives, in the same order, the minimum visible heights of the nodes
  ///        first_y() to last_y(), m; up to kMargin nodes behind the last are overwritten too
  void Advance(const float* previous, const float* current, float* above_ground);

  // What the vector code works on.
  float x0;
  float y0;
  float across = 0.0F;  ///< x - x0
  bool first = true;    ///< whether this is the first column
  bool mirrored;
  bool pessimistic;
  float radius;
  float cell_m;
  int rays;
  int rays_here = 0;  ///< the last one that matters in this column
  // By ray, aligned, with a margin behind.
  hwy::AlignedFreeUniquePtr<float[]> horizon;
  hwy::AlignedFreeUniquePtr<float[]> slope;
  hwy::AlignedFreeUniquePtr<float[]> run_per_rise;  ///< 1 / slope; 0 of the level one
  std::vector<float> per_row_m;                     ///< [kMargin + y]: 1 / (y - y0), 1/m

 private:
  int first_y_;
  int last_y_ = 0;
};

}  // namespace picket::sweep
