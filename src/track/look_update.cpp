// SPDX-License-Identifier: Apache-2.0
#include "track/look_update.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "picket/base/assert.h"
#include "track/kinematics.h"

namespace picket {
namespace {

constexpr double kGate2 = 20.0;       ///< squared Mahalanobis distance beyond which no pairing, and
                                      ///< 2 for each component
constexpr double kLooseGate2 = 36.0;  ///< where the distance is only roughly known
constexpr double kTentativeGate2 = 16.0;  ///< of a target that is not shown: most are false
constexpr double kGateSd = 4.5;           ///< the same as one-dimensional distance, for the index
constexpr double kConfirm = 0.5;          ///< existence from which a target is shown (least GOSPA)
constexpr double kHide = 0.45;            ///< and below which it is hidden, two missed looks later
constexpr double kDropShare = 0.1;        ///< of the first existence: a target below it is let go
constexpr double kDrop = 1e-3;            ///< whatever the first existence was
/// Targets that are not shown and are followed at most, or as many as there are detections.
constexpr std::size_t kMostTentative = 1000;
constexpr double kLostSdM = 1000.0;        ///< a target less well placed than this goes back to the
                                           ///< undetected ones
constexpr double kLeastClearanceM = 20.0;  ///< above ground, where a target can be at the lowest
constexpr double kLeastUnused = 0.3;   ///< a detection surer to be of known targets starts none:
                                       ///< what it started would live off their detections
constexpr double kLeastWeight = 2e-3;  ///< of a group in a mixture
constexpr double kOwnReport = 0.9;     ///< probability that a target's own report is of this track
constexpr double kSelfReportShare = 0.5;  ///< of the targets that report themselves
constexpr double kUndetectedStepS = 1.0;
constexpr int kExpandDetections = 3;
constexpr int kForceExpandDetections = 8;  ///< from which the likeliest kind is taken for true
constexpr double kContested = 0.05;        ///< probability from which two targets share a detection
constexpr double kContender = 0.02;  ///< existence from which a target contends for detections
constexpr double kLeastMass = 1e-4;  ///< of a hypothesis that is merged
constexpr double kFound = 0.9;       ///< existence from which a target counts as found
constexpr int kFoundDetections = 2;
constexpr double kEstablished = 0.99;
constexpr int kEstablishedDetections = 3;
constexpr double kLeastOdds = 1e-5;  ///< of a pairing that is worth having
constexpr double kSeedGate2 =
    12.0;  ///< squared distance within which a second detection grows a seed
constexpr double kOldSeedS = 30.0;
// A target that was not seen for a while is shown until its place is this badly known, and this
// many times worse than when it was seen.
constexpr double kCoastSdM = 100.0;
constexpr double kCoastFactor = 3.0;
constexpr double kCoastEstablished = 2.0;   ///< times longer where it was once sure
constexpr double kIntensityMemoryS = 20.0;  ///< that the intensity scale is learned over
// An update is iterated where one sigma of the place is more than this share of the range, until
// the measurement that is expected moves by less than this many sigma, so many times at most.
constexpr double kCoarseShare = 0.05;
constexpr double kIteratedSd = 0.1;
constexpr int kIterations = 5;
constexpr double kSure = 0.95;  ///< probability from which a detection is surely a target's

// An identity that agrees or not, against one that comes from nowhere: a claim, never truth.
constexpr double kSameIdentity = 1e4;
constexpr double kOtherIdentity = 1e-2;

Spread SpreadOf(const Mixture& mixture) {
  Spread spread;
  for (const Gaussian& g : mixture) spread.mean += g.weight * g.x;
  for (const Gaussian& g : mixture) {
    const StateVector d = g.x - spread.mean;
    spread.variance += g.weight * (g.P.diagonal() + d.cwiseAbs2());
    spread.east_north += g.weight * (g.P(0, 1) + d[0] * d[1]);
  }
  return spread;
}

double SumOf(const ClassProbabilities& p) {
  double sum = 0.0;
  for (const double each : p) sum += each;
  return sum;
}

/// How much likelier a target of these classes and identity gives this detection than one of which
/// nothing is known.
double Affinity(const Bernoulli& target, const Detection& z) {
  double affinity = 1.0;
  if (SumOf(z.class_probability) > 0.0) {
    double sum = 0.0;
    for (std::size_t c = 0; c < kTargetClasses; ++c) {
      sum += z.class_probability[c] * target.class_probability[c];
    }
    affinity *= std::clamp(sum * kTargetClasses, 0.05, 5.0);
  }
  for (const auto& [kind, value] : z.identity) {
    for (const auto& [known_kind, known_value] : target.identity) {
      if (kind == known_kind) affinity *= value == known_value ? kSameIdentity : kOtherIdentity;
    }
  }
  return affinity;
}

/// Squared distance on the ground within which a detection may be a target's.
double GateOf(const Bernoulli& target) { return target.confirmed ? kLooseGate2 : kTentativeGate2; }

/// Whether a detection claims an identity that the target is known by.
bool NamedIn(const Bernoulli& target, std::span<const Detection> detections) {
  for (const Detection& z : detections) {
    for (const auto& claim : z.identity) {
      for (const auto& known : target.identity) {
        if (claim == known) return true;
      }
    }
  }
  return false;
}

double WithOdds(double probability, double factor) {
  return probability * factor / (1.0 - probability + probability * factor);
}

}  // namespace

LookUpdate::LookUpdate(const std::shared_ptr<const DetectionField>& field,
                       TrackerParameters parameters)
    : first_(*field),
      field_(std::make_shared<DetectionField>(*field)),
      parameters_(std::move(parameters)),
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

template <typename Work>
void LookUpdate::ForEach(std::size_t count, const Work& work) {
  const auto batch = [&](std::size_t b) {
    for (std::size_t i = b * kBatch; i < std::min(count, (b + 1) * kBatch); ++i) work(i);
  };
  loop_((count + kBatch - 1) / kBatch, std::ref(batch));  // by reference: no allocation
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
                          clutter_.DetectionRatio(state.clutter, s)});
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
    // What it measured from elsewhere cannot be placed from here.
    std::erase_if(state.seeds, [&](const Seed& seed) { return seed.key.sensor == look.sensor; });
    for (Bernoulli& target : state.targets) {
      if (target.sure && target.sure->sensor == look.sensor) target.sure.reset();
    }
  }
  if (!ClutterMap::SameCells(was, is)) clutter_.Clear(state.clutter, look.sensor);
}

