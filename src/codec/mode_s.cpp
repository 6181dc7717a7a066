// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/mode_s.h"

#include <fmt/format.h>

#include <algorithm>

#include "picket/base/assert.h"

namespace picket {
namespace {

constexpr std::size_t kShortBytes = 7;
constexpr std::size_t kLongBytes = 14;

constexpr std::array<std::uint32_t, 256> MakeCrcTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i << 16U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x800000U) != 0 ? (crc << 1U) ^ 0xFFF409U : crc << 1U;
    }
    table[i] = crc & 0xFFFFFFU;
  }
  return table;
}
constexpr auto kCrcTable = MakeCrcTable();

constexpr std::size_t kParityBytes = 3;
constexpr std::size_t kLongCovered = kLongBytes - kParityBytes;

// What a byte adds to the parity, by how many bytes follow it before the parity field: the code is
// linear, so the bytes are independent, and a processor looks them all up at once.
using ParityTables = std::array<std::array<std::uint32_t, 256>, kLongCovered>;
constexpr ParityTables MakeParityTables() {
  ParityTables tables{};
  tables[0] = MakeCrcTable();
  for (std::size_t after = 1; after < kLongCovered; ++after) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t crc = tables[after - 1][byte];
      tables[after][byte] = ((crc << 8U) ^ kCrcTable[crc >> 16U]) & 0xFFFFFFU;
    }
  }
  return tables;
}
constexpr ParityTables kParity = MakeParityTables();

std::uint32_t ThreeBytes(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 16U | static_cast<std::uint32_t>(bytes[1]) << 8U |
         bytes[2];
}

/// The 56 bits of an ME, MB or MV field. Bits are counted from 1, the first being the highest.
struct Body {
  explicit Body(std::span<const std::uint8_t, 7> bytes) {
    for (const std::uint8_t byte : bytes) bits = bits << 8U | byte;
  }
  std::uint64_t bits = 0;
};

std::uint32_t Bits(Body me, int first, int last) {
  return static_cast<std::uint32_t>(me.bits >> static_cast<unsigned>(56 - last)) &
         ((1U << static_cast<unsigned>(last - first + 1)) - 1U);
}

bool Bit(Body me, int bit) { return Bits(me, bit, bit) != 0; }

std::uint32_t GrayToBinary(std::uint32_t gray) {
  std::uint32_t binary = gray;
  while ((gray >>= 1U) != 0) binary ^= gray;
  return binary;
}

// Picks bits out of a 13-bit field: `order` lists positions from 1 (highest), the first becoming
// the highest of the result.
template <std::size_t N>
std::uint32_t Pick(std::uint32_t field, const std::array<int, N>& order) {
  std::uint32_t value = 0;
  for (const int position : order) value = (value << 1U) | ((field >> (13U - position)) & 1U);
  return value;
}

// Both 13-bit fields are sent in the order C1 A1 C2 A2 C4 A4 (M or X) B1 (D1 or Q) B2 D2 B4 D4.
enum Pulse { kC1 = 1, kA1, kC2, kA2, kC4, kA4, kM, kB1, kD1, kB2, kD2, kB4, kD4 };

// Annex 10 vol. IV, appendix to 3.1.1: 500 ft steps in Gray code, within them five 100 ft steps
// that run back and forth.
std::optional<int> Gillham(std::uint32_t ac) {
  // D1 would mean over 62,700 ft and has no place in the field: the Q bit stands there.
  const int fives = static_cast<int>(
      GrayToBinary(Pick(ac, std::array<int, 8>{kD2, kD4, kA1, kA2, kA4, kB1, kB2, kB4})));
  int ones = static_cast<int>(GrayToBinary(Pick(ac, std::array<int, 3>{kC1, kC2, kC4})));
  if (ones == 0 || ones == 5 || ones == 6) return std::nullopt;
  if (ones == 7) ones = 5;
  if (fives % 2 != 0) ones = 6 - ones;
  return fives * 500 + ones * 100 - 1300;
}

std::string Characters(Body body) {
  static constexpr std::string_view kCharacters =
      "#ABCDEFGHIJKLMNOPQRSTUVWXYZ#####_###############0123456789######";
  std::string text;
  for (int i = 0; i < 8; ++i) text += kCharacters[Bits(body, 9 + 6 * i, 14 + 6 * i)];
  return text;
}

