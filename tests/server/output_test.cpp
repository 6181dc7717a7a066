// SPDX-License-Identifier: Apache-2.0
#include "picket/server/output.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "picket/codec/asterix.h"
#include "picket/codec/cot.h"
#include "server/fake_backend.h"
#include "server/peer.h"

namespace picket {
namespace {

using test::FakeBackend;

/// A display that receives datagrams.
class Display {
 public:
  Display() : fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
    const sockaddr_in address = test::Loopback(0);
    bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    timeval patience{30, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Display() { close(fd_); }
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;
  [[nodiscard]] std::uint16_t port() const { return test::BoundPort(fd_); }
  std::string Receive() {
    std::string bytes(65536, '\0');
    const ssize_t n = recv(fd_, bytes.data(), bytes.size(), 0);
    bytes.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return bytes;
  }

 private:
  int fd_;
};

OutputFeed Feed(const char* format) {
  OutputFeed feed;
  feed.format = format;
  feed.every_s = 0.1;
  feed.stale_s = 20.0;
  return feed;
}

TEST(Outputs, TracksAreShownAndTakenOff) {
  FakeBackend backend;
  backend.Show({7});
  Display display;
  OutputFeed feed = Feed("cot");
  feed.udp = "127.0.0.1:" + std::to_string(display.port());
  Outputs outputs;
  ASSERT_TRUE(outputs.Start({feed}, backend, {}));
  const auto event = cot::ReadXml(display.Receive());
  ASSERT_TRUE(event);
  const std::string uid = cot::UidPrefix("Small") + "7";
  EXPECT_EQ(event->uid, uid);
  EXPECT_EQ(event->type, "a-u-A-M-H-Q");
  EXPECT_NEAR(*event->ce_m, 2.146 * 2.0, 0.01);
  EXPECT_NEAR(*event->speed_mps, 10.0, 1e-9);
  EXPECT_EQ(event->stale - event->time, Duration::Seconds(20.0));
  backend.Show({});
  std::string type;
  for (int i = 0; i < 20 && type != "t-x-d-d"; ++i) {
    const auto next = cot::ReadXml(display.Receive());
    ASSERT_TRUE(next);
    type = next->type;
    if (type == "t-x-d-d") {
      EXPECT_NE(next->detail.find('"' + uid + '"'), std::string::npos);
    }
  }
  EXPECT_EQ(type, "t-x-d-d");
  // Events are counted once they are sent, which may be after they have come here.
  outputs.Stop();
  EXPECT_EQ(outputs.Health().at(0).state, "up");
  EXPECT_GE(outputs.Health().at(0).messages, 2U);
}

/// What a server receives as XML until `enough`, within 10 s or so.
template <typename Enough>
std::vector<cot::Event> Xml(test::Peer& server, const Enough& enough) {
  std::vector<cot::Event> events;
  cot::CotDecoder decoder({.want_json = false, .want_reports = false}, "cot", false);
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& m) {
    auto event = cot::ReadXml({reinterpret_cast<const char*>(m.raw.data()), m.raw.size()});
    if (event) events.push_back(std::move(*event));
  };
  sink.on_error = [](const Error& e) { ADD_FAILURE() << e.Text(); };
  for (int i = 0; i < 100 && !enough(events); ++i) {
    const std::string bytes = server.Receive();
    decoder.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, std::nullopt,
                 sink);
  }
  return events;
}

cot::Event Control(const char* type, const std::string& detail) {
  cot::Event event;
  event.uid = "protouid";
  event.type = type;
  event.how = "m-g";
  event.detail = "<TakControl>" + detail + "</TakControl>";
  return event;
}

// A stream of TAK begins with XML and goes over to protocol version 1 where the server offers it,
// each time anew.
TEST(Outputs, TakOverAConnectionThatComesBack) {
  FakeBackend backend;
  backend.Show({1, 2});
  test::Peer server;
  OutputFeed feed = Feed("tak");
  feed.tcp = "127.0.0.1:" + std::to_string(server.port());
  Outputs outputs;
  ASSERT_TRUE(outputs.Start({feed}, backend, {}));
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(server.Accept());
    const auto before = Xml(server, [](const auto& events) { return events.size() >= 2; });
    ASSERT_GE(before.size(), 2U);
    EXPECT_EQ(before[0].type, "a-u-A-M-H-Q");
    server.Send(cot::WriteXml(Control("t-x-takp-v", R"(<TakProtocolSupport version="1"/>)")) +
                "\n");
    const auto asked = Xml(server, [](const auto& events) {
      return !events.empty() && events.back().type == "t-x-takp-q";
    });
    ASSERT_FALSE(asked.empty());
    EXPECT_EQ(asked.back().type, "t-x-takp-q") << "and nothing after it";
    EXPECT_EQ(asked.back().uid, "protouid") << "that of the offer";
    server.Send(cot::WriteStreamXml(Control("t-x-takp-r", R"(<TakResponse status="true"/>)")));
    int events = 0;
    cot::CotDecoder decoder({.want_json = false, .want_reports = true}, "cot", false);
    DecodeSink sink;
    sink.on_message = [&](const DecodedMessage& m) {
      events += m.report ? 1 : 0;
      EXPECT_EQ(m.raw[0], 0xBF);
    };
    sink.on_error = [](const Error& e) { ADD_FAILURE() << e.Text(); };
    for (int i = 0; i < 50 && events < 4; ++i) {
      const std::string bytes = server.Receive();
      decoder.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                   std::nullopt, sink);
    }
    EXPECT_GE(events, 4);
    server.HangUp();
  }
  outputs.Stop();
}

