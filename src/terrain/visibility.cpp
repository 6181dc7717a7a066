// SPDX-License-Identifier: Apache-2.0
#include "picket/terrain/visibility.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "picket/base/assert.h"
#include "picket/terrain/unknown_ground.h"
#include "terrain/visibility_sweep.h"

namespace picket {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kTolerableM = 1.0F;  // unknown ground that changes an answer by less is let pass
constexpr double kSnap = 1e-6;       // nearer to a node than this is on it, in cells

constexpr int kBlock = sweep::kColumnsAtOnce;

/// Some lines of nodes [y] for y = -cells - 2 ... cells + 2, with room for whole vectors.
class Lines {
 public:
  explicit Lines(int cells)
      : middle_(static_cast<std::size_t>(cells) + 2 + sweep::kMargin),
        pitch_(2 * middle_ + 1),
        values_((kBlock + 1) * pitch_) {}
  float* operator[](int line) { return &values_[line * pitch_ + middle_]; }
  [[nodiscard]] std::ptrdiff_t pitch() const { return static_cast<std::ptrdiff_t>(pitch_); }

 private:
  std::size_t middle_;
  std::size_t pitch_;
  std::vector<float> values_;
};

/// One of the four sides that the octants lie on in pairs: x along the columns or the rows.
struct Side {
  bool x_is_column;
  int x_sign;
};
constexpr std::array<Side, 4> kSides = {{{true, 1}, {true, -1}, {false, 1}, {false, -1}}};

/// Where answers go: a part of the grid.
struct Answers {
  float* above_ground_m;
  int first_column;
  int first_row;
  int columns;
  int rows;
  /// Each becomes the lower one of what it was and the answer, instead of the answer.
  bool lower;
};

class Sweeper {
 public:
  Sweeper(const HeightGridView& grid, const Viewpoint& from)
      : grid_(grid),
        from_(from),
        column_(static_cast<int>(std::floor(from.column + 0.5))),
        row_(static_cast<int>(std::floor(from.row + 0.5))),
        cells_(static_cast<int>(std::ceil(from.radius_m / grid.cell_m - kSnap)) + 1),
        unknown_(grid.unknown != nullptr ? *grid.unknown : own_unknown_.emplace(Around())) {}

  VisibleHeights Run() {
    VisibleHeights out;
    out.first_column = std::max(0, column_ - cells_);
    out.first_row = std::max(0, row_ - cells_);
    out.columns = std::min(grid_.columns, column_ + cells_ + 1) - out.first_column;
    out.rows = std::min(grid_.rows, row_ + cells_ + 1) - out.first_row;
    out.above_ground_m =
        std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(out.columns) * out.rows);
    BlankOutside(out);
    Sweep(
        {out.above_ground_m.get(), out.first_column, out.first_row, out.columns, out.rows, false});
    return out;
  }

  void Lower(std::span<float> lowest_m) {
    Sweep({lowest_m.data(), 0, 0, grid_.columns, grid_.rows, true});
  }

 private:
  static constexpr int kBeyond = 2;  // the last cell's rays go by nodes that far behind it

  [[nodiscard]] UnknownGround Around() const {
    const int west = std::max(0, column_ - cells_ - kBeyond);
    const int north = std::max(0, row_ - cells_ - kBeyond);
    return {grid_, west, north, std::min(grid_.columns, column_ + cells_ + kBeyond + 1) - west,
            std::min(grid_.rows, row_ + cells_ + kBeyond + 1) - north};
  }

  /// Marks what no octant reaches. They reach at least as far as the radius, and whole columns as
  /// far as a node under it.
  void BlankOutside(VisibleHeights& out) const {
    const double radius = from_.radius_m / grid_.cell_m;
    for (int row = 0; row < out.rows; ++row) {
      const double dy = out.first_row + row - from_.row;
      const double reach = std::sqrt(std::max(0.0, radius * radius - dy * dy)) - 1.0;
      const double middle = from_.column - out.first_column;
      const auto at = [&](double x) {
        return std::clamp(static_cast<int>(std::floor(x)), 0, out.columns);
      };
      float* line = out.above_ground_m.get() + static_cast<std::size_t>(row) * out.columns;
      const int left = reach > 0.0 ? at(middle - reach) : out.columns;
      const int right = reach > 0.0 ? std::max(left, at(middle + reach)) : out.columns;
      std::fill(line, line + left, kNan);
      std::fill(line + right, line + out.columns, kNan);
    }
  }

