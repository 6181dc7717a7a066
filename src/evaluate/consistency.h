// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "picket/evaluate/evaluate.h"
#include "picket/evaluate/statistics.h"

namespace picket {

/// Normalised estimation errors squared, of one kind of error.
class ConsistencyCounter {
 public:
  explicit ConsistencyCounter(int degrees);

  /// e' P^-1 e of one pair; false if P is not positive definite or not finite: not counted.
  bool Add(const Eigen::VectorXd& error, const Eigen::MatrixXd& covariance);
  /// Ends an instant.
  void EndInstant();
  /// Mean over the pairs of the instant that ended last, and their number. NaN: there were none.
  [[nodiscard]] double last_mean() const { return last_mean_; }
  [[nodiscard]] std::int64_t last_count() const { return last_count_; }
  [[nodiscard]] Consistency Result() const;

 private:
  [[nodiscard]] const MeanBounds& BoundsOf(std::int64_t samples);

  int degrees_;
  MeanBounds single_;
  std::int64_t samples_ = 0;
  std::int64_t inside_ = 0;
  double sum_ = 0.0;
  std::int64_t instants_ = 0;
  std::int64_t instants_inside_ = 0;
  std::int64_t now_count_ = 0;
  double now_sum_ = 0.0;
  double last_mean_ = kNoFigure;
  std::int64_t last_count_ = 0;
  std::vector<MeanBounds> bounds_;  ///< by number of samples; not yet known: high is 0
};

}  // namespace picket
