// SPDX-License-Identifier: Apache-2.0
#include "picket/server/http.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "server/client.h"

namespace picket {
namespace {

using test::Client;

/// Says what it was asked.
class Echo : public HttpHandler {
 public:
  [[nodiscard]] std::size_t BodyLimit(std::string_view /*method*/,
                                      std::string_view path) const override {
    return path == "/big" ? 8U << 20U : 1000;
  }
  void Handle(HttpRequest request, std::function<void(HttpResponse)> respond) override {
    if (request.path == "/throw") throw std::runtime_error("on purpose");
    HttpResponse response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.path + " " + std::to_string(request.body.size());
    if (request.path == "/fixed") response.fixed_body = "fixed";
    if (request.path == "/later") {
      auto after = request.after;
      return after(Duration::Seconds(0.02), [respond, response] { respond(response); });
    }
    if (request.path == "/hold") {
      const std::scoped_lock lock(mutex);
      held.push_back(std::move(respond));
      return;
    }
    respond(std::move(response));
  }
  [[nodiscard]] Joined Stream(std::string_view path) override {
    if (path == "/changes") return {&hub, PictureMode::kChanges};
    return {path == "/stream" ? &hub : nullptr, PictureMode::kWhole};
  }
  [[nodiscard]] std::vector<std::pair<StreamKind, std::string>> Greeting() override {
    return {{StreamKind::kKept, "hello"}};
  }

  StreamHub hub;
  std::mutex mutex;
  std::vector<std::function<void(HttpResponse)>> held;
};

class HttpTest : public testing::Test {
 protected:
  void StartServer(HttpServer::Options options = {}) {
    options.listen = {"127.0.0.1", 0};
    auto started = HttpServer::Start(echo_, options);
    ASSERT_TRUE(started) << started.error().Text();
    server_ = std::move(*started);
  }
  Echo echo_;
  std::unique_ptr<HttpServer> server_;
};

TEST(ListenAddress, IsReadStrictly) {
  const auto plain = ParseListenAddress("127.0.0.1:8080");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "127.0.0.1");
  EXPECT_EQ(plain->port, 8080);
  const auto six = ParseListenAddress("[::1]:0");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, 0);
  for (const char* bad : {"", "8080", ":8080", "host", "host:", "host:99999", "host:-1", "host:8x",
                          "::1:8080", "[]:1"}) {
    EXPECT_FALSE(ParseListenAddress(bad)) << bad;
  }
}

TEST_F(HttpTest, AnswersSeveralRequestsOnOneConnection) {
  StartServer();
  EXPECT_EQ(server_->Url(), "http://127.0.0.1:" + std::to_string(server_->port()));
  Client client(server_->port());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.Get("/a?query");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "GET /a 0");
  }
  EXPECT_EQ(client.Post("/b", "12345").body, "POST /b 5");
  EXPECT_EQ(client.Get("/fixed").body, "fixed");
  EXPECT_EQ(client.Get("/later").body, "GET /later 0");
}

TEST_F(HttpTest, AnswersPipelinedRequestsInOrder) {
  StartServer();
  Client client(server_->port());
  client.Send(
      "GET /later HTTP/1.1\r\nHost: localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.Read().body, "GET /later 0");
  EXPECT_EQ(client.Read().body, "GET /2 0");
}

TEST_F(HttpTest, TellsBrowsersToBeCareful) {
  StartServer();
  Client client(server_->port());
  auto answer = client.Get("/a");
  EXPECT_EQ(answer.headers["x-content-type-options"], "nosniff");
  EXPECT_NE(answer.headers["content-security-policy"].find("default-src 'self'"),
            std::string::npos);
  EXPECT_EQ(answer.headers["cache-control"], "no-store");
  EXPECT_EQ(answer.headers["referrer-policy"], "no-referrer");
}

TEST_F(HttpTest, HeadHasTheLengthButNoBody) {
  StartServer();
  Client client(server_->port());
  auto answer = client.Request("HEAD", "/fixed");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers["content-length"], "5");
  EXPECT_EQ(client.Get("/a").body, "GET /a 0") << "nothing of the body stood in between";
}

TEST_F(HttpTest, DecodesPathsAndRefusesMalformedOnes) {
  StartServer();
  Client client(server_->port());
  EXPECT_EQ(client.Get("/%2e%2E/etc/passwd").body, "GET /../etc/passwd 0");
  for (const char* bad : {"/%", "/%4", "/%zz", "/a%00b", "/%0a", "nothing"}) {
    Client one(server_->port());
    EXPECT_EQ(one.Get(bad).status, 400) << bad;
  }
}