void LookUpdate::Predict(State& state, Time t) {
  const double dt_s = (t - state.time).s();
  PICKET_ASSERT(dt_s >= 0.0, "looks are taken in order of time");
  state.time = t;
  if (dt_s == 0.0) return;
  const double survive = std::pow(parameters_.survival_per_s, dt_s);
  ForEach(state.targets.size(), [&](std::size_t i) {
    Bernoulli& target = state.targets[i];
    target.existence *= survive;
    if (target.confirmed || target.expanded) PredictTarget(target, t);
  });
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

void LookUpdate::PredictTarget(Bernoulli& target, Time t) const {
  const double dt_s = (t - target.time).s();
  target.time = t;
  motion_.Predict(target.mixture, static_cast<int>(ModesOf(target)), dt_s,
                  MotionModel::MayStop(target.class_probability));
  if (!target.expanded) target.first.Predict(dt_s);
}

void LookUpdate::DescribeDetections(const State& state, const Look& look) {
  look_ = &look;
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
  index_.Build(*sensor_, detections_);
}

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
      places_[j] = birth_.PlaceOf(look_->sensor, z);
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
  const Eigen::Vector2d p_S =
      (pose_.R_SL * Eigen::Vector3d(from_sensor.x(), from_sensor.y(), 0.0)).head<2>();
  const double half_rad = half_m >= ground ? std::numbers::pi : std::asin(half_m / ground);
  bool near = false;
  index_.Near(from.x(), from.y(), half_m, std::atan2(p_S.x(), p_S.y()), half_rad,
              [&](int j, bool has_place) {
                if (near) return;
                if (!has_place) {
                  near = true;
                  return;
                }
                Eigen::Matrix2d S = seed.place.covariance + places_[j].covariance;
                S.diagonal().array() += flown;
                const Eigen::Vector2d d = places_[j].mean - from;
                near = d.dot(S.inverse() * d) <= kSeedGate2;
              });
  return near;
}

