// SPDX-License-Identifier: Apache-2.0
#include "picket/server/meter.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateMeter, IsOfTheLastTenWholeSeconds) {
  const RateMeter::Clock::time_point start;
  RateMeter meter(start);
  EXPECT_FALSE(meter.PerSecond(start + milliseconds(999)));
  for (int i = 0; i < 40; ++i) meter.Add(start + milliseconds(250 * i), 3);
  EXPECT_EQ(meter.PerSecond(start + milliseconds(1500)).value(), 12.0) << "of its only whole one";
  EXPECT_EQ(meter.PerSecond(start + milliseconds(9999)).value(), 12.0);
  EXPECT_EQ(meter.PerSecond(start + seconds(10)).value(), 12.0);
  EXPECT_EQ(meter.PerSecond(start + seconds(15)).value(), 6.0) << "five of the ten are empty";
  EXPECT_EQ(meter.PerSecond(start + seconds(20)).value(), 0.0);
  meter.Add(start + seconds(30), 5);
  EXPECT_EQ(meter.PerSecond(start + milliseconds(30500)).value(), 0.0) << "not whole yet";
  EXPECT_EQ(meter.PerSecond(start + seconds(31)).value(), 0.5);
}

TEST(ClockMeter, IsNotMovedByOutliersAndHoldsTheLatest) {
  ClockMeter meter;
  EXPECT_FALSE(meter.Offset());
  meter.Add(2.0);
  EXPECT_EQ(meter.Offset()->median_s, 2.0);
  EXPECT_EQ(meter.Offset()->spread_s, 0.0);
  EXPECT_EQ(meter.Offset()->reports, 1U);
  // 0.9, 1.0, 1.1 in turn, and every third of it a minute late.
  ClockMeter noisy;
  for (int i = 0; i < 63; ++i) noisy.Add(i % 3 == 2 ? 60.0 : 0.9 + 0.1 * (i / 3 % 3));
  const ClockOffset offset = *noisy.Offset();
  EXPECT_NEAR(offset.median_s, 1.1, 1e-12);
  EXPECT_NEAR(offset.spread_s, 1.4826 * 0.2, 1e-12);
  EXPECT_NEAR(offset.least_s, 0.9, 1e-12);
  EXPECT_EQ(offset.reports, 63U);
  for (std::size_t i = 0; i < ClockMeter::kReports; ++i) noisy.Add(-3.0);
  EXPECT_EQ(noisy.Offset()->median_s, -3.0) << "what came before is forgotten";
  EXPECT_EQ(noisy.Offset()->least_s, -3.0);
  EXPECT_EQ(noisy.Offset()->reports, ClockMeter::kReports);
}

}  // namespace
}  // namespace picket
