// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "picket/base/time.h"
#include "picket/codec/site.h"

namespace picket {

/// A sensor that joins while the service runs, or a known one that is not as it was: it moved,
/// looks elsewhere, went down. Goes the way of reports: taken in order, recorded, replayed.
struct SensorChange {
  Time time;  ///< holds for looks from here on
  std::string sensor;
  /// All of the sensor, as the site file would have it: it joins, or is replaced. If not stated,
  /// the sensor is a known one and only what follows is changed.
  std::optional<SensorEntry> whole;
  std::optional<bool> up;
  std::optional<SensorPlacement> at;
  std::optional<std::vector<RegionEntry>> views;
  std::optional<std::vector<RegionEntry>> obscured;
};

inline constexpr std::size_t kMaxSensorChangeBytes = 8U << 20U;

/// A change as it is recorded: TOML, in the words of the site file (docs/recording.md). Reads back
/// as it was, but that an angle may move by a unit in the last place. Requires that `whole`, if
/// stated, has its detection model constant or falling off, and no ASTERIX source.
[[nodiscard]] std::string WriteSensorChange(const SensorChange& change);

/// Errors: every violation, as of a site file.
[[nodiscard]] tl::expected<SensorChange, Errors> ParseSensorChange(std::string_view text);

}  // namespace picket
