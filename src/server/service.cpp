// SPDX-License-Identifier: Apache-2.0
#include "picket/server/service.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "picket/base/assert.h"
#include "picket/engine/clock_watch.h"
#include "picket/io/clock.h"

namespace picket {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

/// Reports that one step of the engine takes at most: pictures may fall due between steps.
constexpr std::size_t kMaxStepReports = 256;
constexpr auto kPictureAtLeast = std::chrono::seconds(1);
/// Where unseen targets may be is told at most this often: it moves slowly.
constexpr auto kUnseenAtMost = std::chrono::seconds(2);
/// Of the engine thread's time, pictures for the stream may take one part in this.
constexpr int kPictureShare = 5;

constexpr const char* kUnknownSensor = "the sensor is not of this site";

std::chrono::nanoseconds Chrono(Duration d) { return std::chrono::nanoseconds(d.ns()); }

std::size_t BytesOf(const LiveReport& report) {
  return sizeof(LiveReport) + (report.change ? sizeof(SensorChange) : 0) + report.line.size() +
         report.raw.size() + report.report.detections.size() * sizeof(Detection);
}

/// A thread that does what it is given, one after the other: what takes long and need not hold up
/// the engine. Who gives it more than it gets done waits.
class Scribe {
 public:
  Scribe() : thread_([this] { Run(); }) {}
  Scribe(const Scribe&) = delete;
  Scribe& operator=(const Scribe&) = delete;
  ~Scribe() { Stop(); }

