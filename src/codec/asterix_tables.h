// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// The texts that FindTable reads. One line is one item; a line that starts with blanks goes on
/// with the one before it.
///
///   category 48 editions 1.14-1.32 default 1.31
///   ITEM[@FROM-TO] KIND FIELD...     ITEM: "040"; only in editions FROM to TO, either left out
///   .SUB KIND FIELD...               a sub-item of the compound above it ("..SUB" one level down;
///                                    ".-": a presence bit that is spare)
///   uap ITEM...                      by field reference number; "-" is spare; RE and SP need no
///                                    line of their own, unless their content is known
///   uap? ITEM.FIELD=VALUE ITEM...    the order that applies once that field has that value
///
/// KIND   F fixed, X variable (parts divided by "|", the extension bit not written; a last part of
///        whole bytes has none), R repeated by a count, RX repeated by an extension bit,
///        C compound, E explicit length, ? not known
/// FIELD  [&]NAME:BITS[CODING][*SCALE[/DIVISOR]][+OFFSET][?FIELD=VALUE][{MEANING,MEANING...}]
///        NAME ends in its unit; "-": spare; "&": takes the bits of the field before it
///        CODING s signed, o octal, x hexadecimal, a ASCII, c ICAO six-bit characters
///        MEANING may be written "7:text", and then counts on from there
namespace picket::asterix {

extern const std::string_view kRadarTables[];  ///< radars: 1, 2, 34, 48
extern const std::size_t kRadarTableCount;
extern const std::string_view kTrackTables[];  ///< trackers and their status: 4, 15, 62, 63, 65 ...
extern const std::size_t kTrackTableCount;
extern const std::string_view kCooperativeTables[];  ///< ADS-B, multilateration, surface, UAS
extern const std::size_t kCooperativeTableCount;

}  // namespace picket::asterix
