// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "picket/base/error.h"
#include "picket/base/time.h"
#include "picket/geo/geodetic.h"
#include "picket/geo/geoid.h"
#include "picket/report/report.h"

namespace picket {

/// Largest log that is read.
inline constexpr std::size_t kMaxCourageousBytes = 256U << 20U;

/// One record of a track in a COURAGEOUS log that says where its target was.
struct CourageousRecord {
  Time time;
  Geodetic position;
  bool has_height = true;  ///< "Position2d" has none: the position is at sea level then
  /// East, north, up at the target, m/s; NaN where it is not stated.
  std::array<double, 3> vel_enu_mps{kNotStated, kNotStated, kNotStated};
};

/// All track sets of one uas_id: the log's system says that they are one target.
struct CourageousTrack {
  std::uint64_t uas_id = 0;
  std::string name;                       ///< of the first of its sets that has one
  std::vector<CourageousRecord> records;  ///< in order of time, no two at one time
};

/// A trial log in the COURAGEOUS data format, schema 0.4 (courageous.schema.json and its guide,
/// grvc.us.es/courageous, github.com/COURAGEOUS-isf/format; the format of the trials behind CWA
/// 18150): one JSON document of a counter-drone system's detections and tracks. The tracks are
/// read; what else there is is counted.
struct CourageousLog {
  std::string vendor, system;
  std::vector<CourageousTrack> tracks;  ///< by uas_id; those without a record are left out
  std::int64_t ground_stations = 0;     ///< records of a drone's operator, left out
  std::int64_t without_position = 0;    ///< records that say a direction only, left out
  std::int64_t detections = 0;          ///< records outside tracks, left out
};

/// Whether text begins as such a log does: an object, one of whose first keys is the format's.
[[nodiscard]] bool LooksLikeCourageous(std::string_view head);

/// @param geoid  turns heights above EGM96 into heights above the ellipsoid
/// @returns an error that names the field if the document is not of schema 0.4: types, ranges,
///          record numbers that stand twice
[[nodiscard]] Result<CourageousLog> ReadCourageous(std::string_view text, const Geoid& geoid);

}  // namespace picket
