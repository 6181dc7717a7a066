// SPDX-License-Identifier: Apache-2.0
// picket learn: how often sensors saw targets whose place was known, over what the field expects.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "commands.h"
#include "complaints.h"
#include "picket/codec/json.h"
#include "picket/codec/learned.h"
#include "picket/field/learner.h"
#include "picket/io/file.h"
#include "picket/io/messages.h"
#include "picket/io/site.h"
#include "progress.h"

namespace picket::app {
namespace {

struct Options {
  std::string site;
  std::vector<std::string> inputs;
  std::string out = "learned.toml";
  bool json = false;
};

/// What positions without stated errors are given, one sigma: see AddReceiver, and a flight log.
constexpr double kReportedSdM = 30.0;
constexpr double kReportedUpSdM = 100.0;
constexpr double kLoggedSdM = 5.0;

int Fail(const Errors& errors) {
  for (const Error& error : errors) fmt::print(stderr, "{}\n", error.Text());
  return kBadInput;
}

/// Who a detection says that it is: the name of the claim, and what kind of target makes it.
struct Claim {
  std::string name;
  TargetClass target_class = TargetClass::kOther;
};
std::optional<Claim> ClaimOf(const Detection& z) {
  static constexpr std::pair<std::string_view, TargetClass> kKinds[] = {
      {"icao", TargetClass::kAircraft},
      {"remote_id", TargetClass::kMultirotor},
      {"callsign", TargetClass::kAircraft}};
  for (const auto& [kind, target_class] : kKinds) {
    for (const auto& [claimed, value] : z.identity) {
      if (claimed != kind) continue;
      Claim claim{fmt::format("{} {}", kind, value), target_class};
      const auto most = std::max_element(z.class_probability.begin(), z.class_probability.end());
      if (*most > 0.5) {
        claim.target_class = static_cast<TargetClass>(most - z.class_probability.begin());
      }
      return claim;
    }
  }
  return std::nullopt;
}

/// What all inputs hold of where targets were, and of what sensors saw.
class Evidence {
 public:
  Evidence(const PlacedSite& site, const CaptureOptions& capture) : site_(site), capture_(capture) {
    const auto sensors = site.field->sensors();
    for (std::size_t i = 0; i < sensors.size(); ++i) {
      index_.emplace(sensors[i].id, static_cast<SensorIndex>(i));
    }
  }

  /// @returns false if nothing of it could be read; that was told
  bool Read(const std::string& input) {
    auto file = InputFile::Open(input);
    const auto format =
        file ? RecogniseInput(*file) : tl::unexpected<Error>(std::move(file.error()));
    if (!format) {
      fmt::print(stderr, "{}\n", format.error().Text());
      return false;
    }
    Progress progress("reading");
    if (*format == CaptureFormat::kTruth) return ReadTruths(*file, progress);
    DecodeSink sink;
    sink.on_message = [&](const DecodedMessage& message) {
      progress.At(file->offset(), file->size());
      if (message.change) Change(*message.change);
      if (message.report) Take(*message.report);
    };
    sink.on_error = [&](const Error& error) { complaints_.Add(error); };
    const auto summary = ReadMessages(*file, input, *format, capture_, sink);
    if (!summary) fmt::print(stderr, "{}\n", summary.error().Text());
    return summary.has_value();
  }

  void Teach(Learner& learner) const {
    for (const auto& [name, target] : targets_) {
      for (const Learner::Fix& fix : target.fixes) {
        learner.AddFix(name, target.target_class, fix);
      }
    }
    Progress progress("learning");
    std::int64_t done = 0;
    for (const Look& look : looks_) {
      learner.AddLook(look.sensor, look.time, look.detections);
      progress.At(++done, static_cast<std::int64_t>(looks_.size()));
    }
  }

  [[nodiscard]] std::size_t targets() const { return targets_.size(); }
  [[nodiscard]] std::size_t looks() const { return looks_.size(); }
  [[nodiscard]] const std::set<std::string>& changed() const { return changed_; }
  [[nodiscard]] const Complaints& complaints() const { return complaints_; }

