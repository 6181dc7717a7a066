// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <functional>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <span>
#include <thread>

#include "commands.h"
#include "picket/io/file.h"
#include "picket/io/raster.h"
#include "picket/io/site.h"
#include "picket/io/terrain.h"
#include "picket/terrain/visibility.h"
#include "plan_products.h"
#include "progress.h"

namespace picket::app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string site;
  std::string out;
  std::string only;
  bool pessimistic = false;
  int place = 0;
  std::string like;
  std::string time;
  int threads = 1;
  bool json = false;
};

constexpr std::size_t kMostCellsCombined = 200'000'000;
constexpr std::array<double, 5> kBandsAglM = {30, 50, 100, 200, 500};

int Fail(const Error& error, int exit) {
  fmt::print(stderr, "{}\n", error.Text());
  return exit;
}

/// Counts what any thread has done, on a bar.
class Count {
 public:
  Count(const char* what, std::size_t all) : progress_(what), all_(all) {}
  void Done() {
    const std::lock_guard lock(mutex_);
    progress_.At(static_cast<std::int64_t>(++done_), static_cast<std::int64_t>(all_));
  }

 private:
  std::mutex mutex_;
  Progress progress_;
  std::size_t all_;
  std::size_t done_ = 0;
};

/// Calls `work` once for each of 0 ... count - 1, on some threads. What it does for one index must
/// not depend on the others, so that the number of threads changes nothing.
void ForEach(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  for (int k = 1; k < threads && k < static_cast<int>(count); ++k) others.emplace_back(run);
  run();
  for (std::thread& other : others) other.join();
}

