// SPDX-License-Identifier: Apache-2.0
#include "picket/base/time.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

namespace picket {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr int kLastYear = 2261;  // int64 nanoseconds end in 2262

/// Reads exactly `count` digits from the front of `text`.
std::optional<int> TakeDigits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool Take(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<Time> Time::FromUnixSeconds(double s) {
  if (!(s >= 0.0) || s >= 9.19e9) return std::nullopt;
  const double whole = std::floor(s);
  return Time(static_cast<std::int64_t>(whole) * kNsPerSecond +
              static_cast<std::int64_t>(std::llround((s - whole) * 1e9)));
}

std::optional<Time> Time::Parse(std::string_view text) {
  const auto year = TakeDigits(text, 4);
  if (!year || !Take(text, "-")) return std::nullopt;
  const auto month = TakeDigits(text, 2);
  if (!month || !Take(text, "-")) return std::nullopt;
  const auto day = TakeDigits(text, 2);
  if (!day || !Take(text, "Tt ")) return std::nullopt;
  const auto hour = TakeDigits(text, 2);
  if (!hour || !Take(text, ":")) return std::nullopt;
  const auto minute = TakeDigits(text, 2);
  if (!minute || !Take(text, ":")) return std::nullopt;
  const auto second = TakeDigits(text, 2);
  if (!second) return std::nullopt;

  std::int64_t fraction_ns = 0;
  if (Take(text, ".")) {
    std::int64_t scale = kNsPerSecond / 10;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
      fraction_ns += scale * (text[digits] - '0');
      scale /= 10;
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
  }

  std::int64_t offset_s = 0;
  if (!Take(text, "Zz")) {
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const std::int64_t sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    const auto offset_hour = TakeDigits(text, 2);
    if (!offset_hour || !Take(text, ":")) return std::nullopt;
    const auto offset_minute = TakeDigits(text, 2);
    if (!offset_minute || *offset_hour > 23 || *offset_minute > 59) return std::nullopt;
    offset_s = sign * (*offset_hour * 3600 + *offset_minute * 60);
  }
  if (!text.empty()) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // A leap second (:60) is taken as the first second of the next minute, as POSIX time has none.
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  if (*year < 1970 || *year > kLastYear) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t s = days * 86400 + *hour * 3600 + *minute * 60 + *second - offset_s;
  if (s < 0) return std::nullopt;
  return Time(s * kNsPerSecond + fraction_ns);
}

std::string Time::Text() const {
  const std::chrono::sys_time<std::chrono::nanoseconds> instant{std::chrono::nanoseconds(ns_)};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(instant - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace picket
