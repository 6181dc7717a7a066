// SPDX-License-Identifier: Apache-2.0
#include "picket/simulate/flight.h"

#include <Eigen/Dense>
#include <GeographicLib/AzimuthalEquidistant.hpp>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "picket/base/assert.h"
#include "picket/base/random.h"

namespace picket {
namespace {

constexpr int kSubsteps = 5;
constexpr double kDt = Flight::kStepS / kSubsteps;
constexpr int kLookAheadS = 12;

/// A point of a flight on the map: ground distances from the origin, height above the ellipsoid.
struct MapState {
  double east_m = 0.0;
  double north_m = 0.0;
  double hae_m = 0.0;
  double course_rad = 0.0;
};

struct MapWaypoint {
  double east_m = 0.0;
  double north_m = 0.0;
  const Waypoint* plan = nullptr;
};

/// The ground as targets know it: where the terrain does not, it is the sea.
class Ground {
 public:
  explicit Ground(const FlightWorld& world)
      : world_(world), map_(GeographicLib::Geodesic::WGS84()) {}

  [[nodiscard]] double SeaM(double east_m, double north_m) const {
    const Geodetic point = GeodeticOf({east_m, north_m, 0.0, 0.0});
    return world_.geoid.UndulationM(point.lat_deg, point.lon_deg);
  }
  [[nodiscard]] double At(double east_m, double north_m) const {
    if (world_.terrain->Empty()) return 0.0;
    const auto ground = world_.terrain->GroundAt(east_m, north_m);
    return ground ? ground->m : SeaM(east_m, north_m);
  }
  [[nodiscard]] Geodetic GeodeticOf(const MapState& s) const {
    const Geodetic& origin = world_.frame.origin();
    Geodetic point;
    map_.Reverse(origin.lat_deg, origin.lon_deg, s.east_m, s.north_m, point.lat_deg, point.lon_deg);
    point.height.m = s.hae_m;
    return point;
  }
  [[nodiscard]] MapWaypoint MapOf(const Waypoint& waypoint) const {
    const Geodetic& origin = world_.frame.origin();
    MapWaypoint mapped;
    mapped.plan = &waypoint;
    map_.Forward(origin.lat_deg, origin.lon_deg, waypoint.lat_deg, waypoint.lon_deg, mapped.east_m,
                 mapped.north_m);
    return mapped;
  }
  [[nodiscard]] Eigen::Vector3d LocalOf(const MapState& s) const {
    return world_.frame.ToLocal(GeodeticOf(s));
  }
  /// Height that a rule asks for at a point.
  [[nodiscard]] double Asked(const FlightHeight& height, double m, double east_m,
                             double north_m) const {
    switch (height.above) {
      case FlightHeight::Above::kGround:
        return At(east_m, north_m) + m;
      case FlightHeight::Above::kSeaLevel:
        return SeaM(east_m, north_m) + m;
      case FlightHeight::Above::kEllipsoid:
        return m;
    }
    return m;
  }

 private:
  const FlightWorld& world_;
  GeographicLib::AzimuthalEquidistant map_;
};

/// Ornstein-Uhlenbeck: Gaussian noise of one sigma `sd` that forgets itself over `tau_s`.
class Wander {
 public:
  Wander(double sd, double tau_s)
      : keep_(std::exp(-Flight::kStepS / tau_s)), kick_(sd * std::sqrt(1.0 - keep_ * keep_)) {}
  double Next(Random& random) {
    const double n = random.Normal();
    return value_ = keep_ * value_ + kick_ * n;
  }

