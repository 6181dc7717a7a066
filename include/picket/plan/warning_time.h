// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "picket/plan/coverage.h"

namespace picket {

/// How a class of target is assumed to fly.
struct Flyer {
  double speed_mps = 0.0;
  double climb_mps = 0.0;
};

/// A class of target as coverage and warning time take it.
struct FlyerClass {
  const char* name;
  const char* title;
  TargetClass target_class;
  Flyer flyer;
};
/// A camera drone at full speed, and a one-way attack drone.
inline constexpr FlyerClass kFlyers[] = {
    {"multirotor", "Multirotor", TargetClass::kMultirotor, {20.0, 10.0}},
    {"fixed_wing", "Fixed-wing drone", TargetClass::kFixedWing, {50.0, 10.0}}};

/// The exposure that 95 % of all targets are detected by: -ln 0.05.
inline constexpr double kSureExposure = 2.995732273553991;
inline constexpr std::size_t kSectors = 16;  ///< the first about north, then clockwise

/// How late the first detection may be, seen from one place.
struct WarningTime {
  struct Least {
    double time_s = 0.0;      ///< from the last point where it may still be undetected to the place
    double band_agl_m = 0.0;  ///< at which height that is
    double range_m = 0.0;     ///< and how far from the place's centre
  };
  std::array<Least, kSectors> sectors;
  std::size_t weakest = 0;  ///< the sector with the least time: the guaranteed one
  /// How surely a target is detected before it is in the circle, whichever way it comes; more than
  /// LeastExposure's threshold is not told.
  double detected = 0.0;
};

/// E* of every cell: the least exposure of any way there from outside the region, as far as it is
/// less than `threshold`; infinity beyond, and outside of the region. 1 - exp(-E*) is how surely a
/// target has been detected by then, at least. [band * cells + cell]
///
/// Exposure is additive: E(path) = integral of sum_s -ln(1 - p_s) / T_s dt. E* is found with
/// Dijkstra's algorithm over cells x bands from the region's edge, where it is 0; 16 neighbours on
/// the level and the bands above and below. Ways along them are up to 2.75 % longer than straight
/// ones, which would be optimistic: their lengths are taken that much shorter. What is not known
/// exposes nothing.
/// @param exposure_per_s  [band * cells + cell], 1/s
[[nodiscard]] std::vector<float> LeastExposure(const PlanGrid& grid,
                                               std::span<const double> bands_agl_m,
                                               std::span<const float> exposure_per_s,
                                               const Flyer& flyer,
                                               double threshold = kSureExposure);

/// The least straight flight time from where a target may be undetected into the place's circle,
/// sector by sector: no target gets there sooner after it was detected with 95 %. Sectors, heights
/// and times only.
/// @param least_exposure  LeastExposure: what is finite may be undetected
/// @param place           its centre on the site's map
[[nodiscard]] WarningTime GuaranteedWarning(const PlanGrid& grid,
                                            std::span<const double> bands_agl_m,
                                            std::span<const float> least_exposure,
                                            const Terrain::MapPoint& place, double radius_m,
                                            double speed_mps);

}  // namespace picket
