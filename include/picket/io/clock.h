// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "picket/base/time.h"

namespace picket {

/// The machine's wall clock, UTC.
[[nodiscard]] Time WallClock();

}  // namespace picket
