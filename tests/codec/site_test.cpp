// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/site.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace picket {
namespace {

constexpr double kDeg = kRadPerDeg;

/// Every table and key of the format. Tests change single lines of it.
const std::string kWhole = R"([site]
name    = "Harbour"
origin  = { lat = 37.5, lon = 127.0, height_hae_m = 60.0 }
terrain = ["N37E126.hgt", "N37E127.hgt"]
region  = { radius_m = 30000, ceiling_agl_m = 900 }

[[sensor]]
id       = "radar"
kind     = "radar"
at       = { lat = 37.61, lon = 126.98, height_agl_m = 12.0 }
period_s = 2.5
measures = ["range", "azimuth", "elevation", "range_rate"]
sd       = { range_m = 15.0, azimuth_deg = 0.5, elevation_deg = 1.0, range_rate_mps = 0.4 }
field = { min_range_m = 200, max_range_m = 15000, azimuth_deg = [300, 60],elevation_deg = [-5, 45] }
detect   = { model = "falloff", probability = 0.7, half_range_m = 4000, power = 4 }
clutter  = { per_look = 100, per_target = 0.05 }
resolution = { range_m = 30, azimuth_deg = 1.0 }
error_correlation_s = 2.5
asterix  = { sac = 25, sic = 7, edition = { "48" = "1.15", "34" = "1.27" } }

[[sensor]]
id = "ears"
kind = "acoustic"
at = { east_m = 100, north_m = -200.5 }
measures = ["azimuth"]
sd = { azimuth_deg = 2 }
field = { max_range_m = 3000 }
name = "Ears on the hill"
up = false
views = [ { azimuth_deg = [0, 90] }, { max_range_m = 500 } ]
obscured = [ { geojson = { type = "Polygon", coordinates = [
  [[127.0, 37.5], [127.1, 37.5], [127.1, 37.6], [127.0, 37.5]]] } } ]

[[sensor]]
id = "receiver"
kind = "position"
at = { lat = 37.4, lon = 127.1, height_hae_m = 80 }
measures = ["east", "north", "up", "vel_east", "vel_north", "vel_up"]
sd = { east_m = 30, north_m = 30, up_m = 10, vel_east_mps = 2, vel_north_mps = 2, vel_up_mps = 1 }
field = { max_range_m = 300000 }
adsb = true

[[sensor]]
id = "grid"
kind = "position"
at = { east_m = 0, north_m = 0, up_m = 4 }
measures = ["east", "north"]
sd = { east_m = 1, north_m = 1.5 }
field = { east_m = [0, 300], north_m = [-10, 290] }
look = "scan"

[[sensor]]
id = "pair"
kind = "tdoa"
at = { lat = 37.45, lon = 127.1, height_amsl_m = 80 }
measures = ["range_difference"]
sd = { range_difference_m = 30 }
field = { max_range_m = 20000 }
reference = "receiver"

[[place]]
name = "Terminal 1"
at = { lat = 37.55, lon = 126.99 }
radius_m = 500

[[area]]
name = "P-73"
file = "p73.geojson"
alert = "inside"

[[area]]
name = "Border"
geojson = { type = "LineString", coordinates = [[126.5, 37.9], [127.5, 37.95]] }

[tracker]
survival_per_s = 0.99
births_per_hour = 18.0
expected_at_start = 3
process_noise_m2ps3 = 0.02
lag_s = 7.5

[[tracker.birth]]
east_m = 100
north_m = 90
sd_m = 150
sd_mps = 1
share = 2

[[input]]
format = "beast"
tcp = "127.0.0.1:30005"

[[output]]
format = "cot"
udp = "239.2.3.1:6969"
stale_s = 15
[server]
[access]
[record]
[bus]
)";

const std::string kPolygon =
    R"({"type":"Polygon","coordinates":[[[126.9,37.4],[127,37.4],[127,37.5],[126.9,37.4]]]})";

Result<std::string> ReadMadeUp(const std::string& name) {
  static const std::map<std::string, std::string> kFiles = {
      {"p73.geojson", kPolygon},
      {"two.geojson", R"({"type":"FeatureCollection","features":[
         {"type":"Feature","properties":{},"geometry":)" +
                          kPolygon + R"(},
         {"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":[
           [[[126.9,37.4,5],[127,37.4],[127,37.5],[126.9,37.4,5]]]]}}]})"},
      {"point.geojson", R"({"type":"Point","coordinates":[1,2]})"},
      {"broken.geojson", R"({"type":"Polygon",)"},
      {"far.geojson", R"({"type":"LineString","coordinates":[[10,10],[11,11]]})"},
  };
  const auto found = kFiles.find(name);
  if (found == kFiles.end()) return Fail("cannot be opened: No such file or directory");
  return found->second;
}

