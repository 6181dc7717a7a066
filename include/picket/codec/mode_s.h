// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "picket/base/error.h"
#include "picket/codec/cpr.h"

namespace picket {

// Mode S downlink messages: ICAO Annex 10 vol. IV; extended squitter (ADS-B): RTCA DO-260B, ICAO
// Doc 9871. Bits are counted from 1, as there. Fields keep the units of the standard (feet, knots,
// feet per minute); what picket tracks with is converted in adsb.h.

/// CRC-24 of Mode S (polynomial 0xFFF409) over all but the last three bytes, exclusive-or those
/// three: 0 where the parity field is plain and the message undamaged, else what it is overlaid
/// with (an address, an interrogator code) or damage. Requires at least 4 bytes.
[[nodiscard]] std::uint32_t ModeSResidual(std::span<const std::uint8_t> message);

/// Altitude in feet from the 13-bit AC field: 25 ft steps (Q bit) or Gillham's 100 ft code.
/// Nothing if not available, if not a code, or with the M bit, whose metric coding is reserved.
[[nodiscard]] std::optional<int> AltitudeFtFromAc13(std::uint32_t ac);
/// The same from the 12 bits of a position message (no M bit).
[[nodiscard]] std::optional<int> AltitudeFtFromAc12(std::uint32_t ac);

/// At most eight characters, held in place: what messages are made of must be cheap to make.
class ShortText {
 public:
  static constexpr std::size_t kMost = 8;
  constexpr ShortText() = default;
  /// Requires at most kMost characters.
  explicit ShortText(std::string_view text);
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  // Converts as std::string does.
  constexpr operator std::string_view() const {  // NOLINT(google-explicit-constructor)
    return {text_.data(), size_};
  }
  constexpr bool operator==(const ShortText&) const = default;

 private:
  std::array<char, kMost> text_{};
  std::uint8_t size_ = 0;
};

/// Mode A code, four octal digits, from the 13-bit identity field.
[[nodiscard]] ShortText SquawkText(std::uint32_t id13);

/// A callsign as people write it, from its eight characters ("_" being a space).
[[nodiscard]] ShortText TrimCallsign(const ShortText& field);

/// Type codes 1-4. `callsign` is trimmed; `callsign_field` has all eight characters, a space
/// written "_" and an undefined code "#".
struct EsIdentification {
  int category = 0;  ///< within its set: type code 4 is set A, 3 is B, 2 is C, 1 is D
  ShortText callsign;
  ShortText callsign_field;

  bool operator==(const EsIdentification&) const = default;
};

/// Type codes 0, 5-8, 9-18, 20-22.
struct EsPosition {
  bool has_position = true;  ///< type code 0 has none
  bool surface = false;
  int surveillance_status = 0;
  bool nic_supplement_b = false;
  std::optional<int> altitude_ft;  ///< airborne
  bool gnss_height = false;        ///< altitude_ft is above the ellipsoid, not barometric
  bool utc_synchronised = false;
  CprPosition cpr;
  std::optional<double> groundspeed_kt;  ///< surface; lower edge of the step that is sent
  std::optional<double> track_deg;       ///< surface

  bool operator==(const EsPosition&) const = default;
};

/// Type code 19.
struct EsVelocity {
  int subtype = 0;  ///< 1, 2: over ground; 3, 4: airspeed and heading; even ones: supersonic
  int nac_v = 0;
  std::optional<int> east_kt, north_kt;  ///< over ground
  std::optional<double> heading_deg;     ///< magnetic or true, as the aircraft's version says
  std::optional<int> airspeed_kt;
  bool true_airspeed = false;            ///< else indicated
  std::optional<int> vertical_rate_fpm;  ///< positive climbing
  bool vertical_rate_baro = false;       ///< else GNSS or inertial
  std::optional<int> gnss_minus_baro_ft;

  bool operator==(const EsVelocity&) const = default;
};

/// Type code 28.
struct EsAircraftStatus {
  int subtype = 0;  ///< 1: emergency and squawk; 2: ACAS resolution advisory, kept raw
  int emergency = 0;
  ShortText squawk;

  bool operator==(const EsAircraftStatus&) const = default;
};

/// Type code 29.
struct EsTargetState {
  int subtype = 0;  ///< 0: version 1; 1: version 2
  std::optional<int> selected_altitude_ft;
  bool selected_altitude_fms = false;
  std::optional<double> baro_setting_mb;
  std::optional<double> selected_heading_deg;
  int nac_p = 0;
  bool nic_baro = false;
  int sil = 0;

