// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/what_if.h"

/// A question to the planner: what is taken is within its bounds, what is refused is told of.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  const auto request = ReadWhatIf(fuzz::Text(data, size));
  if (!request) {
    PICKET_HOLDS(!request.error().what.empty());
    return 0;
  }
  PICKET_HOLDS(request->sensor.empty() || request->preset.empty());
  PICKET_HOLDS(request->height_agl_m >= 0.0);
  if (request->at) {
    PICKET_HOLDS(request->at->lat_deg >= -90.0 && request->at->lat_deg <= 90.0);
    PICKET_HOLDS(request->at->lon_deg >= -180.0 && request->at->lon_deg <= 180.0);
  }
  return 0;
}
