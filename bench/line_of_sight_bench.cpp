// SPDX-License-Identifier: Apache-2.0
// Nanoseconds for one line of sight over 30 km of hills at 90 m.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "picket/base/random.h"
#include "picket/terrain/terrain.h"

namespace {

using picket::Terrain;

Terrain Hills() {
  Terrain::Grid grid{801, 801, 90.0, -36000.0, 36000.0, {}};
  for (int row = 0; row < grid.rows; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      const double e = grid.west_m + column * grid.cell_m;
      const double n = grid.north_m - row * grid.cell_m;
      grid.hae_m.push_back(static_cast<float>(150 + 120 * std::sin(e / 1700) * std::sin(n / 2100) +
                                              60 * std::sin(e / 430 + n / 510)));
    }
  }
  return Terrain(std::move(grid), picket::HeightHae{0.0}, 37.0);
}

/// From a sensor at 260 m to targets `above_m` over 200 m, 25 to 30 km away.
void LineOfSight(benchmark::State& state) {
  const Terrain terrain = Hills();
  const Eigen::Vector3d sensor(0, 0, 350);
  picket::Random random(1);
  std::vector<Eigen::Vector3d> targets;
  for (int i = 0; i < 1000; ++i) {
    const double r = random.Uniform(25000, 30000);
    const double azimuth = random.Uniform(0, 6.28318);
    const double drop = r * r / (2 * 6371000.0);
    targets.emplace_back(r * std::sin(azimuth), r * std::cos(azimuth),
                         static_cast<double>(state.range(0)) - drop);
  }
  std::size_t i = 0;
  int visible = 0;
  for (auto _ : state) {
    visible += terrain.Visible(sensor, targets[i]) ? 1 : 0;
    i = i + 1 == targets.size() ? 0 : i + 1;
  }
  state.counters["visible"] = benchmark::Counter(visible, benchmark::Counter::kAvgIterations);
}
BENCHMARK(LineOfSight)->Arg(200)->Arg(300)->Arg(450)->Arg(1000);

}  // namespace

BENCHMARK_MAIN();
