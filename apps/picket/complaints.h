// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "picket/base/error.h"

namespace picket::app {

/// What is wrong with an input, told on standard error: the first of each cause at once, with its
/// place, and at the end how often each came. Causes that differ in numbers alone are one.
class Complaints {
 public:
  void Add(const Error& error);
  /// Tells how often each cause came, and how many complaints there were.
  void Summarise() const;
  [[nodiscard]] std::int64_t total() const { return total_; }

 private:
  struct Cause {
    std::int64_t count = 0;
    std::string first;
  };
  static constexpr std::size_t kMostCauses = 100;
  std::map<std::string, Cause> causes_;
  std::int64_t total_ = 0;
  std::int64_t others_ = 0;  ///< of causes beyond kMostCauses
};

}  // namespace picket::app
