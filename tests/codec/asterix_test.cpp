// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/asterix.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numbers>
#include <set>

#include "picket/codec/asterix_record.h"
#include "picket/codec/asterix_table.h"

namespace picket {
namespace {

using asterix::DataBlock;
using asterix::DecodeRecord;
using asterix::EncodeRecord;
using asterix::FindTable;
using asterix::Record;
using asterix::Setting;
using asterix::Table;
using Bytes = std::vector<std::uint8_t>;
using Json = nlohmann::json;

Bytes Hex(std::string_view text) {
  Bytes bytes;
  int digits = 0;
  unsigned value = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    value = value * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : c - 'A' + 10);
    if (++digits % 2 == 0) {
      bytes.push_back(static_cast<std::uint8_t>(value));
      value = 0;
    }
  }
  return bytes;
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool AnyHas(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(), [&](const auto& t) { return Has(t, part); });
}

const Table& Of(int category, std::string_view edition = {}) {
  const auto table = FindTable(category, edition);
  if (!table) throw std::runtime_error(table.error().Text());
  return **table;
}

/// A file of PICKET_DATA/asterix, or nothing if the variable is not set.
std::optional<Bytes> Capture(const std::string& name) {
  const char* folder = std::getenv("PICKET_DATA");
  if (folder == nullptr) return std::nullopt;
  std::ifstream file(std::string(folder) + "/asterix/" + name, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_FALSE(text.empty()) << name;
  return Bytes(text.begin(), text.end());
}

/// Everything that a decoder said.
struct Heard {
  std::vector<Json> records;
  std::vector<std::int64_t> places;
  std::vector<Report> reports;
  std::vector<Error> errors;
  AsterixCounts counts;
  [[nodiscard]] std::vector<std::string> Texts() const {
    std::vector<std::string> texts;
    for (const Error& e : errors) texts.push_back(e.Text());
    return texts;
  }
};

class Listener {
 public:
  explicit Listener(AsterixOptions options) : decoder_(WithJson(std::move(options))) {
    sink_.on_message = [this](const DecodedMessage& m) {
      if (!m.json.empty()) {
        heard_.records.push_back(Json::parse(m.json));
        heard_.places.push_back(m.byte);
      }
      if (m.report) heard_.reports.push_back(*m.report);
    };
    sink_.on_error = [this](const Error& e) { heard_.errors.push_back(e); };
  }
  void Feed(const Bytes& bytes, std::optional<Time> received = std::nullopt) {
    decoder_.Feed(bytes, received, sink_);
  }
  Heard Finish() {
    decoder_.Finish(sink_);
    heard_.counts = decoder_.counts();
    return heard_;
  }
  [[nodiscard]] const Heard& heard() const { return heard_; }

 private:
  static AsterixOptions WithJson(AsterixOptions options) {
    options.decode.want_json = true;
    return options;
  }
  DecodeSink sink_;
  Heard heard_;
  AsterixDecoder decoder_;
};

Heard DecodeAll(const Bytes& bytes, AsterixOptions options = {},
                std::optional<Time> received = std::nullopt) {
  Listener listener(std::move(options));
  listener.Feed(bytes, received);
  return listener.Finish();
}

AsterixOptions OneRadar() {
  AsterixOptions options;
  AsterixSensor radar;
  radar.sac = 1;
  radar.sic = 2;
  radar.id = "north";
  options.sensors = {radar};
  return options;
}

Time At(std::string_view text) { return Time::Parse(text).value(); }

// ---- tables ----

TEST(AsterixTable, KnowsItsCategoriesAndEditions) {
  std::map<int, std::string> defaults;
  for (const auto& known : asterix::KnownCategories()) {
    defaults[known.category] = known.default_edition;
  }
  EXPECT_EQ(defaults.at(48), "1.31");
  EXPECT_EQ(defaults.at(34), "1.29");
  EXPECT_EQ(defaults.at(62), "1.18");
  EXPECT_EQ(defaults.at(21), "2.6");
  EXPECT_EQ(Of(48).edition, "1.31");
  EXPECT_EQ(Of(48, "1.15").edition, "1.15");
  EXPECT_EQ(Of(62, "0.17").edition, "0.17");
  const auto none = FindTable(62, "1.5");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().what,
            "edition 1.5 of ASTERIX category 62 is not known, expected one of 1.12-1.21, 0.17");
  EXPECT_EQ(FindTable(77).error().what, "ASTERIX category 77 is not known");
  for (const auto* bad : {"1", "1.x", ".", "1.1.1", "-1.2", "1.99999999999"}) {
    EXPECT_FALSE(FindTable(48, bad)) << bad;
  }
}

TEST(AsterixTable, EditionChoiceIsReadAndChecked) {
  const auto choice = asterix::ParseEditionChoice("62=0.17");
  ASSERT_TRUE(choice);
  EXPECT_EQ(*choice, std::pair(62, std::string("0.17")));
  for (const auto* bad : {"", "62", "=0.17", "62=", "62=9.9", "x=1.1", "300=1.1", "62=0.17 "}) {
    // "62=" asks for the default.
    EXPECT_EQ(asterix::ParseEditionChoice(bad).has_value(), std::string_view(bad) == "62=") << bad;
  }
}

TEST(AsterixTable, EditionsDifferWhereTheSpecificationsDo) {
  // 020 has a third part from 1.28 on; older editions keep what they do not know as bytes.
  const Bytes three_parts = Hex("20 A1 41 50");
  Record record;
  ASSERT_TRUE(DecodeRecord(Of(48, "1.31"), three_parts, record));
  EXPECT_NE(record.Find("020", "scn"), nullptr);
  ASSERT_TRUE(DecodeRecord(Of(48, "1.15"), three_parts, record));
  EXPECT_EQ(record.Find("020", "scn"), nullptr);
  EXPECT_EQ(Json::parse(asterix::RecordJson(record))["items"]["020"]["hex"], "50");
  // Latitude of category 21 grew from 24 to 32 bits with edition 0.24.
  EXPECT_FALSE(DecodeRecord(Of(21, "0.26"), Hex("10 40 00 00 20 00 00"), record));
  ASSERT_TRUE(DecodeRecord(Of(21, "0.23"), Hex("10 40 00 00 20 00 00"), record));
  EXPECT_DOUBLE_EQ(record.Number("130", "lat_deg").value(), 90.0);
}

// ---- one record ----

// Vectors built by hand from EUROCONTROL-SPEC-0149-4, item by item.

