// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/learned.h"

#include <gtest/gtest.h>

#include "picket/codec/site.h"

namespace picket {
namespace {

std::vector<LearnedSensor> Two() {
  std::vector<LearnedCorrection::Cell> cells(LearnedCorrection::kCells);
  cells[0] = {3, 1.25, 0.0};
  cells[17] = {20, 0.1, 1.0 / 3.0};
  cells[LearnedCorrection::kCells - 1] = {1, 1e-9, 1.0};
  auto correction = std::make_shared<const LearnedCorrection>(cells);
  return {{"radar \"one\" \\", 37.61, -126.98, correction}, {"ears", -12.5, 180.0, correction}};
}

TEST(Learned, ReadsBackWhatItWrote) {
  const std::vector<LearnedSensor> two = Two();
  const std::string text = WriteLearned(two);
  const auto back = ParseLearned(text, "learned.toml");
  ASSERT_TRUE(back.has_value()) << back.error().front().Text();
  ASSERT_EQ(back->size(), 2U);
  EXPECT_EQ((*back)[0].id, "radar \"one\" \\");
  EXPECT_EQ((*back)[0].lon_deg, -126.98);
  for (std::size_t i = 0; i < LearnedCorrection::kCells; ++i) {
    const LearnedCorrection::Cell& was = two[0].correction->cells()[i];
    const LearnedCorrection::Cell& is = (*back)[1].correction->cells()[i];
    EXPECT_EQ(is.looks, was.looks);
    EXPECT_EQ(is.expected, was.expected);
    EXPECT_EQ(is.seen, was.seen);
  }
  EXPECT_EQ(WriteLearned(*back), text);
}

TEST(Learned, TellsWhatIsWrong) {
  const std::string head = "[[sensor]]\nid = \"a\"\nlat = 1.0\nlon = 2.0\ncells = [\n";
  const std::string cell =
      "{ azimuth_deg = 22.5, elevation_deg = 2.0, range_m = 500.0, looks = 3, expected = 1.0, "
      "seen = 1.0 },\n";
  EXPECT_TRUE(ParseLearned(head + cell + "]\n", "f").has_value());
  const auto said = [&](const std::string& text) {
    const auto parsed = ParseLearned(text, "f");
    return parsed ? std::string("nothing") : parsed.error().front().Text();
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = cell;
    changed.replace(changed.find(from), from.size(), to);
    return said(head + changed + "]\n");
  };
  EXPECT_NE(with("22.5", "20.0").find("f:6: sensor[0].cells[0]: begins at 20 degrees"),
            std::string::npos);
  EXPECT_NE(with("looks = 3", "looks = 2.5").find("looks: is no whole number"), std::string::npos);
  EXPECT_NE(with("looks = 3", "looks = 0").find("looks"), std::string::npos);
  EXPECT_NE(with("seen = 1.0", "seen = -1.0").find("seen"), std::string::npos);
  EXPECT_NE(with(", seen = 1.0", "").find("seen: is missing"), std::string::npos);
  EXPECT_NE(said(head + cell + cell + "]\n").find("is the same cell as one before it"),
            std::string::npos);
  EXPECT_NE(said(head + "]\n" + head + "]\n").find("is that of a sensor before it"),
            std::string::npos);
  EXPECT_NE(said("[[sensor]\n").find("f:1"), std::string::npos);
}

constexpr const char* kSite = R"(
[site]
origin = { lat = 37.0, lon = 127.0 }
learned = "learned.toml"
[[sensor]]
id = "ears"
kind = "acoustic"
at = { lat = 37.0, lon = 127.0, height_agl_m = 3.0 }
measures = ["azimuth"]
sd = { azimuth_deg = 4.0 }
field = { max_range_m = 2000 }
)";

TEST(Learned, IsTakenIntoTheSite) {
  std::string name;
  const auto site =
      ParseSite(kSite, "site.toml", [&](const std::string& file) -> Result<std::string> {
        name = file;
        return WriteLearned(Two());
      });
  ASSERT_TRUE(site.has_value()) << site.error().front().Text();
  EXPECT_EQ(name, "learned.toml");
  ASSERT_NE(site->sensors[0].sensor.learned, nullptr);
  EXPECT_EQ(site->sensors[0].sensor.learned->cells()[17].looks, 20U);
  EXPECT_EQ(site->sensors[0].learned_lat_lon, std::pair(-12.5, 180.0));

  const auto bad = ParseSite(kSite, "site.toml",
                             [](const std::string&) -> Result<std::string> { return "x = 1"; });
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().front().line, 4);
  EXPECT_EQ(bad.error().front().field, "site.learned");
  const auto none = ParseSite(kSite, "site.toml", [](const std::string&) -> Result<std::string> {
    return Fail("there is no such file");
  });
  ASSERT_FALSE(none.has_value());
  EXPECT_NE(none.error().front().Text().find("no such file"), std::string::npos);
}

}  // namespace
}  // namespace picket
