// SPDX-License-Identifier: Apache-2.0
#include "picket/terrain/terrain.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "picket/base/random.h"
#include "picket/geo/frame.h"

namespace picket {
namespace {

constexpr double kRadiusM = 6371000.0;  // within 1 km of the radius that the terrain takes there
constexpr double kLatDeg = 35.2;
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

Terrain Make(double half_m, double cell_m, const std::function<double(double, double)>& height,
             double origin_hae_m = 0.0) {
  Terrain::Grid grid;
  grid.cell_m = cell_m;
  grid.columns = grid.rows = 2 * static_cast<int>(half_m / cell_m) + 1;
  grid.west_m = -(grid.columns / 2) * cell_m;
  grid.north_m = (grid.rows / 2) * cell_m;
  for (int row = 0; row < grid.rows; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      grid.hae_m.push_back(
          static_cast<float>(height(grid.west_m + column * cell_m, grid.north_m - row * cell_m)));
    }
  }
  return Terrain(std::move(grid), HeightHae{origin_hae_m}, kLatDeg);
}

/// The point `height_m` above the ellipsoid over a point of the map, origin at height 0.
Eigen::Vector3d Over(double east_m, double north_m, double height_m) {
  const double distance = std::hypot(east_m, north_m);
  const double angle = distance / kRadiusM;
  const double across = (kRadiusM + height_m) * std::sin(angle);
  const double share = distance > 0.0 ? across / distance : 0.0;
  return {east_m * share, north_m * share, (kRadiusM + height_m) * std::cos(angle) - kRadiusM};
}

TEST(Terrain, WithoutAGridNothingMasks) {
  const Terrain none;
  EXPECT_TRUE(none.Empty());
  EXPECT_TRUE(none.Visible({0, 0, 1}, {90000, 0, -2000}));
  EXPECT_FALSE(none.GroundAt(0, 0).has_value());
  EXPECT_NEAR(none.HeightOf({40000, 0, 0}).m, 40000.0 * 40000.0 / 2 / 6371000.0, 0.01);
}

TEST(Terrain, GroundIsBilinear) {
  const Terrain terrain = Make(1000, 100, [](double e, double n) { return 50 + e / 10 + n / 5; });
  EXPECT_NEAR(terrain.GroundAt(33.0, -71.0)->m, 50 + 3.3 - 14.2, 1e-4);
  EXPECT_NEAR(terrain.GroundAt(1000.0, 1000.0)->m, 350.0, 1e-4);
  EXPECT_NEAR(terrain.GroundAt(-1000.0, -1000.0)->m, -250.0, 1e-4);
  EXPECT_FALSE(terrain.GroundAt(1000.1, 0.0).has_value());
  EXPECT_FALSE(terrain.GroundAt(0.0, -1000.1).has_value());
  EXPECT_FALSE(terrain.GroundAt(std::nan(""), 0.0).has_value());
}

TEST(Terrain, GroundIsNotKnownWhereACornerIsNot) {
  const Terrain terrain =
      Make(1000, 100, [](double e, double n) { return e == 0 && n == 0 ? kUnknown : 5.0F; });
  EXPECT_FALSE(terrain.GroundAt(50.0, 50.0).has_value());
  EXPECT_FALSE(terrain.GroundAt(-50.0, -50.0).has_value());
  EXPECT_TRUE(terrain.GroundAt(150.0, 50.0).has_value());
}

TEST(Terrain, HeightAgreesWithTheEllipsoid) {
  const LocalFrame frame(Geodetic{kLatDeg, 20.0, HeightHae{250.0}});
  const Terrain::Grid flat{2, 2, 1e5, -5e4, 5e4, {0, 0, 0, 0}};
  const Terrain terrain(flat, HeightHae{250.0}, kLatDeg);
  for (const Eigen::Vector3d& p : {Eigen::Vector3d{40000, 0, 30}, Eigen::Vector3d{0, -40000, 900},
                                   Eigen::Vector3d{-28000, 28000, -120}}) {
    EXPECT_NEAR(terrain.HeightOf(p).m, frame.ToGeodetic(p).height.m, 0.5);
  }
}

TEST(Terrain, MapPointIsTheGroundDistance) {
  const Terrain terrain = Make(1000, 100, [](double, double) { return 0.0; });
  // 60 km out and 5 km up; the mean radius at this latitude is within 1 km of the sphere's here.
  const auto map = terrain.MapOf(Over(36000, -48000, 5000));
  EXPECT_NEAR(map.east_m, 36000, 0.2);
  EXPECT_NEAR(map.north_m, -48000, 0.2);
}

TEST(Terrain, PointAtIsTheWayBack) {
  const Terrain terrain = Make(
      1000, 100, [](double, double) { return 0.0; }, 250.0);
  for (const auto& [east, north, height] :
       {std::tuple{0.0, 0.0, 10.0}, {41000.0, -22000.0, 1234.0}, {-900.0, 70.0, -3.0}}) {
    const Eigen::Vector3d p = terrain.PointAt({east, north}, HeightHae{height});
    EXPECT_NEAR(terrain.MapOf(p).east_m, east, 1e-6);
    EXPECT_NEAR(terrain.MapOf(p).north_m, north, 1e-6);
    EXPECT_NEAR(terrain.HeightOf(p).m, height, 1e-6);
  }
}

TEST(Terrain, HorizonOverASmoothEarth) {
  // Two heights see each other up to d = sqrt(2 k R h1) + sqrt(2 k R h2), k = 4/3.
  const Terrain sea = Make(60000, 90, [](double, double) { return 0.0; });
  const double kr = 4.0 / 3.0 * kRadiusM;
  for (const auto& [h1, h2] : {std::pair{12.0, 50.0}, {30.0, 30.0}, {2.0, 100.0}}) {
    const double horizon = std::sqrt(2 * kr * h1) + std::sqrt(2 * kr * h2);
    for (const double azimuth : {0.0, 0.3, 0.7854, 1.2, 2.0}) {
      const auto at = [&](double r, double h) {
        return Over(r * std::sin(azimuth), r * std::cos(azimuth), h);
      };
      const Eigen::Vector3d a = at(-10000.0, h1);
      EXPECT_TRUE(sea.Visible(a, at(horizon * 0.995 - 10000.0, h2))) << h1 << ' ' << azimuth;
      EXPECT_FALSE(sea.Visible(a, at(horizon * 1.005 - 10000.0, h2))) << h1 << ' ' << azimuth;
    }
  }
}

TEST(Terrain, ASingleRidgeMasksWhatTheGeometrySays) {
  // A wall along north at 5 km; flat at 0 elsewhere. Lowest visible height behind it at 10 km:
  // similar triangles, plus the dip of the ray over the curved earth.
  const Terrain terrain =
      Make(15000, 100, [](double e, double) { return std::abs(e - 5000) < 1 ? 200.0 : 0.0; });
  const Eigen::Vector3d sensor = Over(0, 0, 20);
  const double kr = 4.0 / 3.0 * kRadiusM;
  const double lowest = 20 + 2.0 * (200 - 20 + 5000.0 * 5000.0 / (2 * kr));
  EXPECT_FALSE(terrain.Visible(sensor, Over(10000, 0, lowest - 0.5)));
  EXPECT_TRUE(terrain.Visible(sensor, Over(10000, 0, lowest + 0.5)));
  EXPECT_TRUE(terrain.Visible(sensor, Over(4950, 0, 20)));
  EXPECT_TRUE(terrain.Visible(sensor, Over(-10000, 0, 20)));
}

TEST(Terrain, ASensorSeesOverItsOwnCell) {
  const Terrain terrain = Make(5000, 90, [](double e, double n) {
    return 300 + 100 * std::sin(e / 900) * std::cos(n / 700);
  });
  for (double e = -2000; e < 2000; e += 137) {
    const double ground = terrain.GroundAt(e, 50)->m;
    for (double azimuth = 0; azimuth < 6.28; azimuth += 0.5) {
      const double te = e + 60 * std::sin(azimuth);
      const double tn = 50 + 60 * std::cos(azimuth);
      EXPECT_TRUE(terrain.Visible(Over(e, 50, ground + 12),
                                  Over(te, tn, terrain.GroundAt(te, tn)->m + 0.1)));
    }
  }
}

TEST(Terrain, UnknownGroundDoesNotMask) {
  const auto wall = [](double e, double n) {
    return n > 0 ? kUnknown : std::abs(e - 5000) < 1 ? 500.0F : 0.0F;
  };
  const Terrain terrain = Make(10000, 100, wall);
  EXPECT_TRUE(terrain.Visible(Over(0, 3000, 10), Over(9000, 3000, 10)));
  EXPECT_FALSE(terrain.Visible(Over(0, -3000, 10), Over(9000, -3000, 10)));
  // Outside the grid nothing masks either, but what lies inside still does.
  EXPECT_TRUE(terrain.Visible(Over(20000, 0, 10), Over(30000, 0, 10)));
  EXPECT_FALSE(terrain.Visible(Over(-20000, -500, 10), Over(20000, -500, 10)));
}

/// The definition, walked plainly: every crossing of the ray with a line of the grid.
bool VisibleByDefinition(const Terrain& terrain, const Eigen::Vector3d& a, const Eigen::Vector3d& b,
                         double* margin_m) {
  const Terrain::GridView& g = terrain.grid();
  const auto ga = terrain.MapOf(a);
  const auto gb = terrain.MapOf(b);
  const double d = std::hypot(gb.east_m - ga.east_m, gb.north_m - ga.north_m);
  const double sag = d * d / (2 * 4.0 / 3.0 * 6372000.0);
  *margin_m = std::numeric_limits<double>::infinity();
  const auto look = [&](double t) {
    if (t <= 1e-3 / d || t >= 1 - 1e-3 / d) return;
    const auto ground = terrain.GroundAt(ga.east_m + t * (gb.east_m - ga.east_m),
                                         ga.north_m + t * (gb.north_m - ga.north_m));
    const double chord = (1 - t) * terrain.HeightOf(a).m + t * terrain.HeightOf(b).m;
    const double ray = chord - sag * t * (1 - t);
    if (ground) *margin_m = std::min(*margin_m, ray - ground->m);
  };
  for (int k = 0; k < g.columns; ++k) {
    look((g.west_m + k * g.cell_m - ga.east_m) / (gb.east_m - ga.east_m));
  }
  for (int k = 0; k < g.rows; ++k) {
    look((g.north_m - k * g.cell_m - ga.north_m) / (gb.north_m - ga.north_m));
  }
  return *margin_m >= 0.0;
}

TEST(Terrain, AgreesWithBruteForceAndIsSymmetric) {
  const auto hills = [](double e, double n) {
    return 150 + 120 * std::sin(e / 1700) * std::sin(n / 2100) + 60 * std::sin(e / 430 + n / 510);
  };
  const Terrain terrain = Make(12000, 90, hills);
  Random random(1);
  int masked = 0;
  int compared = 0;
  for (int i = 0; i < 4000; ++i) {
    double p[6];
    for (int k = 0; k < 6; ++k) p[k] = random.Uniform(-13500, 13500);
    const auto place = [&](double e, double n, double u) {
      const auto ground = terrain.GroundAt(e, n);
      return Over(e, n, (ground ? ground->m : 300.0) + 5 + std::abs(u) / 13500 * 150);
    };
    const Eigen::Vector3d a = place(p[0], p[1], p[2]);
    const Eigen::Vector3d b = place(p[3], p[4], p[5]);
    double margin = 0.0;
    const bool expected = VisibleByDefinition(terrain, a, b, &margin);
    const bool visible = terrain.Visible(a, b);
    EXPECT_EQ(visible, terrain.Visible(b, a));
    if (std::abs(margin) < 0.05) continue;  // rounding, and the test's own radius
    EXPECT_EQ(visible, expected) << i << " margin " << margin;
    ++compared;
    masked += visible ? 0 : 1;
  }
  EXPECT_GT(compared, 3500);
  EXPECT_GT(masked, 800);
  EXPECT_LT(masked, 3200);
}

TEST(Terrain, GeoidIsAddedAsItVariesOverTheGrid) {
  // Undulation = latitude in metres: along north, 1 degree is 111.0 km at this latitude.
  std::vector<float> rows;
  for (int row = 0; row < 181; ++row) rows.insert(rows.end(), 4, static_cast<float>(90 - row));
  const Geoid geoid(rows, 181, 4);
  Terrain::Grid grid{41, 41, 1000, -20000, 20000, std::vector<float>(41 * 41, 100.0F)};
  grid.hae_m[5] = kUnknown;
  const Geodetic origin{40.5, 10.0, HeightHae{0.0}};
  AddGeoid(grid, origin, geoid);
  EXPECT_NEAR(grid.hae_m[20], 100 + 40.5 + 20.0 / 111.04, 0.01);
  EXPECT_NEAR(grid.hae_m[20 * 41 + 20], 140.5, 1e-4);
  EXPECT_TRUE(std::isnan(grid.hae_m[5]));
  AddGeoid(grid, origin, geoid, -1.0);
  EXPECT_NEAR(grid.hae_m[40 * 41 + 3], 100.0, 1e-4);
}

TEST(Terrain, TreesHideAndAreNoGround) {
  // Flat, with a wood of 20 m between 400 and 800 m north; beyond, its surface is not known.
  Terrain::Grid grid;
  grid.cell_m = 50.0;
  grid.columns = grid.rows = 81;
  grid.west_m = -2000.0;
  grid.north_m = 2000.0;
  grid.hae_m.assign(81 * 81, 10.0F);
  std::vector<float> surface(81 * 81, 10.0F);
  for (int row = 0; row < 81; ++row) {
    const double north = 2000.0 - row * 50.0;
    for (int column = 0; column < 81; ++column) {
      float& top = surface[static_cast<std::size_t>(row) * 81 + column];
      if (north >= 400.0 && north <= 800.0) top = 30.0F;
      if (north > 1000.0) top = kUnknown;
    }
  }
  const Terrain bare(grid, HeightHae{0.0}, kLatDeg);
  const Terrain wooded(grid, HeightHae{0.0}, kLatDeg, surface);
  EXPECT_FALSE(bare.HasSurface());
  EXPECT_TRUE(wooded.HasSurface());
  EXPECT_EQ(wooded.GroundAt(0.0, 600.0)->m, 10.0);
  EXPECT_EQ(wooded.MaskAt(0.0, 600.0)->m, 30.0);
  EXPECT_EQ(wooded.MaskAt(0.0, 1500.0)->m, 10.0);
  const Eigen::Vector3d eye = Over(0, 0, 15.0);
  EXPECT_TRUE(bare.Visible(eye, Over(0, 1500, 20.0)));
  EXPECT_FALSE(wooded.Visible(eye, Over(0, 1500, 20.0)));
  // From 15 m over the near edge of the wood, 15 m higher at 400 m, it is 71 m at 1500 m.
  EXPECT_FALSE(wooded.Visible(eye, Over(0, 1500, 68.0)));
  EXPECT_TRUE(wooded.Visible(eye, Over(0, 1500, 75.0)));
  EXPECT_TRUE(wooded.Visible(eye, Over(0, -1500, 20.0)));
}

}  // namespace
}  // namespace picket
