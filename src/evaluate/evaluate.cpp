// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <map>
#include <unordered_map>

#include "evaluate/consistency.h"
#include "evaluate/surveillance.h"
#include "picket/base/assert.h"
#include "picket/evaluate/assignment.h"

namespace picket {
namespace {

double Ratio(double sum, double count) { return count > 0.0 ? sum / count : kNoFigure; }

double ShareOrZero(double sum, double count) { return count > 0.0 ? sum / count : 0.0; }

/// Both exist at one instant, not far from each other.
struct Near {
  int truth = 0;
  int track = 0;
  double distance_m = 0.0;
  double horizontal_m = 0.0;
};

}  // namespace

class Evaluator::Impl {
 public:
  explicit Impl(const EvaluationOptions& options)
      : options_(options),
        trajectory_(options.cutoff_m, options.switch_cost_m),
        position_(options.dimensions),
        state_(2 * options.dimensions) {
    PICKET_ASSERT(options.cutoff_m > 0.0, "the cutoff of GOSPA is over 0");
    PICKET_ASSERT(options.dimensions == 2 || options.dimensions == 3, "2 or 3 dimensions");
    PICKET_ASSERT(options.window >= 1 && options.window <= 64, "a window has 1 to 64 instants");
  }

  tl::expected<void, Error> Add(Time time, const std::vector<ScoredTruth>& truths,
                                const std::vector<ScoredTrack>& tracks);
  void CountWithoutPicture() { ++scores_.without_picture; }
  [[nodiscard]] Scores Result() const;
  [[nodiscard]] const PlotData& Plots() const { return plots_; }

 private:
  [[nodiscard]] double Norm(const Eigen::Vector3d& d) const {
    return options_.dimensions == 2 ? d.head<2>().norm() : d.norm();
  }
  /// Pairs nearer than the cutoff, or than false reports look for a target.
  [[nodiscard]] picket::Result<std::vector<Near>> NearPairs(
      const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks) const;
  void AddGospa(const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks,
                const std::vector<Edge>& assigned);
  void AddAssigned(const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks,
                   const std::vector<Edge>& assigned);
  void AddClass(const ScoredTruth& truth, const ScoredTrack& track);
  void AddConsistency(const ScoredTruth& truth, const ScoredTrack& track);
  void AddSiap(const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks,
               const std::vector<Near>& near);
  void AddOspa2(const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks,
                const std::vector<Near>& near);
  void AddStories(Time time, const std::vector<ScoredTruth>& truths);
  void AddTrajectory(const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks,
                     const std::vector<Near>& near);
  void AddPlots(Time time, const std::vector<ScoredTruth>& truths,
                const std::vector<ScoredTrack>& tracks);
  [[nodiscard]] double RangeOf(const Eigen::Vector3d& p_L) const;

  /// What is remembered of one target.
  struct Target {
    int number = 0;  ///< in order of their first instants
    std::int64_t alive = 0;
    std::int64_t tracked = 0;
    std::optional<std::uint64_t> last_track;
    std::int64_t last_instant = -1;                     ///< with a track
    std::map<std::uint64_t, std::int64_t> instants_of;  ///< of each track
    double square_sum = 0.0;
    double seconds_tracked = 0.0;
    Time last;
    UpdateGaps gaps;
    UpdateGaps gaps_once_tracked;
    TargetScore story;
  };
  /// What is remembered of one track.
  struct TrackLife {
    int number = 0;
    bool near = false;     ///< to any target, at any time
    double nis_sum = 0.0;  ///< as last stated
    int nis_degrees = 0;
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
  std::unordered_map<std::uint64_t, TrackLife> tracks_;
  TrajectoryMetric trajectory_;
  ConsistencyCounter position_;
  ConsistencyCounter state_;
  SurveillanceCounter surveillance_;
  PlotData plots_;
  PlotFigures now_{};                                      ///< of the instant that is being added
  std::map<std::string, std::uint64_t> truths_in_window_;  ///< presence masks
  std::map<std::uint64_t, std::uint64_t> tracks_in_window_;
  struct Gain {
    std::string truth;
    std::uint64_t track = 0;
    double gain_m = 0.0;  ///< cutoff less distance
  };
  std::deque<std::vector<Gain>> gains_;  ///< of each instant of the window
};

picket::Result<std::vector<Near>> Evaluator::Impl::NearPairs(
    const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks) const {
  // A grid of cells as wide as the reach: what is near lies in the same cell or one beside it.
  const double reach_m = std::max(options_.cutoff_m, SurveillanceCounter::kFalseBeyondM);
  const auto cell = [&](double x) { return static_cast<std::int64_t>(std::floor(x / reach_m)); };
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
          const Eigen::Vector3d d = tracks[j].p_L - truths[i].p_L;
          const double horizontal_m = d.head<2>().norm();
          if (horizontal_m < reach_m)
            near.push_back({i, static_cast<int>(j), Norm(d), horizontal_m});
        }
        if (near.size() > kMostNearPairs) {
          return Fail(
              fmt::format("more than {} pairs of a target and a track lie within {} m of "
                          "each other; a smaller cutoff (--c) may help",
                          kMostNearPairs, reach_m));
        }
      }
    }
  }
  std::sort(near.begin(), near.end(), [](const Near& a, const Near& b) {
    return std::pair(a.truth, a.track) < std::pair(b.truth, b.track);
  });
  return near;
}

