// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/sapient_node.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "codec/sapient_messages.h"

namespace picket::sapient {
namespace {

using testing::At;
using testing::Framed;
using testing::pb::SapientMessage;

/// One connection with everything that came out of it.
class Connection {
 public:
  explicit Connection(Options options = {}) : node_(NodeIdOf("test"), std::move(options)) {
    sink_.decode.on_message = [this](const DecodedMessage& m) {
      if (m.report) reports.push_back(*m.report);
    };
    sink_.decode.on_error = [this](const Error& e) { errors.push_back(e); };
    sink_.send = [this](const std::string& bytes) {
      SapientMessage message;
      ASSERT_TRUE(message.ParseFromString(bytes.substr(4)));
      replies.push_back(message);
      // What we send is sound by our own rules.
      const Checked checked = Check(bytes);
      EXPECT_TRUE(checked.errors.empty()) << checked.errors.front().Text();
    };
    sink_.note = [this](const std::string& line) { notes.push_back(line); };
  }
  void Take(const SapientMessage& message, Time now = At(0)) {
    const std::string bytes = Framed(message);
    node_.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, now, sink_);
  }
  void Tick(Time now) { node_.Tick(now, sink_); }
  void Raw(const std::string& bytes) {
    node_.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, At(0), sink_);
  }
  FusionNode& node() { return node_; }

  std::vector<Report> reports;
  std::vector<Error> errors;
  std::vector<SapientMessage> replies;
  std::vector<std::string> notes;

 private:
  FusionNode node_;
  FusionNode::Sink sink_;
};

TEST(SapientNode, OurIdIsAlwaysTheSame) {
  EXPECT_EQ(NodeIdOf("harbour"), NodeIdOf("harbour"));
  EXPECT_NE(NodeIdOf("harbour"), NodeIdOf("airport"));
  EXPECT_TRUE(IsNodeId(NodeIdOf("harbour"))) << NodeIdOf("harbour");
}

TEST(SapientNode, RegistrationIsAcknowledged) {
  Connection c;
  c.Take(testing::Registration());
  ASSERT_EQ(c.replies.size(), 1U);
  EXPECT_TRUE(c.replies[0].registration_ack().acceptance());
  EXPECT_EQ(c.replies[0].destination_id(), testing::kNode);
  EXPECT_EQ(c.replies[0].node_id(), NodeIdOf("test"));
  EXPECT_EQ(c.node().peer().node, testing::kNode);
  EXPECT_EQ(c.node().peer().type, "NODE_TYPE_RADAR");
  ASSERT_EQ(c.notes.size(), 1U);
  EXPECT_NE(c.notes[0].find("Radar on the hill"), std::string::npos);
}

TEST(SapientNode, NothingBeforeRegistration) {
  Connection c;
  c.Take(testing::Detection(0));
  EXPECT_TRUE(c.reports.empty());
  ASSERT_EQ(c.replies.size(), 1U);
  EXPECT_TRUE(c.replies[0].has_error());
  EXPECT_EQ(c.replies[0].error().packet(), testing::Detection(0).SerializeAsString());
  c.Take(testing::Registration());
  c.Take(testing::Detection(0));
  c.Tick(At(1));
  EXPECT_EQ(c.reports.size(), 1U);
}

TEST(SapientNode, ABadRegistrationIsRefusedWithItsReasons) {
  Connection c;
  auto message = testing::Registration();
  message.mutable_registration()->clear_config_data();
  message.mutable_registration()->set_icd_version("7");
  c.Take(message);
  ASSERT_EQ(c.replies.size(), 1U);
  ASSERT_TRUE(c.replies[0].has_registration_ack());
  EXPECT_FALSE(c.replies[0].registration_ack().acceptance());
  EXPECT_EQ(c.replies[0].registration_ack().ack_response_reason_size(), 2);
  EXPECT_TRUE(c.node().peer().node.empty());
}

