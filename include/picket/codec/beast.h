// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "picket/base/error.h"
#include "picket/base/time.h"

namespace picket {

/// What a receiver handed on as one message, before anything is decoded.
struct ReceiverFrame {
  enum class Kind : std::uint8_t { kModeAc, kModeS, kStatus, kSbs };
  Kind kind = Kind::kModeS;
  std::int64_t byte = 0;                  ///< offset in the stream
  std::int64_t line = 0;                  ///< text formats: line, from 1
  std::span<const std::uint8_t> raw;      ///< as in the stream; valid during the call
  std::span<const std::uint8_t> payload;  ///< Mode A/C 2 bytes, Mode S 7 or 14; valid likewise
  std::optional<std::uint64_t> counter;   ///< 48 bits, 12 MHz, as sent (0 where never set)
  std::optional<std::uint8_t> signal;     ///< 0 to 255, full scale of the receiver, amplitude
  std::optional<Time> time;               ///< text formats that state one
  Duration resolution;                    ///< of `time`
  std::string_view text;                  ///< kSbs: the line
};

using FrameSink = std::function<void(const ReceiverFrame&)>;
using ErrorSink = std::function<void(const Error&)>;

/// The Beast binary format: 0x1a, type '1' to '4', 48-bit counter at 12 MHz, signal, 2, 7 or 14
/// bytes of message; any 0x1a within is doubled. Keeps at most one frame; any bytes, cut anywhere.
/// Source: Mode-S Beast wiki, "Data Output Formats".
class BeastFramer {
 public:
  /// Garbage between frames is told as one error for each run, when the next frame begins.
  void Feed(std::span<const std::uint8_t> bytes, const FrameSink& on_frame,
            const ErrorSink& on_error);
  void Finish(const ErrorSink& on_error);

 private:
  enum class State : std::uint8_t { kOutside, kType, kBody };
  static constexpr std::size_t kMaxBody = 6 + 1 + 14;
  std::size_t WholeFrames(std::span<const std::uint8_t> bytes, const FrameSink& on_frame,
                          const ErrorSink& on_error);
  void BeginType(std::uint8_t type, const ErrorSink& on_error);
  void EndGarbage(const ErrorSink& on_error);

  State state_ = State::kOutside;
  bool escape_ = false;
  std::uint8_t type_ = 0;
  std::size_t need_ = 0;
  std::size_t have_ = 0;
  std::size_t raw_size_ = 0;
  std::array<std::uint8_t, kMaxBody> body_{};
  std::array<std::uint8_t, 2 + 2 * kMaxBody> raw_{};
  std::int64_t offset_ = 0;  // of the byte being looked at
  std::int64_t start_ = 0;   // of the frame being read
  std::int64_t garbage_from_ = 0;
  std::int64_t garbage_ = 0;
};

/// Text formats, told apart line by line:
///   *HEX;  :HEX;                 AVR
///   @TTTTTTTTTTTTHEX;  %...      AVR with the 12 MHz counter
///   <TTTTTTTTTTTTSSHEX;          the same with the signal
///   HEX                          14 or 28 hexadecimal digits
///   SECONDS,"HEX",...            CSV, seconds since 1970 (quotes and further fields optional)
///   MSG,...                      SBS-1
/// Keeps at most one line of kMaxFrameLine bytes; any bytes, cut anywhere. A first line that is
/// none of these but has a comma and begins with a letter is taken for the head of a table.
class TextFramer {
 public:
  static constexpr std::size_t kMaxFrameLine = 1024;
  void Feed(std::span<const std::uint8_t> bytes, const FrameSink& on_frame,
            const ErrorSink& on_error);
  void Finish(const FrameSink& on_frame, const ErrorSink& on_error);

 private:
  void Line(const FrameSink& on_frame, const ErrorSink& on_error);

  std::string line_;
  bool too_long_ = false;
  std::int64_t offset_ = 0;
  std::int64_t start_ = 0;
  std::int64_t number_ = 1;
};

}  // namespace picket
