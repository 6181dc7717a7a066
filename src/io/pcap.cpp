// SPDX-License-Identifier: Apache-2.0
#include "picket/io/pcap.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include "picket/base/assert.h"

namespace picket {
namespace {

struct CloseCapture {
  void operator()(pcap_t* capture) const { pcap_close(capture); }
};

std::uint16_t Big16(std::span<const std::uint8_t> b, std::size_t at) {
  return static_cast<std::uint16_t>(b[at] << 8U | b[at + 1]);
}

std::uint32_t Big32(std::span<const std::uint8_t> b, std::size_t at) {
  return static_cast<std::uint32_t>(Big16(b, at)) << 16U | Big16(b, at + 2);
}

/// @param file  closed at the end
Result<void> ReadFrom(std::FILE* file, const CaptureSink& sink) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  const std::unique_ptr<pcap_t, CloseCapture> capture(
      pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why.data()));
  if (!capture) {
    std::fclose(file);
    return Fail(fmt::format("not a capture that can be read: {}", why.data()));
  }
  const int link_type = pcap_datalink(capture.get());
  pcap_pkthdr* header = nullptr;
  const unsigned char* bytes = nullptr;
  for (std::int64_t number = 1;; ++number) {
    const int got = pcap_next_ex(capture.get(), &header, &bytes);
    if (got == 1) {
      CapturedFrame frame;
      frame.number = number;
      // The field named for microseconds holds nanoseconds, as asked for.
      const auto seconds = static_cast<std::int64_t>(header->ts.tv_sec);
      if (seconds >= 0 && seconds < 9'000'000'000 && header->ts.tv_usec >= 0) {
        frame.time = Time::Ns(seconds * 1'000'000'000 + header->ts.tv_usec);
      }
      frame.link_type = link_type;
      frame.bytes = {bytes, header->caplen};
      sink.on_frame(frame);
      continue;
    }
    if (got != PCAP_ERROR_BREAK) {
      Error error;
      error.what =
          fmt::format("frame {}: {}; the capture ends here", number, pcap_geterr(capture.get()));
      sink.on_error(error);
    }
    return {};
  }
}

void PutLittle32(std::string& out, std::uint32_t v) {
  for (int i = 0; i < 4; ++i, v >>= 8U) out += static_cast<char>(v & 0xFFU);
}

void PutBig16(std::string& out, std::size_t v) {
  out += static_cast<char>(v >> 8U & 0xFFU);
  out += static_cast<char>(v & 0xFFU);
}

tl::unexpected<Error> CutShort(std::string_view what) {
  return Fail(fmt::format("the frame ends within its {}", what));
}

Result<std::optional<Datagram>> ReadUdp(std::span<const std::uint8_t> b) {
  if (b.size() < 8) return CutShort("UDP header");
  const std::size_t length = Big16(b, 4);
  if (length < 8) return Fail(fmt::format("UDP length {}, expected at least 8", length));
  if (length > b.size()) return CutShort("UDP payload");
  return Datagram{Big16(b, 0), Big16(b, 2), b.subspan(8, length - 8)};
}

constexpr std::uint8_t kUdp = 17;
constexpr std::string_view kFragment =
    "a fragment of a larger datagram; fragments are not put together";

Result<std::optional<Datagram>> ReadIpv4(std::span<const std::uint8_t> b) {
  if (b.size() < 20) return CutShort("IPv4 header");
  const std::size_t header = (b[0] & 0x0FU) * 4U;
  const std::size_t total = Big16(b, 2);
  if (header < 20 || b.size() < header) return CutShort("IPv4 header");
  if (b[9] != kUdp) return std::nullopt;
  if ((Big16(b, 6) & 0x3FFFU) != 0) return Fail(std::string(kFragment));
  // A length of 0 is what segmentation offload leaves: then the frame's end is the packet's.
  const std::size_t end = total == 0 ? b.size() : total;
  if (end < header || end > b.size()) return CutShort("IPv4 packet");
  return ReadUdp(b.subspan(header, end - header));
}

Result<std::optional<Datagram>> ReadIpv6(std::span<const std::uint8_t> b) {
  if (b.size() < 40) return CutShort("IPv6 header");
  const std::size_t length = Big16(b, 4);
  if (b.size() - 40 < length) return CutShort("IPv6 packet");
  auto rest = length == 0 ? b.subspan(40) : b.subspan(40, length);
  std::uint8_t next = b[6];
  // Hop-by-hop, routing and destination options come before; each is of 8 bytes at least.
  while (next == 0 || next == 43 || next == 60) {
    if (rest.size() < 8) return CutShort("IPv6 extension header");
    const std::size_t size = (rest[1] + 1U) * 8U;
    if (rest.size() < size) return CutShort("IPv6 extension header");
    next = rest[0];
    rest = rest.subspan(size);
  }
  if (next == 44) return Fail(std::string(kFragment));
  if (next != kUdp) return std::nullopt;
  return ReadUdp(rest);
}

Result<std::optional<Datagram>> ReadIp(std::span<const std::uint8_t> b) {
  if (b.empty()) return CutShort("IP header");
  if (b[0] >> 4U == 4) return ReadIpv4(b);
  if (b[0] >> 4U == 6) return ReadIpv6(b);
  return Fail(fmt::format("IP version {}, expected 4 or 6", b[0] >> 4U));
}

/// @param type  of the frame's content, as Ethernet writes it
Result<std::optional<Datagram>> ReadEtherType(std::uint16_t type, std::span<const std::uint8_t> b) {
  while (type == 0x8100 || type == 0x88A8 || type == 0x9100) {
    if (b.size() < 4) return CutShort("VLAN tag");
    type = Big16(b, 2);
    b = b.subspan(4);
  }
  if (type == 0x0800) return ReadIpv4(b);
  if (type == 0x86DD) return ReadIpv6(b);
  return std::nullopt;
}

}  // namespace

