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
  const int n = static_cast<int>(cluster.size());
  const auto end_of_track = [&](int from) {
    int to = from + 1;
    while (to < n && edges[cluster[to]].track == edges[cluster[from]].track) ++to;
    return to;
  };
  for (const int e : cluster) to_track_[e] = 1.0;

  for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
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
