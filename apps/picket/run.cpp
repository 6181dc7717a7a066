// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>

#include "commands.h"
#include "complaints.h"
#include "live.h"
#include "picket/codec/json.h"
#include "picket/io/clock.h"
#include "picket/io/messages.h"
#include "picket/io/site.h"
#include "picket/server/feed.h"
#include "picket/server/output.h"
#include "progress.h"

namespace picket::app {
namespace {

struct Options {
  std::string site;
  std::vector<std::string> inputs;
  LiveOptions live;
  int threads = 1;
};

int Fail(const Errors& errors) {
  for (const Error& error : errors) fmt::print(stderr, "{}\n", error.Text());
  return kBadInput;
}

/// Reads files given on the command line into the service, as fast as it takes them.
class FileInputs {
 public:
  FileInputs(const std::vector<std::string>& paths, const Site& site, Service& service)
      : thread_([this, paths, site, &service] {
          for (const std::string& path : paths) Read(path, site, service);
        }) {}
  FileInputs(const FileInputs&) = delete;
  FileInputs& operator=(const FileInputs&) = delete;
  ~FileInputs() { Stop(); }
  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  static constexpr std::size_t kTogether = 256;

  /// What became of a file; the service answers from a thread of its own.
  struct Tally {
    std::mutex mutex;
    std::condition_variable answered;
    std::size_t waiting = 0;  ///< submissions that have no answer yet
    std::size_t refused = 0;
    Complaints complaints;
  };

