// SPDX-License-Identifier: Apache-2.0
#include "picket/assess/event.h"

#include <array>

namespace picket {

std::string_view AlertLevelName(AlertLevel level) {
  constexpr std::array<std::string_view, 4> kNames = {"watch", "warning", "alarm", "cleared"};
  return kNames[static_cast<std::size_t>(level)];
}

}  // namespace picket
