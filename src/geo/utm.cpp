// SPDX-License-Identifier: Apache-2.0
#include "picket/geo/utm.h"

#include <GeographicLib/UTMUPS.hpp>
#include <cmath>

namespace picket {

std::optional<LatLon> FromUtm(std::string_view zone, double easting_m, double northing_m) {
  constexpr std::string_view kBands = "CDEFGHJKLMNPQRSTUVWX";
  int number = 0;
  std::size_t digits = 0;
  while (digits < zone.size() && digits < 2 && zone[digits] >= '0' && zone[digits] <= '9') {
    number = number * 10 + (zone[digits++] - '0');
  }
  if (digits == 0 || zone.size() != digits + 1 || number < 1 || number > 60) return std::nullopt;
  const char band = zone[digits];
  if (kBands.find(band) == std::string_view::npos) return std::nullopt;
  if (!std::isfinite(easting_m) || !std::isfinite(northing_m)) return std::nullopt;
  try {
    LatLon point;
    double convergence = 0.0;
    double scale = 0.0;
    constexpr bool kWithinMgrs = true;  // 100 to 900 km east: farther off is a mistake
    GeographicLib::UTMUPS::Reverse(number, band >= 'N', easting_m, northing_m, point.lat_deg,
                                   point.lon_deg, convergence, scale, kWithinMgrs);
    return point;
  } catch (const GeographicLib::GeographicErr&) {
    return std::nullopt;
  }
}

}  // namespace picket
