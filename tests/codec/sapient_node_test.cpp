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
      if (m.change) changes.push_back(*m.change);
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
    sink_.heard = [this](const std::string& sensor) { heard.push_back(sensor); };
  }
  void Take(const SapientMessage& message, Time now = At(0)) {
    const std::string bytes = Framed(message);
    node_.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, now, sink_);
  }
  void Tick(Time now) { node_.Tick(now, sink_); }
  void Raw(const std::string& bytes) {
    node_.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, At(0), sink_);
  }
  void Finish(Time now) { node_.Finish(now, sink_); }
  FusionNode& node() { return node_; }

  std::vector<Report> reports;
  std::vector<Error> errors;
  std::vector<SapientMessage> replies;
  std::vector<std::string> notes;
  std::vector<std::string> heard;
  std::vector<SensorChange> changes;

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

// A node of version 1 is answered in version 1, where several reasons are one text.
TEST(SapientNode, NodesOfVersionOneAreAnsweredInIt) {
  std::vector<testing::pb::v1::SapientMessage> replies;
  std::vector<Report> reports;
  std::vector<std::string> notes;
  FusionNode::Sink sink;
  sink.send = [&](const std::string& bytes) {
    auto& reply = replies.emplace_back();
    ASSERT_TRUE(reply.ParseFromString(bytes.substr(4)));
    EXPECT_TRUE(reply.GetReflection()->GetUnknownFields(reply).empty());
    EXPECT_EQ(Framed(reply), bytes);
  };
  sink.note = [&](const std::string& line) { notes.push_back(line); };
  sink.decode.on_message = [&](const DecodedMessage& m) {
    if (m.report) reports.push_back(*m.report);
  };
  FusionNode node(NodeIdOf("test"), {});
  const auto take = [&](const testing::pb::v1::SapientMessage& message) {
    const std::string bytes = Framed(message);
    node.Feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, At(0), sink);
  };
  auto bad = testing::FirstRegistration();
  bad.mutable_registration()->clear_capabilities();
  bad.mutable_registration()->clear_node_definition();
  take(bad);
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_TRUE(replies[0].has_registration_ack());
  EXPECT_FALSE(replies[0].registration_ack().acceptance());
  const std::string& reasons = replies[0].registration_ack().ack_response_reason();
  EXPECT_NE(reasons.find("registration.node_definition"), std::string::npos) << reasons;
  EXPECT_NE(reasons.find("; registration.capabilities"), std::string::npos) << reasons;

  auto effector = testing::FirstRegistration();
  effector.mutable_registration()->mutable_node_definition(0)->set_node_type(
      testing::pb::v1::Registration::NODE_TYPE_KINETIC);
  take(effector);
  ASSERT_EQ(replies.size(), 2U);
  EXPECT_FALSE(replies[1].registration_ack().acceptance());

  take(testing::FirstRegistration());
  ASSERT_EQ(replies.size(), 3U);
  EXPECT_TRUE(replies[2].registration_ack().acceptance());
  EXPECT_EQ(replies[2].destination_id(), testing::kNode);
  EXPECT_NE(notes.back().find("version 1"), std::string::npos) << notes.back();

  take(testing::FirstStatus(0));
  take(testing::FirstDetection(0));
  node.Tick(At(1), sink);
  EXPECT_EQ(replies.size(), 3U);
  EXPECT_EQ(reports.size(), 1U);

  auto alert = testing::FirstMessage(At(0));
  alert.mutable_alert()->set_alert_id(testing::kUlid);
  take(alert);
  ASSERT_EQ(replies.size(), 4U);
  EXPECT_EQ(replies[3].alert_ack().alert_status(),
            testing::pb::v1::AlertAck::ALERT_STATUS_ACCEPTED);
  auto task = testing::FirstMessage(At(0));
  task.mutable_task()->set_task_id(testing::kUlid);
  task.mutable_task()->set_control(testing::pb::v1::Task::CONTROL_DEFAULT);
  take(task);
  ASSERT_EQ(replies.size(), 5U);
  EXPECT_EQ(replies[4].task_ack().task_status(), testing::pb::TaskAck::TASK_STATUS_REJECTED);
  EXPECT_FALSE(replies[4].task_ack().reason().empty());
  auto unsound = testing::FirstDetection(0);
  unsound.mutable_detection_report()->clear_object_id();
  take(unsound);
  ASSERT_EQ(replies.size(), 6U);
  EXPECT_EQ(replies[5].error().packet(), unsound.SerializeAsString());
  EXPECT_NE(replies[5].error().error_message().find("object_id"), std::string::npos);
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

