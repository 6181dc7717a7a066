// SPDX-License-Identifier: Apache-2.0
#include "picket/assess/assessor.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

const LocalFrame kFrame({37.5, 127.0, {0.0}});

Track TrackAt(double east_m, double north_m, double ve_mps, double vn_mps, double sd_m = 20.0) {
  Track track;
  track.id = 7;
  track.existence = 0.99;
  track.confirmed = true;
  track.mean << east_m, north_m, 100.0, ve_mps, vn_mps, 0.0;
  track.covariance.setIdentity();
  track.covariance.topLeftCorner<3, 3>() *= sd_m * sd_m;
  track.class_probability = {0.3, 0.7, 0.0, 0.0, 0.0};
  return track;
}

Picture At(double s, std::vector<Track> tracks) {
  return {Time::Ns(1'772'323'200'000'000'000) + Duration::Seconds(s), std::move(tracks)};
}

Assessor WithPlace() { return {{{"Plant", {37.5, 127.0, {0.0}}, 500.0}}, {}, kFrame}; }

Area Zone(Area::Shape shape, Area::Trigger trigger) {
  Area area;
  area.name = "P-73";
  area.shape = shape;
  area.trigger = trigger;
  if (shape == Area::Shape::kPolygon) {
    area.rings_lon_lat = {
        {{126.99, 37.49}, {127.01, 37.49}, {127.01, 37.51}, {126.99, 37.51}, {126.99, 37.49}}};
  } else {
    area.rings_lon_lat = {{{126.9, 37.51}, {127.1, 37.51}}};
  }
  return area;
}

TEST(Arrival, OfATargetThatComesStraightOn) {
  const auto arrival = PredictArrival(TrackAt(0, 5500, 0, -25).mean,
                                      TrackAt(0, 5500, 0, -25).covariance, {0, 0}, 500.0);
  ASSERT_TRUE(arrival);
  EXPECT_NEAR(arrival->median_s, 200.0, 1e-9);  // 5,000 m to the edge at 25 m/s
  EXPECT_GT(arrival->probability, 0.9);
  EXPECT_LT(arrival->earliest_s, arrival->median_s);
  EXPECT_GT(arrival->latest_s, arrival->median_s);
}

TEST(Arrival, ErrorGrowsWithSpeedError) {
  Track track = TrackAt(0, 5500, 0, -25);
  const auto sure = PredictArrival(track.mean, track.covariance, {0, 0}, 500.0);
  track.covariance(4, 4) = 25.0;
  const auto unsure = PredictArrival(track.mean, track.covariance, {0, 0}, 500.0);
  EXPECT_LT(unsure->earliest_s, sure->earliest_s - 10.0);
}

TEST(Arrival, NotOfOneThatPassesOrLeavesOrStands) {
  const Track passes = TrackAt(3000, 5000, 0, -25);
  EXPECT_LT(PredictArrival(passes.mean, passes.covariance, {0, 0}, 500.0)->probability, 0.01);
  const Track leaves = TrackAt(0, 5000, 0, 25);
  EXPECT_EQ(PredictArrival(leaves.mean, leaves.covariance, {0, 0}, 500.0)->probability, 0.0);
  const Track stands = TrackAt(0, 5000, 0.1, 0);
  EXPECT_FALSE(PredictArrival(stands.mean, stands.covariance, {0, 0}, 500.0));
  const Track inside = TrackAt(100, 0, 0, 0);
  EXPECT_EQ(PredictArrival(inside.mean, inside.covariance, {0, 0}, 500.0)->median_s, 0.0);
}

TEST(Assessor, EscalatesOnceAndClearsAfterTheHold) {
  Assessor assessor = WithPlace();
  std::vector<AlertLevel> levels;
  std::uint64_t id = 0;
  double cleared_at = 0.0;
  for (int s = 0; s <= 700; ++s) {
    // Comes in at 25 m/s from 13 km, turns back 1 km before the edge.
    const double north = s <= 460 ? 13000.0 - 25.0 * s : 1500.0 + 25.0 * (s - 460);
    for (const Alert& alert :
         assessor.Take(At(s, {TrackAt(0, north, 0, s <= 460 ? -25.0 : 25.0)}))) {
      levels.push_back(alert.level);
      if (id == 0) id = alert.id;
      EXPECT_EQ(alert.id, id);
      EXPECT_EQ(alert.place, "Plant");
      EXPECT_FALSE(alert.text.empty());
      if (alert.level == AlertLevel::kCleared) cleared_at = s;
    }
  }
  const std::vector<AlertLevel> expected = {AlertLevel::kWatch, AlertLevel::kWarning,
                                            AlertLevel::kAlarm, AlertLevel::kCleared};
  EXPECT_EQ(levels, expected);
  EXPECT_NEAR(cleared_at, 461.0 + Assessor::kHoldS, 1.5);
}

TEST(Assessor, FlickerOfTheJudgementChangesNothing) {
  // What is called for a moment at a time is not raised: a bird that turns and turns.
  Assessor assessor = WithPlace();
  const auto flicker = [&](int from, int to) {
    std::size_t changes = 0;
    for (int s = from; s < to; ++s) {
      changes += assessor.Take(At(s, {TrackAt(0, 2000, 0, s % 2 == 0 ? -25.0 : 25.0)})).size();
    }
    return changes;
  };
  EXPECT_EQ(flicker(0, 100), 0U);
  // And what is raised stays.
  for (int s = 100; s <= 106; ++s) (void)assessor.Take(At(s, {TrackAt(0, 2000, 0, -25)}));
  EXPECT_EQ(flicker(107, 200), 0U);
}

