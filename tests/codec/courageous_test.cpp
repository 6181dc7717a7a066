// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/courageous.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace picket {
namespace {

std::string Document(const std::string& tracks, const std::string& version = "0.4.1") {
  return R"({"version":")" + version +
         R"(","vendor_name":"V","system_name":"S","static_cuas_location":)"
         R"({"lat":50,"lon":10,"height_amsl":100},)"
         R"("detection":[{"records":[{"time":1,"record_number":900,"classification":"Unknown"}]}],)"
         R"("tracks":[)" +
         tracks + "]}";
}

std::string Record(int number, long time_ms, const std::string& location,
                   const std::string& more = "", const std::string& classification = "UAV") {
  return R"({"record_number":)" + std::to_string(number) + R"(,"time":)" + std::to_string(time_ms) +
         R"(,"classification":")" + classification + R"(","alarm":{"active":true,"certainty":1},)" +
         R"("location":)" + location + more + "}";
}

std::string Track(int id, const std::string& records) {
  return R"({"uas_id":)" + std::to_string(id) + R"(,"name":"n","records":[)" + records + "]}";
}

constexpr auto kThere = R"({"$type":"Position3d","lat":50.001,"lon":10,"height_amsl":150})";

/// The geoid 40 m above the ellipsoid everywhere.
Geoid Flat() { return {std::vector<float>(3 * 4, 40.0F), 3, 4}; }

TEST(CourageousTest, ReadsTracksWithTheirPlacesAndVelocities) {
  const auto log = ReadCourageous(
      Document(Track(
          7, Record(1, 1696421411207, kThere, R"(,"velocity":{"east":-2.5,"north":1,"up":0})") +
                 "," + Record(0, 1696421410207, kThere))),
      Flat());
  ASSERT_TRUE(log) << log.error().Text();
  EXPECT_EQ(log->vendor, "V");
  EXPECT_EQ(log->detections, 1);
  ASSERT_EQ(log->tracks.size(), 1U);
  EXPECT_EQ(log->tracks[0].uas_id, 7U);
  EXPECT_EQ(log->tracks[0].name, "n");
  const auto& records = log->tracks[0].records;
  ASSERT_EQ(records.size(), 2U);
  // In order of time, whatever the order in the file.
  EXPECT_EQ(records[1].time, *Time::Parse("2023-10-04T12:10:11.207Z"));
  EXPECT_LT(records[0].time, records[1].time);
  EXPECT_DOUBLE_EQ(records[1].position.height.m, 190.0);
  EXPECT_EQ(records[1].vel_enu_mps[0], -2.5);
  EXPECT_TRUE(std::isnan(records[0].vel_enu_mps[0]));
}

