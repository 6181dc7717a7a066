// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "picket/base/time.h"
#include "track/motion.h"

namespace picket {

/// What one sensor alone says of a target: a filter of its detections only.
struct Tracklet {
  SensorIndex sensor = 0;
  Time time;  ///< of its last detection, which is when the Gaussian is of
  std::uint32_t detections = 0;
  Gaussian g;
};

}  // namespace picket
