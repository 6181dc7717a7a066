// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/asterix_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bits.h"
#include "json_text.h"
#include "picket/base/assert.h"

namespace picket::asterix {
namespace {

// ICAO Annex 10, volume IV, table 3-9; what the table leaves empty is no character.
constexpr std::string_view kIcaoAlphabet =
    "?ABCDEFGHIJKLMNOPQRSTUVWXYZ????? ???????????????0123456789??????";

// No specification has more; without limits hostile data could make every byte cost a whole block.
constexpr std::size_t kMaxPresenceBytes = 16;
constexpr int kMaxRepeats = 255;

void WriteBits(std::span<std::uint8_t> bytes, std::size_t at_bit, int bits, std::uint64_t value) {
  for (int i = bits - 1; i >= 0; --i, ++at_bit) {
    const auto bit = static_cast<std::uint8_t>((value >> static_cast<unsigned>(i)) & 1U);
    const auto shift = 7U - at_bit % 8;
    auto& byte = bytes[at_bit / 8];
    byte =
        static_cast<std::uint8_t>((byte & ~(1U << shift)) | (static_cast<unsigned>(bit) << shift));
  }
}

std::uint64_t Mask(int bits) { return bits == 64 ? ~0ULL : (1ULL << bits) - 1; }

/// Walks the bytes of one record by its table.
class Decoder {
 public:
  Decoder(std::span<const std::uint8_t> bytes, Record& record) : bytes_(bytes), record_(record) {}

  Result<void> Run() {
    const Table& table = *record_.table;
    std::size_t frn = 0;
    const std::vector<const Item*>* uap = &table.uap;
    const auto spec_start = at_;
    do {
      if (at_ >= bytes_.size()) return Short("the field specification");
      if (at_ >= kMaxPresenceBytes) return Wrong(0, "the field specification does not end");
    } while ((bytes_[at_++] & 1U) != 0);
    for (std::size_t b = spec_start; b < SpecEnd(spec_start); ++b) {
      for (unsigned bit = 7; bit > 0; --bit, ++frn) {
        if (((bytes_[b] >> bit) & 1U) == 0) continue;
        const Item* item = frn < uap->size() ? (*uap)[frn] : nullptr;
        if (item == nullptr) {
          return Wrong(b, fmt::format("field {} is not used in this edition", frn + 1));
        }
        item_ = item;
        sub_ = subsub_ = nullptr;
        if (auto done = Read(*item); !done) return done;
        if (!table.uap_alt.empty() && item->name == table.alt_item) {
          const Value* chosen = record_.Find(table.alt_item, table.alt_field);
          if (chosen != nullptr && chosen->raw == table.alt_value) uap = &table.uap_alt;
        }
      }
    }
    record_.bytes = bytes_.first(at_);
    return {};
  }

 private:
  [[nodiscard]] std::size_t SpecEnd(std::size_t start) const {
    while ((bytes_[start] & 1U) != 0) ++start;
    return start + 1;
  }
  [[nodiscard]] std::string Place() const {
    std::string name;
    if (item_ != nullptr) name = fmt::format("item {}", item_->name);
    if (sub_ != nullptr) name += "." + sub_->name;
    if (subsub_ != nullptr) name += "." + subsub_->name;
    return name;
  }
  [[nodiscard]] tl::unexpected<Error> Wrong(std::size_t at, std::string what) const {
    Error error;
    error.byte = static_cast<std::int64_t>(at);
    error.field =
        fmt::format("category {}{}{}", record_.table->category, item_ ? " " : "", Place());
    error.what = std::move(what);
    return tl::unexpected(std::move(error));
  }
  [[nodiscard]] tl::unexpected<Error> Short(std::string_view what) const {
    return Wrong(bytes_.size(), fmt::format("the data end within {}", what));
  }

  /// `end_` bounds the content of an explicit item.
  [[nodiscard]] std::size_t Left() const { return end_ - at_; }

  Result<void> Read(const Item& item) {
    if (end_ == 0) end_ = bytes_.size();
    switch (item.form) {
      case Form::kFixed:
        return ReadPart(item.parts[0], 0, nullptr);
      case Form::kVariable:
        return ReadVariable(item);
      case Form::kRepeated: {
        if (Left() < 1) return Short("the count of repetitions");
        const int count = bytes_[at_++];
        for (int i = 0; i < count; ++i) {
          if (auto done = ReadPart(item.parts[0], i, nullptr); !done) return done;
        }
        return {};
      }
      case Form::kRepeatedFx: {
        bool more = true;
        for (int i = 0; more; ++i) {
          if (i == kMaxRepeats) return Wrong(at_, "the repetitions do not end");
          if (auto done = ReadPart(item.parts[0], i, &more); !done) return done;
        }
        return {};
      }
      case Form::kCompound:
        return ReadCompound(item);
      case Form::kExplicit:
        return ReadExplicit(item);
      case Form::kUnknown:
        break;
    }
    return Wrong(at_, "the layout of this item is not known");
  }

