// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "component_keys.h"
#include "json_reader.h"
#include "picket/codec/json.h"
#include "picket/codec/site.h"

namespace picket {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t kMaxUnknownKeys = 32;
constexpr std::size_t kMaxUnknownBytes = 64;
constexpr double kMaxDecibel = 1e4;
constexpr double kMaxMetres = 1e7;
constexpr double kMaxSpeed = 1e5;
constexpr double kMaxHeightM = 1e6;

constexpr const char* kNoPosition =
    "is 0 with lon_deg 0: that is how senders write that they know no position; expected the "
    "position, or none";

enum class ReportKey : std::uint8_t { kTime, kReceived, kSensor, kSensorAt, kDetections };
constexpr KeyTable<ReportKey, 5> kReportKeys({"time", "received", "sensor", "sensor_at",
                                              "detections"});

enum class OwnKey : std::uint8_t { kLat, kLon, kHae, kMsl, kEast, kNorth, kUp, kVelocity };
constexpr KeyTable<OwnKey, 8> kOwnKeys({"lat_deg", "lon_deg", "alt_hae_m", "alt_msl_m", "east_m",
                                        "north_m", "up_m", "vel_enu_mps"});

/// The components come first, in their own order.
enum class DetectionKey : std::uint8_t {
  kVelocity = kComponents,
  kLat,
  kLon,
  kHae,
  kMsl,
  kTime,
  kSd,
  kClass,
  kIdentity,
  kSnr,
  kRcs,
  kCount
};
constexpr std::size_t kDetectionKeyCount = static_cast<std::size_t>(DetectionKey::kCount);

constexpr std::array<std::string_view, kDetectionKeyCount> DetectionNames() {
  std::array<std::string_view, kDetectionKeyCount> names;
  for (std::size_t i = 0; i < kComponents; ++i) names[i] = kComponentKeys[i].key;
  constexpr std::array<std::string_view, kDetectionKeyCount - kComponents> kOthers = {
      "vel_enu_mps", "lat_deg", "lon_deg",  "alt_hae_m", "alt_msl_m", "time",
      "sd",          "class",   "identity", "snr_db",    "rcs_dbsm"};
  std::copy(kOthers.begin(), kOthers.end(), names.begin() + kComponents);
  return names;
}
constexpr KeyTable<DetectionKey, kDetectionKeyCount> kDetectionKeys(DetectionNames());

constexpr std::array<Component, 3> kVelocityComponents = {Component::kVelEast, Component::kVelNorth,
                                                          Component::kVelUp};

constexpr bool IsComponent(DetectionKey key) { return static_cast<std::size_t>(key) < kComponents; }

}  // namespace

class ReportReader::Impl {
 public:
  Result<ParsedReport> Read(std::string_view line);

 private:
  bool ReadLine(const object& root, ParsedReport& parsed);
  bool ReadDetections(element value, ParsedReport& parsed);
  bool ReadSensorAt(element value, ParsedReport& parsed);
  bool ReadDetection(const object& members, std::size_t index, Detection& detection,
                     ParsedReport& parsed);
  bool ReadSd(element value, std::size_t index, Detection& detection, ParsedReport& parsed);
  static void Unknown(ParsedReport& parsed, std::string_view where, std::string_view key);

  LineParser parser_;
  JsonChecker check_;
};

void ReportReader::Impl::Unknown(ParsedReport& parsed, std::string_view where,
                                 std::string_view key) {
  if (parsed.unknown_keys.size() >= kMaxUnknownKeys) return;
  std::string name = fmt::format("{}{}", where, key.substr(0, kMaxUnknownBytes));
  if (std::find(parsed.unknown_keys.begin(), parsed.unknown_keys.end(), name) ==
      parsed.unknown_keys.end()) {
    parsed.unknown_keys.push_back(std::move(name));
  }
}

