// SPDX-License-Identifier: Apache-2.0
#include "server/operator_desk.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "picket/io/clock.h"
#include "picket/record/recording.h"
#include "picket/server/api.h"
#include "server/client.h"
#include "server/fixture.h"

namespace picket {
namespace {

using nlohmann::json;
using test::Client;

constexpr const char* kPath = "/v1/operators";

AccessKey KeyOf(const std::string& name, const std::string& key) {
  return {name, Role::kInvestigator, HashText(Sha256(key))};
}

TEST(OperatorDesk, WhoseKeyItIs) {
  const AccessSettings access{Duration::Seconds(60.0), {KeyOf("a", "one"), KeyOf("b", "two")}};
  const auto whose = [&](std::string_view header) {
    const AccessKey* key = WhoseKey(access, header);
    return key == nullptr ? std::string() : key->name;
  };
  EXPECT_EQ(whose("Bearer one"), "a");
  EXPECT_EQ(whose("bearer two"), "b");
  for (const char* wrong :
       {"", "Bearer", "Bearer ", "Bearer three", "Bearer one ", "Basic one", "one", "Bearer One"}) {
    EXPECT_EQ(whose(wrong), "") << wrong;
  }
  EXPECT_EQ(whose("Bearer " + access.keys[0].sha256), "") << "the digest is no key";
}

/// The service with a key, and an operator that somebody may see.
class OperatorDeskTest : public testing::Test {
 protected:
  void Start(const AccessSettings& access, bool live = true) {
    auto placed = std::make_shared<PlacedSite>(*test::SmallSite());
    placed->site.access = access;
    service_ = std::make_unique<Service>(placed, &journal_, Service::Options{.version = "1.2.3"});
    service_->operators().Take({WallClock(), "m", "SN-1", "OP1", 1, 37.44, 126.61, std::nullopt},
                               WallClock());
    api_ = std::make_unique<Api>(*service_, live ? service_.get() : nullptr, nullptr, Hillshade(),
                                 "1.2.3");
    HttpServer::Options options;
    options.listen = {"127.0.0.1", 0};
    auto started = HttpServer::Start(*api_, options);
    ASSERT_TRUE(started) << started.error().Text();
    server_ = std::move(*started);
  }
  void TearDown() override {
    server_->Stop();
    service_->Stop();
  }
  Client::Answer Get(const std::string& headers = {}) {
    return Client(server_->port()).Request("GET", kPath, {}, headers);
  }
  std::vector<std::string> Actions() {
    std::vector<std::string> actions;
    for (const auto& entry : journal_.kept()) {
      if (entry.kind == EntryKind::kAction) actions.push_back(entry.payload);
    }
    return actions;
  }

  test::FakeJournal journal_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(OperatorDeskTest, ShowsOperatorsToWhoHasAKeyAndRecordsIt) {
  Start({Duration::Seconds(600.0), {KeyOf("duty officer", "secret")}});
  for (const char* headers : {"", "Authorization: Bearer guess\r\n"}) {
    const auto refused = Get(headers);
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.headers.at("www-authenticate"), "Bearer realm=\"picket\"");
    EXPECT_EQ(refused.body.find("37.44"), std::string::npos);
  }
  EXPECT_TRUE(Actions().empty());

  const auto shown = Get("Authorization: Bearer secret\r\n");
  EXPECT_EQ(shown.status, 200) << shown.body;
  EXPECT_EQ(shown.headers.at("cache-control"), "no-store");
  const json answer = json::parse(shown.body);
  EXPECT_EQ(answer["operators"].at(0)["remote_id"], "SN-1");
  EXPECT_EQ(answer["operators"].at(0)["lat_deg"], 37.44);
  // It is recorded when the answer comes: who saw it and of whom, not where.
  const auto actions = Actions();
  ASSERT_EQ(actions.size(), 1U);
  const json action = json::parse(actions[0]);
  EXPECT_EQ(action["who"], "duty officer");
  EXPECT_EQ(action["role"], "investigator");
  EXPECT_EQ(action["aircraft"], json::array({"SN-1"}));
  EXPECT_EQ(actions[0].find("37.44"), std::string::npos);

  for (const char* path : {"/v1/health", "/v1/tracks", "/v1/site", "/v1/alerts", "/metrics"}) {
    EXPECT_EQ(Client(server_->port()).Get(path).body.find("37.44"), std::string::npos) << path;
  }
  const json site = json::parse(Client(server_->port()).Get("/v1/site").body);
  EXPECT_EQ(site["operators"], true);
  EXPECT_EQ(site.dump().find(HashText(Sha256("secret"))), std::string::npos);
  EXPECT_EQ(Client(server_->port()).Post(kPath, "{}").status, 405);
}

TEST_F(OperatorDeskTest, WhatCannotBeRecordedIsNotShown) {
  Start({Duration::Seconds(600.0), {KeyOf("duty officer", "secret")}});
  journal_.Fail(true);
  const auto answer = Get("Authorization: Bearer secret\r\n");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body.find("37.44"), std::string::npos);
}

TEST_F(OperatorDeskTest, ASiteThatKeepsNoOperatorsSaysSo) {
  Start({Duration(), {KeyOf("duty officer", "secret")}});
  const auto answer = Get("Authorization: Bearer secret\r\n");
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("operator_retention_s"), std::string::npos);
}

TEST_F(OperatorDeskTest, AReplayKnowsOfNone) {
  Start({Duration::Seconds(600.0), {KeyOf("duty officer", "secret")}}, false);
  EXPECT_EQ(Get("Authorization: Bearer secret\r\n").status, 409);
  const json site = json::parse(Client(server_->port()).Get("/v1/site").body);
  EXPECT_EQ(site["operators"], false);
}

TEST_F(OperatorDeskTest, WhatIsOlderThanTheRetentionIsForgottenUnasked) {
  Start({Duration::Seconds(1.0), {KeyOf("duty officer", "secret")}});
  const Time then = WallClock() - Duration::Seconds(0.5);
  for (int i = 0; i < 300 && WallClock() < then + Duration::Seconds(2.0); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  api_->Tick();
  EXPECT_TRUE(service_->operators().Places(then).empty());
}

}  // namespace
}  // namespace picket
