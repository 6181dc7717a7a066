// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "picket/codec/site.h"
#include "toml_reader.h"

namespace picket {

/// A whole number in [0, 255].
[[nodiscard]] std::optional<int> ReadOctet(TomlTable& table, std::string_view key,
                                           Need need = Need::kRequired);

/// What a site's links are checked against.
struct LinkEnds {
  const std::set<std::string>& sensors;  ///< by id
  bool adsb = false;                     ///< one of them is the ADS-B receiver
  bool asterix = false;                  ///< some of them are ASTERIX sources
};

/// Reads one [[input]].
[[nodiscard]] InputFeed ReadInput(TomlTable table, const LinkEnds& ends);
/// Reads one [[output]].
[[nodiscard]] OutputFeed ReadOutput(TomlTable table);
/// Reads [access], if it is there: see docs/site.md.
[[nodiscard]] AccessSettings ReadAccess(TomlTable& root);

}  // namespace picket
