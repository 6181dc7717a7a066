// SPDX-License-Identifier: Apache-2.0
#include "picket/simulate/simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "picket/base/assert.h"
#include "picket/base/random.h"
#include "picket/report/measurement.h"

namespace picket {
namespace {

constexpr double kForgetS = 120.0;  // the oldest sound that may still arrive: 41 km

constexpr std::size_t Index(Component c) { return static_cast<std::size_t>(c); }

/// Into the range that a report may state, as a sensor would.
double Fold(Component c, double value) {
  constexpr double kUpright = 0.5 * std::numbers::pi;
  if (c == Component::kRange) return std::max(value, 0.0);
  if (c == Component::kAzimuth) return Bearing::Rad(value).rad();
  if (c == Component::kElevation) return std::clamp(value, -kUpright, kUpright);
  return value;
}

/// One false detection, uniform as DetectionField::ClutterDensity has it.
Detection DrawClutter(const Sensor& sensor, Random& random) {
  const FieldOfRegard& field = sensor.field;
  const double far = field.max_range_m > 0.0 ? field.max_range_m : kClutterFarthestM;
  Detection z;
  const auto draw = [&](Component c, double from, double to) {
    if (!sensor.measures.Has(c)) return;
    const double value = random.Uniform(from, to);
    z.Set(c, Fold(c, value));
  };
  if (sensor.measures.Has(Component::kRange)) {
    const double near2 = field.min_range_m * field.min_range_m;
    const double area = random.Uniform(near2, far * far);
    z.Set(Component::kRange, std::sqrt(area));
  }
  const double azimuth = field.azimuth_from.rad();
  draw(Component::kAzimuth, azimuth, azimuth + field.azimuth_width_rad);
  draw(Component::kElevation, field.elevation_min_rad, field.elevation_max_rad);
  draw(Component::kRangeRate, -kClutterRangeRateMps, kClutterRangeRateMps);
  draw(Component::kEast, field.has_box ? field.east_min_m : -far,
       field.has_box ? field.east_max_m : far);
  draw(Component::kNorth, field.has_box ? field.north_min_m : -far,
       field.has_box ? field.north_max_m : far);
  draw(Component::kUp, 0.0, kClutterHighestM);
  for (const Component c : {Component::kVelEast, Component::kVelNorth, Component::kVelUp}) {
    draw(c, -kClutterRangeRateMps, kClutterRangeRateMps);
  }
  draw(Component::kRangeDifference, -far, far);
  return z;
}

}  // namespace

Simulator::Simulator(Scenario scenario, const std::shared_ptr<const DetectionField>& field,
                     LocalFrame frame, Geoid geoid)
    : scenario_(std::move(scenario)), field_(*field), world_{frame, std::move(geoid), nullptr} {
  // The field owns the terrain: this pointer shares that ownership.
  world_.terrain = std::shared_ptr<const Terrain>(field, &field->terrain());
  for (const TargetPlan& plan : scenario_.targets) {
    PICKET_ASSERT(plan.count >= 1, "a plan has at least one target");
    for (int index = 0; index < plan.count; ++index) {
      Target target;
      target.plan = &plan;
      target.index = index;
      target.id = plan.count == 1 ? plan.id : fmt::format("{}-{}", plan.id, index + 1);
      target.start_s = StartOf(plan, index, scenario_.seed);
      waiting_.push_back(targets_.size());
      targets_.push_back(std::move(target));
    }
  }
  PICKET_ASSERT(targets_.size() <= kMaxSimulatedTargets, "a scenario's targets are bounded");
  std::stable_sort(waiting_.begin(), waiting_.end(), [this](std::size_t a, std::size_t b) {
    return targets_[a].start_s > targets_[b].start_s;
  });
  for (const Sensor& sensor : field_.sensors()) {
    Random random(scenario_.seed, "phase:" + sensor.id);
    Clock clock;
    // Whole milliseconds, so that times read well.
    clock.phase_s = std::floor(1000.0 * sensor.period.s() * random.Uniform()) / 1000.0;
    clocks_.push_back(clock);
  }
}

Time Simulator::LookTime(std::size_t sensor, std::uint64_t look) const {
  const Duration period = field_.sensors()[sensor].period;
  return scenario_.start + Duration::Seconds(clocks_[sensor].phase_s) +
         period * static_cast<std::int64_t>(look);
}

void Simulator::Wake(double t_s) {
  while (!waiting_.empty() && targets_[waiting_.back()].start_s <= t_s) {
    const std::size_t i = waiting_.back();
    waiting_.pop_back();
    Target& target = targets_[i];
    target.flight = std::make_unique<Flight>(
        Fly(*target.plan, target.index, scenario_.seed, scenario_.duration.s(), world_));
    live_.insert(std::upper_bound(live_.begin(), live_.end(), i), i);
  }
  std::erase_if(live_, [&](std::size_t i) {
    if (targets_[i].flight->last_s() >= t_s - kForgetS) return false;
    targets_[i].flight.reset();
    return true;
  });
}

std::vector<Report> Simulator::AdvanceTo(Time t) {
  std::vector<std::pair<Time, std::size_t>> looks;
  const Time until = std::min(t, end());
  for (std::size_t sensor = 0; sensor < clocks_.size(); ++sensor) {
    std::uint64_t look = clocks_[sensor].next;
    for (Time at = LookTime(sensor, look); at <= until; at = LookTime(sensor, ++look)) {
      looks.emplace_back(at, sensor);
    }
  }
  std::sort(looks.begin(), looks.end());
  std::vector<Report> reports;
  for (const auto& [at, sensor] : looks) {
    std::optional<Report> report = Look(sensor, clocks_[sensor].next++);
    if (report) reports.push_back(std::move(*report));
  }
  return reports;
}

Truth Simulator::TruthAt(Time t) {
  const double t_s = (t - scenario_.start).s();
  Wake(t_s);
  Truth truth;
  truth.time = t;
  for (const std::size_t i : live_) {
    const Target& target = targets_[i];
    const auto state = target.flight->At(t_s);
    if (!state) continue;
    TruthTarget seen;
    seen.id = target.id;
    seen.target_class = target.plan->target_class;
    seen.position = world_.frame.ToGeodetic(state->p_L);
    seen.vel_enu_mps = {state->v_L.x(), state->v_L.y(), state->v_L.z()};
    truth.targets.push_back(std::move(seen));
  }
  return truth;
}

bool Simulator::Hears(const Sensor& sensor, const TargetPlan& plan) {
  if (plan.identity.empty()) return false;
  return plan.heard_by.empty() ||
         std::find(plan.heard_by.begin(), plan.heard_by.end(), sensor.id) != plan.heard_by.end();
}

std::optional<Report> Simulator::Look(std::size_t sensor_index, std::uint64_t look) {
  const Time now = LookTime(sensor_index, look);
  field_.SetTime(static_cast<SensorIndex>(sensor_index), now);
  const Sensor& sensor = field_.sensors()[sensor_index];
  const bool self_report = sensor.look == LookKind::kSelfReport;
  Report report;
  report.time = now;
  report.sensor = sensor.id;
  const double t_s = (report.time - scenario_.start).s();
  Wake(t_s);
  SensorPose pose;
  pose.p_LS_L = sensor.p_LS_L;
  pose.R_SL = sensor.R_SL;
  pose.v_LS_L = sensor.v_LS_L;
  if (sensor.reference >= 0) pose.p_LRef_L = &field_.sensor(sensor.reference).p_LS_L;

  Random random(scenario_.seed, "look:" + sensor.id, look);
  Random echo(scenario_.seed, "echo:" + sensor.id, look);
  std::vector<Seen> seen;
  for (const std::size_t i : live_) {
    const TargetPlan& plan = *targets_[i].plan;
    if (self_report && !Hears(sensor, plan)) continue;
    const Flight& flight = *targets_[i].flight;
    std::optional<Flight::State> state = flight.At(t_s);
    if (!state) continue;
    if (sensor.sound_delay) {
      // Where it was when it made the sound that arrives now: c (t - s) = |p(s) - sensor|.
      double delay_s = 0.0;
      for (int step = 0; step < 12 && state; ++step) {
        delay_s = (state->p_L - sensor.p_LS_L).norm() / kSpeedOfSoundMps;
        state = flight.At(t_s - delay_s);
      }
      if (!state) continue;
    }
    const double probability = field_.ProbabilityOfDetection(
        static_cast<SensorIndex>(sensor_index), plan.target_class, state->p_L, state->v_L);
    const double luck = random.Uniform();
    if (!(luck < probability)) continue;
    Seen& one = seen.emplace_back();
    one.target = i;
    one.p_L = state->p_L;
    one.v_L = state->v_L;
    for (std::size_t c = 0; c < kComponents; ++c) {
      if (sensor.measures.Has(static_cast<Component>(c))) one.noise[c] = random.Normal();
    }
    if (sensor.error_correlation_s > 0.0) Correlate(sensor_index, one);
  }
  if (sensor.resolution.Limited()) MergeUnresolved(sensor, seen);
  for (const Seen& one : seen) {
    const MeasurementVector exact = Measure(sensor.measures, pose, one.p_L, one.v_L);
    const auto measured = [&](const Noise& noise, double spread) {
      Detection detection;
      int row = 0;
      for (std::size_t c = 0; c < kComponents; ++c) {
        const auto component = static_cast<Component>(c);
        if (!sensor.measures.Has(component)) continue;
        const double error = spread * sensor.sd[c] * noise[c];
        detection.Set(component, Fold(component, exact[row++] + error));
      }
      return detection;
    };
    Detection detection = measured(one.noise, 1.0);
    if (self_report) {
      SayWhere(detection);
      detection.identity = targets_[one.target].plan->identity;
    }
    report.detections.push_back(std::move(detection));
    const std::uint64_t echoes = sensor.echoes > 0.0 ? echo.Poisson(sensor.echoes) : 0;
    for (std::uint64_t k = 0; k < echoes; ++k) {
      Noise noise;
      for (double& n : noise) n = echo.Normal();
      report.detections.push_back(measured(noise, kEchoSpread));
    }
  }
  if (self_report) {
    // Silence is no look, and nobody broadcasts by chance: a false broadcast is a target's own.
    if (report.detections.empty()) return std::nullopt;
    return report;
  }
  Random clutter(scenario_.seed, "clutter:" + sensor.id, look);
  const std::uint64_t false_ones = clutter.Poisson(sensor.clutter_per_look);
  for (std::uint64_t k = 0; k < false_ones; ++k) {
    report.detections.push_back(DrawClutter(sensor, clutter));
  }
  // Shuffled (Fisher and Yates), so that the order does not tell targets from clutter.
  for (std::size_t k = report.detections.size(); k > 1; --k) {
    const auto other = static_cast<std::size_t>(clutter.Uniform() * static_cast<double>(k));
    std::swap(report.detections[k - 1], report.detections[other]);
  }
  return report;
}

void Simulator::Correlate(std::size_t sensor_index, Seen& one) {
  // First-order Gauss-Markov errors.
  const Sensor& sensor = field_.sensors()[sensor_index];
  const double rho = std::exp(-sensor.period.s() / sensor.error_correlation_s);
  const auto [last, is_first] = targets_[one.target].errors.try_emplace(sensor_index, one.noise);
  if (is_first) return;
  for (std::size_t c = 0; c < kComponents; ++c) {
    one.noise[c] = rho * last->second[c] + std::sqrt(1.0 - rho * rho) * one.noise[c];
  }
  last->second = one.noise;
}

void Simulator::MergeUnresolved(const Sensor& sensor, std::vector<Seen>& seen) {
  const auto range = [&](const Seen& s) { return (s.p_L - sensor.p_LS_L).norm(); };
  const auto azimuth = [&](const Seen& s) {
    const Eigen::Vector3d p_S = sensor.R_SL * (s.p_L - sensor.p_LS_L);
    return std::atan2(p_S.x(), p_S.y());
  };
  const Resolution& cell = sensor.resolution;
  std::vector<Seen> merged;
  std::vector<Seen> first;  // of each of those: what others have to be near to
  for (const Seen& one : seen) {
    bool alone = true;
    for (std::size_t k = 0; k < merged.size() && alone; ++k) {
      if (cell.range_m > 0.0 && std::abs(range(one) - range(first[k])) >= cell.range_m) continue;
      if (cell.azimuth_rad > 0.0 &&
          std::abs(WrapPi(azimuth(one) - azimuth(first[k]))) >= cell.azimuth_rad) {
        continue;
      }
      alone = false;
      Seen& all = merged[k];
      ++all.count;
      all.p_L += (one.p_L - all.p_L) / all.count;
      all.v_L += (one.v_L - all.v_L) / all.count;
    }
    if (!alone) continue;
    merged.push_back(one);
    first.push_back(one);
  }
  seen = std::move(merged);
}

void Simulator::SayWhere(Detection& detection) const {
  const ComponentSet measured = detection.measured;
  if (!measured.Has(Component::kEast) || !measured.Has(Component::kNorth) ||
      !measured.Has(Component::kUp)) {
    return;
  }
  // A broadcast tells latitude, longitude and height.
  const Eigen::Vector3d p_L(detection[Component::kEast], detection[Component::kNorth],
                            detection[Component::kUp]);
  const Geodetic point = world_.frame.ToGeodetic(p_L);
  Fix fix;
  fix.lat_deg = point.lat_deg;
  fix.lon_deg = point.lon_deg;
  fix.hae = point.height;
  detection.fix = fix;
  ComponentSet rest;
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    const bool position = component == Component::kEast || component == Component::kNorth ||
                          component == Component::kUp;
    if (measured.Has(component) && !position) rest.Add(component);
    if (position) detection.value[Index(component)] = 0.0;
  }
  detection.measured = rest;
}

}  // namespace picket
