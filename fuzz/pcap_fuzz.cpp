// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/io/pcap.h"

/// Network captures, and the way from a frame of any link type to its datagram.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  if (size == 0) return 0;
  CaptureSink sink;
  sink.on_frame = [](const CapturedFrame& frame) {
    const auto datagram = UdpOf(frame);
    if (!datagram || !*datagram || (*datagram)->payload.empty()) return;
    const std::span<const std::uint8_t> payload = (*datagram)->payload;
    PICKET_HOLDS(payload.data() >= frame.bytes.data() &&
                 payload.data() + payload.size() <= frame.bytes.data() + frame.bytes.size());
  };
  sink.on_error = [](const Error& error) { PICKET_HOLDS(!error.what.empty()); };
  if (const auto read = ReadCapture(std::span(data, size), sink); !read) {
    PICKET_HOLDS(!read.error().what.empty());
  }
  return 0;
}
