// SPDX-License-Identifier: Apache-2.0
#include "picket/report/report.h"

#include <array>

namespace picket {
namespace {

constexpr std::array<std::string_view, kComponents> kComponentNames = {
    "range",    "azimuth",   "elevation", "range_rate",      "east", "north", "up",
    "vel_east", "vel_north", "vel_up",    "range_difference"};

constexpr std::array<std::string_view, kTargetClasses> kClassNames = {"multirotor", "fixed_wing",
                                                                      "bird", "aircraft", "other"};

}  // namespace

std::string_view ComponentName(Component c) { return kComponentNames[static_cast<std::size_t>(c)]; }

std::string_view ClassName(TargetClass c) { return kClassNames[static_cast<std::size_t>(c)]; }

std::optional<TargetClass> ParseClass(std::string_view name) {
  for (std::size_t i = 0; i < kTargetClasses; ++i) {
    if (kClassNames[i] == name) return static_cast<TargetClass>(i);
  }
  return std::nullopt;
}

}  // namespace picket
