// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Invariants that stay on in production: a broken one ends the program with its place and reason,
/// for a wrong picture is worse than none. Bad *input* is never asserted on: it is an Error value.
namespace picket {
[[noreturn]] void AssertionFailed(const char* condition, const char* why, const char* file,
                                  int line);
}  // namespace picket

#define PICKET_ASSERT(condition, why)                  \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::picket::AssertionFailed(#condition, why, __FILE__, __LINE__))
