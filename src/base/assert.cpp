// SPDX-License-Identifier: Apache-2.0
#include "picket/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace picket {

void AssertionFailed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "picket: broken invariant at %s:%d: %s (%s)\n", file, line, why, condition);
  std::abort();
}

}  // namespace picket
