// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "picket/base/error.h"
#include "picket/base/time.h"
#include "picket/report/report.h"

/// Files for maps that are no plain text: archives and databases, made in memory by GDAL.
namespace picket {

/// A place at a time, of a track, a true target or a sensor's report.
struct MapPoint {
  Time time;
  std::string id;  ///< empty: belongs to no other point
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  std::optional<double> alt_hae_m;
  std::optional<double> alt_msl_m;
  std::array<double, 3> vel_enu_mps = {kNotStated, kNotStated, kNotStated};
  std::optional<std::array<double, 3>> sd_m;  ///< one sigma east, north, up
  std::string_view target_class;
  double drone = 0.0;  ///< probability that it is there and is a drone; 0: not known
};

/// A zip archive of one file, such as a KMZ.
/// Errors: GDAL has no memory for it.
[[nodiscard]] Result<std::string> ZipOf(const std::string& name, std::string_view bytes);

/// A GeoPackage (OGC 12-128r18) of two layers: `points`, each as it was added, and `tracks`, a line
/// of all points of each id. Coordinates are WGS 84 with the height above the ellipsoid
/// (EPSG:4979), 0 where that is not known.
class GeoPackageWriter {
 public:
  GeoPackageWriter();
  ~GeoPackageWriter();
  GeoPackageWriter(const GeoPackageWriter&) = delete;
  GeoPackageWriter& operator=(const GeoPackageWriter&) = delete;

  void Add(const MapPoint& point);
  /// The file. Called once, at the end. Errors: what GDAL refused, be it in an Add.
  [[nodiscard]] Result<std::string> Finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
