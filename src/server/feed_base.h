// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cmath>
#include <cstdint>
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

enum class LinkDirection : std::uint8_t { kIn, kOut };

/// What health shows of a link; outlives the link in callbacks of the service. Any thread may call.
class FeedStatus {
 public:
  /// A link is silent after twice its longest pause of late, but not before this.
  static constexpr Duration kLeastSilence = Duration::Seconds(3.0);

  FeedStatus(std::string name, LinkDirection direction, std::function<void(const std::string&)> log)
      : log_(std::move(log)) {
    health_.name = std::move(name);
    health_.out = direction == LinkDirection::kOut;
  }
  [[nodiscard]] FeedHealth Health() const {
    const auto now = SteadyClock::now();
    const auto since_s = [now](SteadyClock::time_point then) {
      return std::chrono::duration<double>(now - then).count();
    };
    const std::scoped_lock lock(mutex_);
    FeedHealth health = health_;
    if (last_bytes_) health.age_s = since_s(*last_bytes_);
    if (last_report_) health.report_age_s = since_s(*last_report_);
    if (health.state == "down") health.retry_in_s = std::max(0.0, -since_s(retry_));
    health.bytes_per_s = bytes_.PerSecond(now);
    health.messages_per_s = messages_.PerSecond(now);
    health.reports_per_s = reports_.PerSecond(now);
    health.clock = clock_.Offset();
    return health;
  }
  void State(const std::string& state) { Set(state, {}); }
  /// @param after  then it is tried again
  void Down(const std::string& why, std::chrono::nanoseconds after) {
    {
      const std::scoped_lock lock(mutex_);
      retry_ = SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(after);
      health_.last_error = why;
    }
    Set("down", why);
  }
  /// One line for the log that is no change of state.
  void Note(const std::string& text) {
    if (log_) log_(health_.name + ": " + text);
  }
  /// So many came: the link is up.
  void Bytes(std::size_t count) {
    Count(count);
    State("up");
  }
  /// So many came or went.
  void Count(std::size_t count) {
    const auto now = SteadyClock::now();
    const std::scoped_lock lock(mutex_);
    if (last_bytes_ && *last_bytes_ >= up_since_) {
      // Pauses are forgotten by half in a minute.
      const double pause_s = std::chrono::duration<double>(now - *last_bytes_).count();
      longest_pause_s_ = std::max(pause_s, longest_pause_s_ * std::exp2(-pause_s / 60.0));
    }
    last_bytes_ = now;
    health_.bytes += count;
    bytes_.Add(now, count);
  }
  /// Says "silent" of a link that was up and has paused for long.
  /// @param at_most  of silence, whatever the pauses of late
  void CheckSilence(Duration at_most) {
    double pause_s = 0.0;
    {
      const std::scoped_lock lock(mutex_);
      if (health_.state != "up" || !last_bytes_) return;
      const auto since = std::max(*last_bytes_, up_since_);
      pause_s = std::chrono::duration<double>(SteadyClock::now() - since).count();
      const double patience_s = std::max(kLeastSilence.s(), 2.0 * longest_pause_s_);
      if (pause_s <= std::min(patience_s, at_most.s())) return;
    }
    Set("silent", "nothing comes any more");
  }
  void Message() {
    const std::scoped_lock lock(mutex_);
    ++health_.messages;
    messages_.Add(SteadyClock::now(), 1);
  }
  /// A report of that time has come.
  void ReportOf(Time time) {
    const double offset_s = (WallClock() - time).s();
    const std::scoped_lock lock(mutex_);
    last_report_ = SteadyClock::now();
    ++health_.reports;
    reports_.Add(*last_report_, 1);
    clock_.Add(offset_s);
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
  void Set(const std::string& state, const std::string& reason) {
    std::string line;
    {
      const std::scoped_lock lock(mutex_);
      health_.reason = reason;
      if (health_.state == state) return;
      health_.state = state;
      if (state == "up") up_since_ = SteadyClock::now();
      line = health_.name + ": " + state + (reason.empty() ? "" : " (" + reason + ")");
    }
    if (log_) log_(line);
  }

  mutable std::mutex mutex_;
  FeedHealth health_;
  std::optional<SteadyClock::time_point> last_bytes_;
  std::optional<SteadyClock::time_point> last_report_;
  SteadyClock::time_point up_since_;
  SteadyClock::time_point retry_;
  double longest_pause_s_ = 0.0;
  RateMeter bytes_{SteadyClock::now()};
  RateMeter messages_{SteadyClock::now()};
  RateMeter reports_{SteadyClock::now()};
  ClockMeter clock_;
  std::function<void(const std::string&)> log_;
};

/// One feed; everything on the feeds' thread.
class Feed {
 public:
  Feed(asio::io_context& io, std::string name, std::unique_ptr<StreamDecoder> decoder,
       Service& service, const Feeds::Options& options)
      : io_(io),
        options_(options),
        status_(std::make_shared<FeedStatus>(std::move(name), LinkDirection::kIn, options.log)),
        timer_(io),
        service_(service),
        decoder_(std::move(decoder)),
        busy_(io) {
    sink_.on_message = [this](const DecodedMessage& message) { OnMessage(message); };
    sink_.on_error = [this](const Error& error) { status_->Fault(error.Text()); };
    sink_.on_refused = [this](const std::string& sensor) { service_.CountMalformed(sensor); };
  }
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  virtual ~Feed() = default;
  virtual void Start() = 0;
  /// Called from another thread while the feeds' own still runs: what a feed has besides ends.
  virtual void Stop() {}
  [[nodiscard]] FeedHealth Health() const { return status_->Health(); }
  /// To be called every so often.
  virtual void CheckSilence() { status_->CheckSilence(options_.silent_after); }

