// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace picket {

/// Compact Position Reporting (CPR): a position within a zone, 17 bits each for latitude and
/// longitude; the zones of even and odd messages differ a little in size, so that a pair of them
/// tells which zone. RTCA DO-260B, A.1.7; ICAO Doc 9871, C.2.6.
struct CprPosition {
  bool odd = false;
  bool surface = false;   ///< zones of 90 degrees (four times finer) instead of 360
  std::uint32_t lat = 0;  ///< [0, 2^17)
  std::uint32_t lon = 0;  ///< [0, 2^17)

  bool operator==(const CprPosition&) const = default;
};

/// Degrees, WGS-84; latitude in [-90, 90], longitude in [-180, 180).
struct LatLon {
  double lat_deg = 0.0;
  double lon_deg = 0.0;
};

/// A longitude or a difference of two as it is written, or goes the shorter way round: [-180, 180).
/// Requires |deg| < 540.
[[nodiscard]] inline double WrapLongitude(double deg) {
  if (deg >= 180.0) return deg - 360.0;
  return deg < -180.0 ? deg + 360.0 : deg;
}

/// Number of even longitude zones at a latitude (NL of the standard), 1 to 59.
[[nodiscard]] int CprLongitudeZones(double lat_deg);

/// The latitudes, of either sign, between which the number of longitude zones is the same: an
/// aircraft hardly ever leaves them, so whoever decodes its positions keeps this beside them.
struct CprBand {
  double above_deg = 0.0;             ///< |latitude| is over this
  double to_deg = -1.0;               ///< and at most this; nothing is in a band not set yet
  int zones = 0;                      ///< even ones
  std::array<double, 2> width_deg{};  ///< of an even and of an odd zone, airborne
  std::array<double, 2> per_deg{};    ///< one over that
};

/// Encodes a position, for tests and simulated transponders. Requires |lat| <= 90 and a finite lon.
[[nodiscard]] CprPosition CprEncode(const LatLon& position, bool odd, bool surface);

/// Decodes a pair without knowing anything else (airborne), or with a reference that picks one of
/// the eight solutions (surface; the nearest in latitude, then in longitude). Error of the method:
/// about 5 m airborne and 1.3 m on the surface.
/// @param odd_is_newer  which of the two messages the position is taken from
/// @param reference     needed for surface pairs; ignored for airborne ones
/// @returns nothing if the pair is not one (parity, kind), if the two lie in different longitude
///          zones, if the latitude is impossible, or if a surface pair has no reference
/// @param band          set as needed
[[nodiscard]] std::optional<LatLon> CprDecodeGlobal(const CprPosition& even, const CprPosition& odd,
                                                    bool odd_is_newer,
                                                    const std::optional<LatLon>& reference,
                                                    CprBand& band);
[[nodiscard]] inline std::optional<LatLon> CprDecodeGlobal(const CprPosition& even,
                                                           const CprPosition& odd,
                                                           bool odd_is_newer,
                                                           const std::optional<LatLon>& reference) {
  CprBand band;
  return CprDecodeGlobal(even, odd, odd_is_newer, reference, band);
}

/// Decodes one message next to a reference. Right only if the reference is within half a zone of
/// the true position: 333 km airborne, 83 km on the surface.
/// @returns nothing if the latitude comes out impossible
[[nodiscard]] std::optional<LatLon> CprDecodeLocal(const CprPosition& cpr, const LatLon& reference,
                                                   CprBand& band);
[[nodiscard]] inline std::optional<LatLon> CprDecodeLocal(const CprPosition& cpr,
                                                          const LatLon& reference) {
  CprBand band;
  return CprDecodeLocal(cpr, reference, band);
}

/// Distance on a sphere of the earth's mean radius, m: good to 0.6 %, enough for sanity checks.
[[nodiscard]] double SphericalDistanceM(const LatLon& a, const LatLon& b);
/// Whether that distance is at most `limit_m`. What is well within is told without trigonometry.
[[nodiscard]] bool WithinDistance(const LatLon& a, const LatLon& b, double limit_m);

}  // namespace picket
