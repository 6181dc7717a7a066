// SPDX-License-Identifier: Apache-2.0
#include "track/kinematics.h"

#include <gtest/gtest.h>

#include <numeric>

namespace picket {
namespace {

ClassProbabilities At(double speed_mps, double sd_mps = 1.0) {
  StateVector x = StateVector::Zero();
  x[3] = speed_mps;
  const StateCovariance P = StateCovariance::Identity() * (sd_mps * sd_mps);
  return WithSpeed({0.2, 0.2, 0.2, 0.2, 0.2}, x, P);
}

double Of(const ClassProbabilities& p, TargetClass c) { return p[static_cast<std::size_t>(c)]; }

TEST(WithSpeed, TellsWhatSpeedCanTell) {
  EXPECT_GT(Of(At(40.0), TargetClass::kFixedWing), 0.6);
  EXPECT_GT(Of(At(220.0), TargetClass::kAircraft), 0.6);
  EXPECT_GT(Of(At(0.5), TargetClass::kMultirotor), 0.7);
}

TEST(WithSpeed, DoesNotTellBirdsFromMultirotorsBetweenThem) {
  const ClassProbabilities p = At(11.0);
  EXPECT_LT(Of(p, TargetClass::kBird), 0.8);
  EXPECT_GT(Of(p, TargetClass::kMultirotor), 0.15);
}

TEST(WithSpeed, AnUnknownSpeedSaysLess) {
  EXPECT_LT(Of(At(40.0, 60.0), TargetClass::kFixedWing), Of(At(40.0), TargetClass::kFixedWing));
}

TEST(WithSpeed, IsAProbabilityAndKeepsWhatIsRuledOut) {
  const ClassProbabilities p = At(25.0);
  EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1.0, 1e-12);
  StateVector x = StateVector::Zero();
  EXPECT_EQ(WithSpeed({0, 0, 1, 0, 0}, x, StateCovariance::Identity())[2], 1.0);
}

}  // namespace
}  // namespace picket
