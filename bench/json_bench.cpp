// SPDX-License-Identifier: Apache-2.0
// Reading reports and writing pictures, against nlohmann::json doing the same work without any
// checks. The last lines give the ratios.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "picket/base/random.h"
#include "picket/codec/json.h"

namespace {

using nlohmann::json;
using namespace picket;

/// A radar's look: range, azimuth, elevation and range-rate, with as many digits as radars give.
std::string Look(int detections) {
  Random random(1);
  std::string line = R"({"time":"2026-03-01T12:00:01.000000000Z","sensor":"radar-north",)"
                     R"("detections":[)";
  for (int i = 0; i < detections; ++i) {
    const double range_m = random.Uniform(0, 15000);
    const double azimuth_deg = random.Uniform(0, 360);
    const double elevation_deg = random.Uniform(-5, 45);
    const double rate_mps = random.Uniform(-60, 60);
    line += fmt::format(R"({}{{"range_m":{:.1f},"azimuth_deg":{:.3f},"elevation_deg":{:.2f},)"
                        R"("range_rate_mps":{:.2f}}})",
                        i > 0 ? "," : "", range_m, azimuth_deg, elevation_deg, rate_mps);
  }
  return line + "]}";
}

void ReadReport(benchmark::State& state) {
  const std::string line = Look(static_cast<int>(state.range(0)));
  ReportReader reader;
  for (auto _ : state) {
    auto parsed = reader.Read(line);
    if (!parsed) state.SkipWithError("refused");
    benchmark::DoNotOptimize(parsed);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}
BENCHMARK(ReadReport)->Arg(1)->Arg(20)->Arg(200);

void ReadReportNlohmann(benchmark::State& state) {
  const std::string line = Look(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    const json root = json::parse(line);
    Report report;
    report.time = *Time::Parse(root["time"].get_ref<const std::string&>());
    report.sensor = root["sensor"].get<std::string>();
    for (const json& item : root["detections"]) {
      Detection& d = report.detections.emplace_back();
      d.Set(Component::kRange, item["range_m"].get<double>());
      d.Set(Component::kAzimuth, item["azimuth_deg"].get<double>() * kRadPerDeg);
      d.Set(Component::kElevation, item["elevation_deg"].get<double>() * kRadPerDeg);
      d.Set(Component::kRangeRate, item["range_rate_mps"].get<double>());
    }
    benchmark::DoNotOptimize(report);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ReadReportNlohmann)->Arg(1)->Arg(20)->Arg(200);

constexpr int kTracks = 10'000;

Picture MadeUp() {
  Random random(2);
  Picture picture;
  picture.time = *Time::Parse("2026-03-01T12:00:01Z");
  for (int i = 0; i < kTracks; ++i) {
    Track track;
    track.id = static_cast<std::uint64_t>(i + 1);
    track.existence = random.Uniform();
    track.confirmed = true;
    for (int k = 0; k < 6; ++k) track.mean[k] = random.Uniform(-30'000, 30'000);
    for (int k = 0; k < 36; ++k) track.covariance(k / 6, k % 6) = random.Uniform(1, 100);
    const double bird = random.Uniform();
    track.class_probability = {(1 - bird) / 2, (1 - bird) / 2, bird, 0, 0};
    track.first_evidence = track.last_detection = picture.time;
    track.sources = {{0, 12}, {1, 3}};
    picture.tracks.push_back(track);
  }
  return picture;
}

std::vector<Sensor> Sensors() {
  std::vector<Sensor> sensors(2);
  sensors[0].id = "radar-north";
  sensors[1].id = "acoustic-3";
  return sensors;
}

void WritePictureLive(benchmark::State& state) {
  const Picture picture = MadeUp();
  const std::vector<Sensor> sensors = Sensors();
  const LocalFrame frame({37.5, 127.0, HeightHae{0}});
  for (auto _ : state) {
    benchmark::DoNotOptimize(WritePicture(picture, frame, sensors, state.range(0) != 0));
  }
  state.SetItemsProcessed(state.iterations() * kTracks);
}
BENCHMARK(WritePictureLive)->ArgName("cov")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void WritePictureNlohmann(benchmark::State& state) {
  const Picture picture = MadeUp();
  const std::vector<Sensor> sensors = Sensors();
  const LocalFrame frame({37.5, 127.0, HeightHae{0}});
  for (auto _ : state) {
    json tracks = json::array();
    for (const Track& t : picture.tracks) {
      const Geodetic at = frame.ToGeodetic(t.mean.head<3>());
      json classes;
      for (std::size_t i = 0; i < kTargetClasses; ++i) {
        classes[std::string(ClassName(static_cast<TargetClass>(i)))] = t.class_probability[i];
      }
      json sources;
      for (const auto& [sensor, count] : t.sources) {
        sources[sensors[static_cast<std::size_t>(sensor)].id] = count;
      }
      json track = {{"id", t.id},
                    {"existence", t.existence},
                    {"lat_deg", at.lat_deg},
                    {"lon_deg", at.lon_deg},
                    {"alt_hae_m", at.height.m},
                    {"enu_m", {t.mean[0], t.mean[1], t.mean[2]}},
                    {"vel_enu_mps", {t.mean[3], t.mean[4], t.mean[5]}},
                    {"sd_m",
                     {std::sqrt(t.covariance(0, 0)), std::sqrt(t.covariance(1, 1)),
                      std::sqrt(t.covariance(2, 2))}},
                    {"class", std::move(classes)},
                    {"sources", std::move(sources)},
                    {"corroborated", true},
                    {"first_evidence", t.first_evidence.Text()},
                    {"last_detection", t.last_detection.Text()}};
      if (state.range(0) != 0) {
        json& cov = track["cov"];
        for (int k = 0; k < 36; ++k) cov.push_back(t.covariance(k / 6, k % 6));
      }
      tracks.push_back(std::move(track));
    }
    benchmark::DoNotOptimize(
        json({{"time", picture.time.Text()}, {"tracks", std::move(tracks)}}).dump());
  }
  state.SetItemsProcessed(state.iterations() * kTracks);
}
BENCHMARK(WritePictureNlohmann)->ArgName("cov")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

/// Prints as ever, and keeps the times for the ratios.
class Ratios : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) times_[run.benchmark_name()] = run.GetAdjustedCPUTime();
    ConsoleReporter::ReportRuns(runs);
  }
  void Print() const {
    for (const auto& [ours, theirs] :
         {std::pair{"ReadReport/20", "ReadReportNlohmann/20"},
          std::pair{"ReadReport/200", "ReadReportNlohmann/200"},
          std::pair{"WritePictureLive/cov:0", "WritePictureNlohmann/cov:0"},
          std::pair{"WritePictureLive/cov:1", "WritePictureNlohmann/cov:1"}}) {
      const auto a = times_.find(ours);
      const auto b = times_.find(theirs);
      if (a == times_.end() || b == times_.end()) continue;
      fmt::print("{}: {:.1f} times as fast as nlohmann::json\n", ours, b->second / a->second);
    }
  }

 private:
  std::map<std::string, double> times_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  Ratios reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  reporter.Print();
  return 0;
}
