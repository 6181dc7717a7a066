// SPDX-License-Identifier: Apache-2.0
#include "plan_ground.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "picket/io/file.h"
#include "picket/io/site.h"
#include "picket/io/terrain.h"
#include "picket/terrain/visibility.h"

namespace picket::app {
namespace {

std::vector<std::string> Beside(const std::string& site_path,
                                const std::vector<std::string>& names) {
  std::vector<std::string> files;
  files.reserve(names.size());
  for (const std::string& name : names) files.push_back(ResolveBeside(site_path, name));
  return files;
}

/// Opens the rasters of a site on a grid that is read piece by piece: their own where they are on
/// one, or where all of the site's map at their resolution would be too much for memory, that map.
tl::expected<void, Error> OpenGround(Ground& ground, const std::string& site_path) {
  const Site& site = ground.site->site;
  const std::vector<std::string> files = Beside(site_path, site.terrain_files);
  const std::vector<std::string> surface = Beside(site_path, site.surface_files);
  if (files.empty()) return {};
  if (surface.empty()) {
    auto own = OwnGrid::Open(files);
    if (!own) return tl::unexpected(own.error());
    ground.own = std::move(*own);
    ground.on_map = !ground.own;
    if (ground.own) return {};
  }
  auto all = files;
  all.insert(all.end(), surface.begin(), surface.end());
  const auto finest_m = FinestCellM(all, site.origin);
  if (!finest_m) return tl::unexpected(finest_m.error());
  if (*finest_m > 0.99 * ground.terrain().grid().cell_m) return {};  // it is all in memory
  auto map = OwnGrid::OnMap(files, site.origin, site.region_radius_m, *finest_m);
  if (!map) return tl::unexpected(map.error());
  ground.own = std::move(*map);
  if (surface.empty()) return {};
  auto tops = OwnGrid::OnMap(surface, site.origin, site.region_radius_m, *finest_m);
  if (!tops) return tl::unexpected(tops.error());
  ground.own_surface = std::move(*tops);
  return {};
}

/// Reads all of the rasters' own grid where that is no more than a terrain may have.
tl::expected<void, Error> ReadAll(Ground& ground) {
  const auto cells = static_cast<std::size_t>(ground.grid.columns) * ground.grid.rows;
  if (!ground.own || ground.own_surface || cells > kMostNodesInMemory) return {};
  auto all = ReadOwn(ground, 0, 0, ground.grid.columns, ground.grid.rows);
  if (!all) return tl::unexpected(all.error());
  ground.all = std::move(*all);
  ground.unknown = std::make_unique<const UnknownGround>(
      HeightGridView{ground.all, ground.grid.columns, ground.grid.rows, ground.grid.cell_m});
  return {};
}

/// The same on the rasters' own grid, all of it in memory.
double KnownOnOwn(const Ground& ground) {
  const Site& site = ground.site->site;
  const auto middle = ground.own->CellOf(site.origin.lat_deg, site.origin.lon_deg);
  if (!middle) return 0.0;
  const double reach = site.region_radius_m / ground.grid.cell_m;
  std::size_t known = 0;
  std::size_t all = 0;
  for (int y = -static_cast<int>(reach); y <= static_cast<int>(reach); ++y) {
    const int wide = static_cast<int>(std::sqrt(reach * reach - static_cast<double>(y) * y));
    all += 2 * static_cast<std::size_t>(wide) + 1;
    const int row = middle->row + y;
    if (row < 0 || row >= ground.grid.rows) continue;
    const int west = std::max(0, middle->column - wide);
    const int east = std::min(ground.grid.columns - 1, middle->column + wide);
    const float* line = &ground.all[static_cast<std::size_t>(row) * ground.grid.columns];
    for (int column = west; column <= east; ++column) known += std::isnan(line[column]) ? 0 : 1;
  }
  return 100.0 * static_cast<double>(known) / static_cast<double>(all);
}

/// The ground for visibility alone, where that needs nothing but the rasters' own grid; nothing
/// where it does not do. What is wrong with a site is told by the way that does it all.
std::optional<Ground> OwnGround(const Site& site, const std::string& site_path) {
  const bool on_ground =
      std::all_of(site.sensors.begin(), site.sensors.end(), [](const SensorEntry& entry) {
        return !entry.placement.local && entry.placement.above == SensorPlacement::Above::kGround;
      });
  if (!on_ground || site.terrain_files.empty() || !site.surface_files.empty()) return std::nullopt;
  auto own = OwnGrid::Open(Beside(site_path, site.terrain_files));
  if (!own || !*own) return std::nullopt;
  Site without = site;
  without.terrain_files.clear();
  auto placed = LoadSite(std::move(without), site_path);
  if (!placed) return std::nullopt;
  Ground ground;
  ground.site = std::move(*placed);
  ground.own = std::move(**own);
  ground.on_map = false;
  ground.grid = ground.own->grid();
  if (!ReadAll(ground) || ground.all.empty() || KnownOnOwn(ground) == 0.0) return std::nullopt;
  for (const SensorEntry& entry : site.sensors) {
    const auto cell = ground.own->CellOf(entry.placement.lat_deg, entry.placement.lon_deg);
    const bool known =
        cell && cell->column >= 0 && cell->row >= 0 && cell->column < ground.grid.columns &&
        cell->row < ground.grid.rows &&
        !std::isnan(ground.all[static_cast<std::size_t>(cell->row) * ground.grid.columns +
                               static_cast<std::size_t>(cell->column)]);
    if (!known) return std::nullopt;
  }
  return ground;
}

}  // namespace

Result<std::vector<float>> ReadOwn(const Ground& ground, int column, int row, int columns,
                                   int rows) {
  auto heights = ground.own->Read(column, row, columns, rows);
  if (heights && !ground.on_map && ground.site->site.terrain_nodata_is_sea) {
    for (float& h : *heights) h = std::isnan(h) ? 0.0F : h;
  }
  return heights;
}

tl::expected<Ground, Errors> LoadGround(Site site, const std::string& site_path,
                                        bool visibility_only) {
  if (visibility_only) {
    auto own = OwnGround(site, site_path);
    if (own) return std::move(*own);
  }
  auto placed = LoadSite(std::move(site), site_path);
  if (!placed) return tl::unexpected(std::move(placed.error()));
  Ground ground;
  ground.site = std::move(*placed);
  const auto opened = OpenGround(ground, site_path);
  if (!opened) return tl::unexpected(Errors{opened.error()});
  const Site& of = ground.site->site;
  if (ground.own) {
    ground.grid = ground.own->grid();
  } else if (!ground.terrain().Empty()) {
    ground.grid = GridOf(ground.terrain().grid(), of.origin);
  } else {
    constexpr int kHalf = 512;  // no ground, so no grid of its own: one that a picture needs
    const double cell_m = of.region_radius_m / kHalf;
    ground.grid = {MapWkt(of.origin),      -(kHalf + 0.5) * cell_m,
                   (kHalf + 0.5) * cell_m, cell_m,
                   2 * kHalf + 1,          2 * kHalf + 1};
    ground.known = false;
  }
  const auto read = ReadAll(ground);
  if (!read) return tl::unexpected(Errors{read.error()});
  return ground;
}

double KnownPercent(const PlacedSite& site) {
  const Terrain& terrain = site.field->terrain();
  const double radius_m = site.site.region_radius_m;
  const Terrain::GridView& grid = terrain.grid();
  std::size_t known = 0;
  std::size_t all = 0;
  for (int row = 0; row < grid.rows; ++row) {
    if (row % 256 == 0) terrain.Release();
    for (int column = 0; column < grid.columns; ++column) {
      const double east = grid.west_m + column * grid.cell_m;
      const double north = grid.north_m - row * grid.cell_m;
      if (east * east + north * north > radius_m * radius_m) continue;
      ++all;
      const auto i = static_cast<std::size_t>(row) * grid.columns + column;
      known += std::isnan(grid.hae_m[i]) ? 0 : 1;
    }
  }
  terrain.Release();
  return 100.0 * static_cast<double>(known) / static_cast<double>(std::max<std::size_t>(1, all));
}

double KnownPercent(const Ground& ground) {
  return ground.terrain().Empty() ? KnownOnOwn(ground) : KnownPercent(*ground.site);
}

std::string KnownText(double percent) {
  if (percent >= 99.95) return {};
  return fmt::format(
      "the terrain is known in {:.1f} % of the region; the rest is shown as unknown: "
      "add the tiles that cover it, or fill their holes",
      percent);
}

}  // namespace picket::app
