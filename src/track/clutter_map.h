// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "picket/field/detection_field.h"

namespace picket {

/// The clutter field as the looks have shown it: for each sensor how many false detections come
/// from where, and how fast they seem to move, against what the site file says.
///
/// Counts have a gamma prior about the configured rate, so that few looks change little, and are
/// forgotten over some hundreds of looks. What is counted is detections of targets that were never
/// confirmed: their fate is known a few looks later, and a real target's never count.
///
/// A strobe is narrower than the cells, and a jammer's is seen at all ranges: azimuths are counted
/// in steps as well, and where one stands out by far it is what counts.
class ClutterMap {
 public:
  static constexpr int kRings = 8;     ///< of equal area, or rows of a box
  static constexpr int kSectors = 16;  ///< of azimuth, or columns of a box
  static constexpr int kRates = 60;    ///< steps of range rate
  static constexpr int kSteps = 180;   ///< of azimuth, all around

  struct SensorState {
    double looks = -kDelayLooks;
    double gain = 1.0;  ///< what counts now; grows instead of all older counts fading
    double total = 0.0;
    double total_rates = 0.0;
    double expected_detections = 0.0;  ///< of established targets ...
    double detections = 0.0;           ///< ... and how many there were
    std::array<float, kRings * kSectors> cells{};
    std::array<float, kRates> rates{};
    std::array<float, kSteps> steps{};
  };
  using State = std::vector<SensorState>;

  explicit ClutterMap(std::shared_ptr<const DetectionField> field);
  [[nodiscard]] State Start() const { return State(field_->sensors().size()); }
  /// Sensors joined the field: nothing is learned of them yet.
  void Grow(State& state) const { state.resize(std::max(state.size(), field_->sensors().size())); }
  /// Whether what was learned of a sensor as it was holds for what it became.
  [[nodiscard]] static bool SameCells(const Sensor& was, const Sensor& is);
  /// Forgets where the sensor's false detections come from; how well it detects stays.
  void Clear(State& state, SensorIndex s) const;

  /// lambda_FA(s, z) as learned. The field's own where nothing was learned.
  [[nodiscard]] double Density(const State& state, SensorIndex s, const Detection& z) const;
  /// How many times the configured clutter the sensor gives, all over its field.
  [[nodiscard]] double ClutterRatio(const State& state, SensorIndex s) const;
  /// How often established targets were detected against how often they should have been, at most
  /// 1: rain, jamming and broken antennas lower it.
  [[nodiscard]] double DetectionRatio(const State& state, SensorIndex s) const;

  /// Where a detection counts.
  struct Place {
    int cell = -1;  ///< -1: nowhere
    int rate = -1;
    int step = -1;
  };
  [[nodiscard]] Place PlaceOf(SensorIndex s, const Detection& z) const;

  void CountLook(State& state, SensorIndex s) const;
  /// A detection that turned out to be false.
  void CountFalse(State& state, SensorIndex s, const Place& place, std::uint32_t count = 1) const;
  void CountEstablished(State& state, SensorIndex s, double expected, double detected) const;

 private:
  static constexpr double kDelayLooks = 4.0;  ///< until a false detection is known as such
  [[nodiscard]] int CellOf(SensorIndex s, const Detection& z) const;
  [[nodiscard]] bool Learns(SensorIndex s) const;

  std::shared_ptr<const DetectionField> field_;
};

}  // namespace picket
