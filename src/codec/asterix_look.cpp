// SPDX-License-Identifier: Apache-2.0
#include "asterix_look.h"

#include <algorithm>
#include <numbers>
#include <utility>

#include "picket/geo/angle.h"

namespace picket::asterix {
namespace {

// Radars send a sector's plots up to some sectors after the antenna passed. An eighth of a turn
// past north, the turn before is complete.
constexpr double kLateRad = std::numbers::pi / 4.0;
// No antenna turns faster.
const Duration kShortestLook = Duration::Seconds(0.5);
// A turn is never longer: where neither site nor radar tells how long, this ends a look.
const Duration kLongestLook = Duration::Seconds(30.0);
// Rotation is not even; a look that nothing ended goes on a little beyond its period.
constexpr double kPatience = 1.25;

}  // namespace

LookMaker::LookMaker(std::string sensor, std::optional<Duration> period)
    : sensor_(std::move(sensor)), period_(period) {}

void LookMaker::Rotation(Duration period) {
  if (period > Duration()) period_ = period;
}

bool LookMaker::Plot(Detection&& plot, double azimuth_rad, Time time, const Emit& emit) {
  Age(time, emit);
  if (!markers_) {
    // No markers: plots tell where the antenna is. Backwards is a plot that came late.
    const double turned = antenna_rad_ ? WrapPi(azimuth_rad - *antenna_rad_) : 0.0;
    if (antenna_rad_ && turned > 0 && azimuth_rad < *antenna_rad_) Turn(time, false, emit);
    if (!antenna_rad_ || turned > 0) antenna_rad_ = azimuth_rad;
  }
  Advance(markers_ ? azimuth_rad : *antenna_rad_, emit);
  const bool late =
      last_ && (markers_ ? time < *last_->end : azimuth_rad > 2.0 * std::numbers::pi - kLateRad);
  Look& look = late ? *last_ : now_;
  if (look.plots.size() >= kMaxPlotsPerLook) return false;
  if (!look.start || time < *look.start) look.start = time;
  plot.time = time;
  look.plots.push_back(std::move(plot));
  return true;
}

void LookMaker::North(Time time, const Emit& emit) {
  // After a silence: the turn that the last marker began was not seen to its end.
  Age(time, emit);
  north_markers_ = true;
  Turn(time, true, emit);
}

void LookMaker::Sector(double azimuth_rad, Time time, const Emit& emit) {
  Age(time, emit);
  // Some radars send no north marker: then the sectors start over.
  if (markers_ && !north_markers_ && azimuth_rad < *antenna_rad_ &&
      WrapPi(azimuth_rad - *antenna_rad_) > 0) {
    Turn(time, true, emit);
  }
  markers_ = true;
  antenna_rad_ = azimuth_rad;
  Advance(azimuth_rad, emit);
}

void LookMaker::Turn(Time time, bool marker, const Emit& emit) {
  // The same passage told twice (two networks, a sector of its own for north) is no look; and plots
  // of a radar that does not turn jump over north at any time.
  const double shortest = (period_ ? period_->s() : kShortestLook.s()) * (marker ? 0.125 : 0.5);
  if (now_.start && (marker ? now_.begun : true) && (time - *now_.start).s() < shortest) return;
  if (last_) Send(*last_, emit);
  last_ = std::exchange(now_, Look{});
  last_->end = time;
  now_.begun = marker;
  now_.start = time;
  markers_ = markers_ || marker;
  if (marker) antenna_rad_ = 0.0;
}

void LookMaker::Advance(double azimuth_rad, const Emit& emit) {
  if (last_ && azimuth_rad >= kLateRad && azimuth_rad <= std::numbers::pi) {
    Send(*last_, emit);
    last_.reset();
  }
}

void LookMaker::Age(Time time, const Emit& emit) {
  const Duration longest = period_ ? Duration::Seconds(period_->s() * kPatience) : kLongestLook;
  if (!now_.start || time - *now_.start <= longest) return;
  if (last_) Send(*last_, emit);
  last_.reset();
  Send(now_, emit);
  now_ = Look{};
}

void LookMaker::Send(Look& look, const Emit& emit) {
  if (look.plots.empty() && !(look.begun && look.end)) return;
  Report report;
  report.sensor = sensor_;
  std::stable_sort(look.plots.begin(), look.plots.end(),
                   [](const Detection& a, const Detection& b) { return *a.time < *b.time; });
  if (look.end) report.time = *look.end;
  if (!look.plots.empty()) report.time = std::max(report.time, *look.plots.back().time);
  report.detections = std::move(look.plots);
  emit(std::move(report));
}

void LookMaker::Finish(const Emit& emit) {
  if (last_) Send(*last_, emit);
  last_.reset();
  Send(now_, emit);
  now_ = Look{};
}

}  // namespace picket::asterix
