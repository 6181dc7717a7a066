// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace picket {
namespace {

constexpr const char* kSite = R"([site]
name = "Test"
origin = { lat = 35.0, lon = -35.0 }
region = { radius_m = 20000 }

[[sensor]]
id = "r"
kind = "radar"
at = { lat = 35.0, lon = -35.0, height_hae_m = 10.0 }
measures = ["range", "azimuth"]
sd = { range_m = 20.0, azimuth_deg = 0.5 }
field = { max_range_m = 15000 }

[[sensor]]
id = "adsb"
kind = "position"
adsb = true
at = { lat = 35.0, lon = -35.0, height_hae_m = 10.0 }
measures = ["east", "north", "up"]
sd = { east_m = 10.0, north_m = 10.0, up_m = 10.0 }
field = { max_range_m = 100000 }

[[place]]
name = "Plant"
at = { lat = 35.05, lon = -35.02 }
radius_m = 500

[scenario]
seed = 42
start = "2026-03-01T00:00:00Z"
duration_s = 120
)";

const FileReader kFiles = [](const std::string& path) -> Result<std::string> {
  if (path == "log.csv") {
    return std::string(
        "t_unix_or_rel_s,id,lat_deg,lon_deg,alt_m\n100.5,a,35,-35,0\n101.5,a,35.001,"
        "-35,1.5\n101.5,a,35.002,-35,2\n103,a,35.003,-35,3\n");
  }
  return Fail("there is no such file");
};

tl::expected<ScenarioFile, Errors> Parse(const std::string& more, const std::string& head = kSite) {
  return ParseScenario(head + more, "s.toml", kFiles);
}

/// The scenario is refused, and one of its errors is about `field` and says `what`.
void ExpectError(const std::string& more, const std::string& field, const std::string& what,
                 const std::string& head = kSite) {
  const auto file = Parse(more, head);
  ASSERT_FALSE(file.has_value()) << field;
  std::string all;
  bool found = false;
  for (const Error& error : file.error()) {
    all += error.Text() + "\n";
    EXPECT_EQ(error.source, "s.toml");
    found = found || (error.field == field && error.what.find(what) != std::string::npos);
  }
  EXPECT_TRUE(found) << field << ": " << what << "\nis not among\n" << all;
}

TEST(ParseScenario, ReadsEveryProfile) {
  const auto file = Parse(R"(
[[target]]
id = "raid"
profile = "ingress"
count = 3
start_s = 5
spread_s = 20
scatter_m = 100
from = { place = "Plant", bearing_deg = [300, 30], distance_m = [8000, 9000] }
via = [{ east_m = 1000, north_m = 2000, height_amsl_m = 50 }]
to = { place = "Plant" }
speed_mps = 50
height_agl_m = 60
[[target]]
id = "recon"
profile = "reconnaissance"
from = { lat = 35.1, lon = -35.0 }
to = { east_m = 0, north_m = 0 }
stay_s = 60
orbit_radius_m = 700
clockwise = false
[[target]]
id = "quad"
profile = "hover"
to = { east_m = 500, north_m = 0 }
stay_s = 30
[[target]]
id = "jet"
profile = "route"
identity = { icao = "4B8A01", callsign = "JET1" }
heard_by = ["adsb"]
points = [{ lat = 35.0, lon = -35.1, height_hae_m = 3000 }, { lat = 35.0, lon = -34.9 }]
[[target]]
id = "gulls"
profile = "birds"
count = 4
at = { east_m = 100, north_m = 100 }
roam_radius_m = 500
formation = { spacing_m = 10 }
[[target]]
id = "real"
profile = "log"
class = "multirotor"
file = "log.csv"
datum = "takeoff"
)");
  ASSERT_TRUE(file.has_value()) << file.error()[0].Text();
  const Scenario& s = file->scenario;
  EXPECT_EQ(s.seed, 42U);
  EXPECT_EQ(s.start, *Time::Parse("2026-03-01T00:00:00Z"));
  EXPECT_EQ(s.duration, Duration::Seconds(120.0));
  EXPECT_EQ(s.truth_every, Duration::Seconds(1.0));
  ASSERT_EQ(s.targets.size(), 6U);

  const TargetPlan& raid = s.targets[0];
  EXPECT_EQ(raid.target_class, TargetClass::kFixedWing);
  EXPECT_EQ(raid.count, 3);
  EXPECT_EQ(raid.spread_s, 20.0);
  EXPECT_EQ(raid.scatter_m, 100.0);
  ASSERT_TRUE(raid.sector.has_value());
  EXPECT_NEAR(raid.sector->from.deg(), 300.0, 1e-9);
  EXPECT_NEAR(raid.sector->width_rad, 90.0 * kRadPerDeg, 1e-9);
  EXPECT_EQ(raid.sector->lat_deg, 35.05);
  ASSERT_EQ(raid.route.size(), 3U);
  EXPECT_EQ(raid.route[1].height.above, FlightHeight::Above::kSeaLevel);
  EXPECT_NEAR(raid.route[1].lat_deg, 35.0 + 2.0 / 110.94, 1e-4);
  EXPECT_EQ(raid.route[2].lon_deg, -35.02);
  EXPECT_EQ(raid.route[2].height.m, 60.0);
  EXPECT_EQ(raid.route[2].speed_mps, 50.0);

  const TargetPlan& recon = s.targets[1];
  EXPECT_TRUE(recon.returns);
  EXPECT_EQ(recon.route[1].stay_s, 60.0);
  EXPECT_EQ(recon.route[1].orbit_radius_m, 700.0);
  EXPECT_FALSE(recon.route[1].clockwise);

  EXPECT_EQ(s.targets[2].target_class, TargetClass::kMultirotor);
  EXPECT_EQ(s.targets[2].route[0].lat_deg, s.targets[2].route[1].lat_deg);
  EXPECT_LT(s.targets[2].route[0].height.m, 5.0);
  EXPECT_EQ(s.targets[3].target_class, TargetClass::kAircraft);
  EXPECT_EQ(s.targets[3].identity.size(), 2U);
  EXPECT_EQ(s.targets[3].heard_by, std::vector<std::string>{"adsb"});
  EXPECT_EQ(s.targets[4].way, TargetPlan::Way::kBirds);
  EXPECT_EQ(s.targets[4].formation->spacing_m, 10.0);

  const TargetPlan& real = s.targets[5];
  EXPECT_EQ(real.way, TargetPlan::Way::kLog);
  EXPECT_EQ(real.log_above, FlightHeight::Above::kGround);
  ASSERT_EQ(real.log.size(), 3U);  // the row whose time stands still is left out
  EXPECT_EQ(real.log[0].t_s, 0.0);
  EXPECT_EQ(real.log[2].t_s, 2.5);
  EXPECT_EQ(real.log[1].height_m, 1.5);
}

