// SPDX-License-Identifier: Apache-2.0
#include "picket/io/raster.h"

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <fmt/format.h>
#include <gdal_alg.h>
#include <gdal_utils.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gdal.h"
#include "picket/base/assert.h"
#include "picket/io/terrain.h"

namespace picket {
namespace {

struct FreeSystem {
  void operator()(void* system) const { OSRRelease(system); }
};
using System = std::unique_ptr<void, FreeSystem>;

struct FreeTransformation {
  void operator()(void* t) const { OCTDestroyCoordinateTransformation(t); }
};

/// The grid of one raster if it is one that OwnGrid takes.
std::optional<RasterGrid> MetricGrid(GDALDatasetH dataset) {
  const char* wkt = GDALGetProjectionRef(dataset);
  if (wkt == nullptr || *wkt == '\0') return std::nullopt;
  const System system(OSRNewSpatialReference(wkt));
  char* unit = nullptr;
  if (!system || OSRIsProjected(system.get()) == 0 ||
      std::abs(OSRGetLinearUnits(system.get(), &unit) - 1.0) > 1e-9) {
    return std::nullopt;
  }
  double t[6] = {};
  if (GDALGetGeoTransform(dataset, t) != CE_None) return std::nullopt;
  if (t[2] != 0.0 || t[4] != 0.0 || t[1] <= 0.0 || std::abs(t[1] + t[5]) > 1e-6 * t[1]) {
    return std::nullopt;
  }
  return RasterGrid{
      wkt, t[0], t[3], t[1], GDALGetRasterXSize(dataset), GDALGetRasterYSize(dataset)};
}

bool OneGrid(const RasterGrid& a, const RasterGrid& b) {
  const System sa(OSRNewSpatialReference(a.wkt.c_str()));
  const System sb(OSRNewSpatialReference(b.wkt.c_str()));
  if (!sa || !sb || OSRIsSame(sa.get(), sb.get()) == 0) return false;
  const auto off = [&](double x, double y) {
    const double cells = (x - y) / a.cell_m;
    return std::abs(cells - std::round(cells)) > 1e-3;
  };
  return std::abs(a.cell_m - b.cell_m) < 1e-6 * a.cell_m && !off(a.west_m, b.west_m) &&
         !off(a.north_m, b.north_m);
}

}  // namespace

RasterGrid GridOf(const Terrain::GridView& grid, const Geodetic& origin) {
  return {MapWkt(origin),
          grid.west_m - 0.5 * grid.cell_m,
          grid.north_m + 0.5 * grid.cell_m,
          grid.cell_m,
          grid.columns,
          grid.rows};
}

struct OwnGrid::Source {
  std::vector<gdal::Dataset> files;   // what the mosaic reads from
  std::vector<gdal::Dataset> warped;  // what brings them to the grid, where they are on another
  gdal::Dataset mosaic;
  OwnGrid::Cell first;  // of the mosaic, in the grid
  std::unique_ptr<void, FreeTransformation> from_wgs84;
  std::optional<double> nodata;
};

OwnGrid::OwnGrid() : source_(std::make_unique<Source>()) {}
OwnGrid::OwnGrid(OwnGrid&& other) noexcept = default;
OwnGrid& OwnGrid::operator=(OwnGrid&& other) noexcept = default;
OwnGrid::~OwnGrid() = default;

Result<std::optional<OwnGrid>> OwnGrid::Open(const std::vector<std::string>& files) {
  if (files.empty()) return std::nullopt;
  gdal::Register();
  const gdal::Quiet quiet;
  OwnGrid own;
  std::vector<GDALDatasetH> handles;
  for (const std::string& file : files) {
    gdal::Dataset dataset(
        GDALOpenEx(file.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY, nullptr, nullptr, nullptr));
    if (!dataset) return gdal::FailIn(file, "cannot be read: " + gdal::Quiet::Last());
    if (const auto wrong = gdal::NotOfHeights(dataset.get())) return gdal::FailIn(file, *wrong);
    const auto grid = MetricGrid(dataset.get());
    if (!grid || (!handles.empty() && !OneGrid(own.grid_, *grid))) return std::nullopt;
    if (handles.empty()) own.grid_ = *grid;
    handles.push_back(dataset.get());
    own.source_->files.push_back(std::move(dataset));
  }
  GDALDatasetH mosaic = handles.front();
  if (handles.size() > 1) {
    int usage_error = 0;
    own.source_->mosaic.reset(GDALBuildVRT("", static_cast<int>(handles.size()), handles.data(),
                                           nullptr, nullptr, &usage_error));
    mosaic = own.source_->mosaic.get();
    const auto grid = mosaic != nullptr ? MetricGrid(mosaic) : std::nullopt;
    if (!grid) return Fail("the terrain's rasters make no mosaic: " + gdal::Quiet::Last());
    own.grid_ = *grid;
  }
  GDALRasterBandH band = GDALGetRasterBand(mosaic, 1);
  int has_nodata = 0;
  const double nodata = GDALGetRasterNoDataValue(band, &has_nodata);
  if (has_nodata != 0) own.source_->nodata = nodata;

  const System wgs84(OSRNewSpatialReference(nullptr));
  const System system(OSRNewSpatialReference(own.grid_.wkt.c_str()));
  OSRSetWellKnownGeogCS(wgs84.get(), "WGS84");
  OSRSetAxisMappingStrategy(wgs84.get(), OAMS_TRADITIONAL_GIS_ORDER);
  OSRSetAxisMappingStrategy(system.get(), OAMS_TRADITIONAL_GIS_ORDER);
  own.source_->from_wgs84.reset(OCTNewCoordinateTransformation(wgs84.get(), system.get()));
  if (!own.source_->from_wgs84) return std::nullopt;
  return std::optional<OwnGrid>(std::move(own));
}

Result<OwnGrid> OwnGrid::OnMap(const std::vector<std::string>& files, const Geodetic& origin,
                               double region_radius_m, double cell_m) {
  PICKET_ASSERT(!files.empty() && region_radius_m > 0.0 && cell_m > 0.0,
                "a map of rasters has a size and cells");
  gdal::Register();
  const gdal::Quiet quiet;
  OwnGrid own;
  const int half = static_cast<int>(std::ceil(region_radius_m / cell_m - 1e-9));
  own.grid_ = {MapWkt(origin), -half * cell_m, half * cell_m, cell_m, 2 * half, 2 * half};
  std::vector<GDALDatasetH> handles;
  for (const std::string& file : files) {
    gdal::Dataset dataset(
        GDALOpenEx(file.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY, nullptr, nullptr, nullptr));
    if (!dataset) return gdal::FailIn(file, "cannot be read: " + gdal::Quiet::Last());
    // A virtual raster, which warps what is read of it; its cells are multiples of cell_m.
    CPLStringList list;
    const std::string size = fmt::format("{:.12g}", cell_m);
    for (const std::string& a :
         {std::string("-of"), std::string("VRT"), std::string("-t_srs"), own.grid_.wkt,
          std::string("-tr"), size, size, std::string("-tap"), std::string("-r"),
          std::string("bilinear"), std::string("-dstnodata"), fmt::format("{:.0f}", kNodata),
          std::string("-ot"), std::string("Float32")}) {
      list.AddString(a.c_str());
    }
    if (const auto nodata = gdal::UndeclaredNodata(GDALGetRasterBand(dataset.get(), 1))) {
      list.AddString("-srcnodata");
      list.AddString(fmt::format("{:.0f}", *nodata).c_str());
    }
    GDALWarpAppOptions* options = GDALWarpAppOptionsNew(list.List(), nullptr);
    GDALDatasetH from = dataset.get();
    int usage_error = 0;
    gdal::Dataset warped(GDALWarp("", nullptr, 1, &from, options, &usage_error));
    GDALWarpAppOptionsFree(options);
    if (!warped) {
      return gdal::FailIn(file, "cannot be brought to the site's map: " + gdal::Quiet::Last());
    }
    handles.push_back(warped.get());
    own.source_->files.push_back(std::move(dataset));
    own.source_->warped.push_back(std::move(warped));
  }
  int usage_error = 0;
  own.source_->mosaic.reset(GDALBuildVRT("", static_cast<int>(handles.size()), handles.data(),
                                         nullptr, nullptr, &usage_error));
  double t[6] = {};
  if (!own.source_->mosaic || GDALGetGeoTransform(own.source_->mosaic.get(), t) != CE_None) {
    return Fail("the terrain's rasters make no mosaic: " + gdal::Quiet::Last());
  }
  own.source_->first = {static_cast<int>(std::lround((t[0] - own.grid_.west_m) / cell_m)),
                        static_cast<int>(std::lround((own.grid_.north_m - t[3]) / cell_m))};
  own.source_->nodata = static_cast<double>(kNodata);
  const System wgs84(OSRNewSpatialReference(nullptr));
  const System system(OSRNewSpatialReference(own.grid_.wkt.c_str()));
  OSRSetWellKnownGeogCS(wgs84.get(), "WGS84");
  OSRSetAxisMappingStrategy(wgs84.get(), OAMS_TRADITIONAL_GIS_ORDER);
  OSRSetAxisMappingStrategy(system.get(), OAMS_TRADITIONAL_GIS_ORDER);
  own.source_->from_wgs84.reset(OCTNewCoordinateTransformation(wgs84.get(), system.get()));
  PICKET_ASSERT(own.source_->from_wgs84 != nullptr, "PROJ knows the site's map");
  return own;
}

std::optional<OwnGrid::Cell> OwnGrid::CellOf(double lat_deg, double lon_deg) const {
  const gdal::Quiet quiet;
  double x = lon_deg;
  double y = lat_deg;
  if (OCTTransform(source_->from_wgs84.get(), 1, &x, &y, nullptr) == 0) return std::nullopt;
  const double column = std::floor((x - grid_.west_m) / grid_.cell_m);
  const double row = std::floor((grid_.north_m - y) / grid_.cell_m);
  if (!(std::abs(column) < 1e9 && std::abs(row) < 1e9)) return std::nullopt;
  return Cell{static_cast<int>(column), static_cast<int>(row)};
}

Result<std::vector<float>> OwnGrid::Read(int column, int row, int columns, int rows) const {
  const gdal::Quiet quiet;
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> heights(static_cast<std::size_t>(columns) * rows, kNan);
  GDALDatasetH dataset = source_->mosaic ? source_->mosaic.get() : source_->files.front().get();
  // The part of it that there are rasters of.
  const int west = std::max(column, source_->first.column);
  const int north = std::max(row, source_->first.row);
  const int east = std::min(column + columns, source_->first.column + GDALGetRasterXSize(dataset));
  const int south = std::min(row + rows, source_->first.row + GDALGetRasterYSize(dataset));
  if (west >= east || north >= south) return heights;
  float* first = &heights[static_cast<std::size_t>(north - row) * columns + (west - column)];
  if (GDALRasterIO(GDALGetRasterBand(dataset, 1), GF_Read, west - source_->first.column,
                   north - source_->first.row, east - west, south - north, first, east - west,
                   south - north, GDT_Float32, 0,
                   static_cast<int>(sizeof(float)) * columns) != CE_None) {
    return Fail("the terrain's heights cannot be read: " + gdal::Quiet::Last());
  }
  for (float& h : heights) {
    if (!(h >= kLowestGroundM && h <= kHighestGroundM) ||
        (source_->nodata && h == static_cast<float>(*source_->nodata))) {
      h = kNan;
    }
  }
  return heights;
}

tl::expected<void, Error> WriteRaster(const std::string& path, const RasterGrid& grid,
                                      std::span<const float> values, RasterForm form,
                                      const std::string& basis) {
  PICKET_ASSERT(values.size() == static_cast<std::size_t>(grid.columns) * grid.rows,
                "a raster has rows * columns values");
  gdal::Register();
  const gdal::Quiet quiet;
  const auto fail = [&] { return gdal::FailIn(path, "cannot be written: " + gdal::Quiet::Last()); };
  const bool plain = form == RasterForm::kPlain;
  gdal::Dataset file(GDALCreate(GDALGetDriverByName(plain ? "GTiff" : "MEM"),
                                plain ? path.c_str() : "", grid.columns, grid.rows, 1, GDT_Float32,
                                nullptr));
  if (!file) return fail();
  double transform[6] = {grid.west_m, grid.cell_m, 0.0, grid.north_m, 0.0, -grid.cell_m};
  GDALSetGeoTransform(file.get(), transform);
  GDALSetProjection(file.get(), grid.wkt.c_str());
  if (!basis.empty()) GDALSetMetadataItem(file.get(), "PD_BASIS", basis.c_str(), nullptr);
  GDALRasterBandH band = GDALGetRasterBand(file.get(), 1);
  GDALSetRasterNoDataValue(band, static_cast<double>(kNodata));
  std::vector<float> out(values.begin(), values.end());
  for (float& v : out) {
    if (std::isnan(v)) v = kNodata;
  }
  if (GDALRasterIO(band, GF_Write, 0, 0, grid.columns, grid.rows, out.data(), grid.columns,
                   grid.rows, GDT_Float32, 0, 0) != CE_None) {
    return fail();
  }
  CPLErrorReset();
  if (!plain) {
    CPLStringList options;
    options.SetNameValue("COMPRESS", "DEFLATE");
    options.SetNameValue("OVERVIEW_RESAMPLING", "NEAREST");
    const gdal::Dataset copy(GDALCreateCopy(GDALGetDriverByName("COG"), path.c_str(), file.get(), 0,
                                            options.List(), nullptr, nullptr));
    if (!copy) return fail();
  }
  file.reset();  // closing writes
  if (CPLGetLastErrorType() >= CE_Failure) return fail();
  return {};
}

namespace {

/// The areas of equal value of those cells that `wanted` is not 0 for, in the grid's own metres: a
/// layer of polygons with their number, kept by `shapes`; null: GDAL says why.
OGRLayerH Polygonize(const RasterGrid& grid, std::span<const std::uint8_t> values,
                     std::span<const std::uint8_t> wanted, const gdal::Dataset& shapes) {
  const gdal::Dataset raster(
      GDALCreate(GDALGetDriverByName("MEM"), "", grid.columns, grid.rows, 2, GDT_Byte, nullptr));
  if (!raster || !shapes) return nullptr;
  double transform[6] = {grid.west_m, grid.cell_m, 0.0, grid.north_m, 0.0, -grid.cell_m};
  GDALSetGeoTransform(raster.get(), transform);
  GDALSetProjection(raster.get(), grid.wkt.c_str());
  std::vector<std::uint8_t> planes(values.begin(), values.end());
  planes.insert(planes.end(), wanted.begin(), wanted.end());
  for (int band = 0; band < 2; ++band) {
    if (GDALRasterIO(GDALGetRasterBand(raster.get(), band + 1), GF_Write, 0, 0, grid.columns,
                     grid.rows, planes.data() + static_cast<std::size_t>(band) * values.size(),
                     grid.columns, grid.rows, GDT_Byte, 0, 0) != CE_None) {
      return nullptr;
    }
  }
  const System system(OSRNewSpatialReference(grid.wkt.c_str()));
  OSRSetAxisMappingStrategy(system.get(), OAMS_TRADITIONAL_GIS_ORDER);
  OGRLayerH layer =
      GDALDatasetCreateLayer(shapes.get(), "values", system.get(), wkbPolygon, nullptr);
  if (layer == nullptr) return nullptr;
  OGRFieldDefnH value = OGR_Fld_Create("value", OFTInteger);
  OGR_L_CreateField(layer, value, 1);
  OGR_Fld_Destroy(value);
  if (GDALPolygonize(GDALGetRasterBand(raster.get(), 1), GDALGetRasterBand(raster.get(), 2), layer,
                     0, nullptr, nullptr, nullptr) != CE_None) {
    return nullptr;
  }
  OGR_L_ResetReading(layer);
  return layer;
}

gdal::Dataset ShapesInMemory() {
  return gdal::Dataset(
      GDALCreate(GDALGetDriverByName("Memory"), "", 0, 0, 0, GDT_Unknown, nullptr));
}

std::unique_ptr<void, FreeTransformation> ToDegrees(const RasterGrid& grid) {
  const System degrees(OSRNewSpatialReference(nullptr));
  const System system(OSRNewSpatialReference(grid.wkt.c_str()));
  OSRSetWellKnownGeogCS(degrees.get(), "WGS84");
  OSRSetAxisMappingStrategy(degrees.get(), OAMS_TRADITIONAL_GIS_ORDER);
  OSRSetAxisMappingStrategy(system.get(), OAMS_TRADITIONAL_GIS_ORDER);
  return std::unique_ptr<void, FreeTransformation>(
      OCTNewCoordinateTransformation(system.get(), degrees.get()));
}

std::string GeometryText(OGRGeometryH geometry, ContourForm form) {
  char* precision[] = {const_cast<char*>("COORDINATE_PRECISION=6"), nullptr};
  char* text = form == ContourForm::kGeoJson ? OGR_G_ExportToJsonEx(geometry, precision)
                                             : OGR_G_ExportToKML(geometry, nullptr);
  std::string out = text != nullptr ? text : "";
  CPLFree(text);
  return out;
}

}  // namespace

tl::expected<void, Error> WritePolygons(const std::string& path, const RasterGrid& grid,
                                        std::span<const std::uint8_t> values,
                                        std::span<const std::string> names) {
  PICKET_ASSERT(values.size() == static_cast<std::size_t>(grid.columns) * grid.rows,
                "a raster has rows * columns values");
  gdal::Register();
  const gdal::Quiet quiet;
  const auto fail = [&] { return gdal::FailIn(path, "cannot be written: " + gdal::Quiet::Last()); };
  std::vector<std::uint8_t> named;
  named.reserve(values.size());
  for (const std::uint8_t v : values) {
    PICKET_ASSERT(v < names.size(), "every value has a name, if only an empty one");
    named.push_back(names[v].empty() ? 0 : 1);
  }
  // GDAL's polygons carry numbers: kept in memory first, then written with the names.
  const gdal::Dataset shapes = ShapesInMemory();
  OGRLayerH numbered = Polygonize(grid, values, named, shapes);
  if (numbered == nullptr) return fail();
  VSIUnlink(path.c_str());  // the driver does not write over a file
  gdal::Dataset file(
      GDALCreate(GDALGetDriverByName("GeoJSON"), path.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
  const System system(OSRNewSpatialReference(grid.wkt.c_str()));
  OSRSetAxisMappingStrategy(system.get(), OAMS_TRADITIONAL_GIS_ORDER);
  CPLStringList options;
  options.SetNameValue("RFC7946", "YES");
  options.SetNameValue("COORDINATE_PRECISION", "6");
  OGRLayerH layer = file ? GDALDatasetCreateLayer(file.get(), "coverage", system.get(), wkbPolygon,
                                                  options.List())
                         : nullptr;
  if (layer == nullptr) return fail();
  OGRFieldDefnH is = OGR_Fld_Create("is", OFTString);
  OGR_L_CreateField(layer, is, 1);
  OGR_Fld_Destroy(is);
  while (OGRFeatureH from = OGR_L_GetNextFeature(numbered)) {
    OGRFeatureH to = OGR_F_Create(OGR_L_GetLayerDefn(layer));
    const int v = OGR_F_GetFieldAsInteger(from, 0);
    OGR_F_SetFieldString(to, 0, names[static_cast<std::size_t>(v)].c_str());
    OGR_F_SetGeometry(to, OGR_F_GetGeometryRef(from));
    const OGRErr error = OGR_L_CreateFeature(layer, to);
    OGR_F_Destroy(to);
    OGR_F_Destroy(from);
    if (error != OGRERR_NONE) return fail();
  }
  CPLErrorReset();
  file.reset();  // closing writes
  if (CPLGetLastErrorType() >= CE_Failure) return fail();
  return {};
}

Result<std::string> AreaOf(const RasterGrid& grid, std::span<const std::uint8_t> cells,
                           ContourForm form) {
  PICKET_ASSERT(cells.size() == static_cast<std::size_t>(grid.columns) * grid.rows,
                "a raster has rows * columns values");
  if (std::all_of(cells.begin(), cells.end(), [](std::uint8_t v) { return v == 0; })) return "";
  gdal::Register();
  const gdal::Quiet quiet;
  const auto fail = [] { return Fail("areas cannot be drawn: " + gdal::Quiet::Last()); };
  std::vector<std::uint8_t> one;
  one.reserve(cells.size());
  for (const std::uint8_t v : cells) one.push_back(v == 0 ? 0 : 1);
  const gdal::Dataset shapes = ShapesInMemory();
  OGRLayerH layer = Polygonize(grid, one, one, shapes);
  const auto to_degrees = ToDegrees(grid);
  if (layer == nullptr || !to_degrees) return fail();
  const std::unique_ptr<void, decltype(&OGR_G_DestroyGeometry)> all(
      OGR_G_CreateGeometry(wkbMultiPolygon), OGR_G_DestroyGeometry);
  while (OGRFeatureH feature = OGR_L_GetNextFeature(layer)) {
    OGR_G_AddGeometry(all.get(), OGR_F_GetGeometryRef(feature));
    OGR_F_Destroy(feature);
  }
  if (OGR_G_Transform(all.get(), to_degrees.get()) != OGRERR_NONE) return fail();
  return GeometryText(all.get(), form);
}

Result<std::vector<ContourArea>> Contours(const RasterGrid& grid, std::span<const float> values,
                                          std::span<const double> levels, ContourForm form) {
  PICKET_ASSERT(values.size() == static_cast<std::size_t>(grid.columns) * grid.rows,
                "a raster has rows * columns values");
  gdal::Register();
  const gdal::Quiet quiet;
  const auto fail = [] { return Fail("contours cannot be drawn: " + gdal::Quiet::Last()); };
  const gdal::Dataset raster(
      GDALCreate(GDALGetDriverByName("MEM"), "", grid.columns, grid.rows, 1, GDT_Float32, nullptr));
  if (!raster) return fail();
  double transform[6] = {grid.west_m, grid.cell_m, 0.0, grid.north_m, 0.0, -grid.cell_m};
  GDALSetGeoTransform(raster.get(), transform);
  GDALRasterBandH band = GDALGetRasterBand(raster.get(), 1);
  GDALSetRasterNoDataValue(band, static_cast<double>(kNodata));
  // GDAL's filled contours let their last level end at the greatest value, and one level alone
  // confuses them: the levels stand between two that no value reaches.
  float lowest = 0.0F;
  float highest = 0.0F;
  std::vector<float> out(values.begin(), values.end());
  for (float& v : out) {
    if (std::isnan(v)) {
      v = kNodata;
      continue;
    }
    lowest = std::min(lowest, v);
    highest = std::max(highest, v);
  }
  if (GDALRasterIO(band, GF_Write, 0, 0, grid.columns, grid.rows, out.data(), grid.columns,
                   grid.rows, GDT_Float32, 0, 0) != CE_None) {
    return fail();
  }
  const gdal::Dataset shapes(
      GDALCreate(GDALGetDriverByName("Memory"), "", 0, 0, 0, GDT_Unknown, nullptr));
  OGRLayerH layer =
      shapes ? GDALDatasetCreateLayer(shapes.get(), "areas", nullptr, wkbMultiPolygon, nullptr)
             : nullptr;
  if (layer == nullptr) return fail();
  for (const char* name : {"from", "to"}) {
    OGRFieldDefnH field = OGR_Fld_Create(name, OFTReal);
    OGR_L_CreateField(layer, field, 1);
    OGR_Fld_Destroy(field);
  }
  std::vector<double> all = {static_cast<double>(lowest) - 1.0};
  all.insert(all.end(), levels.begin(), levels.end());
  all.push_back(std::max(static_cast<double>(highest), levels.empty() ? 0.0 : levels.back()) + 1.0);
  std::string fixed;
  for (const double level : all) fixed += fmt::format("{}{:.9g}", fixed.empty() ? "" : ",", level);
  CPLStringList options;
  options.SetNameValue("FIXED_LEVELS", fixed.c_str());
  options.SetNameValue("NODATA", fmt::format("{:.0f}", kNodata).c_str());
  options.SetNameValue("POLYGONIZE", "YES");
  options.SetNameValue("ELEV_FIELD_MIN", "0");
  options.SetNameValue("ELEV_FIELD_MAX", "1");
  if (GDALContourGenerateEx(band, layer, options.List(), nullptr, nullptr) != CE_None) {
    return fail();
  }
  const auto to_degrees = ToDegrees(grid);
  if (!to_degrees) return fail();
  std::vector<ContourArea> areas;
  OGR_L_ResetReading(layer);
  while (OGRFeatureH feature = OGR_L_GetNextFeature(layer)) {
    ContourArea area;
    area.from = OGR_F_GetFieldAsDouble(feature, 0);
    area.to = OGR_F_GetFieldAsDouble(feature, 1);
    OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
    const bool there = geometry != nullptr && OGR_G_IsEmpty(geometry) == 0 &&
                       OGR_G_Transform(geometry, to_degrees.get()) == OGRERR_NONE;
    if (there) area.geometry = GeometryText(geometry, form);
    OGR_F_Destroy(feature);
    if (there) areas.push_back(std::move(area));
  }
  return areas;
}

namespace {

/// Pixels of some bands, byte by byte, as PNG.
Result<std::string> PngOf(int width, int height, int bands, std::span<const std::uint8_t> bytes,
                          const char* level) {
  gdal::Register();
  const gdal::Quiet quiet;
  const auto fail = [] { return Fail("a picture cannot be drawn: " + gdal::Quiet::Last()); };
  const gdal::Dataset picture(
      GDALCreate(GDALGetDriverByName("MEM"), "", width, height, bands, GDT_Byte, nullptr));
  if (!picture) return fail();
  std::vector<std::uint8_t> pixels(bytes.begin(), bytes.end());
  if (GDALDatasetRasterIO(picture.get(), GF_Write, 0, 0, width, height, pixels.data(), width,
                          height, GDT_Byte, bands, nullptr, bands, bands * width, 1) != CE_None) {
    return fail();
  }
  const std::string name = fmt::format("/vsimem/picture-{}.png", static_cast<const void*>(&pixels));
  CPLStringList options;
  options.SetNameValue("ZLEVEL", level);
  gdal::Dataset png(GDALCreateCopy(GDALGetDriverByName("PNG"), name.c_str(), picture.get(), 0,
                                   options.List(), nullptr, nullptr));
  if (!png) return fail();
  png.reset();
  vsi_l_offset size = 0;
  const GByte* made = VSIGetMemFileBuffer(name.c_str(), &size, 0);
  std::string out;
  if (made != nullptr) out.assign(reinterpret_cast<const char*>(made), size);
  VSIUnlink(name.c_str());
  VSIUnlink((name + ".aux.xml").c_str());
  if (out.empty()) return fail();
  return out;
}

}  // namespace

Result<std::string> EncodeGreyPng(int width, int height, std::span<const std::uint8_t> grey) {
  PICKET_ASSERT(grey.size() == static_cast<std::size_t>(width) * height,
                "a grey picture has a byte for each pixel");
  return PngOf(width, height, 1, grey, "1");
}

Result<std::string> Deflate(std::string_view bytes) {
  std::size_t size = 0;
  void* packed = CPLZLibDeflate(bytes.data(), bytes.size(), 1, nullptr, 0, &size);
  if (packed == nullptr) return Fail("bytes cannot be packed: memory is short");
  std::string out(static_cast<const char*>(packed), size);
  VSIFree(packed);
  return out;
}

Result<std::string> EncodePng(int width, int height, std::span<const std::uint8_t> rgb) {
  PICKET_ASSERT(rgb.size() == 3U * static_cast<std::size_t>(width) * height,
                "a picture has three bytes for each pixel");
  return PngOf(width, height, 3, rgb, "3");  // 6 takes twice as long for 5 % less
}

std::string PngUrl(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = "data:image/png;base64,";
  out.reserve(out.size() + bytes.size() * 4 / 3 + 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    unsigned word = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      word = word << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= count ? kDigits[word >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return out;
}

}  // namespace picket
