// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/adsb.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "codec/mode_s_encoder.h"
#include "picket/codec/beast.h"
#include "picket/codec/json.h"
#include "picket/codec/mode_s.h"
#include "picket/geo/angle.h"

namespace picket {
namespace {

using testing::AirbornePosition;
using testing::BeastFrame;
using testing::Df17;
using testing::GroundVelocity;
using testing::Identification;
using testing::MessageBuilder;
using Bytes = std::vector<std::uint8_t>;
using Json = nlohmann::json;

Bytes FromText(std::string_view text) { return {text.begin(), text.end()}; }

std::string Hex(const Bytes& bytes) {
  std::string text;
  for (const std::uint8_t b : bytes) {
    text += "0123456789ABCDEF"[b >> 4];
    text += "0123456789ABCDEF"[b & 15];
  }
  return text;
}

/// A file of PICKET_DATA, or nothing if the variable is not set.
std::optional<Bytes> Data(const std::string& name) {
  const char* folder = std::getenv("PICKET_DATA");
  if (folder == nullptr) return std::nullopt;
  std::ifstream file(std::string(folder) + "/" + name, std::ios::binary);
  return Bytes{std::istreambuf_iterator<char>(file), {}};
}

/// Everything that a decoder gave out.
struct Decoded {
  std::vector<Json> json;
  std::vector<Report> reports;
  std::vector<Error> errors;
  AdsbCounts counts;

  [[nodiscard]] int Count(const char* key, int value) const {
    int n = 0;
    for (const Json& j : json) n += j.contains(key) && j[key] == value;
    return n;
  }
  [[nodiscard]] int CountKey(const char* key) const {
    int n = 0;
    for (const Json& j : json) n += j.contains(key);
    return n;
  }
  [[nodiscard]] bool Told(std::string_view part) const {
    for (const Error& e : errors) {
      if (e.what.find(part) != std::string::npos) return true;
    }
    return false;
  }
};

Decoded Decode(AdsbFraming framing, const Bytes& bytes, AdsbOptions options = {},
               std::size_t chunk = 1 << 20) {
  options.decode.want_json = true;
  AdsbDecoder decoder(framing, options);
  Decoded run;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& m) {
    run.json.push_back(Json::parse(m.json));
    if (m.report) run.reports.push_back(*m.report);
  };
  sink.on_error = [&](const Error& e) { run.errors.push_back(e); };
  for (std::size_t at = 0; at < bytes.size(); at += chunk) {
    decoder.Feed(std::span(bytes).subspan(at, std::min(chunk, bytes.size() - at)), {}, sink);
  }
  decoder.Finish(sink);
  run.counts = decoder.counts();
  return run;
}

Decoded DecodeText(const std::string& text, AdsbOptions options = {}) {
  return Decode(AdsbFraming::kText, FromText(text), std::move(options));
}

AdsbOptions AnyAddress() {
  AdsbOptions options;
  options.accept_unseen_addresses = true;
  return options;
}

/// One message of a published example, decoded alone.
Json One(const std::string& hex) {
  const Decoded run = DecodeText("*" + hex + ";\n", AnyAddress());
  EXPECT_EQ(run.json.size(), 1U) << hex;
  return run.json.empty() ? Json() : run.json[0];
}

/// Appends frames to a Beast stream, with the counter in seconds.
struct BeastStream {
  Bytes bytes;
  void Add(double seconds, const Bytes& message) {
    const Bytes frame = BeastFrame(message, 1000 + static_cast<std::uint64_t>(seconds * 12e6));
    bytes.insert(bytes.end(), frame.begin(), frame.end());
  }
};

constexpr std::uint32_t kIcao = 0x71C123;
const LatLon kHome{37.5, 126.5};

AdsbOptions Started() {
  AdsbOptions options;
  options.start = Time::Parse("2026-03-01T12:00:00Z");
  return options;
}

double Sd(const Detection& d, Component c) { return d.sd[static_cast<std::size_t>(c)]; }

// --- published examples: J. Sun, The 1090 Megahertz Riddle, and the tests of its decoder ---

TEST(ModeS, PublishedIdentification) {
  const Json j = One("8D4840D6202CC371C32CE0576098");
  EXPECT_EQ(j["df"], 17);
  EXPECT_EQ(j["icao"], "4840D6");
  EXPECT_EQ(j["typecode"], 4);
  EXPECT_EQ(j["category"], 0);
  EXPECT_EQ(j["callsign"], "KLM1023");
  EXPECT_EQ(j["callsign_field"], "KLM1023_");
}

TEST(ModeS, PublishedVelocities) {
  const Json ground = One("8D485020994409940838175B284F");
  EXPECT_EQ(ground["subtype"], 1);
  EXPECT_EQ(ground["groundspeed"], 159);
  EXPECT_NEAR(ground["track"], 182.88, 0.005);
  EXPECT_EQ(ground["vertical_rate"], -832);
  EXPECT_EQ(ground["vertical_rate_source"], "gnss");
  EXPECT_EQ(ground["gnss_minus_baro"], 550);
  const Json air = One("8DA05F219B06B6AF189400CBC33F");
  EXPECT_EQ(air["subtype"], 3);
  EXPECT_EQ(air["true_airspeed"], 375);
  EXPECT_NEAR(air["heading"], 243.98, 0.005);
  EXPECT_EQ(air["vertical_rate"], -2304);
  EXPECT_EQ(air["vertical_rate_source"], "baro");
}

TEST(ModeS, PublishedSurfaceMovement) {
  const Json j = One("8C4841753A9A153237AEF0F275BE");
  EXPECT_EQ(j["groundspeed"], 17.0);
  EXPECT_EQ(j["track"], 92.8125);
  EXPECT_TRUE(j["surface"]);
}

TEST(ModeS, PublishedTargetStateAndEmergency) {
  const Json j = One("8DA05629EA21485CBF3F8CADAEEB");
  EXPECT_EQ(j["typecode"], 29);
  EXPECT_EQ(j["selected_altitude_mcp"], 16992);
  EXPECT_NEAR(j["baro_pressure_setting"], 1012.8, 1e-9);
  EXPECT_NEAR(j["selected_heading"], 66.8, 0.05);
  EXPECT_EQ(j["nac_p"], 9);
  EXPECT_EQ(j["sil"], 3);
  EXPECT_EQ(One("8DA2C1B6E112B600000000760759")["squawk"], "6513");
}

TEST(ModeS, PublishedSurveillanceReplies) {
  EXPECT_EQ(One("A02014B400000000000000F9D514")["altitude"], 32300);
  const Json identity = One("A800292DFFBBA9383FFCEB903D01");
  EXPECT_EQ(identity["df"], 21);
  EXPECT_EQ(identity["squawk"], "1346");
  EXPECT_EQ(One("A0001839CA3800315800007448D9")["icao"], "400940");
  EXPECT_EQ(One("A000083E202CC371C31DE0AA1CCF")["callsign"], "KLM1017");
  const Json all_call = One("5D484FDEA248F5");
  EXPECT_EQ(all_call["df"], 11);
  EXPECT_EQ(all_call["icao"], "484FDE");
}

TEST(ModeS, AltitudeCodes) {
  EXPECT_EQ(AltitudeFtFromAc13(0), std::nullopt);
  EXPECT_EQ(AltitudeFtFromAc12(testing::Ac12(38000)), 38000);
  EXPECT_EQ(AltitudeFtFromAc12(testing::Ac12(-975)), -975);
  // The M bit: metric, a coding that Annex 10 reserves.
  EXPECT_EQ(AltitudeFtFromAc13(0x0040 | 0x0010 | 0x1000), std::nullopt);
  // Gillham, from the table of Annex 10: pulses, altitude. C1 A1 C2 A2 C4 A4 M B1 Q B2 D2 B4 D4.
  enum : std::uint32_t {
    C1 = 1 << 12,
    A1 = 1 << 11,
    C2 = 1 << 10,
    A2 = 1 << 9,
    C4 = 1 << 8,
    A4 = 1 << 7,
    B1 = 1 << 5,
    B2 = 1 << 3,
    D2 = 1 << 2,
    B4 = 1 << 1,
    D4 = 1
  };
  EXPECT_EQ(AltitudeFtFromAc13(C4), -1200);
  EXPECT_EQ(AltitudeFtFromAc13(C2 | C4), -1100);
  EXPECT_EQ(AltitudeFtFromAc13(C1), -800);
  EXPECT_EQ(AltitudeFtFromAc13(C1 | B4), -700);
  EXPECT_EQ(AltitudeFtFromAc13(C2 | B4 | B2), 0);
  EXPECT_EQ(AltitudeFtFromAc13(D4 | C4), 62700);
  EXPECT_EQ(AltitudeFtFromAc13(C4 | C1), std::nullopt);  // six hundreds: no code
}

// The parity of any length, bit by bit as Annex 10 divides.
TEST(ModeS, ParityIsTheRemainderOfADivision) {
  const auto divided = [](std::span<const std::uint8_t> bytes) {
    std::uint32_t rest = 0;
    for (const std::uint8_t byte : bytes) {
      for (unsigned bit = 8; bit-- > 0;) {
        const std::uint32_t in = (byte >> bit & 1U) ^ (rest >> 23U);
        rest = (rest << 1U & 0xFFFFFFU) ^ (in != 0 ? 0xFFF409U : 0U);
      }
    }
    return rest;
  };
  std::uint32_t random = 1;
  for (const std::size_t size : {4U, 7U, 14U, 15U, 40U}) {
    for (int round = 0; round < 200; ++round) {
      std::vector<std::uint8_t> message(size);
      for (std::uint8_t& byte : message) {
        random = random * 1664525U + 1013904223U;
        byte = static_cast<std::uint8_t>(random >> 24U);
      }
      const auto tail = std::span(message).last(3);
      const std::uint32_t parity = static_cast<std::uint32_t>(tail[0]) << 16U |
                                   static_cast<std::uint32_t>(tail[1]) << 8U | tail[2];
      EXPECT_EQ(ModeSResidual(message), divided(std::span(message).first(size - 3)) ^ parity);
    }
  }
}

TEST(ModeS, DamageIsRefusedAndNotRepaired) {
  const Bytes good = AirbornePosition(kIcao, kHome, 10000, false);
  ASSERT_TRUE(ParseModeS(good));
  for (std::size_t bit = 5; bit < 112; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> (bit % 8));
    EXPECT_FALSE(ParseModeS(bad)) << bit;
  }
  EXPECT_FALSE(ParseModeS(Bytes(9, 0)));
  EXPECT_FALSE(ParseModeS(Bytes(7, 0x8D)));   // DF 17 needs 14 bytes
  EXPECT_FALSE(ParseModeS(Bytes(14, 0x10)));  // DF 2 does not exist
}

