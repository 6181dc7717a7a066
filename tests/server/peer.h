// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace picket::test {

inline sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline std::uint16_t BoundPort(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

/// A receiver that feeds connect to.
class Peer {
 public:
  Peer() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = Loopback(0);
    bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    listen(listener_, 4);
  }
  ~Peer() {
    HangUp();
    close(listener_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return BoundPort(listener_); }
  bool Accept() {
    pollfd ready{listener_, POLLIN, 0};
    if (poll(&ready, 1, 30'000) <= 0) return false;
    fd_ = accept(listener_, nullptr, nullptr);
    return fd_ >= 0;
  }
  void Send(std::string_view bytes) const { send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  /// What comes within half a minute; empty: nothing, or the end.
  [[nodiscard]] std::string Receive() const {
    pollfd ready{fd_, POLLIN, 0};
    std::string bytes(65536, '\0');
    const ssize_t n = poll(&ready, 1, 30'000) > 0 ? recv(fd_, bytes.data(), bytes.size(), 0) : 0;
    bytes.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return bytes;
  }
  void HangUp() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int listener_;
  int fd_ = -1;
};

inline std::uint16_t FreeUdpPort() {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const sockaddr_in address = Loopback(0);
  bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const std::uint16_t port = BoundPort(fd);
  close(fd);
  return port;
}

inline void SendDatagram(std::uint16_t port, std::string_view bytes) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const sockaddr_in address = Loopback(port);
  sendto(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&address),
         sizeof address);
  close(fd);
}

}  // namespace picket::test
