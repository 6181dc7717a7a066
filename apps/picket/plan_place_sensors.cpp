// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "plan_place.h"
#include "progress.h"

namespace picket::app {
namespace {

constexpr double kPlaceBandsAglM[] = {50, 100, 200};  // what new sensors are to close gaps at

/// A sensor of each type at each site: that of type t at site s is the (s * types + t)th.
struct Candidates {
  DetectionField field;
  std::vector<double> cost;
  std::vector<std::int32_t> site;
};

Candidates CandidatesOf(const PlacedSite& site, const Placing& placing) {
  const Terrain& terrain = site.field->terrain();
  std::vector<Sensor> sensors;
  std::vector<double> cost;
  std::vector<std::int32_t> of_site;
  for (std::size_t s = 0; s < placing.sites.size(); ++s) {
    const CandidateSite& at = placing.sites[s];
    for (const PlacedType& type : placing.types) {
      Sensor sensor = type.sensor;
      sensor.learned = nullptr;  // that was of another place
      sensor.up = true;
      sensor.p_LS_L = terrain.PointAt(at.at, HeightHae{at.ground_hae_m + type.agl_m});
      sensor.R_SL = site.frame.AxesAt(site.frame.ToGeodetic(sensor.p_LS_L));
      sensors.push_back(std::move(sensor));
      cost.push_back(type.cost);
      of_site.push_back(static_cast<std::int32_t>(s));
    }
  }
  return {DetectionField(std::move(sensors), std::make_shared<const Terrain>(terrain)),
          std::move(cost), std::move(of_site)};
}

PlacementLimits LimitsOf(const Placing& placing) {
  PlacementLimits limits;
  if (placing.count) limits.count = *placing.count;
  if (placing.budget) limits.budget = *placing.budget;
  return limits;
}

NewSite ChosenOf(const Placing& placing, std::int32_t candidate) {
  const auto c = static_cast<std::size_t>(candidate);
  const CandidateSite& at = placing.sites[c / placing.types.size()];
  const PlacedType& type = placing.types[c % placing.types.size()];
  return {at.lat_deg, at.lon_deg, at.at, at.name, type.sensor.id, type.cost, 0.0, {}};
}

/// What each cell of the region weighs: the same, or exp(-d / near_m), d from the nearest place's
/// circle; 0 outside.
std::vector<double> Weights(const PlacedSite& site, const PlanGrid& grid,
                            const std::optional<double>& near_m) {
  std::vector<double> weights(grid.size());
  for (std::size_t i = 0; i < grid.size(); ++i) {
    if (!grid.InRegion(i)) continue;
    if (!near_m) {
      weights[i] = 1.0;
      continue;
    }
    const Terrain::MapPoint cell = grid.At(i);
    for (const Place& place : site.site.places) {
      const Terrain::MapPoint at = CentreOf(site, place);
      const double away_m =
          std::hypot(cell.east_m - at.east_m, cell.north_m - at.north_m) - place.radius_m;
      weights[i] = std::max(weights[i], std::exp(-std::max(0.0, away_m) / *near_m));
    }
  }
  return weights;
}

void CloseGaps(const PlacedSite& site, const Placing& placing, const Parallel& parallel,
               const Products& products, Placed& placed) {
  const PlanGrid& grid = products.ways;
  const std::vector<double> weights = Weights(site, grid, placing.near_m);
  Candidates candidates = CandidatesOf(site, placing);
  CoverProblem problem;
  problem.cost = std::move(candidates.cost);
  problem.site = std::move(candidates.site);

  // Elements: the gaps, cell by cell of each band; covered once the network's p_D is no gap's. Of
  // the class that is seen least, where classes differ.
  const std::size_t hardest = products.Hardest();
  const Coverage& coverage = *products.classes[hardest].coverage;
  const PlanTarget target{kFlyers[hardest].target_class, kFlyers[hardest].flyer.speed_mps};
  const std::vector<float> p_now = products.OnWays(coverage.ProbabilityOfLook());
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
  for (std::size_t band = 0; band < bands.size(); ++band) {
    problem.weight.insert(problem.weight.end(), weights.begin(), weights.end());
  }
  problem.covers.resize(problem.cost.size());
  const std::vector<Eigen::Vector3d> places_of = PlacesOf(site.field->terrain(), grid, bands);
  parallel("what sensors would see", problem.cost.size(), [&](std::size_t c) {
    const SensorLayer layer = std::move(LayersOf(candidates.field, static_cast<SensorIndex>(c),
                                                 grid, bands, places_of, std::span(&target, 1))
                                            .front());
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
  Placement placement;
  {
    Progress progress("where sensors go");
    placement = ChooseSites(problem, LimitsOf(placing), true,
                            [&](int done, int all) { progress.At(done, all); });
  }
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0) *
                     static_cast<double>(std::max<std::size_t>(1, bands.size()));
  placed.cost = placement.cost;
  placed.gain = placement.covered / all;
  placed.bound = placement.bound / all;
  std::vector<bool> counted(problem.weight.size());
  for (const std::int32_t c : placement.chosen) {
    NewSite chosen = ChosenOf(placing, c);
    for (const std::int32_t e : problem.covers[static_cast<std::size_t>(c)]) {
      if (!counted[static_cast<std::size_t>(e)]) chosen.gain += problem.weight[e] / all;
      counted[static_cast<std::size_t>(e)] = true;
    }
    placed.sites.push_back(std::move(chosen));
  }
}

/// The least over classes and places: the time, or where there is none how surely.
Guarantee LeastOf(std::span<const std::vector<WarningTime>> of_place) {
  Guarantee least{std::numeric_limits<double>::infinity(), 1.0};
  for (const auto& times : of_place) {
    for (const WarningTime& time : times) {
      least.time_s = std::min(least.time_s, time.sectors[time.weakest].time_s);
      least.detected = std::min(least.detected, time.detected);
    }
  }
  return least;
}

void LengthenWarning(const PlacedSite& site, const Placing& placing, const Parallel& parallel,
                     const Products& products, Placed& placed) {
  const Candidates candidates = CandidatesOf(site, placing);
  const PlanGrid& ways = products.ways;
  const auto bands = products.classes.front().coverage->bands_agl_m();
  std::vector<PlanTarget> targets;
  std::vector<std::vector<float>> exposure;  // of the sensors there are, by class
  for (std::size_t t = 0; t < products.classes.size(); ++t) {
    targets.push_back({kFlyers[t].target_class, kFlyers[t].flyer.speed_mps});
    exposure.push_back(products.OnWays(products.classes[t].coverage->exposure_per_s()));
  }
  const auto class_of = [&](std::size_t flyer) { return std::min(flyer, targets.size() - 1); };

  WarningProblem problem;
  problem.grid = ways;
  problem.bands_agl_m.assign(bands.begin(), bands.end());
  problem.cost = candidates.cost;
  problem.site = candidates.site;
  for (const Place& place : site.site.places) {
    problem.places.push_back({CentreOf(site, place), place.radius_m});
  }
  const std::size_t nodes = ways.size() * bands.size();
  const auto places_of = PlacesOf(site.field->terrain(), ways, bands);
  std::vector<std::shared_ptr<CandidateExposures>> exposures;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    exposures.push_back(std::make_shared<CandidateExposures>(nodes, candidates.cost.size()));
  }
  parallel("what sensors would see", candidates.cost.size(), [&](std::size_t c) {
    const auto index = static_cast<SensorIndex>(c);
    const auto layers = LayersOf(candidates.field, index, ways, bands, places_of, targets);
    for (std::size_t t = 0; t < targets.size(); ++t) {
      for (std::size_t node = 0; node < nodes; ++node) {
        const float p = layers[t].p[node];
        if (!(p > 0.0F)) continue;
        exposures[t]->Set(node, c, ExposurePerS(candidates.field.sensor(index), p));
      }
    }
  });
  for (std::size_t f = 0; f < std::size(kFlyers); ++f) {
    problem.against.push_back({kFlyers[f].flyer, exposure[class_of(f)], exposures[class_of(f)]});
  }
  WarningPlacement placement;
  {
    Progress progress("where sensors go");
    placement = ChooseForWarning(problem, LimitsOf(placing),
                                 [&](int done, int all) { progress.At(done, all); });
  }
  placed.cost = placement.cost;

  // What is told is by exposures that are not rounded; each is lost in turn, and in the last case
  // none.
  std::vector<std::vector<std::vector<float>>> more(placement.chosen.size());
  parallel("what new sensors see", more.size(), [&](std::size_t i) {
    const auto index = static_cast<SensorIndex>(placement.chosen[i]);
    for (SensorLayer& layer : LayersOf(candidates.field, index, ways, bands, places_of, targets)) {
      for (float& p : layer.p) {
        const double per_s = p > 0.0F ? ExposurePerS(candidates.field.sensor(index), p) : 0.0;
        p = static_cast<float>(per_s);
      }
      more[i].push_back(std::move(layer.p));
    }
  });
  const std::size_t cases = more.size() + 1;
  std::vector<std::vector<std::vector<WarningTime>>> times(
      cases, std::vector<std::vector<WarningTime>>(std::size(kFlyers)));
  parallel("warning times", cases * std::size(kFlyers), [&](std::size_t index) {
    const std::size_t lost = index % cases;
    const std::size_t flyer = index / cases;
    std::vector<float> sum = exposure[class_of(flyer)];
    for (std::size_t i = 0; i < more.size(); ++i) {
      if (i == lost) continue;
      const std::vector<float>& of = more[i][class_of(flyer)];
      std::transform(sum.begin(), sum.end(), of.begin(), sum.begin(), std::plus<>());
    }
    times[lost][flyer] = WarningsOf(site, ways, bands, sum, kFlyers[flyer].flyer);
  });
  PlacedWarning& warning = placed.warning.emplace();
  std::vector<std::vector<WarningTime>> before(std::size(kFlyers));
  for (std::size_t f = 0; f < before.size(); ++f) {
    for (const PlaceWarning& of : products.warnings[f]) before[f].push_back(of.all);
  }
  warning.before = LeastOf(before);
  warning.after = LeastOf(times.back());
  // Rounding may leave a bound that is met just below what there is.
  warning.bound = {std::max(placement.bound.time_s, warning.after.time_s),
                   std::max(placement.bound.detected, warning.after.detected)};
  warning.of_place = std::move(times.back());
  for (std::size_t i = 0; i < more.size(); ++i) {
    placed.sites.push_back(ChosenOf(placing, placement.chosen[i]));
    placed.sites.back().without = LeastOf(times[i]);
  }
}

}  // namespace

void PlaceSensors(const PlacedSite& site, const Placing& placing, const Parallel& parallel,
                  Products& products) {
  Placed placed;
  for (const PlacedType& type : placing.types) placed.types.push_back({type.sensor.id, type.cost});
  placed.count = placing.count;
  placed.budget = placing.budget;
  placed.near_m = placing.near_m;
  if (placing.objective == Objective::kWarning) {
    LengthenWarning(site, placing, parallel, products, placed);
  } else {
    CloseGaps(site, placing, parallel, products, placed);
  }
  products.placed = std::move(placed);
}

}  // namespace picket::app