 private:
  double keep_;
  double kick_;
  double value_ = 0.0;
};

/// Flies along waypoints with bounded turn, climb and acceleration, in small steps.
class Autopilot {
 public:
  Autopilot(const TargetPlan& plan, std::vector<MapWaypoint> route, const Ground& ground,
            Random& random)
      : plan_(plan),
        limits_(LimitsOf(plan.target_class)),
        route_(std::move(route)),
        ground_(ground),
        random_(random),
        hovers_(plan.target_class == TargetClass::kMultirotor),
        course_wander_(plan.target_class == TargetClass::kAircraft ? 0.002 : 0.04, 15.0),
        speed_wander_(plan.target_class == TargetClass::kAircraft ? 0.005 : 0.03, 20.0),
        height_wander_(plan.target_class == TargetClass::kAircraft ? 0.2 : 1.0, 10.0) {
    now_.east_m = route_[0].east_m;
    now_.north_m = route_[0].north_m;
    const MapWaypoint& first = route_[1];
    now_.course_rad = std::atan2(first.east_m - now_.east_m, first.north_m - now_.north_m);
    speed_ = hovers_ ? 0.0 : first.plan->speed_mps;
    BeginLeg();
    now_.hae_m =
        ground_.Asked(route_[0].plan->height, route_[0].plan->height.m, now_.east_m, now_.north_m);
  }

  /// The flight, a state every Flight::kStepS, at most `most` of them.
  [[nodiscard]] std::vector<MapState> Run(std::size_t most) {
    std::vector<MapState> states;
    while (!done_ && states.size() < most) {
      states.push_back(now_);
      Plan();
      for (int i = 0; i < kSubsteps && !done_; ++i) Step();
    }
    return states;
  }

 private:
  [[nodiscard]] const MapWaypoint& Goal() const { return route_[leg_]; }

  void BeginLeg() {
    const double de = Goal().east_m - now_.east_m;
    const double dn = Goal().north_m - now_.north_m;
    leg_m_ = std::max(1.0, std::hypot(de, dn));
    staying_s_ = -1.0;
  }

  /// Height above its reference that the leg asks for here: linear between its ends.
  [[nodiscard]] double LegHeight(double to_go_m) const {
    const FlightHeight& to = Goal().plan->height;
    const FlightHeight& from = route_[leg_ - 1].plan->height;
    if (from.above != to.above) return to.m;
    const double share = std::clamp(1.0 - to_go_m / leg_m_, 0.0, 1.0);
    return from.m + share * (to.m - from.m);
  }

  /// Decides twice a second: wanders, and the climb that keeps clear of the ground ahead.
  void Plan() {
    course_error_ = course_wander_.Next(random_);
    speed_error_ = speed_wander_.Next(random_);
    const double height_error = height_wander_.Next(random_);
    const FlightHeight& rule = Goal().plan->height;
    const double to_go = std::hypot(Goal().east_m - now_.east_m, Goal().north_m - now_.north_m);
    const double asked_m = LegHeight(to_go);
    double asked = ground_.Asked(rule, asked_m, now_.east_m, now_.north_m);
    if (rule.above == FlightHeight::Above::kGround && speed_ > 1.0) {
      for (int second = 1; second <= kLookAheadS; ++second) {
        const double ahead_s = second;
        const double e = now_.east_m + ahead_s * speed_ * std::sin(now_.course_rad);
        const double n = now_.north_m + ahead_s * speed_ * std::cos(now_.course_rad);
        asked = std::max(asked, ground_.At(e, n) + asked_m - limits_.climb_mps * ahead_s);
      }
    }
    const double small = std::min(1.0, std::abs(asked_m) / 60.0);
    asked += height_error * small;
    climb_ = std::clamp((asked - now_.hae_m) / 1.5, -limits_.climb_mps, limits_.climb_mps);
    floor_ = ground_.At(now_.east_m, now_.north_m) +
             (rule.above == FlightHeight::Above::kGround ? 0.3 * asked_m : 0.0);
  }

  void Step() {
    const Waypoint& goal = *Goal().plan;
    const double de = Goal().east_m - now_.east_m;
    const double dn = Goal().north_m - now_.north_m;
    const double to_go = std::hypot(de, dn);
    const double speed = goal.speed_mps * (1.0 + speed_error_);
    if (staying_s_ >= 0.0) staying_s_ += kDt;
    if (hovers_) {
      StepHovering(goal, de, dn, to_go, speed);
    } else {
      StepWinged(goal, de, dn, to_go, speed);
    }
    vertical_ += std::clamp(climb_ - vertical_, -limits_.acceleration_mps2 * kDt,
                            limits_.acceleration_mps2 * kDt);
    now_.hae_m = std::max(now_.hae_m + vertical_ * kDt, floor_);
  }

