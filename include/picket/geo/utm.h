// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace picket {

/// A point by latitude and longitude, degrees.
struct LatLon {
  double lat_deg = 0.0;
  double lon_deg = 0.0;
};

/// Universal Transverse Mercator on WGS-84 to latitude and longitude, to nanometres
/// (GeographicLib).
/// @param zone  "30U": the number of the zone, 1 to 60, and a letter of a latitude band as MGRS has
///              them, of which N to X are north of the equator. The letter is not "N" for north or
///              "S" for south: 30S is the band from 32 to 40 N.
/// @returns nothing if the zone is none, or easting and northing (m) lie outside of what UTM has
[[nodiscard]] std::optional<LatLon> FromUtm(std::string_view zone, double easting_m,
                                            double northing_m);

}  // namespace picket
