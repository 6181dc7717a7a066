// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/what_if.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "picket/base/assert.h"
#include "picket/geo/angle.h"

namespace picket {
namespace {

/// Spherical radius of Web Mercator (EPSG:3857), m.
constexpr double kMercatorM = 6378137.0;

double MercatorX(double lon_deg) { return kMercatorM * lon_deg * kRadPerDeg; }
double MercatorY(double lat_deg) { return kMercatorM * std::asinh(std::tan(lat_deg * kRadPerDeg)); }
double LonOf(double x) { return x / kMercatorM / kRadPerDeg; }
double LatOf(double y) { return std::atan(std::sinh(y / kMercatorM)) / kRadPerDeg; }

std::uint8_t LevelOf(const PlanGrid& grid, std::size_t cell, float p, bool measured) {
  if (std::isnan(p)) return grid.InRegion(cell) ? WhatIf::kUnknown : WhatIf::kOutside;
  // Rounded down, so that no gap is shown as seen.
  const auto percent = static_cast<int>(std::clamp(100.0F * p, 0.0F, 100.0F));
  return static_cast<std::uint8_t>((measured ? WhatIf::kMeasuredFrom : 0) + percent);
}

std::vector<std::uint8_t> LevelsOf(const Coverage& coverage) {
  const std::vector<float> p = coverage.ProbabilityOfLook();
  std::vector<std::uint8_t> levels(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) {
    levels[i] = LevelOf(coverage.grid(), i, p[i], coverage.Measured(i));
  }
  return levels;
}

bool Seen(std::uint8_t level) {
  if (level >= WhatIf::kOutside) return false;
  return (level >= WhatIf::kMeasuredFrom ? level - WhatIf::kMeasuredFrom : level) >=
         static_cast<int>(100.0F * kGapBelow);
}

/// Coverage::ShareOf of what levels say, together with what they gain and lose over others.
struct Counted {
  Coverage::Share share;
  double gained = 0.0;
  double lost = 0.0;
};
Counted Count(const std::vector<std::uint8_t>& levels, const std::vector<std::uint8_t>& before) {
  // Few levels: how often each pair of them comes is counted first.
  std::vector<std::uint32_t> pairs(std::size_t{256} * 256, 0);
  for (std::size_t i = 0; i < levels.size(); ++i) ++pairs[std::size_t{256} * before[i] + levels[i]];
  Counted counted;
  double all = 0.0;
  for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
    const auto was = static_cast<std::uint8_t>(pair / 256);
    const auto is = static_cast<std::uint8_t>(pair % 256);
    if (is == WhatIf::kOutside || pairs[pair] == 0) continue;
    const double cells = pairs[pair];
    all += cells;
    Coverage::Share& share = counted.share;
    (is == WhatIf::kUnknown ? share.unknown : Seen(is) ? share.seen : share.gap) += cells;
    if (is >= WhatIf::kMeasuredFrom && is != WhatIf::kUnknown) share.measured += cells;
    if (Seen(is) && !Seen(was)) counted.gained += cells;
    if (Seen(was) && !Seen(is)) counted.lost += cells;
  }
  if (all <= 0.0) return counted;
  for (double* part : {&counted.share.seen, &counted.share.gap, &counted.share.unknown,
                       &counted.share.measured, &counted.gained, &counted.lost}) {
    *part /= all;
  }
  return counted;
}

}  // namespace

MercatorCells MercatorCellsOf(const Terrain& terrain, const LocalFrame& frame,
                              const PlanGrid& grid) {
  // The corners and the middles of the sides bound the square on the map.
  const double west_m = grid.west_m - 0.5 * grid.cell_m;
  const double north_m = grid.north_m + 0.5 * grid.cell_m;
  const double east_m = west_m + grid.columns * grid.cell_m;
  const double south_m = north_m - grid.rows * grid.cell_m;
  double left = std::numeric_limits<double>::infinity();
  double right = -left;
  double bottom = left;
  double top = -left;
  for (const double e : {west_m, 0.5 * (west_m + east_m), east_m}) {
    for (const double n : {south_m, 0.5 * (south_m + north_m), north_m}) {
      const Geodetic at = frame.ToGeodetic(terrain.PointAt({e, n}, frame.origin().height));
      // Across the antimeridian longitudes go on.
      const double middle_deg = frame.origin().lon_deg;
      const double lon_deg = middle_deg + std::remainder(at.lon_deg - middle_deg, 360.0);
      left = std::min(left, MercatorX(lon_deg));
      right = std::max(right, MercatorX(lon_deg));
      bottom = std::min(bottom, MercatorY(at.lat_deg));
      top = std::max(top, MercatorY(at.lat_deg));
    }
  }
  MercatorCells picture;
  picture.width = grid.columns;
  picture.height = grid.rows;
  picture.corners_lon_lat = {{{LonOf(left), LatOf(top)},
                              {LonOf(right), LatOf(top)},
                              {LonOf(right), LatOf(bottom)},
                              {LonOf(left), LatOf(bottom)}}};
  picture.cell.reserve(static_cast<std::size_t>(picture.width) * picture.height);
  for (int y = 0; y < picture.height; ++y) {
    const double lat = LatOf(top + (y + 0.5) / picture.height * (bottom - top));
    for (int x = 0; x < picture.width; ++x) {
      const double lon = LonOf(left + (x + 0.5) / picture.width * (right - left));
      const Terrain::MapPoint at = terrain.MapOf(frame.ToLocal({lat, lon, frame.origin().height}));
      const double column = std::floor((at.east_m - west_m) / grid.cell_m);
      const double row = std::floor((north_m - at.north_m) / grid.cell_m);
      const bool inside = column >= 0.0 && row >= 0.0 && column < grid.columns && row < grid.rows;
      picture.cell.push_back(inside ? static_cast<std::int32_t>(row * grid.columns + column) : -1);
    }
  }
  return picture;
}

