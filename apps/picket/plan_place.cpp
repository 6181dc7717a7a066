// SPDX-License-Identifier: Apache-2.0
#include "plan_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "picket/codec/geojson.h"
#include "picket/engine/preset.h"
#include "picket/io/file.h"
#include "picket/plan/candidate_sites.h"

namespace picket::app {
namespace {

constexpr std::size_t kMostCandidates = 400;  // of cells: squares times types
constexpr std::size_t kMostAtPoints = 2000;   // of sites that are stated
constexpr std::size_t kMostTypes = 8;
constexpr double kLeastCost = 1e-6;
constexpr double kMostCost = 1e12;
constexpr double kPresetAglM = 10.0;      // a mast's
constexpr double kRidgeRadiusM = 1000.0;  // surroundings that a ridge cell is above

tl::unexpected<Error> Wrong(const std::string& path, std::string what) {
  Error error;
  error.source = path;
  error.what = std::move(what);
  return tl::unexpected<Error>(std::move(error));
}

Terrain::MapPoint MapOf(const PlacedSite& site, double lat_deg, double lon_deg) {
  return site.field->terrain().MapOf(
      site.frame.ToLocal({lat_deg, lon_deg, site.frame.origin().height}));
}

Result<GeoLayer> ReadLayer(const std::string& path) {
  const auto text = ReadFile(path, kMaxGeoJsonBytes);
  if (!text) return tl::unexpected<Error>(text.error());
  auto layer = ParseGeoLayer(*text);
  if (!layer) layer.error().source = path;
  return layer;
}

std::vector<MapShape> OnMap(const PlacedSite& site, const std::vector<GeoShape>& shapes) {
  std::vector<MapShape> on_map;
  for (const GeoShape& shape : shapes) {
    MapShape& of = on_map.emplace_back();
    of.line = shape.shape == Area::Shape::kLine;
    for (const auto& ring : shape.rings_lon_lat) {
      auto& points = of.rings.emplace_back();
      for (const auto& [lon, lat] : ring) points.push_back(MapOf(site, lat, lon));
    }
  }
  return on_map;
}

/// The points of a layer at which a sensor can stand; why others are left out.
std::vector<CandidateSite> SitesAt(const PlacedSite& site, const std::vector<GeoPoint>& points,
                                   std::size_t& outside, std::size_t& unknown) {
  const Terrain& terrain = site.field->terrain();
  std::vector<CandidateSite> sites;
  for (const GeoPoint& point : points) {
    const Terrain::MapPoint at = MapOf(site, point.lat_deg, point.lon_deg);
    if (std::hypot(at.east_m, at.north_m) > site.site.region_radius_m) {
      ++outside;
      continue;
    }
    const auto ground = terrain.Empty() ? std::optional<HeightHae>(HeightHae{0.0})
                                        : terrain.GroundAt(at.east_m, at.north_m);
    if (!ground) {
      ++unknown;
      continue;
    }
    sites.push_back({point.name, point.lat_deg, point.lon_deg, at, ground->m});
  }
  return sites;
}

/// The highest allowed cell of each square.
std::vector<CandidateSite> SitesIn(const PlacedSite& site, const PlanGrid& grid,
                                   const std::vector<std::uint8_t>& allowed, std::size_t most) {
  std::vector<CandidateSite> sites;
  for (const std::size_t cell : HighestOfSquares(grid, allowed, most)) {
    const Terrain::MapPoint at = grid.At(cell);
    const double ground_m = grid.ground_hae_m[cell];
    const Geodetic point =
        site.frame.ToGeodetic(site.field->terrain().PointAt(at, HeightHae{ground_m}));
    sites.push_back({"", point.lat_deg, point.lon_deg, at, ground_m});
  }
  return sites;
}

tl::expected<void, Error> FindSites(const PlacedSite& site, const PlanGrid& grid,
                                    const PlaceRequest& request, Placing& placing) {
  const std::size_t most_cells = kMostCandidates / placing.types.size();
  GeoLayer stated;
  if (!request.sites.empty()) {
    auto layer = ReadLayer(request.sites);
    if (!layer) return tl::unexpected<Error>(std::move(layer.error()));
    stated = *std::move(layer);
    const std::size_t most =
        (placing.objective == Objective::kWarning ? kMostCandidates : kMostAtPoints) /
        placing.types.size();
    if (stated.points.size() > most) {
      return Wrong(request.sites,
                   fmt::format("holds {} points, expected at most {}, for sensors of {} type{}",
                               stated.points.size(), most, placing.types.size(),
                               placing.types.size() == 1 ? "" : "s"));
    }
    if (stated.shapes.empty() && !request.access.empty()) {
      return Wrong(request.sites,
                   "holds points alone, which --access leaves as they are: expected polygons or "
                   "lines, or one of the two options");
    }
    std::size_t outside = 0;
    std::size_t unknown = 0;
    placing.sites = SitesAt(site, stated.points, outside, unknown);
    if (placing.sites.empty() && stated.shapes.empty()) {
      return Wrong(request.sites,
                   fmt::format("holds no point in the region on known ground: {} outside, {} on "
                               "unknown ground",
                               outside, unknown));
    }
    if (outside + unknown > 0) {
      placing.warnings.push_back(
          fmt::format("{}: sites are left out: {} outside of the region, {} on unknown ground",
                      request.sites, outside, unknown));
    }
    if (stated.shapes.empty()) return {};
  }
  std::vector<std::uint8_t> allowed = request.sites.empty()
                                          ? std::vector<std::uint8_t>(grid.size(), 1)
                                          : CellsOf(grid, OnMap(site, stated.shapes));
  std::vector<CandidateSite> cells = SitesIn(site, grid, allowed, most_cells);
  if (cells.empty()) {
    const std::string what = fmt::format(
        "holds no cell ({:.0f} m) of the region on known ground; give points, or "
        "smaller cells (--cell-m)",
        grid.cell_m);
    if (placing.sites.empty()) return Wrong(request.sites.empty() ? "region" : request.sites, what);
    placing.warnings.push_back(fmt::format("{}: beside its points {}", request.sites, what));
    return {};
  }
  if (!request.access.empty()) {
    const auto access = ReadLayer(request.access);
    if (!access) return tl::unexpected<Error>(access.error());
    if (access->shapes.empty()) {
      return Wrong(request.access, "holds no line and no polygon, expected roads and the like");
    }
    std::vector<MapShape> shapes = OnMap(site, access->shapes);
    for (std::size_t i = 0; i < access->shapes.size(); ++i) {  // a yard is smaller than a cell
      if (!shapes[i].line) shapes.push_back({true, shapes[i].rings});
    }
    const auto near = CellsNear(grid, CellsOf(grid, shapes), request.access_m);
    const auto ridge = RidgeCells(grid, kRidgeRadiusM);
    for (std::size_t i = 0; i < grid.size(); ++i) {
      if (near[i] == 0 || ridge[i] == 0) allowed[i] = 0;
    }
    cells = SitesIn(site, grid, allowed, most_cells);
    if (cells.empty()) {
      const std::string what = fmt::format(
          "gives access to no ridge cell{} within {:.0f} m; give a greater --access-m, or the "
          "roads of this region",
          request.sites.empty() ? "" : fmt::format(" in the shapes of {}", request.sites),
          request.access_m);
      if (placing.sites.empty()) return Wrong(request.access, what);
      placing.warnings.push_back(fmt::format("{}: {}", request.access, what));
    }
  }
  placing.sites.insert(placing.sites.end(), cells.begin(), cells.end());
  return {};
}

/// Takes the type that `like` names: a sensor of the site, else a preset.
Result<PlacedType> TypeNamed(const PlacedSite& site, const std::string& like,
                             const std::optional<Time>& time) {
  const DetectionField& field = *site.field;
  const auto model = std::find_if(field.sensors().begin(), field.sensors().end(),
                                  [&](const Sensor& sensor) { return sensor.id == like; });
  PlacedType type;
  if (model != field.sensors().end()) {
    if (model->look != LookKind::kScan) {
      return picket::Fail(fmt::format("\"{}\" does not look for targets by itself", like),
                          "--like");
    }
    type.sensor = *model;
    const Terrain& terrain = field.terrain();
    const Terrain::MapPoint at = terrain.MapOf(model->p_LS_L);
    const auto under = terrain.GroundAt(at.east_m, at.north_m);
    type.agl_m = std::max(0.0, terrain.HeightOf(model->p_LS_L).m - (under ? under->m : 0.0));
    return type;
  }
  const auto presets = PresetNames();
  if (std::find(presets.begin(), presets.end(), like) == presets.end()) {
    return picket::Fail(
        fmt::format("no such sensor: \"{}\"; give the id of one of the site's, or a "
                    "preset (picket presets --names)",
                    like),
        "--like");
  }
  auto preset = PresetOf(site, like, like, time);
  if (!preset) {
    preset.error().field = "--like";
    return tl::unexpected<Error>(std::move(preset.error()));
  }
  type.sensor = *std::move(preset);
  type.agl_m = kPresetAglM;
  return type;
}

/// The same with "=COST" after it, unless the whole is a name itself.
Result<PlacedType> ReadType(const PlacedSite& site, const std::string& like,
                            const std::optional<Time>& time) {
  const std::size_t sign = like.rfind('=');
  auto whole = TypeNamed(site, like, time);
  if (whole || sign == std::string::npos) return whole;
  auto type = TypeNamed(site, like.substr(0, sign), time);
  if (!type) return type;
  const std::string cost = like.substr(sign + 1);
  const char* end = cost.data() + cost.size();
  const auto read = std::from_chars(cost.data(), end, type->cost);
  if (read.ec != std::errc() || read.ptr != end ||
      !(type->cost >= kLeastCost && type->cost <= kMostCost)) {
    return picket::Fail(fmt::format("\"{}\" costs \"{}\", expected a number in [{:g}, {:g}]",
                                    like.substr(0, sign), cost, kLeastCost, kMostCost),
                        "--like");
  }
  return type;
}

tl::expected<void, Error> FindTypes(const PlacedSite& site, const PlaceRequest& request,
                                    const std::optional<Time>& time, Placing& placing) {
  std::vector<std::string> like = request.like;
  if (like.empty()) {
    const auto sensors = site.field->sensors();
    const auto first = std::find_if(sensors.begin(), sensors.end(), [](const Sensor& sensor) {
      return sensor.look == LookKind::kScan;
    });
    if (first == sensors.end()) {
      return picket::Fail("no sensor of the site looks for targets by itself; name a preset",
                          "--like");
    }
    like.push_back(first->id);
  }
  if (like.size() > kMostTypes) {
    return picket::Fail(
        fmt::format("is there {} times, expected at most {}", like.size(), kMostTypes), "--like");
  }
  double cheapest = kMostCost;
  for (const std::string& of : like) {
    auto type = ReadType(site, of, time);
    if (!type) return tl::unexpected<Error>(std::move(type.error()));
    for (const PlacedType& other : placing.types) {
      if (other.sensor.id != type->sensor.id) continue;
      return picket::Fail(fmt::format("names \"{}\" twice", other.sensor.id), "--like");
    }
    cheapest = std::min(cheapest, type->cost);
    placing.types.push_back(*std::move(type));
  }
  if (placing.budget && *placing.budget < cheapest) {
    return picket::Fail(fmt::format("is {:g}, expected at least {:g}, what the cheapest sensor "
                                    "costs",
                                    *placing.budget, cheapest),
                        "--budget");
  }
  return {};
}

}  // namespace

Result<Placing> PreparePlacing(const PlacedSite& site, const PlanGrid& grid,
                               const PlaceRequest& request, const std::optional<Time>& time) {
  Placing placing;
  placing.objective = request.objective;
  if (request.objective == Objective::kWarning && site.site.places.empty()) {
    return picket::Fail("the site names no place that is to be warned", "--for");
  }
  for (const Place& place : site.site.places) {
    const std::string outside = OutsideText(site, place);
    if (request.objective == Objective::kWarning && !outside.empty()) {
      return picket::Fail(outside, "--for");
    }
  }
  if (request.count > 0) placing.count = request.count;
  if (request.budget > 0.0) placing.budget = request.budget;
  if (request.near_m > 0.0 && request.objective == Objective::kWarning) {
    return picket::Fail("weighs cells of coverage, and goes with --for coverage alone", "--near-m");
  }
  if (request.near_m > 0.0) {
    if (site.site.places.empty()) {
      return picket::Fail("the site names no place that is protected", "--near-m");
    }
    placing.near_m = request.near_m;
  }
  if (auto found = FindTypes(site, request, time, placing); !found) {
    return tl::unexpected<Error>(std::move(found.error()));
  }
  if (auto found = FindSites(site, grid, request, placing); !found) {
    return tl::unexpected<Error>(std::move(found.error()));
  }
  return placing;
}

}  // namespace picket::app
