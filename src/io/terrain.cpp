// SPDX-License-Identifier: Apache-2.0
#include "picket/io/terrain.h"

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <fmt/format.h>
#include <gdal_alg.h>
#include <gdal_utils.h>
#include <ogr_srs_api.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "gdal.h"
#include "io/float_store.h"
#include "picket/base/assert.h"
#include "picket/geo/angle.h"

namespace picket {
namespace {

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

struct FreeTransformer {
  void operator()(void* t) const { GDALDestroyGenImgProjTransformer(t); }
};
using Transformer = std::unique_ptr<void, FreeTransformer>;

/// Azimuthal equidistant about the origin, on WGS-84.
std::string MapSystem(const Geodetic& origin) {
  return fmt::format("+proj=aeqd +lat_0={:.12f} +lon_0={:.12f} +datum=WGS84 +units=m +no_defs",
                     origin.lat_deg, origin.lon_deg);
}

std::string Wkt(const std::string& system) {
  OGRSpatialReferenceH reference = OSRNewSpatialReference(nullptr);
  char* text = nullptr;
  PICKET_ASSERT(OSRSetFromUserInput(reference, system.c_str()) == OGRERR_NONE &&
                    OSRExportToWkt(reference, &text) == OGRERR_NONE,
                "PROJ knows the projections that we use");
  std::string wkt = text;
  CPLFree(text);
  OSRDestroySpatialReference(reference);
  return wkt;
}

/// Runs gdalwarp's own library entry. Either `into` is given, or the result is a new dataset.
gdal::Dataset Warp(const std::vector<std::string>& arguments, GDALDatasetH from, GDALDatasetH into,
                   bool* failed) {
  CPLStringList list;
  for (const std::string& a : arguments) list.AddString(a.c_str());
  GDALWarpAppOptions* options = GDALWarpAppOptionsNew(list.List(), nullptr);
  GDALDatasetH sources[] = {from};
  int usage_error = 0;
  GDALDatasetH result =
      GDALWarp(into != nullptr ? nullptr : "", into, 1, sources, options, &usage_error);
  GDALWarpAppOptionsFree(options);
  *failed = result == nullptr || usage_error != 0;
  return gdal::Dataset(into != nullptr ? nullptr : result);
}

/// A raster of the list, open, with the way from its pixels to the map and back.
struct Source {
  std::string name;
  gdal::Dataset dataset;
  Transformer to_map;
  double pixel_m = 0.0;  // side of a square as large as its pixel nearest to the origin
  double wide_m = 0.0;   // that pixel's own sides
  double high_m = 0.0;
};

Result<Source> Open(const std::string& name, const std::string& map_wkt) {
  const auto fail = [&](const std::string& what) -> Result<Source> {
    return gdal::FailIn(name, what);
  };
  CPLErrorReset();
  Source source;
  source.name = name;
  source.dataset.reset(
      GDALOpenEx(name.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY, nullptr, nullptr, nullptr));
  if (!source.dataset) {
    VSIStatBufL status;
    if (VSIStatL(name.c_str(), &status) != 0) {
      return fail("there is no such file; give the path of an elevation raster");
    }
    return fail("GDAL cannot read this as a raster (" + gdal::Quiet::Last() +
                "); give an elevation raster such as HGT, GeoTIFF or DTED");
  }
  if (const auto wrong = gdal::NotOfHeights(source.dataset.get())) return fail(*wrong);
  const char* system = GDALGetProjectionRef(source.dataset.get());
  if ((system == nullptr || *system == '\0') && GDALGetGCPCount(source.dataset.get()) == 0) {
    return fail(
        "does not say in which coordinate system it lies; add it, e.g. with "
        "gdal_translate -a_srs EPSG:4326");
  }
  CPLStringList options;
  options.SetNameValue("DST_SRS", map_wkt.c_str());
  source.to_map.reset(
      GDALCreateGenImgProjTransformer2(source.dataset.get(), nullptr, options.List()));
  if (!source.to_map) {
    // GDAL's reason may hold both coordinate systems in full.
    constexpr std::size_t kMostOfReason = 100;
    std::string reason = gdal::Quiet::Last();
    if (reason.size() > kMostOfReason) reason = reason.substr(0, kMostOfReason) + " ...";
    return fail("does not say where on the earth its pixels lie (" + reason +
                "); state it, e.g. with gdal_translate -a_srs EPSG:4326 -a_ullr WEST NORTH EAST "
                "SOUTH");
  }
  const int columns = GDALGetRasterXSize(source.dataset.get());
  const int rows = GDALGetRasterYSize(source.dataset.get());
  double x[3] = {0.0};
  double y[3] = {0.0};
  double z[3] = {0.0};
  int done[3] = {0};
  if (GDALGenImgProjTransform(source.to_map.get(), 1, 1, x, y, z, done) == 0 || done[0] == 0) {
    x[0] = 0.5 * columns;  // the origin is off this raster's projection: measure at its middle
    y[0] = 0.5 * rows;
  }
  x[0] = std::clamp(x[0], 0.0, columns - 1.0);
  y[0] = std::clamp(y[0], 0.0, rows - 1.0);
  x[1] = x[0] + 1.0;
  y[1] = y[0];
  x[2] = x[0];
  y[2] = y[0] + 1.0;
  z[0] = z[1] = z[2] = 0.0;
  if (GDALGenImgProjTransform(source.to_map.get(), 0, 3, x, y, z, done) == 0 ||
      std::min({done[0], done[1], done[2]}) == 0) {
    source.pixel_m = 0.0;  // too far from the origin to be on its map at all
  } else {
    source.pixel_m =
        std::sqrt(std::abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])));
    source.wide_m = std::hypot(x[1] - x[0], y[1] - y[0]);
    source.high_m = std::hypot(x[2] - x[0], y[2] - y[0]);
  }
  return source;
}