  /// @param more  where the part ends with an extension bit: receives it
  Result<void> ReadPart(const std::vector<Field>& part, int repeat, bool* more) {
    const int bits = PartBits(part) + (more != nullptr ? 1 : 0);
    const auto size = static_cast<std::size_t>(bits / 8);
    if (Left() < size) return Short(Place());
    std::size_t bit = at_ * 8;
    const std::size_t first = record_.values.size();
    for (const Field& f : part) {
      const std::size_t start = f.overlay ? bit - static_cast<std::size_t>(f.bits) : bit;
      if (!f.overlay) bit += static_cast<std::size_t>(f.bits);
      if (f.name.empty()) continue;
      if (!f.only_if.empty()) {
        bool holds = false;
        for (std::size_t v = first; v < record_.values.size(); ++v) {
          const Value& other = record_.values[v];
          holds = holds || (other.field->name == f.only_if && other.raw == f.only_if_value);
        }
        if (!holds) continue;
      }
      Value value = Here(repeat);
      value.field = &f;
      value.raw = ReadBits(bytes_, start, f.bits);
      record_.values.push_back(value);
    }
    at_ += size;
    if (more != nullptr) *more = (bytes_[at_ - 1] & 1U) != 0;
    return {};
  }

  Result<void> ReadVariable(const Item& item) {
    bool more = true;
    for (const auto& part : item.parts) {
      const bool extends = PartBits(part) % 8 != 0;
      if (auto done = ReadPart(part, 0, extends ? &more : nullptr); !done) return done;
      if (!extends || !more) return {};
    }
    // A later edition may add parts: their extension bits tell how far they go.
    const std::size_t start = at_;
    for (; more; ++at_) {
      if (Left() < 1) return Short(Place());
      if (at_ - start == kMaxPresenceBytes) return Wrong(start, "the extensions do not end");
      more = (bytes_[at_] & 1U) != 0;
    }
    Keep(start, at_);
    return {};
  }

  Result<void> ReadCompound(const Item& item) {
    const std::size_t start = at_;
    do {
      if (Left() < 1) return Short(fmt::format("the presence bits of {}", Place()));
      if (at_ - start == kMaxPresenceBytes) return Wrong(start, "the presence bits do not end");
    } while ((bytes_[at_++] & 1U) != 0);
    std::size_t number = 0;
    const bool outer = sub_ == nullptr;
    for (std::size_t b = start; b < SpecEnd(start); ++b) {
      for (unsigned bit = 7; bit > 0; --bit, ++number) {
        if (((bytes_[b] >> bit) & 1U) == 0) continue;
        if (number >= item.subs.size() || item.subs[number].name.empty()) {
          return Wrong(b, fmt::format("sub-item {} is not used in this edition", number + 1));
        }
        (outer ? sub_ : subsub_) = &item.subs[number];
        if (auto done = Read(item.subs[number]); !done) return done;
        (outer ? sub_ : subsub_) = nullptr;
      }
    }
    return {};
  }

  Result<void> ReadExplicit(const Item& item) {
    if (Left() < 1) return Short("its length");
    const std::size_t length = bytes_[at_];
    if (length == 0) return Wrong(at_, "an explicit item of length 0, expected at least 1");
    if (Left() < length) {
      return Wrong(at_, fmt::format("says it is {} bytes long, {} are left", length, Left()));
    }
    const std::size_t stop = at_ + length;
    ++at_;
    if (!item.subs.empty() && at_ < stop) {
      const std::size_t start = at_;
      const std::size_t count = record_.values.size();
      const std::size_t outer_end = end_;
      end_ = stop;
      auto done = ReadCompound(item);
      if (!done || at_ != stop) {
        // Its length is known, so the record goes on; the field may be of a private layout.
        record_.values.resize(count);
        record_.odd.push_back(
            done ? fmt::format("item {} goes on after its last sub-item", item.name)
                 : done.error().what);
        sub_ = subsub_ = nullptr;
        Keep(start, stop);
      }
      end_ = outer_end;
    } else {
      Keep(at_, stop);
    }
    at_ = stop;
    return {};
  }

