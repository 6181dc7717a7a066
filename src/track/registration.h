// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <memory>
#include <optional>
#include <vector>

#include "picket/field/detection_field.h"
#include "picket/track/tracker.h"
#include "track/motion.h"
#include "track/turn_votes.h"

namespace picket {

/// A detection with a place that surely was of a certain target, kept until another sensor's comes.
struct SureDetection {
  Time time;
  SensorIndex sensor = 0;
  double range_m = 0.0;
  double azimuth_rad = 0.0;
  double elevation_rad = 0.0;
  bool has_elevation = false;
  bool is_position = false;  ///< east and north instead of range and azimuth
  Eigen::Vector2d position;  ///< then: local frame, m
  double sd_range_m = 0.0;   ///< or of the position
  double sd_azimuth_rad = 0.0;
  double sd_elevation_rad = 0.0;

  /// @param turned_rad  what the sensor's azimuths are known to be off by
  [[nodiscard]] static std::optional<SureDetection> Of(const Look& look, const Detection& z,
                                                       double turned_rad);
};

/// Biases of each sensor with a place in range, azimuth, elevation and clock, from targets that two
/// of them see: a Kalman filter over all biases, whose measurements are differences of the two
/// places, moved to one instant. The target's own position cancels (Lin, Bar-Shalom, Kirubarajan,
/// "Exact multisensor dynamic bias estimation with local tracks", IEEE T-AES 40(2), 2004).
///
/// Most sensors have next to no bias. A prior that half of them have exactly none keeps the noise
/// of an estimate from being worse than no estimate: what is applied is its mean, which is the
/// Kalman filter's weighed with the probability that there is a bias (Savage-Dickey ratio).
///
/// Of clocks only differences show. As most are right, those that are wrong are as few as explain
/// the differences: chosen one by one while the evidence grows, and only where it says which.
class Registration {
 public:
  static constexpr int kOf = 4;  ///< range (m), azimuth (rad), elevation (rad), clock (s)
  using Block = Eigen::Matrix<double, kOf, 1>;

  struct SensorState {
    double surprise = 1.0;  ///< faded mean of squared normalised residuals
    int pairs = 0;          ///< since the start or the last jump
    int jumps = 0;
    Block applied = Block::Zero();
    double clock_sd_s = 0.0;  ///< of the clock that is applied; 0: none is
    double turned_rad = 0.0;  ///< what azimuths are off by before all that: too much for a line
    TurnVotes turn;           ///< empty while its detections go to targets
  };
  struct State {
    Eigen::VectorXd mean;
    Eigen::MatrixXd covariance;
    std::vector<SensorState> sensors;
    Time time;
    Time clocks_settled;
  };

  explicit Registration(std::shared_ptr<const DetectionField> field);
  [[nodiscard]] State Start() const;
  /// Sensors joined the field: their biases are as wide as before there is evidence.
  void Grow(State& state) const;

  /// Detections of one target by two sensors, at most kLongestS apart. `x` is the target at the
  /// time of `now`.
  void Compare(State& state, const SureDetection& before, const SureDetection& now,
               const StateVector& x) const;
  /// After the comparisons of a look: what is applied from now on.
  void Settle(State& state) const;
  /// How a look went with the targets that other sensors see there.
  /// @param awaited     those that it should have detected; empty if it did detect most of them
  /// @param detected    how many of them it did
  /// @param detections  the look's, corrected
  void LookForTurn(State& state, SensorIndex s, std::span<const AwaitedTarget> awaited,
                   std::size_t detected, std::span<const Detection> detections) const;
  /// Whether the sensor's detections are corrected at all.
  [[nodiscard]] bool Applies(const State& state, SensorIndex s) const;
  /// The detection without its sensor's bias.
  void Correct(const State& state, SensorIndex s, Detection& z) const;
  [[nodiscard]] int MaxPairsInLook() const;

  /// Bias as it is applied, and one sigma of each component.
  [[nodiscard]] SensorBias BiasOf(const State& state, SensorIndex s) const;

  static constexpr double kLongestS = 2.0;

 private:
  [[nodiscard]] Block PriorSd(SensorIndex s) const;
  void Reset(State& state, std::size_t s) const;
  void SettleClocks(State& state) const;
  std::shared_ptr<const DetectionField> field_;
  /// What SettleClocks works with, kept so that it need not be allocated again.
  struct Clocks {
    std::vector<Eigen::Index> known;
    Eigen::MatrixXd P;
    Eigen::VectorXd mean;
    Eigen::LLT<Eigen::MatrixXd> llt;
    Eigen::MatrixXd information;
    Eigen::VectorXd h;
  };
  mutable Clocks clocks_;
};

}  // namespace picket
