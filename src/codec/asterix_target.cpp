// SPDX-License-Identifier: Apache-2.0
#include "asterix_target.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>

#include "adsb_claims.h"
#include "picket/geo/angle.h"

namespace picket::asterix {
namespace {

constexpr double kMPerNm = 1852.0;
constexpr double kMPerFt = 0.3048;
constexpr double kMPerFl = 100.0 * kMPerFt;
constexpr double kEarthRadiusM = 6'371'000.0;
bool IsSet(const Record& r, std::string_view item, std::string_view field,
           std::string_view sub = {}) {
  const Value* v = r.Find(item, field, sub);
  return v != nullptr && v->raw != 0;
}

void AddCode(const Record& r, std::string_view item, std::string_view sub, Detection& d) {
  const Value* code = r.Find(item, "mode_3a", sub);
  if (code != nullptr && code->raw != 0 && !IsSet(r, item, "v", sub) && !IsSet(r, item, "g", sub)) {
    d.identity.emplace_back("mode_3a", code->Text());
  }
}

void AddText(const Record& r, std::string_view item, std::string_view field, std::string_view sub,
             std::string_view kind, Detection& d) {
  const Value* v = r.Find(item, field, sub);
  if (v == nullptr || v->raw == 0) return;
  std::string text = v->Text();
  // Characters that the code has not mean a reply that was read wrongly.
  if (text.empty() || text.find('?') != std::string::npos) return;
  d.identity.emplace_back(kind, std::move(text));
}

struct Height {
  double m = 0.0;
  double sd_m = 0.0;
};

bool Measures(const AsterixSensor& radar, Component c) {
  return radar.measures.Empty() || radar.measures.Has(c);
}

/// `sd_m` 0: as the site says of the radar.
std::optional<Height> PlotHeight(const Record& r, const AsterixSensor& radar) {
  // A 3D radar's own measurement is better than what the transponder says.
  const auto measured = r.Number("110", "height_ft");
  if (measured && Measures(radar, Component::kElevation)) return Height{*measured * kMPerFt, 0.0};
  const auto level = r.Number("090", "level_fl");
  if (!level || IsSet(r, "090", "v") || IsSet(r, "090", "g")) return std::nullopt;
  const double m = *level * kMPerFl;
  return Height{m, PressureSdM(m)};
}

/// Velocity at the target, turned into the site's axes.
void SetVelocity(double east, double north, std::optional<double> up, double sd_mps,
                 const LocalFrame* frame, Detection& d) {
  Eigen::Vector3d v(east, north, up.value_or(0.0));
  if (frame != nullptr && d.fix) {
    const double h = d.fix->hae ? d.fix->hae->m : d.fix->amsl ? d.fix->amsl->m : 0.0;
    v = frame->AxesAt({d.fix->lat_deg, d.fix->lon_deg, {h}}).transpose() * v;
  }
  d.Set(Component::kVelEast, v.x(), sd_mps);
  d.Set(Component::kVelNorth, v.y(), sd_mps);
  if (up) d.Set(Component::kVelUp, v.z(), std::max(sd_mps, 1.5));
}

void SetPolarVelocity(double speed_mps, double track_deg, std::optional<double> up, double sd_mps,
                      const LocalFrame* frame, Detection& d) {
  const double track = track_deg * kRadPerDeg;
  SetVelocity(speed_mps * std::sin(track), speed_mps * std::cos(track), up, sd_mps, frame, d);
}

std::optional<double> Scaled(std::optional<double> value, double scale) {
  return value ? std::optional(*value * scale) : std::nullopt;
}

bool SetFix(const Record& r, std::string_view item, std::string_view sub, Detection& d) {
  const auto lat = r.Number(item, "lat_deg", sub);
  const auto lon = r.Number(item, "lon_deg", sub);
  // An unknown position is sent as 0,0 by some: that is no position.
  if (!lat || !lon || std::abs(*lat) > 90.0 || std::abs(*lon) > 180.0) return false;
  if (*lat == 0.0 && *lon == 0.0) return false;
  d.fix = Fix{.lat_deg = *lat, .lon_deg = *lon, .hae = {}, .amsl = {}};
  return true;
}

double& Sd(Detection& d, Component c) { return d.sd[static_cast<std::size_t>(c)]; }

std::optional<Detection> TrackOf62(const Record& r, const std::string& sensor,
                                   const LocalFrame* frame) {
  Detection d;
  if (!SetFix(r, "105", {}, d)) {
    const auto metres = r.Number("100", "x_m");
    const auto x = metres ? metres : Scaled(r.Number("100", "x_nm"), kMPerNm);
    const auto y = metres ? r.Number("100", "y_m") : Scaled(r.Number("100", "y_nm"), kMPerNm);
    if (!x || !y) return std::nullopt;
    d.Set(Component::kEast, *x);
    d.Set(Component::kNorth, *y);
  }
  if (const auto x = r.Number("500", "x_m", "apc")) {
    Sd(d, Component::kEast) = *x;
    Sd(d, Component::kNorth) = r.Number("500", "y_m", "apc").value_or(*x);
  }
  const auto geometric = Scaled(r.Number("130", "geometric_ft"), kMPerFt);
  const auto barometric = Scaled(r.Number("135", "barometric_fl"), kMPerFl);
  const auto measured = Scaled(r.Number("136", "level_fl"), kMPerFl);
  if (d.fix) {
    if (geometric) {
      d.fix->hae = HeightHae{*geometric};
      Sd(d, Component::kUp) = Scaled(r.Number("500", "geometric_ft", "aga"), kMPerFt).value_or(0.0);
    } else if (barometric && IsSet(r, "135", "qnh")) {
      d.fix->amsl = HeightAmsl{*barometric};
      Sd(d, Component::kUp) = 30.0 + 0.03 * std::abs(*barometric);  // ground value is corrected
    } else if (measured || barometric) {
      d.fix->amsl = HeightAmsl{measured ? *measured : *barometric};
      Sd(d, Component::kUp) = PressureSdM(d.fix->amsl->m);
    }
  }
  const auto climb = Scaled(r.Number("220", "climb_ft_per_min"), kMPerFt / 60.0);
  const double sd_mps = r.Number("500", "x_mps", "atv").value_or(0.0);
  const auto vx = r.Number("185", "vx_mps");
  const auto vy = r.Number("185", "vy_mps");
  const auto speed = Scaled(r.Number("180", "speed_nm_per_s"), kMPerNm);
  if (vx && vy) SetVelocity(*vx, *vy, climb, sd_mps, frame, d);
  if (speed) {
    SetPolarVelocity(*speed, r.Number("180", "heading_deg").value_or(0.0), climb, sd_mps, frame, d);
  }
  if (const Value* n = r.Find("040", "track")) {
    d.identity.emplace_back("track", fmt::format("{}/{}", sensor, n->raw));
  }
  AddText(r, "380", "address", {}, "icao", d);
  AddText(r, r.Find("380", "callsign") != nullptr ? "380" : "245", "callsign", {}, "callsign", d);
  AddCode(r, "060", {}, d);
  return d;
}

std::optional<Detection> SelfReportOf21(const Record& r, const LocalFrame* frame) {
  Detection d;
  if (!SetFix(r, "131", {}, d) && !SetFix(r, "130", {}, d)) return std::nullopt;
  const bool old = r.table->edition.starts_with("0.");
  // Before edition 1 the accuracy was a figure of merit with no open scale: taken as unknown.
  const auto nac_p = old ? std::optional(0.0) : r.Number("090", "nac_p");
  const auto category = static_cast<std::size_t>(std::min(nac_p.value_or(0.0), 11.0));
  // Not known is taken as no better than the worst category.
  Sd(d, Component::kEast) = Sd(d, Component::kNorth) =
      (category > 0 ? kNacP95M[category] : kUnknown95M) * kSigmaOf95Circle;
  if (const auto h = Scaled(r.Number("140", "geometric_ft"), kMPerFt)) {
    d.fix->hae = HeightHae{*h};
    Sd(d, Component::kUp) = 150.0 / 1.96;
  } else if (const auto level = Scaled(r.Number("145", "level_fl"), kMPerFl)) {
    d.fix->amsl = HeightAmsl{*level};
    Sd(d, Component::kUp) = PressureSdM(*level);
  }
  auto climb = r.Number("157", "geometric_climb_ft_per_min");
  if (!climb) climb = r.Number("155", "barometric_climb_ft_per_min");
  const auto speed = Scaled(r.Number("160", "ground_speed_nm_per_s"), kMPerNm);
  if (speed && !IsSet(r, "160", "re")) {
    // Accuracy of velocity is at best 10 m/s at 95 % in category 1 of DO-260B; taken throughout.
    SetPolarVelocity(*speed, r.Number("160", "track_angle_deg").value_or(0.0),
                     Scaled(climb, kMPerFt / 60.0), 10.0 * kSigmaOf95Circle, frame, d);
  }
  const Value* kind = r.Find("040", "atp");
  const bool icao = kind == nullptr || kind->raw == (old ? 1U : 0U);
  AddText(r, "080", "address", {}, icao ? "icao" : "adsb_address", d);
  AddText(r, "170", "callsign", {}, "callsign", d);
  const Value* emitter = r.Find("020", "emitter");
  if (emitter != nullptr && emitter->raw >= 1 && emitter->raw <= 12 &&
      (emitter->raw <= 6 || emitter->raw >= 10)) {
    d.class_probability[static_cast<std::size_t>(TargetClass::kAircraft)] = 1.0;
  }
  return d;
}

std::optional<Detection> TargetOf15(const Record& r, const std::string& sensor,
                                    const LocalFrame* frame) {
  Detection d;
  const bool fixed = SetFix(r, "600", "p84", d);
  if (fixed) {
    Sd(d, Component::kEast) = r.Number("600", "sd_x_m").value_or(0.0);
    Sd(d, Component::kNorth) = r.Number("600", "sd_y_m").value_or(0.0);
    if (const auto h = r.Number("601", "geometric_m")) {
      d.fix->hae = HeightHae{*h};
      Sd(d, Component::kUp) = r.Number("601", "sd_m").value_or(0.0);
    }
    const auto vx = r.Number("602", "vx_mps");
    const auto vy = r.Number("602", "vy_mps");
    if (vx && vy) {
      SetVelocity(*vx, *vy, r.Number("604", "vertical_mps"),
                  r.Number("602", "sd_x_mps").value_or(0.0), frame, d);
    }
  } else {
    const auto range = r.Number("625", "range_m");
    const auto azimuth = r.Number("627", "azimuth_deg");
    const auto elevation = r.Number("628", "elevation_deg");
    if (range && *range > 0) {
      d.Set(Component::kRange, *range, r.Number("625", "sd_m").value_or(0.0));
    }
    if (azimuth) {
      d.Set(Component::kAzimuth, *azimuth * kRadPerDeg,
            r.Number("627", "azimuth_sd_deg").value_or(0.0) * kRadPerDeg);
    }
    if (elevation) {
      d.Set(Component::kElevation, *elevation * kRadPerDeg,
            r.Number("628", "elevation_sd_deg").value_or(0.0) * kRadPerDeg);
    }
    if (const auto rate = r.Number("626", "doppler_mps")) {
      d.Set(Component::kRangeRate, *rate, r.Number("626", "doppler_sd_mps").value_or(0.0));
    }
    if (!d.measured.Has(Component::kRange) && !d.measured.Has(Component::kAzimuth)) {
      return std::nullopt;
    }
  }
  if (const Value* n = r.Find("161", "number")) {
    d.identity.emplace_back("track", fmt::format("{}/{}", sensor, n->raw));
  }
  return d;
}

/// A target of surface movement surveillance (10) or multilateration (20).
std::optional<Detection> TargetOf10Or20(const Record& r, const std::string& sensor,
                                        const LocalFrame* frame) {
  Detection d;
  if (!SetFix(r, "041", {}, d)) {
    const auto x = r.Number("042", "x_m");
    const auto y = r.Number("042", "y_m");
    if (!x || !y) return std::nullopt;
    d.Set(Component::kEast, *x);
    d.Set(Component::kNorth, *y);
  }
  const bool surface = r.table->category == 10;
  Sd(d, Component::kEast) =
      r.Number("500", surface ? "sd_x_m" : "x_m", surface ? "" : "sdp").value_or(0.0);
  Sd(d, Component::kNorth) =
      r.Number("500", surface ? "sd_y_m" : "y_m", surface ? "" : "sdp").value_or(0.0);
  if (d.fix) {
    const auto geometric = surface ? std::nullopt : r.Number("105", "geometric_ft");
    const auto level = r.Number("090", "level_fl");
    if (geometric) {
      d.fix->hae = HeightHae{*geometric * kMPerFt};
      Sd(d, Component::kUp) = r.Number("500", "geometric_m", "sdh").value_or(0.0);
    } else if (level && !IsSet(r, "090", "v") && !IsSet(r, "090", "g")) {
      d.fix->amsl = HeightAmsl{*level * kMPerFl};
      Sd(d, Component::kUp) = PressureSdM(d.fix->amsl->m);
    }
  }
  const auto vx = r.Number("202", "vx_mps");
  const auto vy = r.Number("202", "vy_mps");
  if (vx && vy) SetVelocity(*vx, *vy, std::nullopt, 0.0, frame, d);
  if (const Value* n = r.Find("161", "track")) {
    d.identity.emplace_back("track", fmt::format("{}/{}", sensor, n->raw));
  }
  AddText(r, "220", "address", {}, "icao", d);
  AddText(r, "245", "callsign", {}, "callsign", d);
  AddCode(r, surface ? "060" : "070", {}, d);
  return d;
}

/// What an unmanned aircraft says of itself.
std::optional<Detection> SelfReportOf129(const Record& r, const LocalFrame* frame) {
  Detection d;
  if (!SetFix(r, "080", {}, d)) return std::nullopt;
  // Half of all errors lie within this radius; 0: not known, or over 255 m.
  constexpr double kSigmaOfMedianCircle = 1.0 / 1.1774;
  if (const auto cep = r.Number("110", "position_cep_m")) {
    Sd(d, Component::kEast) = Sd(d, Component::kNorth) = *cep * kSigmaOfMedianCircle;
  }
  if (const auto height = r.Number("090", "height_amsl_m")) d.fix->amsl = HeightAmsl{*height};
  const auto vx = r.Number("185", "vx_mps");
  const auto vy = r.Number("185", "vy_mps");
  if (vx && vy) SetVelocity(*vx, *vy, r.Number("220", "climb_mps"), 0.0, frame, d);
  const Value* front = r.Find("040", "serial_front");
  const Value* back = r.Find("040", "serial_back");
  if (front != nullptr && back != nullptr && (front->raw != 0 || back->raw != 0)) {
    // Serial numbers count within a maker and a model.
    const auto text = [&](std::string_view item, std::string_view field) {
      const Value* v = r.Find(item, field);
      return v != nullptr ? v->Text() : std::string();
    };
    d.identity.emplace_back("uas", fmt::format("{}/{}/{:012X}{:012X}", text("020", "manufacturer"),
                                               text("030", "model"), front->raw, back->raw));
  }
  d.class_probability[static_cast<std::size_t>(TargetClass::kMultirotor)] = 0.49;
  d.class_probability[static_cast<std::size_t>(TargetClass::kFixedWing)] = 0.49;
  return d;
}

}  // namespace

double NacPOf(double sd_m) {
  for (std::size_t category = kNacP95M.size() - 1; category > 0; --category) {
    if (sd_m <= kNacP95M[category] * kSigmaOf95Circle) return static_cast<double>(category);
  }
  return 0.0;
}

double HeightAt(double elevation_rad, double antenna_m, double range_m) {
  const double from = kEarthRadiusM + antenna_m;
  return std::sqrt(from * from + range_m * range_m +
                   2.0 * range_m * from * std::sin(elevation_rad)) -
         kEarthRadiusM;
}

std::optional<double> ElevationAt(double height_m, double antenna_m, double range_m) {
  const double from = kEarthRadiusM + antenna_m;
  const double to = kEarthRadiusM + height_m;
  const double sine = ((to - from) * (to + from) - range_m * range_m) / (2.0 * range_m * from);
  if (!(std::abs(sine) < 1.0)) return std::nullopt;
  return std::asin(sine);
}

std::optional<Source> SourceOf(const Record& record) {
  const Value* sac = record.Find("010", "sac");
  const Value* sic = record.Find("010", "sic");
  if (sac == nullptr || sic == nullptr) return std::nullopt;
  return Source{static_cast<int>(sac->raw), static_cast<int>(sic->raw)};
}

std::optional<double> TimeOfDay(const Record& r) {
  const auto item = [&](std::string_view name) { return r.Number(name, "time_s"); };
  switch (r.table->category) {
    case 10:
    case 20:
    case 48:
      return item("140");
    case 15:
      return item("145");
    case 34:
      return item("030");
    case 62:
    case 129:
      return item("070");
    case 21:
      // When the position held, else when it was received, else (before edition 1) time of day.
      for (const std::string_view name : {"071", "073", "030", "077"}) {
        if (const auto t = item(name)) return t;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

bool IsTarget(const Record& r) {
  switch (r.table->category) {
    case 48: {
      const Value* typ = r.Find("020", "typ");
      return !IsSet(r, "020", "tst") && !IsSet(r, "020", "rab") && !IsSet(r, "170", "tre") &&
             (typ == nullptr || typ->raw != 0);
    }
    case 62:
      return !IsSet(r, "080", "tse");
    case 10: {
      const Value* type = r.Find("000", "type");
      return (type == nullptr || type->raw == 1) && !IsSet(r, "020", "tst") &&
             !IsSet(r, "020", "rab") && !IsSet(r, "170", "tre") && !IsSet(r, "170", "cst");
    }
    case 20:
      return !IsSet(r, "020", "tst") && !IsSet(r, "020", "rab") && !IsSet(r, "170", "tre") &&
             !IsSet(r, "170", "cst");
    case 129:
      return true;
    case 21:
      return !IsSet(r, "040", "tst") && !IsSet(r, "040", "rab");
    case 15: {
      const Value* type = r.Find("000", "type");
      return type == nullptr || (type->raw >= 1 && type->raw <= 4);
    }
    default:
      return false;
  }
}

std::optional<Detection> PlotOf(const Record& r, const AsterixSensor& radar) {
  Detection d;
  auto range = Scaled(r.Number("040", "rho_nm"), kMPerNm);
  auto azimuth = Scaled(r.Number("040", "theta_deg"), kRadPerDeg);
  if (!range || !azimuth) {
    const auto x = Scaled(r.Number("042", "x_nm"), kMPerNm);
    const auto y = Scaled(r.Number("042", "y_nm"), kMPerNm);
    if (!x || !y) return std::nullopt;
    range = std::hypot(*x, *y);
    azimuth = Bearing::Rad(std::atan2(*x, *y)).rad();
  }
  if (IsSet(r, "020", "err")) {
    if (const auto far = r.Number("RE", "extended_range_nm")) range = *far * kMPerNm;
  }
  if (!(*range > 0.0)) return std::nullopt;
  d.Set(Component::kRange, *range);
  d.Set(Component::kAzimuth, *azimuth);
  if (const auto height = radar.antenna ? PlotHeight(r, radar) : std::nullopt) {
    if (const auto elevation = ElevationAt(height->m, radar.antenna->m, *range)) {
      const double level_m = std::max(*range * std::cos(*elevation), 1.0);
      d.Set(Component::kElevation, *elevation, std::min(height->sd_m / level_m, 1.0));
    }
  }
  const auto rate = r.Number("120", "doppler_mps", "cal");
  if (rate && !IsSet(r, "120", "doubtful") && Measures(radar, Component::kRangeRate)) {
    d.Set(Component::kRangeRate, *rate);
  }
  if (const auto snr = r.Number("RE", "signal_to_clutter_db")) d.snr_db = *snr;
  if (const auto rcs = r.Number("RE", "rcs_dbsm")) d.rcs_dbsm = *rcs;
  AddText(r, "220", "address", {}, "icao", d);
  AddText(r, "240", "callsign", {}, "callsign", d);
  AddCode(r, "070", {}, d);
  return d;
}

std::optional<Detection> PositionOf(const Record& record, const std::string& sensor,
                                    const LocalFrame* frame) {
  switch (record.table->category) {
    case 10:
    case 20:
      return TargetOf10Or20(record, sensor, frame);
    case 15:
      return TargetOf15(record, sensor, frame);
    case 21:
      return SelfReportOf21(record, frame);
    case 62:
      return TrackOf62(record, sensor, frame);
    case 129:
      return SelfReportOf129(record, frame);
    default:
      return std::nullopt;
  }
}

}  // namespace picket::asterix
