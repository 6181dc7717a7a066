// SPDX-License-Identifier: Apache-2.0
#include "mqtt_feed.h"

#include <algorithm>
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
    // What was not settled comes again.
    messages_.clear();
    status_->Down(why, after);
    status_->Reconnect();
  };
  callbacks.fault = [this](const std::string& why) { status_->Fault(why); };
  callbacks.message = [this](std::string_view topic, std::string_view payload) {
    Message& message = messages_.emplace_back();
    message.payload = payload;
    std::string sensor;
    if (!status_filter_.empty() && TopicMatches(status_filter_, topic, &sensor)) {
      message.status_of = std::move(sensor);
    }
  };
  callbacks.settle = [this] { return Settle(); };
  callbacks.delivered = [](std::uint64_t) {};
  link_ = std::make_unique<MqttLink>(std::move(link), std::move(callbacks));
}

void MqttFeed::Start() { link_->Start(); }

void MqttFeed::Stop() {
  if (link_) link_->Stop();
}

/// The link's thread waits until the feeds' thread has handed the messages to the service and they
/// are on disk: while that is busy nothing is read, and the broker keeps what comes.
bool MqttFeed::Settle() {
  std::unique_lock lock(mutex_);
  kept_.reset();
  asio::post(io_, [this, messages = std::exchange(messages_, {})] {
    for (const Message& message : messages) Hand(message);
    Submit([] {},
           [this](bool kept) {
             const std::scoped_lock settling(mutex_);
             kept_ = kept;
             settled_.notify_all();
           });
  });
  settled_.wait(lock, [this] { return kept_.has_value(); });
  return *kept_;
}

void MqttFeed::Hand(const Message& message) {
  if (message.status_of) return OnStatus(*message.status_of, message.payload);
  std::string lines = message.payload;
  // What is cut off within a message must not run into the next one.
  if (lines.empty() || lines.back() != '\n') lines += '\n';
  Decode({reinterpret_cast<const std::uint8_t*>(lines.data()), lines.size()});
}

void MqttFeed::OnStatus(const std::string& sensor, std::string_view payload) {
  // A retained message that was taken away is empty: nothing is known any more.
  const bool online = payload.empty() || boost::algorithm::iequals(payload, "online");
  if (!online && !boost::algorithm::iequals(payload, "offline")) {
    return status_->Fault("the status of '" + sensor + "' is neither online nor offline");
  }
  const auto field = service_.field();
  if (std::none_of(field->sensors().begin(), field->sensors().end(),
                   [&](const Sensor& known) { return known.id == sensor; })) {
    return status_->Fault("a status of '" + sensor + "', which is no sensor of this site");
  }
  if (!payload.empty()) status_->Note(sensor + (online ? " is online" : " is offline"));
  // A broker tells what it retains at each subscription: only what is news is a change.
  if (online == down_.contains(sensor)) Change(sensor, online, WallClock());
}

void MqttFeed::OnReport(const Report& report) {
  const auto gone = down_.find(report.sensor);
  // One of a look before it was gone was on its way, and proves nothing.
  if (gone != down_.end() && report.time > gone->second) Change(report.sensor, true, report.time);
}

void MqttFeed::Change(const std::string& sensor, bool up, Time time) {
  if (up) {
    down_.erase(sensor);
  } else {
    down_.emplace(sensor, time);
  }
  SensorChange change;
  change.time = time;
  change.sensor = sensor;
  change.up = up;
  Add(change);
}

}  // namespace picket
