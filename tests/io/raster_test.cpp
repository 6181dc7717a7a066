// SPDX-License-Identifier: Apache-2.0
#include "picket/io/raster.h"

#include <gdal.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "picket/io/file.h"
#include "picket/io/terrain.h"

namespace picket {
namespace {

const Geodetic kOrigin{48.0, 9.0, HeightHae{0.0}};

std::string Scratch(const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() / "picket-raster-test";
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}

RasterGrid Grid(double west_m) { return {MapWkt(kOrigin), west_m, 1000.0, 50.0, 30, 20}; }

std::vector<float> Values(float first) {
  std::vector<float> values;
  for (int i = 0; i < 600; ++i) values.push_back(first + static_cast<float>(i));
  values[7] = std::nanf("");
  return values;
}

TEST(Raster, OwnGridReadsBackWhatWasWritten) {
  for (const RasterForm form : {RasterForm::kPlain, RasterForm::kCloudOptimized}) {
    const std::string path = Scratch("one.tif");
    ASSERT_TRUE(WriteRaster(path, Grid(-1500.0), Values(100), form).has_value());
    const auto own = OwnGrid::Open({path});
    ASSERT_TRUE(own.has_value() && own->has_value());
    const OwnGrid& raster = **own;
    EXPECT_EQ(raster.grid().columns, 30);
    EXPECT_EQ(raster.grid().cell_m, 50.0);
    const auto part = raster.Read(6, 0, 3, 2);
    ASSERT_TRUE(part.has_value());
    EXPECT_EQ((*part)[0], 106.0F);
    EXPECT_TRUE(std::isnan((*part)[1]));
    EXPECT_EQ((*part)[4], 137.0F);
    // The origin lies 1,500 m east of the western edge and 1,000 m south of the northern one.
    const auto cell = raster.CellOf(48.0001, 9.0001);
    ASSERT_TRUE(cell.has_value());
    EXPECT_EQ(cell->column, 30);
    EXPECT_EQ(cell->row, 19);
  }
}

TEST(Raster, NeighboursOfOneGridAreOne) {
  ASSERT_TRUE(WriteRaster(Scratch("west.tif"), Grid(-1500.0), Values(100)).has_value());
  ASSERT_TRUE(WriteRaster(Scratch("east.tif"), Grid(0.0), Values(2000)).has_value());
  const auto own = OwnGrid::Open({Scratch("west.tif"), Scratch("east.tif")});
  ASSERT_TRUE(own.has_value() && own->has_value());
  EXPECT_EQ((*own)->grid().columns, 60);
  const auto line = (*own)->Read(29, 0, 2, 1);
  EXPECT_EQ((*line)[0], 129.0F);
  EXPECT_EQ((*line)[1], 2000.0F);
  // Half a cell apart they are no grid.
  ASSERT_TRUE(WriteRaster(Scratch("off.tif"), Grid(25.0), Values(0)).has_value());
  const auto none = OwnGrid::Open({Scratch("west.tif"), Scratch("off.tif")});
  ASSERT_TRUE(none.has_value());
  EXPECT_FALSE(none->has_value());
}

TEST(Raster, AnyRastersAreReadOnTheMapInPieces) {
  // Two tiles in degrees, each with a height of its own, a hole in the first; the map is cut so
  // that they cover only its middle.
  for (const int tile : {0, 1}) {
    std::ofstream file(Scratch(tile == 0 ? "deg-west.asc" : "deg-east.asc"));
    file << "ncols 20\nnrows 20\nxllcorner " << 8.98 + 0.02 * tile
         << "\nyllcorner 47.99\ncellsize 0.001\nNODATA_value -9999\n";
    for (int i = 0; i < 400; ++i) {
      file << (tile == 0 && i == 45 ? -9999 : 100 + 100 * tile) << (i % 20 == 19 ? '\n' : ' ');
    }
    std::ofstream(Scratch(tile == 0 ? "deg-west.prj" : "deg-east.prj"))
        << "Projection GEOGRAPHIC\nDatum WGS84\nUnits DD\n";
  }
  const auto map =
      OwnGrid::OnMap({Scratch("deg-west.asc"), Scratch("deg-east.asc")}, kOrigin, 3000.0, 50.0);
  ASSERT_TRUE(map.has_value()) << map.error().Text();
  EXPECT_EQ(map->grid().columns, 120);
  EXPECT_EQ(map->grid().west_m, -3000.0);
  const auto whole = map->Read(0, 0, 120, 120);
  ASSERT_TRUE(whole.has_value());
  const auto at = [&](int column, int row) { return (*whole)[row * 120 + column]; };
  EXPECT_NEAR(at(45, 60), 100.0F, 1e-3);  // 0.7 km west
  EXPECT_NEAR(at(75, 60), 200.0F, 1e-3);  // and east of the origin
  EXPECT_TRUE(std::isnan(at(5, 60)));
  EXPECT_TRUE(std::isnan(at(60, 5)));
  // Any part is a part of the whole, over the edges of what is known as well.
  const auto part = map->Read(20, 30, 50, 40);
  ASSERT_TRUE(part.has_value());
  for (int row = 0; row < 40; ++row) {
    for (int column = 0; column < 50; ++column) {
      const float one = (*part)[row * 50 + column];
      const float other = at(20 + column, 30 + row);
      ASSERT_TRUE((std::isnan(one) && std::isnan(other)) || one == other) << row << ' ' << column;
    }
  }
  const auto origin = map->CellOf(48.0, 9.0);
  ASSERT_TRUE(origin.has_value());
  EXPECT_NEAR(origin->column, 60, 1);
  EXPECT_NEAR(origin->row, 60, 1);
  EXPECT_FALSE(OwnGrid::OnMap({"/nowhere/n.tif"}, kOrigin, 3000.0, 50.0).has_value());
}

TEST(Raster, AnswersWhereThereIsNoOwnGrid) {
  EXPECT_FALSE(OwnGrid::Open({})->has_value());
  std::ofstream(Scratch("degrees.asc"))
      << "ncols 2\nnrows 2\nxllcorner 9\nyllcorner 48\ncellsize 1\n1 2\n3 4\n";
  std::ofstream(Scratch("degrees.prj")) << "Projection GEOGRAPHIC\nDatum WGS84\nUnits DD\n";
  EXPECT_FALSE(OwnGrid::Open({Scratch("degrees.asc")})->has_value());
  const auto missing = OwnGrid::Open({"/nowhere/n.tif"});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().source, "/nowhere/n.tif");
  EXPECT_FALSE(WriteRaster("/nowhere/n.tif", Grid(0.0), Values(0)).has_value());
}

TEST(Raster, AnAreaIsAllOfItsCells) {
  std::vector<std::uint8_t> cells(600, 0);
  EXPECT_EQ(AreaOf(Grid(-1500.0), cells, ContourForm::kGeoJson).value(), "");
  cells[3 * 30 + 4] = 1;
  cells[3 * 30 + 5] = 9;
  cells[17 * 30 + 20] = 1;
  const std::string area = AreaOf(Grid(-1500.0), cells, ContourForm::kGeoJson).value();
  EXPECT_NE(area.find("\"MultiPolygon\""), std::string::npos) << area;
  // The first one's north-western corner lies 1,300 m west and 850 m north of the origin.
  EXPECT_NE(area.find("[ 8.9825"), std::string::npos) << area;
  EXPECT_NE(area.find(", 48.0076"), std::string::npos) << area;
  EXPECT_NE(area.find("] ] ], [ [ ["), std::string::npos) << "two polygons: " << area;
  const std::string kml = AreaOf(Grid(-1500.0), cells, ContourForm::kKml).value();
  EXPECT_TRUE(kml.starts_with("<MultiGeometry><Polygon>")) << kml;
}

TEST(Raster, PolygonsAreInDegreesAndNamed) {
  std::vector<std::uint8_t> kinds(600, 0);
  for (int row = 5; row < 10; ++row) {
    for (int column = 10; column < 15; ++column) kinds[row * 30 + column] = 2;
  }
  const std::string names[] = {"", "seen", "gap"};
  const std::string path = Scratch("kinds.geojson");
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(WritePolygons(path, Grid(-1500.0), kinds, names).has_value());
  }
  const std::string text = ReadFile(path).value();
  EXPECT_NE(text.find("\"is\": \"gap\""), std::string::npos) << text;
  EXPECT_EQ(text.find("seen"), std::string::npos);
  EXPECT_NE(text.find("48.00"), std::string::npos);
  EXPECT_NE(text.find("8.98"), std::string::npos);
}

