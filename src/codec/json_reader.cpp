// SPDX-License-Identifier: Apache-2.0
#include "json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>

#include "picket/codec/json.h"

namespace picket {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

/// A line up to this long is read a second time, slowly, to say at which byte it is wrong.
constexpr std::size_t kMaxLocatedBytes = 64U << 10U;
constexpr std::size_t kKeptBytes = 1U << 20U;
/// A name of kMaxNameBytes whose every byte is escaped.
constexpr std::size_t kMaxQuotedNameBytes = 6 * kMaxNameBytes + 2;
constexpr double kSumSlack = 1e-6;
constexpr double kRoundingSlack = 1e-9;

/// Finds where a text stops being JSON.
class Locator : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return true; }
  bool key(string_t& /*value*/) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*size*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    byte = static_cast<std::int64_t>(position) - 1;
    return false;
  }
  std::int64_t byte = -1;
};

std::string_view TypeText(element value) {
  switch (value.type()) {
    case element_type::ARRAY:
      return "an array";
    case element_type::OBJECT:
      return "an object";
    case element_type::STRING:
      return "a string";
    case element_type::BOOL:
      return "true or false";
    case element_type::NULL_VALUE:
      return "null";
    default:
      return "a number";
  }
}

}  // namespace

std::vector<TargetClass> ClassesNamed(std::string_view name) {
  if (name == "drone") return {TargetClass::kMultirotor, TargetClass::kFixedWing};
  if (name == "crewed_aircraft") return {TargetClass::kAircraft};
  const auto named = ParseClass(name);
  return named ? std::vector<TargetClass>{*named} : std::vector<TargetClass>{};
}

std::string JsonPath::Text(std::string_view key) const {
  std::string text;
  if (!list.empty()) text = fmt::format("{}[{}]", list, index);
  for (const std::string_view part : {inner, key}) {
    if (part.empty()) continue;
    if (!text.empty()) text += '.';
    text += part;
  }
  return text;
}

std::string SensorNamedIn(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto skip = [&](std::size_t at) {
    return std::min(line.find_first_not_of(kBlank, at), line.size());
  };
  // Behind the closing quote of the string that begins at `at`.
  const auto end_of = [&](std::size_t at) {
    for (++at; at < line.size() && line[at] != '"'; ++at) {
      if (line[at] == '\\') ++at;
    }
    return std::min(at + 1, line.size());
  };
  std::size_t depth = 0;
  for (std::size_t at = 0; at < line.size();) {
    const char c = line[at];
    if (c != '"') {
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && depth > 0) --depth;
      ++at;
      continue;
    }
    const std::size_t end = end_of(at);
    const std::size_t colon = skip(end);
    const bool is_key = depth == 1 && line.substr(at, end - at) == R"("sensor")" &&
                        colon < line.size() && line[colon] == ':';
    at = end;
    if (!is_key) continue;
    const std::size_t value = skip(colon + 1);
    if (value == line.size() || line[value] != '"') return {};
    const std::string_view quoted = line.substr(value, end_of(value) - value);
    if (quoted.size() > kMaxQuotedNameBytes) return {};
    const auto name = nlohmann::json::parse(quoted, nullptr, false);
    return name.is_string() ? name.get<std::string>() : std::string();
  }
  return {};
}

Result<simdjson::dom::object> LineParser::Parse(std::string_view line, std::size_t max_bytes) {
  Error error;
  if (line.size() > max_bytes) {
    return Fail(fmt::format("has {} bytes, expected at most {}", line.size(), max_bytes));
  }
  if (padded_.size() < line.size() + simdjson::SIMDJSON_PADDING) {
    padded_.resize(std::bit_ceil(line.size() + simdjson::SIMDJSON_PADDING));
  }
  std::memcpy(padded_.data(), line.data(), line.size());
  auto failed = simdjson::SUCCESS;
  if (parser_.capacity() < line.size() || parser_.max_depth() != kMaxJsonDepth) {
    failed = parser_.allocate(padded_.size(), kMaxJsonDepth);
  }
  element root;
  if (failed == simdjson::SUCCESS) {
    failed = parser_.parse(padded_.data(), line.size(), false).get(root);
  }
  simdjson::dom::object object;
  if (failed == simdjson::SUCCESS) {
    if (root.get(object) == simdjson::SUCCESS) return object;
    return Fail(fmt::format("is {}, expected an object", TypeText(root)));
  }
  switch (failed) {
    case simdjson::DEPTH_ERROR:
      error.what = fmt::format("is nested deeper than {}", kMaxJsonDepth);
      break;
    case simdjson::NUMBER_ERROR:
      error.what = "is no JSON: holds a number that is malformed or too large";
      break;
    case simdjson::UTF8_ERROR:
      error.what = "is no JSON: holds bytes that are not UTF-8";
      break;
    case simdjson::EMPTY:
      error.what = "is empty, expected an object";
      break;
    default:
      error.what = "is no JSON: a comma, colon, quote, bracket or value is missing or too many";
  }
  if (failed != simdjson::DEPTH_ERROR && line.size() <= kMaxLocatedBytes) {
    Locator locator;
    nlohmann::json::sax_parse(line, &locator);
    error.byte = locator.byte;
  }
  return tl::unexpected<Error>(std::move(error));
}

void LineParser::Shrink() {
  if (padded_.size() <= kKeptBytes) return;
  parser_ = simdjson::dom::parser();
  padded_ = {};
}

bool JsonChecker::Wrong(const JsonPath& path, std::string_view key, std::string what) {
  error_.field = path.Text(key);
  error_.what = std::move(what);
  return false;
}

