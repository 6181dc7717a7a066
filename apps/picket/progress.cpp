// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

namespace picket::app {
namespace {

constexpr double kPatienceS = 2.0;
constexpr double kRedrawS = 0.2;
constexpr std::int64_t kWidth = 40;

double NowS() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

Progress::Progress(std::string what)
    : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) != 0) {
  if (terminal_) start_s_ = NowS();
}

Progress::~Progress() {
  if (last_s_ > 0.0) fmt::print(stderr, "\r\033[K");
}

void Progress::At(std::int64_t done, std::int64_t total) {
  if (!terminal_) return;
  const double now_s = NowS();
  if (now_s - start_s_ < kPatienceS || now_s - last_s_ < kRedrawS) return;
  last_s_ = now_s;
  if (total <= 0) {
    fmt::print(stderr, "\r{} {}\033[K", what_, done);
    return;
  }
  const double share = std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
  const auto full = static_cast<std::int64_t>(share * static_cast<double>(kWidth));
  fmt::print(stderr, "\r{} [{:#<{}}{:.<{}}] {:3.0f} %\033[K", what_, "", full, "", kWidth - full,
             100.0 * share);
}

void Tell(const std::string& line) {
  fmt::print(stderr, "{}{}\n", isatty(STDERR_FILENO) != 0 ? "\r\033[K" : "", line);
}

}  // namespace picket::app
