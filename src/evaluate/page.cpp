// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluate/chart.h"
#include "picket/evaluate/statistics.h"
#include "picket/evaluate/summary.h"

namespace picket {
namespace {

constexpr std::size_t kMostTargetRows = 500;

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fcfcfb; --soft: #d9dde3;
  --a: #1f6fb2; --b: #c2571a; --c: #7a4fa3; --band: #8fb8dc; --good: #1a7f4b; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #dfe5ec; --paper: #14181e; --soft: #333b46;
  --a: #6db3ec; --b: #f0925a; --c: #bd97e3; --band: #3a5a78; --good: #5cc890; --bad: #ff8a80; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block;
  overflow-x: auto; }
td, th { padding: .15rem .9rem .15rem 0; border-bottom: 1px solid var(--soft); font-weight: 400;
  white-space: pre; text-align: left; }
th { opacity: .7; } .r { text-align: right; } .met { color: var(--good); }
.not { color: var(--bad); } p { margin: .4rem 0; }
body > svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: var(--ink); }
.grid { stroke: var(--soft); fill: none; } .line { fill: none; stroke-width: 1.6; }
.line.s1 { stroke: var(--a); } .line.s2 { stroke: var(--b); } .line.s3 { stroke: var(--c); }
.area { stroke: none; } .area.s1 { fill: var(--a); } .area.s2 { fill: var(--b); }
.area.s3 { fill: var(--c); } .band { fill: var(--band); opacity: .5; }
.truth { fill: none; stroke: var(--ink); stroke-width: 3; opacity: .35; stroke-linecap: round; }
.track { fill: none; stroke: var(--b); stroke-width: 1.3; stroke-linecap: round; }
.place { fill: none; stroke: var(--good); stroke-dasharray: 4 3; }
)";

std::string TableHtml(const SummaryTable& table) {
  std::string html = "<h2>" + EscapeHtml(table.title) + "</h2>\n";
  if (!table.rows.empty()) html += "<table>\n";
  const auto row = [&](const std::vector<std::string>& cells, std::string_view tag) {
    html += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      std::string style = table.align[i] == 'r' ? "r" : "";
      if (cells[i] == "met") style = "met";
      if (cells[i] == "not met") style = "not";
      html += fmt::format("<{}{}>{}</{}>", tag,
                          style.empty() ? "" : fmt::format(" class=\"{}\"", style),
                          EscapeHtml(cells[i]), tag);
    }
    html += "</tr>\n";
  };
  if (!table.header.empty() && !table.rows.empty()) row(table.header, "th");
  for (const auto& cells : table.rows) row(cells, "td");
  if (!table.rows.empty()) html += "</table>\n";
  if (!table.note.empty()) html += "<p>" + EscapeHtml(table.note) + "</p>\n";
  return html;
}

/// Figures over the time since the first instant.
Chart::Series Over(const std::vector<PlotPoint>& points, PlotFigure figure, std::string name) {
  Chart::Series series{std::move(name), {}};
  for (const PlotPoint& p : points) {
    series.points.emplace_back((p.time - points.front().time).s(), p[figure]);
  }
  return series;
}

std::string Plots(const PlotData& plots, const EvaluationOptions& options) {
  const std::vector<PlotPoint> points = plots.points();
  const std::string x = "seconds since " + points.front().time.Text().substr(0, 19) + "Z";
  std::string html;
  const auto add = [&](std::string_view title, const Chart& chart) {
    html += fmt::format("<h2>{}</h2>\n{}\n", title, chart.Svg());
  };
  Chart gospa(x, "GOSPA, m");
  gospa.AddLine(Over(points, PlotFigure::kGospa, "GOSPA"));
  add("GOSPA over time", gospa);

  Chart parts(x, "parts of GOSPA squared, m^2");
  parts.AddArea(Over(points, PlotFigure::kLocalisation, "localisation"));
  parts.AddArea(Over(points, PlotFigure::kMissed, "missed"));
  parts.AddArea(Over(points, PlotFigure::kFalse, "false"));
  add("What GOSPA is made of", parts);

  Chart number(x, "number");
  number.AddLine(Over(points, PlotFigure::kTruths, "targets"));
  number.AddLine(Over(points, PlotFigure::kTracks, "tracks"));
  add("Cardinality", number);

  Chart position(x, "position error, m");
  position.AddLine(Over(points, PlotFigure::kPosition, "rms of assigned tracks"));
  add("Position error over time", position);

  Chart velocity(x, "velocity error, m/s");
  velocity.AddLine(Over(points, PlotFigure::kVelocity, "rms of assigned tracks"));
  add("Velocity error over time", velocity);

  const bool any_nees = std::any_of(points.begin(), points.end(), [](const PlotPoint& p) {
    return !std::isnan(p[PlotFigure::kNees]);
  });
  if (any_nees) {
    Chart nees(x, "NEES of the position, mean over the targets");
    nees.AddLine(Over(points, PlotFigure::kNees, "NEES"));
    Chart::Series low = Over(points, PlotFigure::kNeesOf, "");
    Chart::Series high = low;
    for (std::size_t i = 0; i < low.points.size(); ++i) {
      const double count = low.points[i].second;
      if (std::isnan(count)) continue;
      const MeanBounds bounds =
          ChiSquareMeanBounds(std::max<std::int64_t>(1, std::llround(count)), options.dimensions);
      low.points[i].second = bounds.low;
      high.points[i].second = bounds.high;
    }
    nees.SetBand("95 %", low.points, high.points);
    add("Consistency over time", nees);
  }
  return html;
}

