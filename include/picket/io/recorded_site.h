// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "picket/engine/engine.h"
#include "picket/io/recording.h"

namespace picket {

/// Texts of the files that a site file names (areas), by name as written.
using SiteFiles = std::map<std::string, std::string>;

/// A site file as it lies on disk.
struct SiteOnDisk {
  Site site;
  SiteFiles files;
};
/// As ReadSite, and keeps what the site file names.
[[nodiscard]] tl::expected<SiteOnDisk, Errors> ReadSiteWithFiles(const std::string& path);

/// How a run of the service began.
struct RunInfo {
  std::string version;
  std::string mode;                      ///< "run", "demo"
  double every_s = 1.0;                  ///< between the recorded pictures
  bool terrain = false;                  ///< set by RecordRun: the ground is recorded
  std::vector<std::string> receivers{};  ///< sensors that AddReceiver added to the site file's
  SiteFiles files{};
};

/// Appends what a replay needs besides the reports: the site file's text, the ground (unless the
/// recording's last is the same) and, last, the entry kRun that says that an engine starts here.
[[nodiscard]] tl::expected<void, Error> RecordRun(Recording& recording, const PlacedSite& site,
                                                  const RunInfo& run, Time now);

/// One run of a recording: the entries behind its kRun up to the next one's kSite.
struct RecordedRun {
  RunInfo info;
  std::int64_t first = 0;  ///< sequence of the first entry behind kRun
  std::int64_t last = 0;
  std::int64_t site = 0;     ///< sequence of its kSite
  std::int64_t terrain = 0;  ///< of its kTerrain; 0: none
};
/// The runs of a recording. Error: there is none, or an entry that is not sound.
[[nodiscard]] Result<std::vector<RecordedRun>> RecordedRuns(const Recording& recording);

/// The site of a run as it was then, from the recording alone (and the machine's geoid).
[[nodiscard]] tl::expected<std::shared_ptr<const PlacedSite>, Errors> RecordedSite(
    const Recording& recording, const RecordedRun& run);

}  // namespace picket
