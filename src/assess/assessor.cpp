// SPDX-License-Identifier: Apache-2.0
#include "picket/assess/assessor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace picket {
namespace {

constexpr double kSlowMps = 1.0;
constexpr double kSd95 = 1.6449;  // one-sided 95 % of a standard normal

// Levels by probability and time of arrival.
constexpr double kWatchProbability = 0.5, kWatchS = 600.0;
constexpr double kWarningProbability = 0.6, kWarningS = 180.0;
constexpr double kAlarmProbability = 0.7, kAlarmS = 60.0;
constexpr double kAreaAheadS = 60.0, kAreaStepS = 5.0;
constexpr double kInside = 0.5;

double NormalCdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

double Cross(const Eigen::Vector2d& a, const Eigen::Vector2d& b) {
  return a.x() * b.y() - a.y() * b.x();
}

/// Whether a segment meets another.
bool Crosses(const Eigen::Vector2d& a, const Eigen::Vector2d& b, const Eigen::Vector2d& c,
             const Eigen::Vector2d& d) {
  const double abc = Cross(b - a, c - a);
  const double abd = Cross(b - a, d - a);
  const double cda = Cross(d - c, a - c);
  const double cdb = Cross(d - c, b - c);
  return ((abc > 0.0) != (abd > 0.0)) && ((cda > 0.0) != (cdb > 0.0));
}

double DistanceToSegment(const Eigen::Vector2d& p, const Eigen::Vector2d& a,
                         const Eigen::Vector2d& b) {
  const Eigen::Vector2d d = b - a;
  const double length2 = d.squaredNorm();
  const double t = length2 > 0.0 ? std::clamp((p - a).dot(d) / length2, 0.0, 1.0) : 0.0;
  return (p - a - t * d).norm();
}

/// Distance to a polygon's edge, positive inside (even-odd rule over all rings).
double DepthInside(const Eigen::Vector2d& p,
                   const std::vector<std::vector<Eigen::Vector2d>>& rings) {
  bool inside = false;
  double nearest = std::numeric_limits<double>::infinity();
  for (const auto& ring : rings) {
    for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
      const Eigen::Vector2d& a = ring[i];
      const Eigen::Vector2d& b = ring[j];
      if ((a.y() > p.y()) != (b.y() > p.y()) &&
          p.x() < (b.x() - a.x()) * (p.y() - a.y()) / (b.y() - a.y()) + a.x()) {
        inside = !inside;
      }
      nearest = std::min(nearest, DistanceToSegment(p, a, b));
    }
  }
  return inside ? nearest : -nearest;
}

double PlaceSd(const Track& track) {
  return std::sqrt(std::max({track.covariance(0, 0), track.covariance(1, 1), 1.0}));
}

/// How many of a class broadcast an ICAO address: nearly all crewed aircraft near a watched place,
/// as they must, and few of the others, for who means harm can claim what he likes. Our estimates;
/// only their ratios count.
constexpr ClassProbabilities kBroadcasts = {0.02, 0.02, 0.001, 0.9, 0.05};

/// Probability that a track is there and can be a threat: not a bird, not an aircraft that says who
/// it is, weighed by whether such a claim is to be expected (what its motion contradicts is not).
double ThreatShare(const Track& track) {
  constexpr auto kBird = static_cast<std::size_t>(TargetClass::kBird);
  constexpr auto kAircraft = static_cast<std::size_t>(TargetClass::kAircraft);
  ClassProbabilities p = track.class_probability;
  const bool claims = std::any_of(track.identity.begin(), track.identity.end(),
                                  [](const auto& claim) { return claim.first == "icao"; });
  double sum = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += p[i] *= claims ? kBroadcasts[i] : 1.0;
  if (sum <= 0.0) return track.existence;
  const double harmless = p[kBird] + (claims ? p[kAircraft] : 0.0);
  return track.existence * std::max(1.0 - harmless / sum, 0.0);
}

