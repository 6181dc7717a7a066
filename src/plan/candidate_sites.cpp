// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/candidate_sites.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "picket/base/assert.h"

namespace picket {
namespace {

using Point = Terrain::MapPoint;

int RowOrColumn(double at, int count) {
  return static_cast<int>(std::clamp(at, 0.0, static_cast<double>(count)));
}

/// Marks the cells that the straight line from `a` to `b` runs through, sampled twice a cell.
void MarkLine(const PlanGrid& grid, const Point& a, const Point& b,
              std::vector<std::uint8_t>& cells) {
  // In cells; only the part over the grid is walked (Liang and Barsky, 1984).
  const double x = (a.east_m - grid.west_m) / grid.cell_m + 0.5;
  const double y = (grid.north_m - a.north_m) / grid.cell_m + 0.5;
  const double dx = (b.east_m - a.east_m) / grid.cell_m;
  const double dy = (a.north_m - b.north_m) / grid.cell_m;
  double from = 0.0;
  double to = 1.0;
  const auto clip = [&](double at, double step, double most) {
    if (step == 0.0) {
      if (at < 0.0 || at > most) to = -1.0;
      return;
    }
    const auto [enter, leave] = std::minmax({-at / step, (most - at) / step});
    from = std::max(from, enter);
    to = std::min(to, leave);
  };
  clip(x, dx, grid.columns);
  clip(y, dy, grid.rows);
  if (from > to) return;
  const auto steps =
      static_cast<int>(std::ceil(2.0 * (to - from) * std::max(std::abs(dx), std::abs(dy))));
  for (int i = 0; i <= steps; ++i) {
    const double t = steps == 0 ? from : from + (to - from) * i / steps;
    const int column = std::clamp(static_cast<int>(x + t * dx), 0, grid.columns - 1);
    const int row = std::clamp(static_cast<int>(y + t * dy), 0, grid.rows - 1);
    cells[static_cast<std::size_t>(row) * grid.columns + column] = 1;
  }
}

/// Marks the cells whose centre lies in a polygon: row by row between its edges, even and odd.
void MarkPolygon(const PlanGrid& grid, const MapShape& shape, std::vector<std::uint8_t>& cells) {
  std::vector<std::vector<double>> crossings(grid.rows);  // of each row, in columns
  for (const auto& ring : shape.rings) {
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
      const Point& low = ring[i].north_m < ring[i + 1].north_m ? ring[i] : ring[i + 1];
      const Point& high = ring[i].north_m < ring[i + 1].north_m ? ring[i + 1] : ring[i];
      // Rows from `low` on, up to and without `high`: each corner belongs to one edge.
      const double first = std::floor((grid.north_m - high.north_m) / grid.cell_m) + 1.0;
      const double last = std::floor((grid.north_m - low.north_m) / grid.cell_m);
      const int end = RowOrColumn(last + 1.0, grid.rows);
      for (int row = RowOrColumn(first, grid.rows); row < end; ++row) {
        const double north_m = grid.north_m - row * grid.cell_m;
        const double share = (north_m - low.north_m) / (high.north_m - low.north_m);
        const double east_m = low.east_m + share * (high.east_m - low.east_m);
        crossings[static_cast<std::size_t>(row)].push_back((east_m - grid.west_m) / grid.cell_m);
      }
    }
  }
  for (std::size_t row = 0; row < crossings.size(); ++row) {
    auto& at = crossings[row];
    std::sort(at.begin(), at.end());
    for (std::size_t i = 0; i + 1 < at.size(); i += 2) {
      const int end = RowOrColumn(std::floor(at[i + 1]) + 1.0, grid.columns);
      for (int column = RowOrColumn(std::ceil(at[i]), grid.columns); column < end; ++column) {
        cells[row * grid.columns + column] = 1;
      }
    }
  }
}

}  // namespace

std::vector<std::uint8_t> CellsOf(const PlanGrid& grid, std::span<const MapShape> shapes) {
  std::vector<std::uint8_t> cells(grid.size());
  for (const MapShape& shape : shapes) {
    if (!shape.line) {
      MarkPolygon(grid, shape, cells);
      continue;
    }
    for (const auto& line : shape.rings) {
      for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        MarkLine(grid, line[i], line[i + 1], cells);
      }
    }
  }
  return cells;
}