testing::pb::RangeBearingCone Cone(double azimuth_deg, double width_deg, double range_km) {
  testing::pb::RangeBearingCone cone;
  cone.set_azimuth(azimuth_deg);
  cone.set_horizontal_extent(width_deg);
  cone.set_range(range_km);
  cone.set_coordinate_system(testing::pb::RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_KM);
  cone.set_datum(testing::pb::RANGE_BEARING_DATUM_TRUE);
  return cone;
}

TEST(SapientNode, ARegisteredNodeThatSaysWhereItStandsIsASensor) {
  Connection c;
  auto registration = testing::Registration();
  auto& performance = *registration.mutable_registration()
                           ->mutable_mode_definition(0)
                           ->mutable_detection_definition(0)
                           ->add_detection_performance();
  performance.set_type("PD");
  performance.set_units("%");
  performance.set_unit_value("85");
  c.Take(registration);
  EXPECT_TRUE(c.changes.empty()) << "nobody knows where it is";
  EXPECT_EQ(c.heard, std::vector<std::string>{"sapient"});
  auto status = testing::Status(0);
  *status.mutable_status_report()->mutable_field_of_view()->mutable_range_bearing() =
      Cone(10.0, 60.0, 3.0);
  *status.mutable_status_report()->add_obscuration()->mutable_range_bearing() = Cone(0.0, 4.0, 5.0);
  c.Take(status);
  ASSERT_EQ(c.changes.size(), 1U);
  EXPECT_EQ(c.changes[0].time, At(0));
  EXPECT_EQ(c.changes[0].sensor, testing::kNode);
  ASSERT_TRUE(c.changes[0].whole);
  const SensorEntry& entry = *c.changes[0].whole;
  EXPECT_EQ(entry.sensor.kind, SensorKind::kRadar);
  EXPECT_EQ(entry.sensor.name, "Radar on the hill");
  EXPECT_EQ(entry.sensor.period.s(), 5.0);
  EXPECT_TRUE(entry.sensor.up);
  EXPECT_NEAR(entry.sensor.detect.probability, 0.85, 1e-12);
  EXPECT_EQ(entry.sensor.field.max_range_m, 3000.0);
  EXPECT_NEAR(entry.sensor.field.azimuth_from.deg(), 340.0, 1e-9);
  EXPECT_NEAR(entry.sensor.field.azimuth_width_rad, 60.0 * kRadPerDeg, 1e-12);
  EXPECT_EQ(entry.placement.lat_deg, 51.17);
  EXPECT_EQ(entry.placement.above, SensorPlacement::Above::kEllipsoid);
  EXPECT_EQ(entry.placement.height_m, 100.0);
  EXPECT_TRUE(entry.views.empty());
  ASSERT_EQ(entry.obscured.size(), 1U);
  EXPECT_NEAR(entry.obscured[0].cone.azimuth_from.deg(), 358.0, 1e-9);

  // Its reports are its own, polar ones as they were measured; what states no error gets one.
  auto polar = testing::Polar(0);
  polar.mutable_detection_report()->mutable_range_bearing()->clear_azimuth_error();
  c.Take(polar);
  c.Tick(At(1));
  ASSERT_EQ(c.reports.size(), 1U);
  EXPECT_EQ(c.reports[0].sensor, testing::kNode);
  EXPECT_EQ(c.reports[0].detections[0][Component::kRange], 2500.0);
  EXPECT_GT(c.reports[0].detections[0].sd[static_cast<std::size_t>(Component::kAzimuth)], 0.0);
  EXPECT_EQ(c.heard.back(), testing::kNode);
}

