// SPDX-License-Identifier: Apache-2.0
#include "picket/base/error.h"

#include <gtest/gtest.h>

#include "picket/base/assert.h"

namespace picket {
namespace {

Error Make(std::string source, std::int64_t line, std::int64_t byte, std::string field) {
  Error error;
  error.source = std::move(source);
  error.line = line;
  error.byte = byte;
  error.field = std::move(field);
  error.what = "is wrong";
  return error;
}

TEST(ErrorTest, TextLeavesOutWhatIsNotKnown) {
  EXPECT_EQ(Make("a.toml", 3, 40, "site.name").Text(), "a.toml:3: site.name: is wrong");
  EXPECT_EQ(Make("a.bin", 0, 40, "").Text(), "a.bin:byte 40: is wrong");
  EXPECT_EQ(Make("a.bin", 0, 0, "").Text(), "a.bin:byte 0: is wrong");
  EXPECT_EQ(Make("a.toml", 0, -1, "x").Text(), "a.toml: x: is wrong");
  EXPECT_EQ(Make("", 3, -1, "x").Text(), "line 3: x: is wrong");
  EXPECT_EQ(Make("", 0, 7, "").Text(), "byte 7: is wrong");
  EXPECT_EQ(Make("", 0, -1, "x").Text(), "x: is wrong");
  EXPECT_EQ(Make("", 0, -1, "").Text(), "is wrong");
}

TEST(ErrorTest, FailMakesAnErrorValue) {
  const Result<int> result = Fail("is wrong", "x");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().field, "x");
  EXPECT_EQ(result.error().what, "is wrong");
}

TEST(AssertDeathTest, ABrokenInvariantEndsTheProgramWithItsReason) {
  const int one = 1;
  PICKET_ASSERT(one == 1, "never told");
  EXPECT_DEATH(PICKET_ASSERT(one == 2, "one is two"), "broken invariant at .*one is two");
}

}  // namespace
}  // namespace picket