 private:
  struct Target {
    TargetClass target_class = TargetClass::kOther;
    std::vector<Learner::Fix> fixes;
  };
  struct Look {
    SensorIndex sensor;
    Time time;
    std::vector<Detection> detections;
  };

  bool ReadTruths(InputFile& file, Progress& progress) {
    std::size_t good = 0;
    while (true) {
      const auto line = file.NextLine();
      if (!line) {
        fmt::print(stderr, "{}\n", line.error().Text());
        return good > 0;
      }
      if (!*line) return good > 0;
      progress.At(file.offset(), file.size());
      const std::string_view text = (*line)->text;
      if (!(*line)->too_long && text.find_first_not_of(" \t") == std::string_view::npos) continue;
      const auto truth = (*line)->too_long ? Result<Truth>(picket::Fail("is too long"))
                                           : ReadTruth(text, &site_.frame);
      if (!truth) {
        Error error = truth.error();
        error.source = file.name();
        error.line = (*line)->number;
        complaints_.Add(error);
        continue;
      }
      ++good;
      for (const TruthTarget& target : truth->targets) {
        Learner::Fix fix;
        fix.time = truth->time;
        fix.p_LT_L = target.enu_m ? Eigen::Vector3d(target.enu_m->data())
                                  : site_.frame.ToLocal(target.position);
        fix.sd_level_m = fix.sd_up_m = kLoggedSdM;
        AddFix("log " + target.id, target.target_class, fix);
      }
    }
  }

  /// A sensor that moved, or was replaced, is another one from there on.
  void Change(const SensorChange& change) {
    if (change.whole || change.at) changed_.insert(change.sensor);
  }

  void Take(const Report& report) {
    const auto found = index_.find(report.sensor);
    const bool tells = found == index_.end()
                           ? IsReceiverName(report.sensor)
                           : site_.field->sensor(found->second).look == LookKind::kSelfReport;
    if (tells) {
      for (const Detection& z : report.detections) TakeFix(report, z);
    } else if (found != index_.end() && !changed_.contains(report.sensor)) {
      looks_.push_back({found->second, report.time, report.detections});
    }
  }

  void TakeFix(const Report& report, const Detection& z) {
    const auto claim = ClaimOf(z);
    if (!claim) return;
    Learner::Fix fix;
    fix.time = z.time.value_or(report.time);
    if (z.fix && (z.fix->hae || z.fix->amsl)) {
      Geodetic at{z.fix->lat_deg, z.fix->lon_deg, {}};
      at.height =
          z.fix->hae ? *z.fix->hae : site_.geoid.ToHae(at.lat_deg, at.lon_deg, *z.fix->amsl);
      fix.p_LT_L = site_.frame.ToLocal(at);
    } else if (!z.fix && z.measured.Has(Component::kEast) && z.measured.Has(Component::kNorth) &&
               z.measured.Has(Component::kUp)) {
      fix.p_LT_L = {z[Component::kEast], z[Component::kNorth], z[Component::kUp]};
    } else {
      return;  // whoever does not say how high it was may have been hidden
    }
    const auto sd = [&](Component c, double otherwise) {
      const double stated = z.sd[static_cast<std::size_t>(c)];
      return stated > 0.0 ? stated : otherwise;
    };
    fix.sd_level_m = sd(Component::kEast, kReportedSdM);
    fix.sd_up_m = sd(Component::kUp, kReportedUpSdM);
    AddFix(claim->name, claim->target_class, fix);
  }

  void AddFix(const std::string& name, TargetClass target_class, const Learner::Fix& fix) {
    Target& target = targets_[name];
    target.target_class = target_class;
    target.fixes.push_back(fix);
  }

