// SPDX-License-Identifier: Apache-2.0
#include "plan_visibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "picket/terrain/visibility.h"

namespace picket::app {
namespace {

std::optional<double> HeightAgl(const Ground& ground, std::size_t sensor) {
  const SensorPlacement& at = ground.site->site.sensors[sensor].placement;
  if (!at.local && at.above == SensorPlacement::Above::kGround) return at.height_m;
  const Terrain& terrain = ground.terrain();
  const Eigen::Vector3d& p_LS_L = ground.site->field->sensors()[sensor].p_LS_L;
  const Terrain::MapPoint map = terrain.MapOf(p_LS_L);
  const auto under = terrain.GroundAt(map.east_m, map.north_m);
  if (!under && !terrain.Empty()) return std::nullopt;
  return std::max(0.0, terrain.HeightOf(p_LS_L).m - (under ? under->m : 0.0));
}

/// A sensor's height above what the heights of the ground's grid are above.
double HeightOnGrid(const Ground& ground, const Sensor& sensor) {
  const PlacedSite& site = *ground.site;
  if (!ground.own) return site.field->terrain().HeightOf(sensor.p_LS_L).m;
  const Geodetic at = site.frame.ToGeodetic(sensor.p_LS_L);
  return site.site.terrain_above_ellipsoid ? at.height.m : site.geoid.ToAmsl(at).m;
}

void Lower(const View& view, const RasterGrid& grid, std::span<float> lowest_m) {
  for (int row = 0; row < view.grid.rows; ++row) {
    const auto columns = static_cast<std::size_t>(view.grid.columns);
    const std::size_t to = static_cast<std::size_t>(view.first_row + row) * grid.columns +
                           static_cast<std::size_t>(view.first_column);
    TakeLower(lowest_m.subspan(to, columns),
              view.cells().subspan(static_cast<std::size_t>(row) * columns, columns));
  }
}

}  // namespace

View SeenBy(const Ground& ground, std::size_t index, bool pessimistic, std::mutex& reading,
            std::span<float> lowest_m) {
  const Sensor& sensor = ground.site->field->sensors()[index];
  const RasterGrid& grid = ground.grid;
  const Terrain& terrain = ground.terrain();
  View view;
  view.error.field = fmt::format("sensor \"{}\"", sensor.id);
  view.height_agl_m = HeightAgl(ground, index);
  view.range_m = sensor.field.max_range_m;
  const double far = ground.site->site.region_radius_m + sensor.p_LS_L.head<2>().norm();
  if (view.range_m <= 0.0) view.range_m = far;  // a receiver that states none: the whole region
  double radius_m = view.range_m;
  OwnGrid::Cell cell;
  if (ground.own) {
    const Geodetic at = ground.site->frame.ToGeodetic(sensor.p_LS_L);
    cell = ground.own->CellOf(at.lat_deg, at.lon_deg).value_or(OwnGrid::Cell{-1, -1});
  } else {
    const Terrain::MapPoint map = terrain.MapOf(sensor.p_LS_L);
    cell.column = static_cast<int>(std::floor((map.east_m - grid.west_m) / grid.cell_m));
    cell.row = static_cast<int>(std::floor((grid.north_m - map.north_m) / grid.cell_m));
  }
  if (cell.column < 0 || cell.row < 0 || cell.column >= grid.columns || cell.row >= grid.rows) {
    view.error.what =
        "stands outside of the terrain, so nobody can say what it sees; add the raster that covers "
        "it, or widen the region";
    return view;
  }
  // No cell of the grid lies farther away than this.
  const double farthest_m =
      grid.cell_m * std::hypot(std::max(cell.column, grid.columns - 1 - cell.column),
                               std::max(cell.row, grid.rows - 1 - cell.row));
  radius_m = std::min(radius_m, farthest_m + grid.cell_m);
  if (radius_m > (kMaxVisibleCells - 1) * grid.cell_m) {
    radius_m = (kMaxVisibleCells - 1) * grid.cell_m;
    view.warnings.push_back(fmt::format(
        "sensor \"{}\": reaches {:.0f} km, {} cells of {:.0f} m are looked at: what lies beyond "
        "{:.0f} km is shown as unknown; give coarser terrain to see farther",
        sensor.id, view.range_m / 1000, kMaxVisibleCells - 1, grid.cell_m, radius_m / 1000));
  }

  const int reach = static_cast<int>(std::ceil(radius_m / grid.cell_m)) + 2;
  const int west = std::max(0, cell.column - reach);
  const int north = std::max(0, cell.row - reach);
  const int columns = std::min(grid.columns, cell.column + reach + 1) - west;
  const int rows = std::min(grid.rows, cell.row + reach + 1) - north;
  view.grid = grid;
  const auto part = [&](int first_column, int first_row, int of_columns, int of_rows) {
    view.grid.west_m = grid.west_m + first_column * grid.cell_m;
    view.grid.north_m = grid.north_m - first_row * grid.cell_m;
    view.grid.columns = of_columns;
    view.grid.rows = of_rows;
    view.first_column = first_column;
    view.first_row = first_row;
  };

  if (!ground.known) {  // nothing masks
    part(west, north, columns, rows);
    view.above_ground_m =
        std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(columns) * rows);
    float* above = view.above_ground_m.get();
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        const double away =
            grid.cell_m * std::hypot(west + column - cell.column, north + row - cell.row);
        *above++ = away <= radius_m ? 0.0F : std::nanf("");
      }
    }
    if (!lowest_m.empty()) Lower(view, ground.grid, lowest_m);
    view.error.what.clear();
    return view;
  }

  // What lies about the sensor: a part of what is in memory, or read now.
  std::vector<float> read;
  std::vector<float> surface_read;
  HeightGridView heights{terrain.grid().hae_m, grid.columns, grid.rows, grid.cell_m};
  std::span<const float> surface;  // empty: nothing stands on the ground
  int first_column = 0;
  int first_row = 0;
  if (!ground.all.empty()) {
    heights.heights_m = ground.all;
    heights.unknown = ground.unknown.get();
  } else if (ground.own) {
    const std::lock_guard lock(reading);
    auto own = ReadOwn(ground, west, north, columns, rows);
    if (!own) {
      view.error = own.error();
      return view;
    }
    read = std::move(*own);
    heights = {read, columns, rows, grid.cell_m};
    first_column = west;
    first_row = north;
    if (ground.own_surface) {
      auto tops = ground.own_surface->Read(west, north, columns, rows);
      if (!tops) {
        view.error = tops.error();
        return view;
      }
      surface_read = std::move(*tops);
      for (std::size_t i = 0; i < surface_read.size(); ++i) {
        if (!(surface_read[i] >= read[i])) surface_read[i] = read[i];
      }
      surface = surface_read;
    }
  } else if (terrain.HasSurface()) {
    surface = terrain.mask_hae_m();
  }
  Viewpoint from;
  from.column = cell.column - first_column;
  from.row = cell.row - first_row;
  const float under =
      heights.heights_m[static_cast<std::size_t>(cell.row - first_row) * heights.columns +
                        static_cast<std::size_t>(cell.column - first_column)];
  // Over a hole it sees from the height that it states; above ground it states none there.
  from.height_m = view.height_agl_m && !std::isnan(under) ? under + *view.height_agl_m
                                                          : HeightOnGrid(ground, sensor);
  from.radius_m = radius_m;
  from.drop_per_m2 = DropPerM2(ground.site->site.origin.lat_deg);
  from.pessimistic = pessimistic;
  HeightGridView mask = heights;
  if (!surface.empty()) mask.heights_m = surface;
  if (surface.empty() && mask.heights_m.size() == lowest_m.size()) {
    LowerToVisible(mask, from, lowest_m);
    view.error.what.clear();
    return view;
  }
  VisibleHeights seen = MinimumVisibleHeights(mask, from);
  if (!surface.empty()) AddSurface(surface, heights.heights_m, heights.columns, seen);
  part(first_column + seen.first_column, first_row + seen.first_row, seen.columns, seen.rows);
  view.above_ground_m = std::move(seen.above_ground_m);
  if (!lowest_m.empty()) Lower(view, ground.grid, lowest_m);
  view.error.what.clear();
  return view;
}

