// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/asterix.h"

/// ASTERIX data blocks, as datagrams or as a stream; the first byte says which and how it is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  if (size == 0) return 0;
  AsterixOptions options;
  options.decode.want_json = true;
  options.framing = (data[0] & 1U) != 0 ? AsterixFraming::kStream : AsterixFraming::kDatagram;
  if ((data[0] & 2U) != 0) options.editions = {{62, "0.17"}};
  options.sensors.push_back({25, 201, "radar", {}, Duration::Seconds(4.0), HeightAmsl{120.0}});
  options.reference = Geodetic{45.8, 16.0, {150.0}};
  AsterixDecoder decoder(options);
  fuzz::FeedInPieces(decoder, {data + 1, size - 1}, data[0] & 0xFEU,
                     Time::Ns(1'700'000'000'000'000'000));
  return 0;
}
