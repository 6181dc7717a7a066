// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/capture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "codec/mode_s_encoder.h"
#include "picket/codec/json.h"

namespace picket {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

CaptureFormat Of(std::string_view text) { return RecogniseCapture(AsBytes(text), true); }

const Bytes kIdentification = testing::Identification(0x71C123, 4, 3, "KAL123");

TEST(Capture, NamesGoBothWays) {
  for (int i = 1; i <= static_cast<int>(CaptureFormat::kRemoteId); ++i) {
    const auto format = static_cast<CaptureFormat>(i);
    EXPECT_EQ(ParseCaptureFormat(CaptureFormatName(format)), format);
  }
  EXPECT_FALSE(ParseCaptureFormat("unknown"));
  EXPECT_FALSE(ParseCaptureFormat("Beast"));
}

TEST(Capture, RecognisesJsonLines) {
  EXPECT_EQ(Of(R"({"time":1,"sensor":"a","detections":[]})"), CaptureFormat::kReports);
  EXPECT_EQ(Of("\xEF\xBB\xBF\n {\"time\":1,\"targets\":[]}\n"), CaptureFormat::kTruth);
  EXPECT_EQ(Of("{\"time\":1,\"tracks\":[]}\n"), CaptureFormat::kTracks);
  EXPECT_EQ(Of("{\"broken\":\n{\"time\":1,\"sensor\":\"a\",\"detections\":[]}\n"),
            CaptureFormat::kReports);
  EXPECT_EQ(Of("{\"type\":\"FeatureCollection\"}"), CaptureFormat::kUnknown);
  // A first line that is longer than the head.
  EXPECT_EQ(Of(R"({"time":1,"sensor":"a","detections":[)" + std::string(70'000, ' ')),
            CaptureFormat::kReports);
}

TEST(Capture, RecognisesJsonLinesBehindDamage) {
  const std::string line = R"({"time":1,"sensor":"a","detections":[]})";
  EXPECT_EQ(Of("garbage\n" + line + "\n"), CaptureFormat::kReports);
  EXPECT_EQ(Of("[1,2]\n\n\"text\"\n" + line), CaptureFormat::kReports);
  EXPECT_EQ(Of(std::string("\0\xFF\n", 3) + "{\"time\":1,\"tracks\":[]}\n"),
            CaptureFormat::kTracks);
  EXPECT_EQ(Of("garbage\n{\"type\":\"FeatureCollection\"}\n"), CaptureFormat::kUnknown);
}

TEST(Capture, RecognisesReceivers) {
  EXPECT_EQ(Of("*8D4840D6202CC371C32CE0576098;\n"), CaptureFormat::kAvr);
  EXPECT_EQ(Of("noise\n8D4840D6202CC371C32CE0576098\n8D4840D6202CC371C32CE0576098\n"),
            CaptureFormat::kAvr);
  EXPECT_EQ(Of("0,\"8D4840D6202CC371C32CE0576098\",\"x\"\n"), CaptureFormat::kAdsbCsv);
  EXPECT_EQ(Of("MSG,1,1,1,4840D6,1,2026/03/01,12:00:00,2026/03/01,12:00:00,KLM,,,,,,,,,,,\n"),
            CaptureFormat::kSbs);
  Bytes beast = {0x00, 0x01};
  const Bytes frame = testing::BeastFrame(kIdentification, 7);
  beast.insert(beast.end(), frame.begin(), frame.end());
  EXPECT_EQ(RecogniseCapture(beast, true), CaptureFormat::kBeast);
}

TEST(Capture, RecognisesBinaries) {
  EXPECT_EQ(Of(std::string_view("SQLite format 3\0rest", 20)), CaptureFormat::kRecording);
  EXPECT_EQ(Of("\xD4\xC3\xB2\xA1"), CaptureFormat::kPcap);
  EXPECT_EQ(Of("\x0A\x0D\x0D\x0A"), CaptureFormat::kPcap);
  const Bytes block = {48, 0, 6, 0x80, 1, 2};
  EXPECT_EQ(RecogniseCapture(block, true), CaptureFormat::kAsterix);
  const Bytes cut = {48, 0, 6, 0x80, 1, 2, 34, 0, 9, 1};
  EXPECT_EQ(RecogniseCapture(cut, true), CaptureFormat::kUnknown);
  EXPECT_EQ(RecogniseCapture(cut, false), CaptureFormat::kAsterix);
}

TEST(Capture, RefusesTheRest) {
  for (const std::string_view text :
       {"", "hello\nworld\n", "[site]\nname = 'x'\n", "<xml/>", "12"}) {
    EXPECT_EQ(Of(text), CaptureFormat::kUnknown) << text;
  }
  const Bytes zeros(1000, 0);
  EXPECT_EQ(RecogniseCapture(zeros, true), CaptureFormat::kUnknown);
  EXPECT_EQ(MakeDecoder(CaptureFormat::kUnknown, {}), nullptr);
  EXPECT_EQ(MakeDecoder(CaptureFormat::kRecording, {}), nullptr);
}

TEST(Capture, SiteNamesReceiverAndRadars) {
  Site site;
  site.origin = {37.5, 126.5, {40.0}};
  site.sensors.resize(2);
  site.sensors[0].sensor.id = "receiver";
  site.sensors[0].adsb = "receiver";
  site.sensors[1].sensor.id = "radar";
  site.sensors[1].asterix = AsterixSource{.sac = 1, .sic = 2, .editions = {{48, "1.30"}}};
  const CaptureOptions options = CaptureOptionsOf(site);
  EXPECT_EQ(options.adsb_sensor, "receiver");
  EXPECT_EQ(options.reference->lat_deg, 37.5);
  ASSERT_EQ(options.asterix.size(), 1U);
  EXPECT_EQ(options.asterix[0].id, "radar");
  EXPECT_EQ(options.asterix[0].sic, 2);
  EXPECT_EQ(options.asterix[0].editions[0].second, "1.30");
}

// --- report lines as a stream ---

TEST(Capture, ReportLinesSurviveAnyCut) {
  const std::string text =
      "{\"time\":1,\"sensor\":\"a\",\"detections\":[],\"colour\":1}\r\n\nnonsense\n"
      "{\"time\":2,\"sensor\":\"a\",\"detections\":[],\"colour\":1}";
  for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) {
    CaptureOptions options;
    options.decode.want_json = true;
    const auto decoder = MakeDecoder(CaptureFormat::kReports, options);
    std::vector<DecodedMessage> messages;
    std::vector<Error> errors;
    DecodeSink sink;
    sink.on_message = [&](const DecodedMessage& m) { messages.push_back(m); };
    sink.on_error = [&](const Error& e) { errors.push_back(e); };
    for (std::size_t at = 0; at < text.size(); at += chunk) {
      decoder->Feed(AsBytes(std::string_view(text).substr(at, chunk)), {}, sink);
    }
    decoder->Finish(sink);
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].json, "{\"time\":1,\"sensor\":\"a\",\"detections\":[],\"colour\":1}");
    EXPECT_EQ(messages[1].byte, static_cast<std::int64_t>(text.rfind('{')));
    EXPECT_EQ(messages[1].report->time.ns(), 2'000'000'000);
    ASSERT_EQ(errors.size(), 2U);  // the key once, and the line that is none
    EXPECT_NE(errors[0].what.find("warning"), std::string::npos);
    EXPECT_EQ(errors[1].line, 3);
  }
}

TEST(Capture, EndlessReportLineIsPassedOver) {
  const auto decoder = MakeDecoder(CaptureFormat::kReports, {});
  int messages = 0;
  int errors = 0;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage&) { ++messages; };
  sink.on_error = [&](const Error&) { ++errors; };
  const std::string part(1 << 20, 'x');
  for (int i = 0; i < 12; ++i) decoder->Feed(AsBytes(part), {}, sink);
  decoder->Feed(AsBytes("\n{\"time\":2,\"sensor\":\"a\",\"detections\":[]}\n"), {}, sink);
  decoder->Finish(sink);
  EXPECT_EQ(messages, 1);
  EXPECT_EQ(errors, 1);
}

