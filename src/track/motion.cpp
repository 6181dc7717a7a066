// SPDX-License-Identifier: Apache-2.0
#include "track/motion.h"

#include <cmath>

namespace picket {
namespace {

// Power spectral densities of acceleration noise, m^2/s^3: small drones in transit keep speed to
// some 1 m/s over 3 s; a manoeuvre changes it by some 9 m/s in that time. Vertically they hold
// height more closely.
constexpr double kSteadyQ = 0.25;
constexpr double kManoeuvreQ = 10.0;
constexpr double kTurnQ = 0.1;
constexpr double kTentativeQ = 1.0;
constexpr double kVerticalQ = 0.05;
constexpr double kManoeuvreVerticalQ = 1.0;

// Turn rate: one sigma of a turn that begins, and its random walk.
constexpr double kTurnSd0 = 0.15;   // rad/s: 25 m/s on a circle of 170 m
constexpr double kTurnWalk = 1e-4;  // rad^2/s^3

// Hovering: velocity falls to nothing within some seconds, and gusts move it by this much.
constexpr double kHoverDecayS = 2.0;
constexpr double kHoverSdMps = 0.7;
// Speeds below which the last mode of a group becomes hovering and above which it becomes turning.
constexpr double kHoverBelowMps = 5.0;
constexpr double kTurnAboveMps = 8.0;
// Probability of the classes that can stop, below which a target does not.
constexpr double kLeastMayStop = 0.1;
constexpr double kCrewedMayStop = 0.2;  // of crewed aircraft, helicopters

// Mean stay in a mode, s, and where it goes from there. The last is turning or hovering.
constexpr std::array<double, kModes> kStayS = {100.0, 5.0, 30.0};
constexpr std::array<std::array<double, kModes>, kModes> kLeaveTo = {
    {{0.0, 0.5, 0.5}, {0.5, 0.0, 0.5}, {0.5, 0.5, 0.0}}};
constexpr std::array<double, kModes> kStartWeight = {0.6, 0.2, 0.2};

/// Adds the noise of one axis, place and velocity.
void AddNoise(StateCovariance& P, int axis, double place, double both, double velocity) {
  P(axis, axis) += place;
  P(axis, axis + 3) += both;
  P(axis + 3, axis) += both;
  P(axis + 3, axis + 3) += velocity;
}

/// White noise of acceleration of this power spectral density over dt.
void AddNoise(StateCovariance& P, double dt, double q, double q_up) {
  const double dt2 = dt * dt / 2.0;
  const double dt3 = dt * dt * dt / 3.0;
  AddNoise(P, 0, q * dt3, q * dt2, q * dt);
  AddNoise(P, 1, q * dt3, q * dt2, q * dt);
  AddNoise(P, 2, q_up * dt3, q_up * dt2, q_up * dt);
}

/// P of [I B; 0 D] x, blockwise: P = [A M; M' C]. Most of a full product would be with zeros.
template <typename B, typename D>
void Transform(StateCovariance& P, const B& b, const D& d) {
  const Eigen::Matrix3d m = P.topRightCorner<3, 3>();
  const Eigen::Matrix3d c = P.bottomRightCorner<3, 3>();
  const Eigen::Matrix3d mb = m * b.transpose();
  const Eigen::Matrix3d bc = b * c;
  P.topLeftCorner<3, 3>() += mb + mb.transpose() + bc * b.transpose();
  P.topRightCorner<3, 3>() = (m + bc) * d.transpose();
  P.bottomLeftCorner<3, 3>() = P.topRightCorner<3, 3>().transpose();
  P.bottomRightCorner<3, 3>() = d * c * d.transpose();
}

/// Near-constant velocity over dt, blockwise: P = [A M; M' C].
void MoveStraight(Gaussian& g, double dt, double q, double q_up) {
  g.x.head<3>() += dt * g.x.tail<3>();
  const Eigen::Matrix3d m = g.P.topRightCorner<3, 3>();
  const Eigen::Matrix3d c = g.P.bottomRightCorner<3, 3>();
  g.P.topLeftCorner<3, 3>() += dt * (m + m.transpose()) + (dt * dt) * c;
  g.P.topRightCorner<3, 3>() += dt * c;
  g.P.bottomLeftCorner<3, 3>() = g.P.topRightCorner<3, 3>().transpose();
  AddNoise(g.P, dt, q, q_up);
}

/// Velocity of an Ornstein-Uhlenbeck process about zero (Bar-Shalom, Li, Kirubarajan 2001, 8.2.2,
/// of the velocity in place of the acceleration); the height as in steady flight.
void MoveHovering(Gaussian& g, double dt) {
  const double a = dt / kHoverDecayS;
  const double keep = std::exp(-a);
  const double reach = kHoverDecayS * (1.0 - keep);
  const Eigen::Matrix3d b = Eigen::Vector3d(reach, reach, dt).asDiagonal();
  const Eigen::Matrix3d d = Eigen::Vector3d(keep, keep, 1.0).asDiagonal();
  g.x.head<3>() += b * g.x.tail<3>();
  g.x.tail<3>() = (d * g.x.tail<3>()).eval();
  Transform(g.P, b, d);
  const double var = kHoverSdMps * kHoverSdMps;
  const double pp = var * kHoverDecayS * kHoverDecayS * (2.0 * a - 3.0 + 4.0 * keep - keep * keep);
  const double pv = var * kHoverDecayS * (1.0 - keep) * (1.0 - keep);
  const double vv = var * (1.0 - keep * keep);
  AddNoise(g.P, 0, pp, pv, vv);
  AddNoise(g.P, 1, pp, pv, vv);
  AddNoise(g.P, 2, kVerticalQ * dt * dt * dt / 3.0, kVerticalQ * dt * dt / 2.0, kVerticalQ * dt);
}

/// Coordinated turn of unknown rate (Bar-Shalom, Li, Kirubarajan 2001, 11.7.2), first order in the
/// rate's error.
void MoveTurning(Gaussian& g, double dt) {
  const double w = g.turn_radps;
  const double a = w * dt;
  const double cosine = std::cos(a);
  const double sine = std::sin(a);
  // sin(a)/w, (1-cos(a))/w and their derivatives by w, by series near zero.
  double s = 0.0;
  double c = 0.0;
  double ds = 0.0;
  double dc = 0.0;
  if (std::abs(a) < 1e-4) {
    s = dt * (1.0 - a * a / 6.0);
    c = dt * a / 2.0;
    ds = -dt * dt * a / 3.0;
    dc = dt * dt / 2.0;
  } else {
    s = sine / w;
    c = (1.0 - cosine) / w;
    ds = (dt * cosine - s) / w;
    dc = (dt * sine - c) / w;
  }
  const double ve = g.x[3];
  const double vn = g.x[4];
  Eigen::Matrix3d B;
  B << s, -c, 0.0, c, s, 0.0, 0.0, 0.0, dt;
  Eigen::Matrix3d D;
  D << cosine, -sine, 0.0, sine, cosine, 0.0, 0.0, 0.0, 1.0;
  StateVector dw;  // of the moved state by w
  dw << ve * ds - vn * dc, ve * dc + vn * ds, 0.0, dt * (-sine * ve - cosine * vn),
      dt * (cosine * ve - sine * vn), 0.0;

  const auto move = [&](StateVector& x) {
    x.head<3>() += B * x.tail<3>();
    x.tail<3>() = (D * x.tail<3>()).eval();
  };
  move(g.x);
  move(g.turn_cov);
  Transform(g.P, B, D);
  const StateVector half = g.turn_cov + (0.5 * g.turn_var) * dw;
  const StateCovariance turned = dw * half.transpose();
  g.P += turned + turned.transpose();
  g.turn_cov += g.turn_var * dw;
  g.turn_var += kTurnWalk * dt;
  AddNoise(g.P, dt, kTurnQ, kVerticalQ);
}

}  // namespace

MotionModel::MotionModel(std::optional<double> process_noise_m2ps3)
    : single_(process_noise_m2ps3.has_value()), single_q_(process_noise_m2ps3.value_or(0.0)) {}

bool MotionModel::MayStop(const ClassProbabilities& classes) {
  const auto p = [&](TargetClass c) { return classes[static_cast<std::size_t>(c)]; };
  const double can = p(TargetClass::kMultirotor) + p(TargetClass::kBird) + p(TargetClass::kOther) +
                     kCrewedMayStop * p(TargetClass::kAircraft);
  return can >= kLeastMayStop;
}

void MotionModel::ChooseLastMode(Gaussian* group, bool may_stop) {
  Eigen::Vector2d v = Eigen::Vector2d::Zero();
  double total = 0.0;
  for (int m = 0; m < kModes; ++m) {
    v += group[m].weight * group[m].x.segment<2>(3);
    total += group[m].weight;
  }
  const double speed = v.norm() / std::max(total, 1e-300);
  Gaussian& last = group[kModes - 1];
  if (last.mode == Mode::kTurn && may_stop && speed < kHoverBelowMps) {
    last.mode = Mode::kHover;
    last.turn_radps = last.turn_var = 0.0;
    last.turn_cov.setZero();
  } else if (last.mode == Mode::kHover && (!may_stop || speed > kTurnAboveMps)) {
    last.mode = Mode::kTurn;
    last.turn_radps = 0.0;
    last.turn_var = kTurnSd0 * kTurnSd0;
    last.turn_cov.setZero();
  }
}

void MotionModel::Predict(Mixture& mixture, int modes, double dt_s, bool may_stop) const {
  if (dt_s <= 0.0) return;
  if (modes > 1) {
    for (std::size_t i = 0; i < mixture.size(); i += kModes) {
      ChooseLastMode(&mixture[i], may_stop);
      Mix(&mixture[i], dt_s);
    }
  }
  for (Gaussian& g : mixture) Move(g, modes, dt_s);
}

void MotionModel::Mix(Gaussian* group, double dt_s) const {
  double total = 0.0;
  for (int i = 0; i < kModes; ++i) total += group[i].weight;
  if (total <= 0.0) return;

  std::array<std::array<double, kModes>, kModes> joint;  // [from][to]
  std::array<double, kModes> to{};
  for (int i = 0; i < kModes; ++i) {
    const double stay = std::exp(-dt_s / kStayS[i]);
    for (int j = 0; j < kModes; ++j) {
      joint[i][j] = group[i].weight * (i == j ? stay : (1.0 - stay) * kLeaveTo[i][j]);
      to[j] += joint[i][j];
    }
  }
  // About their common mean, so that spread(j) = sum of w_i (P_i + d_i d_i') - e_j e_j'.
  StateVector mean = StateVector::Zero();
  for (int i = 0; i < kModes; ++i) mean += (group[i].weight / total) * group[i].x;
  std::array<StateVector, kModes> d;
  std::array<StateCovariance, kModes> spread;
  for (int i = 0; i < kModes; ++i) {
    d[i] = group[i].x - mean;
    spread[i].noalias() = group[i].P + d[i] * d[i].transpose();
  }
  const Gaussian last = group[kModes - 1];
  for (int j = 0; j < kModes; ++j) {
    Gaussian& m = group[j];
    m.weight = to[j];
    if (to[j] <= 0.0) continue;
    std::array<double, kModes> w;
    for (int i = 0; i < kModes; ++i) w[i] = joint[i][j] / to[j];
    const StateVector e = w[0] * d[0] + w[1] * d[1] + w[2] * d[2];
    m.x = mean + e;
    m.P.noalias() = w[0] * spread[0] + w[1] * spread[1] + w[2] * spread[2] - e * e.transpose();
    if (m.mode != Mode::kTurn) continue;
    // What enters the turn from elsewhere brings no knowledge of its rate.
    m.turn_radps = w[j] * last.turn_radps;
    m.turn_var = 0.0;
    m.turn_cov = w[j] * last.turn_cov;
    for (int i = 0; i < kModes; ++i) {
      const double dw = (i == j ? last.turn_radps : 0.0) - m.turn_radps;
      m.turn_var += w[i] * ((i == j ? last.turn_var : kTurnSd0 * kTurnSd0) + dw * dw);
      m.turn_cov += (w[i] * dw) * (d[i] - e);
    }
  }
}

void MotionModel::Move(Gaussian& g, int modes, double dt_s) const {
  if (single_ || modes == 1) return MoveStraight(g, dt_s, NoiseOfOneMode(), kVerticalQ);
  switch (g.mode) {
    case Mode::kSteady:
      return MoveStraight(g, dt_s, kSteadyQ, kVerticalQ);
    case Mode::kManoeuvre:
      return MoveStraight(g, dt_s, kManoeuvreQ, kManoeuvreVerticalQ);
    case Mode::kTurn:
      return MoveTurning(g, dt_s);
    case Mode::kHover:
      return MoveHovering(g, dt_s);
  }
}

double MotionModel::NoiseOfOneMode() const { return single_ ? single_q_ : kTentativeQ; }

void MotionModel::Expand(Mixture& mixture) const {
  if (single_) return;
  Mixture all;
  all.reserve(mixture.size() * kModes);
  for (const Gaussian& g : mixture) {
    for (int m = 0; m < kModes; ++m) {
      Gaussian copy = g;
      copy.mode = static_cast<Mode>(m);
      copy.weight = g.weight * kStartWeight[m];
      copy.turn_radps = 0.0;
      copy.turn_var = kTurnSd0 * kTurnSd0;
      copy.turn_cov.setZero();
      all.push_back(copy);
    }
  }
  mixture = std::move(all);
}

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

double GroundSdM(const Mixture& mixture) {
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  for (const Gaussian& g : mixture) mean += g.weight * g.x.head<2>();
  Eigen::Vector2d variance = Eigen::Vector2d::Zero();
  for (const Gaussian& g : mixture) {
    variance += g.weight * (g.P.diagonal().head<2>() + (g.x.head<2>() - mean).cwiseAbs2());
  }
  return std::sqrt(variance.maxCoeff());
}

void Moments(const Mixture& mixture, StateVector& mean, StateCovariance& covariance) {
  mean.setZero();
  double total = 0.0;
  for (const Gaussian& g : mixture) {
    mean += g.weight * g.x;
    total += g.weight;
  }
  mean /= total;
  covariance.setZero();
  for (const Gaussian& g : mixture) {
    const StateVector d = g.x - mean;
    covariance += (g.weight / total) * (g.P + d * d.transpose());
  }
}

}  // namespace picket
