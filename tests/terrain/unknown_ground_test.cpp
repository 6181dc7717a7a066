// SPDX-License-Identifier: Apache-2.0
#include "picket/terrain/unknown_ground.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "picket/terrain/visibility.h"

namespace picket {
namespace {

constexpr float kNo = std::numeric_limits<float>::quiet_NaN();
constexpr int kColumns = 6;
constexpr int kRows = 5;

using Nodes = std::map<std::pair<int, int>, float>;  // (row, column)

Nodes Of(const std::vector<float>& heights, int first_column = 0, int first_row = 0,
         int columns = kColumns, int rows = kRows) {
  const UnknownGround unknown({heights, kColumns, kRows, 10.0}, first_column, first_row, columns,
                              rows);
  Nodes nodes;
  const bool any = unknown.Each(-9, 99, -9, 99, [&](int row, int column, float height_m) {
    nodes[{row, column}] = height_m;
  });
  EXPECT_EQ(any, !nodes.empty());
  EXPECT_EQ(unknown.Empty(), nodes.empty());
  return nodes;
}

TEST(UnknownGround, NoneWhereAllIsKnown) {
  EXPECT_TRUE(Of(std::vector<float>(kColumns * kRows, 3.0F)).empty());
}

TEST(UnknownGround, GoesOnFromRimToRimAlongRowOrColumn) {
  const std::vector<float> heights = {
      0,  0,  0,   0,   0,  0,   //
      10, 10, 10,  10,  10, 10,  //
      10, 10, kNo, kNo, 40, 40,  // along the row 20, 30
      10, 10, kNo, 90,  40, 40,  // along the row 50; down the column from 10 to 70
      10, 10, 70,  70,  70, 70,
  };
  const Nodes nodes = Of(heights);
  ASSERT_EQ(nodes.size(), 3U);
  EXPECT_FLOAT_EQ(nodes.at({2, 2}), 30.0F);  // the column: 10 + 1/3 of 60
  EXPECT_FLOAT_EQ(nodes.at({2, 3}), 50.0F);  // the column: half way from 10 to 90
  EXPECT_FLOAT_EQ(nodes.at({3, 2}), 50.0F);  // both say so
}

TEST(UnknownGround, GoesOnLevelWhereItHasOneRimAndHidesNothingWithoutAny) {
  const std::vector<float> all(kColumns * kRows, kNo);
  for (const auto& [at, height_m] : Of(all)) EXPECT_EQ(height_m, UnknownGround::kLowestM);
  std::vector<float> heights = all;
  heights[0] = 25.0F;
  Nodes nodes = Of(heights);
  EXPECT_EQ(nodes.size(), static_cast<std::size_t>(kColumns * kRows - 1));
  EXPECT_FLOAT_EQ(nodes.at({0, 5}), 25.0F);
  EXPECT_FLOAT_EQ(nodes.at({4, 0}), 25.0F);
  EXPECT_EQ(nodes.at({4, 5}), UnknownGround::kLowestM);
}

TEST(UnknownGround, OfAPartAlone) {
  std::vector<float> heights(kColumns * kRows, 1.0F);
  heights[2 * kColumns + 1] = heights[2 * kColumns + 4] = heights[4 * kColumns + 4] = kNo;
  const Nodes nodes = Of(heights, 3, 1, 3, 3);
  ASSERT_EQ(nodes.size(), 1U);
  EXPECT_EQ(nodes.count({2, 4}), 1U);
}

}  // namespace
}  // namespace picket
