// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace picket {

/// How much comes in a second, over the last ten whole seconds. Times must not run backwards.
class RateMeter {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::int64_t kWindowS = 10;

  explicit RateMeter(Clock::time_point start) : start_(start) {}
  void Add(Clock::time_point now, std::uint64_t count);
  /// Over less than ten seconds while the meter is younger; nothing in its first second.
  [[nodiscard]] std::optional<double> PerSecond(Clock::time_point now) const;

 private:
  struct Second {
    std::int64_t at = -1;
    std::uint64_t count = 0;
  };
  [[nodiscard]] std::int64_t SecondOf(Clock::time_point now) const {
    return std::chrono::duration_cast<std::chrono::seconds>(now - start_).count();
  }

  Clock::time_point start_;
  std::array<Second, kWindowS + 1> seconds_{};
};

/// By how much reports' times lie behind their arrival.
///
/// One-way messages cannot tell a clock that is late from a way that is long: this is the sum of
/// both (RFC 5905 needs the way back to part them). Only what is negative says more: nothing
/// arrives before it is sent, so then the sender's clock is ahead of ours by at least that much.
struct ClockOffset {
  double median_s = 0.0;  ///< arrival less the report's time: positive is late
  double spread_s = 0.0;  ///< 1.4826 times the median of the distances from it: the standard
                          ///< deviation where they are Gaussian (Rousseeuw & Croux, JASA 88 (424),
                          ///< 1993, section 1), sound while fewer than half are outliers
  double least_s = 0.0;   ///< nearest to the clock's own error: delays only add
  std::size_t reports = 0;  ///< that it is of, the latest
};

/// The clock offset of the last reports.
class ClockMeter {
 public:
  static constexpr std::size_t kReports = 64;

  void Add(double offset_s) { offsets_s_[count_++ % kReports] = offset_s; }
  /// Nothing before the first report.
  [[nodiscard]] std::optional<ClockOffset> Offset() const;

 private:
  std::array<double, kReports> offsets_s_{};
  std::size_t count_ = 0;
};

}  // namespace picket
