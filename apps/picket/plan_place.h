// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan_products.h"

namespace picket::app {

/// What more sensors are for.
enum class Objective {
  kCoverage,  ///< to close gaps
  kWarning,   ///< to make the guaranteed warning time longer
};

/// What is asked of placement on the command line.
struct PlaceRequest {
  Objective objective = Objective::kCoverage;
  int count = 0;        ///< 0: as many as the budget allows
  double budget = 0.0;  ///< 0: whatever they cost
  /// Sensors' ids or presets, with "=COST" or for 1; empty: the first that looks by itself.
  std::vector<std::string> like;
  std::string sites;      ///< GeoJSON of candidate sites; empty: anywhere in the region
  std::string access;     ///< GeoJSON of roads and the like; empty: access does not matter
  double near_m = 0.0;    ///< 0: all cells weigh the same
  double access_m = 0.0;  ///< how far from them a ridge cell may be
};

/// A place where a sensor may stand.
struct CandidateSite {
  std::string name;  ///< may be empty
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  Terrain::MapPoint at;
  double ground_hae_m = 0.0;
};

/// A type of sensor that may be placed.
struct PlacedType {
  Sensor sensor;       ///< one such, wherever it stands
  double agl_m = 0.0;  ///< how high above the ground it goes
  double cost = 1.0;
};

/// What to place where: a request that was found sound.
struct Placing {
  Objective objective = Objective::kCoverage;  ///< kWarning: the site has places
  std::optional<int> count;
  std::optional<double> budget;
  std::optional<double> near_m;   ///< the site has places then
  std::vector<PlacedType> types;  ///< sensors' ids are their names
  std::vector<CandidateSite> sites;
  std::vector<std::string> warnings;  ///< sites that were left out
};

/// Reads the files of a request and looks for its candidate sites.
/// @param grid  what cells are candidates of
/// @param time  of light and weather, of presets; none: as the site states them
[[nodiscard]] Result<Placing> PreparePlacing(const PlacedSite& site, const PlanGrid& grid,
                                             const PlaceRequest& request,
                                             const std::optional<Time>& time);

/// Where such sensors do the most for their objective, within their number and budget.
void PlaceSensors(const PlacedSite& site, const Placing& placing, const Parallel& parallel,
                  Products& products);

}  // namespace picket::app
