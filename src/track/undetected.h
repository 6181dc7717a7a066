// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "picket/field/detection_field.h"
#include "picket/track/tracker.h"

namespace picket {

/// At which undetected targets are taken to fly, any way, m/s.
inline constexpr double kUndetectedSpeedMps = 20.0;

/// What the Poisson intensity of undetected targets is made of, apart from its state: the grid over
/// the region, where targets appear, and each sensor's p_D in each cell.
class UndetectedModel {
 public:
  /// Expected number of undetected targets in each cell, row by row from the south-west, one height
  /// band after another from the lowest.
  using State = std::vector<double>;
  /// Squares of cells, in which how many there are is learned.
  static constexpr int kDistrictsOnSide = 8;
  using ByDistrict = std::array<double, std::size_t{kDistrictsOnSide} * kDistrictsOnSide>;

  UndetectedModel(std::shared_ptr<const DetectionField> field, const TrackerParameters& parameters);

  [[nodiscard]] State Start() const;
  /// Sensor `s` joined or changed: its p_D in the cells is asked for again.
  void Forget(SensorIndex s);
  /// Motion, survival and births over dt_s.
  void Advance(State& state, double dt_s) const;
  /// One look of sensor `s` that did not find them: thinned by 1 - p_D.
  /// @param found_here  receives, added, the expected number that it takes away in each district
  /// @returns the expected number that it takes away: targets found for the first time
  double Thin(State& state, SensorIndex s, ByDistrict& found_here) const;
  /// 1 - p_D of sensor `s` for a low target at a point, as the grid has it; 1 outside.
  [[nodiscard]] double Miss(SensorIndex s, double east_m, double north_m) const;
  /// Expected number per square metre of ground at a point, at any height; never less than a floor
  /// that keeps a target from being impossible anywhere.
  [[nodiscard]] double Density(const State& state, double east_m, double north_m) const;
  /// How much denser they are at a height (m above ground, with its one sigma) than at any height,
  /// against what is so before a look.
  [[nodiscard]] double HeightFactor(const State& state, double east_m, double north_m, double agl_m,
                                    double sd_m) const;
  /// Gives back what the tracker no longer follows (recycling, Williams, FUSION 2012).
  /// @param agl_m  its height above ground; nothing: not known
  void Add(State& state, double east_m, double north_m, std::optional<double> agl_m,
           double expected) const;

  [[nodiscard]] int DistrictOf(double east_m, double north_m) const;  ///< -1 outside
  [[nodiscard]] static int DistrictOf(int cell);                      ///< -1 of -1

  static constexpr int kSide = 64;  ///< cells along each side of the grid
  static constexpr int kBands = 3;
  /// Lower edges of the height bands, m above ground; the last has no upper one.
  static constexpr std::array<double, kBands> kBandFromM = {0.0, 60.0, 200.0};
  [[nodiscard]] double cell_m() const { return cell_m_; }

  /// Height of the ground in the local frame: z of the surface below or above (east, north).
  [[nodiscard]] double GroundUpM(double east_m, double north_m) const;

 private:
  struct Centre {
    double east_m;
    double north_m;
  };
  [[nodiscard]] Centre CentreOf(int cell) const;
  [[nodiscard]] int CellOf(double east_m, double north_m) const;  ///< -1 outside
  void FillDetection(SensorIndex s) const;

  std::shared_ptr<const DetectionField> field_;
  TrackerParameters parameters_;
  double cell_m_ = 0.0;
  std::vector<double> birth_share_;  ///< by cell, sums to 1
  std::vector<double> start_share_;
  std::vector<double> inside_;                    ///< by cell: 1 in the region, else 0
  std::array<double, kBands> band_share_{};       ///< of the targets that nobody has looked for
  mutable std::vector<std::vector<float>> miss_;  ///< 1 - p_D by sensor, as State; made when asked
  mutable std::vector<double> scratch_;
};

/// Height above ground where a small drone is looked for when nothing measures it, and its one
/// sigma, m: the low sky.
inline constexpr double kPriorHeightM = 150.0;
inline constexpr double kPriorHeightSdM = 120.0;

}  // namespace picket
