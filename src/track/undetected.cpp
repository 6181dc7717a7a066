// SPDX-License-Identifier: Apache-2.0
#include "track/undetected.h"

#include <algorithm>
#include <cmath>

namespace picket {
namespace {

constexpr double kFloorPerM2 = 1e-15;  ///< one in a thousand square kilometres' millionth
constexpr double kLongestStepS = 5.0;
/// Where the sensors are asked about a band, and how fast targets change from one to the next.
constexpr std::array<double, UndetectedModel::kBands> kBandMiddleM = {40.0, 120.0, 300.0};
constexpr std::array<double, UndetectedModel::kBands> kBandDepthM = {60.0, 140.0, 300.0};
constexpr double kClimbMps = 1.0;
constexpr int kCells = UndetectedModel::kSide * UndetectedModel::kSide;

/// Probability that a height is in a band; what would be under ground is in the lowest.
double ProbabilityOfBand(int band, double agl_m, double sd_m) {
  const auto below = [&](double height) {
    return 0.5 * std::erfc((agl_m - height) / (std::sqrt(2.0) * std::max(sd_m, 1e-3)));
  };
  const double from = band == 0 ? 0.0 : below(UndetectedModel::kBandFromM[band]);
  const double to =
      band + 1 == UndetectedModel::kBands ? 1.0 : below(UndetectedModel::kBandFromM[band + 1]);
  return to - from;
}
/// After a day without a look nothing is left of what was known before.
constexpr double kLongestSilenceS = 86'400.0;

}  // namespace

UndetectedModel::UndetectedModel(std::shared_ptr<const DetectionField> field,
                                 const TrackerParameters& parameters)
    : field_(std::move(field)), parameters_(parameters) {
  const double radius = parameters_.region_radius_m;
  cell_m_ = 2.0 * radius / kSide;
  for (int band = 0; band < kBands; ++band) {
    band_share_[band] = ProbabilityOfBand(band, kPriorHeightM, kPriorHeightSdM);
  }
  birth_share_.assign(kCells, 0.0);
  start_share_.assign(kCells, 0.0);
  inside_.assign(kCells, 0.0);
  scratch_.assign(std::size_t{kBands} * kCells, 0.0);
  miss_.resize(field_->sensors().size());

  double inner = 0.0;
  double ring = 0.0;
  for (int c = 0; c < kCells; ++c) {
    const auto [e, n] = CentreOf(c);
    const double r = std::hypot(e, n);
    if (r > radius) continue;
    inside_[c] = 1.0;
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
      if (inside_[c] == 0.0) continue;
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
  State state;
  state.reserve(scratch_.size());
  for (int band = 0; band < kBands; ++band) {
    for (const double share : start_share_) {
      state.push_back(share * band_share_[band] * parameters_.expected_at_start);
    }
  }
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
    const State& all = scratch_;
    state.resize(all.size());
    for (int band = 0; band < kBands; ++band) {
      const double* old = &all[std::size_t{kCells} * band];
      double* moved = &state[std::size_t{kCells} * band];
      // Up and down, half of them each way.
      const double climb = std::min(0.2, 0.5 * kClimbMps * step / kBandDepthM[band]);
      const double up = band + 1 < kBands ? climb : 0.0;
      const double down = band > 0 ? climb : 0.0;
      const auto from = [&](int other) {
        return std::min(0.2, 0.5 * kClimbMps * step / kBandDepthM[other]);
      };
      const double from_below = band > 0 ? survive * from(band - 1) : 0.0;
      const double from_above = band + 1 < kBands ? survive * from(band + 1) : 0.0;
      const double from_side = survive * leave;
      const double stay = survive * (1.0 - 4.0 * leave - up - down);
      const double born = birth_per_s * step * band_share_[band];
      static constexpr std::array<double, kSide> kNothing{};
      for (int row = 0; row < kSide; ++row) {
        const double* here = old + row * kSide;
        const double* south = row > 0 ? here - kSide : kNothing.data();
        const double* north = row + 1 < kSide ? here + kSide : kNothing.data();
        const double* below = band > 0 ? here - kCells : kNothing.data();
        const double* above = band + 1 < kBands ? here + kCells : kNothing.data();
        const double* inside = &inside_[row * kSide];
        const double* births = &birth_share_[row * kSide];
        double* to = moved + row * kSide;
        const auto cell = [&](int c, double west, double east) {
          to[c] = inside[c] * (stay * here[c] + from_side * (west + east + south[c] + north[c]) +
                               from_below * below[c] + from_above * above[c] + born * births[c]);
        };
        cell(0, 0.0, here[1]);
        for (int c = 1; c + 1 < kSide; ++c) cell(c, here[c - 1], here[c + 1]);
        cell(kSide - 1, here[kSide - 2], 0.0);
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
  miss.assign(std::size_t{kBands} * kCells, 1.0F);
  if (field_->sensor(s).look == LookKind::kSelfReport) return;
  for (int i = 0; i < kBands * kCells; ++i) {
    const int c = i % kCells;
    if (inside_[c] == 0.0) continue;
    const auto [e, n] = CentreOf(c);
    const Eigen::Vector3d p(e, n, GroundUpM(e, n) + kBandMiddleM[i / kCells]);
    miss[i] = static_cast<float>(
        1.0 - field_->ProbabilityOnAnyHeading(s, kUndetectedClasses, p, kUndetectedSpeedMps));
  }
}

int UndetectedModel::DistrictOf(double east_m, double north_m) const {
  return DistrictOf(CellOf(east_m, north_m));
}

int UndetectedModel::DistrictOf(int cell) {
  constexpr int kCellsOnSide = kSide / kDistrictsOnSide;
  if (cell < 0) return -1;
  return cell / kSide / kCellsOnSide * kDistrictsOnSide + cell % kSide / kCellsOnSide;
}

double UndetectedModel::Thin(State& state, SensorIndex s, ByDistrict& found_here) const {
  if (miss_[static_cast<std::size_t>(s)].empty()) FillDetection(s);
  const std::vector<float>& miss = miss_[static_cast<std::size_t>(s)];
  double found = 0.0;
  constexpr std::size_t kCellsOnSide = kSide / kDistrictsOnSide;
  for (std::size_t row = 0; row < std::size_t{kBands} * kSide; ++row) {
    double* here = &found_here[row % kSide / kCellsOnSide * kDistrictsOnSide];
    for (std::size_t district = 0; district < kDistrictsOnSide; ++district) {
      const std::size_t c = row * kSide + district * kCellsOnSide;
      std::array<double, kCellsOnSide> taken;
      for (std::size_t k = 0; k < kCellsOnSide; ++k) {
        const double left = state[c + k] * static_cast<double>(miss[c + k]);
        taken[k] = state[c + k] - left;
        state[c + k] = left;
      }
      double sum = 0.0;
      for (const double each : taken) sum += each;
      here[district] += sum;
      found += sum;
    }
  }
  return found;
}

double UndetectedModel::Miss(SensorIndex s, double east_m, double north_m) const {
  const int c = CellOf(east_m, north_m);
  if (c < 0) return 1.0;
  if (miss_[static_cast<std::size_t>(s)].empty()) FillDetection(s);
  double miss = 0.0;
  for (int band = 0; band < kBands; ++band) {
    miss += band_share_[band] *
            static_cast<double>(miss_[static_cast<std::size_t>(s)][band * kCells + c]);
  }
  return miss;
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
  double expected = 0.0;
  for (int band = 0; c >= 0 && band < kBands; ++band) expected += state[band * kCells + c];
  return kFloorPerM2 + expected / (cell_m_ * cell_m_);
}

double UndetectedModel::HeightFactor(const State& state, double east_m, double north_m,
                                     double agl_m, double sd_m) const {
  const int c = CellOf(east_m, north_m);
  if (c < 0) return 1.0;
  double all = 0.0;
  double here = 0.0;
  for (int band = 0; band < kBands; ++band) {
    const double expected = state[band * kCells + c];
    all += expected;
    here += expected / band_share_[band] * ProbabilityOfBand(band, agl_m, sd_m);
  }
  return all > 0.0 ? here / all : 1.0;
}

void UndetectedModel::Add(State& state, double east_m, double north_m, std::optional<double> agl_m,
                          double expected) const {
  const int c = CellOf(east_m, north_m);
  if (c < 0 || inside_[c] == 0.0) return;
  for (int band = 0; band < kBands; ++band) {
    const double share = agl_m ? ProbabilityOfBand(band, *agl_m, 0.0) : band_share_[band];
    state[band * kCells + c] += expected * share;
  }
}

double UndetectedModel::GroundUpM(double east_m, double north_m) const {
  const Terrain& terrain = field_->terrain();
  const auto ground = terrain.GroundAt(east_m, north_m);
  // Where the ground is not known it is the ellipsoid, as for a site without terrain.
  return (ground ? ground->m : 0.0) - terrain.HeightOf({east_m, north_m, 0.0}).m;
}

}  // namespace picket
