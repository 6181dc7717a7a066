// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/cot.h"

#include <gtest/gtest.h>
#include <wire/tak.pb.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "picket/codec/capture.h"

namespace picket::cot {
namespace {

constexpr std::string_view kDrone =
    "<?xml version='1.0' standalone='yes'?>\n"
    "<event version='2.0' uid='u-1' type='a-u-A-M-H-Q' how='h-e' "
    "time='2026-03-01T12:00:00.5Z' start='2026-03-01T12:00:00Z' stale='2026-03-01T12:01:00Z'>\n"
    "<point lat='37.5' lon='127.25' hae='120.5' ce='21.46' le='9999999.0'/>\n"
    "<detail><contact callsign='Hawk &amp; Eye'/><track speed='10' course='90'/><x y='1'/></detail>"
    "</event>\n";

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string Replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  const std::size_t at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

struct Decoded {
  std::vector<std::string> json;
  std::vector<Report> reports;
  std::vector<Error> errors;
};

Decoded Decode(std::string_view stream, std::size_t piece = 1U << 20U, bool datagrams = false) {
  CotDecoder decoder({.want_json = true, .want_reports = true}, "cot", datagrams);
  Decoded out;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& m) {
    out.json.push_back(m.json);
    if (m.report) out.reports.push_back(*m.report);
  };
  sink.on_error = [&](const Error& e) { out.errors.push_back(e); };
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    decoder.Feed(AsBytes(stream.substr(at, piece)), std::nullopt, sink);
  }
  decoder.Finish(sink);
  return out;
}

TEST(Cot, ReadsAnEvent) {
  const auto event = ReadXml(kDrone);
  ASSERT_TRUE(event) << event.error().front().Text();
  EXPECT_EQ(event->uid, "u-1");
  EXPECT_EQ(event->time, *Time::Parse("2026-03-01T12:00:00.5Z"));
  EXPECT_EQ(event->lon_deg, 127.25);
  EXPECT_EQ(event->hae_m, 120.5);
  EXPECT_EQ(event->ce_m, 21.46);
  EXPECT_FALSE(event->le_m) << "9999999 is not known";
  EXPECT_EQ(event->callsign, "Hawk & Eye");
  EXPECT_EQ(event->speed_mps, 10.0);
  EXPECT_NE(event->detail.find("<x y=\"1\"/>"), std::string::npos);
}

TEST(Cot, WhatFliesIsAReport) {
  const Decoded out = Decode(std::string(kDrone) + Replaced(kDrone, "a-u-A-M-H-Q", "a-f-G-U-C") +
                             Replaced(Replaced(kDrone, "37.5", "0"), "127.25", "0.0"));
  EXPECT_EQ(out.json.size(), 3U);
  ASSERT_EQ(out.reports.size(), 1U) << "neither a man on the ground nor 0, 0";
  EXPECT_EQ(out.reports[0].sensor, "cot");
  const Detection& d = out.reports[0].detections.at(0);
  EXPECT_EQ(d.fix->lat_deg, 37.5);
  EXPECT_EQ(d.fix->hae->m, 120.5);
  EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kEast)], 10.0, 1e-9);
  EXPECT_EQ(d.sd[static_cast<std::size_t>(Component::kUp)], 0.0);
  EXPECT_NEAR(d[Component::kVelEast], 10.0, 1e-12);
  EXPECT_NEAR(d[Component::kVelNorth], 0.0, 1e-12);
  EXPECT_EQ(d.class_probability[0], 1.0);
  EXPECT_EQ(d.identity.at(0).second, "u-1");
}

