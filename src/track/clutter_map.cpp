// SPDX-License-Identifier: Apache-2.0
#include "track/clutter_map.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

namespace picket {
namespace {

constexpr double kMemoryLooks = 300.0;
constexpr double kPriorCounts = 4.0;  ///< of a cell's rate
constexpr double kPriorTotal = 20.0;  ///< of the sensor's rate
constexpr double kPriorRates = 30.0;  ///< of the distribution over range rates
constexpr double kPriorDetections = 30.0;
constexpr double kLargestRatio = 1e3;
constexpr double kStrobe = 4.0;  ///< times what its cell has, from which an azimuth stands out
constexpr double kLeastConfigured = 0.05;  ///< per look, that ratios are taken against

double Ratio(double prior, double counted, double expected) {
  return std::clamp((prior + counted) / (prior + expected), 1.0 / kLargestRatio, kLargestRatio);
}

int Step(double value, double from, double to, int steps) {
  const double at = (value - from) / (to - from) * steps;
  return std::clamp(static_cast<int>(at), 0, steps - 1);
}

int RateOf(double range_rate_mps) {
  return Step(range_rate_mps, -kClutterRangeRateMps, kClutterRangeRateMps, ClutterMap::kRates);
}

/// Of all azimuths, from the sensor's north.
int StepOf(const Detection& z) {
  if (!z.measured.Has(Component::kAzimuth)) return -1;
  return Step(Bearing::Rad(z[Component::kAzimuth]).rad(), 0.0, 2.0 * std::numbers::pi,
              ClutterMap::kSteps);
}

/// Which share of a field's false detections a step has.
double StepShare(const FieldOfRegard& field) {
  return std::min(1.0, 2.0 * std::numbers::pi / ClutterMap::kSteps / field.azimuth_width_rad);
}

}  // namespace

ClutterMap::ClutterMap(std::shared_ptr<const DetectionField> field) : field_(std::move(field)) {}

bool ClutterMap::SameCells(const Sensor& was, const Sensor& is) {
  const auto key = [](const Sensor& s) {
    const FieldOfRegard& f = s.field;
    return std::tuple(f.min_range_m, f.max_range_m, f.azimuth_from.rad(), f.azimuth_width_rad,
                      f.has_box, f.east_min_m, f.east_max_m, f.north_min_m, f.north_max_m,
                      s.clutter_per_look);
  };
  return key(was) == key(is);
}

void ClutterMap::Clear(State& state, SensorIndex s) const {
  if (static_cast<std::size_t>(s) >= state.size()) return;
  SensorState& learned = state[static_cast<std::size_t>(s)];
  SensorState fresh;
  fresh.expected_detections = learned.expected_detections / learned.gain;
  fresh.detections = learned.detections / learned.gain;
  learned = fresh;
}

bool ClutterMap::Learns(SensorIndex s) const { return field_->sensor(s).look == LookKind::kScan; }

int ClutterMap::CellOf(SensorIndex s, const Detection& z) const {
  const FieldOfRegard& field = field_->sensor(s).field;
  if (field.has_box && z.measured.Has(Component::kEast) && z.measured.Has(Component::kNorth)) {
    const int row = Step(z[Component::kNorth], field.north_min_m, field.north_max_m, kRings);
    const int column = Step(z[Component::kEast], field.east_min_m, field.east_max_m, kSectors);
    return row * kSectors + column;
  }
  if (!z.measured.Has(Component::kAzimuth)) return -1;
  const double turned = Bearing::Rad(z[Component::kAzimuth] - field.azimuth_from.rad()).rad();
  const int sector = Step(turned, 0.0, field.azimuth_width_rad, kSectors);
  if (!z.measured.Has(Component::kRange)) return sector;
  const double far = field.max_range_m > 0.0 ? field.max_range_m : kClutterFarthestM;
  const double near = field.min_range_m;
  const double r = z[Component::kRange];
  return Step(r * r, near * near, far * far, kRings) * kSectors + sector;
}

double ClutterMap::Density(const State& state, SensorIndex s, const Detection& z) const {
  // A sensor said to give no false detections still gives one in a long while.
  constexpr double kLeastClutter = 1e-16;
  double density = std::max(field_->ClutterDensity(s, z), kLeastClutter);
  const SensorState& learned = state[static_cast<std::size_t>(s)];
  const double looks = std::max(learned.looks, 0.0);
  const int cell = CellOf(s, z);
  if (looks > 0.0 && cell >= 0) {
    const int cells = z.measured.Has(Component::kAzimuth) && !z.measured.Has(Component::kRange)
                          ? kSectors
                          : kRings * kSectors;
    const double configured =
        std::max(field_->sensor(s).clutter_per_look, kLeastConfigured) / cells;
    double ratio = Ratio(kPriorCounts, static_cast<double>(learned.cells[cell]) / learned.gain,
                         configured * looks);
    if (const int step = StepOf(z); step >= 0) {
      const double of_step = std::max(field_->sensor(s).clutter_per_look, kLeastConfigured) *
                             StepShare(field_->sensor(s).field);
      const double strobe = Ratio(
          kPriorCounts, static_cast<double>(learned.steps[step]) / learned.gain, of_step * looks);
      if (strobe > kStrobe * ratio) ratio = strobe;
    }
    density *= ratio;
  }
  if (z.measured.Has(Component::kRangeRate)) {
    const double here = static_cast<double>(learned.rates[RateOf(z[Component::kRangeRate])]);
    density *= kRates * (kPriorRates / kRates + here / learned.gain) /
               (kPriorRates + learned.total_rates / learned.gain);
  }
  return density;
}

double ClutterMap::ClutterRatio(const State& state, SensorIndex s) const {
  const SensorState& learned = state[static_cast<std::size_t>(s)];
  const double configured = std::max(field_->sensor(s).clutter_per_look, kLeastConfigured);
  return Ratio(kPriorTotal, learned.total / learned.gain,
               configured * std::max(learned.looks, 0.0));
}

double ClutterMap::DetectionRatio(const State& state, SensorIndex s) const {
  const SensorState& learned = state[static_cast<std::size_t>(s)];
  return std::min(1.0, Ratio(kPriorDetections, learned.detections / learned.gain,
                             learned.expected_detections / learned.gain));
}

void ClutterMap::CountLook(State& state, SensorIndex s) const {
  if (!Learns(s)) return;
  constexpr double kFade = 1.0 - 1.0 / kMemoryLooks;
  constexpr double kLargestGain = 1e6;
  SensorState& learned = state[static_cast<std::size_t>(s)];
  learned.looks = learned.looks < 0.0 ? learned.looks + 1.0 : learned.looks * kFade + 1.0;
  learned.gain /= kFade;
  if (learned.gain < kLargestGain) return;
  const auto down = static_cast<float>(1.0 / learned.gain);
  for (float& count : learned.cells) count *= down;
  for (float& count : learned.rates) count *= down;
  for (float& count : learned.steps) count *= down;
  learned.total /= learned.gain;
  learned.total_rates /= learned.gain;
  learned.expected_detections /= learned.gain;
  learned.detections /= learned.gain;
  learned.gain = 1.0;
}

ClutterMap::Place ClutterMap::PlaceOf(SensorIndex s, const Detection& z) const {
  const bool has_rate = z.measured.Has(Component::kRangeRate);
  return {CellOf(s, z), has_rate ? RateOf(z[Component::kRangeRate]) : -1, StepOf(z)};
}

void ClutterMap::CountFalse(State& state, SensorIndex s, const Place& place,
                            std::uint32_t count) const {
  if (!Learns(s)) return;
  SensorState& learned = state[static_cast<std::size_t>(s)];
  const double gain = count * learned.gain;
  learned.total += gain;
  if (place.cell >= 0) learned.cells[place.cell] += static_cast<float>(gain);
  if (place.step >= 0) learned.steps[place.step] += static_cast<float>(gain);
  if (place.rate >= 0) {
    learned.rates[place.rate] += static_cast<float>(gain);
    learned.total_rates += gain;
  }
}

void ClutterMap::CountEstablished(State& state, SensorIndex s, double expected,
                                  double detected) const {
  if (!Learns(s)) return;
  SensorState& learned = state[static_cast<std::size_t>(s)];
  learned.expected_detections += learned.gain * expected;
  learned.detections += learned.gain * detected;
}

}  // namespace picket
