// SPDX-License-Identifier: Apache-2.0
// Where a target and a detection are not one to one: close targets that a sensor does not resolve
// give one detection, and a target may give several.
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

#include "track/look_update.h"

namespace picket {
namespace {

constexpr double kThere = 0.5;         ///< existence of a target that hides another
constexpr double kMostAbsorbed = 0.9;  ///< of several others

/// Probability that |d| < limit for d normal with this mean and variance.
double ProbabilityWithin(double limit, double mean, double variance) {
  const double scale = std::sqrt(2.0 * std::max(variance, 1e-12));
  return 0.5 * (std::erf((limit - mean) / scale) + std::erf((limit + mean) / scale));
}

}  // namespace

std::size_t LookUpdate::LikeliestGaussian(const Bernoulli& target) const {
  std::size_t best = 0;
  for (std::size_t g = 1; g < target.mixture.size(); ++g) {
    if (target.mixture[g].weight > target.mixture[best].weight) best = g;
  }
  return best;
}

void LookUpdate::AllowForOverlap(const State& state) {
  if (edges_.empty() || !scan_) return;
  if (!sensor_->resolution.Limited() && sensor_->echoes <= 0.0) return;
  by_detection_.resize(edges_.size());
  for (std::size_t e = 0; e < edges_.size(); ++e) by_detection_[e] = static_cast<int>(e);
  std::stable_sort(by_detection_.begin(), by_detection_.end(),
                   [&](int a, int b) { return edges_[a].detection < edges_[b].detection; });
  if (sensor_->resolution.Limited()) AllowForUnresolved(state, by_detection_);
  if (sensor_->echoes > 0.0) AllowForEchoes(state, by_detection_);
}

/// Of two targets in one cell of the sensor's resolution one is silent, either with the same
/// probability: for that one p_D is less, so that silence costs it less (after the two-target
/// resolution model of Koch & van Keuk, IEEE T-AES 33(3), 1997, with a cell that has edges). How
/// far apart two targets are as the sensor sees them is the difference of their innovations of a
/// detection that both could have given.
void LookUpdate::AllowForUnresolved(const State& state, std::span<const int> by_detection) {
  absorbed_.assign(near_.size(), 0.0);
  struct Neighbours {
    int a, b;
    double probability;
  };
  std::vector<Neighbours> pairs;
  const Resolution& cell = sensor_->resolution;
  for (std::size_t from = 0; from < by_detection.size();) {
    std::size_t to = from;
    const int detection = edges_[by_detection[from]].detection;
    while (to < by_detection.size() && edges_[by_detection[to]].detection == detection) ++to;
    const Signature& signature = signatures_[signature_of_[detection]];
    const ComponentSet& measured = signature.measured;
    if ((cell.range_m > 0.0 && !measured.Has(Component::kRange)) ||
        (cell.azimuth_rad > 0.0 && !measured.Has(Component::kAzimuth))) {
      from = to;
      continue;
    }
    const int range_row = 0;  // the first component, if measured
    WithSize(signature.count, [&]<int M>() {
      const auto seen = [&](int e) {
        const auto track = static_cast<std::size_t>(edges_[e].track);
        const Bernoulli& target = Near(state, track);
        const Batch& batch = BatchOf(track);
        const std::size_t g = LikeliestGaussian(target);
        const View<M>& view = batch.views.Of<M>()[edge_views_[e].first_view + g];
        const Eigen::Map<const typename View<M>::Vector> shared(
            &batch.innovations[edge_views_[e].first_innovation + g / ModesOf(target) * M]);
        return std::pair<typename View<M>::Vector, typename View<M>::Vector>(shared - view.delta,
                                                                             view.S.diagonal());
      };
      for (std::size_t x = from; x < to; ++x) {
        if (Near(state, edges_[by_detection[x]].track).existence < kThere) continue;
        const auto one = seen(by_detection[x]);  // innovation, and the diagonal of S
        for (std::size_t y = x + 1; y < std::min(to, x + kMostNeighbours); ++y) {
          if (Near(state, edges_[by_detection[y]].track).existence < kThere) continue;
          const auto other = seen(by_detection[y]);
          double together = 1.0;
          const auto near = [&](int row, double limit, double difference) {
            const double error = one.second[row] + other.second[row] -
                                 2.0 * signature.variance[static_cast<std::size_t>(row)];
            together *= ProbabilityWithin(limit, difference, error);
          };
          if (cell.range_m > 0.0) {
            near(range_row, cell.range_m, one.first[range_row] - other.first[range_row]);
          }
          if (cell.azimuth_rad > 0.0) {
            const int row = signature.azimuth_row;
            near(row, cell.azimuth_rad, WrapPi(one.first[row] - other.first[row]));
          }
          pairs.push_back({edges_[by_detection[x]].track, edges_[by_detection[y]].track, together});
        }
      }
    });
    from = to;
  }
  // Each pair once, however many detections they share.
  std::sort(pairs.begin(), pairs.end(), [](const Neighbours& l, const Neighbours& r) {
    return std::tuple(l.a, l.b, r.probability) < std::tuple(r.a, r.b, l.probability);
  });
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    if (k > 0 && pairs[k].a == pairs[k - 1].a && pairs[k].b == pairs[k - 1].b) continue;
    const auto seen = [&](int i) {
      return Near(state, i).existence * (1.0 - target_views_[i].miss);
    };
    absorbed_[pairs[k].a] += 0.5 * pairs[k].probability * seen(pairs[k].b);
    absorbed_[pairs[k].b] += 0.5 * pairs[k].probability * seen(pairs[k].a);
  }
  for (std::size_t i = 0; i < absorbed_.size(); ++i) {
    if (absorbed_[i] <= 0.0) continue;
    TargetView& view = target_views_[i];
    const double keeps = 1.0 - std::min(absorbed_[i], kMostAbsorbed);
    const double r = view.existence;
    const double miss = 1.0 - keeps * (1.0 - view.miss);
    const double factor = keeps * (1.0 - r + r * view.miss) / (1.0 - r + r * miss);
    view.miss = miss;
    std::vector<double>& p_D = BatchOf(i).p_D;
    for (std::size_t g = 0; g < Near(state, i).mixture.size(); ++g) {
      p_D[view.first_gaussian + g] *= keeps;
    }
    for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
      edges_[e].odds *= factor;
    }
  }
}

