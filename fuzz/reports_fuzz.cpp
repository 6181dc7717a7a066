// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/json.h"

/// A report line. What is accepted can be written, and what was written is accepted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  static ReportReader reader;
  const std::string_view line = fuzz::Text(data, size);
  (void)RecogniseLine(line);
  const auto first = reader.Read(line);
  if (!first) {
    PICKET_HOLDS(!first.error().what.empty());
    return 0;
  }
  const auto second = reader.Read(WriteReport(first->report));
  PICKET_HOLDS(second.has_value());
  PICKET_HOLDS(second->report.time == first->report.time);
  PICKET_HOLDS(second->report.detections.size() == first->report.detections.size());
  return 0;
}