TEST(Outputs, TakStaysXmlWhereTheServerRefuses) {
  FakeBackend backend;
  backend.Show({1});
  test::Peer server;
  OutputFeed feed = Feed("tak");
  feed.tcp = "127.0.0.1:" + std::to_string(server.port());
  Outputs outputs;
  ASSERT_TRUE(outputs.Start({feed}, backend, {}));
  ASSERT_TRUE(server.Accept());
  server.Send(cot::WriteXml(Control("t-x-takp-v", R"(<TakProtocolSupport version="1"/>)")));
  const auto asked = Xml(server, [](const auto& events) {
    return !events.empty() && events.back().type == "t-x-takp-q";
  });
  ASSERT_FALSE(asked.empty());
  server.Send(cot::WriteXml(Control("t-x-takp-r", R"(<TakResponse status="false"/>)")));
  const auto after = Xml(server, [](const auto& events) { return events.size() >= 2; });
  EXPECT_GE(after.size(), 2U);
  outputs.Stop();
}

// Each track's way goes out beside it, and both are taken off; over datagrams more than once.
TEST(Outputs, TrailsAreDrawnAndTakenOff) {
  FakeBackend backend;
  backend.Show({7}, 0.0);
  Display display;
  OutputFeed feed = Feed("cot");
  feed.udp = "127.0.0.1:" + std::to_string(display.port());
  feed.trail_s = 60.0;
  Outputs outputs;
  ASSERT_TRUE(outputs.Start({feed}, backend, {}));
  const std::string uid = cot::UidPrefix("Small") + "7";
  const auto next = [&](const std::string& type) {
    for (int i = 0; i < 100; ++i) {
      auto event = cot::ReadXml(display.Receive());
      if (event && event->type == type) return *event;
    }
    return cot::Event();
  };
  EXPECT_NE(next("a-u-A-M-H-Q").detail.find("__bread_crumbs"), std::string::npos);
  backend.Show({7}, 1.0);
  const cot::Event way = next("u-d-f");
  EXPECT_EQ(way.uid, uid + ".way");
  const std::size_t first = way.detail.find("<link point=");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(way.detail.find("<link point=", first + 1), std::string::npos) << "two places";
  backend.Show({}, 2.0);
  int tracks = 0;
  int ways = 0;
  for (int i = 0; i < 6; ++i) {
    const cot::Event gone = next("t-x-d-d");
    tracks += gone.detail.find('"' + uid + '"') != std::string::npos ? 1 : 0;
    ways += gone.detail.find('"' + uid + ".way\"") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(tracks, 3);
  EXPECT_EQ(ways, 3);
  outputs.Stop();
}

TEST(Outputs, AsterixOverUdp) {
  FakeBackend backend;
  backend.Show({7, 8});
  Display display;
  OutputFeed feed = Feed("asterix");
  feed.udp = "127.0.0.1:" + std::to_string(display.port());
  feed.sac = 25;
  feed.sic = 100;
  Outputs outputs;
  ASSERT_TRUE(outputs.Start({feed}, backend, {}));
  std::set<std::string> ids;
  AsterixDecoder decoder({});
  DecodeSink sink;
  bool all_ended = false;
  sink.on_error = [](const Error& e) { ADD_FAILURE() << e.Text(); };
  sink.on_message = [&](const DecodedMessage& m) {
    if (!m.report) return;
    const Detection& d = m.report->detections.at(0);
    ids.insert(d.identity.at(0).second);
    EXPECT_NEAR(d[Component::kVelEast], 10.0, 0.126);
    EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kEast)], 2.0, 0.26);
  };
  for (int i = 0; i < 20 && ids.size() < 2; ++i) {
    const std::string bytes = display.Receive();
    decoder.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                 Time::Parse("2026-03-01T12:00:00Z"), sink);
  }
  EXPECT_EQ(ids, (std::set<std::string>{"asterix-25-100/7", "asterix-25-100/8"}));
  backend.Show({});
  for (int i = 0; i < 50 && !all_ended; ++i) {
    const std::string bytes = display.Receive();
    decoder.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                 Time::Parse("2026-03-01T12:00:00Z"), sink);
    all_ended = decoder.counts().not_targets == 2;
  }
  EXPECT_TRUE(all_ended);
  outputs.Stop();
}

TEST(Outputs, RefusesWhatIsNoAddress) {
  FakeBackend backend;
  OutputFeed feed = Feed("cot");
  feed.udp = "nowhere:99";
  Outputs outputs;
  const auto started = outputs.Start({feed}, backend, {});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().field, "output[0]");
}

}  // namespace
}  // namespace picket
