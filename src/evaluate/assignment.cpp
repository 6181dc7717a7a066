// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/assignment.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <utility>

#include "picket/base/assert.h"

namespace picket {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Rows are assigned one after the other. Duals u, v keep cost - u - v >= 0 on all edges, cut - u
/// >= 0 for staying alone, and = 0 on what is assigned.
class Matcher {
 public:
  Matcher(int rows, int columns, std::span<const Edge> edges, double cut)
      : cut_(cut),
        edges_(edges.begin(), edges.end()),
        first_(static_cast<std::size_t>(rows) + 1),
        row_dual_(rows, 0.0),
        column_dual_(columns, 0.0),
        edge_of_row_(rows, -1),
        row_of_(columns, -1),
        length_(columns, kInfinity),
        came_by_(columns, -1),
        done_(columns, 0) {
    std::sort(edges_.begin(), edges_.end(), [](const Edge& a, const Edge& b) {
      return std::pair(a.row, a.column) < std::pair(b.row, b.column);
    });
    for (const Edge& edge : edges_) {
      PICKET_ASSERT(edge.cost >= 0.0 && edge.cost < cut, "an edge costs less than the cut");
      ++first_[static_cast<std::size_t>(edge.row) + 1];
    }
    for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  }

  std::vector<Edge> Solve() {
    for (int row = 0; row < static_cast<int>(row_dual_.size()); ++row) Augment(row);
    std::vector<Edge> matching;
    for (const int edge : edge_of_row_) {
      if (edge >= 0) matching.push_back(edges_[edge]);
    }
    return matching;
  }

 private:
  void Augment(int start);

  double cut_;
  std::vector<Edge> edges_;         ///< by row, then column
  std::vector<std::size_t> first_;  ///< of each row
  std::vector<double> row_dual_;
  std::vector<double> column_dual_;
  std::vector<int> edge_of_row_;  ///< -1: alone
  std::vector<int> row_of_;
  // Of the search that goes on, and cleaned up after it.
  std::vector<double> length_;
  std::vector<int> came_by_;  ///< edge by which a column is reached
  std::vector<char> done_;
};

void Matcher::Augment(int start) {
  using Reached = std::pair<double, int>;  // length, column
  std::priority_queue<Reached, std::vector<Reached>, std::greater<>> heap;
  std::vector<int> touched;
  std::vector<int> tree;  // columns that are done and assigned
  int row = start;
  double length = 0.0;
  double best = kInfinity;  // of the ways to an end ...
  int alone = -1;           // ... a row that stays alone, or
  int free = -1;            // a free column
  while (true) {
    if (const double end = length + cut_ - row_dual_[row]; end < best) {
      best = end;
      alone = row;
      free = -1;
    }
    for (std::size_t e = first_[row]; e < first_[static_cast<std::size_t>(row) + 1]; ++e) {
      const int column = edges_[e].column;
      if (done_[column] != 0) continue;
      const double through = length + edges_[e].cost - row_dual_[row] - column_dual_[column];
      if (through >= length_[column]) continue;
      if (length_[column] == kInfinity) touched.push_back(column);
      length_[column] = through;
      came_by_[column] = static_cast<int>(e);
      if (row_of_[column] >= 0) {
        heap.emplace(through, column);
      } else if (through < best) {
        best = through;
        alone = -1;
        free = column;
      }
    }
    while (!heap.empty() && done_[heap.top().second] != 0) heap.pop();
    if (heap.empty() || heap.top().first >= best) break;
    const int column = heap.top().second;
    length = heap.top().first;
    heap.pop();
    done_[column] = 1;
    tree.push_back(column);
    row = row_of_[column];
  }
  row_dual_[start] += best;
  for (const int column : tree) {
    row_dual_[row_of_[column]] += best - length_[column];
    column_dual_[column] -= best - length_[column];
  }
  // Backwards along the way: each row takes the column it was left by.
  int column = free;
  if (alone >= 0) {
    column = edge_of_row_[alone] >= 0 ? edges_[edge_of_row_[alone]].column : -1;
    edge_of_row_[alone] = -1;
  }
  while (column >= 0) {
    const int by = came_by_[column];
    const int taker = edges_[by].row;
    const int left = edge_of_row_[taker] >= 0 ? edges_[edge_of_row_[taker]].column : -1;
    edge_of_row_[taker] = by;
    row_of_[column] = taker;
    column = left;
  }
  for (const int c : touched) {
    length_[c] = kInfinity;
    done_[c] = 0;
  }
}

}  // namespace

std::vector<Edge> BestMatching(int rows, int columns, std::span<const Edge> edges, double cut) {
  return Matcher(rows, columns, edges, cut).Solve();
}

}  // namespace picket
