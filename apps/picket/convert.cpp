// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "asterix_out.h"
#include "commands.h"
#include "complaints.h"
#include "picket/codec/asterix_table.h"
#include "picket/codec/capture.h"
#include "picket/codec/json.h"
#include "picket/geo/frame.h"
#include "picket/io/file.h"
#include "picket/io/messages.h"
#include "picket/io/site.h"
#include "points.h"
#include "progress.h"

namespace picket::app {
namespace {

struct Options {
  std::string input;
  std::string output;
  std::string from;
  std::string to;
  std::string site;
  std::string start;
  std::vector<std::string> editions;
  std::string source = "0/0";
  int category = 62;
  bool json = false;
};

/// What a conversion can make. A new format of points is a line here.
struct Target {
  enum class Kind : std::uint8_t { kJson, kReports, kPoints, kRadar };
  std::string_view name;
  std::string_view ending;
  Kind kind;
  MakeSink* make = nullptr;  ///< of points
  bool pcap = false;         ///< of radars and tracks
};
constexpr auto kTargets = std::to_array<Target>(
    {{"courageous", ".courageous.json", Target::Kind::kPoints, MakeCourageous},
     {"json", ".json", Target::Kind::kJson},
     {"reports", ".jsonl", Target::Kind::kReports},
     {"geojson", ".geojson", Target::Kind::kPoints, MakeGeoJson},
     {"csv", ".csv", Target::Kind::kPoints, MakeCsv},
     {"kml", ".kml", Target::Kind::kPoints, MakeKml},
     {"kmz", ".kmz", Target::Kind::kPoints, MakeKmz},
     {"gpkg", ".gpkg", Target::Kind::kPoints, MakeGeoPackage},
     {"cot", ".cot", Target::Kind::kPoints, MakeCot},
     {"pcap", ".pcap", Target::Kind::kRadar, nullptr, true},
     {"asterix", ".ast", Target::Kind::kRadar}});

/// Names or endings of kTargets, for messages.
std::string Listed(std::string_view Target::*of, std::optional<Target::Kind> kind = {}) {
  std::string list;
  for (const Target& target : kTargets) {
    if (kind && target.kind != *kind) continue;
    list += fmt::format("{}{}", list.empty() ? "" : ", ", target.*of);
  }
  return list;
}

/// One of kTargets by name, or by what the file's name ends with.
const Target* TargetOf(const Options& options) {
  for (const Target& target : kTargets) {
    if (options.to.empty() ? options.output.ends_with(target.ending) : options.to == target.name) {
      return &target;
    }
  }
  return nullptr;
}

std::string_view MostProbable(const ClassProbabilities& p) {
  const auto best = std::max_element(p.begin(), p.end());
  return *best > 0.0 ? ClassName(static_cast<TargetClass>(best - p.begin())) : std::string_view();
}

double DroneProbability(const ClassProbabilities& p) {
  return p[static_cast<std::size_t>(TargetClass::kMultirotor)] +
         p[static_cast<std::size_t>(TargetClass::kFixedWing)];
}

std::string IdOf(const Detection& d) {
  return d.identity.empty() ? std::string() : d.identity[0].second;
}

/// What a conversion did, for the closing line.
struct Outcome {
  std::string_view format;
  std::int64_t read = 0;     ///< messages or lines
  std::int64_t written = 0;  ///< messages, reports or points
  std::int64_t left_out = 0;
  std::string_view why;  ///< something was left out
};

/// Tracks and truth, line by line.
Result<Outcome> ConvertLines(InputFile& file, CaptureFormat format, PointSink* points,
                             AsterixTracksOut* tracks, Complaints& complaints) {
  // Positions go in and out of one frame without loss; where it lies is of no matter.
  const LocalFrame frame{Geodetic{}};
  Outcome outcome;
  Progress progress("converting");
  while (true) {
    progress.At(file.offset(), file.size());
    const auto line = file.NextLine(kMaxPictureBytes);
    if (!line) return tl::unexpected<Error>(line.error());
    if (!*line) break;
    const auto complain = [&](Error error) {
      error.source = file.name();
      error.line = (*line)->number;
      complaints.Add(error);
    };
    if ((*line)->too_long) {
      Error error;
      error.what = fmt::format("line over {} bytes, passed over", kMaxPictureBytes);
      complain(std::move(error));
      continue;
    }
    if ((*line)->text.empty()) continue;
    if (format == CaptureFormat::kTracks) {
      const auto picture = ReadPicture((*line)->text, &frame);
      if (!picture) {
        complain(picture.error());
        continue;
      }
      ++outcome.read;
      if (tracks != nullptr) {
        tracks->Add(*picture, frame);
        outcome.written += static_cast<std::int64_t>(picture->tracks.size());
        if (!tracks->written()) break;
        continue;
      }
      for (const picket::Track& track : picture->tracks) {
        const Geodetic at = frame.ToGeodetic(track.mean.head<3>());
        // The errors stand in the site's axes, which are those at the target within its region.
        std::optional<std::array<double, 3>> sd_m;
        if (const Eigen::Vector3d variance = track.covariance.diagonal().head<3>();
            variance.minCoeff() > 0.0) {
          sd_m = {std::sqrt(variance.x()), std::sqrt(variance.y()), std::sqrt(variance.z())};
        }
        points->Add({.time = picture->time,
                     .id = fmt::format("{}", track.id),
                     .lat_deg = at.lat_deg,
                     .lon_deg = at.lon_deg,
                     .alt_hae_m = at.height.m,
                     .alt_msl_m = {},
                     .vel_enu_mps = {track.mean(3), track.mean(4), track.mean(5)},
                     .sd_m = sd_m,
                     .target_class = MostProbable(track.class_probability),
                     .drone = track.existence * DroneProbability(track.class_probability)});
        ++outcome.written;
      }
    } else {
      const auto truth = ReadTruth((*line)->text, nullptr);
      if (!truth) {
        complain(truth.error());
        continue;
      }
      for (const TruthTarget& target : truth->targets) {
        points->Add({.time = truth->time,
                     .id = target.id,
                     .lat_deg = target.position.lat_deg,
                     .lon_deg = target.position.lon_deg,
                     .alt_hae_m = target.position.height.m,
                     .alt_msl_m = {},
                     .vel_enu_mps = target.vel_enu_mps,
                     .sd_m = {},
                     .target_class = ClassName(target.target_class),
                     .drone = 0.0});
        ++outcome.written;
      }
      ++outcome.read;
    }
    if (!points->written()) break;
  }
  return outcome;
}

/// Adds the detections of a report that say where on the earth they are.
void AddReport(const Report& report, PointSink& points, Outcome& outcome) {
  for (const Detection& d : report.detections) {
    if (!d.fix) {
      ++outcome.left_out;
      outcome.why = "detections without latitude and longitude";
      continue;
    }
    Point p{.time = d.time.value_or(report.time),
            .id = IdOf(d),
            .lat_deg = d.fix->lat_deg,
            .lon_deg = d.fix->lon_deg,
            .alt_hae_m = {},
            .alt_msl_m = {},
            .vel_enu_mps = {kNotStated, kNotStated, kNotStated},
            .sd_m = {},
            .target_class = MostProbable(d.class_probability),
            .drone = DroneProbability(d.class_probability)};
    const auto sd = [&](Component c) { return d.sd[static_cast<std::size_t>(c)]; };
    if (sd(Component::kEast) > 0.0 && sd(Component::kNorth) > 0.0) {
      p.sd_m = {sd(Component::kEast), sd(Component::kNorth), sd(Component::kUp)};
    }
    if (d.fix->hae) p.alt_hae_m = d.fix->hae->m;
    if (d.fix->amsl) p.alt_msl_m = d.fix->amsl->m;
    const std::array<Component, 3> velocity = {Component::kVelEast, Component::kVelNorth,
                                               Component::kVelUp};
    for (std::size_t i = 0; i < 3; ++i) {
      if (d.measured.Has(velocity[i])) p.vel_enu_mps[i] = d[velocity[i]];
    }
    points.Add(p);
    ++outcome.written;
  }
}

/// Any input that holds messages.
Result<Outcome> ConvertMessages(InputFile& file, const std::string& path, CaptureFormat format,
                                CaptureOptions capture, const Target& target, OutputFile& out,
                                PointSink* points, AsterixOut* radars, Complaints& complaints,
                                tl::expected<void, Error>& written) {
  capture.decode.want_json = target.kind == Target::Kind::kJson;
  capture.decode.want_reports = target.kind != Target::Kind::kJson;
  // A person looks at all that was received; what goes into a picture must be sure of its address.
  capture.accept_unseen_addresses = target.kind == Target::Kind::kJson;
  Outcome outcome;
  DecodeSink sink;
  Progress progress("converting");
  ReportWriter writer;
  sink.on_error = [&](const Error& error) { complaints.Add(error); };
  sink.on_message = [&](const DecodedMessage& message) {
    progress.At(file.offset(), file.size());
    if (!written) return;
    if (target.kind == Target::Kind::kJson) {
      if (message.json.empty()) return;  // a radar's scan is made of messages already given out
      written = out.Write(message.json);
      if (written) written = out.Write("\n");
      ++outcome.written;
      return;
    }
    if (!message.report) return;
    if (radars != nullptr) {
      const auto added = radars->Add(*message.report);
      if (added) {
        ++outcome.written;
      } else {
        complaints.Add(added.error());
      }
      written = radars->written();
      return;
    }
    if (target.kind == Target::Kind::kReports) {
      // Report lines stay as they are, with keys that mean nothing here.
      std::string_view raw(reinterpret_cast<const char*>(message.raw.data()), message.raw.size());
      const std::size_t end = raw.find_last_not_of(" \t\r");
      raw = raw.substr(0, end == std::string_view::npos ? 0 : end + 1);
      const bool line = format == CaptureFormat::kReports || format == CaptureFormat::kRecording;
      written =
          line ? out.Write(std::string(raw) + "\n") : out.Write(writer.Write(*message.report));
      ++outcome.written;
      return;
    }
    AddReport(*message.report, *points, outcome);
    written = points->written();
  };
  const auto summary = ReadMessages(file, path, format, capture, sink);
  if (!summary) return tl::unexpected<Error>(summary.error());
  outcome.read = summary->messages;
  if (summary->passed_over > 0) {
    outcome.left_out = summary->passed_over;
    outcome.why = "datagrams of formats that are not known";
  }
  return outcome;
}

int Complain(std::string_view what) {
  fmt::print(stderr, "{}\n", what);
  return kBadInput;
}

/// What the options say of decoding; or the exit code.
tl::expected<CaptureOptions, int> CaptureOptionsFrom(const Options& options) {
  CaptureOptions capture;
  if (!options.site.empty()) {
    const auto site = ReadSite(options.site);
    if (!site) {
      for (const Error& error : site.error()) fmt::print(stderr, "{}\n", error.Text());
      return tl::unexpected<int>(kBadInput);
    }
    capture = CaptureOptionsOf(*site);
    if (auto found = AddAntennaHeights(*site, options.site, capture); !found) {
      for (const Error& error : found.error()) fmt::print(stderr, "{}\n", error.Text());
      return tl::unexpected<int>(kBadInput);
    }
  }
  for (const std::string& edition : options.editions) {
    auto choice = asterix::ParseEditionChoice(edition);
    if (!choice) {
      return tl::unexpected<int>(Complain(fmt::format("--edition {}", choice.error().what)));
    }
    capture.editions.push_back(std::move(*choice));
  }
  if (!options.start.empty()) {
    capture.start = Time::Parse(options.start);
    if (!capture.start) {
      return tl::unexpected<int>(Complain(
          fmt::format("--start {}: expected a time such as 2026-03-01T12:00:00Z", options.start)));
    }
  }
  return capture;
}

/// "25/100".
Result<std::pair<int, int>> SourceOf(const std::string& text) {
  std::uint8_t sac = 0;
  std::uint8_t sic = 0;
  const char* const end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, sac);
  const bool first = read.ec == std::errc() && read.ptr != end && *read.ptr == '/';
  if (first) read = std::from_chars(read.ptr + 1, end, sic);
  if (!first || read.ec != std::errc() || read.ptr != end) {
    return Fail(fmt::format("--source {}: expected SAC/SIC such as 25/100", text));
  }
  return std::pair<int, int>(sac, sic);
}

int Convert(const Options& options) {
  const Target* const target = TargetOf(options);
  if (target == nullptr) {
    return Complain(
        options.to.empty()
            ? fmt::format("{}: the ending does not name a format: expected one of {}, or --to",
                          options.output, Listed(&Target::ending))
            : fmt::format("--to {}: expected one of {}", options.to, Listed(&Target::name)));
  }
  const auto capture = CaptureOptionsFrom(options);
  if (!capture) return capture.error();
  auto file = InputFile::Open(options.input);
  if (!file) return Complain(file.error().Text());
  std::optional<CaptureFormat> format;
  if (!options.from.empty()) {
    format = ParseCaptureFormat(options.from);
    if (!format) {
      return Complain(
          fmt::format("--from {}: expected one of {}", options.from, CaptureFormatNames()));
    }
  } else {
    const auto found = RecogniseInput(*file);
    if (!found) return Complain(found.error().Text());
    format = *found;
  }
  const bool lines = *format == CaptureFormat::kTracks || *format == CaptureFormat::kTruth;
  const bool map = target->kind == Target::Kind::kPoints;
  const bool asterix = target->kind == Target::Kind::kRadar;
  const bool system = asterix && *format == CaptureFormat::kTracks;
  if (lines && !map && !system) {
    return Complain(fmt::format("{}: holds {}, which become one of {}{}", file->name(),
                                CaptureFormatName(*format),
                                Listed(&Target::name, Target::Kind::kPoints),
                                *format == CaptureFormat::kTracks ? ", pcap, asterix" : ""));
  }
  const auto source = SourceOf(options.source);
  if (!source) return Complain(source.error().Text());
  if (options.category != 62 && options.category != 21) {
    return Complain(fmt::format("--category {}: expected 62 or 21", options.category));
  }

  const bool radar = asterix && !system;
  if (radar && capture->asterix.empty()) {
    return Complain(
        "ASTERIX is written of a site's radars: give --site, in which they have asterix = "
        "{ sac = , sic = }");
  }

  auto out = OutputFile::Create(options.output);
  if (!out) {
    fmt::print(stderr, "{}\n", out.error().Text());
    return kSystemFailed;
  }
  Complaints complaints;
  tl::expected<void, Error> written;
  std::unique_ptr<PointSink> points;
  if (map) points = target->make(*out, capture->reference ? &*capture->reference : nullptr);
  if (points && !points->written()) return Complain(points->written().error().Text());
  std::optional<AsterixOut> radars;
  if (radar) radars.emplace(capture->asterix, target->pcap, *out);
  std::optional<AsterixTracksOut> tracks;
  if (system) {
    tracks.emplace(source->first, source->second, options.category, target->pcap, *out);
  }
  auto outcome =
      lines ? ConvertLines(*file, *format, points.get(), tracks ? &*tracks : nullptr, complaints)
            : ConvertMessages(*file, options.input, *format, *capture, *target, *out, points.get(),
                              radars ? &*radars : nullptr, complaints, written);
  complaints.Summarise();
  if (!outcome) return Complain(outcome.error().Text());
  if (outcome->read == 0) {
    return Complain(fmt::format("{}: nothing of it could be decoded as {}", file->name(),
                                CaptureFormatName(*format)));
  }
  if (points) {
    points->Finish();
    written = points->written();
  }
  if (radars) {
    radars->Finish();
    written = radars->written();
    if (radars->left_out() > 0) {
      outcome->left_out = radars->left_out();
      outcome->why = "detections that ASTERIX cannot say";
    }
  }
  if (tracks) {
    written = tracks->written();
    if (tracks->left_out() > 0) {
      outcome->left_out = tracks->left_out();
      outcome->written -= tracks->left_out();
      outcome->why = "tracks that ASTERIX cannot say";
    }
  }
  if (written) written = out->Close();
  if (!written) {
    fmt::print(stderr, "{}\n", written.error().Text());
    return kSystemFailed;
  }
  if (options.json) {
    const nlohmann::ordered_json summary = {{"format", CaptureFormatName(*format)},
                                            {"read", outcome->read},
                                            {"written", outcome->written},
                                            {"left_out", outcome->left_out},
                                            {"complaints", complaints.total()}};
    fmt::print(stderr, "{}\n", summary.dump());
  } else {
    fmt::print(stderr, "{}: {} read, {} written", CaptureFormatName(*format), outcome->read,
               outcome->written);
    if (outcome->left_out > 0) {
      fmt::print(stderr, ", left out: {} {}", outcome->left_out, outcome->why);
    }
    fmt::print(stderr, "\n");
  }
  return kDone;
}

}  // namespace

