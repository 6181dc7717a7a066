// SPDX-License-Identifier: Apache-2.0
#include "picket/geo/geoid.h"

#include <gtest/gtest.h>

#include <numeric>

namespace picket {
namespace {

/// 3 rows (90, 0, -90), 4 columns (-180, -90, 0, 90), values 0 to 11.
Geoid Small() {
  std::vector<float> values(12);
  std::iota(values.begin(), values.end(), 0.0F);
  return {values, 3, 4};
}

TEST(GeoidTest, GivesTheNodesTheirValues) {
  const Geoid geoid = Small();
  EXPECT_DOUBLE_EQ(geoid.UndulationM(90, -180), 0.0);
  EXPECT_DOUBLE_EQ(geoid.UndulationM(0, -180), 4.0);
  EXPECT_DOUBLE_EQ(geoid.UndulationM(0, 90), 7.0);
  EXPECT_DOUBLE_EQ(geoid.UndulationM(-90, 0), 10.0);
}

TEST(GeoidTest, IsBilinearBetweenThem) {
  const Geoid geoid = Small();
  EXPECT_DOUBLE_EQ(geoid.UndulationM(0, -135), 4.5);
  EXPECT_DOUBLE_EQ(geoid.UndulationM(45, -180), 2.0);
  EXPECT_DOUBLE_EQ(geoid.UndulationM(45, -135), 2.5);
  EXPECT_DOUBLE_EQ(geoid.UndulationM(-67.5, 22.5), 6 * 0.25 + 10 * 0.75 + 0.25);
}

TEST(GeoidTest, GoesRoundTheDateLine) {
  const Geoid geoid = Small();
  // Between 90 E (7) and 180, which is 180 W (4).
  EXPECT_DOUBLE_EQ(geoid.UndulationM(0, 135), 5.5);
  EXPECT_DOUBLE_EQ(geoid.UndulationM(0, 180), geoid.UndulationM(0, -180));
  EXPECT_DOUBLE_EQ(geoid.UndulationM(0, 225), geoid.UndulationM(0, -135));
}

TEST(GeoidTest, HeightsDifferByTheUndulation) {
  const Geoid geoid = Small();
  EXPECT_DOUBLE_EQ(geoid.ToHae(0, -180, HeightAmsl{100}).m, 104.0);
  EXPECT_DOUBLE_EQ(geoid.ToAmsl({0, -180, HeightHae{100}}).m, 96.0);
  EXPECT_DOUBLE_EQ(Geoid().ToHae(12, 34, HeightAmsl{100}).m, 100.0);
}

TEST(GeoidDeathTest, AGridHasAllItsValues) {
  EXPECT_DEATH(Geoid(std::vector<float>(11), 3, 4), "rows \\* columns");
  EXPECT_DEATH(Geoid(std::vector<float>(4), 1, 4), "at least 2 x 2");
}

}  // namespace
}  // namespace picket
