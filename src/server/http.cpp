// SPDX-License-Identifier: Apache-2.0
#include "picket/server/http.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <limits>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "picket/base/assert.h"

namespace picket {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

constexpr const char* kServerName = "picket";
/// Least of the kernel's buffers on a stream: what lies there can no longer be replaced.
constexpr int kStreamSendBufferBytes = 128 << 10;
/// Read and thrown away of a refused body, so that its sender reads the refusal.
constexpr std::size_t kMaxDrainBytes = 256U << 20U;
/// Scripts, styles, images and data from here only; nothing may frame the console. WebGL maps
/// need workers from blobs and images from memory; the map library sets style attributes.
constexpr const char* kContentPolicy =
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

std::chrono::nanoseconds Chrono(Duration d) { return std::chrono::nanoseconds(d.ns()); }

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

/// The path of a request target, decoded; nothing if it is malformed or has control bytes.
std::optional<std::string> DecodePath(std::string_view target) {
  target = target.substr(0, target.find_first_of("?#"));
  if (target.empty() || target.front() != '/') return std::nullopt;
  std::string path;
  for (std::size_t i = 0; i < target.size(); ++i) {
    char c = target[i];
    if (c == '%') {
      if (i + 2 >= target.size()) return std::nullopt;
      const auto high = HexDigit(target[i + 1]);
      const auto low = HexDigit(target[i + 2]);
      if (!high || !low) return std::nullopt;
      c = static_cast<char>(*high * 16 + *low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return std::nullopt;
    path += c;
  }
  return path;
}

/// "HOST" of "HOST:PORT" or "[IPV6]:PORT".
std::string_view HostOnly(std::string_view host) {
  if (!host.empty() && host.front() == '[') return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool IsAddressOrLocalhost(std::string_view host) {
  host = HostOnly(host);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (beast::iequals(beast::string_view(host.data(), host.size()), "localhost")) return true;
  error_code ec;
  asio::ip::make_address(std::string(host), ec);
  return !ec;
}

/// Of the parser, and no plain end of the connection.
bool IsMalformed(error_code ec) {
  return ec.category() == http::make_error_code(http::error::bad_value).category() &&
         ec != http::error::end_of_stream && ec != http::error::partial_message;
}

std::string_view View(beast::string_view s) { return {s.data(), s.size()}; }

/// Something that holds a connection and can be told to end it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;
  /// No further request; what is under way may be finished.
  virtual void Close() = 0;
};

}  // namespace

HttpResponse HttpError(int status, std::string_view text) {
  HttpResponse response;
  response.status = status;
  // Text may quote what a client sent, which need not be UTF-8.
  response.body = nlohmann::json{{"error", text}}.dump(-1, ' ', false,
                                                       nlohmann::json::error_handler_t::replace);
  return response;
}

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const auto colon = text.rfind(':');
  ListenAddress address;
  if (colon != std::string_view::npos) {
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    unsigned value = 0;
    bool sound = !host.empty() && !port.empty() && port.size() <= 5 &&
                 host.find_first_of("[]") == std::string_view::npos;
    sound = sound && (bracketed || host.find(':') == std::string_view::npos);
    for (const char c : port) {
      sound = sound && c >= '0' && c <= '9';
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (sound && value <= 65535) {
      address.host = host;
      address.port = static_cast<std::uint16_t>(value);
      return address;
    }
  }
  return Fail("'" + std::string(text) + "' is not HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080");
}

class HttpServer::Impl {
 public:
  Impl(HttpHandler& handler, const Options& options)
      : handler_(handler),
        options_(options),
        io_(options.threads),
        acceptor_(asio::make_strand(io_)) {}
  ~Impl() { Stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::optional<Error> Listen();
  void Stop();
  [[nodiscard]] const tcp::endpoint& bound() const { return bound_; }

  HttpHandler& handler() { return handler_; }
  const Options& options() const { return options_; }
  [[nodiscard]] bool loopback_only() const { return bound_.address().is_loopback(); }
  [[nodiscard]] bool stopping() const { return stopping_; }

  void Enter(const std::shared_ptr<Connection>& connection) {
    const std::scoped_lock lock(mutex_);
    connections_.emplace(connection.get(), connection);
  }
  void Leave(Connection* connection) {
    const std::scoped_lock lock(mutex_);
    connections_.erase(connection);
    left_.notify_all();
  }
  bool Reserve(std::size_t bytes) {
    std::size_t held = held_bytes_;
    while (held + bytes <= options_.max_body_bytes_in_memory) {
      if (held_bytes_.compare_exchange_weak(held, held + bytes)) return true;
    }
    return false;
  }
  void Release(std::size_t bytes) { held_bytes_ -= bytes; }

  void After(Duration wait, std::function<void()> function);

 private:
  void Accept();
  void Serve(tcp::socket socket);

  HttpHandler& handler_;
  const Options options_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> held_bytes_{0};
  std::mutex mutex_;
  std::condition_variable left_;
  std::map<Connection*, std::weak_ptr<Connection>> connections_;
  // Behind what connections use when they end: those that are left end with the io_context.
  asio::io_context io_;
  tcp::acceptor acceptor_;
  tcp::endpoint bound_;
  std::vector<std::thread> threads_;
};

namespace {

using Server = HttpServer::Impl*;

/// One client of the stream.
class StreamSession : public Connection, public StreamClient {
 public:
  StreamSession(Server server, tcp::socket socket, const HttpHandler::Joined& joined)
      : server_(server), hub_(*joined.hub), ws_(std::move(socket)), outbox_(joined.mode) {}
  ~StreamSession() override { server_->Leave(this); }
  StreamSession(const StreamSession&) = delete;
  StreamSession& operator=(const StreamSession&) = delete;

  void Run(http::request<http::string_body> request) {
    server_->Enter(shared_from_this());
    websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = std::chrono::seconds(10);
    timeout.idle_timeout = std::chrono::seconds(30);  // a ping after half of it
    timeout.keep_alive_pings = true;
    ws_.set_option(timeout);
    ws_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(http::field::server, kServerName);
    }));
    // One frame for a message: else one for each 4 KiB, with a write of its own.
    ws_.auto_fragment(false);
    ws_.read_message_max(4096);  // clients have nothing to say
    error_code ignored;
    auto& socket = beast::get_lowest_layer(ws_).socket();
    socket.set_option(asio::socket_base::send_buffer_size(kStreamSendBufferBytes), ignored);
    request_ = std::move(request);
    ws_.async_accept(request_, [self = Self()](error_code ec) { self->OnAccept(ec); });
  }

  void Offer(StreamKind kind, const StreamMessage& message) override {
    if (outbox_.Put(kind, message)) {
      asio::post(ws_.get_executor(), [self = Self()] { self->Write(); });
    }
  }

  [[nodiscard]] bool wants_picture() const override { return outbox_.wants_picture(); }

  void Close() override {
    asio::post(ws_.get_executor(), [self = Self()] {
      self->closing_ = true;
      if (!self->writing_) self->SayGoodbye();
    });
  }

 private:
  std::shared_ptr<StreamSession> Self() {
    return std::static_pointer_cast<StreamSession>(shared_from_this());
  }

  void OnAccept(error_code ec) {
    if (ec) return;
    // Greeted before it joins, so that hello comes first.
    bool wake = false;
    for (auto& [kind, text] : server_->handler().Greeting()) {
      wake = outbox_.Put(kind, std::make_shared<const std::string>(std::move(text))) || wake;
    }
    hub_.Add(std::weak_ptr<StreamClient>(Self()));
    if (wake) Write();
    Read();
  }

  void Read() {
    ws_.async_read(inbound_, [self = Self()](error_code ec, std::size_t) {
      if (ec) return self->Drop();
      self->inbound_.consume(self->inbound_.size());
      self->Read();
    });
  }

  void Write() {
    if (writing_ || dropped_) return;
    if (closing_) return SayGoodbye();
    if (outbox_.overflowed()) return Drop();
    sending_ = outbox_.Take();
    if (!sending_) return;
    writing_ = true;
    ws_.text(true);
    ws_.async_write(asio::buffer(*sending_), [self = Self()](error_code ec, std::size_t) {
      self->writing_ = false;
      if (ec) return self->Drop();
      self->Write();
    });
  }

  void SayGoodbye() {
    if (std::exchange(dropped_, true)) return;
    ws_.async_close(websocket::close_code::going_away,
                    [self = Self()](error_code) { self->CloseSocket(); });
  }

  void Drop() {
    dropped_ = true;
    CloseSocket();
  }

  void CloseSocket() { beast::get_lowest_layer(ws_).close(); }

  Server server_;
  StreamHub& hub_;
  websocket::stream<beast::tcp_stream> ws_;
  http::request<http::string_body> request_;
  beast::flat_buffer inbound_;
  Outbox outbox_;
  StreamMessage sending_;
  bool writing_ = false;
  bool closing_ = false;
  bool dropped_ = false;
};

/// One HTTP connection.
class Session : public Connection {
 public:
  Session(Server server, tcp::socket socket) : server_(server), stream_(std::move(socket)) {}
  ~Session() override {
    ReleaseBody();
    server_->Leave(this);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Run() {
    server_->Enter(shared_from_this());
    asio::dispatch(stream_.get_executor(), [self = Self()] { self->AwaitRequest(); });
  }

  void Close() override {
    asio::post(stream_.get_executor(), [self = Self()] {
      self->last_ = true;
      if (self->idle_) self->stream_.close();
    });
  }

 private:
  std::shared_ptr<Session> Self() { return std::static_pointer_cast<Session>(shared_from_this()); }

  using Parser = http::request_parser<http::string_body>;

  void AwaitRequest() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(HttpServer::kMaxHeaderBytes));
    // Checked by us, once the path is known. (None at all would not do: Beast of Boost 1.74 takes
    // every length to be over it.)
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    if (last_ || server_->stopping()) return Hang();
    if (buffer_.size() > 0) return ReadHeader();
    idle_ = true;
    stream_.expires_after(Chrono(server_->options().idle));
    stream_.async_read_some(buffer_.prepare(8192), [self = Self()](error_code ec, std::size_t n) {
      self->idle_ = false;
      if (ec) return self->stream_.close();
      self->buffer_.commit(n);
      self->ReadHeader();
    });
  }

