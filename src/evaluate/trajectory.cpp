// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/trajectory.h"

#include <fmt/format.h>

#include <coin/Clp_C_Interface.h>
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <unordered_map>
#include <utility>
#include <vector>

#include "picket/base/assert.h"

namespace picket {
namespace {

struct Pair {
  int truth = 0;
  int track = 0;
};

/// What an assignment of one pair at one instant spares: 1 - (d / c)^2.
struct Gain {
  int pair = 0;
  int instant = 0;
  double gain = 0.0;
};

/// Sums over a group's best assignment, in units of c^2.
struct Spared {
  double assigned = 0.0;  ///< pairs that are near and assigned, over the instants
  double gain = 0.0;
  double switches = 0.0;  ///< sum of |W_k+1 - W_k|
  bool solved = true;
};

/// The linear program of one group: variables W(k, p), and the rise and fall of each from one
/// instant to the next.
class GroupProgram {
 public:
  GroupProgram(const std::vector<Pair>& pairs, int instants, double switch_cost)
      : pairs_(pairs), instants_(instants), switch_cost_(switch_cost) {}

  Spared Solve(const std::vector<Gain>& gains);

 private:
  [[nodiscard]] int Assignment(int instant, int pair) const {
    return instant * static_cast<int>(pairs_.size()) + pair;
  }

  const std::vector<Pair>& pairs_;
  int instants_;
  double switch_cost_;  ///< gamma^2 / (2 c^2)
};

Spared GroupProgram::Solve(const std::vector<Gain>& gains) {
  const auto pair_count = static_cast<int>(pairs_.size());
  // A target or a track in several pairs is assigned at most once at each instant: one row.
  std::map<int, int> truth_row;
  std::map<int, int> track_row;
  for (const Pair& pair : pairs_) ++truth_row[pair.truth];
  for (const Pair& pair : pairs_) ++track_row[pair.track];
  int rows_per_instant = 0;
  for (auto* rows : {&truth_row, &track_row}) {
    for (auto& [id, row] : *rows) row = row > 1 ? rows_per_instant++ : -1;
  }
  const int once_rows = rows_per_instant * instants_;
  const int change_rows = pair_count * (instants_ - 1);
  const int assignments = pair_count * instants_;
  const int columns = assignments + 2 * change_rows;

  std::vector<double> cost(columns, 0.0);
  std::vector<double> upper(columns, 1.0);
  for (const Gain& gain : gains) cost[Assignment(gain.instant, gain.pair)] = -gain.gain;
  std::fill(cost.begin() + assignments, cost.end(), switch_cost_);
  std::vector<int> start = {0};
  std::vector<int> index;
  std::vector<double> value;
  const auto put = [&](int row, double x) {
    index.push_back(row);
    value.push_back(x);
  };
  for (int k = 0; k < instants_; ++k) {
    for (int p = 0; p < pair_count; ++p) {
      if (const int row = truth_row.at(pairs_[p].truth); row >= 0) {
        put(k * rows_per_instant + row, 1.0);
      }
      if (const int row = track_row.at(pairs_[p].track); row >= 0) {
        put(k * rows_per_instant + row, 1.0);
      }
      // W_k+1 - W_k - rise + fall = 0
      if (k > 0) put(once_rows + Assignment(k - 1, p), 1.0);
      if (k + 1 < instants_) put(once_rows + Assignment(k, p), -1.0);
      start.push_back(static_cast<int>(index.size()));
    }
  }
  for (const double sign : {-1.0, 1.0}) {
    for (int row = 0; row < change_rows; ++row) {
      put(once_rows + row, sign);
      start.push_back(static_cast<int>(index.size()));
    }
  }
  const std::vector<double> lower(columns, 0.0);
  std::vector<double> row_lower(once_rows + change_rows, 0.0);
  std::vector<double> row_upper(once_rows + change_rows, 0.0);
  std::fill(row_lower.begin(), row_lower.begin() + once_rows, -1.0);
  std::fill(row_upper.begin(), row_upper.begin() + once_rows, 1.0);

  const std::unique_ptr<Clp_Simplex, decltype(&Clp_deleteModel)> model(Clp_newModel(),
                                                                       &Clp_deleteModel);
  Clp_setLogLevel(model.get(), 0);
  Clp_loadProblem(model.get(), columns, once_rows + change_rows, start.data(), index.data(),
                  value.data(), lower.data(), upper.data(), cost.data(), row_lower.data(),
                  row_upper.data());
  Spared spared;
  spared.solved = Clp_initialDualSolve(model.get()) == 0;
  const double* solution = Clp_primalColumnSolution(model.get());
  for (const Gain& gain : gains) {
    const double w = solution[Assignment(gain.instant, gain.pair)];
    spared.assigned += w;
    spared.gain += w * gain.gain;
  }
  for (int k = 0; k + 1 < instants_; ++k) {
    for (int p = 0; p < pair_count; ++p) {
      spared.switches += std::abs(solution[Assignment(k + 1, p)] - solution[Assignment(k, p)]);
    }
  }
  return spared;
}

}  // namespace

class TrajectoryMetric::Impl {
 public:
  Impl(double cutoff_m, double switch_cost_m) : cutoff_m_(cutoff_m), switch_cost_m_(switch_cost_m) {
    PICKET_ASSERT(cutoff_m > 0.0 && switch_cost_m > 0.0, "cutoff and switch cost are over 0");
  }
  void Add(std::int64_t truths, std::int64_t tracks, std::span<const Near> near);
  [[nodiscard]] TrajectoryScore Result() const;

