// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/remote_id.h"

/// The first byte chooses: a frame of one of the link types, or lines of JSON.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  if (size == 0) return 0;
  constexpr std::array<int, 5> kLinks = {105, 127, 251, 256, 272};
  const DecodeOptions all{.want_json = true, .want_reports = true};
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  if (data[0] >= kLinks.size()) {
    remote_id::JsonDecoder decoder(all, "remote-id", std::nullopt);
    fuzz::FeedInPieces(decoder, bytes, data[0], std::nullopt);
    return 0;
  }
  remote_id::Receiver receiver(all, "remote-id");
  DecodeSink sink;
  sink.on_message = [](const DecodedMessage& message) {
    PICKET_HOLDS(message.report || !message.json.empty());
    if (message.report) PICKET_HOLDS(message.report->detections.size() == 1);
  };
  sink.on_error = [](const Error& error) { PICKET_HOLDS(!error.what.empty()); };
  const Time now = *Time::Parse("2026-03-01T12:00:00Z");
  receiver.Frame(kLinks[data[0]], bytes, now, sink);
  receiver.Frame(kLinks[data[0]], bytes, now + Duration::Seconds(2.0), sink);
  return 0;
}
