// SPDX-License-Identifier: Apache-2.0
#include "track/association.h"

#include <algorithm>
#include <cmath>

#include "picket/base/assert.h"

namespace picket {
namespace {

int Root(std::vector<int>& parent, int i) {
  while (parent[i] != i) {
    parent[i] = parent[parent[i]];
    i = parent[i];
  }
  return i;
}

/// Calls use(k, sum of all values but the k-th) for each k. Sums are built from both ends, for
/// taking one value off the total would lose the small ones beside a large one.
template <typename Value, typename Use>
void SumsOfOthers(int count, std::vector<double>& suffix, const Value& value, const Use& use) {
  if (count == 1) return use(0, 0.0);
  if (count == 2) {
    const double first = value(0);  // `use` may change it
    use(0, value(1));
    return use(1, first);
  }
  if (static_cast<int>(suffix.size()) < count + 1) suffix.resize(count + 1);
  suffix[count] = 0.0;
  for (int k = count - 1; k >= 0; --k) suffix[k] = suffix[k + 1] + value(k);
  double before = 0.0;
  for (int k = 0; k < count; ++k) {
    const double own = value(k);  // `use` may change it
    use(k, before + suffix[k + 1]);
    before += own;
  }
}

}  // namespace

void Associator::Solve(std::span<Edge> edges, int tracks, int detections,
                       std::vector<double>& unused) {
  const int n = static_cast<int>(edges.size());
  unused.assign(detections, 1.0);
  if (n == 0) return;

  // Edges by detection.
  offset_.assign(detections + 1, 0);
  for (const Edge& e : edges) {
    PICKET_ASSERT(e.odds > 0.0 && std::isfinite(e.odds), "odds are positive");
    if (e.odds >= kWeak) ++offset_[e.detection + 1];
  }
  for (int d = 0; d < detections; ++d) offset_[d + 1] += offset_[d];
  edge_of_detection_.resize(n);
  next_.assign(offset_.begin(), offset_.end() - 1);
  for (int e = 0; e < n; ++e) {
    if (edges[e].odds >= kWeak) edge_of_detection_[next_[edges[e].detection]++] = e;
  }

  // Tracks that share a detection are in one cluster; its root is the first of them.
  parent_.resize(tracks);
  for (int t = 0; t < tracks; ++t) parent_[t] = t;
  for (int d = 0; d < detections; ++d) {
    for (int k = offset_[d] + 1; k < offset_[d + 1]; ++k) {
      const int a = Root(parent_, edges[edge_of_detection_[k - 1]].track);
      const int b = Root(parent_, edges[edge_of_detection_[k]].track);
      parent_[std::max(a, b)] = std::min(a, b);
    }
  }

  // Edges by cluster, in their order within each.
  cluster_start_.assign(tracks + 1, 0);
  for (int e = 0; e < n; ++e) {
    if (edges[e].odds >= kWeak) ++cluster_start_[Root(parent_, edges[e].track) + 1];
  }
  for (int t = 0; t < tracks; ++t) cluster_start_[t + 1] += cluster_start_[t];
  next_.assign(cluster_start_.begin(), cluster_start_.end() - 1);
  order_.resize(n);
  for (int e = 0; e < n; ++e) {
    if (edges[e].odds >= kWeak) order_[next_[Root(parent_, edges[e].track)]++] = e;
  }

  to_track_.resize(n);
  to_detection_.resize(n);
  for (int t = 0; t < tracks; ++t) {
    const int begin = cluster_start_[t];
    const int end = cluster_start_[t + 1];
    if (begin < end) {
      SolveCluster(edges, std::span<const int>(order_).subspan(begin, end - begin));
    }
  }
  for (int d = 0; d < detections; ++d) {
    double sum = 0.0;
    for (int k = offset_[d]; k < offset_[d + 1]; ++k) sum += to_detection_[edge_of_detection_[k]];
    unused[d] = 1.0 / (1.0 + sum);
  }

  // The weak ones, as the strong ones leave them.
  for (int from = 0; from < n;) {
    int to = from;
    double total = 1.0;
    for (; to < n && edges[to].track == edges[from].track; ++to) {
      const Edge& e = edges[to];
      total += e.odds * (e.odds >= kWeak ? to_track_[to] : unused[e.detection]);
    }
    for (int e = from; e < to; ++e) {
      if (edges[e].odds < kWeak) {
        edges[e].probability = edges[e].odds * unused[edges[e].detection] / total;
      }
    }
    from = to;
  }
  for (const Edge& e : edges) {
    if (e.odds < kWeak) unused[e.detection] = std::max(0.0, unused[e.detection] - e.probability);
  }
}

void Associator::SolveCluster(std::span<Edge> edges, std::span<const int> cluster) {
  if (IsSmallWithLoops(edges, cluster)) {
    SumCluster(edges, cluster);
  } else {
    Propagate(edges, cluster);
  }
}

bool Associator::IsSmallWithLoops(std::span<const Edge> edges, std::span<const int> cluster) {
  const int n = static_cast<int>(cluster.size());
  if (n < 4 || n > kExactDetections * kExactTracks) return false;
  int detections = 0;
  first_of_track_.clear();
  bit_of_.resize(cluster.size());
  for (int k = 0; k < n; ++k) {
    const Edge& edge = edges[cluster[k]];
    if (k == 0 || edge.track != edges[cluster[k - 1]].track) first_of_track_.push_back(k);
    // The cluster's first edge of a detection gives it its number.
    const int first = edge_of_detection_[offset_[edge.detection]];
    if (first == cluster[k]) {
      bit_of_[k] = detections++;
    } else {
      bit_of_[k] =
          bit_of_[std::lower_bound(cluster.begin(), cluster.end(), first) - cluster.begin()];
    }
  }
  const int tracks = static_cast<int>(first_of_track_.size());
  first_of_track_.push_back(n);
  // A connected graph with one edge less than it has nodes is a tree.
  return detections <= kExactDetections && tracks <= kExactTracks && n >= tracks + detections;
}

void Associator::SumCluster(std::span<Edge> edges, std::span<const int> cluster) {
  const std::size_t tracks = first_of_track_.size() - 1;
  const int detections = 1 + *std::max_element(bit_of_.begin(), bit_of_.end());
  const std::size_t sets = std::size_t{1} << detections;
  // ahead[t][set]: weight of the assignments of tracks before t that take just these detections;
  // behind[t][set]: of those from t on that take none of them.
  ahead_.assign((tracks + 1) * sets, 0.0);
  behind_.assign((tracks + 1) * sets, 0.0);
  ahead_[0] = 1.0;
  for (std::size_t t = 0; t < tracks; ++t) {
    const double* from = &ahead_[t * sets];
    double* to = &ahead_[(t + 1) * sets];
    for (std::size_t set = 0; set < sets; ++set) {
      if (from[set] == 0.0) continue;
      to[set] += from[set];
      for (int k = first_of_track_[t]; k < first_of_track_[t + 1]; ++k) {
        const std::size_t bit = std::size_t{1} << bit_of_[k];
        if ((set & bit) == 0) to[set | bit] += from[set] * edges[cluster[k]].odds;
      }
    }
  }
  std::fill_n(&behind_[tracks * sets], sets, 1.0);
  for (std::size_t t = tracks; t-- > 0;) {
    const double* from = &behind_[(t + 1) * sets];
    double* to = &behind_[t * sets];
    for (std::size_t set = 0; set < sets; ++set) {
      to[set] = from[set];
      for (int k = first_of_track_[t]; k < first_of_track_[t + 1]; ++k) {
        const std::size_t bit = std::size_t{1} << bit_of_[k];
        if ((set & bit) == 0) to[set] += edges[cluster[k]].odds * from[set | bit];
      }
    }
  }
  const double total = behind_[0];
  for (const int e : cluster) edges[e].probability = 0.0;
  for (std::size_t t = 0; t < tracks; ++t) {
    for (int k = first_of_track_[t]; k < first_of_track_[t + 1]; ++k) {
      const std::size_t bit = std::size_t{1} << bit_of_[k];
      Edge& edge = edges[cluster[k]];
      double sum = 0.0;
      for (std::size_t set = 0; set < sets; ++set) {
        if ((set & bit) == 0) sum += ahead_[t * sets + set] * behind_[(t + 1) * sets + (set | bit)];
      }
      edge.probability = sum * edge.odds / total;
    }
  }
  // The messages that would give these probabilities, for the weak pairings.
  suffix_.assign(detections, 1.0);
  for (std::size_t k = 0; k < cluster.size(); ++k)
    suffix_[bit_of_[k]] -= edges[cluster[k]].probability;
  for (std::size_t t = 0; t < tracks; ++t) {
    double none = 1.0;
    for (int k = first_of_track_[t]; k < first_of_track_[t + 1]; ++k) {
      none -= edges[cluster[k]].probability;
    }
    for (int k = first_of_track_[t]; k < first_of_track_[t + 1]; ++k) {
      const Edge& edge = edges[cluster[k]];
      to_track_[cluster[k]] = edge.probability / (edge.odds * std::max(none, 1e-12));
      to_detection_[cluster[k]] = edge.probability / std::max(suffix_[bit_of_[k]], 1e-12);
    }
  }
}

void Associator::Propagate(std::span<Edge> edges, std::span<const int> cluster) {
  const int n = static_cast<int>(cluster.size());
  const auto end_of_track = [&](int from) {
    int to = from + 1;
    while (to < n && edges[cluster[to]].track == edges[cluster[from]].track) ++to;
    return to;
  };
  for (const int e : cluster) to_track_[e] = 1.0;

  const int sweeps = std::clamp(kMostVisits / std::max(n, 1), kLeastSweeps, kMaxSweeps);
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    for (int from = 0; from < n;) {
      const int to = end_of_track(from);
      SumsOfOthers(
          to - from, suffix_,
          [&](int k) { return edges[cluster[from + k]].odds * to_track_[cluster[from + k]]; },
          [&](int k, double others) {
            to_detection_[cluster[from + k]] = edges[cluster[from + k]].odds / (1.0 + others);
          });
      from = to;
    }
    double change = 0.0;
    for (const int e : cluster) {
      const int first = offset_[edges[e].detection];
      if (edge_of_detection_[first] != e) continue;  // each detection once
      SumsOfOthers(
          offset_[edges[e].detection + 1] - first, suffix_,
          [&](int k) { return to_detection_[edge_of_detection_[first + k]]; },
          [&](int k, double others) {
            double& message = to_track_[edge_of_detection_[first + k]];
            const double updated = 1.0 / (1.0 + others);
            change = std::max(change, std::abs(updated - message) / updated);
            message = updated;
          });
    }
    if (change < kTolerance) break;
  }
  for (int from = 0; from < n;) {
    const int to = end_of_track(from);
    double total = 1.0;
    for (int k = from; k < to; ++k) total += edges[cluster[k]].odds * to_track_[cluster[k]];
    for (int k = from; k < to; ++k) {
      edges[cluster[k]].probability = edges[cluster[k]].odds * to_track_[cluster[k]] / total;
    }
    from = to;
  }
}

}  // namespace picket
