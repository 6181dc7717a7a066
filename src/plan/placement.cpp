// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/placement.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "picket/base/assert.h"

namespace picket {
namespace {

// Of a weight gained, so that no two sets alternate, and of a budget.
constexpr double kRounding = 1e-9;

/// The candidates chosen: how much of each element they cover, what they cost, where they stand.
class Choice {
 public:
  Choice(const CoverProblem& problem, const PlacementLimits& limits)
      : problem_(problem),
        limits_(limits),
        amount_(problem.weight.size(), 0),
        sites_(problem.covers.size()),
        taken_(problem.covers.size(), 0) {
    for (std::size_t c = 0; c < sites_.size(); ++c) {
      sites_[c] = problem.site.empty() ? static_cast<std::int32_t>(c) : problem.site[c];
      const auto site = static_cast<std::size_t>(sites_[c]);
      if (site >= taken_.size()) taken_.resize(site + 1, 0);
    }
  }

  std::vector<std::int32_t> chosen;
  double cost = 0.0;

  [[nodiscard]] double CostOf(std::int32_t candidate) const {
    return problem_.cost.empty() ? 1.0 : problem_.cost[static_cast<std::size_t>(candidate)];
  }
  [[nodiscard]] std::int32_t SiteOf(std::int32_t candidate) const {
    return sites_[static_cast<std::size_t>(candidate)];
  }
  /// Whether one more may cost that much.
  [[nodiscard]] bool Affords(double more) const {
    return cost + more <= limits_.budget * (1.0 + kRounding);
  }
  [[nodiscard]] bool Free(std::int32_t candidate) const {
    return taken_[static_cast<std::size_t>(SiteOf(candidate))] == 0;
  }
  [[nodiscard]] double Gain(std::int32_t candidate) const {
    const auto c = static_cast<std::size_t>(candidate);
    double gain = 0.0;
    if (problem_.amount.empty() && problem_.need == 1) {
      for (const std::int32_t e : problem_.covers[c]) {
        if (amount_[static_cast<std::size_t>(e)] == 0) gain += problem_.weight[e];
      }
      return gain;
    }
    for (std::size_t i = 0; i < problem_.covers[c].size(); ++i) {
      const auto e = static_cast<std::size_t>(problem_.covers[c][i]);
      const std::int64_t lacks = problem_.need - amount_[e];
      if (lacks <= 0) continue;
      gain += problem_.weight[e] * static_cast<double>(std::min(lacks, AmountOf(c, i)));
    }
    return gain / problem_.need;
  }
  /// `times` is 1, or -1 to take it away again. `chosen` is the caller's.
  void Add(std::int32_t candidate, int times) {
    const auto c = static_cast<std::size_t>(candidate);
    for (std::size_t i = 0; i < problem_.covers[c].size(); ++i) {
      amount_[static_cast<std::size_t>(problem_.covers[c][i])] += times * AmountOf(c, i);
    }
    taken_[static_cast<std::size_t>(SiteOf(candidate))] += times;
    cost += times * CostOf(candidate);
  }
  [[nodiscard]] double Weight() const {
    double weight = 0.0;
    for (std::size_t e = 0; e < amount_.size(); ++e) {
      const auto covered = std::min<std::int64_t>(amount_[e], problem_.need);
      weight += problem_.weight[e] * (static_cast<double>(covered) / problem_.need);
    }
    return weight;
  }
  [[nodiscard]] double Bound() const;

 private:
  /// Of the candidate's `i`th element.
  [[nodiscard]] std::int64_t AmountOf(std::size_t candidate, std::size_t i) const {
    return problem_.amount.empty() ? 1 : problem_.amount[candidate][i];
  }

