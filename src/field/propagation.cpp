// SPDX-License-Identifier: Apache-2.0
#include "picket/field/propagation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>

#include "picket/terrain/terrain.h"

namespace picket {
namespace {

constexpr double kEarthRadiusM = 6'371'000.0;

/// A regression of P.838-3: sum of a exp(-((lg f - b) / c)^2), and a straight line.
template <std::size_t N>
struct Regression {
  std::array<double, N> a, b, c;
  double slope, offset;
  [[nodiscard]] double At(double lg_ghz) const {
    double sum = slope * lg_ghz + offset;
    for (std::size_t j = 0; j < N; ++j) {
      const double x = (lg_ghz - b[j]) / c[j];
      sum += a[j] * std::exp(-x * x);
    }
    return sum;
  }
};
constexpr Regression<4> kRainKH{{-5.33980, -0.35351, -0.23789, -0.94158},
                                {-0.10008, 1.26970, 0.86036, 0.64552},
                                {1.13098, 0.45400, 0.15354, 0.16817},
                                -0.18961,
                                0.71147};
constexpr Regression<4> kRainKV{{-3.80595, -3.44965, -0.39902, 0.50167},
                                {0.56934, -0.22911, 0.73042, 1.07319},
                                {0.81061, 0.51059, 0.11899, 0.27195},
                                -0.16398,
                                0.63297};
constexpr Regression<5> kRainAlphaH{{-0.14318, 0.29591, 0.32177, -5.37610, 16.1721},
                                    {1.82442, 0.77564, 0.63773, -0.96230, -3.29980},
                                    {-0.55187, 0.19822, 0.13164, 1.47828, 3.43990},
                                    0.67849,
                                    -1.95537};
constexpr Regression<5> kRainAlphaV{{-0.07771, 0.56727, -0.20238, -48.2991, 48.5833},
                                    {2.33840, 0.95545, 1.14520, 0.791669, 0.791459},
                                    {-0.76284, 0.54039, 0.26809, 0.116226, 0.116479},
                                    -0.053739,
                                    0.83433};

}  // namespace

double FreeSpaceLossDb(double distance_m, double frequency_hz) {
  return 20.0 * std::log10(4.0 * std::numbers::pi * distance_m * frequency_hz / kSpeedOfLightMps);
}

double RainLossDbPerKm(double rain_mmph, double frequency_hz, Polarization p) {
  if (rain_mmph <= 0.0) return 0.0;
  const double lg = std::log10(std::clamp(frequency_hz * 1e-9, 1.0, 1000.0));
  const bool h = p == Polarization::kHorizontal;
  const double k = std::pow(10.0, h ? kRainKH.At(lg) : kRainKV.At(lg));
  return k * std::pow(rain_mmph, h ? kRainAlphaH.At(lg) : kRainAlphaV.At(lg));
}

double RainReflectivity(double rain_mmph, double frequency_hz) {
  if (rain_mmph <= 0.0) return 0.0;
  const double z_m3 = 1e-18 * 200.0 * std::pow(rain_mmph, 1.6);
  const double lambda = kSpeedOfLightMps / frequency_hz;
  return std::pow(std::numbers::pi, 5) * 0.93 * z_m3 / std::pow(lambda, 4);
}

double SeaReflectivityDb(double sea_state, double frequency_hz, Polarization p,
                         double grazing_rad) {
  struct Fit {
    double c1, c2, c3, c4, c5;
  };
  constexpr Fit kH{-73.0, 20.781, 7.351, 25.65, 0.0054};
  constexpr Fit kV{-50.796, 25.93, 0.7093, 21.588, 0.00211};
  const Fit& fit = p == Polarization::kHorizontal ? kH : kV;
  const double ss = std::clamp(sea_state, 0.0, 6.0);
  const double ghz = std::clamp(frequency_hz * 1e-9, 0.5, 35.0);
  const double deg = std::clamp(grazing_rad * 180.0 / std::numbers::pi, 0.1, 60.0);
  return fit.c1 + fit.c2 * std::log10(std::sin(deg * std::numbers::pi / 180.0)) +
         (27.5 + fit.c3 * deg) * std::log10(ghz) / (1.0 + 0.95 * deg) +
         fit.c4 * std::pow(1.0 + ss, 1.0 / (2.0 + 0.085 * deg + 0.033 * ss)) + fit.c5 * deg * deg;
}

double SeaHeightSdM(double sea_state) {
  // Middles of 0; 0 to 0.1; to 0.5; to 1.25; to 2.5; to 4; to 6 m of significant height.
  constexpr std::array<double, 7> kSignificantM = {0.0, 0.05, 0.3, 0.875, 1.875, 3.25, 5.0};
  const double ss = std::clamp(sea_state, 0.0, 6.0);
  const auto below = std::min<std::size_t>(static_cast<std::size_t>(ss), 5);
  const double share = ss - static_cast<double>(below);
  return 0.25 * ((1.0 - share) * kSignificantM[below] + share * kSignificantM[below + 1]);
}

double TwoRayGainDb(double height_1_m, double height_2_m, double distance_m, double frequency_hz,
                    double surface_sd_m) {
  const double lambda = kSpeedOfLightMps / frequency_hz;
  double h1 = std::max(height_1_m, 0.0);
  double h2 = std::max(height_2_m, 0.0);
  const double sum = h1 + h2;
  if (sum <= 0.0) return -60.0;
  // Over the curved earth the tangent plane at the point of reflection lies under both ends by less
  // than their heights: d^2 / 2 k R. The point is taken where a plane earth has it.
  const double d1 = distance_m * h1 / sum;
  const double d2 = distance_m - d1;
  constexpr double kTwoRadii = 2.0 * kRefraction * kEarthRadiusM;
  h1 = std::max(h1 - d1 * d1 / kTwoRadii, 0.0);
  h2 = std::max(h2 - d2 * d2 / kTwoRadii, 0.0);
  const double sine = std::min(1.0, (h1 + h2) / distance_m);
  const double rough = 2.0 * std::numbers::pi * surface_sd_m * sine / lambda;
  const double rho = std::exp(-2.0 * rough * rough);
  const double phase =
      std::numbers::pi + 4.0 * std::numbers::pi * h1 * h2 / (lambda * std::max(distance_m, 1.0));
  const double power = std::norm(1.0 + std::polar(rho, phase));
  return 10.0 * std::log10(std::max(power, 1e-6));
}

double SoundAbsorptionDbPerM(double frequency_hz, const Weather& weather) {
  constexpr double kReferenceK = 293.15;
  constexpr double kTripleK = 273.16;
  constexpr double kReferenceHpa = 1013.25;
  const double kelvin = weather.temperature_c + 273.15;
  const double t = kelvin / kReferenceK;
  const double pressure = weather.pressure_hpa / kReferenceHpa;
  const double saturation = std::pow(10.0, -6.8346 * std::pow(kTripleK / kelvin, 1.261) + 4.6151);
  const double h = weather.humidity_percent * saturation / pressure;  // molar, percent
  const double oxygen_hz = pressure * (24.0 + 4.04e4 * h * (0.02 + h) / (0.391 + h));
  const double nitrogen_hz = pressure / std::sqrt(t) *
                             (9.0 + 280.0 * h * std::exp(-4.170 * (std::pow(t, -1.0 / 3.0) - 1.0)));
  const double f2 = frequency_hz * frequency_hz;
  return 8.686 * f2 *
         (1.84e-11 / pressure * std::sqrt(t) +
          std::pow(t, -2.5) *
              (0.01275 * std::exp(-2239.1 / kelvin) / (oxygen_hz + f2 / oxygen_hz) +
               0.1068 * std::exp(-3352.0 / kelvin) / (nitrogen_hz + f2 / nitrogen_hz)));
}

double NormalUpTo(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

double AddDb(double a_db, double b_db) {
  const double high = std::max(a_db, b_db);
  return high + 10.0 * std::log10(1.0 + std::pow(10.0, 0.1 * (std::min(a_db, b_db) - high)));
}

}  // namespace picket