  void Do(std::function<void()> job) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return jobs_.size() < kMostWaiting; });
    jobs_.push_back(std::move(job));
    changed_.notify_all();
  }
  /// All that was given is done first.
  void Stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

 private:
  /// A picture of 10,000 tracks takes some megabytes.
  static constexpr std::size_t kMostWaiting = 16;

  void Run() {
    while (true) {
      std::function<void()> job;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      changed_.notify_all();
      job();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

Result<LiveReport> LiveReportOf(const DecodedMessage& message, ReportReader& reader) {
  PICKET_ASSERT(message.report.has_value(), "a message with a report");
  LiveReport live;
  const std::string_view raw(reinterpret_cast<const char*>(message.raw.data()), message.raw.size());
  // Only report lines are text that begins like this: '{' begins no frame of another format.
  if (raw.starts_with('{')) {
    live.line = raw;
    live.report = *message.report;
    return live;
  }
  live.line = WriteReport(*message.report);
  live.raw = raw;
  auto parsed = reader.Read(live.line);
  if (!parsed) return tl::unexpected<Error>(std::move(parsed.error()));
  live.report = std::move(parsed->report);
  return live;
}

Result<LiveReport> LiveChangeOf(const SensorChange& change) {
  LiveReport live;
  live.line = WriteSensorChange(change);
  auto parsed = ParseSensorChange(live.line);
  if (!parsed) return tl::unexpected<Error>(std::move(parsed.error().front()));
  live.change = std::make_shared<const SensorChange>(std::move(*parsed));
  return live;
}

class Service::Impl {
 public:
  Impl(Service& service, Journal* journal)
      : service_(service),
        journal_(journal),
        field_(service.site_->field),
        engine_(service.site_, {.every = service.options_.every, .tentative = false}) {
    engine_thread_ = std::thread([this] { RunEngine(); });
  }

  bool TrySubmit(std::vector<LiveReport>& reports, std::function<void(Outcome)>& done);
  void AskPicture(std::function<void(std::string)> done);
  void AskUnseen(std::function<void(std::string)> done);
  void RecordAction(std::string json, std::function<void(const std::string&)> done);
  std::string Health();
  std::string Alerts() {
    const std::scoped_lock lock(alerts_mutex_);
    return alerts_.Json();
  }
  std::shared_ptr<const DetectionField> field() const {
    const std::scoped_lock lock(field_mutex_);
    return field_;
  }
  void Stop();

 private:
  /// What waits for the engine: reports, or somebody who wants to know something of it.
  struct Work {
    std::vector<LiveReport> reports;
    std::function<void(Outcome)> done;
    std::function<void(std::string)> want_picture;
    std::function<void(std::string)> want_unseen;
    Time received;
    std::size_t bytes = 0;
    /// When its first report looked; nothing: a question, or a sensor that changes.
    [[nodiscard]] std::optional<Time> From() const {
      for (const LiveReport& live : reports) {
        if (live.change) return std::nullopt;
      }
      return reports.empty() ? std::nullopt : std::optional(reports.front().report.time);
    }
  };
  using FieldPtr = std::shared_ptr<const DetectionField>;
  using PicturePtr = std::shared_ptr<const Picture>;
  struct StoredEntry {
    EntryKind kind;
    Time received;
    std::string payload;
    PicturePtr picture{};  ///< not null: the payload is still to be written, of this
    FieldPtr field{};      ///< and of its sensors
  };
  /// What waits for the disk.
  struct Commit {
    std::vector<StoredEntry> entries;
    Outcome outcome;
    std::function<void(Outcome)> done;
  };

  void RunEngine();
  void Process(Work work);
  void Change(LiveReport live, Time received, Commit& commit);
  void Take(Events events, Commit& commit);
  void Write(Commit commit);
  void Submit(const std::shared_ptr<Commit>& commit);
  static void InOrder(std::deque<Work>& batch);
  const PicturePtr& CurrentPicture();
  const std::string& CurrentText();
  [[nodiscard]] std::string CurrentUnseen() const;
  bool Enqueue(Work& work);
  void PublishIfDue();
  void Publish(const Picture& picture, const DetectionField& field);
  void OnWritten(Commit& commit, const Result<std::int64_t>& last);

  Service& service_;
  Journal* const journal_;
  const SteadyClock::time_point started_ = SteadyClock::now();

  std::mutex mutex_;  // of the queue before the engine
  std::condition_variable work_came_;
  std::deque<Work> queue_;
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;
  bool publishing_ = false;  ///< a picture is with the crier
  bool published_ = false;   ///< it was, since the engine last looked

  mutable std::mutex field_mutex_;
  std::shared_ptr<const DetectionField> field_;  ///< the engine's

  // The engine thread's own.
  Engine engine_;
  bool changed_ = false;  ///< since picture_ was made
  bool unpublished_ = false;
  PicturePtr picture_;
  std::string picture_text_;  ///< empty: not written yet
  SteadyClock::duration picture_cost_{};
  SteadyClock::time_point last_made_;
  SteadyClock::time_point last_published_;
  SteadyClock::time_point last_unseen_;

  std::atomic<std::size_t> tracks_{0};
  std::atomic<std::int64_t> data_time_ns_{-1};

  mutable std::mutex alerts_mutex_;
  AlertBook alerts_;

  std::mutex journal_mutex_;
  std::condition_variable all_written_;
  std::size_t unwritten_ = 0;  ///< commits under way
  std::int64_t durable_ = 0;
  std::string journal_failure_;
  std::uint64_t lost_entries_ = 0;

  std::mutex ahead_mutex_;
  AheadWatch ahead_{service_.site_->site.tracker.lag};
  ChangesWriter changes_;  ///< the crier's own
  Scribe crier_;           ///< to the stream: not held up by what is recorded
  Scribe scribe_;          ///< to the journal
  std::thread engine_thread_;
};

bool Service::Impl::TrySubmit(std::vector<LiveReport>& reports,
                              std::function<void(Outcome)>& done) {
  Work work;
  work.received = WallClock();
  const auto why_refused = [&](const LiveReport& live) -> const char* {
    if (!service_.options_.refuse_ahead) return nullptr;
    const Report& report = live.report;
    const Time latest = std::max(report.time, report.received.value_or(report.time));
    const std::scoped_lock lock(ahead_mutex_);
    return ahead_.TooFar(report.sensor, work.received, latest - work.received) ? kTooFarAhead
                                                                               : nullptr;
  };
  for (LiveReport& report : reports) {
    report.refused = why_refused(report);
    work.bytes += BytesOf(report);
  }
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_) {
      if (queued_bytes_ > 0 && queued_bytes_ + work.bytes > service_.options_.max_queued_bytes) {
        return false;
      }
      queued_bytes_ += work.bytes;
      work.reports = std::move(reports);
      work.done = std::move(done);
      queue_.push_back(std::move(work));
      work_came_.notify_one();
      return true;
    }
  }
  Outcome outcome;
  outcome.failure = "the service is ending";
  done(std::move(outcome));
  return true;
}

