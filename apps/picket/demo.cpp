// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "commands.h"
#include "live.h"
#include "picket/codec/json.h"
#include "picket/io/clock.h"
#include "picket/io/scenario.h"

namespace picket::app {
namespace {

struct Options {
  LiveOptions live;
  double speed = 1.0;
};

int Fail(const Errors& errors) {
  for (const Error& error : errors) fmt::print(stderr, "{}\n", error.Text());
  return kSystemFailed;
}

/// Plays a scenario into the service at the pace of its times, from now on and again and again,
/// each time with other chance events.
class Player {
 public:
  Player(const ScenarioWorld& world, double speed, Service& service)
      : thread_([this, &world, speed, &service] { Play(world, speed, service); }) {}
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;
  ~Player() { Stop(); }
  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  static constexpr auto kStep = std::chrono::milliseconds(40);

  void Play(const ScenarioWorld& world, double speed, Service& service) {
    using Clock = std::chrono::steady_clock;
    ReportReader reader;
    const Time begin = WallClock();
    const auto begin_on_wall = Clock::now();
    Time start = begin;
    for (std::uint64_t round = 0; !stopping_; ++round) {
      Scenario scenario = world.scenario;
      scenario.start = start;
      scenario.seed += round;
      Simulator simulator(std::move(scenario), world.site->field, world.site->frame,
                          world.site->geoid);
      while (!stopping_) {
        const double s = std::chrono::duration<double>(Clock::now() - begin_on_wall).count();
        const Time now = std::min(begin + Duration::Seconds(s * speed), simulator.end());
        std::vector<LiveReport> reports;
        for (const Report& report : simulator.AdvanceTo(now)) {
          DecodedMessage message;
          message.report = report;
          if (auto live = LiveReportOf(message, reader)) reports.push_back(std::move(*live));
        }
        while (!stopping_ && !reports.empty() &&
               !service.TrySubmit(reports, [](const Outcome&) {})) {
          std::this_thread::sleep_for(kStep);
        }
        if (now >= simulator.end()) break;
        std::this_thread::sleep_for(kStep);
      }
      start = simulator.end();
    }
  }

  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

int Demo(const Options& options) {
  HoldSignals();
  auto file = ParseScenario(DemoScenarioText(), "demo", [](const std::string& name) {
    return Result<std::string>(picket::Fail("the demo names no file: " + name));
  });
  if (!file) return Fail(file.error());
  auto world = LoadScenario(std::move(*file), "demo");
  if (!world) return Fail(world.error());

  std::unique_ptr<RecordingJournal> journal;
  if (!options.live.record.empty()) {
    RunInfo run;
    run.version = PICKET_VERSION;
    run.mode = "demo";
    auto started = StartRecording(options.live.record, *world->site, run);
    if (!started) return Fail({started.error()});
    journal = std::move(*started);
  }
  auto hillshade =
      HillshadePng(world->site->field->terrain(), world->site->frame, world->site->geoid);
  if (!hillshade) return Fail({hillshade.error()});

  Service::Options service_options;
  service_options.mode = ServiceMode::kDemo;
  service_options.version = PICKET_VERSION;
  service_options.refuse_ahead = false;  // at --speed the scenario's clock runs ahead
  Service service(world->site, journal.get(), std::move(service_options));
  Api api(service, &service, nullptr, std::move(*hillshade), PICKET_VERSION);
  Player player(*world, options.speed, service);
  fmt::print(stderr,
             "Drones cross the hills toward the city: see which sensors notice them, and when.\n"
             "Open the address below in a browser and click a track. Ctrl-C ends the demo.\n");
  const int exit = Serve(
      api, options.live, [&] { player.Stop(); }, [&] { service.Stop(); });
  player.Stop();
  service.Stop();
  return CloseRecording(journal.get(), options.live.record, exit);
}

}  // namespace

void AddDemo(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("demo", "A built-in scenario, live: simulate, track, warn, console");
  command->footer("Example: picket demo --speed 4 --record demo.gpkg");
  command->add_option("--speed", options->speed, "seconds of the scenario per second")
      ->check(Between(0.1, 100.0))
      ->capture_default_str();
  AddLiveOptions(*command, options->live, true);
  command->callback([options, &run] { run = [options] { return Demo(*options); }; });
}

}  // namespace picket::app
