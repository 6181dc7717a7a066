// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

#include "picket/base/random.h"

namespace picket {
namespace {

Eigen::MatrixXd AnyCosts(Random& random, int rows, int columns, bool ties) {
  Eigen::MatrixXd cost(rows, columns);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      const double x = random.Uniform(-5, 10);
      cost(i, j) = ties ? std::floor(x / 4) : x;
    }
  }
  return cost;
}

/// The least cost over all permutations.
double BruteForce(const Eigen::MatrixXd& cost) {
  if (cost.rows() > cost.cols()) return BruteForce(cost.transpose());
  std::vector<int> columns(static_cast<std::size_t>(cost.cols()));
  std::iota(columns.begin(), columns.end(), 0);
  double best = std::numeric_limits<double>::infinity();
  do {
    double sum = 0.0;
    for (int i = 0; i < cost.rows(); ++i) sum += cost(i, columns[static_cast<std::size_t>(i)]);
    best = std::min(best, sum);
  } while (std::next_permutation(columns.begin(), columns.end()));
  return best;
}

double CostOf(const Eigen::MatrixXd& cost, const std::vector<int>& column_of) {
  double sum = 0.0;
  std::set<int> taken;
  for (std::size_t i = 0; i < column_of.size(); ++i) {
    if (column_of[i] < 0) continue;
    EXPECT_TRUE(taken.insert(column_of[i]).second) << "a column is taken once";
    sum += cost(static_cast<Eigen::Index>(i), column_of[i]);
  }
  EXPECT_EQ(taken.size(), static_cast<std::size_t>(std::min(cost.rows(), cost.cols())));
  return sum;
}

TEST(AssignTest, IsTheBestOfAllPermutations) {
  Random random(1);
  for (int rows = 1; rows <= 6; ++rows) {
    for (int columns = 1; columns <= 6; ++columns) {
      for (int repeat = 0; repeat < 20; ++repeat) {
        const Eigen::MatrixXd cost = AnyCosts(random, rows, columns, repeat % 2 == 1);
        const std::vector<int> column_of = Assign(cost);
        ASSERT_EQ(column_of.size(), static_cast<std::size_t>(rows));
        EXPECT_NEAR(CostOf(cost, column_of), BruteForce(cost), 1e-9) << cost;
      }
    }
  }
}

TEST(AssignTest, LargeOnesAreOptimalByTheirDuals) {
  // With row i and column i offset, the diagonal is the one assignment of cost 0.
  Random random(2);
  const int n = 200;
  Eigen::VectorXd a(n);
  Eigen::VectorXd b(n);
  for (int i = 0; i < n; ++i) a[i] = random.Uniform(0, 100);
  for (int i = 0; i < n; ++i) b[i] = random.Uniform(0, 100);
  Eigen::MatrixXd cost(n, n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      cost(i, j) = a[i] + b[j] + (i == (j * 7 + 3) % n ? 0.0 : random.Uniform(0.1, 5));
    }
  }
  const std::vector<int> column_of = Assign(cost);
  for (int j = 0; j < n; ++j) EXPECT_EQ(column_of[static_cast<std::size_t>((j * 7 + 3) % n)], j);
}

TEST(AssignTest, NothingIsAssignedToNothing) {
  EXPECT_TRUE(Assign(Eigen::MatrixXd(0, 3)).empty());
  EXPECT_EQ(Assign(Eigen::MatrixXd(2, 0)), (std::vector<int>{-1, -1}));
}

TEST(BestMatchingTest, IsTheAssignmentWhereAMissingEdgeCostsTheCut) {
  Random random(3);
  constexpr double kCut = 4.0;
  for (int repeat = 0; repeat < 300; ++repeat) {
    const int rows = 1 + static_cast<int>(random.Bits() % 6);
    const int columns = 1 + static_cast<int>(random.Bits() % 6);
    std::vector<Edge> edges;
    Eigen::MatrixXd cost = Eigen::MatrixXd::Constant(rows, columns, kCut);
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < columns; ++j) {
        if (random.Uniform() < 0.6) continue;
        edges.push_back({i, j, random.Uniform(0, kCut)});
        cost(i, j) = edges.back().cost;
      }
    }
    // The order of the edges must not matter.
    std::reverse(edges.begin(), edges.end());
    const std::vector<Edge> matching = BestMatching(rows, columns, edges, kCut);
    double sum = kCut * (std::min(rows, columns) - static_cast<double>(matching.size()));
    std::set<int> taken_rows;
    std::set<int> taken_columns;
    for (const Edge& edge : matching) {
      EXPECT_TRUE(taken_rows.insert(edge.row).second);
      EXPECT_TRUE(taken_columns.insert(edge.column).second);
      EXPECT_EQ(edge.cost, cost(edge.row, edge.column));
      sum += edge.cost;
    }
    EXPECT_NEAR(sum, BruteForce(cost), 1e-9);
  }
}

}  // namespace
}  // namespace picket
