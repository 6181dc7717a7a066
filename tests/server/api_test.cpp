// SPDX-License-Identifier: Apache-2.0
#include "picket/server/api.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "picket/io/clock.h"
#include "picket/server/assets.h"
#include "server/client.h"
#include "server/fixture.h"

namespace picket {
namespace {

using nlohmann::json;
using test::Client;
using test::FakeJournal;
using test::Line;

/// The whole service on a socket.
class ApiTest : public testing::Test {
 protected:
  void SetUp() override {
    Hillshade hillshade;
    hillshade.png = "\x89PNG picture";
    hillshade.corners_lon_lat = {{{126.9, 37.6}, {127.1, 37.6}, {127.1, 37.4}, {126.9, 37.4}}};
    service_ = std::make_unique<Service>(site_, &journal_, Service::Options{.version = "1.2.3"});
    api_ = std::make_unique<Api>(*service_, service_.get(), nullptr, hillshade, "1.2.3");
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
  Client::Answer Get(const std::string& path) { return Client(server_->port()).Get(path); }
  Client::Answer Post(const std::string& path, const std::string& body) {
    return Client(server_->port()).Post(path, body);
  }

  std::shared_ptr<const PlacedSite> site_ = test::SmallSite();
  FakeJournal journal_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(ApiTest, PostedReportsShowInTracksAtOnce) {
  std::string body;
  for (int t = 0; t < 8; ++t) body += Line("one", t, 2) + "\n";
  auto posted = Post("/v1/reports", body);
  EXPECT_EQ(posted.status, 200) << posted.body;
  EXPECT_EQ(posted.headers["content-type"], "application/json");
  json answer = json::parse(posted.body);
  EXPECT_EQ(answer["accepted"], 8);
  EXPECT_EQ(answer["detections"], 16);
  EXPECT_EQ(answer["refused"], json::array());
  json tracks = json::parse(Get("/v1/tracks").body);
  ASSERT_EQ(tracks["tracks"].size(), 2U);
  json& track = tracks["tracks"][0];
  for (const char* key : {"id", "existence", "lat_deg", "lon_deg", "alt_hae_m", "enu_m",
                          "vel_enu_mps", "sd_m", "sources", "first_evidence", "last_detection"}) {
    EXPECT_TRUE(track.contains(key)) << key;
  }
  EXPECT_FALSE(track.contains("cov"));
  EXPECT_EQ(track["sources"]["one"], 8);
}

TEST_F(ApiTest, TellsWhereTheUnseenMayBe) {
  const auto levels_sum = [](const json& unseen) {
    const auto levels = unseen["levels"].get<std::string>();
    double sum = 0.0;
    for (std::size_t i = 0; i < levels.size(); i += 2) {
      const int level = std::stoi(levels.substr(i, 2), nullptr, 16);
      if (level == 0) continue;
      sum += unseen["most"].get<double>() * std::pow(10.0, -4.0 * (255 - level) / 254.0);
    }
    return sum;
  };
  const json before = json::parse(Get("/v1/unseen").body);
  EXPECT_NEAR(before["expected"].get<double>(), 0.5, 1e-9);  // the tracker's default at the start
  EXPECT_NEAR(levels_sum(before), 0.5, 0.01);
  ASSERT_EQ(before["bands"].size(), 3U);
  double by_height = 0.0;
  for (const json& band : before["bands"]) by_height += band["expected"].get<double>();
  EXPECT_NEAR(by_height, 0.5, 1e-9);
  EXPECT_EQ(before["bands"][1]["from_agl_m"], 60.0);
  EXPECT_EQ(before["levels"].get<std::string>().size(), 2U * 64U * 64U);
  EXPECT_EQ(before["corners"].size(), 4U);
  EXPECT_LT(before["corners"][0][0], before["corners"][1][0]) << "the first corner is the NW";
  EXPECT_GT(before["corners"][0][1], before["corners"][3][1]);

  std::string body;
  for (int t = 0; t < 4; ++t) body += Line("one", t, 0) + "\n";
  ASSERT_EQ(Post("/v1/reports", body).status, 200);
  const json after = json::parse(Get("/v1/unseen").body);
  EXPECT_LT(after["expected"].get<double>(), 0.4) << "it was looked for in part of the region";
  EXPECT_NEAR(levels_sum(after), after["expected"].get<double>(), 0.01);
  ASSERT_EQ(Post("/v1/reports", Line("one", 31, 0)).status, 200);
  std::size_t recorded = 0;
  for (const auto& entry : journal_.kept()) recorded += entry.kind == EntryKind::kUnseen ? 1 : 0;
  EXPECT_EQ(recorded, 1U);
}

TEST_F(ApiTest, ARefusedLineIsToldWithItsNumberBesideTheGoodOnes) {
  const std::string body = Line("one", 0) + "\n{\"broken\n\n" + Line("nobody", 1) + "\r\n" +
                           Line("one", 2) + "\n{\"time\":1,\"sensor\":\"one\"}";
  const auto posted = Post("/v1/reports", body);
  EXPECT_EQ(posted.status, 200);
  json answer = json::parse(posted.body);
  EXPECT_EQ(answer["accepted"], 2);
  ASSERT_EQ(answer["refused"].size(), 3U);
  EXPECT_EQ(answer["refused"][0]["line"], 2);
  EXPECT_EQ(answer["refused"][1]["line"], 4);
  EXPECT_EQ(answer["refused"][1]["error"], "the sensor is not of this site");
  EXPECT_EQ(answer["refused"][2]["line"], 6);
  EXPECT_NE(answer["refused"][2]["error"].get<std::string>().find("detections"), std::string::npos);
  EXPECT_EQ(answer["refused_count"], 3);
}

TEST_F(ApiTest, ALineRefusedAsAWholeCountsForTheSensorThatItNames) {
  const auto bad = [](const std::string& sensor, const std::string& detection) {
    return R"({"time":1,"detections":[)" + detection + R"(],"sensor":")" + sensor + "\"}\n";
  };
  const std::string body = Line("one", 0) + "\n" + bad("two", R"({"range_m":NaN})") +
                           bad("two", R"({"range_m":-5})") + bad("two", R"({"lat_deg":91})") +
                           bad("nobody", R"({"range_m":-5})") + "{\"broken\n";
  EXPECT_EQ(json::parse(Post("/v1/reports", body).body)["refused_count"], 5);
  const json health = json::parse(Get("/v1/health").body);
  EXPECT_EQ(health["refusals"]["not a sound report"], 5);
  EXPECT_EQ(health["sensors"][0]["refused"], 0);
  EXPECT_EQ(health["sensors"][1]["refusals"]["not a sound report"], 3);
}

TEST_F(ApiTest, NothingAcceptedIs400) {
  EXPECT_EQ(Post("/v1/reports", "").status, 400);
  const auto posted = Post("/v1/reports", "nonsense\n" + Line("nobody", 0));
  EXPECT_EQ(posted.status, 400);
  json answer = json::parse(posted.body);
  EXPECT_TRUE(answer.contains("error"));
  EXPECT_EQ(answer["refused"].size(), 2U);
}

TEST_F(ApiTest, EndlessRefusalsAreCountedNotListed) {
  std::string body;
  for (int i = 0; i < 5000; ++i) body += "x\n";
  json answer = json::parse(Post("/v1/reports", body).body);
  EXPECT_EQ(answer["refused_count"], 5000);
  EXPECT_EQ(answer["refused"].size(), Api::kMaxRefusalsListed);
}

TEST_F(ApiTest, NestedJsonAndBytesThatAreNoTextAreRefused) {
  const auto posted =
      Post("/v1/reports", std::string(100'000, '[') + "\n\xff\xfe\n" + Line("one", 0));
  EXPECT_EQ(posted.status, 200);
  json answer = json::parse(posted.body);
  EXPECT_EQ(answer["accepted"], 1);
  EXPECT_EQ(answer["refused"].size(), 2U);
}

TEST_F(ApiTest, ABodyOverTheLimitIs413) {
  Client client(server_->port());
  client.Send("POST /v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 67108865\r\n\r\n");
  EXPECT_EQ(client.Read().status, 413);
}

TEST_F(ApiTest, ALargeBodyIsTakenInPieces) {
  const auto line = [](int i) { return Line("one", 0.01 * i) + std::string(8000, ' '); };
  std::string body;
  int lines = 0;
  for (; body.size() < (3U << 20U); ++lines) body += line(lines) + "\n";
  const auto posted = Post("/v1/reports", body);
  EXPECT_EQ(posted.status, 200) << posted.body;
  EXPECT_EQ(json::parse(posted.body)["accepted"], lines);
  int recorded = 0;
  for (const auto& entry : journal_.kept()) {
    if (entry.kind != EntryKind::kReport) continue;
    EXPECT_EQ(entry.payload, line(recorded)) << "as it came, and in order";
    ++recorded;
  }
  EXPECT_EQ(recorded, lines);
}

TEST_F(ApiTest, A2xxComesAfterTheDisk) {
  journal_.Hold(true);
  Client client(server_->port());
  client.patience_ms(200);
  client.Send("POST /v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
              std::to_string(Line("one", 0).size()) + "\r\n\r\n" + Line("one", 0));
  EXPECT_EQ(client.Read().status, 0) << "no answer while it is not durable";
  EXPECT_EQ(Get("/v1/health").status, 200) << "others are served meanwhile";
  EXPECT_TRUE(journal_.kept().empty());
  client.patience_ms(test::kPatienceMs);
  journal_.Hold(false);
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(journal_.kept().at(0).payload, Line("one", 0));
}

TEST_F(ApiTest, AFailingDiskIs503) {
  journal_.Fail(true);
  auto posted = Post("/v1/reports", Line("one", 0));
  EXPECT_EQ(posted.status, 503);
  EXPECT_EQ(posted.headers["retry-after"], "1");
  EXPECT_NE(json::parse(posted.body)["error"].get<std::string>().find("no space left"),
            std::string::npos);
}

TEST_F(ApiTest, HealthSiteAlertsAndTerrain) {
  json health = json::parse(Get("/v1/health").body);
  EXPECT_EQ(health["status"], "ok");
  EXPECT_EQ(health["version"], "1.2.3");
  EXPECT_EQ(health["recording"]["file"], "fake.gpkg");
  EXPECT_TRUE(health["data_time"].is_null());

  json site = json::parse(Get("/v1/site").body);
  EXPECT_EQ(site["name"], "Small");
  EXPECT_DOUBLE_EQ(site["origin"]["lat_deg"], 37.5);
  EXPECT_DOUBLE_EQ(site["region"]["radius_m"], 20000.0);
  ASSERT_EQ(site["sensors"].size(), 2U);
  EXPECT_EQ(site["sensors"][0]["id"], "one");
  EXPECT_EQ(site["sensors"][0]["kind"], "position");
  EXPECT_NEAR(site["sensors"][0]["lat_deg"], 37.5, 1e-9);
  EXPECT_EQ(site["sensors"][0]["azimuth_deg"], json::parse("[0.0, 360.0]"));
  EXPECT_EQ(site["places"][0]["name"], "Terminal 1");
  EXPECT_EQ(site["areas"][0]["alert"], "enter");
  EXPECT_EQ(site["areas"][0]["geojson"]["type"], "Polygon");
  EXPECT_EQ(site["areas"][0]["geojson"]["coordinates"][0].size(), 4U);
  EXPECT_EQ(site["terrain"]["hillshade"], "/v1/terrain/hillshade.png");
  EXPECT_EQ(site["terrain"]["corners"].size(), 4U);
  EXPECT_EQ(site["terrain"]["corners"][0], json::parse("[126.9, 37.6]"));

  EXPECT_EQ(json::parse(Get("/v1/alerts").body)["alerts"], json::array());
  auto hillshade = Get("/v1/terrain/hillshade.png");
  EXPECT_EQ(hillshade.headers["content-type"], "image/png");
  EXPECT_EQ(hillshade.body, "\x89PNG picture");
}

TEST_F(ApiTest, UnknownPathsAndMethods) {
  for (const char* path : {"/nothing", "/v1", "/v1/", "/v1/health/", "/../etc/passwd",
                           "/%2e%2e/%2e%2e/etc/passwd", "/assets/../index.html"}) {
    const auto answer = Get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_TRUE(json::parse(answer.body).contains("error"));
  }
  EXPECT_EQ(Get("/v1/reports").status, 405);
  auto posted = Post("/v1/health", "x");
  EXPECT_EQ(posted.status, 405);
  EXPECT_EQ(posted.headers["allow"], "GET, HEAD");
  EXPECT_EQ(Client(server_->port()).Request("DELETE", "/v1/tracks").status, 405);
  EXPECT_EQ(Get("/v1/stream").status, 426);
  EXPECT_EQ(Get("/v1/stream/changes").status, 426);
  EXPECT_EQ(Get("/v1/replay").status, 404) << "this is no replay";
  EXPECT_EQ(Client(server_->port()).Request("HEAD", "/v1/health").status, 200);
}

TEST_F(ApiTest, ServesTheConsoleOrSaysHowToGetIt) {
  auto page = Get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers["content-type"], "text/html; charset=utf-8");
  EXPECT_EQ(page.headers["cache-control"], "no-store");
  if (FindAsset("/") == nullptr) {
    EXPECT_NE(page.body.find("tools/console.sh"), std::string::npos);
    return;
  }
  for (const Asset& asset : Assets()) {
    auto file = Get(std::string(asset.path));
    EXPECT_EQ(file.status, 200) << asset.path;
    EXPECT_EQ(file.body.size(), asset.bytes.size()) << asset.path;
    EXPECT_EQ(file.headers["content-type"], asset.type);
    EXPECT_EQ(file.headers["x-content-type-options"], "nosniff");
    if (asset.path.starts_with("/assets/")) {
      EXPECT_NE(file.headers["cache-control"].find("immutable"), std::string::npos);
    }
  }
}

TEST_F(ApiTest, TheApiDescribesItself) {
  auto file = Get("/v1/openapi.yaml");
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(file.headers["content-type"], "application/yaml");
  EXPECT_NE(file.body.find("openapi: 3.1"), std::string::npos);
  for (const char* path :
       {"/v1/health", "/v1/site", "/v1/tracks", "/v1/reports", "/v1/alerts", "/v1/replay",
        "/v1/stream", "/v1/stream/changes", "/v1/terrain/hillshade.png", "/v1/openapi.yaml"}) {
    EXPECT_NE(file.body.find(std::string("\n  ") + path + ":"), std::string::npos) << path;
  }
}

TEST_F(ApiTest, TheStreamGreetsThenTellsPicturesAndHealth) {
  Client stream(server_->port());
  ASSERT_TRUE(stream.Upgrade());
  json hello = json::parse(stream.Frame().value_or("{}"));
  EXPECT_EQ(hello["type"], "hello");
  EXPECT_EQ(hello["version"], "1.2.3");
  EXPECT_EQ(hello["mode"], "run");
  json first_health = json::parse(stream.MessageWith(R"("type":"health")").value_or("{}"));
  EXPECT_EQ(first_health["sensors"].size(), 2U);
  std::string body;
  for (int t = 0; t < 8; ++t) body += Line("one", t) + "\n";
  EXPECT_EQ(Post("/v1/reports", body).status, 200);
  const std::string newest = test::Live(Line("one", 7)).report.time.Text();
  const auto message = stream.MessageWith(R"({"type":"picture","time":")" + newest);
  ASSERT_TRUE(message);
  json picture = json::parse(*message);
  EXPECT_EQ(picture["type"], "picture");
  EXPECT_EQ(picture["tracks"].size(), 1U);
  api_->Tick();
  EXPECT_TRUE(stream.MessageWith(R"("reports":8)"));
}

TEST_F(ApiTest, ManyClientsAtOnce) {
  constexpr int kClients = 8;
  constexpr int kPosts = 20;
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      Client client(server_->port());
      for (int i = 0; i < kPosts; ++i) {
        const auto answer = client.Post("/v1/reports", Line("one", 0.01 * (i * kClients + c)));
        good += answer.status == 200 ? 1 : 0;
        good += client.Get("/v1/tracks").status == 200 ? 1 : 0;
        good += client.Get("/v1/health").status == 200 ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 3 * kClients * kPosts);
}

}  // namespace
}  // namespace picket
