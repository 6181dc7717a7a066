// SPDX-License-Identifier: Apache-2.0
#include "picket/engine/engine.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

const Time kStart = Time::Ns(1'772'366'400'000'000'000);

Site OneSensor() {
  Site site;
  site.origin = {37.5, 127.0, {60.0}};
  site.region_radius_m = 20000.0;
  SensorEntry entry;
  entry.sensor.id = "one";
  entry.sensor.kind = SensorKind::kPosition;
  entry.sensor.period = Duration::Seconds(1.0);
  for (const Component c : {Component::kEast, Component::kNorth}) {
    entry.sensor.measures.Add(c);
    entry.sensor.sd[static_cast<std::size_t>(c)] = 5.0;
  }
  entry.sensor.field.has_box = true;
  entry.sensor.field.east_min_m = entry.sensor.field.north_min_m = -15000.0;
  entry.sensor.field.east_max_m = entry.sensor.field.north_max_m = 15000.0;
  entry.sensor.detect.probability = 0.95;
  entry.sensor.clutter_per_look = 0.01;
  entry.placement.local = true;
  site.sensors.push_back(entry);
  return site;
}

Engine Make(std::optional<Duration> every = std::nullopt, Site site = OneSensor()) {
  auto placed = PlaceSite(std::move(site), Geoid(), std::make_shared<const Terrain>());
  EXPECT_TRUE(placed);
  return Engine(std::make_shared<const PlacedSite>(std::move(*placed)), {every, false});
}

/// A look at `t_s` of one target that flies east at 25 m/s through the origin at 100 s.
Report LookAt(double t_s) {
  Report report;
  report.time = kStart + Duration::Seconds(t_s);
  report.sensor = "one";
  Detection& z = report.detections.emplace_back();
  z.Set(Component::kEast, -2500.0 + 25.0 * t_s);
  z.Set(Component::kNorth, 0.0);
  return report;
}

Receipt ReceiptOf(Engine& engine, const Report& report) {
  return engine.Step({&report, 1}).receipts.at(0);
}

TEST(Engine, RefusesByReportAndGoesOn) {
  Engine engine = Make();
  ASSERT_TRUE(ReceiptOf(engine, LookAt(0)).taken);
  Report report = LookAt(1);
  report.sensor = "two";
  EXPECT_EQ(ReceiptOf(engine, report).reason, "unknown sensor: not in the site file");
  report = LookAt(1);
  report.time = kStart + Duration::Seconds(7200.0);
  EXPECT_FALSE(ReceiptOf(engine, report).taken);
  EXPECT_FALSE(ReceiptOf(engine, LookAt(0)).taken) << "the same look again";
  report.time = kStart - Duration::Seconds(60.0);
  EXPECT_FALSE(ReceiptOf(engine, report).taken) << "beyond the lag";
  EXPECT_TRUE(ReceiptOf(engine, LookAt(1)).taken);
}

TEST(Engine, ADetectionThatCannotBeUsedLeavesTheOthers) {
  const auto with = [](auto change) {
    Engine engine = Make();
    Report report = LookAt(0);
    Detection bad = report.detections[0];
    change(bad);
    report.detections.push_back(bad);
    const Receipt receipt = ReceiptOf(engine, report);
    EXPECT_TRUE(receipt.taken);
    return receipt.reason;
  };
  EXPECT_EQ(with([](Detection&) {}), "");
  EXPECT_EQ(with([](Detection& z) { z.time = kStart - Duration::Seconds(9.0); }), "");
  for (const double off_s : {-11.0, 11.0, 1e9}) {
    EXPECT_EQ(with([&](Detection& z) { z.time = kStart + Duration::Seconds(off_s); }),
              "a detection's time outside its look");
  }
  EXPECT_NE(with([](Detection& z) { z.Set(Component::kRange, 100.0); }), "") << "no sd of a range";
  EXPECT_NE(with([](Detection& z) { z.Set(Component::kEast, 2e6); }), "");
}

TEST(Engine, ALongLookTakesDetectionsFromAllOfIt) {
  Site site = OneSensor();
  site.sensors[0].sensor.period = Duration::Seconds(12.0);
  Engine engine = Make(std::nullopt, std::move(site));
  Report report = LookAt(0);
  report.detections[0].time = kStart - Duration::Seconds(20.0);
  EXPECT_EQ(ReceiptOf(engine, report).reason, "");
}

TEST(Engine, PicturesFallDueAtMultiples) {
  Engine engine = Make(Duration::Seconds(2.0));
  std::vector<double> at_s;
  const auto note = [&](const Events& events) {
    for (const Picture& picture : events.pictures) at_s.push_back((picture.time - kStart).s());
  };
  for (const double t_s : {0.5, 1.5, 2.5, 3.5, 6.5}) {
    const Report report = LookAt(t_s);
    note(engine.Step({&report, 1}));
  }
  note(engine.Finish());
  EXPECT_EQ(at_s, (std::vector<double>{2.0, 4.0, 6.0}));
}

TEST(Engine, TellsOfTheUnseenOnceInEachStep) {
  Engine engine = Make(std::nullopt);
  std::vector<std::int64_t> at_s;
  for (int t_s = 0; t_s < 100; t_s += 4) {
    const Report report = LookAt(t_s);
    for (const Unseen& unseen : engine.Step({&report, 1}).unseen) {
      at_s.push_back((unseen.time - kStart).ns() / 1'000'000'000);
    }
  }
  EXPECT_EQ(at_s, (std::vector<std::int64_t>{32, 60, 92}));
  EXPECT_EQ(engine.UnseenNow().time, kStart + Duration::Seconds(96.0));
}

TEST(Engine, TracksAndWarns) {
  Site site = OneSensor();
  site.places.push_back({"Plant", {37.5, 127.0, {60.0}}, 500.0});
  Engine engine = Make(std::nullopt, std::move(site));
  std::vector<AlertLevel> levels;
  for (int t_s = 0; t_s < 90; ++t_s) {
    const Report report = LookAt(t_s);
    for (const Alert& alert : engine.Step({&report, 1}).alerts) levels.push_back(alert.level);
  }
  ASSERT_EQ(engine.Now().tracks.size(), 1U);
  EXPECT_NEAR(engine.Now().tracks[0].mean(3), 25.0, 2.0);
  ASSERT_FALSE(levels.empty());
  EXPECT_EQ(levels.back(), AlertLevel::kAlarm);
}

}  // namespace
}  // namespace picket
