// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "picket/base/assert.h"
#include "picket/base/time.h"

namespace picket {

/// Text that grows at its end, as std::string does, but short pieces are copied in place instead of
/// by a call each.
class TextBuffer {
 public:
  void Clear() { size_ = 0; }
  [[nodiscard]] std::string_view View() const { return {bytes_.get(), size_}; }
  /// Where the next bytes go: at least `count`, of which Advance says how many were used.
  char* Room(std::size_t count) {
    if (capacity_ - size_ < count) Grow(count);
    return bytes_.get() + size_;
  }
  void Advance(const char* end) { size_ = static_cast<std::size_t>(end - bytes_.get()); }

  void push_back(char c) {
    *Room(1) = c;
    ++size_;
  }
  TextBuffer& operator+=(std::string_view text) {
    std::memcpy(Room(text.size()), text.data(), text.size());
    size_ += text.size();
    return *this;
  }

 private:
  void Grow(std::size_t count) {
    capacity_ = std::max<std::size_t>(2 * capacity_ + 1024, size_ + count);
    std::unique_ptr<char[]> larger(new char[capacity_]);
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Texts of numbers and instants written lately. Much that reports state is stated again and again:
/// accuracies, class probabilities, the second of the time.
class KnownTexts {
 public:
  /// The shortest text that reads back as the same double.
  void PutNumber(TextBuffer& out, double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    // Fibonacci hashing: the high bits of the product depend on all of the number's.
    Number& known = numbers_[(bits * 0x9E3779B97F4A7C15U) >> (64U - kNumberBits)];
    if (known.size == 0 || known.bits != bits) {
      PICKET_ASSERT(std::isfinite(value), "what is written as JSON is finite");
      // "-0" is a whole number, and reads back without its sign.
      const double plain = value == 0.0 ? 0.0 : value;
      const char* const end = fmt::format_to(known.text.data(), FMT_COMPILE("{}"), plain);
      known.bits = bits;
      known.size = static_cast<std::uint8_t>(end - known.text.data());
    }
    char* const at = out.Room(kLongest);
    std::memcpy(at, known.text.data(), kLongest);  // of one size: two instructions
    out.Advance(at + known.size);
  }

  /// As Time::Text.
  void PutInstant(TextBuffer& out, Time time) {
    constexpr std::int64_t kNs = 1'000'000'000;
    std::int64_t second = time.ns() / kNs;
    std::int64_t left = time.ns() % kNs;
    if (left < 0) {
      --second;
      left += kNs;
    }
    if (second_ != second || second_text_.empty()) {
      second_ = second;
      second_text_ = Time::Ns(second * kNs).Text();
    }
    const std::size_t whole = second_text_.size();  // "2026-03-01T12:00:00.000000000Z"
    char* const at = out.Room(whole);
    std::memcpy(at, second_text_.data(), whole);
    for (char* digit = at + whole - 2; left > 0; --digit, left /= 10) {
      *digit = static_cast<char>('0' + left % 10);
    }
    out.Advance(at + whole);
  }

 private:
  static constexpr unsigned kNumberBits = 9;
  static constexpr std::size_t kLongest = 32;  // what the longest number takes, and some
  struct Number {
    std::uint64_t bits = 0;
    std::uint8_t size = 0;  ///< 0: none
    std::array<char, kLongest> text{};
  };
  std::array<Number, std::size_t{1} << kNumberBits> numbers_{};
  std::int64_t second_ = 0;
  std::string second_text_;
};

}  // namespace picket
