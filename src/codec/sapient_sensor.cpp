// SPDX-License-Identifier: Apache-2.0
#include "sapient_sensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numbers>

#include "picket/geo/angle.h"
#include "picket/geo/frame.h"

namespace picket::sapient {
namespace {

using Registration = wire::Registration;

/// What is taken of a sensor that does not say it. The tracker learns from its looks how often it
/// truly detects, and how often it is wrong.
constexpr double kProbability = 0.5;
constexpr double kClutterPerLook = 0.5;
constexpr double kMastM = 2.0;
constexpr double kLongestReachM = 500e3;
constexpr double kLeastRangeM = 1e-3;
constexpr double kLeastExtentRad = 1e-6;
// Errors of detections that state none, one sigma.
constexpr double kPlaceSdM = 30.0;
constexpr double kHeightSdM = 60.0;
constexpr double kVelocitySdMps = 3.0;
constexpr double kRangeSdM = 25.0;
constexpr double kAzimuthSdRad = 1.5 * kRadPerDeg;
constexpr double kElevationSdRad = 3.0 * kRadPerDeg;

struct Kind {
  SensorKind kind;
  double reach_m;  ///< if it does not say how far it sees
};

/// Of the first definition that is a sensor. Mobile and pointable nodes are what carries one.
std::optional<Kind> KindOf(const Registration& registration) {
  for (const auto& definition : registration.node_definition()) {
    switch (definition.node_type()) {
      case Registration::NODE_TYPE_RADAR:
        return Kind{SensorKind::kRadar, 5000.0};
      case Registration::NODE_TYPE_LIDAR:
      case Registration::NODE_TYPE_CAMERA:
        return Kind{SensorKind::kCamera, 2000.0};
      case Registration::NODE_TYPE_PASSIVE_RF:
        return Kind{SensorKind::kRf, 5000.0};
      case Registration::NODE_TYPE_ACOUSTIC:
      case Registration::NODE_TYPE_SEISMIC:
      case Registration::NODE_TYPE_PROXIMITY_SENSOR:
        return Kind{SensorKind::kAcoustic, 500.0};
      case Registration::NODE_TYPE_HUMAN:
        return Kind{SensorKind::kObserver, 2000.0};
      case Registration::NODE_TYPE_OTHER:
        return Kind{SensorKind::kCamera, 5000.0};
      default:
        break;
    }
  }
  return std::nullopt;
}

double Seconds(const Registration::Duration& duration) {
  double unit = 1.0;
  switch (duration.units()) {
    case Registration::TIME_UNITS_NANOSECONDS:
      unit = 1e-9;
      break;
    case Registration::TIME_UNITS_MICROSECONDS:
      unit = 1e-6;
      break;
    case Registration::TIME_UNITS_MILLISECONDS:
      unit = 1e-3;
      break;
    case Registration::TIME_UNITS_MINUTES:
      unit = 60.0;
      break;
    case Registration::TIME_UNITS_HOURS:
      unit = 3600.0;
      break;
    case Registration::TIME_UNITS_DAYS:
      unit = 86'400.0;
      break;
    default:
      break;
  }
  return static_cast<double>(duration.value()) * unit;
}

/// "0.8", or "80" of percent: a probability that is neither 0 nor 1.
std::optional<double> Probability(std::string_view text, bool percent) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (text.ends_with('%')) percent = true;
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  if (percent) value /= 100.0;
  return value > 0.0 && value < 1.0 ? std::optional(value) : std::nullopt;
}

std::string Letters(std::string_view text) {
  std::string lower;
  for (const char c : text.substr(0, 100)) {
    if (c >= 'A' && c <= 'Z') lower += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || c == '%') lower += c;
  }
  return lower;
}

LocalFrame FrameAt(const Fix& at) { return LocalFrame({at.lat_deg, at.lon_deg, HeightHae{0.0}}); }

}  // namespace

