// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/what_if.h"

#include <gtest/gtest.h>

#include <cmath>

namespace picket {
namespace {

const Geodetic kOrigin{48.0, 9.0, HeightHae{200.0}};

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
  return std::make_shared<const Terrain>(std::move(grid), kOrigin.height, kOrigin.lat_deg);
}

Sensor Radar(const char* id) {
  Sensor sensor;
  sensor.id = id;
  sensor.field.max_range_m = 6000.0;
  sensor.detect = {DetectModel::Kind::kFalloff, 0.9, 5000.0, 4.0};
  return sensor;
}

Sensor At(const Terrain& terrain, const char* id, double lat_deg, double lon_deg) {
  return *StandingAt(Radar(id), terrain, LocalFrame(kOrigin), lat_deg, lon_deg, 15.0);
}

/// The network's levels, worked out from nothing.
std::vector<float> FromScratch(const std::vector<Sensor>& sensors,
                               const std::shared_ptr<const Terrain>& terrain,
                               const WhatIf::Question& question) {
  const DetectionField field(sensors, terrain);
  const PlanGrid grid = MakePlanGrid(*terrain, 9000.0, 201);
  const double bands[] = {question.height_agl_m};
  Coverage coverage(grid, {question.height_agl_m});
  const auto places = PlacesOf(*terrain, grid, bands);
  for (SensorIndex s = 0; s < static_cast<SensorIndex>(sensors.size()); ++s) {
    coverage.Add(field, s,
                 LayersOf(field, s, grid, bands, places, std::span(&question.target, 1)).front());
  }
  return coverage.ProbabilityOfLook();
}

void ExpectLevels(const std::vector<std::uint8_t>& levels, const std::vector<float>& p) {
  ASSERT_EQ(levels.size(), p.size());
  int seen = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (std::isnan(p[i])) {
      ASSERT_GE(levels[i], WhatIf::kOutside) << i;
    } else {
      // Sums in another order differ in the last place, which may be that of a whole percent.
      ASSERT_NEAR(levels[i], std::floor(100.0F * p[i]), 1.0) << i;
      ASSERT_LE(levels[i], 100.0F * p[i] + 0.01F) << i;
      seen += levels[i] > 50 ? 1 : 0;
    }
  }
  EXPECT_GT(seen, 500);
}

class WhatIfTest : public testing::Test {
 protected:
  std::shared_ptr<const Terrain> terrain_ = Hills();
  std::vector<Sensor> sensors_ = {At(*terrain_, "a", 47.98, 8.97), At(*terrain_, "b", 48.03, 9.04)};
  WhatIf what_if_{std::make_shared<const DetectionField>(sensors_, terrain_), 9000.0, 201};
};

TEST_F(WhatIfTest, IsWhatThePlannerSaysOfTheChangedNetwork) {
  WhatIf::Question question;
  question.height_agl_m = 60.0;
  const WhatIf::Answer now = what_if_.Ask(question);
  ExpectLevels(now.levels, FromScratch(sensors_, terrain_, question));
  EXPECT_EQ(now.gained, 0.0);
  EXPECT_EQ(now.lost, 0.0);
  EXPECT_EQ(now.then.seen, now.now.seen);

  // Moved, one place after the other, as it is dragged.
  question.instead_of = 1;
  for (const double lon : {9.03, 9.0, 8.95}) {
    question.sensor = At(*terrain_, "b", 47.97, lon);
    const WhatIf::Answer moved = what_if_.Ask(question);
    ExpectLevels(moved.levels, FromScratch({sensors_[0], *question.sensor}, terrain_, question));
    EXPECT_EQ(moved.now_levels, now.levels);
    EXPECT_GT(moved.gained, 0.0);
    EXPECT_GT(moved.lost, 0.0);
    EXPECT_NEAR(moved.then.seen - moved.now.seen, moved.gained - moved.lost, 1e-9);
  }
  // Taken away, and the other one as well.
  question.sensor.reset();
  const WhatIf::Answer without = what_if_.Ask(question);
  ExpectLevels(without.levels, FromScratch({sensors_[0]}, terrain_, question));
  EXPECT_EQ(without.gained, 0.0);
  question.instead_of = 0;
  ExpectLevels(what_if_.Ask(question).levels, FromScratch({sensors_[1]}, terrain_, question));
  // One more.
  question.instead_of.reset();
  question.sensor = At(*terrain_, "c", 48.04, 8.93);
  const WhatIf::Answer more = what_if_.Ask(question);
  ExpectLevels(more.levels,
               FromScratch({sensors_[0], sensors_[1], *question.sensor}, terrain_, question));
  EXPECT_EQ(more.lost, 0.0);
  EXPECT_GT(more.gained, 0.02);
  // All that never touched what is.
  question = {};
  question.height_agl_m = 60.0;
  EXPECT_EQ(what_if_.Ask(question).levels, now.levels);
}

