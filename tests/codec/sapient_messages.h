// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wire/sapient.pb.h>
#include <wire/sapient_v1.pb.h>

#include <string>

#include "picket/base/time.h"

/// Sound SAPIENT messages for tests, made with the generated classes and nothing of the codec.
namespace picket::sapient::testing {

namespace pb = ::picket::wire::sapient;

inline constexpr const char* kNode = "a8654cdf-4328-47de-81fa-c495589e30c9";
inline constexpr const char* kUlid = "01H4R63D7NVN8444Z5M77WEBY7";

inline Time At(int second) {
  return *Time::Parse("2026-03-01T12:00:00Z") + Duration::Seconds(second);
}

inline pb::SapientMessage Message(Time time) {
  pb::SapientMessage message;
  message.mutable_timestamp()->set_seconds(time.ns() / 1'000'000'000);
  message.mutable_timestamp()->set_nanos(static_cast<int>(time.ns() % 1'000'000'000));
  message.set_node_id(kNode);
  return message;
}

inline void SetPlace(pb::Location& at, double lat_deg, double lon_deg, double height_m) {
  at.set_x(lon_deg);
  at.set_y(lat_deg);
  at.set_z(height_m);
  at.set_coordinate_system(pb::LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M);
  at.set_datum(pb::LOCATION_DATUM_WGS84_E);
}

inline pb::SapientMessage DetectionAt(Time time, double lat_deg, double lon_deg, double height_m) {
  pb::SapientMessage message = Message(time);
  auto& report = *message.mutable_detection_report();
  report.set_report_id(kUlid);
  report.set_object_id(kUlid);
  auto& at = *report.mutable_location();
  SetPlace(at, lat_deg, lon_deg, height_m);
  at.set_x_error(5.0);
  at.set_y_error(5.0);
  at.set_z_error(10.0);
  return message;
}

inline pb::SapientMessage Detection(int second) {
  return DetectionAt(At(second), 51.17, -1.82, 180.0);
}

/// 2.5 km to the west.
inline pb::SapientMessage Polar(int second) {
  pb::SapientMessage message = Message(At(second));
  auto& report = *message.mutable_detection_report();
  report.set_report_id(kUlid);
  report.set_object_id(kUlid);
  auto& at = *report.mutable_range_bearing();
  at.set_range(2.5);
  at.set_range_error(0.02);
  at.set_azimuth(-90.0);
  at.set_azimuth_error(1.0);
  at.set_elevation(2.0);
  at.set_elevation_error(2.0);
  at.set_coordinate_system(pb::RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_KM);
  at.set_datum(pb::RANGE_BEARING_DATUM_TRUE);
  return message;
}

inline pb::SapientMessage StatusAt(Time time) {
  pb::SapientMessage message = Message(time);
  auto& status = *message.mutable_status_report();
  status.set_report_id(kUlid);
  status.set_system(pb::StatusReport::SYSTEM_OK);
  status.set_info(pb::StatusReport::INFO_NEW);
  status.set_mode("Default");
  SetPlace(*status.mutable_node_location(), 51.17, -1.82, 100.0);
  return message;
}
inline pb::SapientMessage Status(int second) { return StatusAt(At(second)); }

inline pb::SapientMessage RegistrationAt(Time time) {
  pb::SapientMessage message = Message(time);
  auto& node = *message.mutable_registration();
  node.add_node_definition()->set_node_type(pb::Registration::NODE_TYPE_RADAR);
  node.set_icd_version("BSI Flex 335 v2.0");
  node.set_name("Radar on the hill");
  auto& capability = *node.add_capabilities();
  capability.set_category("Radar");
  capability.set_type("Range");
  const auto seconds = [](pb::Registration::Duration& duration, float value) {
    duration.set_units(pb::Registration::TIME_UNITS_SECONDS);
    duration.set_value(value);
  };
  seconds(*node.mutable_status_definition()->mutable_status_interval(), 5.0F);
  auto& mode = *node.add_mode_definition();
  mode.set_mode_name("Default");
  mode.set_mode_type(pb::Registration::MODE_TYPE_PERMANENT);
  seconds(*mode.mutable_settle_time(), 0.0F);
  auto& place = *mode.add_detection_definition()->mutable_location_type();
  place.set_location_units(pb::LOCATION_COORDINATE_SYSTEM_UTM_M);
  place.set_location_datum(pb::LOCATION_DATUM_WGS84_E);
  place.set_zone("30U");
  auto& task = *mode.mutable_task();
  task.set_concurrent_tasks(0);
  auto& region = *task.mutable_region_definition();
  region.add_region_type(pb::Registration::REGION_TYPE_AREA_OF_INTEREST);
  auto& area = *region.add_region_area();
  area.set_location_units(pb::LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M);
  area.set_location_datum(pb::LOCATION_DATUM_WGS84_E);
  auto& config = *node.add_config_data();
  config.set_manufacturer("Nobody");
  config.set_model("One");
  return message;
}
inline pb::SapientMessage Registration() { return RegistrationAt(At(0)); }

/// The same of version 1.
inline pb::v1::SapientMessage FirstMessage(Time time) {
  pb::v1::SapientMessage message;
  message.mutable_timestamp()->set_seconds(time.ns() / 1'000'000'000);
  message.mutable_timestamp()->set_nanos(static_cast<int>(time.ns() % 1'000'000'000));
  message.set_node_id(kNode);
  return message;
}

inline pb::v1::SapientMessage FirstRegistration() {
  pb::v1::SapientMessage message = FirstMessage(At(0));
  auto& node = *message.mutable_registration();
  node.add_node_definition()->set_node_type(pb::v1::Registration::NODE_TYPE_RADAR);
  node.set_icd_version("BSI Flex 335 v1.0");
  node.set_name("Radar of old");
  auto& capability = *node.add_capabilities();
  capability.set_category("Radar");
  capability.set_type("Range");
  const auto seconds = [](pb::v1::Registration::Duration& duration, float value) {
    duration.set_units(pb::v1::Registration::TIME_UNITS_SECONDS);
    duration.set_value(value);
  };
  seconds(*node.mutable_status_definition()->mutable_status_interval(), 5.0F);
  auto& mode = *node.add_mode_definition();
  mode.set_mode_name("Default");
  mode.set_mode_type(pb::v1::Registration::MODE_TYPE_PERMANENT);
  mode.set_tracking_type(pb::Registration::TRACKING_TYPE_TRACK);
  seconds(*mode.mutable_settle_time(), 0.0F);
  auto& place = *mode.mutable_detection_definition()->mutable_location_type();
  place.set_location_units(pb::LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M);
  place.set_location_datum(pb::LOCATION_DATUM_WGS84_E);
  for (int i = 0; i < 2; ++i) {
    auto& region = *mode.add_task()->mutable_region_definition();
    region.add_region_type(pb::v1::REGION_TYPE_AREA_OF_INTEREST);
    *region.add_region_area() = place;
  }
  auto& command = *mode.mutable_task(0)->add_command();
  command.set_name("Request");
  command.set_units("Start, Stop");
  seconds(*command.mutable_completion_time(), 1.0F);
  command.set_type(pb::v1::Registration::COMMAND_TYPE_REQUEST);
  return message;
}

/// Sees a quarter of the sky to 8 km, in the place of the others.
inline pb::v1::SapientMessage FirstStatus(int second) {
  pb::v1::SapientMessage message = FirstMessage(At(second));
  auto& status = *message.mutable_status_report();
  status.set_report_id(kUlid);
  status.set_system(pb::StatusReport::SYSTEM_OK);
  status.set_info(pb::StatusReport::INFO_NEW);
  status.mutable_power()->set_source("Mains");
  SetPlace(*status.mutable_node_location(), 51.17, -1.82, 100.0);
  auto& cone = *status.mutable_coverage()->mutable_range_bearing();
  cone.set_azimuth(45.0);
  cone.set_horizontal_extent(90.0);
  cone.set_range(8.0);
  cone.set_coordinate_system(pb::RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_KM);
  cone.set_datum(pb::RANGE_BEARING_DATUM_TRUE);
  return message;
}

inline pb::v1::SapientMessage FirstDetection(int second) {
  pb::v1::SapientMessage message = FirstMessage(At(second));
  *message.mutable_detection_report() = Detection(second).detection_report();
  return message;
}

/// As it goes over TCP.
inline std::string Framed(const google::protobuf::Message& message) {
  const std::string body = message.SerializeAsString();
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(body.size() >> (8 * i) & 0xFFU);
  return out + body;
}

}  // namespace picket::sapient::testing
