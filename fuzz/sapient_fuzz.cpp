// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/sapient.h"
#include "picket/codec/sapient_node.h"

/// Framed messages and proto-JSON; the first byte says how the stream is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  if (size == 0) return 0;
  sapient::Options options;
  options.decode.want_json = true;
  options.sensors.push_back({"a8654cdf-4328-47de-81fa-c495589e30c9", "radar", {}, false});
  sapient::SapientDecoder decoder(options);
  fuzz::FeedInPieces(decoder, {data + 1, size - 1}, data[0], std::nullopt);
  // The other side of a connection, at a time near that of the seeds.
  sapient::FusionNode node(sapient::NodeIdOf("fuzz"), {});
  sapient::FusionNode::Sink sink;
  sink.send = [](const std::string& bytes) {
    PICKET_HOLDS(sapient::Check(bytes).errors.empty());
    PICKET_HOLDS(bytes.size() <= sapient::kMaxMessageBytes);
  };
  sink.decode.on_message = [](const DecodedMessage& message) {
    if (!message.change) return;
    // What a node says of itself can be recorded and read back.
    const auto again = ParseSensorChange(WriteSensorChange(*message.change));
    PICKET_HOLDS(again.has_value());
    PICKET_HOLDS(again->sensor == message.change->sensor);
  };
  const Time now = *Time::Parse("2026-03-01T12:00:04Z");
  node.Feed({data + 1, size - 1}, now, sink);
  node.Tick(now + Duration::Seconds(1.0), sink);
  node.Finish(now + Duration::Seconds(2.0), sink);
  // What validation finds sound is decoded, and the reverse.
  const sapient::Checked checked = sapient::Check(fuzz::Text(data + 1, size - 1));
  const sapient::Counts& counts = decoder.counts();
  PICKET_HOLDS(checked.messages == counts.messages + counts.refused);
  PICKET_HOLDS(!checked.errors.empty() || counts.refused == 0);
  return 0;
}