std::optional<SensorEntry> SensorOfRegistration(const Registration& registration,
                                                const std::string& id) {
  const auto kind = KindOf(registration);
  if (!kind) return std::nullopt;
  SensorEntry entry;
  Sensor& sensor = entry.sensor;
  sensor.id = id;
  const std::string& name =
      registration.short_name().empty() ? registration.name() : registration.short_name();
  // Text of others: short, one line, and no half a letter at its end.
  for (const char c : name.substr(0, 64))
    sensor.name += std::iscntrl(static_cast<unsigned char>(c)) != 0 ? ' ' : c;
  while (!sensor.name.empty() && name.size() > 64 &&
         static_cast<unsigned char>(sensor.name.back()) >= 0x80) {
    sensor.name.pop_back();
  }
  sensor.kind = kind->kind;
  sensor.measures = {Component::kRange, Component::kAzimuth, Component::kElevation};
  const auto sd = [&](Component c) -> double& { return sensor.sd[static_cast<std::size_t>(c)]; };
  sd(Component::kRange) = kRangeSdM;
  sd(Component::kAzimuth) = kAzimuthSdRad;
  sd(Component::kElevation) = kElevationSdRad;
  sensor.field.max_range_m = kind->reach_m;
  sensor.detect.probability = kProbability;
  sensor.clutter_per_look = kClutterPerLook;
  sensor.sound_delay = false;  // nodes report where it was at the message's time
  // It is silent when three of its status reports are missing.
  sensor.period = Duration::Seconds(
      std::clamp(Seconds(registration.status_definition().status_interval()), 1.0, 3600.0));
  for (const auto& mode : registration.mode_definition()) {
    for (const auto& definition : mode.detection_definition()) {
      for (const auto& performance : definition.detection_performance()) {
        const std::string type = Letters(performance.type());
        const std::string units = Letters(performance.units());
        if (type != "pd" && type != "probabilityofdetection") continue;
        const bool percent = units == "%" || units.starts_with("percent");
        if (const auto p = Probability(performance.unit_value(), percent)) {
          sensor.detect.probability = *p;
        }
      }
    }
  }
  entry.sapient = id;
  return entry;
}

bool IsUp(const wire::StatusReport& status) {
  if (status.system() == wire::StatusReport::SYSTEM_ERROR ||
      status.system() == wire::StatusReport::SYSTEM_GOODBYE) {
    return false;
  }
  return std::none_of(status.status().begin(), status.status().end(), [](const auto& each) {
    return each.status_type() == wire::StatusReport::STATUS_TYPE_NOT_DETECTING;
  });
}

std::optional<double> DetectionProbability(const wire::StatusReport& status) {
  for (const auto& each : status.status()) {
    if (each.status_type() != wire::StatusReport::STATUS_TYPE_PD) continue;
    if (const auto p = Probability(each.status_value(), false)) return p;
  }
  return std::nullopt;
}

Result<RegionEntry> ConeOf(const wire::RangeBearingCone& cone) {
  using enum wire::RangeBearingCoordinateSystem;
  if (cone.datum() != wire::RANGE_BEARING_DATUM_TRUE) {
    return Fail(fmt::format("is {}, expected bearings from true north: passed over",
                            wire::RangeBearingDatum_Name(cone.datum())));
  }
  const auto system = cone.coordinate_system();
  const bool radians = system == RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_M ||
                       system == RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM;
  const bool km = system == RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_KM ||
                  system == RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM;
  const double angle = radians ? 1.0 : kRadPerDeg;
  RegionEntry entry;
  FieldOfRegard& field = entry.cone;
  if (cone.has_range()) {
    const double range_m = cone.range() * (km ? 1000.0 : 1.0);
    if (!(range_m > kLeastRangeM)) return Fail("has a range that is none: passed over");
    field.max_range_m = std::min(range_m, kLongestReachM);
  }
  constexpr double kAllRound = 2.0 * std::numbers::pi;
  if (cone.has_horizontal_extent()) {
    const double width = cone.horizontal_extent() * angle;
    if (!(width > kLeastExtentRad))
      return Fail("has a horizontal extent that is none: passed over");
    if (width < kAllRound) {
      if (!cone.has_azimuth()) return Fail("has an extent without an azimuth: passed over");
      field.azimuth_width_rad = width;
      field.azimuth_from = Bearing::Rad(cone.azimuth() * angle - 0.5 * width);
    }
  }
  if (cone.has_vertical_extent()) {
    constexpr double kUpright = 0.5 * std::numbers::pi;
    const double half = 0.5 * cone.vertical_extent() * angle;
    const double middle = cone.elevation() * angle;
    field.elevation_min_rad = std::max(middle - half, -kUpright);
    field.elevation_max_rad = std::min(middle + half, kUpright);
    if (!(field.elevation_min_rad + kLeastExtentRad < field.elevation_max_rad)) {
      return Fail("has a vertical extent that is none: passed over");
    }
  }
  return entry;
}

