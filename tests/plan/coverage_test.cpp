// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/coverage.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>

namespace picket {
namespace {

std::shared_ptr<const Terrain> Hills(bool hole = false) {
  Terrain::Grid grid{201, 201, 100.0, -10000.0, 10000.0, {}};
  for (int row = 0; row < 201; ++row) {
    for (int column = 0; column < 201; ++column) {
      grid.hae_m.push_back(
          static_cast<float>(200 + 120 * std::sin(column / 11.0) * std::sin(row / 13.0)));
    }
  }
  if (hole) {
    for (int i = 60; i < 64; ++i) grid.hae_m[i * 201 + 60] = std::nanf("");
  }
  return std::make_shared<const Terrain>(std::move(grid), HeightHae{200.0}, 48.0);
}

Sensor At(const Terrain& terrain, double east_m, double north_m, double range_m) {
  Sensor sensor;
  sensor.field.max_range_m = range_m;
  sensor.detect = {DetectModel::Kind::kFalloff, 0.9, 6000.0, 4.0};
  const double ground = terrain.GroundAt(east_m, north_m)->m;
  sensor.p_LS_L = terrain.PointAt({east_m, north_m}, HeightHae{ground + 15.0});
  return sensor;
}

SensorLayer LayerOf(const DetectionField& field, SensorIndex sensor, const PlanGrid& grid,
                    std::span<const double> bands_agl_m) {
  const PlanTarget target;
  return LayersOf(field, sensor, grid, bands_agl_m, PlacesOf(field.terrain(), grid, bands_agl_m),
                  std::span(&target, 1))
      .front();
}

/// The planner and the tracker's field give the same p_D for the same question.
TEST(Coverage, IsTheDetectionFields) {
  const auto terrain = Hills();
  const DetectionField field({At(*terrain, 330, -470, 8000)}, terrain);
  const PlanGrid grid = MakePlanGrid(*terrain, 9000.0, 100);
  EXPECT_EQ(grid.stride, 3);
  const double bands[] = {50.0, 150.0};
  const SensorLayer layer = LayerOf(field, 0, grid, bands);
  int seen = 0;
  int differ = 0;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    if (!grid.InRegion(i)) continue;
    for (std::size_t band = 0; band < 2; ++band) {
      const HeightHae height{grid.ground_hae_m[i] + bands[band]};
      const double expected = field.ProbabilityOfDetection(
          0, TargetClass::kOther, terrain->PointAt(grid.At(i), height), {0, 0, 0});
      const float p = layer.p[band * grid.size() + i];
      seen += p > 0.0F ? 1 : 0;
      differ += std::abs(p - expected) > 1e-6 ? 1 : 0;
    }
  }
  EXPECT_GT(seen, 300);
  EXPECT_LT(differ, 8);  // cells on the border of what terrain hides
}

/// Every nth cell of a grid is where the grid has it, and so is what it holds.
TEST(Coverage, GridsAreThinnedToTheirOwnCells) {
  const auto terrain = Hills();
  const PlanGrid grid = MakePlanGrid(*terrain, 9000.0, 1000);
  EXPECT_EQ(grid.stride, 1);
  std::vector<float> values;
  for (std::size_t i = 0; i < 2 * grid.size(); ++i) values.push_back(static_cast<float>(i));
  const PlanGrid thin = Thinned(grid, 3);
  const std::vector<float> thinned = Thinned(grid, 3, values);
  EXPECT_EQ(thin.columns, (grid.columns + 2) / 3);
  EXPECT_EQ(thin.stride, 3);
  ASSERT_EQ(thinned.size(), 2 * thin.size());
  for (std::size_t i = 0; i < thin.size(); ++i) {
    const std::size_t row = i / thin.columns * 3;
    const std::size_t of = row * grid.columns + i % thin.columns * 3;
    ASSERT_NEAR(thin.At(i).east_m, grid.At(of).east_m, 1e-6);
    ASSERT_NEAR(thin.At(i).north_m, grid.At(of).north_m, 1e-6);
    ASSERT_EQ(thin.ground_hae_m[i], grid.ground_hae_m[of]);
    ASSERT_EQ(thinned[i], values[of]);
    ASSERT_EQ(thinned[thin.size() + i], values[grid.size() + of]);
  }
  EXPECT_EQ(Thinned(grid, 1).ground_hae_m.size(), grid.size());
}

/// One more layer without adding it: the same to the bit.
TEST(Coverage, SaysWhatOneMoreLayerWouldMake) {
  const auto terrain = Hills(true);
  Sensor first = At(*terrain, 330, -470, 8000);
  Sensor second = At(*terrain, -4300, 2100, 7000);
  second.learned = std::make_shared<const LearnedCorrection>(
      std::vector<LearnedCorrection::Cell>(LearnedCorrection::kCells, {50, 40.0, 20.0}));
  const DetectionField field({first, second}, terrain);
  const PlanGrid grid = MakePlanGrid(*terrain, 9000.0, 201);
  const double bands[] = {50.0, 150.0};
  for (const SensorIndex last : {SensorIndex{0}, SensorIndex{1}}) {
    Coverage coverage(grid, {50.0, 150.0});
    coverage.Add(field, 1 - last, LayerOf(field, 1 - last, grid, bands));
    const Coverage before = coverage;
    const SensorLayer layer = LayerOf(field, last, grid, bands);
    coverage.Add(field, last, layer);
    const std::vector<float> p = coverage.ProbabilityOfLook();
    int unknown = 0;
    int measured = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const auto with = before.With(layer, i);
      ASSERT_TRUE(with.p == p[i] || (std::isnan(with.p) && std::isnan(p[i]))) << i;
      if (std::isnan(p[i])) {
        ++unknown;
      } else {
        ASSERT_EQ(with.measured, coverage.Measured(i)) << i;
        measured += with.measured ? 1 : 0;
      }
    }
    EXPECT_GT(unknown, 100);
    EXPECT_GT(measured, 100);
  }
}

