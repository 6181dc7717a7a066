// SPDX-License-Identifier: Apache-2.0
#include "picket/field/detection_field.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "picket/base/assert.h"
#include "picket/terrain/diffraction.h"

namespace picket {
std::string_view SensorKindName(SensorKind kind) {
  constexpr std::string_view kNames[] = {"radar",    "rf",       "acoustic", "camera",
                                         "observer", "position", "tdoa"};
  return kNames[static_cast<std::size_t>(kind)];
}

namespace {

constexpr double kAngleTolerance = 1e-9;

/// Whether a point is within a cone's ranges and angles.
/// @param d_L  from the sensor to the point, local frame, m
bool InCone(const Sensor& sensor, const FieldOfRegard& cone, const Eigen::Vector3d& d_L) {
  const double range2 = d_L.squaredNorm();
  if (range2 < cone.min_range_m * cone.min_range_m) return false;
  const double range = std::sqrt(range2);
  if (cone.max_range_m > 0.0 && range > cone.max_range_m) return false;
  const bool all_round = cone.azimuth_width_rad >= 2.0 * std::numbers::pi - kAngleTolerance;
  const bool all_up = cone.elevation_min_rad <= -std::numbers::pi / 2 + kAngleTolerance &&
                      cone.elevation_max_rad >= std::numbers::pi / 2 - kAngleTolerance;
  if (all_round && all_up) return true;
  const Eigen::Vector3d d = sensor.R_SL * d_L;
  if (!all_round) {
    const double from = cone.azimuth_from.rad();
    if (Bearing::Rad(std::atan2(d.x(), d.y()) - from).rad() > cone.azimuth_width_rad) return false;
  }
  if (!all_up) {
    const double elevation = std::asin(std::clamp(d.z() / std::max(range, 1.0), -1.0, 1.0));
    if (elevation < cone.elevation_min_rad || elevation > cone.elevation_max_rad) return false;
  }
  return true;
}

/// Even-odd rule.
bool Encloses(const std::vector<std::vector<Eigen::Vector2d>>& rings, const Eigen::Vector2d& p) {
  bool inside = false;
  for (const auto& ring : rings) {
    for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
      const Eigen::Vector2d& a = ring[i];
      const Eigen::Vector2d& b = ring[j];
      if ((a.y() > p.y()) == (b.y() > p.y())) continue;
      if (p.x() < a.x() + (p.y() - a.y()) / (b.y() - a.y()) * (b.x() - a.x())) inside = !inside;
    }
  }
  return inside;
}

bool InAny(const Sensor& sensor, const std::vector<SkyRegion>& regions,
           const Eigen::Vector3d& p_LT_L) {
  return std::any_of(regions.begin(), regions.end(), [&](const SkyRegion& region) {
    return region.outline.empty() ? InCone(sensor, region.cone, p_LT_L - sensor.p_LS_L)
                                  : Encloses(region.outline, p_LT_L.head<2>());
  });
}

/// Component of a velocity along the line from the sensor, m/s.
double RadialMps(const Sensor& sensor, const Eigen::Vector3d& p_LT_L, const Eigen::Vector3d& v_L) {
  const Eigen::Vector3d d = p_LT_L - sensor.p_LS_L;
  return d.dot(v_L) / std::max(d.norm(), 1.0);
}

/// Of a target that flies level at a speed, the share of headings on which it is not blind, and a
/// radial speed that is not.
struct Headings {
  double share = 1.0;
  double radial_mps = 0.0;
};
// Only the size of the radial speed counts, so a quarter of the circle stands for all of it.
constexpr int kHeadings = 8;
const std::array<double, kHeadings> kAlong = [] {
  std::array<double, kHeadings> cosines{};
  for (int k = 0; k < kHeadings; ++k) {
    cosines[static_cast<std::size_t>(k)] = std::cos((k + 0.5) * 0.5 * std::numbers::pi / kHeadings);
  }
  return cosines;
}();
Headings HeadingsOf(const Sensor& sensor, const Eigen::Vector3d& p_LT_L, double speed_mps) {
  if (!sensor.detect.NeedsVelocity()) return {};
  const Eigen::Vector3d d = p_LT_L - sensor.p_LS_L;
  const double level = d.head<2>().norm() / std::max(d.norm(), 1.0);
  Headings headings;
  int seen = 0;
  for (const double cosine : kAlong) {
    const double radial = speed_mps * cosine * level;
    if (sensor.detect.Blind(radial)) continue;
    headings.radial_mps = radial;
    ++seen;
  }
  headings.share = static_cast<double>(seen) / kHeadings;
  return headings;
}

std::size_t CellOf(const Sensor& sensor, const Eigen::Vector3d& p_LT_L) {
  const Eigen::Vector3d d = sensor.R_SL * (p_LT_L - sensor.p_LS_L);
  const double range = d.norm();
  const double elevation = std::asin(std::clamp(d.z() / std::max(range, 1.0), -1.0, 1.0));
  return LearnedCorrection::CellAt(std::atan2(d.x(), d.y()), elevation, range);
}

/// A model's p_D with what was learned of it: the one place where that enters.
double Corrected(const Sensor& sensor, double p, const Eigen::Vector3d& p_LT_L) {
  if (!sensor.learned || p <= 0.0) return p;
  return sensor.learned->Corrected(p, CellOf(sensor, p_LT_L));
}

/// Points of a ClearCurve to an octave of range: with a cubic between them, enough for 1e-6.
constexpr int kPerOctave = 48;

}  // namespace