 private:
  /// The numbers of the pairs of each group.
  [[nodiscard]] std::vector<std::vector<int>> Groups() const;

  double cutoff_m_;
  double switch_cost_m_;
  std::int64_t instants_ = 0;
  std::int64_t truths_ = 0;
  std::int64_t tracks_ = 0;
  std::vector<Pair> pairs_;
  std::unordered_map<std::uint64_t, int> pair_of_;
  std::vector<Gain> gains_;
  bool too_many_ = false;
};

void TrajectoryMetric::Impl::Add(std::int64_t truths, std::int64_t tracks,
                                 std::span<const Near> near) {
  truths_ += truths;
  tracks_ += tracks;
  if (gains_.size() + near.size() > kMostNear) {
    too_many_ = true;
    gains_ = {};
  }
  if (!too_many_) {
    for (const Near& n : near) {
      PICKET_ASSERT(n.distance_m < cutoff_m_, "near is nearer than the cutoff");
      const auto key = static_cast<std::uint64_t>(n.truth) << 32U | static_cast<unsigned>(n.track);
      const auto [it, is_new] = pair_of_.emplace(key, static_cast<int>(pairs_.size()));
      if (is_new) pairs_.push_back({n.truth, n.track});
      const double share = n.distance_m / cutoff_m_;
      gains_.push_back({it->second, static_cast<int>(instants_), 1.0 - share * share});
    }
  }
  ++instants_;
}

std::vector<std::vector<int>> TrajectoryMetric::Impl::Groups() const {
  std::vector<int> parent(pairs_.size());
  std::iota(parent.begin(), parent.end(), 0);
  const auto find = [&](int i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  std::map<int, int> first_of_truth;
  std::map<int, int> first_of_track;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    const auto p = static_cast<int>(i);
    for (const int other : {first_of_truth.emplace(pairs_[i].truth, p).first->second,
                            first_of_track.emplace(pairs_[i].track, p).first->second}) {
      const auto [low, high] = std::minmax({find(p), find(other)});
      parent[high] = low;
    }
  }
  std::map<int, std::vector<int>> by_root;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    by_root[find(static_cast<int>(i))].push_back(static_cast<int>(i));
  }
  std::vector<std::vector<int>> groups;
  groups.reserve(by_root.size());
  for (auto& [root, group] : by_root) groups.push_back(std::move(group));
  return groups;
}

