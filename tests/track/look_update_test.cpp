// SPDX-License-Identifier: Apache-2.0
#include "track/look_update.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#include "picket/base/random.h"

namespace {
std::atomic<int> allocations{0};
}  // namespace

// Counted, for a test below; sanitizers have their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PICKET_COUNTS_ALLOCATIONS
void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t align) {
  ++allocations;
  if (void* p = std::aligned_alloc(static_cast<std::size_t>(align), size)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t /*size*/) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t /*align*/) noexcept { std::free(p); }
void operator delete(void* p, std::size_t /*size*/, std::align_val_t /*align*/) noexcept {
  std::free(p);
}
#endif

namespace picket {
namespace {

const Time kStart = Time::Ns(1'772'323'200'000'000'000);
constexpr double kSdM = 15.0;
constexpr double kSdRad = 0.5 * kRadPerDeg;

/// Three radars that see drones 15 km out, and what they report of them.
class LookUpdateTest : public testing::Test {
 protected:
  struct Target {
    Eigen::Vector3d p;
    Eigen::Vector3d v;
    [[nodiscard]] Eigen::Vector3d At(double t_s) const { return p + t_s * v; }
  };

  static std::vector<Sensor> Radars() {
    std::vector<Sensor> radars;
    for (const auto& [east_m, north_m] :
         {std::pair{0.0, 0.0}, std::pair{-8000.0, 6000.0}, std::pair{9000.0, -5000.0}}) {
      Sensor s;
      s.id = "r" + std::to_string(radars.size());
      s.p_LS_L = {east_m, north_m, 0.0};
      s.field.max_range_m = 28000.0;
      s.detect.probability = 0.9;
      s.clutter_per_look = 20.0;
      s.measures = {Component::kRange, Component::kAzimuth};
      radars.push_back(s);
    }
    return radars;
  }

  LookUpdateTest()
      : field_(std::make_shared<const DetectionField>(Radars(), std::make_shared<const Terrain>())),
        update_(field_, TrackerParameters{}),
        state_(update_.Start()) {}

  /// The looks from one whole second to another, each target in each of them.
  /// @returns allocations in taking them
  int Look(const std::vector<Target>& targets, int from_s, int to_s) {
    int counted = 0;
    for (int t = from_s; t < to_s; ++t) {
      for (SensorIndex s = 0; s < 3; ++s) {
        const Sensor& radar = field_->sensor(s);
        const double at_s = t + 0.3 * s;
        picket::Look look{s, kStart + Duration::Seconds(at_s), {}};
        const SensorPose pose{radar.p_LS_L, radar.R_SL, false, nullptr};
        for (const Target& target : targets) {
          const auto z = Measure(radar.measures, pose, target.At(at_s), target.v);
          const double range_error = random_.Normal();
          const double azimuth_error = random_.Normal();
          Detection& detection = look.detections.emplace_back();
          detection.Set(Component::kRange, z[0] + kSdM * range_error, kSdM);
          detection.Set(Component::kAzimuth, z[1] + kSdRad * azimuth_error, kSdRad);
        }
        const auto shared = std::make_shared<const picket::Look>(std::move(look));
        const int before = allocations;
        update_.Take(state_, shared);
        counted += allocations - before;
      }
    }
    return counted;
  }

  Bernoulli& Nearest(const Eigen::Vector3d& p) {
    return **std::min_element(state_.targets.begin(), state_.targets.end(),
                              [&](const TargetPointer& a, const TargetPointer& b) {
                                return Error(*a, p) < Error(*b, p);
                              });
  }
  /// Of the place over ground, m; of no target that is shown: far.
  static double Error(const Bernoulli& target, const Eigen::Vector3d& p) {
    StateVector mean;
    StateCovariance covariance;
    Moments(target.mixture, mean, covariance);
    return target.confirmed ? (mean.head<2>() - p.head<2>()).norm() : 1e9;
  }

