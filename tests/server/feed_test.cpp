// SPDX-License-Identifier: Apache-2.0
#include "picket/server/feed.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "server/fixture.h"
#include "server/peer.h"

namespace picket {
namespace {

using nlohmann::json;
using test::Line;
using test::Peer;

class FeedTest : public testing::Test {
 protected:
  void TearDown() override { feeds_.Stop(); }

  tl::expected<void, Error> Start(const InputFeed& feed) {
    Feeds::Options options;
    options.first_retry = Duration::Seconds(0.02);
    options.longest_retry = Duration::Seconds(0.05);
    options.silent_after = Duration::Seconds(2.0);
    options.follow_period = Duration::Seconds(0.01);
    return feeds_.Start({feed}, FeedDecoderFor(site_), service_, options);
  }
  template <typename Condition>
  static bool Soon(const Condition& condition) {
    for (int i = 0; i < 3000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  int Reports() { return json::parse(service_.Health())["reports"]; }

  std::shared_ptr<const PlacedSite> site_ = test::SmallSite();
  test::FakeJournal journal_;
  Service service_{site_, &journal_, {}};
  Feeds feeds_;
};

TEST_F(FeedTest, ReadsReportLinesFromAConnectionAndComesBack) {
  Peer peer;
  InputFeed feed;
  feed.format = "reports";
  feed.tcp = "127.0.0.1:" + std::to_string(peer.port());
  ASSERT_TRUE(Start(feed));
  ASSERT_TRUE(peer.Accept());
  peer.Send(Line("one", 0) + "\nnonsense\n" + Line("one", 1).substr(0, 20));
  EXPECT_TRUE(Soon([&] { return Reports() == 1; }));
  peer.Send(Line("one", 1).substr(20) + "\n");
  EXPECT_TRUE(Soon([&] { return Reports() == 2; }));
  EXPECT_EQ(feeds_.Health().at(0).state, "up");
  EXPECT_EQ(feeds_.Health().at(0).messages, 2U);
  EXPECT_EQ(feeds_.Health().at(0).errors, 1U);
  EXPECT_TRUE(feeds_.Health().at(0).age_s);
  peer.HangUp();
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).reconnects > 0; }));
  ASSERT_TRUE(peer.Accept());
  peer.Send("\n" + Line("one", 2) + "\n");
  EXPECT_TRUE(Soon([&] { return Reports() == 3; }));
  EXPECT_EQ(journal_.kept().at(0).payload, Line("one", 0)) << "recorded as it came";
}

TEST_F(FeedTest, ALineRefusedAsAWholeCountsForTheSensorThatItNames) {
  Peer peer;
  InputFeed feed;
  feed.format = "reports";
  feed.tcp = "127.0.0.1:" + std::to_string(peer.port());
  ASSERT_TRUE(Start(feed));
  ASSERT_TRUE(peer.Accept());
  peer.Send(R"({"time":1,"sensor":"two","detections":[{"range_m":NaN}]})"
            "\n"
            R"({"time":1,"sensor":"two","detections":[{"range_m":-5}]})"
            "\nnonsense\n" +
            Line("one", 0) + "\n");
  ASSERT_TRUE(Soon([&] { return Reports() == 1; }));
  const json health = json::parse(service_.Health());
  EXPECT_EQ(health["sensors"][0]["refused"], 0);
  EXPECT_EQ(health["sensors"][1]["refusals"]["not a sound report"], 2);
  EXPECT_EQ(health["refused"], 3) << "what names nobody counts in total";
  EXPECT_EQ(feeds_.Health().at(0).errors, 3U);
}

TEST_F(FeedTest, KeepsTryingWhereNobodyListens) {
  std::uint16_t port = 0;
  {
    const Peer gone;
    port = gone.port();
  }
  InputFeed feed;
  feed.format = "reports";
  feed.tcp = "127.0.0.1:" + std::to_string(port);
  ASSERT_TRUE(Start(feed));
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).reconnects >= 3; }));
  EXPECT_FALSE(feeds_.Health().at(0).last_error.empty());
}