  [[nodiscard]] Value Here(int repeat) const {
    Value value;
    value.item = item_;
    value.sub = sub_;
    value.subsub = subsub_;
    value.repeat = repeat;
    return value;
  }
  void Keep(std::size_t from, std::size_t to) {
    Value value = Here(0);
    value.first = static_cast<std::uint32_t>(from);
    value.last = static_cast<std::uint32_t>(to);
    record_.values.push_back(value);
  }

  std::span<const std::uint8_t> bytes_;
  Record& record_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  const Item* item_ = nullptr;
  const Item* sub_ = nullptr;
  const Item* subsub_ = nullptr;
};

bool Repeats(const Item& item) {
  return item.form == Form::kRepeated || item.form == Form::kRepeatedFx;
}

/// Writes the values of a record, which come item by item, as objects within objects.
class JsonWriter {
 public:
  JsonWriter(const Record& record, std::string& out) : record_(record), out_(out) {}

  void Run() {
    out_ += '{';
    for (const Value& v : record_.values) {
      Enter(v);
      Put(v);
    }
    while (!open_.empty()) Close();
    out_ += '}';
  }

 private:
  /// An item that stands in an object of its own, one of a list if it is repeated.
  struct Level {
    const Item* item = nullptr;
    int repeat = 0;
    bool empty = true;
  };

  /// A sub-item of a single field stands under the name of that field, beside the others.
  static bool HasObject(const Item& item) {
    if (item.form != Form::kFixed) return true;
    int named = 0;
    for (const Field& f : item.parts[0]) named += f.name.empty() ? 0 : 1;
    return named != 1;
  }

  /// Closes and opens objects until those that are open are the value's own.
  void Enter(const Value& v) {
    std::array<const Item*, 3> own{v.item};
    std::size_t depth = 1;
    for (const Item* item : {v.sub, v.subsub}) {
      if (item != nullptr && HasObject(*item)) own[depth++] = item;
    }
    std::size_t same = 0;
    while (same < depth && same < open_.size() && open_[same].item == own[same]) ++same;
    while (open_.size() > same) Close();
    if (same == depth && Repeats(*own[depth - 1]) && open_.back().repeat != v.repeat) {
      out_ += "},{";
      open_.back() = {own[depth - 1], v.repeat, true};
    }
    for (; same < depth; ++same) {
      if (open_.empty() ? any_ : !open_.back().empty) out_ += ',';
      any_ = true;
      if (!open_.empty()) open_.back().empty = false;
      out_ += '"';
      out_ += own[same]->name;
      out_ += Repeats(*own[same]) ? "\":[{" : "\":{";
      open_.push_back({own[same], v.repeat, true});
    }
  }

  void Close() {
    out_ += Repeats(*open_.back().item) ? "}]" : "}";
    open_.pop_back();
  }

  void Key(std::string_view name, std::string_view rest = {}) {
    if (!open_.back().empty) out_ += ',';
    open_.back().empty = false;
    out_ += '"';
    out_ += name;
    out_ += rest;
    out_ += "\":";
  }

  void Put(const Value& value) {
    if (value.field == nullptr) {
      Key("hex");
      out_ += '"';
      for (const std::uint8_t b : record_.bytes.subspan(value.first, value.last - value.first)) {
        out_ += "0123456789ABCDEF"[b >> 4U];
        out_ += "0123456789ABCDEF"[b & 15U];
      }
      out_ += '"';
      return;
    }
    const Field& f = *value.field;
    Key(f.name);
    if (f.coding != Coding::kUnsigned && f.coding != Coding::kSigned) {
      PutText(out_, value.Text());
    } else if (f.scale == 1.0 && f.offset == 0.0) {
      // Whole numbers stay whole, up to all 64 bits.
      if (f.coding == Coding::kUnsigned) {
        PutNumber(out_, value.raw);
      } else {
        PutNumber(out_, static_cast<std::int64_t>(value.Number()));
      }
    } else {
      PutNumber(out_, value.Number());
    }
    if (value.raw < f.meanings.size() && !f.meanings[value.raw].empty()) {
      Key(f.name, "_means");
      PutText(out_, f.meanings[value.raw]);
    }
  }

