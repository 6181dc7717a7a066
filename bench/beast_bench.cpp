// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "../tests/codec/mode_s_encoder.h"
#include "picket/codec/adsb.h"

// How many messages a second the ADS-B decoder takes, from Beast bytes to reports: a sky of
// `range` aircraft, each sending two positions and two velocities a second, with a tenth of the
// frames damaged as a receiver hands them on.
namespace {

using namespace picket;

std::vector<std::uint8_t> Sky(int aircraft, int seconds, std::int64_t& messages) {
  std::vector<std::uint8_t> stream;
  std::uint64_t counter = 1;
  for (int half = 0; half < 2 * seconds; ++half) {
    for (int i = 0; i < aircraft; ++i) {
      const auto icao = static_cast<std::uint32_t>(0x710000 + i);
      const LatLon at{37.0 + 0.001 * i + 0.001 * half, 126.0 + 0.002 * (i % 500)};
      counter += 6'000'000U / static_cast<unsigned>(2 * aircraft);
      auto position = testing::AirbornePosition(icao, at, 30000, half % 2 != 0);
      if (i % 10 == 9) position[7] ^= 0x40U;
      for (const auto& message : {position, testing::GroundVelocity(icao, 10, 430, 0, 4)}) {
        const auto frame = testing::BeastFrame(message, counter);
        stream.insert(stream.end(), frame.begin(), frame.end());
        ++messages;
      }
    }
  }
  return stream;
}

void DecodeBeast(benchmark::State& state, bool want_json) {
  std::int64_t messages = 0;
  const auto stream = Sky(static_cast<int>(state.range(0)), 20, messages);
  std::int64_t reports = 0;
  for (auto _ : state) {
    AdsbOptions options;
    options.decode.want_json = want_json;
    AdsbDecoder decoder(AdsbFraming::kBeast, options);
    DecodeSink sink;
    sink.on_message = [&](const DecodedMessage& m) { reports += m.report.has_value(); };
    decoder.Feed(stream, std::nullopt, sink);
    decoder.Finish(sink);
  }
  benchmark::DoNotOptimize(reports);
  state.SetItemsProcessed(state.iterations() * messages);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
}

}  // namespace

BENCHMARK_CAPTURE(DecodeBeast, reports, false)->Arg(10)->Arg(500)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(DecodeBeast, json, true)->Arg(500)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
