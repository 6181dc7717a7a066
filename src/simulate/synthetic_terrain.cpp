// SPDX-License-Identifier: Apache-2.0
#include "picket/simulate/synthetic_terrain.h"

#include <algorithm>
#include <cmath>

namespace picket {
namespace {

/// A number in [-1, 1) for each point of a lattice.
double Lattice(std::uint64_t seed, std::int64_t x, std::int64_t y) {
  std::uint64_t z = seed ^ (static_cast<std::uint64_t>(x) * 0x9e3779b97f4a7c15ULL) ^
                    (static_cast<std::uint64_t>(y) * 0xc2b2ae3d27d4eb4fULL);
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  z ^= z >> 31U;
  return static_cast<double>(z >> 11U) * 0x1.0p-52 - 1.0;
}

double Smooth(double t) { return t * t * t * (t * (t * 6.0 - 15.0) + 10.0); }

/// Noise with wavelengths of about one, in [-1, 1], twice differentiable: a gradient at each point
/// of the lattice (Perlin, "Improving noise", SIGGRAPH 2002).
double Noise(std::uint64_t seed, double x, double y) {
  const double fx = std::floor(x);
  const double fy = std::floor(y);
  const auto ix = static_cast<std::int64_t>(fx);
  const auto iy = static_cast<std::int64_t>(fy);
  const auto corner = [&](int dx, int dy) {
    const double gx = Lattice(seed, ix + dx, iy + dy);
    const double gy = Lattice(seed + 0x51ed270b, ix + dx, iy + dy);
    return gx * (x - fx - dx) + gy * (y - fy - dy);
  };
  const double u = Smooth(x - fx);
  const double v = Smooth(y - fy);
  const double south = corner(0, 0) + u * (corner(1, 0) - corner(0, 0));
  const double north = corner(0, 1) + u * (corner(1, 1) - corner(0, 1));
  return std::clamp(1.4 * (south + v * (north - south)), -1.0, 1.0);
}

/// Fractal sum, in about [-1, 1]: `wave_m` is the longest wavelength.
double Fractal(std::uint64_t seed, double e, double n, double wave_m, int octaves) {
  double sum = 0.0;
  double weight = 1.0;
  double total = 0.0;
  for (int k = 0; k < octaves; ++k) {
    sum += weight * Noise(seed + static_cast<std::uint64_t>(k), e / wave_m, n / wave_m);
    total += weight;
    weight *= 0.5;
    wave_m *= 0.5;
  }
  return sum / total;
}

/// Ridged fractal, in [0, 1]: sharp crests where the noise passes zero, rougher up there.
double Ridged(std::uint64_t seed, double e, double n, double wave_m, int octaves) {
  double sum = 0.0;
  double weight = 1.0;
  double total = 0.0;
  double above = 1.0;
  for (int k = 0; k < octaves; ++k) {
    double crest =
        1.0 - std::abs(Noise(seed + static_cast<std::uint64_t>(k), e / wave_m, n / wave_m));
    crest *= crest;
    sum += weight * above * crest;
    total += weight;
    above = std::clamp(1.6 * crest, 0.0, 1.0);
    weight *= 0.5;
    wave_m *= 0.5;
  }
  return std::min(1.0, sum / total);
}

double Step(double t) { return Smooth(std::clamp(t, 0.0, 1.0)); }

/// Distance of a point from the segment between two others.
double FromSegment(const SyntheticTerrain::Ridge& r, double e, double n) {
  const double de = r.to_east_m - r.from_east_m;
  const double dn = r.to_north_m - r.from_north_m;
  const double length2 = de * de + dn * dn;
  const double along =
      length2 > 0.0 ? ((e - r.from_east_m) * de + (n - r.from_north_m) * dn) / length2 : 0.0;
  const double t = std::clamp(along, 0.0, 1.0);
  return std::hypot(e - r.from_east_m - t * de, n - r.from_north_m - t * dn);
}

double HeightAt(const SyntheticTerrain& plan, double e, double n) {
  double inland_m = 1e9;
  if (plan.coast) {
    const double toward_sea =
        e * std::sin(plan.coast->sea.rad()) + n * std::cos(plan.coast->sea.rad());
    inland_m = plan.coast->distance_m - toward_sea +
               5.0 * plan.coast->bays_m * Fractal(plan.seed + 100, e, n, 20000.0, 8);
    if (inland_m <= 0.0) return 0.0;
  }
  double height = plan.plain_m * (0.5 + 0.5 * Fractal(plan.seed + 200, e, n, 9000.0, 6));
  std::uint64_t seed = plan.seed + 300;
  for (const SyntheticTerrain::Ridge& ridge : plan.ridges) {
    // The crest line meanders, and the chain has passes.
    const double bend = 0.5 * ridge.width_m * Fractal(seed, e, n, 4.0 * ridge.width_m, 3);
    const double off = (FromSegment(ridge, e, n) + bend) / ridge.width_m;
    const double envelope = std::exp(-off * off);
    if (envelope > 1e-3) {
      // Bent space breaks the lattice's directions, as erosion would.
      const double warp_e = 1800.0 * Fractal(seed + 30, e, n, 5000.0, 3);
      const double warp_n = 1800.0 * Fractal(seed + 40, e, n, 5000.0, 3);
      const double rock = Ridged(seed + 10, e + warp_e, n + warp_n, 8000.0, 8);
      height += ridge.height_m * envelope * (0.15 + 1.1 * rock);
    }
    seed += 100;
  }
  return std::max(1.0, height * Step(inland_m / 3500.0));
}

}  // namespace

Terrain::Grid MakeSyntheticTerrain(const SyntheticTerrain& plan, double region_radius_m) {
  Terrain::Grid grid;
  const int half = static_cast<int>(std::ceil(region_radius_m / plan.cell_m));
  grid.columns = grid.rows = 2 * half + 1;
  grid.cell_m = plan.cell_m;
  grid.west_m = -half * plan.cell_m;
  grid.north_m = half * plan.cell_m;
  grid.hae_m.reserve(static_cast<std::size_t>(grid.columns) * grid.rows);
  for (int row = 0; row < grid.rows; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      grid.hae_m.push_back(static_cast<float>(
          HeightAt(plan, grid.west_m + column * plan.cell_m, grid.north_m - row * plan.cell_m)));
    }
  }
  return grid;
}

}  // namespace picket
