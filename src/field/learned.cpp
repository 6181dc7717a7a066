// SPDX-License-Identifier: Apache-2.0
#include "picket/field/learned.h"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "picket/base/assert.h"
#include "picket/geo/angle.h"

namespace picket {
namespace {

constexpr std::size_t kBands = LearnedCorrection::kElevationFromDeg.size();

}  // namespace

LearnedCorrection::LearnedCorrection(std::vector<Cell> cells) : cells_(std::move(cells)) {
  PICKET_ASSERT(cells_.size() == kCells, "a correction has all cells of the sky");
  mean_.reserve(kCells);
  for (const Cell& cell : cells_) {
    PICKET_ASSERT(cell.expected >= 0.0 && cell.seen >= 0.0, "counts are not negative");
    const bool asked = cell.looks > 0;
    mean_.push_back(asked ? (kPriorExpected + cell.seen) / (kPriorExpected + cell.expected) : 1.0);
  }
}

std::size_t LearnedCorrection::CellAt(double azimuth_rad, double elevation_rad, double range_m) {
  const double turn = Bearing::Rad(azimuth_rad).deg() / (360.0 / kSectors);
  const auto sector = std::min(static_cast<std::size_t>(turn), std::size_t{kSectors - 1});
  const double elevation_deg = elevation_rad / kRadPerDeg;
  std::size_t band = 0;
  while (band + 1 < kBands && elevation_deg >= kElevationFromDeg[band + 1]) ++band;
  // The squares of ranges double from one to the next.
  const double octaves = std::log2(std::max(range_m / kNearestM, 1.0));
  const auto range = std::min(static_cast<std::size_t>(2.0 * octaves), std::size_t{kRanges - 1});
  return (sector * kBands + band) * kRanges + range;
}

LearnedCorrection::Corner LearnedCorrection::CornerOf(std::size_t cell) {
  const std::size_t range = cell % kRanges;
  Corner corner;
  const std::size_t sector = cell / kRanges / kBands;
  corner.azimuth_deg = 360.0 / kSectors * static_cast<double>(sector);
  corner.elevation_deg = kElevationFromDeg[cell / kRanges % kBands];
  corner.range_m = range == 0 ? 0.0 : kNearestM * std::exp2(0.5 * static_cast<double>(range));
  return corner;
}

double LearnedCorrection::Corrected(double p, std::size_t cell) const {
  return std::min(p * mean_[cell], std::max(p, kMostProbable));
}

LearnedCorrection::Factor LearnedCorrection::FactorOf(std::size_t cell) const {
  const Cell& of = cells_[cell];
  if (of.looks == 0) return {};
  const double rate = kPriorExpected + of.expected;
  Factor factor{mean_[cell], 0.0, boost::math::gamma_p_inv(kPriorExpected + of.seen, 0.975) / rate};
  // Without the prior's detections: where nothing was ever seen, perhaps nothing can be.
  if (of.seen > 0.0) factor.low = boost::math::gamma_p_inv(of.seen, 0.025) / rate;
  return factor;
}

}  // namespace picket
