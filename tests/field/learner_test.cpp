// SPDX-License-Identifier: Apache-2.0
#include "picket/field/learner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "picket/base/random.h"
#include "picket/report/measurement.h"

namespace picket {
namespace {

const Time kStart = *Time::Parse("2026-03-01T00:00:00Z");
constexpr auto kAircraft = TargetClass::kFixedWing;

Sensor Radar(double power_w) {
  Sensor radar;
  radar.id = "radar";
  radar.p_LS_L = {0.0, 0.0, 20.0};
  radar.measures = {Component::kRange, Component::kAzimuth, Component::kElevation};
  radar.sd[static_cast<std::size_t>(Component::kRange)] = 10.0;
  radar.sd[static_cast<std::size_t>(Component::kAzimuth)] = 0.5 * kRadPerDeg;
  radar.sd[static_cast<std::size_t>(Component::kElevation)] = 0.5 * kRadPerDeg;
  radar.field.max_range_m = 15'000.0;
  radar.clutter_per_look = 30.0;
  RadarParameters parameters;
  parameters.power_w = power_w;
  parameters.notch_mps = 0.0;
  radar.detect.kind = DetectModel::Kind::kPhysical;
  radar.detect.physical = RadarModel(parameters, Weather{});
  return radar;
}

DetectionField FieldOf(Sensor sensor) {
  return DetectionField({std::move(sensor)}, std::make_shared<const Terrain>());
}

/// What happened in `kFlights` flights over the west and the north: detections drawn from the true
/// field, false ones besides.
struct World {
  static constexpr int kFlights = 150;
  static constexpr int kSeconds = 240;

  explicit World(const DetectionField& truth_field) : truth(truth_field) {}

