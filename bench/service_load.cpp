// SPDX-License-Identifier: Apache-2.0
//
// The whole service under load: `service_load PICKET [OPTION VALUE]...` starts `picket run` with a
// recording on a site of 60 radars, plays their looks to it over TCP as they fall due, and joins
// the stream with 100 clients. Told in the end: how long after a look was sent each client had the
// picture that holds it, what the service took and lost, and what CPU it and this program used.
//
// The sky is that of tracker_bench's network: radars of 7 km over 60 km x 60 km, each once a
// second, and so many targets that they report 20,000 detections a second. Looks are made before
// the start, but for their times; what clients receive is thrown away by the kernel, but for the
// beginning of each message: on two cores this program must leave the room to the service.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "picket/base/random.h"
#include "picket/base/time.h"
#include "picket/io/clock.h"

namespace {

using picket::Random;
using picket::Time;
using SteadyClock = std::chrono::steady_clock;

constexpr int kRadars = 60;
constexpr double kHalfM = 30'000.0;
constexpr double kReachM = 7'000.0;
constexpr double kSdM = 15.0;
constexpr double kSdDeg = 0.5;
constexpr double kDetected = 0.85;
constexpr int kFalsePerLook = 5;
constexpr double kSpeedMps = 25.0;
constexpr std::size_t kTimeLength = 30;  // "2026-03-01T12:00:01.000000000Z"

struct Options {
  std::string picket;
  int seconds = 60;
  int warm_up_s = 15;
  int targets = 10'400;
  int clients = 100;
  int threads = 1;
  std::string stream = "/v1/stream/changes";
  bool record = true;
};

[[noreturn]] void Die(const std::string& what) {
  fmt::print(stderr, "service_load: {}\n", what);
  std::exit(2);
}

Options Parse(int argc, char** argv) {
  if (argc < 2 || argc % 2 != 0) {
    Die("use: service_load PICKET [--seconds N] [--warm-up N] [--targets N] [--clients N] "
        "[--threads N] [--stream PATH] [--record 0|1]");
  }
  Options options;
  options.picket = argv[1];
  for (int i = 2; i < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    const auto number = [&] { return std::stoi(value); };
    if (name == "--seconds") {
      options.seconds = number();
    } else if (name == "--warm-up") {
      options.warm_up_s = number();
    } else if (name == "--targets") {
      options.targets = number();
    } else if (name == "--clients") {
      options.clients = number();
    } else if (name == "--threads") {
      options.threads = number();
    } else if (name == "--stream") {
      options.stream = value;
    } else if (name == "--record") {
      options.record = number() != 0;
    } else {
      Die("there is no option " + name);
    }
  }
  return options;
}

struct Place {
  double east_m = 0.0;
  double north_m = 0.0;
};

Place RadarAt(int k) {
  return {-kHalfM + 6000.0 * (k % 10) + 3000.0, -kHalfM + 10000.0 * (k / 10) + 5000.0};
}

/// The looks of all radars in the order of their times, one each 1/60 s: lines whose time is still
/// to be put in behind `{"time":"`.
std::vector<std::string> Looks(const Options& options, std::size_t& detections) {
  struct Target {
    Place from;
    double east_mps, north_mps, up_m;
  };
  Random random(2026);
  std::vector<Target> sky;
  for (int i = 0; i < options.targets; ++i) {
    Target target{};
    target.from.east_m = random.Uniform(-kHalfM, kHalfM);
    target.from.north_m = random.Uniform(-kHalfM, kHalfM);
    const double course = random.Uniform(0.0, 2.0 * std::numbers::pi);
    target.east_mps = kSpeedMps * std::sin(course);
    target.north_mps = kSpeedMps * std::cos(course);
    target.up_m = 120.0;
    sky.push_back(target);
  }
  std::vector<std::string> looks;
  for (int n = 0; n < kRadars * (options.warm_up_s + options.seconds); ++n) {
    const int radar = n % kRadars;
    const double t_s = static_cast<double>(n) / kRadars;
    const Place at = RadarAt(radar);
    std::string line = R"({"time":")" + std::string(kTimeLength, ' ') +
                       fmt::format(R"(","sensor":"r{}","detections":[)", radar);
    bool first = true;
    const auto add = [&](double range_m, double azimuth_deg) {
      fmt::format_to(std::back_inserter(line), R"({}{{"range_m":{:.1f},"azimuth_deg":{:.3f}}})",
                     first ? "" : ",", range_m, azimuth_deg);
      first = false;
      ++detections;
    };
    for (const Target& target : sky) {
      const double east = target.from.east_m + t_s * target.east_mps - at.east_m;
      const double north = target.from.north_m + t_s * target.north_mps - at.north_m;
      const double range_m = std::hypot(east, north, target.up_m);
      if (range_m > kReachM) continue;
      const double seen = random.Uniform();
      const double range_error = random.Normal();
      const double azimuth_error = random.Normal();
      if (seen > kDetected) continue;
      const double azimuth_deg = std::atan2(east, north) * 180.0 / std::numbers::pi;
      add(range_m + kSdM * range_error, azimuth_deg + kSdDeg * azimuth_error);
    }
    for (int i = 0; i < kFalsePerLook; ++i) {
      const double area = random.Uniform();
      const double azimuth_deg = random.Uniform(-180.0, 180.0);
      add(kReachM * std::sqrt(area), azimuth_deg);
    }
    looks.push_back(line + "]}\n");
  }
  return looks;
}

int Socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) Die("no socket");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A port that the kernel chose, listened on.
std::pair<int, int> Listen() {
  const int fd = Socket();
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 4) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    Die("cannot listen");
  }
  return {fd, ntohs(address.sin_port)};
}