// --- real captures ---

TEST(CaptureData, RealFilesAreRecognised) {
  const char* folder = std::getenv("PICKET_DATA");
  if (folder == nullptr) GTEST_SKIP() << "PICKET_DATA is not set";
  const std::vector<std::pair<std::string, CaptureFormat>> files = {
      {"adsb/pymodes_406B90.beast", CaptureFormat::kBeast},
      {"adsb/pymodes_406B90.sbs", CaptureFormat::kSbs},
      {"adsb/pymodes_sample_data_adsb.csv", CaptureFormat::kAdsbCsv},
      {"asterix/cat048.raw", CaptureFormat::kAsterix},
      {"asterix/cat034.raw", CaptureFormat::kAsterix},
      {"asterix/cat21_re.ast", CaptureFormat::kAsterix},
      {"asterix/synthetic_cat015_track.raw", CaptureFormat::kAsterix},
      {"asterix/synthetic_cat129_minimal.raw", CaptureFormat::kAsterix},
      {"asterix/cat_034_048.pcap", CaptureFormat::kPcap},
      {"remoteid/odid_bt5_lr_sample.pcapng", CaptureFormat::kPcap},
      {"adsb/golden_decodes.json", CaptureFormat::kUnknown},
      {"cot/ANDROID-rx-RX.cot", CaptureFormat::kCot},
      {"sapient/valid/Alert.FullMessage.json", CaptureFormat::kSapient},
      {"tracks/birds_O_ASSEN_2018.csv.gz", CaptureFormat::kUnknown},
      {"terrain/bigtujunga30m.tif", CaptureFormat::kUnknown},
  };
  for (const auto& [name, format] : files) {
    std::ifstream file(std::string(folder) + "/" + name, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(CaptureFormatName(RecogniseCapture(bytes, true)), CaptureFormatName(format)) << name;
  }
}

}  // namespace
}  // namespace picket