  const Record& record_;
  std::string& out_;
  std::vector<Level> open_;
  bool any_ = false;
};

/// The raw bits for a setting.
Result<std::uint64_t> ToRaw(const Field& f, const Setting& setting) {
  const auto refuse = [&](std::string what) {
    return Fail(std::move(what), fmt::format("{}.{}", setting.item, setting.field));
  };
  if (const double* number = std::get_if<double>(&setting.value)) {
    const double steps = std::round((*number - f.offset) / f.scale);
    const double low = f.coding == Coding::kSigned ? -std::exp2(f.bits - 1) : 0.0;
    const double high = std::exp2(f.coding == Coding::kSigned ? f.bits - 1 : f.bits) - 1.0;
    if (!(steps >= low && steps <= high)) {
      return refuse(fmt::format("{} does not fit, expected {} to {}", *number,
                                low * f.scale + f.offset, high * f.scale + f.offset));
    }
    if (steps < 0)
      return static_cast<std::uint64_t>(static_cast<std::int64_t>(steps)) & Mask(f.bits);
    return static_cast<std::uint64_t>(steps);
  }
  const std::string& text = std::get<std::string>(setting.value);
  std::uint64_t raw = 0;
  const int width = f.coding == Coding::kAscii   ? 8
                    : f.coding == Coding::kIcao  ? 6
                    : f.coding == Coding::kOctal ? 3
                                                 : 4;
  if (f.coding == Coding::kUnsigned || f.coding == Coding::kSigned) {
    return refuse("this field takes a number");
  }
  const auto places = static_cast<std::size_t>((f.bits + width - 1) / width);
  const bool left = f.coding == Coding::kAscii || f.coding == Coding::kIcao;
  if (text.size() > places || (!left && text.empty())) {
    return refuse(fmt::format("\"{}\" does not fit, expected up to {} characters", text, places));
  }
  for (std::size_t i = 0; i < (left ? places : text.size()); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    int code = -1;
    if (f.coding == Coding::kAscii) {
      code = c >= ' ' && c <= '~' ? c : -1;
    } else if (f.coding == Coding::kIcao) {
      const std::size_t at = c == '?' ? std::string_view::npos : kIcaoAlphabet.find(c);
      code = at == std::string_view::npos ? -1 : static_cast<int>(at);
    } else if (c >= '0' && c <= '9') {
      code = c - '0';
    } else if (c >= 'A' && c <= 'F') {
      code = c - 'A' + 10;
    }
    if (code < 0 || code >= (1 << width)) {
      return refuse(fmt::format("\"{}\" has a character that this code has not", text));
    }
    raw = (raw << static_cast<unsigned>(width)) | static_cast<std::uint64_t>(code);
  }
  if ((raw & ~Mask(f.bits)) != 0) return refuse(fmt::format("\"{}\" does not fit", text));
  return raw;
}

/// Puts settings into bytes by the table.
class Encoder {
 public:
  Encoder(std::span<const Setting> settings, std::vector<bool>& used)
      : settings_(settings), used_(used) {}

  /// @returns whether anything was set
  Result<bool> Write(const Item& item, std::string_view top, std::string_view sub,
                     std::vector<std::uint8_t>& out) {
    switch (item.form) {
      case Form::kFixed:
        return WritePart(item.parts[0], top, sub, 0, false, out);
      case Form::kVariable:
        return WriteVariable(item, top, sub, out);
      case Form::kRepeated:
      case Form::kRepeatedFx:
        return WriteRepeated(item, top, sub, out);
      case Form::kCompound:
        return WriteCompound(item, top, sub, out);
      case Form::kExplicit: {
        std::vector<std::uint8_t> content;
        auto any = WriteCompound(item, top, {}, content);
        if (!any || !*any) return any;
        if (content.size() > 254) {
          return Fail("the explicit item is longer than 255 bytes", std::string(top));
        }
        out.push_back(static_cast<std::uint8_t>(content.size() + 1));
        out.insert(out.end(), content.begin(), content.end());
        return true;
      }
      case Form::kUnknown:
        break;
    }
    return false;
  }

 private:
  Result<bool> WritePart(const std::vector<Field>& part, std::string_view top, std::string_view sub,
                         int repeat, bool extends, std::vector<std::uint8_t>& out) {
    bool any = false;
    const auto start = out.size();
    const auto size = static_cast<std::size_t>((PartBits(part) + (extends ? 1 : 0)) / 8);
    out.resize(start + size);
    std::size_t bit = 0;
    for (const Field& f : part) {
      const std::size_t from = f.overlay ? bit - static_cast<std::size_t>(f.bits) : bit;
      if (!f.overlay) bit += static_cast<std::size_t>(f.bits);
      if (f.name.empty()) continue;
      for (std::size_t i = 0; i < settings_.size(); ++i) {
        const Setting& s = settings_[i];
        if (s.item != top || s.sub != sub || s.field != f.name || s.repeat != repeat) continue;
        const auto raw = ToRaw(f, s);
        if (!raw) return tl::unexpected(raw.error());
        WriteBits(std::span(out).subspan(start), from, f.bits, *raw);
        used_[i] = any = true;
      }
    }
    if (!any) out.resize(start);
    return any;
  }