void LookUpdate::GrowSeeds(State& state) {
  if (detections_.empty() || state.seeds.empty()) return;
  const double scale = state.IntensityScale();
  flags_.resize(state.seeds.size());
  ForEach(state.seeds.size(), [&](std::size_t i) { flags_[i] = NearAny(state.seeds[i]) ? 1 : 0; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < state.seeds.size(); ++i) {
    Seed& seed = state.seeds[i];
    if (flags_[i] == 0) {
      if (kept != i) state.seeds[kept] = std::move(seed);
      ++kept;
      continue;
    }
    // A second detection may be of the same target: it becomes one.
    const Sensor& first = field_->sensor(seed.key.sensor);
    SensorPose pose;
    pose.p_LS_L = first.p_LS_L;
    pose.R_SL = first.R_SL;
    const Time time = Time::Ns(seed.key.time_ns);
    const double offset_s = seed.detection.time ? (*seed.detection.time - time).s() : 0.0;
    birth_.Imagine(state.undetected, seed.key.sensor, pose, seed.detection, offset_s, newborn_);
    if (newborn_.density <= 0.0) continue;
    const double existence = seed.Existence(scale);
    StartTarget(state, seed.key.sensor, seed.key, seed.detection, offset_s, existence, newborn_);
    Bernoulli& target = state.targets.back();
    target.first_existence = existence / std::max(seed.kept, 1e-3);
    target.time = time;
    PredictTarget(target, state.time);
  }
  state.seeds.erase(state.seeds.begin() + static_cast<std::ptrdiff_t>(kept), state.seeds.end());
}

/// The detections that may be a target's, by where they lie on the ground.
void LookUpdate::FindCandidates(const Spread& wide, double gate2, TargetView& view,
                                std::vector<int>& candidates) const {
  const StateVector& mean = wide.mean;
  const StateVector& variance = wide.variance;
  const double spread = std::sqrt(std::max(variance[0], variance[1]));
  const Eigen::Vector3d p_S = pose_.R_SL * (mean.head<3>() - pose_.p_LS_L);
  const double ground = std::max(p_S.head<2>().norm(), 1.0);
  const double range = p_S.norm();
  view.coarse = spread > kCoarseShare * range;
  const double drift =
      largest_offset_s_ *
      (mean.tail<3>().norm() + kGateSd * std::sqrt(std::max(variance[3], variance[4])));
  const double sound = pose_.sound_delay ? range / kSpeedOfSoundMps * mean.tail<3>().norm() : 0.0;
  const double error = std::max({sd_range_m_, range * sd_azimuth_rad_, sd_place_m_});
  // Slant range without elevation puts a high target too far out on the ground.
  const double slant = std::min(range - ground + std::sqrt(variance[2]) * 0.5, ground);
  const double half_m =
      kGateSd * std::sqrt(spread * spread + error * error) + drift + sound + slant;
  const double half_rad =
      half_m >= ground ? std::numbers::pi
                       : kGateSd * sd_azimuth_rad_ +
                             std::asin(std::min(1.0, (kGateSd * spread + drift + sound) / ground));
  // A detection with a place has to lie near on the ground before anything dearer is asked. An
  // offset of at most `off` adds at most 1 to the squared distance if off^2 is in the variances.
  const double off = drift + sound + slant;
  Eigen::Matrix2d ground_spread;
  ground_spread << variance[0] + off * off, wide.east_north, wide.east_north,
      variance[1] + off * off;
  candidates.clear();
  index_.Near(mean.x(), mean.y(), half_m, std::atan2(p_S.x(), p_S.y()), half_rad,
              [&](int j, bool has_place) {
                if (has_place) {
                  const Eigen::Matrix2d S = ground_spread + places_[j].covariance;
                  const Eigen::Vector2d d = places_[j].mean - mean.head<2>();
                  const double determinant = S(0, 0) * S(1, 1) - S(0, 1) * S(1, 0);
                  const double d2 =
                      S(1, 1) * d[0] * d[0] - 2.0 * S(0, 1) * d[0] * d[1] + S(0, 0) * d[1] * d[1];
                  if (d2 > (gate2 + 1.0) * determinant) return;
                }
                candidates.push_back(j);
              });
}

void LookUpdate::FindPairsOf(const Bernoulli& target, TargetView& view, int index,
                             Batch& batch) const {
  FindCandidates(SpreadOf(target.mixture), GateOf(target), view, batch.candidates);
  const std::size_t modes = ModesOf(target);
  const std::size_t gaussians = target.mixture.size();
  const std::size_t groups = gaussians / modes;
  int signature_used = -1;
  std::size_t first_view = 0;
  for (const int j : batch.candidates) {
    const Signature& signature = signatures_[signature_of_[j]];
    if (signature_of_[j] != signature_used) {
      signature_used = signature_of_[j];
      batch.expected.clear();
      WithSize(signature.count, [&]<int M>() {
        std::vector<View<M>>& views = batch.views.Of<M>();
        first_view = views.size();
        for (std::size_t group = 0; group < groups; ++group) {
          // The modes of a group are close together: linear about their mean for all of them.
          const Gaussian* g = &target.mixture[group * modes];
          StateVector about = g->x;
          if (modes > 1) {
            about.setZero();
            double total = 0.0;
            for (std::size_t m = 0; m < modes; ++m) {
              about += g[m].weight * g[m].x;
              total += g[m].weight;
            }
            about /= total;
          }
          batch.expected.push_back(Expect(signature, pose_, about));
          for (std::size_t m = 0; m < modes; ++m) {
            views.emplace_back(g[m], signature, batch.expected.back(), about);
          }
        }
      });
    }
    const EdgeView edge_view{signature.count, first_view, batch.innovations.size(),
                             batch.likelihoods.size()};
    double likelihood = 0.0;
    batch.innovation.resize(groups * static_cast<std::size_t>(signature.count));
    batch.likelihood.resize(gaussians);
    WithSize(signature.count, [&]<int M>() {
      const View<M>* views = &batch.views.Of<M>()[first_view];
      for (std::size_t group = 0; group < groups; ++group) {
        Eigen::Map<typename View<M>::Vector> v(&batch.innovation[group * M]);
        v = Innovation<M>(signature, rows_[j], batch.expected[group]);
        for (std::size_t m = 0; m < modes; ++m) {
          const std::size_t g = group * modes + m;
          const double d2 = views[g].Distance2(v - views[g].delta);
          const double here = d2 <= kGate2 + 2.0 * M ? views[g].norm * std::exp(-0.5 * d2) : 0.0;
          batch.likelihood[g] = here;
          const double weight = target.mixture[g].weight * batch.p_D[view.first_gaussian + g];
          likelihood += weight * here;
        }
      }
    });
    double odds = target.existence * likelihood /
                  ((1.0 - target.existence + target.existence * view.miss) * density_[j]);
    if (claims_) odds *= Affinity(target, detections_[j]);
    if (!(odds > kLeastOdds)) continue;
    batch.innovations.insert(batch.innovations.end(), batch.innovation.begin(),
                             batch.innovation.end());
    batch.likelihoods.insert(batch.likelihoods.end(), batch.likelihood.begin(),
                             batch.likelihood.end());
    batch.edges.push_back({index, j, std::min(odds, 1e12), 0.0});
    batch.edge_views.push_back(edge_view);
  }
  view.edges = batch.edges.size() - view.first_edge;
}

void LookUpdate::FindPairs(State& state) {
  const std::size_t count = state.targets.size();
  target_views_.assign(count, TargetView{});
  const std::size_t batches = (count + kBatch - 1) / kBatch;
  if (batches_.size() < batches) batches_.resize(batches);
  const auto find = [&](std::size_t b) { FindPairsOfBatch(state, b); };
  loop_(batches, std::ref(find));
  // One list, by target.
  edges_.clear();
  edge_views_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    if (i % kBatch == 0) {
      const Batch& batch = BatchOf(i);
      for (std::size_t k = i; k < std::min(count, i + kBatch); ++k) {
        target_views_[k].first_edge += edges_.size();
      }
      edges_.insert(edges_.end(), batch.edges.begin(), batch.edges.end());
      edge_views_.insert(edge_views_.end(), batch.edge_views.begin(), batch.edge_views.end());
    }
  }
}

