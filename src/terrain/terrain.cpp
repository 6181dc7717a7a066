// SPDX-License-Identifier: Apache-2.0
#include "picket/terrain/terrain.h"

#include <GeographicLib/AzimuthalEquidistant.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "picket/base/assert.h"

namespace picket {
namespace {

constexpr int kBlock = 16;                 // cells along the side of a block
constexpr int kRowsBetweenReleases = 256;  // of a pass over all heights
constexpr double kTouchM = 1e-3;           // a ray this far under the ground still counts as clear
constexpr double kEndM = 1e-3;             // crossings this near to an end do not mask it
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Gaussian mean radius of curvature of WGS-84: sqrt(M N).
double MeanRadius(double lat_deg) {
  constexpr double kA = 6378137.0;
  constexpr double kE2 = 6.69437999014e-3;
  const double s = std::sin(lat_deg * std::numbers::pi / 180.0);
  return kA * std::sqrt(1.0 - kE2) / (1.0 - kE2 * s * s);
}

}  // namespace

double DropPerM2(double lat_deg) { return 1.0 / (2.0 * kRefraction * MeanRadius(lat_deg)); }

/// Straight ray from A (t = 0) to B (t = 1): x = x0 + dx t east and y = y0 + dy t south, in cells.
struct Terrain::Ray {
  double x0 = 0.0;
  double y0 = 0.0;
  double dx = 0.0;
  double dy = 0.0;
  double h0 = 0.0;  // m above the ellipsoid
  double dh = 0.0;
  double sag = 0.0;   // D^2 / 2 kR: over a curved earth the ray dips by sag t (1 - t)
  double from = 0.0;  // the part that may be masked, in t
  double to = 1.0;

