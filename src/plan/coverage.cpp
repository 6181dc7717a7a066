// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/coverage.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "picket/base/assert.h"
#include "picket/terrain/visibility.h"

namespace picket {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Minimum visible heights of the grid's cells within `radius_m` of a sensor; 0 without a terrain.
std::vector<float> VisibleAbove(const DetectionField& field, const Sensor& sensor,
                                const PlanGrid& grid, double radius_m) {
  const Terrain& terrain = field.terrain();
  const Terrain::MapPoint at = terrain.MapOf(sensor.p_LS_L);
  std::vector<float> above(grid.size(), kNan);
  if (terrain.Empty()) {
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const Terrain::MapPoint to = grid.At(i);
      if (std::hypot(to.east_m - at.east_m, to.north_m - at.north_m) <= radius_m) above[i] = 0.0F;
    }
    return above;
  }
  const Terrain::GridView& ground = terrain.grid();
  Viewpoint from;
  from.column = (at.east_m - ground.west_m) / ground.cell_m;
  from.row = (ground.north_m - at.north_m) / ground.cell_m;
  from.height_m = terrain.HeightOf(sensor.p_LS_L).m;
  from.radius_m = std::min(radius_m, kMaxVisibleCells * ground.cell_m);
  from.drop_per_m2 = terrain.drop_per_m2();
  if (from.column < 0.0 || from.row < 0.0 || from.column > ground.columns - 1 ||
      from.row > ground.rows - 1) {
    return above;  // what lies between it and the region is not known
  }
  VisibleHeights seen = MinimumVisibleHeights(
      {terrain.mask_hae_m(), ground.columns, ground.rows, ground.cell_m}, from);
  if (terrain.HasSurface()) AddSurface(terrain.mask_hae_m(), ground.hae_m, ground.columns, seen);
  for (std::size_t i = 0; i < grid.size(); ++i) {
    above[i] = seen.At(static_cast<int>(i % grid.columns) * grid.stride,
                       static_cast<int>(i / grid.columns) * grid.stride);
  }
  return above;
}

}  // namespace

Terrain::MapPoint PlanGrid::At(std::size_t cell) const {
  const std::size_t row = cell / columns;
  return {west_m + static_cast<double>(cell % columns) * cell_m,
          north_m - static_cast<double>(row) * cell_m};
}

bool PlanGrid::InRegion(std::size_t cell) const {
  const Terrain::MapPoint at = At(cell);
  return at.east_m * at.east_m + at.north_m * at.north_m <= radius_m * radius_m;
}

PlanGrid MakePlanGrid(const Terrain& terrain, double region_radius_m, int most) {
  PICKET_ASSERT(most >= 2, "a grid has cells");
  PlanGrid grid;
  grid.radius_m = region_radius_m;
  if (terrain.Empty()) {
    const int half = most / 2;
    grid.columns = grid.rows = 2 * half + 1;
    grid.cell_m = region_radius_m / half;
    grid.west_m = -half * grid.cell_m;
    grid.north_m = half * grid.cell_m;
    grid.ground_hae_m.assign(static_cast<std::size_t>(grid.columns) * grid.rows, 0.0F);
    return grid;
  }
  const Terrain::GridView& ground = terrain.grid();
  grid.stride = (std::max(ground.columns, ground.rows) - 1) / most + 1;
  grid.columns = (ground.columns - 1) / grid.stride + 1;
  grid.rows = (ground.rows - 1) / grid.stride + 1;
  grid.cell_m = ground.cell_m * grid.stride;
  grid.west_m = ground.west_m;
  grid.north_m = ground.north_m;
  for (int row = 0; row < grid.rows; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      grid.ground_hae_m.push_back(
          ground.hae_m[static_cast<std::size_t>(row) * grid.stride * ground.columns +
                       static_cast<std::size_t>(column) * grid.stride]);
    }
  }
  return grid;
}

PlanGrid Thinned(const PlanGrid& grid, int every) {
  PICKET_ASSERT(every >= 1, "a grid is thinned to every nth cell");
  PlanGrid thin = grid;
  thin.columns = (grid.columns - 1) / every + 1;
  thin.rows = (grid.rows - 1) / every + 1;
  thin.cell_m = grid.cell_m * every;
  thin.stride = grid.stride * every;
  thin.ground_hae_m = Thinned(grid, every, grid.ground_hae_m);
  return thin;
}

std::vector<float> Thinned(const PlanGrid& grid, int every, std::span<const float> values) {
  PICKET_ASSERT(every >= 1 && values.size() % grid.size() == 0, "a value for each cell");
  std::vector<float> thin;
  for (std::size_t band = 0; band < values.size(); band += grid.size()) {
    for (int row = 0; row < grid.rows; row += every) {
      const auto line = values.subspan(band + static_cast<std::size_t>(row) * grid.columns,
                                       static_cast<std::size_t>(grid.columns));
      for (std::size_t column = 0; column < line.size(); column += every) {
        thin.push_back(line[column]);
      }
    }
  }
  return thin;
}

