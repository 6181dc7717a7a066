// SPDX-License-Identifier: Apache-2.0
#include "picket/server/feed.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "mqtt_feed.h"
#include "picket/base/random.h"
#include "picket/codec/json.h"
#include "picket/io/clock.h"
#include "picket/server/http.h"
#include "sapient_feed.h"
#include "tls.h"
#include "zmq_feed.h"

namespace picket {
namespace {

using asio::ip::tcp;
using asio::ip::udp;

constexpr std::size_t kReadBytes = 64U << 10U;
constexpr int kDatagramBufferBytes = 4 << 20;
constexpr auto kConnectTimeout = std::chrono::seconds(10);
constexpr auto kWatchPeriod = std::chrono::milliseconds(200);

class TcpFeed : public Feed {
 public:
  TcpFeed(asio::io_context& io, const ListenAddress& address, TlsPtr tls, const std::string& name,
          std::unique_ptr<StreamDecoder> decoder, Service& service, const Feeds::Options& options)
      : Feed(io, name, std::move(decoder), service, options),
        address_(address),
        tls_(std::move(tls)),
        resolver_(io),
        socket_(io),
        watch_(io),
        backoff_(options, name) {}

  void Start() override {
    resolver_.async_resolve(
        address_.host, std::to_string(address_.port),
        [this](error_code ec, const tcp::resolver::results_type& found) {
          if (ec) return Retry(ec.message());
          Watch(kConnectTimeout, "no connection within 10 s");
          asio::async_connect(socket_.tcp(), found, [this](error_code error, const tcp::endpoint&) {
            if (error) return Retry(error.message());
            // A peer that vanished without a word is noticed even while feeds may be silent.
            error_code ignored;
            socket_.tcp().set_option(asio::socket_base::keep_alive(true), ignored);
            socket_.Handshake(tls_, [this](error_code shaken) {
              if (shaken) return Retry(socket_.Why(shaken));
              status_->State("up");
              Read();
            });
          });
        });
  }

 private:
  void Read() {
    Watch(Chrono(options_.silent_after), "silent");
    socket_.async_read_some(asio::buffer(buffer_), [this](error_code ec, std::size_t n) {
      if (ec) return Retry(socket_.Why(ec));
      watch_.cancel();
      backoff_.Reset();
      Take({buffer_.data(), n}, [this] { Read(); });
    });
  }

  /// Closes the socket when the time is over; what was under way then ends with an error.
  void Watch(std::chrono::nanoseconds time, const char* why) {
    watch_.expires_after(time);
    watch_.async_wait([this, why](error_code ec) {
      if (ec) return;
      why_ = why;
      socket_.Close();
    });
  }

  void Retry(std::string why) {
    watch_.cancel();
    if (!why_.empty()) why = std::exchange(why_, {});
    socket_.Close();
    const auto after = backoff_.Next();
    status_->Down(why, after);
    timer_.expires_after(after);
    timer_.async_wait([this](error_code ec) {
      if (ec) return;
      status_->Reconnect();
      Start();
    });
  }

  ListenAddress address_;
  TlsPtr tls_;
  tcp::resolver resolver_;
  LinkSocket socket_;
  asio::steady_timer watch_;
  Backoff backoff_;
  std::string why_;
  std::array<std::uint8_t, kReadBytes> buffer_{};
};

class UdpFeed : public Feed {
 public:
  /// @param interface  that a multicast group is joined on; 0.0.0.0: the system chooses
  UdpFeed(asio::io_context& io, const udp::endpoint& endpoint,
          const asio::ip::address_v4& interface, const std::string& name,
          std::unique_ptr<StreamDecoder> decoder, Service& service, const Feeds::Options& options)
      : Feed(io, name, std::move(decoder), service, options),
        endpoint_(endpoint),
        interface_(interface),
        socket_(io),
        backoff_(options, name) {}

  void Start() override {
    error_code ec;
    socket_.open(endpoint_.protocol(), ec);
    const bool group = endpoint_.address().is_multicast();
    if (!ec) socket_.set_option(asio::socket_base::reuse_address(true), ec);
    error_code ignored;  // a smaller buffer still works
    socket_.set_option(asio::socket_base::receive_buffer_size(kDatagramBufferBytes), ignored);
    // Bound to the group itself, so that datagrams of other groups on the port stay out.
    if (!ec) socket_.bind(endpoint_, ec);
    if (!ec && group) {
      const asio::ip::address& address = endpoint_.address();
      socket_.set_option(address.is_v4()
                             ? asio::ip::multicast::join_group(address.to_v4(), interface_)
                             : asio::ip::multicast::join_group(address),
                         ec);
    }
    if (ec) {
      socket_.close(ignored);
      const auto after = backoff_.Next();
      status_->Down(ec.message(), after);
      timer_.expires_after(after);
      timer_.async_wait([this](error_code error) {
        if (error) return;
        status_->Reconnect();
        Start();
      });
      return;
    }
    status_->State("listening");
    Read();
  }

