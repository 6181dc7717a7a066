// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "picket/base/error.h"
#include "picket/base/time.h"
#include "picket/server/stream.h"

namespace picket {

/// A request, read in full.
struct HttpRequest {
  std::string method;  ///< "GET", "HEAD", "POST", ...
  std::string path;    ///< begins with '/', percent-decoded, without the query
  std::string body;
  std::string authorization;  ///< the header of that name; empty: there is none
  /// Runs a function on one of the server's threads, not before the given time has passed. For
  /// handlers that answer later; does nothing once the server is stopped.
  std::function<void(Duration, std::function<void()>)> after;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string_view fixed_body;  ///< instead of `body`: bytes that outlive the server
  bool immutable = false;       ///< the path names these very bytes for ever: may be cached
  std::vector<std::pair<std::string, std::string>> headers;
};

/// {"error": text} with a status.
[[nodiscard]] HttpResponse HttpError(int status, std::string_view text);

/// What the server serves. Called on any of the server's threads, several at once.
class HttpHandler {
 public:
  HttpHandler() = default;
  HttpHandler(const HttpHandler&) = delete;
  HttpHandler& operator=(const HttpHandler&) = delete;
  virtual ~HttpHandler() = default;

  /// Most bytes that the body of such a request may have.
  [[nodiscard]] virtual std::size_t BodyLimit(std::string_view method,
                                              std::string_view path) const = 0;
  /// Must call `respond` exactly once, from any thread, now or later (but before the server is
  /// destroyed; it may be stopped already); must not block for long.
  virtual void Handle(HttpRequest request, std::function<void(HttpResponse)> respond) = 0;
  /// A stream, and how its client is told of the picture.
  struct Joined {
    StreamHub* hub = nullptr;
    PictureMode mode = PictureMode::kWhole;
  };
  /// The stream that a WebSocket on this path is joined to; hub null: none.
  [[nodiscard]] virtual Joined Stream(std::string_view path) = 0;
  /// What a new client of the stream is sent first. Called right after it joined.
  [[nodiscard]] virtual std::vector<std::pair<StreamKind, std::string>> Greeting() = 0;
};

/// Where to listen.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;  ///< 0: the kernel chooses
};
/// Reads "HOST:PORT", "[IPV6]:PORT".
[[nodiscard]] Result<ListenAddress> ParseListenAddress(std::string_view text);

/// An HTTP/1.1 and WebSocket server (Boost.Beast) with every resource bounded.
///
/// Refuses what a page of another origin sends (header Origin other than Host), and where it
/// listens on loopback only also what names this machine otherwise than "localhost" or by address:
/// else any page open in the operator's browser could post reports.
class HttpServer {
 public:
  struct Options {
    ListenAddress listen{"127.0.0.1", 8080};
    int threads = 2;
    std::size_t max_connections = 256;                   ///< more are told 503
    std::size_t max_body_bytes_in_memory = 512U << 20U;  ///< of all requests together; else 503
    Duration idle = Duration::Seconds(60);               ///< between two requests of a connection
    Duration header = Duration::Seconds(10);  ///< from a request's first byte to its last header
    Duration stall = Duration::Seconds(20);   ///< without a byte of a body
    Duration body = Duration::Seconds(300);   ///< for a whole body
    Duration write = Duration::Seconds(60);   ///< for a whole response
    Duration stop = Duration::Seconds(3);     ///< for requests under way when stopped
  };
  /// Longest request line and headers together, bytes; more is refused with 431.
  static constexpr std::size_t kMaxHeaderBytes = 16U << 10U;

  /// Opens the port and serves. `handler` must outlive the server.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> Start(HttpHandler& handler,
                                                                 const Options& options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  class Impl;

  /// "http://HOST:PORT" as bound.
  [[nodiscard]] std::string Url() const;
  [[nodiscard]] std::uint16_t port() const;
  /// No new requests; those under way are finished, streams are closed, threads end.
  void Stop();

 private:
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
