// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/sapient_reporter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "picket/base/random.h"
#include "picket/geo/frame.h"
#include "sapient_framer.h"
#include "sapient_wire.h"

namespace picket::sapient {
namespace {

constexpr std::size_t kMostShown = 200;
constexpr double kLeastConfidence = 1e-3;
constexpr Duration kLeastApart = Duration::Seconds(0.1);
/// A picture older than this is not of now, whatever is done to it.
constexpr double kLongestFlightS = 5.0;

void SetSeconds(wire::Registration::Duration& duration, double s) {
  duration.set_units(wire::Registration::TIME_UNITS_SECONDS);
  duration.set_value(static_cast<float>(s));
}

void SetPlace(wire::Location& at, const Geodetic& place) {
  at.set_x(place.lon_deg);
  at.set_y(place.lat_deg);
  at.set_z(place.height.m);
  at.set_coordinate_system(wire::LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M);
  at.set_datum(wire::LOCATION_DATUM_WGS84_E);
}

void SetDegrees(wire::Registration::LocationType& type) {
  type.set_location_units(wire::LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M);
  type.set_location_datum(wire::LOCATION_DATUM_WGS84_E);
}

float Confidence(double p) { return static_cast<float>(std::clamp(p, 0.0, 1.0)); }

/// ULID: 48 bits of milliseconds, 80 of chance, in Crockford's base 32.
std::string Ulid(Time time, Random& random) {
  constexpr std::string_view kLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string text;
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(time.ns(), 0) / 1'000'000);
  for (int i = 9; i >= 0; --i) text += kLetters[ms >> (5 * i) & 31U];
  for (int half = 0; half < 2; ++half) {
    const std::uint64_t bits = random.Bits();
    for (int i = 0; i < 8; ++i) text += kLetters[bits >> (5 * i) & 31U];
  }
  return text;
}

}  // namespace

class Reporter::Impl {
 public:
  explicit Impl(About given) : about(std::move(given)) {}

  void Begin(Time now, const Sink& sink) {
    framer = Framer(false);
    registered = refused = told_status = false;
    stamp.reset();
    shown.clear();
    ids.emplace(static_cast<std::uint64_t>(now.ns()), about.node_id);
    Register(now, sink);
  }

  void Register(Time now, const Sink& sink) {
    wire::SapientMessage message;
    wire::Registration& node = *message.mutable_registration();
    node.add_node_definition()->set_node_type(wire::Registration::NODE_TYPE_FUSION_NODE);
    node.set_icd_version(std::string(kVersion));
    node.set_name(about.name);
    node.set_short_name("picket");
    auto& capability = *node.add_capabilities();
    capability.set_category("Fusion");
    capability.set_type("Tracks of flying things");
    auto& status = *node.mutable_status_definition();
    SetSeconds(*status.mutable_status_interval(), about.status_every.s());
    SetDegrees(*status.mutable_location_definition());
    auto& fov = *status.mutable_field_of_view_definition();
    fov.set_range_bearing_units(wire::RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M);
    fov.set_range_bearing_datum(wire::RANGE_BEARING_DATUM_TRUE);
    auto& mode = *node.add_mode_definition();
    mode.set_mode_name(kMode);
    mode.set_mode_type(wire::Registration::MODE_TYPE_PERMANENT);
    mode.set_mode_description("Watches and warns; takes no tasks");
    SetSeconds(*mode.mutable_settle_time(), 0.0);
    mode.set_tracking_type(wire::Registration::TRACKING_TYPE_TRACK);
    auto& detection = *mode.add_detection_definition();
    SetDegrees(*detection.mutable_location_type());
    auto& velocity = *detection.mutable_velocity_type();
    velocity.mutable_enu_velocity_units()->set_east_north_rate_units(wire::SPEED_UNITS_MS);
    velocity.mutable_enu_velocity_units()->set_up_rate_units(wire::SPEED_UNITS_MS);
    velocity.set_location_datum(wire::LOCATION_DATUM_WGS84_E);
    auto& error = *detection.mutable_geometric_error();
    error.set_type("Standard Deviation");
    error.set_units("meters");
    error.set_variation_type("Each detection");
    auto& classes = *detection.add_detection_class_definition();
    classes.set_confidence_definition(wire::Registration::CONFIDENCE_DEFINITION_MULTI_CLASS);
    auto& air = *classes.add_class_definition();
    air.set_type(kAirVehicle);
    for (const char* kind : {kRotary, kFixed}) {
      auto& sub = *air.add_sub_class();
      sub.set_type(kind);
      sub.set_level(1);
    }
    auto& animal = *classes.add_class_definition();
    animal.set_type(kAnimal);
    auto& bird = *animal.add_sub_class();
    bird.set_type(kBirdName);
    bird.set_level(1);
    auto& task = *mode.mutable_task();
    task.set_concurrent_tasks(0);
    auto& region = *task.mutable_region_definition();
    region.add_region_type(wire::Registration::REGION_TYPE_AREA_OF_INTEREST);
    SetDegrees(*region.add_region_area());
    auto& config = *node.add_config_data();
    config.set_manufacturer("picket");
    config.set_model("picket");
    config.set_software_version(about.version);
    Send(std::move(message), now, sink);
  }

