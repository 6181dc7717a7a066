// SPDX-License-Identifier: Apache-2.0
#include "track/registration.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace picket {
namespace {

// One sigma of the biases that sensors have before they are registered; of a measured component
// not less than this many of its own sigmas.
constexpr double kRangeSdM = 20.0;
constexpr double kAngleSdRad = 0.3 * kRadPerDeg;
constexpr double kClockSdS = 1.0;
constexpr double kPriorOfSd = 1.5;
constexpr double kWalkPerS = 1.0 / 3600.0;  ///< of the prior variance: an hour changes everything
constexpr double kBiased = 0.02;            ///< prior probability that a sensor has a bias
constexpr double kLeastApplied = 0.05;
constexpr double kSurpriseFade = 0.05;
constexpr double kJump =
    2.0;  ///< mean squared normalised residual of a sensor that was turned; else a half
constexpr int kPairsToJump = 40;
constexpr int kPairsToApply = 40;
const Duration kClocksEvery = Duration::Seconds(1.0);  // for many sensors that is work
constexpr int kMostClocks = 8;                         ///< that may be wrong at the same time
constexpr double kClockMargin =
    3.0;  ///< of log evidence, by which it must be one clock, not another

/// Where a detection puts its target on the ground and how that moves with its sensor's bias.
struct Placed {
  Eigen::Vector2d place;
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();
  Eigen::Matrix<double, 2, 2> J = Eigen::Matrix2d::Zero();  ///< d place / d (range, azimuth)
};

Placed PlaceOf(const Sensor& sensor, const SureDetection& z, double target_up_m) {
  Placed placed;
  if (z.is_position) {
    placed.place = z.position;
    placed.covariance = Eigen::Matrix2d::Identity() * z.sd_range_m * z.sd_range_m;
    return placed;
  }
  const double up = target_up_m - sensor.p_LS_L.z();
  const double elevation = z.has_elevation
                               ? z.elevation_rad
                               : std::asin(std::clamp(up / std::max(z.range_m, 1.0), -0.9, 0.9));
  const double ground = z.range_m * std::cos(elevation);
  const Eigen::Vector3d along_S(std::sin(z.azimuth_rad), std::cos(z.azimuth_rad), 0.0);
  const Eigen::Vector3d across_S(std::cos(z.azimuth_rad), -std::sin(z.azimuth_rad), 0.0);
  const Eigen::Vector2d along = (sensor.R_SL.transpose() * along_S).head<2>();
  const Eigen::Vector2d across = (sensor.R_SL.transpose() * across_S).head<2>();
  placed.place = sensor.p_LS_L.head<2>() + ground * along;
  placed.J.col(0) = std::cos(elevation) * along;
  placed.J.col(1) = ground * across;
  const Eigen::Vector2d variance(z.sd_range_m * z.sd_range_m, z.sd_azimuth_rad * z.sd_azimuth_rad);
  placed.covariance = placed.J * variance.asDiagonal() * placed.J.transpose();
  return placed;
}

}  // namespace

std::optional<SureDetection> SureDetection::Of(const Look& look, const Detection& z,
                                               double turned_rad) {
  const auto sd = [&](Component c) { return z.sd[static_cast<std::size_t>(c)]; };
  SureDetection sure;
  sure.time = z.time.value_or(look.time);
  sure.sensor = look.sensor;
  if (z.measured.Has(Component::kEast) && z.measured.Has(Component::kNorth)) {
    sure.is_position = true;
    sure.position = {z[Component::kEast], z[Component::kNorth]};
    sure.sd_range_m = std::max(sd(Component::kEast), sd(Component::kNorth));
    return sure;
  }
  if (!z.measured.Has(Component::kRange) || !z.measured.Has(Component::kAzimuth)) {
    return std::nullopt;
  }
  sure.range_m = z[Component::kRange];
  sure.azimuth_rad = z[Component::kAzimuth] - turned_rad;
  sure.sd_range_m = sd(Component::kRange);
  sure.sd_azimuth_rad = sd(Component::kAzimuth);
  sure.has_elevation = z.measured.Has(Component::kElevation);
  if (sure.has_elevation) {
    sure.elevation_rad = z[Component::kElevation];
    sure.sd_elevation_rad = sd(Component::kElevation);
  }
  return sure;
}

