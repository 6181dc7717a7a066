// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/cpr.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <algorithm>
#include <cmath>

#include "picket/geo/angle.h"

namespace picket {
namespace {

double LatitudeZone(bool odd, bool surface) { return (surface ? 90.0 : 360.0) / (odd ? 59 : 60); }

double LongitudeZone(double lat_deg, bool odd, bool surface) {
  return (surface ? 90.0 : 360.0) / std::max(1, CprLongitudeZones(lat_deg) - (odd ? 1 : 0));
}

/// Half a bin of CPR each way, m: what rounding may cost. `lat` is moved a bin towards the pole,
/// where zones may be wider.
double BoundM(double lat_deg, bool odd, bool surface) {
  constexpr double kMPerDeg = 111'200.0;
  const double half = 0.5 / 131'072.0 * kMPerDeg;
  const double lon_zone = LongitudeZone(std::min(std::abs(lat_deg) + 1e-4, 90.0), odd, surface);
  return 0.01 + std::hypot(half * LatitudeZone(odd, surface),
                           half * lon_zone * (std::cos(lat_deg * kRadPerDeg) + 1e-5));
}

/// A position anywhere on the globe, the poles and the antimeridian among them more often.
rc::Gen<LatLon> AnyPosition() {
  const auto between = [](int low, int high, double scale) {
    return rc::gen::map(rc::gen::inRange(low, high + 1), [scale](int v) { return v * scale; });
  };
  const auto lat =
      rc::gen::oneOf(between(-9'000'000, 9'000'000, 1e-5), between(-1000, 1000, 1e-6),
                     between(8'990'000, 9'000'000, 1e-5), between(-9'000'000, -8'690'000, 1e-5),
                     rc::gen::element(-90.0, -87.0, 0.0, 87.0, 90.0));
  const auto lon =
      rc::gen::oneOf(between(-18'000'000, 17'999'999, 1e-5), between(17'999'000, 17'999'999, 1e-5),
                     between(-18'000'000, -17'999'000, 1e-5));
  return rc::gen::apply(
      [](double a, double o) {
        return LatLon{std::clamp(a, -90.0, 90.0), o};
      },
      lat, lon);
}

constexpr int kPositionsPerCase = 50;

TEST(Cpr, LongitudeZones) {
  EXPECT_EQ(CprLongitudeZones(0.0), 59);
  EXPECT_EQ(CprLongitudeZones(10.47), 59);
  EXPECT_EQ(CprLongitudeZones(10.48), 58);  // the first transition: 10.4704713 degrees
  EXPECT_EQ(CprLongitudeZones(-52.2), 36);
  EXPECT_EQ(CprLongitudeZones(86.9), 2);
  EXPECT_EQ(CprLongitudeZones(87.0), 2);
  EXPECT_EQ(CprLongitudeZones(-87.1), 1);
  EXPECT_EQ(CprLongitudeZones(90.0), 1);
}

TEST(Cpr, PublishedAirbornePair) {
  const CprPosition even{.odd = false, .surface = false, .lat = 93000, .lon = 51372};
  const CprPosition odd{.odd = true, .surface = false, .lat = 74158, .lon = 50194};
  const auto at_even = CprDecodeGlobal(even, odd, false, {});
  ASSERT_TRUE(at_even);
  EXPECT_NEAR(at_even->lat_deg, 52.2572021484375, 1e-10);
  EXPECT_NEAR(at_even->lon_deg, 3.91937255859375, 1e-10);
  const auto at_odd = CprDecodeGlobal(even, odd, true, {});
  ASSERT_TRUE(at_odd);
  EXPECT_NEAR(at_odd->lat_deg, 52.26578, 1e-5);
  EXPECT_NEAR(at_odd->lon_deg, 3.93891, 1e-5);
  const auto local = CprDecodeLocal(even, {52.258, 3.918});
  ASSERT_TRUE(local);
  EXPECT_NEAR(local->lat_deg, 52.2572021484375, 1e-10);
}

TEST(Cpr, PublishedSouthernSurfacePosition) {
  // 8FC8200A3AB8F5F893096B: the reference decides the hemisphere.
  const CprPosition cpr{.odd = true, .surface = true, .lat = 0xFC49, .lon = 0x1096B};
  const auto at = CprDecodeLocal(cpr, {-43.5, 172.5});
  ASSERT_TRUE(at);
  EXPECT_NEAR(at->lat_deg, -43.48564, 1e-5);
  EXPECT_NEAR(at->lon_deg, 172.53942, 1e-5);
}

TEST(Cpr, RefusesWhatIsNoPair) {
  const CprPosition even = CprEncode({37.0, 126.0}, false, false);
  const CprPosition odd = CprEncode({37.0, 126.0}, true, false);
  const CprPosition surface = CprEncode({37.0, 126.0}, true, true);
  EXPECT_TRUE(CprDecodeGlobal(even, odd, true, {}));
  EXPECT_FALSE(CprDecodeGlobal(odd, even, true, {}));
  EXPECT_FALSE(CprDecodeGlobal(even, surface, true, {}));
  EXPECT_FALSE(CprDecodeGlobal(CprEncode({37.0, 126.0}, false, true), surface, true, {}));
}

// What is told without trigonometry is what the distance says.
RC_GTEST_PROP(CprProperty, WithinDistanceIsTheDistance, ()) {
  for (int i = 0; i < kPositionsPerCase; ++i) {
    const LatLon a = *AnyPosition();
    const LatLon far = *AnyPosition();
    const LatLon near{std::clamp(a.lat_deg + 1e-3 * far.lat_deg, -90.0, 90.0),
                      a.lon_deg + 1e-3 * far.lon_deg};
    for (const LatLon& b : {near, far}) {
      const double distance_m = SphericalDistanceM(a, b);
      RC_ASSERT(WithinDistance(a, b, distance_m + 1e-6));
      RC_ASSERT(!WithinDistance(a, b, distance_m - 1e-6));
      RC_ASSERT(WithinDistance(a, b, 3.0 * distance_m + 1e-6));
    }
  }
}

RC_GTEST_PROP(CprProperty, GlobalAirborneGivesThePositionBack, ()) {
  for (int i = 0; i < kPositionsPerCase; ++i) {
    const LatLon at = *AnyPosition();
    const CprPosition even = CprEncode(at, false, false);
    const CprPosition odd = CprEncode(at, true, false);
    for (const bool odd_is_newer : {false, true}) {
      const auto back = CprDecodeGlobal(even, odd, odd_is_newer, {});
      if (!back) {
        // Only where the two, rounded, fall in different longitude zones.
        RC_ASSERT(CprLongitudeZones(at.lat_deg - 4e-5) != CprLongitudeZones(at.lat_deg + 4e-5));
        continue;
      }
      RC_ASSERT(SphericalDistanceM(at, *back) < BoundM(at.lat_deg, odd_is_newer, false));
      RC_ASSERT(back->lon_deg >= -180.0 && back->lon_deg < 180.0);
    }
  }
}

RC_GTEST_PROP(CprProperty, GlobalSurfaceGivesThePositionBack, ()) {
  for (int i = 0; i < kPositionsPerCase; ++i) {
    const LatLon at = *AnyPosition();
    // A receiver within 30 degrees of latitude and, for the choice of four, of longitude.
    const LatLon near{std::clamp(at.lat_deg + *rc::gen::inRange(-30, 31), -90.0, 90.0),
                      at.lon_deg + *rc::gen::inRange(-30, 31)};
    const auto back =
        CprDecodeGlobal(CprEncode(at, false, true), CprEncode(at, true, true), true, near);
    if (!back) {
      RC_ASSERT(CprLongitudeZones(at.lat_deg - 1e-5) != CprLongitudeZones(at.lat_deg + 1e-5));
      continue;
    }
    RC_ASSERT(SphericalDistanceM(at, *back) < BoundM(at.lat_deg, true, true));
  }
}

// A band kept from other positions, near and far, changes nothing.
RC_GTEST_PROP(CprProperty, ABandIsOfNoMatter, ()) {
  CprBand band;
  for (int i = 0; i < kPositionsPerCase; ++i) {
    const LatLon at = *AnyPosition();
    const LatLon near{std::clamp(at.lat_deg + 0.01, -90.0, 90.0), at.lon_deg};
    const bool surface = *rc::gen::arbitrary<bool>();
    const bool newer = *rc::gen::arbitrary<bool>();
    const CprPosition even = CprEncode(at, false, surface);
    const CprPosition odd = CprEncode(at, true, surface);
    const auto same = [](const std::optional<LatLon>& a, const std::optional<LatLon>& b) {
      return a.has_value() == b.has_value() &&
             (!a || (a->lat_deg == b->lat_deg && a->lon_deg == b->lon_deg));
    };
    RC_ASSERT(same(CprDecodeGlobal(even, odd, newer, near, band),
                   CprDecodeGlobal(even, odd, newer, near)));
    RC_ASSERT(same(CprDecodeLocal(odd, near, band), CprDecodeLocal(odd, near)));
    RC_ASSERT(same(CprDecodeLocal(even, near, band), CprDecodeLocal(even, near)));
  }
}

RC_GTEST_PROP(CprProperty, LocalGivesThePositionBack, ()) {
  for (int i = 0; i < kPositionsPerCase; ++i) {
    const LatLon at = *AnyPosition();
    const bool odd = *rc::gen::arbitrary<bool>();
    const bool surface = *rc::gen::arbitrary<bool>();
    const CprPosition cpr = CprEncode(at, odd, surface);
    // Up to 0.4 of the zone away; rounding may put it where zones are narrower.
    const double zone = LatitudeZone(odd, surface);
    const double lon_zone = LongitudeZone(std::max(std::abs(at.lat_deg) - 1e-4, 0.0), odd, surface);
    const LatLon near{
        std::clamp(at.lat_deg + zone * 0.01 * *rc::gen::inRange(-40, 41), -90.0, 90.0),
        at.lon_deg + lon_zone * 0.01 * *rc::gen::inRange(-40, 41)};
    const auto back = CprDecodeLocal(cpr, near);
    RC_ASSERT(back.has_value());
    RC_ASSERT(SphericalDistanceM(at, *back) < BoundM(at.lat_deg, odd, surface));
  }
}

}  // namespace
}  // namespace picket