bool ReportReader::Impl::ReadSd(element value, std::size_t index, Detection& detection,
                                ParsedReport& parsed) {
  object members;
  if (value.get(members) != simdjson::SUCCESS) {
    return check_.Wrong({"detections", index}, "sd", "is no object, expected one sigma by key");
  }
  const JsonPath path{"detections", index, "sd"};
  const auto set = [&](Component c, double sigma, std::string_view key) {
    double& sd = detection.sd[static_cast<std::size_t>(c)];
    if (sd > 0.0) return check_.Wrong(path, key, "stands twice");
    // Zero is how the struct says "not stated", and no sensor is that good.
    if (!(sigma > 0.0)) return check_.Wrong(path, key, "is not over 0, expected one sigma");
    sd = sigma;
    return true;
  };
  for (const auto [key, member] : members) {
    DetectionKey id{};
    if (!kDetectionKeys.Find(key, id) || !(IsComponent(id) || id == DetectionKey::kVelocity)) {
      Unknown(parsed, "detections[].sd.", key);
      continue;
    }
    if (id == DetectionKey::kVelocity) {
      std::array<double, 3> sigma{};
      if (!check_.Triple(member, path, key, kMaxSpeed, "m/s", sigma)) return false;
      for (std::size_t i = 0; i < 3; ++i) {
        if (!set(kVelocityComponents[i], sigma[i], key)) return false;
      }
      continue;
    }
    const ComponentKey& k = kComponentKeys[static_cast<std::size_t>(id)];
    double sigma = 0.0;
    if (!check_.Number(member, path, key, 0.0, k.max, k.unit_text, sigma) ||
        !set(k.component, sigma * k.unit, key)) {
      return false;
    }
  }
  return true;
}

bool ReportReader::Impl::ReadDetection(const object& members, std::size_t index,
                                       Detection& detection, ParsedReport& parsed) {
  const JsonPath path{"detections", index};
  std::uint64_t seen = 0;
  const auto has = [&](DetectionKey key) { return (seen >> static_cast<unsigned>(key) & 1U) != 0; };
  Fix fix;
  double height_m = 0.0;
  for (const auto [key, value] : members) {
    DetectionKey id{};
    if (!kDetectionKeys.Find(key, id)) {
      Unknown(parsed, "detections[].", key);
      continue;
    }
    if (!check_.Once(seen, static_cast<unsigned>(id), path, key)) return false;
    bool good = true;
    switch (id) {
      case DetectionKey::kVelocity: {
        std::array<double, 3> velocity{};
        good = check_.Triple(value, path, key, kMaxSpeed, "m/s", velocity);
        for (std::size_t i = 0; i < 3; ++i) {
          detection.measured.Add(kVelocityComponents[i]);
          detection.value[static_cast<std::size_t>(kVelocityComponents[i])] = velocity[i];
        }
        break;
      }
      case DetectionKey::kLat:
        good = check_.Number(value, path, key, -90.0, 90.0, "degrees", fix.lat_deg);
        break;
      case DetectionKey::kLon:
        good = check_.Number(value, path, key, -180.0, 180.0, "degrees", fix.lon_deg);
        break;
      case DetectionKey::kHae:
        good = check_.Number(value, path, key, -kMaxHeightM, kMaxHeightM, "m", height_m);
        fix.hae = HeightHae{height_m};
        break;
      case DetectionKey::kMsl:
        good = check_.Number(value, path, key, -kMaxHeightM, kMaxHeightM, "m", height_m);
        fix.amsl = HeightAmsl{height_m};
        break;
      case DetectionKey::kTime:
        good = check_.Instant(value, path, key, detection.time.emplace());
        break;
      case DetectionKey::kSd:
        good = ReadSd(value, index, detection, parsed);
        break;
      case DetectionKey::kClass:
        good = check_.Class(value, path, detection.class_probability);
        break;
      case DetectionKey::kIdentity:
        good = check_.Claims(value, path, detection.identity);
        break;
      case DetectionKey::kSnr:
        good = check_.Number(value, path, key, -kMaxDecibel, kMaxDecibel, "dB", detection.snr_db);
        break;
      case DetectionKey::kRcs:
        good =
            check_.Number(value, path, key, -kMaxDecibel, kMaxDecibel, "dBsm", detection.rcs_dbsm);
        break;
      default: {
        const ComponentKey& k = kComponentKeys[static_cast<std::size_t>(id)];
        double number = 0.0;
        good = check_.Number(value, path, key, k.min, k.max, k.unit_text, number);
        detection.measured.Add(k.component);
        detection.value[static_cast<std::size_t>(id)] =
            id == static_cast<DetectionKey>(Component::kAzimuth) ? Bearing::Deg(number).rad()
                                                                 : number * k.unit;
      }
    }
    if (!good) return false;
  }

  using enum DetectionKey;
  if (has(kVelocity)) {
    for (const Component c : kVelocityComponents) {
      const auto key = static_cast<DetectionKey>(c);
      if (has(key)) {
        return check_.Wrong(path, kDetectionKeys.Name(key), "stands beside vel_enu_mps");
      }
    }
  }
  const bool fixed = has(kLat) || has(kLon) || has(kHae) || has(kMsl);
  if (fixed) {
    if (!has(kLat) || !has(kLon)) {
      return check_.Wrong(path, has(kLat) ? "lon_deg" : "lat_deg",
                          "is missing, expected lat_deg and lon_deg of a position");
    }
    if (has(kHae) && has(kMsl)) {
      return check_.Wrong(path, "alt_msl_m", "stands beside alt_hae_m, expected one height");
    }
    if (fix.lat_deg == 0.0 && fix.lon_deg == 0.0) {
      return check_.Wrong(path, "lat_deg", kNoPosition);
    }
    for (const Component c : {Component::kEast, Component::kNorth, Component::kUp}) {
      if (detection.measured.Has(c)) {
        return check_.Wrong(path, kDetectionKeys.Name(static_cast<DetectionKey>(c)),
                            "stands beside lat_deg, lon_deg, expected one kind of position");
      }
    }
    detection.fix = fix;
  }
  if (!fixed && detection.measured.Empty()) {
    return check_.Wrong(path, "", "measures nothing, expected a range, an angle or a position");
  }
  return true;
}

