// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace picket {

/// One admissible pairing of a track with a detection of the look.
struct Edge {
  int track = 0;
  int detection = 0;
  double odds = 0.0;         ///< in: psi = (r p_D L / (1 - r p_D)) / (lambda_FA + lambda_u), > 0
  double probability = 0.0;  ///< out: marginal probability of the pairing
};

/// Marginal association probabilities of tracks and detections, cluster by cluster.
///
/// Loopy belief propagation (Williams & Lau, IEEE T-AES 50(4), 2014, eq. 32-37), exact where a
/// cluster is a tree; it converges always (their theorem 2). Stops per cluster when no message
/// changes by more than kTolerance of its value, or after kMaxSweeps; sooner where a cluster is
/// beyond any sky (kMostVisits). A small cluster that is no tree is summed over all its joint
/// assignments instead (the joint probabilistic data association of Bar-Shalom, by dynamic
/// programming over the sets of detections that are taken).
///
/// Pairings of odds under kWeak (a hardly existing target, a far detection) take what the others
/// leave them and do not press back: to first order in their odds that is the same, and it keeps
/// clutter from tying the whole sky into one cluster.
class Associator {
 public:
  static constexpr double kTolerance = 1e-4;
  static constexpr int kMaxSweeps = 200;
  /// Pairings times sweeps of one cluster; a larger one is swept kLeastSweeps times at least.
  static constexpr int kMostVisits = 20'000'000;
  static constexpr int kLeastSweeps = 20;
  static constexpr double kWeak = 1e-3;
  static constexpr int kExactDetections = 6;  ///< most that a cluster is summed exactly with
  static constexpr int kExactTracks = 8;

  /// @param edges        sorted by track; receives the probabilities
  /// @param tracks       number of tracks
  /// @param detections   number of detections
  /// @param unused       receives, per detection, the probability that it is of none of the tracks
  void Solve(std::span<Edge> edges, int tracks, int detections, std::vector<double>& unused);

 private:
  void SolveCluster(std::span<Edge> edges, std::span<const int> cluster);
  [[nodiscard]] bool IsSmallWithLoops(std::span<const Edge> edges, std::span<const int> cluster);
  void SumCluster(std::span<Edge> edges, std::span<const int> cluster);
  void Propagate(std::span<Edge> edges, std::span<const int> cluster);

  // Scratch, kept between looks: no allocation in the steady state.
  std::vector<int> parent_, order_, offset_, edge_of_detection_, next_;
  std::vector<int> cluster_start_;
  std::vector<double> to_track_, to_detection_, suffix_;
  std::vector<int> first_of_track_;  ///< of the cluster summed exactly: in it, and its end
  std::vector<int> bit_of_;          ///< by edge of that cluster
  std::vector<double> ahead_, behind_;
};

}  // namespace picket
