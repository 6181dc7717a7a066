// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace picket {

/// What /v1/health says in the text format of Prometheus (exposition format 0.0.4), for /metrics.
/// Requires an answer of Backend::Health.
[[nodiscard]] std::string MetricsText(const std::string& health);

}  // namespace picket
