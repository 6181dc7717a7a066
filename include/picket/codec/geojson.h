// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "picket/assess/event.h"
#include "picket/base/error.h"

namespace picket {

/// Limits on one GeoJSON text.
inline constexpr std::size_t kMaxGeoJsonBytes = 32U << 20U;
inline constexpr std::size_t kMaxGeoJsonPositions = 1'000'000;
inline constexpr std::size_t kMaxGeoJsonShapes = 10'000;

/// A polygon or a line; see Area.
struct GeoShape {
  Area::Shape shape = Area::Shape::kPolygon;
  std::vector<std::vector<std::pair<double, double>>> rings_lon_lat;
};

/// Reads GeoJSON (RFC 7946): Polygon, MultiPolygon, LineString, MultiLineString, and Feature,
/// FeatureCollection and GeometryCollection of these. Heights of positions are left out; each
/// polygon and line of a collection is a shape of its own. Refuses rings that are not closed,
/// positions that are not on the earth, and texts without any shape.
[[nodiscard]] Result<std::vector<GeoShape>> ParseGeoJson(std::string_view text);

}  // namespace picket