  /// Heights above the viewpoint's horizontal plane along `count` columns of a side from `x` on,
  /// for nodes y from -reach to reach. Beyond the edge of the grid the edge goes on: rays there
  /// matter to cells on the edge alone.
  ///
  /// The drop c r^2 is taken off at the nodes, so that between them it is linear as the ground is:
  /// off by c cell^2 / 4 at most there, which at the cell size of 90 m is 4 cm 30 km farther on.
  /// @param x0       viewpoint, see Octant
  /// @param by_row   [cells + 2 + y]: the viewpoint's height and the drop c (y - y0)^2
  /// Unknown ground hides nothing: it lies at sweep::kUnknownM.
  /// @returns whether there is any
  bool Load(const Side& side, double x0, const std::vector<float>& by_row, int x, int count,
            int reach, Lines& lines, int line) const {
    const float* heights = grid_.heights_m.data();
    const std::ptrdiff_t stride = grid_.columns;
    const int fixed_last = (side.x_is_column ? grid_.columns : grid_.rows) - 1;
    const int fixed =
        std::clamp((side.x_is_column ? column_ : row_) + side.x_sign * x, 0, fixed_last);
    const int middle = side.x_is_column ? row_ : column_;
    const int last = (side.x_is_column ? grid_.rows : grid_.columns) - 1;
    const int from = std::max(-reach, -middle);
    const int to = std::min(reach, last - middle);
    float by_column[kBlock];
    for (int i = 0; i < count; ++i) by_column[i] = Drop(x + i - x0);
    const float* less = by_row.data() + cells_ + 2;
    if (side.x_is_column) {
      float* out = lines[line];
      std::ptrdiff_t pitch = lines.pitch();
      const float* h = heights + (middle + from) * stride + fixed;
      if (count == kBlock) {
        // Towards lower columns the lines are filled from the last one.
        if (side.x_sign < 0) h -= kBlock - 1;
        if (side.x_sign < 0) out += (kBlock - 1) * pitch;
        if (side.x_sign < 0) pitch = -pitch;
        if (side.x_sign < 0) std::reverse(by_column, by_column + kBlock);
        sweep::CopyColumns(h, stride, to - from + 1, less + from, by_column, out + from, pitch);
      } else {
        for (int y = from; y <= to; ++y, h += stride) {
          for (int i = 0; i < count; ++i) {
            const float z = h[side.x_sign * i] - (less[y] + by_column[i]);
            out[i * pitch + y] = std::isnan(z) ? sweep::kUnknownM : z;
          }
        }
      }
    } else {
      for (int i = 0; i < count; ++i) {
        const float* h = heights + (fixed + side.x_sign * i) * stride + middle;
        sweep::CopyRow(h + from, to - from + 1, less + from, by_column[i], lines[line + i] + from);
      }
    }
    for (int i = 0; i < count; ++i) GoOn(lines[line + i], from, to, reach);
    return EachUnknown(side, x, count, from, to,
                       [](int /*i*/, int /*from*/, int /*to*/, const float* /*height_m*/) {});
  }

  /// The ground beyond an edge of the grid.
  static void GoOn(float* line, int from, int to, int reach) {
    std::fill(line - reach, line + from, line[from]);
    std::fill(line + to + 1, line + reach + 1, line[to]);
  }

