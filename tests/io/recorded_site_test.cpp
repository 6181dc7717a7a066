// SPDX-License-Identifier: Apache-2.0
#include "picket/io/recorded_site.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <string>

namespace picket {
namespace {

constexpr const char* kText = R"([site]
name = "Hill"
origin = { lat = 37.5, lon = 127.0, height_hae_m = 60.0 }
region = { radius_m = 2000 }

[[sensor]]
id = "mast"
kind = "radar"
at = { lat = 37.501, lon = 127.001, height_agl_m = 12.0 }
period_s = 1.0
measures = ["range", "azimuth"]
sd = { range_m = 15.0, azimuth_deg = 0.5 }
field = { max_range_m = 1500, azimuth_deg = [0, 360], elevation_deg = [-5, 45] }
detect = { model = "constant", probability = 0.9 }
clutter = { per_look = 1 }

[[area]]
name = "Zone"
file = "zone.geojson"
alert = "enter"
)";
constexpr const char* kZone =
    R"({"type":"Polygon","coordinates":[[[127,37.5],[127.01,37.5],[127.01,37.51],[127,37.5]]]})";

class RecordedSiteTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "recorded-site-" + std::to_string(getpid()) + ".gpkg";
    std::remove(path_.c_str());
    auto recording = Recording::Create(path_);
    ASSERT_TRUE(recording) << recording.error().Text();
    recording_ = std::make_unique<Recording>(std::move(*recording));
  }
  void TearDown() override {
    recording_.reset();
    std::remove(path_.c_str());
  }

  /// A hill whose heights no decimal number gives exactly, with a hole in it.
  static std::shared_ptr<const PlacedSite> Place(float peak_m) {
    Terrain::Grid grid;
    grid.columns = 101;
    grid.rows = 81;
    grid.cell_m = 50.0 + 1.0 / 3.0;
    grid.west_m = -2516.7;
    grid.north_m = 2013.3;
    for (int i = 0; i < grid.columns * grid.rows; ++i) {
      grid.hae_m.push_back(peak_m * static_cast<float>(std::sin(0.001 * i)) / 3.0F + 70.0F);
    }
    grid.hae_m[17] = std::nanf("");
    auto site =
        ParseSite(kText, "test", [](const std::string&) { return Result<std::string>(kZone); });
    if (!site) return nullptr;
    const Geodetic origin = site->origin;
    auto placed =
        PlaceSite(std::move(*site), Geoid(),
                  std::make_shared<const Terrain>(std::move(grid), origin.height, origin.lat_deg));
    return placed ? std::make_shared<const PlacedSite>(std::move(*placed)) : nullptr;
  }
  static RunInfo Info() {
    RunInfo run;
    run.version = "0.1";
    run.mode = "run";
    run.every_s = 2.0;
    run.files["zone.geojson"] = kZone;
    return run;
  }
  std::int64_t Count(EntryKind kind) {
    std::int64_t count = 0;
    EntryFilter filter;
    filter.kind = kind;
    EXPECT_TRUE(recording_->ForEach(filter, [&](const EntryView&) {
      ++count;
      return true;
    }));
    return count;
  }
  void AppendReport() {
    const NewEntry entry{EntryKind::kReport, Time::Ns(1), "{}"};
    ASSERT_TRUE(recording_->Append({&entry, 1}));
  }

  std::string path_;
  std::unique_ptr<Recording> recording_;
};

TEST_F(RecordedSiteTest, ARunGivesItsSiteAndGroundBackToTheBit) {
  const auto site = Place(30.0F);
  ASSERT_NE(site, nullptr);
  RunInfo info = Info();
  info.receivers = {"adsb"};
  ASSERT_TRUE(RecordRun(*recording_, *site, info, Time::Ns(1)));
  AppendReport();
  const auto runs = RecordedRuns(*recording_);
  ASSERT_TRUE(runs) << runs.error().Text();
  ASSERT_EQ(runs->size(), 1U);
  EXPECT_EQ(runs->front().info.mode, "run");
  EXPECT_EQ(runs->front().info.every_s, 2.0);
  EXPECT_EQ(runs->front().last - runs->front().first, 0) << "the one report";
  const auto again = RecordedSite(*recording_, runs->front());
  ASSERT_TRUE(again) << again.error().front().Text();
  EXPECT_EQ((*again)->site.text, site->site.text);
  ASSERT_EQ((*again)->site.areas.size(), 1U);
  EXPECT_EQ((*again)->site.areas[0].rings_lon_lat, site->site.areas[0].rings_lon_lat);
  ASSERT_EQ((*again)->sensor_names.size(), 2U);
  EXPECT_EQ((*again)->sensor_names[1], "adsb");
  EXPECT_EQ((*again)->field->sensor(0).p_LS_L, site->field->sensor(0).p_LS_L);
  const Terrain::GridView& before = site->field->terrain().grid();
  const Terrain::GridView& after = (*again)->field->terrain().grid();
  EXPECT_EQ(after.columns, before.columns);
  EXPECT_EQ(after.cell_m, before.cell_m);
  EXPECT_EQ(after.west_m, before.west_m);
  EXPECT_EQ(after.north_m, before.north_m);
  ASSERT_EQ(after.hae_m.size(), before.hae_m.size());
  EXPECT_TRUE(std::isnan(after.hae_m[17]));
  EXPECT_EQ(after.hae_m[4000], before.hae_m[4000]);
}

TEST_F(RecordedSiteTest, AnotherRunHoldsTheGroundAgainOnlyIfItChanged) {
  ASSERT_TRUE(RecordRun(*recording_, *Place(30.0F), Info(), Time::Ns(1)));
  AppendReport();
  ASSERT_TRUE(RecordRun(*recording_, *Place(30.0F), Info(), Time::Ns(2)));
  AppendReport();
  EXPECT_EQ(Count(EntryKind::kTerrain), 1);
  ASSERT_TRUE(RecordRun(*recording_, *Place(31.0F), Info(), Time::Ns(3)));
  EXPECT_EQ(Count(EntryKind::kTerrain), 2);
  const auto runs = RecordedRuns(*recording_);
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->size(), 3U);
  EXPECT_EQ((*runs)[0].terrain, (*runs)[1].terrain);
  EXPECT_GT((*runs)[2].terrain, (*runs)[1].terrain);
  EXPECT_EQ((*runs)[0].last, (*runs)[1].site - 1);
  EXPECT_EQ((*runs)[2].last, recording_->head().sequence);
}

TEST_F(RecordedSiteTest, WhatIsNotSoundIsAnError) {
  EXPECT_FALSE(RecordedRuns(*recording_)) << "no run in it";
  const NewEntry run{EntryKind::kRun, Time::Ns(1), R"({"version":"0.1"})"};
  ASSERT_TRUE(recording_->Append({&run, 1}));
  EXPECT_FALSE(RecordedRuns(*recording_)) << "a run that says too little";
}

}  // namespace
}  // namespace picket
