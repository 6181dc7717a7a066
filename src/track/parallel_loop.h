// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace picket {

/// Runs independent pieces of work on at most so many threads. Which thread takes which piece is
/// not determined, so a piece may write to its own place only: then nothing depends on it.
class ParallelLoop {
 public:
  /// @param threads  >= 1; 1: everything on the caller's
  explicit ParallelLoop(int threads);
  ~ParallelLoop();
  ParallelLoop(ParallelLoop&&) noexcept;
  ParallelLoop& operator=(ParallelLoop&&) noexcept;

  /// Calls work(0) to work(count - 1), each once, and returns when all are done.
  void operator()(std::size_t count, const std::function<void(std::size_t)>& work);

 private:
  class Arena;
  std::unique_ptr<Arena> arena_;
};

}  // namespace picket