  /// Calls `run(i, from, to, height_m)` for the unknown nodes of `count` columns of a side from `x`
  /// on, with y from `low` to `high`: neighbours from y = `from` to before `to`, and the heights
  /// that they would have if the ground went on. @returns whether there are any
  template <class OfRun>
  bool EachUnknown(const Side& side, int x, int count, int low, int high, const OfRun& run) const {
    const int near = (side.x_is_column ? column_ : row_) + side.x_sign * x;
    const int far = near + side.x_sign * (count - 1);
    const int across = side.x_is_column ? row_ : column_;
    return unknown_.EachRun(
        side.x_is_column, std::min(near, far), std::max(near, far), across + low, across + high,
        [&](int line, int from, int to, const float* height_m) {
          run(side.x_sign * (line - near), from - across, to - across, height_m);
        });
  }

  /// The same lines as Load's, with unknown ground as high as if the ground went on.
  void LoadHigh(const Side& side, double x0, const std::vector<float>& by_row, int x, int count,
                int reach, Lines& ground, Lines& high, int line) const {
    const int middle = side.x_is_column ? row_ : column_;
    const int last = (side.x_is_column ? grid_.rows : grid_.columns) - 1;
    const int from = std::max(-reach, -middle);
    const int to = std::min(reach, last - middle);
    const float* less = by_row.data() + cells_ + 2;
    for (int i = 0; i < count; ++i) {
      std::copy(ground[line + i] - reach, ground[line + i] + reach + 1, high[line + i] - reach);
    }
    float by_column[kBlock];
    for (int i = 0; i < count; ++i) by_column[i] = Drop(x + i - x0);
    EachUnknown(side, x, count, from, to, [&](int i, int begin, int end, const float* height_m) {
      float* out = high[line + i];
      for (int y = begin; y < end; ++y) out[y] = height_m[y - begin] - (less[y] + by_column[i]);
    });
    for (int i = 0; i < count; ++i) GoOn(high[line + i], from, to, reach);
  }

  /// Puts what columns from `x` on see where it belongs: of each the nodes from y = low to high.
  void Store(const Side& side, int x, int count, const int* low, const int* high, Lines& above,
             const Answers& out) const {
    const int fixed =
        (side.x_is_column ? column_ - out.first_column : row_ - out.first_row) + side.x_sign * x;
    const int middle = side.x_is_column ? row_ - out.first_row : column_ - out.first_column;
    const int size = side.x_is_column ? out.rows : out.columns;
    const std::ptrdiff_t stride = out.columns;
    float* const part = out.above_ground_m;
    const int lowest = std::max(*std::min_element(low, low + count), -middle);
    const int highest = std::min(*std::max_element(high, high + count), size - 1 - middle);
    if (!side.x_is_column) {
      for (int i = 0; i < count; ++i) {
        const int from = std::max(low[i], -middle);
        const int to = std::min(high[i], size - 1 - middle);
        if (from > to) continue;
        float* into = part + (fixed + side.x_sign * i) * stride + middle + from;
        const std::span seen(above[i] + from, static_cast<std::size_t>(to - from) + 1);
        if (out.lower) {
          TakeLower({into, seen.size()}, seen);
        } else {
          std::copy(seen.begin(), seen.end(), into);
        }
      }
      return;
    }
    // Row by row, so that a line of the cache is written once.
    const float* from = above[0];
    const std::ptrdiff_t pitch = above.pitch();
    const auto copy_rows = [&](int begin, int end) {  // each node for itself
      for (int y = begin; y <= end; ++y) {
        float* to = part + (middle + y) * stride + fixed;
        for (int i = 0; i < count; ++i) {
          if (y < low[i] || y > high[i]) continue;
          const float seen = from[i * pitch + y];
          float& into = to[side.x_sign * i];
          into = out.lower && !(seen < into) ? into : seen;
        }
      }
    };
    const int whole_from = std::max(lowest, *std::max_element(low, low + count));
    const int whole_to = std::min(highest, *std::min_element(high, high + count));
    if (count < kBlock || whole_from > whole_to) {
      copy_rows(lowest, highest);
      return;
    }
    copy_rows(lowest, whole_from - 1);
    float* to = part + (middle + whole_from) * stride + fixed;
    const int rows = whole_to - whole_from + 1;
    if (side.x_sign > 0) {
      sweep::CopyBack(from + whole_from, pitch, rows, to, stride, out.lower);
    } else {
      sweep::CopyBack(from + (kBlock - 1) * pitch + whole_from, -pitch, rows, to - (kBlock - 1),
                      stride, out.lower);
    }
    copy_rows(whole_to + 1, highest);
  }

