// SPDX-License-Identifier: Apache-2.0
#include "picket/engine/engine.h"

#include <gtest/gtest.h>

#include "picket/engine/clock_watch.h"

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

Site TwoSensors() {
  Site site = OneSensor();
  site.sensors.push_back(site.sensors.front());
  site.sensors.back().sensor.id = "two";
  return site;
}

TEST(Engine, OneSensorsClockThatJumpsADayHoldsUpNobody) {
  Engine engine = Make(std::nullopt, TwoSensors());
  int taken = 0;
  for (int t = 0; t < 20; ++t) {
    taken += ReceiptOf(engine, LookAt(t)).taken ? 1 : 0;
    for (int i = 1; i < 10; ++i) {
      Report jumped = LookAt(t + 0.1 * i);
      jumped.sensor = "two";
      if (t >= 5) jumped.time = jumped.time + Duration::Seconds(86400.0);
      EXPECT_EQ(ReceiptOf(engine, jumped).taken, t < 5);
    }
  }
  EXPECT_EQ(taken, 20);
}

TEST(Engine, AGapOfADayInAllReportsIsBelieved) {
  Engine engine = Make(std::nullopt, TwoSensors());
  int refused = 0;
  for (int t = 0; t < 40; ++t) {
    Report report = LookAt(t);
    if (t >= 20) report.time = report.time + Duration::Seconds(86400.0);
    if (t % 2 == 1) report.sensor = "two";
    refused += ReceiptOf(engine, report).taken ? 0 : 1;
  }
  EXPECT_EQ(refused, kJumpsToBelieve - 1);
}

