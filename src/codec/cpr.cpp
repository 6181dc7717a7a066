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
constexpr int kScale = 1 << 17;
constexpr double kMeanRadiusM = 6371008.8;

struct ZoneTable {
  // Latitudes from which on there are fewer than `zones` longitude zones, by zones - 2; falling.
  std::array<double, kMaxLongitudeZones - 1> transitions{};
  std::array<int, 91> at_degree{};  // the zones at each whole degree of latitude

  [[nodiscard]] int From(int zones, double lat_deg) const {
    while (zones > 1 && transitions[static_cast<std::size_t>(zones - 2)] < lat_deg) --zones;
    return zones;
  }
};

ZoneTable MakeZoneTable() {
  ZoneTable table;
  auto& all = table.transitions;
  const double numerator = 1.0 - std::cos(std::numbers::pi / (2.0 * kLatitudeZones));
  for (int zones = 2; zones <= kMaxLongitudeZones; ++zones) {
    const double denominator = 1.0 - std::cos(2.0 * std::numbers::pi / zones);
    all[static_cast<std::size_t>(zones - 2)] =
        std::acos(std::sqrt(numerator / denominator)) / kRadPerDeg;
  }
  all[0] = 87.0;  // exact by definition of the zones; the formula rounds
  for (std::size_t degree = 0; degree < table.at_degree.size(); ++degree) {
    table.at_degree[degree] = table.From(kMaxLongitudeZones, static_cast<double>(degree));
  }
  return table;
}

double LatitudeZoneDeg(const CprPosition& cpr) {
  constexpr std::array<double, 2> kAirborne = {360.0 / (4 * kLatitudeZones),
                                               360.0 / (4 * kLatitudeZones - 1)};
  return kAirborne[cpr.odd ? 1 : 0] * (cpr.surface ? 0.25 : 1.0);
}

const ZoneTable& Zones() {
  static const ZoneTable table = MakeZoneTable();
  return table;
}

bool InBand(double lat_deg, const CprBand& band) {
  const double lat = std::abs(lat_deg);
  return lat > band.above_deg && lat <= band.to_deg;
}

// Makes `band` the one that this latitude is in.
void Enter(double lat_deg, CprBand& band) {
  if (InBand(lat_deg, band)) return;
  const auto& transitions = Zones().transitions;
  band.zones = CprLongitudeZones(lat_deg);
  const auto zones = static_cast<std::size_t>(band.zones);
  band.to_deg = zones > 1 ? transitions[zones - 2] : 90.0;
  band.above_deg = zones <= transitions.size() ? transitions[zones - 1] : -1.0;
  for (const int odd : {0, 1}) {
    const auto count = static_cast<double>(std::max(band.zones - odd, 1));
    band.width_deg[static_cast<std::size_t>(odd)] = 360.0 / count;
    band.per_deg[static_cast<std::size_t>(odd)] = count / 360.0;
  }
}

double Fraction(std::uint32_t bits) { return static_cast<double>(bits) / kScale; }

double FloorMod(double a, double b) { return a - b * std::floor(a / b); }

int FloorMod(int a, int b) {
  const int r = a % b;
  return r < 0 ? r + b : r;
}

// std::floor of what fits into an integer: where any processor must do, that one is a call.
double Floor(double v) {
  const auto whole = static_cast<double>(static_cast<std::int64_t>(v));
  return whole > v ? whole - 1.0 : whole;
}

// floor((a - b) / 2^17 + 1/2)
int RoundedShift(int value) {
  return (value + kScale / 2) >> 17;  // shift of a negative number rounds down in C++20
}

// Rounding to a bin may step over a pole by half a bin (3 m); more is no position.
std::optional<double> CheckLatitude(double lat_deg) {
  constexpr double kHalfBinDeg = 360.0 / 59.0 / kScale;
  if (!(std::abs(lat_deg) <= 90.0 + kHalfBinDeg)) return std::nullopt;
  return std::clamp(lat_deg, -90.0, 90.0);
}

}  // namespace

