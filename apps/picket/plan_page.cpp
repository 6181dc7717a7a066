// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "picket/io/raster.h"
#include "plan_picture.h"
#include "plan_products.h"

namespace picket::app {

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string BasisText(const Coverage::Share& share) {
  if (share.measured <= 0.0) return "modelled";
  return fmt::format("measured over {:.0f} % of the region, modelled elsewhere",
                     100 * share.measured);
}

namespace {

/// A picture as the page holds it.
Result<std::string> Inline(Result<std::string> png) {
  if (!png) return png;
  return PngUrl(*png);
}

constexpr double kMapWidth = 400.0;  // of a map, in the units of its marks

/// Sensors and places over a picture.
std::string Marks(const PlacedSite& site, const Products& products) {
  const PlanGrid& grid = products.ways;
  const Terrain& terrain = site.field->terrain();
  const double unit_m = grid.cell_m * grid.columns / kMapWidth;
  const auto x = [&](const Terrain::MapPoint& at) {
    return (at.east_m - grid.west_m + 0.5 * grid.cell_m) / unit_m;
  };
  const auto y = [&](const Terrain::MapPoint& at) {
    return (grid.north_m - at.north_m + 0.5 * grid.cell_m) / unit_m;
  };
  std::string svg;
  const bool few = site.field->sensors().size() <= 12;
  for (const Sensor& sensor : site.field->sensors()) {
    const Terrain::MapPoint at = terrain.MapOf(sensor.p_LS_L);
    svg += fmt::format(
        "<circle class=\"s\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.2\"><title>{}</title></circle>",
        x(at), y(at), Escaped(sensor.id));
    if (few) {
      svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", x(at) + 5, y(at) + 3.5,
                         Escaped(sensor.id));
    }
  }
  for (const Place& place : site.site.places) {
    const Terrain::MapPoint at = terrain.MapOf(site.frame.ToLocal(place.at));
    svg += fmt::format(
        "<circle class=\"p\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"><title>{}</title></circle>"
        "<text class=\"p\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
        x(at), y(at), std::max(4.0, place.radius_m / unit_m), Escaped(place.name), x(at) + 6,
        y(at) - 5, Escaped(place.name));
  }
  int number = 0;
  for (const NewSite& at : products.placed ? products.placed->sites : std::vector<NewSite>()) {
    svg += fmt::format(
        "<g class=\"n\"><circle cx=\"{0:.1f}\" cy=\"{1:.1f}\" r=\"6\"/><text x=\"{0:.1f}\" "
        "y=\"{2:.1f}\">{3}</text></g>",
        x(at.at), y(at.at), y(at.at) + 3, ++number);
  }
  return svg;
}

std::string Map(const PlanGrid& grid, const std::string& picture, const std::string& marks,
                const std::string& caption) {
  return fmt::format(
      "<figure><svg viewBox=\"0 0 {0:.1f} {1:.1f}\" role=\"img\"><image width=\"{0:.1f}\" "
      "height=\"{1:.1f}\" "
      "href=\"{2}\"/>{3}</svg><figcaption>{4}</figcaption></figure>\n",
      kMapWidth, kMapWidth * grid.rows / grid.columns, picture, marks, caption);
}

std::string TimeText(double s) {
  if (s < 90.0) return fmt::format("{:.0f} s", std::floor(s));
  return fmt::format("{:.0f} min {:.0f} s", std::floor(s / 60.0), std::floor(std::fmod(s, 60.0)));
}

/// The time, or where there is none how surely targets are detected, if at all.
std::string GuaranteeText(const Guarantee& of, const char* none) {
  if (of.time_s > 0.0) return TimeText(of.time_s);
  if (of.detected < 0.005) return none;
  return fmt::format("{}; {:.0f} % detected before they are there", none,
                     std::floor(100 * of.detected));
}

/// A rose: each sector as long as its time; the weakest one marked.
std::string Rose(const WarningTime& warning) {
  double longest = 1.0;
  for (const auto& sector : warning.sectors) {
    if (std::isfinite(sector.time_s)) longest = std::max(longest, sector.time_s);
  }
  if (longest <= 1.0) return "";  // there is no time from anywhere
  std::string svg = "<svg class=\"rose\" viewBox=\"-120 -120 240 240\" role=\"img\">";
  for (const double share : {0.5, 1.0}) {
    svg += fmt::format("<circle class=\"ring\" r=\"{:.0f}\"/>", 90 * share);
  }
  for (std::size_t i = 0; i < kSectors; ++i) {
    if (!std::isfinite(warning.sectors[i].time_s)) continue;
    const double r = std::max(1.5, 90.0 * warning.sectors[i].time_s / longest);
    const double width = 2.0 * std::numbers::pi / kSectors;
    const double from = (static_cast<double>(i) - 0.46) * width;
    const double to = (static_cast<double>(i) + 0.46) * width;
    svg += fmt::format(
        "<path class=\"{}\" d=\"M0 0L{:.1f} {:.1f}A{:.1f} {:.1f} 0 0 1 {:.1f} {:.1f}Z\"><title>{}: "
        "{} at "
        "{:.0f} m</title></path>",
        i == warning.weakest ? "weak" : "sector", r * std::sin(from), -r * std::cos(from), r, r,
        r * std::sin(to), -r * std::cos(to), SectorName(i), TimeText(warning.sectors[i].time_s),
        warning.sectors[i].band_agl_m);
  }
  for (const double share : {0.5, 1.0}) {
    svg += fmt::format("<text class=\"ring\" x=\"2\" y=\"{:.0f}\">{}</text>", -90 * share - 2,
                       TimeText(longest * share));
  }
  for (std::size_t i = 0; i < kSectors; i += 4) {
    const double a = 2.0 * std::numbers::pi * static_cast<double>(i) / kSectors;
    svg += fmt::format("<text class=\"wind\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>",
                       110 * std::sin(a), -110 * std::cos(a) + 4, SectorName(i));
  }
  return svg + "</svg>";
}

std::string SitesTable(const Placed& placed, const char* last,
                       const std::function<std::string(const NewSite&)>& tell) {
  std::string html = fmt::format(
      "<table><thead><tr><th>site</th><th>like</th><th>cost</th><th>latitude</th>"
      "<th>longitude</th><th>{}</th></tr></thead><tbody>",
      last);
  int number = 0;
  for (const NewSite& at : placed.sites) {
    html += fmt::format(
        "<tr><th>{}{}</th><td>{}</td><td>{:g}</td><td>{:.5f}</td><td>{:.5f}</td><td>{}</td></tr>",
        ++number, at.name.empty() ? "" : " " + Escaped(at.name), Escaped(at.like), at.cost,
        at.lat_deg, at.lon_deg, tell(at));
  }
  return html + "</tbody></table>\n";
}

/// Where more sensors go, and what for.
std::string Placement(const PlacedSite& site, const Placed& placed) {
  const std::size_t count = placed.sites.size();
  const char* plural = count == 1 ? "" : "s";
  const std::string cost =
      fmt::format("at a cost of <b>{:g}</b>{}", placed.cost,
                  placed.budget ? fmt::format(" of {:g}", *placed.budget) : "");
  if (!placed.warning) {
    return fmt::format(
               "<h2>Where {} more sensor{} close{} most</h2>\n<p>{} gaps over <b>{:.1f} %</b> of "
               "the region (50 to 200 m{}), {}; no other choice of these candidates closes more "
               "than {:.1f} %. Yellow on the maps.</p>\n",
               count, plural, count == 1 ? "s" : "",
               count == 1 ? "It closes" : "Together they close", 100 * placed.gain,
               placed.near_m ? fmt::format("; cells weigh less the farther they are from a "
                                           "protected place, a 2.7th every {:g} m",
                                           *placed.near_m)
                             : "",
               cost, 100 * placed.bound) +
           SitesTable(placed, "adds",
                      [](const NewSite& at) { return fmt::format("{:.1f} %", 100 * at.gain); });
  }
  const PlacedWarning& warning = *placed.warning;
  std::string html = fmt::format(
      "<h2>Where {} more sensor{} give{} the longest warning</h2>\n<p>With {}, {}, every place is "
      "guaranteed: <b>{}</b> (without: {}). No other choice of these candidates guarantees more "
      "than: {}. Yellow on the maps.</p>\n",
      count, plural, count == 1 ? "s" : "", count == 1 ? "it" : "them", cost,
      GuaranteeText(warning.after, "none"), GuaranteeText(warning.before, "none"),
      GuaranteeText(warning.bound, "none"));
  html += SitesTable(placed, "if this one is lost",
                     [](const NewSite& at) { return GuaranteeText(*at.without, "none"); });
  html +=
      "<h4>Place by place</h4>\n<table><thead><tr><th>place</th><th>class</th><th>guaranteed with "
      "them</th>"
      "<th>weakest from</th><th>at</th></tr></thead><tbody>";
  for (std::size_t i = 0; i < site.site.places.size(); ++i) {
    for (std::size_t f = 0; f < std::size(kFlyers); ++f) {
      const WarningTime& time = warning.of_place[f][i];
      const WarningTime::Least& least = time.sectors[time.weakest];
      html += fmt::format("<tr><th>{}</th><td>{}</td><td>{}</td><td>{}</td><td>{:.0f} m</td></tr>",
                          Escaped(site.site.places[i].name), kFlyers[f].title,
                          GuaranteeText({least.time_s, time.detected}, "none"),
                          SectorName(time.weakest), least.band_agl_m);
    }
  }
  return html + "</tbody></table>\n";
}

std::string WarningCards(const PlacedSite& site, const Products& products) {
  std::string html;
  for (std::size_t i = 0; i < site.site.places.size(); ++i) {
    html += "<article><h3>" + Escaped(site.site.places[i].name) + "</h3>";
    if (!OutsideText(site, site.site.places[i]).empty()) {
      html +=
          "<p class=\"big\">none guaranteed</p><p>It lies outside of the region.</p></article>\n";
      continue;
    }
    html += "<div class=\"pair\">";
    for (std::size_t f = 0; f < std::size(kFlyers); ++f) {
      const PlaceWarning& warning = products.warnings[f][i];
      const WarningTime::Least& least = warning.all.sectors[warning.all.weakest];
      html += fmt::format(
          "<div><h4>{} at {:.0f} m/s</h4><p class=\"big\">{}</p>"
          "<p>weakest from <b>{}</b> at <b>{:.0f} m</b>, {:.1f} km out</p>{}",
          kFlyers[f].title, kFlyers[f].flyer.speed_mps,
          GuaranteeText({least.time_s, warning.all.detected}, "none guaranteed"),
          SectorName(warning.all.weakest), least.band_agl_m, least.range_m / 1000,
          Rose(warning.all));
      std::vector<std::pair<double, std::size_t>> losses;
      for (std::size_t s = 0; s < warning.without.size(); ++s) {
        const WarningTime& without = warning.without[s];
        const double time_s = without.sectors[without.weakest].time_s;
        if (time_s < least.time_s - 0.5) losses.emplace_back(time_s, s);
      }
      std::sort(losses.begin(), losses.end());
      if (!warning.without.empty() && losses.empty()) {
        html += "<p class=\"quiet\">No single sensor's loss shortens it.</p>";
      }
      if (!losses.empty()) html += "<p class=\"quiet\">If lost, leaves: ";
      for (std::size_t k = 0; k < std::min<std::size_t>(losses.size(), 5); ++k) {
        html += fmt::format("{}{} <b>{}</b>", k > 0 ? ", " : "",
                            Escaped(site.field->sensors()[losses[k].second].id),
                            TimeText(losses[k].first));
      }
      if (!losses.empty()) html += "</p>";
      html += "</div>";
    }
    html += "</div></article>\n";
  }
  return html;
}

std::string LossTable(const PlacedSite& site, const ClassCoverage& products) {
  const auto bands = products.coverage->bands_agl_m();
  std::string html = "<table><thead><tr><th>if lost</th>";
  for (const double band : bands) html += fmt::format("<th>{:.0f} m</th>", band);
  html += "</tr></thead><tbody>";
  std::vector<std::size_t> order;
  for (std::size_t s = 0; s < site.field->sensors().size(); ++s) order.push_back(s);
  const auto sum = [&](std::size_t s) {
    double all = 0.0;
    for (const auto& of_band : products.alone) all += of_band[s];
    return all;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sum(a) > sum(b); });
  if (order.size() > 20) order.resize(20);
  for (const std::size_t s : order) {
    html += "<tr><th>" + Escaped(site.field->sensors()[s].id) + "</th>";
    for (const auto& of_band : products.alone) {
      html += fmt::format("<td style=\"--p:{:.1f}%\">{:.1f} %</td>", 100 * of_band[s],
                          100 * of_band[s]);
    }
    html += "</tr>";
  }
  return html + "</tbody></table>\n";
}

