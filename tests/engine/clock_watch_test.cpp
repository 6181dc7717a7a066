// SPDX-License-Identifier: Apache-2.0
#include "picket/engine/clock_watch.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

constexpr std::size_t kA = 0;
constexpr std::size_t kB = 1;
constexpr Duration kPeriod = Duration::Seconds(1.0);
constexpr double kDayS = 86400.0;

Time At(double s) { return Time::Ns(1'772'366'400'000'000'000) + Duration::Seconds(s); }

TEST(AheadWatch, OneThatIsAheadOfTheOthersIsNotAllThatComeEarly) {
  const Duration lag = Duration::Seconds(5.0);
  const auto at = [](double s) {
    return Time::Ns(1'772'323'200'000'000'000) + Duration::Seconds(s);
  };
  const auto ahead = [](double s) { return Duration::Seconds(s); };
  AheadWatch one(lag);
  EXPECT_FALSE(one.TooFar("a", at(0), ahead(0.1)));
  EXPECT_FALSE(one.TooFar("b", at(0.1), ahead(2.4)));
  EXPECT_TRUE(one.TooFar("b", at(0.2), ahead(2.7)));
  EXPECT_TRUE(one.TooFar("b", at(0.3), ahead(86400.0)));
  EXPECT_FALSE(one.TooFar("a", at(0.4), ahead(-3.0)));
  EXPECT_FALSE(one.TooFar("b", at(11.0), ahead(40.0))) << "nobody else is there any more";
  EXPECT_TRUE(one.TooFar("b", at(11.0), ahead(61.0))) << "whoever else is there";
  AheadWatch all(lag);  // a scenario that is played faster than it goes
  for (int t = 0; t < 60; ++t) {
    EXPECT_FALSE(all.TooFar("a", at(0.01 * t), ahead(0.99 * t)));
    EXPECT_FALSE(all.TooFar("b", at(0.01 * t), ahead(0.99 * t + 0.5)));
  }
}

TEST(ClockWatchTest, TheBoundIsHalfOfTheLagWithinLimits) {
  EXPECT_EQ(LargestAhead(Duration::Seconds(5.0)), Duration::Seconds(2.5));
  EXPECT_EQ(LargestAhead(Duration()), Duration::Seconds(0.5));
  EXPECT_EQ(LargestAhead(Duration::Seconds(600.0)), Duration::Seconds(60.0));
}

TEST(ClockWatchTest, OneSensorsJumpIsNotBelievedWhileAnotherGoesOn) {
  ClockWatch clocks;
  for (int t = 0; t < 20; ++t) {
    clocks.GoesOn(kA, At(t), kPeriod);
    // Ten looks of the one between any two of the other.
    for (int i = 1; i <= 10; ++i) EXPECT_FALSE(clocks.Believes(kB, At(t + 0.1 * i + kDayS)));
  }
}

TEST(ClockWatchTest, AGapOfAllSensorsIsBelieved) {
  ClockWatch clocks;
  clocks.GoesOn(kA, At(0.0), kPeriod);
  clocks.GoesOn(kB, At(0.5), kPeriod);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(clocks.Believes(i % 2, At(i + kDayS)));
  EXPECT_TRUE(clocks.Believes(kA, At(4 + kDayS)));
}

TEST(ClockWatchTest, AGapOfTheOnlySensorIsBelieved) {
  ClockWatch clocks;
  clocks.GoesOn(kA, At(0.0), kPeriod);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(clocks.Believes(kA, At(0.1 * i + kDayS)));
  EXPECT_TRUE(clocks.Believes(kA, At(0.4 + kDayS)));
}

TEST(ClockWatchTest, AGapIsBelievedOnceTheOtherHasFallenSilent) {
  ClockWatch clocks;
  clocks.GoesOn(kB, At(0.0), kPeriod);
  clocks.GoesOn(kA, At(0.5), kPeriod);
  int refused = 0;
  while (refused < 1000 && !clocks.Believes(kB, At(0.1 * refused + kDayS))) ++refused;
  EXPECT_EQ(refused, 31) << "three periods of the other";
  // One that was silent before is not waited for.
  ClockWatch later;
  later.GoesOn(kA, At(0.0), kPeriod);
  later.GoesOn(kB, At(60.0), kPeriod);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(later.Believes(kB, At(60.0 + 0.1 * i + kDayS)));
  EXPECT_TRUE(later.Believes(kB, At(60.4 + kDayS)));
}

TEST(ClockWatchTest, TimesThatContradictEachOtherAreNotBelieved) {
  ClockWatch clocks;
  clocks.GoesOn(kA, At(0.0), kPeriod);
  for (int i = 1; i < 20; ++i) EXPECT_FALSE(clocks.Believes(kA, At(i * kDayS)));
}

}  // namespace
}  // namespace picket
