// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "picket/base/time.h"

namespace picket {

/// How far a report's time may lie after its arrival, or after the clock of a live service, where
/// other sensors' do not: half of the tracker's lag, but 0.5 s at least and 60 s at most. A sensor
/// whose clock is ahead makes the looks of all others late by as much: so they keep the other half
/// for their own way.
[[nodiscard]] Duration LargestAhead(Duration lag);
/// The reason of one that is further ahead.
inline constexpr const char* kTooFarAhead =
    "time ahead of its arrival by over half of lag_s, unlike others'";

/// Tells a clock that is ahead from reports that all come before their time.
class AheadWatch {
 public:
  explicit AheadWatch(Duration lag) : most_(LargestAhead(lag)) {}
  /// @param ahead  the report's time after its arrival
  /// @returns whether that is more than a minute, or more than LargestAhead over another sensor's
  ///          last report, which came within the last ten seconds
  [[nodiscard]] bool TooFar(std::string_view sensor, Time arrived, Duration ahead);

 private:
  struct Last {
    Time arrived;
    Duration ahead;
  };
  Duration most_;
  std::map<std::string, Last, std::less<>> last_;
};

/// Whether two times are more than kLargestJump apart.
[[nodiscard]] bool FarApart(Time a, Time b);

/// Tells a gap in the reports from one sensor's clock that has jumped ahead.
///
/// A report more than kLargestJump ahead of all before it is not to be believed at first, but with
/// the kJumpsToBelieve-th in a row that says the same: if they are of more than one sensor, or no
/// other one is there any more. One that was there before the row still is, until the row has
/// lasted three of its periods and 2 s. A report that goes on in the old time ends the row.
class ClockWatch {
 public:
  /// A report that is not far ahead.
  /// @param sensor  any number from 0, dense: memory is kept up to the largest
  void GoesOn(std::size_t sensor, Time time, Duration period);
  /// A report that is far ahead of those that went on. @returns whether it is to be believed
  [[nodiscard]] bool Believes(std::size_t sensor, Time time);

 private:
  struct Heard {
    bool ever = false;
    Time last;
    Duration patience;
  };
  struct Row {
    int count = 0;
    std::size_t sensor = 0;  ///< of the first
    bool of_several = false;
    Time first;
    Time last;
  };
  std::vector<Heard> heard_;
  Time newest_;
  Row row_;
};

}  // namespace picket
