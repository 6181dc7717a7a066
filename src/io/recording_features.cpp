// SPDX-License-Identifier: Apache-2.0
#include "recording_features.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <numbers>
#include <optional>
#include <string>

#include "picket/base/assert.h"

namespace picket {
namespace {

namespace dom = simdjson::dom;

constexpr std::array<LayerShape, kLayers> kShapes = {{
    {Layer::kTracks, "tracks", "Tracks, one point per recorded picture", "POINT", true,
     "geom POINT, sequence INTEGER NOT NULL, time DATETIME, track INTEGER, existence DOUBLE, "
     "class TEXT, class_probability DOUBLE, speed_mps DOUBLE, course_deg DOUBLE, climb_mps DOUBLE, "
     "sd_m DOUBLE, identity TEXT, sources TEXT, corroborated BOOLEAN",
     14},
    {Layer::kDetections, "detections", "Detections that state a position", "POINT", false,
     "geom POINT, sequence INTEGER NOT NULL, time DATETIME, sensor TEXT, alt_hae_m DOUBLE, "
     "alt_msl_m DOUBLE, class TEXT, identity TEXT",
     8},
    {Layer::kSensors, "sensors", "Sensors of the site", "POINT", false,
     "geom POINT, sequence INTEGER NOT NULL, sensor TEXT, kind TEXT, alt_hae_m DOUBLE, "
     "max_range_m DOUBLE, period_s DOUBLE",
     7},
    {Layer::kPlaces, "places", "Places that are protected", "POINT", false,
     "geom POINT, sequence INTEGER NOT NULL, name TEXT, radius_m DOUBLE", 4},
    {Layer::kAlerts, "alerts", "Alerts, where the track was last recorded", "POINT", false,
     "geom POINT, sequence INTEGER NOT NULL, time DATETIME, alert INTEGER, level TEXT, "
     "track INTEGER, place TEXT, area TEXT, text TEXT, probability DOUBLE",
     10},
}};

FeatureValue Integer(std::int64_t value) { return {FeatureValue::Type::kInteger, value, 0.0, {}}; }
FeatureValue Text(std::string_view value) { return {FeatureValue::Type::kText, 0, 0.0, value}; }
FeatureValue TextOrNull(std::string_view value) {
  return value.empty() ? FeatureValue{} : Text(value);
}
FeatureValue Real(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return {};  // SQLite has no NaN either
  return {FeatureValue::Type::kReal, 0, *value, {}};
}

std::optional<double> Number(const dom::element& value) {
  double number = 0.0;
  if (value.get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}
std::optional<double> Number(const dom::object& object, std::string_view key) {
  double number = 0.0;
  if (object[key].get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}
std::optional<std::int64_t> Whole(const dom::object& object, std::string_view key) {
  std::int64_t number = 0;
  if (object[key].get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}
std::string_view Word(const dom::object& object, std::string_view key) {
  std::string_view word;
  return object[key].get(word) == simdjson::SUCCESS ? word : std::string_view();
}

/// A time as reports and tracks write it: RFC 3339 or seconds since 1970.
std::optional<Time> TimeOf(const dom::object& object) {
  if (const std::string_view word = Word(object, "time"); !word.empty()) return Time::Parse(word);
  const auto number = Number(object, "time");
  return number ? Time::FromUnixSeconds(*number) : std::nullopt;
}

/// The DATETIME of GeoPackage 1.3 (table 1): milliseconds, always three decimals.
std::string DateTime(Time time) { return time.Text().substr(0, 23) + "Z"; }

std::optional<std::pair<double, double>> LonLatOf(const dom::object& object) {
  const auto lat = Number(object, "lat_deg");
  const auto lon = Number(object, "lon_deg");
  if (!lat || !lon || !(std::abs(*lat) <= 90.0) || !(std::abs(*lon) <= 180.0)) return std::nullopt;
  return std::pair{*lon, *lat};
}

/// A point as GeoPackage 1.3 clause 2.1.3 stores it: header without envelope, then ISO WKB.
class PointBlob {
 public:
  PointBlob(double lon, double lat, std::optional<double> height) {
    Put("GP\0\1", 4);  // version 0, little-endian
    PutInt(4326);
    Put("\1", 1);
    PutInt(height ? 1001 : 1);
    PutDouble(lon);
    PutDouble(lat);
    if (height) PutDouble(*height);
  }
  [[nodiscard]] FeatureValue Value() const {
    return {FeatureValue::Type::kBlob, 0, 0.0, {bytes_.data(), size_}};
  }

 private:
  void Put(const char* data, std::size_t size) {
    std::memcpy(bytes_.data() + size_, data, size);
    size_ += size;
  }
  void PutInt(std::uint32_t value) { PutLittleEndian(value, 4); }
  void PutDouble(double value) { PutLittleEndian(std::bit_cast<std::uint64_t>(value), 8); }
  void PutLittleEndian(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_[size_++] = static_cast<char>(value >> (8 * i));
  }
  std::array<char, 37> bytes_{};
  std::size_t size_ = 0;
};

/// The most probable of {"bird": 0.2, ...}; the first one in the text if several are.
std::pair<std::string_view, std::optional<double>> BestClass(const dom::object& object) {
  std::pair<std::string_view, std::optional<double>> best;
  dom::object classes;
  if (object["class"].get(classes) != simdjson::SUCCESS) return best;
  for (const dom::key_value_pair entry : classes) {
    const auto probability = Number(entry.value);
    if (probability && (!best.second || *probability > *best.second)) {
      best = {entry.key, probability};
    }
  }
  return best;
}

/// {"icao":"406B90","n":3} as "icao 406B90, n 3".
std::string Flat(const dom::object& object, std::string_view key) {
  std::string text;
  dom::object pairs;
  if (object[key].get(pairs) != simdjson::SUCCESS) return text;
  for (const dom::key_value_pair entry : pairs) {
    if (!text.empty()) text += ", ";
    text += entry.key;
    std::string_view word;
    if (entry.value.get(word) == simdjson::SUCCESS) {
      text += ' ';
      text += word;
    } else {
      text += ' ' + simdjson::minify(entry.value);
    }
  }
  return text;
}

std::array<std::optional<double>, 3> Three(const dom::object& object, std::string_view key) {
  std::array<std::optional<double>, 3> values;
  dom::array array;
  if (object[key].get(array) != simdjson::SUCCESS) return values;
  std::size_t i = 0;
  for (const dom::element element : array) {
    if (i == values.size()) break;
    values[i++] = Number(element);
  }
  return values;
}

std::optional<double> Length(const std::array<std::optional<double>, 3>& v) {
  if (!v[0] || !v[1]) return std::nullopt;
  return std::sqrt(*v[0] * *v[0] + *v[1] * *v[1]);
}

std::optional<double> CourseDeg(const std::array<std::optional<double>, 3>& v) {
  if (!v[0] || !v[1] || (*v[0] == 0.0 && *v[1] == 0.0)) return std::nullopt;
  const double deg = std::atan2(*v[0], *v[1]) * 180.0 / std::numbers::pi;
  return deg < 0.0 ? deg + 360.0 : deg;
}

}  // namespace

const LayerShape& ShapeOf(Layer layer) { return kShapes[static_cast<std::size_t>(layer)]; }

class FeatureDeriver::Impl {
 public:
  void Take(const EntryView& entry, const FeatureSink& sink) {
    // Even one that cannot be read: the state hangs on the last picture alone, so that going on
    // with a recording needs no more than that one.
    if (entry.kind == EntryKind::kPicture) last_seen_.clear();
    // Most reports state no position: those need not be read.
    if (entry.kind == EntryKind::kReport &&
        entry.payload.find("\"lat_deg\"") == std::string_view::npos) {
      return;
    }
    if (entry.kind != EntryKind::kReport && entry.kind != EntryKind::kPicture &&
        entry.kind != EntryKind::kAlert && entry.kind != EntryKind::kRun) {
      return;
    }
    dom::object object;
    if (parser_.parse(entry.payload.data(), entry.payload.size(), true).get(object) !=
        simdjson::SUCCESS) {
      return;
    }
    switch (entry.kind) {
      case EntryKind::kReport:
        return TakeReport(entry, object, sink);
      case EntryKind::kPicture:
        return TakePicture(entry, object, sink);
      case EntryKind::kAlert:
        return TakeAlert(entry, object, sink);
      default:
        return TakeRun(entry, object, sink);
    }
  }

 private:
  using LonLat = std::pair<double, double>;

  static void TakeReport(const EntryView& entry, const dom::object& report,
                         const FeatureSink& sink) {
    dom::array detections;
    const std::optional<Time> report_time = TimeOf(report);
    if (!report_time || report["detections"].get(detections) != simdjson::SUCCESS) return;
    const std::string report_date = DateTime(*report_time);
    for (const dom::element element : detections) {
      dom::object detection;
      if (element.get(detection) != simdjson::SUCCESS) continue;
      const auto at = LonLatOf(detection);
      if (!at) continue;
      const auto own_time = TimeOf(detection);
      const std::string own_date = own_time ? DateTime(*own_time) : std::string();
      const PointBlob point(at->first, at->second, std::nullopt);
      const std::string identity = Flat(detection, "identity");
      const std::array row = {point.Value(),
                              Integer(entry.sequence),
                              Text(own_time ? own_date : report_date),
                              Text(Word(report, "sensor")),
                              Real(Number(detection, "alt_hae_m")),
                              Real(Number(detection, "alt_msl_m")),
                              TextOrNull(BestClass(detection).first),
                              TextOrNull(identity)};
      sink(Layer::kDetections, row);
    }
  }

  void TakePicture(const EntryView& entry, const dom::object& picture, const FeatureSink& sink) {
    dom::array tracks;
    const std::optional<Time> time = TimeOf(picture);
    if (!time || picture["tracks"].get(tracks) != simdjson::SUCCESS) return;
    const std::string date = DateTime(*time);
    for (const dom::element element : tracks) {
      dom::object track;
      if (element.get(track) != simdjson::SUCCESS) continue;
      const auto id = Whole(track, "id");
      const auto at = LonLatOf(track);
      const auto height = Number(track, "alt_hae_m");
      if (!id || !at || !height || !std::isfinite(*height)) continue;
      last_seen_[*id] = *at;
      const PointBlob point(at->first, at->second, height);
      const auto velocity = Three(track, "vel_enu_mps");
      const auto best = BestClass(track);
      const std::string identity = Flat(track, "identity");
      const std::string sources = Flat(track, "sources");
      bool corroborated = false;
      const bool stated = track["corroborated"].get(corroborated) == simdjson::SUCCESS;
      const std::array row = {point.Value(),
                              Integer(entry.sequence),
                              Text(date),
                              Integer(*id),
                              Real(Number(track, "existence")),
                              TextOrNull(best.first),
                              Real(best.second),
                              Real(Length(velocity)),
                              Real(CourseDeg(velocity)),
                              Real(velocity[2]),
                              Real(Length(Three(track, "sd_m"))),
                              TextOrNull(identity),
                              TextOrNull(sources),
                              stated ? Integer(corroborated ? 1 : 0) : FeatureValue{}};
      sink(Layer::kTracks, row);
    }
  }

  void TakeAlert(const EntryView& entry, const dom::object& alert, const FeatureSink& sink) {
    const std::optional<Time> time = TimeOf(alert);
    const auto id = Whole(alert, "id");
    const auto track = Whole(alert, "track");
    if (!time || !id || !track) return;
    const std::string date = DateTime(*time);
    const auto seen = last_seen_.find(*track);
    std::optional<PointBlob> point;
    if (seen != last_seen_.end()) {
      point.emplace(seen->second.first, seen->second.second, std::nullopt);
    }
    const std::array row = {point ? point->Value() : FeatureValue{},
                            Integer(entry.sequence),
                            Text(date),
                            Integer(*id),
                            TextOrNull(Word(alert, "level")),
                            Integer(*track),
                            TextOrNull(Word(alert, "place")),
                            TextOrNull(Word(alert, "area")),
                            TextOrNull(Word(alert, "text")),
                            Real(Number(alert, "probability"))};
    sink(Layer::kAlerts, row);
  }

  static void TakeRun(const EntryView& entry, const dom::object& run, const FeatureSink& sink) {
    dom::array all;
    if (run["sensors"].get(all) == simdjson::SUCCESS) {
      for (const dom::element element : all) {
        dom::object sensor;
        if (element.get(sensor) != simdjson::SUCCESS) continue;
        const auto at = LonLatOf(sensor);
        if (!at) continue;
        const PointBlob point(at->first, at->second, std::nullopt);
        const std::array row = {point.Value(),
                                Integer(entry.sequence),
                                TextOrNull(Word(sensor, "id")),
                                TextOrNull(Word(sensor, "kind")),
                                Real(Number(sensor, "alt_hae_m")),
                                Real(Number(sensor, "max_range_m")),
                                Real(Number(sensor, "period_s"))};
        sink(Layer::kSensors, row);
      }
    }
    if (run["places"].get(all) != simdjson::SUCCESS) return;
    for (const dom::element element : all) {
      dom::object place;
      if (element.get(place) != simdjson::SUCCESS) continue;
      const auto at = LonLatOf(place);
      if (!at) continue;
      const PointBlob point(at->first, at->second, std::nullopt);
      const std::array row = {point.Value(), Integer(entry.sequence),
                              TextOrNull(Word(place, "name")), Real(Number(place, "radius_m"))};
      sink(Layer::kPlaces, row);
    }
  }

  dom::parser parser_;
  std::map<std::int64_t, LonLat> last_seen_;  ///< by track, of the last picture
};

FeatureDeriver::FeatureDeriver() : impl_(std::make_unique<Impl>()) {}
FeatureDeriver::~FeatureDeriver() = default;
FeatureDeriver::FeatureDeriver(FeatureDeriver&&) noexcept = default;
FeatureDeriver& FeatureDeriver::operator=(FeatureDeriver&&) noexcept = default;

void FeatureDeriver::Take(const EntryView& entry, const FeatureSink& sink) {
  impl_->Take(entry, sink);
}

}  // namespace picket
