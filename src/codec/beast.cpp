// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/beast.h"

#include <fmt/format.h>

#include <cstring>

namespace picket {
namespace {

constexpr std::uint8_t kEscape = 0x1A;
constexpr std::size_t kHeader = 6 + 1;

// Bytes of message behind counter and signal; 0 for what is no type.
std::size_t MessageBytes(std::uint8_t type) {
  switch (type) {
    case '1':
      return 2;
    case '2':
      return 7;
    case '3':
    case '4':
      return 14;
    default:
      return 0;
  }
}

void SetFrame(std::uint8_t type, std::int64_t start, std::span<const std::uint8_t> raw,
              std::span<const std::uint8_t> body, ReceiverFrame& frame) {
  frame.kind = type == '1'   ? ReceiverFrame::Kind::kModeAc
               : type == '4' ? ReceiverFrame::Kind::kStatus
                             : ReceiverFrame::Kind::kModeS;
  frame.byte = start;
  frame.raw = raw;
  frame.payload = body.subspan(kHeader);
  std::uint64_t counter = 0;
  for (std::size_t i = 0; i < 6; ++i) counter = (counter << 8U) | body[i];
  frame.counter = counter;
  frame.signal = body[6];
}

Error At(std::int64_t byte, std::string what) {
  Error e;
  e.byte = byte;
  e.what = std::move(what);
  return e;
}

}  // namespace

void BeastFramer::EndGarbage(const ErrorSink& on_error) {
  if (garbage_ == 0) return;
  on_error(At(garbage_from_, fmt::format("{} bytes belong to no frame, passed over", garbage_)));
  garbage_ = 0;
}

// The byte after an escape that stands outside of a frame or cuts one short.
void BeastFramer::BeginType(std::uint8_t type, const ErrorSink& on_error) {
  const std::size_t message = MessageBytes(type);
  if (message == 0) {
    if (garbage_ == 0) garbage_from_ = start_;
    garbage_ += offset_ - start_;
    if (type == kEscape) {  // of the two, this one may begin a frame
      start_ = offset_;
      state_ = State::kType;
    } else {
      ++garbage_;
      state_ = State::kOutside;
    }
    return;
  }
  EndGarbage(on_error);
  state_ = State::kBody;
  escape_ = false;
  type_ = type;
  need_ = kHeader + message;
  have_ = 0;
  raw_[0] = kEscape;
  raw_[1] = type;
  raw_size_ = 2;
}

// Frames that stand whole in the bytes, without a doubled byte in them, as nearly all do: without a
// copy of their bytes. @returns how many bytes they are
std::size_t BeastFramer::WholeFrames(std::span<const std::uint8_t> bytes, const FrameSink& on_frame,
                                     const ErrorSink& on_error) {
  std::size_t at = 0;
  ReceiverFrame frame;
  while (bytes.size() - at >= 2 && bytes[at] == kEscape) {
    const std::size_t message = MessageBytes(bytes[at + 1]);
    const std::size_t size = 2 + kHeader + message;
    if (message == 0 || bytes.size() - at < size) break;
    const auto body = bytes.subspan(at + 2, kHeader + message);
    if (std::memchr(body.data(), kEscape, body.size()) != nullptr) break;
    if (garbage_ != 0) EndGarbage(on_error);
    const std::int64_t start = offset_;
    at += size;
    offset_ += static_cast<std::int64_t>(size);
    SetFrame(bytes[at - size + 1], start, bytes.subspan(at - size, size), body, frame);
    on_frame(frame);
  }
  return at;
}

void BeastFramer::Feed(std::span<const std::uint8_t> bytes, const FrameSink& on_frame,
                       const ErrorSink& on_error) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (state_ == State::kOutside) {
      const std::size_t whole = WholeFrames(bytes.subspan(i), on_frame, on_error);
      i += whole;
      if (i == bytes.size()) return;
    }
    const std::uint8_t b = bytes[i];
    switch (state_) {
      case State::kOutside:
        if (b == kEscape) {
          state_ = State::kType;
          start_ = offset_;
        } else if (garbage_++ == 0) {
          garbage_from_ = offset_;
        }
        break;
      case State::kType:
        BeginType(b, on_error);
        break;
      case State::kBody:
        if (escape_ && b != kEscape) {
          on_error(At(start_, fmt::format("frame cut short after {} of {} bytes", have_, need_)));
          start_ = offset_ - 1;
          BeginType(b, on_error);
          break;
        }
        raw_[raw_size_++] = b;
        if (b == kEscape && !escape_) {
          escape_ = true;
          break;
        }
        escape_ = false;
        body_[have_++] = b;
        if (have_ == need_) {
          state_ = State::kOutside;
          ReceiverFrame frame;
          SetFrame(type_, start_, {raw_.data(), raw_size_}, {body_.data(), need_}, frame);
          on_frame(frame);
        }
        break;
    }
    ++offset_;
  }
}

void BeastFramer::Finish(const ErrorSink& on_error) {
  if (state_ == State::kBody) {
    on_error(At(start_, fmt::format("the stream ends inside of a frame, after {} of {} bytes",
                                    have_, need_)));
  } else if (state_ == State::kType && garbage_++ == 0) {
    garbage_from_ = start_;
  }
  EndGarbage(on_error);
  state_ = State::kOutside;
}

}  // namespace picket