TEST(Raster, ContoursBoundWhatLiesBetweenThem) {
  // A slope from 0 to 1 from west to east, unknown in its southern half.
  std::vector<float> slope;
  for (int i = 0; i < 600; ++i) {
    slope.push_back(i < 300 ? static_cast<float>(i % 30) / 29.0F : std::nanf(""));
  }
  const double levels[] = {0.1, 0.5, 0.9};
  const auto areas = Contours(Grid(-1500.0), slope, levels, ContourForm::kGeoJson);
  ASSERT_TRUE(areas.has_value());
  ASSERT_EQ(areas->size(), 4U);
  EXPECT_LT((*areas)[0].from, 0.1);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_DOUBLE_EQ((*areas)[i].to, levels[i]);
    EXPECT_DOUBLE_EQ((*areas)[i + 1].from, levels[i]);
  }
  EXPECT_GT((*areas)[3].to, 1.0);
  // 0.5 lies halfway: 750 m west of the origin, at 8.98994 E.
  EXPECT_NE((*areas)[1].geometry.find("8.9899"), std::string::npos) << (*areas)[1].geometry;
  const auto kml = Contours(Grid(-1500.0), slope, levels, ContourForm::kKml);
  ASSERT_TRUE(kml.has_value());
  ASSERT_EQ(kml->size(), 4U);
  EXPECT_NE((*kml)[1].geometry.find("<coordinates>8.9"), std::string::npos) << (*kml)[1].geometry;
  const std::vector<float> nothing(600, std::nanf(""));
  EXPECT_EQ(Contours(Grid(0.0), nothing, levels, ContourForm::kGeoJson)->size(), 0U);
}