void LookUpdate::FindPairsOfBatch(State& state, std::size_t b) {
  Batch& batch = batches_[b];
  batch.Clear();
  for (std::size_t i = b * kBatch; i < std::min(state.targets.size(), (b + 1) * kBatch); ++i) {
    Bernoulli& target = state.targets[i];
    TargetView& view = target_views_[i];
    const double dt_s = (state.time - target.time).s();
    if (dt_s > 0.0 && !detections_.empty()) {
      // No nearer than this, whatever place and speed have to do with each other.
      Spread later = SpreadOf(target.mixture);
      later.mean.head<3>() += dt_s * later.mean.tail<3>();
      for (int c = 0; c < 3; ++c) {
        later.variance[c] =
            std::pow(std::sqrt(later.variance[c]) + dt_s * std::sqrt(later.variance[c + 3]), 2) +
            motion_.NoiseOfOneMode(dt_s);
      }
      FindCandidates(later, GateOf(target), view, batch.candidates);
      if (!batch.candidates.empty()) PredictTarget(target, state.time);
    }
    const bool moved = target.time == state.time;
    view.first_edge = batch.edges.size();
    view.first_gaussian = batch.p_D.size();
    view.existence = target.existence;
    // A report of somebody's own tells of nobody else; but of two tracks of one name, the one that
    // it does not fit was silent.
    view.looked_for = scan_ || (claims_ && NamedIn(target, detections_));
    const std::size_t modes = ModesOf(target);
    double seen = 0.0;
    double p_D = 0.0;
    for (std::size_t g = 0; g < target.mixture.size(); ++g) {
      if (g % modes == 0) {
        const Gaussian& first = target.mixture[g];
        Eigen::Vector3d p = first.x.head<3>();
        if (!moved) p += dt_s * first.x.tail<3>();
        // An estimate under ground is an error of height, not a target that nobody can see.
        p.z() = std::max(p.z(), undetected_.GroundUpM(p.x(), p.y()) + kLeastClearanceM);
        p_D = detection_ratio_ * field_->ProbabilityOfDetection(
                                     look_->sensor, target.class_probability, p, first.x.tail<3>());
        if (!scan_) p_D = std::min(p_D, view.looked_for ? kOwnReport : kSelfReportShare);
      }
      batch.p_D.push_back(p_D);
      seen += target.mixture[g].weight * p_D;
    }
    view.miss = view.looked_for ? 1.0 - seen : 1.0;
    if (moved && seen > 0.0 && !detections_.empty())
      FindPairsOf(target, view, static_cast<int>(i), batch);
  }
}

void LookUpdate::FindContested(const State& state) {
  const int count = static_cast<int>(state.targets.size());
  parent_.resize(count);
  for (int i = 0; i < count; ++i) parent_[i] = i;
  const auto root = [&](int i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  };
  const auto contends = [&](const Edge& edge) {
    return edge.probability >= kContested && target_views_[edge.track].existence >= kContender;
  };
  last_claim_.assign(detections_.size(), -1);
  clusters_.clear();
  for (const Edge& edge : edges_) {
    if (!contends(edge)) continue;
    int& last = last_claim_[edge.detection];
    if (last >= 0) {
      const int a = root(last);
      const int b = root(edge.track);
      parent_[std::max(a, b)] = std::min(a, b);
    }
    last = edge.track;
  }
  // Only targets of one structure can be merged; the first of each stands for its cluster.
  std::map<std::tuple<int, std::optional<Mode>, std::size_t>, std::vector<int>> alike;
  for (int i = 0; i < count; ++i) {
    if (root(i) != i) alike[{root(i), std::nullopt, 0}];  // this root has company
  }
  for (int i = 0; i < count; ++i) {
    if (!alike.contains({root(i), std::nullopt, 0})) continue;
    const Bernoulli& target = state.targets[i];
    std::optional<Mode> last;
    if (target.expanded) last = target.mixture.back().mode;
    alike[{root(i), last, target.mixture.size()}].push_back(i);
  }
  for (auto& [key, members] : alike) {
    if (members.size() > 1) clusters_.push_back(std::move(members));
  }
  for (std::size_t c = 0; c < clusters_.size(); ++c) {
    for (const int i : clusters_[c]) target_views_[i].cluster = static_cast<int>(c);
  }
}

void LookUpdate::AddHypothesis(const Bernoulli& target, const TargetView& view, const Batch& batch,
                               int owner, int edge, double mass) {
  Hypothesis h;
  h.owner = owner;
  h.mass = mass;
  h.mixture = target.mixture;
  const std::size_t modes = ModesOf(target);
  double total = 0.0;
  for (std::size_t g = 0; g < h.mixture.size(); ++g) {
    Gaussian& gaussian = h.mixture[g];
    const double p_D = batch.p_D[view.first_gaussian + g];
    if (edge < 0) {
      gaussian.weight *= view.looked_for ? 1.0 - p_D : 1.0;
    } else {
      const EdgeView& e = edge_views_[edge];
      gaussian.weight *= p_D * batch.likelihoods[e.first_likelihood + g];
      if (gaussian.weight > 0.0) {
        WithSize(e.size, [&]<int M>() {
          const View<M>& seen = batch.views.Of<M>()[e.first_view + g];
          const Eigen::Map<const typename View<M>::Vector> shared(
              &batch.innovations[e.first_innovation + g / modes * M]);
          const typename View<M>::Vector v = shared - seen.delta;
          GaussianUpdate update(gaussian);
          update.Add<M>(seen, 1.0, v, v * v.transpose());
          update.Apply();
        });
      }
    }
    total += gaussian.weight;
  }
  if (!(total > 0.0)) return;
  for (Gaussian& g : h.mixture) g.weight /= total;
  Moments(h.mixture, h.x, h.P);
  if (edge >= 0) h.detection = edges_[edge].detection;
  hypotheses_.push_back(std::move(h));
}

