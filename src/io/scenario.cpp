// SPDX-License-Identifier: Apache-2.0
#include "picket/io/scenario.h"

#include <cpl_vsi.h>

#include "gdal.h"
#include "picket/io/file.h"
#include "picket/io/geoid.h"
#include "picket/io/site.h"
#include "picket/simulate/synthetic_terrain.h"

namespace picket {
namespace {

/// Reads a file that a scenario names, through GDAL's gzip if its name ends so.
Result<std::string> ReadNamed(const std::string& referrer, const std::string& name) {
  const std::string path = ResolveBeside(referrer, name);
  if (!path.ends_with(".gz")) return ReadFile(path);
  gdal::Register();
  const gdal::Quiet quiet;
  GByte* bytes = nullptr;
  vsi_l_offset size = 0;
  if (VSIIngestFile(nullptr, ("/vsigzip/" + path).c_str(), &bytes, &size,
                    static_cast<GIntBig>(kMaxTextFileBytes)) == 0) {
    VSIFree(bytes);
    return gdal::FailIn(path, "cannot be read as a gzipped file: " + gdal::Quiet::Last());
  }
  std::string text(reinterpret_cast<const char*>(bytes), size);
  VSIFree(bytes);
  return text;
}

}  // namespace

tl::expected<ScenarioFile, Errors> ReadScenario(const std::string& path) {
  auto text = ReadFile(path);
  if (!text) return tl::unexpected<Errors>(Errors{std::move(text.error())});
  return ParseScenario(*text, path, [&](const std::string& name) { return ReadNamed(path, name); });
}

tl::expected<ScenarioWorld, Errors> LoadScenario(ScenarioFile file, const std::string& path) {
  ScenarioWorld world;
  world.scenario = std::move(file.scenario);
  if (!world.scenario.terrain) {
    auto site = LoadSite(std::move(file.site), path);
    if (!site) return tl::unexpected<Errors>(std::move(site.error()));
    world.site = std::move(*site);
    return world;
  }
  auto geoid = LoadGeoid();
  if (!geoid) return tl::unexpected<Errors>(Errors{std::move(geoid.error())});
  const Geodetic origin = file.site.origin;
  world.synthetic_amsl = MakeSyntheticTerrain(*world.scenario.terrain, file.site.region_radius_m);
  Terrain::Grid grid = *world.synthetic_amsl;
  AddGeoid(grid, origin, *geoid);
  auto terrain = std::make_shared<const Terrain>(std::move(grid), origin.height, origin.lat_deg);
  auto placed = PlaceSite(std::move(file.site), std::move(*geoid), std::move(terrain));
  if (!placed) {
    for (Error& error : placed.error()) error.source = path;
    return tl::unexpected<Errors>(std::move(placed.error()));
  }
  world.site = std::make_shared<const PlacedSite>(std::move(*placed));
  return world;
}

}  // namespace picket
