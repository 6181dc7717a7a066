// SPDX-License-Identifier: Apache-2.0
#include "picket/io/raster.h"

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <fmt/format.h>
#include <gdal_alg.h>
#include <gdal_utils.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

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
  if (wkt == nullptr || *wkt == '\0' || GDALGetRasterCount(dataset) < 1) return std::nullopt;
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

RasterGrid GridOf(const Terrain::Grid& grid, const Geodetic& origin) {
  return {MapWkt(origin),
          grid.west_m - 0.5 * grid.cell_m,
          grid.north_m + 0.5 * grid.cell_m,
          grid.cell_m,
          grid.columns,
          grid.rows};
}

struct OwnGrid::Source {
  std::vector<gdal::Dataset> files;  // what the mosaic reads from
  gdal::Dataset mosaic;
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
  std::vector<float> heights(static_cast<std::size_t>(columns) * rows);
  GDALDatasetH dataset = source_->mosaic ? source_->mosaic.get() : source_->files.front().get();
  GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
  if (GDALRasterIO(band, GF_Read, column, row, columns, rows, heights.data(), columns, rows,
                   GDT_Float32, 0, 0) != CE_None) {
    return Fail("the terrain's heights cannot be read: " + gdal::Quiet::Last());
  }
  for (float& h : heights) {
    if (!(h >= kLowestGroundM) || (source_->nodata && h == static_cast<float>(*source_->nodata))) {
      h = std::numeric_limits<float>::quiet_NaN();
    }
  }
  return heights;
}

tl::expected<void, Error> WriteRaster(const std::string& path, const RasterGrid& grid,
                                      std::span<const float> values, RasterForm form) {
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

tl::expected<void, Error> WritePolygons(const std::string& path, const RasterGrid& grid,
                                        std::span<const std::uint8_t> values,
                                        std::span<const std::string> names) {
  PICKET_ASSERT(values.size() == static_cast<std::size_t>(grid.columns) * grid.rows,
                "a raster has rows * columns values");
  gdal::Register();
  const gdal::Quiet quiet;
  const auto fail = [&] { return gdal::FailIn(path, "cannot be written: " + gdal::Quiet::Last()); };
  // Twice: the values, and a mask of those that have a name.
  const gdal::Dataset raster(
      GDALCreate(GDALGetDriverByName("MEM"), "", grid.columns, grid.rows, 2, GDT_Byte, nullptr));
  if (!raster) return fail();
  double transform[6] = {grid.west_m, grid.cell_m, 0.0, grid.north_m, 0.0, -grid.cell_m};
  GDALSetGeoTransform(raster.get(), transform);
  GDALSetProjection(raster.get(), grid.wkt.c_str());
  std::vector<std::uint8_t> planes(values.begin(), values.end());
  for (const std::uint8_t v : values) {
    PICKET_ASSERT(v < names.size(), "every value has a name, if only an empty one");
    planes.push_back(names[v].empty() ? 0 : 1);
  }
  for (int band = 0; band < 2; ++band) {
    if (GDALRasterIO(GDALGetRasterBand(raster.get(), band + 1), GF_Write, 0, 0, grid.columns,
                     grid.rows, planes.data() + static_cast<std::size_t>(band) * values.size(),
                     grid.columns, grid.rows, GDT_Byte, 0, 0) != CE_None) {
      return fail();
    }
  }
  const System system(OSRNewSpatialReference(grid.wkt.c_str()));
  OSRSetAxisMappingStrategy(system.get(), OAMS_TRADITIONAL_GIS_ORDER);
  // GDAL's polygons carry numbers: kept in memory first, then written with the names.
  const gdal::Dataset shapes(
      GDALCreate(GDALGetDriverByName("Memory"), "", 0, 0, 0, GDT_Unknown, nullptr));
  OGRLayerH numbered =
      shapes ? GDALDatasetCreateLayer(shapes.get(), "values", system.get(), wkbPolygon, nullptr)
             : nullptr;
  if (numbered == nullptr) return fail();
  OGRFieldDefnH value = OGR_Fld_Create("value", OFTInteger);
  OGR_L_CreateField(numbered, value, 1);
  OGR_Fld_Destroy(value);
  if (GDALPolygonize(GDALGetRasterBand(raster.get(), 1), GDALGetRasterBand(raster.get(), 2),
                     numbered, 0, nullptr, nullptr, nullptr) != CE_None) {
    return fail();
  }
  VSIUnlink(path.c_str());  // the driver does not write over a file
  gdal::Dataset file(
      GDALCreate(GDALGetDriverByName("GeoJSON"), path.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
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
  OGR_L_ResetReading(numbered);
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

Result<std::string> EncodePng(int width, int height, std::span<const std::uint8_t> rgb) {
  PICKET_ASSERT(rgb.size() == 3U * static_cast<std::size_t>(width) * height,
                "a picture has three bytes for each pixel");
  gdal::Register();
  const gdal::Quiet quiet;
  const auto fail = [] { return Fail("a picture cannot be drawn: " + gdal::Quiet::Last()); };
  const gdal::Dataset picture(
      GDALCreate(GDALGetDriverByName("MEM"), "", width, height, 3, GDT_Byte, nullptr));
  if (!picture) return fail();
  std::vector<std::uint8_t> pixels(rgb.begin(), rgb.end());
  if (GDALDatasetRasterIO(picture.get(), GF_Write, 0, 0, width, height, pixels.data(), width,
                          height, GDT_Byte, 3, nullptr, 3, 3 * width, 1) != CE_None) {
    return fail();
  }
  const std::string name = fmt::format("/vsimem/picture-{}.png", static_cast<const void*>(&pixels));
  gdal::Dataset png(GDALCreateCopy(GDALGetDriverByName("PNG"), name.c_str(), picture.get(), 0,
                                   nullptr, nullptr, nullptr));
  if (!png) return fail();
  png.reset();
  vsi_l_offset size = 0;
  const GByte* bytes = VSIGetMemFileBuffer(name.c_str(), &size, 0);
  std::string out;
  if (bytes != nullptr) out.assign(reinterpret_cast<const char*>(bytes), size);
  VSIUnlink(name.c_str());
  VSIUnlink((name + ".aux.xml").c_str());
  if (out.empty()) return fail();
  return out;
}

}  // namespace picket
