// SPDX-License-Identifier: Apache-2.0
#include "picket/io/pcap.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace picket {
namespace {

using Bytes = std::vector<std::uint8_t>;

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes Little32(std::uint32_t v) {
  return {static_cast<std::uint8_t>(v), static_cast<std::uint8_t>(v >> 8U),
          static_cast<std::uint8_t>(v >> 16U), static_cast<std::uint8_t>(v >> 24U)};
}

/// A pcap file of microseconds, little-endian, with the frames given, one second apart.
Bytes PcapFile(std::uint32_t link_type, const std::vector<Bytes>& frames) {
  Bytes file = Bytes{0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0} + Little32(0) + Little32(0) +
               Little32(65535) + Little32(link_type);
  std::uint32_t second = 1'700'000'000;
  for (const Bytes& f : frames) {
    const auto size = static_cast<std::uint32_t>(f.size());
    file = file + Little32(second++) + Little32(250'000) + Little32(size) + Little32(size) + f;
  }
  return file;
}

Bytes Udp(const Bytes& payload) {
  const auto length = static_cast<std::uint8_t>(8 + payload.size());
  return Bytes{0x04, 0xD2, 0x21, 0x98, 0, length, 0, 0} + payload;  // 1234 to 8600
}

Bytes Ipv4(const Bytes& content, std::uint8_t protocol = 17, std::uint8_t flags = 0) {
  const auto length = static_cast<std::uint8_t>(20 + content.size());
  return Bytes{0x45, 0, 0, length, 0, 0, flags, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2} +
         content;
}

Bytes Ipv6(const Bytes& content, std::uint8_t next = 17) {
  Bytes header(40);
  header[0] = 0x60;
  header[5] = static_cast<std::uint8_t>(content.size());
  header[6] = next;
  return header + content;
}

Bytes Ethernet(std::uint16_t type, const Bytes& content) {
  Bytes header(12);
  return header + Bytes{static_cast<std::uint8_t>(type >> 8U), static_cast<std::uint8_t>(type)} +
         content;
}

const Bytes kPayload{0x30, 0, 4, 0};

Result<std::optional<Datagram>> Find(int link_type, const Bytes& frame) {
  CapturedFrame f;
  f.link_type = link_type;
  f.bytes = frame;
  return UdpOf(f);
}

void ExpectPayload(int link_type, const Bytes& frame) {
  const auto found = Find(link_type, frame);
  ASSERT_TRUE(found) << found.error().Text();
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->source_port, 1234);
  EXPECT_EQ((*found)->destination_port, 8600);
  EXPECT_EQ(Bytes((*found)->payload.begin(), (*found)->payload.end()), kPayload);
}

TEST(Pcap, EveryLinkType) {
  const Bytes v4 = Ipv4(Udp(kPayload));
  const Bytes v6 = Ipv6(Udp(kPayload));
  ExpectPayload(1, Ethernet(0x0800, v4));
  ExpectPayload(1, Ethernet(0x86DD, v6));
  ExpectPayload(1, Ethernet(0x8100, Bytes{0, 7, 0x08, 0x00} + v4));
  ExpectPayload(1, Ethernet(0x88A8, Bytes{0, 7, 0x81, 0, 0, 8, 0x86, 0xDD} + v6));
  ExpectPayload(113, Bytes(14) + Bytes{0x08, 0x00} + v4);
  ExpectPayload(276, Bytes{0x86, 0xDD} + Bytes(18) + v6);
  ExpectPayload(0, Bytes{2, 0, 0, 0} + v4);
  ExpectPayload(108, Bytes{0, 0, 0, 24} + v6);
  for (const int raw : {12, 101}) {
    ExpectPayload(raw, v4);
    ExpectPayload(raw, v6);
  }
  ExpectPayload(228, v4);
  ExpectPayload(229, v6);
  // Padding of short Ethernet frames is no payload.
  ExpectPayload(1, Ethernet(0x0800, v4) + Bytes(14));
  // Hop-by-hop options before UDP.
  ExpectPayload(101, Ipv6(Bytes{17, 0, 0, 0, 0, 0, 0, 0} + Udp(kPayload), 0));
}

TEST(Pcap, OtherProtocolsAreNoErrors) {
  for (const Bytes& frame : {Ethernet(0x0806, Bytes(28)), Ethernet(0x0800, Ipv4(Bytes(20), 6)),
                             Ethernet(0x86DD, Ipv6(Bytes(20), 6)), Ethernet(0x88CC, Bytes(50))}) {
    const auto found = Find(1, frame);
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found);
  }
}

TEST(Pcap, DamagedFramesAreErrors) {
  const auto why = [](int link_type, const Bytes& frame) {
    const auto found = Find(link_type, frame);
    return found ? std::string() : found.error().what;
  };
  EXPECT_EQ(why(147, Bytes(50)), "link type 147 is not known");
  EXPECT_EQ(why(101, Bytes{0x50}), "IP version 5, expected 4 or 6");
  EXPECT_PRED2(Has, why(101, Ipv4(Udp(kPayload), 17, 0x20)), "fragment");
  EXPECT_PRED2(Has, why(101, Ipv6(Bytes(16), 44)), "fragment");
  Bytes udp = Udp(kPayload);
  udp[5] = 7;
  EXPECT_EQ(why(101, Ipv4(udp)), "UDP length 7, expected at least 8");
  udp[5] = 100;
  EXPECT_EQ(why(101, Ipv4(udp)), "the frame ends within its UDP payload");
  // Cut anywhere: an error or, before it is known to be UDP, an error as well.
  const Bytes whole = Ethernet(0x8100, Bytes{0, 7, 0x86, 0xDD} + Ipv6(Udp(kPayload)));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_NE(why(1, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n))), "")
        << n;
  }
}

