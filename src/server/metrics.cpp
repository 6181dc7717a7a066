// SPDX-License-Identifier: Apache-2.0
#include "picket/server/metrics.h"

#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "picket/base/time.h"

namespace picket {
namespace {

using Json = nlohmann::ordered_json;
using Labels = std::vector<prometheus::ClientMetric::Label>;
using prometheus::MetricType;

/// All that has one name stands together, whatever order it comes in.
class Families {
 public:
  void Gauge(const std::string& name, std::string_view help, double value, Labels labels = {}) {
    Add(MetricType::Gauge, name, help, std::move(labels)).gauge.value = value;
  }
  void Counter(const std::string& name, std::string_view help, double value, Labels labels = {}) {
    Add(MetricType::Counter, name, help, std::move(labels)).counter.value = value;
  }
  /// Left out where nothing is known.
  void GaugeIf(const std::string& name, std::string_view help, const Json& value, Labels labels) {
    if (value.is_number()) Gauge(name, help, value, std::move(labels));
  }
  /// One series for each state that there is: 1 for the one that it is in.
  void State(const std::string& name, std::string_view help, const Labels& labels,
             const std::string& state, std::initializer_list<const char*> states) {
    for (const char* each : states) {
      Labels with = labels;
      with.push_back({"state", each});
      Gauge(name, help, state == each ? 1.0 : 0.0, std::move(with));
    }
  }
  /// Of ClockJson.
  void Clock(const std::string& prefix, const Json& clock, const Labels& labels) {
    if (clock.is_null()) return;
    Gauge(prefix + "_clock_offset_seconds",
          "Arrival less the time in the report, median of the last 64: its clock and its way, which"
          " cannot be told apart",
          clock.at("offset_s"), labels);
    Gauge(prefix + "_clock_spread_seconds",
          "Of these, 1.4826 times the median distance from the median", clock.at("spread_s"),
          labels);
    Gauge(prefix + "_clock_least_seconds",
          "The least of these; negative: the sender's clock is ahead by at least that",
          clock.at("least_s"), labels);
  }
  [[nodiscard]] std::string Text() const { return prometheus::TextSerializer().Serialize(all_); }

 private:
  prometheus::ClientMetric& Add(MetricType type, const std::string& name, std::string_view help,
                                Labels labels) {
    const auto [found, is_new] = index_.emplace(name, all_.size());
    if (is_new) {
      prometheus::MetricFamily& family = all_.emplace_back();
      family.name = name;
      family.help = help;
      family.type = type;
    }
    prometheus::ClientMetric& metric = all_[found->second].metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }

  std::vector<prometheus::MetricFamily> all_;
  std::map<std::string, std::size_t> index_;
};

double SecondsOf(const Json& time) {
  // Written by ourselves.
  return static_cast<double>(Time::Parse(time.get<std::string>())->ns()) * 1e-9;
}

void AddSensors(const Json& sensors, Families& out) {
  for (const Json& sensor : sensors) {
    const Labels labels = {{"sensor", sensor.at("id")}};
    out.State("picket_sensor_state",
              "1 for the state that a sensor is in; down says so itself or has gone, silent says"
              " nothing",
              labels, sensor.at("state"), {"up", "silent", "never", "down"});
    out.Counter("picket_sensor_reports_total", "Looks of a sensor that were taken",
                sensor.at("reports"), labels);
    out.GaugeIf("picket_sensor_reports_per_second", "Likewise, over the last ten whole seconds",
                sensor.at("reports_per_s"), labels);
    out.Counter("picket_sensor_detections_total", "Detections in these looks",
                sensor.at("detections"), labels);
    out.Gauge("picket_sensor_empty_looks",
              "Looks in a row, up to the last, that saw nothing: the sensor speaks, and its sky is"
              " empty",
              sensor.at("empty_looks"), labels);
    out.GaugeIf("picket_sensor_age_seconds", "Since the last look came", sensor.at("age_s"),
                labels);
    for (const auto& [reason, count] : sensor.at("refusals").items()) {
      out.Counter("picket_sensor_refused_total",
                  "Reports and detections of a sensor that were not taken", count,
                  {{"sensor", sensor.at("id")}, {"reason", reason}});
    }
    for (const char* what : {"last_report", "last_detection"}) {
      if (sensor.at(what).is_null()) continue;
      out.Gauge(fmt::format("picket_sensor_{}_timestamp_seconds", what),
                what == std::string_view("last_report") ? "When the sensor last looked"
                                                        : "When the sensor last saw anything",
                SecondsOf(sensor[what]), labels);
    }
    out.Clock("picket_sensor", sensor.at("clock"), labels);
    out.Gauge("picket_sensor_clutter_ratio",
              "False detections, learned over what the site file says", sensor.at("clutter_ratio"),
              labels);
    out.Gauge("picket_sensor_detection_ratio",
              "Detections of sure targets over what they should be", sensor.at("detection_ratio"),
              labels);
    const Json& bias = sensor.at("bias");
    struct Of {
      const char* name;
      const char* key;
      const char* what;
    };
    for (const auto& [name, key, what] : {Of{"range_meters", "range_m", "ranges"},
                                          {"azimuth_degrees", "azimuth_deg", "azimuths"},
                                          {"elevation_degrees", "elevation_deg", "elevations"},
                                          {"clock_seconds", "clock_s", "clock"}}) {
      out.Gauge(fmt::format("picket_sensor_bias_{}", name),
                fmt::format("What its {} are corrected by; 0 until there is evidence", what),
                bias.at(key), labels);
      out.Gauge(fmt::format("picket_sensor_bias_sd_{}", name), "One sigma of that",
                bias.at("sd").at(key), labels);
    }
    out.Counter("picket_sensor_jumps_total",
                "Times that its bias changed at once, as when somebody turns the mast",
                bias.at("jumps"), labels);
  }
}

void AddLinks(const Json& links, Families& out) {
  std::map<std::string, int> taken;
  for (const Json& link : links) {
    auto name = link.at("name").get<std::string>();
    // Two links to the same address must not be one time series.
    if (const int before = taken[name]++; before > 0) name += fmt::format(" #{}", before + 1);
    const Labels labels = {{"link", name}, {"direction", link.at("direction")}};
    out.State("picket_link_state", "1 for the state that a link is in", labels, link.at("state"),
              {"connecting", "listening", "up", "silent", "down"});
    out.GaugeIf("picket_link_age_seconds", "Since the last bytes of a link", link.at("age_s"),
                labels);
    out.GaugeIf("picket_link_report_age_seconds", "Since the last report of a link",
                link.at("report_age_s"), labels);
    for (const char* what : {"bytes", "messages", "reports"}) {
      const std::string prefix = fmt::format("picket_link_{}", what);
      out.Counter(prefix + "_total", fmt::format("{} of a link", what), link.at(what), labels);
      out.GaugeIf(prefix + "_per_second", "Likewise, over the last ten whole seconds",
                  link.at(fmt::format("{}_per_s", what)), labels);
    }
    out.Clock("picket_link", link.at("clock"), labels);
    out.Counter("picket_link_errors_total", "What could not be read, or not be sent",
                link.at("errors"), labels);
    out.Counter("picket_link_reconnects_total", "Times that a link was made anew",
                link.at("reconnects"), labels);
  }
}

}  // namespace

std::string MetricsText(const std::string& health) {
  const Json json = Json::parse(health);
  Families out;
  out.Gauge("picket_info", "What runs", 1.0,
            {{"version", json.at("version")}, {"mode", json.at("mode")}});
  out.Gauge("picket_degraded", "1 if anything that should be watching is not",
            json.at("status") == "ok" ? 0.0 : 1.0);
  out.Gauge("picket_uptime_seconds", "Since the service started", json.at("uptime_s"));
  out.Gauge("picket_tracks", "Confirmed tracks", json.at("tracks"));
  out.Counter("picket_reports_total", "Reports that were taken", json.at("reports"));
  out.Counter("picket_detections_total", "Detections in them", json.at("detections"));
  for (const auto& [reason, count] : json.at("refusals").items()) {
    out.Counter("picket_refused_total", "Reports and detections that were not taken", count,
                {{"reason", reason}});
  }
  if (!json.at("data_time").is_null()) {
    out.Gauge("picket_data_timestamp_seconds", "Of the newest report",
              SecondsOf(json["data_time"]));
  }
  if (const Json& recording = json.at("recording"); recording.is_object()) {
    out.Gauge("picket_recording_durable_sequence", "The last entry that is on disk",
              recording.at("durable_seq"));
    out.Gauge("picket_recording_failing", "1 while the recording cannot be written",
              recording.contains("failure") ? 1.0 : 0.0);
    out.Counter("picket_recording_lost_entries_total", "Entries that could not be written",
                recording.value("lost_entries", 0.0));
  }
  AddSensors(json.at("sensors"), out);
  if (json.contains("feeds")) AddLinks(json["feeds"], out);
  return out.Text();
}

}  // namespace picket
