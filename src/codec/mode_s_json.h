// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "json_text.h"
#include "picket/codec/mode_s.h"

namespace picket {

/// Upper-case hexadecimal.
[[nodiscard]] std::string HexText(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::string IcaoText(std::uint32_t address);

/// Adds every field of a message under the names of docs/adsb.md.
void AddFields(const ModeSMessage& message, JsonObject& json);

}  // namespace picket
