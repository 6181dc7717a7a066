// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hwy/aligned_allocator.h>

#include <cstddef>
#include <vector>

namespace picket::sweep {

/// Room before and behind a line of nodes, for whole vectors to be loaded and stored there.
inline constexpr int kMargin = 64;

/// Columns of a grid that are copied together, as many as a line of the cache holds of a row, and
/// that rays are taken over together, or left alone in.
inline constexpr int kColumnsAtOnce = 16;

/// Where unknown ground lies in lines of nodes, m: far under all else, so that it hides nothing.
inline constexpr float kUnknownM = -20000.0F;

/// Copies kColumnsAtOnce neighbouring columns of `count` rows to lines of their own, less what is
/// given for each row and for each column; NaN as kUnknownM.
void CopyColumns(const float* in, std::ptrdiff_t in_pitch, int count, const float* by_row,
                 const float* by_column, float* out, std::ptrdiff_t out_pitch);
/// Copies such lines back to columns. @param lower  only what is lower than what stands there
void CopyBack(const float* in, std::ptrdiff_t in_pitch, int count, float* out,
              std::ptrdiff_t out_pitch, bool lower);
/// Copies `count` nodes of a row, less what is given for each column and for the row; NaN as
/// kUnknownM.
void CopyRow(const float* in, int count, const float* by_column, float by_row, float* out);
/// Each of `lowest` becomes the lower one of itself and its neighbour in `other`, if that is any.
void Lower(const float* other, std::ptrdiff_t count, float* lowest);
[[nodiscard]] bool AnyNan(const float* values, std::ptrdiff_t count);

/// Rays that are taken over a column together, and left alone together.
inline constexpr int kRaysAtOnce = 16;
/// Two windows of so many nodes cover all that kRaysAtOnce rays touch in kColumnsAtOnce columns.
inline constexpr int kWindow = 16;
/// More than rounding adds to the slope of a crossing: as a share, and as a height.
inline constexpr float kSlack = 1e-5F;
inline constexpr float kSlackM = 0.05F;
inline constexpr float kEverything = 1e30F;  ///< a horizon over everything

/// The rays of an octant, with the slopes k / last; two for each cell of the border.
struct Rays {
  /// @param cells  columns that they go out to
  explicit Rays(int cells);

  int last;
  // By ray and by group of kRaysAtOnce, aligned, with more behind for whole vectors.
  int size;
  int groups;
  hwy::AlignedFreeUniquePtr<float[]> slope;
  hwy::AlignedFreeUniquePtr<float[]> run_per_rise;  ///< 1 / slope; 0 of the level one
  hwy::AlignedFreeUniquePtr<float[]> group_low;     ///< least slope
  hwy::AlignedFreeUniquePtr<float[]> group_high;    ///< greatest slope
};

/// One eighth of the circle, the viewpoint near the origin: x grows away from it along one axis of
/// the grid, y along the other, 0 <= y - y0 <= x - x0. In cells.
///
/// A ray's horizon is max(z / x) over the crossings before: z above
/// the viewpoint's horizontal plane, that is less the drop c r^2 of the ground there, and x its
/// distance along the x axis, so that no root is needed. A target at (x, y) comes into sight at the
/// height horizon * x above that plane.
class Octant {
 public:
  /// @param of_rays, cells  those that it goes by, and what they were made with
  /// @param x_offset, y_offset  the viewpoint from the origin, within +-0.5
  /// @param is_mirrored   y runs against the order of the lines' memory
  /// @param radius_cells  of what is looked at
  Octant(const Rays& of_rays, double x_offset, double y_offset, bool is_mirrored, int cells,
         double radius_cells, double cell_size_m, bool is_pessimistic);

  /// Goes on from where another one of the same rays and place is, over other ground.
  void Follow(const Octant& other);

  /// Takes the rays over the next columns, x to x + count - 1, at most kColumnsAtOnce of them.
  /// @param lines  heights above the viewpoint's horizontal plane, m, along the column before them
  ///        and behind it, `pitch` apart, along each: node y is [y], or [-y] if mirrored; known for
  ///        y = -1 ... x + count + 1, readable kMargin beyond
  /// @param above_ground  receives, column by column in the same order and at the same pitch, the
  ///        minimum visible heights of the nodes first_y() to last_y(), m, NaN of those at
  ///        kUnknownM; up to kMargin nodes behind the last are overwritten too
  void Advance(int x, int count, const float* lines, std::ptrdiff_t pitch, float* above_ground);
  /// The same over other ground than `low`, which has just been taken over these columns: what it
  /// answered becomes a NaN where this one's answer is more than `tolerable_m` over it.
  /// @returns whether any ray's horizon is another than in `low`
  bool Doubt(const Octant& low, int x, int count, const float* lines, std::ptrdiff_t pitch,
             float tolerable_m, float* above_ground);
  /// The nodes of the column i of those that lie in the octant and within the radius.
  [[nodiscard]] int first_y() const { return first_y_; }
  [[nodiscard]] int last_y(int i) const { return columns[i].last_y; }

  // What the vector code works on.
  struct Column {
    float across;   ///< x - x0
    float run;      ///< from the column before
    float per_x_m;  ///< 1 / across, 1/m
    int last_y;
    int last_ray;  ///< that matters here
  };
  const Rays& rays;
  float x0;
  float y0;
  bool mirrored;
  bool pessimistic;
  float radius;
  float cell_m;
  int lowest_node;     ///< that a ray touches
  bool begun = false;  ///< whether any column was passed
  Column columns[kColumnsAtOnce] = {};
  hwy::AlignedFreeUniquePtr<float[]> horizon;  ///< by ray
  /// By ray, before each of kColumnsAtOnce.
  hwy::AlignedFreeUniquePtr<float[]> before;
  [[nodiscard]] std::ptrdiff_t before_pitch() const { return rays.size; }
  // By group of rays.
  hwy::AlignedFreeUniquePtr<float[]> group_horizon;  ///< the lowest
  hwy::AlignedFreeUniquePtr<float[]> group_rise;     ///< whether any may change: over 0
  std::vector<bool> group_passed;                    ///< where it was last looked at
  hwy::AlignedFreeUniquePtr<float[]> steepest;       ///< by node
  std::vector<float> per_row_m;                      ///< [kMargin + y]: 1 / (y - y0), 1/m

 private:
  void Enter(int x, int count);

  int first_y_;
};

}  // namespace picket::sweep