TEST_F(FeedTest, ASilentConnectionIsMadeAnew) {
  Peer peer;
  InputFeed feed;
  feed.format = "reports";
  feed.tcp = "127.0.0.1:" + std::to_string(peer.port());
  ASSERT_TRUE(Start(feed));
  ASSERT_TRUE(peer.Accept());
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).reconnects > 0; }));
  EXPECT_EQ(feeds_.Health().at(0).last_error, "silent");
}

TEST_F(FeedTest, ReceivesDatagrams) {
  const std::uint16_t port = test::FreeUdpPort();
  InputFeed feed;
  feed.format = "reports";
  feed.udp = "127.0.0.1:" + std::to_string(port);
  ASSERT_TRUE(Start(feed));
  ASSERT_TRUE(Soon([&] { return feeds_.Health().at(0).state == "listening"; }));
  test::SendDatagram(port, Line("one", 0) + "\n");
  test::SendDatagram(port, Line("one", 1) + "\n");
  EXPECT_TRUE(Soon([&] { return Reports() == 2; }));
  EXPECT_EQ(feeds_.Health().at(0).state, "up");
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).state == "silent"; }));
}

TEST_F(FeedTest, FollowsAFileThatGrowsAndOneThatTakesItsPlace) {
  const std::string path = testing::TempDir() + "follow-" + std::to_string(getpid()) + ".jsonl";
  std::remove(path.c_str());
  InputFeed feed;
  feed.format = "reports";
  feed.file = path;
  ASSERT_TRUE(Start(feed));
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).state == "down"; }));
  {
    std::ofstream file(path);
    file << Line("one", 0) << "\n" << std::flush;
    EXPECT_TRUE(Soon([&] { return Reports() == 1; }));
    file << Line("one", 1) << "\n" << std::flush;
    EXPECT_TRUE(Soon([&] { return Reports() == 2; }));
  }
  std::ofstream(path + ".new") << Line("one", 2) << "\n";
  std::rename((path + ".new").c_str(), path.c_str());
  EXPECT_TRUE(Soon([&] { return Reports() == 3; }));
  std::remove(path.c_str());
}

TEST_F(FeedTest, DecodesAdsbAndRecordsTheSourcesBytes) {
  // The two halves of a position of aircraft 40621D, over the Netherlands: the site must be near,
  // for the decoder refuses what no receiver there could hear.
  Peer peer;
  InputFeed feed;
  feed.format = "avr";
  feed.sensor = "one";
  feed.tcp = "127.0.0.1:" + std::to_string(peer.port());
  Site site = site_->site;
  site.origin = {52.2, 3.9, {0.0}};
  auto placed = PlaceSite(std::move(site), Geoid(), std::make_shared<const Terrain>());
  ASSERT_TRUE(placed);
  site_ = std::make_shared<const PlacedSite>(std::move(*placed));
  ASSERT_TRUE(Start(feed));
  ASSERT_TRUE(peer.Accept());
  peer.Send("*8D40621D58C386435CC412692AD6;\n*8D40621D58C382D690C8AC2863A7;\n");
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).messages == 2; }));
  EXPECT_TRUE(Soon([&] { return !journal_.kept().empty(); }));
  const auto kept = journal_.kept();
  ASSERT_GE(kept.size(), 2U);
  EXPECT_EQ(kept[0].kind, EntryKind::kRaw);
  EXPECT_EQ(kept[1].kind, EntryKind::kReport);
  EXPECT_NE(kept[1].payload.find("40621D"), std::string::npos) << kept[1].payload;
}

TEST_F(FeedTest, RefusesFeedsThatMakeNoSense) {
  InputFeed feed;
  feed.format = "carrier pigeon";
  feed.tcp = "127.0.0.1:1";
  EXPECT_FALSE(Start(feed));
  feed.format = "reports";
  feed.tcp = "nowhere";
  EXPECT_FALSE(Start(feed));
  feed.tcp.clear();
  feed.udp = "not-an-address:1234";
  const auto started = Start(feed);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().field, "input[0]");
}

}  // namespace
}  // namespace picket
