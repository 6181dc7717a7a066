// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "picket/plan/warning_time.h"

namespace picket {

/// What LeastExposure finds, and by which steps. Steps are what a network must see to warn in time;
/// they stay inside of this room: what picket tells of are sectors, heights and times.
struct ExposureTree {
  std::vector<float> least;  ///< as LeastExposure; [node], a node being band * cells + cell
  /// The node before each on its way there; itself at the region's edge and where no way was found.
  std::vector<std::uint32_t> before;
};
[[nodiscard]] ExposureTree FindLeastExposed(const PlanGrid& grid,
                                            std::span<const double> bands_agl_m,
                                            std::span<const float> exposure_per_s,
                                            const Flyer& flyer, double threshold);

/// How long a step of that search is over which nodes, in seconds, as its exposure counts them.
/// @param to    a neighbour of `from`
/// @param spent added to
void AddStep(const PlanGrid& grid, std::span<const double> bands_agl_m, const Flyer& flyer,
             std::size_t from, std::size_t to, std::vector<std::pair<std::size_t, double>>& spent);

/// In which of kSectors a point lies, seen from a place.
[[nodiscard]] std::size_t SectorOf(const Terrain::MapPoint& at, const Terrain::MapPoint& place);

/// The least straight flight time into a place's circle from each cell, in seconds, from anywhere
/// in it.
[[nodiscard]] std::vector<double> TimesIntoCircle(const PlanGrid& grid,
                                                  const Terrain::MapPoint& place, double radius_m,
                                                  double speed_mps);

}  // namespace picket
