// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "commands.h"
#include "complaints.h"
#include "picket/codec/asterix_table.h"
#include "picket/codec/json.h"
#include "picket/engine/clock_watch.h"
#include "picket/engine/engine.h"
#include "picket/io/file.h"
#include "picket/io/messages.h"
#include "picket/io/site.h"
#include "picket/server/health.h"
#include "progress.h"

namespace picket::app {
namespace {

struct Options {
  std::string site;
  std::vector<std::string> inputs;
  std::string out = "-";
  double every_s = 0.0;
  bool tentative = false;
  bool json = false;
  int threads = 1;
  std::vector<std::string> editions;
  std::string start;
};

int Fail(const Error& error, int exit) {
  fmt::print(stderr, "{}\n", error.Text());
  return exit;
}

int Fail(const Errors& errors) {
  for (const Error& error : errors) fmt::print(stderr, "{}\n", error.Text());
  return kBadInput;
}

/// A report or a change of a sensor, when it arrived, and where it stands in which input.
struct Arrived {
  Time arrival;
  Report report;
  std::shared_ptr<const SensorChange> change;  ///< then there is no report
  std::size_t input = 0;
  std::int64_t line = 0;
  std::int64_t byte = -1;
};

Time TimeOf(const Arrived& arrived) {
  return arrived.change ? arrived.change->time : arrived.report.time;
}

/// Takes out the first reports whose clock those behind them contradict: an engine would believe
/// the first one, and refuse the others. `refuse` is told of each.
void TakeOutBrokenStart(std::vector<Arrived>& reports, std::size_t first,
                        const std::function<void(const Arrived&)>& refuse) {
  const std::size_t count = std::min(std::size_t{kJumpsToBelieve}, reports.size() - first);
  if (count < 3) return;
  std::vector<Time> times;
  for (std::size_t i = first; i < first + count; ++i) times.push_back(TimeOf(reports[i]));
  std::sort(times.begin(), times.end());
  const Time median = times[(count - 1) / 2];
  const auto broken = [&](Time time) { return FarApart(time, median); };
  if (std::count_if(times.begin(), times.end(), broken) * 2 >= static_cast<std::ptrdiff_t>(count)) {
    return;
  }
  const auto begin = reports.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = begin + static_cast<std::ptrdiff_t>(count);
  const auto kept = std::stable_partition(
      begin, end, [&](const Arrived& arrived) { return !broken(TimeOf(arrived)); });
  for (auto it = kept; it != end; ++it) refuse(*it);
  reports.erase(kept, end);
}

/// Arrivals never go back within an input, and a broken clock does not hold up those behind it. A
/// report that does not say when it arrived, and stands behind later ones, was there in its time:
/// up to `lag`, beyond which it is too late however it is seen.
void SetArrivals(std::span<Arrived> reports, const Site& site, Duration lag) {
  std::map<std::string, std::size_t, std::less<>> numbers;
  std::vector<Duration> periods;
  for (const SensorEntry& entry : site.sensors) {
    numbers.emplace(entry.sensor.id, periods.size());
    periods.push_back(entry.sensor.period);
  }
  ClockWatch clocks;
  std::optional<Time> clock;
  for (Arrived& arrived : reports) {
    const Report& report = arrived.report;
    if (arrived.change) {  // stays where it stands between the reports
      arrived.arrival = clock.value_or(arrived.change->time);
      continue;
    }
    const Time stated = report.received.value_or(report.time);
    const auto [known, is_new] = numbers.try_emplace(report.sensor, periods.size());
    if (is_new) periods.emplace_back();
    const std::size_t sensor = known->second;
    if (clock && stated > *clock + kLargestJump && !clocks.Believes(sensor, stated)) {
      arrived.arrival = *clock;
      continue;
    }
    if (!clock || stated >= *clock - kLargestJump) clocks.GoesOn(sensor, stated, periods[sensor]);
    clock = std::max(clock.value_or(stated), stated);
    arrived.arrival = !report.received && stated + lag >= *clock ? stated : *clock;
  }
  std::stable_sort(reports.begin(), reports.end(),
                   [](const Arrived& a, const Arrived& b) { return a.arrival < b.arrival; });
}

/// What was refused of each sensor of the site, by reason. Of others nobody keeps count: what is no
/// report may name anything.
class RefusalsBySensor {
 public:
  explicit RefusalsBySensor(const Site& site) {
    for (const SensorEntry& entry : site.sensors) counts_[entry.sensor.id];
  }
  void Add(const std::string& sensor, std::string_view reason) {
    const auto found = counts_.find(sensor);
    if (found != counts_.end()) found->second.Add(reason);
  }
  void Tell() const {
    for (const auto& [sensor, refusals] : counts_) {
      if (refusals.total() == 0) continue;
      std::string line;
      for (const auto& [reason, count] : refusals.by_reason()) {
        line += fmt::format("{}{} times \"{}\"", line.empty() ? "" : ", ", count, reason);
      }
      app::Tell(fmt::format("{}: refused {}", sensor, line));
    }
  }
  /// Of each sensor that anything was refused of, the count by reason.
  [[nodiscard]] nlohmann::json Json() const {
    nlohmann::json json = nlohmann::json::object();
    for (const auto& [sensor, refusals] : counts_) {
      if (refusals.total() > 0) json[sensor] = refusals.by_reason();
    }
    return json;
  }

