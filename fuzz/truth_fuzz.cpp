// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/json.h"

/// A truth line and a track line. What is accepted can be written, and is then accepted again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  static const LocalFrame frame(Geodetic{37.5, 127.0, {60.0}});
  const std::string_view line = fuzz::Text(data, size);
  if (const auto truth = ReadTruth(line, &frame)) {
    const auto again = ReadTruth(WriteTruth(*truth), &frame);
    PICKET_HOLDS(again && again->targets.size() == truth->targets.size());
  }
  for (const LocalFrame* const given : {&frame, static_cast<const LocalFrame*>(nullptr)}) {
    const auto picture = ReadPicture(line, given);
    PICKET_HOLDS(picture || !picture.error().what.empty());
  }
  return 0;
}
