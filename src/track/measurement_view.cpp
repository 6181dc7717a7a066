// SPDX-License-Identifier: Apache-2.0
#include "track/measurement_view.h"

#include <Eigen/Cholesky>
#include <algorithm>

namespace picket {

Signature Signature::Of(const Detection& z, ComponentSet rest, double offset_s) {
  Signature s;
  s.measured = rest;
  s.offset_s = offset_s;
  for (std::size_t c = 0; c < kComponents; ++c) {
    if (!rest.Has(static_cast<Component>(c))) continue;
    if (static_cast<Component>(c) == Component::kAzimuth) s.azimuth_row = s.count;
    s.variance[s.count++] = z.sd[c] * z.sd[c];
  }
  return s;
}

Expected Expect(const Signature& signature, const SensorPose& pose, const StateVector& x) {
  Expected expected;
  const Eigen::Vector3d v = x.tail<3>();
  const Eigen::Vector3d p = x.head<3>() + signature.offset_s * v;
  expected.z = Measure(signature.measured, pose, p, v, &expected.H);
  if (signature.offset_s != 0.0) {
    expected.H.rightCols<3>() += signature.offset_s * expected.H.leftCols<3>();
  }
  return expected;
}

Rows RowsOf(const Detection& z, ComponentSet measured) {
  Rows rows{};
  std::size_t row = 0;
  for (std::size_t c = 0; c < kComponents; ++c) {
    if (measured.Has(static_cast<Component>(c))) rows[row++] = z.value[c];
  }
  return rows;
}

MeasurementVector Innovation(const Signature& signature, const Detection& z,
                             const Expected& expected) {
  const Rows rows = RowsOf(z, signature.measured);
  return WithSize(signature.count, [&]<int M>() {
    return MeasurementVector(Innovation<M>(signature, rows, expected));
  });
}

template <int M>
View<M>::View(const Gaussian& g, const Signature& signature, const Expected& expected,
              const StateVector& shared) {
  const Eigen::Matrix<double, M, 6> H = expected.H.template topRows<M>();
  delta.noalias() = H * (g.x - shared);
  Eigen::Matrix<double, 6, M> PHt;
  PHt.noalias() = g.P * H.transpose();
  S.noalias() = H * PHt;
  for (int i = 0; i < M; ++i) S(i, i) += signature.variance[static_cast<std::size_t>(i)];
  double determinant = 0.0;
  if constexpr (M <= 3) {
    determinant = S.determinant();
    S_inverse = S.inverse();
  } else {
    const Eigen::LLT<Square> llt(S);
    const double root = llt.matrixL().determinant();
    determinant = root * root;
    S_inverse = llt.solve(Square::Identity());
  }
  K.noalias() = PHt * S_inverse;
  double scale = 1.0;
  for (int i = 0; i < M; ++i) scale *= 2.0 * std::numbers::pi;
  norm =
      determinant > 0.0 && std::isfinite(determinant) ? 1.0 / std::sqrt(scale * determinant) : 0.0;
  if (g.mode == Mode::kTurn) {
    turn_gain.noalias() = S_inverse * (H * g.turn_cov);
  } else {
    turn_gain.setZero();
  }
}

template <int M>
void GaussianUpdate::Add(const View<M>& view, double share, const typename View<M>::Vector& mean_v,
                         const typename View<M>::Square& second_v) {
  const typename View<M>::Square W = share * view.S - second_v;
  Eigen::Matrix<double, 6, M> KW;
  KW.noalias() = view.K * W;
  shift_.noalias() += view.K * mean_v;
  spread_.noalias() -= KW * view.K.transpose();
  if (g_.mode == Mode::kTurn) {
    turn_shift_ += view.turn_gain.dot(mean_v);
    turn_spread_ -= view.turn_gain.dot(W * view.turn_gain);
    turn_cross_.noalias() -= KW * view.turn_gain;
  }
}

void GaussianUpdate::Apply() {
  g_.x += shift_;
  g_.P += spread_;
  g_.P.noalias() -= shift_ * shift_.transpose();
  if (g_.mode == Mode::kTurn) {
    g_.turn_radps += turn_shift_;
    g_.turn_var += turn_spread_ - turn_shift_ * turn_shift_;
    g_.turn_cov += turn_cross_ - turn_shift_ * shift_;
  }
  Repair(g_);
}

void Repair(Gaussian& g) {
  constexpr double kLeastVariance = 1e-6;  // (1 mm)^2, (1 mm/s)^2
  constexpr double kLeastTurnVariance = 1e-8;
  StateCovariance& P = g.P;
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < i; ++j) P(i, j) = P(j, i) = 0.5 * (P(i, j) + P(j, i));
  }
  for (int i = 0; i < 6; ++i) {
    if (P(i, i) >= kLeastVariance) continue;
    P.row(i).setZero();
    P.col(i).setZero();
    P(i, i) = kLeastVariance;
    g.turn_cov[i] = 0.0;
  }
  if (g.mode != Mode::kTurn) return;
  g.turn_radps = std::clamp(g.turn_radps, -1.0, 1.0);
  if (g.turn_var >= kLeastTurnVariance) return;
  g.turn_var = kLeastTurnVariance;
  g.turn_cov.setZero();
}

void KeepAboveGround(Gaussian& g, double ground_m) {
  if (g.x[2] >= ground_m) return;
  // The moments of the height's normal distribution cut off at the ground, carried over to the
  // other components as any measurement is.
  const double variance = g.P(2, 2);
  const double sd = std::sqrt(variance);
  const double alpha = std::min((ground_m - g.x[2]) / sd, 5.0);
  const double above = 0.5 * std::erfc(alpha / std::sqrt(2.0));
  const double lambda =
      std::exp(-0.5 * alpha * alpha) / (std::sqrt(2.0 * std::numbers::pi) * above);
  const double cut_variance = variance * std::max(1.0 + alpha * lambda - lambda * lambda, 0.01);
  const StateVector gain = g.P.col(2) / variance;
  const double less = cut_variance - variance;
  g.x += gain * (sd * lambda);
  g.P += gain * gain.transpose() * less;
  if (g.mode == Mode::kTurn) {
    const double turn_gain = g.turn_cov[2] / variance;
    g.turn_radps += turn_gain * (sd * lambda);
    g.turn_var += turn_gain * turn_gain * less;
    g.turn_cov += gain * (turn_gain * less);
  }
  Repair(g);
}

template struct View<1>;
template struct View<2>;
template struct View<3>;
template struct View<4>;
template struct View<5>;
template struct View<6>;
template void GaussianUpdate::Add(const View<1>&, double, const View<1>::Vector&,
                                  const View<1>::Square&);
template void GaussianUpdate::Add(const View<2>&, double, const View<2>::Vector&,
                                  const View<2>::Square&);
template void GaussianUpdate::Add(const View<3>&, double, const View<3>::Vector&,
                                  const View<3>::Square&);
template void GaussianUpdate::Add(const View<4>&, double, const View<4>::Vector&,
                                  const View<4>::Square&);
template void GaussianUpdate::Add(const View<5>&, double, const View<5>::Vector&,
                                  const View<5>::Square&);
template void GaussianUpdate::Add(const View<6>&, double, const View<6>::Vector&,
                                  const View<6>::Square&);

}  // namespace picket
