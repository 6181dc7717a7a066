// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/evaluate.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <unordered_map>

#include "picket/base/assert.h"
#include "picket/evaluate/assignment.h"

namespace picket {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double Ratio(double sum, double count) { return count > 0.0 ? sum / count : kNone; }

double ShareOrZero(double sum, double count) { return count > 0.0 ? sum / count : 0.0; }

/// Both exist at one instant of the window, nearer than the cutoff.
struct Near {
  int truth = 0;
  int track = 0;
  double distance_m = 0.0;
};

}  // namespace

class Evaluator::Impl {
 public:
  explicit Impl(const EvaluationOptions& options) : options_(options) {
    PICKET_ASSERT(options.cutoff_m > 0.0, "the cutoff of GOSPA is over 0");
    PICKET_ASSERT(options.dimensions == 2 || options.dimensions == 3, "2 or 3 dimensions");
    PICKET_ASSERT(options.window >= 1 && options.window <= 64, "a window has 1 to 64 instants");
  }

  void Add(const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks);
  void CountWithoutPicture() { ++scores_.without_picture; }
  [[nodiscard]] Scores Result() const;

 private:
  [[nodiscard]] double Distance(const ScoredTruth& truth, const ScoredTrack& track) const {
    const Eigen::Vector3d d = track.p_L - truth.p_L;
    return options_.dimensions == 2 ? d.head<2>().norm() : d.norm();
  }
  [[nodiscard]] std::vector<Near> NearPairs(const std::vector<ScoredTruth>& truths,
                                            const std::vector<ScoredTrack>& tracks) const;
  void AddAssigned(const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks,
                   const std::vector<Edge>& assigned);
  void AddSiap(const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks,
               const std::vector<Near>& near);
  void AddOspa2(const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks,
                const std::vector<Near>& near);

  /// What is remembered of one target.
  struct Target {
    std::int64_t alive = 0;
    std::int64_t tracked = 0;
    std::uint64_t last_track = 0;  ///< 0: none yet
    std::int64_t last_instant = -1;
  };

  EvaluationOptions options_;
  Scores scores_;  ///< sums, until Result divides them
  double loc_sum_ = 0.0;
  std::int64_t missed_sum_ = 0;
  std::int64_t false_sum_ = 0;
  std::int64_t truth_sum_ = 0;
  std::int64_t track_sum_ = 0;
  std::int64_t assigned_sum_ = 0;
  std::int64_t siap_tracked_ = 0;  ///< targets with a track
  std::int64_t siap_tracks_ = 0;   ///< tracks with a target
  std::int64_t siap_velocities_ = 0;
  std::map<std::string, Target> targets_;
  std::map<std::string, std::uint64_t> truths_in_window_;  ///< presence masks
  std::map<std::uint64_t, std::uint64_t> tracks_in_window_;
  struct Gain {
    std::string truth;
    std::uint64_t track = 0;
    double gain_m = 0.0;  ///< cutoff less distance
  };
  std::deque<std::vector<Gain>> gains_;  ///< of each instant of the window
};

std::vector<Near> Evaluator::Impl::NearPairs(const std::vector<ScoredTruth>& truths,
                                             const std::vector<ScoredTrack>& tracks) const {
  // A grid of cells as wide as the cutoff: what is near lies in the same cell or one beside it.
  const auto cell = [&](double x) {
    return static_cast<std::int64_t>(std::floor(x / options_.cutoff_m));
  };
  const auto key = [](std::int64_t i, std::int64_t j) { return (i << 32) ^ (j & 0xffffffff); };
  std::unordered_map<std::int64_t, std::vector<int>> grid;
  for (std::size_t i = 0; i < truths.size(); ++i) {
    grid[key(cell(truths[i].p_L.x()), cell(truths[i].p_L.y()))].push_back(static_cast<int>(i));
  }
  std::vector<Near> near;
  for (std::size_t j = 0; j < tracks.size(); ++j) {
    const std::int64_t x = cell(tracks[j].p_L.x());
    const std::int64_t y = cell(tracks[j].p_L.y());
    for (std::int64_t dx = -1; dx <= 1; ++dx) {
      for (std::int64_t dy = -1; dy <= 1; ++dy) {
        const auto found = grid.find(key(x + dx, y + dy));
        if (found == grid.end()) continue;
        for (const int i : found->second) {
          const double distance_m = Distance(truths[i], tracks[j]);
          if (distance_m < options_.cutoff_m) near.push_back({i, static_cast<int>(j), distance_m});
        }
      }
    }
  }
  std::sort(near.begin(), near.end(), [](const Near& a, const Near& b) {
    return std::pair(a.truth, a.track) < std::pair(b.truth, b.track);
  });
  return near;
}

