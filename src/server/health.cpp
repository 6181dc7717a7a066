// SPDX-License-Identifier: Apache-2.0
#include "picket/server/health.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace picket {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kOther = "other";
constexpr Duration kNeverSilent = Duration::Ns(std::numeric_limits<std::int64_t>::max());

Json OrNull(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json ClockJson(const std::optional<ClockOffset>& clock) {
  if (!clock) return nullptr;
  return {{"offset_s", clock->median_s},
          {"spread_s", clock->spread_s},
          {"least_s", clock->least_s},
          {"reports", clock->reports}};
}

}  // namespace

std::string_view SensorStateName(SensorState state) {
  switch (state) {
    case SensorState::kUp:
      return "up";
    case SensorState::kSilent:
      return "silent";
    case SensorState::kNever:
      return "never";
    case SensorState::kDown:
      return "down";
  }
  return "";
}

bool IsBroken(const FeedHealth& link) { return link.state == "down" || link.state == "silent"; }

std::string LinksJson(const std::vector<FeedHealth>& links) {
  Json list = Json::array();
  for (const FeedHealth& link : links) {
    list.push_back({{"name", link.name},
                    {"direction", link.out ? "out" : "in"},
                    {"state", link.state},
                    {"reason", nullptr},
                    {"retry_in_s", OrNull(link.retry_in_s)},
                    {"age_s", OrNull(link.age_s)},
                    {"report_age_s", OrNull(link.report_age_s)},
                    {"bytes", link.bytes},
                    {"messages", link.messages},
                    {"reports", link.reports},
                    {"bytes_per_s", OrNull(link.bytes_per_s)},
                    {"messages_per_s", OrNull(link.messages_per_s)},
                    {"reports_per_s", OrNull(link.reports_per_s)},
                    {"clock", ClockJson(link.clock)},
                    {"errors", link.errors},
                    {"reconnects", link.reconnects},
                    {"last_error", nullptr}});
    if (!link.reason.empty()) list.back()["reason"] = link.reason;
    if (!link.last_error.empty()) list.back()["last_error"] = link.last_error;
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void RefusalCounts::Add(std::string_view reason, std::uint64_t count) {
  total_ += count;
  auto found = by_reason_.find(reason);
  if (found == by_reason_.end()) {
    if (by_reason_.size() >= kMaxReasons) reason = kOther;
    found = by_reason_.emplace(reason, 0).first;
  }
  found->second += count;
}

SensorBook::SensorBook(const PlacedSite& site) { Follow(*site.field); }

bool SensorBook::Knows(const std::string& sensor) const {
  const std::scoped_lock lock(mutex_);
  return index_.contains(sensor);
}

void SensorBook::Follow(const DetectionField& field) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < field.sensors().size(); ++i) {
    const Sensor& sensor = field.sensors()[i];
    if (i == sensors_.size()) {
      index_.emplace(sensor.id, i);
      sensors_.emplace_back(sensor.id);
    }
    // People report when there is something to report.
    sensors_[i].silent_after = sensor.kind == SensorKind::kObserver
                                   ? kNeverSilent
                                   : std::max(sensor.period * 3, Duration::Seconds(2.0));
    sensors_[i].down = !sensor.up;
  }
}

void SensorBook::Heard(const std::string& sensor, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  const auto found = index_.find(sensor);
  if (found != index_.end()) sensors_[found->second].last_heard = now;
}

void SensorBook::Taken(const Report& report, Clock::time_point now, std::optional<Time> received) {
  const std::scoped_lock lock(mutex_);
  const auto found = index_.find(report.sensor);
  if (found == index_.end()) return;
  Entry& entry = sensors_[found->second];
  ++entry.reports;
  entry.detections += report.detections.size();
  entry.last_arrival = now;
  entry.rate.Add(now, 1);
  if (received) entry.clock.Add((*received - report.time).s());
  ++entry.empty_looks;
  entry.last_report = std::max(entry.last_report, std::optional(report.time));
  if (!report.detections.empty()) {
    entry.empty_looks = 0;
    entry.last_detection = std::max(entry.last_detection, std::optional(report.time));
  }
}

void SensorBook::Refused(const std::string& sensor, std::string_view reason, std::uint64_t count) {
  const std::scoped_lock lock(mutex_);
  const auto found = index_.find(sensor);
  all_.Add(reason, count);
  if (found != index_.end()) sensors_[found->second].refusals.Add(reason, count);
}

void SensorBook::Learned(std::vector<SensorCondition> conditions) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t s = 0; s < std::min(conditions.size(), sensors_.size()); ++s) {
    const LeftOut before = sensors_[s].condition.left_out;
    const LeftOut& now = conditions[s].left_out;
    const auto add = [&](std::string_view reason, std::uint64_t was, std::uint64_t is) {
      if (is <= was) return;
      all_.Add(reason, is - was);
      sensors_[s].refusals.Add(reason, is - was);
    };
    add(kStartsLeftOutText, before.starts, now.starts);
    add(kGatesLeftOutText, before.gates, now.gates);
    sensors_[s].condition = conditions[s];
  }
}

