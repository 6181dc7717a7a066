// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "picket/geo/geodetic.h"

namespace picket {

/// Heights of the EGM96 geoid above the WGS-84 ellipsoid on a regular global grid (NGA's 15' grid),
/// interpolated bilinearly: within 1 m of the full model. The values are read at the edge (io).
class Geoid {
 public:
  /// A geoid that coincides with the ellipsoid: for tests and for sites in local metres only.
  Geoid() = default;
  /// @param undulation_m  rows from north (90) to south (-90), columns from 180 W eastward, the
  ///                      last column being the one before 180 E again; size rows * columns
  Geoid(std::vector<float> undulation_m, int rows, int columns);

  [[nodiscard]] double UndulationM(double lat_deg, double lon_deg) const;
  [[nodiscard]] HeightHae ToHae(double lat_deg, double lon_deg, HeightAmsl height) const {
    return {height.m + UndulationM(lat_deg, lon_deg)};
  }
  [[nodiscard]] HeightAmsl ToAmsl(const Geodetic& point) const {
    return {point.height.m - UndulationM(point.lat_deg, point.lon_deg)};
  }

 private:
  std::vector<float> undulation_m_;
  int rows_ = 0;
  int columns_ = 0;
};

}  // namespace picket
