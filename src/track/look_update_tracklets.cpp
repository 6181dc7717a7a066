// SPDX-License-Identifier: Apache-2.0
// Targets of a group fly alike, so that a track may go on with one target's detections by one radar
// and with another's by the next. Where their ranges cross there is nothing, but each look fits:
// only all looks of a sensor together tell such a ghost. So each target keeps a filter for each
// sensor (tracklets, as in track-to-track association: Bar-Shalom, Willett, Tian 2011, 8.3), and
// two targets exchange what one sensor says of them where it then fits much better.
#include <algorithm>

#include "track/look_update.h"

namespace picket {
namespace {

using Vector4 = Eigen::Matrix<double, 4, 1>;
using Matrix4 = Eigen::Matrix<double, 4, 4>;
constexpr std::array<int, 4> kHorizontal = {0, 1, 3, 4};
constexpr std::array<int, 2> kVertical = {2, 5};
constexpr double kNeighbourM = 600.0;  ///< farther ones are not taken for each other
constexpr std::uint32_t kTold = 2;     ///< detections from which a tracklet says something
constexpr double kSuspicious = 5.0;    ///< squared distance from which a tracklet is looked into
constexpr double kExchange = 6.0;      ///< twice the log of the odds for which there is an exchange
constexpr double kLargest2 = 20.0;     ///< squared distance of what fits, at most
constexpr double kHighM = 600.0;       ///< above ground, where a target of the low sky is not
constexpr double kFits2 = 15.0;        ///< squared distance of tracklets that agree

/// Place and velocity over ground.
struct Estimate {
  Vector4 x;
  Matrix4 P;
};

/// What a tracklet says at an instant, in near-constant velocity with noise q (m^2/s^3).
Estimate Horizontal(const Tracklet& tracklet, Time t, double q) {
  const double dt = (t - tracklet.time).s();
  Estimate e{tracklet.g.x(kHorizontal), tracklet.g.P(kHorizontal, kHorizontal)};
  e.x.head<2>() += dt * e.x.tail<2>();
  const Eigen::Matrix2d m = e.P.topRightCorner<2, 2>();
  const Eigen::Matrix2d c = e.P.bottomRightCorner<2, 2>();
  e.P.topLeftCorner<2, 2>() += dt * (m + m.transpose()) + (dt * dt) * c;
  e.P.topRightCorner<2, 2>() += dt * c;
  for (int i = 0; i < 2; ++i) {
    e.P(i, i) += q * dt * dt * dt / 3.0;
    e.P(i, i + 2) += q * dt * dt / 2.0;
    e.P(i + 2, i + 2) += q * dt;
  }
  e.P.bottomLeftCorner<2, 2>() = e.P.topRightCorner<2, 2>().transpose();
  return e;
}

Estimate Fused(const Estimate& a, const Estimate& b) {
  const Matrix4 gain = a.P * (a.P + b.P).inverse();
  const Matrix4 P = a.P - gain * a.P;
  return {a.x + gain * (b.x - a.x), 0.5 * (P + P.transpose())};
}

struct Fit {
  double squared = 0.0;   ///< Mahalanobis distance
  double distance = 0.0;  ///< -2 log density, up to a constant
};

double Squared(const Estimate& a, const Estimate& b) {
  const Vector4 d = a.x - b.x;
  const Matrix4 S = a.P + b.P;
  return d.dot(S.inverse() * d);
}

/// How well two estimates are of one target.
Fit FitOf(const Estimate& a, const Estimate& b) {
  const double squared = Squared(a, b);
  return {squared, squared + std::log((a.P + b.P).determinant())};
}

/// Gives some components of a Gaussian other values, independent of the rest.
template <std::size_t N>
void Replace(Gaussian& g, const std::array<int, N>& at, const Eigen::Matrix<double, N, 1>& x,
             const Eigen::Matrix<double, N, N>& P) {
  for (const int i : at) {
    g.P.row(i).setZero();
    g.P.col(i).setZero();
  }
  g.x(at) = x;
  g.P(at, at) = P;
  g.turn_cov.setZero();
}

Tracklet* OfSensor(Bernoulli& target, SensorIndex s) {
  for (Tracklet& tracklet : target.tracklets) {
    if (tracklet.sensor == s) return &tracklet;
  }
  return nullptr;
}

/// What the tracklets of a target say at an instant: that of one sensor, and all others together.
struct Opinions {
  Estimate own;
  Estimate rest;
};

Opinions OpinionsOf(const Bernoulli& target, SensorIndex s, Time t, double q) {
  Opinions opinions;
  bool first = true;
  for (const Tracklet& tracklet : target.tracklets) {
    const Estimate now = Horizontal(tracklet, t, q);
    if (tracklet.sensor == s) {
      opinions.own = now;
    } else {
      opinions.rest = first ? now : Fused(opinions.rest, now);
      first = false;
    }
  }
  return opinions;
}

void Settle(Bernoulli& target, const Opinions& opinions) {
  const Estimate all = Fused(opinions.own, opinions.rest);
  for (Gaussian& g : target.mixture) Replace<4>(g, kHorizontal, all.x, all.P);
}

}  // namespace

void LookUpdate::FollowBySensor(const State& state, Bernoulli& target,
                                const TargetView& view) const {
  if (!scan_ || !target.confirmed || target.sources.size() < 2) return;
  const Edge* best = nullptr;
  for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
    if (edges_[e].probability > 0.5) best = &edges_[e];
  }
  if (best == nullptr || !DetectionIndex::HasPlace(detections_[best->detection])) return;
  const Detection& z = detections_[best->detection];
  const Signature& signature = signatures_[signature_of_[best->detection]];
  Tracklet* own = OfSensor(target, look_->sensor);
  if (own != nullptr) {
    motion_.PredictOneMode(own->g, (look_->time - own->time).s());
    own->time = look_->time;
    const bool fits = WithSize(signature.count, [&]<int M>() {
      const Expected expected = Expect(signature, pose_, own->g.x);
      const View<M> seen(own->g, signature, expected, own->g.x);
      const typename View<M>::Vector v = Innovation(signature, z, expected);
      if (!(seen.norm > 0.0) || !(seen.Distance2(v) <= kLargest2 + 2.0 * M)) return false;
      GaussianUpdate update(own->g);
      update.Add<M>(seen, 1.0, v, v * v.transpose());
      update.Apply();
      return true;
    });
    if (fits) {
      ++own->detections;
      return;
    }
  }
  // The first, or of somebody else than those before.
  Newborn newborn;
  birth_.Imagine(state.undetected, look_->sensor, pose_, z, signature.offset_s, newborn);
  if (newborn.mixture.empty()) return;
  if (own == nullptr) own = &target.tracklets.emplace_back();
  *own = {look_->sensor, look_->time, 1, newborn.mixture.front()};
}

