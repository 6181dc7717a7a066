// SPDX-License-Identifier: Apache-2.0
#include "picket/io/recorded_site.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "picket/io/file.h"
#include "picket/io/geoid.h"
#include "picket/io/site.h"

namespace picket {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kTerrainMagic = "picket terrain 1\n";
/// The same with the heights of a surface behind those of the ground.
constexpr std::string_view kSurfaceMagic = "picket terrain 2\n";
static_assert(kTerrainMagic.size() == kSurfaceMagic.size());

Errors One(Error error) { return Errors{std::move(error)}; }

/// The grid's numbers as they lie in memory (little-endian IEEE 754): bit for bit what was used.
std::string WriteTerrain(const Terrain& terrain) {
  const Terrain::GridView& grid = terrain.grid();
  std::string text(terrain.HasSurface() ? kSurfaceMagic : kTerrainMagic);
  const auto put = [&](const void* from, std::size_t bytes) {
    text.append(static_cast<const char*>(from), bytes);
  };
  const std::array<std::int32_t, 2> size{grid.columns, grid.rows};
  const std::array<double, 3> where{grid.cell_m, grid.west_m, grid.north_m};
  put(size.data(), sizeof size);
  put(where.data(), sizeof where);
  put(grid.hae_m.data(), grid.hae_m.size() * sizeof(float));
  if (terrain.HasSurface()) put(terrain.mask_hae_m().data(), grid.hae_m.size() * sizeof(float));
  return text;
}

Result<Terrain> ReadTerrain(std::string_view text, const Geodetic& origin) {
  std::array<std::int32_t, 2> size{};
  std::array<double, 3> where{};
  const std::size_t head = kTerrainMagic.size() + sizeof size + sizeof where;
  const std::string_view magic = text.substr(0, kTerrainMagic.size());
  if (text.size() < head || (magic != kTerrainMagic && magic != kSurfaceMagic)) {
    return Fail("the recorded ground is not of a form that this version knows");
  }
  const std::size_t layers = magic == kSurfaceMagic ? 2 : 1;
  text.remove_prefix(kTerrainMagic.size());
  std::memcpy(size.data(), text.data(), sizeof size);
  std::memcpy(where.data(), text.data() + sizeof size, sizeof where);
  text.remove_prefix(sizeof size + sizeof where);
  const bool sound = size[0] > 1 && size[1] > 1 && size[0] <= 65536 && size[1] <= 65536 &&
                     where[0] > 0.0 &&
                     text.size() == layers * sizeof(float) * static_cast<std::size_t>(size[0]) *
                                        static_cast<std::size_t>(size[1]);
  if (!sound) return Fail("the recorded ground's size does not fit its heights");
  Terrain::Grid grid;
  grid.columns = size[0];
  grid.rows = size[1];
  grid.cell_m = where[0];
  grid.west_m = where[1];
  grid.north_m = where[2];
  const std::size_t bytes = text.size() / layers;
  grid.hae_m.resize(bytes / sizeof(float));
  std::memcpy(grid.hae_m.data(), text.data(), bytes);
  std::vector<float> surface(layers == 2 ? grid.hae_m.size() : 0);
  if (layers == 2) std::memcpy(surface.data(), text.data() + bytes, bytes);
  return Terrain(std::move(grid), origin.height, origin.lat_deg, std::move(surface));
}

Result<RunInfo> ReadRun(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  const auto unsound = [] { return Fail("the entry that tells how the run began is not sound"); };
  if (!json.is_object()) return unsound();
  RunInfo run;
  try {
    run.version = json.at("version").get<std::string>();
    run.mode = json.at("mode").get<std::string>();
    run.every_s = json.at("every_s").get<double>();
    run.terrain = json.at("terrain").get<bool>();
    run.receivers = json.at("receivers").get<std::vector<std::string>>();
    run.files = json.at("files").get<SiteFiles>();
  } catch (const Json::exception&) {
    return unsound();
  }
  if (!(run.every_s > 0.0) || run.every_s > 86400.0) return unsound();
  return run;
}

static_assert(std::endian::native == std::endian::little, "recorded numbers are little-endian");

/// Where the sensors stand on their ground: what the recording's layer "sensors" is made of.
Json SensorsForMaps(const PlacedSite& site, const RunInfo& run) {
  Json all = Json::array();
  for (const Sensor& sensor : site.field->sensors()) {
    // Where a receiver that nobody named stands is not known.
    if (std::find(run.receivers.begin(), run.receivers.end(), sensor.id) != run.receivers.end()) {
      continue;
    }
    const Geodetic at = site.frame.ToGeodetic(sensor.p_LS_L);
    Json one = {{"id", sensor.id},          {"kind", SensorKindName(sensor.kind)},
                {"lat_deg", at.lat_deg},    {"lon_deg", at.lon_deg},
                {"alt_hae_m", at.height.m}, {"period_s", sensor.period.s()}};
    if (sensor.field.max_range_m > 0.0) one["max_range_m"] = sensor.field.max_range_m;
    all.push_back(std::move(one));
  }
  return all;
}

Json PlacesForMaps(const PlacedSite& site) {
  Json all = Json::array();
  for (const Place& place : site.site.places) {
    all.push_back({{"name", place.name},
                   {"lat_deg", place.at.lat_deg},
                   {"lon_deg", place.at.lon_deg},
                   {"radius_m", place.radius_m}});
  }
  return all;
}

/// The payload of one entry.
Result<std::string> Payload(const Recording& recording, std::int64_t sequence) {
  std::string payload;
  EntryFilter filter;
  filter.from = filter.to = sequence;
  const auto read = recording.ForEach(filter, [&](const EntryView& entry) {
    payload = entry.payload;
    return false;
  });
  if (!read) return tl::unexpected<Error>(read.error());
  return payload;
}

}  // namespace