  void ReadHeader() {
    stream_.expires_after(Chrono(server_->options().header));
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = Self()](error_code ec, std::size_t) { self->OnHeader(ec); });
  }

  void OnHeader(error_code ec) {
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
      return Refuse(431, "The request's headers are longer than 16 KiB.");
    }
    if (ec == http::error::end_of_stream) return Hang();
    if (IsMalformed(ec)) {
      return Refuse(400, "This is not a sound HTTP request: " + ec.message() + ".");
    }
    if (ec) return stream_.close();

    const auto& request = parser_->get();
    const auto path = DecodePath(View(request.target()));
    if (!path) return Refuse(400, "The request's path is malformed.");
    path_ = *path;
    if (const auto why = WhyForeign()) return Refuse(403, *why);

    if (websocket::is_upgrade(request)) {
      const HttpHandler::Joined joined = server_->handler().Stream(path_);
      if (joined.hub == nullptr) return Refuse(404, "There is no stream at " + path_ + ".");
      stream_.expires_never();
      // On the same strand, so it can go on right here.
      std::make_shared<StreamSession>(server_, stream_.release_socket(), joined)
          ->Run(parser_->release());
      return;
    }

    const std::size_t limit = server_->handler().BodyLimit(View(request.method_string()), path_);
    const auto length = parser_->content_length();
    if (length && *length > limit) return Refuse(413, TooLarge(limit));
    const std::size_t to_reserve = parser_->chunked() ? limit : (length ? *length : 0);
    if (!server_->Reserve(to_reserve)) {
      return Refuse(503, "Too many request bodies are being taken in; try again in a moment.");
    }
    reserved_ = to_reserve;
    parser_->body_limit(limit);
    body_deadline_ = std::chrono::steady_clock::now() + Chrono(server_->options().body);
    if (!parser_->is_done() && beast::iequals(request[http::field::expect], "100-continue")) {
      return SendContinue();
    }
    ReadBody();
  }

  static std::string TooLarge(std::size_t limit) {
    return "The request's body is longer than the " + std::to_string(limit) +
           " bytes that are taken here.";
  }

  /// Why a request that a page of elsewhere may have made is not answered.
  std::optional<std::string> WhyForeign() const {
    const auto& request = parser_->get();
    const auto host = View(request[http::field::host]);
    if (server_->loopback_only() && !host.empty() && !IsAddressOrLocalhost(host)) {
      return "This service listens on this machine only and is not called " + std::string(host) +
             ".";
    }
    const auto origin = request.find(http::field::origin);
    if (origin == request.end()) return std::nullopt;
    const std::string_view from = View(origin->value());
    const auto scheme = from.find("://");
    if (scheme == std::string_view::npos || from.substr(scheme + 3) != host) {
      return "Requests by pages of another origin are refused.";
    }
    return std::nullopt;
  }

  void SendContinue() {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    stream_.expires_after(Chrono(server_->options().stall));
    asio::async_write(stream_, asio::buffer(kContinue),
                      [self = Self()](error_code ec, std::size_t) {
                        if (ec) return self->stream_.close();
                        self->ReadBody();
                      });
  }

  void ReadBody() {
    if (parser_->is_done()) return Dispatch();
    // A timeout of the stream closes its socket: nothing can be answered then.
    const auto stall = std::chrono::steady_clock::now() + Chrono(server_->options().stall);
    stream_.expires_at(std::min(body_deadline_, stall));
    http::async_read_some(stream_, buffer_, *parser_, [self = Self()](error_code ec, std::size_t) {
      if (ec == http::error::body_limit) {
        return self->Refuse(413, TooLarge(self->reserved_));
      }
      if (IsMalformed(ec)) {
        return self->Refuse(400, "This is not a sound HTTP request: " + ec.message() + ".");
      }
      if (ec) return self->stream_.close();
      self->ReadBody();
    });
  }

  void Dispatch() {
    stream_.expires_never();
    keep_alive_ = parser_->keep_alive();
    head_ = parser_->get().method() == http::verb::head;
    HttpRequest request;
    request.method = View(parser_->get().method_string());
    request.path = path_;
    request.authorization = View(parser_->get()[http::field::authorization]);
    request.body = std::move(parser_->get().body());
    request.after = [server = server_](Duration wait, std::function<void()> function) {
      server->After(wait, std::move(function));
    };
    auto respond = [self = Self()](HttpResponse response) {
      asio::post(self->stream_.get_executor(), [self, response = std::move(response)]() mutable {
        self->Respond(std::move(response));
      });
    };
    try {
      server_->handler().Handle(std::move(request), respond);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "picket: while answering %s: %s\n", path_.c_str(), e.what());
      respond(HttpError(500, "The service failed to answer this request."));
    }
  }

  void Refuse(int status, std::string_view text) {
    keep_alive_ = false;
    head_ = false;
    drain_ = true;
    Respond(HttpError(status, text));
  }

  void Respond(HttpResponse response) {
    ReleaseBody();
    response_ = std::move(response);
    const std::string_view body =
        response_.fixed_body.empty() ? std::string_view(response_.body) : response_.fixed_body;
    out_.emplace();
    out_->result(static_cast<unsigned>(response_.status));
    out_->version(11);
    out_->set(http::field::server, kServerName);
    out_->set(http::field::content_type, response_.content_type);
    out_->set("X-Content-Type-Options", "nosniff");
    out_->set("Content-Security-Policy", kContentPolicy);
    out_->set("Referrer-Policy", "no-referrer");
    out_->set("Cross-Origin-Resource-Policy", "same-origin");
    out_->set(http::field::cache_control,
              response_.immutable ? "public, max-age=31536000, immutable" : "no-store");
    for (const auto& [name, value] : response_.headers) out_->set(name, value);
    out_->keep_alive(keep_alive_ && !last_ && !server_->stopping());
    out_->content_length(body.size());
    if (!head_) out_->body() = beast::span<const char>(body.data(), body.size());
    serializer_.emplace(*out_);
    serializer_->split(head_);
    stream_.expires_after(Chrono(server_->options().write));
    const auto done = [self = Self()](error_code ec, std::size_t) { self->OnWritten(ec); };
    if (head_) {
      http::async_write_header(stream_, *serializer_, done);
    } else {
      http::async_write(stream_, *serializer_, done);
    }
  }

  void OnWritten(error_code ec) {
    const bool keep = out_->keep_alive();
    serializer_.reset();
    out_.reset();
    response_ = {};
    if (ec) return stream_.close();
    if (drain_) return StartDrain();
    if (!keep) return Hang();
    AwaitRequest();
  }

  void Hang() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.close();
  }

  /// A sender that is still sending would see a reset instead of the answer if we just closed.
  void StartDrain() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(std::chrono::seconds(5));
    buffer_.consume(buffer_.size());
    Drain(0);
  }

  void Drain(std::size_t drained) {
    if (drained > kMaxDrainBytes || server_->stopping()) return stream_.close();
    stream_.async_read_some(buffer_.prepare(65536),
                            [self = Self(), drained](error_code ec, std::size_t n) {
                              if (ec) return self->stream_.close();
                              self->Drain(drained + n);
                            });
  }

  void ReleaseBody() {
    if (reserved_ > 0) server_->Release(std::exchange(reserved_, 0));
  }

  Server server_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{256U << 10U};
  std::optional<Parser> parser_;
  std::optional<http::response<http::span_body<const char>>> out_;
  std::optional<http::response_serializer<http::span_body<const char>>> serializer_;
  HttpResponse response_;
  std::string path_;
  std::size_t reserved_ = 0;
  std::chrono::steady_clock::time_point body_deadline_;
  bool keep_alive_ = false;
  bool head_ = false;
  bool idle_ = false;
  bool last_ = false;
  bool drain_ = false;
};

}  // namespace

