// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "commands.h"
#include "live.h"
#include "picket/io/file.h"
#include "picket/server/replayer.h"

namespace picket::app {
namespace {

struct Options {
  std::string recording;
  LiveOptions live;
  double speed = 1.0;
  int run = 0;
};

int Fail(const Errors& errors, int exit) {
  for (const Error& error : errors) fmt::print(stderr, "{}\n", error.Text());
  return exit;
}

int Replay(const Options& options) {
  HoldSignals();
  const bool piped = options.recording == "-";
  std::string name = options.recording;
  std::string image;  // what is on standard input
  if (piped) {
    auto file = InputFile::Open(options.recording);
    auto bytes = file ? ReadRest(*file) : tl::unexpected<Error>(file.error());
    if (!bytes) return Fail({bytes.error()}, kBadInput);
    image = std::move(*bytes);
    name = file->name();
  }
  auto recording = piped ? Recording::OpenImage(
                               {reinterpret_cast<const std::uint8_t*>(image.data()), image.size()})
                         : Recording::OpenRead(options.recording);
  if (!recording) return Fail({recording.error()}, kBadInput);
  auto runs = RecordedRuns(*recording);
  if (!runs) {
    runs.error().source = name;
    return Fail({runs.error()}, kBadInput);
  }
  const int count = static_cast<int>(runs->size());
  const int chosen = options.run == 0 ? count : options.run;
  if (chosen > count) {
    fmt::print(stderr, "--run {}: {} holds {} of them\n", chosen, name, count);
    return kBadInput;
  }
  const RecordedRun& run = (*runs)[static_cast<std::size_t>(chosen - 1)];
  if (count > 1) {
    fmt::print(stderr, "{}: run {} of {}, --run chooses\n", name, chosen, count);
  }
  auto site = RecordedSite(*recording, run);
  if (!site) return Fail(site.error(), kBadInput);
  auto hillshade = HillshadePng((*site)->field->terrain(), (*site)->frame, (*site)->geoid);
  if (!hillshade) return Fail({hillshade.error()}, kSystemFailed);

  Replayer::Options replay_options;
  replay_options.version = PICKET_VERSION;
  replay_options.file = std::filesystem::path(name).filename().string();
  replay_options.speed = options.speed;
  auto replayer = Replayer::Start(std::move(*recording), run, *site, std::move(replay_options));
  if (!replayer) return Fail({replayer.error()}, kBadInput);
  Api api(**replayer, nullptr, replayer->get(), std::move(*hillshade), PICKET_VERSION);
  return Serve(api, options.live, nullptr, [&] { (*replayer)->Stop(); });
}

}  // namespace

void AddReplay(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("replay", "A recording in the console");
  command->footer("Example: picket replay today.gpkg --speed 10");
  command
      ->add_option("RECORDING", options->recording,
                   "file that run or demo recorded; - is standard input")
      ->required();
  command->add_option("--speed", options->speed, "seconds of the recording per second")
      ->check(Between(0.001, Replayer::kMaxSpeed))
      ->capture_default_str();
  command
      ->add_option("--run", options->run,
                   "which run of the service, from 1; left out: the last one in the recording")
      ->check(CLI::Range(1, 1'000'000));
  AddLiveOptions(*command, options->live, false);
  command->callback([options, &run] { run = [options] { return Replay(*options); }; });
}

}  // namespace picket::app
