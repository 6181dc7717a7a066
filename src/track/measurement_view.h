// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/LU>
#include <array>
#include <cmath>
#include <numbers>
#include <tuple>
#include <vector>

#include "picket/base/assert.h"
#include "picket/report/measurement.h"
#include "track/motion.h"

namespace picket {

/// Detections that are measured alike: the same components, errors and offset in time.
struct Signature {
  ComponentSet measured;
  int count = 0;
  int azimuth_row = -1;  ///< wraps
  std::array<double, kMaxMeasured> variance{};
  double offset_s = 0.0;  ///< of the detection's own time from the look's

  /// @param rest  the components that count, all of them measured by z
  static Signature Of(const Detection& z, ComponentSet rest, double offset_s);
  bool operator==(const Signature& o) const {
    return measured == o.measured && variance == o.variance && offset_s == o.offset_s;
  }
};

/// What a signature's measurement would be at one state, and how it changes about it.
struct Expected {
  MeasurementVector z;
  MeasurementJacobian H;
};
[[nodiscard]] Expected Expect(const Signature& signature, const SensorPose& pose,
                              const StateVector& x);

/// What was measured, in the order of the rows of Expected::z.
using Rows = std::array<double, kMaxMeasured>;
[[nodiscard]] Rows RowsOf(const Detection& z, ComponentSet measured);

/// z - expected.z, its azimuth wrapped.
template <int M>
[[nodiscard]] Eigen::Matrix<double, M, 1> Innovation(const Signature& signature, const Rows& z,
                                                     const Expected& expected) {
  Eigen::Matrix<double, M, 1> v =
      Eigen::Map<const Eigen::Matrix<double, M, 1>>(z.data()) - expected.z.template head<M>();
  if (signature.azimuth_row >= 0) {
    double& azimuth = v[signature.azimuth_row];
    if (std::abs(azimuth) > std::numbers::pi) azimuth = WrapPi(azimuth);
  }
  return v;
}
[[nodiscard]] MeasurementVector Innovation(const Signature& signature, const Detection& z,
                                           const Expected& expected);

/// How one Gaussian sees detections of one signature: the extended Kalman filter's update
/// (Bar-Shalom, Li, Kirubarajan 2001, 10.3.3) without the detection. The measurement function is
/// made linear at a point that the Gaussians of a target may share.
template <int M>
struct View {
  using Vector = Eigen::Matrix<double, M, 1>;
  using Square = Eigen::Matrix<double, M, M>;
  double norm = 0.0;  ///< (2 pi)^(-M/2) |S|^(-1/2); 0: S is not positive definite, pairs with none
  Vector delta;       ///< this Gaussian's expected measurement less the shared one
  Square S;
  Square S_inverse;
  Eigen::Matrix<double, 6, M> K;
  Vector turn_gain;

  View(const Gaussian& g, const Signature& signature, const Expected& expected,
       const StateVector& shared);

  /// Squared Mahalanobis distance of an innovation.
  [[nodiscard]] double Distance2(const Vector& v) const { return v.dot(S_inverse * v); }
};

/// Collects the detections that update a Gaussian, each with its share, and applies them at once:
/// the moments of the mixture over detections (Bar-Shalom's probabilistic data association).
class GaussianUpdate {
 public:
  explicit GaussianUpdate(Gaussian& g) : g_(g) {}
  /// @param share     sum of the shares
  /// @param mean_v    sum of share * innovation
  /// @param second_v  sum of share * innovation * innovation'
  template <int M>
  void Add(const View<M>& view, double share, const typename View<M>::Vector& mean_v,
           const typename View<M>::Square& second_v);
  /// Shares that sum to less than one leave the rest with the Gaussian as it was.
  void Apply();

 private:
  Gaussian& g_;
  StateVector shift_ = StateVector::Zero();
  StateCovariance spread_ = StateCovariance::Zero();
  double turn_shift_ = 0.0;
  double turn_spread_ = 0.0;
  StateVector turn_cross_ = StateVector::Zero();
};

/// Makes the covariance symmetric, and where rounding (an error of a millimetre after one of a
/// thousand kilometres) has eaten a variance, gives it its least value without correlations.
void Repair(Gaussian& g);

/// No target is under the ground: what of a Gaussian lies there is cut off.
/// @param ground_m  where it is below the Gaussian, up in the local frame
void KeepAboveGround(Gaussian& g, double ground_m);

/// Calls use.operator()<M>() with the size M of a measurement, 1 to kMaxMeasured.
template <typename Use>
decltype(auto) WithSize(int count, const Use& use) {
  switch (count) {
    case 1:
      return use.template operator()<1>();
    case 2:
      return use.template operator()<2>();
    case 3:
      return use.template operator()<3>();
    case 4:
      return use.template operator()<4>();
    case 5:
      return use.template operator()<5>();
    default:
      PICKET_ASSERT(count == kMaxMeasured, "a detection measures one to six components");
      return use.template operator()<6>();
  }
}

/// Views of every size, each in its own row.
struct Views {
  std::tuple<std::vector<View<1>>, std::vector<View<2>>, std::vector<View<3>>, std::vector<View<4>>,
             std::vector<View<5>>, std::vector<View<6>>>
      all;
  template <int M>
  [[nodiscard]] std::vector<View<M>>& Of() {
    return std::get<M - 1>(all);
  }
  template <int M>
  [[nodiscard]] const std::vector<View<M>>& Of() const {
    return std::get<M - 1>(all);
  }
  void Clear() {
    std::apply([](auto&... rows) { (rows.clear(), ...); }, all);
  }
};

}  // namespace picket
