// SPDX-License-Identifier: Apache-2.0
#include "sapient_feed.h"

#include <array>
#include <boost/asio/write.hpp>
#include <deque>

#include "picket/codec/sapient_node.h"

namespace picket {
namespace {

using asio::ip::tcp;

constexpr std::size_t kReadBytes = 64U << 10U;
/// A sensor that does not read what it is answered is let go.
constexpr std::size_t kMaxUnsentBytes = 4U << 20U;
constexpr auto kTick = std::chrono::milliseconds(50);

}  // namespace

/// One connection.
class SapientFeed::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(SapientFeed& feed, tcp::socket socket, std::string from)
      : feed_(feed),
        socket_(std::move(socket)),
        from_(std::move(from)),
        tick_(feed.io_),
        silence_(feed.io_),
        node_(feed.site_.node_id, {{}, feed.site_.sensors, feed.site_.receiver}) {
    sink_.decode = feed.sink();
    sink_.send = [this](const std::string& bytes) { Send(bytes); };
    sink_.heard = [this](const std::string& sensor) { feed_.Heard(sensor); };
    sink_.note = [this](const std::string& line) { feed_.status_->Note(from_ + " " + line); };
  }

  void Start() {
    error_code ignored;
    socket_.tcp().set_option(asio::socket_base::keep_alive(true), ignored);
    socket_.tcp().set_option(tcp::no_delay(true), ignored);
    Watch();
    socket_.Handshake(feed_.tls_, [self = shared_from_this()](error_code ec) {
      if (ec) return self->End(self->socket_.Why(ec));
      self->Read();
      self->Tick();
    });
  }
  /// The socket is closed; what was under way ends.
  void Close() {
    socket_.Close();
    tick_.cancel();
    silence_.cancel();
  }

 private:
  void Watch() {
    silence_.expires_after(Chrono(feed_.options_.silent_after));
    silence_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec) self->End("silent");
    });
  }

  void Read() {
    Watch();
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](error_code ec, std::size_t n) {
                              if (ec) return self->End(self->socket_.Why(ec));
                              self->feed_.status_->Bytes(n);
                              self->node_.Feed({self->buffer_.data(), n}, WallClock(), self->sink_);
                              if (self->node_.broken())
                                return self->End("sent what is no SAPIENT stream");
                              self->feed_.Submit([self] { self->Read(); });
                            });
  }

  void Tick() {
    tick_.expires_after(kTick);
    tick_.async_wait([self = shared_from_this()](error_code ec) {
      if (ec || self->ended_) return;
      self->node_.Tick(WallClock(), self->sink_);
      self->feed_.Submit([] {});
      self->Tick();
    });
  }

  void Send(const std::string& bytes) {
    if (ended_) return;
    unsent_bytes_ += bytes.size();
    if (unsent_bytes_ > kMaxUnsentBytes) {
      // Not from within its own handler.
      asio::post(feed_.io_, [self = shared_from_this()] { self->End("does not read answers"); });
      return;
    }
    unsent_.push_back(bytes);
    if (unsent_.size() == 1) Write();
  }

  void Write() {
    asio::async_write(socket_, asio::buffer(unsent_.front()),
                      [self = shared_from_this()](error_code ec, std::size_t) {
                        if (ec) return;  // reading ends as well
                        self->unsent_bytes_ -= self->unsent_.front().size();
                        self->unsent_.pop_front();
                        if (!self->unsent_.empty()) self->Write();
                      });
  }

  void End(const std::string& why) {
    if (ended_) return;
    ended_ = true;
    node_.Finish(WallClock(), sink_);
    feed_.Submit([] {});
    feed_.status_->Note(from_ + " " + why);
    Close();
    feed_.sessions_.erase(shared_from_this());
    if (feed_.sessions_.empty()) feed_.status_->State("listening");
  }

  SapientFeed& feed_;
  LinkSocket socket_;
  std::string from_;
  asio::steady_timer tick_;
  asio::steady_timer silence_;
  sapient::FusionNode node_;
  sapient::FusionNode::Sink sink_;
  std::array<std::uint8_t, kReadBytes> buffer_{};
  std::deque<std::string> unsent_;
  std::size_t unsent_bytes_ = 0;
  bool ended_ = false;
};

SapientFeed::SapientFeed(asio::io_context& io, const tcp::endpoint& endpoint,
                         const std::string& name, TlsPtr tls, SapientSite site, Service& service,
                         const Feeds::Options& options)
    : Feed(io, name, nullptr, service, options),
      endpoint_(endpoint),
      acceptor_(io),
      tls_(std::move(tls)),
      site_(std::move(site)),
      backoff_(options, name) {}

SapientFeed::~SapientFeed() = default;

void SapientFeed::Start() {
  error_code ec;
  acceptor_.open(endpoint_.protocol(), ec);
  if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor_.bind(endpoint_, ec);
  if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) return Later(ec.message());
  backoff_.Reset();
  status_->State("listening");
  Accept();
}

void SapientFeed::Accept() {
  acceptor_.async_accept([this](error_code ec, tcp::socket socket) {
    if (ec == asio::error::operation_aborted) return;
    if (ec) return Later(ec.message());
    error_code gone;
    const auto from = socket.remote_endpoint(gone);
    if (!gone && sessions_.size() < kMaxSessions) {
      auto session = std::make_shared<Session>(
          *this, std::move(socket), from.address().to_string() + ":" + std::to_string(from.port()));
      sessions_.insert(session);
      session->Start();
    } else if (!gone) {
      status_->Fault("more than " + std::to_string(kMaxSessions) + " connections, one refused");
    }
    Accept();
  });
}

void SapientFeed::Later(const std::string& why) {
  error_code ignored;
  acceptor_.close(ignored);
  const auto after = backoff_.Next();
  status_->Down(why, after);
  timer_.expires_after(after);
  timer_.async_wait([this](error_code ec) {
    if (ec) return;
    status_->Reconnect();
    Start();
  });
}

}  // namespace picket
