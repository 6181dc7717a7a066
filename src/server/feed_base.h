// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "picket/base/random.h"
#include "picket/codec/json.h"
#include "picket/io/clock.h"
#include "picket/server/feed.h"

/// What the kinds of feeds have in common.
namespace picket {

namespace asio = boost::asio;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

/// While the service is busy, it is asked again this often.
inline constexpr auto kBusyRetry = std::chrono::milliseconds(5);

inline std::chrono::nanoseconds Chrono(Duration d) { return std::chrono::nanoseconds(d.ns()); }

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
  /// One line for the log that is no change of state.
  void Note(const std::string& text) {
    if (log_) log_(health_.name + ": " + text);
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
        service_(service),
        decoder_(std::move(decoder)),
        busy_(io) {
    sink_.on_message = [this](const DecodedMessage& message) { OnMessage(message); };
    sink_.on_error = [this](const Error& error) { status_->Fault(error.Text()); };
  }
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  virtual ~Feed() = default;
  virtual void Start() = 0;
  /// Called from another thread while the feeds' own still runs: what a feed has besides ends.
  virtual void Stop() {}
  [[nodiscard]] FeedHealth Health() const { return status_->Health(); }

 protected:
  /// Decodes what arrived and hands it to the service; then calls `next`, when there is room for
  /// more.
  void Take(std::span<const std::uint8_t> bytes, std::function<void()> next) {
    status_->Bytes();
    decoder_->Feed(bytes, WallClock(), sink_);
    Submit(std::move(next));
  }
  /// Hands what was decoded to the service; then calls `next`, when there is room for more.
  void Submit(std::function<void()> next) {
    if (!pending_.empty()) {
      const bool taken = service_.TrySubmit(pending_, [status = status_](const Outcome& outcome) {
        if (!outcome.failure.empty()) status->Fault(outcome.failure);
      });
      if (!taken) {
        waiting_.push_back(std::move(next));
        if (waiting_.size() == 1) Retry();
        return;
      }
      pending_.clear();
    }
    next();
  }
  const DecodeSink& sink() { return sink_; }
  void Heard(const std::string& sensor) { service_.Heard(sensor); }

  asio::io_context& io_;
  const Feeds::Options& options_;
  std::shared_ptr<FeedStatus> status_;
  asio::steady_timer timer_;
  Service& service_;

 private:
  void OnMessage(const DecodedMessage& message) {
    status_->Message();
    if (message.change) {
      auto live = LiveChangeOf(*message.change);
      if (!live) return status_->Fault(live.error().Text());
      pending_.push_back(std::move(*live));
    }
    if (!message.report) return;
    auto live = LiveReportOf(message, reader_);
    if (!live) return status_->Fault(live.error().Text());
    pending_.push_back(std::move(*live));
  }

  void Retry() {
    busy_.expires_after(kBusyRetry);
    busy_.async_wait([this](error_code ec) {
      if (ec) return;
      std::vector<std::function<void()>> waiting;
      waiting.swap(waiting_);
      for (auto& next : waiting) Submit(std::move(next));
    });
  }

  std::unique_ptr<StreamDecoder> decoder_;
  DecodeSink sink_;
  ReportReader reader_;
  std::vector<LiveReport> pending_;
  asio::steady_timer busy_;
  std::vector<std::function<void()>> waiting_;  ///< for the service to have room
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

}  // namespace picket
