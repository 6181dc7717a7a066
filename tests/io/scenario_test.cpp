// SPDX-License-Identifier: Apache-2.0
#include "picket/io/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "picket/codec/json.h"
#include "picket/io/file.h"
#include "picket/io/geoid.h"
#include "picket/io/terrain.h"

namespace picket {
namespace {

/// Found from the test program, build/PRESET/test_io, wherever it is started.
std::filesystem::path Scenarios() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../scenarios";
}

/// All that a scenario gives in its first `s` seconds, as the text that goes to disk.
std::string Written(const std::string& path, double s) {
  auto file = ReadScenario(path);
  if (!file) return file.error()[0].Text();
  auto world = LoadScenario(std::move(*file), path);
  if (!world) return world.error()[0].Text();
  Simulator simulator(world->scenario, world->site->field, world->site->frame, world->site->geoid);
  std::string text;
  const Time end = simulator.start() + Duration::Seconds(s);
  for (const Report& report : simulator.AdvanceTo(end)) text += WriteReport(report) + "\n";
  return text + WriteTruth(simulator.TruthAt(end)) + "\n";
}

TEST(Scenario, EveryFileOfTheRepositoryPlaysAndRepeatsByteForByte) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Scenarios())) {
    if (entry.path().extension() != ".toml") continue;
    const std::string once = Written(entry.path().string(), 20.0);
    EXPECT_GT(once.size(), 2000U) << entry.path() << ' ' << once.substr(0, 300);
    EXPECT_EQ(once, Written(entry.path().string(), 20.0)) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3);
}

TEST(Scenario, TheDemoIsWhatItPromises) {
  const auto no_files = [](const std::string& name) -> Result<std::string> { return Fail(name); };
  auto file = ParseScenario(DemoScenarioText(), "demo", no_files);
  ASSERT_TRUE(file.has_value()) << file.error()[0].Text();
  EXPECT_EQ(ReadFile((Scenarios() / "demo.toml").string()).value(), DemoScenarioText());
  auto world = LoadScenario(std::move(*file), "demo");
  ASSERT_TRUE(world.has_value()) << world.error()[0].Text();
  const auto count = [&](SensorKind kind) {
    return std::count_if(world->site->site.sensors.begin(), world->site->site.sensors.end(),
                         [&](const SensorEntry& entry) { return entry.sensor.kind == kind; });
  };
  EXPECT_EQ(count(SensorKind::kRadar), 3);
  EXPECT_GE(count(SensorKind::kAcoustic), 3);
  Simulator simulator(world->scenario, world->site->field, world->site->frame, world->site->geoid);
  std::set<std::string> recon;
  std::set<std::string> over_capital;
  bool raid = false;
  std::size_t in_first_half_minute = 0;
  for (Time t = simulator.start(); t <= simulator.end(); t = t + Duration::Seconds(5.0)) {
    const Truth truth = simulator.TruthAt(t);
    EXPECT_GE(truth.targets.size(), 20U);  // something is always happening
    if (t <= simulator.start() + Duration::Seconds(30.0)) {
      in_first_half_minute = std::max(in_first_half_minute, truth.targets.size());
    }
    for (const TruthTarget& target : truth.targets) {
      const Eigen::Vector3d p = world->site->frame.ToLocal(target.position);
      if (target.id.starts_with("recon")) {
        recon.insert(target.id);
        if (p.head<2>().norm() < 5000) over_capital.insert(target.id);
      }
      raid = raid || target.id.starts_with("raid");
    }
  }
  EXPECT_EQ(recon.size(), 5U);
  EXPECT_EQ(over_capital, std::set<std::string>{"recon-1"});
  EXPECT_TRUE(raid);
  EXPECT_GE(in_first_half_minute, 30U);
}

TEST(Scenario, ItsTerrainReadBackIsTheTerrainItWasPlayedOn) {
  const std::string path = (Scenarios() / "coast_raid.toml").string();
  auto file = ReadScenario(path);
  ASSERT_TRUE(file.has_value()) << file.error()[0].Text();
  const double radius_m = file->site.region_radius_m;
  auto world = LoadScenario(std::move(*file), path);
  ASSERT_TRUE(world.has_value()) << world.error()[0].Text();
  const auto folder = std::filesystem::temp_directory_path() / "picket-scenario-test";
  std::filesystem::create_directories(folder);
  const std::string tif = (folder / "terrain.tif").string();
  const Geodetic& origin = world->site->frame.origin();
  ASSERT_TRUE(WriteTerrainTif(*world->synthetic_amsl, origin, tif).has_value());
  const auto read = LoadTerrain({tif}, origin, radius_m, world->site->geoid);
  ASSERT_TRUE(read.has_value()) << read.error().Text();
  const Terrain& played = world->site->field->terrain();
  double worst = 0.0;
  for (double e = -39000; e <= 39000; e += 1111) {
    for (double n = -39000; n <= 39000; n += 1234) {
      worst = std::max(worst, std::abs(read->GroundAt(e, n)->m - played.GroundAt(e, n)->m));
    }
  }
  EXPECT_LT(worst, 0.01);
}

TEST(Scenario, FlightLogsMayBeGzipped) {
  const char* data = std::getenv("PICKET_DATA");
  if (data == nullptr) GTEST_SKIP() << "PICKET_DATA is not set";
  const auto folder = std::filesystem::temp_directory_path() / "picket-scenario-test";
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "log.toml").string();
  const std::string log = std::string(data) + "/tracks/dronedeploy_ipad-ios11-phantom4.csv.gz";
  const std::string text = R"([site]
origin = { lat = 37.7715, lon = -122.4070 }
[scenario]
start = "2026-03-01T00:00:00Z"
duration_s = 300
[[sensor]]
id = "r"
kind = "radar"
at = { lat = 37.7695, lon = -122.4090, height_hae_m = 5.0 }
measures = ["range", "azimuth", "elevation"]
sd = { range_m = 5.0, azimuth_deg = 0.5, elevation_deg = 0.5 }
field = { max_range_m = 3000 }
[[target]]
id = "phantom"
class = "multirotor"
profile = "log"
datum = "takeoff"
file = ")" + log + "\"\n";
  ASSERT_TRUE(WriteFile(path, text).has_value());
  const auto file = ReadScenario(path);
  ASSERT_TRUE(file.has_value()) << file.error()[0].Text();
  ASSERT_EQ(file->scenario.targets[0].log.size(), 2323U);
  EXPECT_NEAR(file->scenario.targets[0].log[0].lat_deg, 37.7718, 1e-4);
}

}  // namespace
}  // namespace picket
