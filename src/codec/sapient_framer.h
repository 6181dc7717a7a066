// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "picket/base/error.h"

namespace picket::sapient {

/// Cuts a stream into messages: framed by their lengths, or JSON objects one after the other. Which
/// of the two, its first byte that is not blank tells.
class Framer {
 public:
  struct Frame {
    std::int64_t byte = 0;   ///< offset in the stream
    std::int64_t line = 0;   ///< of JSON: where it begins, from 1
    std::string_view bytes;  ///< the message alone; valid during the call only
    bool json = false;
  };
  using OnFrame = std::function<void(const Frame&)>;
  using OnError = std::function<void(const Error&)>;

  /// @param resume  after a length that cannot be, look for the next message that can; without it,
  ///                what follows is passed over, as for a connection that is to be closed
  explicit Framer(bool resume) : resume_(resume) {}
  void Feed(std::span<const std::uint8_t> bytes, const OnFrame& on_frame, const OnError& on_error);
  void Finish(const OnFrame& on_frame, const OnError& on_error);
  /// A length could not be: the place of the next message is not known for sure.
  [[nodiscard]] bool lost() const { return lost_; }

 private:
  enum class Form : std::uint8_t { kUnknown, kBinary, kJson };

  void Binary(bool end, const OnFrame& on_frame, const OnError& on_error);
  void Json(const OnFrame& on_frame, const OnError& on_error);
  void Tell(const OnError& on_error, std::string what, std::size_t at) const;
  void Drop();

  bool resume_;
  Form form_ = Form::kUnknown;
  std::string buffer_;
  std::int64_t offset_ = 0;  ///< of the buffer's first byte in the stream
  std::size_t at_ = 0;       ///< in the buffer: everything before is done
  bool lost_ = false;
  std::int64_t line_ = 1;  ///< at `scan_`
  // Of the JSON object that is under way.
  std::size_t scan_ = 0;
  std::size_t depth_ = 0;
  std::int64_t start_line_ = 1;
  bool quoted_ = false;
  bool escaped_ = false;
  bool garbage_ = false;  ///< told of what stands between objects
};

}  // namespace picket::sapient
