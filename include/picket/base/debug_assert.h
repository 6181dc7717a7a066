// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "picket/base/assert.h"

namespace picket {
#ifdef PICKET_DEBUG_ASSERTS
inline constexpr bool kDebugAsserts = true;
#else
inline constexpr bool kDebugAsserts = false;
#endif
}  // namespace picket

/// An invariant that is too dear to be checked in production: it is in debug builds and in those
/// with sanitizers, and so in tests and fuzz targets. The condition compiles in all.
#define PICKET_DEBUG_ASSERT(condition, why)  \
  do {                                       \
    if constexpr (::picket::kDebugAsserts) { \
      PICKET_ASSERT(condition, why);         \
    }                                        \
  } while (false)
