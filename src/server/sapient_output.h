// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "feed_base.h"
#include "picket/codec/sapient_reporter.h"
#include "picket/server/backend.h"
#include "picket/server/http.h"
#include "tls.h"

namespace picket {

/// Tracks and alerts to a higher SAPIENT node, over a connection of ours that is made anew after a
/// failure. Everything on the outputs' thread.
class SapientOutput : public std::enable_shared_from_this<SapientOutput> {
 public:
  SapientOutput(asio::io_context& io, const OutputFeed& feed, ListenAddress to, TlsPtr tls,
                Backend& backend, const std::string& version,
                const std::function<void(const std::string&)>& log);
  void Start();
  /// Any thread may call.
  [[nodiscard]] FeedHealth Health() const { return status_.Health(); }

 private:
  /// One connection; an answer to what an earlier one had under way says nothing of this one.
  struct Connection {
    explicit Connection(asio::io_context& io) : socket(io) {}
    LinkSocket socket;
    std::array<std::uint8_t, 64U << 10U> buffer{};
    std::deque<std::string> unsent;
    std::size_t unsent_bytes = 0;
    bool open = false;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void Connect();
  void Handshake(const ConnectionPtr& c);
  void Read(const ConnectionPtr& c);
  void Tick();
  void Show(const std::string& picture);
  void ShowAlerts(Time now);
  void Send(const std::string& bytes);
  void Write(const ConnectionPtr& c);
  [[nodiscard]] bool Open() const { return connection_ && connection_->open; }
  void Close(const std::string& why);

  asio::io_context& io_;
  FeedStatus status_;
  ListenAddress to_;
  Backend& backend_;
  std::chrono::nanoseconds every_;
  TlsPtr tls_;
  asio::ip::tcp::resolver resolver_;
  asio::steady_timer timer_;
  asio::steady_timer retry_;
  asio::steady_timer patience_;  ///< for a connection, and for its acknowledgement
  Backoff backoff_;
  sapient::Reporter reporter_;
  sapient::Reporter::Sink sink_;
  ConnectionPtr connection_;  ///< null: waiting to try again
  bool asked_ = false;        ///< for a picture, which has not come yet
  std::map<std::uint64_t, std::string>
      told_alerts_;  ///< as they last were told, over this connection
};

}  // namespace picket
