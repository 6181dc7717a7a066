// SPDX-License-Identifier: Apache-2.0
#include "mode_s_json.h"

#include <fmt/format.h>

#include <cmath>

#include "picket/geo/angle.h"

namespace picket {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
void AddIf(Json& json, const char* name, const std::optional<T>& value) {
  if (value) json[name] = *value;
}

void AddContent(const EsOther& other, Json& json) { json["subtype"] = other.subtype; }

void AddContent(const EsIdentification& id, Json& json) {
  json["category"] = id.category;
  json["callsign"] = id.callsign;
  json["callsign_field"] = id.callsign_field;
}

void AddContent(const EsPosition& p, Json& json) {
  if (p.surface) {
    AddIf(json, "groundspeed", p.groundspeed_kt);
    AddIf(json, "track", p.track_deg);
  } else {
    json["surveillance_status"] = p.surveillance_status;
    json["nic_supplement_b"] = p.nic_supplement_b;
    AddIf(json, "altitude", p.altitude_ft);
    json["altitude_source"] = p.gnss_height ? "gnss" : "baro";
  }
  if (!p.has_position) return;
  json["surface"] = p.surface;
  json["utc_synchronised"] = p.utc_synchronised;
  json["cpr_format"] = p.cpr.odd ? 1 : 0;
  json["cpr_lat"] = p.cpr.lat;
  json["cpr_lon"] = p.cpr.lon;
}

void AddContent(const EsVelocity& v, Json& json) {
  json["subtype"] = v.subtype;
  json["nac_v"] = v.nac_v;
  AddIf(json, "velocity_east", v.east_kt);
  AddIf(json, "velocity_north", v.north_kt);
  if (v.east_kt && v.north_kt) {
    json["groundspeed"] = static_cast<int>(std::hypot(*v.east_kt, *v.north_kt));
    const double track = std::atan2(*v.east_kt, *v.north_kt) / kRadPerDeg;
    json["track"] = track < 0.0 ? track + 360.0 : track;
  }
  AddIf(json, "heading", v.heading_deg);
  if (v.airspeed_kt)
    json[v.true_airspeed ? "true_airspeed" : "indicated_airspeed"] = *v.airspeed_kt;
  if (v.vertical_rate_fpm) {
    json["vertical_rate"] = *v.vertical_rate_fpm;
    json["vertical_rate_source"] = v.vertical_rate_baro ? "baro" : "gnss";
  }
  AddIf(json, "gnss_minus_baro", v.gnss_minus_baro_ft);
}

void AddContent(const EsAircraftStatus& s, Json& json) {
  json["subtype"] = s.subtype;
  if (s.subtype != 1) return;
  json["emergency"] = s.emergency;
  json["squawk"] = s.squawk;
}

void AddContent(const EsTargetState& t, Json& json) {
  json["subtype"] = t.subtype;
  if (t.selected_altitude_ft) {
    json[t.selected_altitude_fms ? "selected_altitude_fms" : "selected_altitude_mcp"] =
        *t.selected_altitude_ft;
  }
  AddIf(json, "baro_pressure_setting", t.baro_setting_mb);
  AddIf(json, "selected_heading", t.selected_heading_deg);
  json["nac_p"] = t.nac_p;
  json["nic_baro"] = t.nic_baro;
  json["sil"] = t.sil;
}

void AddContent(const EsOperationalStatus& o, Json& json) {
  json["subtype"] = o.subtype;
  json["version"] = o.version;
  json["nic_supplement_a"] = o.nic_supplement_a;
  json["nac_p"] = o.nac_p;
  json["sil"] = o.sil;
  if (o.subtype == 0) {
    json["gva"] = o.gva;
    json["nic_baro"] = o.nic_baro;
  }
}

}  // namespace

std::string HexText(std::span<const std::uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t b : bytes) {
    text += kDigits[b >> 4U];
    text += kDigits[b & 15U];
  }
  return text;
}

std::string IcaoText(std::uint32_t address) { return fmt::format("{:06X}", address); }

void AddFields(const ModeSMessage& m, Json& json) {
  json["df"] = m.df;
  if (m.df == 19) {
    json["application"] = m.capability;  // AF: military use, its layout is not published
  } else {
    json["icao"] = IcaoText(m.address);
  }
  if (m.address_from_parity) json["icao_from_parity"] = true;
  if (!m.icao_address) json["icao_address"] = false;
  if (m.df == 11 || m.df == 17) json["capability"] = m.capability;
  if (m.df == 11) json["interrogator"] = m.interrogator;
  if (m.df == 18) json["control_field"] = m.capability;
  if (m.df == 4 || m.df == 5 || m.df == 20 || m.df == 21) json["flight_status"] = m.flight_status;
  if (m.df == 0 || m.df == 16) json["on_ground"] = m.on_ground;
  AddIf(json, "altitude", m.altitude_ft);
  if (m.metric_altitude) json["metric_altitude"] = true;
  if (!m.squawk.empty()) json["squawk"] = m.squawk;
  if (m.typecode >= 0) {
    json["typecode"] = m.typecode;
    std::visit([&](const auto& content) { AddContent(content, json); }, m.es);
  }
  if (m.callsign_field) {
    json["bds"] = "BDS20";
    json["callsign"] = TrimCallsign(*m.callsign_field);
    json["callsign_field"] = *m.callsign_field;
  }
  if (m.body) json["body"] = HexText(*m.body);
}

}  // namespace picket