Registration::Registration(std::shared_ptr<const DetectionField> field)
    : field_(std::move(field)) {}

Registration::Block Registration::PriorSd(SensorIndex s) const {
  const Sensor& sensor = field_->sensor(s);
  const auto of = [&](Component c, double least) {
    return std::max(least, kPriorOfSd * sensor.sd[static_cast<std::size_t>(c)]);
  };
  return {of(Component::kRange, kRangeSdM), of(Component::kAzimuth, kAngleSdRad),
          of(Component::kElevation, kAngleSdRad), kClockSdS};
}

Registration::State Registration::Start() const {
  State state;
  Grow(state);
  return state;
}

void Registration::Grow(State& state) const {
  const std::size_t before = state.sensors.size();
  if (before >= field_->sensors().size()) return;
  state.sensors.resize(field_->sensors().size());
  const auto n = static_cast<Eigen::Index>(state.sensors.size()) * kOf;
  const Eigen::Index old = state.mean.size();
  state.mean.conservativeResize(n);
  state.covariance.conservativeResize(n, n);
  state.mean.tail(n - old).setZero();
  state.covariance.bottomRows(n - old).setZero();
  state.covariance.rightCols(n - old).setZero();
  for (auto s = static_cast<SensorIndex>(before); s < static_cast<SensorIndex>(n / kOf); ++s) {
    state.covariance.diagonal().segment<kOf>(s * kOf) = PriorSd(s).cwiseAbs2();
  }
}

int Registration::MaxPairsInLook() const {
  constexpr double kWork = 5000.0;  // sensors^2 * pairs, so that many sensors do not cost more
  const auto sensors = static_cast<double>(field_->sensors().size());
  return std::clamp(static_cast<int>(kWork / (sensors * sensors)), 2, 16);
}

