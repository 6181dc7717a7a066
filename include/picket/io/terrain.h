// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "picket/base/error.h"
#include "picket/geo/frame.h"
#include "picket/geo/geoid.h"
#include "picket/terrain/terrain.h"

namespace picket {

/// Most nodes along a side of the grid. Where the finest raster would need more, cells are as
/// large as this demands (heights are then averaged).
inline constexpr int kMaxTerrainNodes = 8193;
/// A grid of more nodes lies in the pages of a file without a name, not in memory.
inline constexpr std::size_t kMostNodesInMemory = std::size_t{4097} * 4097;

/// What a raster does not say of itself, and bounds.
struct TerrainOptions {
  bool nodata_is_sea = false;            ///< a raster's nodata is sea level, not a void
  bool heights_above_ellipsoid = false;  ///< else above EGM96, as SRTM and DTED are
  /// Rasters of the surface, with trees and buildings, in the same heights; where they know none,
  /// the ground is bare.
  std::vector<std::string> surface = {};
  int most_nodes = kMaxTerrainNodes;  ///< along a side
  std::size_t most_in_memory = kMostNodesInMemory;
  /// Rasters are brought to the grid in strips of about so many nodes, which changes no height.
  std::size_t nodes_at_once = std::size_t{1} << 20U;
};

/// Heights under and over these are no ground but a void: the lowest shore on earth is at -430 m,
/// the highest summit at 8,849 m.
inline constexpr float kLowestGroundM = -500.0F;
inline constexpr float kHighestGroundM = 9000.0F;

/// The map that a terrain's grid lies on, as WKT: azimuthal equidistant about the origin, WGS-84.
[[nodiscard]] std::string MapWkt(const Geodetic& origin);

/// Ground heights within `region_radius_m` of the origin, from any rasters that GDAL reads (HGT,
/// GeoTIFF, DTED, VRT ...; geographic, projected or rotated), later files over earlier ones, on the
/// azimuthal equidistant grid of Terrain::Grid. Cells are as large as the pixels of the finest
/// raster near the origin, at least 1 m. Voids, and heights under -500 m, are not known; so is
/// what no raster covers. No files: a terrain without a grid.
///
/// Errors: a file that is missing or no raster, a raster that does not say where it lies, no
/// raster reaching into the region, no room for a large grid's file.
[[nodiscard]] Result<Terrain> LoadTerrain(const std::vector<std::string>& files,
                                          const Geodetic& origin, double region_radius_m,
                                          const Geoid& geoid, const TerrainOptions& options = {});

/// Size of the pixels of the finest raster near the origin, m: what LoadTerrain's cells would be if
/// their number were not bounded. Errors as LoadTerrain's.
[[nodiscard]] Result<double> FinestCellM(const std::vector<std::string>& files,
                                         const Geodetic& origin);

/// Writes a grid of heights above EGM96 about `origin` as a GeoTIFF that LoadTerrain reads back.
[[nodiscard]] tl::expected<void, Error> WriteTerrainTif(const Terrain::Grid& grid_amsl,
                                                        const Geodetic& origin,
                                                        const std::string& path);

/// A picture of the relief for a dark map.
struct Hillshade {
  std::string png;  ///< RGBA; sea and unknown ground are transparent. Empty if there is no terrain
  int width = 0;
  int height = 0;
  /// (longitude, latitude) of the north-west, north-east, south-east and south-west corner; the
  /// picture is rectangular in Web Mercator (EPSG:3857).
  std::array<std::pair<double, double>, 4> corners_lon_lat{};
};

/// Relief lit from the north-west, at most 2048 pixels a side. `geoid` tells where the sea is.
[[nodiscard]] Result<Hillshade> HillshadePng(const Terrain& terrain, const LocalFrame& frame,
                                             const Geoid& geoid);

}  // namespace picket
