// SPDX-License-Identifier: Apache-2.0
#include "track/detection_index.h"

namespace picket {

bool DetectionIndex::IsCartesian(const Detection& d) {
  return d.measured.Has(Component::kEast) && d.measured.Has(Component::kNorth);
}

bool DetectionIndex::HasPlace(const Detection& d) {
  return IsCartesian(d) ||
         (d.measured.Has(Component::kRange) && d.measured.Has(Component::kAzimuth));
}

Eigen::Vector2d DetectionIndex::Place(const SensorPose& pose, const Detection& d) {
  if (IsCartesian(d)) return {d[Component::kEast], d[Component::kNorth]};
  const double azimuth = d[Component::kAzimuth];
  double level = d[Component::kRange];
  double up = 0.0;
  if (d.measured.Has(Component::kElevation)) {
    up = level * std::sin(d[Component::kElevation]);
    level *= std::cos(d[Component::kElevation]);
  }
  const Eigen::Vector3d p_S(level * std::sin(azimuth), level * std::cos(azimuth), up);
  const Eigen::Vector3d p_L = pose.p_LS_L + pose.R_SL.transpose() * p_S;
  return p_L.head<2>();
}

int DetectionIndex::Column(double east_m) const {
  const double c = (east_m - west_m_) / cell_m_;
  return c <= 0.0 ? 0 : c >= columns_ - 1 ? columns_ - 1 : static_cast<int>(c);
}

int DetectionIndex::Row(double north_m) const {
  const double r = (north_m - south_m_) / cell_m_;
  return r <= 0.0 ? 0 : r >= rows_ - 1 ? rows_ - 1 : static_cast<int>(r);
}

std::size_t DetectionIndex::CountPlaced(double east_m, double north_m, double half_m) const {
  if (placed_count_ == 0) return 0;
  if (east_m + half_m < west_m_ || east_m - half_m > west_m_ + columns_ * cell_m_ ||
      north_m + half_m < south_m_ || north_m - half_m > south_m_ + rows_ * cell_m_) {
    return 0;
  }
  const int c0 = Column(east_m - half_m);
  const int c1 = Column(east_m + half_m);
  const int r1 = Row(north_m + half_m);
  std::size_t count = 0;
  for (int r = Row(north_m - half_m); r <= r1; ++r) {
    count += static_cast<std::size_t>(cell_start_[r * columns_ + c1 + 1] -
                                      cell_start_[r * columns_ + c0]);
  }
  return count;
}

std::array<DetectionIndex::Window, 2> DetectionIndex::WindowsOf(const Sector& sector) const {
  constexpr double kTurn = 2.0 * std::numbers::pi;
  const auto window = [&](double from, double to) {
    const auto begin =
        std::lower_bound(by_azimuth_.begin(), by_azimuth_.end(), from,
                         [](const ByAzimuth& a, double value) { return a.azimuth_rad < value; });
    const auto end =
        std::upper_bound(begin, by_azimuth_.end(), to,
                         [](double value, const ByAzimuth& a) { return value < a.azimuth_rad; });
    return Window{static_cast<std::size_t>(begin - by_azimuth_.begin()),
                  static_cast<std::size_t>(end - by_azimuth_.begin())};
  };
  constexpr Window kNone{0, 0};
  if (sector.half_rad >= std::numbers::pi) return {window(0.0, kTurn), kNone};
  const double a = Bearing::Rad(sector.azimuth_rad).rad();
  const double from = a - sector.half_rad;
  const double to = a + sector.half_rad;
  if (from < 0.0) return {window(from + kTurn, kTurn), window(from, to)};
  if (to > kTurn) return {window(from, to), window(0.0, to - kTurn)};
  return {window(from, to), kNone};
}

std::size_t DetectionIndex::CountIn(const Sector& sector) const {
  std::size_t count = 0;
  for (const Window& window : WindowsOf(sector)) count += window.to - window.from;
  return count;
}

void DetectionIndex::Build(const SensorPose& pose, std::span<const Detection> detections) {
  const int n = static_cast<int>(detections.size());
  placed_count_ = 0;
  by_azimuth_.clear();
  others_.clear();
  place_.assign(n, Eigen::Vector2d::Zero());
  cell_of_.assign(n, -1);
  double east_max = 0.0;
  double north_max = 0.0;
  for (int d = 0; d < n; ++d) {
    const Detection& z = detections[d];
    if (HasPlace(z)) {
      const Eigen::Vector2d p = Place(pose, z);
      place_[d] = p;
      cell_of_[d] = 0;
      if (placed_count_++ == 0) {
        west_m_ = east_max = p.x();
        south_m_ = north_max = p.y();
      }
      west_m_ = std::min(west_m_, p.x());
      east_max = std::max(east_max, p.x());
      south_m_ = std::min(south_m_, p.y());
      north_max = std::max(north_max, p.y());
    } else if (z.measured.Has(Component::kAzimuth)) {
      by_azimuth_.push_back({Bearing::Rad(z[Component::kAzimuth]).rad(), d});
    } else {
      others_.push_back(d);
    }
  }
  std::sort(by_azimuth_.begin(), by_azimuth_.end(), [](const ByAzimuth& a, const ByAzimuth& b) {
    return a.azimuth_rad != b.azimuth_rad ? a.azimuth_rad < b.azimuth_rad
                                          : a.detection < b.detection;
  });
  if (placed_count_ == 0) return;

  const double width = std::max(east_max - west_m_, 1.0);
  const double height = std::max(north_max - south_m_, 1.0);
  // No more than 1024 cells a side, however the detections lie.
  cell_m_ = std::max({std::sqrt(width * height / placed_count_), width / 1023.0, height / 1023.0});
  columns_ = static_cast<int>(width / cell_m_) + 1;
  rows_ = static_cast<int>(height / cell_m_) + 1;
  cell_start_.assign(static_cast<std::size_t>(columns_) * rows_ + 1, 0);
  for (int d = 0; d < n; ++d) {
    if (cell_of_[d] < 0) continue;
    cell_of_[d] = Row(place_[d].y()) * columns_ + Column(place_[d].x());
    ++cell_start_[cell_of_[d] + 1];
  }
  for (std::size_t c = 1; c < cell_start_.size(); ++c) cell_start_[c] += cell_start_[c - 1];
  next_.assign(cell_start_.begin(), cell_start_.end() - 1);
  placed_.resize(placed_count_);
  for (int d = 0; d < n; ++d) {
    if (cell_of_[d] >= 0) placed_[next_[cell_of_[d]]++] = {place_[d], d};
  }
}

}  // namespace picket
