// SPDX-License-Identifier: Apache-2.0
#include "track/look_update.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "picket/base/assert.h"
#include "track/kinematics.h"

namespace picket {
namespace {

constexpr double kGate2 = 20.0;            ///< squared Mahalanobis distance beyond which no pairing
constexpr double kGateSd = 4.5;            ///< the same as one-dimensional distance, for the index
constexpr double kConfirm = 0.5;           ///< existence from which a target is shown (least GOSPA)
constexpr double kUnconfirm = 0.3;         ///< and below which it is no longer
constexpr double kDropShare = 0.1;         ///< of the first existence: a target below it is let go
constexpr double kDrop = 1e-3;             ///< whatever the first existence was
constexpr double kLostSdM = 1000.0;        ///< a target less well placed than this goes back to the
                                           ///< undetected ones
constexpr double kLeastClearanceM = 20.0;  ///< above ground, where a target can be at the lowest
constexpr double kLeastUnused = 0.01;     ///< a detection surer to be of a known target starts none
constexpr double kLeastWeight = 2e-3;     ///< of a group in a mixture
constexpr double kSelfReportShare = 0.5;  ///< of the targets that report themselves
constexpr double kLeastDetection = 0.05;  ///< p_D of a target that was detected after all
constexpr double kUndetectedStepS = 1.0;
constexpr int kExpandDetections = 3;
constexpr double kSharpen = 2.0;     ///< power of association shares among close targets
constexpr double kContested = 0.02;  ///< probability from which two targets share a detection

// An identity that agrees or not, against one that comes from nowhere: a claim, never truth.
constexpr double kSameIdentity = 1e4;
constexpr double kOtherIdentity = 1e-2;

/// What is flying, before anything is known of it: low and slow (drones, birds), or an aircraft.
struct SpeedPrior {
  double share;
  double sd_mps;
  double sd_up_mps;
  double height_m;
  double height_sd_m;
};
constexpr std::array<SpeedPrior, 2> kSpeedPriors = {{
    {0.95, 25.0, 2.0, kPriorHeightM, kPriorHeightSdM},
    {0.05, 130.0, 8.0, 4000.0, 4000.0},
}};

/// Range hypotheses of a detection without a range, and the nearest, m.
constexpr int kRangeHypotheses = 12;
constexpr double kNearestM = 100.0;
constexpr double kFarthestBearingM = 20e3;

template <int M>
using Square = Eigen::Matrix<double, M, M>;
template <int M>
using Tall = Eigen::Matrix<double, 6, M>;

/// Makes a covariance symmetric, and where rounding (an error of a millimetre after one of a
/// thousand kilometres) has eaten a variance, gives it its least value without correlations.
void Repair(StateCovariance& P) {
  constexpr double kLeastVariance = 1e-6;  // (1 mm)^2, (1 mm/s)^2
  P = 0.5 * (P + P.transpose()).eval();
  for (int i = 0; i < 6; ++i) {
    if (P(i, i) >= kLeastVariance) continue;
    P.row(i).setZero();
    P.col(i).setZero();
    P(i, i) = kLeastVariance;
  }
}

/// Mean and variances of a mixture, without the covariances.
struct Spread {
  StateVector mean = StateVector::Zero();
  StateVector variance = StateVector::Zero();
};

Spread SpreadOf(const Mixture& mixture) {
  Spread spread;
  for (const Gaussian& g : mixture) spread.mean += g.weight * g.x;
  for (const Gaussian& g : mixture) {
    spread.variance += g.weight * (g.P.diagonal() + (g.x - spread.mean).cwiseAbs2());
  }
  return spread;
}

}  // namespace

LookUpdate::LookUpdate(std::shared_ptr<const DetectionField> field, TrackerParameters parameters)
    : field_(std::move(field)),
      parameters_(std::move(parameters)),
      motion_(parameters_.process_noise_m2ps3),
      undetected_(field_, parameters_) {}

void LookUpdate::Predict(State& state, Time t) {
  const double dt_s = (t - state.time).s();
  PICKET_ASSERT(dt_s >= 0.0, "looks are taken in order of time");
  state.time = t;
  if (dt_s == 0.0) return;
  const double survive = std::pow(parameters_.survival_per_s, dt_s);
  for (Bernoulli& target : state.targets) {
    motion_.Predict(target.mixture, target.expanded ? motion_.modes() : 1, dt_s);
    target.existence *= survive;
  }
  state.undetected_lag_s += dt_s;
  if (state.undetected_lag_s >= kUndetectedStepS) {
    undetected_.Advance(state.undetected, state.undetected_lag_s);
    state.undetected_lag_s = 0.0;
  }
}

void LookUpdate::DescribeDetections(const Sensor& sensor, const Look& look) {
  pose_.p_LS_L = sensor.p_LS_L;
  pose_.R_SL = sensor.R_SL;
  pose_.sound_delay = sensor.sound_delay;
  pose_.p_LRef_L = sensor.reference >= 0 ? &field_->sensor(sensor.reference).p_LS_L : nullptr;
  signatures_.clear();
  signature_of_.resize(look.detections.size());
  largest_offset_s_ = 0.0;
  for (std::size_t j = 0; j < look.detections.size(); ++j) {
    const Detection& z = look.detections[j];
    Signature s;
    s.measured = z.measured;
    if (z.time) s.offset_s = (*z.time - look.time).s();
    for (std::size_t c = 0; c < kComponents; ++c) {
      if (!z.measured.Has(static_cast<Component>(c))) continue;
      if (static_cast<Component>(c) == Component::kAzimuth) s.azimuth_row = s.count;
      s.variance[s.count++] = z.sd[c] * z.sd[c];
    }
    largest_offset_s_ = std::max(largest_offset_s_, std::abs(s.offset_s));
    const auto same = [&](const Signature& o) {
      return o.measured == s.measured && o.variance == s.variance && o.offset_s == s.offset_s;
    };
    if (!signatures_.empty() && same(signatures_.back())) {
      signature_of_[j] = static_cast<int>(signatures_.size()) - 1;
    } else if (!signatures_.empty() && same(signatures_.front())) {
      signature_of_[j] = 0;
    } else {
      signature_of_[j] = static_cast<int>(signatures_.size());
      signatures_.push_back(s);
    }
  }
}

template <int M, typename Out>
static void LineariseN(const Gaussian& g, const Eigen::Matrix<double, M, 6>& H,
                       const double* variance, Out& out) {
  Eigen::Map<Tall<M>> PHt(out.PHt.data());
  Eigen::Map<Tall<M>> K(out.K.data());
  Eigen::Map<Square<M>> S_inverse(out.S_inverse.data());
  PHt.noalias() = g.P * H.transpose();
  Square<M> S = H * PHt;
  for (int i = 0; i < M; ++i) S(i, i) += variance[i];
  double determinant = 0.0;
  if constexpr (M <= 3) {
    determinant = S.determinant();
    S_inverse = S.inverse();
  } else {
    const Eigen::LLT<Square<M>> llt(S);
    const double root = llt.matrixL().determinant();
    determinant = root * root;
    S_inverse = llt.solve(Square<M>::Identity());
  }
  K.noalias() = PHt * S_inverse;
  constexpr double kTwoPi = 2.0 * std::numbers::pi;
  // A covariance that is not positive definite gives no likelihood, and so no pairing.
  out.norm = determinant > 0.0 && std::isfinite(determinant)
                 ? 1.0 / std::sqrt(std::pow(kTwoPi, M) * determinant)
                 : 0.0;
  if (g.mode == Mode::kTurn) {
    Eigen::Map<Eigen::Matrix<double, 1, M>> turn_PHt(out.turn_PHt.data());
    Eigen::Map<Eigen::Matrix<double, 1, M>> turn_gain(out.turn_gain.data());
    turn_PHt.noalias() = g.turn_cov.transpose() * H.transpose();
    turn_gain.noalias() = turn_PHt * S_inverse;
  }
}

void LookUpdate::Linearise(const Gaussian& g, const Signature& signature, Linear& out) const {
  MeasurementJacobian H;
  const Eigen::Vector3d v = g.x.tail<3>();
  const Eigen::Vector3d p = g.x.head<3>() + signature.offset_s * v;
  const MeasurementVector predicted = Measure(signature.measured, pose_, p, v, &H);
  if (signature.offset_s != 0.0) {
    H.rightCols<3>() += signature.offset_s * H.leftCols<3>();
  }
  out.count = signature.count;
  for (int i = 0; i < out.count; ++i) out.predicted[i] = predicted[i];
  switch (out.count) {
    case 1:
      return LineariseN<1>(g, H, signature.variance.data(), out);
    case 2:
      return LineariseN<2>(g, H, signature.variance.data(), out);
    case 3:
      return LineariseN<3>(g, H, signature.variance.data(), out);
    case 4:
      return LineariseN<4>(g, H, signature.variance.data(), out);
    case 5:
      return LineariseN<5>(g, H, signature.variance.data(), out);
    case 6:
      return LineariseN<6>(g, H, signature.variance.data(), out);
    default:
      out.norm = 0.0;  // measures nothing: pairs with nothing
  }
}

bool LookUpdate::Evaluate(const Linear& linear, const Signature& signature,
                          const Detection& detection, Pair& out) const {
  if (linear.norm <= 0.0) return false;
  int row = 0;
  for (std::size_t c = 0; c < kComponents; ++c) {
    if (!signature.measured.Has(static_cast<Component>(c))) continue;
    out.innovation[row] = detection.value[c] - linear.predicted[row];
    ++row;
  }
  if (signature.azimuth_row >= 0) {
    double& turn = out.innovation[signature.azimuth_row];
    turn = WrapPi(turn);
  }
  double d2 = 0.0;
  for (int i = 0; i < linear.count; ++i) {
    double sum = 0.0;
    for (int k = 0; k < linear.count; ++k) {
      sum += linear.S_inverse[i * linear.count + k] * out.innovation[k];
    }
    d2 += out.innovation[i] * sum;
  }
  if (!(d2 <= kGate2 + 2.0 * linear.count)) return false;
  out.likelihood = linear.norm * std::exp(-0.5 * d2);
  return true;
}

namespace {

/// How much likelier a target of these classes and identity gives this detection than one of which
/// nothing is known.
double Affinity(const Bernoulli& target, const Detection& z) {
  double affinity = 1.0;
  double sum = 0.0;
  double total = 0.0;
  for (std::size_t c = 0; c < kTargetClasses; ++c) {
    total += z.class_probability[c];
    sum += z.class_probability[c] * target.class_probability[c];
  }
  if (total > 0.0) affinity *= std::clamp(sum * kTargetClasses, 0.05, 5.0);
  for (const auto& [kind, value] : z.identity) {
    for (const auto& [known_kind, known_value] : target.identity) {
      if (kind == known_kind) affinity *= value == known_value ? kSameIdentity : kOtherIdentity;
    }
  }
  return affinity;
}

}  // namespace

void LookUpdate::FindPairs(State& state, const Sensor& sensor, SensorIndex s, const Look& look) {
  const bool scan = sensor.look == LookKind::kScan;
  edges_.clear();
  pairs_.clear();
  linears_.clear();
  first_pair_.clear();
  gaussian_detection_.clear();
  first_gaussian_.clear();
  views_.assign(state.targets.size(), TargetView{});
  double sd_range = 0.0;
  double sd_azimuth = 0.0;
  double sd_place = 0.0;
  for (const Detection& z : look.detections) {
    sd_range = std::max(sd_range, z.sd[static_cast<std::size_t>(Component::kRange)]);
    sd_azimuth = std::max(sd_azimuth, z.sd[static_cast<std::size_t>(Component::kAzimuth)]);
    sd_place = std::max({sd_place, z.sd[static_cast<std::size_t>(Component::kEast)],
                         z.sd[static_cast<std::size_t>(Component::kNorth)]});
  }

  std::vector<int> linear_of;  // by Gaussian of the target, of the signature last used
  std::vector<int> signature_used;
  for (std::size_t i = 0; i < state.targets.size(); ++i) {
    Bernoulli& target = state.targets[i];
    const std::size_t modes =
        target.expanded ? static_cast<std::size_t>(motion_.modes()) : std::size_t{1};
    TargetView& view = views_[i];
    view.first_edge = edges_.size();
    first_gaussian_.push_back(gaussian_detection_.size());

    double seen = 0.0;
    double p_D = 0.0;
    for (std::size_t g = 0; g < target.mixture.size(); ++g) {
      if (g % modes == 0) {
        const Gaussian& first = target.mixture[g];
        Eigen::Vector3d p = first.x.head<3>();
        // An estimate under ground is an error of height, not a target that nobody can see.
        p.z() = std::max(p.z(), undetected_.GroundUpM(p.x(), p.y()) + kLeastClearanceM);
        p_D = field_->ProbabilityOfDetection(s, TargetClass::kOther, p, first.x.tail<3>());
        if (!scan) p_D = std::min(p_D, kSelfReportShare);
      }
      gaussian_detection_.push_back(p_D);
      seen += target.mixture[g].weight * p_D;
    }
    view.miss = scan ? 1.0 - seen : 1.0;
    if (seen <= 0.0 || look.detections.empty()) continue;

    const Spread wide = SpreadOf(target.mixture);
    const StateVector& mean = wide.mean;
    const StateVector& variance = wide.variance;
    const double spread = std::sqrt(std::max(variance[0], variance[1]));
    const Eigen::Vector3d p_S = pose_.R_SL * (mean.head<3>() - pose_.p_LS_L);
    const double ground = std::max(p_S.head<2>().norm(), 1.0);
    const double drift =
        largest_offset_s_ *
        (mean.tail<3>().norm() + kGateSd * std::sqrt(std::max(variance[3], variance[4])));
    const double sound =
        sensor.sound_delay ? p_S.norm() / kSpeedOfSoundMps * mean.tail<3>().norm() : 0.0;
    const double error = std::max({sd_range, p_S.norm() * sd_azimuth, sd_place});
    // Slant range without elevation puts a high target too far out on the ground.
    const double slant = std::min(p_S.norm() - ground + std::sqrt(variance[2]) * 0.5, ground);
    const double half_m = kGateSd * (spread + error) + drift + sound + slant;
    const double half_rad =
        half_m >= ground
            ? std::numbers::pi
            : kGateSd * sd_azimuth +
                  std::asin(std::min(1.0, (kGateSd * spread + drift + sound) / ground));

    candidates_.clear();
    index_.Near(mean.x(), mean.y(), half_m, std::atan2(p_S.x(), p_S.y()), half_rad,
                [&](int j) { candidates_.push_back(j); });

    const std::size_t gaussians = target.mixture.size();
    linear_of.assign(gaussians, -1);
    signature_used.assign(gaussians, -1);
    for (const int j : candidates_) {
      const Detection& z = look.detections[j];
      const int signature = signature_of_[j];
      const std::size_t first = pairs_.size();
      pairs_.resize(first + gaussians);
      double likelihood = 0.0;
      for (std::size_t g = 0; g < gaussians; ++g) {
        if (signature_used[g] != signature) {
          signature_used[g] = signature;
          linear_of[g] = static_cast<int>(linears_.size());
          linears_.emplace_back();
          Linearise(target.mixture[g], signatures_[signature], linears_.back());
        }
        Pair& pair = pairs_[first + g];
        pair.linear = linear_of[g];
        if (Evaluate(linears_[pair.linear], signatures_[signature], z, pair)) {
          likelihood += target.mixture[g].weight * gaussian_detection_[first_gaussian_[i] + g] *
                        pair.likelihood;
        }
      }
      const double odds = target.existence * likelihood * Affinity(target, z) /
                          ((1.0 - target.existence + target.existence * view.miss) * density_[j]);
      if (!(odds > 1e-12)) {
        pairs_.resize(first);
        continue;
      }
      Edge edge;
      edge.track = static_cast<int>(i);
      edge.detection = j;
      edge.odds = std::min(odds, 1e12);
      edges_.push_back(edge);
      first_pair_.push_back(first);
    }
    view.edges = edges_.size() - view.first_edge;
  }
}

bool LookUpdate::Contested(const TargetView& view) const {
  for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
    const double claimed = claimed_[edges_[e].detection];
    if (edges_[e].probability > kContested && claimed - edges_[e].probability > kContested) {
      return true;
    }
  }
  return false;
}

