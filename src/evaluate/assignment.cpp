// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/assignment.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "picket/base/assert.h"

namespace picket {
namespace {

/// For a matrix with no more rows than columns.
std::vector<int> AssignWide(const Eigen::MatrixXd& cost) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto rows = static_cast<int>(cost.rows());
  const auto columns = static_cast<int>(cost.cols());
  std::vector<double> row_dual(rows, 0.0);
  std::vector<double> column_dual(columns, 0.0);
  std::vector<int> column_of(rows, -1);
  std::vector<int> row_of(columns, -1);
  std::vector<double> shortest(columns);
  std::vector<int> came_from(columns);
  std::vector<char> done(columns);
  for (int start = 0; start < rows; ++start) {
    // Dijkstra over reduced costs, from the free row to the nearest free column.
    std::fill(shortest.begin(), shortest.end(), kInfinity);
    std::fill(done.begin(), done.end(), 0);
    std::vector<int> tree;  // columns that are done, in order
    int row = start;
    int last = -1;
    double length = 0.0;
    while (true) {
      int nearest = -1;
      for (int j = 0; j < columns; ++j) {
        if (done[j] != 0) continue;
        const double through = length + cost(row, j) - row_dual[row] - column_dual[j];
        if (through < shortest[j]) {
          shortest[j] = through;
          came_from[j] = row;
        }
        if (nearest < 0 || shortest[j] < shortest[nearest]) nearest = j;
      }
      length = shortest[nearest];
      done[nearest] = 1;
      if (row_of[nearest] < 0) {
        last = nearest;
        break;
      }
      tree.push_back(nearest);
      row = row_of[nearest];
    }
    row_dual[start] += length;
    for (const int j : tree) {
      row_dual[row_of[j]] += length - shortest[j];
      column_dual[j] -= length - shortest[j];
    }
    for (int j = last; j >= 0;) {
      const int i = came_from[j];
      row_of[j] = i;
      std::swap(column_of[i], j);
      if (i == start) break;
    }
  }
  return column_of;
}

/// Joins what touches.
class UnionFind {
 public:
  explicit UnionFind(int count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }
  int Find(int i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  /// The lower root stays, so that the result does not hang on the order of the edges.
  void Join(int a, int b) {
    const auto [low, high] = std::minmax({Find(a), Find(b)});
    parent_[high] = low;
  }

 private:
  std::vector<int> parent_;
};

}  // namespace

std::vector<int> Assign(const Eigen::MatrixXd& cost) {
  PICKET_ASSERT(cost.allFinite(), "costs of an assignment are finite");
  if (cost.rows() <= cost.cols()) return AssignWide(cost);
  std::vector<int> column_of(cost.rows(), -1);
  const std::vector<int> row_of = AssignWide(cost.transpose());
  for (std::size_t j = 0; j < row_of.size(); ++j) column_of[row_of[j]] = static_cast<int>(j);
  return column_of;
}

std::vector<Edge> BestMatching(int rows, int columns, std::span<const Edge> edges, double cut) {
  UnionFind parts(rows + columns);
  for (const Edge& edge : edges) parts.Join(edge.row, rows + edge.column);
  std::vector<Edge> sorted(edges.begin(), edges.end());
  std::vector<int> part_of_row(rows);
  for (int i = 0; i < rows; ++i) part_of_row[i] = parts.Find(i);
  std::sort(sorted.begin(), sorted.end(), [&](const Edge& a, const Edge& b) {
    const auto key = [&](const Edge& e) { return std::tuple(part_of_row[e.row], e.row, e.column); };
    return key(a) < key(b);
  });

  std::vector<Edge> matching;
  std::vector<int> local(rows + columns, -1);  // index of a row or column within its part
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const int part = part_of_row[begin->row];
    const auto end = std::find_if(begin, sorted.end(),
                                  [&](const Edge& e) { return part_of_row[e.row] != part; });
    int part_rows = 0;
    int part_columns = 0;
    for (auto e = begin; e != end; ++e) {
      if (local[e->row] < 0) local[e->row] = part_rows++;
      if (local[rows + e->column] < 0) local[rows + e->column] = part_columns++;
    }
    Eigen::MatrixXd cost = Eigen::MatrixXd::Constant(part_rows, part_columns, cut);
    for (auto e = begin; e != end; ++e) cost(local[e->row], local[rows + e->column]) = e->cost;
    const std::vector<int> column_of = Assign(cost);
    for (auto e = begin; e != end; ++e) {
      if (column_of[local[e->row]] == local[rows + e->column]) matching.push_back(*e);
    }
    begin = end;
  }
  std::sort(matching.begin(), matching.end(),
            [](const Edge& a, const Edge& b) { return a.row < b.row; });
  return matching;
}

}  // namespace picket
