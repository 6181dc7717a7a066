// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace picket {

struct HeightGridView;

/// The unknown nodes of a part of a grid, each with the height that the ground would have there if
/// it went on straight from rim to rim of the hole, along its row or its column: whichever is
/// higher. Where it has a rim on one side alone it goes on level.
class UnknownGround {
 public:
  static constexpr float kLowestM = -20000.0F;  ///< ground that hides nothing

  /// Of all of a grid.
  explicit UnknownGround(const HeightGridView& grid);
  /// @param first_column, first_row, columns, rows  the part, inside the grid
  UnknownGround(const HeightGridView& grid, int first_column, int first_row, int columns, int rows);

  [[nodiscard]] bool Empty() const { return runs_.empty(); }

  /// Calls `node(row, column, height_m)` for those from row `north` to `south` and from column
  /// `west` to `east`, ends included. @returns whether there are any
  template <class Node>
  bool Each(int north, int south, int west, int east, const Node& node) const {
    bool any = false;
    if (Empty()) return any;
    north = std::max(north, first_row_);
    south = std::min(south, first_row_ + static_cast<int>(row_begin_.size()) - 2);
    for (int row = north; row <= south; ++row) {
      const auto at = static_cast<std::size_t>(row - first_row_);
      for (std::size_t r = row_begin_[at]; r < row_begin_[at + 1]; ++r) {
        const Run& run = runs_[r];
        const int from = std::max(run.from, west);
        const int to = std::min(run.to - 1, east);
        for (int column = from; column <= to; ++column) {
          node(row, column, height_m_[run.first + static_cast<std::size_t>(column - run.from)]);
        }
        any = any || from <= to;
      }
    }
    return any;
  }

 private:
  /// Neighbours in a row.
  struct Run {
    int from;
    int to;             // behind the last
    std::size_t first;  // of its heights
  };

  int first_row_;
  std::vector<std::size_t> row_begin_;  // of each row's runs, and one more
  std::vector<Run> runs_;
  std::vector<float> height_m_;
};

}  // namespace picket