TEST(ParseScenario, TheSiteIsTheSameFileWithoutTheScenario) {
  const auto file = Parse(R"(
[[target]]
id = "a"
profile = "hover"
to = { east_m = 500, north_m = 0 }
stay_s = 30
[target.formation]
spacing_m = 20
[terrain.synthetic]
ridges = [{ east_m = [0, 1], north_m = [5000, 5000], height_m = 300, width_m = 2000 }]
coast = { sea_bearing_deg = 270, distance_m = 3000, bays_m = 500 }
[[area]]
name = "Zone"
geojson = { type = "Polygon", coordinates = [[[-35, 35], [-34.9, 35], [-34.9, 35.1], [-35, 35]]] }
)");
  ASSERT_TRUE(file.has_value()) << file.error()[0].Text();
  EXPECT_EQ(file->site.sensors.size(), 2U);
  EXPECT_EQ(file->site.areas.size(), 1U);
  EXPECT_EQ(file->site.terrain_files, std::vector<std::string>{"terrain.tif"});
  const std::string& text = file->site.text;
  for (const char* gone : {"[scenario]", "target", "synthetic", "spacing_m", "ridges"}) {
    EXPECT_EQ(text.find(gone), std::string::npos) << gone;
  }
  EXPECT_TRUE(ParseSite(text, "site.toml", kFiles).has_value());
  ASSERT_TRUE(file->scenario.terrain.has_value());
  EXPECT_EQ(file->scenario.terrain->ridges[0].height_m, 300.0);
  EXPECT_NEAR(file->scenario.terrain->coast->sea.deg(), 270.0, 1e-9);
  EXPECT_TRUE(IsScenario(kSite));
  EXPECT_FALSE(IsScenario(text));
}

