// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "picket/base/error.h"
#include "picket/field/learned.h"

namespace picket {

/// What was learned of one sensor's p_D, and where it stood then.
struct LearnedSensor {
  std::string id;
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  std::shared_ptr<const LearnedCorrection> correction;
};

inline constexpr std::size_t kMaxLearnedBytes = 64U << 20U;

/// What `picket learn` found, as a file that a site names: TOML, see docs/sensors.md.
[[nodiscard]] std::string WriteLearned(const std::vector<LearnedSensor>& sensors);

/// Reads it back, the same to the bit.
/// @param source  the file's name, for errors
[[nodiscard]] tl::expected<std::vector<LearnedSensor>, Errors> ParseLearned(
    std::string_view text, const std::string& source);

}  // namespace picket
