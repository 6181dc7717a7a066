// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "component_keys.h"
#include "json_text.h"
#include "picket/base/assert.h"
#include "picket/codec/json.h"
#include "text_buffer.h"

namespace picket {
namespace {

// A string that is made large enough at once: growing megabytes costs more than the formatting.
using Buffer = std::string;
// What a member of a list takes, most of the time.
constexpr std::size_t kDetectionBytes = 160;
constexpr std::size_t kTargetBytes = 256;
constexpr std::size_t kTrackBytes = 640;
constexpr std::size_t kCovarianceBytes = 36 * 20;

/// Where a report is written to: a string of its own, or what a ReportWriter keeps.
struct Remembering {
  TextBuffer text;
  KnownTexts known;

  void push_back(char c) { text.push_back(c); }
  Remembering& operator+=(std::string_view more) {
    text += more;
    return *this;
  }
};
void PutKnown(Buffer& out, double value) { PutNumber(out, value); }
void PutKnown(Remembering& out, double value) { out.known.PutNumber(out.text, value); }
void PutInstant(Buffer& out, Time time) { Put(out, time.Text()); }
void PutInstant(Remembering& out, Time time) { out.known.PutInstant(out.text, time); }
/// A key that needs no escaping, with a comma before it unless it is the first.
void PutKey(Buffer& out, std::string_view key, bool first) {
  Put(out, first ? "\"" : ",\"");
  Put(out, key);
  Put(out, "\":");
}
void PutKey(Remembering& out, std::string_view key, bool first) {
  char* at = out.text.Room(key.size() + 4);
  if (!first) *at++ = ',';
  *at++ = '"';
  std::memcpy(at, key.data(), key.size());
  at += key.size();
  *at++ = '"';
  *at++ = ':';
  out.text.Advance(at);
}

/// One object: puts the commas.
template <typename Out>
class ObjectWriter {
 public:
  explicit ObjectWriter(Out& out) : out_(out) { out_.push_back('{'); }
  /// A key that needs no escaping; its value is to follow.
  void Key(std::string_view key) {
    PutKey(out_, key, first_);
    first_ = false;
  }
  /// A key that came from elsewhere.
  void ForeignKey(std::string_view key) {
    if (!first_) out_.push_back(',');
    first_ = false;
    PutText(out_, key);
    out_.push_back(':');
  }
  void Number(std::string_view key, double value) {
    Key(key);
    PutKnown(out_, value);
  }
  void Text(std::string_view key, std::string_view value) {
    Key(key);
    PutText(out_, value);
  }
  void Instant(std::string_view key, Time time) {
    Key(key);
    out_.push_back('"');
    PutInstant(out_, time);
    out_.push_back('"');
  }
  void Triple(std::string_view key, const Eigen::Vector3d& v) { Triple(key, v[0], v[1], v[2]); }
  void Triple(std::string_view key, double a, double b, double c) {
    Key(key);
    out_.push_back('[');
    PutKnown(out_, a);
    out_.push_back(',');
    PutKnown(out_, b);
    out_.push_back(',');
    PutKnown(out_, c);
    out_.push_back(']');
  }
  void Identities(const Identity& identity) {
    if (identity.empty()) return;
    Key("identity");
    ObjectWriter claims(out_);
    for (const auto& [kind, value] : identity) {
      claims.ForeignKey(kind);
      PutText(out_, value);
    }
    claims.End();
  }
  void Classes(const ClassProbabilities& probabilities) {
    if (std::all_of(probabilities.begin(), probabilities.end(), [](double p) { return p == 0; })) {
      return;
    }
    Key("class");
    ObjectWriter classes(out_);
    for (std::size_t i = 0; i < kTargetClasses; ++i) {
      classes.Number(ClassName(static_cast<TargetClass>(i)), probabilities[i]);
    }
    classes.End();
  }
  void End() { out_.push_back('}'); }

