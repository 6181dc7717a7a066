// SPDX-License-Identifier: Apache-2.0
#include "server/observations.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "picket/codec/sensor_change.h"
#include "picket/io/clock.h"
#include "picket/server/api.h"
#include "server/client.h"
#include "server/fixture.h"

namespace picket {
namespace {

using nlohmann::json;
using test::Client;
using test::FakeJournal;

/// One sensor of positions, and two people 2 km apart.
std::shared_ptr<const PlacedSite> ObservedSite() {
  Site site = test::SmallSite()->site;
  for (const double east_m : {-1000.0, 1000.0}) {
    SensorEntry entry;
    Sensor& sensor = entry.sensor;
    sensor.id = east_m < 0.0 ? "west" : "east";
    sensor.kind = SensorKind::kObserver;
    sensor.measures = {Component::kAzimuth, Component::kElevation};
    sensor.field.max_range_m = 5000.0;
    sensor.detect.probability = 0.5;
    sensor.clutter_per_look = 0.1;
    entry.placement.local = true;
    entry.placement.p_LS_L = {east_m, 0.0, 2.0};
    site.sensors.push_back(entry);
  }
  auto placed = PlaceSite(std::move(site), Geoid(), std::make_shared<const Terrain>());
  PICKET_ASSERT(placed.has_value(), "the tests' site is sound");
  return std::make_shared<const PlacedSite>(std::move(*placed));
}

class ObservationsTest : public testing::Test {
 protected:
  void SetUp() override {
    service_ = std::make_unique<Service>(site_, &journal_, Service::Options{.version = "1.2.3"});
    api_ = std::make_unique<Api>(*service_, service_.get(), nullptr, Hillshade{}, "1.2.3");
    HttpServer::Options options;
    options.listen = {"127.0.0.1", 0};
    auto started = HttpServer::Start(*api_, options);
    ASSERT_TRUE(started) << started.error().Text();
    server_ = std::move(*started);
  }
  void TearDown() override {
    journal_.Hold(false);
    server_->Stop();
    service_->Stop();
  }
  Client::Answer Post(const json& body) {
    return Client(server_->port()).Post("/v1/observations", body.dump());
  }
  /// The reports that are on disk.
  std::vector<json> ReportsKept() {
    std::vector<json> reports;
    for (const auto& entry : journal_.kept()) {
      if (entry.kind == EntryKind::kReport) reports.push_back(json::parse(entry.payload));
    }
    return reports;
  }
  json Sensors() { return json::parse(Client(server_->port()).Get("/v1/site").body)["sensors"]; }
  /// The place so far from the site's origin.
  [[nodiscard]] json Place(double east_m, double north_m) const {
    const Geodetic at = site_->frame.ToGeodetic({east_m, north_m, 0.0});
    return {{"lat_deg", at.lat_deg}, {"lon_deg", at.lon_deg}, {"sd_m", 8.0}};
  }
  static json At(const std::string& id, const std::string& observer, Time time, double azimuth) {
    return {{"id", id},
            {"time", time.Text()},
            {"observer", observer},
            {"azimuth_deg", azimuth},
            {"elevation", "low"},
            {"what", "multirotor"},
            {"sure", "certain"}};
  }

