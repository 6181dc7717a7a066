// SPDX-License-Identifier: Apache-2.0
#include "sapient_framer.h"

#include <fmt/format.h>

#include "picket/codec/sapient.h"
#include "sapient_wire.h"

namespace picket::sapient {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
/// The first field of a message is its timestamp, a message of its own: what a search looks for.
constexpr char kFirstTag = 0x0A;

std::uint32_t LengthAt(std::string_view bytes) {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8U * i);
  }
  return length;
}

bool IsMessage(std::string_view bytes) {
  const auto message =
      ParseBytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  return message && (*message)->has_timestamp() && (*message)->has_node_id();
}

}  // namespace

void Framer::Tell(const OnError& on_error, std::string what, std::size_t at) const {
  Error error;
  error.what = std::move(what);
  error.byte = offset_ + static_cast<std::int64_t>(at);
  if (form_ == Form::kJson) error.line = line_;
  on_error(error);
}

void Framer::Drop() {
  buffer_.erase(0, at_);
  offset_ += static_cast<std::int64_t>(at_);
  scan_ -= std::min(scan_, at_);
  at_ = 0;
}

void Framer::Feed(std::span<const std::uint8_t> bytes, const OnFrame& on_frame,
                  const OnError& on_error) {
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (form_ == Form::kUnknown) {
    if (buffer_.size() < kLengthBytes) return;
    const std::string_view front = buffer_;
    const std::size_t mark = front.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    const std::size_t first = front.find_first_not_of(kBlank, mark);
    if (first == std::string_view::npos) return;
    const bool json = front[first] == '{' || front[first] == '[';
    // A length may begin like JSON; but no message is as long as the text after a brace says.
    form_ = json && LengthAt(front) > kMaxMessageBytes ? Form::kJson : Form::kBinary;
    if (form_ == Form::kJson) at_ = scan_ = mark;
  }
  form_ == Form::kJson ? Json(on_frame, on_error) : Binary(false, on_frame, on_error);
  Drop();
}

void Framer::Binary(bool end, const OnFrame& on_frame, const OnError& on_error) {
  while (buffer_.size() - at_ >= kLengthBytes) {
    if (lost_ && !resume_) {
      at_ = buffer_.size();
      return;
    }
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    const std::uint32_t length = LengthAt(rest);
    const bool possible = length > 0 && length <= kMaxMessageBytes;
    if (!possible && !lost_) {
      Tell(on_error,
           length == 0 ? std::string("a message of no length, passed over")
                       : fmt::format("a message of {} bytes, expected at most {}", length,
                                     kMaxMessageBytes),
           at_);
      if (length == 0) {
        at_ += kLengthBytes;
      } else {
        lost_ = true;
      }
      continue;
    }
    const bool whole = rest.size() - kLengthBytes >= length;
    if (lost_) {
      const bool begins = possible && rest.size() > kLengthBytes && rest[kLengthBytes] == kFirstTag;
      if (rest.size() == kLengthBytes && !end) return;
      if (begins && !whole && !end) return;
      if (!begins || !whole || !IsMessage(rest.substr(kLengthBytes, length))) {
        ++at_;
        continue;
      }
      lost_ = false;
    }
    if (!whole) return;
    on_frame({.byte = offset_ + static_cast<std::int64_t>(at_),
              .line = 0,
              .bytes = rest.substr(kLengthBytes, length),
              .json = false});
    at_ += kLengthBytes + length;
  }
}

void Framer::Json(const OnFrame& on_frame, const OnError& on_error) {
  for (; scan_ < buffer_.size(); ++scan_) {
    const char c = buffer_[scan_];
    if (c == '\n') ++line_;
    if (depth_ == 0) {
      at_ = scan_;
      if (c == '{') {
        depth_ = 1;
        start_line_ = line_;
        garbage_ = false;
      } else if (!garbage_ && std::string_view(" \t\r\n,[]").find(c) == std::string_view::npos) {
        Tell(on_error, "is no JSON object, passed over up to the next", scan_);
        garbage_ = true;
      }
      continue;
    }
    if (scan_ - at_ >= kMaxMessageBytes) {
      Tell(on_error, fmt::format("an object of over {} bytes, passed over", kMaxMessageBytes), at_);
      depth_ = 0;
      quoted_ = escaped_ = false;
      garbage_ = true;
      continue;
    }
    if (quoted_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        quoted_ = false;
      }
    } else if (c == '"') {
      quoted_ = true;
    } else if (c == '{') {
      ++depth_;
    } else if (c == '}' && --depth_ == 0) {
      on_frame({.byte = offset_ + static_cast<std::int64_t>(at_),
                .line = start_line_,
                .bytes = std::string_view(buffer_).substr(at_, scan_ + 1 - at_),
                .json = true});
      at_ = scan_ + 1;
    }
  }
  if (depth_ == 0) at_ = scan_;
}

void Framer::Finish(const OnFrame& on_frame, const OnError& on_error) {
  if (form_ == Form::kBinary) Binary(true, on_frame, on_error);
  const bool cut = form_ == Form::kJson ? depth_ > 0 : at_ < buffer_.size() && !lost_;
  if (cut && buffer_.find_first_not_of(kBlank, at_) != std::string::npos) {
    Tell(on_error, "the last message is cut short", at_);
  }
  buffer_.clear();
  at_ = scan_ = depth_ = 0;
  quoted_ = escaped_ = false;
}

}  // namespace picket::sapient
