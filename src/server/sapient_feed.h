// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <set>
#include <string>

#include "feed_base.h"
#include "tls.h"

namespace picket {

/// A SAPIENT fusion node: sensors connect to it, each with a sapient::FusionNode of its own.
class SapientFeed : public Feed {
 public:
  SapientFeed(asio::io_context& io, const asio::ip::tcp::endpoint& endpoint,
              const std::string& name, TlsPtr tls, SapientSite site, Service& service,
              const Feeds::Options& options);
  ~SapientFeed() override;
  void Start() override;

 private:
  class Session;
  static constexpr std::size_t kMaxSessions = 256;

  void Accept();
  void Later(const std::string& why);

  asio::ip::tcp::endpoint endpoint_;
  asio::ip::tcp::acceptor acceptor_;
  TlsPtr tls_;
  SapientSite site_;
  Backoff backoff_;
  std::set<std::shared_ptr<Session>> sessions_;
};

}  // namespace picket