TEST(Raster, PngHasItsSize) {
  const std::vector<std::uint8_t> rgb(3 * 7 * 5, 200);
  const auto png = EncodePng(7, 5, rgb);
  ASSERT_TRUE(png.has_value());
  EXPECT_EQ(png->substr(1, 3), "PNG");
  EXPECT_EQ((*png)[19], 7);
  EXPECT_EQ((*png)[23], 5);
}

/// The bytes of a grey PNG as GDAL reads them back.
std::vector<std::uint8_t> GreyOf(const std::string& png, int width, int height) {
  const std::string path = Scratch("grey.png");
  std::ofstream(path, std::ios::binary) << png;
  GDALDatasetH file =
      GDALOpenEx(path.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY, nullptr, nullptr, nullptr);
  std::vector<std::uint8_t> grey(static_cast<std::size_t>(width) * height);
  if (file == nullptr || GDALGetRasterCount(file) != 1 || GDALGetRasterXSize(file) != width ||
      GDALGetRasterYSize(file) != height ||
      GDALRasterIO(GDALGetRasterBand(file, 1), GF_Read, 0, 0, width, height, grey.data(), width,
                   height, GDT_Byte, 0, 0) != CE_None) {
    grey.clear();
  }
  GDALClose(file);
  return grey;
}

TEST(Raster, GreyPngHoldsEachByte) {
  constexpr int kWidth = 300;
  constexpr int kHeight = 7;
  std::vector<std::uint8_t> grey;
  for (int i = 0; i < kWidth * kHeight; ++i) grey.push_back(static_cast<std::uint8_t>(i * 37));
  const auto png = EncodeGreyPng(kWidth, kHeight, grey);
  ASSERT_TRUE(png.has_value());
  EXPECT_EQ(GreyOf(*png, kWidth, kHeight), grey);
  const auto dot = EncodeGreyPng(1, 1, std::vector<std::uint8_t>{9});
  ASSERT_TRUE(dot.has_value());
  EXPECT_EQ(GreyOf(*dot, 1, 1), std::vector<std::uint8_t>{9});
}

TEST(Raster, UrlsHoldBytesOfAnyNumber) {
  // RFC 4648, section 10, with "foobar" byte by byte; and what is no ASCII.
  EXPECT_EQ(PngUrl(""), "data:image/png;base64,");
  EXPECT_EQ(PngUrl("f"), "data:image/png;base64,Zg==");
  EXPECT_EQ(PngUrl("fo"), "data:image/png;base64,Zm8=");
  EXPECT_EQ(PngUrl("foo"), "data:image/png;base64,Zm9v");
  EXPECT_EQ(PngUrl("foob"), "data:image/png;base64,Zm9vYg==");
  EXPECT_EQ(PngUrl("fooba"), "data:image/png;base64,Zm9vYmE=");
  EXPECT_EQ(PngUrl("foobar"), "data:image/png;base64,Zm9vYmFy");
  EXPECT_EQ(PngUrl("\xFB\xFF\xBF"), "data:image/png;base64,+/+/");
}

}  // namespace
}  // namespace picket