std::optional<Error> HttpServer::Impl::Listen() {
  const auto fail = [this](const std::string& what) {
    return Fail("cannot listen on " + options_.listen.host + ":" +
                std::to_string(options_.listen.port) + ": " + what)
        .value();
  };
  error_code ec;
  tcp::resolver resolver(io_);
  const auto found = resolver.resolve(options_.listen.host, std::to_string(options_.listen.port),
                                      tcp::resolver::passive, ec);
  if (ec) return fail(ec.message());
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  if (!ec) bound_ = acceptor_.local_endpoint(ec);
  if (ec) return fail(ec.message());
  Accept();
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { io_.run(); });
  }
  return std::nullopt;
}

void HttpServer::Impl::Accept() {
  // One strand per connection: its handlers never run at once.
  acceptor_.async_accept(asio::make_strand(io_), [this](error_code ec, tcp::socket socket) {
    if (stopping_) return;
    if (ec) {
      // Out of descriptors or memory: wait for connections to end rather than spin.
      return After(Duration::Seconds(0.1),
                   [this] { asio::dispatch(acceptor_.get_executor(), [this] { Accept(); }); });
    }
    Serve(std::move(socket));
    Accept();
  });
}

void HttpServer::Impl::Serve(tcp::socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  bool full = false;
  {
    const std::scoped_lock lock(mutex_);
    full = connections_.size() >= options_.max_connections;
  }
  if (!full) return std::make_shared<Session>(this, std::move(socket))->Run();
  static constexpr std::string_view kFull =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
      "Connection: close\r\nRetry-After: 1\r\nContent-Length: 33\r\n\r\n"
      "{\"error\":\"Too many connections.\"}";
  socket.non_blocking(true, ignored);
  socket.send(asio::buffer(kFull), 0, ignored);
  socket.shutdown(tcp::socket::shutdown_both, ignored);
}