tl::expected<Site, Errors> Parse(const std::string& toml) {
  return ParseSite(toml, "site.toml", ReadMadeUp);
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string Texts(const Errors& errors) {
  std::string texts;
  for (const Error& error : errors) texts += error.Text() + "\n";
  return texts;
}

double Sd(const Sensor& sensor, Component c) { return sensor.sd[static_cast<std::size_t>(c)]; }

TEST(SiteTest, ReadsEveryKey) {
  const auto site = Parse(kWhole);
  ASSERT_TRUE(site) << Texts(site.error());
  EXPECT_EQ(site->name, "Harbour");
  EXPECT_EQ(site->origin.lat_deg, 37.5);
  EXPECT_EQ(site->origin.lon_deg, 127.0);
  EXPECT_EQ(site->origin.height.m, 60.0);
  EXPECT_EQ(site->terrain_files, (std::vector<std::string>{"N37E126.hgt", "N37E127.hgt"}));
  EXPECT_EQ(site->region_radius_m, 30000.0);
  EXPECT_EQ(site->ceiling.m, 900.0);
  EXPECT_EQ(site->text, kWhole);
  ASSERT_EQ(site->sensors.size(), 5U);

  const SensorEntry& radar = site->sensors[0];
  EXPECT_EQ(radar.sensor.id, "radar");
  EXPECT_EQ(radar.sensor.kind, SensorKind::kRadar);
  EXPECT_EQ(radar.sensor.look, LookKind::kScan);
  EXPECT_FALSE(radar.placement.local);
  EXPECT_EQ(radar.placement.lat_deg, 37.61);
  EXPECT_EQ(radar.placement.lon_deg, 126.98);
  EXPECT_EQ(radar.placement.above, SensorPlacement::Above::kGround);
  EXPECT_EQ(radar.placement.height_m, 12.0);
  EXPECT_EQ(radar.sensor.period, Duration::Seconds(2.5));
  EXPECT_EQ(radar.sensor.measures, (ComponentSet{Component::kRange, Component::kAzimuth,
                                                 Component::kElevation, Component::kRangeRate}));
  EXPECT_EQ(Sd(radar.sensor, Component::kRange), 15.0);
  EXPECT_DOUBLE_EQ(Sd(radar.sensor, Component::kAzimuth), 0.5 * kDeg);
  EXPECT_DOUBLE_EQ(Sd(radar.sensor, Component::kElevation), 1.0 * kDeg);
  EXPECT_EQ(Sd(radar.sensor, Component::kRangeRate), 0.4);
  EXPECT_EQ(radar.sensor.field.min_range_m, 200.0);
  EXPECT_EQ(radar.sensor.field.max_range_m, 15000.0);
  EXPECT_DOUBLE_EQ(radar.sensor.field.azimuth_from.deg(), 300.0);
  EXPECT_DOUBLE_EQ(radar.sensor.field.azimuth_width_rad, 120.0 * kDeg);
  EXPECT_DOUBLE_EQ(radar.sensor.field.elevation_min_rad, -5.0 * kDeg);
  EXPECT_DOUBLE_EQ(radar.sensor.field.elevation_max_rad, 45.0 * kDeg);
  EXPECT_EQ(radar.sensor.detect.kind, DetectModel::Kind::kFalloff);
  EXPECT_EQ(radar.sensor.detect.probability, 0.7);
  EXPECT_EQ(radar.sensor.detect.half_range_m, 4000.0);
  EXPECT_EQ(radar.sensor.detect.power, 4.0);
  EXPECT_EQ(radar.sensor.clutter_per_look, 100.0);
  EXPECT_EQ(radar.sensor.echoes, 0.05);
  EXPECT_EQ(radar.sensor.resolution.range_m, 30.0);
  EXPECT_NEAR(radar.sensor.resolution.azimuth_rad, 1.0 * kRadPerDeg, 1e-12);
  EXPECT_EQ(radar.sensor.error_correlation_s, 2.5);
  ASSERT_TRUE(radar.asterix);
  EXPECT_EQ(radar.asterix->sac, 25);
  EXPECT_EQ(radar.asterix->sic, 7);
  EXPECT_EQ(radar.asterix->editions,
            (std::vector<std::pair<int, std::string>>{{34, "1.27"}, {48, "1.15"}}));

  const SensorEntry& ears = site->sensors[1];
  EXPECT_TRUE(ears.placement.local);
  EXPECT_EQ(ears.placement.p_LS_L, Eigen::Vector3d(100, -200.5, 0));
  EXPECT_FALSE(ears.asterix);
  EXPECT_TRUE(ears.adsb.empty());

  const SensorEntry& receiver = site->sensors[2];
  EXPECT_EQ(receiver.adsb, "receiver");
  EXPECT_EQ(receiver.sensor.look, LookKind::kSelfReport);
  EXPECT_EQ(receiver.placement.above, SensorPlacement::Above::kEllipsoid);
  EXPECT_EQ(Sd(receiver.sensor, Component::kVelUp), 1.0);

  const Sensor& grid = site->sensors[3].sensor;
  EXPECT_TRUE(grid.field.has_box);
  EXPECT_EQ(grid.field.east_max_m, 300.0);
  EXPECT_EQ(grid.field.north_min_m, -10.0);
  EXPECT_EQ(grid.look, LookKind::kScan);

  EXPECT_EQ(site->sensors[4].placement.above, SensorPlacement::Above::kSeaLevel);
  EXPECT_EQ(site->sensors[4].sensor.reference, 2);

  ASSERT_EQ(site->places.size(), 1U);
  EXPECT_EQ(site->places[0].name, "Terminal 1");
  EXPECT_EQ(site->places[0].at.lat_deg, 37.55);
  EXPECT_EQ(site->places[0].radius_m, 500.0);
  ASSERT_EQ(site->areas.size(), 2U);
  EXPECT_EQ(site->areas[0].name, "P-73");
  EXPECT_EQ(site->areas[0].shape, Area::Shape::kPolygon);
  EXPECT_EQ(site->areas[0].trigger, Area::Trigger::kInside);
  ASSERT_EQ(site->areas[0].rings_lon_lat.size(), 1U);
  EXPECT_EQ(site->areas[0].rings_lon_lat[0].size(), 4U);
  EXPECT_EQ(site->areas[0].rings_lon_lat[0][2], std::pair(127.0, 37.5));
  EXPECT_EQ(site->areas[1].shape, Area::Shape::kLine);
  EXPECT_EQ(site->areas[1].trigger, Area::Trigger::kCross);

  const TrackerParameters& t = site->tracker;
  EXPECT_EQ(t.survival_per_s, 0.99);
  EXPECT_EQ(t.births_per_hour, 18.0);
  EXPECT_EQ(t.expected_at_start, 3.0);
  EXPECT_EQ(t.process_noise_m2ps3, 0.02);
  EXPECT_EQ(t.lag, Duration::Seconds(7.5));
  EXPECT_EQ(t.region_radius_m, 30000.0);
  EXPECT_EQ(t.ceiling_m, 900.0);
  ASSERT_EQ(t.births.size(), 1U);
  EXPECT_EQ(t.births[0].east_m, 100.0);
  EXPECT_EQ(t.births[0].north_m, 90.0);
  EXPECT_EQ(t.births[0].sd_m, 150.0);
  EXPECT_EQ(t.births[0].sd_mps, 1.0);
  EXPECT_EQ(t.births[0].share, 2.0);
  ASSERT_EQ(site->inputs.size(), 1U);
  EXPECT_EQ(site->inputs[0].format, "beast");
  EXPECT_EQ(site->inputs[0].tcp, "127.0.0.1:30005");
  ASSERT_EQ(site->outputs.size(), 1U);
  EXPECT_EQ(site->outputs[0].format, "cot");
  EXPECT_EQ(site->outputs[0].udp, "239.2.3.1:6969");
  EXPECT_EQ(site->outputs[0].stale_s, 15.0);
}

TEST(SiteTest, DefaultsAreThoseOfTheDocuments) {
  const auto site = Parse(R"(
[site]
origin = { lat = 37.5, lon = 127.0 }
[[sensor]]
id = "r"
kind = "radar"
at = { east_m = 0, north_m = 0 }
measures = ["range", "azimuth"]
sd = { range_m = 15, azimuth_deg = 1 }
field = { max_range_m = 10000 }
[[sensor]]
id = "a"
kind = "acoustic"
at = { east_m = 0, north_m = 0 }
measures = ["azimuth"]
sd = { azimuth_deg = 1 }
field = { max_range_m = 3000 }
)");
  ASSERT_TRUE(site) << Texts(site.error());
  EXPECT_EQ(site->name, "site");
  EXPECT_EQ(site->origin.height.m, 0.0);
  EXPECT_EQ(site->region_radius_m, 40000.0);
  EXPECT_EQ(site->ceiling.m, 1500.0);
  const Sensor& r = site->sensors[0].sensor;
  EXPECT_EQ(r.period, Duration::Seconds(1));
  EXPECT_EQ(r.detect.kind, DetectModel::Kind::kConstant);
  EXPECT_EQ(r.detect.probability, 0.9);
  EXPECT_EQ(r.clutter_per_look, 1.0);
  EXPECT_EQ(r.field.min_range_m, 0.0);
  EXPECT_DOUBLE_EQ(r.field.azimuth_width_rad, 360.0 * kDeg);
  EXPECT_DOUBLE_EQ(r.field.elevation_min_rad, -90.0 * kDeg);
  EXPECT_DOUBLE_EQ(r.field.elevation_max_rad, 90.0 * kDeg);
  EXPECT_FALSE(r.sound_delay);
  EXPECT_TRUE(site->sensors[1].sensor.sound_delay);
  EXPECT_FALSE(site->tracker.process_noise_m2ps3);
  EXPECT_EQ(site->tracker.lag, Duration::Seconds(5));
  EXPECT_TRUE(site->tracker.births.empty());
}

TEST(SiteTest, AzimuthsRunClockwiseAlsoAcrossNorth) {
  const auto field = [](const std::string& azimuth) {
    const auto site = Parse(Replaced(kWhole, "azimuth_deg = [300, 60]", azimuth));
    EXPECT_TRUE(site) << Texts(site.error());
    return site->sensors[0].sensor.field;
  };
  EXPECT_DOUBLE_EQ(field("azimuth_deg = [0, 360]").azimuth_width_rad, 360 * kDeg);
  EXPECT_DOUBLE_EQ(field("azimuth_deg = [-180, 180]").azimuth_width_rad, 360 * kDeg);
  EXPECT_DOUBLE_EQ(field("azimuth_deg = [-30, 30]").azimuth_from.deg(), 330);
  EXPECT_DOUBLE_EQ(field("azimuth_deg = [-30, 30]").azimuth_width_rad, 60 * kDeg);
  EXPECT_DOUBLE_EQ(field("azimuth_deg = [90, 10]").azimuth_width_rad, 280 * kDeg);
}

TEST(SiteTest, EachShapeOfAFileIsAnAreaOfItsOwn) {
  const auto site = Parse(Replaced(kWhole, "p73.geojson", "two.geojson"));
  ASSERT_TRUE(site) << Texts(site.error());
  ASSERT_EQ(site->areas.size(), 3U);
  EXPECT_EQ(site->areas[0].name, "P-73/1");
  EXPECT_EQ(site->areas[1].name, "P-73/2");
  EXPECT_EQ(site->areas[1].trigger, Area::Trigger::kInside);
}

TEST(SiteTest, JsonInAStringIsAnAreaToo) {
  const auto site =
      Parse(Replaced(kWhole, R"(file = "p73.geojson")", "geojson = '''" + kPolygon + "'''"));
  ASSERT_TRUE(site) << Texts(site.error());
  EXPECT_EQ(site->areas[0].rings_lon_lat[0].size(), 4U);
}

struct Refusal {
  std::string from, to, error;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.error; }

class SiteRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(SiteRefusal, IsToldWithLineFieldAndExpectation) {
  const Refusal& refusal = GetParam();
  const auto site = Parse(Replaced(kWhole, refusal.from, refusal.to));
  ASSERT_FALSE(site);
  ASSERT_EQ(site.error().size(), 1U) << Texts(site.error());
  const std::string text = site.error()[0].Text();
  EXPECT_NE(text.find(refusal.error), std::string::npos) << text;
  EXPECT_EQ(text.rfind("site.toml:", 0), 0U) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Values, SiteRefusal,
    testing::Values(
        Refusal{"lat = 37.5,", "lat = 97,",
                ":3: site.origin.lat: is 97, expected a number in [-90, 90] degrees"},
        Refusal{"lon = 127.0", "lon = 181",
                ":3: site.origin.lon: is 181, expected a number in [-180, 180]"},
        Refusal{"lon = 127.0", "lon = \"127E\"", "site.origin.lon: is a string, expected a number"},
        Refusal{"lat = 37.5, ", "",
                ":3: site.origin.lat: is missing, expected a number in [-90, 90] degrees"},
        Refusal{"height_hae_m = 60.0", "height_hae_m = nan", "height_hae_m: is nan, expected"},
        Refusal{
            "height_hae_m = 60.0", "height_m = 60.0",
            "site.origin.height_m: is no key that is known here, did you mean \"height_hae_m\"?"},
        Refusal{"name    = \"Harbour\"", "name = \"\"", ":2: site.name: has 0 bytes"},
        Refusal{"name    = \"Harbour\"", "name = \"a\\u001b[2J\"",
                ":2: site.name: holds control characters"},
        Refusal{"\"N37E127.hgt\"]", "7]", ":4: site.terrain[1]: is a number, expected a string"},
        Refusal{"radius_m = 30000", "radius_m = 0",
                ":5: site.region.radius_m: is 0, expected a number in (0, 1000000] m"},
        Refusal{"radius_m = 30000", "radius_m = inf", "site.region.radius_m: is inf"},
        Refusal{"ceiling_agl_m = 900", "ceiling_agl_m = -1", "site.region.ceiling_agl_m: is -1"},
        Refusal{"region  = {", "regoin  = {",
                "site.regoin: is no key that is known here, did you mean \"region\"?"},
        Refusal{"id       = \"radar\"", "", "sensor[0].id: is missing, expected a string"},
        Refusal{"id       = \"radar\"", "id = \"ears\"",
                "sensor[1].id: is \"ears\", as another one's before it"},
        Refusal{
            "kind     = \"radar\"", "kind = \"rader\"",
            "sensor[0].kind: is \"rader\" (did you mean \"radar\"?), expected one of radar, rf,"},
        Refusal{"at       = { lat = 37.61, lon = 126.98, height_agl_m = 12.0 }", "",
                "sensor[0].at: is missing"},
        Refusal{", height_agl_m = 12.0", "",
                "sensor[0].at: holds no heights, expected one of height_agl_m"},
        Refusal{"height_agl_m = 12.0", "height_agl_m = 12, height_hae_m = 3",
                "holds several heights"},
        Refusal{"height_agl_m = 12.0", "height_agl_m = -1", "sensor[0].at.height_agl_m: is -1"},
        Refusal{"lat = 37.61, lon = 126.98, height_agl_m = 12.0",
                "lat = 37.61, lon = 12.0, height_agl_m = 12",
                "km from the site's origin, expected at most 1000 km"},
        Refusal{"lat = 37.61,", "lat = 37.61, east_m = 3,", "expected one of the two"},
        Refusal{", north_m = -200.5", "", "sensor[1].at.north_m: is missing"},
        Refusal{"period_s = 2.5", "period_s = 0",
                "sensor[0].period_s: is 0, expected a number in [0.001, 86400] s"},
        Refusal{"\"elevation\", \"range_rate\"]", "\"elevatoin\", \"range_rate\"]",
                "sensor[0].measures: holds \"elevatoin\" (did you mean \"elevation\"?)"},
        Refusal{"\"range\", \"azimuth\", \"elevation\"",
                "\"range\", \"azimuth\", \"elevation\", \"range\"",
                "sensor[0].measures: holds \"range\" twice"},
        Refusal{"measures = [\"azimuth\"]", "measures = []", "sensor[1].measures: is empty"},
        Refusal{"measures = [\"azimuth\"]", "measures = [\"azimuth\", \"east\"]",
                "sensor[1].measures: holds \"east\""},
        Refusal{"measures = [\"east\", \"north\"]", "measures = [\"east\"]",
                "sensor[3].measures: lacks \"east\" or \"north\""},
        Refusal{"azimuth_deg = 0.5, ", "",
                "sensor[0].sd.azimuth_deg: is missing, expected a number in (0, 180] degrees"},
        Refusal{"range_m = 15.0", "range_m = 0",
                "sensor[0].sd.range_m: is 0, expected a number in (0, 100000] m"},
        Refusal{"sd = { azimuth_deg = 2 }", "", "sensor[1].sd: is missing, expected a table"},
        Refusal{"sd = { azimuth_deg = 2 }", "sd = { azimuth_deg = 2, azimuth_rad = 1 }",
                "sensor[1].sd.azimuth_rad: is no key that is known here, did you mean "
                "\"azimuth_deg\"?"},
        Refusal{"max_range_m = 15000", "max_range_m = 100",
                "sensor[0].field.min_range_m: is 200, expected less than max_range_m, 100"},
        Refusal{"max_range_m = 15000, ", "", "sensor[0].field.max_range_m: is missing"},
        Refusal{"[300, 60]", "[10, 10]", "sensor[0].field.azimuth_deg: is [10, 10]"},
        Refusal{"[300, 60]", "[-360, 360]", "sensor[0].field.azimuth_deg: is [-360, 360]"},
        Refusal{"[300, 60]", "[0, 400]",
                "sensor[0].field.azimuth_deg[1]: is 400, expected a number in [-360, 360] degrees"},
        Refusal{"[300, 60]", "[0, 60, 90]",
                "sensor[0].field.azimuth_deg: is an array of 3, expected [from, to]"},
        Refusal{"[-5, 45]", "[45, -5]", "sensor[0].field.elevation_deg: is [45, -5]"},
        Refusal{"east_m = [0, 300], ", "", "sensor[3].field: holds half a box"},
        Refusal{"field = { east_m = [0, 300], north_m = [-10, 290] }", "",
                "sensor[3].field: has no bounds"},
        Refusal{"\"falloff\"", "\"fallof\"",
                "sensor[0].detect.model: is \"fallof\" (did you mean \"falloff\"?), expected one "
                "of constant, falloff, radar_equation"},
        Refusal{"model = \"falloff\", probability = 0.7, half_range_m = 4000, power = 4",
                "model = \"acoustic\"",
                "sensor[0].detect.model: is \"acoustic\", expected one of constant, falloff, "
                "radar_equation"},
        Refusal{"model = \"falloff\", probability = 0.7, half_range_m = 4000, power = 4",
                "model = \"radar_equation\", swerling = 1.5",
                "sensor[0].detect.swerling: is 1.5, expected a whole number"},
        Refusal{"model = \"falloff\", probability = 0.7, half_range_m = 4000, power = 4",
                "model = \"radar_equation\", rcs_dbsm = { bird = 99 }",
                "sensor[0].detect.rcs_dbsm.bird: is 99, expected a number in [-80, 60] dBsm"},
        Refusal{"model = \"falloff\", probability = 0.7, half_range_m = 4000, power = 4",
                "model = \"radar_equation\", rcs_dbsm = { birds = -20 }",
                "sensor[0].detect.rcs_dbsm.birds: is no key that is known here"},
        Refusal{"model = \"falloff\", probability = 0.7, half_range_m = 4000, power = 4",
                "model = \"radar_equation\", multipath = true",
                "sensor[0].detect.multipath: is true, expected only with surface = \"sea\""},
        Refusal{"kind = \"acoustic\"",
                "kind = \"acoustic\"\ndetect = { model = \"acoustic\", "
                "diffraction = true }",
                "sensor[1].detect.diffraction: is no key that is known here"},
        Refusal{"adsb = true", "adsb = true\ndetect = { model = \"link_budget\" }",
                "sensor[2].detect.eirp_dbm: is missing"},
        Refusal{"period_s = 2.5", "weather = { rain_mmph = -1 }",
                "sensor[0].weather.rain_mmph: is -1, expected a number in [0, 500] mm/h"},
        Refusal{"period_s = 2.5", "preset = \"radar-drone\"",
                "sensor[0].preset: is no preset that is known (did you mean \"radar-drone-x\"?)"},
        Refusal{"name    = \"Harbour\"",
                "terrain_heights = \"ellipsoid\"\nterrain_nodata = \"sea\"",
                "site.terrain_nodata: is \"sea\", expected \"unknown\""},
        Refusal{"terrain = [\"N37E126.hgt\", \"N37E127.hgt\"]", "surface = [\"dsm.tif\"]",
                "site.surface: is there without terrain"},
        Refusal{"probability = 0.7", "probability = 1.0",
                "sensor[0].detect.probability: is 1, expected a number in (0, 1)"},
        Refusal{"half_range_m = 4000, ", "", "sensor[0].detect.half_range_m: is missing"},
        Refusal{"power = 4", "power = 0", "sensor[0].detect.power: is 0"},
        Refusal{"model = \"falloff\", probability = 0.7, half_range_m = 4000, power = 4",
                "model = \"constant\", power = 4",
                "sensor[0].detect.power: is no key that is known here"},
        Refusal{"per_look = 100", "per_look = -1", "sensor[0].clutter.per_look: is -1"},
        Refusal{"per_target = 0.05", "per_target = 11", "sensor[0].clutter.per_target: is 11"},
        Refusal{"range_m = 30", "range_m = -30", "sensor[0].resolution.range_m: is -30"},
        Refusal{"error_correlation_s = 2.5", "error_correlation_s = -1",
                "sensor[0].error_correlation_s: is -1"},
        Refusal{"sac = 25", "sac = 256",
                "sensor[0].asterix.sac: is 256, expected a number in [0, 255]"},
        Refusal{"sic = 7", "sic = 7.5", "sensor[0].asterix.sic: is no whole number"},
        Refusal{"\"48\" = \"1.15\"", "\"481\" = \"1.15\"",
                "sensor[0].asterix.edition.481: is no category"},
        Refusal{"\"48\" = \"1.15\"", "\"48\" = \"new\"",
                "sensor[0].asterix.edition.48: is no edition"},
        Refusal{"sd = { azimuth_deg = 2 }",
                "sd = { azimuth_deg = 2 }\nasterix = { sac = 25, sic = 7 }",
                "sensor[1].asterix: is SAC 25 SIC 7, as sensor[0].asterix before it"},
        Refusal{"period_s = 2.5", "propagation = \"sound\"",
                "sensor[0].propagation: is \"sound\", expected \"instant\""},
        Refusal{"period_s = 2.5", "adsb = true",
                "sensor[0].adsb: is true, expected only of a sensor of kind \"position\""},
        Refusal{"look = \"scan\"", "adsb = true",
                "sensor[3].adsb: is true, as of sensor \"receiver\" before it"},
        Refusal{"look = \"scan\"", "look = \"self\"",
                "sensor[3].look: is \"self\" (did you mean \"self_report\"?)"},
        Refusal{"reference = \"receiver\"", "", "sensor[4].reference: is missing"},
        Refusal{"reference = \"receiver\"", "reference = \"pair\"",
                "sensor[4].reference: is \"pair\", expected the id of another sensor"},
        Refusal{"period_s = 2.5", "reference = \"ears\"",
                "sensor[0].reference: is there, expected only of a sensor of kind \"tdoa\""},
        Refusal{"radius_m = 500", "", "place[0].radius_m: is missing"},
        Refusal{"radius_m = 500", "radius_m = -3", "place[0].radius_m: is -3"},
        Refusal{"at = { lat = 37.55, lon = 126.99 }", "at = { lat = -37.55, lon = 126.99 }",
                "place[0].at.lat: is "},
        Refusal{"alert = \"inside\"", "alert = \"enters\"",
                "area[0].alert: is \"enters\" (did you mean \"enter\"?)"},
        Refusal{"file = \"p73.geojson\"", "file = \"none.geojson\"",
                "area[0].file: is \"none.geojson\": cannot be opened"},
        Refusal{"file = \"p73.geojson\"", "file = \"point.geojson\"",
                "area[0].file: is \"point.geojson\": type: is \"Point\", expected Polygon"},
        Refusal{"file = \"p73.geojson\"", "file = \"broken.geojson\"",
                "area[0].file: is \"broken.geojson\": is no GeoJSON"},
        Refusal{"file = \"p73.geojson\"\nalert = \"inside\"", "file = \"far.geojson\"",
                "km from the site's origin"},
        Refusal{"file = \"p73.geojson\"", "", "area[0]: holds file and geojson both or neither"},
        Refusal{"[[126.5, 37.9], [127.5, 37.95]]", "[[126.5, 37.9], [127.5, 137.95]]",
                "area[1].geojson: coordinates[1]: has latitude 137.95"},
        Refusal{"[[126.5, 37.9], [127.5, 37.95]] }",
                "[[126.5, 37.9], [127.5, 37.95]] }\nalert = \"enter\"",
                "area[1].alert: is for a polygon, expected \"cross\" of a line"},
        Refusal{"name = \"Border\"", "name = \"P-73\"",
                "area[1].name: is \"P-73\", as another one's"},
        Refusal{"survival_per_s = 0.99", "survival_per_s = 1.01",
                "tracker.survival_per_s: is 1.01"},
        Refusal{"births_per_hour = 18.0", "births_per_hour = -1", "tracker.births_per_hour: is -1"},
        Refusal{"expected_at_start = 3", "expected_at_start = nan",
                "tracker.expected_at_start: is nan"},
        Refusal{"process_noise_m2ps3 = 0.02", "process_noise_m2ps3 = 0",
                "tracker.process_noise_m2ps3: is 0"},
        Refusal{"lag_s = 7.5", "lag_s = 61",
                "tracker.lag_s: is 61, expected a number in [0, 60] s"},
        Refusal{"lag_s = 7.5", "lag = 7.5",
                "tracker.lag: is no key that is known here, did you mean \"lag_s\"?"},
        Refusal{"sd_m = 150", "sd_m = 0", "tracker.birth[0].sd_m: is 0"},
        Refusal{"east_m = 100\nnorth", "north", "tracker.birth[0].east_m: is missing"},
        Refusal{"share = 2", "share = 0", "tracker.birth[0].share: is 0"},
        Refusal{"format = \"beast\"", "format = \"best\"",
                "input[0].format: is \"best\" (did you mean \"beast\"?)"},
        Refusal{"tcp = \"127.0.0.1:30005\"", "tcp = \"127.0.0.1\"",
                "input[0].tcp: is \"127.0.0.1\", expected \"HOST:PORT\""},
        Refusal{"tcp = \"127.0.0.1:30005\"", "udp = \"239.0.0.1:70000\"",
                "input[0].udp: is \"239.0.0.1:70000\", expected \"ADDRESS:PORT\""},
        Refusal{"tcp = \"127.0.0.1:30005\"", "",
                "input[0]: holds 0 of tcp, udp, file, zmq, listen, mqtt, expected one"},
        Refusal{"tcp = \"127.0.0.1:30005\"", "zmq = \"127.0.0.1\"",
                "input[0].zmq: is \"127.0.0.1\", expected \"HOST:PORT\""},
        Refusal{"format = \"cot\"\nudp = \"239.2.3.1:6969\"\nstale_s = 15",
                "format = \"asterix\"\nudp = \"239.2.3.1:6969\"\nsic = 1",
                "output[0].sac: is missing"},
        Refusal{"format = \"cot\"\nudp = \"239.2.3.1:6969\"\nstale_s = 15",
                "format = \"asterix\"\nudp = \"239.2.3.1:6969\"\nsac = 25\nsic = 256",
                "output[0].sic: is 256"},
        Refusal{"format = \"cot\"\nudp = \"239.2.3.1:6969\"\nstale_s = 15",
                "format = \"asterix\"\nudp = \"239.2.3.1:6969\"\nsac = 25\nsic = 1\ncategory = 48",
                "output[0].category: is 48, expected 62 or 21"},
        Refusal{"format = \"cot\"\nudp = \"239.2.3.1:6969\"\nstale_s = 15",
                "format = \"asterix\"\ntcp = \"239.2.3.1:6969\"\nsac = 25\nsic = 1",
                "output[0].tcp: is no way that ASTERIX is sent"},
        Refusal{"tcp = \"127.0.0.1:30005\"", "listen = \"127.0.0.1:30005\"",
                "input[0].listen: is there, expected only of format \"sapient\""},
        Refusal{"tcp = \"127.0.0.1:30005\"",
                "tcp = \"127.0.0.1:30005\"\ntls = { certificate = \"a.pem\" }",
                "input[0].tls: holds one of certificate and key, expected both or neither"},
        Refusal{"tcp = \"127.0.0.1:30005\"", "udp = \"127.0.0.1:30005\"\ntls = {}",
                "input[0].tls: is there, expected only with tcp, listen or mqtt"},
        Refusal{"stale_s = 15", "stale_s = 15\ntrail_s = -1", "output[0].trail_s: is -1"},
        Refusal{"format = \"cot\"\nudp = \"239.2.3.1:6969\"\nstale_s = 15",
                "format = \"asterix\"\nudp = \"239.2.3.1:6969\"\nsac = 25\nsic = 1\ntrail_s = 9",
                "output[0].trail_s: is there, expected only of format \"cot\" or \"tak\""},
        Refusal{"stale_s = 15", "stale_s = 15\ninterface = \"eth0\"",
                "output[0].interface: is \"eth0\", expected the IPv4 address of a network card"},
        Refusal{"stale_s = 15", "stale_s = 15\ninterface = \"192.168.1\"",
                "output[0].interface: is \"192.168.1\""},
        Refusal{"stale_s = 15", "stale_s = 15\ninterface = \"192.168.1.256\"",
                "output[0].interface: is \"192.168.1.256\""},
        Refusal{"stale_s = 15", "stale_s = 15\nttl = 256", "output[0].ttl: is 256"},
        Refusal{"udp = \"239.2.3.1:6969\"", "udp = \"192.168.1.2:6969\"\nttl = 2",
                "output[0].ttl: is there, expected only with udp to a group in 224.0.0.0"},
        Refusal{"tcp = \"127.0.0.1:30005\"", "tcp = \"127.0.0.1:30005\"\ninterface = \"127.0.0.1\"",
                "input[0].interface: is there, expected only with udp to a group"},
        Refusal{"udp = \"239.2.3.1:6969\"", "udp = \"239.2.3.1:6969\"\ntls = {}",
                "output[0].tls: is there, expected only with tcp or mqtt"},
        Refusal{"format = \"beast\"\ntcp = \"127.0.0.1:30005\"",
                "format = \"reports\"\nmqtt = \"broker:1883\"\ntopics = [\"a/b+\"]",
                "input[0].topics: holds \"a/b+\", expected a filter of topics"},
        Refusal{"format = \"beast\"\ntcp = \"127.0.0.1:30005\"",
                "format = \"reports\"\nmqtt = \"broker:1883\"\ntopics = [\"a\"]\nstatus = \"b\"",
                "input[0].status: is \"b\", expected a topic with one +"},
        Refusal{"tcp = \"127.0.0.1:30005\"", "mqtt = \"broker:1883\"\ntopics = [\"a/#\"]",
                "input[0].mqtt: is there, expected only of format"},
        Refusal{"udp = \"239.2.3.1:6969\"", "mqtt = \"broker:1883\"\ntopic = \"a\"",
                "output[0].format: is not \"json\", expected that with mqtt"},
        Refusal{"format = \"cot\"\nudp = \"239.2.3.1:6969\"",
                "format = \"json\"\nmqtt = \"broker:1883\"\ntopic = \"a/+\"",
                "output[0].topic: is \"a/+\", expected a topic without + and #"},
        Refusal{"asterix  = {", "sapient = \"A8654CDF\"\nasterix  = {",
                "sensor[0].sapient: is \"A8654CDF\", expected the node_id of a SAPIENT node"},
        Refusal{"tcp = \"127.0.0.1:30005\"", "tcp = \"127.0.0.1:30005\"\nsensor = \"no\"",
                "input[0].sensor: is \"no\", expected the id of a sensor"},
        Refusal{"adsb = true", "", "input[0]: has no sensor whose reports these are"},
        Refusal{"format = \"cot\"", "format = \"tac\"",
                "output[0].format: is \"tac\" (did you mean \"tak\"?)"},
        Refusal{"udp = \"239.2.3.1:6969\"", "",
                "output[0]: holds 0 of tcp, udp, mqtt, expected one"},
        Refusal{"views = [ { azimuth_deg = [0, 90] }", "views = [ { azimuth_deg = [0, 0] }",
                "sensor[1].views[0].azimuth_deg: is [0, 0]"},
        Refusal{"{ max_range_m = 500 }", "{ range_m = 500 }", "sensor[1].views[1].range_m"},
        Refusal{"[[127.0, 37.5], [127.1, 37.5], [127.1, 37.6]",
                "[[727.0, 37.5], [127.1, 37.5], [127.1, 37.6]", "sensor[1].obscured[0].geojson"},
        Refusal{"udp = \"239.2.3.1:6969\"", "udp = \"239.2.3.1\"",
                "output[0].udp: is \"239.2.3.1\", expected \"ADDRESS:PORT\""},
        Refusal{"[server]", "[servre]",
                "servre: is no key that is known here, did you mean \"server\"?"}));

TEST(SiteTest, SapientNodesAreSensorsAndFeedsNeedNone) {
  constexpr std::string_view kHead =
      "[site]\norigin = { lat = 37.5, lon = 127.0 }\n[[input]]\nformat = \"sapient\"\n"
      "listen = \"127.0.0.1:12001\"\n";
  const auto alone = Parse(std::string(kHead));
  ASSERT_TRUE(alone) << Texts(alone.error());
  EXPECT_TRUE(alone->sensors.empty());
  EXPECT_EQ(alone->inputs.at(0).listen, "127.0.0.1:12001");
  const auto bare = Parse(std::string(kHead) + "tls = {}\n");
  ASSERT_FALSE(bare) << "a feed that listens has a certificate and a key";
  EXPECT_NE(Texts(bare.error()).find("input[0].tls.certificate: is missing"), std::string::npos);

  const auto sensor = [](int number) {
    return "[[sensor]]\nid = \"s" + std::to_string(number) +
           "\"\nkind = \"acoustic\"\nat = { east_m = 1.0, north_m = 2.0 }\n"
           "measures = [\"azimuth\"]\nsd = { azimuth_deg = 2.0 }\nfield = { max_range_m = 5000 }\n"
           "sapient = \"a8654cdf-4328-47de-81fa-c495589e30c9\"\n";
  };
  const auto named = Parse(std::string(kHead) + sensor(1));
  ASSERT_TRUE(named) << Texts(named.error());
  EXPECT_EQ(named->sensors.at(0).sapient, "a8654cdf-4328-47de-81fa-c495589e30c9");
  const auto twice = Parse(std::string(kHead) + sensor(1) + sensor(2));
  ASSERT_FALSE(twice);
  EXPECT_NE(Texts(twice.error()).find("sensor[1].sapient: is the node_id of sensor \"s1\""),
            std::string::npos);
}

TEST(SiteTest, EveryViolationIsToldInOrderOfLines) {
  std::string text = kWhole;
  for (const auto& [from, to] :
       {std::pair{"lat = 37.5,", "lat = 375,"}, std::pair{"period_s = 2.5", "period_s = -1"},
        std::pair{"radius_m = 500", "radius = 500"}, std::pair{"lag_s = 7.5", "lag_s = \"7\""}}) {
    text = Replaced(text, from, to);
  }
  const auto site = Parse(text);
  ASSERT_FALSE(site);
  ASSERT_EQ(site.error().size(), 5U) << Texts(site.error());  // radius_m is missing and radius odd
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_LE(site.error()[i - 1].line, site.error()[i].line);
  }
}