  bool operator==(const EsTargetState&) const = default;
};

/// Type code 31.
struct EsOperationalStatus {
  int subtype = 0;  ///< 0: airborne, 1: on the surface
  int version = 0;  ///< of DO-260: 0, 1 (A), 2 (B)
  bool nic_supplement_a = false;
  int nac_p = 0;
  int gva = 0;  ///< version 2, airborne
  int sil = 0;
  bool nic_baro = false;  ///< airborne

  bool operator==(const EsOperationalStatus&) const = default;
};

/// What picket does not take apart.
struct EsOther {
  int subtype = 0;

  bool operator==(const EsOther&) const = default;
};

using EsContent = std::variant<EsOther, EsIdentification, EsPosition, EsVelocity, EsAircraftStatus,
                               EsTargetState, EsOperationalStatus>;

/// A downlink message, taken apart.
struct ModeSMessage {
  int df = 0;                 ///< downlink format; 24 for all of 24 to 31
  std::uint32_t address = 0;  ///< 24 bits
  /// The address was recovered from the parity field (DF 0, 4, 5, 16, 20, 21, 24): damage would
  /// give another address, so it means nothing unless that address is known from elsewhere.
  bool address_from_parity = false;
  bool icao_address = true;        ///< false: a DF 18 address that is not the ICAO one
  int capability = 0;              ///< DF 11, 17; DF 18: its CF field; DF 19: AF
  int interrogator = 0;            ///< DF 11: the code overlaid on the parity, 0 in a squitter
  int flight_status = 0;           ///< DF 4, 5, 20, 21
  bool on_ground = false;          ///< DF 0, 16: vertical status
  std::optional<int> altitude_ft;  ///< DF 0, 4, 16, 20
  bool metric_altitude = false;    ///< the M bit: altitude_ft stays empty
  ShortText squawk;                ///< DF 5, 21
  std::optional<ShortText> callsign_field;  ///< DF 20, 21 with register BDS 2,0
  /// The 56 bits of ME, MB or MV (DF 16-22); else empty.
  std::optional<std::array<std::uint8_t, 7>> body;
  int typecode = -1;  ///< DF 17, 18 with an ADS-B body
  EsContent es;       ///< DF 17, 18 with an ADS-B body

  bool operator==(const ModeSMessage&) const = default;
};

/// Takes a message of 7 or 14 bytes apart. Errors: its length does not fit its format, the format
/// does not exist, or (DF 11, 17, 18) the parity does not fit. Nothing is repaired here.
[[nodiscard]] Result<ModeSMessage> ParseModeS(std::span<const std::uint8_t> message);
/// The same into a message that may hold another one, as that of a stream does; after an error it
/// is of no use.
[[nodiscard]] Result<void> ParseModeS(std::span<const std::uint8_t> message, ModeSMessage& m);

/// Who sends the extended squitter (DF 17, 18): "ads-b" the aircraft itself; "tis-b" a ground
/// station, of an aircraft that its radar sees; "ads-r" a ground station that repeats what an
/// aircraft sent over another link; empty for what is none of these (DO-260B 2.2.3.2.1.2).
[[nodiscard]] std::string_view SquitterSource(const ModeSMessage& message);

/// A message with the bits turned over that explain its parity.
struct RepairedModeS {
  std::vector<std::uint8_t> message;
  int bits = 0;  ///< how many were turned, 1 or 2
};
/// Finds the error of one bit, or of two in DF 17 and 18, that leaves the message with a parity
/// that fits. The code of Annex 10 (vol. IV, 3.1.2.3.3) keeps 112 bits six apart, so there is at
/// most one such error; but one random message in 150,000 is taken for one with a wrong bit, and
/// one in 3,000 for one with two: believe it only of an address that is known. In DF 11 two wrong
/// bits cannot be told from one and an interrogator's code, so two are not looked for, and the
/// code is taken to be 0. The format's own five bits are never turned.
/// @returns nothing if the message is whole, of another format, or damaged otherwise
[[nodiscard]] std::optional<RepairedModeS> RepairModeS(std::span<const std::uint8_t> message);

}  // namespace picket
