// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "picket/field/detection_field.h"

namespace picket {

/// The cells that coverage is told of: nodes of the terrain's grid, or every nth of them.
struct PlanGrid {
  int columns = 0;
  int rows = 0;
  double cell_m = 0.0;
  double west_m = 0.0;    ///< east coordinate of the first column's centre, on the site's map
  double north_m = 0.0;   ///< north coordinate of the first row's centre
  double radius_m = 0.0;  ///< of the region; cells beyond it are not looked at
  int stride = 1;         ///< terrain nodes from cell to cell
  std::vector<float> ground_hae_m;  ///< row by row; NaN = not known

  [[nodiscard]] std::size_t size() const { return ground_hae_m.size(); }
  [[nodiscard]] Terrain::MapPoint At(std::size_t cell) const;
  [[nodiscard]] bool InRegion(std::size_t cell) const;
};

/// At most about `most` cells to a side. Without a terrain the ground is the ellipsoid.
[[nodiscard]] PlanGrid MakePlanGrid(const Terrain& terrain, double region_radius_m, int most);

/// Every `every`-th cell of a grid, both ways, from its first one on.
[[nodiscard]] PlanGrid Thinned(const PlanGrid& grid, int every);
/// What a grid's values, [band * cells + cell], are there.
[[nodiscard]] std::vector<float> Thinned(const PlanGrid& grid, int every,
                                         std::span<const float> values);

/// Heights above ground that coverage is told of: 30, 50, 100, 200, 500 m and the ceiling, as far
/// as they are not above it.
[[nodiscard]] std::vector<double> PlanHeights(double ceiling_agl_m);

/// Whom coverage is asked about: a class of target at its speed, whatever its heading.
struct PlanTarget {
  TargetClass target_class = TargetClass::kMultirotor;
  double speed_mps = 20.0;
};

/// What one sensor sees of a grid's cells, at some heights above their ground.
struct SensorLayer {
  std::vector<float> p;  ///< p_D of a look: [band * cells + cell]; NaN = not known
  /// [cell]: minimum visible height within its range, or NaN; empty: nobody wants to know.
  std::vector<float> visible_above_m;
  /// 1 where p was measured, not only modelled; empty: nowhere. [band * cells + cell]
  std::vector<std::uint8_t> measured;
};

/// Where targets at these heights above ground are over each cell, in the local frame:
/// [band * cells + cell]; where the ground is not known, NaN.
[[nodiscard]] std::vector<Eigen::Vector3d> PlacesOf(const Terrain& terrain, const PlanGrid& grid,
                                                    std::span<const double> bands_agl_m);

/// Asks the detection field for a sensor's p_D of each target over every cell: the field's own part
/// (InClearOnAnyHeading) times its line of sight, taken from MinimumVisibleHeights, which answers
/// Terrain::Visible for all cells at once.
/// @param places  PlacesOf the same grid and heights, for what is asked of many sensors
/// @returns a layer for each of `targets`
[[nodiscard]] std::vector<SensorLayer> LayersOf(const DetectionField& field, SensorIndex sensor,
                                                const PlanGrid& grid,
                                                std::span<const double> bands_agl_m,
                                                std::span<const Eigen::Vector3d> places,
                                                std::span<const PlanTarget> targets);

/// A sensor whose p_D is at least this is able to see.
inline constexpr float kAbleToSee = 0.1F;
/// A cell whose p_D of the network is less than this is a gap.
inline constexpr float kGapBelow = 0.5F;

/// The network's coverage, band by band: sums over the sensors' layers, added in order. Sensors
/// that only tell of targets that report themselves (LookKind::kSelfReport) count for nothing.
class Coverage {
 public:
  Coverage(PlanGrid grid, std::vector<double> bands_agl_m);
  void Add(const DetectionField& field, SensorIndex sensor, const SensorLayer& layer);

  [[nodiscard]] const PlanGrid& grid() const { return grid_; }
  [[nodiscard]] std::span<const double> bands_agl_m() const { return bands_agl_m_; }
  /// Probability that one look of each sensor detects: 1 - prod(1 - p); [band * cells + cell]. NaN
  /// outside of the region and where it is not known whether anything sees.
  [[nodiscard]] std::vector<float> ProbabilityOfLook() const;
  /// What ProbabilityOfLook and Measured would say of [i] with one more layer, for a fraction of
  /// what adding it costs.
  struct OfLook {
    float p;
    bool measured;
  };
  [[nodiscard]] OfLook With(const SensorLayer& layer, std::size_t i) const;
  /// The same with, in each cell, the sensor lost that sees best there.
  [[nodiscard]] std::vector<float> ProbabilityWithoutBest() const;
  /// How many sensors are able to see; NaN as above.
  [[nodiscard]] std::vector<float> Sensors() const;
  /// Lowest height in sight of any sensor within its range; NaN where none.
  [[nodiscard]] const std::vector<float>& visible_above_m() const { return visible_above_m_; }
  /// Whether what is known of a cell's p_D was measured: most of the exposure there is by sensors
  /// whose p_D was. [band * cells + cell]
  [[nodiscard]] bool Measured(std::size_t i) const;
  /// Exposure of a target there in a second: sum of -ln(1 - p) / period; 0 where not known.
  [[nodiscard]] const std::vector<float>& exposure_per_s() const { return exposure_per_s_; }

  struct Share {
    double seen = 0.0;      ///< of the region's cells: at least kGapBelow
    double gap = 0.0;       ///< less than that
    double unknown = 0.0;   ///< the rest
    double measured = 0.0;  ///< of all: those whose p_D was measured
  };
  [[nodiscard]] Share ShareOf(std::size_t band) const;
  /// Of the region's cells: those that this sensor alone is able to see, so that nobody does if it
  /// is lost.
  [[nodiscard]] double SeenAloneBy(SensorIndex sensor, std::size_t band) const;

 private:
  [[nodiscard]] bool Known(std::size_t i) const { return Known(i, log_miss_[i], unknown_[i] != 0); }
  [[nodiscard]] bool Known(std::size_t i, float log_miss, bool unknown) const;

  PlanGrid grid_;
  std::vector<double> bands_agl_m_;
  std::vector<float> log_miss_;
  std::vector<float> best_log_miss_;      ///< of the sensor that sees best
  std::vector<float> measured_log_miss_;  ///< of those whose p_D was measured; empty: of none
  std::vector<float> exposure_per_s_;
  std::vector<std::uint16_t> able_;
  std::vector<SensorIndex> sole_;
  std::vector<std::uint8_t> unknown_;
  std::vector<float> visible_above_m_;
};

/// -ln(1 - p) / period of a sensor's look: exposure in a second, 1/s.
[[nodiscard]] double ExposurePerS(const Sensor& sensor, float p);

}  // namespace picket
