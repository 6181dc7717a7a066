// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/sensor_change.h"

#include <fmt/format.h>

#include <cmath>

#include "component_keys.h"
#include "picket/base/assert.h"

namespace picket {
namespace {

/// A TOML basic string.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

/// A TOML float that reads back as the same number.
std::string Number(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string ConeText(const FieldOfRegard& cone) {
  std::string text = fmt::format("min_range_m = {}", Number(cone.min_range_m));
  if (cone.max_range_m > 0.0) text += fmt::format(", max_range_m = {}", Number(cone.max_range_m));
  const double width_deg = cone.azimuth_width_rad / kRadPerDeg;
  if (width_deg < 360.0) {
    const double from = cone.azimuth_from.deg();
    const double to = from + width_deg;
    text +=
        fmt::format(", azimuth_deg = [{}, {}]", Number(from), Number(to > 360.0 ? to - 360.0 : to));
  }
  const auto elevation = [](double rad) {
    return Number(std::clamp(rad / kRadPerDeg, -90.0, 90.0));
  };
  return text + fmt::format(", elevation_deg = [{}, {}]", elevation(cone.elevation_min_rad),
                            elevation(cone.elevation_max_rad));
}

std::string RegionsText(std::string_view key, const std::vector<RegionEntry>& regions) {
  std::string text = fmt::format("{} = [", key);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const RegionEntry& region = regions[i];
    text += i == 0 ? " { " : ", { ";
    if (region.rings_lon_lat.empty()) {
      text += ConeText(region.cone);
    } else {
      text += R"(geojson = { type = "Polygon", coordinates = [)";
      for (std::size_t r = 0; r < region.rings_lon_lat.size(); ++r) {
        text += r == 0 ? "[" : ", [";
        const auto& ring = region.rings_lon_lat[r];
        for (std::size_t p = 0; p < ring.size(); ++p) {
          text += fmt::format("{}[{}, {}]", p == 0 ? "" : ", ", Number(ring[p].first),
                              Number(ring[p].second));
        }
        text += ']';
      }
      text += "] }";
    }
    text += " }";
  }
  return text + " ]\n";
}

std::string PlacementText(const SensorPlacement& at) {
  std::string moving;
  if (at.vel_enu_mps != std::array<double, 3>{}) {
    moving = fmt::format(", vel_enu_mps = [{}, {}, {}]", Number(at.vel_enu_mps[0]),
                         Number(at.vel_enu_mps[1]), Number(at.vel_enu_mps[2]));
  }
  if (at.local) {
    return fmt::format("at = {{ east_m = {}, north_m = {}, up_m = {}{} }}\n", Number(at.p_LS_L.x()),
                       Number(at.p_LS_L.y()), Number(at.p_LS_L.z()), moving);
  }
  std::string_view height = "height_agl_m";
  if (at.above == SensorPlacement::Above::kEllipsoid) height = "height_hae_m";
  if (at.above == SensorPlacement::Above::kSeaLevel) height = "height_amsl_m";
  return fmt::format("at = {{ lat = {}, lon = {}, {} = {}{} }}\n", Number(at.lat_deg),
                     Number(at.lon_deg), height, Number(at.height_m), moving);
}

std::string WholeText(const SensorEntry& entry) {
  PICKET_ASSERT(!entry.asterix, "a sensor that joins is no ASTERIX source");
  const Sensor& sensor = entry.sensor;
  std::string text = fmt::format("[[sensor]]\nid = {}\nkind = {}\n", Quoted(sensor.id),
                                 Quoted(SensorKindName(sensor.kind)));
  if (!sensor.name.empty()) text += fmt::format("name = {}\n", Quoted(sensor.name));
  text += fmt::format("look = \"{}\"\nup = {}\nperiod_s = {}\n",
                      sensor.look == LookKind::kScan ? "scan" : "self_report", sensor.up,
                      Number(sensor.period.s()));
  text += PlacementText(entry.placement);
  std::string measures;
  std::string sd;
  for (const ComponentKey& k : kComponentKeys) {
    const double sigma = sensor.sd[static_cast<std::size_t>(k.component)] / k.unit;
    const bool measured = sensor.measures.Has(k.component);
    if (measured) {
      measures += fmt::format("{}\"{}\"", measures.empty() ? "" : ", ", ComponentName(k.component));
    }
    if (measured || sigma > 0.0) {
      sd += fmt::format("{}{} = {}", sd.empty() ? "" : ", ", k.key, Number(sigma));
    }
  }
  std::string field = ConeText(sensor.field);
  if (sensor.field.has_box) {
    field += fmt::format(", east_m = [{}, {}], north_m = [{}, {}]", Number(sensor.field.east_min_m),
                         Number(sensor.field.east_max_m), Number(sensor.field.north_min_m),
                         Number(sensor.field.north_max_m));
  }
  text += fmt::format("measures = [{}]\nsd = {{ {} }}\nfield = {{ {} }}\n", measures, sd, field);
  const DetectModel& detect = sensor.detect;
  PICKET_ASSERT(detect.kind != DetectModel::Kind::kPhysical,
                "a sensor that joins has a constant or falling off model");
  const bool falls = detect.kind == DetectModel::Kind::kFalloff;
  text += fmt::format("detect = {{ model = \"{}\", probability = {}",
                      falls ? "falloff" : "constant", Number(detect.probability));
  if (falls) {
    text += fmt::format(", half_range_m = {}, power = {}", Number(detect.half_range_m),
                        Number(detect.power));
  }
  text += " }\n";
  text += fmt::format("clutter = {{ per_look = {}, per_target = {} }}\n",
                      Number(sensor.clutter_per_look), Number(sensor.echoes));
  if (sensor.resolution.Limited()) {
    text += fmt::format("resolution = {{ range_m = {}, azimuth_deg = {} }}\n",
                        Number(sensor.resolution.range_m),
                        Number(sensor.resolution.azimuth_rad / kRadPerDeg));
  }
  if (sensor.error_correlation_s > 0.0) {
    text += fmt::format("error_correlation_s = {}\n", Number(sensor.error_correlation_s));
  }
  if (sensor.kind == SensorKind::kAcoustic) {
    text += fmt::format("propagation = \"{}\"\n", sensor.sound_delay ? "sound" : "instant");
  }
  if (!entry.sapient.empty()) text += fmt::format("sapient = {}\n", Quoted(entry.sapient));
  if (!entry.views.empty()) text += RegionsText("views", entry.views);
  if (!entry.obscured.empty()) text += RegionsText("obscured", entry.obscured);
  return text;
}

}  // namespace

std::string WriteSensorChange(const SensorChange& change) {
  std::string text = fmt::format("time = \"{}\"\n", change.time.Text());
  if (change.whole) return text + WholeText(*change.whole);
  text += fmt::format("[change]\nsensor = {}\n", Quoted(change.sensor));
  if (change.up) text += fmt::format("up = {}\n", *change.up);
  if (change.at) text += PlacementText(*change.at);
  if (change.views) text += RegionsText("views", *change.views);
  if (change.obscured) text += RegionsText("obscured", *change.obscured);
  return text;
}

}  // namespace picket