std::vector<std::uint8_t> CellsNear(const PlanGrid& grid, std::span<const std::uint8_t> marked,
                                    double distance_m) {
  PICKET_ASSERT(marked.size() == grid.size() && distance_m >= 0.0, "marks are of this grid");
  const double reach = distance_m / grid.cell_m * (1.0 + 1e-9);
  const int most = static_cast<int>(std::min(reach, static_cast<double>(grid.size())));
  const auto columns = static_cast<std::size_t>(grid.columns);
  // How many rows away the nearest marked cell of a column is: once down, once up.
  constexpr int kNone = std::numeric_limits<int>::max();
  std::vector<int> rows_away(grid.size(), kNone);
  for (std::size_t i = 0; i < grid.size(); ++i) {
    if (marked[i] != 0) {
      rows_away[i] = 0;
    } else if (i >= columns && rows_away[i - columns] != kNone) {
      rows_away[i] = rows_away[i - columns] + 1;
    }
  }
  for (std::size_t i = grid.size(); i-- > columns;) {
    if (rows_away[i] != kNone) {
      rows_away[i - columns] = std::min(rows_away[i - columns], rows_away[i] + 1);
    }
  }
  std::vector<std::uint8_t> near(grid.size());
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const int column = static_cast<int>(i % columns);
    const std::size_t row = i - static_cast<std::size_t>(column);
    const int last = std::min(column + most, grid.columns - 1);
    for (int c = std::max(0, column - most); c <= last && near[i] == 0; ++c) {
      const int up = rows_away[row + c];
      if (up != kNone && std::hypot(c - column, up) <= reach) near[i] = 1;
    }
  }
  return near;
}

std::vector<std::uint8_t> RidgeCells(const PlanGrid& grid, double radius_m) {
  const auto columns = static_cast<std::size_t>(grid.columns);
  const auto rows = static_cast<std::size_t>(grid.rows);
  const auto reach = static_cast<std::size_t>(std::max(1.0, std::floor(radius_m / grid.cell_m)));
  // Sums over all cells north-west of a node (F. C. Crow, 1984), so that a square costs four.
  struct Sum {
    double m = 0.0;
    double known = 0.0;
  };
  std::vector<Sum> sums((columns + 1) * (rows + 1));
  const auto sum = [&](std::size_t row, std::size_t column) -> Sum& {
    return sums[row * (columns + 1) + column];
  };
  for (std::size_t row = 0; row < rows; ++row) {
    Sum line;
    for (std::size_t column = 0; column < columns; ++column) {
      const float m = grid.ground_hae_m[row * columns + column];
      if (!std::isnan(m)) {
        line.m += m;
        line.known += 1.0;
      }
      const Sum& above = sum(row, column + 1);
      sum(row + 1, column + 1) = {above.m + line.m, above.known + line.known};
    }
  }
  constexpr double kRoundingM = 1e-3;  // so that a plain is level
  std::vector<std::uint8_t> ridge(grid.size());
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t top = row - std::min(row, reach);
    const std::size_t bottom = std::min(row + reach + 1, rows);
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t left = column - std::min(column, reach);
      const std::size_t right = std::min(column + reach + 1, columns);
      const float m = grid.ground_hae_m[row * columns + column];
      if (std::isnan(m)) continue;
      const auto over = [&](double Sum::*of) {
        return sum(bottom, right).*of - sum(top, right).*of - sum(bottom, left).*of +
               sum(top, left).*of;
      };
      ridge[row * columns + column] = m + kRoundingM >= over(&Sum::m) / over(&Sum::known) ? 1 : 0;
    }
  }
  return ridge;
}

std::vector<std::size_t> HighestOfSquares(const PlanGrid& grid,
                                          std::span<const std::uint8_t> allowed, std::size_t most) {
  PICKET_ASSERT(allowed.size() == grid.size() && most >= 1, "there is room for a site");
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    if (allowed[i] != 0 && grid.InRegion(i) && !std::isnan(grid.ground_hae_m[i])) {
      usable.push_back(i);
    }
  }
  const auto columns = static_cast<std::size_t>(grid.columns);
  auto side = static_cast<std::size_t>(std::max(
      1.0, std::ceil(std::sqrt(static_cast<double>(usable.size()) / static_cast<double>(most)))));
  while (true) {
    const std::size_t across = (columns - 1) / side + 1;
    std::vector<std::optional<std::size_t>> best(across * ((grid.size() / columns - 1) / side + 1));
    std::vector<std::size_t> cells;
    for (const std::size_t i : usable) {
      auto& highest = best[i / columns / side * across + i % columns / side];
      if (!highest || grid.ground_hae_m[i] > grid.ground_hae_m[*highest]) highest = i;
    }
    for (const auto& cell : best) {
      if (cell) cells.push_back(*cell);
    }
    if (cells.size() <= most) return cells;
    // Thin shapes lie in more squares than their area says.
    side += side / 8 + 1;
  }
}

}  // namespace picket
