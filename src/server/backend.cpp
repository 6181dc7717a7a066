// SPDX-License-Identifier: Apache-2.0
#include "picket/server/backend.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "picket/base/assert.h"

namespace picket {

std::string_view ServiceModeName(ServiceMode mode) {
  switch (mode) {
    case ServiceMode::kRun:
      return "run";
    case ServiceMode::kDemo:
      return "demo";
    case ServiceMode::kReplay:
      return "replay";
  }
  return "";
}

std::string AlertBook::Add(const Alert& alert) {
  std::erase_if(alerts_, [&](const auto& known) { return known.first == alert.id; });
  if (alerts_.size() >= kMaxAlerts) alerts_.erase(alerts_.begin());
  return alerts_.emplace_back(alert.id, WriteAlert(alert)).second;
}

std::vector<std::string> AlertBook::Latest(std::size_t count) const {
  std::vector<std::string> latest;
  for (std::size_t i = alerts_.size() - std::min(count, alerts_.size()); i < alerts_.size(); ++i) {
    latest.push_back(alerts_[i].second);
  }
  return latest;
}

std::string AlertBook::Json() const {
  std::string text = R"({"alerts":[)";
  for (auto alert = alerts_.rbegin(); alert != alerts_.rend(); ++alert) {
    if (alert != alerts_.rbegin()) text += ',';
    text += alert->second;
  }
  return text + "]}";
}

std::string SensorsJson(const LocalFrame& frame, const DetectionField& field) {
  using Json = nlohmann::ordered_json;
  Json all = Json::array();
  const auto cone = [](const FieldOfRegard& of) -> Json {
    const double from_deg = of.azimuth_from.deg();
    return {{"max_range_m", of.max_range_m},
            {"azimuth_deg", {from_deg, from_deg + of.azimuth_width_rad / kRadPerDeg}}};
  };
  const auto regions = [&](const std::vector<SkyRegion>& of) {
    Json list = Json::array();
    for (const SkyRegion& region : of) {
      if (region.outline.empty()) {
        list.push_back(cone(region.cone));
        continue;
      }
      Json rings = Json::array();
      for (const auto& ring : region.outline) {
        Json points = Json::array();
        for (const Eigen::Vector2d& p : ring) {
          const Geodetic at = frame.ToGeodetic({p.x(), p.y(), 0.0});
          points.push_back({at.lon_deg, at.lat_deg});
        }
        rings.push_back(std::move(points));
      }
      list.push_back({{"polygon", std::move(rings)}});
    }
    return list;
  };
  for (const Sensor& sensor : field.sensors()) {
    const Geodetic at = frame.ToGeodetic(sensor.p_LS_L);
    Json one = {{"id", sensor.id},
                {"kind", SensorKindName(sensor.kind)},
                {"lat_deg", at.lat_deg},
                {"lon_deg", at.lon_deg},
                {"alt_hae_m", at.height.m}};
    one.update(cone(sensor.field));
    one["period_s"] = sensor.period.s();
    if (!sensor.name.empty()) one["name"] = sensor.name;
    if (!sensor.up) one["up"] = false;
    if (!sensor.views.empty()) one["views"] = regions(sensor.views);
    if (!sensor.obscured.empty()) one["obscured"] = regions(sensor.obscured);
    all.push_back(std::move(one));
  }
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Typed(std::string_view type, std::string_view object) {
  PICKET_ASSERT(object.size() >= 2 && object.front() == '{', "a JSON object has a type put in");
  std::string text = R"({"type":")";
  text += type;
  text += object.size() > 2 ? R"(",)" : R"(")";
  text += object.substr(1);
  return text;
}

}  // namespace picket
