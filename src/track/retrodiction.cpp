// SPDX-License-Identifier: Apache-2.0
#include "track/retrodiction.h"

#include <Eigen/Cholesky>

namespace picket {

void FirstPlace::Update(const StateVector& before, const StateCovariance& P_before,
                        const StateVector& after, const StateCovariance& P_after) {
  const Eigen::LLT<StateCovariance> llt(P_before);
  if (llt.info() != Eigen::Success) return;
  const Eigen::Matrix<double, 6, 3> gain = llt.solve(cross_);  // transposed
  p_L_ += gain.transpose() * (after - before);
  P_ += gain.transpose() * (P_after - P_before) * gain;
  // Rounding, and the height that is cut off at the ground, may not leave less than nothing.
  P_.diagonal() = P_.diagonal().cwiseMax(1e-6);
  cross_ = P_after * gain;
}

}  // namespace picket
