// SPDX-License-Identifier: Apache-2.0
#include "picket/server/replayer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "picket/io/clock.h"
#include "picket/server/health.h"

namespace picket {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

/// Reports are read from the file this many at a time.
constexpr std::size_t kReadAhead = 2000;
/// Catching up pauses this often, for the picture and for who moves the replay.
constexpr auto kSlice = std::chrono::milliseconds(30);
/// Pictures per second of the clock on the wall.
constexpr auto kPicturePeriod = std::chrono::milliseconds(50);
constexpr auto kPictureAtLeast = std::chrono::seconds(1);
constexpr auto kUnseenAtMost = std::chrono::seconds(1);
/// After a jump only the latest alerts are told again; all are at /v1/alerts.
constexpr std::size_t kAlertsAfterJump = 100;

/// "time" of a line that WritePicture or WriteUnseen wrote: its first key.
std::optional<Time> TimeOfLine(std::string_view line) {
  constexpr std::string_view kStart = R"({"time":")";
  if (!line.starts_with(kStart)) return std::nullopt;
  line.remove_prefix(kStart.size());
  return Time::Parse(line.substr(0, line.find('"')));
}

/// As the stream has it: without covariances. Counts the tracks.
std::string WithoutCovariance(const std::string& line, std::size_t& tracks) {
  Json picture = Json::parse(line, nullptr, false);
  if (!picture.is_object() || !picture["tracks"].is_array()) return {};
  for (Json& track : picture["tracks"]) track.erase("cov");
  tracks = picture["tracks"].size();
  return picture.dump();
}

}  // namespace

class Replayer::Impl {
 public:
  /// Something recorded: its time, and where it stands.
  struct Mark {
    Time time;
    std::int64_t sequence = 0;
  };

  Impl(Recording recording, const RecordedRun& run, std::shared_ptr<const PlacedSite> site,
       Options options)
      : recording_(std::move(recording)),
        run_(run),
        site_(std::move(site)),
        options_(std::move(options)),
        sensors_(*site_),
        speed_(options_.speed) {
    Rewind();
  }

  std::optional<Error> Prepare();
  void StartThread() {
    thread_ = std::thread([this] { Run(); });
  }
  void Stop();

  [[nodiscard]] const PlacedSite& site() const { return *site_; }
  std::shared_ptr<const DetectionField> field() {
    const std::scoped_lock lock(mutex_);
    return field_;
  }
  std::string Health();
  std::string State() {
    const std::scoped_lock lock(mutex_);
    return Json{{"from", from_.Text()}, {"to", to_.Text()},  {"at", at_.Text()},
                {"speed", speed_},      {"paused", paused_}, {"catching_up", !caught_up_}}
        .dump();
  }
  tl::expected<void, Error> Change(const std::string& body);
  std::string Alerts() {
    const std::scoped_lock lock(mutex_);
    return alerts_.Json();
  }
  std::string Picture() {
    const std::scoped_lock lock(mutex_);
    return picture_;
  }
  std::string Unseen() {
    const std::scoped_lock lock(mutex_);
    return unseen_;
  }
  bool CaughtUp() {
    const std::scoped_lock lock(mutex_);
    return caught_up_;
  }

  StreamHub hub_;

 private:
  void Run();
  void Rewind();
  bool Advance(Time at);
  bool Read();
  void Change(const SensorChange& change);
  void ShowSensors();
  void Show(Time at, bool caught_up);
  void ShowUnseen(Time at, bool caught_up);
  std::optional<Error> FindMarks(EntryKind kind, std::vector<Mark>& marks);
  [[nodiscard]] std::string PayloadOf(const Mark& mark);
  [[nodiscard]] static const Mark* MarkAt(const std::vector<Mark>& marks, Time at);

  // The replay's thread's own, but for site_, which does not change.
  Recording recording_;
  const RecordedRun run_;
  const std::shared_ptr<const PlacedSite> site_;
  const Options options_;
  std::vector<Mark> marks_;         ///< of pictures
  std::vector<Mark> unseen_marks_;  ///< of where unseen targets may be
  SensorBook sensors_;
  std::optional<Engine> engine_;
  ReportReader reader_;
  /// A report, or a change of a sensor.
  struct Waiting {
    Report report;
    std::shared_ptr<const SensorChange> change;
  };
  std::deque<Waiting> waiting_;
  std::int64_t next_ = 0;  ///< sequence from which to read
  bool changed_ = false;   ///< the engine took reports since the last picture
  const Mark* shown_ = nullptr;
  const Mark* shown_unseen_ = nullptr;
  bool unseen_changed_ = false;  ///< the engine took reports since it was last shown
  SteadyClock::time_point last_shown_;
  std::shared_ptr<const DetectionField> field_;  ///< under mutex_
  SteadyClock::time_point last_unseen_;

