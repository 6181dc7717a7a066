// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "plan_products.h"

namespace picket::app {

/// What is asked of placement on the command line.
struct PlaceRequest {
  int count = 0;
  std::string like;       ///< a sensor's id; empty: the first that looks by itself
  std::string sites;      ///< GeoJSON of candidate sites; empty: anywhere in the region
  std::string access;     ///< GeoJSON of roads and the like; empty: access does not matter
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

/// What to place where: a request that was found sound.
struct Placing {
  int count = 0;
  Sensor sensor;       ///< as it stands in the site
  double agl_m = 0.0;  ///< how high above the ground it does
  std::vector<CandidateSite> sites;
  std::vector<std::string> warnings;  ///< sites that were left out
};

/// Reads the files of a request and looks for its candidate sites.
/// @param grid  what cells are candidates of
[[nodiscard]] Result<Placing> PreparePlacing(const PlacedSite& site, const PlanGrid& grid,
                                             const PlaceRequest& request);

/// Where those sensors close most of the gaps.
void PlaceSensors(const PlacedSite& site, const Placing& placing, const Parallel& parallel,
                  Products& products);

}  // namespace picket::app
