// SPDX-License-Identifier: Apache-2.0
#include "track/undetected.h"

#include <algorithm>
#include <cmath>

namespace picket {
namespace {

constexpr double kFloorPerM2 = 1e-15;  ///< one in a thousand square kilometres' millionth
constexpr double kLongestStepS = 5.0;
/// After a day without a look nothing is left of what was known before.
constexpr double kLongestSilenceS = 86'400.0;

}  // namespace

UndetectedModel::UndetectedModel(std::shared_ptr<const DetectionField> field,
                                 const TrackerParameters& parameters)
    : field_(std::move(field)), parameters_(parameters) {
  const double radius = parameters_.region_radius_m;
  cell_m_ = 2.0 * radius / kSide;
  constexpr int kCells = kSide * kSide;
  birth_share_.assign(kCells, 0.0);
  start_share_.assign(kCells, 0.0);
  inside_.assign(kCells, 0);
  scratch_.assign(kCells, 0.0);
  miss_.resize(field_->sensors().size());

  double inner = 0.0;
  double ring = 0.0;
  for (int c = 0; c < kCells; ++c) {
    const auto [e, n] = CentreOf(c);
    const double r = std::hypot(e, n);
    if (r > radius) continue;
    inside_[c] = 1;
    inner += 1.0;
    if (r > radius - 2.0 * cell_m_) ring += 1.0;
    for (const BirthComponent& b : parameters_.births) {
      const double de = (e - b.east_m) / b.sd_m;
      const double dn = (n - b.north_m) / b.sd_m;
      birth_share_[c] += b.share * std::exp(-0.5 * (de * de + dn * dn)) / (b.sd_m * b.sd_m);
    }
  }
  if (parameters_.births.empty()) {
    // Half anywhere on the ground, half across the boundary.
    for (int c = 0; c < kCells; ++c) {
      if (inside_[c] == 0) continue;
      const auto [e, n] = CentreOf(c);
      const double r = std::hypot(e, n);
      start_share_[c] = 1.0 / inner;
      birth_share_[c] = 0.5 / inner + (r > radius - 2.0 * cell_m_ ? 0.5 / ring : 0.0);
    }
  } else {
    double total = 0.0;
    for (const double share : birth_share_) total += share;
    // A birth narrower than a cell, or outside the region, leaves nothing to share: its own cell.
    if (total <= 0.0) {
      for (const BirthComponent& b : parameters_.births) {
        const int c = CellOf(b.east_m, b.north_m);
        if (c >= 0) birth_share_[c] += b.share;
      }
      for (const double share : birth_share_) total += share;
    }
    for (double& share : birth_share_) share = total > 0.0 ? share / total : 0.0;
    start_share_ = birth_share_;
  }
}

UndetectedModel::State UndetectedModel::Start() const {
  State state(start_share_);
  for (double& expected : state) expected *= parameters_.expected_at_start;
  return state;
}

void UndetectedModel::Advance(State& state, double dt_s) const {
  const double birth_per_s = parameters_.births_per_hour / 3600.0;
  dt_s = std::min(dt_s, kLongestSilenceS);
  while (dt_s > 0.0) {
    const double step = std::min(dt_s, kLongestStepS);
    dt_s -= step;
    // Of a cell of side a, targets of speed v in any direction leave through one side at v/(pi a).
    const double leave = std::min(0.2, kUndetectedSpeedMps * step / (std::numbers::pi * cell_m_));
    const double survive = std::pow(parameters_.survival_per_s, step);
    std::swap(scratch_, state);
    const State& old = scratch_;
    state.resize(old.size());
    for (int row = 0; row < kSide; ++row) {
      for (int column = 0; column < kSide; ++column) {
        const int c = row * kSide + column;
        if (inside_[c] == 0) {
          state[c] = 0.0;
          continue;
        }
        double in = 0.0;
        if (column > 0) in += old[c - 1];
        if (column + 1 < kSide) in += old[c + 1];
        if (row > 0) in += old[c - kSide];
        if (row + 1 < kSide) in += old[c + kSide];
        state[c] = survive * ((1.0 - 4.0 * leave) * old[c] + leave * in) +
                   birth_per_s * step * birth_share_[c];
      }
    }
  }
}

void UndetectedModel::Forget(SensorIndex s) {
  miss_.resize(field_->sensors().size());
  miss_[static_cast<std::size_t>(s)].clear();
}

void UndetectedModel::FillDetection(SensorIndex s) const {
  std::vector<float>& miss = miss_[static_cast<std::size_t>(s)];
  miss.assign(kSide * kSide, 1.0F);
  if (field_->sensor(s).look == LookKind::kSelfReport) return;
  for (int c = 0; c < kSide * kSide; ++c) {
    if (inside_[c] == 0) continue;
    const auto [e, n] = CentreOf(c);
    const Eigen::Vector3d p(e, n, GroundUpM(e, n) + kPriorHeightM);
    miss[c] = static_cast<float>(
        1.0 - field_->ProbabilityOnAnyHeading(s, kUndetectedClasses, p, kUndetectedSpeedMps));
  }
}

double UndetectedModel::Thin(State& state, SensorIndex s) const {
  if (miss_[static_cast<std::size_t>(s)].empty()) FillDetection(s);
  const std::vector<float>& miss = miss_[static_cast<std::size_t>(s)];
  double found = 0.0;
  for (std::size_t c = 0; c < state.size(); ++c) {
    const double left = state[c] * static_cast<double>(miss[c]);
    found += state[c] - left;
    state[c] = left;
  }
  return found;
}

double UndetectedModel::Miss(SensorIndex s, double east_m, double north_m) const {
  const int c = CellOf(east_m, north_m);
  if (c < 0) return 1.0;
  if (miss_[static_cast<std::size_t>(s)].empty()) FillDetection(s);
  return static_cast<double>(miss_[static_cast<std::size_t>(s)][c]);
}

UndetectedModel::Centre UndetectedModel::CentreOf(int cell) const {
  const int row = cell / kSide;
  const int column = cell % kSide;
  return {(column + 0.5) * cell_m_ - parameters_.region_radius_m,
          (row + 0.5) * cell_m_ - parameters_.region_radius_m};
}

int UndetectedModel::CellOf(double east_m, double north_m) const {
  const double column = (east_m + parameters_.region_radius_m) / cell_m_;
  const double row = (north_m + parameters_.region_radius_m) / cell_m_;
  if (!(column >= 0.0 && column < kSide && row >= 0.0 && row < kSide)) return -1;
  return static_cast<int>(row) * kSide + static_cast<int>(column);
}

double UndetectedModel::Density(const State& state, double east_m, double north_m) const {
  const int c = CellOf(east_m, north_m);
  return kFloorPerM2 + (c < 0 ? 0.0 : state[c] / (cell_m_ * cell_m_));
}

void UndetectedModel::Add(State& state, double east_m, double north_m, double expected) const {
  const int c = CellOf(east_m, north_m);
  if (c >= 0 && inside_[c] != 0) state[c] += expected;
}

double UndetectedModel::GroundUpM(double east_m, double north_m) const {
  const Terrain& terrain = field_->terrain();
  const auto ground = terrain.GroundAt(east_m, north_m);
  // Where the ground is not known it is the ellipsoid, as for a site without terrain.
  return (ground ? ground->m : 0.0) - terrain.HeightOf({east_m, north_m, 0.0}).m;
}

}  // namespace picket
