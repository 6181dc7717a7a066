// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "track/motion.h"

namespace picket {

/// What a target would be if one of its hypotheses were true: a detection of the look was its, or
/// none was.
struct Hypothesis {
  int owner = 0;       ///< index among the targets that are merged together
  int detection = -1;  ///< of the look; -1: missed
  double mass = 0.0;   ///< probability of existing and of this hypothesis
  Mixture mixture;     ///< weights sum to 1; of the same structure for all
  StateVector x;       ///< moments of the mixture
  StateCovariance P;
};

/// Merges the hypotheses of targets that contend for the same detections to one Bernoulli each, as
/// close as it can to what they are together, whoever is who.
///
/// TOMB/P merges each target's own hypotheses, which draws close targets into one another and
/// spreads one missing target over all of them. A set of targets has no order, so a hypothesis may
/// go to another target than its own: the best-fitting multi-Bernoulli density minimises an upper
/// bound of the Kullback-Leibler divergence over such assignments (Williams, "An efficient,
/// variational approximation of the best fitting multi-Bernoulli filter", IEEE T-SP 63(1), 2015).
/// Each round assigns hypotheses (a transport problem, here with a little entropy, solved by
/// Sinkhorn's scaling) and then refits the Bernoullis. The start is the greedy most probable joint
/// hypothesis, so targets keep their labels where that costs nothing.
class VariationalMerge {
 public:
  /// @param hypotheses  by owner; those of no target are refused
  /// @param neighbours  by target: sorted, itself among them: where its hypotheses may go
  /// @param existence   in: of each target after the look; out: after merging
  /// @param merged      receives the mixture of each target; empty where nothing is left of it
  void Solve(std::span<const Hypothesis> hypotheses, std::span<const std::vector<int>> neighbours,
             std::span<double> existence, std::vector<Mixture>& merged);

 private:
  static constexpr int kRounds = 2;
  static constexpr int kMaxScalings = 100;
  static constexpr double kEntropy = 0.3;  ///< nats: costs that differ by less are shared

  void Start(std::span<const Hypothesis> hypotheses, std::span<double> existence);
  void Transport(std::span<const Hypothesis> hypotheses,
                 std::span<const std::vector<int>> neighbours, std::span<const double> nothing);

  // By target.
  std::vector<int> start_;
  std::vector<double> r_;
  std::vector<StateVector> x_;
  std::vector<StateCovariance> P_;
  std::vector<StateCovariance> inverse_;
  std::vector<double> constant_;
  std::vector<double> scale_;
  std::vector<double> sum_;
  std::vector<double> nothing_;
  // By (hypothesis, neighbour of its owner); after the hypotheses, by (target, neighbour): nothing.
  std::vector<std::size_t> first_;
  std::vector<double> share_;
  std::vector<int> order_;
  std::vector<int> taken_;  ///< detections
};

}  // namespace picket
