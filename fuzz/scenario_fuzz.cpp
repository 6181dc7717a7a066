// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/scenario.h"

/// A scenario file, and the same bytes as the flight log that it names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  const std::string_view text = fuzz::Text(data, size);
  const FileReader read_file = [&](const std::string&) -> Result<std::string> {
    return std::string(text);
  };
  const auto scenario = ParseScenario(text, "scenario.toml", read_file);
  PICKET_HOLDS(scenario || !scenario.error().empty());
  const auto log = ParseFlightLog(text, "log.csv", "");
  PICKET_HOLDS(log || !log.error().what.empty());
  return 0;
}
