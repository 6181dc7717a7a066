// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/readsb_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "adsb_claims.h"
#include "picket/geo/angle.h"

namespace picket {
namespace {

using Json = nlohmann::ordered_json;

// Where the receiver states no accuracy: as for NACp 7, the least that rules of the air ask of
// ADS-B in service. Positions by arrival times (MLAT) have "varying accuracy": a mile.
constexpr double kAdsb95M = 185.2;
constexpr double kMlat95M = 1852.0;
constexpr double kNoUnit = 1.0;
// Documents round ages to a tenth of a second: the same position may seem to be this much younger.
constexpr Duration kRounding = Duration::Seconds(0.15);
constexpr double kOldestS = 60.0;  // after that the sender itself calls a position stale
constexpr std::size_t kGeneration = 8192;

/// A number in [low, high] times `unit`; nothing if it is missing or no such number.
std::optional<double> Number(const Json& from, const char* key, double low, double high,
                             double unit) {
  const auto at = from.find(key);
  if (at == from.end() || !at->is_number()) return std::nullopt;
  const double value = at->get<double>();
  if (!(value >= low && value <= high)) return std::nullopt;
  return value * unit;
}

std::string Text(const Json& from, const char* key, std::size_t longest) {
  const auto at = from.find(key);
  if (at == from.end() || !at->is_string()) return {};
  std::string text = at->get<std::string>().substr(0, longest);
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

/// "A3" to (4, 3).
std::pair<int, int> EmitterOf(const std::string& category) {
  if (category.size() != 2 || category[0] < 'A' || category[0] > 'D' || category[1] < '0' ||
      category[1] > '7') {
    return {0, 0};
  }
  return {4 - (category[0] - 'A'), category[1] - '0'};
}

/// Whose address it is; see AdsbDecoder.
std::string_view KindOf(const std::string& hex, const std::string& type) {
  if (!hex.starts_with('~')) return "icao";
  if (type.starts_with("tisb")) return "tisb_address";
  if (type.starts_with("adsr")) return "adsr_address";
  return "adsb_address";
}

bool IsAddress(std::string_view hex) {
  if (hex.starts_with('~')) hex.remove_prefix(1);
  return hex.size() == 6 &&
         hex.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

class ReadsbDecoder::Impl {
 public:
  Impl(DecodeOptions options, std::string sensor) : options_(options), sensor_(std::move(sensor)) {}

  void Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
            const DecodeSink& sink) {
    for (const std::uint8_t byte : bytes) {
      Byte(static_cast<char>(byte), received, sink);
      ++offset_;
    }
  }

  void Finish(const DecodeSink& sink) {
    EndGarbage(sink);
    if (depth_ > 0) Tell(begin_, "the data end within a JSON document", sink);
    depth_ = 0;
    document_.clear();
  }

  ReadsbCounts counts;

 private:
  /// A document ends with the brace that closes it: aircraft.json is written over several lines.
  void Byte(char c, std::optional<Time> received, const DecodeSink& sink) {
    if (depth_ == 0) {
      if (c == '{') {
        EndGarbage(sink);
        begin_ = offset_;
        quoted_ = escaped_ = false;
        document_.clear();
      } else {
        if (std::strchr(" \t\r\n", c) == nullptr && garbage_++ == 0) garbage_from_ = offset_;
        return;
      }
    }
    if (document_.size() >= kMaxReadsbBytes) {
      ++counts.damaged;
      Tell(begin_, fmt::format("a JSON document over {} bytes, passed over", kMaxReadsbBytes),
           sink);
      depth_ = 0;
      document_.clear();
      return;
    }
    document_ += c;
    if (quoted_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"' || c == '\n') {
        quoted_ = false;  // no text of JSON goes over a line's end: the document is damaged
      }
      return;
    }
    if (c == '"') quoted_ = true;
    if (c == '{' || c == '[') ++depth_;
    if (c == '}' || c == ']') --depth_;
    if (depth_ == 0) Document(received, sink);
  }

  void Document(std::optional<Time> received, const DecodeSink& sink) {
    ++counts.documents;
    // The parser goes down once for each level: nesting is bounded before it starts.
    constexpr int kDeepest = 16;
    int depth = 0;
    const Json json = Json::parse(
        document_,
        [&](int at, Json::parse_event_t, Json&) {
          depth = std::max(depth, at);
          return at <= kDeepest;
        },
        false);
    if (json.is_discarded() || !json.is_object() || depth > kDeepest) {
      ++counts.damaged;
      return Tell(begin_, "is no JSON document of a receiver", sink);
    }
    const auto now = Number(json, "now", 0.0, 9e9, kNoUnit);
    const auto list = json.find("aircraft");
    if (list == json.end()) return Aircraft(json, now, received, true, sink);
    if (!list->is_array()) {
      ++counts.damaged;
      return Tell(begin_, "aircraft: is no list", sink);
    }
    for (const Json& one : *list) Aircraft(one, now, received, false, sink);
  }

  void Aircraft(const Json& one, std::optional<double> now, std::optional<Time> received,
                bool whole, const DecodeSink& sink) {
    ++counts.aircraft;
    const std::string hex = one.is_object() ? Text(one, "hex", 8) : std::string();
    if (!IsAddress(hex)) {
      ++counts.damaged;
      return Tell(begin_, "hex: is no address of six hexadecimal digits", sink);
    }
    std::optional<Time> time = received;
    if (now) time = Time::Ns(static_cast<std::int64_t>(std::llround(*now * 1e9)));
    DecodedMessage message;
    message.byte = begin_;
    if (options_.want_reports) message.report = ReportOf(one, hex, time, sink);
    std::string line;
    if (whole) {
      message.raw = {reinterpret_cast<const std::uint8_t*>(document_.data()), document_.size()};
    }
    if (options_.want_json || (!whole && message.report)) {
      Json told = one;
      if (!whole && now) told["now"] = *now;
      line = told.dump(-1, ' ', false, Json::error_handler_t::replace);
      // Of a list: what is kept for each report is its own aircraft, not all of them.
      if (!whole) message.raw = {reinterpret_cast<const std::uint8_t*>(line.data()), line.size()};
    }
    if (options_.want_json) message.json = line;
    if (sink.on_message) sink.on_message(message);
  }

  std::optional<Report> ReportOf(const Json& one, const std::string& hex, std::optional<Time> now,
                                 const DecodeSink& sink) {
    const auto lat = Number(one, "lat", -90.0, 90.0, kNoUnit);
    const auto lon = Number(one, "lon", -180.0, 180.0, kNoUnit);
    if (!lat || !lon || (*lat == 0.0 && *lon == 0.0)) return std::nullopt;
    if (!now) {
      ++counts.damaged;
      Tell(begin_, "now: is missing, and nothing else tells the time", sink);
      return std::nullopt;
    }
    const auto age = Number(one, "seen_pos", 0.0, kOldestS, kNoUnit);
    if (!age && one.contains("seen_pos")) return std::nullopt;
    const Time time = *now - Duration::Seconds(age.value_or(0.0));
    if (time < Time() || !IsNew(hex, time)) {
      ++counts.repeats;
      return std::nullopt;
    }
    const std::string type = Text(one, "type", 32);
    Detection d;
    d.fix = Fix{.lat_deg = *lat, .lon_deg = *lon, .hae = {}, .amsl = {}};
    const auto sd = [&d](Component c) -> double& { return d.sd[static_cast<std::size_t>(c)]; };
    const auto nac_p = Number(one, "nac_p", 1.0, static_cast<double>(kNacP95M.size() - 1), kNoUnit);
    const double bound_m = type == "mlat" ? kMlat95M
                           : nac_p        ? kNacP95M[static_cast<std::size_t>(*nac_p)]
                                          : kAdsb95M;
    const bool surface = Text(one, "alt_baro", 8) == "ground";
    const auto speed = Number(one, "gs", 0.0, 4096.0, kMpsPerKnot);
    const auto track = Number(one, "track", -360.0, 360.0, kRadPerDeg);
    if (speed && track) {
      const auto nac_v =
          Number(one, "nac_v", 0.0, static_cast<double>(kNacV95Mps.size() - 1), kNoUnit);
      const double sd_mps =
          kNacV95Mps[static_cast<std::size_t>(nac_v.value_or(0.0))] * kSigmaOf95Circle;
      d.Set(Component::kVelEast, *speed * std::sin(*track), sd_mps);
      d.Set(Component::kVelNorth, *speed * std::cos(*track), sd_mps);
      auto up = Number(one, "geom_rate", -1e5, 1e5, kMpsPerFpm);
      if (!up) up = Number(one, "baro_rate", -1e5, 1e5, kMpsPerFpm);
      if (up && !surface) d.Set(Component::kVelUp, *up, 1.5);
    }
    // Ages are told to a tenth of a second; the message itself is up to 0.2 s older.
    const double sd_m = std::hypot(bound_m * kSigmaOf95Circle, speed.value_or(0.0) * 0.1);
    sd(Component::kEast) = sd(Component::kNorth) = sd_m;
    if (const auto geometric = Number(one, "alt_geom", -5e3, 2e5, kMPerFoot); geometric) {
      d.fix->hae = HeightHae{*geometric};
      sd(Component::kUp) = (Number(one, "gva", 2.0, 2.0, kNoUnit) ? 45.0 : 150.0) * kSigmaOf95;
    } else if (const auto baro = Number(one, "alt_baro", -5e3, 2e5, kMPerFoot); baro) {
      d.fix->amsl = HeightAmsl{*baro};
      sd(Component::kUp) = PressureSdM(*baro);
    }
    const auto [set, category] = EmitterOf(Text(one, "category", 2));
    d.class_probability = ClassOfEmitter(set, category);
    std::string address = hex.substr(hex.starts_with('~') ? 1 : 0);
    std::transform(address.begin(), address.end(), address.begin(),
                   [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    d.identity.emplace_back(KindOf(hex, type), std::move(address));
    if (std::string callsign = Text(one, "flight", 8); !callsign.empty()) {
      d.identity.emplace_back("callsign", std::move(callsign));
    }
    ++counts.reports;
    Report report;
    report.time = time;
    report.sensor = sensor_;
    report.detections.push_back(std::move(d));
    return report;
  }

  /// Whether this is no position that was told before.
  bool IsNew(const std::string& hex, Time time) {
    const auto find = [&](auto& in) {
      const auto at = in.find(hex);
      return at == in.end() ? std::optional<Time>() : std::optional(at->second);
    };
    auto last = find(now_);
    if (!last) last = find(before_);
    if (last && time <= *last + kRounding) return false;
    if (now_.size() >= kGeneration) before_ = std::exchange(now_, {});
    now_[hex] = time;
    return true;
  }

  void EndGarbage(const DecodeSink& sink) {
    if (garbage_ == 0) return;
    Tell(garbage_from_, fmt::format("{} bytes belong to no JSON document, passed over", garbage_),
         sink);
    garbage_ = 0;
  }

  static void Tell(std::int64_t byte, std::string what, const DecodeSink& sink) {
    if (!sink.on_error) return;
    Error error;
    error.byte = byte;
    error.what = std::move(what);
    sink.on_error(error);
  }

  DecodeOptions options_;
  std::string sensor_;
  std::string document_;
  int depth_ = 0;
  bool quoted_ = false;
  bool escaped_ = false;
  std::int64_t offset_ = 0;
  std::int64_t begin_ = 0;
  std::int64_t garbage_ = 0;
  std::int64_t garbage_from_ = 0;
  // Newest position by address, in two generations: see AdsbDecoder.
  std::unordered_map<std::string, Time> now_;
  std::unordered_map<std::string, Time> before_;
};

ReadsbDecoder::ReadsbDecoder(DecodeOptions options, std::string sensor)
    : impl_(std::make_unique<Impl>(options, std::move(sensor))) {}
ReadsbDecoder::~ReadsbDecoder() = default;

void ReadsbDecoder::Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
                         const DecodeSink& sink) {
  impl_->Feed(bytes, received, sink);
}
void ReadsbDecoder::Finish(const DecodeSink& sink) { impl_->Finish(sink); }
const ReadsbCounts& ReadsbDecoder::counts() const { return impl_->counts; }

bool LooksLikeReadsb(std::string_view head) {
  const std::size_t first = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string_view::npos || head[first] != '{') return false;
  const std::string_view front = head.substr(first, 4096);
  const auto has = [&](std::string_view key) { return front.find(key) != std::string_view::npos; };
  return has("\"now\"") && (has("\"aircraft\"") || has("\"hex\""));
}

}  // namespace picket
