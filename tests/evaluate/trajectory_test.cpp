// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/trajectory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "picket/base/random.h"
#include "picket/evaluate/assignment.h"

namespace picket {
namespace {

using Near = TrajectoryMetric::Near;
constexpr double kCutoff = 10.0;

TEST(TrajectoryMetricTest, PerfectTracksAreAtDistanceZero) {
  TrajectoryMetric metric(kCutoff, 2.0);
  for (int k = 0; k < 5; ++k) metric.Add(2, 2, std::vector<Near>{{0, 5, 0.0}, {1, 7, 0.0}});
  const TrajectoryScore score = metric.Result();
  EXPECT_TRUE(score.computed);
  EXPECT_DOUBLE_EQ(score.metric_m, 0.0);
}

TEST(TrajectoryMetricTest, PartsByHand) {
  TrajectoryMetric metric(kCutoff, 2.0);
  metric.Add(1, 1, std::vector<Near>{{0, 0, 3.0}});
  metric.Add(1, 0, {});                              // missed
  metric.Add(1, 2, std::vector<Near>{{0, 0, 4.0}});  // one false
  metric.Add(0, 0, {});
  const TrajectoryScore score = metric.Result();
  // Nobody else wants the pair, so it stays assigned while the track is away: no switch.
  EXPECT_DOUBLE_EQ(score.localisation_m, std::sqrt(25.0 / 4));
  EXPECT_DOUBLE_EQ(score.missed_m, std::sqrt(50.0 / 4));
  EXPECT_DOUBLE_EQ(score.false_m, std::sqrt(50.0 / 4));
  EXPECT_DOUBLE_EQ(score.switches_m, 0.0);
  EXPECT_DOUBLE_EQ(score.metric_m, std::sqrt(125.0 / 4));
}

TEST(TrajectoryMetricTest, TracksThatSwapCostASwitchEach) {
  TrajectoryMetric metric(kCutoff, 2.0);
  for (int k = 0; k < 6; ++k) {
    const int swap = k >= 3 ? 1 : 0;
    metric.Add(2, 2, std::vector<Near>{{0, swap, 1.0}, {1, 1 - swap, 1.0}});
  }
  const TrajectoryScore score = metric.Result();
  // Two targets change from one track to another: gamma^2 each.
  EXPECT_NEAR(score.switches_m, std::sqrt(2 * 4.0 / 6), 1e-9);
  EXPECT_NEAR(score.metric_m, std::sqrt((12 * 1.0 + 8.0) / 6), 1e-9);
}

TEST(TrajectoryMetricTest, ASwitchThatCostsMoreThanItSparesIsNotMade) {
  TrajectoryMetric metric(kCutoff, 9.0);
  // For one instant the other track is nearer.
  for (int k = 0; k < 5; ++k) {
    metric.Add(1, 2, std::vector<Near>{{0, 0, 5.0}, {0, 1, k == 2 ? 1.0 : 9.0}});
  }
  const TrajectoryScore score = metric.Result();
  EXPECT_NEAR(score.switches_m, 0.0, 1e-9);
  EXPECT_NEAR(score.localisation_m, 5.0, 1e-9);
}

std::vector<std::vector<Near>> Random2(Random& random, int instants, int truths, int tracks) {
  std::vector<std::vector<Near>> all;
  for (int k = 0; k < instants; ++k) {
    auto& near = all.emplace_back();
    for (int i = 0; i < truths; ++i) {
      for (int j = 0; j < tracks; ++j) {
        const double d = random.Uniform(0.0, 2.0 * kCutoff);
        if (d < kCutoff) near.push_back({i, j, d});
      }
    }
  }
  return all;
}

TEST(TrajectoryMetricTest, WithoutASwitchCostItIsGospaOfEachInstant) {
  Random random(3);
  for (int repeat = 0; repeat < 20; ++repeat) {
    TrajectoryMetric metric(kCutoff, 1e-6);
    double sum = 0.0;
    const auto instants = Random2(random, 8, 4, 5);
    for (const auto& near : instants) {
      metric.Add(4, 5, near);
      std::vector<Edge> edges;
      for (const Near& n : near) edges.push_back({n.truth, n.track, n.distance_m * n.distance_m});
      const auto matching = BestMatching(4, 5, edges, kCutoff * kCutoff);
      for (const Edge& edge : matching) sum += edge.cost;
      sum += (4 + 5 - 2.0 * static_cast<double>(matching.size())) * kCutoff * kCutoff / 2.0;
    }
    EXPECT_NEAR(metric.Result().metric_m, std::sqrt(sum / 8), 1e-6);
  }
}

TEST(TrajectoryMetricTest, OneTargetIsTheCheapestWayThroughItsTracks) {
  // With one target the program has whole solutions: a shortest path over (instant, track or none).
  Random random(4);
  constexpr double kGamma = 4.0;
  for (int repeat = 0; repeat < 50; ++repeat) {
    const int tracks = 1 + static_cast<int>(random.Bits() % 4);
    const int instants = 1 + static_cast<int>(random.Bits() % 9);
    TrajectoryMetric metric(kCutoff, kGamma);
    std::vector<double> cheapest(static_cast<std::size_t>(tracks) + 1, 0.0);  // last: none
    const auto all = Random2(random, instants, 1, tracks);
    for (std::size_t k = 0; k < all.size(); ++k) {
      metric.Add(1, tracks, all[k]);
      const double c2 = kCutoff * kCutoff;
      std::vector<double> next(cheapest.size());
      for (std::size_t to = 0; to < next.size(); ++to) {
        double best = 1e300;
        for (std::size_t from = 0; from < next.size(); ++from) {
          const bool none = from + 1 == next.size() || to + 1 == next.size();
          const double change = k == 0 || from == to ? 0.0 : (none ? 0.5 : 1.0) * kGamma * kGamma;
          best = std::min(best, cheapest[from] + change);
        }
        double here = c2 * (1 + tracks) / 2.0;
        for (const Near& n : all[k]) {
          if (static_cast<std::size_t>(n.track) == to) here += n.distance_m * n.distance_m - c2;
        }
        next[to] = best + here;
      }
      cheapest = next;
    }
    const double least = *std::min_element(cheapest.begin(), cheapest.end());
    EXPECT_NEAR(metric.Result().metric_m, std::sqrt(least / instants), 1e-7);
  }
}

TEST(TrajectoryMetricTest, IsNotComputedPastItsLimitsAndSaysWhy) {
  TrajectoryMetric metric(kCutoff, 2.0);
  std::vector<Near> near;
  for (int i = 0; i < 150; ++i) {
    for (int j = 0; j < 150; ++j) near.push_back({i, j, 5.0});
  }
  for (int k = 0; k < 5; ++k) metric.Add(150, 150, near);
  const TrajectoryScore score = metric.Result();
  EXPECT_FALSE(score.computed);
  EXPECT_NE(score.why_not.find("22500 pairs of a target and a track over 5 instants"),
            std::string::npos)
      << score.why_not;
  EXPECT_FALSE(TrajectoryMetric(kCutoff, 2.0).Result().computed);
}

}  // namespace
}  // namespace picket