  void Status(Time now, bool degraded, const Sink& sink) {
    wire::SapientMessage message;
    wire::StatusReport& status = *message.mutable_status_report();
    status.set_report_id(Ulid(now, *ids));
    status.set_system(degraded ? wire::StatusReport::SYSTEM_WARNING
                               : wire::StatusReport::SYSTEM_OK);
    const bool changed = !told_status || degraded != told_degraded;
    status.set_info(changed ? wire::StatusReport::INFO_NEW : wire::StatusReport::INFO_UNCHANGED);
    status.set_mode(kMode);
    SetPlace(*status.mutable_node_location(), about.at);
    auto& fov = *status.mutable_field_of_view()->mutable_range_bearing();
    fov.set_range(about.radius_m);
    fov.set_azimuth(0.0);
    fov.set_horizontal_extent(360.0);
    fov.set_coordinate_system(wire::RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M);
    fov.set_datum(wire::RANGE_BEARING_DATUM_TRUE);
    told_status = true;
    told_degraded = degraded;
    status_due = now + about.status_every;
    Send(std::move(message), now, sink);
  }

  void OnFrame(const Framer::Frame& frame, Time now, const Sink& sink) {
    const auto parsed =
        ParseBytes({reinterpret_cast<const std::uint8_t*>(frame.bytes.data()), frame.bytes.size()});
    if (!parsed) return Complain({parsed.error()}, frame, false, now, sink);
    const wire::SapientMessage& message = **parsed;
    if (Errors violations = Violations(message); !violations.empty()) {
      return Complain(violations, frame, message.has_error(), now, sink);
    }
    higher = message.node_id();
    if (message.has_registration_ack()) {
      const wire::RegistrationAck& ack = message.registration_ack();
      registered = ack.acceptance();
      refused = !registered;
      if (registered) {
        Note(fmt::format("registered with {}", higher), sink);
        told_status = false;
        return Status(now, told_degraded, sink);
      }
      std::string why;
      for (const std::string& reason : ack.ack_response_reason())
        why += "; " + Shown(reason, kMostShown);
      Fault("refused our registration" + why, sink);
    } else if (message.has_task()) {
      OnTask(message.task(), now, sink);
    } else if (message.has_alert_ack()) {
      const wire::AlertAck& ack = message.alert_ack();
      Note(fmt::format("alert {}: {}", ack.alert_id(),
                       wire::AlertAck::AlertAckStatus_Name(ack.alert_ack_status())),
           sink);
    } else if (message.has_error()) {
      for (const std::string& reason : message.error().error_message()) {
        Fault("reports an error: " + Shown(reason, kMostShown), sink);
      }
    } else {
      Error error;
      error.field = ContentName(message);
      error.what = "is not for a node that reports to you, expected acknowledgements and tasks";
      Complain({error}, frame, false, now, sink);
    }
  }

  void OnTask(const wire::Task& task, Time now, const Sink& sink) {
    wire::SapientMessage reply;
    wire::TaskAck& ack = *reply.mutable_task_ack();
    ack.set_task_id(task.task_id());
    const std::string& request = task.command().request();
    const bool start = task.control() == wire::Task::CONTROL_START;
    if (start && (request == "Registration" || request == "Status")) {
      ack.set_task_status(wire::TaskAck::TASK_STATUS_ACCEPTED);
      Send(std::move(reply), now, sink);
      if (request == "Registration") {
        Register(now, sink);
      } else if (registered) {
        Status(now, told_degraded, sink);
      }
      return;
    }
    ack.set_task_status(wire::TaskAck::TASK_STATUS_REJECTED);
    ack.add_reason("picket watches and warns, and takes no tasks");
    Note(fmt::format("task of {} refused", higher), sink);
    Send(std::move(reply), now, sink);
  }