void LookUpdate::UpdateTarget(Bernoulli& target, const TargetView& view, const Look& look,
                              std::size_t first_gaussian) {
  const std::size_t n = target.mixture.size();
  const bool scan = field_->sensor(look.sensor).look == LookKind::kScan;
  double detected = 0.0;
  for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
    detected += edges_[e].probability;
  }
  const double r = target.existence;
  const double missed = std::max(0.0, 1.0 - detected) * (r * view.miss / (1.0 - r + r * view.miss));
  target.existence = std::min(detected + missed, 1.0 - 1e-12);
  if (target.existence <= 0.0) return;

  // The shares of the hypotheses in the target's state, given that it exists.
  double share_missed = missed;
  shares_.resize(view.edges);
  for (std::size_t k = 0; k < view.edges; ++k) {
    shares_[k] = edges_[view.first_edge + k].probability;
  }
  if (r > kConfirm && Contested(view)) {
    // Targets close together: averaging over who is who draws their tracks into one another
    // (coalescence). Sharper shares keep them apart; the power is measured, see docs/tracker.md.
    double sharp = std::pow(share_missed, kSharpen);
    double before = share_missed;
    for (double& share : shares_) {
      before += share;
      share = std::pow(share, kSharpen);
      sharp += share;
    }
    const double scale = sharp > 0.0 ? before / sharp : 0.0;
    share_missed = std::pow(share_missed, kSharpen) * scale;
    for (double& share : shares_) share *= scale;
  }

  double total = 0.0;
  for (std::size_t g = 0; g < n; ++g) {
    Gaussian& gaussian = target.mixture[g];
    const double p_D = gaussian_detection_[first_gaussian + g];
    const double weight_missed =
        view.miss > 0.0 ? share_missed * gaussian.weight * (scan ? 1.0 - p_D : 1.0) / view.miss
                        : 0.0;
    double weight = weight_missed;
    weights_.resize(view.edges);
    for (std::size_t k = 0; k < view.edges; ++k) {
      const std::size_t e = view.first_edge + k;
      double all = 0.0;
      for (std::size_t h = 0; h < n; ++h) {
        all += target.mixture[h].weight * gaussian_detection_[first_gaussian + h] *
               pairs_[first_pair_[e] + h].likelihood;
      }
      weights_[k] = all > 0.0 ? shares_[k] * gaussian.weight * p_D *
                                    pairs_[first_pair_[e] + g].likelihood / all
                              : 0.0;
      weight += weights_[k];
    }
    new_share_.push_back(weight);
    total += weight;
    if (weight <= 0.0 || view.edges == 0) continue;

    // The mixture over detections as one Gaussian (Bar-Shalom's PDA form, for each signature).
    StateVector shift = StateVector::Zero();
    StateCovariance spread = StateCovariance::Zero();
    double turn_shift = 0.0;
    double turn_spread = 0.0;
    StateVector turn_cross = StateVector::Zero();
    for (std::size_t k = 0; k < view.edges; ++k) {
      const double share = weights_[k] / weight;
      if (share <= 0.0) continue;
      const Pair& pair = pairs_[first_pair_[view.first_edge + k] + g];
      const Linear& linear = linears_[pair.linear];
      const Eigen::Map<const Eigen::Matrix<double, 6, Eigen::Dynamic>> K(linear.K.data(), 6,
                                                                         linear.count);
      const Eigen::Map<const Eigen::Matrix<double, 6, Eigen::Dynamic>> PHt(linear.PHt.data(), 6,
                                                                           linear.count);
      const Eigen::Map<const Eigen::VectorXd> v(pair.innovation.data(), linear.count);
      StateVector d = StateVector::Zero();
      for (int c = 0; c < linear.count; ++c) d += K.col(c) * v[c];
      shift += share * d;
      spread += share * d * d.transpose();
      for (int c = 0; c < linear.count; ++c) {
        spread -= share * K.col(c) * PHt.col(c).transpose();
      }
      if (gaussian.mode == Mode::kTurn) {
        double turn_d = 0.0;
        for (int c = 0; c < linear.count; ++c) turn_d += linear.turn_gain[c] * v[c];
        turn_shift += share * turn_d;
        turn_spread += share * turn_d * turn_d;
        turn_cross += share * turn_d * d;
        for (int c = 0; c < linear.count; ++c) {
          turn_spread -= share * linear.turn_gain[c] * linear.turn_PHt[c];
          turn_cross -= share * linear.turn_gain[c] * PHt.col(c);
        }
      }
    }
    gaussian.x += shift;
    gaussian.P += spread - shift * shift.transpose();
    Repair(gaussian.P);
    if (gaussian.mode == Mode::kTurn) {
      gaussian.turn_radps = std::clamp(gaussian.turn_radps + turn_shift, -1.0, 1.0);
      gaussian.turn_var = std::max(gaussian.turn_var + turn_spread - turn_shift * turn_shift, 1e-8);
      gaussian.turn_cov += turn_cross - turn_shift * shift;
    }
  }
  if (total > 0.0) {
    for (std::size_t g = 0; g < n; ++g) {
      target.mixture[g].weight = new_share_[new_share_.size() - n + g] / total;
    }
  }
  new_share_.clear();

  // What the detections say of class and identity, by their probability of being this target's.
  const Edge* best = nullptr;
  ClassProbabilities classes{};
  double stated = 0.0;
  for (std::size_t e = view.first_edge; e < view.first_edge + view.edges; ++e) {
    const Detection& z = look.detections[edges_[e].detection];
    if (best == nullptr || edges_[e].probability > best->probability) best = &edges_[e];
    double sum = 0.0;
    ClassProbabilities posterior{};
    for (std::size_t c = 0; c < kTargetClasses; ++c) {
      posterior[c] = target.class_probability[c] * std::max(z.class_probability[c], 0.01);
      sum += posterior[c];
    }
    double says = 0.0;
    for (const double p : z.class_probability) says += p;
    if (says <= 0.0) continue;
    const double share = edges_[e].probability / target.existence;
    stated += share;
    for (std::size_t c = 0; c < kTargetClasses; ++c) classes[c] += share * posterior[c] / sum;
  }
  if (stated > 0.0) {
    for (std::size_t c = 0; c < kTargetClasses; ++c) {
      target.class_probability[c] =
          classes[c] + std::max(0.0, 1.0 - stated) * target.class_probability[c];
    }
  }
  if (best != nullptr && best->probability > 0.5) {
    ++target.detections;
    target.last_detection = look.time;
    const auto it = std::find_if(target.sources.begin(), target.sources.end(),
                                 [&](const auto& source) { return source.first == look.sensor; });
    if (it == target.sources.end()) {
      target.sources.emplace_back(look.sensor, 1);
    } else {
      ++it->second;
    }
    for (const auto& claim : look.detections[best->detection].identity) {
      const auto known = std::find_if(target.identity.begin(), target.identity.end(),
                                      [&](const auto& k) { return k.first == claim.first; });
      if (known == target.identity.end()) {
        target.identity.push_back(claim);
      } else {
        known->second = claim.second;
      }
    }
  }
}