TEST(Engine, ASensorWhoseClockIsAheadDoesNotMakeOthersLate) {
  const auto run = [](double ahead_s, bool empty) {
    Engine engine = Make(std::nullopt, TwoSensors());
    int taken = 0;
    for (int t = 0; t < 20; ++t) {
      Report good = LookAt(t);
      good.received = good.time + Duration::Seconds(2.4);  // on its way
      taken += ReceiptOf(engine, good).taken ? 1 : 0;
      Report ahead = LookAt(t);
      ahead.received = good.received;
      ahead.time = *ahead.received + Duration::Seconds(ahead_s - 2.4);
      ahead.sensor = "two";
      if (empty) ahead.detections.clear();
      const Receipt receipt = ReceiptOf(engine, ahead);
      // Half of the default lag of 5 s.
      EXPECT_EQ(receipt.reason, ahead_s > 4.9 ? kTooFarAhead : "");
    }
    return taken;
  };
  for (const double ahead_s : {0.5, 2.5, 4.9, 5.0, 8.0, 59.0, 3000.0, 86400.0}) {
    EXPECT_EQ(run(ahead_s, false), 20) << ahead_s;
    EXPECT_EQ(run(ahead_s, true), 20) << ahead_s;
  }
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

TEST(Engine, AStandardDeviationBeyondBeliefIsBoundedAndToldOf) {
  for (const double sd : {1e-12, 1e-4, 2e5, 1e6}) {
    Engine engine = Make();
    for (int t = 0; t < 5; ++t) {
      Report report = LookAt(t);
      report.detections[0].sd[static_cast<std::size_t>(Component::kEast)] = sd;
      const Receipt receipt = ReceiptOf(engine, report);
      EXPECT_TRUE(receipt.taken);
      EXPECT_EQ(receipt.reason,
                "a standard deviation (sd) beyond belief, taken as the nearest that is not");
    }
  }
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

/// "two", which sees what "one" does, from `at_s` on.
SensorChange Joining(double at_s) {
  SensorChange change;
  change.time = kStart + Duration::Seconds(at_s);
  change.whole = OneSensor().sensors.front();
  change.whole->sensor.id = change.sensor = "two";
  return change;
}

SensorChange Part(const std::string& sensor, double at_s) {
  SensorChange change;
  change.time = kStart + Duration::Seconds(at_s);
  change.sensor = sensor;
  return change;
}

Report EmptyLook(const std::string& sensor, double t_s) {
  Report report;
  report.time = kStart + Duration::Seconds(t_s);
  report.sensor = sensor;
  return report;
}

TEST(Engine, ASensorJoins) {
  Engine engine = Make();
  for (int t_s = 0; t_s < 10; ++t_s) ASSERT_TRUE(ReceiptOf(engine, LookAt(t_s)).taken);
  Report of_two = LookAt(9.5);
  of_two.sensor = "two";
  EXPECT_FALSE(ReceiptOf(engine, of_two).taken);
  EXPECT_FALSE(engine.Change(Part("two", 9.0)).taken) << "a change of nobody";
  EXPECT_EQ(engine.Change(Joining(9.0)).reason, "");
  ASSERT_EQ(engine.field()->sensors().size(), 2U);
  EXPECT_EQ(engine.Conditions().size(), 2U);
  EXPECT_EQ(ReceiptOf(engine, of_two).reason, "");
  for (int t_s = 10; t_s < 20; ++t_s) {
    EXPECT_TRUE(ReceiptOf(engine, LookAt(t_s)).taken);
    of_two = LookAt(t_s + 0.5);
    of_two.sensor = "two";
    EXPECT_TRUE(ReceiptOf(engine, of_two).taken);
  }
  const Picture picture = engine.Now();
  ASSERT_EQ(picture.tracks.size(), 1U);
  const std::vector<std::pair<SensorIndex, std::uint32_t>> both = {{0, 20}, {1, 11}};
  EXPECT_EQ(picture.tracks[0].sources, both);
}

TEST(Engine, AJoinedSensorsEmptyLooksCount) {
  // Nothing but its silence speaks against the track, and it does where it sees.
  const auto existence = [](bool sees) {
    Engine engine = Make();
    for (int t_s = 0; t_s < 10; ++t_s) (void)ReceiptOf(engine, LookAt(t_s));
    SensorChange two = Joining(9.5);
    if (!sees) {  // obscured where the target is
      RegionEntry west;
      west.cone.azimuth_from = Bearing::Deg(180.0);
      west.cone.azimuth_width_rad = std::numbers::pi;
      two.whole->obscured = {west};
    }
    EXPECT_TRUE(engine.Change(two).taken);
    EXPECT_TRUE(ReceiptOf(engine, EmptyLook("two", 10.0)).taken);
    return engine.Now(true).tracks.at(0).existence;
  };
  EXPECT_LT(existence(true), 0.99);
  EXPECT_GT(existence(false), 0.995);
}

TEST(Engine, ASensorThatIsDownIsNotCountedOn) {
  const auto tracked = [](bool down) {
    Engine engine = Make();
    for (int t_s = 0; t_s < 10; ++t_s) (void)ReceiptOf(engine, LookAt(t_s));
    SensorChange change = Part("one", 9.5);
    change.up = !down;
    EXPECT_TRUE(engine.Change(change).taken);
    for (int t_s = 10; t_s < 15; ++t_s) (void)ReceiptOf(engine, EmptyLook("one", t_s));
    return engine;
  };
  EXPECT_EQ(tracked(false).Now().tracks.size(), 0U);
  Engine engine = tracked(true);
  EXPECT_EQ(engine.Now().tracks.size(), 1U);
  EXPECT_FALSE(engine.field()->sensor(0).up);
  // What it reports all the same is taken, and is of the same target.
  for (int t_s = 15; t_s < 20; ++t_s) EXPECT_EQ(ReceiptOf(engine, LookAt(t_s)).reason, "");
  const Picture picture = engine.Now();
  ASSERT_EQ(picture.tracks.size(), 1U);
  EXPECT_NEAR(picture.tracks[0].mean(0), -2500.0 + 25.0 * 19.0, 20.0);
}

TEST(Engine, AMovedSensorMeasuresFromWhereItStands) {
  const auto radar = [](double east_m, double t_s) {
    Report report = EmptyLook("one", t_s);
    Detection& z = report.detections.emplace_back();
    const Eigen::Vector2d d(-2500.0 + 25.0 * t_s - east_m, 1000.0);
    z.Set(Component::kRange, d.norm(), 5.0);
    z.Set(Component::kAzimuth, Bearing::Rad(std::atan2(d.x(), d.y())).rad(), 0.002);
    return report;
  };
  const auto follow = [&](bool late) {
    Engine engine = Make();
    std::vector<std::pair<double, double>> looks;
    for (int t_s = 0; t_s < 10; ++t_s) (void)ReceiptOf(engine, radar(0.0, t_s));
    if (!late) (void)ReceiptOf(engine, radar(0.0, 10.0));
    SensorChange moved = Part("one", 10.5);
    moved.at = SensorPlacement{.local = true, .p_LS_L = {3000.0, 0.0, 0.0}};
    EXPECT_TRUE(engine.Change(moved).taken);
    for (int t_s = 11; t_s < 14; ++t_s) (void)ReceiptOf(engine, radar(3000.0, t_s));
    // A look of before it moved, that comes only now.
    if (late) {
      EXPECT_EQ(ReceiptOf(engine, radar(0.0, 10.0)).reason, "");
    }
    for (int t_s = 14; t_s < 20; ++t_s) (void)ReceiptOf(engine, radar(3000.0, t_s));
    return engine.Now();
  };
  const Picture in_order = follow(false);
  ASSERT_EQ(in_order.tracks.size(), 1U);
  EXPECT_NEAR(in_order.tracks[0].mean(0), -2500.0 + 25.0 * 19.0, 20.0);
  EXPECT_NEAR(in_order.tracks[0].mean(1), 1000.0, 20.0);
  const Picture late = follow(true);
  ASSERT_EQ(late.tracks.size(), 1U);
  EXPECT_EQ(late.tracks[0].mean, in_order.tracks[0].mean);
  EXPECT_EQ(late.tracks[0].covariance, in_order.tracks[0].covariance);
}

TEST(Engine, ARadarOnAShipMeasuresFromWhereTheShipIs) {
  // The ship sails north at 12 m/s, the target east at 25 m/s: what the radar alone tells of it.
  const auto follow = [](bool says_how_fast) {
    Engine engine = Make();
    for (int t_s = 0; t_s < 20; ++t_s) {
      Report report = EmptyLook("one", t_s);
      const Eigen::Vector3d ship(0.0, 12.0 * t_s, 0.0);
      const Eigen::Vector3d d = Eigen::Vector3d(-500.0 + 25.0 * t_s, 1500.0, 100.0) - ship;
      const Eigen::Vector3d against_ship(25.0, says_how_fast ? -12.0 : 0.0, 0.0);
      report.sensor_at = OwnPlace{.fix = {}, .enu_m = {ship.x(), ship.y(), ship.z()}};
      if (says_how_fast) report.sensor_at->vel_enu_mps = {0.0, 12.0, 0.0};
      Detection& z = report.detections.emplace_back();
      z.Set(Component::kRange, d.norm(), 15.0);
      z.Set(Component::kAzimuth, Bearing::Rad(std::atan2(d.x(), d.y())).rad(), 0.01);
      z.Set(Component::kElevation, std::asin(d.z() / d.norm()), 0.01);
      z.Set(Component::kRangeRate, d.dot(against_ship) / d.norm(), 0.2);
      EXPECT_EQ(ReceiptOf(engine, report).reason, "");
    }
    return engine.Now();
  };
  for (const bool says_how_fast : {true, false}) {
    const Picture picture = follow(says_how_fast);
    ASSERT_EQ(picture.tracks.size(), 1U);
    EXPECT_NEAR(picture.tracks[0].mean[0], -500.0 + 25.0 * 19.0, 10.0);
    EXPECT_NEAR(picture.tracks[0].mean[1], 1500.0, 10.0);
    EXPECT_NEAR(picture.tracks[0].mean[3], 25.0, 2.0);
    EXPECT_NEAR(picture.tracks[0].mean[4], 0.0, 2.0);
  }
}

TEST(Engine, ALateReportOfAShipDoesNotMoveItBack) {
  Engine engine = Make();
  const auto report = [](double t_s, double sails_to_m, bool says_where) {
    Report look = EmptyLook("one", t_s);
    if (says_where) look.sensor_at = OwnPlace{.fix = {}, .enu_m = {0.0, sails_to_m, 0.0}};
    const Eigen::Vector2d d(-500.0 + 25.0 * t_s, 3000.0 - sails_to_m);
    Detection& z = look.detections.emplace_back();
    z.Set(Component::kRange, d.norm(), 15.0);
    z.Set(Component::kAzimuth, Bearing::Rad(std::atan2(d.x(), d.y())).rad(), 0.01);
    return look;
  };
  for (int t_s = 0; t_s < 20; ++t_s) (void)ReceiptOf(engine, report(t_s, 100.0 * t_s, true));
  EXPECT_TRUE(ReceiptOf(engine, report(16.5, 1650.0, true)).taken);
  for (int t_s = 20; t_s < 24; ++t_s) (void)ReceiptOf(engine, report(t_s, 1900.0, false));
  const Picture picture = engine.Now();
  ASSERT_EQ(picture.tracks.size(), 1U);
  EXPECT_NEAR(picture.tracks[0].mean[0], -500.0 + 25.0 * 23.0, 20.0);
  EXPECT_NEAR(picture.tracks[0].mean[1], 3000.0, 20.0);
}

TEST(Engine, SensorsDoNotJoinWithoutEnd) {
  Engine engine = Make();
  SensorChange change = Joining(0.0);
  for (std::size_t i = 0; i <= kMaxJoined; ++i) {
    change.whole->sensor.id = change.sensor = "s" + std::to_string(i);
    EXPECT_EQ(engine.Change(change).taken, i < kMaxJoined);
  }
  EXPECT_EQ(engine.field()->sensors().size(), 1 + kMaxJoined);
  change.sensor = "s0";
  change.whole->sensor.id = "s0";
  EXPECT_TRUE(engine.Change(change).taken) << "one that is there may change";
}

TEST(Engine, ASensorOutOfReachDoesNotJoin) {
  Engine engine = Make();
  SensorChange far = Joining(0.0);
  far.whole->placement = {.lat_deg = -37.0, .lon_deg = 0.0};
  EXPECT_EQ(engine.Change(far).reason, "a sensor more than 1,000 km from the site");
  EXPECT_EQ(engine.field()->sensors().size(), 1U);
}

}  // namespace
}  // namespace picket
