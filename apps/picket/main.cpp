// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "commands.h"

namespace picket::app {
namespace {

int Main(int argc, char** argv) {
  CLI::App app{
      "picket: open, defensive low-altitude air surveillance. It watches and warns.\n"
      "Start with: picket demo",
      "picket"};
  app.set_version_flag("--version", "picket " PICKET_VERSION);
  app.require_subcommand(0, 1);  // 1 would call a mistyped one "missing"
  app.set_help_flag("-h,--help", "this help");
  app.failure_message([](const CLI::App* at, const CLI::Error& e) {
    // The command that it is about is the one that was chosen, if any was.
    const auto chosen = at->get_subcommands();
    const std::string command = chosen.empty() ? "picket" : "picket " + chosen[0]->get_name();
    return fmt::format("{}: {}\n{} --help tells more\n", command, e.what(), command);
  });
  Run run;
  AddDemo(app, run);
  AddRun(app, run);
  AddReplay(app, run);
  AddTrack(app, run);
  AddSimulate(app, run);
  AddConvert(app, run);
  AddEvaluate(app, run);
  AddCheck(app, run);
  AddPlan(app, run);
  AddLearn(app, run);
  AddPresets(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? kDone : kBadInput;
  }
  try {
    if (run) return run();
    std::fputs(app.help().c_str(), stderr);
    return kBadInput;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "picket: %s\n", e.what());
    return kSystemFailed;
  }
}

}  // namespace
}  // namespace picket::app

int main(int argc, char** argv) { return picket::app::Main(argc, argv); }