TEST(Cot, ViolationsAreNamed) {
  struct Case {
    const char* from;
    const char* to;
    const char* field;
  };
  for (const Case& c :
       {Case{"lat='37.5'", "lat='abc'", "point.lat"},
        Case{"lat='37.5'", "lat='37.5x'", "point.lat"},
        Case{"lat='37.5'", "lat='90.5'", "point.lat"}, Case{"lat='37.5'", "lat=''", "point.lat"},
        Case{"lat='37.5' ", "", "point.lat"}, Case{"lon='127.25'", "lon='NaN'", "point.lon"},
        Case{"lon='127.25'", "lon='-181'", "point.lon"},
        Case{"hae='120.5'", "hae='inf'", "point.hae"}, Case{"ce='21.46'", "ce='-1'", "point.ce"},
        Case{"le='9999999.0'", "le='99999999'", "point.le"},
        Case{"version='2.0'", "version='1.9'", "version"}, Case{"uid='u-1'", "uid=''", "uid"},
        Case{"type='a-u-A-M-H-Q' ", "", "type"}, Case{"type='a-u-A", "type='a--A", "type"},
        Case{"how='h-e'", "how='h e'", "how"}, Case{"time='2026-03", "time='2026-13", "time"},
        Case{"stale='2026-03-01T12:01", "stale='2026-03-01T11:01", "stale"},
        Case{"<point", "<pint", "point"}, Case{"<event ", "<even ", ""}}) {
    const auto event = ReadXml(Replaced(kDrone, c.from, c.to));
    ASSERT_FALSE(event) << c.to;
    EXPECT_EQ(event.error().front().field, c.field) << c.to;
    EXPECT_FALSE(event.error().front().what.empty());
  }
}

TEST(Cot, DamageCostsOnlyItself) {
  const std::string stream = std::string(kDrone) + "noise\n" +
                             Replaced(kDrone, "lat='37.5'", "lat='abc'") + std::string(kDrone) +
                             "<event uid='cut";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, stream.size()}) {
    const Decoded out = Decode(stream, piece);
    EXPECT_EQ(out.json.size(), 2U);
    ASSERT_EQ(out.errors.size(), 3U);
    EXPECT_EQ(out.errors[0].line, 5);
    EXPECT_EQ(out.errors[1].field, "point.lat");
    EXPECT_EQ(out.errors[2].line, 14);
  }
  // A document cannot make itself large.
  const std::string bomb = "<!DOCTYPE e [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>" +
                           Replaced(kDrone, "Hawk &amp; Eye", "&b;").substr(kDrone.find("<event"));
  EXPECT_EQ(Decode(bomb).json.size(), 1U);
}

TEST(Cot, XmlAndTakGiveTheSameEventBack) {
  auto event = *ReadXml(kDrone);
  event.access = "Undefined";
  event.qos = "1-r-c";
  const auto again = ReadXml(WriteXml(event));
  ASSERT_TRUE(again);
  EXPECT_EQ(WriteXml(*again), WriteXml(event));
  EXPECT_EQ(again->callsign, event.callsign);
  EXPECT_EQ(again->qos, "1-r-c");
  EXPECT_FALSE(again->le_m);

  const std::string tak = WriteTak(event, Framing::kStream);
  const Decoded out = Decode(tak + tak, 5);
  ASSERT_EQ(out.json.size(), 2U) << out.errors.size();
  EXPECT_NE(out.json[1].find("\"callsign\":\"Hawk & Eye\""), std::string::npos) << out.json[1];
  EXPECT_EQ(out.reports.at(0).time, event.time);
  EXPECT_EQ(Decode(WriteTak(event, Framing::kMesh), 1U << 20U, true).reports.size(), 1U);
  EXPECT_TRUE(out.errors.empty());
}