  const CoverProblem& problem_;
  const PlacementLimits& limits_;
  std::vector<std::int64_t> amount_;
  std::vector<std::int32_t> sites_;
  std::vector<int> taken_;
};

/// f(S) plus what the gains of no choice exceed: for each price of a unit of cost, the budget's
/// worth plus the greatest gains, less their price, one a site and as many as may be. Weak duality:
/// it holds whatever the price, and the least over prices is looked for.
double Choice::Bound() const {
  std::vector<double> gains(sites_.size());
  double highest = 0.0;  // price at which nothing is bought any more
  for (std::size_t c = 0; c < gains.size(); ++c) {
    const auto candidate = static_cast<std::int32_t>(c);
    gains[c] = Gain(candidate);
    highest = std::max(highest, gains[c] / CostOf(candidate));
  }
  std::vector<double> of_site(taken_.size());
  std::vector<double> greatest;
  const auto at = [&](double price) {
    std::fill(of_site.begin(), of_site.end(), 0.0);
    for (std::size_t c = 0; c < gains.size(); ++c) {
      double& best = of_site[static_cast<std::size_t>(sites_[c])];
      best = std::max(best, gains[c] - price * CostOf(static_cast<std::int32_t>(c)));
    }
    greatest = of_site;
    const auto most = std::min(static_cast<std::size_t>(limits_.count), greatest.size());
    const auto end = greatest.begin() + static_cast<std::ptrdiff_t>(most);
    std::partial_sort(greatest.begin(), end, greatest.end(), std::greater<>());
    double sum = price == 0.0 ? 0.0 : price * limits_.budget;
    for (auto one = greatest.begin(); one != end; ++one) sum += *one;
    return sum;
  };
  double least = at(0.0);
  if (std::isfinite(limits_.budget)) {
    // Convex in the price: thirds.
    double low = 0.0;
    double high = highest;
    for (int i = 0; i < 60; ++i) {
      const double a = low + (high - low) / 3.0;
      const double b = high - (high - low) / 3.0;
      const double at_a = at(a);
      const double at_b = at(b);
      least = std::min({least, at_a, at_b});
      (at_a < at_b ? high : low) = at_a < at_b ? b : a;
    }
  }
  return Weight() + least * (1.0 + kRounding);
}

/// Adds greedily to a choice what may be added; by gain, or by gain for its cost.
/// @param bound  lessened by what each choice on the way bounds; null: nobody wants to know
void AddGreedily(const CoverProblem& problem, const PlacementLimits& limits, bool by_cost,
                 Choice& choice, double* bound, const std::function<void(int, int)>& tell) {
  struct Entry {
    double worth;
    std::int32_t candidate;
    std::size_t known_at;  // how many were chosen when its worth was computed
    bool operator<(const Entry& other) const {
      return worth != other.worth ? worth < other.worth : candidate > other.candidate;
    }
  };
  const auto worth = [&](std::int32_t candidate) {
    return choice.Gain(candidate) / (by_cost ? choice.CostOf(candidate) : 1.0);
  };
  std::priority_queue<Entry> queue;
  for (std::size_t c = 0; c < problem.covers.size(); ++c) {
    const auto candidate = static_cast<std::int32_t>(c);
    queue.push({worth(candidate), candidate, choice.chosen.size()});
  }
  while (choice.chosen.size() < static_cast<std::size_t>(limits.count) && !queue.empty()) {
    Entry best = queue.top();
    queue.pop();
    // What does not fit now never will.
    if (!choice.Free(best.candidate) || !choice.Affords(choice.CostOf(best.candidate))) continue;
    if (best.known_at < choice.chosen.size()) {
      best.worth = worth(best.candidate);
      best.known_at = choice.chosen.size();
      queue.push(best);
      continue;
    }
    if (best.worth <= 0.0) break;
    choice.Add(best.candidate, 1);
    choice.chosen.push_back(best.candidate);
    if (bound != nullptr) *bound = std::min(*bound, choice.Bound());
    if (tell) {
      tell(static_cast<int>(choice.chosen.size()),
           std::min(limits.count, static_cast<int>(problem.covers.size())));
    }
  }
}

/// Takes out one candidate chosen (a and b are the same) or two, and puts in their place what
/// covers the most within the limits; whether that is more than before.
bool Exchange(const CoverProblem& problem, Choice& choice, std::int32_t& a, std::int32_t& b) {
  const bool one = &a == &b;
  choice.Add(a, -1);
  double most = choice.Gain(a);
  if (!one) {
    choice.Add(b, -1);
    most = choice.Gain(a);
    choice.Add(a, 1);
    most += choice.Gain(b);
    choice.Add(a, -1);
  }
  most *= 1.0 + kRounding;
  std::pair<std::int32_t, std::int32_t> best{a, b};
  std::vector<std::pair<double, std::int32_t>> gains;
  for (std::size_t c = 0; c < problem.covers.size(); ++c) {
    const auto candidate = static_cast<std::int32_t>(c);
    if (!choice.Free(candidate) || !choice.Affords(choice.CostOf(candidate))) continue;
    gains.emplace_back(-choice.Gain(candidate), candidate);
  }
  std::sort(gains.begin(), gains.end());
  if (one) {
    if (-gains.front().first > most) best.first = best.second = gains.front().second;
  } else {
    // Together two gain no more than the sum of what each gains: few pairs need to be looked at.
    for (std::size_t i = 0; i + 1 < gains.size(); ++i) {
      const auto& [first_gain, first] = gains[i];
      if (-first_gain - gains[i + 1].first <= most) break;
      choice.Add(first, 1);
      for (std::size_t j = i + 1; j < gains.size() && -first_gain - gains[j].first > most; ++j) {
        const std::int32_t second = gains[j].second;
        if (!choice.Free(second) || !choice.Affords(choice.CostOf(second))) continue;
        const double gain = -first_gain + choice.Gain(second);
        if (gain > most) {
          most = gain;
          best = {first, second};
        }
      }
      choice.Add(first, -1);
    }
  }
  const bool better = best != std::pair(a, b);
  a = best.first;
  if (!one) b = best.second;
  choice.Add(a, 1);
  if (!one) choice.Add(b, 1);
  return better;
}

/// Takes out one candidate chosen or two and fills their place greedily, with as many as may be:
/// what costs less may make room for a third. Whether that covers more; if not, nothing changes.
bool Refill(const CoverProblem& problem, const PlacementLimits& limits, Choice& choice,
            std::size_t a, std::size_t b) {
  const std::vector<std::int32_t> before = choice.chosen;
  const double most = choice.Weight() * (1.0 + kRounding);
  for (const bool by_cost : {true, false}) {
    choice.Add(before[a], -1);
    if (a != b) choice.Add(before[b], -1);
    std::erase_if(choice.chosen, [&](std::int32_t c) { return c == before[a] || c == before[b]; });
    AddGreedily(problem, limits, by_cost, choice, nullptr, nullptr);
    if (choice.Weight() > most) return true;
    for (const std::int32_t c : choice.chosen) choice.Add(c, -1);
    for (const std::int32_t c : before) choice.Add(c, 1);
    choice.chosen = before;
  }
  return false;
}

void CheckProblem(const CoverProblem& problem, const PlacementLimits& limits) {
  PICKET_ASSERT(limits.count >= 0 && limits.budget >= 0.0, "limits are not negative");
  for (const auto& elements : problem.covers) {
    for (const std::int32_t e : elements) {
      PICKET_ASSERT(e >= 0 && static_cast<std::size_t>(e) < problem.weight.size(),
                    "candidates cover elements that there are");
    }
  }
  const std::size_t candidates = problem.covers.size();
  PICKET_ASSERT(problem.need > 0, "an element needs something");
  PICKET_ASSERT(problem.amount.empty() || problem.amount.size() == candidates, "each has amounts");
  for (std::size_t c = 0; c < problem.amount.size(); ++c) {
    PICKET_ASSERT(problem.amount[c].size() == problem.covers[c].size(),
                  "of each element it covers");
    for (const std::int32_t amount : problem.amount[c]) PICKET_ASSERT(amount >= 0, "not negative");
  }
  PICKET_ASSERT(problem.cost.empty() || problem.cost.size() == candidates, "each has a cost");
  for (const double cost : problem.cost) PICKET_ASSERT(cost > 0.0, "nothing is for free");
  PICKET_ASSERT(problem.site.empty() || problem.site.size() == candidates, "each has a site");
  for (const std::int32_t site : problem.site) PICKET_ASSERT(site >= 0, "sites are not negative");
}

}  // namespace

Placement ChooseSites(const CoverProblem& problem, const PlacementLimits& limits, bool swaps,
                      const std::function<void(int, int)>& tell) {
  CheckProblem(problem, limits);
  Placement placement;
  placement.bound = Choice(problem, limits).Bound();
  const bool budgeted = !problem.cost.empty() && std::isfinite(limits.budget);
  double most = -1.0;
  for (const bool by_cost : {false, true}) {
    if (by_cost && !budgeted) break;
    Choice choice(problem, limits);
    AddGreedily(problem, limits, by_cost, choice, &placement.bound, tell);
    std::vector<std::int32_t>& chosen = choice.chosen;
    for (bool better = swaps; better;) {
      better = false;
      for (std::size_t a = 0; a < chosen.size(); ++a) {
        if (tell) tell(static_cast<int>(a), static_cast<int>(chosen.size()));
        for (std::size_t b = a; b < chosen.size(); ++b) {
          better = Exchange(problem, choice, chosen[a], chosen[b]) || better;
        }
      }
      for (std::size_t a = 0; budgeted && !better && a < chosen.size(); ++a) {
        for (std::size_t b = a; !better && b < chosen.size(); ++b) {
          better = Refill(problem, limits, choice, a, b);
        }
      }
      if (!better) break;
      placement.bound = std::min(placement.bound, choice.Bound());
      // Others may cost less than those whose place they took.
      AddGreedily(problem, limits, by_cost, choice, &placement.bound, tell);
    }
    const double covered = choice.Weight();
    if (covered > most * (1.0 + kRounding)) {
      most = covered;
      placement.chosen = chosen;
      placement.covered = covered;
      placement.cost = choice.cost;
    }
  }
  // Exchanges leave no order: that of what each adds to those before it.
  Choice again(problem, limits);
  for (auto next = placement.chosen.begin(); next != placement.chosen.end(); ++next) {
    std::iter_swap(
        next, std::max_element(next, placement.chosen.end(), [&](std::int32_t a, std::int32_t b) {
          const double gain_a = again.Gain(a);
          const double gain_b = again.Gain(b);
          return gain_a != gain_b ? gain_a < gain_b : a > b;
        }));
    again.Add(*next, 1);
  }
  return placement;
}

}  // namespace picket
