// SPDX-License-Identifier: Apache-2.0
#include "picket/server/meter.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace picket {
namespace {

/// Of a Gaussian, the standard deviation over the median distance from the median.
constexpr double kSdPerMedianDistance = 1.4826;

/// The upper of the two in the middle. Requires at least one value.
double Median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

void RateMeter::Add(Clock::time_point now, std::uint64_t count) {
  const std::int64_t at = SecondOf(now);
  Second& second = seconds_[static_cast<std::size_t>(at) % seconds_.size()];
  if (second.at != at) second = {at, 0};
  second.count += count;
}

std::optional<double> RateMeter::PerSecond(Clock::time_point now) const {
  const std::int64_t at = SecondOf(now);
  if (at < 1) return std::nullopt;
  std::uint64_t count = 0;
  for (const Second& second : seconds_) {
    if (second.at >= 0 && second.at < at && second.at >= at - kWindowS) count += second.count;
  }
  return static_cast<double>(count) / static_cast<double>(std::min(at, kWindowS));
}

std::optional<ClockOffset> ClockMeter::Offset() const {
  if (count_ == 0) return std::nullopt;
  ClockOffset offset;
  offset.reports = std::min(count_, kReports);
  std::vector<double> values(offsets_s_.begin(),
                             offsets_s_.begin() + static_cast<std::ptrdiff_t>(offset.reports));
  offset.least_s = *std::min_element(values.begin(), values.end());
  offset.median_s = Median(values);
  for (double& value : values) value = std::abs(value - offset.median_s);
  offset.spread_s = kSdPerMedianDistance * Median(values);
  return offset;
}

}  // namespace picket
