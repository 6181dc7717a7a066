// SPDX-License-Identifier: Apache-2.0
// What the detections make of the targets: alone, and of those that contend together.
#include <algorithm>
#include <cmath>

#include "track/look_update.h"

namespace picket {
namespace {

// An iterated update ends when the expected measurement moves by less than this many sigma, or
// after so many times.
constexpr double kIteratedSd = 0.1;
constexpr int kIterations = 5;

}  // namespace

void LookUpdate::AddHypothesis(const Bernoulli& target, const TargetView& view, const Batch& batch,
                               int owner, int edge, double mass) {
  Hypothesis h;
  h.owner = owner;
  h.mass = mass;
  h.mixture = target.mixture;
  const std::size_t modes = ModesOf(target);
  double total = 0.0;
  for (std::size_t g = 0; g < h.mixture.size(); ++g) {
    Gaussian& gaussian = h.mixture[g];
    const double p_D = batch.p_D[view.first_gaussian + g];
    if (edge < 0) {
      gaussian.weight *= view.looked_for ? 1.0 - p_D : 1.0;
    } else {
      const EdgeView& e = edge_views_[edge];
      gaussian.weight *= p_D * batch.likelihoods[e.first_likelihood + g];
      if (gaussian.weight > 0.0) {
        WithSize(e.size, [&]<int M>() {
          const View<M>& seen = batch.views.Of<M>()[e.first_view + g];
          const Eigen::Map<const typename View<M>::Vector> shared(
              &batch.innovations[e.first_innovation + g / modes * M]);
          const typename View<M>::Vector v = shared - seen.delta;
          GaussianUpdate update(gaussian);
          update.Add<M>(seen, 1.0, v, v * v.transpose());
          update.Apply();
        });
      }
    }
    total += gaussian.weight;
  }
  if (!(total > 0.0)) return;
  for (Gaussian& g : h.mixture) g.weight /= total;
  Moments(h.mixture, h.x, h.P);
  if (edge >= 0) h.detection = edges_[edge].detection;
  hypotheses_.push_back(std::move(h));
}

void LookUpdate::MergeTogether(State& state, std::span<const int> members) {
  hypotheses_.clear();
  merged_existence_.clear();
  if (neighbours_.size() < members.size()) neighbours_.resize(members.size());
  for (std::size_t k = 0; k < members.size(); ++k) {
    neighbours_[k].assign(1, static_cast<int>(k));
  }
  // Who claims what, by detection.
  claims_of_.clear();
  for (std::size_t k = 0; k < members.size(); ++k) {
    const TargetView& view = target_views_[members[k]];
    const Bernoulli& target = Near(state, members[k]);
    const Batch& batch = BatchOf(static_cast<std::size_t>(members[k]));
    const std::size_t before = hypotheses_.size();
    double detected = 0.0;
    for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
      const Edge& edge = edges_[e];
      detected += edge.probability;
      if (edge.probability >= kLeastMass) {
        AddHypothesis(target, view, batch, static_cast<int>(k), static_cast<int>(e),
                      edge.probability);
      }
      if (edge.probability >= kContested)
        claims_of_.emplace_back(edge.detection, static_cast<int>(k));
    }
    const double r = view.existence;
    const double missed =
        std::max(0.0, 1.0 - detected) * (r * view.miss / (1.0 - r + r * view.miss));
    if (missed >= kLeastMass || hypotheses_.size() == before) {
      AddHypothesis(target, view, batch, static_cast<int>(k), -1, std::max(missed, kLeastMass));
    }
    if (hypotheses_.size() == before) {
      // Nothing explains one of them: each for itself.
      for (const int i : members) {
        UpdateMixture(Near(state, i), target_views_[i], BatchOf(static_cast<std::size_t>(i)));
      }
      return;
    }
    double mass = 0.0;
    for (std::size_t h = before; h < hypotheses_.size(); ++h) mass += hypotheses_[h].mass;
    if (mass > 1.0) {
      for (std::size_t h = before; h < hypotheses_.size(); ++h) hypotheses_[h].mass /= mass;
      mass = 1.0;
    }
    merged_existence_.push_back(mass);
  }
  std::sort(claims_of_.begin(), claims_of_.end());
  for (std::size_t from = 0; from < claims_of_.size();) {
    std::size_t to = from;
    while (to < claims_of_.size() && claims_of_[to].first == claims_of_[from].first) ++to;
    for (std::size_t a = from; a < to; ++a) {
      for (std::size_t b = from; b < to; ++b) {
        if (a != b) neighbours_[claims_of_[a].second].push_back(claims_of_[b].second);
      }
    }
    from = to;
  }
  const auto neighbours = std::span(neighbours_).first(members.size());
  for (std::vector<int>& to : neighbours) {
    std::sort(to.begin(), to.end());
    to.erase(std::unique(to.begin(), to.end()), to.end());
  }
  merge_.Solve(hypotheses_, neighbours, merged_existence_, merged_);
  for (std::size_t k = 0; k < members.size(); ++k) {
    Bernoulli& target = Near(state, members[k]);
    target.existence = merged_existence_[k];
    if (!merged_[k].empty()) target.mixture = std::move(merged_[k]);
  }
}

