// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "picket/base/error.h"
#include "picket/base/time.h"

namespace picket {

/// What an entry of the evidence log holds.
enum class EntryKind : std::uint8_t {
  kSite = 1,     ///< the site file with the files that it names, at the start of each session
  kReport = 2,   ///< one report line as received
  kRaw = 3,      ///< source bytes (an ASTERIX block, a Beast frame) that the next reports came from
  kPicture = 4,  ///< one line of the track format
  kAlert = 5,    ///< one alert, JSON
  kRun = 6,      ///< how the recording was made: version, compiler, flags; JSON; starts a session
  kTerrain = 7,  ///< the ground that was used, as picked up by replay (see docs/recording.md)
  kSensor = 8,   ///< a sensor joined or changed: WriteSensorChange
  kUnseen = 9,   ///< where targets may be that nobody has seen, JSON
  kAction = 10,  ///< what somebody did who has a key: saw where operators stand; JSON
};
/// "site", "report", "raw", "picture", "alert", "run", "terrain", "sensor", "unseen", "action";
/// "unknown" for any other value.
[[nodiscard]] std::string_view EntryKindName(EntryKind kind);

/// SHA-256.
using Hash = std::array<std::uint8_t, 32>;

/// As 64 hexadecimal digits.
[[nodiscard]] std::string HashText(const Hash& hash);

/// One entry of the append-only, hash-chained evidence log, its payload somebody else's memory.
struct EntryView {
  std::int64_t sequence = 0;  ///< from 1, without gaps
  EntryKind kind = EntryKind::kReport;
  Time received;  ///< wall clock when the service took it
  std::string_view payload;
};

/// One entry that owns its payload.
struct Entry {
  std::int64_t sequence = 0;
  EntryKind kind = EntryKind::kReport;
  Time received;
  std::string payload;

  [[nodiscard]] EntryView View() const { return {sequence, kind, received, payload}; }
};

/// H(n) = SHA-256(H(n-1) | sequence | kind | received ns | payload length | payload), numbers as
/// little-endian 64-bit; H(0) = SHA-256("picket recording 1").
[[nodiscard]] Hash FirstHash();
[[nodiscard]] Hash ChainHash(const Hash& previous, const EntryView& entry);
/// SHA-256 of any bytes (FIPS 180-4).
[[nodiscard]] Hash Sha256(std::string_view bytes);

/// The end of a chain. Kept elsewhere (printed, mailed, countersigned) it later proves that the
/// recording still starts with everything that it held then.
struct Head {
  std::int64_t sequence = 0;  ///< of the last entry; 0: none yet
  Hash hash{};                ///< H(sequence)

  /// "SEQUENCE:64 hexadecimal digits"; ParseHead reads it back.
  [[nodiscard]] std::string Text() const;
  bool operator==(const Head&) const = default;
};
[[nodiscard]] Result<Head> ParseHead(std::string_view text);

/// Where and how a chain fails to hold.
enum class ChainFault : std::uint8_t {
  kMissing,     ///< the next entry has a later sequence: entries between were taken out
  kOutOfOrder,  ///< the next entry has an earlier sequence, or the same again
  kChanged,     ///< the entry does not fit its hash and the one before it: it was altered
  kCut,         ///< the chain ends before the known head: its tail was taken off
  kRewritten,   ///< sound in itself, but not the chain that the known head was of
};
/// A clause such as "entries are missing before it".
[[nodiscard]] std::string_view ChainFaultText(ChainFault fault);

struct ChainBreak {
  std::int64_t sequence = 0;  ///< the first entry that does not fit; for kMissing the first missing
  ChainFault fault = ChainFault::kChanged;
};

/// Walks a chain from its first entry. After the first break nothing more is looked at: nothing
/// behind it is proven.
///
/// What a sound walk shows: no entry was altered, taken out, put in or moved without all hashes
/// after it having been computed anew. What it cannot show by itself: that the tail is complete,
/// and that the whole chain was not computed anew. A known head shows both, up to its sequence.
class ChainWalk {
 public:
  explicit ChainWalk(std::optional<Head> known = std::nullopt) : known_(known) {}

  /// The next entry as stored. @returns false after a break.
  bool Next(const EntryView& entry, const Hash& stored);
  /// The end of the chain: says whether the known head was reached.
  void Finish();

  [[nodiscard]] const Head& head() const { return head_; }  ///< of the sound part
  [[nodiscard]] const std::optional<ChainBreak>& fault() const { return fault_; }

 private:
  Head head_{0, FirstHash()};
  std::optional<Head> known_;
  std::optional<ChainBreak> fault_;
};

}  // namespace picket
