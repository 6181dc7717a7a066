// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "picket/base/time.h"
#include "picket/geo/geodetic.h"

namespace picket {

inline constexpr double kNotStated = std::numeric_limits<double>::quiet_NaN();

/// What a detection may measure. Ranges slant from the sensor; azimuth clockwise from north and
/// elevation up from the horizontal in the sensor's own axes; positions and velocities in the
/// site's local frame; range difference = (range to this sensor) - (range to its reference).
enum class Component : std::uint8_t {
  kRange,            // m
  kAzimuth,          // rad
  kElevation,        // rad
  kRangeRate,        // m/s, positive receding
  kEast,             // m
  kNorth,            // m
  kUp,               // m
  kVelEast,          // m/s
  kVelNorth,         // m/s
  kVelUp,            // m/s
  kRangeDifference,  // m
};
inline constexpr std::size_t kComponents = 11;
/// As the site file's `measures` and a report's keys write them: "range", "azimuth", ...
[[nodiscard]] std::string_view ComponentName(Component c);

/// A set of components.
class ComponentSet {
 public:
  constexpr ComponentSet() = default;
  constexpr ComponentSet(std::initializer_list<Component> all) {
    for (const Component c : all) Add(c);
  }
  constexpr void Add(Component c) { bits_ = static_cast<std::uint16_t>(bits_ | Bit(c)); }
  [[nodiscard]] constexpr bool Has(Component c) const { return (bits_ & Bit(c)) != 0; }
  [[nodiscard]] constexpr bool Empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr int Count() const { return __builtin_popcount(bits_); }
  constexpr bool operator==(const ComponentSet&) const = default;

 private:
  static constexpr std::uint16_t Bit(Component c) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(c));
  }
  std::uint16_t bits_ = 0;
};

/// Kinds of target, as recognition tells them apart.
enum class TargetClass : std::uint8_t { kMultirotor, kFixedWing, kBird, kAircraft, kOther };
inline constexpr std::size_t kTargetClasses = 5;
/// "multirotor", "fixed_wing", "bird", "aircraft", "other".
[[nodiscard]] std::string_view ClassName(TargetClass c);
[[nodiscard]] std::optional<TargetClass> ParseClass(std::string_view name);
/// Probabilities over TargetClass that sum to 1; all zero where nothing is stated.
using ClassProbabilities = std::array<double, kTargetClasses>;

/// A position as the sender gives it, WGS-84. At most one of the heights is stated.
struct Fix {
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  std::optional<HeightHae> hae;
  std::optional<HeightAmsl> amsl;
};

/// Claims of identity: (kind, value), e.g. ("icao", "406B90"), ("remote_id", "1581F5..."). A claim
/// by the sender, never truth.
using Identity = std::vector<std::pair<std::string, std::string>>;

/// One thing that a sensor says it saw in a look.
struct Detection {
  ComponentSet measured;                    ///< which of `value` are set
  std::array<double, kComponents> value{};  ///< m, rad, m/s; finite where measured
  std::array<double, kComponents> sd{};     ///< one sigma; 0: as the site file says of the sensor
  std::optional<Fix> fix;                   ///< resolved to components by the engine
  std::optional<Time> time;                 ///< inside the look; left out: the report's
  ClassProbabilities class_probability{};   ///< all zero: not stated
  double snr_db = kNotStated;
  double rcs_dbsm = kNotStated;
  Identity identity;

  [[nodiscard]] double operator[](Component c) const { return value[static_cast<std::size_t>(c)]; }
  void Set(Component c, double v, double one_sigma = 0.0) {
    measured.Add(c);
    value[static_cast<std::size_t>(c)] = v;
    sd[static_cast<std::size_t>(c)] = one_sigma;
  }
};

/// Where a sensor that moves was at a look: on the earth, or in the site's local frame.
struct OwnPlace {
  std::optional<Fix> fix;               ///< with its height
  std::array<double, 3> enu_m{};        ///< local frame; counts where there is no fix
  std::array<double, 3> vel_enu_mps{};  ///< along the sensor's east, north, up
};

/// One look of one sensor: what it saw, possibly nothing. See 'Reports' in docs/formats.md.
struct Report {
  Time time;                     ///< when the sensor looked
  std::optional<Time> received;  ///< when the report arrived; left out: in the order given
  std::string sensor;
  std::optional<OwnPlace> sensor_at;  ///< it moved there; left out: where it was before
  std::vector<Detection> detections;
};

/// Where a target truly was: from the simulator or a flight log.
struct TruthTarget {
  std::string id;
  TargetClass target_class = TargetClass::kOther;
  Geodetic position;
  std::array<double, 3> vel_enu_mps{};         ///< in the site's local frame
  std::optional<std::array<double, 3>> enu_m;  ///< in the local frame, where it was given so
};
struct Truth {
  Time time;
  std::vector<TruthTarget> targets;
};

}  // namespace picket
