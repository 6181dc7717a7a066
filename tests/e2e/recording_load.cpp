// SPDX-License-Identifier: Apache-2.0
//
// kill -9 at random moments under load: recording_load ROUNDS FOLDER [SEED]
// A small recording with something in every layer: recording_load sample FILE
//
// Each round starts a process that records as fast as it can from two threads and tells through a
// pipe which sequences were acknowledged; kills it at a random moment; opens what is left, verifies
// it, and looks for every acknowledged entry. Every 20 rounds a new recording is begun; between
// them the same one goes on, so that large ones and those at a checkpoint are hit as well.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "picket/base/random.h"
#include "picket/io/recorder.h"

namespace {

using namespace picket;
using Clock = std::chrono::steady_clock;

constexpr int kRoundsPerFile = 20;
constexpr int kWriters = 2;

/// What a writer records as its n-th entry: told from its name alone.
std::string Payload(std::uint64_t round, int writer, std::uint64_t n) {
  std::string text = fmt::format(R"({{"time":{}.5,"sensor":"r{}","round":{},"n":{},"detections":[)",
                                 n, writer, round, n);
  const std::uint64_t detections = (n * 7 + round) % 100;
  for (std::uint64_t i = 0; i < detections; ++i) {
    text += fmt::format(R"({}{{"range_m":{},"azimuth_deg":{}.25,"elevation_deg":2.5}})",
                        i == 0 ? "" : ",", 1000 + i * n, i);
  }
  // Some have a position, and so rows in the layers.
  if (n % 5 == 0)
    text += fmt::format(R"({}{{"lat_deg":37.5,"lon_deg":127}})", detections == 0 ? "" : ",");
  return text + "]}";
}

/// One line on the pipe: the n-th to the last entry of a writer's batch lie up to `sequence`.
struct Acknowledgement {
  std::int64_t sequence = 0;
  std::uint64_t round = 0;
  std::int32_t writer = 0;
  std::int32_t count = 0;
  std::uint64_t first = 0;
};

[[noreturn]] void Record(const std::string& path, bool go_on, std::uint64_t round, int pipe) {
  auto recording = go_on ? Recording::OpenForAppend(path) : Recording::Create(path);
  if (!recording) {
    fmt::print(stderr, "round {}: {}\n", round, recording.error().Text());
    _exit(3);
  }
  Recorder recorder(std::move(*recording), 1U << 20U);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (std::uint64_t n = 0;;) {
        Acknowledgement told{0, round, writer, static_cast<int>(1 + (n * 13 + round) % 20), n};
        auto payloads = std::make_shared<std::vector<std::string>>();
        for (int i = 0; i < told.count; ++i) payloads->push_back(Payload(round, writer, n++));
        std::vector<NewEntry> entries;
        for (const std::string& payload : *payloads) {
          entries.push_back({EntryKind::kReport, Time::Ns(static_cast<std::int64_t>(n)), payload});
        }
        recorder.Submit(std::move(entries), payloads,
                        [told, pipe](const Result<std::int64_t>& sequence) mutable {
                          if (!sequence) _exit(3);
                          told.sequence = *sequence;
                          // Short writes to a pipe are whole or not at all.
                          if (write(pipe, &told, sizeof told) != sizeof told) _exit(3);
                        });
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  _exit(3);
}

/// Runs a recording process and kills it `life` after it was started, or after it acknowledged its
/// first batch. @returns what it acknowledged
std::optional<std::vector<Acknowledgement>> RunAndKill(const std::string& path, bool go_on,
                                                       std::uint64_t round, bool in_flow,
                                                       std::chrono::microseconds life) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return std::nullopt;
  const pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    close(pipe_ends[0]);
    Record(path, go_on, round, pipe_ends[1]);
  }
  close(pipe_ends[1]);
  std::vector<Acknowledgement> all;
  auto end = Clock::now() + (in_flow ? std::chrono::seconds(20) : std::chrono::seconds(0)) + life;
  bool killed = false;
  while (true) {
    if (!killed) {
      const auto left = std::chrono::duration_cast<std::chrono::microseconds>(end - Clock::now());
      const timespec wait{left.count() / 1'000'000, left.count() % 1'000'000 * 1000};
      pollfd on{pipe_ends[0], POLLIN, 0};
      if (left.count() <= 0 || ppoll(&on, 1, &wait, nullptr) == 0) {
        kill(child, SIGKILL);
        killed = true;
      }
    }
    // The dead process's end of the pipe is closed: what is in it is read to its end.
    Acknowledgement told;
    const ssize_t got = read(pipe_ends[0], &told, sizeof told);
    if (got != sizeof told) break;
    if (all.empty() && in_flow) end = Clock::now() + life;
    all.push_back(told);
  }
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) return std::nullopt;
  return all;
}

