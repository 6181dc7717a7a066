// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/json.h"
#include "picket/codec/observation.h"

/// What is read as an observation is a report that is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  const auto observation = ReadObservation(fuzz::Text(data, size));
  if (!observation) {
    PICKET_HOLDS(!observation.error().what.empty());
    return 0;
  }
  const Report report =
      ReportOf(*observation, observation->observer, observation->time, {37.5, 127.0, {60.0}});
  ReportReader reader;
  const auto back = reader.Read(WriteReport(report));
  PICKET_HOLDS(back.has_value() && back->report.detections.size() == 1);
  if (observation->at) {
    for (const bool joins : {true, false}) {
      const SensorChange change = StandOf(*observation, observation->time, joins);
      PICKET_HOLDS(ParseSensorChange(WriteSensorChange(change)).has_value());
    }
  }
  return 0;
}