std::optional<Sensor> StandingAt(Sensor sensor, const Terrain& terrain, const LocalFrame& frame,
                                 double lat_deg, double lon_deg, double height_agl_m) {
  const Terrain::MapPoint at =
      terrain.MapOf(frame.ToLocal({lat_deg, lon_deg, frame.origin().height}));
  const auto ground = terrain.Empty() ? std::optional<HeightHae>(HeightHae{0.0})
                                      : terrain.GroundAt(at.east_m, at.north_m);
  if (!ground) return std::nullopt;
  const Geodetic point{lat_deg, lon_deg, HeightHae{ground->m + height_agl_m}};
  sensor.p_LS_L = frame.ToLocal(point);
  sensor.R_SL = frame.AxesAt(point);
  sensor.learned = nullptr;
  sensor.up = true;
  return sensor;
}

WhatIf::WhatIf(std::shared_ptr<const DetectionField> field, double region_radius_m, int most)
    : field_(std::move(field)), grid_(MakePlanGrid(field_->terrain(), region_radius_m, most)) {}

SensorLayer WhatIf::LayerOf(const DetectionField& field, SensorIndex sensor,
                            const View& view) const {
  SensorLayer layer = std::move(LayersOf(field, sensor, grid_, std::span(&view.height_agl_m, 1),
                                         view.places, std::span(&view.target, 1))
                                    .front());
  layer.visible_above_m = {};  // nobody asks
  return layer;
}

WhatIf::View& WhatIf::ViewOf(const Question& question) {
  const auto found = std::find_if(views_.begin(), views_.end(), [&](const View& view) {
    return view.target.target_class == question.target.target_class &&
           view.target.speed_mps == question.target.speed_mps &&
           view.height_agl_m == question.height_agl_m;
  });
  if (found != views_.end()) {
    views_.splice(views_.begin(), views_, found);
    return views_.front();
  }
  if (views_.size() >= kMostViews) views_.pop_back();
  View& view = views_.emplace_front();
  view.target = question.target;
  view.height_agl_m = question.height_agl_m;
  view.places = PlacesOf(field_->terrain(), grid_, std::span(&question.height_agl_m, 1));
  return view;
}

Coverage WhatIf::NetworkBut(View& view, SensorIndex left_out) {
  Coverage coverage(grid_, {view.height_agl_m});
  for (SensorIndex s = 0; s < static_cast<SensorIndex>(field_->sensors().size()); ++s) {
    if (s == left_out || field_->sensor(s).look == LookKind::kSelfReport) continue;
    const auto kept = view.layers.find(s);
    if (kept != view.layers.end()) {
      coverage.Add(*field_, s, kept->second);
      continue;
    }
    SensorLayer layer = LayerOf(*field_, s, view);
    coverage.Add(*field_, s, layer);
    if (view.layers.size() < kMostLayers) view.layers.emplace(s, std::move(layer));
  }
  return coverage;
}

WhatIf::Answer WhatIf::Ask(const Question& question) {
  const auto known = static_cast<SensorIndex>(field_->sensors().size());
  PICKET_ASSERT(!question.instead_of || (*question.instead_of >= 0 && *question.instead_of < known),
                "a sensor that is taken away is one of the field's");
  View& view = ViewOf(question);
  if (!view.now) {
    view.now = NetworkBut(view, -1);
    view.now_levels = LevelsOf(*view.now);
    view.now_share = Count(view.now_levels, view.now_levels).share;
  }
  Answer answer;
  answer.now = answer.then = view.now_share;
  answer.now_levels = view.now_levels;
  if (!question.instead_of && !question.sensor) {
    answer.levels = view.now_levels;
    return answer;
  }
  if (question.instead_of && (!view.without || view.without->sensor != *question.instead_of)) {
    Coverage rest = NetworkBut(view, *question.instead_of);
    std::vector<std::uint8_t> levels = LevelsOf(rest);
    view.without = View::Without{*question.instead_of, std::move(rest), std::move(levels)};
  }
  answer.levels = question.instead_of ? view.without->levels : view.now_levels;
  if (question.sensor) {
    const Coverage& rest = question.instead_of ? view.without->coverage : *view.now;
    const SensorIndex index = question.instead_of.value_or(known);
    DetectionField changed = *field_;
    changed.Put(index, *question.sensor);
    const SensorLayer layer = LayerOf(changed, index, view);
    for (std::size_t i = 0; i < layer.p.size(); ++i) {
      if (layer.p[i] == 0.0F) continue;  // the rest of the network decides alone
      const auto [p, measured] = rest.With(layer, i);
      answer.levels[i] = LevelOf(grid_, i, p, measured);
    }
  }
  const Counted counted = Count(answer.levels, answer.now_levels);
  answer.then = counted.share;
  answer.gained = counted.gained;
  answer.lost = counted.lost;
  return answer;
}

}  // namespace picket
