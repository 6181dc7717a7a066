// SPDX-License-Identifier: Apache-2.0
#include "gdal.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <mutex>

namespace picket::gdal {

void Register() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Without this, reading a gzipped file writes one of its sizes beside it.
    CPLSetConfigOption("CPL_VSIL_GZIP_WRITE_PROPERTIES", "NO");
    GDALAllRegister();
    // Of the machine's memory GDAL would keep a twentieth full of tiles.
    constexpr GIntBig kCacheBytes = 128LL << 20;
    if (CPLGetConfigOption("GDAL_CACHEMAX", nullptr) == nullptr) GDALSetCacheMax64(kCacheBytes);
  });
}

Quiet::Quiet() {
  CPLPushErrorHandler(CPLQuietErrorHandler);
  CPLErrorReset();
}

Quiet::~Quiet() { CPLPopErrorHandler(); }

std::string Quiet::Last() {
  std::string text = CPLGetLastErrorMsg();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.empty() ? "no reason given" : text;
}

std::optional<std::string> NotOfHeights(GDALDatasetH dataset) {
  const int bands = GDALGetRasterCount(dataset);
  if (bands != 1) {
    return fmt::format(
        "has {} bands, expected one, of heights; take it out, e.g. with "
        "gdal_translate -b 1",
        bands);
  }
  GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
  if (GDALGetRasterColorTable(band) != nullptr) {
    return "is a picture with a table of colours; give the elevation raster that it shows";
  }
  const double scale = GDALGetRasterScale(band, nullptr);
  const double offset = GDALGetRasterOffset(band, nullptr);
  if (scale != 1.0 || offset != 0.0) {
    return fmt::format(
        "holds numbers that are heights only times {:g}, plus {:g}; write the "
        "heights themselves, e.g. with gdal_translate -unscale -ot Float32",
        scale, offset);
  }
  const std::string unit = GDALGetRasterUnitType(band);
  std::string lower;
  for (const char c : unit) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto names = [&](const char* part) { return lower.find(part) != std::string::npos; };
  if (names("ft") || names("foot") || names("feet") || lower == "dm" || lower == "cm" ||
      lower == "mm" || lower == "km") {
    return fmt::format(
        "its heights are in \"{}\", expected metres; convert them, feet e.g. with "
        "gdal_calc.py -A FILE --calc=A*0.3048 --type=Float32 --outfile=METRES.tif",
        unit);
  }
  return std::nullopt;
}

std::optional<double> UndeclaredNodata(GDALRasterBandH band) {
  int declared = 0;
  GDALGetRasterNoDataValue(band, &declared);
  if (declared != 0) return std::nullopt;
  switch (GDALGetRasterDataType(band)) {
    case GDT_Int16:
      return -32768.0;  // SRTM's void
    case GDT_Int32:
    case GDT_Float32:
    case GDT_Float64:
      return -9999.0;  // of Arc/Info's grids, and of most who came after
    default:
      return std::nullopt;
  }
}

tl::unexpected<Error> FailIn(const std::string& file, std::string what) {
  Error error;
  error.source = file;
  error.what = std::move(what);
  return tl::unexpected(std::move(error));
}

}  // namespace picket::gdal