TEST(AsterixRecord, EveryFormOfItem) {
  // FSPEC: 010 140 020 040 070 090 130 | 220 240 250 161 - - 170 | - 030 - - 110 120 -.
  const Bytes bytes =
      Hex("FF F3 4C"
          "01 02"                                   // 010
          "54 60 40"                                // 140: 43200.5 s
          "A1 40"                                   // 020 with one extension: ERR
          "0A 80 40 00"                             // 040: 10.5 NM, 90 degrees
          "0E 3C"                                   // 070: 7074
          "7F FC"                                   // 090: garbled, flight level -1
          "50 02 C4"                                // 130: SRR and PRL
          "40 6B 90"                                // 220
          "15 65 71 DF 14 20"                       // 240
          "02 11111111111111 40 22222222222222 50"  // 250: two registers
          "01 23"                                   // 161: 291
          "41 80"                                   // 170 with extension: TRE
          "03 28"                                   // 030: codes 1 and 20
          "00 64"                                   // 110: 2500 ft
          "80 83 9C");                              // 120: CAL, doubtful, -100 m/s
  Record record;
  const auto done = DecodeRecord(Of(48), bytes, record);
  ASSERT_TRUE(done) << done.error().Text();
  EXPECT_EQ(record.bytes.size(), bytes.size());
  const auto number = [&](const char* item, const char* field) {
    return record.Number(item, field).value();
  };
  EXPECT_EQ(number("010", "sac"), 1);
  EXPECT_EQ(number("140", "time_s"), 43200.5);
  EXPECT_EQ(number("020", "typ"), 5);
  EXPECT_EQ(number("020", "err"), 1);
  EXPECT_EQ(number("040", "rho_nm"), 10.5);
  EXPECT_EQ(number("040", "theta_deg"), 90);
  EXPECT_EQ(record.Find("070", "mode_3a")->Text(), "7074");
  EXPECT_EQ(number("090", "g"), 1);
  EXPECT_EQ(number("090", "level_fl"), -1);
  EXPECT_EQ(number("130", "srr"), 2);
  EXPECT_EQ(number("130", "prl_deg"), 0xC4 * 360.0 / 8192);
  EXPECT_EQ(record.Find("220", "address")->Text(), "406B90");
  EXPECT_EQ(number("161", "track"), 291);
  EXPECT_EQ(number("170", "tre"), 1);
  EXPECT_EQ(number("110", "height_ft"), 2500);
  EXPECT_EQ(number("120", "doubtful"), 1);
  EXPECT_EQ(record.Number("120", "doppler_mps", "cal").value(), -100);
  EXPECT_EQ(record.Find("120", "doppler_mps", "rds"), nullptr);

  const Json json = Json::parse(asterix::RecordJson(record));
  EXPECT_EQ(json["cat"], 48);
  EXPECT_EQ(json["edition"], "1.31");
  EXPECT_EQ(json["sac"], 1);
  EXPECT_EQ(json["sic"], 2);
  EXPECT_EQ(json["items"]["020"]["typ_means"], "mode s roll-call");
  EXPECT_EQ(json["items"]["250"][1]["mb"], "22222222222222");
  EXPECT_EQ(json["items"]["250"][1]["bds1"], "5");
  EXPECT_EQ(json["items"]["030"][0]["code_means"], "multipath");
  EXPECT_EQ(json["items"]["030"][1]["code_means"], "flock of birds");
  EXPECT_EQ(json["items"]["120"]["cal"]["doppler_mps"], -100);
  EXPECT_EQ(json["items"]["130"]["srr"], 2);
}

TEST(AsterixRecord, CharactersOfSixBits) {
  // E Z Y 8 5 M H blank: 000101 011010 011001 111000 110101 001101 001000 100000.
  Record record;
  ASSERT_TRUE(DecodeRecord(Of(48), Hex("01 40 15 A6 78 D4 D2 20"), record));
  EXPECT_EQ(record.Find("240", "callsign")->Text(), "EZY85MH");
  ASSERT_TRUE(DecodeRecord(Of(48), Hex("01 40 00 00 00 00 00 00"), record));
  EXPECT_EQ(record.Find("240", "callsign")->Text(), "");
  ASSERT_TRUE(DecodeRecord(Of(48), Hex("01 40 6D A6 78 D4 D2 20"), record));
  EXPECT_EQ(record.Find("240", "callsign")->Text(), "?ZY85MH");
}

TEST(AsterixRecord, ExpansionFieldIsReadOrKept) {
  // Signal to clutter of 11 dB, and a radar cross-section of -18 dBsm.
  Record record;
  ASSERT_TRUE(DecodeRecord(Of(48), Hex("01 01 01 02 09 11 80 40 00 6E 10 38 F8"), record));
  EXPECT_EQ(record.Number("RE", "signal_to_clutter_db", "rpc.src"), 11.0);
  EXPECT_EQ(record.Number("RE", "rcs_dbsm", "gen.rcsdb"), -18.0);
  EXPECT_EQ(record.Find("RE", "rcs_dbsm", "gen.rcsm"), nullptr);
  EXPECT_TRUE(record.odd.empty());
  // A private layout in the same place is kept, and said to be odd.
  const Bytes own = Hex("01 01 01 02 04 01 02 03");
  ASSERT_TRUE(DecodeRecord(Of(48), own, record));
  ASSERT_EQ(record.odd.size(), 1U);
  EXPECT_EQ(Json::parse(asterix::RecordJson(record))["items"]["RE"]["hex"], "010203");
}

TEST(AsterixRecord, OneFieldByTheValueOfAnother) {
  // 021/150: indicated airspeed, or Mach number.
  Record record;
  ASSERT_TRUE(DecodeRecord(Of(21), Hex("01 40 1000"), record));
  EXPECT_EQ(record.Number("150", "ias_nm_per_s").value(), 0.25);
  EXPECT_EQ(record.Find("150", "ias_mach"), nullptr);
  ASSERT_TRUE(DecodeRecord(Of(21), Hex("01 40 8320"), record));
  EXPECT_DOUBLE_EQ(record.Number("150", "ias_mach").value(), 0.8);
  EXPECT_EQ(record.Find("150", "ias_nm_per_s"), nullptr);
}

TEST(AsterixRecord, CategoryOneHasTwoProfiles) {
  // Plot: 010 020 040. Track: 010 020 161 040.
  Record record;
  ASSERT_TRUE(DecodeRecord(Of(1), Hex("E0 01 02 20 05 00 40 00"), record));
  EXPECT_EQ(record.Number("040", "rho_nm").value(), 10);
  ASSERT_TRUE(DecodeRecord(Of(1), Hex("F0 01 02 A0 00 07 05 00 40 00"), record));
  EXPECT_EQ(record.Number("161", "number").value(), 7);
  EXPECT_EQ(record.Number("040", "rho_nm").value(), 10);
}

TEST(AsterixRecord, WhatIsWrongIsNamedWithItsByte) {
  struct Case {
    int category;
    const char* bytes;
    std::int64_t byte;
    const char* text;
  };
  const std::vector<Case> cases = {
      {48, "", 0, "category 48: the data end within the field specification"},
      {48, "FF", 1, "category 48: the data end within the field specification"},
      {48, "80 01", 2, "category 48 item 010: the data end within item 010"},
      {48, "01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 00", 0,
       "category 48: the field specification does not end"},
      {48, "01 01 01 01 80", 4, "category 48: field 29 is not used in this edition"},
      {48, "20 A1", 2, "category 48 item 020: the data end within item 020"},
      {48, "01 20 02 11", 4, "category 48 item 250: the data end within item 250"},
      {48, "02 01", 1, "category 48 item 130: the data end within the presence bits"},
      {48, "01 01 04 C0", 4, "category 48 item 120.cal: the data end within"},
      {48, "01 01 04 20 00", 3, "category 48 item 120: sub-item 3 is not used in this edition"},
      {48, "01 01 01 02 00", 4, "category 48 item RE: an explicit item of length 0"},
      {48, "01 01 01 02 05 00", 4, "category 48 item RE: says it is 5 bytes long, 2 are left"},
      {62, "40", 0, "category 62: field 2 is not used in this edition"},
  };
  for (const Case& c : cases) {
    Record record;
    const Bytes bytes = Hex(c.bytes);
    const auto done = DecodeRecord(Of(c.category), bytes, record);
    ASSERT_FALSE(done) << c.bytes;
    EXPECT_PRED2(Has, done.error().Text(), c.text) << c.bytes;
    if (std::string_view(c.text).find("end within") == std::string_view::npos) {
      EXPECT_EQ(done.error().byte, c.byte) << c.bytes;
    }
  }
}

TEST(AsterixRecord, EveryTruncationIsAnErrorWithinTheBytes) {
  const Bytes whole = Hex(
      "FF F3 4C 01 02 54 60 40 A1 40 0A 80 40 00 0E 3C 7F FC 50 02 C4 40 6B 90 15 65 71 DF 14 20"
      "01 11111111111111 40 01 23 41 80 03 28 00 64 80 83 9C");
  Record record;
  ASSERT_TRUE(DecodeRecord(Of(48), whole, record));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    const auto done = DecodeRecord(Of(48), part, record);
    ASSERT_FALSE(done) << n;
    EXPECT_LE(done.error().byte, static_cast<std::int64_t>(n));
    EXPECT_GE(done.error().byte, 0);
  }
}