std::vector<double> PlanHeights(double ceiling_agl_m) {
  std::vector<double> heights;
  for (const double height : {30.0, 50.0, 100.0, 200.0, 500.0}) {
    if (height < ceiling_agl_m) heights.push_back(height);
  }
  heights.push_back(ceiling_agl_m);
  return heights;
}

std::vector<Eigen::Vector3d> PlacesOf(const Terrain& terrain, const PlanGrid& grid,
                                      std::span<const double> bands_agl_m) {
  std::vector<Eigen::Vector3d> places;
  places.reserve(bands_agl_m.size() * grid.size());
  for (const double band : bands_agl_m) {
    for (std::size_t i = 0; i < grid.size(); ++i) {
      places.push_back(terrain.PointAt(grid.At(i), HeightHae{grid.ground_hae_m[i] + band}));
    }
  }
  return places;
}

std::vector<SensorLayer> LayersOf(const DetectionField& field, SensorIndex sensor,
                                  const PlanGrid& grid, std::span<const double> bands_agl_m,
                                  std::span<const Eigen::Vector3d> places,
                                  std::span<const PlanTarget> targets) {
  PICKET_ASSERT(places.size() == bands_agl_m.size() * grid.size(), "each cell has its places");
  const Sensor& of = field.sensor(sensor);
  const Terrain& terrain = field.terrain();
  // A slant range is longer than its ground distance, but for a target above the sensor's horizon
  // by less than what the earth's curve takes: a percent covers both.
  const double far = grid.radius_m + of.p_LS_L.head<2>().norm();
  const double reach =
      std::max(of.field.max_range_m > 0.0 ? 1.01 * of.field.max_range_m : far, grid.cell_m);
  const std::vector<float> visible_above_m = VisibleAbove(field, of, grid, reach);
  std::vector<SensorLayer> layers(targets.size());
  std::vector<std::optional<ClearCurve>> curves;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    layers[t].visible_above_m = visible_above_m;
    layers[t].p.assign(places.size(), 0.0F);
    if (of.learned) layers[t].measured.assign(places.size(), 0);
    // Places on the edge of reach and high above it are farther away; not twice as far.
    curves.push_back(ClearCurve::Of(of.detect, targets[t].target_class, 2.0 * reach));
  }
  const Terrain::MapPoint at = terrain.MapOf(of.p_LS_L);
  const auto within = [](double from, double to, int last) {
    return std::pair{static_cast<int>(std::clamp(std::floor(from), 0.0, static_cast<double>(last))),
                     static_cast<int>(std::clamp(std::ceil(to), 0.0, static_cast<double>(last)))};
  };
  const auto [west, east] =
      within((at.east_m - reach - grid.west_m) / grid.cell_m,
             (at.east_m + reach - grid.west_m) / grid.cell_m, grid.columns - 1);
  const auto [north, south] =
      within((grid.north_m - at.north_m - reach) / grid.cell_m,
             (grid.north_m - at.north_m + reach) / grid.cell_m, grid.rows - 1);
  for (int row = north; row <= south; ++row) {
    for (int column = west; column <= east; ++column) {
      const std::size_t i = static_cast<std::size_t>(row) * grid.columns + column;
      if (!grid.InRegion(i)) continue;
      const float above = visible_above_m[i];
      const bool ground_known = !std::isnan(grid.ground_hae_m[i]);
      for (std::size_t band = 0; band < bands_agl_m.size(); ++band) {
        const std::size_t k = band * grid.size() + i;
        if (!ground_known) {
          for (SensorLayer& layer : layers) layer.p[k] = kNan;
          continue;
        }
        if (above > bands_agl_m[band] && !of.detect.diffraction) continue;
        const Eigen::Vector3d& p_LT_L = places[k];
        bool any = false;
        for (std::size_t t = 0; t < targets.size(); ++t) {
          const ClassProbabilities classes = Certainly(targets[t].target_class);
          const double speed = targets[t].speed_mps;
          double clear = 0.0;
          if (of.detect.diffraction) {
            clear = field.ProbabilityOnAnyHeading(sensor, classes, p_LT_L, speed);
          } else if (curves[t]) {
            clear = field.InClearOnAnyHeading(sensor, *curves[t], p_LT_L, speed);
          } else {
            clear = field.InClearOnAnyHeading(sensor, classes, p_LT_L, speed);
          }
          if (clear <= 0.0) continue;
          layers[t].p[k] = std::isnan(above) ? kNan : static_cast<float>(clear);
          any = true;
        }
        if (!any || !of.learned || std::isnan(above) || !field.Measured(sensor, p_LT_L)) continue;
        for (SensorLayer& layer : layers) layer.measured[k] = 1;
      }
    }
  }
  return layers;
}

double ExposurePerS(const Sensor& sensor, float p) {
  return -std::log1p(-static_cast<double>(p)) / sensor.period.s();
}

