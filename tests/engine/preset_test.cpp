// SPDX-License-Identifier: Apache-2.0
#include "picket/engine/preset.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace picket {
namespace {

TEST(PresetOf, IsASensorOfTheSite) {
  Site site;
  site.origin = {48.0, 9.0, HeightHae{400.0}};
  auto placed = PlaceSite(std::move(site), Geoid(), std::make_shared<const Terrain>());
  ASSERT_TRUE(placed);
  const auto radar = PresetOf(*placed, "radar-drone-x", "mine", {});
  ASSERT_TRUE(radar) << radar.error().Text();
  EXPECT_EQ(radar->id, "mine");
  EXPECT_EQ(radar->look, LookKind::kScan);
  EXPECT_EQ(radar->course, nullptr);
  const auto time = Time::Parse("2026-03-01T22:00:00Z");
  ASSERT_TRUE(time);
  const auto by_night = PresetOf(*placed, "camera-day", "eye", time);
  ASSERT_TRUE(by_night) << by_night.error().Text();
  EXPECT_NE(by_night->course, nullptr) << "its light goes with the time";

  const auto none = PresetOf(*placed, "telescope", "x", {});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().Text().find("is no preset that is known"), std::string::npos)
      << none.error().Text();
  const auto hears = PresetOf(*placed, "remote-id-receiver", "x", {});
  ASSERT_FALSE(hears);
  EXPECT_NE(hears.error().Text().find("only hears targets"), std::string::npos);
}

}  // namespace
}  // namespace picket
