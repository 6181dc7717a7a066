// SPDX-License-Identifier: Apache-2.0
#include "track/look_update.h"

#include <algorithm>
#include <cmath>

#include "picket/base/debug_assert.h"
#include "track/kinematics.h"
#include "track/soundness.h"

namespace picket {
namespace {

constexpr double kUndetectedStepS = 1.0;
constexpr double kFound = 0.9;  ///< existence from which a target counts as found
constexpr int kFoundDetections = 2;
constexpr double kEstablished = 0.99;
// Of targets that a sensor should have detected, for others see them.
constexpr double kAwaited = 0.5;  // least probability of detection, as modelled
constexpr double kSeenByOthersS = 10.0;
constexpr int kEstablishedDetections = 3;
// A target that was not seen for a while is shown until its place is this badly known, and this
// many times worse than when it was seen.
constexpr double kCoastSdM = 100.0;
constexpr double kCoastFactor = 3.0;
constexpr double kCoastEstablished = 2.0;   ///< times longer where it was once sure
constexpr double kLeastSurvived = 1e-6;     ///< before the count begins anew
constexpr double kIntensityMemoryS = 20.0;  ///< that the intensity scale is learned over

double WithOdds(double probability, double factor) {
  return probability * factor / (1.0 - probability + probability * factor);
}

}  // namespace

LookUpdate::LookUpdate(const std::shared_ptr<const DetectionField>& field,
                       TrackerParameters parameters, WorkLimits limits)
    : first_(*field),
      field_(std::make_shared<DetectionField>(*field)),
      parameters_(std::move(parameters)),
      limits_(limits),
      motion_(parameters_.process_noise_m2ps3),
      undetected_(field_, parameters_),
      birth_(field_, &undetected_, parameters_),
      clutter_(field_),
      registration_(field_),
      loop_(parameters_.threads) {}

void LookUpdate::Batch::Clear() {
  edges.clear();
  edge_views.clear();
  views.Clear();
  innovations.clear();
  likelihoods.clear();
  p_D.clear();
}

State LookUpdate::Start() const {
  State state;
  state.undetected = undetected_.Start();
  state.clutter = clutter_.Start();
  state.registration = registration_.Start();
  return state;
}

double LookUpdate::LocalScale(const State& state, const Eigen::Vector2d& p_L) const {
  return state.LocalScale(undetected_.DistrictOf(p_L.x(), p_L.y()));
}

double LookUpdate::ExpectedUndetected(const State& state) const {
  double sum = 0.0;
  for (const double expected : Undetected(state).expected) sum += expected;
  return sum;
}

Unseen LookUpdate::Undetected(const State& state) const {
  constexpr std::size_t kCells = std::size_t{UndetectedModel::kSide} * UndetectedModel::kSide;
  Unseen unseen{state.time, UndetectedModel::kSide, undetected_.cell_m(), {}, {}};
  unseen.expected.assign(kCells, 0.0);
  std::vector<double> scale(kCells);
  for (std::size_t c = 0; c < kCells; ++c) {
    scale[c] =
        state.IntensityScale() * state.LocalScale(UndetectedModel::DistrictOf(static_cast<int>(c)));
  }
  for (std::size_t band = 0; band < UndetectedModel::kBands; ++band) {
    double sum = 0.0;
    for (std::size_t c = 0; c < kCells; ++c) {
      const double here = state.undetected[band * kCells + c] * scale[c];
      unseen.expected[c] += here;
      sum += here;
    }
    unseen.bands.push_back({UndetectedModel::kBandFromM[band], sum});
  }
  return unseen;
}

std::vector<SensorCondition> LookUpdate::Conditions(const State& state) const {
  std::vector<SensorCondition> conditions;
  for (SensorIndex s = 0; s < static_cast<SensorIndex>(field_->sensors().size()); ++s) {
    conditions.push_back({registration_.BiasOf(state.registration, s),
                          clutter_.ClutterRatio(state.clutter, s),
                          clutter_.DetectionRatio(state.clutter, s),
                          static_cast<std::size_t>(s) < state.left_out.size()
                              ? state.left_out[static_cast<std::size_t>(s)]
                              : LeftOut{}});
  }
  return conditions;
}

std::size_t LookUpdate::ModesOf(const Bernoulli& target) const {
  return target.expanded ? static_cast<std::size_t>(motion_.modes()) : std::size_t{1};
}

void LookUpdate::Join(State& state, const Sensor& sensor) {
  const auto next = static_cast<SensorIndex>(first_.sensors().size());
  first_.Put(next, sensor);
  field_->Put(next, sensor);
  undetected_.Forget(next);
  clutter_.Grow(state.clutter);
  registration_.Grow(state.registration);
}

/// Brings field and state to the sensors as they are at a look. What the sensors are is part of the
/// state, so that going back to an earlier one goes back to the sensors of then.
void LookUpdate::Place(State& state, const Look& look) {
  clutter_.Grow(state.clutter);
  registration_.Grow(state.registration);
  if (!look.as && placed_.empty()) return;  // no sensor ever changed
  placed_.resize(field_->sensors().size());
  state.sensors.resize(placed_.size());
  const auto s = static_cast<std::size_t>(look.sensor);
  const std::shared_ptr<const Sensor> before = state.sensors[s];
  state.sensors[s] = look.as;
  for (std::size_t i = 0; i < placed_.size(); ++i) {
    if (placed_[i] == state.sensors[i]) continue;
    const auto index = static_cast<SensorIndex>(i);
    placed_[i] = state.sensors[i];
    field_->Put(index, placed_[i] ? *placed_[i] : first_.sensor(index));
    undetected_.Forget(index);
  }
  const Sensor& was = before ? *before : first_.sensor(look.sensor);
  const Sensor& is = field_->sensor(look.sensor);
  if (was.p_LS_L != is.p_LS_L || was.R_SL != is.R_SL) {
    // What it measured from elsewhere cannot be compared with others' from here.
    for (std::size_t i = 0; i < state.targets.size(); ++i) {
      const Bernoulli& target = *state.targets[i];
      if (target.sure && target.sure->sensor == look.sensor) Own(state, i).sure.reset();
    }
  }
  if (!ClutterMap::SameCells(was, is)) clutter_.Clear(state.clutter, look.sensor);
}

void LookUpdate::Predict(State& state, Time t) {
  const double dt_s = (t - state.time).s();
  PICKET_ASSERT(dt_s >= 0.0, "looks are taken in order of time");
  sweeps_ = t.ns() / 1'000'000'000 != state.time.ns() / 1'000'000'000;
  state.time = t;
  if (dt_s == 0.0) return;
  const double survive = std::pow(parameters_.survival_per_s, dt_s);
  state.survived *= survive;
  if (state.survived < kLeastSurvived) {
    for (std::size_t i = 0; i < state.targets.size(); ++i) {
      Bernoulli& target = Own(state, i);
      Bring(state, target);
      target.survived = 1.0;
    }
    state.survived = 1.0;
  }
  for (Seed& seed : state.seeds) seed.kept *= survive;
  const double fade = std::exp(-dt_s / kIntensityMemoryS);
  state.expected_found *= fade;
  state.found *= fade;
  for (double& each : state.expected_here) each *= fade;
  for (double& each : state.found_here) each *= fade;
  state.undetected_lag_s += dt_s;
  if (state.undetected_lag_s >= kUndetectedStepS) {
    undetected_.Advance(state.undetected, state.undetected_lag_s);
    state.undetected_lag_s = 0.0;
  }
}

Bernoulli& LookUpdate::Own(State& state, std::size_t i) {
  TargetPointer& target = state.targets[i];
  if (target.use_count() > 1) target = pool_.Copy(*target);
  return *target;
}

void LookUpdate::Recycle(State& state) {
  for (TargetPointer& target : state.targets) pool_.Return(std::move(target));
  state.targets.clear();
}

double LookUpdate::ExistenceNow(const State& state, const Bernoulli& target) {
  const double r = target.existence * (state.survived / target.survived);
  const double scale = state.IntensityScale();
  if (target.established || target.scale_at_start == scale) return r;
  return WithOdds(r, scale / target.scale_at_start);
}

void LookUpdate::Bring(const State& state, Bernoulli& target) {
  target.existence = ExistenceNow(state, target);
  target.survived = state.survived;
  target.scale_at_start = state.IntensityScale();
}

LeftOut& LookUpdate::LeftOutOf(State& state, SensorIndex s) {
  const auto at = static_cast<std::size_t>(s);
  if (state.left_out.size() <= at) state.left_out.resize(at + 1);
  return state.left_out[at];
}

std::span<const std::pair<double, std::size_t>> LookUpdate::AllBut(std::size_t most) {
  if (likelihoods_.size() <= most) return {};
  const auto first = likelihoods_.begin() + static_cast<std::ptrdiff_t>(most);
  std::nth_element(likelihoods_.begin(), first, likelihoods_.end(),
                   [](const auto& a, const auto& b) {
                     return a.first != b.first ? a.first > b.first : a.second < b.second;
                   });
  return std::span(likelihoods_).subspan(most);
}

Outline LookUpdate::OutlineOf(const Bernoulli& target) const {
  const std::size_t modes = ModesOf(target);
  const StateVector& first = target.mixture.front().x;
  Outline outline{target.time, first.head<2>(), first.segment<2>(3)};
  for (std::size_t g = modes; g < target.mixture.size(); g += modes) {
    const StateVector d = target.mixture[g].x - first;
    outline.apart_m = std::max(outline.apart_m, d.head<2>().norm());
    outline.apart_mps = std::max(outline.apart_mps, d.segment<2>(3).norm());
  }
  return outline;
}

void LookUpdate::PredictTarget(Bernoulli& target, Time t) const {
  const double dt_s = (t - target.time).s();
  target.time = t;
  motion_.Predict(target.mixture, static_cast<int>(ModesOf(target)), dt_s,
                  MotionModel::MayStop(target.class_probability));
  if (!target.expanded) target.first.Predict(dt_s);
}

void LookUpdate::DescribeDetections(const State& state, const Look& look) {
  if (field_->SetTime(look.sensor, look.time)) undetected_.Forget(look.sensor);
  sensor_ = &field_->sensor(look.sensor);
  scan_ = sensor_->look == LookKind::kScan;
  detections_ = look.detections;
  clock_bias_s_ = 0.0;
  detection_ratio_ = scan_ ? clutter_.DetectionRatio(state.clutter, look.sensor) : 1.0;
  if (registration_.Applies(state.registration, look.sensor)) {
    corrected_ = look.detections;
    for (Detection& z : corrected_) registration_.Correct(state.registration, look.sensor, z);
    detections_ = corrected_;
    clock_bias_s_ = registration_.BiasOf(state.registration, look.sensor).clock_s;
  }
  if (sensor_->error_correlation_s > 0.0) {
    // White noise of the same power at low frequencies as errors that are correlated over time
    // (first-order Gauss-Markov).
    const double rho = std::exp(-sensor_->period.s() / sensor_->error_correlation_s);
    const double inflation = std::sqrt((1.0 + rho) / (1.0 - rho));
    if (detections_.data() != corrected_.data()) corrected_ = look.detections;
    for (Detection& z : corrected_) {
      for (double& sd : z.sd) sd *= inflation;
    }
    detections_ = corrected_;
  }
  pose_.p_LS_L = sensor_->p_LS_L;
  pose_.R_SL = sensor_->R_SL;
  pose_.v_LS_L = sensor_->v_LS_L;
  pose_.sound_delay = sensor_->sound_delay;
  pose_.p_LRef_L = sensor_->reference >= 0 ? &field_->sensor(sensor_->reference).p_LS_L : nullptr;
  signatures_.clear();
  signature_of_.resize(detections_.size());
  rows_.resize(detections_.size());
  largest_offset_s_ = 0.0;
  claims_ = false;
  sd_range_m_ = sd_azimuth_rad_ = sd_place_m_ = 0.0;
  for (std::size_t j = 0; j < detections_.size(); ++j) {
    const Detection& z = detections_[j];
    const double offset_s = (z.time ? (*z.time - look.time).s() : 0.0) - clock_bias_s_;
    const Signature s = Signature::Of(z, z.measured, offset_s);
    rows_[j] = RowsOf(z, z.measured);
    largest_offset_s_ = std::max(largest_offset_s_, std::abs(offset_s));
    claims_ = claims_ || !z.identity.empty() || SumOf(z.class_probability) > 0.0;
    const auto sd = [&](Component c) { return z.sd[static_cast<std::size_t>(c)]; };
    sd_range_m_ = std::max(sd_range_m_, sd(Component::kRange));
    sd_azimuth_rad_ = std::max(sd_azimuth_rad_, sd(Component::kAzimuth));
    sd_place_m_ = std::max({sd_place_m_, sd(Component::kEast), sd(Component::kNorth)});
    if (!signatures_.empty() && s == signatures_.back()) {
      signature_of_[j] = static_cast<int>(signatures_.size()) - 1;
    } else if (!signatures_.empty() && s == signatures_.front()) {
      signature_of_[j] = 0;
    } else {
      signature_of_[j] = static_cast<int>(signatures_.size());
      signatures_.push_back(s);
    }
  }
  named_.clear();
  if (claims_ && !scan_) {
    for (const Detection& z : detections_) {
      for (const auto& claim : z.identity) named_.push_back(&claim);
    }
    std::sort(named_.begin(), named_.end(), [](const auto* a, const auto* b) { return *a < *b; });
  }
  index_.Build(pose_, detections_);
}

/// Where the sensor at hand should see a target.
AwaitedTarget LookUpdate::Await(const Bernoulli& target) const {
  StateVector mean;
  StateCovariance covariance;
  Moments(target.mixture, mean, covariance);
  const Eigen::Vector3d p_ST_S = pose_.R_SL * (mean.head<3>() - pose_.p_LS_L);
  return {p_ST_S.norm(), std::atan2(p_ST_S.x(), p_ST_S.y()),
          std::sqrt(std::max(0.0, covariance(0, 0) + covariance(1, 1)))};
}

void LookUpdate::Learn(State& state) {
  claimed_.assign(detections_.size(), 0.0);
  for (const Edge& edge : edges_) {
    claimed_[edge.detection] += edge.probability;
  }
  double expected = 0.0;
  double detected = 0.0;
  int pairs = 0;
  bool compared = false;
  const double turned_rad =
      state.registration.sensors[static_cast<std::size_t>(look_->sensor)].turned_rad;
  const bool turns = scan_ && sensor_->measures.Has(Component::kRange) &&
                     sensor_->measures.Has(Component::kAzimuth);
  std::size_t awaited_detected = 0;
  seen_by_others_.clear();
  for (std::size_t i = 0; i < target_views_.size(); ++i) {
    const TargetView& view = target_views_[i];
    if (view.Untouched()) continue;
    Bernoulli& target = Near(state, i);
    if (!target.counted && target.existence > kFound && target.detections >= kFoundDetections) {
      target.counted = true;
      state.found += 1.0;
      if (target.district >= 0) state.found_here[static_cast<std::size_t>(target.district)] += 1.0;
    }
    if (!target.established) {
      target.established =
          target.existence > kEstablished && target.detections >= kEstablishedDetections;
      continue;
    }
    if (view.cluster >= 0 || target.existence < kEstablished) continue;
    const Edge* sure = nullptr;
    double here = 0.0;
    for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
      here += edges_[e].probability;
      const double others = claimed_[edges_[e].detection] - edges_[e].probability;
      if (edges_[e].probability > kSure && others < 1.0 - kSure) sure = &edges_[e];
    }
    // What one other sensor alone has ever seen may be its error: rain gives tracks, too.
    const bool vouched = target.sources.size() > 1 ||
                         (!target.sources.empty() && target.sources.front().first == look_->sensor);
    if (1.0 - view.miss > 0.1 && vouched) {
      expected += (1.0 - view.miss) / detection_ratio_;
      detected += here;
    }
    if (turns && 1.0 - view.miss > kAwaited * detection_ratio_ && target.sure &&
        target.sure->sensor != look_->sensor &&
        std::abs((look_->time - target.sure->time).s()) < kSeenByOthersS) {
      seen_by_others_.push_back(i);
      if (here > 0.5) ++awaited_detected;
    }
    if (sure == nullptr) continue;
    const auto now = SureDetection::Of(*look_, look_->detections[sure->detection], turned_rad);
    if (!now) continue;
    if (target.sure && target.sure->sensor != now->sensor &&
        pairs < registration_.MaxPairsInLook()) {
      const double apart_s = (now->time - target.sure->time).s();
      if (std::abs(apart_s) <= Registration::kLongestS) {
        StateVector mean;
        StateCovariance covariance;
        Moments(target.mixture, mean, covariance);
        registration_.Compare(state.registration, *target.sure, *now, mean);
        ++pairs;
        compared = true;
      }
    }
    target.sure = now;
  }
  if (turns) {
    awaited_.clear();
    if (2 * awaited_detected <= seen_by_others_.size()) {  // where they are matters then alone
      for (const std::size_t i : seen_by_others_) awaited_.push_back(Await(Near(state, i)));
    }
    registration_.LookForTurn(state.registration, look_->sensor, awaited_, awaited_detected,
                              detections_);
  }
  if (compared) registration_.Settle(state.registration);
  clutter_.CountEstablished(state.clutter, look_->sensor, expected, detected);
  clutter_.CountLook(state.clutter, look_->sensor);
}

