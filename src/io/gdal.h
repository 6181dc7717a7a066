// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gdal.h>

#include <memory>
#include <optional>
#include <string>

#include "picket/base/error.h"

namespace picket::gdal {

struct Close {
  void operator()(void* dataset) const { GDALClose(dataset); }
};
/// An open GDAL dataset, closed with its owner.
using Dataset = std::unique_ptr<void, Close>;

/// Registers GDAL's drivers, once.
void Register();

/// While alive, GDAL's messages are kept here instead of being printed.
class Quiet {
 public:
  Quiet();
  ~Quiet();
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  /// What GDAL complained of last, in one line; "no reason given" if it did not.
  [[nodiscard]] static std::string Last();
};

/// Why a raster is not one of heights in metres, with what to do; nothing if it may be.
[[nodiscard]] std::optional<std::string> NotOfHeights(GDALDatasetH dataset);

/// What a band has where there is no height, by the custom of its kind, if it does not say so
/// itself. Needed where heights are interpolated: between a void and the ground lie numbers that
/// look like ground.
[[nodiscard]] std::optional<double> UndeclaredNodata(GDALRasterBandH band);

/// An error that belongs to a file.
[[nodiscard]] tl::unexpected<Error> FailIn(const std::string& file, std::string what);

}  // namespace picket::gdal