TEST(Assessor, RaisesWhatHeldForFiveSeconds) {
  Assessor assessor = WithPlace();
  std::vector<double> raised;
  for (int s = 0; s < 20; ++s) {
    if (!assessor.Take(At(s, {TrackAt(0, 1500, 0, -25)})).empty()) raised.push_back(s);
  }
  EXPECT_EQ(raised, std::vector<double>{Assessor::kConfirmS});
}

std::size_t AlertsOnTheWayIn(const Track& track) {
  Assessor assessor = WithPlace();
  std::size_t alerts = 0;
  for (int s = 0; s < 10; ++s) alerts += assessor.Take(At(s, {track})).size();
  return alerts;
}

TEST(Assessor, BirdsAndIdentifiedAircraftRaiseNone) {
  Track bird = TrackAt(0, 1500, 0, -12);
  bird.class_probability = {0.35, 0.05, 0.6, 0.0, 0.0};
  EXPECT_EQ(AlertsOnTheWayIn(bird), 0U);

  // An airliner on its approach is slow enough to be something else; that it says who it is tells.
  Track airliner = TrackAt(0, 3000, 0, -65);
  airliner.class_probability = {0.0, 0.13, 0.0, 0.47, 0.40};
  EXPECT_EQ(AlertsOnTheWayIn(airliner), 1U);
  airliner.identity = {{"icao", "406B90"}};
  EXPECT_EQ(AlertsOnTheWayIn(airliner), 0U);
  // A claim that its motion contradicts helps nobody; another claim is none of an aircraft.
  airliner.class_probability = {0.5, 0.5, 0.0, 0.0, 0.0};
  EXPECT_EQ(AlertsOnTheWayIn(airliner), 1U);
  airliner.class_probability = {0.0, 0.13, 0.0, 0.47, 0.40};
  airliner.identity = {{"remote_id", "1581F5"}};
  EXPECT_EQ(AlertsOnTheWayIn(airliner), 1U);
}

TEST(Assessor, ZoneWarnsAheadAndAlarmsInside) {
  Assessor assessor({}, {Zone(Area::Shape::kPolygon, Area::Trigger::kEnter)}, kFrame);
  std::vector<AlertLevel> levels;
  for (int s = 0; s < 120; ++s) {
    for (const Alert& alert : assessor.Take(At(s, {TrackAt(-3000.0 + 25.0 * s, 0, 25, 0)}))) {
      levels.push_back(alert.level);
      EXPECT_EQ(alert.area, "P-73");
    }
  }
  EXPECT_EQ(levels, (std::vector<AlertLevel>{AlertLevel::kWarning, AlertLevel::kAlarm}));
}

TEST(Assessor, InsideTriggerDoesNotWarnAhead) {
  Assessor assessor({}, {Zone(Area::Shape::kPolygon, Area::Trigger::kInside)}, kFrame);
  for (int s = 0; s < 10; ++s) {
    EXPECT_TRUE(assessor.Take(At(s, {TrackAt(-1500, 0, 25, 0)})).empty());
  }
  std::size_t alarms = 0;
  for (int s = 10; s < 20; ++s) alarms += assessor.Take(At(s, {TrackAt(0, 0, 25, 0)})).size();
  EXPECT_EQ(alarms, 1U);
}

TEST(Assessor, LineAlarmsWhenCrossedAndClearsWhenCrossedBack) {
  Assessor assessor({}, {Zone(Area::Shape::kLine, Area::Trigger::kCross)}, kFrame);
  std::vector<std::pair<int, AlertLevel>> changes;
  for (int s = 0; s < 400; ++s) {
    // In across the line, which lies 1,110 m north, at 45 s; out again at 310 s.
    const double north = s < 200 ? 2000.0 - 20.0 * s : -2000.0 + (s - 200) * 28.0;
    for (const Alert& alert : assessor.Take(At(s, {TrackAt(0, north, 0, s < 200 ? -20 : 28)}))) {
      changes.emplace_back(s, alert.level);
    }
  }
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0], std::pair(45, AlertLevel::kAlarm));
  EXPECT_EQ(changes[1].second, AlertLevel::kWatch);
  EXPECT_NEAR(changes[1].first, 45 + Assessor::kCrossedAlarmS + Assessor::kHoldS, 2.0);
  EXPECT_EQ(changes[2].second, AlertLevel::kCleared);
  EXPECT_NEAR(changes[2].first, 312 + Assessor::kHoldS, 2.0);
}

TEST(Assessor, ALostTrackClearsItsAlert) {
  Assessor assessor = WithPlace();
  std::size_t raised = 0;
  for (int s = 0; s < 8; ++s) raised += assessor.Take(At(s, {TrackAt(0, 1500, 0, -25)})).size();
  ASSERT_EQ(raised, 1U);
  const auto alerts = assessor.Take(At(8, {}));
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].level, AlertLevel::kCleared);
  EXPECT_NE(alerts[0].text.find("lost. Last: heads for Plant"), std::string::npos);
  EXPECT_TRUE(assessor.Take(At(9, {})).empty());
}

}  // namespace
}  // namespace picket
