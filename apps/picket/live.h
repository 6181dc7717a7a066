// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <memory>
#include <string>

#include "picket/io/recorded_site.h"
#include "picket/server/api.h"
#include "picket/server/journal.h"

namespace picket::app {

inline constexpr const char* kListen = "127.0.0.1:8080";

/// What `run`, `demo` and `replay` have in common.
struct LiveOptions {
  std::string listen;  ///< empty: kListen
  std::string record;
  double for_s = 0.0;  ///< 0: until a signal
};

/// Adds --listen and --for, and --record where there is something to record.
void AddLiveOptions(CLI::App& command, LiveOptions& options, bool with_record);

/// To be called before any thread is started: SIGINT, SIGTERM and SIGHUP then wait for Serve.
void HoldSignals();

/// Opens the recording, a new one or one to go on with, and writes down how this run begins.
[[nodiscard]] Result<std::unique_ptr<RecordingJournal>> StartRecording(const std::string& path,
                                                                       const PlacedSite& site,
                                                                       const RunInfo& run);

/// Closes the recording, if there is one, and tells where its chain ends.
/// @returns `exit`, or that the system failed
[[nodiscard]] int CloseRecording(RecordingJournal* journal, const std::string& path, int exit);

/// Serves until a signal or the end of --for. Prints the address once it serves.
/// @param stop_inputs   called first at the end: nothing is submitted after it; may be null
/// @param stop_backend  called when no request is under way any more; may be null
/// @returns an Exit
[[nodiscard]] int Serve(Api& api, const LiveOptions& options,
                        const std::function<void()>& stop_inputs,
                        const std::function<void()>& stop_backend);

}  // namespace picket::app