bool ReportReader::Impl::ReadDetections(element value, ParsedReport& parsed) {
  array detections;
  if (value.get(detections) != simdjson::SUCCESS) {
    return check_.Wrong({}, "detections", "is no array, expected one, empty if nothing was seen");
  }
  // The parser's count stops at 2^24 - 1, which is beyond the limit all the same.
  const std::size_t count = detections.size();
  if (count > kMaxDetections) {
    return check_.Wrong({}, "detections", fmt::format("has over {} members", kMaxDetections));
  }
  parsed.report.detections.reserve(count);
  std::size_t index = 0;
  for (const element item : detections) {
    object members;
    if (item.get(members) != simdjson::SUCCESS) {
      return check_.Wrong({"detections", index}, "", "is no object, expected a detection");
    }
    if (!ReadDetection(members, index, parsed.report.detections.emplace_back(), parsed)) {
      return false;
    }
    ++index;
  }
  return true;
}

bool ReportReader::Impl::ReadSensorAt(element value, ParsedReport& parsed) {
  const JsonPath path{{}, 0, "sensor_at"};
  object members;
  if (value.get(members) != simdjson::SUCCESS) {
    return check_.Wrong({}, "sensor_at", "is no object, expected a place of the sensor");
  }
  constexpr double kMaxOwnSpeed = 1000.0;
  std::uint64_t seen = 0;
  const auto has = [&](OwnKey key) { return (seen >> static_cast<unsigned>(key) & 1U) != 0; };
  OwnPlace& own = parsed.report.sensor_at.emplace();
  Fix fix;
  for (const auto [key, member] : members) {
    OwnKey id{};
    if (!kOwnKeys.Find(key, id)) {
      Unknown(parsed, "sensor_at.", key);
      continue;
    }
    if (!check_.Once(seen, static_cast<unsigned>(id), path, key)) return false;
    if (id == OwnKey::kVelocity) {
      if (!check_.Triple(member, path, key, kMaxOwnSpeed, "m/s", own.vel_enu_mps)) return false;
      continue;
    }
    double most = kMaxSiteReachM;
    if (id == OwnKey::kLat) most = 90.0;
    if (id == OwnKey::kLon) most = 180.0;
    if (id == OwnKey::kHae || id == OwnKey::kMsl) most = kMaxHeightM;
    const bool is_angle = id == OwnKey::kLat || id == OwnKey::kLon;
    double number = 0.0;
    if (!check_.Number(member, path, key, -most, most, is_angle ? "degrees" : "m", number)) {
      return false;
    }
    if (id == OwnKey::kLat) fix.lat_deg = number;
    if (id == OwnKey::kLon) fix.lon_deg = number;
    if (id == OwnKey::kHae) fix.hae = HeightHae{number};
    if (id == OwnKey::kMsl) fix.amsl = HeightAmsl{number};
    if (id == OwnKey::kEast) own.enu_m[0] = number;
    if (id == OwnKey::kNorth) own.enu_m[1] = number;
    if (id == OwnKey::kUp) own.enu_m[2] = number;
  }
  using enum OwnKey;
  const bool on_earth = has(kLat) && has(kLon) && has(kHae) != has(kMsl);
  const bool local = has(kEast) && has(kNorth) && has(kUp);
  const bool mixed =
      (has(kLat) || has(kLon) || has(kHae) || has(kMsl)) && (has(kEast) || has(kNorth) || has(kUp));
  if (mixed || on_earth == local) {
    return check_.Wrong({}, "sensor_at",
                        "is no place, expected lat_deg, lon_deg and one of alt_hae_m, alt_msl_m; "
                        "or east_m, north_m, up_m");
  }
  if (on_earth) own.fix = fix;
  return true;
}

