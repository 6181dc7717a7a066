// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "picket/field/detection_field.h"
#include "picket/report/report.h"
#include "picket/simulate/flight.h"
#include "picket/simulate/scenario.h"

namespace picket {

/// Plays a scenario: flies its targets and draws the reports of the detection field's sensors.
///
/// Each sensor looks every period from a phase of its own. In a look each target is detected with
/// the field's probability where it is (where it was when the sound left it, for sensors of sound),
/// measured with the sensor's noise, and false detections are added as the field describes them.
/// Every look and every target has its own stream of random numbers, so the same scenario gives the
/// same bits however the time is cut.
class Simulator {
 public:
  Simulator(Scenario scenario, const std::shared_ptr<const DetectionField>& field, LocalFrame frame,
            Geoid geoid);
  Simulator(const Simulator&) = delete;  // targets point into the scenario
  Simulator& operator=(const Simulator&) = delete;

  [[nodiscard]] Time start() const { return scenario_.start; }
  [[nodiscard]] Time end() const { return scenario_.start + scenario_.duration; }

  /// The reports of all looks after the last call's time up to and including `t`, in order of time
  /// (and of sensor). Nothing for a time that has passed.
  [[nodiscard]] std::vector<Report> AdvanceTo(Time t);

  /// Where the targets are. Those that ended two minutes before the latest time asked for are
  /// forgotten: ask in order of time.
  [[nodiscard]] Truth TruthAt(Time t);

 private:
  /// Errors in units of one sigma, by component.
  using Noise = std::array<double, kComponents>;
  struct Target {
    const TargetPlan* plan = nullptr;
    int index = 0;
    std::string id;
    double start_s = 0.0;
    std::unique_ptr<Flight> flight;       ///< while it is among the live ones
    std::map<std::size_t, Noise> errors;  ///< last, by sensor whose errors are correlated
  };
  /// A target that a look detects.
  struct Seen {
    std::size_t target = 0;
    Eigen::Vector3d p_L = Eigen::Vector3d::Zero();
    Eigen::Vector3d v_L = Eigen::Vector3d::Zero();
    Noise noise{};
    int count = 1;  ///< of targets that it stands for
  };
  struct Clock {
    double phase_s = 0.0;
    std::uint64_t next = 0;  ///< number of the next look
  };

  [[nodiscard]] Time LookTime(std::size_t sensor, std::uint64_t look) const;
  /// Nothing where a sensor of self-reports heard nobody.
  [[nodiscard]] std::optional<Report> Look(std::size_t sensor, std::uint64_t look);
  [[nodiscard]] static bool Hears(const Sensor& sensor, const TargetPlan& plan);
  /// Makes the errors follow the sensor's last ones of the same target.
  void Correlate(std::size_t sensor, Seen& one);
  static void MergeUnresolved(const Sensor& sensor, std::vector<Seen>& seen);
  /// Turns local coordinates into a fix, as a broadcast states it.
  void SayWhere(Detection& detection) const;
  /// Flies the targets that start up to this time, forgets those that ended long before.
  void Wake(double t_s);

  Scenario scenario_;
  DetectionField field_;  ///< of each sensor as it is when it looks
  FlightWorld world_;
  std::vector<Target> targets_;       ///< in order of the plans
  std::vector<std::size_t> live_;     ///< ascending
  std::vector<std::size_t> waiting_;  ///< by start, latest first
  std::vector<Clock> clocks_;         ///< by sensor
};

}  // namespace picket
