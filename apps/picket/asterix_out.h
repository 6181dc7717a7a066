// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "picket/codec/asterix_encode.h"
#include "picket/geo/frame.h"
#include "picket/io/file.h"
#include "picket/track/track.h"

namespace picket::app {

/// Writes radars' reports as ASTERIX, all radars' messages in order of time: as a capture of UDP
/// datagrams to port 8600, or as data blocks one after the other.
class AsterixOut {
 public:
  /// @param radars  those whose reports are written
  AsterixOut(const std::vector<AsterixSensor>& radars, bool capture, OutputFile& out);

  /// @returns what is wrong with the report; then nothing of it is written
  [[nodiscard]] Result<void> Add(const Report& report);
  /// Writes what waits for its turn.
  void Finish();

  [[nodiscard]] std::int64_t datagrams() const { return datagrams_; }
  /// Detections that the format cannot say.
  [[nodiscard]] std::int64_t left_out() const;
  [[nodiscard]] const tl::expected<void, Error>& written() const { return written_; }

 private:
  void WriteUpTo(Time time);

  bool capture_;
  OutputFile& out_;
  std::map<std::string, asterix::RadarEncoder> radars_;
  Duration longest_;  ///< turn of any radar: how far back a look's messages go
  std::multimap<Time, asterix::Message> waiting_;
  std::int64_t datagrams_ = 0;
  tl::expected<void, Error> written_;
};

/// Writes pictures of tracks as ASTERIX: as a capture of UDP datagrams to port 8600, or as data
/// blocks one after the other.
class AsterixTracksOut {
 public:
  /// @param category  62 (with 65) or 21
  AsterixTracksOut(int sac, int sic, int category, bool capture, OutputFile& out);

  /// @param frame  that the tracks stand in; their velocities are taken as they are
  void Add(const Picture& picture, const LocalFrame& frame);
  /// Tracks that the format cannot say.
  [[nodiscard]] std::int64_t left_out() const { return encoder_.left_out(); }
  [[nodiscard]] const tl::expected<void, Error>& written() const { return written_; }

 private:
  bool capture_;
  OutputFile& out_;
  asterix::TrackEncoder encoder_;
  tl::expected<void, Error> written_;
};

}  // namespace picket::app
