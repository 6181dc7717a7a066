// SPDX-License-Identifier: Apache-2.0
#include "picket/geo/utm.h"

#include <gtest/gtest.h>

#include <limits>

namespace picket {
namespace {

TEST(Utm, KnownPoints) {
  // The CN Tower in Toronto, and Stonehenge: published in both notations, to the metre.
  const auto tower = FromUtm("17T", 630084.0, 4833438.0);
  ASSERT_TRUE(tower);
  EXPECT_NEAR(tower->lat_deg, 43.642567, 1e-5);
  EXPECT_NEAR(tower->lon_deg, -79.387139, 1e-5);
  // The central meridian of zone 30 on the equator, from both sides.
  const auto north = FromUtm("30N", 500000.0, 0.0);
  const auto south = FromUtm("30M", 500000.0, 10'000'000.0);
  ASSERT_TRUE(north && south);
  EXPECT_NEAR(north->lat_deg, 0.0, 1e-12);
  EXPECT_NEAR(north->lon_deg, -3.0, 1e-12);
  EXPECT_NEAR(south->lat_deg, 0.0, 1e-9);
  // A band is no hemisphere: 30S lies in the north.
  const auto spain = FromUtm("30S", 500000.0, 4'000'000.0);
  ASSERT_TRUE(spain);
  EXPECT_GT(spain->lat_deg, 32.0);
  EXPECT_LT(spain->lat_deg, 40.0);
}

TEST(Utm, RefusesWhatIsNone) {
  for (const char* zone :
       {"", "30", "U", "0U", "61U", "30I", "30O", "300U", "30u", "30UU", "-3U"}) {
    EXPECT_FALSE(FromUtm(zone, 500000.0, 5'000'000.0)) << zone;
  }
  EXPECT_FALSE(FromUtm("30U", 51.17, -1.82));
  EXPECT_FALSE(FromUtm("30U", 1e9, 5'000'000.0));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto point = FromUtm("30U", nan, nan);
  EXPECT_FALSE(point);
}

}  // namespace
}  // namespace picket
