// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <utility>
#include <vector>

#include "picket/base/time.h"
#include "picket/field/sensor.h"
#include "picket/report/report.h"

namespace picket {

/// Position and velocity in the local frame, m and m/s: [e n u ve vn vu].
using StateVector = Eigen::Matrix<double, 6, 1>;
using StateCovariance = Eigen::Matrix<double, 6, 6>;

/// A target as the tracker believes in it at one instant.
struct Track {
  std::uint64_t id = 0;    ///< never changes, never used twice; from 1
  double existence = 0.0;  ///< probability that there is such a target, [0, 1]
  bool confirmed = false;
  StateVector mean;
  StateCovariance covariance;
  ClassProbabilities class_probability{};
  Identity identity;    ///< claimed by its reports
  Time first_evidence;  ///< time of the first detection that it holds
  /// Where it was then, smoothed back from when it was sure, and one sigma: local frame, m.
  Eigen::Vector3d first_position = Eigen::Vector3d::Zero();
  Eigen::Vector3d first_position_sd = Eigen::Vector3d::Zero();
  Time last_detection;
  /// Normalised innovations squared of the detections that were surely its, summed, and how many
  /// components they had: for a consistent filter the sum is chi-square of so many degrees.
  double nis_sum = 0.0;
  int nis_degrees = 0;
  /// Detections that went into it: (sensor, count), by sensor index.
  std::vector<std::pair<SensorIndex, std::uint32_t>> sources;
};

/// The picture at one instant: all tracks predicted to it, by id.
struct Picture {
  Time time;
  std::vector<Track> tracks;
};

}  // namespace picket
