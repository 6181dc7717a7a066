// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "picket/base/time.h"

namespace picket {

/// The air, the light and the sea that sensors work in, as the site file states them.
struct Weather {
  double rain_mmph = 0.0;          ///< rain rate, mm/h
  double visibility_m = 20'000.0;  ///< meteorological: contrast falls to 2 % over it
  double light_lux = 10'000.0;     ///< on the ground: overcast day 1e4, twilight 10, moon 0.1
  double sun_share = 0.0;  ///< not 0: light follows the sun, and clouds let this much of it through
  double wind_mps = 3.0;   ///< at the sensor
  double temperature_c = 15.0;
  double humidity_percent = 70.0;  ///< relative
  double pressure_hpa = 1013.25;
  double sea_state = 2.0;  ///< Douglas, 0 to 6
  bool operator==(const Weather&) const = default;
};

/// Elevation of the sun's centre over the horizontal plane, refraction left out, rad. The solar
/// calculator of NOAA's Global Monitoring Laboratory, after Meeus, Astronomical Algorithms, ch. 25
/// and 28: within 0.01 degrees from 1950 to 2100.
[[nodiscard]] double SunElevationRad(Time time, double lat_deg, double lon_deg);

/// Light of the sun on level ground under a clear sky, lux; without the sun 6.5e-4, as by stars.
/// Janiczek and DeYoung, Computer Programs for Sun and Moon Illuminance, USNO Circular 171 (1987).
/// There is no moon in it.
[[nodiscard]] double SunLightLux(double elevation_rad);

/// Weather that goes with the hours and the sun.
struct WeatherCourse {
  Weather stated;  ///< whenever no time is asked about, and where no hours say otherwise
  /// What differs in some hours of each day, UTC; from > to goes over midnight. Later ones count
  /// more.
  struct Hours {
    double from_h = 0.0;
    double to_h = 0.0;
    std::vector<std::pair<double Weather::*, double>> differs;
  };
  std::vector<Hours> hours;
  double lat_deg = 0.0;  ///< where the sun is looked up at
  double lon_deg = 0.0;

  /// At a time. The sun's light goes in steps of a tenth of a decade, so that what follows from it
  /// changes now and then, not with every look.
  [[nodiscard]] Weather At(Time time) const;
};

}  // namespace picket
