// SPDX-License-Identifier: Apache-2.0
#include "sapient_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "picket/codec/sapient_reporter.h"
#include "picket/geo/angle.h"
#include "picket/geo/frame.h"
#include "picket/geo/utm.h"
#include "sapient_sensor.h"

namespace picket::sapient {
namespace {

constexpr double kDegPerRad = 1.0 / kRadPerDeg;

std::string Lower(std::string_view text) {
  std::string lower(text.substr(0, 100));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const std::size_t end = lower.find_last_not_of(' ');
  lower.resize(end == std::string::npos ? 0 : end + 1);
  return lower;
}

// Names of the standard's taxonomy and those that makers of sensors use, as sets of our classes:
// one bit each, in the order of TargetClass.
struct Named {
  std::string_view name;
  unsigned classes;
};
constexpr unsigned kMultirotor = 1, kFixedWing = 2, kBird = 4, kAircraft = 8, kOther = 16;
constexpr unsigned kAny = 31;
constexpr auto kNamed = std::to_array<Named>({
    {"unknown", kAny},
    {"air vehicle", kMultirotor | kFixedWing | kAircraft},
    {"uav rotary wing", kMultirotor},
    {"uav fixed wing", kFixedWing},
    {"manned rotary wing", kAircraft},
    {"manned fixed wing", kAircraft},
    {"uas control station", kOther},
    {"animal", kBird | kOther},
    {"bird", kBird},
    {"human", kOther},
    {"land vehicle", kOther},
    {"sea vessel", kOther},
    {"fixed object", kOther},
    {"equipment", kOther},
    {"uav", kMultirotor | kFixedWing},
    {"uas", kMultirotor | kFixedWing},
    {"drone", kMultirotor | kFixedWing},
    {"quadcopter", kMultirotor},
    {"multirotor", kMultirotor},
    {"fixed wing", kFixedWing},
    {"helicopter", kAircraft},
    {"aircraft", kAircraft},
});

/// The classes that a name may stand for; a name that is not known tells nothing.
unsigned ClassesOf(std::string_view name) {
  const std::string lower = Lower(name);
  for (const Named& named : kNamed) {
    if (named.name == lower) return named.classes;
  }
  return kAny;
}

void Spread(unsigned classes, double mass, ClassProbabilities& p) {
  const int count = __builtin_popcount(classes);
  for (std::size_t i = 0; i < kTargetClasses; ++i) {
    if ((classes >> i & 1U) != 0) p[i] += mass / count;
  }
}

}  // namespace

ClassProbabilities ClassOf(const wire::DetectionReport& report) {
  ClassProbabilities p{};
  const int count = report.classification_size();
  if (count == 0) return p;
  double left = 1.0;
  for (const auto& c : report.classification()) {
    const double stated = c.has_confidence() ? c.confidence() : 1.0 / count;
    const double mass = std::min(stated, left);
    left -= mass;
    // A sub-class takes its share of its class; the rest of the class stays with the class.
    double of_class = mass;
    for (const auto& sub : c.sub_class()) {
      const double share =
          std::min(of_class, sub.has_confidence() ? sub.confidence() : mass / c.sub_class_size());
      of_class -= share;
      Spread(ClassesOf(sub.type()) & ClassesOf(c.type()) ? ClassesOf(sub.type()) : kOther, share,
             p);
    }
    Spread(ClassesOf(c.type()), of_class, p);
  }
  Spread(kAny, left, p);
  const double sum = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& value : p) value /= sum;
  return p;
}

ReportMaker::ReportMaker(const Options& options, Counts& counts)
    : options_(options), counts_(counts) {}