std::optional<ClearCurve> ClearCurve::Of(const DetectModel& model, TargetClass c, double far_m) {
  if (model.kind != DetectModel::Kind::kPhysical || model.NeedsHeights()) return std::nullopt;
  // Radial speeds from 0.1 m/s on, as one is sought that is not blind.
  Sight sight;
  sight.target = c;
  sight.radial_mps = 0.1;
  while (model.Blind(sight.radial_mps) && sight.radial_mps < 1e4) sight.radial_mps *= 1.1;
  const int last = static_cast<int>(std::ceil(kPerOctave * std::log2(std::max(far_m, 2.0)))) + 2;
  ClearCurve curve;
  for (int i = -1; i <= last; ++i) {
    sight.range_m = std::exp2(static_cast<double>(i) / kPerOctave);
    curve.p_.push_back(model.Physical(sight));
  }
  return curve;
}

double ClearCurve::operator()(double range_m) const {
  const double x = kPerOctave * std::log2(std::max(range_m, 1.0));
  const std::size_t i = std::min(static_cast<std::size_t>(x), p_.size() - 4);
  const double f = std::min(x - static_cast<double>(i), 1.0);
  // Lagrange's cubic through the points at -1, 0, 1 and 2.
  const double* p = &p_[i];
  const double cubic = (f - 1.0) * (f - 2.0) * (3.0 * (f + 1.0) * p[1] - f * p[0]) / 6.0 +
                       f * (f + 1.0) * ((f - 1.0) * p[3] - 3.0 * (f - 2.0) * p[2]) / 6.0;
  return std::max(cubic, 0.0);
}

void DetectionField::Put(SensorIndex s, Sensor sensor) {
  const auto at = static_cast<std::size_t>(s);
  PICKET_ASSERT(at <= sensors_.size(), "sensors are numbered without gaps");
  if (at == sensors_.size()) {
    sensors_.push_back(std::move(sensor));
  } else {
    sensors_[at] = std::move(sensor);
  }
}

DetectionField::DetectionField(std::vector<Sensor> sensors, std::shared_ptr<const Terrain> terrain)
    : sensors_(std::move(sensors)), terrain_(std::move(terrain)) {
  PICKET_ASSERT(terrain_ != nullptr, "a detection field has a terrain, if only an empty one");
}

bool DetectionField::InField(const Sensor& sensor, const Eigen::Vector3d& p_LT_L, double& range_m) {
  if (!sensor.up) return false;
  const FieldOfRegard& field = sensor.field;
  if (field.has_box) {
    if (p_LT_L.x() < field.east_min_m || p_LT_L.x() > field.east_max_m ||
        p_LT_L.y() < field.north_min_m || p_LT_L.y() > field.north_max_m) {
      return false;
    }
  }
  const Eigen::Vector3d d_L = p_LT_L - sensor.p_LS_L;
  range_m = d_L.norm();
  return InCone(sensor, field, d_L) &&
         (sensor.views.empty() || InAny(sensor, sensor.views, p_LT_L)) &&
         !InAny(sensor, sensor.obscured, p_LT_L);
}

bool DetectionField::MayReach(SensorIndex s, const Eigen::Vector2d& p_L) const {
  const Sensor& of = sensor(s);
  const double far = of.field.max_range_m;
  return of.up && (far <= 0.0 || (p_L - of.p_LS_L.head<2>()).squaredNorm() <= far * far);
}

double DetectionField::OfClass(const Sensor& sensor, TargetClass c, const Eigen::Vector3d& p_LT_L,
                               double radial_mps, double loss_db) const {
  const DetectModel& detect = sensor.detect;
  double range = 0.0;
  if (!InField(sensor, p_LT_L, range)) return 0.0;
  switch (detect.kind) {
    case DetectModel::Kind::kConstant:
      return Corrected(sensor, detect.probability, p_LT_L);
    case DetectModel::Kind::kFalloff:
      return Corrected(
          sensor, detect.probability / (1.0 + std::pow(range / detect.half_range_m, detect.power)),
          p_LT_L);
    case DetectModel::Kind::kPhysical:
      break;
  }
  Sight sight;
  sight.target = c;
  sight.range_m = range;
  sight.radial_mps = radial_mps;
  sight.loss_db = loss_db;
  if (detect.NeedsHeights()) {
    const Terrain::MapPoint at = terrain_->MapOf(p_LT_L);
    const auto ground = terrain_->GroundAt(at.east_m, at.north_m);
    const double surface_m = ground ? ground->m : 0.0;
    sight.target_height_m = terrain_->HeightOf(p_LT_L).m - surface_m;
    sight.sensor_height_m = terrain_->HeightOf(sensor.p_LS_L).m - surface_m;
  }
  return Corrected(sensor, detect.Physical(sight), p_LT_L);
}

