// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "picket/plan/placement.h"
#include "picket/plan/warning_time.h"

namespace picket {

/// What each of many candidates adds to the exposure of a target at each node (band * cells +
/// cell), 1/s. In two bytes, the upper half of a float, rounded up by at most 1 in 128: what a
/// bound is drawn from must not be too little.
class CandidateExposures {
 public:
  CandidateExposures(std::size_t nodes, std::size_t candidates);
  /// Different candidates may be set at the same time. Not negative.
  void Set(std::size_t node, std::size_t candidate, double exposure_per_s);
  [[nodiscard]] float At(std::size_t node, std::size_t candidate) const;
  /// Adds to each candidate's sum what it exposes in these seconds.
  void Add(std::size_t node, double seconds, std::span<double> sums) const;
  [[nodiscard]] std::size_t candidates() const { return candidates_; }

 private:
  std::size_t candidates_;
  std::vector<std::uint16_t> upper_;  ///< [node][candidate]
};

/// Which candidates make the guaranteed warning time the longest, of the place and the class of
/// target where it is the shortest?
struct WarningProblem {
  PlanGrid grid;
  std::vector<double> bands_agl_m;
  struct Against {
    Flyer flyer;
    std::vector<float> exposure_per_s;  ///< by the sensors there are, [band * cells + cell]
    std::shared_ptr<const CandidateExposures> candidates;
  };
  std::vector<Against> against;  ///< classes of target; at least one
  struct Protected {
    Terrain::MapPoint at;
    double radius_m = 0.0;
  };
  std::vector<Protected> places;   ///< at least one
  std::vector<double> cost;        ///< as CoverProblem's
  std::vector<std::int32_t> site;  ///< as CoverProblem's
};

/// What is guaranteed for every place, class, sector and height.
struct Guarantee {
  double time_s = 0.0;    ///< GuaranteedWarning's
  double detected = 0.0;  ///< how surely a target is detected before it is in a circle; up to 95 %
};

struct WarningPlacement {
  std::vector<std::int32_t> chosen;
  double cost = 0.0;
  Guarantee before;
  Guarantee after;
  Guarantee bound;  ///< no choice within the limits guarantees more
};

/// Chooses by saturation (SATURATE: Krause, McMahan, Guestrin and Gupta, "Robust submodular
/// observation selection", JMLR 9, 2008). A warning time t is guaranteed if every way in is exposed
/// by e* before it is t from a circle. Exposure adds up over sensors, so that of one way, cut off
/// at e*, is submodular, as is the sum over ways, and ChooseSites maximises that: a t is reached if
/// all ways are saturated. The longest t is found by bisection; where none is, the exposure that is
/// reached at the circles.
///
/// Ways are as many as needed: those by which targets get through what was chosen for the others
/// are added until none does, as in network interdiction (Israeli and Wood, Networks 40, 2002). So
/// what is reached is reached for every way, and what ways are known already bounds it: a t that no
/// choice saturates these for is not to be had.
/// @param tell  of progress: done, and of how many
[[nodiscard]] WarningPlacement ChooseForWarning(
    const WarningProblem& problem, const PlacementLimits& limits,
    const std::function<void(int, int)>& tell = nullptr);

}  // namespace picket