/// Unknown cells that lie inside a raster become sea level.
void FillSea(const std::vector<Source>& sources, Terrain::Grid& grid) {
  std::vector<double> x(grid.columns);
  std::vector<double> y(grid.columns);
  std::vector<double> z(grid.columns);
  std::vector<int> done(grid.columns);
  for (const Source& source : sources) {
    const double columns = GDALGetRasterXSize(source.dataset.get());
    const double rows = GDALGetRasterYSize(source.dataset.get());
    for (int row = 0; row < grid.rows; ++row) {
      const std::span heights(&grid.hae_m[static_cast<std::size_t>(row) * grid.columns],
                              static_cast<std::size_t>(grid.columns));
      if (std::none_of(heights.begin(), heights.end(), [](float h) { return std::isnan(h); })) {
        continue;
      }
      for (int column = 0; column < grid.columns; ++column) {
        x[column] = grid.west_m + column * grid.cell_m;
        y[column] = grid.north_m - row * grid.cell_m;
        z[column] = 0.0;
      }
      GDALGenImgProjTransform(source.to_map.get(), 1, grid.columns, x.data(), y.data(), z.data(),
                              done.data());
      for (int column = 0; column < grid.columns; ++column) {
        const bool inside = done[column] != 0 && x[column] >= 0.0 && x[column] <= columns &&
                            y[column] >= 0.0 && y[column] <= rows;
        if (inside && std::isnan(heights[column])) heights[column] = 0.0F;
      }
    }
  }
}

/// A dataset in memory over `bands` planes of `pixels`, which it must not outlive.
gdal::Dataset InMemory(int columns, int rows, GDALDataType type, int bands) {
  GDALDriverH driver = GDALGetDriverByName("MEM");
  PICKET_ASSERT(driver != nullptr, "GDAL has its MEM driver");
  return gdal::Dataset(GDALCreate(driver, "", columns, rows, bands, type, nullptr));
}

