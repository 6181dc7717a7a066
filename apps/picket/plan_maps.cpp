// SPDX-License-Identifier: Apache-2.0
// What the planner writes beside its page: rasters, pictures, contours, and all of it as KML.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>

#include "picket/io/file.h"
#include "picket/io/raster.h"
#include "picket/io/terrain.h"
#include "plan_picture.h"
#include "plan_products.h"

namespace picket::app {
namespace {

using Json = nlohmann::ordered_json;
using Done = tl::expected<void, Error>;

constexpr std::array<double, 3> kProbabilityLevels = {0.1, 0.5, 0.9};
constexpr std::array<double, 6> kHeightLevelsM = {30, 50, 100, 200, 500, 1000};

RasterGrid RasterOf(const PlanGrid& grid, const Geodetic& origin) {
  return {MapWkt(origin),
          grid.west_m - 0.5 * grid.cell_m,
          grid.north_m + 0.5 * grid.cell_m,
          grid.cell_m,
          grid.columns,
          grid.rows};
}

/// Cells of the region that hold no value.
std::vector<std::uint8_t> Unknown(const PlanGrid& grid, std::span<const float> values) {
  std::vector<std::uint8_t> unknown(grid.size(), 0);
  for (std::size_t i = 0; i < grid.size(); ++i) {
    unknown[i] = grid.InRegion(i) && std::isnan(values[i]) ? 1 : 0;
  }
  return unknown;
}

/// Contours as a file: each area with its levels, the open ends left out; last the cells of the
/// region without a value, so that nobody takes what is not drawn for what is not a gap.
/// @param nothing  what it is that those cells have
Done WriteContours(const std::filesystem::path& path, const RasterGrid& raster,
                   const PlanGrid& grid, std::span<const float> values,
                   std::span<const double> levels, const std::string& unit,
                   const std::string& nothing) {
  const auto areas = Contours(raster, values, levels, ContourForm::kGeoJson);
  if (!areas) return tl::unexpected(areas.error());
  const auto rest = AreaOf(raster, Unknown(grid, values), ContourForm::kGeoJson);
  if (!rest) return tl::unexpected(rest.error());
  // Put together as text: the geometries, millions of numbers, are JSON already.
  std::string file = R"({"type":"FeatureCollection","features":[)";
  const auto add = [&](const Json& properties, const std::string& geometry) {
    file += fmt::format(R"({}{{"type":"Feature","properties":{},"geometry":{}}})",
                        file.back() == '[' ? "" : ",", properties.dump(), geometry);
  };
  for (const ContourArea& area : *areas) {
    Json properties = {{"unit", unit}};
    if (area.from >= levels.front()) properties["from"] = area.from;
    if (area.to <= levels.back()) properties["to"] = area.to;
    add(properties, area.geometry);
  }
  if (!rest->empty()) add({{"is", nothing}}, *rest);
  return WriteFile(path.string(), file + "]}\n");
}

/// Parts of a KML file (OGC KML 2.2): areas by class and height, sensors, places, new sites.
class Kml {
 public:
  void Open(const std::string& name, bool shown = true) {
    text_ += fmt::format("<Folder><name>{}</name><visibility>{}</visibility>\n", Escaped(name),
                         shown ? 1 : 0);
  }
  void Close() { text_ += "</Folder>\n"; }
  void Area(const std::string& name, const Colour& colour, const std::string& geometry,
            bool shown) {
    text_ += fmt::format(
        "<Placemark><name>{}</name><visibility>{}</visibility><styleUrl>#c{:02x}{:02x}{:02x}"
        "</styleUrl>{}</Placemark>\n",
        Escaped(name), shown ? 1 : 0, colour.r, colour.g, colour.b, geometry);
  }
  void Point(const std::string& name, double lat_deg, double lon_deg) {
    text_ += fmt::format(
        "<Placemark><name>{}</name><Point><coordinates>{:.7f},{:.7f}</coordinates></Point>"
        "</Placemark>\n",
        Escaped(name), lon_deg, lat_deg);
  }
  void Add(const Kml& part) { text_ += part.text_; }

  [[nodiscard]] std::string Document(const std::string& name) const {
    std::string document =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">"
        "<Document><name>" +
        Escaped(name) + "</name>\n";
    for (const auto& [colour, text] : LegendOfProbability()) {
      document += fmt::format(
          "<Style id=\"c{0:02x}{1:02x}{2:02x}\"><LineStyle><width>0</width></LineStyle><PolyStyle>"
          "<color>90{2:02x}{1:02x}{0:02x}</color></PolyStyle></Style>\n",
          colour.r, colour.g, colour.b);
    }
    return document + text_ + "</Document></kml>\n";
  }

 private:
  std::string text_;
};

/// Writes what belongs to one class and height.
class BandWriter {
 public:
  BandWriter(const RasterGrid& raster, const RasterGrid& of_ways, const Products& products,
             const Painter& painter)
      : raster_(raster), of_ways_(of_ways), products_(products), painter_(painter) {}

