// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "feed_base.h"
#include "mqtt.h"

namespace picket {

/// Reports from an MQTT broker, and what it says of the nodes that send them: a node that is gone
/// leaves its last will, so its sensor is down at once, before it could be silent.
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
  void OnMessage(std::string_view payload);
  void OnStatus(const std::string& sensor, std::string_view payload);

  const std::string status_filter_;
  std::mutex mutex_;
  std::condition_variable taken_;
  bool busy_ = false;               ///< a message is being handed to the service
  std::unique_ptr<MqttLink> link_;  ///< last: its thread uses what is above
};

}  // namespace picket