  const SteadyClock::time_point started_ = SteadyClock::now();
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable moved_;
  Time from_, to_;
  Time at_;
  double speed_ = 1.0;
  bool paused_ = false;
  bool jumped_ = false;
  bool stopping_ = false;
  bool caught_up_ = false;
  std::string picture_;
  std::string unseen_;
  std::size_t tracks_ = 0;
  std::string fault_;
  AlertBook alerts_;
};

std::optional<Error> Replayer::Impl::FindMarks(EntryKind kind, std::vector<Mark>& marks) {
  EntryFilter filter;
  filter.kind = kind;
  filter.from = run_.first;
  filter.to = run_.last;
  const auto read = recording_.ForEach(filter, [&](const EntryView& entry) {
    const auto time = TimeOfLine(entry.payload.substr(0, 64));
    if (time) marks.push_back({*time, entry.sequence});
    return true;
  });
  return read ? std::nullopt : std::optional(read.error());
}

std::string Replayer::Impl::PayloadOf(const Mark& mark) {
  EntryFilter filter;
  filter.from = filter.to = mark.sequence;
  std::string payload;
  const auto read = recording_.ForEach(filter, [&](const EntryView& entry) {
    payload = entry.payload;
    return false;
  });
  return read ? payload : std::string();
}

std::optional<Error> Replayer::Impl::Prepare() {
  if (auto error = FindMarks(EntryKind::kPicture, marks_)) return error;
  if (auto error = FindMarks(EntryKind::kUnseen, unseen_marks_)) return error;
  EntryFilter filter;
  filter.from = run_.first;
  filter.to = run_.last;
  // The first and, where no picture was recorded (a crash within the first second), the last
  // report.
  std::optional<Time> first;
  std::optional<Time> last;
  filter.kind = EntryKind::kReport;
  const auto read = recording_.ForEach(filter, [&](const EntryView& entry) {
    const auto parsed = reader_.Read(entry.payload);
    if (!parsed) return true;
    if (!first) first = parsed->report.time;
    last = std::max(last.value_or(*first), parsed->report.time);
    return marks_.empty();
  });
  if (!read) return read.error();
  if (!first) return Fail("the run holds no report").value();
  from_ = marks_.empty() ? *first : std::min(marks_.front().time, *first);
  to_ = marks_.empty() ? *last : marks_.back().time;
  to_ = std::max(from_, to_);
  at_ = from_;
  picture_ = WritePicture({from_, {}}, site_->frame, site_->field->sensors(), false);
  picket::Unseen unseen = engine_->UnseenNow();
  unseen.time = from_;
  unseen_ = WriteUnseen(unseen, site_->frame);
  return std::nullopt;
}

void Replayer::Impl::Stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  moved_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Replayer::Impl::Run() {
  auto last = SteadyClock::now();
  std::optional<Time> reached;
  while (true) {
    Time at;
    {
      std::unique_lock lock(mutex_);
      const auto now = SteadyClock::now();
      if (!paused_ && !jumped_) {
        // Rounded only once per step of 50 ms or so: good to a nanosecond in that.
        const double s = std::chrono::duration<double>(now - last).count() * speed_;
        at_ = std::min(at_ + Duration::Seconds(s), to_);
      }
      last = now;
      if (stopping_) return;
      jumped_ = false;
      at = at_;
    }
    if (reached && at < *reached) Rewind();
    reached = at;
    const bool there = Advance(at);
    Show(at, there);
    ShowUnseen(at, there);
    std::unique_lock lock(mutex_);
    if (there) {
      moved_.wait_for(lock, kPicturePeriod, [this] { return stopping_ || jumped_; });
    }
  }
}

void Replayer::Impl::Rewind() {
  engine_.emplace(site_, EngineOptions{.every = Duration::Seconds(run_.info.every_s)});
  waiting_.clear();
  next_ = run_.first;
  shown_ = shown_unseen_ = nullptr;
  sensors_.Clear();
  ShowSensors();
  const std::scoped_lock lock(mutex_);
  caught_up_ = false;
  alerts_.Clear();
}

/// Reads on; false at the end of the run.
bool Replayer::Impl::Read() {
  EntryFilter filter;
  filter.kind = EntryKind::kReport;
  filter.or_kind = EntryKind::kSensor;
  filter.from = next_;
  filter.to = run_.last;
  const auto read = recording_.ForEach(filter, [&](const EntryView& entry) {
    next_ = entry.sequence + 1;
    if (entry.kind == EntryKind::kSensor) {
      if (auto change = ParseSensorChange(entry.payload)) {
        waiting_.push_back({{}, std::make_shared<const SensorChange>(std::move(*change))});
      }
    } else if (auto parsed = reader_.Read(entry.payload)) {
      waiting_.push_back({std::move(parsed->report), nullptr});
    }
    return waiting_.size() < kReadAhead;
  });
  if (!read) {
    const std::scoped_lock lock(mutex_);
    fault_ = read.error().Text();
  }
  return !waiting_.empty();
}

