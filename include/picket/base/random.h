// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace picket {

/// Seeded random numbers that are the same on every machine: the generator is SplitMix64 (Steele,
/// Lea, Flood, OOPSLA 2014) and the distributions are ours, for those of <random> differ between
/// standard libraries. Draw one number per statement: argument order is unspecified in C++.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  /// A stream of its own for (seed, name, index), independent of how many draws others make.
  Random(std::uint64_t seed, std::string_view name, std::uint64_t index = 0);

  [[nodiscard]] std::uint64_t Bits();
  /// Uniform in [0, 1), 53 bits.
  [[nodiscard]] double Uniform();
  [[nodiscard]] double Uniform(double from, double to);
  /// Standard normal (Marsaglia's polar method).
  [[nodiscard]] double Normal();
  /// Poisson of the given mean (>= 0; at most 1e9).
  [[nodiscard]] std::uint64_t Poisson(double mean);

 private:
  std::uint64_t state_;
};

}  // namespace picket