bool ReportReader::Impl::ReadLine(const object& root, ParsedReport& parsed) {
  std::uint64_t seen = 0;
  const JsonPath path;
  Report& report = parsed.report;
  for (const auto [key, value] : root) {
    ReportKey id{};
    if (!kReportKeys.Find(key, id)) {
      Unknown(parsed, "", key);
      continue;
    }
    if (!check_.Once(seen, static_cast<unsigned>(id), path, key)) return false;
    bool good = false;
    switch (id) {
      case ReportKey::kTime:
        good = check_.Instant(value, path, key, report.time);
        break;
      case ReportKey::kReceived:
        good = check_.Instant(value, path, key, report.received.emplace());
        break;
      case ReportKey::kSensor:
        good = check_.Text(value, path, key, kMaxNameBytes, report.sensor);
        break;
      case ReportKey::kSensorAt:
        good = ReadSensorAt(value, parsed);
        break;
      case ReportKey::kDetections:
        good = ReadDetections(value, parsed);
    }
    if (!good) return false;
  }
  for (const ReportKey key : {ReportKey::kTime, ReportKey::kSensor, ReportKey::kDetections}) {
    if ((seen >> static_cast<unsigned>(key) & 1U) != 0) continue;
    return check_.Wrong(path, kReportKeys.Name(key), "is missing");
  }
  return true;
}

Result<ParsedReport> ReportReader::Impl::Read(std::string_view line) {
  const auto root = parser_.Parse(line, kMaxReportBytes);
  if (!root) return tl::unexpected<Error>(root.error());
  ParsedReport parsed;
  const bool good = ReadLine(*root, parsed);
  parser_.Shrink();
  if (!good) return check_.Take();
  return parsed;
}

ReportReader::ReportReader() : impl_(std::make_unique<Impl>()) {}
ReportReader::~ReportReader() = default;
ReportReader::ReportReader(ReportReader&&) noexcept = default;
ReportReader& ReportReader::operator=(ReportReader&&) noexcept = default;

