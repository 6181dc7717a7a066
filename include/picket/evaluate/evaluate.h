// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "picket/base/error.h"
#include "picket/base/time.h"
#include "picket/evaluate/plots.h"
#include "picket/evaluate/trajectory.h"
#include "picket/report/report.h"

namespace picket {

/// What was not measured.
inline constexpr double kNoFigure = std::numeric_limits<double>::quiet_NaN();

/// A target or a track at one instant, in one local frame for both.
struct ScoredTruth {
  std::string id;
  Eigen::Vector3d p_L = Eigen::Vector3d::Zero();  ///< m
  Eigen::Vector3d v_L = Eigen::Vector3d::Zero();  ///< m/s; NaN: not known
  std::optional<TargetClass> target_class;        ///< nothing: not known
};
struct ScoredTrack {
  std::uint64_t id = 0;
  Eigen::Vector3d p_L = Eigen::Vector3d::Zero();
  Eigen::Vector3d v_L = Eigen::Vector3d::Zero();  ///< NaN: not stated
  ClassProbabilities class_probability{};         ///< all zero: not stated
  /// Of [p_L, v_L]; all zero: not stated.
  Eigen::Matrix<double, 6, 6> covariance = Eigen::Matrix<double, 6, 6>::Zero();
  /// Since the track began; 0 degrees: not stated. See Track.
  double nis_sum = 0.0;
  int nis_degrees = 0;
};

/// A protected place, for ranges and arrivals.
struct ScoredPlace {
  std::string name;
  Eigen::Vector3d p_L = Eigen::Vector3d::Zero();
  double radius_m = 0.0;
};

struct EvaluationOptions {
  double cutoff_m = 200.0;          ///< c of GOSPA and OSPA; beyond it a track is not a target's
  int dimensions = 2;               ///< 2: east and north; 3: height as well
  int window = 10;                  ///< of OSPA(2), instants, at most 64
  bool trajectory = true;           ///< trajectory GOSPA as well
  double switch_cost_m = 20.0;      ///< its gamma
  std::vector<ScoredPlace> places;  ///< ranges count from the nearest
  /// Where ranges count from without a place; nothing: no ranges.
  std::optional<Eigen::Vector3d> range_from_L;
};

/// Whether errors are as large as the covariances say: the normalised estimation error squared,
/// e' P^-1 e, of assigned pairs (Bar-Shalom, Li, Kirubarajan, Estimation with Applications, 2001,
/// 5.4.2). A consistent tracker has a mean of `degrees`.
struct Consistency {
  int degrees = 0;
  std::int64_t samples = 0;
  double mean = kNoFigure;
  /// Where 95 % of such means lie, were all samples independent (chi-square). Errors of one track
  /// at successive instants are not, so the true bounds are wider.
  double low = kNoFigure, high = kNoFigure;
  double samples_inside = kNoFigure;   ///< share within the 95 % of a single one; 0.95 is right
  double instants_inside = kNoFigure;  ///< share of instants whose mean over the targets is
};

/// Figures of EUROCAE ED-87E (surface surveillance, 2022), as COMPASS's evaluation takes them.
struct SurveillanceFigures {
  /// Intervals of 1 s of the targets' time, and how many of them passed without an update: gaps
  /// over 1.1 s; and those in gaps of 5.1 s and more. From the target's first instant, and from its
  /// first track. Not measured if truth is mostly stated less often than every 1.1 s.
  bool updates_measured = false;
  std::int64_t expected = 0, missed = 0, missed_in_long_gaps = 0;
  std::int64_t expected_once_tracked = 0, missed_once_tracked = 0;
  std::int64_t missed_in_long_gaps_once_tracked = 0;
  /// Tracks at instants, and those without a target within 60 m.
  std::int64_t reports = 0, false_reports = 0;
  /// Horizontal errors of assigned pairs: quantiles (0.5 % of themselves) and shares within limits.
  double position_95_m = kNoFigure, position_within_12_m = kNoFigure;
  double speed_90_mps = kNoFigure, speed_within_5_mps = kNoFigure;
  /// Of targets faster than 3 m/s.
  double course_90_deg = kNoFigure, course_within_15_deg = kNoFigure;
};

/// A figure with a threshold.
struct Requirement {
  std::string name;  ///< "probability of update (1 s)"
  double figure = kNoFigure;
  bool at_least = true;  ///< else at most
  double threshold = 0.0;
  std::string threshold_text;  ///< ">= 99 %"
  std::string figure_text;     ///< "97.2 %"; "-": not measured
  std::string detail;          ///< "95 % under 37.9 m"; may be empty
  [[nodiscard]] std::optional<bool> Met() const;
};
/// The thresholds of ED-87E, table 3-1, for the manoeuvring area, and whether they are met.
[[nodiscard]] std::vector<Requirement> SurveillanceRequirements(const SurveillanceFigures& figures);

/// One target's story.
struct TargetScore {
  std::string id;
  std::optional<TargetClass> target_class;
  Time from, to;                    ///< first and last instant
  std::optional<Time> first_track;  ///< first instant with a track
  double range_m = kNoFigure;       ///< then, from the nearest place or where ranges count from
  double tracked = 0.0;             ///< share of its instants
  std::int64_t switches = 0, fragments = 0;
  double rms_m = kNoFigure;     ///< position error while tracked
  std::string place;            ///< where it arrived first
  std::optional<Time> arrival;  ///< first instant inside the place's radius (horizontal)
  /// From the first track to the arrival, 0 if it came without; nothing if it did not arrive.
  [[nodiscard]] std::optional<Duration> WarnedFor() const;
};

/// What an evaluation found; p = 2 and alpha = 2 throughout.
struct Scores {
  std::int64_t instants = 0;
  std::int64_t without_picture = 0;  ///< of them: no picture, all targets missed
  Time from, to;                     ///< first and last of them

