// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "picket/base/time.h"
#include "picket/codec/decoder.h"
#include "picket/geo/geodetic.h"

namespace picket {

enum class AsterixFraming : std::uint8_t {
  kDatagram,  ///< each Feed is one datagram; damage ends with it. Offsets count within it
  kStream,    ///< data blocks follow each other; after damage the next one that decodes is found
};

/// One source of the site, as its [[sensor]] says: asterix = { sac = 1, sic = 2 }.
struct AsterixSensor {
  int sac = 0;
  int sic = 0;
  std::string id;                                     ///< of the sensor
  std::vector<std::pair<int, std::string>> editions;  ///< (category, edition) that it sends
  std::optional<Duration> period;                     ///< of one look
  /// Height of the antenna. With it, measured and pressure altitudes of plots become elevations.
  std::optional<HeightAmsl> antenna;
  /// What the site says that it measures, and how well. A measured height or a Doppler speed that
  /// is not in it is left out, for the format does not say how accurate they are. Empty: all.
  ComponentSet measures;
};

struct AsterixOptions {
  DecodeOptions decode;
  AsterixFraming framing = AsterixFraming::kDatagram;
  std::vector<std::pair<int, std::string>> editions;  ///< of sources that do not name their own
  std::vector<AsterixSensor> sensors;
  /// The day of the first time of day, where bytes come without a time of their own.
  std::optional<Time> start;
  /// The site's origin: velocities are turned into its axes.
  std::optional<Geodetic> reference;
};

/// What a decoder has seen, for health pages and tests.
struct AsterixCounts {
  std::int64_t blocks = 0;            ///< data blocks begun
  std::int64_t records = 0;           ///< records given out
  std::int64_t damaged = 0;           ///< blocks of which a part could not be read
  std::int64_t unknown_category = 0;  ///< blocks passed over
  std::int64_t unknown_source = 0;    ///< plots of radars that the site does not name
  std::int64_t untimed = 0;           ///< targets without a time that could be found
  std::int64_t not_targets = 0;  ///< test targets, field monitors, ends of tracks, coasted plots
  std::int64_t repeated = 0;     ///< targets received twice, byte by byte
  std::int64_t detections = 0;   ///< in reports
  std::int64_t reports = 0;
};

/// Decodes ASTERIX (docs/asterix.md: categories and editions, how a look is made). Every record is
/// one message; the plots of a radar (category 48) are gathered into one Report per antenna scan,
/// which comes as a message without bytes of its own. Categories 10, 15, 20, 21, 62 and 129 give
/// one Report per record.
///
/// Errors with the same cause (a category or a source that is not known, a missing time) are told
/// of once, and Finish tells how many there were in all.
class AsterixDecoder final : public StreamDecoder {
 public:
  /// Editions that FindTable does not know are told of as errors when their category comes.
  explicit AsterixDecoder(AsterixOptions options);
  ~AsterixDecoder() override;
  void Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
            const DecodeSink& sink) override;
  void Finish(const DecodeSink& sink) override;
  [[nodiscard]] const AsterixCounts& counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
