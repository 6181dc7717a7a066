// SPDX-License-Identifier: Apache-2.0
#include "picket/server/feed.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
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
#include <thread>
#include <utility>

#include "picket/base/random.h"
#include "picket/codec/json.h"
#include "picket/io/clock.h"
#include "picket/server/http.h"

namespace picket {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 64U << 10U;
constexpr int kDatagramBufferBytes = 4 << 20;
constexpr auto kConnectTimeout = std::chrono::seconds(10);
/// While the service is busy, it is asked again this often.
constexpr auto kBusyRetry = std::chrono::milliseconds(5);

std::chrono::nanoseconds Chrono(Duration d) { return std::chrono::nanoseconds(d.ns()); }

/// What health shows of a feed; outlives the feed in callbacks of the service.
class FeedStatus {
 public:
  explicit FeedStatus(std::string name, std::function<void(const std::string&)> log)
      : log_(std::move(log)) {
    health_.name = std::move(name);
    health_.state = "connecting";
  }
  [[nodiscard]] FeedHealth Health() const {
    const std::scoped_lock lock(mutex_);
    FeedHealth health = health_;
    if (last_bytes_) {
      health.age_s = std::chrono::duration<double>(SteadyClock::now() - *last_bytes_).count();
    }
    return health;
  }
  void State(const std::string& state, const std::string& error = {}) {
    std::string line;
    {
      const std::scoped_lock lock(mutex_);
      if (!error.empty()) health_.last_error = error;
      if (health_.state == state) return;
      health_.state = state;
      line = health_.name + ": " + state + (error.empty() ? "" : " (" + error + ")");
    }
    if (log_) log_(line);
  }
  void Bytes() {
    {
      const std::scoped_lock lock(mutex_);
      last_bytes_ = SteadyClock::now();
    }
    State("up");
  }
  void Message() {
    const std::scoped_lock lock(mutex_);
    ++health_.messages;
  }
  void Fault(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    ++health_.errors;
    health_.last_error = text;
  }
  void Reconnect() {
    const std::scoped_lock lock(mutex_);
    ++health_.reconnects;
  }

 private:
  mutable std::mutex mutex_;
  FeedHealth health_;
  std::optional<SteadyClock::time_point> last_bytes_;
  std::function<void(const std::string&)> log_;
};

/// One feed; everything on the feeds' thread.
class Feed {
 public:
  Feed(asio::io_context& io, std::string name, std::unique_ptr<StreamDecoder> decoder,
       Service& service, const Feeds::Options& options)
      : io_(io),
        options_(options),
        status_(std::make_shared<FeedStatus>(std::move(name), options.log)),
        timer_(io),
        decoder_(std::move(decoder)),
        service_(service) {
    sink_.on_message = [this](const DecodedMessage& message) { OnMessage(message); };
    sink_.on_error = [this](const Error& error) { status_->Fault(error.Text()); };
  }
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  virtual ~Feed() = default;
  virtual void Start() = 0;
  [[nodiscard]] FeedHealth Health() const { return status_->Health(); }

 protected:
  /// Decodes what arrived and hands it to the service; then calls `next`, when there is room for
  /// more.
  void Take(std::span<const std::uint8_t> bytes, std::function<void()> next) {
    status_->Bytes();
    received_ = WallClock();
    decoder_->Feed(bytes, received_, sink_);
    Submit(std::move(next));
  }
  StreamDecoder& decoder() { return *decoder_; }
  const DecodeSink& sink() { return sink_; }

  asio::io_context& io_;
  const Feeds::Options& options_;
  std::shared_ptr<FeedStatus> status_;
  asio::steady_timer timer_;

 private:
  void OnMessage(const DecodedMessage& message) {
    status_->Message();
    if (!message.report) return;
    auto live = LiveReportOf(message, reader_);
    if (!live) return status_->Fault(live.error().Text());
    pending_.push_back(std::move(*live));
  }

  void Submit(std::function<void()> next) {
    if (!pending_.empty()) {
      const bool taken = service_.TrySubmit(pending_, [status = status_](const Outcome& outcome) {
        if (!outcome.failure.empty()) status->Fault(outcome.failure);
      });
      if (!taken) {
        timer_.expires_after(kBusyRetry);
        timer_.async_wait([this, next = std::move(next)](error_code ec) mutable {
          if (!ec) Submit(std::move(next));
        });
        return;
      }
      pending_.clear();
    }
    next();
  }

  std::unique_ptr<StreamDecoder> decoder_;
  Service& service_;
  DecodeSink sink_;
  ReportReader reader_;
  std::vector<LiveReport> pending_;
  std::optional<Time> received_;
};

/// Doubles up to a limit; less by a random part.
class Backoff {
 public:
  Backoff(const Feeds::Options& options, std::string_view name)
      : first_(options.first_retry),
        longest_(options.longest_retry),
        wait_(first_),
        random_(static_cast<std::uint64_t>(WallClock().ns()), name) {}
  void Reset() { wait_ = first_; }
  [[nodiscard]] Duration Next() {
    const Duration now = wait_;
    wait_ = std::min(wait_ * 2, longest_);
    return Duration::Seconds(now.s() * random_.Uniform(0.5, 1.0));
  }

