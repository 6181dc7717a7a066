// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "picket/base/error.h"
#include "picket/base/time.h"
#include "picket/codec/asterix.h"
#include "picket/geo/geodetic.h"
#include "picket/report/report.h"
#include "picket/track/track.h"

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
  std::uint64_t id = 0;  ///< unlike all others; written as a number of 1 to 65,535 (4,095 in 21)
  Time time;
  bool tentative = false;
  bool ended = false;  ///< the last that is heard of it: where it was, at that time
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  std::optional<HeightHae> height;
  std::optional<std::array<double, 3>> vel_enu_mps;  ///< at the target
  std::optional<std::array<double, 3>> sd_m;         ///< east, north, up
  bool unmanned = false;                             ///< a drone, more likely than not
  Identity identity;                                 ///< icao, callsign, mode_3a are written
};

/// A track of the picture in a system track's words.
/// @param at           where its mean is
/// @param vel_enu_mps  its velocity in the axes there; NaN: not known
[[nodiscard]] SystemTrack SystemTrackOf(const Track& track, Time time, const Geodetic& at,
                                        const Eigen::Vector3d& vel_enu_mps);

/// Writes pictures for displays and trackers of others: as the tracks of a processing system
/// (category 62), each picture between the system's status and an end of batch (category 65), a
/// track that is no more in the picture ending with one last record; or as if each target had sent
/// its position itself (category 21), for displays that know nothing else.
class TrackEncoder {
 public:
  /// @param sac, sic  how others call this system, 0 to 255 each
  /// @param category  62 or 21
  TrackEncoder(int sac, int sic, int category);

  /// The datagrams of one picture, as many tracks to each as fit. Values beyond the format's range
  /// (velocity 8,191 m/s) leave the track out.
  [[nodiscard]] std::vector<Message> Encode(Time time, std::span<const SystemTrack> tracks);
  /// Tracks left out so far.
  [[nodiscard]] std::int64_t left_out() const { return left_out_; }

 private:
  [[nodiscard]] Message Status(Time time, int type) const;

  double sac_;
  double sic_;
  int category_;
  unsigned batch_ = 0;
  std::map<std::uint64_t, SystemTrack> shown_;
  std::int64_t left_out_ = 0;
};

}  // namespace picket::asterix
