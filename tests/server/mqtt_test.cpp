// SPDX-License-Identifier: Apache-2.0
#include "server/mqtt.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <deque>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "picket/codec/sensor_change.h"
#include "picket/io/clock.h"
#include "picket/server/output.h"
#include "server/fixture.h"
#include "server/peer.h"

namespace picket {
namespace {

using nlohmann::json;

/// As much of a broker as these tests need (MQTT 3.1.1, section 3): one client at a time, whose
/// messages are kept and acknowledged, and which is sent again what it did not acknowledge. The
/// whole of one is in tests/e2e/mqtt.sh.
class Broker {
 public:
  Broker() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    const sockaddr_in address = test::Loopback(0);
    bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    listen(listener_, 4);
    thread_ = std::thread([this] { Run(); });
  }
  ~Broker() {
    ending_ = true;
    thread_.join();
    close(listener_);
  }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(test::BoundPort(listener_));
  }
  /// What CONNECT is answered with, and a subscription.
  std::atomic<int> connack{0};
  std::atomic<int> granted{1};
  void HangUp() { hang_up_ = true; }
  /// While it stands still nothing is read and nothing said, and no connection is closed.
  std::atomic<bool> frozen{false};
  void Publish(const std::string& topic, const std::string& payload) {
    const std::string packet = Packet('\x32', Text(topic) + std::string("\0\7", 2) + payload);
    const std::scoped_lock lock(mutex_);
    unacknowledged_.push_back(packet);
    outbox_ += packet;
  }
  std::vector<std::string> Received(const std::string& topic) {
    const std::scoped_lock lock(mutex_);
    return received_[topic];
  }
  std::string connect() {
    const std::scoped_lock lock(mutex_);
    return connect_;
  }
  std::vector<std::string> subscriptions() {
    const std::scoped_lock lock(mutex_);
    return subscriptions_;
  }
  [[nodiscard]] int acknowledged() const { return acknowledged_; }
  [[nodiscard]] int asked() const { return asked_; }

 private:
  static std::string Text(const std::string& text) {
    const char size[2] = {static_cast<char>(text.size() >> 8U), static_cast<char>(text.size())};
    return std::string(size, 2) + text;
  }
  static std::string Packet(char head, const std::string& body) {
    std::string packet(1, head);
    for (std::size_t left = body.size(); packet.size() < 2 || left > 0; left /= 128) {
      packet += static_cast<char>(left % 128 | (left >= 128 ? 128U : 0U));
    }
    return packet + body;
  }
  static std::string TextAt(const std::string& body, std::size_t at) {
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(body.at(at))) << 8U |
                      static_cast<unsigned char>(body.at(at + 1));
    return body.substr(at + 2, size);
  }

  void Run() {
    while (!ending_) {
      pollfd ready{listener_, POLLIN, 0};
      if (poll(&ready, 1, 10) <= 0) continue;
      const int fd = accept(listener_, nullptr, nullptr);
      Serve(fd);
      close(fd);
    }
  }
  void Serve(int fd) {
    std::string in;
    hang_up_ = false;
    connected_ = false;
    while (!ending_ && !hang_up_) {
      std::string out;
      if (connected_) {
        const std::scoped_lock lock(mutex_);
        out.swap(outbox_);
      }
      if (!out.empty()) send(fd, out.data(), out.size(), MSG_NOSIGNAL);
      pollfd ready{fd, POLLIN, 0};
      if (frozen || poll(&ready, 1, 5) <= 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      std::string bytes(65536, '\0');
      const ssize_t n = recv(fd, bytes.data(), bytes.size(), 0);
      if (n <= 0) return;
      in.append(bytes, 0, static_cast<std::size_t>(n));
      while (TakePacket(in)) {
      }
    }
  }
  bool TakePacket(std::string& in) {
    std::size_t size = 0;
    std::size_t at = 1;
    for (unsigned shift = 0;; shift += 7) {
      if (at >= in.size()) return false;
      const auto byte = static_cast<unsigned char>(in[at++]);
      size |= static_cast<std::size_t>(byte & 127U) << shift;
      if ((byte & 128U) == 0) break;
    }
    if (in.size() < at + size) return false;
    const auto head = static_cast<unsigned char>(in[0]);
    const std::string body = in.substr(at, size);
    in.erase(0, at + size);
    const std::scoped_lock lock(mutex_);
    switch (head >> 4U) {
      case 1:
        connect_ = body;
        connected_ = true;
        outbox_ = Packet('\x20', {'\0', static_cast<char>(connack)});
        for (const std::string& packet : unacknowledged_) outbox_ += packet;
        break;
      case 3: {
        const std::string topic = TextAt(body, 0);
        received_[topic].push_back(body.substr(topic.size() + 4));
        outbox_ += Packet('\x40', body.substr(topic.size() + 2, 2));
        break;
      }
      case 4:
        ++acknowledged_;
        if (!unacknowledged_.empty()) unacknowledged_.pop_front();
        break;
      case 8:
        subscriptions_.push_back(TextAt(body, 2));
        outbox_ += Packet('\x90', body.substr(0, 2) + static_cast<char>(granted));
        break;
      case 10:
        outbox_ += Packet('\xB0', body.substr(0, 2));
        ++asked_;
        break;
      default:
        break;
    }
    return true;
  }

  int listener_;
  std::mutex mutex_;
  std::string outbox_;
  std::deque<std::string> unacknowledged_;  ///< of what was published, whether sent yet or not
  std::string connect_;
  std::map<std::string, std::vector<std::string>> received_;
  std::vector<std::string> subscriptions_;
  std::atomic<int> acknowledged_{0};
  std::atomic<int> asked_{0};
  std::atomic<bool> hang_up_{false};
  std::atomic<bool> ending_{false};
  bool connected_ = false;
  std::thread thread_;
};

