// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>

#include "picket/field/detection_field.h"
#include "picket/track/tracker.h"
#include "track/measurement_view.h"
#include "track/motion.h"
#include "track/undetected.h"

namespace picket {

/// What a target is known by, whatever order its looks came in: its first detection.
struct BirthKey {
  std::int64_t time_ns = 0;
  SensorIndex sensor = 0;
  std::int32_t detection = 0;
  auto operator<=>(const BirthKey&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// Where a detection puts a low target on the ground, local frame.
struct PlaceEstimate {
  Eigen::Vector2d mean;        ///< m
  Eigen::Matrix2d covariance;  ///< m^2
};

/// What the seeds of one look share.
struct SeedLook {
  std::shared_ptr<const Look> look;
  std::vector<Detection> corrected;  ///< its detections, where they are not taken as they came
  SensorPose pose;                   ///< of its sensor then
};

/// A detection with a place that may be the first of a target. Most are false and never joined by a
/// second one near by, so that their mixtures are made only where one comes.
struct Seed {
  BirthKey key;
  PlaceEstimate place;
  double undetected = 0.0;  ///< lambda_u(z), at intensity scale 1
  double clutter = 0.0;     ///< lambda_FA(z)
  double share = 1.0;       ///< probability that it is of no target known then
  double kept = 1.0;        ///< survival and missed looks since: product of both probabilities
  std::shared_ptr<const SeedLook> from;

  [[nodiscard]] const Detection& detection() const {
    const auto& all = from->corrected.empty() ? from->look->detections : from->corrected;
    return all[static_cast<std::size_t>(key.detection)];
  }
  /// Probability that it is of a target that exists now.
  [[nodiscard]] double Existence(double intensity_scale) const {
    const double u = intensity_scale * undetected;
    const double r = share * u / (u + clutter);
    return r * kept / (1.0 - r + r * kept);
  }
};

/// What a detection would start if it is of no known target (the new Bernoulli of Williams 2015,
/// eq. 27-29).
struct Newborn {
  Mixture mixture;       ///< weights sum to `density`
  double density = 0.0;  ///< lambda_u: undetected targets per unit of measurement space
};

/// How new targets start.
class BirthModel {
 public:
  BirthModel(std::shared_ptr<const DetectionField> field, const UndetectedModel* undetected,
             const TrackerParameters& parameters);

  /// A detection with range and azimuth, or east and north: one Gaussian for each of kKinds().
  /// One with an azimuth alone: range-parameterised (Peach, IEE Proc. 142(2), 1995). One with a
  /// range or a difference of ranges alone: the same along its circle, or its branch of a
  /// hyperbola. Others start nothing.
  void Imagine(const UndetectedModel::State& undetected, SensorIndex s, const SensorPose& pose,
               const Detection& z, double offset_s, Newborn& out) const;

  /// The density of what Imagine makes, where the mixture is not asked for.
  [[nodiscard]] double DensityOf(const UndetectedModel::State& undetected, SensorIndex s,
                                 const SensorPose& pose, const Detection& z, double offset_s,
                                 Newborn& scratch) const;

  /// Requires DetectionIndex::HasPlace(z).
  /// @param mean  DetectionIndex::Place(pose, z)
  [[nodiscard]] static PlaceEstimate PlaceOf(const SensorPose& pose, const Detection& z,
                                             const Eigen::Vector2d& mean);

  /// Largest speed that a new target is looked for at, one sigma, m/s.
  [[nodiscard]] double speed_sd_mps() const;
  /// Gaussians of a target that starts at a place: kinds of flying things.
  [[nodiscard]] std::size_t kinds() const;

 private:
  void AddKinds(const SensorPose& pose, const Eigen::Vector3d& p_L, const Eigen::Matrix3d& P,
                double density, Mixture& out) const;
  [[nodiscard]] double Condition(Mixture& mixture, const SensorPose& pose, const Detection& z,
                                 ComponentSet rest, double offset_s) const;
  void ImagineAtPlace(const UndetectedModel::State& undetected, SensorIndex s,
                      const SensorPose& pose, const Detection& z, double offset_s,
                      Newborn& out) const;
  /// Of a range, or a difference of ranges, alone.
  void ImagineOnCurve(const UndetectedModel::State& undetected, SensorIndex s,
                      const SensorPose& pose, const Detection& z, double offset_s,
                      Newborn& out) const;
  void ImagineAlongBearing(const UndetectedModel::State& undetected, SensorIndex s,
                           const SensorPose& pose, const Detection& z, double offset_s,
                           Newborn& out) const;
  [[nodiscard]] double ProbabilityOfDetection(SensorIndex s, const Eigen::Vector3d& p_L) const;
  /// At the place of a detection: where a low target would be, and how many there are per unit of
  /// the measured place (m^2, or m and rad).
  struct AtPlace {
    Eigen::Vector3d p_L;
    double density = 0.0;
    ComponentSet used;
  };
  [[nodiscard]] AtPlace LookAtPlace(const UndetectedModel::State& undetected, SensorIndex s,
                                    const SensorPose& pose, const Detection& z) const;

  std::shared_ptr<const DetectionField> field_;
  const UndetectedModel* undetected_;
  std::vector<BirthComponent> births_;
};

}  // namespace picket
