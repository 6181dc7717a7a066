// SPDX-License-Identifier: Apache-2.0
#include "evaluate/surveillance.h"

#include <gtest/gtest.h>

#include <string_view>

namespace picket {
namespace {

/// One character an instant: x updated, - not, blank no truth.
UpdateGaps::Counts Gaps(std::string_view instants, double step_s = 1.0) {
  UpdateGaps gaps;
  for (std::size_t k = 0; k < instants.size(); ++k) {
    if (instants[k] == ' ') continue;
    gaps.At(Time::Ns(0) + Duration::Seconds(step_s * static_cast<double>(k)), instants[k] == 'x');
  }
  return gaps.Result();
}

TEST(UpdateGapsTest, CountsWholeSecondsWithoutAnUpdate) {
  EXPECT_EQ(Gaps("xxxxxx").expected, 5);
  EXPECT_EQ(Gaps("xxxxxx").missed, 0);
  EXPECT_EQ(Gaps("xx-xxx").missed, 1);  // a gap of 2 s, less 0.1: one whole second
  EXPECT_EQ(Gaps("x---xx").missed, 3);  // 4 s
  EXPECT_EQ(Gaps("---xxx").missed, 2);  // from the first instant: 3 s
  EXPECT_EQ(Gaps("xxx---").missed, 2);  // to the last one
  EXPECT_EQ(Gaps("------").missed, 4);
  EXPECT_EQ(Gaps("").expected, 0);
  EXPECT_EQ(Gaps("xx-x-xx-xx", 0.5).missed, 0);  // twice a second: gaps of 1 s are none
}

TEST(UpdateGapsTest, LongGapsAreCountedApart) {
  EXPECT_EQ(Gaps("x----x").missed_in_long_gaps, 0);   // 5 s, less 0.1: not yet
  EXPECT_EQ(Gaps("x-----x").missed_in_long_gaps, 5);  // 6 s
  EXPECT_EQ(Gaps("x-----x").missed, 5);
}

TEST(UpdateGapsTest, APauseOfTheTruthIsNoGap) {
  EXPECT_EQ(Gaps("xxx       xxx").missed, 0);
  EXPECT_EQ(Gaps("xxx       xxx").expected, 4);
  EXPECT_EQ(Gaps("xxx   xxx").missed, 0) << "nobody looked between two instants of truth";
}

TEST(SurveillanceTest, SharesWithinTheLimits) {
  SurveillanceCounter counter;
  for (int i = 0; i < 10; ++i) {
    ScoredTruth truth;
    truth.v_L = {0.0, 20.0, 0.0};
    ScoredTrack track;
    track.p_L = {i < 9 ? 5.0 : 50.0, 0.0, 99.0};  // height does not count
    track.v_L = {i < 8 ? 0.0 : 20.0, 20.0, 0.0};  // 8.3 m/s faster, 45 degrees off
    counter.AddPair(truth, track);
  }
  counter.AddReports(1000, 3);
  for (int i = 0; i < 10; ++i) counter.AddTruthStep(Duration::Seconds(1.0));
  const SurveillanceFigures f = counter.Result();
  EXPECT_DOUBLE_EQ(f.position_within_12_m, 0.9);
  EXPECT_NEAR(f.position_95_m, 50.0, 0.3);
  EXPECT_DOUBLE_EQ(f.speed_within_5_mps, 0.8);
  EXPECT_DOUBLE_EQ(f.course_within_15_deg, 0.8);
  EXPECT_NEAR(f.course_90_deg, 45.0, 0.3);
  EXPECT_TRUE(f.updates_measured);
}

TEST(SurveillanceTest, SlowTargetsHaveNoCourseAndUnknownVelocitiesNoError) {
  SurveillanceCounter counter;
  ScoredTruth slow;
  slow.v_L = {0.0, 2.0, 0.0};
  ScoredTrack track;
  track.v_L = {0.0, -2.0, 0.0};
  counter.AddPair(slow, track);
  track.v_L.setConstant(kNoFigure);
  counter.AddPair(slow, track);
  const SurveillanceFigures f = counter.Result();
  EXPECT_TRUE(std::isnan(f.course_within_15_deg));
  EXPECT_DOUBLE_EQ(f.speed_within_5_mps, 1.0);
  EXPECT_FALSE(f.updates_measured);
}

TEST(SurveillanceTest, RequirementsAreMetAtTheirThresholds) {
  SurveillanceFigures f;
  f.updates_measured = true;
  f.expected = 100;
  f.missed = 1;
  f.reports = 10'000;
  f.false_reports = 2;
  f.position_within_12_m = 0.95;
  const auto rows = SurveillanceRequirements(f);
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0].Met(), true);
  EXPECT_EQ(rows[1].Met(), true);
  EXPECT_EQ(rows[2].Met(), true);
  EXPECT_EQ(rows[3].Met(), false);
  EXPECT_EQ(rows[4].Met(), std::nullopt);
  EXPECT_EQ(rows[4].figure_text, "-");
  f.missed = 2;
  EXPECT_EQ(SurveillanceRequirements(f)[0].Met(), false);
  f.updates_measured = false;
  EXPECT_EQ(SurveillanceRequirements(f)[0].Met(), std::nullopt);
}

}  // namespace
}  // namespace picket