std::string Map(const PlotData& plots, const EvaluationOptions& options) {
  constexpr double kSide = 900.0;
  constexpr double kMargin = 40.0;
  double west = std::numeric_limits<double>::infinity();
  double south = west;
  double east = -west;
  double north = -west;
  const auto see = [&](double e, double n, double around) {
    west = std::min(west, e - around);
    east = std::max(east, e + around);
    south = std::min(south, n - around);
    north = std::max(north, n + around);
  };
  // What the truth covers is shown; a stray false track far away must not shrink it to a point.
  const bool any_truth = !plots.truths().empty();
  for (const auto& [id, path] : plots.truths()) {
    for (const auto& at : path.at) see(at.east_m, at.north_m, 0.0);
  }
  if (!any_truth) {
    for (const auto& [id, path] : plots.tracks()) {
      for (const auto& at : path.at) see(at.east_m, at.north_m, 0.0);
    }
  }
  for (const ScoredPlace& place : options.places) see(place.p_L.x(), place.p_L.y(), place.radius_m);
  if (!(west <= east)) return {};
  const double side_m = std::max({east - west, north - south, 10.0}) * 1.1;
  const double middle_e = (west + east) / 2.0;
  const double middle_n = (south + north) / 2.0;
  const double scale = (kSide - 2.0 * kMargin) / side_m;
  const auto x = [&](double e) { return kSide / 2.0 + (e - middle_e) * scale; };
  const auto y = [&](double n) { return kSide / 2.0 - (n - middle_n) * scale; };

  std::string svg = fmt::format(
      "<h2>Map</h2>\n<svg viewBox=\"0 0 {} {}\" role=\"img\" "
      "aria-label=\"map of truth and tracks\">",
      kSide, kSide);
  for (const bool along : {false, true}) {
    const double low = (along ? middle_e : middle_n) - side_m / 2.0;
    const Ticks ticks = RoundTicks(low, low + side_m, 8);
    for (const double m : ticks.Up(low + side_m)) {
      svg += along ? fmt::format(
                         "<path class=\"grid\" d=\"M{:.1f} {}V{}\"/><text x=\"{:.1f}\" "
                         "y=\"{}\" text-anchor=\"middle\">{:.6g}</text>",
                         x(m), kMargin, kSide - kMargin, x(m), kSide - 22.0, m + 0.0)
                   : fmt::format(
                         "<path class=\"grid\" d=\"M{} {:.1f}H{}\"/><text x=\"4\" "
                         "y=\"{:.1f}\">{:.6g}</text>",
                         kMargin, y(m), kSide - kMargin, y(m) - 3.0, m + 0.0);
    }
  }
  for (const ScoredPlace& place : options.places) {
    svg += fmt::format(
        "<circle class=\"place\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>"
        "<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
        x(place.p_L.x()), y(place.p_L.y()), std::max(2.0, place.radius_m * scale),
        x(place.p_L.x()) + 6.0, y(place.p_L.y()) - 6.0, EscapeHtml(place.name));
  }
  const auto draw = [&](const PlotData::Path& path, const std::string& name,
                        std::string_view style) {
    std::string d;
    std::int64_t last = std::numeric_limits<std::int64_t>::min() / 2;
    bool alone = false;  // a place with nobody beside it is a dot: a line of no length, round ends
    for (const auto& at : path.at) {
      const bool joined = at.instant - last <= plots.stride();
      if (alone && !joined) d += "h0";
      d += fmt::format("{}{:.1f} {:.1f}", joined ? "L" : "M", x(at.east_m), y(at.north_m));
      alone = !joined;
      last = at.instant;
    }
    if (alone) d += "h0";
    svg += fmt::format("<path class=\"{}\" d=\"{}\"><title>{}</title></path>", style, d,
                       EscapeHtml(name));
  };
  for (const auto& [id, path] : plots.truths()) draw(path, "target " + id, "truth");
  for (const auto& [id, path] : plots.tracks()) draw(path, fmt::format("track {}", id), "track");
  svg += fmt::format(
      "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">metres east and north; wide "
      "grey lines are the truth, thin ones tracks</text></svg>\n",
      kSide / 2.0, kSide - 4.0);
  if (plots.left_out() > 0) {
    svg += fmt::format("<p>The map shows the first {} targets and tracks.</p>\n",
                       PlotData::kMostPaths);
  }
  return svg;
}

}  // namespace

std::string EvaluationPage(const std::string& truth, const std::string& tracks,
                           const EvaluationOptions& options, const Scores& scores,
                           const PlotData& plots) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{} scored against {}</title>\n<style>{}</style>\n</head>\n<body>\n"
      "<h1>{} scored against {}</h1>\n",
      EscapeHtml(tracks), EscapeHtml(truth), kStyle, EscapeHtml(tracks), EscapeHtml(truth));
  const std::vector<SummaryTable> tables = Summarise(scores, options, kMostTargetRows);
  for (std::size_t i = 0; i + 1 < tables.size(); ++i) html += TableHtml(tables[i]);
  if (scores.instants > 0) html += Plots(plots, options) + Map(plots, options);
  html += TableHtml(tables.back());
  return html +
         "<p>Definitions and their sources: docs/evaluate.md of picket.</p>\n</body>\n</html>\n";
}

}  // namespace picket
