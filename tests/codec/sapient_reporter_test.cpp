// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/sapient_reporter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "codec/sapient_messages.h"
#include "picket/codec/sapient_node.h"

namespace picket::sapient {
namespace {

using testing::At;
using testing::pb::SapientMessage;

constexpr const char* kHigher = "b8654cdf-4328-47de-81fa-c495589e30c9";

Reporter::About About() {
  Reporter::About about;
  about.node_id = NodeIdOf("test");
  about.name = "Harbour";
  about.version = "1";
  about.at = {51.17, -1.82, {100.0}};
  about.radius_m = 20'000.0;
  about.since = At(0);
  return about;
}

/// A connection with a higher node that is told what to say.
class Higher {
 public:
  Higher() : reporter(About()) {
    sink.send = [this](const std::string& bytes) {
      SapientMessage message;
      ASSERT_TRUE(message.ParseFromString(bytes.substr(4)));
      sent.push_back(message);
      const Checked checked = Check(bytes);
      EXPECT_TRUE(checked.errors.empty()) << checked.errors.front().Text() << "\n"
                                          << message.DebugString();
    };
    sink.note = [this](const std::string& line) { notes.push_back(line); };
    sink.fault = [this](const std::string& line) { faults.push_back(line); };
    reporter.Begin(At(0), sink);
  }
  void Say(SapientMessage message) {
    message.set_node_id(kHigher);
    Raw(testing::Framed(message));
  }
  void Raw(const std::string& bytes) {
    reporter.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, At(1), sink);
  }
  void Acknowledge(bool yes) {
    auto message = testing::Message(At(1));
    message.mutable_registration_ack()->set_acceptance(yes);
    if (!yes) message.mutable_registration_ack()->add_ack_response_reason("no\nroom");
    Say(message);
  }