void LookUpdate::MergeTogether(State& state, std::span<const int> members) {
  hypotheses_.clear();
  merged_existence_.clear();
  neighbours_.resize(members.size());
  for (std::size_t k = 0; k < members.size(); ++k) {
    neighbours_[k].assign(1, static_cast<int>(k));
  }
  // Who claims what, by detection.
  std::vector<std::pair<int, int>> claims;
  for (std::size_t k = 0; k < members.size(); ++k) {
    const TargetView& view = target_views_[members[k]];
    const Bernoulli& target = state.targets[members[k]];
    const Batch& batch = BatchOf(static_cast<std::size_t>(members[k]));
    const std::size_t before = hypotheses_.size();
    double detected = 0.0;
    for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
      const Edge& edge = edges_[e];
      detected += edge.probability;
      if (edge.probability >= kLeastMass) {
        AddHypothesis(target, view, batch, static_cast<int>(k), static_cast<int>(e),
                      edge.probability);
      }
      if (edge.probability >= kContested) claims.emplace_back(edge.detection, static_cast<int>(k));
    }
    const double r = view.existence;
    const double missed =
        std::max(0.0, 1.0 - detected) * (r * view.miss / (1.0 - r + r * view.miss));
    if (missed >= kLeastMass || hypotheses_.size() == before) {
      AddHypothesis(target, view, batch, static_cast<int>(k), -1, std::max(missed, kLeastMass));
    }
    if (hypotheses_.size() == before) {
      // Nothing explains one of them: each for itself.
      for (const int i : members) {
        UpdateMixture(state.targets[i], target_views_[i], BatchOf(static_cast<std::size_t>(i)));
      }
      return;
    }
    double mass = 0.0;
    for (std::size_t h = before; h < hypotheses_.size(); ++h) mass += hypotheses_[h].mass;
    if (mass > 1.0) {
      for (std::size_t h = before; h < hypotheses_.size(); ++h) hypotheses_[h].mass /= mass;
      mass = 1.0;
    }
    merged_existence_.push_back(mass);
  }
  std::sort(claims.begin(), claims.end());
  for (std::size_t from = 0; from < claims.size();) {
    std::size_t to = from;
    while (to < claims.size() && claims[to].first == claims[from].first) ++to;
    for (std::size_t a = from; a < to; ++a) {
      for (std::size_t b = from; b < to; ++b) {
        if (a != b) neighbours_[claims[a].second].push_back(claims[b].second);
      }
    }
    from = to;
  }
  for (std::vector<int>& to : neighbours_) {
    std::sort(to.begin(), to.end());
    to.erase(std::unique(to.begin(), to.end()), to.end());
  }
  merge_.Solve(hypotheses_, neighbours_, merged_existence_, merged_);
  for (std::size_t k = 0; k < members.size(); ++k) {
    Bernoulli& target = state.targets[members[k]];
    target.existence = merged_existence_[k];
    if (!merged_[k].empty()) target.mixture = std::move(merged_[k]);
  }
}

void LookUpdate::UpdateExistence(Bernoulli& target, const TargetView& view) const {
  double detected = 0.0;
  for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
    detected += edges_[e].probability;
  }
  const double r = view.existence;
  const double missed = std::max(0.0, 1.0 - detected) * (r * view.miss / (1.0 - r + r * view.miss));
  target.existence = std::min(detected + missed, 1.0 - 1e-12);
}

/// The iterated extended Kalman filter (Bell & Cathey, IEEE T-AC 38(2), 1993): linear about where
/// the detection puts the target, again and again.
template <int M>
void LookUpdate::AddIterated(GaussianUpdate& update, const Gaussian& g, int detection, double share,
                             const View<M>& first, const typename View<M>::Vector& first_v) const {
  const Signature& signature = signatures_[signature_of_[detection]];
  View<M> view = first;
  typename View<M>::Vector v = first_v;
  for (int i = 0; i < kIterations; ++i) {
    const StateVector about = g.x + view.K * v;
    const Expected expected = Expect(signature, pose_, about);
    const View<M> again(g, signature, expected, about);
    if (!(again.norm > 0.0)) break;
    const typename View<M>::Vector again_v =
        Innovation(signature, detections_[detection], expected) - again.delta;
    double moved = 0.0;
    for (int c = 0; c < M; ++c) {
      moved = std::max(
          moved, std::pow(again_v[c] - v[c], 2) / signature.variance[static_cast<std::size_t>(c)]);
    }
    view = again;
    v = again_v;
    if (moved < kIteratedSd * kIteratedSd) break;
  }
  update.Add<M>(view, share, share * v, share * v * v.transpose());
}

