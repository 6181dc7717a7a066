// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "plan_products.h"

namespace picket::app {

using Json = nlohmann::ordered_json;

namespace {

Json GuaranteeJson(const Guarantee& guarantee) {
  return {{"guaranteed_s", guarantee.time_s}, {"detected", guarantee.detected}};
}

Json WarningJson(const WarningTime& time, const FlyerClass& flyer) {
  const WarningTime::Least& least = time.sectors[time.weakest];
  Json of = {{"class", flyer.name},
             {"speed_mps", flyer.flyer.speed_mps},
             {"guaranteed_s", least.time_s},
             {"detected", time.detected},
             {"weakest",
              {{"sector", SectorName(time.weakest)},
               {"height_agl_m", least.band_agl_m},
               {"range_m", least.range_m}}}};
  for (std::size_t k = 0; k < kSectors; ++k) {
    const WarningTime::Least& sector = time.sectors[k];
    if (std::isfinite(sector.time_s)) {
      of["sectors"][SectorName(k)] = {{"time_s", sector.time_s},
                                      {"height_agl_m", sector.band_agl_m}};
    }
  }
  return of;
}

}  // namespace

void Summarise(const PlacedSite& site, const Products& products, Json& summary) {
  const auto sensors = site.field->sensors();
  for (std::size_t c = 0; c < products.classes.size(); ++c) {
    const Coverage& coverage = *products.classes[c].coverage;
    for (std::size_t band = 0; band < coverage.bands_agl_m().size(); ++band) {
      const Coverage::Share share = coverage.ShareOf(band);
      Json json;
      if (products.classes.size() > 1) json["class"] = kFlyers[c].name;
      json["height_agl_m"] = coverage.bands_agl_m()[band];
      json["seen_percent"] = 100 * share.seen;
      json["gap_percent"] = 100 * share.gap;
      json["unknown_percent"] = 100 * share.unknown;
      json["measured_percent"] = 100 * share.measured;
      for (std::size_t s = 0; s < sensors.size(); ++s) {
        json["seen_alone_percent"][sensors[s].id] = 100 * products.classes[c].alone[band][s];
      }
      summary["coverage"].push_back(std::move(json));
    }
  }
  for (std::size_t i = 0; i < site.site.places.size(); ++i) {
    Json place;
    place["place"] = site.site.places[i].name;
    for (std::size_t f = 0; f < std::size(kFlyers); ++f) {
      const PlaceWarning& warning = products.warnings[f][i];
      Json of = WarningJson(warning.all, kFlyers[f]);
      for (std::size_t s = 0; s < warning.without.size(); ++s) {
        const WarningTime& without = warning.without[s];
        of["guaranteed_without_s"][sensors[s].id] = without.sectors[without.weakest].time_s;
      }
      place["classes"].push_back(std::move(of));
    }
    summary["warning_time"].push_back(std::move(place));
  }
  if (products.placed) {
    const Placed& placed = *products.placed;
    Json& json = summary["placement"];
    if (placed.count) json["count"] = *placed.count;
    if (placed.budget) json["budget"] = *placed.budget;
    if (placed.near_m) json["near_m"] = *placed.near_m;
    for (const auto& [like, cost] : placed.types) {
      json["types"].push_back({{"like", like}, {"cost", cost}});
    }
    json["cost"] = placed.cost;
    if (const auto& warning = placed.warning) {
      json["for"] = "warning";
      json["before"] = GuaranteeJson(warning->before);
      json["after"] = GuaranteeJson(warning->after);
      json["bound"] = GuaranteeJson(warning->bound);
      for (std::size_t i = 0; i < site.site.places.size(); ++i) {
        Json place = {{"place", site.site.places[i].name}};
        for (std::size_t f = 0; f < std::size(kFlyers); ++f) {
          place["classes"].push_back(WarningJson(warning->of_place[f][i], kFlyers[f]));
        }
        json["warning_time"].push_back(std::move(place));
      }
    } else {
      json["for"] = "coverage";
      json["closes_percent"] = 100 * placed.gain;
      json["bound_percent"] = 100 * placed.bound;
    }
    json["sites"] = Json::array();
    for (const NewSite& at : placed.sites) {
      Json of = {{"lat", at.lat_deg}, {"lon", at.lon_deg}, {"like", at.like}, {"cost", at.cost}};
      if (at.without) {
        of["guaranteed_without"] = GuaranteeJson(*at.without);
      } else {
        of["closes_percent"] = 100 * at.gain;
      }
      if (!at.name.empty()) of["name"] = at.name;
      json["sites"].push_back(std::move(of));
    }
  }
}

}  // namespace picket::app
