// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace picket {

/// `count` bits (0 to 64) from bit `at` on, bit 0 being the highest of the first byte; the first
/// read becomes the highest of the result. Requires at + count <= 8 * bytes.size().
inline std::uint64_t ReadBits(std::span<const std::uint8_t> bytes, std::size_t at, int count) {
  std::uint64_t value = 0;
  while (count > 0) {
    // What this byte has of them.
    const auto left = static_cast<int>(8 - at % 8);
    const int part = std::min(left, count);
    const unsigned bits =
        static_cast<unsigned>(bytes[at / 8]) >> static_cast<unsigned>(left - part);
    value = (value << static_cast<unsigned>(part)) | (bits & ((1U << part) - 1));
    at += static_cast<std::size_t>(part);
    count -= part;
  }
  return value;
}

}  // namespace picket