int Connect(int port) {
  const int fd = Socket();
  const sockaddr_in address = Loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    Die("the service does not take a connection");
  }
  return fd;
}

void SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) Die("a connection of the service ended");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

nlohmann::json Health(int port) {
  const int fd = Connect(port);
  SendAll(fd, "GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  std::string answer;
  char bytes[65536];
  for (ssize_t n = 0; (n = recv(fd, bytes, sizeof bytes, 0)) > 0;) {
    answer.append(bytes, static_cast<std::size_t>(n));
  }
  close(fd);
  return nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
}

void WriteSite(const std::string& path, const std::vector<int>& ports) {
  std::ofstream out(path);
  out << "[site]\nname = \"Load\"\norigin = { lat = 48.0, lon = 11.0 }\n"
         "region = { radius_m = 45000, ceiling_agl_m = 1500 }\n";
  for (int k = 0; k < kRadars; ++k) {
    const Place at = RadarAt(k);
    out << fmt::format(
        "\n[[sensor]]\nid = \"r{}\"\nkind = \"radar\"\n"
        "at = {{ east_m = {:.1f}, north_m = {:.1f}, up_m = 0.0 }}\nperiod_s = 1.0\n"
        "measures = [\"range\", \"azimuth\"]\nsd = {{ range_m = {}, azimuth_deg = {} }}\n"
        "field = {{ max_range_m = {:.1f} }}\n"
        "detect = {{ model = \"constant\", probability = {} }}\nclutter = {{ per_look = {} }}\n"
        "\n[[input]]\ntcp = \"127.0.0.1:{}\"\nformat = \"reports\"\n",
        k, at.east_m, at.north_m, kSdM, kSdDeg, kReachM, kDetected, kFalsePerLook,
        ports[static_cast<std::size_t>(k)]);
  }
}

/// The service as a process of its own.
class Picket {
 public:
  Picket(const Options& options, const std::string& site, const std::string& recording) {
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) Die("no pipe");
    std::vector<std::string> arguments = {options.picket,
                                          "run",
                                          site,
                                          "--listen",
                                          "127.0.0.1:0",
                                          "--threads",
                                          std::to_string(options.threads)};
    if (options.record) arguments.insert(arguments.end(), {"--record", recording});
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 2);
    if (posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) {
      Die("cannot start " + options.picket);
    }
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_fds[1]);
    log_ = fdopen(pipe_fds[0], "r");
    constexpr std::string_view kListening = "listening on http://127.0.0.1:";
    char line[4096];
    while (port_ == 0 && std::fgets(line, sizeof line, log_) != nullptr) {
      const std::string_view text(line);
      const auto at = text.find(kListening);
      if (at != std::string_view::npos) port_ = std::atoi(line + at + kListening.size());
    }
    if (port_ == 0) Die("the service does not start");
    rest_ = std::thread([this] {
      char more[4096];
      while (std::fgets(more, sizeof more, log_) != nullptr) {
        if (std::strstr(more, ": up") == nullptr) fmt::print(stderr, "picket: {}", more);
      }
    });
  }
  Picket(const Picket&) = delete;
  Picket& operator=(const Picket&) = delete;
  ~Picket() { std::fclose(log_); }

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

  /// User and system time since the start, s, as the kernel counts it; resident memory, MB.
  [[nodiscard]] std::array<double, 3> Used() const {
    std::ifstream in(fmt::format("/proc/{}/stat", pid_));
    std::string text;
    std::getline(in, text);
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::vector<std::string> all;
    for (std::string field; fields >> field;) all.push_back(field);
    const auto tick = static_cast<double>(sysconf(_SC_CLK_TCK));
    const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    return {std::stod(all.at(11)) / tick, std::stod(all.at(12)) / tick,
            std::stod(all.at(21)) * page / 1e6};
  }

  int End() {
    kill(pid_, SIGTERM);
    int status = 0;
    waitpid(pid_, &status, 0);
    rest_.join();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  }

 private:
  pid_t pid_ = 0;
  int port_ = 0;
  std::FILE* log_ = nullptr;
  std::thread rest_;
};

