// SPDX-License-Identifier: Apache-2.0
#include "picket/server/service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "picket/engine/clock_watch.h"
#include "picket/io/clock.h"
#include "server/fixture.h"

namespace picket {
namespace {

using nlohmann::json;
using test::FakeJournal;
using test::Line;
using test::Live;

/// Submits, however long it takes to be let in.
std::future<Outcome> Submit(Service& service, std::vector<LiveReport> reports) {
  const auto promise = std::make_shared<std::promise<Outcome>>();
  while (!service.TrySubmit(reports, [promise](Outcome o) { promise->set_value(std::move(o)); })) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return promise->get_future();
}
std::future<Outcome> Submit(Service& service, const std::string& line) {
  return Submit(service, std::vector<LiveReport>{Live(line)});
}

json PictureOf(Service& service) {
  std::promise<std::string> promise;
  service.AskPicture([&](std::string text) { promise.set_value(std::move(text)); });
  return json::parse(promise.get_future().get());
}

bool IsReady(const std::future<Outcome>& future, int ms) {
  return future.wait_for(std::chrono::milliseconds(ms)) == std::future_status::ready;
}

class Listener : public StreamClient {
 public:
  void Offer(StreamKind kind, const StreamMessage& message) override {
    const std::scoped_lock lock(mutex_);
    messages_.emplace_back(kind, *message);
  }
  [[nodiscard]] std::vector<std::pair<StreamKind, std::string>> messages() const {
    const std::scoped_lock lock(mutex_);
    return messages_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<StreamKind, std::string>> messages_;
};

TEST(Service, ReportsBecomeTracksAndHealthCountsThem) {
  Service service(test::SmallSite(), nullptr, {});
  EXPECT_TRUE(PictureOf(service)["tracks"].empty());
  for (int t = 0; t < 8; ++t) {
    const Outcome outcome = Submit(service, Line("one", t, 3)).get();
    EXPECT_EQ(outcome.accepted, 1U);
    EXPECT_EQ(outcome.detections, 3U);
    EXPECT_TRUE(outcome.refused.empty());
    EXPECT_TRUE(outcome.failure.empty());
  }
  json picture = PictureOf(service);
  EXPECT_EQ(picture["tracks"].size(), 3U);
  EXPECT_EQ(picture["time"], Live(Line("one", 7)).report.time.Text());
  json health = json::parse(service.Health());
  EXPECT_EQ(health["status"], "ok");
  EXPECT_EQ(health["mode"], "run");
  EXPECT_EQ(health["reports"], 8);
  EXPECT_EQ(health["detections"], 24);
  EXPECT_EQ(health["tracks"], 3);
  EXPECT_EQ(health["data_time"], picture["time"]);
  EXPECT_TRUE(health["recording"].is_null());
  EXPECT_EQ(health["sensors"][0]["state"], "up");
  EXPECT_EQ(health["sensors"][0]["reports"], 8);
  EXPECT_EQ(health["sensors"][1]["state"], "never");
  EXPECT_TRUE(health["sensors"][1]["last_report"].is_null());
  // What the tracker learned of them: nothing yet.
  EXPECT_EQ(health["sensors"][0]["bias"]["azimuth_deg"], 0.0);
  EXPECT_GT(health["sensors"][0]["bias"]["sd"]["azimuth_deg"], 0.0);
  EXPECT_NEAR(health["sensors"][0]["clutter_ratio"].get<double>(), 1.0, 0.5);
  EXPECT_LE(health["sensors"][0]["detection_ratio"].get<double>(), 1.0);
}

TEST(Service, RefusesUnknownSensorsTheFutureAndWhatTheEngineRefuses) {
  Service service(test::SmallSite(), nullptr, {});
  Report now;
  now.sensor = "two";
  now.time = WallClock();
  Report ahead;
  ahead.sensor = "one";
  ahead.time = WallClock() + Duration::Seconds(40.0);  // others would be late
  ahead.detections.clear();
  Report arrives_ahead = ahead;
  arrives_ahead.time = Live(Line("one", 0)).report.time;
  arrives_ahead.received = WallClock() + Duration::Seconds(120.0);
  std::vector<LiveReport> reports{Live(Line("nobody", 0), 1), Live(WriteReport(now), 1),
                                  Live(WriteReport(ahead), 2), Live(WriteReport(arrives_ahead), 3),
                                  Live(Line("two", 1), 5)};
  const Outcome outcome = Submit(service, std::move(reports)).get();
  EXPECT_EQ(outcome.accepted, 1U);
  ASSERT_EQ(outcome.refused.size(), 4U);
  EXPECT_EQ(outcome.refused[0].number, 1);
  EXPECT_EQ(outcome.refused[0].reason, "the sensor is not of this site");
  EXPECT_EQ(outcome.refused[1].number, 2);
  EXPECT_EQ(outcome.refused[1].reason, kTooFarAhead);
  EXPECT_EQ(outcome.refused[2].number, 3);
  EXPECT_EQ(outcome.refused[3].number, 5) << "later than lag_s";
  json health = json::parse(service.Health());
  EXPECT_EQ(health["refused"], 4);
  EXPECT_EQ(health["refusals"]["the sensor is not of this site"], 1);
  EXPECT_EQ(health["sensors"][0]["refusals"][kTooFarAhead], 2);
  EXPECT_EQ(health["sensors"][1]["refused"], 1);
}

TEST(Service, AnswersOnlyWhenDurable) {
  FakeJournal journal;
  Service service(test::SmallSite(), &journal, {});
  journal.Hold(true);
  auto first = Submit(service, Line("one", 0));
  auto second = Submit(service, Line("one", 1));
  EXPECT_FALSE(IsReady(first, 100));
  EXPECT_EQ(json::parse(service.Health())["recording"]["durable_seq"], 0);
  journal.Hold(false);
  EXPECT_EQ(first.get().accepted, 1U);
  EXPECT_EQ(second.get().accepted, 1U);
  service.Stop();
  EXPECT_EQ(json::parse(service.Health())["recording"]["durable_seq"], journal.kept().size());
}

TEST(Service, TheEngineDoesNotWaitForTheDisk) {
  FakeJournal journal;
  Service service(test::SmallSite(), &journal, {});
  journal.Hold(true);
  std::vector<std::future<Outcome>> outcomes;
  for (int t = 0; t < 8; ++t) outcomes.push_back(Submit(service, Line("one", t)));
  EXPECT_EQ(PictureOf(service)["tracks"].size(), 1U) << "the track shows before it is on disk";
  journal.Hold(false);
}

TEST(Service, AFailingDiskIsToldAndWatchingGoesOn) {
  FakeJournal journal;
  Service service(test::SmallSite(), &journal, {});
  journal.Fail(true);
  const Outcome outcome = Submit(service, Line("one", 0)).get();
  EXPECT_NE(outcome.failure.find("no space left on device"), std::string::npos);
  json health = json::parse(service.Health());
  EXPECT_EQ(health["status"], "degraded");
  EXPECT_EQ(health["recording"]["lost_entries"], 1);
  for (int t = 1; t < 8; ++t) (void)Submit(service, Line("one", t)).get();
  EXPECT_EQ(PictureOf(service)["tracks"].size(), 1U);
  journal.Fail(false);
  EXPECT_TRUE(Submit(service, Line("one", 8)).get().failure.empty());
  health = json::parse(service.Health());
  EXPECT_FALSE(health["recording"].contains("failure"));
  EXPECT_EQ(health["status"], "degraded") << "there is a gap";
}

TEST(Service, WhoIsTooFastWaits) {
  FakeJournal journal;
  journal.max_waiting = 1;
  Service::Options options;
  options.max_queued_bytes = 20'000;
  Service service(test::SmallSite(), &journal, options);
  journal.Hold(true);
  std::size_t taken = 0;
  std::atomic<std::size_t> answered{0};
  bool full = false;
  for (int t = 0; t < 1000 && !full; ++t) {
    std::vector<LiveReport> reports{Live(Line("one", t))};
    for (int attempt = 0; attempt < 3; ++attempt) {
      full = !service.TrySubmit(reports, [&](const Outcome&) { ++answered; });
      if (!full) break;
      ASSERT_EQ(reports.size(), 1U) << "nothing was taken";
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (!full) ++taken;
  }
  EXPECT_TRUE(full);
  journal.Hold(false);
  service.Stop();
  EXPECT_EQ(answered, taken);
}

/// An engine that is busy with an answer until it may go on: what is submitted waits together.
class HeldEngine {
 public:
  explicit HeldEngine(Service& service) {
    service.AskPicture([this](const std::string&) {
      asked_.set_value();
      go_on_.get_future().wait();
    });
    asked_.get_future().wait();
  }
  void GoOn() { go_on_.set_value(); }

 private:
  std::promise<void> asked_;
  std::promise<void> go_on_;
};

TEST(Service, OfWhatWaitsTheEarliestLookIsTakenFirst) {
  FakeJournal journal;
  Service service(test::SmallSite(), &journal, {});
  HeldEngine held(service);
  std::vector<std::future<Outcome>> outcomes;
  for (const int t : {3, 1, 2}) outcomes.push_back(Submit(service, Line("one", t)));
  std::promise<std::string> between;
  service.AskPicture([&](std::string text) { between.set_value(std::move(text)); });
  outcomes.push_back(Submit(service, Line("one", 0)));
  held.GoOn();
  EXPECT_EQ(json::parse(between.get_future().get())["time"],
            Live(Line("one", 3)).report.time.Text())
      << "an answer holds what was submitted before it";
  for (auto& outcome : outcomes) EXPECT_EQ(outcome.get().accepted, 1U);
  std::vector<std::string> kept;
  for (const auto& entry : journal.kept()) {
    if (entry.kind == EntryKind::kReport) kept.push_back(entry.payload);
  }
  EXPECT_EQ(kept, std::vector<std::string>(
                      {Line("one", 1), Line("one", 2), Line("one", 3), Line("one", 0)}));
}

TEST(Service, WhoJoinsReportsOnlyThenWhateverItsClockSays) {
  const auto site = test::SmallSite();
  Service service(site, nullptr, {});
  HeldEngine held(service);
  SensorChange change;
  change.time = Time::Ns((test::kStartS + 5) * 1'000'000'000);
  change.whole = site->site.sensors.front();
  change.whole->sensor.id = change.sensor = "three";
  auto live = LiveChangeOf(change);
  ASSERT_TRUE(live);
  std::vector<LiveReport> join;
  join.push_back(std::move(*live));
  auto joined = Submit(service, std::move(join));
  auto reported = Submit(service, Line("three", 1));
  held.GoOn();
  EXPECT_EQ(joined.get().accepted, 1U);
  EXPECT_EQ(reported.get().accepted, 1U);
}

class ChangesListener : public Listener {
 public:
  void Offer(StreamKind kind, const StreamMessage& message) override {
    if (kind == StreamKind::kPicture) has_picture_ = true;
    Listener::Offer(kind, message);
  }
  [[nodiscard]] bool wants_picture() const override { return !has_picture_; }

 private:
  std::atomic<bool> has_picture_{false};
};

/// What a client of changes holds when it was told the time that it waits for.
std::map<int, json> HeldAt(const Listener& listener, const json& until) {
  std::map<int, json> tracks;
  std::string time;
  for (int i = 0; i < 6000 && time != until; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    tracks.clear();
    for (const auto& [kind, text] : listener.messages()) {
      if (kind != StreamKind::kPicture && kind != StreamKind::kChanges) continue;
      const json message = json::parse(text);
      time = message["time"];
      if (kind == StreamKind::kPicture) tracks.clear();
      for (const json& track : message["tracks"]) tracks[track["id"]].update(track);
      if (kind != StreamKind::kChanges) continue;
      for (const json& id : message["gone"]) tracks.erase(id.get<int>());
    }
  }
  EXPECT_EQ(time, until);
  return tracks;
}

TEST(Service, ATrackThatEndsBeforeTheFirstChangesIsGone) {
  Service::Options options;
  options.picture_interval = Duration::Seconds(0.5);
  Service service(test::SmallSite(), nullptr, options);
  const auto listener = std::make_shared<ChangesListener>();
  service.hub().Add(listener);
  for (int t = 0; t < 25; ++t) (void)Submit(service, Line("one", t, 3)).get();
  ASSERT_EQ(HeldAt(*listener, PictureOf(service)["time"]).size(), 3U);
  for (int t = 25; t < 40; ++t) (void)Submit(service, Line("one", t, 1)).get();
  EXPECT_EQ(HeldAt(*listener, PictureOf(service)["time"]).size(), 1U);
}

TEST(Service, ChangesMakeOfTheFirstPictureTheLast) {
  Service service(test::SmallSite(), nullptr, {});
  const auto listener = std::make_shared<ChangesListener>();
  service.hub().Add(listener);
  for (int t = 0; t < 40; ++t) (void)Submit(service, Line("one", t, t < 25 ? 3 : 1)).get();
  const json last = PictureOf(service);
  std::map<int, json> tracks = HeldAt(*listener, last["time"]);
  ASSERT_EQ(tracks.size(), last["tracks"].size());
  for (const json& track : last["tracks"]) {
    const json& told = tracks[track["id"]];
    // Told within a second of the reports' time, as far as the digits go.
    EXPECT_NEAR(told["existence"].get<double>(), track["existence"].get<double>(), 0.011);
    for (const int axis : {0, 1, 2}) {
      EXPECT_NEAR(told["enu_m"][axis].get<double>(), track["enu_m"][axis].get<double>(), 0.02);
    }
    EXPECT_EQ(told["last_detection"], track["last_detection"]);
    EXPECT_EQ(told["corroborated"], track["corroborated"]);
  }
}

TEST(Service, ASensorJoinsOnTheWayOfReports) {
  const auto site = test::SmallSite();
  FakeJournal journal;
  Service service(site, &journal, {});
  auto listener = std::make_shared<Listener>();
  service.hub().Add(listener);
  SensorChange change;
  change.time = Time::Ns(test::kStartS * 1'000'000'000);
  change.whole = site->site.sensors.front();
  change.whole->sensor.id = change.sensor = "three";
  std::vector<LiveReport> both;
  auto live = LiveChangeOf(change);
  ASSERT_TRUE(live);
  both.push_back(std::move(*live));
  both.push_back(Live(Line("three", 1.0)));  // in the same batch
  const Outcome outcome = Submit(service, std::move(both)).get();
  EXPECT_TRUE(outcome.refused.empty());
  EXPECT_EQ(outcome.accepted, 2U);
  ASSERT_EQ(service.field()->sensors().size(), 3U);
  const json health = json::parse(service.Health());
  EXPECT_EQ(health["sensors"].at(2)["id"], "three");
  EXPECT_EQ(health["sensors"].at(2)["reports"], 1);

  SensorChange down;
  down.time = change.time + Duration::Seconds(2.0);
  down.sensor = "three";
  down.up = false;
  live = LiveChangeOf(down);
  ASSERT_TRUE(live);
  std::vector<LiveReport> one;
  one.push_back(std::move(*live));
  EXPECT_EQ(Submit(service, std::move(one)).get().accepted, 1U);
  EXPECT_EQ(json::parse(service.Health())["sensors"].at(2)["state"], "down");
  const auto kept = journal.kept();
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[0].kind, EntryKind::kSensor);
  EXPECT_EQ(kept[0].payload, WriteSensorChange(change));
  EXPECT_EQ(kept[1].kind, EntryKind::kReport);
  EXPECT_EQ(kept[2].kind, EntryKind::kSensor);
  std::size_t told = 0;
  for (const auto& [kind, message] : listener->messages()) {
    if (kind != StreamKind::kSensors) continue;
    ++told;
    EXPECT_EQ(json::parse(message)["sensors"].size(), 3U);
  }
  EXPECT_EQ(told, 2U);
}

TEST(Service, AReplayOfWhatWasRecordedGivesTheRecordedPictures) {
  const auto site = test::SmallSite();
  FakeJournal journal;
  auto listener = std::make_shared<Listener>();
  {
    Service service(site, &journal, {});
    service.hub().Add(listener);  // so that pictures are made at arbitrary moments as well
    std::vector<std::thread> senders;
    for (const char* sensor : {"one", "two"}) {
      senders.emplace_back([&service, sensor] {
        for (int t = 0; t < 120; ++t) {
          // Each sensor goes blind in the west now and then, from another time on.
          if (t % 20 == 5) {
            SensorChange change;
            change.time = Time::Ns(test::kStartS * 1'000'000'000) + Duration::Seconds(0.25 * t);
            change.sensor = sensor;
            RegionEntry west;
            west.cone.azimuth_from = Bearing::Deg(180.0);
            west.cone.azimuth_width_rad = std::numbers::pi;
            change.obscured.emplace();
            if (t % 40 == 5) change.obscured->push_back(west);
            std::vector<LiveReport> one;
            one.push_back(*LiveChangeOf(change));
            (void)Submit(service, std::move(one)).get();
          }
          (void)Submit(service, Line(sensor, 0.25 * t, 1 + t / 6)).get();
        }
      });
    }
    for (std::thread& sender : senders) sender.join();
  }
  EXPECT_GT(listener->messages().size(), 0U);
  Engine engine(site, {.every = Duration::Seconds(1.0), .tentative = false});
  std::vector<std::string> again;
  const auto write = [&](const Events& events) {
    for (const Picture& picture : events.pictures) {
      again.push_back(WritePicture(picture, site->frame, site->field->sensors(), true));
    }
  };
  std::vector<std::string> recorded;
  for (const auto& entry : journal.kept()) {
    if (entry.kind == EntryKind::kPicture) recorded.push_back(entry.payload);
    if (entry.kind == EntryKind::kSensor) {
      EXPECT_TRUE(engine.Change(*ParseSensorChange(entry.payload)).taken);
    }
    if (entry.kind != EntryKind::kReport) continue;
    const Report report = Live(entry.payload).report;
    write(engine.Step({&report, 1}));
  }
  write(engine.Finish());
  EXPECT_GE(recorded.size(), 25U);
  EXPECT_EQ(again, recorded);
}

TEST(Service, StreamsThePictureSoonButNotTooOften) {
  Service service(test::SmallSite(), nullptr, {});
  auto listener = std::make_shared<Listener>();
  service.hub().Add(listener);
  const auto begin = std::chrono::steady_clock::now();
  for (int t = 0; t < 200; ++t) (void)Submit(service, Line("one", 0.1 * t)).get();
  (void)PictureOf(service);
  std::string last;
  const std::string newest = Live(Line("one", 0.1 * 199)).report.time.Text();
  for (int i = 0; i < 2000 && last.find(newest) == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    for (const auto& [kind, message] : listener->messages()) {
      if (kind == StreamKind::kPicture) last = message;
    }
  }
  const double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_NE(last.find(newest), std::string::npos) << "the last change is shown without a next one";
  EXPECT_EQ(json::parse(last)["type"], "picture");
  const auto messages = listener->messages();
  const auto pictures = std::count_if(messages.begin(), messages.end(), [](const auto& message) {
    return message.first == StreamKind::kPicture;
  });
  EXPECT_LE(static_cast<double>(pictures), s / 0.02 + 2.0);
  EXPECT_TRUE(std::any_of(messages.begin(), messages.end(), [](const auto& message) {
    return message.first == StreamKind::kUnseen && json::parse(message.second)["type"] == "unseen";
  }));
}

TEST(Service, RepeatsThePictureEverySecond) {
  Service service(test::SmallSite(), nullptr, {});
  (void)Submit(service, Line("one", 0)).get();
  auto listener = std::make_shared<Listener>();
  service.hub().Add(listener);
  std::this_thread::sleep_for(std::chrono::milliseconds(1300));
  const auto messages = listener->messages();
  EXPECT_TRUE(std::any_of(messages.begin(), messages.end(), [](const auto& message) {
    return message.first == StreamKind::kPicture;
  }));
}

TEST(Service, StopTakesWhatWasSubmittedAndRefusesTheRest) {
  FakeJournal journal;
  Service service(test::SmallSite(), &journal, {});
  std::vector<std::future<Outcome>> outcomes;
  for (int t = 0; t < 50; ++t) outcomes.push_back(Submit(service, Line("one", t)));
  service.Stop();
  for (auto& outcome : outcomes) {
    ASSERT_TRUE(IsReady(outcome, 0));
    EXPECT_EQ(outcome.get().accepted, 1U);
  }
  std::size_t pictures = 0;
  for (const auto& entry : journal.kept()) pictures += entry.kind == EntryKind::kPicture ? 1 : 0;
  EXPECT_EQ(pictures, 50U) << "also the one that no later report made due";
  EXPECT_EQ(Submit(service, Line("one", 60)).get().failure, "the service is ending");
  EXPECT_TRUE(PictureOf(service)["tracks"].empty());
}

TEST(SensorBook, TellsSilenceFromNever) {
  const auto site = test::SmallSite();
  SensorBook book(*site);
  const auto now = SensorBook::Clock::now();
  using std::chrono::seconds;
  EXPECT_EQ(book.State(0, now, std::nullopt), SensorState::kNever);
  const Report report = Live(Line("one", 0)).report;
  book.Taken(report, now, std::nullopt);
  EXPECT_EQ(book.State(0, now + seconds(2), std::nullopt), SensorState::kUp);
  EXPECT_EQ(book.State(0, now + seconds(4), std::nullopt), SensorState::kSilent);
  EXPECT_EQ(book.State(1, now + seconds(4), std::nullopt), SensorState::kNever);
  EXPECT_TRUE(book.totals(now + seconds(4), std::nullopt).any_silent);
  // In a replay the reports' own time counts.
  EXPECT_EQ(book.State(0, now + seconds(9), report.time + Duration::Seconds(2.0)),
            SensorState::kUp);
  EXPECT_EQ(book.State(0, now, report.time + Duration::Seconds(4.0)), SensorState::kSilent);
}

TEST(SensorBook, TellsOneThatSeesNothingFromOneThatIsSilent) {
  const auto site = test::SmallSite();
  SensorBook book(*site);
  const auto now = SensorBook::Clock::now();
  using std::chrono::seconds;
  const auto sensor = [&](SensorBook::Clock::time_point at, std::size_t index) {
    return json::parse(book.Json(at, std::nullopt)).at(index);
  };
  EXPECT_EQ(sensor(now, 0)["age_s"], nullptr);
  EXPECT_EQ(sensor(now, 0)["clock"], nullptr);
  for (int t = 0; t < 5; ++t) {
    const Report looked = Live(Line("one", t, t == 0 ? 1 : 0)).report;
    book.Taken(looked, now + seconds(t), looked.time + Duration::Seconds(0.25));
  }
  const Report once = Live(Line("two", 0)).report;
  book.Taken(once, now, std::nullopt);
  const auto later = now + seconds(5);
  EXPECT_EQ(sensor(later, 0)["state"], "up");
  EXPECT_EQ(sensor(later, 0)["empty_looks"], 4);
  EXPECT_EQ(sensor(later, 0)["age_s"], 1.0);
  EXPECT_EQ(sensor(later, 0)["clock"]["offset_s"], 0.25);
  EXPECT_EQ(sensor(later, 0)["clock"]["reports"], 5);
  EXPECT_EQ(sensor(later, 1)["state"], "silent");
  EXPECT_EQ(sensor(later, 1)["empty_looks"], 0);
  EXPECT_EQ(sensor(later, 1)["clock"], nullptr) << "nobody said when it came";
  EXPECT_GT(sensor(now + seconds(6), 0)["reports_per_s"].get<double>(), 0.5);
  book.Clear();
  EXPECT_EQ(sensor(later, 0)["empty_looks"], 0);
}

TEST(RefusalCounts, AreBoundedWhateverTheReasons) {
  RefusalCounts counts;
  for (int i = 0; i < 1000; ++i) counts.Add("reason " + std::to_string(i));
  EXPECT_EQ(counts.total(), 1000U);
  EXPECT_EQ(counts.by_reason().size(), RefusalCounts::kMaxReasons + 1);
  EXPECT_EQ(counts.by_reason().at("other"), 1000U - RefusalCounts::kMaxReasons);
}

}  // namespace
}  // namespace picket
