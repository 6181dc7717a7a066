// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/asterix_encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "asterix_target.h"
#include "picket/base/assert.h"
#include "picket/codec/asterix_record.h"
#include "picket/geo/angle.h"

namespace picket::asterix {
namespace {

constexpr double kMPerNm = 1852.0;
constexpr double kMPerFt = 0.3048;
constexpr std::int64_t kDayNs = 86'400'000'000'000;
constexpr int kSectors = 8;

const Table& TableOf(int category) {
  const auto table = FindTable(category);
  PICKET_ASSERT(table, "the categories that are encoded are known");
  return **table;
}

/// Steps of 1/128 s since midnight; what rounds up to midnight is the next day's first.
double TimeOfDayS(Time time) {
  const double steps = std::round(static_cast<double>(time.ns() % kDayNs) * 1e-9 * 128.0);
  return std::fmod(steps, 86'400.0 * 128.0) / 128.0;
}

/// Degrees in [0, 360) that do not round up to 360.
double AzimuthDeg(double rad) {
  const double steps = std::round(Bearing::Rad(rad).deg() * 65536.0 / 360.0);
  return std::fmod(steps, 65536.0) * 360.0 / 65536.0;
}

/// Gathers records into data blocks.
class Blocks {
 public:
  explicit Blocks(int category) : category_(category) {}
  void Add(std::vector<std::uint8_t> record, Time time, std::vector<Message>& out) {
    // Records of one time share a block.
    if (!records_.empty() && (time != time_ || size_ + record.size() > kMaxDatagram)) Flush(out);
    time_ = time;
    size_ += record.size();
    records_.push_back(std::move(record));
  }
  void Flush(std::vector<Message>& out) {
    if (!records_.empty()) out.push_back({time_, DataBlock(category_, records_)});
    records_.clear();
    size_ = 3;
  }

 private:
  int category_;
  Time time_;
  std::size_t size_ = 3;
  std::vector<std::vector<std::uint8_t>> records_;
};

const std::string* Claim(const Identity& identity, std::string_view kind) {
  const auto at = std::find_if(identity.begin(), identity.end(),
                               [&](const auto& claim) { return claim.first == kind; });
  return at == identity.end() ? nullptr : &at->second;
}

/// Adds a code if the format can carry it: a claim may be of any length and characters.
void AddClaim(const Table& table, const Identity& identity, std::string_view kind,
              const Setting& where, std::vector<Setting>& settings) {
  const std::string* value = Claim(identity, kind);
  if (value == nullptr) return;
  Setting setting = where;
  setting.value = *value;
  if (EncodeRecord(table, std::span(&setting, 1))) settings.push_back(std::move(setting));
}

}  // namespace

RadarEncoder::RadarEncoder(AsterixSensor radar)
    : radar_(std::move(radar)), period_(radar_.period.value_or(Duration::Seconds(1.0))) {}

Message RadarEncoder::Marker(Time time, int type, std::optional<double> sector_deg) const {
  const auto number = [](auto v) { return static_cast<double>(v); };
  std::vector<Setting> settings = {
      {"010", "sac", {}, number(radar_.sac)},
      {"010", "sic", {}, number(radar_.sic)},
      {"000", "type", {}, number(type)},
      {"030", "time_s", {}, TimeOfDayS(time)},
      {"041", "rotation_s", {}, std::clamp(period_.s(), 0.0, 65535.0 / 128.0)}};
  if (sector_deg) settings.push_back({"020", "sector_deg", {}, *sector_deg});
  const auto record = EncodeRecord(TableOf(34), settings);
  PICKET_ASSERT(record, "a marker's values fit");
  const std::vector<std::vector<std::uint8_t>> records = {*record};
  return {time, DataBlock(34, records)};
}

Result<std::vector<std::uint8_t>> RadarEncoder::Plot(const Detection& d, Time time) const {
  const Table& table = TableOf(48);
  const double range_nm = d[Component::kRange] / kMPerNm;
  // Beyond 256 NM the position saturates and the expansion field has the range.
  const bool far = range_nm > 65535.0 / 256.0;
  const bool mode_s = Claim(d.identity, "icao") != nullptr;
  const bool ssr = Claim(d.identity, "mode_3a") != nullptr;
  std::vector<Setting> settings = {{"010", "sac", {}, static_cast<double>(radar_.sac)},
                                   {"010", "sic", {}, static_cast<double>(radar_.sic)},
                                   {"140", "time_s", {}, TimeOfDayS(time)},
                                   {"020",
                                    "typ",
                                    {},
                                    mode_s ? 7.0
                                    : ssr  ? 3.0
                                           : 1.0},
                                   {"040", "rho_nm", {}, far ? 65535.0 / 256.0 : range_nm},
                                   {"040", "theta_deg", {}, AzimuthDeg(d[Component::kAzimuth])}};
  if (far) {
    settings.push_back({"020", "err", {}, 1.0});
    settings.push_back({"RE", "extended_range_nm", "err", range_nm});
  }
  if (d.measured.Has(Component::kElevation) && radar_.antenna) {
    const double height_m =
        HeightAt(d[Component::kElevation], radar_.antenna->m, d[Component::kRange]);
    settings.push_back({"110", "height_ft", {}, height_m / kMPerFt});
  }
  if (d.measured.Has(Component::kRangeRate)) {
    settings.push_back(
        {"120", "doppler_mps", "cal", std::clamp(d[Component::kRangeRate], -512.0, 511.0)});
  }
  if (std::isfinite(d.snr_db) && d.snr_db >= 0.0) {
    settings.push_back({"RE", "signal_to_clutter_db", "rpc.src", std::min(d.snr_db, 6553.5)});
  }
  if (std::isfinite(d.rcs_dbsm)) {
    settings.push_back({"RE", "rcs_dbsm", "gen.rcsdb", std::clamp(d.rcs_dbsm, -81.92, 81.91)});
  }
  AddClaim(table, d.identity, "icao", {"220", "address", {}, 0.0}, settings);
  AddClaim(table, d.identity, "callsign", {"240", "callsign", {}, 0.0}, settings);
  AddClaim(table, d.identity, "mode_3a", {"070", "mode_3a", {}, 0.0}, settings);
  return EncodeRecord(table, settings);
}

Result<std::vector<Message>> RadarEncoder::Encode(const Report& report) {
  if (last_ && report.time <= *last_) {
    return Fail("a look that is not later than the one before", "time");
  }
  std::vector<Message> messages;
  // The turn before ended where this one begins; after a silence this one has a marker of its own.
  const bool follows = last_ && (report.time - *last_).s() < 1.25 * period_.s();
  const Time start = follows ? *last_ : report.time - period_;
  if (!follows) messages.push_back(Marker(start, 1, std::nullopt));
  for (int i = 1; i < kSectors; ++i) {
    const Duration into = Duration::Seconds((report.time - start).s() * i / kSectors);
    messages.push_back(Marker(start + into, 2, 360.0 * i / kSectors));
  }
  Blocks blocks(48);
  for (const Detection& d : report.detections) {
    if (!d.measured.Has(Component::kRange) || !d.measured.Has(Component::kAzimuth)) {
      ++left_out_;
      continue;
    }
    const Time time = d.time.value_or(report.time);
    auto plot = Plot(d, time);
    if (!plot) {
      ++left_out_;
      continue;
    }
    blocks.Add(std::move(*plot), time, messages);
  }
  blocks.Flush(messages);
  std::stable_sort(messages.begin(), messages.end(),
                   [](const Message& a, const Message& b) { return a.time < b.time; });
  messages.push_back(Marker(report.time, 1, std::nullopt));
  last_ = report.time;
  return messages;
}

SystemTrack SystemTrackOf(const Track& track, Time time, const Geodetic& at,
                          const Eigen::Vector3d& vel_enu_mps) {
  SystemTrack out;
  out.id = track.id;
  out.time = time;
  out.tentative = !track.confirmed;
  out.lat_deg = at.lat_deg;
  out.lon_deg = at.lon_deg;
  out.height = at.height;
  if (vel_enu_mps.allFinite()) {
    out.vel_enu_mps = {vel_enu_mps.x(), vel_enu_mps.y(), vel_enu_mps.z()};
  }
  const Eigen::Vector3d variance = track.covariance.diagonal().head<3>();
  if (variance.minCoeff() > 0.0) {
    out.sd_m = {std::sqrt(variance.x()), std::sqrt(variance.y()), std::sqrt(variance.z())};
  }
  const auto p = [&](TargetClass c) {
    return track.class_probability[static_cast<std::size_t>(c)];
  };
  out.unmanned = p(TargetClass::kMultirotor) + p(TargetClass::kFixedWing) > 0.5;
  out.identity = track.identity;
  return out;
}

namespace {

constexpr double kUnmanned = 13.0;  // emitter category of 021/020 and 062/380
constexpr double kServiceNumber = 1.0;

/// A number of `bits` bits that is not 0.
double NumberOf(std::uint64_t id, int bits) {
  const std::uint64_t numbers = (std::uint64_t{1} << static_cast<unsigned>(bits)) - 1;
  return static_cast<double>((id - 1) % numbers + 1);
}

Result<std::vector<std::uint8_t>> SystemTrackRecord(const SystemTrack& t, double sac, double sic) {
  const Table& table = TableOf(62);
  std::vector<Setting> settings = {{"010", "sac", {}, sac},
                                   {"010", "sic", {}, sic},
                                   {"015", "service", {}, kServiceNumber},
                                   {"070", "time_s", {}, TimeOfDayS(t.time)},
                                   {"105", "lat_deg", {}, t.lat_deg},
                                   {"105", "lon_deg", {}, t.lon_deg},
                                   {"040", "track", {}, NumberOf(t.id, 16)},
                                   {"080", "mrh", {}, t.height ? 1.0 : 0.0},
                                   {"080", "tentative", {}, t.tentative ? 1.0 : 0.0}};
  if (t.ended) settings.push_back({"080", "tse", {}, 1.0});
  if (t.height) settings.push_back({"130", "geometric_ft", {}, t.height->m / kMPerFt});
  if (t.vel_enu_mps) {
    const auto& v = *t.vel_enu_mps;
    settings.push_back({"185", "vx_mps", {}, v[0]});
    settings.push_back({"185", "vy_mps", {}, v[1]});
    settings.push_back({"220", "climb_ft_per_min", {}, v[2] * 60.0 / kMPerFt});
  }
  if (t.sd_m) {
    const auto& sd = *t.sd_m;
    settings.push_back({"500", "x_m", "apc", std::min(sd[0], 32'767.5)});
    settings.push_back({"500", "y_m", "apc", std::min(sd[1], 32'767.5)});
    if (t.height) {
      settings.push_back({"500", "geometric_ft", "aga", std::min(sd[2] / kMPerFt, 1593.75)});
    }
  }
  if (t.unmanned) settings.push_back({"380", "emitter", "emc", kUnmanned});
  AddClaim(table, t.identity, "icao", {"380", "address", "adr", 0.0}, settings);
  AddClaim(table, t.identity, "callsign", {"380", "callsign", "id", 0.0}, settings);
  AddClaim(table, t.identity, "mode_3a", {"060", "mode_3a", {}, 0.0}, settings);
  return EncodeRecord(table, settings);
}

Result<std::vector<std::uint8_t>> SelfReportRecord(const SystemTrack& t, double sac, double sic) {
  const Table& table = TableOf(21);
  // An address is mandatory: of a target that has none, its number, said to be no ICAO address.
  const std::string* icao = Claim(t.identity, "icao");
  constexpr double kAnonymous = 3.0;
  std::vector<Setting> settings = {{"010", "sac", {}, sac},
                                   {"010", "sic", {}, sic},
                                   {"015", "service", {}, kServiceNumber},
                                   {"040", "atp", {}, icao != nullptr ? 0.0 : kAnonymous},
                                   {"161", "track", {}, NumberOf(t.id, 12)},
                                   {"071", "time_s", {}, TimeOfDayS(t.time)},
                                   {"131", "lat_deg", {}, t.lat_deg},
                                   {"131", "lon_deg", {}, t.lon_deg}};
  if (icao == nullptr) {
    settings.push_back({"080", "address", {}, fmt::format("{:06X}", t.id & 0xFFFFFFU)});
  }
  AddClaim(table, t.identity, "icao", {"080", "address", {}, 0.0}, settings);
  AddClaim(table, t.identity, "callsign", {"170", "callsign", {}, 0.0}, settings);
  AddClaim(table, t.identity, "mode_3a", {"070", "mode_3a", {}, 0.0}, settings);
  if (t.sd_m) {
    settings.push_back({"090", "nac_p", {}, NacPOf(std::max((*t.sd_m)[0], (*t.sd_m)[1]))});
  }
  if (t.height) settings.push_back({"140", "geometric_ft", {}, t.height->m / kMPerFt});
  if (t.vel_enu_mps) {
    const auto& v = *t.vel_enu_mps;
    settings.push_back({"157", "geometric_climb_ft_per_min", {}, v[2] * 60.0 / kMPerFt});
    settings.push_back({"160", "ground_speed_nm_per_s", {}, std::hypot(v[0], v[1]) / kMPerNm});
    settings.push_back({"160", "track_angle_deg", {}, AzimuthDeg(std::atan2(v[0], v[1]))});
  }
  settings.push_back({"020", "emitter", {}, t.unmanned ? kUnmanned : 0.0});
  return EncodeRecord(table, settings);
}

}  // namespace

TrackEncoder::TrackEncoder(int sac, int sic, int category)
    : sac_(sac), sic_(sic), category_(category) {
  PICKET_ASSERT(sac >= 0 && sac <= 255 && sic >= 0 && sic <= 255, "SAC and SIC are bytes");
  PICKET_ASSERT(category == 62 || category == 21, "tracks are written as category 62 or 21");
}

Message TrackEncoder::Status(Time time, int type) const {
  constexpr int kEndOfBatch = 2;
  std::vector<Setting> settings = {{"000", "type", {}, static_cast<double>(type)},
                                   {"010", "sac", {}, sac_},
                                   {"010", "sic", {}, sic_},
                                   {"015", "service", {}, kServiceNumber},
                                   {"030", "time_s", {}, TimeOfDayS(time)}};
  if (type == kEndOfBatch) {
    settings.push_back({"020", "batch", {}, static_cast<double>(batch_ % 256)});
  } else {
    settings.push_back({"040", "nogo", {}, 0.0});
  }
  const auto record = EncodeRecord(TableOf(65), settings);
  PICKET_ASSERT(record, "a status' values fit");
  const std::vector<std::vector<std::uint8_t>> records = {*record};
  return {time, DataBlock(65, records)};
}

std::vector<Message> TrackEncoder::Encode(Time time, std::span<const SystemTrack> tracks) {
  const bool system = category_ == 62;
  std::vector<Message> messages;
  Blocks blocks(category_);
  const auto add = [&](const SystemTrack& t) {
    auto record = system ? SystemTrackRecord(t, sac_, sic_) : SelfReportRecord(t, sac_, sic_);
    if (record) blocks.Add(std::move(*record), t.time, messages);
    return record.has_value();
  };
  if (system) messages.push_back(Status(time, 1));
  std::map<std::uint64_t, SystemTrack> now;
  for (const SystemTrack& t : tracks) {
    if (!add(t)) {
      ++left_out_;
    } else if (system) {
      now.emplace(t.id, t);
    }
  }
  for (auto& [id, last] : shown_) {
    if (now.contains(id)) continue;
    last.ended = true;
    last.time = time;
    add(last);
  }
  shown_ = std::move(now);
  blocks.Flush(messages);
  if (system) {
    messages.push_back(Status(time, 2));
    ++batch_;
  }
  return messages;
}

}  // namespace picket::asterix
