// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "commands.h"
#include "picket/codec/site.h"

namespace picket::app {

void AddPresets(CLI::App& app, Run& run) {
  const auto names_only = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "presets", "The generic sensors that a site file may name, with their sources (TOML)");
  command->footer("Example: picket presets --names");
  command->add_flag("--names", *names_only, "only what they are called, one a line");
  command->callback([names_only, &run] {
    run = [names_only] {
      if (!*names_only) {
        fmt::print("{}", PresetsText());
        return kDone;
      }
      for (const std::string_view name : PresetNames()) fmt::print("{}\n", name);
      return kDone;
    };
  });
}

}  // namespace picket::app