  void Reached() {
    if (++leg_ < route_.size()) {
      BeginLeg();
    } else {
      done_ = true;
    }
  }

  void StepWinged(const Waypoint& goal, double de, double dn, double to_go, double speed) {
    const double radius = speed_ / limits_.turn_rps;
    double course = std::atan2(de, dn);
    const bool orbits = goal.orbit_radius_m > 0.0 && goal.stay_s > 0.0;
    if (orbits) {
      // On the circle: tangent, plus a correction toward it. Far from it this points inward.
      const double side = goal.clockwise ? 1.0 : -1.0;
      const double outside = (to_go - goal.orbit_radius_m) / goal.orbit_radius_m;
      course += side * (std::atan(2.0 * outside) - 0.5 * std::numbers::pi);
      if (outside > 2.0) course = std::atan2(de, dn);
      if (staying_s_ < 0.0 && outside < 0.3) staying_s_ = 0.0;
      if (staying_s_ > goal.stay_s) return Reached();
    } else {
      const double forward = de * std::sin(now_.course_rad) + dn * std::cos(now_.course_rad);
      const bool last = leg_ + 1 == route_.size();
      const double near = last ? 0.6 * speed_ * kDt : std::max(0.7 * radius, 1.5 * speed_ * kDt);
      if (to_go < near || (forward < 0.0 && to_go < 3.0 * radius)) return Reached();
    }
    const double turn = WrapPi(course + course_error_ - now_.course_rad);
    const double most = limits_.turn_rps * kDt;
    now_.course_rad = WrapPi(now_.course_rad + std::clamp(0.8 * turn * kDt, -most, most));
    const double accelerate = limits_.acceleration_mps2 * kDt;
    speed_ += std::clamp(speed - speed_, -accelerate, accelerate);
    now_.east_m += speed_ * std::sin(now_.course_rad) * kDt;
    now_.north_m += speed_ * std::cos(now_.course_rad) * kDt;
  }

  void StepHovering(const Waypoint& goal, double de, double dn, double to_go, double speed) {
    // Toward the goal, slowing down so as to stop there; then held against the wind.
    const double brake = std::sqrt(2.0 * 0.5 * limits_.acceleration_mps2 * to_go);
    const double wanted = std::min({speed, brake, 0.5 * to_go});
    const double orbit = goal.orbit_radius_m;
    double want_e = to_go > 0.0 ? wanted * de / to_go : 0.0;
    double want_n = to_go > 0.0 ? wanted * dn / to_go : 0.0;
    if (orbit > 0.0 && goal.stay_s > 0.0 && to_go < 1.5 * orbit) {
      const double side = goal.clockwise ? 1.0 : -1.0;
      const double course = std::atan2(de, dn) + side * (std::atan(2.0 * (to_go - orbit) / orbit) -
                                                         0.5 * std::numbers::pi);
      want_e = speed * std::sin(course);
      want_n = speed * std::cos(course);
    }
    want_e += 8.0 * speed_error_;
    want_n += 8.0 * course_error_;
    const double arrive = std::max(orbit * 1.2, 6.0);
    if (to_go < arrive) {
      if (staying_s_ < 0.0) staying_s_ = 0.0;
      if (staying_s_ >= goal.stay_s) return Reached();
    }
    const double accelerate = limits_.acceleration_mps2 * kDt;
    const double change_e = want_e - east_mps_;
    const double change_n = want_n - north_mps_;
    const double change = std::hypot(change_e, change_n);
    const double share = change > accelerate ? accelerate / change : 1.0;
    east_mps_ += share * change_e;
    north_mps_ += share * change_n;
    speed_ = std::hypot(east_mps_, north_mps_);
    if (speed_ > 0.5) now_.course_rad = std::atan2(east_mps_, north_mps_);
    now_.east_m += east_mps_ * kDt;
    now_.north_m += north_mps_ * kDt;
  }

