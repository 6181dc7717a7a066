// SPDX-License-Identifier: Apache-2.0
#include "picket/base/random.h"

#include <cmath>

#include "picket/base/assert.h"

namespace picket {

Random::Random(std::uint64_t seed, std::string_view name, std::uint64_t index) : state_(seed) {
  // Each part passes through the mixer, so that streams of near seeds or indices are unrelated.
  state_ = Bits() ^ index;
  for (const char c : name) {
    state_ = Bits() ^ static_cast<unsigned char>(c);
  }
  state_ = Bits();
}

std::uint64_t Random::Bits() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31U);
}

double Random::Uniform() { return static_cast<double>(Bits() >> 11U) * 0x1.0p-53; }

double Random::Uniform(double from, double to) { return from + (to - from) * Uniform(); }

double Random::Normal() {
  while (true) {
    const double u = 2.0 * Uniform() - 1.0;
    const double v = 2.0 * Uniform() - 1.0;
    const double s = u * u + v * v;
    if (s > 0.0 && s < 1.0) return u * std::sqrt(-2.0 * std::log(s) / s);
  }
}

std::uint64_t Random::Poisson(double mean) {
  PICKET_ASSERT(mean >= 0.0 && mean <= 1e9, "a Poisson mean is in [0, 1e9]");
  // Knuth's product method in chunks, so that exp(-mean) does not underflow.
  std::uint64_t count = 0;
  while (mean > 0.0) {
    const double part = mean < 500.0 ? mean : 500.0;
    mean -= part;
    const double limit = std::exp(-part);
    double product = Uniform();
    while (product > limit) {
      ++count;
      product *= Uniform();
    }
  }
  return count;
}

}  // namespace picket
