// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/geojson.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <string>

namespace picket {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

constexpr std::size_t kMaxDepth = 24;
constexpr std::size_t kMaxName = 128;

/// Gathers the shapes of one text; the first thing wrong stays in `error` and ends the walk.
class Walk {
 public:
  /// @param points  takes points and features without geometry, not only lines and polygons
  explicit Walk(bool points) : takes_points_(points) {}
  bool Value(element value, const std::string& path);

  GeoLayer layer;
  Error error;

 private:
  using Ring = std::vector<std::pair<double, double>>;

  bool Wrong(const std::string& path, std::string what) {
    error.field = path;
    error.what = std::move(what);
    return false;
  }
  bool Member(element object, const char* key, const std::string& path, array& out);
  bool Position(element value, const std::string& path, std::pair<double, double>& lon_lat);
  bool ReadRing(element value, const std::string& path, bool closed, Ring& ring);
  bool Polygon(element rings, const std::string& path);
  bool LineString(element positions, const std::string& path);
  bool Point(element position, const std::string& path);
  bool Feature(element value, const std::string& path);
  bool Geometry(element value, std::string_view type, const std::string& path);

  bool takes_points_;
  std::size_t positions_ = 0;
  std::string_view name_;  ///< of the feature that is being read
};

std::string Under(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

bool Walk::Member(element object, const char* key, const std::string& path, array& out) {
  if (object[key].get(out) == simdjson::SUCCESS) return true;
  return Wrong(Under(path, key), "is missing or no array");
}

bool Walk::Position(element value, const std::string& path, std::pair<double, double>& lon_lat) {
  if (++positions_ > kMaxGeoJsonPositions) {
    return Wrong(path, fmt::format("is one position too many, at most {}", kMaxGeoJsonPositions));
  }
  array numbers;
  auto& [lon, lat] = lon_lat;
  if (value.get(numbers) != simdjson::SUCCESS || numbers.at(0).get(lon) != simdjson::SUCCESS ||
      numbers.at(1).get(lat) != simdjson::SUCCESS) {
    return Wrong(path, "is no position, expected [longitude, latitude] in degrees");
  }
  if (lon < -180.0 || lon > 180.0) {
    return Wrong(path, fmt::format("has longitude {:.10g}, expected [-180, 180] degrees", lon));
  }
  if (lat < -90.0 || lat > 90.0) {
    return Wrong(path, fmt::format("has latitude {:.10g}, expected [-90, 90] degrees; "
                                   "longitude comes first",
                                   lat));
  }
  return true;
}

bool Walk::ReadRing(element value, const std::string& path, bool closed, Ring& ring) {
  array positions;
  if (value.get(positions) != simdjson::SUCCESS) {
    return Wrong(path, "is no array, expected positions [longitude, latitude]");
  }
  for (const element item : positions) {
    const std::string at = fmt::format("{}[{}]", path, ring.size());
    if (!Position(item, at, ring.emplace_back())) return false;
  }
  if (closed && (ring.size() < 4 || ring.front() != ring.back())) {
    return Wrong(path, "is no closed ring, expected at least 4 positions, the last as the first");
  }
  if (ring.size() < 2) return Wrong(path, "is no line, expected at least 2 positions");
  return true;
}

bool Walk::Polygon(element rings, const std::string& path) {
  array list;
  if (rings.get(list) != simdjson::SUCCESS || list.size() == 0) {
    return Wrong(path, "has no rings, expected an array of rings, the outer one first");
  }
  GeoShape shape;
  for (const element item : list) {
    const std::string at = fmt::format("{}[{}]", path, shape.rings_lon_lat.size());
    if (!ReadRing(item, at, true, shape.rings_lon_lat.emplace_back())) return false;
  }
  layer.shapes.push_back(std::move(shape));
  return true;
}

bool Walk::LineString(element positions, const std::string& path) {
  GeoShape shape;
  shape.shape = Area::Shape::kLine;
  if (!ReadRing(positions, path, false, shape.rings_lon_lat.emplace_back())) return false;
  layer.shapes.push_back(std::move(shape));
  return true;
}

bool Walk::Point(element position, const std::string& path) {
  std::pair<double, double> lon_lat;
  if (!Position(position, path, lon_lat)) return false;
  layer.points.push_back({lon_lat.first, lon_lat.second, std::string(name_)});
  return true;
}

bool Walk::Feature(element value, const std::string& path) {
  element geometry;
  const bool there = value["geometry"].get(geometry) == simdjson::SUCCESS;
  if (takes_points_ && there && geometry.is_null()) return true;
  if (!there || geometry.is_null()) {
    return Wrong(Under(path, "geometry"), "is missing, expected a polygon or a line");
  }
  name_ = {};
  if (value["properties"]["name"].get(name_) == simdjson::SUCCESS && takes_points_ &&
      name_.size() > kMaxName) {
    return Wrong(Under(path, "properties.name"),
                 fmt::format("has {} bytes, expected at most {}", name_.size(), kMaxName));
  }
  const bool read = Value(geometry, Under(path, "geometry"));
  name_ = {};
  return read;
}

bool Walk::Value(element value, const std::string& path) {
  std::string_view type;
  if (value["type"].get(type) != simdjson::SUCCESS) {
    return Wrong(Under(path, "type"), "is missing, expected a GeoJSON object with its type");
  }
  if (layer.shapes.size() >= kMaxGeoJsonShapes) {
    return Wrong(path, fmt::format("holds over {} shapes", kMaxGeoJsonShapes));
  }
  if (type == "Feature") return Feature(value, path);
  const bool features = type == "FeatureCollection";
  if (features || type == "GeometryCollection") {
    const char* key = features ? "features" : "geometries";
    array members;
    if (!Member(value, key, path, members)) return false;
    std::size_t i = 0;
    for (const element item : members) {
      if (!Value(item, fmt::format("{}[{}]", Under(path, key), i++))) return false;
    }
    return true;
  }
  return Geometry(value, type, path);
}

bool Walk::Geometry(element value, std::string_view type, const std::string& path) {
  const bool one_polygon = type == "Polygon";
  const bool one_line = type == "LineString";
  const bool one_point = takes_points_ && type == "Point";
  const bool points = takes_points_ && type == "MultiPoint";
  if (!one_polygon && !one_line && !one_point && !points && type != "MultiPolygon" &&
      type != "MultiLineString") {
    return Wrong(Under(path, "type"),
                 fmt::format("is \"{}\", expected {}Polygon, MultiPolygon, LineString, "
                             "MultiLineString, or a Feature or collection of these",
                             type.substr(0, 40), takes_points_ ? "Point, MultiPoint, " : ""));
  }
  array coordinates;
  if (!Member(value, "coordinates", path, coordinates)) return false;
  const std::string at = Under(path, "coordinates");
  if (one_polygon) return Polygon(element(value["coordinates"].value()), at);
  if (one_line) return LineString(element(value["coordinates"].value()), at);
  if (one_point) return Point(element(value["coordinates"].value()), at);
  std::size_t i = 0;
  for (const element item : coordinates) {
    const std::string part = fmt::format("{}[{}]", at, i++);
    const bool read = points                   ? Point(item, part)
                      : type == "MultiPolygon" ? Polygon(item, part)
                                               : LineString(item, part);
    if (!read) return false;
  }
  return true;
}

Result<GeoLayer> Parse(std::string_view text, bool points) {
  if (text.size() > kMaxGeoJsonBytes) {
    return Fail(fmt::format("has {} bytes, expected at most {}", text.size(), kMaxGeoJsonBytes));
  }
  simdjson::dom::parser parser;
  element root;
  auto failed = parser.allocate(text.size(), kMaxDepth);
  if (failed == simdjson::SUCCESS) failed = parser.parse(text.data(), text.size()).get(root);
  if (failed != simdjson::SUCCESS) {
    return Fail(fmt::format("is no GeoJSON: {}", simdjson::error_message(failed)));
  }
  Walk walk(points);
  if (!walk.Value(root, "")) return tl::unexpected<Error>(std::move(walk.error));
  if (walk.layer.shapes.empty() && walk.layer.points.empty()) {
    return Fail(points ? "holds no point, no polygon and no line" : "holds no polygon and no line");
  }
  return std::move(walk.layer);
}

}  // namespace

Result<std::vector<GeoShape>> ParseGeoJson(std::string_view text) {
  auto layer = Parse(text, false);
  if (!layer) return tl::unexpected<Error>(std::move(layer.error()));
  return std::move(layer->shapes);
}

Result<GeoLayer> ParseGeoLayer(std::string_view text) { return Parse(text, true); }

}  // namespace picket