TEST(CourageousTest, PlacesByBearingAndDistanceCountFromTheSystemOrTheRecordsOwnPlace) {
  const std::string north =
      R"({"$type":"BearingElevationDistance","bearing":0,"elevation":0,"distance":1000})";
  const auto log = ReadCourageous(
      Document(Track(1, Record(1, 1000, north) + "," +
                            Record(2, 2000, north,
                                   R"(,"cuas_location":{"lat":51,"lon":10,"height_amsl":0})"))),
      Flat());
  ASSERT_TRUE(log) << log.error().Text();
  const auto& records = log->tracks[0].records;
  EXPECT_NEAR(records[0].position.lat_deg, 50.0 + 1000.0 / 111'229.0, 1e-6);
  EXPECT_NEAR(records[0].position.lon_deg, 10.0, 1e-9);
  EXPECT_NEAR(records[0].position.height.m, 140.0, 0.1);
  EXPECT_NEAR(records[1].position.lat_deg, 51.0 + 1000.0 / 111'248.0, 1e-6);
}

TEST(CourageousTest, CountsWhatItLeavesOut) {
  const auto log = ReadCourageous(
      Document(Track(1, Record(1, 1000, R"({"$type":"Bearing","bearing":12})") + "," +
                            Record(2, 2000, R"({"$type":"Quad","quad":"North"})") + "," +
                            Record(3, 3000, kThere, "", "GCS") + "," +
                            Record(4, 4000, R"({"$type":"Position2d","lat":50,"lon":10})"))),
      Flat());
  ASSERT_TRUE(log) << log.error().Text();
  EXPECT_EQ(log->without_position, 2);
  EXPECT_EQ(log->ground_stations, 1);
  ASSERT_EQ(log->tracks[0].records.size(), 1U);
  EXPECT_FALSE(log->tracks[0].records[0].has_height);
}

TEST(CourageousTest, SetsOfOneTargetAreOneTrack) {
  const auto log = ReadCourageous(
      Document(Track(5, Record(1, 9000, kThere)) + "," + Track(2, Record(2, 1000, kThere)) + "," +
               Track(5, Record(3, 4000, kThere) + "," + Record(4, 9000, kThere)) + "," +
               Track(6, "")),
      Flat());
  ASSERT_TRUE(log) << log.error().Text();
  ASSERT_EQ(log->tracks.size(), 2U);
  EXPECT_EQ(log->tracks[0].uas_id, 2U);
  EXPECT_EQ(log->tracks[1].records.size(), 2U);
}

TEST(CourageousTest, RefusalsNameTheField) {
  const auto refusal = [](const std::string& text) {
    const auto log = ReadCourageous(text, Flat());
    EXPECT_FALSE(log);
    return log ? "" : log.error().Text();
  };
  EXPECT_EQ(refusal(Document("", "0.3.2")), "version: is \"0.3.2\", expected schema 0.4");
  EXPECT_EQ(refusal("{}"), "version: is missing");
  EXPECT_EQ(refusal(Document("7")), "tracks[0]: is no object");
  EXPECT_EQ(refusal(Document(R"({"uas_id":-1,"records":[]})")),
            "tracks[0].uas_id: is no whole number");
  EXPECT_EQ(refusal(Document(Track(1, "{}"))), "tracks[0].records[0].record_number: is missing");
  EXPECT_EQ(refusal(Document(Track(1, Record(1, 1, kThere) + "," + Record(1, 2, kThere)))),
            "tracks[0].records[1].record_number: 1 stands twice");
  EXPECT_EQ(refusal(Document(Track(
                1, Record(1, 1, R"({"$type":"Position3d","lat":91,"lon":0,"height_amsl":0})")))),
            "tracks[0].records[0].location.lat: is 91, expected a number in [-90, 90]");
  EXPECT_EQ(refusal(Document(Track(1, Record(1, 1, R"({"$type":"Cloud"})")))),
            "tracks[0].records[0].location.$type: is \"Cloud\", which is no kind of location");
  EXPECT_EQ(refusal(Document(Track(1, Record(1, 1, kThere, "", "Bird")))),
            "tracks[0].records[0].classification: is \"Bird\", expected Unknown, UAV, GCS or "
            "Other");
  EXPECT_NE(refusal(Document(Track(1, Record(1, 9'300'000'000'000'000, kThere)))).find("2261"),
            std::string::npos);
  EXPECT_NE(refusal("[1").find("JSON"), std::string::npos);
}

TEST(CourageousTest, IsToldFromLinesOfOurs) {
  EXPECT_TRUE(LooksLikeCourageous(Document("")));
  EXPECT_TRUE(LooksLikeCourageous("\n { \n \"detection\": [ {"));
  EXPECT_TRUE(LooksLikeCourageous(R"({"tracks":[{"records":[)"));
  EXPECT_FALSE(LooksLikeCourageous(R"({"time":1,"tracks":[]})"));
  EXPECT_FALSE(LooksLikeCourageous(R"({"tracks":[{"id":1}],"time":1})"));
  EXPECT_FALSE(LooksLikeCourageous(""));
}

}  // namespace
}  // namespace picket