  Done Write(const ClassCoverage& of, std::size_t band, bool shown, const std::string& title,
             const std::filesystem::path& folder, Kml& kml) const {
    const Coverage& coverage = *of.coverage;
    const PlanGrid& grid = coverage.grid();
    const std::string height = fmt::format("{:.0f}m", coverage.bands_agl_m()[band]);
    const auto of_band = [&](const std::vector<float>& values) {
      const auto from = values.begin() + static_cast<std::ptrdiff_t>(band * grid.size());
      return std::vector<float>(from, from + static_cast<std::ptrdiff_t>(grid.size()));
    };
    const std::vector<float> p = of_band(coverage.ProbabilityOfLook());
    const std::vector<float> sensors = of_band(coverage.Sensors());
    const Coverage::Share share = coverage.ShareOf(band);
    const std::string basis = BasisText(share);
    const auto raster = [&](const std::string& name, const std::vector<float>& values) {
      return WriteRaster((folder / (name + "-" + height + ".tif")).string(), raster_, values,
                         RasterForm::kCloudOptimized, basis);
    };
    if (auto done = raster("pd", p); !done) return done;
    if (auto done = raster("sensors", sensors); !done) return done;
    auto done = raster("pd-without-best", of_band(coverage.ProbabilityWithoutBest()));
    if (!done) return done;
    if (share.measured > 0.0) {
      std::vector<float> measured(grid.size(), std::numeric_limits<float>::quiet_NaN());
      for (std::size_t i = 0; i < grid.size(); ++i) {
        if (std::isnan(p[i])) continue;
        measured[i] = coverage.Measured(band * grid.size() + i) ? 1.0F : 0.0F;
      }
      if (done = raster("measured", measured); !done) return done;
    }

    std::vector<std::uint8_t> kind(grid.size(), 0);
    for (std::size_t i = 0; i < grid.size(); ++i) {
      if (grid.InRegion(i)) kind[i] = std::isnan(p[i]) ? 3 : p[i] < kGapBelow ? 2 : 1;
    }
    const std::string names[] = {"", "seen", "gap", "unknown"};
    done = WritePolygons((folder / ("gaps-" + height + ".geojson")).string(), raster_, kind, names);
    if (!done) return done;
    done =
        WriteContours(folder / ("pd-" + height + ".geojson"), raster_, grid, p, kProbabilityLevels,
                      "probability of detection in one look of each sensor, " + basis, "unknown");
    if (!done) return done;
    const std::vector<float> thin = products_.OnWays(p);
    const auto rough = Contours(of_ways_, thin, kProbabilityLevels, ContourForm::kKml);
    if (!rough) return tl::unexpected(rough.error());
    const auto unknown = AreaOf(of_ways_, Unknown(products_.ways, thin), ContourForm::kKml);
    if (!unknown) return tl::unexpected(unknown.error());
    kml.Open(title, shown);
    for (const ContourArea& area : *rough) {
      const Colour colour = ColourOfProbability(static_cast<float>(0.5 * (area.from + area.to)));
      kml.Area(fmt::format("p_D {:.0f} to {:.0f} %", 100 * std::max(0.0, area.from),
                           100 * std::min(1.0, area.to)),
               colour, area.geometry, shown);
    }
    if (!unknown->empty()) kml.Area("not known", kUnknownColour, *unknown, shown);
    kml.Close();

    done =
        Picture([&](std::size_t i) { return ColourOfProbability(p[i]); }, "p_D of a look: " + title,
                LegendOfProbability(), folder / ("pd-" + height + ".png"));
    if (!done) return done;
    return Picture([&](std::size_t i) { return ColourOfCount(sensors[i]); },
                   "sensors able to see: " + title, LegendOfCount(),
                   folder / ("sensors-" + height + ".png"));
  }

  Done Picture(const Painter::ColourOfCell& colour, const std::string& title, const Legend& legend,
               const std::filesystem::path& path) const {
    const auto png = painter_.MapWithLegend(colour, title, legend);
    if (!png) return tl::unexpected(png.error());
    return WriteFile(path.string(), *png);
  }