TEST(Cot, TakMessagesAreWhatTheProtocolSays) {
  // Read with the generated classes alone.
  const std::string mesh = WriteTak(*ReadXml(kDrone), Framing::kMesh);
  ASSERT_EQ(mesh.substr(0, 3), "\xBF\x01\xBF");
  wire::tak::TakMessage message;
  ASSERT_TRUE(message.ParseFromString(mesh.substr(3)));
  const wire::tak::CotEvent& event = message.cotevent();
  EXPECT_EQ(event.sendtime(), 1'772'366'400'500U);
  EXPECT_EQ(event.le(), kUnknown);
  EXPECT_EQ(event.detail().contact().callsign(), "Hawk & Eye");
  EXPECT_EQ(event.detail().track().course(), 90.0);
  EXPECT_EQ(event.detail().xmldetail(), "<x y=\"1\"/>");
  EXPECT_EQ(message.takcontrol().minprotoversion(), 1U) << "told at least once a minute";
  EXPECT_EQ(message.takcontrol().maxprotoversion(), 1U);
  // A device may tell that alone: neither event nor error.
  wire::tak::TakMessage control;
  control.mutable_takcontrol()->set_maxprotoversion(1);
  CotDecoder decoder({.want_json = true, .want_reports = true}, "cot", true);
  DecodeSink sink;
  sink.on_message = [](const DecodedMessage&) { ADD_FAILURE() << "no event"; };
  sink.on_error = [](const Error& e) { ADD_FAILURE() << e.Text(); };
  decoder.Feed(AsBytes("\xBF\x01\xBF" + control.SerializeAsString()), std::nullopt, sink);
  // The same rules hold.
  message.mutable_cotevent()->set_lat(std::nan(""));
  const std::string bytes = message.SerializeAsString();
  const auto refused = ReadTak(AsBytes(bytes));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().front().field, "point.lat");
}

TEST(Cot, TracksBecomeEvents) {
  Target target;
  target.time = *Time::Parse("2026-03-01T12:00:00.25Z");
  target.uid = "picket.17";
  target.id = "17";
  target.lat_deg = 37.5;
  target.lon_deg = 127.0;
  target.hae_m = 150.0;
  target.vel_enu_mps = {-3.0, 0.0, 1.0};
  target.sd_m = {5.0, 10.0, 20.0};
  target.target_class = "fixed_wing";
  const Event event = TrackEvent(target, Duration::Seconds(10.0));
  EXPECT_EQ(event.uid, "picket.17");
  EXPECT_EQ(event.type, "a-u-A-M-F-Q");
  EXPECT_NEAR(*event.ce_m, 21.46, 1e-9) << "90 % of the wider axis";
  EXPECT_NEAR(*event.le_m, 32.898, 1e-9);
  EXPECT_NEAR(*event.course_deg, 270.0, 1e-9);
  EXPECT_EQ(event.stale - event.time, Duration::Seconds(10.0));
  ASSERT_TRUE(ReadXml(WriteXml(event)));

  target.hae_m.reset();
  target.sd_m.reset();
  target.target_class = "bird";
  const std::string xml = WriteXml(TrackEvent(target, Duration::Seconds(10.0)));
  EXPECT_NE(xml.find("hae=\"9999999\" ce=\"9999999\" le=\"9999999\""), std::string::npos) << xml;
  EXPECT_EQ(xml.find("nan"), std::string::npos);
}

TEST(Cot, DeletionsLiveLongEnoughToBeTaken) {
  const Time time = *Time::Parse("2026-03-01T12:00:00Z");
  const auto gone = ReadXml(WriteXml(DeleteEvent("picket.17", "a-u-A-M-H-Q", time)));
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->type, "t-x-d-d");
  EXPECT_NE(gone->uid, "picket.17") << "an event of its own";
  EXPECT_GT(gone->stale - gone->time, Duration::Seconds(30.0)) << "what is stale is dropped";
  EXPECT_NE(gone->detail.find(R"(<link uid="picket.17" relation="p-p" type="a-u-A-M-H-Q")"),
            std::string::npos)
      << gone->detail;
  EXPECT_NE(gone->detail.find("<__forcedelete"), std::string::npos);
}

