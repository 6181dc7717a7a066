// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/warning_time.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <queue>
#include <utility>

#include "picket/base/assert.h"

namespace picket {
namespace {

/// A step to a neighbour on the level, and the two cells that it passes between, if any.
struct Step {
  int dx;
  int dy;
  int via_x[2];
  int via_y[2];
  bool passes;
};

constexpr std::array<Step, 16> kSteps = {{
    {1, 0, {}, {}, false},
    {-1, 0, {}, {}, false},
    {0, 1, {}, {}, false},
    {0, -1, {}, {}, false},
    {1, 1, {}, {}, false},
    {1, -1, {}, {}, false},
    {-1, 1, {}, {}, false},
    {-1, -1, {}, {}, false},
    {2, 1, {1, 1}, {0, 1}, true},
    {2, -1, {1, 1}, {0, -1}, true},
    {-2, 1, {-1, -1}, {0, 1}, true},
    {-2, -1, {-1, -1}, {0, -1}, true},
    {1, 2, {0, 1}, {1, 1}, true},
    {-1, 2, {0, -1}, {1, 1}, true},
    {1, -2, {0, 1}, {-1, -1}, true},
    {-1, -2, {0, -1}, {-1, -1}, true},
}};
// A way of such steps is at most 1 / cos(atan(1/2) / 2) times as long as the straight one.
constexpr double kLongest = 1.0275;

}  // namespace

std::vector<std::uint8_t> Undetected(const PlanGrid& grid, std::span<const double> bands_agl_m,
                                     std::span<const float> exposure_per_s, const Flyer& flyer,
                                     double threshold) {
  const std::size_t cells = grid.size();
  PICKET_ASSERT(exposure_per_s.size() == cells * bands_agl_m.size(),
                "exposure is given for every cell of every band");
  PICKET_ASSERT(flyer.speed_mps > 0.0 && flyer.climb_mps > 0.0, "a flyer moves");
  std::vector<std::uint8_t> inside(cells);
  for (std::size_t i = 0; i < cells; ++i) inside[i] = grid.InRegion(i) ? 1 : 0;
  const auto at = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < grid.columns && y < grid.rows &&
           inside[static_cast<std::size_t>(y) * grid.columns + x] != 0;
  };

  std::vector<float> least(exposure_per_s.size(), std::numeric_limits<float>::infinity());
  std::vector<std::uint8_t> undetected(exposure_per_s.size(), 0);
  using Entry = std::pair<float, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  const auto reach = [&](std::size_t node, double exposure) {
    const auto e = static_cast<float>(exposure);
    if (e < least[node] && exposure < threshold) {
      least[node] = e;
      queue.emplace(e, static_cast<std::uint32_t>(node));
    }
  };
  for (std::size_t i = 0; i < cells; ++i) {
    const int x = static_cast<int>(i % grid.columns);
    const int y = static_cast<int>(i / grid.columns);
    if (inside[i] == 0) continue;
    if (at(x + 1, y) && at(x - 1, y) && at(x, y + 1) && at(x, y - 1)) continue;
    for (std::size_t band = 0; band < bands_agl_m.size(); ++band) reach(band * cells + i, 0.0);
  }
  const double per_cell_s = grid.cell_m / flyer.speed_mps / kLongest;
  while (!queue.empty()) {
    const auto [exposure, node] = queue.top();
    queue.pop();
    if (exposure > least[node]) continue;
    undetected[node] = 1;
    const std::size_t band = node / cells;
    const std::size_t cell = node % cells;
    const int x = static_cast<int>(cell % grid.columns);
    const int y = static_cast<int>(cell / grid.columns);
    const float* rates = &exposure_per_s[band * cells];
    for (const Step& step : kSteps) {
      if (!at(x + step.dx, y + step.dy)) continue;
      const auto index = [&](int dx, int dy) {
        return static_cast<std::size_t>(y + dy) * grid.columns + static_cast<std::size_t>(x + dx);
      };
      const std::size_t to = index(step.dx, step.dy);
      double rate = 0.5 * (static_cast<double>(rates[cell]) + rates[to]);
      if (step.passes) {
        const double between =
            0.5 * (static_cast<double>(rates[index(step.via_x[0], step.via_y[0])]) +
                   rates[index(step.via_x[1], step.via_y[1])]);
        rate = 0.5 * (rate + between);
      }
      const double length = std::sqrt(static_cast<double>(step.dx * step.dx + step.dy * step.dy));
      reach(band * cells + to, exposure + rate * length * per_cell_s);
    }
    const auto climb = [&](std::size_t other) {
      const double time_s = std::abs(bands_agl_m[band] - bands_agl_m[other]) / flyer.climb_mps;
      const std::size_t to = other * cells + cell;
      const double rate = 0.5 * (static_cast<double>(rates[cell]) + exposure_per_s[to]);
      reach(to, exposure + rate * time_s);
    };
    if (band > 0) climb(band - 1);
    if (band + 1 < bands_agl_m.size()) climb(band + 1);
  }
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
