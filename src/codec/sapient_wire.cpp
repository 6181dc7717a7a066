// SPDX-License-Identifier: Apache-2.0
#include "sapient_wire.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "picket/codec/sapient.h"

namespace picket::sapient {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::string OneLine(std::string_view text) {
  std::string line(text.substr(0, 400));
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace

Result<std::unique_ptr<wire::SapientMessage>> ParseBytes(std::span<const std::uint8_t> bytes) {
  const google::protobuf::LogSilencer silence;  // what is wrong is told by the result
  auto message = std::make_unique<wire::SapientMessage>();
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Fail("is no SAPIENT message: the bytes do not decode, or hold text that is not UTF-8");
  }
  return message;
}

Result<std::unique_ptr<wire::SapientMessage>> ParseJson(std::string_view json, bool lenient) {
  const google::protobuf::LogSilencer silence;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = lenient;
  auto message = std::make_unique<wire::SapientMessage>();
  const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()},
                                                                  message.get(), options);
  if (!status.ok()) return Fail(OneLine(status.message().ToString()));
  return message;
}

std::string_view ContentName(const wire::SapientMessage& message) {
  const auto* const field =
      wire::SapientMessage::descriptor()->FindFieldByNumber(message.content_case());
  return field == nullptr ? std::string_view("message") : std::string_view(field->name());
}

std::optional<Time> TimeOf(const google::protobuf::Timestamp& timestamp) {
  constexpr std::int64_t kLast = 9'190'000'000;  // in 2261, where Time ends
  if (timestamp.seconds() < 0 || timestamp.seconds() > kLast || timestamp.nanos() < 0 ||
      timestamp.nanos() >= kNsPerSecond) {
    return std::nullopt;
  }
  return Time::Ns(timestamp.seconds() * kNsPerSecond + timestamp.nanos());
}

void SetTime(Time time, google::protobuf::Timestamp& timestamp) {
  timestamp.set_seconds(time.ns() / kNsPerSecond);
  timestamp.set_nanos(static_cast<std::int32_t>(time.ns() % kNsPerSecond));
}

std::string Json(const wire::SapientMessage& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  // Cannot fail but for timestamps outside the years 1 to 9999, which are refused before.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return "{}";
  return json;
}

std::string Framed(const wire::SapientMessage& message) {
  std::string bytes(kLengthBytes, '\0');
  message.AppendToString(&bytes);
  const auto length = static_cast<std::uint32_t>(bytes.size() - kLengthBytes);
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    bytes[i] = static_cast<char>(length >> (8U * i) & 0xFFU);
  }
  return bytes;
}

std::string Returned(std::string_view bytes) {
  constexpr std::size_t kMost = 64U << 10U;
  std::string returned;
  if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
      returned += static_cast<char>(bytes.size() >> (8U * i) & 0xFFU);
    }
  }
  return returned += bytes.substr(0, kMost);
}

std::string Shown(std::string_view text, std::size_t most) {
  std::string shown(text.substr(0, most));
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return shown;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  // The version, and the two bits of RFC 4122's variant.
  return text[14] == '4' && std::string_view("89ab").find(text[19]) != std::string_view::npos;
}

bool IsUlid(std::string_view text) {
  constexpr std::string_view kLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  // 26 letters of five bits hold 130: the first must leave two of them free.
  return text.size() == 26 && text[0] <= '7' &&
         text.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace picket::sapient
