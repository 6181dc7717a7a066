// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/cpr.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "picket/base/assert.h"
#include "picket/geo/angle.h"

namespace picket {
namespace {

constexpr int kLatitudeZones = 15;  // NZ: between equator and pole
constexpr int kMaxLongitudeZones = 4 * kLatitudeZones - 1;
constexpr std::int64_t kScale = 1 << 17;
constexpr double kMeanRadiusM = 6371008.8;

// Latitudes from which on there are fewer than `zones` longitude zones, by zones - 2; falling.
std::array<double, kMaxLongitudeZones - 1> TransitionLatitudes() {
  std::array<double, kMaxLongitudeZones - 1> all{};
  const double numerator = 1.0 - std::cos(std::numbers::pi / (2.0 * kLatitudeZones));
  for (int zones = 2; zones <= kMaxLongitudeZones; ++zones) {
    const double denominator = 1.0 - std::cos(2.0 * std::numbers::pi / zones);
    all[static_cast<std::size_t>(zones - 2)] =
        std::acos(std::sqrt(numerator / denominator)) / kRadPerDeg;
  }
  all[0] = 87.0;  // exact by definition of the zones; the formula rounds
  return all;
}

double LatitudeZoneDeg(const CprPosition& cpr) {
  return (cpr.surface ? 90.0 : 360.0) / (4 * kLatitudeZones - (cpr.odd ? 1 : 0));
}

double LongitudeZoneDeg(const CprPosition& cpr, double lat_deg) {
  const int zones = std::max(CprLongitudeZones(lat_deg) - (cpr.odd ? 1 : 0), 1);
  return (cpr.surface ? 90.0 : 360.0) / zones;
}

double Fraction(std::uint32_t bits) { return static_cast<double>(bits) / kScale; }

double FloorMod(double a, double b) { return a - b * std::floor(a / b); }

std::int64_t FloorMod(std::int64_t a, std::int64_t b) {
  const std::int64_t r = a % b;
  return r < 0 ? r + b : r;
}

// floor((a - b) / 2^17 + 1/2)
std::int64_t RoundedShift(std::int64_t value) {
  return (value + kScale / 2) >> 17;  // shift of a negative number rounds down in C++20
}

double WrapLongitude(double deg) {
  const double wrapped = FloorMod(deg + 180.0, 360.0) - 180.0;
  return wrapped >= 180.0 ? -180.0 : wrapped;
}

// Rounding to a bin may step over a pole by half a bin (3 m); more is no position.
std::optional<double> CheckLatitude(double lat_deg) {
  constexpr double kHalfBinDeg = 360.0 / 59.0 / kScale;
  if (!(std::abs(lat_deg) <= 90.0 + kHalfBinDeg)) return std::nullopt;
  return std::clamp(lat_deg, -90.0, 90.0);
}

}  // namespace

int CprLongitudeZones(double lat_deg) {
  static const auto transitions = TransitionLatitudes();
  const double lat = std::abs(lat_deg);
  // The number of transitions at or above this latitude, by their order.
  const auto* const first_below = std::partition_point(transitions.begin(), transitions.end(),
                                                       [lat](double t) { return t >= lat; });
  return 1 + static_cast<int>(first_below - transitions.begin());
}

CprPosition CprEncode(const LatLon& position, bool odd, bool surface) {
  PICKET_ASSERT(std::abs(position.lat_deg) <= 90.0 && std::isfinite(position.lon_deg),
                "a position on the earth");
  CprPosition cpr{.odd = odd, .surface = surface};
  const double scale = static_cast<double>(surface ? 4 * kScale : kScale);
  const double lat_zone = 360.0 / (4 * kLatitudeZones - (odd ? 1 : 0));
  const double yz = std::floor(scale * FloorMod(position.lat_deg, lat_zone) / lat_zone + 0.5);
  const double rounded_lat = lat_zone * (yz / scale + std::floor(position.lat_deg / lat_zone));
  const double lon_zone = 360.0 / std::max(CprLongitudeZones(rounded_lat) - (odd ? 1 : 0), 1);
  const double xz = std::floor(scale * FloorMod(position.lon_deg, lon_zone) / lon_zone + 0.5);
  cpr.lat = static_cast<std::uint32_t>(static_cast<std::int64_t>(yz) % kScale);
  cpr.lon = static_cast<std::uint32_t>(static_cast<std::int64_t>(xz) % kScale);
  return cpr;
}

std::optional<LatLon> CprDecodeGlobal(const CprPosition& even, const CprPosition& odd,
                                      bool odd_is_newer, const std::optional<LatLon>& reference) {
  if (even.odd || !odd.odd || even.surface != odd.surface) return std::nullopt;
  if (even.surface && !reference) return std::nullopt;
  constexpr std::int64_t kEvenZones = 4 * kLatitudeZones;
  constexpr std::int64_t kOddZones = kEvenZones - 1;
  const std::int64_t j = RoundedShift(kOddZones * static_cast<std::int64_t>(even.lat) -
                                      kEvenZones * static_cast<std::int64_t>(odd.lat));
  double lat_even =
      LatitudeZoneDeg(even) * (static_cast<double>(FloorMod(j, kEvenZones)) + Fraction(even.lat));
  double lat_odd =
      LatitudeZoneDeg(odd) * (static_cast<double>(FloorMod(j, kOddZones)) + Fraction(odd.lat));
  if (even.surface) {
    // Solutions 90 degrees apart; the pole itself is one of them.
    const auto nearest = [&](double lat) {
      return lat + 90.0 * std::round((reference->lat_deg - lat) / 90.0);
    };
    lat_even = nearest(lat_even);
    lat_odd = nearest(lat_odd);
  } else {
    if (lat_even >= 270.0) lat_even -= 360.0;
    if (lat_odd >= 270.0) lat_odd -= 360.0;
  }
  const std::optional<double> even_checked = CheckLatitude(lat_even);
  const std::optional<double> odd_checked = CheckLatitude(lat_odd);
  if (!even_checked || !odd_checked) return std::nullopt;
  const int zones = CprLongitudeZones(*even_checked);
  if (zones != CprLongitudeZones(*odd_checked)) return std::nullopt;

  const CprPosition& newer = odd_is_newer ? odd : even;
  const double lat = odd_is_newer ? *odd_checked : *even_checked;
  const std::int64_t m = RoundedShift((zones - 1) * static_cast<std::int64_t>(even.lon) -
                                      zones * static_cast<std::int64_t>(odd.lon));
  const std::int64_t newer_zones = std::max(zones - (odd_is_newer ? 1 : 0), 1);
  double lon = LongitudeZoneDeg(newer, lat) *
               (static_cast<double>(FloorMod(m, newer_zones)) + Fraction(newer.lon));
  if (even.surface) {
    // Four solutions, 90 degrees apart.
    lon += 90.0 * std::round((reference->lon_deg - lon) / 90.0);
  }
  return LatLon{lat, WrapLongitude(lon)};
}

std::optional<LatLon> CprDecodeLocal(const CprPosition& cpr, const LatLon& reference) {
  // The zone in which the encoded fraction comes nearest to the reference.
  const auto nearest = [](double zone, double fraction, double at) {
    return zone * (std::floor(at / zone - fraction + 0.5) + fraction);
  };
  const std::optional<double> lat =
      CheckLatitude(nearest(LatitudeZoneDeg(cpr), Fraction(cpr.lat), reference.lat_deg));
  if (!lat) return std::nullopt;
  const double lon = nearest(LongitudeZoneDeg(cpr, *lat), Fraction(cpr.lon), reference.lon_deg);
  return LatLon{*lat, WrapLongitude(lon)};
}

bool WithinDistance(const LatLon& a, const LatLon& b, double limit_m) {
  // The way along a meridian and then along a parallel, as long as it would be at the equator, is
  // no shorter than the great circle.
  const double way_deg =
      std::abs(a.lat_deg - b.lat_deg) + std::abs(std::remainder(a.lon_deg - b.lon_deg, 360.0));
  constexpr double kRounding = 1.0 + 1e-9;
  if (way_deg * kRadPerDeg * kMeanRadiusM * kRounding <= limit_m) return true;
  return SphericalDistanceM(a, b) <= limit_m;
}

double SphericalDistanceM(const LatLon& a, const LatLon& b) {
  const double lat_a = a.lat_deg * kRadPerDeg;
  const double lat_b = b.lat_deg * kRadPerDeg;
  const double s_lat = std::sin((lat_b - lat_a) / 2.0);
  const double s_lon = std::sin((b.lon_deg - a.lon_deg) * kRadPerDeg / 2.0);
  const double h = s_lat * s_lat + std::cos(lat_a) * std::cos(lat_b) * s_lon * s_lon;
  return 2.0 * kMeanRadiusM * std::asin(std::min(1.0, std::sqrt(h)));
}

}  // namespace picket
