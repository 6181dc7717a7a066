// SPDX-License-Identifier: Apache-2.0
#include "picket/server/operators.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace picket {
namespace {

using remote_id::OperatorPlace;

const Time kNoon = *Time::Parse("2026-03-01T12:00:00Z");

Time After(double s) { return kNoon + Duration::Seconds(s); }

OperatorPlace Place(const std::string& sender, const std::string& aircraft, double at_s) {
  return {After(at_s), sender, aircraft, "OP1", 1, 37.44, 126.61, std::nullopt};
}

TEST(OperatorBook, KeepsTheNewestOfEachAircraftForTheRetention) {
  OperatorBook book(Duration::Seconds(60.0));
  book.Take(Place("m1", "A", 0.0), After(0.0));
  book.Take(Place("m2", "B", 10.0), After(10.0));
  OperatorPlace moved = Place("m1", "A", 20.0);
  moved.lat_deg = 37.45;
  book.Take(moved, After(20.0));
  book.Take(Place("m1", "A", 15.0), After(21.0));  // overtaken on its way
  const auto places = book.Places(After(30.0));
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0].aircraft, "A") << "the newest first";
  EXPECT_EQ(places[0].lat_deg, 37.45);
  EXPECT_EQ(book.Places(After(70.0)).size(), 1U) << "B is over, forgotten or not";
  book.Forget(After(70.0));
  EXPECT_EQ(book.Places(After(30.0)).size(), 1U) << "B is not there any more";
  book.Forget(After(80.0));
  EXPECT_TRUE(book.Places(After(30.0)).empty());
}

TEST(OperatorBook, KeepsNothingWithoutARetentionAndNothingOld) {
  OperatorBook none{Duration()};
  none.Take(Place("m", "A", 0.0), After(0.0));
  EXPECT_TRUE(none.Places(After(0.0)).empty());
  OperatorBook book(Duration::Seconds(60.0));
  book.Take(Place("m", "A", 0.0), After(60.0));  // from a capture of then
  EXPECT_TRUE(book.Places(After(0.0)).empty());
  book.Take(Place("m", "A", 1000.0), After(0.0));
  EXPECT_TRUE(book.Places(After(60.0)).empty()) << "a clock that runs ahead prolongs nothing";
}

TEST(OperatorBook, AnAircraftThatTellsItsIdentityLaterIsTheSame) {
  OperatorBook book(Duration::Seconds(60.0));
  book.Take(Place("m", "", 0.0), After(0.0));
  EXPECT_EQ(book.Places(After(1.0)).size(), 1U);
  book.Take(Place("m", "A", 1.0), After(1.0));
  const auto places = book.Places(After(1.0));
  ASSERT_EQ(places.size(), 1U);
  EXPECT_EQ(places[0].aircraft, "A");
}

TEST(OperatorBook, IsBounded) {
  OperatorBook book(Duration::Seconds(1e6));
  const int most = static_cast<int>(OperatorBook::kMostAircraft);
  for (int i = 0; i < most + 5; ++i) {
    book.Take(Place("m", std::to_string(i), i), After(most + 5.0));
  }
  const auto places = book.Places(After(most + 5.0));
  EXPECT_EQ(places.size(), OperatorBook::kMostAircraft);
  EXPECT_EQ(places.back().aircraft, "5") << "those heard longest ago were forgotten";
}

TEST(OperatorBook, AsJson) {
  OperatorPlace place = Place("m", "A", 0.0);
  place.alt_hae_m = 30.0;
  place.location_type = 0;
  const auto json = nlohmann::json::parse(OperatorsJson({place}, Duration::Seconds(60.0)));
  EXPECT_EQ(json["retention_s"], 60.0);
  const auto& one = json["operators"].at(0);
  EXPECT_EQ(one["time"], "2026-03-01T12:00:00.000000000Z");
  EXPECT_EQ(one["remote_id"], "A");
  EXPECT_EQ(one["operator_id"], "OP1");
  EXPECT_EQ(one["location_type"], "take-off");
  EXPECT_EQ(one["lat_deg"], 37.44);
  EXPECT_EQ(one["lon_deg"], 126.61);
  EXPECT_EQ(one["alt_hae_m"], 30.0);
}

}  // namespace
}  // namespace picket
