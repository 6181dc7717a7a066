// SPDX-License-Identifier: Apache-2.0
// golden_text SITE INPUT: what picket makes of an input, as text that a person can read and a diff
// can compare: tracks every five seconds to the centimetre, alerts, refusals. See README.md beside.
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>

#include "picket/engine/engine.h"
#include "picket/io/messages.h"
#include "picket/io/site.h"

namespace picket {
namespace {

constexpr double kEveryS = 5.0;

std::string TimeOfDay(Time time) { return time.Text().substr(11, 12); }

void Print(const Events& events, const PlacedSite& site) {
  for (const Alert& alert : events.alerts) {
    fmt::print("{} alert {} {} of track {}: {} (p {:.3f})\n", TimeOfDay(alert.time), alert.id,
               AlertLevelName(alert.level), alert.track, alert.text, alert.probability);
  }
  for (const Picture& picture : events.pictures) {
    fmt::print("{} {} tracks\n", TimeOfDay(picture.time), picture.tracks.size());
    for (const Track& track : picture.tracks) {
      std::string sources;
      for (const auto& [sensor, count] : track.sources) {
        sources +=
            fmt::format(" {}:{}", site.sensor_names[static_cast<std::size_t>(sensor)], count);
      }
      const StateVector& x = track.mean;
      fmt::print("  {} r {:.3f} at {:.2f} {:.2f} {:.2f} moving {:.2f} {:.2f} {:.2f} by{}\n",
                 track.id, track.existence, x[0], x[1], x[2], x[3], x[4], x[5], sources);
    }
  }
}

int Run(const std::string& site_path, const std::string& input) {
  auto site = ReadSite(site_path);
  if (!site) {
    for (const Error& error : site.error()) fmt::print(stderr, "{}\n", error.Text());
    return 2;
  }
  CaptureOptions capture = CaptureOptionsOf(*site);
  capture.decode.want_reports = true;
  const auto placed = LoadSite(std::move(*site), site_path);
  if (!placed) {
    for (const Error& error : placed.error()) fmt::print(stderr, "{}\n", error.Text());
    return 2;
  }
  AddAntennaHeights(**placed, capture);
  capture.start = Time::Parse("2026-03-01T12:00:00Z");  // ASTERIX tells the time of day only
  EngineOptions options;
  options.every = Duration::Seconds(kEveryS);
  Engine engine(*placed, options);
  std::map<std::string, int> refusals;
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& message) {
    if (!message.report) return;
    const Events events = engine.Step({&*message.report, 1});
    if (const Receipt& receipt = events.receipts.front(); !receipt.reason.empty()) {
      ++refusals[receipt.reason];
    }
    Print(events, **placed);
  };
  sink.on_error = [&](const Error& error) { ++refusals[error.field + ": " + error.what]; };
  const auto summary = ReadMessages(input, std::nullopt, capture, sink);
  if (!summary) {
    fmt::print(stderr, "{}\n", summary.error().Text());
    return 2;
  }
  Print(engine.Finish(), **placed);
  for (const auto& [reason, count] : refusals) fmt::print("{} times: {}\n", count, reason);
  return 0;
}

}  // namespace
}  // namespace picket

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: golden_text SITE INPUT\n");
    return 2;
  }
  return picket::Run(argv[1], argv[2]);
}
