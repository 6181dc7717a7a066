// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/sapient.h"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <wire/sapient.pb.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "codec/sapient_messages.h"
#include "picket/codec/capture.h"
#include "picket/geo/frame.h"

namespace picket::sapient {
namespace {

using testing::Detection;
using testing::kNode;
using testing::Message;
using testing::Registration;
using testing::Status;

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct Decoded {
  std::vector<std::string> json;
  std::vector<Report> reports;
  std::vector<SensorChange> changes;
  std::vector<Error> errors;
};

Decoded Decode(std::string_view stream, Options options = {}, std::size_t piece = 1U << 20U) {
  options.decode.want_json = true;
  SapientDecoder decoder(std::move(options));
  Decoded out;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& m) {
    if (!m.json.empty()) out.json.push_back(m.json);
    if (m.report) out.reports.push_back(*m.report);
    if (m.change) out.changes.push_back(*m.change);
  };
  sink.on_error = [&](const Error& e) { out.errors.push_back(e); };
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    decoder.Feed(AsBytes(stream.substr(at, piece)), std::nullopt, sink);
  }
  decoder.Finish(sink);
  return out;
}

TEST(Sapient, TakesBothFormsCutAnywhere) {
  std::string framed;
  std::string json;
  for (int i = 0; i < 3; ++i) {
    const auto message = Detection(i);
    framed += testing::Framed(message);
    json += ToJson(message) + (i == 1 ? ",\r\n" : "\n");
  }
  for (const std::string& stream : {framed, json}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, stream.size()}) {
      const Decoded out = Decode(stream, {}, piece);
      EXPECT_TRUE(out.errors.empty()) << out.errors.front().Text();
      ASSERT_EQ(out.json.size(), 3U);
      ASSERT_EQ(out.reports.size(), 3U);
      EXPECT_EQ(out.reports[1].time, testing::At(1));
      EXPECT_EQ(out.reports[1].sensor, "sapient");
    }
  }
}

TEST(Sapient, ALookIsAllDetectionsOfOneTime) {
  std::string stream;
  for (const int second : {0, 0, 0, 1, 2, 2}) stream += testing::Framed(Detection(second));
  const Decoded out = Decode(stream);
  ASSERT_EQ(out.reports.size(), 3U);
  EXPECT_EQ(out.reports[0].detections.size(), 3U);
  EXPECT_EQ(out.reports[1].detections.size(), 1U);
  EXPECT_EQ(out.reports[2].detections.size(), 2U);
}

TEST(Sapient, PositionsHaveTheirPlaceErrorsAndClass) {
  auto message = Detection(0);
  auto& report = *message.mutable_detection_report();
  auto& velocity = *report.mutable_enu_velocity();
  velocity.set_east_rate(3.0);
  velocity.set_north_rate(-4.0);
  velocity.set_east_rate_error(0.5);
  auto& c = *report.add_classification();
  c.set_type("Air Vehicle");
  c.set_confidence(0.8F);
  auto& sub = *c.add_sub_class();
  sub.set_type("UAV Rotary Wing");
  sub.set_confidence(0.6F);
  sub.set_level(1);
  const Decoded out = Decode(testing::Framed(message));
  ASSERT_EQ(out.reports.size(), 1U);
  const picket::Detection& d = out.reports[0].detections.at(0);
  ASSERT_TRUE(d.fix);
  EXPECT_EQ(d.fix->lat_deg, 51.17);
  EXPECT_EQ(d.fix->lon_deg, -1.82);
  ASSERT_TRUE(d.fix->hae);
  EXPECT_EQ(d.fix->hae->m, 180.0);
  EXPECT_EQ(d.sd[static_cast<std::size_t>(Component::kEast)], 5.0);
  EXPECT_EQ(d.sd[static_cast<std::size_t>(Component::kUp)], 10.0);
  EXPECT_EQ(d[Component::kVelNorth], -4.0);
  EXPECT_EQ(d.sd[static_cast<std::size_t>(Component::kVelEast)], 0.5);
  // 0.6 of one kind, 0.2 over the three that fly, 0.2 over all five.
  EXPECT_NEAR(d.class_probability[0], 0.6 + 0.2 / 3 + 0.04, 1e-6);
  EXPECT_NEAR(d.class_probability[2], 0.04, 1e-6);
}