// ---- encoding ----

TEST(AsterixEncode, ByteForByte) {
  const std::vector<Setting> settings = {{"140", "time_s", "", 43200.5},
                                         {"010", "sac", "", 1.0},
                                         {"010", "sic", "", 2.0},
                                         {"020", "typ", "", 5.0},
                                         {"020", "err", "", 1.0},
                                         {"040", "rho_nm", "", 10.5},
                                         {"040", "theta_deg", "", 90.0},
                                         {"070", "mode_3a", "", std::string("7074")},
                                         {"090", "g", "", 1.0},
                                         {"090", "level_fl", "", -1.0},
                                         {"130", "srr", "srr", 2.0},
                                         {"220", "address", "", std::string("406B90")},
                                         {"240", "callsign", "", std::string("EZY85MH")},
                                         {"250", "bds1", "", std::string("4"), 0},
                                         {"250", "bds1", "", std::string("5"), 1},
                                         {"030", "code", "", 1.0, 0},
                                         {"030", "code", "", 20.0, 1},
                                         {"120", "doppler_mps", "cal", -100.0},
                                         {"RE", "rcs_dbsm", "gen.rcsdb", -18.0},
                                         {"RE", "signal_to_clutter_db", "rpc.src", 11.0}};
  const auto record = EncodeRecord(Of(48), settings);
  ASSERT_TRUE(record) << record.error().Text();
  EXPECT_EQ(*record, Hex("FF E1 45 02"
                         "01 02 54 60 40 A1 40 0A 80 40 00 0E 3C 7F FC 40 02 40 6B 90"
                         "15 A6 78 D4 D2 20"
                         "02 00000000000000 40 00000000000000 50"
                         "03 28 80 03 9C"
                         "09 11 80 40 00 6E 10 38 F8"));
}

TEST(AsterixEncode, RefusesWhatDoesNotFit) {
  const auto why = [](std::vector<Setting> settings) {
    const auto record = EncodeRecord(Of(48), settings);
    return record ? std::string() : record.error().Text();
  };
  EXPECT_PRED2(Has, why({{"040", "rho_nm", "", 256.0}}), "040.rho_nm: 256 does not fit");
  EXPECT_PRED2(Has, why({{"040", "rho_nm", "", -1.0}}), "does not fit");
  EXPECT_PRED2(Has, why({{"040", "rho_nm", "", std::nan("")}}), "does not fit");
  EXPECT_PRED2(Has, why({{"240", "callsign", "", std::string("TOOLONG99")}}), "does not fit");
  EXPECT_PRED2(Has, why({{"240", "callsign", "", std::string("a")}}), "a character");
  EXPECT_PRED2(Has, why({{"070", "mode_3a", "", std::string("8")}}), "a character");
  EXPECT_PRED2(Has, why({{"040", "rho_nm", "", std::string("1")}}), "takes a number");
  EXPECT_PRED2(Has, why({{"040", "height_m", "", 1.0}}), "no such field");
  EXPECT_PRED2(Has, why({}), "at least one item");
}

/// Any record of a table: some of its items with random bits in every field.
struct AnyRecord {
  const Table* table;
  Bytes bytes;
};

void AddPart(const std::vector<asterix::Field>& part, bool extends, bool more, Bytes& out) {
  const int bits = asterix::PartBits(part) + (extends ? 1 : 0);
  for (int i = 0; i < bits / 8; ++i) out.push_back(*rc::gen::arbitrary<std::uint8_t>());
  if (extends) out.back() = static_cast<std::uint8_t>((out.back() & ~1U) | (more ? 1U : 0U));
}

void AddItem(const asterix::Item& item, Bytes& out);

void AddCompound(const asterix::Item& item, Bytes& out) {
  Bytes content;
  Bytes presence(1);
  for (std::size_t i = 0; i < item.subs.size(); ++i) {
    if (item.subs[i].name.empty() || !*rc::gen::arbitrary<bool>()) continue;
    if (presence.size() < i / 7 + 1) presence.resize(i / 7 + 1);
    presence[i / 7] |= static_cast<std::uint8_t>(1U << (7U - i % 7));
    AddItem(item.subs[i], content);
  }
  for (std::size_t i = 0; i + 1 < presence.size(); ++i) presence[i] |= 1U;
  out.insert(out.end(), presence.begin(), presence.end());
  out.insert(out.end(), content.begin(), content.end());
}

void AddItem(const asterix::Item& item, Bytes& out) {
  using asterix::Form;
  switch (item.form) {
    case Form::kFixed:
      AddPart(item.parts[0], false, false, out);
      break;
    case Form::kVariable: {
      const auto last = *rc::gen::inRange<std::size_t>(0, item.parts.size());
      for (std::size_t i = 0; i <= last; ++i) {
        AddPart(item.parts[i], asterix::PartBits(item.parts[i]) % 8 != 0, i < last, out);
      }
      break;
    }
    case Form::kRepeated: {
      const auto count = *rc::gen::inRange(0, 4);
      out.push_back(static_cast<std::uint8_t>(count));
      for (int i = 0; i < count; ++i) AddPart(item.parts[0], false, false, out);
      break;
    }
    case Form::kRepeatedFx: {
      const auto count = *rc::gen::inRange(1, 4);
      for (int i = 0; i < count; ++i) AddPart(item.parts[0], true, i + 1 < count, out);
      break;
    }
    case Form::kCompound:
      AddCompound(item, out);
      break;
    case Form::kExplicit: {
      Bytes content;
      if (item.subs.empty()) {
        content.resize(static_cast<std::size_t>(*rc::gen::inRange(0, 20)), 0xA5);
      } else {
        AddCompound(item, content);
      }
      if (content.size() > 254) content.clear();
      out.push_back(static_cast<std::uint8_t>(content.size() + 1));
      out.insert(out.end(), content.begin(), content.end());
      break;
    }
    case Form::kUnknown:
      break;
  }
}

AnyRecord Any() {
  const auto known = asterix::KnownCategories();
  const auto& one = *rc::gen::elementOf(known);
  AnyRecord any{&Of(one.category), {}};
  Bytes spec(1), content;
  const auto& uap = any.table->uap;
  for (std::size_t frn = 0; frn < uap.size(); ++frn) {
    if (uap[frn] == nullptr || uap[frn]->form == asterix::Form::kUnknown) continue;
    if (!*rc::gen::arbitrary<bool>()) continue;
    if (uap[frn]->name == any.table->alt_item) continue;
    if (spec.size() < frn / 7 + 1) spec.resize(frn / 7 + 1);
    spec[frn / 7] |= static_cast<std::uint8_t>(1U << (7U - frn % 7));
    AddItem(*uap[frn], content);
  }
  for (std::size_t i = 0; i + 1 < spec.size(); ++i) spec[i] |= 1U;
  any.bytes = spec;
  any.bytes.insert(any.bytes.end(), content.begin(), content.end());
  return any;
}

RC_GTEST_PROP(AsterixProperty, AnyRecordOfATableIsReadToItsEnd, ()) {
  const AnyRecord any = Any();
  Record record;
  const auto done = DecodeRecord(*any.table, any.bytes, record);
  if (!done) RC_FAIL(done.error().Text());
  RC_ASSERT(record.bytes.size() == any.bytes.size());
  RC_ASSERT(record.odd.empty());
  RC_ASSERT(Json::accept(asterix::RecordJson(record)));
}

RC_GTEST_PROP(AsterixProperty, NoTruncationCrashesOrReadsBeyond, ()) {
  AnyRecord any = Any();
  any.bytes.resize(*rc::gen::inRange<std::size_t>(0, any.bytes.size()));
  Record record;
  const auto done = DecodeRecord(*any.table, any.bytes, record);
  if (done) {
    RC_ASSERT(record.bytes.size() <= any.bytes.size());
  } else {
    RC_ASSERT(done.error().byte >= 0);
    RC_ASSERT(done.error().byte <= static_cast<std::int64_t>(any.bytes.size()));
  }
}

