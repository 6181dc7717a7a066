// SPDX-License-Identifier: Apache-2.0
//
// Recording: detections a second that are acknowledged, that is on disk. Report lines of 100
// detections in batches of 10 and 50 lines. The bound in the same run is the same bytes written to
// a plain file with one fdatasync for each batch: nothing that acknowledges a batch can be faster.
//
//   recording_bench            in the folder for temporary files, or in TMPDIR: let it be on a disk
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "picket/io/recorder.h"

namespace picket {
namespace {

constexpr int kDetections = 100;

/// A look of a radar as the simulator writes it, or of an ADS-B receiver: those have positions, and
/// so a row each in a layer.
std::string ReportLine(bool positions) {
  std::string line = R"({"time":"2026-03-01T12:00:01.000000000Z","sensor":"radar-north",)"
                     R"("detections":[)";
  for (int i = 0; i < kDetections; ++i) {
    if (i > 0) line += ',';
    line += positions ? fmt::format(R"({{"lat_deg":37.{},"lon_deg":126.{},"alt_hae_m":{}.5,)"
                                    R"("identity":{{"icao":"4{:05X}"}}}})",
                                    514023 + 37 * i, 902213 + 91 * i, 900 + i, i)
                      : fmt::format(R"({{"range_m":{}.4371092,"azimuth_deg":{}.3127411,)"
                                    R"("elevation_deg":1.9120374,"range_rate_mps":-41.2201731}})",
                                    8123 + i, 12 + 3 * i);
  }
  return line + "]}";
}

std::vector<NewEntry> Batch(const std::string& line, std::int64_t lines) {
  return std::vector<NewEntry>(static_cast<std::size_t>(lines),
                               NewEntry{EntryKind::kReport, Time::Ns(1), line});
}

/// A folder of its own, gone at the end.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("picket-recording-bench-{}", getpid())) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string File(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

void Count(benchmark::State& state, std::int64_t lines, const std::string& line) {
  state.SetItemsProcessed(state.iterations() * lines * kDetections);
  state.SetBytesProcessed(state.iterations() * lines * static_cast<std::int64_t>(line.size()));
}

void Bound(benchmark::State& state) {
  const std::string line = ReportLine(false);
  std::string bytes;
  for (std::int64_t i = 0; i < state.range(0); ++i) bytes += line + "\n";
  const Folder folder;
  const int fd = open(folder.File("plain").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  for (auto _ : state) {
    if (write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        fdatasync(fd) != 0) {
      state.SkipWithError("cannot write");
      break;
    }
  }
  close(fd);
  Count(state, state.range(0), line);
}

void Append(benchmark::State& state, bool positions) {
  const std::string line = ReportLine(positions);
  const std::vector<NewEntry> batch = Batch(line, state.range(0));
  const Folder folder;
  auto recording = Recording::Create(folder.File("x.gpkg"));
  for (auto _ : state) {
    if (const auto done = recording->Append(batch); !done) {
      state.SkipWithError(done.error().Text().c_str());
      break;
    }
  }
  Count(state, state.range(0), line);
}
void AppendRadar(benchmark::State& state) { Append(state, false); }
void AppendPositions(benchmark::State& state) { Append(state, true); }

/// Four callers that each wait for their batch before they send the next one.
void FourCallers(benchmark::State& state) {
  static constexpr int kCallers = 4;
  const std::string line = ReportLine(false);
  const std::vector<NewEntry> batch = Batch(line, state.range(0));
  const Folder folder;
  Recorder recorder(std::move(*Recording::Create(folder.File("x.gpkg"))));
  for (auto _ : state) {
    std::vector<std::thread> callers;
    for (int caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&] {
        for (int i = 0; i < 8; ++i) {
          if (!recorder.Append(batch)) state.SkipWithError("not recorded");
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
  }
  Count(state, state.range(0) * kCallers * 8, line);
}

/// Pictures with covariance: text of the size that WritePicture gives, and a row for each track.
void Pictures(benchmark::State& state) {
  std::string line = R"({"time":"2026-03-01T12:00:01.000000000Z","tracks":[)";
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    if (i > 0) line += ',';
    line += fmt::format(
        R"({{"id":{},"existence":0.998,"lat_deg":37.{},"lon_deg":126.9,"alt_hae_m":120.0,)"
        R"("enu_m":[1.1,2.2,3.3],"vel_enu_mps":[30.5,-40.25,1.5],"sd_m":[3,4,5],"cov":[)",
        i, 514023 + 37 * i);
    for (int c = 0; c < 36; ++c) line += fmt::format("{}{}", c > 0 ? "," : "", 0.1234567891 * c);
    line += R"(],"class":{"fixed_wing":0.93,"bird":0.07},"sources":{"radar-north":12}})";
  }
  line += "]}";
  const std::vector<NewEntry> batch = {{EntryKind::kPicture, Time::Ns(1), line}};
  const Folder folder;
  auto recording = Recording::Create(folder.File("x.gpkg"));
  for (auto _ : state) {
    if (!recording->Append(batch)) state.SkipWithError("not recorded");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}

void Verify(benchmark::State& state) {
  const std::string line = ReportLine(false);
  const Folder folder;
  {
    auto recording = Recording::Create(folder.File("x.gpkg"));
    for (int i = 0; i < 100; ++i) {
      if (!recording->Append(Batch(line, 100))) state.SkipWithError("not recorded");
    }
  }
  const auto recording = Recording::OpenRead(folder.File("x.gpkg"));
  for (auto _ : state) {
    if (!recording->Verify()->Sound()) state.SkipWithError("not sound");
  }
  Count(state, 100 * 100, line);
}

BENCHMARK(Bound)->Arg(10)->Arg(50)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(AppendRadar)->Arg(1)->Arg(10)->Arg(50)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(AppendPositions)->Arg(10)->Arg(50)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(FourCallers)->Arg(10)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Pictures)->Arg(100)->Arg(10000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Verify)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace picket

BENCHMARK_MAIN();