TEST(SiteTest, ViolationsAreBounded) {
  std::string text = "[site]\norigin = { lat = 0, lon = 0 }\n";
  for (int i = 0; i < 300; ++i) text += "[[sensor]]\n";
  const auto site = Parse(text);
  ASSERT_FALSE(site);
  ASSERT_EQ(site.error().size(), kMaxSiteErrors + 1);
  EXPECT_EQ(site.error().back().what, "and 800 more");
}

TEST(SiteTest, SyntaxErrorHasItsLine) {
  const auto site = Parse("[site]\nname = \n");
  ASSERT_FALSE(site);
  ASSERT_EQ(site.error().size(), 1U);
  EXPECT_EQ(site.error()[0].line, 2);
}

TEST(SiteTest, HeadersThatTheParserAssertsOnAreBadInput) {
  for (const char* header : {"[.a]", "[=]", "[[.]]", "[\u00e9]", "  [#]"}) {
    const auto site = Parse("[site]\nname = \"x\"\n" + std::string(header) + "\n");
    ASSERT_FALSE(site);
    ASSERT_EQ(site.error().size(), 1U);
    EXPECT_EQ(site.error()[0].line, 3) << header;
  }
}

TEST(SiteTest, LettersBeyondAsciiAreTextOrBadInput) {
  const auto named =
      Parse(Replaced(kWhole, "\"Harbour\"", "\"\"\"\\\n  \u0160koda \u00e9 \ud55c\"\"\""));
  ASSERT_TRUE(named) << Texts(named.error());
  EXPECT_EQ(named->name, "\u0160koda \u00e9 \ud55c");
  const auto loose = Parse("[site]\nname = \u02db\n");
  ASSERT_FALSE(loose);
  EXPECT_EQ(loose.error()[0].line, 2);
}

