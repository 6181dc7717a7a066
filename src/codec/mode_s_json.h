// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "json_text.h"
#include "picket/codec/mode_s.h"

namespace picket {

/// The 24 bits of an address, highest first.
[[nodiscard]] std::array<std::uint8_t, 3> AddressBytes(std::uint32_t address);
/// As six upper-case hexadecimal digits.
[[nodiscard]] std::string IcaoText(std::uint32_t address);

/// Adds every field of a message under the names of docs/adsb.md.
void AddFields(const ModeSMessage& message, JsonObject& json);

}  // namespace picket