Result<ParsedReport> ReportReader::Read(std::string_view line) { return impl_->Read(line); }

namespace {

/// Keys of a truth target and of a track: what stands in both has one meaning.
enum class TargetKey : std::uint8_t {
  kId,
  kClass,
  kLat,
  kLon,
  kHae,
  kEnu,
  kVelocity,
  kExistence,
  kConfirmed,
  kSd,
  kCov,
  kIdentity,
  kFirst,
  kFirstEnu,
  kFirstSd,
  kLast,
  kNisSum,
  kNisDegrees
};
constexpr KeyTable<TargetKey, 18> kTargetKeys({"id", "class", "lat_deg", "lon_deg", "alt_hae_m",
                                               "enu_m", "vel_enu_mps", "existence", "confirmed",
                                               "sd_m", "cov", "identity", "first_evidence",
                                               "first_enu_m", "first_sd_m", "last_detection",
                                               "nis_sum", "nis_degrees"});

/// What a line says of one target, as far as it says it.
struct TargetFields {
  std::uint64_t seen = 0;
  element id;
  element class_;
  Geodetic position;
  std::array<double, 3> enu_m{};
  std::array<double, 3> vel_enu_mps{};
  double existence = 1.0;
  bool confirmed = true;
  std::array<double, 3> sd_m{};
  std::array<double, 36> cov{};
  Identity identity;
  Time first_evidence;
  std::array<double, 3> first_enu_m{};
  std::array<double, 3> first_sd_m{};
  Time last_detection;
  double nis_sum = 0.0;
  double nis_degrees = 0.0;

