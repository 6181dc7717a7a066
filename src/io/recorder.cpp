// SPDX-License-Identifier: Apache-2.0
#include "picket/io/recorder.h"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "picket/base/assert.h"

namespace picket {
namespace {

/// What an entry costs in the queue beside its payload.
constexpr std::size_t kEntryBytes = 64;
/// One transaction takes at most about this much: it is held in memory until it is committed.
constexpr std::size_t kMostBytesAtOnce = 16U << 20U;

struct Batch {
  std::vector<NewEntry> entries;
  std::shared_ptr<const void> owner;
  Recorder::Done done;
  std::size_t bytes = 0;
};

}  // namespace

class Recorder::Impl {
 public:
  Impl(Recording recording, std::size_t max_queued_bytes)
      : recording_(std::move(recording)),
        max_queued_bytes_(max_queued_bytes),
        head_(recording_.head()),
        thread_([this] { Work(); }) {}

  void Submit(Batch batch) {
    for (const NewEntry& entry : batch.entries) {
      batch.bytes += kEntryBytes + entry.payload.size();
    }
    std::unique_lock lock(mutex_);
    PICKET_ASSERT(std::this_thread::get_id() != writer_,
                  "the recorder's own thread would wait for itself");
    space_.wait(lock, [&] {
      return closing_ || queued_bytes_ == 0 || queued_bytes_ + batch.bytes <= max_queued_bytes_;
    });
    if (closing_) {
      lock.unlock();
      if (batch.done) batch.done(Fail("the recording is closed"));
      return;
    }
    queued_bytes_ += batch.bytes;
    queue_.push_back(std::move(batch));
    work_.notify_one();
  }

  Result<Head> Close() {
    {
      const std::scoped_lock lock(mutex_);
      closing_ = true;
    }
    work_.notify_one();
    space_.notify_all();
    if (thread_.joinable()) thread_.join();
    if (auto closed = recording_.Close(); !closed) return tl::unexpected<Error>(closed.error());
    return head();
  }

  [[nodiscard]] Head head() const {
    const std::scoped_lock lock(mutex_);
    return head_;
  }
  [[nodiscard]] std::optional<Error> error() const {
    const std::scoped_lock lock(mutex_);
    return error_;
  }
  [[nodiscard]] std::size_t queued_bytes() const {
    const std::scoped_lock lock(mutex_);
    return queued_bytes_;
  }

 private:
  void Work() {
    {
      const std::scoped_lock lock(mutex_);
      writer_ = std::this_thread::get_id();
    }
    while (true) {
      std::vector<Batch> batches;
      {
        std::unique_lock lock(mutex_);
        work_.wait(lock, [&] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        std::size_t bytes = 0;
        while (!queue_.empty() &&
               (batches.empty() || bytes + queue_.front().bytes <= kMostBytesAtOnce)) {
          bytes += queue_.front().bytes;
          batches.push_back(std::move(queue_.front()));
          queue_.pop_front();
        }
      }
      Write(batches);
    }
  }

  void Write(std::vector<Batch>& batches) {
    std::vector<NewEntry> together;
    for (const Batch& batch : batches) {
      together.insert(together.end(), batch.entries.begin(), batch.entries.end());
    }
    std::int64_t last = recording_.head().sequence;
    const Result<std::int64_t> all = recording_.Append(together);
    for (Batch& batch : batches) {
      Result<std::int64_t> result = all;
      if (all) {
        result = last += static_cast<std::int64_t>(batch.entries.size());
      } else if (batches.size() > 1) {
        // One batch that cannot be recorded must not take the others with it.
        result = recording_.Append(batch.entries);
      }
      Tell(batch, result);
    }
  }

  void Tell(Batch& batch, const Result<std::int64_t>& result) {
    {
      const std::scoped_lock lock(mutex_);
      head_ = recording_.head();
      error_ = result ? std::nullopt : std::optional(result.error());
      queued_bytes_ -= batch.bytes;
    }
    space_.notify_all();
    if (batch.done) batch.done(result);
    batch = {};
  }

  Recording recording_;  ///< used by thread_ alone until it has ended
  const std::size_t max_queued_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable space_;
  std::deque<Batch> queue_;
  std::size_t queued_bytes_ = 0;  ///< of batches that `done` was not called for
  bool closing_ = false;
  Head head_;
  std::optional<Error> error_;
  std::thread::id writer_;
  std::thread thread_;  ///< last: it starts when all else is there
};

Recorder::Recorder(Recording recording, std::size_t max_queued_bytes)
    : impl_(std::make_unique<Impl>(std::move(recording), max_queued_bytes)) {}
Recorder::~Recorder() { static_cast<void>(impl_->Close()); }

void Recorder::Submit(std::vector<NewEntry> entries, std::shared_ptr<const void> owner, Done done) {
  impl_->Submit({std::move(entries), std::move(owner), std::move(done), 0});
}

void Recorder::Submit(EntryKind kind, Time received, std::string payload, Done done) {
  auto owner = std::make_shared<const std::string>(std::move(payload));
  const NewEntry entry{kind, received, *owner};
  impl_->Submit({{entry}, std::move(owner), std::move(done), 0});
}

Result<std::int64_t> Recorder::Append(std::vector<NewEntry> entries) {
  std::promise<Result<std::int64_t>> promise;
  auto future = promise.get_future();
  // The caller's payloads live until this returns.
  Submit(std::move(entries), nullptr,
         [&promise](const Result<std::int64_t>& result) { promise.set_value(result); });
  return future.get();
}

Head Recorder::head() const { return impl_->head(); }
std::optional<Error> Recorder::error() const { return impl_->error(); }
std::size_t Recorder::queued_bytes() const { return impl_->queued_bytes(); }
Result<Head> Recorder::Close() { return impl_->Close(); }

}  // namespace picket