std::string Name(const Track& track) {
  const auto best =
      std::max_element(track.class_probability.begin(), track.class_probability.end());
  const auto kind = static_cast<TargetClass>(best - track.class_probability.begin());
  const std::string_view name = *best < 0.5                        ? "unclassified target"
                                : kind == TargetClass::kMultirotor ? "multirotor"
                                : kind == TargetClass::kFixedWing  ? "fixed-wing drone"
                                : kind == TargetClass::kBird       ? "bird"
                                : kind == TargetClass::kAircraft   ? "aircraft"
                                                                   : "object";
  return fmt::format("Track {} ({})", track.id, name);
}

std::string Minutes(double s) {
  return s < 90.0 ? fmt::format("{:.0f} s", s) : fmt::format("{:.0f} min", s / 60.0);
}

}  // namespace

std::optional<Arrival> PredictArrival(const StateVector& mean, const StateCovariance& covariance,
                                      const Eigen::Vector2d& p_LC_L, double radius_m) {
  const Eigen::Vector2d d = p_LC_L - mean.head<2>();
  const double distance = d.norm();
  if (distance <= radius_m) return Arrival{1.0, 0.0, 0.0, 0.0};
  const Eigen::Vector2d v = mean.segment<2>(3);
  const double speed = v.norm();
  if (speed < kSlowMps) return std::nullopt;
  const Eigen::Vector2d along = v / speed;
  const Eigen::Vector2d across(-along.y(), along.x());
  const double ahead = d.dot(along);
  if (ahead <= 0.0) return Arrival{};
  const double miss = d.dot(across);
  const double time_s = ahead / speed;
  // Across the line at closest approach: position error and velocity error carried there.
  const Eigen::Matrix2d at_approach =
      covariance.topLeftCorner<2, 2>() +
      time_s * (covariance.block<2, 2>(0, 3) + covariance.block<2, 2>(3, 0)) +
      time_s * time_s * covariance.block<2, 2>(3, 3);
  const double sd_miss = std::sqrt(std::max(across.dot(at_approach * across), 1.0));
  Arrival arrival;
  arrival.probability =
      NormalCdf((radius_m - miss) / sd_miss) - NormalCdf((-radius_m - miss) / sd_miss);
  // The half chord that a line through the circle cuts, at most the radius.
  const double nearest = std::min(std::abs(miss), 0.9 * radius_m);
  const double to_edge = ahead - std::sqrt(radius_m * radius_m - nearest * nearest);
  arrival.median_s = std::max(to_edge / speed, 0.0);
  const Eigen::Matrix2d at_edge =
      covariance.topLeftCorner<2, 2>() +
      arrival.median_s * (covariance.block<2, 2>(0, 3) + covariance.block<2, 2>(3, 0)) +
      arrival.median_s * arrival.median_s * covariance.block<2, 2>(3, 3);
  const double sd_s = std::sqrt(std::max(along.dot(at_edge * along), 0.0)) / speed;
  arrival.earliest_s = std::max(arrival.median_s - kSd95 * sd_s, 0.0);
  arrival.latest_s = arrival.median_s + kSd95 * sd_s;
  return arrival;
}

Assessor::Assessor(std::vector<Place> places, std::vector<Area> areas, const LocalFrame& frame) {
  for (Place& place : places) {
    const Eigen::Vector3d p = frame.ToLocal(place.at);
    places_.push_back({std::move(place), p.head<2>()});
  }
  for (Area& area : areas) {
    LocalArea local;
    for (const auto& ring : area.rings_lon_lat) {
      std::vector<Eigen::Vector2d>& points = local.rings.emplace_back();
      for (const auto& [lon_deg, lat_deg] : ring) {
        points.emplace_back(frame.ToLocal({lat_deg, lon_deg, {0.0}}).head<2>());
      }
    }
    local.area = std::move(area);
    areas_.push_back(std::move(local));
  }
}

