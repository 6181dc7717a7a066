// SPDX-License-Identifier: Apache-2.0
#include "evaluate/consistency.h"

#include <Eigen/Cholesky>

namespace picket {

ConsistencyCounter::ConsistencyCounter(int degrees)
    : degrees_(degrees), single_(ChiSquareMeanBounds(1, degrees)) {}

bool ConsistencyCounter::Add(const Eigen::VectorXd& error, const Eigen::MatrixXd& covariance) {
  if (!covariance.allFinite()) return false;
  const Eigen::LLT<Eigen::MatrixXd> root(covariance);
  if (root.info() != Eigen::Success) return false;
  const double nees = root.matrixL().solve(error).squaredNorm();
  if (!std::isfinite(nees)) return false;
  ++samples_;
  ++now_count_;
  sum_ += nees;
  now_sum_ += nees;
  if (nees >= single_.low && nees <= single_.high) ++inside_;
  return true;
}

const MeanBounds& ConsistencyCounter::BoundsOf(std::int64_t samples) {
  const auto n = static_cast<std::size_t>(samples);
  if (bounds_.size() <= n) bounds_.resize(n + 1);
  if (bounds_[n].high == 0.0) bounds_[n] = ChiSquareMeanBounds(samples, degrees_);
  return bounds_[n];
}

void ConsistencyCounter::EndInstant() {
  last_count_ = now_count_;
  last_mean_ = kNoFigure;
  if (now_count_ > 0) {
    last_mean_ = now_sum_ / static_cast<double>(now_count_);
    const MeanBounds& bounds = BoundsOf(now_count_);
    ++instants_;
    if (last_mean_ >= bounds.low && last_mean_ <= bounds.high) ++instants_inside_;
  }
  now_count_ = 0;
  now_sum_ = 0.0;
}

Consistency ConsistencyCounter::Result() const {
  Consistency result;
  result.degrees = degrees_;
  result.samples = samples_;
  if (samples_ == 0) return result;
  const auto n = static_cast<double>(samples_);
  result.mean = sum_ / n;
  const MeanBounds bounds = ChiSquareMeanBounds(samples_, degrees_);
  result.low = bounds.low;
  result.high = bounds.high;
  result.samples_inside = static_cast<double>(inside_) / n;
  result.instants_inside = static_cast<double>(instants_inside_) / static_cast<double>(instants_);
  return result;
}

}  // namespace picket