 private:
  const RasterGrid& raster_;
  const RasterGrid& of_ways_;
  const Products& products_;
  const Painter& painter_;
};

Done MakeFolder(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return picket::Fail(folder.string() + " cannot be made: " + failed.message());
  return {};
}

}  // namespace

tl::expected<void, Error> WriteProducts(const PlacedSite& site, const Products& products,
                                        const std::vector<std::string>& warnings,
                                        const std::filesystem::path& folder,
                                        const Parallel& parallel) {
  const Coverage& first = *products.classes.front().coverage;
  const PlanGrid& grid = first.grid();
  const RasterGrid raster = RasterOf(grid, site.site.origin);
  const RasterGrid of_ways = RasterOf(products.ways, site.site.origin);
  const std::filesystem::path coverage = folder / "coverage";
  if (auto done = MakeFolder(coverage / "detected"); !done) return done;
  const Painter painter(grid);
  const BandWriter writer(raster, of_ways, products, painter);
  const bool apart = products.classes.size() > 1;
  const std::span<const double> bands = first.bands_agl_m();
  std::vector<std::filesystem::path> of_class;
  for (std::size_t c = 0; c < products.classes.size(); ++c) {
    of_class.push_back(apart ? coverage / kFlyers[c].name : coverage);
    if (auto done = MakeFolder(of_class.back()); !done) return done;
  }

  const auto lowest_heights = [&]() -> Done {
    const std::vector<float>& above_m = first.visible_above_m();
    auto done = WriteRaster((coverage / "min-visible-height.tif").string(), raster, above_m,
                            RasterForm::kCloudOptimized);
    if (!done) return done;
    done = WriteContours(coverage / "min-visible-height.geojson", raster, grid, above_m,
                         kHeightLevelsM, "metres above ground", "none in range, or unknown");
    if (!done) return done;
    return writer.Picture([&](std::size_t i) { return ColourOfHeight(above_m[i]); },
                          "lowest height in sight", LegendOfHeight(),
                          coverage / "min-visible-height.png");
  };
  std::vector<Kml> areas(products.classes.size() * bands.size());
  const auto of_band = [&](std::size_t c, std::size_t band, Kml& kml) {
    const std::string title = fmt::format(
        "{}{:.0f} m above ground", apart ? std::string(kFlyers[c].title) + ", " : "", bands[band]);
    const bool shown = c == 0 && bands[band] == 100.0;
    return writer.Write(products.classes[c], band, shown, title, of_class[c], kml);
  };
  const auto detected = [&]() -> Done {
    for (std::size_t f = 0; f < products.detected.size(); ++f) {
      for (std::size_t band = 0; band < bands.size(); ++band) {
        const std::string name = fmt::format("{}-{:.0f}m.tif", kFlyers[f].name, bands[band]);
        auto done = WriteRaster((coverage / "detected" / name).string(), of_ways,
                                std::span(products.detected[f])
                                    .subspan(band * products.ways.size(), products.ways.size()),
                                RasterForm::kCloudOptimized);
        if (!done) return done;
      }
    }
    return {};
  };
  const auto the_page = [&]() -> Done {
    const auto page = PlanPage(site, products, warnings);
    if (!page) return tl::unexpected(page.error());
    return WriteFile((folder / "index.html").string(), *page);
  };
  // Pieces that take about as long as each other, so that the bar tells how far it is.
  std::vector<Done> done_of(areas.size() + 3);
  parallel("writing maps", done_of.size(), [&](std::size_t i) {
    if (i < areas.size()) {
      done_of[i] = of_band(i / bands.size(), i % bands.size(), areas[i]);
    } else if (i == areas.size()) {
      done_of[i] = lowest_heights();
    } else if (i == areas.size() + 1) {
      done_of[i] = detected();
    } else {
      done_of[i] = the_page();
    }
  });
  for (const Done& done : done_of) {
    if (!done) return done;
  }

  Kml kml;
  for (const Kml& part : areas) kml.Add(part);
  kml.Open("Sensors");
  for (const Sensor& sensor : site.field->sensors()) {
    const Geodetic at = site.frame.ToGeodetic(sensor.p_LS_L);
    kml.Point(sensor.id, at.lat_deg, at.lon_deg);
  }
  kml.Close();
  kml.Open("Protected places");
  for (const Place& place : site.site.places) {
    kml.Point(place.name, place.at.lat_deg, place.at.lon_deg);
  }
  kml.Close();
  if (products.placed) {
    kml.Open("New sites");
    int number = 0;
    nlohmann::ordered_json layer = {{"type", "FeatureCollection"},
                                    {"features", nlohmann::ordered_json::array()}};
    for (const NewSite& at : products.placed->sites) {
      kml.Point(
          fmt::format("{} more: {}{}{}", at.like, ++number, at.name.empty() ? "" : ", ", at.name),
          at.lat_deg, at.lon_deg);
      nlohmann::ordered_json feature = {
          {"type", "Feature"},
          {"properties", {{"number", number}, {"like", at.like}, {"cost", at.cost}}},
          {"geometry",
           {{"type", "Point"},
            {"coordinates", nlohmann::ordered_json::array({at.lon_deg, at.lat_deg})}}}};
      auto& properties = feature["properties"];
      if (at.without) {
        properties["guaranteed_without_s"] = at.without->time_s;
      } else {
        properties["closes_percent"] = 100 * at.gain;
      }
      if (!at.name.empty()) properties["name"] = at.name;
      layer["features"].push_back(std::move(feature));
    }
    kml.Close();
    auto done = WriteFile((coverage / "new-sites.geojson").string(), layer.dump() + "\n");
    if (!done) return done;
  }
  return WriteFile((coverage / "coverage.kml").string(), kml.Document(site.site.name));
}

}  // namespace picket::app