// DO-260B 2.2.3.2.4.2: steps that grow with the speed; the lower edge of each.
std::optional<double> SurfaceSpeedKt(std::uint32_t movement) {
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

EsPosition ParsePosition(Body me, int typecode) {
  EsPosition p;
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
    p.altitude_ft = AltitudeFtFromAc12(Bits(me, 9, 20));
    p.gnss_height = typecode >= 20;
  }
  return p;
}

// A value sent as 1 + value / step, 0 meaning not known.
std::optional<int> Offset1(std::uint32_t sent, int step, bool negative) {
  if (sent == 0) return std::nullopt;
  const int value = (static_cast<int>(sent) - 1) * step;
  return negative ? -value : value;
}

EsContent ParseVelocity(Body me) {
  EsVelocity v;
  v.subtype = static_cast<int>(Bits(me, 6, 8));
  if (v.subtype < 1 || v.subtype > 4) return EsOther{.subtype = v.subtype};
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
  return v;
}

EsContent ParseTargetState(Body me) {
  EsTargetState t;
  t.subtype = static_cast<int>(Bits(me, 6, 7));
  if (t.subtype > 1) return EsOther{.subtype = t.subtype};
  t.nac_p = static_cast<int>(Bits(me, 40, 43));
  t.nic_baro = Bit(me, 44);
  t.sil = static_cast<int>(Bits(me, 45, 46));
  if (t.subtype == 1) {
    t.selected_altitude_fms = Bit(me, 9);
    t.selected_altitude_ft = Offset1(Bits(me, 10, 20), 32, false);
    if (const std::uint32_t baro = Bits(me, 21, 29); baro != 0) {
      t.baro_setting_mb = 800.0 + 0.8 * (static_cast<double>(baro) - 1.0);
    }
    if (Bit(me, 30)) t.selected_heading_deg = Bits(me, 31, 39) * (360.0 / 512.0);
  }
  return t;
}

EsContent ParseOperationalStatus(Body me) {
  EsOperationalStatus o;
  o.subtype = static_cast<int>(Bits(me, 6, 8));
  if (o.subtype > 1) return EsOther{.subtype = o.subtype};
  o.version = static_cast<int>(Bits(me, 41, 43));
  o.nic_supplement_a = Bit(me, 44);
  o.nac_p = static_cast<int>(Bits(me, 45, 48));
  o.sil = static_cast<int>(Bits(me, 51, 52));
  if (o.subtype == 0) {
    o.gva = static_cast<int>(Bits(me, 49, 50));
    o.nic_baro = Bit(me, 53);
  }
  return o;
}

EsContent ParseExtendedSquitter(Body me, int typecode) {
  if (typecode >= 1 && typecode <= 4) {
    EsIdentification id;
    id.category = static_cast<int>(Bits(me, 6, 8));
    id.callsign_field = Characters(me);
    id.callsign = TrimCallsign(id.callsign_field);
    return id;
  }
  if (typecode <= 18 || (typecode >= 20 && typecode <= 22)) return ParsePosition(me, typecode);
  switch (typecode) {
    case 19:
      return ParseVelocity(me);
    case 28: {
      EsAircraftStatus s;
      s.subtype = static_cast<int>(Bits(me, 6, 8));
      if (s.subtype == 1) {
        s.emergency = static_cast<int>(Bits(me, 9, 11));
        s.squawk = SquawkText(Bits(me, 12, 24));
      }
      return s;
    }
    case 29:
      return ParseTargetState(me);
    case 31:
      return ParseOperationalStatus(me);
    default:
      return EsOther{.subtype = static_cast<int>(Bits(me, 6, 8))};
  }
}

