// SPDX-License-Identifier: Apache-2.0
#include "picket/server/output.h"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "feed_base.h"
#include "picket/codec/cot.h"
#include "picket/server/http.h"
#include "sapient_output.h"
#include "tls.h"

namespace picket {
namespace {

using asio::ip::tcp;
using asio::ip::udp;

/// A picture of the track format as the events that show it. Tracks that were `shown` and are not
/// in it are taken off.
class Events {
 public:
  Events(const std::string& format, cot::Framing framing, Duration stale)
      : tak_(format == "tak"), framing_(framing), stale_(stale) {}

  std::vector<std::string> Of(const std::string& picture) {
    std::vector<std::string> events;
    // Written by ourselves, so that what is not there is a broken invariant.
    const nlohmann::json json = nlohmann::json::parse(picture);
    const Time time = *Time::Parse(json.at("time").get<std::string>());
    std::map<std::string, bool> now;
    for (const auto& track : json.at("tracks")) {
      cot::Target target;
      target.time = time;
      target.id = std::to_string(track.at("id").get<std::uint64_t>());
      target.lat_deg = track.at("lat_deg");
      target.lon_deg = track.at("lon_deg");
      target.hae_m = track.at("alt_hae_m").get<double>();
      target.vel_enu_mps = track.at("vel_enu_mps").get<std::array<double, 3>>();
      target.sd_m = track.at("sd_m").get<std::array<double, 3>>();
      double most = 0.5;  // a kind is shown once it is more likely than all others together
      for (const auto& [name, p] : track.at("class").items()) {
        const auto known = ParseClass(name);
        if (!known || p.get<double>() <= most) continue;
        most = p;
        target.target_class = ClassName(*known);
      }
      now[target.id] = true;
      events.push_back(Written(cot::TrackEvent(target, stale_)));
    }
    for (const auto& [id, unused] : shown_) {
      if (!now.contains(id)) events.push_back(Written(cot::DeleteEvent(id, time)));
    }
    shown_ = std::move(now);
    return events;
  }
  /// Nobody has seen anything yet: a new connection.
  void Forget() { shown_.clear(); }

 private:
  [[nodiscard]] std::string Written(const cot::Event& event) const {
    return tak_ ? cot::WriteTak(event, framing_) : cot::WriteXml(event) + "\n";
  }

  bool tak_;
  cot::Framing framing_;
  Duration stale_;
  std::map<std::string, bool> shown_;
};

/// One output; everything on the outputs' thread.
class Output : public std::enable_shared_from_this<Output> {
 public:
  Output(asio::io_context& io, const OutputFeed& feed, std::string name, cot::Framing framing,
         Backend& backend, const std::function<void(const std::string&)>& log)
      : io_(io),
        status_(std::move(name), log),
        events_(feed.format, framing, Duration::Seconds(feed.stale_s)),
        every_(Chrono(Duration::Seconds(feed.every_s))),
        backend_(backend),
        timer_(io) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  virtual ~Output() = default;

  void Start() {
    timer_.expires_after(every_);
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (ec) return;
      if (self->Ready()) {
        self->backend_.AskPicture([weak = self->weak_from_this()](const std::string& picture) {
          const auto alive = weak.lock();
          if (!alive) return;
          asio::post(alive->io_, [alive, picture] { alive->Send(alive->events_.Of(picture)); });
        });
      }
      self->Start();
    });
  }
  [[nodiscard]] FeedHealth Health() const { return status_.Health(); }

 protected:
  /// Whether a picture could be sent now.
  virtual bool Ready() = 0;
  virtual void Send(std::vector<std::string> events) = 0;
  void Sent(std::size_t count) {
    status_.Bytes();
    for (std::size_t i = 0; i < count; ++i) status_.Message();
  }

  asio::io_context& io_;
  FeedStatus status_;
  Events events_;

 private:
  std::chrono::nanoseconds every_;
  Backend& backend_;
  asio::steady_timer timer_;
};