void LookUpdate::AddPriors(const Eigen::Vector3d& p_L, const Eigen::Matrix3d& P, bool height_known,
                           double density, Mixture& out) const {
  const auto add = [&](double share, double sd_mps, double sd_up_mps, double height_m,
                       double height_sd_m) {
    Gaussian g;
    g.weight = density * share;
    g.mode = Mode::kSteady;
    g.turn_cov.setZero();
    g.x.setZero();
    g.x.head<3>() = p_L;
    g.P.setZero();
    g.P.topLeftCorner<3, 3>() = P;
    if (!height_known) {
      // Near the sensor a target cannot be higher than it is far.
      const double far = (p_L - pose_.p_LS_L).head<2>().norm();
      const double low = std::min(height_m, 0.3 * far + 10.0);
      g.x[2] = undetected_.GroundUpM(p_L.x(), p_L.y()) + low;
      g.P(2, 2) = std::pow(std::min(height_sd_m, 0.3 * far + 10.0), 2);
    }
    g.P(3, 3) = g.P(4, 4) = sd_mps * sd_mps;
    g.P(5, 5) = sd_up_mps * sd_up_mps;
    out.push_back(g);
  };
  if (!parameters_.births.empty()) {
    const BirthComponent& b = parameters_.births.front();
    add(1.0, b.sd_mps, std::min(b.sd_mps, 2.0), kPriorHeightM, kPriorHeightSdM);
    return;
  }
  for (const SpeedPrior& prior : kSpeedPriors) {
    add(prior.share, prior.sd_mps, prior.sd_up_mps, prior.height_m, prior.height_sd_m);
  }
}