tl::expected<SiteOnDisk, Errors> ReadSiteWithFiles(const std::string& path) {
  auto text = ReadFile(path);
  if (!text) return tl::unexpected<Errors>(One(std::move(text.error())));
  SiteOnDisk result;
  const FileReader read = FilesBeside(path);
  auto site = ParseSite(*text, path, [&](const std::string& name) {
    auto file = read(name);
    if (file) result.files[name] = *file;
    return file;
  });
  if (!site) return tl::unexpected<Errors>(std::move(site.error()));
  result.site = std::move(*site);
  return result;
}

tl::expected<void, Error> RecordRun(Recording& recording, const PlacedSite& site,
                                    const RunInfo& run, Time now) {
  std::vector<NewEntry> entries{{EntryKind::kSite, now, site.site.text}};
  std::string terrain;
  if (!site.field->terrain().Empty()) {
    terrain = WriteTerrain(site.field->terrain());
    const auto runs = RecordedRuns(recording);  // none, if this is the first
    const auto last = runs && runs->back().terrain > 0 ? Payload(recording, runs->back().terrain)
                                                       : Result<std::string>();
    if (!last || *last != terrain) entries.push_back({EntryKind::kTerrain, now, terrain});
  }
  const Json json = {{"version", run.version},
                     {"mode", run.mode},
                     {"compiler", "g++ " __VERSION__},
                     {"flags", PICKET_FLAGS},
                     {"terrain", !terrain.empty()},
                     {"every_s", run.every_s},
                     {"receivers", run.receivers},
                     {"files", run.files},
                     {"sensors", SensorsForMaps(site, run)},
                     {"places", PlacesForMaps(site)}};
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  entries.push_back({EntryKind::kRun, now, text});
  const auto written = recording.Append(entries);
  if (!written) return tl::unexpected<Error>(written.error());
  return {};
}

Result<std::vector<RecordedRun>> RecordedRuns(const Recording& recording) {
  // One kind at a time: then the payloads of all the other entries are not read.
  const auto sequences_of = [&](EntryKind kind) -> Result<std::vector<std::int64_t>> {
    std::vector<std::int64_t> found;
    EntryFilter filter;
    filter.kind = kind;
    const auto read = recording.ForEach(filter, [&](const EntryView& entry) {
      found.push_back(entry.sequence);
      return true;
    });
    if (!read) return tl::unexpected<Error>(read.error());
    return found;
  };
  const auto sites = sequences_of(EntryKind::kSite);
  if (!sites) return tl::unexpected<Error>(sites.error());
  const auto terrains = sequences_of(EntryKind::kTerrain);
  if (!terrains) return tl::unexpected<Error>(terrains.error());
  const auto starts = sequences_of(EntryKind::kRun);
  if (!starts) return tl::unexpected<Error>(starts.error());

  const auto last_before = [](const std::vector<std::int64_t>& all, std::int64_t sequence) {
    const auto next = std::lower_bound(all.begin(), all.end(), sequence);
    return next == all.begin() ? 0 : *std::prev(next);
  };
  std::vector<RecordedRun> runs;
  for (const std::int64_t start : *starts) {
    const auto text = Payload(recording, start);
    if (!text) return tl::unexpected<Error>(text.error());
    auto info = ReadRun(*text);
    if (!info) return tl::unexpected<Error>(std::move(info.error()));
    RecordedRun run;
    run.site = last_before(*sites, start);
    if (run.site == 0) return Fail("the recording does not hold the site of its reports");
    if (info->terrain) run.terrain = last_before(*terrains, start);
    run.info = std::move(*info);
    run.first = start + 1;
    run.last = recording.head().sequence;
    if (!runs.empty()) runs.back().last = run.site - 1;
    runs.push_back(std::move(run));
  }
  if (runs.empty()) return Fail("the recording holds no run of the service");
  return runs;
}

tl::expected<std::shared_ptr<const PlacedSite>, Errors> RecordedSite(const Recording& recording,
                                                                     const RecordedRun& run) {
  const auto text = Payload(recording, run.site);
  if (!text) return tl::unexpected<Errors>(One(text.error()));
  auto site = ParseSite(*text, "recorded site", [&](const std::string& name) {
    const auto file = run.info.files.find(name);
    return file == run.info.files.end() ? Result<std::string>(Fail("it was not recorded", name))
                                        : Result<std::string>(file->second);
  });
  if (!site) return tl::unexpected<Errors>(std::move(site.error()));
  for (const std::string& id : run.info.receivers) AddReceiver(*site, id);

  auto terrain = std::make_shared<const Terrain>();
  if (run.terrain > 0) {
    const auto ground = Payload(recording, run.terrain);
    if (!ground) return tl::unexpected<Errors>(One(ground.error()));
    auto read = ReadTerrain(*ground, site->origin);
    if (!read) return tl::unexpected<Errors>(One(std::move(read.error())));
    terrain = std::make_shared<const Terrain>(std::move(*read));
  }
  auto geoid = LoadGeoid();
  if (!geoid) return tl::unexpected<Errors>(One(std::move(geoid.error())));
  auto placed = PlaceSite(std::move(*site), std::move(*geoid), std::move(terrain));
  if (!placed) return tl::unexpected<Errors>(std::move(placed.error()));
  return std::make_shared<const PlacedSite>(std::move(*placed));
}

}  // namespace picket
