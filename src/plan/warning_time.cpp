// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/warning_time.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include "picket/base/assert.h"
#include "plan/least_exposure.h"

namespace picket {
namespace {

/// A step to a neighbour on the level, and for long ones the two cells that it passes between.
struct Step {
  int dx;
  int dy;
  int via_x[2];
  int via_y[2];
};

constexpr std::array<Step, 8> kShort = {{{1, 0, {}, {}},
                                         {-1, 0, {}, {}},
                                         {0, 1, {}, {}},
                                         {0, -1, {}, {}},
                                         {1, 1, {}, {}},
                                         {1, -1, {}, {}},
                                         {-1, 1, {}, {}},
                                         {-1, -1, {}, {}}}};
constexpr std::array<Step, 8> kLong = {{{2, 1, {1, 1}, {0, 1}},
                                        {2, -1, {1, 1}, {0, -1}},
                                        {-2, 1, {-1, -1}, {0, 1}},
                                        {-2, -1, {-1, -1}, {0, -1}},
                                        {1, 2, {0, 1}, {1, 1}},
                                        {-1, 2, {0, -1}, {1, 1}},
                                        {1, -2, {0, 1}, {-1, -1}},
                                        {-1, -2, {0, -1}, {-1, -1}}}};
// A way of such steps is at most 1 / cos(atan(1/2) / 2) times as long as the straight one.
constexpr double kLongest = 1.0275;

/// From anywhere in a cell to a place's centre, at least: half a diagonal less than from its
/// centre.
double RangeFrom(const PlanGrid& grid, std::size_t cell, const Terrain::MapPoint& place) {
  const Terrain::MapPoint at = grid.At(cell);
  return std::max(0.0, std::hypot(at.east_m - place.east_m, at.north_m - place.north_m) -
                           grid.cell_m * std::sqrt(0.5));
}

/// @param before  ExposureTree's, or null: nobody wants to know
std::vector<float> Search(const PlanGrid& grid, std::span<const double> bands_agl_m,
                          std::span<const float> exposure_per_s, const Flyer& flyer,
                          double threshold, std::vector<std::uint32_t>* before) {
  const std::size_t cells = grid.size();
  PICKET_ASSERT(exposure_per_s.size() == cells * bands_agl_m.size(),
                "exposure is given for every cell of every band");
  PICKET_ASSERT(flyer.speed_mps > 0.0 && flyer.climb_mps > 0.0, "a flyer moves");
  // With a frame of two cells, which no exposure improves, so that no step needs to look whether it
  // leaves the region.
  const std::ptrdiff_t width = grid.columns + 4;
  const std::ptrdiff_t plane = width * (grid.rows + 4);
  const auto bands = static_cast<std::ptrdiff_t>(bands_agl_m.size());
  constexpr float kNever = -1.0F;
  std::vector<float> least(static_cast<std::size_t>(plane * bands), kNever);
  std::vector<float> rate(least.size(), 0.0F);
  const auto framed = [&](std::size_t cell) {
    return static_cast<std::ptrdiff_t>(cell / grid.columns + 2) * width +
           static_cast<std::ptrdiff_t>(cell % grid.columns + 2);
  };
  for (std::size_t cell = 0; cell < cells; ++cell) {
    if (!grid.InRegion(cell)) continue;
    for (std::ptrdiff_t band = 0; band < bands; ++band) {
      const std::ptrdiff_t node = band * plane + framed(cell);
      least[node] = std::numeric_limits<float>::infinity();
      rate[node] = exposure_per_s[static_cast<std::size_t>(band) * cells + cell];
    }
  }

  // Buckets of exposure stand for a sorted queue: within one, nodes may be looked at again, which
  // gives the same least exposures (Dial, 1969; Meyer and Sanders, "Delta-stepping", 2003).
  constexpr std::size_t kBuckets = 65536;
  std::vector<std::vector<std::uint32_t>> buckets(kBuckets);
  std::size_t bucket = 0;
  const auto limit = static_cast<float>(threshold);
  const float per_bucket = static_cast<float>(kBuckets) / limit;
  std::vector<std::uint32_t> came_from(before != nullptr ? least.size() : 0);
  const auto reach = [&](std::ptrdiff_t node, float exposure, std::ptrdiff_t from) {
    if (!(exposure < least[node]) || !(exposure < limit)) return;
    least[node] = exposure;
    if (before != nullptr) came_from[node] = static_cast<std::uint32_t>(from);
    const auto of = static_cast<std::size_t>(exposure * per_bucket);
    buckets[std::clamp(of, bucket, kBuckets - 1)].push_back(static_cast<std::uint32_t>(node));
  };
  for (std::ptrdiff_t at = 2 * width; at < plane - 2 * width; ++at) {
    const bool edge = least[at + 1] == kNever || least[at - 1] == kNever ||
                      least[at + width] == kNever || least[at - width] == kNever;
    if (least[at] == kNever || !edge) continue;
    for (std::ptrdiff_t band = 0; band < bands; ++band) {
      reach(band * plane + at, 0.0F, band * plane + at);
    }
  }

  const double cell_s = grid.cell_m / flyer.speed_mps / kLongest;
  std::array<std::pair<std::ptrdiff_t, float>, 8> shorts;  // where to, and half its seconds
  std::array<std::array<std::ptrdiff_t, 3>, 8> longs;      // where to, and what is passed
  for (std::size_t i = 0; i < 8; ++i) {
    const Step& s = kShort[i];
    shorts[i] = {s.dy * width + s.dx, static_cast<float>(0.5 * cell_s * std::hypot(s.dx, s.dy))};
    const Step& l = kLong[i];
    longs[i] = {l.dy * width + l.dx, l.via_y[0] * width + l.via_x[0],
                l.via_y[1] * width + l.via_x[1]};
  }
  const auto long_s = static_cast<float>(0.25 * cell_s * std::sqrt(5.0));
  std::vector<float> climb_s;  // half the seconds from each band to the one above
  for (std::ptrdiff_t band = 0; band + 1 < bands; ++band) {
    climb_s.push_back(static_cast<float>(0.5 * std::abs(bands_agl_m[band + 1] - bands_agl_m[band]) /
                                         flyer.climb_mps));
  }
  const auto pass_on = [&](std::ptrdiff_t node) {
    const float exposure = least[node];
    const float here = rate[node];
    for (const auto& [to, half_s] : shorts) {
      reach(node + to, exposure + (here + rate[node + to]) * half_s, node);
    }
    for (const auto& [to, via, other] : longs) {
      const float sum = (here + rate[node + to]) + (rate[node + via] + rate[node + other]);
      reach(node + to, exposure + sum * long_s, node);
    }
    const std::ptrdiff_t band = node / plane;
    if (band > 0) {
      reach(node - plane, exposure + (here + rate[node - plane]) * climb_s[band - 1], node);
    }
    if (band + 1 < bands) {
      reach(node + plane, exposure + (here + rate[node + plane]) * climb_s[band], node);
    }
  };
  std::vector<float> passed_on(least.size(), std::numeric_limits<float>::infinity());
  std::vector<std::uint32_t> nodes;
  for (; bucket < kBuckets; ++bucket) {
    while (!buckets[bucket].empty()) {
      nodes.clear();
      nodes.swap(buckets[bucket]);
      for (const std::uint32_t node : nodes) {
        if (!(least[node] < passed_on[node])) continue;
        passed_on[node] = least[node];
        pass_on(node);
      }
    }
  }

  const auto unframed = [&](std::ptrdiff_t node) {
    const std::ptrdiff_t at = node % plane;
    return static_cast<std::size_t>(node / plane) * cells +
           static_cast<std::size_t>((at / width - 2) * grid.columns + at % width - 2);
  };
  std::vector<float> exposures(exposure_per_s.size(), std::numeric_limits<float>::infinity());
  if (before != nullptr) {
    before->resize(exposures.size());
    std::iota(before->begin(), before->end(), 0U);
  }
  for (std::size_t cell = 0; cell < cells; ++cell) {
    for (std::ptrdiff_t band = 0; band < bands; ++band) {
      const std::ptrdiff_t node = band * plane + framed(cell);
      const float exposure = least[node];
      if (exposure == kNever || !(exposure < limit)) continue;
      const std::size_t to = static_cast<std::size_t>(band) * cells + cell;
      exposures[to] = exposure;
      if (before != nullptr) (*before)[to] = static_cast<std::uint32_t>(unframed(came_from[node]));
    }
  }
  return exposures;
}

}  // namespace

std::vector<float> LeastExposure(const PlanGrid& grid, std::span<const double> bands_agl_m,
                                 std::span<const float> exposure_per_s, const Flyer& flyer,
                                 double threshold) {
  return Search(grid, bands_agl_m, exposure_per_s, flyer, threshold, nullptr);
}

ExposureTree FindLeastExposed(const PlanGrid& grid, std::span<const double> bands_agl_m,
                              std::span<const float> exposure_per_s, const Flyer& flyer,
                              double threshold) {
  ExposureTree tree;
  tree.least = Search(grid, bands_agl_m, exposure_per_s, flyer, threshold, &tree.before);
  return tree;
}

void AddStep(const PlanGrid& grid, std::span<const double> bands_agl_m, const Flyer& flyer,
             std::size_t from, std::size_t to, std::vector<std::pair<std::size_t, double>>& spent) {
  const std::size_t cells = grid.size();
  const std::size_t band_from = from / cells;
  const std::size_t band_to = to / cells;
  if (band_from != band_to) {
    const double climb_s =
        std::abs(bands_agl_m[band_to] - bands_agl_m[band_from]) / flyer.climb_mps;
    spent.emplace_back(from, 0.5 * climb_s);
    spent.emplace_back(to, 0.5 * climb_s);
    return;
  }
  const auto column = [&](std::size_t node) {
    return static_cast<int>(node % cells) % grid.columns;
  };
  const auto row = [&](std::size_t node) { return static_cast<int>(node % cells) / grid.columns; };
  const int dx = column(to) - column(from);
  const int dy = row(to) - row(from);
  const double step_s = grid.cell_m / flyer.speed_mps / kLongest * std::hypot(dx, dy);
  const auto step = std::find_if(kLong.begin(), kLong.end(),
                                 [&](const Step& s) { return s.dx == dx && s.dy == dy; });
  const double share = step == kLong.end() ? 0.5 : 0.25;
  spent.emplace_back(from, share * step_s);
  spent.emplace_back(to, share * step_s);
  if (step == kLong.end()) return;
  for (const int i : {0, 1}) {
    const std::ptrdiff_t via =
        static_cast<std::ptrdiff_t>(step->via_y[i]) * grid.columns + step->via_x[i];
    spent.emplace_back(static_cast<std::size_t>(static_cast<std::ptrdiff_t>(from) + via),
                       share * step_s);
  }
}

std::size_t SectorOf(const Terrain::MapPoint& at, const Terrain::MapPoint& place) {
  const double bearing = std::atan2(at.east_m - place.east_m, at.north_m - place.north_m);
  const double sector = std::floor(bearing / (2.0 * std::numbers::pi) * kSectors + 0.5);
  return static_cast<std::size_t>(sector + kSectors) % kSectors;
}

std::vector<double> TimesIntoCircle(const PlanGrid& grid, const Terrain::MapPoint& place,
                                    double radius_m, double speed_mps) {
  std::vector<double> times_s(grid.size());
  for (std::size_t cell = 0; cell < times_s.size(); ++cell) {
    const double away_m = RangeFrom(grid, cell, place);
    times_s[cell] = std::max(0.0, away_m - radius_m) / speed_mps;
  }
  return times_s;
}

WarningTime GuaranteedWarning(const PlanGrid& grid, std::span<const double> bands_agl_m,
                              std::span<const float> least_exposure, const Terrain::MapPoint& place,
                              double radius_m, double speed_mps) {
  const std::size_t cells = grid.size();
  WarningTime warning;
  for (WarningTime::Least& sector : warning.sectors) {
    sector.time_s = std::numeric_limits<double>::infinity();
  }
  double inside = kSureExposure;
  for (std::size_t node = 0; node < least_exposure.size(); ++node) {
    if (!std::isfinite(least_exposure[node])) continue;
    const std::size_t cell = node % cells;
    const double range = RangeFrom(grid, cell, place);
    const double time_s = std::max(0.0, range - radius_m) / speed_mps;
    WarningTime::Least& least = warning.sectors[SectorOf(grid.At(cell), place)];
    if (time_s < least.time_s) least = {time_s, bands_agl_m[node / cells], range};
    if (time_s <= 0.0) inside = std::min(inside, static_cast<double>(least_exposure[node]));
  }
  warning.detected = -std::expm1(-inside);
  for (std::size_t i = 1; i < kSectors; ++i) {
    if (warning.sectors[i].time_s < warning.sectors[warning.weakest].time_s) warning.weakest = i;
  }
  return warning;
}

}  // namespace picket