/// A sensor's id as the name of a file: what may not stand in one becomes %XX.
std::string FileName(const std::string& id) {
  std::string name;
  for (const char c : id) {
    const bool plain = c > ' ' && c != '/' && c != '\\' && c != '%' && c != 0x7F;
    if (plain && !(c == '.' && name.empty())) {
      name += c;
    } else {
      name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return name;
}

/// The site's ground as the planner takes it: on the rasters' own grid, or on the site's map.
struct Ground {
  std::shared_ptr<const PlacedSite> site;
  std::optional<OwnGrid> own;
  std::optional<OwnGrid> own_surface;  ///< on the same grid
  bool on_map = true;                  ///< the grid is the site's map, not the rasters' own
  RasterGrid grid;
  std::vector<float> all;  ///< of `own`, where all of it is no more than a terrain may have

  [[nodiscard]] const Terrain& terrain() const { return site->field->terrain(); }
};

/// Opens the rasters of a site on a grid that is read piece by piece: their own where they are on
/// one, or where all of the site's map at their resolution would be too much for memory, that map.
tl::expected<void, Error> OpenGround(Ground& ground, const std::string& site_path) {
  const Site& site = ground.site->site;
  const auto beside = [&](const std::vector<std::string>& names) {
    std::vector<std::string> files;
    files.reserve(names.size());
    for (const std::string& name : names) files.push_back(ResolveBeside(site_path, name));
    return files;
  };
  const std::vector<std::string> files = beside(site.terrain_files);
  const std::vector<std::string> surface = beside(site.surface_files);
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

/// What one sensor sees: the raster's part of the ground's grid, or what is wrong.
struct View {
  Error error;  ///< `what` empty: none
  std::vector<std::string> warnings;
  double height_agl_m = 0.0;
  double range_m = 0.0;
  RasterGrid grid;
  int first_column = 0;  ///< in the ground's grid
  int first_row = 0;
  std::unique_ptr<float[]> above_ground_m;

  [[nodiscard]] std::span<const float> cells() const {
    return {above_ground_m.get(), static_cast<std::size_t>(grid.columns) * grid.rows};
  }
};

/// Heights as OwnGrid reads them, as the site has them.
Result<std::vector<float>> ReadOwn(const Ground& ground, int column, int row, int columns,
                                   int rows) {
  auto heights = ground.own->Read(column, row, columns, rows);
  if (heights && !ground.on_map && ground.site->site.terrain_nodata_is_sea) {
    for (float& h : *heights) h = std::isnan(h) ? 0.0F : h;
  }
  return heights;
}

double HeightAgl(const Ground& ground, std::size_t sensor) {
  const SensorPlacement& at = ground.site->site.sensors[sensor].placement;
  if (!at.local && at.above == SensorPlacement::Above::kGround) return at.height_m;
  const Terrain& terrain = ground.terrain();
  const Eigen::Vector3d& p_LS_L = ground.site->field->sensors()[sensor].p_LS_L;
  const Terrain::MapPoint map = terrain.MapOf(p_LS_L);
  const auto under = terrain.GroundAt(map.east_m, map.north_m);
  const double height = terrain.HeightOf(p_LS_L).m - (under ? under->m : 0.0);
  return std::max(0.0, height);
}

View SeenBy(const Ground& ground, std::size_t index, bool pessimistic, std::mutex& reading) {
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

  if (terrain.Empty()) {  // nothing masks
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
  if (std::isnan(under)) {
    view.error.what =
        "stands where the terrain has a hole, so its ground is not known; fill the hole (e.g. with "
        "gdal_fillnodata.py), or add a raster that covers it";
    return view;
  }
  from.height_m = under + view.height_agl_m;
  from.radius_m = radius_m;
  from.drop_per_m2 = terrain.drop_per_m2();
  from.pessimistic = pessimistic;
  const HeightGridView mask{surface.empty() ? heights.heights_m : surface, heights.columns,
                            heights.rows, heights.cell_m};
  VisibleHeights seen = MinimumVisibleHeights(mask, from);
  if (!surface.empty()) AddSurface(surface, heights.heights_m, heights.columns, seen);
  part(first_column + seen.first_column, first_row + seen.first_row, seen.columns, seen.rows);
  view.above_ground_m = std::move(seen.above_ground_m);
  view.error.what.clear();
  return view;
}

/// The lowest height at which any sensor has a target over each cell in sight, of all of the
/// ground's grid.
class Combined {
 public:
  explicit Combined(const RasterGrid& grid)
      : grid_(grid), lowest_m_(static_cast<std::size_t>(grid.columns) * grid.rows, kNever) {}
  /// Any thread. The lowest of some numbers does not depend on their order.
  void Add(const View& view) {
    const std::lock_guard lock(mutex_);
    for (int row = 0; row < view.grid.rows; ++row) {
      const auto columns = static_cast<std::size_t>(view.grid.columns);
      const std::size_t to = static_cast<std::size_t>(view.first_row + row) * grid_.columns +
                             static_cast<std::size_t>(view.first_column);
      TakeLower(std::span(lowest_m_).subspan(to, columns),
                view.cells().subspan(static_cast<std::size_t>(row) * columns, columns));
    }
  }
  /// NaN where nobody has; once all are added.
  [[nodiscard]] std::span<const float> Finish() {
    std::replace(lowest_m_.begin(), lowest_m_.end(), kNever, std::nanf(""));
    return lowest_m_;
  }

 private:
  static constexpr float kNever = std::numeric_limits<float>::infinity();
  const RasterGrid& grid_;
  std::mutex mutex_;
  std::vector<float> lowest_m_;
};

/// Of the cells within a sensor's range: how many are known, and in sight at the heights.
Json Shares(const View& view, double cell_m) {
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
  Json json;
  json["known_percent"] = std::min(100.0, 100.0 * static_cast<double>(known) / cells);
  for (std::size_t band = 0; band < kBandsAglM.size(); ++band) {
    json["visible_percent"][fmt::format("{:.0f}m", kBandsAglM[band])] =
        100.0 * static_cast<double>(visible[band]) / std::max(1.0, static_cast<double>(known));
  }
  return json;
}

/// Of the region: the share whose ground is known, percent.
double KnownPercent(const Terrain& terrain, double radius_m) {
  const Terrain::GridView& grid = terrain.grid();
  std::size_t known = 0;
  std::size_t all = 0;
  for (int row = 0; row < grid.rows; ++row) {
    if (row % 256 == 0) terrain.Release();
    for (int column = 0; column < grid.columns; ++column) {
      const double east = grid.west_m + column * grid.cell_m;
      const double north = grid.north_m - row * grid.cell_m;
      if (std::hypot(east, north) > radius_m) continue;
      ++all;
      const auto i = static_cast<std::size_t>(row) * grid.columns + column;
      known += std::isnan(grid.hae_m[i]) ? 0 : 1;
    }
  }
  return 100.0 * static_cast<double>(known) / static_cast<double>(std::max<std::size_t>(1, all));
}

/// What the page shows, in figures.
void Summarise(const PlacedSite& site, const Products& products, Json& summary) {
  const auto sensors = site.field->sensors();
  for (std::size_t c = 0; c < products.classes.size(); ++c) {
    const Coverage& coverage = *products.classes[c].coverage;
    for (std::size_t band = 0; band < coverage.bands_agl_m().size(); ++band) {
      const Coverage::Share share = coverage.ShareOf(band);
      Json json;
      if (products.classes.size() > 1) json["class"] = kFlyers[c].name;
      json["height_agl_m"] = coverage.bands_agl_m()[band];
      json["seen_percent"] = 100 * share.seen;
      json["gap_percent"] = 100 * share.gap;
      json["unknown_percent"] = 100 * share.unknown;
      json["measured_percent"] = 100 * share.measured;
      for (std::size_t s = 0; s < sensors.size(); ++s) {
        json["seen_alone_percent"][sensors[s].id] = 100 * products.classes[c].alone[band][s];
      }
      summary["coverage"].push_back(std::move(json));
    }
  }
  for (std::size_t i = 0; i < site.site.places.size(); ++i) {
    Json place;
    place["place"] = site.site.places[i].name;
    for (std::size_t f = 0; f < std::size(kFlyers); ++f) {
      const PlaceWarning& warning = products.warnings[f][i];
      Json of;
      of["class"] = kFlyers[f].name;
      of["speed_mps"] = kFlyers[f].flyer.speed_mps;
      const WarningTime::Least& least = warning.all.sectors[warning.all.weakest];
      of["guaranteed_s"] = least.time_s;
      of["weakest"] = {{"sector", SectorName(warning.all.weakest)},
                       {"height_agl_m", least.band_agl_m},
                       {"range_m", least.range_m}};
      for (std::size_t k = 0; k < kSectors; ++k) {
        const WarningTime::Least& sector = warning.all.sectors[k];
        if (std::isfinite(sector.time_s)) {
          of["sectors"][SectorName(k)] = {{"time_s", sector.time_s},
                                          {"height_agl_m", sector.band_agl_m}};
        }
      }
      for (std::size_t s = 0; s < warning.without.size(); ++s) {
        const WarningTime& without = warning.without[s];
        of["guaranteed_without_s"][sensors[s].id] = without.sectors[without.weakest].time_s;
      }
      place["classes"].push_back(std::move(of));
    }
    summary["warning_time"].push_back(std::move(place));
  }
  if (!products.placed.empty()) {
    Json& json = summary["placement"];
    json["like"] = products.placed_like;
    json["closes_percent"] = 100 * products.placed_gain;
    json["bound_percent"] = 100 * products.placed_bound;
    for (const NewSite& at : products.placed) {
      json["sites"].push_back(
          {{"lat", at.lat_deg}, {"lon", at.lon_deg}, {"closes_percent", 100 * at.gain}});
    }
  }
}

int Plan(const Options& options) {
  auto site = ReadSite(options.site);
  if (!site) {
    for (const Error& error : site.error()) fmt::print(stderr, "{}\n", error.Text());
    return kBadInput;
  }
  auto placed = LoadSite(std::move(*site), options.site);
  if (!placed) {
    for (const Error& error : placed.error()) fmt::print(stderr, "{}\n", error.Text());
    return kBadInput;
  }
  std::optional<Time> time;
  if (!options.time.empty()) {
    time = Time::Parse(options.time);
    if (!time) {
      fmt::print(stderr, "--time: is \"{}\", expected a time such as 2026-03-01T22:00:00Z\n",
                 options.time);
      return kBadInput;
    }
    auto then = std::make_shared<PlacedSite>(**placed);
    then->field = std::make_shared<const DetectionField>(then->field->At(*time));
    *placed = std::move(then);
  }
  Ground ground{std::move(*placed), std::nullopt, std::nullopt, true, {}, {}};
  const PlacedSite& of = *ground.site;
  auto opened = OpenGround(ground, options.site);
  if (!opened) return Fail(opened.error(), kBadInput);
  if (ground.own) {
    ground.grid = ground.own->grid();
  } else if (!ground.terrain().Empty()) {
    ground.grid = GridOf(ground.terrain().grid(), of.site.origin);
  } else {
    constexpr int kHalf = 512;  // no ground, so no grid of its own: one that a picture needs
    const double cell_m = of.site.region_radius_m / kHalf;
    ground.grid = {MapWkt(of.site.origin), -(kHalf + 0.5) * cell_m,
                   (kHalf + 0.5) * cell_m, cell_m,
                   2 * kHalf + 1,          2 * kHalf + 1};
  }

  const auto cells = static_cast<std::size_t>(ground.grid.columns) * ground.grid.rows;
  if (ground.own && !ground.own_surface && cells <= kMostNodesInMemory) {
    auto all = ReadOwn(ground, 0, 0, ground.grid.columns, ground.grid.rows);
    if (!all) return Fail(all.error(), kBadInput);
    ground.all = std::move(*all);
  }
  const bool combined = options.only == "combined";
  if (combined && cells > kMostCellsCombined) {
    fmt::print(stderr,
               "--only combined: the terrain's grid has {} x {} cells, expected at most {}; give "
               "coarser terrain\n",
               ground.grid.columns, ground.grid.rows, kMostCellsCombined);
    return kBadInput;
  }

  std::error_code failed;
  const std::filesystem::path folder = options.out;
  std::filesystem::create_directories(combined ? folder : folder / "min-visible-height", failed);
  if (failed) {
    fmt::print(stderr, "{}: cannot be made a folder: {}\n", options.out, failed.message());
    return kSystemFailed;
  }

  Json summary;
  summary["site"] = of.site.name;
  summary["grid"] = {{"on", ground.on_map ? "the site's map" : "the terrain's own grid"},
                     {"cell_m", ground.grid.cell_m},
                     {"wkt", ground.grid.wkt}};
  std::vector<std::string> warnings;
  if (time) {
    summary["time"] = time->Text();
  } else if (std::any_of(of.field->sensors().begin(), of.field->sensors().end(),
                         [](const Sensor& sensor) { return sensor.course != nullptr; })) {
    warnings.emplace_back(
        "the site's weather goes with the time of day: this is by daylight, in the weather of no "
        "hours; say --time for another time");
  }
  if (ground.terrain().Empty()) {
    warnings.emplace_back("no terrain is named: the ground is the ellipsoid and nothing masks");
  } else {
    const double known = KnownPercent(ground.terrain(), of.site.region_radius_m);
    ground.terrain().Release();
    summary["terrain_known_percent"] = known;
    if (known < 99.95) {
      warnings.push_back(fmt::format(
          "the terrain is known in {:.1f} % of the region; the rest is shown as unknown: "
          "add the tiles that cover it, or fill their holes",
          known));
    }
  }

  const std::size_t count = of.field->sensors().size();
  std::vector<Json> entries(count);
  std::vector<View> views(count);
  std::vector<tl::expected<void, Error>> written(count);
  std::mutex reading;
  std::optional<Combined> network;
  if (combined) network.emplace(ground.grid);
  {
    Count progress("what sensors see", count);
    ForEach(count, options.threads, [&](std::size_t i) {
      View view = SeenBy(ground, i, options.pessimistic, reading);
      if (view.error.what.empty()) {
        const std::string& id = of.field->sensors()[i].id;
        Json& json = entries[i];
        json["id"] = id;
        if (network) {
          network->Add(view);
        } else {
          const std::string file = "min-visible-height/" + FileName(id) + ".tif";
          written[i] = WriteRaster((folder / file).string(), view.grid, view.cells());
          json["file"] = file;
        }
        json["height_agl_m"] = view.height_agl_m;
        json["range_m"] = view.range_m;
        if (!network) json.update(Shares(view, ground.grid.cell_m));
        view.above_ground_m.reset();
      }
      views[i] = std::move(view);
      ground.terrain().Release();  // what the next sensor looks at lies elsewhere
      progress.Done();
    });
  }
  if (network) {
    const auto saved =
        WriteRaster((folder / "network.tif").string(), ground.grid, network->Finish());
    if (!saved) return Fail(saved.error(), kSystemFailed);
    summary["file"] = "network.tif";
  }
  std::size_t bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!written[i]) return Fail(written[i].error(), kSystemFailed);
    warnings.insert(warnings.end(), views[i].warnings.begin(), views[i].warnings.end());
    if (views[i].error.what.empty()) {
      summary["sensors"].push_back(std::move(entries[i]));
      continue;
    }
    ++bad;
    views[i].error.source = options.site;
    warnings.push_back(views[i].error.Text());
  }
  if (options.only.empty()) {
    std::filesystem::create_directories(folder / "coverage", failed);
    if (failed) {
      fmt::print(stderr, "{}: cannot be made a folder: {}\n", options.out, failed.message());
      return kSystemFailed;
    }
    const Parallel parallel = [&](std::size_t items, const std::function<void(std::size_t)>& work) {
      Count progress("coverage", items);
      ForEach(items, options.threads, [&](std::size_t i) {
        work(i);
        ground.terrain().Release();
        progress.Done();
      });
    };
    Products products = MakeProducts(of, parallel);
    if (count > kMostToLose) {
      warnings.push_back(
          fmt::format("what the loss of each sensor costs in warning time is told of up to {} "
                      "sensors; the site "
                      "has {}",
                      kMostToLose, count));
    }
    if (options.place > 0) {
      const auto sites = PlaceSensors(of, options.place, options.like, parallel, products);
      if (!sites) return Fail(sites.error(), kBadInput);
      if (products.placed_gain <= 0.0) {
        warnings.push_back(fmt::format("no site closes a gap with one more sensor like \"{}\"",
                                       products.placed_like));
      }
    }
    Summarise(of, products, summary);
    const auto done = WriteProducts(of, products, warnings, folder);
    if (!done) return Fail(done.error(), kSystemFailed);
  }
  summary["warnings"] = warnings;
  const auto saved = WriteFile((folder / "summary.json").string(), summary.dump(2) + "\n");
  if (!saved) return Fail(saved.error(), kSystemFailed);
  for (const std::string& warning : warnings) fmt::print(stderr, "{}\n", warning);
  if (options.json) {
    fmt::print("{}\n", summary.dump());
  } else {
    fmt::print(stderr, "{}: what {} of {} sensors see{}\n", options.out, count - bad, count,
               options.only.empty() ? "; open index.html" : "");
  }
  return bad == count ? kBadInput : kDone;
}

}  // namespace

void AddPlan(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "plan", "Coverage, gaps, guaranteed warning time over the terrain; where more sensors go");
  command->footer("Example: picket plan site.toml -o plan --place 2 --threads 2");
  command->add_option("SITE", options->site, "the site file (TOML)")->required();
  command
      ->add_option("-o,--out", options->out, "folder for index.html, summary.json and the rasters")
      ->required();
  command
      ->add_option(
          "--only", options->only,
          "visibility: stop after the rasters of minimum visible height; combined: only one "
          "raster, network.tif, of the lowest height in sight of any sensor")
      ->check(CLI::IsMember({"visibility", "combined"}));
  command->add_flag("--pessimistic", options->pessimistic,
                    "where neighbouring rays differ, take the higher horizon: hardly anything is "
                    "called visible that is not");
  command
      ->add_option("--place", options->place,
                   "say where this many more sensors close most of the gaps")
      ->check(CLI::Range(1, 1000));
  command->add_option(
      "--like", options->like,
      "sensors to place are like this one (its id); left out: the first of the site");
  command->add_option(
      "--time", options->time,
      "coverage at this time (RFC 3339), where light or weather go with it; left out: by daylight");
  command->add_option("--threads", options->threads, "at most this many; never changes a result")
      ->check(CLI::Range(1, 256));
  command->add_flag("--json", options->json, "the summary on standard output");
  command->callback([options, &run] { run = [options] { return Plan(*options); }; });
}

}  // namespace picket::app
