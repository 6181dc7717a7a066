// SPDX-License-Identifier: Apache-2.0
// Milliseconds of one core for the minimum visible height of every cell about one sensor, 30 km at
// 90 m, beside GDAL's viewshed on the same heights in memory. The ratio is the figure that counts.
#include <benchmark/benchmark.h>
#include <gdal.h>
#include <gdal_alg.h>

#include <cmath>
#include <vector>

#include "picket/terrain/visibility.h"

namespace {

constexpr int kSize = 801;
constexpr double kCellM = 90.0;
constexpr double kRadiusM = 30000.0;
constexpr double kSensorAglM = 10.0;

const std::vector<float>& Hills() {
  static const std::vector<float> hills = [] {
    std::vector<float> heights;
    for (int row = 0; row < kSize; ++row) {
      for (int column = 0; column < kSize; ++column) {
        const double e = column * kCellM;
        const double n = row * kCellM;
        heights.push_back(static_cast<float>(400 + 220 * std::sin(e / 1700) * std::sin(n / 2100) +
                                             80 * std::sin(e / 430 + n / 510) +
                                             20 * std::sin(e / 97)));
      }
    }
    return heights;
  }();
  return hills;
}

void Sweep(benchmark::State& state) {
  picket::Viewpoint from;
  from.column = from.row = kSize / 2;
  from.height_m = Hills()[kSize / 2 * kSize + kSize / 2] + kSensorAglM;
  from.radius_m = kRadiusM;
  from.drop_per_m2 = picket::DropPerM2(45.0);
  from.pessimistic = state.range(0) != 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        picket::MinimumVisibleHeights({Hills(), kSize, kSize, kCellM}, from).above_ground_m.get());
  }
}
BENCHMARK(Sweep)->ArgName("pessimistic")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void GdalViewshed(benchmark::State& state) {
  GDALAllRegister();
  GDALDatasetH heights =
      GDALCreate(GDALGetDriverByName("MEM"), "", kSize, kSize, 1, GDT_Float32, nullptr);
  double transform[6] = {0.0, kCellM, 0.0, 0.0, 0.0, -kCellM};
  GDALSetGeoTransform(heights, transform);
  std::vector<float> copy = Hills();
  if (GDALRasterIO(GDALGetRasterBand(heights, 1), GF_Write, 0, 0, kSize, kSize, copy.data(), kSize,
                   kSize, GDT_Float32, 0, 0) != CE_None) {
    state.SkipWithError("GDAL did not take the heights");
  }
  const double middle = (kSize / 2 + 0.5) * kCellM;
  for (auto _ : state) {
    GDALDatasetH seen =
        GDALViewshedGenerate(GDALGetRasterBand(heights, 1), "MEM", "", nullptr, middle, -middle,
                             kSensorAglM, 0.0, 255.0, 0.0, 0.0, -9999.0, 0.75, GVM_Edge, kRadiusM,
                             nullptr, nullptr, GVOT_MIN_TARGET_HEIGHT_FROM_GROUND, nullptr);
    GDALClose(seen);
  }
  GDALClose(heights);
}
BENCHMARK(GdalViewshed)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
