// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/geojson.h"

/// GeoJSON: what is accepted has closed rings and points on the earth.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  const auto layer = ParseGeoLayer(fuzz::Text(data, size));
  const auto shapes = ParseGeoJson(fuzz::Text(data, size));
  if (layer) {
    PICKET_HOLDS(!layer->shapes.empty() || !layer->points.empty());
    for (const GeoPoint& point : layer->points) {
      PICKET_HOLDS(std::abs(point.lon_deg) <= 180.0 && std::abs(point.lat_deg) <= 90.0);
    }
  }
  if (!shapes) return 0;
  PICKET_HOLDS(!layer || (layer->points.empty() && layer->shapes.size() == shapes->size()));
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
