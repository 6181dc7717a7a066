// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/mode_s.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "mode_s_body.h"
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

// The parity of the bytes in front of a parity field: as many look-ups as bytes, side by side.
template <std::size_t kCovered>
std::uint32_t Parity(const std::uint8_t* message) {
  static_assert(kCovered <= kLongCovered);
  std::uint32_t crc = 0;
  for (std::size_t i = 0; i < kCovered; ++i) crc ^= kParity[kCovered - 1 - i][message[i]];
  return crc;
}

std::uint32_t ThreeBytes(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 16U | static_cast<std::uint32_t>(bytes[1]) << 8U |
         bytes[2];
}

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

ShortText Characters(Body body) {
  static constexpr std::string_view kCharacters =
      "#ABCDEFGHIJKLMNOPQRSTUVWXYZ#####_###############0123456789######";
  std::array<char, ShortText::kMost> text{};
  for (int i = 0; i < 8; ++i) {
    text[static_cast<std::size_t>(i)] = kCharacters[Bits(body, 9 + 6 * i, 14 + 6 * i)];
  }
  return ShortText({text.data(), text.size()});
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

// Into `es`, in place: most of what is decoded passes here.
void ParseExtendedSquitter(Body me, int typecode, EsContent& es) {
  if (typecode >= 1 && typecode <= 4) {
    EsIdentification& id = es.emplace<EsIdentification>();
    id.category = static_cast<int>(Bits(me, 6, 8));
    id.callsign_field = Characters(me);
    id.callsign = TrimCallsign(id.callsign_field);
    return;
  }
  if (IsPosition(typecode)) {
    return ParsePosition(me, typecode, es.emplace<EsPosition>());
  }
  switch (typecode) {
    case 19:
      if (IsVelocity(me)) {
        ParseVelocity(me, es.emplace<EsVelocity>());
      } else {
        es.emplace<EsOther>(EsOther{.subtype = VelocitySubtype(me)});
      }
      return;
    case 28: {
      EsAircraftStatus& s = es.emplace<EsAircraftStatus>();
      s.subtype = static_cast<int>(Bits(me, 6, 8));
      if (s.subtype == 1) {
        s.emergency = static_cast<int>(Bits(me, 9, 11));
        s.squawk = SquawkText(Bits(me, 12, 24));
      }
      return;
    }
    case 29:
      es = ParseTargetState(me);
      return;
    case 31:
      es = ParseOperationalStatus(me);
      return;
    default:
      es.emplace<EsOther>(EsOther{.subtype = static_cast<int>(Bits(me, 6, 8))});
  }
}

// DF 18: whether the ME field is laid out as ADS-B, and the ICAO/Mode A flag that TIS-B and ADS-R
// put where ADS-B has something else (DO-260B 2.2.17, 2.2.18).
void ParseDf18(Body me, ModeSMessage& m) {
  const int cf = m.capability;
  if (cf == 3 || cf == 4 || cf == 7) return;  // coarse TIS-B, management, reserved: kept raw
  m.typecode = static_cast<int>(Bits(me, 1, 5));
  ParseExtendedSquitter(me, m.typecode, m.es);
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

// Annex 10 vol. IV, appendix to 3.1.1: 500 ft steps in Gray code, within them five 100 ft steps
// that run back and forth.
std::optional<int> AltitudeFtFromGillham(std::uint32_t ac) {
  // D1 would mean over 62,700 ft and has no place in the field: the Q bit stands there.
  const int fives = static_cast<int>(
      GrayToBinary(Pick(ac, std::array<int, 8>{kD2, kD4, kA1, kA2, kA4, kB1, kB2, kB4})));
  int ones = static_cast<int>(GrayToBinary(Pick(ac, std::array<int, 3>{kC1, kC2, kC4})));
  if (ones == 0 || ones == 5 || ones == 6) return std::nullopt;
  if (ones == 7) ones = 5;
  if (fives % 2 != 0) ones = 6 - ones;
  return fives * 500 + ones * 100 - 1300;
}

ShortText::ShortText(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
  PICKET_ASSERT(text.size() <= kMost, "a text of at most eight characters");
  std::copy(text.begin(), text.end(), text_.begin());
}

ShortText TrimCallsign(const ShortText& field) {
  std::array<char, ShortText::kMost> spaced{};
  const std::string_view of(field);
  std::replace_copy(of.begin(), of.end(), spaced.begin(), '_', ' ');
  const std::string_view text(spaced.data(), of.size());
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return ShortText(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

std::uint32_t ModeSResidual(std::span<const std::uint8_t> message) {
  PICKET_ASSERT(message.size() >= 4, "a message with a parity field");
  const std::size_t covered = message.size() - kParityBytes;
  std::uint32_t crc = 0;
  if (covered == kLongCovered) {
    crc = Parity<kLongCovered>(message.data());
  } else if (covered == kShortBytes - kParityBytes) {
    crc = Parity<kShortBytes - kParityBytes>(message.data());
  } else {
    for (std::size_t i = 0; i < covered; ++i) {
      crc = ((crc << 8U) ^ kCrcTable[((crc >> 16U) ^ message[i]) & 0xFFU]) & 0xFFFFFFU;
    }
  }
  return crc ^ ThreeBytes(message.subspan(covered));
}

std::optional<int> AltitudeFtFromAc13(std::uint32_t ac) { return AltitudeFtOf(ac); }

std::optional<int> AltitudeFtFromAc12(std::uint32_t ac) { return AltitudeFtOf12(ac); }

ShortText SquawkText(std::uint32_t id13) {
  const std::uint32_t code =
      Pick(id13, std::array<int, 12>{kA4, kA2, kA1, kB4, kB2, kB1, kC4, kC2, kC1, kD4, kD2, kD1});
  std::array<char, 4> digits{};
  for (unsigned i = 0; i < 4; ++i) {
    digits[i] = static_cast<char>('0' + ((code >> (9U - 3U * i)) & 7U));
  }
  return ShortText({digits.data(), digits.size()});
}

Result<ModeSMessage> ParseModeS(std::span<const std::uint8_t> message) {
  ModeSMessage m;
  if (auto parsed = ParseModeS(message, m); !parsed) return tl::unexpected<Error>(parsed.error());
  return m;
}

Result<void> ParseModeS(std::span<const std::uint8_t> message, ModeSMessage& m) {
  if (message.size() != kShortBytes && message.size() != kLongBytes) {
    return Fail(fmt::format("{} bytes are no Mode S message, expected 7 or 14", message.size()));
  }
  // One by one what not every format sets below: as a whole it would be cleared slowly.
  m.address = 0;
  m.address_from_parity = false;
  m.icao_address = true;
  m.interrogator = 0;
  m.flight_status = 0;
  m.on_ground = false;
  m.altitude_ft.reset();
  m.metric_altitude = false;
  m.squawk = {};
  m.callsign_field.reset();
  m.body.reset();
  m.typecode = -1;
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
    std::memcpy(m.body.emplace().data(), &message[4], 7);
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
  if ((m.df == 20 || m.df == 21) && message[4] == 0x20) {
    // The register is not named in the reply: 0x20 may also be data of another one.
    const ShortText callsign = Characters(Body(message.data()));
    if (std::string_view(callsign).find('#') == std::string_view::npos) m.callsign_field = callsign;
  }
  if (m.df != 17) m.es.emplace<EsOther>();
  if (m.df == 17) {
    const Body me(message.data());
    m.typecode = static_cast<int>(Bits(me, 1, 5));
    ParseExtendedSquitter(me, m.typecode, m.es);
  } else if (m.df == 18) {
    ParseDf18(Body(message.data()), m);
  }
  return {};
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
