// SPDX-License-Identifier: Apache-2.0
#include "picket/server/replayer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "picket/io/clock.h"
#include "picket/server/journal.h"
#include "picket/server/service.h"
#include "server/fixture.h"

namespace picket {
namespace {

using nlohmann::json;

// The text that SmallSite would have been read from.
constexpr const char* kSiteText = R"([site]
name = "Small"
origin = { lat = 37.5, lon = 127.0, height_hae_m = 60.0 }
region = { radius_m = 20000 }

[[sensor]]
id = "one"
kind = "position"
at = { east_m = 0.0, north_m = 0.0, up_m = 0.0 }
period_s = 1.0
measures = ["east", "north", "up"]
sd = { east_m = 5.0, north_m = 5.0, up_m = 5.0 }
field = { east_m = [-15000, 15000], north_m = [-15000, 15000] }
detect = { model = "constant", probability = 0.95 }
clutter = { per_look = 0.01 }
)";

class ReplayerTest : public testing::Test {
 protected:
  static constexpr int kSeconds = 60;

  void SetUp() override {
    path_ = testing::TempDir() + "replayer-" + std::to_string(getpid()) + ".gpkg";
    std::remove(path_.c_str());
    auto site = ParseSite(kSiteText, "test", [](const std::string& name) {
      return Result<std::string>(Fail("no such file: " + name));
    });
    ASSERT_TRUE(site) << site.error().front().Text();
    auto placed = PlaceSite(std::move(*site), Geoid(), std::make_shared<const Terrain>());
    ASSERT_TRUE(placed);
    site_ = std::make_shared<const PlacedSite>(std::move(*placed));
    auto recording = Recording::Create(path_);
    ASSERT_TRUE(recording) << recording.error().Text();
    ASSERT_TRUE(RecordRun(*recording, *site_, {.version = "1", .mode = "run"}, WallClock()));
    RecordingJournal journal(std::move(*recording), "test.gpkg");
    Service service(site_, &journal, {});
    std::vector<LiveReport> reports;
    for (int t = 0; t < kSeconds; ++t) {
      reports.push_back(test::Live(test::Line("one", t, t < 30 ? 1 : 2)));
    }
    ASSERT_TRUE(service.TrySubmit(reports, [](const Outcome&) {}));
    service.Stop();
    ASSERT_TRUE(journal.recorder().Close());
  }
  void TearDown() override { std::remove(path_.c_str()); }

