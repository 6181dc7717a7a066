// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/readsb_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "picket/geo/angle.h"

namespace picket {
namespace {

struct Decoded {
  std::vector<nlohmann::json> json;
  std::vector<std::string> raw;
  std::vector<Report> reports;
  std::vector<Error> errors;
  ReadsbCounts counts;
};

Decoded Decode(const std::string& text, std::size_t piece = 1 << 20,
               std::optional<Time> received = {}) {
  ReadsbDecoder decoder({.want_json = true, .want_reports = true}, "adsb");
  Decoded run;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& m) {
    run.json.push_back(nlohmann::json::parse(m.json));
    run.raw.emplace_back(m.raw.begin(), m.raw.end());
    if (m.report) run.reports.push_back(*m.report);
  };
  sink.on_error = [&](const Error& e) { run.errors.push_back(e); };
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    decoder.Feed(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)), received, sink);
  }
  decoder.Finish(sink);
  run.counts = decoder.counts();
  return run;
}

double Sd(const Detection& d, Component c) { return d.sd[static_cast<std::size_t>(c)]; }

// As readsb writes it: one object over several lines.
constexpr const char* kFile = R"({ "now" : 1772366400.5,
  "messages" : 1234,
  "aircraft" : [
{"hex":"406b90","type":"adsb_icao","flight":"EZY85MH ","alt_baro":32000,"alt_geom":32500,
  "gs":450.0,"track":90.0,"geom_rate":-640,"category":"A3","lat":37.5,"lon":126.5,"nac_p":9,
  "nac_v":2,"seen_pos":0.5,"seen":0.1,"rssi":-20.1},
{"hex":"~2a0001","type":"tisb_other","alt_baro":1500,"lat":37.6,"lon":126.6,"seen_pos":2.0},
{"hex":"71c123","type":"mode_s","alt_baro":10000,"seen":1.0},
{"hex":"71c124","type":"adsb_icao_nt","alt_baro":"ground","gs":12,"track":180,
  "category":"C2","lat":37.44,"lon":126.44,"seen_pos":0.0}
  ]
}
)";

TEST(ReadsbJson, AnAircraftFile) {
  for (const std::size_t piece : {std::size_t{1 << 20}, std::size_t{1}, std::size_t{7}}) {
    const Decoded run = Decode(kFile, piece);
    EXPECT_TRUE(run.errors.empty());
    EXPECT_EQ(run.counts.documents, 1);
    ASSERT_EQ(run.json.size(), 4U);
    EXPECT_EQ(run.json[2]["hex"], "71c123");
    EXPECT_EQ(run.json[2]["now"], 1772366400.5);
    ASSERT_EQ(run.reports.size(), 3U);

    EXPECT_EQ(run.reports[0].sensor, "adsb");
    EXPECT_EQ(run.reports[0].time, Time::Parse("2026-03-01T12:00:00Z"));
    const Detection& airliner = run.reports[0].detections.at(0);
    EXPECT_EQ(airliner.fix.value().lat_deg, 37.5);
    EXPECT_NEAR(airliner.fix->hae.value().m, 9906.0, 1e-9);
    EXPECT_NEAR(airliner[Component::kVelEast], 450.0 * 1852 / 3600, 1e-9);
    EXPECT_NEAR(airliner[Component::kVelNorth], 0.0, 1e-9);
    EXPECT_NEAR(airliner[Component::kVelUp], -640 * 0.00508, 1e-9);
    EXPECT_NEAR(Sd(airliner, Component::kEast), std::hypot(30.0 / 2.4477, 23.15), 1e-9);
    EXPECT_NEAR(Sd(airliner, Component::kVelEast), 3.0 / 2.4477, 1e-9);
    EXPECT_EQ(airliner.identity, (Identity{{"icao", "406B90"}, {"callsign", "EZY85MH"}}));
    EXPECT_EQ(airliner.class_probability[static_cast<std::size_t>(TargetClass::kAircraft)], 0.97);

    const Detection& seen_by_radar = run.reports[1].detections.at(0);
    EXPECT_EQ(run.reports[1].time, Time::Parse("2026-03-01T11:59:58.5Z"));
    EXPECT_EQ(seen_by_radar.identity, (Identity{{"tisb_address", "2A0001"}}));
    EXPECT_NEAR(seen_by_radar.fix->amsl.value().m, 457.2, 1e-9);
    EXPECT_FALSE(seen_by_radar.measured.Has(Component::kVelEast));

    const Detection& vehicle = run.reports[2].detections.at(0);
    EXPECT_FALSE(vehicle.fix->hae || vehicle.fix->amsl);
    EXPECT_NEAR(vehicle[Component::kVelNorth], -12.0 * 1852 / 3600, 1e-9);
    EXPECT_EQ(vehicle.class_probability[static_cast<std::size_t>(TargetClass::kOther)], 0.90);
  }
}

