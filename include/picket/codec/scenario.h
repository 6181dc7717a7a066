// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "picket/base/error.h"
#include "picket/codec/site.h"
#include "picket/simulate/scenario.h"

namespace picket {

/// Limits on a scenario: fixes of one flight log, seconds simulated.
inline constexpr std::size_t kMaxLogPoints = 1'000'000;
inline constexpr double kMaxScenarioS = 86'400.0 * 7;

/// A scenario file, read and validated: a site file with the tables [scenario], [terrain] and
/// [[target]] in it. See docs/scenario.md.
struct ScenarioFile {
  Site site;  ///< of the site file alone: its text is that of the scenario file without those
              ///< tables, naming "terrain.tif" where the terrain is synthetic
  Scenario scenario;
};

/// @param source     the file's name, for errors
/// @param read_file  reads the files that it names: areas, flight logs
/// @returns the scenario, or every violation found, each with its line and field
[[nodiscard]] tl::expected<ScenarioFile, Errors> ParseScenario(std::string_view toml,
                                                               const std::string& source,
                                                               const FileReader& read_file);

/// Whether a file is a scenario rather than a bare site: it has a [scenario] table.
[[nodiscard]] bool IsScenario(std::string_view toml);

/// Reads a flight log: CSV whose first line names its columns, of which t_s (or t_unix_or_rel_s),
/// lat_deg, lon_deg and alt_m are needed and id picks one aircraft. Times come out counted from the
/// first fix. Rows whose time does not pass that of the row before are left out.
/// @param id  the aircraft; empty: the log holds only one
[[nodiscard]] Result<std::vector<LogPoint>> ParseFlightLog(std::string_view csv,
                                                           const std::string& source,
                                                           std::string_view id);

}  // namespace picket
