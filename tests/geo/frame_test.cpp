// SPDX-License-Identifier: Apache-2.0
#include "picket/geo/frame.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "picket/geo/angle.h"

namespace picket {
namespace {

TEST(LocalFrameTest, AgreesWithThePublishedExample) {
  // The worked example of geographic/topocentric conversion (EPSG method 9837) in IOGP 373-7-2.
  const LocalFrame frame({55.0, 5.0, HeightHae{200.0}});
  const Geodetic point{53 + 48.0 / 60 + 33.820 / 3600, 2 + 7.0 / 60 + 46.380 / 3600,
                       HeightHae{73.0}};
  const Eigen::Vector3d p_L = frame.ToLocal(point);
  EXPECT_NEAR(p_L.x(), -189013.869, 1e-3);
  EXPECT_NEAR(p_L.y(), -128642.040, 1e-3);
  EXPECT_NEAR(p_L.z(), -4220.171, 1e-3);
}

TEST(LocalFrameTest, TheEarthCurvesAway) {
  const LocalFrame frame({37.5, 127.0, HeightHae{0.0}});
  // 40 km north along the meridian of the ellipsoid: 40000 m / 6357.3 km (radius of curvature).
  const double lat = 37.5 + 40'000.0 / 6'359'400.0 / kRadPerDeg;
  const Eigen::Vector3d p_L = frame.ToLocal({lat, 127.0, HeightHae{0.0}});
  EXPECT_NEAR(p_L.x(), 0.0, 1e-6);
  EXPECT_NEAR(p_L.y(), 40'000.0, 10.0);
  EXPECT_NEAR(p_L.z(), -126.0, 1.0);
}

Geodetic AnyPoint(double most_lat) {
  const auto within = [](double min, double max) {
    const auto bits = *rc::gen::arbitrary<std::uint64_t>();
    return min + (max - min) * static_cast<double>(bits) * 0x1p-64;
  };
  Geodetic point;
  point.lat_deg = within(-most_lat, most_lat);
  point.lon_deg = within(-180, 180);
  point.height.m = within(-100, 20'000);
  return point;
}

RC_GTEST_PROP(LocalFrameTest, ThereAndBackIsTheSamePoint, ()) {
  const LocalFrame frame(AnyPoint(89.9));
  const Geodetic point = AnyPoint(89.9);
  const Geodetic back = frame.ToGeodetic(frame.ToLocal(point));
  RC_ASSERT(std::abs(back.lat_deg - point.lat_deg) < 1e-11);
  RC_ASSERT(std::abs(std::remainder(back.lon_deg - point.lon_deg, 360.0)) <
            1e-11 / std::cos(point.lat_deg * kRadPerDeg));
  RC_ASSERT(std::abs(back.height.m - point.height.m) < 1e-6);
}

RC_GTEST_PROP(LocalFrameTest, TheOriginIsZero, ()) {
  const Geodetic origin = AnyPoint(90.0);
  const LocalFrame frame(origin);
  RC_ASSERT(frame.ToLocal(origin).norm() < 1e-6);
  RC_ASSERT(frame.AxesAt(origin).isIdentity(1e-12));
  RC_ASSERT(frame.origin().lat_deg == origin.lat_deg);
}

RC_GTEST_PROP(LocalFrameTest, AxesTurnDistancesIntoThoseOfAnotherFrame, ()) {
  // A vector between two points is the same arrow in both frames.
  const LocalFrame here(AnyPoint(89.9));
  const Geodetic there = AnyPoint(89.9);
  const LocalFrame other(there);
  const Geodetic a = AnyPoint(89.9);
  const Geodetic b = AnyPoint(89.9);
  const Eigen::Matrix3d R = here.AxesAt(there);
  RC_ASSERT((R * R.transpose()).isIdentity(1e-12));
  RC_ASSERT(R.determinant() > 0.0);
  const Eigen::Vector3d in_here = here.ToLocal(b) - here.ToLocal(a);
  const Eigen::Vector3d in_other = other.ToLocal(b) - other.ToLocal(a);
  RC_ASSERT((R * in_here - in_other).norm() < 1e-5);
}

TEST(LocalFrameTest, AxesAreEastNorthUp) {
  const LocalFrame frame({0.0, 0.0, HeightHae{0.0}});
  // A quarter of the way round the equator, what was east is up and what was up is west.
  const Eigen::Matrix3d R = frame.AxesAt({0.0, 90.0, HeightHae{0.0}});
  EXPECT_TRUE((R * Eigen::Vector3d::UnitX()).isApprox(Eigen::Vector3d::UnitZ(), 1e-12));
  EXPECT_TRUE((R * Eigen::Vector3d::UnitZ()).isApprox(-Eigen::Vector3d::UnitX(), 1e-12));
  EXPECT_TRUE((R * Eigen::Vector3d::UnitY()).isApprox(Eigen::Vector3d::UnitY(), 1e-12));
}

}  // namespace
}  // namespace picket
