// SPDX-License-Identifier: Apache-2.0
#include "picket/io/raster.h"

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

TEST(Raster, PngHasItsSize) {
  const std::vector<std::uint8_t> rgb(3 * 7 * 5, 200);
  const auto png = EncodePng(7, 5, rgb);
  ASSERT_TRUE(png.has_value());
  EXPECT_EQ(png->substr(1, 3), "PNG");
  EXPECT_EQ((*png)[19], 7);
  EXPECT_EQ((*png)[23], 5);
}

}  // namespace
}  // namespace picket