/// Waves that bend are asked for with their loss on the way, cell by cell.
TEST(Coverage, CountsTheLossOfWavesThatBend) {
  const auto terrain = Hills();
  Sensor radar = At(*terrain, 330, -470, 8000);
  RadarParameters parameters;
  parameters.frequency_hz = 150e6;
  parameters.power_w = 0.5;
  radar.detect = {};
  radar.detect.kind = DetectModel::Kind::kPhysical;
  radar.detect.physical = RadarModel(parameters, Weather{});
  radar.detect.diffraction = true;
  const DetectionField field({radar}, terrain);
  const PlanGrid grid = MakePlanGrid(*terrain, 8000.0, 60);
  const double bands[] = {40.0};
  const SensorLayer layer = LayerOf(field, 0, grid, bands);
  const std::vector<Eigen::Vector3d> places = PlacesOf(*terrain, grid, bands);
  const PlanTarget target;
  int bent = 0;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    if (!grid.InRegion(i) || std::isnan(layer.p[i])) continue;
    const double expected = field.ProbabilityOnAnyHeading(0, Certainly(target.target_class),
                                                          places[i], target.speed_mps);
    ASSERT_NEAR(layer.p[i], expected, 1e-6) << i;
    bent += expected > 0.1 && !terrain->Visible(radar.p_LS_L, places[i]) ? 1 : 0;
  }
  EXPECT_GT(bent, 20);
}

TEST(Coverage, SumsOverTheNetwork) {
  const auto terrain = std::make_shared<const Terrain>();
  Sensor a;
  a.field.max_range_m = 5000.0;
  a.detect.probability = 0.6;
  a.period = Duration::Seconds(2.0);
  Sensor b = a;
  b.p_LS_L = {4000.0, 0.0, 0.0};
  Sensor receiver = a;
  receiver.look = LookKind::kSelfReport;
  const DetectionField field({a, b, receiver}, terrain);
  const double bands[] = {100.0};
  Coverage coverage(MakePlanGrid(*terrain, 8000.0, 161), {100.0});
  for (SensorIndex s = 0; s < 3; ++s) {
    coverage.Add(field, s, LayerOf(field, s, coverage.grid(), bands));
  }
  const PlanGrid& grid = coverage.grid();
  const auto cell = [&](double east, double north) {
    return static_cast<std::size_t>(std::lround((grid.north_m - north) / grid.cell_m)) *
               grid.columns +
           static_cast<std::size_t>(std::lround((east - grid.west_m) / grid.cell_m));
  };
  const auto p = coverage.ProbabilityOfLook();
  const auto k = coverage.Sensors();
  EXPECT_NEAR(p[cell(2000, 0)], 0.84, 1e-6);
  EXPECT_EQ(k[cell(2000, 0)], 2.0F);
  EXPECT_NEAR(p[cell(-3000, 0)], 0.6, 1e-6);
  EXPECT_EQ(k[cell(-3000, 0)], 1.0F);
  EXPECT_EQ(p[cell(-7000, 0)], 0.0F);
  const auto without = coverage.ProbabilityWithoutBest();
  EXPECT_NEAR(without[cell(2000, 0)], 0.6, 1e-6);
  EXPECT_EQ(without[cell(-3000, 0)], 0.0F);
  EXPECT_TRUE(std::isnan(p[cell(7900, 7900)]));
  EXPECT_NEAR(coverage.exposure_per_s()[cell(2000, 0)], -std::log(0.4), 1e-5);
  EXPECT_EQ(coverage.visible_above_m()[cell(2000, 0)], 0.0F);
  const Coverage::Share share = coverage.ShareOf(0);
  EXPECT_NEAR(share.seen + share.gap + share.unknown, 1.0, 1e-9);
  EXPECT_EQ(share.unknown, 0.0);
  // Two discs of 5 km, 4 km apart.
  const double lens = 2 * 25.0 * std::acos(0.4) - 2.0 * std::sqrt(100.0 - 16.0);
  const double disc = std::numbers::pi * 25.0;
  const double region = std::numbers::pi * 64.0;
  EXPECT_NEAR(coverage.SeenAloneBy(0, 0), (disc - lens) / region, 0.01);
  EXPECT_EQ(coverage.SeenAloneBy(2, 0), 0.0);
}

TEST(Coverage, UnknownGroundIsNeitherSeenNorAGap) {
  const auto terrain = Hills(true);
  const DetectionField field({At(*terrain, 0, 0, 9000)}, terrain);
  const double bands[] = {500.0};
  Coverage coverage(MakePlanGrid(*terrain, 9000.0, 201), {500.0});
  coverage.Add(field, 0, LayerOf(field, 0, coverage.grid(), bands));
  EXPECT_TRUE(std::isnan(coverage.ProbabilityOfLook()[61 * 201 + 60]));
  EXPECT_GT(coverage.ShareOf(0).unknown, 0.0);
}

}  // namespace
}  // namespace picket
