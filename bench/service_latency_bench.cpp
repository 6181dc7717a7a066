// SPDX-License-Identifier: Apache-2.0
//
// From a detection sent to the track received: reports are posted over loopback at 10,000
// detections a second, all is recorded on the disk, and a client of the stream notes when the first
// picture comes that holds each report. Four radars look five times a second; of the 500 detections
// of a look 190 are of 200 targets, the others are false.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <thread>

#include "picket/base/random.h"
#include "picket/io/clock.h"
#include "picket/server/api.h"
#include "picket/server/service.h"
#include "server/client.h"

namespace picket {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kRadars = 4;
constexpr int kTargets = 200;
constexpr int kDetections = 500;
constexpr double kPeriodS = 0.2;
constexpr double kRunS = 20.0;
constexpr double kWarmUpS = 5.0;  // until the tracks stand
constexpr double kRangeM = 20000.0;

std::shared_ptr<const PlacedSite> RadarSite() {
  Site site;
  site.name = "Benchmark";
  site.origin = {37.5, 127.0, {0.0}};
  site.region_radius_m = 40000.0;
  for (int i = 0; i < kRadars; ++i) {
    SensorEntry entry;
    Sensor& sensor = entry.sensor;
    sensor.id = "radar-" + std::to_string(i);
    sensor.kind = SensorKind::kRadar;
    sensor.period = Duration::Seconds(kPeriodS);
    const auto measure = [&](Component c, double sd) {
      sensor.measures.Add(c);
      sensor.sd[static_cast<std::size_t>(c)] = sd;
    };
    measure(Component::kRange, 15.0);
    measure(Component::kAzimuth, 0.5 * kRadPerDeg);
    measure(Component::kElevation, 1.0 * kRadPerDeg);
    sensor.field.max_range_m = kRangeM;
    sensor.field.elevation_min_rad = 0.0;
    sensor.field.elevation_max_rad = 45.0 * kRadPerDeg;
    sensor.detect.probability = 0.95;
    sensor.clutter_per_look = kDetections - 0.95 * kTargets;
    entry.placement.local = true;
    entry.placement.p_LS_L = {i % 2 == 0 ? -2000.0 : 2000.0, i < 2 ? -2000.0 : 2000.0, 10.0};
    sensor.p_LS_L = entry.placement.p_LS_L;
    site.sensors.push_back(entry);
  }
  site.text = "[site]\n";
  return std::make_shared<const PlacedSite>(
      *PlaceSite(std::move(site), Geoid(), std::make_shared<const Terrain>()));
}

/// The look of a radar at `t_s` into the run; targets cross the region at 25 m/s.
Report Look(const PlacedSite& site, int radar, double t_s, Time time, Random& random) {
  const Sensor& sensor = site.field->sensor(radar);
  Report report;
  report.time = time;
  report.sensor = sensor.id;
  const auto add = [&](double range_m, double azimuth_rad, double elevation_rad) {
    Detection detection;
    detection.Set(Component::kRange, range_m);
    detection.Set(Component::kAzimuth, azimuth_rad);
    detection.Set(Component::kElevation, elevation_rad);
    report.detections.push_back(detection);
  };
  for (int i = 0; i < kTargets; ++i) {
    if (random.Uniform() > sensor.detect.probability) continue;
    const double course = 0.5 * i;
    const Eigen::Vector3d p(-9000.0 + 1000.0 * (i % 20) + 25.0 * t_s * std::sin(course),
                            -9000.0 + 2000.0 * (i / 20.0) + 25.0 * t_s * std::cos(course),
                            200.0 + 3.0 * i);
    const Eigen::Vector3d d = p - sensor.p_LS_L;
    const double range_error = 15.0 * random.Normal();
    const double azimuth_error = 0.5 * kRadPerDeg * random.Normal();
    const double elevation_error = 1.0 * kRadPerDeg * random.Normal();
    add(d.norm() + range_error, std::atan2(d.x(), d.y()) + azimuth_error,
        std::asin(d.z() / d.norm()) + elevation_error);
  }
  while (report.detections.size() < kDetections) {
    const double range_m = kRangeM * std::sqrt(random.Uniform());
    const double azimuth_rad = random.Uniform(0.0, 6.28);
    add(range_m, azimuth_rad, random.Uniform(0.0, 0.78));
  }
  return report;
}

struct Sent {
  Time time;
  SteadyClock::time_point at;
};

void BM_DetectionToTrack(benchmark::State& state) {
  const std::string path = "service_latency_bench.gpkg";
  for (auto _ : state) {
    std::remove(path.c_str());
    const auto site = RadarSite();
    auto recording = Recording::Create(path);
    if (!recording) return state.SkipWithError(recording.error().Text().c_str());
    RecordingJournal journal(std::move(*recording), path);
    Service service(site, &journal, {});
    Api api(service, &service, nullptr, {}, "0");
    HttpServer::Options options;
    options.listen.port = 0;
    auto server = HttpServer::Start(api, options);
    if (!server) return state.SkipWithError(server.error().Text().c_str());

    std::mutex mutex;
    std::vector<Sent> sent;  // in order of time
    std::vector<double> latencies_ms;
    std::size_t tracks = 0;
    std::atomic<bool> ending{false};
    const auto begin = SteadyClock::now();
    std::thread listener([&] {
      test::Client stream((*server)->port());
      if (!stream.Upgrade()) return;
      stream.patience_ms(200);
      while (!ending) {
        const auto message = stream.Frame();
        const auto now = SteadyClock::now();
        constexpr std::string_view kStart = R"({"type":"picture","time":")";
        if (!message || !message->starts_with(kStart)) continue;
        const auto time = Time::Parse(std::string_view(*message).substr(kStart.size(), 30));
        const std::scoped_lock lock(mutex);
        tracks = 0;
        for (auto at = message->find("\"id\":"); at != std::string::npos;
             at = message->find("\"id\":", at + 1)) {
          ++tracks;
        }
        auto first_later = sent.begin();
        for (; first_later != sent.end() && first_later->time <= *time; ++first_later) {
          if (first_later->at - begin < std::chrono::duration<double>(kWarmUpS)) continue;
          latencies_ms.push_back(
              std::chrono::duration<double, std::milli>(now - first_later->at).count());
        }
        sent.erase(sent.begin(), first_later);
      }
    });

    std::atomic<std::int64_t> refused{0};
    std::vector<double> acknowledged_ms;
    std::vector<std::thread> radars;
    for (int radar = 0; radar < kRadars; ++radar) {
      radars.emplace_back([&, radar] {
        Random random(7, "radar", static_cast<std::uint64_t>(radar));
        test::Client client((*server)->port());
        for (int look = 0;; ++look) {
          const double t_s = kPeriodS * (look + static_cast<double>(radar) / kRadars);
          if (t_s > kRunS) return;
          std::this_thread::sleep_until(begin + std::chrono::duration<double>(t_s));
          const Report report = Look(*site, radar, t_s, WallClock(), random);
          const std::string body = WriteReport(report) + "\n";
          const Sent now{report.time, SteadyClock::now()};
          {
            const std::scoped_lock lock(mutex);
            const auto place =
                std::upper_bound(sent.begin(), sent.end(), now,
                                 [](const Sent& a, const Sent& b) { return a.time < b.time; });
            sent.insert(place, now);
          }
          const auto answer = client.Post("/v1/reports", body);
          if (answer.status != 200) ++refused;
          const std::scoped_lock lock(mutex);
          if (t_s > kWarmUpS) {
            acknowledged_ms.push_back(
                std::chrono::duration<double, std::milli>(SteadyClock::now() - now.at).count());
          }
        }
      });
    }
    for (std::thread& radar : radars) radar.join();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ending = true;
    listener.join();
    (*server)->Stop();
    service.Stop();
    std::remove(path.c_str());

    const auto percentile = [](std::vector<double>& values, double share) {
      if (values.empty()) return 0.0;
      std::sort(values.begin(), values.end());
      return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
    };
    state.counters["detections_per_s"] = kRadars * kDetections / kPeriodS;
    state.counters["reports"] = static_cast<double>(latencies_ms.size());
    state.counters["tracks"] = static_cast<double>(tracks);
    state.counters["refused"] = static_cast<double>(refused);
    state.counters["p50_ms"] = percentile(latencies_ms, 0.5);
    state.counters["p99_ms"] = percentile(latencies_ms, 0.99);
    state.counters["max_ms"] = percentile(latencies_ms, 1.0);
    state.counters["durable_p50_ms"] = percentile(acknowledged_ms, 0.5);
    state.counters["durable_p99_ms"] = percentile(acknowledged_ms, 0.99);
  }
}
BENCHMARK(BM_DetectionToTrack)->Unit(benchmark::kSecond)->Iterations(1);

}  // namespace
}  // namespace picket

BENCHMARK_MAIN();