void Registration::Compare(State& state, const SureDetection& before, const SureDetection& now,
                           const StateVector& x) const {
  const double dt_s = (now.time - before.time).s();
  const Eigen::Vector2d v = x.segment<2>(3);
  const Placed a = PlaceOf(field_->sensor(before.sensor), before, x[2]);
  const Placed b = PlaceOf(field_->sensor(now.sensor), now, x[2]);
  // Elevations are compared where both are measured: the same height above the local plane.
  const bool heights = before.has_elevation && now.has_elevation;
  const int rows = heights ? 3 : 2;
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, kOf, 0, 3, kOf>;
  using Residual = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, 3, 1>;
  using Covariance = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, 3, 3>;
  Rows Ja = Rows::Zero(rows, kOf);
  Rows Jb = Rows::Zero(rows, kOf);
  Residual d(rows);
  Covariance R = Covariance::Zero(rows, rows);
  d.head<2>() = a.place + dt_s * v - b.place;
  Ja.topLeftCorner<2, 2>() = a.J;
  Jb.topLeftCorner<2, 2>() = b.J;
  // A clock that runs ahead stamps where the target was not yet: the place lies behind.
  Ja.block<2, 1>(0, 3) = -v;
  Jb.block<2, 1>(0, 3) = -v;
  // Each detection takes part in two comparisons, so its variance counts twice.
  R.topLeftCorner<2, 2>() = 2.0 * (a.covariance + b.covariance);
  R(0, 0) += std::pow(5.0 * dt_s, 2);  // the velocity's own error
  R(1, 1) += std::pow(5.0 * dt_s, 2);
  if (heights) {
    const auto height = [&](const SureDetection& z, Rows& J) {
      J(2, 2) = z.range_m * std::cos(z.elevation_rad);
      R(2, 2) += 2.0 * std::pow(J(2, 2) * z.sd_elevation_rad, 2);
      return field_->sensor(z.sensor).p_LS_L.z() + z.range_m * std::sin(z.elevation_rad);
    };
    const double ha = height(before, Ja);
    const double hb = height(now, Jb);
    d[2] = ha + dt_s * x[5] - hb;
  }
  const Eigen::Index ia = before.sensor * kOf;
  const Eigen::Index ib = now.sensor * kOf;
  const double walk_s = std::max(0.0, (now.time - state.time).s());
  if (walk_s > 0.0) {
    for (SensorIndex s = 0; s < static_cast<SensorIndex>(state.sensors.size()); ++s) {
      auto variance = state.covariance.diagonal().segment<kOf>(s * kOf);
      const Block prior = PriorSd(s).cwiseAbs2();
      variance = (variance + std::min(walk_s * kWalkPerS, 1.0) * prior).cwiseMin(prior);
    }
    state.time = now.time;
  }
  // d = Ja b_a - Jb b_b + noise
  const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, Eigen::Dynamic, 3> PHt =
      state.covariance.middleCols<kOf>(ia).lazyProduct(Ja.transpose()) -
      state.covariance.middleCols<kOf>(ib).lazyProduct(Jb.transpose());
  const Covariance S = Ja * PHt.middleRows<kOf>(ia) - Jb * PHt.middleRows<kOf>(ib) + R;
  const Residual residual =
      d - (Ja * state.mean.segment<kOf>(ia) - Jb * state.mean.segment<kOf>(ib));
  const Covariance S_inverse = S.inverse();
  const double d2 = residual.dot(S_inverse * residual);
  constexpr double kWrongPair = 25.0;  // not of one target after all, or of a turned mast
  for (const SensorIndex s : {before.sensor, now.sensor}) {
    SensorState& sensor = state.sensors[static_cast<std::size_t>(s)];
    sensor.surprise += kSurpriseFade * (std::min(d2 / rows, kWrongPair) - sensor.surprise);
    ++sensor.pairs;
  }
  if (d2 > kWrongPair) return;
  const Eigen::LLT<Covariance> root(S);
  if (root.info() != Eigen::Success) return;
  state.mean += PHt.lazyProduct(S_inverse * residual);
  // P - K S K' as a sum of u u', which stays symmetric to the bit.
  Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, 3, Eigen::Dynamic> U = PHt.transpose();
  root.matrixL().solveInPlace(U);
  for (Eigen::Index r = 0; r < rows; ++r) {
    const Eigen::VectorXd u = U.row(r);
    state.covariance.noalias() -= u * u.transpose();
  }
}

/// A sensor has jumped: what was known of its bias is worth nothing.
void Registration::Reset(State& state, std::size_t s) const {
  const Eigen::Index i = static_cast<Eigen::Index>(s) * kOf;
  state.covariance.middleRows<kOf>(i).setZero();
  state.covariance.middleCols<kOf>(i).setZero();
  state.covariance.diagonal().segment<kOf>(i) =
      4.0 * PriorSd(static_cast<SensorIndex>(s)).cwiseAbs2();
  for (SensorState& each : state.sensors) {
    each.surprise = 1.0;
    each.pairs = 0;
  }
  ++state.sensors[s].jumps;
}

void Registration::LookForTurn(State& state, SensorIndex s, std::span<const AwaitedTarget> awaited,
                               std::size_t detected, std::span<const Detection> detections) const {
  constexpr std::size_t kLeastAwaited = 2;
  SensorState& sensor = state.sensors[static_cast<std::size_t>(s)];
  if (2 * detected > awaited.size()) {
    sensor.turn = {};
    return;
  }
  if (awaited.size() < kLeastAwaited) return;
  const auto turn = sensor.turn.Count(field_->sensor(s), awaited, detections);
  if (!turn) return;
  // From its azimuths as they are corrected now, bias and all.
  sensor.turned_rad += *turn + sensor.applied[1];
  sensor.turn = {};
  sensor.applied.setZero();
  state.mean.segment<kOf>(s * kOf).setZero();
  Reset(state, static_cast<std::size_t>(s));
}

