// SPDX-License-Identifier: Apache-2.0
#include "track/soundness.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace picket {
namespace {

constexpr double kSymmetric = 1e-9;  ///< of a correlation
constexpr double kSumSlack = 1e-6;

/// Far over what a prediction's rounding eats.
constexpr double kMargin = 1e-12;

/// Cholesky does not mind that metres stand beside metres per second.
bool IsDefinite(StateCovariance P, double margin) {
  P.diagonal() *= 1.0 - margin;
  return P.allFinite() && Eigen::LLT<StateCovariance>(P).info() == Eigen::Success;
}

bool IsSound(const Gaussian& g) {
  return g.weight >= 0.0 && g.x.allFinite() && IsPositiveDefinite(g.P) &&
         (g.mode != Mode::kTurn || (std::isfinite(g.turn_radps) && std::isfinite(g.turn_var) &&
                                    g.turn_var > 0.0 && g.turn_cov.allFinite()));
}

}  // namespace

bool IsPositiveDefinite(const StateCovariance& P) {
  if (!IsDefinite(P, 0.0)) return false;
  const StateVector scale = P.diagonal().cwiseSqrt().cwiseInverse();
  return (scale.asDiagonal() * (P - P.transpose()) * scale.asDiagonal()).cwiseAbs().maxCoeff() <=
         kSymmetric;
}

void KeepPositiveDefinite(Gaussian& g) {
  if (IsDefinite(g.P, kMargin)) return;
  const StateCovariance before = g.P;
  for (const double take : {1e-11, 1e-9, 1e-6, 1e-3, 1.0}) {
    g.P = (1.0 - take) * before;
    g.P.diagonal() = before.diagonal();
    if (IsDefinite(g.P, kMargin)) break;
  }
  g.turn_cov.setZero();
}

bool AreSound(const State& state, Time time) {
  return std::all_of(state.targets.begin(), state.targets.end(), [&](const TargetPointer& target) {
    if (target->time != time) return true;
    double sum = 0.0;
    for (const Gaussian& g : target->mixture) {
      if (!IsSound(g)) return false;
      sum += g.weight;
    }
    return target->existence >= 0.0 && target->existence <= 1.0 && std::abs(sum - 1.0) <= kSumSlack;
  });
}

}  // namespace picket