RC_GTEST_PROP(AsterixProperty, PlotsComeBackWithinHalfAStep, ()) {
  const auto number = [](double from, double to) {
    return from + (to - from) * (*rc::gen::inRange(0, 1 << 30)) / double(1 << 30);
  };
  const double time = number(0, 86399.99), rho = number(0, 255.99), theta = number(0, 359.99);
  const double doppler = number(-500, 500), level = number(-10, 1000), x = number(-250, 250);
  const std::vector<Setting> settings = {{"010", "sac", "", 1.0},
                                         {"140", "time_s", "", time},
                                         {"040", "rho_nm", "", rho},
                                         {"040", "theta_deg", "", theta},
                                         {"042", "x_nm", "", x},
                                         {"090", "level_fl", "", level},
                                         {"120", "doppler_mps", "cal", doppler}};
  const auto bytes = EncodeRecord(Of(48), settings);
  RC_ASSERT(bytes.has_value());
  Record record;
  RC_ASSERT(DecodeRecord(Of(48), *bytes, record).has_value());
  const auto near = [&](const char* item, const char* field, double value, double step) {
    return std::abs(record.Number(item, field).value() - value) <= step / 2 + 1e-9;
  };
  RC_ASSERT(near("140", "time_s", time, 1 / 128.0));
  RC_ASSERT(near("040", "rho_nm", rho, 1 / 256.0));
  RC_ASSERT(near("040", "theta_deg", theta, 360 / 65536.0));
  RC_ASSERT(near("042", "x_nm", x, 1 / 128.0));
  RC_ASSERT(near("090", "level_fl", level, 0.25));
  RC_ASSERT(near("120", "doppler_mps", doppler, 1));
}

/// What a decoder says can be said to the encoder, and gives the same bytes.
RC_GTEST_PROP(AsterixProperty, DecodedRecordsEncodeToTheSameValues, ()) {
  const AnyRecord any = Any();
  Record record;
  RC_ASSERT(DecodeRecord(*any.table, any.bytes, record).has_value());
  std::vector<Setting> settings;
  std::vector<std::string> paths;
  paths.reserve(record.values.size());
  for (const auto& v : record.values) {
    if (v.field == nullptr) continue;
    using asterix::Coding;
    const Coding coding = v.field->coding;
    std::string path = v.sub == nullptr ? "" : v.sub->name;
    if (v.subsub != nullptr) path += "." + v.subsub->name;
    paths.push_back(path);
    Setting s{v.item->name, v.field->name, paths.back(), 0.0, v.repeat};
    if (coding == Coding::kUnsigned || coding == Coding::kSigned) {
      s.value = v.Number();
    } else {
      s.value = v.Text();
      // Bits that are no characters cannot be said.
      if (std::get<std::string>(s.value).find('?') != std::string::npos) continue;
      if ((coding == Coding::kAscii || coding == Coding::kIcao)) continue;
    }
    settings.push_back(std::move(s));
  }
  RC_PRE(!settings.empty());
  const auto bytes = EncodeRecord(*any.table, settings);
  if (!bytes) RC_FAIL(bytes.error().Text());
  Record again;
  RC_ASSERT(DecodeRecord(*any.table, *bytes, again).has_value());
  for (const Setting& s : settings) {
    const auto same = [&](const asterix::Value& v) {
      return v.field != nullptr && v.item->name == s.item && v.field->name == s.field &&
             v.repeat == s.repeat && (s.sub.empty() || v.IsOf(s.sub));
    };
    const auto was = std::find_if(record.values.begin(), record.values.end(), same);
    const auto is = std::find_if(again.values.begin(), again.values.end(), same);
    RC_ASSERT(is != again.values.end());
    RC_ASSERT(was->raw == is->raw);
  }
}

// ---- data blocks ----

Bytes Plot(double second, double rho_nm, double theta_deg, int sac = 1, int sic = 2) {
  const std::vector<Setting> settings = {
      {"010", "sac", "", double(sac)}, {"010", "sic", "", double(sic)},
      {"140", "time_s", "", second},   {"020", "typ", "", 1.0},
      {"040", "rho_nm", "", rho_nm},   {"040", "theta_deg", "", theta_deg}};
  const std::vector<Bytes> records = {EncodeRecord(Of(48), settings).value()};
  return DataBlock(48, records);
}

Bytes North(double second, int sac = 1, int sic = 2) {
  const std::vector<Setting> settings = {{"010", "sac", "", double(sac)},
                                         {"010", "sic", "", double(sic)},
                                         {"000", "type", "", 1.0},
                                         {"030", "time_s", "", second}};
  const std::vector<Bytes> records = {EncodeRecord(Of(34), settings).value()};
  return DataBlock(34, records);
}

Bytes SectorCrossing(double second, double azimuth_deg) {
  const std::vector<Setting> settings = {{"010", "sac", "", 1.0},
                                         {"010", "sic", "", 2.0},
                                         {"000", "type", "", 2.0},
                                         {"030", "time_s", "", second},
                                         {"020", "sector_deg", "", azimuth_deg}};
  const std::vector<Bytes> records = {EncodeRecord(Of(34), settings).value()};
  return DataBlock(34, records);
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(AsterixBlocks, UnknownCategoryIsOneCountedErrorAndTheRestGoesOn) {
  const Bytes other = Hex("FA 00 05 01 02");
  const Heard heard = DecodeAll(other + Plot(1, 2, 3) + other + other);
  EXPECT_EQ(heard.records.size(), 1U);
  EXPECT_EQ(heard.counts.unknown_category, 3);
  EXPECT_EQ(heard.counts.damaged, 0);
  EXPECT_PRED2(AnyHas, heard.Texts(),
               "byte 0: ASTERIX category 250 is not known, its data blocks are "
               "passed over");
  EXPECT_PRED2(AnyHas, heard.Texts(), "passed over: 3 in all");
}

TEST(AsterixBlocks, DamageInOneBlockLeavesTheOthers) {
  Bytes broken = Plot(1, 2, 3);
  broken[3] |= 0x02;  // 130 is announced and not there: its first byte is taken from elsewhere
  const Heard heard = DecodeAll(Plot(1, 2, 3) + broken + Plot(2, 3, 4));
  EXPECT_EQ(heard.records.size(), 2U);
  EXPECT_EQ(heard.counts.damaged, 1);
  ASSERT_GE(heard.errors.size(), 1U);
  EXPECT_PRED2(Has, heard.errors[1].Text(), "(edition 1.31); the rest of the data");
}

TEST(AsterixBlocks, ALengthThatLiesEndsWithItsDatagram) {
  Listener listener({});
  Bytes lies = Plot(1, 2, 3);
  lies[2] = 200;
  listener.Feed(lies + Plot(1, 2, 4));
  listener.Feed(Plot(2, 2, 5));
  Bytes none = Plot(3, 2, 6);
  none[2] = 2;
  listener.Feed(none);
  listener.Feed(Plot(4, 2, 7) + Hex("30 00"));
  const Heard heard = listener.Finish();
  EXPECT_EQ(heard.records.size(), 2U);
  EXPECT_EQ(heard.counts.damaged, 3);
  EXPECT_PRED2(AnyHas, heard.Texts(),
               "byte 0: a data block says it is 200 bytes long, expected 3 to");
  EXPECT_PRED2(AnyHas, heard.Texts(), "2 bytes after the last data block");
}

TEST(AsterixBlocks, AStreamMayBeCutAnywhere) {
  Bytes stream;
  for (int i = 0; i < 20; ++i) stream = stream + Plot(i, 10, i * 3.0);
  AsterixOptions options;
  options.framing = AsterixFraming::kStream;
  const Heard whole = DecodeAll(stream, options);
  ASSERT_EQ(whole.records.size(), 20U);
  EXPECT_EQ(whole.places.at(1), static_cast<std::int64_t>(stream.size()) / 20 + 3);
  for (const std::size_t size : {1U, 2U, 7U, 50U}) {
    Listener listener(options);
    for (std::size_t at = 0; at < stream.size(); at += size) {
      listener.Feed(
          Bytes(stream.begin() + static_cast<std::ptrdiff_t>(at),
                stream.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, stream.size()))));
    }
    const Heard parts = listener.Finish();
    EXPECT_EQ(parts.records, whole.records) << size;
    EXPECT_EQ(parts.places, whole.places) << size;
  }
}