/// @returns false if the service is ending: nobody would look at it, and it is as it was
bool Service::Impl::Enqueue(Work& work) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return false;
  queue_.push_back(std::move(work));
  work_came_.notify_one();
  return true;
}

void Service::Impl::AskUnseen(std::function<void(std::string)> done) {
  Work work;
  work.want_unseen = std::move(done);
  if (Enqueue(work)) return;
  work.want_unseen(WriteUnseen({WallClock(), 0, 0.0, {}, {}}, service_.site_->frame));
}

void Service::Impl::AskPicture(std::function<void(std::string)> done) {
  Work work;
  work.want_picture = std::move(done);
  if (Enqueue(work)) return;
  work.want_picture(WritePicture(Picture{WallClock(), {}}, service_.site_->frame,
                                 service_.site_->field->sensors(), false));
}

void Service::Impl::RunEngine() {
  while (true) {
    std::deque<Work> batch;
    {
      std::unique_lock lock(mutex_);
      const auto due = last_published_ + (unpublished_ && !publishing_
                                              ? std::max<SteadyClock::duration>(
                                                    Chrono(service_.options_.picture_interval),
                                                    picture_cost_ * kPictureShare)
                                              : SteadyClock::duration(kPictureAtLeast));
      const auto at_least = std::max(due, SteadyClock::now());
      work_came_.wait_until(lock, at_least,
                            [this] { return stopping_ || published_ || !queue_.empty(); });
      published_ = false;
      if (stopping_ && queue_.empty()) break;
      batch.swap(queue_);
    }
    InOrder(batch);
    for (Work& work : batch) {
      const std::size_t bytes = work.bytes;
      Process(std::move(work));
      const std::scoped_lock lock(mutex_);
      queued_bytes_ -= bytes;
    }
    PublishIfDue();
  }
  Commit last;
  Take(engine_.Finish(), last);
  Write(std::move(last));
  std::unique_lock lock(journal_mutex_);
  all_written_.wait(lock, [this] { return unwritten_ == 0; });
}

/// Of what waits, the earliest look is taken first: a look that comes after later ones makes the
/// tracker go back, which costs most when there is the least time for it. Questions keep their
/// place, for their answers hold what was submitted before; and so do changes of sensors, for who
/// joins reports only then.
void Service::Impl::InOrder(std::deque<Work>& batch) {
  for (auto begin = batch.begin(); begin != batch.end();) {
    const auto end =
        std::find_if(begin, batch.end(), [](const Work& work) { return !work.From(); });
    std::stable_sort(begin, end,
                     [](const Work& a, const Work& b) { return *a.From() < *b.From(); });
    begin = end == batch.end() ? end : end + 1;
  }
}

