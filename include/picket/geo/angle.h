// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <numbers>

namespace picket {

inline constexpr double kRadPerDeg = std::numbers::pi / 180.0;

/// Into (-pi, pi]. Requires |rad| < 1e6; the result differs from the argument by a multiple of 2 pi
/// up to rounding.
[[nodiscard]] double WrapPi(double rad);

/// Horizontal angle clockwise from north, as radar and compass give it; which north (true at the
/// sensor, or the local frame's axis) is said where it is used. Kept in [0, 2 pi), rad.
class Bearing {
 public:
  constexpr Bearing() = default;
  [[nodiscard]] static Bearing Rad(double rad);
  [[nodiscard]] static Bearing Deg(double deg) { return Rad(deg * kRadPerDeg); }
  [[nodiscard]] constexpr double rad() const { return rad_; }
  [[nodiscard]] constexpr double deg() const { return rad_ / kRadPerDeg; }
  /// Smallest turn from `other` to this, in (-pi, pi], clockwise positive, rad.
  [[nodiscard]] double MinusRad(Bearing other) const { return WrapPi(rad_ - other.rad_); }

 private:
  explicit constexpr Bearing(double rad) : rad_(rad) {}
  double rad_ = 0.0;
};

}  // namespace picket
