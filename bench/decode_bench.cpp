// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "picket/codec/adsb.h"
#include "picket/codec/asterix.h"
#include "picket/io/file.h"
#include "picket/io/pcap.h"

// How fast the decoders take the real captures of PICKET_DATA, from bytes in memory: with nothing
// but fields, with reports, with JSON. bench/decoders.py compares the program with others.
namespace {

using namespace picket;

struct Packet {
  Time time;
  std::vector<std::uint8_t> bytes;
};

std::string Path(const std::string& name) {
  const char* folder = std::getenv("PICKET_DATA");
  return folder == nullptr ? std::string() : std::string(folder) + "/" + name;
}

void Asterix(benchmark::State& state, DecodeOptions decode) {
  const std::string path = Path("asterix/cat_034_048.pcap");
  if (path.empty()) return state.SkipWithError("PICKET_DATA is not set");
  std::vector<Packet> packets;
  CaptureSink sink;
  sink.on_frame = [&](const CapturedFrame& frame) {
    if (const auto found = UdpOf(frame); found && *found) {
      packets.push_back({frame.time, {(*found)->payload.begin(), (*found)->payload.end()}});
    }
  };
  if (!ReadCapture(path, sink)) return state.SkipWithError("the capture cannot be read");
  AsterixOptions options;
  options.decode = decode;
  AsterixSensor radar;
  radar.sac = 25;
  radar.sic = 201;
  radar.id = "radar";
  options.sensors = {radar};
  std::int64_t records = 0;
  for (auto _ : state) {
    AsterixDecoder decoder(options);
    DecodeSink out;
    out.on_message = [](const DecodedMessage& m) { benchmark::DoNotOptimize(m.json.data()); };
    out.on_error = [](const Error& e) { benchmark::DoNotOptimize(e.what.data()); };
    for (const Packet& p : packets) decoder.Feed(p.bytes, p.time, out);
    records += decoder.counts().records;
  }
  state.SetItemsProcessed(records);
}

void Beast(benchmark::State& state, DecodeOptions decode) {
  const std::string path = Path("adsb/pymodes_406B90.beast");
  if (path.empty()) return state.SkipWithError("PICKET_DATA is not set");
  const auto text = ReadFile(path, 1U << 20U);
  if (!text) return state.SkipWithError("the capture cannot be read");
  const std::vector<std::uint8_t> bytes(text->begin(), text->end());
  std::int64_t messages = 0;
  for (auto _ : state) {
    AdsbOptions options;
    options.decode = decode;
    AdsbDecoder decoder(AdsbFraming::kBeast, options);
    DecodeSink out;
    out.on_message = [](const DecodedMessage& m) { benchmark::DoNotOptimize(m.json.data()); };
    out.on_error = [](const Error& e) { benchmark::DoNotOptimize(e.what.data()); };
    decoder.Feed(bytes, std::nullopt, out);
    messages += decoder.counts().messages;
  }
  state.SetItemsProcessed(messages);
}

constexpr DecodeOptions kFields{.want_json = false, .want_reports = false};
constexpr DecodeOptions kReports{.want_json = false, .want_reports = true};
constexpr DecodeOptions kJson{.want_json = true, .want_reports = false};

}  // namespace

BENCHMARK_CAPTURE(Asterix, fields, kFields);
BENCHMARK_CAPTURE(Asterix, reports, kReports);
BENCHMARK_CAPTURE(Asterix, json, kJson);
BENCHMARK_CAPTURE(Beast, fields, kFields);
BENCHMARK_CAPTURE(Beast, reports, kReports);
BENCHMARK_CAPTURE(Beast, json, kJson);
BENCHMARK_MAIN();
