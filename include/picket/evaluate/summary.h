// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "picket/evaluate/evaluate.h"

namespace picket {

/// A table for people, on a terminal or on a page.
struct SummaryTable {
  std::string title;
  std::string align;                ///< of each column: 'l' or 'r'
  std::vector<std::string> header;  ///< as many as columns, or none
  std::vector<std::vector<std::string>> rows;
  std::string note;  ///< a sentence below; may be empty
};

/// Everything that scores say, in the order in which it is best read.
/// @param most_targets  rows of the table of targets; how many more there are stands below it
[[nodiscard]] std::vector<SummaryTable> Summarise(const Scores& scores,
                                                  const EvaluationOptions& options,
                                                  std::size_t most_targets);

/// Tables as text in columns.
[[nodiscard]] std::string SummaryText(const std::vector<SummaryTable>& tables);

}  // namespace picket
