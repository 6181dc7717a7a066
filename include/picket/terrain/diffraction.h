// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "picket/terrain/terrain.h"

namespace picket {

/// Loss behind one knife edge, dB: J(nu) = 6.9 + 20 lg(sqrt((nu - 0.1)^2 + 1) + nu - 0.1), 0 for
/// nu of -0.78 and less. ITU-R P.526-15, eq. 31.
[[nodiscard]] double KnifeEdgeLossDb(double nu);

/// A point of what lies under a path.
struct ProfilePoint {
  double distance_m = 0.0;  ///< along the ground from the path's first end, > 0 and < the whole
  double height_m = 0.0;
};

/// Loss of a radio wave over a path, one way, dB, beyond that of free space: all edges replaced by
/// the one where the steepest rays from both ends meet (Bullington), over a smooth earth of a given
/// curvature. ITU-R P.526-15, 4.5.1 (the same in P.1812-6, 4.3.1). 0 where nothing comes near the
/// ray, 0.6 of the first Fresnel zone or so.
/// @param from_m, to_m  heights of both ends above the datum of the profile's
/// @param drop_per_m2   see DropPerM2
[[nodiscard]] double BullingtonLossDb(std::span<const ProfilePoint> profile, double distance_m,
                                      double from_m, double to_m, double wavelength_m,
                                      double drop_per_m2);

/// The same over a terrain, with what stands on it, between two points of the local frame. The
/// profile has a point for each cell; unknown ground stands for nothing.
[[nodiscard]] double DiffractionLossDb(const Terrain& terrain, const Eigen::Vector3d& p_LA_L,
                                       const Eigen::Vector3d& p_LB_L, double wavelength_m);

}  // namespace picket
