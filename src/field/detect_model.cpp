// SPDX-License-Identifier: Apache-2.0
#include "picket/field/detect_model.h"

#include <algorithm>
#include <cmath>

#include "picket/base/assert.h"

namespace picket {
namespace {

/// -ln 0.02: what contrast has fallen by over the meteorological visibility.
constexpr double kKoschmieder = 3.912;

}  // namespace

RadioModel::RadioModel(const RadioParameters& parameters, const Weather& weather)
    : p_(parameters),
      rain_db_per_m_(1e-3 *
                     RainLossDbPerKm(weather.rain_mmph, p_.frequency_hz, Polarization::kVertical)),
      received_(1.0 - std::pow(1.0 - p_.reception, p_.transmissions)) {}

double RadioModel::ReceivedDbm(const Sight& sight) const {
  const double r = std::max(sight.range_m, 1.0);
  return p_.eirp_dbm[static_cast<std::size_t>(sight.target)] + p_.gain_dbi -
         FreeSpaceLossDb(r, p_.frequency_hz) - rain_db_per_m_ * r - sight.loss_db;
}

double RadioModel::Probability(const Sight& sight) const {
  const auto c = static_cast<std::size_t>(sight.target);
  if (std::isnan(p_.eirp_dbm[c])) return 0.0;
  const double margin_db = ReceivedDbm(sight) - p_.sensitivity_dbm;
  return p_.active[c] * received_ * NormalUpTo(margin_db / p_.shadowing_db);
}

AcousticModel::AcousticModel(const AcousticParameters& parameters, const Weather& weather)
    : p_(parameters),
      absorption_db_per_m_(SoundAbsorptionDbPerM(p_.frequency_hz, weather)),
      noise_db_(p_.background_db) {
  constexpr double kReferenceMps = 5.0;
  if (weather.wind_mps > 0.0) {
    noise_db_ =
        AddDb(noise_db_, p_.wind_noise_db + 60.0 * std::log10(weather.wind_mps / kReferenceMps));
  }
}

double AcousticModel::SignalDb(const Sight& sight) const {
  const double r = std::max(sight.range_m, 1.0);
  return p_.source_db[static_cast<std::size_t>(sight.target)] - 20.0 * std::log10(r) -
         absorption_db_per_m_ * r + p_.array_gain_db - noise_db_;
}

double AcousticModel::Probability(const Sight& sight) const {
  return NormalUpTo((SignalDb(sight) - p_.threshold_db) / p_.spread_db);
}

OpticalModel::OpticalModel(const OpticalParameters& parameters, const Weather& weather)
    : p_(parameters),
      extinction_per_m_(kKoschmieder / weather.visibility_m * p_.extinction),
      threshold_(p_.least_contrast) {
  // Twice the threshold at least_lux: sqrt(1 + 3 least / light).
  if (p_.least_lux > 0.0) {
    threshold_ *= std::sqrt(1.0 + 3.0 * p_.least_lux / std::max(weather.light_lux, 1e-6));
  }
}

double OpticalModel::Probability(const Sight& sight) const {
  constexpr double kContrastSd = 0.39;
  const double r = std::max(sight.range_m, 1.0);
  const double cycles =
      0.5 * p_.size_m[static_cast<std::size_t>(sight.target)] / (r * p_.pixel_rad);
  const double x = cycles / p_.cycles_50;
  if (!(x > 0.0)) return 0.0;
  const double transfer = 1.0 / (1.0 + std::pow(x, -(2.7 + 0.7 * x)));
  const double contrast = p_.contrast * std::exp(-extinction_per_m_ * r) / threshold_;
  return p_.attention * transfer * NormalUpTo((contrast - 1.0) / kContrastSd);
}

ObserverModel::ObserverModel(const ObserverParameters& parameters, const Weather& weather)
    : p_(parameters),
      visibility_m_(weather.visibility_m),
      rate_(p_.attention * p_.search_per_sr_s * p_.look_s *
            std::sqrt(std::min(1.0, weather.light_lux / p_.full_light_lux))) {}

double ObserverModel::Probability(const Sight& sight) const {
  const double r = std::max(sight.range_m, 1.0);
  const double opportunity = p_.area_m2[static_cast<std::size_t>(sight.target)] / (r * r) *
                             std::exp(-kKoschmieder * r / visibility_m_);
  return -std::expm1(-rate_ * opportunity);
}

bool DetectModel::NeedsVelocity() const {
  if (kind != Kind::kPhysical) return false;
  const auto* radar = std::get_if<RadarModel>(&physical);
  return radar != nullptr && radar->NeedsVelocity();
}

bool DetectModel::NeedsHeights() const {
  if (kind != Kind::kPhysical) return false;
  const auto* radar = std::get_if<RadarModel>(&physical);
  return radar != nullptr && radar->NeedsHeights();
}

bool DetectModel::Blind(double radial_mps) const {
  if (kind != Kind::kPhysical) return false;
  const auto* radar = std::get_if<RadarModel>(&physical);
  return radar != nullptr && radar->Blind(radial_mps);
}

double DetectModel::WavelengthM() const {
  if (const auto* radar = std::get_if<RadarModel>(&physical)) {
    return kSpeedOfLightMps / radar->frequency_hz();
  }
  if (const auto* radio = std::get_if<RadioModel>(&physical)) {
    return kSpeedOfLightMps / radio->frequency_hz();
  }
  return 0.0;
}

DetectModel DetectModel::In(const Weather& weather) const {
  DetectModel other = *this;
  std::visit(
      [&]<typename Model>(const Model& model) {
        if constexpr (requires { model.parameters(); }) {
          other.physical = Model(model.parameters(), weather);
        }
      },
      physical);
  return other;
}

double DetectModel::Physical(const Sight& sight) const {
  return probability * std::visit(
                           [&](const auto& model) {
                             if constexpr (requires { model.Probability(sight); }) {
                               return model.Probability(sight);
                             } else {
                               PICKET_ASSERT(false, "a physical model has its physics");
                               return 0.0;
                             }
                           },
                           physical);
}

}  // namespace picket
