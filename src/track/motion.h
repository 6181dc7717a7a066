// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>

#include "picket/track/track.h"

namespace picket {

/// Motion models of the interacting multiple model (IMM) estimator.
enum class Mode : std::uint8_t {
  kSteady,     ///< near-constant velocity, little noise: transit
  kManoeuvre,  ///< near-constant velocity, much noise: turning, climbing, stopping
  kTurn,       ///< coordinated turn of unknown rate: orbit
  kHover,      ///< velocity falls to nothing: a multirotor that stops
};
/// Modes at a time. A target that flies turns, one that stands hovers: a turn of no speed means
/// nothing, and nothing hovers at speed (a variable structure, Li & Bar-Shalom, IEEE T-AC 41(4),
/// 1996). So the last of a group's modes is one or the other.
inline constexpr int kModes = 3;

/// One Gaussian of a target's mixture. The turn rate (rad/s, anticlockwise seen from above) is
/// kept beside the six common components, for only kTurn knows it.
struct Gaussian {
  double weight = 1.0;  ///< within its target, all weights sum to 1
  Mode mode = Mode::kSteady;
  StateVector x;
  StateCovariance P;
  double turn_radps = 0.0;
  double turn_var = 0.0;
  StateVector turn_cov;  ///< cov(x, turn)
};

/// A target's mixture: one or more groups (hypotheses on range or speed of a new target), each
/// with the same number of modes, group by group.
using Mixture = boost::container::small_vector<Gaussian, kModes>;

/// How targets move.
class MotionModel {
 public:
  /// @param process_noise_m2ps3  stated: a single near-constant-velocity model of that noise in
  ///                             east and north; not stated: the full set
  explicit MotionModel(std::optional<double> process_noise_m2ps3);

  /// Modes of a target that has been followed for a while.
  [[nodiscard]] int modes() const { return single_ ? 1 : kModes; }

  /// Moves a mixture of `modes` modes a group by `dt_s` >= 0: mixing (Blom & Bar-Shalom 1988), then
  /// prediction of each mode.
  /// @param may_stop  whether its class can hover: see MayStop
  void Predict(Mixture& mixture, int modes, double dt_s, bool may_stop = true) const;

  /// The same for a Gaussian by itself, as a target that is not sure yet.
  void PredictOneMode(Gaussian& g, double dt_s) const { Move(g, 1, dt_s); }
  /// Power spectral density of its acceleration in east and north, m^2/s^3.
  [[nodiscard]] double NoiseOfOneMode() const;

  /// Whether a target of these classes may be standing in the air. Fixed wings cannot, and most
  /// crewed aircraft.
  [[nodiscard]] static bool MayStop(const ClassProbabilities& classes);

  /// Spreads each Gaussian of a one-mode mixture over all modes.
  void Expand(Mixture& mixture) const;

 private:
  static void ChooseLastMode(Gaussian* group, bool may_stop);
  void Mix(Gaussian* group, double dt_s) const;
  void Move(Gaussian& g, int modes, double dt_s) const;

  bool single_ = false;
  double single_q_ = 0.0;
};

/// Mean and variances of a mixture, of the covariances only that of east and north.
struct Spread {
  StateVector mean = StateVector::Zero();
  StateVector variance = StateVector::Zero();
  double east_north = 0.0;
};

[[nodiscard]] Spread SpreadOf(const Mixture& mixture);

/// The larger one sigma of east and north, m.
[[nodiscard]] double GroundSdM(const Mixture& mixture);

/// Mean and covariance of a mixture.
void Moments(const Mixture& mixture, StateVector& mean, StateCovariance& covariance);

}  // namespace picket
