// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/cot.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <wire/tak.pb.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "picket/base/random.h"
#include "picket/geo/angle.h"

namespace picket::cot {
namespace {

namespace wire = ::picket::wire::tak;

// Of a normal error, how many sigmas hold 90 %: of a circle, and of one axis.
constexpr double kCircle90 = 2.1460;
constexpr double kAxis90 = 1.6449;
/// How well a person marks on a map where something flies, without saying how well.
constexpr double kHumanSdM = 200.0;
constexpr char kTakMark = '\xBF';
constexpr std::string_view kMeshHead = "\xBF\x01\xBF";

void Add(Errors& errors, std::string_view field, std::string what) {
  Error error;
  error.field = field;
  error.what = std::move(what);
  errors.push_back(std::move(error));
}

/// xs:decimal, and what writers of doubles make: no blanks, no words such as NaN.
std::optional<double> Decimal(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.front() == '+') return std::nullopt;
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

/// Parts of letters and digits with hyphens between, as in "a-f-G-U-C" and "h-g-i-g-o".
bool IsAtoms(std::string_view text) {
  bool inside = false;
  for (const char c : text) {
    const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                        (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
    if (!letter && (c != '-' || !inside)) return false;
    inside = letter;
  }
  return inside;
}

/// The rules that hold for both forms.
void Validate(const Event& event, Errors& errors) {
  if (event.uid.empty()) Add(errors, "uid", "is empty, expected a name of the object");
  // After a semicolon may stand what is opaque.
  const std::string_view type = std::string_view(event.type).substr(0, event.type.find(';'));
  if (!IsAtoms(type)) {
    Add(errors, "type",
        fmt::format("is \"{}\", expected parts with hyphens such as a-u-A",
                    event.type.substr(0, 60)));
  }
  if (!IsAtoms(event.how)) {
    Add(errors, "how",
        fmt::format("is \"{}\", expected parts with hyphens such as m-f", event.how.substr(0, 60)));
  }
  if (event.stale < event.start) Add(errors, "stale", "is before start");
  const auto within = [&](std::string_view field, double value, double most) {
    if (!(std::abs(value) <= most)) {
      Add(errors, field, fmt::format("is {:.10g}, expected {} to {} degrees", value, -most, most));
    }
  };
  within("point.lat", event.lat_deg, 90.0);
  within("point.lon", event.lon_deg, 180.0);
  const auto known = [&](std::string_view field, const std::optional<double>& value, double least) {
    if (!value || (*value >= least && *value < kUnknown)) return;
    Add(errors, field,
        fmt::format("is {:.10g}, expected metres, or 9999999 where not known", *value));
  };
  known("point.hae", event.hae_m, -kUnknown);
  known("point.ce", event.ce_m, 0.0);
  known("point.le", event.le_m, 0.0);
}

std::optional<double> Known(double value) {
  if (value == kUnknown) return std::nullopt;
  return value;
}

std::string InnerXml(const pugi::xml_node& node) {
  struct Writer final : pugi::xml_writer {
    std::string text;
    void write(const void* data, std::size_t size) override {
      text.append(static_cast<const char*>(data), size);
    }
  } writer;
  for (const pugi::xml_node& child : node.children()) {
    child.print(writer, "", pugi::format_raw | pugi::format_no_declaration);
  }
  return writer.text;
}

/// What picket reads out of <detail>.
void ReadDetail(const pugi::xml_node& detail, Event& event) {
  event.callsign = detail.child("contact").attribute("callsign").value();
  event.remarks = detail.child("remarks").text().get();
  const pugi::xml_node track = detail.child("track");
  event.speed_mps = Decimal(track.attribute("speed").value());
  event.course_deg = Decimal(track.attribute("course").value());
}

std::string Stamp(Time time) {
  // Milliseconds are what all readers take.
  const std::string text = time.Text();
  return text.substr(0, 23) + "Z";
}

std::string Number(double value) { return fmt::format("{}", value); }

/// The kind of what flies, by its 2525 type; all zero: not said.
ClassProbabilities ClassOf(std::string_view type) {
  ClassProbabilities p{};
  const std::string_view kind = type.size() > 6 ? type.substr(6) : std::string_view();
  const auto set = [&](TargetClass c) { p[static_cast<std::size_t>(c)] = 1.0; };
  if (kind.starts_with("M-H-Q")) {
    set(TargetClass::kMultirotor);
  } else if (kind.starts_with("M-F-Q")) {
    set(TargetClass::kFixedWing);
  } else if (kind.starts_with('M') || kind.starts_with('C')) {
    set(TargetClass::kAircraft);
  }
  return p;
}

/// Whether an event tells of something in the air: an atom of battle dimension A.
bool IsAirborne(std::string_view type) {
  return type.starts_with("a-") && type.size() >= 5 && type[3] == '-' && type[4] == 'A' &&
         (type.size() == 5 || type[5] == '-');
}

/// Whether it was put onto the map by a person.
bool IsHuman(const Event& event) { return event.how.starts_with("h-"); }

/// Whether a text has a word for drones in it.
bool SaysDrone(std::string_view text) {
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      word += static_cast<char>(c | 0x20);
      continue;
    }
    for (const char* known : {"drone", "drones", "uav", "uavs", "uas", "suas", "quadcopter"}) {
      if (word == known) return true;
    }
    word.clear();
  }
  return false;
}

/// A spot marker has no kind of its own: its words tell what was seen there.
bool IsDroneSpot(const Event& event) {
  const bool spot = event.type == "b-m-p-s-m" || event.type.starts_with("b-m-p-s-m-");
  return spot && IsHuman(event) && (SaysDrone(event.callsign) || SaysDrone(event.remarks));
}

Report ReportOf(const Event& event, const std::string& sensor) {
  Report report;
  report.time = event.time;
  report.sensor = sensor;
  Detection d;
  d.fix = Fix{.lat_deg = event.lat_deg, .lon_deg = event.lon_deg, .hae = {}, .amsl = {}};
  // A marker on the map lies on the ground, whatever was seen over it.
  const bool spot = IsDroneSpot(event);
  if (event.hae_m && !spot) d.fix->hae = HeightHae{*event.hae_m};
  const auto sd = [&](Component c) -> double& { return d.sd[static_cast<std::size_t>(c)]; };
  if (event.ce_m.value_or(0.0) > 0.0) {
    sd(Component::kEast) = sd(Component::kNorth) = *event.ce_m / kCircle90;
  } else if (IsHuman(event)) {
    sd(Component::kEast) = sd(Component::kNorth) = kHumanSdM;
  }
  if (d.fix->hae && event.le_m.value_or(0.0) > 0.0) sd(Component::kUp) = *event.le_m / kAxis90;
  if (event.speed_mps && event.course_deg) {
    const double course = *event.course_deg * kRadPerDeg;
    d.Set(Component::kVelEast, *event.speed_mps * std::sin(course));
    d.Set(Component::kVelNorth, *event.speed_mps * std::cos(course));
  }
  d.class_probability = ClassOf(event.type);
  if (spot) {
    d.class_probability[static_cast<std::size_t>(TargetClass::kMultirotor)] = 0.5;
    d.class_probability[static_cast<std::size_t>(TargetClass::kFixedWing)] = 0.5;
  }
  d.identity.emplace_back("cot", event.uid.substr(0, 256));
  report.detections.push_back(std::move(d));
  return report;
}

std::string JsonOf(const Event& event) {
  nlohmann::ordered_json json = {
      {"uid", event.uid},          {"type", event.type},          {"how", event.how},
      {"time", event.time.Text()}, {"start", event.start.Text()}, {"stale", event.stale.Text()},
      {"lat_deg", event.lat_deg},  {"lon_deg", event.lon_deg}};
  const auto number = [&](const char* key, const std::optional<double>& value) {
    if (value) json[key] = *value;
  };
  const auto text = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  number("hae_m", event.hae_m);
  number("ce_m", event.ce_m);
  number("le_m", event.le_m);
  text("access", event.access);
  text("qos", event.qos);
  text("opex", event.opex);
  text("callsign", event.callsign);
  number("speed_mps", event.speed_mps);
  number("course_deg", event.course_deg);
  text("detail", event.detail);
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

tl::expected<Event, Errors> ReadXml(std::string_view xml) {
  Errors errors;
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed) {
    Add(errors, "", fmt::format("is no XML: {}", parsed.description()));
    errors.back().byte = parsed.offset;
    return tl::unexpected<Errors>(std::move(errors));
  }
  const pugi::xml_node root = document.child("event");
  if (!root) {
    Add(errors, "", "has no element event");
    return tl::unexpected<Errors>(std::move(errors));
  }
  Event event;
  const auto text = [&](const char* name, bool needed) -> std::string {
    const pugi::xml_attribute attribute = root.attribute(name);
    if (!attribute && needed) Add(errors, name, "is missing");
    return attribute.value();
  };
  const auto time = [&](const char* name) {
    const std::string value = text(name, true);
    const auto instant = Time::Parse(value);
    if (!instant && root.attribute(name)) {
      Add(errors, name,
          fmt::format("is \"{}\", expected a time such as 2026-03-01T12:00:00Z",
                      value.substr(0, 60)));
    }
    return instant.value_or(Time());
  };
  const std::string version = text("version", true);
  const auto number = Decimal(version);
  if (root.attribute("version") && !(number && *number >= 2.0 && *number < 3.0)) {
    Add(errors, "version", fmt::format("is \"{}\", expected 2.0", version.substr(0, 60)));
  }
  event.uid = text("uid", true);
  event.type = text("type", true);
  event.how = text("how", true);
  event.access = text("access", false);
  event.qos = text("qos", false);
  event.opex = text("opex", false);
  event.time = time("time");
  event.start = time("start");
  event.stale = time("stale");
  const pugi::xml_node point = root.child("point");
  if (!point) Add(errors, "point", "is missing");
  const auto decimal = [&](const char* name) {
    const pugi::xml_attribute attribute = point.attribute(name);
    const auto value = Decimal(attribute.value());
    if (!value && point) {
      Add(errors, fmt::format("point.{}", name),
          attribute ? fmt::format("is \"{}\", expected a number",
                                  std::string_view(attribute.value()).substr(0, 60))
                    : "is missing");
    }
    return value.value_or(0.0);
  };
  event.lat_deg = decimal("lat");
  event.lon_deg = decimal("lon");
  event.hae_m = Known(decimal("hae"));
  event.ce_m = Known(decimal("ce"));
  event.le_m = Known(decimal("le"));
  event.detail = InnerXml(root.child("detail"));
  ReadDetail(root.child("detail"), event);
  if (errors.empty()) Validate(event, errors);
  if (!errors.empty()) return tl::unexpected<Errors>(std::move(errors));
  return event;
}

std::string WriteXml(const Event& event) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("event");
  const auto set = [](pugi::xml_node& node, const char* name, const std::string& value) {
    node.append_attribute(name).set_value(value.c_str());
  };
  set(root, "version", "2.0");
  set(root, "uid", event.uid);
  set(root, "type", event.type);
  set(root, "how", event.how);
  if (!event.access.empty()) set(root, "access", event.access);
  if (!event.qos.empty()) set(root, "qos", event.qos);
  if (!event.opex.empty()) set(root, "opex", event.opex);
  set(root, "time", Stamp(event.time));
  set(root, "start", Stamp(event.start));
  set(root, "stale", Stamp(event.stale));
  pugi::xml_node point = root.append_child("point");
  set(point, "lat", Number(event.lat_deg));
  set(point, "lon", Number(event.lon_deg));
  set(point, "hae", Number(event.hae_m.value_or(kUnknown)));
  set(point, "ce", Number(event.ce_m.value_or(kUnknown)));
  set(point, "le", Number(event.le_m.value_or(kUnknown)));
  pugi::xml_node detail = root.append_child("detail");
  if (!event.detail.empty()) {
    detail.append_buffer(event.detail.data(), event.detail.size());
  }
  struct Writer final : pugi::xml_writer {
    std::string text;
    void write(const void* data, std::size_t size) override {
      text.append(static_cast<const char*>(data), size);
    }
  } writer;
  document.save(writer, "", pugi::format_raw | pugi::format_no_declaration);
  return writer.text;
}

