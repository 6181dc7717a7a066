// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numbers>

#include "picket/base/assert.h"
#include "picket/field/detect_model.h"

namespace picket {
namespace {

constexpr double kBoltzmannT0 = 1.380649e-23 * 290.0;  // W/Hz
/// A sidelobe that looks at the ground while the beam looks up, one way, dB.
constexpr double kSidelobeDb = 25.0;

double FromDb(double db) { return std::pow(10.0, 0.1 * db); }

}  // namespace

DetectionCurve::DetectionCurve(int swerling, int looks, double false_alarm) : looks_(looks) {
  PICKET_ASSERT(swerling >= 0 && swerling <= 4, "Swerling has cases 0 to 4");
  PICKET_ASSERT(looks >= 1 && looks <= 1000, "1 to 1000 looks are added up");
  PICKET_ASSERT(false_alarm > 0.0 && false_alarm <= 0.5, "false alarms have a probability");
  const double shapes[] = {0.0, 1.0, static_cast<double>(looks), 2.0, 2.0 * looks};
  shape_ = shapes[swerling];
  const double threshold = boost::math::gamma_q_inv(static_cast<double>(looks), false_alarm);
  // P(n + 1, V) = P(n, V) - V^n e^-V / n!, from P(N, V) = 1 - P_FA on.
  const double n = looks;
  double step = std::exp(n * std::log(threshold) - threshold - boost::math::lgamma(n + 1.0));
  double missed = 1.0 - false_alarm;
  constexpr double kNothing = 1e-12;
  for (int k = 1; missed > kNothing && (n + k < threshold || step > 1e-3 * kNothing); ++k) {
    missed_.push_back(missed);
    missed -= step;
    step *= threshold / (n + k);
  }
}

double DetectionCurve::operator()(double snr) const {
  const double mean = looks_ * std::max(snr, 0.0);
  double probability = shape_ > 0.0 ? std::pow(shape_ / (shape_ + mean), shape_) : std::exp(-mean);
  const double odds = shape_ > 0.0 ? mean / (shape_ + mean) : mean;
  double missed = 0.0;
  for (std::size_t k = 0; k < missed_.size(); ++k) {
    missed += probability * missed_[k];
    const auto n = static_cast<double>(k);
    probability *= (shape_ > 0.0 ? n + shape_ : 1.0) / (n + 1.0) * odds;
  }
  return std::clamp(1.0 - missed, 0.0, 1.0);
}

RadarModel::RadarModel(const RadarParameters& parameters, const Weather& weather)
    : p_(parameters),
      weather_(weather),
      curve_(p_.swerling, p_.looks, p_.false_alarm),
      rain_db_per_m_(2e-3 * RainLossDbPerKm(weather.rain_mmph, p_.frequency_hz, p_.polarization)),
      sea_sd_m_(SeaHeightSdM(weather.sea_state)) {
  const double lambda = kSpeedOfLightMps / p_.frequency_hz;
  constexpr double kFourPi = 4.0 * std::numbers::pi;
  constant_db_ = 10.0 * std::log10(p_.power_w * p_.integration_s * lambda * lambda /
                                   (kFourPi * kFourPi * kFourPi * kBoltzmannT0)) +
                 p_.gain_db + p_.receive_gain_db - p_.noise_figure_db - p_.loss_db;
  // The volume of a cell: pi R^2 theta phi dR / (8 ln 2) of Gaussian beams (Probert-Jones, 1962).
  rain_clutter_ = RainReflectivity(weather.rain_mmph, p_.frequency_hz) * std::numbers::pi *
                  p_.azimuth_beam_rad * p_.elevation_beam_rad * p_.range_resolution_m /
                  (8.0 * std::numbers::ln2) / FromDb(p_.improvement_db);
}

double RadarModel::SignalRatio(const Sight& sight) const {
  const double r = std::max(sight.range_m, 1.0);
  const double spread_db =
      constant_db_ - 40.0 * std::log10(r) - rain_db_per_m_ * r - 2.0 * sight.loss_db;
  double echo_db = p_.rcs_dbsm[static_cast<std::size_t>(sight.target)];
  if (p_.multipath) {
    echo_db += 2.0 * TwoRayGainDb(sight.sensor_height_m, sight.target_height_m, r, p_.frequency_hz,
                                  sea_sd_m_);
  }
  double clutter_m2 = rain_clutter_ * r * r;
  if (p_.clutter != Surface::kNone && sight.sensor_height_m > 0.0) {
    const double sine = std::min(1.0, sight.sensor_height_m / r);
    const double area_m2 = r * p_.azimuth_beam_rad * p_.range_resolution_m;
    const double sigma0_db = p_.clutter == Surface::kLand
                                 ? p_.land_gamma_db + 10.0 * std::log10(sine)
                                 : SeaReflectivityDb(weather_.sea_state, p_.frequency_hz,
                                                     p_.polarization, std::asin(sine));
    // A beam on the target sees the surface under it off its axis: 12 (angle / width)^2 dB.
    const double off = std::max(0.0, sight.target_height_m) / r / p_.elevation_beam_rad;
    const double beam_db = 2.0 * std::min(12.0 * off * off, kSidelobeDb);
    clutter_m2 += area_m2 * FromDb(sigma0_db - beam_db - p_.improvement_db);
  }
  const double signal = FromDb(spread_db + echo_db);
  return clutter_m2 > 0.0 ? signal / (1.0 + FromDb(spread_db) * clutter_m2) : signal;
}

bool RadarModel::Blind(double radial_mps) const {
  double speed = std::abs(radial_mps);
  if (p_.blind_speed_mps > 0.0) speed = std::abs(std::remainder(speed, p_.blind_speed_mps));
  return speed < p_.notch_mps;
}

double RadarModel::Probability(const Sight& sight) const {
  return Blind(sight.radial_mps) ? 0.0 : curve_(SignalRatio(sight));
}

}  // namespace picket
