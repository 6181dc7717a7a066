// SPDX-License-Identifier: Apache-2.0
#include "picket/geo/angle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace picket {
namespace {

constexpr double kPi = std::numbers::pi;

double AnyAngle(double most) {
  return *rc::gen::map(rc::gen::arbitrary<std::int64_t>(),
                       [most](std::int64_t x) { return static_cast<double>(x) * 0x1p-63 * most; });
}

/// Distance of two angles on the circle.
double Apart(double a, double b) { return std::abs(std::remainder(a - b, 2 * kPi)); }

RC_GTEST_PROP(WrapPiTest, StaysOnTheCircleAndInRange, ()) {
  const double rad = AnyAngle(1e5);
  const double wrapped = WrapPi(rad);
  RC_ASSERT(wrapped > -kPi);
  RC_ASSERT(wrapped <= kPi);
  RC_ASSERT(Apart(wrapped, rad) < 1e-10);
}

RC_GTEST_PROP(WrapPiTest, ASecondTimeChangesNothing, ()) {
  const double wrapped = WrapPi(AnyAngle(1e5));
  RC_ASSERT(WrapPi(wrapped) == wrapped);
}

RC_GTEST_PROP(WrapPiTest, AnglesInRangeStayToTheBit, ()) {
  const double rad = AnyAngle(kPi);
  RC_PRE(rad > -kPi);
  RC_ASSERT(WrapPi(rad) == rad);
}

TEST(WrapPiTest, TheEndsOfTheRange) {
  EXPECT_EQ(WrapPi(kPi), kPi);
  EXPECT_EQ(WrapPi(-kPi), kPi);
  EXPECT_NEAR(std::abs(WrapPi(3 * kPi)), kPi, 1e-15);
  EXPECT_EQ(WrapPi(0.0), 0.0);
  EXPECT_DOUBLE_EQ(WrapPi(1.5 * kPi), -0.5 * kPi);
  EXPECT_DOUBLE_EQ(WrapPi(-1.5 * kPi), 0.5 * kPi);
}

RC_GTEST_PROP(BearingTest, IsKeptInOneTurn, ()) {
  const double rad = AnyAngle(1e5);
  const Bearing bearing = Bearing::Rad(rad);
  RC_ASSERT(bearing.rad() >= 0.0);
  RC_ASSERT(bearing.rad() < 2 * kPi);
  RC_ASSERT(Apart(bearing.rad(), rad) < 1e-10);
}

RC_GTEST_PROP(BearingTest, TheTurnFromOneToAnotherLeadsThere, ()) {
  const Bearing a = Bearing::Rad(AnyAngle(10));
  const Bearing b = Bearing::Rad(AnyAngle(10));
  const double turn = b.MinusRad(a);
  RC_ASSERT(turn > -kPi);
  RC_ASSERT(turn <= kPi);
  RC_ASSERT(Apart(a.rad() + turn, b.rad()) < 1e-14);
}

TEST(BearingTest, DegreesAcrossNorth) {
  EXPECT_NEAR(Bearing::Deg(10).MinusRad(Bearing::Deg(350)), 20 * kRadPerDeg, 1e-15);
  EXPECT_NEAR(Bearing::Deg(350).MinusRad(Bearing::Deg(10)), -20 * kRadPerDeg, 1e-15);
  EXPECT_NEAR(Bearing::Deg(-90).deg(), 270, 1e-12);
  EXPECT_EQ(Bearing::Deg(360).rad(), 0.0);
  // A hair below zero must not round up to a whole turn.
  EXPECT_LT(Bearing::Rad(-1e-20).rad(), 2 * kPi);
}

}  // namespace
}  // namespace picket
