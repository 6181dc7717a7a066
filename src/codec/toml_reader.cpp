// SPDX-License-Identifier: Apache-2.0
#include "toml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

namespace picket {
namespace {

constexpr int kMaxNesting = 32;
constexpr std::size_t kMaxTextBytes = 4096;
constexpr std::size_t kMaxShownBytes = 60;

/// How a value is called in an error.
std::string_view TypeText(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

/// Text of the file as an error may show it: short, and nothing that a terminal would obey.
std::string Cut(std::string_view text) {
  std::string cut(text.substr(0, kMaxShownBytes));
  for (char& c : cut) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return cut + (text.size() > kMaxShownBytes ? "..." : "");
}

std::string RangeText(const NumberRange& range) {
  return fmt::format("a number in {}{:.10g}, {:.10g}{}{}{}", range.open_min ? '(' : '[', range.min,
                     range.max, range.open_max ? ')' : ']', range.unit.empty() ? "" : " ",
                     range.unit);
}

std::string ListText(std::span<const std::string_view> names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Edits (insert, delete, replace) from one word to the other.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

/// Whether all letters of `word` stand in `name` in their order.
bool IsWithin(std::string_view word, std::string_view name) {
  for (const char c : name) {
    if (!word.empty() && word.front() == c) word.remove_prefix(1);
  }
  return word.empty();
}

/// Walks over the text as TOML's own lexer would, as far as quotes, comments and brackets go, and
/// finds nesting that is too deep: [[[[..., {a={a=..., or a.a.a.a...
/// @returns the line of it, or 0
std::int64_t LineOfDeepNesting(std::string_view text) {
  std::int64_t line = 1;
  int depth = 0;
  int dots = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool starts_quote = c == '"' || c == '\'';
    if (starts_quote) {
      const std::string_view triple = c == '"' ? "\"\"\"" : "'''";
      const bool long_string = text.substr(i, 3) == triple;
      const std::string_view close = triple.substr(0, long_string ? 3 : 1);
      for (i += close.size(); i < text.size() && text.substr(i, close.size()) != close; ++i) {
        if (text[i] == '\n') {
          ++line;
          if (!long_string) break;  // not closed: the parser will say so
        }
        const bool escapes = c == '"' && text[i] == '\\' && i + 1 < text.size();
        if (escapes && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
      }
      i += close.size() - 1;
      continue;
    }
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
      continue;
    }
    if (c == '\n') ++line;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') depth = std::max(0, depth - 1);
    if (c == '.') ++dots;
    const bool in_key = c == '.' || c == ' ' || c == '\t' || c == '_' || c == '-' ||
                        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!in_key) dots = 0;
    if (depth > kMaxNesting || dots > kMaxNesting) return line;
  }
  return 0;
}

struct TomlAssertion {};

/// The first line that looks like a table's header but whose name cannot be one, or 0.
std::int64_t LineOfBadHeader(std::string_view text) {
  std::int64_t line = 0;
  while (!text.empty()) {
    ++line;
    const std::string_view row = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), row.size() + 1));
    const std::size_t bracket = row.find_first_not_of(" \t");
    if (bracket == std::string_view::npos || row[bracket] != '[') continue;
    const std::size_t name = row.find_first_not_of("[ \t", bracket);
    if (name == std::string_view::npos) return line;
    const auto c = static_cast<unsigned char>(row[name]);
    const bool fits = std::isalnum(c) != 0 || c == '_' || c == '-' || c == '"' || c == '\'';
    if (!fits) return line;
  }
  return 0;
}

void AppendJsonText(const std::string& text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void AppendJson(const toml::node& node, std::string& out) {
  if (const auto* table = node.as_table()) {
    char before = '{';
    for (const auto& [key, value] : *table) {
      out += before;
      AppendJsonText(std::string(key.str()), out);
      out += ':';
      AppendJson(value, out);
      before = ',';
    }
    out += before == '{' ? "{}" : "}";
  } else if (const auto* array = node.as_array()) {
    char before = '[';
    for (const toml::node& value : *array) {
      out += before;
      AppendJson(value, out);
      before = ',';
    }
    out += before == '[' ? "[]" : "]";
  } else if (const auto* text = node.as_string()) {
    AppendJsonText(text->get(), out);
  } else if (const auto number = node.value<double>(); node.is_number() && std::isfinite(*number)) {
    out += fmt::format("{}", *number);
  } else {
    out += "null";
  }
}

}  // namespace

void ThrowTomlAssertion() { throw TomlAssertion(); }

std::string_view NearestName(std::string_view word, std::span<const std::string_view> names) {
  std::string_view best;
  if (word.size() > 40) return best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view name : names) {
    // A word that lies within the name has most likely lost a part, such as the unit.
    const bool lost_part =
        (word.size() >= 2 && name.starts_with(word)) || (word.size() >= 4 && IsWithin(word, name));
    const std::size_t distance = lost_part ? 1 : EditDistance(word, name);
    if (distance < best_distance && distance < name.size()) {
      best_distance = distance;
      best = name;
    }
  }
  return best;
}

