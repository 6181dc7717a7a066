// SPDX-License-Identifier: Apache-2.0
#include "picket/track/tracker.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <map>

#include "picket/base/random.h"
#include "picket/report/measurement.h"

namespace picket {
namespace {

const Time kStart = Time::Ns(1'772'323'200'000'000'000);

Sensor Radar(const std::string& id, double east_m = 0.0, double north_m = 0.0) {
  Sensor s;
  s.id = id;
  s.p_LS_L = {east_m, north_m, 0.0};
  s.field.max_range_m = 20000.0;
  s.detect.probability = 0.9;
  s.clutter_per_look = 20.0;
  s.measures = {Component::kRange, Component::kAzimuth};
  return s;
}

struct Target {
  Eigen::Vector3d p;
  Eigen::Vector3d v;
  [[nodiscard]] Eigen::Vector3d At(double t_s) const { return p + t_s * v; }
};

/// Looks of a radar once a second: targets found with the sensor's p_D, clutter uniform in area.
std::vector<Look> Looks(const std::vector<Sensor>& sensors, const std::vector<Target>& targets,
                        int seconds, std::uint64_t seed) {
  std::vector<Look> looks;
  for (int t = 0; t < seconds; ++t) {
    for (std::size_t s = 0; s < sensors.size(); ++s) {
      Random random(seed, sensors[s].id, static_cast<std::uint64_t>(t));
      const double at_s = t + static_cast<double>(s) / static_cast<double>(sensors.size());
      Look look{static_cast<SensorIndex>(s), kStart + Duration::Seconds(at_s), {}};
      const auto add = [&](double range_m, double azimuth_rad) {
        Detection z;
        z.Set(Component::kRange, range_m, 15.0);
        z.Set(Component::kAzimuth, azimuth_rad, 0.5 * kRadPerDeg);
        look.detections.push_back(z);
      };
      SensorPose pose{sensors[s].p_LS_L, sensors[s].R_SL, false, nullptr};
      for (const Target& target : targets) {
        const auto z =
            Measure({Component::kRange, Component::kAzimuth}, pose, target.At(at_s), target.v);
        const double seen = random.Uniform();
        const double range_error = random.Normal();
        const double azimuth_error = random.Normal();
        if (seen < sensors[s].detect.probability) {
          add(z[0] + 15.0 * range_error, z[1] + 0.5 * kRadPerDeg * azimuth_error);
        }
      }
      const auto clutter = random.Poisson(sensors[s].clutter_per_look);
      for (std::uint64_t k = 0; k < clutter; ++k) {
        const double area = random.Uniform();
        const double azimuth = random.Uniform(0.0, 6.28);
        add(20000.0 * std::sqrt(area), azimuth);
      }
      looks.push_back(std::move(look));
    }
  }
  return looks;
}

Tracker Make(const std::vector<Sensor>& sensors, TrackerParameters parameters = {}) {
  parameters.region_radius_m = 20000.0;
  return {std::make_shared<const DetectionField>(sensors, std::make_shared<const Terrain>()),
          parameters};
}

const std::vector<Sensor> kTwo = {Radar("a"), Radar("b", 6000.0, -4000.0)};
const std::vector<Target> kThree = {{{4000, 6000, 120}, {-20, -15, 0}},
                                    {{-5000, 3000, 90}, {25, 0, 0}},
                                    {{0, -7000, 150}, {0, 30, 0}}};

TEST(Tracker, FollowsThreeTargetsThroughClutter) {
  Tracker tracker = Make(kTwo);
  for (const Look& look : Looks(kTwo, kThree, 40, 1)) ASSERT_FALSE(tracker.Process(look));
  const Time end = kStart + Duration::Seconds(40);
  const Picture picture = tracker.PictureAt(end);
  ASSERT_EQ(picture.tracks.size(), 3U);
  for (const Target& target : kThree) {
    const auto near = std::find_if(picture.tracks.begin(), picture.tracks.end(), [&](auto& t) {
      return (t.mean.template head<2>() - target.At(40).head<2>()).norm() < 80.0;
    });
    ASSERT_NE(near, picture.tracks.end());
    EXPECT_GT(near->existence, 0.99);
    EXPECT_NEAR(near->mean[3], target.v.x(), 8.0);
    EXPECT_NEAR(near->mean[4], target.v.y(), 8.0);
    EXPECT_EQ(near->sources.size(), 2U);
    // Some 60 sure detections of two components.
    EXPECT_GT(near->nis_degrees, 80);
    EXPECT_NEAR(near->nis_sum / near->nis_degrees, 1.0, 0.35);
  }
}

/// Looks of four sensors that measure one component alone, each over its own share of false ones.
std::vector<Look> LooksAtOne(const std::vector<Sensor>& sensors, Component c,
                             const std::vector<Target>& targets, int seconds) {
  std::vector<Look> looks;
  Random random(31);
  for (int t = 0; t < seconds; ++t) {
    for (std::size_t s = 0; s < sensors.size(); ++s) {
      const double at_s = t + 0.25 * static_cast<double>(s);
      Look look{static_cast<SensorIndex>(s), kStart + Duration::Seconds(at_s), {}};
      const Eigen::Vector3d* reference =
          sensors[s].reference >= 0
              ? &sensors[static_cast<std::size_t>(sensors[s].reference)].p_LS_L
              : nullptr;
      const SensorPose pose{sensors[s].p_LS_L, sensors[s].R_SL, false, reference};
      for (const Target& target : targets) {
        const double error = 10.0 * random.Normal();
        if (random.Uniform() > 0.9) continue;
        Detection z;
        z.Set(c, Measure({c}, pose, target.At(at_s), target.v)[0] + error, 10.0);
        look.detections.push_back(z);
      }
      if (random.Uniform() < 0.3) {
        Detection z;
        z.Set(c, random.Uniform(c == Component::kRange ? 200.0 : -4000.0, 5000.0), 10.0);
        look.detections.push_back(z);
      }
      looks.push_back(std::move(look));
    }
  }
  return looks;
}

TEST(Tracker, StartsTracksOfRangesOrTheirDifferencesAlone) {
  const std::vector<Target> targets = {{{1500, 500, 120}, {-20, 10, 0}},
                                       {{-2000, -1000, 90}, {15, 10, 0}}};
  for (const Component c : {Component::kRange, Component::kRangeDifference}) {
    std::vector<Sensor> sensors = {Radar("a", -3000, -3000), Radar("b", 3000, -3000),
                                   Radar("c", 3000, 3500), Radar("d", -3000, 3000)};
    for (std::size_t s = 0; s < sensors.size(); ++s) {
      sensors[s].measures = {c};
      sensors[s].field.max_range_m = 12000.0;
      sensors[s].clutter_per_look = 0.3;
      if (c == Component::kRangeDifference) {
        sensors[s].reference = static_cast<SensorIndex>((s + 1) % sensors.size());
      }
    }
    Tracker tracker = Make(sensors);
    for (const Look& look : LooksAtOne(sensors, c, targets, 60)) {
      ASSERT_FALSE(tracker.Process(look));
    }
    const Picture picture = tracker.PictureAt(kStart + Duration::Seconds(60));
    ASSERT_EQ(picture.tracks.size(), targets.size()) << ComponentName(c);
    for (const Target& target : targets) {
      EXPECT_TRUE(std::any_of(picture.tracks.begin(), picture.tracks.end(), [&](const auto& t) {
        return (t.mean.template head<2>() - target.At(60).head<2>()).norm() < 25.0;
      })) << ComponentName(c);
    }
  }
}

TEST(Tracker, FindsThatAMastWasTurned) {
  constexpr double kTurnRad = 12.0 * kRadPerDeg;
  for (const int from_s : {0, 30}) {  // set up wrongly, or turned while it watches
    Tracker tracker = Make(kTwo);
    for (Look look : Looks(kTwo, kThree, 70, 1)) {
      if (look.sensor == 1 && look.time >= kStart + Duration::Seconds(from_s)) {
        for (Detection& z : look.detections) z.value[1] += kTurnRad;
      }
      ASSERT_FALSE(tracker.Process(look));
    }
    const std::vector<SensorCondition> conditions = tracker.Conditions();
    EXPECT_EQ(conditions[0].bias.jumps, 0) << from_s;
    EXPECT_EQ(conditions[1].bias.jumps, 1) << from_s;
    EXPECT_NEAR(conditions[1].bias.azimuth_rad, kTurnRad, 0.3 * kRadPerDeg) << from_s;
    const Picture picture = tracker.PictureAt(kStart + Duration::Seconds(70));
    EXPECT_EQ(picture.tracks.size(), 3U) << "one for each, and none where it points: " << from_s;
  }
}

TEST(Tracker, RainInACellGivesNoTracksThatStay) {
  Tracker tracker = Make(kTwo);
  Random random(12);
  for (Look look : Looks(kTwo, kThree, 120, 1)) {
    if (look.sensor == 1 && look.time >= kStart + Duration::Seconds(30)) {
      for (int k = 0; k < 100; ++k) {
        Detection z;
        z.Set(Component::kRange, random.Uniform(6000.0, 9000.0), 15.0);
        z.Set(Component::kAzimuth, random.Uniform(1.8, 2.5), 0.5 * kRadPerDeg);
        look.detections.push_back(z);
      }
    }
    ASSERT_FALSE(tracker.Process(look));
  }
  EXPECT_LE(tracker.PictureAt(kStart + Duration::Seconds(120)).tracks.size(), 6U);
  const std::vector<SensorCondition> conditions = tracker.Conditions();
  EXPECT_GT(conditions[1].clutter_ratio, 3.0);
  EXPECT_LT(conditions[0].clutter_ratio, 1.5);
  EXPECT_GT(conditions[0].detection_ratio, 0.8) << "the one that sees none of it is not to blame";
}

TEST(Tracker, ASensorThatSeesNothingOfThemWasNotTurned) {
  Tracker tracker = Make(kTwo);
  const std::vector<Look> false_alone = Looks(kTwo, {}, 70, 1);
  std::size_t k = 0;
  for (const Look& look : Looks(kTwo, kThree, 70, 1)) {
    const bool blind = look.sensor == 1 && look.time >= kStart + Duration::Seconds(30);
    ASSERT_FALSE(tracker.Process(blind ? false_alone[k] : look));
    ++k;
  }
  EXPECT_EQ(tracker.Conditions()[1].bias.jumps, 0);
  EXPECT_EQ(tracker.PictureAt(kStart + Duration::Seconds(70)).tracks.size(), 3U);
}

TEST(Tracker, KeepsIdsAndNeverUsesOneTwice) {
  Tracker tracker = Make(kTwo);
  std::map<std::uint64_t, Eigen::Vector2d> last;
  for (const Look& look : Looks(kTwo, kThree, 60, 2)) {
    ASSERT_FALSE(tracker.Process(look));
    for (const Track& track : tracker.PictureAt(look.time).tracks) {
      const Eigen::Vector2d p = track.mean.head<2>();
      if (last.count(track.id) != 0) {
        EXPECT_LT((p - last[track.id]).norm(), 1000.0);
      }
      last[track.id] = p;
    }
  }
  EXPECT_LE(last.size(), 4U);
}

TEST(Tracker, SameLooksSameBits) {
  Tracker one = Make(kTwo);
  Tracker two = Make(kTwo);
  for (const Look& look : Looks(kTwo, kThree, 30, 3)) {
    ASSERT_FALSE(one.Process(look));
    ASSERT_FALSE(two.Process(look));
    const Picture a = one.PictureAt(look.time, true);
    const Picture b = two.PictureAt(look.time, true);
    ASSERT_EQ(a.tracks.size(), b.tracks.size());
    for (std::size_t i = 0; i < a.tracks.size(); ++i) {
      ASSERT_EQ(a.tracks[i].mean, b.tracks[i].mean);
      ASSERT_EQ(a.tracks[i].covariance, b.tracks[i].covariance);
    }
  }
}

/// Late looks give the very state of looks in order, however they are shuffled within the lag, and
/// whoever asks for the past meanwhile.
void ExpectTheOrderToBeAllThatCounts(const std::vector<Sensor>& sensors,
                                     const std::vector<Look>& looks) {
  Tracker in_order = Make(sensors);
  for (const Look& look : looks) ASSERT_FALSE(in_order.Process(look));

  std::vector<std::pair<double, const Look*>> arrivals;
  Random random(9);
  for (const Look& look : looks) {
    const double delay_s = random.Uniform(0.0, 4.5);
    arrivals.emplace_back((look.time - kStart).s() + delay_s, &look);
  }
  std::sort(arrivals.begin(), arrivals.end());
  Tracker late = Make(sensors);
  std::size_t taken = 0;
  for (const auto& [arrival, look] : arrivals) {
    ASSERT_FALSE(late.Process(*look));
    if (++taken % 10 == 0) (void)late.PictureAt(look->time - Duration::Seconds(0.3));
  }

  const Time end = looks.back().time;
  std::vector<Track> in = in_order.PictureAt(end, true).tracks;
  std::vector<Track> out = late.PictureAt(end, true).tracks;
  ASSERT_EQ(in.size(), out.size());
  ASSERT_FALSE(in.empty());
  const auto by_place = [](const Track& x, const Track& y) { return x.mean[0] < y.mean[0]; };
  std::sort(in.begin(), in.end(), by_place);
  std::sort(out.begin(), out.end(), by_place);
  for (std::size_t i = 0; i < in.size(); ++i) {
    EXPECT_EQ(in[i].mean, out[i].mean);
    EXPECT_EQ(in[i].existence, out[i].existence);
  }
}

TEST(Tracker, LateLooksGiveTheResultOfTheirOrder) {
  ExpectTheOrderToBeAllThatCounts(kTwo, Looks(kTwo, kThree, 40, 4));
}

/// More looks in a second than there are between states to go back to, and targets that most of
/// the radars do not see.
TEST(Tracker, LateLooksOfManyRadarsGiveTheResultOfTheirOrder) {
  std::vector<Sensor> radars;
  for (int k = 0; k < 16; ++k) {
    radars.push_back(
        Radar("r" + std::to_string(k), 8000.0 * (k % 4 - 1.5), 8000.0 * (k / 4 - 1.5)));
    radars.back().field.max_range_m = 6000.0;
    radars.back().clutter_per_look = 1.0;
  }
  std::vector<Look> looks = Looks(radars, kThree, 30, 4);
  for (Look& look : looks) {
    std::erase_if(look.detections,
                  [](const Detection& z) { return z[Component::kRange] > 6000.0; });
  }
  ExpectTheOrderToBeAllThatCounts(radars, looks);
}

/// A target that only another radar sees is not looked at, and survives as one that is.
TEST(Tracker, WhatALookCannotSeeOnlyGrowsOlder) {
  std::vector<Sensor> radars = {Radar("a"), Radar("b", 60'000.0, 0.0)};
  for (Sensor& radar : radars) radar.clutter_per_look = 0.1;
  TrackerParameters parameters;
  parameters.survival_per_s = 0.9;
  Tracker tracker = Make(radars, parameters);
  const std::vector<Look> looks = Looks({radars[0]}, {kThree[0]}, 10, 3);
  for (const Look& look : looks) ASSERT_FALSE(tracker.Process(look));
  const Time seen = looks.back().time;
  const Picture then = tracker.PictureAt(seen);
  ASSERT_EQ(then.tracks.size(), 1U);
  for (int t = 1; t <= 5; ++t) {
    ASSERT_FALSE(tracker.Process({1, seen + Duration::Seconds(t), {}}));
  }
  const Picture now = tracker.PictureAt(seen + Duration::Seconds(5.0));
  ASSERT_EQ(now.tracks.size(), 1U);
  EXPECT_NEAR(now.tracks[0].existence, then.tracks[0].existence * std::pow(0.9, 5), 1e-9);
}

/// The count of what survived begins anew before it is nothing: here when the other radar looks.
TEST(Tracker, AnExistenceIsTheSameAfterAHundredHalfLives) {
  const std::vector<Sensor> radars = {Radar("a"), Radar("b", 60'000.0, 0.0)};
  TrackerParameters parameters;
  parameters.survival_per_s = 0.5;
  Tracker tracker = Make(radars, parameters);
  Target still = kThree[0];
  still.v.setZero();
  const auto existence_at = [&](Time t) {
    double existence = 0.0;
    for (const Track& track : tracker.PictureAt(t, true).tracks) {
      if ((track.mean.head<2>() - still.p.head<2>()).norm() > 200.0) continue;
      existence = std::max(existence, track.existence);
    }
    return existence;
  };
  int sure = 0;
  for (const Look& look : Looks({radars[0]}, {still}, 100, 3)) {
    ASSERT_FALSE(tracker.Process(look));
    const double before = existence_at(look.time);
    sure += before > 0.9 ? 1 : 0;
    const Time later = look.time + Duration::Seconds(0.95);
    ASSERT_FALSE(tracker.Process({1, later, {}}));
    EXPECT_NEAR(existence_at(later), before * std::pow(0.5, 0.95), 0.01);
  }
  EXPECT_GT(sure, 60);
}

TEST(Tracker, APictureOfThePastIsWhatWasTakenUpToThen) {
  const std::vector<Look> looks = Looks(kTwo, kThree, 30, 5);
  Tracker all = Make(kTwo);
  Tracker some = Make(kTwo);
  const Time past = looks.back().time - Duration::Seconds(3.0);
  for (const Look& look : looks) {
    ASSERT_FALSE(all.Process(look));
    if (look.time <= past) {
      ASSERT_FALSE(some.Process(look));
    }
  }
  const Picture a = all.PictureAt(past);
  const Picture b = some.PictureAt(past);
  ASSERT_EQ(a.tracks.size(), b.tracks.size());
  for (std::size_t i = 0; i < a.tracks.size(); ++i) {
    EXPECT_EQ(a.tracks[i].mean, b.tracks[i].mean);
  }
}

TEST(Tracker, RefusesWhatIsTooLateOrThere) {
  Tracker tracker = Make(kTwo);
  const std::vector<Look> looks = Looks(kTwo, kThree, 20, 6);
  for (const Look& look : looks) ASSERT_FALSE(tracker.Process(look));
  EXPECT_EQ(tracker.Process(looks.back()), LookRefusal::kDuplicate);
  EXPECT_EQ(tracker.Process(looks.front()), LookRefusal::kTooLate);
}

TEST(Tracker, AnUpdateThatBendsIsIterated) {
  // Known to 400 m from a position, 1.5 km from a radar that is good to 3 m and 0.1 degrees and
  // sees it 15 degrees off: a step along the tangent would end some 50 m beside.
  Sensor position;
  position.id = "p";
  position.kind = SensorKind::kPosition;
  position.measures = {Component::kEast, Component::kNorth, Component::kUp};
  position.field.max_range_m = 20000.0;
  position.clutter_per_look = 1e-3;
  const std::vector<Sensor> sensors = {position, Radar("r")};
  TrackerParameters parameters;
  parameters.expected_at_start = 100.0;
  Tracker tracker = Make(sensors, parameters);
  const auto look = [&](SensorIndex s, double at_s) {
    return Look{s, kStart + Duration::Seconds(at_s), {Detection{}}};
  };
  Look wide = look(0, 0.0);
  wide.detections[0].Set(Component::kEast, 400.0, 400.0);
  wide.detections[0].Set(Component::kNorth, 1500.0, 400.0);
  wide.detections[0].Set(Component::kUp, 60.0, 5.0);
  ASSERT_FALSE(tracker.Process(wide));
  Look narrow = look(1, 0.1);
  narrow.detections[0].Set(Component::kRange, 1500.0, 3.0);
  narrow.detections[0].Set(Component::kAzimuth, 0.0, 0.1 * kRadPerDeg);
  ASSERT_FALSE(tracker.Process(narrow));
  double nearest = 1e9;
  for (const Track& track : tracker.PictureAt(narrow.time, true).tracks) {
    if (track.sources.size() < 2) continue;
    const double range = std::hypot(1500.0, 60.0);
    nearest = std::min(nearest, (track.mean.head<3>() - Eigen::Vector3d(0.0, 1500.0, 60.0)).norm());
    EXPECT_NEAR(track.mean.head<3>().norm(), range, 5.0);
  }
  EXPECT_LT(nearest, 15.0);
}

/// A look of a radar at these places, without errors.
Look Exact(const Sensor& radar, double at_s, const std::vector<Eigen::Vector3d>& places) {
  Look look{0, kStart + Duration::Seconds(at_s), {}};
  const SensorPose pose{radar.p_LS_L, radar.R_SL, false, nullptr};
  for (const Eigen::Vector3d& p : places) {
    const auto z =
        Measure({Component::kRange, Component::kAzimuth}, pose, p, Eigen::Vector3d::Zero());
    Detection& detection = look.detections.emplace_back();
    detection.Set(Component::kRange, z[0], 15.0);
    detection.Set(Component::kAzimuth, z[1], 0.5 * kRadPerDeg);
  }
  return look;
}

TEST(Tracker, KeepsBothOfTwoTargetsThatARadarDoesNotResolve) {
  // Two targets come together, fly as one for half a minute, and part. Others that are seen in
  // every look tell that the radar is well.
  const auto least_existence = [](double resolution_m) {
    Sensor radar = Radar("r");
    if (resolution_m > 0.0) radar.resolution = {resolution_m, 2.0 * kRadPerDeg};
    Tracker tracker = Make({radar});
    double least = 1.0;
    for (int t = 0; t < 80; ++t) {
      const double apart = std::max(20.0, 12.0 * std::abs(t - 40.0) - 100.0);
      const Eigen::Vector3d middle(-500.0, 9000.0 - 25.0 * t, 120.0);
      const Eigen::Vector3d a = middle + Eigen::Vector3d(0.0, apart / 2, 0.0);
      const Eigen::Vector3d b = middle - Eigen::Vector3d(0.0, apart / 2, 0.0);
      std::vector<Eigen::Vector3d> seen = {a, b};
      if (apart < 100.0) seen = {middle};
      for (int k = 0; k < 6; ++k) {
        seen.emplace_back(-4000.0 + 3000.0 * k, -6000.0 + 20.0 * t, 120.0);
      }
      EXPECT_FALSE(tracker.Process(Exact(radar, t, seen)));
      if (t < 10) continue;
      double expected = 0.0;
      for (const Track& track : tracker.PictureAt(kStart + Duration::Seconds(t)).tracks) {
        if ((track.mean.head<3>() - middle).norm() < 500.0) expected += track.existence;
      }
      least = std::min(least, expected - 1.0);
    }
    return least;
  };
  EXPECT_GT(least_existence(100.0), 0.7);
  EXPECT_LT(least_existence(0.0), 0.1);
}

TEST(Tracker, SeveralDetectionsOfATargetMakeOneTrack) {
  const auto most_tracks = [](double echoes) {
    Sensor radar = Radar("r");
    radar.clutter_per_look = 1.0;
    radar.echoes = echoes;
    Tracker tracker = Make({radar});
    Random random(4);
    std::size_t most = 0;
    for (int t = 0; t < 60; ++t) {
      const Eigen::Vector3d p(-500.0, 9000.0 - 25.0 * t, 120.0);
      std::vector<Eigen::Vector3d> seen = {p};
      const double across = random.Normal();
      const double along = random.Normal();
      if (random.Uniform() < 0.5) seen.push_back(p + Eigen::Vector3d(230 * across, 45 * along, 0));
      EXPECT_FALSE(tracker.Process(Exact(radar, t, seen)));
      most = std::max(most, tracker.PictureAt(kStart + Duration::Seconds(t)).tracks.size());
    }
    return most;
  };
  EXPECT_EQ(most_tracks(0.5), 1U);
  EXPECT_GT(most_tracks(0.0), 1U);
}

TEST(Tracker, WhereSomeWereFoundTheNextIsBelievedSooner) {
  // A seventh drone after two detections: where six others came from, and on the other side.
  const auto existence = [](const Eigen::Vector3d& from) {
    Sensor radar = Radar("r");
    radar.clutter_per_look = 400.0;
    Tracker tracker = Make({radar});
    for (int t = 0; t < 17; ++t) {
      std::vector<Eigen::Vector3d> seen;
      for (int k = 0; k < 6; ++k) seen.emplace_back(9000.0 - 20.0 * t, 6000.0 + 700.0 * k, 120.0);
      if (t >= 15) seen.push_back(from + (t - 15) * Eigen::Vector3d(0.0, 20.0, 0.0));
      EXPECT_FALSE(tracker.Process(Exact(radar, t, seen)));
    }
    double most = 0.0;
    for (const Track& track : tracker.PictureAt(kStart + Duration::Seconds(16), true).tracks) {
      if ((track.mean.head<2>() - from.head<2>()).norm() < 200.0) {
        most = std::max(most, track.existence);
      }
    }
    return most;
  };
  const double here = existence({8000.0, 5000.0, 120.0});
  const double there = existence({-8000.0, -5000.0, 120.0});
  EXPECT_GT(here / (1.0 - here), 3.0 * there / (1.0 - there));
}

TEST(Tracker, ErrorsThatFollowEachOtherDoNotMakeItTooSure) {
  // Another tracker's output: errors of 20 m that stay for 8 s.
  const auto mean_nees = [](double stated_s) {
    Sensor feed;
    feed.id = "feed";
    feed.kind = SensorKind::kPosition;
    feed.measures = {Component::kEast, Component::kNorth, Component::kUp};
    feed.field.max_range_m = 20000.0;
    feed.clutter_per_look = 1e-3;
    feed.error_correlation_s = stated_s;
    double sum = 0.0;
    int count = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      Tracker tracker = Make({feed});
      Random random(seed);
      const double rho = std::exp(-1.0 / 8.0);
      Eigen::Vector3d error;
      for (int c = 0; c < 3; ++c) error[c] = random.Normal();
      for (int t = 0; t < 60; ++t) {
        const Eigen::Vector3d p(-3000.0 + 25.0 * t, 2000.0, 150.0);
        for (int c = 0; c < 3; ++c) {
          error[c] = rho * error[c] + std::sqrt(1.0 - rho * rho) * random.Normal();
        }
        Look look{0, kStart + Duration::Seconds(t), {Detection{}}};
        look.detections[0].Set(Component::kEast, p.x() + 20.0 * error[0], 20.0);
        look.detections[0].Set(Component::kNorth, p.y() + 20.0 * error[1], 20.0);
        look.detections[0].Set(Component::kUp, p.z() + 5.0 * error[2], 5.0);
        EXPECT_FALSE(tracker.Process(look));
        if (t < 30) continue;
        for (const Track& track : tracker.PictureAt(look.time).tracks) {
          const Eigen::Vector2d e = (track.mean.head<3>() - p).head<2>();
          sum += e.dot(track.covariance.topLeftCorner<2, 2>().inverse() * e);
          ++count;
        }
      }
    }
    EXPECT_GT(count, 500);
    return sum / count;
  };
  EXPECT_LT(mean_nees(8.0), 3.0);
  EXPECT_GT(mean_nees(0.0), 4.0);
}

TEST(Tracker, RetrodictsToTheFirstEvidence) {
  // Over many runs, the place of the first detection is known better from all detections until the
  // target was sure than it was from that one, and as well as is said.
  const Target target{{5000, 9000, 120}, {-40, -10, 0}};
  double squared = 0.0;
  double normalised = 0.0;
  constexpr int kRuns = 60;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    std::vector<Sensor> sensors = kTwo;
    for (Sensor& s : sensors) s.clutter_per_look = 0.1;
    Tracker tracker = Make(sensors);
    for (const Look& look : Looks(sensors, {target}, 20, seed)) ASSERT_FALSE(tracker.Process(look));
    const Picture picture = tracker.PictureAt(kStart + Duration::Seconds(20));
    ASSERT_EQ(picture.tracks.size(), 1U);
    const Track& track = picture.tracks.front();
    const Eigen::Vector2d truth = target.At((track.first_evidence - kStart).s()).head<2>();
    const Eigen::Vector2d error = track.first_position.head<2>() - truth;
    squared += error.squaredNorm();
    for (int c = 0; c < 2; ++c) normalised += std::pow(error[c] / track.first_position_sd[c], 2);
  }
  // One detection: 15 m along 10 km and 0.5 degrees, 90 m, across.
  EXPECT_LT(std::sqrt(squared / kRuns), 70.0);
  EXPECT_NEAR(normalised / (2 * kRuns), 1.0, 0.5);
}

TEST(Tracker, EmptyLooksCountAgainstATarget) {
  Tracker tracker = Make(kTwo);
  for (const Look& look : Looks(kTwo, kThree, 20, 7)) ASSERT_FALSE(tracker.Process(look));
  ASSERT_EQ(tracker.PictureAt(kStart + Duration::Seconds(20)).tracks.size(), 3U);
  for (int t = 0; t < 6; ++t) {
    ASSERT_FALSE(tracker.Process({0, kStart + Duration::Seconds(20.0 + t), {}}));
  }
  EXPECT_TRUE(tracker.PictureAt(kStart + Duration::Seconds(26)).tracks.empty());
}

TEST(Tracker, ATargetSeenOneLookInThreeKeepsOneTrack) {
  // For four minutes, among false detections, by a radar that is said to see nine of ten.
  const Sensor radar = Radar("r");
  Tracker tracker = Make({radar});
  Random random(5);
  std::map<std::uint64_t, int> shown;
  for (int t = 0; t < 240; ++t) {
    const Eigen::Vector3d p(-2000.0 + 12.0 * t, 7000.0 - 15.0 * t, 120.0);
    std::vector<Eigen::Vector3d> seen;
    if (t % 3 == 0) seen.push_back(p);
    for (int k = 0; k < 20; ++k) {
      const double range_m = 20000.0 * std::sqrt(random.Uniform());
      const double azimuth = random.Uniform(0.0, 6.28);
      seen.emplace_back(range_m * std::sin(azimuth), range_m * std::cos(azimuth), 0.0);
    }
    ASSERT_FALSE(tracker.Process(Exact(radar, t, seen)));
    for (const Track& track : tracker.PictureAt(kStart + Duration::Seconds(t)).tracks) {
      if ((track.mean.head<2>() - p.head<2>()).norm() < 200.0) ++shown[track.id];
    }
  }
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_GT(shown.begin()->second, 220);
}

TEST(Tracker, ATargetThatNoSensorCanSeeIsNotPunished) {
  // The second radar's field does not reach the target: its empty looks tell nothing.
  Sensor blind = Radar("b");
  blind.field.max_range_m = 500.0;
  const std::vector<Sensor> sensors = {Radar("a"), blind};
  Tracker tracker = Make(sensors);
  for (const Look& look : Looks({sensors[0]}, {kThree[0]}, 20, 8)) {
    ASSERT_FALSE(tracker.Process(look));
  }
  const double before = tracker.PictureAt(kStart + Duration::Seconds(20)).tracks.at(0).existence;
  for (int t = 0; t < 10; ++t) {
    ASSERT_FALSE(tracker.Process({1, kStart + Duration::Seconds(20.0 + t), {}}));
  }
  const Picture picture = tracker.PictureAt(kStart + Duration::Seconds(30));
  ASSERT_EQ(picture.tracks.size(), 1U);
  EXPECT_GT(picture.tracks[0].existence, before - 0.02);  // survival alone
}

TEST(Tracker, UndetectedFallsWhereOneLooksAndGrowsWhereNobodyDoes) {
  TrackerParameters parameters;
  parameters.expected_at_start = 2.0;
  parameters.births_per_hour = 3600.0;
  Tracker tracker = Make(kTwo, parameters);
  const double start = tracker.ExpectedUndetected();
  EXPECT_NEAR(start, 2.0, 1e-9);
  ASSERT_FALSE(tracker.Process({0, kStart, {}}));
  const double looked = tracker.ExpectedUndetected();
  EXPECT_LT(looked, 0.5 * start);
  Sensor blind = Radar("b");
  blind.field.max_range_m = 10.0;
  Tracker unseen = Make({blind}, parameters);
  ASSERT_FALSE(unseen.Process({0, kStart, {}}));
  ASSERT_FALSE(unseen.Process({0, kStart + Duration::Seconds(10), {}}));
  EXPECT_NEAR(unseen.ExpectedUndetected(), 12.0, 0.5);  // ten births, a little leaves
}

TEST(Tracker, TheUndetectedAreWhereNobodyLooks) {
  TrackerParameters parameters;
  parameters.expected_at_start = 2.0;
  parameters.births_per_hour = 360.0;
  Sensor east = Radar("east");
  east.field.max_range_m = 60000.0;
  east.field.azimuth_width_rad = std::numbers::pi;  // from north over east to south
  Tracker tracker = Make({east}, parameters);
  for (int t = 0; t < 60; ++t) {
    ASSERT_FALSE(tracker.Process({0, kStart + Duration::Seconds(t), {}}));
  }
  const Unseen unseen = tracker.Undetected();
  EXPECT_EQ(unseen.time, kStart + Duration::Seconds(59));
  ASSERT_EQ(unseen.expected.size(), static_cast<std::size_t>(unseen.side) * unseen.side);
  EXPECT_NEAR(unseen.cell_m * unseen.side, 40000.0, 1e-6);
  double west_sum = 0.0;
  double east_sum = 0.0;
  for (int row = 0; row < unseen.side; ++row) {
    for (int column = 0; column < unseen.side; ++column) {
      const double here = unseen.expected[static_cast<std::size_t>(row) * unseen.side + column];
      (column < unseen.side / 2 ? west_sum : east_sum) += here;
    }
  }
  EXPECT_NEAR(west_sum + east_sum, tracker.ExpectedUndetected(), 1e-9);
  // One was there at the start, three were born since; that none was found in the east tells that
  // there are fewer of them than was thought, here as well.
  EXPECT_GT(west_sum, 1.2);
  EXPECT_LT(west_sum, 3.8);
  EXPECT_LT(east_sum, 0.1 * west_sum);
}

TEST(Tracker, OnlyNoiseConfirmsNextToNothing) {
  Tracker tracker = Make(kTwo);
  std::size_t shown = 0;
  for (const Look& look : Looks(kTwo, {}, 120, 10)) {
    ASSERT_FALSE(tracker.Process(look));
    shown += tracker.PictureAt(look.time).tracks.size();
  }
  EXPECT_LE(shown, 12U);  // of 240 pictures
}

TEST(Tracker, BearingsFromSeveralNodesFindATarget) {
  std::vector<Sensor> nodes;
  for (int i = 0; i < 5; ++i) {
    Sensor s = Radar("n" + std::to_string(i), 1000.0 * (i % 3) - 1000.0, 800.0 * (i / 3) - 400.0);
    s.kind = SensorKind::kAcoustic;
    s.field.max_range_m = 4000.0;
    s.clutter_per_look = 0.3;
    s.measures = {Component::kAzimuth};
    nodes.push_back(s);
  }
  const Target target{{-900, 1500, 80}, {15, -10, 0}};
  Tracker tracker = Make(nodes);
  Random random(12);
  for (int t = 0; t < 30; ++t) {
    for (std::size_t s = 0; s < nodes.size(); ++s) {
      const double at_s = t + 0.2 * static_cast<double>(s);
      Look look{static_cast<SensorIndex>(s), kStart + Duration::Seconds(at_s), {}};
      const double seen = random.Uniform();
      const double error = random.Normal();
      if (seen < 0.9) {
        const auto z = Measure({Component::kAzimuth}, {nodes[s].p_LS_L, nodes[s].R_SL, false, {}},
                               target.At(at_s), target.v);
        Detection d;
        d.Set(Component::kAzimuth, z[0] + 2.0 * kRadPerDeg * error, 2.0 * kRadPerDeg);
        look.detections.push_back(d);
      }
      ASSERT_FALSE(tracker.Process(look));
    }
  }
  const Picture picture = tracker.PictureAt(kStart + Duration::Seconds(30));
  ASSERT_EQ(picture.tracks.size(), 1U);
  EXPECT_LT((picture.tracks[0].mean.head<2>() - target.At(30).head<2>()).norm(), 120.0);
}

TEST(Tracker, CorrectsARadarThatIsTurned) {
  // Three radars see twenty targets; the second is turned by a degree.
  const double turned_rad = 1.0 * kRadPerDeg;
  std::vector<Sensor> radars = {Radar("a"), Radar("b", 9000.0, -5000.0),
                                Radar("c", -8000.0, 6000.0)};
  for (Sensor& radar : radars) {
    radar.sd[static_cast<std::size_t>(Component::kRange)] = 15.0;
    radar.sd[static_cast<std::size_t>(Component::kAzimuth)] = 0.5 * kRadPerDeg;
  }
  std::vector<Target> targets;
  for (int i = 0; i < 20; ++i) {
    const double angle = 0.31 * i;
    const double range_m = 5000.0 + 300.0 * i;
    targets.push_back({{range_m * std::sin(angle), range_m * std::cos(angle), 150.0},
                       {-20.0 * std::sin(angle), -20.0 * std::cos(angle), 0.0}});
  }
  Tracker tracker = Make(radars);
  for (Look look : Looks(radars, targets, 40, 21)) {
    for (Detection& z : look.detections) {
      if (look.sensor == 1) z.value[static_cast<std::size_t>(Component::kAzimuth)] += turned_rad;
    }
    ASSERT_FALSE(tracker.Process(look));
  }
  const std::vector<SensorCondition> conditions = tracker.Conditions();
  EXPECT_NEAR(conditions[1].bias.azimuth_rad, turned_rad, 0.2 * kRadPerDeg);
  EXPECT_EQ(conditions[0].bias.azimuth_rad, 0.0);
  EXPECT_EQ(conditions[2].bias.azimuth_rad, 0.0);
  EXPECT_NEAR(conditions[0].clutter_ratio, 1.0, 0.4);
  EXPECT_GT(conditions[0].detection_ratio, 0.9);
}

TEST(Tracker, HidesWhatNobodySeesForLongAndKeepsIt) {
  Sensor blind = Radar("b");
  blind.field.max_range_m = 500.0;
  const std::vector<Sensor> sensors = {Radar("a"), blind};
  Tracker tracker = Make(sensors);
  for (const Look& look : Looks({sensors[0]}, {kThree[0]}, 20, 8)) {
    ASSERT_FALSE(tracker.Process(look));
  }
  int hidden_s = 20;
  for (; hidden_s < 120; ++hidden_s) {
    const Time now = kStart + Duration::Seconds(hidden_s);
    ASSERT_FALSE(tracker.Process({1, now, {}}));
    if (tracker.PictureAt(now).tracks.empty()) break;
  }
  EXPECT_GT(hidden_s, 28);
  EXPECT_LT(hidden_s, 90);
  const Picture all = tracker.PictureAt(kStart + Duration::Seconds(hidden_s), true);
  EXPECT_TRUE(std::any_of(all.tracks.begin(), all.tracks.end(),
                          [](const Track& track) { return track.existence > 0.8; }));
}

TEST(Tracker, OfTwoTracksOfOneNameTheSilentOneGoes) {
  Sensor receiver;
  receiver.id = "adsb";
  receiver.kind = SensorKind::kPosition;
  receiver.look = LookKind::kSelfReport;
  Tracker tracker = Make({receiver});
  for (int t = 0; t < 20; ++t) {
    Detection z;
    // The first position is decoded wrongly, 3 km off.
    z.Set(Component::kEast, 100.0 * t + (t == 0 ? 3000.0 : 0.0), 30.0);
    z.Set(Component::kNorth, 2000.0, 30.0);
    z.identity = {{"icao", "406B90"}};
    ASSERT_FALSE(tracker.Process({0, kStart + Duration::Seconds(t), {z}}));
  }
  const Picture picture = tracker.PictureAt(kStart + Duration::Seconds(19), true);
  const auto believed = std::count_if(picture.tracks.begin(), picture.tracks.end(),
                                      [](const Track& track) { return track.existence > 0.01; });
  EXPECT_EQ(believed, 1);
}

/// Whatever comes, the state stays finite and its covariances positive definite.
TEST(Tracker, SurvivesRandomReports) {
  const std::vector<Sensor> sensors = {Radar("a"), Radar("b", 100.0, 0.0)};
  Tracker tracker = Make(sensors);
  Random random(77);
  for (int t = 0; t < 400; ++t) {
    Look look;
    look.sensor = static_cast<SensorIndex>(random.Bits() % 2);
    look.time = kStart + Duration::Seconds(0.3 * t);
    const auto count = random.Bits() % 12;
    for (std::uint64_t k = 0; k < count; ++k) {
      Detection z;
      const std::uint64_t which = random.Bits();
      for (std::size_t c = 0; c < 10 && z.measured.Count() < kMaxMeasured; ++c) {
        if ((which >> c & 1U) == 0) continue;
        const double size = random.Uniform(-6.0, 6.0);
        const double sign = random.Uniform(-1.0, 1.0);
        const double sd = random.Uniform(-4.0, 4.0);
        z.Set(static_cast<Component>(c), sign * std::pow(10.0, size), std::pow(10.0, sd));
      }
      if (!z.measured.Empty()) look.detections.push_back(z);
    }
    ASSERT_FALSE(tracker.Process(look));
    for (const Track& track : tracker.PictureAt(look.time, true).tracks) {
      ASSERT_TRUE(track.mean.allFinite());
      ASSERT_TRUE(track.covariance.allFinite());
      ASSERT_GE(track.existence, 0.0);
      ASSERT_LE(track.existence, 1.0);
      ASSERT_GT(track.covariance.diagonal().minCoeff(), 0.0);
    }
  }
}

}  // namespace
}  // namespace picket