  void Sweep(const Answers& out) const {
    const double dx = Snapped(from_.column - column_);
    const double dy = Snapped(from_.row - row_);
    const bool on_node = dx == 0.0 && dy == 0.0;
    if (on_node) {  // its own cell, which it looks down on
      const bool known = !unknown_.Each(row_, row_, column_, column_, [](int, int, float) {});
      float& own = out.above_ground_m[static_cast<std::size_t>(row_ - out.first_row) * out.columns +
                                      (column_ - out.first_column)];
      own = known ? 0.0F : out.lower ? own : kNan;
    }
    Lines ground(cells_);  // line 0 is the one before the block
    Lines above(cells_);
    // Where the answer would be another if the unknown ground were high, it is not known either:
    // where there is any, and behind it as long as it makes a difference, the same again over high
    // ground.
    std::optional<Lines> high_ground;
    const sweep::Rays rays(cells_);
    const double radius = from_.radius_m / grid_.cell_m * (1.0 + kSnap);
    for (const Side& side : kSides) {
      const double x0 = (side.x_is_column ? dx : dy) * side.x_sign;
      const double y0 = side.x_is_column ? dy : dx;
      const auto octant = [&](bool mirrored) {
        return sweep::Octant(rays, x0, mirrored ? -y0 : y0, mirrored, cells_, radius, grid_.cell_m,
                             from_.pessimistic);
      };
      sweep::Octant octants[2] = {octant(false), octant(true)};
      std::vector<sweep::Octant> high_octants;
      const int middle = side.x_is_column ? column_ : row_;
      const int size = side.x_is_column ? grid_.columns : grid_.rows;
      const int start = x0 < 0.0 ? 0 : 1;
      const int end = std::min(cells_, side.x_sign > 0 ? size - 1 - middle : middle);
      std::vector<float> by_row;
      for (int y = -cells_ - 2; y <= cells_ + 2; ++y) {
        by_row.push_back(static_cast<float>(from_.height_m) + Drop(y - y0));
      }
      // Whether there is any in the column before the block, and whether a ray of each octant goes
      // on with another horizon.
      bool unknown_before = false;
      bool doubtful[2] = {false, false};
      const auto load = [&](int x, int count, int reach, int line) {
        const bool unknown = Load(side, x0, by_row, x, count, reach, ground, line);
        if (!unknown && !unknown_before) return false;
        if (!high_ground) high_ground.emplace(cells_);
        if (!unknown_before && line > 0) {
          std::copy(ground[0] - reach, ground[0] + reach + 1, (*high_ground)[0] - reach);
        }
        LoadHigh(side, x0, by_row, x, count, reach, ground, *high_ground, line);
        return unknown;
      };
      unknown_before = load(start - 1, 1, std::min(start + kBlock, cells_) + 2, 0);
      for (int x = start; x <= end; x += kBlock) {
        const int count = std::min(kBlock, end - x + 1);
        const int reach = std::min(x + kBlock, cells_) + 2;
        const bool unknown = load(x, count, reach, 1);
        const bool other_ground = unknown || unknown_before;
        for (std::size_t i = 0; other_ground && i < 2; ++i) {
          if (high_octants.size() <= i) high_octants.push_back(octant(i > 0));
          if (!doubtful[i]) high_octants[i].Follow(octants[i]);
        }
        int low[kBlock];
        int high[kBlock];
        for (sweep::Octant& o : octants) {
          o.Advance(x, count, ground[0], ground.pitch(), above[0]);
        }
        for (int i = 0; i < count; ++i) {
          low[i] = -octants[1].last_y(i);
          high[i] = octants[0].last_y(i);
          // Of what lies on two sides, the later one's answer counts, not the lower one.
          if (out.lower && side.x_is_column && on_node) {
            low[i] = std::max(low[i], -(x + i) + 1);
            high[i] = std::min(high[i], x + i - 1);
          }
        }
        Lines& most = other_ground ? *high_ground : ground;
        for (std::size_t i = 0; i < 2; ++i) {
          if (!other_ground && !doubtful[i]) continue;
          doubtful[i] = high_octants[i].Doubt(octants[i], x, count, most[0], most.pitch(),
                                              kTolerableM, above[0]);
        }
        Store(side, x, count, low, high, above, out);
        std::copy(ground[count] - reach, ground[count] + reach + 1, ground[0] - reach);
        if (unknown) std::copy(most[count] - reach, most[count] + reach + 1, most[0] - reach);
        unknown_before = unknown;
      }
    }
  }