/// What was sent and is not in every client's picture yet.
class Sent {
 public:
  void Add(Time time, SteadyClock::time_point at, bool counts) {
    const std::scoped_lock lock(mutex_);
    looks_.push_back({time, at, counts});
  }
  /// How old the looks are that a picture of `time` brought, of those from `next` on.
  void Seen(Time time, SteadyClock::time_point now, std::size_t& next,
            std::vector<float>& ages_ms) {
    const std::scoped_lock lock(mutex_);
    for (; next < looks_.size() && looks_[next].time <= time; ++next) {
      if (!looks_[next].counts) continue;
      ages_ms.push_back(std::chrono::duration<float, std::milli>(now - looks_[next].at).count());
    }
  }

 private:
  struct Look {
    Time time;
    SteadyClock::time_point at;
    bool counts;
  };
  std::mutex mutex_;
  std::vector<Look> looks_;
};

/// All clients of the stream, on one thread.
class Clients {
 public:
  Clients(const Options& options, int port, Sent& sent) : sent_(sent), poll_(epoll_create1(0)) {
    for (int i = 0; i < options.clients; ++i) {
      auto client = std::make_unique<Client>();
      client->fd = Connect(port);
      SendAll(client->fd, "GET " + options.stream +
                              " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                              "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
      std::string head;
      char c = 0;
      while (!head.ends_with("\r\n\r\n") && recv(client->fd, &c, 1, 0) == 1) head += c;
      if (head.find(" 101 ") == std::string::npos) Die("no stream at " + options.stream);
      fcntl(client->fd, F_SETFL, O_NONBLOCK);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = client.get();
      epoll_ctl(poll_, EPOLL_CTL_ADD, client->fd, &event);
      clients_.push_back(std::move(client));
    }
    thread_ = std::thread([this] { Run(); });
  }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;
  ~Clients() {
    for (const auto& client : clients_) close(client->fd);
    close(poll_);
  }

  void End() {
    ending_ = true;
    thread_.join();
  }
  std::vector<float> Ages() {
    std::vector<float> all;
    for (const auto& client : clients_) {
      all.insert(all.end(), client->ages_ms.begin(), client->ages_ms.end());
    }
    return all;
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t pictures() const { return pictures_; }
  [[nodiscard]] bool lost() const { return lost_; }

 private:
  /// Enough for a frame's head and the picture's time.
  static constexpr std::size_t kHead = 96;
  struct Client {
    int fd = -1;
    std::string head;        ///< of the frame being read
    std::uint64_t left = 0;  ///< of it, to be thrown away
    Time time;
    bool picture = false;  ///< the message
    bool last = false;     ///< its frame
    std::size_t next = 0;
    std::vector<float> ages_ms;
  };

  void Run() {
    std::vector<epoll_event> events(clients_.size());
    while (!ending_) {
      const int n = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < n; ++i) {
        auto& client = *static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
        while (Read(client)) {
        }
      }
    }
  }

  /// One step. @returns false: nothing is there now
  bool Read(Client& client) {
    if (client.left > 0) {
      // TCP of Linux drops what MSG_TRUNC reads, without a copy.
      const ssize_t n =
          recv(client.fd, nullptr, std::min<std::uint64_t>(client.left, 1U << 30U), MSG_TRUNC);
      if (n <= 0) return Ended(client, n);
      bytes_ += static_cast<std::uint64_t>(n);
      client.left -= static_cast<std::uint64_t>(n);
      if (client.left == 0) Whole(client);
      return true;
    }
    // Never beyond the end of a frame: the shortest that the service sends are longer than 2 bytes.
    std::size_t want = 2;
    if (client.head.size() >= 2) {
      const auto length = static_cast<unsigned char>(client.head[1]) & 0x7FU;
      const std::size_t head = length == 127 ? 10 : (length == 126 ? 4 : 2);
      want = head;
      if (client.head.size() >= head) {
        std::uint64_t payload = length;
        if (length >= 126) {
          payload = 0;
          for (std::size_t i = 2; i < head; ++i) {
            payload = payload * 256 + static_cast<unsigned char>(client.head[i]);
          }
        }
        want = head + std::min<std::uint64_t>(payload, kHead);
        if (client.head.size() == want) {
          // A message may come in several frames: the first has its beginning, the last its end.
          const auto first = static_cast<unsigned char>(client.head[0]);
          const unsigned opcode = first & 0x0FU;
          constexpr unsigned kText = 1;
          constexpr unsigned kPing = 9;
          if (opcode == kText) Begun(client, std::string_view(client.head).substr(head));
          if (opcode == kPing) SendAll(client.fd, std::string_view("\x8A\x80\0\0\0\0", 6));
          client.last = (first & 0x80U) != 0;
          client.left = payload - (want - head);
          client.head.clear();
          if (client.left == 0) Whole(client);
          return true;
        }
      }
    }
    char bytes[kHead + 16];
    const ssize_t n = recv(client.fd, bytes, want - client.head.size(), 0);
    if (n <= 0) return Ended(client, n);
    bytes_ += static_cast<std::uint64_t>(n);
    client.head.append(bytes, static_cast<std::size_t>(n));
    return true;
  }

  bool Ended(const Client& client, ssize_t n) {
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    lost_ = true;
    epoll_ctl(poll_, EPOLL_CTL_DEL, client.fd, nullptr);
    return false;
  }

  static void Begun(Client& client, std::string_view payload) {
    constexpr std::string_view kTime = R"("time":")";
    client.picture = false;
    if (!payload.starts_with(R"({"type":"picture")") &&
        !payload.starts_with(R"({"type":"changes")"))
      return;
    const auto at = payload.find(kTime);
    if (at == std::string_view::npos) return;
    const auto time = Time::Parse(payload.substr(at + kTime.size(), kTimeLength));
    if (!time) return;
    client.picture = true;
    client.time = *time;
  }