void LookUpdate::Take(State& state, const std::shared_ptr<const Look>& shared) {
  look_ = shared;
  const Look& look = *look_;
  if (!state.started) {
    state.started = true;
    state.time = look.time;
  }
  Place(state, look);
  Predict(state, look.time);
  DescribeDetections(state, look);
  DescribeBirths(state);
  GrowSeeds(state);
  FindPairs(state);
  AllowForOverlap(state);
  associator_.Solve(edges_, static_cast<int>(near_.size()), static_cast<int>(detections_.size()),
                    unused_);
  FindContested(state);
  priors_.resize(target_views_.size());
  ForEach(target_views_.size(), [&](std::size_t i) {
    if (target_views_[i].Untouched()) return;
    if (IsSmoothed(Near(state, i), target_views_[i])) {
      Moments(Near(state, i).mixture, priors_[i].x, priors_[i].P);
    }
    UpdateExistence(Near(state, i), target_views_[i]);
    if (target_views_[i].cluster < 0) UpdateMixture(Near(state, i), target_views_[i], BatchOf(i));
  });
  std::span<const int> contested = contested_;
  for (const int size : clusters_) {
    MergeTogether(state, contested.first(static_cast<std::size_t>(size)));
    contested = contested.subspan(static_cast<std::size_t>(size));
  }
  ForEach(target_views_.size(), [&](std::size_t i) {
    if (target_views_[i].edges == 0) return;
    Bernoulli& target = Near(state, i);
    UpdateClaims(target, target_views_[i]);
    CountInnovation(target, target_views_[i], BatchOf(i));
    FollowBySensor(state, target, target_views_[i]);
    if (!IsSmoothed(target, target_views_[i])) return;
    Prior after;
    Moments(target.mixture, after.x, after.P);
    target.first.Update(priors_[i].x, priors_[i].P, after.x, after.P);
  });
  Rematch(state);
  Learn(state);
  for (Seed& seed : state.seeds) {
    if (!scan_) break;
    seed.kept *= undetected_.Miss(look.sensor, seed.place.mean.x(), seed.place.mean.y());
  }
  StartTargets(state);
  if (scan_)
    state.expected_found += undetected_.Thin(state.undetected, look.sensor, state.expected_here);
  CleanTargets(state);
  CleanSeeds(state);
  PICKET_DEBUG_ASSERT(AreSound(state, look.time), "what is believed of a target is a distribution");
}

