// SPDX-License-Identifier: Apache-2.0
#include "picket/geo/geoid.h"

#include <algorithm>
#include <cmath>

#include "picket/base/assert.h"

namespace picket {

Geoid::Geoid(std::vector<float> undulation_m, int rows, int columns)
    : undulation_m_(std::move(undulation_m)), rows_(rows), columns_(columns) {
  PICKET_ASSERT(rows >= 2 && columns >= 2, "a geoid grid has at least 2 x 2 nodes");
  PICKET_ASSERT(undulation_m_.size() == static_cast<std::size_t>(rows) * columns,
                "a geoid grid has rows * columns values");
}

double Geoid::UndulationM(double lat_deg, double lon_deg) const {
  if (undulation_m_.empty()) return 0.0;
  const double y = std::clamp((90.0 - lat_deg) / 180.0 * (rows_ - 1), 0.0, rows_ - 1.0);
  const double turns = (lon_deg + 180.0) / 360.0;
  const double x = (turns - std::floor(turns)) * columns_;
  const int row = std::min(static_cast<int>(y), rows_ - 2);
  const int column = std::min(static_cast<int>(x), columns_ - 1);
  const int next = (column + 1) % columns_;
  const double fy = y - row;
  const double fx = x - column;
  const auto at = [&](int r, int c) {
    return static_cast<double>(undulation_m_[static_cast<std::size_t>(r) * columns_ + c]);
  };
  return (1 - fy) * ((1 - fx) * at(row, column) + fx * at(row, next)) +
         fy * ((1 - fx) * at(row + 1, column) + fx * at(row + 1, next));
}

}  // namespace picket