  [[nodiscard]] double HeightAt(double t) const { return h0 + dh * t - sag * t * (1.0 - t); }
  /// Keeps the part where lo <= p0 + dp t <= hi.
  void Clip(double p0, double dp, double lo, double hi) {
    if (dp == 0.0) {
      if (p0 < lo || p0 > hi) to = -kInfinity;
      return;
    }
    const double a = (lo - p0) / dp;
    const double b = (hi - p0) / dp;
    from = std::max(from, std::min(a, b));
    to = std::min(to, std::max(a, b));
  }
  /// Keeps the part where the ray is lower than `h`.
  void ClipBelow(double h) {
    const double half_b = 0.5 * (dh - sag);
    const double c = h0 - h;
    if (sag <= 0.0) {
      if (std::min(h0, h0 + dh) >= h) to = -kInfinity;
      return;
    }
    const double discriminant = half_b * half_b - sag * c;
    if (discriminant <= 0.0) {
      to = -kInfinity;
      return;
    }
    const double root = std::sqrt(discriminant);
    from = std::max(from, (-half_b - root) / sag);
    to = std::min(to, (-half_b + root) / sag);
  }
};

Terrain::Terrain(Grid grid, HeightHae origin_height, double origin_lat_deg,
                 std::vector<float> surface_hae_m) {
  struct Heights final : HeightKeeper {
    std::vector<float> ground;
    std::vector<float> mask;
  };
  if (!surface_hae_m.empty()) {
    PICKET_ASSERT(surface_hae_m.size() == grid.hae_m.size(), "a surface has the ground's nodes");
    for (std::size_t i = 0; i < surface_hae_m.size(); ++i) {
      const float ground = grid.hae_m[i];
      if (!(surface_hae_m[i] >= ground)) surface_hae_m[i] = ground;
    }
  }
  const auto heights = std::make_shared<Heights>();
  heights->ground = std::move(grid.hae_m);
  heights->mask = std::move(surface_hae_m);
  *this = Terrain(
      GridView{grid.columns, grid.rows, grid.cell_m, grid.west_m, grid.north_m, heights->ground},
      heights->mask, heights, origin_height, origin_lat_deg);
}

Terrain::Terrain(GridView grid, std::span<const float> mask_hae_m,
                 std::shared_ptr<const HeightKeeper> keeper, HeightHae origin_height,
                 double origin_lat_deg)
    : keeper_(std::move(keeper)),
      grid_(grid),
      surface_hae_m_(mask_hae_m),
      max_m_(-kInfinity),
      origin_hae_m_(origin_height.m),
      earth_radius_m_(MeanRadius(origin_lat_deg)),
      drop_per_m2_(DropPerM2(origin_lat_deg)) {
  PICKET_ASSERT(grid_.columns >= 2 && grid_.rows >= 2, "a terrain grid has at least 2 x 2 nodes");
  PICKET_ASSERT(grid_.cell_m > 0.0, "a terrain grid's cells have a size");
  PICKET_ASSERT(grid_.hae_m.size() == static_cast<std::size_t>(grid_.columns) * grid_.rows,
                "a terrain grid has rows * columns heights");
  PICKET_ASSERT(!HasSurface() || surface_hae_m_.size() == grid_.hae_m.size(),
                "a surface has the ground's nodes");
  const std::span<const float> mask_m = this->mask_hae_m();
  block_columns_ = (grid_.columns - 2) / kBlock + 1;
  const int block_rows = (grid_.rows - 2) / kBlock + 1;
  block_max_.assign(static_cast<std::size_t>(block_columns_) * block_rows,
                    -std::numeric_limits<float>::infinity());
  for (int row = 0; row < grid_.rows; ++row) {
    if (row % kRowsBetweenReleases == 0) Release();
    for (int column = 0; column < grid_.columns; ++column) {
      const float h = mask_m[static_cast<std::size_t>(row) * grid_.columns + column];
      if (!(h > -kInfinity)) continue;
      max_m_ = std::max(max_m_, static_cast<double>(h));
      // A node on the seam belongs to the blocks on both sides.
      const int last_y = std::min(row / kBlock, block_rows - 1);
      const int last_x = std::min(column / kBlock, block_columns_ - 1);
      for (int y = std::max(0, (row - 1) / kBlock); y <= last_y; ++y) {
        for (int x = std::max(0, (column - 1) / kBlock); x <= last_x; ++x) {
          float& highest = block_max_[static_cast<std::size_t>(y) * block_columns_ + x];
          highest = std::max(highest, h);
        }
      }
    }
  }
}

std::optional<HeightHae> Terrain::At(std::span<const float> heights_m, double east_m,
                                     double north_m) const {
  if (Empty()) return std::nullopt;
  const double x = (east_m - grid_.west_m) / grid_.cell_m;
  const double y = (grid_.north_m - north_m) / grid_.cell_m;
  if (!(x >= 0.0 && y >= 0.0 && x <= grid_.columns - 1 && y <= grid_.rows - 1)) return std::nullopt;
  const int column = std::min(static_cast<int>(x), grid_.columns - 2);
  const int row = std::min(static_cast<int>(y), grid_.rows - 2);
  const double fx = x - column;
  const double fy = y - row;
  const float* h = &heights_m[static_cast<std::size_t>(row) * grid_.columns + column];
  const double north = h[0] + fx * (static_cast<double>(h[1]) - h[0]);
  const float* g = h + grid_.columns;
  const double south = g[0] + fx * (static_cast<double>(g[1]) - g[0]);
  const double height = north + fy * (south - north);
  if (std::isnan(height)) return std::nullopt;
  return HeightHae{height};
}

Terrain::MapPoint Terrain::MapOf(const Eigen::Vector3d& p_L) const {
  const double across = std::sqrt(p_L.x() * p_L.x() + p_L.y() * p_L.y());
  const double up = earth_radius_m_ + origin_hae_m_ + p_L.z();
  if (across == 0.0) return {};
  const double scale = earth_radius_m_ * std::atan2(across, up) / across;
  return {p_L.x() * scale, p_L.y() * scale};
}

HeightHae Terrain::HeightOf(const Eigen::Vector3d& p_L) const {
  const double up = earth_radius_m_ + origin_hae_m_ + p_L.z();
  return {std::sqrt(p_L.x() * p_L.x() + p_L.y() * p_L.y() + up * up) - earth_radius_m_};
}

Eigen::Vector3d Terrain::PointAt(const MapPoint& at, HeightHae height) const {
  const double distance = std::sqrt(at.east_m * at.east_m + at.north_m * at.north_m);
  const double angle = distance / earth_radius_m_;
  const double radius = earth_radius_m_ + height.m;
  const double across = distance > 0.0 ? radius * std::sin(angle) / distance : 0.0;
  return {at.east_m * across, at.north_m * across,
          radius * std::cos(angle) - earth_radius_m_ - origin_hae_m_};
}

bool Terrain::Visible(const Eigen::Vector3d& p_LA_L, const Eigen::Vector3d& p_LB_L) const {
  if (Empty()) return true;
  // The same ray whichever way it is asked for, so that the answer is the same to the bit.
  const bool swapped = std::lexicographical_compare(p_LB_L.data(), p_LB_L.data() + 3, p_LA_L.data(),
                                                    p_LA_L.data() + 3);
  const Eigen::Vector3d& a = swapped ? p_LB_L : p_LA_L;
  const Eigen::Vector3d& b = swapped ? p_LA_L : p_LB_L;
  const double ha = HeightOf(a).m;
  const double hb = HeightOf(b).m;
  // Most rays are told by the highest ground alone: the dip is at most a quarter of the sag.
  const double chord2 = (a - b).squaredNorm();
  if (std::min(ha, hb) - 0.25 * chord2 * drop_per_m2_ > max_m_) return true;

  const MapPoint ga = MapOf(a);
  const MapPoint gb = MapOf(b);
  const double east = gb.east_m - ga.east_m;
  const double north = gb.north_m - ga.north_m;
  const double distance = std::sqrt(east * east + north * north);
  if (!(distance > 2.0 * kEndM)) return true;

  Ray ray;
  ray.x0 = (ga.east_m - grid_.west_m) / grid_.cell_m;
  ray.y0 = (grid_.north_m - ga.north_m) / grid_.cell_m;
  ray.dx = east / grid_.cell_m;
  ray.dy = -north / grid_.cell_m;
  ray.h0 = ha;
  ray.dh = hb - ha;
  ray.sag = distance * distance * drop_per_m2_;
  ray.from = kEndM / distance;
  ray.to = 1.0 - ray.from;
  ray.Clip(ray.x0, ray.dx, 0.0, grid_.columns - 1);
  ray.Clip(ray.y0, ray.dy, 0.0, grid_.rows - 1);
  ray.ClipBelow(max_m_);
  if (!(ray.from <= ray.to)) return true;

  // Block by block; where a block's highest node is under the ray there is nothing to look at.
  const auto start = [&](double p0, double dp, int last) {
    return std::clamp(static_cast<int>((p0 + dp * ray.from) / kBlock), 0, last);
  };
  const int last_x = block_columns_ - 1;
  const int last_y = static_cast<int>(block_max_.size()) / block_columns_ - 1;
  int x = start(ray.x0, ray.dx, last_x);
  int y = start(ray.y0, ray.dy, last_y);
  const int step_x = ray.dx > 0.0 ? 1 : -1;
  const int step_y = ray.dy > 0.0 ? 1 : -1;
  const auto crossing = [](double p0, double dp, int block, int step) {
    return dp == 0.0 ? kInfinity : ((block + (step > 0 ? 1 : 0)) * kBlock - p0) / dp;
  };
  double next_x = crossing(ray.x0, ray.dx, x, step_x);
  double next_y = crossing(ray.y0, ray.dy, y, step_y);
  double t = ray.from;
  while (true) {
    const double end = std::min({next_x, next_y, ray.to});
    const double span = end - t;
    const double lowest =
        std::min(ray.HeightAt(t), ray.HeightAt(end)) - 0.25 * ray.sag * span * span;
    const int block = y * block_columns_ + x;
    if (block_max_[static_cast<std::size_t>(block)] > lowest && !ClearInBlock(ray, block, t, end)) {
      return false;
    }
    if (end >= ray.to) return true;
    if (next_x <= next_y) {
      x += step_x;
      next_x = crossing(ray.x0, ray.dx, x, step_x);
    } else {
      y += step_y;
      next_y = crossing(ray.y0, ray.dy, y, step_y);
    }
    if (x < 0 || y < 0 || x > last_x || y > last_y) return true;
    t = std::max(t, end);
  }
}

bool Terrain::ClearInBlock(const Ray& ray, int block, double from, double to) const {
  const std::span<const float> mask_m = mask_hae_m();
  // Crossings with lines p = k of one axis: the ground there is linear between two nodes along q.
  // Lines on the seam of blocks are looked at from both, so that rounding cannot lose one.
  const auto clear = [&](double p0, double dp, double q0, double dq, int first_line, int last_line,
                         int last_q, std::size_t p_stride, std::size_t q_stride) {
    if (dp == 0.0) return true;
    const double a = p0 + dp * from;
    const double b = p0 + dp * to;
    constexpr double kSlack = 1e-6;
    const int first = std::max(first_line, static_cast<int>(std::ceil(std::min(a, b) - kSlack)));
    const int last = std::min(last_line, static_cast<int>(std::floor(std::max(a, b) + kSlack)));
    const double per_line = 1.0 / dp;
    for (int line = first; line <= last; ++line) {
      const double t = (line - p0) * per_line;
      if (t < ray.from || t > ray.to) continue;
      const double q = q0 + dq * t;
      const int node = std::clamp(static_cast<int>(q), 0, last_q - 1);
      const float* h = &mask_m[static_cast<std::size_t>(line) * p_stride +
                               static_cast<std::size_t>(node) * q_stride];
      const double ground = h[0] + (q - node) * (static_cast<double>(h[q_stride]) - h[0]);
      if (ground > ray.HeightAt(t) + kTouchM) return false;  // not so where a node is NaN
    }
    return true;
  };
  const int first_column = block % block_columns_ * kBlock;
  const int first_row = block / block_columns_ * kBlock;
  const int last_column = std::min(first_column + kBlock, grid_.columns - 1);
  const int last_row = std::min(first_row + kBlock, grid_.rows - 1);
  const auto stride = static_cast<std::size_t>(grid_.columns);
  return clear(ray.x0, ray.dx, ray.y0, ray.dy, first_column, last_column, grid_.rows - 1, 1,
               stride) &&
         clear(ray.y0, ray.dy, ray.x0, ray.dx, first_row, last_row, grid_.columns - 1, stride, 1);
}

GeoidOverGrid::GeoidOverGrid(const Terrain::GridView& grid, const Geodetic& origin,
                             const Geoid& geoid)
    : columns_(grid.columns) {
  constexpr double kEveryM = 2000.0;
  const GeographicLib::AzimuthalEquidistant map(GeographicLib::Geodesic::WGS84());
  stride_ = std::max(1, static_cast<int>(kEveryM / grid.cell_m));
  nodes_x_ = (grid.columns - 1) / stride_ + 2;
  const int nodes_y = (grid.rows - 1) / stride_ + 2;
  undulation_m_.reserve(static_cast<std::size_t>(nodes_x_) * nodes_y);
  for (int y = 0; y < nodes_y; ++y) {
    for (int x = 0; x < nodes_x_; ++x) {
      double lat_deg = 0.0;
      double lon_deg = 0.0;
      map.Reverse(origin.lat_deg, origin.lon_deg, grid.west_m + x * stride_ * grid.cell_m,
                  grid.north_m - y * stride_ * grid.cell_m, lat_deg, lon_deg);
      undulation_m_.push_back(geoid.UndulationM(lat_deg, lon_deg));
    }
  }
}

void GeoidOverGrid::Add(std::span<float> hae_m, int first_row, double sign) const {
  const int rows = static_cast<int>(hae_m.size() / static_cast<std::size_t>(columns_));
  for (int line = 0; line < rows; ++line) {
    const int row = first_row + line;
    const double fy = static_cast<double>(row % stride_) / stride_;
    for (int column = 0; column < columns_; ++column) {
      const double fx = static_cast<double>(column % stride_) / stride_;
      const double* north = &undulation_m_[static_cast<std::size_t>(row / stride_) * nodes_x_ +
                                           static_cast<std::size_t>(column / stride_)];
      const double* south = north + nodes_x_;
      const double undulation = (1 - fy) * ((1 - fx) * north[0] + fx * north[1]) +
                                fy * ((1 - fx) * south[0] + fx * south[1]);
      float& height = hae_m[static_cast<std::size_t>(line) * columns_ + column];
      height = static_cast<float>(height + sign * undulation);
    }
  }
}

void AddGeoid(Terrain::Grid& grid, const Geodetic& origin, const Geoid& geoid, double sign) {
  const Terrain::GridView view{grid.columns, grid.rows,    grid.cell_m,
                               grid.west_m,  grid.north_m, grid.hae_m};
  GeoidOverGrid(view, origin, geoid).Add(grid.hae_m, 0, sign);
}

}  // namespace picket