tl::expected<void, Error> Evaluator::Impl::Add(Time time, const std::vector<ScoredTruth>& truths,
                                               const std::vector<ScoredTrack>& tracks) {
  PICKET_ASSERT(scores_.instants == 0 || time.ns() > scores_.to.ns(), "instants come in order");
  auto found = NearPairs(truths, tracks);
  if (!found) return tl::unexpected<Error>(std::move(found.error()));
  std::vector<char> has_target(tracks.size());
  for (const Near& n : *found) {
    if (n.horizontal_m <= SurveillanceCounter::kFalseBeyondM) has_target[n.track] = 1;
  }
  surveillance_.AddReports(static_cast<std::int64_t>(tracks.size()),
                           std::count(has_target.begin(), has_target.end(), 0));
  std::erase_if(*found, [&](const Near& n) { return n.distance_m >= options_.cutoff_m; });
  const std::vector<Near>& near = *found;

  now_.fill(kNoFigure);
  if (scores_.instants == 0) scores_.from = time;
  scores_.to = time;
  for (const ScoredTruth& truth : truths) {
    const auto [it, is_new] = targets_.try_emplace(truth.id);
    if (is_new) {
      it->second.number = static_cast<int>(targets_.size()) - 1;
      it->second.story.id = truth.id;
      it->second.story.target_class = truth.target_class;
      it->second.story.from = time;
    }
  }
  for (const ScoredTrack& track : tracks) {
    const auto number = static_cast<int>(tracks_.size());
    TrackLife& life = tracks_.try_emplace(track.id, TrackLife{number}).first->second;
    life.nis_sum = track.nis_sum;
    life.nis_degrees = track.nis_degrees;
  }
  for (const std::size_t ids : {targets_.size(), tracks_.size()}) {
    if (ids > kMostIds) {
      return Fail(fmt::format("there are more than {} different targets or tracks", kMostIds));
    }
  }
  for (const Near& n : near) tracks_.at(tracks[n.track].id).near = true;

  std::vector<Edge> edges;
  edges.reserve(near.size());
  for (const Near& n : near) edges.push_back({n.truth, n.track, n.distance_m * n.distance_m});
  // The assignment that is best for GOSPA with alpha = 2 is best for OSPA as well: both charge c^p
  // for a target and a track that stay alone.
  const std::vector<Edge> assigned =
      BestMatching(static_cast<int>(truths.size()), static_cast<int>(tracks.size()), edges,
                   options_.cutoff_m * options_.cutoff_m);
  AddGospa(truths, tracks, assigned);
  AddAssigned(truths, tracks, assigned);
  AddStories(time, truths);
  AddSiap(truths, tracks, near);
  AddOspa2(truths, tracks, near);
  AddTrajectory(truths, tracks, near);
  AddPlots(time, truths, tracks);
  ++scores_.instants;
  return {};
}

void Evaluator::Impl::AddGospa(const std::vector<ScoredTruth>& truths,
                               const std::vector<ScoredTrack>& tracks,
                               const std::vector<Edge>& assigned) {
  const double c2 = options_.cutoff_m * options_.cutoff_m;
  const auto n = static_cast<std::int64_t>(truths.size());
  const auto m = static_cast<std::int64_t>(tracks.size());
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
  const auto show = [&](PlotFigure f, double x) { now_[static_cast<std::size_t>(f)] = x; };
  show(PlotFigure::kGospa, std::sqrt(gospa2));
  show(PlotFigure::kLocalisation, loc);
  show(PlotFigure::kMissed, static_cast<double>(n - k) * c2 / 2.0);
  show(PlotFigure::kFalse, static_cast<double>(m - k) * c2 / 2.0);
  show(PlotFigure::kTruths, static_cast<double>(n));
  show(PlotFigure::kTracks, static_cast<double>(m));
  if (k > 0) show(PlotFigure::kPosition, std::sqrt(loc / static_cast<double>(k)));
}

