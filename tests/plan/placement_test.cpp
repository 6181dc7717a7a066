// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/placement.h"

#include <coin/Cbc_C_Interface.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>

#include "picket/base/random.h"

namespace picket {
namespace {

double Covered(const CoverProblem& problem, const std::vector<std::int32_t>& chosen) {
  std::vector<double> there(problem.weight.size());
  for (const std::int32_t c : chosen) {
    for (std::size_t i = 0; i < problem.covers[c].size(); ++i) {
      there[problem.covers[c][i]] += problem.amount.empty() ? 1.0 : problem.amount[c][i];
    }
  }
  double weight = 0.0;
  for (std::size_t e = 0; e < there.size(); ++e) {
    weight += problem.weight[e] * std::min(1.0, there[e] / problem.need);
  }
  return weight;
}

CoverProblem RandomProblem(Random& random, int elements, int candidates) {
  CoverProblem problem;
  for (int e = 0; e < elements; ++e) problem.weight.push_back(random.Uniform(0, 3));
  for (int c = 0; c < candidates; ++c) {
    auto& covers = problem.covers.emplace_back();
    for (int e = 0; e < elements; ++e) {
      if (random.Uniform(0, 1) < 0.25) covers.push_back(e);
    }
  }
  return problem;
}

TEST(ChooseSites, BoundHoldsAndSwapsHelp) {
  Random random(3);
  for (int trial = 0; trial < 40; ++trial) {
    const CoverProblem problem = RandomProblem(random, 25, 9);
    double best = 0.0;
    for (int a = 0; a < 9; ++a) {
      for (int b = a + 1; b < 9; ++b) {
        for (int c = b + 1; c < 9; ++c) best = std::max(best, Covered(problem, {a, b, c}));
      }
    }
    const Placement greedy = ChooseSites(problem, {3}, false);
    const Placement swapped = ChooseSites(problem, {3});
    for (const Placement& p : {greedy, swapped}) {
      ASSERT_EQ(p.chosen.size(), 3U);
      EXPECT_NEAR(p.covered, Covered(problem, p.chosen), 1e-9);
      EXPECT_LE(p.covered, best + 1e-9);
      EXPECT_GE(p.bound, best - 1e-9);
      EXPECT_GE(p.covered, (1 - 1 / 2.71828) * best);
    }
    EXPECT_GE(swapped.covered, greedy.covered - 1e-9);
  }
}

TEST(ChooseSites, LazyGreedyIsGreedy) {
  Random random(4);
  const CoverProblem problem = RandomProblem(random, 200, 40);
  std::vector<std::int32_t> chosen;
  for (int i = 0; i < 6; ++i) {
    std::int32_t best = -1;
    double most = -1.0;
    for (std::int32_t c = 0; c < 40; ++c) {
      auto with = chosen;
      with.push_back(c);
      const double covered = Covered(problem, with);
      if (covered > most + 1e-9) {
        most = covered;
        best = c;
      }
    }
    chosen.push_back(best);
  }
  EXPECT_EQ(ChooseSites(problem, {6}, false).chosen, chosen);
}

TEST(ChooseSites, MoreThanThereAre) {
  const CoverProblem problem{{1.0, 2.0}, {{0}, {1}}, {}, {}};
  const Placement all = ChooseSites(problem, {5});
  EXPECT_EQ(all.covered, 3.0);
  EXPECT_EQ(all.bound, 3.0);
  EXPECT_EQ(ChooseSites({}, {3}).covered, 0.0);
}

/// The most that any choice covers, by a solver of mixed integer programs: max sum w_e y_e, y_e at
/// most what the chosen have of e, in what it needs, within the number, the budget and one a site.
double Optimum(const CoverProblem& problem, const PlacementLimits& limits) {
  const auto candidates = static_cast<int>(problem.covers.size());
  const auto elements = static_cast<int>(problem.weight.size());
  std::map<std::int32_t, int> row_of_site;
  for (const std::int32_t site : problem.site) {
    row_of_site.emplace(site, elements + 2 + static_cast<int>(row_of_site.size()));
  }
  const int columns = candidates + elements;
  const int rows = elements + 2 + static_cast<int>(row_of_site.size());
  std::vector<CoinBigIndex> start{0};
  std::vector<int> index;
  std::vector<double> value;
  const auto entry = [&](int row, double of) {
    index.push_back(row);
    value.push_back(of);
  };
  for (int c = 0; c < candidates; ++c) {
    for (std::size_t i = 0; i < problem.covers[c].size(); ++i) {
      const double amount = problem.amount.empty() ? 1.0 : problem.amount[c][i];
      entry(problem.covers[c][i], -amount / problem.need);
    }
    entry(elements, 1.0);
    entry(elements + 1, problem.cost.empty() ? 1.0 : problem.cost[c]);
    if (!problem.site.empty()) entry(row_of_site.at(problem.site[c]), 1.0);
    start.push_back(static_cast<CoinBigIndex>(index.size()));
  }
  std::vector<double> objective(columns);
  for (int e = 0; e < elements; ++e) {
    entry(e, 1.0);
    start.push_back(static_cast<CoinBigIndex>(index.size()));
    objective[candidates + e] = problem.weight[e];
  }
  const double none = std::numeric_limits<double>::max();
  const std::vector<double> low(rows, -none);
  std::vector<double> high(rows, 0.0);
  std::fill(high.begin() + elements, high.end(), 1.0);
  high[elements] = limits.count;
  high[elements + 1] = std::isfinite(limits.budget) ? limits.budget : none;
  const std::vector<double> zero(columns, 0.0);
  const std::vector<double> ones(columns, 1.0);
  const std::unique_ptr<Cbc_Model, decltype(&Cbc_deleteModel)> model(Cbc_newModel(),
                                                                     &Cbc_deleteModel);
  Cbc_loadProblem(model.get(), columns, rows, start.data(), index.data(), value.data(), zero.data(),
                  ones.data(), objective.data(), low.data(), high.data());
  for (int c = 0; c < candidates; ++c) Cbc_setInteger(model.get(), c);
  Cbc_setObjSense(model.get(), -1.0);
  Cbc_setParameter(model.get(), "logLevel", "0");
  Cbc_solve(model.get());
  EXPECT_NE(Cbc_isProvenOptimal(model.get()), 0);
  return Cbc_getObjValue(model.get());
}

struct Case {
  const char* name;
  bool costs;
  bool sites;
  PlacementLimits limits;
  bool amounts = false;
};

class AgainstTheOptimum : public ::testing::TestWithParam<Case> {};

/// Sensors of random reach on random points of a square, 400 cells of random weight.
CoverProblem OnAMap(Random& random, bool costs, bool sites, bool amounts) {
  CoverProblem problem;
  if (amounts) problem.need = 1000;
  for (int e = 0; e < 400; ++e) problem.weight.push_back(random.Uniform(0, 3));
  double east = 0.0;
  double north = 0.0;
  for (int c = 0; c < 40; ++c) {
    if (!sites || c % 2 == 0) {
      east = random.Uniform(0, 20);
      north = random.Uniform(0, 20);
    }
    const double reach = random.Uniform(2, 6);
    auto& covers = problem.covers.emplace_back();
    if (amounts) problem.amount.emplace_back();
    for (int e = 0; e < 400; ++e) {
      const double away = std::hypot(e % 20 + 0.5 - east, std::floor(e / 20.0) + 0.5 - north);
      if (!(away <= reach && random.Uniform(0, 1) < 0.8)) continue;
      covers.push_back(e);
      if (amounts) problem.amount.back().push_back(static_cast<int>(random.Uniform(0, 1200)));
    }
    if (costs) problem.cost.push_back(0.3 * reach * random.Uniform(0.5, 2.0));
    if (sites) problem.site.push_back(c / 2);
  }
  return problem;
}

TEST_P(AgainstTheOptimum, GreedyIsNearAndTheBoundHolds) {
  const auto& [name, costs, sites, limits, amounts] = GetParam();
  Random random(11);
  double worst = 1.0;
  double loosest = 1.0;
  for (int trial = 0; trial < 8; ++trial) {
    const CoverProblem problem = OnAMap(random, costs, sites, amounts);
    const double optimum = Optimum(problem, limits);
    ASSERT_GT(optimum, 0.0);
    for (const bool swaps : {false, true}) {
      const Placement placement = ChooseSites(problem, limits, swaps);
      EXPECT_NEAR(placement.covered, Covered(problem, placement.chosen), 1e-9);
      EXPECT_LE(placement.covered, optimum * (1 + 1e-6));
      EXPECT_GE(placement.bound, optimum * (1 - 1e-6));
      EXPECT_GE(placement.covered, (swaps ? 0.97 : 0.75) * optimum) << trial;
      EXPECT_LE(placement.chosen.size(), static_cast<std::size_t>(limits.count));
      double cost = 0.0;
      std::set<std::int32_t> at;
      for (const std::int32_t c : placement.chosen) {
        cost += costs ? problem.cost[c] : 1.0;
        EXPECT_TRUE(at.insert(sites ? problem.site[c] : c).second) << "one a site";
      }
      EXPECT_NEAR(cost, placement.cost, 1e-9);
      EXPECT_LE(cost, limits.budget * (1 + 1e-6));
      if (!swaps) continue;
      worst = std::min(worst, placement.covered / optimum);
      loosest = std::max(loosest, placement.bound / optimum);
    }
  }
  RecordProperty("worst of the optimum", std::to_string(worst));
  RecordProperty("loosest bound", std::to_string(loosest));
}

INSTANTIATE_TEST_SUITE_P(
    ChooseSites, AgainstTheOptimum,
    ::testing::Values(Case{"Number", false, false, {5}}, Case{"NumberAndSites", false, true, {5}},
                      Case{"Budget", true, false, {std::numeric_limits<int>::max(), 6.0}},
                      Case{"BudgetAndSites", true, true, {std::numeric_limits<int>::max(), 6.0}},
                      Case{"All", true, true, {4, 6.0}}, Case{"Amounts", false, false, {5}, true},
                      Case{"AmountsAndAll", true, true, {4, 6.0}, true}),
    [](const auto& of) { return of.param.name; });

TEST(ChooseSites, WithABudgetTheBoundOfNothingChosenIsTheFractionalKnapsack) {
  // 3 for 1, 4 for 2, 5 for 5; of a budget of 4 a fifth of the last, and nothing that fits costs
  // less than the knapsack says.
  const CoverProblem problem{{3.0, 4.0, 5.0}, {{0}, {1}, {2}}, {1.0, 2.0, 5.0}, {}};
  const Placement placement = ChooseSites(problem, {9, 4.0});
  EXPECT_EQ(placement.chosen, (std::vector<std::int32_t>{1, 0}));
  EXPECT_EQ(placement.covered, 7.0);
  EXPECT_EQ(placement.cost, 3.0);
  EXPECT_NEAR(placement.bound, 8.0, 1e-6);
}

TEST(ChooseSites, ByGainForItsCostOrByGain) {
  // By gain for its cost the cheap one comes first, and the dear one has no room beside it.
  const PlacementLimits limits{std::numeric_limits<int>::max(), 10.0};
  const CoverProblem dear{{2.0, 15.0}, {{0}, {1}}, {1.0, 10.0}, {}};
  EXPECT_EQ(ChooseSites(dear, limits, false).chosen, std::vector<std::int32_t>{1});
  // By gain the dear one comes first, and many cheap ones have no room beside it.
  CoverProblem cheap{{15.0}, {{0}}, {10.0}, {}};
  for (int i = 1; i <= 10; ++i) {
    cheap.weight.push_back(2.0);
    cheap.covers.push_back({i});
    cheap.cost.push_back(1.0);
  }
  EXPECT_EQ(ChooseSites(cheap, limits, false).covered, 20.0);
  // What gains nothing is not bought.
  const CoverProblem twice{{2.0, 1.0}, {{0}, {0}, {1}}, {1.0, 1.0, 1.0}, {}};
  EXPECT_EQ(ChooseSites(twice, limits).chosen, (std::vector<std::int32_t>{0, 2}));
  EXPECT_TRUE(ChooseSites(dear, {5, 0.5}).chosen.empty()) << "nothing that can be paid";
}

TEST(ChooseSites, TellsOfItsProgress) {
  Random random(3);
  const CoverProblem problem = RandomProblem(random, 25, 9);
  std::vector<int> done;
  (void)ChooseSites(problem, {3}, true, [&](int at, int of) {
    EXPECT_EQ(of, 3);
    done.push_back(at);
  });
  ASSERT_GE(done.size(), 6U);
  EXPECT_EQ(std::vector<int>(done.begin(), done.begin() + 6), (std::vector<int>{1, 2, 3, 0, 1, 2}));
}

/// Reads an instance in LP form: max sum w_j y_j, y_j <= sum of the x_i that cover j.
CoverProblem ReadInstance(const std::string& path) {
  std::ifstream in(path);
  std::map<std::string, std::int32_t> elements;
  std::map<std::string, std::int32_t> candidates;
  CoverProblem problem;
  std::string token;
  std::string section;
  double sign = 1.0;
  double factor = 1.0;
  std::int32_t element = -1;
  std::vector<std::int32_t> of_row;
  const auto end_row = [&] {
    if (element >= 0) {
      for (const std::int32_t c : of_row) problem.covers[c].push_back(element);
    }
    element = -1;
    of_row.clear();
  };
  while (in >> token) {
    std::string lower = token;
    std::transform(lower.begin(), lower.end(), lower.begin(), ::tolower);
    if (lower == "maximize" || lower == "subject" || lower == "binary" || lower == "binaries" ||
        lower == "end" || lower == "bounds") {
      end_row();
      section = lower;
      continue;
    }
    if (token.back() == ':') {
      end_row();
      continue;
    }
    if (token == "+" || token == "-") {
      sign = token == "-" ? -1.0 : 1.0;
      continue;
    }
    if (token[0] == 'y') {
      const auto [at, fresh] = elements.emplace(token, static_cast<std::int32_t>(elements.size()));
      if (fresh) problem.weight.push_back(0.0);
      if (section == "maximize") problem.weight[at->second] = sign * factor;
      if (section == "subject") element = at->second;
    } else if (token[0] == 'x') {
      const auto [at, fresh] =
          candidates.emplace(token, static_cast<std::int32_t>(candidates.size()));
      if (fresh) problem.covers.emplace_back();
      if (section == "subject") of_row.push_back(at->second);
    } else if (token.find_first_not_of("0123456789.") == std::string::npos) {
      factor = std::stod(token);
      continue;
    }
    sign = factor = 1.0;
  }
  return problem;
}

TEST(ChooseSites, ProvenOptimaOfRealInstances) {
  const char* bench = std::getenv("PICKET_BENCH");
  if (bench == nullptr) GTEST_SKIP() << "PICKET_BENCH is not set";
  for (const auto& [name, optimum] : {std::pair{"mclp_100.lp", 3931.0}, {"mclp_1408.lp", 4561.0}}) {
    const CoverProblem problem = ReadInstance(std::string(bench) + "/coverage/" + name);
    ASSERT_GE(problem.covers.size(), 100U) << name;
    const Placement greedy = ChooseSites(problem, {10}, false);
    const Placement swapped = ChooseSites(problem, {10});
    RecordProperty(std::string(name) + " greedy", std::to_string(greedy.covered / optimum));
    RecordProperty(std::string(name) + " swaps", std::to_string(swapped.covered / optimum));
    EXPECT_GE(greedy.covered, 0.97 * optimum) << name;
    EXPECT_GE(swapped.covered, 0.995 * optimum) << name;
    EXPECT_LE(swapped.covered, optimum) << name;
    EXPECT_GE(swapped.bound, optimum) << name;
  }
}

}  // namespace
}  // namespace picket
