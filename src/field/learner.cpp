// SPDX-License-Identifier: Apache-2.0
#include "picket/field/learner.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "picket/base/assert.h"
#include "picket/geo/angle.h"
#include "picket/report/measurement.h"

namespace picket {
namespace {

bool IsAngle(Component c) { return c == Component::kAzimuth || c == Component::kElevation; }

std::vector<Component> Listed(ComponentSet set) {
  std::vector<Component> all;
  for (std::size_t i = 0; i < kComponents; ++i) {
    if (set.Has(static_cast<Component>(i))) all.push_back(static_cast<Component>(i));
  }
  return all;
}

/// What a sensor should measure of a target, and how far from that its detection may lie.
struct Gate {
  std::vector<Component> components;
  Detection predicted;
  std::array<double, kComponents> variance{};  ///< from where the target is not known exactly
};

/// How far a detection lies from what was predicted, in sigmas of the worst component; nothing if
/// they have no component in common.
std::optional<double> Distance(const Gate& gate, const Sensor& sensor, const Detection& z) {
  std::optional<double> worst;
  for (const Component c : gate.components) {
    if (!z.measured.Has(c)) continue;
    const auto i = static_cast<std::size_t>(c);
    const double sd = z.sd[i] > 0.0 ? z.sd[i] : sensor.sd[i];
    double off = z.value[i] - gate.predicted.value[i];
    if (IsAngle(c)) off = WrapPi(off);
    const double sigmas = std::abs(off) / std::sqrt(sd * sd + gate.variance[i]);
    worst = std::max(worst.value_or(0.0), sigmas);
  }
  return worst;
}

}  // namespace

Learner::Learner(const DetectionField& field) : field_(field), counts_(field.sensors().size()) {
  for (Counts& counts : counts_) counts.cells.resize(LearnedCorrection::kCells);
}

void Learner::AddFix(const std::string& target, TargetClass target_class, const Fix& fix) {
  PICKET_ASSERT(!sorted_, "all fixes are given before the first look");
  Target& of = targets_[target];
  of.target_class = target_class;
  of.fixes.push_back(fix);
}

std::vector<Learner::There> Learner::TargetsAt(Time time) {
  if (!sorted_) {
    for (auto& [id, target] : targets_) {
      std::stable_sort(target.fixes.begin(), target.fixes.end(),
                       [](const Fix& a, const Fix& b) { return a.time < b.time; });
    }
    sorted_ = true;
  }
  std::vector<There> there;
  for (const auto& [id, target] : targets_) {
    const auto after = std::lower_bound(target.fixes.begin(), target.fixes.end(), time,
                                        [](const Fix& fix, Time t) { return fix.time < t; });
    if (after == target.fixes.end()) continue;
    // The first fix of all has none before it; one at this very instant takes the next.
    const bool exact = after->time == time;
    const auto next = exact ? std::next(after) : after;
    if (next == target.fixes.end() || next == target.fixes.begin()) continue;
    const Fix& a = *std::prev(next);
    const Fix& b = *next;
    const Duration gap = b.time - a.time;
    if (gap > kLongestGap || gap <= Duration()) continue;
    const double gap_s = gap.s();
    const double share = (time - a.time).s() / gap_s;
    There at;
    at.target_class = target.target_class;
    at.p_LT_L = a.p_LT_L + share * (b.p_LT_L - a.p_LT_L);
    at.v_L = (b.p_LT_L - a.p_LT_L) / gap_s;
    const bool told = std::any_of(there.begin(), there.end(), [&](const There& other) {
      return (other.p_LT_L - at.p_LT_L).norm() < kOneTargetM;
    });
    if (told) continue;
    // Of a turn between two fixes the chord is a t (T - t) / 2 off.
    const double bow_m = 0.5 * kTurnMps2 * share * (1.0 - share) * gap_s * gap_s;
    const double level = std::max(a.sd_level_m, b.sd_level_m);
    const double up = std::max(a.sd_up_m, b.sd_up_m);
    const double speed_sd = 0.5 * kTurnMps2 * gap_s;
    at.variance << level * level + bow_m * bow_m, level * level + bow_m * bow_m, up * up,
        2.0 * level * level / (gap_s * gap_s) + speed_sd * speed_sd,
        2.0 * level * level / (gap_s * gap_s) + speed_sd * speed_sd,
        2.0 * up * up / (gap_s * gap_s) + speed_sd * speed_sd;
    there.push_back(at);
  }
  return there;
}

void Learner::AddLook(SensorIndex s, Time time, std::span<const Detection> detections) {
  field_.SetTime(s, time);
  const Sensor& sensor = field_.sensor(s);
  if (sensor.look == LookKind::kSelfReport) return;
  Counts& counts = counts_[static_cast<std::size_t>(s)];
  const Eigen::Vector3d* reference =
      sensor.reference >= 0 ? &field_.sensor(sensor.reference).p_LS_L : nullptr;
  const SensorPose pose{sensor.p_LS_L, sensor.R_SL, sensor.sound_delay, reference, sensor.v_LS_L};
  std::vector<bool> used(detections.size());
  for (const There& target : TargetsAt(time)) {
    Gate gate;
    gate.components = Listed(sensor.measures);
    MeasurementJacobian H;
    const MeasurementVector z = Measure(sensor.measures, pose, target.p_LT_L, target.v_L, &H);
    double volume = 1.0;
    for (std::size_t row = 0; row < gate.components.size(); ++row) {
      const Component c = gate.components[row];
      const auto i = static_cast<std::size_t>(c);
      const auto at = static_cast<Eigen::Index>(row);
      gate.predicted.Set(c, z[at]);
      gate.variance[i] = H.row(at).cwiseAbs2().dot(target.variance);
      volume *= 2.0 * kGateSigmas * std::sqrt(sensor.sd[i] * sensor.sd[i] + gate.variance[i]);
    }
    std::optional<std::size_t> nearest;
    double least = kGateSigmas;
    for (std::size_t i = 0; i < detections.size(); ++i) {
      if (used[i]) continue;
      const auto sigmas = Distance(gate, sensor, detections[i]);
      if (!sigmas || *sigmas > least) continue;
      nearest = i;
      least = *sigmas;
    }
    const double p =
        field_.ProbabilityOfDetection(s, target.target_class, target.p_LT_L, target.v_L);
    if (p <= 0.0) {
      counts.impossible += nearest ? 1 : 0;
      continue;
    }
    const double false_here = -std::expm1(-field_.ClutterDensity(s, gate.predicted) * volume);
    if (false_here > kMostFalse) {
      ++counts.ambiguous;
      continue;
    }
    if (nearest) used[*nearest] = true;
    // Something is in the gate with 1 - (1 - p) (1 - false): what this leaves has the mean p.
    const double seen = ((nearest ? 1.0 : 0.0) - false_here) / (1.0 - false_here);
    LearnedCorrection::Cell& cell = counts.cells[field_.SkyCellOf(s, target.p_LT_L)];
    ++cell.looks;
    cell.expected += p;
    cell.seen += seen;
    ++counts.looks;
    counts.expected += p;
    counts.seen += seen;
  }
}

std::shared_ptr<const LearnedCorrection> Learner::CorrectionOf(SensorIndex s) const {
  const Counts& counts = Of(s);
  if (counts.looks == 0) return nullptr;
  std::vector<LearnedCorrection::Cell> cells = counts.cells;
  for (LearnedCorrection::Cell& cell : cells) cell.seen = std::max(cell.seen, 0.0);
  return std::make_shared<const LearnedCorrection>(std::move(cells));
}

}  // namespace picket
