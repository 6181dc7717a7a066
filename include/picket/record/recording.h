// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "picket/base/time.h"

namespace picket {

/// What an entry of the evidence log holds.
enum class EntryKind : std::uint8_t {
  kSite = 1,      ///< the site file's text, the first entry and at each change
  kReport = 2,    ///< one report line as received
  kRaw = 3,       ///< source bytes (an ASTERIX block, a Beast frame) that the next reports came from
  kPicture = 4,   ///< one line of the track format
  kAlert = 5,     ///< one alert, JSON
  kRun = 6,       ///< how the recording was made: version, compiler, flags; JSON
  kTerrain = 7,   ///< the ground that was used, as picked up by replay (see docs/recording.md)
};

/// SHA-256.
using Hash = std::array<std::uint8_t, 32>;

/// One entry of the append-only, hash-chained evidence log.
struct Entry {
  std::int64_t sequence = 0;  ///< from 1, without gaps
  EntryKind kind = EntryKind::kReport;
  Time received;              ///< wall clock when the service took it
  std::string payload;
};

/// H(n) = SHA-256(H(n-1) | sequence | kind | received ns | payload length | payload), numbers as
/// little-endian 64-bit; H(0) = SHA-256("picket recording 1").
[[nodiscard]] Hash FirstHash();
[[nodiscard]] Hash ChainHash(const Hash& previous, const Entry& entry);

}  // namespace picket
