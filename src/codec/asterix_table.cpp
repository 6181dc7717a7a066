// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/asterix_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <map>
#include <optional>
#include <span>

#include "asterix_tables.h"
#include "picket/base/assert.h"

namespace picket::asterix {
namespace {

/// (major, minor): "1.10" is newer than "1.9".
using Edition = std::pair<int, int>;
constexpr Edition kOldest{0, 0};
constexpr Edition kNewest{255, 255};

std::optional<int> Number(std::string_view text) {
  int n = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

std::optional<Edition> ParseEdition(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = Number(text.substr(0, dot));
  const auto minor = Number(text.substr(dot + 1));
  if (!major || !minor || *major < 0 || *major > 255 || *minor < 0 || *minor > 255) {
    return std::nullopt;
  }
  return Edition{*major, *minor};
}

/// "1.14-1.32", "-1.27", "1.28-" or "0.17".
std::pair<Edition, Edition> ParseRange(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::string_view from = text.substr(0, dash);
  const std::string_view to = dash == std::string_view::npos ? from : text.substr(dash + 1);
  const auto low = from.empty() ? kOldest : ParseEdition(from);
  const auto high = to.empty() ? kNewest : ParseEdition(to);
  PICKET_ASSERT(low && high, "a table text has a bad range of editions");
  return {*low, *high};
}

/// The next word, up to a blank that is not inside braces; `text` loses it.
std::string_view Word(std::string_view& text) {
  const std::size_t start = text.find_first_not_of(' ');
  if (start == std::string_view::npos) {
    text = {};
    return {};
  }
  std::size_t end = start;
  int depth = 0;
  while (end < text.size() && (depth > 0 || text[end] != ' ')) {
    if (text[end] == '{') ++depth;
    if (text[end] == '}') --depth;
    ++end;
  }
  const std::string_view word = text.substr(start, end - start);
  text = text.substr(end);
  return word;
}

/// The number at the front, which `text` loses.
double LeadingNumber(std::string_view& text) {
  const std::size_t n = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto value = Number(text.substr(0, n));
  // 180/2147483648 is beyond int.
  const double number = value ? *value : (text.substr(0, n) == "2147483648" ? 2147483648.0 : 0.0);
  PICKET_ASSERT(number > 0, "a table text has a bad number");
  text = text.substr(n);
  return number;
}

std::vector<std::string> ParseMeanings(std::string_view text) {
  std::vector<std::string> meanings;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, comma);
    text = text.substr(std::min(comma + 1, text.size()));
    one = one.substr(std::min(one.find_first_not_of(' '), one.size()));
    if (const std::size_t colon = one.find(':'); colon != std::string_view::npos) {
      const auto at = Number(one.substr(0, colon));
      PICKET_ASSERT(at && *at >= static_cast<int>(meanings.size()), "meanings out of order");
      meanings.resize(static_cast<std::size_t>(*at));
      one = one.substr(colon + 1);
    }
    meanings.emplace_back(one);
  }
  return meanings;
}

Field ParseField(std::string_view text) {
  Field f;
  if (text.front() == '&') {
    f.overlay = true;
    text = text.substr(1);
  }
  const std::size_t colon = text.find(':');
  PICKET_ASSERT(colon != std::string_view::npos, "a field of a table text has no length");
  if (text.substr(0, colon) != "-") f.name = text.substr(0, colon);
  text = text.substr(colon + 1);
  f.bits = static_cast<int>(LeadingNumber(text));
  PICKET_ASSERT(f.bits >= 1 && f.bits <= 64, "a field of a table text is of 1 to 64 bits");
  while (!text.empty()) {
    const char mark = text.front();
    text = text.substr(1);
    switch (mark) {
      case 's':
        f.coding = Coding::kSigned;
        break;
      case 'o':
        f.coding = Coding::kOctal;
        break;
      case 'x':
        f.coding = Coding::kHex;
        break;
      case 'a':
        f.coding = Coding::kAscii;
        break;
      case 'c':
        f.coding = Coding::kIcao;
        break;
      case '*':
        f.scale = LeadingNumber(text);
        break;
      case '/':
        f.scale /= LeadingNumber(text);
        break;
      case '+':
        f.offset = LeadingNumber(text);
        break;
      case '?': {
        const std::size_t equals = text.find('=');
        PICKET_ASSERT(equals != std::string_view::npos, "a condition of a table has no value");
        f.only_if = text.substr(0, equals);
        text = text.substr(equals + 1);
        f.only_if_value = static_cast<std::uint64_t>(text.front() - '0');
        text = text.substr(1);
        break;
      }
      case '{':
        PICKET_ASSERT(text.back() == '}', "meanings end with a brace");
        f.meanings = ParseMeanings(text.substr(0, text.size() - 1));
        text = {};
        break;
      default:
        PICKET_ASSERT(false, "a table text has an unknown mark");
    }
  }
  return f;
}

Item ParseItem(std::string name, std::string_view text) {
  Item item;
  item.name = std::move(name);
  const std::string_view kind = Word(text);
  if (kind == "F")
    item.form = Form::kFixed;
  else if (kind == "X")
    item.form = Form::kVariable;
  else if (kind == "R")
    item.form = Form::kRepeated;
  else if (kind == "RX")
    item.form = Form::kRepeatedFx;
  else if (kind == "C")
    item.form = Form::kCompound;
  else if (kind == "E")
    item.form = Form::kExplicit;
  else if (kind == "?")
    item.form = Form::kUnknown;
  else
    PICKET_ASSERT(false, "a table text has an unknown kind");
  item.parts.emplace_back();
  for (std::string_view word = Word(text); !word.empty(); word = Word(text)) {
    if (word == "|") {
      item.parts.emplace_back();
    } else {
      item.parts.back().push_back(ParseField(word));
    }
  }
  const bool extends = item.form == Form::kVariable || item.form == Form::kRepeatedFx;
  for (const auto& part : item.parts) {
    const int over = PartBits(part) % 8;
    // Only the last part of a variable item may do without the extension bit.
    PICKET_ASSERT(extends ? over == 7 || (over == 0 && &part == &item.parts.back()) : over == 0,
                  "the fields of a table text fill whole bytes");
  }
  return item;
}

struct Family {
  int category = 0;
  Edition from, to, preset;
  std::string_view text;
};

Edition MustParse(std::string_view text) {
  const auto edition = ParseEdition(text);
  PICKET_ASSERT(edition, "a table text has a bad edition");
  return *edition;
}

std::vector<Family> AllFamilies() {
  std::vector<Family> families;
  const std::array groups = {std::span(kRadarTables, kRadarTableCount),
                             std::span(kTrackTables, kTrackTableCount),
                             std::span(kCooperativeTables, kCooperativeTableCount)};
  for (const auto group : groups) {
    for (const std::string_view text : group) {
      Family f;
      std::string_view head = text.substr(1, text.find('\n', 1) - 1);
      Word(head);
      const auto category = Number(Word(head));
      PICKET_ASSERT(category, "a table text has a bad category");
      f.category = *category;
      Word(head);
      std::tie(f.from, f.to) = ParseRange(Word(head));
      Word(head);
      f.preset = MustParse(Word(head));
      f.text = text;
      families.push_back(f);
    }
  }
  return families;
}

const std::vector<Family>& Families() {
  static const std::vector<Family> families = AllFamilies();
  return families;
}

const Item* FindItem(const Table& table, std::string_view name) {
  const auto at = std::find_if(table.items.begin(), table.items.end(),
                               [&](const Item& i) { return i.name == name; });
  return at == table.items.end() ? nullptr : &*at;
}

/// The lines of a text, those that go on with the one before joined to it.
std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text = text.substr(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    if (line.front() == ' ') {
      // Meanings may break anywhere between two words.
      const std::size_t start = line.find_first_not_of(' ');
      if (!lines.back().empty() && lines.back().back() != ',') lines.back() += ' ';
      lines.back() += line.substr(start);
    } else {
      lines.emplace_back(line);
    }
  }
  return lines;
}