int CprLongitudeZones(double lat_deg) {
  const double lat = std::min(std::abs(lat_deg), 90.0);
  return Zones().From(Zones().at_degree[static_cast<std::size_t>(lat)], lat);
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
                                      bool odd_is_newer, const std::optional<LatLon>& reference,
                                      CprBand& band) {
  if (even.odd || !odd.odd || even.surface != odd.surface) return std::nullopt;
  if (even.surface && !reference) return std::nullopt;
  constexpr int kEvenZones = 4 * kLatitudeZones;
  constexpr int kOddZones = kEvenZones - 1;
  const int j =
      RoundedShift(kOddZones * static_cast<int>(even.lat) - kEvenZones * static_cast<int>(odd.lat));
  double lat_even =
      LatitudeZoneDeg(even) * (static_cast<double>(FloorMod(j, kEvenZones)) + Fraction(even.lat));
  double lat_odd =
      LatitudeZoneDeg(odd) * (static_cast<double>(FloorMod(j, kOddZones)) + Fraction(odd.lat));
  if (even.surface) {
    // Solutions 90 degrees apart; the pole itself is one of them.
    const auto nearest = [&](double lat) {
      return lat + 90.0 * Floor((reference->lat_deg - lat) / 90.0 + 0.5);
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
  Enter(*even_checked, band);
  if (!InBand(*odd_checked, band)) return std::nullopt;
  const int zones = band.zones;

  const std::size_t newer = odd_is_newer ? 1 : 0;
  const double lat = odd_is_newer ? *odd_checked : *even_checked;
  const int m =
      RoundedShift((zones - 1) * static_cast<int>(even.lon) - zones * static_cast<int>(odd.lon));
  const int newer_zones = std::max(zones - (odd_is_newer ? 1 : 0), 1);
  const double width_deg = band.width_deg[newer] * (even.surface ? 0.25 : 1.0);
  double lon = width_deg * (static_cast<double>(FloorMod(m, newer_zones)) +
                            Fraction(odd_is_newer ? odd.lon : even.lon));
  if (even.surface) {
    // Four solutions, 90 degrees apart.
    lon += 90.0 * Floor((reference->lon_deg - lon) / 90.0 + 0.5);
  }
  return LatLon{lat, WrapLongitude(lon)};
}

std::optional<LatLon> CprDecodeLocal(const CprPosition& cpr, const LatLon& reference,
                                     CprBand& band) {
  // The zone in which the encoded fraction comes nearest to the reference.
  const auto nearest = [](double zone, double per_zone, double fraction, double at) {
    return zone * (Floor(at * per_zone - fraction + 0.5) + fraction);
  };
  const std::size_t odd = cpr.odd ? 1 : 0;
  constexpr std::array<double, 2> kPerDeg = {4 * kLatitudeZones / 360.0,
                                             (4 * kLatitudeZones - 1) / 360.0};
  const double finer = cpr.surface ? 4.0 : 1.0;
  const std::optional<double> lat = CheckLatitude(
      nearest(LatitudeZoneDeg(cpr), kPerDeg[odd] * finer, Fraction(cpr.lat), reference.lat_deg));
  if (!lat) return std::nullopt;
  Enter(*lat, band);
  const double lon = nearest(band.width_deg[odd] * (cpr.surface ? 0.25 : 1.0),
                             band.per_deg[odd] * finer, Fraction(cpr.lon), reference.lon_deg);
  return LatLon{*lat, WrapLongitude(lon)};
}

bool WithinDistance(const LatLon& a, const LatLon& b, double limit_m) {
  // The way along a meridian and then along a parallel, as long as it would be at the equator, is
  // no shorter than the great circle.
  const double way_deg =
      std::abs(a.lat_deg - b.lat_deg) + std::abs(WrapLongitude(a.lon_deg - b.lon_deg));
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
