// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace picket {

/// What a sensor made of targets whose place was known from elsewhere, over what the model of its
/// kind says: a factor on p_D for each cell of its sky, azimuth sector x elevation band x range.
///
/// Of a cell the field expected E = sum p detections in its looks, and k came. Seen as counts with
/// the rate factor * p, and a Gamma prior of mean 1 that weighs kPriorExpected expected detections,
/// the factor is Gamma(kPriorExpected + k, kPriorExpected + E): the posterior mean shrinks towards
/// the model where little was seen, and its quantiles are the interval. Source: Clayton and Kaldor,
/// "Empirical Bayes estimates of age-standardized relative risks for use in disease mapping",
/// Biometrics 43 (1987), 671-681, whose observed and expected cases these are; the prior is fixed
/// here. A Poisson count varies more than one of looks does (p (1 - p)), so intervals are wide
/// rather than narrow. A cell without a look keeps the model.
class LearnedCorrection {
 public:
  static constexpr int kSectors = 16;  ///< the first begins at the azimuth 0
  /// Bands of elevation begin here, degrees; the last one ends at 90.
  static constexpr std::array<double, 9> kElevationFromDeg = {-90, 0, 0.5, 1, 2, 4, 8, 16, 32};
  /// Ranges begin at kNearestM 2^(i / 2); what is nearer, or farther than the last, belongs to the
  /// first and the last.
  static constexpr int kRanges = 18;
  static constexpr double kNearestM = 250.0;
  static constexpr std::size_t kCells = std::size_t{kSectors} * kElevationFromDeg.size() * kRanges;
  static constexpr double kPriorExpected = 2.0;
  /// From this many looks on, p_D there is called measured.
  static constexpr std::uint32_t kMeasuredLooks = 20;
  /// A factor over 1 takes p_D no higher than this.
  static constexpr double kMostProbable = 0.99;

  struct Cell {
    std::uint32_t looks = 0;
    double expected = 0.0;  ///< detections, by the model
    double seen = 0.0;      ///< less what false ones are likely to have been; not negative
  };
  /// Of the factor: its mean, and what it lies between with a probability of 95 %.
  struct Factor {
    double mean = 1.0;
    double low = 1.0;
    double high = 1.0;
  };

  /// @param cells  kCells of them, see CellAt
  explicit LearnedCorrection(std::vector<Cell> cells);

  /// The cell of a place in a sensor's own axes. Azimuths of any turn.
  [[nodiscard]] static std::size_t CellAt(double azimuth_rad, double elevation_rad, double range_m);
  /// The lower corner of a cell: azimuth and elevation in degrees, range in m (0 for the first).
  struct Corner {
    double azimuth_deg = 0.0;
    double elevation_deg = 0.0;
    double range_m = 0.0;
  };
  [[nodiscard]] static Corner CornerOf(std::size_t cell);

  [[nodiscard]] const std::vector<Cell>& cells() const { return cells_; }
  /// The model's p_D of a look as corrected there, at most kMostProbable or what it was.
  [[nodiscard]] double Corrected(double p, std::size_t cell) const;
  [[nodiscard]] bool Measured(std::size_t cell) const {
    return cells_[cell].looks >= kMeasuredLooks;
  }
  /// Exactly 1 where no look was.
  [[nodiscard]] Factor FactorOf(std::size_t cell) const;

 private:
  std::vector<Cell> cells_;
  std::vector<double> mean_;  ///< of each cell's factor
};

}  // namespace picket
