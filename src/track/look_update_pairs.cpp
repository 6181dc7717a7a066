// SPDX-License-Identifier: Apache-2.0
// Which detections may be whose, at what odds, and which targets contend for them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "track/look_update.h"

namespace picket {
namespace {

constexpr double kGate2 = 20.0;       ///< squared Mahalanobis distance beyond which no pairing, and
                                      ///< 2 for each component
constexpr double kLooseGate2 = 36.0;  ///< where the distance is only roughly known
constexpr double kTentativeGate2 = 16.0;   ///< of a target that is not shown: most are false
constexpr double kLeastClearanceM = 20.0;  ///< above ground, where a target can be at the lowest
constexpr double kOwnReport = 0.9;  ///< probability that a target's own report is of this track
constexpr double kSelfReportShare = 0.5;  ///< of the targets that report themselves
constexpr double kContender = 0.02;       ///< existence from which a target contends for detections
constexpr double kLeastOdds = 1e-5;       ///< of a pairing that is worth having
constexpr double kCoarseShare = 0.05;     ///< of the range: where one sigma of the place is more,
                                          ///< the update is iterated
// An identity that agrees or not, against one that comes from nowhere: a claim, never truth.
constexpr double kSameIdentity = 1e4;
constexpr double kOtherIdentity = 1e-2;

/// How much likelier a target of these classes and identity gives this detection than one of which
/// nothing is known.
double Affinity(const Bernoulli& target, const Detection& z) {
  double affinity = 1.0;
  if (SumOf(z.class_probability) > 0.0) {
    double sum = 0.0;
    for (std::size_t c = 0; c < kTargetClasses; ++c) {
      sum += z.class_probability[c] * target.class_probability[c];
    }
    affinity *= std::clamp(sum * kTargetClasses, 0.05, 5.0);
  }
  for (const auto& [kind, value] : z.identity) {
    for (const auto& [known_kind, known_value] : target.identity) {
      if (kind == known_kind) affinity *= value == known_value ? kSameIdentity : kOtherIdentity;
    }
  }
  return affinity;
}

/// Squared distance on the ground within which a detection may be a target's.
double GateOf(const Bernoulli& target) { return target.confirmed ? kLooseGate2 : kTentativeGate2; }

}  // namespace

LookUpdate::Gate LookUpdate::GateAbout(const Spread& wide) const {
  const StateVector& mean = wide.mean;
  const StateVector& variance = wide.variance;
  const double spread = std::sqrt(std::max(variance[0], variance[1]));
  const Eigen::Vector3d p_S = pose_.R_SL * (mean.head<3>() - pose_.p_LS_L);
  const double ground = std::max(p_S.head<2>().norm(), 1.0);
  const double range = p_S.norm();
  const double drift =
      largest_offset_s_ *
      (mean.tail<3>().norm() + kGateSd * std::sqrt(std::max(variance[3], variance[4])));
  const double sound = pose_.sound_delay ? range / kSpeedOfSoundMps * mean.tail<3>().norm() : 0.0;
  const double error = std::max({sd_range_m_, range * sd_azimuth_rad_, sd_place_m_});
  // Slant range without elevation puts a high target too far out on the ground.
  const double slant = std::min(range - ground + std::sqrt(variance[2]) * 0.5, ground);
  const double half_m =
      kGateSd * std::sqrt(spread * spread + error * error) + drift + sound + slant;
  return {half_m, drift + sound + slant,           spread > kCoarseShare * range, p_S,
          ground, kGateSd * spread + drift + sound};
}

DetectionIndex::Sector LookUpdate::SectorOf(const Gate& gate) const {
  const double half_rad =
      gate.half_m >= gate.ground
          ? std::numbers::pi
          : kGateSd * sd_azimuth_rad_ + std::asin(std::min(1.0, gate.across_m / gate.ground));
  return {std::atan2(gate.p_S.x(), gate.p_S.y()), half_rad};
}

/// The detections that may be a target's, by where they lie on the ground.
void LookUpdate::FindCandidates(const Spread& wide, double gate2, TargetView& view,
                                std::vector<int>& candidates) const {
  const StateVector& mean = wide.mean;
  const StateVector& variance = wide.variance;
  const Gate gate = GateAbout(wide);
  view.coarse = gate.coarse;
  // A detection with a place has to lie near on the ground before anything dearer is asked. An
  // offset of at most `off` adds at most 1 to the squared distance if off^2 is in the variances.
  const double off = gate.off_m;
  Eigen::Matrix2d ground_spread;
  ground_spread << variance[0] + off * off, wide.east_north, wide.east_north,
      variance[1] + off * off;
  candidates.clear();
  const auto sector = [&] { return SectorOf(gate); };
  const auto add = [&](int j, bool has_place) {
    if (has_place) {
      const Eigen::Matrix2d S = ground_spread + places_[j].covariance;
      const Eigen::Vector2d d = places_[j].mean - mean.head<2>();
      const double determinant = S(0, 0) * S(1, 1) - S(0, 1) * S(1, 0);
      const double d2 = S(1, 1) * d[0] * d[0] - 2.0 * S(0, 1) * d[0] * d[1] + S(0, 0) * d[1] * d[1];
      if (d2 > (gate2 + 1.0) * determinant) return;
    }
    candidates.push_back(j);
  };
  index_.Near(mean.x(), mean.y(), gate.half_m, sector, add, view.most);
}

/// How a target's Gaussians see detections of one signature.
template <int M>
void LookUpdate::AddViews(const Bernoulli& target, const Signature& signature, Batch& batch) const {
  const std::size_t modes = ModesOf(target);
  batch.expected.clear();
  for (std::size_t from = 0; from < target.mixture.size(); from += modes) {
    // The modes of a group are close together: linear about their mean for all of them.
    const Gaussian* g = &target.mixture[from];
    StateVector about = g->x;
    if (modes > 1) {
      about.setZero();
      double total = 0.0;
      for (std::size_t m = 0; m < modes; ++m) {
        about += g[m].weight * g[m].x;
        total += g[m].weight;
      }
      about /= total;
    }
    batch.expected.push_back(Expect(signature, pose_, about));
    for (std::size_t m = 0; m < modes; ++m) {
      batch.views.Of<M>().emplace_back(g[m], signature, batch.expected.back(), about);
    }
  }
}

void LookUpdate::FindPairsOf(const Bernoulli& target, TargetView& view, int index,
                             Batch& batch) const {
  const std::span<const int> candidates = batch.candidates;
  for (std::size_t from = 0; from < candidates.size();) {
    const int alike = signature_of_[candidates[from]];
    std::size_t to = from + 1;
    while (to < candidates.size() && signature_of_[candidates[to]] == alike) ++to;
    WithSize(signatures_[alike].count, [&]<int M>() {
      FindPairsOf<M>(target, view, index, signatures_[alike], candidates.subspan(from, to - from),
                     batch);
    });
    from = to;
  }
  view.edges = batch.edges.size() - view.first_edge;
}

template <int M>
void LookUpdate::FindPairsOf(const Bernoulli& target, const TargetView& view, int index,
                             const Signature& signature, std::span<const int> candidates,
                             Batch& batch) const {
  const std::size_t modes = ModesOf(target);
  const std::size_t gaussians = target.mixture.size();
  const std::size_t groups = gaussians / modes;
  const std::size_t first_view = batch.views.Of<M>().size();
  AddViews<M>(target, signature, batch);
  const View<M>* views = &batch.views.Of<M>()[first_view];
  const double* p_D = &batch.p_D[view.first_gaussian];
  const double missed = 1.0 - target.existence + target.existence * view.miss;
  for (const int j : candidates) {
    const EdgeView edge{M, first_view, batch.innovations.size(), batch.likelihoods.size()};
    batch.innovations.resize(edge.first_innovation + groups * M);
    batch.likelihoods.resize(edge.first_likelihood + gaussians);
    double* likelihoods = &batch.likelihoods[edge.first_likelihood];
    double likelihood = 0.0;
    for (std::size_t group = 0; group < groups; ++group) {
      Eigen::Map<typename View<M>::Vector> v(&batch.innovations[edge.first_innovation + group * M]);
      v = Innovation<M>(signature, rows_[j], batch.expected[group]);
      for (std::size_t g = group * modes; g < (group + 1) * modes; ++g) {
        const double d2 = views[g].Distance2(v - views[g].delta);
        likelihoods[g] = d2 <= kGate2 + 2.0 * M ? views[g].norm * std::exp(-0.5 * d2) : 0.0;
        likelihood += target.mixture[g].weight * p_D[g] * likelihoods[g];
      }
    }
    double odds = target.existence * likelihood / (missed * density_[j]);
    if (claims_) odds *= Affinity(target, detections_[j]);
    if (odds > kLeastOdds) {
      batch.edges.push_back({index, j, std::min(odds, 1e12), 0.0});
      batch.edge_views.push_back(edge);
    } else {
      batch.innovations.resize(edge.first_innovation);
      batch.likelihoods.resize(edge.first_likelihood);
    }
  }
}

/// The targets that the sensor may see, by their outlines: of a network's all others are somebody
/// else's, and are not so much as looked at.
void LookUpdate::FindNear(State& state) {
  near_.clear();
  known_ = state.targets.size();
  const Sensor& sensor = *sensor_;
  if (!sensor.up) return;
  const double far_m = sensor.field.max_range_m;
  const double all = far_m <= 0.0 ? std::numeric_limits<double>::infinity() : far_m;
  for (std::size_t i = 0; i < state.outlines.size(); ++i) {
    const Outline& outline = state.outlines[i];
    const double dt_s = (look_->time - outline.time).s();
    const double reach_m = all + outline.apart_m + dt_s * outline.apart_mps;
    const Eigen::Vector2d p = outline.p_L + dt_s * outline.v_L - sensor.p_LS_L.head<2>();
    if (p.squaredNorm() > reach_m * reach_m) continue;
    near_.push_back(i);
    Own(state, i);
  }
}

void LookUpdate::FindPairs(State& state) {
  FindNear(state);
  const std::size_t count = near_.size();
  target_views_.assign(count, TargetView{});
  const std::size_t batches = (count + kBatch - 1) / kBatch;
  if (batches_.size() < batches) batches_.resize(batches);
  LimitPairs(state);
  const auto find = [&](std::size_t b) { FindPairsOfBatch(state, b); };
  loop_(batches, std::ref(find));
  // One list, by target.
  edges_.clear();
  edge_views_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    if (i % kBatch == 0) {
      const Batch& batch = BatchOf(i);
      for (std::size_t k = i; k < std::min(count, i + kBatch); ++k) {
        target_views_[k].first_edge += edges_.size();
      }
      edges_.insert(edges_.end(), batch.edges.begin(), batch.edges.end());
      edge_views_.insert(edge_views_.end(), batch.edge_views.begin(), batch.edge_views.end());
    }
  }
}

