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

  [[nodiscard]] bool Empty() const { return rows_.runs.empty(); }

  /// Calls `run(line, from, to, height_m)` for those on the rows, or columns, `first_line` to
  /// `last_line` that lie on the columns, or rows, `first` to `last`, ends included: neighbours
  /// from `from` to before `to` and where the first one's height stands. @returns whether there are
  /// any
  template <class OfRun>
  bool EachRun(bool of_columns, int first_line, int last_line, int first, int last,
               const OfRun& run) const {
    return (of_columns ? columns_ : rows_).Each(first_line, last_line, first, last, run);
  }

  /// The same for each node of rows: `node(row, column, height_m)`.
  template <class Node>
  bool Each(int north, int south, int west, int east, const Node& node) const {
    return EachRun(false, north, south, west, east,
                   [&](int row, int from, int to, const float* height_m) {
                     for (int column = from; column < to; ++column) {
                       node(row, column, height_m[column - from]);
                     }
                   });
  }

 private:
  /// Neighbours on a line.
  struct Run {
    int from;
    int to;             // behind the last
    std::size_t first;  // of its heights
  };

  /// The nodes by the rows or by the columns that they lie on.
  struct Lines {
    int first = 0;
    std::vector<std::size_t> begin;  // of each line's runs, and one more
    std::vector<Run> runs;
    std::vector<float> height_m;

    template <class OfRun>
    bool Each(int from, int to, int low, int high, const OfRun& of_run) const {
      bool any = false;
      if (runs.empty()) return any;
      from = std::max(from, first);
      to = std::min(to, first + static_cast<int>(begin.size()) - 2);
      for (int line = from; line <= to; ++line) {
        const auto of = static_cast<std::size_t>(line - first);
        const Run* const last = runs.data() + begin[of + 1];
        const Run* run = std::partition_point(runs.data() + begin[of], last,
                                              [&](const Run& r) { return r.to <= low; });
        for (; run != last && run->from <= high; ++run) {
          const int begins = std::max(run->from, low);
          const int ends = std::min(run->to, high + 1);
          of_run(line, begins, ends, &height_m[run->first] + (begins - run->from));
          any = true;
        }
      }
      return any;
    }
  };

  static Lines Turned(const Lines& rows, int first_column, int columns);

  Lines rows_;
  Lines columns_;
};

}  // namespace picket
