// SPDX-License-Identifier: Apache-2.0
#include "picket/engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <numbers>
#include <unordered_map>

#include "picket/assess/assessor.h"
#include "picket/engine/clock_watch.h"

namespace picket {
namespace {

/// Threats are judged once in each second of the reports' time.
constexpr Duration kAssessEvery = Duration::Seconds(1.0);
/// What was learned of a sensor holds this far from where it stood.
constexpr double kLearnedHereM = 100.0;
/// Pictures of one silence; of a longer one only the last are given.
constexpr std::int64_t kMostPicturesAtOnce = 100'000;

/// One sigmas beyond these are not believed: 1 mm to 100 km, 1e-6 rad to half a turn, 1 mm/s to
/// 10 km/s. No sensor is better or worse, and doubles do not tell a micrometre beside a thousand
/// kilometres.
std::pair<double, double> SdBounds(Component c) {
  switch (c) {
    case Component::kAzimuth:
    case Component::kElevation:
      return {1e-6, std::numbers::pi};
    case Component::kRangeRate:
    case Component::kVelEast:
    case Component::kVelNorth:
    case Component::kVelUp:
      return {1e-3, 1e4};
    default:
      return {1e-3, 1e5};
  }
}

Duration FloorTo(Time t, Duration every) { return Duration::Ns(t.ns() / every.ns() * every.ns()); }

/// Outlines in the local frame.
std::vector<SkyRegion> PlaceRegions(const std::vector<RegionEntry>& entries,
                                    const LocalFrame& frame) {
  std::vector<SkyRegion> regions;
  for (const RegionEntry& entry : entries) {
    SkyRegion& region = regions.emplace_back();
    region.cone = entry.cone;
    for (const auto& ring : entry.rings_lon_lat) {
      auto& placed = region.outline.emplace_back();
      for (const auto& [lon, lat] : ring) {
        placed.emplace_back(frame.ToLocal({lat, lon, frame.origin().height}).head<2>());
      }
    }
  }
  return regions;
}

/// A sensor on its ground.
/// @param lifted  null: one that lies under the terrain's surface is an error; else it is put onto
///                it, and this is set
Result<Sensor> PlaceSensor(const SensorEntry& entry, const LocalFrame& frame, const Geoid& geoid,
                           const Terrain& terrain, bool* lifted) {
  Sensor sensor = entry.sensor;
  sensor.views = PlaceRegions(entry.views, frame);
  sensor.obscured = PlaceRegions(entry.obscured, frame);
  const SensorPlacement& at = entry.placement;
  const Eigen::Vector3d velocity(at.vel_enu_mps[0], at.vel_enu_mps[1], at.vel_enu_mps[2]);
  if (at.local) {
    sensor.p_LS_L = at.p_LS_L;
    sensor.R_SL.setIdentity();
    sensor.v_LS_L = velocity;
    return sensor;
  }
  Geodetic point{at.lat_deg, at.lon_deg, {at.height_m}};
  const Eigen::Vector3d on_ground = frame.ToLocal({at.lat_deg, at.lon_deg, {0.0}});
  const auto ground = terrain.Empty() ? std::optional<HeightHae>(HeightHae{0.0})
                                      : terrain.GroundAt(on_ground.x(), on_ground.y());
  switch (at.above) {
    case SensorPlacement::Above::kGround:
      if (!ground) {
        const double reach_m = -terrain.grid().west_m;
        const bool read = std::max(std::abs(on_ground.x()), std::abs(on_ground.y())) <= reach_m;
        return Fail(
            read ? "the terrain does not cover this place, or has a hole there, so its ground is "
                   "not known; add the raster that covers it, fill the hole (e.g. with "
                   "gdal_fillnodata.py), or state height_hae_m"
                 : fmt::format("this place lies {:.1f} km from the site's origin, outside of the "
                               "region, and there no terrain is read; widen site.region.radius_m, "
                               "or state height_hae_m",
                               on_ground.head<2>().norm() / 1000.0),
            fmt::format("sensor \"{}\".at.height_agl_m", sensor.id));
      }
      point.height.m += ground->m;
      break;
    case SensorPlacement::Above::kSeaLevel:
      point.height = geoid.ToHae(at.lat_deg, at.lon_deg, {at.height_m});
      break;
    case SensorPlacement::Above::kEllipsoid:
      break;
  }
  constexpr double kTolerableM = 5.0;  // of a terrain model's own error
  if (!terrain.Empty() && ground && point.height.m < ground->m - kTolerableM) {
    if (lifted == nullptr) {
      return Fail(fmt::format("the sensor lies {:.0f} m under the terrain's surface; state a "
                              "height above it, such as height_agl_m = 10",
                              ground->m - point.height.m),
                  fmt::format("sensor \"{}\".at", sensor.id));
    }
    *lifted = true;
    point.height = *ground;
  }
  sensor.p_LS_L = frame.ToLocal(point);
  sensor.R_SL = frame.AxesAt(point);
  sensor.v_LS_L = sensor.R_SL.transpose() * velocity;
  return sensor;
}

SensorPlacement PlacementOf(const OwnPlace& own) {
  SensorPlacement placement;
  placement.vel_enu_mps = own.vel_enu_mps;
  if (!own.fix) {
    placement.local = true;
    placement.p_LS_L = {own.enu_m[0], own.enu_m[1], own.enu_m[2]};
    return placement;
  }
  placement.lat_deg = own.fix->lat_deg;
  placement.lon_deg = own.fix->lon_deg;
  const bool above_sea = own.fix->amsl.has_value();
  placement.above =
      above_sea ? SensorPlacement::Above::kSeaLevel : SensorPlacement::Above::kEllipsoid;
  placement.height_m = above_sea ? own.fix->amsl->m : own.fix->hae.value_or(HeightHae{0.0}).m;
  return placement;
}

}  // namespace

tl::expected<PlacedSite, Errors> PlaceSite(Site site, Geoid geoid,
                                           std::shared_ptr<const Terrain> terrain) {
  const LocalFrame frame(site.origin);
  Errors errors;
  std::vector<Sensor> sensors;
  std::vector<std::string> names;
  for (const SensorEntry& entry : site.sensors) {
    auto sensor = PlaceSensor(entry, frame, geoid, *terrain, nullptr);
    if (!sensor) {
      errors.push_back(std::move(sensor.error()));
      continue;
    }
    if (entry.learned_lat_lon) {
      const auto [lat, lon] = *entry.learned_lat_lon;
      const Geodetic at = frame.ToGeodetic(sensor->p_LS_L);
      const double apart_m = (frame.ToLocal({lat, lon, at.height}) - sensor->p_LS_L).norm();
      if (apart_m > kLearnedHereM) {
        Error error;
        error.field = fmt::format("sensor \"{}\".at", sensor->id);
        error.what = fmt::format(
            "the sensor stands {:.0f} m from where \"{}\" was learned; run picket learn again, or "
            "take the sensor out of that file",
            apart_m, site.learned_file);
        errors.push_back(std::move(error));
        continue;
      }
    }
    names.push_back(sensor->id);
    sensors.push_back(std::move(*sensor));
  }
  if (!errors.empty()) return tl::unexpected<Errors>(std::move(errors));
  site.tracker.region_radius_m = site.region_radius_m;
  site.tracker.ceiling_m = site.ceiling.m;
  auto field = std::make_shared<const DetectionField>(std::move(sensors), std::move(terrain));
  return PlacedSite{std::move(site), frame, std::move(geoid), std::move(field), std::move(names)};
}

class Engine::Impl {
 public:
  Impl(std::shared_ptr<const PlacedSite> site, EngineOptions options)
      : site_(std::move(site)),
        options_(options),
        field_(site_->field),
        entries_(site_->site.sensors),
        tracker_(site_->field, site_->site.tracker),
        assessor_(site_->site.places, site_->site.areas, site_->frame),
        assesses_(!site_->site.places.empty() || !site_->site.areas.empty()) {
    for (std::size_t i = 0; i < site_->sensor_names.size(); ++i) {
      index_.emplace(site_->sensor_names[i], static_cast<SensorIndex>(i));
      versions_.push_back({Version{.since = {},
                                   .as = nullptr,
                                   .heard = Heard(field_->sensor(static_cast<SensorIndex>(i)))}});
    }
  }

