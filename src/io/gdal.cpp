// SPDX-License-Identifier: Apache-2.0
#include "gdal.h"

#include <cpl_conv.h>
#include <cpl_error.h>

#include <algorithm>
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

tl::unexpected<Error> FailIn(const std::string& file, std::string what) {
  Error error;
  error.source = file;
  error.what = std::move(what);
  return tl::unexpected(std::move(error));
}

}  // namespace picket::gdal
