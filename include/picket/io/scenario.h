// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "picket/codec/scenario.h"
#include "picket/engine/engine.h"
#include "picket/simulate/simulator.h"

namespace picket {

/// A scenario file from disk; what it names counts from its folder, flight logs may be gzipped.
[[nodiscard]] tl::expected<ScenarioFile, Errors> ReadScenario(const std::string& path);

/// The scenario that `picket demo` plays, built into the program.
[[nodiscard]] std::string_view DemoScenarioText();

/// A scenario ready to be played.
struct ScenarioWorld {
  std::shared_ptr<const PlacedSite> site;
  Scenario scenario;
  std::optional<Terrain::Grid> synthetic_amsl;  ///< the terrain made up, heights above sea level
};

/// Loads or makes the terrain and places the sensors.
/// @param path  the scenario file's, which terrain files count from
[[nodiscard]] tl::expected<ScenarioWorld, Errors> LoadScenario(ScenarioFile file,
                                                               const std::string& path);

}  // namespace picket