  std::shared_ptr<const DetectionField> field_;
  LookUpdate update_;
  State state_;
  Random random_{7};
};

TEST_F(LookUpdateTest, WhatOneRadarSaysOfTwoTargetsIsExchangedWhereItFitsBetter) {
  const std::vector<Target> two = {{{6000.0, 14000.0, 120.0}, {-10.0, -20.0, 0.0}},
                                   {{6150.0, 14000.0, 130.0}, {-10.0, -20.0, 0.0}}};
  Look(two, 0, 20);
  Bernoulli& a = Nearest(two[0].At(19.6));
  Bernoulli& b = Nearest(two[1].At(19.6));
  ASSERT_NE(&a, &b);
  ASSERT_LT(Error(a, two[0].At(19.6)), 30.0);
  ASSERT_EQ(a.tracklets.size(), 3U);
  ASSERT_EQ(b.tracklets.size(), 3U);
  const auto of_first = [](Bernoulli& target) {
    return std::find_if(target.tracklets.begin(), target.tracklets.end(),
                        [](const Tracklet& t) { return t.sensor == 0; });
  };
  std::swap(*of_first(a), *of_first(b));
  // So that one track has the first radar's ranges of one target and the others' of the other.
  for (Bernoulli* target : {&a, &b}) {
    for (Gaussian& g : target->mixture) g.x = 0.5 * (a.mixture[0].x + b.mixture[0].x);
  }
  Look(two, 20, 22);
  for (const Target& target : two) {
    EXPECT_LT(Error(Nearest(target.At(21.6)), target.At(21.6)), 30.0);
  }
}

TEST_F(LookUpdateTest, ATargetThatItsRadarsPutLowDoesNotStayHigh) {
  const Target target{{3000.0, 14000.0, 120.0}, {-5.0, -20.0, 0.0}};
  Look({target}, 0, 10);
  Bernoulli& track = Nearest(target.At(9.6));
  for (Gaussian& g : track.mixture) {
    g.x[1] -= 150.0;
    g.x[2] = 2000.0;
    g.P(2, 2) = 300.0 * 300.0;
  }
  Look({target}, 10, 13);
  EXPECT_LT(track.mixture[0].x[2], 400.0);
  EXPECT_LT(Error(track, target.At(12.6)), 30.0);
}

#ifdef PICKET_COUNTS_ALLOCATIONS
TEST_F(LookUpdateTest, WhatFliesOutOfSightIsLetGoWhenItCouldBeAnywhere) {
  const std::vector<Target> one = {{{0.0, 24000.0, 120.0}, {0.0, 150.0, 0.0}}};
  Look(one, 0, 20);
  ASSERT_TRUE(Nearest(one[0].At(20.0)).confirmed);
  Look({}, 75, 76);  // beyond all radars by now: no look tells that it is not there
  EXPECT_EQ(state_.targets.size(), 1U);
  Look({}, 700, 702);
  EXPECT_TRUE(state_.targets.empty());
}

TEST_F(LookUpdateTest, SteadyTargetsAllocateNextToNothing) {
  // Alone, and close enough to contend for detections.
  std::vector<Target> targets;
  for (int k = 0; k < 12; ++k) {
    const double apart_m = k < 6 ? 2000.0 : 100.0;
    targets.push_back({{-6000.0 + apart_m * k, 14000.0, 120.0 + k}, {-5.0, -20.0, 0.0}});
  }
  Look(targets, 0, 100);
  EXPECT_EQ(state_.targets.size(), targets.size());
  // In 60 looks: but for a scratch list that once in a while has to be longer than ever before.
  EXPECT_LE(Look(targets, 100, 120), 3);
}
#endif

/// A drone in ten looks of one radar, then floods of false detections, then the drone alone: with
/// limits that a small flood reaches.
class Flood {
 public:
  static constexpr WorkLimits kLimits = {600, 300, 500, 20'000, 200};
  static constexpr int kFrom = 10;
  static constexpr int kTo = 16;

  Flood(const std::shared_ptr<const DetectionField>& field, int threads)
      : field_(field), update_(field, Parameters(threads), kLimits), state_(update_.Start()) {}

  /// @param false_alarms  uniform over range and azimuth, in each look of the flood
  void Take(int t, int false_alarms) {
    const Sensor& radar = field_->sensor(0);
    Look look{0, kStart + Duration::Seconds(t), {}};
    const auto add = [&](double range_m, double azimuth_rad) {
      Detection& z = look.detections.emplace_back();
      z.Set(Component::kRange, range_m, kSdM);
      z.Set(Component::kAzimuth, azimuth_rad, kSdRad);
    };
    const SensorPose pose{radar.p_LS_L, radar.R_SL, false, nullptr};
    const auto z = Measure(radar.measures, pose, Drone(t), Eigen::Vector3d(-10.0, -20.0, 0.0));
    add(z[0] + kSdM * random_.Normal(), z[1] + kSdRad * random_.Normal());
    for (int k = 0; t >= kFrom && t < kTo && k < false_alarms; ++k) {
      const double range_m = random_.Uniform(100.0, 10000.0);
      add(range_m, random_.Uniform(0.0, 6.28));
    }
    update_.Take(state_, std::make_shared<const Look>(std::move(look)));
  }
  static Eigen::Vector3d Drone(int t) { return {1500.0 - 10.0 * t, 9000.0 - 20.0 * t, 120.0}; }
  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] Picture At(int t) {
    return update_.PictureAt(state_, kStart + Duration::Seconds(t), false);
  }
  [[nodiscard]] std::span<const BirthKey> shown() const { return update_.shown(); }
  [[nodiscard]] std::vector<SensorCondition> Conditions() const {
    return update_.Conditions(state_);
  }

