// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/courageous.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>

#include "codec/json_reader.h"
#include "picket/geo/angle.h"
#include "picket/geo/frame.h"

namespace picket {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

/// Reads one document; the first thing wrong stays.
class LogReader {
 public:
  explicit LogReader(const Geoid& geoid) : geoid_(geoid) {}

  Result<CourageousLog> Read(const object& root);

 private:
  bool Wrong(const std::string& path, std::string what) {
    if (!error_) {
      error_.emplace();
      error_->field = path;
      error_->what = std::move(what);
    }
    return false;
  }
  /// A member that may be missing or null.
  static std::optional<element> Find(const object& in, std::string_view key) {
    element value;
    if (in.at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
    return value;
  }
  template <typename T>
  bool Need(const object& in, const std::string& path, std::string_view key, std::string_view kind,
            T& out) {
    const auto value = Find(in, key);
    if (!value) return Wrong(fmt::format("{}{}", path, key), "is missing");
    if (value->get(out) != simdjson::SUCCESS) {
      return Wrong(fmt::format("{}{}", path, key), fmt::format("is no {}", kind));
    }
    return true;
  }
  bool Number(const object& in, const std::string& path, std::string_view key, double min,
              double max, double& out) {
    if (!Need(in, path, key, "number", out)) return false;
    if (out >= min && out <= max) return true;
    return Wrong(fmt::format("{}{}", path, key),
                 fmt::format("is {}, expected a number in [{}, {}]", out, min, max));
  }
  bool Position(const object& in, const std::string& path, bool with_height, Geodetic& out);
  bool Place(const object& in, const std::string& path, CourageousRecord& out, bool& known);
  bool Record(const object& in, const std::string& path, CourageousTrack& track);
  bool Track(const object& in, const std::string& path);

  const Geoid& geoid_;
  Geodetic system_at_;
  CourageousLog log_;
  std::map<std::uint64_t, CourageousTrack> tracks_;
  std::unordered_set<std::uint64_t> numbers_;
  std::optional<Error> error_;
};

bool LogReader::Position(const object& in, const std::string& path, bool with_height,
                         Geodetic& out) {
  double height_m = 0.0;
  if (!Number(in, path, "lat", -90.0, 90.0, out.lat_deg) ||
      !Number(in, path, "lon", -180.0, 180.0, out.lon_deg) ||
      (with_height && !Number(in, path, "height_amsl", -1e4, 1e6, height_m))) {
    return false;
  }
  out.height = geoid_.ToHae(out.lat_deg, out.lon_deg, HeightAmsl{height_m});
  return true;
}

bool LogReader::Place(const object& in, const std::string& path, CourageousRecord& out,
                      bool& known) {
  object location;
  if (!Need(in, path, "location", "object", location)) return false;
  const std::string inner = path + "location.";
  std::string_view type;
  if (!Need(location, inner, "$type", "string", type)) return false;
  known = true;
  if (type == "Position3d") return Position(location, inner, true, out.position);
  if (type == "Position2d") {
    out.has_height = false;
    return Position(location, inner, false, out.position);
  }
  if (type == "BearingElevationDistance") {
    double bearing = 0.0;
    double elevation = 0.0;
    double distance_m = 0.0;
    Geodetic from = system_at_;
    if (!Number(location, inner, "bearing", -360.0, 360.0, bearing) ||
        !Number(location, inner, "elevation", -90.0, 90.0, elevation) ||
        !Number(location, inner, "distance", 0.0, 1e6, distance_m)) {
      return false;
    }
    if (const auto own = Find(in, "cuas_location")) {
      object at;
      if (own->get(at) != simdjson::SUCCESS) return Wrong(path + "cuas_location", "is no object");
      if (!Position(at, path + "cuas_location.", true, from)) return false;
    }
    bearing *= kRadPerDeg;
    elevation *= kRadPerDeg;
    const double flat_m = distance_m * std::cos(elevation);
    out.position = LocalFrame(from).ToGeodetic(
        {flat_m * std::sin(bearing), flat_m * std::cos(bearing), distance_m * std::sin(elevation)});
    return true;
  }
  known = false;
  if (type == "Arc" || type == "Quad" || type == "Bearing" || type == "BearingElevation") {
    return true;
  }
  return Wrong(inner + "$type", fmt::format("is \"{}\", which is no kind of location", type));
}

bool LogReader::Record(const object& in, const std::string& path, CourageousTrack& track) {
  std::uint64_t number = 0;
  std::uint64_t time_ms = 0;
  std::string_view classification;
  if (!Need(in, path, "record_number", "whole number", number) ||
      !Need(in, path, "time", "whole number of milliseconds since 1970", time_ms) ||
      !Need(in, path, "classification", "string", classification)) {
    return false;
  }
  if (!numbers_.insert(number).second) {
    return Wrong(path + "record_number", fmt::format("{} stands twice", number));
  }
  CourageousRecord record;
  const std::uint64_t whole_s = time_ms / 1000U;
  const auto time = Time::FromUnixSeconds(static_cast<double>(whole_s));
  if (!time) return Wrong(path + "time", fmt::format("is {}, beyond the year 2261", time_ms));
  record.time = *time + Duration::Ns(static_cast<std::int64_t>(time_ms % 1000U) * 1'000'000);
  if (classification != "Unknown" && classification != "UAV" && classification != "GCS" &&
      classification != "Other") {
    return Wrong(path + "classification",
                 fmt::format("is \"{}\", expected Unknown, UAV, GCS or Other", classification));
  }
  bool known = false;
  if (!Place(in, path, record, known)) return false;
  if (const auto velocity = Find(in, "velocity")) {
    object v;
    if (velocity->get(v) != simdjson::SUCCESS) return Wrong(path + "velocity", "is no object");
    const std::string inner = path + "velocity.";
    if (!Number(v, inner, "east", -1e5, 1e5, record.vel_enu_mps[0]) ||
        !Number(v, inner, "north", -1e5, 1e5, record.vel_enu_mps[1]) ||
        !Number(v, inner, "up", -1e5, 1e5, record.vel_enu_mps[2])) {
      return false;
    }
  }
  if (classification == "GCS") {
    ++log_.ground_stations;
  } else if (!known) {
    ++log_.without_position;
  } else {
    track.records.push_back(record);
  }
  return true;
}

bool LogReader::Track(const object& in, const std::string& path) {
  std::uint64_t id = 0;
  array records;
  if (!Need(in, path, "uas_id", "whole number", id) ||
      !Need(in, path, "records", "list", records)) {
    return false;
  }
  CourageousTrack& track = tracks_[id];
  track.uas_id = id;
  if (const auto name = Find(in, "name"); name && track.name.empty()) {
    std::string_view text;
    if (name->get(text) != simdjson::SUCCESS) return Wrong(path + "name", "is no string");
    track.name = text;
  }
  std::size_t i = 0;
  for (const element value : records) {
    const std::string inner = fmt::format("{}records[{}]", path, i++);
    object record;
    if (value.get(record) != simdjson::SUCCESS) return Wrong(inner, "is no object");
    if (!Record(record, inner + ".", track)) return false;
  }
  return true;
}

Result<CourageousLog> LogReader::Read(const object& root) {
  std::string_view version;
  std::string_view vendor;
  std::string_view system;
  object at;
  array detections;
  array tracks;
  if (!Need(root, "", "version", "string", version) ||
      !Need(root, "", "vendor_name", "string", vendor) ||
      !Need(root, "", "system_name", "string", system) ||
      !Need(root, "", "static_cuas_location", "object", at) ||
      !Position(at, "static_cuas_location.", true, system_at_) ||
      !Need(root, "", "detection", "list", detections) ||
      !Need(root, "", "tracks", "list", tracks)) {
    return tl::unexpected<Error>(*error_);
  }
  if (!version.starts_with("0.4.")) {
    return Fail(fmt::format("is \"{}\", expected schema 0.4", version), "version");
  }
  log_.vendor = vendor;
  log_.system = system;
  for (const element set : detections) {
    array records;
    if (set["records"].get(records) == simdjson::SUCCESS) {
      log_.detections += static_cast<std::int64_t>(records.size());
    }
  }
  std::size_t i = 0;
  for (const element value : tracks) {
    const std::string path = fmt::format("tracks[{}]", i++);
    object track;
    if (value.get(track) != simdjson::SUCCESS) {
      Wrong(path, "is no object");
      return tl::unexpected<Error>(*error_);
    }
    if (!Track(track, path + ".")) return tl::unexpected<Error>(*error_);
  }
  for (auto& [id, track] : tracks_) {
    auto& records = track.records;
    const auto before = [](const CourageousRecord& a, const CourageousRecord& b) {
      return a.time < b.time;
    };
    std::stable_sort(records.begin(), records.end(), before);
    // Two sets of one target may both hold an instant; the first to state it stands.
    records.erase(std::unique(records.begin(), records.end(),
                              [](const auto& a, const auto& b) { return a.time == b.time; }),
                  records.end());
    if (!records.empty()) log_.tracks.push_back(std::move(track));
  }
  return std::move(log_);
}

}  // namespace

bool LooksLikeCourageous(std::string_view head) {
  const auto first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || head[first] != '{') return false;
  // Its keys come in any order, so the first one is enough to tell it from a line of ours.
  const auto quote = head.find_first_not_of(" \t\r\n", first + 1);
  if (quote == std::string_view::npos || head[quote] != '"') return false;
  const std::string_view rest = head.substr(quote + 1);
  for (const std::string_view key :
       {"detection\"", "static_cuas_location\"", "system_name\"", "vendor_name\"", "version\""}) {
    if (rest.starts_with(key)) return true;
  }
  // "tracks" begins a line of ours too, where a time stands behind the list; a record's key says.
  return rest.starts_with("tracks\"") && head.find("\"record") != std::string_view::npos;
}

Result<CourageousLog> ReadCourageous(std::string_view text, const Geoid& geoid) {
  LineParser parser;
  const auto root = parser.Parse(text, kMaxCourageousBytes);
  if (!root) return tl::unexpected<Error>(root.error());
  return LogReader(geoid).Read(*root);
}

}  // namespace picket