void LookUpdate::UpdateExistence(Bernoulli& target, const TargetView& view) const {
  double detected = 0.0;
  for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
    detected += edges_[e].probability;
  }
  const double r = view.existence;
  const double missed = std::max(0.0, 1.0 - detected) * (r * view.miss / (1.0 - r + r * view.miss));
  target.existence = std::min(detected + missed, 1.0 - 1e-12);
}

/// The iterated extended Kalman filter (Bell & Cathey, IEEE T-AC 38(2), 1993): linear about where
/// the detection puts the target, again and again.
template <int M>
void LookUpdate::AddIterated(GaussianUpdate& update, const Gaussian& g, int detection, double share,
                             const View<M>& first, const typename View<M>::Vector& first_v) const {
  const Signature& signature = signatures_[signature_of_[detection]];
  View<M> view = first;
  typename View<M>::Vector v = first_v;
  for (int i = 0; i < kIterations; ++i) {
    const StateVector about = g.x + view.K * v;
    const Expected expected = Expect(signature, pose_, about);
    const View<M> again(g, signature, expected, about);
    if (!(again.norm > 0.0)) break;
    const typename View<M>::Vector again_v =
        Innovation(signature, detections_[detection], expected) - again.delta;
    double moved = 0.0;
    for (int c = 0; c < M; ++c) {
      moved = std::max(
          moved, std::pow(again_v[c] - v[c], 2) / signature.variance[static_cast<std::size_t>(c)]);
    }
    view = again;
    v = again_v;
    if (moved < kIteratedSd * kIteratedSd) break;
  }
  update.Add<M>(view, share, share * v, share * v * v.transpose());
}

void LookUpdate::UpdateMixture(Bernoulli& target, const TargetView& view, Batch& batch) const {
  const std::size_t n = target.mixture.size();
  const std::size_t modes = ModesOf(target);
  double detected = 0.0;
  batch.totals.resize(view.edges);
  for (std::size_t k = 0; k < view.edges; ++k) {
    const EdgeView& e = edge_views_[view.first_edge + k];
    detected += edges_[view.first_edge + k].probability;
    batch.totals[k] = 0.0;
    for (std::size_t g = 0; g < n; ++g) {
      batch.totals[k] += target.mixture[g].weight * batch.p_D[view.first_gaussian + g] *
                         batch.likelihoods[e.first_likelihood + g];
    }
  }
  const double missed = std::max(0.0, target.existence - detected);
  double total = 0.0;
  batch.weights.assign(n, 0.0);
  for (std::size_t g = 0; g < n; ++g) {
    Gaussian& gaussian = target.mixture[g];
    const double p_D = batch.p_D[view.first_gaussian + g];
    double weight = view.miss > 0.0
                        ? missed * gaussian.weight * (view.looked_for ? 1.0 - p_D : 1.0) / view.miss
                        : 0.0;
    for (std::size_t k = 0; k < view.edges; ++k) {
      if (batch.totals[k] <= 0.0) continue;
      const EdgeView& e = edge_views_[view.first_edge + k];
      weight += edges_[view.first_edge + k].probability * gaussian.weight * p_D *
                batch.likelihoods[e.first_likelihood + g] / batch.totals[k];
    }
    batch.weights[g] = weight;
    total += weight;
    if (weight <= 0.0 || view.edges == 0) continue;

    GaussianUpdate update(gaussian);
    for (std::size_t from = 0; from < view.edges;) {
      const EdgeView& e = edge_views_[view.first_edge + from];
      std::size_t to = from;
      WithSize(e.size, [&]<int M>() {
        const View<M>& seen = batch.views.Of<M>()[e.first_view + g];
        double share = 0.0;
        typename View<M>::Vector mean_v = View<M>::Vector::Zero();
        typename View<M>::Square second_v = View<M>::Square::Zero();
        for (; to < view.edges; ++to) {
          const EdgeView& other = edge_views_[view.first_edge + to];
          if (other.size != e.size || other.first_view != e.first_view) break;
          const double likelihood = batch.likelihoods[other.first_likelihood + g];
          if (batch.totals[to] <= 0.0 || likelihood <= 0.0) continue;
          const double w = edges_[view.first_edge + to].probability * gaussian.weight * p_D *
                           likelihood / (batch.totals[to] * weight);
          const Eigen::Map<const typename View<M>::Vector> shared(
              &batch.innovations[other.first_innovation + g / modes * M]);
          const typename View<M>::Vector v = shared - seen.delta;
          share += w;
          mean_v += w * v;
          second_v += w * v * v.transpose();
        }
        if (view.coarse && to == from + 1 && share > kSure) {
          AddIterated<M>(update, gaussian, edges_[view.first_edge + from].detection, share, seen,
                         mean_v / share);
        } else if (share > 0.0) {
          update.Add<M>(seen, share, mean_v, second_v);
        }
      });
      from = to;
    }
    update.Apply();
  }
  if (total <= 0.0) return;
  for (std::size_t g = 0; g < n; ++g) target.mixture[g].weight = batch.weights[g] / total;
}