void Registration::Settle(State& state) const {
  // The one whose residuals are worst has jumped: the others' suffer only from it.
  std::size_t worst = 0;
  for (std::size_t s = 1; s < state.sensors.size(); ++s) {
    if (state.sensors[s].surprise > state.sensors[worst].surprise) worst = s;
  }
  if (SensorState& sensor = state.sensors[worst];
      sensor.surprise > kJump && sensor.pairs > kPairsToJump) {
    Reset(state, worst);
  }
  for (std::size_t s = 0; s < state.sensors.size(); ++s) {
    if (state.sensors[s].pairs == 0 && state.sensors[s].jumps == 0) continue;
    const Eigen::Index i = static_cast<Eigen::Index>(s) * kOf;
    const Eigen::Vector3d mean = state.mean.segment<3>(i);
    const Eigen::Matrix3d P = state.covariance.block<3, 3>(i, i);
    const Eigen::LLT<Eigen::Matrix3d> llt(P);
    double log_ratio = 0.5 * mean.dot(llt.solve(mean));
    const Block prior = PriorSd(static_cast<SensorIndex>(s));
    for (int c = 0; c < 3; ++c) log_ratio += std::log(llt.matrixLLT()(c, c) / prior[c]);
    const double odds = kBiased / (1.0 - kBiased) * std::exp(std::min(log_ratio, 100.0));
    const double share = odds / (1.0 + odds);
    if (share > kLeastApplied &&
        (state.sensors[s].pairs >= kPairsToApply || state.sensors[s].jumps > 0)) {
      state.sensors[s].applied.head<3>() = share * mean;
    } else {
      state.sensors[s].applied.head<3>().setZero();
    }
  }
  if (state.time - state.clocks_settled >= kClocksEvery) {
    state.clocks_settled = state.time;
    SettleClocks(state);
  }
}