  const TargetPlan& plan_;
  FlightLimits limits_;
  std::vector<MapWaypoint> route_;
  const Ground& ground_;
  Random& random_;
  bool hovers_;
  Wander course_wander_;
  Wander speed_wander_;
  Wander height_wander_;
  MapState now_;
  std::size_t leg_ = 1;
  double leg_m_ = 1.0;
  double staying_s_ = -1.0;
  double speed_ = 0.0;
  double east_mps_ = 0.0;
  double north_mps_ = 0.0;
  double vertical_ = 0.0;
  double climb_ = 0.0;
  double floor_ = 0.0;
  double course_error_ = 0.0;
  double speed_error_ = 0.0;
  bool done_ = false;
};

std::vector<MapState> FlyRoute(const TargetPlan& plan, const Ground& ground, std::size_t most,
                               Random& random) {
  PICKET_ASSERT(plan.route.size() >= 2, "a route has at least two waypoints");
  std::vector<MapWaypoint> route;
  for (const Waypoint& waypoint : plan.route) route.push_back(ground.MapOf(waypoint));
  if (plan.sector) {
    Waypoint centre;
    centre.lat_deg = plan.sector->lat_deg;
    centre.lon_deg = plan.sector->lon_deg;
    const MapWaypoint about = ground.MapOf(centre);
    const double turn = random.Uniform();
    const double out = random.Uniform(plan.sector->near_m, plan.sector->far_m);
    const double azimuth = plan.sector->from.rad() + turn * plan.sector->width_rad;
    route[0].east_m = about.east_m + out * std::sin(azimuth);
    route[0].north_m = about.north_m + out * std::cos(azimuth);
  }
  for (std::size_t i = 1; i + 1 < route.size() && plan.scatter_m > 0.0; ++i) {
    route[i].east_m += plan.scatter_m * random.Normal();
    route[i].north_m += plan.scatter_m * random.Normal();
  }
  std::vector<Waypoint> back;  // the way home, without the stays
  if (plan.returns) {
    back.assign(plan.route.rbegin() + 1, plan.route.rend());
    for (Waypoint& waypoint : back) {
      waypoint.stay_s = 0.0;
      waypoint.speed_mps = plan.route.back().speed_mps;
    }
    const std::size_t out = route.size();
    for (std::size_t i = 0; i < back.size(); ++i) {
      MapWaypoint home = route[out - 2 - i];
      home.plan = &back[i];
      route.push_back(home);
    }
  }
  return Autopilot(plan, std::move(route), ground, random).Run(most);
}

std::vector<MapState> FlyBirds(const TargetPlan& plan, const Ground& ground, std::size_t most,
                               Random& random) {
  const FlightLimits limits = LimitsOf(plan.target_class);
  const Waypoint& home = plan.route.at(0);
  const MapWaypoint centre = ground.MapOf(home);
  const double out = plan.roam_radius_m * std::sqrt(random.Uniform());
  const double azimuth = random.Uniform(0.0, 2.0 * std::numbers::pi);
  MapState now;
  now.east_m = centre.east_m + out * std::sin(azimuth);
  now.north_m = centre.north_m + out * std::cos(azimuth);
  now.course_rad = random.Uniform(-std::numbers::pi, std::numbers::pi);
  Wander speed_wander(0.12 * home.speed_mps, 8.0);
  Wander height_wander(0.25 * home.height.m, 25.0);
  now.hae_m = ground.Asked(home.height, home.height.m, now.east_m, now.north_m);
  std::vector<MapState> states;
  while (states.size() < most) {
    states.push_back(now);
    const double sway = random.Normal();
    double turn = 0.25 * sway * std::sqrt(Flight::kStepS);  // correlated random walk
    const double de = centre.east_m - now.east_m;
    const double dn = centre.north_m - now.north_m;
    const double off = std::hypot(de, dn) / plan.roam_radius_m;
    if (off > 0.7) {
      const double inward = WrapPi(std::atan2(de, dn) - now.course_rad);
      turn += std::clamp(inward, -1.0, 1.0) * 2.0 * (off - 0.7) * Flight::kStepS;
    }
    const double most_turn = limits.turn_rps * Flight::kStepS;
    now.course_rad = WrapPi(now.course_rad + std::clamp(turn, -most_turn, most_turn));
    const double speed = std::max(0.4 * home.speed_mps, home.speed_mps + speed_wander.Next(random));
    now.east_m += speed * std::sin(now.course_rad) * Flight::kStepS;
    now.north_m += speed * std::cos(now.course_rad) * Flight::kStepS;
    const double asked = ground.Asked(home.height, home.height.m, now.east_m, now.north_m) +
                         height_wander.Next(random);
    const double climb = std::clamp((asked - now.hae_m) / 4.0, -limits.climb_mps, limits.climb_mps);
    now.hae_m = std::max(now.hae_m + climb * Flight::kStepS,
                         ground.At(now.east_m, now.north_m) + 0.2 * home.height.m);
  }
  return states;
}

/// Moves the leader's flight to the `index`-th place of the formation.
void TakePlace(const TargetPlan& plan, int index, std::uint64_t seed, const Ground& ground,
               std::vector<MapState>& states) {
  const Formation& formation = *plan.formation;
  const int columns = static_cast<int>(std::ceil(std::sqrt(plan.count)));
  const int rows = (plan.count + columns - 1) / columns;
  const double right = (index % columns - 0.5 * (columns - 1)) * formation.spacing_m;
  const int row = index / columns;
  const double ahead = (0.5 * (rows - 1) - row) * formation.spacing_m;
  Random random(seed, plan.id + "/place", static_cast<std::uint64_t>(index));
  Wander east(formation.wander_m, 6.0);
  Wander north(formation.wander_m, 6.0);
  Wander up(0.5 * formation.wander_m, 6.0);
  // The body turns more slowly than its leader, or the outer places would whip round.
  double course = states.empty() ? 0.0 : states[0].course_rad;
  for (MapState& s : states) {
    course = WrapPi(course + WrapPi(s.course_rad - course) * (Flight::kStepS / 8.0));
    const double c = std::cos(course);
    const double n = std::sin(course);
    const double above = s.hae_m - ground.At(s.east_m, s.north_m);
    s.east_m += right * c + ahead * n + east.Next(random);
    s.north_m += ahead * c - right * n + north.Next(random);
    s.hae_m = std::max(s.hae_m + up.Next(random), ground.At(s.east_m, s.north_m) + 0.3 * above);
  }
}

/// A smooth path through noisy fixes: local quadratics with Gaussian weights, fitted again with
/// outliers weighted down (Cleveland, "Robust locally weighted regression", JASA 74, 1979).
class SmoothPath {
 public:
  SmoothPath(std::vector<double> t_s, std::vector<Eigen::Vector3d> fixes, double width_s)
      : t_s_(std::move(t_s)),
        fixes_(std::move(fixes)),
        weights_(t_s_.size(), 1.0),
        width_s_(width_s) {
    for (int pass = 0; pass < 2; ++pass) {
      std::vector<double> errors;
      for (std::size_t i = 0; i < t_s_.size(); ++i) {
        errors.push_back((At(t_s_[i]) - fixes_[i]).norm());
      }
      std::vector<double> sorted = errors;
      const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
      std::nth_element(sorted.begin(), middle, sorted.end());
      const double reach = 6.0 * *middle + 1e-6;
      for (std::size_t i = 0; i < errors.size(); ++i) {
        const double u = std::min(1.0, errors[i] / reach);
        weights_[i] = (1.0 - u * u) * (1.0 - u * u) + 1e-6;
      }
    }
  }