/// Whether a detection claims an identity that the target is known by.
bool LookUpdate::IsNamed(const Bernoulli& target) const {
  return std::any_of(target.identity.begin(), target.identity.end(), [&](const auto& known) {
    return std::binary_search(named_.begin(), named_.end(), &known,
                              [](const auto* a, const auto* b) { return *a < *b; });
  });
}

/// Where a look holds more pairs than are to be asked, those targets that have the most ask the
/// nearest detections only: as many pairs each as brings all to the limit.
void LookUpdate::LimitPairs(State& state) {
  const std::size_t count = near_.size();
  const auto pairs_of = [&](std::size_t i, std::size_t detections) {
    return Near(state, i).mixture.size() * detections;
  };
  std::size_t at_most = 0;
  for (std::size_t i = 0; i < count; ++i) at_most += pairs_of(i, detections_.size());
  if (at_most <= limits_.pairs) return;
  loads_.resize(count);
  ForEach(count, [&](std::size_t i) {
    const Spread later = Later(Near(state, i));
    const Gate gate = GateAbout(later);
    loads_[i] = pairs_of(i, index_.Count(later.mean.x(), later.mean.y(), gate.half_m,
                                         [&] { return SectorOf(gate); }));
  });
  std::vector<std::size_t> sorted = loads_;
  std::sort(sorted.begin(), sorted.end());
  std::size_t left = limits_.pairs;
  std::size_t share = DetectionIndex::kAll;
  for (std::size_t k = 0; k < count; ++k) {
    if (sorted[k] > left / (count - k)) {
      share = left / (count - k);
      break;
    }
    left -= sorted[k];
  }
  if (share == DetectionIndex::kAll) return;
  for (std::size_t i = 0; i < count; ++i) {
    if (loads_[i] <= share) continue;
    target_views_[i].most = std::max(share / pairs_of(i, 1), std::size_t{1});
    ++LeftOutOf(state, look_->sensor).gates;
  }
}

