// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/scenario.h"

#include <fmt/format.h>

#include <GeographicLib/AzimuthalEquidistant.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "toml_reader.h"

namespace picket {
namespace {

constexpr NumberRange kLatitude{-90.0, 90.0, "degrees"};
constexpr NumberRange kLongitude{-180.0, 180.0, "degrees"};
constexpr NumberRange kAzimuth{-360.0, 360.0, "degrees"};
constexpr NumberRange kMap{-kMaxSiteReachM, kMaxSiteReachM, "m"};
constexpr NumberRange kLength{0.0, kMaxSiteReachM, "m", true};
constexpr NumberRange kFromZero{0.0, kMaxSiteReachM, "m"};
constexpr NumberRange kSpeed{0.0, 1000.0, "m/s", true};
constexpr NumberRange kHeight{-500.0, 30'000.0, "m"};
constexpr NumberRange kSeconds{0.0, kMaxScenarioS, "s"};
constexpr NumberRange kSomeSeconds{0.0, kMaxScenarioS, "s", true};
constexpr std::size_t kMaxWaypoints = 1000;

constexpr std::array<std::string_view, kTargetClasses> kClasses = {"multirotor", "fixed_wing",
                                                                   "bird", "aircraft", "other"};

/// Speed over ground and height above ground that a kind flies with if nothing is said.
struct Habit {
  double speed_mps;
  double height_agl_m;
};
Habit HabitOf(TargetClass target_class) {
  switch (target_class) {
    case TargetClass::kMultirotor:
      return {12.0, 80.0};
    case TargetClass::kFixedWing:
      return {45.0, 120.0};
    case TargetClass::kBird:
      return {13.0, 80.0};
    case TargetClass::kAircraft:
      return {100.0, 1000.0};
    case TargetClass::kOther:
      return {5.0, 300.0};
  }
  return {10.0, 100.0};
}

class ScenarioReader {
 public:
  ScenarioReader(Scenario& scenario, const FileReader& read_file, const Site* site)
      : scenario_(scenario),
        read_file_(read_file),
        site_(site),
        map_(GeographicLib::Geodesic::WGS84()) {}

  void Read(TomlTable root);

 private:
  enum class Profile : std::uint8_t { kIngress, kReconnaissance, kHover, kRoute, kBirds, kLog };

  void ReadScenario(TomlTable table);
  void ReadTerrain(TomlTable table);
  void ReadTarget(TomlTable table);
  void ReadRoute(TomlTable& table, Profile profile, TargetPlan& plan);
  void ReadLog(TomlTable& table, TargetPlan& plan);
  void ReadIdentity(TomlTable& table, TargetPlan& plan);
  /// One of height_agl_m, height_amsl_m, height_hae_m; `height` keeps its value if none is there.
  void ReadHeight(TomlTable& table, FlightHeight& height);
  /// { lat, lon }, { east_m, north_m } or { place }: into lat_deg, lon_deg.
  [[nodiscard]] bool ReadPoint(TomlTable& table, double& lat_deg, double& lon_deg);
  [[nodiscard]] Waypoint ReadWaypoint(TomlTable table, const Waypoint& habit);

  Scenario& scenario_;
  const FileReader& read_file_;
  const Site* site_;  // nothing if the site itself is wrong: points are then read, not placed
  GeographicLib::AzimuthalEquidistant map_;
  std::set<std::string> ids_;
  std::int64_t targets_ = 0;
};

void ScenarioReader::ReadScenario(TomlTable table) {
  const auto seed = table.Number("seed", {0.0, 9'007'199'254'740'991.0, ""});
  if (seed && *seed != std::floor(*seed)) table.Fail("seed", "expected a whole number");
  scenario_.seed = static_cast<std::uint64_t>(seed.value_or(1.0));
  if (const auto start = table.Text("start", Need::kRequired)) {
    const auto time = Time::Parse(*start);
    if (!time) {
      table.Fail("start", "expected a time such as \"2026-03-01T12:00:00Z\"");
    } else {
      scenario_.start = *time;
    }
  }
  const auto duration = table.Number("duration_s", kSomeSeconds, Need::kRequired);
  scenario_.duration = Duration::Seconds(duration.value_or(600.0));
  const auto every = table.Number("truth_every_s", {0.01, 3600.0, "s"});
  scenario_.truth_every = Duration::Seconds(every.value_or(1.0));
  table.Finish();
}

void ScenarioReader::ReadTerrain(TomlTable table) {
  auto synthetic = table.Table("synthetic", Need::kRequired);
  table.Finish();
  if (!synthetic) return;
  SyntheticTerrain terrain;
  const auto seed = synthetic->Number("seed", {0.0, 9'007'199'254'740'991.0, ""});
  if (seed && *seed != std::floor(*seed)) synthetic->Fail("seed", "expected a whole number");
  terrain.seed = static_cast<std::uint64_t>(seed.value_or(1.0));
  terrain.cell_m = synthetic->Number("cell_m", {5.0, 2000.0, "m"}).value_or(terrain.cell_m);
  terrain.plain_m = synthetic->Number("plain_m", {0.0, 3000.0, "m"}).value_or(terrain.plain_m);
  if (site_ != nullptr && site_->region_radius_m / terrain.cell_m > 2048.0) {
    synthetic->Fail("cell_m",
                    fmt::format("is {:.10g}, too fine for a region of {:.10g} m: expected at least "
                                "{:.10g} m",
                                terrain.cell_m, site_->region_radius_m,
                                std::ceil(site_->region_radius_m / 2048.0)));
  }
  if (auto coast = synthetic->Table("coast")) {
    SyntheticTerrain::Coast shore;
    shore.sea =
        Bearing::Deg(coast->Number("sea_bearing_deg", kAzimuth, Need::kRequired).value_or(0.0));
    shore.distance_m = coast->Number("distance_m", kMap, Need::kRequired).value_or(0.0);
    shore.bays_m = coast->Number("bays_m", {0.0, 100'000.0, "m"}).value_or(shore.bays_m);
    coast->Finish();
    terrain.coast = shore;
  }
  std::vector<TomlTable> ridges = synthetic->Tables("ridges");
  if (ridges.size() > 100) {
    synthetic->Fail("ridges", fmt::format("holds {}, expected at most 100", ridges.size()));
    ridges.clear();
  }
  for (TomlTable& item : ridges) {
    SyntheticTerrain::Ridge ridge;
    const auto east = item.Pair("east_m", kMap, Need::kRequired);
    const auto north = item.Pair("north_m", kMap, Need::kRequired);
    if (east) std::tie(ridge.from_east_m, ridge.to_east_m) = std::tie((*east)[0], (*east)[1]);
    if (north) std::tie(ridge.from_north_m, ridge.to_north_m) = std::tie((*north)[0], (*north)[1]);
    ridge.height_m =
        item.Number("height_m", {0.0, 9000.0, "m", true}, Need::kRequired).value_or(1.0);
    ridge.width_m = item.Number("width_m", {100.0, 200'000.0, "m"}, Need::kRequired).value_or(1e3);
    item.Finish();
    terrain.ridges.push_back(ridge);
  }
  synthetic->Finish();
  if (site_ != nullptr && !site_->terrain_files.empty()) {
    table.Fail("synthetic", "stands beside the rasters of site.terrain, expected one of the two");
  }
  scenario_.terrain = terrain;
}

void ScenarioReader::ReadHeight(TomlTable& table, FlightHeight& height) {
  constexpr std::array<std::string_view, 3> kKeys = {"height_agl_m", "height_amsl_m",
                                                     "height_hae_m"};
  constexpr FlightHeight::Above kAbove[] = {FlightHeight::Above::kGround,
                                            FlightHeight::Above::kSeaLevel,
                                            FlightHeight::Above::kEllipsoid};
  int stated = 0;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    if (!table.Has(kKeys[i])) continue;
    if (++stated == 2) table.Fail("holds more than one height, expected one");
    const auto m = table.Number(kKeys[i], kHeight);
    if (m) height = {kAbove[i], *m};
    if (m && kAbove[i] == FlightHeight::Above::kGround && *m < 0.0) {
      table.Fail(kKeys[i], fmt::format("is {:.10g}, under ground", *m));
    }
  }
}

bool ScenarioReader::ReadPoint(TomlTable& table, double& lat_deg, double& lon_deg) {
  const bool global = table.Has("lat") || table.Has("lon");
  const bool local = table.Has("east_m") || table.Has("north_m");
  const bool place = table.Has("place");
  if (int{global} + int{local} + int{place} != 1) {
    table.Fail("expected a point: { lat, lon }, { east_m, north_m } or { place }");
    return false;
  }
  if (place) {
    const auto name = table.Text("place");
    if (!name || site_ == nullptr) return false;
    const auto found = std::find_if(site_->places.begin(), site_->places.end(),
                                    [&](const Place& p) { return p.name == *name; });
    if (found == site_->places.end()) {
      std::vector<std::string_view> names;
      for (const Place& p : site_->places) names.push_back(p.name);
      const std::string_view nearest = NearestName(*name, names);
      table.Fail("place",
                 fmt::format("is \"{}\", which is no [[place]] of this file{}", *name,
                             nearest.empty() ? std::string()
                                             : fmt::format(", did you mean \"{}\"?", nearest)));
      return false;
    }
    lat_deg = found->at.lat_deg;
    lon_deg = found->at.lon_deg;
    return true;
  }
  if (local) {
    const auto east = table.Number("east_m", kMap, Need::kRequired);
    const auto north = table.Number("north_m", kMap, Need::kRequired);
    if (!east || !north || site_ == nullptr) return false;
    map_.Reverse(site_->origin.lat_deg, site_->origin.lon_deg, *east, *north, lat_deg, lon_deg);
    return true;
  }
  const auto lat = table.Number("lat", kLatitude, Need::kRequired);
  const auto lon = table.Number("lon", kLongitude, Need::kRequired);
  if (!lat || !lon) return false;
  lat_deg = *lat;
  lon_deg = *lon;
  if (site_ == nullptr) return false;
  double east = 0.0;
  double north = 0.0;
  map_.Forward(site_->origin.lat_deg, site_->origin.lon_deg, lat_deg, lon_deg, east, north);
  if (!(std::hypot(east, north) <= kMaxSiteReachM)) {
    table.Fail(fmt::format("is {:.0f} km from the site's origin, expected at most {:.0f} km",
                           std::hypot(east, north) / 1e3, kMaxSiteReachM / 1e3));
    return false;
  }
  return true;
}

Waypoint ScenarioReader::ReadWaypoint(TomlTable table, const Waypoint& habit) {
  Waypoint waypoint = habit;
  static_cast<void>(ReadPoint(table, waypoint.lat_deg, waypoint.lon_deg));
  ReadHeight(table, waypoint.height);
  waypoint.speed_mps = table.Number("speed_mps", kSpeed).value_or(habit.speed_mps);
  waypoint.stay_s = table.Number("stay_s", kSeconds).value_or(0.0);
  waypoint.orbit_radius_m = table.Number("orbit_radius_m", kLength).value_or(0.0);
  waypoint.clockwise = table.Flag("clockwise").value_or(true);
  table.Finish();
  return waypoint;
}

void ScenarioReader::ReadRoute(TomlTable& table, Profile profile, TargetPlan& plan) {
  const Habit habit = HabitOf(plan.target_class);
  Waypoint usual;
  usual.height.m = habit.height_agl_m;
  ReadHeight(table, usual.height);
  usual.speed_mps = table.Number("speed_mps", kSpeed).value_or(habit.speed_mps);
  const auto waypoints = [&](std::string_view key) {
    std::vector<TomlTable> tables = table.Tables(key);
    if (tables.size() > kMaxWaypoints) {
      table.Fail(key,
                 fmt::format("holds {} points, expected at most {}", tables.size(), kMaxWaypoints));
      tables.clear();
    }
    for (TomlTable& item : tables) plan.route.push_back(ReadWaypoint(item, usual));
  };
  if (profile == Profile::kRoute) {
    waypoints("points");
    if (plan.route.size() < 2) {
      table.Fail("points", "expected at least two points, each { lat, lon, ... }");
    }
    plan.returns = table.Flag("returns").value_or(false);
    return;
  }
  if (profile == Profile::kBirds) {
    if (auto at = table.Table("at", Need::kRequired)) {
      plan.route.push_back(ReadWaypoint(*at, usual));
    }
    plan.roam_radius_m =
        table.Number("roam_radius_m", {10.0, kMaxSiteReachM, "m"}, Need::kRequired).value_or(100.0);
    return;
  }
  Waypoint from = usual;
  if (profile == Profile::kHover) from.height = {FlightHeight::Above::kGround, 2.0};
  const bool has_from = table.Has("from");
  if (auto start =
          table.Table("from", profile == Profile::kHover ? Need::kOptional : Need::kRequired)) {
    static_cast<void>(ReadPoint(*start, from.lat_deg, from.lon_deg));
    ReadHeight(*start, from.height);
    if (start->Has("bearing_deg") || start->Has("distance_m")) {
      const auto bearings = start->Pair("bearing_deg", kAzimuth, Need::kRequired);
      const auto distances = start->Pair("distance_m", kFromZero, Need::kRequired);
      StartSector sector;
      sector.lat_deg = from.lat_deg;
      sector.lon_deg = from.lon_deg;
      if (bearings) {
        sector.from = Bearing::Deg((*bearings)[0]);
        sector.width_rad = Bearing::Deg((*bearings)[1] - (*bearings)[0]).rad();
      }
      if (distances) {
        sector.near_m = (*distances)[0];
        sector.far_m = (*distances)[1];
        if (sector.near_m > sector.far_m) {
          start->Fail("distance_m", "expected [from, to] with from <= to");
        }
      }
      plan.sector = sector;
    }
    start->Finish();
  }
  plan.route.push_back(from);
  waypoints("via");
  Waypoint to = usual;
  if (auto end = table.Table("to", Need::kRequired)) to = ReadWaypoint(*end, usual);
  if (profile == Profile::kReconnaissance || profile == Profile::kHover) {
    to.stay_s = table.Number("stay_s", kSomeSeconds, Need::kRequired).value_or(1.0);
    if (profile == Profile::kReconnaissance) {
      to.orbit_radius_m = table.Number("orbit_radius_m", kLength).value_or(800.0);
      to.clockwise = table.Flag("clockwise").value_or(true);
    }
    plan.returns = table.Flag("returns").value_or(true);
  }
  if (profile == Profile::kHover && !has_from) {
    plan.route[0].lat_deg = to.lat_deg;
    plan.route[0].lon_deg = to.lon_deg;
  }
  plan.route.push_back(to);
}

void ScenarioReader::ReadLog(TomlTable& table, TargetPlan& plan) {
  constexpr std::array<std::string_view, 3> kDatums = {"takeoff", "msl", "hae"};
  constexpr FlightHeight::Above kAbove[] = {FlightHeight::Above::kGround,
                                            FlightHeight::Above::kSeaLevel,
                                            FlightHeight::Above::kEllipsoid};
  const auto file = table.Text("file", Need::kRequired);
  const auto id = table.Text("log_id");
  if (const auto datum = table.Choice("datum", kDatums, Need::kRequired)) {
    plan.log_above = kAbove[*datum];
  }
  plan.log_smooth_s = table.Number("smooth_s", {0.0, 600.0, "s"}).value_or(0.0);
  if (!file) return;
  const Result<std::string> csv = read_file_(*file);
  if (!csv) {
    table.Fail("file", fmt::format("\"{}\": {}", *file, csv.error().what));
    return;
  }
  Result<std::vector<LogPoint>> log = ParseFlightLog(*csv, *file, id.value_or(""));
  if (!log) {
    table.Fail("file", log.error().Text());
    return;
  }
  plan.log = std::move(*log);
}

void ScenarioReader::ReadIdentity(TomlTable& table, TargetPlan& plan) {
  auto claims = table.Table("identity");
  plan.heard_by = table.Texts("heard_by");
  for (const std::string& id : plan.heard_by) {
    if (site_ == nullptr) break;
    const bool known =
        std::any_of(site_->sensors.begin(), site_->sensors.end(), [&](const SensorEntry& entry) {
          return entry.sensor.id == id && entry.sensor.look == LookKind::kSelfReport;
        });
    if (!known) {
      table.Fail("heard_by", fmt::format("\"{}\" is no sensor of self-reports of this file", id));
    }
  }
  if (!claims) return;
  const std::vector<std::string> kinds = claims->Keys();
  if (kinds.empty() || kinds.size() > 8) {
    claims->Fail("expected 1 to 8 claims such as { icao = \"4B1A2C\" }");
    return;
  }
  for (const std::string& kind : kinds) {
    if (const auto value = claims->Text(kind)) plan.identity.emplace_back(kind, *value);
  }
}

void ScenarioReader::ReadTarget(TomlTable table) {
  constexpr std::array<std::string_view, 6> kProfiles = {"ingress", "reconnaissance", "hover",
                                                         "route",   "birds",          "log"};
  constexpr TargetClass kUsual[] = {TargetClass::kFixedWing,  TargetClass::kFixedWing,
                                    TargetClass::kMultirotor, TargetClass::kAircraft,
                                    TargetClass::kBird,       TargetClass::kOther};
  TargetPlan plan;
  if (const auto id = table.Text("id", Need::kRequired)) plan.id = *id;
  const auto chosen = table.Choice("profile", kProfiles, Need::kRequired);
  const auto profile = static_cast<Profile>(chosen.value_or(0));
  const auto named = table.Choice("class", kClasses);
  plan.target_class =
      named ? static_cast<TargetClass>(*named) : kUsual[static_cast<std::size_t>(profile)];
  const double count = table.Number("count", {1.0, kMaxSimulatedTargets, ""}).value_or(1.0);
  if (count != std::floor(count)) table.Fail("count", "expected a whole number");
  plan.count = static_cast<int>(count);
  targets_ += plan.count;
  plan.start_s = table.Number("start_s", kSeconds).value_or(0.0);
  plan.spread_s = table.Number("spread_s", kSeconds).value_or(0.0);
  plan.scatter_m = table.Number("scatter_m", kFromZero).value_or(0.0);
  if (auto formation = table.Table("formation")) {
    Formation body;
    body.spacing_m = formation->Number("spacing_m", {0.1, 10'000.0, "m"}, Need::kRequired)
                         .value_or(body.spacing_m);
    body.wander_m =
        formation->Number("wander_m", {0.0, 1000.0, "m"}).value_or(0.1 * body.spacing_m);
    formation->Finish();
    if (plan.spread_s > 0.0) table.Fail("spread_s", "a formation starts as one body: leave it out");
    plan.formation = body;
  }
  ReadIdentity(table, plan);
  if (profile == Profile::kLog) {
    plan.way = TargetPlan::Way::kLog;
    if (plan.count > 1) table.Fail("count", "a flight log is of one target");
    if (plan.formation) table.Fail("formation", "a flight log is of one target");
    ReadLog(table, plan);
  } else {
    if (profile == Profile::kBirds) plan.way = TargetPlan::Way::kBirds;
    ReadRoute(table, profile, plan);
  }
  if (chosen) table.Finish();
  for (int i = 1; i <= plan.count; ++i) {
    const std::string id = plan.count == 1 ? plan.id : fmt::format("{}-{}", plan.id, i);
    if (ids_.size() < static_cast<std::size_t>(kMaxSimulatedTargets) && !ids_.insert(id).second) {
      table.Fail("id", fmt::format("gives \"{}\", as another target's before it, expected ids of "
                                   "its own",
                                   id));
      break;
    }
  }
  scenario_.targets.push_back(std::move(plan));
}

void ScenarioReader::Read(TomlTable root) {
  if (auto table = root.Table("scenario", Need::kRequired)) ReadScenario(*table);
  if (auto table = root.Table("terrain")) ReadTerrain(*table);
  std::vector<TomlTable> targets = root.Tables("target");
  if (targets.size() > 10'000) {
    root.Fail("target", fmt::format("stands {} times, expected at most 10000", targets.size()));
    targets.clear();
  }
  for (TomlTable& table : targets) {
    ReadTarget(table);
    if (targets_ > kMaxSimulatedTargets) {
      table.Fail("count", fmt::format("brings the targets to {}, expected at most {}", targets_,
                                      kMaxSimulatedTargets));
      break;
    }
  }
}

/// The name of a table header line, "[a.b]" or "[[a.b]]": "a". Nothing for other lines.
std::string_view HeaderOf(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos || line[first] != '[') return {};
  line.remove_prefix(first);
  const std::size_t name = line.find_first_not_of("[ \t\"'");
  if (name == std::string_view::npos) return {};
  line.remove_prefix(name);
  return line.substr(0, line.find_first_of(".] \t\"'"));
}

/// The text without the tables that only a scenario has.
std::string WithoutScenario(std::string_view toml, bool synthetic) {
  std::string site;
  bool keep = true;
  while (!toml.empty()) {
    const std::size_t end = std::min(toml.find('\n'), toml.size() - 1) + 1;
    const std::string_view line = toml.substr(0, end);
    toml.remove_prefix(end);
    const std::string_view header = HeaderOf(line);
    if (!header.empty()) keep = header != "scenario" && header != "target" && header != "terrain";
    if (keep) site += line;
    if (keep && synthetic && header == "site") {
      if (site.back() != '\n') site += '\n';
      site += "terrain = [\"terrain.tif\"]\n";
      synthetic = false;
    }
  }
  return site;
}

bool ParseNumber(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

}  // namespace

tl::expected<ScenarioFile, Errors> ParseScenario(std::string_view toml, const std::string& source,
                                                 const FileReader& read_file) {
  const auto document = ParseToml(toml, source, kMaxSiteBytes);
  if (!document) return tl::unexpected<Errors>(Errors{document.error()});
  ScenarioFile file;
  auto site = ParseSite(toml, source, read_file);
  TomlErrors errors(source, kMaxSiteErrors);
  ScenarioReader(file.scenario, read_file, site ? &*site : nullptr)
      .Read(TomlTable(*document, "", errors));
  Errors all = errors.Take();
  if (!site) {
    all.insert(all.end(), site.error().begin(), site.error().end());
    std::stable_sort(all.begin(), all.end(),
                     [](const Error& a, const Error& b) { return a.line < b.line; });
  }
  if (!all.empty()) return tl::unexpected<Errors>(std::move(all));
  const std::string site_toml = WithoutScenario(toml, file.scenario.terrain.has_value());
  auto alone = ParseSite(site_toml, source, read_file);
  const bool whole = alone.has_value() && alone->sensors.size() == site->sensors.size() &&
                     alone->places.size() == site->places.size() &&
                     (!file.scenario.terrain || alone->terrain_files.size() == 1);
  if (!whole) {
    Error error;
    error.source = source;
    error.what =
        "the site cannot be told from the scenario: give [site], [scenario], [terrain] and every "
        "[[target]] a header on a line of its own";
    return tl::unexpected<Errors>(Errors{std::move(error)});
  }
  file.site = std::move(*alone);
  return file;
}

bool IsScenario(std::string_view toml) {
  while (!toml.empty()) {
    const std::size_t end = std::min(toml.find('\n'), toml.size() - 1) + 1;
    if (HeaderOf(toml.substr(0, end)) == "scenario") return true;
    toml.remove_prefix(end);
  }
  return false;
}

Result<std::vector<LogPoint>> ParseFlightLog(std::string_view csv, const std::string& source,
                                             std::string_view id) {
  Error error;
  error.source = source;
  const auto fail = [&](std::string field, std::string what) {
    error.field = std::move(field);
    error.what = std::move(what);
    return tl::unexpected<Error>(error);
  };
  enum Column : std::size_t { kTime, kLat, kLon, kAlt, kId };
  std::array<std::size_t, 5> column;
  column.fill(std::string_view::npos);
  std::vector<std::string_view> cells;
  std::vector<LogPoint> points;
  std::string first_id;
  std::optional<double> start;
  while (!csv.empty()) {
    const std::size_t end = std::min(csv.find('\n'), csv.size());
    std::string_view line = csv.substr(0, end);
    csv.remove_prefix(std::min(end + 1, csv.size()));
    ++error.line;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    cells.clear();
    for (std::string_view rest = line; cells.size() < 1000;) {
      const std::size_t comma = rest.find(',');
      cells.push_back(rest.substr(0, comma));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    if (column[kTime] == std::string_view::npos) {
      constexpr std::pair<std::string_view, Column> kNames[] = {
          {"t_s", kTime},    {"t_unix_or_rel_s", kTime},
          {"lat_deg", kLat}, {"lon_deg", kLon},
          {"alt_m", kAlt},   {"id", kId}};
      for (std::size_t i = 0; i < cells.size(); ++i) {
        for (const auto& [name, which] : kNames) {
          if (cells[i] == name) column[which] = i;
        }
      }
      for (const Column needed : {kTime, kLat, kLon, kAlt}) {
        if (column[needed] != std::string_view::npos) continue;
        return fail("", "the first line names no column \"" +
                            std::string(std::array{"t_s", "lat_deg", "lon_deg", "alt_m"}[needed]) +
                            "\"");
      }
      continue;
    }
    const auto cell = [&](Column which) {
      return column[which] < cells.size() ? cells[column[which]] : std::string_view();
    };
    if (column[kId] != std::string_view::npos) {
      if (!id.empty() && cell(kId) != id) continue;
      if (first_id.empty()) first_id = cell(kId);
      if (id.empty() && cell(kId) != first_id) {
        return fail("id", fmt::format("holds the flights of \"{}\" and \"{}\": choose one by "
                                      "log_id",
                                      first_id, cell(kId)));
      }
    }
    LogPoint point;
    const std::tuple<Column, std::string_view, double*, double> kNumbers[] = {
        {kTime, "t_s", &point.t_s, 1e11},
        {kLat, "lat_deg", &point.lat_deg, 90.0},
        {kLon, "lon_deg", &point.lon_deg, 180.0},
        {kAlt, "alt_m", &point.height_m, 30'000.0}};
    for (const auto& [which, name, value, most] : kNumbers) {
      if (!ParseNumber(cell(which), *value) || std::abs(*value) > most) {
        return fail(std::string(name), fmt::format("expected a number within +-{:.10g}", most));
      }
    }
    if (!start) start = point.t_s;
    point.t_s -= *start;
    if (!points.empty() && !(point.t_s > points.back().t_s)) continue;
    if (point.t_s > kMaxScenarioS) {
      return fail("t_s", fmt::format("is {:.0f} s after the first fix, expected at most {:.0f} s",
                                     point.t_s, kMaxScenarioS));
    }
    if (points.size() >= kMaxLogPoints) {
      return fail("", fmt::format("holds more than {} fixes", kMaxLogPoints));
    }
    points.push_back(point);
  }
  error.line = 0;
  if (points.size() < 2) {
    return fail(
        "", id.empty() ? "holds no two fixes" : fmt::format("holds no two fixes of \"{}\"", id));
  }
  return points;
}

}  // namespace picket
