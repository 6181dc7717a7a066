// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "picket/base/error.h"
#include "picket/evaluate/evaluate.h"
#include "picket/geo/frame.h"

namespace picket::app {

/// The frame that truth and tracks are compared in.
struct ComparisonFrame {
  LocalFrame frame{Geodetic{}};
  bool stated = false;  ///< by a site file, so degrees and local metres can be turned into another
  bool local = true;    ///< truth is in local metres, and tracks are taken from theirs
};

/// An instant of truth.
struct TruthInstant {
  Time time;
  std::vector<ScoredTruth> targets;
};

/// Where the targets truly were, in order of time.
class TruthSource {
 public:
  virtual ~TruthSource() = default;
  /// Nothing at the end.
  virtual Result<std::optional<TruthInstant>> Next() = 0;
  /// How much of it has been read, [0, 1]; 0 where that is not known.
  [[nodiscard]] virtual double share() const = 0;
  /// What was left out, a sentence each.
  [[nodiscard]] virtual std::vector<std::string> Notes() const { return {}; }
};

/// What a tracker said, asked for in order of time.
class PictureSource {
 public:
  virtual ~PictureSource() = default;
  /// The tracks at `time`, moved on from the newest picture (of a log: record) that is not after it
  /// and not older than the largest age; nothing if there is no such picture.
  virtual Result<std::optional<std::vector<ScoredTrack>>> At(Time time) = 0;
  /// First and last time that it tells of; read to the end for it.
  virtual Result<std::optional<std::pair<Time, Time>>> Span() = 0;
  [[nodiscard]] virtual std::vector<std::string> Notes() const { return {}; }
};

/// How the two are read.
struct ComparisonOptions {
  std::string truth;
  std::string tracks;  ///< "-": standard input
  double max_age_s = 0.5;
  double every_s = 1.0;  ///< instants of a truth that is a trial log
  int dimensions = 2;
};

/// Opens the truth, JSON Lines or a COURAGEOUS log by its content, and chooses the frame by it: the
/// site's, or about the first target.
Result<std::unique_ptr<TruthSource>> OpenTruth(const ComparisonOptions& options,
                                               ComparisonFrame& frame);
Result<std::unique_ptr<PictureSource>> OpenPictures(const ComparisonOptions& options,
                                                    const ComparisonFrame& frame);

}  // namespace picket::app
