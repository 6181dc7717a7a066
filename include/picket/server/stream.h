// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace picket {

/// What a message of the stream is, and so what may become of it on a slow connection: of the
/// first kind (alerts, the greeting) every message is kept; changes of the picture all, or none
/// until the next whole picture; of the others only the newest.
enum class StreamKind : std::uint8_t {
  kKept,
  kPicture,
  kHealth,
  kReplay,
  kSensors,
  kUnseen,
  kChanges
};
inline constexpr std::size_t kStreamKinds = 7;

/// How a client is told of the picture: each time the whole of it, or once, and then what changed.
enum class PictureMode : std::uint8_t { kWhole, kChanges };

/// One message, shared by all connections that it goes to.
using StreamMessage = std::shared_ptr<const std::string>;

/// What waits for one client: bounded whatever the client does. Any thread may call.
class Outbox {
 public:
  /// Kept messages that may wait. A client further behind is let go; it finds what it missed at
  /// /v1/alerts.
  static constexpr std::size_t kMaxKept = 1000;
  /// Changes that may wait: for a client further behind, a whole picture is shorter.
  static constexpr std::size_t kMaxChanges = 16;

  explicit Outbox(PictureMode mode = PictureMode::kWhole) : mode_(mode) {}

  /// @returns whether the reader must be woken: it has not been since the last Take gave nothing
  [[nodiscard]] bool Put(StreamKind kind, StreamMessage message);
  /// The next message to send: kept ones first, then the others in turn; null if there is none.
  [[nodiscard]] StreamMessage Take();
  /// Whether the next picture is to be offered: in mode kChanges only where changes alone would not
  /// do, at first and after some were lost.
  [[nodiscard]] bool wants_picture() const;
  /// True once a kept message had to be dropped: the connection must end.
  [[nodiscard]] bool overflowed() const;
  /// Messages that a newer one replaced before they were sent.
  [[nodiscard]] std::uint64_t replaced() const;

 private:
  const PictureMode mode_;
  mutable std::mutex mutex_;
  std::deque<StreamMessage> kept_;
  std::deque<StreamMessage> changes_;  ///< of the picture that was sent or waits
  bool has_picture_ = false;           ///< that changes can be told of
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
  /// Whether it is to have the next picture in whole, and not what changed since the one before.
  [[nodiscard]] virtual bool wants_picture() const { return true; }
};

/// Hands each message to every client. Any thread may call.
class StreamHub {
 public:
  void Add(const std::weak_ptr<StreamClient>& client);
  void Publish(StreamKind kind, std::string message);
  /// Offers `picture` to those who want it in whole, `changes` to the others. Each is made only if
  /// somebody is to have it. Of one thread only.
  /// @returns whether anybody had `changes`
  bool PublishPicture(const std::function<std::string()>& picture,
                      const std::function<std::string()>& changes);
  /// Clients that are still there.
  [[nodiscard]] std::size_t clients() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<StreamClient>> clients_;
};

}  // namespace picket
