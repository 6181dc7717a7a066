// SPDX-License-Identifier: Apache-2.0
// A stream of reports by sensors of every kind, of targets that fly about them: measured well,
// badly and absurdly, with standard deviations from 1e-12 to 1e6, late, again, ahead, from far away
// and from right beside the sensor. What is believed of each target must stay a distribution (that
// is asserted in the tracker after each look), what is shown of it as well.
//
// The bytes: a report is sensor, time step, kind and number of detections; a detection is target,
// subset of components, and two bytes for each: its error and its standard deviation.

#include <array>
#include <cmath>
#include <memory>
#include <numbers>

#include "fuzz/fuzz.h"
#include "picket/codec/site.h"
#include "picket/engine/engine.h"
#include "picket/report/measurement.h"

namespace {

using namespace picket;

constexpr std::size_t kMostReports = 16;
constexpr std::size_t kMostDetections = 32;  ///< in all, so that an input takes little time

struct Measured {
  Component component;
  double sd;  ///< m, rad, m/s
};

void Add(Site& site, const char* id, SensorKind kind, const Eigen::Vector3d& p_LS_L, double reach_m,
         double clutter, std::initializer_list<Measured> measures) {
  SensorEntry& entry = site.sensors.emplace_back();
  Sensor& sensor = entry.sensor;
  sensor.id = id;
  sensor.kind = kind;
  for (const Measured& each : measures) {
    sensor.measures.Add(each.component);
    sensor.sd[static_cast<std::size_t>(each.component)] = each.sd;
  }
  sensor.field.max_range_m = reach_m;
  sensor.detect.probability = 0.9;
  sensor.clutter_per_look = clutter;
  entry.placement.local = true;
  entry.placement.p_LS_L = p_LS_L;
}

/// A sensor of every kind of measurement. Two scan, not far: to ask for the probability of
/// detection all over the region takes as long as everything else.
std::shared_ptr<const PlacedSite> MakeSite() {
  using enum Component;
  Site site;
  site.origin = {37.45, 126.6, {25.0}};
  site.region_radius_m = 6000.0;
  Add(site, "radar", SensorKind::kRadar, {0.0, 0.0, 15.0}, 2500.0, 2.0,
      {{kRange, 10.0}, {kAzimuth, 0.01}, {kElevation, 0.015}, {kRangeRate, 0.4}});
  Add(site, "flat", SensorKind::kRadar, {1500.0, -800.0, 15.0}, 9000.0, 4.0,
      {{kRange, 30.0}, {kAzimuth, 0.02}});
  Add(site, "ears", SensorKind::kAcoustic, {-400.0, 300.0, 2.0}, 1500.0, 0.5,
      {{kAzimuth, 0.05}, {kElevation, 0.07}});
  site.sensors.back().sensor.sound_delay = true;
  Add(site, "finder", SensorKind::kRf, {900.0, 1200.0, 10.0}, 9000.0, 0.5, {{kAzimuth, 0.03}});
  Add(site, "west", SensorKind::kTdoa, {-3000.0, -1000.0, 20.0}, 12000.0, 0.2,
      {{kRangeDifference, 10.0}});
  Add(site, "east", SensorKind::kTdoa, {3000.0, -1000.0, 20.0}, 12000.0, 0.2,
      {{kRangeDifference, 10.0}});
  site.sensors[4].sensor.reference = 5;
  site.sensors[5].sensor.reference = 4;
  Add(site, "place", SensorKind::kPosition, {0.0, 0.0, 0.0}, 20000.0, 0.1,
      {{kEast, 5.0}, {kNorth, 5.0}, {kUp, 8.0}, {kVelEast, 1.0}, {kVelNorth, 1.0}, {kVelUp, 1.0}});
  for (const std::size_t i : {1, 3, 4, 5, 6}) {
    site.sensors[i].sensor.look = LookKind::kSelfReport;
  }
  auto placed = PlaceSite(std::move(site), Geoid(), std::make_shared<const Terrain>());
  PICKET_HOLDS(placed);
  return std::make_shared<const PlacedSite>(std::move(*placed));
}

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : left_(data, size) {}
  [[nodiscard]] bool Empty() const { return left_.empty(); }
  /// 0 at the end.
  std::uint8_t Next() {
    if (left_.empty()) return 0;
    const std::uint8_t byte = left_.front();
    left_ = left_.subspan(1);
    return byte;
  }

 private:
  std::span<const std::uint8_t> left_;
};

struct Flight {
  Eigen::Vector3d p_L;
  Eigen::Vector3d v_L;
};
/// Past the radar within metres, fast and high, standing, two side by side, far outside.
const std::array<Flight, 6> kFlights = {{{{-120.0, 3.0, 18.0}, {15.0, 0.0, 0.0}},
                                         {{-5000.0, 4000.0, 900.0}, {220.0, -60.0, 5.0}},
                                         {{800.0, 900.0, 120.0}, {0.0, 0.0, 0.0}},
                                         {{1000.0, -2000.0, 100.0}, {-20.0, 10.0, 1.0}},
                                         {{1012.0, -2000.0, 103.0}, {-20.0, 10.0, 1.0}},
                                         {{300'000.0, 90'000.0, 9000.0}, {0.0, -250.0, 0.0}}}};