void HttpServer::Impl::After(Duration wait, std::function<void()> function) {
  if (wait.ns() <= 0) return asio::post(io_, std::move(function));
  const auto timer = std::make_shared<asio::steady_timer>(io_, Chrono(wait));
  timer->async_wait([timer, function = std::move(function)](error_code ec) {
    if (!ec) function();
  });
}

void HttpServer::Impl::Stop() {
  if (threads_.empty()) return;
  asio::post(acceptor_.get_executor(), [this] {
    stopping_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    std::vector<std::shared_ptr<Connection>> open;
    {
      const std::scoped_lock lock(mutex_);
      for (const auto& [address, connection] : connections_) open.push_back(connection.lock());
      left_.notify_all();  // there may be none
    }
    for (const auto& connection : open) {
      if (connection) connection->Close();
    }
  });
  {
    std::unique_lock lock(mutex_);
    left_.wait_for(lock, Chrono(options_.stop),
                   [this] { return stopping_ && connections_.empty(); });
  }
  io_.stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpHandler& handler,
                                                      const Options& options) {
  auto impl = std::make_unique<Impl>(handler, options);
  if (auto error = impl->Listen()) return tl::unexpected<Error>(std::move(*error));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::string HttpServer::Url() const {
  const tcp::endpoint& bound = impl_->bound();
  const std::string host = bound.address().to_string();
  return "http://" + (bound.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(bound.port());
}

std::uint16_t HttpServer::port() const { return impl_->bound().port(); }
void HttpServer::Stop() { impl_->Stop(); }

}  // namespace picket
