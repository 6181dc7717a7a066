// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "picket/codec/decoder.h"
#include "picket/field/sensor.h"

/// SAPIENT, BSI Flex 335 v2.0 and v1.0 (docs/sapient.md).
namespace picket::sapient {

/// As the icd_version of a registration says it.
inline constexpr std::string_view kVersion = "BSI Flex 335 v2.0";
inline constexpr std::string_view kFirstVersion = "BSI Flex 335 v1.0";
inline constexpr std::size_t kMaxMessageBytes = 1U << 20U;
inline constexpr std::size_t kLengthBytes = 4;  ///< little-endian, before each message

/// A node that the site names: sapient = "UUID" of a [[sensor]].
struct NodeSensor {
  std::string node;        ///< its node_id
  std::string id;          ///< of the sensor
  ComponentSet measures;   ///< what the site says that it measures; empty: all
  bool positions = false;  ///< it is a sensor of positions, so polar detections are of no use
  std::optional<std::pair<double, double>> lat_lon_deg{};  ///< where the site says that it stands
};

struct Options {
  DecodeOptions decode;
  std::vector<NodeSensor> sensors;
  /// Of nodes that neither the site names nor themselves say where they stand: their detections
  /// are positions of this sensor.
  std::string receiver = "sapient";
};

/// What a decoder has seen, for health pages and tests.
struct Counts {
  std::int64_t messages = 0;    ///< that are sound
  std::int64_t refused = 0;     ///< that are not
  std::int64_t detections = 0;  ///< in reports
  std::int64_t unplaced = 0;    ///< detections that say no place that can be used
};

/// Decodes a stream of SAPIENT messages: as they go over TCP, each with its length before it, or
/// proto-JSON objects one after the other. Messages are validated in full; one that breaks the
/// standard is an error with all its reasons, and the stream goes on. A node speaks version 1 once
/// it has registered with that, else version 2.
///
/// A node that registered and told where it stands joins as a sensor of its own (SensorChange), by
/// its node_id, with what it says of itself: kind, field of view, coverage, obscuration, whether it
/// is up. Of a node that the site names only the latter change, and its place if it moves.
///
/// Detections of one node with the same timestamp are one look, which goes out as a message without
/// bytes of its own when the node's next message has another, or at the end.
class SapientDecoder final : public StreamDecoder {
 public:
  explicit SapientDecoder(Options options);
  ~SapientDecoder() override;
  void Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
            const DecodeSink& sink) override;
  void Finish(const DecodeSink& sink) override;
  [[nodiscard]] const Counts& counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// What validation of a file or stream found.
struct Checked {
  std::int64_t messages = 0;
  std::int64_t first = 0;  ///< of these, of version 1
  Errors errors;           ///< every violation, each with its field and the message's line or byte
};
/// Validates every message of a text of proto-JSON objects, or of a stream with lengths.
[[nodiscard]] Checked Check(std::string_view bytes);

/// Whether bytes begin like a stream that SapientDecoder reads.
[[nodiscard]] bool LooksLikeSapient(std::span<const std::uint8_t> head);
/// Whether text is a node_id: a UUID of version 4, lower case.
[[nodiscard]] bool IsNodeId(std::string_view text);

}  // namespace picket::sapient
