// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "picket/engine/engine.h"
#include "picket/io/raster.h"
#include "picket/terrain/unknown_ground.h"

namespace picket::app {

/// The site's ground as the planner takes it: on the rasters' own grid, or on the site's map.
struct Ground {
  std::shared_ptr<const PlacedSite> site;
  std::optional<OwnGrid> own;
  std::optional<OwnGrid> own_surface;  ///< on the same grid
  bool on_map = true;                  ///< the grid is the site's map, not the rasters' own
  RasterGrid grid;
  std::vector<float> all;  ///< of `own`, where all of it is no more than a terrain may have
  std::unique_ptr<const UnknownGround> unknown;  ///< of those
  bool known = true;                             ///< whether the site names any ground

  [[nodiscard]] const Terrain& terrain() const { return site->field->terrain(); }
};

/// Loads a site's ground and places its sensors.
/// @param visibility_only  nobody will ask for the ground on the site's map: where its rasters do
///        alone, and sensors stand so high above the ground, it is not brought there
[[nodiscard]] tl::expected<Ground, Errors> LoadGround(Site site, const std::string& site_path,
                                                      bool visibility_only);

/// Heights as OwnGrid reads them, as the site has them.
[[nodiscard]] Result<std::vector<float>> ReadOwn(const Ground& ground, int column, int row,
                                                 int columns, int rows);

/// Of the region: the share whose ground is known, percent.
[[nodiscard]] double KnownPercent(const Ground& ground);
/// The same of the ground on the site's map.
[[nodiscard]] double KnownPercent(const PlacedSite& site);

/// What there is to say of such a share; empty: all but nothing is unknown.
[[nodiscard]] std::string KnownText(double percent);

}  // namespace picket::app