  Events Step(std::span<const Report> reports) {
    Events events;
    for (const Report& report : reports) {
      events.receipts.push_back(Take(report, events));
    }
    return events;
  }

  Receipt Change(const SensorChange& change) {
    const auto known = index_.find(change.sensor);
    if (known == index_.end() && !change.whole) return {false, "change of a sensor not known"};
    if (known == index_.end() && (entries_.size() >= kMaxSensors || joined_.size() >= kMaxJoined)) {
      return {false, "more sensors than are taken"};
    }
    SensorEntry entry;
    if (change.whole) {
      entry = *change.whole;
    } else {
      entry = entries_[static_cast<std::size_t>(known->second)];
    }
    if (change.up) entry.sensor.up = *change.up;
    if (change.at) {
      entry.placement = *change.at;
      entry.sensor.learned = nullptr;  // that was of another place
    }
    if (change.views) entry.views = *change.views;
    if (change.obscured) entry.obscured = *change.obscured;
    bool lifted = false;
    auto placed = PlaceSensor(entry, site_->frame, site_->geoid, field_->terrain(), &lifted);
    if (!placed) return {false, "a sensor's ground is not known there"};
    if (placed->p_LS_L.norm() > kMaxSiteReachM) {
      return {false, "a sensor more than 1,000 km from the site"};
    }
    const auto as = std::make_shared<const Sensor>(std::move(*placed));
    auto field = std::make_shared<DetectionField>(*field_);
    if (known == index_.end()) {
      const auto next = static_cast<SensorIndex>(entries_.size());
      index_.emplace(change.sensor, next);
      entries_.push_back(std::move(entry));
      field->Put(next, *as);
      tracker_.Join(*as);
      joined_.push_back(*as);
      versions_.push_back({Version{.since = change.time, .as = nullptr, .heard = Heard(*as)}});
    } else {
      entries_[static_cast<std::size_t>(known->second)] = std::move(entry);
      field->Put(known->second, *as);
      // What came last holds from its time on, whatever was said of later times before.
      auto& versions = versions_[static_cast<std::size_t>(known->second)];
      while (versions.size() > 1 && versions.back().since >= change.time) versions.pop_back();
      versions.push_back({.since = change.time, .as = as, .heard = Heard(*as)});
      if (versions.size() > kMostVersions) versions.pop_front();
    }
    field_ = std::move(field);
    return {true, lifted ? "a sensor under the terrain's surface, put onto it" : ""};
  }
  [[nodiscard]] const std::shared_ptr<const DetectionField>& field() const { return field_; }