 private:
  Duration first_;
  Duration longest_;
  Duration wait_;
  Random random_;
};

class TcpFeed : public Feed {
 public:
  TcpFeed(asio::io_context& io, const ListenAddress& address, std::string name,
          std::unique_ptr<StreamDecoder> decoder, Service& service, const Feeds::Options& options)
      : Feed(io, name, std::move(decoder), service, options),
        address_(address),
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
          asio::async_connect(socket_, found, [this](error_code error, const tcp::endpoint&) {
            if (error) return Retry(error.message());
            // A peer that vanished without a word is noticed even while feeds may be silent.
            error_code ignored;
            socket_.set_option(asio::socket_base::keep_alive(true), ignored);
            Read();
          });
        });
  }

 private:
  void Read() {
    Watch(Chrono(options_.silent_after), "silent");
    socket_.async_read_some(asio::buffer(buffer_), [this](error_code ec, std::size_t n) {
      if (ec) return Retry(ec == asio::error::eof ? "the other side ended it" : ec.message());
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
      error_code ignored;
      socket_.close(ignored);
    });
  }

  void Retry(std::string why) {
    watch_.cancel();
    if (!why_.empty()) why = std::exchange(why_, {});
    error_code ignored;
    socket_.close(ignored);
    status_->State("waiting", why);
    timer_.expires_after(Chrono(backoff_.Next()));
    timer_.async_wait([this](error_code ec) {
      if (ec) return;
      status_->Reconnect();
      Start();
    });
  }

  ListenAddress address_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  asio::steady_timer watch_;
  Backoff backoff_;
  std::string why_;
  std::array<std::uint8_t, kReadBytes> buffer_{};
};

class UdpFeed : public Feed {
 public:
  UdpFeed(asio::io_context& io, const udp::endpoint& endpoint, std::string name,
          std::unique_ptr<StreamDecoder> decoder, Service& service, const Feeds::Options& options)
      : Feed(io, name, std::move(decoder), service, options),
        endpoint_(endpoint),
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
    if (!ec && group) socket_.set_option(asio::ip::multicast::join_group(endpoint_.address()), ec);
    if (ec) {
      socket_.close(ignored);
      status_->State("waiting", ec.message());
      timer_.expires_after(Chrono(backoff_.Next()));
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
    timer_.expires_after(Chrono(options_.silent_after));
    timer_.async_wait([this](error_code ec) {
      if (!ec && status_->Health().age_s) status_->State("silent", "no datagrams any more");
    });
    socket_.async_receive(asio::buffer(buffer_), [this](error_code ec, std::size_t n) {
      if (ec == asio::error::operation_aborted) return;
      if (ec) return Read();  // such as an ICMP answer to somebody else's datagram
      Take({buffer_.data(), n}, [this] { Read(); });
    });
  }

  udp::endpoint endpoint_;
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
      status_->State("waiting", std::strerror(errno));
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
    if (fd_ < 0) return status_->State("waiting", std::strerror(errno));
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

class Feeds::Impl {
 public:
  explicit Impl(Options given) : options(std::move(given)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    io.stop();
    if (thread.joinable()) thread.join();
  }

  const Options options;
  asio::io_context io{1};
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
    auto made = decoder(feed);
    if (!made) return fail(made.error().Text());
    if (!feed.file.empty()) {
      impl->feeds.push_back(std::make_unique<FileFeed>(impl->io, feed.file, feed.file,
                                                       std::move(*made), service, impl->options));
      continue;
    }
    const auto address = ParseListenAddress(feed.tcp.empty() ? feed.udp : feed.tcp);
    if (!address) return fail(address.error().Text());
    if (!feed.tcp.empty()) {
      impl->feeds.push_back(std::make_unique<TcpFeed>(impl->io, *address, "tcp " + feed.tcp,
                                                      std::move(*made), service, impl->options));
      continue;
    }
    error_code ec;
    const auto ip = asio::ip::make_address(address->host, ec);
    if (ec) return fail("'" + address->host + "' is not an address to receive datagrams on");
    impl->feeds.push_back(std::make_unique<UdpFeed>(impl->io, udp::endpoint(ip, address->port),
                                                    "udp " + feed.udp, std::move(*made), service,
                                                    impl->options));
  }
  impl_ = std::move(impl);
  if (impl_->feeds.empty()) return {};
  for (const auto& feed : impl_->feeds) {
    asio::post(impl_->io, [&feed = *feed] { feed.Start(); });
  }
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
  if (!impl_ || !impl_->thread.joinable()) return;
  impl_->io.stop();
  impl_->thread.join();
}

}  // namespace picket
