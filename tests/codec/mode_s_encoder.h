// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "picket/codec/cpr.h"
#include "picket/codec/mode_s.h"

namespace picket::testing {

/// A transponder's side, as far as tests need it: builds messages bit by bit.
class MessageBuilder {
 public:
  explicit MessageBuilder(std::size_t bytes) : bytes_(bytes, 0) {}
  /// Appends the low `count` bits of `value`.
  MessageBuilder& Put(std::uint32_t value, int count) {
    for (int i = count - 1; i >= 0; --i, ++at_) {
      if (((value >> i) & 1U) != 0) {
        bytes_[at_ / 8] = static_cast<std::uint8_t>(bytes_[at_ / 8] | (0x80U >> (at_ % 8)));
      }
    }
    return *this;
  }
  /// Fills the parity field so that the message's residual is `overlay`.
  std::vector<std::uint8_t> Finish(std::uint32_t overlay = 0) {
    const std::uint32_t parity = ModeSResidual(bytes_) ^ overlay;
    for (std::size_t i = 0; i < 3; ++i) {
      bytes_[bytes_.size() - 3 + i] ^= static_cast<std::uint8_t>(parity >> (16 - 8 * i));
    }
    return bytes_;
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

inline MessageBuilder Df17(std::uint32_t icao) {
  MessageBuilder b(14);
  b.Put(17, 5).Put(5, 3).Put(icao, 24);
  return b;
}

/// Feet to 12 bits, 25 ft steps.
inline std::uint32_t Ac12(int feet) {
  const auto n = static_cast<std::uint32_t>((feet + 1000) / 25);
  return ((n & 0x7F0U) << 1U) | 0x10U | (n & 0xFU);
}

inline std::vector<std::uint8_t> AirbornePosition(std::uint32_t icao, const LatLon& at, int feet,
                                                  bool odd, std::uint32_t typecode = 11) {
  const CprPosition cpr = CprEncode(at, odd, false);
  return Df17(icao)
      .Put(typecode, 5)
      .Put(0, 3)
      .Put(Ac12(feet), 12)
      .Put(0, 1)
      .Put(odd ? 1 : 0, 1)
      .Put(cpr.lat, 17)
      .Put(cpr.lon, 17)
      .Finish();
}

inline std::vector<std::uint8_t> SurfacePosition(std::uint32_t icao, const LatLon& at,
                                                 std::uint32_t movement, std::uint32_t track128,
                                                 bool odd) {
  const CprPosition cpr = CprEncode(at, odd, true);
  return Df17(icao)
      .Put(7, 5)
      .Put(movement, 7)
      .Put(1, 1)
      .Put(track128, 7)
      .Put(0, 1)
      .Put(odd ? 1 : 0, 1)
      .Put(cpr.lat, 17)
      .Put(cpr.lon, 17)
      .Finish();
}

/// Over ground, knots; vertical rate in steps of 64 ft/min; GNSS above baro in steps of 25 ft.
inline std::vector<std::uint8_t> GroundVelocity(std::uint32_t icao, int east_kt, int north_kt,
                                                int rate_steps, int difference_steps,
                                                std::uint32_t nac_v = 2) {
  const auto sign = [](int v) { return v < 0 ? 1U : 0U; };
  const auto size = [](int v) { return static_cast<std::uint32_t>(std::abs(v)) + 1U; };
  return Df17(icao)
      .Put(19, 5)
      .Put(1, 3)
      .Put(0, 2)
      .Put(nac_v, 3)
      .Put(sign(east_kt), 1)
      .Put(size(east_kt), 10)
      .Put(sign(north_kt), 1)
      .Put(size(north_kt), 10)
      .Put(1, 1)
      .Put(sign(rate_steps), 1)
      .Put(size(rate_steps), 9)
      .Put(0, 2)
      .Put(sign(difference_steps), 1)
      .Put(size(difference_steps), 7)
      .Finish();
}

inline std::vector<std::uint8_t> Identification(std::uint32_t icao, std::uint32_t typecode,
                                                std::uint32_t category, std::string callsign) {
  callsign.resize(8, ' ');
  MessageBuilder b = Df17(icao);
  b.Put(typecode, 5).Put(category, 3);
  for (const char c : callsign) {
    b.Put(c >= 'A' && c <= 'Z' ? static_cast<std::uint32_t>(c - 'A' + 1)
                               : static_cast<std::uint32_t>(c),
          6);
  }
  return b.Finish();
}

/// Version 2, airborne.
inline std::vector<std::uint8_t> OperationalStatus(std::uint32_t icao, std::uint32_t nac_p,
                                                   std::uint32_t gva) {
  return Df17(icao)
      .Put(31, 5)
      .Put(0, 3)
      .Put(0, 16)
      .Put(0, 16)
      .Put(2, 3)
      .Put(0, 1)
      .Put(nac_p, 4)
      .Put(gva, 2)
      .Put(3, 2)
      .Put(1, 1)
      .Put(0, 3)
      .Finish();
}

/// A message as a Beast frame.
inline std::vector<std::uint8_t> BeastFrame(const std::vector<std::uint8_t>& message,
                                            std::uint64_t counter, std::uint8_t signal = 100) {
  std::vector<std::uint8_t> frame = {0x1A, static_cast<std::uint8_t>(message.size() == 2   ? '1'
                                                                     : message.size() == 7 ? '2'
                                                                                           : '3')};
  const auto put = [&frame](std::uint8_t b) {
    frame.push_back(b);
    if (b == 0x1A) frame.push_back(b);
  };
  for (int shift = 40; shift >= 0; shift -= 8) put(static_cast<std::uint8_t>(counter >> shift));
  put(signal);
  for (const std::uint8_t b : message) put(b);
  return frame;
}

}  // namespace picket::testing