TEST(SiteTest, EmptyFileLacksSiteAndSensors) {
  const auto site = Parse("");
  ASSERT_FALSE(site);
  EXPECT_EQ(Texts(site.error()),
            "site.toml:1: site: is missing, expected a table\n"
            "site.toml:1: sensor: is missing, expected at least one [[sensor]]\n");
}

TEST(SiteTest, HugeAndDeepFilesAreRefusedAtOnce) {
  const auto refused = [](const std::string& text) {
    const auto site = Parse(text);
    EXPECT_FALSE(site);
    return site ? "" : site.error().front().what;
  };
  EXPECT_EQ(refused("a = " + std::string(1'000'000, '[')), "is nested deeper than 32");
  std::string tables = "a = ";
  for (int i = 0; i < 100'000; ++i) tables += "{a=";
  EXPECT_EQ(refused(tables), "is nested deeper than 32");
  std::string dotted;
  for (int i = 0; i < 1'000'000; ++i) dotted += "a . ";
  EXPECT_EQ(refused(dotted + "a = 1"), "is nested deeper than 32");
  std::string quoted;
  for (int i = 0; i < 100'000; ++i) quoted += "\"a\".'b'.";
  EXPECT_EQ(refused(quoted + "a = 1"), "is nested deeper than 32");
  EXPECT_EQ(refused(std::string(10'000'000, '#')), "has 10000000 bytes, expected at most 8388608");
}

TEST(SiteTest, BracketsInTextsAndCommentsAreNoNesting) {
  const std::string many(100, '[');
  const auto site =
      Parse("# " + many + "\n" + Replaced(kWhole, "Harbour", many + ".a.b\\\"" + many));
  EXPECT_TRUE(site) << Texts(site.error());
}

TEST(SiteTest, TooManySensorsAreRefused) {
  std::string text = "[site]\norigin = { lat = 0, lon = 0 }\n";
  for (std::size_t i = 0; i <= kMaxSensors; ++i) text += "[[sensor]]\n";
  const auto site = Parse(text);
  ASSERT_FALSE(site);
  EXPECT_EQ(Texts(site.error()),
            "site.toml:3: sensor: stands 20001 times, expected at most 20000\n");
}

/// p_D of a sensor's physical model at a range, of a target that flies straight at it.
double At(const Site& site, std::size_t sensor, TargetClass c, double range_m) {
  Sight sight;
  sight.target = c;
  sight.range_m = range_m;
  sight.radial_mps = -20.0;
  sight.sensor_height_m = 20.0;
  sight.target_height_m = 100.0;
  return site.sensors[sensor].sensor.detect.Physical(sight);
}

TEST(SiteReader, WeatherGoesWithTheHoursAndTheSun) {
  const std::string head = R"([site]
origin = { lat = 37.5, lon = 127.0 }
[weather]
sun_share = 0.3
[[weather_hours]]
from = 15
to = 21
wind_mps = 8
)";
  const std::string sensors = R"([[sensor]]
id = "people"
kind = "observer"
at = { east_m = 0, north_m = 0 }
measures = ["azimuth"]
sd = { azimuth_deg = 10 }
field = { max_range_m = 9000 }
detect = { model = "observer" }
[[sensor]]
id = "lit"
kind = "observer"
at = { east_m = 0, north_m = 0 }
measures = ["azimuth"]
sd = { azimuth_deg = 10 }
weather = { light_lux = 200 }
field = { max_range_m = 9000 }
detect = { model = "observer" }
)";
  const auto none = [](const std::string&) -> Result<std::string> { return Fail("none"); };
  const auto site = ParseSite(head + sensors, "s.toml", none);
  ASSERT_TRUE(site) << site.error().front().Text();
  const auto at = [&](std::size_t sensor, const char* time) {
    return site->sensors[sensor].sensor.course->At(*Time::Parse(time));
  };
  EXPECT_GT(at(0, "2026-03-01T03:30:00Z").light_lux, 10'000.0);
  EXPECT_LT(at(0, "2026-03-01T15:30:00Z").light_lux, 0.01);
  EXPECT_EQ(at(0, "2026-03-01T15:30:00Z").wind_mps, 8.0);
  EXPECT_EQ(at(0, "2026-03-01T03:30:00Z").wind_mps, 3.0);
  EXPECT_EQ(at(1, "2026-03-01T15:30:00Z").light_lux, 200.0);  // what is stated stands
  EXPECT_EQ(at(1, "2026-03-01T15:30:00Z").wind_mps, 8.0);
  // Without either, nobody needs to know the time.
  const auto plain =
      ParseSite("[site]\norigin = { lat = 37.5, lon = 127.0 }\n" + sensors, "s.toml", none);
  ASSERT_TRUE(plain) << plain.error().front().Text();
  EXPECT_EQ(plain->sensors[0].sensor.course, nullptr);

  const auto bad = ParseSite(head +
                                 "light_lux = 5\nsun_share = 0.5\nrain = 1\n[[weather_hours]]\n"
                                 "from = 25\n" +
                                 sensors,
                             "s.toml", none);
  ASSERT_FALSE(bad);
  std::string text;
  for (const Error& error : bad.error()) text += error.Text() + "\n";
  EXPECT_NE(text.find("weather_hours[0].sun_share: stands beside light_lux"), std::string::npos)
      << text;
  EXPECT_NE(text.find("weather_hours[0].rain"), std::string::npos) << text;
  EXPECT_NE(text.find("weather_hours[1].from: is 25, expected a number in [0, 24]"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("weather_hours[1].to"), std::string::npos) << text;
}

TEST(SiteReader, ReadsPhysicalModelsAndTheWeather) {
  const std::string text = R"([site]
origin = { lat = 37.5, lon = 127.0 }
terrain = ["ground.tif"]
surface = ["tops.tif"]
terrain_heights = "ellipsoid"
[weather]
rain_mmph = 20
visibility_m = 500
[[sensor]]
id = "radar"
kind = "radar"
at = { east_m = 0, north_m = 0 }
measures = ["range"]
sd = { range_m = 10 }
field = { max_range_m = 9000 }
detect = { model = "radar_equation", probability = 0.8, notch_mps = 25, diffraction = true }
[[sensor]]
id = "camera"
kind = "camera"
at = { east_m = 0, north_m = 0 }
measures = ["azimuth"]
sd = { azimuth_deg = 1 }
field = { max_range_m = 9000 }
detect = { model = "optical", pixel_mrad = 0.1 }
[[sensor]]
id = "camera in the clear"
kind = "camera"
at = { east_m = 0, north_m = 0 }
measures = ["azimuth"]
sd = { azimuth_deg = 1 }
field = { max_range_m = 9000 }
weather = { visibility_m = 30000 }
detect = { model = "optical", pixel_mrad = 0.1 }
[[sensor]]
id = "people"
kind = "observer"
at = { east_m = 0, north_m = 0 }
period_s = 10
measures = ["azimuth"]
sd = { azimuth_deg = 10 }
field = { max_range_m = 9000 }
weather = { visibility_m = 1000000 }
detect = { model = "observer", probability = 0.9, area_m2 = { multirotor = 1 }, attention = 1 }
)";
  const auto site = ParseSite(
      text, "s.toml", [](const std::string&) -> Result<std::string> { return Fail("none"); });
  ASSERT_TRUE(site) << site.error().front().Text();
  EXPECT_EQ(site->surface_files, std::vector<std::string>{"tops.tif"});
  EXPECT_TRUE(site->terrain_above_ellipsoid);
  EXPECT_FALSE(site->terrain_nodata_is_sea);
  const DetectModel& radar = site->sensors[0].sensor.detect;
  EXPECT_EQ(radar.kind, DetectModel::Kind::kPhysical);
  EXPECT_TRUE(radar.diffraction);
  EXPECT_TRUE(radar.NeedsVelocity());
  EXPECT_NEAR(radar.WavelengthM(), 0.0319, 1e-4);
  EXPECT_EQ(At(*site, 0, TargetClass::kAircraft, 500.0), 0.0);  // slower than the notch
  // Fog hides from one camera what the other sees.
  EXPECT_LT(At(*site, 1, TargetClass::kFixedWing, 800.0), 0.01);
  EXPECT_GT(At(*site, 2, TargetClass::kFixedWing, 800.0), 0.85);
  // ATC-152: 17,000 * 1 m^2 / 1000^2 * 10 s.
  EXPECT_NEAR(At(*site, 3, TargetClass::kMultirotor, 1000.0), 0.9 * (1.0 - std::exp(-0.17)), 1e-3);
}

TEST(SiteReader, PresetsGiveWhatTheSiteLeavesOut) {
  const std::string text = R"([site]
origin = { lat = 37.5, lon = 127.0 }
[[sensor]]
id = "a"
preset = "radar-drone-x"
at = { east_m = 0, north_m = 0 }
[[sensor]]
id = "b"
preset = "radar-drone-x"
at = { east_m = 0, north_m = 0 }
period_s = 3
field = { azimuth_deg = [0, 90] }
detect = { rcs_dbsm = { multirotor = -40 } }
[[sensor]]
id = "c"
preset = "radar-drone-x"
at = { east_m = 0, north_m = 0 }
detect = { model = "constant", probability = 0.5 }
)";
  const FileReader none = [](const std::string&) -> Result<std::string> { return Fail("none"); };
  const auto site = ParseSite(text, "s.toml", none);
  ASSERT_TRUE(site) << site.error().front().Text();
  const Sensor& a = site->sensors[0].sensor;
  const Sensor& b = site->sensors[1].sensor;
  EXPECT_EQ(a.kind, SensorKind::kRadar);
  EXPECT_GT(a.field.max_range_m, 0.0);
  EXPECT_EQ(b.field.max_range_m, a.field.max_range_m);
  EXPECT_EQ(b.period, Duration::Seconds(3.0));
  EXPECT_DOUBLE_EQ(b.field.azimuth_width_rad, 90.0 * kDeg);
  EXPECT_DOUBLE_EQ(a.field.azimuth_width_rad, 360.0 * kDeg);
  EXPECT_LT(At(*site, 1, TargetClass::kMultirotor, 2000.0),
            At(*site, 0, TargetClass::kMultirotor, 2000.0));
  EXPECT_EQ(At(*site, 1, TargetClass::kFixedWing, 2000.0),
            At(*site, 0, TargetClass::kFixedWing, 2000.0));
  EXPECT_EQ(site->sensors[2].sensor.detect.kind, DetectModel::Kind::kConstant);
  EXPECT_EQ(site->sensors[2].sensor.detect.probability, 0.5);
  // Lines of errors are those of the site file.
  const std::string bad = text + "at_ = 1\n";
  const auto refused = ParseSite(bad, "s.toml", none);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().size(), 1U);
  EXPECT_NE(refused.error().front().Text().find("s.toml:19: sensor[2].at_"), std::string::npos)
      << refused.error().front().Text();
}

TEST(SiteReader, EveryPresetIsSound) {
  const FileReader none = [](const std::string&) -> Result<std::string> { return Fail("none"); };
  EXPECT_GE(PresetNames().size(), 10U);
  for (const std::string_view name : PresetNames()) {
    const std::string text =
        "[site]\norigin = { lat = 37.5, lon = 127.0 }\n[[sensor]]\n"
        "id = \"a\"\n"
        "at = { east_m = 0, north_m = 0 }\npreset = \"" +
        std::string(name) + "\"\n";
    const auto site = ParseSite(text, "s.toml", none);
    ASSERT_TRUE(site) << name << ": " << site.error().front().Text();
    EXPECT_EQ(site->sensors[0].sensor.detect.kind, DetectModel::Kind::kPhysical) << name;
    // Each sees some class well near by, and nothing from another continent.
    double best = 0.0;
    for (std::size_t c = 0; c < kTargetClasses; ++c) {
      best = std::max(best, At(*site, 0, static_cast<TargetClass>(c), 150.0));
      EXPECT_LT(At(*site, 0, static_cast<TargetClass>(c), 1e7), 0.01) << name;
    }
    EXPECT_GT(best, 0.4) << name;
  }
}

}  // namespace
}  // namespace picket
