// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/observation.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "picket/base/assert.h"

#include "picket/geo/frame.h"

namespace picket {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

struct HeightBand {
  std::string_view name;
  double from_deg;
  double to_deg;
};
constexpr std::array<HeightBand, 4> kHeights = {{
    {"low", 0.0, 20.0},
    {"middle", 20.0, 45.0},
    {"high", 45.0, 75.0},
    {"overhead", 75.0, 90.0},
}};
constexpr double kJudgementSdDeg = 5.0;

/// What is overhead is up to this high, and so within some 130 m of the observer.
constexpr double kOverheadHeightM = 500.0;
/// An observer who stands elsewhere than it says errs in bearing as well: most at close range.
constexpr double kCloseM = 500.0;

/// A person of whom nothing else is known: sees or hears a small drone half of the time where it is
/// near, a quarter of the time at a kilometre, not beyond five; and three in ten observations are
/// of nothing (a star, a bird, an airliner). A judgement, as the site file's is.
constexpr double kSees = 0.5;
constexpr double kHalfRangeM = 1000.0;
constexpr double kPower = 4.0;
constexpr double kMaxRangeM = 5000.0;
constexpr double kFalseShare = 0.3;
constexpr double kEyesM = 1.6;  ///< above ground

constexpr std::array<std::string_view, 3> kSenses = {"seen", "heard", "both"};
constexpr std::array<std::string_view, 3> kSureness = {"unsure", "likely", "certain"};
/// How probable it then is that the thing is what the observer says.
constexpr std::array<double, 3> kProbability = {0.45, 0.7, 0.9};

struct Kind {
  std::string_view name;
  std::array<double, kTargetClasses> shares;  ///< in the order of TargetClass
};
constexpr std::array<Kind, 6> kKinds = {{
    {"drone", {0.5, 0.5, 0.0, 0.0, 0.0}},
    {"multirotor", {1.0, 0.0, 0.0, 0.0, 0.0}},
    {"fixed_wing", {0.0, 1.0, 0.0, 0.0, 0.0}},
    {"bird", {0.0, 0.0, 1.0, 0.0, 0.0}},
    {"aircraft", {0.0, 0.0, 0.0, 1.0, 0.0}},
    {"other", {0.0, 0.0, 0.0, 0.0, 1.0}},
}};

constexpr double kLeastAzimuthSdDeg = 1.0;
constexpr double kMostAzimuthSdDeg = 90.0;
constexpr double kMostPlaceSdM = 5000.0;

/// Reads the members of the object; the first thing wrong stays in `error`.
class Reader {
 public:
  explicit Reader(object members) : members_(members) {}

  [[nodiscard]] bool sound() const { return error.what.empty(); }
  bool Wrong(std::string_view field, std::string what) {
    if (sound()) {
      error.field = field;
      error.what = std::move(what);
    }
    return false;
  }

  /// The member, if it is there and not null.
  std::optional<element> Member(const char* key) {
    element value;
    if (members_[key].get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
    return value;
  }
  std::string Text(const char* key, std::size_t most) {
    const auto value = Member(key);
    std::string_view text;
    if (!value) return {};
    if (value->get(text) != simdjson::SUCCESS) {
      Wrong(key, "is no text");
    } else if (text.size() > most) {
      Wrong(key, fmt::format("has {} bytes, expected at most {}", text.size(), most));
    }
    return std::string(text.substr(0, most));
  }
  std::string Name(const char* key) {
    std::string text = Text(key, 64);
    if (sound() && !IsObservationName(text)) {
      Wrong(key, text.empty() ? "is missing"
                              : "has other characters than letters, digits, '.', '_' and '-'");
    }
    return text;
  }
  std::optional<Time> Instant(const char* key) {
    const auto value = Member(key);
    if (!value) return std::nullopt;
    std::string_view text;
    double seconds = 0.0;
    std::optional<Time> time;
    if (value->get(text) == simdjson::SUCCESS) {
      time = Time::Parse(text);
    } else if (value->get(seconds) == simdjson::SUCCESS) {
      time = Time::FromUnixSeconds(seconds);
    }
    if (!time) Wrong(key, "is no time such as \"2026-03-01T12:00:00Z\" or seconds since 1970");
    return time;
  }
  std::optional<double> Number(const char* key, double least, double most) {
    const auto value = Member(key);
    if (!value) return std::nullopt;
    double number = 0.0;
    if (value->get(number) != simdjson::SUCCESS || !(number >= least && number <= most)) {
      Wrong(key, fmt::format("expected a number from {} to {}", least, most));
      return std::nullopt;
    }
    return number;
  }
  /// Which of the names it is.
  template <typename Names>
  std::optional<std::size_t> Choice(const char* key, const Names& names) {
    const auto value = Member(key);
    if (!value) return std::nullopt;
    std::string_view text;
    if (value->get(text) == simdjson::SUCCESS) {
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (NameOf(names[i]) == text) return i;
      }
    }
    std::string expected;
    for (const auto& name : names) expected += fmt::format(" {}", NameOf(name));
    Wrong(key, "expected one of" + expected);
    return std::nullopt;
  }

