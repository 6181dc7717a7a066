// SPDX-License-Identifier: Apache-2.0
#include "track/clutter_map.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

std::shared_ptr<const DetectionField> Field(double clutter) {
  Sensor s;
  s.id = "r";
  s.field.max_range_m = 10'000.0;
  s.clutter_per_look = clutter;
  s.measures = {Component::kRange, Component::kAzimuth, Component::kRangeRate};
  return std::make_shared<const DetectionField>(std::vector<Sensor>{s},
                                                std::make_shared<const Terrain>());
}

Detection Seen(double range_m, double azimuth_rad) {
  Detection z;
  z.Set(Component::kRange, range_m, 10.0);
  z.Set(Component::kAzimuth, azimuth_rad, 0.01);
  return z;
}

TEST(ClutterMap, KnowsWhatTheFieldSaysUntilItHasSeenMore) {
  const auto field = Field(20.0);
  const ClutterMap map(field);
  const ClutterMap::State state = map.Start();
  const Detection z = Seen(4000.0, 1.0);
  EXPECT_DOUBLE_EQ(map.Density(state, 0, z), field->ClutterDensity(0, z));
  EXPECT_DOUBLE_EQ(map.ClutterRatio(state, 0), 1.0);
  EXPECT_DOUBLE_EQ(map.DetectionRatio(state, 0), 1.0);
}

TEST(ClutterMap, RainInOneSectorRaisesItThereAlone) {
  const auto field = Field(20.0);
  const ClutterMap map(field);
  ClutterMap::State state = map.Start();
  const Detection rain = Seen(4000.0, 1.0);
  const Detection clear = Seen(4000.0, 4.0);
  for (int look = 0; look < 200; ++look) {
    map.CountLook(state, 0);
    for (int k = 0; k < 5; ++k) map.CountFalse(state, 0, map.PlaceOf(0, rain));
  }
  EXPECT_GT(map.Density(state, 0, rain), 10.0 * field->ClutterDensity(0, rain));
  EXPECT_LT(map.Density(state, 0, clear), 0.5 * field->ClutterDensity(0, clear));
  EXPECT_LT(map.ClutterRatio(state, 0), 0.5);  // 5 in a look where 20 were said
}

TEST(ClutterMap, AStrobeIsNarrowerThanItsSector) {
  const auto field = Field(20.0);
  const ClutterMap map(field);
  ClutterMap::State state = map.Start();
  const auto at = [&](double azimuth_rad) {
    return map.Density(state, 0, Seen(4000.0, azimuth_rad));
  };
  for (int look = 0; look < 60; ++look) {
    map.CountLook(state, 0);
    for (int k = 0; k < 40; ++k) {
      map.CountFalse(state, 0, map.PlaceOf(0, Seen(100.0 + 240.0 * k, 1.0)), 1);
    }
  }
  // 40 a look in one of 180 azimuths, where 20 in all of them were said.
  EXPECT_NEAR(at(1.0) / field->ClutterDensity(0, Seen(4000.0, 1.0)), 360.0, 150.0);
  EXPECT_GT(at(1.0), 5.0 * at(1.1)) << "in the same sector, beside it";
}

TEST(ClutterMap, RatesAreLearnedFromTheFirstFalseDetections) {
  // How many there are takes some looks to learn, how fast they are does not.
  const ClutterMap map(Field(20.0));
  ClutterMap::State state = map.Start();
  const auto moving = [](double range_rate_mps) {
    Detection z = Seen(4000.0, 1.0);
    z.Set(Component::kRangeRate, range_rate_mps, 0.5);
    return z;
  };
  map.CountLook(state, 0);
  for (int k = 0; k < 60; ++k) map.CountFalse(state, 0, map.PlaceOf(0, moving(1.0)));
  EXPECT_GT(map.Density(state, 0, moving(1.0)), 20.0 * map.Density(state, 0, moving(-40.0)));
}

TEST(ClutterMap, SlowClutterMakesFastDetectionsTelling) {
  const ClutterMap map(Field(20.0));
  ClutterMap::State state = map.Start();
  const auto moving = [](double range_rate_mps) {
    Detection z = Seen(4000.0, 1.0);
    z.Set(Component::kRangeRate, range_rate_mps, 0.5);
    return z;
  };
  for (int look = 0; look < 100; ++look) {
    map.CountLook(state, 0);
    for (int k = 0; k < 20; ++k) {
      map.CountFalse(state, 0, map.PlaceOf(0, moving(0.1 * k - 1.0)));
    }
  }
  EXPECT_GT(map.Density(state, 0, moving(0.5)), 100.0 * map.Density(state, 0, moving(-35.0)));
}

TEST(ClutterMap, MissedTargetsTellOfABadDay) {
  const ClutterMap map(Field(20.0));
  ClutterMap::State state = map.Start();
  for (int look = 0; look < 200; ++look) {
    map.CountLook(state, 0);
    map.CountEstablished(state, 0, 8.5, 4.0);
  }
  EXPECT_NEAR(map.DetectionRatio(state, 0), 4.0 / 8.5, 0.02);
  for (int look = 0; look < 3000; ++look) {
    map.CountLook(state, 0);
    map.CountEstablished(state, 0, 8.5, 9.5);
  }
  EXPECT_DOUBLE_EQ(map.DetectionRatio(state, 0), 1.0);  // it never sees more than it can
}

TEST(ClutterMap, ASensorThatLooksElsewhereForgetsWhereClutterWas) {
  const auto field = Field(20.0);
  const ClutterMap map(field);
  ClutterMap::State state = map.Start();
  const Detection rain = Seen(4000.0, 1.0);
  for (int look = 0; look < 200; ++look) {
    map.CountLook(state, 0);
    map.CountEstablished(state, 0, 8.5, 4.0);
    for (int k = 0; k < 5; ++k) map.CountFalse(state, 0, map.PlaceOf(0, rain));
  }
  const double detects = map.DetectionRatio(state, 0);
  Sensor turned = field->sensor(0);
  turned.up = false;
  EXPECT_TRUE(ClutterMap::SameCells(field->sensor(0), turned));
  turned.field.azimuth_from = Bearing::Deg(90.0);
  turned.field.azimuth_width_rad = 1.0;
  EXPECT_FALSE(ClutterMap::SameCells(field->sensor(0), turned));
  map.Clear(state, 0);
  EXPECT_DOUBLE_EQ(map.Density(state, 0, rain), field->ClutterDensity(0, rain));
  EXPECT_NEAR(map.DetectionRatio(state, 0), detects, 1e-9) << "how well it detects stays";
}

}  // namespace
}  // namespace picket