  void Start(double speed) {
    auto recording = Recording::OpenRead(path_);
    ASSERT_TRUE(recording) << recording.error().Text();
    const auto runs = RecordedRuns(*recording);
    ASSERT_TRUE(runs) << runs.error().Text();
    ASSERT_EQ(runs->size(), 1U);
    const auto site = RecordedSite(*recording, runs->front());
    ASSERT_TRUE(site) << site.error().front().Text();
    EXPECT_EQ((*site)->site.name, "Small");
    auto started = Replayer::Start(std::move(*recording), runs->front(), *site,
                                   {.version = "1", .file = "test.gpkg", .speed = speed});
    ASSERT_TRUE(started) << started.error().Text();
    replayer_ = std::move(*started);
  }
  json State() { return json::parse(replayer_->ReplayState()); }
  json Picture() {
    json picture;
    replayer_->AskPicture([&](const std::string& text) { picture = json::parse(text); });
    return picture;
  }
  static std::string At(double t_s) {
    return (Time::Ns(test::kStartS * 1'000'000'000) + Duration::Seconds(t_s)).Text();
  }
  /// Waits until the picture is that of the moment.
  bool Reaches(double t_s) {
    for (int i = 0; i < 1500; ++i) {
      if (Picture()["time"] == At(t_s)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  /// Waits until the engine has taken what the picture shows: before, that is the recorded one.
  bool CatchesUp() {
    for (int i = 0; i < 1500 && !replayer_->CaughtUp(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return replayer_->CaughtUp();
  }

  std::string path_;
  std::shared_ptr<const PlacedSite> site_;
  std::unique_ptr<Replayer> replayer_;
};

TEST_F(ReplayerTest, PlaysToTheEndAndStaysThere) {
  Start(300.0);
  EXPECT_EQ(State()["from"], At(0));
  EXPECT_EQ(State()["to"], At(kSeconds - 1));
  EXPECT_TRUE(Reaches(kSeconds - 1));
  EXPECT_TRUE(CatchesUp());
  EXPECT_EQ(Picture()["tracks"].size(), 2U);
  EXPECT_EQ(State()["at"], At(kSeconds - 1));
  json health = json::parse(replayer_->Health());
  EXPECT_EQ(health["mode"], "replay");
  EXPECT_EQ(health["reports"], kSeconds);
  EXPECT_EQ(health["sensors"][0]["state"], "up");
}

TEST_F(ReplayerTest, PausesAndSeeksBothWays) {
  Start(1.0);
  ASSERT_TRUE(replayer_->ChangeReplay(R"({"paused":true,"at":")" + At(50) + "\"}"));
  EXPECT_TRUE(Reaches(50));
  EXPECT_EQ(Picture()["tracks"].size(), 2U);
  ASSERT_TRUE(replayer_->ChangeReplay(R"({"at":")" + At(20) + "\"}"));
  EXPECT_TRUE(Reaches(20));
  EXPECT_EQ(Picture()["tracks"].size(), 1U);
  EXPECT_EQ(State()["paused"], true);
  EXPECT_EQ(State()["at"], At(20));
  // Beyond the ends is at the ends.
  ASSERT_TRUE(replayer_->ChangeReplay(R"({"at":"2100-01-01T00:00:00Z"})"));
  EXPECT_TRUE(Reaches(kSeconds - 1));
}

TEST_F(ReplayerTest, NoSensorIsSilentWhileTheEngineCatchesUp) {
  Start(0.001);
  for (const double to : {50.0, 10.0, 59.0, 30.0}) {
    ASSERT_TRUE(replayer_->ChangeReplay(R"({"at":")" + At(to) + "\"}"));
    bool behind = true;
    for (int i = 0; i < 10'000 && behind; ++i) {
      behind = State()["catching_up"];
      EXPECT_NE(json::parse(replayer_->Health())["sensors"][0]["state"], "silent");
      if (behind) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_FALSE(behind);
    EXPECT_TRUE(replayer_->CaughtUp());
    EXPECT_EQ(json::parse(replayer_->Health())["reports"], to + 1);
  }
}

TEST_F(ReplayerTest, ShowsTheTracksThatWereRecorded) {
  Start(1.0);
  ASSERT_TRUE(replayer_->ChangeReplay(R"({"paused":true,"at":")" + At(40) + "\"}"));
  EXPECT_TRUE(Reaches(40));
  EXPECT_TRUE(CatchesUp());
  json replayed = Picture();
  auto recording = Recording::OpenRead(path_);
  ASSERT_TRUE(recording);
  EntryFilter filter;
  filter.kind = EntryKind::kPicture;
  json recorded;
  ASSERT_TRUE(recording->ForEach(filter, [&](const EntryView& entry) {
    json picture = json::parse(entry.payload);
    if (picture["time"] == At(40)) recorded = picture;
    return true;
  }));
  for (json& track : recorded["tracks"]) track.erase("cov");
  EXPECT_EQ(replayed, recorded);
}

TEST_F(ReplayerTest, ShowsWhereTheUnseenMayHaveBeenAsWasRecorded) {
  auto recording = Recording::OpenRead(path_);
  ASSERT_TRUE(recording);
  EntryFilter filter;
  filter.kind = EntryKind::kUnseen;
  std::vector<std::string> recorded;
  ASSERT_TRUE(recording->ForEach(filter, [&](const EntryView& entry) {
    recorded.emplace_back(entry.payload);
    return true;
  }));
  ASSERT_GE(recorded.size(), 1U);
  const json last = json::parse(recorded.back());
  const Time time = *Time::Parse(last["time"].get<std::string>());
  Start(1.0);
  ASSERT_TRUE(replayer_->ChangeReplay(R"({"paused":true,"at":")" + time.Text() + "\"}"));
  std::string shown;
  for (int i = 0; i < 6000 && shown != recorded.back(); ++i) {
    replayer_->AskUnseen([&](const std::string& text) { shown = text; });
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(shown, recorded.back());
}

TEST_F(ReplayerTest, ChangesSpeed) {
  Start(0.001);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LT(State()["at"].get<std::string>(), At(1));
  ASSERT_TRUE(replayer_->ChangeReplay(R"({"speed":1000})"));
  EXPECT_TRUE(Reaches(kSeconds - 1));
  EXPECT_EQ(State()["speed"], 1000.0);
}

TEST_F(ReplayerTest, RefusesWhatItCannotDo) {
  Start(1.0);
  for (const char* bad :
       {"", "[]", "{\"at\":1}", "{\"at\":\"yesterday\"}", "{\"speed\":0}", "{\"speed\":-1}",
        "{\"speed\":1e9}", "{\"speed\":\"fast\"}", "{\"paused\":1}", "{\"loop\":true}"}) {
    EXPECT_FALSE(replayer_->ChangeReplay(bad)) << bad;
  }
  EXPECT_EQ(State()["speed"], 1.0);
}

}  // namespace
}  // namespace picket
