// SPDX-License-Identifier: Apache-2.0
#include "zmq_feed.h"

#include <boost/asio/post.hpp>
#include <optional>
#include <zmq.hpp>

namespace picket {
namespace {

constexpr std::int64_t kMaxMessageBytes = 8 << 20;
constexpr auto kWatchPeriod = std::chrono::milliseconds(200);

int Milliseconds(Duration d) { return static_cast<int>(d.ns() / 1'000'000); }

/// What happens to a connection, as ZeroMQ tells.
class Monitor : public zmq::monitor_t {
 public:
  using zmq::monitor_t::monitor_t;
  std::optional<bool> connected;
  std::string why;
  Duration retry;
  int lost = 0;

  void on_event_connected(const zmq_event_t&, const char*) override {
    connected = true;
    why.clear();
  }
  void on_event_disconnected(const zmq_event_t&, const char*) override {
    connected = false;
    why = "the other side ended it";
    ++lost;
  }
  /// Nobody answered: the event's value is the time in ms until the next attempt.
  void on_event_connect_retried(const zmq_event_t& event, const char*) override {
    connected = false;
    if (why.empty()) why = "no connection";
    retry = Duration::Ns(std::int64_t{1'000'000} * event.value);
  }
};

}  // namespace

class ZmqFeed::Subscriber {
 public:
  Subscriber(const ListenAddress& address, const Feeds::Options& options)
      : socket_(context_, zmq::socket_type::sub) {
    const std::string host =
        address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]";
    endpoint_ = "tcp://" + host + ":" + std::to_string(address.port);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::ipv6, 1);
    socket_.set(zmq::sockopt::maxmsgsize, kMaxMessageBytes);
    socket_.set(zmq::sockopt::reconnect_ivl, Milliseconds(options.first_retry));
    socket_.set(zmq::sockopt::reconnect_ivl_max, Milliseconds(options.longest_retry));
    // A peer that vanished without a word: as for a TCP feed.
    socket_.set(zmq::sockopt::tcp_keepalive, 1);
    socket_.set(zmq::sockopt::subscribe, "");
    monitor_.init(socket_, "inproc://monitor",
                  ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED);
  }

  void Connect() { socket_.connect(endpoint_); }
  [[nodiscard]] int fd() { return socket_.get(zmq::sockopt::fd); }
  /// The next message, if there is one: of several frames the last.
  [[nodiscard]] bool Next(zmq::message_t& message) {
    do {
      if (!socket_.recv(message, zmq::recv_flags::dontwait)) return false;
    } while (message.more());
    return true;
  }
  Monitor& monitor() { return monitor_; }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
  Monitor monitor_;
  std::string endpoint_;
};

ZmqFeed::ZmqFeed(asio::io_context& io, const ListenAddress& address, const std::string& name,
                 std::unique_ptr<StreamDecoder> decoder, Service& service,
                 const Feeds::Options& options)
    : Feed(io, name, std::move(decoder), service, options),
      subscriber_(std::make_unique<Subscriber>(address, options)),
      ready_(io, subscriber_->fd()) {}

// The descriptor is ZeroMQ's own.
ZmqFeed::~ZmqFeed() { ready_.release(); }

void ZmqFeed::Start() {
  try {
    subscriber_->Connect();
  } catch (const zmq::error_t& error) {
    return status_->Down(error.what(), {});
  }
  Watch();
  Read();
}

// The descriptor tells of changes only: whatever there is must be read before waiting again.
void ZmqFeed::Read() {
  zmq::message_t message;
  if (!subscriber_->Next(message)) return Await();
  std::string line(static_cast<const char*>(message.data()), message.size());
  line += '\n';
  Take({reinterpret_cast<const std::uint8_t*>(line.data()), line.size()},
       [this] { asio::post(io_, [this] { Read(); }); });
}

void ZmqFeed::Await() {
  ready_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code ec) {
    if (!ec) Read();
  });
}

void ZmqFeed::Watch() {
  Monitor& monitor = subscriber_->monitor();
  while (monitor.check_event(0)) {
    for (; monitor.lost > 0; --monitor.lost) status_->Reconnect();
  }
  if (monitor.connected) {
    if (!*monitor.connected) {
      status_->Down(monitor.why, Chrono(monitor.retry));
    } else if (const std::string state = status_->Health().state; state != "silent") {
      status_->State("up");
    }
  }
  timer_.expires_after(kWatchPeriod);
  timer_.async_wait([this](error_code ec) {
    if (!ec) Watch();
  });
}

}  // namespace picket
