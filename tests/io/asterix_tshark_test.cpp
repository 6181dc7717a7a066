// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "picket/codec/asterix_encode.h"
#include "picket/geo/angle.h"
#include "picket/io/pcap.h"

namespace picket {
namespace {

using asterix::Message;

constexpr std::uint16_t kPort = 8600;  // where tshark expects ASTERIX

std::string Shell(const std::string& command) {
  std::string text;
  std::FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 4096> part{};
  while (const std::size_t n = std::fread(part.data(), 1, part.size(), pipe)) {
    text.append(part.data(), n);
  }
  pclose(pipe);
  return text;
}

std::size_t Count(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

/// What tshark shows for each field of that name, in order.
std::vector<std::string> Shown(const std::string& pdml, const std::string& field) {
  std::vector<std::string> values;
  const std::string name = "name=\"" + field + "\"";
  for (std::size_t at = pdml.find(name); at != std::string::npos; at = pdml.find(name, at + 1)) {
    const std::size_t start = pdml.find(" show=\"", at) + 7;
    values.push_back(pdml.substr(start, pdml.find('"', start) - start));
  }
  return values;
}

std::vector<Message> Looks() {
  AsterixSensor radar;
  radar.sac = 25;
  radar.sic = 7;
  radar.period = Duration::Seconds(4.0);
  radar.antenna = HeightAmsl{120.0};
  asterix::RadarEncoder encoder(radar);
  Report report;
  report.time = Time::Parse("2026-03-01T12:00:00.5Z").value();
  for (int i = 0; i < 40; ++i) {
    Detection d;
    d.Set(Component::kRange, 1852.0 * (i == 39 ? 400 : 1 + i));
    d.Set(Component::kAzimuth, 9.0 * i * kRadPerDeg);
    if (i % 2 == 0) d.Set(Component::kElevation, 0.01 * i);
    if (i % 3 == 0) d.Set(Component::kRangeRate, 5.0 * i - 100.0);
    if (i == 0) d.identity = {{"icao", "406B90"}, {"callsign", "EZY85MH"}, {"mode_3a", "7074"}};
    if (i == 5) d.snr_db = 11.0;
    if (i == 6) d.rcs_dbsm = -18.0;
    report.detections.push_back(d);
  }
  return encoder.Encode(report).value();
}

std::vector<Message> Tracks() {
  std::vector<asterix::SystemTrack> tracks;
  for (int i = 0; i < 30; ++i) {
    asterix::SystemTrack t;
    t.time = Time::Parse("2026-03-01T12:00:00.5Z").value();
    t.id = static_cast<std::uint64_t>(1000 + i);
    t.lat_deg = 45.0;
    t.lon_deg = -90.0;
    t.height = HeightHae{304.8};
    t.vel_enu_mps = {{30.25, -20.0, 3.048}};
    t.sd_m = {{12.0, 8.5, 20.0}};
    t.unmanned = i == 1;
    if (i == 0) t.identity = {{"icao", "406B90"}, {"callsign", "EZY85MH"}, {"mode_3a", "7074"}};
    tracks.push_back(t);
  }
  asterix::TrackEncoder encoder(25, 100, 62);
  std::vector<Message> messages = encoder.Encode(tracks[0].time, tracks);
  // A second picture, in which the first track has gone.
  tracks.erase(tracks.begin());
  asterix::TrackEncoder self_reports(25, 100, 21);
  for (asterix::TrackEncoder* next : {&encoder, &self_reports}) {
    for (Message& m : next->Encode(tracks[0].time, tracks)) messages.push_back(std::move(m));
  }
  return messages;
}

// One run of tshark for everything: it takes seconds to start.
TEST(AsterixTshark, AcceptsWhatIsEncoded) {
  if (Shell("command -v tshark").empty()) GTEST_SKIP() << "tshark is not installed";
  std::vector<Message> messages = Looks();
  const std::vector<Message> tracks = Tracks();
  messages.insert(messages.end(), tracks.begin(), tracks.end());
  const std::string path = testing::TempDir() + "picket_encoded.pcap";
  std::ofstream file(path, std::ios::binary);
  file << CaptureHead();
  for (const Message& m : messages) file << CaptureUdp(m.time, kPort, m.bytes);
  file.close();
  const std::string pdml = Shell("tshark -r " + path + " -o ip.check_checksum:TRUE -T pdml");

  EXPECT_EQ(Count(pdml, "name=\"_ws.expert\""), 0U) << pdml.substr(0, 4000);
  EXPECT_EQ(Count(pdml, "malformed"), 0U);
  EXPECT_EQ(Count(pdml, "<proto name=\"asterix\""), messages.size());
  // 40 plots, two north markers, seven sector crossings, 30 tracks twice and 29 once, 4 of status.
  EXPECT_EQ(Count(pdml, "name=\"asterix.message\""), 142U);

  const auto first = [&](const std::string& field) {
    const auto values = Shown(pdml, "asterix." + field);
    return values.empty() ? std::string("none") : values[0];
  };
  EXPECT_EQ(Shown(pdml, "asterix.034_000_VALUE"),
            (std::vector<std::string>{"1", "2", "2", "2", "2", "2", "2", "2", "1"}));
  EXPECT_EQ(Shown(pdml, "asterix.034_020_VALUE").at(6), "315");
  EXPECT_EQ(first("048_010_SAC"), "0x19");
  EXPECT_EQ(first("048_010_SIC"), "0x07");
  EXPECT_EQ(first("048_140_VALUE"), "43200.5");
  EXPECT_EQ(first("048_070_MODE3A"), "3644");  // 07074
  EXPECT_EQ(first("048_220_VALUE"), "0x406b90");
  EXPECT_EQ(first("048_240_VALUE"), "EZY85MH ");
  const auto ranges = Shown(pdml, "asterix.048_040_RHO");
  const auto azimuths = Shown(pdml, "asterix.048_040_THETA");
  ASSERT_EQ(ranges.size(), 40U);
  ASSERT_EQ(azimuths.size(), 40U);
  for (std::size_t i = 0; i < 39; ++i) {
    EXPECT_EQ(ranges[i], std::to_string(i + 1));
    EXPECT_NEAR(std::stod(azimuths[i]), 9.0 * static_cast<double>(i), 180.0 / 65536);
  }
  EXPECT_EQ(first("048_120_CAL_CAL"), "-100");
  EXPECT_EQ(Shown(pdml, "asterix.048_110_3DH").size(), 20U);
  EXPECT_EQ(first("062_040_VALUE"), "0x03e8");
  EXPECT_EQ(first("062_070_VALUE"), "43200.5");
  EXPECT_EQ(first("062_105_LAT"), "45");
  EXPECT_EQ(first("062_105_LON"), "-90");
  EXPECT_EQ(first("062_130_VALUE"), "1000");
  EXPECT_EQ(first("062_185_VX"), "30.25");
  EXPECT_EQ(first("062_185_VY"), "-20");
  EXPECT_EQ(first("062_220_VALUE"), "600");
  EXPECT_EQ(first("062_500_APC_Y"), "8.5");
  EXPECT_EQ(first("062_380_EMC_VALUE"), "13");
  EXPECT_EQ(Count(pdml, "name=\"asterix.065_000_VALUE\""), 4U);
  EXPECT_EQ(first("021_131_LAT"), "45");
  EXPECT_EQ(first("021_080_VALUE"), "0x0003e9");
}

}  // namespace
}  // namespace picket