// DF 18: whether the ME field is laid out as ADS-B, and the ICAO/Mode A flag that TIS-B and ADS-R
// put where ADS-B has something else (DO-260B 2.2.17, 2.2.18).
void ParseDf18(Body me, ModeSMessage& m) {
  const int cf = m.capability;
  if (cf == 3 || cf == 4 || cf == 7) return;  // coarse TIS-B, management, reserved: kept raw
  m.typecode = static_cast<int>(Bits(me, 1, 5));
  m.es = ParseExtendedSquitter(me, m.typecode);
  if (cf == 2 || cf == 6) {
    const bool surface = m.typecode >= 5 && m.typecode <= 8;
    const bool airborne = std::holds_alternative<EsPosition>(m.es) && !surface;
    const int imf = surface ? 21 : airborne ? 8 : m.typecode == 19 ? 9 : 0;
    m.icao_address = imf == 0 || !Bit(me, imf);
  } else {
    m.icao_address = cf == 0;
  }
}

}  // namespace

std::string TrimCallsign(std::string_view field) {
  std::string text(field);
  std::replace(text.begin(), text.end(), '_', ' ');
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::uint32_t ModeSResidual(std::span<const std::uint8_t> message) {
  PICKET_ASSERT(message.size() >= 4, "a message with a parity field");
  const std::size_t covered = message.size() - kParityBytes;
  std::uint32_t crc = 0;
  if (covered <= kLongCovered) {
    for (std::size_t i = 0; i < covered; ++i) crc ^= kParity[covered - 1 - i][message[i]];
  } else {
    for (std::size_t i = 0; i < covered; ++i) {
      crc = ((crc << 8U) ^ kCrcTable[((crc >> 16U) ^ message[i]) & 0xFFU]) & 0xFFFFFFU;
    }
  }
  return crc ^ ThreeBytes(message.subspan(covered));
}

std::optional<int> AltitudeFtFromAc13(std::uint32_t ac) {
  if (ac == 0 || (ac & 0x0040U) != 0) return std::nullopt;
  if ((ac & 0x0010U) == 0) return Gillham(ac);
  const std::uint32_t n = ((ac & 0x1F80U) >> 2U) | ((ac & 0x0020U) >> 1U) | (ac & 0x000FU);
  return static_cast<int>(n) * 25 - 1000;
}

std::optional<int> AltitudeFtFromAc12(std::uint32_t ac) {
  return AltitudeFtFromAc13(((ac & 0x0FC0U) << 1U) | (ac & 0x003FU));
}

std::string SquawkText(std::uint32_t id13) {
  return fmt::format("{:04o}", Pick(id13, std::array<int, 12>{kA4, kA2, kA1, kB4, kB2, kB1, kC4,
                                                              kC2, kC1, kD4, kD2, kD1}));
}

Result<ModeSMessage> ParseModeS(std::span<const std::uint8_t> message) {
  if (message.size() != kShortBytes && message.size() != kLongBytes) {
    return Fail(fmt::format("{} bytes are no Mode S message, expected 7 or 14", message.size()));
  }
  ModeSMessage m;
  m.df = std::min(static_cast<int>(message[0] >> 3U), 24);
  switch (m.df) {
    case 0:
    case 4:
    case 5:
    case 11:
    case 16:
    case 17:
    case 18:
    case 19:
    case 20:
    case 21:
    case 24:
      break;
    default:
      return Fail(fmt::format("downlink format {} does not exist", m.df));
  }
  if ((m.df >= 16) != (message.size() == kLongBytes)) {
    return Fail(fmt::format("{} bytes do not fit downlink format {}", message.size(), m.df));
  }
  const std::uint32_t residual = ModeSResidual(message);
  m.capability = message[0] & 7U;
  if (m.df == 11 || m.df == 17 || m.df == 18) {
    // A reply to an all-call carries its interrogator's code in the low seven bits.
    if (m.df == 11 ? residual >= 0x80U : residual != 0) {
      return Fail(fmt::format("the parity of this DF {} does not fit: damaged", m.df));
    }
    m.interrogator = static_cast<int>(residual);
    m.address = ThreeBytes(message.subspan(1));
  } else if (m.df != 19) {
    m.address = residual;
    m.address_from_parity = true;
  }
  if (m.df >= 16 && m.df <= 22) {
    std::array<std::uint8_t, 7> body{};
    std::copy_n(message.begin() + 4, 7, body.begin());
    m.body = body;
  }
  switch (m.df) {
    case 0:
    case 16:
      m.on_ground = (message[0] & 4U) != 0;
      break;
    case 4:
    case 5:
    case 20:
    case 21:
      m.flight_status = message[0] & 7U;
      break;
    default:
      break;
  }
  // The AC or ID field, bits 20 to 32.
  const std::uint32_t code13 = ThreeBytes(message.subspan(1)) & 0x1FFFU;
  if (m.df == 0 || m.df == 4 || m.df == 16 || m.df == 20) {
    m.altitude_ft = AltitudeFtFromAc13(code13);
    m.metric_altitude = (code13 & 0x0040U) != 0;
  }
  if (m.df == 5 || m.df == 21) m.squawk = SquawkText(code13);
  if ((m.df == 20 || m.df == 21) && (*m.body)[0] == 0x20) {
    // The register is not named in the reply: 0x20 may also be data of another one.
    std::string callsign = Characters(Body(*m.body));
    if (callsign.find('#') == std::string::npos) m.callsign_field = std::move(callsign);
  }
  if (m.df == 17) {
    const Body me(*m.body);
    m.typecode = static_cast<int>(Bits(me, 1, 5));
    m.es = ParseExtendedSquitter(me, m.typecode);
  } else if (m.df == 18) {
    ParseDf18(Body(*m.body), m);
  }
  return m;
}

std::string_view SquitterSource(const ModeSMessage& m) {
  if (m.df == 17) return "ads-b";
  if (m.df != 18) return {};
  switch (m.capability) {
    case 0:
    case 1:
      return "ads-b";
    case 2:  // fine, of an address of ICAO or a number of the radar's
    case 3:  // coarse
    case 5:  // fine, of another address
      return "tis-b";
    case 6:
      return "ads-r";
    default:
      return {};
  }
}

namespace {

/// What a message of zeroes with these bits set leaves as residual, by residual.
struct Damage {
  std::uint32_t residual = 0;
  std::uint8_t first = 0;
  std::uint8_t second = 0;  ///< the same as `first`: one bit
};

/// All errors of one bit, and of two if asked for, behind the format's five bits.
std::vector<Damage> AllDamage(std::size_t bytes, bool pairs) {
  std::vector<Damage> all;
  std::vector<std::uint32_t> single(bytes * 8);
  for (std::size_t bit = 0; bit < single.size(); ++bit) {
    std::vector<std::uint8_t> message(bytes);
    message[bit / 8] = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    single[bit] = ModeSResidual(message);
  }
  constexpr std::size_t kFormatBits = 5;
  for (std::size_t a = kFormatBits; a < single.size(); ++a) {
    all.push_back({single[a], static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(a)});
    for (std::size_t b = a + 1; pairs && b < single.size(); ++b) {
      all.push_back(
          {single[a] ^ single[b], static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b)});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Damage& x, const Damage& y) { return x.residual < y.residual; });
  return all;
}

}  // namespace

