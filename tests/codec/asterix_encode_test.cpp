// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/asterix_encode.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numbers>

#include "picket/codec/asterix.h"
#include "picket/codec/asterix_record.h"
#include "picket/geo/angle.h"

namespace picket {
namespace {

using asterix::Message;
using asterix::RadarEncoder;
using asterix::SystemTrack;
using asterix::TrackEncoder;

AsterixSensor Radar() {
  AsterixSensor radar;
  radar.sac = 25;
  radar.sic = 7;
  radar.id = "north";
  radar.period = Duration::Seconds(2.0);
  radar.antenna = HeightAmsl{150.0};
  return radar;
}

/// What a receiver of the messages makes of them.
std::vector<Report> Receive(const std::vector<Message>& messages, const AsterixSensor& radar) {
  AsterixOptions options;
  options.sensors = {radar};
  std::vector<Report> reports;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& m) {
    if (m.report) reports.push_back(*m.report);
  };
  sink.on_error = [](const Error& e) { ADD_FAILURE() << e.Text(); };
  AsterixDecoder decoder(options);
  for (const Message& m : messages) decoder.Feed(m.bytes, m.time, sink);
  decoder.Finish(sink);
  return reports;
}

double Angle(double a, double b) { return std::abs(WrapPi(a - b)); }

/// Within the steps that RadarEncoder's docstring names.
void ExpectSame(const Detection& is, const Detection& was) {
  EXPECT_NEAR(is[Component::kRange], was[Component::kRange], 1852.0 / 512 + 1e-6);
  EXPECT_LE(Angle(is[Component::kAzimuth], was[Component::kAzimuth]),
            std::numbers::pi / 65536 + 1e-9);
  ASSERT_EQ(is.measured.Has(Component::kElevation), was.measured.Has(Component::kElevation));
  if (was.measured.Has(Component::kElevation)) {
    // Half a step of height, and what range and height steps make of it close by.
    const double level_m = was[Component::kRange] * std::cos(was[Component::kElevation]);
    EXPECT_NEAR(is[Component::kElevation], was[Component::kElevation], 8.0 / level_m);
  }
  ASSERT_EQ(is.measured.Has(Component::kRangeRate), was.measured.Has(Component::kRangeRate));
  EXPECT_NEAR(is[Component::kRangeRate], was[Component::kRangeRate], 0.5 + 1e-9);
  ASSERT_EQ(std::isfinite(is.snr_db), std::isfinite(was.snr_db));
  EXPECT_LE(std::isfinite(was.snr_db) ? std::abs(is.snr_db - was.snr_db) : 0.0, 0.05 + 1e-9);
  ASSERT_EQ(std::isfinite(is.rcs_dbsm), std::isfinite(was.rcs_dbsm));
  EXPECT_LE(std::isfinite(was.rcs_dbsm) ? std::abs(is.rcs_dbsm - was.rcs_dbsm) : 0.0, 0.005 + 1e-9);
  EXPECT_EQ(is.identity, was.identity);
}

Detection Plot(double range_m, double azimuth_deg) {
  Detection d;
  d.Set(Component::kRange, range_m);
  d.Set(Component::kAzimuth, azimuth_deg * kRadPerDeg);
  return d;
}

TEST(AsterixEncoder, LooksComeBack) {
  RadarEncoder encoder(Radar());
  std::vector<Message> messages;
  std::vector<Report> reports;
  const Time start = Time::Parse("2026-03-01T23:59:56Z").value();
  for (int look = 0; look < 6; ++look) {
    Report report;
    report.sensor = "north";
    report.time = start + Duration::Seconds(2.0 * look);
    // An empty sky in the third look; a silence before the fifth.
    if (look >= 4) report.time = report.time + Duration::Seconds(20);
    for (int i = 0; look != 2 && i < 3 + look; ++i) {
      Detection d = Plot(5000.0 + 700 * i, 40.0 * i + look);
      d.Set(Component::kElevation, 0.02 * i);
      d.Set(Component::kRangeRate, 10.4 * i - 20);
      d.snr_db = 3.3 * i;
      d.rcs_dbsm = -20.004 + i;
      if (i == 1) d.identity = {{"icao", "406B90"}, {"callsign", "EZY85MH"}, {"mode_3a", "7074"}};
      if (i == 2) d.time = report.time - Duration::Seconds(0.5);
      report.detections.push_back(d);
    }
    const auto part = encoder.Encode(report);
    ASSERT_TRUE(part) << part.error().Text();
    for (std::size_t i = 1; i < part->size(); ++i) EXPECT_LE((*part)[i - 1].time, (*part)[i].time);
    messages.insert(messages.end(), part->begin(), part->end());
    reports.push_back(std::move(report));
  }
  EXPECT_EQ(encoder.left_out(), 0);
  const std::vector<Report> back = Receive(messages, Radar());
  ASSERT_EQ(back.size(), reports.size());
  for (std::size_t r = 0; r < reports.size(); ++r) {
    SCOPED_TRACE(r);
    EXPECT_EQ(back[r].sensor, "north");
    EXPECT_EQ(back[r].time, reports[r].time);
    ASSERT_EQ(back[r].detections.size(), reports[r].detections.size());
    // The decoder orders by time: the one that has its own comes first.
    std::vector<Detection> was = reports[r].detections;
    std::stable_sort(was.begin(), was.end(), [&](const Detection& a, const Detection& b) {
      return a.time.value_or(reports[r].time) < b.time.value_or(reports[r].time);
    });
    for (std::size_t i = 0; i < was.size(); ++i) {
      SCOPED_TRACE(i);
      ExpectSame(back[r].detections[i], was[i]);
      EXPECT_EQ(back[r].detections[i].time, was[i].time.value_or(reports[r].time));
    }
  }
}

TEST(AsterixEncoder, WhatTheFormatCannotSayIsCountedOrLeftOut) {
  RadarEncoder encoder(Radar());
  Report report;
  report.time = Time::Parse("2026-03-01T12:00:00Z").value();
  Detection bearing;
  bearing.Set(Component::kAzimuth, 1.0);
  report.detections = {bearing, Plot(600'000, 10), Plot(4e7, 20)};
  report.detections[1].identity = {{"callsign", "much too long"}, {"icao", "x"}};
  const auto messages = encoder.Encode(report);
  ASSERT_TRUE(messages);
  EXPECT_EQ(encoder.left_out(), 1);
  const auto back = Receive(*messages, Radar());
  ASSERT_EQ(back.size(), 1U);
  ASSERT_EQ(back[0].detections.size(), 2U);
  // Beyond 256 NM by the expansion field.
  EXPECT_NEAR(back[0].detections[0][Component::kRange], 600'000, 4);
  EXPECT_NEAR(back[0].detections[1][Component::kRange], 4e7, 4);
  EXPECT_TRUE(back[0].detections[0].identity.empty());
  EXPECT_FALSE(encoder.Encode(report)) << "a look at the same time again";
}

TEST(AsterixEncoder, ManyPlotsFillSeveralDatagrams) {
  RadarEncoder encoder(Radar());
  Report report;
  report.time = Time::Parse("2026-03-01T12:00:00Z").value();
  for (int i = 0; i < 1000; ++i) report.detections.push_back(Plot(1000.0 + i, 0.36 * i));
  const auto messages = encoder.Encode(report);
  ASSERT_TRUE(messages);
  EXPECT_GT(messages->size(), 10U);
  for (const Message& m : *messages) EXPECT_LE(m.bytes.size(), asterix::kMaxDatagram);
  EXPECT_EQ(Receive(*messages, Radar()).at(0).detections.size(), 1000U);
}

RC_GTEST_PROP(AsterixEncoderProperty, AnyPlotComesBackWithinItsSteps, ()) {
  const auto number = [](double from, double to) {
    return from + (to - from) * *rc::gen::inRange(0, 1 << 30) / double(1 << 30);
  };
  Report report;
  report.sensor = "north";
  report.time =
      Time::Ns(1'772'000'000'000'000'000 + *rc::gen::inRange(0, 86'400) * 1'000'000'000LL);
  Detection d = Plot(number(100, 400'000), number(-360, 360));
  if (*rc::gen::arbitrary<bool>()) d.Set(Component::kElevation, number(-0.05, 0.1));
  if (*rc::gen::arbitrary<bool>()) d.Set(Component::kRangeRate, number(-511, 510));
  if (*rc::gen::arbitrary<bool>()) d.snr_db = number(0, 60);
  if (*rc::gen::arbitrary<bool>()) d.rcs_dbsm = number(-60, 60);
  report.detections.push_back(d);
  RadarEncoder encoder(Radar());
  const auto messages = encoder.Encode(report);
  RC_ASSERT(messages.has_value());
  RC_ASSERT(encoder.left_out() == 0);
  const auto back = Receive(*messages, Radar());
  RC_ASSERT(back.size() == 1U);
  RC_ASSERT(back[0].time == report.time);
  RC_ASSERT(back[0].detections.size() == 1U);
  ExpectSame(back[0].detections[0], d);
  RC_ASSERT(!testing::Test::HasFailure());
}

std::vector<SystemTrack> FiftyTracks() {
  std::vector<SystemTrack> tracks;
  for (int i = 0; i < 50; ++i) {
    SystemTrack t;
    t.id = static_cast<std::uint64_t>(1000 + i);
    t.time = Time::Parse("2026-03-01T12:00:00Z").value();
    t.lat_deg = 50.0 + 0.01 * i;
    t.lon_deg = -30.0 - 0.02 * i;
    t.height = HeightHae{100.0 + 10 * i};
    t.vel_enu_mps = {{30.0 + i, -20.0, 2.0}};
    t.sd_m = {{12.0, 8.5, 30.0}};
    if (i == 3) t.identity = {{"icao", "406B90"}, {"callsign", "EZY85MH"}};
    tracks.push_back(t);
  }
  return tracks;
}

/// Values of a field in all records of a category.
std::vector<double> Numbers(const std::vector<Message>& messages, int category,
                            std::string_view item, std::string_view field) {
  std::vector<double> numbers;
  asterix::Record record;
  for (const Message& m : messages) {
    if (m.bytes[0] != category) continue;
    for (std::size_t at = 3; at < m.bytes.size(); at += record.bytes.size()) {
      const auto read = asterix::DecodeRecord(*asterix::FindTable(category).value(),
                                              std::span(m.bytes).subspan(at), record);
      EXPECT_TRUE(read);
      if (!read) return numbers;
      numbers.push_back(record.Number(item, field).value_or(-1.0));
    }
  }
  return numbers;
}

TEST(AsterixEncoder, TracksComeBack) {
  auto tracks = FiftyTracks();
  const Time time = tracks[0].time;
  TrackEncoder encoder(25, 100, 62);
  const auto messages = encoder.Encode(time, tracks);
  EXPECT_GT(messages.size(), 3U);
  EXPECT_EQ(Numbers(messages, 65, "000", "type"), (std::vector<double>{1.0, 2.0}));
  EXPECT_EQ(encoder.left_out(), 0);
  const auto back = Receive(messages, Radar());
  ASSERT_EQ(back.size(), 50U);
  for (std::size_t i = 0; i < back.size(); ++i) {
    const Detection& d = back[i].detections.at(0);
    EXPECT_EQ(back[i].sensor, "asterix-25-100");
    EXPECT_NEAR(d.fix->lat_deg, tracks[i].lat_deg, 2.7e-6);
    EXPECT_NEAR(d.fix->lon_deg, tracks[i].lon_deg, 2.7e-6);
    EXPECT_NEAR(d.fix->hae->m, tracks[i].height->m, 0.96);
    EXPECT_NEAR(d[Component::kVelEast], 30.0 + static_cast<double>(i), 0.126);
    EXPECT_NEAR(d[Component::kVelUp], 2.0, 0.02);
    EXPECT_EQ(d.sd[static_cast<std::size_t>(Component::kNorth)], 8.5);
    EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kUp)], 30.0, 0.96);
  }
  EXPECT_EQ(
      back[3].detections[0].identity,
      (Identity{{"track", "asterix-25-100/1003"}, {"icao", "406B90"}, {"callsign", "EZY85MH"}}));
}

TEST(AsterixEncoder, ATrackThatIsNoMoreEndsOnce) {
  auto tracks = FiftyTracks();
  const Time time = tracks[0].time;
  tracks.resize(3);
  TrackEncoder encoder(25, 100, 62);
  EXPECT_EQ(Numbers(encoder.Encode(time, tracks), 62, "080", "tse"),
            (std::vector<double>{-1.0, -1.0, -1.0}));
  tracks.erase(tracks.begin() + 1);
  const auto ending = encoder.Encode(time + Duration::Seconds(1.0), tracks);
  EXPECT_EQ(Numbers(ending, 62, "080", "tse"), (std::vector<double>{-1.0, -1.0, 1.0}));
  EXPECT_EQ(Numbers(ending, 62, "040", "track"), (std::vector<double>{1000.0, 1002.0, 1001.0}));
  EXPECT_EQ(Numbers(ending, 62, "070", "time_s").back(), 43'201.0);
  EXPECT_EQ(Numbers(ending, 65, "020", "batch"), (std::vector<double>{-1.0, 1.0}));
  const auto after = encoder.Encode(time + Duration::Seconds(2.0), tracks);
  EXPECT_EQ(Numbers(after, 62, "040", "track"), (std::vector<double>{1000.0, 1002.0}));
}

TEST(AsterixEncoder, ATrackBeyondTheFormatIsLeftOut) {
  auto tracks = FiftyTracks();
  tracks.resize(2);
  tracks[0].vel_enu_mps = {{9000.0, 0.0, 0.0}};
  tracks[1].id = 65'535 + 7;
  TrackEncoder encoder(25, 100, 62);
  const auto messages = encoder.Encode(tracks[0].time, tracks);
  EXPECT_EQ(Numbers(messages, 62, "040", "track"), (std::vector<double>{7.0}));
  EXPECT_EQ(encoder.left_out(), 1);
}

TEST(AsterixEncoder, TracksAsSelfReports) {
  auto tracks = FiftyTracks();
  tracks[5].unmanned = true;
  TrackEncoder encoder(25, 100, 21);
  const auto messages = encoder.Encode(tracks[0].time, tracks);
  EXPECT_TRUE(Numbers(messages, 65, "000", "type").empty());
  const auto back = Receive(messages, Radar());
  ASSERT_EQ(back.size(), 50U);
  for (std::size_t i = 0; i < back.size(); ++i) {
    const Detection& d = back[i].detections.at(0);
    EXPECT_NEAR(d.fix->lat_deg, tracks[i].lat_deg, 1e-7);
    EXPECT_NEAR(d.fix->hae->m, tracks[i].height->m, 0.96);
    EXPECT_NEAR(d[Component::kVelNorth], -20.0, 0.2);
    // 12 m of each axis: 95 % within 29.4 m, category 9.
    EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kEast)], 30.0 / 2.4477, 1e-9);
    const auto& [kind, address] = d.identity.at(0);
    EXPECT_EQ(kind, i == 3 ? "icao" : "adsb_address");
    if (i != 3) {
      EXPECT_EQ(std::stoul(address, nullptr, 16), 1000 + i);
    }
  }
  EXPECT_EQ(Numbers(messages, 21, "020", "emitter").at(5), 13.0);
  // A target that is gone sends nothing more.
  EXPECT_TRUE(encoder.Encode(tracks[0].time, {}).empty());
}

}  // namespace
}  // namespace picket