std::string WriteStreamXml(const Event& event) {
  return R"(<?xml version="1.0" encoding="UTF-8"?>)"
         "\n" +
         WriteXml(event);
}

tl::expected<Event, Errors> ReadTak(std::span<const std::uint8_t> bytes) {
  const google::protobuf::LogSilencer silence;
  Errors errors;
  wire::TakMessage message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !message.has_cotevent()) {
    Add(errors, "", "is no TAK message with an event");
    return tl::unexpected<Errors>(std::move(errors));
  }
  const wire::CotEvent& from = message.cotevent();
  Event event;
  event.uid = from.uid();
  event.type = from.type();
  event.how = from.how();
  event.access = from.access();
  event.qos = from.qos();
  event.opex = from.opex();
  const auto time = [&](std::string_view field, std::uint64_t ms) {
    constexpr std::uint64_t kLast = 9'190'000'000'000;  // in 2261, where Time ends
    if (ms > kLast) {
      Add(errors, field, fmt::format("is {} ms, expected at most {}", ms, kLast));
      return Time();
    }
    return Time::Ns(static_cast<std::int64_t>(ms) * 1'000'000);
  };
  event.time = time("sendTime", from.sendtime());
  event.start = time("startTime", from.starttime());
  event.stale = time("staleTime", from.staletime());
  event.lat_deg = from.lat();
  event.lon_deg = from.lon();
  event.hae_m = Known(from.hae());
  event.ce_m = Known(from.ce());
  event.le_m = Known(from.le());
  const wire::Detail& detail = from.detail();
  pugi::xml_document document;
  if (document.load_buffer(detail.xmldetail().data(), detail.xmldetail().size(),
                           pugi::parse_default | pugi::parse_fragment)) {
    ReadDetail(document, event);
    event.detail = InnerXml(document);
  }
  if (detail.has_contact()) event.callsign = detail.contact().callsign();
  if (detail.has_track()) {
    event.speed_mps = detail.track().speed();
    event.course_deg = detail.track().course();
    if (!std::isfinite(*event.speed_mps) || !std::isfinite(*event.course_deg)) {
      Add(errors, "detail.track", "is not finite, expected numbers");
    }
  }
  Validate(event, errors);
  if (!errors.empty()) return tl::unexpected<Errors>(std::move(errors));
  return event;
}

