// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
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
/// positions that are not on the earth, and texts without any shape, or with points.
[[nodiscard]] Result<std::vector<GeoShape>> ParseGeoJson(std::string_view text);

/// A Point, or one of a MultiPoint.
struct GeoPoint {
  double lon_deg = 0.0;
  double lat_deg = 0.0;
  std::string name;  ///< property `name` of its Feature where that is a text, at most 128 bytes
};

/// Everything that a GeoJSON text shows.
struct GeoLayer {
  std::vector<GeoShape> shapes;
  std::vector<GeoPoint> points;
};

/// Reads GeoJSON as ParseGeoJson does, Point and MultiPoint as well. Refuses a longer `name`, and
/// texts with neither shape nor point; features without a geometry (null) are left out.
[[nodiscard]] Result<GeoLayer> ParseGeoLayer(std::string_view text);

}  // namespace picket
