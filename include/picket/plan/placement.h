// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace picket {

/// Maximum coverage: of some candidates, each of which covers some weighted elements, which cover
/// the most weight together? An element's weight counts in full once `need` is there of it, and
/// below that in proportion: sum over elements of weight * min(1, sum of amounts / need).
struct CoverProblem {
  std::vector<double> weight;                     ///< of each element, not negative
  std::vector<std::vector<std::int32_t>> covers;  ///< of each candidate: its elements, each once
  std::vector<double> cost;                       ///< of each candidate, positive; empty: 1 of each
  /// Of each candidate: at which site it stands, 0 or more; of those at one site at most one is
  /// chosen. Empty: each stands at its own.
  std::vector<std::int32_t> site;
  /// Of each candidate: how much of each of its elements, not negative. Empty: 1.
  std::vector<std::vector<std::int32_t>> amount = {};
  std::int32_t need = 1;  ///< of every element, positive
};

/// How many candidates may be chosen, and what they may cost together.
struct PlacementLimits {
  int count = std::numeric_limits<int>::max();              ///< not negative
  double budget = std::numeric_limits<double>::infinity();  ///< not negative
};

struct Placement {
  std::vector<std::int32_t> chosen;  ///< candidates, in the order of what each adds
  double covered = 0.0;              ///< weight that they cover
  double cost = 0.0;                 ///< of all of them
  /// No choice within the limits covers more: f(S) plus a bound on what it may gain over S, the
  /// least of it over the sets S passed through. The objective is submodular, so that holds of
  /// every S. The gain's bound is the Lagrangian dual of the best sum of gains: with a number alone
  /// the greatest of as many sites, with a budget alone the fractional knapsack.
  double bound = 0.0;
};

/// Chooses by lazy greedy (Minoux, 1978: gains only fall, so a candidate's last known gain bounds
/// its present one) what gains most, or with a budget also what gains most for its cost, of which
/// the better is kept; then exchanges one or two for others, with a budget for any number of
/// others, while that covers more, if `swaps`.
/// What gains nothing is not chosen. Ties go to the lower index.
///
/// Greedy reaches at least 1 - 1/e of the best with a number alone (Nemhauser, Wolsey and Fisher,
/// 1978), half of that with a budget alone (Leskovec et al., KDD 2007), both where no two
/// candidates share a site; with a number alone and shared sites 1/2 (Fisher, Nemhauser and Wolsey,
/// 1978).
/// @param tell  of progress: done, and of how many; from the start again in each round of exchanges
[[nodiscard]] Placement ChooseSites(const CoverProblem& problem, const PlacementLimits& limits,
                                    bool swaps = true,
                                    const std::function<void(int, int)>& tell = nullptr);

}  // namespace picket
