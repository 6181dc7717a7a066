// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wire/sapient.pb.h>
#include <wire/sapient_v1.pb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "picket/base/error.h"
#include "picket/base/time.h"

/// Messages of SAPIENT between bytes, JSON and the classes that protoc makes of proto/.
namespace picket::sapient {

namespace wire = ::picket::wire::sapient;

/// A message as it came, and as what is understood of it: in the words of version 2.
struct Received {
  std::unique_ptr<wire::SapientMessage> message;         ///< never null
  std::unique_ptr<wire::v1::SapientMessage> of_first{};  ///< as it came; null: it is of version 2

  [[nodiscard]] bool first() const { return of_first != nullptr; }
};

/// Parses messages of a stream: of version 1 those of nodes that registered with it (icd_version),
/// else of version 2. Nothing is validated yet.
class MessageParser {
 public:
  /// @param json     proto-JSON; else the bytes of one message, without the length before it
  /// @param lenient  passes over keys and enumeration names of JSON that the standard does not
  ///                 have, to find what else is wrong
  [[nodiscard]] Result<Received> Parse(std::string_view bytes, bool json, bool lenient = false);

 private:
  static constexpr std::size_t kMaxNodes = 10'000;
  [[nodiscard]] bool OfFirst(const wire::SapientMessage& message) const;
  void Learn(const Received& received);

  std::set<std::string> first_;  ///< nodes of version 1, the first kMaxNodes of them
};

/// Parses the bytes of one message of version 2, without the length before it.
[[nodiscard]] Result<std::unique_ptr<wire::SapientMessage>> ParseBytes(
    std::span<const std::uint8_t> bytes);

/// Every violation of the standard: fields that are mandatory and not there, texts that are no
/// UUID or ULID, enumerations and numbers out of range, fields that the standard does not have,
/// and what only several fields together can break. At most kMaxViolations; empty: sound.
[[nodiscard]] Errors Violations(const wire::SapientMessage& message);
/// The same by the version that the message is of.
[[nodiscard]] Errors Violations(const Received& received);
inline constexpr std::size_t kMaxViolations = 100;

/// The name of the message's content, "detection_report"; "message" if it has none.
[[nodiscard]] std::string_view ContentName(const wire::SapientMessage& message);
/// The message's time; nothing if it states none or one that Time does not reach.
[[nodiscard]] std::optional<Time> TimeOf(const google::protobuf::Timestamp& timestamp);
void SetTime(Time time, google::protobuf::Timestamp& timestamp);

/// Proto-JSON on one line, names as in proto/, of the message as it came.
[[nodiscard]] std::string Json(const Received& received);
/// The message with its length before it, as it goes over TCP.
[[nodiscard]] std::string Framed(const wire::SapientMessage& message);
/// The same for a node of version 1. Of answers only: acknowledgements and errors, of which version
/// 1 holds several reasons in one text.
[[nodiscard]] std::string FramedFirst(const wire::SapientMessage& answer);

/// What an Error gives back of a message that was wrong: with all of a large one it would itself be
/// too large. One of blanks alone, which is no packet to a strict reader, has its length before it.
[[nodiscard]] std::string Returned(std::string_view bytes);
/// For a line of a log: the other side's text, short and without line ends.
[[nodiscard]] std::string Shown(std::string_view text, std::size_t most = 80);
/// Reasons that one answer gives.
inline constexpr int kMostReasons = 20;

/// RFC 4122 version 4, lower case, with hyphens.
[[nodiscard]] bool IsUuid(std::string_view text);
/// 26 letters of Crockford's base 32, upper case, below 2^128.
[[nodiscard]] bool IsUlid(std::string_view text);

}  // namespace picket::sapient
