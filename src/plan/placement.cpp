// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/placement.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <queue>
#include <utility>
#include <vector>

#include "picket/base/assert.h"

namespace picket {
namespace {

/// How often each element is covered by the candidates chosen.
class Cover {
 public:
  explicit Cover(const CoverProblem& problem)
      : problem_(problem), count_(problem.weight.size(), 0) {}

  [[nodiscard]] double Gain(std::int32_t candidate) const {
    double gain = 0.0;
    for (const std::int32_t e : problem_.covers[static_cast<std::size_t>(candidate)]) {
      if (count_[static_cast<std::size_t>(e)] == 0) gain += problem_.weight[e];
    }
    return gain;
  }
  void Add(std::int32_t candidate, int times) {
    for (const std::int32_t e : problem_.covers[static_cast<std::size_t>(candidate)]) {
      count_[static_cast<std::size_t>(e)] += times;
    }
  }
  [[nodiscard]] double Weight() const {
    double weight = 0.0;
    for (std::size_t e = 0; e < count_.size(); ++e) {
      if (count_[e] > 0) weight += problem_.weight[e];
    }
    return weight;
  }
  /// f(S) plus the k greatest gains.
  [[nodiscard]] double Bound(std::size_t k) const {
    std::vector<double> gains(problem_.covers.size());
    for (std::size_t c = 0; c < gains.size(); ++c) gains[c] = Gain(static_cast<std::int32_t>(c));
    k = std::min(k, gains.size());
    const auto end = gains.begin() + static_cast<std::ptrdiff_t>(k);
    std::partial_sort(gains.begin(), end, gains.end(), std::greater<>());
    return Weight() + std::accumulate(gains.begin(), end, 0.0);
  }

 private:
  const CoverProblem& problem_;
  std::vector<int> count_;
};

/// Takes out one candidate chosen (a and b are the same) or two, and puts in their place what
/// covers the most; whether that is more than before.
bool Exchange(const CoverProblem& problem, Cover& cover, std::int32_t& a, std::int32_t& b) {
  constexpr double kRounding = 1e-9;  // of the weight gained, so that no two sets alternate
  const bool one = &a == &b;
  cover.Add(a, -1);
  double most = cover.Gain(a);
  if (!one) {
    cover.Add(b, -1);
    most = cover.Gain(a);
    cover.Add(a, 1);
    most += cover.Gain(b);
    cover.Add(a, -1);
  }
  most *= 1.0 + kRounding;
  std::pair<std::int32_t, std::int32_t> best{a, b};
  std::vector<std::pair<double, std::int32_t>> gains;
  for (std::size_t c = 0; c < problem.covers.size(); ++c) {
    const auto candidate = static_cast<std::int32_t>(c);
    gains.emplace_back(-cover.Gain(candidate), candidate);
  }
  std::sort(gains.begin(), gains.end());
  if (one) {
    if (-gains.front().first > most) best.first = best.second = gains.front().second;
  } else {
    // Together two gain no more than the sum of what each gains: few pairs need to be looked at.
    for (std::size_t i = 0; i + 1 < gains.size(); ++i) {
      const auto& [first_gain, first] = gains[i];
      if (-first_gain - gains[i + 1].first <= most) break;
      cover.Add(first, 1);
      for (std::size_t j = i + 1; j < gains.size() && -first_gain - gains[j].first > most; ++j) {
        const double gain = -first_gain + cover.Gain(gains[j].second);
        if (gain > most) {
          most = gain;
          best = {first, gains[j].second};
        }
      }
      cover.Add(first, -1);
    }
  }
  const bool better = best != std::pair(a, b);
  a = best.first;
  if (!one) b = best.second;
  cover.Add(a, 1);
  if (!one) cover.Add(b, 1);
  return better;
}

}  // namespace

Placement ChooseSites(const CoverProblem& problem, int k, bool swaps) {
  PICKET_ASSERT(k >= 0, "a number of sensors is not negative");
  for (const auto& elements : problem.covers) {
    for (const std::int32_t e : elements) {
      PICKET_ASSERT(e >= 0 && static_cast<std::size_t>(e) < problem.weight.size(),
                    "candidates cover elements that there are");
    }
  }
  const auto wanted = std::min(static_cast<std::size_t>(k), problem.covers.size());
  Cover cover(problem);
  Placement placement;
  placement.bound = cover.Bound(wanted);

  struct Entry {
    double gain;
    std::int32_t candidate;
    std::size_t known_at;  // how many were chosen when the gain was computed
    bool operator<(const Entry& other) const {
      return gain != other.gain ? gain < other.gain : candidate > other.candidate;
    }
  };
  std::priority_queue<Entry> queue;
  for (std::size_t c = 0; c < problem.covers.size(); ++c) {
    const auto candidate = static_cast<std::int32_t>(c);
    queue.push({cover.Gain(candidate), candidate, 0});
  }
  while (placement.chosen.size() < wanted) {
    Entry best = queue.top();
    queue.pop();
    if (best.known_at < placement.chosen.size()) {
      best.gain = cover.Gain(best.candidate);
      best.known_at = placement.chosen.size();
      queue.push(best);
      continue;
    }
    cover.Add(best.candidate, 1);
    placement.chosen.push_back(best.candidate);
    placement.bound = std::min(placement.bound, cover.Bound(wanted));
  }

  for (bool better = swaps; better;) {
    better = false;
    for (std::size_t a = 0; a < placement.chosen.size(); ++a) {
      for (std::size_t b = a; b < placement.chosen.size(); ++b) {
        better = Exchange(problem, cover, placement.chosen[a], placement.chosen[b]) || better;
      }
    }
    if (better) placement.bound = std::min(placement.bound, cover.Bound(wanted));
  }
  placement.covered = cover.Weight();
  // Exchanges leave no order: that of what each adds to those before it.
  Cover again(problem);
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