class MqttTest : public testing::Test {
 protected:
  void TearDown() override { feeds_.Stop(); }
  InputFeed Feed() {
    InputFeed feed;
    feed.format = "reports";
    feed.mqtt.broker = broker_.address();
    feed.mqtt.topics = {"reports/#"};
    feed.mqtt.status = "status/+/state";
    return feed;
  }
  tl::expected<void, Error> Start(const InputFeed& feed) {
    Feeds::Options options;
    options.first_retry = Duration::Seconds(0.02);
    options.longest_retry = Duration::Seconds(0.05);
    options.log = [this](const std::string& line) {
      const std::scoped_lock lock(mutex_);
      log_ += line + "\n";
    };
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
  bool Logged(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    return log_.find(text) != std::string::npos;
  }
  json Sensor(std::size_t index) { return json::parse(service_.Health())["sensors"][index]; }

  Broker broker_;
  std::shared_ptr<const PlacedSite> site_ = test::SmallSite();
  test::FakeJournal journal_;
  std::mutex mutex_;
  std::string log_;
  Service service_{site_, &journal_, {}};
  Feeds feeds_;
};

TEST_F(MqttTest, ReportsComeAndABrokenOneLeavesTheNextAlone) {
  ASSERT_TRUE(Start(Feed()));
  ASSERT_TRUE(Soon([&] { return broker_.subscriptions().size() == 2; }));
  EXPECT_EQ(broker_.subscriptions()[0], "reports/#");
  broker_.Publish("reports/one", test::Line("one", 0));
  broker_.Publish("reports/one", test::Line("one", 1).substr(0, 30));
  broker_.Publish("reports/one", test::Line("one", 2) + "\n" + test::Line("two", 2));
  EXPECT_TRUE(Soon([&] { return journal_.kept().size() >= 3; }));
  EXPECT_EQ(journal_.kept().at(0).payload, test::Line("one", 0));
  EXPECT_TRUE(Soon([&] { return broker_.acknowledged() == 3; }));
  EXPECT_EQ(feeds_.Health().at(0).errors, 1U);
  EXPECT_EQ(feeds_.Health().at(0).state, "up");
  broker_.Publish("reports/one", R"({"time":1,"sensor":"one","detections":[{"range_m":NaN}]})");
  EXPECT_TRUE(Soon([&] {
    return nlohmann::json::parse(service_.Health())["sensors"][0]["refused"] == 1;
  })) << "of the sensor that the message names";
}

TEST_F(MqttTest, AMessageIsAcknowledgedWhenItIsOnDisk) {
  ASSERT_TRUE(Start(Feed()));
  ASSERT_TRUE(Soon([&] { return broker_.subscriptions().size() == 2; }));
  journal_.Hold(true);
  broker_.Publish("reports/one", test::Line("one", 0));
  broker_.Publish("reports/one", test::Line("stranger", 1));
  ASSERT_TRUE(Soon([&] { return journal_.waiting() > 0; }));
  // Were it acknowledged when read, the broker would have it by now.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(broker_.acknowledged(), 0);
  journal_.Hold(false);
  EXPECT_TRUE(Soon([&] { return broker_.acknowledged() == 2; })) << "also of what is refused";
  EXPECT_EQ(journal_.kept().at(0).payload, test::Line("one", 0));
}

TEST_F(MqttTest, ABrokerThatSaysNothingAnyMoreIsNoticed) {
  ASSERT_TRUE(Start(Feed()));
  ASSERT_TRUE(Soon([&] { return broker_.asked() >= 2; })) << "a link without messages";
  EXPECT_EQ(feeds_.Health().at(0).state, "up");
  EXPECT_EQ(feeds_.Health().at(0).reconnects, 0U);
  broker_.frozen = true;
  // The keep-alive alone would take a minute.
  EXPECT_TRUE(Soon([&] { return Logged("down (the broker does not answer)"); }));
  broker_.frozen = false;
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).state == "up"; }));
}

