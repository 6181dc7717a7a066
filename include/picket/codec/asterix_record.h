// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "picket/base/error.h"
#include "picket/codec/asterix_table.h"

/// One ASTERIX record between its bytes and its values, by the tables of asterix_table.h.
namespace picket::asterix {

/// One field of a decoded record.
struct Value {
  const Item* item = nullptr;
  const Item* sub = nullptr;     ///< of a compound
  const Item* subsub = nullptr;  ///< of a compound in a compound
  const Field* field = nullptr;  ///< null: opaque bytes of the record, `first` to `last`
  int repeat = 0;                ///< which repetition, from 0
  std::uint64_t raw = 0;
  std::uint32_t first = 0, last = 0;

  /// Sign, scale and offset applied, in the unit that the field's name ends in.
  [[nodiscard]] double Number() const;
  /// Octal, hexadecimal or characters: trailing blanks left out, what is no character is "?", and
  /// empty where all bits are zero.
  [[nodiscard]] std::string Text() const;
  /// Whether this is of the sub-item of that path: "cal", or "md5.pos" one level down.
  [[nodiscard]] bool IsOf(std::string_view path) const;
};

/// A decoded record; valid as long as the bytes it was read from.
struct Record {
  const Table* table = nullptr;
  std::span<const std::uint8_t> bytes;  ///< of this record
  std::vector<Value> values;            ///< in order of transmission
  /// Reserved expansion and special purpose fields that do not follow the table: kept as bytes.
  std::vector<std::string> odd;

  /// The first value of that name: ("040", "rho_nm"); `sub` says which of a compound's sub-items is
  /// meant where several have such a field: ("120", "doppler_mps", "cal").
  [[nodiscard]] const Value* Find(std::string_view item, std::string_view field,
                                  std::string_view sub = {}) const;
  [[nodiscard]] std::optional<double> Number(std::string_view item, std::string_view field,
                                             std::string_view sub = {}) const;
};

/// Reads the record at the front of `bytes`, which end where its data block ends.
/// @param record  overwritten; its memory is used again
/// @returns nothing, or what is wrong, with the byte within `bytes`; what was read stays in
/// `record`
[[nodiscard]] Result<void> DecodeRecord(const Table& table, std::span<const std::uint8_t> bytes,
                                        Record& record);

/// {"cat":48,"edition":"1.31","sac":..,"sic":..,"items":{"040":{"rho_nm":..,"theta_deg":..},...}}.
/// Numbers are physical; a field with an enumeration is followed by one named NAME_means. A
/// sub-item of a single field stands under the name of that field.
[[nodiscard]] std::string RecordJson(const Record& record);

/// What to put into one field; physical for numbers, as Value::Text gives it for codes. `sub` is
/// the path of the sub-item, as for Value::IsOf.
struct Setting {
  std::string_view item, field, sub;
  std::variant<double, std::string> value;
  int repeat = 0;
};

/// Builds one record: items in the order of the table's profile, fields not set are zero.
/// @returns the bytes, or what is wrong: no such field, a value that does not fit, a text that is
///          not of the field's code. Numbers are rounded to the nearest step.
[[nodiscard]] Result<std::vector<std::uint8_t>> EncodeRecord(const Table& table,
                                                             std::span<const Setting> settings);

/// A data block: category, length, records. Requires at most 65,532 bytes of records.
[[nodiscard]] std::vector<std::uint8_t> DataBlock(
    int category, std::span<const std::vector<std::uint8_t>> records);

}  // namespace picket::asterix
