// SPDX-License-Identifier: Apache-2.0
#include "plan_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace picket::app {
namespace {

// Cells along a side: of coverage, unless it is said how large they are, and then; of what every
// way over them is looked for on, again with each sensor lost.
constexpr int kMostCells = 1024;
constexpr int kMostCellsStated = 2049;
constexpr int kMostCellsOfWays = 400;
constexpr std::size_t kCellsAtOnce = 4'000'000;

}  // namespace

Terrain::MapPoint CentreOf(const PlacedSite& site, const Place& place) {
  Geodetic at = place.at;
  at.height = site.site.origin.height;
  return site.field->terrain().MapOf(site.frame.ToLocal(at));
}

std::vector<WarningTime> WarningsOf(const PlacedSite& site, const PlanGrid& ways,
                                    std::span<const double> bands_agl_m,
                                    std::span<const float> exposure_per_s, const Flyer& flyer) {
  const std::vector<float> least = LeastExposure(ways, bands_agl_m, exposure_per_s, flyer);
  std::vector<WarningTime> warnings;
  for (const Place& place : site.site.places) {
    if (!OutsideText(site, place).empty()) {
      warnings.emplace_back();  // no time from any side
      continue;
    }
    warnings.push_back(GuaranteedWarning(ways, bands_agl_m, least, CentreOf(site, place),
                                         place.radius_m, flyer.speed_mps));
  }
  return warnings;
}

const char* SectorName(std::size_t sector) {
  constexpr const char* kNames[kSectors] = {"N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE",
                                            "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"};
  return kNames[sector];
}

std::string OutsideText(const PlacedSite& site, const Place& place) {
  const Terrain::MapPoint at = CentreOf(site, place);
  const double range_m = std::hypot(at.east_m, at.north_m);
  if (range_m <= site.site.region_radius_m) return {};
  return fmt::format(
      "place \"{}\": lies {:.1f} km from the site's origin, outside of the region, so no warning "
      "time is guaranteed there; widen site.region.radius_m",
      place.name, range_m / 1000);
}

std::vector<float> Products::OnWays(std::span<const float> values) const {
  const PlanGrid& grid = classes.front().coverage->grid();
  return Thinned(grid, ways.stride / grid.stride, values);
}

std::size_t Products::Hardest() const {
  const auto seen = [&](std::size_t c) {
    double sum = 0.0;
    for (std::size_t band = 0; band < classes[c].coverage->bands_agl_m().size(); ++band) {
      sum += classes[c].coverage->ShareOf(band).seen;
    }
    return sum;
  };
  std::size_t hardest = 0;
  for (std::size_t c = 1; c < classes.size(); ++c) {
    if (seen(c) < seen(hardest)) hardest = c;
  }
  return hardest;
}

Result<PlanGrid> CoverageGrid(const PlacedSite& site, double cell_m) {
  const Terrain& terrain = site.field->terrain();
  const double radius_m = site.site.region_radius_m;
  // Without terrain p_D is smooth, and more cells show nothing more.
  if (cell_m == 0.0) {
    return MakePlanGrid(terrain, radius_m, terrain.Empty() ? kMostCellsOfWays : kMostCells);
  }
  const double wide_m = terrain.Empty()
                            ? cell_m
                            : terrain.grid().cell_m *
                                  std::max(1.0, std::floor(cell_m / terrain.grid().cell_m + 1e-6));
  const double most = 2.0 * std::ceil(radius_m / wide_m) + 1.0;
  if (most > kMostCellsStated) {
    return picket::Fail(
        fmt::format("would be {:.0f} cells along a side of the region, expected at most {}; give "
                    "{:.0f} or more, or a smaller region",
                    most, kMostCellsStated, std::ceil(2.0 * radius_m / (kMostCellsStated - 3))),
        "--cell-m");
  }
  if (most < 5.0) {
    return picket::Fail(fmt::format("is too large for a region of {:.0f} m", radius_m), "--cell-m");
  }
  return MakePlanGrid(terrain, radius_m, static_cast<int>(most));
}