  Events Finish() {
    Events events;
    if (clock_ && options_.every) {
      MakeDue(*clock_ + Duration::Ns(1));
      Release(events);
      due_.clear();
    }
    return events;
  }

  Picture Now(bool tentative) {
    if (!newest_) return {};
    return tracker_.PictureAt(*newest_, tentative);
  }

  [[nodiscard]] Unseen UnseenNow() const { return tracker_.Undetected(); }
  [[nodiscard]] std::optional<Time> data_time() const { return newest_; }
  [[nodiscard]] std::vector<SensorCondition> Conditions() const { return tracker_.Conditions(); }

 private:
  /// A sensor as it was from some time on.
  struct Version {
    Time since;
    std::shared_ptr<const Sensor> as;     ///< null: as it was first
    std::shared_ptr<const Sensor> heard;  ///< down: as what it is taken that reports all the same
  };

  /// Of a sensor that is down: one that sees, and whose silence tells nothing. Null: it is up.
  static std::shared_ptr<const Sensor> Heard(const Sensor& sensor) {
    if (sensor.up) return nullptr;
    auto heard = std::make_shared<Sensor>(sensor);
    heard->up = true;
    heard->look = LookKind::kSelfReport;
    return heard;
  }

  [[nodiscard]] const Version& VersionAt(SensorIndex s, Time time) const {
    const auto& versions = versions_[static_cast<std::size_t>(s)];
    auto at = versions.end() - 1;
    while (at != versions.begin() && at->since > time) --at;
    return *at;
  }

