// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feed_base.h"
#include "mqtt.h"

namespace picket {

/// Reports from an MQTT broker, and what it says of the nodes that send them: a node that is gone
/// leaves its last will, so its sensor is down at once, before it could be silent. That is a change
/// of the sensor, recorded among the reports and replayed; so is its return, when it says that it
/// is online or a report comes of a look after it was gone.
class MqttFeed : public Feed {
 public:
  MqttFeed(asio::io_context& io, MqttLink::Options link, std::string status_filter,
           const std::string& name, std::unique_ptr<StreamDecoder> decoder, Service& service,
           const Feeds::Options& options);
  MqttFeed(const MqttFeed&) = delete;
  MqttFeed& operator=(const MqttFeed&) = delete;
  ~MqttFeed() override { Stop(); }
  void Start() override;
  void Stop() override;
  /// The broker answers for the link; which sensor is silent is for the sensors to say.
  void CheckSilence() override {}

 private:
  struct Message {
    std::optional<std::string> status_of;  ///< the sensor, of a node's status
    std::string payload;
  };

  [[nodiscard]] bool Settle();
  void Hand(const Message& message);
  void OnStatus(const std::string& sensor, std::string_view payload);
  void OnReport(const Report& report) override;
  void Change(const std::string& sensor, bool up, Time time);

  const std::string status_filter_;
  std::vector<Message> messages_;     ///< the link's thread alone
  std::map<std::string, Time> down_;  ///< the feeds' thread alone: sensors whose node has gone
  std::mutex mutex_;
  std::condition_variable settled_;
  std::optional<bool> kept_;        ///< what is being settled, once that is known
  std::unique_ptr<MqttLink> link_;  ///< last: its thread uses what is above
};

}  // namespace picket
