// SPDX-License-Identifier: Apache-2.0
#include "picket/terrain/diffraction.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace picket {

double KnifeEdgeLossDb(double nu) {
  if (nu <= -0.78) return 0.0;
  const double x = nu - 0.1;
  return 6.9 + 20.0 * std::log10(std::sqrt(x * x + 1.0) + x);
}

double BullingtonLossDb(std::span<const ProfilePoint> profile, double distance_m, double from_m,
                        double to_m, double wavelength_m, double drop_per_m2) {
  if (profile.empty() || !(distance_m > 0.0)) return 0.0;
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  double steepest_from = kNone;
  double steepest_to = kNone;
  double nu = kNone;
  // How far an obstacle at `d` of `height` stands over the straight line, in Fresnel zones.
  const auto parameter = [&](double d, double height) {
    const double rest = distance_m - d;
    const double line = (from_m * rest + to_m * d) / distance_m;
    return (height - line) * std::sqrt(2.0 * distance_m / (wavelength_m * d * rest));
  };
  for (const ProfilePoint& point : profile) {
    const double d = point.distance_m;
    const double rest = distance_m - d;
    const double height = point.height_m + drop_per_m2 * d * rest;  // over the chord
    steepest_from = std::max(steepest_from, (height - from_m) / d);
    steepest_to = std::max(steepest_to, (height - to_m) / rest);
    nu = std::max(nu, parameter(d, height));
  }
  if (steepest_from >= (to_m - from_m) / distance_m) {
    // Out of sight: the edge stands where the horizons' rays cross.
    const double d = (to_m - from_m + steepest_to * distance_m) / (steepest_from + steepest_to);
    if (d > 0.0 && d < distance_m) nu = parameter(d, from_m + steepest_from * d);
  }
  const double edge_db = KnifeEdgeLossDb(nu);
  return edge_db + (1.0 - std::exp(-edge_db / 6.0)) * (10.0 + 0.02e-3 * distance_m);
}

double DiffractionLossDb(const Terrain& terrain, const Eigen::Vector3d& p_LA_L,
                         const Eigen::Vector3d& p_LB_L, double wavelength_m) {
  if (terrain.Empty()) return 0.0;
  const Terrain::MapPoint a = terrain.MapOf(p_LA_L);
  const Terrain::MapPoint b = terrain.MapOf(p_LB_L);
  const double east = b.east_m - a.east_m;
  const double north = b.north_m - a.north_m;
  const double distance = std::sqrt(east * east + north * north);
  const int steps = static_cast<int>(distance / terrain.grid().cell_m) + 1;
  std::vector<ProfilePoint> profile;
  profile.reserve(static_cast<std::size_t>(steps));
  for (int i = 1; i < steps; ++i) {
    const double share = static_cast<double>(i) / steps;
    const auto mask = terrain.MaskAt(a.east_m + share * east, a.north_m + share * north);
    if (mask) profile.push_back({share * distance, mask->m});
  }
  return BullingtonLossDb(profile, distance, terrain.HeightOf(p_LA_L).m, terrain.HeightOf(p_LB_L).m,
                          wavelength_m, terrain.drop_per_m2());
}

}  // namespace picket