void SetTransform(GDALDatasetH dataset, const Terrain::Grid& grid) {
  double transform[6] = {grid.west_m - 0.5 * grid.cell_m,  grid.cell_m, 0.0,
                         grid.north_m + 0.5 * grid.cell_m, 0.0,         -grid.cell_m};
  GDALSetGeoTransform(dataset, transform);
}

/// Opens rasters, and makes `cell_m` no larger than the finest one's pixels.
Result<std::vector<Source>> OpenAll(const std::vector<std::string>& files,
                                    const std::string& map_wkt, double& cell_m) {
  std::vector<Source> sources;
  for (const std::string& file : files) {
    Result<Source> source = Open(file, map_wkt);
    if (!source) return tl::unexpected(source.error());
    if (source->pixel_m > 0.0) cell_m = std::min(cell_m, source->pixel_m);
    sources.push_back(std::move(*source));
  }
  return sources;
}

/// The heights of some rasters at the nodes of a grid, above what they are above; NaN = not known.
Result<std::vector<float>> HeightsOn(const Terrain::Grid& grid, const std::vector<Source>& sources,
                                     const std::string& map_wkt) {
  const gdal::Dataset map = InMemory(grid.columns, grid.rows, GDT_Float32, 1);
  if (!map) return Fail("the terrain does not fit into memory: " + gdal::Quiet::Last());
  SetTransform(map.get(), grid);
  GDALSetProjection(map.get(), map_wkt.c_str());
  GDALRasterBandH band = GDALGetRasterBand(map.get(), 1);
  GDALSetRasterNoDataValue(band, kUnknown);
  GDALFillRaster(band, kUnknown, 0.0);
  for (const Source& source : sources) {
    std::vector<std::string> arguments = {"-r", "bilinear", "-q"};
    if (source.pixel_m > 0.0) {
      // Else GDAL works them out anew for each piece, and a height depends on where pieces end.
      arguments.insert(arguments.end(),
                       {"-wo", fmt::format("XSCALE={:.6f}", source.wide_m / grid.cell_m), "-wo",
                        fmt::format("YSCALE={:.6f}", source.high_m / grid.cell_m)});
    }
    if (const auto nodata = gdal::UndeclaredNodata(GDALGetRasterBand(source.dataset.get(), 1))) {
      arguments.insert(arguments.end(), {"-srcnodata", fmt::format("{:.0f}", *nodata)});
    }
    bool failed = false;
    CPLErrorReset();
    Warp(arguments, source.dataset.get(), map.get(), &failed);
    if (failed) {
      return gdal::FailIn(source.name, "its heights cannot be read (" + gdal::Quiet::Last() +
                                           "); get or convert the file anew");
    }
  }
  std::vector<float> heights_m(static_cast<std::size_t>(grid.columns) * grid.rows);
  if (GDALRasterIO(band, GF_Read, 0, 0, grid.columns, grid.rows, heights_m.data(), grid.columns,
                   grid.rows, GDT_Float32, 0, 0) != CE_None) {
    return Fail("the terrain cannot be read back: " + gdal::Quiet::Last());
  }
  for (float& h : heights_m) {
    if (!(h >= kLowestGroundM && h <= kHighestGroundM)) h = kUnknown;
  }
  return heights_m;
}

/// The heights of a terrain, in memory or in files.
struct StoredHeights final : HeightKeeper {
  std::shared_ptr<FloatStore> ground;
  std::shared_ptr<FloatStore> mask;  ///< null: nothing stands on the ground
  void Release() const override {
    ground->Release();
    if (mask) mask->Release();
  }
};

bool AnyKnown(const std::vector<float>& heights_m) {
  return std::any_of(heights_m.begin(), heights_m.end(), [](float h) { return !std::isnan(h); });
}

}  // namespace

std::string MapWkt(const Geodetic& origin) { return Wkt(MapSystem(origin)); }