  /// Teaches, and counts what the true field expects in each cell.
  void Fly(Learner& learner) {
    struct Flight {
      Eigen::Vector3d from;
      Eigen::Vector3d v;
    };
    std::vector<Flight> flights;
    Random random(42);
    for (int i = 0; i < kFlights; ++i) {
      // Along chords of a half circle: never in the south-east.
      const double a = random.Uniform(180.0, 360.0) * kRadPerDeg;
      const double b = random.Uniform(180.0, 360.0) * kRadPerDeg;
      const double height = random.Uniform(150.0, 900.0);
      const Eigen::Vector3d from(12'000 * std::sin(a), 12'000 * std::cos(a), height);
      const Eigen::Vector3d to(12'000 * std::sin(b), 12'000 * std::cos(b), height);
      flights.push_back({from, (to - from) / kSeconds});
    }
    for (int i = 0; i < kFlights; ++i) {
      for (int t = 0; t < kSeconds; t += 2) {
        Learner::Fix fix;
        fix.time = At(i, t);
        fix.p_LT_L = flights[i].from + t * flights[i].v;
        for (int axis = 0; axis < 3; ++axis) fix.p_LT_L[axis] += 5.0 * random.Normal();
        learner.AddFix("flight " + std::to_string(i), kAircraft, fix);
      }
    }
    const Sensor& radar = truth.sensor(0);
    const SensorPose pose{radar.p_LS_L, radar.R_SL, false, nullptr};
    expected.assign(LearnedCorrection::kCells, 0.0);
    for (int i = 0; i < kFlights; ++i) {
      for (int t = 0; t + 2 < kSeconds; ++t) {
        const Eigen::Vector3d p = flights[i].from + (t + 0.5) * flights[i].v;
        const double p_d = truth.ProbabilityOfDetection(0, kAircraft, p, flights[i].v);
        expected[truth.SkyCellOf(0, p)] += p_d;
        std::vector<Detection> detections;
        if (random.Uniform() < p_d) {
          const MeasurementVector exact = Measure(radar.measures, pose, p, flights[i].v);
          Detection& z = detections.emplace_back();
          int row = 0;
          for (const Component c :
               {Component::kRange, Component::kAzimuth, Component::kElevation}) {
            const double sd = radar.sd[static_cast<std::size_t>(c)];
            z.Set(c, exact[row++] + sd * random.Normal());
          }
        }
        for (auto n = random.Poisson(radar.clutter_per_look); n > 0; --n) {
          Detection& z = detections.emplace_back();
          z.Set(Component::kRange, 15'000.0 * std::sqrt(random.Uniform()));
          z.Set(Component::kAzimuth, random.Uniform(0.0, 2.0 * std::numbers::pi));
          z.Set(Component::kElevation, random.Uniform(-0.5, 0.5) * std::numbers::pi);
        }
        learner.AddLook(0, At(i, t) + Duration::Seconds(0.5), detections);
      }
    }
  }
  static Time At(int flight, int t) { return kStart + Duration::Seconds(1000.0 * flight + t); }

  const DetectionField& truth;
  std::vector<double> expected;
};

/// The radar has a quarter of the power that its owner believes in, and something stands in the
/// way between 270 and 292.5 degrees that no map knows.
TEST(Learner, FindsWhatTheModelDoesNotKnow) {
  Sensor weaker = Radar(2.5);
  SkyRegion hidden;
  hidden.cone.azimuth_from = Bearing::Deg(270.0);
  hidden.cone.azimuth_width_rad = 22.5 * kRadPerDeg;
  hidden.cone.elevation_max_rad = 3.0 * kRadPerDeg;
  weaker.obscured.push_back(hidden);
  const DetectionField truth = FieldOf(weaker);
  const DetectionField model = FieldOf(Radar(10.0));
  Learner learner(model);
  World world(truth);
  world.Fly(learner);
  const auto correction = learner.CorrectionOf(0);
  ASSERT_NE(correction, nullptr);

  int measured = 0;
  int held = 0;
  double wrong_before = 0.0;
  double wrong_after = 0.0;
  for (std::size_t i = 0; i < LearnedCorrection::kCells; ++i) {
    const LearnedCorrection::Cell& cell = correction->cells()[i];
    if (!correction->Measured(i) || cell.expected < 5.0) continue;
    ++measured;
    const double true_factor = world.expected[i] / cell.expected;
    const LearnedCorrection::Factor factor = correction->FactorOf(i);
    held += factor.low <= true_factor && true_factor <= factor.high ? 1 : 0;
    wrong_before += std::abs(1.0 - true_factor);
    wrong_after += std::abs(factor.mean - true_factor);
  }
  EXPECT_GT(measured, 40);
  EXPECT_GE(held, measured * 9 / 10) << measured;
  EXPECT_LT(wrong_after, 0.3 * wrong_before);

  Sensor as_learned = Radar(10.0);
  as_learned.learned = correction;
  const DetectionField corrected = FieldOf(as_learned);
  const auto p = [](const DetectionField& field, double azimuth_deg, double height_m) {
    const double a = azimuth_deg * kRadPerDeg;
    return field.ProbabilityOfDetection(
        0, kAircraft, {5000 * std::sin(a), 5000 * std::cos(a), 20.0 + height_m}, {0, 0, 0});
  };
  // Behind the obstacle nothing is seen, over it as elsewhere.
  EXPECT_GT(p(model, 281, 130), 0.5);
  EXPECT_LT(p(corrected, 281, 130), 0.1);
  EXPECT_NEAR(p(corrected, 281, 500), p(truth, 281, 500), 0.15);
  EXPECT_NEAR(p(corrected, 330, 500), p(truth, 330, 500), 0.15);
  EXPECT_GT(p(model, 330, 500), p(truth, 330, 500) + 0.1);
  EXPECT_TRUE(corrected.Measured(0, {-4900, 960, 150}));
  // Where nobody flew the model stands, and says so.
  EXPECT_EQ(p(corrected, 120, 500), p(model, 120, 500));
  EXPECT_FALSE(corrected.Measured(0, {4000, -3000, 500}));
}

TEST(Learner, LeavesAGoodModelAlone) {
  const DetectionField model = FieldOf(Radar(10.0));
  Learner learner(model);
  World(model).Fly(learner);
  const Learner::Counts& counts = learner.Of(0);
  EXPECT_GT(counts.looks, 10'000U);
  EXPECT_NEAR(counts.seen, counts.expected, 3.0 * std::sqrt(counts.expected));
  EXPECT_EQ(counts.impossible, 0U);
}

TEST(Learner, DoesNotCountWhatTellsNothing) {
  Sensor bearings = Radar(10.0);
  bearings.measures = {Component::kAzimuth};
  bearings.clutter_per_look = 100.0;
  const DetectionField field = FieldOf(bearings);
  Learner learner(field);
  const auto fix = [&](double t_s, double up_m) {
    Learner::Fix at;
    at.time = kStart + Duration::Seconds(t_s);
    at.p_LT_L = {3000.0 + 10.0 * t_s, 0.0, up_m};
    learner.AddFix("a", kAircraft, at);
  };
  fix(0, 300);
  fix(4, 300);
  fix(100, 300);
  // With a hundred false bearings a look one is always near.
  learner.AddLook(0, kStart + Duration::Seconds(1.0), {});
  EXPECT_EQ(learner.Of(0).ambiguous, 1U);
  EXPECT_EQ(learner.Of(0).looks, 0U);
  EXPECT_EQ(learner.CorrectionOf(0), nullptr);
  // Before, between and behind fixes that are too far apart nobody knows where it was.
  for (const double t_s : {-1.0, 50.0, 101.0}) {
    learner.AddLook(0, kStart + Duration::Seconds(t_s), {});
  }
  EXPECT_EQ(learner.Of(0).ambiguous, 1U);
}

TEST(Learner, TwoTargetsDoNotShareADetectionAndOneIsNotTwo) {
  Sensor radar = Radar(1e6);
  radar.clutter_per_look = 0.0;
  const DetectionField field = FieldOf(radar);
  const auto looked = [&](double apart_m) {
    Learner learner(field);
    for (const double east_m : {3000.0, 3000.0 + apart_m}) {
      for (const double t_s : {0.0, 2.0}) {
        Learner::Fix fix;
        fix.time = kStart + Duration::Seconds(t_s);
        fix.p_LT_L = {east_m, 0.0, 300.0};
        learner.AddFix("at " + std::to_string(east_m), kAircraft, fix);
        if (apart_m == 0.0) learner.AddFix("the same", kAircraft, fix);
      }
    }
    const SensorPose pose{radar.p_LS_L, radar.R_SL, false, nullptr};
    const MeasurementVector z =
        Measure(radar.measures, pose, {3000.0 + 0.5 * apart_m, 0, 300}, {0, 0, 0});
    Detection one;
    one.Set(Component::kRange, z[0], 60.0);
    one.Set(Component::kAzimuth, z[1]);
    one.Set(Component::kElevation, z[2]);
    learner.AddLook(0, kStart + Duration::Seconds(1.0), std::span(&one, 1));
    return learner.Of(0);
  };
  EXPECT_EQ(looked(120.0).looks, 2U);
  EXPECT_EQ(looked(120.0).seen, 1.0);
  EXPECT_EQ(looked(0.0).looks, 1U);
  EXPECT_EQ(looked(0.0).seen, 1.0);
}

}  // namespace
}  // namespace picket
