// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/statistics.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <limits>

#include "picket/base/assert.h"

namespace picket {
namespace {

constexpr double kAccuracy = 0.005;
constexpr double kBase = (1.0 + kAccuracy) / (1.0 - kAccuracy);
constexpr int kZero = std::numeric_limits<int>::min();

}  // namespace

void QuantileSketch::Add(double x) {
  PICKET_ASSERT(x >= 0.0 && std::isfinite(x), "a sketch holds numbers from 0");
  const int bin =
      x < 1e-6 ? kZero : static_cast<int>(std::ceil(std::log(std::min(x, 1e12)) / std::log(kBase)));
  ++bins_[bin];
  ++count_;
}

double QuantileSketch::Quantile(double q) const {
  PICKET_ASSERT(q >= 0.0 && q <= 1.0, "a quantile is asked for by a share");
  const double wanted = q * static_cast<double>(count_);
  std::int64_t under = 0;
  for (const auto& [bin, count] : bins_) {
    under += count;
    if (static_cast<double>(under) < wanted) continue;
    // The middle of (base^(bin - 1), base^bin], relative error kAccuracy to both ends.
    return bin == kZero ? 0.0 : 2.0 * std::pow(kBase, bin) / (1.0 + kBase);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double ChiSquareQuantile(double probability, double degrees) {
  PICKET_ASSERT(probability > 0.0 && probability < 1.0 && degrees > 0.0,
                "chi-square quantiles are for probabilities and degrees of freedom over 0");
  return boost::math::quantile(boost::math::chi_squared(degrees), probability);
}

MeanBounds ChiSquareMeanBounds(std::int64_t samples, int degrees) {
  const auto n = static_cast<double>(samples);
  return {ChiSquareQuantile(0.025, n * degrees) / n, ChiSquareQuantile(0.975, n * degrees) / n};
}

}  // namespace picket
