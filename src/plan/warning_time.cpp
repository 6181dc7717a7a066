// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/warning_time.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "picket/base/assert.h"

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

}  // namespace

std::vector<float> LeastExposure(const PlanGrid& grid, std::span<const double> bands_agl_m,
                                 std::span<const float> exposure_per_s, const Flyer& flyer,
                                 double threshold) {
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
  const auto reach = [&](std::ptrdiff_t node, float exposure) {
    if (!(exposure < least[node]) || !(exposure < limit)) return;
    least[node] = exposure;
    const auto of = static_cast<std::size_t>(exposure * per_bucket);
    buckets[std::clamp(of, bucket, kBuckets - 1)].push_back(static_cast<std::uint32_t>(node));
  };
  for (std::ptrdiff_t at = 2 * width; at < plane - 2 * width; ++at) {
    const bool edge = least[at + 1] == kNever || least[at - 1] == kNever ||
                      least[at + width] == kNever || least[at - width] == kNever;
    if (least[at] == kNever || !edge) continue;
    for (std::ptrdiff_t band = 0; band < bands; ++band) reach(band * plane + at, 0.0F);
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
      reach(node + to, exposure + (here + rate[node + to]) * half_s);
    }
    for (const auto& [to, via, other] : longs) {
      const float sum = (here + rate[node + to]) + (rate[node + via] + rate[node + other]);
      reach(node + to, exposure + sum * long_s);
    }
    const std::ptrdiff_t band = node / plane;
    if (band > 0) {
      reach(node - plane, exposure + (here + rate[node - plane]) * climb_s[band - 1]);
    }
    if (band + 1 < bands) {
      reach(node + plane, exposure + (here + rate[node + plane]) * climb_s[band]);
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

  std::vector<float> exposures(exposure_per_s.size(), std::numeric_limits<float>::infinity());
  for (std::size_t cell = 0; cell < cells; ++cell) {
    for (std::ptrdiff_t band = 0; band < bands; ++band) {
      const float exposure = least[band * plane + framed(cell)];
      if (exposure == kNever || !(exposure < limit)) continue;
      exposures[static_cast<std::size_t>(band) * cells + cell] = exposure;
    }
  }
  return exposures;
}

std::vector<std::uint8_t> Undetected(const PlanGrid& grid, std::span<const double> bands_agl_m,
                                     std::span<const float> exposure_per_s, const Flyer& flyer,
                                     double threshold) {
  const std::vector<float> least =
      LeastExposure(grid, bands_agl_m, exposure_per_s, flyer, threshold);
  std::vector<std::uint8_t> undetected(least.size(), 0);
  for (std::size_t i = 0; i < least.size(); ++i) undetected[i] = std::isfinite(least[i]) ? 1 : 0;
  return undetected;
}

WarningTime GuaranteedWarning(const PlanGrid& grid, std::span<const double> bands_agl_m,
                              std::span<const std::uint8_t> undetected,
                              const Terrain::MapPoint& place, double radius_m, double speed_mps) {
  const std::size_t cells = grid.size();
  WarningTime warning;
  for (WarningTime::Least& sector : warning.sectors) {
    sector.time_s = std::numeric_limits<double>::infinity();
  }
  for (std::size_t node = 0; node < undetected.size(); ++node) {
    if (undetected[node] == 0) continue;
    const Terrain::MapPoint at = grid.At(node % cells);
    const double east = at.east_m - place.east_m;
    const double north = at.north_m - place.north_m;
    // It may be anywhere in the cell: half a diagonal nearer than the centre.
    const double range = std::max(0.0, std::hypot(east, north) - grid.cell_m * std::sqrt(0.5));
    const double bearing = std::atan2(east, north) / (2.0 * std::numbers::pi) * kSectors;
    const auto sector = static_cast<std::size_t>(std::floor(bearing + 0.5) + kSectors) % kSectors;
    const double time_s = std::max(0.0, range - radius_m) / speed_mps;
    WarningTime::Least& least = warning.sectors[sector];
    if (time_s < least.time_s) least = {time_s, bands_agl_m[node / cells], range};
  }
  for (std::size_t i = 1; i < kSectors; ++i) {
    if (warning.sectors[i].time_s < warning.sectors[warning.weakest].time_s) warning.weakest = i;
  }
  return warning;
}

}  // namespace picket
