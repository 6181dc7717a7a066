// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "picket/codec/remote_id.h"

namespace picket::remote_id {
namespace {

using Json = nlohmann::json;

/// A number, or the one that a text begins with or has behind "<" ("109.1 m", "< 3 m").
std::optional<double> Number(const Json& from, const char* key) {
  const auto found = from.find(key);
  if (found == from.end()) return std::nullopt;
  double value = 0.0;
  if (found->is_number()) {
    value = found->get<double>();
  } else if (found->is_string()) {
    std::string_view text = found->get_ref<const std::string&>();
    const std::size_t first = text.find_first_not_of("< ");
    if (first == std::string_view::npos) return std::nullopt;
    text.remove_prefix(first);
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) {
      return std::nullopt;
    }
  }
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::string Text(const Json& from, const char* key) {
  const auto found = from.find(key);
  return found != from.end() && found->is_string()
             ? found->get_ref<const std::string&>().substr(0, 256)
             : std::string();
}

int Code(const Json& from, const char* key) {
  const auto value = Number(from, key);
  return value && std::abs(*value) < 256.0 ? static_cast<int>(*value) : 0;
}

/// Degrees of a place; 0, 0 is none. Error: not on the earth.
Result<void> SetPlace(const Json& from, const char* lat_key, const char* lon_key,
                      std::optional<double>& lat_deg, std::optional<double>& lon_deg) {
  const auto lat = Number(from, lat_key);
  const auto lon = Number(from, lon_key);
  if (!lat || !lon || (*lat == 0.0 && *lon == 0.0)) return {};
  if (std::abs(*lat) > 90.0 || std::abs(*lon) > 180.0) {
    return Fail(fmt::format("latitude {}, longitude {} is not on the earth", *lat, *lon), lat_key);
  }
  lat_deg = lat;
  lon_deg = lon;
  return {};
}

Result<Location> LocationOf(const Json& from) {
  Location out;
  const std::string status = Text(from, "op_status");
  constexpr std::array<std::string_view, 5> kStatus = {"Undeclared", "Ground", "Airborne",
                                                       "Emergency", "System Failure"};
  for (std::size_t i = 0; i < kStatus.size(); ++i) {
    if (status == kStatus[i]) out.status = static_cast<int>(i);
  }
  if (const auto placed = SetPlace(from, "latitude", "longitude", out.lat_deg, out.lon_deg);
      !placed) {
    return tl::unexpected<Error>(placed.error());
  }
  const auto within = [&](const char* key, double least, double most) -> std::optional<double> {
    const auto value = Number(from, key);
    if (!value || *value < least || *value > most) return std::nullopt;
    return value;
  };
  out.speed_mps = within("speed", 0.0, 254.25);
  out.climb_mps = within("vert_speed", -62.0, 62.0);
  out.direction_deg = within("direction", 0.0, 360.0);
  out.alt_hae_m = within("geodetic_altitude", -999.5, 31'767.0);
  out.pressure_altitude_m = within("pressure_altitude", -999.5, 31'767.0);
  out.height_m = within("height_agl", -999.5, 31'767.0);
  out.height_above_ground = Text(from, "height_type").find("round") != std::string::npos;
  out.horizontal_m = within("horizontal_accuracy", 1e-3, 2e4);
  out.vertical_m = within("vertical_accuracy", 1e-3, 2e4);
  out.speed_error_mps = within("speed_accuracy", 1e-3, 100.0);
  out.past_hour_s = within("timestamp", 0.0, 3600.0);
  return out;
}

Result<System> SystemOf(const Json& from) {
  System out;
  const char* const lat = from.contains("operator_lat") ? "operator_lat" : "latitude";
  const char* const lon = from.contains("operator_lon") ? "operator_lon" : "longitude";
  if (const auto placed = SetPlace(from, lat, lon, out.operator_lat_deg, out.operator_lon_deg);
      !placed) {
    return tl::unexpected<Error>(placed.error());
  }
  out.operator_alt_hae_m = Number(from, "geodetic_altitude");
  return out;
}

int IdTypeOf(const Json& basic) {
  const std::string name = Text(basic, "id_type");
  if (name.starts_with("Serial")) return 1;
  if (name.starts_with("CAA")) return 2;
  if (name.starts_with("UTM")) return 3;
  if (name.starts_with("Specific")) return 4;
  return Code(basic, "id_type");
}

/// One of the objects that a message is made of. Keys that are not known pass.
Result<void> TakePart(const std::string& key, const Json& value, Broadcast& out) {
  if (!value.is_object()) return {};
  if (key == "Basic ID") {
    out.messages.emplace_back(BasicId{IdTypeOf(value), Code(value, "ua_type"), Text(value, "id")});
    if (out.mac.empty()) out.mac = Text(value, "MAC");
  } else if (key == "Location/Vector Message") {
    auto at = LocationOf(value);
    if (!at) return tl::unexpected<Error>(at.error());
    out.messages.emplace_back(*at);
  } else if (key == "Self-ID Message") {
    out.messages.emplace_back(SelfId{0, Text(value, "text")});
  } else if (key == "System Message") {
    auto system = SystemOf(value);
    if (!system) return tl::unexpected<Error>(system.error());
    out.messages.emplace_back(*system);
  } else if (key == "Operator ID Message") {
    out.messages.emplace_back(OperatorId{0, Text(value, "operator_id")});
  }
  return {};
}

/// One flat object, as the sniffers for ESP32 of the mesh-mapper family send it on their serial
/// line: "mac", "basic_id", "drone_lat", "drone_long", "pilot_lat" ... Altitudes there are those
/// above the ellipsoid that the drone states; what it does not state is 0.
Result<void> TakeFlat(const Json& from, Broadcast& out) {
  out.mac = Text(from, "mac");
  if (const std::string id = Text(from, "basic_id"); !id.empty()) {
    out.messages.emplace_back(BasicId{1, 0, id});
  }
  Location at;
  if (const auto placed = SetPlace(from, "drone_lat", "drone_long", at.lat_deg, at.lon_deg);
      !placed) {
    return tl::unexpected<Error>(placed.error());
  }
  const auto stated = [&](const char* key, double least, double most) -> std::optional<double> {
    const auto value = Number(from, key);
    if (!value || *value == 0.0 || *value < least || *value > most) return std::nullopt;
    return value;
  };
  at.alt_hae_m = stated("drone_altitude", -999.5, 31'767.0);
  at.height_m = stated("height_agl", -999.5, 31'767.0);
  // A speed of 0 without a course is how "not stated" looks as well; a course alone says nothing.
  at.speed_mps = stated("speed", 0.0, 254.25);
  if (at.speed_mps) at.direction_deg = Number(from, "heading");
  if (at.direction_deg && (*at.direction_deg < 0.0 || *at.direction_deg > 360.0)) {
    at.direction_deg.reset();
  }
  if (at.lat_deg) out.messages.emplace_back(at);
  System system;
  if (const auto placed = SetPlace(from, "pilot_lat", "pilot_long", system.operator_lat_deg,
                                   system.operator_lon_deg);
      !placed) {
    return tl::unexpected<Error>(placed.error());
  }
  if (system.operator_lat_deg) out.messages.emplace_back(system);
  if (const std::string id = Text(from, "operator_id"); !id.empty()) {
    out.messages.emplace_back(OperatorId{0, id});
  }
  return {};
}

bool IsFlat(const Json& json) {
  return json.is_object() && (json.contains("drone_lat") || json.contains("basic_id"));
}

Result<Broadcast> BroadcastOf(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (json.is_discarded()) return Fail("is no JSON");
  Broadcast out;
  out.transport = "json";
  out.pack = true;
  if (IsFlat(json)) {
    if (const auto taken = TakeFlat(json, out); !taken) {
      return tl::unexpected<Error>(taken.error());
    }
    if (out.messages.empty()) return Fail("holds no message of Remote ID");
    return out;
  }
  const auto take = [&](const Json& object) -> Result<void> {
    for (const auto& [key, value] : object.items()) {
      const auto taken = TakePart(key, value, out);
      if (!taken) {
        Error error = taken.error();
        error.field = fmt::format("{}.{}", key, error.field);
        return tl::unexpected<Error>(std::move(error));
      }
    }
    return {};
  };
  if (json.is_object()) {
    if (const auto taken = take(json); !taken) return tl::unexpected<Error>(taken.error());
  } else if (json.is_array()) {
    for (const Json& part : json) {
      if (!part.is_object()) continue;
      if (const auto taken = take(part); !taken) return tl::unexpected<Error>(taken.error());
    }
  }
  if (out.messages.empty()) return Fail("holds no message of Remote ID");
  return out;
}

}  // namespace

JsonDecoder::JsonDecoder(DecodeOptions options, std::string sensor, std::optional<Time> start)
    : receiver_(options, std::move(sensor)), start_(start) {}

void JsonDecoder::Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
                       const DecodeSink& sink) {
  received_ = received;
  for (const std::uint8_t byte : bytes) {
    if (byte == '\n') {
      Line(sink);
      ++number_;
    } else if (line_.size() >= kMaxLineBytes) {
      too_long_ = true;
    } else {
      line_ += static_cast<char>(byte);
    }
    ++offset_;
  }
}

void JsonDecoder::Finish(const DecodeSink& sink) { Line(sink); }

void JsonDecoder::Line(const DecodeSink& sink) {
  const std::string line = std::exchange(line_, {});
  const bool too_long = std::exchange(too_long_, false);
  const auto begin = offset_ - static_cast<std::int64_t>(line.size());
  const auto tell = [&](Error error) {
    error.line = number_;
    error.byte = begin;
    if (sink.on_error) sink.on_error(error);
  };
  if (too_long) {
    Error error;
    error.what = fmt::format("line over {} bytes, passed over", kMaxLineBytes);
    return tell(std::move(error));
  }
  if (line.find_first_not_of(" \t\r") == std::string::npos) return;
  // Sniffers say that they are alive.
  if (line.starts_with("{\"heartbeat\"")) return;
  const auto broadcast = BroadcastOf(line);
  if (!broadcast) return tell(broadcast.error());
  Time time;
  if (received_) {
    time = *received_;
  } else {
    if (!std::exchange(warned_, true)) {
      Error error;
      error.what =
          fmt::format("warning: these lines tell no time; it is made up, a second apart from {} on",
                      start_.value_or(Time()).Text());
      tell(std::move(error));
    }
    time = start_.value_or(Time()) + Duration::Seconds(1.0) * (number_ - 1);
  }
  receiver_.Take(*broadcast, time,
                 {reinterpret_cast<const std::uint8_t*>(line.data()), line.size()}, begin, sink);
}

bool LooksLikeJson(std::string_view head) {
  const std::size_t first = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string_view::npos || (head[first] != '[' && head[first] != '{')) return false;
  return head.find("\"drone_lat\"") != std::string_view::npos ||
         head.find("\"Basic ID\"") != std::string_view::npos ||
         head.find("\"Location/Vector Message\"") != std::string_view::npos;
}

}  // namespace picket::remote_id