const Replayer::Impl::Mark* Replayer::Impl::MarkAt(const std::vector<Mark>& marks, Time at) {
  const auto next = std::upper_bound(marks.begin(), marks.end(), at,
                                     [](Time t, const Mark& mark) { return t < mark.time; });
  return next == marks.begin() ? nullptr : &*std::prev(next);
}

void Replayer::Impl::Change(const SensorChange& change) {
  const Receipt receipt = engine_->Change(change);
  if (!receipt.reason.empty()) sensors_.Refused(change.sensor, receipt.reason);
  if (receipt.taken) ShowSensors();
}

/// The engine's sensors are the ones to show.
void Replayer::Impl::ShowSensors() {
  sensors_.Follow(*engine_->field());
  {
    const std::scoped_lock lock(mutex_);
    field_ = engine_->field();
  }
  hub_.Publish(StreamKind::kSensors, R"({"type":"sensors","sensors":)" +
                                         SensorsJson(site_->frame, *engine_->field()) + "}");
}

/// Takes the reports that had arrived by `at`, for a while; true once it is there.
bool Replayer::Impl::Advance(Time at) {
  const auto until = SteadyClock::now() + kSlice;
  bool caught_up = false;
  {
    const std::scoped_lock lock(mutex_);
    caught_up = caught_up_;
  }
  while (SteadyClock::now() < until) {
    if (waiting_.empty() && !Read()) return true;
    if (waiting_.front().change) {
      Change(*waiting_.front().change);
      waiting_.pop_front();
      continue;
    }
    const Report& next = waiting_.front().report;
    // One from beyond the end is by a broken clock, and nothing is to wait for it.
    const Time arrival = next.received.value_or(next.time);
    if (arrival > at && arrival <= to_) return true;
    const Events events = engine_->Step({&next, 1});
    const Receipt& receipt = events.receipts.front();
    if (receipt.taken) sensors_.Taken(next, SteadyClock::now(), next.received);
    if (!receipt.reason.empty()) sensors_.Refused(next.sensor, receipt.reason);
    changed_ = unseen_changed_ = true;
    for (const Alert& alert : events.alerts) {
      std::string json;
      {
        const std::scoped_lock lock(mutex_);
        json = alerts_.Add(alert);
      }
      if (caught_up) hub_.Publish(StreamKind::kKept, R"({"type":"alert","alert":)" + json + "}");
    }
    waiting_.pop_front();
  }
  return false;
}

void Replayer::Impl::Show(Time at, bool caught_up) {
  bool arrived = false;
  {
    const std::scoped_lock lock(mutex_);
    // Who moved the replay elsewhere meanwhile waits for that.
    if (jumped_ && !caught_up_) caught_up = false;
    arrived = caught_up && !caught_up_;
    caught_up_ = caught_up;
    if (arrived) {
      for (const std::string& alert : alerts_.Latest(kAlertsAfterJump)) {
        hub_.Publish(StreamKind::kKept, R"({"type":"alert","alert":)" + alert + "}");
      }
    }
  }
  std::string text;
  std::size_t tracks = 0;
  if (caught_up && (changed_ || arrived)) {
    if (engine_->data_time()) {
      const picket::Picture picture = engine_->Now();
      sensors_.Learned(engine_->Conditions());
      tracks = picture.tracks.size();
      text = WritePicture(picture, site_->frame, engine_->field()->sensors(), false);
    }
    changed_ = false;
  } else if (!caught_up) {
    const Mark* mark = MarkAt(marks_, at);
    if (mark != nullptr && mark != shown_) {
      shown_ = mark;
      text = WithoutCovariance(PayloadOf(*mark), tracks);
    }
  }
  {
    const std::scoped_lock lock(mutex_);
    if (text.empty()) {
      if (SteadyClock::now() - last_shown_ < kPictureAtLeast) return;
      text = picture_;
    } else {
      picture_ = text;
      tracks_ = tracks;
    }
  }
  last_shown_ = SteadyClock::now();
  hub_.Publish(StreamKind::kPicture, Typed("picture", text));
}

