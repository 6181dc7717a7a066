// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "picket/base/error.h"
#include "picket/geo/geoid.h"

namespace picket {

/// The EGM96 geoid: NGA's 15' grid as PROJ packages it (egm96_15.gtx, Debian: proj-data), found on
/// PROJ's own search path. Error: the file is not installed or is not a global grid.
[[nodiscard]] Result<Geoid> LoadGeoid();

}  // namespace picket
