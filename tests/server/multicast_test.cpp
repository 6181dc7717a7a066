// SPDX-License-Identifier: Apache-2.0
// Datagrams to a multicast group and from it, over the loopback interface: what an output of one
// site sends becomes reports of another's.

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "picket/io/clock.h"
#include "picket/io/site.h"
#include "picket/server/feed.h"
#include "picket/server/output.h"
#include "server/fake_backend.h"
#include "server/fixture.h"
#include "server/peer.h"

namespace picket {
namespace {

constexpr const char* kGroup = "239.255.77.3";  // of an organisation's own scope (RFC 2365)

/// Whether a datagram that is sent to a group on the loopback interface comes back at all: some
/// containers have no multicast.
bool MulticastWorks() {
  const int in = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in group = test::Loopback(0);
  inet_pton(AF_INET, kGroup, &group.sin_addr);
  ip_mreq join{group.sin_addr, {htonl(INADDR_LOOPBACK)}};
  timeval patience{5, 0};
  bool works = bind(in, reinterpret_cast<const sockaddr*>(&group), sizeof group) == 0 &&
               setsockopt(in, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join) == 0 &&
               setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0;
  group.sin_port = htons(test::BoundPort(in));
  const int out = socket(AF_INET, SOCK_DGRAM, 0);
  works = works &&
          setsockopt(out, IPPROTO_IP, IP_MULTICAST_IF, &join.imr_interface,
                     sizeof join.imr_interface) == 0 &&
          sendto(out, "x", 1, 0, reinterpret_cast<const sockaddr*>(&group), sizeof group) == 1;
  char byte = 0;
  works = works && recv(in, &byte, 1, 0) == 1;
  close(in);
  close(out);
  return works;
}

class MulticastTest : public testing::TestWithParam<const char*> {};

TEST_P(MulticastTest, FromOneSiteToAnother) {
  if (!MulticastWorks()) GTEST_SKIP() << "no multicast over the loopback interface here";
  const std::string format = GetParam();
  const std::string where = std::string(kGroup) + ":" + std::to_string(test::FreeUdpPort());

  Site site = test::SmallSite()->site;
  site.name = "Neighbour";
  const std::string sensor = format == "asterix" ? "asterix-25-100" : "cot";
  AddReceiver(site, sensor);
  auto placed = PlaceSite(std::move(site), Geoid(), std::make_shared<const Terrain>());
  ASSERT_TRUE(placed);
  const auto neighbour = std::make_shared<const PlacedSite>(std::move(*placed));
  test::FakeJournal journal;
  Service service(neighbour, &journal, {});
  Feeds feeds;
  InputFeed input;
  input.format = format == "asterix" ? "asterix" : "cot";
  input.udp = where;
  input.multicast.interface = "127.0.0.1";
  ASSERT_TRUE(feeds.Start({input}, FeedDecoderFor(neighbour), service, {}));
  const auto soon = [](const auto& condition) {
    for (int i = 0; i < 6000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  };
  ASSERT_TRUE(soon([&] { return feeds.Health().at(0).state == "listening"; }))
      << feeds.Health().at(0).last_error;

  test::FakeBackend backend;
  backend.ShowAt({7, 8}, WallClock());  // ASTERIX tells the time of day alone
  OutputFeed output;
  output.format = format;
  output.udp = where;
  output.every_s = 0.1;
  output.sac = 25;
  output.sic = 100;
  output.multicast.interface = "127.0.0.1";
  Outputs outputs;
  ASSERT_TRUE(outputs.Start({output}, backend, {}));
  EXPECT_TRUE(soon([&] { return feeds.Health().at(0).messages >= 4; }));
  EXPECT_TRUE(soon([&] {
    for (const auto& entry : journal.kept()) {
      if (entry.kind == EntryKind::kReport && entry.payload.find(sensor) != std::string::npos) {
        return true;
      }
    }
    return false;
  }));
  EXPECT_EQ(feeds.Health().at(0).errors, 0U) << feeds.Health().at(0).last_error;
  outputs.Stop();
  feeds.Stop();
}

INSTANTIATE_TEST_SUITE_P(Formats, MulticastTest, testing::Values("cot", "tak", "asterix"),
                         [](const auto& each) { return std::string(each.param); });

// Of a group that both read and write, our own tracks are no news.
TEST(Multicast, OurOwnTracksComeBackAndAreNoReports) {
  if (!MulticastWorks()) GTEST_SKIP() << "no multicast over the loopback interface here";
  const std::string where = std::string(kGroup) + ":" + std::to_string(test::FreeUdpPort());
  Site site = test::SmallSite()->site;
  AddReceiver(site, "cot");
  auto placed = PlaceSite(std::move(site), Geoid(), std::make_shared<const Terrain>());
  ASSERT_TRUE(placed);
  const auto own = std::make_shared<const PlacedSite>(std::move(*placed));
  test::FakeJournal journal;
  Service service(own, &journal, {});
  Feeds feeds;
  InputFeed input;
  input.format = "cot";
  input.udp = where;
  input.multicast.interface = "127.0.0.1";
  ASSERT_TRUE(feeds.Start({input}, FeedDecoderFor(own), service, {}));
  test::FakeBackend backend;
  backend.Show({7});
  OutputFeed output;
  output.format = "cot";
  output.udp = where;
  output.every_s = 0.1;
  output.multicast.interface = "127.0.0.1";
  Outputs outputs;
  ASSERT_TRUE(outputs.Start({output}, backend, {}));
  for (int i = 0; i < 6000 && feeds.Health().at(0).messages < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_GE(feeds.Health().at(0).messages, 3U);
  outputs.Stop();
  feeds.Stop();
  for (const auto& entry : journal.kept()) EXPECT_NE(entry.kind, EntryKind::kReport);
}

}  // namespace
}  // namespace picket