void ReportMaker::Learn(const wire::Registration& registration, const std::string& id, Node& node) {
  node.entry = SensorOfRegistration(registration, id);
  node.objects = std::string(kObjectIdentity) + id;
  node.tracks = false;
  for (const auto& mode : registration.mode_definition()) {
    node.tracks = node.tracks || mode.tracking_type() == wire::Registration::TRACKING_TYPE_TRACK ||
                  mode.tracking_type() == wire::Registration::TRACKING_TYPE_TRACK_WITH_RE_ID;
    for (const auto& definition : mode.detection_definition()) {
      node.zone = definition.location_type().zone();
      node.error_units = Lower(definition.geometric_error().units());
      const bool kph = definition.velocity_type().enu_velocity_units().east_north_rate_units() ==
                       wire::SPEED_UNITS_KPH;
      node.speed_mps = kph ? 1.0 / 3.6 : 1.0;
    }
  }
}

void ReportMaker::Send(Node& node, const Emit& emit) {
  if (!node.look) return;
  counts_.detections += static_cast<std::int64_t>(node.look->detections.size());
  emit(std::move(*node.look));
  node.look.reset();
}

void ReportMaker::Learn(const wire::StatusReport& status, Node& node, const OnError& on_error) {
  node.up = IsUp(status);
  // One that goes, or that has nothing new to say, need not repeat what it said before.
  if (status.system() == wire::StatusReport::SYSTEM_GOODBYE ||
      status.info() == wire::StatusReport::INFO_UNCHANGED) {
    return;
  }
  if (status.has_node_location()) {
    if (const auto at = Place(status.node_location(), node)) node.at = *at;
  }
  if (const auto p_D = DetectionProbability(status)) node.p_D = p_D;
  const auto regions = [&](const auto& from, std::string_view field) {
    std::vector<RegionEntry> all;
    for (const wire::LocationOrRangeBearing& region : from) {
      auto read = Region(region, node);
      if (read) {
        all.push_back(std::move(*read));
        continue;
      }
      Error error = std::move(read.error());
      error.field = fmt::format("status_report.{}", field);
      if (told_.size() < kMaxNodes && told_.insert(error.Text()).second) on_error(error);
    }
    if (all.size() > kMaxRegions) all.resize(kMaxRegions);
    return all;
  };
  node.obscured = regions(status.obscuration(), "obscuration");
  // What it sees now; if it does not say that, all that it can.
  if (status.has_field_of_view()) {
    node.views = regions(std::array{status.field_of_view()}, "field_of_view");
  } else {
    node.views = regions(status.coverage(), "coverage");
  }
}

Result<RegionEntry> ReportMaker::Region(const wire::LocationOrRangeBearing& region,
                                        const Node& node) const {
  if (region.has_range_bearing()) return ConeOf(region.range_bearing());
  RegionEntry entry;
  auto& ring = entry.rings_lon_lat.emplace_back();
  for (const wire::Location& at : region.location_list().locations()) {
    const auto place = Place(at, node);
    if (!place) return tl::unexpected<Error>(place.error());
    // Radians may leave the globe by a rounding.
    ring.emplace_back(std::clamp(place->lon_deg, -180.0, 180.0),
                      std::clamp(place->lat_deg, -90.0, 90.0));
  }
  if (!ring.empty() && ring.front() != ring.back()) ring.push_back(ring.front());
  if (ring.size() < 4 || ring.size() > kMaxPlaces) {
    return Fail(fmt::format("is an outline of {} places, expected 3 to {}: passed over",
                            region.location_list().locations_size(), kMaxPlaces - 1));
  }
  return entry;
}