namespace {

/// A message without an event: a device of a mesh tells which versions it can decode.
bool IsControl(std::string_view bytes) {
  const google::protobuf::LogSilencer silence;
  wire::TakMessage message;
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
         message.has_takcontrol() && !message.has_cotevent();
}

}  // namespace

std::string WriteTak(const Event& event, Framing framing) {
  wire::TakMessage message;
  wire::CotEvent& to = *message.mutable_cotevent();
  to.set_uid(event.uid);
  to.set_type(event.type);
  to.set_how(event.how);
  to.set_access(event.access);
  to.set_qos(event.qos);
  to.set_opex(event.opex);
  const auto ms = [](Time time) { return static_cast<std::uint64_t>(time.ns() / 1'000'000); };
  to.set_sendtime(ms(event.time));
  to.set_starttime(ms(event.start));
  to.set_staletime(ms(event.stale));
  to.set_lat(event.lat_deg);
  to.set_lon(event.lon_deg);
  to.set_hae(event.hae_m.value_or(kUnknown));
  to.set_ce(event.ce_m.value_or(kUnknown));
  to.set_le(event.le_m.value_or(kUnknown));
  wire::Detail& detail = *to.mutable_detail();
  // Each thing once: what has a message of its own does not stand in the XML beside it.
  pugi::xml_document document;
  document.load_buffer(event.detail.data(), event.detail.size(),
                       pugi::parse_default | pugi::parse_fragment);
  if (!event.callsign.empty()) {
    detail.mutable_contact()->set_callsign(event.callsign);
    document.remove_child("contact");
  }
  if (event.speed_mps && event.course_deg) {
    detail.mutable_track()->set_speed(*event.speed_mps);
    detail.mutable_track()->set_course(*event.course_deg);
    document.remove_child("track");
  }
  detail.set_xmldetail(InnerXml(document));
  if (framing == Framing::kMesh) {
    // Every minute at least, devices of a mesh tell which versions they can decode.
    message.mutable_takcontrol()->set_minprotoversion(1);
    message.mutable_takcontrol()->set_maxprotoversion(1);
  }
  const std::string body = message.SerializeAsString();
  if (framing == Framing::kMesh) return std::string(kMeshHead) + body;
  std::string framed(1, kTakMark);
  std::size_t length = body.size();
  for (; length > 127; length >>= 7U) framed += static_cast<char>((length & 127U) | 128U);
  framed += static_cast<char>(length);
  return framed + body;
}

