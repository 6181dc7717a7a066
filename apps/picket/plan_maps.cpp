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

/// Contours as a file: each area with its levels, the open ends left out.
Done WriteContours(const std::filesystem::path& path, const std::vector<ContourArea>& areas,
                   std::span<const double> levels, const std::string& unit) {
  // Put together as text: the geometries, millions of numbers, are JSON already.
  std::string file = R"({"type":"FeatureCollection","features":[)";
  for (const ContourArea& area : areas) {
    Json properties = {{"unit", unit}};
    if (area.from >= levels.front()) properties["from"] = area.from;
    if (area.to <= levels.back()) properties["to"] = area.to;
    file += fmt::format(R"({}{{"type":"Feature","properties":{},"geometry":{}}})",
                        file.back() == '[' ? "" : ",", properties.dump(), area.geometry);
  }
  return WriteFile(path.string(), file + "]}\n");
}

/// The parts of a KML file (OGC KML 2.2): areas by class and height, sensors, places, new sites.
class Kml {
 public:
  explicit Kml(const std::string& name) {
    text_ =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">"
        "<Document><name>" +
        Escaped(name) + "</name>\n";
    for (const auto& [colour, text] : LegendOfProbability()) {
      text_ += fmt::format(
          "<Style id=\"c{0:02x}{1:02x}{2:02x}\"><LineStyle><width>0</width></LineStyle><PolyStyle>"
          "<color>90{2:02x}{1:02x}{0:02x}</color></PolyStyle></Style>\n",
          colour.r, colour.g, colour.b);
    }
  }

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
  [[nodiscard]] std::string Finish() const { return text_ + "</Document></kml>\n"; }

 private:
  std::string text_;
};

/// Writes what belongs to one class and height.
class BandWriter {
 public:
  BandWriter(const RasterGrid& raster, const RasterGrid& of_ways, const Products& products,
             const Painter& painter, Kml& kml)
      : raster_(raster), of_ways_(of_ways), products_(products), painter_(painter), kml_(kml) {}

  Done Write(const ClassCoverage& of, std::size_t band, bool shown, const std::string& title,
             const std::filesystem::path& folder) {
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
    const auto areas = Contours(raster_, p, kProbabilityLevels, ContourForm::kGeoJson);
    if (!areas) return tl::unexpected(areas.error());
    done = WriteContours(folder / ("pd-" + height + ".geojson"), *areas, kProbabilityLevels,
                         "probability of detection in one look of each sensor, " + basis);
    if (!done) return done;
    const auto rough =
        Contours(of_ways_, products_.OnWays(p), kProbabilityLevels, ContourForm::kKml);
    if (!rough) return tl::unexpected(rough.error());
    kml_.Open(title, shown);
    for (const ContourArea& area : *rough) {
      const Colour colour = ColourOfProbability(static_cast<float>(0.5 * (area.from + area.to)));
      kml_.Area(fmt::format("p_D {:.0f} to {:.0f} %", 100 * std::max(0.0, area.from),
                            100 * std::min(1.0, area.to)),
                colour, area.geometry, shown);
    }
    kml_.Close();

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
  Kml& kml_;
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
                                        const std::filesystem::path& folder) {
  const Coverage& first = *products.classes.front().coverage;
  const PlanGrid& grid = first.grid();
  const RasterGrid raster = RasterOf(grid, site.site.origin);
  const RasterGrid of_ways = RasterOf(products.ways, site.site.origin);
  const std::filesystem::path coverage = folder / "coverage";
  if (auto done = MakeFolder(coverage / "detected"); !done) return done;
  const Painter painter(grid);
  Kml kml(site.site.name);
  BandWriter writer(raster, of_ways, products, painter, kml);

  const std::vector<float>& above_m = first.visible_above_m();
  auto done = WriteRaster((coverage / "min-visible-height.tif").string(), raster, above_m,
                          RasterForm::kCloudOptimized);
  if (!done) return done;
  const auto areas = Contours(raster, above_m, kHeightLevelsM, ContourForm::kGeoJson);
  if (!areas) return tl::unexpected(areas.error());
  done = WriteContours(coverage / "min-visible-height.geojson", *areas, kHeightLevelsM,
                       "metres above ground");
  if (!done) return done;
  done = writer.Picture([&](std::size_t i) { return ColourOfHeight(above_m[i]); },
                        "lowest height in sight", LegendOfHeight(),
                        coverage / "min-visible-height.png");
  if (!done) return done;

  const bool apart = products.classes.size() > 1;
  const std::size_t bands = first.bands_agl_m().size();
  for (std::size_t c = 0; c < products.classes.size(); ++c) {
    const std::filesystem::path of_class = apart ? coverage / kFlyers[c].name : coverage;
    if (done = MakeFolder(of_class); !done) return done;
    for (std::size_t band = 0; band < bands; ++band) {
      const std::string title =
          fmt::format("{}{:.0f} m above ground", apart ? std::string(kFlyers[c].title) + ", " : "",
                      first.bands_agl_m()[band]);
      const bool shown = c == 0 && first.bands_agl_m()[band] == 100.0;
      done = writer.Write(products.classes[c], band, shown, title, of_class);
      if (!done) return done;
    }
  }
  for (std::size_t f = 0; f < products.detected.size(); ++f) {
    for (std::size_t band = 0; band < bands; ++band) {
      const std::string name =
          fmt::format("{}-{:.0f}m.tif", kFlyers[f].name, first.bands_agl_m()[band]);
      done = WriteRaster((coverage / "detected" / name).string(), of_ways,
                         std::span(products.detected[f])
                             .subspan(band * products.ways.size(), products.ways.size()),
                         RasterForm::kCloudOptimized);
      if (!done) return done;
    }
  }

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
    done = WriteFile((coverage / "new-sites.geojson").string(), layer.dump() + "\n");
    if (!done) return done;
  }
  if (done = WriteFile((coverage / "coverage.kml").string(), kml.Finish()); !done) return done;

  const auto page = PlanPage(site, products, warnings);
  if (!page) return tl::unexpected(page.error());
  return WriteFile((folder / "index.html").string(), *page);
}

}  // namespace picket::app
