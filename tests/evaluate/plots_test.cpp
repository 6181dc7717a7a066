// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/plots.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace picket {
namespace {

Time At(int k) { return Time::Ns(1'000'000'000) + Duration::Seconds(k); }

TEST(PlotDataTest, KeepsEveryInstantOfAShortRun) {
  PlotData data;
  for (int k = 0; k < 10; ++k) {
    PlotFigures figures{};
    figures.fill(std::numeric_limits<double>::quiet_NaN());
    figures[0] = k;
    data.AddTruth("a", {1.0 * k, 2.0 * k, 0.0});
    data.Add(At(k), figures);
  }
  ASSERT_EQ(data.points().size(), 10U);
  EXPECT_EQ(data.points()[3][PlotFigure::kGospa], 3.0);
  EXPECT_TRUE(std::isnan(data.points()[3][PlotFigure::kNees]));
  EXPECT_EQ(data.points()[3].time, At(3));
  ASSERT_EQ(data.truths().at("a").at.size(), 10U);
  EXPECT_EQ(data.truths().at("a").at[4].north_m, 8.0F);
  EXPECT_EQ(data.stride(), 1);
}

TEST(PlotDataTest, StaysBoundedAndKeepsMeansAndShortTracks) {
  PlotData data;
  constexpr int kInstants = 30'000;
  for (int k = 0; k < kInstants; ++k) {
    PlotFigures figures{};
    figures[0] = k;
    for (int i = 0; i < 20; ++i) data.AddTruth(std::to_string(i), {1.0 * k, 0.0, 0.0});
    if (k % 3 == 1) data.AddTrack(static_cast<std::uint64_t>(k), {1.0 * k, 5.0, 0.0});
    data.Add(At(k), figures);
  }
  const auto points = data.points();
  EXPECT_LE(points.size(), PlotData::kMostPoints);
  EXPECT_GE(points.size(), PlotData::kMostPoints / 2);
  // 30,000 in groups of 32.
  EXPECT_DOUBLE_EQ(points[0][PlotFigure::kGospa], 15.5);
  EXPECT_DOUBLE_EQ(points[1][PlotFigure::kGospa], 47.5);
  EXPECT_EQ(data.tracks().size(), 10'000U);
  std::size_t places = 0;
  for (const auto& [id, path] : data.truths()) {
    places += path.at.size();
    EXPECT_GE(path.at.size(), 2U);
  }
  for (const auto& [id, path] : data.tracks()) places += path.at.size();
  EXPECT_LE(places, PlotData::kMostPlaces);
  EXPECT_EQ(data.left_out(), 0);
  data.AddTrack(kInstants, {0.0, 0.0, 0.0});
  EXPECT_EQ(data.left_out(), 1);
}

}  // namespace
}  // namespace picket
