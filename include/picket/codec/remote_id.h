// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "picket/base/error.h"
#include "picket/codec/decoder.h"

/// Remote ID of unmanned aircraft: messages of ASTM F3411-22a (the same as ASD-STAN EN 4709-002),
/// as they come over Wi-Fi and Bluetooth and from receivers' JSON (docs/remote_id.md).
namespace picket::remote_id {

inline constexpr std::size_t kMessageBytes = 25;
inline constexpr std::size_t kMaxPackMessages = 9;

/// F3411-22a, table 5.
struct BasicId {
  int id_type = 0;  ///< 1 serial number, 2 registration, 3 assigned UUID, 4 session
  int ua_type = 0;  ///< 1 aeroplane, 2 helicopter or multirotor ...
  std::string id;   ///< as text; what is not printable as hexadecimal
};

/// Table 6. What the sender does not know is not stated.
struct Location {
  int status = 0;  ///< 0 undeclared, 1 ground, 2 airborne, 3 emergency, 4 system failure
  std::optional<double> direction_deg;  ///< course from true north
  std::optional<double> speed_mps;
  std::optional<double> climb_mps;
  std::optional<double> lat_deg, lon_deg;  ///< 0, 0 is no position
  bool off_earth = false;                  ///< there is a position, and it cannot be
  std::optional<double> pressure_altitude_m;
  std::optional<double> alt_hae_m;
  std::optional<double> height_m;  ///< above the take-off, or above the ground
  bool height_above_ground = false;
  std::optional<double> horizontal_m;     ///< 95 % bound of the position
  std::optional<double> vertical_m;       ///< 95 % bound of alt_hae_m
  std::optional<double> speed_error_mps;  ///< 95 % bound
  std::optional<double> past_hour_s;      ///< when it was measured
};

/// Table 7, one page of several.
struct Authentication {
  int kind = 0;
  int page = 0;
  int last_page = 0;               ///< of page 0
  int length = 0;                  ///< of page 0: bytes of all pages together
  std::optional<Time> time;        ///< of page 0
  std::vector<std::uint8_t> data;  ///< 17 bytes of page 0, 23 of others
};

/// Table 8.
struct SelfId {
  int kind = 0;
  std::string text;
};

/// Table 9. The operator's place is personal data: no report has it.
struct System {
  int operator_location_type = 0;  ///< 0 take-off, 1 live, 2 fixed
  int classification_type = 0;     ///< 1 European Union
  std::optional<double> operator_lat_deg, operator_lon_deg, operator_alt_hae_m;
  bool off_earth = false;  ///< the operator is at a place that cannot be
  int area_count = 0;
  int area_radius_m = 0;
  std::optional<double> area_ceiling_m, area_floor_m;
  int eu_category = 0;
  int eu_class = 0;
  std::optional<Time> time;
};

/// Where somebody who flies an aircraft stands, as the aircraft says. Personal data.
struct OperatorPlace {
  Time time;             ///< of receipt
  std::string sender;    ///< ties what one aircraft sends: its radio's address, else its identity
  std::string aircraft;  ///< the identity that its reports have; empty: not told yet
  std::string operator_id;
  int location_type = 0;  ///< 0 take-off, 1 live, 2 fixed
  double lat_deg = 0.0, lon_deg = 0.0;
  std::optional<double> alt_hae_m;
};
/// "take-off", "live", "fixed"; else "unknown".
[[nodiscard]] std::string_view LocationTypeName(int location_type);

/// Table 10.
struct OperatorId {
  int kind = 0;
  std::string id;
};

using Message = std::variant<BasicId, Location, Authentication, SelfId, System, OperatorId>;

/// Reads one message of 25 bytes. Error: another length, or a type that the standard does not have.
[[nodiscard]] Result<Message> ReadMessage(std::span<const std::uint8_t> bytes);

/// What was received at once: a message, or a pack of up to nine.
struct Broadcast {
  std::string transport;  ///< "wifi-beacon", "wifi-nan", "ble4", "ble5", "json"
  std::string mac;        ///< of the sender, "90:3A:E6:C5:08:24"; empty: not known
  std::optional<int> counter;
  bool pack = false;
  bool intact = true;  ///< the receiver did not find its checksum wrong
  std::vector<Message> messages;
};

/// What a decoder has seen.
struct Counts {
  std::int64_t broadcasts = 0;
  std::int64_t packs = 0;
  std::array<std::int64_t, 6> messages{};  ///< by type
  std::int64_t damaged = 0;                ///< messages and packs that could not be read
  std::int64_t reports = 0;
};

/// Makes messages and reports of what was received. A report is one position of one aircraft, of
/// the sensor that receives; its identity is what the same sender's Basic ID said before.
class Receiver {
 public:
  Receiver(DecodeOptions options, std::string sensor);