TEST(AsterixBlocks, AStreamFindsTheNextBlockAfterDamage) {
  AsterixOptions options;
  options.framing = AsterixFraming::kStream;
  const Bytes good = Plot(1, 2, 3);
  for (const auto& damage : {Hex("00 00 00 00 00"), Hex("30 00 02 FF"), Hex("30 00 06 FF 01 02"),
                             Hex("30 FF FF 00"), Hex("FF FF FF FF FF FF FF")}) {
    const Heard heard = DecodeAll(good + damage + good + good, options);
    EXPECT_GE(heard.records.size(), 3U) << static_cast<int>(damage[0]);
    EXPECT_GE(heard.errors.size(), 1U);
  }
  const Heard cut = DecodeAll(good + Bytes(good.begin(), good.end() - 1), options);
  EXPECT_EQ(cut.records.size(), 1U);
  EXPECT_EQ(cut.counts.damaged, 1);
}

TEST(AsterixBlocks, EditionByCategoryAndBySource) {
  AsterixOptions options = OneRadar();
  options.editions = {{48, "1.20"}, {62, "0.17"}};
  options.sensors[0].editions = {{48, "1.15"}};
  const Heard heard = DecodeAll(Plot(1, 2, 3) + Plot(1, 2, 3, 9, 9), options);
  ASSERT_EQ(heard.records.size(), 2U);
  EXPECT_EQ(heard.records[0]["edition"], "1.15");
  EXPECT_EQ(heard.records[1]["edition"], "1.20");
  options.editions = {{48, "7.7"}};
  const Heard none = DecodeAll(Plot(1, 2, 3, 9, 9), options);
  EXPECT_EQ(none.records.size(), 0U);
  EXPECT_PRED2(AnyHas, none.Texts(), "the edition that was chosen is not known");
}

// ---- looks ----

const Time kMidnight = At("2026-03-01T00:00:00Z");
Time Second(double s) { return kMidnight + Duration::Seconds(s); }

TEST(AsterixLook, OneReportForEachTurnBetweenNorthMarkers) {
  Listener listener(OneRadar());
  const auto feed = [&](const Bytes& b, double s) { listener.Feed(b, Second(s)); };
  feed(North(100), 100);
  feed(Plot(101, 10, 90), 101);
  feed(Plot(103, 20, 270), 103);
  feed(North(104), 104.1);
  // Of the turn before, but late: its time tells.
  feed(Plot(103.9, 30, 359), 104.2);
  feed(Plot(104.1, 11, 9), 104.3);
  EXPECT_TRUE(listener.heard().reports.empty());
  feed(Plot(105, 12, 90), 105.1);
  ASSERT_EQ(listener.heard().reports.size(), 1U);
  const Report& first = listener.heard().reports[0];
  EXPECT_EQ(first.sensor, "north");
  EXPECT_EQ(first.time, Second(104));
  EXPECT_EQ(first.received, Second(105.1));
  ASSERT_EQ(first.detections.size(), 3U);
  EXPECT_EQ(first.detections[0].time, Second(101));
  EXPECT_DOUBLE_EQ(first.detections[0][Component::kRange], 10 * 1852.0);
  EXPECT_NEAR(first.detections[0][Component::kAzimuth], std::numbers::pi / 2, 1e-12);
  EXPECT_EQ(first.detections[2].time, Second(103.8984375));
  feed(North(108), 108);
  feed(North(112), 112);
  feed(North(116), 116);
  const Heard heard = listener.Finish();
  // 104 to 108, then two turns of an empty sky. The last marker begins a turn that is not over.
  ASSERT_EQ(heard.reports.size(), 4U);
  EXPECT_EQ(heard.reports[1].detections.size(), 2U);
  EXPECT_TRUE(heard.reports[2].detections.empty());
  EXPECT_EQ(heard.reports[2].time, Second(112));
  EXPECT_TRUE(heard.reports[3].detections.empty());
  EXPECT_EQ(heard.reports[3].time, Second(116));
  EXPECT_TRUE(heard.errors.empty());
}

TEST(AsterixLook, SectorsEndATurnToo) {
  // No north marker: the sectors start over. And a sector of an eighth past north lets it go.
  Listener listener(OneRadar());
  for (int turn = 0; turn < 3; ++turn) {
    for (int sector = 0; sector < 8; ++sector) {
      const double s = 100 + 4 * turn + 0.5 * sector;
      listener.Feed(SectorCrossing(s, sector * 45.0), Second(s));
      if (sector == 2) listener.Feed(Plot(s, 5, 100), Second(s));
    }
    EXPECT_EQ(listener.heard().reports.size(), static_cast<std::size_t>(turn));
  }
  const Heard heard = listener.Finish();
  ASSERT_EQ(heard.reports.size(), 3U);
  for (const Report& r : heard.reports) EXPECT_EQ(r.detections.size(), 1U);
}

TEST(AsterixLook, WithoutMarkersTheAzimuthTells) {
  Listener listener(OneRadar());
  for (int i = 0; i < 36; ++i) {
    // Three turns of twelve plots; every fifth comes after the next one.
    const int k = i % 5 == 3 ? i + 1 : i % 5 == 4 ? i - 1 : i;
    listener.Feed(Plot(100 + k / 3.0, 10, std::fmod(k * 30.0 + 5, 360)), Second(100 + i / 3.0));
  }
  const Heard heard = listener.Finish();
  ASSERT_EQ(heard.reports.size(), 3U);
  for (const Report& r : heard.reports) EXPECT_EQ(r.detections.size(), 12U);
}

TEST(AsterixLook, ARadarThatDoesNotTurnReportsByItsPeriod) {
  AsterixOptions options = OneRadar();
  options.sensors[0].period = Duration::Seconds(1);
  Listener listener(options);
  for (int i = 0; i < 100; ++i) {
    listener.Feed(Plot(100 + i * 0.1, 10, 100 - i * 0.1), Second(100 + i * 0.1));
  }
  const Heard heard = listener.Finish();
  EXPECT_GE(heard.reports.size(), 7U);
  EXPECT_LE(heard.reports.size(), 10U);
  std::size_t plots = 0;
  for (const Report& r : heard.reports) plots += r.detections.size();
  EXPECT_EQ(plots, 100U);
}

TEST(AsterixLook, WhatBothNetworksBringCountsOnce) {
  Listener listener(OneRadar());
  for (const Bytes& b : {North(100), Plot(101, 10, 90), Plot(103, 10, 270), North(104)}) {
    listener.Feed(b, Second(104));
    listener.Feed(b, Second(104.01));
  }
  const Heard heard = listener.Finish();
  ASSERT_EQ(heard.reports.size(), 1U);
  EXPECT_EQ(heard.reports[0].detections.size(), 2U);
  EXPECT_EQ(heard.counts.repeated, 2);
  EXPECT_EQ(heard.records.size(), 8U);
}

