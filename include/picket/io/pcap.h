// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "picket/base/error.h"
#include "picket/base/time.h"

namespace picket {

/// One frame of a network capture; the bytes are valid during the call only.
struct CapturedFrame {
  std::int64_t number = 0;  ///< from 1, as Wireshark counts
  Time time;                ///< of capture
  int link_type = 0;        ///< LINKTYPE_ value (https://www.tcpdump.org/linktypes.html)
  std::span<const std::uint8_t> bytes;
};

/// A UDP payload out of a frame.
struct Datagram {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::span<const std::uint8_t> payload;  ///< within the frame's bytes
};

/// What ReadCapture tells.
struct CaptureSink {
  std::function<void(const CapturedFrame&)> on_frame;
  std::function<void(const Error&)> on_error;
};

/// Whether bytes begin like a pcap or pcapng file. Needs the first four.
[[nodiscard]] bool LooksLikeCapture(std::span<const std::uint8_t> bytes);

/// Reads a pcap or pcapng file ("-": standard input). Damage ends it with one error, after all the
/// frames before.
/// @returns an error if nothing of it can be read
[[nodiscard]] Result<void> ReadCapture(const std::string& path, const CaptureSink& sink);
/// The same from memory. Requires at least one byte.
[[nodiscard]] Result<void> ReadCapture(std::span<const std::uint8_t> bytes,
                                       const CaptureSink& sink);

/// Finds the UDP payload: Ethernet (with VLAN tags), Linux cooked (1 and 2), BSD loopback, raw IP;
/// IPv4 and IPv6.
/// @returns nothing if the frame is of another protocol; an error if it is damaged, cut short, a
///          fragment, or of a link type that is not known
[[nodiscard]] Result<std::optional<Datagram>> UdpOf(const CapturedFrame& frame);

/// A pcap file is this and then a frame for each datagram: raw IP, times in nanoseconds.
[[nodiscard]] std::string CaptureHead();
/// A UDP datagram over IPv4, from this machine to itself. Requires payload.size() <= 65,507.
[[nodiscard]] std::string CaptureUdp(Time time, std::uint16_t destination_port,
                                     std::span<const std::uint8_t> payload);

}  // namespace picket