  std::shared_ptr<const PlacedSite> site_ = ObservedSite();
  FakeJournal journal_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(ObservationsTest, IsAReportOnDiskAfterItsOwnWords) {
  const json body = At("a1", "west", WallClock(), 45.0);
  const auto posted = Post(body);
  ASSERT_EQ(posted.status, 200) << posted.body;
  EXPECT_EQ(json::parse(posted.body), json({{"id", "a1"}, {"recorded", true}, {"tracked", true}}));
  const auto kept = journal_.kept();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].kind, EntryKind::kRaw);
  EXPECT_EQ(json::parse(kept[0].payload), body);
  EXPECT_EQ(kept[1].kind, EntryKind::kReport);
  const json report = json::parse(kept[1].payload);
  EXPECT_EQ(report["sensor"], "west");
  EXPECT_NEAR(report["detections"][0]["azimuth_deg"].get<double>(), 45.0, 1e-9);
}

TEST_F(ObservationsTest, BearingsOfTwoPeopleMakeATrackWhereTheyCross) {
  const Time now = WallClock();
  for (int i = 0; i < 6; ++i) {
    const Time time = now - Duration::Seconds(4.0 - 0.6 * i);
    json west = At("w" + std::to_string(i), "west", time, 45.0);
    json east = At("e" + std::to_string(i), "east", time, 315.0);
    west["azimuth_sd_deg"] = east["azimuth_sd_deg"] = 3.0;
    ASSERT_EQ(Post(west).status, 200);
    ASSERT_EQ(Post(east).status, 200);
  }
  const json tracks = json::parse(Client(server_->port()).Get("/v1/tracks").body);
  ASSERT_EQ(tracks["tracks"].size(), 1U);
  const json& track = tracks["tracks"][0];
  EXPECT_NEAR(track["enu_m"][0].get<double>(), 0.0, 250.0);
  EXPECT_NEAR(track["enu_m"][1].get<double>(), 1000.0, 250.0);
  EXPECT_GT(track["class"]["multirotor"].get<double>(), 0.8);
  EXPECT_EQ(track["sources"]["west"], 6);
}

TEST_F(ObservationsTest, ARepeatIsAnsweredAgainAndCountedOnce) {
  json body = At("a1", "west", WallClock(), 45.0);
  body["sent"] = WallClock().Text();
  ASSERT_EQ(Post(body).status, 200);
  body["sent"] = (WallClock() + Duration::Seconds(1.0)).Text();
  const auto again = Post(body);
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(json::parse(again.body),
            json({{"id", "a1"}, {"recorded", true}, {"tracked", true}, {"repeat", true}}));
  EXPECT_EQ(ReportsKept().size(), 1U);

  body["azimuth_deg"] = 46.0;
  EXPECT_EQ(Post(body).status, 409);
  EXPECT_EQ(ReportsKept().size(), 1U);
}

TEST_F(ObservationsTest, ARepeatWhileTheFirstIsUnderWayWaitsForIt) {
  journal_.Hold(true);
  const json body = At("a1", "west", WallClock(), 45.0);
  Client::Answer first;
  Client::Answer second;
  std::thread one([&] { first = Post(body); });
  while (journal_.waiting() == 0) std::this_thread::yield();
  std::thread two([&] { second = Post(body); });
  journal_.Hold(false);
  one.join();
  two.join();
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(second.status, 200);
  EXPECT_FALSE(json::parse(first.body).contains("repeat"));
  EXPECT_TRUE(json::parse(second.body).contains("repeat"));
  EXPECT_EQ(ReportsKept().size(), 1U);
}

TEST_F(ObservationsTest, ALateOneIsKeptAndRefusedByTheTrackerWithItsReason) {
  const Time now = WallClock();
  ASSERT_EQ(Post(At("a1", "west", now, 45.0)).status, 200);
  const auto late = Post(At("a2", "west", now - Duration::Seconds(300.0), 40.0));
  ASSERT_EQ(late.status, 200) << late.body;
  const json answer = json::parse(late.body);
  EXPECT_EQ(answer["recorded"], true);
  EXPECT_EQ(answer["tracked"], false);
  EXPECT_NE(answer["reason"].get<std::string>().find("lag_s"), std::string::npos);
  const auto kept = ReportsKept();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(Time::Parse(kept[1]["time"].get<std::string>()), now - Duration::Seconds(300.0));
}

TEST_F(ObservationsTest, APhonesWrongClockIsSetRightByWhenItSent) {
  // Its clock is an hour ahead; it saw this ten seconds before it sent.
  const Time theirs = WallClock() + Duration::Seconds(3600.0);
  json body = At("a1", "west", theirs - Duration::Seconds(10.0), 45.0);
  EXPECT_EQ(Post(body).status, 400);
  EXPECT_EQ(ReportsKept().size(), 0U);
  body["sent"] = theirs.Text();
  const Time before = WallClock();
  ASSERT_EQ(Post(body).status, 200);
  const Time after = WallClock();
  const auto time = Time::Parse(ReportsKept().at(0)["time"].get<std::string>());
  ASSERT_TRUE(time);
  EXPECT_GE(*time, before - Duration::Seconds(10.0));
  EXPECT_LE(*time, after - Duration::Seconds(10.0));
}

TEST_F(ObservationsTest, WhatIsNotOnDiskIsNotAcknowledgedAndMayBeSentAgain) {
  const json body = At("a1", "west", WallClock(), 45.0);
  journal_.Fail(true);
  const auto failed = Post(body);
  EXPECT_EQ(failed.status, 503) << failed.body;
  EXPECT_EQ(failed.headers.count("retry-after"), 1U);
  journal_.Fail(false);
  const auto again = Post(body);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_FALSE(json::parse(again.body).contains("repeat"));
  EXPECT_EQ(ReportsKept().size(), 1U);
}

TEST_F(ObservationsTest, BadOnesAreRefusedWithOneSentence) {
  EXPECT_EQ(Client(server_->port()).Post("/v1/observations", "{").status, 400);
  const auto nobody = Post(At("a1", "nobody", WallClock(), 45.0));
  EXPECT_EQ(nobody.status, 400);
  EXPECT_NE(nobody.body.find("nobody"), std::string::npos);
  // A sensor, but nobody's eyes.
  EXPECT_EQ(Post(At("a2", "one", WallClock(), 45.0)).status, 400);
  EXPECT_EQ(Client(server_->port()).Get("/v1/observations").status, 405);
  EXPECT_EQ(ReportsKept().size(), 0U);
}

TEST_F(ObservationsTest, WhoeverSaysWhereItStandsJoinsAndMayWalk) {
  const Time now = WallClock();
  const std::size_t before = Sensors().size();
  for (int i = 0; i < 6; ++i) {
    const Time time = now - Duration::Seconds(4.0 - 0.6 * i);
    json one = At("a" + std::to_string(i), "walker-1", time, 45.0);
    json two = At("b" + std::to_string(i), "walker-2", time, 315.0);
    // One walks towards where it looks, which leaves the bearing as it is.
    one["at"] = Place(-500.0 + 20.0 * i, 20.0 * i);
    two["at"] = Place(500.0, 0.0);
    one["azimuth_sd_deg"] = two["azimuth_sd_deg"] = 3.0;
    const auto posted = Post(one);
    ASSERT_EQ(posted.status, 200) << posted.body;
    EXPECT_EQ(json::parse(posted.body)["tracked"], true) << posted.body;
    ASSERT_EQ(Post(two).status, 200);
  }
  const json sensors = Sensors();
  ASSERT_EQ(sensors.size(), before + 2);
  const json& walker = sensors[before];
  EXPECT_EQ(walker["id"], "walker-1");
  EXPECT_EQ(walker["kind"], "observer");
  EXPECT_NEAR(walker["lat_deg"].get<double>(), Place(-400.0, 100.0)["lat_deg"], 1e-6);
  const json tracks = json::parse(Client(server_->port()).Get("/v1/tracks").body);
  ASSERT_EQ(tracks["tracks"].size(), 1U) << tracks.dump(1);
  EXPECT_NEAR(tracks["tracks"][0]["enu_m"][0].get<double>(), 0.0, 150.0);
  EXPECT_NEAR(tracks["tracks"][0]["enu_m"][1].get<double>(), 500.0, 150.0);
  EXPECT_EQ(tracks["tracks"][0]["sources"]["walker-1"], 6);
  // The recording has it where it stood before it has what it saw, so that a replay is the same.
  const auto kept = journal_.kept();
  ASSERT_GE(kept.size(), 3U);
  EXPECT_EQ(kept[0].kind, EntryKind::kSensor);
  EXPECT_TRUE(ParseSensorChange(kept[0].payload)->whole);
  EXPECT_EQ(kept[1].kind, EntryKind::kRaw);
  EXPECT_EQ(kept[2].kind, EntryKind::kReport);
}

TEST_F(ObservationsTest, WhoIsNotOfTheSiteHasLimits) {
  json far = At("a1", "far", WallClock(), 45.0);
  far["at"] = Place(21'000.0, 0.0);
  EXPECT_EQ(Post(far).status, 400);
  EXPECT_NE(Post(far).body.find("outside the site's region"), std::string::npos);
  const auto nowhere = Post(At("a2", "nowhere", WallClock(), 45.0));
  EXPECT_EQ(nowhere.status, 400);
  EXPECT_NE(nowhere.body.find("does not say where"), std::string::npos);

  // More than a person can tell.
  json much = At("", "much", WallClock(), 45.0);
  much["at"] = Place(100.0, 0.0);
  Client::Answer answer;
  int taken = 0;
  for (int i = 0; i < 2000 && answer.status != 429; ++i) {
    much["id"] = "m" + std::to_string(i);
    answer = Post(much);
    taken += answer.status == 200 ? 1 : 0;
  }
  EXPECT_EQ(answer.status, 429);
  EXPECT_GE(taken, static_cast<int>(Observations::kBurst));
  much["id"] = "m0";
  EXPECT_EQ(json::parse(Post(much).body)["repeat"], true) << "what was taken is answered again";
  // One of the site is not held up by that, nor by how many have joined.
  EXPECT_EQ(Post(At("a3", "west", WallClock(), 45.0)).status, 200);
  std::size_t refused = 0;
  for (std::size_t i = 0; i <= Observations::kMaxJoined; ++i) {
    json one = At("o" + std::to_string(i), "one-" + std::to_string(i), WallClock(), 45.0);
    one["at"] = Place(0.0, 100.0);
    refused += Post(one).status == 503 ? 1 : 0;
  }
  EXPECT_EQ(refused, 2U) << "with the one who told so much";
}

TEST(Allowance, IsABurstAndThenARate) {
  Allowance allowance(3.0, 0.5);
  const Allowance::Clock::time_point start;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.Take(start));
  EXPECT_FALSE(allowance.Take(start));
  EXPECT_FALSE(allowance.Take(start + std::chrono::milliseconds(1900)));
  EXPECT_TRUE(allowance.Take(start + std::chrono::milliseconds(2000)));
  EXPECT_FALSE(allowance.Take(start + std::chrono::milliseconds(2000)));
  const auto later = start + std::chrono::hours(1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.Take(later));
  EXPECT_FALSE(allowance.Take(later)) << "no more than a burst was saved up";
}

TEST_F(ObservationsTest, AnObserverIsNeverSilent) {
  ASSERT_EQ(Post(At("a1", "west", WallClock() - Duration::Seconds(60.0), 45.0)).status, 200);
  SensorBook book(*site_);
  Report report;
  report.sensor = "west";
  report.time = WallClock();
  const auto now = SensorBook::Clock::now();
  book.Taken(report, now, std::nullopt);
  report.sensor = "one";
  book.Taken(report, now, std::nullopt);
  EXPECT_EQ(book.State(0, now + std::chrono::hours(1), std::nullopt), SensorState::kSilent);
  EXPECT_EQ(book.State(2, now + std::chrono::hours(1), std::nullopt), SensorState::kUp);
}

}  // namespace
}  // namespace picket
