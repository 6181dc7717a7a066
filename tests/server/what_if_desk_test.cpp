// SPDX-License-Identifier: Apache-2.0
#include "server/what_if_desk.h"

#include <gtest/gtest.h>

#include <boost/beast/zlib/inflate_stream.hpp>
#include <future>
#include <nlohmann/json.hpp>

#include "picket/server/api.h"
#include "server/client.h"
#include "server/fixture.h"

namespace picket {
namespace {

using nlohmann::json;
using test::Client;
using test::FakeJournal;

class WhatIfDeskTest : public testing::Test {
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
    server_->Stop();
    api_->Stop();
    service_->Stop();
  }
  Client::Answer Post(const json& body) {
    return Client(server_->port()).Post("/v1/plan/what-if", body.dump());
  }

  std::shared_ptr<const PlacedSite> site_ = test::SmallSite();
  FakeJournal journal_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> server_;
};

/// What zlib's format holds: a head of two bytes, what RFC 1951 packs, a checksum of four.
std::string Inflated(const std::string& packed) {
  std::string out(8U << 20U, '\0');
  boost::beast::zlib::z_params z;
  z.next_in = packed.data() + 2;
  z.avail_in = packed.size() - 6;
  z.next_out = out.data();
  z.avail_out = out.size();
  boost::beast::zlib::inflate_stream stream;
  boost::system::error_code error;
  stream.write(z, boost::beast::zlib::Flush::finish, error);
  EXPECT_EQ(error, boost::beast::zlib::error::end_of_stream) << error.message();
  out.resize(z.total_out);
  return out;
}

/// Where the two sensors see nothing.
const json kEast = {{"lat_deg", 37.5}, {"lon_deg", 127.19}, {"height_agl_m", 20}};
const json kPlace = {{"lat_deg", 37.52}, {"lon_deg", 127.02}, {"height_agl_m", 20}};

TEST_F(WhatIfDeskTest, TellsWhatMayBeAsked) {
  const auto got = Client(server_->port()).Get("/v1/plan/what-if");
  ASSERT_EQ(got.status, 200);
  const json choices = json::parse(got.body);
  EXPECT_EQ(choices["sensors"].size(), 2U);
  EXPECT_EQ(choices["sensors"][0]["id"], "one");
  EXPECT_EQ(choices["sensors"][0]["measured"], false);
  EXPECT_EQ(choices["classes"][1]["class"], "fixed_wing");
  EXPECT_EQ(choices["heights_agl_m"].back(), 1500.0);
  EXPECT_GT(choices["presets"].size(), 5U);
}

TEST_F(WhatIfDeskTest, MovesAddsAndTakesAwayWithoutTouchingTheSite) {
  const json now = json::parse(Post({{"height_agl_m", 100}}).body);
  EXPECT_NEAR(now["now"]["seen_percent"].get<double>(), 62.0, 15.0);
  EXPECT_EQ(now["now"], now["then"]);
  EXPECT_EQ(now["now"]["measured_percent"], 0.0);
  EXPECT_TRUE(now["picture"].get<std::string>().starts_with("data:image/png;base64,iVBOR"));
  EXPECT_EQ(now["corners"].size(), 4U);
  EXPECT_FALSE(now.contains("by_height"));

  // Half of the network: p_D was 1 - 0.05^2 and is 0.95.
  const json less = json::parse(Post({{"sensor", "one"}}).body);
  EXPECT_EQ(less["gained_percent"], 0.0);
  EXPECT_NE(less["picture"], now["picture"]);

  const auto answer = Post({{"preset", "rf-direction-finder"}, {"at", kEast}, {"by_height", true}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json more = json::parse(answer.body);
  EXPECT_GT(more["gained_percent"].get<double>(), 1.0);
  EXPECT_EQ(more["lost_percent"], 0.0);
  ASSERT_EQ(more["by_height"].size(), 6U);
  EXPECT_EQ(more["by_height"][0]["height_agl_m"], 30.0);
  EXPECT_GT(more["by_height"][3]["then"]["seen_percent"],
            more["by_height"][3]["now"]["seen_percent"]);
  EXPECT_GT(more["took_ms"].get<double>(), 0.0);

  EXPECT_EQ(json::parse(Post(json::object()).body)["picture"], now["picture"]);
  const json site = json::parse(Client(server_->port()).Get("/v1/site").body);
  EXPECT_EQ(site["sensors"].size(), 2U);
}

TEST_F(WhatIfDeskTest, GivesLevelsBehindALineOfJson) {
  const auto got = Post({{"sensor", "one"}, {"picture", "levels"}});
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.headers.at("content-encoding"), "deflate");
  const std::string body = Inflated(got.body);
  const std::size_t end = body.find('\n');
  ASSERT_NE(end, std::string::npos);
  const json answer = json::parse(body.substr(0, end));
  EXPECT_FALSE(answer.contains("picture"));
  const std::string levels = body.substr(end + 1);
  const auto width = answer["width"].get<std::size_t>();
  ASSERT_EQ(levels.size(), width * answer["height"].get<std::size_t>());
  EXPECT_EQ(static_cast<unsigned char>(levels.front()), WhatIf::kOutside);
  // Their shares are those that the answer tells.
  double region = 0.0;
  double seen = 0.0;
  for (const char c : levels) {
    const auto level = static_cast<unsigned char>(c);
    region += level != WhatIf::kOutside ? 1.0 : 0.0;
    seen += level >= 50 && level <= 100 ? 1.0 : 0.0;
  }
  EXPECT_NEAR(100.0 * seen / region, answer["then"]["seen_percent"].get<double>(), 0.5);
}

TEST_F(WhatIfDeskTest, BadQuestionsGetOneSentence) {
  const auto refused = [&](const json& body, int status, const std::string& says) {
    const auto answer = Post(body);
    EXPECT_EQ(answer.status, status) << body;
    const std::string error = json::parse(answer.body)["error"];
    EXPECT_NE(error.find(says), std::string::npos) << error;
    EXPECT_EQ(error.back(), '.') << error;
  };
  refused({{"sensor", "three"}}, 400, "sensor: \"three\" is none of this site's");
  refused({{"preset", "radar"}, {"at", kPlace}}, 400, "preset: is no preset that is known");
  refused({{"preset", "adsb-receiver"}, {"at", kPlace}}, 400, "only hears targets");
  refused({{"class", "bird"}}, 400, "class: is none that coverage is told of");
  refused({{"height_agl_m", 2000}}, 400, "at most the region's ceiling, 1500");
  refused({{"colour", 1}}, 400, "colour: is not known here");
  EXPECT_EQ(Client(server_->port()).Post("/v1/plan/what-if", "{").status, 400);
  EXPECT_EQ(Client(server_->port()).Post("/v1/plan/what-if", std::string(1 << 20, ' ')).status,
            413);
  EXPECT_EQ(Client(server_->port()).Request("DELETE", "/v1/plan/what-if").status, 405);
}

/// A backend whose field is given out for the first time when the test says so: what is asked
/// meanwhile waits.
class HeldBackend : public Backend {
 public:
  explicit HeldBackend(std::shared_ptr<const PlacedSite> site) : site_(std::move(site)) {}
  [[nodiscard]] ServiceMode mode() const override { return ServiceMode::kRun; }
  [[nodiscard]] const PlacedSite& site() const override { return *site_; }
  [[nodiscard]] std::shared_ptr<const DetectionField> field() override {
    if (!held_) return site_->field;
    held_ = false;
    asked_.set_value();
    go_.get_future().wait();
    return site_->field;
  }
  [[nodiscard]] StreamHub& hub() override { return hub_; }
  [[nodiscard]] std::string Health() override { return "{}"; }
  [[nodiscard]] std::string Alerts() override { return "{}"; }
  void AskPicture(std::function<void(std::string)> done) override { done("{}"); }
  void AskUnseen(std::function<void(std::string)> done) override { done("{}"); }

  std::promise<void> asked_;
  std::promise<void> go_;

 private:
  bool held_ = true;  // the first time
  std::shared_ptr<const PlacedSite> site_;
  StreamHub hub_;
};

/// A camera that goes by daylight sees at noon what it does not see at midnight; without a time the
/// light is as the site states it.
TEST(WhatIfDesk, AnswersOfATime) {
  auto site = std::make_shared<PlacedSite>(*test::SmallSite());
  site->site.weather.sun_share = 1.0;
  HeldBackend backend(site);
  backend.go_.set_value();
  WhatIfDesk desk(backend);
  const auto ask = [&](const json& time) {
    json body = {{"preset", "camera-day"}, {"at", kEast}, {"height_agl_m", 50}};
    if (!time.is_null()) body["time"] = time;
    HttpRequest request;
    request.body = body.dump();
    auto answer = std::make_shared<std::promise<HttpResponse>>();
    desk.Ask(request, [answer](HttpResponse got) { answer->set_value(std::move(got)); });
    return json::parse(answer->get_future().get().body);
  };
  const json any = ask(nullptr);
  const json noon = ask("2026-06-21T03:30:00Z");  // in Korea
  const json night = ask("2026-06-21T15:30:00Z");
  EXPECT_FALSE(any.contains("time"));
  EXPECT_EQ(noon["time"], "2026-06-21T03:30:00.000000000Z");
  EXPECT_GT(any["gained_percent"].get<double>(), 0.0);
  EXPECT_GT(noon["gained_percent"].get<double>(), 0.0);
  EXPECT_LT(night["gained_percent"].get<double>(), noon["gained_percent"].get<double>());
  EXPECT_EQ(ask(nullptr)["picture"], any["picture"]);
}

TEST(WhatIfDesk, OfAClientOnlyTheLastQuestionCounts) {
  HeldBackend backend(test::SmallSite());
  std::vector<std::promise<HttpResponse>> answers(4 + WhatIfDesk::kMaxWaiting);
  std::size_t asked = 0;
  WhatIfDesk desk(backend);
  const auto ask = [&](const std::string& client) {
    HttpRequest request;
    request.body = json{{"client", client}}.dump();
    std::promise<HttpResponse>& answer = answers[asked++];
    desk.Ask(request, [&answer](HttpResponse response) { answer.set_value(std::move(response)); });
  };
  auto busy = backend.asked_.get_future();
  ask("first");
  busy.wait();  // the desk is at work on it
  ask("drag");
  ask("drag");
  EXPECT_EQ(answers[1].get_future().get().status, 409);
  for (std::size_t i = 1; i < WhatIfDesk::kMaxWaiting; ++i) ask("other " + std::to_string(i));
  ask("one too many");
  EXPECT_EQ(answers[asked - 1].get_future().get().status, 503);
  // At the end who waits is told so; who is being answered is answered.
  std::thread stop([&] { desk.Stop(); });
  EXPECT_EQ(answers[2].get_future().get().status, 503);
  backend.go_.set_value();
  EXPECT_EQ(answers[0].get_future().get().status, 200);
  stop.join();
  ask("late");
  EXPECT_EQ(answers[asked - 1].get_future().get().status, 503);
}

}  // namespace
}  // namespace picket