/// Tells of the node's sensor if it is not as it was told of before.
void ReportMaker::Tell(Node& node, Time time, const EmitChange& emit_change) {
  if (!emit_change) return;
  SensorChange change;
  if (node.sensor != nullptr) {
    change.sensor = node.sensor->id;
    change.up = node.up;
    change.views = node.views;
    change.obscured = node.obscured;
    // A site's own survey is better than the node's, until the node is clearly elsewhere.
    if (node.at && node.sensor->lat_lon_deg) {
      Fix surveyed;
      surveyed.lat_deg = node.sensor->lat_lon_deg->first;
      surveyed.lon_deg = node.sensor->lat_lon_deg->second;
      if (node.stands || DistanceM(*node.at, surveyed) > kSurveyM) {
        if (!node.stands || Moved(*node.at, *node.stands)) node.stands = node.at;
        change.at = PlacementOf(*node.stands);
      }
    }
  } else {
    if (!node.entry || !node.at) return;
    if (!node.stands || Moved(*node.at, *node.stands)) node.stands = node.at;
    change.whole = node.entry;
    change.sensor = node.entry->sensor.id;
    change.whole->placement = PlacementOf(*node.stands);
    change.whole->sensor.up = node.up;
    if (node.p_D) change.whole->sensor.detect.probability = *node.p_D;
    change.whole->obscured = node.obscured;
    SetViews(node.views, *node.stands, *change.whole);
  }
  std::string says = WriteSensorChange(change);
  if (says == node.said) return;
  node.said = std::move(says);
  change.time = time;
  emit_change(std::move(change));
}

void ReportMaker::Gone(const std::string& id, Time time, const EmitChange& emit_change) {
  const auto found = nodes_.find(id);
  if (found == nodes_.end() || found->second.said.empty()) return;
  found->second.up = false;
  Tell(found->second, time, emit_change);
}

const std::string& ReportMaker::SensorOf(const std::string& id, const Node& node) const {
  if (node.sensor != nullptr) return node.sensor->id;
  return Joined(node) ? id : options_.receiver;
}

std::string ReportMaker::SensorOf(const std::string& id) const {
  const auto found = nodes_.find(id);
  return found == nodes_.end() ? std::string() : SensorOf(id, found->second);
}

void ReportMaker::Take(const wire::SapientMessage& message, const Emit& emit,
                       const EmitChange& emit_change, const OnError& on_error) {
  auto found = nodes_.find(message.node_id());
  if (found == nodes_.end()) {
    if (nodes_.size() >= kMaxNodes) {
      Error error;
      error.what = fmt::format("more than {} nodes, those beyond are passed over", kMaxNodes);
      if (told_.insert(error.what).second) on_error(error);
      return;
    }
    found = nodes_.emplace(message.node_id(), Node{}).first;
    for (const NodeSensor& sensor : options_.sensors) {
      if (sensor.node == message.node_id()) found->second.sensor = &sensor;
    }
  }
  Node& node = found->second;
  const Time time = *TimeOf(message.timestamp());
  if (node.look && node.look->time != time) Send(node, emit);
  if (message.has_registration()) {
    Learn(message.registration(), message.node_id(), node);
    return Tell(node, time, emit_change);
  }
  if (message.has_status_report()) {
    Learn(message.status_report(), node, on_error);
    return Tell(node, time, emit_change);
  }
  if (!message.has_detection_report()) return;
  const wire::DetectionReport& report = message.detection_report();
  const std::string state = Lower(report.state());
  if (state == "lost" || state == "object lost") return;  // it tells that nothing was detected
  auto detection = Convert(report, node);
  if (!detection) {
    ++counts_.unplaced;
    Error error = detection.error();
    error.what = fmt::format("node {}: {}", message.node_id(), error.what);
    if (told_.size() < kMaxNodes && told_.insert(error.what).second) on_error(error);
    return;
  }
  if (!node.look) {
    node.look.emplace();
    node.look->time = time;
    node.look->sensor = SensorOf(message.node_id(), node);
  }
  node.look->detections.push_back(std::move(*detection));
  if (node.look->detections.size() >= kMaxDetectionsPerLook) Send(node, emit);
}

void ReportMaker::Flush(const Emit& emit) {
  // In order of time, whatever the nodes' names are.
  std::vector<Node*> with_look;
  for (auto& [id, node] : nodes_) {
    if (node.look) with_look.push_back(&node);
  }
  std::stable_sort(with_look.begin(), with_look.end(),
                   [](const Node* a, const Node* b) { return a->look->time < b->look->time; });
  for (Node* const node : with_look) Send(*node, emit);
}