double DetectionField::OfClasses(const Sensor& sensor, const ClassProbabilities& classes,
                                 const Eigen::Vector3d& p_LT_L, double radial_mps,
                                 double loss_db) const {
  if (!sensor.detect.NeedsClass()) {
    return OfClass(sensor, TargetClass::kOther, p_LT_L, radial_mps, loss_db);
  }
  double sum = 0.0;
  for (std::size_t c = 0; c < kTargetClasses; ++c) {
    if (classes[c] <= 0.0) continue;
    sum += classes[c] * OfClass(sensor, static_cast<TargetClass>(c), p_LT_L, radial_mps, loss_db);
  }
  return sum;
}

double DetectionField::OnAnyHeading(const Sensor& sensor, const ClassProbabilities& classes,
                                    const Eigen::Vector3d& p_LT_L, double speed_mps,
                                    double loss_db) const {
  const Headings headings = HeadingsOf(sensor, p_LT_L, speed_mps);
  if (headings.share <= 0.0) return 0.0;
  return headings.share * OfClasses(sensor, classes, p_LT_L, headings.radial_mps, loss_db);
}

template <typename InClear>
double DetectionField::WithTerrain(const Sensor& sensor, const Eigen::Vector3d& p_LT_L,
                                   const InClear& in_clear) const {
  const double clear = in_clear(0.0);
  if (clear <= 0.0 || terrain_->Empty()) return clear;
  if (!sensor.detect.diffraction) {
    return terrain_->Visible(sensor.p_LS_L, p_LT_L) ? clear : 0.0;
  }
  const double loss_db =
      DiffractionLossDb(*terrain_, sensor.p_LS_L, p_LT_L, sensor.detect.WavelengthM());
  return loss_db > 0.0 ? in_clear(loss_db) : clear;
}

double DetectionField::ProbabilityOfDetection(SensorIndex s, TargetClass c,
                                              const Eigen::Vector3d& p_LT_L,
                                              const Eigen::Vector3d& v_L) const {
  const Sensor& of = sensor(s);
  const double radial = RadialMps(of, p_LT_L, v_L);
  return WithTerrain(of, p_LT_L,
                     [&](double loss_db) { return OfClass(of, c, p_LT_L, radial, loss_db); });
}

double DetectionField::ProbabilityOfDetection(SensorIndex s, const ClassProbabilities& classes,
                                              const Eigen::Vector3d& p_LT_L,
                                              const Eigen::Vector3d& v_L) const {
  const Sensor& of = sensor(s);
  const double radial = RadialMps(of, p_LT_L, v_L);
  return WithTerrain(
      of, p_LT_L, [&](double loss_db) { return OfClasses(of, classes, p_LT_L, radial, loss_db); });
}

double DetectionField::ProbabilityOnAnyHeading(SensorIndex s, const ClassProbabilities& classes,
                                               const Eigen::Vector3d& p_LT_L,
                                               double speed_mps) const {
  const Sensor& of = sensor(s);
  return WithTerrain(of, p_LT_L, [&](double loss_db) {
    return OnAnyHeading(of, classes, p_LT_L, speed_mps, loss_db);
  });
}

double DetectionField::InClearOnAnyHeading(SensorIndex s, const ClassProbabilities& classes,
                                           const Eigen::Vector3d& p_LT_L, double speed_mps) const {
  return OnAnyHeading(sensor(s), classes, p_LT_L, speed_mps, 0.0);
}

double DetectionField::InClearOnAnyHeading(SensorIndex s, const ClearCurve& curve,
                                           const Eigen::Vector3d& p_LT_L, double speed_mps) const {
  const Sensor& of = sensor(s);
  double range = 0.0;
  if (!InField(of, p_LT_L, range)) return 0.0;
  const double share = HeadingsOf(of, p_LT_L, speed_mps).share;
  return share > 0.0 ? share * Corrected(of, curve(range), p_LT_L) : 0.0;
}

std::size_t DetectionField::SkyCellOf(SensorIndex s, const Eigen::Vector3d& p_LT_L) const {
  return CellOf(sensor(s), p_LT_L);
}

bool DetectionField::Measured(SensorIndex s, const Eigen::Vector3d& p_LT_L) const {
  const Sensor& of = sensor(s);
  return of.learned && of.learned->Measured(CellOf(of, p_LT_L));
}

bool DetectionField::TellsClassesApart() const {
  return std::any_of(sensors_.begin(), sensors_.end(),
                     [](const Sensor& sensor) { return sensor.detect.NeedsClass(); });
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
