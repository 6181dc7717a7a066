// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "picket/codec/mode_s.h"

/// The two contents of an extended squitter that nearly all of its messages have, decoded where
/// they are used.
namespace picket {

/// The 56 bits of an ME, MB or MV field. Bits are counted from 1, the first being the highest.
struct Body {
  /// Of a long message.
  explicit Body(const std::uint8_t* message)
      : bits(std::uint64_t{message[4]} << 48U | std::uint64_t{message[5]} << 40U |
             std::uint64_t{message[6]} << 32U | std::uint64_t{message[7]} << 24U |
             std::uint64_t{message[8]} << 16U | std::uint64_t{message[9]} << 8U | message[10]) {}
  std::uint64_t bits;
};

inline std::uint32_t Bits(Body me, int first, int last) {
  return static_cast<std::uint32_t>(me.bits >> static_cast<unsigned>(56 - last)) &
         ((1U << static_cast<unsigned>(last - first + 1)) - 1U);
}

inline bool Bit(Body me, int bit) { return Bits(me, bit, bit) != 0; }

/// Gillham's code, 100 ft steps, of a 13-bit AC field.
[[nodiscard]] std::optional<int> AltitudeFtFromGillham(std::uint32_t ac);

inline std::optional<int> AltitudeFtOf(std::uint32_t ac) {
  if (ac == 0 || (ac & 0x0040U) != 0) return std::nullopt;
  if ((ac & 0x0010U) == 0) return AltitudeFtFromGillham(ac);
  const std::uint32_t n = ((ac & 0x1F80U) >> 2U) | ((ac & 0x0020U) >> 1U) | (ac & 0x000FU);
  return static_cast<int>(n) * 25 - 1000;
}

inline std::optional<int> AltitudeFtOf12(std::uint32_t ac) {
  return AltitudeFtOf(((ac & 0x0FC0U) << 1U) | (ac & 0x003FU));
}

// DO-260B 2.2.3.2.4.2: steps that grow with the speed; the lower edge of each.
inline std::optional<double> SurfaceSpeedKt(std::uint32_t movement) {
  if (movement == 0 || movement > 124) return std::nullopt;
  const double m = movement;
  if (movement == 1) return 0.0;
  if (movement < 9) return 0.125 * (m - 1.0);
  if (movement < 13) return 1.0 + 0.25 * (m - 9.0);
  if (movement < 39) return 2.0 + 0.5 * (m - 13.0);
  if (movement < 94) return 15.0 + (m - 39.0);
  if (movement < 109) return 70.0 + 2.0 * (m - 94.0);
  return 100.0 + 5.0 * (m - 109.0);
}

/// Whether an extended squitter of this type code holds a position.
inline bool IsPosition(int typecode) {
  return typecode == 0 || (typecode >= 5 && typecode <= 18) || (typecode >= 20 && typecode <= 22);
}

inline void ParsePosition(Body me, int typecode, EsPosition& p) {
  p.surface = typecode >= 5 && typecode <= 8;
  p.has_position = typecode != 0;
  p.utc_synchronised = Bit(me, 21);
  p.cpr = {
      .odd = Bit(me, 22), .surface = p.surface, .lat = Bits(me, 23, 39), .lon = Bits(me, 40, 56)};
  if (p.surface) {
    p.groundspeed_kt = SurfaceSpeedKt(Bits(me, 6, 12));
    if (Bit(me, 13)) p.track_deg = Bits(me, 14, 20) * (360.0 / 128.0);
  } else {
    p.surveillance_status = static_cast<int>(Bits(me, 6, 7));
    p.nic_supplement_b = Bit(me, 8);
    p.altitude_ft = AltitudeFtOf12(Bits(me, 9, 20));
    p.gnss_height = typecode >= 20;
  }
}

// A value sent as 1 + value / step, 0 meaning not known.
inline std::optional<int> Offset1(std::uint32_t sent, int step, bool negative) {
  if (sent == 0) return std::nullopt;
  const int value = (static_cast<int>(sent) - 1) * step;
  return negative ? -value : value;
}

inline int VelocitySubtype(Body me) { return static_cast<int>(Bits(me, 6, 8)); }

/// Whether a type code 19 holds a velocity: its subtype is 1 to 4.
inline bool IsVelocity(Body me) { return VelocitySubtype(me) >= 1 && VelocitySubtype(me) <= 4; }

inline void ParseVelocity(Body me, EsVelocity& v) {
  v.subtype = VelocitySubtype(me);
  v.nac_v = static_cast<int>(Bits(me, 11, 13));
  const int step = v.subtype % 2 == 0 ? 4 : 1;
  if (v.subtype <= 2) {
    v.east_kt = Offset1(Bits(me, 15, 24), step, Bit(me, 14));
    v.north_kt = Offset1(Bits(me, 26, 35), step, Bit(me, 25));
  } else {
    if (Bit(me, 14)) v.heading_deg = Bits(me, 15, 24) * (360.0 / 1024.0);
    v.true_airspeed = Bit(me, 25);
    v.airspeed_kt = Offset1(Bits(me, 26, 35), step, false);
  }
  v.vertical_rate_baro = Bit(me, 36);
  v.vertical_rate_fpm = Offset1(Bits(me, 38, 46), 64, Bit(me, 37));
  v.gnss_minus_baro_ft = Offset1(Bits(me, 50, 56), 25, Bit(me, 49));
}

}  // namespace picket