TEST(ReadsbJson, OldPositionsAreToldOnce) {
  const std::string head = R"({"now":)";
  const std::string tail = R"(,"aircraft":[{"hex":"406b90","lat":37.5,"lon":126.5,"seen_pos":)";
  const Decoded run =
      Decode(head + "1000" + tail + "0.3}]}\n" + head + "1001" + tail + "1.2}]}\n" + head + "1002" +
             tail + "0.4}]}\n" + head + "1090" + tail + "88.4}]}\n");
  EXPECT_TRUE(run.errors.empty());
  ASSERT_EQ(run.reports.size(), 2U);
  EXPECT_EQ(run.reports[1].time, Time::Parse("1970-01-01T00:16:41.6Z"));
  EXPECT_EQ(run.counts.repeats, 1);
}

TEST(ReadsbJson, ALineForEachAircraft) {
  const std::string line =
      R"({"now":1772366400.0,"hex":"406B90","type":"mlat","lat":37.5,"lon":-126.5,"gs":100})";
  const Decoded run = Decode(line + "\n" + line + "\r\n", 5);
  EXPECT_TRUE(run.errors.empty());
  ASSERT_EQ(run.json.size(), 2U);
  EXPECT_EQ(run.raw[0], line);
  ASSERT_EQ(run.reports.size(), 1U);
  const Detection& d = run.reports[0].detections.at(0);
  EXPECT_GT(Sd(d, Component::kEast), 700.0);
  EXPECT_FALSE(d.measured.Has(Component::kVelEast)) << "a speed without a track is no velocity";
}

TEST(ReadsbJson, WhatIsKeptOfAListIsItsOwnAircraft) {
  const Decoded run = Decode(kFile);
  for (const std::string& raw : run.raw) EXPECT_LT(raw.size(), 400U);
  EXPECT_EQ(nlohmann::json::parse(run.raw[0])["hex"], "406b90");
  // Which reads back as what it was.
  EXPECT_EQ(Decode(run.raw[0]).reports.at(0).time, Time::Parse("2026-03-01T12:00:00Z"));
}

TEST(ReadsbJson, DamageCostsItsOwnDocument) {
  const std::string good = R"({"now":1000,"hex":"406b90","lat":37.5,"lon":126.5})";
  const Decoded run =
      Decode("garbage " + good + "\n{\"now\":1000,\"hex\":}\n" +
             R"({"now":1000,"hex":"xyz","lat":1,"lon":1})" + "\n" +
             R"({"now":1000,"hex":"406b91","lat":99,"lon":1})" + "\n" +
             R"({"hex":"406b92","lat":1,"lon":1})" + "\n" + R"({"now":1000,"aircraft":7})" + "\n" +
             R"({"now":1000,"hex":"406b93","lat":0,"lon":0})" + "\n{\"now\":");
  EXPECT_EQ(run.reports.size(), 1U);
  ASSERT_EQ(run.errors.size(), 6U);
  EXPECT_EQ(run.errors[0].what, "7 bytes belong to no JSON document, passed over");
  EXPECT_EQ(run.errors[1].what, "is no JSON document of a receiver");
  EXPECT_EQ(run.errors[2].what, "hex: is no address of six hexadecimal digits");
  EXPECT_EQ(run.errors[3].what, "now: is missing, and nothing else tells the time");
  EXPECT_EQ(run.errors[4].what, "aircraft: is no list");
  EXPECT_EQ(run.errors[5].what, "the data end within a JSON document");
  // A live feed tells the time itself.
  const Time now = *Time::Parse("2026-03-01T12:00:00Z");
  EXPECT_EQ(Decode(R"({"hex":"406b92","lat":1,"lon":1})", 99, now).reports.at(0).time, now);
}

TEST(ReadsbJson, IsRecognised) {
  EXPECT_TRUE(LooksLikeReadsb(kFile));
  EXPECT_TRUE(LooksLikeReadsb(R"({"now":1,"hex":"406b90"})"));
  EXPECT_FALSE(LooksLikeReadsb(R"({"time":1,"sensor":"a","detections":[]})"));
  EXPECT_FALSE(LooksLikeReadsb("[1]"));
}

}  // namespace
}  // namespace picket