double LookUpdate::Condition(Mixture& mixture, const Detection& z, ComponentSet rest,
                             double offset_s) const {
  if (rest.Empty()) {
    double sum = 0.0;
    for (const Gaussian& g : mixture) sum += g.weight;
    return sum;
  }
  Signature signature;
  signature.measured = rest;
  signature.offset_s = offset_s;
  for (std::size_t c = 0; c < kComponents; ++c) {
    if (!rest.Has(static_cast<Component>(c))) continue;
    if (static_cast<Component>(c) == Component::kAzimuth) signature.azimuth_row = signature.count;
    signature.variance[signature.count++] = z.sd[c] * z.sd[c];
  }
  double sum = 0.0;
  for (Gaussian& g : mixture) {
    Linear linear;
    Linearise(g, signature, linear);
    Pair pair;
    if (!Evaluate(linear, signature, z, pair)) {
      g.weight = 0.0;
      continue;
    }
    for (int c = 0; c < linear.count; ++c) {
      const Eigen::Map<const StateVector> K(&linear.K[6 * c]);
      const Eigen::Map<const StateVector> PHt(&linear.PHt[6 * c]);
      g.x += K * pair.innovation[c];
      g.P -= K * PHt.transpose();
    }
    Repair(g.P);
    g.weight *= pair.likelihood;
    sum += g.weight;
  }
  return sum;
}

