// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "picket/base/time.h"
#include "picket/report/report.h"

namespace picket::asterix {

/// A look of more plots than this is of no radar; the rest is counted and left out.
inline constexpr std::size_t kMaxPlotsPerLook = 100'000;

/// Gathers the plots of one radar into looks: one Report for each turn of the antenna, or for each
/// period of one that does not turn. docs/asterix.md tells the rules.
class LookMaker {
 public:
  /// @param period  of one look, where the site knows it
  LookMaker(std::string sensor, std::optional<Duration> period);

  using Emit = std::function<void(Report&&)>;
  /// A plot seen at `time`; false: the look is full.
  bool Plot(Detection&& plot, double azimuth_rad, Time time, const Emit& emit);
  /// The antenna passed north.
  void North(Time time, const Emit& emit);
  /// The antenna entered the sector that starts at this azimuth.
  void Sector(double azimuth_rad, Time time, const Emit& emit);
  /// How long a turn takes, as the radar says.
  void Rotation(Duration period);
  /// The end of the stream: what is gathered goes out.
  void Finish(const Emit& emit);

 private:
  struct Look {
    bool begun = false;  ///< its start was seen, so that it may go out empty
    std::optional<Time> start;
    std::optional<Time> end;
    std::vector<Detection> plots;
  };

  void Turn(Time time, bool marker, const Emit& emit);
  void Advance(double azimuth_rad, const Emit& emit);
  void Age(Time time, const Emit& emit);
  void Send(Look& look, const Emit& emit);

  std::string sensor_;
  std::optional<Duration> period_;
  Look now_;
  std::optional<Look> last_;  ///< the turn before, kept a while for plots that come late
  bool markers_ = false;      ///< the radar tells where its antenna is
  bool north_markers_ = false;
  std::optional<double> antenna_rad_;
};

}  // namespace picket::asterix
