// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "picket/geo/angle.h"
#include "picket/report/measurement.h"

namespace picket {

/// Finds the detections of a look that may be of a track, without asking all pairs.
///
/// Detections with a place on the ground (range and azimuth, or east and north) lie on a square
/// grid with about one detection a cell; those with an azimuth alone are sorted by it; any others
/// are candidates of every track.
class DetectionIndex {
 public:
  void Build(const SensorPose& pose, std::span<const Detection> detections);

  /// Azimuths about one, in the sensor's axes.
  struct Sector {
    double azimuth_rad;
    double half_rad;
  };
  /// Calls use(detection index, whether it has a place) for each detection whose place lies in the
  /// box about (east, north) or whose azimuth lies in the sector that sector() gives; it is asked
  /// only where there are detections with an azimuth alone.
  /// In an order that depends on the detections alone.
  template <typename GetSector, typename Use>
  void Near(double east_m, double north_m, double half_m, const GetSector& sector,
            const Use& use) const;

  /// Of a detection that was built in and has a place.
  [[nodiscard]] const Eigen::Vector2d& PlaceOf(std::size_t detection) const {
    return place_[detection];
  }
  /// Place of a detection on the ground, local frame, m. Requires that it has one.
  [[nodiscard]] static Eigen::Vector2d Place(const SensorPose& pose, const Detection& d);
  [[nodiscard]] static bool HasPlace(const Detection& d);
  /// Whether the place is measured as such: east and north.
  [[nodiscard]] static bool IsCartesian(const Detection& d);

 private:
  struct Placed {
    Eigen::Vector2d place_m;
    int detection;
  };
  struct ByAzimuth {
    double azimuth_rad;
    int detection;
  };
  [[nodiscard]] int Column(double east_m) const;
  [[nodiscard]] int Row(double north_m) const;

  int placed_count_ = 0;
  int columns_ = 0;
  int rows_ = 0;
  double west_m_ = 0.0;
  double south_m_ = 0.0;
  double cell_m_ = 1.0;
  std::vector<int> cell_start_;         ///< columns * rows + 1
  std::vector<Placed> placed_;          ///< cell by cell
  std::vector<Eigen::Vector2d> place_;  ///< by detection
  std::vector<ByAzimuth> by_azimuth_;
  std::vector<int> others_;
  std::vector<int> next_, cell_of_;
};

template <typename GetSector, typename Use>
void DetectionIndex::Near(double east_m, double north_m, double half_m, const GetSector& sector,
                          const Use& use) const {
  if (placed_count_ > 0) {
    const int c0 = Column(east_m - half_m);
    const int c1 = Column(east_m + half_m);
    const int r0 = Row(north_m - half_m);
    const int r1 = Row(north_m + half_m);
    for (int r = r0; r <= r1; ++r) {
      for (int k = cell_start_[r * columns_ + c0]; k < cell_start_[r * columns_ + c1 + 1]; ++k) {
        const Placed& placed = placed_[k];
        if (std::abs(placed.place_m.x() - east_m) <= half_m &&
            std::abs(placed.place_m.y() - north_m) <= half_m) {
          use(placed.detection, true);
        }
      }
    }
  }
  const auto in_window = [&](double from, double to) {
    auto it =
        std::lower_bound(by_azimuth_.begin(), by_azimuth_.end(), from,
                         [](const ByAzimuth& a, double value) { return a.azimuth_rad < value; });
    for (; it != by_azimuth_.end() && it->azimuth_rad <= to; ++it) use(it->detection, false);
  };
  if (!by_azimuth_.empty()) {
    constexpr double kTurn = 2.0 * std::numbers::pi;
    const auto [azimuth_rad, half_rad] = sector();
    const double a = Bearing::Rad(azimuth_rad).rad();
    if (half_rad >= std::numbers::pi) {
      in_window(0.0, kTurn);
    } else {
      if (a - half_rad < 0.0) in_window(a - half_rad + kTurn, kTurn);
      in_window(a - half_rad, a + half_rad);
      if (a + half_rad > kTurn) in_window(0.0, a + half_rad - kTurn);
    }
  }
  for (const int d : others_) use(d, false);
}

}  // namespace picket
