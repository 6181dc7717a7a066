// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/cot.h"

/// Events of XML and TAK messages; the first byte says how the stream is cut. What is read is
/// written in a form that is read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  if (size == 0) return 0;
  cot::CotDecoder decoder({.want_json = true, .want_reports = true}, "cot", (data[0] & 1U) != 0);
  fuzz::FeedInPieces(decoder, {data + 1, size - 1}, data[0], std::nullopt);
  if (const auto event = cot::ReadXml(fuzz::Text(data + 1, size - 1))) {
    PICKET_HOLDS(cot::ReadXml(cot::WriteXml(*event)).has_value());
    PICKET_HOLDS(!cot::WriteTak(*event, cot::Framing::kStream).empty());
  }
  return 0;
}
