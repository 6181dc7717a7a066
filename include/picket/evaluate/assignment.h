// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace picket {

/// A pair that may be matched, at a cost below the cut.
struct Edge {
  int row = 0;
  int column = 0;
  double cost = 0.0;
};

/// The matching of some rows and columns along `edges` with the greatest sum of (cut - cost), which
/// is the best assignment where a pair without an edge costs `cut`.
///
/// Shortest augmenting paths with dual variables (Jonker & Volgenant, Computing 38, 1987), over
/// the edges alone: each row may also stay alone at the cost `cut`, so a search ends as soon as
/// that is cheaper than going on, and sparse problems cost about as much as they have edges.
/// @param edges  each pair at most once, costs in [0, cut)
/// @returns the edges of the matching, by row
[[nodiscard]] std::vector<Edge> BestMatching(int rows, int columns, std::span<const Edge> edges,
                                             double cut);

}  // namespace picket