void SensorBook::Clear() {
  const std::scoped_lock lock(mutex_);
  for (Entry& entry : sensors_) {
    entry.reports = 0;
    entry.detections = 0;
    entry.last_report.reset();
    entry.last_detection.reset();
    entry.empty_looks = 0;
    entry.rate = RateMeter(Clock::now());
    entry.clock = {};
    entry.last_heard.reset();
    entry.down = false;
    entry.refusals = {};
    entry.condition = {};
  }
  all_ = {};
}

SensorState SensorBook::StateOf(const Entry& entry, Clock::time_point now,
                                std::optional<Time> data_now) {
  if (entry.down) return SensorState::kDown;
  if (entry.last_heard && !data_now &&
      now - *entry.last_heard <= std::chrono::nanoseconds(entry.silent_after.ns())) {
    return SensorState::kUp;
  }
  if (!entry.last_report) return entry.last_heard ? SensorState::kSilent : SensorState::kNever;
  return AgeOf(entry, now, data_now) > entry.silent_after ? SensorState::kSilent : SensorState::kUp;
}

/// Requires a report.
Duration SensorBook::AgeOf(const Entry& entry, Clock::time_point now,
                           std::optional<Time> data_now) {
  return data_now ? *data_now - *entry.last_report
                  : Duration::Ns((now - entry.last_arrival).count());
}

SensorState SensorBook::State(std::size_t sensor, Clock::time_point now,
                              std::optional<Time> data_now) const {
  const std::scoped_lock lock(mutex_);
  return StateOf(sensors_.at(sensor), now, data_now);
}

std::string SensorBook::Json(Clock::time_point now, std::optional<Time> data_now) const {
  const std::scoped_lock lock(mutex_);
  picket::Json list = picket::Json::array();
  for (const Entry& entry : sensors_) {
    list.push_back({{"id", entry.id},
                    {"state", SensorStateName(StateOf(entry, now, data_now))},
                    {"last_report", nullptr},
                    {"last_detection", nullptr},
                    {"age_s", nullptr},
                    {"empty_looks", entry.empty_looks},
                    {"reports", entry.reports},
                    {"reports_per_s", nullptr},
                    {"detections", entry.detections},
                    {"refused", entry.refusals.total()},
                    {"refusals", entry.refusals.by_reason()}});
    if (entry.last_report) {
      list.back()["last_report"] = entry.last_report->Text();
      list.back()["age_s"] = AgeOf(entry, now, data_now).s();
    }
    // A replay's reports come as fast as it plays.
    if (!data_now) list.back()["reports_per_s"] = OrNull(entry.rate.PerSecond(now));
    list.back()["clock"] = ClockJson(entry.clock.Offset());
    if (entry.last_detection) list.back()["last_detection"] = entry.last_detection->Text();
    const SensorBias& bias = entry.condition.bias;
    list.back()["clutter_ratio"] = entry.condition.clutter_ratio;
    list.back()["detection_ratio"] = entry.condition.detection_ratio;
    list.back()["bias"] = {{"range_m", bias.range_m},
                           {"azimuth_deg", bias.azimuth_rad / kRadPerDeg},
                           {"elevation_deg", bias.elevation_rad / kRadPerDeg},
                           {"clock_s", bias.clock_s},
                           {"sd",
                            {{"range_m", bias.range_sd_m},
                             {"azimuth_deg", bias.azimuth_sd_rad / kRadPerDeg},
                             {"elevation_deg", bias.elevation_sd_rad / kRadPerDeg},
                             {"clock_s", bias.clock_sd_s}}},
                           {"comparisons", bias.comparisons},
                           {"jumps", bias.jumps}};
  }
  return list.dump();
}

std::optional<Time> SensorBook::newest() const {
  const std::scoped_lock lock(mutex_);
  std::optional<Time> newest;
  for (const Entry& entry : sensors_) newest = std::max(newest, entry.last_report);
  return newest;
}

SensorBook::Totals SensorBook::totals(Clock::time_point now, std::optional<Time> data_now) const {
  const std::scoped_lock lock(mutex_);
  Totals totals;
  totals.refused = all_.total();
  for (const Entry& entry : sensors_) {
    totals.reports += entry.reports;
    totals.detections += entry.detections;
    const SensorState state = StateOf(entry, now, data_now);
    totals.any_silent |= state == SensorState::kSilent || state == SensorState::kDown;
  }
  return totals;
}

RefusalCounts SensorBook::refusals() const {
  const std::scoped_lock lock(mutex_);
  return all_;
}

}  // namespace picket
