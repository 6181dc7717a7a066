// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/readsb_json.h"

/// aircraft.json and lines of a JSON port; the first byte says how the stream is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  if (size == 0) return 0;
  ReadsbDecoder decoder({.want_json = true, .want_reports = true}, "adsb");
  const bool live = (data[0] & 1U) != 0;
  fuzz::FeedInPieces(decoder, {data + 1, size - 1}, data[0],
                     live ? std::optional(Time::Ns(1'772'366'400'000'000'000)) : std::nullopt);
  return 0;
}
