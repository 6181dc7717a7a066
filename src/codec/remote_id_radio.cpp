// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "picket/codec/remote_id.h"

namespace picket::remote_id {
namespace {

using Bytes = std::span<const std::uint8_t>;

// https://www.tcpdump.org/linktypes.html
constexpr int kWifi = 105;
constexpr int kRadiotap = 127;
constexpr int kBleLinkLayer = 251;
constexpr int kBleWithHeader = 256;
constexpr int kNordicSniffer = 272;

/// F3411-22a, 5.4.9: the application code of Remote ID.
constexpr std::uint8_t kAppCode = 0x0D;

std::size_t Little16(Bytes b, std::size_t at) {
  return static_cast<std::size_t>(b[at] | b[at + 1] << 8U);
}

bool Begins(Bytes b, std::initializer_list<std::uint8_t> with) {
  return b.size() >= with.size() && std::equal(with.begin(), with.end(), b.begin());
}

std::string Mac(Bytes b) {
  return fmt::format("{:02X}:{:02X}:{:02X}:{:02X}:{:02X}:{:02X}", b[0], b[1], b[2], b[3], b[4],
                     b[5]);
}

/// The service info of the Remote ID service in the attributes of a NAN service discovery frame
/// (Wi-Fi Aware 3.2, 9.5.3 and 9.5.4); empty if it has none.
Bytes NanServiceInfo(Bytes attributes) {
  constexpr std::uint8_t kServiceDescriptor = 0x03;
  while (attributes.size() >= 3) {
    const std::size_t length = Little16(attributes, 1);
    if (attributes.size() - 3 < length) return {};
    Bytes body = attributes.subspan(3, length);
    // The first six bytes of SHA-256 of "org.opendroneid.remoteid".
    if (attributes[0] == kServiceDescriptor && Begins(body, {0x88, 0x69, 0x19, 0x9D, 0x92, 0x09}) &&
        body.size() >= 9) {
      const std::uint8_t control = body[8];
      body = body.subspan(9);
      const auto skip = [&body](std::size_t n) { body = body.subspan(std::min(n, body.size())); };
      if ((control & 0x40U) != 0) skip(2);                              // binding bitmap
      if ((control & 0x04U) != 0 && !body.empty()) skip(1U + body[0]);  // matching filter
      if ((control & 0x08U) != 0 && !body.empty()) skip(1U + body[0]);  // response filter
      if ((control & 0x10U) == 0 || body.empty()) return {};
      return body.subspan(1, std::min<std::size_t>(body[0], body.size() - 1));
    }
    attributes = attributes.subspan(3 + length);
  }
  return {};
}

}  // namespace

bool Receiver::IsRadio(int link_type) {
  switch (link_type) {
    case kWifi:
    case kRadiotap:
    case kBleLinkLayer:
    case kBleWithHeader:
    case kNordicSniffer:
      return true;
    default:
      return false;
  }
}

void Receiver::Frame(int link_type, Bytes bytes, Time time, const DecodeSink& sink) {
  switch (link_type) {
    case kRadiotap:
      if (bytes.size() < 4 || Little16(bytes, 2) > bytes.size()) {
        return Tell("the radiotap header is cut short", sink);
      }
      return Wifi(bytes.subspan(Little16(bytes, 2)), time, sink);
    case kWifi:
      return Wifi(bytes, time, sink);
    case kNordicSniffer: {
      // Board, a header of six bytes, then one whose first byte is its length: flags stand in it.
      constexpr std::size_t kHeader = 7;
      constexpr std::uint8_t kAdvertising = 0x02;
      if (bytes.size() < kHeader + 2 || bytes.size() < kHeader + bytes[kHeader]) {
        return Tell("the sniffer's header is cut short", sink);
      }
      if (bytes[6] != kAdvertising && bytes[6] != 0x06) return;  // no packet of the air
      const bool coded = (bytes[kHeader + 1] >> 4U & 7U) == 2;
      const bool intact = (bytes[kHeader + 1] & 1U) != 0;
      return Ble(bytes.subspan(kHeader + bytes[kHeader]), coded, intact, time, sink);
    }
    case kBleWithHeader:
      if (bytes.size() < 10) return Tell("the pseudo header is cut short", sink);
      // Whether the checksum was checked, and whether it was right.
      return Ble(bytes.subspan(10), (bytes[9] >> 6U & 3U) == 2, (bytes[9] & 0x0CU) != 0x04, time,
                 sink);
    case kBleLinkLayer:
      return Ble(bytes, false, true, time, sink);
    default:
      return;
  }
}

void Receiver::Wifi(Bytes frame, Time time, const DecodeSink& sink) {
  constexpr std::size_t kHeader = 24;  // of management frames, IEEE 802.11-2020, 9.3.3.2
  if (frame.size() < kHeader || (frame[0] & 0x0CU) != 0) return;
  const unsigned subtype = frame[0] >> 4U;
  const std::string mac = Mac(frame.subspan(10, 6));
  Bytes body = frame.subspan(kHeader);
  constexpr unsigned kBeacon = 8;
  constexpr unsigned kProbeResponse = 5;
  constexpr unsigned kAction = 13;
  if (subtype == kAction) {
    // Public action of a vendor: the Wi-Fi Alliance's, of NAN.
    if (!Begins(body, {0x04, 0x09, 0x50, 0x6F, 0x9A, 0x13})) return;
    const Bytes info = NanServiceInfo(body.subspan(6));
    if (!info.empty()) Payload({"wifi-nan", mac, {}, false, true, {}}, info, time, frame, sink);
    return;
  }
  if ((subtype != kBeacon && subtype != kProbeResponse) || body.size() < 12) return;
  body = body.subspan(12);  // timestamp, interval, capabilities
  constexpr std::uint8_t kVendor = 221;
  while (body.size() >= 2) {
    const std::size_t length = body[1];
    const bool whole = body.size() - 2 >= length;
    const Bytes element = body.subspan(2, std::min(length, body.size() - 2));
    if (body[0] == kVendor && Begins(element, {0xFA, 0x0B, 0xBC, kAppCode})) {
      if (!whole) {
        ++counts_.damaged;
        return Tell("an element of Remote ID is cut short", sink);
      }
      Payload({"wifi-beacon", mac, {}, false, true, {}}, element.subspan(4), time, frame, sink);
    }
    if (!whole) return;
    body = body.subspan(2 + length);
  }
}

void Receiver::Ble(Bytes packet, bool coded, bool intact, Time time, const DecodeSink& sink) {
  // Bluetooth Core 5.4, Vol 6, Part B: access address, with the coded PHY an indicator, header.
  constexpr std::size_t kAccessAddress = 4;
  const std::size_t header = kAccessAddress + (coded ? 1 : 0);
  if (packet.size() < header + 2) return Tell("the packet is cut short", sink);
  const unsigned type = packet[header] & 15U;
  Bytes pdu = packet.subspan(header + 2);
  pdu = pdu.first(std::min<std::size_t>(pdu.size(), packet[header + 1]));
  std::string mac;
  const auto address = [&mac](Bytes b) {
    std::array<std::uint8_t, 6> turned{};
    std::reverse_copy(b.begin(), b.begin() + 6, turned.begin());
    mac = Mac(turned);
  };
  bool extended = false;
  switch (type) {
    case 0:  // ADV_IND
    case 2:  // ADV_NONCONN_IND
    case 4:  // SCAN_RSP
    case 6:  // ADV_SCAN_IND
      if (pdu.size() < 6) return Tell("the packet is cut short", sink);
      address(pdu);
      pdu = pdu.subspan(6);
      break;
    case 7: {  // ADV_EXT_IND, AUX_ADV_IND: 2.3.4
      extended = true;
      if (pdu.empty()) return Tell("the packet is cut short", sink);
      const std::size_t length = pdu[0] & 63U;
      pdu = pdu.subspan(1);
      if (length == 0) break;
      if (pdu.empty()) return Tell("the extended header is cut short", sink);
      // Sizes of the fields that the flags announce; what the controller adds (ACAD) follows them
      // as further structures of data.
      constexpr std::array<std::size_t, 7> kSizes = {6, 6, 1, 2, 3, 18, 1};
      const std::uint8_t flags = pdu[0];
      if ((flags & 1U) != 0 && pdu.size() >= 7) address(pdu.subspan(1));
      std::size_t fields = 1;
      for (std::size_t i = 0; i < kSizes.size(); ++i) {
        if ((flags >> i & 1U) != 0) fields += kSizes[i];
      }
      if (fields > pdu.size()) return Tell("the extended header is cut short", sink);
      pdu = pdu.subspan(fields);
      break;
    }
    default:
      return;
  }
  constexpr std::uint8_t kServiceData16 = 0x16;
  while (pdu.size() >= 2 && pdu[0] != 0) {
    const std::size_t length = pdu[0];
    const bool whole = pdu.size() - 1 >= length;
    const Bytes data = pdu.subspan(1, std::min(length, pdu.size() - 1));
    // ASTM's 16-bit UUID, 0xFFFA.
    if (Begins(data, {kServiceData16, 0xFA, 0xFF, kAppCode})) {
      Payload({extended ? "ble5" : "ble4", mac, {}, false, intact, {}}, data.subspan(4), time,
              packet, sink);
    }
    if (!whole) return;
    pdu = pdu.subspan(1 + length);
  }
}

}  // namespace picket::remote_id
