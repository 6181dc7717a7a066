// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "picket/base/random.h"

namespace picket {
namespace {

double Covered(const CoverProblem& problem, const std::vector<std::int32_t>& chosen) {
  std::vector<bool> covered(problem.weight.size());
  double weight = 0.0;
  for (const std::int32_t c : chosen) {
    for (const std::int32_t e : problem.covers[c]) {
      if (!covered[e]) weight += problem.weight[e];
      covered[e] = true;
    }
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
    const Placement greedy = ChooseSites(problem, 3, false);
    const Placement swapped = ChooseSites(problem, 3);
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
  EXPECT_EQ(ChooseSites(problem, 6, false).chosen, chosen);
}

TEST(ChooseSites, MoreThanThereAre) {
  const CoverProblem problem{{1.0, 2.0}, {{0}, {1}}};
  const Placement all = ChooseSites(problem, 5);
  EXPECT_EQ(all.covered, 3.0);
  EXPECT_EQ(all.bound, 3.0);
  EXPECT_EQ(ChooseSites({}, 3).covered, 0.0);
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
    const Placement greedy = ChooseSites(problem, 10, false);
    const Placement swapped = ChooseSites(problem, 10);
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
