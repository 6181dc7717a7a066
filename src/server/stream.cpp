// SPDX-License-Identifier: Apache-2.0
#include "picket/server/stream.h"

#include <utility>

namespace picket {

bool Outbox::Put(StreamKind kind, StreamMessage message) {
  const std::scoped_lock lock(mutex_);
  if (kind == StreamKind::kKept) {
    if (kept_.size() >= kMaxKept) {
      overflowed_ = true;
    } else {
      kept_.push_back(std::move(message));
    }
  } else {
    StreamMessage& slot = newest_[static_cast<std::size_t>(kind)];
    if (slot) ++replaced_;
    slot = std::move(message);
  }
  return !std::exchange(awake_, true);
}

StreamMessage Outbox::Take() {
  const std::scoped_lock lock(mutex_);
  if (!kept_.empty()) {
    StreamMessage message = std::move(kept_.front());
    kept_.pop_front();
    return message;
  }
  // In turn, so that a client for whom pictures come faster than it reads still gets the others.
  for (std::size_t i = 0; i < kStreamKinds; ++i) {
    turn_ = (turn_ + 1) % kStreamKinds;
    if (newest_[turn_]) return std::exchange(newest_[turn_], nullptr);
  }
  awake_ = false;
  return nullptr;
}

bool Outbox::overflowed() const {
  const std::scoped_lock lock(mutex_);
  return overflowed_;
}

std::uint64_t Outbox::replaced() const {
  const std::scoped_lock lock(mutex_);
  return replaced_;
}

void StreamHub::Add(const std::weak_ptr<StreamClient>& client) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(clients_, [](const auto& c) { return c.expired(); });
  clients_.push_back(client);
}

void StreamHub::Publish(StreamKind kind, std::string message) {
  const auto shared = std::make_shared<const std::string>(std::move(message));
  // Offered under the lock: so every client gets the messages in the order they were published.
  const std::scoped_lock lock(mutex_);
  for (const auto& weak : clients_) {
    if (const auto client = weak.lock()) client->Offer(kind, shared);
  }
}

std::size_t StreamHub::clients() const {
  const std::scoped_lock lock(mutex_);
  std::size_t count = 0;
  for (const auto& weak : clients_) count += weak.expired() ? 0 : 1;
  return count;
}

}  // namespace picket
