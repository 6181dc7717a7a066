// SPDX-License-Identifier: Apache-2.0
#include "picket/field/detection_field.h"

#include <algorithm>
#include <cmath>

#include "picket/base/assert.h"

namespace picket {
std::string_view SensorKindName(SensorKind kind) {
  constexpr std::string_view kNames[] = {"radar",    "rf",       "acoustic", "camera",
                                         "observer", "position", "tdoa"};
  return kNames[static_cast<std::size_t>(kind)];
}

DetectionField::DetectionField(std::vector<Sensor> sensors, std::shared_ptr<const Terrain> terrain)
    : sensors_(std::move(sensors)), terrain_(std::move(terrain)) {
  PICKET_ASSERT(terrain_ != nullptr, "a detection field has a terrain, if only an empty one");
}

double DetectionField::ProbabilityInClear(SensorIndex s, const Eigen::Vector3d& p_LT_L) const {
  const Sensor& sensor = sensors_[static_cast<std::size_t>(s)];
  const FieldOfRegard& field = sensor.field;
  if (field.has_box) {
    if (p_LT_L.x() < field.east_min_m || p_LT_L.x() > field.east_max_m ||
        p_LT_L.y() < field.north_min_m || p_LT_L.y() > field.north_max_m) {
      return 0.0;
    }
  }
  const Eigen::Vector3d d_L = p_LT_L - sensor.p_LS_L;
  const double range2 = d_L.squaredNorm();
  if (range2 < field.min_range_m * field.min_range_m) return 0.0;
  const double range = std::sqrt(range2);
  if (field.max_range_m > 0.0 && range > field.max_range_m) return 0.0;
  const bool all_round = field.azimuth_width_rad >= 2.0 * std::numbers::pi - 1e-9;
  const bool all_up = field.elevation_min_rad <= -std::numbers::pi / 2 + 1e-9 &&
                      field.elevation_max_rad >= std::numbers::pi / 2 - 1e-9;
  if (!all_round || !all_up) {
    const Eigen::Vector3d d = sensor.R_SL * d_L;
    if (!all_round) {
      const double from = field.azimuth_from.rad();
      if (Bearing::Rad(std::atan2(d.x(), d.y()) - from).rad() > field.azimuth_width_rad) return 0.0;
    }
    if (!all_up) {
      const double elevation = std::asin(std::clamp(d.z() / std::max(range, 1.0), -1.0, 1.0));
      if (elevation < field.elevation_min_rad || elevation > field.elevation_max_rad) return 0.0;
    }
  }
  const DetectModel& detect = sensor.detect;
  switch (detect.kind) {
    case DetectModel::Kind::kConstant:
      return detect.probability;
    case DetectModel::Kind::kFalloff:
      return detect.probability / (1.0 + std::pow(range / detect.half_range_m, detect.power));
  }
  return 0.0;
}

double DetectionField::ProbabilityOfDetection(SensorIndex s, TargetClass /*c*/,
                                              const Eigen::Vector3d& p_LT_L,
                                              const Eigen::Vector3d& /*v_L*/) const {
  const double clear = ProbabilityInClear(s, p_LT_L);
  if (clear <= 0.0 || terrain_->Empty()) return clear;
  return terrain_->Visible(sensors_[static_cast<std::size_t>(s)].p_LS_L, p_LT_L) ? clear : 0.0;
}

double DetectionField::ClutterDensity(SensorIndex s, const Detection& z) const {
  const Sensor& sensor = sensors_[static_cast<std::size_t>(s)];
  const FieldOfRegard& field = sensor.field;
  double density = sensor.clutter_per_look;
  const double far = field.max_range_m > 0.0 ? field.max_range_m : kClutterFarthestM;
  if (z.measured.Has(Component::kRange)) {
    // Uniform over area: 2 r / (far^2 - near^2) per metre of range.
    const double r = std::max(z[Component::kRange], 1.0);
    density *= 2.0 * r / (far * far - field.min_range_m * field.min_range_m);
  }
  if (z.measured.Has(Component::kAzimuth)) density /= field.azimuth_width_rad;
  if (z.measured.Has(Component::kElevation)) {
    density /= field.elevation_max_rad - field.elevation_min_rad;
  }
  if (z.measured.Has(Component::kRangeRate)) density /= 2.0 * kClutterRangeRateMps;
  const double width_e = field.has_box ? field.east_max_m - field.east_min_m : 2.0 * far;
  const double width_n = field.has_box ? field.north_max_m - field.north_min_m : 2.0 * far;
  if (z.measured.Has(Component::kEast)) density /= width_e;
  if (z.measured.Has(Component::kNorth)) density /= width_n;
  if (z.measured.Has(Component::kUp)) density /= kClutterHighestM;
  for (const Component c : {Component::kVelEast, Component::kVelNorth, Component::kVelUp}) {
    if (z.measured.Has(c)) density /= 2.0 * kClutterRangeRateMps;
  }
  if (z.measured.Has(Component::kRangeDifference)) density /= 2.0 * far;
  return density;
}

}  // namespace picket
