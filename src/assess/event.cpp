// SPDX-License-Identifier: Apache-2.0
#include "picket/assess/event.h"

namespace picket {

std::string_view AlertLevelName(AlertLevel level) {
  constexpr std::string_view kNames[] = {"watch", "warning", "alarm", "cleared"};
  return kNames[static_cast<std::size_t>(level)];
}

}  // namespace picket
