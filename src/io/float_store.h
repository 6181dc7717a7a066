// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "picket/base/error.h"

namespace picket {

/// Numbers that may be more than memory should hold: few of them lie in memory, many in the pages
/// of a file without a name, which the system reads and lets go of as they are used.
class FloatStore {
 public:
  /// All zero. The file lies in the folder that TMPDIR names, or else in /var/tmp.
  /// @param most_in_memory  up to so many stay out of files
  /// Errors: no room for the file, or the folder cannot be written to.
  [[nodiscard]] static Result<std::shared_ptr<FloatStore>> Make(std::size_t count,
                                                                std::size_t most_in_memory);
  ~FloatStore();
  FloatStore(const FloatStore&) = delete;
  FloatStore& operator=(const FloatStore&) = delete;

  [[nodiscard]] std::span<float> values() { return values_; }
  [[nodiscard]] bool InFile() const { return mapped_ != nullptr; }
  /// Gives the memory back that numbers of a file take; they are still there.
  void Release() const;

 private:
  FloatStore() = default;

  std::vector<float> in_memory_;
  void* mapped_ = nullptr;
  std::span<float> values_;
};

}  // namespace picket