TEST(AsterixLook, TestTargetsAndCoastedPlotsAreNoTargets) {
  const auto plot = [](std::vector<Setting> more) {
    more.insert(more.end(), {{"010", "sac", "", 1.0},
                             {"010", "sic", "", 2.0},
                             {"140", "time_s", "", 100.0},
                             {"040", "rho_nm", "", 10.0}});
    const std::vector<Bytes> records = {EncodeRecord(Of(48), more).value()};
    return DataBlock(48, records);
  };
  const Heard heard = DecodeAll(plot({{"020", "typ", "", 1.0}}) + plot({{"020", "typ", "", 0.0}}) +
                                    plot({{"020", "typ", "", 1.0}, {"020", "tst", "", 1.0}}) +
                                    plot({{"020", "typ", "", 1.0}, {"020", "rab", "", 1.0}}) +
                                    plot({{"020", "typ", "", 1.0}, {"170", "tre", "", 1.0}}),
                                OneRadar(), Second(100));
  ASSERT_EQ(heard.reports.size(), 1U);
  EXPECT_EQ(heard.reports[0].detections.size(), 1U);
  EXPECT_EQ(heard.counts.not_targets, 4);
}

TEST(AsterixLook, AnUnknownRadarIsOneErrorThatSaysWhatToDo) {
  const Heard heard = DecodeAll(Plot(1, 2, 3, 7, 8) + Plot(2, 2, 4, 7, 8), OneRadar(), Second(5));
  EXPECT_TRUE(heard.reports.empty());
  EXPECT_EQ(heard.counts.unknown_source, 2);
  ASSERT_EQ(heard.errors.size(), 2U);
  EXPECT_EQ(heard.errors[0].what,
            "radar SAC 7 SIC 8 is not in the site file: add asterix = { sac = 7, sic = 8 } to its "
            "[[sensor]]");
  EXPECT_EQ(heard.errors[1].what, heard.errors[0].what + ": 2 in all");
}

TEST(AsterixLook, TimeOfDayBelongsToTheDayOfReception) {
  const auto time = [](double second, std::string_view received) {
    const Heard heard = DecodeAll(Plot(second, 10, 90), OneRadar(), At(received));
    return heard.reports.at(0).detections.at(0).time.value().Text();
  };
  EXPECT_EQ(time(43200.5, "2026-03-01T12:00:01Z"), "2026-03-01T12:00:00.500000000Z");
  // Midnight in between, either way.
  EXPECT_EQ(time(86399.5, "2026-03-01T00:00:00.1Z"), "2026-02-28T23:59:59.500000000Z");
  EXPECT_EQ(time(0.5, "2026-02-28T23:59:59.9Z"), "2026-03-01T00:00:00.500000000Z");
}

TEST(AsterixLook, WithoutReceptionTheDayMustBeGiven) {
  AsterixOptions options = OneRadar();
  const Bytes stream = Plot(86399, 10, 90) + Plot(1, 10, 100);
  const Heard lost = DecodeAll(stream, options);
  EXPECT_TRUE(lost.reports.empty());
  EXPECT_EQ(lost.counts.untimed, 2);
  EXPECT_PRED2(Has, lost.errors.at(0).what, "a time of day without its date");
  options.start = At("2026-02-28T00:00:00Z");
  const Heard found = DecodeAll(stream, options);
  ASSERT_EQ(found.reports.size(), 1U);
  EXPECT_EQ(found.reports[0].detections.at(0).time, At("2026-02-28T23:59:59Z"));
  EXPECT_EQ(found.reports[0].detections.at(1).time, At("2026-03-01T00:00:01Z"));
  const Heard beyond = DecodeAll(Plot(90000, 10, 90), OneRadar(), Second(1));
  EXPECT_PRED2(Has, beyond.errors.at(0).what, "is beyond a day");
}

TEST(AsterixLook, WhatAPlotTells) {
  AsterixOptions options = OneRadar();
  options.sensors[0].antenna = HeightAmsl{100.0};
  const std::vector<Setting> settings = {{"010", "sac", "", 1.0},
                                         {"010", "sic", "", 2.0},
                                         {"140", "time_s", "", 100.0},
                                         {"020", "typ", "", 7.0},
                                         {"040", "rho_nm", "", 10.0},
                                         {"040", "theta_deg", "", 45.0},
                                         {"070", "mode_3a", "", std::string("7074")},
                                         {"090", "level_fl", "", 100.0},
                                         {"220", "address", "", std::string("406B90")},
                                         {"240", "callsign", "", std::string("EZY85MH")},
                                         {"120", "doppler_mps", "cal", -41.0},
                                         {"RE", "rcs_dbsm", "gen.rcsdb", -18.0},
                                         {"RE", "signal_to_clutter_db", "rpc.src", 11.0}};
  const std::vector<Bytes> records = {EncodeRecord(Of(48), settings).value()};
  const Heard heard = DecodeAll(DataBlock(48, records), options, Second(100));
  const Detection& d = heard.reports.at(0).detections.at(0);
  EXPECT_DOUBLE_EQ(d[Component::kRange], 18520.0);
  EXPECT_DOUBLE_EQ(d[Component::kRangeRate], -41.0);
  EXPECT_EQ(d.rcs_dbsm, -18.0);
  EXPECT_EQ(d.snr_db, 11.0);
  EXPECT_EQ(d.identity,
            (Identity{{"icao", "406B90"}, {"callsign", "EZY85MH"}, {"mode_3a", "7074"}}));
  // 3048 m up, 18520 m away, 27 m of curvature, 100 m of mast.
  ASSERT_TRUE(d.measured.Has(Component::kElevation));
  EXPECT_NEAR(d[Component::kElevation], std::asin((3048.0 - 100.0 - 26.2) / 18520.0), 2e-4);
  EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kElevation)], (100 + 91.4) / 18290, 2e-4);
  // Without the antenna's height there is no elevation.
  options.sensors[0].antenna.reset();
  const Heard flat = DecodeAll(DataBlock(48, records), options, Second(100));
  EXPECT_FALSE(flat.reports.at(0).detections.at(0).measured.Has(Component::kElevation));
}

TEST(AsterixLook, WhatTheSiteDoesNotSayIsMeasuredIsLeftOut) {
  const std::vector<Setting> settings = {{"010", "sac", "", 1.0},
                                         {"010", "sic", "", 2.0},
                                         {"140", "time_s", "", 100.0},
                                         {"020", "typ", "", 1.0},
                                         {"040", "rho_nm", "", 10.0},
                                         {"110", "height_ft", "", 5000.0},
                                         {"120", "doppler_mps", "cal", -41.0}};
  const std::vector<Bytes> records = {EncodeRecord(Of(48), settings).value()};
  AsterixOptions options = OneRadar();
  options.sensors[0].antenna = HeightAmsl{100.0};
  const auto measured = [&](ComponentSet measures) {
    options.sensors[0].measures = measures;
    const Heard heard = DecodeAll(DataBlock(48, records), options, Second(100));
    return heard.reports.at(0).detections.at(0).measured;
  };
  using enum Component;
  EXPECT_EQ(measured({kRange, kAzimuth}), (ComponentSet{kRange, kAzimuth}));
  EXPECT_EQ(measured({kRange, kAzimuth, kElevation}), (ComponentSet{kRange, kAzimuth, kElevation}));
  EXPECT_EQ(measured({}), (ComponentSet{kRange, kAzimuth, kElevation, kRangeRate}));
}

// ---- tracks and self reports ----