// --- CPR positions in the stream ---

TEST(Adsb, PublishedPair) {
  const Decoded run =
      DecodeText("100.0,8D40621D58C386435CC412692AD6\n101.0,8D40621D58C382D690C8AC2863A7\n");
  ASSERT_EQ(run.json.size(), 2U);
  EXPECT_FALSE(run.json[0].contains("lat_deg"));
  EXPECT_NEAR(run.json[1]["lat_deg"], 52.2572021484375, 1e-9);
  EXPECT_NEAR(run.json[1]["lon_deg"], 3.91937255859375, 1e-9);
  EXPECT_EQ(run.json[1]["position_from"], "global");
  ASSERT_EQ(run.reports.size(), 1U);
  EXPECT_EQ(run.reports[0].time.ns(), 101'000'000'000);
  const Detection& d = run.reports[0].detections.at(0);
  ASSERT_TRUE(d.fix && d.fix->amsl);
  EXPECT_NEAR(d.fix->amsl->m, 38000 * 0.3048, 1e-9);
  EXPECT_GT(Sd(d, Component::kUp), 100.0);
}

TEST(Adsb, PublishedSurfacePairNeedsAReference) {
  const std::string lines = "0.0,8C4841753AAB238733C8CD4020B1\n1.0,8C4841753A8A35323FAEBDAC702D\n";
  EXPECT_EQ(DecodeText(lines).CountKey("lat_deg"), 0);
  AdsbOptions options;
  options.reference = Geodetic{51.990, 4.375, {0.0}};
  const Decoded run = DecodeText(lines, options);
  ASSERT_EQ(run.CountKey("lat_deg"), 2);
  EXPECT_EQ(run.json[0]["position_from"], "reference");
  EXPECT_NEAR(run.json[1]["lat_deg"], 52.32061, 1e-5);
  EXPECT_NEAR(run.json[1]["lon_deg"], 4.73473, 1e-5);
  ASSERT_EQ(run.reports.size(), 2U);
  EXPECT_TRUE(run.reports[1].detections[0].measured.Has(Component::kVelEast));
  EXPECT_FALSE(run.reports[1].detections[0].fix->amsl);
}

TEST(Adsb, PairsOlderThanTenSecondsAreNone) {
  BeastStream s;
  s.Add(0.0, AirbornePosition(kIcao, kHome, 10000, false));
  s.Add(10.1, AirbornePosition(kIcao, kHome, 10000, true));
  EXPECT_EQ(Decode(AdsbFraming::kBeast, s.bytes, Started()).counts.positions, 0);
  s.Add(20.0, AirbornePosition(kIcao, kHome, 10000, false));
  const Decoded run = Decode(AdsbFraming::kBeast, s.bytes, Started());
  EXPECT_EQ(run.counts.positions, 1);
  EXPECT_EQ(run.counts.positions_pending, 2);
}

TEST(Adsb, FollowsALocalPositionWithoutPartner) {
  BeastStream s;
  s.Add(0.0, AirbornePosition(kIcao, kHome, 10000, false));
  s.Add(0.5, AirbornePosition(kIcao, kHome, 10000, true));
  s.Add(30.0, AirbornePosition(kIcao, {37.55, 126.5}, 10000, true));
  const Decoded run = Decode(AdsbFraming::kBeast, s.bytes, Started());
  EXPECT_EQ(run.counts.positions, 2);
  EXPECT_EQ(run.json[2]["position_from"], "local");
  EXPECT_NEAR(run.json[2]["lat_deg"], 37.55, 1e-4);
}

TEST(Adsb, ReferenceGivesAPositionFromOneMessage) {
  AdsbOptions options = Started();
  options.reference = Geodetic{37.4, 126.4, {0.0}};
  BeastStream s;
  s.Add(0.0, AirbornePosition(kIcao, kHome, 10000, true));
  const Decoded run = Decode(AdsbFraming::kBeast, s.bytes, options);
  ASSERT_EQ(run.counts.positions, 1);
  EXPECT_EQ(run.json[0]["position_from"], "reference");
  EXPECT_NEAR(run.json[0]["lon_deg"], 126.5, 1e-4);
}

TEST(Adsb, ImpossibleJumpIsRefusedUntilItRepeats) {
  BeastStream s;
  const LatLon away{39.0, 128.0};
  double t = 0.0;
  for (int i = 0; i < 4; ++i, t += 0.5) s.Add(t, AirbornePosition(kIcao, kHome, 10000, i % 2 != 0));
  // Two positions elsewhere, then home again: both refused.
  for (int i = 0; i < 2; ++i, t += 0.5) s.Add(t, AirbornePosition(kIcao, away, 10000, i % 2 != 0));
  for (int i = 0; i < 4; ++i, t += 0.5) s.Add(t, AirbornePosition(kIcao, kHome, 10000, i % 2 != 0));
  Decoded run = Decode(AdsbFraming::kBeast, s.bytes, Started());
  EXPECT_GE(run.counts.positions_refused, 2);
  EXPECT_TRUE(run.Told("impossible, refused"));
  for (const Report& r : run.reports) {
    EXPECT_NEAR(r.detections[0].fix->lat_deg, kHome.lat_deg, 0.01);
  }
  // It stays there: the aircraft's address is used elsewhere now.
  for (int i = 0; i < 8; ++i, t += 0.5) s.Add(t, AirbornePosition(kIcao, away, 10000, i % 2 != 0));
  run = Decode(AdsbFraming::kBeast, s.bytes, Started());
  EXPECT_NEAR(run.reports.back().detections[0].fix->lat_deg, away.lat_deg, 0.01);
}

TEST(Adsb, OutOfReachOfTheReceiverIsRefused) {
  AdsbOptions options = Started();
  options.reference = Geodetic{-30.0, 20.0, {0.0}};
  BeastStream s;
  s.Add(0.0, AirbornePosition(kIcao, kHome, 10000, false));
  s.Add(0.5, AirbornePosition(kIcao, kHome, 10000, true));
  const Decoded run = Decode(AdsbFraming::kBeast, s.bytes, options);
  EXPECT_EQ(run.counts.positions, 0);
  EXPECT_TRUE(run.Told("out of reach"));
}

// --- what a report says ---

TEST(Adsb, ReportCarriesVelocityHeightIdentityAndClass) {
  BeastStream s;
  s.Add(0.0, Identification(kIcao, 4, 3, "KAL123"));
  s.Add(0.1, GroundVelocity(kIcao, -200, 300, 10, 8, 2));
  s.Add(0.2, testing::OperationalStatus(kIcao, 9, 2));
  s.Add(0.5, AirbornePosition(kIcao, kHome, 10000, false));
  s.Add(1.0, AirbornePosition(kIcao, kHome, 10000, true));
  s.Add(3.0, AirbornePosition(kIcao, kHome, 10000, false));
  const Decoded run = Decode(AdsbFraming::kBeast, s.bytes, Started());
  ASSERT_EQ(run.reports.size(), 2U);
  EXPECT_EQ(run.reports[0].sensor, "adsb");
  EXPECT_EQ(run.reports[0].time.Text(), "2026-03-01T12:00:01.000000000Z");
  const Detection& d = run.reports[0].detections.at(0);
  const double kKnot = 1852.0 / 3600.0;
  EXPECT_NEAR(d[Component::kVelEast], -200 * kKnot, 1e-9);
  EXPECT_NEAR(d[Component::kVelNorth], 300 * kKnot, 1e-9);
  EXPECT_NEAR(d[Component::kVelUp], 640 * 0.3048 / 60, 1e-9);
  // NACv 2: 3 m/s; 0.9 s old.
  EXPECT_NEAR(Sd(d, Component::kVelEast), std::hypot(3.0 / 2.4477, 1.8), 1e-6);
  // NACp 9: 30 m; latency of 0.1 s along the track.
  const double speed = std::hypot(200.0, 300.0) * kKnot;
  EXPECT_NEAR(Sd(d, Component::kEast), std::hypot(30.0 / 2.4477, 0.1 * speed), 1e-3);
  // Barometric altitude and the difference to GNSS give a height above the ellipsoid.
  ASSERT_TRUE(d.fix && d.fix->hae);
  EXPECT_FALSE(d.fix->amsl);
  EXPECT_NEAR(d.fix->hae->m, (10000 + 200) * 0.3048, 1e-9);
  EXPECT_NEAR(Sd(d, Component::kUp), 45.0 / 1.96, 1e-9);
  const Identity identity = {{"icao", "71C123"}, {"callsign", "KAL123"}};
  EXPECT_EQ(d.identity, identity);
  EXPECT_GT(d.class_probability[static_cast<std::size_t>(TargetClass::kAircraft)], 0.9);
  // Two seconds later the velocity is stale.
  EXPECT_FALSE(run.reports[1].detections[0].measured.Has(Component::kVelEast));
}

TEST(Adsb, UnmannedCategoryIsADrone) {
  BeastStream s;
  s.Add(0.0, Identification(kIcao, 3, 6, "UAS7"));
  s.Add(0.5, AirbornePosition(kIcao, kHome, 400, false));
  s.Add(1.0, AirbornePosition(kIcao, kHome, 400, true));
  const Decoded run = Decode(AdsbFraming::kBeast, s.bytes, Started());
  ASSERT_EQ(run.reports.size(), 1U);
  EXPECT_EQ(run.json[0]["emitter_category"], "B6");
  const ClassProbabilities& p = run.reports[0].detections[0].class_probability;
  EXPECT_GT(p[static_cast<std::size_t>(TargetClass::kMultirotor)] +
                p[static_cast<std::size_t>(TargetClass::kFixedWing)],
            0.9);
}

TEST(Adsb, GnssHeightMessagesGiveEllipsoidHeight) {
  BeastStream s;
  s.Add(0.0, AirbornePosition(kIcao, kHome, 5000, false, 20));
  s.Add(0.5, AirbornePosition(kIcao, kHome, 5000, true, 20));
  const Decoded run = Decode(AdsbFraming::kBeast, s.bytes, Started());
  ASSERT_EQ(run.reports.size(), 1U);
  EXPECT_EQ(run.json[1]["altitude_source"], "gnss");
  EXPECT_NEAR(run.reports[0].detections[0].fix->hae->m, 5000 * 0.3048, 1e-9);
}

// --- overlaid addresses ---

TEST(Adsb, OverlaidAddressIsTakenOnlyIfSeen) {
  Bytes df4 = MessageBuilder(7).Put(4, 5).Put(0, 14).Put(0, 13).Finish(kIcao);
  BeastStream s;
  s.Add(0.0, df4);
  Decoded run = Decode(AdsbFraming::kBeast, s.bytes, Started());
  EXPECT_EQ(run.json.size(), 0U);
  EXPECT_EQ(run.counts.unseen_address, 1);
  s.Add(1.0, Identification(kIcao, 4, 3, "KAL123"));
  s.Add(2.0, df4);
  s.Add(700.0, df4);  // forgotten after ten minutes
  run = Decode(AdsbFraming::kBeast, s.bytes, Started());
  ASSERT_EQ(run.json.size(), 2U);
  EXPECT_EQ(run.json[1]["df"], 4);
  EXPECT_EQ(run.json[1]["icao"], "71C123");
  AdsbOptions any = Started();
  any.accept_unseen_addresses = true;
  EXPECT_EQ(Decode(AdsbFraming::kBeast, s.bytes, any).json.size(), 4U);
}

TEST(Adsb, RebroadcastAndForeignAddressesAreToldApart) {
  const Bytes foreign = MessageBuilder(14).Put(18, 5).Put(1, 3).Put(kIcao, 24).Put(4, 5).Finish();
  EXPECT_EQ(One(Hex(foreign))["icao_address"], false);
  const Bytes coarse = MessageBuilder(14).Put(18, 5).Put(3, 3).Put(kIcao, 24).Put(4, 5).Finish();
  EXPECT_FALSE(One(Hex(coarse)).contains("typecode"));
}

// --- framing ---

TEST(Adsb, BeastSurvivesAnyCut) {
  BeastStream s;
  // A counter and address full of escapes.
  s.bytes = BeastFrame(AirbornePosition(0x1A1A1A, kHome, 10000, false), 0x1A1A1A1A1A1A, 0x1A);
  s.Add(3.0, Identification(0x1A1A1A, 4, 3, "KAL123"));
  const Decoded whole = Decode(AdsbFraming::kBeast, s.bytes, Started());
  ASSERT_EQ(whole.json.size(), 2U);
  EXPECT_EQ(whole.json[0]["counter"], 0x1A1A1A1A1A1AULL);
  EXPECT_EQ(whole.json[0]["signal"], 0x1A);
  for (std::size_t chunk = 1; chunk < s.bytes.size(); ++chunk) {
    EXPECT_EQ(Decode(AdsbFraming::kBeast, s.bytes, Started(), chunk).json, whole.json) << chunk;
  }
}

// Frames that lie whole in what is fed go another way than those that do not: both see the same,
// with escapes, garbage and damage between.
TEST(Adsb, BeastFramesAreTheSameWholeAndByteByByte) {
  std::vector<std::uint8_t> stream;
  const auto add = [&](const std::vector<std::uint8_t>& bytes) {
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  };
  for (std::uint32_t i = 0; i < 400; ++i) {
    auto message = GroundVelocity(0x1A0000 + i * 0x1A1A, 10, static_cast<int>(i), 0, 4);
    add(BeastFrame(message, i * 0x1A1A1AU));
    if (i % 7 == 0) add({0x1A, '1', 0, 0, 0, 0, 0, 1, 0x1A, 0x1A, 0x20, 0x30});
    if (i % 11 == 0) add({'?', 0x1A, 'x', 0x1A});
    if (i % 13 == 0) add({0x1A, '3', 1, 2, 3, 0x1A, '2', 1});
  }
  const auto frames = [&](std::size_t piece) {
    BeastFramer framer;
    std::vector<std::string> seen;
    const auto on_frame = [&](const ReceiverFrame& f) {
      std::string text =
          fmt::format("{} {} {} {}:", static_cast<int>(f.kind), f.byte, *f.counter, *f.signal);
      for (const std::uint8_t b : f.payload) text += fmt::format("{:02x}", b);
      text += " of ";
      for (const std::uint8_t b : f.raw) text += fmt::format("{:02x}", b);
      seen.push_back(text);
    };
    const auto on_error = [&](const Error& e) {
      seen.push_back(fmt::format("{} {}", e.byte, e.what));
    };
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      framer.Feed(std::span(stream).subspan(at, std::min(piece, stream.size() - at)), on_frame,
                  on_error);
    }
    framer.Finish(on_error);
    return seen;
  };
  const auto one_by_one = frames(1);
  EXPECT_GT(one_by_one.size(), 450U);
  for (const std::size_t piece :
       {std::size_t{2}, std::size_t{23}, std::size_t{64}, stream.size()}) {
    EXPECT_EQ(frames(piece), one_by_one) << piece;
  }
}

