// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "picket/base/error.h"
#include "picket/geo/frame.h"
#include "picket/terrain/terrain.h"

namespace picket {

/// What a raster of the planner says where nothing is known.
inline constexpr float kNodata = -9999.0F;

/// A grid of square cells in metres, north up.
struct RasterGrid {
  std::string wkt;       ///< its coordinate system
  double west_m = 0.0;   ///< western edge of the first column
  double north_m = 0.0;  ///< northern edge of the first row
  double cell_m = 0.0;
  int columns = 0;
  int rows = 0;
};

/// The grid that a terrain was loaded onto (see Terrain::Grid), its nodes as centres of cells.
[[nodiscard]] RasterGrid GridOf(const Terrain::GridView& grid, const Geodetic& origin);

/// Elevation rasters read piece by piece, so that no more of them than is asked for, and GDAL's
/// cache of tiles, is in memory. Either on the grid that they came in (one raster, or several of
/// one grid, where that is projected in metres, with square cells, north up), or brought to the
/// site's map as they are read.
class OwnGrid {
 public:
  /// Nothing if the rasters are on no such grid (geographic, rotated, oblong cells, several grids).
  [[nodiscard]] static Result<std::optional<OwnGrid>> Open(const std::vector<std::string>& files);
  /// Any rasters on the site's map, the square of the region about the origin; later ones over
  /// earlier ones, heights between their pixels bilinear.
  [[nodiscard]] static Result<OwnGrid> OnMap(const std::vector<std::string>& files,
                                             const Geodetic& origin, double region_radius_m,
                                             double cell_m);
  OwnGrid(OwnGrid&& other) noexcept;
  OwnGrid& operator=(OwnGrid&& other) noexcept;
  ~OwnGrid();

  [[nodiscard]] const RasterGrid& grid() const { return grid_; }

  struct Cell {
    int column = 0;  ///< may lie outside of the grid
    int row = 0;
  };
  /// The cell that holds a place; nothing where the projection does not reach.
  [[nodiscard]] std::optional<Cell> CellOf(double lat_deg, double lon_deg) const;

  /// Heights of a part of the grid, above what the rasters are above; NaN = not known. Not to be
  /// called from several threads at a time.
  [[nodiscard]] Result<std::vector<float>> Read(int column, int row, int columns, int rows) const;

 private:
  struct Source;
  OwnGrid();

  std::unique_ptr<Source> source_;
  RasterGrid grid_;
};

enum class RasterForm : std::uint8_t {
  kPlain,           ///< GeoTIFF, not compressed: quick to write
  kCloudOptimized,  ///< GeoTIFF with overviews, compressed, ordered for reading in pieces (COG)
};

/// Writes 32-bit floats as a GeoTIFF; NaN becomes kNodata.
/// @param basis  not empty: goes into the file's metadata as PD_BASIS, where p_D comes from
[[nodiscard]] tl::expected<void, Error> WriteRaster(const std::string& path, const RasterGrid& grid,
                                                    std::span<const float> values,
                                                    RasterForm form = RasterForm::kPlain,
                                                    const std::string& basis = {});

/// Writes areas of equal value as polygons in degrees (GeoJSON, RFC 7946), each a feature with a
/// property "is" that names its value; cells of a value whose name is empty are left out.
[[nodiscard]] tl::expected<void, Error> WritePolygons(const std::string& path,
                                                      const RasterGrid& grid,
                                                      std::span<const std::uint8_t> values,
                                                      std::span<const std::string> names);

/// An area of a map in degrees between two levels of what a raster holds.
struct ContourArea {
  double from = 0.0;
  double to = 0.0;
  std::string geometry;  ///< longitude first
};
enum class ContourForm : std::uint8_t {
  kGeoJson,  ///< RFC 7946
  kKml,      ///< OGC KML 2.2
};

/// The areas of cells that are not 0, along their edges, as one geometry; empty where there is
/// none.
[[nodiscard]] Result<std::string> AreaOf(const RasterGrid& grid,
                                         std::span<const std::uint8_t> cells, ContourForm form);

/// The areas between levels, lines drawn between the centres of cells; nothing where a raster is
/// NaN. @param levels  ascending; below the first and from the last on are areas as well
[[nodiscard]] Result<std::vector<ContourArea>> Contours(const RasterGrid& grid,
                                                        std::span<const float> values,
                                                        std::span<const double> levels,
                                                        ContourForm form);

/// One byte for each pixel, row by row, as a grey PNG that is quick to make.
[[nodiscard]] Result<std::string> EncodeGreyPng(int width, int height,
                                                std::span<const std::uint8_t> grey);

/// Bytes packed in zlib's format (RFC 1950), quickly rather than tightly: HTTP's "deflate".
[[nodiscard]] Result<std::string> Deflate(std::string_view bytes);

/// A picture as PNG. @param rgb  width * height triples, row by row
[[nodiscard]] Result<std::string> EncodePng(int width, int height,
                                            std::span<const std::uint8_t> rgb);

/// A PNG as a URL that holds it ("data:", RFC 2397).
[[nodiscard]] std::string PngUrl(std::string_view bytes);

}  // namespace picket