std::vector<const Item*> ReadUap(Table& table, std::string_view text) {
  std::vector<const Item*> uap;
  for (std::string_view word = Word(text); !word.empty(); word = Word(text)) {
    const Item* item = word == "-" ? nullptr : FindItem(table, word);
    PICKET_ASSERT(item != nullptr || word == "-", "a profile names an item that has no layout");
    uap.push_back(item);
  }
  return uap;
}

void ReadTable(const Family& family, Edition edition, Table& table) {
  table.category = family.category;
  table.edition = fmt::format("{}.{}", edition.first, edition.second);
  const std::vector<std::string> lines = Lines(family.text);
  std::vector<std::string> profiles;
  bool skipping = false;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::string_view rest = lines[i];
    std::string_view head = Word(rest);
    if (head == "uap" || head == "uap?") {
      profiles.push_back(lines[i]);
      continue;
    }
    const std::size_t depth = head.find_first_not_of('.');
    PICKET_ASSERT(depth <= 2, "a table text has sub-items two levels deep at most");
    if (depth > 0) {
      if (skipping) continue;
      head = head.substr(depth);
      Item* parent = &table.items.back();
      if (depth == 2) parent = &parent->subs.back();
      parent->subs.push_back(head == "-" ? Item{} : ParseItem(std::string(head), rest));
      continue;
    }
    const std::size_t at = head.find('@');
    skipping = false;
    if (at != std::string_view::npos) {
      const auto [from, to] = ParseRange(head.substr(at + 1));
      skipping = edition < from || to < edition;
      head = head.substr(0, at);
    }
    if (!skipping) table.items.push_back(ParseItem(std::string(head), rest));
  }
  for (const std::string_view name : {"RE", "SP"}) {
    if (FindItem(table, name) == nullptr) table.items.push_back(ParseItem(std::string(name), "E"));
  }
  // The items stand still from here on: the profiles point at them.
  for (const std::string& profile : profiles) {
    std::string_view rest = profile;
    if (Word(rest) == "uap") {
      table.uap = ReadUap(table, rest);
      continue;
    }
    const std::string_view when = Word(rest);
    const std::size_t dot = when.find('.');
    const std::size_t equals = when.find('=');
    PICKET_ASSERT(dot < equals && equals < when.size(), "a profile has a bad condition");
    table.alt_item = when.substr(0, dot);
    table.alt_field = when.substr(dot + 1, equals - dot - 1);
    table.alt_value = static_cast<std::uint64_t>(when[equals + 1] - '0');
    table.uap_alt = ReadUap(table, rest);
  }
  PICKET_ASSERT(!table.uap.empty(), "a table text has no profile");
}