TEST(Adsb, BeastResynchronisesAfterGarbage) {
  const Bytes good = BeastFrame(Identification(kIcao, 4, 3, "KAL123"), 77);
  Bytes stream = {0x00, 0x1A, 0x00, 0x33, 0x1A, 0x1A};  // nothing that is a frame
  stream.insert(stream.end(), good.begin(), good.end());
  stream.insert(stream.end(), good.begin(), good.begin() + 12);  // cut short by the next one
  stream.insert(stream.end(), good.begin(), good.end());
  stream.insert(stream.end(), good.begin(), good.begin() + 9);  // the end of the stream
  const Decoded run = Decode(AdsbFraming::kBeast, stream, Started());
  EXPECT_EQ(run.json.size(), 2U);
  ASSERT_EQ(run.errors.size(), 3U);
  EXPECT_EQ(run.errors[0].byte, 0);
  EXPECT_EQ(run.errors[0].what, "6 bytes belong to no frame, passed over");
  EXPECT_EQ(run.errors[1].byte, static_cast<std::int64_t>(6 + good.size()));
  EXPECT_NE(run.errors[1].what.find("cut short"), std::string::npos);
  EXPECT_NE(run.errors[2].what.find("ends inside"), std::string::npos);
}

TEST(Adsb, TextFormsAreTheSameMessage) {
  const std::string hex = Hex(Identification(kIcao, 4, 3, "KAL123"));
  const Decoded run =
      DecodeText("ts,msg\r\n*" + hex + ";*" + hex + ";\r\n@0000000C0001" + hex +
                 ";\n<0000000C00FF80" + hex + ";\n" + hex + "\n5.25,\"" + hex + "\",x\n6," + hex);
  EXPECT_EQ(run.Count("typecode", 4), 7);
  EXPECT_EQ(run.json[2]["counter"], 0xC0001);
  EXPECT_EQ(run.json[3]["signal"], 0x80);
  EXPECT_EQ(run.json[5]["time"], "1970-01-01T00:00:05.250000000Z");
}