void LookUpdate::FindPairsOfBatch(State& state, std::size_t b) {
  Batch& batch = batches_[b];
  batch.Clear();
  for (std::size_t i = b * kBatch; i < std::min(near_.size(), (b + 1) * kBatch); ++i) {
    Bernoulli& target = Near(state, i);
    Bring(state, target);
    TargetView& view = target_views_[i];
    view.first_edge = batch.edges.size();
    view.first_gaussian = batch.p_D.size();
    view.existence = target.existence;
    // A report of somebody's own tells of nobody else; but of two tracks of one name, the one that
    // it does not fit was silent.
    view.looked_for = scan_ || (claims_ && IsNamed(target));
    const double seen = ProbabilityOfDetection(target, view, batch);
    batch.candidates.clear();
    if (target.confirmed || target.expanded) {
      if (seen > 0.0) {
        PredictTarget(target, state.time);
        FindCandidates(SpreadOf(target.mixture), GateOf(target), view, batch.candidates);
      }
    } else if (FindCandidatesUnmoved(target, view, batch)) {
      PredictTarget(target, state.time);
    }
    view.miss = view.looked_for ? 1.0 - seen : 1.0;
    if (seen > 0.0) FindPairsOf(target, view, static_cast<int>(i), batch);
  }
}

/// The detections that may be those of a target that was not moved yet: a few more than if it were.
/// @returns whether there are any
bool LookUpdate::FindCandidatesUnmoved(const Bernoulli& target, TargetView& view,
                                       Batch& batch) const {
  if (detections_.empty()) return false;
  FindCandidates(Later(target), GateOf(target), view, batch.candidates);
  return !batch.candidates.empty();
}

