// SPDX-License-Identifier: Apache-2.0
#include "picket/simulate/simulator.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <numbers>

#include "picket/report/measurement.h"
#include "picket/simulate/synthetic_terrain.h"

namespace picket {
namespace {

const Geodetic kOrigin{35.0, -35.0, HeightHae{0.0}};
const Time kStart = *Time::Parse("2026-03-01T00:00:00Z");

Sensor Radar(const std::string& id, const Eigen::Vector3d& p_L) {
  Sensor radar;
  radar.id = id;
  radar.p_LS_L = p_L;
  radar.measures = {Component::kRange, Component::kAzimuth, Component::kElevation,
                    Component::kRangeRate};
  radar.sd[static_cast<std::size_t>(Component::kRange)] = 20.0;
  radar.sd[static_cast<std::size_t>(Component::kAzimuth)] = 0.01;
  radar.sd[static_cast<std::size_t>(Component::kElevation)] = 0.02;
  radar.sd[static_cast<std::size_t>(Component::kRangeRate)] = 0.5;
  radar.field.max_range_m = 20000.0;
  radar.detect.probability = 0.8;
  radar.clutter_per_look = 0.0;
  return radar;
}

Waypoint At(double lat_deg, double lon_deg, double height_m, double speed_mps) {
  Waypoint waypoint;
  waypoint.lat_deg = lat_deg;
  waypoint.lon_deg = lon_deg;
  waypoint.height.m = height_m;
  waypoint.speed_mps = speed_mps;
  return waypoint;
}

/// A drone that crosses 8 km north of the origin from west to east at 40 m/s.
TargetPlan Crossing(const std::string& id = "d") {
  TargetPlan plan;
  plan.id = id;
  plan.route = {At(35.07, -35.10, 300, 40), At(35.07, -34.90, 300, 40)};
  return plan;
}

Scenario Make(std::vector<TargetPlan> targets, double duration_s) {
  Scenario scenario;
  scenario.seed = 7;
  scenario.start = kStart;
  scenario.duration = Duration::Seconds(duration_s);
  scenario.targets = std::move(targets);
  return scenario;
}

std::unique_ptr<Simulator> Play(Scenario scenario, std::vector<Sensor> sensors,
                                Terrain terrain = {}) {
  auto field = std::make_shared<const DetectionField>(
      std::move(sensors), std::make_shared<const Terrain>(std::move(terrain)));
  return std::make_unique<Simulator>(std::move(scenario), std::move(field), LocalFrame(kOrigin),
                                     Geoid());
}

bool Same(const Report& a, const Report& b) {
  if (a.time != b.time || a.sensor != b.sensor || a.detections.size() != b.detections.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.detections.size(); ++i) {
    if (!(a.detections[i].measured == b.detections[i].measured) ||
        a.detections[i].value != b.detections[i].value) {
      return false;
    }
  }
  return true;
}

TEST(Simulator, SameSeedSameBitsHoweverTheTimeIsCut) {
  Sensor radar = Radar("r", {0, 0, 20});
  radar.clutter_per_look = 5.0;
  std::vector<TargetPlan> targets = {Crossing("a"), Crossing("b")};
  targets[1].count = 5;
  targets[1].spread_s = 30.0;
  TargetPlan birds;
  birds.id = "birds";
  birds.way = TargetPlan::Way::kBirds;
  birds.target_class = TargetClass::kBird;
  birds.count = 4;
  birds.roam_radius_m = 1000;
  birds.route = {At(35.02, -35.0, 60, 13)};
  targets.push_back(birds);
  const auto whole = Play(Make(targets, 120), {radar});
  const auto pieces = Play(Make(targets, 120), {radar});
  const std::vector<Report> all = whole->AdvanceTo(whole->end());
  std::vector<Report> joined;
  for (double t = 0.0; t < 130.0; t += 3.7) {
    static_cast<void>(pieces->TruthAt(kStart + Duration::Seconds(t)));
    for (Report& report : pieces->AdvanceTo(kStart + Duration::Seconds(t))) {
      joined.push_back(std::move(report));
    }
  }
  ASSERT_EQ(all.size(), 120U);
  ASSERT_EQ(joined.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_TRUE(Same(all[i], joined[i])) << i;

  Scenario other = Make(targets, 120);
  other.seed = 8;
  const auto differs = Play(other, {radar})->AdvanceTo(kStart + Duration::Seconds(130.0));
  bool any = false;
  for (std::size_t i = 0; i < all.size(); ++i) any = any || !Same(all[i], differs[i]);
  EXPECT_TRUE(any);
}

TEST(Simulator, ATargetsFlightDoesNotDependOnTheOthers) {
  const auto alone = Play(Make({Crossing("a")}, 60), {});
  const auto among = Play(Make({Crossing("z"), Crossing("a"), Crossing("y")}, 60), {});
  const Time t = kStart + Duration::Seconds(31.0);
  const Truth one = alone->TruthAt(t);
  const Truth three = among->TruthAt(t);
  ASSERT_EQ(three.targets.size(), 3U);
  EXPECT_EQ(one.targets[0].position.lat_deg, three.targets[1].position.lat_deg);
  EXPECT_EQ(one.targets[0].vel_enu_mps, three.targets[1].vel_enu_mps);
}

TEST(Simulator, DetectsAsOftenAsTheFieldSays) {
  std::vector<TargetPlan> targets;
  for (int i = 0; i < 20; ++i) targets.push_back(Crossing("d" + std::to_string(i)));
  const auto simulator = Play(Make(targets, 400), {Radar("r", {0, 0, 20})});
  double expected = 0.0;
  double variance = 0.0;
  double seen = 0.0;
  for (const Report& report : simulator->AdvanceTo(simulator->end())) {
    const auto present = static_cast<double>(simulator->TruthAt(report.time).targets.size());
    expected += 0.8 * present;
    variance += 0.8 * 0.2 * present;
    seen += static_cast<double>(report.detections.size());
  }
  EXPECT_GT(expected, 5000.0);
  EXPECT_NEAR(seen, expected, 4.0 * std::sqrt(variance));
}

TEST(Simulator, NoiseHasTheSensorsMoments) {
  Sensor radar = Radar("r", {300, -200, 20});
  radar.detect.probability = 0.999;
  // Axes turned by 30 degrees about up, so that a mix-up of frames shows.
  const double turn = std::numbers::pi / 6;
  radar.R_SL << std::cos(turn), std::sin(turn), 0, -std::sin(turn), std::cos(turn), 0, 0, 0, 1;
  std::vector<TargetPlan> targets = {Crossing("a")};
  const auto simulator = Play(Make(targets, 450), {radar});
  const LocalFrame frame(kOrigin);
  SensorPose pose;
  pose.p_LS_L = radar.p_LS_L;
  pose.R_SL = radar.R_SL;
  std::array<double, 4> sum{};
  std::array<double, 4> squares{};
  int n = 0;
  for (int k = 0; k < 4; ++k) {
    // Short looks: as many samples as there is time for.
    Sensor fast = radar;
    fast.id = "r" + std::to_string(k);
    fast.period = Duration::Seconds(0.1);
    const auto play = Play(Make(targets, 400), {fast});
    for (const Report& report : play->AdvanceTo(play->end())) {
      const Truth truth = play->TruthAt(report.time);
      if (report.detections.empty() || truth.targets.empty()) continue;
      const auto& v = truth.targets[0].vel_enu_mps;
      const MeasurementVector exact =
          Measure(radar.measures, pose, frame.ToLocal(truth.targets[0].position),
                  Eigen::Vector3d(v[0], v[1], v[2]));
      const Detection& z = report.detections[0];
      const double errors[] = {(z[Component::kRange] - exact[0]) / 20.0,
                               WrapPi(z[Component::kAzimuth] - exact[1]) / 0.01,
                               (z[Component::kElevation] - exact[2]) / 0.02,
                               (z[Component::kRangeRate] - exact[3]) / 0.5};
      for (std::size_t i = 0; i < 4; ++i) {
        sum[i] += errors[i];
        squares[i] += errors[i] * errors[i];
      }
      ++n;
    }
  }
  ASSERT_GT(n, 10000);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(sum[i] / n, 0.0, 4.5 / std::sqrt(n)) << i;
    EXPECT_NEAR(squares[i] / n, 1.0, 4.5 * std::sqrt(2.0 / n)) << i;
  }
}

TEST(Simulator, ClutterIsPoissonAndUniformAsTheFieldHasIt) {
  Sensor radar = Radar("r", {0, 0, 20});
  radar.clutter_per_look = 50.0;
  radar.field.min_range_m = 4000.0;
  radar.field.azimuth_from = Bearing::Deg(330);
  radar.field.azimuth_width_rad = std::numbers::pi / 2;
  radar.field.elevation_min_rad = -0.1;
  radar.field.elevation_max_rad = 0.5;
  const auto simulator = Play(Make({}, 1000), {radar});
  double sum = 0.0;
  double squares = 0.0;
  int looks = 0;
  std::array<int, 10> range_bins{};
  std::array<int, 10> azimuth_bins{};
  std::array<int, 10> elevation_bins{};
  std::array<int, 10> rate_bins{};
  const auto bin = [](double share) {
    return static_cast<std::size_t>(std::clamp(share * 10.0, 0.0, 9.0));
  };
  for (const Report& report : simulator->AdvanceTo(simulator->end())) {
    const auto count = static_cast<double>(report.detections.size());
    sum += count;
    squares += count * count;
    ++looks;
    for (const Detection& z : report.detections) {
      const double r = z[Component::kRange];
      ASSERT_GE(r, 4000.0);
      ASSERT_LE(r, 20000.0);
      ++range_bins[bin((r * r - 16e6) / (400e6 - 16e6))];
      const Bearing azimuth = Bearing::Rad(z[Component::kAzimuth] - radar.field.azimuth_from.rad());
      ASSERT_LE(azimuth.rad(), std::numbers::pi / 2 + 1e-9);
      ++azimuth_bins[bin(azimuth.rad() / (std::numbers::pi / 2))];
      ++elevation_bins[bin((z[Component::kElevation] + 0.1) / 0.6)];
      ++rate_bins[bin((z[Component::kRangeRate] + 60.0) / 120.0)];
    }
  }
  ASSERT_EQ(looks, 1000);
  const double mean = sum / looks;
  EXPECT_NEAR(mean, 50.0, 4.0 * std::sqrt(50.0 / looks));
  EXPECT_NEAR(squares / looks - mean * mean, 50.0, 4.0 * 50.0 * std::sqrt(2.0 / looks));
  for (const auto& bins : {range_bins, azimuth_bins, elevation_bins, rate_bins}) {
    double chi2 = 0.0;
    for (const int b : bins) chi2 += (b - sum / 10) * (b - sum / 10) / (sum / 10);
    EXPECT_LT(chi2, 27.9);  // 0.1 % of nine degrees of freedom
  }
}

TEST(Simulator, ClutterHasTheFieldsDensity) {
  // Where clutter is drawn, the field's density times the volume of a bin is the count.
  Sensor position;
  position.id = "p";
  position.kind = SensorKind::kPosition;
  position.measures = {Component::kEast, Component::kNorth, Component::kUp};
  position.field.has_box = true;
  position.field.east_min_m = -1000;
  position.field.east_max_m = 3000;
  position.field.north_min_m = 0;
  position.field.north_max_m = 2000;
  position.clutter_per_look = 40.0;
  Sensor unbounded = position;
  unbounded.id = "u";
  unbounded.field.has_box = false;
  const auto simulator = Play(Make({}, 500), {position, unbounded});
  const DetectionField field({position, unbounded}, std::make_shared<const Terrain>());
  std::array<double, 2> inside{};
  std::array<double, 2> density{};
  const std::array<double, 2> half{500.0, 200'000.0};
  for (const Report& report : simulator->AdvanceTo(simulator->end())) {
    const std::size_t s = report.sensor == "p" ? 0 : 1;
    for (const Detection& z : report.detections) {
      density[s] = field.ClutterDensity(static_cast<SensorIndex>(s), z);
      const bool in = std::abs(z[Component::kEast] - half[s]) < half[s] &&
                      std::abs(z[Component::kNorth] - half[s]) < half[s] &&
                      std::abs(z[Component::kUp] - 5000.0) < 5000.0;
      inside[s] += in ? 1.0 : 0.0;
    }
  }
  for (const std::size_t s : {0U, 1U}) {
    const double expected = 500.0 * density[s] * 4.0 * half[s] * half[s] * 10'000.0;
    EXPECT_GT(expected, 300.0);
    EXPECT_NEAR(inside[s], expected, 4.5 * std::sqrt(expected)) << s;
  }
}

TEST(Simulator, WhatASensorDoesNotResolveGivesOneDetection) {
  // Two targets on one route at one time, and one by itself 8 km east.
  Sensor radar = Radar("r", {0, 0, 20});
  radar.detect.probability = 1.0;
  std::vector<TargetPlan> targets = {Crossing("a"), Crossing("b"), Crossing("c")};
  for (Waypoint& waypoint : targets[2].route) waypoint.lat_deg -= 0.02;
  const auto detections = [&](Resolution resolution) {
    radar.resolution = resolution;
    auto simulator = Play(Make(targets, 200.0), {radar});
    std::size_t most = 0;
    for (const Report& report : simulator->AdvanceTo(simulator->end())) {
      most = std::max(most, report.detections.size());
    }
    return most;
  };
  EXPECT_EQ(detections({}), 3U);
  EXPECT_EQ(detections({600.0, 0.2}), 2U);
}

TEST(Simulator, ADetectedTargetMayGiveFurtherDetections) {
  Sensor radar = Radar("r", {0, 0, 20});
  radar.echoes = 0.4;
  auto simulator = Play(Make({Crossing()}, 400.0), {radar});
  double first = 0.0;
  double further = 0.0;
  for (const Report& report : simulator->AdvanceTo(simulator->end())) {
    if (report.detections.empty()) continue;
    first += 1.0;
    further += static_cast<double>(report.detections.size() - 1);
  }
  ASSERT_GT(first, 200.0);
  EXPECT_NEAR(further / first, 0.4, 4.0 * std::sqrt(0.4 / first));
}

TEST(Simulator, ErrorsFollowEachOtherAsStated) {
  Sensor radar = Radar("r", {0, 0, 20});
  radar.detect.probability = 1.0;
  radar.error_correlation_s = 5.0;
  auto simulator = Play(Make({Crossing()}, 450.0), {radar});
  const auto reports = simulator->AdvanceTo(simulator->end());
  std::vector<double> errors;
  auto again = Play(Make({Crossing()}, 450.0), {radar});
  const LocalFrame frame(kOrigin);
  for (const Report& report : reports) {
    if (report.detections.empty()) continue;
    const Truth truth = again->TruthAt(report.time);
    ASSERT_EQ(truth.targets.size(), 1U);
    const double range = (frame.ToLocal(truth.targets[0].position) - radar.p_LS_L).norm();
    errors.push_back((report.detections[0][Component::kRange] - range) / 20.0);
  }
  ASSERT_GT(errors.size(), 300U);
  double variance = 0.0;
  double next = 0.0;
  for (std::size_t i = 0; i + 1 < errors.size(); ++i) {
    variance += errors[i] * errors[i];
    next += errors[i] * errors[i + 1];
  }
  EXPECT_NEAR(next / variance, std::exp(-0.2), 0.1);
  EXPECT_NEAR(variance / static_cast<double>(errors.size()), 1.0, 0.5);
}

TEST(Simulator, WhatTerrainMasksIsNotReported) {
  // A wall 1 km high at 4 km north hides a drone that passes 8 km north at 300 m.
  Terrain::Grid grid{201, 201, 100.0, -10000.0, 10000.0, {}};
  for (int row = 0; row < 201; ++row) {
    for (int column = 0; column < 201; ++column) {
      grid.hae_m.push_back(row == 60 ? 1000.0F : 0.0F);
    }
  }
  Sensor low = Radar("low", {0, 0, 20});
  Sensor behind = Radar("behind", {0, 6000, 20});
  const auto simulator =
      Play(Make({Crossing()}, 300), {low, behind}, Terrain(grid, kOrigin.height, kOrigin.lat_deg));
  int seen_low = 0;
  int seen_behind = 0;
  for (const Report& report : simulator->AdvanceTo(simulator->end())) {
    (report.sensor == "low" ? seen_low : seen_behind) += static_cast<int>(report.detections.size());
  }
  EXPECT_EQ(seen_low, 0);
  EXPECT_GT(seen_behind, 200);
}

TEST(Simulator, SoundComesFromWhereTheTargetWas) {
  Sensor node;
  node.id = "n";
  node.kind = SensorKind::kAcoustic;
  node.measures = {Component::kAzimuth};
  node.sound_delay = true;
  node.clutter_per_look = 0.0;
  node.detect.probability = 0.999;
  node.field.max_range_m = 20000.0;
  const auto simulator = Play(Make({Crossing()}, 300), {node});
  const LocalFrame frame(kOrigin);
  int compared = 0;
  for (const Report& report : simulator->AdvanceTo(simulator->end())) {
    if (report.detections.empty()) continue;
    const double azimuth = report.detections[0][Component::kAzimuth];
    // sd is 0: the bearing is exact. About 24 s of sound: 1 km behind where it is now.
    const Truth now = simulator->TruthAt(report.time);
    if (now.targets.empty()) continue;
    const Eigen::Vector3d p = frame.ToLocal(now.targets[0].position);
    const double back = WrapPi(std::atan2(p.x(), p.y()) - azimuth);
    EXPECT_NEAR(back * p.norm(), 40.0 * p.norm() / kSpeedOfSoundMps * p.y() / p.norm(), 120.0);
    ++compared;
  }
  EXPECT_GT(compared, 150);
}

TEST(Simulator, OnlyBroadcastersAreHeardAndSilenceIsNoLook) {
  Sensor receiver;
  receiver.id = "adsb";
  receiver.kind = SensorKind::kPosition;
  receiver.look = LookKind::kSelfReport;
  receiver.measures = {Component::kEast, Component::kNorth, Component::kUp, Component::kVelEast,
                       Component::kVelNorth};
  receiver.sd.fill(1.0);
  receiver.detect.probability = 0.9;
  Sensor other = receiver;
  other.id = "remote-id";
  TargetPlan airliner = Crossing("airliner");
  airliner.target_class = TargetClass::kAircraft;
  airliner.identity = {{"icao", "4B8A01"}};
  airliner.heard_by = {"adsb"};
  airliner.start_s = 50.0;
  const auto simulator = Play(Make({Crossing("dark"), airliner}, 200), {receiver, other});
  const LocalFrame frame(kOrigin);
  int heard = 0;
  for (const Report& report : simulator->AdvanceTo(simulator->end())) {
    EXPECT_EQ(report.sensor, "adsb");
    EXPECT_GE(report.time, kStart + Duration::Seconds(50.0));
    ASSERT_EQ(report.detections.size(), 1U);
    const Detection& z = report.detections[0];
    EXPECT_EQ(z.identity, airliner.identity);
    ASSERT_TRUE(z.fix.has_value());
    EXPECT_FALSE(z.measured.Has(Component::kEast));
    EXPECT_TRUE(z.measured.Has(Component::kVelNorth));
    const Truth truth = simulator->TruthAt(report.time);
    const Geodetic where{z.fix->lat_deg, z.fix->lon_deg, *z.fix->hae};
    EXPECT_LT((frame.ToLocal(where) - frame.ToLocal(truth.targets.back().position)).norm(), 8.0);
    ++heard;
  }
  EXPECT_GT(heard, 110);
}

TEST(SyntheticTerrain, SeaHillsAndTheSameBits) {
  SyntheticTerrain plan;
  plan.cell_m = 200.0;
  plan.coast = SyntheticTerrain::Coast{Bearing::Deg(270), 5000.0, 2000.0};
  plan.ridges.push_back({-10000, 12000, 20000, 12000, 600.0, 4000.0});
  const Terrain::Grid grid = MakeSyntheticTerrain(plan, 20000.0);
  EXPECT_EQ(MakeSyntheticTerrain(plan, 20000.0).hae_m, grid.hae_m);
  const auto at = [&](double e, double n) {
    const int column = static_cast<int>((e - grid.west_m) / grid.cell_m);
    const int row = static_cast<int>((grid.north_m - n) / grid.cell_m);
    return grid.hae_m[static_cast<std::size_t>(row) * grid.columns + column];
  };
  EXPECT_EQ(at(-19000, 0), 0.0F);
  EXPECT_GE(at(8000, 0), 1.0F);
  float highest = 0.0F;
  for (double e = -9000; e < 19000; e += 200) highest = std::max(highest, at(e, 12000));
  EXPECT_GT(highest, 300.0F);
  EXPECT_LT(highest, 900.0F);
  EXPECT_LE(at(10000, -15000), 41.0F);
  plan.seed = 2;
  EXPECT_NE(MakeSyntheticTerrain(plan, 20000.0).hae_m, grid.hae_m);
}

}  // namespace
}  // namespace picket
