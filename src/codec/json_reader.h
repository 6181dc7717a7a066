// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "picket/base/error.h"
#include "picket/report/report.h"

namespace picket {

/// The names that a class may have in files: those of TargetClass, and for what they stand.
/// @returns the classes that share in it (1 or 2), or none if the name is not known
[[nodiscard]] std::vector<TargetClass> ClassesNamed(std::string_view name);

/// Looks up the keys of an object, of which there are few. `Id` is an enum that counts from 0.
template <typename Id, std::size_t kSize>
class KeyTable {
 public:
  static constexpr std::size_t kMaxLength = 24;

  constexpr explicit KeyTable(const std::array<std::string_view, kSize>& names) : names_(names) {
    // By length, so that a look-up compares with two or three names.
    std::size_t next = 0;
    for (std::size_t length = 0; length <= kMaxLength; ++length) {
      begin_[length] = static_cast<std::uint8_t>(next);
      for (std::size_t i = 0; i < kSize; ++i) {
        if (names[i].size() == length) order_[next++] = static_cast<std::uint8_t>(i);
      }
    }
    begin_[kMaxLength + 1] = static_cast<std::uint8_t>(next);
  }

  /// @returns whether the name is known; its id in `id`
  constexpr bool Find(std::string_view name, Id& id) const {
    if (name.size() > kMaxLength) return false;
    for (std::size_t i = begin_[name.size()]; i < begin_[name.size() + 1]; ++i) {
      if (names_[order_[i]] == name) {
        id = static_cast<Id>(order_[i]);
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] constexpr std::string_view Name(Id id) const {
    return names_[static_cast<std::size_t>(id)];
  }

 private:
  std::array<std::string_view, kSize> names_;
  std::array<std::uint8_t, kSize> order_{};
  std::array<std::uint8_t, kMaxLength + 2> begin_{};
};

/// Where in a line a value stands; the text is made only when something is wrong there.
struct JsonPath {
  std::string_view list{};   ///< "detections"; empty: a key of the line itself
  std::size_t index = 0;     ///< in the list
  std::string_view inner{};  ///< "sd", "class"; may be empty
  [[nodiscard]] std::string Text(std::string_view key) const;
};

/// Parses lines one after the other in memory that it keeps, within bounds: size and depth.
class LineParser {
 public:
  [[nodiscard]] Result<simdjson::dom::object> Parse(std::string_view line, std::size_t max_bytes);
  /// Gives back what a rare long line took. Values of that line are gone then.
  void Shrink();

 private:
  simdjson::dom::parser parser_;
  std::vector<char> padded_;
};

/// Values out of parsed JSON, checked. Each returns whether all is well; the first error stays.
class JsonChecker {
 public:
  bool Wrong(const JsonPath& path, std::string_view key, std::string what);
  /// Marks a key as seen; a second time is an error.
  bool Once(std::uint64_t& seen, unsigned key, const JsonPath& path, std::string_view name) {
    const std::uint64_t bit = std::uint64_t{1} << key;
    if ((seen & bit) != 0) return Wrong(path, name, "stands twice");
    seen |= bit;
    return true;
  }
  bool Number(simdjson::dom::element value, const JsonPath& path, std::string_view key, double min,
              double max, std::string_view unit, double& out);
  /// RFC 3339, or seconds since 1970.
  bool Instant(simdjson::dom::element value, const JsonPath& path, std::string_view key, Time& out);
  /// A string of 1 to `max_bytes`.
  bool Text(simdjson::dom::element value, const JsonPath& path, std::string_view key,
            std::size_t max_bytes, std::string& out);
  /// Three numbers.
  bool Triple(simdjson::dom::element value, const JsonPath& path, std::string_view key, double most,
              std::string_view unit, std::array<double, 3>& out);
  bool Class(simdjson::dom::element value, const JsonPath& path, ClassProbabilities& out);
  bool Claims(simdjson::dom::element value, const JsonPath& path, Identity& out);

  [[nodiscard]] tl::unexpected<Error> Take() { return tl::unexpected<Error>(std::move(error_)); }

 private:
  Error error_;
};

}  // namespace picket