void Evaluator::Impl::Add(const std::vector<ScoredTruth>& truths,
                          const std::vector<ScoredTrack>& tracks) {
  const double c2 = options_.cutoff_m * options_.cutoff_m;
  const std::vector<Near> near = NearPairs(truths, tracks);
  std::vector<Edge> edges;
  edges.reserve(near.size());
  for (const Near& n : near) edges.push_back({n.truth, n.track, n.distance_m * n.distance_m});
  const auto n = static_cast<std::int64_t>(truths.size());
  const auto m = static_cast<std::int64_t>(tracks.size());
  // The assignment that is best for GOSPA with alpha = 2 is best for OSPA as well: both charge c^p
  // for a target and a track that stay alone.
  const std::vector<Edge> assigned =
      BestMatching(static_cast<int>(n), static_cast<int>(m), edges, c2);
  const auto k = static_cast<std::int64_t>(assigned.size());
  double loc = 0.0;
  for (const Edge& edge : assigned) loc += edge.cost;

  const double gospa2 = loc + static_cast<double>(n - k + m - k) * c2 / 2.0;
  scores_.gospa_mean += std::sqrt(gospa2);
  scores_.gospa_rms += gospa2;
  loc_sum_ += loc;
  missed_sum_ += n - k;
  false_sum_ += m - k;
  truth_sum_ += n;
  track_sum_ += m;
  assigned_sum_ += k;
  const auto most = static_cast<double>(std::max(n, m));
  if (most > 0) {
    scores_.ospa_mean += std::sqrt((loc + c2 * (most - static_cast<double>(k))) / most);
  }
  AddAssigned(truths, tracks, assigned);
  AddSiap(truths, tracks, near);
  AddOspa2(truths, tracks, near);
  ++scores_.instants;
}

void Evaluator::Impl::AddAssigned(const std::vector<ScoredTruth>& truths,
                                  const std::vector<ScoredTrack>& tracks,
                                  const std::vector<Edge>& assigned) {
  for (const ScoredTruth& truth : truths) ++targets_[truth.id].alive;
  for (const Edge& edge : assigned) {
    const ScoredTruth& truth = truths[edge.row];
    const ScoredTrack& track = tracks[edge.column];
    Target& target = targets_[truth.id];
    ++target.tracked;
    if (target.last_track != 0) {
      if (target.last_track != track.id) ++scores_.switches;
      if (target.last_instant != scores_.instants - 1) ++scores_.fragments;
    }
    target.last_track = track.id;
    target.last_instant = scores_.instants;

    const ClassProbabilities& p = track.class_probability;
    const auto likeliest = std::max_element(p.begin(), p.end());
    if (*likeliest <= 0.0) continue;
    const auto truly = static_cast<std::size_t>(truth.target_class);
    const auto said = static_cast<std::size_t>(likeliest - p.begin());
    ++scores_.classified;
    ++scores_.confusion[truly][said];
    scores_.class_correct += truly == said ? 1.0 : 0.0;
    scores_.class_probability += p[truly];
  }
}

void Evaluator::Impl::AddSiap(const std::vector<ScoredTruth>& truths,
                              const std::vector<ScoredTrack>& tracks,
                              const std::vector<Near>& near) {
  std::vector<const Near*> nearest(tracks.size(), nullptr);
  for (const Near& pair : near) {
    const Near*& best = nearest[pair.track];
    if (best == nullptr || pair.distance_m < best->distance_m) best = &pair;
  }
  std::vector<char> tracked(truths.size());
  for (const Near* pair : nearest) {
    if (pair == nullptr) continue;
    tracked[pair->truth] = 1;
    ++siap_tracks_;
    scores_.siap_position_m += pair->distance_m;
    const Eigen::Vector3d dv = tracks[pair->track].v_L - truths[pair->truth].v_L;
    const double error = options_.dimensions == 2 ? dv.head<2>().norm() : dv.norm();
    if (std::isnan(error)) continue;
    ++siap_velocities_;
    scores_.siap_velocity_mps += error;
  }
  siap_tracked_ += std::count(tracked.begin(), tracked.end(), 1);
}