 private:
  static TrackerParameters Parameters(int threads) {
    TrackerParameters parameters;
    parameters.threads = threads;
    return parameters;
  }
  std::shared_ptr<const DetectionField> field_;
  LookUpdate update_;
  State state_;
  Random random_{11};
};

TEST_F(LookUpdateTest, AFloodIsBoundedAndCountedAndOutlivedByWhatIsThere) {
  Flood flood(field_, 1);
  BirthKey drone;
  for (int t = 0; t < 40; ++t) {
    flood.Take(t, 2000);
    ASSERT_LE(flood.state().targets.size(), Flood::kLimits.targets);
    ASSERT_LE(flood.state().seeds.size(), Flood::kLimits.seeds);
    const auto tentative =
        std::count_if(flood.state().targets.begin(), flood.state().targets.end(),
                      [](const TargetPointer& each) { return !each->confirmed; });
    ASSERT_LE(static_cast<std::size_t>(tentative), Flood::kLimits.tentative);
    if (t != Flood::kFrom - 1) continue;
    ASSERT_EQ(flood.At(t).tracks.size(), 1U);
    drone = flood.shown()[0];
    EXPECT_EQ(flood.Conditions()[0].left_out.starts, 0U);
    EXPECT_EQ(flood.Conditions()[0].left_out.gates, 0U);
  }
  const LeftOut left_out = flood.Conditions()[0].left_out;
  EXPECT_GT(left_out.starts, 6000U);  // of 12,000 false ones
  EXPECT_LE(left_out.starts, 12000U);
  EXPECT_GT(left_out.gates, 0U);
  EXPECT_EQ(flood.Conditions()[1].left_out.starts, 0U);
  const Picture after = flood.At(39);
  ASSERT_EQ(after.tracks.size(), 1U);
  EXPECT_EQ(flood.shown()[0], drone);
  EXPECT_LT((after.tracks[0].mean.head<2>() - Flood::Drone(39).head<2>()).norm(), 100.0);
}

TEST_F(LookUpdateTest, WhatAFloodLeavesOutDoesNotDependOnTheThreads) {
  Flood one(field_, 1);
  Flood two(field_, 2);
  for (int t = 0; t < Flood::kTo; ++t) {
    one.Take(t, 1000);
    two.Take(t, 1000);
  }
  EXPECT_GT(one.Conditions()[0].left_out.starts, 0U);
  EXPECT_EQ(one.Conditions()[0].left_out.starts, two.Conditions()[0].left_out.starts);
  EXPECT_EQ(one.Conditions()[0].left_out.gates, two.Conditions()[0].left_out.gates);
  ASSERT_EQ(one.state().targets.size(), two.state().targets.size());
  for (std::size_t i = 0; i < one.state().targets.size(); ++i) {
    ASSERT_EQ(one.state().targets[i]->key, two.state().targets[i]->key);
    ASSERT_EQ(one.state().targets[i]->existence, two.state().targets[i]->existence);
  }
}

}  // namespace
}  // namespace picket