 private:
  void Read() {
    socket_.async_receive(asio::buffer(buffer_), [this](error_code ec, std::size_t n) {
      if (ec == asio::error::operation_aborted) return;
      if (ec) return Read();  // such as an ICMP answer to somebody else's datagram
      Take({buffer_.data(), n}, [this] { Read(); });
    });
  }

  udp::endpoint endpoint_;
  asio::ip::address_v4 interface_;
  udp::socket socket_;
  Backoff backoff_;
  std::array<std::uint8_t, kReadBytes> buffer_{};
};

class FileFeed : public Feed {
 public:
  FileFeed(asio::io_context& io, std::string path, std::string name,
           std::unique_ptr<StreamDecoder> decoder, Service& service, const Feeds::Options& options)
      : Feed(io, std::move(name), std::move(decoder), service, options), path_(std::move(path)) {}
  FileFeed(const FileFeed&) = delete;
  FileFeed& operator=(const FileFeed&) = delete;
  ~FileFeed() override { Close(); }

  void Start() override { Read(); }

 private:
  void Read() {
    if (fd_ < 0) Open();
    if (fd_ < 0) return Later();
    const ssize_t n = read(fd_, buffer_.data(), buffer_.size());
    if (n > 0) {
      offset_ += n;
      // Through the queue: other feeds have their turn.
      return Take({buffer_.data(), static_cast<std::size_t>(n)},
                  [this] { asio::post(io_, [this] { Read(); }); });
    }
    if (n < 0) {
      status_->Down(std::generic_category().message(errno), Chrono(options_.follow_period));
      Close();
    } else if (WasReplaced()) {
      Close();
      status_->Reconnect();
    }
    Later();
  }

  void Open() {
    // Not blocking: a pipe without a writer must not hold up the other feeds.
    fd_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd_ < 0) {
      return status_->Down(std::generic_category().message(errno), Chrono(options_.follow_period));
    }
    offset_ = 0;
    status_->State("up");
  }

  /// Whether the name leads to another file by now, or to less than was read.
  [[nodiscard]] bool WasReplaced() const {
    struct stat ours {};
    struct stat named {};
    if (fstat(fd_, &ours) != 0 || stat(path_.c_str(), &named) != 0) return false;
    if (!S_ISREG(ours.st_mode)) return false;
    return ours.st_ino != named.st_ino || ours.st_dev != named.st_dev || ours.st_size < offset_;
  }

  void Later() {
    timer_.expires_after(Chrono(options_.follow_period));
    timer_.async_wait([this](error_code ec) {
      if (!ec) Read();
    });
  }

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  std::string path_;
  int fd_ = -1;
  std::int64_t offset_ = 0;
  std::array<std::uint8_t, kReadBytes> buffer_{};
};

}  // namespace

Errors CheckLinks(const Site& site, const std::string& site_path) {
  Errors errors;
  const auto add = [&](const std::string& link, const Error& error) {
    errors.push_back(error);
    errors.back().field = link + "." + error.field;
    errors.back().source = site_path;
  };
  const auto check = [&](const std::string& link, const TlsSettings& tls, TlsRole role,
                         const MqttSettings& mqtt, const std::string& address) {
    if (!mqtt.broker.empty()) {
      const auto made = MqttOptionsOf(mqtt, tls, site_path);
      if (!made) add(link, made.error());
      return;
    }
    const auto parsed = ParseListenAddress(address);
    const auto made = MakeTls(tls, role, parsed ? parsed->host : address, site_path);
    if (!made) add(link, made.error());
  };
  for (std::size_t i = 0; i < site.inputs.size(); ++i) {
    const InputFeed& feed = site.inputs[i];
    const bool listens = !feed.listen.empty();
    check("input[" + std::to_string(i) + "]", feed.tls,
          listens ? TlsRole::kServer : TlsRole::kClient, feed.mqtt,
          listens ? feed.listen : feed.tcp);
  }
  for (std::size_t i = 0; i < site.outputs.size(); ++i) {
    const OutputFeed& output = site.outputs[i];
    check("output[" + std::to_string(i) + "]", output.tls, TlsRole::kClient, output.mqtt,
          output.tcp);
  }
  return errors;
}