std::string EditionsOf(int category) {
  std::string text;
  for (const Family& f : Families()) {
    if (f.category != category) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{}.{}", f.from.first, f.from.second);
    if (f.to != f.from) text += fmt::format("-{}.{}", f.to.first, f.to.second);
  }
  return text;
}

/// Every edition of every category, read once: a few hundred small structures.
class AllTables {
 public:
  AllTables() {
    for (const Family& f : Families()) {
      for (Edition e = f.from; e <= f.to; ++e.second) {
        tables_.emplace_back();
        ReadTable(f, e, tables_.back());
        PICKET_ASSERT(by_edition_.emplace(std::pair(f.category, e), &tables_.back()).second,
                      "an edition has one table");
      }
      // The family that is written first holds the default of its category.
      presets_.emplace(f.category, by_edition_.at({f.category, f.preset}));
    }
  }
  [[nodiscard]] const Table* Find(int category, Edition edition) const {
    const auto at = by_edition_.find({category, edition});
    return at == by_edition_.end() ? nullptr : at->second;
  }
  [[nodiscard]] const Table* Preset(int category) const {
    const auto at = presets_.find(category);
    return at == presets_.end() ? nullptr : at->second;
  }
  [[nodiscard]] const std::map<int, const Table*>& presets() const { return presets_; }

 private:
  std::deque<Table> tables_;
  std::map<std::pair<int, Edition>, const Table*> by_edition_;
  std::map<int, const Table*> presets_;
};

const AllTables& Tables() {
  static const AllTables tables;
  return tables;
}

}  // namespace

int PartBits(const std::vector<Field>& part) {
  int bits = 0;
  for (const Field& f : part) bits += f.overlay ? 0 : f.bits;
  return bits;
}

Result<const Table*> FindTable(int category, std::string_view edition) {
  const Table* preset = Tables().Preset(category);
  if (preset == nullptr) return Fail(fmt::format("ASTERIX category {} is not known", category));
  if (edition.empty()) return preset;
  const auto asked = ParseEdition(edition);
  const Table* table = asked ? Tables().Find(category, *asked) : nullptr;
  if (table == nullptr) {
    return Fail(fmt::format("edition {} of ASTERIX category {} is not known, expected one of {}",
                            edition, category, EditionsOf(category)));
  }
  return table;
}

std::vector<Known> KnownCategories() {
  std::vector<Known> known;
  for (const auto& [category, preset] : Tables().presets()) {
    known.push_back({category, EditionsOf(category), preset->edition});
  }
  return known;
}

Result<std::pair<int, std::string>> ParseEditionChoice(std::string_view text) {
  const std::size_t equals = text.find('=');
  const auto category =
      equals == std::string_view::npos ? std::nullopt : Number(text.substr(0, equals));
  if (!category) {
    return Fail(
        fmt::format("\"{}\" names no edition, expected CATEGORY=EDITION like 62=0.17", text));
  }
  const auto table = FindTable(*category, text.substr(equals + 1));
  if (!table) return tl::unexpected(table.error());
  return std::pair(*category, (*table)->edition);
}

}  // namespace picket::asterix
