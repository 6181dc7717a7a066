// SPDX-License-Identifier: Apache-2.0
#pragma once

// toml++ asserts on some malformed files ("[.a]"). Such a file is bad input and must not end the
// program: the assertion is thrown instead, and ParseToml makes an error value of it.
namespace picket {
[[noreturn]] void ThrowTomlAssertion();
}  // namespace picket
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::picket::ThrowTomlAssertion())
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "picket/base/error.h"

namespace picket {

/// The name in `names` that a misspelt `word` most likely means; empty if none is near.
[[nodiscard]] std::string_view NearestName(std::string_view word,
                                           std::span<const std::string_view> names);

/// Which numbers a key may hold, and their unit as the text of an error says it.
struct NumberRange {
  double min = 0.0;
  double max = 0.0;
  std::string_view unit;
  bool open_min = false;
  bool open_max = false;
};

enum class Need : std::uint8_t { kOptional, kRequired };

/// The violations found in one file. Bounded: more are counted, not kept.
class TomlErrors {
 public:
  TomlErrors(std::string source, std::size_t most) : source_(std::move(source)), most_(most) {}
  void Add(std::int64_t line, std::string field, std::string what);
  [[nodiscard]] bool empty() const { return errors_.empty(); }
  /// In order of lines; where some were not kept, the last tells how many.
  [[nodiscard]] Errors Take();

 private:
  std::string source_;
  std::size_t most_;
  std::size_t beyond_ = 0;
  Errors errors_;
};

/// A table of the file being read. Every question names a key, what it may hold and whether it must
/// be there; wrong answers become violations and nothing is given back. Finish tells of the keys
/// that nobody asked for.
class TomlTable {
 public:
  /// @param path  of the table, "sensor[2].sd"; empty for the whole file
  TomlTable(const toml::table& table, std::string path, TomlErrors& errors)
      : table_(&table), path_(std::move(path)), errors_(&errors) {}

  /// Whether the key is there, whatever it holds.
  [[nodiscard]] bool Has(std::string_view key);
  [[nodiscard]] std::optional<double> Number(std::string_view key, const NumberRange& range,
                                             Need need = Need::kOptional);
  [[nodiscard]] std::optional<std::string> Text(std::string_view key, Need need = Need::kOptional);
  [[nodiscard]] std::optional<bool> Flag(std::string_view key);
  /// One of `names`: its index.
  [[nodiscard]] std::optional<std::size_t> Choice(std::string_view key,
                                                  std::span<const std::string_view> names,
                                                  Need need = Need::kOptional);
  [[nodiscard]] std::optional<TomlTable> Table(std::string_view key, Need need = Need::kOptional);
  /// [[key]]: none if it is not there.
  [[nodiscard]] std::vector<TomlTable> Tables(std::string_view key);
  [[nodiscard]] std::vector<std::string> Texts(std::string_view key, Need need = Need::kOptional);
  /// [from, to], each within `range`.
  [[nodiscard]] std::optional<std::array<double, 2>> Pair(std::string_view key,
                                                          const NumberRange& range,
                                                          Need need = Need::kOptional);
  /// A string, or a table written as JSON.
  [[nodiscard]] std::optional<std::string> Json(std::string_view key);
  /// The keys as they stand, for tables whose keys are data.
  [[nodiscard]] std::vector<std::string> Keys() const;

  /// A violation of the table itself, or of one key (at its line if it is there).
  void Fail(std::string what);
  void Fail(std::string_view key, std::string what);
  /// Keys that are known but not read here.
  void Ignore(std::span<const std::string_view> keys);
  /// To be called last: every key that was not asked for is a violation.
  void Finish();

  [[nodiscard]] std::string Path(std::string_view key) const;
  [[nodiscard]] std::int64_t line() const { return table_->source().begin.line; }

 private:
  [[nodiscard]] const toml::node* Find(std::string_view key, Need need, std::string_view expected);
  [[nodiscard]] std::optional<double> Checked(const toml::node& node, const NumberRange& range,
                                              const std::string& path);

  const toml::table* table_;
  std::string path_;
  TomlErrors* errors_;
  std::set<std::string, std::less<>> known_;
};

/// Parses a TOML file within bounds: nesting deeper than any file of ours needs is refused before
/// the parser recurses into it.
[[nodiscard]] Result<toml::table> ParseToml(std::string_view text, const std::string& source,
                                            std::size_t max_bytes);

}  // namespace picket
