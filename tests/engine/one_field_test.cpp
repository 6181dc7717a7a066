// SPDX-License-Identifier: Apache-2.0
// Simulator, tracker and planner ask one detection field: the same question has the same answer.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "picket/field/detection_field.h"
#include "picket/plan/coverage.h"
#include "picket/report/measurement.h"
#include "picket/simulate/simulator.h"
#include "picket/track/tracker.h"

namespace picket {
namespace {

const Geodetic kOrigin{35.0, -35.0, HeightHae{0.0}};
const Time kStart = *Time::Parse("2026-03-01T00:00:00Z");

/// A radar that sees a fixed-wing drone in about half of its looks at some kilometres.
Sensor Radar() {
  Sensor radar;
  radar.id = "radar";
  radar.p_LS_L = {0.0, 0.0, 20.0};
  radar.measures = {Component::kRange, Component::kAzimuth, Component::kElevation,
                    Component::kRangeRate};
  radar.sd[static_cast<std::size_t>(Component::kRange)] = 1.0;
  radar.sd[static_cast<std::size_t>(Component::kAzimuth)] = 1e-4;
  radar.sd[static_cast<std::size_t>(Component::kElevation)] = 1e-4;
  radar.sd[static_cast<std::size_t>(Component::kRangeRate)] = 0.1;
  radar.field.max_range_m = 30'000.0;
  radar.clutter_per_look = 0.0;
  RadarParameters parameters;
  parameters.notch_mps = 5.0;
  radar.detect.kind = DetectModel::Kind::kPhysical;
  radar.detect.probability = 0.9;
  radar.detect.physical = RadarModel(parameters, Weather{});
  return radar;
}

/// A receiver that hears multirotors, and never a fixed-wing drone.
Sensor Receiver() {
  Sensor receiver;
  receiver.id = "receiver";
  receiver.kind = SensorKind::kRf;
  receiver.p_LS_L = {0.0, 0.0, 20.0};
  receiver.measures = {Component::kAzimuth};
  receiver.sd[static_cast<std::size_t>(Component::kAzimuth)] = 0.01;
  receiver.field.max_range_m = 30'000.0;
  receiver.clutter_per_look = 0.0;
  RadioParameters parameters;
  parameters.eirp_dbm[static_cast<std::size_t>(TargetClass::kMultirotor)] = 20.0;
  receiver.detect.kind = DetectModel::Kind::kPhysical;
  receiver.detect.physical = RadioModel(parameters, Weather{});
  return receiver;
}

const Eigen::Vector3d kPlace{4000.0, 3000.0, 120.0};
const Eigen::Vector3d kVelocity{-32.0, -24.0, 0.0};  // straight at the sensors, 40 m/s

DetectionField Field() { return {{Radar(), Receiver()}, std::make_shared<const Terrain>()}; }

TEST(OneField, ClassAndVelocityDecide) {
  const DetectionField field = Field();
  const auto p = [&](SensorIndex s, TargetClass c, const Eigen::Vector3d& v) {
    return field.ProbabilityOfDetection(s, c, kPlace, v);
  };
  const double drone = p(0, TargetClass::kFixedWing, kVelocity);
  EXPECT_GT(drone, 0.3);
  EXPECT_LT(drone, 0.8);
  EXPECT_LT(p(0, TargetClass::kMultirotor, kVelocity), drone);
  EXPECT_GT(p(0, TargetClass::kAircraft, kVelocity), drone);
  EXPECT_EQ(p(0, TargetClass::kFixedWing, {24.0, -32.0, 0.0}), 0.0);  // across
  EXPECT_EQ(p(1, TargetClass::kFixedWing, kVelocity), 0.0);
  EXPECT_GT(p(1, TargetClass::kMultirotor, kVelocity), 0.1);
  // Of a target that is one or the other: the mean.
  const ClassProbabilities either{0.25, 0.75, 0.0, 0.0, 0.0};
  EXPECT_NEAR(field.ProbabilityOfDetection(0, either, kPlace, kVelocity),
              0.25 * p(0, TargetClass::kMultirotor, kVelocity) + 0.75 * drone, 1e-12);
}

TEST(OneField, TheTrackerMissesWhatItSays) {
  const DetectionField field = Field();
  TrackerParameters parameters;
  parameters.survival_per_s = 1.0;
  Tracker tracker(std::make_shared<const DetectionField>(field), parameters);
  const Sensor& radar = field.sensor(0);
  SensorPose pose{radar.p_LS_L, radar.R_SL, false, nullptr};
  constexpr int kSeen = 4;
  for (int t = 0; t < kSeen; ++t) {
    const Eigen::Vector3d p = kPlace + (t - kSeen) * kVelocity;
    const MeasurementVector exact = Measure(radar.measures, pose, p, kVelocity);
    Detection z;
    int row = 0;
    for (const Component c :
         {Component::kRange, Component::kAzimuth, Component::kElevation, Component::kRangeRate}) {
      z.Set(c, exact[row++], radar.sd[static_cast<std::size_t>(c)]);
    }
    z.class_probability = Certainly(TargetClass::kFixedWing);
    ASSERT_FALSE(tracker.Process({0, kStart + Duration::Seconds(t), {z}}));
  }
  const Time then = kStart + Duration::Seconds(kSeen);
  const Picture before = tracker.PictureAt(then, true);
  ASSERT_EQ(before.tracks.size(), 1U);
  const Track& track = before.tracks.front();
  EXPECT_LT((track.mean.head<3>() - kPlace).norm(), 10.0);
  ASSERT_GT(track.class_probability[static_cast<std::size_t>(TargetClass::kFixedWing)], 0.9);
  // A receiver that cannot hear such a drone says nothing by its silence, or hardly.
  ASSERT_FALSE(tracker.Process({1, then, {}}));
  const double unheard = tracker.PictureAt(then, true).tracks.front().existence;
  EXPECT_NEAR(unheard, track.existence, 1e-3);
  // A missed look takes existence to r (1 - p) / (1 - r p).
  ASSERT_FALSE(tracker.Process({0, then, {}}));
  const double after = tracker.PictureAt(then, true).tracks.front().existence;
  const double odds = after / (1.0 - after) / (unheard / (1.0 - unheard));
  const double expected = field.ProbabilityOfDetection(0, track.class_probability,
                                                       track.mean.head<3>(), track.mean.tail<3>());
  EXPECT_NEAR(1.0 - odds, expected, 0.01);
  EXPECT_GT(expected, 0.3);
}

TEST(OneField, TheSimulatorDrawsWhatItSays) {
  // At a constant distance of the radar along its circle nothing is radial: half of the flight is
  // straight at it instead.
  Scenario scenario;
  scenario.seed = 11;
  scenario.start = kStart;
  scenario.duration = Duration::Seconds(300.0);
  for (int i = 0; i < 20; ++i) {
    TargetPlan plan;
    plan.id = "d" + std::to_string(i);
    plan.target_class = TargetClass::kFixedWing;
    Waypoint from;
    from.lat_deg = 35.09;
    from.lon_deg = -35.0 + 0.002 * i;
    from.height.above = FlightHeight::Above::kEllipsoid;
    from.height.m = 200.0;
    from.speed_mps = 40.0;
    Waypoint to = from;
    to.lat_deg = 35.0;
    plan.route = {from, to};
    scenario.targets.push_back(plan);
  }
  const auto field = std::make_shared<const DetectionField>(Field());
  Simulator simulator(scenario, field, LocalFrame(kOrigin), Geoid());
  double expected = 0.0;
  double variance = 0.0;
  double seen = 0.0;
  std::size_t heard = 0;
  const LocalFrame frame(kOrigin);
  for (const Report& report : simulator.AdvanceTo(simulator.end())) {
    if (report.sensor == "receiver") {
      heard += report.detections.size();
      continue;
    }
    seen += static_cast<double>(report.detections.size());
  }
  Simulator truth(scenario, field, LocalFrame(kOrigin), Geoid());
  Simulator looks(scenario, field, LocalFrame(kOrigin), Geoid());
  for (const Report& report : looks.AdvanceTo(looks.end())) {
    if (report.sensor != "radar") continue;
    for (const TruthTarget& target : truth.TruthAt(report.time).targets) {
      const double p = field->ProbabilityOfDetection(
          0, target.target_class, frame.ToLocal(target.position),
          {target.vel_enu_mps[0], target.vel_enu_mps[1], target.vel_enu_mps[2]});
      expected += p;
      variance += p * (1.0 - p);
    }
  }
  EXPECT_GT(expected, 500.0);
  EXPECT_NEAR(seen, expected, 4.0 * std::sqrt(variance));
  EXPECT_EQ(heard, 0U);
}

TEST(OneField, ThePlannerMapsWhatItSays) {
  const DetectionField field = Field();
  const PlanGrid grid = MakePlanGrid(field.terrain(), 8000.0, 40);
  const double bands[] = {120.0};
  const PlanTarget targets[] = {{TargetClass::kMultirotor, 20.0}, {TargetClass::kFixedWing, 40.0}};
  const auto places = PlacesOf(field.terrain(), grid, bands);
  const auto radar = LayersOf(field, 0, grid, bands, places, targets);
  const auto receiver = LayersOf(field, 1, grid, bands, places, targets);
  int cells = 0;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    if (!grid.InRegion(i)) continue;
    const Eigen::Vector3d p = field.terrain().PointAt(grid.At(i), HeightHae{120.0});
    // All headings of the circle, one by one.
    double sum = 0.0;
    constexpr int kHeadings = 720;
    for (int k = 0; k < kHeadings; ++k) {
      const double a = 2.0 * std::numbers::pi * (k + 0.5) / kHeadings;
      sum += field.ProbabilityOfDetection(0, TargetClass::kFixedWing, p,
                                          {40.0 * std::sin(a), 40.0 * std::cos(a), 0.0});
    }
    // The notch is either in one of the planner's 8 headings of a quarter circle or not.
    EXPECT_NEAR(radar[1].p[i], sum / kHeadings, 0.07) << i;
    EXPECT_NEAR(receiver[0].p[i],
                field.ProbabilityOfDetection(1, TargetClass::kMultirotor, p, {0, 0, 0}), 1e-6);
    EXPECT_EQ(receiver[1].p[i], 0.0F);
    ++cells;
  }
  EXPECT_GT(cells, 1000);
}

/// People who watch in the light of the sun, at the site's place.
Sensor People() {
  Sensor people;
  people.id = "people";
  people.kind = SensorKind::kObserver;
  people.measures = {Component::kRange, Component::kAzimuth, Component::kElevation};
  people.sd[static_cast<std::size_t>(Component::kRange)] = 1.0;
  people.sd[static_cast<std::size_t>(Component::kAzimuth)] = 1e-3;
  people.sd[static_cast<std::size_t>(Component::kElevation)] = 1e-3;
  people.field.max_range_m = 3000.0;
  ObserverParameters parameters;
  parameters.area_m2[static_cast<std::size_t>(TargetClass::kFixedWing)] = 80.0;
  people.detect.kind = DetectModel::Kind::kPhysical;
  people.detect.probability = 0.9;
  people.detect.physical = ObserverModel(parameters, Weather{});
  WeatherCourse course;
  course.stated.sun_share = 0.3;
  course.lat_deg = kOrigin.lat_deg;
  course.lon_deg = kOrigin.lon_deg;
  people.course = std::make_shared<const WeatherCourse>(course);
  return people;
}

TEST(OneField, AllAskAboutTheTimeOfALook) {
  const DetectionField field({People()}, std::make_shared<const Terrain>());
  const Eigen::Vector3d place{900.0, 0.0, 120.0};
  const PlanGrid grid = MakePlanGrid(field.terrain(), 2000.0, 40);
  const double bands[] = {120.0};
  const PlanTarget targets[] = {{TargetClass::kFixedWing, 20.0}};
  const auto places = PlacesOf(field.terrain(), grid, bands);
  double by_day = 0.0;
  // Noon at 35 W, and the end of civil twilight there.
  for (const char* text : {"2026-03-01T14:20:00Z", "2026-03-01T20:43:00Z"}) {
    const Time then = *Time::Parse(text);
    const DetectionField at = field.At(then);
    const double p =
        at.ProbabilityOfDetection(0, TargetClass::kFixedWing, place, Eigen::Vector3d::Zero());
    if (by_day == 0.0) {
      by_day = p;
      EXPECT_GT(p, 0.3);
    } else {
      EXPECT_LT(p, 0.2 * by_day);
      EXPECT_GT(p, 0.01);
    }

    // The planner.
    const auto layer = LayersOf(at, 0, grid, bands, places, targets).front();
    for (std::size_t i = 0; i < grid.size(); i += 7) {
      if (!grid.InRegion(i)) continue;
      EXPECT_NEAR(
          layer.p[i],
          at.ProbabilityOfDetection(0, TargetClass::kFixedWing, places[i], Eigen::Vector3d::Zero()),
          1e-5);
    }

    // The simulator: of a target that circles where p_D hardly changes, over ten minutes.
    Scenario scenario;
    scenario.seed = 5;
    scenario.start = then;
    scenario.duration = Duration::Seconds(600.0);
    TargetPlan plan;
    plan.id = "d";
    plan.target_class = TargetClass::kFixedWing;
    Waypoint from;
    from.lat_deg = kOrigin.lat_deg;
    from.lon_deg = kOrigin.lon_deg - 0.02;
    from.height.above = FlightHeight::Above::kEllipsoid;
    from.height.m = 120.0;
    from.speed_mps = 6.0;
    Waypoint to = from;
    to.lon_deg = kOrigin.lon_deg + 0.02;
    plan.route = {from, to};
    scenario.targets.push_back(plan);
    const auto shared = std::make_shared<const DetectionField>(field);
    Simulator simulator(scenario, shared, LocalFrame(kOrigin), Geoid());
    Simulator truth(scenario, shared, LocalFrame(kOrigin), Geoid());
    const LocalFrame frame(kOrigin);
    double seen = 0.0;
    double expected = 0.0;
    double variance = 0.0;
    for (const Report& report : simulator.AdvanceTo(simulator.end())) {
      seen += static_cast<double>(report.detections.size());
      const DetectionField now = field.At(report.time);
      for (const TruthTarget& target : truth.TruthAt(report.time).targets) {
        const double one = now.ProbabilityOfDetection(
            0, target.target_class, frame.ToLocal(target.position), Eigen::Vector3d::Zero());
        expected += one;
        variance += one * (1.0 - one);
      }
    }
    EXPECT_GT(expected, 10.0);
    EXPECT_NEAR(seen, expected, 4.0 * std::sqrt(variance));

    // The tracker: a missed look takes existence to r (1 - p) / (1 - r p).
    TrackerParameters parameters;
    parameters.survival_per_s = 1.0;
    Tracker tracker(shared, parameters);
    const Sensor& people = field.sensor(0);
    const SensorPose pose{people.p_LS_L, people.R_SL, false, nullptr};
    for (int t = 0; t < 4; ++t) {
      const MeasurementVector exact =
          Measure(people.measures, pose, place, Eigen::Vector3d::Zero());
      Detection z;
      int row = 0;
      for (const Component c : {Component::kRange, Component::kAzimuth, Component::kElevation}) {
        z.Set(c, exact[row++], people.sd[static_cast<std::size_t>(c)]);
      }
      z.class_probability = Certainly(TargetClass::kFixedWing);
      ASSERT_FALSE(tracker.Process({0, then + Duration::Seconds(t), {z}}));
    }
    const Time missed = then + Duration::Seconds(4.0);
    const Picture before = tracker.PictureAt(missed, true);
    ASSERT_EQ(before.tracks.size(), 1U);
    const Track& track = before.tracks.front();
    ASSERT_FALSE(tracker.Process({0, missed, {}}));
    const double after = tracker.PictureAt(missed, true).tracks.front().existence;
    const double odds = after / (1.0 - after) / (track.existence / (1.0 - track.existence));
    EXPECT_NEAR(1.0 - odds,
                at.ProbabilityOfDetection(0, track.class_probability, track.mean.head<3>(),
                                          track.mean.tail<3>()),
                0.02);
  }
}

}  // namespace
}  // namespace picket
