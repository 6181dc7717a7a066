// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/geojson.h"

/// GeoJSON: what is accepted has closed rings on the earth.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  const auto shapes = ParseGeoJson(fuzz::Text(data, size));
  if (!shapes) return 0;
  PICKET_HOLDS(!shapes->empty());
  for (const GeoShape& shape : *shapes) {
    for (const auto& ring : shape.rings_lon_lat) {
      for (const auto& [lon, lat] : ring) {
        PICKET_HOLDS(std::abs(lon) <= 180.0 && std::abs(lat) <= 90.0);
      }
    }
  }
  return 0;
}
