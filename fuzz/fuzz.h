// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string_view>

#include "picket/codec/decoder.h"

/// A property of the decoder that must hold for any bytes. Ends the run with the input kept.
#define PICKET_HOLDS(property) \
  if (!(property)) std::abort()

namespace picket::fuzz {

inline std::string_view Text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Feeds bytes in pieces whose lengths follow from `seed`, as a network would cut them, and ends
/// the stream. Checks what every decoder promises: offsets lie within what was fed, a report has
/// finite values where it says that it measured, and errors say something.
inline void FeedInPieces(StreamDecoder& decoder, std::span<const std::uint8_t> bytes,
                         std::uint8_t seed, std::optional<Time> received) {
  const auto whole = static_cast<std::int64_t>(bytes.size());
  DecodeSink sink;
  sink.on_message = [&](const DecodedMessage& message) {
    PICKET_HOLDS(message.byte >= 0 && message.byte <= whole);
    if (!message.report) return;
    for (const Detection& z : message.report->detections) {
      for (std::size_t c = 0; c < kComponents; ++c) {
        PICKET_HOLDS(!z.measured.Has(static_cast<Component>(c)) || std::isfinite(z.value[c]));
      }
    }
  };
  sink.on_error = [](const Error& error) { PICKET_HOLDS(!error.what.empty()); };
  std::size_t piece = seed == 0 ? bytes.size() : 1U + seed % 61U;
  while (!bytes.empty()) {
    piece = std::min(piece, bytes.size());
    decoder.Feed(bytes.first(piece), received, sink);
    bytes = bytes.subspan(piece);
    piece = 1U + (piece * 37U + seed) % 251U;
  }
  decoder.Finish(sink);
}

}  // namespace picket::fuzz