TEST(SapientNode, OnlyWhatChangedIsToldOf) {
  Connection c;
  c.Take(testing::Registration());
  c.Take(testing::Status(0));
  auto status = testing::Status(1);
  auto& at = *status.mutable_status_report()->mutable_node_location();
  at.set_y(at.y() + 1e-5);  // a metre: a satellite receiver's jitter
  c.Take(status, At(1));
  status.mutable_status_report()->set_info(testing::pb::StatusReport::INFO_UNCHANGED);
  c.Take(status, At(1));
  EXPECT_EQ(c.changes.size(), 1U);
  status.mutable_status_report()->set_info(testing::pb::StatusReport::INFO_NEW);
  at.set_y(at.y() + 1e-3);  // 111 m
  c.Take(status, At(1));
  ASSERT_EQ(c.changes.size(), 2U);
  EXPECT_EQ(c.changes[1].whole->placement.lat_deg, at.y());
  auto& fault = *status.mutable_status_report()->add_status();
  fault.set_status_type(testing::pb::StatusReport::STATUS_TYPE_NOT_DETECTING);
  c.Take(status, At(1));
  ASSERT_EQ(c.changes.size(), 3U);
  EXPECT_FALSE(c.changes[2].whole->sensor.up);
  status.mutable_status_report()->clear_status();
  c.Take(status, At(1));
  EXPECT_TRUE(c.changes.back().whole->sensor.up);
  c.Finish(At(2));
  ASSERT_EQ(c.changes.size(), 5U);
  EXPECT_FALSE(c.changes[4].whole->sensor.up) << "gone";
  EXPECT_EQ(c.changes[4].time, At(2));
}

TEST(SapientNode, OutlinesBoundTheViewAndBadRegionsAreTold) {
  Connection c;
  c.Take(testing::Registration());
  auto status = testing::Status(0);
  auto& report = *status.mutable_status_report();
  auto& outline = *report.add_coverage()->mutable_location_list();
  for (const auto& [lat, lon] : {std::pair(51.17, -1.82), {51.18, -1.82}, {51.18, -1.81}}) {
    testing::SetPlace(*outline.add_locations(), lat, lon, 0.0);
  }
  *report.add_obscuration()->mutable_range_bearing() = Cone(0.0, 10.0, 1.0);
  report.mutable_obscuration(0)->mutable_range_bearing()->set_datum(
      testing::pb::RANGE_BEARING_DATUM_PLATFORM);
  c.Take(status);
  ASSERT_EQ(c.changes.size(), 1U);
  const SensorEntry& entry = *c.changes[0].whole;
  ASSERT_EQ(entry.views.size(), 1U);
  EXPECT_EQ(entry.views[0].rings_lon_lat.at(0).size(), 4U) << "closed";
  EXPECT_NEAR(entry.sensor.field.max_range_m, 1315.0, 10.0) << "the farthest corner";
  EXPECT_TRUE(entry.obscured.empty());
  ASSERT_EQ(c.errors.size(), 1U);
  EXPECT_EQ(c.errors[0].field, "status_report.obscuration");
  EXPECT_NE(c.errors[0].what.find("PLATFORM"), std::string::npos);
}

TEST(SapientNode, OfANodeThatTheSiteNamesOnlyItsStateChanges) {
  Options options;
  options.sensors.push_back({.node = testing::kNode,
                             .id = "radar-7",
                             .measures = {},
                             .positions = false,
                             .lat_lon_deg = std::pair(51.1702, -1.82)});  // 22 m off
  Connection c(std::move(options));
  c.Take(testing::Registration());
  ASSERT_EQ(c.changes.size(), 1U) << "it is there again";
  EXPECT_EQ(c.changes[0].sensor, "radar-7");
  EXPECT_EQ(c.changes[0].up, true);
  EXPECT_FALSE(c.changes[0].whole || c.changes[0].at);
  c.Take(testing::Status(0));
  EXPECT_EQ(c.changes.size(), 1U) << "nothing new; the site's survey holds";
  auto status = testing::Status(0);
  testing::SetPlace(*status.mutable_status_report()->mutable_node_location(), 51.2, -1.82, 90.0);
  *status.mutable_status_report()->mutable_field_of_view()->mutable_range_bearing() =
      Cone(90.0, 30.0, 2.0);
  c.Take(status);
  ASSERT_EQ(c.changes.size(), 2U);
  ASSERT_TRUE(c.changes[1].at);
  EXPECT_EQ(c.changes[1].at->lat_deg, 51.2);
  ASSERT_EQ(c.changes[1].views->size(), 1U);
  auto goodbye = testing::Status(0);
  goodbye.mutable_status_report()->set_system(testing::pb::StatusReport::SYSTEM_GOODBYE);
  goodbye.mutable_status_report()->clear_node_location();
  c.Take(goodbye);
  ASSERT_EQ(c.changes.size(), 3U);
  EXPECT_EQ(c.changes[2].up, false);
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
  const std::string blank("\x01\0\0\0\n", 5);
  garbage.Raw(blank);
  ASSERT_EQ(garbage.replies.size(), 2U);
  EXPECT_EQ(garbage.replies[1].error().packet(), blank) << "a blank alone would be no packet";
}

}  // namespace
}  // namespace picket::sapient