TEST(Sapient, UtmAndTheGeoidAndRadians) {
  auto message = Detection(0);
  auto& at = *message.mutable_detection_report()->mutable_location();
  at.set_coordinate_system(wire::sapient::LOCATION_COORDINATE_SYSTEM_UTM_M);
  at.set_datum(wire::sapient::LOCATION_DATUM_WGS84_G);
  at.set_x(500000.0);
  at.set_y(5'600'000.0);
  at.set_utm_zone("30U");
  Decoded out = Decode(testing::Framed(message));
  ASSERT_EQ(out.reports.size(), 1U);
  const Fix fix = *out.reports[0].detections[0].fix;
  EXPECT_NEAR(fix.lon_deg, -3.0, 1e-9);
  EXPECT_NEAR(fix.lat_deg, 50.55, 0.01);
  EXPECT_TRUE(fix.amsl && !fix.hae);

  // Without a zone there is no place; the node's registration may tell it.
  at.clear_utm_zone();
  out = Decode(testing::Framed(message));
  EXPECT_TRUE(out.reports.empty());
  ASSERT_EQ(out.errors.size(), 1U);
  EXPECT_NE(out.errors[0].what.find("zone"), std::string::npos);
  out = Decode(testing::Framed(Registration()) + testing::Framed(message));
  ASSERT_EQ(out.reports.size(), 1U) << out.errors.size();

  at.set_coordinate_system(wire::sapient::LOCATION_COORDINATE_SYSTEM_LAT_LNG_RAD_M);
  at.set_x(0.5);
  at.set_y(1.0);
  out = Decode(testing::Framed(message));
  ASSERT_EQ(out.reports.size(), 1U);
  EXPECT_NEAR(out.reports[0].detections[0].fix->lat_deg, 57.29578, 1e-5);

  at.set_x(0.0);
  at.set_y(0.0);
  EXPECT_TRUE(Decode(testing::Framed(message)).reports.empty()) << "0, 0 is no position";
}

TEST(Sapient, PolarDetectionsOfANodeThatTheSiteNames) {
  auto message = testing::Polar(0);
  Options options;
  options.sensors.push_back({.node = kNode, .id = "radar-7", .measures = {}, .positions = false});
  Decoded out = Decode(testing::Framed(message), options);
  ASSERT_EQ(out.reports.size(), 1U);
  EXPECT_EQ(out.reports[0].sensor, "radar-7");
  const picket::Detection& d = out.reports[0].detections.at(0);
  EXPECT_EQ(d[Component::kRange], 2500.0);
  EXPECT_NEAR(d[Component::kAzimuth], 1.5 * std::numbers::pi, 1e-12);
  EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kAzimuth)], std::numbers::pi / 180, 1e-12);
  // What the site says that it does not measure is left out.
  options.sensors[0].measures = {Component::kRange, Component::kAzimuth};
  out = Decode(testing::Framed(message), options);
  EXPECT_FALSE(out.reports.at(0).detections.at(0).measured.Has(Component::kElevation));
  // Magnetic north is not true north.
  message.mutable_detection_report()->mutable_range_bearing()->set_datum(
      wire::sapient::RANGE_BEARING_DATUM_MAGNETIC);
  out = Decode(testing::Framed(message), options);
  EXPECT_TRUE(out.reports.empty());
  ASSERT_EQ(out.errors.size(), 1U);
  EXPECT_EQ(out.errors[0].field, "range_bearing.datum");
}

TEST(Sapient, PolarDetectionsOfAnyNodeThatTellsWhereItStands) {
  const auto message = testing::Polar(1);
  EXPECT_TRUE(Decode(testing::Framed(message)).reports.empty());
  const Decoded out = Decode(testing::Framed(Status(0)) + testing::Framed(message));
  ASSERT_EQ(out.reports.size(), 1U);
  const picket::Detection& d = out.reports[0].detections.at(0);
  ASSERT_TRUE(d.fix && d.fix->hae);
  const LocalFrame frame(Geodetic{51.17, -1.82, {100.0}});
  const Eigen::Vector3d p = frame.ToLocal({d.fix->lat_deg, d.fix->lon_deg, *d.fix->hae});
  EXPECT_NEAR(p.norm(), 2500.0, 1e-6);
  EXPECT_LT(p.x(), -2400.0);
  EXPECT_NEAR(p.y(), 0.0, 1e-6);
  // West: the range's error is along east, the bearing's along north.
  EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kEast)], 20.0, 1e-6);
  EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kNorth)], 2500.0 * std::numbers::pi / 180,
              1e-6);
}

TEST(Sapient, ALostObjectIsNoDetection) {
  auto message = Detection(0);
  message.mutable_detection_report()->set_state("Lost");
  const Decoded out = Decode(testing::Framed(message));
  EXPECT_TRUE(out.reports.empty());
  EXPECT_TRUE(out.errors.empty());
}