  void Complain(const Errors& errors, const Framer::Frame& frame, bool of_error, Time now,
                const Sink& sink) {
    Fault("sent what is not sound: " + Shown(errors.front().Text(), kMostShown), sink);
    if (of_error) return;
    wire::SapientMessage reply;
    reply.mutable_error()->set_packet(Returned(frame.bytes));
    for (const Error& error : errors) {
      if (reply.error().error_message_size() >= kMostReasons) break;
      reply.mutable_error()->add_error_message(error.Text());
    }
    Send(std::move(reply), now, sink);
  }

  [[nodiscard]] std::string StableUlid(std::string_view what, std::uint64_t number) const {
    Random random(static_cast<std::uint64_t>(about.since.ns()),
                  fmt::format("{} {}", about.node_id, what), number);
    return Ulid(about.since, random);
  }
  /// The same for the same track, also over connections.
  [[nodiscard]] std::string ObjectId(std::uint64_t track) const {
    return StableUlid("track", track);
  }

  void Show(Time time, std::span<const FusedTrack> tracks, Time now, const Sink& sink) {
    if (!registered) return;
    std::map<std::uint64_t, Geodetic> are;
    for (const FusedTrack& track : tracks) {
      // A message is of the time at which it goes out, and the track has flown on since the
      // picture.
      const double flown_s = std::clamp((now - time).s(), 0.0, kLongestFlightS);
      const Eigen::Vector3d flown = Eigen::Vector3d(track.vel_enu_mps.data()) * flown_s;
      const Geodetic place = LocalFrame(track.at).ToGeodetic(flown);
      are[track.id] = place;
      wire::SapientMessage message = Detection(track.id, place, now);
      wire::DetectionReport& report = *message.mutable_detection_report();
      wire::Location& at = *report.mutable_location();
      at.set_x_error(track.sd_m[0]);
      at.set_y_error(track.sd_m[1]);
      at.set_z_error(track.sd_m[2]);
      report.set_detection_confidence(Confidence(track.existence));
      wire::ENUVelocity& v = *report.mutable_enu_velocity();
      v.set_east_rate(track.vel_enu_mps[0]);
      v.set_north_rate(track.vel_enu_mps[1]);
      v.set_up_rate(track.vel_enu_mps[2]);
      Classify(track.class_probability, report);
      for (const auto& [kind, value] : track.identity) {
        if (kind.starts_with(kObjectIdentity)) {
          const std::string node = kind.substr(kObjectIdentity.size());
          if (!IsUuid(node) || !IsUlid(value)) continue;
          auto& derived = *report.add_derived_detection();
          SetTime(track.last_detection, *derived.mutable_timestamp());
          derived.set_node_id(node);
          derived.set_object_id(value);
        } else {
          report.set_id(value);
        }
      }
      Send(std::move(message), now, sink);
    }
    for (const auto& [id, at] : shown) {
      if (are.contains(id)) continue;
      wire::SapientMessage message = Detection(id, at, now);
      message.mutable_detection_report()->set_state("lost");
      Send(std::move(message), now, sink);
    }
    shown = std::move(are);
  }

  [[nodiscard]] wire::SapientMessage Detection(std::uint64_t track, const Geodetic& at, Time time) {
    wire::SapientMessage message;
    wire::DetectionReport& report = *message.mutable_detection_report();
    report.set_report_id(Ulid(time, *ids));
    report.set_object_id(ObjectId(track));
    SetPlace(*report.mutable_location(), at);
    return message;
  }

  static void Classify(const ClassProbabilities& p, wire::DetectionReport& report) {
    const auto of = [&](TargetClass c) { return p[static_cast<std::size_t>(c)]; };
    const auto add_sub = [](auto& to, const char* type, double confidence) {
      if (confidence < kLeastConfidence) return;
      auto& sub = *to.add_sub_class();
      sub.set_type(type);
      sub.set_confidence(Confidence(confidence));
      sub.set_level(1);
    };
    const double rotary = of(TargetClass::kMultirotor);
    const double fixed = of(TargetClass::kFixedWing);
    const double air = rotary + fixed + of(TargetClass::kAircraft);
    if (air >= kLeastConfidence) {
      auto& c = *report.add_classification();
      c.set_type(kAirVehicle);
      c.set_confidence(Confidence(air));
      add_sub(c, kRotary, rotary);
      add_sub(c, kFixed, fixed);
    }
    const double bird = of(TargetClass::kBird);
    if (bird >= kLeastConfidence) {
      auto& c = *report.add_classification();
      c.set_type(kAnimal);
      c.set_confidence(Confidence(bird));
      add_sub(c, kBirdName, bird);
    }
  }

