// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "picket/codec/capture.h"
#include "picket/engine/engine.h"

namespace picket {

/// A site file from disk, parsed and validated; names in it count from the file's folder.
[[nodiscard]] tl::expected<Site, Errors> ReadSite(const std::string& path);

/// Loads the site's terrain and the geoid, and places its sensors.
/// @param path  the site file's, which terrain files count from
[[nodiscard]] tl::expected<std::shared_ptr<const PlacedSite>, Errors> LoadSite(
    Site site, const std::string& path);

/// A receiver of positions that the site file does not name: errors as each report states them. One
/// of self-reports is as wide as the sky and has no false reports; "sapient" stands for sensors of
/// others, of which nobody said where they see: they have some, and their silence hardly counts.
void AddReceiver(Site& site, const std::string& id);

/// Gives the radars of `options` (see CaptureOptionsOf) the heights of their antennas above the
/// sea.
void AddAntennaHeights(const PlacedSite& site, CaptureOptions& options);
/// The same where the site is not placed yet: loads its ground, if it has radars at all.
[[nodiscard]] tl::expected<void, Errors> AddAntennaHeights(const Site& site,
                                                           const std::string& path,
                                                           CaptureOptions& options);

}  // namespace picket
