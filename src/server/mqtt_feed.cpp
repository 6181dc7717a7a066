// SPDX-License-Identifier: Apache-2.0
#include "mqtt_feed.h"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/post.hpp>

namespace picket {

MqttFeed::MqttFeed(asio::io_context& io, MqttLink::Options link, std::string status_filter,
                   const std::string& name, std::unique_ptr<StreamDecoder> decoder,
                   Service& service, const Feeds::Options& options)
    : Feed(io, name, std::move(decoder), service, options),
      status_filter_(std::move(status_filter)) {
  link.first_retry = options.first_retry;
  link.longest_retry = options.longest_retry;
  MqttLink::Callbacks callbacks;
  callbacks.up = [this] { status_->State("up"); };
  callbacks.down = [this](const std::string& why, std::chrono::nanoseconds after) {
    status_->Down(why, after);
    status_->Reconnect();
  };
  callbacks.fault = [this](const std::string& why) { status_->Fault(why); };
  callbacks.message = [this](std::string_view topic, std::string_view payload) {
    std::string sensor;
    if (!status_filter_.empty() && TopicMatches(status_filter_, topic, &sensor)) {
      return OnStatus(sensor, payload);
    }
    OnMessage(payload);
  };
  callbacks.delivered = [](std::uint64_t) {};
  link_ = std::make_unique<MqttLink>(std::move(link), std::move(callbacks));
}

void MqttFeed::Start() { link_->Start(); }

void MqttFeed::Stop() {
  if (link_) link_->Stop();
}

/// The link's thread waits until the feeds' thread has handed the message to the service: while
/// that is busy nothing is read, and the broker keeps what comes.
void MqttFeed::OnMessage(std::string_view payload) {
  std::string lines(payload);
  // What is cut off within a message must not run into the next one.
  if (lines.empty() || lines.back() != '\n') lines += '\n';
  std::unique_lock lock(mutex_);
  busy_ = true;
  asio::post(io_, [this, lines = std::move(lines)] {
    Take({reinterpret_cast<const std::uint8_t*>(lines.data()), lines.size()}, [this] {
      const std::scoped_lock taken(mutex_);
      busy_ = false;
      taken_.notify_all();
    });
  });
  taken_.wait(lock, [this] { return !busy_; });
}

void MqttFeed::OnStatus(const std::string& sensor, std::string_view payload) {
  // A retained message that was taken away is empty: nothing is known any more.
  const bool online = payload.empty() || boost::algorithm::iequals(payload, "online");
  if (!online && !boost::algorithm::iequals(payload, "offline")) {
    return status_->Fault("the status of '" + sensor + "' is neither online nor offline");
  }
  if (!service_.SetOnline(sensor, online)) {
    return status_->Fault("a status of '" + sensor + "', which is no sensor of this site");
  }
  if (!payload.empty()) status_->Note(sensor + (online ? " is online" : " is offline"));
}

}  // namespace picket