/// Small errors, and every tenth byte or so one without measure.
double ErrorOf(std::uint8_t byte) {
  if (byte < 232) return (byte - 116) / 40.0;
  constexpr std::array<double, 24> kWild = {0.0,  1e2,  -1e2,  1e4,   -1e4, 1e6,   -1e6, 1e9,
                                            -1e9, 1e-3, 1e-9,  -1e-9, 10.0, -10.0, 50.0, 7.0,
                                            -7.0, 30.0, -30.0, 5e2,   -5e2, 2e3,   -2e3, 1e300};
  return kWild[byte - 232];
}

/// Mostly what the site file says (0: not stated), else of any size.
double SdOf(std::uint8_t byte) {
  return byte < 96 ? 0.0 : std::pow(10.0, -12.0 + 18.0 * (byte - 96) / 159.0);
}

Detection DetectionOf(Bytes& bytes, const PlacedSite& site, const Sensor& sensor, double t_s) {
  const Flight& flight = kFlights[bytes.Next() % kFlights.size()];
  const std::uint8_t subset = bytes.Next();
  Detection z;
  ComponentSet measured;
  int of_sensor = 0;
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    if (!sensor.measures.Has(component)) continue;
    if ((subset >> of_sensor++ & 1U) == 0) measured.Add(component);
  }
  if (measured.Empty()) measured = sensor.measures;
  const Eigen::Vector3d* reference = nullptr;
  if (sensor.reference >= 0) reference = &site.field->sensor(sensor.reference).p_LS_L;
  const SensorPose pose{sensor.p_LS_L, sensor.R_SL, sensor.sound_delay, reference, sensor.v_LS_L};
  const MeasurementVector truth =
      Measure(measured, pose, flight.p_L + t_s * flight.v_L, flight.v_L);
  int row = 0;
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    if (!measured.Has(component)) continue;
    z.Set(component, truth[row++] + ErrorOf(bytes.Next()) * sensor.sd[c], SdOf(bytes.Next()));
  }
  return z;
}

void CheckShown(const Picture& picture) {
  for (const Track& track : picture.tracks) {
    PICKET_HOLDS(track.existence >= 0.0 && track.existence <= 1.0);
    PICKET_HOLDS(track.mean.allFinite() && track.covariance.allFinite());
    PICKET_HOLDS(track.covariance.diagonal().minCoeff() > 0.0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::shared_ptr<const PlacedSite> site = MakeSite();
  const Time start = Time::Ns(1'772'366'400'000'000'000);
  Engine engine(site, {.every = std::nullopt, .tentative = true});
  Bytes bytes(data, size);
  double now_s = 0.0;
  std::size_t detections = 0;
  Report report;
  for (std::size_t n = 0; n < kMostReports && !bytes.Empty() && detections < kMostDetections; ++n) {
    const auto index = static_cast<SensorIndex>(bytes.Next() % site->sensor_names.size());
    const Sensor& sensor = site->field->sensor(index);
    now_s += bytes.Next() / 64.0;
    const std::uint8_t kind = bytes.Next();
    if (kind == 255 && n > 0) {  // the last one again
      const Events events = engine.Step({&report, 1});
      for (const Picture& picture : events.pictures) CheckShown(picture);
      continue;
    }
    double at_s = now_s;
    report = {};
    report.sensor = sensor.id;
    // From 100 on it comes late, or by a clock that is wrong.
    if (kind >= 100 && kind < 180) at_s -= (kind - 99) / 16.0;
    if (kind >= 180 && kind < 220) at_s += (kind - 179) / 4.0;
    if (kind >= 220 && kind < 235) at_s += kind % 2 == 0 ? 86400.0 : -86400.0;
    if (kind % 3 == 0) report.received = start + Duration::Seconds(now_s);
    report.time = start + Duration::Seconds(at_s);
    for (int d = bytes.Next() % 9; d > 0; --d, ++detections) {
      report.detections.push_back(DetectionOf(bytes, *site, sensor, now_s));
      if (kind % 7 == 1) report.detections.back().time = report.time - Duration::Seconds(d * 0.1);
    }
    const Events events = engine.Step({&report, 1});
    for (const Picture& picture : events.pictures) CheckShown(picture);
  }
  for (const SensorCondition& condition : engine.Conditions()) {
    PICKET_HOLDS(std::isfinite(condition.bias.range_m) &&
                 std::isfinite(condition.bias.azimuth_rad));
    PICKET_HOLDS(std::isfinite(condition.clutter_ratio) && condition.clutter_ratio >= 0.0);
    PICKET_HOLDS(condition.detection_ratio >= 0.0);
  }
  return 0;
}
