// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/adsb.h"

/// AVR, bare hexadecimal, CSV with times, SBS-1; the first byte says how the stream is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  if (size == 0) return 0;
  AdsbOptions options;
  options.decode.want_json = true;
  options.accept_unseen_addresses = (data[0] & 1U) != 0;
  AdsbDecoder decoder(AdsbFraming::kText, options);
  fuzz::FeedInPieces(decoder, {data + 1, size - 1}, data[0], std::nullopt);
  return 0;
}
