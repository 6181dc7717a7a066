// SPDX-License-Identifier: Apache-2.0
#include "picket/terrain/unknown_ground.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "picket/terrain/visibility.h"
#include "terrain/visibility_sweep.h"

namespace picket {
namespace {

constexpr int kStride = 32;

/// Between two rims, at the k-th of `count` nodes.
float Between(float before, float after, int k, int count) {
  const float share = static_cast<float>(k + 1) / static_cast<float>(count + 1);
  return before + share * (after - before);
}

/// A hole along a column, from its first row to the one behind its last.
struct Shaft {
  int from = 0;
  int to = 0;
  float before = UnknownGround::kLowestM;
  float after = UnknownGround::kLowestM;
};

}  // namespace

UnknownGround::UnknownGround(const HeightGridView& grid)
    : UnknownGround(grid, 0, 0, grid.columns, grid.rows) {}

UnknownGround::UnknownGround(const HeightGridView& grid, int first_column, int first_row,
                             int columns, int rows) {
  rows_.first = first_row;
  rows_.begin.assign(static_cast<std::size_t>(rows) + 1, 0);
  const int last_column = first_column + columns;
  const int last_row = first_row + rows;
  const auto height = [&](int row, int column) {
    return grid.heights_m[static_cast<std::size_t>(row) * grid.columns + column];
  };
  std::vector<Shaft> shafts;  // by column
  for (int row = first_row; row < last_row; ++row) {
    const float* line = &grid.heights_m[static_cast<std::size_t>(row) * grid.columns];
    if (sweep::AnyNan(line + first_column, columns)) {
      if (shafts.empty()) shafts.resize(static_cast<std::size_t>(columns));
      for (int column = first_column; column < last_column; ++column) {
        if (!std::isnan(line[column])) {
          // Most ground is known: on in strides while it is.
          while (column + kStride < last_column && !sweep::AnyNan(line + column, kStride)) {
            column += kStride;
          }
          if (!std::isnan(line[column])) continue;
        }
        Run run{column, column + 1, rows_.height_m.size()};
        while (run.to < last_column && std::isnan(line[run.to])) ++run.to;
        const bool west = run.from > first_column;
        const bool east = run.to < last_column;
        const float after = east ? line[run.to] : west ? line[run.from - 1] : kLowestM;
        const float before = west ? line[run.from - 1] : after;
        for (int k = run.from; k < run.to; ++k) {
          Shaft& shaft = shafts[static_cast<std::size_t>(k - first_column)];
          if (row >= shaft.to) {  // one begins
            shaft.from = row;
            shaft.to = row + 1;
            while (shaft.to < last_row && std::isnan(height(shaft.to, k))) ++shaft.to;
            const bool north = row > first_row;
            const bool south = shaft.to < last_row;
            shaft.after = south ? height(shaft.to, k) : north ? height(row - 1, k) : kLowestM;
            shaft.before = north ? height(row - 1, k) : shaft.after;
          }
          rows_.height_m.push_back(std::max(
              Between(before, after, k - run.from, run.to - run.from),
              Between(shaft.before, shaft.after, row - shaft.from, shaft.to - shaft.from)));
        }
        rows_.runs.push_back(run);
        column = run.to;
      }
    }
    rows_.begin[static_cast<std::size_t>(row - first_row) + 1] = rows_.runs.size();
  }
  if (!Empty()) columns_ = Turned(rows_, first_column, columns);
}

/// The same nodes by columns: counted, then put in their places row by row.
UnknownGround::Lines UnknownGround::Turned(const Lines& rows, int first_column, int columns) {
  Lines turned;
  turned.first = first_column;
  const auto count = static_cast<std::size_t>(columns);
  const int last_row = rows.first + static_cast<int>(rows.begin.size()) - 2;
  const auto each = [&](const auto& node) {
    rows.Each(rows.first, last_row, first_column, first_column + columns - 1,
              [&](int row, int from, int to, const float* height_m) {
                for (int column = from; column < to; ++column) {
                  node(row, static_cast<std::size_t>(column - first_column),
                       height_m[column - from]);
                }
              });
  };
  std::vector<std::size_t> runs(count + 1, 0);  // first of each column's, once added up
  std::vector<std::size_t> nodes(count + 1, 0);
  std::vector<int> behind(count, rows.first - 1);  // each column's last node
  each([&](int row, std::size_t column, float /*height_m*/) {
    if (row != behind[column]) ++runs[column + 1];
    ++nodes[column + 1];
    behind[column] = row + 1;
  });
  std::partial_sum(runs.begin(), runs.end(), runs.begin());
  std::partial_sum(nodes.begin(), nodes.end(), nodes.begin());
  turned.begin = runs;
  turned.runs.resize(runs.back());
  turned.height_m.resize(nodes.back());
  std::fill(behind.begin(), behind.end(), rows.first - 1);
  each([&](int row, std::size_t column, float height_m) {
    if (row != behind[column]) turned.runs[runs[column]++] = {row, row, nodes[column]};
    turned.runs[runs[column] - 1].to = behind[column] = row + 1;
    turned.height_m[nodes[column]++] = height_m;
  });
  return turned;
}

}  // namespace picket
