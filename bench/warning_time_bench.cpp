// SPDX-License-Identifier: Apache-2.0
// Seconds of one core for the least exposure of 7.5 million nodes, all of which are reached.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "picket/plan/warning_time.h"

namespace {

void LeastExposure(benchmark::State& state) {
  const picket::PlanGrid grid = picket::MakePlanGrid(picket::Terrain(), 50000.0, 1262);
  const std::vector<double> bands = {30, 50, 100, 200, 500, 1500};
  std::vector<float> exposure;
  for (std::size_t i = 0; i < bands.size() * grid.size(); ++i) {
    const picket::Terrain::MapPoint at = grid.At(i % grid.size());
    // Patches of sight, none of which is enough by itself.
    const double sight = std::sin(at.east_m / 2300) * std::sin(at.north_m / 1900);
    exposure.push_back(static_cast<float>(1e-4 * std::max(0.0, sight)));
  }
  std::size_t reached = 0;
  for (auto _ : state) {
    reached = 0;
    for (const float least : picket::LeastExposure(grid, bands, exposure, {50.0, 10.0})) {
      reached += std::isfinite(least) ? 1 : 0;
    }
  }
  state.counters["nodes"] = static_cast<double>(reached);
}
BENCHMARK(LeastExposure)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