  /// A sensor of the site as it was first, or as it joined.
  [[nodiscard]] const Sensor& FirstOf(SensorIndex s) const {
    const auto of_site = static_cast<SensorIndex>(site_->field->sensors().size());
    return s < of_site ? site_->field->sensor(s) : joined_[static_cast<std::size_t>(s - of_site)];
  }

  Receipt Take(const Report& report, Events& events) {
    const auto sensor = index_.find(report.sensor);
    if (sensor == index_.end()) return {false, "unknown sensor: not in the site file"};
    if (report.received &&
        ahead_.TooFar(report.sensor, *report.received, report.time - *report.received)) {
      return {false, kTooFarAhead};
    }
    const auto number = static_cast<std::size_t>(sensor->second);
    if (newest_ && report.time > *newest_ + kLargestJump &&
        !clocks_.Believes(number, report.time)) {
      return {false, "time more than an hour ahead of all other reports"};
    }
    if (clock_ && report.received > std::max(*clock_, report.time) + kLargestJump &&
        !clocks_.Believes(number, *report.received)) {
      return {false, "received more than an hour after all other reports"};
    }
    // That the clock of another is far behind tells nothing of a gap.
    if (!newest_ || report.time >= *newest_ - kLargestJump) {
      clocks_.GoesOn(number, report.time, entries_[number].sensor.period);
    }

    // A late report moves nothing that newer ones have moved since.
    const bool is_late = newest_ && report.time < *newest_;
    if (report.sensor_at && !is_late) {
      Receipt moved = Change({.time = report.time,
                              .sensor = report.sensor,
                              .whole = {},
                              .up = {},
                              .at = PlacementOf(*report.sensor_at),
                              .views = {},
                              .obscured = {}});
      if (!moved.taken) return moved;
    }
    Look look;
    look.sensor = sensor->second;
    look.time = report.time;
    const Version& version = VersionAt(look.sensor, look.time);
    look.as = version.heard && !report.detections.empty() ? version.heard : version.as;
    if (report.sensor_at && is_late) {
      SensorEntry entry = entries_[static_cast<std::size_t>(look.sensor)];
      entry.placement = PlacementOf(*report.sensor_at);
      bool lifted = false;
      auto placed = PlaceSensor(entry, site_->frame, site_->geoid, field_->terrain(), &lifted);
      if (!placed) return {false, "a sensor's ground is not known there"};
      look.as = std::make_shared<const Sensor>(std::move(*placed));
    }
    const Sensor& as = look.as ? *look.as : FirstOf(look.sensor);
    Receipt receipt{true, {}};
    bool bounded = false;
    look.detections.reserve(report.detections.size());
    for (const Detection& detection : report.detections) {
      Detection resolved = detection;
      const char* reason = Resolve(as, report.time, resolved, bounded);
      if (reason == nullptr) {
        look.detections.push_back(std::move(resolved));
      } else {
        receipt.reason = reason;
      }
    }
    if (bounded && receipt.reason.empty()) {
      receipt.reason = "a standard deviation (sd) beyond belief, taken as the nearest that is not";
    }

    const Time in_order = newest_ ? std::max(*newest_, report.time) : report.time;
    Time arrival = report.received.value_or(clock_ ? std::max(*clock_, in_order) : in_order);
    if (clock_) arrival = std::max(arrival, *clock_);
    if (!next_picture_ && options_.every) {
      const Duration floor = FloorTo(report.time, *options_.every);
      next_picture_ = Time::Ns(floor.ns()) < report.time ? Time::Ns(floor.ns()) + *options_.every
                                                         : Time::Ns(floor.ns());
    }
    if (options_.every) MakeDue(arrival);
    clock_ = arrival;

    // That a sensor which is down saw nothing tells nothing.
    const bool tells = !version.heard || !report.detections.empty();
    if (const auto refusal = tells ? tracker_.Process(std::move(look)) : std::nullopt) {
      return {false, std::string(LookRefusalText(*refusal))};
    }
    newest_ = in_order;
    const Time unseen_step = Time::Ns(FloorTo(*newest_, kUnseenEvery).ns());
    if (unseen_step > unseen_step_.value_or(unseen_step)) {
      events.unseen.push_back(tracker_.Undetected());
    }
    unseen_step_ = std::max(unseen_step, unseen_step_.value_or(unseen_step));
    if (assesses_ && (!assessed_ || *newest_ - *assessed_ >= kAssessEvery)) {
      assessed_ = Time::Ns(FloorTo(*newest_, kAssessEvery).ns());
      const std::vector<Alert> alerts = assessor_.Take(tracker_.PictureAt(*newest_, false));
      events.alerts.insert(events.alerts.end(), alerts.begin(), alerts.end());
    }
    if (options_.every) {
      Release(events);
    } else {
      events.pictures.push_back(tracker_.PictureAt(*newest_, options_.tentative));
    }
    return receipt;
  }

