// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "picket/base/error.h"
#include "picket/base/time.h"
#include "picket/report/report.h"

namespace picket {

inline constexpr std::size_t kMaxWhatIfBytes = 16U << 10U;

/// Where a sensor would stand.
struct WhatIfPlace {
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  double height_agl_m = 0.0;
};

/// A question to the planner of the running service: the body of POST /v1/plan/what-if.
struct WhatIfRequest {
  std::string client;  ///< of a client's questions only the last counts; may be empty
  std::string sensor;  ///< of the site: moved to `at`, or without that taken away
  std::string preset;  ///< one more sensor at `at`; not both, and neither asks how it is now
  std::optional<WhatIfPlace> at;
  TargetClass target_class = TargetClass::kMultirotor;
  double height_agl_m = 100.0;  ///< of targets
  std::optional<Time> time;     ///< in the light and the weather of then; none: as stated
  bool by_height = false;       ///< wants to know of all heights as well
  bool levels = false;          ///< wants the picture as bytes behind the answer, not as a PNG
};

/// Errors: no JSON object, a key that is missing, unknown, twice there or out of its range.
[[nodiscard]] Result<WhatIfRequest> ReadWhatIf(std::string_view json);

}  // namespace picket