void Service::Impl::Process(Work work) {
  if (work.want_picture) return work.want_picture(CurrentText());
  if (work.want_unseen) return work.want_unseen(CurrentUnseen());
  Commit commit;
  commit.done = std::move(work.done);
  std::vector<Report> step;
  std::vector<std::int64_t> numbers;
  for (std::size_t next = 0; next < work.reports.size();) {
    step.clear();
    numbers.clear();
    for (; next < work.reports.size() && step.size() < kMaxStepReports; ++next) {
      LiveReport& live = work.reports[next];
      if (live.change) {
        if (!step.empty()) break;  // after the reports before it
        Change(std::move(live), work.received, commit);
        continue;
      }
      // Known here at the latest: a sensor may join right before its first report.
      if (live.refused == nullptr && !service_.sensors_.Knows(live.report.sensor)) {
        live.refused = kUnknownSensor;
      }
      if (live.refused != nullptr) {
        service_.sensors_.Refused(live.report.sensor, live.refused);
        commit.outcome.refused.push_back({live.number, live.refused});
        continue;
      }
      numbers.push_back(live.number);
      step.push_back(std::move(live.report));
      if (journal_ == nullptr) continue;
      if (!live.raw.empty()) {
        commit.entries.push_back({EntryKind::kRaw, work.received, std::move(live.raw)});
      }
      commit.entries.push_back({EntryKind::kReport, work.received, std::move(live.line)});
    }
    if (step.empty()) continue;
    Events events = engine_.Step(step);
    PICKET_ASSERT(events.receipts.size() == step.size(), "a receipt for each report");
    const auto now = SteadyClock::now();
    for (std::size_t i = 0; i < step.size(); ++i) {
      const Receipt& receipt = events.receipts[i];
      if (receipt.taken) {
        service_.sensors_.Taken(step[i], now, work.received);
        ++commit.outcome.accepted;
        commit.outcome.detections += step[i].detections.size();
      }
      // A report that was taken may have a reason as well: of a detection that was left out.
      if (!receipt.reason.empty()) {
        service_.sensors_.Refused(step[i].sensor, receipt.reason);
        commit.outcome.refused.push_back({numbers[i], receipt.reason});
      }
    }
    Take(std::move(events), commit);
    changed_ = unpublished_ = true;
    if (const auto data_time = engine_.data_time()) data_time_ns_ = data_time->ns();
    PublishIfDue();
  }
  Write(std::move(commit));
}

/// Recorded as it came, whether it is taken or not: a replay judges the same.
void Service::Impl::Change(LiveReport live, Time received, Commit& commit) {
  const Receipt receipt = engine_.Change(*live.change);
  if (journal_ != nullptr) {
    commit.entries.push_back({EntryKind::kSensor, received, std::move(live.line)});
  }
  if (receipt.taken) {
    {
      const std::scoped_lock lock(field_mutex_);
      field_ = engine_.field();
    }
    service_.sensors_.Follow(*engine_.field());
    service_.hub_.Publish(StreamKind::kSensors,
                          R"({"type":"sensors","sensors":)" +
                              SensorsJson(service_.site_->frame, *engine_.field()) + "}");
    ++commit.outcome.accepted;
    changed_ = true;
  }
  if (!receipt.reason.empty()) {
    service_.sensors_.Refused(live.change->sensor, receipt.reason);
    commit.outcome.refused.push_back({live.number, receipt.reason});
  }
}

/// What a step gave out goes to the journal, alerts at once to the stream as well.
void Service::Impl::Take(Events events, Commit& commit) {
  const Time now = WallClock();
  if (journal_ != nullptr) {
    for (Picture& picture : events.pictures) {
      commit.entries.push_back({EntryKind::kPicture,
                                now,
                                {},
                                std::make_shared<const Picture>(std::move(picture)),
                                engine_.field()});
    }
  }
  if (journal_ != nullptr) {
    for (const Unseen& unseen : events.unseen) {
      commit.entries.push_back(
          {EntryKind::kUnseen, now, WriteUnseen(unseen, service_.site_->frame)});
    }
  }
  for (const Alert& alert : events.alerts) {
    std::string json;
    {
      const std::scoped_lock lock(alerts_mutex_);
      json = alerts_.Add(alert);
    }
    service_.hub_.Publish(StreamKind::kKept, R"({"type":"alert","alert":)" + json + "}");
    if (journal_ != nullptr) commit.entries.push_back({EntryKind::kAlert, now, std::move(json)});
  }
}

const Service::Impl::PicturePtr& Service::Impl::CurrentPicture() {
  if (changed_ || !picture_) {
    const auto before = SteadyClock::now();
    picture_ = std::make_shared<const Picture>(engine_.data_time() ? engine_.Now()
                                                                   : Picture{WallClock(), {}});
    picture_text_.clear();
    tracks_ = picture_->tracks.size();
    service_.sensors_.Learned(engine_.Conditions());
    changed_ = !engine_.data_time();  // without data the picture's time is the clock's
    last_made_ = SteadyClock::now();
    picture_cost_ = last_made_ - before;
  }
  return picture_;
}

