// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace picket::test {

/// For what must come: under a sanitizer, on a machine that does other things as well, the planner
/// alone takes half a minute for an answer.
inline constexpr int kPatienceMs = 180'000;

/// A plain socket that talks HTTP and WebSocket by hand: what the server sends is looked at
/// without the library that sent it.
class Client {
 public:
  struct Answer {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
  };

  explicit Client(std::uint16_t port, int receive_buffer = 0)
      : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) {
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }

  /// False if the other side did not take it all.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  Answer Request(const std::string& method, const std::string& target, const std::string& body = {},
                 const std::string& headers = {}) {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers;
    if (!body.empty() || method == "POST") {
      text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    Send(text + "\r\n" + body);
    return Read(method == "HEAD");
  }
  Answer Get(const std::string& target) { return Request("GET", target); }
  Answer Post(const std::string& target, const std::string& body) {
    return Request("POST", target, body);
  }

  /// One response; status 0 if the connection ended or nothing came for a while.
  Answer Read(bool head = false) {
    Answer answer;
    const auto end = ReadUntil("\r\n\r\n");
    if (!end) return answer;
    std::string_view text(buffer_.data(), *end);
    answer.status = std::atoi(std::string(text.substr(9, 3)).c_str());
    text.remove_prefix(text.find("\r\n") + 2);
    while (!text.empty()) {
      const auto line_end = std::min(text.find("\r\n"), text.size());
      const std::string_view line = text.substr(0, line_end);
      const auto colon = line.find(':');
      std::string name(line.substr(0, colon));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      answer.headers[name] = line.substr(line.find_first_not_of(' ', colon + 1));
      text.remove_prefix(std::min(line_end + 2, text.size()));
    }
    buffer_.erase(0, *end + 4);
    if (head || answer.status == 100 || answer.status == 101) return answer;
    const auto length = static_cast<std::size_t>(std::atoll(
        answer.headers.count("content-length") ? answer.headers["content-length"].c_str() : "0"));
    while (buffer_.size() < length && Fill()) {
    }
    answer.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return answer;
  }

  /// Joins the stream.
  bool Upgrade(const std::string& target = "/v1/stream", const std::string& headers = {}) {
    Send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n" +
         "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + headers + "\r\n");
    const Answer answer = Read();
    // The key and what must come of it are those of RFC 6455, 1.3.
    upgrade_status_ = answer.status;
    const auto accept = answer.headers.find("sec-websocket-accept");
    return answer.status == 101 && accept != answer.headers.end() &&
           accept->second == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  }
  [[nodiscard]] int upgrade_status() const { return upgrade_status_; }

  /// The next frame's payload, text or (told by `opcode`) another; nothing if none came in time.
  std::optional<std::string> Frame(int* opcode = nullptr) {
    if (!Have(2)) return std::nullopt;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(buffer_[i]); };
    std::size_t head = 2;
    std::uint64_t length = byte(1) & 0x7FU;
    if (length == 126) {
      if (!Have(4)) return std::nullopt;
      length = byte(2) * 256U + byte(3);
      head = 4;
    } else if (length == 127) {
      if (!Have(10)) return std::nullopt;
      length = 0;
      for (std::size_t i = 2; i < 10; ++i) length = length * 256 + byte(i);
      head = 10;
    }
    if (opcode != nullptr) *opcode = byte(0) & 0x0F;
    const bool last = (byte(0) & 0x80U) != 0;
    if (!Have(head + length)) return std::nullopt;
    std::string payload = buffer_.substr(head, length);
    buffer_.erase(0, head + length);
    if (!last) {
      const auto rest = Frame();
      if (!rest) return std::nullopt;
      payload += *rest;
    }
    return payload;
  }

  /// The next text message that holds `what`.
  std::optional<std::string> MessageWith(std::string_view what,
                                         double within_s = 0.001 * kPatienceMs) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(within_s);
    while (std::chrono::steady_clock::now() < end) {
      int opcode = 0;
      auto frame = Frame(&opcode);
      if (!frame || opcode == 8) return std::nullopt;
      if (opcode == 1 && frame->find(what) != std::string::npos) return frame;
    }
    return std::nullopt;
  }

  /// Whether the other side ended the connection (having sent whatever else before).
  bool Ended() {
    while (Fill()) {
    }
    return ended_;
  }
  void patience_ms(int ms) { patience_ms_ = ms; }

 private:
  bool Have(std::size_t bytes) {
    while (buffer_.size() < bytes) {
      if (!Fill()) return false;
    }
    return true;
  }
  std::optional<std::size_t> ReadUntil(std::string_view mark) {
    while (true) {
      const auto at = buffer_.find(mark);
      if (at != std::string::npos) return at;
      if (!Fill()) return std::nullopt;
    }
  }
  bool Fill() {
    pollfd ready{fd_, POLLIN, 0};
    if (poll(&ready, 1, patience_ms_) <= 0) return false;
    char bytes[65536];
    const ssize_t n = recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) {
      ended_ = true;
      return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }

  int fd_;
  bool connected_ = false;
  bool ended_ = false;
  int patience_ms_ = kPatienceMs;
  int upgrade_status_ = 0;
  std::string buffer_;
};

}  // namespace picket::test