/// Of a target that was not moved yet, no narrower than if it were.
Spread LookUpdate::Later(const Bernoulli& target) const {
  const double dt_s = (look_->time - target.time).s();
  // No nearer than this, whatever place and speed have to do with each other.
  Spread later = SpreadOf(target.mixture);
  later.mean.head<3>() += dt_s * later.mean.tail<3>();
  for (int c = 0; c < 3; ++c) {
    later.variance[c] =
        std::pow(std::sqrt(later.variance[c]) + dt_s * std::sqrt(later.variance[c + 3]), 2) +
        motion_.NoiseOfOneMode() * dt_s * dt_s * dt_s / 3.0;
  }
  return later;
}

/// Appends p_D of each Gaussian to the batch's, where straight flight puts its group at the look.
/// @returns their mean
double LookUpdate::ProbabilityOfDetection(const Bernoulli& target, const TargetView& view,
                                          Batch& batch) const {
  const double dt_s = (look_->time - target.time).s();
  const std::size_t modes = ModesOf(target);
  double seen = 0.0;
  double p_D = 0.0;
  for (std::size_t g = 0; g < target.mixture.size(); ++g) {
    if (g % modes == 0) {
      const Gaussian& first = target.mixture[g];
      Eigen::Vector3d p = first.x.head<3>() + dt_s * first.x.tail<3>();
      p_D = 0.0;
      if (field_->MayReach(look_->sensor, p.head<2>())) {
        // An estimate under ground is an error of height, not a target that nobody can see.
        p.z() = std::max(p.z(), undetected_.GroundUpM(p.x(), p.y()) + kLeastClearanceM);
        p_D = detection_ratio_ * field_->ProbabilityOfDetection(
                                     look_->sensor, target.class_probability, p, first.x.tail<3>());
      }
      if (!scan_) p_D = std::min(p_D, view.looked_for ? kOwnReport : kSelfReportShare);
    }
    batch.p_D.push_back(p_D);
    seen += target.mixture[g].weight * p_D;
  }
  return seen;
}

void LookUpdate::FindContested(const State& state) {
  const int count = static_cast<int>(near_.size());
  parent_.resize(count);
  for (int i = 0; i < count; ++i) parent_[i] = i;
  const auto root = [&](int i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  };
  const auto contends = [&](const Edge& edge) {
    return edge.probability >= kContested && target_views_[edge.track].existence >= kContender;
  };
  last_claim_.assign(detections_.size(), -1);
  clusters_.clear();
  for (const Edge& edge : edges_) {
    if (!contends(edge)) continue;
    int& last = last_claim_[edge.detection];
    if (last >= 0) {
      const int a = root(last);
      const int b = root(edge.track);
      parent_[std::max(a, b)] = std::min(a, b);
    }
    last = edge.track;
  }
  // Only targets of one structure can be merged.
  flags_.assign(static_cast<std::size_t>(count), 0);
  for (int i = 0; i < count; ++i) {
    if (root(i) != i) flags_[root(i)] = 1;  // this root has company
  }
  alike_.clear();
  for (int i = 0; i < count; ++i) {
    if (flags_[root(i)] == 0) continue;
    const Bernoulli& target = Near(state, i);
    const int last = target.expanded ? static_cast<int>(target.mixture.back().mode) : -1;
    alike_.push_back({root(i), last, static_cast<int>(target.mixture.size()), i});
  }
  std::sort(alike_.begin(), alike_.end());
  contested_.clear();
  for (std::size_t from = 0; from < alike_.size();) {
    std::size_t to = from;
    while (to < alike_.size() && alike_[to].IsLike(alike_[from])) ++to;
    std::size_t hypotheses = 0;
    for (std::size_t k = from; k < to; ++k) {
      const TargetView& view = target_views_[alike_[k].target];
      for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
        if (edges_[e].probability >= kLeastMass) ++hypotheses;
      }
    }
    // More than a swarm: a sky of false detections, where each target goes by itself.
    if (to - from > 1 && hypotheses <= limits_.merged) {
      for (std::size_t k = from; k < to; ++k) {
        contested_.push_back(alike_[k].target);
        target_views_[alike_[k].target].cluster = static_cast<int>(clusters_.size());
      }
      clusters_.push_back(static_cast<int>(to - from));
    }
    from = to;
  }
}

}  // namespace picket