  Reporter reporter;
  Reporter::Sink sink;
  std::vector<SapientMessage> sent;
  std::vector<std::string> notes, faults;
};

FusedTrack Track(std::uint64_t id) {
  FusedTrack track;
  track.id = id;
  track.existence = 0.98;
  track.at = {51.2, -1.8, {220.0}};
  track.vel_enu_mps = {20.0, 0.0, -1.0};
  track.sd_m = {6.0, 7.0, 12.0};
  track.class_probability = {0.7, 0.1, 0.15, 0.05, 0.0};
  track.last_detection = At(3);
  track.identity = {{std::string(kObjectIdentity) + testing::kNode, testing::kUlid},
                    {"remote_id", "1581F5"}};
  return track;
}

TEST(SapientReporter, RegistersFirstAndAlone) {
  Higher higher;
  ASSERT_EQ(higher.sent.size(), 1U);
  const auto& registration = higher.sent[0].registration();
  EXPECT_EQ(registration.node_definition(0).node_type(),
            testing::pb::Registration::NODE_TYPE_FUSION_NODE);
  EXPECT_EQ(registration.icd_version(), "BSI Flex 335 v2.0");
  const FusedTrack track = Track(1);
  higher.reporter.Show(At(0), {&track, 1}, At(0), higher.sink);
  higher.reporter.Tick(At(30), false, higher.sink);
  EXPECT_EQ(higher.sent.size(), 1U) << "nothing before the acknowledgement";
  higher.Acknowledge(true);
  EXPECT_TRUE(higher.reporter.registered());
  ASSERT_EQ(higher.sent.size(), 2U);
  EXPECT_EQ(higher.sent[1].status_report().info(), testing::pb::StatusReport::INFO_NEW);
  EXPECT_EQ(higher.sent[1].destination_id(), kHigher);
  higher.reporter.Tick(At(5), false, higher.sink);
  EXPECT_EQ(higher.sent.size(), 2U) << "not due";
  higher.reporter.Tick(At(11), false, higher.sink);
  ASSERT_EQ(higher.sent.size(), 3U);
  EXPECT_EQ(higher.sent[2].status_report().info(), testing::pb::StatusReport::INFO_UNCHANGED);
  higher.reporter.Tick(At(12), true, higher.sink);
  ASSERT_EQ(higher.sent.size(), 4U) << "a change does not wait";
  EXPECT_EQ(higher.sent[3].status_report().system(), testing::pb::StatusReport::SYSTEM_WARNING);
}

TEST(SapientReporter, SaysWhyItWasRefused) {
  Higher higher;
  higher.Acknowledge(false);
  EXPECT_FALSE(higher.reporter.registered());
  EXPECT_TRUE(higher.reporter.refused());
  ASSERT_EQ(higher.faults.size(), 1U);
  EXPECT_EQ(higher.faults[0], "refused our registration; no room");
}

TEST(SapientReporter, TracksAreObjectsDerivedFromThoseOfSensors) {
  Higher higher;
  higher.Acknowledge(true);
  higher.sent.clear();
  const std::vector<FusedTrack> two = {Track(1), Track(2)};
  higher.reporter.Show(At(3), two, At(4), higher.sink);
  ASSERT_EQ(higher.sent.size(), 2U);
  EXPECT_EQ(higher.sent[0].timestamp().seconds(), At(4).ns() / 1'000'000'000);
  EXPECT_EQ(higher.sent[0].timestamp().nanos(), higher.sent[1].timestamp().nanos());
  const auto report = higher.sent[0].detection_report();
  EXPECT_NE(report.object_id(), higher.sent[1].detection_report().object_id());
  EXPECT_NEAR(report.location().y(), 51.2, 1e-7) << "flown east only";
  EXPECT_NEAR(report.location().x(), -1.8 + 20.0 / (111'195 * std::cos(51.2 * kRadPerDeg)), 3e-6);
  EXPECT_EQ(report.location().y_error(), 7.0);
  EXPECT_FLOAT_EQ(report.detection_confidence(), 0.98F);
  EXPECT_EQ(report.enu_velocity().up_rate(), -1.0);
  EXPECT_EQ(report.id(), "1581F5");
  ASSERT_EQ(report.derived_detection_size(), 1);
  EXPECT_EQ(report.derived_detection(0).node_id(), testing::kNode);
  EXPECT_EQ(report.derived_detection(0).object_id(), testing::kUlid);
  EXPECT_EQ(report.derived_detection(0).timestamp().seconds(), At(3).ns() / 1'000'000'000);
  ASSERT_EQ(report.classification_size(), 2);
  EXPECT_EQ(report.classification(0).type(), "Air Vehicle");
  EXPECT_FLOAT_EQ(report.classification(0).confidence(), 0.85F);
  EXPECT_EQ(report.classification(0).sub_class(0).type(), "UAV Rotary Wing");
  EXPECT_EQ(report.classification(1).sub_class(0).type(), "Bird");

  // The same object later; one that is gone is told once.
  higher.sent.clear();
  higher.reporter.Show(At(5), {two.data(), 1}, At(5), higher.sink);
  ASSERT_EQ(higher.sent.size(), 2U);
  EXPECT_EQ(higher.sent[0].detection_report().object_id(), report.object_id());
  EXPECT_NE(higher.sent[0].detection_report().report_id(), report.report_id());
  EXPECT_EQ(higher.sent[1].detection_report().state(), "lost");
  higher.sent.clear();
  higher.reporter.Show(At(6), {two.data(), 1}, At(6), higher.sink);
  EXPECT_EQ(higher.sent.size(), 1U);
}

TEST(SapientReporter, WhatItReportsAnotherFusionNodeTakes) {
  Higher higher;
  FusionNode node(kHigher, {});
  std::vector<Report> reports;
  std::vector<Error> errors;
  FusionNode::Sink sink;
  sink.decode.on_message = [&](const DecodedMessage& m) {
    if (m.report) reports.push_back(*m.report);
  };
  sink.decode.on_error = [&](const Error& e) { errors.push_back(e); };
  std::string to_node;
  std::string to_reporter;
  sink.send = [&](const std::string& bytes) { to_reporter += bytes; };
  higher.sink.send = [&](const std::string& bytes) { to_node += bytes; };
  const auto exchange = [&] {
    while (!to_node.empty() || !to_reporter.empty()) {
      const std::string bytes = std::exchange(to_node, {});
      node.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, At(4), sink);
      higher.Raw(std::exchange(to_reporter, {}));
    }
  };
  higher.reporter.Begin(At(4), higher.sink);
  exchange();
  EXPECT_TRUE(higher.reporter.registered());
  const FusedTrack track = Track(1);
  higher.reporter.Show(At(4), {&track, 1}, At(4), higher.sink);
  exchange();
  node.Finish(At(5), sink);
  EXPECT_TRUE(errors.empty());
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_NEAR(reports[0].detections.at(0).class_probability[0], 0.7, 0.05);
}

TEST(SapientReporter, AlertsKeepTheirIdAndNameTheirObject) {
  Higher higher;
  higher.Acknowledge(true);
  const FusedTrack track = Track(7);
  higher.reporter.Show(At(3), {&track, 1}, At(3), higher.sink);
  const std::string object = higher.sent.back().detection_report().object_id();
  higher.sent.clear();
  Alert alert;
  alert.id = 3;
  alert.time = At(3);
  alert.track = 7;
  alert.level = AlertLevel::kAlarm;
  alert.text = "Drone over the quay.";
  alert.probability = 0.9;
  higher.reporter.Show(alert, At(3), higher.sink);
  alert.level = AlertLevel::kCleared;
  higher.reporter.Show(alert, At(3), higher.sink);
  ASSERT_EQ(higher.sent.size(), 2U);
  const auto& alarm = higher.sent[0].alert();
  EXPECT_EQ(alarm.alert_type(), testing::pb::Alert::ALERT_TYPE_CRITICAL);
  EXPECT_EQ(alarm.status(), testing::pb::Alert::ALERT_STATUS_ACTIVE);
  EXPECT_EQ(alarm.description(), "Drone over the quay.");
  EXPECT_NEAR(alarm.location().y(), 51.2, 1e-7);
  ASSERT_EQ(alarm.associated_detection_size(), 1);
  EXPECT_EQ(alarm.associated_detection(0).object_id(), object);
  EXPECT_EQ(alarm.associated_detection(0).node_id(), NodeIdOf("test"));
  EXPECT_EQ(higher.sent[1].alert().alert_id(), alarm.alert_id());
  EXPECT_EQ(higher.sent[1].alert().status(), testing::pb::Alert::ALERT_STATUS_CLEAR);
  auto ack = testing::Message(At(1));
  ack.mutable_alert_ack()->set_alert_id(alarm.alert_id());
  ack.mutable_alert_ack()->set_alert_ack_status(testing::pb::AlertAck::ALERT_ACK_STATUS_REJECTED);
  higher.Say(ack);
  EXPECT_NE(higher.notes.back().find("ALERT_ACK_STATUS_REJECTED"), std::string::npos);
}

TEST(SapientReporter, EveryTaskButAskingIsRefused) {
  Higher higher;
  higher.Acknowledge(true);
  higher.sent.clear();
  auto task = testing::Message(At(1));
  task.mutable_task()->set_task_id(testing::kUlid);
  task.mutable_task()->set_control(testing::pb::Task::CONTROL_START);
  task.mutable_task()->mutable_command()->mutable_follow()->set_follow_object_id(testing::kUlid);
  higher.Say(task);
  ASSERT_EQ(higher.sent.size(), 1U);
  EXPECT_EQ(higher.sent[0].task_ack().task_status(), testing::pb::TaskAck::TASK_STATUS_REJECTED);
  EXPECT_EQ(higher.sent[0].task_ack().reason(0), "picket watches and warns, and takes no tasks");
  task.mutable_task()->mutable_command()->set_request("Status");
  higher.Say(task);
  ASSERT_EQ(higher.sent.size(), 3U);
  EXPECT_EQ(higher.sent[1].task_ack().task_status(), testing::pb::TaskAck::TASK_STATUS_ACCEPTED);
  EXPECT_TRUE(higher.sent[2].has_status_report());
}

TEST(SapientReporter, WhatIsNotSoundIsAnsweredWithItsReasonsAndErrorsNever) {
  Higher higher;
  higher.Acknowledge(true);
  higher.sent.clear();
  auto bad = testing::Message(At(1));
  bad.mutable_task()->set_task_id("7");
  higher.Say(bad);
  ASSERT_EQ(higher.sent.size(), 1U);
  EXPECT_GE(higher.sent[0].error().error_message_size(), 2);
  higher.Say(testing::Detection(1));
  EXPECT_TRUE(higher.sent.back().has_error()) << "nothing for us";
  higher.sent.clear();
  auto error = testing::Message(At(1));
  error.mutable_error()->set_packet("x");
  error.mutable_error()->add_error_message("bad\x01 thing");
  higher.Say(error);
  error.mutable_error()->clear_packet();
  higher.Say(error);
  EXPECT_TRUE(higher.sent.empty());
  EXPECT_EQ(higher.faults.size(), 4U);
  EXPECT_FALSE(higher.reporter.broken());
  higher.Raw("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(higher.reporter.broken());
}

}  // namespace
}  // namespace picket::sapient
