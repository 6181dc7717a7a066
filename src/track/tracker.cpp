// SPDX-License-Identifier: Apache-2.0
#include "picket/track/tracker.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <tuple>
#include <utility>

#include "picket/base/assert.h"
#include "track/look_update.h"

namespace picket {

std::string_view LookRefusalText(LookRefusal why) {
  switch (why) {
    case LookRefusal::kTooLate:
      return "later than the tracker's lag_s allows";
    case LookRefusal::kTooManyDetections:
      return "more detections in one look than the tracker takes";
    case LookRefusal::kDuplicate:
      return "the same look of the same sensor again";
  }
  return "";
}

/// Keeps the looks of the last `lag` and states on the way, so that a late look is put in its
/// place and those after it are taken again: the result is that of the order of time.
class Tracker::Impl {
 public:
  Impl(const std::shared_ptr<const DetectionField>& field, TrackerParameters parameters)
      : lag_(parameters.lag), update_(field, std::move(parameters)) {
    start_ = update_.Start();
    state_ = start_;
  }

  void Join(const Sensor& sensor) { update_.Join(state_, sensor); }

  std::optional<LookRefusal> Process(Look given) {
    const auto kept = std::make_shared<const Look>(std::move(given));
    const Look& look = *kept;
    if (look.detections.size() > kMaxDetectionsInLook) return LookRefusal::kTooManyDetections;
    if (!log_.empty() && look.time < log_.back().look->time - lag_) return LookRefusal::kTooLate;

    const auto before = [](const Logged& a, const Logged& b) { return a.Key() < b.Key(); };
    Logged logged{kept, ++arrivals_};
    const auto place = std::upper_bound(log_.begin(), log_.end(), logged, before);
    for (auto it = place; it != log_.begin();) {
      --it;
      if (it->look->time != look.time) break;
      if (it->look->sensor == look.sensor && SameDetections(*it->look, look)) {
        return LookRefusal::kDuplicate;
      }
    }
    // Without a lag there are no states to go back to; looks of one instant count as in order.
    const bool in_order = place == log_.end() || lag_.ns() == 0;
    log_.insert(place, std::move(logged));
    if (in_order) {
      Take(kept);
    } else {
      dense_until_ = log_.back().look->time + lag_;
      Rewind(look.time);
    }
    Forget();
    GiveIds();
    return std::nullopt;
  }

  Picture PictureAt(Time t, bool tentative) {
    const bool is_past = !log_.empty() && t < log_.back().look->time;
    State past = is_past ? StateAt(t) : State();
    Picture picture = update_.PictureAt(is_past ? past : state_, t, tentative);
    update_.Recycle(past);
    for (std::size_t i = 0; i < picture.tracks.size(); ++i) {
      const BirthKey& key = update_.shown()[i];
      const auto [it, is_new] = ids_.try_emplace(key, next_id_);
      if (is_new) ++next_id_;
      picture.tracks[i].id = it->second;
    }
    std::sort(picture.tracks.begin(), picture.tracks.end(),
              [](const Track& a, const Track& b) { return a.id < b.id; });
    return picture;
  }

  double ExpectedUndetected() const { return update_.ExpectedUndetected(state_); }
  Unseen Undetected() const { return update_.Undetected(state_); }
  std::vector<SensorCondition> Conditions() const { return update_.Conditions(state_); }

 private:
  struct Logged {
    std::shared_ptr<const Look> look;
    std::uint64_t arrival = 0;
    [[nodiscard]] std::tuple<std::int64_t, SensorIndex, std::uint64_t> Key() const {
      return {look->time.ns(), look->sensor, arrival};
    }
  };
  struct Snapshot {
    State state;
    std::int64_t time_ns = 0;  ///< all logged looks up to and including this time are in it
  };

  static constexpr std::size_t kMaxDetectionsInLook = 100'000;
  static constexpr int kSnapshotsInLag = 3;
  static constexpr int kLooksBetween = 8;  ///< two snapshots, where looks are many ...
  static constexpr int kDenseInLag = 6;    ///< ... in this part of the lag

  static bool SameDetections(const Look& a, const Look& b) {
    if (a.detections.size() != b.detections.size()) return false;
    for (std::size_t i = 0; i < a.detections.size(); ++i) {
      if (a.detections[i].measured != b.detections[i].measured ||
          a.detections[i].value != b.detections[i].value ||
          a.detections[i].identity != b.detections[i].identity) {
        return false;
      }
    }
    return true;
  }

  /// A track has its id from when it is first confirmed, not from when it is first asked for: so
  /// ids do not depend on how often somebody looks.
  void GiveIds() {
    for (const BirthKey& key : update_.NewlyConfirmed()) {
      if (ids_.try_emplace(key, next_id_).second) ++next_id_;
    }
  }