Picture LookUpdate::PictureAt(const State& state, Time t, bool tentative) {
  Picture picture;
  picture.time = t;
  shown_.clear();
  if (!state.started) return picture;
  const double survive = std::pow(parameters_.survival_per_s, std::max((t - state.time).s(), 0.0));
  for (const TargetPointer& shared : state.targets) {
    const Bernoulli& target = *shared;
    if (!target.confirmed && !tentative) continue;
    Mixture mixture = target.mixture;
    motion_.Predict(mixture, static_cast<int>(ModesOf(target)), (t - target.time).s(),
                    MotionModel::MayStop(target.class_probability));
    Track track;
    Moments(mixture, track.mean, track.covariance);
    // Nobody sees it any more, and where it is has become a guess.
    const double sd_m = std::sqrt(std::max(track.covariance(0, 0), track.covariance(1, 1)));
    const double coast_m = std::max(kCoastSdM, kCoastFactor * target.seen_sd_m);
    if (!tentative && sd_m > coast_m * (target.established ? kCoastEstablished : 1.0)) continue;
    track.existence = ExistenceNow(state, target) * survive;
    track.confirmed = target.confirmed;
    track.class_probability = WithSpeed(target.class_probability, track.mean, track.covariance);
    track.identity = target.identity;
    track.first_evidence = Time::Ns(target.key.time_ns);
    track.nis_sum = target.nis_sum;
    track.nis_degrees = target.nis_degrees;
    track.first_position = target.first.mean();
    track.first_position_sd = target.first.sd();
    track.last_detection = target.last_detection;
    track.sources.assign(target.sources.begin(), target.sources.end());
    picture.tracks.push_back(std::move(track));
    shown_.push_back(target.key);
  }
  return picture;
}

}  // namespace picket
