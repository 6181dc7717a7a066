// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "picket/assess/event.h"
#include "picket/base/error.h"
#include "picket/geo/frame.h"
#include "picket/report/report.h"
#include "picket/track/track.h"

namespace picket {

/// Limits on one report line; what is over them is refused with its reason.
inline constexpr std::size_t kMaxReportBytes = 8U << 20U;
inline constexpr std::size_t kMaxDetections = 100'000;
inline constexpr std::size_t kMaxJsonDepth = 16;

/// A report read from its line, with what was odd but not wrong.
struct ParsedReport {
  Report report;
  std::vector<std::string> unknown_keys;  ///< kept in the recording, told of once
};

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

/// One report as its line, without the end; ReportReader reads the same values back.
[[nodiscard]] std::string WriteReport(const Report& report);

/// One line of the truth format, and back.
[[nodiscard]] std::string WriteTruth(const Truth& truth);
/// @param frame  for truths given as enu_m
[[nodiscard]] Result<Truth> ReadTruth(std::string_view line, const LocalFrame* frame);

/// One line of the track format. `sensors` gives the names of sources; "cov" is left out if not
/// wanted (the live stream). Numbers round-trip exactly, so equal bits give equal text.
[[nodiscard]] std::string WritePicture(const Picture& picture, const LocalFrame& frame,
                                       const std::vector<std::string>& sensors,
                                       bool with_covariance);

/// A line of the track format read back (evaluation): id, position, velocity, covariance if there.
[[nodiscard]] Result<Picture> ReadPicture(std::string_view line);

/// One alert as a JSON object (docs/openapi.yaml, schema Alert).
[[nodiscard]] std::string WriteAlert(const Alert& alert);

}  // namespace picket
