// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "picket/evaluate/evaluate.h"

namespace picket {

/// An evaluation as one HTML page that needs nothing else: the tables of Summarise, and plots as
/// inline SVG (GOSPA's parts, cardinality, errors and NEES over time, a map of truth and tracks).
/// No scripts, nothing fetched; names are escaped. A few MB at most.
/// @param truth, tracks  what was compared, for the heading
[[nodiscard]] std::string EvaluationPage(const std::string& truth, const std::string& tracks,
                                         const EvaluationOptions& options, const Scores& scores,
                                         const PlotData& plots);

}  // namespace picket