void Evaluator::Impl::AddOspa2(const std::vector<ScoredTruth>& truths,
                               const std::vector<ScoredTrack>& tracks,
                               const std::vector<Near>& near) {
  const std::uint64_t window =
      options_.window == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << options_.window) - 1;
  const auto age = [window](auto& masks) {
    for (auto it = masks.begin(); it != masks.end();) {
      it->second = it->second << 1U & window;
      it = it->second == 0 ? masks.erase(it) : std::next(it);
    }
  };
  age(truths_in_window_);
  age(tracks_in_window_);
  for (const ScoredTruth& truth : truths) truths_in_window_[truth.id] |= 1U;
  for (const ScoredTrack& track : tracks) tracks_in_window_[track.id] |= 1U;
  std::vector<Gain>& newest = gains_.emplace_back();
  for (const Near& pair : near) {
    newest.push_back(
        {truths[pair.truth].id, tracks[pair.track].id, options_.cutoff_m - pair.distance_m});
  }
  if (gains_.size() > static_cast<std::size_t>(options_.window)) gains_.pop_front();

  std::unordered_map<std::string, int> row_of;
  std::unordered_map<std::uint64_t, int> column_of;
  std::vector<std::uint64_t> row_mask;
  std::vector<std::uint64_t> column_mask;
  for (const auto& [id, mask] : truths_in_window_) {
    row_of.emplace(id, static_cast<int>(row_mask.size()));
    row_mask.push_back(mask);
  }
  for (const auto& [id, mask] : tracks_in_window_) {
    column_of.emplace(id, static_cast<int>(column_mask.size()));
    column_mask.push_back(mask);
  }
  // The base distance is the mean over the instants at which either exists: the distance where
  // both do, the cutoff where one does. Only where they are near is it less than the cutoff.
  std::map<std::pair<int, int>, double> gain_m;
  for (const std::vector<Gain>& instant : gains_) {
    for (const Gain& gain : instant) {
      gain_m[{row_of.at(gain.truth), column_of.at(gain.track)}] += gain.gain_m;
    }
  }
  std::vector<Edge> edges;
  for (const auto& [pair, gain] : gain_m) {
    const int either = std::popcount(row_mask[pair.first] | column_mask[pair.second]);
    const double distance_m = options_.cutoff_m - gain / either;
    edges.push_back({pair.first, pair.second, distance_m * distance_m});
  }
  const double c2 = options_.cutoff_m * options_.cutoff_m;
  const std::vector<Edge> matching = BestMatching(static_cast<int>(row_mask.size()),
                                                  static_cast<int>(column_mask.size()), edges, c2);
  double sum = 0.0;
  for (const Edge& edge : matching) sum += edge.cost;
  const auto most = static_cast<double>(std::max(row_mask.size(), column_mask.size()));
  if (most > 0) {
    scores_.ospa2_mean +=
        std::sqrt((sum + c2 * (most - static_cast<double>(matching.size()))) / most);
  }
}

Scores Evaluator::Impl::Result() const {
  Scores s = scores_;
  const auto instants = static_cast<double>(s.instants);
  const double half = options_.cutoff_m * options_.cutoff_m / 2.0;
  const auto mean = [&](double sum) { return ShareOrZero(sum, instants); };
  s.gospa_mean = mean(s.gospa_mean);
  s.gospa_rms = std::sqrt(mean(s.gospa_rms));
  s.localisation_rms = std::sqrt(mean(loc_sum_));
  s.missed_mean = mean(static_cast<double>(missed_sum_));
  s.false_mean = mean(static_cast<double>(false_sum_));
  s.truths_mean = mean(static_cast<double>(truth_sum_));
  s.missed_rms = std::sqrt(s.missed_mean * half);
  s.false_rms = std::sqrt(s.false_mean * half);
  s.ospa_mean = mean(s.ospa_mean);
  s.ospa2_mean = mean(s.ospa2_mean);
  s.assigned_rms = std::sqrt(ShareOrZero(loc_sum_, static_cast<double>(assigned_sum_)));
  double shares = 0.0;
  for (const auto& [id, target] : targets_) {
    shares += static_cast<double>(target.tracked) / static_cast<double>(target.alive);
  }
  s.completeness = ShareOrZero(shares, static_cast<double>(targets_.size()));
  const auto tracked = static_cast<double>(siap_tracked_);
  const auto with_target = static_cast<double>(siap_tracks_);
  s.siap_completeness = ShareOrZero(tracked, static_cast<double>(truth_sum_));
  s.siap_ambiguity = ShareOrZero(with_target, tracked);
  s.siap_spuriousness =
      ShareOrZero(static_cast<double>(track_sum_ - siap_tracks_), static_cast<double>(track_sum_));
  s.siap_position_m = Ratio(s.siap_position_m, with_target);
  s.siap_velocity_mps = Ratio(s.siap_velocity_mps, static_cast<double>(siap_velocities_));
  const auto classified = static_cast<double>(s.classified);
  s.class_correct = Ratio(s.class_correct, classified);
  s.class_probability = Ratio(s.class_probability, classified);
  return s;
}

Evaluator::Evaluator(const EvaluationOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;

void Evaluator::Add(const std::vector<ScoredTruth>& truths,
                    const std::vector<ScoredTrack>& tracks) {
  impl_->Add(truths, tracks);
}

void Evaluator::AddWithoutPicture(const std::vector<ScoredTruth>& truths) {
  impl_->CountWithoutPicture();
  impl_->Add(truths, {});
}

Scores Evaluator::Result() const { return impl_->Result(); }

}  // namespace picket
