// SPDX-License-Identifier: Apache-2.0
#include "picket/io/site.h"

#include <algorithm>

#include "picket/io/file.h"
#include "picket/io/geoid.h"
#include "picket/io/terrain.h"

namespace picket {
namespace {

Errors One(Error error) { return Errors{std::move(error)}; }

}  // namespace

tl::expected<Site, Errors> ReadSite(const std::string& path) {
  auto text = ReadFile(path);
  if (!text) return tl::unexpected<Errors>(One(std::move(text.error())));
  return ParseSite(*text, path, FilesBeside(path));
}

tl::expected<std::shared_ptr<const PlacedSite>, Errors> LoadSite(Site site,
                                                                 const std::string& path) {
  auto geoid = LoadGeoid();
  if (!geoid) return tl::unexpected<Errors>(One(std::move(geoid.error())));
  std::vector<std::string> files;
  for (const std::string& name : site.terrain_files) files.push_back(ResolveBeside(path, name));
  TerrainOptions options;
  options.heights_above_ellipsoid = site.terrain_above_ellipsoid;
  options.nodata_is_sea = site.terrain_nodata_is_sea;
  for (const std::string& name : site.surface_files) {
    options.surface.push_back(ResolveBeside(path, name));
  }
  auto terrain = LoadTerrain(files, site.origin, site.region_radius_m, *geoid, options);
  if (!terrain) {
    Error error = std::move(terrain.error());
    const bool of_surface = std::find(options.surface.begin(), options.surface.end(),
                                      error.source) != options.surface.end();
    error.what = error.source + ": " + error.what;
    error.field = of_surface ? "site.surface" : "site.terrain";
    error.source = path;
    return tl::unexpected<Errors>(One(std::move(error)));
  }
  auto placed = PlaceSite(std::move(site), std::move(*geoid),
                          std::make_shared<const Terrain>(std::move(*terrain)));
  if (!placed) {
    for (Error& error : placed.error()) error.source = path;
    return tl::unexpected<Errors>(std::move(placed.error()));
  }
  return std::make_shared<const PlacedSite>(std::move(*placed));
}

void AddReceiver(Site& site, const std::string& id) {
  // What reports of positions are given that state no error themselves, one sigma: a GNSS fix in
  // the horizontal, pressure height in the vertical.
  constexpr double kPlaceSdM = 30.0;
  constexpr double kHeightSdM = 100.0;
  constexpr double kVelocitySdMps = 3.0;
  SensorEntry entry;
  entry.sensor.id = id;
  entry.sensor.kind = SensorKind::kPosition;
  entry.sensor.look = LookKind::kSelfReport;
  if (id == CaptureOptions().sapient_receiver) {
    // Sensors of others, which measure. Nobody said where they see, so what they do not report
    // counts for next to nothing, and it takes more than one detection to believe in a target.
    entry.sensor.look = LookKind::kScan;
    entry.sensor.detect.probability = 0.2;
    entry.sensor.clutter_per_look = 2.0;
    entry.sensor.field.max_range_m = site.region_radius_m;
  }
  const auto measure = [&](Component c, double sd) {
    entry.sensor.measures.Add(c);
    entry.sensor.sd[static_cast<std::size_t>(c)] = sd;
  };
  measure(Component::kEast, kPlaceSdM);
  measure(Component::kNorth, kPlaceSdM);
  measure(Component::kUp, kHeightSdM);
  measure(Component::kVelEast, kVelocitySdMps);
  measure(Component::kVelNorth, kVelocitySdMps);
  measure(Component::kVelUp, kVelocitySdMps);
  entry.placement.local = true;
  site.sensors.push_back(std::move(entry));
}

void AddAntennaHeights(const PlacedSite& site, CaptureOptions& options) {
  for (AsterixSensor& radar : options.asterix) {
    for (const Sensor& sensor : site.field->sensors()) {
      if (sensor.id != radar.id) continue;
      radar.antenna = site.geoid.ToAmsl(site.frame.ToGeodetic(sensor.p_LS_L));
    }
  }
}

tl::expected<void, Errors> AddAntennaHeights(const Site& site, const std::string& path,
                                             CaptureOptions& options) {
  if (options.asterix.empty()) return {};
  const auto placed = LoadSite(site, path);
  if (!placed) return tl::unexpected<Errors>(placed.error());
  AddAntennaHeights(**placed, options);
  return {};
}

}  // namespace picket
