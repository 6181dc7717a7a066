// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "picket/geo/frame.h"
#include "picket/plan/coverage.h"

namespace picket {

/// Cells of a plan's grid as the pixels of a picture that is rectangular in Web Mercator, as maps
/// are drawn in browsers.
struct MercatorCells {
  int width = 0;
  int height = 0;
  /// (longitude, latitude) of the north-west, north-east, south-east and south-west corner.
  std::array<std::pair<double, double>, 4> corners_lon_lat{};
  std::vector<std::int32_t> cell;  ///< row by row from the north-west: of the grid; -1: none
};
/// The square about the region, a pixel for each of the grid's cells or nearly so.
[[nodiscard]] MercatorCells MercatorCellsOf(const Terrain& terrain, const LocalFrame& frame,
                                            const PlanGrid& grid);

/// What would the network see if a sensor stood elsewhere, if there were one more or one less?
/// Answers questions about one field after the other and keeps what does not change between them,
/// so that a moved sensor costs one sensor. Not for several threads at a time.
class WhatIf {
 public:
  /// Levels of a cell: p_D of a look of the network in percent, modelled; more by kMeasuredFrom
  /// where it was measured (Coverage::Measured).
  static constexpr std::uint8_t kMeasuredFrom = 101;
  static constexpr std::uint8_t kOutside = 254;  ///< of the region
  static constexpr std::uint8_t kUnknown = 255;
  /// Views (a class and a height) that are kept.
  static constexpr std::size_t kMostViews = 16;
  /// Sensors of a view whose layers are kept.
  static constexpr std::size_t kMostLayers = 64;

  /// @param most  cells along a side of the grid, at most about so many
  WhatIf(std::shared_ptr<const DetectionField> field, double region_radius_m, int most);

  [[nodiscard]] const DetectionField& field() const { return *field_; }
  [[nodiscard]] const PlanGrid& grid() const { return grid_; }

  struct Question {
    PlanTarget target;
    double height_agl_m = 100.0;
    /// The sensor of the field that is taken away, or stands as `sensor` instead.
    std::optional<SensorIndex> instead_of;
    std::optional<Sensor> sensor;  ///< neither of the two: as it is
  };
  struct Answer {
    Coverage::Share now;
    Coverage::Share then;
    double gained = 0.0;                   ///< of the region: gaps, or unknown, now, and seen then
    double lost = 0.0;                     ///< seen now, and not then
    std::vector<std::uint8_t> levels;      ///< [cell] then
    std::vector<std::uint8_t> now_levels;  ///< likewise, as it is
  };
  [[nodiscard]] Answer Ask(const Question& question);

 private:
  struct View {
    PlanTarget target;
    double height_agl_m = 0.0;
    std::vector<Eigen::Vector3d> places;
    std::map<SensorIndex, SensorLayer> layers;
    std::optional<Coverage> now;
    std::vector<std::uint8_t> now_levels;
    Coverage::Share now_share;
    /// The network without one sensor, and its levels.
    struct Without {
      SensorIndex sensor;
      Coverage coverage;
      std::vector<std::uint8_t> levels;
    };
    std::optional<Without> without;
  };
  View& ViewOf(const Question& question);
  /// The network but for one sensor; -1: all of it.
  [[nodiscard]] Coverage NetworkBut(View& view, SensorIndex left_out);
  [[nodiscard]] SensorLayer LayerOf(const DetectionField& field, SensorIndex sensor,
                                    const View& view) const;

  std::shared_ptr<const DetectionField> field_;
  PlanGrid grid_;
  std::list<View> views_;  ///< the one asked for last comes first
};

/// A sensor as it would stand at a height above the ground there: what was learned of it elsewhere
/// is left behind. Nothing where the ground is not known.
[[nodiscard]] std::optional<Sensor> StandingAt(Sensor sensor, const Terrain& terrain,
                                               const LocalFrame& frame, double lat_deg,
                                               double lon_deg, double height_agl_m);

}  // namespace picket
