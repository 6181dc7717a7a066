// SPDX-License-Identifier: Apache-2.0
#include "track/parallel_loop.h"

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

namespace picket {

class ParallelLoop::Arena : public tbb::task_arena {
 public:
  using tbb::task_arena::task_arena;
};

ParallelLoop::ParallelLoop(int threads)
    : arena_(threads > 1 ? std::make_unique<Arena>(threads) : nullptr) {}
ParallelLoop::~ParallelLoop() = default;
ParallelLoop::ParallelLoop(ParallelLoop&&) noexcept = default;
ParallelLoop& ParallelLoop::operator=(ParallelLoop&&) noexcept = default;

void ParallelLoop::operator()(std::size_t count, const std::function<void(std::size_t)>& work) {
  if (arena_ == nullptr || count < 2) {
    for (std::size_t i = 0; i < count; ++i) work(i);
    return;
  }
  arena_->execute(
      [&] { tbb::parallel_for(std::size_t{0}, count, work, tbb::simple_partitioner()); });
}

}  // namespace picket