TEST(Cot, WaysAreDrawnLines) {
  Target target;
  target.time = *Time::Parse("2026-03-01T12:00:00Z");
  target.uid = "picket.17";
  target.id = "17";
  target.lat_deg = 37.5;
  target.lon_deg = 127.0;
  const std::vector<WayPoint> way = {
      {37.5, 126.98, 120.0}, {37.5, 126.99, std::nullopt}, {37.5, 127.0, 130.25}};
  const auto event = ReadXml(WriteXml(WayEvent(target, way, Duration::Seconds(15.0))));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->uid, "picket.17.way");
  EXPECT_EQ(event->type, "u-d-f");
  EXPECT_EQ(event->stale - event->time, Duration::Seconds(15.0));
  const std::size_t first = event->detail.find(R"(<link point="37.5000000,126.9800000,120.0")");
  const std::size_t second = event->detail.find(R"(<link point="37.5000000,126.9900000")");
  const std::size_t third = event->detail.find(R"(<link point="37.5000000,127.0000000,130.2")");
  EXPECT_LT(first, second) << event->detail;
  EXPECT_LT(second, third) << event->detail;
  EXPECT_NE(third, std::string::npos) << event->detail;
  // The same over protocol version 1.
  const std::string tak = WriteTak(*event, Framing::kMesh);
  const auto back = ReadTak(AsBytes(std::string_view(tak).substr(3)));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->type, "u-d-f");
  EXPECT_NE(back->detail.find(R"(point="37.5000000,126.9800000,120.0")"), std::string::npos);
  EXPECT_NE(TrackEvent(target, Duration::Seconds(10.0), true)
                .detail.find(R"(<__bread_crumbs enabled="true")"),
            std::string::npos);
  EXPECT_EQ(TrackEvent(target, Duration::Seconds(10.0)).detail.find("crumbs"), std::string::npos);
}

// "The next character immediately commences the next <?xml": some servers take nothing else.
TEST(Cot, EventsOfAStreamFollowOneAnotherAtOnce) {
  const auto event = ReadXml(kDrone);
  ASSERT_TRUE(event);
  const std::string stream = WriteStreamXml(*event) + WriteStreamXml(*event);
  EXPECT_TRUE(stream.starts_with("<?xml ")) << stream;
  EXPECT_NE(stream.find("?>\n<event "), std::string::npos);
  EXPECT_NE(stream.find("</event><?xml "), std::string::npos);
  EXPECT_TRUE(stream.ends_with("</event>"));
  EXPECT_EQ(Check(stream).events, 2);
  EXPECT_TRUE(Check(stream).errors.empty());
}

TEST(Cot, HandshakeOfAStream) {
  const auto event = [](const char* type, const char* detail) {
    Event e;
    e.uid = "protouid";
    e.type = type;
    e.how = "m-g";
    e.detail = detail;
    return *ReadXml(WriteXml(e));
  };
  const char* const two = R"(<TakControl><TakProtocolSupport version="2"/>)"
                          R"(<TakProtocolSupport version="1"/></TakControl>)";
  EXPECT_EQ(HandshakeOf(event("t-x-takp-v", two)), Handshake::kOffered);
  EXPECT_EQ(HandshakeOf(event("t-x-takp-v",
                              R"(<TakControl><TakProtocolSupport version="2"/></TakControl>)")),
            Handshake::kNone);
  EXPECT_EQ(HandshakeOf(event("a-u-A", two)), Handshake::kNone);
  EXPECT_EQ(
      HandshakeOf(event("t-x-takp-r", R"(<TakControl><TakResponse status="true"/></TakControl>)")),
      Handshake::kAccepted);
  EXPECT_EQ(
      HandshakeOf(event("t-x-takp-r", R"(<TakControl><TakResponse status="false"/></TakControl>)")),
      Handshake::kRefused);
  const auto request = ReadXml(WriteXml(RequestEvent("us", *Time::Parse("2026-03-01T12:00:00Z"))));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->type, "t-x-takp-q");
  EXPECT_NE(request->detail.find(R"(<TakRequest version="1")"), std::string::npos);
}

TEST(Cot, OurOwnTracksAreNoReports) {
  const std::string prefix = UidPrefix("Harbour");
  EXPECT_EQ(prefix, UidPrefix("Harbour"));
  EXPECT_NE(prefix, UidPrefix("Airport"));
  EXPECT_TRUE(prefix.starts_with("picket."));
  Target target;
  target.time = *Time::Parse("2026-03-01T12:00:00Z");
  target.lat_deg = 37.5;
  target.lon_deg = 127.0;
  std::vector<std::string> uids;
  CotDecoder decoder({.want_json = false, .want_reports = true}, "cot", false, prefix);
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& m) {
    if (m.report) uids.push_back(m.report->detections.at(0).identity.at(0).second);
  };
  for (const std::string& uid : {prefix + "17", UidPrefix("Airport") + "17"}) {
    target.uid = uid;
    const std::string xml = WriteXml(TrackEvent(target, Duration::Seconds(10.0)));
    decoder.Feed(AsBytes(xml), std::nullopt, sink);
  }
  EXPECT_EQ(uids, std::vector<std::string>{UidPrefix("Airport") + "17"});
}

