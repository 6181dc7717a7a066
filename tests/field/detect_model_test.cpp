// SPDX-License-Identifier: Apache-2.0
#include "picket/field/detect_model.h"

#include <gtest/gtest.h>

#include <cmath>

namespace picket {
namespace {

Sight At(double range_m, TargetClass target) {
  Sight sight;
  sight.range_m = range_m;
  sight.target = target;
  return sight;
}

TEST(RadioModel, IsTheLinkBudget) {
  // ITU-R P.525: 100.05 dB over 1 km at 2.4 GHz. 20 dBm (the limit of EN 300 328) and 3 dBi arrive
  // with -77.05 dBm.
  RadioParameters p;
  p.eirp_dbm[0] = 20.0;
  p.reception = 0.8;
  p.sensitivity_dbm = -77.05;
  const RadioModel radio(p, Weather{});
  EXPECT_NEAR(radio.ReceivedDbm(At(1000.0, TargetClass::kMultirotor)), -77.05, 0.02);
  EXPECT_NEAR(radio.Probability(At(1000.0, TargetClass::kMultirotor)), 0.8 * 0.5, 0.002);
  // One sigma of shadowing nearer: 6 dB, half the distance.
  EXPECT_NEAR(radio.Probability(At(501.2, TargetClass::kMultirotor)), 0.8 * 0.8413, 0.002);
}

TEST(RadioModel, DoesNotSeeWhoIsSilent) {
  RadioParameters p;
  p.eirp_dbm[0] = 20.0;
  p.active[0] = 0.7;
  p.reception = 0.5;
  p.transmissions = 2.0;
  const RadioModel radio(p, Weather{});
  EXPECT_NEAR(radio.Probability(At(50.0, TargetClass::kMultirotor)), 0.7 * 0.75, 1e-4);
  for (const TargetClass c : {TargetClass::kFixedWing, TargetClass::kBird}) {
    EXPECT_EQ(radio.Probability(At(50.0, c)), 0.0);
  }
}

TEST(AcousticModel, SpreadsAndIsAbsorbed) {
  AcousticParameters p;
  p.background_db = 40.0;
  p.wind_noise_db = 0.0;
  p.array_gain_db = 0.0;
  p.threshold_db = 0.0;
  p.source_db[0] = 100.0;
  Weather weather;
  weather.temperature_c = 20.0;
  weather.wind_mps = 0.0;
  p.frequency_hz = 1000.0;
  const AcousticModel ears(p, weather);
  // 100 - 60 - 5.0 (ISO 9613-2, table 2: dB/km at 1 kHz, 20 C, 70 %) against 40.
  EXPECT_NEAR(ears.SignalDb(At(1000.0, TargetClass::kMultirotor)), -5.0, 0.05);
  EXPECT_NEAR(ears.Probability(At(1000.0, TargetClass::kMultirotor)), 0.1587, 0.002);
}

TEST(AcousticModel, HearsLessInWind) {
  AcousticParameters p;
  p.wind_noise_db = 40.0;
  Weather weather;
  weather.wind_mps = 5.0;
  const double breeze = AcousticModel(p, weather).SignalDb(At(300.0, TargetClass::kFixedWing));
  weather.wind_mps = 10.0;
  const double wind = AcousticModel(p, weather).SignalDb(At(300.0, TargetClass::kFixedWing));
  // From 40 + 40 dB to 40 + 58.1 dB.
  EXPECT_NEAR(breeze - wind, 58.13 - 43.01, 0.05);
}

TEST(OpticalModel, FollowsJohnsonsMultipliers) {
  // Johnson (1958), Ratches (1976): probability against cycles over those of 50 %.
  OpticalParameters p;
  p.size_m.fill(1.0);
  p.pixel_rad = 1e-4;
  p.cycles_50 = 1.0;
  p.contrast = 1.0;
  Weather weather;
  weather.visibility_m = 1e7;
  const OpticalModel camera(p, weather);
  const double multiple[] = {3.0, 2.0, 1.5, 1.0, 0.75, 0.5, 0.25};
  const double expected[] = {1.0, 0.95, 0.80, 0.50, 0.30, 0.10, 0.02};
  for (int i = 0; i < 7; ++i) {
    const double range = 1.0 / (2.0 * multiple[i] * 1e-4);
    EXPECT_NEAR(camera.Probability(At(range, TargetClass::kOther)), expected[i], 0.03)
        << multiple[i];
  }
}

TEST(OpticalModel, IsBlindInFogAndInTheDark) {
  OpticalParameters p;
  p.contrast = 0.5;
  p.least_contrast = 0.05;
  p.least_lux = 0.0;
  Weather fog;
  fog.visibility_m = 1000.0;
  // Koschmieder: 0.5 has fallen to 0.05 after V ln(10) / 3.912, where half is told from the sky.
  const double range = 1000.0 * std::log(10.0) / 3.912;
  p.size_m.fill(50.0);
  EXPECT_NEAR(OpticalModel(p, fog).Probability(At(range, TargetClass::kOther)), 0.5, 1e-3);
  // Blackwell: 1.64 times the threshold is seen in 95 % of all cases.
  EXPECT_NEAR(OpticalModel(p, fog).Probability(
                  At(range - 1000.0 * std::log(1.64) / 3.912, TargetClass::kOther)),
              0.95, 0.01);
  EXPECT_LT(OpticalModel(p, fog).Probability(At(2000.0, TargetClass::kOther)), 0.01);
  p.least_lux = 1.0;
  Weather night;
  night.light_lux = 0.001;
  EXPECT_GT(OpticalModel(p, Weather{}).Probability(At(500.0, TargetClass::kOther)), 0.95);
  EXPECT_LT(OpticalModel(p, night).Probability(At(500.0, TargetClass::kOther)), 0.05);
  p.least_lux = 0.0;  // one that needs no light
  EXPECT_GT(OpticalModel(p, night).Probability(At(500.0, TargetClass::kOther)), 0.95);
}

TEST(ObserverModel, SearchesAsAndrewsSays) {
  // ATC-152: rate beta A / r^2, 17,000 per sr s. 1 m^2 at 1000 m in clear air for 10 s: 0.17.
  ObserverParameters p;
  p.area_m2.fill(1.0);
  p.attention = 1.0;
  p.look_s = 10.0;
  Weather weather;
  weather.visibility_m = 1e9;
  EXPECT_NEAR(ObserverModel(p, weather).Probability(At(1000.0, TargetClass::kOther)),
              1.0 - std::exp(-0.17), 1e-6);
  weather.visibility_m = 1000.0;
  EXPECT_NEAR(ObserverModel(p, weather).Probability(At(1000.0, TargetClass::kOther)), 0.17 * 0.02,
              1e-4);
  weather.light_lux = 10.0;
  weather.visibility_m = 1e9;
  EXPECT_NEAR(ObserverModel(p, weather).Probability(At(1000.0, TargetClass::kOther)),
              1.0 - std::exp(-0.017), 1e-6);
}

}  // namespace
}  // namespace picket