void LookUpdate::Rematch(State& state) {
  if (!scan_) return;
  by_east_.clear();
  for (std::size_t i = 0; i < target_views_.size(); ++i) {
    if (target_views_[i].Untouched()) continue;
    Bernoulli& target = Near(state, i);
    if (target.tracklets.size() < 2) continue;
    const Tracklet* own = OfSensor(target, look_->sensor);
    if (own == nullptr || own->detections < kTold) continue;
    by_east_.push_back(
        {target.mixture.front().x[0], static_cast<int>(i), own->time == look_->time});
  }
  std::sort(by_east_.begin(), by_east_.end());
  for (std::size_t k = 0; k < by_east_.size(); ++k) {
    if (!by_east_[k].seen_now) continue;
    if (!Lower(Near(state, by_east_[k].target))) ExchangeWithNeighbour(state, k);
  }
}

/// False first detections may have left it at a height that no radar measures and that its right
/// ones keep it at. Tracklets start low: where they agree, so does the target.
bool LookUpdate::Lower(Bernoulli& target) const {
  const auto agl_m = [&](const Gaussian& g) {
    return g.x[2] - undetected_.GroundUpM(g.x[0], g.x[1]);
  };
  if (agl_m(target.mixture.front()) < kHighM) return false;
  for (const Tracklet& tracklet : target.tracklets) {
    if (agl_m(tracklet.g) > kHighM) return false;
  }
  const Opinions opinions =
      OpinionsOf(target, look_->sensor, look_->time, motion_.NoiseOfOneMode());
  if (Squared(opinions.own, opinions.rest) > kFits2) return false;
  Settle(target, opinions);
  const Gaussian& low = OfSensor(target, look_->sensor)->g;
  for (Gaussian& g : target.mixture) {
    Replace<2>(g, kVertical, low.x(kVertical), low.P(kVertical, kVertical));
  }
  return true;
}

void LookUpdate::ExchangeWithNeighbour(State& state, std::size_t k) {
  const SensorIndex s = look_->sensor;
  Bernoulli& a = Near(state, by_east_[k].target);
  std::optional<Opinions> of_a;
  double distance_a = 0.0;
  const double q = motion_.NoiseOfOneMode();
  Bernoulli* with = nullptr;
  double best_gain = kExchange;
  /// @returns false: this one's tracklet fits, nothing is to be looked for
  const auto look_into = [&](Bernoulli& b) {
    if (std::abs(b.mixture.front().x[1] - a.mixture.front().x[1]) > kNeighbourM) return true;
    if (!of_a) {
      of_a = OpinionsOf(a, s, look_->time, q);
      if (Squared(of_a->own, of_a->rest) < kSuspicious) return false;
      distance_a = FitOf(of_a->own, of_a->rest).distance;
    }
    const Opinions of_b = OpinionsOf(b, s, look_->time, q);
    const Fit swapped_a = FitOf(of_a->own, of_b.rest);
    const Fit swapped_b = FitOf(of_b.own, of_a->rest);
    const double gain =
        distance_a + FitOf(of_b.own, of_b.rest).distance - swapped_a.distance - swapped_b.distance;
    if (gain > best_gain && swapped_a.squared < kLargest2 && swapped_b.squared < kLargest2) {
      best_gain = gain;
      with = &b;
    }
    return true;
  };
  const double east_m = by_east_[k].east_m;
  bool goes_on = true;
  for (std::size_t l = k + 1; goes_on && l < by_east_.size(); ++l) {
    if (by_east_[l].east_m - east_m > kNeighbourM) break;
    goes_on = look_into(Near(state, by_east_[l].target));
  }
  for (std::size_t l = k; goes_on && l-- > 0;) {
    if (east_m - by_east_[l].east_m > kNeighbourM) break;
    goes_on = look_into(Near(state, by_east_[l].target));
  }
  if (with == nullptr) return;
  std::swap(*OfSensor(a, s), *OfSensor(*with, s));
  Settle(a, OpinionsOf(a, s, look_->time, q));
  Settle(*with, OpinionsOf(*with, s, look_->time, q));
}

}  // namespace picket
