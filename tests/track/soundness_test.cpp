// SPDX-License-Identifier: Apache-2.0
#include "track/soundness.h"

#include <gtest/gtest.h>

#include <limits>

namespace picket {
namespace {

TEST(SoundnessTest, ACovarianceIsFiniteSymmetricAndPositiveDefinite) {
  StateCovariance P = StateCovariance::Identity();
  P.topLeftCorner<3, 3>() *= 1e10;
  P.bottomRightCorner<3, 3>() *= 1e-6;
  P(0, 3) = P(3, 0) = 0.999 * 1e2;
  EXPECT_TRUE(IsPositiveDefinite(P)) << "whatever the units";
  StateCovariance bad = P;
  bad(0, 3) = bad(3, 0) = 1.001 * 1e2;
  EXPECT_FALSE(IsPositiveDefinite(bad));
  bad = P;
  bad(1, 0) = 1.0e3;
  EXPECT_FALSE(IsPositiveDefinite(bad)) << "not symmetric";
  for (const double wrong : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity()}) {
    bad = P;
    bad(2, 2) = wrong;
    EXPECT_FALSE(IsPositiveDefinite(bad)) << wrong;
  }
}

TEST(SoundnessTest, OnlyWhatIsIndefiniteIsMended) {
  Gaussian g;
  g.x.setZero();
  g.P.setIdentity();
  g.turn_cov.setConstant(0.1);
  g.P(0, 1) = g.P(1, 0) = 0.9999;
  const StateCovariance sound = g.P;
  KeepPositiveDefinite(g);
  EXPECT_EQ(g.P, sound);
  EXPECT_EQ(g.turn_cov[0], 0.1);
  for (const double wrong : {1.0, -1.0, 1.0 + 1e-7, 1.01, 7.0}) {
    g.P(0, 1) = g.P(1, 0) = wrong;
    KeepPositiveDefinite(g);
    EXPECT_TRUE(IsPositiveDefinite(g.P)) << wrong;
    EXPECT_EQ(g.P.diagonal(), sound.diagonal());
    EXPECT_EQ(g.turn_cov.norm(), 0.0);
  }
}

TEST(SoundnessTest, ATargetIsADistribution) {
  Bernoulli target;
  target.existence = 0.5;
  for (const double weight : {0.25, 0.75}) {
    Gaussian& g = target.mixture.emplace_back();
    g.weight = weight;
    g.x.setZero();
    g.P.setIdentity();
  }
  const auto sound = [](const Bernoulli& of) {
    State state;
    state.targets.push_back(std::make_shared<Bernoulli>(of));
    return AreSound(state, Time());
  };
  EXPECT_TRUE(sound(target));
  Bernoulli bad = target;
  bad.mixture[0].weight = 0.5;
  EXPECT_FALSE(sound(bad)) << "weights that do not sum to 1";
  bad = target;
  bad.mixture[1].x[4] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(sound(bad));
  bad = target;
  bad.mixture[1].P(5, 5) = -1e-9;
  EXPECT_FALSE(sound(bad));
  bad = target;
  bad.existence = 1.5;
  EXPECT_FALSE(sound(bad));
  bad.time = Time::Ns(1);
  EXPECT_TRUE(sound(bad)) << "not of this look";
}

}  // namespace
}  // namespace picket