constexpr const char* kStyle = R"(
:root{--ink:#1d2730;--quiet:#5b6872;--paper:#f6f4ef;--card:#fff;--line:#dcd8ce}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--paper)}main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:30px;margin:0}h2{font-size:20px;margin:36px 0 10px}h3{margin:0 0 6px}
h4{margin:0;font-weight:600;color:var(--quiet)}p{margin:4px 0}.lead{font-size:19px;max-width:60em}
.quiet,figcaption{color:var(--quiet);font-size:14px}.big{font-size:30px;font-weight:700}
.maps{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:16px}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px}
figure svg{display:block;width:100%;border-radius:4px}figcaption{padding:6px 4px 0}
figcaption b{color:var(--ink);font-size:17px}
svg text{font:10px system-ui,sans-serif;fill:#111;paint-order:stroke;stroke:#fff;stroke-width:2.5px}
.s{fill:#fff;stroke:#111;stroke-width:1.6}circle.p{fill:none;stroke:#111;stroke-width:1.8;
stroke-dasharray:3 2}text.p{font-weight:700}.n circle{fill:#ffe14d;stroke:#111}
.n text{text-anchor:middle;stroke:none;font-weight:700}
article{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 16px;
margin:12px 0}.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:18px}
.rose{width:100%;max-width:300px;display:block}.rose text{stroke-width:2px}
.ring{fill:none;stroke:var(--line)}text.ring{fill:#333;stroke:#fff;font-size:8px}
.wind{text-anchor:middle;font-weight:600}.sector{fill:#18628c}.weak{fill:#b23c17}
.legend{display:flex;flex-wrap:wrap;gap:6px 18px;margin:8px 0;font-size:14px}
.legend i{display:inline-block;width:14px;height:14px;border-radius:3px;margin-right:6px;
vertical-align:-2px}table{border-collapse:collapse;background:var(--card);font-size:14px}
th,td{padding:5px 12px;border:1px solid var(--line);text-align:right}th:first-child{text-align:left}
td{background:linear-gradient(90deg,#eca84a88 var(--p),transparent 0)}
.warn{border-left:4px solid #b23c17;padding:4px 12px;background:var(--card)}
)";

}  // namespace

Result<std::string> PlanPage(const PlacedSite& site, const Products& products,
                             const std::vector<std::string>& warnings) {
  const Coverage& first = *products.classes.front().coverage;
  const PlanGrid& grid = products.ways;
  const auto bands = first.bands_agl_m();
  const Painter painter(grid);
  const bool apart = products.classes.size() > 1;
  // "Multirotor, " before what differs from class to class.
  const auto of_class = [&](std::size_t c) {
    return apart ? std::string(kFlyers[c].title) + ", " : std::string();
  };
  const std::string marks = Marks(site, products);

  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>{0}: coverage</title>"
      "<style>{1}</style></head><body><main>\n<h1>{0}</h1>\n"
      "<p class=\"quiet\">What its {2} sensors can see within {3:.0f} km, and what they cannot. "
      "Heights are above ground; north is up.</p>\n",
      Escaped(site.site.name), kStyle, site.field->sensors().size(),
      site.site.region_radius_m / 1000);
  std::size_t lead = 0;
  for (std::size_t band = 0; band < bands.size(); ++band) {
    if (bands[band] <= 100.0) lead = band;
  }
  for (std::size_t c = 0; c < products.classes.size(); ++c) {
    const Coverage::Share share = products.classes[c].coverage->ShareOf(lead);
    html += fmt::format(
        "<p class=\"lead\">A {} {:.0f} m above the ground is <b>seen over {:.0f} %</b> of the "
        "region and <b>missed over {:.0f} %</b>; {:.0f} % is not known. These probabilities are "
        "<b>{}</b>.</p>\n",
        !apart                                                ? "drone"
        : kFlyers[c].target_class == TargetClass::kMultirotor ? "multirotor"
                                                              : "fixed-wing drone",
        bands[lead], 100 * share.seen, 100 * share.gap, 100 * share.unknown, BasisText(share));
  }
  for (const std::string& warning : warnings) {
    html += "<p class=\"warn\">" + Escaped(warning) + "</p>\n";
  }

  html += "<h2>Where it is seen, by height</h2>\n<div class=\"legend\">";
  for (const auto& [c, text] : LegendOfProbability()) {
    html += fmt::format("<span><i style=\"background:rgb({},{},{})\"></i>{}</span>", c.r, c.g, c.b,
                        text);
  }
  html +=
      "<span>white dot: sensor; dashed circle: protected place</span></div>\n<div "
      "class=\"maps\">\n";
  for (std::size_t c = 0; c < products.classes.size(); ++c) {
    const Coverage& coverage = *products.classes[c].coverage;
    const std::vector<float> p = products.OnWays(coverage.ProbabilityOfLook());
    for (std::size_t band = 0; band < bands.size(); ++band) {
      auto picture = Inline(painter.Map(
          [&](std::size_t i) { return ColourOfProbability(p[band * grid.size() + i]); }));
      if (!picture) return picture;
      const Coverage::Share of = coverage.ShareOf(band);
      html +=
          Map(grid, *picture, marks,
              fmt::format("<b>{}{:.0f} m</b> &nbsp; seen {:.0f} %, gaps {:.0f} %, not known {:.0f} "
                          "%; p_D {}",
                          of_class(c), bands[band], 100 * of.seen, 100 * of.gap, 100 * of.unknown,
                          BasisText(of)));
    }
  }
  html += "</div>\n";

  if (!site.site.places.empty()) {
    html += fmt::format(
                "<h2>Guaranteed warning time</h2>\n<p class=\"quiet\">From the moment by which 95 "
                "% of all such targets are detected, whichever way they come at {:.0f} m above "
                "the ground or higher, until they can be there. The longer the petal, the more "
                "time from that side.</p>\n",
                bands.front()) +
            WarningCards(site, products);
  }

  html += fmt::format("<h2>How many see it, at {:.0f} m</h2>\n<div class=\"maps\">\n", bands[lead]);
  for (std::size_t c = 0; c < products.classes.size(); ++c) {
    const std::vector<float> sensors = products.OnWays(products.classes[c].coverage->Sensors());
    auto counts = Inline(
        painter.Map([&](std::size_t i) { return ColourOfCount(sensors[lead * grid.size() + i]); }));
    if (!counts) return counts;
    html += Map(grid, *counts, marks,
                of_class(c) +
                    "sensors able to see: <b style=\"color:#b23c17\">none</b>, "
                    "<b style=\"color:#b87410\">one</b>, <b style=\"color:#4f8ea0\">two</b>, "
                    "<b style=\"color:#18628c\">three or more</b>");
  }
  const std::vector<float> above_m = products.OnWays(first.visible_above_m());
  auto heights = Inline(painter.Map([&](std::size_t i) { return ColourOfHeight(above_m[i]); }));
  if (!heights) return heights;
  html += Map(grid, *heights, marks,
              "Lowest height in sight of any sensor in range: <b style=\"color:#18628c\">30 m</b>, "
              "<b style=\"color:#4f8ea0\">100 m</b>, <b style=\"color:#b87410\">300 m</b>, "
              "<b style=\"color:#b23c17\">higher</b>; grey: none, or not known");
  html +=
      "</div>\n<h2>What is seen by one sensor alone</h2>\n<p class=\"quiet\">Share of the region "
      "that nobody is able to see any more if it is lost.</p>\n";
  for (std::size_t c = 0; c < products.classes.size(); ++c) {
    if (apart) html += fmt::format("<h4>{}</h4>\n", kFlyers[c].title);
    html += LossTable(site, products.classes[c]);
  }

  if (products.placed && !products.placed->sites.empty()) html += Placement(site, *products.placed);
  html += fmt::format(
      "<p class=\"quiet\">Sensors that only tell of aircraft which report themselves are not "
      "counted. A cell of these maps is {:.0f} m wide, of the rasters and pictures in the folder "
      "coverage beside this page {:.0f} m.</p>\n</main></body></html>\n",
      grid.cell_m, first.grid().cell_m);
  return html;
}

}  // namespace picket::app
