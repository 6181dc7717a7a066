// SPDX-License-Identifier: Apache-2.0
#include "picket/simulate/flight.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "picket/base/random.h"
#include "picket/simulate/synthetic_terrain.h"

namespace picket {
namespace {

const Geodetic kOrigin{35.0, -35.0, HeightHae{0.0}};

/// Hills inland, sea west of the origin; the geoid lies on the ellipsoid.
FlightWorld World() {
  SyntheticTerrain plan;
  plan.cell_m = 150.0;
  plan.coast = SyntheticTerrain::Coast{Bearing::Deg(270), 2000.0, 500.0};
  plan.ridges.push_back({10000, -20000, 10000, 20000, 500.0, 5000.0});
  return {LocalFrame(kOrigin), Geoid(),
          std::make_shared<const Terrain>(MakeSyntheticTerrain(plan, 25000.0), kOrigin.height,
                                          kOrigin.lat_deg)};
}

Waypoint At(double lat_deg, double lon_deg, double height_m, double speed_mps) {
  Waypoint waypoint;
  waypoint.lat_deg = lat_deg;
  waypoint.lon_deg = lon_deg;
  waypoint.height.m = height_m;
  waypoint.speed_mps = speed_mps;
  return waypoint;
}

struct Sample {
  double t_s;
  Eigen::Vector3d p_L;
  Eigen::Vector3d v_L;
  double agl_m;
  double ground_mps;  ///< over ground
};

std::vector<Sample> Samples(const Flight& flight, const FlightWorld& world) {
  std::vector<Sample> samples;
  for (double t = flight.first_s(); t <= flight.last_s(); t += 0.25) {
    const auto state = flight.At(t);
    if (!state) break;
    const auto map = world.terrain->MapOf(state->p_L);
    const auto ground = world.terrain->GroundAt(map.east_m, map.north_m);
    const double agl = world.terrain->HeightOf(state->p_L).m - (ground ? ground->m : 0.0);
    samples.push_back({t, state->p_L, state->v_L, agl, state->v_L.head<2>().norm()});
  }
  return samples;
}

/// Turn rate and climb stay within what the class can do.
void ExpectLimits(const std::vector<Sample>& samples, TargetClass target_class) {
  const FlightLimits limits = LimitsOf(target_class);
  for (std::size_t i = 4; i < samples.size(); i += 4) {
    const Sample& a = samples[i - 4];
    const Sample& b = samples[i];
    const double dt = b.t_s - a.t_s;
    EXPECT_LT(std::abs(b.v_L.z()), limits.climb_mps * 1.3 + 0.5) << b.t_s;
    if (b.ground_mps > 5.0 && target_class != TargetClass::kMultirotor) {
      const double turn =
          WrapPi(std::atan2(b.v_L.x(), b.v_L.y()) - std::atan2(a.v_L.x(), a.v_L.y()));
      EXPECT_LT(std::abs(turn) / dt, limits.turn_rps * 1.2 + 0.01) << b.t_s;
    }
  }
}

TEST(Flight, VelocityIsTheDerivativeOfThePosition) {
  const FlightWorld world = World();
  TargetPlan plan;
  plan.id = "d";
  plan.route = {At(35.0, -35.1, 100, 45), At(35.05, -34.95, 100, 45), At(35.1, -34.95, 100, 45)};
  const Flight flight = Fly(plan, 0, 1, 1000.0, world);
  for (double t = flight.first_s() + 1.0; t < flight.last_s() - 1.0; t += 1.37) {
    const double h = 1e-3;
    const Eigen::Vector3d numeric = (flight.At(t + h)->p_L - flight.At(t - h)->p_L) / (2 * h);
    EXPECT_LT((flight.At(t)->v_L - numeric).norm(), 1e-3);
  }
  EXPECT_FALSE(flight.At(flight.first_s() - 0.01).has_value());
  EXPECT_FALSE(flight.At(flight.last_s() + 0.01).has_value());
}

TEST(Flight, IngressStaysLowOverSeaAndHillsAndArrives) {
  const FlightWorld world = World();
  TargetPlan plan;
  plan.id = "raid";
  plan.count = 4;
  plan.route = {At(35.0, -35.0, 80, 50), At(35.02, -34.80, 80, 50)};
  StartSector sector;
  sector.lat_deg = 35.0;
  sector.lon_deg = -35.1;
  sector.from = Bearing::Deg(250);
  sector.width_rad = 0.5;
  sector.near_m = 5000;
  sector.far_m = 8000;
  plan.sector = sector;
  const Eigen::Vector3d goal = world.frame.ToLocal({35.02, -34.80, HeightHae{0}});
  const Eigen::Vector3d about = world.frame.ToLocal({35.0, -35.1, HeightHae{0}});
  for (int index = 0; index < 4; ++index) {
    const Flight flight = Fly(plan, index, 3, 2000.0, world);
    const std::vector<Sample> samples = Samples(flight, world);
    ASSERT_GT(samples.size(), 1000U);
    const Eigen::Vector3d out = samples.front().p_L - about;
    EXPECT_NEAR(out.head<2>().norm(), 6500, 1510);
    EXPECT_NEAR(WrapPi(std::atan2(out.x(), out.y()) - Bearing::Deg(250).rad() - 0.25), 0.0, 0.26);
    EXPECT_LT((samples.back().p_L - goal).head<2>().norm(), 60.0);
    double mean = 0.0;
    for (const Sample& s : samples) {
      EXPECT_GT(s.agl_m, 15.0) << s.t_s;
      EXPECT_LT(s.agl_m, 420.0) << s.t_s;
      EXPECT_NEAR(s.ground_mps, 50.0, 10.0) << s.t_s;
      mean += s.agl_m / static_cast<double>(samples.size());
    }
    EXPECT_NEAR(mean, 95.0, 35.0);
    ExpectLimits(samples, TargetClass::kFixedWing);
  }
}

TEST(Flight, ReconnaissanceOrbitsAndGoesHome) {
  const FlightWorld world = World();
  TargetPlan plan;
  plan.id = "recon";
  plan.route = {At(35.12, -34.9, 400, 40), At(35.0, -34.9, 400, 40)};
  plan.route[1].orbit_radius_m = 900;
  plan.route[1].stay_s = 200;
  plan.returns = true;
  const Flight flight = Fly(plan, 0, 1, 3000.0, world);
  const std::vector<Sample> samples = Samples(flight, world);
  const Eigen::Vector3d home = world.frame.ToLocal({35.12, -34.9, HeightHae{0}});
  const Eigen::Vector3d centre = world.frame.ToLocal({35.0, -34.9, HeightHae{0}});
  EXPECT_LT((samples.back().p_L - home).head<2>().norm(), 60.0);
  double on_orbit_s = 0.0;
  double turned = 0.0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const Eigen::Vector3d a = samples[i - 1].p_L - centre;
    const Eigen::Vector3d b = samples[i].p_L - centre;
    if (std::abs(b.head<2>().norm() - 900) > 150) continue;
    on_orbit_s += 0.25;
    turned += WrapPi(std::atan2(b.x(), b.y()) - std::atan2(a.x(), a.y()));
  }
  EXPECT_NEAR(on_orbit_s, 190, 40);
  EXPECT_NEAR(turned, 200.0 * 40 / 900, 2.0);  // clockwise
  ExpectLimits(samples, TargetClass::kFixedWing);
}

TEST(Flight, MultirotorHoversAndLands) {
  const FlightWorld world = World();
  TargetPlan plan;
  plan.id = "quad";
  plan.target_class = TargetClass::kMultirotor;
  plan.route = {At(35.0, -34.99, 2, 12), At(35.005, -34.985, 60, 12)};
  plan.route[1].stay_s = 120;
  plan.returns = true;
  const Flight flight = Fly(plan, 0, 1, 1000.0, world);
  const std::vector<Sample> samples = Samples(flight, world);
  const Eigen::Vector3d goal = world.frame.ToLocal({35.005, -34.985, HeightHae{0}});
  double hovering_s = 0.0;
  for (const Sample& s : samples) {
    if ((s.p_L - goal).head<2>().norm() < 20.0 && s.ground_mps < 3.0) hovering_s += 0.25;
    EXPECT_LT(s.ground_mps, 16.0);
    EXPECT_LT(s.agl_m, 80.0);
  }
  EXPECT_NEAR(hovering_s, 125, 15);
  const Eigen::Vector3d home = world.frame.ToLocal({35.0, -34.99, HeightHae{0}});
  EXPECT_LT((samples.back().p_L - home).head<2>().norm(), 10.0);
  ExpectLimits(samples, TargetClass::kMultirotor);
}

TEST(Flight, AircraftDescendsAlongItsLegs) {
  const FlightWorld world = World();
  TargetPlan plan;
  plan.id = "jet";
  plan.target_class = TargetClass::kAircraft;
  plan.route = {At(35.0, -34.75, 1500, 110), At(35.0, -34.95, 300, 75)};
  for (Waypoint& waypoint : plan.route) waypoint.height.above = FlightHeight::Above::kSeaLevel;
  const Flight flight = Fly(plan, 0, 1, 1000.0, world);
  const std::vector<Sample> samples = Samples(flight, world);
  EXPECT_NEAR(world.terrain->HeightOf(samples.front().p_L).m, 1500, 5);
  const double middle = world.terrain->HeightOf(samples[samples.size() / 2].p_L).m;
  EXPECT_NEAR(middle, 900, 150);
  EXPECT_NEAR(world.terrain->HeightOf(samples.back().p_L).m, 300, 40);
  ExpectLimits(samples, TargetClass::kAircraft);
}

TEST(Flight, BirdsRoamWithinTheirRange) {
  const FlightWorld world = World();
  TargetPlan plan;
  plan.id = "birds";
  plan.target_class = TargetClass::kBird;
  plan.way = TargetPlan::Way::kBirds;
  plan.roam_radius_m = 1500;
  plan.route = {At(35.0, -34.98, 60, 13)};
  plan.count = 10;
  const Eigen::Vector3d centre = world.frame.ToLocal({35.0, -34.98, HeightHae{0}});
  for (int index = 0; index < 10; ++index) {
    const std::vector<Sample> samples = Samples(Fly(plan, index, 1, 600.0, world), world);
    ASSERT_NEAR(samples.back().t_s, 600.0, 1.5);
    for (const Sample& s : samples) {
      EXPECT_LT((s.p_L - centre).head<2>().norm(), 1.6 * 1500) << s.t_s;
      EXPECT_LT(s.ground_mps, 25.0);
      EXPECT_GT(s.agl_m, 5.0);
    }
  }
}

TEST(Flight, AFormationKeepsItsSpacing) {
  const FlightWorld world = World();
  TargetPlan plan;
  plan.id = "swarm";
  plan.target_class = TargetClass::kMultirotor;
  plan.count = 9;
  plan.route = {At(35.0, -35.08, 60, 18), At(35.0, -35.0, 60, 18)};
  plan.formation = Formation{50.0, 2.0};
  std::vector<Flight> flights;
  for (int index = 0; index < 9; ++index) flights.push_back(Fly(plan, index, 1, 300.0, world));
  for (double t = 30.0; t < 250.0; t += 20.0) {
    for (int i = 0; i < 9; ++i) {
      double nearest = 1e9;
      for (int k = 0; k < 9; ++k) {
        if (k == i) continue;
        nearest = std::min(nearest, (flights[i].At(t)->p_L - flights[k].At(t)->p_L).norm());
      }
      EXPECT_NEAR(nearest, 48.0, 14.0) << t << ' ' << i;
    }
  }
}

TEST(Flight, ALogIsFlownThroughItsFixes) {
  const FlightWorld world = World();
  TargetPlan plan;
  plan.id = "log";
  plan.way = TargetPlan::Way::kLog;
  plan.start_s = 10.0;
  plan.log_above = FlightHeight::Above::kGround;
  for (int i = 0; i < 20; ++i) {
    plan.log.push_back({2.0 * i, 35.0 + 1e-4 * i, -34.99 + 1e-4 * std::sin(i), 5.0 * i});
  }
  const Flight flight = Fly(plan, 0, 1, 1000.0, world);
  EXPECT_EQ(flight.first_s(), 10.0);
  EXPECT_EQ(flight.last_s(), 48.0);
  const auto first = world.terrain->MapOf(world.frame.ToLocal({35.0, -34.99, HeightHae{0}}));
  const double take_off = world.terrain->GroundAt(first.east_m, first.north_m)->m;
  for (int i = 0; i < 20; ++i) {
    const LogPoint& fix = plan.log[static_cast<std::size_t>(i)];
    const Eigen::Vector3d p =
        world.frame.ToLocal({fix.lat_deg, fix.lon_deg, HeightHae{take_off + fix.height_m}});
    EXPECT_LT((flight.At(10.0 + 2.0 * i)->p_L - p).norm(), 1e-6) << i;
  }
}

TEST(Flight, ANoisyLogIsFlownSmoothly) {
  // A circle of 600 m at 60 m/s, fixes each second whose times are wrong by up to half a second,
  // every third one stale, one far out.
  const FlightWorld world = World();
  Random random(1);
  TargetPlan plan;
  plan.id = "log";
  plan.way = TargetPlan::Way::kLog;
  plan.log_above = FlightHeight::Above::kEllipsoid;
  plan.log_smooth_s = 4.0;
  const auto on_circle = [&](double t) {
    const double turn = 0.1 * t;
    return world.frame.ToGeodetic({600 * std::sin(turn), 600 * std::cos(turn), 800.0});
  };
  for (int i = 0; i < 120; ++i) {
    const Geodetic p = on_circle(i + random.Uniform(-0.5, 0.5));
    LogPoint point{static_cast<double>(i), p.lat_deg, p.lon_deg, p.height.m};
    if (i % 3 == 2) {
      point.lat_deg = plan.log.back().lat_deg;
      point.lon_deg = plan.log.back().lon_deg;
    }
    if (i == 60) point.lat_deg += 0.02;
    plan.log.push_back(point);
  }
  const Flight flight = Fly(plan, 0, 1, 1000.0, world);
  double worst = 0.0;
  double fastest = 0.0;
  for (double t = 5.0; t < 114.0; t += 0.5) {
    const auto state = flight.At(t);
    worst = std::max(worst, (state->p_L - world.frame.ToLocal(on_circle(t))).norm());
    fastest = std::max(fastest, std::abs(state->v_L.norm() - 60.0));
  }
  EXPECT_LT(worst, 40.0);
  EXPECT_LT(fastest, 25.0);
}

}  // namespace
}  // namespace picket
