// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "picket/base/error.h"
#include "picket/base/time.h"
#include "picket/codec/decoder.h"
#include "picket/report/report.h"

/// Cursor on Target, version 2.0 (MITRE's Event.xsd), as XML and as TAK protocol version 1
/// (docs/cot.md).
namespace picket::cot {

inline constexpr std::size_t kMaxEventBytes = 1U << 20U;
/// What hae, ce and le say where they are not known.
inline constexpr double kUnknown = 9'999'999.0;

/// One event.
struct Event {
  std::string uid;
  std::string type;  ///< "a-u-A-M-H-Q"
  std::string how;   ///< "m-f"
  std::string access, qos, opex;
  Time time, start, stale;
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  std::optional<double> hae_m;  ///< height above the ellipsoid
  std::optional<double> ce_m;   ///< 90 % lie within this circle
  std::optional<double> le_m;   ///< 90 % lie within this of the height
  std::string callsign;
  std::string remarks;
  std::optional<double> speed_mps;
  std::optional<double> course_deg;  ///< from true north
  std::string detail;                ///< all that stands within <detail>, as XML
};

/// Reads one event of XML. Errors: every violation, each with its field ("point.lat").
[[nodiscard]] tl::expected<Event, Errors> ReadXml(std::string_view xml);
/// The event on one line, without a declaration before it.
[[nodiscard]] std::string WriteXml(const Event& event);
/// The same as TAK servers want it in a stream: a declaration and a line end before it, and nothing
/// at all after it.
[[nodiscard]] std::string WriteStreamXml(const Event& event);

/// How a message of TAK protocol version 1 begins.
enum class Framing : std::uint8_t {
  kMesh,   ///< a datagram: BF 01 BF, then the message
  kStream  ///< BF, the message's length as a varint, then the message
};
/// Reads one message of TAK protocol version 1, without what is before it. Same rules.
[[nodiscard]] tl::expected<Event, Errors> ReadTak(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::string WriteTak(const Event& event, Framing framing);

/// What the uids of a site's own tracks begin with: "picket.", eight digits of its name's hash and
/// a dot, so that two sites' tracks are two on a display that shows both.
[[nodiscard]] std::string UidPrefix(std::string_view site_name);

/// A target at an instant, as far as it is known: what TrackEvent is made of.
struct Target {
  Time time;
  std::string uid;
  std::string id;  ///< for its callsign
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  std::optional<double> hae_m;
  std::array<double, 3> vel_enu_mps = {kNotStated, kNotStated, kNotStated};
  std::optional<std::array<double, 3>> sd_m;  ///< one sigma east, north, up
  std::string_view target_class;              ///< ClassName, or empty
};

/// The event of a track: its kind as a 2525 type of unknown affiliation (picket does not say who is
/// a friend), ce and le of 90 % from its errors (of the wider axis), course and speed, stale after
/// `stale`.
/// @param crumbs  displays of the TAK family draw its way behind it (__bread_crumbs)
[[nodiscard]] Event TrackEvent(const Target& target, Duration stale, bool crumbs = false);

/// A place on the way of a track.
struct WayPoint {
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  std::optional<double> hae_m;
};
/// The way of a track so far as a drawn line (u-d-f), for displays that come late: uid
/// "UID.way".
/// @param way  oldest first; at least two places
[[nodiscard]] Event WayEvent(const Target& target, std::span<const WayPoint> way, Duration stale);

/// The event that takes another off the displays at once.
/// @param uid, type  of the event that is to go
[[nodiscard]] Event DeleteEvent(std::string_view uid, std::string_view type, Time time);

/// How two ends of a stream agree on TAK protocol version 1: it begins with XML, the server offers,
/// the client requests, the server responds; then both send messages of the protocol.
/// Source: TAK protocol, "Streaming connections", in the public sources of ATAK-CIV.
enum class Handshake : std::uint8_t { kNone, kOffered, kAccepted, kRefused };
/// What an event of the server says to that: kOffered if version 1 is among those that it supports.
[[nodiscard]] Handshake HandshakeOf(const Event& event);
/// The client's request for version 1.
/// @param uid  of the offer
[[nodiscard]] Event RequestEvent(std::string_view uid, Time time);

/// Decodes a stream of events: XML one after the other, TAK messages of streams; of datagrams those
/// of a mesh as well. What flies (type a-...-A...), and spots that an observer marked as a drone
/// (docs/cot.md), become one report of the sensor each.
class CotDecoder final : public StreamDecoder {
 public:
  /// @param own  what the uids of our own tracks begin with, which come back from a server or a
  ///             multicast group and are no reports; empty: there are none
  CotDecoder(DecodeOptions options, std::string sensor, bool datagrams, std::string own = {});
  void Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
            const DecodeSink& sink) override;
  void Finish(const DecodeSink& sink) override;

 private:
  void Run(bool end, const DecodeSink& sink);
  void Take(const tl::expected<Event, Errors>& event, std::size_t at, std::size_t size,
            const DecodeSink& sink);
  void TakeTak(std::string_view body, std::size_t at, std::size_t size, const DecodeSink& sink);
  void Tell(std::string what, std::size_t at, const DecodeSink& sink) const;

  DecodeOptions options_;
  std::string sensor_;
  bool datagrams_;
  std::string own_;
  std::string buffer_;
  std::int64_t offset_ = 0;  ///< of the buffer's first byte
  std::int64_t lines_ = 0;   ///< ends of lines before the buffer
  bool garbage_ = false;     ///< told of what stands between events
};

/// What validation of a file found.
struct Checked {
  std::int64_t events = 0;
  Errors errors;
};
[[nodiscard]] Checked Check(std::string_view bytes);

/// Whether bytes begin like events of XML or TAK messages.
[[nodiscard]] bool LooksLikeCot(std::span<const std::uint8_t> head);

}  // namespace picket::cot
