// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "codec/sapient_messages.h"
#include "picket/io/clock.h"
#include "picket/io/site.h"
#include "picket/server/feed.h"
#include "server/fixture.h"
#include "server/peer.h"

namespace picket {
namespace {

namespace wire = sapient::testing;
using nlohmann::json;

/// A SAPIENT sensor of the outside: a socket and the generated classes, nothing of ours.
class Sensor {
 public:
  explicit Sensor(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = test::Loopback(port);
    timeval patience{30, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Sensor() { close(fd_); }
  Sensor(const Sensor&) = delete;
  Sensor& operator=(const Sensor&) = delete;
  [[nodiscard]] bool connected() const { return connected_; }
  void Send(const wire::pb::SapientMessage& message) { SendBytes(wire::Framed(message)); }
  void SendBytes(const std::string& bytes) { send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  /// The next message of the other side; without content if none comes.
  wire::pb::SapientMessage Receive() {
    wire::pb::SapientMessage message;
    const std::string head = Exactly(4);
    if (head.size() < 4) return message;
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      length |= static_cast<std::uint32_t>(static_cast<unsigned char>(head[i])) << (8 * i);
    }
    EXPECT_TRUE(message.ParseFromString(Exactly(length)));
    return message;
  }
  bool Closed() {
    char byte = 0;
    return recv(fd_, &byte, 1, 0) == 0;
  }

 private:
  std::string Exactly(std::size_t size) {
    std::string bytes(size, '\0');
    const ssize_t n = recv(fd_, bytes.data(), size, MSG_WAITALL);
    bytes.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return bytes;
  }
  int fd_;
  bool connected_ = false;
};

class SapientFeedTest : public testing::Test {
 protected:
  SapientFeedTest() {
    Site site = test::SmallSite()->site;
    AddReceiver(site, "sapient");
    auto placed = PlaceSite(std::move(site), Geoid(), std::make_shared<const Terrain>());
    EXPECT_TRUE(placed);
    site_ = std::make_shared<const PlacedSite>(std::move(*placed));
    service_ = std::make_unique<Service>(site_, &journal_, Service::Options{});
    {
      const test::Peer free;
      port_ = free.port();
    }
    InputFeed feed;
    feed.format = "sapient";
    feed.listen = "127.0.0.1:" + std::to_string(port_);
    Feeds::Options options;
    options.sapient = SapientSiteOf(site_->site);
    options.silent_after = Duration::Seconds(5.0);
    EXPECT_TRUE(feeds_.Start({feed}, FeedDecoderFor(site_), *service_, options));
    EXPECT_TRUE(InTime([&] { return feeds_.Health().at(0).state == "listening"; }));
  }
  ~SapientFeedTest() override { feeds_.Stop(); }

  template <typename Condition>
  static bool InTime(const Condition& condition) {
    for (int i = 0; i < 1500; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  std::size_t Tracks() {
    json picture;
    std::atomic<bool> answered{false};
    service_->AskPicture([&](std::string text) {
      picture = json::parse(text);
      answered = true;
    });
    EXPECT_TRUE(InTime([&] { return answered.load(); }));
    return picture["tracks"].size();
  }

  std::shared_ptr<const PlacedSite> site_;
  test::FakeJournal journal_;
  std::unique_ptr<Service> service_;
  Feeds feeds_;
  std::uint16_t port_ = 0;
};

TEST_F(SapientFeedTest, ASensorThatNobodyKnewIsOnTheMap) {
  Sensor sensor(port_);
  ASSERT_TRUE(sensor.connected());
  sensor.Send(wire::RegistrationAt(WallClock()));
  EXPECT_TRUE(sensor.Receive().registration_ack().acceptance());
  auto status = wire::StatusAt(WallClock());
  wire::SetPlace(*status.mutable_status_report()->mutable_node_location(), 37.505, 127.0, 80.0);
  sensor.Send(status);
  EXPECT_TRUE(InTime([&] { return service_->field()->sensors().size() == 4; }));
  EXPECT_EQ(service_->field()->sensor(3).id, wire::kNode);
  const Time first = WallClock();
  EXPECT_TRUE(InTime([&] {
    const Time now = WallClock();
    sensor.Send(wire::DetectionAt(now, 37.51 + 1e-4 * (now - first).s(), 127.01, 150.0));
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    return Tracks() == 1;
  }));
  EXPECT_EQ(feeds_.Health().at(0).state, "up");
  EXPECT_EQ(feeds_.Health().at(0).errors, 0U);
  const auto state = [&] {
    return json::parse(service_->Health())["sensors"].at(3)["state"].get<std::string>();
  };
  EXPECT_TRUE(InTime([&] {
    sensor.Send(wire::StatusAt(WallClock()));  // far from the site, where it cannot be
    return state() == "up";
  }));
  EXPECT_NEAR(service_->field()->sensor(3).p_LS_L.y(), 555.0, 5.0);
}

TEST_F(SapientFeedTest, ASensorThatIsGoneIsDown) {
  auto sensor = std::make_unique<Sensor>(port_);
  sensor->Send(wire::RegistrationAt(WallClock()));
  auto status = wire::StatusAt(WallClock());
  wire::SetPlace(*status.mutable_status_report()->mutable_node_location(), 37.505, 127.0, 80.0);
  sensor->Send(status);
  EXPECT_TRUE(InTime([&] { return service_->field()->sensors().size() == 4; }));
  EXPECT_TRUE(service_->field()->sensor(3).up);
  sensor.reset();
  EXPECT_TRUE(InTime([&] { return !service_->field()->sensor(3).up; }));
  Sensor again(port_);
  again.Send(wire::RegistrationAt(WallClock()));
  again.Send(status);
  EXPECT_TRUE(InTime([&] { return service_->field()->sensor(3).up; }));
  EXPECT_EQ(service_->field()->sensors().size(), 4U);
}

TEST_F(SapientFeedTest, ManySensorsEachWithItsOwnConversation) {
  Sensor one(port_);
  Sensor two(port_);
  one.Send(wire::RegistrationAt(WallClock()));
  EXPECT_TRUE(one.Receive().has_registration_ack());
  two.Send(wire::DetectionAt(WallClock(), 37.51, 127.01, 150.0));
  EXPECT_TRUE(two.Receive().has_error()) << "not registered on this connection";
  one.Send(wire::StatusAt(WallClock()));
  auto alert = wire::Message(WallClock());
  alert.mutable_alert()->set_alert_id(wire::kUlid);
  one.Send(alert);
  EXPECT_TRUE(one.Receive().has_alert_ack());
}

TEST_F(SapientFeedTest, WhoSendsNoneOfItIsLetGoAndOthersGoOn) {
  Sensor good(port_);
  good.Send(wire::RegistrationAt(WallClock()));
  EXPECT_TRUE(good.Receive().has_registration_ack());
  Sensor bad(port_);
  bad.SendBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(bad.Closed());
  good.Send(wire::DetectionAt(WallClock(), 37.51, 127.01, 150.0));
  EXPECT_TRUE(InTime([&] { return json::parse(service_->Health())["reports"] == 1; }));
  EXPECT_GE(feeds_.Health().at(0).errors, 1U);
}

}  // namespace
}  // namespace picket
