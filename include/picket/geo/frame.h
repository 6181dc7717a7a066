// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <GeographicLib/LocalCartesian.hpp>

#include "picket/geo/geodetic.h"

namespace picket {

/// A rigid local Cartesian frame: x east, y north, z up at the origin's ellipsoid normal, metres.
/// Not a flat earth: a point 40 km away at the origin's height has z of about -126 m. In names,
/// suffix _L (p_AB_L: position of B from A, in the local frame). See docs/notation.md.
class LocalFrame {
 public:
  explicit LocalFrame(const Geodetic& origin);
  [[nodiscard]] const Geodetic& origin() const { return origin_; }
  /// Position from the origin, local frame, m. Good to nanometres near the earth (GeographicLib).
  [[nodiscard]] Eigen::Vector3d ToLocal(const Geodetic& point) const;
  [[nodiscard]] Geodetic ToGeodetic(const Eigen::Vector3d& p_L) const;
  /// Rotation from this frame's axes to the east-north-up axes at `point`: v_S = R_SL * v_L.
  [[nodiscard]] Eigen::Matrix3d AxesAt(const Geodetic& point) const;

 private:
  Geodetic origin_;
  GeographicLib::LocalCartesian cartesian_;
};

}  // namespace picket
