// SPDX-License-Identifier: Apache-2.0
#include "picket/io/clock.h"

#include <chrono>

namespace picket {

Time WallClock() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return Time::Ns(std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970).count());
}

}  // namespace picket