  [[nodiscard]] bool Has(TargetKey key) const {
    return (seen >> static_cast<unsigned>(key) & 1U) != 0;
  }
};

bool ReadCovariance(JsonChecker& check, element value, const JsonPath& path,
                    std::array<double, 36>& cov) {
  array numbers;
  if (value.get(numbers) != simdjson::SUCCESS || numbers.size() != cov.size()) {
    return check.Wrong(path, "cov", "is no array of 36 numbers");
  }
  std::size_t i = 0;
  for (const element number : numbers) {
    if (!check.Number(number, path, "cov", -1e30, 1e30, "", cov[i++])) return false;
  }
  return true;
}

bool ReadTarget(JsonChecker& check, const object& members, const JsonPath& path,
                TargetFields& out) {
  for (const auto [key, value] : members) {
    TargetKey id{};
    if (!kTargetKeys.Find(key, id)) continue;
    if (!check.Once(out.seen, static_cast<unsigned>(id), path, key)) return false;
    bool good = true;
    switch (id) {
      case TargetKey::kId:
        out.id = value;
        break;
      case TargetKey::kClass:
        out.class_ = value;
        break;
      case TargetKey::kLat:
        good = check.Number(value, path, key, -90.0, 90.0, "degrees", out.position.lat_deg);
        break;
      case TargetKey::kLon:
        good = check.Number(value, path, key, -180.0, 180.0, "degrees", out.position.lon_deg);
        break;
      case TargetKey::kHae:
        good = check.Number(value, path, key, -kMaxMetres, kMaxMetres, "m", out.position.height.m);
        break;
      case TargetKey::kEnu:
        good = check.Triple(value, path, key, kMaxMetres, "m", out.enu_m);
        break;
      case TargetKey::kVelocity:
        good = check.Triple(value, path, key, kMaxSpeed, "m/s", out.vel_enu_mps);
        break;
      case TargetKey::kExistence:
        good = check.Number(value, path, key, 0.0, 1.0, "", out.existence);
        break;
      case TargetKey::kConfirmed:
        good = value.get(out.confirmed) == simdjson::SUCCESS ||
               check.Wrong(path, key, "is not true or false");
        break;
      case TargetKey::kSd:
        good = check.Triple(value, path, key, kMaxMetres, "m", out.sd_m);
        break;
      case TargetKey::kCov:
        good = ReadCovariance(check, value, path, out.cov);
        break;
      case TargetKey::kIdentity:
        good = check.Claims(value, path, out.identity);
        break;
      case TargetKey::kFirst:
        good = check.Instant(value, path, key, out.first_evidence);
        break;
      case TargetKey::kFirstEnu:
        good = check.Triple(value, path, key, kMaxMetres, "m", out.first_enu_m);
        break;
      case TargetKey::kFirstSd:
        good = check.Triple(value, path, key, kMaxMetres, "m", out.first_sd_m);
        break;
      case TargetKey::kLast:
        good = check.Instant(value, path, key, out.last_detection);
        break;
      case TargetKey::kNisSum:
        good = check.Number(value, path, key, 0.0, 1e30, "", out.nis_sum);
        break;
      case TargetKey::kNisDegrees:
        good = check.Number(value, path, key, 0.0, 1e9, "", out.nis_degrees);
    }
    if (!good) return false;
  }
  if (!out.Has(TargetKey::kId)) return check.Wrong(path, "id", "is missing");
  const bool geodetic =
      out.Has(TargetKey::kLat) && out.Has(TargetKey::kLon) && out.Has(TargetKey::kHae);
  if (!geodetic && !out.Has(TargetKey::kEnu)) {
    return check.Wrong(path, "",
                       "has no position, expected lat_deg, lon_deg and alt_hae_m, or enu_m");
  }
  if (geodetic && out.position.lat_deg == 0.0 && out.position.lon_deg == 0.0) {
    return check.Wrong(path, "lat_deg", kNoPosition);
  }
  // From here on a stated latitude means a whole position.
  if (!geodetic) out.seen &= ~(std::uint64_t{1} << static_cast<unsigned>(TargetKey::kLat));
  return true;
}

/// A line with `time` and a list of targets: reads each of them and hands it to `take`.
template <typename Take>
bool ReadTargets(JsonChecker& check, const object& root, std::string_view list, Time& time,
                 const Take& take) {
  const JsonPath top;
  std::uint64_t seen = 0;
  for (const auto [key, value] : root) {
    if (key == "time") {
      if (!check.Once(seen, 0, top, key) || !check.Instant(value, top, key, time)) return false;
    } else if (key == list) {
      array items;
      if (!check.Once(seen, 1, top, key)) return false;
      if (value.get(items) != simdjson::SUCCESS) {
        return check.Wrong(top, key, "is no array");
      }
      if (items.size() > kMaxDetections) {
        return check.Wrong(top, key, fmt::format("has over {} members", kMaxDetections));
      }
      std::size_t index = 0;
      for (const element item : items) {
        const JsonPath path{list, index++};
        object members;
        if (item.get(members) != simdjson::SUCCESS) {
          return check.Wrong(path, "", "is no object");
        }
        TargetFields fields;
        if (!ReadTarget(check, members, path, fields) || !take(path, fields)) return false;
      }
    }
  }
  if ((seen & 1U) == 0) return check.Wrong(top, "time", "is missing");
  if ((seen & 2U) == 0) return check.Wrong(top, list, "is missing");
  return true;
}

}  // namespace

std::optional<JsonLines> RecogniseLine(std::string_view line) {
  LineParser parser;
  const auto root = parser.Parse(line, kMaxPictureBytes);
  if (!root) return std::nullopt;
  for (const auto [key, value] : *root) {
    if (key == "detections") return JsonLines::kReports;
    if (key == "targets") return JsonLines::kTruth;
    if (key == "tracks") return JsonLines::kTracks;
  }
  return std::nullopt;
}