class UdpOutput final : public Output {
 public:
  UdpOutput(asio::io_context& io, const OutputFeed& feed, const udp::endpoint& to, Backend& backend,
            const std::function<void(const std::string&)>& log)
      : Output(io, feed, feed.format + " udp " + feed.udp, cot::Framing::kMesh, backend, log),
        to_(to),
        socket_(io) {}

 private:
  bool Ready() override {
    error_code ec;
    if (!socket_.is_open()) socket_.open(to_.protocol(), ec);
    if (ec) status_.State("waiting", ec.message());
    return !ec;
  }
  void Send(std::vector<std::string> events) override {
    std::size_t sent = 0;
    for (const std::string& event : events) {
      error_code ec;
      socket_.send_to(asio::buffer(event), to_, 0, ec);
      if (ec) {
        status_.Fault(ec.message());
      } else {
        ++sent;
      }
    }
    Sent(sent);
  }

  udp::endpoint to_;
  udp::socket socket_;
};

class TcpOutput final : public Output {
 public:
  TcpOutput(asio::io_context& io, const OutputFeed& feed, ListenAddress to, TlsPtr tls,
            Backend& backend, const std::function<void(const std::string&)>& log)
      : Output(io, feed, feed.format + (feed.tls.on ? " tls " : " tcp ") + feed.tcp,
               cot::Framing::kStream, backend, log),
        to_(std::move(to)),
        tls_(std::move(tls)),
        resolver_(io),
        watch_(io),
        backoff_({}, to_.host) {}

 private:
  enum class State : std::uint8_t { kClosed, kConnecting, kIdle, kWriting };
  static constexpr auto kPatience = std::chrono::seconds(10);  ///< to connect, and to write

  /// One connection; an answer to what an earlier one had under way says nothing of this one.
  struct Connection {
    explicit Connection(asio::io_context& io) : socket(io) {}
    LinkSocket socket;
    std::string text;
    std::array<char, 16U << 10U> unread{};
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  bool Ready() override {
    if (state_ == State::kClosed && SteadyClock::now() >= again_) Connect();
    return state_ == State::kIdle;
  }
  void Connect() {
    state_ = State::kConnecting;
    connection_ = std::make_shared<Connection>(io_);
    Watch("no connection within 10 s");
    resolver_.async_resolve(
        to_.host, std::to_string(to_.port),
        [self = Self(), c = connection_](error_code ec, const tcp::resolver::results_type& found) {
          if (c != self->connection_) return;
          if (ec) return self->Close(ec.message());
          asio::async_connect(c->socket.tcp(), found,
                              [self, c](error_code error, const tcp::endpoint&) {
                                if (c != self->connection_) return;
                                if (error) return self->Close(error.message());
                                self->Handshake(c);
                              });
        });
  }
  void Handshake(const ConnectionPtr& c) {
    c->socket.Handshake(tls_, [self = Self(), c](error_code ec) {
      if (c != self->connection_) return;
      if (ec) return self->Close(c->socket.Why(ec));
      self->watch_.cancel();
      self->backoff_.Reset();
      self->status_.State("up");
      self->events_.Forget();
      self->state_ = State::kIdle;
      self->Read(c);
    });
  }
  /// A TAK server sends what others see; it lets go who does not read, and its end is noticed.
  void Read(const ConnectionPtr& c) {
    c->socket.async_read_some(asio::buffer(c->unread),
                              [self = Self(), c](error_code ec, std::size_t) {
                                if (c != self->connection_) return;
                                if (ec) return self->Close(c->socket.Why(ec));
                                self->Read(c);
                              });
  }
  void Send(std::vector<std::string> events) override {
    if (state_ != State::kIdle || events.empty()) return;
    const ConnectionPtr c = connection_;
    c->text.clear();
    for (const std::string& event : events) c->text += event;
    state_ = State::kWriting;
    Watch("does not take what is sent");
    asio::async_write(c->socket, asio::buffer(c->text),
                      [self = Self(), c, count = events.size()](error_code ec, std::size_t) {
                        if (c != self->connection_) return;
                        if (ec) return self->Close(c->socket.Why(ec));
                        self->watch_.cancel();
                        self->state_ = State::kIdle;
                        self->Sent(count);
                      });
  }
  void Watch(const char* why) {
    watch_.expires_after(kPatience);
    watch_.async_wait([self = Self(), c = connection_, why](error_code ec) {
      if (!ec && c == self->connection_) self->Close(why);
    });
  }
  void Close(const std::string& why) {
    watch_.cancel();
    connection_->socket.Close();
    connection_.reset();
    state_ = State::kClosed;
    again_ = SteadyClock::now() + Chrono(backoff_.Next());
    status_.Reconnect();
    status_.State("waiting", why);
  }
  std::shared_ptr<TcpOutput> Self() {
    return std::static_pointer_cast<TcpOutput>(shared_from_this());
  }

