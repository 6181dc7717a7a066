// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <memory>
#include <span>
#include <vector>

#include "picket/field/sensor.h"
#include "picket/report/report.h"
#include "picket/terrain/terrain.h"

namespace picket {

/// THE detection field: what each sensor can see, and what it reports falsely. The one definition
/// that simulator, tracker, planner and verification ask.
class DetectionField {
 public:
  DetectionField(std::vector<Sensor> sensors, std::shared_ptr<const Terrain> terrain);

  [[nodiscard]] std::span<const Sensor> sensors() const { return sensors_; }
  [[nodiscard]] const Sensor& sensor(SensorIndex s) const {
    return sensors_[static_cast<std::size_t>(s)];
  }
  [[nodiscard]] const Terrain& terrain() const { return *terrain_; }

  /// p_D(s, c, x, v): probability that sensor `s` reports a target of class `c` at `p_LT_L` with
  /// velocity `v_L` (local frame, m, m/s) when it looks. In [0, 1). Zero outside the field of
  /// regard and behind terrain.
  [[nodiscard]] double ProbabilityOfDetection(SensorIndex s, TargetClass c,
                                              const Eigen::Vector3d& p_LT_L,
                                              const Eigen::Vector3d& v_L) const;

  /// The same without the class and without the line of sight: the sensor's own part, cheap.
  [[nodiscard]] double ProbabilityInClear(SensorIndex s, const Eigen::Vector3d& p_LT_L) const;

  /// lambda_FA(s, z): mean number of false detections per look per unit of measurement space at
  /// `z`. Clutter is uniform over the area of the field of regard (so its density in range grows
  /// with range), over its azimuths, over its elevations, and over kClutterRangeRateMps of
  /// range-rate. Units: 1 / (product of the units of z's components, m, rad, m/s).
  [[nodiscard]] double ClutterDensity(SensorIndex s, const Detection& z) const;

 private:
  std::vector<Sensor> sensors_;
  std::shared_ptr<const Terrain> terrain_;
};

/// Half width of the range-rates that false detections spread over, m/s.
inline constexpr double kClutterRangeRateMps = 60.0;
/// What false detections spread over where the sensor states no largest range: +- this, m ...
inline constexpr double kClutterFarthestM = 500e3;
/// ... and of a position's height: from 0 to this above the local frame's plane, m.
inline constexpr double kClutterHighestM = 20e3;

}  // namespace picket