TEST(Adsb, BadLinesAreToldOfAndTheRestIsRead) {
  const std::string hex = Hex(Identification(kIcao, 4, 3, "KAL123"));
  const Decoded run =
      DecodeText("*" + hex + ";\n*12;\n*" + hex + "\nnonsense\n@12;\nabc,def\n1e999," + hex + "\n" +
                 std::string(100'000, 'x') + "\n*" + hex + ";\n");
  EXPECT_EQ(run.Count("typecode", 4), 2);
  std::set<std::int64_t> lines;
  for (const Error& e : run.errors) {
    if (e.what.find("warning") == std::string::npos) lines.insert(e.line);
  }
  EXPECT_EQ(lines, (std::set<std::int64_t>{2, 3, 4, 5, 6, 7, 8}));
}

// --- time ---

TEST(Adsb, CounterWrapsAndJumps) {
  const Bytes id = Identification(kIcao, 4, 3, "KAL123");
  Bytes stream;
  for (const std::uint64_t counter :
       {(1ULL << 48U) - 6'000'000, 6'000'000ULL, 5'999'988ULL, 12'000'006'000'000ULL}) {
    const Bytes frame = BeastFrame(id, counter);
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  const Decoded run = Decode(AdsbFraming::kBeast, stream, Started());
  ASSERT_EQ(run.json.size(), 4U);
  EXPECT_EQ(run.json[0]["time"], "2026-03-01T12:00:00.000000000Z");
  EXPECT_EQ(run.json[1]["time"], "2026-03-01T12:00:01.000000000Z");
  EXPECT_EQ(run.json[2]["time"], "2026-03-01T12:00:00.999999000Z");
  EXPECT_TRUE(run.Told("counter jumped"));  // by a million seconds
  EXPECT_EQ(run.json[3]["time"], "2026-03-01T12:00:01.000000000Z");
}

TEST(Adsb, ReceptionTimeGoesBeforeTheCounter) {
  AdsbOptions options;
  options.decode.want_json = true;
  AdsbDecoder decoder(AdsbFraming::kBeast, options);
  std::string time;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& m) { time = Json::parse(m.json)["time"]; };
  sink.on_error = [](const Error& e) { FAIL() << e.what; };
  decoder.Feed(BeastFrame(Identification(kIcao, 4, 3, "A"), 99),
               Time::Parse("2026-05-05T05:05:05Z"), sink);
  EXPECT_EQ(time, "2026-05-05T05:05:05.000000000Z");
}

TEST(Adsb, TimeIsMadeUpWhereThereIsNone) {
  Bytes stream;
  for (int i = 0; i < 5; ++i) {
    const Bytes frame = BeastFrame(AirbornePosition(kIcao, kHome, 10000, i % 2 != 0), 0);
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  const Decoded run = Decode(AdsbFraming::kBeast, stream, Started());
  ASSERT_EQ(run.reports.size(), 4U);
  EXPECT_TRUE(run.Told("warning: the messages carry no time"));
  EXPECT_EQ(run.errors.size(), 1U);
  EXPECT_EQ((run.reports[3].time - run.reports[0].time).ns(), 1'500'000'000);
  EXPECT_EQ(run.json[0]["time_made_up"], true);
}

TEST(Adsb, MadeUpTimeFollowsFromWayAndSpeed) {
  // 250 m/s or so to the east, with pauses of reception.
  const double speed_mps = 486 * 1852.0 / 3600.0;
  const std::vector<double> at_s = {0, 0.5, 1, 1.5, 3, 10, 10.5, 28, 28.4, 29, 75};
  Bytes stream;
  const auto add = [&](const Bytes& message) {
    const Bytes frame = BeastFrame(message, 0);
    stream.insert(stream.end(), frame.begin(), frame.end());
  };
  add(GroundVelocity(kIcao, 486, 0, 0, 0));
  for (std::size_t i = 0; i < at_s.size(); ++i) {
    const double lon = 126.0 + at_s[i] * speed_mps / (111.2e3 * std::cos(37.5 * kRadPerDeg));
    add(AirbornePosition(kIcao, {37.5, lon}, 30000, i % 2 != 0));
  }
  const Decoded run = Decode(AdsbFraming::kBeast, stream, Started());
  ASSERT_EQ(run.reports.size(), at_s.size() - 1);
  EXPECT_EQ(run.errors.size(), 1U);
  for (std::size_t i = 0; i < run.reports.size(); ++i) {
    EXPECT_NEAR((run.reports[i].time - run.reports[0].time).s(), at_s[i + 1] - at_s[1], 0.1);
  }
}

TEST(Adsb, SamePositionMessageFromTwoReceiversIsOneReport) {
  BeastStream s;
  s.Add(0.0, AirbornePosition(kIcao, kHome, 10000, false));
  s.Add(0.5, AirbornePosition(kIcao, kHome, 10000, true));
  s.Add(0.51, AirbornePosition(kIcao, kHome, 10000, true));
  const Decoded run = Decode(AdsbFraming::kBeast, s.bytes, Started());
  EXPECT_EQ(run.counts.positions, 2);
  EXPECT_EQ(run.reports.size(), 1U);
}

// What is decoded of a message may not depend on the one before it in the same place.
TEST(ModeS, ParsesIntoAMessageThatHeldAnother) {
  // All the contents that there are, and the replies, each behind each.
  std::vector<Bytes> all = {AirbornePosition(kIcao, kHome, 10000, false),
                            testing::SurfacePosition(kIcao, kHome, 20, 90.0, true),
                            GroundVelocity(kIcao, 100, -50, 640, 4),
                            Identification(kIcao, 4, 3, "KAL123"),
                            testing::OperationalStatus(kIcao, 9, 2)};
  for (const std::string_view hex :
       {"8DA05F219B06B6AF189400CBC33F", "8DA05629EA21485CBF3F8CADAEEB",
        "8DA2C1B6E112B600000000760759", "A000083E202CC371C31DE0AA1CCF", "20001718029FCD",
        "2A00516D492B80", "5D484FDEA248F5", "A000029CFFBAA11E2004727281F1"}) {
    Bytes bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      bytes.push_back(
          static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
    }
    all.push_back(bytes);
  }
  ModeSMessage used;
  for (const Bytes& first : all) {
    for (const Bytes& second : all) {
      ASSERT_TRUE(ParseModeS(first, used)) << Hex(first);
      ASSERT_TRUE(ParseModeS(second, used)) << Hex(second);
      const Result<ModeSMessage> fresh = ParseModeS(second);
      ASSERT_TRUE(fresh.has_value());
      EXPECT_TRUE(*fresh == used) << Hex(second) << " behind " << Hex(first);
    }
  }
}

// Without JSON, positions and velocities take a shorter way: to the same reports and errors.
TEST(Adsb, ReportsAreTheSameWithAndWithoutJson) {
  BeastStream s;
  for (int i = 0; i < 200; ++i) {
    const double t = 0.5 * i;
    const auto icao = kIcao + static_cast<std::uint32_t>(i % 3);
    const LatLon at{kHome.lat_deg + 0.001 * i, kHome.lon_deg + (i == 90 ? 5.0 : 0.002 * i)};
    Bytes position = AirbornePosition(icao, at, 10000 + 25 * i, i % 2 != 0);
    if (i % 7 == 6) position[5] ^= 0x10U;
    if (i % 11 == 10) position[0] = 0x90U;
    s.Add(t, position);
    s.Add(t + 0.1, GroundVelocity(icao, 100 + i, i % 5 == 0 ? 0 : 50, 640, 4));
    if (i % 10 == 0) s.Add(t + 0.2, Identification(icao, 4, 3, "KAL123"));
    if (i % 10 == 5) s.Add(t + 0.2, testing::OperationalStatus(icao, 9, 2));
  }
  const Decoded with = Decode(AdsbFraming::kBeast, s.bytes, Started());
  AdsbDecoder decoder(AdsbFraming::kBeast, Started());
  std::vector<std::string> reports;
  std::size_t errors = 0;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& m) {
    EXPECT_TRUE(m.json.empty());
    if (m.report) reports.push_back(WriteReport(*m.report));
  };
  sink.on_error = [&](const Error&) { ++errors; };
  decoder.Feed(s.bytes, {}, sink);
  ASSERT_EQ(reports.size(), with.reports.size());
  EXPECT_GT(reports.size(), 150U);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    EXPECT_EQ(reports[i], WriteReport(with.reports[i]));
  }
  EXPECT_GT(errors, 0U);
  EXPECT_EQ(errors, with.errors.size());
  EXPECT_EQ(decoder.counts().messages, with.counts.messages);
  EXPECT_EQ(decoder.counts().repaired, with.counts.repaired);
  EXPECT_GT(with.counts.repaired, 10);
}

// An aircraft is remembered over the change of generations, and one long not heard is not.
TEST(Adsb, WhatIsRememberedOfManyAircraft) {
  AdsbDecoder decoder(AdsbFraming::kBeast, Started());
  std::string callsign;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& m) {
    callsign.clear();
    if (!m.report) return;
    for (const auto& [kind, value] : m.report->detections[0].identity) {
      if (kind == "callsign") callsign = value;
    }
  };
  std::uint64_t counter = 1000;
  const auto hear = [&](const Bytes& message) {
    decoder.Feed(BeastFrame(message, counter += 6'000'000), {}, sink);
  };
  const auto look = [&](std::uint32_t icao) {
    hear(AirbornePosition(icao, kHome, 10000, false));
    hear(AirbornePosition(icao, kHome, 10000, true));
    return callsign;
  };
  for (const std::uint32_t icao : {1U, 2U}) hear(Identification(icao, 4, 3, "KAL123"));
  for (std::uint32_t i = 0; i < 40'000; ++i) {
    hear(Identification(0x10000 + i * 0x101, 4, 3, "A"));
    if (i % 5000 == 0) {
      EXPECT_EQ(look(1), "KAL123") << i;
    }
  }
  EXPECT_EQ(look(1), "KAL123");
  EXPECT_EQ(look(2), "");
}

TEST(Adsb, ManyAddressesAreBounded) {
  AdsbDecoder decoder(AdsbFraming::kBeast, Started());
  std::int64_t messages = 0;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage&) { ++messages; };
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    decoder.Feed(BeastFrame(Identification(i, 4, 3, "A"), 1000 + i), {}, sink);
  }
  EXPECT_EQ(messages, 50'000);
}

