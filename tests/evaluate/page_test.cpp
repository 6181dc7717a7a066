// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/page.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "evaluate/chart.h"
#include "picket/evaluate/summary.h"

namespace picket {
namespace {

TEST(ChartTest, TicksAreRound) {
  EXPECT_DOUBLE_EQ(RoundTicks(0, 100, 5).step, 20);
  EXPECT_DOUBLE_EQ(RoundTicks(0, 0.07, 5).step, 0.02);
  EXPECT_DOUBLE_EQ(RoundTicks(-130, 890, 8).step, 200);
  EXPECT_DOUBLE_EQ(RoundTicks(-130, 890, 8).first, 0);
  EXPECT_DOUBLE_EQ(RoundTicks(5, 5, 8).step, 1) << "a single value has ticks too";
}

TEST(ChartTest, TicksEndBesideHugeNumbersToo) {
  EXPECT_LE(RoundTicks(1e300, 1e300 + 1, 8).Up(2e300).size(), 50U);
}

TEST(ChartTest, AMissingNumberInterruptsTheLine) {
  Chart chart("x", "y");
  chart.AddLine({"a", {{0, 1}, {1, 2}, {2, kNoFigure}, {3, 1}}});
  const std::string svg = chart.Svg();
  const auto d = svg.substr(svg.find("class=\"line s1\""));
  EXPECT_EQ(std::count(d.begin(), d.begin() + static_cast<long>(d.find("/>")), 'M'), 2);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(ChartTest, AnEmptyOneIsDrawnWithoutNumbersThatAreNone) {
  const std::string svg = Chart("x", "y").Svg();
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(PageTest, IsOneFileThatEscapesNamesAndFetchesNothing) {
  EvaluationOptions options;
  options.places.push_back({"Port & \"Quay\"", {100.0, 0.0, 0.0}, 50.0});
  Evaluator evaluator(options);
  Time time = Time::Ns(1'772'323'200'000'000'000);
  for (int k = 0; k < 5; ++k, time = time + Duration::Seconds(1.0)) {
    ScoredTruth truth;
    truth.id = "<script>alert(1)</script>";
    truth.p_L = {20.0 * k, 0.0, 100.0};
    ScoredTrack track;
    track.id = 7;
    track.p_L = {20.0 * k + 3.0, 0.0, 100.0};
    track.covariance = Eigen::Matrix<double, 6, 6>::Identity() * 9.0;
    ASSERT_TRUE(evaluator.Add(time, {truth}, {track}));
  }
  const Scores scores = evaluator.Result();
  const std::string page =
      EvaluationPage("truth<1>.jsonl", "tracks.jsonl", options, scores, evaluator.Plots());
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<1>"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(page.find("Port &amp; &quot;Quay&quot;"), std::string::npos);
  for (const char* word : {"http:", "https:", "src=", "nan", "inf ", "url("}) {
    EXPECT_EQ(page.find(word), std::string::npos) << word;
  }
  for (const char* title : {"GOSPA over time", "What GOSPA is made of", "Cardinality",
                            "Position error over time", "Consistency over time", "<h2>Map</h2>"}) {
    EXPECT_NE(page.find(title), std::string::npos) << title;
  }
  // It is inside the place's 50 m from x = 60 on, and has had a track from the start.
  const std::string text = SummaryText(Summarise(scores, options, 10));
  EXPECT_NE(text.find("00:00:03.0 at Port"), std::string::npos) << text;
  EXPECT_NE(text.find("3.0 s\n"), std::string::npos) << text;
}

TEST(SummaryTest, ColumnsAlignAndLinesHaveNoBlankEnds) {
  const std::string text =
      SummaryText({{"Title", "lr", {"name", "n"}, {{"a", "1"}, {"b\xc3\xa4", "100"}}, "A note."}});
  EXPECT_EQ(text, "Title\n  name     n\n  a        1\n  b\xc3\xa4     100\n  A note.\n");
}

}  // namespace
}  // namespace picket
