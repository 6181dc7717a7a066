// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "picket/field/weather.h"

namespace picket {

/// What radio waves and sound lose on their way, and what else comes back to a radar. Every one is
/// a published formula.

inline constexpr double kSpeedOfLightMps = 299'792'458.0;

enum class Polarization : std::uint8_t { kHorizontal, kVertical };

/// Free-space loss between isotropic antennas, dB: 20 lg(4 pi d f / c). ITU-R P.525-4, eq. 4.
/// Requires both to be positive.
[[nodiscard]] double FreeSpaceLossDb(double distance_m, double frequency_hz);

/// Loss in rain, one way, dB/km: k R^alpha, k and alpha by the regressions of ITU-R P.838-3 for
/// horizontal paths; 1 to 1000 GHz (clamped to that).
[[nodiscard]] double RainLossDbPerKm(double rain_mmph, double frequency_hz, Polarization p);

/// Backscatter of rain, m^2/m^3: pi^5 |K|^2 Z / lambda^4, |K|^2 = 0.93, Z = 200 R^1.6 mm^6/m^3.
/// Marshall and Palmer, J. Meteorology 5 (1948); Skolnik, Introduction to Radar Systems, 7.6.
[[nodiscard]] double RainReflectivity(double rain_mmph, double frequency_hz);

/// Mean reflectivity of the sea, sigma0 in dB (m^2/m^2), over all directions of the wind.
/// Gregers-Hansen and Mittal, NRL/MR/5310-12-9346 (2012): 0.5 to 35 GHz, sea states 0 to 6, grazing
/// angles of 0.1 to 60 degrees (clamped to those); within 2.3 dB of Nathanson's measurements.
[[nodiscard]] double SeaReflectivityDb(double sea_state, double frequency_hz, Polarization p,
                                       double grazing_rad);

/// One sigma of the height of a fully developed sea, m: the significant height of the middle of
/// the sea state (WMO code table 3700), over 4.
[[nodiscard]] double SeaHeightSdM(double sea_state);

/// Power gain of two rays, direct and reflected from a sea, over the direct one alone, one way, dB:
/// |1 + rho e^{j(pi + 4 pi h1 h2 / (lambda d))}|^2. rho = exp(-2 (2 pi sd sin(g) / lambda)^2) of a
/// rough surface (Ament, Proc. IRE 41, 1953), g the grazing angle; heights are taken over the
/// tangent plane at the point of reflection of a 4/3 earth. Skolnik, 8.2. At least -60 dB.
[[nodiscard]] double TwoRayGainDb(double height_1_m, double height_2_m, double distance_m,
                                  double frequency_hz, double surface_sd_m);

/// Absorption of sound by air, dB/m: relaxation of oxygen and nitrogen, classical losses.
/// ISO 9613-1:1993, eq. 3 to 5.
[[nodiscard]] double SoundAbsorptionDbPerM(double frequency_hz, const Weather& weather);

/// The normal distribution up to x standard deviations.
[[nodiscard]] double NormalUpTo(double x);

/// A sum of powers that are given in dB.
[[nodiscard]] double AddDb(double a_db, double b_db);

}  // namespace picket