  [[nodiscard]] Eigen::Vector3d At(double t) const {
    // The fixes within three widths, or the five nearest where they are thin.
    const auto nearest = std::lower_bound(t_s_.begin(), t_s_.end(), t) - t_s_.begin();
    auto first = static_cast<std::size_t>(nearest);
    std::size_t last = first;  // one past
    double width = width_s_;
    while (true) {
      const double before = first > 0 ? t - t_s_[first - 1] : 1e300;
      const double after = last < t_s_.size() ? t_s_[last] - t : 1e300;
      const double next = std::min(before, after);
      if (next > 3.0 * width_s_ && (last - first >= 5 || next > 1e299)) break;
      width = std::max(width, next / 3.0);
      if (before <= after) {
        --first;
      } else {
        ++last;
      }
    }
    Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
    Eigen::Matrix3d right = Eigen::Matrix3d::Zero();
    for (std::size_t i = first; i < last; ++i) {
      const double x = (t_s_[i] - t) / width;
      const double w = weights_[i] * std::exp(-0.5 * x * x);
      const Eigen::Vector3d basis(1.0, x, x * x);
      normal += w * basis * basis.transpose();
      right += w * basis * (fixes_[i] - fixes_[first]).transpose();
    }
    // A trace of ridge: with fixes on one side only the quadratic must not run away.
    normal(1, 1) += 1e-6 * normal(0, 0);
    normal(2, 2) += 1e-4 * normal(0, 0);
    const Eigen::Vector3d row = normal.ldlt().solve(Eigen::Vector3d::UnitX());
    return fixes_[first] + right.transpose() * row;
  }

