// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "picket/field/detect_model.h"

namespace picket {
namespace {

double Db(double ratio) { return 10.0 * std::log10(ratio); }
double Ratio(double db) { return std::pow(10.0, 0.1 * db); }

/// The signal-to-noise ratio, dB, at which a curve gives a p_D.
double Needed(const DetectionCurve& curve, double p_D) {
  double low = -30.0;
  double high = 60.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (curve(Ratio(middle)) < p_D ? low : high) = middle;
  }
  return low;
}

TEST(DetectionCurve, NeedsWhatIsPublished) {
  // Skolnik, Introduction to Radar Systems, fig. 2.6 and 2.7: 13.2 dB for 0.9 at 1e-6 of a steady
  // echo, 21.1 dB of Swerling I, 17.1 dB of III; one pulse.
  EXPECT_NEAR(Needed({0, 1, 1e-6}, 0.9), 13.2, 0.05);
  EXPECT_NEAR(Needed({1, 1, 1e-6}, 0.9), 21.14, 0.02);
  EXPECT_NEAR(Needed({2, 1, 1e-6}, 0.9), 21.14, 0.02);
  EXPECT_NEAR(Needed({3, 1, 1e-6}, 0.9), 17.2, 0.15);
  EXPECT_NEAR(Needed({0, 1, 1e-6}, 0.5), 11.2, 0.1);
}

TEST(DetectionCurve, AgreesWithAlbersheim) {
  // Albersheim, Proc. IEEE 69(7), 1981: within 0.2 dB for steady echoes, 1 to 8096 pulses behind a
  // linear detector; a square-law detector, as here, needs up to 0.1 dB more.
  for (const int n : {1, 3, 10, 30, 100}) {
    for (const double p : {0.3, 0.5, 0.9}) {
      for (const double fa : {1e-4, 1e-6}) {
        const double a = std::log(0.62 / fa);
        const double b = std::log(p / (1.0 - p));
        const double albersheim = -5.0 * std::log10(n) + (6.2 + 4.54 / std::sqrt(n + 0.44)) *
                                                             std::log10(a + 0.12 * a * b + 1.7 * b);
        EXPECT_NEAR(Needed({0, n, fa}, p), albersheim, 0.3) << n << " " << p << " " << fa;
      }
    }
  }
}

TEST(DetectionCurve, HasItsClosedForms) {
  // Swerling I of one pulse: P_FA^(1 / (1 + S)). And without a signal, false alarms alone.
  const DetectionCurve one(1, 1, 1e-4);
  for (const double s : {0.0, 0.5, 10.0, 1e3, 1e9}) {
    EXPECT_NEAR(one(s), std::pow(1e-4, 1.0 / (1.0 + s)), 1e-9) << s;
  }
  for (int swerling = 0; swerling <= 4; ++swerling) {
    const DetectionCurve curve(swerling, 12, 1e-3);
    EXPECT_NEAR(curve(0.0), 1e-3, 1e-9);
    EXPECT_NEAR(curve(1e7), 1.0, 1e-4);
  }
  // The most that there may be of both: what is needed falls with the root of the looks or so.
  const double needed = Needed({0, 1000, 1e-15}, 0.9);
  EXPECT_NEAR(needed, Needed({0, 1, 1e-15}, 0.9) - 5.0 * std::log10(1000.0) - 7.0, 2.5);
  EXPECT_NEAR(DetectionCurve(0, 1000, 1e-15)(1.0), 1.0, 1e-11);
  // Looks that fade one by one need less than looks that fade together.
  EXPECT_LT(Needed({2, 10, 1e-6}, 0.9), Needed({1, 10, 1e-6}, 0.9) - 5.0);
}

TEST(RadarModel, IsTheRangeEquation) {
  // Richards, Fundamentals of Radar Signal Processing, 2.2: 1 kW at 10 GHz, a beam of 1 degree
  // (gain 26,000), 100 m^2 at 10 km gives 3.07 nW. Over 1 us of integration that is its energy.
  RadarParameters p;
  p.power_w = 1000.0;
  p.integration_s = 1e-6;
  p.gain_db = p.receive_gain_db = Db(26'000.0);
  p.frequency_hz = 299'792'458.0 / 0.03;
  p.noise_figure_db = p.loss_db = 0.0;
  p.rcs_dbsm.fill(20.0);
  const RadarModel radar(p, Weather{});
  const double noise_w = 1.380649e-23 * 290.0 / 1e-6;
  Sight sight;
  sight.range_m = 10'000.0;
  EXPECT_NEAR(radar.SignalRatio(sight) * noise_w, 3.07e-9, 0.01e-9);
  sight.range_m = 20'000.0;
  EXPECT_NEAR(radar.SignalRatio(sight) * noise_w, 3.07e-9 / 16.0, 0.01e-9);
}

TEST(RadarModel, ItsRangeGrowsWithTheFourthRootOfTheCrossSection) {
  RadarParameters p;
  p.notch_mps = 0.0;
  const RadarModel radar(p, Weather{});
  const auto reach = [&](TargetClass c) {
    double near = 10.0;
    double far = 1e6;
    for (int i = 0; i < 60; ++i) {
      const double r = std::sqrt(near * far);
      Sight sight;
      sight.target = c;
      sight.range_m = r;
      (radar.Probability(sight) > 0.5 ? near : far) = r;
    }
    return near;
  };
  const double apart_db = p.rcs_dbsm[3] - p.rcs_dbsm[0];
  EXPECT_NEAR(reach(TargetClass::kAircraft) / reach(TargetClass::kMultirotor),
              std::pow(10.0, apart_db / 40.0), 1e-6);
}

TEST(RadarModel, IsBlindAcrossAndAtItsBlindSpeeds) {
  RadarParameters p;
  p.notch_mps = 2.0;
  // Skolnik, 4.1: lambda PRF / 2; 3.2 cm and 3 kHz: 48 m/s.
  p.blind_speed_mps = 0.032 * 3000.0 / 2.0;
  const RadarModel radar(p, Weather{});
  Sight sight;
  sight.range_m = 500.0;
  for (const double v : {0.0, 1.9, -1.9, 46.5, 48.0, -49.9, 96.5}) {
    sight.radial_mps = v;
    EXPECT_EQ(radar.Probability(sight), 0.0) << v;
  }
  for (const double v : {2.1, -20.0, 45.0, 51.0}) {
    sight.radial_mps = v;
    EXPECT_GT(radar.Probability(sight), 0.9) << v;
  }
}

TEST(RadarModel, RainAndGroundTakeAway) {
  RadarParameters p;
  p.notch_mps = 0.0;
  Sight sight;
  sight.range_m = 4000.0;
  sight.sensor_height_m = 20.0;
  sight.target_height_m = 50.0;
  const double dry = RadarModel(p, Weather{}).SignalRatio(sight);
  Weather rain;
  rain.rain_mmph = 10.0;
  // More than attenuation alone: rain scatters as well.
  const double lost_db = 2.0 * 4.0 * RainLossDbPerKm(10.0, p.frequency_hz, p.polarization);
  EXPECT_LT(Db(RadarModel(p, rain).SignalRatio(sight)), Db(dry) - lost_db - 0.05);

  p.clutter = Surface::kLand;
  p.improvement_db = 0.0;
  // Next to ground clutter the noise is nothing: sigma over gamma sin(grazing) R theta dR.
  sight.target_height_m = 0.0;
  const double ground_m2 =
      Ratio(p.land_gamma_db) * 20.0 / 4000.0 * 4000.0 * p.azimuth_beam_rad * p.range_resolution_m;
  EXPECT_NEAR(Db(RadarModel(p, Weather{}).SignalRatio(sight)),
              p.rcs_dbsm[4] - Db(ground_m2 + Ratio(p.rcs_dbsm[4]) / dry), 0.01);
  // A target out of the beam's reach of the ground has less of it; processing takes it down.
  sight.target_height_m = 400.0;
  const double low = RadarModel(p, Weather{}).SignalRatio(sight);
  p.improvement_db = 40.0;
  EXPECT_GT(RadarModel(p, Weather{}).SignalRatio(sight), 10.0 * low);

  p.clutter = Surface::kSea;
  Weather rough;
  rough.sea_state = 5.0;
  sight.target_height_m = 10.0;
  EXPECT_LT(RadarModel(p, rough).SignalRatio(sight), RadarModel(p, Weather{}).SignalRatio(sight));
}

TEST(RadarModel, SeesLittleCloseOverASmoothSea) {
  RadarParameters p;
  p.multipath = true;
  Weather calm;
  calm.sea_state = 0.0;
  Sight sight;
  sight.range_m = 3000.0;
  sight.radial_mps = 20.0;
  sight.sensor_height_m = 10.0;
  const RadarModel radar(p, calm);
  sight.target_height_m = 0.2;
  const double low = radar.SignalRatio(sight);
  p.multipath = false;
  const double free = RadarModel(p, calm).SignalRatio(sight);
  EXPECT_LT(Db(low), Db(free) - 15.0);
  // 12 dB more than in free space in the lobe, lambda d / (4 h).
  sight.target_height_m = 299'792'458.0 / p.frequency_hz * 3000.0 / 40.0;
  EXPECT_NEAR(Db(radar.SignalRatio(sight)) - Db(free), 12.0, 0.5);
}

}  // namespace
}  // namespace picket
