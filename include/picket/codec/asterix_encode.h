// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "picket/base/error.h"
#include "picket/base/time.h"
#include "picket/codec/asterix.h"
#include "picket/geo/geodetic.h"
#include "picket/report/report.h"

/// From reports and tracks to ASTERIX, for displays and trackers of other makers and for tests.
namespace picket::asterix {

/// One data block and when it is sent. At most kMaxDatagram bytes.
struct Message {
  Time time;
  std::vector<std::uint8_t> bytes;
};
inline constexpr std::size_t kMaxDatagram =
    1400;  ///< fits an Ethernet frame with tunnels around it

/// Writes a radar's looks as a turning radar sends them: a north marker (category 34), sector
/// crossings, the plots (category 48), and the north marker that ends the turn at the time of the
/// report. AsterixDecoder gives the same reports back within the steps of the format: time 1/128 s,
/// range 1/256 NM, azimuth 360/65536 degrees, height 25 ft, range rate 1 m/s, signal to clutter
/// 0.1 dB, radar cross-section 0.01 dBsm. Class probabilities and accuracies have no place in it.
class RadarEncoder {
 public:
  /// @param radar  its period is how long a turn takes (1 s if not stated); its antenna's height is
  ///               needed to write elevations, as heights
  explicit RadarEncoder(AsterixSensor radar);

  /// The messages of one look, in order of time. Looks come in order of time.
  [[nodiscard]] Result<std::vector<Message>> Encode(const Report& report);
  /// Detections without range and azimuth, or out of the format's range: left out so far.
  [[nodiscard]] std::int64_t left_out() const { return left_out_; }

 private:
  [[nodiscard]] Message Marker(Time time, int type, std::optional<double> sector_deg) const;
  [[nodiscard]] Result<std::vector<std::uint8_t>> Plot(const Detection& d, Time time) const;

  AsterixSensor radar_;
  Duration period_;
  std::optional<Time> last_;
  std::int64_t left_out_ = 0;
};

/// A track of a surveillance data processing system.
struct SystemTrack {
  int sac = 0;
  int sic = 0;
  Time time;
  std::uint16_t number = 0;
  bool tentative = false;
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  std::optional<HeightHae> height;
  std::optional<std::array<double, 3>> vel_enu_mps;  ///< at the target
  std::optional<std::array<double, 2>> sd_m;         ///< east, north
  Identity identity;                                 ///< icao, callsign, mode_3a are written
};

/// Tracks as records of category 62, as many to a data block as fit. Values beyond the format's
/// range (velocity 8,191 m/s, accuracy 32 km) are an error.
[[nodiscard]] Result<std::vector<Message>> EncodeTracks(std::span<const SystemTrack> tracks);

}  // namespace picket::asterix
