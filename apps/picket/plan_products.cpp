// SPDX-License-Identifier: Apache-2.0
#include "plan_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "picket/io/file.h"
#include "picket/io/raster.h"
#include "picket/io/terrain.h"

namespace picket::app {
namespace {

constexpr int kMostCells = 400;  // along a side of the products' grid
constexpr int kMostCandidates = 400;
constexpr double kBandsAglM[] = {30, 50, 100, 200, 500};
constexpr double kPlaceBandsAglM[] = {50, 100, 200};  // what new sensors are to close gaps at

std::vector<double> BandsOf(const Site& site) {
  std::vector<double> bands;
  for (const double band : kBandsAglM) {
    if (band < site.ceiling.m) bands.push_back(band);
  }
  bands.push_back(site.ceiling.m);
  return bands;
}

RasterGrid RasterOf(const PlanGrid& grid, const Geodetic& origin) {
  return {MapWkt(origin),
          grid.west_m - 0.5 * grid.cell_m,
          grid.north_m + 0.5 * grid.cell_m,
          grid.cell_m,
          grid.columns,
          grid.rows};
}

Terrain::MapPoint MapOf(const PlacedSite& site, const Place& place) {
  Geodetic at = place.at;
  at.height = site.site.origin.height;
  return site.field->terrain().MapOf(site.frame.ToLocal(at));
}

}  // namespace

const char* SectorName(std::size_t sector) {
  constexpr const char* kNames[kSectors] = {"N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE",
                                            "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"};
  return kNames[sector];
}

Products MakeProducts(const PlacedSite& site, const Parallel& parallel) {
  const DetectionField& field = *site.field;
  const std::size_t sensors = field.sensors().size();
  const std::vector<double> bands = BandsOf(site.site);
  Products products;
  products.coverage = std::make_unique<Coverage>(
      MakePlanGrid(field.terrain(), site.site.region_radius_m, kMostCells), bands);
  Coverage& coverage = *products.coverage;
  const PlanGrid& grid = coverage.grid();

  // In batches, so that memory does not grow with the number of sensors.
  const bool keep = sensors <= kMostToLose;
  std::vector<SensorLayer> kept(keep ? sensors : 0);
  for (std::size_t first = 0; first < sensors; first += kMostToLose) {
    const std::size_t count = std::min(kMostToLose, sensors - first);
    std::vector<SensorLayer> layers(count);
    parallel(count, [&](std::size_t i) {
      layers[i] = LayerOf(field, static_cast<SensorIndex>(first + i), grid, bands);
    });
    for (std::size_t i = 0; i < count; ++i) {
      coverage.Add(field, static_cast<SensorIndex>(first + i), layers[i]);
      if (keep) kept[i] = std::move(layers[i]);
    }
  }
  for (std::size_t band = 0; band < bands.size(); ++band) {
    auto& alone = products.alone.emplace_back();
    for (std::size_t s = 0; s < sensors; ++s) {
      alone.push_back(coverage.SeenAloneBy(static_cast<SensorIndex>(s), band));
    }
  }

  const std::vector<Place>& places = site.site.places;
  const std::size_t losses = keep ? sensors : 0;
  products.warnings.assign(std::size(kFlyers), std::vector<PlaceWarning>(places.size()));
  for (auto& of_flyer : products.warnings) {
    for (PlaceWarning& warning : of_flyer) warning.without.resize(losses);
  }
  if (places.empty()) return products;
  const std::size_t cases = losses + 1;  // the last one: nothing is lost
  parallel(std::size(kFlyers) * cases, [&](std::size_t index) {
    const std::size_t lost = index % cases;
    const FlyerClass& flyer = kFlyers[index / cases];
    std::vector<float> exposure = coverage.exposure_per_s();
    if (lost < losses) {
      const Sensor& sensor = field.sensors()[lost];
      const std::vector<float>& p = kept[lost].p;
      for (std::size_t i = 0; i < exposure.size(); ++i) {
        if (sensor.look == LookKind::kSelfReport || !(p[i] > 0.0F)) continue;
        exposure[i] = std::max(0.0F, exposure[i] - static_cast<float>(ExposurePerS(sensor, p[i])));
      }
    }
    const auto undetected = Undetected(grid, bands, exposure, flyer.flyer);
    for (std::size_t i = 0; i < places.size(); ++i) {
      PlaceWarning& warning = products.warnings[index / cases][i];
      WarningTime& time = lost < losses ? warning.without[lost] : warning.all;
      time = GuaranteedWarning(grid, bands, undetected, MapOf(site, places[i]), places[i].radius_m,
                               flyer.flyer.speed_mps);
    }
  });
  return products;
}

tl::expected<void, Error> PlaceSensors(const PlacedSite& site, int k, const std::string& like,
                                       const Parallel& parallel, Products& products) {
  const DetectionField& field = *site.field;
  const auto model =
      std::find_if(field.sensors().begin(), field.sensors().end(), [&](const Sensor& sensor) {
        return like.empty() ? sensor.look == LookKind::kScan : sensor.id == like;
      });
  if (model == field.sensors().end() || model->look != LookKind::kScan) {
    return picket::Fail(like.empty() ? "no sensor of the site looks for targets by itself"
                                     : fmt::format("no such sensor that looks by itself: \"{}\"; "
                                                   "give the id of one of the site's",
                                                   like),
                        "--like");
  }
  const Terrain& terrain = field.terrain();
  const Terrain::MapPoint of_model = terrain.MapOf(model->p_LS_L);
  const auto under = terrain.GroundAt(of_model.east_m, of_model.north_m);
  const double agl_m = std::max(0.0, terrain.HeightOf(model->p_LS_L).m - (under ? under->m : 0.0));

  // Candidates: the highest known cell of each square of the region.
  const PlanGrid& grid = products.coverage->grid();
  std::size_t in_region = 0;
  for (std::size_t i = 0; i < grid.size(); ++i) in_region += grid.InRegion(i) ? 1 : 0;
  const int side = std::max(
      1, static_cast<int>(std::ceil(std::sqrt(static_cast<double>(in_region) / kMostCandidates))));
  const int blocks = (grid.columns - 1) / side + 1;
  std::vector<std::optional<std::size_t>> best(static_cast<std::size_t>(blocks) *
                                               ((grid.rows - 1) / side + 1));
  for (std::size_t i = 0; i < grid.size(); ++i) {
    if (!grid.InRegion(i) || std::isnan(grid.ground_hae_m[i])) continue;
    const std::size_t row = i / grid.columns / side;
    auto& highest = best[row * blocks + i % grid.columns / side];
    if (!highest || grid.ground_hae_m[i] > grid.ground_hae_m[*highest]) highest = i;
  }
  std::vector<Sensor> candidates;
  std::vector<NewSite> sites;
  for (const auto& cell : best) {
    if (!cell) continue;
    Sensor sensor = *model;
    const Terrain::MapPoint at = grid.At(*cell);
    sensor.p_LS_L = terrain.PointAt(at, HeightHae{grid.ground_hae_m[*cell] + agl_m});
    const Geodetic point = site.frame.ToGeodetic(sensor.p_LS_L);
    sensor.R_SL = site.frame.AxesAt(point);
    candidates.push_back(std::move(sensor));
    sites.push_back({point.lat_deg, point.lon_deg, at, 0.0});
  }

  // Elements: the gaps, cell by cell of each band; covered once the network's p_D is no gap's.
  const Coverage& coverage = *products.coverage;
  const std::vector<float> p_now = coverage.ProbabilityOfLook();
  const std::span<const double> all_bands = coverage.bands_agl_m();
  std::vector<double> bands;
  std::vector<std::size_t> offset;
  for (std::size_t band = 0; band < all_bands.size(); ++band) {
    if (std::find(std::begin(kPlaceBandsAglM), std::end(kPlaceBandsAglM), all_bands[band]) ==
        std::end(kPlaceBandsAglM)) {
      continue;
    }
    bands.push_back(all_bands[band]);
    offset.push_back(band * grid.size());
  }
  CoverProblem problem;
  problem.weight.assign(bands.size() * grid.size(), 1.0);
  problem.covers.resize(candidates.size());
  const DetectionField candidate_field(candidates, std::make_shared<const Terrain>(terrain));
  parallel(candidates.size(), [&](std::size_t c) {
    const SensorLayer layer = LayerOf(candidate_field, static_cast<SensorIndex>(c), grid, bands);
    for (std::size_t band = 0; band < bands.size(); ++band) {
      for (std::size_t cell = 0; cell < grid.size(); ++cell) {
        const float now = p_now[offset[band] + cell];
        const float p = layer.p[band * grid.size() + cell];
        if (now < kGapBelow && p > 0.0F && 1.0F - (1.0F - now) * (1.0F - p) >= kGapBelow) {
          problem.covers[c].push_back(static_cast<std::int32_t>(band * grid.size() + cell));
        }
      }
    }
  });
  const Placement placement = ChooseSites(problem, k);
  const double all = static_cast<double>(in_region * std::max<std::size_t>(1, bands.size()));
  products.placed_like = model->id;
  products.placed_gain = placement.covered / all;
  products.placed_bound = placement.bound / all;
  std::vector<bool> counted(problem.weight.size());
  for (const std::int32_t c : placement.chosen) {
    NewSite chosen = sites[static_cast<std::size_t>(c)];
    for (const std::int32_t e : problem.covers[static_cast<std::size_t>(c)]) {
      if (!counted[static_cast<std::size_t>(e)]) chosen.gain += 1.0 / all;
      counted[static_cast<std::size_t>(e)] = true;
    }
    products.placed.push_back(chosen);
  }
  return {};
}

tl::expected<void, Error> WriteProducts(const PlacedSite& site, const Products& products,
                                        const std::vector<std::string>& warnings,
                                        const std::filesystem::path& folder) {
  const Coverage& coverage = *products.coverage;
  const PlanGrid& grid = coverage.grid();
  const RasterGrid raster = RasterOf(grid, site.site.origin);
  const std::vector<float> p = coverage.ProbabilityOfLook();
  const std::vector<float> sensors = coverage.Sensors();
  const auto write = [&](const std::string& name, std::span<const float> values) {
    return WriteRaster((folder / "coverage" / name).string(), raster, values,
                       RasterForm::kCloudOptimized);
  };
  if (auto done = write("min-visible-height.tif", coverage.visible_above_m()); !done) return done;
  const std::string names[] = {"", "seen", "gap", "unknown"};
  for (std::size_t band = 0; band < coverage.bands_agl_m().size(); ++band) {
    const std::string height = fmt::format("{:.0f}m", coverage.bands_agl_m()[band]);
    const auto of_band = [&](const std::vector<float>& values) {
      return std::span(values).subspan(band * grid.size(), grid.size());
    };
    if (auto done = write("pd-" + height + ".tif", of_band(p)); !done) return done;
    if (auto done = write("sensors-" + height + ".tif", of_band(sensors)); !done) return done;
    std::vector<std::uint8_t> kind(grid.size(), 0);
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const float at = of_band(p)[i];
      if (grid.InRegion(i)) kind[i] = std::isnan(at) ? 3 : at < kGapBelow ? 2 : 1;
    }
    auto done = WritePolygons((folder / "coverage" / ("gaps-" + height + ".geojson")).string(),
                              raster, kind, names);
    if (!done) return done;
  }
  auto page = PlanPage(site, products, warnings);
  if (!page) return tl::unexpected(page.error());
  return WriteFile((folder / "index.html").string(), *page);
}

}  // namespace picket::app