Result<Terrain> LoadTerrain(const std::vector<std::string>& files, const Geodetic& origin,
                            double region_radius_m, const Geoid& geoid,
                            const TerrainOptions& options) {
  PICKET_ASSERT(region_radius_m > 0.0, "a region has a radius");
  if (files.empty()) return Terrain{};
  gdal::Register();
  const gdal::Quiet quiet;
  const std::string map_wkt = MapWkt(origin);
  double cell_m = std::numeric_limits<double>::infinity();
  auto sources = OpenAll(files, map_wkt, cell_m);
  if (!sources) return tl::unexpected(sources.error());
  const auto nowhere = [&](const std::vector<std::string>& of) {
    return gdal::FailIn(
        of.front(), fmt::format("no height within {:.0f} km of the site's origin {:.4f}, {:.4f}{}; "
                                "name rasters that cover it, or none",
                                region_radius_m / 1000.0, origin.lat_deg, origin.lon_deg,
                                of.size() > 1 ? " in any raster" : ""));
  };
  if (!std::isfinite(cell_m)) return nowhere(files);
  auto surface = OpenAll(options.surface, map_wkt, cell_m);
  if (!surface) return tl::unexpected(surface.error());
  const int most_half = options.most_nodes / 2;
  cell_m = std::max({cell_m, 1.0, region_radius_m / most_half});

  Terrain::GridView grid;
  const int half = static_cast<int>(std::ceil(region_radius_m / cell_m - 1e-9));
  grid.columns = grid.rows = 2 * half + 1;
  grid.cell_m = cell_m;
  grid.west_m = -half * cell_m;
  grid.north_m = half * cell_m;
  const auto columns = static_cast<std::size_t>(grid.columns);
  const auto store = [&] { return FloatStore::Make(columns * grid.rows, options.most_in_memory); };
  const auto keeper = std::make_shared<StoredHeights>();
  auto ground = store();
  if (!ground) return tl::unexpected(ground.error());
  keeper->ground = std::move(*ground);
  if (!surface->empty()) {
    auto mask = store();
    if (!mask) return tl::unexpected(mask.error());
    keeper->mask = std::move(*mask);
  }

  const GeoidOverGrid undulation(grid, origin, geoid);
  bool any = false;
  bool any_tops = false;
  // Whole rows: GDAL's transformation is approximate along a row, and so the same in any strip.
  const int at_once = std::max(1, static_cast<int>(options.nodes_at_once / columns));
  for (int first = 0; first < grid.rows; first += at_once) {
    Terrain::Grid strip{grid.columns, std::min(at_once, grid.rows - first), cell_m,
                        grid.west_m,  grid.north_m - first * cell_m,        {}};
    auto heights = HeightsOn(strip, *sources, map_wkt);
    if (!heights) return tl::unexpected(heights.error());
    any = any || AnyKnown(*heights);
    strip.hae_m = std::move(*heights);
    if (options.nodata_is_sea) FillSea(*sources, strip);
    if (!options.heights_above_ellipsoid) undulation.Add(strip.hae_m, first);
    const auto at = columns * static_cast<std::size_t>(first);
    std::copy(strip.hae_m.begin(), strip.hae_m.end(), keeper->ground->values().begin() + at);
    if (keeper->mask) {
      auto tops = HeightsOn(strip, *surface, map_wkt);
      if (!tops) return tl::unexpected(tops.error());
      any_tops = any_tops || AnyKnown(*tops);
      if (!options.heights_above_ellipsoid) undulation.Add(*tops, first);
      for (std::size_t i = 0; i < tops->size(); ++i) {
        const float under = strip.hae_m[i];
        keeper->mask->values()[at + i] = (*tops)[i] >= under ? (*tops)[i] : under;
      }
    }
    keeper->Release();
  }
  if (!any) return nowhere(files);
  if (keeper->mask && !any_tops) return nowhere(options.surface);
  grid.hae_m = keeper->ground->values();
  const std::span<const float> mask =
      keeper->mask ? keeper->mask->values() : std::span<const float>();
  Terrain terrain(grid, mask, keeper, origin.height, origin.lat_deg);
  terrain.Release();
  return terrain;
}

