// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/what_if.h"

#include <array>

#include "json_reader.h"

namespace picket {
namespace {

enum class Key : std::uint8_t {
  kClient,
  kSensor,
  kPreset,
  kAt,
  kClass,
  kHeightAgl,
  kTime,
  kByHeight,
  kPicture,
  kCount
};
constexpr auto kKeys = std::to_array<std::string_view>(
    {"client", "sensor", "preset", "at", "class", "height_agl_m", "time", "by_height", "picture"});
static_assert(kKeys.size() == static_cast<std::size_t>(Key::kCount));

enum class PlaceKey : std::uint8_t { kLat, kLon, kHeightAgl };
constexpr auto kPlaceKeys = std::to_array<std::string_view>({"lat_deg", "lon_deg", "height_agl_m"});

constexpr double kHighestM = 50'000.0;
constexpr std::size_t kMaxName = 128;

bool ReadPlace(simdjson::dom::element value, JsonChecker& check, WhatIfPlace& place) {
  static constexpr KeyTable<PlaceKey, kPlaceKeys.size()> kTable(kPlaceKeys);
  const JsonPath line;
  simdjson::dom::object members;
  if (value.get(members) != simdjson::SUCCESS) {
    return check.Wrong(line, "at", "is no object, expected lat_deg, lon_deg and height_agl_m");
  }
  const JsonPath path{.list = {}, .index = 0, .inner = "at"};
  std::uint64_t seen = 0;
  for (const auto [name, member] : members) {
    PlaceKey key{};
    if (!kTable.Find(name, key)) return check.Wrong(path, name.substr(0, 64), "is not known here");
    if (!check.Once(seen, static_cast<unsigned>(key), path, name)) return false;
    const bool sound =
        key == PlaceKey::kLat
            ? check.Number(member, path, name, -90.0, 90.0, "degrees", place.lat_deg)
        : key == PlaceKey::kLon
            ? check.Number(member, path, name, -180.0, 180.0, "degrees", place.lon_deg)
            : check.Number(member, path, name, 0.0, kHighestM, "m", place.height_agl_m);
    if (!sound) return false;
  }
  for (std::size_t i = 0; i < kPlaceKeys.size(); ++i) {
    if ((seen >> i & 1U) == 0) return check.Wrong(path, kPlaceKeys[i], "is missing");
  }
  return true;
}

}  // namespace

Result<WhatIfRequest> ReadWhatIf(std::string_view json) {
  static constexpr KeyTable<Key, kKeys.size()> kTable(kKeys);
  LineParser parser;
  const auto root = parser.Parse(json, kMaxWhatIfBytes);
  if (!root) return tl::unexpected<Error>(root.error());
  WhatIfRequest request;
  JsonChecker check;
  const JsonPath path;
  std::uint64_t seen = 0;
  for (const auto [name, value] : *root) {
    Key key{};
    bool sound = true;
    if (!kTable.Find(name, key)) {
      check.Wrong(path, name.substr(0, 64), "is not known here");
      return check.Take();
    }
    if (!check.Once(seen, static_cast<unsigned>(key), path, name)) return check.Take();
    switch (key) {
      case Key::kClient:
        sound = check.Text(value, path, name, kMaxName, request.client);
        break;
      case Key::kSensor:
        sound = check.Text(value, path, name, kMaxName, request.sensor);
        break;
      case Key::kPreset:
        sound = check.Text(value, path, name, kMaxName, request.preset);
        break;
      case Key::kAt:
        sound = ReadPlace(value, check, request.at.emplace());
        break;
      case Key::kClass: {
        std::string text;
        sound = check.Text(value, path, name, kMaxName, text);
        const auto parsed = ParseClass(text);
        if (sound && !parsed) sound = check.Wrong(path, name, "is no class of target");
        request.target_class = parsed.value_or(TargetClass::kOther);
        break;
      }
      case Key::kHeightAgl:
        sound = check.Number(value, path, name, 0.0, kHighestM, "m", request.height_agl_m);
        break;
      case Key::kTime: {
        std::string text;
        sound = check.Text(value, path, name, kMaxName, text);
        request.time = Time::Parse(text);
        if (sound && !request.time) {
          sound = check.Wrong(path, name, "is no time, expected such as 2026-03-01T22:00:00Z");
        }
        break;
      }
      case Key::kByHeight:
        if (value.get(request.by_height) != simdjson::SUCCESS) {
          sound = check.Wrong(path, name, "is neither true nor false");
        }
        break;
      case Key::kPicture: {
        std::string text;
        sound = check.Text(value, path, name, kMaxName, text);
        request.levels = text == "levels";
        if (sound && !request.levels && text != "png") {
          sound = check.Wrong(path, name, "is neither \"png\" nor \"levels\"");
        }
        break;
      }
      case Key::kCount:
        break;
    }
    if (!sound) return check.Take();
  }
  if (!request.sensor.empty() && !request.preset.empty()) {
    return Fail("is there beside sensor, expected one of the two", "preset");
  }
  if (!request.preset.empty() && !request.at)
    return Fail("is missing, where the preset goes", "at");
  if (request.at && request.sensor.empty() && request.preset.empty()) {
    return Fail("is there without sensor and preset, expected one of the two", "at");
  }
  return request;
}

}  // namespace picket