// --- SBS-1 ---

TEST(Adsb, SbsLines) {
  const std::string head = ",1,1,71C123,1,2026/03/01,12:00:01.500,2026/03/01,12:00:01.600,";
  const Decoded run = DecodeText(
      "MSG,1" + head + "KAL123  ,,,,,,,,,,,\nMSG,4" + head + ",,300,90,,,640,,,,,0\nMSG,3" + head +
      ",10000,,,37.5,126.5,,,0,0,0,0\nMSG,3" + head + ",10000,,,97.5,126.5,,,0,0,0,0\nMSG,9,bad\n");
  ASSERT_EQ(run.json.size(), 3U);
  EXPECT_EQ(run.errors.size(), 2U);
  EXPECT_EQ(run.json[0]["callsign"], "KAL123");
  EXPECT_EQ(run.json[1]["groundspeed"], 300.0);
  ASSERT_EQ(run.reports.size(), 1U);
  const Detection& d = run.reports[0].detections[0];
  EXPECT_EQ(run.reports[0].time.Text(), "2026-03-01T12:00:01.500000000Z");
  EXPECT_EQ(d.fix->lat_deg, 37.5);
  EXPECT_NEAR(d[Component::kVelEast], 300 * 1852.0 / 3600.0, 1e-9);
}

