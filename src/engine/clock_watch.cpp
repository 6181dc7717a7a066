// SPDX-License-Identifier: Apache-2.0
#include "picket/engine/clock_watch.h"

#include <algorithm>

#include "picket/engine/engine.h"

namespace picket {

Duration LargestAhead(Duration lag) {
  return std::clamp(Duration::Ns(lag.ns() / 2), Duration::Seconds(0.5), Duration::Seconds(60.0));
}

bool AheadWatch::TooFar(std::string_view sensor, Time arrived, Duration ahead) {
  const Duration fresh = Duration::Seconds(10.0);
  bool too_far = ahead > Duration::Seconds(60.0);
  for (auto other = last_.begin(); ahead > most_ && !too_far && other != last_.end(); ++other) {
    too_far = other->first != sensor && arrived <= other->second.arrived + fresh &&
              ahead > other->second.ahead + most_;
  }
  const auto own = last_.find(sensor);
  if (own != last_.end()) {
    own->second = {arrived, ahead};
  } else {
    last_.emplace(sensor, Last{arrived, ahead});
  }
  return too_far;
}

bool FarApart(Time a, Time b) { return a > b + kLargestJump || b > a + kLargestJump; }

void ClockWatch::GoesOn(std::size_t sensor, Time time, Duration period) {
  if (sensor >= heard_.size()) heard_.resize(sensor + 1);
  Heard& heard = heard_[sensor];
  heard.last = heard.ever ? std::max(heard.last, time) : time;
  heard.ever = true;
  heard.patience = std::max(period * 3, Duration::Seconds(2.0));
  newest_ = std::max(newest_, time);
  row_ = {};
}

bool ClockWatch::Believes(std::size_t sensor, Time time) {
  if (row_.count > 0 && FarApart(time, row_.last)) row_ = {};
  if (row_.count == 0) {
    row_.sensor = sensor;
    row_.first = row_.last = time;
  }
  ++row_.count;
  row_.of_several |= sensor != row_.sensor;
  row_.first = std::min(row_.first, time);
  row_.last = std::max(row_.last, time);
  if (row_.count < kJumpsToBelieve) return false;
  if (row_.of_several) return true;
  for (std::size_t other = 0; other < heard_.size(); ++other) {
    const Heard& heard = heard_[other];
    if (other == sensor || !heard.ever || newest_ - heard.last > heard.patience) continue;
    if (row_.last - row_.first <= heard.patience) return false;
  }
  return true;
}

}  // namespace picket
