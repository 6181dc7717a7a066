// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "picket/field/sensor.h"
#include "picket/report/report.h"
#include "picket/terrain/terrain.h"

namespace picket {

/// What a sensor's physical model says of a class in clear sight by range alone, tabulated: for
/// maps, which ask of a great many places. Within 1e-6 of the model.
class ClearCurve {
 public:
  /// Nothing where the model is none of physics, or asks for heights: it is then asked itself.
  /// @param far_m  ranges up to this are asked for
  [[nodiscard]] static std::optional<ClearCurve> Of(const DetectModel& model, TargetClass c,
                                                    double far_m);
  /// Of a target whose radial speed is not a blind one.
  [[nodiscard]] double operator()(double range_m) const;

 private:
  std::vector<double> p_;  ///< at ranges 2^(i / kPerOctave) m, from i = -1 on
};

/// THE detection field: what each sensor can see, and what it reports falsely. The one definition
/// that simulator, tracker, planner and verification ask.
class DetectionField {
 public:
  DetectionField(std::vector<Sensor> sensors, std::shared_ptr<const Terrain> terrain);

  [[nodiscard]] std::span<const Sensor> sensors() const { return sensors_; }
  [[nodiscard]] const Sensor& sensor(SensorIndex s) const {
    return sensors_[static_cast<std::size_t>(s)];
  }
  [[nodiscard]] const Terrain& terrain() const { return *terrain_; }
  /// Puts a sensor in the place of sensor `s`, or as the next one. Requires s <= sensors().size().
  void Put(SensorIndex s, Sensor sensor);

  /// p_D(s, c, x, v): probability that sensor `s` reports a target of class `c` at `p_LT_L` with
  /// velocity `v_L` (local frame, m, m/s) when it looks, in the weather of the site. In [0, 1).
  /// Zero outside the field of regard and behind terrain; where the sensor's model has its waves
  /// bend round terrain, what is left of them decides.
  [[nodiscard]] double ProbabilityOfDetection(SensorIndex s, TargetClass c,
                                              const Eigen::Vector3d& p_LT_L,
                                              const Eigen::Vector3d& v_L) const;
  /// The same of a target whose class is not known for sure: the mean over `classes`, which sum
  /// to 1. Costs no more than one class where the sensor's model does not tell classes apart.
  [[nodiscard]] double ProbabilityOfDetection(SensorIndex s, const ClassProbabilities& classes,
                                              const Eigen::Vector3d& p_LT_L,
                                              const Eigen::Vector3d& v_L) const;
  /// The same of a target of which only the speed is known: the mean over all level headings.
  [[nodiscard]] double ProbabilityOnAnyHeading(SensorIndex s, const ClassProbabilities& classes,
                                               const Eigen::Vector3d& p_LT_L,
                                               double speed_mps) const;

  /// The last one without the line of sight: the sensor's own part, cheap.
  [[nodiscard]] double InClearOnAnyHeading(SensorIndex s, const ClassProbabilities& classes,
                                           const Eigen::Vector3d& p_LT_L, double speed_mps) const;

  /// The same by a curve of the sensor's model and the class.
  [[nodiscard]] double InClearOnAnyHeading(SensorIndex s, const ClearCurve& curve,
                                           const Eigen::Vector3d& p_LT_L, double speed_mps) const;

  /// False where p_D is 0 at any height, for the place is too far off: cheaper to ask than p_D.
  [[nodiscard]] bool MayReach(SensorIndex s, const Eigen::Vector2d& p_L) const;

  /// The cell of a sensor's sky that a place lies in, see LearnedCorrection.
  [[nodiscard]] std::size_t SkyCellOf(SensorIndex s, const Eigen::Vector3d& p_LT_L) const;
  /// Whether the sensor's p_D there was measured (see LearnedCorrection), not only modelled.
  [[nodiscard]] bool Measured(SensorIndex s, const Eigen::Vector3d& p_LT_L) const;

  /// Whether some sensor's p_D depends on the class.
  [[nodiscard]] bool TellsClassesApart() const;

  /// lambda_FA(s, z): mean number of false detections per look per unit of measurement space at
  /// `z`. Clutter is uniform over the area of the field of regard (so its density in range grows
  /// with range), over its azimuths, over its elevations, and over kClutterRangeRateMps of
  /// range-rate. Units: 1 / (product of the units of z's components, m, rad, m/s).
  [[nodiscard]] double ClutterDensity(SensorIndex s, const Detection& z) const;

 private:
  /// Whether the position lies in the field of regard; its range, m.
  [[nodiscard]] static bool InField(const Sensor& sensor, const Eigen::Vector3d& p_LT_L,
                                    double& range_m);
  // In clear sight, less a loss on the way, dB one way.
  [[nodiscard]] double OfClass(const Sensor& sensor, TargetClass c, const Eigen::Vector3d& p_LT_L,
                               double radial_mps, double loss_db) const;
  [[nodiscard]] double OfClasses(const Sensor& sensor, const ClassProbabilities& classes,
                                 const Eigen::Vector3d& p_LT_L, double radial_mps,
                                 double loss_db) const;
  [[nodiscard]] double OnAnyHeading(const Sensor& sensor, const ClassProbabilities& classes,
                                    const Eigen::Vector3d& p_LT_L, double speed_mps,
                                    double loss_db) const;
  /// p_D from `in_clear(loss_db)`, with the line of sight.
  template <typename InClear>
  [[nodiscard]] double WithTerrain(const Sensor& sensor, const Eigen::Vector3d& p_LT_L,
                                   const InClear& in_clear) const;

  std::vector<Sensor> sensors_;
  std::shared_ptr<const Terrain> terrain_;
};

/// All probability on one class.
[[nodiscard]] constexpr ClassProbabilities Certainly(TargetClass c) {
  ClassProbabilities p{};
  p[static_cast<std::size_t>(c)] = 1.0;
  return p;
}

/// What a target that nobody has detected yet is taken for: a small drone of either kind. Birds and
/// aircraft are not what is looked for.
inline constexpr ClassProbabilities kUndetectedClasses{0.5, 0.5, 0.0, 0.0, 0.0};

/// Half width of the range-rates that false detections spread over, m/s.
inline constexpr double kClutterRangeRateMps = 60.0;
/// What false detections spread over where the sensor states no largest range: +- this, m ...
inline constexpr double kClutterFarthestM = 500e3;
/// ... and of a position's height: from 0 to this above the local frame's plane, m.
inline constexpr double kClutterHighestM = 20e3;

}  // namespace picket
