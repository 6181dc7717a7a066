// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "picket/geo/geodetic.h"
#include "picket/geo/geoid.h"

namespace picket {

/// How far standard refraction seems to stretch the earth's radius (ITU-R P.453, P.834).
inline constexpr double kRefraction = 4.0 / 3.0;
/// How far the surface of an earth of `kRefraction` times its radius drops under the horizontal,
/// for each square metre of distance: 1 / (2 k R), R the Gaussian mean radius of WGS-84 there, 1/m.
[[nodiscard]] double DropPerM2(double lat_deg);

/// Keeps heights that a terrain looks at.
class HeightKeeper {
 public:
  HeightKeeper() = default;
  virtual ~HeightKeeper() = default;
  HeightKeeper(const HeightKeeper&) = delete;
  HeightKeeper& operator=(const HeightKeeper&) = delete;
  /// They are not needed just now: memory that can be had again without loss may be given back.
  virtual void Release() const {}
};

/// Ground heights on a metric grid about the site's origin, and lines of sight over it.
///
/// The grid is azimuthal equidistant about the origin: column = east, row = south, so that a
/// point's grid coordinates are its ground distance and bearing from the origin. Within 100 km
/// these differ from the local frame's east and north by less than 5 m (r^3 / 6R^2).
/// Without a grid the ground is the ellipsoid and nothing masks.
class Terrain {
 public:
  struct Grid {
    int columns = 0;
    int rows = 0;
    double cell_m = 0.0;       ///< cell size, both ways
    double west_m = 0.0;       ///< east coordinate of the first column's centre
    double north_m = 0.0;      ///< north coordinate of the first row's centre
    std::vector<float> hae_m;  ///< rows * columns, row by row from the north; NaN = not known
  };

  /// The same of heights that somebody else keeps.
  struct GridView {
    int columns = 0;
    int rows = 0;
    double cell_m = 0.0;
    double west_m = 0.0;
    double north_m = 0.0;
    std::span<const float> hae_m;
  };

  Terrain() = default;
  /// @param origin_height  of the local frame, above the ellipsoid
  /// @param origin_lat_deg for the earth's radius there
  /// @param surface_hae_m  tops of trees and buildings at the grid's nodes: what hides. NaN, or
  ///                       under the ground: the ground itself does. Empty: nothing stands on it.
  Terrain(Grid grid, HeightHae origin_height, double origin_lat_deg,
          std::vector<float> surface_hae_m = {});
  /// The same over heights that lie elsewhere, in a file's pages for one, and are not copied.
  /// @param mask_hae_m  what hides, the ground included; empty: nothing stands on it
  /// @param keeper      keeps the heights as long as it lives
  Terrain(GridView grid, std::span<const float> mask_hae_m,
          std::shared_ptr<const HeightKeeper> keeper, HeightHae origin_height,
          double origin_lat_deg);

  /// Tells who keeps the heights that they are not needed just now. Changes no answer; may be
  /// called while others ask.
  void Release() const {
    if (keeper_) keeper_->Release();
  }

  /// No grid: the ground is not known anywhere.
  [[nodiscard]] bool Empty() const { return grid_.hae_m.empty(); }
  [[nodiscard]] const GridView& grid() const { return grid_; }
  /// What hides, node by node of the grid: the surface where there is one, else the ground.
  [[nodiscard]] std::span<const float> mask_hae_m() const {
    return HasSurface() ? surface_hae_m_ : grid_.hae_m;
  }
  [[nodiscard]] bool HasSurface() const { return !surface_hae_m_.empty(); }

  /// A point on the grid's map: ground distance east and north of the origin.
  struct MapPoint {
    double east_m = 0.0;
    double north_m = 0.0;
  };
  /// Where a point of the local frame lies on the map (within 1 m at 40 km).
  [[nodiscard]] MapPoint MapOf(const Eigen::Vector3d& p_L) const;

  /// Height of the ground at a point of the map, bilinear; nothing outside the grid or where a
  /// corner is not known.
  [[nodiscard]] std::optional<HeightHae> GroundAt(double east_m, double north_m) const {
    return At(grid_.hae_m, east_m, north_m);
  }
  /// The same of what hides: ground, trees and buildings.
  [[nodiscard]] std::optional<HeightHae> MaskAt(double east_m, double north_m) const {
    return At(mask_hae_m(), east_m, north_m);
  }

  /// Height above the ellipsoid of a point of the local frame (sphere of the local radius: within
  /// 0.5 m at 40 km).
  [[nodiscard]] HeightHae HeightOf(const Eigen::Vector3d& p_L) const;

  /// The point of the local frame at a height over a point of the map: MapOf and HeightOf give both
  /// back.
  [[nodiscard]] Eigen::Vector3d PointAt(const MapPoint& at, HeightHae height) const;

  /// DropPerM2 at the site's origin: what Visible goes by.
  [[nodiscard]] double drop_per_m2() const { return drop_per_m2_; }

  /// Whether terrain, and what stands on it, leaves the straight ray between two points clear, over
  /// an earth of 4/3 its radius (see DropPerM2). The ground is taken at every crossing of the
  /// ray with the grid's lines, linear between the two nodes there; touching it by less than 1 mm
  /// is clear. Unknown ground does not mask. Symmetric to the bit.
  [[nodiscard]] bool Visible(const Eigen::Vector3d& p_LA_L, const Eigen::Vector3d& p_LB_L) const;

 private:
  /// Ray between two points of the map, in grid units; see terrain.cpp.
  struct Ray;
  [[nodiscard]] bool ClearInBlock(const Ray& ray, int block, double from, double to) const;
  [[nodiscard]] std::optional<HeightHae> At(std::span<const float> heights_m, double east_m,
                                            double north_m) const;

  std::shared_ptr<const HeightKeeper> keeper_;  ///< of the heights, which never change
  GridView grid_;
  std::span<const float> surface_hae_m_;  ///< empty: nothing stands on the ground
  int block_columns_ = 0;                 ///< the grid in blocks of 16 x 16 cells ...
  std::vector<float> block_max_;  ///< ... and the highest node of each, -infinity if none is known
  double max_m_ = 0.0;
  double origin_hae_m_ = 0.0;
  double earth_radius_m_ = 6371000.0;
  double drop_per_m2_ = 1.0 / (2.0 * kRefraction * 6371000.0);
};

/// How far the geoid lies above the ellipsoid at a grid's nodes. It is taken every few kilometres
/// and interpolated: within 1 cm.
class GeoidOverGrid {
 public:
  /// @param grid  about `origin`; its heights are not looked at
  GeoidOverGrid(const Terrain::GridView& grid, const Geodetic& origin, const Geoid& geoid);
  /// Turns heights above the geoid into heights above the ellipsoid (`sign` +1) or back (-1).
  /// @param hae_m  whole rows of the grid, the first of them `first_row`
  void Add(std::span<float> hae_m, int first_row, double sign = 1.0) const;

 private:
  int columns_;
  int stride_;
  int nodes_x_;
  std::vector<double> undulation_m_;  ///< at every stride-th node
};

/// The same of all of a grid.
void AddGeoid(Terrain::Grid& grid, const Geodetic& origin, const Geoid& geoid, double sign = 1.0);

}  // namespace picket