  void Show(const Alert& alert, Time now, const Sink& sink) {
    if (!registered) return;
    wire::SapientMessage message;
    wire::Alert& out = *message.mutable_alert();
    out.set_alert_id(StableUlid("alert", alert.id));
    const bool cleared = alert.level == AlertLevel::kCleared;
    out.set_status(cleared ? wire::Alert::ALERT_STATUS_CLEAR : wire::Alert::ALERT_STATUS_ACTIVE);
    switch (alert.level) {
      case AlertLevel::kWarning:
        out.set_alert_type(wire::Alert::ALERT_TYPE_WARNING);
        out.set_priority(wire::Alert::DISCRETE_PRIORITY_MEDIUM);
        break;
      case AlertLevel::kAlarm:
        out.set_alert_type(wire::Alert::ALERT_TYPE_CRITICAL);
        out.set_priority(wire::Alert::DISCRETE_PRIORITY_HIGH);
        break;
      default:
        out.set_alert_type(wire::Alert::ALERT_TYPE_INFORMATION);
        out.set_priority(wire::Alert::DISCRETE_PRIORITY_LOW);
    }
    out.set_description(alert.text);
    out.set_confidence(Confidence(alert.probability));
    if (const auto at = shown.find(alert.track); at != shown.end()) {
      SetPlace(*out.mutable_location(), at->second);
    }
    auto& of = *out.add_associated_detection();
    SetTime(alert.time, *of.mutable_timestamp());
    of.set_node_id(about.node_id);
    of.set_object_id(ObjectId(alert.track));
    Send(std::move(message), now, sink);
  }

  /// Times of one connection never go back, and are equal or clearly apart: so the open middleware
  /// asks for (kLeastApart), and so detections of one picture are of one time.
  void Send(wire::SapientMessage message, Time now, const Sink& sink) {
    if (!stamp || now >= *stamp + kLeastApart) stamp = now;
    SetTime(*stamp, *message.mutable_timestamp());
    message.set_node_id(about.node_id);
    if (!higher.empty()) message.set_destination_id(higher);
    if (sink.send) sink.send(Framed(message));
  }

  static void Note(const std::string& line, const Sink& sink) {
    if (sink.note) sink.note(line);
  }
  static void Fault(const std::string& line, const Sink& sink) {
    if (sink.fault) sink.fault(line);
  }

  static constexpr const char* kMode = "Default";
  static constexpr const char* kAirVehicle = "Air Vehicle";
  static constexpr const char* kRotary = "UAV Rotary Wing";
  static constexpr const char* kFixed = "UAV Fixed Wing";
  static constexpr const char* kAnimal = "Animal";
  static constexpr const char* kBirdName = "Bird";

  const About about;
  Framer framer{false};
  std::optional<Random> ids;
  std::string higher;  ///< its node_id, once it has said something
  bool registered = false;
  bool refused = false;
  bool told_status = false;
  bool told_degraded = false;
  Time status_due;
  std::optional<Time> stamp;                ///< of the last message
  std::map<std::uint64_t, Geodetic> shown;  ///< tracks that it knows of, and where they were
};

Reporter::Reporter(About about) : impl_(std::make_unique<Impl>(std::move(about))) {}
Reporter::~Reporter() = default;

void Reporter::Begin(Time now, const Sink& sink) { impl_->Begin(now, sink); }

void Reporter::Feed(std::span<const std::uint8_t> bytes, Time now, const Sink& sink) {
  impl_->framer.Feed(
      bytes, [&](const Framer::Frame& frame) { impl_->OnFrame(frame, now, sink); },
      [&](const Error& error) { Impl::Fault(Shown(error.Text(), kMostShown), sink); });
}

void Reporter::Tick(Time now, bool degraded, const Sink& sink) {
  if (!impl_->registered) return;
  if (now >= impl_->status_due || degraded != impl_->told_degraded) {
    impl_->Status(now, degraded, sink);
  }
}

void Reporter::Show(Time time, std::span<const FusedTrack> tracks, Time now, const Sink& sink) {
  impl_->Show(time, tracks, now, sink);
}

void Reporter::Show(const Alert& alert, Time now, const Sink& sink) {
  impl_->Show(alert, now, sink);
}

bool Reporter::registered() const { return impl_->registered; }
bool Reporter::refused() const { return impl_->refused; }
bool Reporter::broken() const { return impl_->framer.lost(); }

}  // namespace picket::sapient