// --- real captures ---

TEST(AdsbData, GoldenDecodesAgreeFieldByField) {
  const auto text = Data("adsb/golden_decodes.json");
  if (!text) GTEST_SKIP() << "PICKET_DATA is not set";
  const Json golden = Json::parse(text->begin(), text->end());
  ASSERT_EQ(golden.size(), 300U);
  std::string lines;
  for (const auto& item : golden.items()) lines += "*" + item.key() + ";\n";
  const Decoded run = DecodeText(lines, AnyAddress());
  ASSERT_EQ(run.json.size(), golden.size());
  std::map<std::string, int> compared;
  std::size_t at = 0;
  for (const auto& [hex, fields] : golden.items()) {
    const Json& ours = run.json[at++];
    for (const auto& [name, value] : fields.items()) {
      const int df = fields["df"];
      // Registers of DF 20 and 21 other than BDS 2,0 are guessed by the reference decoder.
      const bool guessed = df != 17 && name != "df" && name != "icao" && name != "altitude" &&
                           name != "squawk" && name != "callsign";
      if (guessed) continue;
      ++compared[std::to_string(df) + " " + name];
      if (name == "icao") {
        std::string upper = value;
        for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        EXPECT_EQ(ours["icao"], upper) << hex;
      } else if (name == "callsign") {
        EXPECT_EQ(ours["callsign_field"], value) << hex;
      } else if (name == "track") {
        EXPECT_NEAR(ours.at(name).get<double>(), value.get<double>(), 1e-9) << hex;
      } else {
        ASSERT_TRUE(ours.contains(name)) << hex << " " << name;
        EXPECT_EQ(ours[name], value) << hex << " " << name;
      }
    }
  }
  EXPECT_EQ(compared["17 icao"], 100);
  EXPECT_EQ(compared["17 altitude"], 92);
  EXPECT_EQ(compared["17 groundspeed"], 7);
  EXPECT_EQ(compared["17 callsign"], 1);
  EXPECT_EQ(compared["20 altitude"], 100);
  EXPECT_EQ(compared["21 squawk"], 100);
  EXPECT_EQ(compared["20 callsign"] + compared["21 callsign"], 5);
}

