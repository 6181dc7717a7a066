// SPDX-License-Identifier: Apache-2.0
#include "track/association.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "picket/base/random.h"

namespace picket {
namespace {

/// Marginals by summing over every assignment of detections to tracks.
std::vector<double> Exact(const std::vector<Edge>& edges, int tracks, int detections,
                          std::vector<double>& unused) {
  std::vector<double> marginal(edges.size(), 0.0);
  unused.assign(detections, 0.0);
  double total = 0.0;
  std::vector<int> chosen;  // edges
  std::vector<char> taken(detections, 0);
  const std::function<void(int, double)> visit = [&](int track, double weight) {
    if (track == tracks) {
      total += weight;
      for (const int e : chosen) marginal[e] += weight;
      for (int d = 0; d < detections; ++d) {
        if (taken[d] == 0) unused[d] += weight;
      }
      return;
    }
    visit(track + 1, weight);
    for (std::size_t e = 0; e < edges.size(); ++e) {
      if (edges[e].track != track || taken[edges[e].detection] != 0) continue;
      taken[edges[e].detection] = 1;
      chosen.push_back(static_cast<int>(e));
      visit(track + 1, weight * edges[e].odds);
      chosen.pop_back();
      taken[edges[e].detection] = 0;
    }
  };
  visit(0, 1.0);
  for (double& m : marginal) m /= total;
  for (double& u : unused) u /= total;
  return marginal;
}

void ExpectNear(std::vector<Edge> edges, int tracks, int detections, double tolerance) {
  std::vector<double> exact_unused;
  const std::vector<double> exact = Exact(edges, tracks, detections, exact_unused);
  std::vector<double> unused;
  Associator().Solve(edges, tracks, detections, unused);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    EXPECT_NEAR(edges[e].probability, exact[e], tolerance) << "edge " << e;
  }
  for (int d = 0; d < detections; ++d) EXPECT_NEAR(unused[d], exact_unused[d], tolerance);
}

TEST(Associator, ExactOnTrees) {
  ExpectNear({{0, 0, 3.0, 0}}, 1, 1, 1e-12);
  ExpectNear({{0, 0, 3.0, 0}, {0, 1, 0.5, 0}}, 1, 2, 1e-12);
  ExpectNear({{0, 0, 3.0, 0}, {1, 0, 7.0, 0}}, 2, 1, 1e-4);
  ExpectNear({{0, 0, 3.0, 0}, {0, 1, 2.0, 0}, {1, 1, 50.0, 0}, {2, 2, 9.0, 0}}, 3, 3, 1e-3);
}

TEST(Associator, ExactOnSmallClustersWithLoops) {
  Random random(5);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<Edge> edges;
    for (int t = 0; t < 4; ++t) {
      for (int d = 0; d < 4; ++d) {
        // Also of what is all but sure.
        const double odds = std::exp(random.Uniform(-4.0, trial % 2 == 0 ? 3.0 : 12.0));
        edges.push_back({t, d, odds, 0});
      }
    }
    ExpectNear(edges, 4, 4, 1e-9);
  }
}

TEST(Associator, CloseToExactOnALargeLoop) {
  Random random(5);
  constexpr int kAround = 9;
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<Edge> edges;
    for (int t = 0; t < kAround; ++t) {
      for (const int d : {t, (t + 1) % kAround}) {
        const double odds = std::exp(random.Uniform(-4.0, 3.0));
        edges.push_back({t, d, odds, 0});
      }
    }
    ExpectNear(edges, kAround, kAround, 0.05);
  }
}

TEST(Associator, ADetectionIsOfOneTargetAtMost) {
  Random random(6);
  std::vector<Edge> edges;
  constexpr int kSide = 40;
  for (int t = 0; t < kSide; ++t) {
    for (int d = 0; d < kSide; ++d) {
      const double roll = random.Uniform();
      const double size = random.Uniform(-8.0, 12.0);
      if (roll < 0.2) edges.push_back({t, d, std::exp(size), 0});
    }
  }
  std::vector<double> unused;
  Associator().Solve(edges, kSide, kSide, unused);
  std::vector<double> of_track(kSide, 0.0);
  std::vector<double> of_detection(unused);
  for (const Edge& e : edges) {
    EXPECT_GE(e.probability, 0.0);
    of_track[e.track] += e.probability;
    of_detection[e.detection] += e.probability;
  }
  for (int i = 0; i < kSide; ++i) {
    EXPECT_LE(of_track[i], 1.0 + 1e-9);
    EXPECT_NEAR(of_detection[i], 1.0, 0.02);
  }
}

TEST(Associator, WeakPairingsTakeWhatIsLeft) {
  // Odds of 1e-4 against a detection that is certainly another's.
  ExpectNear({{0, 0, 1e6, 0}, {1, 0, 1e-4, 0}, {2, 1, 1e-4, 0}}, 3, 2, 1e-6);
}

}  // namespace
}  // namespace picket