  void Whole(Client& client) {
    if (!client.picture || !client.last) return;
    ++pictures_;
    sent_.Seen(client.time, SteadyClock::now(), client.next, client.ages_ms);
  }

  Sent& sent_;
  int poll_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::atomic<bool> ending_{false};
  std::atomic<bool> lost_{false};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> pictures_{0};
  std::thread thread_;
};

double OwnCpuS() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

double Percentile(std::vector<float>& values, double share) {
  if (values.empty()) return std::nan("");
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

int Measure(const Options& options, const std::filesystem::path& folder) {
  std::size_t detections = 0;
  std::vector<std::string> looks = Looks(options, detections);
  std::vector<int> listening;
  std::vector<int> ports;
  for (int k = 0; k < kRadars; ++k) {
    const auto [fd, port] = Listen();
    listening.push_back(fd);
    ports.push_back(port);
  }
  const std::string site = folder / "site.toml";
  const std::string recording = folder / "load.gpkg";
  WriteSite(site, ports);
  Picket picket(options, site, recording);
  std::vector<int> feeds;
  for (const int fd : listening) feeds.push_back(accept(fd, nullptr, nullptr));
  Sent sent;
  Clients clients(options, picket.port(), sent);

  const auto begin = SteadyClock::now();
  const auto since = [begin] {
    return std::chrono::duration<double>(SteadyClock::now() - begin).count();
  };
  double measured_from_s = 0.0;
  std::array<double, 3> used_before{};
  double own_before_s = 0.0;
  std::uint64_t bytes_before = 0;
  std::uint64_t pictures_before = 0;
  double late_s = 0.0;  // of sending: the service's sockets were full, or this program had no core
  double blocked_s = 0.0;  // in send
  std::string tracks_over_time;
  for (std::size_t n = 0; n < looks.size(); ++n) {
    const double due_s = static_cast<double>(n) / kRadars;
    const bool counts = due_s >= options.warm_up_s;
    if (counts && measured_from_s == 0.0) {
      measured_from_s = since();
      used_before = picket.Used();
      own_before_s = OwnCpuS();
      bytes_before = clients.bytes();
      pictures_before = clients.pictures();
    }
    std::this_thread::sleep_until(begin + std::chrono::duration<double>(due_s));
    late_s = std::max(late_s, since() - due_s);
    std::string& line = looks[n];
    const Time time = picket::WallClock();
    line.replace(9, kTimeLength, time.Text());
    sent.Add(time, SteadyClock::now(), counts);
    const double before_s = since();
    SendAll(feeds[n % kRadars], line);
    blocked_s = std::max(blocked_s, since() - before_s);
    if (n % (10 * kRadars) == 10 * kRadars - 1) {
      const auto health = Health(picket.port());
      tracks_over_time += fmt::format(" {}", health["tracks"].get<int>());
    }
  }
  const double measured_s = since() - measured_from_s;
  const auto used = picket.Used();
  const double own_s = OwnCpuS() - own_before_s;
  const std::uint64_t bytes = clients.bytes() - bytes_before;
  const std::uint64_t pictures = clients.pictures() - pictures_before;
  nlohmann::json health;
  double drained_s = 0.0;
  for (const double from_s = since(); drained_s < 20.0;) {
    health = Health(picket.port());
    drained_s = since() - from_s;
    if (health["reports"].get<std::size_t>() + health["refused"].get<std::size_t>() >= looks.size())
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // the last picture
  clients.End();
  const int exit = picket.End();
  std::vector<float> ages = clients.Ages();
  const std::size_t expected = static_cast<std::size_t>(options.clients) * kRadars *
                               static_cast<std::size_t>(options.seconds);

  fmt::print("sent            {} looks, {} detections, {:.0f} detections/s, for {} s\n",
             looks.size(), detections,
             static_cast<double>(detections) / (options.warm_up_s + options.seconds),
             options.warm_up_s + options.seconds);
  fmt::print("sender          at most {:.0f} ms late, at most {:.0f} ms held up by a full socket\n",
             1e3 * late_s, 1e3 * blocked_s);
  fmt::print(
      "taken           {} looks, {} detections, {} refused, {} lost; all {:.2f} s after the last\n",
      health["reports"].dump(), health["detections"].dump(), health["refused"].dump(),
      looks.size() - health["reports"].get<std::size_t>(), drained_s);
  fmt::print("tracks          {} in the end; every 10 s:{}\n", health["tracks"].dump(),
             tracks_over_time);
  fmt::print("clients         {}, {}; {:.1f} pictures/s and {:.2f} MB/s each\n", options.clients,
             clients.lost() ? "some were let go" : "none was let go",
             static_cast<double>(pictures) / measured_s / options.clients,
             static_cast<double>(bytes) / measured_s / options.clients / 1e6);
  fmt::print(
      "look to client  p50 {:.0f} ms, p95 {:.0f} ms, p99 {:.0f} ms, most {:.0f} ms; {} of {}\n",
      Percentile(ages, 0.5), Percentile(ages, 0.95), Percentile(ages, 0.99), Percentile(ages, 1.0),
      ages.size(), expected);
  fmt::print(
      "CPU             service {:.2f} cores ({:.2f} user, {:.2f} system), this program {:.2f}\n",
      (used[0] + used[1] - used_before[0] - used_before[1]) / measured_s,
      (used[0] - used_before[0]) / measured_s, (used[1] - used_before[1]) / measured_s,
      own_s / measured_s);
  fmt::print("memory          {:.0f} MB\n", used[2]);
  if (options.record) {
    fmt::print("recording       {:.0f} MB, {:.1f} MB/s\n",
               static_cast<double>(std::filesystem::file_size(recording)) / 1e6,
               static_cast<double>(std::filesystem::file_size(recording)) / 1e6 /
                   (options.warm_up_s + options.seconds));
  }
  fmt::print("service         exit {}, {}\n", exit, health["status"].dump());
  for (const int fd : feeds) close(fd);
  for (const int fd : listening) close(fd);
  return exit;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  std::string folder = std::filesystem::temp_directory_path() / "picket-load-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) Die("no temporary folder");
  const int exit = Measure(options, folder);
  std::filesystem::remove_all(folder);
  return exit;
}