void Registration::SettleClocks(State& state) const {
  std::vector<Eigen::Index>& known = clocks_.known;
  Eigen::MatrixXd& P = clocks_.P;
  Eigen::VectorXd& mean = clocks_.mean;
  Eigen::MatrixXd& information = clocks_.information;
  Eigen::VectorXd& h = clocks_.h;
  known.clear();  // clocks that were compared
  for (std::size_t s = 0; s < state.sensors.size(); ++s) {
    state.sensors[s].applied[3] = state.sensors[s].clock_sd_s = 0.0;
    if (state.sensors[s].pairs >= kPairsToApply) {
      known.push_back(static_cast<Eigen::Index>(s) * kOf + 3);
    }
  }
  const auto n = static_cast<Eigen::Index>(known.size());
  if (n < 3) return;  // of two, who says which is wrong?
  P.resize(n, n);
  mean.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::Index of = known[static_cast<std::size_t>(i)];
    mean[i] = state.mean[of];
    for (Eigen::Index j = 0; j < n; ++j) {
      P(i, j) = state.covariance(of, known[static_cast<std::size_t>(j)]);
    }
  }
  clocks_.llt.compute(P);
  information.setIdentity(n, n);
  clocks_.llt.solveInPlace(information);
  h.noalias() = information * mean;
  // Evidence that these clocks are wrong and all others right, against that all are right.
  using Part = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, kMostClocks, kMostClocks>;
  using PartVector = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, kMostClocks, 1>;
  std::array<Eigen::Index, kMostClocks> wrong{};
  PartVector clock_s;
  PartVector clock_sd_s;
  const auto evidence = [&](Eigen::Index count) {
    Part part(count, count);
    PartVector h_part(count);
    for (Eigen::Index i = 0; i < count; ++i) {
      h_part[i] = h[wrong[static_cast<std::size_t>(i)]];
      for (Eigen::Index j = 0; j < count; ++j) {
        part(i, j) =
            information(wrong[static_cast<std::size_t>(i)], wrong[static_cast<std::size_t>(j)]);
      }
    }
    const Eigen::LLT<Part> root(part);
    clock_s = root.solve(h_part);
    const Part covariance = root.solve(Part::Identity(count, count));
    clock_sd_s = covariance.diagonal().cwiseSqrt();
    double log_ratio = 0.5 * h_part.dot(clock_s);
    for (Eigen::Index i = 0; i < count; ++i) {
      log_ratio +=
          std::log(kBiased / (1.0 - kBiased)) - std::log(root.matrixLLT()(i, i) * kClockSdS);
    }
    return log_ratio;
  };
  Eigen::Index count = 0;
  for (double so_far = 0.0; count < kMostClocks && 2 * (count + 1) < n; ++count) {
    double best = so_far;
    double second = so_far;
    Eigen::Index which = -1;
    const auto end = wrong.begin() + count;
    for (Eigen::Index i = 0; i < n; ++i) {
      if (std::find(wrong.begin(), end, i) != end) continue;
      *end = i;
      const double log_ratio = evidence(count + 1);
      second = std::max(second, std::min(best, log_ratio));
      if (log_ratio <= best) continue;
      best = log_ratio;
      which = i;
    }
    if (which < 0 || best - second < kClockMargin) break;
    *end = which;
    so_far = best;
  }
  if (count == 0) return;
  evidence(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const Eigen::Index of = known[static_cast<std::size_t>(wrong[static_cast<std::size_t>(i)])];
    SensorState& sensor = state.sensors[static_cast<std::size_t>(of / kOf)];
    sensor.applied[3] = clock_s[i];
    sensor.clock_sd_s = clock_sd_s[i];
  }
}

bool Registration::Applies(const State& state, SensorIndex s) const {
  const SensorState& sensor = state.sensors[static_cast<std::size_t>(s)];
  return sensor.turned_rad != 0.0 || !sensor.applied.isZero();
}

void Registration::Correct(const State& state, SensorIndex s, Detection& z) const {
  const SensorState& sensor = state.sensors[static_cast<std::size_t>(s)];
  const Block& bias = sensor.applied;
  const auto take = [&](Component c, double by) {
    if (z.measured.Has(c)) z.value[static_cast<std::size_t>(c)] -= by;
  };
  if (z.measured.Has(Component::kRange)) {
    take(Component::kRange, std::min(bias[0], z[Component::kRange] - 1.0));
  }
  take(Component::kAzimuth, sensor.turned_rad + bias[1]);
  take(Component::kElevation, bias[2]);
}

SensorBias Registration::BiasOf(const State& state, SensorIndex s) const {
  const SensorState& sensor = state.sensors[static_cast<std::size_t>(s)];
  const Eigen::Index i = static_cast<Eigen::Index>(s) * kOf;
  const Block sd = state.covariance.diagonal().segment<kOf>(i).cwiseMax(0.0).cwiseSqrt();
  SensorBias bias;
  bias.range_m = sensor.applied[0];
  bias.azimuth_rad = std::remainder(sensor.turned_rad + sensor.applied[1], 2.0 * std::numbers::pi);
  bias.elevation_rad = sensor.applied[2];
  bias.clock_s = sensor.applied[3];
  bias.range_sd_m = sd[0];
  bias.azimuth_sd_rad = sd[1];
  bias.elevation_sd_rad = sd[2];
  bias.clock_sd_s = sensor.clock_sd_s > 0.0 ? sensor.clock_sd_s : sd[3];
  bias.comparisons = sensor.pairs;
  bias.jumps = sensor.jumps;
  return bias;
}

}  // namespace picket