SensorPlacement PlacementOf(const Fix& at) {
  SensorPlacement placement;
  placement.lat_deg = std::clamp(at.lat_deg, -90.0, 90.0);
  placement.lon_deg = std::clamp(at.lon_deg, -180.0, 180.0);
  placement.above = SensorPlacement::Above::kGround;
  placement.height_m = kMastM;
  const auto possible = [](double height_m) { return height_m > -1000.0 && height_m < 50'000.0; };
  if (at.hae && possible(at.hae->m)) {
    placement.above = SensorPlacement::Above::kEllipsoid;
    placement.height_m = at.hae->m;
  } else if (at.amsl && possible(at.amsl->m)) {
    placement.above = SensorPlacement::Above::kSeaLevel;
    placement.height_m = at.amsl->m;
  }
  return placement;
}

double DistanceM(const Fix& a, const Fix& b) {
  return FrameAt(a).ToLocal({b.lat_deg, b.lon_deg, HeightHae{0.0}}).norm();
}

bool Moved(const Fix& is, const Fix& was) {
  constexpr double kJitterM = 5.0;
  constexpr double kHeightJitterM = 10.0;
  if (is.hae.has_value() != was.hae.has_value() || is.amsl.has_value() != was.amsl.has_value()) {
    return true;
  }
  const double up_m = is.hae ? is.hae->m - was.hae->m : is.amsl ? is.amsl->m - was.amsl->m : 0.0;
  return DistanceM(is, was) > kJitterM || std::abs(up_m) > kHeightJitterM;
}

void SetViews(const std::vector<RegionEntry>& views, const Fix& at, SensorEntry& entry) {
  FieldOfRegard& field = entry.sensor.field;
  const double reach_m = field.max_range_m;
  if (views.size() == 1 && views.front().rings_lon_lat.empty()) {
    field = views.front().cone;
    if (field.max_range_m <= 0.0) field.max_range_m = reach_m;
    return;
  }
  if (views.empty()) return;
  entry.views = views;
  const LocalFrame frame = FrameAt(at);
  double farthest_m = 1.0;
  for (const RegionEntry& view : views) {
    if (view.rings_lon_lat.empty()) {
      farthest_m =
          std::max(farthest_m, view.cone.max_range_m > 0.0 ? view.cone.max_range_m : reach_m);
    }
    for (const auto& ring : view.rings_lon_lat) {
      for (const auto& [lon, lat] : ring) {
        farthest_m = std::max(farthest_m, frame.ToLocal({lat, lon, HeightHae{0.0}}).norm());
      }
    }
  }
  field.max_range_m = std::min(farthest_m, kLongestReachM);
}

void SetErrors(Detection& detection) {
  const auto least = [&](Component c, double sd) {
    const bool of_fix = c == Component::kEast || c == Component::kNorth || c == Component::kUp;
    if (!detection.measured.Has(c) && !(detection.fix && of_fix)) return;
    double& stated = detection.sd[static_cast<std::size_t>(c)];
    if (!(stated > 0.0)) stated = sd;
  };
  least(Component::kEast, kPlaceSdM);
  least(Component::kNorth, kPlaceSdM);
  least(Component::kUp, kHeightSdM);
  least(Component::kVelEast, kVelocitySdMps);
  least(Component::kVelNorth, kVelocitySdMps);
  least(Component::kVelUp, kVelocitySdMps);
  least(Component::kRange, kRangeSdM);
  least(Component::kAzimuth, kAzimuthSdRad);
  least(Component::kElevation, kElevationSdRad);
}

}  // namespace picket::sapient
