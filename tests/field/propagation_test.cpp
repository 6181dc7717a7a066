// SPDX-License-Identifier: Apache-2.0
#include "picket/field/propagation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace picket {
namespace {

TEST(Propagation, FreeSpaceLossIsThatOfP525) {
  // ITU-R P.525: 32.4 + 20 lg f/MHz + 20 lg d/km.
  EXPECT_NEAR(FreeSpaceLossDb(1000.0, 2.4e9), 32.4 + 20.0 * std::log10(2400.0), 0.06);
  EXPECT_NEAR(FreeSpaceLossDb(2000.0, 2.4e9) - FreeSpaceLossDb(1000.0, 2.4e9), 6.0206, 1e-4);
}

TEST(Propagation, RainLossIsThatOfTheTableOfP838) {
  // ITU-R P.838-3, table 5: k and alpha at 10 GHz are 0.01217, 1.2571 (H), 0.01129, 1.2156 (V).
  EXPECT_NEAR(RainLossDbPerKm(1.0, 10e9, Polarization::kHorizontal), 0.01217, 0.00001);
  EXPECT_NEAR(RainLossDbPerKm(25.0, 10e9, Polarization::kHorizontal),
              0.01217 * std::pow(25.0, 1.2571), 0.002);
  EXPECT_NEAR(RainLossDbPerKm(25.0, 10e9, Polarization::kVertical),
              0.01129 * std::pow(25.0, 1.2156), 0.002);
  EXPECT_EQ(RainLossDbPerKm(0.0, 10e9, Polarization::kVertical), 0.0);
}

TEST(Propagation, RainScattersAsMarshallAndPalmerSay) {
  // 10 mm/h is 39 dBZ; it scatters with the fourth power of frequency.
  const double eta = RainReflectivity(10.0, 10e9);
  const double lambda = 299'792'458.0 / 10e9;
  const double z = eta * std::pow(lambda, 4) / (std::pow(std::numbers::pi, 5) * 0.93) * 1e18;
  EXPECT_NEAR(10.0 * std::log10(z), 39.0, 0.05);
  EXPECT_NEAR(RainReflectivity(10.0, 20e9) / eta, 16.0, 1e-9);
}

TEST(Propagation, TheSeaScattersAsThePaperSays) {
  // The example of MathWorks' seareflectivity, which is the same model: sea state 2, 10 degrees,
  // 30 GHz, horizontal: 2.1555e-4.
  const double deg = std::numbers::pi / 180.0;
  EXPECT_NEAR(SeaReflectivityDb(2, 30e9, Polarization::kHorizontal, 10.0 * deg),
              10.0 * std::log10(2.1555e-4), 0.001);
  // Rougher, steeper and vertically polarised, it scatters more.
  const double calm = SeaReflectivityDb(1, 9.3e9, Polarization::kHorizontal, 1.0 * deg);
  EXPECT_GT(SeaReflectivityDb(5, 9.3e9, Polarization::kHorizontal, 1.0 * deg), calm + 10.0);
  EXPECT_GT(SeaReflectivityDb(1, 9.3e9, Polarization::kHorizontal, 5.0 * deg), calm);
  EXPECT_GT(SeaReflectivityDb(1, 9.3e9, Polarization::kVertical, 1.0 * deg), calm);
}

TEST(Propagation, TwoRaysOverASmoothSeaHaveLobes) {
  // Skolnik, 8.2: over a plane the first lobe is at h2 = lambda d / (4 h1), 6 dB (12 both ways)
  // over free space, the next null at twice that.
  const double lambda = 299'792'458.0 / 3e9;
  const double d = 2000.0;
  const double h1 = 15.0;
  const double lobe = lambda * d / (4.0 * h1);
  EXPECT_NEAR(TwoRayGainDb(h1, lobe, d, 3e9, 0.0), 6.02, 0.1);
  EXPECT_LT(TwoRayGainDb(h1, 2.0 * lobe, d, 3e9, 0.0), -10.0);
  // Low over the sea a target vanishes; a rough sea reflects nothing high up.
  EXPECT_LT(TwoRayGainDb(h1, 0.02 * lobe, d, 3e9, 0.0), -20.0);
  EXPECT_NEAR(TwoRayGainDb(h1, 300.0, d, 3e9, 1.0), 0.0, 0.1);
}

TEST(Propagation, AirAbsorbsAsTheTableOfIso9613Says) {
  // ISO 9613-1 (as in ISO 9613-2, table 2), dB/km: 20 C, 70 %, and 10 C, 70 %.
  Weather weather;
  weather.temperature_c = 20.0;
  const double hz[] = {250, 500, 1000, 2000, 4000};
  const double at_20[] = {1.1, 2.8, 5.0, 9.0, 22.9};
  const double at_10[] = {1.0, 1.9, 3.7, 9.7, 32.8};
  for (int i = 0; i < 5; ++i) {
    weather.temperature_c = 20.0;
    EXPECT_NEAR(1000.0 * SoundAbsorptionDbPerM(hz[i], weather), at_20[i], 0.06 + 0.01 * at_20[i]);
    weather.temperature_c = 10.0;
    EXPECT_NEAR(1000.0 * SoundAbsorptionDbPerM(hz[i], weather), at_10[i], 0.06 + 0.01 * at_10[i]);
  }
}

}  // namespace
}  // namespace picket
