// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <vector>

#include "fuzz/fuzz.h"
#include "picket/codec/adsb.h"
#include "picket/codec/mode_s.h"

/// A run of long messages whose parity is made to fit, so that what is remembered of aircraft from
/// one message to the next is reached: CPR pairs, jumps, clocks. A first byte of options, then
/// records of two bytes (time since the last message, in units of 10 ms) and 11 of message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  if (size == 0) return 0;
  AdsbOptions options;
  options.decode.want_json = true;
  if ((data[0] & 4U) != 0) options.reference = Geodetic{37.5, 127.0, {60.0}};
  const bool counters = (data[0] & 8U) != 0;
  constexpr std::size_t kRecord = 2 + 11;
  std::uint64_t counter = 12;
  std::vector<std::uint8_t> stream;
  for (std::size_t at = 1; at + kRecord <= size; at += kRecord) {
    counter += (data[at] << 8U | data[at + 1]) * std::uint64_t{120'000};
    std::array<std::uint8_t, 14> message{};
    std::copy_n(data + at + 2, 11, message.begin());
    const std::uint32_t parity = ModeSResidual(message);
    message[11] = static_cast<std::uint8_t>(parity >> 16U);
    message[12] = static_cast<std::uint8_t>(parity >> 8U);
    message[13] = static_cast<std::uint8_t>(parity);
    const auto put = [&stream](std::uint8_t byte) {
      stream.push_back(byte);
      if (byte == 0x1A) stream.push_back(byte);
    };
    stream.push_back(0x1A);
    stream.push_back('3');
    for (int shift = 40; shift >= 0; shift -= 8) {
      put(counters ? static_cast<std::uint8_t>(counter >> static_cast<unsigned>(shift)) : 0);
    }
    put(0);
    for (const std::uint8_t byte : message) put(byte);
  }
  AdsbDecoder decoder(AdsbFraming::kBeast, options);
  fuzz::FeedInPieces(decoder, stream, data[0], std::nullopt);
  const AdsbCounts& n = decoder.counts();
  PICKET_HOLDS(n.messages + n.damaged + n.unseen_address == n.frames);
  return 0;
}
