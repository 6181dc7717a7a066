// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "picket/assess/event.h"
#include "picket/base/error.h"
#include "picket/geo/frame.h"
#include "picket/report/report.h"
#include "picket/track/track.h"
#include "picket/track/tracker.h"

namespace picket {

/// Limits on one report line; what is over them is refused with its reason.
inline constexpr std::size_t kMaxReportBytes = 8U << 20U;
inline constexpr std::size_t kMaxDetections = 100'000;
inline constexpr std::size_t kMaxJsonDepth = 16;

inline constexpr std::size_t kMaxPictureBytes = 64U << 20U;  ///< of one line of tracks or truth
inline constexpr std::size_t kMaxIdentities = 16;            ///< claims of one detection
inline constexpr std::size_t kMaxNameBytes = 256;  ///< a sensor's id, an identity's kind or value

/// A report read from its line, with what was odd but not wrong.
struct ParsedReport {
  Report report;
  /// Keys that mean nothing here, "detections[].colour", each once and at most 32 of them: the line
  /// is kept in the recording as it came, and they are told of once.
  std::vector<std::string> unknown_keys;
};

/// What a file of JSON Lines holds.
enum class JsonLines : std::uint8_t { kReports, kTruth, kTracks };
/// Told by the list in one of its lines: "detections", "targets" or "tracks". Nothing if the line
/// is no JSON object or has none of them.
[[nodiscard]] std::optional<JsonLines> RecogniseLine(std::string_view line);

/// Reads report lines (JSON Lines, see docs/formats.md). Keeps its parser's memory between lines.
class ReportReader {
 public:
  ReportReader();
  ~ReportReader();
  ReportReader(ReportReader&&) noexcept;
  ReportReader& operator=(ReportReader&&) noexcept;
  /// @param line  one line without its end; any bytes. Refuses NaN, infinities, wrong types, wrong
  ///              units by range (azimuth outside [-360, 360], latitude outside [-90, 90] ...).
  [[nodiscard]] Result<ParsedReport> Read(std::string_view line);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The sensor that a report line is of, as far as one that is refused still tells: the string
/// behind the key "sensor" of the line's object, whatever else is wrong with it (a bare NaN, a
/// bracket that is missing). Empty: the line names none. Linear in the line; any bytes.
[[nodiscard]] std::string SensorNamedIn(std::string_view line);

/// One report as its line, without the end; ReportReader reads the same values back. Angles are
/// the exception: degrees cannot tell all radians apart, so an angle that was not itself read from
/// degrees may move by one unit in the last place, once. Whoever must replay to the bit reads the
/// line that was recorded.
[[nodiscard]] std::string WriteReport(const Report& report);

/// Writes many reports, the same lines in a third of the time: remembers the texts of numbers that
/// it has written lately.
class ReportWriter {
 public:
  ReportWriter();
  ReportWriter(const ReportWriter&) = delete;
  ReportWriter& operator=(const ReportWriter&) = delete;
  ~ReportWriter();
  /// @returns the line with its end; valid until the next call
  [[nodiscard]] std::string_view Write(const Report& report);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// One line of the truth format, and back.
[[nodiscard]] std::string WriteTruth(const Truth& truth);
/// A velocity that the line does not state is NaN.
/// @param frame  for truths given as enu_m; without it such a truth is refused
[[nodiscard]] Result<Truth> ReadTruth(std::string_view line, const LocalFrame* frame);

/// One line of the track format. `sensors` are those of the detection field: they name the sources
/// and tell which of them take the target's own word; "cov" is left out if not wanted (the live
/// stream). Numbers round-trip exactly, so equal bits give equal text.
[[nodiscard]] std::string WritePicture(const Picture& picture, const LocalFrame& frame,
                                       std::span<const Sensor> sensors, bool with_covariance);

/// What changed of the picture since it was last told, for those who hold that: a stream of 10,000
/// tracks to 100 clients is too much in whole. One object, {"time","tracks":[...],"gone":[ids]}.
///
/// A track is told of when a detection has changed it, its existence has changed by a hundredth, or
/// a second has passed; between that it moves with its velocity. In whole, as WritePicture has it,
/// when it is new, every 10 s, and when its most probable class, its claims or its corroboration
/// change; else only id, existence, place, velocity, sd_m and last_detection, to 1 cm and 0.001,
/// and all else is as it was. Before any picture was told all is new.
class ChangesWriter {
 public:
  /// `picture` was told in whole to all who listen: what changes is what differs from it.
  /// @param picture  its tracks by id
  void Begin(const Picture& picture, std::span<const Sensor> sensors);

  /// @param picture  its tracks by id
  [[nodiscard]] std::string Write(const Picture& picture, const LocalFrame& frame,
                                  std::span<const Sensor> sensors);

 private:
  struct Told {
    std::uint64_t id = 0;
    Time told;
    Time whole;
    Time last_detection;
    double existence = 0.0;
    std::size_t best_class = 0;
    std::size_t claims = 0;
    bool corroborated = false;
  };
  static Told InWhole(const Track& track, Time time, std::span<const Sensor> sensors);

  std::vector<Told> told_;  ///< by id
};

/// Whether more than one target's own word stands behind a track: at least one sensor that measures
/// it, or two different ones that take its word.
[[nodiscard]] bool Corroborated(const Track& track, std::span<const Sensor> sensors);

/// A line of the track format read back (evaluation): all but the sources, whose numbers are those
/// of a site. What is not stated is zero, but existence is then 1 and the velocity NaN; without a
/// covariance its first three variances are those of sd_m.
/// @param frame  if given, positions are taken from lat_deg, lon_deg, alt_hae_m into it; otherwise
///               from enu_m
[[nodiscard]] Result<Picture> ReadPicture(std::string_view line, const LocalFrame* frame = nullptr);

/// Where unseen targets may be, as one line (docs/openapi.yaml, schema Unseen): a level of two
/// hexadecimal digits for each cell, logarithmic over four decades under the fullest one, so within
/// 2 % of it, or too little to show.
[[nodiscard]] std::string WriteUnseen(const Unseen& unseen, const LocalFrame& frame);

/// One alert as a JSON object (docs/openapi.yaml, schema Alert).
[[nodiscard]] std::string WriteAlert(const Alert& alert);

}  // namespace picket
