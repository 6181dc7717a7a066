// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/remote_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "picket/geo/angle.h"

namespace picket::remote_id {
namespace {

using Json = nlohmann::ordered_json;
using Bytes = std::span<const std::uint8_t>;

// A bound within which 95 % lie as one sigma: of each axis of a circular error, and of one axis.
constexpr double kSigmaOf95Circle = 1.0 / 2.4477;
constexpr double kSigmaOf95 = 1.0 / 1.96;
/// Times in messages count from 2019-01-01T00:00:00Z (F3411-22a, 5.4.5.17).
constexpr std::int64_t kEpochS = 1'546'300'800;

constexpr std::array<std::string_view, 6> kTypeNames = {"basic_id", "location", "authentication",
                                                        "self_id",  "system",   "operator_id"};

// F3411-22a, tables 6 and 11: the bounds that the codes of accuracy stand for; 0: not known.
constexpr std::array<double, 13> kHorizontalM = {0,     18520, 7408, 3704, 1852, 926, 555.6,
                                                 185.2, 92.6,  30,   10,   3,    1};
constexpr std::array<double, 7> kVerticalM = {0, 150, 45, 25, 10, 3, 1};
constexpr std::array<double, 5> kSpeedMps = {0, 10, 3, 1, 0.3};

template <std::size_t kSize>
std::optional<double> Bound(const std::array<double, kSize>& table, unsigned code) {
  if (code == 0 || code >= kSize) return std::nullopt;
  return table[code];
}

std::uint32_t Little(Bytes b, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value |= static_cast<std::uint32_t>(b[at + i]) << (8U * i);
  }
  return value;
}

/// Half metres above -1000 m; that itself is "not known".
std::optional<double> Altitude(Bytes b, std::size_t at) {
  const std::uint32_t code = Little(b, at, 2);
  if (code == 0) return std::nullopt;
  return code * 0.5 - 1000.0;
}

std::string Hex(Bytes b) {
  std::string hex;
  for (const std::uint8_t byte : b) hex += fmt::format("{:02X}", byte);
  return hex;
}

/// Text of a field that zeros fill up; as hexadecimal if it is none.
std::string Text(Bytes b) {
  std::size_t end = b.size();
  while (end > 0 && (b[end - 1] == 0 || b[end - 1] == ' ')) --end;
  const Bytes used = b.first(end);
  const bool printable =
      std::all_of(used.begin(), used.end(), [](std::uint8_t c) { return c >= 0x20 && c < 0x7F; });
  if (!printable) return Hex(used);
  return {reinterpret_cast<const char*>(used.data()), used.size()};
}

/// @returns whether there is a place that cannot be: then it is left out
bool SetPlace(Bytes b, std::size_t at, std::optional<double>& lat_deg,
              std::optional<double>& lon_deg) {
  const double lat = static_cast<std::int32_t>(Little(b, at, 4)) * 1e-7;
  const double lon = static_cast<std::int32_t>(Little(b, at + 4, 4)) * 1e-7;
  if (lat == 0.0 && lon == 0.0) return false;
  if (std::abs(lat) > 90.0 || std::abs(lon) > 180.0) return true;
  lat_deg = lat;
  lon_deg = lon;
  return false;
}

std::optional<Time> TimeAt(Bytes b, std::size_t at) {
  const std::uint32_t seconds = Little(b, at, 4);
  if (seconds == 0) return std::nullopt;
  return Time::Ns((kEpochS + std::int64_t{seconds}) * 1'000'000'000);
}

Location ReadLocation(Bytes b) {
  Location out;
  out.status = b[1] >> 4U;
  out.height_above_ground = (b[1] & 4U) != 0;
  const bool west = (b[1] & 2U) != 0;
  if (b[2] < 180) out.direction_deg = b[2] + (west ? 180.0 : 0.0);
  const bool fast = (b[1] & 1U) != 0;
  if (b[3] != 255) out.speed_mps = fast ? b[3] * 0.75 + 255.0 * 0.25 : b[3] * 0.25;
  const auto climb = static_cast<std::int8_t>(b[4]);
  if (std::abs(climb) <= 124) out.climb_mps = climb * 0.5;  // 63 m/s is "not known"
  out.off_earth = SetPlace(b, 5, out.lat_deg, out.lon_deg);
  out.pressure_altitude_m = Altitude(b, 13);
  out.alt_hae_m = Altitude(b, 15);
  out.height_m = Altitude(b, 17);
  out.horizontal_m = Bound(kHorizontalM, b[19] & 15U);
  out.vertical_m = Bound(kVerticalM, b[19] >> 4U);
  out.speed_error_mps = Bound(kSpeedMps, b[20] & 15U);
  const std::uint32_t tenths = Little(b, 21, 2);
  if (tenths <= 36'000) out.past_hour_s = tenths * 0.1;
  return out;
}

System ReadSystem(Bytes b) {
  System out;
  out.operator_location_type = b[1] & 3;
  out.classification_type = b[1] >> 2 & 7;
  out.off_earth = SetPlace(b, 2, out.operator_lat_deg, out.operator_lon_deg);
  out.area_count = static_cast<int>(Little(b, 10, 2));
  out.area_radius_m = b[12] * 10;
  out.area_ceiling_m = Altitude(b, 13);
  out.area_floor_m = Altitude(b, 15);
  out.eu_category = b[17] >> 4U;
  out.eu_class = b[17] & 15U;
  out.operator_alt_hae_m = Altitude(b, 18);
  out.time = TimeAt(b, 20);
  return out;
}

Authentication ReadAuthentication(Bytes b) {
  Authentication out;
  out.kind = b[1] >> 4U;
  out.page = b[1] & 15U;
  std::size_t data = 2;
  if (out.page == 0) {
    out.last_page = b[2];
    out.length = b[3];
    out.time = TimeAt(b, 4);
    data = 8;
  }
  out.data.assign(b.begin() + static_cast<std::ptrdiff_t>(data), b.end());
  return out;
}

void Put(Json& json, const char* key, const std::optional<double>& value) {
  if (value) json[key] = *value;
}
void Put(Json& json, const char* key, const std::optional<Time>& value) {
  if (value) json[key] = value->Text();
}

struct ToJson {
  Json& json;
  void operator()(const BasicId& m) const {
    json["id_type"] = m.id_type;
    json["ua_type"] = m.ua_type;
    json["id"] = m.id;
  }
  void operator()(const Location& m) const {
    json["status"] = m.status;
    Put(json, "lat_deg", m.lat_deg);
    Put(json, "lon_deg", m.lon_deg);
    Put(json, "alt_hae_m", m.alt_hae_m);
    Put(json, "pressure_altitude_m", m.pressure_altitude_m);
    Put(json, "height_m", m.height_m);
    if (m.height_m) json["height_above"] = m.height_above_ground ? "ground" : "take-off";
    Put(json, "direction_deg", m.direction_deg);
    Put(json, "speed_mps", m.speed_mps);
    Put(json, "climb_mps", m.climb_mps);
    Put(json, "horizontal_95_m", m.horizontal_m);
    Put(json, "vertical_95_m", m.vertical_m);
    Put(json, "speed_95_mps", m.speed_error_mps);
    Put(json, "past_hour_s", m.past_hour_s);
  }
  void operator()(const Authentication& m) const {
    json["kind"] = m.kind;
    json["page"] = m.page;
    if (m.page == 0) {
      json["last_page"] = m.last_page;
      json["length"] = m.length;
      Put(json, "time", m.time);
    }
    json["data"] = Hex(m.data);
  }
  void operator()(const SelfId& m) const {
    json["kind"] = m.kind;
    json["text"] = m.text;
  }
  void operator()(const System& m) const {
    json["classification_type"] = m.classification_type;
    json["area_count"] = m.area_count;
    json["area_radius_m"] = m.area_radius_m;
    Put(json, "area_ceiling_m", m.area_ceiling_m);
    Put(json, "area_floor_m", m.area_floor_m);
    json["eu_category"] = m.eu_category;
    json["eu_class"] = m.eu_class;
    Put(json, "time", m.time);
    Json place = {{"location_type", m.operator_location_type}};
    Put(place, "lat_deg", m.operator_lat_deg);
    Put(place, "lon_deg", m.operator_lon_deg);
    Put(place, "alt_hae_m", m.operator_alt_hae_m);
    json["operator"] = std::move(place);
  }
  void operator()(const OperatorId& m) const {
    json["kind"] = m.kind;
    json["id"] = m.id;
  }
};

std::string JsonOf(const Broadcast& broadcast, Time time) {
  Json list = Json::array();
  for (const Message& message : broadcast.messages) {
    Json one = {{"type", kTypeNames[message.index()]}};
    std::visit(ToJson{one}, message);
    list.push_back(std::move(one));
  }
  Json json = {{"time", time.Text()}, {"transport", broadcast.transport}};
  if (!broadcast.mac.empty()) json["mac"] = broadcast.mac;
  if (broadcast.counter) json["counter"] = *broadcast.counter;
  if (!broadcast.intact) json["intact"] = false;
  json["pack"] = broadcast.pack;
  json["messages"] = std::move(list);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Result<Message> ReadMessage(Bytes b) {
  if (b.size() != kMessageBytes) {
    return Fail(fmt::format("a message of {} bytes, expected {}", b.size(), kMessageBytes));
  }
  switch (b[0] >> 4U) {
    case 0:
      return BasicId{b[1] >> 4, b[1] & 15, Text(b.subspan(2, 20))};
    case 1:
      return ReadLocation(b);
    case 2:
      return ReadAuthentication(b);
    case 3:
      return SelfId{b[1], Text(b.subspan(2, 23))};
    case 4:
      return ReadSystem(b);
    case 5:
      return OperatorId{b[1], Text(b.subspan(2, 20))};
    default:
      return Fail(
          fmt::format("a message of type {}, which the standard does not have", b[0] >> 4U));
  }
}

Receiver::Receiver(DecodeOptions options, std::string sensor)
    : options_(options), sensor_(std::move(sensor)) {}

void Receiver::Tell(std::string what, const DecodeSink& sink) {
  if (!sink.on_error) return;
  Error error;
  error.what = std::move(what);
  sink.on_error(error);
}

void Receiver::Payload(Broadcast broadcast, Bytes payload, Time time, Bytes raw,
                       const DecodeSink& sink) {
  constexpr unsigned kPack = 15;
  if (payload.size() < 2) {
    ++counts_.damaged;
    return Tell("a broadcast without a message", sink);
  }
  broadcast.counter = payload[0];
  Bytes rest = payload.subspan(1);
  std::size_t count = 1;
  if (rest[0] >> 4U == kPack) {
    if (rest.size() < 3 || rest[1] != kMessageBytes || rest[2] > kMaxPackMessages) {
      ++counts_.damaged;
      return Tell(rest.size() < 3
                      ? std::string("a message pack is cut short")
                      : fmt::format("a message pack of {} messages of {} bytes, expected at most "
                                    "{} of {}",
                                    rest[2], rest[1], kMaxPackMessages, kMessageBytes),
                  sink);
    }
    broadcast.pack = true;
    ++counts_.packs;
    count = rest[2];
    rest = rest.subspan(3);
  }
  for (; count > 0; --count) {
    const Bytes one = rest.first(std::min(rest.size(), kMessageBytes));
    rest = rest.subspan(one.size());
    auto message = ReadMessage(one);
    if (message) {
      ++counts_.messages[message->index()];
      const auto* const at = std::get_if<Location>(&*message);
      const auto* const system = std::get_if<System>(&*message);
      if ((at != nullptr && at->off_earth) || (system != nullptr && system->off_earth)) {
        Tell(fmt::format("a {} whose place is not on the earth, which is left out",
                         kTypeNames[message->index()]),
             sink);
      }
      broadcast.messages.push_back(std::move(*message));
    } else {
      ++counts_.damaged;
      Tell(message.error().what, sink);
    }
  }
  Take(broadcast, time, raw, 0, sink);
}

void Receiver::Take(const Broadcast& broadcast, Time time, Bytes raw, std::int64_t byte,
                    const DecodeSink& sink) {
  ++counts_.broadcasts;
  // Bits that fell over make other positions and other identities.
  const bool believed = options_.want_reports && broadcast.intact;
  Sender unknown;
  Sender& sender = believed ? SenderOf(broadcast, unknown) : unknown;
  if (sink.on_message) {
    DecodedMessage message;
    message.byte = byte;
    message.raw = raw;
    if (options_.want_json) message.json = JsonOf(broadcast, time);
    if (believed) message.operator_place = OperatorOf(broadcast, sender, time);
    sink.on_message(message);
  }
  if (!believed) return;
  for (const Message& message : broadcast.messages) {
    const auto* const at = std::get_if<Location>(&message);
    if (at == nullptr) continue;
    auto report = ReportOf(*at, time, sender);
    if (!report) continue;
    ++counts_.reports;
    if (!sink.on_message) continue;
    // Without the source's bytes: they hold the operator's place, and go into recordings.
    DecodedMessage decoded;
    decoded.byte = byte;
    decoded.report = std::move(*report);
    sink.on_message(decoded);
  }
}

/// Messages of one aircraft come one by one over Bluetooth 4: its sender's address ties them.
/// @param unknown  what it is, where there is no address
Receiver::Sender& Receiver::SenderOf(const Broadcast& broadcast, Sender& unknown) {
  Sender* sender = &unknown;
  if (!broadcast.mac.empty()) {
    if (senders_.size() >= kMaxSenders && !senders_.contains(broadcast.mac)) senders_.clear();
    sender = &senders_[broadcast.mac];
  }
  for (const Message& message : broadcast.messages) {
    if (const auto* const of = std::get_if<OperatorId>(&message)) sender->operator_id = of->id;
    const auto* const basic = std::get_if<BasicId>(&message);
    // The serial number goes before a session's id, which changes.
    if (basic == nullptr || basic->id.empty()) continue;
    if (basic->id_type == 1 || sender->id.empty()) sender->id = basic->id;
    if (basic->ua_type != 0) sender->ua_type = basic->ua_type;
  }
  return *sender;
}

std::shared_ptr<const OperatorPlace> Receiver::OperatorOf(const Broadcast& broadcast,
                                                          const Sender& sender, Time time) {
  const std::string& tie = broadcast.mac.empty() ? sender.id : broadcast.mac;
  for (const Message& message : broadcast.messages) {
    const auto* const at = std::get_if<System>(&message);
    if (at == nullptr || !at->operator_lat_deg || !at->operator_lon_deg || tie.empty()) continue;
    return std::make_shared<const OperatorPlace>(
        OperatorPlace{time, tie, sender.id, sender.operator_id, at->operator_location_type,
                      *at->operator_lat_deg, *at->operator_lon_deg, at->operator_alt_hae_m});
  }
  return nullptr;
}

std::string_view LocationTypeName(int location_type) {
  constexpr std::array<std::string_view, 3> kTypes = {"take-off", "live", "fixed"};
  const auto type = static_cast<std::size_t>(location_type);
  return type < kTypes.size() ? kTypes[type] : "unknown";
}

std::optional<Report> Receiver::ReportOf(const Location& at, Time time, Sender& sender) const {
  if (!at.lat_deg || !at.lon_deg) return std::nullopt;
  // The same fix is sent several times, and says nothing new.
  constexpr Duration kRepeat = Duration::Seconds(1.0);
  const auto same = [&](const Location& o) {
    return o.lat_deg == at.lat_deg && o.lon_deg == at.lon_deg && o.alt_hae_m == at.alt_hae_m &&
           o.past_hour_s == at.past_hour_s;
  };
  if (sender.last && same(*sender.last) && time - sender.last_time < kRepeat) return std::nullopt;
  sender.last = at;
  sender.last_time = time;

  Report report;
  report.time = time;
  report.sensor = sensor_;
  Detection d;
  d.fix = Fix{.lat_deg = *at.lat_deg, .lon_deg = *at.lon_deg, .hae = {}, .amsl = {}};
  if (at.alt_hae_m) d.fix->hae = HeightHae{*at.alt_hae_m};
  const auto sd = [&](Component c) -> double& { return d.sd[static_cast<std::size_t>(c)]; };
  if (at.horizontal_m) {
    sd(Component::kEast) = sd(Component::kNorth) = *at.horizontal_m * kSigmaOf95Circle;
  }
  if (at.alt_hae_m && at.vertical_m) sd(Component::kUp) = *at.vertical_m * kSigmaOf95;
  const double speed_sd = at.speed_error_mps.value_or(0.0) * kSigmaOf95Circle;
  if (at.speed_mps && at.direction_deg) {
    const double course = *at.direction_deg * kRadPerDeg;
    d.Set(Component::kVelEast, *at.speed_mps * std::sin(course), speed_sd);
    d.Set(Component::kVelNorth, *at.speed_mps * std::cos(course), speed_sd);
    if (at.climb_mps) d.Set(Component::kVelUp, *at.climb_mps, speed_sd);
  }
  if (sender.ua_type == 1)
    d.class_probability[static_cast<std::size_t>(TargetClass::kFixedWing)] = 1;
  if (sender.ua_type == 2)
    d.class_probability[static_cast<std::size_t>(TargetClass::kMultirotor)] = 1;
  if (!sender.id.empty()) d.identity.emplace_back("remote_id", sender.id);
  report.detections.push_back(std::move(d));
  return report;
}

}  // namespace picket::remote_id