class Feeds::Impl {
 public:
  explicit Impl(Options given) : options(std::move(given)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { Stop(); }
  void Stop() {
    for (const auto& feed : feeds) feed->Stop();
    io.stop();
    if (thread.joinable()) thread.join();
  }

  void Watch() {
    watch.expires_after(kWatchPeriod);
    watch.async_wait([this](error_code ec) {
      if (ec) return;
      for (const auto& feed : feeds) feed->CheckSilence();
      Watch();
    });
  }

  const Options options;
  asio::io_context io{1};
  asio::steady_timer watch{io};
  /// A feed of a broker has nothing under way here while no message comes.
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::vector<std::unique_ptr<Feed>> feeds;
  std::thread thread;
};

Feeds::Feeds() = default;
Feeds::~Feeds() { Stop(); }

tl::expected<void, Error> Feeds::Start(const std::vector<InputFeed>& feeds,
                                       const FeedDecoder& decoder, Service& service,
                                       Options options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  for (std::size_t i = 0; i < feeds.size(); ++i) {
    const InputFeed& feed = feeds[i];
    const auto fail = [&](const std::string& what) {
      Error error;
      error.field = "input[" + std::to_string(i) + "]";
      error.what = what;
      return tl::unexpected<Error>(std::move(error));
    };
    if (!feed.listen.empty()) {
      const auto address = ParseListenAddress(feed.listen);
      error_code ec;
      const auto ip = address ? asio::ip::make_address(address->host, ec) : asio::ip::address();
      if (!address || ec) return fail("'" + feed.listen + "' is not an address to listen on");
      auto tls = MakeTls(feed.tls, TlsRole::kServer, {}, impl->options.site_path);
      if (!tls) return fail(tls.error().Text());
      impl->feeds.push_back(std::make_unique<SapientFeed>(
          impl->io, tcp::endpoint(ip, address->port),
          (feed.tls.on ? "sapient tls " : "sapient ") + feed.listen, std::move(*tls),
          impl->options.sapient, service, impl->options));
      continue;
    }
    auto made = decoder(feed);
    if (!made) return fail(made.error().Text());
    if (!feed.file.empty()) {
      impl->feeds.push_back(std::make_unique<FileFeed>(impl->io, feed.file, feed.file,
                                                       std::move(*made), service, impl->options));
      continue;
    }
    if (!feed.mqtt.broker.empty()) {
      auto link = MqttOptionsOf(feed.mqtt, feed.tls, impl->options.site_path);
      if (!link) return fail(link.error().Text());
      impl->feeds.push_back(
          std::make_unique<MqttFeed>(impl->io, std::move(*link), feed.mqtt.status,
                                     (feed.tls.on ? "mqtt tls " : "mqtt ") + feed.mqtt.broker,
                                     std::move(*made), service, impl->options));
      continue;
    }
    const std::string& where =
        !feed.tcp.empty() ? feed.tcp : (!feed.zmq.empty() ? feed.zmq : feed.udp);
    const auto address = ParseListenAddress(where);
    if (!address) return fail(address.error().Text());
    if (!feed.zmq.empty()) {
      impl->feeds.push_back(std::make_unique<ZmqFeed>(impl->io, *address, "zmq " + feed.zmq,
                                                      std::move(*made), service, impl->options));
      continue;
    }
    if (!feed.tcp.empty()) {
      auto tls = MakeTls(feed.tls, TlsRole::kClient, address->host, impl->options.site_path);
      if (!tls) return fail(tls.error().Text());
      impl->feeds.push_back(std::make_unique<TcpFeed>(impl->io, *address, std::move(*tls),
                                                      (feed.tls.on ? "tls " : "tcp ") + feed.tcp,
                                                      std::move(*made), service, impl->options));
      continue;
    }
    error_code ec;
    const auto ip = asio::ip::make_address(address->host, ec);
    if (ec) return fail("'" + address->host + "' is not an address to receive datagrams on");
    const std::string& card = feed.multicast.interface;
    const auto interface =
        card.empty() ? asio::ip::address_v4() : asio::ip::make_address_v4(card, ec);
    if (ec) return fail("'" + card + "' is not the address of a network card");
    impl->feeds.push_back(std::make_unique<UdpFeed>(impl->io, udp::endpoint(ip, address->port),
                                                    interface, "udp " + feed.udp, std::move(*made),
                                                    service, impl->options));
  }
  impl_ = std::move(impl);
  if (impl_->feeds.empty()) return {};
  for (const auto& feed : impl_->feeds) {
    asio::post(impl_->io, [&feed = *feed] { feed.Start(); });
  }
  impl_->Watch();
  impl_->thread = std::thread([io = &impl_->io] { io->run(); });
  return {};
}

std::vector<FeedHealth> Feeds::Health() const {
  std::vector<FeedHealth> all;
  if (!impl_) return all;
  for (const auto& feed : impl_->feeds) all.push_back(feed->Health());
  return all;
}

void Feeds::Stop() {
  if (impl_) impl_->Stop();
}

}  // namespace picket