  Result<bool> WriteVariable(const Item& item, std::string_view top, std::string_view sub,
                             std::vector<std::uint8_t>& out) {
    const auto start = out.size();
    auto end = start;  // of the last part with something in it
    for (const auto& part : item.parts) {
      const bool extends = PartBits(part) % 8 != 0;
      const auto size = static_cast<std::size_t>((PartBits(part) + (extends ? 1 : 0)) / 8);
      const auto before = out.size();
      auto any = WritePart(part, top, sub, 0, extends, out);
      if (!any) return any;
      out.resize(before + size);
      if (!*any) continue;
      if (before > start) out[before - 1] |= 1U;
      // Parts passed over, too, say that another follows.
      for (auto b = end; end > start && b < before; ++b) {
        if (b + 1 == before) out[b] |= 1U;
      }
      end = out.size();
    }
    out.resize(end);
    return end > start;
  }

  Result<bool> WriteRepeated(const Item& item, std::string_view top, std::string_view sub,
                             std::vector<std::uint8_t>& out) {
    const bool counted = item.form == Form::kRepeated;
    const auto start = out.size();
    if (counted) out.push_back(0);
    int count = 0;
    for (;; ++count) {
      const auto before = out.size();
      auto any = WritePart(item.parts[0], top, sub, count, !counted, out);
      if (!any) return any;
      if (!*any) break;
      if (count == kMaxRepeats) return Fail("more than 255 repetitions", std::string(top));
      if (!counted && count > 0) out[before - 1] |= 1U;
    }
    if (count == 0) {
      out.resize(start);
    } else if (counted) {
      out[start] = static_cast<std::uint8_t>(count);
    }
    return count > 0;
  }

  /// @param path  of the compound within the item, "" or "md5"
  Result<bool> WriteCompound(const Item& item, std::string_view top, std::string_view path,
                             std::vector<std::uint8_t>& out) {
    std::vector<std::uint8_t> presence, content;
    for (std::size_t i = 0; i < item.subs.size(); ++i) {
      const Item& sub = item.subs[i];
      if (sub.name.empty()) continue;
      const std::string name = path.empty() ? sub.name : fmt::format("{}.{}", path, sub.name);
      auto any = Write(sub, top, name, content);
      if (!any) return any;
      if (!*any) continue;
      presence.resize(i / 7 + 1);
      presence[i / 7] |= static_cast<std::uint8_t>(1U << (7U - i % 7));
    }
    for (std::size_t i = 0; i + 1 < presence.size(); ++i) presence[i] |= 1U;
    out.insert(out.end(), presence.begin(), presence.end());
    out.insert(out.end(), content.begin(), content.end());
    return !presence.empty();
  }