TEST_F(HttpTest, RefusesWhatIsNoHttp) {
  StartServer();
  for (const char* bad :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    Client client(server_->port());
    client.Send(bad);
    const auto answer = client.Read();
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_NE(answer.body.find("\"error\""), std::string::npos);
    EXPECT_TRUE(client.Ended());
  }
  Client client(server_->port());
  EXPECT_EQ(client.Get("/a").status, 200) << "the server lives";
}

TEST_F(HttpTest, RefusesLongHeaders) {
  StartServer();
  Client client(server_->port());
  EXPECT_EQ(client.Request("GET", "/", {}, "X: " + std::string(20'000, 'x') + "\r\n").status, 431);
  Client path(server_->port());
  EXPECT_EQ(path.Get("/" + std::string(20'000, 'x')).status, 431);
}

TEST_F(HttpTest, RefusesLongBodiesAndTheSenderReadsIt) {
  StartServer();
  Client client(server_->port());
  // Sent in full although the refusal comes first: the answer must not be lost to a reset.
  const auto answer = client.Post("/small", std::string(3U << 20U, 'x'));
  EXPECT_EQ(answer.status, 413);
  Client at_limit(server_->port());
  EXPECT_EQ(at_limit.Post("/small", std::string(1000, 'x')).status, 200);
  Client chunked(server_->port());
  chunked.Send("POST /small HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 30; ++i) chunked.Send("64\r\n" + std::string(100, 'y') + "\r\n");
  chunked.Send("0\r\n\r\n");
  EXPECT_EQ(chunked.Read().status, 413);
}

TEST_F(HttpTest, TakesChunkedBodies) {
  StartServer();
  Client client(server_->port());
  client.Send(
      "POST /c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n");
  EXPECT_EQ(client.Read().body, "POST /c 8");
}

TEST_F(HttpTest, SaysContinueToWhoWaitsForIt) {
  StartServer();
  Client client(server_->port());
  client.Send(
      "POST /c HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.Read().status, 100);
  client.Send("abcd");
  EXPECT_EQ(client.Read().body, "POST /c 4");
}

TEST_F(HttpTest, BoundsTheBodiesOfAllRequestsTogether) {
  HttpServer::Options options;
  options.max_body_bytes_in_memory = 2U << 20U;
  StartServer(options);
  Client first(server_->port());
  first.Send(
      "POST /big HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n"
      "Expect: 100-continue\r\n\r\n");
  // Its memory is set aside before it is told to go on.
  EXPECT_EQ(first.Read().status, 100);
  Client second(server_->port());
  EXPECT_EQ(second.Post("/big", std::string(200'000, 'x')).status, 503);
  first.Send(std::string(2'000'000, 'x'));
  EXPECT_EQ(first.Read().status, 200);
  // And given back, if not before its answer is here.
  int status = 0;
  for (int i = 0; i < 1000 && status != 200; ++i) {
    Client third(server_->port());
    status = third.Post("/big", std::string(200'000, 'x')).status;
  }
  EXPECT_EQ(status, 200);
}

TEST_F(HttpTest, TurnsAwayTooManyConnections) {
  HttpServer::Options options;
  options.max_connections = 2;
  StartServer(options);
  Client one(server_->port());
  Client two(server_->port());
  EXPECT_EQ(one.Get("/a").status, 200);
  EXPECT_EQ(two.Get("/a").status, 200);
  Client three(server_->port());
  const auto answer = three.Read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "{\"error\":\"Too many connections.\"}");
  EXPECT_EQ(one.Get("/a").status, 200);
}

TEST_F(HttpTest, HangsUpOnWhoIsTooSlow) {
  HttpServer::Options options;
  options.header = options.stall = Duration::Seconds(0.2);
  options.idle = Duration::Seconds(0.5);
  StartServer(options);
  Client idle(server_->port());
  EXPECT_EQ(idle.Get("/a").status, 200);
  Client header(server_->port());
  header.Send("GET / HT");
  EXPECT_TRUE(header.Ended());
  Client body(server_->port());
  body.Send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(body.Ended());
  EXPECT_TRUE(idle.Ended());
}

TEST_F(HttpTest, RefusesPagesOfElsewhere) {
  StartServer();
  const auto status = [&](const std::string& headers) {
    Client client(server_->port());
    client.Send("GET /a HTTP/1.1\r\n" + headers + "\r\n");
    return client.Read().status;
  };
  EXPECT_EQ(status("Host: 127.0.0.1:1\r\nOrigin: http://127.0.0.1:1\r\n"), 200);
  EXPECT_EQ(status("Host: 127.0.0.1:1\r\nOrigin: http://evil.example\r\n"), 403);
  EXPECT_EQ(status("Host: 127.0.0.1:1\r\nOrigin: null\r\n"), 403);
  EXPECT_EQ(status("Host: localhost:1\r\n"), 200);
  EXPECT_EQ(status("Host: [::1]:1\r\n"), 200);
  EXPECT_EQ(status("Host: evil.example\r\n"), 403) << "a name that leads here: DNS rebinding";
  Client client(server_->port());
  EXPECT_FALSE(client.Upgrade("/stream", "Origin: http://evil.example\r\n"));
  EXPECT_EQ(client.upgrade_status(), 403);
}

TEST_F(HttpTest, AHandlerThatThrowsIsAnError500) {
  StartServer();
  Client client(server_->port());
  EXPECT_EQ(client.Get("/throw").status, 500);
  EXPECT_EQ(client.Get("/a").status, 200);
}

TEST_F(HttpTest, StreamsMessages) {
  StartServer();
  Client client(server_->port());
  ASSERT_TRUE(client.Upgrade("/stream"));
  EXPECT_EQ(client.Frame(), "hello");
  while (echo_.hub.clients() == 0) std::this_thread::yield();
  echo_.hub.Publish(StreamKind::kKept, "an alert");
  EXPECT_EQ(client.Frame(), "an alert");
  echo_.hub.Publish(StreamKind::kPicture, std::string(100'000, 'p'));
  EXPECT_EQ(client.Frame(), std::string(100'000, 'p'));
  Client changing(server_->port());
  ASSERT_TRUE(changing.Upgrade("/changes"));
  EXPECT_EQ(changing.Frame(), "hello");
  while (echo_.hub.clients() < 2) std::this_thread::yield();
  for (int i = 0; i < 2; ++i) {
    echo_.hub.PublishPicture([] { return "picture"; }, [] { return "changes"; });
  }
  EXPECT_EQ(changing.Frame(), "picture");
  EXPECT_EQ(changing.Frame(), "changes");
  EXPECT_EQ(client.Frame(), "picture");
  Client nowhere(server_->port());
  EXPECT_FALSE(nowhere.Upgrade("/elsewhere"));
  EXPECT_EQ(nowhere.upgrade_status(), 404);
}

TEST_F(HttpTest, ASlowClientLosesPicturesButNoAlertAndHoldsUpNobody) {
  StartServer();
  Client slow(server_->port(), 4096);
  ASSERT_TRUE(slow.Upgrade("/stream"));
  Client quick(server_->port());
  ASSERT_TRUE(quick.Upgrade("/stream"));
  while (echo_.hub.clients() < 2) std::this_thread::yield();
  constexpr int kPictures = 200;
  constexpr int kAlertEach = 20;
  for (int i = 0; i < kPictures; ++i) {
    if (i % kAlertEach == 0) echo_.hub.Publish(StreamKind::kKept, "alert " + std::to_string(i));
    echo_.hub.Publish(StreamKind::kPicture,
                      "picture " + std::to_string(i) + std::string(50'000, ' '));
  }
  EXPECT_TRUE(quick.MessageWith("picture 199 "));
  int alerts = 0;
  int pictures = 0;
  bool last = false;
  while (!last) {
    const auto message = slow.Frame();
    ASSERT_TRUE(message);
    if (message->starts_with("alert")) {
      EXPECT_EQ(*message, "alert " + std::to_string(alerts * kAlertEach));
      ++alerts;
    }
    if (message->starts_with("picture")) ++pictures;
    last = message->starts_with("picture 199 ");
  }
  EXPECT_EQ(alerts, kPictures / kAlertEach);
  EXPECT_LT(pictures, kPictures / 2) << "old pictures were replaced, not queued";
}

TEST_F(HttpTest, StopFinishesWhatIsUnderWay) {
  StartServer();
  Client stream(server_->port());
  ASSERT_TRUE(stream.Upgrade("/stream"));
  Client idle(server_->port());
  EXPECT_EQ(idle.Get("/a").status, 200);
  Client busy(server_->port());
  busy.Send("GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::function<void(HttpResponse)> respond;
  while (!respond) {
    const std::scoped_lock lock(echo_.mutex);
    if (!echo_.held.empty()) respond = std::exchange(echo_.held.front(), nullptr);
  }
  const std::uint16_t port = server_->port();
  std::thread stopper([&] { server_->Stop(); });
  EXPECT_TRUE(idle.Ended());
  HttpResponse response;
  response.body = "in the end";
  respond(response);
  respond = nullptr;
  const auto answer = busy.Read();
  EXPECT_EQ(answer.body, "in the end");
  int opcode = 0;
  while (opcode != 8 && stream.Frame(&opcode)) {
  }
  EXPECT_EQ(opcode, 8) << "the stream is told goodbye";
  stopper.join();
  EXPECT_FALSE(Client(port).connected());
}

TEST_F(HttpTest, APortInUseIsAnError) {
  StartServer();
  HttpServer::Options options;
  options.listen = {"127.0.0.1", server_->port()};
  const auto second = HttpServer::Start(echo_, options);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().what.find("cannot listen on 127.0.0.1"), std::string::npos);
}

}  // namespace
}  // namespace picket