void TomlErrors::Add(std::int64_t line, std::string field, std::string what) {
  if (errors_.size() >= most_) {
    ++beyond_;
    return;
  }
  Error error;
  error.source = source_;
  error.line = line;
  error.field = std::move(field);
  error.what = std::move(what);
  errors_.push_back(std::move(error));
}

Errors TomlErrors::Take() {
  std::stable_sort(errors_.begin(), errors_.end(),
                   [](const Error& a, const Error& b) { return a.line < b.line; });
  if (beyond_ > 0) {
    Error error;
    error.source = source_;
    error.what = fmt::format("and {} more", beyond_);
    errors_.push_back(std::move(error));
    beyond_ = 0;
  }
  return std::move(errors_);
}

std::string TomlTable::Path(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void TomlTable::Fail(std::string what) { errors_->Add(line(), path_, std::move(what)); }

void TomlTable::Fail(std::string_view key, std::string what) {
  const toml::node* node = table_->get(key);
  errors_->Add(node != nullptr ? node->source().begin.line : line(), Path(key), std::move(what));
}

const toml::node* TomlTable::Find(std::string_view key, Need need, std::string_view expected) {
  known_.emplace(key);
  const toml::node* node = table_->get(key);
  if (node == nullptr && need == Need::kRequired) {
    Fail(key, fmt::format("is missing, expected {}", expected));
  }
  return node;
}

std::optional<double> TomlTable::Checked(const toml::node& node, const NumberRange& range,
                                         const std::string& path) {
  const std::int64_t line = node.source().begin.line;
  if (!node.is_number()) {
    errors_->Add(line, path, fmt::format("is {}, expected {}", TypeText(node), RangeText(range)));
    return std::nullopt;
  }
  const double value = *node.value<double>();
  const bool over_min = range.open_min ? value > range.min : value >= range.min;
  const bool under_max = range.open_max ? value < range.max : value <= range.max;
  if (over_min && under_max) return value;  // NaN is neither
  errors_->Add(line, path, fmt::format("is {:.10g}, expected {}", value, RangeText(range)));
  return std::nullopt;
}

bool TomlTable::Has(std::string_view key) {
  known_.emplace(key);
  return table_->contains(key);
}

std::optional<double> TomlTable::Number(std::string_view key, const NumberRange& range, Need need) {
  const toml::node* node = Find(key, need, RangeText(range));
  return node == nullptr ? std::nullopt : Checked(*node, range, Path(key));
}

std::optional<std::string> TomlTable::Text(std::string_view key, Need need) {
  const toml::node* node = Find(key, need, "a string");
  if (node == nullptr) return std::nullopt;
  const auto* text = node->as_string();
  if (text == nullptr) {
    Fail(key, fmt::format("is {}, expected a string", TypeText(*node)));
    return std::nullopt;
  }
  const std::string& value = text->get();
  if (value.empty() || value.size() > kMaxTextBytes) {
    Fail(key, fmt::format("has {} bytes, expected 1 to {}", value.size(), kMaxTextBytes));
    return std::nullopt;
  }
  if (std::any_of(value.begin(), value.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    Fail(key, "holds control characters, expected one line of text");
    return std::nullopt;
  }
  return value;
}

std::optional<bool> TomlTable::Flag(std::string_view key) {
  const toml::node* node = Find(key, Need::kOptional, "");
  if (node == nullptr) return std::nullopt;
  if (!node->is_boolean()) {
    Fail(key, fmt::format("is {}, expected true or false", TypeText(*node)));
    return std::nullopt;
  }
  return node->as_boolean()->get();
}

std::optional<std::size_t> TomlTable::Choice(std::string_view key,
                                             std::span<const std::string_view> names, Need need) {
  const toml::node* node = Find(key, need, "one of " + ListText(names));
  if (node == nullptr) return std::nullopt;
  const auto* text = node->as_string();
  if (text == nullptr) {
    Fail(key, fmt::format("is {}, expected one of {}", TypeText(*node), ListText(names)));
    return std::nullopt;
  }
  const auto found = std::find(names.begin(), names.end(), text->get());
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::string_view nearest = NearestName(text->get(), names);
  Fail(key, fmt::format("is \"{}\"{}, expected one of {}", Cut(text->get()),
                        nearest.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", nearest),
                        ListText(names)));
  return std::nullopt;
}

std::optional<TomlTable> TomlTable::Table(std::string_view key, Need need) {
  const toml::node* node = Find(key, need, "a table");
  if (node == nullptr) return std::nullopt;
  if (!node->is_table()) {
    Fail(key, fmt::format("is {}, expected a table", TypeText(*node)));
    return std::nullopt;
  }
  return TomlTable(*node->as_table(), Path(key), *errors_);
}

std::vector<TomlTable> TomlTable::Tables(std::string_view key) {
  std::vector<TomlTable> tables;
  const toml::node* node = Find(key, Need::kOptional, "");
  if (node == nullptr) return tables;
  const auto* array = node->as_array();
  if (array == nullptr) {
    Fail(key, fmt::format("is {}, expected tables, each under [[{}]]", TypeText(*node), Path(key)));
    return tables;
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    const toml::node& item = (*array)[i];
    std::string path = fmt::format("{}[{}]", Path(key), i);
    if (item.is_table()) {
      tables.emplace_back(*item.as_table(), std::move(path), *errors_);
    } else {
      errors_->Add(item.source().begin.line, std::move(path),
                   fmt::format("is {}, expected a table", TypeText(item)));
    }
  }
  return tables;
}

std::vector<std::string> TomlTable::Texts(std::string_view key, Need need) {
  std::vector<std::string> texts;
  const toml::node* node = Find(key, need, "an array of strings");
  if (node == nullptr) return texts;
  const auto* array = node->as_array();
  if (array == nullptr) {
    Fail(key, fmt::format("is {}, expected an array of strings", TypeText(*node)));
    return texts;
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    const toml::node& item = (*array)[i];
    if (item.is_string() && !item.as_string()->get().empty()) {
      texts.push_back(item.as_string()->get());
    } else {
      errors_->Add(item.source().begin.line, fmt::format("{}[{}]", Path(key), i),
                   fmt::format("is {}, expected a string that is not empty", TypeText(item)));
    }
  }
  return texts;
}

bool TomlTable::Numbers(std::string_view key, std::string_view names, const NumberRange& range,
                        Need need, std::span<double> out) {
  const std::string expected = fmt::format("{}, each {}", names, RangeText(range));
  const toml::node* node = Find(key, need, expected);
  if (node == nullptr) return false;
  const auto* array = node->as_array();
  if (array == nullptr || array->size() != out.size()) {
    Fail(key, fmt::format("is {}, expected {}",
                          array == nullptr ? std::string(TypeText(*node))
                                           : fmt::format("an array of {}", array->size()),
                          expected));
    return false;
  }
  bool good = true;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto number = Checked((*array)[i], range, fmt::format("{}[{}]", Path(key), i));
    good = good && number;
    out[i] = number.value_or(0.0);
  }
  return good;
}

std::optional<std::array<double, 2>> TomlTable::Pair(std::string_view key, const NumberRange& range,
                                                     Need need) {
  std::array<double, 2> pair{};
  if (!Numbers(key, "[from, to]", range, need, pair)) return std::nullopt;
  return pair;
}

std::optional<std::array<double, 3>> TomlTable::Triple(std::string_view key,
                                                       const NumberRange& range) {
  std::array<double, 3> triple{};
  if (!Numbers(key, "[east, north, up]", range, Need::kOptional, triple)) return std::nullopt;
  return triple;
}

std::optional<std::string> TomlTable::Json(std::string_view key) {
  const toml::node* node = Find(key, Need::kOptional, "");
  if (node == nullptr) return std::nullopt;
  if (const auto* text = node->as_string()) return text->get();
  if (node->is_table()) {
    std::string json;
    AppendJson(*node, json);
    return json;
  }
  Fail(key, fmt::format("is {}, expected a table, or JSON in a string", TypeText(*node)));
  return std::nullopt;
}

std::vector<std::string> TomlTable::Keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : *table_) keys.emplace_back(key.str());
  return keys;
}

