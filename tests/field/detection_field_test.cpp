// SPDX-License-Identifier: Apache-2.0
#include "picket/field/detection_field.h"

#include <gtest/gtest.h>

#include <cmath>

namespace picket {
namespace {

Sensor Radar() {
  Sensor s;
  s.id = "r";
  s.field.max_range_m = 10000.0;
  s.detect.probability = 0.8;
  s.clutter_per_look = 50.0;
  return s;
}

double ClearAt(const Sensor& s, const Eigen::Vector3d& p) {
  return DetectionField({s}, std::make_shared<const Terrain>())
      .ProbabilityOfDetection(0, TargetClass::kOther, p, {0, 0, 0});
}

TEST(DetectionField, EndsAtItsEdges) {
  Sensor s = Radar();
  s.field.min_range_m = 500.0;
  s.field.azimuth_from = Bearing::Deg(300);
  s.field.azimuth_width_rad = 120.0 * kRadPerDeg;  // across north
  s.field.elevation_min_rad = -2.0 * kRadPerDeg;
  s.field.elevation_max_rad = 30.0 * kRadPerDeg;
  EXPECT_EQ(ClearAt(s, {0, 5000, 100}), 0.8);
  EXPECT_EQ(ClearAt(s, {0, 10001, 0}), 0.0);
  EXPECT_EQ(ClearAt(s, {0, 400, 0}), 0.0);
  EXPECT_EQ(ClearAt(s, {4000, 4000, 0}), 0.8);   // 45 degrees
  EXPECT_EQ(ClearAt(s, {5000, 1000, 0}), 0.0);   // 79 degrees
  EXPECT_EQ(ClearAt(s, {-4000, 3000, 0}), 0.8);  // 307 degrees
  EXPECT_EQ(ClearAt(s, {-5000, 1000, 0}), 0.0);  // 281 degrees
  EXPECT_EQ(ClearAt(s, {0, 1000, 900}), 0.0);    // 42 degrees up
  EXPECT_EQ(ClearAt(s, {0, 1000, -100}), 0.0);   // 6 degrees down
}

TEST(DetectionField, NothingIsSeenWhereItCannotReach) {
  Sensor s = Radar();
  s.p_LS_L = {2000.0, -1000.0, 50.0};
  DetectionField field({s}, std::make_shared<const Terrain>());
  int reached = 0;
  for (double east = -15000.0; east <= 15000.0; east += 700.0) {
    for (double north = -15000.0; north <= 15000.0; north += 700.0) {
      if (field.MayReach(0, {east, north})) {
        ++reached;
        continue;
      }
      for (const double up : {0.0, 300.0, 4000.0}) {
        EXPECT_EQ(
            field.ProbabilityOfDetection(0, TargetClass::kOther, {east, north, up}, {0, 0, 0}),
            0.0);
      }
    }
  }
  EXPECT_NEAR(reached * 0.7 * 0.7, 314.0, 10.0);  // km^2
  s.field.max_range_m = 0.0;                      // as far as it likes
  field.Put(0, s);
  EXPECT_TRUE(field.MayReach(0, {90000.0, 0.0}));
  s.up = false;
  field.Put(0, s);
  EXPECT_FALSE(field.MayReach(0, {2000.0, 0.0}));
}

TEST(DetectionField, FallOffAndBox) {
  Sensor s = Radar();
  s.detect = {DetectModel::Kind::kFalloff, 0.7, 4000.0, 6.0};
  EXPECT_NEAR(ClearAt(s, {0, 4000, 0}), 0.35, 1e-12);
  EXPECT_NEAR(ClearAt(s, {0, 100, 0}), 0.7, 1e-6);
  s = Radar();
  s.field.max_range_m = 0.0;
  s.field.has_box = true;
  s.field.east_max_m = 300.0;
  s.field.north_max_m = 300.0;
  EXPECT_EQ(ClearAt(s, {150, 150, 0}), 0.8);
  EXPECT_EQ(ClearAt(s, {150, 301, 0}), 0.0);
}

TEST(DetectionField, ViewsObscuredRegionsAndWhatIsDown) {
  Sensor s = Radar();
  SkyRegion north;  // 330 to 30 degrees, to 3 km
  north.cone.max_range_m = 3000.0;
  north.cone.azimuth_from = Bearing::Deg(330.0);
  north.cone.azimuth_width_rad = 60.0 * kRadPerDeg;
  SkyRegion square;
  square.outline = {{{1000.0, -500.0}, {2000.0, -500.0}, {2000.0, 500.0}, {1000.0, 500.0}}};
  s.views = {north, square};
  EXPECT_EQ(ClearAt(s, {0, 2000, 100}), 0.8);
  EXPECT_EQ(ClearAt(s, {0, 3100, 100}), 0.0);
  EXPECT_EQ(ClearAt(s, {2000, 2000, 100}), 0.0);  // 45 degrees
  EXPECT_EQ(ClearAt(s, {1500, 0, 100}), 0.8);
  EXPECT_EQ(ClearAt(s, {2500, 0, 100}), 0.0);
  EXPECT_EQ(ClearAt(s, {500, 0, 100}), 0.0);
  s.obscured = {square};
  EXPECT_EQ(ClearAt(s, {1500, 0, 100}), 0.0);
  s.views.clear();
  EXPECT_EQ(ClearAt(s, {2500, 0, 100}), 0.8);
  EXPECT_EQ(ClearAt(s, {1500, 0, 100}), 0.0);
  s.up = false;
  EXPECT_EQ(ClearAt(s, {2500, 0, 100}), 0.0);

  DetectionField field({Radar()}, std::make_shared<const Terrain>());
  field.Put(1, s);
  EXPECT_EQ(field.ProbabilityOfDetection(1, TargetClass::kOther, {2500, 0, 100}, {0, 0, 0}), 0.0);
  s.up = true;
  field.Put(1, s);
  EXPECT_EQ(field.ProbabilityOfDetection(1, TargetClass::kOther, {2500, 0, 100}, {0, 0, 0}), 0.8);
  EXPECT_EQ(field.sensors().size(), 2U);
}

TEST(DetectionField, TerrainMasks) {
  Terrain::Grid grid;
  grid.columns = grid.rows = 201;
  grid.cell_m = 50.0;
  grid.west_m = -5000.0;
  grid.north_m = 5000.0;
  grid.hae_m.assign(201 * 201, 0.0F);
  for (int c = 0; c < 201; ++c) grid.hae_m[60 * 201 + c] = 200.0F;  // a ridge 2 km north
  Sensor s = Radar();
  s.p_LS_L = {0, 0, 10};
  const DetectionField field({s},
                             std::make_shared<const Terrain>(std::move(grid), HeightHae{0}, 37.5));
  EXPECT_EQ(field.ProbabilityOfDetection(0, TargetClass::kOther, {0, 4000, 100}, {0, 0, 0}), 0.0);
  EXPECT_EQ(field.ProbabilityOfDetection(0, TargetClass::kOther, {0, 4000, 600}, {0, 0, 0}), 0.8);
  EXPECT_EQ(field.ProbabilityOfDetection(0, TargetClass::kOther, {0, 1500, 100}, {0, 0, 0}), 0.8);
}

/// The density of clutter, summed over all that can be measured, is the number in a look.
TEST(DetectionField, ClutterDensityIntegratesToItsNumber) {
  Sensor s = Radar();
  s.field.min_range_m = 1000.0;
  s.field.azimuth_width_rad = 2.0;
  const DetectionField field({s}, std::make_shared<const Terrain>());
  double sum = 0.0;
  constexpr double kStep = 10.0;
  for (double r = s.field.min_range_m + kStep / 2; r < s.field.max_range_m; r += kStep) {
    Detection z;
    z.Set(Component::kRange, r);
    z.Set(Component::kAzimuth, 0.5);
    z.Set(Component::kRangeRate, 5.0);
    sum +=
        field.ClutterDensity(0, z) * kStep * s.field.azimuth_width_rad * 2.0 * kClutterRangeRateMps;
  }
  EXPECT_NEAR(sum, s.clutter_per_look, 0.01);
}

TEST(DetectionField, TheCurveIsTheModel) {
  RadarParameters parameters;
  parameters.notch_mps = 3.0;
  parameters.swerling = 3;
  parameters.looks = 8;
  RadioParameters radio;
  radio.eirp_dbm[0] = 20.0;
  Weather rain;
  rain.rain_mmph = 10.0;
  const PhysicalModel models[] = {RadarModel(parameters, rain), RadioModel(radio, rain),
                                  AcousticModel({}, rain), OpticalModel({}, rain),
                                  ObserverModel({}, rain)};
  for (const PhysicalModel& model : models) {
    Sensor s = Radar();
    s.field.max_range_m = 60'000.0;
    s.detect.kind = DetectModel::Kind::kPhysical;
    s.detect.physical = model;
    const DetectionField field({s}, std::make_shared<const Terrain>());
    const auto curve = ClearCurve::Of(s.detect, TargetClass::kMultirotor, 60'000.0);
    ASSERT_TRUE(curve.has_value());
    const ClassProbabilities classes = Certainly(TargetClass::kMultirotor);
    for (double range = 1.0; range < 59'000.0; range *= 1.0137) {
      const Eigen::Vector3d p(0.6 * range, 0.75 * range, 0.28 * range);
      EXPECT_NEAR(field.InClearOnAnyHeading(0, *curve, p, 20.0),
                  field.InClearOnAnyHeading(0, classes, p, 20.0), 1e-6)
          << model.index() << " at " << range;
    }
  }
  DetectModel sea;
  sea.kind = DetectModel::Kind::kPhysical;
  parameters.clutter = Surface::kSea;
  sea.physical = RadarModel(parameters, Weather{});
  EXPECT_FALSE(ClearCurve::Of(sea, TargetClass::kMultirotor, 1000.0).has_value());
  EXPECT_FALSE(ClearCurve::Of(Radar().detect, TargetClass::kMultirotor, 1000.0).has_value());
}

TEST(DetectionField, WhatWasLearnedEntersEveryAnswer) {
  Sensor s = Radar();
  std::vector<LearnedCorrection::Cell> cells(LearnedCorrection::kCells);
  const Eigen::Vector3d measured(0, 5000, 300);
  const Eigen::Vector3d elsewhere(0, -5000, 300);
  const DetectionField plain({s}, std::make_shared<const Terrain>());
  cells[plain.SkyCellOf(0, measured)] = {100, 78.0, 18.0};  // a quarter
  s.learned = std::make_shared<const LearnedCorrection>(cells);
  const DetectionField field({s}, std::make_shared<const Terrain>());
  const ClassProbabilities any{0.5, 0.5, 0, 0, 0};
  EXPECT_NEAR(field.ProbabilityOfDetection(0, TargetClass::kBird, measured, {0, 0, 0}), 0.2, 1e-12);
  EXPECT_NEAR(field.ProbabilityOfDetection(0, any, measured, {9, 0, 0}), 0.2, 1e-12);
  EXPECT_NEAR(field.ProbabilityOnAnyHeading(0, any, measured, 20.0), 0.2, 1e-12);
  EXPECT_NEAR(field.InClearOnAnyHeading(0, any, measured, 20.0), 0.2, 1e-12);
  EXPECT_TRUE(field.Measured(0, measured));
  EXPECT_EQ(field.ProbabilityOfDetection(0, any, elsewhere, {0, 0, 0}), 0.8);
  EXPECT_FALSE(field.Measured(0, elsewhere));
  EXPECT_FALSE(plain.Measured(0, measured));
}

}  // namespace
}  // namespace picket