struct Heard {
  std::vector<std::int64_t> numbers;
  std::vector<Time> times;
  std::vector<Bytes> frames;
  std::vector<std::string> errors;
  Result<void> result;
};

Heard ReadAll(const Bytes& file) {
  Heard heard;
  CaptureSink sink;
  sink.on_frame = [&](const CapturedFrame& f) {
    heard.numbers.push_back(f.number);
    heard.times.push_back(f.time);
    heard.frames.emplace_back(f.bytes.begin(), f.bytes.end());
  };
  sink.on_error = [&](const Error& e) { heard.errors.push_back(e.what); };
  heard.result = ReadCapture(file, sink);
  return heard;
}

TEST(Pcap, FramesWithTheirTimes) {
  const Heard heard = ReadAll(PcapFile(1, {Bytes(60), Bytes(61)}));
  ASSERT_TRUE(heard.result);
  EXPECT_TRUE(heard.errors.empty());
  EXPECT_EQ(heard.numbers, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(heard.times.at(1), Time::Ns(1'700'000'001'250'000'000));
  EXPECT_EQ(heard.frames.at(1).size(), 61U);
}

TEST(Pcap, NanosecondsAndPcapng) {
  Bytes nano = PcapFile(1, {Bytes(60)});
  nano[0] = 0x4D;
  nano[1] = 0x3C;
  EXPECT_EQ(ReadAll(nano).times.at(0), Time::Ns(1'700'000'000'000'250'000));
  // Section header, interface, one enhanced packet.
  const Bytes ng = Bytes{0x0A, 0x0D, 0x0D, 0x0A} + Little32(28) +
                   Bytes{0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0} + Bytes(8, 0xFF) + Little32(28) +
                   Little32(1) + Little32(20) + Bytes{101, 0, 0, 0} + Little32(65535) +
                   Little32(20) + Little32(6) + Little32(36) + Little32(0) + Little32(0) +
                   Little32(1) + Little32(4) + Little32(4) + Bytes{1, 2, 3, 4} + Little32(36);
  EXPECT_TRUE(LooksLikeCapture(ng));
  const Heard heard = ReadAll(ng);
  ASSERT_TRUE(heard.result) << heard.result.error().Text();
  ASSERT_EQ(heard.frames.size(), 1U);
  EXPECT_EQ(heard.frames[0], (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(heard.times[0], Time::Ns(1000));
}

TEST(Pcap, ACutCaptureIsOneErrorAfterItsFrames) {
  const Bytes whole = PcapFile(1, {Bytes(60), Bytes(60), Bytes(60)});
  for (std::size_t n = 1; n < whole.size(); ++n) {
    const Heard heard =
        ReadAll(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)));
    if (n < 24) {
      ASSERT_FALSE(heard.result) << n;
      EXPECT_PRED2(Has, heard.result.error().what, "not a capture");
      continue;
    }
    const std::size_t complete = (n - 24) / 76;
    EXPECT_EQ(heard.frames.size(), complete) << n;
    EXPECT_EQ(heard.errors.size(), (n - 24) % 76 == 0 ? 0U : 1U) << n;
  }
}

TEST(Pcap, ALengthThatLiesEndsTheCapture) {
  Bytes file = PcapFile(1, {Bytes(60), Bytes(60)});
  file[24 + 76 + 11] = 0x7F;  // captured length of the second frame: 2 GB
  const Heard heard = ReadAll(file);
  EXPECT_EQ(heard.frames.size(), 1U);
  ASSERT_EQ(heard.errors.size(), 1U);
  EXPECT_PRED2(Has, heard.errors[0], "frame 2: ");
}

TEST(Pcap, WhatIsNoCapture) {
  EXPECT_FALSE(LooksLikeCapture(Bytes{0x30, 0, 4}));
  EXPECT_FALSE(LooksLikeCapture(kPayload));
  EXPECT_FALSE(ReadAll(kPayload).result);
  CaptureSink sink;
  const auto gone = ReadCapture(std::string("/nowhere/at/all.pcap"), sink);
  ASSERT_FALSE(gone);
  EXPECT_PRED2(Has, gone.error().Text(), "/nowhere/at/all.pcap");
}

TEST(Pcap, RealCaptures) {
  const char* folder = std::getenv("PICKET_DATA");
  if (folder == nullptr) GTEST_SKIP() << "PICKET_DATA is not set";
  struct Case {
    const char* file;
    std::size_t frames;
    std::size_t datagrams;
  };
  for (const Case& c :
       {Case{"cat_034_048.pcap", 100, 100}, Case{"cat062_edition_0_17.pcap", 100, 100}}) {
    std::size_t frames = 0;
    std::size_t datagrams = 0;
    CaptureSink sink;
    sink.on_error = [](const Error& e) { ADD_FAILURE() << e.Text(); };
    sink.on_frame = [&](const CapturedFrame& f) {
      ++frames;
      const auto found = UdpOf(f);
      if (found && *found) ++datagrams;
    };
    const auto read = ReadCapture(std::string(folder) + "/asterix/" + c.file, sink);
    ASSERT_TRUE(read) << read.error().Text();
    EXPECT_EQ(frames, c.frames) << c.file;
    EXPECT_EQ(datagrams, c.datagrams) << c.file;
  }
}

}  // namespace
}  // namespace picket