  Error error;

 private:
  static std::string_view NameOf(std::string_view name) { return name; }
  static std::string_view NameOf(const HeightBand& band) { return band.name; }
  static std::string_view NameOf(const Kind& kind) { return kind.name; }

  object members_;
};

constexpr std::array<std::string_view, 12> kKeys = {
    "id",        "time",  "sent", "observer", "azimuth_deg", "azimuth_sd_deg",
    "elevation", "sense", "what", "sure",     "at",          "note"};

std::optional<Observation::Place> ReadPlace(Reader& reader) {
  const auto value = reader.Member("at");
  if (!value) return std::nullopt;
  object members;
  if (value->get(members) != simdjson::SUCCESS) {
    reader.Wrong("at", "expected an object with lat_deg, lon_deg and sd_m");
    return std::nullopt;
  }
  Reader inner(members);
  const auto lat = inner.Number("lat_deg", -90.0, 90.0);
  const auto lon = inner.Number("lon_deg", -180.0, 180.0);
  const auto sd = inner.Number("sd_m", 0.0, kMostPlaceSdM);
  if (inner.sound() && !lat) inner.Wrong("lat_deg", "is missing");
  if (inner.sound() && !lon) inner.Wrong("lon_deg", "is missing");
  if (inner.sound() && !sd) inner.Wrong("sd_m", "is missing");
  if (!inner.sound()) {
    reader.Wrong("at." + inner.error.field, inner.error.what);
    return std::nullopt;
  }
  return Observation::Place{*lat, *lon, *sd};
}

}  // namespace

std::string_view HeightClassName(HeightClass c) {
  return kHeights[static_cast<std::size_t>(c)].name;
}

HeightAngle AngleOf(HeightClass c) {
  const HeightBand& band = kHeights[static_cast<std::size_t>(c)];
  const double even = (band.to_deg - band.from_deg) / std::sqrt(12.0);
  return {0.5 * (band.from_deg + band.to_deg) * kRadPerDeg,
          std::hypot(even, kJudgementSdDeg) * kRadPerDeg};
}

bool IsObservationName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

bool Observation::SameAs(const Observation& other) const {
  return id == other.id && time == other.time && observer == other.observer &&
         azimuth_rad == other.azimuth_rad && azimuth_sd_rad == other.azimuth_sd_rad &&
         height == other.height && sense == other.sense && what == other.what &&
         sure == other.sure && at == other.at && note == other.note;
}

Result<Observation> ReadObservation(std::string_view json) {
  if (json.size() > kMaxObservationBytes) {
    return Fail(fmt::format("an observation of {} bytes, expected at most {}", json.size(),
                            kMaxObservationBytes));
  }
  simdjson::dom::parser parser;
  element root;
  if (const auto code = parser.parse(json.data(), json.size()).get(root)) {
    return Fail(fmt::format("is no JSON: {}", simdjson::error_message(code)));
  }
  object members;
  if (root.get(members) != simdjson::SUCCESS) return Fail("expected one JSON object");
  Reader reader(members);
  Observation o;
  o.id = reader.Name("id");
  const auto time = reader.Instant("time");
  if (!time) reader.Wrong("time", "is missing");
  o.time = time.value_or(Time());
  o.sent = reader.Instant("sent");
  if (o.sent && *o.sent < o.time) reader.Wrong("sent", "is before time");
  o.observer = reader.Name("observer");
  if (const auto height = reader.Choice("elevation", kHeights)) {
    o.height = static_cast<HeightClass>(*height);
  }
  if (const auto sense = reader.Choice("sense", kSenses)) o.sense = static_cast<Sense>(*sense);
  if (const auto what = reader.Choice("what", kKinds)) o.what = kKinds[*what].name;
  if (const auto sure = reader.Choice("sure", kSureness)) o.sure = static_cast<Sureness>(*sure);
  const auto azimuth = reader.Number("azimuth_deg", -360.0, 360.0);
  if (azimuth) o.azimuth_rad = Bearing::Deg(*azimuth).rad();
  if (!azimuth && o.height != HeightClass::kOverhead) {
    reader.Wrong("azimuth_deg", "is missing, and only what is overhead has none");
  }
  const auto sd = reader.Number("azimuth_sd_deg", kLeastAzimuthSdDeg, kMostAzimuthSdDeg);
  o.azimuth_sd_rad = sd ? *sd * kRadPerDeg : o.sense == Sense::kHeard ? kHeardSdRad : kSeenSdRad;
  o.at = ReadPlace(reader);
  o.note = reader.Text("note", kMaxNoteBytes);
  for (const auto field : members) {
    if (std::find(kKeys.begin(), kKeys.end(), field.key) == kKeys.end()) {
      reader.Wrong(field.key.substr(0, 64), "is not known here");
    }
  }
  if (!reader.sound()) return tl::unexpected<Error>(std::move(reader.error));
  return o;
}