  /// Of the ground so many cells away, m.
  [[nodiscard]] float Drop(double cells) const {
    const double away_m = cells * grid_.cell_m;
    return static_cast<float>(from_.drop_per_m2 * away_m * away_m);
  }

  static double Snapped(double offset) { return std::abs(offset) < kSnap ? 0.0 : offset; }

  const HeightGridView& grid_;
  const Viewpoint& from_;
  int column_;  // the node nearest to the viewpoint
  int row_;
  int cells_;
  std::optional<UnknownGround> own_unknown_;
  const UnknownGround& unknown_;
};

void Check(const HeightGridView& grid, const Viewpoint& from) {
  PICKET_ASSERT(grid.columns >= 2 && grid.rows >= 2 && grid.cell_m > 0.0,
                "a grid of heights has at least 2 x 2 nodes");
  PICKET_ASSERT(grid.heights_m.size() == static_cast<std::size_t>(grid.columns) * grid.rows,
                "a grid of heights has rows * columns of them");
  PICKET_ASSERT(from.column >= 0.0 && from.row >= 0.0 && from.column <= grid.columns - 1 &&
                    from.row <= grid.rows - 1,
                "a viewpoint lies inside the grid");
  PICKET_ASSERT(from.radius_m > 0.0 && from.radius_m <= kMaxVisibleCells * grid.cell_m,
                "a viewpoint looks at kMaxVisibleCells cells at most");
}

}  // namespace

float VisibleHeights::At(int column, int row) const {
  const int x = column - first_column;
  const int y = row - first_row;
  if (x < 0 || y < 0 || x >= columns || y >= rows) return kNan;
  return above_ground_m[static_cast<std::size_t>(y) * columns + x];
}

VisibleHeights MinimumVisibleHeights(const HeightGridView& grid, const Viewpoint& from) {
  Check(grid, from);
  return Sweeper(grid, from).Run();
}

void LowerToVisible(const HeightGridView& grid, const Viewpoint& from, std::span<float> lowest_m) {
  Check(grid, from);
  PICKET_ASSERT(lowest_m.size() == grid.heights_m.size(), "as many as the grid has nodes");
  Sweeper(grid, from).Lower(lowest_m);
}

void TakeLower(std::span<float> lowest, std::span<const float> other) {
  PICKET_ASSERT(lowest.size() == other.size(), "of as many heights");
  sweep::Lower(other.data(), static_cast<std::ptrdiff_t>(lowest.size()), lowest.data());
}

void AddSurface(std::span<const float> surface_m, std::span<const float> ground_m, int columns,
                VisibleHeights& heights) {
  for (int row = 0; row < heights.rows; ++row) {
    for (int column = 0; column < heights.columns; ++column) {
      const std::size_t from = static_cast<std::size_t>(heights.first_row + row) * columns +
                               static_cast<std::size_t>(heights.first_column + column);
      float& h = heights.above_ground_m[static_cast<std::size_t>(row) * heights.columns + column];
      h += surface_m[from] - ground_m[from];
    }
  }
}

}  // namespace picket