TEST(AsterixTrack, SystemTrackBecomesAReport) {
  const std::vector<Setting> settings = {{"010", "sac", "", 3.0},
                                         {"010", "sic", "", 4.0},
                                         {"070", "time_s", "", 43200.0},
                                         {"105", "lat_deg", "", 50.45},
                                         {"105", "lon_deg", "", -30.52},
                                         {"185", "vx_mps", "", 100.25},
                                         {"185", "vy_mps", "", -20.5},
                                         {"040", "track", "", 1234.0},
                                         {"080", "mon", "", 1.0},
                                         {"130", "geometric_ft", "", 1000.0},
                                         {"136", "level_fl", "", 12.0},
                                         {"220", "climb_ft_per_min", "", 600.0},
                                         {"380", "address", "adr", std::string("406B90")},
                                         {"500", "x_m", "apc", 30.0},
                                         {"500", "y_m", "apc", 40.0}};
  const std::vector<Bytes> records = {EncodeRecord(Of(62), settings).value()};
  const Heard heard = DecodeAll(DataBlock(62, records), {}, At("2026-03-01T12:00:01Z"));
  EXPECT_TRUE(heard.errors.empty());
  ASSERT_EQ(heard.reports.size(), 1U);
  const Report& r = heard.reports[0];
  EXPECT_EQ(r.sensor, "asterix-3-4");
  EXPECT_EQ(r.time, At("2026-03-01T12:00:00Z"));
  const Detection& d = r.detections.at(0);
  ASSERT_TRUE(d.fix);
  EXPECT_NEAR(d.fix->lat_deg, 50.45, 3e-6);
  EXPECT_NEAR(d.fix->lon_deg, -30.52, 3e-6);
  EXPECT_NEAR(d.fix->hae.value().m, 304.8, 1.0);
  EXPECT_FALSE(d.fix->amsl);
  EXPECT_DOUBLE_EQ(d[Component::kVelEast], 100.25);
  EXPECT_DOUBLE_EQ(d[Component::kVelNorth], -20.5);
  EXPECT_NEAR(d[Component::kVelUp], 3.048, 0.02);
  EXPECT_DOUBLE_EQ(d.sd[static_cast<std::size_t>(Component::kEast)], 30.0);
  EXPECT_DOUBLE_EQ(d.sd[static_cast<std::size_t>(Component::kNorth)], 40.0);
  EXPECT_EQ(d.identity, (Identity{{"track", "asterix-3-4/1234"}, {"icao", "406B90"}}));
}

TEST(AsterixRecord, AnItemWithoutAnOpenLayoutEndsTheRecord) {
  Record record;
  const auto done = DecodeRecord(*FindTable(62, "0.17").value(), Hex("01 01 04 00"), record);
  ASSERT_FALSE(done);
  EXPECT_PRED2(Has, done.error().Text(),
               "category 62 item 050: the layout of this item is not known");
  EXPECT_EQ(done.error().byte, 3);
}

TEST(AsterixTrack, UnmannedAircraftSaysWhereItIs) {
  const std::vector<Setting> settings = {{"010", "sac", "", 3.0},
                                         {"010", "sic", "", 4.0},
                                         {"020", "manufacturer", "", std::string("DJI")},
                                         {"030", "model", "", std::string("M30")},
                                         {"040", "serial_front", "", std::string("313233343536")},
                                         {"040", "serial_back", "", std::string("373839304142")},
                                         {"050", "country", "", std::string("KR")},
                                         {"070", "time_s", "", 43200.0},
                                         {"080", "lat_deg", "", 50.45},
                                         {"080", "lon_deg", "", -30.52},
                                         {"090", "height_amsl_m", "", 120.3},
                                         {"100", "height_agl_m", "", -0.5},
                                         {"110", "position_cep_m", "", 12.0},
                                         {"120", "ucc", "", 2.0},
                                         {"185", "vx_mps", "", -12.34},
                                         {"185", "vy_mps", "", 5.0},
                                         {"220", "climb_mps", "", -1.5}};
  const std::vector<Bytes> records = {EncodeRecord(Of(129), settings).value()};
  // 2 + 2 of presence, then the items' own lengths as the specification gives them.
  EXPECT_EQ(records[0].size(), 3U + 2 + 3 + 3 + 12 + 2 + 3 + 8 + 3 + 3 + 2 + 3 + 5 + 3);
  const Heard heard = DecodeAll(DataBlock(129, records), {}, At("2026-03-01T12:00:01Z"));
  EXPECT_TRUE(heard.errors.empty());
  const Report& r = heard.reports.at(0);
  EXPECT_EQ(r.sensor, "asterix-3-4");
  EXPECT_EQ(r.time, At("2026-03-01T12:00:00Z"));
  const Detection& d = r.detections.at(0);
  EXPECT_NEAR(d.fix.value().lat_deg, 50.45, 1e-7);
  EXPECT_NEAR(d.fix->lon_deg, -30.52, 1e-7);
  EXPECT_NEAR(d.fix->amsl.value().m, 120.3, 1e-9);
  EXPECT_FALSE(d.fix->hae);
  EXPECT_NEAR(d[Component::kVelEast], -12.34, 1e-9);
  EXPECT_NEAR(d[Component::kVelUp], -1.5, 1e-9);
  EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kEast)], 12.0 / 1.1774, 1e-9);
  EXPECT_EQ(d.identity, (Identity{{"uas", "DJI/M30/313233343536373839304142"}}));
  EXPECT_EQ(d.class_probability[static_cast<std::size_t>(TargetClass::kMultirotor)], 0.49);
}

TEST(AsterixTrack, MultilaterationAndSurfaceMovement) {
  for (const int category : {10, 20}) {
    SCOPED_TRACE(category);
    std::vector<Setting> settings = {
        {"010", "sac", "", 3.0},        {"010", "sic", "", 4.0},
        {"140", "time_s", "", 43200.0}, {"041", "lat_deg", "", 50.45},
        {"041", "lon_deg", "", 30.52},  {"090", "level_fl", "", 10.0},
        {"161", "track", "", 77.0},     {"202", "vx_mps", "", 12.25},
        {"202", "vy_mps", "", -3.0},    {"220", "address", "", std::string("406B90")}};
    if (category == 10) {
      settings.push_back({"000", "type", "", 1.0});
      settings.push_back({"500", "sd_x_m", "", 5.5});
      settings.push_back({"500", "sd_y_m", "", 6.0});
    } else {
      settings.push_back({"500", "x_m", "sdp", 5.5});
      settings.push_back({"500", "y_m", "sdp", 6.0});
    }
    const auto hear = [&] {
      const std::vector<Bytes> records = {EncodeRecord(Of(category), settings).value()};
      return DecodeAll(DataBlock(category, records), {}, At("2026-03-01T12:00:01Z"));
    };
    const Heard heard = hear();
    EXPECT_TRUE(heard.errors.empty());
    const Detection& d = heard.reports.at(0).detections.at(0);
    EXPECT_NEAR(d.fix.value().lat_deg, 50.45, 3e-6);
    EXPECT_NEAR(d.fix->amsl.value().m, 304.8, 1e-9);
    EXPECT_DOUBLE_EQ(d[Component::kVelEast], 12.25);
    EXPECT_DOUBLE_EQ(d.sd[static_cast<std::size_t>(Component::kNorth)], 6.0);
    EXPECT_EQ(d.identity, (Identity{{"track", "asterix-3-4/77"}, {"icao", "406B90"}}));
    // A target that was only extrapolated was not seen.
    settings.push_back({"170", "cst", "", 1.0});
    EXPECT_TRUE(hear().reports.empty());
  }
}

TEST(AsterixTrack, PressureIsNoGeometricHeight) {
  const std::vector<Setting> settings = {{"010", "sac", "", 3.0},
                                         {"070", "time_s", "", 43200.0},
                                         {"105", "lat_deg", "", 50.0},
                                         {"105", "lon_deg", "", 30.0},
                                         {"136", "level_fl", "", 100.0}};
  const std::vector<Bytes> records = {EncodeRecord(Of(62), settings).value()};
  const Heard heard = DecodeAll(DataBlock(62, records), {}, At("2026-03-01T12:00:01Z"));
  const Detection& d = heard.reports.at(0).detections.at(0);
  EXPECT_FALSE(d.fix->hae);
  EXPECT_NEAR(d.fix->amsl.value().m, 3048.0, 1e-9);
  EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kUp)], 191.4, 0.1);
}