  void Read(const std::string& path, const Site& site, Service& service) {
    ReportReader reader;
    std::vector<LiveReport> reports;
    const auto tally = std::make_shared<Tally>();
    const auto submit = [&] {
      while (!stopping_ && !reports.empty() && !TrySubmit(path, reports, tally, service)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      reports.clear();
    };
    DecodeSink sink;
    sink.on_error = [&](const Error& error) {
      const std::scoped_lock lock(tally->mutex);
      tally->complaints.Add(error);
    };
    sink.on_message = [&](const DecodedMessage& message) {
      if (stopping_) return;
      if (message.change) {
        auto change = LiveChangeOf(*message.change);
        if (!change) return sink.on_error(change.error());
        reports.push_back(std::move(*change));
      }
      if (message.operator_place) service.operators().Take(*message.operator_place, WallClock());
      if (!message.report) return;
      auto live = LiveReportOf(message, reader);
      if (!live) return sink.on_error(live.error());
      live->number = message.line;
      reports.push_back(std::move(*live));
      if (reports.size() >= kTogether) submit();
    };
    const auto summary = ReadMessages(path, std::nullopt, CaptureOptionsOf(site), sink);
    submit();
    if (!summary) {
      Tell(summary.error().Text());
      return;
    }
    std::unique_lock lock(tally->mutex);
    while (tally->waiting > 0 && !stopping_) {
      tally->answered.wait_for(lock, std::chrono::milliseconds(100));
    }
    tally->complaints.Summarise();
    Tell(fmt::format("{}: {} reports, {} refused, {} errors", path, summary->reports,
                     tally->refused, summary->errors));
  }

  /// As Service::TrySubmit; what is refused is told of.
  static bool TrySubmit(const std::string& path, std::vector<LiveReport>& reports,
                        const std::shared_ptr<Tally>& tally, Service& service) {
    {
      const std::scoped_lock lock(tally->mutex);
      ++tally->waiting;
    }
    const bool submitted = service.TrySubmit(reports, [path, tally](const Outcome& outcome) {
      const std::scoped_lock lock(tally->mutex);
      Error error;
      error.source = path;
      if (!outcome.failure.empty()) {
        error.what = outcome.failure;
        tally->complaints.Add(error);
      }
      for (const Outcome::Refusal& refusal : outcome.refused) {
        error.line = refusal.number;
        error.what = refusal.reason;
        tally->complaints.Add(error);
      }
      tally->refused += outcome.refused.size();
      --tally->waiting;
      tally->answered.notify_all();
    });
    if (!submitted) {
      const std::scoped_lock lock(tally->mutex);
      --tally->waiting;
    }
    return submitted;
  }

  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// Feeds of positions need no [[sensor]]: what is missing is added, and told.
void AddMissingReceivers(const std::string& path, Site& site, RunInfo& run) {
  for (const InputFeed& feed : site.inputs) {
    const std::string id = ReceiverOf(feed, site);
    const bool known =
        id.empty() || std::any_of(site.sensors.begin(), site.sensors.end(),
                                  [&](const SensorEntry& e) { return e.sensor.id == id; });
    if (known) continue;
    fmt::print(stderr, "{}: \"{}\" is not in the site file: taken as a receiver of positions\n",
               path, id);
    AddReceiver(site, id);
    run.receivers.push_back(id);
  }
}

int RunService(const Options& options) {
  HoldSignals();
  auto on_disk = ReadSiteWithFiles(options.site);
  if (!on_disk) return Fail(on_disk.error());
  RunInfo run;
  run.version = PICKET_VERSION;
  run.mode = "run";
  run.files = std::move(on_disk->files);
  on_disk->site.tracker.threads = options.threads;
  AddMissingReceivers(options.site, on_disk->site, run);
  auto placed = LoadSite(std::move(on_disk->site), options.site);
  if (!placed) return Fail(placed.error());

  std::unique_ptr<RecordingJournal> journal;
  if (!options.live.record.empty()) {
    auto started = StartRecording(options.live.record, **placed, run);
    if (!started) {
      fmt::print(stderr, "{}\n", started.error().Text());
      return kSystemFailed;
    }
    journal = std::move(*started);
  }
  auto hillshade = HillshadePng((*placed)->field->terrain(), (*placed)->frame, (*placed)->geoid);
  if (!hillshade) return Fail({hillshade.error()});

  Feeds feeds;
  Service::Options service_options;
  service_options.mode = ServiceMode::kRun;
  service_options.version = run.version;
  Outputs outputs;
  if (!(*placed)->site.inputs.empty() || !(*placed)->site.outputs.empty()) {
    service_options.feeds = [&feeds, &outputs] {
      std::vector<FeedHealth> all = feeds.Health();
      for (FeedHealth& output : outputs.Health()) all.push_back(std::move(output));
      return all;
    };
  }
  Service service(*placed, journal.get(), std::move(service_options));
  Api api(service, &service, nullptr, std::move(*hillshade), run.version);
  Feeds::Options feed_options;
  feed_options.sapient = SapientSiteOf((*placed)->site);
  feed_options.site_path = options.site;
  feed_options.log = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  if (const auto started = feeds.Start((*placed)->site.inputs, FeedDecoderFor(*placed), service,
                                       std::move(feed_options));
      !started) {
    fmt::print(stderr, "{}: {}\n", options.site, started.error().Text());
    return kBadInput;
  }
  if (const auto started =
          outputs.Start((*placed)->site.outputs, service,
                        {[](const std::string& line) { fmt::print(stderr, "{}\n", line); },
                         options.site, run.version});
      !started) {
    fmt::print(stderr, "{}: {}\n", options.site, started.error().Text());
    return kBadInput;
  }
  FileInputs files(options.inputs, (*placed)->site, service);

  const int exit = Serve(
      api, options.live,
      [&] {
        outputs.Stop();
        feeds.Stop();
        files.Stop();
      },
      [&] { service.Stop(); });
  service.Stop();
  return CloseRecording(journal.get(), options.live.record, exit);
}

}  // namespace

void AddRun(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("run", "The live service: reports in, tracks out");
  command->footer(
      "Example: picket run site.toml --record today.gpkg\n"
      "Then:    curl --data-binary @reports.jsonl http://127.0.0.1:8080/v1/reports");
  command->add_option("SITE", options->site, "the site file (TOML)")->required();
  command->add_option("INPUT", options->inputs,
                      "reports, captures or recordings to take in first, as fast as they are read");
  AddLiveOptions(*command, options->live, true);
  command->add_option("--threads", options->threads, "at most this many; never changes a result")
      ->check(CLI::Range(1, 256));
  command->callback([options, &run] { run = [options] { return RunService(*options); }; });
}

}  // namespace picket::app
