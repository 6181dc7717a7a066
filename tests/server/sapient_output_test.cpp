// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "codec/sapient_messages.h"
#include "picket/io/clock.h"
#include "picket/server/output.h"
#include "server/fixture.h"
#include "server/peer.h"

namespace picket {
namespace {

namespace wire = sapient::testing;

/// One track, and one alert about it.
class OneTrack : public Backend {
 public:
  [[nodiscard]] ServiceMode mode() const override { return ServiceMode::kRun; }
  [[nodiscard]] const PlacedSite& site() const override { return *site_; }
  [[nodiscard]] StreamHub& hub() override { return hub_; }
  [[nodiscard]] std::string Health() override { return R"({"status":"degraded"})"; }
  [[nodiscard]] std::string Alerts() override {
    Alert alert;
    alert.id = 4;
    alert.time = WallClock();
    alert.level = AlertLevel::kAlarm;
    alert.track = 7;
    alert.place = "Terminal 1";
    alert.text = "Over the terminal.";
    alert.probability = 0.9;
    return R"({"alerts":[)" + WriteAlert(alert) + "]}";
  }
  void AskUnseen(std::function<void(std::string)> done) override { done("{}"); }
  void AskPicture(std::function<void(std::string)> done) override {
    Picture picture;
    picture.time = WallClock();
    Track& track = picture.tracks.emplace_back();
    track.id = 7;
    track.confirmed = true;
    track.existence = 1.0;
    track.mean << 100.0, 200.0, 50.0, 10.0, 0.0, 0.0;
    track.covariance = StateCovariance::Identity() * 4.0;
    track.class_probability[0] = 0.9;
    track.identity = {{std::string("sapient ") + wire::kNode, wire::kUlid}};
    track.first_evidence = track.last_detection = picture.time;
    done(WritePicture(picture, site_->frame, site_->field->sensors(), false));
  }

 private:
  std::shared_ptr<const PlacedSite> site_ = test::SmallSite();
  StreamHub hub_;
};

/// A higher node: a listening socket and the generated classes.
class Higher {
 public:
  [[nodiscard]] std::uint16_t port() const { return peer_.port(); }
  bool Accept() {
    buffer_.clear();
    for (int i = 0; i < kTries; ++i) {
      if (peer_.Accept()) return true;
    }
    return false;
  }
  void HangUp() { peer_.HangUp(); }
  void Acknowledge(bool yes) {
    auto message = wire::Message(WallClock());
    message.mutable_registration_ack()->set_acceptance(yes);
    peer_.Send(wire::Framed(message));
  }
  /// The next message for which `wanted` holds; without content if the connection ends before.
  template <typename Wanted>
  wire::pb::SapientMessage Next(const Wanted& wanted) {
    for (int silent = 0; silent < kTries;) {
      while (buffer_.size() >= 4) {
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i) {
          length |= static_cast<std::size_t>(static_cast<unsigned char>(buffer_[i])) << (8 * i);
        }
        if (buffer_.size() < 4 + length) break;
        wire::pb::SapientMessage message;
        EXPECT_TRUE(message.ParseFromString(buffer_.substr(4, length)));
        buffer_.erase(0, 4 + length);
        if (wanted(message)) return message;
      }
      const std::string more = peer_.Receive();
      silent = more.empty() ? silent + 1 : 0;
      buffer_ += more;
    }
    return {};
  }

 private:
  static constexpr int kTries = 2;  ///< of half a minute
  test::Peer peer_;
  std::string buffer_;
};

TEST(SapientOutput, RegistersAndReportsOverAConnectionThatComesBack) {
  OneTrack backend;
  Higher higher;
  OutputFeed feed;
  feed.format = "sapient";
  feed.tcp = "127.0.0.1:" + std::to_string(higher.port());
  feed.every_s = 0.1;
  Outputs outputs;
  ASSERT_TRUE(outputs.Start({feed}, backend, {}));
  std::string object;
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(higher.Accept());
    const auto first = higher.Next([](const auto&) { return true; });
    ASSERT_TRUE(first.has_registration());
    EXPECT_EQ(first.registration().name(), "Small");
    higher.Acknowledge(true);
    EXPECT_TRUE(higher
                    .Next([](const auto& m) {
                      return m.status_report().system() == wire::pb::StatusReport::SYSTEM_WARNING;
                    })
                    .has_status_report())
        << "health is degraded";
    const auto track = higher.Next([](const auto& m) { return m.has_detection_report(); });
    ASSERT_EQ(track.detection_report().derived_detection_size(), 1);
    EXPECT_EQ(track.detection_report().derived_detection(0).node_id(), wire::kNode);
    if (object.empty()) object = track.detection_report().object_id();
    EXPECT_EQ(track.detection_report().object_id(), object) << "the same over connections";
    const auto alert = higher.Next([](const auto& m) { return m.has_alert(); });
    EXPECT_EQ(alert.alert().description(), "Over the terminal.");
    EXPECT_EQ(alert.alert().associated_detection(0).object_id(), object);
    higher.HangUp();
  }
  outputs.Stop();
  EXPECT_GE(outputs.Health().at(0).messages, 6U);
  EXPECT_GE(outputs.Health().at(0).reconnects, 1U);
}

TEST(SapientOutput, ARefusalIsToldAndTriedAgain) {
  OneTrack backend;
  Higher higher;
  OutputFeed feed;
  feed.format = "sapient";
  feed.tcp = "127.0.0.1:" + std::to_string(higher.port());
  feed.every_s = 0.1;
  Outputs outputs;
  ASSERT_TRUE(outputs.Start({feed}, backend, {}));
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(higher.Accept());
    EXPECT_TRUE(higher.Next([](const auto&) { return true; }).has_registration());
    higher.Acknowledge(false);
    EXPECT_FALSE(
        higher.Next([](const auto& m) { return m.has_detection_report(); }).has_detection_report())
        << "it ends the connection";
    EXPECT_EQ(outputs.Health().at(0).last_error, "refused our registration");
  }
  outputs.Stop();
}

}  // namespace
}  // namespace picket
