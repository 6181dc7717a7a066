// SPDX-License-Identifier: Apache-2.0
// Any line: it is refused, or what was read is written as a line that reads back the same.

#include <cstdint>
#include <string_view>

#include "picket/base/assert.h"
#include "picket/codec/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const picket::LocalFrame frame({37.5, 127.0, picket::HeightHae{10.0}});
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  (void)picket::RecogniseLine(line);
  const auto truth = picket::ReadTruth(line, &frame);
  if (!truth) return 0;
  const std::string written = picket::WriteTruth(*truth);
  const auto again = picket::ReadTruth(written, nullptr);
  PICKET_ASSERT(again.has_value(), "what is written can be read");
  PICKET_ASSERT(picket::WriteTruth(*again) == written, "and says the same");
  return 0;
}
