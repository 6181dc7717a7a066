// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include "picket/base/random.h"

namespace picket {
namespace {

constexpr double kCut = 4.0;
using Costs = std::vector<std::vector<double>>;  // [row][column]; the cut: no edge

std::vector<Edge> EdgesOf(const Costs& cost) {
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < cost.size(); ++i) {
    for (std::size_t j = 0; j < cost[i].size(); ++j) {
      if (cost[i][j] < kCut)
        edges.push_back({static_cast<int>(i), static_cast<int>(j), cost[i][j]});
    }
  }
  return edges;
}

/// The greatest sum of (cut - cost), by trying every order of the longer side.
double BruteForce(const Costs& cost, int rows, int columns) {
  const auto size = static_cast<std::size_t>(std::max(rows, columns));
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  double best = 0.0;
  do {
    double sum = 0.0;
    for (std::size_t i = 0; i < cost.size(); ++i) {
      if (order[i] < static_cast<std::size_t>(columns)) sum += kCut - cost[i][order[i]];
    }
    best = std::max(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

/// Also checks that each row and column is taken once, by an edge that there is.
double GainOf(const Costs& cost, const std::vector<Edge>& matching) {
  std::set<int> rows;
  std::set<int> columns;
  double gain = 0.0;
  for (const Edge& edge : matching) {
    EXPECT_TRUE(rows.insert(edge.row).second);
    EXPECT_TRUE(columns.insert(edge.column).second);
    EXPECT_EQ(edge.cost,
              cost[static_cast<std::size_t>(edge.row)][static_cast<std::size_t>(edge.column)]);
    EXPECT_LT(edge.cost, kCut);
    gain += kCut - edge.cost;
  }
  EXPECT_TRUE(std::is_sorted(matching.begin(), matching.end(),
                             [](const Edge& a, const Edge& b) { return a.row < b.row; }));
  return gain;
}

TEST(BestMatchingTest, IsTheBestOfAll) {
  Random random(3);
  for (int repeat = 0; repeat < 1500; ++repeat) {
    const int rows = 1 + static_cast<int>(random.Bits() % 6);
    const int columns = 1 + static_cast<int>(random.Bits() % 6);
    const bool ties = random.Uniform() < 0.3;
    const double density = random.Uniform();
    Costs cost(static_cast<std::size_t>(rows),
               std::vector<double>(static_cast<std::size_t>(columns), kCut));
    for (auto& row : cost) {
      for (double& c : row) {
        const double x = random.Uniform(0.0, kCut);
        if (random.Uniform() < density) c = ties ? std::floor(x) : x;
      }
    }
    std::vector<Edge> edges = EdgesOf(cost);
    // The order of the edges must not matter.
    if (repeat % 2 == 1) std::reverse(edges.begin(), edges.end());
    const double gain = GainOf(cost, BestMatching(rows, columns, edges, kCut));
    EXPECT_NEAR(gain, BruteForce(cost, rows, columns), 1e-9);
  }
}

TEST(BestMatchingTest, LargeOnesAreOptimalByTheirDuals) {
  // Costs are a potential of the row and one of the column, and more on all but one column of each
  // row: that one assignment is the best.
  Random random(2);
  const int n = 300;
  std::vector<double> a(n);
  std::vector<double> b(n);
  for (double& x : a) x = random.Uniform(0.0, 1.0);
  for (double& x : b) x = random.Uniform(0.0, 1.0);
  Costs cost(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const double more = random.Uniform(0.01, 1.9);
      cost[i][j] = a[i] + b[j] + (i == (j * 7 + 3) % n ? 0.0 : more);
    }
  }
  const auto matching = BestMatching(n, n, EdgesOf(cost), kCut);
  ASSERT_EQ(matching.size(), static_cast<std::size_t>(n));
  for (const Edge& edge : matching) EXPECT_EQ(edge.row, (edge.column * 7 + 3) % n);
}

TEST(BestMatchingTest, ThousandsInOneSwarmAreMatchedQuickly) {
  // 20,000 in a row, each near five others: one group, which a dense method could not hold.
  Random random(4);
  constexpr int kMany = 20'000;
  std::vector<Edge> edges;
  for (int i = 0; i < kMany; ++i) {
    for (int j = std::max(0, i - 2); j <= std::min(kMany - 1, i + 2); ++j) {
      const double cost = i == j ? 0.5 : random.Uniform(1.0, kCut);
      edges.push_back({i, j, cost});
    }
  }
  const auto matching = BestMatching(kMany, kMany, edges, kCut);
  ASSERT_EQ(matching.size(), static_cast<std::size_t>(kMany));
  for (const Edge& edge : matching) EXPECT_EQ(edge.row, edge.column);
}

TEST(BestMatchingTest, NothingIsMatchedToNothing) {
  EXPECT_TRUE(BestMatching(0, 3, {}, kCut).empty());
  EXPECT_TRUE(BestMatching(2, 0, {}, kCut).empty());
  EXPECT_TRUE(BestMatching(2, 2, {}, kCut).empty());
}

}  // namespace
}  // namespace picket
