// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/warning_placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "picket/base/random.h"

namespace picket {
namespace {

/// A region without terrain, 41 cells of 500 m along a side.
WarningProblem Flat() {
  WarningProblem problem;
  problem.grid = MakePlanGrid(Terrain(), 10'000.0, 41);
  problem.bands_agl_m = {50.0, 200.0};
  problem.places.push_back({{0.0, 0.0}, 500.0});
  return problem;
}

struct Disc {
  double east_m;
  double north_m;
  double reach_m;
  double exposure_per_s;
};

/// Sensors that see so well within their reach, the lower band only within half of it.
void Stand(WarningProblem& problem, const std::vector<Disc>& candidates,
           const std::vector<double>& speeds_mps) {
  const std::size_t cells = problem.grid.size();
  const std::size_t nodes = cells * problem.bands_agl_m.size();
  const auto exposures = std::make_shared<CandidateExposures>(nodes, candidates.size());
  for (std::size_t node = 0; node < nodes; ++node) {
    const Terrain::MapPoint at = problem.grid.At(node % cells);
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      const Disc& disc = candidates[c];
      const double reach_m = disc.reach_m * (node < cells ? 0.5 : 1.0);
      if (std::hypot(at.east_m - disc.east_m, at.north_m - disc.north_m) > reach_m) continue;
      exposures->Set(node, c, disc.exposure_per_s);
    }
  }
  for (const double speed_mps : speeds_mps) {
    problem.against.push_back({{speed_mps, 10.0}, std::vector<float>(nodes, 0.0F), exposures});
  }
}

/// By GuaranteedWarning itself, and by the exposure that is left at the circle.
Guarantee Guaranteed(const WarningProblem& problem, const std::vector<std::int32_t>& chosen) {
  Guarantee least{std::numeric_limits<double>::infinity(), 1.0};
  for (const auto& against : problem.against) {
    std::vector<float> rate = against.exposure_per_s;
    for (std::size_t node = 0; node < rate.size(); ++node) {
      for (const std::int32_t c : chosen) rate[node] += against.candidates->At(node, c);
    }
    const auto exposure =
        LeastExposure(problem.grid, problem.bands_agl_m, rate, against.flyer, kSureExposure);
    for (const auto& place : problem.places) {
      const WarningTime warning =
          GuaranteedWarning(problem.grid, problem.bands_agl_m, exposure, place.at, place.radius_m,
                            against.flyer.speed_mps);
      least.time_s = std::min(least.time_s, warning.sectors[warning.weakest].time_s);
      least.detected = std::min(least.detected, warning.detected);
    }
  }
  return least;
}

bool Less(const Guarantee& a, const Guarantee& b) {
  return a.detected < b.detected - 1e-9 || (a.detected < b.detected + 1e-9 && a.time_s < b.time_s);
}

/// The best of all choices of `count`.
Guarantee Best(const WarningProblem& problem, int count, std::vector<std::int32_t> chosen = {}) {
  if (static_cast<int>(chosen.size()) == count) return Guaranteed(problem, chosen);
  Guarantee best;
  const auto all = static_cast<std::int32_t>(problem.against.front().candidates->candidates());
  for (std::int32_t c = chosen.empty() ? 0 : chosen.back() + 1; c < all; ++c) {
    chosen.push_back(c);
    const Guarantee of = Best(problem, count, chosen);
    if (Less(best, of)) best = of;
    chosen.pop_back();
  }
  return best;
}

TEST(ChooseForWarning, IsNearTheBestOfAllChoicesAndTheBoundHolds) {
  Random random(5);
  double worst = 1.0;
  double loosest = 1.0;
  int timed = 0;
  for (int trial = 0; trial < 12; ++trial) {
    WarningProblem problem = Flat();
    std::vector<Disc> candidates;
    for (int c = 0; c < 10; ++c) {
      candidates.push_back({random.Uniform(-5000, 5000), random.Uniform(-5000, 5000),
                            random.Uniform(5000, 14000), random.Uniform(0.02, 0.2)});
    }
    Stand(problem, candidates, {20.0, 50.0});
    const int count = 2 + trial % 2;
    const WarningPlacement placement = ChooseForWarning(problem, {count});
    EXPECT_LE(static_cast<int>(placement.chosen.size()), count);
    EXPECT_EQ(placement.cost, static_cast<double>(placement.chosen.size()));
    const Guarantee real = Guaranteed(problem, placement.chosen);
    EXPECT_NEAR(placement.after.time_s, real.time_s, 1e-6) << trial;
    EXPECT_NEAR(placement.after.detected, real.detected, 1e-6) << trial;
    EXPECT_EQ(placement.before.time_s, 0.0);
    EXPECT_EQ(placement.before.detected, 0.0);
    const Guarantee best = Best(problem, count);
    EXPECT_FALSE(Less(placement.bound, best)) << trial;
    if (best.time_s > 0.0) {
      ++timed;
      worst = std::min(worst, placement.after.time_s / best.time_s);
      loosest = std::max(loosest, placement.bound.time_s / best.time_s);
      EXPECT_GE(placement.after.time_s, 0.9 * best.time_s) << trial;
    } else {
      EXPECT_GE(placement.after.detected, 0.9 * best.detected) << trial;
    }
  }
  EXPECT_GE(timed, 3);
  RecordProperty("worst of the best", std::to_string(worst));
  RecordProperty("loosest bound", std::to_string(loosest));
}

TEST(ChooseForWarning, WhereNoTimeIsToBeHadHowSurelyATargetIsDetected) {
  Random random(6);
  for (int trial = 0; trial < 6; ++trial) {
    WarningProblem problem = Flat();
    std::vector<Disc> candidates;
    for (int c = 0; c < 10; ++c) {
      candidates.push_back({random.Uniform(-4000, 4000), random.Uniform(-4000, 4000),
                            random.Uniform(5000, 14000), random.Uniform(0.001, 0.01)});
    }
    Stand(problem, candidates, {50.0});
    const WarningPlacement placement = ChooseForWarning(problem, {3});
    const Guarantee best = Best(problem, 3);
    ASSERT_EQ(best.time_s, 0.0);
    ASSERT_GT(best.detected, 0.05);
    EXPECT_EQ(placement.after.time_s, 0.0);
    EXPECT_GE(placement.after.detected, 0.9 * best.detected) << trial;
    EXPECT_FALSE(Less(placement.bound, best)) << trial;
    EXPECT_LT(placement.bound.detected, 0.9) << "that is told of, too: " << trial;
  }
}

TEST(ChooseForWarning, TheSensorsThereAreCountAndEachPlaceDoes) {
  WarningProblem problem = Flat();
  problem.places = {{{-4000.0, 0.0}, 500.0}, {{4000.0, 0.0}, 500.0}};
  // Both see all around one of the places; the first also all around the other, but not enough.
  Stand(problem, {{-4000, 0, 6000, 1.0}, {4000, 0, 6000, 1.0}}, {20.0});
  const WarningPlacement both = ChooseForWarning(problem, {2});
  EXPECT_EQ(both.chosen.size(), 2U);
  EXPECT_GT(both.after.time_s, 10.0);
  EXPECT_EQ(ChooseForWarning(problem, {1}).after.time_s, 0.0) << "one place is not warned";

  auto& already = problem.against.front();
  for (std::size_t node = 0; node < already.exposure_per_s.size(); ++node) {
    already.exposure_per_s[node] = already.candidates->At(node, 1);
  }
  const WarningPlacement one = ChooseForWarning(problem, {2});
  EXPECT_EQ(one.chosen, std::vector<std::int32_t>{0})
      << "the other is there, again it adds nothing";
  EXPECT_EQ(one.before.time_s, 0.0);
  EXPECT_EQ(one.after.time_s, both.after.time_s);
}

TEST(ChooseForWarning, WithinTheBudgetAndOneASite) {
  WarningProblem problem = Flat();
  // The far-seeing is dear, and stands where the weaker one would.
  Stand(problem, {{0, 0, 16000, 1.0}, {0, 0, 9000, 1.0}, {0, 100, 3000, 1.0}}, {20.0});
  problem.cost = {10.0, 3.0, 1.0};
  problem.site = {0, 0, 1};
  const auto with = [&](double budget) {
    PlacementLimits limits;
    limits.budget = budget;
    return ChooseForWarning(problem, limits);
  };
  EXPECT_EQ(with(13.0).chosen, std::vector<std::int32_t>{0});
  EXPECT_EQ(with(13.0).cost, 10.0);
  EXPECT_EQ(with(9.0).chosen, std::vector<std::int32_t>{1});
  EXPECT_EQ(with(2.0).chosen, std::vector<std::int32_t>{2});
  EXPECT_GT(with(13.0).after.time_s, with(9.0).after.time_s);
  EXPECT_GT(with(9.0).after.time_s, with(2.0).after.time_s);
  EXPECT_TRUE(with(0.5).chosen.empty());
}

TEST(ChooseForWarning, TellsOfItsProgress) {
  WarningProblem problem = Flat();
  Stand(problem, {{0, 0, 16000, 1.0}, {0, 0, 9000, 1.0}}, {20.0});
  int last = 0;
  (void)ChooseForWarning(problem, {1}, [&](int done, int of) {
    EXPECT_GT(done, last);
    EXPECT_LE(done, of);
    last = done;
  });
  EXPECT_GT(last, 1);
}

TEST(CandidateExposures, AreRoundedUpByLittle) {
  CandidateExposures exposures(2, 3);
  Random random(7);
  for (int i = 0; i < 200; ++i) {
    const double of = std::pow(10.0, random.Uniform(-8, 3));
    exposures.Set(1, 2, of);
    EXPECT_GE(exposures.At(1, 2), of * (1 - 1e-7));
    EXPECT_LE(exposures.At(1, 2), of * (1 + 1.0 / 128));
  }
  exposures.Set(1, 2, 0.5);
  exposures.Set(1, 0, 0.25);
  EXPECT_EQ(exposures.At(1, 2), 0.5F) << "what fits is exact";
  EXPECT_EQ(exposures.At(0, 2), 0.0F);
  exposures.Set(0, 1, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isfinite(exposures.At(0, 1)));
  std::vector<double> sums{1.0, 1.0, 1.0};
  exposures.Add(1, 4.0, sums);
  EXPECT_EQ(sums, (std::vector<double>{2.0, 1.0, 3.0}));
}

}  // namespace
}  // namespace picket
