// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "picket/base/time.h"
#include "picket/field/detect_model.h"
#include "picket/field/learned.h"
#include "picket/geo/angle.h"
#include "picket/report/report.h"

namespace picket {

enum class SensorKind : std::uint8_t {
  kRadar,
  kRf,
  kAcoustic,
  kCamera,
  kObserver,
  kPosition,
  kTdoa
};
/// "radar", "rf", "acoustic", "camera", "observer", "position", "tdoa".
[[nodiscard]] std::string_view SensorKindName(SensorKind kind);

/// Where a sensor looks. Angles in the sensor's own axes; the box in the site's local frame.
struct FieldOfRegard {
  double min_range_m = 0.0;
  double max_range_m = 0.0;                           ///< slant; 0: not limited by range
  Bearing azimuth_from;                               ///< clockwise from here ...
  double azimuth_width_rad = 2.0 * std::numbers::pi;  ///< ... over this much, (0, 2 pi]
  double elevation_min_rad = -std::numbers::pi / 2.0;
  double elevation_max_rad = std::numbers::pi / 2.0;
  bool has_box = false;  ///< position sensors may state a box instead
  double east_min_m = 0.0, east_max_m = 0.0, north_min_m = 0.0, north_max_m = 0.0;
};

/// A part of the sky about a sensor: a cone of it, or what stands over an outline on the ground.
struct SkyRegion {
  FieldOfRegard cone;  ///< counts where there is no outline
  /// Closed or open rings, local frame (east, north), m; a point is inside by the even-odd rule.
  std::vector<std::vector<Eigen::Vector2d>> outline;
};

/// A look covers the whole field (a missing report of a target counts against it), or tells of
/// one target that reported itself (ADS-B, Remote ID: absence tells nothing of others).
enum class LookKind : std::uint8_t { kScan, kSelfReport };

/// Two targets nearer to each other than this in each of its components give one detection, about
/// half way between them. All 0: every target gives its own.
struct Resolution {
  double range_m = 0.0;
  double azimuth_rad = 0.0;  ///< 0: any azimuth, if a range is given; and the other way round
  [[nodiscard]] bool Limited() const { return range_m > 0.0 || azimuth_rad > 0.0; }
};

/// Errors of a further detection of one target (side lobes, multipath), times those of the first.
inline constexpr double kEchoSpread = 3.0;

/// One sensor of the site, placed: everything that the detection field knows of it.
struct Sensor {
  std::string id;
  std::string name;  ///< for people, where it is not the id; may be empty
  SensorKind kind = SensorKind::kRadar;
  LookKind look = LookKind::kScan;
  Eigen::Vector3d p_LS_L = Eigen::Vector3d::Zero();    ///< position, local frame, m
  Eigen::Matrix3d R_SL = Eigen::Matrix3d::Identity();  ///< local frame to the sensor's ENU axes
  Eigen::Vector3d v_LS_L = Eigen::Vector3d::Zero();    ///< own velocity, where it moves, m/s
  Duration period = Duration::Seconds(1.0);            ///< one look this often
  ComponentSet measures;
  std::array<double, kComponents> sd{};  ///< one sigma of each component
  FieldOfRegard field;
  std::vector<SkyRegion> views;     ///< sees within one of these only; none: all of `field`
  std::vector<SkyRegion> obscured;  ///< sees nothing there
  bool up = true;                   ///< down: sees nothing
  DetectModel detect;
  /// Null: weather is as stated, always. Else `detect` is in the weather of `course` at the time
  /// that DetectionField::SetTime was told last, before that in the stated one.
  std::shared_ptr<const WeatherCourse> course;
  std::optional<Weather> weather;                    ///< that `detect` is in, once a time was told
  std::shared_ptr<const LearnedCorrection> learned;  ///< of `detect`; null: it stands as it is
  double clutter_per_look = 0.0;                     ///< mean number of false detections in a look
  double echoes = 0.0;  ///< mean number of further detections of a target that is detected
  Resolution resolution;
  /// Errors of successive detections of a target are correlated over this time (another tracker's
  /// tracks, a satellite receiver's positions), s; 0: independent.
  double error_correlation_s = 0.0;
  bool sound_delay = false;  ///< the bearing points at where the target was r / 343 m/s ago
  int reference = -1;        ///< tdoa: index of the other sensor of the pair
};

/// Index into the site's list of sensors.
using SensorIndex = std::int32_t;

}  // namespace picket
