// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "feed_base.h"
#include "tls.h"

struct mosquitto;

namespace picket {

/// A connection to an MQTT broker (3.1.1 or 5) that is made anew, with back-off, until it is
/// stopped. It has a thread of its own, which calls back: libmosquitto resolves names, and may wait
/// for a connection, in the calls that it is given.
///
/// Everything is asked for and sent with quality of service 1. A message is acknowledged only once
/// `settle` says that it is kept: the broker has it until then, and sends again what a client that
/// was killed had not acknowledged (MQTT 3.1.1, section 4.4), where it keeps the session.
class MqttLink {
 public:
  struct Options {
    std::string host;
    std::uint16_t port = 0;
    TlsPtr tls;
    bool version_5 = false;
    std::string client_id;  ///< not empty: the broker keeps the session while we are away
    std::string user;
    std::string password;
    std::vector<std::string> subscribe;
    /// Not empty: where "online" stands while we are there and "offline" from the moment that we
    /// are not, by our word or as our last will.
    std::string status_topic;
    Duration first_retry = Duration::Seconds(0.5);
    Duration longest_retry = Duration::Seconds(30.0);
  };
  /// All are called from the link's thread.
  struct Callbacks {
    std::function<void()> up;
    /// Also where no connection came about; the next one is tried `after` a while.
    std::function<void(const std::string& why, std::chrono::nanoseconds after)> down;
    std::function<void(const std::string& why)> fault;
    std::function<void(std::string_view topic, std::string_view payload)> message;
    /// Blocks until all that `message` was called with is kept, where it is to be. False: it is
    /// not, so the connection ends without an acknowledgement.
    std::function<bool()> settle;
    std::function<void(std::uint64_t id)> delivered;  ///< the broker has what was published
  };

  MqttLink(Options options, Callbacks callbacks);
  ~MqttLink() { Stop(); }
  MqttLink(const MqttLink&) = delete;
  MqttLink& operator=(const MqttLink&) = delete;

  void Start();
  /// What is being handed on is still handed on; then the broker is told, and the thread ends.
  void Stop();
  [[nodiscard]] bool stopping() const;
  /// Publishes once connected; what is not delivered when the connection fails is dropped. Any
  /// thread may call. @returns what `delivered` names it by
  std::uint64_t Publish(std::string topic, std::string payload);

 private:
  struct Outgoing {
    std::uint64_t id;
    std::string topic;
    std::string payload;
  };
  struct Client;  ///< one connection
  /// Messages that are read before they are settled together, at most.
  static constexpr std::size_t kTogether = 1000;

  void Run();
  [[nodiscard]] std::string RunOnce();
  [[nodiscard]] static int Exchange(Client& client, bool settle);
  void SendWaiting(Client& client);

  const Options options_;
  const Callbacks callbacks_;
  Backoff backoff_;
  mutable std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::deque<Outgoing> waiting_;
  std::uint64_t last_id_ = 0;
  std::thread thread_;
};

/// A link as the site file states it. Error: a file that is not sound.
[[nodiscard]] Result<MqttLink::Options> MqttOptionsOf(const MqttSettings& settings,
                                                      const TlsSettings& tls,
                                                      const std::string& site_path);

/// Whether a topic is one that the filter means; and what stands where its first '+' is.
[[nodiscard]] bool TopicMatches(std::string_view filter, std::string_view topic,
                                std::string* plus = nullptr);

}  // namespace picket