Assessor::Judgement Assessor::JudgePlace(const Track& track, const LocalPlace& place) const {
  Judgement judgement;
  judgement.arrival =
      PredictArrival(track.mean, track.covariance, place.p_LC_L, place.place.radius_m);
  if (!judgement.arrival) return judgement;
  const Arrival& arrival = *judgement.arrival;
  judgement.probability = arrival.probability * ThreatShare(track);
  const double p = judgement.probability;
  if (p >= kAlarmProbability && arrival.median_s <= kAlarmS) {
    judgement.level = AlertLevel::kAlarm;
  } else if (p >= kWarningProbability && arrival.median_s <= kWarningS) {
    judgement.level = AlertLevel::kWarning;
  } else if (p >= kWatchProbability && arrival.median_s <= kWatchS) {
    judgement.level = AlertLevel::kWatch;
  }
  judgement.what = arrival.latest_s == 0.0
                       ? fmt::format("is inside {} ({:.0f} %)", place.place.name, 100.0 * p)
                       : fmt::format("heads for {}: there in {}, at the earliest in {} ({:.0f} %)",
                                     place.place.name, Minutes(arrival.median_s),
                                     Minutes(arrival.earliest_s), 100.0 * p);
  return judgement;
}

Assessor::Judgement Assessor::JudgeLine(const Track& track, const LocalArea& local,
                                        std::size_t target, Time now) {
  Judgement judgement;
  const Key key(track.id, target);
  if (const auto before = last_place_.find(track.id); before != last_place_.end()) {
    const Eigen::Vector2d p = track.mean.head<2>();
    for (const auto& line : local.rings) {
      for (std::size_t i = 1; i < line.size(); ++i) {
        if (!Crosses(before->second, p, line[i - 1], line[i])) continue;
        if (across_.erase(key) == 0) across_.emplace(key, now);
      }
    }
  }
  const auto crossed = across_.find(key);
  if (crossed == across_.end()) return judgement;
  judgement.probability = ThreatShare(track);
  if (judgement.probability < kInside) return judgement;
  const bool fresh = (now - crossed->second).s() <= kCrossedAlarmS;
  judgement.at_once = fresh;
  judgement.level = fresh ? AlertLevel::kAlarm : AlertLevel::kWatch;
  judgement.what = fmt::format("{} {}", fresh ? "crosses" : "has crossed", local.area.name);
  return judgement;
}

Assessor::Judgement Assessor::JudgeZone(const Track& track, const LocalArea& local) const {
  Judgement judgement;
  const Eigen::Vector2d p = track.mean.head<2>();
  const double sd = PlaceSd(track);
  const double depth = DepthInside(p, local.rings);
  const double inside = NormalCdf(depth / sd) * ThreatShare(track);
  judgement.probability = inside;
  if (inside >= kInside) {
    judgement.level = AlertLevel::kAlarm;
    judgement.what = fmt::format("is inside {}", local.area.name);
    return judgement;
  }
  if (local.area.trigger == Area::Trigger::kInside) return judgement;
  // Ahead: the first of a minute's seconds at which its line is inside.
  for (int step = 1; step * kAreaStepS <= kAreaAheadS; ++step) {
    const double t = step * kAreaStepS;
    const Eigen::Vector2d ahead = p + t * track.mean.segment<2>(3);
    const double sd_ahead =
        std::sqrt(sd * sd + t * t * std::max(track.covariance(3, 3), track.covariance(4, 4)));
    const double probability =
        NormalCdf(DepthInside(ahead, local.rings) / sd_ahead) * ThreatShare(track);
    if (probability < kWarningProbability) continue;
    judgement.level = AlertLevel::kWarning;
    judgement.probability = probability;
    judgement.what = fmt::format("enters {} in {}", local.area.name, Minutes(t));
    break;
  }
  return judgement;
}

