// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "picket/codec/decoder.h"

namespace picket {

/// What a decoder has seen, for health pages and tests.
struct ReadsbCounts {
  std::int64_t documents = 0;  ///< JSON objects, each a line or an aircraft.json
  std::int64_t aircraft = 0;   ///< in them
  std::int64_t damaged = 0;    ///< documents and aircraft that were refused
  std::int64_t repeats = 0;    ///< positions that an earlier document had told already
  std::int64_t reports = 0;
};

/// Decodes the JSON of the ADS-B receivers readsb, dump1090-fa and their like (README-json.md of
/// readsb): aircraft.json, any number of them one after the other as a followed file gives them,
/// and one aircraft a line as a JSON port sends them. Each aircraft is one message, each new
/// position of it one Report of the receiver's sensor, at the time when the position was received.
///
/// The `raw` of an aircraft in a list is that aircraft alone, written as a line of a JSON port.
///
/// An aircraft.json tells old positions again until they are a minute old; those are passed over.
/// State per aircraft is bounded as in AdsbDecoder.
class ReadsbDecoder final : public StreamDecoder {
 public:
  ReadsbDecoder(DecodeOptions options, std::string sensor);
  ~ReadsbDecoder() override;
  void Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
            const DecodeSink& sink) override;
  void Finish(const DecodeSink& sink) override;
  [[nodiscard]] const ReadsbCounts& counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Longest JSON document that is read: an aircraft.json of some 20,000 aircraft.
inline constexpr std::size_t kMaxReadsbBytes = 16U << 20U;

/// Whether text begins like such JSON.
[[nodiscard]] bool LooksLikeReadsb(std::string_view head);

}  // namespace picket
