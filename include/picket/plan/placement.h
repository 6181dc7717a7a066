// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace picket {

/// Maximum coverage: of some candidates, each of which covers some weighted elements, which k cover
/// the most weight together?
struct CoverProblem {
  std::vector<double> weight;                     ///< of each element, not negative
  std::vector<std::vector<std::int32_t>> covers;  ///< of each candidate: its elements
};

struct Placement {
  std::vector<std::int32_t> chosen;  ///< candidates, in the order of what each adds
  double covered = 0.0;              ///< weight that they cover
  /// No k candidates cover more: f(S) plus the k greatest gains over S, the least of it over the
  /// sets S passed through. The objective is submodular, so that holds of every S.
  double bound = 0.0;
};

/// Chooses `k` by lazy greedy (Minoux, 1978: gains only fall, so a candidate's last known gain
/// bounds its present one), at least 1 - 1/e of the best (Nemhauser, Wolsey and Fisher, 1978), then
/// exchanges one or two of them for others while that covers more, if `swaps`. Ties go to the lower
/// index.
[[nodiscard]] Placement ChooseSites(const CoverProblem& problem, int k, bool swaps = true);

}  // namespace picket