 private:
  Out& out_;
  bool first_ = true;
};

/// A number of the key's unit that reads back as `value`, the shortest of those near by: what was
/// read from "12.31" is written as 12.31 again. Where there is none, the nearest.
double InUnit(double value, double unit) {
  const double nearest = value / unit;
  if (unit == 1.0) return nearest;
  double best = nearest;
  std::size_t best_length = SIZE_MAX;
  double candidate = nearest;
  for (int i = 0; i < 2; ++i) candidate = std::nextafter(candidate, -HUGE_VAL);
  for (int i = 0; i < 5; ++i) {
    if (candidate * unit == value) {
      const std::size_t length = fmt::formatted_size(FMT_COMPILE("{}"), candidate);
      if (length < best_length) {
        best = candidate;
        best_length = length;
      }
    }
    candidate = std::nextafter(candidate, HUGE_VAL);
  }
  return best;
}

template <typename Out>
void PutDetection(Out& out, const Detection& d) {
  ObjectWriter object(out);
  const bool velocity = d.measured.Has(Component::kVelEast) &&
                        d.measured.Has(Component::kVelNorth) && d.measured.Has(Component::kVelUp);
  for (const ComponentKey& k : kComponentKeys) {
    const bool in_triple = velocity && k.unit_text == "m/s" && k.component != Component::kRangeRate;
    if (d.measured.Has(k.component) && !in_triple)
      object.Number(k.key, InUnit(d[k.component], k.unit));
  }
  if (velocity) {
    object.Triple("vel_enu_mps", d[Component::kVelEast], d[Component::kVelNorth],
                  d[Component::kVelUp]);
  }
  if (d.fix) {
    object.Number("lat_deg", d.fix->lat_deg);
    object.Number("lon_deg", d.fix->lon_deg);
    if (d.fix->hae) object.Number("alt_hae_m", d.fix->hae->m);
    if (d.fix->amsl) object.Number("alt_msl_m", d.fix->amsl->m);
  }
  if (d.time) object.Instant("time", *d.time);
  if (!std::isnan(d.snr_db)) object.Number("snr_db", d.snr_db);
  if (!std::isnan(d.rcs_dbsm)) object.Number("rcs_dbsm", d.rcs_dbsm);
  if (std::any_of(d.sd.begin(), d.sd.end(), [](double sd) { return sd > 0.0; })) {
    object.Key("sd");
    ObjectWriter sd(out);
    for (const ComponentKey& k : kComponentKeys) {
      const double sigma = d.sd[static_cast<std::size_t>(k.component)];
      if (sigma > 0.0) sd.Number(k.key, InUnit(sigma, k.unit));
    }
    sd.End();
  }
  object.Classes(d.class_probability);
  object.Identities(d.identity);
  object.End();
}

void PutTrack(Buffer& out, const Track& track, const LocalFrame& frame,
              std::span<const Sensor> sensors, bool with_covariance) {
  ObjectWriter object(out);
  object.Key("id");
  PutNumber(out, track.id);
  object.Number("existence", track.existence);
  if (!track.confirmed) {
    object.Key("confirmed");
    Put(out, "false");
  }
  const Eigen::Vector3d p_L = track.mean.head<3>();
  const Geodetic position = frame.ToGeodetic(p_L);
  object.Number("lat_deg", position.lat_deg);
  object.Number("lon_deg", position.lon_deg);
  object.Number("alt_hae_m", position.height.m);
  object.Triple("enu_m", p_L.x(), p_L.y(), p_L.z());
  object.Triple("vel_enu_mps", track.mean[3], track.mean[4], track.mean[5]);
  const auto sd = [&](int i) { return std::sqrt(track.covariance(i, i)); };
  object.Triple("sd_m", sd(0), sd(1), sd(2));
  if (with_covariance) {
    object.Key("cov");
    char before = '[';
    for (int row = 0; row < 6; ++row) {
      for (int column = 0; column < 6; ++column) {
        out.push_back(before);
        PutNumber(out, track.covariance(row, column));
        before = ',';
      }
    }
    out.push_back(']');
  }
  object.Classes(track.class_probability);
  object.Identities(track.identity);
  object.Key("sources");
  ObjectWriter sources(out);
  for (const auto& [sensor, count] : track.sources) {
    sources.ForeignKey(sensors[static_cast<std::size_t>(sensor)].id);
    PutNumber(out, std::uint64_t{count});
  }
  sources.End();
  object.Key("corroborated");
  Put(out, Corroborated(track, sensors) ? "true" : "false");
  object.Instant("first_evidence", track.first_evidence);
  object.Triple("first_enu_m", track.first_position);
  object.Triple("first_sd_m", track.first_position_sd);
  object.Instant("last_detection", track.last_detection);
  object.Number("nis_sum", track.nis_sum);
  object.Number("nis_degrees", track.nis_degrees);
  object.End();
}

/// A line of `list`: its time and one object for each member.
template <typename Members, typename PutMember>
std::string WriteList(Time time, std::string_view list, const Members& members,
                      std::size_t member_bytes, const PutMember& put) {
  Buffer out;
  out.reserve(64 + members.size() * member_bytes);
  ObjectWriter object(out);
  object.Instant("time", time);
  object.Key(list);
  out.push_back('[');
  bool first = true;
  for (const auto& member : members) {
    if (!first) out.push_back(',');
    first = false;
    put(out, member);
  }
  out.push_back(']');
  object.End();
  return out;
}

template <typename Out>
void PutOwnPlace(ObjectWriter<Out>& object, Out& out, const OwnPlace& own) {
  object.Key("sensor_at");
  ObjectWriter at(out);
  if (own.fix) {
    at.Number("lat_deg", own.fix->lat_deg);
    at.Number("lon_deg", own.fix->lon_deg);
    if (own.fix->hae) at.Number("alt_hae_m", own.fix->hae->m);
    if (own.fix->amsl) at.Number("alt_msl_m", own.fix->amsl->m);
  } else {
    at.Number("east_m", own.enu_m[0]);
    at.Number("north_m", own.enu_m[1]);
    at.Number("up_m", own.enu_m[2]);
  }
  const auto& v = own.vel_enu_mps;
  if (v != std::array<double, 3>{}) at.Triple("vel_enu_mps", v[0], v[1], v[2]);
  at.End();
}

/// A line of a report, without its end.
template <typename Out>
void PutReport(Out& out, const Report& report) {
  ObjectWriter object(out);
  object.Instant("time", report.time);
  if (report.received) object.Instant("received", *report.received);
  object.Text("sensor", report.sensor);
  if (report.sensor_at) PutOwnPlace(object, out, *report.sensor_at);
  object.Key("detections");
  out.push_back('[');
  for (std::size_t i = 0; i < report.detections.size(); ++i) {
    if (i > 0) out.push_back(',');
    PutDetection(out, report.detections[i]);
  }
  out.push_back(']');
  object.End();
}

}  // namespace

std::string WriteReport(const Report& report) {
  Buffer out;
  out.reserve(128 + report.detections.size() * kDetectionBytes);
  PutReport(out, report);
  return out;
}

class ReportWriter::Impl {
 public:
  Remembering out;
};

ReportWriter::ReportWriter() : impl_(std::make_unique<Impl>()) {}
ReportWriter::~ReportWriter() = default;

std::string_view ReportWriter::Write(const Report& report) {
  impl_->out.text.Clear();
  PutReport(impl_->out, report);
  impl_->out.push_back('\n');
  return impl_->out.text.View();
}

std::string WriteTruth(const Truth& truth) {
  return WriteList(truth.time, "targets", truth.targets, kTargetBytes,
                   [](Buffer& out, const TruthTarget& t) {
                     ObjectWriter object(out);
                     object.Text("id", t.id);
                     object.Text("class", ClassName(t.target_class));
                     object.Number("lat_deg", t.position.lat_deg);
                     object.Number("lon_deg", t.position.lon_deg);
                     object.Number("alt_hae_m", t.position.height.m);
                     if (t.enu_m)
                       object.Triple("enu_m", (*t.enu_m)[0], (*t.enu_m)[1], (*t.enu_m)[2]);
                     const auto& v = t.vel_enu_mps;
                     if (!std::isnan(v[0])) object.Triple("vel_enu_mps", v[0], v[1], v[2]);
                     object.End();
                   });
}

bool Corroborated(const Track& track, std::span<const Sensor> sensors) {
  std::size_t contributed = 0;
  for (const auto& [sensor, count] : track.sources) {
    if (count == 0) continue;
    ++contributed;
    if (sensors[static_cast<std::size_t>(sensor)].look == LookKind::kScan) return true;
  }
  return contributed >= 2;
}

std::string WritePicture(const Picture& picture, const LocalFrame& frame,
                         std::span<const Sensor> sensors, bool with_covariance) {
  const std::size_t track_bytes = with_covariance ? kTrackBytes + kCovarianceBytes : kTrackBytes;
  return WriteList(picture.time, "tracks", picture.tracks, track_bytes,
                   [&](Buffer& out, const Track& track) {
                     PutTrack(out, track, frame, sensors, with_covariance);
                   });
}

namespace {

/// How many decimals are told of a track between whole ones: 1 cm, 1 cm/s, a tenth of a percent.
constexpr int kDegreeDecimals = 7;
constexpr int kMetreDecimals = 2;
constexpr int kShareDecimals = 3;
/// How long a client waits at most for what is seldom told.
constexpr Duration kToldAtLeast = Duration::Seconds(1.0);
constexpr Duration kWholeAtLeast = Duration::Seconds(10.0);
constexpr double kExistenceStep = 0.01;
constexpr std::size_t kChangeBytes = 256;

/// As few digits as `decimals` allow: "12.3", "-0.05", "7".
void PutRounded(Buffer& out, double value, int decimals) {
  constexpr std::array<double, 8> kScale = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
  const double scaled = value * kScale[static_cast<std::size_t>(decimals)];
  if (!(std::abs(scaled) < 1e15)) return PutNumber(out, value);
  const auto whole = std::llround(scaled);
  if (whole < 0) out.push_back('-');
  auto digits = static_cast<std::uint64_t>(std::abs(whole));
  while (decimals > 0 && digits % 10 == 0) {
    digits /= 10;
    --decimals;
  }
  std::array<char, kNumberBytes> text;
  const char* const end = std::to_chars(text.data(), text.data() + text.size(), digits).ptr;
  const auto count = static_cast<std::size_t>(end - text.data());
  const auto after = static_cast<std::size_t>(decimals);
  if (count <= after) {
    out += "0.";
    out.append(after - count, '0');
    out.append(text.data(), count);
  } else {
    out.append(text.data(), count - after);
    if (after > 0) out.push_back('.');
    out.append(text.data() + (count - after), after);
  }
}

std::size_t MostProbable(const ClassProbabilities& of) {
  return static_cast<std::size_t>(std::max_element(of.begin(), of.end()) - of.begin());
}

/// Where a track is, in few digits.
void PutMoved(Buffer& out, const Track& track, const LocalFrame& frame) {
  ObjectWriter object(out);
  const auto number = [&](std::string_view key, double value, int decimals) {
    object.Key(key);
    PutRounded(out, value, decimals);
  };
  const auto triple = [&](std::string_view key, double a, double b, double c) {
    object.Key(key);
    char before = '[';
    for (const double value : {a, b, c}) {
      out.push_back(before);
      PutRounded(out, value, kMetreDecimals);
      before = ',';
    }
    out.push_back(']');
  };
  object.Key("id");
  PutNumber(out, track.id);
  number("existence", track.existence, kShareDecimals);
  const Eigen::Vector3d p_L = track.mean.head<3>();
  const Geodetic position = frame.ToGeodetic(p_L);
  number("lat_deg", position.lat_deg, kDegreeDecimals);
  number("lon_deg", position.lon_deg, kDegreeDecimals);
  number("alt_hae_m", position.height.m, kMetreDecimals);
  triple("enu_m", p_L.x(), p_L.y(), p_L.z());
  triple("vel_enu_mps", track.mean[3], track.mean[4], track.mean[5]);
  const auto sd = [&](int i) { return std::sqrt(track.covariance(i, i)); };
  triple("sd_m", sd(0), sd(1), sd(2));
  object.Instant("last_detection", track.last_detection);
  object.End();
}

}  // namespace

ChangesWriter::Told ChangesWriter::InWhole(const Track& track, Time time,
                                           std::span<const Sensor> sensors) {
  return {track.id,
          time,
          time,
          track.last_detection,
          track.existence,
          MostProbable(track.class_probability),
          track.identity.size(),
          Corroborated(track, sensors)};
}

void ChangesWriter::Begin(const Picture& picture, std::span<const Sensor> sensors) {
  told_.clear();
  told_.reserve(picture.tracks.size());
  for (const Track& track : picture.tracks) {
    told_.push_back(InWhole(track, picture.time, sensors));
  }
}

std::string ChangesWriter::Write(const Picture& picture, const LocalFrame& frame,
                                 std::span<const Sensor> sensors) {
  Buffer out;
  out.reserve(picture.tracks.size() * kChangeBytes / 2 + 256);
  ObjectWriter object(out);
  object.Instant("time", picture.time);
  object.Key("tracks");
  out.push_back('[');
  std::vector<Told> told;
  told.reserve(picture.tracks.size());
  std::vector<std::uint64_t> gone;
  auto before = told_.begin();
  bool first = true;
  for (const Track& track : picture.tracks) {
    for (; before != told_.end() && before->id < track.id; ++before) gone.push_back(before->id);
    Told now = InWhole(track, picture.time, sensors);
    bool whole = true;
    if (before != told_.end() && before->id == track.id) {
      const Told& last = *before++;
      whole = last.best_class != now.best_class || last.claims != now.claims ||
              last.corroborated != now.corroborated || picture.time - last.whole >= kWholeAtLeast ||
              picture.time < last.whole;
      if (!whole && last.last_detection == now.last_detection &&
          std::abs(last.existence - now.existence) < kExistenceStep &&
          picture.time - last.told < kToldAtLeast) {
        told.push_back(last);
        continue;
      }
      if (!whole) now.whole = last.whole;
    }
    if (!std::exchange(first, false)) out.push_back(',');
    if (whole) {
      PutTrack(out, track, frame, sensors, false);
    } else {
      PutMoved(out, track, frame);
    }
    told.push_back(now);
  }
  for (; before != told_.end(); ++before) gone.push_back(before->id);
  out.push_back(']');
  object.Key("gone");
  out.push_back('[');
  for (std::size_t i = 0; i < gone.size(); ++i) {
    if (i > 0) out.push_back(',');
    PutNumber(out, gone[i]);
  }
  out.push_back(']');
  object.End();
  told_ = std::move(told);
  return out;
}

std::string WriteUnseen(const Unseen& unseen, const LocalFrame& frame) {
  constexpr double kDecades = 4.0;
  constexpr int kMostLevel = 255;
  double sum = 0.0;
  double most = 0.0;
  for (const double expected : unseen.expected) {
    sum += expected;
    most = std::max(most, expected);
  }
  Buffer out;
  out.reserve(2 * unseen.expected.size() + kTargetBytes);
  ObjectWriter object(out);
  object.Instant("time", unseen.time);
  object.Number("expected", sum);
  object.Key("bands");
  Put(out, "[");
  for (const Unseen::Band& band : unseen.bands) {
    if (&band != unseen.bands.data()) out.push_back(',');
    ObjectWriter member(out);
    member.Number("from_agl_m", band.from_agl_m);
    member.Number("expected", band.expected);
    member.End();
  }
  Put(out, "]");
  object.Key("side");
  PutNumber(out, static_cast<std::uint64_t>(unseen.side));
  object.Number("cell_m", unseen.cell_m);
  object.Key("corners");
  const double reach_m = 0.5 * unseen.cell_m * unseen.side;
  constexpr std::array<std::array<double, 2>, 4> kCorners = {{{-1, 1}, {1, 1}, {1, -1}, {-1, -1}}};
  char before = '[';
  for (const auto& [e, n] : kCorners) {
    const Geodetic at = frame.ToGeodetic({e * reach_m, n * reach_m, 0.0});
    out.push_back(before);
    out.push_back('[');
    PutNumber(out, at.lon_deg);
    out.push_back(',');
    PutNumber(out, at.lat_deg);
    out.push_back(']');
    before = ',';
  }
  out.push_back(']');
  object.Number("most", most);
  object.Key("levels");
  out.push_back('"');
  for (const double expected : unseen.expected) {
    int level = 0;
    if (expected > 0.0) {
      // From level 1, four decades under the fullest cell, up to 255.
      const double decades = std::log10(expected / most);
      level = std::clamp(static_cast<int>(std::lround(kMostLevel + decades * 254.0 / kDecades)), 1,
                         kMostLevel);
    }
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{:02x}"), level);
  }
  out.push_back('"');
  object.End();
  return out;
}

std::string WriteAlert(const Alert& alert) {
  Buffer out;
  ObjectWriter object(out);
  object.Key("id");
  PutNumber(out, alert.id);
  object.Instant("time", alert.time);
  object.Text("level", AlertLevelName(alert.level));
  object.Key("track");
  PutNumber(out, alert.track);
  if (!alert.place.empty()) object.Text("place", alert.place);
  if (!alert.area.empty()) object.Text("area", alert.area);
  object.Text("text", alert.text);
  object.Number("probability", alert.probability);
  if (alert.earliest_arrival_s && alert.median_arrival_s && alert.latest_arrival_s) {
    object.Triple("arrival_s", *alert.earliest_arrival_s, *alert.median_arrival_s,
                  *alert.latest_arrival_s);
  } else {
    object.Key("arrival_s");
    Put(out, "null");
  }
  object.End();
  return out;
}

}  // namespace picket
