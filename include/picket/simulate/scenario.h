// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <numbers>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "picket/base/time.h"
#include "picket/geo/angle.h"
#include "picket/report/report.h"

namespace picket {

/// How high a target flies, and above what.
struct FlightHeight {
  enum class Above : std::uint8_t { kGround, kSeaLevel, kEllipsoid } above = Above::kGround;
  double m = 100.0;
};

/// A point on the way of a target, and what it does there.
struct Waypoint {
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  FlightHeight height;
  double speed_mps = 0.0;       ///< on the way to this point, over ground
  double orbit_radius_m = 0.0;  ///< stays on a circle about the point; 0 and stay_s > 0: hovers
  double stay_s = 0.0;
  bool clockwise = true;
};

/// Where a flight starts, drawn for each target: a ring sector about a point.
struct StartSector {
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  Bearing from;            ///< clockwise from here ...
  double width_rad = 0.0;  ///< ... over this much
  double near_m = 0.0;
  double far_m = 0.0;
};

/// Several targets that fly as one body: a grid as wide as long, turned with the leader's course.
struct Formation {
  double spacing_m = 30.0;
  double wander_m = 3.0;  ///< one sigma of each target about its place, over some seconds
};

/// A fix of a flight log.
struct LogPoint {
  double t_s = 0.0;  ///< from the start of the target, ascending
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  double height_m = 0.0;
};

/// What a kind of target can do. Defaults: see LimitsOf.
struct FlightLimits {
  double climb_mps = 5.0;  ///< fastest climb and descent
  double turn_rps = 0.2;   ///< fastest turn, rad/s
  double acceleration_mps2 = 2.0;
};
[[nodiscard]] FlightLimits LimitsOf(TargetClass target_class);

/// One [[target]] table: a target, or `count` of them.
struct TargetPlan {
  enum class Way : std::uint8_t {
    kRoute,  ///< along the waypoints
    kBirds,  ///< a correlated random walk that stays within roam_radius_m of waypoint 0
    kLog,    ///< a real flight
  };
  std::string id;  ///< of a single target; of several, ID-1, ID-2 ...
  TargetClass target_class = TargetClass::kFixedWing;
  int count = 1;
  Way way = Way::kRoute;
  double start_s = 0.0;    ///< from the scenario's start
  double spread_s = 0.0;   ///< each of several starts up to this much later
  double scatter_m = 0.0;  ///< each of several passes waypoints this far beside, one sigma
  std::vector<Waypoint> route;
  std::optional<StartSector> sector;  ///< replaces waypoint 0, drawn for each target
  bool returns = false;               ///< flies back from the last waypoint to waypoint 0
  std::optional<Formation> formation;
  double roam_radius_m = 0.0;
  std::vector<LogPoint> log;
  FlightHeight::Above log_above = FlightHeight::Above::kEllipsoid;  ///< kGround: above take-off
  double log_smooth_s = 0.0;          ///< > 0: the log is noisy, fly the smooth path through it
  Identity identity;                  ///< what it broadcasts; empty: nothing
  std::vector<std::string> heard_by;  ///< self-report sensors that hear it; empty: all
};

/// Hills and a coast from a pure function, instead of a raster. See 'Terrain' in docs/scenario.md.
struct SyntheticTerrain {
  std::uint64_t seed = 1;
  double cell_m = 90.0;
  double plain_m = 40.0;  ///< rolling ground: this much up from sea level
  struct Coast {
    Bearing sea;              ///< the direction in which the sea lies
    double distance_m = 0.0;  ///< of the shore from the origin
    double bays_m = 4000.0;   ///< how far bays and headlands reach, about
  };
  std::optional<Coast> coast;
  struct Ridge {  ///< a chain of hills along the straight line between two points of the map
    double from_east_m = 0.0;
    double from_north_m = 0.0;
    double to_east_m = 0.0;
    double to_north_m = 0.0;
    double height_m = 400.0;
    double width_m = 8000.0;  ///< from the crest line to where 1/e of the height is left
  };
  std::vector<Ridge> ridges;
};

/// Everything that a simulation is made from besides the site. Same values, same bits.
struct Scenario {
  std::uint64_t seed = 1;
  Time start;
  Duration duration = Duration::Seconds(600.0);
  Duration truth_every = Duration::Seconds(1.0);
  std::vector<TargetPlan> targets;
  std::optional<SyntheticTerrain> terrain;
};

/// Most targets that one scenario may hold.
inline constexpr int kMaxSimulatedTargets = 20'000;

}  // namespace picket