Result<Detection> ReportMaker::Convert(const wire::DetectionReport& report,
                                       const Node& node) const {
  Detection d;
  const auto placed = report.has_location() ? SetLocation(report, node, d)
                                            : SetPolar(report.range_bearing(), node, d);
  if (!placed) return tl::unexpected<Error>(placed.error());
  d.class_probability = ClassOf(report);
  if (Joined(node)) SetErrors(d);
  if (!report.id().empty()) d.identity.emplace_back("id", report.id().substr(0, 256));
  if (node.tracks) d.identity.emplace_back(node.objects, report.object_id());
  return d;
}

Result<Fix> ReportMaker::Place(const wire::Location& at, const Node& node) const {
  Fix fix;
  switch (at.coordinate_system()) {
    case wire::LOCATION_COORDINATE_SYSTEM_LAT_LNG_RAD_M:
      fix.lon_deg = at.x() * kDegPerRad;
      fix.lat_deg = at.y() * kDegPerRad;
      break;
    case wire::LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M:
      fix.lon_deg = at.x();
      fix.lat_deg = at.y();
      break;
    default: {
      const std::string& zone = at.utm_zone().empty() ? node.zone : at.utm_zone();
      const auto point = FromUtm(zone, at.x(), at.y());
      if (!point) {
        return Fail(fmt::format("is no place in UTM zone \"{}\", expected easting, northing and a "
                                "zone such as 30U",
                                zone.substr(0, 10)),
                    "location");
      }
      fix.lat_deg = point->lat_deg;
      fix.lon_deg = point->lon_deg;
    }
  }
  if (fix.lat_deg == 0.0 && fix.lon_deg == 0.0) {
    return Fail("is latitude 0, longitude 0: no position", "location");
  }
  constexpr double kHighestM = 1e6;
  if (at.has_z() && std::abs(at.z()) < kHighestM) {
    if (at.datum() == wire::LOCATION_DATUM_WGS84_G) {
      fix.amsl = HeightAmsl{at.z()};
    } else {
      fix.hae = HeightHae{at.z()};
    }
  }
  return fix;
}

Result<void> ReportMaker::SetLocation(const wire::DetectionReport& report, const Node& node,
                                      Detection& d) const {
  const wire::Location& at = report.location();
  const auto fix = Place(at, node);
  if (!fix) return tl::unexpected<Error>(fix.error());
  d.fix = *fix;
  // The errors of a position are metres unless the node registered them as angles.
  constexpr double kMetresPerDegree = 111'195.0;  // on a sphere of 6,371 km
  double north_m = 1.0;
  if (node.error_units.starts_with("deg")) north_m = kMetresPerDegree;
  if (node.error_units.starts_with("rad")) north_m = kMetresPerDegree * kDegPerRad;
  const double east_m = north_m == 1.0 ? 1.0 : north_m * std::cos(fix->lat_deg * kRadPerDeg);
  const auto sd = [&](Component c) -> double& { return d.sd[static_cast<std::size_t>(c)]; };
  if (at.has_x_error()) sd(Component::kEast) = at.x_error() * east_m;
  if (at.has_y_error()) sd(Component::kNorth) = at.y_error() * north_m;
  if (at.has_z_error() && at.has_z()) sd(Component::kUp) = at.z_error();
  if (report.has_enu_velocity()) {
    const wire::ENUVelocity& v = report.enu_velocity();
    d.Set(Component::kVelEast, v.east_rate() * node.speed_mps,
          v.east_rate_error() * node.speed_mps);
    d.Set(Component::kVelNorth, v.north_rate() * node.speed_mps,
          v.north_rate_error() * node.speed_mps);
    if (v.has_up_rate()) {
      d.Set(Component::kVelUp, v.up_rate() * node.speed_mps, v.up_rate_error() * node.speed_mps);
    }
  }
  return {};
}