Products MakeProducts(const PlacedSite& site, const PlanGrid& grid, const Parallel& parallel) {
  const DetectionField& field = *site.field;
  const std::size_t sensors = field.sensors().size();
  const std::vector<double> bands = PlanHeights(site.site.ceiling.m);
  std::vector<PlanTarget> targets;
  for (const FlyerClass& flyer : kFlyers) {
    targets.push_back({flyer.target_class, flyer.flyer.speed_mps});
    if (!field.TellsClassesApart()) break;
  }
  Products products;
  products.classes.resize(targets.size());
  for (ClassCoverage& of : products.classes) of.coverage = std::make_unique<Coverage>(grid, bands);

  // In batches, so that memory does not grow with the number of sensors. Of each layer only what
  // it sees is kept, to take its sensor away again: most sensors see little of a large region.
  struct Seen {
    std::uint32_t at;
    float p;
  };
  const std::size_t at_once = std::clamp<std::size_t>(kCellsAtOnce / grid.size(), 2, 8);
  const int every = (std::max(grid.columns, grid.rows) - 1) / kMostCellsOfWays + 1;
  products.ways = Thinned(grid, every);
  const PlanGrid& ways = products.ways;
  const bool keep = sensors <= kMostToLose;
  const std::vector<Eigen::Vector3d> places_of = PlacesOf(field.terrain(), grid, bands);
  std::vector<std::vector<std::vector<Seen>>> kept(keep ? sensors : 0);
  for (std::size_t first = 0; first < sensors; first += at_once) {
    const std::size_t count = std::min(at_once, sensors - first);
    std::vector<std::vector<SensorLayer>> layers(count);
    parallel("coverage", count, [&](std::size_t i) {
      layers[i] =
          LayersOf(field, static_cast<SensorIndex>(first + i), grid, bands, places_of, targets);
    });
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t t = 0; t < targets.size(); ++t) {
        products.classes[t].coverage->Add(field, static_cast<SensorIndex>(first + i), layers[i][t]);
      }
      if (!keep ||
          field.sensor(static_cast<SensorIndex>(first + i)).look == LookKind::kSelfReport) {
        continue;
      }
      kept[first + i].resize(targets.size());
      for (std::size_t t = 0; t < targets.size(); ++t) {
        const std::vector<float> p = Thinned(grid, every, layers[i][t].p);
        for (std::size_t k = 0; k < p.size(); ++k) {
          if (p[k] > 0.0F) kept[first + i][t].push_back({static_cast<std::uint32_t>(k), p[k]});
        }
      }
    }
  }
  for (ClassCoverage& of : products.classes) {
    for (std::size_t band = 0; band < bands.size(); ++band) {
      auto& alone = of.alone.emplace_back();
      for (std::size_t s = 0; s < sensors; ++s) {
        alone.push_back(of.coverage->SeenAloneBy(static_cast<SensorIndex>(s), band));
      }
    }
  }

  products.detected.resize(std::size(kFlyers));
  parallel("detection on the way", std::size(kFlyers), [&](std::size_t f) {
    const Coverage& of = *products.classes[std::min(f, targets.size() - 1)].coverage;
    std::vector<float>& detected = products.detected[f];
    detected =
        LeastExposure(ways, bands, Thinned(grid, every, of.exposure_per_s()), kFlyers[f].flyer);
    for (std::size_t i = 0; i < detected.size(); ++i) {
      const float exposure = std::min(detected[i], static_cast<float>(kSureExposure));
      detected[i] = ways.InRegion(i % ways.size()) ? -std::expm1(-exposure)
                                                   : std::numeric_limits<float>::quiet_NaN();
    }
  });

  const std::vector<Place>& places = site.site.places;
  const std::size_t losses = keep ? sensors : 0;
  products.warnings.assign(std::size(kFlyers), std::vector<PlaceWarning>(places.size()));
  for (auto& of_flyer : products.warnings) {
    for (PlaceWarning& warning : of_flyer) warning.without.resize(losses);
  }
  if (places.empty()) return products;
  const std::size_t cases = losses + 1;  // the last one: nothing is lost
  parallel("warning times", std::size(kFlyers) * cases, [&](std::size_t index) {
    const std::size_t lost = index % cases;
    const FlyerClass& flyer = kFlyers[index / cases];
    const std::size_t of_class = std::min(index / cases, targets.size() - 1);
    std::vector<float> exposure =
        Thinned(grid, every, products.classes[of_class].coverage->exposure_per_s());
    if (lost < losses) {
      const Sensor& sensor = field.sensors()[lost];
      if (!kept[lost].empty()) {
        for (const Seen& seen : kept[lost][of_class]) {
          const auto lesser = static_cast<float>(ExposurePerS(sensor, seen.p));
          exposure[seen.at] = std::max(0.0F, exposure[seen.at] - lesser);
        }
      }
    }
    const auto times = WarningsOf(site, ways, bands, exposure, flyer.flyer);
    for (std::size_t i = 0; i < places.size(); ++i) {
      PlaceWarning& warning = products.warnings[index / cases][i];
      (lost < losses ? warning.without[lost] : warning.all) = times[i];
    }
  });
  return products;
}

}  // namespace picket::app
