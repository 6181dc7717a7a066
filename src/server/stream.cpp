// SPDX-License-Identifier: Apache-2.0
#include "picket/server/stream.h"

#include <utility>

namespace picket {

bool Outbox::Put(StreamKind kind, StreamMessage message) {
  const std::scoped_lock lock(mutex_);
  if (kind == StreamKind::kChanges) {
    if (mode_ != PictureMode::kChanges || !has_picture_) return false;
    if (changes_.size() >= kMaxChanges) {
      has_picture_ = false;
      replaced_ += changes_.size() + 1;
      changes_.clear();
      return false;
    }
    changes_.push_back(std::move(message));
  } else if (kind == StreamKind::kKept) {
    if (kept_.size() >= kMaxKept) {
      overflowed_ = true;
    } else {
      kept_.push_back(std::move(message));
    }
  } else {
    StreamMessage& slot = newest_[static_cast<std::size_t>(kind)];
    if (slot) ++replaced_;
    slot = std::move(message);
    if (kind == StreamKind::kPicture) {
      replaced_ += changes_.size();
      changes_.clear();
      has_picture_ = true;
    }
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
    // Only behind the picture that they are of.
    if (turn_ == static_cast<std::size_t>(StreamKind::kPicture) && !changes_.empty()) {
      StreamMessage message = std::move(changes_.front());
      changes_.pop_front();
      return message;
    }
  }
  awake_ = false;
  return nullptr;
}

bool Outbox::wants_picture() const {
  const std::scoped_lock lock(mutex_);
  return mode_ == PictureMode::kWhole || !has_picture_;
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

bool StreamHub::PublishPicture(const std::function<std::string()>& picture,
                               const std::function<std::string()>& changes) {
  std::vector<std::shared_ptr<StreamClient>> changing;
  std::vector<std::shared_ptr<StreamClient>> whole;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& weak : clients_) {
      if (auto client = weak.lock()) {
        (client->wants_picture() ? whole : changing).push_back(std::move(client));
      }
    }
  }
  if (!changing.empty()) {
    const auto message = std::make_shared<const std::string>(changes());
    for (const auto& client : changing) client->Offer(StreamKind::kChanges, message);
  }
  if (!whole.empty()) {
    const auto message = std::make_shared<const std::string>(picture());
    for (const auto& client : whole) client->Offer(StreamKind::kPicture, message);
  }
  return !changing.empty();
}

std::size_t StreamHub::clients() const {
  const std::scoped_lock lock(mutex_);
  std::size_t count = 0;
  for (const auto& weak : clients_) count += weak.expired() ? 0 : 1;
  return count;
}

}  // namespace picket
