// SPDX-License-Identifier: Apache-2.0
// Two targets, seen by two radars for thirty seconds: the tracker inside a program of one's own.
#include <cmath>
#include <cstdio>
#include <memory>

#include "picket/track/tracker.h"

int main() {
  picket::Sensor north, south;
  north.id = "radar-north";
  north.measures = {picket::Component::kRange, picket::Component::kAzimuth};
  north.sd[0] = 15.0;  // m
  north.sd[1] = 0.5 * picket::kRadPerDeg;
  north.p_LS_L = {0.0, 4000.0, 10.0};  // east, north, up in the local frame, m
  north.field.max_range_m = 15000.0;
  north.detect.probability = 0.9;
  north.clutter_per_look = 5.0;
  south = north;
  south.id = "radar-south";
  south.p_LS_L = {3000.0, -5000.0, 10.0};
  const std::vector<picket::Sensor> sensors = {north, south};
  const auto field = std::make_shared<const picket::DetectionField>(
      sensors, std::make_shared<const picket::Terrain>());
  picket::Tracker tracker(field, picket::TrackerParameters());

  picket::Time time = *picket::Time::Parse("2026-03-01T12:00:00Z");
  for (int look = 0; look < 60; ++look, time = time + picket::Duration::Seconds(0.5)) {
    const double t = 0.5 * look, wobble = std::sin(7.0 * look);  // stands for noise
    const Eigen::Vector3d targets[] = {{-6000 + 40 * t, 2000, 120}, {5000, -3000 + 25 * t, 90}};
    const int s = look % 2;
    picket::Look what{s, time, {}};
    for (const Eigen::Vector3d& p_LT_L : targets) {
      const Eigen::Vector3d p_ST_L = p_LT_L - sensors[s].p_LS_L;
      picket::Detection& z = what.detections.emplace_back();
      z.Set(picket::Component::kRange, p_ST_L.norm() + 10.0 * wobble, 15.0);
      z.Set(picket::Component::kAzimuth, std::atan2(p_ST_L.x(), p_ST_L.y()), north.sd[1]);
    }
    if (const auto refused = tracker.Process(what)) return 1;
  }
  for (const picket::Track& track : tracker.PictureAt(time).tracks) {
    std::printf("track %llu: %.3f, east %.0f m, north %.0f m, %.1f m/s\n",
                static_cast<unsigned long long>(track.id), track.existence, track.mean[0],
                track.mean[1], track.mean.segment<2>(3).norm());
  }
}
