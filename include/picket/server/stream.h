// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace picket {

/// What a message of the stream is, and so what may become of it on a slow connection: of the
/// first kind (alerts, the greeting) every message is kept, of the others only the newest.
enum class StreamKind : std::uint8_t { kKept, kPicture, kHealth, kReplay, kSensors, kUnseen };
inline constexpr std::size_t kStreamKinds = 6;

/// One message, shared by all connections that it goes to.
using StreamMessage = std::shared_ptr<const std::string>;

/// What waits for one client: bounded whatever the client does. Any thread may call.
class Outbox {
 public:
  /// Kept messages that may wait. A client further behind is let go; it finds what it missed at
  /// /v1/alerts.
  static constexpr std::size_t kMaxKept = 1000;

  /// @returns whether the reader must be woken: it has not been since the last Take gave nothing
  [[nodiscard]] bool Put(StreamKind kind, StreamMessage message);
  /// The next message to send: kept ones first, then the others in turn; null if there is none.
  [[nodiscard]] StreamMessage Take();
  /// True once a kept message had to be dropped: the connection must end.
  [[nodiscard]] bool overflowed() const;
  /// Messages that a newer one replaced before they were sent.
  [[nodiscard]] std::uint64_t replaced() const;

 private:
  mutable std::mutex mutex_;
  std::deque<StreamMessage> kept_;
  std::array<StreamMessage, kStreamKinds> newest_;
  std::size_t turn_ = 0;
  bool awake_ = false;
  bool overflowed_ = false;
  std::uint64_t replaced_ = 0;
};

/// Who takes messages of the stream.
class StreamClient {
 public:
  StreamClient() = default;
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;
  virtual ~StreamClient() = default;
  /// Must not block.
  virtual void Offer(StreamKind kind, const StreamMessage& message) = 0;
};

/// Hands each message to every client. Any thread may call.
class StreamHub {
 public:
  void Add(const std::weak_ptr<StreamClient>& client);
  void Publish(StreamKind kind, std::string message);
  /// Clients that are still there.
  [[nodiscard]] std::size_t clients() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<StreamClient>> clients_;
};

}  // namespace picket