void LookUpdate::Imagine(const State& state, const Sensor& sensor, SensorIndex s, const Look& look,
                         int j, Newborn& out) const {
  out.density = 0.0;
  const Detection& z = look.detections[j];
  const double offset_s = signatures_[signature_of_[j]].offset_s;
  const auto sd = [&](Component c) { return z.sd[static_cast<std::size_t>(c)]; };
  out.mixture.clear();
  // What the start does not use yet.
  const auto rest_without = [&](ComponentSet used) {
    ComponentSet rest;
    for (std::size_t c = 0; c < kComponents; ++c) {
      const auto component = static_cast<Component>(c);
      if (z.measured.Has(component) && !used.Has(component)) rest.Add(component);
    }
    return rest;
  };
  ComponentSet rest;
  const auto p_D = [&](const Eigen::Vector3d& p) {
    return std::max(kLeastDetection, field_->ProbabilityOfDetection(s, TargetClass::kOther, p,
                                                                    Eigen::Vector3d::Zero()));
  };

  if (DetectionIndex::HasPlace(z)) {
    const Eigen::Vector2d place = DetectionIndex::Place(sensor, z);
    Eigen::Vector3d p(place.x(), place.y(),
                      undetected_.GroundUpM(place.x(), place.y()) + kPriorHeightM);
    Eigen::Matrix3d P = Eigen::Matrix3d::Zero();
    // Expected number per unit of the measured place: per m^2, or per m and rad.
    double density = undetected_.Density(state.undetected, p.x(), p.y()) * p_D(p);
    if (DetectionIndex::IsCartesian(z)) {
      P(0, 0) = sd(Component::kEast) * sd(Component::kEast);
      P(1, 1) = sd(Component::kNorth) * sd(Component::kNorth);
      rest = rest_without({Component::kEast, Component::kNorth});
    } else {
      const double ground = std::max((p - sensor.p_LS_L).head<2>().norm(), 1.0);
      density *= ground;
      const Eigen::Vector2d along = (p - sensor.p_LS_L).head<2>() / ground;
      const Eigen::Vector2d across(along.y(), -along.x());
      const double sd_across = ground * sd(Component::kAzimuth);
      P.topLeftCorner<2, 2>() =
          sd(Component::kRange) * sd(Component::kRange) * along * along.transpose() +
          sd_across * sd_across * across * across.transpose();
      rest = rest_without({Component::kRange, Component::kAzimuth});
    }
    AddPriors(p, P, false, density, out.mixture);
  } else if (z.measured.Has(Component::kAzimuth)) {
    // Range-parameterised start (Peach 1995): hypotheses in geometric progression, each as wide as
    // its interval, weighed by the undetected targets that it holds.
    const double far = sensor.field.max_range_m > 0.0
                           ? std::min(sensor.field.max_range_m, kFarthestBearingM)
                           : kFarthestBearingM;
    const double ratio = std::pow(far / kNearestM, 1.0 / kRangeHypotheses);
    const double elevation = z.measured.Has(Component::kElevation) ? z[Component::kElevation] : 0.0;
    const double azimuth = z[Component::kAzimuth];
    const double lift = std::cos(elevation);
    const Eigen::Vector3d u_S(std::sin(azimuth) * lift, std::cos(azimuth) * lift,
                              std::sin(elevation));
    const Eigen::Vector3d u = pose_.R_SL.transpose() * u_S;
    double from = kNearestM;
    for (int k = 0; k < kRangeHypotheses; ++k) {
      const double to = from * ratio;
      const double r = 0.5 * (from + to);
      Eigen::Vector3d p = sensor.p_LS_L + r * u;
      if (!z.measured.Has(Component::kElevation)) {
        p.z() = undetected_.GroundUpM(p.x(), p.y()) + kPriorHeightM;
      }
      const double sd_along = (to - from) / std::sqrt(12.0);
      const double sd_across = r * sd(Component::kAzimuth);
      const Eigen::Vector2d along = u.head<2>().normalized();
      const Eigen::Vector2d across(along.y(), -along.x());
      Eigen::Matrix3d P = Eigen::Matrix3d::Zero();
      P.topLeftCorner<2, 2>() = sd_along * sd_along * along * along.transpose() +
                                sd_across * sd_across * across * across.transpose();
      double density =
          undetected_.Density(state.undetected, p.x(), p.y()) * p_D(p) * (to - from) * r;
      bool height_known = false;
      if (z.measured.Has(Component::kElevation)) {
        const double sd_up = std::hypot(r * sd(Component::kElevation), sd_along * u.z());
        P(2, 2) = sd_up * sd_up;
        height_known = true;
        // Of all heights in the low sky, the share per radian of elevation that is this one.
        const double h = p.z() - undetected_.GroundUpM(p.x(), p.y()) - kPriorHeightM;
        density *= r / (std::sqrt(2.0 * std::numbers::pi) * kPriorHeightSdM) *
                   std::exp(-0.5 * h * h / (kPriorHeightSdM * kPriorHeightSdM));
      }
      const std::size_t before = out.mixture.size();
      AddPriors(p, P, height_known, density, out.mixture);
      // What hears or sees without range is near: no aircraft hypothesis, its height unknown.
      if (out.mixture.size() > before + 1) {
        out.mixture[before].weight = density;
        out.mixture.resize(before + 1);
      }
      from = to;
    }
    rest = rest_without({Component::kAzimuth, Component::kElevation});
  } else {
    return;  // a range, or a range difference, alone starts no target
  }

  const double density = Condition(out.mixture, z, rest, offset_s);
  if (density > 0.0 && std::isfinite(density)) out.density = density;
}

