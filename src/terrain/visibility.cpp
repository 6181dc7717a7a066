// SPDX-License-Identifier: Apache-2.0
#include "picket/terrain/visibility.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "picket/base/assert.h"
#include "terrain/visibility_sweep.h"

namespace picket {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kLowestM = -20000.0F;  // ground that hides nothing
constexpr float kTolerableM = 1.0F;    // unknown ground that changes an answer by less is let pass
constexpr double kSnap = 1e-6;         // nearer to a node than this is on it, in cells

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
constexpr unsigned kAllSides = 15;  // a bit for each of
constexpr std::array<Side, 4> kSides = {{{true, 1}, {true, -1}, {false, 1}, {false, -1}}};

class Sweeper {
 public:
  Sweeper(const HeightGridView& grid, const Viewpoint& from)
      : grid_(grid),
        from_(from),
        column_(static_cast<int>(std::floor(from.column + 0.5))),
        row_(static_cast<int>(std::floor(from.row + 0.5))),
        cells_(static_cast<int>(std::ceil(from.radius_m / grid.cell_m - kSnap)) + 1) {}

  VisibleHeights Run() {
    VisibleHeights out;
    out.first_column = std::max(0, column_ - cells_);
    out.first_row = std::max(0, row_ - cells_);
    out.columns = std::min(grid_.columns, column_ + cells_ + 1) - out.first_column;
    out.rows = std::min(grid_.rows, row_ + cells_ + 1) - out.first_row;
    const std::size_t size = static_cast<std::size_t>(out.columns) * out.rows;
    out.above_ground_m = std::make_unique_for_overwrite<float[]>(size);
    BlankOutside(out);
    if (!AnyUnknown(out)) {
      Sweep(out);
      return out;
    }
    // Where the answer would be another if the unknown ground were high, it is not known either.
    const Filled filled = Fill(out);
    const auto sweep = [&](const float* heights, unsigned sides, VisibleHeights& into) {
      const HeightGridView part{{heights, size}, out.columns, out.rows, grid_.cell_m};
      Viewpoint from = from_;
      from.column -= out.first_column;
      from.row -= out.first_row;
      const Sweeper sweeper(part, from);
      sweeper.Sweep(into, sides);
    };
    VisibleHeights lowest{0, 0, out.columns, out.rows, std::move(out.above_ground_m)};
    sweep(filled.low.get(), kAllSides, lowest);
    VisibleHeights highest{0, 0, out.columns, out.rows,
                           std::make_unique_for_overwrite<float[]>(size)};
    std::copy_n(lowest.above_ground_m.get(), size, highest.above_ground_m.get());
    sweep(filled.high.get(), filled.sides, highest);
    for (int row = 0; row < out.rows; ++row) {
      const std::size_t line = static_cast<std::size_t>(row) * out.columns;
      const float* ground =
          &grid_.heights_m[static_cast<std::size_t>(out.first_row + row) * grid_.columns +
                           static_cast<std::size_t>(out.first_column)];
      const float* high = highest.above_ground_m.get() + line;
      float* above = lowest.above_ground_m.get() + line;
      for (int column = 0; column < out.columns; ++column) {
        const bool known =
            ground[column] == ground[column] && !(high[column] > above[column] + kTolerableM);
        above[column] = known ? above[column] : kNan;
      }
    }
    out.above_ground_m = std::move(lowest.above_ground_m);
    return out;
  }

 private:
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

  [[nodiscard]] bool AnyUnknown(const VisibleHeights& part) const {
    for (int row = 0; row < part.rows; ++row) {
      const std::size_t line = static_cast<std::size_t>(part.first_row + row) * grid_.columns;
      if (sweep::AnyNan(&grid_.heights_m[line + part.first_column], part.columns)) return true;
    }
    return false;
  }

