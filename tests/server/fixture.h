// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "picket/base/assert.h"
#include "picket/codec/json.h"
#include "picket/engine/engine.h"
#include "picket/server/service.h"

namespace picket::test {

/// A site of two sensors of positions, one place and one area, on no terrain.
inline std::shared_ptr<const PlacedSite> SmallSite() {
  Site site;
  site.name = "Small";
  site.origin = {37.5, 127.0, {60.0}};
  site.region_radius_m = 20000.0;
  for (const char* id : {"one", "two"}) {
    SensorEntry entry;
    Sensor& sensor = entry.sensor;
    sensor.id = id;
    sensor.kind = SensorKind::kPosition;
    sensor.period = Duration::Seconds(1.0);
    for (const Component c : {Component::kEast, Component::kNorth, Component::kUp}) {
      sensor.measures.Add(c);
      sensor.sd[static_cast<std::size_t>(c)] = 5.0;
    }
    sensor.field.has_box = true;
    sensor.field.east_min_m = sensor.field.north_min_m = -15000.0;
    sensor.field.east_max_m = sensor.field.north_max_m = 15000.0;
    sensor.detect.probability = 0.95;
    sensor.clutter_per_look = 0.01;
    entry.placement.local = true;
    site.sensors.push_back(entry);
  }
  site.places.push_back({"Terminal 1", {37.51, 127.01, {0.0}}, 500.0});
  Area area;
  area.name = "P-73";
  area.rings_lon_lat = {{{127.0, 37.5}, {127.1, 37.5}, {127.1, 37.6}, {127.0, 37.5}}};
  site.areas.push_back(area);
  site.text = "[site]\n";
  auto placed = PlaceSite(std::move(site), Geoid(), std::make_shared<const Terrain>());
  PICKET_ASSERT(placed.has_value(), "the tests' site is sound");
  return std::make_shared<const PlacedSite>(std::move(*placed));
}

inline constexpr std::int64_t kStartS = 1'770'000'000;

/// A line of `sensor` at `t_s` after kStartS that saw targets flying east at 20 m/s in rows.
inline std::string Line(const std::string& sensor, double t_s, int targets = 1) {
  Report report;
  report.time = Time::Ns(kStartS * 1'000'000'000) + Duration::Seconds(t_s);
  report.sensor = sensor;
  for (int i = 0; i < targets; ++i) {
    Detection detection;
    detection.Set(Component::kEast, -2000.0 + 20.0 * t_s + 400.0 * (i % 10));
    detection.Set(Component::kNorth, 500.0 * (i / 10.0));
    detection.Set(Component::kUp, 100.0);
    report.detections.push_back(detection);
  }
  return WriteReport(report);
}

inline LiveReport Live(const std::string& line, std::int64_t number = 1) {
  LiveReport live;
  ReportReader reader;
  auto parsed = reader.Read(line);
  PICKET_ASSERT(parsed.has_value(), "the tests' lines are sound");
  live.report = std::move(parsed->report);
  live.line = line;
  live.number = number;
  return live;
}

/// A journal that can be held up and made to fail. Answers on a thread of its own.
class FakeJournal : public Journal {
 public:
  struct Kept {
    EntryKind kind;
    std::string payload;
  };

  FakeJournal() : thread_([this] { Run(); }) {}
  ~FakeJournal() override {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
      held_ = false;
    }
    changed_.notify_all();
    thread_.join();
  }
  FakeJournal(const FakeJournal&) = delete;
  FakeJournal& operator=(const FakeJournal&) = delete;

  void Submit(std::vector<NewEntry> entries, std::shared_ptr<const void> owner,
              Recorder::Done done) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.size() < max_waiting; });
    queue_.push_back({std::move(entries), std::move(owner), std::move(done)});
    changed_.notify_all();
  }
  [[nodiscard]] const std::string& name() const override { return name_; }

  /// While held, nothing becomes durable.
  void Hold(bool hold) {
    const std::scoped_lock lock(mutex_);
    held_ = hold;
    changed_.notify_all();
  }
  void Fail(bool fail) {
    const std::scoped_lock lock(mutex_);
    failing_ = fail;
  }
  [[nodiscard]] std::vector<Kept> kept() const {
    const std::scoped_lock lock(mutex_);
    return kept_;
  }
  [[nodiscard]] std::size_t waiting() const {
    const std::scoped_lock lock(mutex_);
    return queue_.size();
  }

  std::size_t max_waiting = 1000;

 private:
  struct Batch {
    std::vector<NewEntry> entries;
    std::shared_ptr<const void> owner;
    Recorder::Done done;
  };

  void Run() {
    while (true) {
      Batch batch;
      Result<std::int64_t> answer = 0;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !held_ && (ending_ || !queue_.empty()); });
        if (queue_.empty()) return;
        batch = std::move(queue_.front());
        queue_.erase(queue_.begin());
        if (failing_) {
          answer = picket::Fail("no space left on device");
        } else {
          for (const NewEntry& entry : batch.entries) {
            kept_.push_back({entry.kind, std::string(entry.payload)});
          }
          answer = static_cast<std::int64_t>(kept_.size());
        }
      }
      changed_.notify_all();
      if (batch.done) batch.done(answer);
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Batch> queue_;
  std::vector<Kept> kept_;
  std::string name_ = "fake.gpkg";
  bool held_ = false;
  bool failing_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace picket::test