  void Take(const std::shared_ptr<const Look>& look) {
    // A snapshot before the first look of a new instant, so that it holds whole instants only.
    ++since_snapshot_;
    if (lag_.ns() > 0 && state_.started && look->time > state_.time) {
      const std::int64_t last = snapshots_.empty() ? 0 : snapshots_.back().time_ns;
      const bool dense = since_snapshot_ > kLooksBetween && look->time <= dense_until_;
      if (snapshots_.empty() || dense || state_.time.ns() - last >= lag_.ns() / kSnapshotsInLag) {
        since_snapshot_ = 0;
        Snapshot& next = snapshots_.emplace_back();
        if (!spare_.empty()) {
          next.state = std::move(spare_.back());
          spare_.pop_back();
        }
        next.state = state_;
        next.time_ns = state_.time.ns();
      }
    }
    update_.Take(state_, look);
  }

  /// Takes the looks from `from` on again, after the last state that has none of them.
  void Rewind(Time from) {
    const std::int64_t from_ns = from.ns();
    while (!snapshots_.empty() && snapshots_.back().time_ns >= from_ns) {
      LetGo(std::move(snapshots_.back().state));
      snapshots_.pop_back();
    }
    since_snapshot_ = 0;
    update_.Recycle(state_);
    if (snapshots_.empty()) {
      state_ = start_;
    } else {
      state_ = snapshots_.back().state;
    }
    const std::int64_t held = snapshots_.empty() ? start_ns_ : snapshots_.back().time_ns;
    for (const Logged& logged : log_) {
      if (logged.look->time.ns() > held) Take(logged.look);
    }
  }

  /// Its memory is used again.
  void LetGo(State state) {
    update_.Recycle(state);
    spare_.push_back(std::move(state));
  }

  [[nodiscard]] State StateAt(Time t) {
    const State* from = &start_;
    std::int64_t held = start_ns_;
    for (const Snapshot& snapshot : snapshots_) {
      if (snapshot.time_ns > t.ns()) break;
      from = &snapshot.state;
      held = snapshot.time_ns;
    }
    State state = *from;
    for (const Logged& logged : log_) {
      if (logged.look->time.ns() > held && logged.look->time <= t) update_.Take(state, logged.look);
    }
    (void)update_.NewlyConfirmed();  // they have their ids from when their looks were taken first
    return state;
  }

  /// Lets go of what is older than the lag, keeping one state that everything kept follows from.
  void Forget() {
    if (log_.empty()) return;
    const std::int64_t oldest = (log_.back().look->time - lag_).ns();
    while (!snapshots_.empty() && snapshots_.front().time_ns < oldest) {
      LetGo(std::exchange(start_, std::move(snapshots_.front().state)));
      start_ns_ = snapshots_.front().time_ns;
      snapshots_.pop_front();
    }
    // Close together where most late looks belong, further apart behind that.
    const std::int64_t dense = log_.back().look->time.ns() - lag_.ns() / kDenseInLag;
    for (std::size_t i = 1; i + 1 < snapshots_.size() && snapshots_[i].time_ns < dense;) {
      const std::int64_t apart = snapshots_[i + 1].time_ns - snapshots_[i - 1].time_ns;
      if (apart <= lag_.ns() / kSnapshotsInLag) {
        LetGo(std::move(snapshots_[i].state));
        snapshots_.erase(snapshots_.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
    while (!log_.empty() && log_.front().look->time.ns() <= start_ns_ &&
           log_.front().look->time.ns() < oldest) {
      log_.pop_front();
    }
    if (lag_.ns() == 0) {
      start_ns_ = log_.back().look->time.ns() - 1;
      while (log_.front().look->time < log_.back().look->time) log_.pop_front();
    }
  }

  Duration lag_;
  LookUpdate update_;
  State state_;  ///< after all logged looks
  State start_;  ///< before all logged looks that are newer than start_ns_
  std::int64_t start_ns_ = std::numeric_limits<std::int64_t>::min();
  std::deque<Logged> log_;  ///< by time, sensor, arrival
  std::deque<Snapshot> snapshots_;
  Time dense_until_;          ///< until a lag after a look came late, snapshots are close together
  int since_snapshot_ = 0;    ///< looks
  std::vector<State> spare_;  ///< whose memory the next snapshots use again
  std::uint64_t arrivals_ = 0;
  std::map<BirthKey, std::uint64_t> ids_;
  std::uint64_t next_id_ = 1;
};

Tracker::Tracker(const std::shared_ptr<const DetectionField>& field, TrackerParameters parameters)
    : impl_(std::make_unique<Impl>(field, std::move(parameters))) {}
Tracker::~Tracker() = default;
Tracker::Tracker(Tracker&&) noexcept = default;
Tracker& Tracker::operator=(Tracker&&) noexcept = default;

void Tracker::Join(const Sensor& sensor) { impl_->Join(sensor); }

std::optional<LookRefusal> Tracker::Process(Look look) { return impl_->Process(std::move(look)); }

Picture Tracker::PictureAt(Time t, bool tentative) { return impl_->PictureAt(t, tentative); }

double Tracker::ExpectedUndetected() const { return impl_->ExpectedUndetected(); }

Unseen Tracker::Undetected() const { return impl_->Undetected(); }

std::vector<SensorCondition> Tracker::Conditions() const { return impl_->Conditions(); }

}  // namespace picket