/// @returns what is wrong, empty if all is well
std::string Check(const std::string& path, const std::vector<Acknowledgement>& all,
                  std::int64_t* entries) {
  auto recording = Recording::OpenRead(path);
  if (!recording) {
    // Killed before the recording was begun: then nothing can have been acknowledged.
    return all.empty() ? "" : recording.error().Text();
  }
  const auto verified = recording->Verify();
  if (!verified) return verified.error().Text();
  if (!verified->Sound()) return verified->Text();
  *entries = verified->head.sequence;
  for (const Acknowledgement& told : all) {
    int found = 0;
    EntryFilter filter;
    filter.from = told.sequence - told.count + 1;
    filter.to = told.sequence;
    const auto read = recording->ForEach(filter, [&](const EntryView& entry) {
      if (entry.payload ==
          Payload(told.round, told.writer, told.first + static_cast<std::uint64_t>(found))) {
        ++found;
      }
      return true;
    });
    if (!read) return read.error().Text();
    if (found != told.count) {
      return fmt::format("acknowledged up to entry {}, but {} of {} are there", told.sequence,
                         found, told.count);
    }
  }
  return "";
}

int WriteSample(const std::string& path) {
  auto recording = Recording::Create(path);
  if (!recording) {
    fmt::print(stderr, "{}\n", recording.error().Text());
    return 3;
  }
  const std::vector<std::pair<EntryKind, std::string>> sample = {
      {EntryKind::kSite, "[site]\nname = \"Harbour\"\n"},
      {EntryKind::kRun, R"({"sensors":[{"id":"radar-north","kind":"radar","lat_deg":37.61,)"
                        R"("lon_deg":126.98,"alt_hae_m":112,"max_range_m":15000,"period_s":1}],)"
                        R"("places":[{"name":"Terminal 1","lat_deg":37.55,"lon_deg":126.99,)"
                        R"("radius_m":500}]})"},
      {EntryKind::kReport, R"({"time":"2026-03-01T12:00:01Z","sensor":"adsb","detections":[)"
                           R"({"lat_deg":37.51,"lon_deg":126.97,"alt_hae_m":900}]})"},
      {EntryKind::kPicture, R"({"time":"2026-03-01T12:00:01.5Z","tracks":[{"id":7,)"
                            R"("existence":0.99,"lat_deg":37.51,"lon_deg":126.97,)"
                            R"("alt_hae_m":900,"vel_enu_mps":[30,-40,1],"sd_m":[3,4,5],)"
                            R"("class":{"aircraft":0.9}}]})"},
      {EntryKind::kAlert, R"({"id":1,"time":"2026-03-01T12:00:02Z","level":"warning","track":7,)"
                          R"("place":"Terminal 1","text":"Something comes","probability":0.9})"},
  };
  for (const auto& [kind, payload] : sample) {
    const NewEntry entry{kind, Time::Ns(1'772'366'400'000'000'000), payload};
    if (!recording->Append({&entry, 1})) return 3;
  }
  const Head head = recording->head();
  if (!recording->Close()) return 3;
  fmt::print("{}\n", head.Text());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: recording_load ROUNDS FOLDER [SEED]\n");
    return 2;
  }
  if (std::string_view(argv[1]) == "sample") return WriteSample(argv[2]);
  const int rounds = std::atoi(argv[1]);
  const std::string folder = argv[2];
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  picket::Random random(seed);
  std::int64_t acknowledged = 0;
  std::int64_t largest = 0;
  std::vector<Acknowledgement> of_file;
  std::string path;
  const auto start = Clock::now();
  for (int round = 0; round < rounds; ++round) {
    if (round % kRoundsPerFile == 0) {
      path = fmt::format("{}/{}.gpkg", folder, round);
      of_file.clear();
    }
    const bool go_on = std::filesystem::exists(path);
    // Most are killed in full flow, some while they open.
    const bool in_flow = random.Uniform() < 0.8;
    const std::chrono::microseconds life(static_cast<std::int64_t>(random.Uniform() * 60'000));
    const auto told = RunAndKill(path, go_on, static_cast<std::uint64_t>(round), in_flow, life);
    if (!told) {
      fmt::print(stderr, "round {}: the recording process ended by itself\n", round);
      return 1;
    }
    // Those of the rounds before on the same file are looked at again at its end.
    of_file.insert(of_file.end(), told->begin(), told->end());
    for (const Acknowledgement& a : *told) acknowledged += a.count;
    const bool last = (round + 1) % kRoundsPerFile == 0 || round + 1 == rounds;
    std::int64_t entries = 0;
    if (const std::string wrong = Check(path, last ? of_file : *told, &entries); !wrong.empty()) {
      fmt::print(stderr, "round {} (seed {}), killed after {} us: {}\n", round, seed, life.count(),
                 wrong);
      return 1;
    }
    largest = std::max(largest, entries);
    if (last) {
      for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
        std::filesystem::remove(path + suffix);
      }
    }
  }
  fmt::print("{} kills in {:.1f} s: {} acknowledged entries, all there; {} in the largest file\n",
             rounds, std::chrono::duration<double>(Clock::now() - start).count(), acknowledged,
             largest);
  if (acknowledged == 0) {
    fmt::print(stderr, "nothing was acknowledged in any round: no test\n");
    return 1;
  }
  return 0;
}