TEST(Cot, ObserversSpots) {
  const auto report_of = [](const std::string& type, const std::string& how,
                            const std::string& detail) {
    Event e;
    e.uid = "spot-1";
    e.type = type;
    e.how = how;
    e.lat_deg = 37.5;
    e.lon_deg = 127.0;
    e.hae_m = 40.0;
    e.detail = detail;
    std::optional<Report> report;
    CotDecoder decoder({.want_json = false, .want_reports = true}, "cot", false);
    DecodeSink sink;
    sink.on_message = [&](const DecodedMessage& m) { report = m.report; };
    decoder.Feed(AsBytes(WriteXml(e)), std::nullopt, sink);
    return report;
  };
  // A person's marker of something in the air, without an error of its own.
  const auto air = report_of("a-u-A-M-F-Q", "h-g-i-g-o", "");
  ASSERT_TRUE(air);
  const Detection& seen = air->detections.at(0);
  EXPECT_EQ(seen.sd[static_cast<std::size_t>(Component::kEast)], 200.0);
  EXPECT_EQ(seen.fix->hae->m, 40.0);
  // A spot whose words say what it was: on the ground, the drone is somewhere above.
  const auto spot = report_of("b-m-p-s-m", "h-g-i-g-o",
                              R"(<contact callsign="S.1"/><remarks>2 Drones, low</remarks>)");
  ASSERT_TRUE(spot);
  const Detection& marked = spot->detections.at(0);
  EXPECT_FALSE(marked.fix->hae || marked.fix->amsl);
  EXPECT_EQ(marked.class_probability[0] + marked.class_probability[1], 1.0);
  EXPECT_EQ(marked.sd[static_cast<std::size_t>(Component::kNorth)], 200.0);
  EXPECT_TRUE(report_of("b-m-p-s-m", "h-e", R"(<contact callsign="UAV 3"/>)"));
  EXPECT_FALSE(report_of("b-m-p-s-m", "h-e", R"(<contact callsign="Meeting point"/>)"));
  EXPECT_FALSE(report_of("b-m-p-s-m", "h-e", "<remarks>androned</remarks>"));
  EXPECT_FALSE(report_of("b-m-p-s-m", "m-g", "<remarks>drone</remarks>")) << "of no person";
  EXPECT_FALSE(report_of("a-u-G", "h-e", "<remarks>drone</remarks>"));
}

TEST(Cot, RecognisedByContent) {
  EXPECT_EQ(RecogniseCapture(AsBytes(kDrone), true), CaptureFormat::kCot);
  const std::string tak = WriteTak(*ReadXml(kDrone), Framing::kStream);
  EXPECT_EQ(RecogniseCapture(AsBytes(tak), true), CaptureFormat::kCot);
  EXPECT_EQ(RecogniseCapture(AsBytes("<kml><point/></kml>"), true), CaptureFormat::kUnknown);
}

TEST(Cot, PublishedEvents) {
  const char* const data = std::getenv("PICKET_DATA");
  if (data == nullptr) GTEST_SKIP() << "PICKET_DATA is not set";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(data) + "/cot")) {
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const Checked checked = Check(text);
    EXPECT_EQ(checked.events, 1) << entry.path();
    EXPECT_TRUE(checked.errors.empty()) << entry.path() << checked.errors.front().Text();
    const auto event = ReadXml(text);
    ASSERT_TRUE(event);
    EXPECT_TRUE(ReadXml(WriteXml(*event)));
    ++count;
  }
  EXPECT_EQ(count, 9);
}

}  // namespace
}  // namespace picket::cot