const std::string& Service::Impl::CurrentText() {
  const PicturePtr& picture = CurrentPicture();
  if (picture_text_.empty()) {
    picture_text_ =
        WritePicture(*picture, service_.site_->frame, engine_.field()->sensors(), false);
  }
  return picture_text_;
}

std::string Service::Impl::CurrentUnseen() const {
  Unseen unseen = engine_.UnseenNow();
  if (!engine_.data_time()) unseen.time = WallClock();
  return WriteUnseen(unseen, service_.site_->frame);
}

void Service::Impl::PublishIfDue() {
  const auto since = SteadyClock::now() - last_published_;
  if (since < Chrono(service_.options_.picture_interval)) return;
  if (since < kPictureAtLeast && (!unpublished_ || since < picture_cost_ * kPictureShare)) {
    return;
  }
  {
    const std::scoped_lock lock(mutex_);
    if (publishing_) return;  // the crier will tell
  }
  last_published_ = SteadyClock::now();
  unpublished_ = false;
  if (!engine_.data_time()) return;
  // Without clients a picture a second is enough, for the number of tracks in health.
  if (service_.hub_.clients() == 0) {
    if (SteadyClock::now() - last_made_ >= kPictureAtLeast) CurrentPicture();
    return;
  }
  if (SteadyClock::now() - last_unseen_ >= kUnseenAtMost) {
    last_unseen_ = SteadyClock::now();
    service_.hub_.Publish(StreamKind::kUnseen, Typed("unseen", CurrentUnseen()));
  }
  {
    const std::scoped_lock lock(mutex_);
    publishing_ = true;
  }
  crier_.Do([this, picture = CurrentPicture(), field = engine_.field()] {
    Publish(*picture, *field);
    const std::scoped_lock lock(mutex_);
    publishing_ = false;
    published_ = true;
    work_came_.notify_one();
  });
}

void Service::Impl::Publish(const Picture& picture, const DetectionField& field) {
  const LocalFrame& frame = service_.site_->frame;
  const bool told_changes = service_.hub_.PublishPicture(
      [&] { return Typed("picture", WritePicture(picture, frame, field.sensors(), false)); },
      [&] { return Typed("changes", changes_.Write(picture, frame, field.sensors())); });
  // A track that ends before the first changes is gone for those who hold this picture.
  if (!told_changes) changes_.Begin(picture, field.sensors());
}

void Service::Impl::Write(Commit commit) {
  if (commit.entries.empty()) {
    if (commit.done) commit.done(std::move(commit.outcome));
    return;
  }
  {
    const std::scoped_lock lock(journal_mutex_);
    ++unwritten_;
  }
  scribe_.Do([this, shared = std::make_shared<Commit>(std::move(commit))] { Submit(shared); });
}

void Service::Impl::Submit(const std::shared_ptr<Commit>& commit) {
  std::vector<NewEntry> entries;
  entries.reserve(commit->entries.size());
  for (StoredEntry& entry : commit->entries) {
    if (entry.picture) {
      entry.payload = WritePicture(*std::exchange(entry.picture, nullptr), service_.site_->frame,
                                   entry.field->sensors(), true);
    }
    entries.push_back({entry.kind, entry.received, entry.payload});
  }
  journal_->Submit(std::move(entries), commit,
                   [this, commit](const Result<std::int64_t>& last) { OnWritten(*commit, last); });
}

