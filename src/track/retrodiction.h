// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "track/motion.h"

namespace picket {

/// Where a target was at its first detection, as everything since tells: a fixed-point smoother
/// (Bar-Shalom, Li, Kirubarajan 2001, 8.2-8.3, as a forward recursion), on the moments of the
/// target's mixture. It carries the covariance of the target's state now with its place then.
class FirstPlace {
 public:
  FirstPlace() = default;
  /// From the first detection alone.
  FirstPlace(const StateVector& x, const StateCovariance& P)
      : p_L_(x.head<3>()), P_(P.topLeftCorner<3, 3>()), cross_(P.leftCols<3>()) {}

  /// The target has moved for dt_s; its process noise tells nothing of where it was.
  void Predict(double dt_s) { cross_.topRows<3>() += dt_s * cross_.bottomRows<3>(); }

  /// The target was updated.
  void Update(const StateVector& before, const StateCovariance& P_before, const StateVector& after,
              const StateCovariance& P_after);

  [[nodiscard]] const Eigen::Vector3d& mean() const { return p_L_; }
  [[nodiscard]] Eigen::Vector3d sd() const { return P_.diagonal().cwiseSqrt(); }

 private:
  Eigen::Vector3d p_L_ = Eigen::Vector3d::Zero();
  Eigen::Matrix3d P_ = Eigen::Matrix3d::Zero();
  Eigen::Matrix<double, 6, 3> cross_ = Eigen::Matrix<double, 6, 3>::Zero();
};

}  // namespace picket
