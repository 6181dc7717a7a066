// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>

#include "picket/base/time.h"
#include "picket/evaluate/evaluate.h"
#include "picket/evaluate/statistics.h"

namespace picket {

/// Intervals of 1 s without an update, of one target. As COMPASS's detection requirement counts
/// them: a gap of more than 1.1 s between updates holds as many missed ones as it has whole
/// seconds, less 0.1 s; truth that pauses for more than 5 s starts a new period.
class UpdateGaps {
 public:
  struct Counts {
    std::int64_t expected = 0, missed = 0, missed_in_long_gaps = 0;
  };
  /// The target exists at `time`, with a track or without.
  void At(Time time, bool updated);
  /// Up to the latest instant.
  [[nodiscard]] Counts Result() const;

 private:
  static void CountGap(Duration gap, Counts& counts);
  void EndPeriod(Counts& counts) const;

  Counts done_;                ///< of periods that ended, and gaps that ended
  std::optional<Time> begin_;  ///< of the period
  Time last_;                  ///< latest instant
  Time update_;                ///< latest update, or the period's begin
};

/// The rest of ED-87E's figures.
class SurveillanceCounter {
 public:
  static constexpr double kFalseBeyondM = 60.0;

  /// An assigned pair. Velocities that are not known are NaN.
  void AddPair(const ScoredTruth& truth, const ScoredTrack& track);
  void AddReports(std::int64_t reports, std::int64_t false_reports) {
    reports_ += reports;
    false_reports_ += false_reports;
  }
  /// One step of a target from one instant to the next.
  void AddTruthStep(Duration step);
  /// All but the updates, and whether these can be measured.
  [[nodiscard]] SurveillanceFigures Result() const;

 private:
  /// Errors, and how many of them keep a limit.
  struct Errors {
    double limit;
    QuantileSketch sketch{};
    std::int64_t within = 0;
    void Add(double error);
    [[nodiscard]] double Share() const;
  };
  Errors position_{12.0};
  Errors speed_{5.0};
  Errors course_{15.0};
  std::int64_t reports_ = 0;
  std::int64_t false_reports_ = 0;
  std::int64_t steps_ = 0;
  std::int64_t long_steps_ = 0;
};

}  // namespace picket
