// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "picket/base/error.h"
#include "picket/codec/sensor_change.h"
#include "picket/geo/angle.h"
#include "picket/geo/geodetic.h"
#include "picket/report/report.h"

namespace picket {

/// How high above the horizon a person says that something is, in words that need no instrument.
enum class HeightClass : std::uint8_t {
  kLow,       ///< 0 to 20 degrees: two fists at arm's length
  kMiddle,    ///< 20 to 45 degrees
  kHigh,      ///< 45 to 75 degrees
  kOverhead,  ///< 75 to 90 degrees: no bearing is to be had, but a place
};
/// "low", "middle", "high", "overhead".
[[nodiscard]] std::string_view HeightClassName(HeightClass c);

/// The middle of a class and one sigma about it, rad: that of an even spread over the class, and of
/// a judgement that is 5 degrees off.
struct HeightAngle {
  double elevation_rad = 0.0;
  double sd_rad = 0.0;
};
[[nodiscard]] HeightAngle AngleOf(HeightClass c);

enum class Sense : std::uint8_t { kSeen, kHeard, kBoth };
enum class Sureness : std::uint8_t { kUnsure, kLikely, kCertain };

/// What one person saw or heard, at one moment: the body of POST /v1/observations.
struct Observation {
  /// Where the person stood.
  struct Place {
    double lat_deg = 0.0;
    double lon_deg = 0.0;
    double sd_m = 0.0;  ///< one sigma on each axis
    bool operator==(const Place&) const = default;
  };

  std::string id;            ///< chosen by the sender, one for each observation
  Time time;                 ///< by the sender's clock
  std::optional<Time> sent;  ///< by the same clock, when it was (last) sent
  std::string observer;
  std::optional<double> azimuth_rad;  ///< from true north; left out only where it is overhead
  double azimuth_sd_rad = 0.0;
  std::optional<HeightClass> height;
  Sense sense = Sense::kSeen;
  std::string what;  ///< empty: not said
  Sureness sure = Sureness::kLikely;
  std::optional<Place> at;
  std::string note;

  /// When it was, by our clock: the age by the sender's clock, taken off the time of receipt. Where
  /// the sender did not say when it sent, its clock is believed.
  [[nodiscard]] Time TimeBy(Time received) const { return sent ? received - (*sent - time) : time; }
  /// Whether both say the same; `sent` apart, which differs when it is sent again.
  [[nodiscard]] bool SameAs(const Observation& other) const;
};

inline constexpr std::size_t kMaxObservationBytes = 8U << 10U;
inline constexpr std::size_t kMaxNoteBytes = 1000;
/// Compass or ear, where the observation does not say how far off it may be.
inline constexpr double kSeenSdRad = 15.0 * kRadPerDeg;
inline constexpr double kHeardSdRad = 25.0 * kRadPerDeg;

/// Reads one observation (docs/openapi.yaml, schema Observation). Any bytes.
/// Errors: the first field that is missing, unknown or out of range, and what was expected.
[[nodiscard]] Result<Observation> ReadObservation(std::string_view json);

/// Whether a text can name an observer or an observation: 1 to 64 letters, digits, '.', '_', '-'.
[[nodiscard]] bool IsObservationName(std::string_view text);

/// The look of a sensor that an observation is: one detection of a bearing, or if it is overhead
/// of a place. How sure the observer was shows in the probabilities of the class.
/// @param sensor  its id
/// @param time    when, by our clock
/// @param stands  where the sensor stands: where the observer does, unless it says otherwise
[[nodiscard]] Report ReportOf(const Observation& observation, std::string sensor, Time time,
                              const Geodetic& stands);

/// The sensor of bearings that an observer who is not of the site is: it stands where the observer
/// says at this observation, and looks about as an observer whom the site file has.
/// @param joins  it is not known yet, and joins as a whole; else it only moves
/// Requires an observation that says where it was made.
[[nodiscard]] SensorChange StandOf(const Observation& observation, Time time, bool joins);

}  // namespace picket