void Evaluator::Impl::AddAssigned(const std::vector<ScoredTruth>& truths,
                                  const std::vector<ScoredTrack>& tracks,
                                  const std::vector<Edge>& assigned) {
  for (const ScoredTruth& truth : truths) ++targets_.at(truth.id).alive;
  double velocity2 = 0.0;
  std::int64_t velocities = 0;
  for (const Edge& edge : assigned) {
    const ScoredTruth& truth = truths[edge.row];
    const ScoredTrack& track = tracks[edge.column];
    Target& target = targets_.at(truth.id);
    ++target.tracked;
    ++target.instants_of[track.id];
    target.square_sum += edge.cost;
    if (target.last_track) {
      if (*target.last_track != track.id) ++target.story.switches;
      if (target.last_instant != scores_.instants - 1) ++target.story.fragments;
    }
    target.last_track = track.id;
    target.last_instant = scores_.instants;
    AddClass(truth, track);
    AddConsistency(truth, track);
    surveillance_.AddPair(truth, track);
    const double error = Norm(track.v_L - truth.v_L);
    if (std::isnan(error)) continue;
    velocity2 += error * error;
    ++velocities;
  }
  position_.EndInstant();
  state_.EndInstant();
  const auto show = [&](PlotFigure f, double x) { now_[static_cast<std::size_t>(f)] = x; };
  if (velocities > 0) {
    show(PlotFigure::kVelocity, std::sqrt(velocity2 / static_cast<double>(velocities)));
  }
  if (position_.last_count() > 0) {
    show(PlotFigure::kNees, position_.last_mean());
    show(PlotFigure::kNeesOf, static_cast<double>(position_.last_count()));
  }
}

void Evaluator::Impl::AddClass(const ScoredTruth& truth, const ScoredTrack& track) {
  const ClassProbabilities& p = track.class_probability;
  const auto likeliest = std::max_element(p.begin(), p.end());
  if (*likeliest <= 0.0 || !truth.target_class) return;
  const auto truly = static_cast<std::size_t>(*truth.target_class);
  const auto said = static_cast<std::size_t>(likeliest - p.begin());
  ++scores_.classified;
  ++scores_.confusion[truly][said];
  scores_.class_correct += truly == said ? 1.0 : 0.0;
  scores_.class_probability += p[truly];
}

void Evaluator::Impl::AddConsistency(const ScoredTruth& truth, const ScoredTrack& track) {
  if (track.covariance.isZero(0.0)) return;
  const int d = options_.dimensions;
  Eigen::VectorXd error(2 * d);
  error << (track.p_L - truth.p_L).head(d), (track.v_L - truth.v_L).head(d);
  Eigen::MatrixXd covariance(2 * d, 2 * d);
  for (const int i : {0, 1}) {
    for (const int j : {0, 1}) {
      covariance.block(i * d, j * d, d, d) = track.covariance.block(3 * i, 3 * j, d, d);
    }
  }
  if (!position_.Add(error.head(d), covariance.topLeftCorner(d, d))) {
    ++scores_.unusable_covariances;
  } else if (error.allFinite()) {
    state_.Add(error, covariance);
  }
}

void Evaluator::Impl::AddStories(Time time, const std::vector<ScoredTruth>& truths) {
  for (const ScoredTruth& truth : truths) {
    Target& target = targets_.at(truth.id);
    const bool tracked = target.last_instant == scores_.instants;
    if (target.alive > 1) {
      const Duration step = time - target.last;
      surveillance_.AddTruthStep(step);
      if (tracked) target.seconds_tracked += step.s();
    }
    target.last = target.story.to = time;
    target.gaps.At(time, tracked);
    if (target.tracked > 0) target.gaps_once_tracked.At(time, tracked);
    if (tracked && !target.story.first_track) {
      target.story.first_track = time;
      target.story.range_m = RangeOf(truth.p_L);
    }
    if (target.story.arrival) continue;
    for (const ScoredPlace& place : options_.places) {
      if ((truth.p_L - place.p_L).head<2>().norm() > place.radius_m) continue;
      target.story.arrival = time;
      target.story.place = place.name;
      break;
    }
  }
}

double Evaluator::Impl::RangeOf(const Eigen::Vector3d& p_L) const {
  double nearest = kNoFigure;
  for (const ScoredPlace& place : options_.places) {
    nearest = std::fmin(nearest, (p_L - place.p_L).norm());
  }
  if (options_.places.empty() && options_.range_from_L) {
    nearest = (p_L - *options_.range_from_L).norm();
  }
  return nearest;
}

