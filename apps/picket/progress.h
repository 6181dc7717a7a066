// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <string>

namespace picket::app {

/// A line on a terminal that tells how far the work is, for work over two seconds. Not there where
/// standard error is no terminal.
class Progress {
 public:
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }

  /// May be called as often as there is news. `text` makes the line, when one is due.
  template <typename Text>
  void Show(const Text& text) {
    if (!terminal_) return;
    const double s = Now();
    if (start_s_ == 0.0) start_s_ = last_s_ = s;
    if (s - start_s_ < 2.0 || s - last_s_ < 0.2) return;
    last_s_ = s;
    fmt::print(stderr, "\r\033[K{}", text());
    shown_ = true;
  }
  /// Before a step that tells nothing until it is done.
  void Announce(const std::string& text) {
    if (!terminal_) return;
    fmt::print(stderr, "\r\033[K{}", text);
    shown_ = true;
  }

 private:
  static double Now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  }

  bool terminal_ = isatty(STDERR_FILENO) != 0;
  bool shown_ = false;
  double start_s_ = 0.0;
  double last_s_ = 0.0;
};

/// "[=========>          ]  45 %" of a share in [0, 1].
inline std::string ProgressBar(double share) {
  constexpr int kWidth = 30;
  const int done = static_cast<int>(share * kWidth);
  return fmt::format("[{:=<{}}>{:<{}}] {:3.0f} %", "", done, "", kWidth - done, 100.0 * share);
}

}  // namespace picket::app
