// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "picket/engine/engine.h"
#include "picket/plan/coverage.h"
#include "picket/plan/placement.h"
#include "picket/plan/warning_placement.h"
#include "picket/plan/warning_time.h"

namespace picket::app {

/// Calls the function for each index below the count, on several threads; tells of progress.
/// @param what  begins the line that tells of it
using Parallel = std::function<void(const char* what, std::size_t count,
                                    const std::function<void(std::size_t)>&)>;

/// Warning times of one place: with all sensors, and with each of them lost.
struct PlaceWarning {
  WarningTime all;
  std::vector<WarningTime> without;  ///< by sensor; empty if there are too many to try
};

/// Where one more sensor goes.
struct NewSite {
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  Terrain::MapPoint at;
  std::string name;   ///< of a site that has one
  std::string like;   ///< the type of sensor that goes there ...
  double cost = 0.0;  ///< ... and what it costs
  double gain = 0.0;  ///< of the region's cells, averaged over the bands looked at
  /// What the others guarantee if this one is lost, if that was what sensors were placed for.
  std::optional<Guarantee> without;
};

/// What more sensors do for the guaranteed warning time.
struct PlacedWarning {
  Guarantee before;
  Guarantee after;
  Guarantee bound;                                 ///< what no other choice exceeds
  std::vector<std::vector<WarningTime>> of_place;  ///< with them: [kFlyers][places]
};

/// Where more sensors go.
struct Placed {
  struct Type {
    std::string like;
    double cost = 0.0;
  };
  std::vector<Type> types;  ///< that there were to choose from
  std::optional<int> count;
  std::optional<double> budget;
  std::optional<double> near_m;  ///< where cells near places weigh more: see docs/plan.md
  std::vector<NewSite> sites;
  double cost = 0.0;                     ///< of all of them together
  double gain = 0.0;                     ///< what they close, if they are for that, and ...
  double bound = 0.0;                    ///< ... what no other choice exceeds
  std::optional<PlacedWarning> warning;  ///< if they are for that
};

/// What the network sees of one class of target.
struct ClassCoverage {
  std::unique_ptr<Coverage> coverage;
  std::vector<std::vector<double>> alone;  ///< [band][sensor]: Coverage::SeenAloneBy
};

/// All that the planner found out of a site, beside the minimum visible heights.
struct Products {
  /// For each of kFlyers; only one where no sensor tells classes apart: it is true of all.
  std::vector<ClassCoverage> classes;
  /// Every nth cell of the coverage: what ways and new sites are looked for on, and what the page
  /// and the KML show.
  PlanGrid ways;
  /// [flyer][band * cells + cell], of `ways`: how surely such a target has been detected before it
  /// is there, at least, whichever way it comes; up to 0.95. NaN outside of the region.
  std::vector<std::vector<float>> detected;
  std::vector<std::vector<PlaceWarning>> warnings;  ///< [flyer][place]
  std::optional<Placed> placed;                     ///< where more sensors go, if that was asked

  /// What a value of each of the coverage's cells is on `ways`.
  [[nodiscard]] std::vector<float> OnWays(std::span<const float> values) const;
  /// Index of the class that is seen least.
  [[nodiscard]] std::size_t Hardest() const;
};

/// With more sensors than this, what the loss of each costs is not told.
inline constexpr std::size_t kMostToLose = 64;

/// The cells that coverage is told of: the terrain's own, or the least multiple of them that is
/// bounded by default.
/// @param cell_m  not 0: as large as this at most, if not smaller than the terrain's
[[nodiscard]] Result<PlanGrid> CoverageGrid(const PlacedSite& site, double cell_m);

/// Warning times of each of the site's places, by the exposure on `ways` to one class of target.
[[nodiscard]] std::vector<WarningTime> WarningsOf(const PlacedSite& site, const PlanGrid& ways,
                                                  std::span<const double> bands_agl_m,
                                                  std::span<const float> exposure_per_s,
                                                  const Flyer& flyer);

/// Where the centre of a protected place is on the site's map.
[[nodiscard]] Terrain::MapPoint CentreOf(const PlacedSite& site, const Place& place);

[[nodiscard]] Products MakeProducts(const PlacedSite& site, const PlanGrid& grid,
                                    const Parallel& parallel);

/// What is wrong with a place whose centre lies outside of the region: nobody knows what is seen
/// about it, and so no warning time is guaranteed there. Empty: it lies within.
[[nodiscard]] std::string OutsideText(const PlacedSite& site, const Place& place);

/// What the page shows, in figures.
void Summarise(const PlacedSite& site, const Products& products, nlohmann::ordered_json& summary);

/// Writes the rasters, pictures, polygons and the page.
[[nodiscard]] tl::expected<void, Error> WriteProducts(const PlacedSite& site,
                                                      const Products& products,
                                                      const std::vector<std::string>& warnings,
                                                      const std::filesystem::path& folder,
                                                      const Parallel& parallel);

/// The page that shows them, complete in itself.
[[nodiscard]] Result<std::string> PlanPage(const PlacedSite& site, const Products& products,
                                           const std::vector<std::string>& warnings);

/// Where the p_D of a share of the region comes from, in words: "modelled", or "measured over 12 %
/// of the region, modelled elsewhere".
[[nodiscard]] std::string BasisText(const Coverage::Share& share);

/// Text as HTML and XML hold it.
[[nodiscard]] std::string Escaped(const std::string& text);

/// "N", "NNE", ... of a sector.
[[nodiscard]] const char* SectorName(std::size_t sector);

}  // namespace picket::app
