// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "codec/sapient_messages.h"
#include "picket/io/clock.h"
#include "picket/io/site.h"
#include "picket/server/feed.h"
#include "picket/server/output.h"
#include "server/certificates.h"
#include "server/fixture.h"
#include "server/peer.h"

namespace picket {
namespace {

using test::Certificate;

/// The other side: a socket of its own and OpenSSL's blocking calls, nothing of ours.
class Side {
 public:
  Side(int fd, const SSL_METHOD* method, const Certificate* own, const Certificate& believes)
      : fd_(fd), context_(SSL_CTX_new(method), SSL_CTX_free), ssl_(nullptr, SSL_free) {
    if (own != nullptr) {
      SSL_CTX_use_certificate_file(context_.get(), own->path().c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_use_PrivateKey_file(context_.get(), own->key_path().c_str(), SSL_FILETYPE_PEM);
    }
    SSL_CTX_load_verify_locations(context_.get(), believes.path().c_str(), nullptr);
    timeval patience{30, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Side() {
    ssl_.reset();
    close(fd_);
  }
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;
  void AskForCertificate() {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  bool Handshake(int (*how)(SSL*)) {
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), fd_);
    return how(ssl_.get()) == 1;
  }
  void Send(const std::string& bytes) {
    EXPECT_EQ(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())),
              static_cast<int>(bytes.size()));
  }
  /// What comes first; empty: the end, or nothing within 30 s.
  std::string Receive() {
    std::string bytes(65536, '\0');
    const int n = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    bytes.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return bytes;
  }

 private:
  int fd_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
};

class TlsTest : public testing::Test {
 protected:
  static std::string Folder() {
    return testing::TempDir() + "tls-" + std::to_string(getpid()) + "-";
  }
  /// The listener of a server that feeds and outputs connect to.
  TlsTest() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    const sockaddr_in address = test::Loopback(0);
    bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    listen(listener_, 4);
  }
  ~TlsTest() override {
    close(listener_);
    for (const Certificate* each : {&authority_, &stranger_, &server_, &client_}) {
      std::remove(each->path().c_str());
      std::remove(each->key_path().c_str());
    }
  }
  TlsTest(const TlsTest&) = delete;
  TlsTest& operator=(const TlsTest&) = delete;

