// SPDX-License-Identifier: Apache-2.0
// Targets that are lost, and what is tidied about those that stay.
#include <algorithm>
#include <cmath>

#include "track/look_update.h"
#include "track/soundness.h"

namespace picket {
namespace {

constexpr double kConfirm = 0.5;  ///< existence from which a target is shown (least GOSPA)
constexpr double kHide = 0.45;    ///< and below which it is hidden, two missed looks later
/// Targets that are not shown and are always followed; more, as many as there are detections.
constexpr std::size_t kAlwaysTentative = 1000;
constexpr double kLostSdM = 1000.0;  ///< a target less well placed than this goes back to the
                                     ///< undetected ones
constexpr int kExpandDetections = 3;
constexpr int kForceExpandDetections = 8;  ///< from which the likeliest kind is taken for true

}  // namespace

bool LookUpdate::IsLost(const Bernoulli& target, double existence, double share) const {
  if (existence < std::min(share * target.first_existence, kDrop)) return true;
  if (target.last_detection == look_->time && target.seen_sd_m < kLostSdM) return false;
  const Spread spread = SpreadOf(target.mixture);
  const double dt_s = (look_->time - target.time).s();
  const double sd = std::sqrt(std::max(spread.variance[0], spread.variance[1])) +
                    dt_s * std::sqrt(std::max(spread.variance[3], spread.variance[4]));
  return !spread.mean.allFinite() || !spread.variance.allFinite() ||
         (target.mixture.size() <= 2 * ModesOf(target) && sd > kLostSdM);
}

void LookUpdate::Tidy(Bernoulli& target) const {
  if (target.time < look_->time) return;
  const std::size_t modes = ModesOf(target);
  // The modes of a group are close together, and so is the ground below them.
  for (std::size_t g = 0; g < target.mixture.size(); g += modes) {
    const StateVector& x = target.mixture[g].x;
    const double ground = undetected_.GroundUpM(x[0], x[1]);
    for (std::size_t m = 0; m < modes; ++m) {
      Gaussian& of_mode = target.mixture[g + m];
      KeepAboveGround(of_mode, ground);
      // Straight flight keeps it so by itself; to ask of all would cost a quarter of a look.
      if (of_mode.mode == Mode::kTurn) KeepPositiveDefinite(of_mode);
    }
  }
  // Groups that hardly explain anything; kinds of flying things stay until it is clear which.
  Mixture& mixture = target.mixture;
  const bool deciding = mixture.size() <= birth_.kinds() && target.detections < kExpandDetections;
  if (mixture.size() > modes && !deciding) {
    double most = 0.0;
    if (target.detections >= kForceExpandDetections && mixture.size() <= birth_.kinds()) {
      for (const Gaussian& g : mixture) most = std::max(most, g.weight);
    }
    std::size_t to = 0;
    double total = 0.0;
    for (std::size_t g = 0; g < mixture.size(); g += modes) {
      double weight = 0.0;
      for (std::size_t m = 0; m < modes; ++m) weight += mixture[g + m].weight;
      if (weight < std::max(kLeastWeight, most)) continue;
      total += weight;
      for (std::size_t m = 0; m < modes; ++m, ++to) {
        if (to != g + m) mixture[to] = mixture[g + m];
      }
    }
    mixture.erase(mixture.begin() + static_cast<std::ptrdiff_t>(to), mixture.end());
    for (Gaussian& g : mixture) g.weight /= total;
  }
  if (!target.expanded && mixture.size() == 1 && target.existence > kConfirm &&
      target.detections >= kExpandDetections) {
    motion_.Expand(mixture);
    target.expanded = true;
  }
  if (target.existence >= kConfirm) target.confirmed = true;
  if (target.existence < kHide) target.confirmed = false;
}

/// Bounds the work of a sky full of false detections, where each pairs with others.
/// @param looked_at  of `cleaned_` the first: those that a look of this sensor costs
void LookUpdate::FlagTheWeakest(State& state, std::size_t looked_at) {
  const std::size_t most = std::max(kAlwaysTentative, detections_.size());
  if (looked_at <= std::min(most, limits_.tentative)) return;
  likelihoods_.clear();
  for (std::size_t k = 0; k < looked_at; ++k) {
    const Bernoulli& target = *state.targets[cleaned_[k]];
    if (flags_[k] == 0 && !target.confirmed) likelihoods_.emplace_back(target.existence, k);
  }
  if (most > limits_.tentative) {
    for (const auto& [existence, k] : AllBut(limits_.tentative)) {
      flags_[k] = 1;
      ++LeftOutOf(state, state.targets[cleaned_[k]]->key.sensor).starts;
    }
    return;
  }
  if (likelihoods_.size() <= most) return;
  const auto least = likelihoods_.begin() + static_cast<std::ptrdiff_t>(most) - 1;
  std::nth_element(likelihoods_.begin(), least, likelihoods_.end(), std::greater<>());
  for (const auto& [existence, k] : likelihoods_) {
    if (existence < least->first) flags_[k] = 1;
  }
}

void LookUpdate::CleanTargets(State& state) {
  const double scale = state.IntensityScale();
  const double share = DropShare(state.seeds);
  // Those near, and those that began in this look; once a second all.
  cleaned_ = near_;
  for (std::size_t i = known_; i < state.targets.size(); ++i) cleaned_.push_back(i);
  const std::size_t looked_at = cleaned_.size();
  if (sweeps_) {
    auto next = near_.begin();
    for (std::size_t i = 0; i < known_; ++i) {
      if (next != near_.end() && *next == i) {
        ++next;
      } else {
        cleaned_.push_back(i);
      }
    }
  }
  flags_.assign(cleaned_.size(), 0);
  ForEach(cleaned_.size(), [&](std::size_t k) {
    if (!sweeps_ && k < near_.size() && target_views_[k].Untouched()) return;
    Bernoulli& target = *state.targets[cleaned_[k]];
    flags_[k] = IsLost(target, ExistenceNow(state, target), share) ? 1 : 0;
    if (flags_[k] != 0 || k >= looked_at) return;
    Bring(state, target);
    Tidy(target);
    state.outlines[cleaned_[k]] = OutlineOf(target);
  });
  FlagTheWeakest(state, looked_at);
  lost_.clear();
  for (std::size_t k = 0; k < cleaned_.size(); ++k) {
    Bernoulli& target = *state.targets[cleaned_[k]];
    if (flags_[k] != 0) {
      lost_.push_back(cleaned_[k]);
    } else if (k < looked_at && target.confirmed && !target.named) {
      target.named = true;
      confirmed_.push_back(target.key);
    }
  }
  std::sort(lost_.begin(), lost_.end(), std::greater<>());
  for (const std::size_t i : lost_) {
    const Bernoulli& target = *state.targets[i];
    StateVector mean = SpreadOf(target.mixture).mean;
    mean.head<3>() += (state.time - target.time).s() * mean.tail<3>();
    // What never was confirmed was made of false detections, about where it began.
    for (const auto& [sensor, count] : target.sources) {
      if (target.named || sensor != target.key.sensor) continue;
      clutter_.CountFalse(state.clutter, sensor, target.first_place, count);
    }
    if (mean.allFinite()) {
      undetected_.Add(state.undetected, mean.x(), mean.y(),
                      mean.z() - undetected_.GroundUpM(mean.x(), mean.y()),
                      ExistenceNow(state, target) / (scale * LocalScale(state, mean.head<2>())));
    }
    // The last takes its place: moving all that follow would cost more than all the rest.
    std::swap(state.targets[i], state.targets.back());
    state.outlines[i] = state.outlines.back();
    pool_.Return(std::move(state.targets.back()));
    state.targets.pop_back();
    state.outlines.pop_back();
  }
}

}  // namespace picket
