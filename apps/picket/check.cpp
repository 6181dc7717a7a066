// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "picket/codec/capture.h"
#include "picket/codec/cot.h"
#include "picket/codec/json.h"
#include "picket/codec/sapient.h"
#include "picket/codec/scenario.h"
#include "picket/codec/site.h"
#include "picket/io/file.h"
#include "picket/io/messages.h"
#include "picket/io/recording.h"
#include "picket/io/scenario.h"
#include "picket/io/site.h"
#include "picket/server/feed.h"
#include "plan_ground.h"
#include "plan_products.h"
#include "progress.h"

namespace picket::app {
namespace {

constexpr std::size_t kMostShown = 100;
constexpr std::size_t kPeekBytes = 4096;

/// What was found in one file.
struct Verdict {
  std::string file;
  std::string_view kind;
  bool readable = true;
  std::string summary;  ///< of a sound file: what it holds
  Errors errors;        ///< the first kMostShown
  std::int64_t error_count = 0;
  std::vector<std::string> notes;  ///< odd but not wrong

  void Add(Error error) {
    ++error_count;
    if (errors.size() < kMostShown) errors.push_back(std::move(error));
  }
  void Add(Errors all) {
    for (Error& error : all) Add(std::move(error));
  }
  [[nodiscard]] bool Sound() const { return readable && error_count == 0; }
};

/// What a check is told beside the file.
struct Request {
  const std::string& path;
  std::optional<Head> head;  ///< which a recording must lead through
};

/// The whole file as text, or a verdict that it cannot be read.
std::optional<std::string> ReadText(InputFile& file, Verdict& verdict, std::size_t max_bytes) {
  std::string text;
  while (true) {
    const auto bytes = file.Read();
    if (!bytes) {
      verdict.readable = false;
      verdict.Add(bytes.error());
      return std::nullopt;
    }
    if (bytes->empty()) return text;
    text += *bytes;
    if (text.size() > max_bytes) {
      Error error;
      error.source = file.name();
      error.what = fmt::format("is longer than {} bytes", max_bytes);
      verdict.Add(std::move(error));
      return std::nullopt;
    }
  }
}

std::string Count(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string SiteSummary(const Site& site) {
  return fmt::format("{}, {}, {}", Count(site.sensors.size(), "sensor"),
                     Count(site.places.size(), "place"), Count(site.areas.size(), "area"));
}

void CheckSite(InputFile& file, const Request& request, Verdict& verdict) {
  const auto text = ReadText(file, verdict, kMaxSiteBytes);
  if (!text) return;
  auto site = ParseSite(*text, file.name(), FilesBeside(request.path));
  if (!site) return verdict.Add(std::move(site.error()));
  verdict.summary = SiteSummary(*site);
  if (auto errors = CheckLinks(*site, request.path); !errors.empty()) {
    return verdict.Add(std::move(errors));
  }
  // Terrain that is not there and sensors under ground are found only when all is put in place.
  auto placed = LoadSite(std::move(*site), request.path);
  if (!placed) return verdict.Add(std::move(placed.error()));
  if (!(*placed)->field->terrain().Empty()) {
    const std::string partly = KnownText(KnownPercent(**placed));
    if (!partly.empty()) verdict.notes.push_back(partly);
  }
  for (const Place& place : (*placed)->site.places) {
    const std::string outside = OutsideText(**placed, place);
    if (!outside.empty()) verdict.notes.push_back(outside);
  }
}

void CheckScenario(InputFile& file, const Request& request, Verdict& verdict) {
  const std::string& path = request.path;
  auto scenario = tl::expected<ScenarioFile, Errors>();
  if (path == "-") {
    const auto text = ReadText(file, verdict, kMaxSiteBytes);
    if (!text) return;
    scenario = ParseScenario(*text, file.name(), FilesBeside(path));
  } else {
    scenario = ReadScenario(path);
  }
  if (!scenario) return verdict.Add(std::move(scenario.error()));
  verdict.summary = SiteSummary(scenario->site);
  auto world = LoadScenario(std::move(*scenario), path);
  if (!world) verdict.Add(std::move(world.error()));
}

/// Checks each line by itself with `check`, which gives the number of members of a good one.
template <typename CheckLine>
void CheckLines(InputFile& file, Verdict& verdict, std::string_view members, std::size_t max_bytes,
                const CheckLine& check) {
  std::size_t lines = 0;
  std::size_t count = 0;
  Progress progress("checking");
  while (true) {
    progress.At(file.offset(), file.size());
    const auto next = file.NextLine(max_bytes);
    if (!next) {
      verdict.readable = false;
      verdict.Add(next.error());
      return;
    }
    if (!*next) break;
    const Line& line = **next;
    if (!line.too_long && line.text.find_first_not_of(" \t") == std::string_view::npos) continue;
    ++lines;
    const Result<std::size_t> good =
        line.too_long
            ? Fail(fmt::format("has {} bytes, expected at most {}", line.length, max_bytes))
            : check(line.text);
    if (good) {
      count += *good;
      continue;
    }
    Error error = good.error();
    error.source = file.name();
    error.line = line.number;
    error.byte = line.byte + std::max<std::int64_t>(error.byte, 0);
    verdict.Add(std::move(error));
  }
  verdict.summary = fmt::format("{}, {}", Count(lines, "line"), Count(count, members));
}

void CheckReports(InputFile& file, const Request&, Verdict& verdict) {
  ReportReader reader;
  std::map<std::string, std::size_t> unknown;
  CheckLines(file, verdict, "detection", kMaxReportBytes,
             [&](std::string_view line) -> Result<std::size_t> {
               const auto parsed = reader.Read(line);
               if (!parsed) return tl::unexpected<Error>(parsed.error());
               for (const std::string& key : parsed->unknown_keys) {
                 if (unknown.size() < kMostShown || unknown.contains(key)) ++unknown[key];
               }
               return parsed->report.detections.size();
             });
  for (const auto& [key, count] : unknown) {
    verdict.notes.push_back(
        fmt::format("{} is no key that is known, in {}", key, Count(count, "line")));
  }
}

void CheckTruth(InputFile& file, const Request&, Verdict& verdict) {
  // Where the frame lies makes no difference to whether a line is sound.
  const LocalFrame frame(Geodetic{});
  CheckLines(file, verdict, "target", kMaxPictureBytes,
             [&](std::string_view line) -> Result<std::size_t> {
               return ReadTruth(line, &frame).map([](const Truth& t) { return t.targets.size(); });
             });
}

void CheckTracks(InputFile& file, const Request&, Verdict& verdict) {
  CheckLines(file, verdict, "track", kMaxPictureBytes,
             [&](std::string_view line) -> Result<std::size_t> {
               return ReadPicture(line).map([](const Picture& p) { return p.tracks.size(); });
             });
}

void CheckRecording(InputFile& file, const Request& request, Verdict& verdict) {
  const auto piped = request.path == "-" ? ReadRest(file) : Result<std::string>();
  if (!piped) return verdict.Add(piped.error());
  const auto recording =
      request.path == "-"
          ? Recording::OpenImage(
                {reinterpret_cast<const std::uint8_t*>(piped->data()), piped->size()})
          : Recording::OpenRead(request.path);
  const auto result =
      recording ? recording->Verify(request.head) : tl::unexpected<Error>(recording.error());
  if (!result) return verdict.Add(result.error());
  if (!result->Sound()) {
    Error error;
    error.source = verdict.file;
    error.what = result->Text();
    return verdict.Add(std::move(error));
  }
  verdict.summary = result->Text();
}

/// Messages of a standard, all of them in memory: they come as single files.
constexpr std::size_t kMaxMessagesBytes = 256U << 20U;

void CheckSapient(InputFile& file, const Request&, Verdict& verdict) {
  const auto text = ReadText(file, verdict, kMaxMessagesBytes);
  if (!text) return;
  sapient::Checked checked = sapient::Check(*text);
  for (Error& error : checked.errors) {
    error.source = file.name();
    verdict.Add(std::move(error));
  }
  std::vector<std::string> versions;
  const auto count = [&](std::int64_t messages, std::string_view version) {
    if (messages == 0) return;
    versions.push_back(
        fmt::format("{} of {}", Count(static_cast<std::size_t>(messages), "message"), version));
  };
  count(checked.messages - checked.first, sapient::kVersion);
  count(checked.first, sapient::kFirstVersion);
  verdict.summary = fmt::format("{}", fmt::join(versions, ", "));
}

void CheckCot(InputFile& file, const Request&, Verdict& verdict) {
  const auto text = ReadText(file, verdict, kMaxMessagesBytes);
  if (!text) return;
  cot::Checked checked = cot::Check(*text);
  for (Error& error : checked.errors) {
    error.source = file.name();
    verdict.Add(std::move(error));
  }
  verdict.summary = Count(static_cast<std::size_t>(checked.events), "event");
}

/// Captures of sensors, message by message: every one is decoded, none is made a report of.
template <CaptureFormat kFormat>
void CheckCapture(InputFile& file, const Request& request, Verdict& verdict) {
  CaptureOptions options;
  options.decode.want_reports = false;
  options.accept_unseen_addresses = true;  // what was received, whoever sent it
  DecodeSink sink;
  sink.on_error = [&](const Error& error) {
    constexpr std::string_view kWarning = "warning: ";
    if (!error.what.starts_with(kWarning)) return verdict.Add(error);
    if (verdict.notes.size() < kMostShown)
      verdict.notes.push_back(error.what.substr(kWarning.size()));
  };
  const auto summary = ReadMessages(file, request.path, kFormat, options, sink);
  if (!summary) return verdict.Add(summary.error());
  verdict.summary = Count(static_cast<std::size_t>(summary->messages), "message");
  if (summary->passed_over > 0) {
    verdict.notes.push_back(
        fmt::format("{} of formats that are not known, passed over",
                    Count(static_cast<std::size_t>(summary->passed_over), "datagram")));
  }
}

/// What can be checked. A new kind is a line here, and where it is told by content one in
/// Recognise.
struct Kind {
  std::string_view name;
  void (*check)(InputFile&, const Request&, Verdict&);
};
constexpr auto kKinds =
    std::to_array<Kind>({{"site", CheckSite},
                         {"scenario", CheckScenario},
                         {"reports", CheckReports},
                         {"truth", CheckTruth},
                         {"tracks", CheckTracks},
                         {"recording", CheckRecording},
                         {"sapient", CheckSapient},
                         {"cot", CheckCot},
                         {"pcap", CheckCapture<CaptureFormat::kPcap>},
                         {"asterix", CheckCapture<CaptureFormat::kAsterix>},
                         {"beast", CheckCapture<CaptureFormat::kBeast>},
                         {"avr", CheckCapture<CaptureFormat::kAvr>},
                         {"adsb-csv", CheckCapture<CaptureFormat::kAdsbCsv>},
                         {"sbs", CheckCapture<CaptureFormat::kSbs>},
                         {"readsb", CheckCapture<CaptureFormat::kReadsb>},
                         {"remote-id", CheckCapture<CaptureFormat::kRemoteId>}});

std::vector<std::string> KindNames() {
  std::vector<std::string> names;
  names.reserve(kKinds.size());
  for (const Kind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

/// What the first bytes of a file say that it is; empty if nothing that is checked here.
std::string_view Recognise(InputFile& file, std::string_view front) {
  if (Recording::LooksLikeOne(front)) return "recording";
  using Format = CaptureFormat;
  const Format format = RecogniseInput(file).value_or(Format::kUnknown);
  const bool lines = format == Format::kReports || format == Format::kTruth ||
                     format == Format::kTracks || format == Format::kUnknown;
  if (!lines) return CaptureFormatName(format);
  if (front.find('\0') != std::string_view::npos) return {};
  if (format != Format::kUnknown) return CaptureFormatName(format);
  const std::size_t first = front.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first != std::string_view::npos && front[first] == '{') return "reports";  // none is whole
  const auto peeked = file.Peek(1U << 20U);
  return peeked && IsScenario(*peeked) ? "scenario" : "site";
}

Verdict CheckFile(const std::string& path, const std::string& as, std::optional<Head> known) {
  Verdict verdict;
  auto file = InputFile::Open(path);
  verdict.file = file ? file->name() : path;
  const auto front = file ? file->Peek(kPeekBytes) : tl::unexpected<Error>(file.error());
  if (!front) {
    verdict.readable = false;
    verdict.Add(front.error());
    return verdict;
  }
  const std::string_view name = as.empty() ? Recognise(*file, *front) : std::string_view(as);
  const auto* const kind =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& one) { return one.name == name; });
  if (kind != kKinds.end()) {
    verdict.kind = kind->name;
    kind->check(*file, {path, known}, verdict);
  } else {
    Error error;
    error.source = verdict.file;
    error.what = fmt::format("is not recognised, expected one of {}", fmt::join(KindNames(), ", "));
    verdict.Add(std::move(error));
  }
  return verdict;
}

void PrintText(const Verdict& verdict) {
  for (const Error& error : verdict.errors) fmt::print("{}\n", error.Text());
  const auto beyond = verdict.error_count - static_cast<std::int64_t>(verdict.errors.size());
  if (beyond > 0) fmt::print("{}: and {} more\n", verdict.file, beyond);
  for (const std::string& note : verdict.notes) fmt::print("{}: note: {}\n", verdict.file, note);
  if (verdict.Sound()) {
    fmt::print("{}: sound {}: {}\n", verdict.file, verdict.kind, verdict.summary);
  } else if (verdict.readable) {
    fmt::print("{}: not sound{}{}: {}\n", verdict.file, verdict.kind.empty() ? "" : " as ",
               verdict.kind, Count(static_cast<std::size_t>(verdict.error_count), "violation"));
  } else {
    fmt::print("{}: cannot be read\n", verdict.file);
  }
}

void PrintJson(const Verdict& verdict) {
  nlohmann::json errors = nlohmann::json::array();
  for (const Error& error : verdict.errors) {
    nlohmann::json one = {{"what", error.what}};
    if (error.line > 0) one["line"] = error.line;
    if (error.byte >= 0) one["byte"] = error.byte;
    if (!error.field.empty()) one["field"] = error.field;
    errors.push_back(std::move(one));
  }
  const nlohmann::json all = {{"file", verdict.file},         {"kind", verdict.kind},
                              {"readable", verdict.readable}, {"sound", verdict.Sound()},
                              {"summary", verdict.summary},   {"violations", verdict.error_count},
                              {"errors", std::move(errors)},  {"notes", verdict.notes}};
  fmt::print("{}\n", all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

void AddCheck(CLI::App& app, Run& run) {
  struct Options {
    std::vector<std::string> files;
    std::string as;
    std::string head;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "check", "Is this site, scenario, recording, capture, or file of lines or messages sound?");
  command->add_option("FILE", options->files, "files, recognised by content; - is standard input")
      ->required();
  command->add_option("--as", options->as, "take the files for this, whatever they look like")
      ->check(CLI::IsMember(KindNames()));
  command->add_option("--head", options->head,
                      "SEQUENCE:HASH noted down earlier, which a recording must lead through");
  command->add_flag("--json", options->json, "one JSON object per file");
  command->footer(
      "Prints one line for each violation, FILE:LINE: FIELD: what is wrong, what was expected, "
      "and\n"
      "one line of verdict per file. Exit code: 0 all sound, 1 one is not, 2 one cannot be read.\n"
      "Examples: picket check site.toml reports.jsonl\n"
      "          picket check --as sapient registration.json");
  command->callback([options, &run] {
    run = [options]() -> int {
      std::optional<Head> known;
      if (!options->head.empty()) {
        const auto head = ParseHead(options->head);
        if (!head) {
          fmt::print(stderr, "--{}\n", head.error().Text());
          return kBadInput;
        }
        known = *head;
      }
      int code = kDone;
      for (const std::string& path : options->files) {
        const Verdict verdict = CheckFile(path, options->as, known);
        options->json ? PrintJson(verdict) : PrintText(verdict);
        if (!verdict.readable) {
          code = kBadInput;
        } else if (!verdict.Sound() && code == kDone) {
          code = kNo;
        }
      }
      return code;
    };
  });
}

}  // namespace picket::app
