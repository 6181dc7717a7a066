// SPDX-License-Identifier: Apache-2.0
#include "picket/base/time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

namespace picket {
namespace {

constexpr std::int64_t kNs = 1'000'000'000;
constexpr std::int64_t kLastNs = 9'214'646'400 * kNs - 1;  // the end of 2261

struct Known {
  const char* text;
  std::int64_t ns;
};

TEST(TimeTest, ParsesKnownInstants) {
  for (const Known& known : {
           Known{"1970-01-01T00:00:00Z", 0},
           Known{"2001-09-09T01:46:40Z", 1'000'000'000 * kNs},
           Known{"2026-03-01T00:00:00.000000001Z", 1'772'323'200 * kNs + 1},
           Known{"2026-03-01t00:00:00.5z", 1'772'323'200 * kNs + kNs / 2},
           Known{"2026-03-01 00:00:00Z", 1'772'323'200 * kNs},
           Known{"2026-03-01T09:00:00+09:00", 1'772'323'200 * kNs},
           Known{"2026-02-28T18:30:00-05:30", 1'772'323'200 * kNs},
           Known{"2024-02-29T12:00:00Z", 1'709'208'000 * kNs},
           Known{"2016-12-31T23:59:60Z", 1'483'228'800 * kNs},  // a leap second
           Known{"2026-03-01T00:00:00.1234567899Z", 1'772'323'200 * kNs + 123'456'789},
           Known{"2261-12-31T23:59:59.999999999Z", kLastNs},
       }) {
    const auto time = Time::Parse(known.text);
    ASSERT_TRUE(time) << known.text;
    EXPECT_EQ(time->ns(), known.ns) << known.text;
  }
}

TEST(TimeTest, RefusesWhatIsNoInstant) {
  for (const char* text : {"",
                           "2026",
                           "2026-03-01",
                           "2026-03-01T00:00:00",
                           "2026-03-01T00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2026-03-00T00:00:00Z",
                           "2026-03-01T24:00:00Z",
                           "2026-03-01T00:60:00Z",
                           "2026-03-01T00:00:61Z",
                           "2026-03-01T00:00:00.Z",
                           "2026-03-01T00:00:00,5Z",
                           "2026-03-01T00:00:00.5",
                           "2026-03-01T00:00:00Zx",
                           "2026-03-01T00:00:00 Z",
                           " 2026-03-01T00:00:00Z",
                           "2026-03-01T00:00:00+0900",
                           "2026-03-01T00:00:00+24:00",
                           "2026-03-01T00:00:00+09:60",
                           "2026-3-1T00:00:00Z",
                           "02026-03-01T00:00:00Z",
                           "-026-03-01T00:00:00Z",
                           "2026-03-01T0a:00:00Z",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+00:01",
                           "2262-01-01T00:00:00Z",
                           "9999-12-31T23:59:59Z",
                           "2026-03-01T00:00:00\xc2\xb5Z"}) {
    EXPECT_FALSE(Time::Parse(text)) << text;
  }
  EXPECT_FALSE(Time::Parse(std::string_view("2026-03-01T00:00:00\0Z", 21)));
}

RC_GTEST_PROP(TimeTest, TextParsesBackToTheSameInstant, ()) {
  const Time time = Time::Ns(*rc::gen::inRange<std::int64_t>(0, kLastNs));
  const std::string text = time.Text();
  RC_ASSERT(text.size() == 30U);
  RC_ASSERT(Time::Parse(text) == time);
}

RC_GTEST_PROP(TimeTest, TextsAreOrderedAsInstantsAre, ()) {
  const Time a = Time::Ns(*rc::gen::inRange<std::int64_t>(0, kLastNs));
  const Time b = Time::Ns(*rc::gen::inRange<std::int64_t>(0, kLastNs));
  RC_ASSERT((a < b) == (a.Text() < b.Text()));
}

RC_GTEST_PROP(TimeTest, AnyTextIsParsedOrRefused, (const std::string& text)) {
  const auto time = Time::Parse(text);
  RC_ASSERT(!time || time->ns() >= 0);
}

TEST(TimeTest, TakesSecondsSince1970) {
  EXPECT_EQ(Time::FromUnixSeconds(0.0)->ns(), 0);
  EXPECT_EQ(Time::FromUnixSeconds(1772323200.25)->ns(), 1'772'323'200 * kNs + kNs / 4);
  // As near as a double is: 0.1 s to a quarter of a microsecond.
  EXPECT_NEAR(static_cast<double>(Time::FromUnixSeconds(1772323200.1)->ns() - 1'772'323'200 * kNs),
              1e8, 250.0);
  for (const double s :
       {-1e-9, -1.0, 1e10, 1e300, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_FALSE(Time::FromUnixSeconds(s)) << s;
  }
}

TEST(DurationTest, RoundsToTheNearestNanosecond) {
  EXPECT_EQ(Duration::Seconds(1.5).ns(), 1'500'000'000);
  EXPECT_EQ(Duration::Seconds(-0.1).ns(), -100'000'000);
  EXPECT_EQ(Duration::Seconds(0.6e-9).ns(), 1);
  EXPECT_EQ(Duration::Seconds(-0.6e-9).ns(), -1);
  EXPECT_DOUBLE_EQ(Duration::Ns(2'500'000'000).s(), 2.5);
}

TEST(DurationTest, CountsBetweenInstants) {
  const Time t = Time::Ns(5 * kNs);
  EXPECT_EQ(t + Duration::Seconds(2) - t, Duration::Seconds(2));
  EXPECT_EQ(t - Duration::Seconds(2), Time::Ns(3 * kNs));
  EXPECT_EQ(Duration::Seconds(2) * 3, Duration::Seconds(6));
  EXPECT_EQ(Duration::Seconds(2) + Duration::Seconds(1) - Duration::Seconds(4),
            Duration::Seconds(-1));
}

}  // namespace
}  // namespace picket
