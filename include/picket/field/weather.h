// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace picket {

/// The air, the light and the sea that sensors work in, as the site file states them.
struct Weather {
  double rain_mmph = 0.0;          ///< rain rate, mm/h
  double visibility_m = 20'000.0;  ///< meteorological: contrast falls to 2 % over it
  double light_lux = 10'000.0;     ///< on the ground: overcast day 1e4, twilight 10, moon 0.1
  double wind_mps = 3.0;           ///< at the sensor
  double temperature_c = 15.0;
  double humidity_percent = 70.0;  ///< relative
  double pressure_hpa = 1013.25;
  double sea_state = 2.0;  ///< Douglas, 0 to 6
};

}  // namespace picket
