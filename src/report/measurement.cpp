// SPDX-License-Identifier: Apache-2.0
#include "picket/report/measurement.h"

#include <algorithm>
#include <cmath>

#include "picket/base/assert.h"

namespace picket {

MeasurementVector Measure(ComponentSet measured, const SensorPose& pose,
                          const Eigen::Vector3d& p_LT_L, const Eigen::Vector3d& v_L,
                          MeasurementJacobian* H) {
  const int count = measured.Count();
  PICKET_ASSERT(count <= kMaxMeasured, "a detection measures at most six components");
  MeasurementVector z(count);
  if (H != nullptr) H->setZero(count, 6);

  Eigen::Vector3d d_L = p_LT_L - pose.p_LS_L;
  double delay_s = 0.0;
  if (pose.sound_delay) {
    // Angles point at where the sound came from. One step of the fixed point r = |d - v r / c| is
    // within (v/c)^2 of the solution; two are below any bearing error here.
    delay_s = d_L.norm() / kSpeedOfSoundMps;
    delay_s = (d_L - v_L * delay_s).norm() / kSpeedOfSoundMps;
    d_L -= v_L * delay_s;
  }
  const Eigen::Vector3d d = pose.R_SL * d_L;
  const double range = std::max(d.norm(), 1.0);
  const double ground2 = std::max(d.x() * d.x() + d.y() * d.y(), 1.0);
  const double ground = std::sqrt(ground2);

  int row = 0;
  // dz/dp in the sensor's axes becomes a row in the local frame's; delayed, it acts on p - v delay.
  const auto put = [&](double value, const Eigen::Vector3d& dz_dp_S) {
    z[row] = value;
    if (H != nullptr) {
      const Eigen::RowVector3d dz_dp_L = dz_dp_S.transpose() * pose.R_SL;
      H->block<1, 3>(row, 0) = dz_dp_L;
      H->block<1, 3>(row, 3) = -delay_s * dz_dp_L;
    }
    ++row;
  };

  if (measured.Has(Component::kRange)) put(range, d / range);
  if (measured.Has(Component::kAzimuth)) {
    put(std::atan2(d.x(), d.y()), {d.y() / ground2, -d.x() / ground2, 0.0});
  }
  if (measured.Has(Component::kElevation)) {
    const double r2 = range * range;
    put(std::asin(std::clamp(d.z() / range, -1.0, 1.0)),
        {-d.x() * d.z() / (ground * r2), -d.y() * d.z() / (ground * r2), ground / r2});
  }
  if (measured.Has(Component::kRangeRate)) {
    const Eigen::Vector3d v = pose.R_SL * (v_L - pose.v_LS_L);
    const Eigen::Vector3d u = d / range;
    const double rate = u.dot(v);
    put(rate, (v - rate * u) / range);
    if (H != nullptr) H->block<1, 3>(row - 1, 3) += u.transpose() * pose.R_SL;
  }
  const auto put_state = [&](Component c, int index, double value) {
    if (!measured.Has(c)) return;
    z[row] = value;
    if (H != nullptr) (*H)(row, index) = 1.0;
    ++row;
  };
  put_state(Component::kEast, 0, p_LT_L.x());
  put_state(Component::kNorth, 1, p_LT_L.y());
  put_state(Component::kUp, 2, p_LT_L.z());
  put_state(Component::kVelEast, 3, v_L.x());
  put_state(Component::kVelNorth, 4, v_L.y());
  put_state(Component::kVelUp, 5, v_L.z());
  if (measured.Has(Component::kRangeDifference)) {
    PICKET_ASSERT(pose.p_LRef_L != nullptr, "a range difference has a reference sensor");
    const Eigen::Vector3d e = pose.R_SL * (p_LT_L - *pose.p_LRef_L);
    const double reference = std::max(e.norm(), 1.0);
    put(range - reference, d / range - e / reference);
  }
  return z;
}

}  // namespace picket