Result<void> ReportMaker::SetPolar(const wire::RangeBearing& polar, const Node& node,
                                   Detection& d) const {
  using enum wire::RangeBearingCoordinateSystem;
  if (polar.datum() != wire::RANGE_BEARING_DATUM_TRUE) {
    return Fail(fmt::format("is {}, expected bearings from true north",
                            wire::RangeBearingDatum_Name(polar.datum())),
                "range_bearing.datum");
  }
  const auto system = polar.coordinate_system();
  const bool radians = system == RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_M ||
                       system == RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM;
  const bool km = system == RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_KM ||
                  system == RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM;
  const double angle = radians ? 1.0 : kRadPerDeg;
  const double metre = km ? 1000.0 : 1.0;
  const double azimuth_rad = Bearing::Rad(polar.azimuth() * angle).rad();
  const double elevation_rad = polar.elevation() * angle;
  const double range_m = polar.range() * metre;
  const double sd_azimuth_rad = polar.azimuth_error() * angle;
  const double sd_elevation_rad = polar.elevation_error() * angle;
  const double sd_range_m = polar.range_error() * metre;

  if (Joined(node) || (node.sensor != nullptr && !node.sensor->positions)) {
    const auto set = [&](bool stated, Component c, double value, double sd) {
      const bool wanted =
          node.sensor == nullptr || node.sensor->measures.Empty() || node.sensor->measures.Has(c);
      if (stated && wanted) d.Set(c, value, sd);
    };
    set(polar.has_range(), Component::kRange, range_m, sd_range_m);
    set(polar.has_azimuth(), Component::kAzimuth, azimuth_rad, sd_azimuth_rad);
    set(polar.has_elevation(), Component::kElevation, elevation_rad, sd_elevation_rad);
    if (d.measured.Empty()) {
      return Fail("has nothing that this sensor measures", "range_bearing");
    }
    return {};
  }

  // A node of which nothing but its place is known, or that the site takes positions of: what it
  // measures becomes one, from where its status reports say that it stands.
  if (!polar.has_range() || !polar.has_azimuth()) {
    return Fail(
        "has no range or no azimuth: bearings need a sensor in the site file with sapient = its "
        "node_id",
        "range_bearing");
  }
  if (!node.at) {
    return Fail("is of a node that has not told where it stands (status_report.node_location)",
                "range_bearing");
  }
  const double height_m = node.at->hae ? node.at->hae->m : node.at->amsl ? node.at->amsl->m : 0.0;
  const LocalFrame frame(Geodetic{node.at->lat_deg, node.at->lon_deg, HeightHae{height_m}});
  const double flat_m = range_m * std::cos(elevation_rad);
  const Eigen::Vector3d p(flat_m * std::sin(azimuth_rad), flat_m * std::cos(azimuth_rad),
                          range_m * std::sin(elevation_rad));
  const Geodetic point = frame.ToGeodetic(p);
  d.fix = Fix{.lat_deg = point.lat_deg, .lon_deg = point.lon_deg, .hae = {}, .amsl = {}};
  if (polar.has_elevation() && (node.at->hae || node.at->amsl)) {
    // The node's height is above one surface or the other, and so is the target's then.
    if (node.at->amsl) {
      d.fix->amsl = HeightAmsl{point.height.m};
    } else {
      d.fix->hae = point.height;
    }
  }
  // First-order propagation of independent errors in range and angles (Bar-Shalom, Li, Kirubarajan
  // 2001, 1.6.2), of which a position has only the axes.
  if (sd_range_m > 0.0 && sd_azimuth_rad > 0.0) {
    const double along = sd_range_m;
    const double across = range_m * sd_azimuth_rad;
    const double s = std::sin(azimuth_rad);
    const double c = std::cos(azimuth_rad);
    d.sd[static_cast<std::size_t>(Component::kEast)] = std::hypot(along * s, across * c);
    d.sd[static_cast<std::size_t>(Component::kNorth)] = std::hypot(along * c, across * s);
  }
  if (polar.has_elevation() && sd_elevation_rad > 0.0) {
    d.sd[static_cast<std::size_t>(Component::kUp)] = std::hypot(
        range_m * sd_elevation_rad * std::cos(elevation_rad), sd_range_m * std::sin(elevation_rad));
  }
  return {};
}

}  // namespace picket::sapient
