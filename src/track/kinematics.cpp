// SPDX-License-Identifier: Apache-2.0
#include "track/kinematics.h"

#include <cmath>

namespace picket {
namespace {

/// Horizontal speeds by class, m/s: mean and one sigma. Multirotors to about 20 m/s with most
/// flights slower (the flights of data sets of multirotors stay under 16 m/s); small fixed-wing
/// drones cruise at 20 to 55 m/s; birds fly at 8 to 18 m/s (Alerstam et al., PLoS Biology 5(8),
/// 2007); crewed aircraft from helicopters at 40 m/s to airliners. Anything else: anything.
struct SpeedOfClass {
  double mean_mps;
  double sd_mps;
};
constexpr std::array<SpeedOfClass, kTargetClasses> kSpeeds = {
    {{7.0, 6.0}, {38.0, 13.0}, {12.0, 4.0}, {110.0, 60.0}, {40.0, 80.0}}};

}  // namespace

ClassProbabilities WithSpeed(const ClassProbabilities& prior, const StateVector& mean,
                             const StateCovariance& covariance) {
  const double speed = mean.segment<2>(3).norm();
  const double error_var = 0.5 * (covariance(3, 3) + covariance(4, 4));
  ClassProbabilities posterior{};
  double sum = 0.0;
  for (std::size_t c = 0; c < kTargetClasses; ++c) {
    const double variance = kSpeeds[c].sd_mps * kSpeeds[c].sd_mps + error_var;
    const double d = speed - kSpeeds[c].mean_mps;
    posterior[c] = prior[c] * std::exp(-0.5 * d * d / variance) / std::sqrt(variance);
    sum += posterior[c];
  }
  if (!(sum > 0.0)) return prior;
  for (double& p : posterior) p /= sum;
  return posterior;
}

}  // namespace picket