  /// Makes the pictures that no report from `arrival` on belongs to.
  void MakeDue(Time arrival) {
    if (!next_picture_) return;
    const std::int64_t pending = (arrival - *next_picture_).ns() / options_.every->ns();
    if (pending > kMostPicturesAtOnce) {
      next_picture_ = *next_picture_ + *options_.every * (pending - kMostPicturesAtOnce);
    }
    while (*next_picture_ < arrival) {
      due_.push_back(tracker_.PictureAt(*next_picture_, options_.tentative));
      next_picture_ = *next_picture_ + *options_.every;
    }
  }

  /// Gives out the pictures up to the newest report's time: later ones are not asked for (yet).
  void Release(Events& events) {
    while (!due_.empty() && newest_ && due_.front().time <= *newest_) {
      events.pictures.push_back(std::move(due_.front()));
      due_.pop_front();
    }
  }

  /// Gives a detection its components in the local frame and its errors.
  /// @param bounded  set if a standard deviation was not believed
  /// @returns why it can't be used, or null
  const char* Resolve(const Sensor& sensor, Time look, Detection& z, bool& bounded) const {
    if (z.time) {
      const double off_s = std::abs((*z.time - look).s());
      if (off_s > std::max(2.0 * sensor.period.s(), kLongestLookS)) {
        return "a detection's time outside its look";
      }
    }
    if (z.fix) {
      Geodetic point{z.fix->lat_deg, z.fix->lon_deg, site_->frame.origin().height};
      const bool has_height = z.fix->hae || z.fix->amsl;
      if (z.fix->hae) point.height = *z.fix->hae;
      if (z.fix->amsl) {
        point.height = site_->geoid.ToHae(point.lat_deg, point.lon_deg, *z.fix->amsl);
      }
      const Eigen::Vector3d p_L = site_->frame.ToLocal(point);
      if (p_L.norm() > kFarthestM) return "position more than 1,000 km from the site";
      const auto stated = [&](Component c) { return z.sd[static_cast<std::size_t>(c)]; };
      z.Set(Component::kEast, p_L.x(), stated(Component::kEast));
      z.Set(Component::kNorth, p_L.y(), stated(Component::kNorth));
      if (has_height) z.Set(Component::kUp, p_L.z(), stated(Component::kUp));
      if (z.measured.Has(Component::kVelEast) && z.measured.Has(Component::kVelNorth)) {
        const bool up = z.measured.Has(Component::kVelUp);
        const Eigen::Vector3d v_S(z[Component::kVelEast], z[Component::kVelNorth],
                                  up ? z[Component::kVelUp] : 0.0);
        const Eigen::Vector3d v_L = site_->frame.AxesAt(point).transpose() * v_S;
        z.Set(Component::kVelEast, v_L.x(), stated(Component::kVelEast));
        z.Set(Component::kVelNorth, v_L.y(), stated(Component::kVelNorth));
        if (up) z.Set(Component::kVelUp, v_L.z(), stated(Component::kVelUp));
      }
      z.fix.reset();
    }
    if (z.measured.Empty()) return "a detection that measures nothing";
    if (z.measured.Count() > kMostComponents) return "a detection with more than six components";
    for (std::size_t c = 0; c < kComponents; ++c) {
      if (!z.measured.Has(static_cast<Component>(c))) continue;
      if (!std::isfinite(z.value[c]) || std::abs(z.value[c]) > kFarthestM) {
        return "a measured value beyond 1,000 km or not finite";
      }
      if (z.sd[c] <= 0.0) z.sd[c] = sensor.sd[c];
      if (!(z.sd[c] > 0.0))
        return "a measured value whose standard deviation (sd) neither the report nor the site "
               "file states";
      const auto [least, most] = SdBounds(static_cast<Component>(c));
      if (z.sd[c] < least || z.sd[c] > most) bounded = true;
      z.sd[c] = std::clamp(z.sd[c], least, most);
    }
    return nullptr;
  }