TEST(AdsbData, CsvCapture) {
  const auto text = Data("adsb/pymodes_sample_data_adsb.csv");
  if (!text) GTEST_SKIP() << "PICKET_DATA is not set";
  const Decoded run = Decode(AdsbFraming::kText, *text);
  EXPECT_TRUE(run.errors.empty()) << run.errors[0].Text();
  EXPECT_EQ(run.json.size(), 2000U);
  EXPECT_EQ(run.Count("typecode", 19), 965);
  EXPECT_EQ(run.Count("typecode", 11), 937);
  EXPECT_EQ(run.Count("typecode", 4), 98);
  // All but the first four, which have no partner yet; readsb, more careful at its start: 929.
  EXPECT_EQ(run.counts.positions, 933);
  EXPECT_EQ(run.counts.positions_pending, 4);
  EXPECT_EQ(run.counts.positions_refused, 0);
  // The aircraft flies 493 kt or so: from each report to the next as far as its clock allows (whole
  // seconds, and several receivers that disagree by another one).
  for (std::size_t i = 1; i < run.reports.size(); ++i) {
    const Fix& a = *run.reports[i - 1].detections[0].fix;
    const Fix& b = *run.reports[i].detections[0].fix;
    const double moved = SphericalDistanceM({a.lat_deg, a.lon_deg}, {b.lat_deg, b.lon_deg});
    EXPECT_LT(moved, 270.0 * ((run.reports[i].time - run.reports[i - 1].time).s() + 2.0));
  }
}

