// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace picket::app {

/// A bar on standard error, where that is a terminal, for work that takes over two seconds; taken
/// away at the end.
class Progress {
 public:
  /// @param what  begins the line: "reading", "tracking"
  explicit Progress(std::string what);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// @param total  of the same unit as `done`; 0: not known, the count alone is shown
  void At(std::int64_t done, std::int64_t total);

 private:
  std::string what_;
  bool terminal_;
  double start_s_ = 0.0;
  double last_s_ = 0.0;
};

/// Prints a line on standard error, in the place of a bar that may stand there.
void Tell(const std::string& line);

}  // namespace picket::app