  static constexpr double kFarthestM = 1e6;
  static constexpr double kLongestLookS = 10.0;  ///< or two periods, where they are longer
  static constexpr int kMostComponents = 6;
  static constexpr std::size_t kMostVersions = 64;  ///< of one sensor: for looks that come late

  std::shared_ptr<const PlacedSite> site_;
  EngineOptions options_;
  std::shared_ptr<const DetectionField> field_;  ///< the sensors as they are now
  std::vector<SensorEntry> entries_;             ///< likewise
  std::deque<Sensor> joined_;                    ///< those that joined, as they did
  std::vector<std::deque<Version>> versions_;    ///< by sensor, in order of time
  Tracker tracker_;
  Assessor assessor_;
  bool assesses_ = false;
  std::optional<Time> assessed_;     ///< the second of the last assessment
  std::optional<Time> unseen_step_;  ///< of kUnseenEvery, the latest that a report was in
  std::unordered_map<std::string, SensorIndex> index_;
  std::optional<Time> newest_;  ///< latest time of a report
  std::optional<Time> clock_;   ///< latest arrival
  std::optional<Time> next_picture_;
  std::deque<Picture> due_;
  ClockWatch clocks_;
  AheadWatch ahead_{site_->site.tracker.lag};
};

Engine::Engine(std::shared_ptr<const PlacedSite> site, EngineOptions options)
    : impl_(std::make_unique<Impl>(std::move(site), options)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;

Events Engine::Step(std::span<const Report> reports) { return impl_->Step(reports); }
Receipt Engine::Change(const SensorChange& change) { return impl_->Change(change); }
const std::shared_ptr<const DetectionField>& Engine::field() const { return impl_->field(); }
Events Engine::Finish() { return impl_->Finish(); }
Picture Engine::Now(bool tentative) { return impl_->Now(tentative); }
Unseen Engine::UnseenNow() const { return impl_->UnseenNow(); }
std::optional<Time> Engine::data_time() const { return impl_->data_time(); }
std::vector<SensorCondition> Engine::Conditions() const { return impl_->Conditions(); }

}  // namespace picket