  [[nodiscard]] std::string Address() const {
    return "127.0.0.1:" + std::to_string(test::BoundPort(listener_));
  }
  [[nodiscard]] int Accept() const {
    pollfd ready{listener_, POLLIN, 0};
    if (poll(&ready, 1, 30'000) <= 0) return -1;
    return accept(listener_, nullptr, nullptr);
  }
  tl::expected<void, Error> Start(const InputFeed& feed) {
    Feeds::Options options;
    options.first_retry = Duration::Seconds(0.02);
    options.longest_retry = Duration::Seconds(0.05);
    options.log = [this](const std::string& line) {
      const std::scoped_lock lock(mutex_);
      log_ += line + "\n";
    };
    return feeds_.Start({feed}, FeedDecoderFor(site_), service_, options);
  }
  InputFeed Feed() {
    InputFeed feed;
    feed.format = "reports";
    feed.tcp = Address();
    feed.tls.on = true;
    feed.tls.ca = authority_.path();
    return feed;
  }
  template <typename Condition>
  static bool Soon(const Condition& condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  bool Logged(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    return log_.find(text) != std::string::npos;
  }

  Certificate authority_{Folder() + "authority", "", nullptr};
  Certificate stranger_{Folder() + "stranger", "", nullptr};
  Certificate server_{Folder() + "server", "DNS:field.example,IP:127.0.0.1", &authority_};
  Certificate client_{Folder() + "client", "DNS:picket", &authority_};
  int listener_;
  std::shared_ptr<const PlacedSite> site_ = test::SmallSite();
  test::FakeJournal journal_;
  std::mutex mutex_;
  std::string log_;
  Service service_{site_, &journal_, {}};
  Feeds feeds_;
};

TEST_F(TlsTest, ReadsFromAServerThatItBelievesAndShowsItsOwnCertificate) {
  InputFeed feed = Feed();
  feed.tls.certificate = client_.path();
  feed.tls.key = client_.key_path();
  ASSERT_TRUE(Start(feed));
  Side server(Accept(), TLS_server_method(), &server_, authority_);
  server.AskForCertificate();
  ASSERT_TRUE(server.Handshake(SSL_accept));
  server.Send(test::Line("one", 0) + "\n");
  EXPECT_TRUE(Soon([&] { return feeds_.Health().at(0).messages == 1; }));
  EXPECT_EQ(feeds_.Health().at(0).name, "tls " + feed.tcp);
  feeds_.Stop();
}

TEST_F(TlsTest, DoesNotBelieveAnotherName) {
  InputFeed feed = Feed();
  feed.tls.server_name = "other.example";
  ASSERT_TRUE(Start(feed));
  Side server(Accept(), TLS_server_method(), &server_, authority_);
  EXPECT_TRUE(!server.Handshake(SSL_accept) || server.Receive().empty());
  EXPECT_TRUE(Soon([&] {
    return feeds_.Health().at(0).last_error == "its certificate is not believed: hostname mismatch";
  })) << feeds_.Health().at(0).last_error;
  feeds_.Stop();
}

TEST_F(TlsTest, DoesNotBelieveAnotherAuthority) {
  InputFeed feed = Feed();
  feed.tls.ca = stranger_.path();
  ASSERT_TRUE(Start(feed));
  Side server(Accept(), TLS_server_method(), &server_, authority_);
  EXPECT_TRUE(!server.Handshake(SSL_accept) || server.Receive().empty());
  EXPECT_TRUE(Soon([&] {
    return Logged("down (its certificate is not believed: self-signed certificate");
  })) << log_;
  feeds_.Stop();
}

TEST_F(TlsTest, AnOutputSendsThroughIt) {
  OutputFeed output;
  output.format = "cot";
  output.tcp = Address();
  output.every_s = 0.1;
  output.tls = Feed().tls;
  std::vector<LiveReport> reports;
  for (int i = 0; i < 6; ++i) reports.push_back(test::Live(test::Line("one", i)));
  ASSERT_TRUE(service_.TrySubmit(reports, [](const Outcome&) {}));
  Outputs outputs;
  ASSERT_TRUE(outputs.Start({output}, service_, {}));
  Side server(Accept(), TLS_server_method(), &server_, authority_);
  ASSERT_TRUE(server.Handshake(SSL_accept));
  EXPECT_NE(server.Receive().find("uid=\"picket."), std::string::npos);
  outputs.Stop();
}

TEST_F(TlsTest, AListeningFeedShowsItsCertificateAndAsksForOne) {
  InputFeed feed;
  feed.format = "sapient";
  {
    const test::Peer free;
    feed.listen = "127.0.0.1:" + std::to_string(free.port());
  }
  feed.tls.on = true;
  feed.tls.certificate = server_.path();
  feed.tls.key = server_.key_path();
  feed.tls.ca = authority_.path();
  ASSERT_TRUE(Start(feed));
  ASSERT_TRUE(Soon([&] { return feeds_.Health().at(0).state == "listening"; }));
  const auto connected = [&] {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const auto port = static_cast<std::uint16_t>(std::stoi(feed.listen.substr(10)));
    const sockaddr_in address = test::Loopback(port);
    EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  };
  const std::string registration =
      sapient::testing::Framed(sapient::testing::RegistrationAt(WallClock()));
  Side client(connected(), TLS_client_method(), &client_, authority_);
  ASSERT_TRUE(client.Handshake(SSL_connect));
  client.Send(registration);
  EXPECT_FALSE(client.Receive().empty()) << "the registration is answered";
  // With TLS 1.3 a client learns from its first read that its certificate was wanted.
  Side nobody(connected(), TLS_client_method(), nullptr, authority_);
  EXPECT_TRUE(!nobody.Handshake(SSL_connect) || nobody.Receive().empty());
  feeds_.Stop();
}

TEST_F(TlsTest, FilesThatDoNotFitAreToldOfByField) {
  Site site;
  const auto told = [&](const std::function<void(TlsSettings&)>& change) {
    InputFeed feed = Feed();
    change(feed.tls);
    site.inputs = {feed};
    const Errors errors = CheckLinks(site, "site.toml");
    return errors.empty() ? std::string("sound") : errors.at(0).Text();
  };
  EXPECT_EQ(told([](TlsSettings&) {}), "sound");
  EXPECT_EQ(
      told([](TlsSettings& tls) { tls.ca = "/none.pem"; }).find("site.toml: input[0].tls.ca: "),
      0U);
  EXPECT_NE(told([&](TlsSettings& tls) { tls.ca = authority_.key_path(); }).find("is no PEM file"),
            std::string::npos);
  EXPECT_NE(told([&](TlsSettings& tls) {
              tls.certificate = client_.path();
              tls.key = server_.key_path();
            }).find("input[0].tls.key: "),
            std::string::npos);
}

}  // namespace
}  // namespace picket
