// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <limits>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "plan_ground.h"

namespace picket::app {

/// Heights above ground that shares of what is visible are told of.
inline constexpr std::array<double, 5> kBandsAglM = {30, 50, 100, 200, 500};

/// What one sensor sees: the raster's part of the ground's grid, or what is wrong.
struct View {
  Error error;  ///< `what` empty: none
  std::vector<std::string> warnings;
  std::optional<double> height_agl_m;  ///< nothing where the ground under it is not known
  double range_m = 0.0;
  RasterGrid grid;
  int first_column = 0;  ///< in the ground's grid
  int first_row = 0;
  std::unique_ptr<float[]> above_ground_m;

  [[nodiscard]] std::span<const float> cells() const {
    return {above_ground_m.get(), static_cast<std::size_t>(grid.columns) * grid.rows};
  }
};

/// What a sensor sees of the ground's grid, over terrain.
/// @param reading   of those who read from rasters, one at a time
/// @param lowest_m  not empty: by cell of the whole grid; each becomes the lower one of itself and
///        of what the sensor sees, which the answer then need not hold
[[nodiscard]] View SeenBy(const Ground& ground, std::size_t index, bool pessimistic,
                          std::mutex& reading, std::span<float> lowest_m = {});

/// The lowest height at which any sensor has a target over each cell in sight, of all of the
/// ground's grid. Each thread lowers a raster of its own, and the lowest of some numbers does not
/// depend on their order.
class Combined {
 public:
  explicit Combined(std::size_t cells) : cells_(cells) {}
  /// Any thread: a raster that nobody else is at, and back.
  [[nodiscard]] std::vector<float> Take();
  void Give(std::vector<float> lowest_m);
  /// NaN where nobody has any target in sight; once all are given back.
  [[nodiscard]] std::span<const float> Finish();

 private:
  static constexpr float kNever = std::numeric_limits<float>::infinity();
  std::size_t cells_;
  std::mutex mutex_;
  std::vector<std::vector<float>> idle_;
};

/// Of the cells within a sensor's range: how many are known, and in sight at the heights.
[[nodiscard]] nlohmann::ordered_json Shares(const View& view, double cell_m);

}  // namespace picket::app
