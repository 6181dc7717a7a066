// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/geojson.h"

#include <gtest/gtest.h>

#include <string>

namespace picket {
namespace {

const std::string kLayer = R"({"type":"FeatureCollection","features":[
  {"type":"Feature","properties":{"name":"Hill"},"geometry":
    {"type":"Point","coordinates":[9.5,48.25,700]}},
  {"type":"Feature","properties":{"name":7},"geometry":
    {"type":"MultiPoint","coordinates":[[1,2],[3,4]]}},
  {"type":"Feature","properties":{"name":"Wood"},"geometry":
    {"type":"Polygon","coordinates":[[[9,48],[9.1,48],[9.1,48.1],[9,48]]]}},
  {"type":"Feature","properties":null,"geometry":null},
  {"type":"LineString","coordinates":[[9,48],[9.1,48]]}]})";

TEST(GeoLayer, HoldsPointsWithTheirNamesAndShapes) {
  const auto layer = ParseGeoLayer(kLayer);
  ASSERT_TRUE(layer) << layer.error().Text();
  ASSERT_EQ(layer->points.size(), 3U);
  EXPECT_EQ(layer->points[0].name, "Hill");
  EXPECT_EQ(layer->points[0].lon_deg, 9.5);
  EXPECT_EQ(layer->points[0].lat_deg, 48.25);
  EXPECT_EQ(layer->points[1].name, "") << "a number is no name, nor is that of another feature";
  EXPECT_EQ(layer->points[2].lat_deg, 4.0);
  ASSERT_EQ(layer->shapes.size(), 2U);
  EXPECT_EQ(layer->shapes[0].shape, Area::Shape::kPolygon);
  EXPECT_EQ(layer->shapes[1].shape, Area::Shape::kLine);
}

TEST(GeoLayer, SaysWhatIsWrong) {
  const auto wrong = [](const std::string& text) {
    const auto layer = ParseGeoLayer(text);
    return layer ? "taken" : layer.error().Text();
  };
  EXPECT_EQ(wrong(R"({"type":"Point","coordinates":[9,95]})"),
            "coordinates: has latitude 95, expected [-90, 90] degrees; longitude comes first");
  EXPECT_EQ(wrong(R"({"type":"MultiPoint","coordinates":[[9,48],7]})"),
            "coordinates[1]: is no position, expected [longitude, latitude] in degrees");
  EXPECT_EQ(wrong(R"({"type":"FeatureCollection","features":[]})"),
            "holds no point, no polygon and no line");
  EXPECT_EQ(wrong(R"({"type":"Circle","coordinates":[]})").substr(0, 45),
            "type: is \"Circle\", expected Point, MultiPoint");
  EXPECT_EQ(wrong(R"({"type":"Feature","properties":{"name":")" + std::string(129, 'x') +
                  R"("},"geometry":{"type":"Point","coordinates":[9,48]}})"),
            "properties.name: has 129 bytes, expected at most 128");
}

TEST(GeoJson, OfAreasHasNoPoints) {
  const auto shapes = ParseGeoJson(R"({"type":"Point","coordinates":[9,48]})");
  ASSERT_FALSE(shapes);
  EXPECT_EQ(shapes.error().Text().find("type: is \"Point\", expected Polygon, MultiPolygon,"), 0U)
      << shapes.error().Text();
}

}  // namespace
}  // namespace picket
