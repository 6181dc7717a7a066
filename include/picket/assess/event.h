// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "picket/base/time.h"
#include "picket/track/track.h"

namespace picket {

/// What is protected: a circle on the ground.
struct Place {
  std::string name;
  Geodetic at;
  double radius_m = 0.0;
};

/// A border (line) or a zone (polygon), longitude/latitude in degrees; a polygon is closed and its
/// first ring is the outer one.
struct Area {
  enum class Shape : std::uint8_t { kPolygon, kLine };
  enum class Trigger : std::uint8_t { kEnter, kCross, kInside };
  std::string name;
  Shape shape = Shape::kPolygon;
  Trigger trigger = Trigger::kEnter;
  std::vector<std::vector<std::pair<double, double>>> rings_lon_lat;  ///< a line: one ring, open
};

enum class AlertLevel : std::uint8_t { kWatch, kWarning, kAlarm, kCleared };
/// "watch", "warning", "alarm", "cleared".
[[nodiscard]] std::string_view AlertLevelName(AlertLevel level);

/// A change of an alert about one track and one place or area. The same alert keeps its id.
struct Alert {
  std::uint64_t id = 0;
  Time time;
  AlertLevel level = AlertLevel::kWatch;
  std::uint64_t track = 0;
  std::string place;         ///< of the site's places; or else:
  std::string area;          ///< of the site's areas
  std::string text;          ///< one sentence for the watch officer
  double probability = 0.0;  ///< that the target arrives (place) or is inside (area)
  std::optional<double> earliest_arrival_s, median_arrival_s, latest_arrival_s;  ///< 5, 50, 95 %
};

}  // namespace picket
