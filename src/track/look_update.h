// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <span>
#include <vector>

#include "picket/report/measurement.h"
#include "picket/track/tracker.h"
#include "track/association.h"
#include "track/detection_index.h"
#include "track/motion.h"
#include "track/undetected.h"

namespace picket {

/// What a target is known by, whatever order its looks came in: its first detection.
struct BirthKey {
  std::int64_t time_ns = 0;
  SensorIndex sensor = 0;
  std::int32_t detection = 0;
  auto operator<=>(const BirthKey&) const = default;
};

/// A potential target that was detected at least once.
struct Bernoulli {
  BirthKey key;
  double existence = 0.0;
  double first_existence = 0.0;  ///< after its first detection
  bool confirmed = false;
  bool expanded = false;  ///< has all modes of the motion model; before, one
  int detections = 0;     ///< looks that probably (> 1/2) detected it
  Mixture mixture;
  ClassProbabilities class_probability{};
  Identity identity;
  Time last_detection;
  std::vector<std::pair<SensorIndex, std::uint32_t>> sources;
};

/// All that the tracker believes at an instant. A plain value: copies are states to go back to.
struct State {
  bool started = false;
  Time time;
  std::vector<Bernoulli> targets;
  UndetectedModel::State undetected;
  double undetected_lag_s = 0.0;  ///< time that `undetected` has not been moved by yet
};

/// The recursion: predicts a state to a look and updates it (Williams 2015, TOMB/P). The state is
/// the caller's; this holds the models and scratch memory only.
class LookUpdate {
 public:
  LookUpdate(std::shared_ptr<const DetectionField> field, TrackerParameters parameters);

  /// Requires look.time >= state.time (or a state that has not started).
  void Take(State& state, const Look& look);

  /// Tracks predicted to t, ids not given yet; shown() has the key of each.
  [[nodiscard]] Picture PictureAt(const State& state, Time t, bool tentative);
  [[nodiscard]] std::span<const BirthKey> shown() const { return shown_; }

  [[nodiscard]] const UndetectedModel& undetected() const { return undetected_; }

 private:
  static constexpr int kMaxState = 6;

  /// Detections that are measured alike: the same components, errors and offset in time.
  struct Signature {
    ComponentSet measured;
    int count = 0;
    int azimuth_row = -1;  ///< wraps
    std::array<double, kMaxMeasured> variance{};
    double offset_s = 0.0;  ///< of the detection's own time from the look's
  };
  /// A Gaussian's view of a signature: gain and innovation statistics.
  struct Linear {
    int count = 0;
    double norm = 0.0;  ///< (2 pi)^(-m/2) |S|^(-1/2)
    std::array<double, kMaxMeasured> predicted{};
    std::array<double, kMaxMeasured * kMaxMeasured> S_inverse{};
    std::array<double, kMaxState * kMaxMeasured> K{};    ///< P H' S^-1
    std::array<double, kMaxState * kMaxMeasured> PHt{};  ///< P H'
    std::array<double, kMaxMeasured> turn_gain{};
    std::array<double, kMaxMeasured> turn_PHt{};
  };
  /// One Gaussian and one detection.
  struct Pair {
    double likelihood = 0.0;
    int linear = -1;
    std::array<double, kMaxMeasured> innovation{};
  };
  /// What a detection would start, if it is of no known target.
  struct Newborn {
    Mixture mixture;       ///< weights sum to `density`
    double density = 0.0;  ///< lambda_u: undetected targets per unit of measurement space
    double clutter = 0.0;  ///< lambda_FA
  };
  struct TargetView {
    std::size_t first_edge = 0;
    std::size_t edges = 0;
    double miss = 1.0;  ///< mean of 1 - p_D over the mixture
  };

  void Predict(State& state, Time t);
  void DescribeDetections(const Sensor& sensor, const Look& look);
  void FindPairs(State& state, const Sensor& sensor, SensorIndex s, const Look& look);
  void Linearise(const Gaussian& g, const Signature& signature, Linear& out) const;
  [[nodiscard]] bool Evaluate(const Linear& linear, const Signature& signature,
                              const Detection& detection, Pair& out) const;
  [[nodiscard]] bool Contested(const TargetView& view) const;
  void UpdateTarget(Bernoulli& target, const TargetView& view, const Look& look,
                    std::size_t first_gaussian);
  void KeepAboveGround(Gaussian& g) const;
  void Clean(State& state);

  // New targets.
  void Imagine(const State& state, const Sensor& sensor, SensorIndex s, const Look& look,
               int detection, Newborn& out) const;
  void Start(State& state, const Look& look, int detection, double existence, Newborn& newborn);
  void AddPriors(const Eigen::Vector3d& p_L, const Eigen::Matrix3d& P, bool height_known,
                 double density, Mixture& out) const;
  [[nodiscard]] double Condition(Mixture& mixture, const Detection& z, ComponentSet rest,
                                 double offset_s) const;

  std::shared_ptr<const DetectionField> field_;
  TrackerParameters parameters_;
  MotionModel motion_;
  UndetectedModel undetected_;
  Associator associator_;
  DetectionIndex index_;

  // Of the look at hand.
  SensorPose pose_;
  std::vector<Signature> signatures_;
  std::vector<int> signature_of_;
  double largest_offset_s_ = 0.0;
  std::vector<Linear> linears_;
  std::vector<Edge> edges_;
  std::vector<Pair> pairs_;                 ///< edges * Gaussians of the edge's target
  std::vector<std::size_t> first_pair_;     ///< by edge
  std::vector<double> gaussian_detection_;  ///< p_D by Gaussian of all targets, in order
  std::vector<std::size_t> first_gaussian_;
  std::vector<TargetView> views_;
  std::vector<double> density_;  ///< lambda_FA + lambda_u by detection
  std::vector<double> new_share_;
  std::vector<Newborn> newborn_;
  std::vector<double> unused_;
  std::vector<int> candidates_;
  std::vector<double> claimed_;  ///< by detection: probability that it is of any known target
  std::vector<double> shares_;   ///< by edge of the target at hand
  std::vector<double> weights_;
  std::vector<BirthKey> shown_;
};

}  // namespace picket
