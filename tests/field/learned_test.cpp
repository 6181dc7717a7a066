// SPDX-License-Identifier: Apache-2.0
#include "picket/field/learned.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "picket/base/random.h"
#include "picket/geo/angle.h"

namespace picket {
namespace {

std::vector<LearnedCorrection::Cell> Unseen() {
  return std::vector<LearnedCorrection::Cell>(LearnedCorrection::kCells);
}

TEST(LearnedCorrection, CellsAreTheSkyWithoutGaps) {
  std::set<std::size_t> all;
  for (std::size_t i = 0; i < LearnedCorrection::kCells; ++i) {
    const LearnedCorrection::Corner corner = LearnedCorrection::CornerOf(i);
    const std::size_t cell = LearnedCorrection::CellAt((corner.azimuth_deg + 1e-6) * kRadPerDeg,
                                                       (corner.elevation_deg + 1e-6) * kRadPerDeg,
                                                       corner.range_m + 1e-3);
    EXPECT_EQ(cell, i);
    all.insert(cell);
  }
  EXPECT_EQ(all.size(), LearnedCorrection::kCells);
  const auto at = [](double azimuth_deg, double elevation_deg, double range_m) {
    return LearnedCorrection::CellAt(azimuth_deg * kRadPerDeg, elevation_deg * kRadPerDeg, range_m);
  };
  EXPECT_EQ(at(-10, 3, 5000), at(350, 3, 5000));
  EXPECT_NE(at(350, 3, 5000), at(10, 3, 5000));
  EXPECT_EQ(at(0, 3, 1), at(0, 3, 340));    // what is nearest is one
  EXPECT_EQ(at(0, 3, 1e5), at(0, 3, 2e5));  // and what is farthest
  EXPECT_EQ(at(0, 90, 5000), at(0, 40, 5000));
  EXPECT_NE(at(0, 0.2, 5000), at(0, 0.7, 5000));
}

TEST(LearnedCorrection, ShrinksTowardsTheModel) {
  auto cells = Unseen();
  cells[1] = {3, 1.0, 0.0};
  cells[2] = {300, 100.0, 25.0};
  cells[3] = {400, 100.0, 180.0};
  const LearnedCorrection learned(cells);
  EXPECT_EQ(learned.Corrected(0.37, 0), 0.37);  // nobody flew there
  EXPECT_FALSE(learned.Measured(0));
  EXPECT_EQ(learned.FactorOf(0).low, 1.0);
  EXPECT_EQ(learned.FactorOf(0).high, 1.0);
  // Three looks that should have given one detection and gave none say little yet ...
  EXPECT_NEAR(learned.FactorOf(1).mean, 2.0 / 3.0, 1e-12);
  EXPECT_FALSE(learned.Measured(1));
  // ... many that gave a quarter say much.
  EXPECT_NEAR(learned.FactorOf(2).mean, 27.0 / 102.0, 1e-12);
  EXPECT_TRUE(learned.Measured(2));
  EXPECT_NEAR(learned.Corrected(0.8, 2), 0.8 * 27.0 / 102.0, 1e-12);
  // More than the model says is believed as far as a probability goes.
  EXPECT_NEAR(learned.Corrected(0.4, 3), 0.4 * 182.0 / 102.0, 1e-12);
  EXPECT_EQ(learned.Corrected(0.9, 3), LearnedCorrection::kMostProbable);
  EXPECT_EQ(learned.Corrected(0.999, 3), 0.999);
}

/// Quantiles of a gamma distribution are half those of chi^2 with twice its shape as degrees of
/// freedom: 6.908 of 16 at 2.5 %, 34.170 of 20 at 97.5 % (tables).
TEST(LearnedCorrection, IntervalsAreTheGammaQuantiles) {
  auto cells = Unseen();
  cells[0] = {40, 14.0, 8.0};
  cells[1] = {40, 14.0, 0.0};
  const LearnedCorrection learned(cells);
  EXPECT_NEAR(learned.FactorOf(0).low, 6.908 / 2.0 / 16.0, 1e-4);
  EXPECT_NEAR(learned.FactorOf(0).high, 34.170 / 2.0 / 16.0, 1e-4);
  EXPECT_EQ(learned.FactorOf(1).low, 0.0);
}

TEST(LearnedCorrection, IntervalsHoldTheTruth) {
  Random random(3);
  int held = 0;
  constexpr int kTrials = 2000;
  for (int trial = 0; trial < kTrials; ++trial) {
    const double factor = random.Uniform(0.05, 1.3);
    auto cells = Unseen();
    LearnedCorrection::Cell& cell = cells[0];
    for (int look = 0; look < 60; ++look) {
      const double p = random.Uniform(0.1, 0.7);
      cell.expected += p;
      ++cell.looks;
      if (random.Uniform() < factor * p) cell.seen += 1.0;
    }
    const LearnedCorrection::Factor of = LearnedCorrection(cells).FactorOf(0);
    held += of.low <= factor && factor <= of.high ? 1 : 0;
  }
  EXPECT_GT(held, kTrials * 93 / 100);
}

}  // namespace
}  // namespace picket
