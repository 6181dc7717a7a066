// SPDX-License-Identifier: Apache-2.0
#include "track/turn_votes.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace picket {
namespace {

constexpr double kTurn = 2.0 * std::numbers::pi;
constexpr double kLeastCell = 0.5 * kRadPerDeg;
constexpr double kMostCell = 5.0 * kRadPerDeg;
constexpr double kSigmas = 3.0;
constexpr double kRangeBiasM = 30.0;  // that the sensor may have beside
constexpr double kLeastLooks = 3.0;
constexpr double kLeastVotes = 8.0;
constexpr double kLeastShare = 0.4;     // of the targets awaited: the sensor misses some anyway
constexpr double kLeastSurprise = 6.0;  // sigmas over what wrong pairs alone give
constexpr double kMostLooks = 50.0;     // what is older fades

}  // namespace

std::optional<double> TurnVotes::Count(const Sensor& sensor, std::span<const AwaitedTarget> awaited,
                                       std::span<const Detection> detections) {
  const auto sd = [&](Component c) { return sensor.sd[static_cast<std::size_t>(c)]; };
  const auto cells = static_cast<int>(
      std::floor(kTurn / std::clamp(sd(Component::kAzimuth), kLeastCell, kMostCell)));
  if (votes_.empty()) votes_.assign(static_cast<std::size_t>(cells), 0.0);
  if (looks_ >= kMostLooks) {
    for (double& votes : votes_) votes *= 0.5;
    looks_ *= 0.5;
    awaited_ *= 0.5;
  }
  struct Vote {
    double angle;  // within half a turn of 0
    std::size_t target;
  };
  std::vector<Vote> now;
  for (const Detection& z : detections) {
    if (!z.measured.Has(Component::kRange) || !z.measured.Has(Component::kAzimuth)) continue;
    for (std::size_t t = 0; t < awaited.size(); ++t) {
      const double gate_m =
          kSigmas * (z.sd[static_cast<std::size_t>(Component::kRange)] + awaited[t].sd_m) +
          kRangeBiasM;
      if (std::abs(z[Component::kRange] - awaited[t].range_m) > gate_m) continue;
      now.push_back({std::remainder(z[Component::kAzimuth] - awaited[t].azimuth_rad, kTurn), t});
    }
  }
  const double cell_rad = kTurn / cells;
  for (const Vote& vote : now) {
    const auto cell = static_cast<int>(std::floor(vote.angle / cell_rad + 0.5));
    votes_[static_cast<std::size_t>((cell + cells) % cells)] += 1.0;
  }
  looks_ += 1.0;
  awaited_ += static_cast<double>(awaited.size());

  // Errors spread what is right over neighbours.
  const auto with_neighbours = [&](int cell) {
    double sum = 0.0;
    for (const int by : {cells - 1, 0, 1}) {
      sum += votes_[static_cast<std::size_t>((cell + by) % cells)];
    }
    return sum;
  };
  int peak = 0;
  for (int cell = 1; cell < cells; ++cell) {
    if (with_neighbours(cell) > with_neighbours(peak)) peak = cell;
  }
  const double votes = with_neighbours(peak);
  const double others =
      (std::accumulate(votes_.begin(), votes_.end(), 0.0) - votes) * 3.0 / (cells - 3);
  const double turn = std::remainder(peak * cell_rad, kTurn);
  if (looks_ < kLeastLooks || votes < std::max(kLeastVotes, kLeastShare * awaited_) ||
      votes < others + kLeastSurprise * std::sqrt(others + 1.0) ||
      std::abs(turn) < 2.0 * cell_rad) {
    return std::nullopt;
  }
  // More than one target says so in this look: one alone may be another one's neighbour.
  double sum = 0.0;
  double count = 0.0;
  std::vector<bool> by_target(awaited.size(), false);
  for (const Vote& vote : now) {
    const double off = std::remainder(vote.angle - turn, kTurn);
    if (std::abs(off) > 1.5 * cell_rad) continue;
    sum += off;
    count += 1.0;
    by_target[vote.target] = true;
  }
  if (std::count(by_target.begin(), by_target.end(), true) < 2) return std::nullopt;
  return std::remainder(turn + sum / count, kTurn);
}

}  // namespace picket
