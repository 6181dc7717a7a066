// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "picket/base/time.h"
#include "picket/engine/engine.h"
#include "picket/server/meter.h"

namespace picket {

/// How a sensor is doing.
enum class SensorState : std::uint8_t { kUp, kSilent, kNever, kDown };
/// "up", "silent", "never", "down" (it says so itself, or its node is gone).
[[nodiscard]] std::string_view SensorStateName(SensorState state);

/// The reason that a report counts under which was refused as a whole before anybody looked at it.
inline constexpr std::string_view kNotSound = "not a sound report";

/// Refusals by reason: a bounded set, whatever the reasons are.
class RefusalCounts {
 public:
  static constexpr std::size_t kMaxReasons = 32;  ///< further ones are counted as "other"
  void Add(std::string_view reason, std::uint64_t count = 1);
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& by_reason() const {
    return by_reason_;
  }

 private:
  std::map<std::string, std::uint64_t, std::less<>> by_reason_;
  std::uint64_t total_ = 0;
};

/// A link to others, in or out, as health shows it.
struct FeedHealth {
  std::string name;
  bool out = false;
  std::string state = "connecting";    ///< or "listening", "up", "silent", "down" (tried again)
  std::string reason;                  ///< why it is silent or down
  std::optional<double> retry_in_s;    ///< of one that is down: until it is tried again
  std::optional<double> age_s;         ///< since the last bytes
  std::optional<double> report_age_s;  ///< since the last report came
  std::uint64_t bytes = 0;
  std::uint64_t messages = 0;
  std::uint64_t reports = 0;
  /// As RateMeter has them.
  std::optional<double> bytes_per_s;
  std::optional<double> messages_per_s;
  std::optional<double> reports_per_s;
  std::optional<ClockOffset> clock;  ///< of the reports
  std::uint64_t errors = 0;
  std::uint64_t reconnects = 0;
  std::string last_error;
};

/// Whether something that should be coming or going is not.
[[nodiscard]] bool IsBroken(const FeedHealth& link);
/// The value of "feeds" in the answer of /v1/health, JSON.
[[nodiscard]] std::string LinksJson(const std::vector<FeedHealth>& links);

/// What is known of the sensors' reports. Any thread may call.
class SensorBook {
 public:
  using Clock = std::chrono::steady_clock;

  struct Totals {
    std::uint64_t reports = 0;
    std::uint64_t detections = 0;
    std::uint64_t refused = 0;
    bool any_silent = false;  ///< or down
  };

  explicit SensorBook(const PlacedSite& site);

  [[nodiscard]] bool Knows(const std::string& sensor) const;
  /// Sensors that joined, and which ones are down.
  void Follow(const DetectionField& field);
  /// The sensor is there, though there is no report.
  void Heard(const std::string& sensor, Clock::time_point now);
  /// @param received  by the wall clock; left out: unknown, nothing is said of the sensor's clock
  void Taken(const Report& report, Clock::time_point now, std::optional<Time> received);
  /// @param sensor  empty or not of this site: counted in the totals only
  void Refused(const std::string& sensor, std::string_view reason, std::uint64_t count = 1);
  /// What the tracker has learned of the sensors, in the order of the site.
  void Learned(std::vector<SensorCondition> conditions);
  /// As at the start, but the sensors stay.
  void Clear();

  /// Down is a sensor that says so, or whose node has gone. Silent is a sensor without a report for
  /// max(3 periods, 2 s), counted from `now`; or if given, from `data_now` in the time of the
  /// reports (a replay). A human observer never is silent.
  [[nodiscard]] SensorState State(std::size_t sensor, Clock::time_point now,
                                  std::optional<Time> data_now) const;
  /// The value of "sensors" in the answer of /v1/health, JSON.
  [[nodiscard]] std::string Json(Clock::time_point now, std::optional<Time> data_now) const;
  /// The latest time of a report that was taken.
  [[nodiscard]] std::optional<Time> newest() const;
  [[nodiscard]] Totals totals(Clock::time_point now, std::optional<Time> data_now) const;
  /// Refusals that no sensor of the site is to blame for, and those that one is, by reason.
  [[nodiscard]] RefusalCounts refusals() const;

 private:
  struct Entry {
    explicit Entry(std::string of) : id(std::move(of)), rate(Clock::now()) {}
    std::string id;
    Duration silent_after;
    std::uint64_t reports = 0;
    std::uint64_t detections = 0;
    std::optional<Time> last_report;
    std::optional<Time> last_detection;  ///< the last report with detections
    std::uint64_t empty_looks = 0;       ///< since the last report with detections
    RateMeter rate;
    ClockMeter clock;
    Clock::time_point last_arrival;
    std::optional<Clock::time_point> last_heard;
    bool down = false;
    RefusalCounts refusals;
    SensorCondition condition;
  };
  [[nodiscard]] static Duration AgeOf(const Entry& entry, Clock::time_point now,
                                      std::optional<Time> data_now);
  [[nodiscard]] static SensorState StateOf(const Entry& entry, Clock::time_point now,
                                           std::optional<Time> data_now);

  mutable std::mutex mutex_;
  std::vector<Entry> sensors_;
  std::unordered_map<std::string, std::size_t> index_;
  RefusalCounts all_;
};

}  // namespace picket
