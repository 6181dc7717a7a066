// SPDX-License-Identifier: Apache-2.0
#include "track/measurement_view.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "picket/base/random.h"

namespace picket {
namespace {

using Matrix7 = Eigen::Matrix<double, 7, 7>;
using Vector7 = Eigen::Matrix<double, 7, 1>;

/// A turning Gaussian with all correlations, near (3 km, 4 km).
Gaussian Turning(std::uint64_t seed) {
  Random random(seed);
  Matrix7 A;
  for (int i = 0; i < 49; ++i) A(i) = random.Normal();
  Vector7 scale;
  scale << 40.0, 60.0, 30.0, 5.0, 6.0, 1.0, 0.05;
  const Matrix7 P = scale.asDiagonal() * (A * A.transpose() / 7.0 + 0.2 * Matrix7::Identity()) *
                    scale.asDiagonal();
  Gaussian g;
  g.mode = Mode::kTurn;
  g.x << 3000.0, 4000.0, 150.0, -20.0, 12.0, 0.5;
  g.P = P.topLeftCorner<6, 6>();
  g.turn_radps = 0.1;
  g.turn_cov = P.topRightCorner<6, 1>();
  g.turn_var = P(6, 6);
  return g;
}

Detection Seen() {
  Detection z;
  z.Set(Component::kRange, 5030.0, 15.0);
  z.Set(Component::kAzimuth, 0.66, 0.01);
  z.Set(Component::kRangeRate, -1.0, 0.5);
  return z;
}

TEST(View, UpdatesAsTheKalmanFilterOverAllSevenComponents) {
  const Gaussian before = Turning(3);
  const Detection z = Seen();
  const SensorPose pose;
  const Signature signature = Signature::Of(z, z.measured, 0.0);
  const Expected expected = Expect(signature, pose, before.x);
  const View<3> view(before, signature, expected, before.x);
  const Eigen::Vector3d v = Innovation(signature, z, expected);
  Gaussian after = before;
  GaussianUpdate update(after);
  update.Add<3>(view, 1.0, v, v * v.transpose());
  update.Apply();

  Matrix7 P;
  P << before.P, before.turn_cov, before.turn_cov.transpose(), before.turn_var;
  Eigen::Matrix<double, 3, 7> H = Eigen::Matrix<double, 3, 7>::Zero();
  H.leftCols<6>() = expected.H;
  Eigen::Matrix3d S = H * P * H.transpose();
  for (int i = 0; i < 3; ++i) S(i, i) += signature.variance[static_cast<std::size_t>(i)];
  const Eigen::Matrix<double, 7, 3> K = P * H.transpose() * S.inverse();
  const Vector7 shift = K * v;
  const Matrix7 updated = P - K * S * K.transpose();
  EXPECT_TRUE(after.x.isApprox(before.x + shift.head<6>(), 1e-12));
  EXPECT_NEAR(after.turn_radps, before.turn_radps + shift[6], 1e-12);
  EXPECT_TRUE(after.P.isApprox(updated.topLeftCorner<6, 6>(), 1e-9));
  EXPECT_TRUE(after.turn_cov.isApprox(updated.topRightCorner<6, 1>(), 1e-9));
  EXPECT_NEAR(after.turn_var, updated(6, 6), 1e-12);
  EXPECT_NEAR(view.Distance2(v), v.dot(S.inverse() * v), 1e-9);
  EXPECT_NEAR(view.norm, 1.0 / std::sqrt(std::pow(2.0 * std::numbers::pi, 3) * S.determinant()),
              1e-12 * view.norm + 1e-15);
}

TEST(View, SharesGiveTheMomentsOfTheirMixture) {
  // Two detections and a miss, merged by hand and in one update.
  const Gaussian before = Turning(4);
  Detection near = Seen();
  Detection far = Seen();
  far.Set(Component::kRange, 4990.0, 15.0);
  const SensorPose pose;
  const Signature signature = Signature::Of(near, near.measured, 0.0);
  const Expected expected = Expect(signature, pose, before.x);
  const View<3> view(before, signature, expected, before.x);
  const double shares[] = {0.5, 0.3};
  const Eigen::Vector3d v[] = {Innovation(signature, near, expected),
                               Innovation(signature, far, expected)};
  Gaussian merged = before;
  GaussianUpdate update(merged);
  update.Add<3>(view, 0.8, shares[0] * v[0] + shares[1] * v[1],
                shares[0] * v[0] * v[0].transpose() + shares[1] * v[1] * v[1].transpose());
  update.Apply();

  Mixture all;
  all.push_back(before);
  all[0].weight = 0.2;
  for (int k = 0; k < 2; ++k) {
    Gaussian one = before;
    GaussianUpdate single(one);
    single.Add<3>(view, 1.0, v[k], v[k] * v[k].transpose());
    single.Apply();
    one.weight = shares[k];
    all.push_back(one);
  }
  StateVector mean;
  StateCovariance covariance;
  Moments(all, mean, covariance);
  EXPECT_TRUE(merged.x.isApprox(mean, 1e-12));
  EXPECT_TRUE(merged.P.isApprox(covariance, 1e-9));
}

TEST(View, IsLinearAboutASharedPoint) {
  // Modes some metres apart may share the point where the measurement is made linear.
  const Gaussian g = Turning(5);
  StateVector shared = g.x;
  shared.head<3>() += Eigen::Vector3d(4.0, -3.0, 1.0);
  const Detection z = Seen();
  const Signature signature = Signature::Of(z, z.measured, 0.0);
  const SensorPose pose;
  const Expected own = Expect(signature, pose, g.x);
  const Expected common = Expect(signature, pose, shared);
  const View<3> exact(g, signature, own, g.x);
  const View<3> about(g, signature, common, shared);
  const Eigen::Vector3d v = Innovation(signature, z, own);
  const Eigen::Vector3d w = Eigen::Vector3d(Innovation(signature, z, common)) - about.delta;
  EXPECT_NEAR(v[0], w[0], 0.02);
  EXPECT_NEAR(v[1], w[1], 1e-5);
  EXPECT_NEAR(exact.Distance2(v), about.Distance2(w), 0.02 * exact.Distance2(v) + 0.01);
}

TEST(View, AzimuthsWrap) {
  Gaussian g = Turning(6);
  g.x.head<3>() = Eigen::Vector3d(10.0, -5000.0, 100.0);
  Detection z;
  z.Set(Component::kRange, 5001.0, 15.0);
  z.Set(Component::kAzimuth, std::numbers::pi + 0.004, 0.01);
  const Signature signature = Signature::Of(z, z.measured, 0.0);
  const MeasurementVector v = Innovation(signature, z, Expect(signature, SensorPose(), g.x));
  EXPECT_NEAR(v[1], 0.006, 1e-3);
}

TEST(KeepAboveGround, TheTurnGoesWithTheRest) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Gaussian g = Turning(seed);
    const Gaussian before = g;
    KeepAboveGround(g, 155.0 + static_cast<double>(seed));
    EXPECT_GT(g.x[2], before.x[2]);
    EXPECT_LT(g.P(2, 2), before.P(2, 2));
    Matrix7 P;
    P << g.P, g.turn_cov, g.turn_cov.transpose(), g.turn_var;
    const Matrix7 scaled = P.diagonal().cwiseSqrt().cwiseInverse().asDiagonal() * P *
                           P.diagonal().cwiseSqrt().cwiseInverse().asDiagonal();
    EXPECT_GT(Eigen::SelfAdjointEigenSolver<Matrix7>(scaled).eigenvalues().minCoeff(), 1e-4)
        << "positive definite together: " << seed;
  }
  Gaussian above = Turning(1);
  const Gaussian before = above;
  KeepAboveGround(above, 100.0);
  EXPECT_EQ(above.P, before.P);
}

TEST(Repair, WhatHasNoVarianceLeftHasNoPartInTheTurn) {
  Gaussian g = Turning(1);
  g.P(3, 3) = -1.0;
  Repair(g);
  EXPECT_GT(g.P(3, 3), 0.0);
  EXPECT_EQ(g.P(3, 4), 0.0);
  EXPECT_EQ(g.turn_cov[3], 0.0);
  EXPECT_NE(g.turn_cov[4], 0.0);
  g.turn_var = -1.0;
  Repair(g);
  EXPECT_GT(g.turn_var, 0.0);
  EXPECT_TRUE(g.turn_cov.isZero());
}

}  // namespace
}  // namespace picket