  std::span<const Setting> settings_;
  std::vector<bool>& used_;
};

}  // namespace

double Value::Number() const {
  if (field == nullptr) return 0.0;
  double number = static_cast<double>(raw);
  if (field->coding == Coding::kSigned && field->bits < 64 && (raw >> (field->bits - 1)) != 0) {
    number = static_cast<double>(static_cast<std::int64_t>(raw | ~Mask(field->bits)));
  }
  return number * field->scale + field->offset;
}

std::string Value::Text() const {
  if (field == nullptr) return {};
  const int bits = field->bits;
  const bool characters = field->coding == Coding::kAscii || field->coding == Coding::kIcao;
  if (characters && raw == 0) return {};  // how "not known" is sent
  std::string text;
  const auto digits = [&](int width, const auto& letter) {
    for (int at = (bits - 1) / width * width; at >= 0; at -= width) {
      text += letter((raw >> static_cast<unsigned>(at)) & Mask(width));
    }
  };
  const auto digit = [](std::uint64_t d) { return "0123456789ABCDEF"[d]; };
  switch (field->coding) {
    case Coding::kOctal:
      digits(3, digit);
      break;
    case Coding::kHex:
      digits(4, digit);
      break;
    case Coding::kAscii:
      digits(8, [](std::uint64_t c) { return c >= ' ' && c <= '~' ? static_cast<char>(c) : '?'; });
      break;
    case Coding::kIcao:
      digits(6, [](std::uint64_t c) { return kIcaoAlphabet[c]; });
      break;
    case Coding::kUnsigned:
    case Coding::kSigned:
      return fmt::format("{}", Number());
  }
  if (characters) {
    text.erase(text.find_last_not_of(' ') + 1);
  }
  return text;
}

bool Value::IsOf(std::string_view path) const {
  if (sub == nullptr) return path.empty();
  if (!path.starts_with(sub->name)) return false;
  path = path.substr(sub->name.size());
  if (subsub == nullptr) return path.empty();
  return path.starts_with('.') && path.substr(1) == subsub->name;
}

const Value* Record::Find(std::string_view item, std::string_view field,
                          std::string_view sub) const {
  // The values of an item stand together.
  const Item* current = nullptr;
  bool within = false;
  for (const Value& v : values) {
    if (v.item != current) {
      current = v.item;
      within = current->name == item;
    }
    if (!within || v.field == nullptr || v.field->name != field) continue;
    if (sub.empty() || v.IsOf(sub)) return &v;
  }
  return nullptr;
}

std::optional<double> Record::Number(std::string_view item, std::string_view field,
                                     std::string_view sub) const {
  const Value* v = Find(item, field, sub);
  return v == nullptr ? std::nullopt : std::optional(v->Number());
}

Result<void> DecodeRecord(const Table& table, std::span<const std::uint8_t> bytes, Record& record) {
  record.table = &table;
  record.bytes = bytes;
  record.values.clear();
  record.odd.clear();
  return Decoder(bytes, record).Run();
}

std::string RecordJson(const Record& record) {
  constexpr std::size_t kUsualBytes = 1024;
  std::string json;
  json.reserve(kUsualBytes);
  json += "{\"cat\":";
  PutNumber(json, static_cast<std::uint64_t>(record.table->category));
  json += ",\"edition\":\"";
  json += record.table->edition;
  json += '"';
  for (const char* name : {"sac", "sic"}) {
    const Value* v = record.Find("010", name);
    if (v == nullptr) continue;
    json += fmt::format(",\"{}\":{}", name, v->raw);
  }
  json += ",\"items\":";
  JsonWriter(record, json).Run();
  json += '}';
  return json;
}

Result<std::vector<std::uint8_t>> EncodeRecord(const Table& table,
                                               std::span<const Setting> settings) {
  std::vector<bool> used(settings.size());
  Encoder encoder(settings, used);
  std::vector<std::uint8_t> spec, content;
  const auto* uap = &table.uap;
  for (const Setting& s : settings) {
    const double* number = std::get_if<double>(&s.value);
    if (!table.uap_alt.empty() && s.item == table.alt_item && s.field == table.alt_field &&
        number != nullptr && *number == static_cast<double>(table.alt_value)) {
      uap = &table.uap_alt;
    }
  }
  for (std::size_t frn = 0; frn < uap->size(); ++frn) {
    const Item* item = (*uap)[frn];
    if (item == nullptr) continue;
    const auto any = encoder.Write(*item, item->name, {}, content);
    if (!any) return tl::unexpected(any.error());
    if (!*any) continue;
    spec.resize(frn / 7 + 1);
    spec[frn / 7] |= static_cast<std::uint8_t>(1U << (7U - frn % 7));
  }
  for (std::size_t i = 0; i < settings.size(); ++i) {
    if (!used[i]) {
      return Fail(
          fmt::format("category {} edition {} has no such field", table.category, table.edition),
          fmt::format("{}.{}", settings[i].item, settings[i].field));
    }
  }
  if (spec.empty()) return Fail("a record needs at least one item");
  for (std::size_t i = 0; i + 1 < spec.size(); ++i) spec[i] |= 1U;
  spec.insert(spec.end(), content.begin(), content.end());
  return spec;
}

std::vector<std::uint8_t> DataBlock(int category,
                                    std::span<const std::vector<std::uint8_t>> records) {
  std::vector<std::uint8_t> block{static_cast<std::uint8_t>(category), 0, 0};
  for (const auto& r : records) block.insert(block.end(), r.begin(), r.end());
  PICKET_ASSERT(block.size() <= 65535, "a data block has a length of two bytes");
  block[1] = static_cast<std::uint8_t>(block.size() >> 8U);
  block[2] = static_cast<std::uint8_t>(block.size() & 0xFFU);
  return block;
}

}  // namespace picket::asterix