  /// Heights above the viewpoint's horizontal plane along `count` columns of a side from `x` on,
  /// for nodes y from -reach to reach. Beyond the edge of the grid the edge goes on: rays there
  /// matter to cells on the edge alone.
  ///
  /// The drop c r^2 is taken off at the nodes, so that between them it is linear as the ground is:
  /// off by c cell^2 / 4 at most there, which at the cell size of 90 m is 4 cm 30 km farther on.
  /// @param x0       viewpoint, see Octant
  /// @param by_row   [cells + 2 + y]: the viewpoint's height and the drop c (y - y0)^2
  void Load(const Side& side, double x0, const std::vector<float>& by_row, int x, int count,
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
            out[i * pitch + y] = h[side.x_sign * i] - (less[y] + by_column[i]);
          }
        }
      }
    } else {
      for (int i = 0; i < count; ++i) {
        const float* h = heights + (fixed + side.x_sign * i) * stride + middle;
        sweep::CopyRow(h + from, to - from + 1, less + from, by_column[i], lines[line + i] + from);
      }
    }
    for (int i = 0; i < count; ++i) {
      float* out = lines[line + i];
      std::fill(out - reach, out + from, out[from]);
      std::fill(out + to + 1, out + reach + 1, out[to]);
    }
  }

  /// Puts what columns from `x` on see into the result: of each the nodes from y = low to high.
  void Store(const Side& side, int x, int count, const int* low, const int* high, Lines& above,
             VisibleHeights& out) const {
    const int fixed =
        (side.x_is_column ? column_ - out.first_column : row_ - out.first_row) + side.x_sign * x;
    const int middle = side.x_is_column ? row_ - out.first_row : column_ - out.first_column;
    const int size = side.x_is_column ? out.rows : out.columns;
    const std::ptrdiff_t stride = out.columns;
    float* const part = out.above_ground_m.get();
    const int lowest = std::max(*std::min_element(low, low + count), -middle);
    const int highest = std::min(*std::max_element(high, high + count), size - 1 - middle);
    if (!side.x_is_column) {
      for (int i = 0; i < count; ++i) {
        const int from = std::max(low[i], -middle);
        const int to = std::min(high[i], size - 1 - middle);
        if (from > to) continue;
        std::copy(above[i] + from, above[i] + to + 1,
                  part + (fixed + side.x_sign * i) * stride + middle + from);
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
          if (y >= low[i] && y <= high[i]) to[side.x_sign * i] = from[i * pitch + y];
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
    if (side.x_sign > 0) {
      sweep::CopyBack(from + whole_from, pitch, whole_to - whole_from + 1, to, stride);
    } else {
      sweep::CopyBack(from + (kBlock - 1) * pitch + whole_from, -pitch, whole_to - whole_from + 1,
                      to - (kBlock - 1), stride);
    }
    copy_rows(whole_to + 1, highest);
  }

  /// @param sides  those that are swept, see kAllSides
  void Sweep(VisibleHeights& out, unsigned sides = kAllSides) const {
    const double dx = Snapped(from_.column - column_);
    const double dy = Snapped(from_.row - row_);
    if (dx == 0.0 && dy == 0.0) {  // its own cell, which it looks down on
      const std::size_t i = static_cast<std::size_t>(row_ - out.first_row) * out.columns +
                            (column_ - out.first_column);
      out.above_ground_m[i] = 0.0F;
    }
    Lines ground(cells_);  // line 0 is the one before the block
    Lines above(cells_);
    const sweep::Rays rays(cells_);
    const double radius = from_.radius_m / grid_.cell_m * (1.0 + kSnap);
    for (std::size_t which = 0; which < kSides.size(); ++which) {
      if ((sides >> which & 1U) == 0) continue;
      const Side& side = kSides[which];
      const double x0 = (side.x_is_column ? dx : dy) * side.x_sign;
      const double y0 = side.x_is_column ? dy : dx;
      const auto octant = [&](bool mirrored) {
        return sweep::Octant(rays, x0, mirrored ? -y0 : y0, mirrored, cells_, radius, grid_.cell_m,
                             from_.pessimistic);
      };
      sweep::Octant octants[2] = {octant(false), octant(true)};
      const int middle = side.x_is_column ? column_ : row_;
      const int size = side.x_is_column ? grid_.columns : grid_.rows;
      const int start = x0 < 0.0 ? 0 : 1;
      const int end = std::min(cells_, side.x_sign > 0 ? size - 1 - middle : middle);
      std::vector<float> by_row;
      for (int y = -cells_ - 2; y <= cells_ + 2; ++y) {
        by_row.push_back(static_cast<float>(from_.height_m) + Drop(y - y0));
      }
      Load(side, x0, by_row, start - 1, 1, std::min(start + kBlock, cells_) + 2, ground, 0);
      for (int x = start; x <= end; x += kBlock) {
        const int count = std::min(kBlock, end - x + 1);
        Load(side, x0, by_row, x, count, std::min(x + kBlock, cells_) + 2, ground, 1);
        int low[kBlock];
        int high[kBlock];
        for (sweep::Octant& o : octants) {
          o.Advance(x, count, ground[0], ground.pitch(), above[0]);
        }
        for (int i = 0; i < count; ++i) {
          low[i] = -octants[1].last_y(i);
          high[i] = octants[0].last_y(i);
        }
        Store(side, x, count, low, high, above, out);
        const int reach = std::min(x + kBlock, cells_) + 2;
        std::copy(ground[count] - reach, ground[count] + reach + 1, ground[0] - reach);
      }
    }
  }

  /// A part of the grid with its unknown nodes at the lowest, and at the height that the ground
  /// would have there if it went on straight from rim to rim of the hole, along its row or its
  /// column: whichever is higher.
  struct Filled {
    std::unique_ptr<float[]> low;
    std::unique_ptr<float[]> high;
    unsigned sides = 0;  ///< on which there are any: elsewhere low and high look the same
  };
  /// The sides that a node plays a part on: rays to a cell go by its neighbours too.
  static unsigned SidesOf(int dx, int dy) {
    constexpr int kBeside = 2;
    return (dx >= std::abs(dy) - kBeside ? 1U : 0U) | (-dx >= std::abs(dy) - kBeside ? 2U : 0U) |
           (dy >= std::abs(dx) - kBeside ? 4U : 0U) | (-dy >= std::abs(dx) - kBeside ? 8U : 0U);
  }
  [[nodiscard]] Filled Fill(const VisibleHeights& part) const {
    const auto columns = static_cast<std::size_t>(part.columns);
    const auto rows = static_cast<std::size_t>(part.rows);
    Filled filled{std::make_unique_for_overwrite<float[]>(columns * rows),
                  std::make_unique_for_overwrite<float[]>(columns * rows)};
    float* const low = filled.low.get();
    float* const high = filled.high.get();
    std::vector<std::size_t> holed;  // rows with unknown nodes
    for (std::size_t row = 0; row < rows; ++row) {
      const float* from = &grid_.heights_m[(part.first_row + row) * grid_.columns +
                                           static_cast<std::size_t>(part.first_column)];
      std::copy_n(from, columns, low + row * columns);
      std::copy_n(from, columns, high + row * columns);
      if (sweep::AnyNan(from, part.columns)) holed.push_back(row);
    }
    const auto lower = [&](float* heights) {  // unknown ones; without a branch, for the vectoriser
      for (const std::size_t row : holed) {
        float* line = heights + row * columns;
        for (std::size_t i = 0; i < columns; ++i) line[i] = line[i] == line[i] ? line[i] : kLowestM;
      }
    };
    lower(high);
    // From the node i on, along a line of `count` nodes that are `step` apart; returns the rim.
    const auto bridge = [&](std::size_t start, std::size_t step, std::size_t count, std::size_t i) {
      std::size_t end = i + 1;
      while (end < count && std::isnan(low[start + end * step])) ++end;
      if (i == 0 && end == count) return end;
      const float before = low[start + (i > 0 ? i - 1 : end) * step];
      const float after = end < count ? low[start + end * step] : before;
      for (std::size_t k = i; k < end; ++k) {
        const auto share = static_cast<float>(k - i + 1) / static_cast<float>(end - i + 1);
        float& h = high[start + k * step];
        h = std::max(h, before + share * (after - before));
      }
      return end;
    };
    for (const std::size_t row : holed) {
      const float* line = low + row * columns;
      const int dy = part.first_row + static_cast<int>(row) - row_;
      for (std::size_t i = 0; i < columns; ++i) {
        if (!std::isnan(line[i])) continue;
        const std::size_t end = bridge(row * columns, 1, columns, i);
        // The ends of a run, and what of it is nearest to the viewpoint, are on all of its sides.
        const int from = part.first_column + static_cast<int>(i) - column_;
        const int to = from + static_cast<int>(end - i) - 1;
        for (const int dx : {from, to, std::clamp(0, from, to)}) filled.sides |= SidesOf(dx, dy);
        for (std::size_t k = i; k < end; ++k) {
          // Only where a hole begins; what is under its first node is filled with it.
          if (row == 0 || !std::isnan(*(line + k - columns))) bridge(k, columns, rows, row);
        }
        i = end;
      }
    }
    lower(low);
    return filled;
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
};

}  // namespace

float VisibleHeights::At(int column, int row) const {
  const int x = column - first_column;
  const int y = row - first_row;
  if (x < 0 || y < 0 || x >= columns || y >= rows) return kNan;
  return above_ground_m[static_cast<std::size_t>(y) * columns + x];
}

VisibleHeights MinimumVisibleHeights(const HeightGridView& grid, const Viewpoint& from) {
  PICKET_ASSERT(grid.columns >= 2 && grid.rows >= 2 && grid.cell_m > 0.0,
                "a grid of heights has at least 2 x 2 nodes");
  PICKET_ASSERT(grid.heights_m.size() == static_cast<std::size_t>(grid.columns) * grid.rows,
                "a grid of heights has rows * columns of them");
  PICKET_ASSERT(from.column >= 0.0 && from.row >= 0.0 && from.column <= grid.columns - 1 &&
                    from.row <= grid.rows - 1,
                "a viewpoint lies inside the grid");
  PICKET_ASSERT(from.radius_m > 0.0 && from.radius_m <= kMaxVisibleCells * grid.cell_m,
                "a viewpoint looks at kMaxVisibleCells cells at most");
  return Sweeper(grid, from).Run();
}

void TakeLower(std::span<float> lowest, std::span<const float> other) {
  PICKET_ASSERT(lowest.size() == other.size(), "of as many heights");
  for (std::size_t i = 0; i < lowest.size(); ++i) {
    lowest[i] = other[i] < lowest[i] ? other[i] : lowest[i];
  }
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
