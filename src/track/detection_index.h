// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
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
  /// @param most  calls use at most about so often for each kind of detection: where there are
  ///              more, box and sector are narrowed about their middle, and where that leaves too
  ///              many still, for they lie in one place, only one in so many is used
  template <typename GetSector, typename Use>
  void Near(double east_m, double north_m, double half_m, const GetSector& sector, const Use& use,
            std::size_t most = kAll) const;
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  /// How often Near calls use at most: for what lies in the cells that the box touches, in the
  /// sector, and for all that have neither place nor azimuth.
  template <typename GetSector>
  [[nodiscard]] std::size_t Count(double east_m, double north_m, double half_m,
                                  const GetSector& sector) const;

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
  /// Parts of the sorted azimuths, from (inclusive) and to (exclusive): a sector about north is in
  /// two.
  struct Window {
    std::size_t from, to;
  };
  [[nodiscard]] std::array<Window, 2> WindowsOf(const Sector& sector) const;
  /// Detections in the cells that a box touches.
  [[nodiscard]] std::size_t CountPlaced(double east_m, double north_m, double half_m) const;
  [[nodiscard]] std::size_t CountIn(const Sector& sector) const;
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

template <typename GetSector>
std::size_t DetectionIndex::Count(double east_m, double north_m, double half_m,
                                  const GetSector& sector) const {
  return CountPlaced(east_m, north_m, half_m) + (by_azimuth_.empty() ? 0 : CountIn(sector())) +
         others_.size();
}

template <typename GetSector, typename Use>
void DetectionIndex::Near(double east_m, double north_m, double half_m, const GetSector& sector,
                          const Use& use, std::size_t most) const {
  // Narrower as long as that leaves something: many may lie close together away from the middle.
  // @returns how many of what is found then are one step to the next that is used
  const auto narrow = [&](double& half, double least, const auto& count_of) {
    constexpr double kNarrower = 0.7;  // half of the area
    std::size_t count = count_of(half);
    while (count > most && half > least) {
      const std::size_t next = count_of(half * kNarrower);
      if (next < std::max(most / 4, std::size_t{1})) break;
      half *= kNarrower;
      count = next;
    }
    return count > most ? (count + most - 1) / most : std::size_t{1};
  };
  if (placed_count_ > 0) {
    std::size_t step = 1;
    if (static_cast<std::size_t>(placed_count_) > most) {
      step = narrow(half_m, cell_m_, [&](double h) { return CountPlaced(east_m, north_m, h); });
    }
    const int c0 = Column(east_m - half_m);
    const int c1 = Column(east_m + half_m);
    const int r0 = Row(north_m - half_m);
    const int r1 = Row(north_m + half_m);
    for (int r = r0; r <= r1; ++r) {
      const auto end = static_cast<std::size_t>(cell_start_[r * columns_ + c1 + 1]);
      for (auto k = static_cast<std::size_t>(cell_start_[r * columns_ + c0]); k < end; k += step) {
        const Placed& placed = placed_[k];
        if (std::abs(placed.place_m.x() - east_m) <= half_m &&
            std::abs(placed.place_m.y() - north_m) <= half_m) {
          use(placed.detection, true);
        }
      }
    }
  }
  if (!by_azimuth_.empty()) {
    Sector narrowed = sector();
    std::size_t step = 1;
    if (by_azimuth_.size() > most) {
      constexpr double kLeastRad = 1e-6;
      step = narrow(narrowed.half_rad, kLeastRad, [&](double h) {
        return CountIn({narrowed.azimuth_rad, h});
      });
    }
    for (const Window& window : WindowsOf(narrowed)) {
      for (std::size_t k = window.from; k < window.to; k += step) {
        use(by_azimuth_[k].detection, false);
      }
    }
  }
  const std::size_t step = others_.size() > most ? (others_.size() + most - 1) / most : 1;
  for (std::size_t k = 0; k < others_.size(); k += step) use(others_[k], false);
}

}  // namespace picket
