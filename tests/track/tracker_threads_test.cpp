// SPDX-License-Identifier: Apache-2.0
// The number of threads never changes a bit: a property of the public interface alone.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

#include "picket/base/random.h"
#include "picket/report/measurement.h"
#include "picket/track/tracker.h"

namespace picket {
namespace {

const Time kStart = Time::Ns(1'772'323'200'000'000'000);
constexpr double kReachM = 20000.0;

/// A radar and an array of microphones: range and bearing, and bearing alone.
std::vector<Sensor> SomeSensors() {
  Sensor radar;
  radar.id = "radar";
  radar.measures = {Component::kRange, Component::kAzimuth};
  radar.sd[static_cast<std::size_t>(Component::kRange)] = 15.0;
  radar.sd[static_cast<std::size_t>(Component::kAzimuth)] = 0.009;
  radar.field.max_range_m = kReachM;
  radar.detect.probability = 0.9;
  radar.clutter_per_look = 30.0;
  Sensor ears;
  ears.id = "ears";
  ears.kind = SensorKind::kAcoustic;
  ears.p_LS_L = {3000.0, -2000.0, 0.0};
  ears.measures = {Component::kAzimuth};
  ears.sd[static_cast<std::size_t>(Component::kAzimuth)] = 0.035;
  ears.field.max_range_m = 5000.0;
  ears.detect.probability = 0.7;
  ears.clutter_per_look = 0.5;
  return {radar, ears};
}

/// Looks in turn, once a second each, at targets in two close swarms and by themselves.
std::vector<Look> Looks(const std::vector<Sensor>& sensors, std::uint64_t seed, int targets,
                        int looks) {
  Random random(seed);
  std::vector<Eigen::Vector3d> at;
  std::vector<Eigen::Vector3d> velocity;
  for (int i = 0; i < targets; ++i) {
    const double spread = i % 3 == 0 ? 9000.0 : 60.0;
    const double east = random.Normal();
    const double north = random.Normal();
    const double swarm = i % 3 == 2 ? 4000.0 : -2500.0;
    at.push_back({swarm + spread * east, spread * north, 100.0});
    const double course = random.Uniform(-0.3, 0.3);
    velocity.push_back({30.0 * std::cos(course), 30.0 * std::sin(course), 0.0});
  }
  std::vector<Look> out;
  for (int k = 0; k < looks; ++k) {
    const auto s = static_cast<std::size_t>(k) % sensors.size();
    const Sensor& sensor = sensors[s];
    const double at_s = k / static_cast<double>(sensors.size());
    Look look{static_cast<SensorIndex>(s), kStart + Duration::Seconds(at_s), {}};
    const SensorPose pose{sensor.p_LS_L, sensor.R_SL, false, nullptr};
    const auto add = [&](double range_m, double azimuth_rad) {
      Detection& z = look.detections.emplace_back();
      for (const auto& [component, value] :
           {std::pair(Component::kRange, range_m), std::pair(Component::kAzimuth, azimuth_rad)}) {
        if (sensor.measures.Has(component)) {
          z.Set(component, value, sensor.sd[static_cast<std::size_t>(component)]);
        }
      }
    };
    for (std::size_t i = 0; i < at.size(); ++i) {
      const Eigen::Vector3d p_LT_L = at[i] + at_s * velocity[i];
      const auto z = Measure({Component::kRange, Component::kAzimuth}, pose, p_LT_L, velocity[i]);
      const double seen = random.Uniform();
      const double range_error = 15.0 * random.Normal();
      const double azimuth_error = sensor.sd[1] * random.Normal();
      const bool in_reach = z[0] < sensor.field.max_range_m;
      if (!in_reach || seen >= sensor.detect.probability) continue;
      add(std::max(1.0, z[0] + range_error), z[1] + azimuth_error);
    }
    const auto clutter = random.Poisson(sensor.clutter_per_look);
    for (std::uint64_t i = 0; i < clutter; ++i) {
      const double area = random.Uniform();
      const double azimuth = random.Uniform(0.0, 2.0 * std::numbers::pi);
      add(kReachM * std::sqrt(area), azimuth);
    }
    out.push_back(std::move(look));
  }
  return out;
}

/// Everything that a tracker says, bit by bit: after each look, tentative tracks too.
std::vector<std::uint64_t> Bits(const std::vector<Sensor>& sensors, const std::vector<Look>& looks,
                                int threads) {
  TrackerParameters parameters;
  parameters.region_radius_m = kReachM;
  parameters.threads = threads;
  Tracker tracker(
      std::make_shared<const DetectionField>(sensors, std::make_shared<const Terrain>()),
      parameters);
  std::vector<std::uint64_t> bits;
  const auto say = [&](double x) { bits.push_back(std::bit_cast<std::uint64_t>(x)); };
  for (const Look& look : looks) {
    const auto refused = tracker.Process(look);
    bits.push_back(refused ? 1 + static_cast<std::uint64_t>(*refused) : 0);
    if (refused) continue;
    for (const Track& track : tracker.PictureAt(look.time, true).tracks) {
      bits.push_back(track.id);
      bits.push_back(track.confirmed ? 1 : 0);
      bits.push_back(static_cast<std::uint64_t>(track.first_evidence.ns()));
      bits.push_back(static_cast<std::uint64_t>(track.last_detection.ns()));
      say(track.existence);
      for (const double x : track.mean) say(x);
      for (const double x : track.covariance.reshaped()) say(x);
      for (const double x : track.class_probability) say(x);
      for (const auto& [sensor, count] : track.sources) {
        bits.push_back(static_cast<std::uint64_t>(sensor) << 32U | count);
      }
    }
    say(tracker.ExpectedUndetected());
  }
  return bits;
}

RC_GTEST_PROP(TrackerThreads, GiveTheSameBits, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const int targets = *rc::gen::inRange(0, 40);
  const bool late = *rc::gen::arbitrary<bool>();
  const std::vector<Sensor> sensors = SomeSensors();
  std::vector<Look> looks = Looks(sensors, seed, targets, 16);
  // Some come out of order, within the lag: what is replayed is spread over the threads as well.
  if (late) std::swap(looks[7], looks[10]);
  const auto one = Bits(sensors, looks, 1);
  RC_CLASSIFY(one.size() > looks.size() * 2, "with tracks");
  RC_ASSERT(one == Bits(sensors, looks, 2));
  RC_ASSERT(one == Bits(sensors, looks, 8));
}

// Enough work in one look to be worth spreading.
TEST(TrackerThreads, GiveTheSameBitsForHundredsOfTargets) {
  const std::vector<Sensor> sensors = SomeSensors();
  const std::vector<Look> looks = Looks(sensors, 3, 400, 6);
  const auto one = Bits(sensors, looks, 1);
  EXPECT_EQ(one, Bits(sensors, looks, 2));
  EXPECT_EQ(one, Bits(sensors, looks, 8));
}

TEST(TrackerThreads, TheComparisonSeesTracksAndTellsScenesApart) {
  const std::vector<Sensor> sensors = SomeSensors();
  const auto one = Bits(sensors, Looks(sensors, 1, 20, 16), 1);
  EXPECT_GT(one.size(), 16U * 20U * 50U / 4U);
  EXPECT_NE(one, Bits(sensors, Looks(sensors, 2, 20, 16), 1));
}

}  // namespace
}  // namespace picket
