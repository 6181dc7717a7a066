// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

namespace picket {

/// The assignment of rows to columns that costs least in sum: every row gets a column of its own,
/// or every column a row, whichever are fewer. Shortest augmenting paths with dual variables, O(a^2
/// b) for a <= b rows and columns (Jonker & Volgenant, Computing 38, 1987; rectangular: Crouse,
/// IEEE T-AES 52(4), 2016).
/// @param cost  finite
/// @returns for each row its column, -1 for none
[[nodiscard]] std::vector<int> Assign(const Eigen::MatrixXd& cost);

/// A pair that may be matched, at a cost below the cut.
struct Edge {
  int row = 0;
  int column = 0;
  double cost = 0.0;
};

/// The matching of some rows and columns along `edges` with the greatest sum of (cut - cost), which
/// is the best assignment where a pair without an edge costs `cut`. Parts of the graph that do not
/// touch are solved apart, so sparse problems cost about as much as they have edges.
/// @param edges  each pair at most once, costs in [0, cut)
/// @returns the edges of the matching, by row
[[nodiscard]] std::vector<Edge> BestMatching(int rows, int columns, std::span<const Edge> edges,
                                             double cut);

}  // namespace picket
