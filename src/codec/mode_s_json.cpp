// SPDX-License-Identifier: Apache-2.0
#include "mode_s_json.h"

#include <cmath>

#include "picket/geo/angle.h"

namespace picket {
namespace {

void AddContent(const EsOther& other, JsonObject& json) { json.Set("subtype", other.subtype); }

void AddContent(const EsIdentification& id, JsonObject& json) {
  json.Set("category", id.category);
  json.Set("callsign", id.callsign);
  json.Set("callsign_field", id.callsign_field);
}

void AddContent(const EsPosition& p, JsonObject& json) {
  if (p.surface) {
    json.Set("groundspeed", p.groundspeed_kt);
    json.Set("track", p.track_deg);
  } else {
    json.Set("surveillance_status", p.surveillance_status);
    json.Set("nic_supplement_b", p.nic_supplement_b);
    json.Set("altitude", p.altitude_ft);
    json.Set("altitude_source", p.gnss_height ? "gnss" : "baro");
  }
  if (!p.has_position) return;
  json.Set("surface", p.surface);
  json.Set("utc_synchronised", p.utc_synchronised);
  json.Set("cpr_format", p.cpr.odd ? 1 : 0);
  json.Set("cpr_lat", p.cpr.lat);
  json.Set("cpr_lon", p.cpr.lon);
}

void AddContent(const EsVelocity& v, JsonObject& json) {
  json.Set("subtype", v.subtype);
  json.Set("nac_v", v.nac_v);
  json.Set("velocity_east", v.east_kt);
  json.Set("velocity_north", v.north_kt);
  if (v.east_kt && v.north_kt) {
    json.Set("groundspeed", static_cast<int>(std::hypot(*v.east_kt, *v.north_kt)));
    const double track = std::atan2(*v.east_kt, *v.north_kt) / kRadPerDeg;
    json.Set("track", track < 0.0 ? track + 360.0 : track);
  }
  json.Set("heading", v.heading_deg);
  if (v.airspeed_kt)
    json.Set(v.true_airspeed ? "true_airspeed" : "indicated_airspeed", *v.airspeed_kt);
  if (v.vertical_rate_fpm) {
    json.Set("vertical_rate", *v.vertical_rate_fpm);
    json.Set("vertical_rate_source", v.vertical_rate_baro ? "baro" : "gnss");
  }
  json.Set("gnss_minus_baro", v.gnss_minus_baro_ft);
}

void AddContent(const EsAircraftStatus& s, JsonObject& json) {
  json.Set("subtype", s.subtype);
  if (s.subtype != 1) return;
  json.Set("emergency", s.emergency);
  json.Set("squawk", s.squawk);
}

void AddContent(const EsTargetState& t, JsonObject& json) {
  json.Set("subtype", t.subtype);
  if (t.selected_altitude_ft) {
    json.Set(t.selected_altitude_fms ? "selected_altitude_fms" : "selected_altitude_mcp",
             *t.selected_altitude_ft);
  }
  json.Set("baro_pressure_setting", t.baro_setting_mb);
  json.Set("selected_heading", t.selected_heading_deg);
  json.Set("nac_p", t.nac_p);
  json.Set("nic_baro", t.nic_baro);
  json.Set("sil", t.sil);
}

void AddContent(const EsOperationalStatus& o, JsonObject& json) {
  json.Set("subtype", o.subtype);
  json.Set("version", o.version);
  json.Set("nic_supplement_a", o.nic_supplement_a);
  json.Set("nac_p", o.nac_p);
  json.Set("sil", o.sil);
  if (o.subtype == 0) {
    json.Set("gva", o.gva);
    json.Set("nic_baro", o.nic_baro);
  }
}

}  // namespace

std::array<std::uint8_t, 3> AddressBytes(std::uint32_t address) {
  return {static_cast<std::uint8_t>(address >> 16U), static_cast<std::uint8_t>(address >> 8U),
          static_cast<std::uint8_t>(address)};
}

std::string IcaoText(std::uint32_t address) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (int shift = 20; shift >= 0; shift -= 4) text += kDigits[address >> shift & 15U];
  return text;
}

void AddFields(const ModeSMessage& m, JsonObject& json) {
  json.Set("df", m.df);
  if (m.df == 19) {
    json.Set("application", m.capability);  // AF: military use, its layout is not published
  } else {
    json.SetHex("icao", AddressBytes(m.address));
  }
  if (m.address_from_parity) json.Set("icao_from_parity", true);
  if (!m.icao_address) json.Set("icao_address", false);
  if (m.df == 11 || m.df == 17) json.Set("capability", m.capability);
  if (m.df == 11) json.Set("interrogator", m.interrogator);
  if (m.df == 18) {
    json.Set("control_field", m.capability);
    if (const std::string_view source = SquitterSource(m); !source.empty()) {
      json.Set("source", source);
    }
  }
  if (m.df == 4 || m.df == 5 || m.df == 20 || m.df == 21)
    json.Set("flight_status", m.flight_status);
  if (m.df == 0 || m.df == 16) json.Set("on_ground", m.on_ground);
  json.Set("altitude", m.altitude_ft);
  if (m.metric_altitude) json.Set("metric_altitude", true);
  if (!m.squawk.empty()) json.Set("squawk", m.squawk);
  if (m.typecode >= 0) {
    json.Set("typecode", m.typecode);
    std::visit([&](const auto& content) { AddContent(content, json); }, m.es);
  }
  if (m.callsign_field) {
    json.Set("bds", "BDS20");
    json.Set("callsign", TrimCallsign(*m.callsign_field));
    json.Set("callsign_field", *m.callsign_field);
  }
  if (m.body) json.SetHex("body", *m.body);
}

}  // namespace picket
