// SPDX-License-Identifier: Apache-2.0
#include "picket/base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace picket {
namespace {

TEST(RandomTest, BitsAreThoseOfSplitMix64) {
  // The generator's first numbers from this seed, as other implementations give them.
  Random random(1234567);
  for (const std::uint64_t want :
       {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL,
        4593380528125082431ULL, 16408922859458223821ULL}) {
    EXPECT_EQ(random.Bits(), want);
  }
}

TEST(RandomTest, EqualSeedsGiveEqualStreams) {
  Random a(7, "radar", 3);
  Random b(7, "radar", 3);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(a.Normal(), b.Normal());
    EXPECT_EQ(a.Poisson(3.5), b.Poisson(3.5));
  }
}

TEST(RandomTest, StreamsOfOtherNamesSeedsAndIndicesDiffer) {
  std::set<std::uint64_t> first;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const char* name : {"", "a", "b", "ab", "ba", "radar"}) {
      for (std::uint64_t index = 0; index < 20; ++index) {
        first.insert(Random(seed, name, index).Bits());
      }
    }
  }
  EXPECT_EQ(first.size(), 20U * 6U * 20U);
}

/// Mean and variance of `count` draws.
template <typename Draw>
std::pair<double, double> Moments(int count, Draw draw) {
  double sum = 0.0;
  double square = 0.0;
  for (int i = 0; i < count; ++i) {
    const double x = draw();
    sum += x;
    square += x * x;
  }
  const double mean = sum / count;
  return {mean, square / count - mean * mean};
}

// Bounds are five standard errors; the seeds are fixed, so these either always hold or never.
constexpr int kDraws = 200'000;

TEST(RandomTest, UniformCoversItsRangeEvenly) {
  Random random(1);
  std::vector<int> bins(16);
  const auto [mean, variance] = Moments(kDraws, [&] {
    const double u = random.Uniform();
    EXPECT_GE(u, 0.0);
    EXPECT_LT(u, 1.0);
    ++bins[static_cast<std::size_t>(u * 16)];
    return u;
  });
  EXPECT_NEAR(mean, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));
  EXPECT_NEAR(variance, 1.0 / 12, 5 * std::sqrt(1.0 / 180 / kDraws));
  for (const int bin : bins) EXPECT_NEAR(bin, kDraws / 16, 5 * std::sqrt(kDraws / 16.0));
  for (int i = 0; i < 1000; ++i) {
    const double x = random.Uniform(-3, 5);
    EXPECT_GE(x, -3.0);
    EXPECT_LT(x, 5.0);
  }
}

TEST(RandomTest, NormalHasItsMomentsAndTails) {
  Random random(2);
  int beyond_two = 0;
  double cubes = 0.0;
  const auto [mean, variance] = Moments(kDraws, [&] {
    const double x = random.Normal();
    beyond_two += std::abs(x) > 2.0 ? 1 : 0;
    cubes += x * x * x;
    return x;
  });
  EXPECT_NEAR(mean, 0.0, 5 * std::sqrt(1.0 / kDraws));
  EXPECT_NEAR(variance, 1.0, 5 * std::sqrt(2.0 / kDraws));
  EXPECT_NEAR(cubes / kDraws, 0.0, 5 * std::sqrt(15.0 / kDraws));
  EXPECT_NEAR(beyond_two / static_cast<double>(kDraws), 0.0455, 5 * std::sqrt(0.0455 / kDraws));
}

TEST(RandomTest, PoissonHasItsMeanAsVariance) {
  for (const double want : {0.1, 3.0, 100.0, 700.0}) {
    Random random(3, "poisson", static_cast<std::uint64_t>(want));
    const int draws = want > 50 ? 4000 : 50'000;
    const auto [mean, variance] =
        Moments(draws, [&] { return static_cast<double>(random.Poisson(want)); });
    EXPECT_NEAR(mean, want, 5 * std::sqrt(want / draws));
    EXPECT_NEAR(variance, want, 5 * std::sqrt((2 * want * want + want) / draws));
  }
  Random random(4);
  EXPECT_EQ(random.Poisson(0.0), 0U);
}

TEST(RandomDeathTest, PoissonRefusesWhatIsNoMean) {
  Random random(5);
  EXPECT_DEATH((void)random.Poisson(-1.0), "Poisson mean");
  EXPECT_DEATH((void)random.Poisson(std::nan("")), "Poisson mean");
}

}  // namespace
}  // namespace picket
