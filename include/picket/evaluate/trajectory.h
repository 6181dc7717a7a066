// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace picket {

/// The metric between the set of true trajectories and that of tracks, divided by the square root
/// of the number of instants, and the roots of its parts: metric^2 = the sum of their squares. m.
struct TrajectoryScore {
  bool computed = false;
  std::string why_not;  ///< one sentence, if it was not
  double metric_m = 0.0;
  double localisation_m = 0.0, missed_m = 0.0, false_m = 0.0, switches_m = 0.0;
};

/// Trajectory GOSPA as the LP metric of Garcia-Fernandez, Rahmathullah, Svensson, "A metric on the
/// space of finite sets of trajectories for evaluation of multi-target tracking algorithms", IEEE
/// TSP 68, 2020, with p = 2: over all (fractional) assignments W_k of targets to
/// tracks at the instants k, the least
///
///     sum_k [ localisation of the assigned + c^2/2 (missed + false) ]
///       + gamma^2/2 sum_k sum_ij |W_k+1(i,j) - W_k(i,j)|.
///
/// A pair that is never nearer than c gains nothing by an assignment, so each group of targets and
/// tracks that were near each other is a linear program of its own, over the instants at which
/// something in it was near.
class TrajectoryMetric {
 public:
  /// A target and a track nearer than the cutoff. Both numbered by the caller, each by one number
  /// for all its time.
  struct Near {
    int truth = 0;
    int track = 0;
    double distance_m = 0.0;
  };

  /// Limits, past which the metric is not computed: of pairs that are near, over all instants; of
  /// assignments (pairs by instants) in one group, which bounds the time to some seconds; and
  /// in all groups.
  static constexpr std::size_t kMostNear = 4'000'000;
  static constexpr std::size_t kMostAssignments = 100'000;
  static constexpr std::size_t kMostAssignmentsInAll = 1'000'000;

  /// @param cutoff_m       c, > 0
  /// @param switch_cost_m  gamma, > 0
  TrajectoryMetric(double cutoff_m, double switch_cost_m);
  ~TrajectoryMetric();
  TrajectoryMetric(TrajectoryMetric&&) noexcept;

  /// The next instant: numbers of targets and tracks that exist, and who is near whom.
  void Add(std::int64_t truths, std::int64_t tracks, std::span<const Near> near);
  [[nodiscard]] TrajectoryScore Result() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