TEST(Sapient, DamageCostsOnlyItself) {
  const std::string good = testing::Framed(Detection(0));
  auto unsound = Detection(1);
  unsound.mutable_detection_report()->set_object_id("nobody");
  std::string huge = good;
  huge[3] = '\x7F';
  const std::string stream = good + testing::Framed(unsound) + huge + good + good.substr(0, 9);
  const Decoded out = Decode(stream, {}, 11);
  EXPECT_EQ(out.json.size(), 2U);
  ASSERT_EQ(out.errors.size(), 3U);
  EXPECT_EQ(out.errors[0].field, "detection_report.object_id");
  EXPECT_EQ(out.errors[0].byte, static_cast<std::int64_t>(good.size()));
  EXPECT_NE(out.errors[1].what.find("expected at most 1048576"), std::string::npos);
  EXPECT_NE(out.errors[2].what.find("cut short"), std::string::npos);

  const Decoded text = Decode("{\"broken\": }\nnoise\n" + ToJson(Detection(0)) + "\n{\"a\":");
  EXPECT_EQ(text.json.size(), 1U);
  ASSERT_EQ(text.errors.size(), 3U);
  EXPECT_EQ(text.errors[0].line, 1);
  EXPECT_EQ(text.errors[1].line, 2);
  EXPECT_EQ(text.errors[2].line, 4);
}

// Each rule by itself: a sound message with one thing changed.
TEST(Sapient, ViolationsAreNamed) {
  using Change = void (*)(wire::sapient::SapientMessage&);
  struct Case {
    const char* field;
    Change change;
    wire::sapient::SapientMessage base;
  };
  const std::vector<Case> cases = {
      {"timestamp", [](auto& m) { m.clear_timestamp(); }, Detection(0)},
      {"timestamp", [](auto& m) { m.mutable_timestamp()->set_seconds(-1); }, Detection(0)},
      {"node_id", [](auto& m) { m.set_node_id("A8654CDF-4328-47DE-81FA-C495589E30C9"); },
       Detection(0)},
      {"node_id", [](auto& m) { m.set_node_id("a8654cdf-4328-17de-81fa-c495589e30c9"); },
       Detection(0)},
      {"destination_id", [](auto& m) { m.set_destination_id(""); }, Detection(0)},
      {"", [](auto& m) { m.clear_content(); }, Detection(0)},
      {"detection_report.report_id",
       [](auto& m) { m.mutable_detection_report()->set_report_id("81H4R63D7NVN8444Z5M77WEBY7"); },
       Detection(0)},
      {"detection_report.detection_confidence",
       [](auto& m) { m.mutable_detection_report()->set_detection_confidence(1.5F); }, Detection(0)},
      {"detection_report.location.y",
       [](auto& m) { m.mutable_detection_report()->mutable_location()->set_y(91.0); },
       Detection(0)},
      {"detection_report.location.x",
       [](auto& m) { m.mutable_detection_report()->mutable_location()->set_x(std::nan("")); },
       Detection(0)},
      {"detection_report.location.datum",
       [](auto& m) {
         m.mutable_detection_report()->mutable_location()->set_datum(
             wire::sapient::LOCATION_DATUM_UNSPECIFIED);
       },
       Detection(0)},
      {"detection_report.location.x_error",
       [](auto& m) { m.mutable_detection_report()->mutable_location()->set_x_error(-1.0); },
       Detection(0)},
      {"detection_report.range_bearing.azimuth",
       [](auto& m) { m.mutable_detection_report()->mutable_range_bearing()->set_azimuth(361.0); },
       testing::Polar(0)},
      {"detection_report.range_bearing.coordinate_system",
       [](auto& m) {
         m.mutable_detection_report()->mutable_range_bearing()->set_coordinate_system(
             static_cast<wire::sapient::RangeBearingCoordinateSystem>(5));
       },
       testing::Polar(0)},
      {"registration.icd_version",
       [](auto& m) { m.mutable_registration()->set_icd_version("BSI Flex 335 v9"); },
       Registration()},
      {"registration.capabilities", [](auto& m) { m.mutable_registration()->clear_capabilities(); },
       Registration()},
      {"registration.mode_definition[0].mode_name",
       [](auto& m) { m.mutable_registration()->mutable_mode_definition(0)->set_mode_name("  "); },
       Registration()},
      {"registration.mode_definition[0].detection_definition[0].location_type.zone",
       [](auto& m) {
         m.mutable_registration()
             ->mutable_mode_definition(0)
             ->mutable_detection_definition(0)
             ->mutable_location_type()
             ->clear_zone();
       },
       Registration()},
      {"registration.mode_definition[0].detection_definition[0].location_type",
       [](auto& m) {
         m.mutable_registration()
             ->mutable_mode_definition(0)
             ->mutable_detection_definition(0)
             ->mutable_location_type()
             ->set_range_bearing_datum(wire::sapient::RANGE_BEARING_DATUM_TRUE);
       },
       Registration()},
      {"status_report.power.level",
       [](auto& m) { m.mutable_status_report()->mutable_power()->set_level(101); }, Status(0)},
      {"status_report.system",
       [](auto& m) {
         m.mutable_status_report()->set_system(wire::sapient::StatusReport::SYSTEM_UNSPECIFIED);
       },
       Status(0)},
      {"detection_report",
       [](auto& m) {
         auto* const report = m.mutable_detection_report();
         report->GetReflection()->MutableUnknownFields(report)->AddVarint(99, 1);
       },
       Detection(0)},
  };
  for (const Case& c : cases) {
    auto message = c.base;
    ASSERT_TRUE(Check(testing::Framed(message)).errors.empty()) << c.field;
    c.change(message);
    const Decoded out = Decode(testing::Framed(message));
    ASSERT_EQ(out.errors.size(), 1U) << c.field;
    EXPECT_EQ(out.errors[0].field, c.field);
    EXPECT_TRUE(out.reports.empty()) << c.field;
  }
}

