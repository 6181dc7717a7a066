// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "picket/base/time.h"
#include "picket/codec/remote_id.h"

namespace picket {

/// Where the operators of aircraft stand, as the aircraft said of late. Personal data: in memory
/// alone, never in the recording, and forgotten when the retention is over. Any thread may call.
class OperatorBook {
 public:
  /// Most aircraft that are remembered; those heard longest ago are forgotten first.
  static constexpr std::size_t kMostAircraft = 10'000;

  /// @param retention  zero: nothing is kept
  explicit OperatorBook(Duration retention) : retention_(retention) {}
  [[nodiscard]] Duration retention() const { return retention_; }

  void Take(const remote_id::OperatorPlace& place, Time now);
  /// Forgets what is older than the retention. To be called every second.
  void Forget(Time now);
  /// The newest of each aircraft, the newest first; none older than the retention.
  [[nodiscard]] std::vector<remote_id::OperatorPlace> Places(Time now) const;

 private:
  [[nodiscard]] bool IsOver(const remote_id::OperatorPlace& place, Time now) const {
    return now - place.time >= retention_;
  }

  const Duration retention_;
  mutable std::mutex mutex_;
  std::map<std::string, remote_id::OperatorPlace> by_aircraft_;
};

/// The answer of /v1/operators, JSON.
[[nodiscard]] std::string OperatorsJson(const std::vector<remote_id::OperatorPlace>& places,
                                        Duration retention);

}  // namespace picket
