// SPDX-License-Identifier: Apache-2.0
#include "picket/server/output.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "picket/codec/cot.h"
#include "server/fixture.h"
#include "server/peer.h"

namespace picket {
namespace {

/// Shows what it is told to show.
class FakeBackend : public Backend {
 public:
  [[nodiscard]] ServiceMode mode() const override { return ServiceMode::kRun; }
  [[nodiscard]] const PlacedSite& site() const override { return *site_; }
  [[nodiscard]] StreamHub& hub() override { return hub_; }
  [[nodiscard]] std::string Health() override { return "{}"; }
  [[nodiscard]] std::string Alerts() override { return "{}"; }
  void AskPicture(std::function<void(std::string)> done) override {
    const std::scoped_lock lock(mutex_);
    done(picture_);
  }
  void AskUnseen(std::function<void(std::string)> done) override { done("{}"); }
  void Show(const std::vector<std::uint64_t>& ids) {
    Picture picture;
    picture.time = *Time::Parse("2026-03-01T12:00:00Z");
    for (const std::uint64_t id : ids) {
      Track track;
      track.id = id;
      track.confirmed = true;
      track.existence = 1.0;
      track.mean << 100.0, 200.0, 50.0, 10.0, 0.0, 0.0;
      track.covariance = StateCovariance::Identity() * 4.0;
      track.class_probability[0] = 0.9;
      picture.tracks.push_back(track);
    }
    const std::scoped_lock lock(mutex_);
    picture_ = WritePicture(picture, site_->frame, site_->field->sensors(), false);
  }

 private:
  std::shared_ptr<const PlacedSite> site_ = test::SmallSite();
  StreamHub hub_;
  std::mutex mutex_;
  std::string picture_;
};

/// A display that receives datagrams.
class Display {
 public:
  Display() : fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
    const sockaddr_in address = test::Loopback(0);
    bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    timeval patience{5, 0};
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
  EXPECT_EQ(event->uid, "picket.7");
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
      EXPECT_NE(next->detail.find("\"picket.7\""), std::string::npos);
    }
  }
  EXPECT_EQ(type, "t-x-d-d");
  // Events are counted once they are sent, which may be after they have come here.
  outputs.Stop();
  EXPECT_EQ(outputs.Health().at(0).state, "up");
  EXPECT_GE(outputs.Health().at(0).messages, 2U);
}

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
    int events = 0;
    cot::CotDecoder decoder({.want_json = false, .want_reports = true}, "cot", false);
    DecodeSink sink;
    sink.on_message = [&](const DecodedMessage& m) { events += m.report ? 1 : 0; };
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
