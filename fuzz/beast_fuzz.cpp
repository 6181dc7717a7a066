// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/adsb.h"

/// Beast frames; the first byte says how the stream is cut and what the decoder knows beforehand.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  if (size == 0) return 0;
  AdsbOptions options;
  options.decode.want_json = true;
  options.accept_unseen_addresses = (data[0] & 1U) != 0;
  if ((data[0] & 2U) != 0) options.start = Time::Ns(1'700'000'000'000'000'000);
  if ((data[0] & 4U) != 0) options.reference = Geodetic{37.5, 127.0, {60.0}};
  AdsbDecoder decoder(AdsbFraming::kBeast, options);
  fuzz::FeedInPieces(decoder, {data + 1, size - 1}, data[0], std::nullopt);
  return 0;
}