/// Where unseen targets may be: the engine's, or while that is behind what was recorded.
void Replayer::Impl::ShowUnseen(Time at, bool caught_up) {
  std::string text;
  if (!caught_up) {
    const Mark* mark = MarkAt(unseen_marks_, at);
    if (mark == nullptr || mark == shown_unseen_) return;
    shown_unseen_ = mark;
    text = PayloadOf(*mark);
    unseen_changed_ = true;  // so that the engine's follows
  } else {
    if (!unseen_changed_ || SteadyClock::now() - last_unseen_ < kUnseenAtMost) return;
    last_unseen_ = SteadyClock::now();
    text = WriteUnseen(engine_->UnseenNow(), site_->frame);
    unseen_changed_ = false;
  }
  // Whoever altered the recording may have put anything there.
  if (!text.starts_with('{') || !Json::accept(text)) return;
  {
    const std::scoped_lock lock(mutex_);
    unseen_ = text;
  }
  hub_.Publish(StreamKind::kUnseen, Typed("unseen", text));
}

tl::expected<void, Error> Replayer::Impl::Change(const std::string& body) {
  const Json change = Json::parse(body, nullptr, false);
  if (!change.is_object()) {
    return Fail(R"(expected a JSON object such as {"at": TIME, "speed": 2, "paused": false})");
  }
  std::optional<Time> at;
  std::optional<double> speed;
  std::optional<bool> paused;
  for (const auto& [key, value] : change.items()) {
    if (key == "at") {
      if (value.is_string()) at = Time::Parse(value.get<std::string>());
      if (!at) return Fail("expected a time such as \"2026-03-01T12:00:00Z\"", key);
    } else if (key == "speed") {
      if (value.is_number()) speed = value.get<double>();
      if (!speed || !(*speed > 0.0) || *speed > kMaxSpeed) {
        return Fail("expected a number over 0, at most 1000", key);
      }
    } else if (key == "paused") {
      if (!value.is_boolean()) return Fail("expected true or false", key);
      paused = value.get<bool>();
    } else {
      return Fail("expected at, speed or paused", key);
    }
  }
  {
    const std::scoped_lock lock(mutex_);
    if (at) {
      at_ = std::clamp(*at, from_, to_);
      caught_up_ = false;
    }
    if (speed) speed_ = *speed;
    if (paused) paused_ = *paused;
    jumped_ = true;
  }
  moved_.notify_one();
  return {};
}

std::string Replayer::Impl::Health() {
  const auto now = SteadyClock::now();
  Time at;
  bool caught_up = false;
  std::size_t tracks = 0;
  std::string fault;
  {
    const std::scoped_lock lock(mutex_);
    at = at_;
    caught_up = caught_up_;
    tracks = tracks_;
    fault = fault_;
  }
  // No sensor is silent because we are late: behind, the newest report is now. A report that is
  // taken between these two questions is newer than the answer, never older.
  const Time heard = caught_up ? at : sensors_.newest().value_or(from_);
  const SensorBook::Totals totals = sensors_.totals(now, heard);
  Json health = {{"status", fault.empty() && !totals.any_silent ? "ok" : "degraded"},
                 {"version", options_.version},
                 {"time", WallClock().Text()},
                 {"mode", ServiceModeName(ServiceMode::kReplay)},
                 {"data_time", at.Text()},
                 {"uptime_s", std::chrono::duration<double>(now - started_).count()},
                 {"reports", totals.reports},
                 {"detections", totals.detections},
                 {"tracks", tracks},
                 {"refused", totals.refused},
                 {"refusals", sensors_.refusals().by_reason()},
                 {"recording", {{"file", options_.file}, {"durable_seq", run_.last}}}};
  if (!fault.empty()) health["recording"]["failure"] = fault;
  health["sensors"] = Json::parse(sensors_.Json(now, heard));
  return health.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Replayer::Replayer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Replayer::~Replayer() { Stop(); }

Result<std::unique_ptr<Replayer>> Replayer::Start(Recording recording, const RecordedRun& run,
                                                  std::shared_ptr<const PlacedSite> site,
                                                  Options options) {
  auto impl =
      std::make_unique<Impl>(std::move(recording), run, std::move(site), std::move(options));
  if (auto error = impl->Prepare()) return tl::unexpected<Error>(std::move(*error));
  impl->StartThread();
  return std::unique_ptr<Replayer>(new Replayer(std::move(impl)));
}

const PlacedSite& Replayer::site() const { return impl_->site(); }
std::shared_ptr<const DetectionField> Replayer::field() { return impl_->field(); }
StreamHub& Replayer::hub() { return impl_->hub_; }
std::string Replayer::Health() { return impl_->Health(); }
std::string Replayer::Alerts() { return impl_->Alerts(); }
void Replayer::AskPicture(std::function<void(std::string)> done) { done(impl_->Picture()); }
void Replayer::AskUnseen(std::function<void(std::string)> done) { done(impl_->Unseen()); }
std::string Replayer::ReplayState() { return impl_->State(); }
tl::expected<void, Error> Replayer::ChangeReplay(const std::string& body) {
  return impl_->Change(body);
}
bool Replayer::CaughtUp() const { return impl_->CaughtUp(); }
void Replayer::Stop() { impl_->Stop(); }

}  // namespace picket
