// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "picket/field/detection_field.h"

namespace picket {

/// Compares how often sensors saw targets whose place was known from elsewhere (ADS-B, Remote ID,
/// flight logs) with what a detection field expects of them. Pure: the same fixes and looks in the
/// same order give the same counts.
class Learner {
 public:
  /// Where a target was.
  struct Fix {
    Time time;
    Eigen::Vector3d p_LT_L = Eigen::Vector3d::Zero();
    double sd_level_m = 5.0;  ///< one sigma of east and of north, and ...
    double sd_up_m = 5.0;     ///< ... of the height
  };
  /// Two fixes further apart than this say nothing of what lay between.
  static constexpr Duration kLongestGap = Duration::Seconds(15.0);
  /// Between two fixes a target is taken to fly straight; it may have turned with this, m/s2.
  static constexpr double kTurnMps2 = 2.0;
  /// A detection is the target's if each component is as near as this many sigmas.
  static constexpr double kGateSigmas = 4.0;
  /// Targets nearer to each other than this are one: told of twice, or not to be told apart.
  static constexpr double kOneTargetM = 100.0;
  /// A look counts if no false detection is expected in the gate with more than this.
  static constexpr double kMostFalse = 0.3;

  /// @param field  what is compared with: without corrections, or with those that are to be checked
  explicit Learner(const DetectionField& field);

  /// All fixes are given before the first look.
  void AddFix(const std::string& target, TargetClass target_class, const Fix& fix);
  /// A look of a sensor of the field that covers it (LookKind::kScan); others count for nothing.
  void AddLook(SensorIndex s, Time time, std::span<const Detection> detections);

  /// What was counted of one sensor.
  struct Counts {
    std::vector<LearnedCorrection::Cell> cells;  ///< LearnedCorrection::kCells
    std::uint64_t looks = 0;       ///< at targets where something was expected, and counted
    double expected = 0.0;         ///< detections in them
    double seen = 0.0;             ///< and how many came, less false ones
    std::uint64_t ambiguous = 0;   ///< looks not counted: a false detection is as likely there
    std::uint64_t impossible = 0;  ///< detections of targets that the field says cannot be seen
  };
  [[nodiscard]] const Counts& Of(SensorIndex s) const {
    return counts_[static_cast<std::size_t>(s)];
  }
  /// What the field is to be corrected by; null where no look counted.
  [[nodiscard]] std::shared_ptr<const LearnedCorrection> CorrectionOf(SensorIndex s) const;

 private:
  struct Target {
    TargetClass target_class = TargetClass::kOther;
    std::vector<Fix> fixes;
  };
  /// A target at an instant.
  struct There {
    TargetClass target_class = TargetClass::kOther;
    Eigen::Vector3d p_LT_L = Eigen::Vector3d::Zero();
    Eigen::Vector3d v_L = Eigen::Vector3d::Zero();
    Eigen::Matrix<double, 6, 1> variance;  ///< of position and velocity
  };
  [[nodiscard]] std::vector<There> TargetsAt(Time time);

  DetectionField field_;  ///< of each sensor as it was at its last look
  std::map<std::string, Target> targets_;
  bool sorted_ = false;
  std::vector<Counts> counts_;
};

}  // namespace picket