TEST(AdsbData, BeastCapture) {
  const auto bytes = Data("adsb/pymodes_406B90.beast");
  if (!bytes) GTEST_SKIP() << "PICKET_DATA is not set";
  const Decoded run = Decode(AdsbFraming::kBeast, *bytes);
  EXPECT_EQ(run.json.size(), 2000U);
  EXPECT_TRUE(run.Told("warning: the messages carry no time"));
  EXPECT_EQ(run.counts.damaged, 0);
  EXPECT_EQ(run.counts.positions, 933);
  EXPECT_EQ(run.counts.positions_refused, 0);
  // 730 s by the clocks of its receivers.
  EXPECT_NEAR((run.reports.back().time - run.reports.front().time).s(), 730.0, 10.0);
  EXPECT_EQ(Decode(AdsbFraming::kBeast, *bytes, {}, 7).json, run.json);
}

TEST(AdsbData, SbsCapture) {
  const auto text = Data("adsb/pymodes_406B90.sbs");
  if (!text) GTEST_SKIP() << "PICKET_DATA is not set";
  const Decoded run = Decode(AdsbFraming::kText, *text);
  EXPECT_EQ(run.json.size(), 2000U);
  EXPECT_EQ(run.Count("sbs_type", 4), 965);
  EXPECT_EQ(run.Count("sbs_type", 3), 937);
  EXPECT_EQ(run.Count("sbs_type", 1), 98);
}

// --- damage and its repair ---

TEST(ModeSRepair, AnyOneBitAndAnyTwoOfASquitter) {
  const Bytes whole = AirbornePosition(kIcao, kHome, 3000, false);
  EXPECT_FALSE(RepairModeS(whole));
  const auto turned = [&](std::initializer_list<std::size_t> bits) {
    Bytes message = whole;
    for (const std::size_t bit : bits) {
      message[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> (bit % 8));
    }
    return message;
  };
  for (std::size_t a = 5; a < 112; ++a) {
    const auto one = RepairModeS(turned({a}));
    ASSERT_TRUE(one) << a;
    EXPECT_EQ(one->message, whole);
    EXPECT_EQ(one->bits, 1);
    for (std::size_t b = a + 1; b < 112; ++b) {
      const auto two = RepairModeS(turned({a, b}));
      ASSERT_TRUE(two) << a << ' ' << b;
      ASSERT_EQ(two->message, whole);
      ASSERT_EQ(two->bits, 2);
    }
  }
  // Three bits are beyond the code, and the format's own bits are let alone.
  EXPECT_FALSE(RepairModeS(turned({7, 40, 90})));
  for (std::size_t a = 0; a < 5; ++a) EXPECT_FALSE(RepairModeS(turned({a})));
}

TEST(ModeSRepair, OneBitOfAnAllCallAndNoMore) {
  const Bytes whole = MessageBuilder(7).Put(11, 5).Put(5, 3).Put(kIcao, 24).Finish();
  for (std::size_t a = 5; a < 56; ++a) {
    Bytes message = whole;
    message[a / 8] ^= static_cast<std::uint8_t>(0x80U >> (a % 8));
    const auto one = RepairModeS(message);
    // A bit among the last seven is an interrogator's code, and no damage.
    ASSERT_EQ(one.has_value(), a < 49) << a;
    if (one) {
      EXPECT_EQ(one->message, whole);
    }
    message[2] ^= 0x01U;
    if (a != 23) {
      EXPECT_FALSE(RepairModeS(message)) << a;
    }
  }
  // Formats whose parity is overlaid with an address cannot be repaired.
  EXPECT_FALSE(RepairModeS(MessageBuilder(7).Put(4, 5).Put(kIcao, 24).Finish(0x123456)));
}

TEST(AdsbDecoder, RepairsOnlyWhatAnAddressVouchesFor) {
  Bytes damaged = GroundVelocity(kIcao, 100, -50, 640, 4);
  damaged[9] ^= 0x10U;
  Bytes twice = damaged;
  twice[12] ^= 0x02U;
  BeastStream stream;
  stream.Add(0.0, damaged);  // nobody has heard of this aircraft yet
  stream.Add(0.1, Identification(kIcao, 4, 1, "ABC123"));
  stream.Add(0.2, damaged);
  stream.Add(0.3, twice);
  stream.Add(700.0, damaged);  // heard of too long ago: what was repaired vouches for nothing
  const Decoded run = Decode(AdsbFraming::kBeast, stream.bytes, Started());
  EXPECT_EQ(run.counts.damaged, 2);
  EXPECT_EQ(run.counts.repaired, 2);
  ASSERT_EQ(run.json.size(), 3U);
  EXPECT_FALSE(run.json[0].contains("repaired_bits"));
  EXPECT_EQ(run.json[1]["repaired_bits"], 1);
  EXPECT_EQ(run.json[2]["repaired_bits"], 2);
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_EQ(run.json[i]["velocity_east"], 100);
    EXPECT_EQ(run.json[i]["velocity_north"], -50);
  }
  // The bytes stay as they were received.
  EXPECT_EQ(run.json[1]["raw"], Hex(damaged));
  AdsbOptions never = Started();
  never.repair = false;
  EXPECT_EQ(Decode(AdsbFraming::kBeast, stream.bytes, never).counts.damaged, 4);
}

TEST(AdsbDecoder, ARebroadcastSaysWhoseItIs) {
  const auto squitter = [](std::uint32_t control, std::uint32_t imf) {
    // Airborne position of type code 11; in TIS-B and ADS-R its bit 8 says whose address it is.
    return MessageBuilder(14)
        .Put(18, 5)
        .Put(control, 3)
        .Put(kIcao, 24)
        .Put(11, 5)
        .Put(0, 2)
        .Put(imf, 1)
        .Finish();
  };
  const struct {
    std::uint32_t control, imf;
    const char* source;
    bool icao;
  } cases[] = {{0, 0, "ads-b", true},  {1, 0, "ads-b", false}, {2, 0, "tis-b", true},
               {2, 1, "tis-b", false}, {3, 0, "tis-b", true},  {5, 0, "tis-b", false},
               {6, 0, "ads-r", true},  {6, 1, "ads-r", false}, {4, 0, "", true}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.control);
    const Json j = One(Hex(squitter(c.control, c.imf)));
    EXPECT_EQ(j["control_field"], c.control);
    EXPECT_EQ(j.value("source", ""), c.source);
    EXPECT_EQ(j.value("icao_address", true), c.icao);
  }
}

}  // namespace
}  // namespace picket