void LookUpdate::Start(State& state, const Look& look, int j, double existence, Newborn& newborn) {
  const Detection& z = look.detections[j];
  const double offset_s = signatures_[signature_of_[j]].offset_s;
  Bernoulli& target = state.targets.emplace_back();
  double total = 0.0;
  for (const Gaussian& g : newborn.mixture) {
    if (g.weight < kLeastWeight * newborn.density) continue;
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
  target.key = {look.time.ns(), look.sensor, j};
  target.existence = target.first_existence = existence;
  target.detections = 1;
  target.last_detection = look.time;
  target.sources.emplace_back(look.sensor, 1U);
  target.identity = z.identity;
  double says = 0.0;
  for (const double p : z.class_probability) says += p;
  double sum = 0.0;
  for (std::size_t c = 0; c < kTargetClasses; ++c) {
    target.class_probability[c] = says > 0.0 ? std::max(z.class_probability[c], 0.01) : 1.0;
    sum += target.class_probability[c];
  }
  for (double& p : target.class_probability) p /= sum;
}

void LookUpdate::Take(State& state, const Look& look) {
  if (!state.started) {
    state.started = true;
    state.time = look.time;
  }
  Predict(state, look.time);
  const Sensor& sensor = field_->sensor(look.sensor);
  const bool scan = sensor.look == LookKind::kScan;
  const std::size_t n = look.detections.size();
  DescribeDetections(sensor, look);
  index_.Build(sensor, look.detections);

  newborn_.resize(std::max(newborn_.size(), n));
  density_.resize(n);
  for (std::size_t j = 0; j < n; ++j) {
    // A sensor said to give no false detections still gives one in a long while.
    constexpr double kLeastClutter = 1e-16;
    Newborn& newborn = newborn_[j];
    Imagine(state, sensor, look.sensor, look, static_cast<int>(j), newborn);
    newborn.clutter =
        std::max(field_->ClutterDensity(look.sensor, look.detections[j]), kLeastClutter);
    density_[j] = newborn.density + newborn.clutter;
  }

  FindPairs(state, sensor, look.sensor, look);
  associator_.Solve(edges_, static_cast<int>(state.targets.size()), static_cast<int>(n), unused_);
  claimed_.assign(n, 0.0);
  for (const Edge& edge : edges_) {
    if (state.targets[edge.track].existence > kConfirm) {
      claimed_[edge.detection] += edge.probability;
    }
  }
  new_share_.clear();
  for (std::size_t i = 0; i < state.targets.size(); ++i) {
    UpdateTarget(state.targets[i], views_[i], look, first_gaussian_[i]);
  }
  for (std::size_t j = 0; j < n; ++j) {
    Newborn& newborn = newborn_[j];
    if (unused_[j] < kLeastUnused || newborn.density <= 0.0) continue;
    Start(state, look, static_cast<int>(j), unused_[j] * newborn.density / density_[j], newborn);
  }
  if (scan) undetected_.Thin(state.undetected, look.sensor);
  Clean(state);
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

void LookUpdate::Clean(State& state) {
  std::size_t kept = 0;
  for (Bernoulli& target : state.targets) {
    const std::size_t modes =
        target.expanded ? static_cast<std::size_t>(motion_.modes()) : std::size_t{1};
    const Spread spread = SpreadOf(target.mixture);
    const double sd = std::sqrt(std::max(spread.variance[0], spread.variance[1]));
    const bool finite = spread.mean.allFinite() && spread.variance.allFinite();
    if (target.existence < std::min(kDropShare * target.first_existence, kDrop) || !finite ||
        (target.mixture.size() <= 2 * modes && sd > kLostSdM)) {
      if (finite) {
        undetected_.Add(state.undetected, spread.mean.x(), spread.mean.y(), target.existence);
      }
      continue;
    }
    for (Gaussian& g : target.mixture) KeepAboveGround(g);
    // Groups that hardly explain anything.
    Mixture& mixture = target.mixture;
    if (mixture.size() > modes) {
      std::size_t to = 0;
      double total = 0.0;
      for (std::size_t g = 0; g < mixture.size(); g += modes) {
        double weight = 0.0;
        for (std::size_t m = 0; m < modes; ++m) weight += mixture[g + m].weight;
        if (weight < kLeastWeight) continue;
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
    if (target.existence < kUnconfirm) target.confirmed = false;
    if (&state.targets[kept] != &target) state.targets[kept] = std::move(target);
    ++kept;
  }
  state.targets.resize(kept);
}

Picture LookUpdate::PictureAt(const State& state, Time t, bool tentative) {
  Picture picture;
  picture.time = t;
  shown_.clear();
  if (!state.started) return picture;
  const double dt_s = (t - state.time).s();
  const double survive = std::pow(parameters_.survival_per_s, std::max(dt_s, 0.0));
  for (const Bernoulli& target : state.targets) {
    if (!target.confirmed && !tentative) continue;
    Mixture mixture = target.mixture;
    motion_.Predict(mixture, target.expanded ? motion_.modes() : 1, dt_s);
    Track track;
    Moments(mixture, track.mean, track.covariance);
    track.existence = target.existence * survive;
    track.confirmed = target.confirmed;
    track.class_probability = WithSpeed(target.class_probability, track.mean, track.covariance);
    track.identity = target.identity;
    track.first_evidence = Time::Ns(target.key.time_ns);
    track.last_detection = target.last_detection;
    track.sources = target.sources;
    picture.tracks.push_back(std::move(track));
    shown_.push_back(target.key);
  }
  return picture;
}

}  // namespace picket