Result<double> FinestCellM(const std::vector<std::string>& files, const Geodetic& origin) {
  gdal::Register();
  const gdal::Quiet quiet;
  double cell_m = std::numeric_limits<double>::infinity();
  const auto sources = OpenAll(files, MapWkt(origin), cell_m);
  if (!sources) return tl::unexpected(sources.error());
  return std::max(1.0, cell_m);
}

tl::expected<void, Error> WriteTerrainTif(const Terrain::Grid& grid_amsl, const Geodetic& origin,
                                          const std::string& path) {
  gdal::Register();
  const gdal::Quiet quiet;
  const auto fail = [&] { return gdal::FailIn(path, "cannot be written: " + gdal::Quiet::Last()); };
  CPLStringList options;
  options.SetNameValue("COMPRESS", "DEFLATE");
  options.SetNameValue("PREDICTOR", "3");
  gdal::Dataset file(GDALCreate(GDALGetDriverByName("GTiff"), path.c_str(), grid_amsl.columns,
                                grid_amsl.rows, 1, GDT_Float32, options.List()));
  if (!file) return fail();
  SetTransform(file.get(), grid_amsl);
  GDALSetProjection(file.get(), MapWkt(origin).c_str());
  GDALRasterBandH band = GDALGetRasterBand(file.get(), 1);
  GDALSetRasterNoDataValue(band, kUnknown);
  // GDAL's call takes a pointer to non-const for reading and writing alike.
  std::vector<float> heights = grid_amsl.hae_m;
  if (GDALRasterIO(band, GF_Write, 0, 0, grid_amsl.columns, grid_amsl.rows, heights.data(),
                   grid_amsl.columns, grid_amsl.rows, GDT_Float32, 0, 0) != CE_None) {
    return fail();
  }
  CPLErrorReset();
  file.reset();  // closing writes
  if (CPLGetLastErrorType() >= CE_Failure) return fail();
  return {};
}

namespace {

struct Rgb {
  double r, g, b;
};

Rgb Mix(const Rgb& a, const Rgb& b, double t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

/// Land on a dark map: slate, a little lighter with height, so that tracks stay the brightest.
Rgb Tint(double t) {
  constexpr Rgb kLow{30, 39, 46};
  constexpr Rgb kMiddle{47, 57, 66};
  constexpr Rgb kHigh{92, 101, 110};
  return t < 0.4 ? Mix(kLow, kMiddle, t / 0.4) : Mix(kMiddle, kHigh, (t - 0.4) / 0.6);
}

/// Shades each node of the grid: RGBA planes one after the other.
std::vector<std::uint8_t> Shade(const Terrain::Grid& amsl) {
  const int columns = amsl.columns;
  const int rows = amsl.rows;
  const auto at = [&](int x, int y) {
    return amsl.hae_m[static_cast<std::size_t>(std::clamp(y, 0, rows - 1)) * columns +
                      std::clamp(x, 0, columns - 1)];
  };
  const auto or_own = [](float h, float own) { return std::isnan(h) ? own : h; };
  const auto slope = [&](int x, int y, float own, double* east, double* north) {
    *east = (or_own(at(x + 1, y), own) - or_own(at(x - 1, y), own)) / (2 * amsl.cell_m);
    *north = (or_own(at(x, y - 1), own) - or_own(at(x, y + 1), own)) / (2 * amsl.cell_m);
  };
  constexpr float kSeaM = 0.5F;  // flat at zero
  const auto at_zero = [&](float h) { return std::isnan(h) || std::abs(h) < kSeaM; };
  // Heights and slopes of this land decide on tint and exaggeration.
  std::vector<float> heights;
  double slopes2 = 0.0;
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) {
      const float h = at(x, y);
      if (at_zero(h)) continue;
      double e = 0.0;
      double n = 0.0;
      slope(x, y, h, &e, &n);
      slopes2 += e * e + n * n;
      heights.push_back(h);
    }
  }
  if (heights.empty()) heights.push_back(1.0F);
  const double exaggeration =
      std::clamp(0.3 / std::sqrt(slopes2 / static_cast<double>(heights.size()) + 1e-9), 1.0, 6.0);
  const auto rank = [&](double share) {
    const auto nth = heights.begin() +
                     static_cast<std::ptrdiff_t>(share * static_cast<double>(heights.size() - 1));
    std::nth_element(heights.begin(), nth, heights.end());
    return static_cast<double>(*nth);
  };
  const double low = rank(0.02);
  const double high = std::max(rank(0.995), low + 50.0);

