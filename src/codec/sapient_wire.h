// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wire/sapient.pb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "picket/base/error.h"
#include "picket/base/time.h"

/// Messages of SAPIENT between bytes, JSON and the classes that protoc makes of proto/.
namespace picket::sapient {

namespace wire = ::picket::wire::sapient;

/// Parses the bytes of one message, without the length before it. Nothing is validated yet.
[[nodiscard]] Result<std::unique_ptr<wire::SapientMessage>> ParseBytes(
    std::span<const std::uint8_t> bytes);
/// The same of proto-JSON. Refuses keys and enumeration names that the standard does not have;
/// lenient: passes over them, to find what else is wrong.
[[nodiscard]] Result<std::unique_ptr<wire::SapientMessage>> ParseJson(std::string_view json,
                                                                      bool lenient = false);

/// Every violation of the standard: fields that are mandatory and not there, texts that are no
/// UUID or ULID, enumerations and numbers out of range, fields that the standard does not have,
/// and what only several fields together can break. At most kMaxViolations; empty: sound.
[[nodiscard]] Errors Violations(const wire::SapientMessage& message);
inline constexpr std::size_t kMaxViolations = 100;

/// The name of the message's content, "detection_report"; "message" if it has none.
[[nodiscard]] std::string_view ContentName(const wire::SapientMessage& message);
/// The message's time; nothing if it states none or one that Time does not reach.
[[nodiscard]] std::optional<Time> TimeOf(const google::protobuf::Timestamp& timestamp);
void SetTime(Time time, google::protobuf::Timestamp& timestamp);

/// Proto-JSON on one line, names as in proto/.
[[nodiscard]] std::string Json(const wire::SapientMessage& message);
/// The message with its length before it, as it goes over TCP.
[[nodiscard]] std::string Framed(const wire::SapientMessage& message);

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