std::vector<float> Combined::Take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::vector<float> lowest_m = std::move(idle_.back());
      idle_.pop_back();
      return lowest_m;
    }
  }
  return std::vector<float>(cells_, kNever);
}

void Combined::Give(std::vector<float> lowest_m) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(lowest_m));
}

std::span<const float> Combined::Finish() {
  if (idle_.empty()) idle_.emplace_back(cells_, kNever);
  while (idle_.size() > 1) {
    TakeLower(idle_.front(), idle_.back());
    idle_.pop_back();
  }
  std::replace(idle_.front().begin(), idle_.front().end(), kNever, std::nanf(""));
  return idle_.front();
}

nlohmann::ordered_json Shares(const View& view, double cell_m) {
  std::size_t known = 0;
  std::array<std::size_t, kBandsAglM.size()> visible{};
  for (const float h : view.cells()) {
    if (std::isnan(h)) continue;
    ++known;
    for (std::size_t band = 0; band < kBandsAglM.size(); ++band) {
      visible[band] += h <= kBandsAglM[band] ? 1 : 0;
    }
  }
  const double cells = std::numbers::pi * std::pow(view.range_m / cell_m, 2.0);
  nlohmann::ordered_json json;
  json["known_percent"] = std::min(100.0, 100.0 * static_cast<double>(known) / cells);
  for (std::size_t band = 0; band < kBandsAglM.size(); ++band) {
    json["visible_percent"][fmt::format("{:.0f}m", kBandsAglM[band])] =
        100.0 * static_cast<double>(visible[band]) / std::max(1.0, static_cast<double>(known));
  }
  return json;
}

}  // namespace picket::app