Result<Truth> ReadTruth(std::string_view line, const LocalFrame* frame) {
  LineParser parser;
  const auto root = parser.Parse(line, kMaxPictureBytes);
  if (!root) return tl::unexpected<Error>(root.error());
  JsonChecker check;
  Truth truth;
  const auto take = [&](const JsonPath& path, TargetFields& fields) {
    TruthTarget& target = truth.targets.emplace_back();
    std::int64_t number = 0;
    if (fields.id.get(number) == simdjson::SUCCESS) {
      target.id = std::to_string(number);
    } else if (!check.Text(fields.id, path, "id", kMaxNameBytes, target.id)) {
      return false;
    }
    if (fields.Has(TargetKey::kClass)) {
      std::string name;
      if (!check.Text(fields.class_, path, "class", kMaxNameBytes, name)) return false;
      const std::vector<TargetClass> classes = ClassesNamed(name);
      if (classes.size() != 1) {
        return check.Wrong(path, "class",
                           "is no class of one kind, expected multirotor, fixed_wing, bird, "
                           "aircraft or other");
      }
      target.target_class = classes.front();
    }
    if (fields.Has(TargetKey::kEnu)) target.enu_m = fields.enu_m;
    target.position = fields.position;
    if (!fields.Has(TargetKey::kLat)) {
      if (frame == nullptr) {
        return check.Wrong(path, "enu_m", "is all there is, expected lat_deg, lon_deg, alt_hae_m");
      }
      target.position = frame->ToGeodetic({fields.enu_m[0], fields.enu_m[1], fields.enu_m[2]});
    }
    target.vel_enu_mps = fields.vel_enu_mps;
    if (!fields.Has(TargetKey::kVelocity)) {
      target.vel_enu_mps.fill(std::numeric_limits<double>::quiet_NaN());
    }
    return true;
  };
  if (!ReadTargets(check, *root, "targets", truth.time, take)) return check.Take();
  return truth;
}

Result<Picture> ReadPicture(std::string_view line, const LocalFrame* frame) {
  LineParser parser;
  const auto root = parser.Parse(line, kMaxPictureBytes);
  if (!root) return tl::unexpected<Error>(root.error());
  JsonChecker check;
  Picture picture;
  const auto take = [&](const JsonPath& path, TargetFields& fields) {
    Track& track = picture.tracks.emplace_back();
    if (fields.id.get(track.id) != simdjson::SUCCESS || track.id == 0) {
      return check.Wrong(path, "id", "is no whole number from 1");
    }
    Eigen::Vector3d p_L(fields.enu_m[0], fields.enu_m[1], fields.enu_m[2]);
    if (frame != nullptr) {
      if (!fields.Has(TargetKey::kLat)) {
        return check.Wrong(path, "lat_deg", "is missing, expected lat_deg, lon_deg, alt_hae_m");
      }
      p_L = frame->ToLocal(fields.position);
    } else if (!fields.Has(TargetKey::kEnu)) {
      return check.Wrong(path, "enu_m", "is missing");
    }
    auto& v = fields.vel_enu_mps;
    if (!fields.Has(TargetKey::kVelocity)) v.fill(std::numeric_limits<double>::quiet_NaN());
    track.mean << p_L, v[0], v[1], v[2];
    track.covariance =
        Eigen::Map<const Eigen::Matrix<double, 6, 6, Eigen::RowMajor>>(fields.cov.data());
    if (!fields.Has(TargetKey::kCov)) {
      for (int i = 0; i < 3; ++i) {
        const double sd = fields.sd_m[static_cast<std::size_t>(i)];
        track.covariance(i, i) = sd * sd;
      }
    }
    track.existence = fields.existence;
    track.confirmed = fields.confirmed;
    if (fields.Has(TargetKey::kClass) &&
        !check.Class(fields.class_, path, track.class_probability)) {
      return false;
    }
    track.identity = std::move(fields.identity);
    track.first_evidence = fields.first_evidence;
    track.first_position = Eigen::Vector3d(fields.first_enu_m.data());
    track.first_position_sd = Eigen::Vector3d(fields.first_sd_m.data());
    track.last_detection = fields.last_detection;
    track.nis_sum = fields.nis_sum;
    track.nis_degrees = static_cast<int>(fields.nis_degrees);
    return true;
  };
  if (!ReadTargets(check, *root, "tracks", picture.time, take)) return check.Take();
  return picture;
}

}  // namespace picket
