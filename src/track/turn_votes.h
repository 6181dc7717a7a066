// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "picket/field/detection_field.h"
#include "picket/report/report.h"

namespace picket {

/// A target that other sensors see, where this one should see it.
struct AwaitedTarget {
  double range_m = 0.0;
  double azimuth_rad = 0.0;  ///< in the sensor's axes
  double sd_m = 0.0;         ///< one sigma of its place
};

/// By how much a sensor's azimuths are off, when they are off by so much that none of its
/// detections goes to the target that it is of: a mast that was turned, or set up that way. Each
/// detection at the range of a target votes for the angle between the two; wrong pairs spread over
/// the circle (a Hough transform, as for the alignment of point patterns).
class TurnVotes {
 public:
  /// Counts the votes of a look in which hardly any target that others see was detected.
  /// @param detections  of range and azimuth; what measures other components has no vote
  /// @returns the turn, once it is sure, rad; whoever applies it begins anew with other votes
  [[nodiscard]] std::optional<double> Count(const Sensor& sensor,
                                            std::span<const AwaitedTarget> awaited,
                                            std::span<const Detection> detections);
  [[nodiscard]] bool Empty() const { return votes_.empty(); }

 private:
  std::vector<double> votes_;  ///< by angle
  double looks_ = 0.0;
  double awaited_ = 0.0;  ///< targets, over all looks
};

}  // namespace picket
