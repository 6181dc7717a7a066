// SPDX-License-Identifier: Apache-2.0
#include "picket/io/geoid.h"

#include <cpl_string.h>
#include <ogr_srs_api.h>

#include <cmath>
#include <filesystem>
#include <vector>

#include "gdal.h"

namespace picket {

Result<Geoid> LoadGeoid() {
  gdal::Register();
  const gdal::Quiet quiet;
  constexpr const char* kName = "egm96_15.gtx";
  std::string path;
  char** folders = OSRGetPROJSearchPaths();
  for (char** folder = folders; folder != nullptr && *folder != nullptr; ++folder) {
    const std::filesystem::path candidate = std::filesystem::path(*folder) / kName;
    std::error_code ignored;
    if (std::filesystem::exists(candidate, ignored)) {
      path = candidate.string();
      break;
    }
  }
  CSLDestroy(folders);
  if (path.empty()) {
    return Fail(
        "the EGM96 geoid egm96_15.gtx is not in PROJ's data folders; install the package "
        "proj-data");
  }
  const gdal::Dataset file(GDALOpen(path.c_str(), GA_ReadOnly));
  const auto fail = [&](const std::string& what) -> Result<Geoid> {
    return gdal::FailIn(path, what);
  };
  if (!file) return fail("cannot be read as a raster: " + gdal::Quiet::Last());
  const int columns = GDALGetRasterXSize(file.get());
  const int rows = GDALGetRasterYSize(file.get());
  double transform[6] = {};
  const bool located = GDALGetGeoTransform(file.get(), transform) == CE_None;
  // Nodes from 90 N to 90 S and from 180 W eastward; the transform speaks of pixel corners.
  const bool global = located && columns >= 2 && rows >= 2 &&
                      std::abs(transform[1] * columns - 360.0) < 1e-6 &&
                      std::abs(transform[0] + 0.5 * transform[1] + 180.0) < 1e-6 &&
                      std::abs(transform[3] + 0.5 * transform[5] - 90.0) < 1e-6 &&
                      std::abs(transform[5] * (rows - 1) + 180.0) < 1e-6;
  if (!global) return fail("is not a grid of the whole earth from 180 W and 90 N");
  std::vector<float> undulation_m(static_cast<std::size_t>(rows) * columns);
  if (GDALRasterIO(GDALGetRasterBand(file.get(), 1), GF_Read, 0, 0, columns, rows,
                   undulation_m.data(), columns, rows, GDT_Float32, 0, 0) != CE_None) {
    return fail("cannot be read: " + gdal::Quiet::Last());
  }
  return Geoid(std::move(undulation_m), rows, columns);
}

}  // namespace picket
