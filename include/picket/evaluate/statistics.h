// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

namespace picket {

/// Quantiles of many numbers >= 0 in bounded memory: counts in bins whose width grows with the
/// value, so that a quantile is off by at most 0.5 % of itself (DDSketch: Masson, Rim, Lee, PVLDB
/// 12(12), 2019). Numbers under 1e-6 count as 0, over 1e12 as 1e12.
class QuantileSketch {
 public:
  /// @param x  finite, >= 0
  void Add(double x);
  [[nodiscard]] std::int64_t count() const { return count_; }
  /// The smallest number that at least the share `q` of all are not over. NaN if there is none.
  /// @param q  in [0, 1]
  [[nodiscard]] double Quantile(double q) const;

 private:
  std::map<int, std::int64_t> bins_;  ///< by the bin's number; of zeros: the lowest int
  std::int64_t count_ = 0;
};

/// The number that a chi-square variable is under with this probability.
/// @param probability  in (0, 1)
/// @param degrees      of freedom, > 0
[[nodiscard]] double ChiSquareQuantile(double probability, double degrees);

/// Where the mean of `samples` independent chi-square variables of `degrees` each lies with 95 %.
struct MeanBounds {
  double low = 0.0;
  double high = 0.0;
};
[[nodiscard]] MeanBounds ChiSquareMeanBounds(std::int64_t samples, int degrees);

}  // namespace picket