void LookUpdate::UpdateClaims(Bernoulli& target, const TargetView& view) const {
  // What the detections say of class and identity, by their probability of being this target's.
  const Edge* best = nullptr;
  ClassProbabilities classes{};
  double stated = 0.0;
  for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
    const Detection& z = detections_[edges_[e].detection];
    if (best == nullptr || edges_[e].probability > best->probability) best = &edges_[e];
    if (!claims_ || SumOf(z.class_probability) <= 0.0) continue;
    double sum = 0.0;
    ClassProbabilities posterior{};
    for (std::size_t c = 0; c < kTargetClasses; ++c) {
      posterior[c] = target.class_probability[c] * std::max(z.class_probability[c], 0.01);
      sum += posterior[c];
    }
    const double share = std::min(edges_[e].probability / std::max(target.existence, 1e-12), 1.0);
    stated += share;
    for (std::size_t c = 0; c < kTargetClasses; ++c) classes[c] += share * posterior[c] / sum;
  }
  if (stated > 0.0) {
    for (std::size_t c = 0; c < kTargetClasses; ++c) {
      target.class_probability[c] =
          classes[c] + std::max(0.0, 1.0 - stated) * target.class_probability[c];
    }
    const double sum = SumOf(target.class_probability);
    for (double& p : target.class_probability) p /= sum;
  }
  if (best == nullptr || best->probability <= 0.5) return;
  ++target.detections;
  target.last_detection = look_->time;
  target.seen_sd_m = GroundSdM(target.mixture);
  const auto it = std::find_if(target.sources.begin(), target.sources.end(),
                               [&](const auto& source) { return source.first == look_->sensor; });
  if (it == target.sources.end()) {
    target.sources.emplace_back(look_->sensor, 1);
  } else {
    ++it->second;
  }
  for (const auto& claim : detections_[best->detection].identity) {
    const auto known = std::find_if(target.identity.begin(), target.identity.end(),
                                    [&](const auto& k) { return k.first == claim.first; });
    if (known == target.identity.end()) {
      target.identity.push_back(claim);
    } else {
      known->second = claim.second;
    }
  }
}

void LookUpdate::CountInnovation(Bernoulli& target, const TargetView& view,
                                 const Batch& batch) const {
  for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
    if (edges_[e].probability <= kSure) continue;
    // Of the Gaussian that the detection fits best: the modes of a sure target are close together.
    const EdgeView& edge = edge_views_[e];
    const std::size_t modes = ModesOf(target);
    WithSize(edge.size, [&]<int M>() {
      double least = std::numeric_limits<double>::infinity();
      double likeliest = 0.0;
      for (std::size_t g = 0; g < target.mixture.size(); ++g) {
        const double here = target.mixture[g].weight * batch.likelihoods[edge.first_likelihood + g];
        if (here <= likeliest) continue;
        likeliest = here;
        const View<M>& seen = batch.views.Of<M>()[edge.first_view + g];
        const Eigen::Map<const typename View<M>::Vector> shared(
            &batch.innovations[edge.first_innovation + g / modes * M]);
        least = seen.Distance2(shared - seen.delta);
      }
      if (!std::isfinite(least)) return;
      target.nis_sum += least;
      target.nis_degrees += M;
    });
  }
}

}  // namespace picket
