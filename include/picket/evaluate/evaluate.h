// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "picket/base/time.h"
#include "picket/report/report.h"

namespace picket {

/// A target or a track at one instant, in one local frame for both.
struct ScoredTruth {
  std::string id;
  Eigen::Vector3d p_L = Eigen::Vector3d::Zero();  ///< m
  Eigen::Vector3d v_L = Eigen::Vector3d::Zero();  ///< m/s; NaN: not known
  TargetClass target_class = TargetClass::kOther;
};
struct ScoredTrack {
  std::uint64_t id = 0;
  Eigen::Vector3d p_L = Eigen::Vector3d::Zero();
  Eigen::Vector3d v_L = Eigen::Vector3d::Zero();
  ClassProbabilities class_probability{};  ///< all zero: not stated
};

struct EvaluationOptions {
  double cutoff_m = 200.0;  ///< c of GOSPA and OSPA; beyond it a track is not a target's
  int dimensions = 2;       ///< 2: east and north; 3: height as well
  int window = 10;          ///< of OSPA(2), instants, at most 64
};

/// What an evaluation found; p = 2 and alpha = 2 throughout.
struct Scores {
  std::int64_t instants = 0;
  std::int64_t without_picture = 0;  ///< of them: no picture, all targets missed

  /// GOSPA (Rahmathullah, Garcia-Fernandez, Svensson, FUSION 2017): mean over the instants, root
  /// mean square, and the root mean squares of its parts, m; mean numbers missed and false.
  double gospa_mean = 0.0, gospa_rms = 0.0;
  double localisation_rms = 0.0, missed_rms = 0.0, false_rms = 0.0;
  double missed_mean = 0.0, false_mean = 0.0, truths_mean = 0.0;

  /// OSPA (Schuhmacher, Vo, Vo, IEEE TSP 56(8), 2008) and OSPA(2), the same between tracks over a
  /// sliding window (Beard, Vo, Vo, IEEE TSP 68, 2020; q = 1, even weights); means, m.
  double ospa_mean = 0.0, ospa2_mean = 0.0;

  /// From GOSPA's own assignment: root mean square error of assigned pairs, m; how often a target's
  /// track became another one; how often a target that had lost its track got one again; mean over
  /// the targets of the share of instants with a track.
  double assigned_rms = 0.0;
  std::int64_t switches = 0, fragments = 0;
  double completeness = 0.0;

  /// SIAP attributes (Votruba et al., SIAP technical report 2001-001): each track belongs to the
  /// target next to it within the cutoff. Share of targets with a track; tracks for each such
  /// target; share of tracks without a target; mean error of the tracks with one, m and m/s (NaN:
  /// none).
  double siap_completeness = 0.0, siap_ambiguity = 0.0, siap_spuriousness = 0.0;
  double siap_position_m = 0.0, siap_velocity_mps = 0.0;

  /// Recognition, over assigned pairs whose track states a class: how often the likeliest class is
  /// the true one, the mean probability given to it (NaN: none), and [true class][likeliest].
  std::int64_t classified = 0;
  double class_correct = 0.0, class_probability = 0.0;
  std::array<std::array<std::int64_t, kTargetClasses>, kTargetClasses> confusion{};
};

/// Scores tracks against truth, instant by instant.
class Evaluator {
 public:
  explicit Evaluator(const EvaluationOptions& options);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;

  /// The next instant. Ids are unlike each other within truths and within tracks.
  void Add(const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks);
  /// An instant at which there is no picture.
  void AddWithoutPicture(const std::vector<ScoredTruth>& truths);
  [[nodiscard]] Scores Result() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
