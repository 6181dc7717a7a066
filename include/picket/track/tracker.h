// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "picket/field/detection_field.h"
#include "picket/track/track.h"

namespace picket {

/// Where targets appear: a Gaussian in position (east, north) and velocity.
struct BirthComponent {
  double east_m = 0.0;
  double north_m = 0.0;
  double sd_m = 1000.0;
  double sd_mps = 30.0;
  double share = 1.0;
};

/// The [tracker] table of the site file: defaults fit small drones.
struct TrackerParameters {
  double survival_per_s = 0.999;
  double births_per_hour = 10.0;
  double expected_at_start = 0.5;
  std::optional<double> process_noise_m2ps3;  ///< stated: one near-constant-velocity model
  Duration lag = Duration::Seconds(5.0);      ///< how late a report may come
  std::vector<BirthComponent> births;         ///< empty: anywhere in the region
  double region_radius_m = 40000.0;
  double ceiling_m = 1500.0;  ///< above the local frame's origin plane
  int threads = 1;            ///< never changes a result
};

/// One look, resolved: its sensor known by index, positions in the local frame, every measured
/// component with its one sigma.
struct Look {
  SensorIndex sensor = 0;
  Time time;
  std::vector<Detection> detections;
  /// The sensor as it was at this look, where it changed since the start or since it joined.
  std::shared_ptr<const Sensor> as{};
};

/// Systematic errors of a sensor, as estimated from targets that others see too: what it measures
/// less what is true. Zero, with wide errors, until there is evidence.
struct SensorBias {
  double range_m = 0.0;
  double azimuth_rad = 0.0;
  double elevation_rad = 0.0;
  double clock_s = 0.0;  ///< positive: its time stamps are late
  double range_sd_m = 0.0;
  double azimuth_sd_rad = 0.0;
  double elevation_sd_rad = 0.0;
  double clock_sd_s = 0.0;
  int comparisons = 0;  ///< with other sensors' detections, since the start or the last jump
  int jumps = 0;        ///< times that it changed at once, as when somebody turns the mast
};

/// What a sensor's looks had that is more than the tracker follows, since the start: beyond what a
/// sky holds, so that the work of a look is bounded whatever comes in. The likeliest are kept.
struct LeftOut {
  std::uint64_t starts = 0;  ///< detections that may have been the first of a target, given up
  std::uint64_t gates = 0;   ///< times that detections about a target were too many to ask them all
};
inline constexpr std::string_view kStartsLeftOutText =
    "a possible target given up: there are more than the tracker follows";
inline constexpr std::string_view kGatesLeftOutText =
    "only the nearest detections asked about a target: a look holds more pairs than the tracker "
    "takes";

/// How a sensor does against what the site file says of it.
struct SensorCondition {
  SensorBias bias;
  double clutter_ratio = 1.0;    ///< false detections, learned over configured
  double detection_ratio = 1.0;  ///< detections of established targets, counted over expected; <= 1
  LeftOut left_out;
};

/// Where targets may be now that no sensor has detected yet: the Poisson intensity of the tracker,
/// after every look taken, empty ones included. It falls where sensors look and grows elsewhere.
struct Unseen {
  Time time;            ///< of the newest look
  int side = 0;         ///< cells along each side of the square about the local frame's origin
  double cell_m = 0.0;  ///< length of a cell's side; the square reaches side * cell_m / 2 each way
  /// Expected number of targets in each cell, row by row from the south-west; 0 outside the region.
  std::vector<double> expected;
  /// The same number by height, from the lowest band; each ends where the next begins.
  struct Band {
    double from_agl_m = 0.0;
    double expected = 0.0;
  };
  std::vector<Band> bands;
};

/// Why a look was not taken.
enum class LookRefusal : std::uint8_t { kTooLate, kTooManyDetections, kDuplicate };
[[nodiscard]] std::string_view LookRefusalText(LookRefusal why);

/// Poisson multi-Bernoulli tracker with marginal association (TOMB/P; Williams 2015) by loopy
/// belief propagation (Williams & Lau 2014). Pure: same looks in the same order, same bits.
/// See docs/tracker.md.
class Tracker {
 public:
  Tracker(const std::shared_ptr<const DetectionField>& field, TrackerParameters parameters);
  ~Tracker();
  Tracker(Tracker&&) noexcept;
  Tracker& operator=(Tracker&&) noexcept;

  /// A sensor joins: it has the next index. As if it had been there from the start.
  void Join(const Sensor& sensor);

  /// Takes one look. Looks may come up to `lag` behind the newest one, with the same result as in
  /// order of time.
  [[nodiscard]] std::optional<LookRefusal> Process(Look look);

  /// The tracks after all looks with time <= t among those taken, predicted to t. Requires
  /// t >= newest look's time - lag. Gives ids to tracks that it shows for the first time.
  [[nodiscard]] Picture PictureAt(Time t, bool tentative = false);

  /// Expected number of targets in the region that no sensor has detected yet.
  [[nodiscard]] double ExpectedUndetected() const;
  /// Where they are: sums to ExpectedUndetected up to rounding.
  [[nodiscard]] Unseen Undetected() const;

  /// By sensor index, after all looks taken.
  [[nodiscard]] std::vector<SensorCondition> Conditions() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