TEST_F(MqttTest, WhatCannotBeKeptIsNotAcknowledged) {
  ASSERT_TRUE(Start(Feed()));
  ASSERT_TRUE(Soon([&] { return feeds_.Health().at(0).state == "up"; }));
  journal_.Fail(true);
  broker_.Publish("reports/one", test::Line("one", 0));
  EXPECT_TRUE(Soon([&] { return Logged("down (what came could not be kept)"); }));
  EXPECT_EQ(broker_.acknowledged(), 0);
  journal_.Fail(false);
  // The broker sends it again, over the next connection.
  ASSERT_TRUE(Soon([&] { return broker_.acknowledged() == 1; }));
  EXPECT_EQ(journal_.kept().at(0).payload, test::Line("one", 0));
}

TEST_F(MqttTest, ALastWillIsAChangeOfItsSensor) {
  ASSERT_TRUE(Start(Feed()));
  const auto changes = [&] {
    std::vector<SensorChange> all;
    for (const auto& entry : journal_.kept()) {
      if (entry.kind == EntryKind::kSensor) all.push_back(*ParseSensorChange(entry.payload));
    }
    return all;
  };
  const auto is_up = [&] { return service_.field()->sensors()[0].up; };
  const Time before = WallClock();
  broker_.Publish("status/one/state", "Offline");
  EXPECT_TRUE(Soon([&] { return Sensor(0)["state"] == "down"; }));
  EXPECT_FALSE(is_up()) << "nothing is concluded from what it does not report";
  EXPECT_EQ(Sensor(1)["state"], "never");
  EXPECT_EQ(json::parse(service_.Health())["status"], "degraded");
  // Told again, as a broker does at each subscription, it is no news.
  broker_.Publish("status/one/state", "offline");
  broker_.Publish("status/one/state", "online");
  EXPECT_TRUE(Soon([&] { return Sensor(0)["state"] == "never"; }));
  EXPECT_TRUE(is_up());
  broker_.Publish("status/one/state", "offline");
  EXPECT_TRUE(Soon([&] { return Sensor(0)["state"] == "down"; }));
  // A report of a look before is none of its return; one of a look after it is.
  const auto line_at = [](Time time) {
    return test::Line("one", (time - Time::Ns(test::kStartS * 1'000'000'000)).s(), 0);
  };
  broker_.Publish("reports/one", line_at(before - Duration::Seconds(1.0)));
  EXPECT_TRUE(Soon([&] { return Sensor(0)["reports"] == 1; }));
  EXPECT_EQ(Sensor(0)["state"], "down");
  broker_.Publish("reports/one", line_at(WallClock() + Duration::Seconds(1.0)));
  EXPECT_TRUE(Soon([&] { return Sensor(0)["reports"] == 2 && Sensor(0)["state"] != "down"; }));
  EXPECT_TRUE(is_up());
  EXPECT_EQ(Sensor(0)["last_detection"], nullptr) << "it looked and saw nothing";
  EXPECT_TRUE(Soon([&] { return changes().size() == 4; })) << "recorded, so that a replay has them";
  EXPECT_EQ(changes()[0].sensor, "one");
  EXPECT_EQ(changes()[0].up, false);
  EXPECT_GE(changes()[0].time, before);
  EXPECT_EQ(changes()[3].up, true);
  broker_.Publish("status/stranger/state", "offline");
  broker_.Publish("status/one/state", "tired");
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).errors == 2; }));
}

