// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "picket/engine/engine.h"

namespace picket {

/// A preset as a sensor of that site that looks by itself; its placement is left open. With a time
/// in the light and the weather of then, else as the site states them. Errors: there is no such
/// preset, or it only hears targets that report themselves.
[[nodiscard]] Result<Sensor> PresetOf(const PlacedSite& site, std::string_view preset,
                                      std::string id, const std::optional<Time>& time);

}  // namespace picket
