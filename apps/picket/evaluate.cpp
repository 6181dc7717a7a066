// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/evaluate.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "commands.h"
#include "picket/codec/json.h"
#include "picket/io/file.h"

namespace picket::app {
namespace {

struct Options {
  std::string truth;
  std::string tracks;
  EvaluationOptions evaluation;
  double max_age_s = 0.5;
  std::vector<std::string> classes;
  bool json = false;
};

/// Reads lines of one format in order of time. The first thing wrong ends it.
template <typename Value, typename Read>
class Sequence {
 public:
  Sequence(InputFile file, Read read) : file_(std::move(file)), read_(std::move(read)) {}

  /// The next value; nothing at the end.
  Result<std::optional<Value>> Next() {
    while (true) {
      const auto line = file_.NextLine(kMaxPictureBytes);
      if (!line) return tl::unexpected<Error>(line.error());
      if (!*line) return std::optional<Value>();
      const std::string_view text = (*line)->text;
      if (!(*line)->too_long && text.find_first_not_of(" \t") == std::string_view::npos) continue;
      auto value =
          (*line)->too_long
              ? Result<Value>(Fail(fmt::format("is longer than {} bytes", kMaxPictureBytes)))
              : read_(text);
      if (value && last_ && value->time < *last_) value = Fail("goes back in time", "time");
      if (!value) {
        Error error = std::move(value.error());
        error.source = file_.name();
        error.line = (*line)->number;
        return tl::unexpected<Error>(std::move(error));
      }
      last_ = value->time;
      return std::optional<Value>(std::move(*value));
    }
  }

 private:
  InputFile file_;
  Read read_;
  std::optional<Time> last_;
};

/// Truth and tracks in one frame. Where the truth is in local metres, both are compared in the
/// site's frame; otherwise in one about the first target, by latitude and longitude.
class Comparison {
 public:
  explicit Comparison(const Options& options) : options_(options), evaluator_(options.evaluation) {}

  tl::expected<void, Error> Run();
  [[nodiscard]] Scores Result() const { return evaluator_.Result(); }

 private:
  /// Looks at the first truth that has a target.
  tl::expected<void, Error> ChooseFrame();
  void Score(const Truth& truth, const Picture* picture);