TEST_F(MqttTest, ComesBackToABrokerThatWentAndTellsWhyItIsRefused) {
  broker_.connack = 5;
  ASSERT_TRUE(Start(Feed()));
  EXPECT_TRUE(Soon([&] { return Logged("down (Connection Refused: not authorised.)"); }));
  broker_.connack = 0;
  broker_.granted = 0x80;
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).state == "up"; }));
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).errors > 0; })) << "of the subscription";
  const auto before = feeds_.Health().at(0).reconnects;
  broker_.HangUp();
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).reconnects > before; }));
  broker_.Publish("reports/one", test::Line("one", 0));
  EXPECT_TRUE(Soon([&] { return Sensor(0)["reports"] == 1; }));
}

TEST_F(MqttTest, TracksAndAlertsGoOutAndTheLastWillIsLeft) {
  std::vector<LiveReport> reports;
  for (int i = 0; i < 6; ++i) reports.push_back(test::Live(test::Line("one", i)));
  ASSERT_TRUE(service_.TrySubmit(reports, [](const Outcome&) {}));
  OutputFeed output;
  output.format = "json";
  output.every_s = 0.1;
  output.mqtt.broker = broker_.address();
  output.mqtt.topic = "out";
  Outputs outputs;
  ASSERT_TRUE(outputs.Start({output}, service_, {}));
  ASSERT_TRUE(Soon([&] { return broker_.Received("out/tracks").size() >= 2; }));
  const json picture = json::parse(broker_.Received("out/tracks").at(0));
  EXPECT_EQ(picture["tracks"].size(), 1U);
  const json alerts = json::parse(service_.Alerts())["alerts"];
  EXPECT_TRUE(Soon([&] { return broker_.Received("out/alerts").size() >= alerts.size(); }));
  EXPECT_EQ(broker_.Received("out/status"), std::vector<std::string>{"online"});
  EXPECT_NE(broker_.connect().find(std::string("\0\12out/status\0\7offline", 21)),
            std::string::npos);
  EXPECT_TRUE(Soon([&] { return outputs.Health().at(0).messages >= 2; }));
  outputs.Stop();
  EXPECT_TRUE(Soon([&] { return broker_.Received("out/status").back() == "offline"; }));
}

TEST(Mqtt, TopicsMatchAndNameTheSensor) {
  std::string sensor;
  EXPECT_TRUE(TopicMatches("a/+/state", "a/ear-1/state", &sensor));
  EXPECT_EQ(sensor, "ear-1");
  EXPECT_TRUE(TopicMatches("status/+", "status/x", &sensor));
  EXPECT_EQ(sensor, "x");
  EXPECT_FALSE(TopicMatches("status/+", "status/x/y", &sensor));
  EXPECT_TRUE(TopicMatches("reports/#", "reports/x/y"));
}

}  // namespace
}  // namespace picket