TEST_F(WhatIfTest, UnknownGroundStaysUnknown) {
  const auto terrain = Hills(true);
  const std::vector<Sensor> sensors = {At(*terrain, "a", 47.98, 8.97)};
  WhatIf what_if(std::make_shared<const DetectionField>(sensors, terrain), 9000.0, 201);
  WhatIf::Question question;
  question.sensor = At(*terrain, "b", 48.02, 8.97);
  const WhatIf::Answer answer = what_if.Ask(question);
  EXPECT_EQ(answer.levels[61 * 201 + 60], WhatIf::kUnknown);
  EXPECT_EQ(answer.levels[0], WhatIf::kOutside);
  EXPECT_GT(answer.then.unknown, 0.0);
}

TEST_F(WhatIfTest, SaysWhatWasMeasured) {
  Sensor& a = sensors_[0];
  std::vector<LearnedCorrection::Cell> cells(LearnedCorrection::kCells, {50, 40.0, 20.0});
  a.learned = std::make_shared<const LearnedCorrection>(cells);
  WhatIf what_if(std::make_shared<const DetectionField>(sensors_, terrain_), 9000.0, 201);
  WhatIf::Question question;
  const WhatIf::Answer now = what_if.Ask(question);
  const auto measured = [](std::uint8_t level) {
    return level >= WhatIf::kMeasuredFrom && level < WhatIf::kOutside;
  };
  const auto count = std::count_if(now.levels.begin(), now.levels.end(), measured);
  EXPECT_GT(count, 500);
  EXPECT_GT(now.now.measured, 0.01);
  // A sensor that is moved leaves behind what was learned of it.
  question.instead_of = 0;
  question.sensor = *StandingAt(a, *terrain_, LocalFrame(kOrigin), 47.98, 8.98, 15.0);
  EXPECT_EQ(question.sensor->learned, nullptr);
  const WhatIf::Answer moved = what_if.Ask(question);
  EXPECT_EQ(std::count_if(moved.levels.begin(), moved.levels.end(), measured), 0);
  EXPECT_EQ(moved.then.measured, 0.0);
}

TEST_F(WhatIfTest, NobodyStandsWhereNoGroundIs) {
  EXPECT_FALSE(StandingAt(Radar("a"), *terrain_, LocalFrame(kOrigin), 48.3, 9.0, 10.0).has_value());
  const auto stands = StandingAt(Radar("a"), *terrain_, LocalFrame(kOrigin), 48.02, 9.01, 10.0);
  ASSERT_TRUE(stands.has_value());
  const Terrain::MapPoint at = terrain_->MapOf(stands->p_LS_L);
  EXPECT_NEAR(terrain_->HeightOf(stands->p_LS_L).m,
              terrain_->GroundAt(at.east_m, at.north_m)->m + 10.0, 0.1);
}

TEST_F(WhatIfTest, ThePictureIsRectangularInMercator) {
  const LocalFrame frame(kOrigin);
  const PlanGrid& grid = what_if_.grid();
  const MercatorCells picture = MercatorCellsOf(*terrain_, frame, grid);
  ASSERT_EQ(picture.cell.size(), static_cast<std::size_t>(picture.width) * picture.height);
  const auto [west, north] = picture.corners_lon_lat[0];
  const auto [east, south] = picture.corners_lon_lat[2];
  EXPECT_EQ(picture.corners_lon_lat[1], std::pair(east, north));
  EXPECT_EQ(picture.corners_lon_lat[3], std::pair(west, south));
  int checked = 0;
  for (std::size_t i = 0; i < picture.cell.size(); i += 97) {
    if (picture.cell[i] < 0) continue;
    const double x = (static_cast<double>(i % picture.width) + 0.5) / picture.width;
    const double y = (static_cast<double>(i / picture.width) + 0.5) / picture.height;
    const auto up = [](double lat) { return std::asinh(std::tan(lat * kRadPerDeg)); };
    const double lat = std::atan(std::sinh(up(north) + y * (up(south) - up(north)))) / kRadPerDeg;
    const Eigen::Vector3d p = frame.ToLocal({lat, west + x * (east - west), kOrigin.height});
    const Terrain::MapPoint cell = grid.At(static_cast<std::size_t>(picture.cell[i]));
    EXPECT_LE(std::abs(p.x() - cell.east_m), 0.51 * grid.cell_m);
    EXPECT_LE(std::abs(p.y() - cell.north_m), 0.51 * grid.cell_m);
    ++checked;
  }
  EXPECT_GT(checked, 300);
}

}  // namespace
}  // namespace picket
