// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "picket/base/error.h"

/// The layouts of ASTERIX categories as data: one text per category and family of editions (see
/// asterix_tables_*.cpp), read once into the structures below, which both decoder and encoder walk.
/// Source of the rules: EUROCONTROL-SPEC-0149 (part 1) and the part of each category.
namespace picket::asterix {

/// How the bits of a field are to be understood.
enum class Coding : std::uint8_t {
  kUnsigned,
  kSigned,  // two's complement
  kOctal,   // a transponder code, three bits a digit
  kHex,     // an address or opaque bits
  kAscii,   // eight bits a character
  kIcao,    // six bits a character (ICAO Annex 10, volume IV, 3.1.2.9)
};

/// Some bits of an item. Physical value = raw * scale + offset, in the unit that the name ends in.
struct Field {
  std::string name;  ///< empty: spare bits
  int bits = 0;      ///< 1 to 64
  Coding coding = Coding::kUnsigned;
  double scale = 1.0;
  double offset = 0.0;
  bool overlay = false;  ///< takes the bits of the field before it, under another condition
  std::string only_if;   ///< a field before it that must have the value `only_if_value`
  std::uint64_t only_if_value = 0;
  std::vector<std::string> meanings;  ///< of raw values 0, 1 ...; empty where it has none
};

enum class Form : std::uint8_t {
  kFixed,
  kVariable,    // parts, each of which says in its last bit whether another follows
  kRepeated,    // a count of one byte, then as many times part 0
  kRepeatedFx,  // part 0, whose last bit says whether another follows
  kCompound,    // presence bits, then the sub-items that they announce
  kExplicit,    // a length of one byte that counts itself, then opaque bytes or a compound
  kUnknown,     // in the specification, but its layout is not in this table
};

/// How many bits the fields of one part take, without the extension bit that may follow.
[[nodiscard]] int PartBits(const std::vector<Field>& part);

/// A data item or a sub-item of a compound.
struct Item {
  std::string name;  ///< "040", "RE"; of a sub-item "srl"; empty: a presence bit that is spare
  Form form = Form::kFixed;
  std::vector<std::vector<Field>> parts;
  std::vector<Item> subs;
};

/// One edition of one category. Lives as long as the program.
struct Table {
  int category = 0;
  std::string edition;  ///< as asked for: "1.15"
  std::vector<Item> items;
  std::vector<const Item*> uap;      ///< by field reference number from 0; null: spare
  std::vector<const Item*> uap_alt;  ///< used once the field below has its value (category 1)
  std::string alt_item, alt_field;
  std::uint64_t alt_value = 0;

  Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
};

/// @param edition  "1.15"; empty: the default edition of the category (docs/asterix.md)
/// @returns the table, or what is wrong: the category is not known, or that edition of it is not
///          (the text names those that are)
[[nodiscard]] Result<const Table*> FindTable(int category, std::string_view edition = {});

/// Every category with its editions and the default, as docs/asterix.md lists them.
struct Known {
  int category = 0;
  std::string editions;  ///< "0.17, 1.12-1.20"
  std::string default_edition;
};
[[nodiscard]] std::vector<Known> KnownCategories();

/// "62=0.17", as the command line writes it.
[[nodiscard]] Result<std::pair<int, std::string>> ParseEditionChoice(std::string_view text);

}  // namespace picket::asterix
