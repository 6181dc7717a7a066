// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/remote_id.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "picket/codec/capture.h"

namespace picket::remote_id {
namespace {

using Bytes = std::vector<std::uint8_t>;

void Put(Bytes& b, std::size_t at, std::uint32_t value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) b[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}
void PutText(Bytes& b, std::size_t at, std::string_view text) {
  std::copy(text.begin(), text.end(), b.begin() + static_cast<std::ptrdiff_t>(at));
}
Bytes Head(int type) {
  Bytes b(kMessageBytes, 0);
  b[0] = static_cast<std::uint8_t>(type << 4 | 2);
  return b;
}
Bytes Basic(std::string_view id, int id_type = 1, int ua_type = 2) {
  Bytes b = Head(0);
  b[1] = static_cast<std::uint8_t>(id_type << 4 | ua_type);
  PutText(b, 2, id);
  return b;
}
/// 37.5 N 127 E, 120 m, 90 degrees at 10 m/s.
Bytes At() {
  Bytes b = Head(1);
  b[1] = 0x20;
  b[2] = 90;
  b[3] = 40;
  b[4] = 3;
  Put(b, 5, 375'000'000, 4);
  Put(b, 9, 1'270'000'000, 4);
  Put(b, 15, 2240, 2);
  Put(b, 17, 2100, 2);
  b[19] = 0x4A;
  b[20] = 0x03;
  Put(b, 21, 6000, 2);
  return b;
}
Bytes Pack(const std::vector<Bytes>& messages) {
  Bytes b = {0xF2, kMessageBytes, static_cast<std::uint8_t>(messages.size())};
  for (const Bytes& message : messages) b.insert(b.end(), message.begin(), message.end());
  return b;
}
template <typename T>
T As(const Bytes& b) {
  const auto message = ReadMessage(b);
  EXPECT_TRUE(message);
  const T* const value = std::get_if<T>(&*message);
  EXPECT_NE(value, nullptr);
  return *value;
}

Bytes Joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// Vendor element of a beacon that `mac` sends, without radiotap (link type 105).
Bytes Beacon(const Bytes& message, std::uint8_t counter = 7) {
  Bytes frame(24 + 12, 0);
  frame[0] = 0x80;
  const Bytes mac = {0x90, 0x3A, 0xE6, 0xC5, 0x08, 0x24};
  std::copy(mac.begin(), mac.end(), frame.begin() + 10);
  const Bytes ssid = {0, 3, 'R', 'I', 'D'};
  const Bytes head = {221,    static_cast<std::uint8_t>(message.size() + 5), 0xFA, 0x0B, 0xBC, 0x0D,
                      counter};
  return Joined({frame, ssid, head, message});
}
/// Legacy advertising of Bluetooth 4, as the link layer has it (link type 251).
Bytes Ble4(const Bytes& message) {
  const Bytes head = {0xD6, 0xBE, 0x89, 0x8E, 0x42, static_cast<std::uint8_t>(6 + 6 + 25),
                      0x24, 0x08, 0xC5, 0xE6, 0x3A, 0x90,
                      30,   0x16, 0xFA, 0xFF, 0x0D, 9};
  return Joined({head, message});
}

struct Received {
  std::vector<std::string> json;
  std::vector<Report> reports;
  std::vector<OperatorPlace> operators;
  std::vector<Error> errors;
  DecodeSink sink{[this](const DecodedMessage& m) {
                    if (!m.json.empty()) json.push_back(m.json);
                    if (m.operator_place) operators.push_back(*m.operator_place);
                    if (m.report) {
                      reports.push_back(*m.report);
                      EXPECT_TRUE(m.raw.empty()) << "the operator's place would be recorded";
                    }
                  },
                  [this](const Error& e) { errors.push_back(e); }};
};

const Time kNoon = *Time::Parse("2026-03-01T12:00:00Z");

TEST(RemoteId, ReadsEachMessage) {
  const auto basic = As<BasicId>(Basic("1581F6N8A23B2ML3Y3KR"));
  EXPECT_EQ(basic.id, "1581F6N8A23B2ML3Y3KR");
  EXPECT_EQ(basic.id_type, 1);
  EXPECT_EQ(basic.ua_type, 2);

  const auto at = As<Location>(At());
  EXPECT_EQ(at.status, 2);
  EXPECT_EQ(at.direction_deg, 90.0);
  EXPECT_EQ(at.speed_mps, 10.0);
  EXPECT_EQ(at.climb_mps, 1.5);
  EXPECT_NEAR(*at.lat_deg, 37.5, 1e-12);
  EXPECT_EQ(at.alt_hae_m, 120.0);
  EXPECT_EQ(at.height_m, 50.0);
  EXPECT_FALSE(at.pressure_altitude_m) << "0 is not known";
  EXPECT_EQ(at.horizontal_m, 10.0);
  EXPECT_EQ(at.vertical_m, 10.0);
  EXPECT_EQ(at.speed_error_mps, 1.0);
  EXPECT_EQ(at.past_hour_s, 600.0);

  Bytes page = Head(2);
  page[1] = 0x30;
  page[2] = 2;
  page[3] = 63;
  Put(page, 4, 86'400, 4);
  page[8] = 0xAB;
  const auto first = As<Authentication>(page);
  EXPECT_EQ(first.kind, 3);
  EXPECT_EQ(first.last_page, 2);
  EXPECT_EQ(first.length, 63);
  EXPECT_EQ(first.time, Time::Parse("2019-01-02T00:00:00Z"));
  ASSERT_EQ(first.data.size(), 17U);
  EXPECT_EQ(first.data[0], 0xAB);
  page[1] = 0x31;
  EXPECT_EQ(As<Authentication>(page).data.size(), 23U);

  Bytes self = Head(3);
  PutText(self, 2, "Survey flight");
  EXPECT_EQ(As<SelfId>(self).text, "Survey flight");

  Bytes system = Head(4);
  system[1] = 0x05;
  Put(system, 2, static_cast<std::uint32_t>(-337'000'000), 4);
  Put(system, 6, 1'511'000'000, 4);
  Put(system, 10, 3, 2);
  system[12] = 50;
  system[17] = 0x15;
  Put(system, 18, 2060, 2);
  const auto sys = As<System>(system);
  EXPECT_EQ(sys.operator_location_type, 1);
  EXPECT_EQ(sys.classification_type, 1);
  EXPECT_NEAR(*sys.operator_lat_deg, -33.7, 1e-12);
  EXPECT_EQ(sys.operator_alt_hae_m, 30.0);
  EXPECT_EQ(sys.area_radius_m, 500);
  EXPECT_EQ(sys.eu_class, 5);

  Bytes op = Head(5);
  PutText(op, 2, "GBR-OP-123ABCD");
  EXPECT_EQ(As<OperatorId>(op).id, "GBR-OP-123ABCD");
}

TEST(RemoteId, WhatIsNotKnownIsNotStated) {
  Bytes b = Head(1);
  b[2] = 181;
  b[3] = 255;
  b[4] = 126;
  Put(b, 21, 0xFFFF, 2);
  const auto at = As<Location>(b);
  EXPECT_FALSE(at.direction_deg || at.speed_mps || at.climb_mps || at.lat_deg || at.alt_hae_m ||
               at.horizontal_m || at.past_hour_s);
  EXPECT_FALSE(at.off_earth) << "0, 0 is no position, and no mistake either";
  Bytes west = At();
  west[1] |= 3U;  // west, and steps of 0.75 m/s
  EXPECT_EQ(As<Location>(west).direction_deg, 270.0);
  EXPECT_EQ(As<Location>(west).speed_mps, 93.75);
  Put(west, 5, 910'000'000, 4);
  EXPECT_TRUE(As<Location>(west).off_earth);
  EXPECT_FALSE(As<Location>(west).lat_deg);
  EXPECT_FALSE(ReadMessage(Head(6)));
  EXPECT_FALSE(ReadMessage(Bytes(24, 0)));
}

TEST(RemoteId, ABeaconIsAReport) {
  Receiver receiver({.want_json = true, .want_reports = true}, "remote-id");
  Received out;
  Bytes system = Head(4);
  Put(system, 2, 374'000'000, 4);
  Put(system, 6, 1'270'000'000, 4);
  receiver.Frame(105, Beacon(Pack({Basic("ABC123"), At(), system})), kNoon, out.sink);
  EXPECT_TRUE(out.errors.empty());
  ASSERT_EQ(out.json.size(), 1U);
  EXPECT_NE(out.json[0].find("\"transport\":\"wifi-beacon\",\"mac\":\"90:3A:E6:C5:08:24\""),
            std::string::npos)
      << out.json[0];
  ASSERT_EQ(out.reports.size(), 1U);
  const Detection& d = out.reports[0].detections.at(0);
  EXPECT_EQ(out.reports[0].time, kNoon);
  EXPECT_EQ(d.identity.at(0), (std::pair<std::string, std::string>("remote_id", "ABC123")));
  EXPECT_NEAR(d.fix->lat_deg, 37.5, 1e-12);
  EXPECT_EQ(d.fix->hae->m, 120.0);
  EXPECT_NEAR(d[Component::kVelEast], 10.0, 1e-12);
  EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kEast)], 10.0 / 2.4477, 1e-9);
  EXPECT_EQ(d.class_probability[0], 1.0);
  // The same fix again is no news; later it is.
  receiver.Frame(105, Beacon(Pack({Basic("ABC123"), At()})), kNoon, out.sink);
  EXPECT_EQ(out.reports.size(), 1U);
  receiver.Frame(105, Beacon(Pack({At()})), kNoon + Duration::Seconds(1.5), out.sink);
  EXPECT_EQ(out.reports.size(), 2U);
  EXPECT_EQ(receiver.counts().packs, 3);
}

TEST(RemoteId, Bluetooth4MessagesAreTiedByTheirSender) {
  Receiver receiver({.want_json = true, .want_reports = true}, "remote-id");
  Received out;
  receiver.Frame(251, Ble4(Basic("SN-77")), kNoon, out.sink);
  receiver.Frame(251, Ble4(At()), kNoon, out.sink);
  EXPECT_TRUE(out.errors.empty());
  ASSERT_EQ(out.reports.size(), 1U);
  EXPECT_EQ(out.reports[0].detections.at(0).identity.at(0).second, "SN-77");
  EXPECT_NE(out.json.at(1).find("\"ble4\",\"mac\":\"90:3A:E6:C5:08:24\",\"counter\":9"),
            std::string::npos)
      << out.json.at(1);
  EXPECT_EQ(receiver.counts().packs, 0);

  Bytes op = Head(5);
  PutText(op, 2, "GBR-OP-1");
  Bytes system = Head(4);
  system[1] = 0x01;
  Put(system, 2, static_cast<std::uint32_t>(-337'000'000), 4);
  Put(system, 6, 1'511'000'000, 4);
  Put(system, 18, 2060, 2);
  receiver.Frame(251, Ble4(op), kNoon, out.sink);
  EXPECT_TRUE(out.operators.empty());
  receiver.Frame(251, Ble4(system), kNoon, out.sink);
  ASSERT_EQ(out.operators.size(), 1U);
  const OperatorPlace& place = out.operators[0];
  EXPECT_EQ(place.aircraft, "SN-77");
  EXPECT_EQ(place.operator_id, "GBR-OP-1");
  EXPECT_EQ(LocationTypeName(place.location_type), "live");
  EXPECT_NEAR(place.lat_deg, -33.7, 1e-12);
  EXPECT_EQ(place.alt_hae_m, 30.0);
}

TEST(RemoteId, ANanFrameIsUnwrapped) {
  const Bytes message = Joined({{5}, Pack({Basic("NAN-1"), At()})});
  Bytes frame(24, 0);
  frame[0] = 0xD0;
  const Bytes action = {0x04, 0x09, 0x50, 0x6F, 0x9A, 0x13, 0x01, 0x02, 0, 9, 9};
  const auto size = static_cast<std::uint8_t>(message.size());
  const Bytes service = {
      0x03, static_cast<std::uint8_t>(size + 10), 0, 0x88, 0x69, 0x19, 0x9D, 0x92, 0x09, 1, 0, 0x10,
      size};
  Receiver receiver({.want_json = false, .want_reports = true}, "remote-id");
  Received out;
  receiver.Frame(105, Joined({frame, action, service, message}), kNoon, out.sink);
  ASSERT_EQ(out.reports.size(), 1U);
  EXPECT_EQ(out.reports[0].detections.at(0).identity.at(0).second, "NAN-1");
}

TEST(RemoteId, DamageIsToldAndMakesNoReport) {
  Receiver receiver({.want_json = true, .want_reports = true}, "remote-id");
  Received out;
  Bytes many = Pack({At()});
  many[2] = 70;
  receiver.Frame(105, Beacon(many), kNoon, out.sink);
  ASSERT_EQ(out.errors.size(), 1U);
  EXPECT_NE(out.errors[0].what.find("70 messages of 25 bytes"), std::string::npos);
  Bytes off = At();
  Put(off, 5, 910'000'000, 4);
  receiver.Frame(105, Beacon(Pack({Head(9), off})), kNoon, out.sink);
  EXPECT_EQ(out.errors.size(), 3U);
  EXPECT_TRUE(out.reports.empty());
  EXPECT_EQ(receiver.counts().messages[1], 1);
  // A sniffer that found the checksum wrong: shown, but no report.
  Bytes sniffed = {3, 8, 1, 3, 0, 0, 2, 10, 0x00, 37, 50, 0, 0, 0, 0, 0, 0};
  const Bytes packet = Ble4(At());
  sniffed.insert(sniffed.end(), packet.begin(), packet.end());
  receiver.Frame(272, sniffed, kNoon, out.sink);
  EXPECT_NE(out.json.back().find("\"intact\":false"), std::string::npos);
  EXPECT_TRUE(out.reports.empty());
  sniffed[8] = 0x01;
  receiver.Frame(272, sniffed, kNoon, out.sink);
  EXPECT_EQ(out.reports.size(), 1U);
  // Cut anywhere, nothing is read that is not there.
  const Bytes beacon = Beacon(Pack({Basic("X"), At()}));
  for (std::size_t n = 0; n < beacon.size(); ++n) {
    receiver.Frame(105, std::span(beacon).first(n), kNoon, out.sink);
  }
}

TEST(RemoteId, ReceiversJsonInBothForms) {
  const std::string list =
      R"([{"Basic ID":{"id_type":"Serial Number","id":"PA1","ua_type":2,)"
      R"("MAC":"90:3A:E6:C5:08:24"}},{"Location/Vector Message":{"latitude":42.5,)"
      R"("longitude":-71.1,)"
      R"("speed":10,"vert_speed":0,"direction":180,"geodetic_altitude":110.6,)"
      R"("horizontal_accuracy":"< 3 m"}},{"System Message":{"latitude":42.4,"longitude":-71}}])";
  const std::string object =
      R"({"index":1,"Basic ID":{"id_type":"Serial Number","id":"ESP","ua_type":1},)"
      R"("Location/Vector Message":{"latitude":0,"longitude":0}})";
  EXPECT_EQ(
      RecogniseCapture({reinterpret_cast<const std::uint8_t*>(list.data()), list.size()}, true),
      CaptureFormat::kRemoteId);
  JsonDecoder decoder({.want_json = true, .want_reports = true}, "remote-id", std::nullopt);
  Received out;
  const std::string text = list + "\n[{\"broken\n" + object + "\n" +
                           R"({"Location/Vector Message":{"latitude":95,"longitude":1}})";
  decoder.Feed({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, kNoon, out.sink);
  decoder.Finish(out.sink);
  EXPECT_EQ(out.json.size(), 2U);
  ASSERT_EQ(out.reports.size(), 1U) << "0, 0 is no position";
  EXPECT_EQ(out.reports[0].time, kNoon);
  const Detection& d = out.reports[0].detections.at(0);
  EXPECT_EQ(d.identity.at(0).second, "PA1");
  EXPECT_NEAR(d[Component::kVelNorth], -10.0, 1e-12);
  EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kEast)], 3.0 / 2.4477, 1e-9);
  ASSERT_EQ(out.errors.size(), 2U);
  EXPECT_EQ(out.errors[0].line, 2);
  EXPECT_EQ(out.errors[1].field, "Location/Vector Message.latitude");
}

TEST(RemoteIdJson, FlatObjectsOfSniffers) {
  JsonDecoder decoder({.want_json = true, .want_reports = true}, "remote-id", std::nullopt);
  Received out;
  const std::string text =
      R"({"heartbeat":"Device is active and running."})"
      "\n"
      R"({"mac":"aa:bb:cc:dd:ee:ff","rssi":-63,"drone_lat":37.45,"drone_long":126.6,)"
      R"("drone_altitude":152,"pilot_lat":37.44,"pilot_long":126.61,"basic_id":"1581F5XYZ",)"
      R"("speed":10,"heading":90,"operator_id":"OP1"})"
      "\n"
      R"({"mac":"aa:bb:cc:dd:ee:ff","drone_lat":0.0,"drone_long":0.0,"pilot_lat":37.44,)"
      R"("pilot_long":126.61})"
      "\n"
      R"({"mac":"aa:bb:cc:dd:ee:ff","drone_lat":95.0,"drone_long":1.0,"basic_id":"X"})"
      "\n"
      R"({"mac":"aa:bb:cc:dd:ee:ff","drone_lat":0,"drone_long":0})"
      "\n";
  decoder.Feed({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, kNoon, out.sink);
  decoder.Finish(out.sink);
  ASSERT_EQ(out.json.size(), 2U);
  EXPECT_NE(out.json[0].find("\"id\":\"OP1\""), std::string::npos) << out.json[0];
  EXPECT_NE(out.json[1].find("37.44"), std::string::npos) << out.json[1];
  ASSERT_EQ(out.reports.size(), 1U);
  const Detection& d = out.reports[0].detections.at(0);
  EXPECT_EQ(d.fix.value().lat_deg, 37.45);
  EXPECT_EQ(d.fix->hae.value().m, 152.0);
  EXPECT_NEAR(d[Component::kVelEast], 10.0, 1e-12);
  EXPECT_EQ(d.identity, (Identity{{"remote_id", "1581F5XYZ"}}));
  ASSERT_EQ(out.operators.size(), 2U) << "at 0, 0 it is not told where the drone is, but its pilot";
  for (const OperatorPlace& place : out.operators) {
    EXPECT_EQ(place.time, kNoon);
    EXPECT_EQ(place.sender, "aa:bb:cc:dd:ee:ff");
    EXPECT_EQ(place.aircraft, "1581F5XYZ");
    EXPECT_EQ(place.operator_id, "OP1");
    EXPECT_EQ(place.lat_deg, 37.44);
    EXPECT_EQ(place.lon_deg, 126.61);
  }
  ASSERT_EQ(out.errors.size(), 2U);
  EXPECT_EQ(out.errors[0].field, "drone_lat");
  EXPECT_EQ(out.errors[0].line, 4);
  EXPECT_EQ(out.errors[1].what, "holds no message of Remote ID");
}

}  // namespace
}  // namespace picket::remote_id