bool JsonChecker::Number(element value, const JsonPath& path, std::string_view key, double min,
                         double max, std::string_view unit, double& out) {
  const bool number = value.get(out) == simdjson::SUCCESS;
  if (number && out >= min && out <= max) return true;
  return Wrong(path, key,
               fmt::format("is {}, expected a number in [{:.10g}, {:.10g}]{}{}",
                           number ? fmt::format("{:.10g}", out) : std::string(TypeText(value)), min,
                           max, unit.empty() ? "" : " ", unit));
}

bool JsonChecker::Instant(element value, const JsonPath& path, std::string_view key, Time& out) {
  std::string_view text;
  double seconds = 0.0;
  std::optional<Time> time;
  if (value.get(text) == simdjson::SUCCESS) {
    time = Time::Parse(text);
  } else if (value.get(seconds) == simdjson::SUCCESS) {
    time = Time::FromUnixSeconds(seconds);
  } else {
    return Wrong(path, key,
                 fmt::format("is {}, expected a time like \"2026-03-01T12:00:01.5Z\" or seconds "
                             "since 1970",
                             TypeText(value)));
  }
  if (!time) {
    return Wrong(path, key,
                 "is no time from 1970 to 2261, expected one like \"2026-03-01T12:00:01.5Z\" or "
                 "seconds since 1970");
  }
  out = *time;
  return true;
}

bool JsonChecker::Text(element value, const JsonPath& path, std::string_view key,
                       std::size_t max_bytes, std::string& out) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    return Wrong(path, key, fmt::format("is {}, expected a string", TypeText(value)));
  }
  if (text.empty() || text.size() > max_bytes) {
    return Wrong(path, key, fmt::format("has {} bytes, expected 1 to {}", text.size(), max_bytes));
  }
  out = text;
  return true;
}

bool JsonChecker::Triple(element value, const JsonPath& path, std::string_view key, double most,
                         std::string_view unit, std::array<double, 3>& out) {
  simdjson::dom::array numbers;
  if (value.get(numbers) != simdjson::SUCCESS || numbers.size() != 3) {
    return Wrong(
        path, key,
        fmt::format("is {}, expected [east, north, up] in {}",
                    value.is_array() ? "an array of another length" : std::string(TypeText(value)),
                    unit));
  }
  std::size_t i = 0;
  for (const element number : numbers) {
    if (!Number(number, path, key, -most, most, unit, out[i++])) return false;
  }
  return true;
}

bool JsonChecker::Class(element value, const JsonPath& path, ClassProbabilities& out) {
  simdjson::dom::object members;
  if (value.get(members) != simdjson::SUCCESS) {
    return Wrong(path, "class",
                 fmt::format("is {}, expected an object of probabilities", TypeText(value)));
  }
  const JsonPath inner{path.list, path.index, "class"};
  std::array<bool, kTargetClasses> named{};
  std::vector<std::string_view> seen;
  for (const auto [key, member] : members) {
    const std::vector<TargetClass> classes = ClassesNamed(key);
    if (classes.empty()) {
      return Wrong(inner, key.substr(0, 40),
                   "is no class, expected multirotor, fixed_wing, bird, aircraft, other or drone");
    }
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
      return Wrong(inner, key, "stands twice");
    }
    seen.push_back(key);
    double probability = 0.0;
    if (!Number(member, inner, key, 0.0, 1.0, "", probability)) return false;
    for (const TargetClass c : classes) {
      out[static_cast<std::size_t>(c)] += probability / static_cast<double>(classes.size());
      named[static_cast<std::size_t>(c)] = true;
    }
  }
  if (seen.empty()) return true;
  const double sum = std::accumulate(out.begin(), out.end(), 0.0);
  if (sum > 1.0 + kSumSlack) {
    return Wrong(path, "class", fmt::format("sums to {:.10g}, expected at most 1", sum));
  }
  if (std::abs(sum - 1.0) <= kRoundingSlack) return true;
  const auto unnamed = static_cast<double>(std::count(named.begin(), named.end(), false));
  if (unnamed == 0 && sum <= 0.0) {
    return Wrong(path, "class", "sums to 0, expected a probability over 0");
  }
  // What is not said goes to the classes that are not named; if all are, it was rounding.
  for (std::size_t i = 0; i < kTargetClasses; ++i) {
    if (unnamed == 0 || sum > 1.0) {
      out[i] /= sum;
    } else if (!named[i]) {
      out[i] = (1.0 - sum) / unnamed;
    }
  }
  return true;
}

bool JsonChecker::Claims(element value, const JsonPath& path, Identity& out) {
  simdjson::dom::object members;
  if (value.get(members) != simdjson::SUCCESS) {
    return Wrong(path, "identity",
                 fmt::format("is {}, expected an object of strings", TypeText(value)));
  }
  const JsonPath inner{path.list, path.index, "identity"};
  for (const auto [key, member] : members) {
    if (key.empty() || key.size() > kMaxNameBytes) {
      return Wrong(
          path, "identity",
          fmt::format("has a key of {} bytes, expected 1 to {}", key.size(), kMaxNameBytes));
    }
    if (out.size() == kMaxIdentities) {
      return Wrong(path, "identity", fmt::format("has over {} claims", kMaxIdentities));
    }
    for (const auto& claim : out) {
      if (claim.first == key) return Wrong(inner, key, "stands twice");
    }
    auto& claim = out.emplace_back(key, "");
    if (!Text(member, inner, key, kMaxNameBytes, claim.second)) return false;
  }
  return true;
}

}  // namespace picket
