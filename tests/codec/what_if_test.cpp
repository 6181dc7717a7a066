// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/what_if.h"

#include <gtest/gtest.h>

#include "picket/codec/site.h"

namespace picket {
namespace {

std::string Said(const std::string& json) {
  const auto read = ReadWhatIf(json);
  return read ? "nothing" : read.error().Text();
}

TEST(WhatIfRequest, ReadsAllOfIt) {
  const auto all = ReadWhatIf(
      R"({"client":"k3","sensor":"radar","at":{"lat_deg":37.5,"lon_deg":-127.25,"height_agl_m":12},
          "class":"fixed_wing","height_agl_m":50,"by_height":true,"picture":"levels",
          "time":"2026-03-01T22:00:00Z"})");
  ASSERT_TRUE(all.has_value()) << all.error().Text();
  EXPECT_EQ(all->client, "k3");
  EXPECT_EQ(all->sensor, "radar");
  ASSERT_TRUE(all->at.has_value());
  EXPECT_EQ(all->at->lat_deg, 37.5);
  EXPECT_EQ(all->at->lon_deg, -127.25);
  EXPECT_EQ(all->at->height_agl_m, 12.0);
  EXPECT_EQ(all->target_class, TargetClass::kFixedWing);
  EXPECT_EQ(all->height_agl_m, 50.0);
  EXPECT_EQ(all->time, Time::Parse("2026-03-01T22:00:00Z"));
  EXPECT_TRUE(all->by_height);
  EXPECT_TRUE(all->levels);
  const auto least = ReadWhatIf("{}");
  ASSERT_TRUE(least.has_value());
  EXPECT_TRUE(least->sensor.empty() && least->preset.empty() && !least->at && !least->by_height);
  EXPECT_FALSE(least->levels || least->time);
  EXPECT_FALSE(ReadWhatIf(R"({"picture":"png"})")->levels);
}

TEST(WhatIfRequest, TellsWhatIsWrong) {
  EXPECT_NE(Said("[]"), "nothing");
  EXPECT_NE(Said(R"({"sensor":"a","preset":"b"})").find("preset: is there beside sensor"),
            std::string::npos);
  EXPECT_NE(Said(R"({"preset":"b"})").find("at: is missing"), std::string::npos);
  const std::string at = R"("at":{"lat_deg":1,"lon_deg":2,"height_agl_m":3})";
  EXPECT_NE(Said("{" + at + "}").find("at: is there without"), std::string::npos);
  EXPECT_NE(Said(R"({"sensor":"a","at":{"lat_deg":91,"lon_deg":2,"height_agl_m":3}})").find("lat"),
            std::string::npos);
  EXPECT_NE(Said(R"({"sensor":"a","at":{"lat_deg":1,"lon_deg":2}})").find("height_agl_m"),
            std::string::npos);
  EXPECT_NE(Said(R"({"sensor":"a","at":{"lat":1}})").find("is not known here"), std::string::npos);
  EXPECT_NE(Said(R"({"sensor":"a","at":[1,2]})").find("is no object"), std::string::npos);
  EXPECT_NE(Said(R"({"class":"zeppelin"})").find("class: is no class"), std::string::npos);
  EXPECT_NE(Said(R"({"height_agl_m":-1})").find("height_agl_m"), std::string::npos);
  EXPECT_NE(Said(R"({"height_agl_m":1,"height_agl_m":1})").find("stands twice"), std::string::npos);
  EXPECT_NE(Said(R"({"by_height":1})").find("neither true nor false"), std::string::npos);
  EXPECT_NE(Said(R"({"time":"tonight"})").find("time: is no time"), std::string::npos);
  EXPECT_NE(Said(R"({"time":22})"), "nothing");
  EXPECT_NE(Said(R"({"picture":"gif"})").find("picture: is neither"), std::string::npos);
  EXPECT_NE(Said(R"({"colour":1})").find("colour: is not known here"), std::string::npos);
  EXPECT_NE(Said("{\"client\":\"" + std::string(kMaxWhatIfBytes, 'a') + "\"}"), "nothing");
}

TEST(PresetSensor, IsThePresetInTheSitesWeather) {
  for (const std::string_view name : PresetNames()) {
    const auto preset = PresetSensor(name, "new", Weather{});
    ASSERT_TRUE(preset.has_value()) << preset.error().Text();
    EXPECT_EQ(preset->sensor.id, "new");
  }
  Weather fog;
  fog.visibility_m = 100.0;
  const auto clear = PresetSensor("camera-day", "a", Weather{});
  const auto foggy = PresetSensor("camera-day", "a", fog);
  ASSERT_TRUE(clear && foggy);
  Sight sight;
  sight.target = TargetClass::kFixedWing;
  sight.range_m = 1000.0;
  EXPECT_LT(foggy->sensor.detect.Physical(sight), 0.1 * clear->sensor.detect.Physical(sight));
  const auto none = PresetSensor("radar-drone", "a", Weather{});
  ASSERT_FALSE(none.has_value());
  EXPECT_NE(none.error().Text().find("did you mean"), std::string::npos);
}

}  // namespace
}  // namespace picket