std::string UidPrefix(std::string_view site_name) {
  Random random(239, site_name);
  return fmt::format("picket.{:08x}.", random.Bits() & 0xFFFF'FFFFU);
}

Event TrackEvent(const Target& target, Duration stale, bool crumbs) {
  Event event;
  event.uid = target.uid;
  event.type = "a-u-A";
  if (target.target_class == ClassName(TargetClass::kMultirotor)) event.type = "a-u-A-M-H-Q";
  if (target.target_class == ClassName(TargetClass::kFixedWing)) event.type = "a-u-A-M-F-Q";
  event.how = "m-f";
  event.time = event.start = target.time;
  event.stale = target.time + stale;
  event.lat_deg = target.lat_deg;
  event.lon_deg = target.lon_deg;
  event.hae_m = target.hae_m;
  if (target.sd_m) {
    event.ce_m = kCircle90 * std::max((*target.sd_m)[0], (*target.sd_m)[1]);
    if (target.hae_m) event.le_m = kAxis90 * (*target.sd_m)[2];
  }
  pugi::xml_document detail;
  event.callsign = fmt::format(
      "{} {}", target.target_class.empty() ? std::string_view("track") : target.target_class,
      target.id);
  detail.append_child("contact").append_attribute("callsign").set_value(event.callsign.c_str());
  const auto& [east, north, up] = target.vel_enu_mps;
  if (std::isfinite(east) && std::isfinite(north)) {
    event.speed_mps = std::hypot(east, north);
    event.course_deg = Bearing::Rad(std::atan2(east, north)).deg();
    pugi::xml_node track = detail.append_child("track");
    track.append_attribute("course").set_value(Number(*event.course_deg).c_str());
    track.append_attribute("speed").set_value(Number(*event.speed_mps).c_str());
  }
  if (crumbs) detail.append_child("__bread_crumbs").append_attribute("enabled").set_value("true");
  event.detail = InnerXml(detail);
  return event;
}

Event WayEvent(const Target& target, std::span<const WayPoint> way, Duration stale) {
  Event event = TrackEvent(target, stale);
  event.uid += ".way";
  event.type = "u-d-f";
  event.ce_m.reset();
  event.le_m.reset();
  event.speed_mps.reset();
  event.course_deg.reset();
  event.callsign += " way";
  pugi::xml_document detail;
  detail.append_child("contact").append_attribute("callsign").set_value(event.callsign.c_str());
  for (const WayPoint& at : way) {
    std::string point = fmt::format("{:.7f},{:.7f}", at.lat_deg, at.lon_deg);
    if (at.hae_m) point += fmt::format(",{:.1f}", *at.hae_m);
    detail.append_child("link").append_attribute("point").set_value(point.c_str());
  }
  const auto value = [&](const char* name, const char* text) {
    detail.append_child(name).append_attribute("value").set_value(text);
  };
  value("strokeColor", "-256");  // yellow, of unknown affiliation, as signed ARGB
  value("strokeWeight", "2.0");
  value("labels_on", "false");
  event.detail = InnerXml(detail);
  return event;
}

Event DeleteEvent(std::string_view uid, std::string_view type, Time time) {
  // Receivers drop what is stale as it arrives, so it lives a while itself.
  constexpr Duration kLives = Duration::Seconds(60.0);
  Event event;
  event.uid = fmt::format("{}.gone", uid);
  event.type = "t-x-d-d";
  event.how = "m-g";
  event.time = event.start = time;
  event.stale = time + kLives;
  pugi::xml_document detail;
  pugi::xml_node link = detail.append_child("link");
  link.append_attribute("uid").set_value(std::string(uid).c_str());
  link.append_attribute("relation").set_value("p-p");
  link.append_attribute("type").set_value(std::string(type).c_str());
  detail.append_child("__forcedelete");
  event.detail = InnerXml(detail);
  return event;
}

Handshake HandshakeOf(const Event& event) {
  pugi::xml_document detail;
  detail.load_buffer(event.detail.data(), event.detail.size(),
                     pugi::parse_default | pugi::parse_fragment);
  const pugi::xml_node control = detail.child("TakControl");
  if (event.type == "t-x-takp-v") {
    for (const pugi::xml_node& offer : control.children("TakProtocolSupport")) {
      if (std::string_view(offer.attribute("version").value()) == "1") return Handshake::kOffered;
    }
  } else if (event.type == "t-x-takp-r") {
    const pugi::xml_node response = control.child("TakResponse");
    return response.attribute("status").as_bool() ? Handshake::kAccepted : Handshake::kRefused;
  }
  return Handshake::kNone;
}

Event RequestEvent(std::string_view uid, Time time) {
  Event event;
  event.uid = uid;
  event.type = "t-x-takp-q";
  event.how = "m-g";
  event.time = event.start = time;
  event.stale = time + Duration::Seconds(60.0);
  event.detail = R"(<TakControl><TakRequest version="1"/></TakControl>)";
  return event;
}

CotDecoder::CotDecoder(DecodeOptions options, std::string sensor, bool datagrams, std::string own)
    : options_(options), sensor_(std::move(sensor)), datagrams_(datagrams), own_(std::move(own)) {}

void CotDecoder::Tell(std::string what, std::size_t at, const DecodeSink& sink) const {
  if (!sink.on_error) return;
  Error error;
  error.what = std::move(what);
  error.byte = offset_ + static_cast<std::int64_t>(at);
  error.line = lines_ + 1 +
               std::count(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  sink.on_error(error);
}

void CotDecoder::Take(const tl::expected<Event, Errors>& event, std::size_t at, std::size_t size,
                      const DecodeSink& sink) {
  if (!event) {
    for (const Error& violation : event.error()) {
      Error error = violation;
      const std::size_t where = at + static_cast<std::size_t>(std::clamp<std::int64_t>(
                                         violation.byte, 0, static_cast<std::int64_t>(size)));
      error.byte = offset_ + static_cast<std::int64_t>(where);
      error.line =
          lines_ + 1 +
          std::count(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(where), '\n');
      if (sink.on_error) sink.on_error(error);
    }
    return;
  }
  if (!sink.on_message) return;
  DecodedMessage message;
  message.byte = offset_ + static_cast<std::int64_t>(at);
  message.raw = {reinterpret_cast<const std::uint8_t*>(buffer_.data()) + at, size};
  if (options_.want_json) message.json = JsonOf(*event);
  // 0, 0 is where drawings and unknown places are put.
  const bool placed = event->lat_deg != 0.0 || event->lon_deg != 0.0;
  const bool ours = !own_.empty() && event->uid.starts_with(own_);
  if (options_.want_reports && placed && !ours &&
      (IsAirborne(event->type) || IsDroneSpot(*event))) {
    message.report = ReportOf(*event, sensor_);
  }
  sink.on_message(message);
}

void CotDecoder::TakeTak(std::string_view body, std::size_t at, std::size_t size,
                         const DecodeSink& sink) {
  const auto event = ReadTak({reinterpret_cast<const std::uint8_t*>(body.data()), body.size()});
  if (!event && IsControl(body)) return;
  Take(event, at, size, sink);
}

void CotDecoder::Run(bool end, const DecodeSink& sink) {
  constexpr std::string_view kEnd = "</event>";
  std::size_t at = 0;
  const auto drop = [&] {
    lines_ += std::count(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    buffer_.erase(0, at);
    offset_ += static_cast<std::int64_t>(at);
  };
  while (true) {
    at = buffer_.find_first_not_of(" \t\r\n", at);
    if (at == std::string::npos) {
      at = buffer_.size();
      break;
    }
    const std::string_view rest = std::string_view(buffer_).substr(at);
    if (rest.starts_with("\xEF\xBB\xBF")) {
      at += 3;
      continue;
    }
    if (rest.front() == kTakMark && datagrams_ && rest.starts_with(kMeshHead)) {
      const std::string_view body = rest.substr(kMeshHead.size());
      TakeTak(body, at, rest.size(), sink);
      at = buffer_.size();
      break;
    }
    if (rest.front() == kTakMark) {
      std::size_t length = 0;
      std::size_t head = 1;
      bool more = true;
      for (; more && head < rest.size() && head < 6; ++head) {
        length |= static_cast<std::size_t>(rest[head] & 127) << (7 * (head - 1));
        more = (rest[head] & 128) != 0;
      }
      if (more && head < 6 && !end) break;
      if (!more && length > 0 && length <= kMaxEventBytes) {
        if (rest.size() - head >= length) {
          garbage_ = false;
          const std::string_view body = rest.substr(head, length);
          TakeTak(body, at, head + length, sink);
          at += head + length;
          continue;
        }
        if (!end) break;
      }
    } else if (rest.front() == '<') {
      const std::size_t close = rest.find(kEnd);
      if (close <= kMaxEventBytes) {
        garbage_ = false;
        Take(ReadXml(rest.substr(0, close + kEnd.size())), at, close + kEnd.size(), sink);
        at += close + kEnd.size();
        continue;
      }
      if (close == std::string_view::npos && rest.size() <= kMaxEventBytes) {
        if (!end) break;
        Tell("the last event is cut short: no </event>", at, sink);
        at = buffer_.size();
        break;
      }
    }
    if (!garbage_) Tell("is no event, passed over up to the next", at, sink);
    garbage_ = true;
    const std::size_t next = rest.find_first_of("<\xBF", 1);
    at = next == std::string_view::npos ? buffer_.size() : at + next;
  }
  drop();
}

void CotDecoder::Feed(std::span<const std::uint8_t> bytes, std::optional<Time>,
                      const DecodeSink& sink) {
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  Run(datagrams_, sink);
}

void CotDecoder::Finish(const DecodeSink& sink) { Run(true, sink); }

Checked Check(std::string_view bytes) {
  Checked checked;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage&) { ++checked.events; };
  sink.on_error = [&](const Error& error) { checked.errors.push_back(error); };
  // A file of one datagram is whole.
  CotDecoder decoder({.want_json = false, .want_reports = false}, "", bytes.starts_with(kMeshHead));
  decoder.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, std::nullopt,
               sink);
  decoder.Finish(sink);
  if (checked.events == 0 && checked.errors.empty()) {
    Add(checked.errors, "", "holds no event");
  }
  return checked;
}

bool LooksLikeCot(std::span<const std::uint8_t> head) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string_view::npos) return false;
  if (text[first] == '<') {
    const std::size_t event = text.find("<event");
    return event < 1024 && text.find("<point", event) != std::string_view::npos;
  }
  if (text[0] != kTakMark) return false;
  const std::size_t uid = text.find('\x12');  // TakMessage.cotEvent
  return uid < 64 && Check(text).events > 0;
}

}  // namespace picket::cot