// The same node as of version 2, told by its registration, in both forms.
TEST(Sapient, NodesOfVersionOne) {
  auto down = testing::FirstStatus(3);
  auto& status = *down.mutable_status_report()->add_status();
  status.set_status_level(wire::sapient::v1::StatusReport::STATUS_LEVEL_SENSOR_STATUS);
  status.set_status_type("Not Detecting");
  for (const bool json : {false, true}) {
    std::string stream;
    for (const google::protobuf::Message& message : std::vector<wire::sapient::v1::SapientMessage>{
             testing::FirstRegistration(), testing::FirstStatus(1), testing::FirstDetection(2),
             down}) {
      stream += json ? ToJson(message) + "\n" : testing::Framed(message);
    }
    const Decoded out = Decode(stream);
    ASSERT_TRUE(out.errors.empty()) << out.errors.front().Text();
    EXPECT_EQ(out.json.size(), 4U);
    EXPECT_NE(out.json.at(1).find(R"("source":"Mains")"), std::string::npos) << out.json[1];
    ASSERT_EQ(out.reports.size(), 1U);
    EXPECT_EQ(out.reports[0].sensor, kNode);
    EXPECT_EQ(out.reports[0].detections.at(0).identity.size(), 1U) << "it tracks";
    ASSERT_EQ(out.changes.size(), 2U);
    ASSERT_TRUE(out.changes[0].whole && out.changes[1].whole);
    const Sensor& sensor = out.changes[0].whole->sensor;
    EXPECT_EQ(sensor.name, "Radar of old");
    EXPECT_TRUE(sensor.up);
    EXPECT_NEAR(sensor.field.max_range_m, 8000.0, 1e-9) << "its coverage";
    EXPECT_NEAR(sensor.field.azimuth_width_rad, 0.5 * std::numbers::pi, 1e-12);
    EXPECT_FALSE(out.changes[1].whole->sensor.up) << "a status in words";
    const Checked checked = Check(stream);
    EXPECT_TRUE(checked.errors.empty());
    EXPECT_EQ(checked.messages, 4);
    EXPECT_EQ(checked.first, 4);
  }
  // Without its registration a message is one of version 2.
  const Decoded alone = Decode(testing::Framed(down));
  EXPECT_TRUE(alone.json.empty());
  EXPECT_EQ(alone.errors.size(), 1U);
  // Registered anew with version 2, the node is of that.
  const std::string both = testing::Framed(testing::FirstRegistration()) +
                           testing::Framed(Registration()) + testing::Framed(Status(1));
  const Checked checked = Check(both);
  EXPECT_TRUE(checked.errors.empty()) << checked.errors.front().Text();
  EXPECT_EQ(checked.first, 1);
}

