// SPDX-License-Identifier: Apache-2.0
#include "picket/engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <unordered_map>

#include "picket/assess/assessor.h"

namespace picket {
namespace {

/// How far a report's time may lie after its arrival.
constexpr Duration kLargestAhead = Duration::Seconds(60.0);
/// Threats are judged once in each second of the reports' time.
constexpr Duration kAssessEvery = Duration::Seconds(1.0);
/// Pictures of one silence; of a longer one only the last are given.
constexpr std::int64_t kMostPicturesAtOnce = 100'000;

Duration FloorTo(Time t, Duration every) { return Duration::Ns(t.ns() / every.ns() * every.ns()); }

}  // namespace

tl::expected<PlacedSite, Errors> PlaceSite(Site site, Geoid geoid,
                                           std::shared_ptr<const Terrain> terrain) {
  const LocalFrame frame(site.origin);
  Errors errors;
  std::vector<Sensor> sensors;
  std::vector<std::string> names;
  for (const SensorEntry& entry : site.sensors) {
    Sensor sensor = entry.sensor;
    const SensorPlacement& at = entry.placement;
    if (at.local) {
      sensor.p_LS_L = at.p_LS_L;
      sensor.R_SL.setIdentity();
    } else {
      Geodetic point{at.lat_deg, at.lon_deg, {at.height_m}};
      const Eigen::Vector3d on_ground = frame.ToLocal({at.lat_deg, at.lon_deg, {0.0}});
      const auto ground = terrain->Empty() ? std::optional<HeightHae>(HeightHae{0.0})
                                           : terrain->GroundAt(on_ground.x(), on_ground.y());
      switch (at.above) {
        case SensorPlacement::Above::kGround:
          if (!ground) {
            Error error;
            error.field = fmt::format("sensor \"{}\".at.height_agl_m", sensor.id);
            error.what =
                "the terrain does not cover this place, so its ground is not known; "
                "state height_hae_m, or add the terrain tile";
            errors.push_back(std::move(error));
            continue;
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
      if (!terrain->Empty() && ground && point.height.m < ground->m - kTolerableM) {
        Error error;
        error.field = fmt::format("sensor \"{}\".at", sensor.id);
        error.what = fmt::format(
            "the sensor lies {:.0f} m under the terrain's surface; expected a height above it",
            ground->m - point.height.m);
        errors.push_back(std::move(error));
        continue;
      }
      sensor.p_LS_L = frame.ToLocal(point);
      sensor.R_SL = frame.AxesAt(point);
    }
    names.push_back(sensor.id);
    sensors.push_back(std::move(sensor));
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
        tracker_(site_->field, site_->site.tracker),
        assessor_(site_->site.places, site_->site.areas, site_->frame),
        assesses_(!site_->site.places.empty() || !site_->site.areas.empty()) {
    for (std::size_t i = 0; i < site_->sensor_names.size(); ++i) {
      index_.emplace(site_->sensor_names[i], static_cast<SensorIndex>(i));
    }
  }

  Events Step(std::span<const Report> reports) {
    Events events;
    for (const Report& report : reports) {
      events.receipts.push_back(Take(report, events));
    }
    return events;
  }

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
  Receipt Take(const Report& report, Events& events) {
    const auto sensor = index_.find(report.sensor);
    if (sensor == index_.end()) return {false, "unknown sensor: not in the site file"};
    if (report.received && report.time > *report.received + kLargestAhead) {
      return {false, "time more than a minute after its arrival"};
    }
    if (newest_ && report.time > *newest_ + kLargestJump && ++jumps_ < kJumpsToBelieve) {
      return {false, "time more than an hour ahead of all other reports"};
    }
    if (clock_ && report.received > std::max(*clock_, report.time) + kLargestJump &&
        ++jumps_ < kJumpsToBelieve) {
      return {false, "received more than an hour after all other reports"};
    }
    jumps_ = 0;

    Look look;
    look.sensor = sensor->second;
    look.time = report.time;
    Receipt receipt{true, {}};
    look.detections.reserve(report.detections.size());
    for (const Detection& detection : report.detections) {
      Detection resolved = detection;
      const char* reason = Resolve(site_->field->sensor(look.sensor), report.time, resolved);
      if (reason == nullptr) {
        look.detections.push_back(std::move(resolved));
      } else {
        receipt.reason = reason;
      }
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

    if (const auto refusal = tracker_.Process(look)) {
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
  /// @returns why it can't be used, or null
  const char* Resolve(const Sensor& sensor, Time look, Detection& z) const {
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
    }
    return nullptr;
  }

  static constexpr double kFarthestM = 1e6;
  static constexpr double kLongestLookS = 10.0;  ///< or two periods, where they are longer
  static constexpr int kMostComponents = 6;

  std::shared_ptr<const PlacedSite> site_;
  EngineOptions options_;
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
  int jumps_ = 0;
};

Engine::Engine(std::shared_ptr<const PlacedSite> site, EngineOptions options)
    : impl_(std::make_unique<Impl>(std::move(site), options)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;

Events Engine::Step(std::span<const Report> reports) { return impl_->Step(reports); }
Events Engine::Finish() { return impl_->Finish(); }
Picture Engine::Now(bool tentative) { return impl_->Now(tentative); }
Unseen Engine::UnseenNow() const { return impl_->UnseenNow(); }
std::optional<Time> Engine::data_time() const { return impl_->data_time(); }
std::vector<SensorCondition> Engine::Conditions() const { return impl_->Conditions(); }

}  // namespace picket