 protected:
  /// Whether what was handed to the service is kept, where it keeps anything. Any thread may call.
  using Kept = std::function<void(bool)>;

  /// Decodes what arrived and hands it to the service; then calls `next`, when there is room for
  /// more.
  void Take(std::span<const std::uint8_t> bytes, std::function<void()> next) {
    Decode(bytes);
    Submit(std::move(next));
  }
  void Decode(std::span<const std::uint8_t> bytes) {
    status_->Bytes(bytes.size());
    decoder_->Feed(bytes, WallClock(), sink_);
  }
  /// To be handed to the service after what was decoded before it.
  void Add(const SensorChange& change) {
    auto live = LiveChangeOf(change);
    if (!live) return status_->Fault(live.error().Text());
    pending_.push_back(std::move(*live));
  }
  /// Hands what was decoded to the service; then calls `next`, when there is room for more, and
  /// `kept` (if there is one) once, when it is on disk or cannot be brought there.
  void Submit(std::function<void()> next, Kept kept = {}) {
    if (!pending_.empty()) {
      const bool taken =
          service_.TrySubmit(pending_, [status = status_, kept](const Outcome& outcome) {
            if (!outcome.failure.empty()) status->Fault(outcome.failure);
            if (kept) kept(outcome.failure.empty());
          });
      if (!taken) {
        waiting_.push_back({std::move(next), std::move(kept)});
        if (waiting_.size() == 1) Retry();
        return;
      }
      pending_.clear();
    } else if (kept) {
      kept(true);
    }
    next();
  }
  /// A report is about to be handed to the service.
  virtual void OnReport(const Report&) {}
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
    if (message.change) Add(*message.change);
    if (message.operator_place) service_.operators().Take(*message.operator_place, WallClock());
    if (!message.report) return;
    status_->ReportOf(message.report->time);
    OnReport(*message.report);
    auto live = LiveReportOf(message, reader_);
    if (!live) {
      service_.CountMalformed(message.report->sensor);
      return status_->Fault(live.error().Text());
    }
    pending_.push_back(std::move(*live));
  }

  void Retry() {
    busy_.expires_after(kBusyRetry);
    busy_.async_wait([this](error_code ec) {
      if (ec) return;
      std::vector<Waiting> waiting;
      waiting.swap(waiting_);
      for (Waiting& each : waiting) Submit(std::move(each.next), std::move(each.kept));
    });
  }

  std::unique_ptr<StreamDecoder> decoder_;
  DecodeSink sink_;
  ReportReader reader_;
  std::vector<LiveReport> pending_;
  asio::steady_timer busy_;
  /// Who waits for the service to have room.
  struct Waiting {
    std::function<void()> next;
    Kept kept;
  };
  std::vector<Waiting> waiting_;
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
  [[nodiscard]] std::chrono::nanoseconds Next() {
    const Duration now = wait_;
    wait_ = std::min(wait_ * 2, longest_);
    return Chrono(Duration::Seconds(now.s() * random_.Uniform(0.5, 1.0)));
  }

 private:
  Duration first_;
  Duration longest_;
  Duration wait_;
  Random random_;
};

}  // namespace picket