  /// Whether frames of a link type (LINKTYPE_ value) may hold broadcasts.
  [[nodiscard]] static bool IsRadio(int link_type);
  /// A frame as it was captured: Wi-Fi (raw or with radiotap), Bluetooth LE (nRF sniffer, link
  /// layer with and without its pseudo header). Frames of others pass without a word.
  void Frame(int link_type, std::span<const std::uint8_t> bytes, Time time, const DecodeSink& sink);
  void Take(const Broadcast& broadcast, Time time, std::span<const std::uint8_t> raw,
            std::int64_t byte, const DecodeSink& sink);
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  struct Sender {
    std::string id;
    std::string operator_id;
    int ua_type = 0;
    std::optional<Location> last;  ///< that became a report
    Time last_time;
  };
  static constexpr std::size_t kMaxSenders = 10'000;

  /// @param broadcast  all but what follows from the payload
  void Payload(Broadcast broadcast, std::span<const std::uint8_t> payload, Time time,
               std::span<const std::uint8_t> raw, const DecodeSink& sink);
  void Wifi(std::span<const std::uint8_t> frame, Time time, const DecodeSink& sink);
  void Ble(std::span<const std::uint8_t> packet, bool coded, bool intact, Time time,
           const DecodeSink& sink);
  Sender& SenderOf(const Broadcast& broadcast, Sender& unknown);
  static std::shared_ptr<const OperatorPlace> OperatorOf(const Broadcast& broadcast,
                                                         const Sender& sender, Time time);
  [[nodiscard]] std::optional<Report> ReportOf(const Location& at, Time time, Sender& sender) const;
  static void Tell(std::string what, const DecodeSink& sink);

  DecodeOptions options_;
  std::string sensor_;
  std::map<std::string, Sender> senders_;
  Counts counts_;
};

/// JSON of receivers, line by line: a list of objects with one key each ("Basic ID",
/// "Location/Vector Message" ...), or one object with these keys (DragonSync, DroneID and their
/// ESP32 firmware); or one flat object ("basic_id", "drone_lat" ..., of the mesh-mapper sniffers).
class JsonDecoder final : public StreamDecoder {
 public:
  /// @param start  of inputs without times: lines are then a second apart, which is made up
  JsonDecoder(DecodeOptions options, std::string sensor, std::optional<Time> start);
  void Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
            const DecodeSink& sink) override;
  void Finish(const DecodeSink& sink) override;
  [[nodiscard]] const Counts& counts() const { return receiver_.counts(); }

 private:
  void Line(const DecodeSink& sink);
  static constexpr std::size_t kMaxLineBytes = 1U << 20U;

  Receiver receiver_;
  std::optional<Time> start_;
  std::optional<Time> received_;
  std::string line_;
  bool too_long_ = false;
  bool warned_ = false;
  std::int64_t number_ = 1;
  std::int64_t offset_ = 0;
};

/// Whether text begins like such JSON.
[[nodiscard]] bool LooksLikeJson(std::string_view head);

}  // namespace picket::remote_id