std::optional<RepairedModeS> RepairModeS(std::span<const std::uint8_t> message) {
  static const std::vector<Damage> kShort = AllDamage(kShortBytes, false);
  static const std::vector<Damage> kLong = AllDamage(kLongBytes, true);
  if (message.empty()) return std::nullopt;
  const int df = message[0] >> 3U;
  const bool all_call = df == 11 && message.size() == kShortBytes;
  const bool squitter = (df == 17 || df == 18) && message.size() == kLongBytes;
  if (!all_call && !squitter) return std::nullopt;
  const std::uint32_t residual = ModeSResidual(message);
  if (residual < (all_call ? 0x80U : 1U)) return std::nullopt;
  const std::vector<Damage>& known = all_call ? kShort : kLong;
  const auto at = std::lower_bound(
      known.begin(), known.end(), residual,
      [](const Damage& damage, std::uint32_t value) { return damage.residual < value; });
  if (at == known.end() || at->residual != residual) return std::nullopt;
  RepairedModeS repaired{{message.begin(), message.end()}, at->first == at->second ? 1 : 2};
  const auto turn = [&](std::size_t bit) {
    repaired.message[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> (bit % 8));
  };
  turn(at->first);
  if (repaired.bits == 2) turn(at->second);
  return repaired;
}

}  // namespace picket
