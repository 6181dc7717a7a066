// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "fuzz/fuzz.h"
#include "picket/codec/mode_s.h"

/// One Mode S message. Its parity is made to fit, or random bytes would never get past it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  if (size < 7) return 0;
  std::array<std::uint8_t, 14> message{};
  const std::size_t length = size < 14 ? 7 : 14;
  std::copy_n(data, length, message.begin());
  const std::span<const std::uint8_t> bytes(message.data(), length);
  const std::uint32_t residual = ModeSResidual(bytes);
  message[length - 3] ^= static_cast<std::uint8_t>(residual >> 16U);
  message[length - 2] ^= static_cast<std::uint8_t>(residual >> 8U);
  message[length - 1] ^= static_cast<std::uint8_t>(residual);
  PICKET_HOLDS(ModeSResidual(bytes) == 0);
  const Result<ModeSMessage> parsed = ParseModeS(bytes);
  PICKET_HOLDS(!parsed || (parsed->df >= 0 && parsed->df <= 24 && parsed->address < 1U << 24U));
  return 0;
}
