// SPDX-License-Identifier: Apache-2.0
#include "track/motion.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

namespace picket {
namespace {

Mixture One() {
  Gaussian g;
  g.x << 100.0, 200.0, 50.0, 20.0, -10.0, 1.0;
  g.P = StateCovariance::Identity() * 25.0;
  g.turn_cov.setZero();
  return Mixture(1, g);
}

TEST(Motion, NearConstantVelocityIsExact) {
  // Bar-Shalom, Li, Kirubarajan (2001), 6.2.2: white noise acceleration.
  const MotionModel model(2.0);
  Mixture mixture = One();
  model.Predict(mixture, 1, 3.0);
  EXPECT_NEAR(mixture[0].x[0], 160.0, 1e-9);
  EXPECT_NEAR(mixture[0].P(0, 0), 25.0 + 9.0 * 25.0 + 2.0 * 9.0, 1e-9);
  EXPECT_NEAR(mixture[0].P(0, 3), 3.0 * 25.0 + 2.0 * 4.5, 1e-9);
  EXPECT_NEAR(mixture[0].P(3, 3), 25.0 + 2.0 * 3.0, 1e-9);
}

TEST(Motion, TwoStepsAreOne) {
  const MotionModel model(2.0);
  Mixture once = One();
  Mixture twice = One();
  model.Predict(once, 1, 3.0);
  model.Predict(twice, 1, 1.0);
  model.Predict(twice, 1, 2.0);
  EXPECT_TRUE(once[0].P.isApprox(twice[0].P, 1e-12));
}

TEST(Motion, ATurnFollowsTheCircle) {
  const MotionModel model(std::nullopt);
  Mixture mixture = One();
  model.Expand(mixture);
  ASSERT_EQ(mixture.size(), static_cast<std::size_t>(kModes));
  for (Gaussian& g : mixture) {
    g.x << 0.0, 0.0, 50.0, 20.0, 0.0, 0.0;
    g.weight = g.mode == Mode::kTurn ? 1.0 : 0.0;
    g.P = StateCovariance::Identity() * 1e-6;
    g.turn_radps = 0.2;
    g.turn_var = 1e-8;
  }
  // A quarter turn to the left of radius 100 m, in small steps so that no mode change comes in.
  for (int i = 0; i < 1000; ++i) {
    for (Gaussian& g : mixture) g.weight = g.mode == Mode::kTurn ? 1.0 : 0.0;
    model.Predict(mixture, kModes, std::numbers::pi / 2.0 / 0.2 / 1000.0);
  }
  EXPECT_NEAR(mixture[2].x[0], 100.0, 1.0);
  EXPECT_NEAR(mixture[2].x[1], 100.0, 1.0);
}

TEST(Motion, TurnRateErrorSpreadsPosition) {
  const MotionModel model(std::nullopt);
  Mixture mixture = One();
  model.Expand(mixture);
  const double before = mixture[2].P(1, 1);
  model.Predict(mixture, kModes, 1.0);
  EXPECT_GT(mixture[2].P(1, 1), before);
  EXPECT_GT(mixture[2].turn_cov.norm(), 0.1);
}

TEST(Motion, WeightsStayAProbabilityAndCovariancesPositive) {
  const MotionModel model(std::nullopt);
  Mixture mixture = One();
  model.Expand(mixture);
  for (int i = 0; i < 200; ++i) model.Predict(mixture, kModes, 0.37);
  double sum = 0.0;
  for (const Gaussian& g : mixture) {
    sum += g.weight;
    EXPECT_GT(Eigen::SelfAdjointEigenSolver<StateCovariance>(g.P).eigenvalues().minCoeff(), 0.0);
    EXPECT_TRUE(g.P.isApprox(g.P.transpose()));
  }
  EXPECT_NEAR(sum, 1.0, 1e-9);
}

TEST(Motion, HoveringForgetsTheVelocity) {
  const MotionModel model(std::nullopt);
  const auto hovering = [&](double speed_mps) {
    Mixture mixture = One();
    mixture[0].x.tail<3>() << speed_mps, 0.0, 0.0;
    mixture[0].P = StateCovariance::Identity() * 1e-6;
    model.Expand(mixture);
    mixture[0].weight = mixture[1].weight = 0.0;
    mixture[2].weight = 1.0;
    return mixture;
  };
  // 4 m/s that fall with a time of 2 s: 8 m on, and the spread of the gusts.
  Mixture mixture = hovering(4.0);
  for (int i = 0; i < 200; ++i) {
    mixture[0].weight = mixture[1].weight = 0.0;
    mixture[2].weight = 1.0;
    model.Predict(mixture, kModes, 0.1);
  }
  ASSERT_EQ(mixture[2].mode, Mode::kHover);
  EXPECT_NEAR(mixture[2].x[0], 108.0, 0.1);
  EXPECT_NEAR(mixture[2].x[3], 0.0, 0.01);
  EXPECT_NEAR(std::sqrt(mixture[2].P(3, 3)), 0.7, 0.02);
}

TEST(Motion, OnlyWhatCanStopAndIsSlowHovers) {
  const MotionModel model(std::nullopt);
  const auto last_mode = [&](double speed_mps, bool may_stop) {
    Mixture mixture = One();
    mixture[0].x.tail<3>() << speed_mps, 0.0, 0.0;
    model.Expand(mixture);
    model.Predict(mixture, kModes, 1.0, may_stop);
    return mixture.back().mode;
  };
  EXPECT_EQ(last_mode(2.0, true), Mode::kHover);
  EXPECT_EQ(last_mode(2.0, false), Mode::kTurn);
  EXPECT_EQ(last_mode(20.0, true), Mode::kTurn);
  // Multirotor, fixed wing, bird, aircraft, other.
  EXPECT_TRUE(MotionModel::MayStop({0.2, 0.2, 0.2, 0.2, 0.2}));
  EXPECT_TRUE(MotionModel::MayStop({0.0, 0.4, 0.0, 0.6, 0.0}));
  EXPECT_FALSE(MotionModel::MayStop({0.02, 0.95, 0.01, 0.01, 0.01}));
  EXPECT_FALSE(MotionModel::MayStop({0.0, 0.7, 0.0, 0.3, 0.0}));
}

TEST(Motion, MomentsOfAMixture) {
  Mixture mixture = One();
  mixture.push_back(mixture[0]);
  mixture[0].weight = 0.25;
  mixture[1].weight = 0.75;
  mixture[1].x[0] += 8.0;
  StateVector mean;
  StateCovariance covariance;
  Moments(mixture, mean, covariance);
  EXPECT_NEAR(mean[0], 106.0, 1e-12);
  EXPECT_NEAR(covariance(0, 0), 25.0 + 0.25 * 36.0 + 0.75 * 4.0, 1e-9);
}

}  // namespace
}  // namespace picket
