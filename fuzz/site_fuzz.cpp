// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/site.h"

/// A site file; the files that it names hold one small polygon. What is taken is whole, what is
/// refused is told of in bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  const FileReader read_file = [](const std::string&) -> Result<std::string> {
    return R"({"type":"Polygon","coordinates":[[[127,37],[127.1,37],[127.1,37.1],[127,37]]]})";
  };
  const auto site = ParseSite(fuzz::Text(data, size), "site.toml", read_file);
  if (!site) {
    PICKET_HOLDS(!site.error().empty() && site.error().size() <= kMaxSiteErrors + 1);
    for (const Error& error : site.error()) {
      PICKET_HOLDS(!error.what.empty() && error.source == "site.toml");
    }
    return 0;
  }
  PICKET_HOLDS(!site->sensors.empty());
  for (const SensorEntry& entry : site->sensors) {
    const Sensor& sensor = entry.sensor;
    PICKET_HOLDS(!sensor.id.empty() && !sensor.measures.Empty() && sensor.period.ns() > 0);
    PICKET_HOLDS(sensor.field.azimuth_width_rad > 0.0);
    for (std::size_t c = 0; c < kComponents; ++c) {
      PICKET_HOLDS(!sensor.measures.Has(static_cast<Component>(c)) || sensor.sd[c] > 0.0);
    }
  }
  return 0;
}