/// While the disk fails, watching goes on and the recording has a gap that health tells of: a
/// picket that stands blind because a disk is full is worse. Who posted is told to send again.
void Service::Impl::OnWritten(Commit& commit, const Result<std::int64_t>& last) {
  if (!last) commit.outcome.failure = "the recording cannot be written: " + last.error().Text();
  {
    const std::scoped_lock lock(journal_mutex_);
    journal_failure_ = commit.outcome.failure;
    if (last) {
      durable_ = *last;
    } else {
      lost_entries_ += commit.entries.size();
    }
  }
  // Who waits is let go of before this counts as written: it may hold a connection of a server that
  // ends once all is written.
  if (commit.done) std::exchange(commit.done, nullptr)(std::move(commit.outcome));
  const std::scoped_lock lock(journal_mutex_);
  --unwritten_;
  all_written_.notify_all();
}

void Service::Impl::RecordAction(std::string json, std::function<void(const std::string&)> done) {
  Commit commit;
  if (journal_ != nullptr) {
    commit.entries.push_back({EntryKind::kAction, WallClock(), std::move(json)});
  }
  commit.done = [done = std::move(done)](const Outcome& outcome) { done(outcome.failure); };
  Write(std::move(commit));
}

std::string Service::Impl::Health() {
  const auto now = SteadyClock::now();
  const SensorBook::Totals totals = service_.sensors_.totals(now, std::nullopt);
  const std::int64_t data_time_ns = data_time_ns_;
  bool degraded = totals.any_silent;
  Json health = {
      {"status", ""},
      {"version", service_.options_.version},
      {"time", WallClock().Text()},
      {"mode", ServiceModeName(service_.options_.mode)},
      {"data_time", nullptr},
      {"uptime_s", std::chrono::duration<double>(now - started_).count()},
      {"reports", totals.reports},
      {"detections", totals.detections},
      {"tracks", tracks_.load()},
      {"refused", totals.refused},
      {"refusals", service_.sensors_.refusals().by_reason()},
      {"recording", nullptr},
  };
  if (data_time_ns >= 0) health["data_time"] = Time::Ns(data_time_ns).Text();
  if (journal_ != nullptr) {
    const std::scoped_lock lock(journal_mutex_);
    health["recording"] = {{"file", journal_->name()}, {"durable_seq", durable_}};
    if (!journal_failure_.empty()) health["recording"]["failure"] = journal_failure_;
    if (lost_entries_ > 0) health["recording"]["lost_entries"] = lost_entries_;
    degraded |= !journal_failure_.empty() || lost_entries_ > 0;
  }
  health["sensors"] = Json::parse(service_.sensors_.Json(now, std::nullopt));
  if (service_.options_.feeds) {
    const std::vector<FeedHealth> links = service_.options_.feeds();
    degraded |= std::any_of(links.begin(), links.end(), IsBroken);
    health["feeds"] = Json::parse(LinksJson(links));
  }
  health["status"] = degraded ? "degraded" : "ok";
  return health.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void Service::Impl::Stop() {
  if (!engine_thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  work_came_.notify_one();
  engine_thread_.join();
  scribe_.Stop();
  crier_.Stop();
}

Service::Service(std::shared_ptr<const PlacedSite> site, Journal* journal, Options options)
    : site_(std::move(site)),
      options_(std::move(options)),
      records_(journal != nullptr),
      sensors_(*site_),
      operators_(site_->site.access.operator_retention),
      impl_(std::make_unique<Impl>(*this, journal)) {}

Service::~Service() { Stop(); }

bool Service::TrySubmit(std::vector<LiveReport>& reports, std::function<void(Outcome)> done) {
  return impl_->TrySubmit(reports, done);
}
std::shared_ptr<const DetectionField> Service::field() { return impl_->field(); }
void Service::Heard(const std::string& sensor) { sensors_.Heard(sensor, SteadyClock::now()); }
void Service::RecordAction(std::string json, std::function<void(const std::string&)> done) {
  impl_->RecordAction(std::move(json), std::move(done));
}
std::string Service::Health() { return impl_->Health(); }
std::string Service::Alerts() { return impl_->Alerts(); }
void Service::AskPicture(std::function<void(std::string)> done) {
  impl_->AskPicture(std::move(done));
}
void Service::AskUnseen(std::function<void(std::string)> done) {
  impl_->AskUnseen(std::move(done));
}
void Service::Stop() { impl_->Stop(); }

}  // namespace picket