bool LooksLikeCapture(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 4) return false;
  switch (Big32(bytes, 0)) {
    case 0xA1B2C3D4:  // pcap in either order of bytes, microseconds
    case 0xD4C3B2A1:
    case 0xA1B23C4D:  // nanoseconds
    case 0x4D3CB2A1:
    case 0x0A0D0D0A:  // pcapng
      return true;
    default:
      return false;
  }
}

Result<void> ReadCapture(const std::string& path, const CaptureSink& sink) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    Error error;
    error.source = path;
    error.what = fmt::format("cannot be opened: {}", std::generic_category().message(errno));
    return tl::unexpected(std::move(error));
  }
  auto done = ReadFrom(file, sink);
  if (!done) done.error().source = path;
  return done;
}

Result<void> ReadCapture(std::span<const std::uint8_t> bytes, const CaptureSink& sink) {
  PICKET_ASSERT(!bytes.empty(), "a capture in memory has bytes");
  // Opened for reading only: nothing is written through the pointer.
  std::FILE* file = fmemopen(const_cast<std::uint8_t*>(bytes.data()), bytes.size(), "rb");
  if (file == nullptr)
    return Fail(fmt::format("no memory file: {}", std::generic_category().message(errno)));
  return ReadFrom(file, sink);
}

Result<std::optional<Datagram>> UdpOf(const CapturedFrame& frame) {
  const auto b = frame.bytes;
  switch (frame.link_type) {
    case DLT_EN10MB:
      if (b.size() < 14) return CutShort("Ethernet header");
      return ReadEtherType(Big16(b, 12), b.subspan(14));
    case DLT_LINUX_SLL:
      if (b.size() < 16) return CutShort("Linux cooked header");
      return ReadEtherType(Big16(b, 14), b.subspan(16));
    case DLT_LINUX_SLL2:
      if (b.size() < 20) return CutShort("Linux cooked header");
      return ReadEtherType(Big16(b, 0), b.subspan(20));
    case DLT_NULL:
    case DLT_LOOP: {
      // The address family differs between systems and orders of bytes; the IP version does not.
      if (b.size() < 4) return CutShort("loopback header");
      return ReadIp(b.subspan(4));
    }
    case DLT_RAW:
    case 101:  // LINKTYPE_RAW, as files have it
    case DLT_IPV4:
    case DLT_IPV6:
      return ReadIp(b);
    default:
      return Fail(fmt::format("link type {} is not known", frame.link_type));
  }
}

std::string CaptureHead() {
  std::string head;
  PutLittle32(head, 0xA1B23C4D);  // nanoseconds
  PutLittle32(head, 2U | 4U << 16U);
  PutLittle32(head, 0);
  PutLittle32(head, 0);
  PutLittle32(head, 65535);
  PutLittle32(head, 101);  // LINKTYPE_RAW
  return head;
}

std::string CaptureUdp(Time time, std::uint16_t destination_port,
                       std::span<const std::uint8_t> payload) {
  PICKET_ASSERT(payload.size() <= 65'507, "a UDP payload over IPv4 has a limit");
  const std::size_t udp = payload.size() + 8;
  std::string ip;
  ip += static_cast<char>(0x45);
  ip += '\0';
  PutBig16(ip, udp + 20);
  PutBig16(ip, 0);
  PutBig16(ip, 0x4000);  // whole, not a fragment
  ip += static_cast<char>(64);
  ip += static_cast<char>(kUdp);
  std::string addresses;
  for (int i = 0; i < 2; ++i) {
    PutBig16(addresses, 0x7F00);
    PutBig16(addresses, 0x0001);
  }
  // RFC 791: the ones' complement of the ones' complement sum of the header's words.
  std::uint32_t sum = 0;
  for (const std::string* part : {&ip, &addresses}) {
    for (std::size_t i = 0; i < part->size(); i += 2) {
      sum += static_cast<std::uint32_t>(static_cast<std::uint8_t>((*part)[i])) << 8U |
             static_cast<std::uint8_t>((*part)[i + 1]);
    }
  }
  sum = (sum & 0xFFFFU) + (sum >> 16U);
  sum = (sum & 0xFFFFU) + (sum >> 16U);
  PutBig16(ip, ~sum & 0xFFFFU);
  ip += addresses;

  std::string frame;
  const auto size = static_cast<std::uint32_t>(udp + 20);
  PutLittle32(frame, static_cast<std::uint32_t>(time.ns() / 1'000'000'000));
  PutLittle32(frame, static_cast<std::uint32_t>(time.ns() % 1'000'000'000));
  PutLittle32(frame, size);
  PutLittle32(frame, size);
  frame += ip;
  PutBig16(frame, destination_port);
  PutBig16(frame, destination_port);
  PutBig16(frame, udp);
  PutBig16(frame, 0);  // no checksum, as RFC 768 allows
  frame.append(reinterpret_cast<const char*>(payload.data()), payload.size());
  return frame;
}

}  // namespace picket