 private:
  std::map<std::string, RefusalCounts> counts_;
};

int Track(const Options& options) {
  auto parsed = ReadSite(options.site);
  if (!parsed) return Fail(parsed.error());
  Site site = std::move(*parsed);
  site.tracker.threads = options.threads;

  CaptureOptions capture = CaptureOptionsOf(site);
  capture.decode.want_reports = true;
  if (auto found = AddAntennaHeights(site, options.site, capture); !found) {
    return Fail(found.error());
  }
  for (const std::string& edition : options.editions) {
    auto choice = asterix::ParseEditionChoice(edition);
    if (!choice) {
      fmt::print(stderr, "--edition: {}\n", choice.error().what);
      return kBadInput;
    }
    capture.editions.push_back(std::move(*choice));
  }
  if (!options.start.empty()) {
    capture.start = Time::Parse(options.start);
    if (!capture.start) {
      fmt::print(stderr, "--start {}: expected a time such as 2026-03-01T12:00:00Z\n",
                 options.start);
      return kBadInput;
    }
  }

  auto out = OutputFile::Create(options.out);
  if (!out) return Fail(out.error(), kSystemFailed);

  // Every input is read first: captures may tell of receivers that the site file does not name, and
  // several inputs are merged in order of arrival.
  Complaints complaints;
  std::vector<Arrived> reports;
  std::int64_t taken = 0;
  std::int64_t refused = 0;
  std::vector<RunStart> runs;
  std::vector<std::string> names(options.inputs.size());
  RefusalsBySensor refusals(site);
  const auto refuse = [&](const Arrived& arrived, const std::string& reason) {
    if (!arrived.change) refusals.Add(arrived.report.sensor, reason);
    Error error;
    error.source = names[arrived.input];
    error.line = arrived.line;
    error.byte = arrived.byte;
    error.what =
        fmt::format("{}, {}: {}", arrived.change ? arrived.change->sensor : arrived.report.sensor,
                    TimeOf(arrived).Text(), reason);
    complaints.Add(error);
  };
  std::int64_t good_inputs = 0;
  for (std::size_t i = 0; i < options.inputs.size(); ++i) {
    const std::string& input = options.inputs[i];
    const std::size_t first = reports.size();
    auto file = InputFile::Open(input);
    const auto format =
        file ? RecogniseInput(*file) : tl::unexpected<Error>(std::move(file.error()));
    if (!format) {
      fmt::print(stderr, "{}\n", format.error().Text());
      continue;
    }
    names[i] = file->name();
    Progress progress("reading");
    DecodeSink sink;
    sink.on_message = [&](const DecodedMessage& message) {
      progress.At(file->offset(), file->size());
      const bool datagram = *format == CaptureFormat::kPcap;  // its offset in one helps nobody
      const std::int64_t byte = datagram ? -1 : message.byte;
      if (message.change) {
        reports.push_back({message.change->time, {}, message.change, i, message.line, byte});
      }
      if (!message.report) return;
      reports.push_back({message.report->time, *message.report, nullptr, i, message.line, byte});
    };
    sink.on_error = [&](const Error& error) { complaints.Add(error); };
    sink.on_refused = [&](const std::string& sensor) {
      ++taken;
      ++refused;
      refusals.Add(sensor, kNotSound);
    };
    const auto summary = ReadMessages(*file, input, *format, capture, sink);
    if (!summary) {
      fmt::print(stderr, "{}\n", summary.error().Text());
      continue;
    }
    if (summary->reports > 0) ++good_inputs;
    runs = summary->runs;
    // A recording's reports stay as the service took them.
    if (runs.empty()) {
      TakeOutBrokenStart(reports, first, [&](const Arrived& arrived) {
        ++taken;
        ++refused;
        refuse(arrived, "time more than an hour from all reports behind it");
      });
    }
    SetArrivals(std::span<Arrived>(reports).subspan(first), site,
                runs.empty() ? site.tracker.lag : Duration());
    std::inplace_merge(reports.begin(), reports.begin() + static_cast<std::ptrdiff_t>(first),
                       reports.end(),
                       [](const Arrived& a, const Arrived& b) { return a.arrival < b.arrival; });
  }
  if (good_inputs == 0) {
    fmt::print(stderr, "no report could be read: nothing to track\n");
    return kBadInput;
  }

  // A recording by itself is tracked as the service did it: each run by an engine of its own.
  if (runs.empty() || options.inputs.size() > 1) runs = {RunStart{}};
  EngineOptions engine_options;
  if (options.every_s > 0.0) engine_options.every = Duration::Seconds(options.every_s);
  engine_options.tentative = options.tentative;

  std::int64_t pictures = 0;
  std::size_t track_count = 0;
  std::shared_ptr<const PlacedSite> placed;
  std::vector<std::string> placed_with;
  Progress progress("tracking");
  for (std::size_t run = 0; run < runs.size(); ++run) {
    const std::span<const Arrived> of_run =
        std::span<const Arrived>(reports)
            .first(run + 1 < runs.size() ? static_cast<std::size_t>(runs[run + 1].reports)
                                         : reports.size())
            .subspan(static_cast<std::size_t>(runs[run].reports));

    std::set<std::string> known;
    for (const SensorEntry& entry : site.sensors) known.insert(entry.sensor.id);
    std::vector<std::string> receivers;
    const auto add = [&](const std::string& id) {
      if (known.insert(id).second) receivers.push_back(id);
    };
    for (const std::string& id : runs[run].receivers) add(id);
    for (const Arrived& arrived : of_run) {
      if (arrived.change) continue;
      const std::string& id = arrived.report.sensor;
      // Any other unknown sensor is refused by the engine.
      if (IsReceiverName(id)) add(id);
    }
    if (!placed || receivers != placed_with) {
      Site of_this_run = site;
      for (const std::string& id : receivers) {
        Tell(fmt::format("{}: \"{}\" is not in the site file: taken as a receiver of positions",
                         options.site, id));
        AddReceiver(of_this_run, id);
      }
      auto loaded = LoadSite(std::move(of_this_run), options.site);
      if (!loaded) return Fail(loaded.error());
      placed = std::move(*loaded);
      placed_with = std::move(receivers);
    }

    Engine engine(placed, engine_options);
    std::set<std::uint64_t> tracks;
    tl::expected<void, Error> written;
    const auto write = [&](const Events& events) {
      for (const Picture& picture : events.pictures) {
        ++pictures;
        for (const picket::Track& track : picture.tracks) tracks.insert(track.id);
        written = out->Write(WritePicture(picture, placed->frame, engine.field()->sensors(), true) +
                             "\n");
        if (!written) return false;
      }
      return true;
    };
    for (const Arrived& arrived : of_run) {
      if (arrived.change) {
        const Receipt receipt = engine.Change(*arrived.change);
        if (!receipt.reason.empty()) refuse(arrived, receipt.reason);
        continue;
      }
      const Events events = engine.Step({&arrived.report, 1});
      const Receipt& receipt = events.receipts.front();
      if (!receipt.taken) ++refused;
      if (!receipt.reason.empty()) refuse(arrived, receipt.reason);
      if (!write(events)) return Fail(written.error(), kSystemFailed);
      progress.At(++taken, static_cast<std::int64_t>(reports.size()));
    }
    if (!write(engine.Finish())) return Fail(written.error(), kSystemFailed);
    const std::vector<SensorCondition> conditions = engine.Conditions();
    for (std::size_t s = 0; s < conditions.size(); ++s) {
      const LeftOut& left_out = conditions[s].left_out;
      for (const auto& [count, reason] : {std::pair(left_out.starts, kStartsLeftOutText),
                                          std::pair(left_out.gates, kGatesLeftOutText)}) {
        if (count == 0) continue;
        fmt::print(stderr, "{}: {} times {}\n", engine.field()->sensors()[s].id, count, reason);
      }
    }
    track_count += tracks.size();
  }
  if (const auto closed = out->Close(); !closed) return Fail(closed.error(), kSystemFailed);
  complaints.Summarise();
  if (!options.json) refusals.Tell();

  if (options.json) {
    const nlohmann::json summary = {{"reports", taken},
                                    {"refused", refused},
                                    {"refusals", refusals.Json()},
                                    {"complaints", complaints.total()},
                                    {"pictures", pictures},
                                    {"tracks", track_count}};
    Tell(summary.dump());
  } else {
    Tell(fmt::format("{} reports, {} refused: {} tracks in {} pictures", taken, refused,
                     track_count, pictures));
  }
  return taken > refused ? kDone : kBadInput;
}

}  // namespace

void AddTrack(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "track", "Tracks from any captures or recordings, offline, as fast as it goes");
  command->footer("Example: picket track site.toml reports.jsonl --every 1 -o tracks.jsonl");
  command->add_option("SITE", options->site, "the site file (TOML)")->required();
  command
      ->add_option("INPUT", options->inputs, "reports, captures, recordings; - is standard input")
      ->required();
  command->add_option("-o,--out", options->out,
                      "where the tracks go (JSON Lines); - is standard output");
  command
      ->add_option("--every", options->every_s,
                   "seconds between pictures, at multiples in UTC; left out: after each look")
      ->check(Between(0.001, 86400.0));
  command->add_flag("--tentative", options->tentative, "tracks that are not confirmed as well");
  command->add_option("--threads", options->threads, "at most this many; never changes a result")
      ->check(CLI::Range(1, 256));
  command->add_option("--edition", options->editions,
                      "ASTERIX edition of a category, as in 62=1.18");
  command->add_option("--start", options->start,
                      "when a capture began whose counter starts at zero, as 2026-03-01T12:00:00Z");
  command->add_flag("--json", options->json, "the closing line as JSON");
  command->callback([options, &run] { run = [options] { return Track(*options); }; });
}

}  // namespace picket::app