void Evaluator::Impl::AddTrajectory(const std::vector<ScoredTruth>& truths,
                                    const std::vector<ScoredTrack>& tracks,
                                    const std::vector<Near>& near) {
  if (!options_.trajectory) return;
  std::vector<TrajectoryMetric::Near> numbered;
  numbered.reserve(near.size());
  for (const Near& n : near) {
    numbered.push_back({targets_.at(truths[n.truth].id).number,
                        tracks_.at(tracks[n.track].id).number, n.distance_m});
  }
  trajectory_.Add(static_cast<std::int64_t>(truths.size()),
                  static_cast<std::int64_t>(tracks.size()), numbered);
}

void Evaluator::Impl::AddPlots(Time time, const std::vector<ScoredTruth>& truths,
                               const std::vector<ScoredTrack>& tracks) {
  for (const ScoredTruth& truth : truths) plots_.AddTruth(truth.id, truth.p_L);
  for (const ScoredTrack& track : tracks) plots_.AddTrack(track.id, track.p_L);
  plots_.Add(time, now_);
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
    const double error = Norm(tracks[pair->track].v_L - truths[pair->truth].v_L);
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
  std::int64_t longest = 0;
  double seconds_tracked = 0.0;
  s.surveillance = surveillance_.Result();
  s.targets.resize(targets_.size());
  for (const auto& [id, target] : targets_) {
    const double share = static_cast<double>(target.tracked) / static_cast<double>(target.alive);
    shares += share;
    s.switches += target.story.switches;
    s.fragments += target.story.fragments;
    seconds_tracked += target.seconds_tracked;
    std::int64_t held = 0;
    for (const auto& [track, count] : target.instants_of) held = std::max(held, count);
    longest += held;
    const UpdateGaps::Counts counts = target.gaps.Result();
    s.surveillance.expected += counts.expected;
    s.surveillance.missed += counts.missed;
    s.surveillance.missed_in_long_gaps += counts.missed_in_long_gaps;
    const UpdateGaps::Counts once = target.gaps_once_tracked.Result();
    s.surveillance.expected_once_tracked += once.expected;
    s.surveillance.missed_once_tracked += once.missed;
    s.surveillance.missed_in_long_gaps_once_tracked += once.missed_in_long_gaps;
    TargetScore& story = s.targets[target.number];
    story = target.story;
    story.tracked = share;
    story.rms_m = std::sqrt(Ratio(target.square_sum, static_cast<double>(target.tracked)));
  }
  s.siap_longevity = ShareOrZero(static_cast<double>(longest), static_cast<double>(truth_sum_));
  s.siap_changes_per_s = Ratio(static_cast<double>(s.switches), seconds_tracked);
  s.tracks = static_cast<std::int64_t>(tracks_.size());
  for (const auto& [id, life] : tracks_) s.false_tracks += life.near ? 0 : 1;
  s.false_tracks_per_h = Ratio(3600.0 * static_cast<double>(s.false_tracks), (s.to - s.from).s());
  s.position = position_.Result();
  double nis_sum = 0.0;
  for (const auto& [id, life] : tracks_) {
    nis_sum += life.nis_sum;
    s.nis.samples += life.nis_degrees;
  }
  s.nis.degrees = 1;
  if (s.nis.samples > 0) {
    s.nis.mean = nis_sum / static_cast<double>(s.nis.samples);
    const MeanBounds bounds = ChiSquareMeanBounds(s.nis.samples, 1);
    s.nis.low = bounds.low;
    s.nis.high = bounds.high;
  }
  s.state = state_.Result();
  if (options_.trajectory) {
    s.trajectory = trajectory_.Result();
  } else {
    s.trajectory.why_not = "it was not asked for";
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

std::optional<Duration> TargetScore::WarnedFor() const {
  if (!arrival) return std::nullopt;
  if (!first_track) return Duration();
  return Duration::Ns(std::max<std::int64_t>(0, (*arrival - *first_track).ns()));
}

Evaluator::Evaluator(const EvaluationOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;

tl::expected<void, Error> Evaluator::Add(Time time, const std::vector<ScoredTruth>& truths,
                                         const std::vector<ScoredTrack>& tracks) {
  return impl_->Add(time, truths, tracks);
}

tl::expected<void, Error> Evaluator::AddWithoutPicture(Time time,
                                                       const std::vector<ScoredTruth>& truths) {
  impl_->CountWithoutPicture();
  return impl_->Add(time, truths, {});
}

Scores Evaluator::Result() const { return impl_->Result(); }

const PlotData& Evaluator::Plots() const { return impl_->Plots(); }

}  // namespace picket
