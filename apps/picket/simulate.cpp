// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "commands.h"
#include "picket/codec/json.h"
#include "picket/io/file.h"
#include "picket/io/scenario.h"
#include "picket/io/terrain.h"
#include "picket/simulate/simulator.h"
#include "progress.h"

namespace picket::app {
namespace {

struct Options {
  std::string scenario;
  std::string out;
  std::optional<std::uint64_t> seed;
  std::optional<double> duration_s;
  bool json = false;
};

int Fail(const Error& error, int exit) {
  fmt::print(stderr, "{}\n", error.Text());
  return exit;
}

int Fail(const Errors& errors) {
  for (const Error& error : errors) fmt::print(stderr, "{}\n", error.Text());
  return kBadInput;
}

int Simulate(const Options& options) {
  auto file = options.scenario == "demo"
                  ? ParseScenario(DemoScenarioText(), "demo",
                                  [](const std::string& name) -> Result<std::string> {
                                    return picket::Fail("the demo names no file: " + name);
                                  })
                  : ReadScenario(options.scenario);
  if (!file) return Fail(file.error());
  if (options.seed) file->scenario.seed = *options.seed;
  if (options.duration_s) file->scenario.duration = Duration::Seconds(*options.duration_s);
  const std::string site_toml = file->site.text;
  auto world = LoadScenario(std::move(*file), options.scenario);
  if (!world) return Fail(world.error());

  std::error_code failed;
  const std::filesystem::path folder = options.out;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    fmt::print(stderr, "{}: cannot be made a folder: {}\n", options.out, failed.message());
    return kSystemFailed;
  }
  const auto path = [&](const char* name) { return (folder / name).string(); };
  if (world->synthetic_amsl) {
    const auto written =
        WriteTerrainTif(*world->synthetic_amsl, world->site->frame.origin(), path("terrain.tif"));
    if (!written) return Fail(written.error(), kSystemFailed);
  }
  if (auto written = WriteFile(path("site.toml"), site_toml); !written) {
    return Fail(written.error(), kSystemFailed);
  }
  auto reports = OutputFile::Create(path("reports.jsonl"));
  if (!reports) return Fail(reports.error(), kSystemFailed);
  auto truths = OutputFile::Create(path("truth.jsonl"));
  if (!truths) return Fail(truths.error(), kSystemFailed);

  const Duration every = world->scenario.truth_every;
  Simulator simulator(std::move(world->scenario), world->site->field, world->site->frame,
                      world->site->geoid);
  std::int64_t looks = 0;
  std::int64_t detections = 0;
  auto progress = std::make_optional<Progress>("simulating");
  for (std::int64_t k = 0;; ++k) {
    const Time t = simulator.start() + every * k;
    if (t > simulator.end()) break;
    progress->At((t - simulator.start()).ns(), (simulator.end() - simulator.start()).ns());
    for (const Report& report : simulator.AdvanceTo(t)) {
      ++looks;
      detections += static_cast<std::int64_t>(report.detections.size());
      if (auto written = reports->Write(WriteReport(report) + "\n"); !written) {
        return Fail(written.error(), kSystemFailed);
      }
    }
    if (auto written = truths->Write(WriteTruth(simulator.TruthAt(t)) + "\n"); !written) {
      return Fail(written.error(), kSystemFailed);
    }
  }
  for (const Report& report : simulator.AdvanceTo(simulator.end())) {
    ++looks;
    detections += static_cast<std::int64_t>(report.detections.size());
    if (auto written = reports->Write(WriteReport(report) + "\n"); !written) {
      return Fail(written.error(), kSystemFailed);
    }
  }
  progress.reset();
  for (auto* out : {&*reports, &*truths}) {
    if (auto written = out->Close(); !written) return Fail(written.error(), kSystemFailed);
  }
  if (options.json) {
    nlohmann::ordered_json summary;
    summary["folder"] = options.out;
    summary["looks"] = looks;
    summary["detections"] = detections;
    fmt::print("{}\n", summary.dump());
  } else {
    fmt::print(stderr, "{}: {} looks with {} detections\n", options.out, looks, detections);
  }
  return kDone;
}

}  // namespace

void AddSimulate(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "simulate", "Play a scenario: a site file, the reports of its sensors, and the truth");
  command->add_option("SCENARIO", options->scenario, "scenario file (docs/scenario.md), or: demo")
      ->required();
  command
      ->add_option("-o,--out", options->out,
                   "folder for site.toml, reports.jsonl, truth.jsonl and terrain.tif")
      ->required();
  command->add_option("--seed", options->seed, "instead of the scenario's")
      ->check(Between(0.0, 18446744073709549568.0));
  command->add_option("--duration", options->duration_s, "seconds, instead of the scenario's")
      ->check(Between(0.001, kMaxScenarioS));
  command->add_flag("--json", options->json, "say in JSON what was written");
  command->footer(
      "Example: picket simulate scenarios/coast_raid.toml -o raid && "
      "picket track raid/site.toml raid/reports.jsonl -o raid/tracks.jsonl");
  command->callback([options, &run] { run = [options] { return Simulate(*options); }; });
}

}  // namespace picket::app
