// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

#include "picket/geo/angle.h"
#include "picket/report/report.h"

namespace picket {

/// How a component and its sigma are written in files: key, and what one of its unit is inside.
struct ComponentKey {
  Component component;
  std::string_view key;
  double unit;  ///< rad for a degree
  double min;   ///< of the value, in the key's unit
  double max;
  std::string_view unit_text;
};

/// In order of Component.
inline constexpr std::array<ComponentKey, kComponents> kComponentKeys = {{
    {Component::kRange, "range_m", 1.0, 0.0, 1e7, "m"},
    {Component::kAzimuth, "azimuth_deg", kRadPerDeg, -360.0, 360.0, "degrees"},
    {Component::kElevation, "elevation_deg", kRadPerDeg, -90.0, 90.0, "degrees"},
    {Component::kRangeRate, "range_rate_mps", 1.0, -1e5, 1e5, "m/s"},
    {Component::kEast, "east_m", 1.0, -1e7, 1e7, "m"},
    {Component::kNorth, "north_m", 1.0, -1e7, 1e7, "m"},
    {Component::kUp, "up_m", 1.0, -1e7, 1e7, "m"},
    {Component::kVelEast, "vel_east_mps", 1.0, -1e5, 1e5, "m/s"},
    {Component::kVelNorth, "vel_north_mps", 1.0, -1e5, 1e5, "m/s"},
    {Component::kVelUp, "vel_up_mps", 1.0, -1e5, 1e5, "m/s"},
    {Component::kRangeDifference, "range_difference_m", 1.0, -1e7, 1e7, "m"},
}};

}  // namespace picket
