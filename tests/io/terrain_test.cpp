// SPDX-License-Identifier: Apache-2.0
#include "picket/io/terrain.h"

#include <gdal.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "picket/io/geoid.h"

namespace picket {
namespace {

const Geoid& Egm96() {
  static const Geoid geoid = LoadGeoid().value();
  return geoid;
}

/// A tile of PICKET_DATA, or nothing if the variable is not set.
std::string Tile(const std::string& name) {
  const char* data = std::getenv("PICKET_DATA");
  return data == nullptr ? "" : std::string(data) + "/terrain/" + name;
}

std::string Scratch(const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() / "picket-terrain-test";
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}

/// Height above EGM96 at a latitude and longitude, off the loaded grid.
double Amsl(const Terrain& terrain, const LocalFrame& frame, double lat_deg, double lon_deg) {
  const Eigen::Vector3d p = frame.ToLocal({lat_deg, lon_deg, HeightHae{0.0}});
  const auto map = terrain.MapOf(p);
  const auto ground = terrain.GroundAt(map.east_m, map.north_m);
  if (!ground) return std::nan("");
  return ground->m - Egm96().UndulationM(lat_deg, lon_deg);
}

TEST(Geoid, KnownUndulations) {
  // NGA's EGM96 calculator, within what bilinear interpolation of 15' allows.
  EXPECT_NEAR(Egm96().UndulationM(38.6281550, 269.7791550), -31.628, 0.3);
  EXPECT_NEAR(Egm96().UndulationM(-14.6212170, 305.0211140), -2.969, 0.3);
  EXPECT_NEAR(Egm96().UndulationM(46.8743190, 102.4487290), -43.575, 0.3);
  EXPECT_NEAR(Egm96().UndulationM(0.0, 0.0), 17.16, 0.1);
}

TEST(LoadTerrain, NoFilesIsNoTerrain) {
  const auto terrain = LoadTerrain({}, {37.5, 127.0, HeightHae{60}}, 40000, Egm96());
  ASSERT_TRUE(terrain.has_value());
  EXPECT_TRUE(terrain->Empty());
}

Terrain::Grid SmallGrid() {
  Terrain::Grid grid{101, 101, 50.0, -2500.0, 2500.0, {}};
  for (int i = 0; i < 101 * 101; ++i) {
    grid.hae_m.push_back(static_cast<float>(100 + i % 101 + 2 * (i / 101)));
  }
  grid.hae_m[10 * 101 + 10] = std::nanf("");
  return grid;
}

TEST(LoadTerrain, ReadsBackWhatWasWritten) {
  const Geodetic origin{36.0, 129.5, HeightHae{40.0}};
  const std::string path = Scratch("small.tif");
  ASSERT_TRUE(WriteTerrainTif(SmallGrid(), origin, path).has_value());
  const auto terrain = LoadTerrain({path}, origin, 2500.0, Egm96());
  ASSERT_TRUE(terrain.has_value()) << terrain.error().Text();
  ASSERT_EQ(terrain->grid().columns, 101);
  EXPECT_NEAR(terrain->grid().cell_m, 50.0, 1e-6);
  Terrain::Grid expected = SmallGrid();
  AddGeoid(expected, origin, Egm96());
  for (std::size_t i = 0; i < expected.hae_m.size(); ++i) {
    if (i == 10 * 101 + 10) {
      EXPECT_TRUE(std::isnan(terrain->grid().hae_m[i]));
    } else {
      // Resampling at a void's neighbours leaves the void out.
      ASSERT_NEAR(terrain->grid().hae_m[i], expected.hae_m[i], 2e-3) << i;
    }
  }
}

TEST(LoadTerrain, NodataIsAVoidOrTheSea) {
  const Geodetic origin{36.0, 129.5, HeightHae{40.0}};
  const std::string path = Scratch("sea.tif");
  ASSERT_TRUE(WriteTerrainTif(SmallGrid(), origin, path).has_value());
  const auto terrain = LoadTerrain({path}, origin, 4000.0, Egm96(), {.nodata_is_sea = true});
  ASSERT_TRUE(terrain.has_value());
  const double sea = Egm96().UndulationM(36.0, 129.5);
  EXPECT_NEAR(terrain->GroundAt(-2000.0, 2000.0)->m, sea, 0.05);
  EXPECT_FALSE(terrain->GroundAt(3500.0, 0.0).has_value());  // no raster there: not known
  const auto above_ellipsoid =
      LoadTerrain({path}, origin, 2500.0, Egm96(), {.heights_above_ellipsoid = true});
  EXPECT_NEAR(above_ellipsoid->GroundAt(0.0, 0.0)->m, 250.0, 1e-2);
}

TEST(LoadTerrain, ASurfaceStandsOnTheGround) {
  const Geodetic origin{36.0, 129.5, HeightHae{40.0}};
  const std::string path = Scratch("ground.tif");
  const std::string tops = Scratch("tops.tif");
  ASSERT_TRUE(WriteTerrainTif(SmallGrid(), origin, path).has_value());
  Terrain::Grid surface = SmallGrid();
  for (int i = 0; i < 101 * 101; ++i) surface.hae_m[i] += i % 101 > 50 ? 25.0F : -3.0F;
  ASSERT_TRUE(WriteTerrainTif(surface, origin, tops).has_value());
  const auto terrain = LoadTerrain({path}, origin, 2500.0, Egm96(), {.surface = {tops}});
  ASSERT_TRUE(terrain.has_value()) << terrain.error().Text();
  EXPECT_NEAR(terrain->MaskAt(1000.0, 0.0)->m - terrain->GroundAt(1000.0, 0.0)->m, 25.0, 0.01);
  // Nothing lies lower than the ground.
  EXPECT_EQ(terrain->MaskAt(-1000.0, 0.0)->m, terrain->GroundAt(-1000.0, 0.0)->m);
  const auto missing = LoadTerrain({path}, origin, 2500.0, Egm96(), {.surface = {"/no.tif"}});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().source, "/no.tif");
}

TEST(LoadTerrain, InStripsAndInAFileItIsTheSame) {
  // A raster in degrees, so that each row is transformed on its own.
  const Geodetic origin{36.0, 129.5, HeightHae{40.0}};
  const std::string path = Scratch("degrees.asc");
  {
    std::ofstream out(path);
    out << "ncols 400\nnrows 400\nxllcorner 129.4\nyllcorner 35.9\ncellsize 0.0005\n"
           "NODATA_value -9999\n";
    for (int row = 0; row < 400; ++row) {
      for (int column = 0; column < 400; ++column) {
        const bool hole = row > 200 && row < 210 && column > 100 && column < 120;
        out << (hole ? -9999.0 : 300.0 + 90.0 * std::sin(0.1 * row) * std::cos(0.07 * column))
            << ' ';
      }
      out << '\n';
    }
  }
  std::ofstream(Scratch("degrees.prj")) << "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS "
                                           "84\",6378137,298.257223563]],PRIMEM[\"Greenwich\","
                                           "0],UNIT[\"degree\",0.0174532925199433]]";
  TerrainOptions pieces;
  pieces.surface = {path};
  pieces.most_in_memory = 1000;
  pieces.nodes_at_once = 3000;
  TerrainOptions whole;
  whole.surface = {path};
  for (const bool sea : {false, true}) {
    pieces.nodata_is_sea = whole.nodata_is_sea = sea;
    const auto in_file = LoadTerrain({path}, origin, 8000.0, Egm96(), pieces);
    const auto in_memory = LoadTerrain({path}, origin, 8000.0, Egm96(), whole);
    ASSERT_TRUE(in_file.has_value()) << in_file.error().Text();
    ASSERT_TRUE(in_memory.has_value()) << in_memory.error().Text();
    const auto& a = in_file->grid();
    const auto& b = in_memory->grid();
    ASSERT_EQ(a.hae_m.size(), b.hae_m.size());
    ASSERT_GT(a.hae_m.size(), 100'000U);
    double most = 0.0;
    for (std::size_t i = 0; i < a.hae_m.size(); ++i) {
      ASSERT_EQ(std::isnan(a.hae_m[i]), std::isnan(b.hae_m[i])) << i;
      if (!std::isnan(a.hae_m[i])) most = std::max<double>(most, std::abs(a.hae_m[i] - b.hae_m[i]));
    }
    EXPECT_EQ(most, 0.0);
    EXPECT_EQ(std::memcmp(a.hae_m.data(), b.hae_m.data(), a.hae_m.size_bytes()), 0);
    EXPECT_EQ(std::memcmp(in_file->mask_hae_m().data(), in_memory->mask_hae_m().data(),
                          a.hae_m.size_bytes()),
              0);
    // What a file holds is still there when its memory was given back.
    const float before = a.hae_m[a.hae_m.size() / 2];
    in_file->Release();
    EXPECT_EQ(a.hae_m[a.hae_m.size() / 2], before);
    EXPECT_TRUE(in_file->Visible({0, 0, 900}, {4000, 100, 900}));
    // So is the copy when the original has gone.
    const Terrain copy = *in_file;
    EXPECT_EQ(copy.grid().hae_m.data(), a.hae_m.data());
  }
}

TEST(LoadTerrain, AVoidIsNoneOfItsNeighboursHeights) {
  // A void in a raster that says so, in one that does not, and one that is too high for ground:
  // what is interpolated between it and the ground is neither of them.
  const Geodetic origin{36.0, 129.5, HeightHae{40.0}};
  std::vector<std::vector<float>> heights;
  for (const char* declared : {"NODATA_value -9999\n", ""}) {
    const std::string path = Scratch("void.asc");
    std::ofstream out(path);
    out << "ncols 60\nnrows 60\nxllcorner 129.47\nyllcorner 35.97\ncellsize 0.001\n" << declared;
    for (int i = 0; i < 3600; ++i) {
      const bool hole = i / 60 >= 25 && i / 60 < 30 && i % 60 >= 25 && i % 60 < 30;
      out << (hole ? -9999.0 : 300.5) << ' ';
    }
    out.close();
    std::ofstream(Scratch("void.prj")) << "Projection GEOGRAPHIC\nDatum WGS84\nUnits DD\n";
    const auto terrain =
        LoadTerrain({path}, origin, 2000.0, Egm96(), {.heights_above_ellipsoid = true});
    ASSERT_TRUE(terrain.has_value()) << terrain.error().Text();
    const auto all = terrain->grid().hae_m;
    heights.emplace_back(all.begin(), all.end());
    std::size_t unknown = 0;
    for (const float h : all) {
      unknown += std::isnan(h) ? 1 : 0;
      ASSERT_TRUE(std::isnan(h) || std::abs(h - 300.5F) < 0.01F) << h;
    }
    EXPECT_GT(unknown, 9U);
  }
  ASSERT_EQ(heights[0].size(), heights[1].size());
  EXPECT_EQ(std::memcmp(heights[0].data(), heights[1].data(), heights[0].size() * sizeof(float)),
            0);
}

TEST(LoadTerrain, WhatIsNoHeightInMetresIsRefused) {
  const Geodetic origin{36.0, 129.5, HeightHae{40.0}};
  const std::string path = Scratch("odd.tif");
  const auto why = [&](const std::function<void(GDALDatasetH)>& change) {
    EXPECT_TRUE(WriteTerrainTif(SmallGrid(), origin, path).has_value());
    GDALDatasetH file = GDALOpen(path.c_str(), GA_Update);
    change(file);
    GDALClose(file);
    const auto terrain = LoadTerrain({path}, origin, 2500.0, Egm96());
    std::filesystem::remove(path + ".aux.xml");
    return terrain ? std::string() : terrain.error().what;
  };
  const auto band = [](GDALDatasetH file) { return GDALGetRasterBand(file, 1); };
  EXPECT_EQ(why([](GDALDatasetH) {}), "");
  EXPECT_EQ(why([&](GDALDatasetH f) { GDALSetRasterUnitType(band(f), "metre"); }), "");
  EXPECT_NE(why([&](GDALDatasetH f) {
              GDALSetRasterUnitType(band(f), "ft");
            }).find("in \"ft\", expected metres"),
            std::string::npos);
  EXPECT_NE(why([&](GDALDatasetH f) { GDALSetRasterScale(band(f), 0.1); }).find("only times 0.1"),
            std::string::npos);
  EXPECT_NE(why([&](GDALDatasetH f) { GDALSetRasterOffset(band(f), -50); }).find("plus -50"),
            std::string::npos);

  const std::string two = Scratch("two.tif");
  GDALClose(GDALCreate(GDALGetDriverByName("GTiff"), two.c_str(), 10, 10, 2, GDT_Float32, nullptr));
  const auto bands = LoadTerrain({two}, origin, 2500.0, Egm96());
  ASSERT_FALSE(bands.has_value());
  EXPECT_NE(bands.error().what.find("has 2 bands, expected one"), std::string::npos);
}

TEST(LoadTerrain, ALargeGridWithoutRoomIsAnError) {
  const Geodetic origin{36.0, 129.5, HeightHae{40.0}};
  const std::string path = Scratch("room.tif");
  ASSERT_TRUE(WriteTerrainTif(SmallGrid(), origin, path).has_value());
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TMPDIR", "/no/such/folder", 1);
  const auto terrain = LoadTerrain({path}, origin, 2500.0, Egm96(), {.most_in_memory = 100});
  if (before == nullptr) {
    unsetenv("TMPDIR");
  } else {
    setenv("TMPDIR", kept.c_str(), 1);
  }
  ASSERT_FALSE(terrain.has_value());
  EXPECT_NE(terrain.error().what.find("find no room in /no/such/folder"), std::string::npos)
      << terrain.error().what;
}

TEST(LoadTerrain, BoundsTheNumberOfCells) {
  const Geodetic origin{36.0, 129.5, HeightHae{40.0}};
  const std::string path = Scratch("fine.tif");
  ASSERT_TRUE(WriteTerrainTif(SmallGrid(), origin, path).has_value());
  const auto terrain = LoadTerrain({path}, origin, 75'000.0, Egm96(), {.most_nodes = 2049});
  ASSERT_TRUE(terrain.has_value());
  EXPECT_EQ(terrain->grid().columns, 2049);
  EXPECT_NEAR(terrain->grid().cell_m, 75'000.0 / 1024, 1e-9);
  EXPECT_NEAR(terrain->GroundAt(0, 0)->m, 250 + Egm96().UndulationM(36.0, 129.5), 2.0);
}

TEST(LoadTerrain, ErrorsNameTheFileAndTheFix) {
  const Geodetic origin{36.0, 129.5, HeightHae{0}};
  const auto missing = LoadTerrain({"/nowhere/N00E000.hgt"}, origin, 1000, Egm96());
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().source, "/nowhere/N00E000.hgt");
  EXPECT_NE(missing.error().what.find("no such file"), std::string::npos);

  const std::string text = Scratch("text.tif");
  std::ofstream(text) << "not a raster";
  const auto unreadable = LoadTerrain({text}, origin, 1000, Egm96());
  ASSERT_FALSE(unreadable.has_value());
  EXPECT_NE(unreadable.error().what.find("cannot read this as a raster"), std::string::npos);

  const std::string bare = Scratch("bare.pgm");
  std::ofstream(bare) << "P2 2 2 255 1 2 3 4\n";
  const std::string nowhere = Scratch("bare.asc");
  std::ofstream(nowhere) << "ncols 2\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2\n3 4\n";
  const auto no_system = LoadTerrain({nowhere}, origin, 1000, Egm96());
  ASSERT_FALSE(no_system.has_value());
  EXPECT_NE(no_system.error().what.find("-a_srs"), std::string::npos) << no_system.error().what;

  const std::string elsewhere = Scratch("elsewhere.tif");
  ASSERT_TRUE(WriteTerrainTif(SmallGrid(), {-20.0, 30.0, HeightHae{0}}, elsewhere).has_value());
  const auto off = LoadTerrain({elsewhere}, origin, 1000, Egm96());
  ASSERT_FALSE(off.has_value());
  EXPECT_NE(off.error().what.find("no height within 1 km"), std::string::npos) << off.error().what;
}

TEST(LoadTerrain, SummitsAndSeaOfRealTiles) {
  if (Tile("").empty()) GTEST_SKIP() << "PICKET_DATA is not set";
  // Mount Washington, 1,917 m, from a raw .hgt; 3 arc-seconds cut the top off by some metres.
  const Geodetic white{44.30, -71.30, HeightHae{500}};
  const LocalFrame white_frame(white);
  const auto hgt = LoadTerrain({Tile("N44W072.hgt")}, white, 20000, Egm96());
  ASSERT_TRUE(hgt.has_value()) << hgt.error().Text();
  EXPECT_NEAR(hgt->grid().cell_m, std::sqrt(92.6 * 66.4), 1.0);
  EXPECT_NEAR(Amsl(*hgt, white_frame, 44.2706, -71.3033), 1905, 15);

  // Burrard Inlet off Vancouver is sea, Garibaldi's flank is not.
  const Geodetic coast{49.40, -122.90, HeightHae{0}};
  const LocalFrame coast_frame(coast);
  const auto tif = LoadTerrain({Tile("N49W123.tif")}, coast, 30000, Egm96());
  ASSERT_TRUE(tif.has_value()) << tif.error().Text();
  EXPECT_NEAR(Amsl(*tif, coast_frame, 49.330, -122.930), 0.0, 5.0);
  EXPECT_GT(Amsl(*tif, coast_frame, 49.55, -122.80), 300.0);
  // West of 123 W no raster was named.
  EXPECT_TRUE(std::isnan(Amsl(*tif, coast_frame, 49.40, -123.20)));
}

TEST(LoadTerrain, VoidsOfRealTilesStayUnknown) {
  if (Tile("").empty()) GTEST_SKIP() << "PICKET_DATA is not set";
  const Geodetic alps{46.5, 8.5, HeightHae{500}};
  const auto terrain = LoadTerrain({Tile("N46E008.tif")}, alps, 30000, Egm96());
  ASSERT_TRUE(terrain.has_value()) << terrain.error().Text();
  std::size_t unknown = 0;
  float lowest = 9999;
  float highest = -9999;
  for (const float h : terrain->grid().hae_m) {
    unknown += std::isnan(h) ? 1 : 0;
    if (h < lowest) lowest = h;
    if (h > highest) highest = h;
  }
  EXPECT_GT(unknown, terrain->grid().hae_m.size() / 50);
  EXPECT_LT(unknown, terrain->grid().hae_m.size() / 4);
  EXPECT_GT(lowest, 187 + 40);  // Lago Maggiore's shore and the geoid, never a void's -32767
  EXPECT_LT(highest, 4250 + 60);
}

TEST(LoadTerrain, ProjectedAndGeographicAndMosaicsAgree) {
  if (Tile("").empty()) GTEST_SKIP() << "PICKET_DATA is not set";
  // The same .hgt through a projected copy in a VRT: heights agree within the resampling.
  const std::string vrt = Scratch("utm.vrt");
  const std::string command =
      "gdalwarp -q -overwrite -of VRT -t_srs EPSG:32619 -tr 60 60 "
      "-r bilinear " +
      Tile("N44W072.hgt") + " " + vrt;
  if (std::system(command.c_str()) != 0) GTEST_SKIP() << "gdalwarp is not installed";
  const Geodetic origin{44.5, -71.5, HeightHae{300}};
  const LocalFrame frame(origin);
  const auto geographic = LoadTerrain({Tile("N44W072.hgt")}, origin, 15000, Egm96());
  const auto projected = LoadTerrain({vrt}, origin, 15000, Egm96());
  ASSERT_TRUE(geographic.has_value() && projected.has_value());
  EXPECT_NEAR(projected->grid().cell_m, 60.0, 0.1);
  double sum = 0.0;
  int count = 0;
  for (double lat = 44.40; lat < 44.60; lat += 0.007) {
    for (double lon = -71.6; lon < -71.4; lon += 0.007) {
      sum += std::abs(Amsl(*geographic, frame, lat, lon) - Amsl(*projected, frame, lat, lon));
      ++count;
    }
  }
  EXPECT_LT(sum / count, 3.0);
}

TEST(Hillshade, IsAPngThatCoversTheGrid) {
  const Geodetic origin{36.0, 129.5, HeightHae{40.0}};
  Terrain::Grid grid{401, 401, 100.0, -20000.0, 20000.0, {}};
  for (int i = 0; i < 401 * 401; ++i) {
    const double e = i % 401;
    const double n = i / 401.0;
    grid.hae_m.push_back(static_cast<float>(std::max(0.0, 3 * (e - 100)) *
                                            (1 + 0.3 * std::sin(e / 9) * std::sin(n / 11))));
  }
  AddGeoid(grid, origin, Egm96());
  const LocalFrame frame(origin);
  const auto shade = HillshadePng(Terrain(grid, origin.height, 36.0), frame, Egm96());
  ASSERT_TRUE(shade.has_value()) << shade.error().Text();
  EXPECT_EQ(shade->png.substr(1, 3), "PNG");
  EXPECT_GT(shade->width, 350);
  EXPECT_LE(std::max(shade->width, shade->height), 2048);
  // 20.05 km west of the origin on its parallel.
  EXPECT_NEAR(shade->corners_lon_lat[0].first, 129.5 - 20.05 / (111.32 * std::cos(0.6283)), 0.01);
  EXPECT_NEAR(shade->corners_lon_lat[0].second, 36.0 + 20.05 / 110.95, 0.01);
  EXPECT_NEAR(shade->corners_lon_lat[2].second, 36.0 - 20.05 / 110.95, 0.01);
  if (const char* out = std::getenv("PICKET_SHOW")) std::ofstream(out) << shade->png;
  EXPECT_TRUE(HillshadePng(Terrain{}, frame, Egm96())->png.empty());
}

}  // namespace
}  // namespace picket
