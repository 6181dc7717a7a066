// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

namespace picket {
namespace {

std::string Figure(double value, std::string_view unit) {
  return std::isnan(value) ? "-" : fmt::format("{:.4g}{}", value, unit);
}
std::string Metres(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.2f} m", value);
}
std::string Percent(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:.1f} %", 100.0 * share);
}
std::string Seconds(Duration d) { return fmt::format("{:.1f} s", d.s()); }
std::string Instant(Time time) { return time.Text().substr(0, 19) + "Z"; }
std::string TimeOfDay(Time time) { return time.Text().substr(11, 10); }

SummaryTable Compared(const Scores& s) {
  SummaryTable table{"Compared", "ll", {}, {}, {}};
  table.rows = {
      {"instants", fmt::format("{} from {} to {}", s.instants, Instant(s.from), Instant(s.to))},
      {"targets", fmt::format("{}, {:.4g} at an instant", s.targets.size(), s.truths_mean)},
      {"tracks", fmt::format("{}, {} of them never within the cutoff of a target ({})", s.tracks,
                             s.false_tracks, Figure(s.false_tracks_per_h, " an hour"))}};
  if (s.without_picture > 0) {
    table.rows.push_back({"", fmt::format("{} instants had no picture: all targets count as missed",
                                          s.without_picture)});
  }
  return table;
}

SummaryTable PictureErrors(const Scores& s, const EvaluationOptions& options) {
  SummaryTable table{"Error of the picture", "lrrl", {"", "mean", "rms", ""}, {}, {}};
  table.rows = {
      {"GOSPA", Metres(s.gospa_mean), Metres(s.gospa_rms),
       fmt::format("c = {:.4g} m, p = 2, alpha = 2, {} dimensions", options.cutoff_m,
                   options.dimensions)},
      {"  localisation", "", Metres(s.localisation_rms), ""},
      {"  missed", "", Metres(s.missed_rms),
       fmt::format("{:.3f} targets at an instant", s.missed_mean)},
      {"  false", "", Metres(s.false_rms),
       fmt::format("{:.3f} tracks at an instant", s.false_mean)},
      {"OSPA", Metres(s.ospa_mean), "", ""},
      {"OSPA(2)", Metres(s.ospa2_mean), "", fmt::format("over {} instants", options.window)}};
  const TrajectoryScore& t = s.trajectory;
  if (t.computed) {
    table.rows.insert(table.rows.end(),
                      {{"trajectory GOSPA", "", Metres(t.metric_m),
                        fmt::format("switch cost {:.4g} m, per instant", options.switch_cost_m)},
                       {"  localisation", "", Metres(t.localisation_m), ""},
                       {"  missed", "", Metres(t.missed_m), ""},
                       {"  false", "", Metres(t.false_m), ""},
                       {"  switches", "", Metres(t.switches_m), ""}});
  } else {
    table.note = "Trajectory GOSPA was not computed: " + t.why_not + ".";
  }
  return table;
}

SummaryTable Tracks(const Scores& s) {
  SummaryTable table{"Tracks of targets", "lrl", {}, {}, {}};
  table.rows = {
      {"position error", Metres(s.assigned_rms), "rms of assigned tracks"},
      {"completeness", Percent(s.completeness), "of each target's time has a track, mean"},
      {"identity switches", fmt::format("{}", s.switches), "a target's track became another"},
      {"fragments", fmt::format("{}", s.fragments), "a target that had lost its track got one"},
      {"SIAP completeness", Percent(s.siap_completeness), "of the targets have a track"},
      {"SIAP ambiguity", Figure(s.siap_ambiguity, ""), "tracks for each of those"},
      {"SIAP spuriousness", Percent(s.siap_spuriousness), "of the tracks have no target"},
      {"SIAP position accuracy", Figure(s.siap_position_m, " m"), "mean error"},
      {"SIAP velocity accuracy", Figure(s.siap_velocity_mps, " m/s"), "mean error"},
      {"SIAP longevity", Percent(s.siap_longevity),
       "of the time under each target's longest track"},
      {"SIAP number changes", Figure(60.0 * s.siap_changes_per_s, ""), "a minute of tracked time"}};
  return table;
}

SummaryTable Consistent(const Scores& s) {
  SummaryTable table{
      "Consistency: error against stated covariance (NEES, NIS)", "lrrrrr", {}, {}, {}};
  const auto add = [&](std::string_view name, const Consistency& c) {
    if (c.samples == 0) return;
    table.rows.push_back({fmt::format("{} ({})", name, c.degrees), fmt::format("{:.3f}", c.mean),
                          fmt::format("{:.3f} to {:.3f}", c.low, c.high), Percent(c.samples_inside),
                          Percent(c.instants_inside), fmt::format("{}", c.samples)});
  };
  add("position", s.position);
  add("position and velocity", s.state);
  add("innovations, by component", s.nis);
  if (table.rows.empty()) {
    table.note = "The tracks state no covariance.";
  } else {
    table.header = {"", "mean", "95 % of means", "within own", "of instants", "samples"};
    table.note =
        "The mean should be the number in brackets, and 95 % of samples and of instants lie within "
        "their own 95 %.";
  }
  if (s.unusable_covariances > 0) {
    table.note += fmt::format(" {} covariances are not positive definite and do not count.",
                              s.unusable_covariances);
  }
  return table;
}