void LookUpdate::UpdateMixture(Bernoulli& target, const TargetView& view, Batch& batch) const {
  const std::size_t n = target.mixture.size();
  const std::size_t modes = ModesOf(target);
  double detected = 0.0;
  batch.totals.resize(view.edges);
  for (std::size_t k = 0; k < view.edges; ++k) {
    const EdgeView& e = edge_views_[view.first_edge + k];
    detected += edges_[view.first_edge + k].probability;
    batch.totals[k] = 0.0;
    for (std::size_t g = 0; g < n; ++g) {
      batch.totals[k] += target.mixture[g].weight * batch.p_D[view.first_gaussian + g] *
                         batch.likelihoods[e.first_likelihood + g];
    }
  }
  const double missed = std::max(0.0, target.existence - detected);
  double total = 0.0;
  batch.weights.assign(n, 0.0);
  for (std::size_t g = 0; g < n; ++g) {
    Gaussian& gaussian = target.mixture[g];
    const double p_D = batch.p_D[view.first_gaussian + g];
    double weight = view.miss > 0.0
                        ? missed * gaussian.weight * (view.looked_for ? 1.0 - p_D : 1.0) / view.miss
                        : 0.0;
    for (std::size_t k = 0; k < view.edges; ++k) {
      if (batch.totals[k] <= 0.0) continue;
      const EdgeView& e = edge_views_[view.first_edge + k];
      weight += edges_[view.first_edge + k].probability * gaussian.weight * p_D *
                batch.likelihoods[e.first_likelihood + g] / batch.totals[k];
    }
    batch.weights[g] = weight;
    total += weight;
    if (weight <= 0.0 || view.edges == 0) continue;

    GaussianUpdate update(gaussian);
    for (std::size_t from = 0; from < view.edges;) {
      const EdgeView& e = edge_views_[view.first_edge + from];
      std::size_t to = from;
      WithSize(e.size, [&]<int M>() {
        const View<M>& seen = batch.views.Of<M>()[e.first_view + g];
        double share = 0.0;
        typename View<M>::Vector mean_v = View<M>::Vector::Zero();
        typename View<M>::Square second_v = View<M>::Square::Zero();
        for (; to < view.edges; ++to) {
          const EdgeView& other = edge_views_[view.first_edge + to];
          if (other.size != e.size || other.first_view != e.first_view) break;
          const double likelihood = batch.likelihoods[other.first_likelihood + g];
          if (batch.totals[to] <= 0.0 || likelihood <= 0.0) continue;
          const double w = edges_[view.first_edge + to].probability * gaussian.weight * p_D *
                           likelihood / (batch.totals[to] * weight);
          const Eigen::Map<const typename View<M>::Vector> shared(
              &batch.innovations[other.first_innovation + g / modes * M]);
          const typename View<M>::Vector v = shared - seen.delta;
          share += w;
          mean_v += w * v;
          second_v += w * v * v.transpose();
        }
        if (view.coarse && to == from + 1 && share > kSure) {
          AddIterated<M>(update, gaussian, edges_[view.first_edge + from].detection, share, seen,
                         mean_v / share);
        } else if (share > 0.0) {
          update.Add<M>(seen, share, mean_v, second_v);
        }
      });
      from = to;
    }
    update.Apply();
  }
  if (total <= 0.0) return;
  for (std::size_t g = 0; g < n; ++g) target.mixture[g].weight = batch.weights[g] / total;
}

void LookUpdate::UpdateClaims(Bernoulli& target, const TargetView& view) const {
  // What the detections say of class and identity, by their probability of being this target's.
  const Edge* best = nullptr;
  ClassProbabilities classes{};
  double stated = 0.0;
  for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
    const Detection& z = detections_[edges_[e].detection];
    if (best == nullptr || edges_[e].probability > best->probability) best = &edges_[e];
    if (!claims_ || SumOf(z.class_probability) <= 0.0) continue;
    double sum = 0.0;
    ClassProbabilities posterior{};
    for (std::size_t c = 0; c < kTargetClasses; ++c) {
      posterior[c] = target.class_probability[c] * std::max(z.class_probability[c], 0.01);
      sum += posterior[c];
    }
    const double share = std::min(edges_[e].probability / std::max(target.existence, 1e-12), 1.0);
    stated += share;
    for (std::size_t c = 0; c < kTargetClasses; ++c) classes[c] += share * posterior[c] / sum;
  }
  if (stated > 0.0) {
    for (std::size_t c = 0; c < kTargetClasses; ++c) {
      target.class_probability[c] =
          classes[c] + std::max(0.0, 1.0 - stated) * target.class_probability[c];
    }
    const double sum = SumOf(target.class_probability);
    for (double& p : target.class_probability) p /= sum;
  }
  if (best == nullptr || best->probability <= 0.5) return;
  ++target.detections;
  target.last_detection = look_->time;
  const Spread spread = SpreadOf(target.mixture);
  target.seen_sd_m = std::sqrt(std::max(spread.variance[0], spread.variance[1]));
  const auto it = std::find_if(target.sources.begin(), target.sources.end(),
                               [&](const auto& source) { return source.first == look_->sensor; });
  if (it == target.sources.end()) {
    target.sources.emplace_back(look_->sensor, 1);
  } else {
    ++it->second;
  }
  for (const auto& claim : detections_[best->detection].identity) {
    const auto known = std::find_if(target.identity.begin(), target.identity.end(),
                                    [&](const auto& k) { return k.first == claim.first; });
    if (known == target.identity.end()) {
      target.identity.push_back(claim);
    } else {
      known->second = claim.second;
    }
  }
}