void AddConvert(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "convert",
      "Between formats: any capture or recording to JSON, reports, maps, tables or ASTERIX");
  command->footer(
      "Examples: picket convert capture.beast - --to json\n"
      "          picket convert radar.pcap reports.jsonl --edition 48=1.31 --site site.toml\n"
      "          picket convert tracks.jsonl tracks.geojson\n"
      "          picket convert tracks.jsonl tracks.cot\n"
      "          picket convert reports.jsonl radars.pcap --site site.toml");
  command->add_option("INPUT", options->input, "recognised by content; - is standard input")
      ->required();
  command
      ->add_option("OUTPUT", options->output, "its ending names the format; - is standard output")
      ->required();
  command->add_option("--from", options->from, CaptureFormatNames());
  command->add_option(
      "--to", options->to,
      "json: each message as a line with all its fields; reports: report lines; "
      "geojson, csv, kml, kmz, gpkg, cot, courageous (needs --site): positions of reports, tracks "
      "or truth; pcap, asterix: "
      "tracks, or radars' reports (needs --site), as ASTERIX, over UDP or as data blocks");
  command->add_option("--edition", options->editions,
                      "ASTERIX edition of a category, as in 62=1.18");
  command->add_option("--source", options->source,
                      "ASTERIX of tracks: SAC/SIC of this system, as in 25/100");
  command->add_option("--category", options->category,
                      "ASTERIX of tracks: 62 (with 65), or 21 as if the targets had sent them");
  command->add_option("--site", options->site,
                      "a site file: names receivers and radars, and where they are");
  command->add_option("--start", options->start,
                      "when a capture began whose counter starts at zero, as 2026-03-01T12:00:00Z");
  command->add_flag("--json", options->json, "the closing line as JSON");
  command->callback([options, &run] { run = [options] { return Convert(*options); }; });
}

}  // namespace picket::app
