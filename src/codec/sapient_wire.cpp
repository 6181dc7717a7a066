// SPDX-License-Identifier: Apache-2.0
#include "sapient_wire.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "picket/base/assert.h"
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

template <typename Message>
Result<std::unique_ptr<Message>> Parsed(std::string_view bytes, bool json, bool lenient) {
  const google::protobuf::LogSilencer silence;  // what is wrong is told by the result
  auto message = std::make_unique<Message>();
  if (json) {
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = lenient;
    const auto status = google::protobuf::util::JsonStringToMessage({bytes.data(), bytes.size()},
                                                                    message.get(), options);
    if (!status.ok()) return Fail(OneLine(status.message().ToString()));
  } else if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Fail("is no SAPIENT message: the bytes do not decode, or hold text that is not UTF-8");
  }
  return message;
}

/// Version 1 names kinds of status in free text: "NotDetecting", "not detecting", "PD".
wire::StatusReport::StatusType StatusTypeOf(std::string_view text) {
  const auto letters = [](std::string_view from) {
    std::string upper;
    for (const char c : from.substr(0, 60)) {
      if (c >= 'a' && c <= 'z') upper += static_cast<char>(c - 'a' + 'A');
      if (c >= 'A' && c <= 'Z') upper += c;
    }
    return upper;
  };
  const std::string name = letters(text);
  const auto* const types = wire::StatusReport::StatusType_descriptor();
  for (int i = 1; i < types->value_count(); ++i) {
    const std::string& full = types->value(i)->name();
    if (letters(std::string_view(full).substr(std::string_view("STATUS_TYPE_").size())) == name) {
      return static_cast<wire::StatusReport::StatusType>(types->value(i)->number());
    }
  }
  return wire::StatusReport::STATUS_TYPE_OTHER;
}

/// A message of version 1 in the words of version 2. What has the same number in both means the
/// same; version 2 never uses a number of version 1 for another thing.
wire::SapientMessage Upgraded(const wire::v1::SapientMessage& first) {
  wire::SapientMessage message;
  // Both are bytes of the same structure, so this cannot fail but for texts that are not UTF-8,
  // which were refused when `first` was parsed.
  message.ParsePartialFromString(first.SerializePartialAsString());
  message.DiscardUnknownFields();
  if (first.has_status_report()) {
    const wire::v1::StatusReport& from = first.status_report();
    wire::StatusReport& to = *message.mutable_status_report();
    if (from.has_coverage()) *to.add_coverage() = from.coverage();
    for (int i = 0; i < from.status_size(); ++i) {
      to.mutable_status(i)->set_status_type(StatusTypeOf(from.status(i).status_type()));
    }
  } else if (first.has_registration_ack()) {
    if (first.registration_ack().has_ack_response_reason()) {
      message.mutable_registration_ack()->add_ack_response_reason(
          first.registration_ack().ack_response_reason());
    }
  } else if (first.has_task_ack() && first.task_ack().has_reason()) {
    message.mutable_task_ack()->add_reason(first.task_ack().reason());
  } else if (first.has_alert_ack()) {
    message.mutable_alert_ack()->set_alert_ack_status(
        static_cast<wire::AlertAck::AlertAckStatus>(first.alert_ack().alert_status()));
    if (first.alert_ack().has_reason()) {
      message.mutable_alert_ack()->add_reason(first.alert_ack().reason());
    }
  } else if (first.has_error() && first.error().has_error_message()) {
    message.mutable_error()->add_error_message(first.error().error_message());
  }
  return message;
}

template <typename Reasons>
std::string Joined(const Reasons& reasons) {
  return fmt::format("{}", fmt::join(reasons, "; "));
}

std::string WithLength(const google::protobuf::Message& message) {
  std::string bytes(kLengthBytes, '\0');
  message.AppendToString(&bytes);
  const auto length = static_cast<std::uint32_t>(bytes.size() - kLengthBytes);
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    bytes[i] = static_cast<char>(length >> (8U * i) & 0xFFU);
  }
  return bytes;
}

}  // namespace