 private:
  std::vector<double> t_s_;
  std::vector<Eigen::Vector3d> fixes_;
  std::vector<double> weights_;
  double width_s_;
};

/// Positions every Flight::kStepS through the fixes of a log, by cubic Hermite pieces.
std::vector<Eigen::Vector3d> FlyLog(const TargetPlan& plan, const FlightWorld& world,
                                    const Ground& ground, std::size_t most) {
  PICKET_ASSERT(plan.log.size() >= 2, "a flight log has at least two fixes");
  double base = 0.0;
  if (plan.log_above == FlightHeight::Above::kGround) {
    Waypoint take_off;
    take_off.lat_deg = plan.log[0].lat_deg;
    take_off.lon_deg = plan.log[0].lon_deg;
    const MapWaypoint map = ground.MapOf(take_off);
    base = ground.At(map.east_m, map.north_m);
  }
  std::vector<Eigen::Vector3d> fixes;
  for (const LogPoint& point : plan.log) {
    double height = base + point.height_m;
    if (plan.log_above == FlightHeight::Above::kSeaLevel) {
      height += world.geoid.UndulationM(point.lat_deg, point.lon_deg);
    }
    fixes.push_back(world.frame.ToLocal({point.lat_deg, point.lon_deg, HeightHae{height}}));
  }
  std::vector<Eigen::Vector3d> positions;
  const double first = plan.log.front().t_s;
  if (plan.log_smooth_s > 0.0) {
    std::vector<double> times;
    std::vector<Eigen::Vector3d> fresh;
    for (std::size_t i = 0; i < fixes.size(); ++i) {
      if (i > 0 && plan.log[i].lat_deg == plan.log[i - 1].lat_deg &&
          plan.log[i].lon_deg == plan.log[i - 1].lon_deg) {
        continue;
      }
      times.push_back(plan.log[i].t_s);
      fresh.push_back(fixes[i]);
    }
    const SmoothPath path(std::move(times), std::move(fresh), plan.log_smooth_s);
    for (std::size_t k = 0; k < most; ++k) {
      const double t = first + static_cast<double>(k) * Flight::kStepS;
      if (t > plan.log.back().t_s) break;
      positions.push_back(path.At(t));
    }
    return positions;
  }
  const auto slope = [&](std::size_t i) -> Eigen::Vector3d {
    const std::size_t a = i > 0 ? i - 1 : i;
    const std::size_t b = std::min(i + 1, fixes.size() - 1);
    return (fixes[b] - fixes[a]) / (plan.log[b].t_s - plan.log[a].t_s);
  };
  std::size_t i = 0;
  for (std::size_t k = 0; k < most; ++k) {
    const double t = first + static_cast<double>(k) * Flight::kStepS;
    if (t > plan.log.back().t_s) break;
    while (i + 2 < fixes.size() && plan.log[i + 1].t_s <= t) ++i;
    const double h = plan.log[i + 1].t_s - plan.log[i].t_s;
    const double u = (t - plan.log[i].t_s) / h;
    const Eigen::Vector3d a = slope(i) * h;
    const Eigen::Vector3d b = slope(i + 1) * h;
    const Eigen::Vector3d step = fixes[i + 1] - fixes[i];
    positions.emplace_back(fixes[i] +
                           u * (a + u * ((3.0 * step - 2.0 * a - b) + u * (a + b - 2.0 * step))));
  }
  return positions;
}

}  // namespace

FlightLimits LimitsOf(TargetClass target_class) {
  switch (target_class) {
    case TargetClass::kMultirotor:
      return {.climb_mps = 4.0, .turn_rps = 1.0, .acceleration_mps2 = 3.0};
    case TargetClass::kFixedWing:
      return {.climb_mps = 8.0, .turn_rps = 0.12, .acceleration_mps2 = 3.0};
    case TargetClass::kBird:
      return {.climb_mps = 1.5, .turn_rps = 1.0, .acceleration_mps2 = 2.0};
    case TargetClass::kAircraft:
      return {.climb_mps = 12.0, .turn_rps = 0.05, .acceleration_mps2 = 1.5};
    case TargetClass::kOther:
      return {};
  }
  return {};
}

Flight::Flight(double first_s, std::vector<Eigen::Vector3d> p_L)
    : first_s_(first_s), p_L_(std::move(p_L)) {}

double Flight::last_s() const {
  const std::size_t pieces = p_L_.empty() ? 0 : p_L_.size() - 1;
  return first_s_ + static_cast<double>(pieces) * kStepS;
}

std::optional<Flight::State> Flight::At(double t_s) const {
  const double x = (t_s - first_s_) / kStepS;
  if (p_L_.size() < 2 || x < 0.0 || x > static_cast<double>(p_L_.size() - 1)) return std::nullopt;
  const std::size_t i = std::min(static_cast<std::size_t>(x), p_L_.size() - 2);
  const double u = x - static_cast<double>(i);
  const auto slope = [&](std::size_t k) -> Eigen::Vector3d {  // per step
    if (k == 0) return p_L_[1] - p_L_[0];
    if (k + 1 == p_L_.size()) return p_L_[k] - p_L_[k - 1];
    return 0.5 * (p_L_[k + 1] - p_L_[k - 1]);
  };
  const Eigen::Vector3d a = slope(i);
  const Eigen::Vector3d b = slope(i + 1);
  const Eigen::Vector3d step = p_L_[i + 1] - p_L_[i];
  const Eigen::Vector3d c2 = 3.0 * step - 2.0 * a - b;
  const Eigen::Vector3d c3 = a + b - 2.0 * step;
  return State{p_L_[i] + u * (a + u * (c2 + u * c3)), (a + u * (2.0 * c2 + 3.0 * u * c3)) / kStepS};
}

double StartOf(const TargetPlan& plan, int index, std::uint64_t seed) {
  if (plan.formation || plan.spread_s <= 0.0) return plan.start_s;
  Random random(seed, plan.id + "/start", static_cast<std::uint64_t>(index));
  return plan.start_s + plan.spread_s * random.Uniform();
}

Flight Fly(const TargetPlan& plan, int index, std::uint64_t seed, double until_s,
           const FlightWorld& world) {
  const Ground ground(world);
  const double start = StartOf(plan, index, seed);
  const double steps = std::ceil(std::max(0.0, until_s - start) / Flight::kStepS);
  const std::size_t most = static_cast<std::size_t>(steps) + 2;
  if (plan.way == TargetPlan::Way::kLog) return Flight(start, FlyLog(plan, world, ground, most));
  const int leader = plan.formation ? 0 : index;
  Random random(seed, plan.id, static_cast<std::uint64_t>(leader));
  std::vector<MapState> states = plan.way == TargetPlan::Way::kBirds
                                     ? FlyBirds(plan, ground, most, random)
                                     : FlyRoute(plan, ground, most, random);
  if (plan.formation) TakePlace(plan, index, seed, ground, states);
  std::vector<Eigen::Vector3d> positions;
  positions.reserve(states.size());
  for (const MapState& s : states) positions.push_back(ground.LocalOf(s));
  return Flight(start, std::move(positions));
}

}  // namespace picket