TEST(Sapient, VersionOneIsHeldToItsOwnRules) {
  using First = wire::sapient::v1::SapientMessage;
  using Change = void (*)(First&);
  struct Case {
    const char* field;
    Change change;
    First base;
  };
  const std::vector<Case> cases = {
      {"registration.mode_definition[0].detection_definition",
       [](First& m) {
         m.mutable_registration()->mutable_mode_definition(0)->clear_detection_definition();
       },
       testing::FirstRegistration()},
      {"registration.mode_definition[0].task",
       [](First& m) { m.mutable_registration()->mutable_mode_definition(0)->clear_task(); },
       testing::FirstRegistration()},
      {"registration.mode_definition[0].task[0].command[0].name",
       [](First& m) {
         auto& mode = *m.mutable_registration()->mutable_mode_definition(0);
         mode.mutable_task(0)->mutable_command(0)->clear_name();
       },
       testing::FirstRegistration()},
      // What only version 2 has.
      {"registration.node_definition[0].node_type",
       [](First& m) {
         m.mutable_registration()->mutable_node_definition(0)->set_node_type(
             static_cast<wire::sapient::v1::Registration::NodeType>(20));
       },
       testing::FirstRegistration()},
      {"registration",
       [](First& m) {
         auto* const registration = m.mutable_registration();
         registration->GetReflection()->MutableUnknownFields(registration)->AddLengthDelimited(10);
       },
       testing::FirstRegistration()},
      {"status_report.power",
       [](First& m) {
         auto* const power = m.mutable_status_report()->mutable_power();
         power->GetReflection()->MutableUnknownFields(power)->AddVarint(4, 2);
       },
       testing::FirstStatus(1)},
      {"status_report.power.level",
       [](First& m) { m.mutable_status_report()->mutable_power()->set_level(101); },
       testing::FirstStatus(1)},
      {"status_report.status[0].status_type",
       [](First& m) { m.mutable_status_report()->add_status(); }, testing::FirstStatus(1)},
      {"detection_report.location.y",
       [](First& m) { m.mutable_detection_report()->mutable_location()->set_y(91.0); },
       testing::FirstDetection(1)},
  };
  const std::string registration = testing::Framed(testing::FirstRegistration());
  for (const Case& c : cases) {
    First message = c.base;
    ASSERT_TRUE(Check(registration + testing::Framed(message)).errors.empty()) << c.field;
    c.change(message);
    const Checked checked = Check(registration + testing::Framed(message));
    ASSERT_EQ(checked.errors.size(), 1U) << c.field;
    EXPECT_EQ(checked.errors[0].field, c.field);
  }
  // Neither may wear the other's icd_version.
  auto second = Registration();
  second.mutable_registration()->set_icd_version(std::string(kFirstVersion));
  EXPECT_FALSE(Check(testing::Framed(second)).errors.empty());
  EXPECT_FALSE(Check(ToJson(second)).errors.empty());
  auto first = testing::FirstRegistration();
  first.mutable_registration()->set_icd_version(std::string(kVersion));
  EXPECT_FALSE(Check(testing::Framed(first)).errors.empty());
  EXPECT_FALSE(Check(ToJson(first)).errors.empty());
}

TEST(Sapient, RecognisedByContent) {
  const std::string framed = testing::Framed(Detection(0));
  EXPECT_EQ(RecogniseCapture(AsBytes(framed), true), CaptureFormat::kSapient);
  EXPECT_EQ(RecogniseCapture(AsBytes(framed + framed.substr(0, 20)), false),
            CaptureFormat::kSapient);
  EXPECT_EQ(RecogniseCapture(AsBytes(ToJson(Detection(0))), true), CaptureFormat::kSapient);
  EXPECT_NE(RecogniseCapture(AsBytes(framed.substr(1)), true), CaptureFormat::kSapient);
  EXPECT_NE(RecogniseCapture(AsBytes(R"({"time":1,"sensor":"a","detections":[]})"), true),
            CaptureFormat::kSapient);
}

// The conformance messages of the standard's own test harness.
TEST(Sapient, ConformanceMessages) {
  const char* const data = std::getenv("PICKET_DATA");
  if (data == nullptr) GTEST_SKIP() << "PICKET_DATA is not set";
  const auto check = [&](const char* folder, bool sound) {
    int count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(data) + "/sapient/" + folder)) {
      std::ifstream in(entry.path());
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      const Checked checked = Check(text);
      EXPECT_EQ(checked.errors.empty(), sound)
          << entry.path() << (sound ? checked.errors.front().Text() : " is not refused");
      EXPECT_EQ(checked.messages, 1) << entry.path();
      ++count;
    }
    return count;
  };
  EXPECT_EQ(check("valid", true), 38);
  EXPECT_EQ(check("invalid", false), 129);
}

}  // namespace
}  // namespace picket::sapient
