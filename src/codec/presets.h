// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "picket/codec/site.h"
#include "toml_reader.h"

namespace picket {

/// Fills the [[sensor]] tables of a site that name a preset with what the preset has and they have
/// not, tables within tables likewise; but a table `detect` that states a model other than the
/// preset's takes nothing from it. Keys of the site keep their lines. An unknown preset is an
/// error.
void ApplyPresets(toml::table& site, TomlErrors& errors);

}  // namespace picket