  const std::size_t plane = static_cast<std::size_t>(columns) * rows;
  std::vector<std::uint8_t> pixels(4 * plane, 0);
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) {
      const float h = at(x, y);
      if (std::isnan(h)) continue;
      if (at_zero(h) && at_zero(at(x + 1, y)) && at_zero(at(x - 1, y)) && at_zero(at(x, y + 1)) &&
          at_zero(at(x, y - 1))) {
        continue;
      }
      double e = 0.0;
      double n = 0.0;
      slope(x, y, h, &e, &n);
      e *= exaggeration;
      n *= exaggeration;
      const double norm = 1.0 / std::sqrt(1.0 + e * e + n * n);
      // Lambert's law for a key light from the north-west at 42 degrees and a softer one from the
      // north-east: (east, north, up) of each light times the normal (-e, -n, 1).
      const double key = std::max(0.0, (0.525 * e - 0.525 * n + 0.669) * norm);
      const double fill = std::max(0.0, (-0.35 * e - 0.35 * n + 0.869) * norm);
      const double light = 0.06 + 1.2 * key + 0.16 * fill;  // 1 on flat ground
      const double height = std::clamp((h - low) / (high - low), 0.0, 1.0);
      Rgb colour = Tint(std::sqrt(height));
      const double shade = std::clamp(light, 0.0, 2.0);
      // Shadows turn blue, lit slopes stay grey.
      const Rgb factor{shade, shade, 0.18 + 0.82 * shade};
      colour = {colour.r * factor.r, colour.g * factor.g, colour.b * factor.b};
      // The picture fades out towards the edge of the region.
      const double edge = std::min({x, y, columns - 1 - x, rows - 1 - y}) / (0.06 * columns);
      const double fade = std::clamp(edge, 0.0, 1.0);
      const std::size_t i = static_cast<std::size_t>(y) * columns + x;
      const auto byte = [](double v) {
        return static_cast<std::uint8_t>(std::clamp(v + 0.5, 0.0, 255.0));
      };
      pixels[i] = byte(colour.r);
      pixels[plane + i] = byte(colour.g);
      pixels[2 * plane + i] = byte(colour.b);
      pixels[3 * plane + i] = byte(255.0 * fade * fade * (3.0 - 2.0 * fade));
    }
  }
  return pixels;
}

}  // namespace

