// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <cmath>
#include <functional>
#include <string>

namespace picket::app {

/// The exit codes of the contract.
enum Exit : int { kDone = 0, kNo = 1, kBadInput = 2, kSystemFailed = 3 };

/// What the chosen subcommand runs; set by its callback, returns an Exit.
using Run = std::function<int()>;

/// As CLI::Range, which lets "nan" through: it is neither under nor over.
inline CLI::Validator Between(double low, double high) {
  return CLI::Range(low, high) &
         CLI::Validator(
             [](std::string& text) {
               double value = 0.0;
               const bool read = CLI::detail::lexical_cast(text, value);
               return read && std::isnan(value) ? std::string("is no number") : std::string();
             },
             "");
}

// One function per subcommand, each in its own file: adds it to `app`, with its help and example.
void AddDemo(CLI::App& app, Run& run);
void AddReplay(CLI::App& app, Run& run);
void AddRun(CLI::App& app, Run& run);
void AddTrack(CLI::App& app, Run& run);
void AddSimulate(CLI::App& app, Run& run);
void AddConvert(CLI::App& app, Run& run);
void AddEvaluate(CLI::App& app, Run& run);
void AddCheck(CLI::App& app, Run& run);
void AddPlan(CLI::App& app, Run& run);
void AddLearn(CLI::App& app, Run& run);
void AddPresets(CLI::App& app, Run& run);

}  // namespace picket::app