Report ReportOf(const Observation& observation, std::string sensor, Time time,
                const Geodetic& stands) {
  Report report;
  report.time = time;
  report.sensor = std::move(sensor);
  Detection z;
  double place_sd_m = 0.0;
  if (observation.at) {
    // A sensor that stands elsewhere than the observer says has the bearing from the wrong place.
    const Geodetic at{observation.at->lat_deg, observation.at->lon_deg, stands.height};
    const double apart_m = LocalFrame(stands).ToLocal(at).norm();
    place_sd_m = std::hypot(observation.at->sd_m,
                            observation.height == HeightClass::kOverhead ? 0.0 : apart_m);
  }
  if (observation.height == HeightClass::kOverhead) {
    const double reach_m = kOverheadHeightM * std::tan((90.0 - 75.0) * kRadPerDeg);
    // Even over a disc: a quarter of its diameter is one sigma of each axis.
    const double sd_m = std::hypot(reach_m / 2.0, place_sd_m);
    z.fix = Fix{.lat_deg = observation.at ? observation.at->lat_deg : stands.lat_deg,
                .lon_deg = observation.at ? observation.at->lon_deg : stands.lon_deg,
                .hae = {},
                .amsl = {}};
    z.sd[static_cast<std::size_t>(Component::kEast)] = sd_m;
    z.sd[static_cast<std::size_t>(Component::kNorth)] = sd_m;
  } else {
    z.Set(Component::kAzimuth, observation.azimuth_rad.value_or(0.0),
          std::hypot(observation.azimuth_sd_rad, std::atan(place_sd_m / kCloseM)));
    if (observation.height) {
      const HeightAngle angle = AngleOf(*observation.height);
      z.Set(Component::kElevation, angle.elevation_rad, angle.sd_rad);
    }
  }
  for (const Kind& kind : kKinds) {
    if (kind.name != observation.what) continue;
    // What remains is shared by all kinds evenly.
    const double p = kProbability[static_cast<std::size_t>(observation.sure)];
    for (std::size_t c = 0; c < kTargetClasses; ++c) {
      z.class_probability[c] = p * kind.shares[c] + (1.0 - p) / static_cast<double>(kTargetClasses);
    }
  }
  report.detections.push_back(std::move(z));
  return report;
}

SensorChange StandOf(const Observation& observation, Time time, bool joins) {
  PICKET_ASSERT(observation.at.has_value(), "the observer says where it stands");
  SensorPlacement at;
  at.lat_deg = observation.at->lat_deg;
  at.lon_deg = observation.at->lon_deg;
  at.above = SensorPlacement::Above::kGround;
  at.height_m = kEyesM;
  SensorChange change;
  change.time = time;
  change.sensor = observation.observer;
  if (!joins) {
    change.at = at;
    return change;
  }
  SensorEntry entry;
  entry.placement = at;
  Sensor& person = entry.sensor;
  person.id = observation.observer;
  person.kind = SensorKind::kObserver;
  person.measures = {Component::kAzimuth, Component::kElevation};
  person.sd[static_cast<std::size_t>(Component::kAzimuth)] = kSeenSdRad;
  person.sd[static_cast<std::size_t>(Component::kElevation)] = AngleOf(HeightClass::kLow).sd_rad;
  person.field.max_range_m = kMaxRangeM;
  person.detect.kind = DetectModel::Kind::kFalloff;
  person.detect.probability = kSees;
  person.detect.half_range_m = kHalfRangeM;
  person.detect.power = kPower;
  person.clutter_per_look = kFalseShare;
  change.whole = std::move(entry);
  return change;
}

}  // namespace picket