Result<Hillshade> HillshadePng(const Terrain& terrain, const LocalFrame& frame,
                               const Geoid& geoid) {
  constexpr int kMaxPixels = 2048;
  if (terrain.Empty()) return Hillshade{};
  gdal::Register();
  const gdal::Quiet quiet;
  const auto fail = [] { return Fail("the relief cannot be drawn: " + gdal::Quiet::Last()); };
  // Every nth node of a large grid, more of them than the picture has pixels.
  constexpr int kMostNodes = 2 * kMaxPixels + 1;
  const Terrain::GridView& all = terrain.grid();
  const int nth = (std::max(all.columns, all.rows) - 1) / (kMostNodes - 1) + 1;
  Terrain::Grid amsl{(all.columns - 1) / nth + 1,
                     (all.rows - 1) / nth + 1,
                     all.cell_m * nth,
                     all.west_m,
                     all.north_m,
                     {}};
  for (int row = 0; row < amsl.rows; ++row) {
    for (int column = 0; column < amsl.columns; ++column) {
      amsl.hae_m.push_back(all.hae_m[static_cast<std::size_t>(row) * nth * all.columns +
                                     static_cast<std::size_t>(column) * nth]);
    }
  }
  terrain.Release();
  AddGeoid(amsl, frame.origin(), geoid, -1.0);
  std::vector<std::uint8_t> pixels = Shade(amsl);
  const gdal::Dataset picture = InMemory(amsl.columns, amsl.rows, GDT_Byte, 4);
  if (!picture) return fail();
  SetTransform(picture.get(), amsl);
  GDALSetProjection(picture.get(), MapWkt(frame.origin()).c_str());
  constexpr GDALColorInterp kBands[] = {GCI_RedBand, GCI_GreenBand, GCI_BlueBand, GCI_AlphaBand};
  const std::size_t plane = pixels.size() / 4;
  for (int band = 0; band < 4; ++band) {
    GDALRasterBandH out = GDALGetRasterBand(picture.get(), band + 1);
    GDALSetRasterColorInterpretation(out, kBands[band]);
    if (GDALRasterIO(out, GF_Write, 0, 0, amsl.columns, amsl.rows,
                     pixels.data() + static_cast<std::size_t>(band) * plane, amsl.columns,
                     amsl.rows, GDT_Byte, 0, 0) != CE_None) {
      return fail();
    }
  }
  const std::string mercator = Wkt("EPSG:3857");
  CPLStringList options;
  options.SetNameValue("DST_SRS", mercator.c_str());
  const Transformer transformer(
      GDALCreateGenImgProjTransformer2(picture.get(), nullptr, options.List()));
  double suggested[6] = {};
  double extent[4] = {};
  int width = 0;
  int height = 0;
  if (!transformer ||
      GDALSuggestedWarpOutput2(picture.get(), GDALGenImgProjTransform, transformer.get(), suggested,
                               &width, &height, extent, 0) != CE_None) {
    return fail();
  }
  const double scale = std::min(1.0, static_cast<double>(kMaxPixels) / std::max(width, height));
  Hillshade shade;
  shade.width = std::max(1, static_cast<int>(width * scale));
  shade.height = std::max(1, static_cast<int>(height * scale));
  bool failed = false;
  const gdal::Dataset warped =
      Warp({"-of", "MEM", "-t_srs", "EPSG:3857", "-te", fmt::format("{:.6f}", extent[0]),
            fmt::format("{:.6f}", extent[1]), fmt::format("{:.6f}", extent[2]),
            fmt::format("{:.6f}", extent[3]), "-ts", std::to_string(shade.width),
            std::to_string(shade.height), "-r", "bilinear", "-q"},
           picture.get(), nullptr, &failed);
  if (failed || !warped) return fail();
  const std::string name =
      fmt::format("/vsimem/hillshade-{}.png", static_cast<const void*>(&shade));
  const gdal::Dataset png(GDALCreateCopy(GDALGetDriverByName("PNG"), name.c_str(), warped.get(), 0,
                                         nullptr, nullptr, nullptr));
  if (!png) return fail();
  vsi_l_offset size = 0;
  const GByte* bytes = VSIGetMemFileBuffer(name.c_str(), &size, 0);
  if (bytes != nullptr) shade.png.assign(reinterpret_cast<const char*>(bytes), size);
  VSIUnlink(name.c_str());
  if (shade.png.empty()) return fail();
  // Web Mercator back to degrees: x = a lon, y = a ln tan(pi/4 + lat/2), a = 6378137 m.
  const auto lon = [](double x) { return x / 6378137.0 / kRadPerDeg; };
  const auto lat = [](double y) { return std::atan(std::sinh(y / 6378137.0)) / kRadPerDeg; };
  const double west = lon(extent[0]);
  const double east = lon(extent[2]);
  const double south = lat(extent[1]);
  const double north = lat(extent[3]);
  shade.corners_lon_lat = {{{west, north}, {east, north}, {east, south}, {west, south}}};
  return shade;
}

}  // namespace picket
