// SPDX-License-Identifier: Apache-2.0
#include "picket/terrain/diffraction.h"

#include <gtest/gtest.h>

#include <cmath>

namespace picket {
namespace {

/// The curvature that P.526 has for paths near the ground, on top of an edge's own loss.
double Added(double edge_db, double distance_m) {
  return (1.0 - std::exp(-edge_db / 6.0)) * (10.0 + 0.02e-3 * distance_m);
}

TEST(KnifeEdge, CostsWhatP526Says) {
  // ITU-R P.526-15, figure 9: 6 dB where the edge touches the ray; J(1) = 13.9, J(2.4) = 20.5.
  EXPECT_NEAR(KnifeEdgeLossDb(0.0), 6.03, 0.01);
  EXPECT_NEAR(KnifeEdgeLossDb(1.0), 13.9, 0.1);
  EXPECT_NEAR(KnifeEdgeLossDb(2.4), 20.5, 0.1);
  EXPECT_EQ(KnifeEdgeLossDb(-0.8), 0.0);
  EXPECT_NEAR(KnifeEdgeLossDb(-0.77), 0.0, 0.1);
}

TEST(Bullington, OfOneEdgeIsThatEdge) {
  // 50 m over the ray in the middle of 20 km at 3 GHz: nu = h sqrt(2 / lambda (1/d1 + 1/d2)).
  const double lambda = 0.1;
  const double nu = 50.0 * std::sqrt(2.0 / lambda * (2.0 / 10'000.0));
  EXPECT_NEAR(nu, 3.162, 0.001);
  const ProfilePoint edge[] = {{10'000.0, 150.0}};
  const double loss = BullingtonLossDb(edge, 20'000.0, 100.0, 100.0, lambda, 0.0);
  EXPECT_NEAR(loss, KnifeEdgeLossDb(nu) + Added(KnifeEdgeLossDb(nu), 20'000.0), 1e-9);
  // A little under the ray it still costs; far under it does not.
  const ProfilePoint under[] = {{10'000.0, 98.0}};
  EXPECT_GT(BullingtonLossDb(under, 20'000.0, 100.0, 100.0, lambda, 0.0), 4.0);
  const ProfilePoint deep[] = {{10'000.0, 80.0}};
  EXPECT_EQ(BullingtonLossDb(deep, 20'000.0, 100.0, 100.0, lambda, 0.0), 0.0);
}

TEST(Bullington, OfTwoEdgesIsWhereTheirRaysMeet) {
  // From the left the edge at 5 km rises by 0.01, from the right that at 15 km by 0.02: the rays
  // cross at (0.02 * 20 km) / 0.03 = 13.33 km, 133.3 m high.
  const ProfilePoint edges[] = {{5'000.0, 50.0}, {15'000.0, 100.0}};
  const double d = 20'000.0 * 2.0 / 3.0;
  const double nu = 0.01 * d * std::sqrt(2.0 * 20'000.0 / (0.1 * d * (20'000.0 - d)));
  EXPECT_NEAR(BullingtonLossDb(edges, 20'000.0, 0.0, 0.0, 0.1, 0.0),
              KnifeEdgeLossDb(nu) + Added(KnifeEdgeLossDb(nu), 20'000.0), 1e-9);
}

TEST(Diffraction, BendsOverARidge) {
  Terrain::Grid grid;
  grid.columns = grid.rows = 201;
  grid.cell_m = 100.0;
  grid.west_m = -10'000.0;
  grid.north_m = 10'000.0;
  grid.hae_m.assign(201 * 201, 0.0F);
  for (int row = 0; row < 201; ++row) grid.hae_m[row * 201 + 100] = 120.0F;  // along the meridian
  const Terrain terrain(grid, HeightHae{0.0}, 40.0);
  const Eigen::Vector3d a = terrain.PointAt({-6000.0, 0.0}, HeightHae{50.0});
  const Eigen::Vector3d high = terrain.PointAt({6000.0, 0.0}, HeightHae{400.0});
  const Eigen::Vector3d low = terrain.PointAt({6000.0, 0.0}, HeightHae{50.0});
  EXPECT_EQ(DiffractionLossDb(terrain, a, high, 0.1), 0.0);
  const double loss = DiffractionLossDb(terrain, a, low, 0.1);
  EXPECT_FALSE(terrain.Visible(a, low));
  // 70 m and the earth's bulge of 2.1 m over the ray.
  const double nu = 72.1 * std::sqrt(2.0 / 0.1 * (2.0 / 6000.0));
  EXPECT_NEAR(loss, KnifeEdgeLossDb(nu) + Added(KnifeEdgeLossDb(nu), 12'000.0), 0.1);
  // Longer waves bend more.
  EXPECT_LT(DiffractionLossDb(terrain, a, low, 1.0), loss - 8.0);
}

}  // namespace
}  // namespace picket
