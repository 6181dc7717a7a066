// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/capture.h"

/// Recognition by content, and the decoder that follows from it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  const std::span<const std::uint8_t> bytes(data, size);
  const CaptureFormat format = RecogniseCapture(bytes, true);
  PICKET_HOLDS(format == CaptureFormat::kUnknown ||
               ParseCaptureFormat(CaptureFormatName(format)) == format);
  if (const auto decoder = MakeDecoder(format, {})) {
    fuzz::FeedInPieces(*decoder, bytes, 0, std::nullopt);
  }
  return 0;
}
