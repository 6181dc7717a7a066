// SPDX-License-Identifier: Apache-2.0
#include "track/variational_merge.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

Gaussian At(double east_m, double sd_m) {
  Gaussian g;
  g.x.setZero();
  g.x[0] = east_m;
  g.P = StateCovariance::Identity() * sd_m * sd_m;
  g.turn_cov.setZero();
  return g;
}

Hypothesis Of(int owner, int detection, double mass, double east_m, double sd_m = 5.0) {
  Hypothesis h;
  h.owner = owner;
  h.detection = detection;
  h.mass = mass;
  h.mixture.push_back(At(east_m, sd_m));
  Moments(h.mixture, h.x, h.P);
  return h;
}

std::vector<std::vector<int>> All(int n) {
  std::vector<int> everyone(static_cast<std::size_t>(n));
  for (int k = 0; k < n; ++k) everyone[static_cast<std::size_t>(k)] = k;
  return std::vector<std::vector<int>>(static_cast<std::size_t>(n), everyone);
}

TEST(VariationalMerge, CloseTargetsAreNotDrawnIntoOneAnother) {
  // Nobody knows who of two is at 0 m and who at 60 m, but one is here and one is there.
  const std::vector<Hypothesis> hypotheses = {Of(0, 0, 0.5, 0.0), Of(0, 1, 0.5, 60.0),
                                              Of(1, 0, 0.5, 0.0), Of(1, 1, 0.5, 60.0)};
  std::vector<double> existence = {1.0, 1.0};
  std::vector<Mixture> merged;
  VariationalMerge().Solve(hypotheses, All(2), existence, merged);
  const double a = merged[0][0].x[0];
  const double b = merged[1][0].x[0];
  EXPECT_NEAR(std::min(a, b), 0.0, 1.0);
  EXPECT_NEAR(std::max(a, b), 60.0, 1.0);
  EXPECT_NEAR(merged[0][0].P(0, 0), 25.0, 2.0);  // as sure as each hypothesis, not 30 m
}

TEST(VariationalMerge, ApartEachKeepsItsOwn) {
  // Far from one another no hypothesis changes hands: the moments of TOMB/P.
  const std::vector<Hypothesis> hypotheses = {Of(0, 0, 0.7, 0.0), Of(0, -1, 0.2, 10.0),
                                              Of(1, 1, 0.6, 1000.0), Of(1, -1, 0.4, 1010.0)};
  std::vector<double> existence = {0.9, 1.0};
  std::vector<Mixture> merged;
  VariationalMerge().Solve(hypotheses, All(2), existence, merged);
  EXPECT_NEAR(existence[0], 0.9, 1e-6);
  EXPECT_NEAR(existence[1], 1.0, 1e-6);
  EXPECT_NEAR(merged[0][0].x[0], (0.7 * 0.0 + 0.2 * 10.0) / 0.9, 1e-6);
  EXPECT_NEAR(merged[1][0].x[0], 0.6 * 1000.0 + 0.4 * 1010.0, 1e-6);
  EXPECT_NEAR(merged[1][0].P(0, 0), 25.0 + 0.24 * 100.0, 1e-6);
}

TEST(VariationalMerge, OneThatIsGoneIsGoneNotEveryoneALittle) {
  // Four targets at one place, of which three were seen: each may be the one that is no more.
  std::vector<Hypothesis> hypotheses;
  for (int k = 0; k < 4; ++k) {
    for (int d = 0; d < 3; ++d) hypotheses.push_back(Of(k, d, 0.25, 3.0 * d));
    hypotheses.push_back(Of(k, -1, 0.02, 3.0));
  }
  std::vector<double> existence(4, 0.77);
  std::vector<Mixture> merged;
  VariationalMerge().Solve(hypotheses, All(4), existence, merged);
  std::sort(existence.begin(), existence.end());
  EXPECT_NEAR(existence[0] + existence[1] + existence[2] + existence[3], 4 * 0.77, 0.01);
  EXPECT_LT(existence[0], 0.3);
  EXPECT_GT(existence[1], 0.9);
}

TEST(VariationalMerge, HypothesesGoToNeighboursOnly) {
  const std::vector<Hypothesis> hypotheses = {Of(0, 0, 0.5, 0.0), Of(0, 1, 0.5, 60.0),
                                              Of(1, 0, 0.5, 0.0), Of(1, 1, 0.5, 60.0)};
  std::vector<double> existence = {1.0, 1.0};
  std::vector<Mixture> merged;
  VariationalMerge().Solve(hypotheses, std::vector<std::vector<int>>{{0}, {1}}, existence, merged);
  EXPECT_NEAR(merged[0][0].x[0], 30.0, 1e-6);
  EXPECT_NEAR(merged[1][0].x[0], 30.0, 1e-6);
}

}  // namespace
}  // namespace picket
