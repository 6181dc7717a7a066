// SPDX-License-Identifier: Apache-2.0
#include "live.h"

#include <fmt/format.h>
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <utility>

#include "commands.h"
#include "picket/io/clock.h"

namespace picket::app {
namespace {

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

void AddLiveOptions(CLI::App& command, LiveOptions& options, bool with_record) {
  command
      .add_option("--listen", options.listen,
                  "HOST:PORT to serve on; port 0: the kernel chooses. Nobody is asked who they "
                  "are: listen beyond this machine only in a network that you trust")
      ->default_str(kListen)
      ->check([](const std::string& text) {
        const auto address = ParseListenAddress(text);
        return address ? std::string() : address.error().Text();
      });
  if (with_record) {
    command.add_option("--record", options.record,
                       "file to record everything in (a GeoPackage); goes on with one that exists");
  }
  command.add_option("--for", options.for_s, "end after this many seconds")
      ->check(Between(0.0, 1e9));
}

void HoldSignals() {
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A client that went away is an error of the write, not the end of the service.
  std::signal(SIGPIPE, SIG_IGN);
}

Result<std::unique_ptr<RecordingJournal>> StartRecording(const std::string& path,
                                                         const PlacedSite& site,
                                                         const RunInfo& run) {
  std::error_code ignored;
  const bool exists =
      std::filesystem::exists(path, ignored) && std::filesystem::file_size(path, ignored) > 0;
  auto recording = exists ? Recording::OpenForAppend(path) : Recording::Create(path);
  if (!recording) return tl::unexpected<Error>(std::move(recording.error()));
  if (auto begun = RecordRun(*recording, site, run, WallClock()); !begun) {
    return tl::unexpected<Error>(std::move(begun.error()));
  }
  return std::make_unique<RecordingJournal>(std::move(*recording),
                                            std::filesystem::path(path).filename().string());
}

int CloseRecording(RecordingJournal* journal, const std::string& path, int exit) {
  if (journal == nullptr) return exit;
  const auto head = journal->recorder().Close();
  if (!head) {
    fmt::print(stderr, "{}\n", head.error().Text());
    return kSystemFailed;
  }
  fmt::print(stderr, "{} ends with {}\n", path, head->Text());
  return exit;
}

int Serve(Api& api, const LiveOptions& options, const std::function<void()>& stop_inputs,
          const std::function<void()>& stop_backend) {
  HttpServer::Options server_options;
  auto listen = ParseListenAddress(options.listen.empty() ? kListen : options.listen);
  if (!listen) {
    fmt::print(stderr, "--listen: {}\n", listen.error().Text());
    return kBadInput;
  }
  server_options.listen = std::move(*listen);
  auto server = HttpServer::Start(api, server_options);
  if (!server) {
    fmt::print(stderr, "picket: {}\n", server.error().Text());
    return kSystemFailed;
  }
  fmt::print(stderr, "listening on {}\n", (*server)->Url());

  const sigset_t signals = EndSignals();
  const auto now_s = [] {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  const double end_s = now_s() + options.for_s;
  double tick_s = now_s();
  while (true) {
    const double now = now_s();
    if (options.for_s > 0.0 && now >= end_s) break;
    if (now >= tick_s) {
      api.Tick();
      tick_s = now + 1.0;
    }
    double wait = tick_s - now;
    if (options.for_s > 0.0) wait = std::min(wait, end_s - now);
    timespec timeout{};
    timeout.tv_sec = static_cast<std::time_t>(wait);
    timeout.tv_nsec = static_cast<long>((wait - static_cast<double>(timeout.tv_sec)) * 1e9);
    if (sigtimedwait(&signals, nullptr, &timeout) > 0) break;
  }
  // First nothing comes in any more, then who waits for an answer gets it, then the backend ends;
  // the server goes last, for the backend's answers refer to it.
  if (stop_inputs) stop_inputs();
  (*server)->Stop();
  api.Stop();
  if (stop_backend) stop_backend();
  return kDone;
}

}  // namespace picket::app