void Assessor::Settle(const Track& track, std::size_t target, const std::string& place,
                      const std::string& area, Judgement judgement, Time now,
                      std::vector<Alert>& out) {
  const auto it = standing_.find({track.id, target});
  if (it == standing_.end() && !judgement.level) return;
  Standing& standing = it == standing_.end() ? standing_[{track.id, target}] : it->second;

  const bool still = judgement.level && standing.level && *judgement.level >= *standing.level;
  if (still) standing.called_for = now;
  // What is called for now and was called for ever since: the lowest of it may be raised.
  if (!judgement.level) {
    standing.rising.reset();
  } else {
    if (!standing.rising) standing.rising_since = now;
    standing.rising = std::min(standing.rising.value_or(*judgement.level), *judgement.level);
    if (judgement.at_once) standing.rising = judgement.level;
    standing.what = judgement.what;
  }
  const bool confirmed =
      standing.rising && (judgement.at_once || (now - standing.rising_since).s() >= kConfirmS);
  std::optional<AlertLevel> level = standing.level;
  if (confirmed && (!level || *standing.rising > *level)) {
    level = standing.rising;
  } else if (level && !still && (now - standing.called_for).s() >= kHoldS) {
    level = judgement.level;
  }
  if (confirmed) {  // from here on something higher may be confirmed
    standing.rising = judgement.level;
    standing.rising_since = now;
  }
  if (standing.level == level) return;

  Alert& alert = standing.alert;
  if (alert.id == 0) {
    alert.id = next_id_++;
    alert.track = track.id;
    alert.place = place;
    alert.area = area;
  }
  alert.time = now;
  alert.level = level.value_or(AlertLevel::kCleared);
  alert.probability = judgement.probability;
  alert.earliest_arrival_s.reset();
  alert.median_arrival_s.reset();
  alert.latest_arrival_s.reset();
  if (level && judgement.arrival) {
    alert.earliest_arrival_s = judgement.arrival->earliest_s;
    alert.median_arrival_s = judgement.arrival->median_s;
    alert.latest_arrival_s = judgement.arrival->latest_s;
  }
  alert.text =
      level ? fmt::format("{} {}.", Name(track), judgement.what)
            : fmt::format("{} no longer threatens {}.", Name(track), place.empty() ? area : place);
  standing.level = level;
  standing.called_for = now;
  out.push_back(alert);
}

std::vector<Alert> Assessor::Take(const Picture& picture) {
  std::vector<Alert> out;
  std::set<std::uint64_t> alive;
  for (const Track& track : picture.tracks) {
    if (!track.confirmed) continue;
    alive.insert(track.id);
    for (std::size_t i = 0; i < places_.size(); ++i) {
      Settle(track, i, places_[i].place.name, {}, JudgePlace(track, places_[i]), picture.time, out);
    }
    for (std::size_t i = 0; i < areas_.size(); ++i) {
      const LocalArea& area = areas_[i];
      const std::size_t target = places_.size() + i;
      Settle(track, target, {}, area.area.name,
             area.area.shape == Area::Shape::kLine ? JudgeLine(track, area, target, picture.time)
                                                   : JudgeZone(track, area),
             picture.time, out);
    }
    last_place_[track.id] = track.mean.head<2>();
  }
  // A track that is gone takes its alerts with it, and says so where one stood.
  for (auto it = standing_.begin(); it != standing_.end();) {
    if (alive.contains(it->first.first)) {
      ++it;
      continue;
    }
    if (it->second.level) {
      Alert alert = it->second.alert;
      alert.time = picture.time;
      alert.level = AlertLevel::kCleared;
      alert.probability = 0.0;
      alert.earliest_arrival_s.reset();
      alert.median_arrival_s.reset();
      alert.latest_arrival_s.reset();
      alert.text = fmt::format("Track {} is lost. Last: {}.", alert.track, it->second.what);
      out.push_back(std::move(alert));
    }
    it = standing_.erase(it);
  }
  std::erase_if(last_place_, [&](const auto& entry) { return !alive.contains(entry.first); });
  std::erase_if(across_, [&](const auto& entry) { return !alive.contains(entry.first.first); });
  return out;
}

}  // namespace picket
