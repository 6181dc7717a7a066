// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "picket/simulate/scenario.h"
#include "picket/terrain/terrain.h"

namespace picket {

/// Heights above sea level on the grid of Terrain within `region_radius_m` of the origin: fractal
/// plain and ridged hills (Musgrave, in Texturing and Modeling, 3rd ed. 2003, ch. 16), sunk below a
/// coast. A pure function of its arguments. The sea is at exactly 0, land at 1 m or more.
[[nodiscard]] Terrain::Grid MakeSyntheticTerrain(const SyntheticTerrain& plan,
                                                 double region_radius_m);

}  // namespace picket
