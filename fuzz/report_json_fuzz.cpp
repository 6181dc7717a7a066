// SPDX-License-Identifier: Apache-2.0
// Any line: it is refused, or what was read is written as a line that reads back the same.

#include <cstdint>
#include <string_view>

#include "picket/base/assert.h"
#include "picket/codec/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // One reader for all, as in the service: a line must not change how the next one is read.
  static picket::ReportReader reader;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto parsed = reader.Read(line);
  if (!parsed) {
    PICKET_ASSERT(!parsed.error().what.empty(), "a refusal has its reason");
    return 0;
  }
  const std::string written = picket::WriteReport(parsed->report);
  const auto again = reader.Read(written);
  PICKET_ASSERT(again.has_value(), "what is written can be read");
  PICKET_ASSERT(picket::WriteReport(again->report) == written, "and says the same");
  return 0;
}
