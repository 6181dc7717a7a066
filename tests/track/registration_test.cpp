// SPDX-License-Identifier: Apache-2.0
#include "track/registration.h"

#include <gtest/gtest.h>

#include "picket/base/random.h"
#include "picket/report/measurement.h"

namespace picket {
namespace {

const Time kStart = Time::Ns(1'772'323'200'000'000'000);
constexpr double kSdM = 15.0;
constexpr double kSdRad = 0.5 * kRadPerDeg;

std::shared_ptr<const DetectionField> ThreeRadars() {
  std::vector<Sensor> radars(3);
  const Eigen::Vector3d places[] = {
      {0.0, 0.0, 0.0}, {-8000.0, 6000.0, 0.0}, {9000.0, -5000.0, 0.0}};
  for (std::size_t s = 0; s < radars.size(); ++s) {
    radars[s].id = "r" + std::to_string(s);
    radars[s].p_LS_L = places[s];
    radars[s].measures = {Component::kRange, Component::kAzimuth};
    radars[s].sd[static_cast<std::size_t>(Component::kRange)] = kSdM;
    radars[s].sd[static_cast<std::size_t>(Component::kAzimuth)] = kSdRad;
  }
  return std::make_shared<const DetectionField>(radars, std::make_shared<const Terrain>());
}

/// Twenty targets seen by all three radars in turn, for so many seconds.
void Watch(const DetectionField& field, const Registration& registration,
           Registration::State& state, const std::array<SensorBias, 3>& biases, int from_s,
           int to_s) {
  Random random(7, "registration", static_cast<std::uint64_t>(from_s));
  std::array<std::optional<SureDetection>, 20> before;
  for (int look = 3 * from_s; look < 3 * to_s; ++look) {
    const auto s = static_cast<SensorIndex>(look % 3);
    const Time time = kStart + Duration::Seconds(look / 3.0);
    for (std::size_t i = 0; i < before.size(); ++i) {
      const double angle = 0.3 * static_cast<double>(i);
      StateVector x;
      x << 9000.0 * std::cos(angle) - 10.0 * look, 9000.0 * std::sin(angle), 200.0, -30.0, 0.0, 0.0;
      const SensorPose pose{field.sensor(s).p_LS_L, field.sensor(s).R_SL, false, nullptr};
      // A clock that runs ahead: by its time the target is not yet there.
      const Eigen::Vector3d p = x.head<3>() - biases[s].clock_s * x.tail<3>();
      const auto z = Measure({Component::kRange, Component::kAzimuth}, pose, p, x.tail<3>());
      const double range_error = random.Normal();
      const double azimuth_error = random.Normal();
      Detection d;
      d.Set(Component::kRange, z[0] + kSdM * range_error + biases[s].range_m, kSdM);
      d.Set(Component::kAzimuth, z[1] + kSdRad * azimuth_error + biases[s].azimuth_rad, kSdRad);
      const auto now = SureDetection::Of({s, time, {}}, d, 0.0);
      ASSERT_TRUE(now);
      if (before[i]) registration.Compare(state, *before[i], *now, x);
      before[i] = now;
    }
    registration.Settle(state);
  }
}

TEST(Registration, FindsBiases) {
  const auto field = ThreeRadars();
  const Registration registration(field);
  Registration::State state = registration.Start();
  std::array<SensorBias, 3> biases;
  biases[1].range_m = 40.0;
  biases[1].azimuth_rad = 0.6 * kRadPerDeg;
  biases[2].range_m = -30.0;
  biases[2].azimuth_rad = -0.4 * kRadPerDeg;
  Watch(*field, registration, state, biases, 0, 30);
  EXPECT_FALSE(registration.Applies(state, 0));
  for (SensorIndex s = 1; s < 3; ++s) {
    const SensorBias found = registration.BiasOf(state, s);
    EXPECT_NEAR(found.range_m, biases[s].range_m, 3.0 * found.range_sd_m + 1.0);
    EXPECT_NEAR(found.range_m, biases[s].range_m, 12.0);
    EXPECT_NEAR(found.azimuth_rad, biases[s].azimuth_rad, 0.12 * kRadPerDeg);
  }
  Detection z;
  z.Set(Component::kRange, 5000.0, kSdM);
  z.Set(Component::kAzimuth, 1.0, kSdRad);
  registration.Correct(state, 1, z);
  EXPECT_NEAR(z[Component::kRange], 4960.0, 12.0);
}

TEST(Registration, OneThatJoinsLeavesTheOthersAsTheyWere) {
  const auto field = std::make_shared<DetectionField>(*ThreeRadars());
  const Registration registration(field);
  Registration::State state = registration.Start();
  std::array<SensorBias, 3> biases;
  biases[1].range_m = 40.0;
  Watch(*field, registration, state, biases, 0, 30);
  const SensorBias before = registration.BiasOf(state, 1);
  Sensor fourth = field->sensor(0);
  fourth.sd[static_cast<std::size_t>(Component::kRange)] = 100.0;
  field->Put(3, fourth);
  registration.Grow(state);
  EXPECT_EQ(registration.BiasOf(state, 1).range_m, before.range_m);
  EXPECT_EQ(registration.BiasOf(state, 1).range_sd_m, before.range_sd_m);
  EXPECT_FALSE(registration.Applies(state, 3));
  EXPECT_EQ(registration.BiasOf(state, 3).range_sd_m, 150.0) << "as wide as at the start";
  EXPECT_TRUE(state.covariance.block(0, 12, 12, 4).isZero());
  Watch(*field, registration, state, biases, 30, 40);
  EXPECT_NEAR(registration.BiasOf(state, 1).range_m, 40.0, 12.0);
}

TEST(Registration, FindsWhichClockIsWrong) {
  const auto field = ThreeRadars();
  for (const double clock_s : {-1.0, 2.0}) {
    const Registration registration(field);
    Registration::State state = registration.Start();
    std::array<SensorBias, 3> biases;
    biases[1].clock_s = clock_s;
    Watch(*field, registration, state, biases, 0, 60);
    const SensorBias found = registration.BiasOf(state, 1);
    EXPECT_NEAR(found.clock_s, clock_s, 0.25);
    EXPECT_NEAR(found.clock_s, clock_s, 4.0 * found.clock_sd_s);
    EXPECT_LT(found.clock_sd_s, 0.15);
    for (const SensorIndex s : {0, 2}) EXPECT_EQ(registration.BiasOf(state, s).clock_s, 0.0);
    EXPECT_TRUE(registration.Applies(state, 1));
  }
}

TEST(Registration, LeavesGoodSensorsAlone) {
  const auto field = ThreeRadars();
  const Registration registration(field);
  Registration::State state = registration.Start();
  Watch(*field, registration, state, {}, 0, 30);
  for (SensorIndex s = 0; s < 3; ++s) EXPECT_FALSE(registration.Applies(state, s));
}

TEST(Registration, SeesThatTheMastWasTurned) {
  const auto field = ThreeRadars();
  const Registration registration(field);
  Registration::State state = registration.Start();
  Watch(*field, registration, state, {}, 0, 30);
  std::array<SensorBias, 3> turned;
  turned[2].azimuth_rad = 3.0 * kRadPerDeg;
  Watch(*field, registration, state, turned, 30, 60);
  const SensorBias found = registration.BiasOf(state, 2);
  EXPECT_GE(found.jumps, 1);
  EXPECT_NEAR(found.azimuth_rad, turned[2].azimuth_rad, 0.3 * kRadPerDeg);
  EXPECT_EQ(registration.BiasOf(state, 0).jumps, 0);
}

}  // namespace
}  // namespace picket
