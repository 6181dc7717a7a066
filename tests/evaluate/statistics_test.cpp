// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "picket/base/random.h"

namespace picket {
namespace {

TEST(QuantileSketchTest, IsWithinHalfAPercentOfTheSortedOnes) {
  Random random(1);
  QuantileSketch sketch;
  std::vector<double> all;
  for (int i = 0; i < 20000; ++i) {
    const double x = std::exp(3.0 * random.Normal());
    all.push_back(x);
    sketch.Add(x);
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(sketch.count(), 20000);
  for (const double q : {0.01, 0.5, 0.9, 0.95, 0.999, 1.0}) {
    const double exact = all[static_cast<std::size_t>(std::ceil(q * 20000.0)) - 1];
    EXPECT_NEAR(sketch.Quantile(q), exact, 0.00501 * exact) << q;
  }
}

TEST(QuantileSketchTest, ZerosAndHugeNumbersAndNothing) {
  QuantileSketch sketch;
  EXPECT_TRUE(std::isnan(sketch.Quantile(0.5)));
  sketch.Add(0.0);
  sketch.Add(1e-9);
  sketch.Add(1e300);
  EXPECT_EQ(sketch.Quantile(0.5), 0.0);
  EXPECT_NEAR(sketch.Quantile(1.0), 1e12, 0.006e12);
}

// Abramowitz & Stegun, table 26.8.
TEST(ChiSquareTest, QuantilesOfTheTables) {
  EXPECT_NEAR(ChiSquareQuantile(0.95, 2), 5.99146, 1e-5);
  EXPECT_NEAR(ChiSquareQuantile(0.975, 4), 11.1433, 1e-4);
  EXPECT_NEAR(ChiSquareQuantile(0.025, 4), 0.484419, 1e-6);
  EXPECT_NEAR(ChiSquareQuantile(0.975, 100), 129.561, 1e-3);
}

TEST(ChiSquareTest, MeanBoundsHoldNinetyFivePercentOfMeans) {
  Random random(2);
  const MeanBounds bounds = ChiSquareMeanBounds(20, 3);
  int inside = 0;
  for (int repeat = 0; repeat < 4000; ++repeat) {
    double sum = 0.0;
    for (int i = 0; i < 60; ++i) {
      const double x = random.Normal();
      sum += x * x;
    }
    if (sum / 20.0 >= bounds.low && sum / 20.0 <= bounds.high) ++inside;
  }
  EXPECT_NEAR(inside / 4000.0, 0.95, 0.015);
}

}  // namespace
}  // namespace picket