TEST(SapientNode, EffectorsAndTasksAreRefused) {
  Connection c;
  auto message = testing::Registration();
  message.mutable_registration()->add_node_definition()->set_node_type(
      testing::pb::Registration::NODE_TYPE_JAMMER);
  c.Take(message);
  ASSERT_EQ(c.replies.size(), 1U);
  EXPECT_FALSE(c.replies[0].registration_ack().acceptance());
  EXPECT_NE(c.replies[0].registration_ack().ack_response_reason(0).find("NODE_TYPE_JAMMER"),
            std::string::npos);

  c.Take(testing::Registration());
  auto task = testing::Message(At(0));
  task.mutable_task()->set_task_id(testing::kUlid);
  task.mutable_task()->set_control(testing::pb::Task::CONTROL_START);
  c.Take(task);
  ASSERT_EQ(c.replies.size(), 3U);
  EXPECT_EQ(c.replies[2].task_ack().task_id(), testing::kUlid);
  EXPECT_EQ(c.replies[2].task_ack().task_status(), testing::pb::TaskAck::TASK_STATUS_REJECTED);
  EXPECT_EQ(c.replies[2].task_ack().reason_size(), 1);
}

TEST(SapientNode, StatusBeginsWithNew) {
  Connection c;
  c.Take(testing::Registration());
  auto status = testing::Status(0);
  status.mutable_status_report()->set_info(testing::pb::StatusReport::INFO_UNCHANGED);
  c.Take(status);
  ASSERT_EQ(c.replies.size(), 2U);
  EXPECT_TRUE(c.replies[1].has_error());
  c.Take(testing::Status(0));
  c.Take(status);
  EXPECT_EQ(c.replies.size(), 2U);
  EXPECT_EQ(c.node().peer().system, "SYSTEM_OK");
  EXPECT_EQ(c.node().peer().mode, "Default");
}

TEST(SapientNode, AnotherNodesMessagesAndOtherTimesAreErrors) {
  Connection c;
  c.Take(testing::Registration());
  auto other = testing::Detection(0);
  other.set_node_id("a8654cdf-4328-47de-81fa-c495589e30c0");
  c.Take(other);
  c.Take(testing::Detection(0), At(90));
  c.Take(testing::Detection(90), At(0));
  ASSERT_EQ(c.replies.size(), 4U);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_TRUE(c.replies[i].has_error());
  EXPECT_NE(c.replies[2].error().error_message(0).find("90.0 s behind"), std::string::npos);
  EXPECT_NE(c.replies[3].error().error_message(0).find("90.0 s ahead"), std::string::npos);
  c.node();
  EXPECT_TRUE(c.reports.empty());
}

TEST(SapientNode, AlertsAreAcknowledgedAndErrorsNeverAnswered) {
  Connection c;
  c.Take(testing::Registration());
  auto alert = testing::Message(At(0));
  alert.mutable_alert()->set_alert_id(testing::kUlid);
  alert.mutable_alert()->set_description("drone\nover the\x01 fence");
  c.Take(alert);
  ASSERT_EQ(c.replies.size(), 2U);
  EXPECT_EQ(c.replies[1].alert_ack().alert_id(), testing::kUlid);
  EXPECT_NE(c.notes.back().find("drone over the  fence"), std::string::npos) << c.notes.back();
  auto error = testing::Message(At(0));
  error.mutable_error()->set_packet("x");
  error.mutable_error()->add_error_message("no");
  c.Take(error);
  error.mutable_error()->clear_error_message();
  c.Take(error);
  EXPECT_EQ(c.replies.size(), 2U);
  EXPECT_EQ(c.errors.size(), 1U) << "an unsound one is told, though not to the sender";
}

TEST(SapientNode, ALookGoesOutOnceItsTimeIsOver) {
  Connection c;
  c.Take(testing::Registration());
  c.Take(testing::Detection(0));
  c.Take(testing::Detection(0));
  c.Tick(At(0));
  EXPECT_TRUE(c.reports.empty());
  c.Tick(At(0) + FusionNode::kLookWait);
  ASSERT_EQ(c.reports.size(), 1U);
  EXPECT_EQ(c.reports[0].detections.size(), 2U);
}

TEST(SapientNode, AStreamThatIsNoneIsBroken) {
  Connection c;
  c.Raw("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(c.node().broken());
  EXPECT_EQ(c.errors.size(), 1U);
  Connection garbage;
  garbage.Raw(std::string("\x03\0\0\0abc", 7));
  EXPECT_FALSE(garbage.node().broken());
  ASSERT_EQ(garbage.replies.size(), 1U);
  EXPECT_EQ(garbage.replies[0].error().packet(), "abc");
}

}  // namespace
}  // namespace picket::sapient