  const PlacedSite& site_;
  const CaptureOptions& capture_;
  std::map<std::string, SensorIndex> index_;
  std::map<std::string, Target> targets_;
  std::vector<Look> looks_;
  std::set<std::string> changed_;
  Complaints complaints_;
};

int Learn(const Options& options) {
  auto read = ReadSite(options.site);
  if (!read) return Fail(read.error());
  // What is learned is learned of the models: not of what was learned before.
  for (SensorEntry& entry : read->sensors) {
    entry.sensor.learned = nullptr;
    entry.learned_lat_lon.reset();
  }
  CaptureOptions capture = CaptureOptionsOf(*read);
  capture.decode.want_reports = true;
  auto placed = LoadSite(std::move(*read), options.site);
  if (!placed) return Fail(placed.error());
  const PlacedSite& site = **placed;
  AddAntennaHeights(site, capture);

  Evidence evidence(site, capture);
  std::size_t good = 0;
  for (const std::string& input : options.inputs) good += evidence.Read(input) ? 1 : 0;
  evidence.complaints().Summarise();
  if (good == 0) {
    fmt::print(stderr, "nothing could be read: nothing was learned\n");
    return kBadInput;
  }
  if (evidence.targets() == 0) {
    fmt::print(stderr,
               "no target says where it was: give ADS-B, Remote ID or a truth file of test flights "
               "beside the sensors' reports\n");
    return kBadInput;
  }
  Learner learner(*site.field);
  evidence.Teach(learner);

  std::vector<LearnedSensor> learned;
  nlohmann::ordered_json summary = {{"targets", evidence.targets()}, {"looks", evidence.looks()}};
  summary["sensors"] = nlohmann::ordered_json::array();
  const auto sensors = site.field->sensors();
  for (std::size_t i = 0; i < sensors.size(); ++i) {
    const Sensor& sensor = sensors[i];
    if (sensor.look == LookKind::kSelfReport) continue;
    const auto index = static_cast<SensorIndex>(i);
    const Learner::Counts& counts = learner.Of(index);
    std::size_t measured = 0;
    if (auto correction = learner.CorrectionOf(index)) {
      for (std::size_t cell = 0; cell < LearnedCorrection::kCells; ++cell) {
        measured += correction->Measured(cell) ? 1 : 0;
      }
      const Geodetic at = site.frame.ToGeodetic(sensor.p_LS_L);
      learned.push_back({sensor.id, at.lat_deg, at.lon_deg, std::move(correction)});
    }
    summary["sensors"].push_back({{"id", sensor.id},
                                  {"looks", counts.looks},
                                  {"expected", counts.expected},
                                  {"seen", counts.seen},
                                  {"cells_measured", measured},
                                  {"ambiguous", counts.ambiguous},
                                  {"seen_where_none_can_be", counts.impossible}});
    if (!options.json) {
      Tell(fmt::format(
          "{}: {} looks at known targets, {:.0f} detections expected, {:.0f} came; {} "
          "parts of its sky measured{}",
          sensor.id, counts.looks, counts.expected, std::max(0.0, counts.seen), measured,
          counts.ambiguous > 0
              ? fmt::format("; {} looks not counted: false detections are as likely",
                            counts.ambiguous)
              : std::string()));
    }
  }
  for (const std::string& id : evidence.changed()) {
    Tell(fmt::format("{}: moved or replaced in the recording: its looks after that are left out",
                     id));
  }
  if (options.json) fmt::print("{}\n", summary.dump());
  if (learned.empty()) {
    fmt::print(stderr, "no sensor looked at a known target where it might have seen it\n");
    return kBadInput;
  }
  auto out = OutputFile::Create(options.out);
  const auto written = out ? out->Write(WriteLearned(learned)) : tl::unexpected(out.error());
  const auto closed = written ? out->Close() : written;
  if (!closed) {
    fmt::print(stderr, "{}\n", closed.error().Text());
    return kSystemFailed;
  }
  if (!options.json && options.out != "-") {
    Tell(fmt::format("{}: name it in the site file: [site] learned = \"{}\"", options.out,
                     options.out));
  }
  return kDone;
}

}  // namespace

void AddLearn(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "learn", "How often sensors saw targets whose place was known: corrects the detection field");
  command->footer("Example: picket learn site.toml today.gpkg flight.jsonl -o learned.toml");
  command->add_option("SITE", options->site, "the site file (TOML)")->required();
  command
      ->add_option("INPUT", options->inputs,
                   "recordings, reports, captures of ADS-B or Remote ID, truth of test flights")
      ->required();
  command->add_option("-o,--out", options->out, "the file that the site is to name")
      ->capture_default_str();
  command->add_flag("--json", options->json, "what was counted, on standard output");
  command->callback([options, &run] { run = [options] { return Learn(*options); }; });
}

}  // namespace picket::app
