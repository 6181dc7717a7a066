// SPDX-License-Identifier: Apache-2.0
// How targets start: detections that nobody claims become seeds, and seeds that a second one fits
// become targets.
#include <algorithm>
#include <cmath>

#include "track/look_update.h"
#include "track/soundness.h"

namespace picket {
namespace {

constexpr double kLeastUnused = 0.3;  ///< a detection surer to be of known targets starts none:
                                      ///< what it started would live off their detections
constexpr double kSeedGate2 =
    12.0;  ///< squared distance within which a second detection grows a seed
constexpr double kSurest = 1.0 - 1e-12;  ///< existence
constexpr double kOldSeedS = 30.0;
constexpr std::size_t kMostNearSeed = 256;  ///< detections that are asked whether they grow a seed

/// d' S^-1 d of S = [ee en; en nn].
double Squared(double ee, double en, double nn, const Eigen::Vector2d& d) {
  return (nn * d[0] * d[0] - 2.0 * en * d[0] * d[1] + ee * d[1] * d[1]) / (ee * nn - en * en);
}

/// Takes out one; the last takes its place, for moving all that follow would cost more.
Seed Taken(std::vector<Seed>& seeds, std::size_t i) {
  Seed seed = std::move(seeds[i]);
  if (i + 1 < seeds.size()) seeds[i] = std::move(seeds.back());
  seeds.pop_back();
  return seed;
}

}  // namespace

void LookUpdate::DescribeBirths(const State& state) {
  const std::size_t n = detections_.size();
  newborn_density_.resize(n);
  places_.resize(n);
  clutter_density_.resize(n);
  density_.resize(n);
  const double scale = state.IntensityScale();
  ForEach(n, [&](std::size_t j) {
    const Detection& z = detections_[j];
    Newborn newborn;
    newborn_density_[j] = birth_.DensityOf(state.undetected, look_->sensor, pose_, z,
                                           signatures_[signature_of_[j]].offset_s, newborn);
    if (DetectionIndex::HasPlace(z)) {
      places_[j] = BirthModel::PlaceOf(pose_, z, index_.PlaceOf(j));
      newborn_density_[j] *= LocalScale(state, places_[j].mean);
    }
    clutter_density_[j] = clutter_.Density(state.clutter, look_->sensor, z);
    density_[j] = scale * newborn_density_[j] + clutter_density_[j];
  });
}

bool LookUpdate::NearAny(const Seed& seed) const {
  const double dt_s = (look_->time - Time::Ns(seed.key.time_ns)).s() + largest_offset_s_;
  const Eigen::Vector2d& from = seed.place.mean;
  const Eigen::Vector2d from_sensor = from - pose_.p_LS_L.head<2>();
  const double ground = std::max(from_sensor.norm(), 1.0);
  const double error = std::max({sd_range_m_, ground * sd_azimuth_rad_, sd_place_m_});
  const double flown = std::pow(birth_.speed_sd_mps() * dt_s, 2);
  const double half_m = kGateSd * std::sqrt(seed.place.covariance.trace() + error * error + flown);
  const auto sector = [&] {
    const Eigen::Vector3d p_S = pose_.R_SL * Eigen::Vector3d(from_sensor.x(), from_sensor.y(), 0.0);
    const double half_rad = half_m >= ground ? std::numbers::pi : std::asin(half_m / ground);
    return DetectionIndex::Sector{std::atan2(p_S.x(), p_S.y()), half_rad};
  };
  bool near = false;
  index_.Near(
      from.x(), from.y(), half_m, sector,
      [&](int j, bool has_place) {
        if (near) return;
        if (!has_place) {
          near = true;
          return;
        }
        const Eigen::Matrix2d& a = seed.place.covariance;
        const Eigen::Matrix2d& b = places_[j].covariance;
        const Eigen::Vector2d d = places_[j].mean - from;
        near = Squared(a(0, 0) + b(0, 0) + flown, a(0, 1) + b(0, 1), a(1, 1) + b(1, 1) + flown,
                       d) <= kSeedGate2;
      },
      kMostNearSeed);
  return near;
}

void LookUpdate::GrowSeeds(State& state) {
  if (detections_.empty() || state.seeds.empty()) return;
  const double scale = state.IntensityScale();
  flags_.resize(state.seeds.size());
  ForEach(state.seeds.size(), [&](std::size_t i) { flags_[i] = NearAny(state.seeds[i]) ? 1 : 0; });
  likelihoods_.clear();
  for (std::size_t i = 0; i < state.seeds.size(); ++i) {
    if (flags_[i] != 0) likelihoods_.emplace_back(state.seeds[i].Existence(scale), i);
  }
  constexpr char kTooMany = 2;
  for (const auto& [existence, i] : AllBut(RoomFor(state))) flags_[i] = kTooMany;
  for (std::size_t i = state.seeds.size(); i-- > 0;) {
    if (flags_[i] == 0) continue;
    if (flags_[i] == kTooMany) {
      ++LeftOutOf(state, state.seeds[i].key.sensor).starts;
      GiveUp(state, i);
      continue;
    }
    // A second detection may be of the same target: it becomes one.
    const Seed seed = Taken(state.seeds, i);
    const Time time = Time::Ns(seed.key.time_ns);
    const Detection& z = seed.detection();
    const double offset_s = z.time ? (*z.time - time).s() : 0.0;
    birth_.Imagine(state.undetected, seed.key.sensor, seed.from->pose, z, offset_s, newborn_);
    if (newborn_.density <= 0.0) continue;
    const double existence = seed.Existence(scale);
    StartTarget(state, seed.key.sensor, seed.key, z, offset_s, existence, newborn_);
    Bernoulli& target = *state.targets.back();
    target.first_existence = existence / std::max(seed.kept, 1e-3);
    target.time = time;
    PredictTarget(target, state.time);
    state.outlines.back() = OutlineOf(target);
  }
}

void LookUpdate::StartTarget(State& state, SensorIndex s, const BirthKey& key, const Detection& z,
                             double offset_s, double existence, Newborn& newborn) {
  static const Bernoulli kNobody;
  Bernoulli& target = *state.targets.emplace_back(pool_.Copy(kNobody));
  double total = 0.0;
  // Kinds of flying things keep their places; hypotheses on range go where they explain nothing.
  const bool kinds = newborn.mixture.size() <= birth_.kinds();
  for (const Gaussian& g : newborn.mixture) {
    if (!kinds && g.weight < kLeastWeight * newborn.density) continue;
    target.mixture.push_back(g);
    total += g.weight;
  }
  for (Gaussian& g : target.mixture) {
    g.weight /= total;
    if (offset_s != 0.0) {
      // From the detection's own time to the look's.
      g.x.head<3>() -= offset_s * g.x.tail<3>();
      const Eigen::Matrix3d b = g.P.topRightCorner<3, 3>();
      const Eigen::Matrix3d c = g.P.bottomRightCorner<3, 3>();
      g.P.topLeftCorner<3, 3>() += -offset_s * (b + b.transpose()) + (offset_s * offset_s) * c;
      g.P.topRightCorner<3, 3>() -= offset_s * c;
      g.P.bottomLeftCorner<3, 3>() = g.P.topRightCorner<3, 3>().transpose();
    }
    KeepPositiveDefinite(g);
  }
  StateVector mean;
  StateCovariance covariance;
  Moments(target.mixture, mean, covariance);
  target.first = FirstPlace(mean, covariance);
  target.district = undetected_.DistrictOf(mean.x(), mean.y());
  target.key = key;
  target.time = look_->time;
  target.first_place = clutter_.PlaceOf(s, z);
  target.existence = target.first_existence = existence;
  target.scale_at_start = state.IntensityScale();
  target.survived = state.survived;
  target.detections = 1;
  target.last_detection = Time::Ns(key.time_ns);
  target.sources.emplace_back(s, 1U);
  target.identity = z.identity;
  const bool says = SumOf(z.class_probability) > 0.0;
  double sum = 0.0;
  for (std::size_t c = 0; c < kTargetClasses; ++c) {
    target.class_probability[c] = says ? std::max(z.class_probability[c], 0.01) : 1.0;
    sum += target.class_probability[c];
  }
  for (double& p : target.class_probability) p /= sum;
  state.outlines.push_back(OutlineOf(target));
}

void LookUpdate::StartTargets(State& state) {
  const double scale = state.IntensityScale();
  std::shared_ptr<SeedLook> from;
  const auto is_seed = [](const Detection& z) {
    return DetectionIndex::HasPlace(z) && z.identity.empty();
  };
  const auto existence_of = [&](std::size_t j) {
    // What was found in this look has raised the scale since `density_` was made of it.
    return std::min(unused_[j] * (scale * newborn_density_[j]) / density_[j], kSurest);
  };
  flags_.assign(detections_.size(), 0);
  likelihoods_.clear();
  for (std::size_t j = 0; j < detections_.size(); ++j) {
    flags_[j] = unused_[j] < kLeastUnused || newborn_density_[j] <= 0.0 ? 0 : 1;
    if (flags_[j] != 0 && !is_seed(detections_[j])) likelihoods_.emplace_back(existence_of(j), j);
  }
  for (const auto& [existence, j] : AllBut(std::min(RoomFor(state), limits_.tentative))) {
    ++LeftOutOf(state, look_->sensor).starts;
    clutter_.CountFalse(state.clutter, look_->sensor,
                        clutter_.PlaceOf(look_->sensor, detections_[j]));
    flags_[j] = 0;
  }
  for (std::size_t j = 0; j < detections_.size(); ++j) {
    if (flags_[j] == 0) continue;
    const Detection& z = detections_[j];
    const BirthKey key{look_->time.ns(), look_->sensor, static_cast<std::int32_t>(j)};
    const double offset_s = signatures_[signature_of_[j]].offset_s;
    if (is_seed(z)) {
      if (!from) {
        from = std::make_shared<SeedLook>();
        from->look = look_;
        from->pose = pose_;
        // Its memory stays where it is, and with it what `detections_` shows.
        if (detections_.data() == corrected_.data()) from->corrected = std::move(corrected_);
      }
      Seed& seed = state.seeds.emplace_back();
      seed.key = key;
      seed.place = places_[j];
      seed.undetected = newborn_density_[j];
      seed.clutter = clutter_density_[j];
      seed.share = unused_[j];
      seed.from = from;
      continue;
    }
    birth_.Imagine(state.undetected, look_->sensor, pose_, z, offset_s, newborn_);
    StartTarget(state, look_->sensor, key, z, offset_s, existence_of(j), newborn_);
  }
}

void LookUpdate::CleanSeeds(State& state) {
  const double scale = state.IntensityScale();
  const double share = DropShare(state.seeds);
  for (std::size_t i = state.seeds.size(); i-- > 0;) {
    const Seed& seed = state.seeds[i];
    const double existence = seed.Existence(scale);
    const double first = existence / std::max(seed.kept, 1e-12);
    const double age_s = (state.time - Time::Ns(seed.key.time_ns)).s();
    if (existence >= std::min(share * first, kDrop) && age_s <= kOldSeedS) continue;
    GiveUp(state, i);
  }
  if (state.seeds.size() <= limits_.seeds) return;
  likelihoods_.clear();
  for (std::size_t i = 0; i < state.seeds.size(); ++i) {
    likelihoods_.emplace_back(state.seeds[i].Existence(scale), i);
  }
  flags_.assign(state.seeds.size(), 0);
  for (const auto& [existence, i] : AllBut(limits_.seeds)) flags_[i] = 1;
  for (std::size_t i = state.seeds.size(); i-- > 0;) {
    if (flags_[i] == 0) continue;
    ++LeftOutOf(state, state.seeds[i].key.sensor).starts;
    GiveUp(state, i);
  }
}

/// It goes back to the undetected ones, and counts as a false detection.
void LookUpdate::GiveUp(State& state, std::size_t seed) {
  const Seed gone = Taken(state.seeds, seed);
  const double scale = state.IntensityScale();
  undetected_.Add(state.undetected, gone.place.mean.x(), gone.place.mean.y(), std::nullopt,
                  gone.Existence(scale) / (scale * LocalScale(state, gone.place.mean)));
  clutter_.CountFalse(state.clutter, gone.key.sensor,
                      clutter_.PlaceOf(gone.key.sensor, gone.detection()));
}

}  // namespace picket
