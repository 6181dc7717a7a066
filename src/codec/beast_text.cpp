// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "picket/codec/beast.h"

namespace picket {
namespace {

std::optional<std::uint64_t> HexNumber(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

// The bytes of a message written in hexadecimal: 4 digits (Mode A/C), 14 or 28 (Mode S).
struct Message {
  std::array<std::uint8_t, 14> bytes{};
  std::size_t size = 0;
};
std::optional<Message> ParseMessage(std::string_view hex) {
  if ((hex.size() != 4 && hex.size() != 14 && hex.size() != 28) || !IsHex(hex)) return std::nullopt;
  Message m;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    m.bytes[m.size++] = static_cast<std::uint8_t>(*HexNumber(hex.substr(i, 2)));
  }
  return m;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view Unquote(std::string_view text) {
  text = Trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

// A line's text with what is not printable replaced, short enough for an error.
std::string Shown(std::string_view line) {
  std::string shown(line.substr(0, 40));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return line.size() > 40 ? shown + "..." : shown;
}

// Seconds since 1970 in decimal, with the step of its last digit.
bool ParseSeconds(std::string_view text, ReceiverFrame& frame) {
  double seconds = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  frame.time = Time::FromUnixSeconds(seconds);
  const std::size_t point = text.find('.');
  const std::size_t decimals = point == std::string_view::npos ? 0 : text.size() - point - 1;
  frame.resolution =
      Duration::Seconds(std::pow(10.0, -static_cast<double>(std::min<std::size_t>(decimals, 9))));
  return frame.time.has_value();
}

// Fills `frame` and `message` from one line; or says what is wrong with it.
std::optional<std::string> ParseLine(std::string_view line, ReceiverFrame& frame,
                                     Message& message) {
  if (line.starts_with("MSG,")) {
    frame.kind = ReceiverFrame::Kind::kSbs;
    frame.text = line;
    return std::nullopt;
  }
  std::string_view hex = line;
  const char mark = line.front();
  if (mark == '*' || mark == ':' || mark == '@' || mark == '%' || mark == '<') {
    if (line.back() != ';') return "the line has no ';' at its end";
    hex = line.substr(1, line.size() - 2);
    const std::size_t head = mark == '<' ? 14 : mark == '@' || mark == '%' ? 12 : 0;
    if (hex.size() < head || !IsHex(hex.substr(0, head))) return "expected 12 digits of counter";
    if (head != 0) frame.counter = HexNumber(hex.substr(0, 12));
    if (head == 14) frame.signal = static_cast<std::uint8_t>(*HexNumber(hex.substr(12, 2)));
    hex.remove_prefix(head);
  } else if (const std::size_t comma = line.find(','); comma != std::string_view::npos) {
    if (!ParseSeconds(Unquote(line.substr(0, comma)), frame)) {
      return "expected seconds since 1970 before the first comma";
    }
    const std::string_view rest = line.substr(comma + 1);
    hex = Unquote(rest.substr(0, rest.find(',')));
  }
  const std::optional<Message> parsed = ParseMessage(hex);
  if (!parsed) return "expected 4, 14 or 28 hexadecimal digits of message";
  message = *parsed;
  frame.kind = message.size == 2 ? ReceiverFrame::Kind::kModeAc : ReceiverFrame::Kind::kModeS;
  return std::nullopt;
}

bool IsAscii(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

void TextFramer::Line(const FrameSink& on_frame, const ErrorSink& on_error) {
  const std::string_view line = Trim(line_);
  Error error;
  error.byte = start_;
  error.line = number_;
  if (too_long_) {
    error.what = fmt::format("line over {} bytes, passed over", kMaxFrameLine);
    on_error(error);
  } else if (!line.empty()) {
    ReceiverFrame frame;
    frame.byte = start_;
    frame.line = number_;
    frame.raw = {reinterpret_cast<const std::uint8_t*>(line_.data()), line_.size()};
    Message message;
    if (const auto wrong = ParseLine(line, frame, message)) {
      const bool head =
          number_ == 1 && line.find(',') != std::string_view::npos && IsAscii(line.front());
      if (!head) {
        error.what = fmt::format("{}: {}", *wrong, Shown(line));
        on_error(error);
      }
    } else {
      frame.payload = {message.bytes.data(), message.size};
      on_frame(frame);
    }
  }
  line_.clear();
  too_long_ = false;
}

void TextFramer::Feed(std::span<const std::uint8_t> bytes, const FrameSink& on_frame,
                      const ErrorSink& on_error) {
  for (const std::uint8_t b : bytes) {
    const char c = static_cast<char>(b);
    if (line_.empty() && !too_long_) start_ = offset_;
    ++offset_;
    if (c == '\n') {
      Line(on_frame, on_error);
      ++number_;
      continue;
    }
    if (line_.size() == kMaxFrameLine) {
      too_long_ = true;
    } else {
      line_ += c;
    }
    // Receivers may send AVR without line ends.
    if (c == ';' && !too_long_) {
      const char mark = line_.front();
      if (mark == '*' || mark == ':' || mark == '@' || mark == '%' || mark == '<') {
        Line(on_frame, on_error);
      }
    }
  }
}

void TextFramer::Finish(const FrameSink& on_frame, const ErrorSink& on_error) {
  Line(on_frame, on_error);
}

}  // namespace picket
