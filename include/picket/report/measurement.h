// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "picket/report/report.h"

namespace picket {

/// Where a sensor is and how its axes lie, in the site's local frame.
struct SensorPose {
  Eigen::Vector3d p_LS_L = Eigen::Vector3d::Zero();
  Eigen::Matrix3d R_SL = Eigen::Matrix3d::Identity();  ///< v_S = R_SL * v_L
  bool sound_delay = false;  ///< angles point at where the target was |p| / 343 m/s ago
  const Eigen::Vector3d* p_LRef_L = nullptr;         ///< the other sensor of a range difference
  Eigen::Vector3d v_LS_L = Eigen::Vector3d::Zero();  ///< the sensor's own velocity, m/s
};

/// Speed of sound that a sound_delay reckons with, m/s (dry air, 20 degrees Celsius).
inline constexpr double kSpeedOfSoundMps = 343.0;

/// Most components that one detection may measure.
inline constexpr int kMaxMeasured = 6;

/// A detection's components as a vector, in the order of Component.
using MeasurementVector = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, kMaxMeasured, 1>;
using MeasurementJacobian = Eigen::Matrix<double, Eigen::Dynamic, 6, 0, kMaxMeasured, 6>;

/// What a sensor would measure, without error, of a target.
///
///   p_ST_S = R_SL (p_LT_L - p_LS_L);  range = |p_ST_S|;  azimuth = atan2(x, y);
///   elevation = asin(z / range);  range rate = p_ST_S . R_SL (v_LT_L - v_LS_L) / range;
///   range difference = |p_ST| - |p_RefT|;  position and velocity: the target's own.
///
/// @param measured  at most kMaxMeasured components
/// @param H         if not null, receives the Jacobian with respect to [p_LT_L, v_L], one row per
///                  component (m, rad, m/s per m and m/s)
/// Closer than 1 m to the sensor or to its vertical the angles are taken as at 1 m.
/// Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications (2001), 10.4.
[[nodiscard]] MeasurementVector Measure(ComponentSet measured, const SensorPose& pose,
                                        const Eigen::Vector3d& p_LT_L, const Eigen::Vector3d& v_L,
                                        MeasurementJacobian* H = nullptr);

}  // namespace picket
