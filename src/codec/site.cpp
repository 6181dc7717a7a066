// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "component_keys.h"
#include "picket/codec/asterix_table.h"
#include "picket/codec/geojson.h"
#include "picket/codec/learned.h"
#include "picket/codec/sapient.h"
#include "picket/codec/sensor_change.h"
#include "presets.h"
#include "site_detect.h"
#include "site_links.h"
#include "toml_reader.h"

namespace picket {
namespace {

constexpr NumberRange kLatitude{-90.0, 90.0, "degrees"};
constexpr NumberRange kLongitude{-180.0, 180.0, "degrees"};
constexpr NumberRange kHeight{-1000.0, 50'000.0, "m"};
constexpr NumberRange kHeightAgl{0.0, 50'000.0, "m"};
constexpr NumberRange kLocal{-kMaxSiteReachM, kMaxSiteReachM, "m"};
constexpr NumberRange kOwnSpeed{-1000.0, 1000.0, "m/s"};
constexpr NumberRange kReach{0.0, kMaxSiteReachM, "m", true};
constexpr NumberRange kFromZero{0.0, kMaxSiteReachM, "m"};
constexpr NumberRange kAzimuth{-360.0, 360.0, "degrees"};
constexpr NumberRange kElevation{-90.0, 90.0, "degrees"};

constexpr double kMaxLagS = 60.0;
constexpr std::size_t kMaxRegions = 256;  ///< of one sensor

constexpr std::array kKinds = {SensorKind::kRadar,  SensorKind::kRf,       SensorKind::kAcoustic,
                               SensorKind::kCamera, SensorKind::kObserver, SensorKind::kPosition,
                               SensorKind::kTdoa};
constexpr std::array<std::string_view, 2> kDatums = {"sea_level", "ellipsoid"};
constexpr std::array<std::string_view, 2> kNodata = {"unknown", "sea"};
constexpr std::array<std::string_view, 2> kLooks = {"scan", "self_report"};
constexpr std::array<std::string_view, 2> kPropagations = {"instant", "sound"};
constexpr std::array<std::string_view, 3> kTriggers = {"enter", "cross", "inside"};
/// Tables of the contract that other readers read.
constexpr std::array<std::string_view, 3> kOthers = {"server", "record", "bus"};
/// What a scenario file holds beside the site: see scenario.h.
constexpr std::array<std::string_view, 2> kOfScenario = {"target", "terrain"};

constexpr std::string_view kPresetId = "preset";

/// Which sigmas a component may have, in its key's unit.
NumberRange SdRange(const ComponentKey& k) {
  if (k.unit_text == "degrees") return {0.0, 180.0, k.unit_text, true};
  return {0.0, k.unit_text == "m" ? 1e5 : 1e4, k.unit_text, true};
}

/// What a sensor of a kind may measure.
ComponentSet MeasurableBy(SensorKind kind) {
  using enum Component;
  switch (kind) {
    case SensorKind::kPosition:
      return {kEast, kNorth, kUp, kVelEast, kVelNorth, kVelUp};
    case SensorKind::kTdoa:
      return {kRangeDifference};
    default:
      return {kRange, kAzimuth, kElevation, kRangeRate};
  }
}

std::vector<std::string_view> Names(ComponentSet set) {
  std::vector<std::string_view> names;
  for (const ComponentKey& k : kComponentKeys) {
    if (set.Has(k.component)) names.push_back(ComponentName(k.component));
  }
  return names;
}

class SiteReader {
 public:
  SiteReader(Site& site, const FileReader& read_file) : site_(site), read_file_(read_file) {}

  void Read(TomlTable root);
  void ReadSensors(TomlTable& root);
  void ReadChange(TomlTable root, SensorChange& change);

 private:
  /// A name that must be unlike those before it.
  std::string Name(TomlTable& table, std::string_view key, std::set<std::string>& taken);
  void CheckReach(TomlTable& table, std::string_view key, const Geodetic& point);

  void ReadSite(TomlTable table);
  void ReadSensor(TomlTable table);
  void ReadPlacement(TomlTable table, SensorPlacement& placement);
  void ReadMeasures(TomlTable& table, Sensor& sensor);
  void ReadField(TomlTable& table, Sensor& sensor);
  void ReadCone(TomlTable& of, FieldOfRegard& field, Need range);
  void Ordered(TomlTable& of, std::string_view key, const NumberRange& range, double& min,
               double& max);
  std::vector<RegionEntry> ReadRegions(TomlTable& table, std::string_view key);
  std::optional<AsterixSource> ReadAsterix(TomlTable& table);
  std::string ReadSapient(TomlTable& table, const std::string& id);
  void ReadPlace(TomlTable table);
  void ReadArea(TomlTable table);
  void ReadTracker(TomlTable table);
  void ResolveReferences();
  void ReadLearned();

  Site& site_;
  const FileReader& read_file_;
  std::optional<LocalFrame> frame_;  ///< if the origin is sound
  std::set<std::string> sensor_ids_;
  std::set<std::string> place_names_;
  std::set<std::string> area_names_;
  std::map<std::pair<int, int>, std::string> asterix_sources_;
  std::map<std::string, std::string> sapient_nodes_;
  std::string adsb_receiver_;
  /// Sensors by the name of another one, known only when all have been read.
  struct Reference {
    std::size_t sensor;
    TomlTable table;
    std::string id;
  };
  std::vector<Reference> references_;
  std::optional<TomlTable> learned_;  ///< the table that names the file of what was learned
};

std::string SiteReader::Name(TomlTable& table, std::string_view key, std::set<std::string>& taken) {
  const auto name = table.Text(key, Need::kRequired);
  if (!name) return {};
  if (!taken.insert(*name).second) {
    table.Fail(key, fmt::format("is \"{}\", as another one's before it, expected a name of its own",
                                *name));
  }
  return *name;
}

void SiteReader::CheckReach(TomlTable& table, std::string_view key, const Geodetic& point) {
  if (!frame_) return;
  const double distance_m = frame_->ToLocal(point).norm();
  if (distance_m > kMaxSiteReachM) {
    table.Fail(key, fmt::format("is {:.0f} km from the site's origin, expected at most {:.0f} km",
                                distance_m / 1e3, kMaxSiteReachM / 1e3));
  }
}

void SiteReader::ReadSite(TomlTable table) {
  site_.name = table.Text("name").value_or("site");
  if (auto origin = table.Table("origin", Need::kRequired)) {
    const auto lat = origin->Number("lat", kLatitude, Need::kRequired);
    const auto lon = origin->Number("lon", kLongitude, Need::kRequired);
    const auto height = origin->Number("height_hae_m", kHeight);
    origin->Finish();
    if (lat && lon) {
      site_.origin = {*lat, *lon, HeightHae{height.value_or(0.0)}};
      frame_.emplace(site_.origin);
    }
  }
  site_.terrain_files = table.Texts("terrain");
  site_.surface_files = table.Texts("surface");
  if (!site_.surface_files.empty() && site_.terrain_files.empty()) {
    table.Fail("surface", "is there without terrain, expected the bare ground under it as well");
  }
  site_.terrain_above_ellipsoid = table.Choice("terrain_heights", kDatums) == 1U;
  site_.terrain_nodata_is_sea = table.Choice("terrain_nodata", kNodata) == 1U;
  if (site_.terrain_nodata_is_sea && site_.terrain_above_ellipsoid) {
    table.Fail("terrain_nodata",
               "is \"sea\", expected \"unknown\" of heights above the ellipsoid: there the sea "
               "is not at 0");
  }
  if (auto region = table.Table("region")) {
    site_.region_radius_m = region->Number("radius_m", kReach).value_or(site_.region_radius_m);
    site_.ceiling.m =
        region->Number("ceiling_agl_m", {0.0, 50'000.0, "m", true}).value_or(site_.ceiling.m);
    region->Finish();
  }
  site_.tracker.region_radius_m = site_.region_radius_m;
  site_.tracker.ceiling_m = site_.ceiling.m;
  if (const auto learned = table.Text("learned")) {
    site_.learned_file = *learned;
    learned_.emplace(table);
  }
  table.Finish();
}

void SiteReader::ReadPlacement(TomlTable table, SensorPlacement& placement) {
  const bool local = table.Has("east_m") || table.Has("north_m") || table.Has("up_m");
  const bool global = table.Has("lat") || table.Has("lon");
  if (local && global) {
    table.Fail("holds lat, lon and east_m, north_m both, expected one of the two");
    return;
  }
  placement.local = local;
  placement.vel_enu_mps = table.Triple("vel_enu_mps", kOwnSpeed).value_or(placement.vel_enu_mps);
  if (local) {
    const auto east = table.Number("east_m", kLocal, Need::kRequired);
    const auto north = table.Number("north_m", kLocal, Need::kRequired);
    const auto up = table.Number("up_m", kLocal);
    placement.p_LS_L = {east.value_or(0.0), north.value_or(0.0), up.value_or(0.0)};
    table.Finish();
    return;
  }
  const auto lat = table.Number("lat", kLatitude, Need::kRequired);
  const auto lon = table.Number("lon", kLongitude, Need::kRequired);
  placement.lat_deg = lat.value_or(0.0);
  placement.lon_deg = lon.value_or(0.0);
  int heights = 0;
  const auto height = [&](std::string_view key, const NumberRange& range,
                          SensorPlacement::Above above) {
    if (!table.Has(key)) return;
    ++heights;
    placement.above = above;
    placement.height_m = table.Number(key, range).value_or(0.0);
  };
  height("height_agl_m", kHeightAgl, SensorPlacement::Above::kGround);
  height("height_hae_m", kHeight, SensorPlacement::Above::kEllipsoid);
  height("height_amsl_m", kHeight, SensorPlacement::Above::kSeaLevel);
  if (heights != 1) {
    table.Fail(
        fmt::format("holds {} heights, expected one of height_agl_m (above ground), "
                    "height_hae_m (above the ellipsoid), height_amsl_m (above the sea)",
                    heights == 0 ? "no" : "several"));
  }
  if (lat && lon) CheckReach(table, "lat", {*lat, *lon, site_.origin.height});
  table.Finish();
}

void SiteReader::ReadMeasures(TomlTable& table, Sensor& sensor) {
  const ComponentSet measurable = MeasurableBy(sensor.kind);
  const std::vector<std::string_view> names = Names(measurable);
  const bool stated = table.Has("measures");
  const std::vector<std::string> measures = table.Texts("measures", Need::kRequired);
  for (const std::string& name : measures) {
    const auto key =
        std::find_if(kComponentKeys.begin(), kComponentKeys.end(), [&](const ComponentKey& k) {
          return ComponentName(k.component) == name && measurable.Has(k.component);
        });
    if (key == kComponentKeys.end()) {
      const std::string_view nearest = NearestName(name, names);
      table.Fail("measures",
                 fmt::format("holds \"{}\"{}, expected of a {}: {}", name.substr(0, 60),
                             nearest.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", nearest),
                             SensorKindName(sensor.kind), fmt::join(names, ", ")));
    } else if (sensor.measures.Has(key->component)) {
      table.Fail("measures", fmt::format("holds \"{}\" twice", name));
    } else {
      sensor.measures.Add(key->component);
    }
  }
  if (stated && measures.empty()) table.Fail("measures", "is empty, expected what is measured");
  if (sensor.kind == SensorKind::kPosition && !measures.empty() &&
      !(sensor.measures.Has(Component::kEast) && sensor.measures.Has(Component::kNorth))) {
    table.Fail("measures", "lacks \"east\" or \"north\", expected both of a position sensor");
  }

  auto sd = table.Table("sd", Need::kRequired);
  if (!sd) return;
  for (const ComponentKey& k : kComponentKeys) {
    if (!measurable.Has(k.component)) continue;
    // A sigma may also stand for what only some reports carry.
    const Need need = sensor.measures.Has(k.component) ? Need::kRequired : Need::kOptional;
    const auto value = sd->Number(k.key, SdRange(k), need);
    sensor.sd[static_cast<std::size_t>(k.component)] = value.value_or(0.0) * k.unit;
  }
  sd->Finish();
}

void SiteReader::Ordered(TomlTable& of, std::string_view key, const NumberRange& range, double& min,
                         double& max) {
  const auto pair = of.Pair(key, range);
  if (!pair) return;
  if ((*pair)[0] >= (*pair)[1]) {
    of.Fail(key, fmt::format("is [{:.10g}, {:.10g}], expected [from, to] with from less than to",
                             (*pair)[0], (*pair)[1]));
    return;
  }
  min = (*pair)[0];
  max = (*pair)[1];
}

void SiteReader::ReadCone(TomlTable& of, FieldOfRegard& field, Need range) {
  field.min_range_m = of.Number("min_range_m", kFromZero).value_or(0.0);
  field.max_range_m = of.Number("max_range_m", kReach, range).value_or(0.0);
  if (field.max_range_m > 0.0 && field.min_range_m >= field.max_range_m) {
    of.Fail("min_range_m", fmt::format("is {:.10g}, expected less than max_range_m, {:.10g}",
                                       field.min_range_m, field.max_range_m));
  }
  if (const auto azimuth = of.Pair("azimuth_deg", kAzimuth)) {
    const auto [from, to] = *azimuth;
    // [300, 60] runs clockwise across north.
    const double width = to > from ? to - from : to - from + 360.0;
    if (to == from || width > 360.0 || width <= 0.0) {
      of.Fail("azimuth_deg", fmt::format("is [{:.10g}, {:.10g}], expected [from, to] clockwise, "
                                         "more than 0 and at most 360 degrees wide",
                                         from, to));
    } else {
      field.azimuth_from = Bearing::Deg(from);
      field.azimuth_width_rad = width * kRadPerDeg;
    }
  }
  double elevation_min = -90.0;
  double elevation_max = 90.0;
  Ordered(of, "elevation_deg", kElevation, elevation_min, elevation_max);
  field.elevation_min_rad = elevation_min * kRadPerDeg;
  field.elevation_max_rad = elevation_max * kRadPerDeg;
}

void SiteReader::ReadField(TomlTable& table, Sensor& sensor) {
  const bool position = sensor.kind == SensorKind::kPosition;
  FieldOfRegard& field = sensor.field;
  auto of = table.Table("field", position ? Need::kOptional : Need::kRequired);
  if (!of) return;
  ReadCone(*of, field, position ? Need::kOptional : Need::kRequired);
  if (position && (of->Has("east_m") || of->Has("north_m"))) {
    field.has_box = true;
    if (!of->Has("east_m") || !of->Has("north_m")) {
      of->Fail("holds half a box, expected east_m and north_m");
    }
    Ordered(*of, "east_m", kLocal, field.east_min_m, field.east_max_m);
    Ordered(*of, "north_m", kLocal, field.north_min_m, field.north_max_m);
  }
  of->Finish();
}

std::vector<RegionEntry> SiteReader::ReadRegions(TomlTable& table, std::string_view key) {
  std::vector<RegionEntry> regions;
  for (TomlTable& of : table.Tables(key)) {
    RegionEntry region;
    if (const auto json = of.Json("geojson")) {
      auto shapes = ParseGeoJson(*json);
      if (!shapes) {
        of.Fail("geojson", shapes.error().Text());
      } else if (shapes->size() != 1 || shapes->front().shape != Area::Shape::kPolygon) {
        of.Fail("geojson", "is no polygon, expected one");
      } else {
        region.rings_lon_lat = std::move(shapes->front().rings_lon_lat);
      }
    } else {
      ReadCone(of, region.cone, Need::kOptional);
    }
    of.Finish();
    regions.push_back(std::move(region));
  }
  if (regions.size() > kMaxRegions) {
    table.Fail(key,
               fmt::format("holds {} regions, expected at most {}", regions.size(), kMaxRegions));
  }
  return regions;
}

std::optional<AsterixSource> SiteReader::ReadAsterix(TomlTable& table) {
  auto of = table.Table("asterix");
  if (!of) return std::nullopt;
  AsterixSource source;
  source.sac = ReadOctet(*of, "sac").value_or(-1);
  source.sic = ReadOctet(*of, "sic").value_or(-1);
  if (auto editions = of->Table("edition")) {
    for (const std::string& category : editions->Keys()) {
      const auto edition = editions->Text(category);
      const bool digits = !category.empty() && category.size() <= 3 &&
                          category.find_first_not_of("0123456789") == std::string::npos;
      if (!digits || std::stoi(category) > 255) {
        editions->Fail(category, "is no category, expected its number in [0, 255]");
      } else if (edition) {
        if (const auto known = asterix::FindTable(std::stoi(category), *edition); !known) {
          editions->Fail(category, "is no edition that is known: " + known.error().what);
        }
        source.editions.emplace_back(std::stoi(category), *edition);
      }
    }
  }
  of->Finish();
  const auto [other, first] =
      asterix_sources_.emplace(std::pair(source.sac, source.sic), table.Path("asterix"));
  if (!first && source.sac >= 0 && source.sic >= 0) {
    table.Fail("asterix", fmt::format("is SAC {} SIC {}, as {} before it, expected one sensor for "
                                      "each source",
                                      source.sac, source.sic, other->second));
  }
  return source;
}

std::string SiteReader::ReadSapient(TomlTable& table, const std::string& id) {
  const auto node = table.Text("sapient");
  if (!node) return {};
  if (!sapient::IsNodeId(*node)) {
    table.Fail("sapient",
               fmt::format("is \"{}\", expected the node_id of a SAPIENT node: a UUID of "
                           "version 4, lower case",
                           node->substr(0, 60)));
  } else if (const auto [other, first] = sapient_nodes_.emplace(*node, id); !first) {
    table.Fail("sapient", fmt::format("is the node_id of sensor \"{}\" before it, expected one "
                                      "sensor for each node",
                                      other->second));
  }
  return *node;
}

void SiteReader::ReadSensor(TomlTable table) {
  SensorEntry entry;
  Sensor& sensor = entry.sensor;
  sensor.id = Name(table, "id", sensor_ids_);
  if (sensor.id.size() > 128) table.Fail("id", "is longer than 128 bytes");
  std::vector<std::string_view> kinds;
  kinds.reserve(std::size(kKinds));
  for (const SensorKind kind : kKinds) kinds.push_back(SensorKindName(kind));
  const auto kind = table.Choice("kind", kinds, Need::kRequired);
  if (auto at = table.Table("at", Need::kRequired)) ReadPlacement(*at, entry.placement);
  sensor.period = Duration::Seconds(table.Number("period_s", {1e-3, 86'400.0, "s"}).value_or(1.0));
  const Weather weather = ReadWeather(table, site_.weather);
  ReadDetect(table, kind ? std::optional(kKinds[*kind]) : std::nullopt, weather, sensor.period.s(),
             sensor.detect);
  if (weather.sun_share > 0.0 || !site_.weather_hours.empty()) {
    sensor.course = std::make_shared<const WeatherCourse>(
        WeatherCourse{weather, site_.weather_hours, site_.origin.lat_deg, site_.origin.lon_deg});
  }
  sensor.clutter_per_look = 1.0;
  const auto clutter = table.Table("clutter");
  if (clutter) {
    TomlTable of = *clutter;
    sensor.clutter_per_look =
        of.Number("per_look", {0.0, 1e6, "a look"}, Need::kRequired).value_or(1.0);
    sensor.echoes = of.Number("per_target", {0.0, 10.0, "a detected target"}).value_or(0.0);
    of.Finish();
  }
  sensor.name = table.Text("name").value_or("");
  if (sensor.name.size() > 128) table.Fail("name", "is longer than 128 bytes");
  sensor.up = table.Flag("up").value_or(true);
  entry.views = ReadRegions(table, "views");
  entry.obscured = ReadRegions(table, "obscured");
  if (auto resolution = table.Table("resolution")) {
    sensor.resolution.range_m = resolution->Number("range_m", {0.0, 100'000.0, "m"}).value_or(0.0);
    sensor.resolution.azimuth_rad =
        resolution->Number("azimuth_deg", {0.0, 180.0, "degrees"}).value_or(0.0) * kRadPerDeg;
    resolution->Finish();
  }
  sensor.error_correlation_s =
      table.Number("error_correlation_s", {0.0, 3600.0, "s"}).value_or(0.0);
  entry.asterix = ReadAsterix(table);
  entry.sapient = ReadSapient(table, sensor.id);

  // The rest depends on the kind: without it, only its own error is told.
  static constexpr std::array<std::string_view, 8> kByKind = {
      "preset", "measures", "sd", "field", "propagation", "look", "adsb", "reference"};
  table.Ignore(kByKind);
  if (kind) {
    sensor.kind = kKinds[*kind];
    ReadMeasures(table, sensor);
    ReadField(table, sensor);
    const bool acoustic = sensor.kind == SensorKind::kAcoustic;
    const auto propagation = table.Choice("propagation", kPropagations);
    if (propagation == 1U && !acoustic) {
      table.Fail("propagation", "is \"sound\", expected \"instant\" of all but acoustic sensors");
    }
    sensor.sound_delay = propagation.value_or(acoustic ? 1U : 0U) == 1U;

    const bool adsb = table.Flag("adsb").value_or(false);
    if (adsb) {
      if (sensor.kind != SensorKind::kPosition) {
        table.Fail("adsb", "is true, expected only of a sensor of kind \"position\"");
      } else if (!adsb_receiver_.empty()) {
        table.Fail("adsb", fmt::format("is true, as of sensor \"{}\" before it, expected of one",
                                       adsb_receiver_));
      }
      entry.adsb = sensor.id;
      if (sensor.kind == SensorKind::kPosition) adsb_receiver_ = sensor.id;
    }
    const auto look = table.Choice("look", kLooks);
    sensor.look = look.value_or(adsb ? 1U : 0U) == 1U ? LookKind::kSelfReport : LookKind::kScan;

    if (sensor.kind == SensorKind::kTdoa) {
      if (auto id = table.Text("reference", Need::kRequired)) {
        references_.push_back({site_.sensors.size(), table, *std::move(id)});
      }
    } else if (table.Has("reference")) {
      table.Fail("reference", "is there, expected only of a sensor of kind \"tdoa\"");
    }
    const FieldOfRegard& field = sensor.field;
    if (sensor.kind == SensorKind::kPosition && sensor.clutter_per_look > 0.0 &&
        field.max_range_m <= 0.0 && !field.has_box) {
      table.Fail("field",
                 "has no bounds, expected max_range_m, or east_m and north_m: false "
                 "detections spread over it");
    }
  }
  table.Finish();
  site_.sensors.push_back(std::move(entry));
}

void SiteReader::ReadPlace(TomlTable table) {
  Place place;
  place.name = Name(table, "name", place_names_);
  if (auto at = table.Table("at", Need::kRequired)) {
    if (at->Has("east_m") || at->Has("north_m")) {
      const auto east = at->Number("east_m", kLocal, Need::kRequired);
      const auto north = at->Number("north_m", kLocal, Need::kRequired);
      if (east && north && frame_) place.at = frame_->ToGeodetic({*east, *north, 0.0});
    } else {
      const auto lat = at->Number("lat", kLatitude, Need::kRequired);
      const auto lon = at->Number("lon", kLongitude, Need::kRequired);
      place.at = {lat.value_or(0.0), lon.value_or(0.0), site_.origin.height};
      if (lat && lon) CheckReach(*at, "lat", place.at);
    }
    at->Finish();
  }
  place.radius_m = table.Number("radius_m", kReach, Need::kRequired).value_or(1.0);
  table.Finish();
  site_.places.push_back(std::move(place));
}

void SiteReader::ReadArea(TomlTable table) {
  const std::string name = Name(table, "name", area_names_);
  const auto trigger = table.Choice("alert", kTriggers);
  const auto file = table.Text("file");
  const auto inline_json = table.Json("geojson");
  if (table.Has("file") == table.Has("geojson")) {
    table.Fail("holds file and geojson both or neither, expected one of the two");
    table.Finish();
    return;
  }
  table.Finish();
  const std::string_view key = file ? "file" : "geojson";
  std::string text;
  if (file) {
    auto content = read_file_(*file);
    if (!content) {
      table.Fail(key, fmt::format("is \"{}\": {}", *file, content.error().what));
      return;
    }
    text = *std::move(content);
  } else if (inline_json) {
    text = *inline_json;
  } else {
    return;
  }
  auto shapes = ParseGeoJson(text);
  if (!shapes) {
    table.Fail(key, (file ? "is \"" + *file + "\": " : std::string()) + shapes.error().Text());
    return;
  }
  std::size_t number = 0;
  for (GeoShape& shape : *shapes) {
    Area area;
    ++number;
    area.name = shapes->size() == 1 ? name : fmt::format("{}/{}", name, number);
    area.shape = shape.shape;
    area.rings_lon_lat = std::move(shape.rings_lon_lat);
    const bool line = area.shape == Area::Shape::kLine;
    area.trigger = trigger ? static_cast<Area::Trigger>(*trigger)
                           : (line ? Area::Trigger::kCross : Area::Trigger::kEnter);
    if (line && area.trigger != Area::Trigger::kCross) {
      table.Fail("alert", "is for a polygon, expected \"cross\" of a line");
    }
    const auto [lon, lat] = area.rings_lon_lat.front().front();
    CheckReach(table, key, {lat, lon, site_.origin.height});
    site_.areas.push_back(std::move(area));
  }
}

void SiteReader::ReadTracker(TomlTable table) {
  TrackerParameters& t = site_.tracker;
  t.survival_per_s =
      table.Number("survival_per_s", {0.0, 1.0, "", true}).value_or(t.survival_per_s);
  t.births_per_hour =
      table.Number("births_per_hour", {0.0, 1e7, "an hour"}).value_or(t.births_per_hour);
  t.expected_at_start =
      table.Number("expected_at_start", {0.0, 1e6, "targets"}).value_or(t.expected_at_start);
  t.process_noise_m2ps3 = table.Number("process_noise_m2ps3", {0.0, 1e5, "m2/s3", true});
  t.lag = Duration::Seconds(table.Number("lag_s", {0.0, kMaxLagS, "s"}).value_or(t.lag.s()));
  for (TomlTable& of : table.Tables("birth")) {
    BirthComponent birth;
    birth.east_m = of.Number("east_m", kLocal, Need::kRequired).value_or(0.0);
    birth.north_m = of.Number("north_m", kLocal, Need::kRequired).value_or(0.0);
    birth.sd_m = of.Number("sd_m", kReach).value_or(birth.sd_m);
    birth.sd_mps = of.Number("sd_mps", {0.0, 1e3, "m/s", true}).value_or(birth.sd_mps);
    birth.share = of.Number("share", {0.0, 1e6, "", true}).value_or(birth.share);
    of.Finish();
    t.births.push_back(birth);
  }
  table.Finish();
}

void SiteReader::ResolveReferences() {
  for (Reference& reference : references_) {
    const auto other =
        std::find_if(site_.sensors.begin(), site_.sensors.end(),
                     [&](const SensorEntry& entry) { return entry.sensor.id == reference.id; });
    const auto index = static_cast<std::size_t>(other - site_.sensors.begin());
    if (other == site_.sensors.end() || index == reference.sensor) {
      reference.table.Fail(
          "reference", fmt::format("is \"{}\", expected the id of another sensor", reference.id));
      continue;
    }
    site_.sensors[reference.sensor].sensor.reference = static_cast<int>(index);
  }
}

/// What was learned of sensors that the site no longer has is left alone.
void SiteReader::ReadLearned() {
  if (!learned_) return;
  const auto text = read_file_(site_.learned_file);
  if (!text) {
    learned_->Fail("learned", fmt::format("is \"{}\": {}", site_.learned_file, text.error().what));
    return;
  }
  auto sensors = ParseLearned(*text, site_.learned_file);
  if (!sensors) {
    for (const Error& error : sensors.error()) learned_->Fail("learned", error.Text());
    return;
  }
  for (const LearnedSensor& of : *sensors) {
    for (SensorEntry& entry : site_.sensors) {
      if (entry.sensor.id != of.id) continue;
      if (entry.sensor.look == LookKind::kSelfReport) {
        learned_->Fail("learned", fmt::format("is \"{}\", which has learned of \"{}\", a receiver "
                                              "of self-reports, expected sensors that look",
                                              site_.learned_file, of.id));
      }
      entry.sensor.learned = of.correction;
      entry.learned_lat_lon = {of.lat_deg, of.lon_deg};
    }
  }
}

void SiteReader::Read(TomlTable root) {
  if (auto table = root.Table("site", Need::kRequired)) ReadSite(*table);
  site_.weather = ReadWeather(root, site_.weather);
  site_.weather_hours = ReadWeatherHours(root);
  ReadSensors(root);
  ReadLearned();
  for (TomlTable& table : root.Tables("place")) ReadPlace(table);
  for (TomlTable& table : root.Tables("area")) ReadArea(table);
  if (auto table = root.Table("tracker")) ReadTracker(*table);
  const LinkEnds ends{sensor_ids_, !adsb_receiver_.empty(), !asterix_sources_.empty()};
  for (TomlTable& table : root.Tables("input")) site_.inputs.push_back(ReadInput(table, ends));
  for (TomlTable& table : root.Tables("output")) site_.outputs.push_back(ReadOutput(table));
  site_.access = ReadAccess(root);
  root.Ignore(kOthers);
  if (root.Has("scenario")) root.Ignore(kOfScenario);
  root.Finish();
}

void SiteReader::ReadSensors(TomlTable& root) {
  std::vector<TomlTable> sensors = root.Tables("sensor");
  if (sensors.empty() && !root.Has("sensor") && !root.Has("input")) {
    root.Fail("sensor", "is missing, expected at least one [[sensor]]");
  } else if (sensors.size() > kMaxSensors) {
    root.Fail("sensor",
              fmt::format("stands {} times, expected at most {}", sensors.size(), kMaxSensors));
    sensors.clear();
  }
  for (TomlTable& table : sensors) ReadSensor(table);
  ResolveReferences();
}

void SiteReader::ReadChange(TomlTable root, SensorChange& change) {
  const auto time = root.Text("time", Need::kRequired);
  const auto parsed = time ? Time::Parse(*time) : std::nullopt;
  if (time && !parsed) root.Fail("time", "is no time, expected one such as 2026-03-01T12:00:00Z");
  change.time = parsed.value_or(Time());
  std::vector<TomlTable> wholes = root.Tables("sensor");
  auto part = root.Table("change");
  if (wholes.size() + (part ? 1 : 0) != 1) {
    root.Fail("holds several changes or none, expected one [[sensor]] or one [change]");
  } else if (part) {
    change.sensor = part->Text("sensor", Need::kRequired).value_or("");
    change.up = part->Flag("up");
    if (auto at = part->Table("at")) ReadPlacement(*at, change.at.emplace());
    if (part->Has("views")) change.views = ReadRegions(*part, "views");
    if (part->Has("obscured")) change.obscured = ReadRegions(*part, "obscured");
    part->Finish();
  } else {
    for (const std::string_view key : {"reference", "asterix", "adsb", "preset", "weather"}) {
      if (wholes.front().Has(key)) {
        wholes.front().Fail(key, "is there, expected only in a site file");
      }
    }
    ReadSensor(wholes.front());
    change.whole = std::move(site_.sensors.front());
    if (change.whole->sensor.detect.kind == DetectModel::Kind::kPhysical) {
      wholes.front().Fail("detect", "is a model of a kind's own, expected constant or falloff");
    }
    change.sensor = change.whole->sensor.id;
  }
  root.Finish();
}

}  // namespace

tl::expected<SensorChange, Errors> ParseSensorChange(std::string_view text) {
  const auto document = ParseToml(text, "sensor change", kMaxSensorChangeBytes);
  if (!document) return tl::unexpected<Errors>(Errors{document.error()});
  Site site;
  SensorChange change;
  TomlErrors errors("sensor change", kMaxSiteErrors);
  const FileReader no_files;  // a sensor names none
  SiteReader(site, no_files).ReadChange(TomlTable(*document, "", errors), change);
  if (!errors.empty()) return tl::unexpected<Errors>(errors.Take());
  return change;
}

Result<SensorEntry> PresetSensor(std::string_view preset, std::string id, const Weather& weather) {
  toml::table table;
  table.insert("id", std::string(kPresetId));
  table.insert("preset", preset);
  table.insert("at", toml::table{{"east_m", 0.0}, {"north_m", 0.0}, {"up_m", 0.0}});
  toml::table document;
  document.insert("sensor", toml::array{std::move(table)});
  Site site;
  site.weather = weather;
  site.weather.sun_share = 0.0;  // it has no place, and so no sun
  TomlErrors errors("preset", 1);
  ApplyPresets(document, errors);
  if (errors.empty()) {
    const FileReader no_files;  // a preset names none
    TomlTable root(document, "", errors);
    SiteReader(site, no_files).ReadSensors(root);
  }
  if (!errors.empty()) {
    Error error = errors.Take().front();
    error.source.clear();
    error.line = 0;
    error.field.clear();
    return tl::unexpected<Error>(std::move(error));
  }
  SensorEntry entry = std::move(site.sensors.front());
  entry.sensor.id = std::move(id);
  return entry;
}

tl::expected<Site, Errors> ParseSite(std::string_view toml, const std::string& source,
                                     const FileReader& read_file) {
  auto document = ParseToml(toml, source, kMaxSiteBytes);
  if (!document) return tl::unexpected<Errors>(Errors{document.error()});
  Site site;
  TomlErrors errors(source, kMaxSiteErrors);
  ApplyPresets(*document, errors);
  SiteReader(site, read_file).Read(TomlTable(*document, "", errors));
  if (!errors.empty()) return tl::unexpected<Errors>(errors.Take());
  site.text = toml;
  return site;
}

}  // namespace picket