bool MessageParser::OfFirst(const wire::SapientMessage& message) const {
  if (message.has_registration()) return message.registration().icd_version() == kFirstVersion;
  return first_.contains(message.node_id());
}

void MessageParser::Learn(const Received& received) {
  if (!received.message->has_registration()) return;
  const std::string& node = received.message->node_id();
  if (!received.first()) {
    first_.erase(node);
  } else if (first_.size() < kMaxNodes) {
    first_.insert(node);
  }
}

Result<Received> MessageParser::Parse(std::string_view bytes, bool json, bool lenient) {
  // Both versions number alike what a message begins with, so its bytes tell by either.
  auto second = Parsed<wire::SapientMessage>(bytes, json, lenient);
  bool first = second && OfFirst(**second);
  if (json && !second && (!first_.empty() || bytes.find(kFirstVersion) != std::string_view::npos)) {
    // JSON of version 1 need not parse as version 2.
    const auto peeked = Parsed<wire::v1::SapientMessage>(bytes, json, true);
    first = peeked && OfFirst(Upgraded(**peeked));
  }
  Received received;
  if (first) {
    auto parsed = Parsed<wire::v1::SapientMessage>(bytes, json, lenient);
    if (!parsed) return tl::unexpected<Error>(parsed.error());
    received.of_first = std::move(*parsed);
    received.message = std::make_unique<wire::SapientMessage>(Upgraded(*received.of_first));
  } else {
    if (!second) return tl::unexpected<Error>(second.error());
    received.message = std::move(*second);
  }
  Learn(received);
  return received;
}

Result<std::unique_ptr<wire::SapientMessage>> ParseBytes(std::span<const std::uint8_t> bytes) {
  return Parsed<wire::SapientMessage>({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                                      false, false);
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

std::string Json(const Received& received) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const google::protobuf::Message* const message =
      received.first() ? static_cast<const google::protobuf::Message*>(received.of_first.get())
                       : received.message.get();
  // Cannot fail but for timestamps outside the years 1 to 9999, which are refused before.
  if (!google::protobuf::util::MessageToJsonString(*message, &json, options).ok()) return "{}";
  return json;
}

std::string Framed(const wire::SapientMessage& message) { return WithLength(message); }

std::string FramedFirst(const wire::SapientMessage& answer) {
  wire::v1::SapientMessage first;
  *first.mutable_timestamp() = answer.timestamp();
  first.set_node_id(answer.node_id());
  if (answer.has_destination_id()) first.set_destination_id(answer.destination_id());
  if (answer.has_registration_ack()) {
    const wire::RegistrationAck& from = answer.registration_ack();
    first.mutable_registration_ack()->set_acceptance(from.acceptance());
    if (from.ack_response_reason_size() > 0) {
      first.mutable_registration_ack()->set_ack_response_reason(Joined(from.ack_response_reason()));
    }
  } else if (answer.has_task_ack()) {
    const wire::TaskAck& from = answer.task_ack();
    first.mutable_task_ack()->set_task_id(from.task_id());
    first.mutable_task_ack()->set_task_status(from.task_status());
    if (from.reason_size() > 0) first.mutable_task_ack()->set_reason(Joined(from.reason()));
  } else if (answer.has_alert_ack()) {
    const wire::AlertAck& from = answer.alert_ack();
    first.mutable_alert_ack()->set_alert_id(from.alert_id());
    first.mutable_alert_ack()->set_alert_status(
        static_cast<wire::v1::AlertAck::AlertStatus>(from.alert_ack_status()));
    if (from.reason_size() > 0) first.mutable_alert_ack()->set_reason(Joined(from.reason()));
  } else {
    PICKET_ASSERT(answer.has_error(), "an answer is an acknowledgement or an error");
    first.mutable_error()->set_packet(answer.error().packet());
    first.mutable_error()->set_error_message(Joined(answer.error().error_message()));
  }
  return WithLength(first);
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
