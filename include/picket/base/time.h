// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picket {

/// A span of time, whole nanoseconds, about +-292 years.
class Duration {
 public:
  constexpr Duration() = default;
  [[nodiscard]] static constexpr Duration Ns(std::int64_t ns) { return Duration(ns); }
  /// Rounded to the nearest nanosecond. Requires |s| < 9e9 (NaN is refused by the caller).
  [[nodiscard]] static constexpr Duration Seconds(double s) {
    return Duration(static_cast<std::int64_t>(s * 1e9 + (s < 0 ? -0.5 : 0.5)));
  }
  [[nodiscard]] constexpr std::int64_t ns() const { return ns_; }
  [[nodiscard]] constexpr double s() const { return static_cast<double>(ns_) * 1e-9; }
  constexpr auto operator<=>(const Duration&) const = default;  // NOLINT(modernize-use-nullptr)
  [[nodiscard]] constexpr Duration operator+(Duration o) const { return Duration(ns_ + o.ns_); }
  [[nodiscard]] constexpr Duration operator-(Duration o) const { return Duration(ns_ - o.ns_); }
  [[nodiscard]] constexpr Duration operator*(std::int64_t k) const { return Duration(ns_ * k); }

 private:
  explicit constexpr Duration(std::int64_t ns) : ns_(ns) {}
  std::int64_t ns_ = 0;
};

/// An instant, UTC, nanoseconds since 1970-01-01T00:00:00Z (POSIX: leap seconds not counted).
/// Valid from year 1970 to 2261; Parse and FromUnixSeconds refuse anything else.
class Time {
 public:
  constexpr Time() = default;
  [[nodiscard]] static constexpr Time Ns(std::int64_t ns) { return Time(ns); }
  /// Seconds since 1970 with a fraction; nothing if not finite or out of range.
  [[nodiscard]] static std::optional<Time> FromUnixSeconds(double s);
  /// RFC 3339: "2026-03-01T12:00:01.5Z" or with a numeric offset; up to nine decimals, more are
  /// cut.
  [[nodiscard]] static std::optional<Time> Parse(std::string_view text);
  [[nodiscard]] constexpr std::int64_t ns() const { return ns_; }
  /// RFC 3339 in UTC with exactly nine decimals; Parse gives the same instant back.
  [[nodiscard]] std::string Text() const;
  constexpr auto operator<=>(const Time&) const = default;  // NOLINT(modernize-use-nullptr)
  [[nodiscard]] constexpr Time operator+(Duration d) const { return Time(ns_ + d.ns()); }
  [[nodiscard]] constexpr Time operator-(Duration d) const { return Time(ns_ - d.ns()); }
  [[nodiscard]] constexpr Duration operator-(Time o) const { return Duration::Ns(ns_ - o.ns_); }

 private:
  explicit constexpr Time(std::int64_t ns) : ns_(ns) {}
  std::int64_t ns_ = 0;
};

}  // namespace picket
