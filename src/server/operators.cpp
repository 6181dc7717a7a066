// SPDX-License-Identifier: Apache-2.0
#include "picket/server/operators.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace picket {

using remote_id::OperatorPlace;

void OperatorBook::Take(const OperatorPlace& place, Time now) {
  OperatorPlace taken = place;
  // What a fast clock says must not be kept the longer for it.
  taken.time = std::min(taken.time, now);
  const std::scoped_lock lock(mutex_);
  if (IsOver(taken, now)) return;
  // One that has not told its identity yet stands under its radio's address.
  if (!taken.aircraft.empty()) by_aircraft_.erase(taken.sender);
  OperatorPlace& kept = by_aircraft_[taken.aircraft.empty() ? taken.sender : taken.aircraft];
  if (kept.sender.empty() || kept.time <= taken.time) kept = std::move(taken);
  if (by_aircraft_.size() > kMostAircraft) {
    by_aircraft_.erase(std::min_element(
        by_aircraft_.begin(), by_aircraft_.end(),
        [](const auto& a, const auto& b) { return a.second.time < b.second.time; }));
  }
}

void OperatorBook::Forget(Time now) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(by_aircraft_, [&](const auto& of) { return IsOver(of.second, now); });
}

std::vector<OperatorPlace> OperatorBook::Places(Time now) const {
  std::vector<OperatorPlace> places;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, place] : by_aircraft_) {
      if (!IsOver(place, now)) places.push_back(place);
    }
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const OperatorPlace& a, const OperatorPlace& b) { return a.time > b.time; });
  return places;
}

std::string OperatorsJson(const std::vector<OperatorPlace>& places, Duration retention) {
  using Json = nlohmann::ordered_json;
  Json json = {{"retention_s", static_cast<double>(retention.ns()) / 1e9},
               {"operators", Json::array()}};
  for (const OperatorPlace& place : places) {
    Json one = {{"time", place.time.Text()},
                {"remote_id", place.aircraft},
                {"operator_id", place.operator_id},
                {"location_type", remote_id::LocationTypeName(place.location_type)},
                {"lat_deg", place.lat_deg},
                {"lon_deg", place.lon_deg}};
    if (place.alt_hae_m) one["alt_hae_m"] = *place.alt_hae_m;
    json["operators"].push_back(std::move(one));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace picket