  const Options& options_;
  Evaluator evaluator_;
  LocalFrame frame_{Geodetic{}};
  bool local_ = true;
};

tl::expected<void, Error> Comparison::ChooseFrame() {
  auto file = InputFile::Open(options_.truth);
  if (!file) return tl::unexpected<Error>(file.error());
  Sequence<Truth, std::function<picket::Result<Truth>(std::string_view)>> truths(
      std::move(*file), [this](std::string_view line) { return ReadTruth(line, &frame_); });
  while (true) {
    const auto truth = truths.Next();
    if (!truth) return tl::unexpected<Error>(truth.error());
    if (!*truth) return {};
    if ((*truth)->targets.empty()) continue;
    const TruthTarget& first = (*truth)->targets.front();
    local_ = first.enu_m.has_value();
    if (!local_) frame_ = LocalFrame(first.position);
    return {};
  }
}

void Comparison::Score(const Truth& truth, const Picture* picture) {
  std::vector<ScoredTruth> truths;
  for (const TruthTarget& target : truth.targets) {
    const std::string_view name = ClassName(target.target_class);
    if (!options_.classes.empty() && std::find(options_.classes.begin(), options_.classes.end(),
                                               name) == options_.classes.end()) {
      continue;
    }
    ScoredTruth scored;
    scored.id = target.id;
    scored.p_L = local_ && target.enu_m
                     ? Eigen::Vector3d((*target.enu_m)[0], (*target.enu_m)[1], (*target.enu_m)[2])
                     : frame_.ToLocal(target.position);
    scored.v_L = {target.vel_enu_mps[0], target.vel_enu_mps[1], target.vel_enu_mps[2]};
    scored.target_class = target.target_class;
    truths.push_back(std::move(scored));
  }
  if (picture == nullptr) return evaluator_.AddWithoutPicture(truths);
  const double age_s = (truth.time - picture->time).s();
  std::vector<ScoredTrack> tracks;
  for (const Track& track : picture->tracks) {
    ScoredTrack scored;
    scored.id = track.id;
    scored.v_L = track.mean.tail<3>();
    scored.p_L = track.mean.head<3>() + age_s * scored.v_L;
    scored.class_probability = track.class_probability;
    tracks.push_back(std::move(scored));
  }
  evaluator_.Add(truths, tracks);
}

tl::expected<void, Error> Comparison::Run() {
  auto chosen = ChooseFrame();
  if (!chosen) return chosen;
  auto truth_file = InputFile::Open(options_.truth);
  if (!truth_file) return tl::unexpected<Error>(truth_file.error());
  auto tracks_file = InputFile::Open(options_.tracks);
  if (!tracks_file) return tl::unexpected<Error>(tracks_file.error());
  Sequence<Truth, std::function<picket::Result<Truth>(std::string_view)>> truths(
      std::move(*truth_file), [this](std::string_view line) { return ReadTruth(line, &frame_); });
  Sequence<Picture, std::function<picket::Result<Picture>(std::string_view)>> pictures(
      std::move(*tracks_file), [this](std::string_view line) {
        auto picture = ReadPicture(line, local_ ? nullptr : &frame_);
        std::set<std::uint64_t> ids;
        for (std::size_t i = 0; picture && i < picture->tracks.size(); ++i) {
          if (ids.insert(picture->tracks[i].id).second) continue;
          picture = Fail("stands twice", fmt::format("tracks[{}].id", i));
        }
        return picture;
      });

  std::optional<Picture> newest;  // not after the truth's instant
  bool any = false;
  auto ahead = pictures.Next();
  while (true) {
    const auto truth = truths.Next();
    if (!truth) return tl::unexpected<Error>(truth.error());
    if (!*truth) break;
    std::set<std::string> ids;
    for (const TruthTarget& target : (*truth)->targets) {
      if (ids.insert(target.id).second) continue;
      Error error;
      error.source = options_.truth;
      error.what = fmt::format("has target \"{}\" twice at {}", target.id, (*truth)->time.Text());
      return tl::unexpected<Error>(std::move(error));
    }
    while (ahead && *ahead && (*ahead)->time <= (*truth)->time) {
      newest = std::move(**ahead);
      ahead = pictures.Next();
    }
    if (!ahead) return tl::unexpected<Error>(ahead.error());
    const bool fresh = newest && ((*truth)->time - newest->time).s() <= options_.max_age_s;
    Score(**truth, fresh ? &*newest : nullptr);
    any = true;
  }
  if (any) return {};
  Error error;
  error.source = options_.truth;
  error.what = "holds no instant of truth to score";
  return tl::unexpected<Error>(std::move(error));
}

nlohmann::json Figure(double value) {
  return std::isnan(value) ? nlohmann::json() : nlohmann::json(value);
}

void PrintJson(const Scores& s, const Options& options) {
  nlohmann::json confusion = nlohmann::json::object();
  for (std::size_t i = 0; i < kTargetClasses; ++i) {
    nlohmann::json row = nlohmann::json::object();
    for (std::size_t j = 0; j < kTargetClasses; ++j) {
      row[std::string(ClassName(static_cast<TargetClass>(j)))] = s.confusion[i][j];
    }
    confusion[std::string(ClassName(static_cast<TargetClass>(i)))] = std::move(row);
  }
  const nlohmann::json all = {{"c_m", options.evaluation.cutoff_m},
                              {"dimensions", options.evaluation.dimensions},
                              {"epochs", s.instants},
                              {"epochs_without_picture", s.without_picture},
                              {"gospa_mean", s.gospa_mean},
                              {"gospa_rms", s.gospa_rms},
                              {"loc_rms", s.localisation_rms},
                              {"missed_rms", s.missed_rms},
                              {"false_rms", s.false_rms},
                              {"n_missed", s.missed_mean},
                              {"n_false", s.false_mean},
                              {"n_truth", s.truths_mean},
                              {"ospa_mean", s.ospa_mean},
                              {"ospa2_mean", s.ospa2_mean},
                              {"rmse_matched", s.assigned_rms},
                              {"switches", s.switches},
                              {"frags", s.fragments},
                              {"completeness", s.completeness},
                              {"siap",
                               {{"completeness", s.siap_completeness},
                                {"ambiguity", s.siap_ambiguity},
                                {"spuriousness", s.siap_spuriousness},
                                {"position_m", Figure(s.siap_position_m)},
                                {"velocity_mps", Figure(s.siap_velocity_mps)}}},
                              {"class",
                               {{"pairs", s.classified},
                                {"correct", Figure(s.class_correct)},
                                {"probability_of_true", Figure(s.class_probability)},
                                {"confusion", std::move(confusion)}}}};
  fmt::print("{}\n", all.dump());
}

void PrintText(const Scores& s, const Options& options) {
  const auto line = [](std::string_view name, const std::string& value) {
    fmt::print("{:<28}{}\n", name, value);
  };
  const auto figure = [](double value, std::string_view unit) {
    return std::isnan(value) ? std::string("-") : fmt::format("{:.4g}{}", value, unit);
  };
  line("instants", fmt::format("{}, {} of them without a picture", s.instants, s.without_picture));
  line("targets", figure(s.truths_mean, " at an instant"));
  line("GOSPA", fmt::format("{:.2f} m mean, {:.2f} m rms (c = {} m, p = 2, alpha = 2)",
                            s.gospa_mean, s.gospa_rms, options.evaluation.cutoff_m));
  line("  localisation", fmt::format("{:.2f} m rms", s.localisation_rms));
  line("  missed", fmt::format("{:.2f} m rms, {:.3f} targets", s.missed_rms, s.missed_mean));
  line("  false", fmt::format("{:.2f} m rms, {:.3f} tracks", s.false_rms, s.false_mean));
  line("OSPA, OSPA(2)", fmt::format("{:.2f} m, {:.2f} m (window {})", s.ospa_mean, s.ospa2_mean,
                                    options.evaluation.window));
  line("error of assigned tracks", fmt::format("{:.2f} m rms", s.assigned_rms));
  line("identity", fmt::format("{} switches, {} fragments", s.switches, s.fragments));
  line("completeness", fmt::format("{:.1f} % of each target's time", 100 * s.completeness));
  line("SIAP completeness", fmt::format("{:.1f} %", 100 * s.siap_completeness));
  line("SIAP ambiguity", figure(s.siap_ambiguity, " tracks a tracked target"));
  line("SIAP spuriousness", fmt::format("{:.1f} %", 100 * s.siap_spuriousness));
  line("SIAP accuracy",
       fmt::format("{}, {}", figure(s.siap_position_m, " m"), figure(s.siap_velocity_mps, " m/s")));
  line("recognised", s.classified == 0
                         ? std::string("-")
                         : fmt::format("{:.1f} % of {} pairs, mean probability of the true class "
                                       "{:.3f}",
                                       100 * s.class_correct, s.classified, s.class_probability));
}

}  // namespace

void AddEvaluate(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("evaluate", "Score tracks against truth: GOSPA, OSPA(2), SIAP, classes");
  command->add_option("TRUTH", options->truth, "where the targets truly were, JSON Lines")
      ->required();
  command->add_option("TRACKS", options->tracks, "what picket track wrote; - is standard input")
      ->required();
  command->add_option("--c", options->evaluation.cutoff_m, "cutoff of GOSPA and OSPA, m")
      ->capture_default_str()
      ->check(Between(1e-3, 1e6));
  command->add_option("--dims", options->evaluation.dimensions, "2: east and north; 3: height too")
      ->capture_default_str()
      ->check(CLI::Range(2, 3));
  command->add_option("--window", options->evaluation.window, "instants that OSPA(2) looks over")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command
      ->add_option("--max-age", options->max_age_s,
                   "a picture up to this old stands for an instant, its tracks moved on, s")
      ->capture_default_str()
      ->check(Between(0.0, 3600.0));
  std::vector<std::string> classes;
  for (std::size_t i = 0; i < kTargetClasses; ++i) {
    classes.emplace_back(ClassName(static_cast<TargetClass>(i)));
  }
  command->add_option("--classes", options->classes, "only targets of these classes count")
      ->delimiter(',')
      ->check(CLI::IsMember(classes));
  command->add_flag("--json", options->json, "the scores as one JSON object");
  command->footer(
      "The truth's instants are scored. Positions in local metres are compared as they are, "
      "others\n"
      "by latitude, longitude and height.\n"
      "Example: picket evaluate truth.jsonl tracks.jsonl --c 200");
  command->callback([options, &run] {
    run = [options] {
      if (options->truth == "-") {
        fmt::print(stderr, "the truth is read twice, so it cannot be standard input\n");
        return static_cast<int>(kBadInput);
      }
      Comparison comparison(*options);
      const auto done = comparison.Run();
      if (!done) {
        fmt::print(stderr, "{}\n", done.error().Text());
        return static_cast<int>(kBadInput);
      }
      options->json ? PrintJson(comparison.Result(), *options)
                    : PrintText(comparison.Result(), *options);
      return static_cast<int>(kDone);
    };
  });
}

}  // namespace picket::app
