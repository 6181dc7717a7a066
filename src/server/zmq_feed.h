// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>

#include "feed_base.h"
#include "picket/server/http.h"

namespace picket {

/// Subscribes to everything that a ZeroMQ publisher sends (RFC 29/PUBSUB): a message is a line, or
/// behind a topic in a frame of its own. ZeroMQ makes a lost connection anew by itself, with a
/// growing pause.
class ZmqFeed : public Feed {
 public:
  ZmqFeed(asio::io_context& io, const ListenAddress& address, const std::string& name,
          std::unique_ptr<StreamDecoder> decoder, Service& service, const Feeds::Options& options);
  ZmqFeed(const ZmqFeed&) = delete;
  ZmqFeed& operator=(const ZmqFeed&) = delete;
  ~ZmqFeed() override;
  void Start() override;

 private:
  class Subscriber;

  void Await();
  void Read();
  void Watch();

  std::unique_ptr<Subscriber> subscriber_;
  asio::posix::stream_descriptor ready_;
};

}  // namespace picket
