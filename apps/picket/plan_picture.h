// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "picket/base/error.h"
#include "picket/plan/coverage.h"

namespace picket::app {

struct Colour {
  int r, g, b;
};
// From blind to sure; told apart without red and green, and in grey.
inline constexpr Colour kBlind{178, 60, 23};
inline constexpr Colour kWeak{236, 168, 74};
inline constexpr Colour kFair{139, 190, 205};
inline constexpr Colour kSure{24, 98, 140};
inline constexpr Colour kUnknownColour{120, 120, 128};

/// Of a p_D; NaN: not known.
[[nodiscard]] Colour ColourOfProbability(float p);
/// Of a number of sensors.
[[nodiscard]] Colour ColourOfCount(float sensors);
/// Of a minimum visible height, m.
[[nodiscard]] Colour ColourOfHeight(float height_m);

/// Colours and what they mean.
using Legend = std::vector<std::pair<Colour, std::string>>;
[[nodiscard]] const Legend& LegendOfProbability();
[[nodiscard]] const Legend& LegendOfCount();
[[nodiscard]] const Legend& LegendOfHeight();

/// Paints maps of one grid: its relief in grey, coloured cell by cell.
class Painter {
 public:
  explicit Painter(const PlanGrid& grid);
  using ColourOfCell = std::function<Colour(std::size_t cell)>;

  /// A PNG with a pixel for each cell.
  [[nodiscard]] Result<std::string> Map(const ColourOfCell& colour) const;
  /// The same with its title and its legend under it, at least 400 pixels wide.
  [[nodiscard]] Result<std::string> MapWithLegend(const ColourOfCell& colour,
                                                  const std::string& title,
                                                  const Legend& legend) const;

 private:
  [[nodiscard]] std::vector<std::uint8_t> Paint(const ColourOfCell& colour) const;

  const PlanGrid& grid_;
  std::vector<float> light_;  ///< on each cell from the north-west: 1 on flat ground
};

}  // namespace picket::app