TEST(AsterixTrack, MetresFromAPointNeedTheSite) {
  const std::vector<Setting> settings = {{"010", "sac", "", 1.0},
                                         {"010", "sic", "", 2.0},
                                         {"070", "time_s", "", 43200.0},
                                         {"100", "x_m", "", -1500.5},
                                         {"100", "y_m", "", 2500.0}};
  const std::vector<Bytes> records = {EncodeRecord(Of(62), settings).value()};
  const Heard none = DecodeAll(DataBlock(62, records), {}, At("2026-03-01T12:00:01Z"));
  EXPECT_TRUE(none.reports.empty());
  EXPECT_PRED2(Has, none.errors.at(0).what, "source SAC 1 SIC 2 is not in the site");
  const Heard heard = DecodeAll(DataBlock(62, records), OneRadar(), At("2026-03-01T12:00:01Z"));
  const Detection& d = heard.reports.at(0).detections.at(0);
  EXPECT_EQ(heard.reports[0].sensor, "north");
  EXPECT_DOUBLE_EQ(d[Component::kEast], -1500.5);
  EXPECT_DOUBLE_EQ(d[Component::kNorth], 2500.0);
}

TEST(AsterixTrack, SelfReportOfAnAircraft) {
  const std::vector<Setting> settings = {{"010", "sac", "", 3.0},
                                         {"010", "sic", "", 4.0},
                                         {"040", "atp", "", 0.0},
                                         {"073", "time_s", "", 43200.0},
                                         {"131", "lat_deg", "", 50.45},
                                         {"131", "lon_deg", "", 30.52},
                                         {"130", "lat_deg", "", 1.0},
                                         {"130", "lon_deg", "", 1.0},
                                         {"080", "address", "", std::string("406B90")},
                                         {"140", "geometric_ft", "", 1000.0},
                                         {"090", "nac_p", "", 9.0},
                                         {"160", "ground_speed_nm_per_s", "", 0.05},
                                         {"160", "track_angle_deg", "", 90.0},
                                         {"157", "geometric_climb_ft_per_min", "", -600.0},
                                         {"170", "callsign", "", std::string("EZY85MH")},
                                         {"020", "emitter", "", 5.0}};
  const auto encoded = EncodeRecord(Of(21), settings);
  ASSERT_TRUE(encoded) << encoded.error().Text();
  const std::vector<Bytes> records = {*encoded};
  const Heard heard = DecodeAll(DataBlock(21, records), {}, At("2026-03-01T12:00:01Z"));
  const Detection& d = heard.reports.at(0).detections.at(0);
  EXPECT_NEAR(d.fix->lat_deg, 50.45, 1e-7);
  EXPECT_NEAR(d.fix->hae.value().m, 304.8, 1.0);
  EXPECT_NEAR(d[Component::kVelEast], 0.05 * 1852, 0.1);
  EXPECT_NEAR(d[Component::kVelNorth], 0.0, 0.1);
  EXPECT_NEAR(d[Component::kVelUp], -3.048, 0.02);
  EXPECT_NEAR(d.sd[static_cast<std::size_t>(Component::kEast)], 30 / 2.4477, 0.01);
  EXPECT_EQ(d.identity, (Identity{{"icao", "406B90"}, {"callsign", "EZY85MH"}}));
  EXPECT_EQ(d.class_probability[static_cast<std::size_t>(TargetClass::kAircraft)], 1.0);
}

TEST(AsterixTrack, NonCooperativeTarget) {
  // The record of the specification's own kind: track 42, position, class 5 at 90 %.
  const Bytes block =
      Hex("0F 00 1C F7 94 19 64 04 01 00 54 60 40 00 2A 00 01 02 DA 80 23 E0 24 69 15 B3 FF 17");
  const Heard heard = DecodeAll(block, {}, At("2026-03-01T12:00:01Z"));
  ASSERT_EQ(heard.records.size(), 1U);
  EXPECT_EQ(heard.records[0]["items"]["300"][0]["class"], 5);
  EXPECT_EQ(heard.records[0]["items"]["300"][0]["probability_percent"], 90);
  const Detection& d = heard.reports.at(0).detections.at(0);
  EXPECT_NEAR(d.fix->lat_deg, 50.45, 1e-6);
  EXPECT_NEAR(d.fix->lon_deg, 30.52, 1e-6);
  EXPECT_EQ(d.identity, (Identity{{"track", "asterix-25-100/42"}}));
}

// ---- real captures ----

TEST(AsterixCapture, SmallFiles) {
  const auto plot = Capture("cat048.raw");
  if (!plot) GTEST_SKIP() << "PICKET_DATA is not set";
  AsterixOptions options;
  options.framing = AsterixFraming::kStream;
  const auto records = [&](const char* name) {
    const Heard heard = DecodeAll(*Capture(name), options);
    EXPECT_EQ(heard.counts.damaged, 0) << name;
    return heard.records;
  };
  const auto plots = records("cat048.raw");
  ASSERT_EQ(plots.size(), 1U);
  EXPECT_EQ(plots[0]["items"]["240"]["callsign"], "DLH65A");
  EXPECT_EQ(plots[0]["items"]["220"]["address"], "3C660C");
  EXPECT_EQ(plots[0]["items"]["040"]["rho_nm"], 197.68359375);
  EXPECT_EQ(records("cat034.raw").size(), 1U);
  const auto aircraft = records("cat21_re.ast");
  ASSERT_EQ(aircraft.size(), 2U);
  EXPECT_EQ(aircraft[1]["items"]["RE"]["sgv"]["ground_speed_kt"], 15.0);
  EXPECT_EQ(records("synthetic_cat015_track.raw").size(), 1U);
  const auto unmanned = records("synthetic_cat129_minimal.raw");
  ASSERT_EQ(unmanned.size(), 1U);
  EXPECT_EQ(unmanned[0]["sac"], 10);
  EXPECT_EQ(unmanned[0]["sic"], 20);
  EXPECT_EQ(unmanned[0]["items"]["070"]["time_s"], 43200.0);
  EXPECT_EQ(unmanned[0]["items"]["080"]["lat_deg"], 0.0);
}

TEST(AsterixCapture, OneBlockOfEachCategory) {
  struct Case {
    const char* file;
    int category;
    const char* edition;
  };
  const std::vector<Case> cases = {
      {"cat001ed1.1.bin", 1, "1.1"},    {"cat002ed1.0.bin", 2, "1.0"},
      {"cat019ed1.3.bin", 19, "1.3"},   {"cat021ed0.26.bin", 21, "0.26"},
      {"cat034ed1.26.bin", 34, "1.26"}, {"cat048ed1.15.bin", 48, "1.15"},
      {"cat062ed1.12.bin", 62, "1.12"}, {"cat063ed1.0.bin", 63, "1.0"},
      {"cat065ed1.3.bin", 65, "1.3"},   {"cat247ed1.2.bin", 247, "1.2"}};
  for (const Case& c : cases) {
    const auto bytes = Capture(std::string("blocks/") + c.file);
    if (!bytes) GTEST_SKIP() << "PICKET_DATA is not set";
    AsterixOptions options;
    options.editions = {{c.category, c.edition}};
    const Heard heard = DecodeAll(*bytes, options);
    EXPECT_EQ(heard.counts.damaged, 0) << c.file;
    ASSERT_EQ(heard.records.size(), 1U) << c.file;
    EXPECT_EQ(heard.records[0]["cat"], c.category);
    EXPECT_EQ(heard.records[0]["edition"], c.edition);
  }
  // Not decoded: told of, once.
  for (const auto* file : {"cat004ed1.4.bin", "cat030ed7.0.bin", "cat252ed7.0.bin"}) {
    const Heard heard = DecodeAll(*Capture(std::string("blocks/") + file));
    EXPECT_GE(heard.counts.unknown_category, 1) << file;
    EXPECT_EQ(heard.counts.unknown_category, heard.counts.blocks) << file;
    EXPECT_PRED2(Has, heard.errors.at(0).what, "is not known") << file;
  }
}

}  // namespace
}  // namespace picket
