// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "picket/codec/asterix.h"
#include "picket/codec/asterix_record.h"
#include "picket/geo/frame.h"

/// From the values of a record to a detection.
namespace picket::asterix {

/// (SAC, SIC) of item 010.
struct Source {
  int sac = 0;
  int sic = 0;
  auto operator<=>(const Source&) const = default;  // NOLINT(modernize-use-nullptr)
};
[[nodiscard]] std::optional<Source> SourceOf(const Record& record);

/// UTC seconds since midnight at which the target was there; nothing if the record does not say.
[[nodiscard]] std::optional<double> TimeOfDay(const Record& record);

/// Whether the record tells of something in the air now: no test target, no field monitor, no end
/// of a track, no plot that was only extrapolated.
[[nodiscard]] bool IsTarget(const Record& record);

/// A plot of category 48: range, azimuth, and what else was measured.
[[nodiscard]] std::optional<Detection> PlotOf(const Record& record, const AsterixSensor& radar);

/// Height above sea level of a target seen at an elevation, and the inverse: on a sphere of the
/// true earth's size, without refraction. Over the ranges of radars that is within a few metres of
/// the ellipsoid.
[[nodiscard]] double HeightAt(double elevation_rad, double antenna_m, double range_m);
/// @returns nothing if no elevation gives that height at that range
[[nodiscard]] std::optional<double> ElevationAt(double height_m, double antenna_m, double range_m);

/// The navigation accuracy category whose circle of 95 % holds an error of `sd_m` of each axis: the
/// best of those; 0 if none does.
[[nodiscard]] double NacPOf(double sd_m);

/// A track or a self report (categories 10, 15, 20, 21, 62, 129) with its position.
/// @param sensor  makes track numbers unique
/// @param frame   of the site; null: velocities stay in the axes at the target
[[nodiscard]] std::optional<Detection> PositionOf(const Record& record, const std::string& sensor,
                                                  const LocalFrame* frame);

}  // namespace picket::asterix