/// A detection that is of no target for itself may be a further one of a target that has given its
/// own: to all other targets, and to new ones, such detections are clutter about it.
void LookUpdate::AllowForEchoes(const State& state, std::span<const int> by_detection) {
  echoes_.assign(edges_.size(), 0.0);
  echo_density_.assign(detections_.size(), 0.0);
  for (const int e : by_detection) {
    const auto track = static_cast<std::size_t>(edges_[e].track);
    const int detection = edges_[e].detection;
    const Bernoulli& target = Near(state, track);
    const Batch& batch = BatchOf(track);
    const std::size_t g = LikeliestGaussian(target);
    const EdgeView& edge = edge_views_[e];
    const Signature& signature = signatures_[signature_of_[detection]];
    WithSize(edge.size, [&]<int M>() {
      const View<M>& view = batch.views.Of<M>()[edge.first_view + g];
      const Eigen::Map<const typename View<M>::Vector> shared(
          &batch.innovations[edge.first_innovation + g / ModesOf(target) * M]);
      const typename View<M>::Vector v = shared - view.delta;
      typename View<M>::Square S = view.S;
      for (int c = 0; c < M; ++c) {
        S(c, c) +=
            (kEchoSpread * kEchoSpread - 1.0) * signature.variance[static_cast<std::size_t>(c)];
      }
      const Eigen::LLT<typename View<M>::Square> llt(S);
      if (llt.info() != Eigen::Success) return;
      const double root = llt.matrixL().determinant();
      const double norm = std::pow(2.0 * std::numbers::pi, -0.5 * M) / root;
      echoes_[e] = sensor_->echoes * target.existence * (1.0 - target_views_[track].miss) * norm *
                   std::exp(-0.5 * llt.matrixL().solve(v).squaredNorm());
    });
    echo_density_[detection] += echoes_[e];
  }
  for (std::size_t e = 0; e < edges_.size(); ++e) {
    const int j = edges_[e].detection;
    const double others = std::max(0.0, echo_density_[j] - echoes_[e]);
    edges_[e].odds *= density_[j] / (density_[j] + others);
  }
  for (std::size_t j = 0; j < detections_.size(); ++j) {
    clutter_density_[j] += echo_density_[j];
    density_[j] += echo_density_[j];
  }
}

}  // namespace picket