void TomlTable::Ignore(std::span<const std::string_view> keys) {
  known_.insert(keys.begin(), keys.end());
}

void TomlTable::Finish() {
  const std::vector<std::string_view> names(known_.begin(), known_.end());
  for (const auto& [key, value] : *table_) {
    if (known_.contains(key.str())) continue;
    const std::string_view nearest = NearestName(key.str(), names);
    errors_->Add(key.source().begin.line, Path(Cut(key.str())),
                 nearest.empty()
                     ? fmt::format("is no key that is known here, expected {}", ListText(names))
                     : fmt::format("is no key that is known here, did you mean \"{}\"?", nearest));
  }
}

Result<toml::table> ParseToml(std::string_view text, const std::string& source,
                              std::size_t max_bytes) {
  Error error;
  error.source = source;
  if (text.size() > max_bytes) {
    error.what = fmt::format("has {} bytes, expected at most {}", text.size(), max_bytes);
    return tl::unexpected<Error>(std::move(error));
  }
  error.line = LineOfDeepNesting(text);
  if (error.line > 0) {
    error.what = fmt::format("is nested deeper than {}", kMaxNesting);
    return tl::unexpected<Error>(std::move(error));
  }
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& failed) {
    error.line = failed.source().begin.line;
    error.what = std::string(failed.description());
  } catch (const TomlAssertion&) {
    error.line = LineOfBadHeader(text);
    error.what = "is no TOML: a table's name is missing or starts with a character that none may";
  }
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace picket
