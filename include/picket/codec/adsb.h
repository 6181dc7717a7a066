// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "picket/base/time.h"
#include "picket/codec/decoder.h"
#include "picket/geo/geodetic.h"

namespace picket {

enum class AdsbFraming : std::uint8_t {
  kBeast,  ///< Beast binary
  kText,   ///< AVR, bare hexadecimal, CSV with times, SBS-1: line by line, see TextFramer
};

struct AdsbOptions {
  DecodeOptions decode;
  std::string sensor = "adsb";  ///< the receiver, as the site file names it
  /// Time of the first message with a counter, where bytes come without a time of their own. Left
  /// out: 1970-01-01, and a warning says so.
  std::optional<Time> start;
  /// Where the receiver is, roughly (the site's origin): decodes first positions from one message
  /// and refuses positions that no receiver here could hear.
  std::optional<Geodetic> reference;
  /// Give out messages whose address is only overlaid on their parity (DF 0, 4, 5, 16, 20, 21, 24)
  /// although no DF 11, 17 or 18 named that address within the last ten minutes. For captures that
  /// are known to be clean: any damage turns up as another address.
  bool accept_unseen_addresses = false;
  /// Repair messages of which one or two bits fell over, if their address was heard whole within
  /// the last ten minutes (RepairModeS).
  bool repair = true;
};

/// What a decoder has seen, for health pages and tests.
struct AdsbCounts {
  std::int64_t frames = 0;             ///< framed, of any kind
  std::int64_t messages = 0;           ///< given out
  std::int64_t damaged = 0;            ///< parity, length or format wrong
  std::int64_t repaired = 0;           ///< given out with one or two bits turned over
  std::int64_t unseen_address = 0;     ///< left out, see accept_unseen_addresses
  std::int64_t positions = 0;          ///< position messages with a position found
  std::int64_t positions_pending = 0;  ///< no partner or reference yet: no position found
  std::int64_t positions_refused = 0;  ///< impossible: too far from the last one or the receiver
  std::int64_t repeats = 0;            ///< the same position message received twice: one report
};

/// Decodes ADS-B and Mode S from a receiver's stream. Each position found is a Report of one
/// detection (docs/adsb.md says how its accuracy, height, velocity and class are found). State per
/// aircraft is bounded; of more than 16,000 the ones heard least recently are forgotten.
///
/// Time of a message: its own (CSV, SBS-1); else `received`; else the receiver's 12 MHz counter,
/// from `start` on, its wrap minded. Where all counters are zero there is no time at all: a warning
/// says so, and time is made up: an aircraft's next position is as much later as it needs to get
/// there at the speed that it states; where that is not known, 0.5 s, the nominal rate of DO-260B,
/// 2.2.3.3.1.1. Warnings come through on_error and begin with "warning: ".
class AdsbDecoder final : public StreamDecoder {
 public:
  AdsbDecoder(AdsbFraming framing, AdsbOptions options);
  ~AdsbDecoder() override;
  void Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
            const DecodeSink& sink) override;
  void Finish(const DecodeSink& sink) override;
  [[nodiscard]] const AdsbCounts& counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
