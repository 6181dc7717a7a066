// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace picket {

/// Height above the WGS-84 ellipsoid, m.
struct HeightHae {
  double m = 0.0;
};
/// Height above mean sea level: above the EGM96 geoid, m.
struct HeightAmsl {
  double m = 0.0;
};
/// Height above the ground (the terrain model's surface, or sea level over sea), m.
struct HeightAgl {
  double m = 0.0;
};

/// A point on or above the WGS-84 ellipsoid. Latitude in [-90, 90], longitude in [-180, 180].
struct Geodetic {
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  HeightHae height;
};

}  // namespace picket