  ListenAddress to_;
  TlsPtr tls_;
  tcp::resolver resolver_;
  asio::steady_timer watch_;
  Backoff backoff_;
  ConnectionPtr connection_;
  State state_ = State::kClosed;
  SteadyClock::time_point again_;
};

}  // namespace

class Outputs::Impl {
 public:
  explicit Impl(Options given) : options(std::move(given)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { Stop(); }
  void Stop() {
    io.stop();
    if (thread.joinable()) thread.join();
  }

  const Options options;
  asio::io_context io{1};
  std::vector<std::shared_ptr<Output>> outputs;
  std::vector<std::shared_ptr<SapientOutput>> higher_nodes;
  std::thread thread;
};

Outputs::Outputs() = default;
Outputs::~Outputs() { Stop(); }

tl::expected<void, Error> Outputs::Start(const std::vector<OutputFeed>& outputs, Backend& backend,
                                         Options options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const OutputFeed& feed = outputs[i];
    const auto fail = [&](const std::string& what) {
      Error error;
      error.field = "output[" + std::to_string(i) + "]";
      error.what = what;
      return tl::unexpected<Error>(std::move(error));
    };
    const auto address = ParseListenAddress(feed.tcp.empty() ? feed.udp : feed.tcp);
    if (!address) return fail(address.error().Text());
    if (!feed.tcp.empty()) {
      auto tls = MakeTls(feed.tls, TlsRole::kClient, address->host, impl->options.site_path);
      if (!tls) return fail(tls.error().Text());
      if (feed.format == "sapient") {
        impl->higher_nodes.push_back(
            std::make_shared<SapientOutput>(impl->io, feed, *address, std::move(*tls), backend,
                                            impl->options.version, impl->options.log));
        continue;
      }
      impl->outputs.push_back(std::make_shared<TcpOutput>(impl->io, feed, *address, std::move(*tls),
                                                          backend, impl->options.log));
      continue;
    }
    error_code ec;
    const auto ip = asio::ip::make_address(address->host, ec);
    if (ec) return fail("'" + address->host + "' is not an address to send datagrams to");
    impl->outputs.push_back(std::make_shared<UdpOutput>(
        impl->io, feed, udp::endpoint(ip, address->port), backend, impl->options.log));
  }
  impl_ = std::move(impl);
  if (impl_->outputs.empty() && impl_->higher_nodes.empty()) return {};
  for (const auto& output : impl_->outputs) {
    asio::post(impl_->io, [output] { output->Start(); });
  }
  for (const auto& output : impl_->higher_nodes) {
    asio::post(impl_->io, [output] { output->Start(); });
  }
  impl_->thread = std::thread([io = &impl_->io] { io->run(); });
  return {};
}

std::vector<FeedHealth> Outputs::Health() const {
  std::vector<FeedHealth> all;
  if (!impl_) return all;
  for (const auto& output : impl_->outputs) all.push_back(output->Health());
  for (const auto& output : impl_->higher_nodes) all.push_back(output->Health());
  return all;
}

void Outputs::Stop() {
  if (impl_) impl_->Stop();
}

}  // namespace picket