void LookUpdate::CountInnovation(Bernoulli& target, const TargetView& view,
                                 const Batch& batch) const {
  for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
    if (edges_[e].probability <= kSure) continue;
    // Of the Gaussian that the detection fits best: the modes of a sure target are close together.
    const EdgeView& edge = edge_views_[e];
    const std::size_t modes = ModesOf(target);
    WithSize(edge.size, [&]<int M>() {
      double least = std::numeric_limits<double>::infinity();
      double likeliest = 0.0;
      for (std::size_t g = 0; g < target.mixture.size(); ++g) {
        const double here = target.mixture[g].weight * batch.likelihoods[edge.first_likelihood + g];
        if (here <= likeliest) continue;
        likeliest = here;
        const View<M>& seen = batch.views.Of<M>()[edge.first_view + g];
        const Eigen::Map<const typename View<M>::Vector> shared(
            &batch.innovations[edge.first_innovation + g / modes * M]);
        least = seen.Distance2(shared - seen.delta);
      }
      if (!std::isfinite(least)) return;
      target.nis_sum += least;
      target.nis_degrees += M;
    });
  }
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
  for (std::size_t i = 0; i < target_views_.size(); ++i) {
    Bernoulli& target = state.targets[i];
    const TargetView& view = target_views_[i];
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
    if (1.0 - view.miss > 0.1) {
      expected += (1.0 - view.miss) / detection_ratio_;
      detected += here;
    }
    if (sure == nullptr) continue;
    const auto now = SureDetection::Of(*look_, look_->detections[sure->detection]);
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
  if (compared) registration_.Settle(state.registration);
  clutter_.CountEstablished(state.clutter, look_->sensor, expected, detected);
  clutter_.CountLook(state.clutter, look_->sensor);
}

void LookUpdate::StartTarget(State& state, SensorIndex s, const BirthKey& key, const Detection& z,
                             double offset_s, double existence, Newborn& newborn) {
  Bernoulli& target = state.targets.emplace_back();
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
}

void LookUpdate::StartTargets(State& state) {
  const double scale = state.IntensityScale();
  for (std::size_t j = 0; j < detections_.size(); ++j) {
    if (unused_[j] < kLeastUnused || newborn_density_[j] <= 0.0) continue;
    const Detection& z = detections_[j];
    const BirthKey key{look_->time.ns(), look_->sensor, static_cast<std::int32_t>(j)};
    const double offset_s = signatures_[signature_of_[j]].offset_s;
    if (DetectionIndex::HasPlace(z) && z.identity.empty()) {
      Seed& seed = state.seeds.emplace_back();
      seed.key = key;
      seed.place = places_[j];
      seed.undetected = newborn_density_[j];
      seed.clutter = clutter_density_[j];
      seed.share = unused_[j];
      seed.detection = z;
      continue;
    }
    birth_.Imagine(state.undetected, look_->sensor, pose_, z, offset_s, newborn_);
    const double u = scale * newborn_density_[j];
    StartTarget(state, look_->sensor, key, z, offset_s, unused_[j] * u / density_[j], newborn_);
  }
}

