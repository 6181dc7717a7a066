// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>

#include "picket/report/report.h"

/// What ADS-B's senders state of themselves, in whichever format it arrives.
namespace picket {

inline constexpr double kMpsPerKnot = 1852.0 / 3600.0;
inline constexpr double kMPerFoot = 0.3048;
inline constexpr double kMpsPerFpm = kMPerFoot / 60.0;

// A bound within which 95 % lie, as the standard's categories state it, as one sigma: of each axis
// of a circular error, and of a height.
inline constexpr double kSigmaOf95Circle = 1.0 / 2.4477;
inline constexpr double kSigmaOf95 = 1.0 / 1.96;

/// 95 % bounds by NACp, m (DO-260B table 2-71); 0 and above 11: not stated.
inline constexpr std::array<double, 12> kNacP95M = {0.0,   18520.0, 7408.0, 3704.0, 1852.0, 926.0,
                                                    555.6, 185.2,   92.6,   30.0,   10.0,   3.0};
/// 95 % bounds by NACv, m/s (DO-260B table 2-22); where it is not stated, as for the lowest.
inline constexpr std::array<double, 5> kNacV95Mps = {10.0, 10.0, 3.0, 1.0, 0.3};
inline constexpr double kUnknown95M = 18520.0;

/// Emitter category to classes: a claim like the rest, so never certain.
/// @param set  1 for D to 4 for A: the type code of an identification message; 0: not stated
inline ClassProbabilities ClassOfEmitter(int set, int category) {
  // Order: multirotor, fixed_wing, bird, aircraft, other.
  if (set == 3 && category == 6) return {0.49, 0.49, 0.0, 0.01, 0.01};  // B6: unmanned
  const bool other =
      set == 2 ||  // set C: vehicles and obstacles
      (set == 3 && (category == 2 || category == 3 || category == 7));  // balloon, parachute, space
  if (other) return {0.01, 0.01, 0.0, 0.08, 0.90};
  return {0.01, 0.01, 0.0, 0.97, 0.01};
}

/// Pressure altitude is a height only in the standard atmosphere: weather moves the ground value by
/// some 100 m and the mean temperature of the column by some 3 %.
inline double PressureSdM(double height_m) { return 100.0 + 0.03 * std::abs(height_m); }

}  // namespace picket