TEST(ParseScenario, NamesEachViolation) {
  const std::string hover = "\n[[target]]\nid = \"a\"\nprofile = \"hover\"\n";
  const std::string to = "to = { east_m = 0, north_m = 0 }\n";
  ExpectError(hover + to, "target[0].stay_s", "is missing");
  ExpectError(hover + "stay_s = 10\n", "target[0].to", "is missing");
  ExpectError(hover + to + "stay_s = 10\nspede_mps = 3\n", "target[0].spede_mps", "speed_mps");
  ExpectError(hover + to + "stay_s = nan\n", "target[0].stay_s", "is nan");
  ExpectError(hover + to + "stay_s = 10\nspeed_mps = -1\n", "target[0].speed_mps", "is -1");
  ExpectError(hover + to + "stay_s = 10\nspeed_mps = \"fast\"\n", "target[0].speed_mps",
              "a string");
  ExpectError(hover + to + "stay_s = 10\ncount = 2.5\n", "target[0].count", "whole number");
  ExpectError(hover + to + "stay_s = 10\ncount = 20001\n", "target[0].count", "20000");
  ExpectError(hover + to + "stay_s = 10\nheight_agl_m = -3\n", "target[0].height_agl_m", "under");
  ExpectError(hover + to + "stay_s = 10\nheight_agl_m = 3\nheight_hae_m = 3\n", "target[0]",
              "more than one height");
  ExpectError(hover + to + "stay_s = 10\nformation = { spacing_m = 5 }\nspread_s = 3\n",
              "target[0].spread_s", "one body");
  ExpectError(hover + "stay_s = 10\nto = { place = \"Plan\" }\n", "target[0].to.place",
              "did you mean \"Plant\"?");
  ExpectError(hover + "stay_s = 10\nto = { lat = 35, lon = -35, place = \"Plant\" }\n",
              "target[0].to", "expected a point");
  ExpectError(hover + "stay_s = 10\nto = { lat = -35, lon = -35 }\n", "target[0].to",
              "km from the site's origin");
  ExpectError(hover + "stay_s = 10\nto = { lat = 95, lon = -35 }\n", "target[0].to.lat", "is 95");
  ExpectError(hover + to + "stay_s = 10\nheard_by = [\"r\"]\n", "target[0].heard_by",
              "no sensor of self-reports");
  ExpectError(hover + to + "stay_s = 10\nidentity = {}\n", "target[0].identity", "1 to 8 claims");
  ExpectError(hover + to + "stay_s = 10\n" + hover + to + "stay_s = 10\n", "target[1].id", "\"a\"");
  ExpectError("\n[[target]]\nid = \"a\"\nprofile = \"ingres\"\n", "target[0].profile",
              "did you mean \"ingress\"?");
  ExpectError(
      "\n[[target]]\nid = \"a\"\nprofile = \"route\"\n"
      "points = [{ east_m = 0, north_m = 0 }]\n",
      "target[0].points", "at least two");
  ExpectError(
      "\n[[target]]\nid = \"a\"\nprofile = \"ingress\"\nto = { place = \"Plant\" }\n"
      "from = { place = \"Plant\", bearing_deg = [0, 9], distance_m = [9, 3] }\n",
      "target[0].from.distance_m", "from <= to");
  ExpectError("\n[[target]]\nid = \"a\"\nprofile = \"log\"\nfile = \"none.csv\"\ndatum = \"hae\"\n",
              "target[0].file", "no such file");
  ExpectError("\n[terrain.synthetic]\ncell_m = 5\n", "terrain.synthetic.cell_m", "too fine");
  ExpectError("\n[terrain]\n", "terrain.synthetic", "is missing");
  // Site and scenario are wrong at once: both are told, in order of lines.
  std::string broken = kSite;
  broken.replace(broken.find("max_range_m"), 11, "max_rnge_m_");
  ExpectError("start_x = 3\n", "sensor[0].field.max_range_m", "is missing", broken);
  ExpectError("start_x = 3\n", "scenario.start_x", "", broken);
  std::string late = kSite;
  late.replace(late.find("\"2026"), 22, "\"yesterday\"");
  ExpectError("", "scenario.start", "2026-03-01T12:00:00Z", late);
  late.replace(late.find("duration_s = 120"), 16, "duration_s = 0");
  ExpectError("", "scenario.duration_s", "is 0", late);
}

TEST(ParseFlightLog, ErrorsNameTheLine) {
  const auto error = [](const std::string& csv, const std::string& id = "") {
    const auto log = ParseFlightLog(csv, "f.csv", id);
    return log ? std::string("no error") : log.error().Text();
  };
  const std::string head = "t_s,id,lat_deg,lon_deg,alt_m\n";
  EXPECT_EQ(error("a,b\n"), "f.csv:1: the first line names no column \"t_s\"");
  EXPECT_EQ(error(head + "0,a,35,-35,1\n1,a,135,-35,1\n"),
            "f.csv:3: lat_deg: expected a number within +-90");
  EXPECT_EQ(error(head + "0,a,35,-35,nan\n"), "f.csv:2: alt_m: expected a number within +-30000");
  EXPECT_EQ(error(head + "0,a,35\n"), "f.csv:2: lon_deg: expected a number within +-180");
  EXPECT_NE(error(head + "0,a,35,-35,1\n1,b,35,-35,1\n").find("log_id"), std::string::npos);
  EXPECT_EQ(error(head + "0,a,35,-35,1\n1,b,35,-35,1\n", "b"),
            "f.csv: holds no two fixes of \"b\"");
  EXPECT_EQ(error(""), "f.csv: holds no two fixes");
  EXPECT_EQ(error(head + "0,a,35,-35,1\r\n1,a,35,-35,1\r\n"), "no error");
  EXPECT_EQ(error(head + "0,a,35,-35,1\n9e9,a,35,-35,1\n").substr(0, 13), "f.csv:3: t_s:");
}

}  // namespace
}  // namespace picket