TrajectoryScore TrajectoryMetric::Impl::Result() const {
  TrajectoryScore score;
  if (instants_ == 0) {
    score.why_not = "there is no instant";
    return score;
  }
  if (too_many_) {
    score.why_not = fmt::format(
        "targets and tracks are near each other more than {} times, which is the limit", kMostNear);
    return score;
  }
  const std::vector<std::vector<int>> groups = Groups();
  std::vector<int> group_of(pairs_.size());
  std::vector<int> local(pairs_.size());  // number of a pair within its group
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::size_t i = 0; i < groups[g].size(); ++i) {
      group_of[groups[g][i]] = static_cast<int>(g);
      local[groups[g][i]] = static_cast<int>(i);
    }
  }
  // Gains stand in order of time, so the instants of each group number themselves.
  std::vector<std::vector<Gain>> gains(groups.size());
  std::vector<int> group_instants(groups.size(), 0);
  std::vector<int> last_instant(groups.size(), -1);
  for (const Gain& gain : gains_) {
    const int g = group_of[gain.pair];
    if (last_instant[g] != gain.instant) ++group_instants[g];
    last_instant[g] = gain.instant;
    gains[g].push_back({local[gain.pair], group_instants[g] - 1, gain.gain});
  }
  std::size_t in_all = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].size() == 1) continue;
    const std::size_t assignments = groups[g].size() * static_cast<std::size_t>(group_instants[g]);
    in_all += assignments;
    if (assignments <= kMostAssignments && in_all <= kMostAssignmentsInAll) continue;
    score.why_not = fmt::format(
        "the linear program is too large: {} pairs of a target and a track over {} instants in one "
        "group, with limits of {} in one group and {} in all",
        groups[g].size(), group_instants[g], kMostAssignments, kMostAssignmentsInAll);
    return score;
  }

  const double c2 = cutoff_m_ * cutoff_m_;
  const double half_gamma2 = switch_cost_m_ * switch_cost_m_ / 2.0;
  Spared all;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    Spared spared;
    if (groups[g].size() == 1) {
      // Nothing speaks against staying assigned all the time.
      spared.assigned = static_cast<double>(gains[g].size());
      for (const Gain& gain : gains[g]) spared.gain += gain.gain;
    } else {
      std::vector<Pair> pairs;
      for (const int p : groups[g]) pairs.push_back(pairs_[p]);
      spared = GroupProgram(pairs, group_instants[g], half_gamma2 / c2).Solve(gains[g]);
    }
    if (!spared.solved) {
      score.why_not = "the linear program's solver found no optimum";
      return score;
    }
    all.assigned += spared.assigned;
    all.gain += spared.gain;
    all.switches += spared.switches;
  }
  const auto instants = static_cast<double>(instants_);
  const auto root = [&](double cost) { return std::sqrt(std::max(0.0, cost) / instants); };
  const double localisation = (all.assigned - all.gain) * c2;
  const double missed = (static_cast<double>(truths_) - all.assigned) * c2 / 2.0;
  const double false_cost = (static_cast<double>(tracks_) - all.assigned) * c2 / 2.0;
  const double switches = all.switches * half_gamma2;
  score.computed = true;
  score.metric_m = root(localisation + missed + false_cost + switches);
  score.localisation_m = root(localisation);
  score.missed_m = root(missed);
  score.false_m = root(false_cost);
  score.switches_m = root(switches);
  return score;
}

TrajectoryMetric::TrajectoryMetric(double cutoff_m, double switch_cost_m)
    : impl_(std::make_unique<Impl>(cutoff_m, switch_cost_m)) {}
TrajectoryMetric::~TrajectoryMetric() = default;
TrajectoryMetric::TrajectoryMetric(TrajectoryMetric&&) noexcept = default;

void TrajectoryMetric::Add(std::int64_t truths, std::int64_t tracks, std::span<const Near> near) {
  impl_->Add(truths, tracks, near);
}

TrajectoryScore TrajectoryMetric::Result() const { return impl_->Result(); }

}  // namespace picket
