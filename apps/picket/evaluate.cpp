// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/evaluate.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "evaluate_input.h"
#include "picket/evaluate/page.h"
#include "picket/evaluate/summary.h"
#include "picket/io/file.h"
#include "picket/io/site.h"
#include "progress.h"

namespace picket::app {
namespace {

constexpr std::size_t kTargetRows = 20;

struct Options {
  ComparisonOptions comparison;
  EvaluationOptions evaluation;
  std::optional<double> switch_cost_m;
  std::vector<std::string> classes;
  std::string site;
  std::string html;
  bool json = false;
};

nlohmann::json Number(double value) {
  return std::isnan(value) ? nlohmann::json() : nlohmann::json(value);
}

nlohmann::json TrajectoryJson(const TrajectoryScore& t, double switch_cost_m) {
  if (!t.computed) return {{"computed", false}, {"why_not", t.why_not}};
  return {{"computed", true},          {"switch_cost_m", switch_cost_m},
          {"metric_m", t.metric_m},    {"localisation_m", t.localisation_m},
          {"missed_m", t.missed_m},    {"false_m", t.false_m},
          {"switches_m", t.switches_m}};
}

nlohmann::json ConsistencyJson(const Consistency& c) {
  return {{"degrees", c.degrees},
          {"samples", c.samples},
          {"mean", Number(c.mean)},
          {"mean_95", {Number(c.low), Number(c.high)}},
          {"samples_inside", Number(c.samples_inside)},
          {"instants_inside", Number(c.instants_inside)}};
}

nlohmann::json SurveillanceJson(const SurveillanceFigures& f) {
  nlohmann::json requirements = nlohmann::json::array();
  for (const Requirement& r : SurveillanceRequirements(f)) {
    const auto met = r.Met();
    requirements.push_back({{"name", r.name},
                            {"figure", Number(r.figure)},
                            {r.at_least ? "at_least" : "at_most", r.threshold},
                            {"met", met ? nlohmann::json(*met) : nlohmann::json()}});
  }
  return {{"requirements", std::move(requirements)},
          {"updates_measured", f.updates_measured},
          {"updates_expected", f.expected},
          {"updates_missed", f.missed},
          {"updates_missed_in_gaps_over_5_s", f.missed_in_long_gaps},
          {"once_tracked",
           {{"updates_expected", f.expected_once_tracked},
            {"updates_missed", f.missed_once_tracked},
            {"updates_missed_in_gaps_over_5_s", f.missed_in_long_gaps_once_tracked}}},
          {"reports", f.reports},
          {"false_reports", f.false_reports},
          {"position_95_m", Number(f.position_95_m)},
          {"speed_90_mps", Number(f.speed_90_mps)},
          {"course_90_deg", Number(f.course_90_deg)}};
}

nlohmann::json TargetJson(const TargetScore& t) {
  nlohmann::json out = {{"id", t.id},
                        {"from", t.from.Text()},
                        {"to", t.to.Text()},
                        {"first_track", nullptr},
                        {"first_track_after_s", nullptr},
                        {"first_track_range_m", Number(t.range_m)},
                        {"tracked", t.tracked},
                        {"switches", t.switches},
                        {"frags", t.fragments},
                        {"rms_m", Number(t.rms_m)}};
  if (t.target_class) out["class"] = std::string(ClassName(*t.target_class));
  if (t.first_track) {
    out["first_track"] = t.first_track->Text();
    out["first_track_after_s"] = (*t.first_track - t.from).s();
  }
  if (t.arrival) {
    out["arrival"] = t.arrival->Text();
    out["place"] = t.place;
    out["warned_for_s"] = t.WarnedFor()->s();
  }
  return out;
}

void PrintJson(const Scores& s, const EvaluationOptions& options) {
  nlohmann::json confusion = nlohmann::json::object();
  for (std::size_t i = 0; i < kTargetClasses; ++i) {
    nlohmann::json row = nlohmann::json::object();
    for (std::size_t j = 0; j < kTargetClasses; ++j) {
      row[std::string(ClassName(static_cast<TargetClass>(j)))] = s.confusion[i][j];
    }
    confusion[std::string(ClassName(static_cast<TargetClass>(i)))] = std::move(row);
  }
  nlohmann::json targets = nlohmann::json::array();
  for (const TargetScore& target : s.targets) targets.push_back(TargetJson(target));
  const nlohmann::json all = {
      {"c_m", options.cutoff_m},
      {"dimensions", options.dimensions},
      {"epochs", s.instants},
      {"epochs_without_picture", s.without_picture},
      {"from", s.from.Text()},
      {"to", s.to.Text()},
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
      {"trajectory_gospa", TrajectoryJson(s.trajectory, options.switch_cost_m)},
      {"rmse_matched", s.assigned_rms},
      {"switches", s.switches},
      {"frags", s.fragments},
      {"completeness", s.completeness},
      {"tracks", s.tracks},
      {"false_tracks", s.false_tracks},
      {"false_tracks_per_h", Number(s.false_tracks_per_h)},
      {"siap",
       {{"completeness", s.siap_completeness},
        {"ambiguity", s.siap_ambiguity},
        {"spuriousness", s.siap_spuriousness},
        {"position_m", Number(s.siap_position_m)},
        {"velocity_mps", Number(s.siap_velocity_mps)},
        {"longevity", s.siap_longevity},
        {"number_changes_per_s", Number(s.siap_changes_per_s)}}},
      {"nees",
       {{"position", ConsistencyJson(s.position)},
        {"state", ConsistencyJson(s.state)},
        {"unusable_covariances", s.unusable_covariances}}},
      {"nis", ConsistencyJson(s.nis)},
      {"ed87e", SurveillanceJson(s.surveillance)},
      {"class",
       {{"pairs", s.classified},
        {"correct", Number(s.class_correct)},
        {"probability_of_true", Number(s.class_probability)},
        {"confusion", std::move(confusion)}}},
      {"targets", std::move(targets)}};
  fmt::print("{}\n", all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

/// The site's frame, and its places in it.
tl::expected<void, Errors> TakeSite(const std::string& path, ComparisonFrame& frame,
                                    EvaluationOptions& options) {
  const auto site = ReadSite(path);
  if (!site) return tl::unexpected<Errors>(site.error());
  frame.frame = LocalFrame(site->origin);
  frame.stated = true;
  for (const Place& place : site->places) {
    Geodetic at = place.at;
    at.height = site->origin.height;
    options.places.push_back({place.name, frame.frame.ToLocal(at), place.radius_m});
  }
  options.range_from_L = Eigen::Vector3d::Zero();
  return {};
}

/// Scores all instants of the truth.
Result<Evaluator> Compare(TruthSource& truth, PictureSource& pictures, const Options& options,
                          Progress& progress) {
  Evaluator evaluator(options.evaluation);
  std::int64_t instants = 0;
  std::int64_t with_picture = 0;
  bool any_target = false;
  Time first;
  Time last;
  while (true) {
    auto instant = truth.Next();
    if (!instant) return tl::unexpected<Error>(std::move(instant.error()));
    if (!*instant) break;
    std::vector<ScoredTruth>& targets = (*instant)->targets;
    if (!options.classes.empty()) {
      std::erase_if(targets, [&](const ScoredTruth& target) {
        return !target.target_class ||
               std::find(options.classes.begin(), options.classes.end(),
                         ClassName(*target.target_class)) == options.classes.end();
      });
    }
    any_target = any_target || !targets.empty();
    last = (*instant)->time;
    if (instants++ == 0) first = last;
    const auto tracks = pictures.At(last);
    if (!tracks) return tl::unexpected<Error>(tracks.error());
    with_picture += *tracks ? 1 : 0;
    auto added = *tracks ? evaluator.Add(last, targets, **tracks)
                         : evaluator.AddWithoutPicture(last, targets);
    if (!added) {
      added.error().source = options.comparison.tracks;
      added.error().field = last.Text();
      return tl::unexpected<Error>(std::move(added.error()));
    }
    constexpr std::int64_t kAll = 1'000'000;
    progress.At(static_cast<std::int64_t>(truth.share() * kAll), kAll);
  }
  Error error;
  if (instants == 0) {
    error.source = options.comparison.truth;
    error.what = "holds no instant of truth to score";
    return tl::unexpected<Error>(std::move(error));
  }
  if (!options.classes.empty() && !any_target) {
    error.source = options.comparison.truth;
    error.what = fmt::format("holds no target of class {}", fmt::join(options.classes, " or "));
    return tl::unexpected<Error>(std::move(error));
  }
  if (with_picture > 0) return evaluator;
  const auto span = pictures.Span();
  if (!span) return tl::unexpected<Error>(span.error());
  error.source = options.comparison.tracks;
  error.what = *span ? fmt::format(
                           "tells of {} to {}, and no picture stands within {} s before any "
                           "instant of the truth, {} to {}",
                           (*span)->first.Text(), (*span)->second.Text(),
                           options.comparison.max_age_s, first.Text(), last.Text())
                     : std::string("holds no picture to score");
  return tl::unexpected<Error>(std::move(error));
}

int Tell(const Error& error, Exit code) {
  fmt::print(stderr, "{}\n", error.Text());
  return code;
}

int Evaluate(Options options) {
  if (options.json && options.html == "-") {
    fmt::print(stderr, "--json and --html - both want standard output\n");
    return kBadInput;
  }
  ComparisonFrame frame;
  if (!options.site.empty()) {
    if (const auto taken = TakeSite(options.site, frame, options.evaluation); !taken) {
      for (const Error& error : taken.error()) fmt::print(stderr, "{}\n", error.Text());
      return kBadInput;
    }
  }
  options.comparison.dimensions = options.evaluation.dimensions;
  options.evaluation.switch_cost_m =
      options.switch_cost_m.value_or(options.evaluation.cutoff_m / 10.0);
  const auto truth = OpenTruth(options.comparison, frame);
  if (!truth) return Tell(truth.error(), kBadInput);
  const auto pictures = OpenPictures(options.comparison, frame);
  if (!pictures) return Tell(pictures.error(), kBadInput);
  // Local metres count from an origin that is somebody's choice: the site's.
  if (frame.local) options.evaluation.range_from_L = Eigen::Vector3d::Zero();

  std::optional<Scores> scores;
  std::string page;
  {
    Progress progress("comparing");
    const auto evaluator = Compare(**truth, **pictures, options, progress);
    if (!evaluator) return Tell(evaluator.error(), kBadInput);
    scores = evaluator->Result();
    if (!options.html.empty()) {
      page = EvaluationPage(options.comparison.truth, options.comparison.tracks, options.evaluation,
                            *scores, evaluator->Plots());
    }
  }
  for (const auto& notes : {(*truth)->Notes(), (*pictures)->Notes()}) {
    for (const std::string& note : notes) fmt::print(stderr, "{}\n", note);
  }
  if (!options.html.empty()) {
    if (const auto written = WriteFile(options.html, page); !written) {
      return Tell(written.error(), kSystemFailed);
    }
  }
  if (options.json) {
    PrintJson(*scores, options.evaluation);
  } else if (options.html != "-") {
    fmt::print("{}", SummaryText(Summarise(*scores, options.evaluation, kTargetRows)));
  }
  return kDone;
}

}  // namespace

void AddEvaluate(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "evaluate", "Score tracks against truth: GOSPA, OSPA(2), SIAP, NEES, ED-87E, classes");
  command
      ->add_option("TRUTH", options->comparison.truth,
                   "where the targets truly were: JSON Lines, or a COURAGEOUS trial log")
      ->required();
  command
      ->add_option("TRACKS", options->comparison.tracks,
                   "what picket track wrote (- is standard input), or a COURAGEOUS trial log")
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
      ->add_option("--switch-cost", options->switch_cost_m,
                   "gamma of trajectory GOSPA, m; left out: a tenth of the cutoff")
      ->check(Between(1e-6, 1e6));
  command->add_flag_callback(
      "--no-trajectory", [options] { options->evaluation.trajectory = false; },
      "leave trajectory GOSPA out: its linear programs may take some seconds");
  command
      ->add_option("--max-age", options->comparison.max_age_s,
                   "a picture up to this old stands for an instant, its tracks moved on, s")
      ->capture_default_str()
      ->check(Between(0.0, 3600.0));
  command
      ->add_option("--every", options->comparison.every_s,
                   "instants of a truth that is a trial log, s")
      ->capture_default_str()
      ->check(Between(0.01, 3600.0));
  std::vector<std::string> classes;
  for (std::size_t i = 0; i < kTargetClasses; ++i) {
    classes.emplace_back(ClassName(static_cast<TargetClass>(i)));
  }
  command->add_option("--classes", options->classes, "only targets of these classes count")
      ->delimiter(',')
      ->check(CLI::IsMember(classes));
  command->add_option("--site", options->site,
                      "site file: its frame, and its places for ranges and arrivals");
  command->add_option("--html", options->html, "write a page with plots and a map; - prints it");
  command->add_flag("--json", options->json, "the scores as one JSON object");
  command->footer(
      "The truth's instants are scored. Positions in local metres are compared as they are,\n"
      "others by latitude, longitude and height. Every figure is defined in docs/evaluate.md.\n"
      "Example: picket evaluate truth.jsonl tracks.jsonl --c 200 --html scores.html");
  command->callback([options, &run] { run = [options] { return Evaluate(*options); }; });
}

}  // namespace picket::app
