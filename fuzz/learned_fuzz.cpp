// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/learned.h"
#include "picket/codec/site.h"

/// What is read as a correction is written and read again, the same; its factors are numbers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  const auto sensors = ParseLearned(fuzz::Text(data, size), "learned.toml");
  if (!sensors) {
    PICKET_HOLDS(!sensors.error().empty() && sensors.error().size() <= kMaxSiteErrors + 1);
    return 0;
  }
  for (const LearnedSensor& sensor : *sensors) {
    for (std::size_t cell = 0; cell < LearnedCorrection::kCells; ++cell) {
      const double p = sensor.correction->Corrected(0.5, cell);
      PICKET_HOLDS(p >= 0.0 && p < 1.0);
    }
  }
  const std::string text = WriteLearned(*sensors);
  const auto back = ParseLearned(text, "learned.toml");
  PICKET_HOLDS(back.has_value() && WriteLearned(*back) == text);
  return 0;
}
