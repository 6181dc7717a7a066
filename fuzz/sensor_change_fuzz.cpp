// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/sensor_change.h"

/// A recorded change of a sensor: what is taken can be written and read back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  const auto change = ParseSensorChange(fuzz::Text(data, size));
  if (!change) {
    PICKET_HOLDS(!change.error().empty());
    return 0;
  }
  PICKET_HOLDS(!change->sensor.empty());
  if (change->whole && change->whole->asterix) return 0;  // of a site file only
  const auto again = ParseSensorChange(WriteSensorChange(*change));
  PICKET_HOLDS(again.has_value());
  PICKET_HOLDS(again->sensor == change->sensor && again->time == change->time);
  PICKET_HOLDS(again->whole.has_value() == change->whole.has_value());
  return 0;
}
