// SPDX-License-Identifier: Apache-2.0
#include "picket/io/raster.h"

#include <cpl_string.h>
#include <fmt/format.h>
#include <gdal_utils.h>
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

}  // namespace picket