void LookUpdate::Take(State& state, const Look& look) {
  if (!state.started) {
    state.started = true;
    state.time = look.time;
  }
  Place(state, look);
  Predict(state, look.time);
  const double scale = state.IntensityScale();
  DescribeDetections(state, look);
  DescribeBirths(state);
  GrowSeeds(state);
  FindPairs(state);
  AllowForOverlap(state);
  associator_.Solve(edges_, static_cast<int>(state.targets.size()),
                    static_cast<int>(detections_.size()), unused_);
  FindContested(state);
  priors_.resize(target_views_.size());
  ForEach(target_views_.size(), [&](std::size_t i) {
    if (IsSmoothed(state.targets[i], target_views_[i])) {
      Moments(state.targets[i].mixture, priors_[i].x, priors_[i].P);
    }
    UpdateExistence(state.targets[i], target_views_[i]);
    if (target_views_[i].cluster < 0) UpdateMixture(state.targets[i], target_views_[i], BatchOf(i));
  });
  for (const std::vector<int>& members : clusters_) MergeTogether(state, members);
  ForEach(target_views_.size(), [&](std::size_t i) {
    Bernoulli& target = state.targets[i];
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
  if (state.IntensityScale() != scale) {
    for (Bernoulli& target : state.targets) {
      if (target.established) continue;
      target.existence = WithOdds(target.existence, state.IntensityScale() / target.scale_at_start);
      target.scale_at_start = state.IntensityScale();
    }
  }
  CleanTargets(state);
  CleanSeeds(state);
}

void LookUpdate::KeepAboveGround(Gaussian& g) const {
  const double ground = undetected_.GroundUpM(g.x[0], g.x[1]);
  if (g.x[2] >= ground) return;
  // The moments of the height's normal distribution cut off at the ground, carried over to the
  // other components as any measurement is.
  const double variance = g.P(2, 2);
  const double sd = std::sqrt(variance);
  const double alpha = std::min((ground - g.x[2]) / sd, 5.0);
  const double above = 0.5 * std::erfc(alpha / std::sqrt(2.0));
  const double lambda =
      std::exp(-0.5 * alpha * alpha) / (std::sqrt(2.0 * std::numbers::pi) * above);
  const double cut_variance = variance * std::max(1.0 + alpha * lambda - lambda * lambda, 0.01);
  const StateVector gain = g.P.col(2) / variance;
  g.x += gain * (sd * lambda);
  g.P += gain * gain.transpose() * (cut_variance - variance);
  Repair(g.P);
}

bool LookUpdate::IsLost(const Bernoulli& target) const {
  if (target.existence < std::min(kDropShare * target.first_existence, kDrop)) return true;
  const Spread spread = SpreadOf(target.mixture);
  const double dt_s = (look_->time - target.time).s();
  const double sd = std::sqrt(std::max(spread.variance[0], spread.variance[1])) +
                    dt_s * std::sqrt(std::max(spread.variance[3], spread.variance[4]));
  return !spread.mean.allFinite() || !spread.variance.allFinite() ||
         (target.mixture.size() <= 2 * ModesOf(target) && sd > kLostSdM);
}

void LookUpdate::Tidy(Bernoulli& target) const {
  if (target.time < look_->time) return;
  const std::size_t modes = ModesOf(target);
  for (Gaussian& g : target.mixture) KeepAboveGround(g);
  // Groups that hardly explain anything; kinds of flying things stay until it is clear which.
  Mixture& mixture = target.mixture;
  const bool deciding = mixture.size() <= birth_.kinds() && target.detections < kExpandDetections;
  if (mixture.size() > modes && !deciding) {
    double most = 0.0;
    if (target.detections >= kForceExpandDetections && mixture.size() <= birth_.kinds()) {
      for (const Gaussian& g : mixture) most = std::max(most, g.weight);
    }
    std::size_t to = 0;
    double total = 0.0;
    for (std::size_t g = 0; g < mixture.size(); g += modes) {
      double weight = 0.0;
      for (std::size_t m = 0; m < modes; ++m) weight += mixture[g + m].weight;
      if (weight < std::max(kLeastWeight, most)) continue;
      total += weight;
      for (std::size_t m = 0; m < modes; ++m, ++to) {
        if (to != g + m) mixture[to] = mixture[g + m];
      }
    }
    mixture.resize(to);
    for (Gaussian& g : mixture) g.weight /= total;
  }
  if (!target.expanded && mixture.size() == 1 && target.existence > kConfirm &&
      target.detections >= kExpandDetections) {
    motion_.Expand(mixture);
    target.expanded = true;
  }
  if (target.existence >= kConfirm) target.confirmed = true;
  if (target.existence < kHide) target.confirmed = false;
}

/// Bounds the work of a sky full of false detections, where each pairs with others.
void LookUpdate::FlagTheWeakest(const State& state) {
  tentative_.clear();
  for (std::size_t i = 0; i < state.targets.size(); ++i) {
    if (flags_[i] == 0 && !state.targets[i].confirmed) {
      tentative_.push_back(state.targets[i].existence);
    }
  }
  const std::size_t most = std::max(kMostTentative, detections_.size());
  if (tentative_.size() <= most) return;
  const auto least = tentative_.end() - static_cast<std::ptrdiff_t>(most);
  std::nth_element(tentative_.begin(), least, tentative_.end());
  for (std::size_t i = 0; i < state.targets.size(); ++i) {
    if (!state.targets[i].confirmed && state.targets[i].existence < *least) flags_[i] = 1;
  }
}

void LookUpdate::CleanTargets(State& state) {
  const double scale = state.IntensityScale();
  flags_.resize(state.targets.size());
  ForEach(state.targets.size(), [&](std::size_t i) {
    flags_[i] = IsLost(state.targets[i]) ? 1 : 0;
    if (flags_[i] == 0) Tidy(state.targets[i]);
  });
  FlagTheWeakest(state);
  for (std::size_t i = state.targets.size(); i-- > 0;) {
    if (flags_[i] == 0) continue;
    Bernoulli& target = state.targets[i];
    StateVector mean = SpreadOf(target.mixture).mean;
    mean.head<3>() += (state.time - target.time).s() * mean.tail<3>();
    if (target.detections <= 1) {
      clutter_.CountFalse(state.clutter, target.key.sensor, target.first_place);
    }
    if (mean.allFinite()) {
      undetected_.Add(state.undetected, mean.x(), mean.y(),
                      mean.z() - undetected_.GroundUpM(mean.x(), mean.y()),
                      target.existence / (scale * LocalScale(state, mean.head<2>())));
    }
    // The last takes its place: moving all that follow would cost more than all the rest.
    if (i + 1 < state.targets.size()) target = std::move(state.targets.back());
    state.targets.pop_back();
  }
}

void LookUpdate::CleanSeeds(State& state) {
  const double scale = state.IntensityScale();
  std::size_t kept = 0;
  for (Seed& seed : state.seeds) {
    const double existence = seed.Existence(scale);
    const double first = existence / std::max(seed.kept, 1e-12);
    const double age_s = (state.time - Time::Ns(seed.key.time_ns)).s();
    if (existence < std::min(kDropShare * first, kDrop) || age_s > kOldSeedS) {
      undetected_.Add(state.undetected, seed.place.mean.x(), seed.place.mean.y(), std::nullopt,
                      existence / (scale * LocalScale(state, seed.place.mean)));
      clutter_.CountFalse(state.clutter, seed.key.sensor,
                          clutter_.PlaceOf(seed.key.sensor, seed.detection));
      continue;
    }
    if (&state.seeds[kept] != &seed) state.seeds[kept] = std::move(seed);
    ++kept;
  }
  state.seeds.erase(state.seeds.begin() + static_cast<std::ptrdiff_t>(kept), state.seeds.end());
}

Picture LookUpdate::PictureAt(const State& state, Time t, bool tentative) {
  Picture picture;
  picture.time = t;
  shown_.clear();
  if (!state.started) return picture;
  const double survive = std::pow(parameters_.survival_per_s, std::max((t - state.time).s(), 0.0));
  for (const Bernoulli& target : state.targets) {
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
    track.existence = target.existence * survive;
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
