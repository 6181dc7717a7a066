// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "picket/assess/event.h"
#include "picket/geo/frame.h"
#include "picket/track/track.h"

namespace picket {

/// When a target on a straight line reaches a circle on the ground.
struct Arrival {
  double probability = 0.0;  ///< that its line passes through the circle ahead of it, [0, 1]
  double earliest_s = 0.0, median_s = 0.0, latest_s = 0.0;  ///< 5, 50 and 95 % of its time, if so
};

/// Arrival of a target at the circle of `radius_m` about `p_LC_L` (ground plane of the local frame,
/// m), from its mean and covariance, errors carried to first order: the miss distance and the time
/// along the line are taken as Gaussian. Zero time inside the circle. Nothing for a target slower
/// than 1 m/s outside it.
[[nodiscard]] std::optional<Arrival> PredictArrival(const StateVector& mean,
                                                    const StateCovariance& covariance,
                                                    const Eigen::Vector2d& p_LC_L, double radius_m);

/// Turns pictures into alerts: for each track and each place or area a state machine with
/// hysteresis (watch, warning, alarm, cleared). An alert keeps its id while its track lives, so the
/// same threat never alarms as two.
///
/// Levels, by the probability that there is a threat and that it arrives (birds are none, nor are
/// aircraft that say who they are), and by the median time of arrival at a place: watch from 50 %
/// within 10 min, warning from 60 % within 3 min, alarm from 70 % within 60 s or inside. Areas:
/// warning from 60 % within 60 s of flight, alarm inside; a line that is crossed is an alarm for
/// kCrossedAlarmS, and a watch for as long as the track does not cross it back.
/// A level is raised once it has held for kConfirmS, and left once it has not held for kHoldS: a
/// bird's turns call for many levels, for a moment each.
class Assessor {
 public:
  static constexpr double kConfirmS = 5.0;
  static constexpr double kHoldS = 15.0;
  static constexpr double kCrossedAlarmS = 60.0;

  Assessor(std::vector<Place> places, std::vector<Area> areas, const LocalFrame& frame);

  /// The changes that this picture brings, in order of track, places first. Pictures in order of
  /// time.
  [[nodiscard]] std::vector<Alert> Take(const Picture& picture);

 private:
  struct LocalPlace {
    Place place;
    Eigen::Vector2d p_LC_L;
  };
  struct LocalArea {
    Area area;
    std::vector<std::vector<Eigen::Vector2d>> rings;  ///< local frame, m
  };
  /// What is asked for one track and one place or area at one instant.
  struct Judgement {
    std::optional<AlertLevel> level;  ///< nothing: no alert is called for
    double probability = 0.0;
    std::optional<Arrival> arrival;
    std::string what;      ///< the middle of the sentence for people
    bool at_once = false;  ///< an event, which need not hold for kConfirmS
  };
  struct Standing {
    Alert alert;
    std::optional<AlertLevel> level;
    Time called_for;                   ///< when `level` last held
    std::optional<AlertLevel> rising;  ///< held by every judgement since `rising_since`
    Time rising_since;
    std::string what;  ///< of the last judgement that called for a level
  };
  using Key = std::pair<std::uint64_t, std::size_t>;  ///< track; place, or places + area

  [[nodiscard]] Judgement JudgePlace(const Track& track, const LocalPlace& place) const;
  [[nodiscard]] Judgement JudgeZone(const Track& track, const LocalArea& local) const;
  /// @param target  key of the area, with the track's
  [[nodiscard]] Judgement JudgeLine(const Track& track, const LocalArea& local, std::size_t target,
                                    Time now);
  void Settle(const Track& track, std::size_t target, const std::string& place,
              const std::string& area, Judgement judgement, Time now, std::vector<Alert>& out);

  std::vector<LocalPlace> places_;
  std::vector<LocalArea> areas_;
  std::map<Key, Standing> standing_;
  std::map<std::uint64_t, Eigen::Vector2d> last_place_;  ///< of each track, for lines
  std::map<Key, Time> across_;                           ///< lines crossed and not crossed back
  std::uint64_t next_id_ = 1;
};

}  // namespace picket
