// SPDX-License-Identifier: Apache-2.0
#include <wire/sapient_v1.pb.h>

#include <string>

#include "fuzz/fuzz.h"
#include "picket/codec/sapient.h"
#include "picket/codec/sapient_node.h"

namespace {

/// A message of version 1 is only one behind its node's registration: that of our own.
const std::string& OurFirstRegistration() {
  static const std::string framed = [] {
    using namespace picket::sapient;
    namespace wire = picket::wire::sapient;
    wire::v1::SapientMessage message;
    message.mutable_timestamp()->set_seconds(1'772'366'400);
    message.set_node_id(NodeIdOf("fuzz"));
    message.mutable_registration()->set_icd_version(std::string(kFirstVersion));
    const std::string body = message.SerializeAsString();
    std::string bytes;
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
      bytes += static_cast<char>(body.size() >> (8U * i) & 0xFFU);
    }
    return bytes + body;
  }();
  return framed;
}

/// Whether what we send is sound by our own rules, of either version.
bool IsSound(const std::string& bytes) {
  using picket::sapient::Check;
  static const std::size_t of_registration = Check(OurFirstRegistration()).errors.size();
  return Check(bytes).errors.empty() ||
         Check(OurFirstRegistration() + bytes).errors.size() == of_registration;
}

}  // namespace

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
    PICKET_HOLDS(IsSound(bytes));
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
