// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "picket/base/error.h"
#include "picket/codec/site.h"

/// TLS (1.2 and later) of any link of ours, and the socket that a link has with or without it.
namespace picket {

enum class TlsRole : std::uint8_t {
  kClient,  ///< the other side's certificate is checked, and the name in it
  kServer   ///< we show a certificate; with `ca` the other side must as well
};

/// The settings of a link's TLS, their files read.
struct Tls {
  TlsRole role;
  std::string name;  ///< of kClient: whom the other side's certificate must name
  boost::asio::ssl::context context;
};
/// Null: the link has no TLS.
using TlsPtr = std::shared_ptr<Tls>;

/// Reads the files; null where TLS is off.
/// @param host       that is connected to, of kClient
/// @param site_path  the site file, which names of files count from
/// Error: a file that cannot be read or does not hold what it should.
[[nodiscard]] Result<TlsPtr> MakeTls(const TlsSettings& settings, TlsRole role,
                                     const std::string& host, const std::string& site_path);

/// A TCP socket that speaks TLS once Handshake was told to. Reads and writes like a stream of Asio
/// (async_read_some, async_write_some), so asio::async_write takes it.
class LinkSocket {
 public:
  using Tcp = boost::asio::ip::tcp::socket;
  using executor_type = Tcp::executor_type;

  explicit LinkSocket(boost::asio::io_context& io) : socket_(io) {}
  explicit LinkSocket(Tcp socket) : socket_(std::move(socket)) {}
  LinkSocket(const LinkSocket&) = delete;
  LinkSocket& operator=(const LinkSocket&) = delete;

  executor_type get_executor() { return socket_.get_executor(); }
  /// To connect and to set options on.
  [[nodiscard]] Tcp& tcp() { return socket_; }

  /// A peer that does not acknowledge what it is sent, or has vanished without a word, is lost
  /// within five seconds. For links that lose nothing by being made anew.
  void NoticeLoss();
  /// To be called once the socket is connected, with TLS or (null) without.
  template <typename Handler>
  void Handshake(const TlsPtr& tls, Handler handler) {
    stream_.reset();
    tls_ = tls;  // must outlive the stream
    if (!tls) {
      return boost::asio::post(socket_.get_executor(), [handler = std::move(handler)]() mutable {
        handler(boost::system::error_code());
      });
    }
    stream_.emplace(socket_, tls->context);
    SetServerName();
    stream_->async_handshake(tls->role == TlsRole::kClient ? boost::asio::ssl::stream_base::client
                                                           : boost::asio::ssl::stream_base::server,
                             std::move(handler));
  }
  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (stream_) return stream_->async_read_some(buffers, std::forward<Handler>(handler));
    socket_.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (stream_) return stream_->async_write_some(buffers, std::forward<Handler>(handler));
    socket_.async_write_some(buffers, std::forward<Handler>(handler));
  }
  /// What was under way ends with an error.
  void Close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  /// A clear reason for an error of this socket: of a certificate that was not believed, why.
  [[nodiscard]] std::string Why(const boost::system::error_code& ec);

 private:
  void SetServerName();

  Tcp socket_;
  TlsPtr tls_;
  std::optional<boost::asio::ssl::stream<Tcp&>> stream_;
};

}  // namespace picket