Coverage::Coverage(PlanGrid grid, std::vector<double> bands_agl_m)
    : grid_(std::move(grid)), bands_agl_m_(std::move(bands_agl_m)) {
  const std::size_t size = grid_.size() * bands_agl_m_.size();
  log_miss_.assign(size, 0.0F);
  best_log_miss_.assign(size, 0.0F);
  exposure_per_s_.assign(size, 0.0F);
  able_.assign(size, 0);
  sole_.assign(size, -1);
  unknown_.assign(size, 0);
  visible_above_m_.assign(grid_.size(), kNan);
}

void Coverage::Add(const DetectionField& field, SensorIndex sensor, const SensorLayer& layer) {
  const Sensor& of = field.sensor(sensor);
  if (of.look == LookKind::kSelfReport) return;
  if (!layer.measured.empty()) measured_log_miss_.resize(log_miss_.size(), 0.0F);
  for (std::size_t i = 0; i < layer.p.size(); ++i) {
    const float p = layer.p[i];
    if (std::isnan(p)) {
      unknown_[i] = 1;
    } else if (p > 0.0F) {
      const float log_miss = std::log1p(-p);
      log_miss_[i] += log_miss;
      if (!layer.measured.empty() && layer.measured[i] != 0) measured_log_miss_[i] += log_miss;
      best_log_miss_[i] = std::min(best_log_miss_[i], log_miss);
      exposure_per_s_[i] += static_cast<float>(ExposurePerS(of, p));
      if (p >= kAbleToSee) {
        ++able_[i];
        sole_[i] = sensor;
      }
    }
  }
  if (layer.visible_above_m.empty()) return;
  for (std::size_t i = 0; i < grid_.size(); ++i) {
    const float above = layer.visible_above_m[i];
    if (!grid_.InRegion(i) || std::isnan(above)) continue;
    if (!(visible_above_m_[i] <= above)) visible_above_m_[i] = above;
  }
}

bool Coverage::Known(std::size_t i, float log_miss, bool unknown) const {
  const std::size_t cell = i % grid_.size();
  if (!grid_.InRegion(cell) || std::isnan(grid_.ground_hae_m[cell])) return false;
  // What somebody sees for certain is seen, whatever others might see.
  return !unknown || 1.0F - std::exp(log_miss) >= kGapBelow;
}

bool Coverage::Measured(std::size_t i) const {
  return !measured_log_miss_.empty() && log_miss_[i] < 0.0F &&
         measured_log_miss_[i] <= 0.5F * log_miss_[i];
}

std::vector<float> Coverage::ProbabilityOfLook() const {
  std::vector<float> p(log_miss_.size(), kNan);
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (Known(i)) p[i] = -std::expm1(log_miss_[i]);
  }
  return p;
}

Coverage::OfLook Coverage::With(const SensorLayer& layer, std::size_t i) const {
  float log_miss = log_miss_[i];
  float measured = measured_log_miss_.empty() ? 0.0F : measured_log_miss_[i];
  const float p = layer.p[i];
  if (p > 0.0F) {
    const float more = std::log1p(-p);
    log_miss += more;
    if (!layer.measured.empty() && layer.measured[i] != 0) measured += more;
  }
  if (!Known(i, log_miss, unknown_[i] != 0 || std::isnan(p))) return {kNan, false};
  return {-std::expm1(log_miss), log_miss < 0.0F && measured <= 0.5F * log_miss};
}

std::vector<float> Coverage::ProbabilityWithoutBest() const {
  std::vector<float> p(log_miss_.size(), kNan);
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (Known(i)) p[i] = std::max(0.0F, -std::expm1(log_miss_[i] - best_log_miss_[i]));
  }
  return p;
}

std::vector<float> Coverage::Sensors() const {
  std::vector<float> count(able_.size(), kNan);
  for (std::size_t i = 0; i < count.size(); ++i) {
    if (Known(i)) count[i] = able_[i];
  }
  return count;
}

Coverage::Share Coverage::ShareOf(std::size_t band) const {
  const std::vector<float> p = ProbabilityOfLook();
  Share share;
  double all = 0.0;
  for (std::size_t cell = 0; cell < grid_.size(); ++cell) {
    if (!grid_.InRegion(cell)) continue;
    all += 1.0;
    const float at = p[band * grid_.size() + cell];
    (std::isnan(at) ? share.unknown : at < kGapBelow ? share.gap : share.seen) += 1.0;
    if (!std::isnan(at) && Measured(band * grid_.size() + cell)) share.measured += 1.0;
  }
  if (all > 0.0) {
    share.seen /= all;
    share.gap /= all;
    share.unknown /= all;
    share.measured /= all;
  }
  return share;
}

double Coverage::SeenAloneBy(SensorIndex sensor, std::size_t band) const {
  std::size_t alone = 0;
  std::size_t all = 0;
  for (std::size_t cell = 0; cell < grid_.size(); ++cell) {
    if (!grid_.InRegion(cell)) continue;
    ++all;
    const std::size_t i = band * grid_.size() + cell;
    alone += able_[i] == 1 && sole_[i] == sensor ? 1 : 0;
  }
  return static_cast<double>(alone) / static_cast<double>(std::max<std::size_t>(1, all));
}

}  // namespace picket