SummaryTable Surveillance(const Scores& s) {
  SummaryTable table{"EUROCAE ED-87E, thresholds of the manoeuvring area",
                     "lrlll",
                     {"", "figure", "", "threshold", ""},
                     {},
                     {}};
  for (const Requirement& r : SurveillanceRequirements(s.surveillance)) {
    const auto met = r.Met();
    table.rows.push_back({r.name, r.figure_text, r.detail, r.threshold_text,
                          !met   ? "not measured"
                          : *met ? "met"
                                 : "not met"});
  }
  if (!s.surveillance.updates_measured) {
    table.note = "Updates are not measured: the truth is stated less often than every 1.1 s.";
  }
  return table;
}

SummaryTable Recognition(const Scores& s) {
  SummaryTable table{
      "Recognition: what the tracks of each class were called most likely", "l", {""}, {}, {}};
  if (s.classified == 0) {
    return {"Recognition", "l", {}, {}, "No track states a class, or no target's class is known."};
  }
  for (std::size_t j = 0; j < kTargetClasses; ++j) {
    table.header.emplace_back(ClassName(static_cast<TargetClass>(j)));
    table.align += 'r';
  }
  for (std::size_t i = 0; i < kTargetClasses; ++i) {
    const auto& row = s.confusion[i];
    if (std::all_of(row.begin(), row.end(), [](std::int64_t x) { return x == 0; })) continue;
    auto& cells = table.rows.emplace_back();
    cells.emplace_back(ClassName(static_cast<TargetClass>(i)));
    for (const std::int64_t count : row) cells.push_back(fmt::format("{}", count));
  }
  table.note =
      fmt::format("{:.1f} % of {} are right; the true class had a mean probability of {:.3f}.",
                  100.0 * s.class_correct, s.classified, s.class_probability);
  return table;
}

std::string Range(double m) {
  if (std::isnan(m)) return "-";
  return m < 10e3 ? fmt::format("{:.0f} m", m) : fmt::format("{:.1f} km", m / 1e3);
}

SummaryTable Targets(const Scores& s, bool with_places, std::size_t most) {
  SummaryTable table{"Targets, in order of appearance", "llrrrrrr", {}, {}, {}};
  table.header = {"target",  "class", "first track after", "at range",
                  "tracked", "lost",  "renamed",           "error rms"};
  if (with_places) {
    table.header.insert(table.header.end(), {"arrival", "warned for"});
    table.align += "lr";
  }
  std::vector<double> delays_s;
  std::int64_t never = 0;
  for (const TargetScore& t : s.targets) {
    if (t.first_track) {
      delays_s.push_back((*t.first_track - t.from).s());
    } else {
      ++never;
    }
    if (table.rows.size() >= most) continue;
    auto& cells = table.rows.emplace_back();
    cells = {t.id,
             t.target_class ? std::string(ClassName(*t.target_class)) : "-",
             t.first_track ? Seconds(*t.first_track - t.from) : "never",
             Range(t.range_m),
             Percent(t.tracked),
             fmt::format("{}", t.fragments),
             fmt::format("{}", t.switches),
             Metres(t.rms_m)};
    if (!with_places) continue;
    if (!t.arrival) {
      cells.insert(cells.end(), {"-", "-"});
      continue;
    }
    cells.push_back(fmt::format("{} at {}", TimeOfDay(*t.arrival), t.place));
    cells.push_back(Seconds(*t.WarnedFor()));
  }
  if (!delays_s.empty()) {
    std::sort(delays_s.begin(), delays_s.end());
    table.note = fmt::format("First track after {:.1f} s in the median, {:.1f} s at the latest",
                             delays_s[delays_s.size() / 2], delays_s.back());
    if (never > 0) table.note += fmt::format("; {} never", never);
    table.note += ".";
  } else if (never > 0) {
    table.note = "No target ever had a track.";
  }
  if (s.targets.size() > most) {
    table.note += fmt::format(" {} more targets are not shown.", s.targets.size() - most);
  }
  return table;
}

/// Columns on a terminal: bytes that start a character.
std::size_t WidthOf(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string Padded(const std::string& text, std::size_t width, char align) {
  const std::string blanks(width - std::min(width, WidthOf(text)), ' ');
  return align == 'r' ? blanks + text : text + blanks;
}

}  // namespace

std::vector<SummaryTable> Summarise(const Scores& scores, const EvaluationOptions& options,
                                    std::size_t most_targets) {
  return {Compared(scores),
          PictureErrors(scores, options),
          Tracks(scores),
          Consistent(scores),
          Surveillance(scores),
          Recognition(scores),
          Targets(scores, !options.places.empty(), most_targets)};
}

std::string SummaryText(const std::vector<SummaryTable>& tables) {
  std::string text;
  for (const SummaryTable& table : tables) {
    std::vector<std::size_t> width(table.align.size(), 0);
    const auto measure = [&](const std::vector<std::string>& cells) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        width[i] = std::max(width[i], WidthOf(cells[i]));
      }
    };
    measure(table.header);
    for (const auto& row : table.rows) measure(row);
    const auto put = [&](const std::vector<std::string>& cells) {
      std::string line = " ";
      for (std::size_t i = 0; i < cells.size(); ++i) {
        line += (i == 0 ? " " : "   ") + Padded(cells[i], width[i], table.align[i]);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    };
    if (!text.empty()) text += "\n";
    text += table.title + "\n";
    if (!table.header.empty()) put(table.header);
    for (const auto& row : table.rows) put(row);
    if (!table.note.empty()) text += "  " + table.note + "\n";
  }
  return text;
}

}  // namespace picket