  /// GOSPA (Rahmathullah, Garcia-Fernandez, Svensson, FUSION 2017): mean over the instants, root
  /// mean square, and the root mean squares of its parts, m; mean numbers missed and false.
  double gospa_mean = 0.0, gospa_rms = 0.0;
  double localisation_rms = 0.0, missed_rms = 0.0, false_rms = 0.0;
  double missed_mean = 0.0, false_mean = 0.0, truths_mean = 0.0;

  /// OSPA (Schuhmacher, Vo, Vo, IEEE TSP 56(8), 2008) and OSPA(2), the same between tracks over a
  /// sliding window (Beard, Vo, Vo, IEEE TSP 68, 2020; q = 1, even weights); means, m.
  double ospa_mean = 0.0, ospa2_mean = 0.0;

  TrajectoryScore trajectory;

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
  /// Its continuity, from GOSPA's assignment: share of the targets' time under the track that held
  /// each of them longest (track number longevity), and changes of a target's track number per
  /// second of tracked time (NaN: none).
  double siap_longevity = 0.0, siap_changes_per_s = 0.0;

  /// Tracks by their ids; false ones were never within the cutoff of any target.
  std::int64_t tracks = 0, false_tracks = 0;
  double false_tracks_per_h = kNoFigure;

  Consistency position, state;
  /// Normalised innovations squared, as the tracks state them: by component, so 1 degree; over all
  /// tracks, false ones too. Shares inside are not known.
  Consistency nis;
  std::int64_t unusable_covariances = 0;  ///< stated, but not positive definite

  SurveillanceFigures surveillance;

  /// Recognition, over assigned pairs where the true class is known and the track states one: how
  /// often the likeliest class is the true one, the mean probability given to it (NaN: none), and
  /// [true class][likeliest].
  std::int64_t classified = 0;
  double class_correct = 0.0, class_probability = 0.0;
  std::array<std::array<std::int64_t, kTargetClasses>, kTargetClasses> confusion{};

  std::vector<TargetScore> targets;  ///< in order of their first instants
};

/// Scores tracks against truth, instant by instant. Memory grows with the number of different
/// targets and tracks, and for trajectory GOSPA with what is near, not with the time.
class Evaluator {
 public:
  /// Limits, over which an instant is refused: different targets and different tracks in all; pairs
  /// nearer than the cutoff at one instant.
  static constexpr std::size_t kMostIds = 1'000'000;
  static constexpr std::size_t kMostNearPairs = 10'000'000;

  explicit Evaluator(const EvaluationOptions& options);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;

  /// The next instant, later than the last one. Ids are unlike each other within truths and within
  /// tracks; positions are finite.
  [[nodiscard]] tl::expected<void, Error> Add(Time time, const std::vector<ScoredTruth>& truths,
                                              const std::vector<ScoredTrack>& tracks);
  /// An instant at which there is no picture.
  [[nodiscard]] tl::expected<void, Error> AddWithoutPicture(Time time,
                                                            const std::vector<ScoredTruth>& truths);
  /// Solves trajectory GOSPA, which may take seconds.
  [[nodiscard]] Scores Result() const;
  [[nodiscard]] const PlotData& Plots() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
