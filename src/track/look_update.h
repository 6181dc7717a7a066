// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "picket/report/measurement.h"
#include "picket/track/tracker.h"
#include "track/association.h"
#include "track/birth.h"
#include "track/clutter_map.h"
#include "track/detection_index.h"
#include "track/measurement_view.h"
#include "track/motion.h"
#include "track/parallel_loop.h"
#include "track/registration.h"
#include "track/retrodiction.h"
#include "track/tracklet.h"
#include "track/undetected.h"
#include "track/variational_merge.h"

namespace picket {

// What several parts of the recursion go by.
inline constexpr double kGateSd = 4.5;  ///< the same as one-dimensional distance, for the index
inline constexpr double kDrop = 1e-3;  ///< existence that is worth following, whatever it was first
inline constexpr double kLeastWeight = 2e-3;  ///< of a group in a mixture
inline constexpr double kContested =
    0.05;                              ///< probability from which two targets share a detection
inline constexpr double kSure = 0.95;  ///< probability from which a detection is surely a target's

inline constexpr double kLeastMass = 1e-4;  ///< of a hypothesis that is merged

/// What a look may cost at most. Far beyond any sky: 10,000 targets among 10,000 false detections a
/// look come to two thirds of the targets and half of the others at most. Only a flood of
/// detections comes there, and then the likeliest are kept.
struct WorkLimits {
  std::size_t targets = 60'000;    ///< shown or not
  std::size_t tentative = 25'000;  ///< not shown, after a look
  std::size_t seeds = 50'000;      ///< after a look
  std::size_t pairs = 8'000'000;   ///< of Gaussians and detections near them
  std::size_t merged = 20'000;     ///< hypotheses of one cluster
};
inline constexpr std::size_t kMostNeighbours = 128;  ///< that a detection may be of unresolved

/// 0: no class is stated.
inline double SumOf(const ClassProbabilities& p) {
  double sum = 0.0;
  for (const double each : p) sum += each;
  return sum;
}

/// Of its first existence: a target or seed below it is let go. Where few are followed, what
/// flickers may come back: two missed looks at p_D = 0.9 leave a hundredth. Where very many are,
/// the look after the first has to see it too: a quarter less work, for one percent of GOSPA.
inline double DropShare(const std::vector<Seed>& seeds) {
  constexpr std::size_t kFew = 200;
  constexpr std::size_t kMany = 1000;
  return seeds.size() > kMany ? 0.2 : seeds.size() > kFew ? 0.1 : 0.003;
}

/// A potential target that was detected at least once.
struct Bernoulli {
  BirthKey key;
  /// Of the mixture. It is moved when the sensor that looks can see it; one that is not shown when
  /// a detection may be its, not before.
  Time time;
  double existence = 0.0;
  double first_existence = 0.0;  ///< after its first detection
  double scale_at_start = 1.0;   ///< intensity scale that its existence goes back to
  double survived = 1.0;         ///< State::survived that its existence goes back to
  int district = -1;             ///< of the undetected ones that it was one of
  bool confirmed = false;
  bool named = false;        ///< its track has an id
  bool counted = false;      ///< among those found
  bool established = false;  ///< counted as one that was there to be detected
  bool expanded = false;     ///< has all modes of the motion model; before, one
  double seen_sd_m = 0.0;    ///< of its place after its last detection
  int detections = 0;        ///< looks that probably (> 1/2) detected it
  Mixture mixture;
  ClassProbabilities class_probability{};
  Identity identity;
  Time last_detection;
  double nis_sum = 0.0;  ///< of sure detections ...
  int nis_degrees = 0;   ///< ... and their components
  FirstPlace first;      ///< followed until the target is sure
  boost::container::small_vector<std::pair<SensorIndex, std::uint32_t>, 4> sources;
  ClutterMap::Place first_place;      ///< of its first detection, which may turn out to be false
  std::optional<SureDetection> sure;  ///< the last that was surely its, for registration
  std::vector<Tracklet> tracklets;    ///< by sensor, once two have detected it
};

/// States share targets: a state to go back to costs a pointer for each. Who changes one that is
/// shared makes a copy of its own first (LookUpdate::Own).
using TargetPointer = std::shared_ptr<Bernoulli>;

/// Memory of targets that nobody holds any more, used again: looks allocate nothing in the long
/// run.
class TargetPool {
 public:
  [[nodiscard]] TargetPointer Copy(const Bernoulli& of) {
    if (spare_.empty()) return std::make_shared<Bernoulli>(of);
    TargetPointer copy = std::move(spare_.back());
    spare_.pop_back();
    *copy = of;
    return copy;
  }
  /// Somebody lets go of a target; the last to do so leaves its memory here.
  void Return(TargetPointer target) {
    if (target.use_count() == 1) spare_.push_back(std::move(target));
  }

 private:
  std::vector<TargetPointer> spare_;
};

/// Where a target may be, all that is asked of one that no sensor which looks can see: these lie
/// close together in memory, and the targets do not.
struct Outline {
  Time time;  ///< of place and velocity, of the first Gaussian
  Eigen::Vector2d p_L;
  Eigen::Vector2d v_L;
  double apart_m = 0.0;  ///< the furthest that those of other groups are from it ...
  double apart_mps = 0.0;
};

/// All that the tracker believes at an instant. A value: copies are states to go back to.
struct State {
  bool started = false;
  Time time;
  std::vector<TargetPointer> targets;
  std::vector<Outline> outlines;  ///< of the targets
  double survived = 1.0;  ///< probability of survival since some time: a target's existence is
                          ///< brought up to it when somebody asks
  std::vector<Seed> seeds;
  UndetectedModel::State undetected;
  double undetected_lag_s = 0.0;  ///< time that `undetected` has not been moved by yet
  double expected_found = 0.0;    ///< targets that should have been found for the first time ...
  double found = 0.0;             ///< ... and how many were
  UndetectedModel::ByDistrict expected_here{};  ///< the same where they were
  UndetectedModel::ByDistrict found_here{};
  ClutterMap::State clutter;
  Registration::State registration;
  /// By sensor index: as it was at its last look; null: as it was first. May be shorter.
  std::vector<std::shared_ptr<const Sensor>> sensors;
  std::vector<LeftOut> left_out;  ///< by sensor index; may be shorter

  /// How many times the intensity of undetected targets that the parameters say there is: a gamma
  /// prior of one target's weight about 1, and what was found.
  [[nodiscard]] double IntensityScale() const { return (1.0 + found) / (1.0 + expected_found); }
  /// What is so in a district over what is so everywhere: a gamma prior of one target's weight
  /// about 1, and what was found there. A raid comes from somewhere.
  [[nodiscard]] double LocalScale(int district) const {
    if (district < 0) return 1.0;
    const auto d = static_cast<std::size_t>(district);
    return (1.0 + found_here[d]) / (1.0 + expected_here[d] * IntensityScale());
  }
};

/// The recursion: predicts a state to a look and updates it (Williams 2015, TOMB/P). The state is
/// the caller's; this holds the models and scratch memory only.
class LookUpdate {
 public:
  LookUpdate(const std::shared_ptr<const DetectionField>& field, TrackerParameters parameters,
             WorkLimits limits = {});

  [[nodiscard]] State Start() const;

  /// A sensor joins. Other states than this one learn of it when they take a look.
  void Join(State& state, const Sensor& sensor);

  /// A state that is needed no more: its memory is used again. It is empty then.
  void Recycle(State& state);

  /// Requires shared->time >= state.time (or a state that has not started).
  void Take(State& state, const std::shared_ptr<const Look>& shared);

  /// Tracks predicted to t, ids not given yet; shown() has the key of each.
  [[nodiscard]] Picture PictureAt(const State& state, Time t, bool tentative);
  [[nodiscard]] std::span<const BirthKey> shown() const { return shown_; }

  /// Targets confirmed for the first time since this was called last, in their order.
  [[nodiscard]] std::vector<BirthKey> NewlyConfirmed() { return std::exchange(confirmed_, {}); }

  [[nodiscard]] double ExpectedUndetected(const State& state) const;
  [[nodiscard]] Unseen Undetected(const State& state) const;
  [[nodiscard]] std::vector<SensorCondition> Conditions(const State& state) const;

 private:
  /// A target in the look at hand, of those near.
  struct TargetView {
    std::size_t first_edge = 0;
    std::size_t edges = 0;
    std::size_t first_gaussian = 0;  ///< in its batch's p_D
    double existence = 0.0;          ///< before the look
    double miss = 1.0;               ///< mean of 1 - p_D over the mixture
    bool coarse = false;             ///< so badly placed that its update is iterated
    bool looked_for = true;          ///< the look would have reported it: silence counts
    int cluster = -1;                ///< of contested targets; -1: none
    /// Detections that are asked whether they are its.
    std::size_t most = DetectionIndex::kAll;

    /// The look says nothing of it: neither a detection nor that there is none.
    [[nodiscard]] bool Untouched() const { return edges == 0 && miss == 1.0; }
  };
  /// Where an edge's numbers are.
  struct EdgeView {
    int size = 0;  ///< of the measurement
    // In its target's batch:
    std::size_t first_view = 0;        ///< of its first Gaussian, in views.Of<size>()
    std::size_t first_innovation = 0;  ///< size numbers for each group, in innovations
    std::size_t first_likelihood = 0;  ///< one for each Gaussian, in likelihoods
  };
  /// Neighbours in the list of targets near, worked on by one thread: what they are in the look at
  /// hand, and scratch memory. Its bounds are the same for any number of threads.
  struct Batch {
    std::vector<Edge> edges;
    std::vector<EdgeView> edge_views;
    Views views;
    std::vector<double> innovations;
    std::vector<double> likelihoods;
    std::vector<double> p_D;  ///< by Gaussian
    std::vector<Expected> expected;
    std::vector<int> candidates;
    std::vector<double> weights;
    std::vector<double> totals;
    void Clear();
  };
  static constexpr std::size_t kBatch = 32;

  /// Where a target that is not sure yet was before the look.
  struct Prior {
    StateVector x;
    StateCovariance P;
  };

  [[nodiscard]] Batch& BatchOf(std::size_t target) { return batches_[target / kBatch]; }
  /// A target by its number among those near, by which all goes that is of the look at hand.
  [[nodiscard]] const Bernoulli& Near(const State& state, std::size_t k) const {
    return *state.targets[near_[k]];
  }
  [[nodiscard]] Bernoulli& Near(State& state, std::size_t k) const {
    return *state.targets[near_[k]];
  }
  /// A target to be changed. All those near are the state's own.
  Bernoulli& Own(State& state, std::size_t i);
  /// Calls work(i) for each i below count, in batches.
  template <typename Work>
  void ForEach(std::size_t count, const Work& work);
  [[nodiscard]] std::size_t ModesOf(const Bernoulli& target) const;
  [[nodiscard]] static bool IsSmoothed(const Bernoulli& target, const TargetView& view) {
    return !target.expanded && view.edges > 0;
  }

  // look_update.cpp
  [[nodiscard]] double LocalScale(const State& state, const Eigen::Vector2d& p_L) const;
  void Place(State& state, const Look& look);
  void Predict(State& state, Time t);
  void PredictTarget(Bernoulli& target, Time t) const;
  /// The existence of a target now, whenever it was last asked for.
  [[nodiscard]] static double ExistenceNow(const State& state, const Bernoulli& target);
  static void Bring(const State& state, Bernoulli& target);
  [[nodiscard]] static LeftOut& LeftOutOf(State& state, SensorIndex s);
  /// Of `likelihoods_`, all but the `most` greatest, each by its number; of equal ones the first
  /// are kept.
  [[nodiscard]] std::span<const std::pair<double, std::size_t>> AllBut(std::size_t most);
  [[nodiscard]] Outline OutlineOf(const Bernoulli& target) const;
  void DescribeDetections(const State& state, const Look& look);
  [[nodiscard]] AwaitedTarget Await(const Bernoulli& target) const;
  void Learn(State& state);
  // look_update_births.cpp
  void DescribeBirths(const State& state);
  void GrowSeeds(State& state);
  [[nodiscard]] bool NearAny(const Seed& seed) const;
  void GiveUp(State& state, std::size_t seed);
  /// How many more targets may be followed.
  [[nodiscard]] std::size_t RoomFor(const State& state) const {
    return limits_.targets - std::min(limits_.targets, state.targets.size());
  }
  void StartTargets(State& state);
  void StartTarget(State& state, SensorIndex s, const BirthKey& key, const Detection& z,
                   double offset_s, double existence, Newborn& newborn);
  void CleanSeeds(State& state);
  // look_update_pairs.cpp
  void FindNear(State& state);
  void FindPairs(State& state);
  void LimitPairs(State& state);
  void FindPairsOfBatch(State& state, std::size_t b);
  [[nodiscard]] Spread Later(const Bernoulli& target) const;
  [[nodiscard]] bool IsNamed(const Bernoulli& target) const;
  bool FindCandidatesUnmoved(const Bernoulli& target, TargetView& view, Batch& batch) const;
  double ProbabilityOfDetection(const Bernoulli& target, const TargetView& view,
                                Batch& batch) const;
  template <int M>
  void AddViews(const Bernoulli& target, const Signature& signature, Batch& batch) const;
  void FindPairsOf(const Bernoulli& target, TargetView& view, int index, Batch& batch) const;
  template <int M>
  void FindPairsOf(const Bernoulli& target, const TargetView& view, int index,
                   const Signature& signature, std::span<const int> candidates, Batch& batch) const;
  void FindCandidates(const Spread& wide, double gate2, TargetView& view,
                      std::vector<int>& candidates) const;
  /// Where the detections lie that may be a target's.
  struct Gate {
    double half_m;
    double off_m;  ///< of it, what its place on the ground may be wrong by
    bool coarse;
    Eigen::Vector3d p_S;  ///< of the target
    double ground;        ///< how far it is over ground, m
    double across_m;      ///< half width as the sensor sees it, without the sensor's errors
  };
  [[nodiscard]] DetectionIndex::Sector SectorOf(const Gate& gate) const;
  [[nodiscard]] Gate GateAbout(const Spread& wide) const;
  void FindContested(const State& state);
  // look_update_overlap.cpp
  void AllowForOverlap(const State& state);
  void AllowForUnresolved(const State& state, std::span<const int> by_detection);
  void AllowForEchoes(const State& state, std::span<const int> by_detection);
  [[nodiscard]] std::size_t LikeliestGaussian(const Bernoulli& target) const;
  // look_update_targets.cpp
  void UpdateExistence(Bernoulli& target, const TargetView& view) const;
  void UpdateMixture(Bernoulli& target, const TargetView& view, Batch& batch) const;
  template <int M>
  void AddIterated(GaussianUpdate& update, const Gaussian& g, int detection, double share,
                   const View<M>& first, const typename View<M>::Vector& first_v) const;
  void MergeTogether(State& state, std::span<const int> members);
  void AddHypothesis(const Bernoulli& target, const TargetView& view, const Batch& batch, int owner,
                     int edge, double mass);
  void UpdateClaims(Bernoulli& target, const TargetView& view) const;
  void CountInnovation(Bernoulli& target, const TargetView& view, const Batch& batch) const;
  // look_update_tracklets.cpp
  void FollowBySensor(const State& state, Bernoulli& target, const TargetView& view) const;
  void Rematch(State& state);
  [[nodiscard]] bool Lower(Bernoulli& target) const;
  void ExchangeWithNeighbour(State& state, std::size_t k);
  // look_update_cleaning.cpp
  [[nodiscard]] bool IsLost(const Bernoulli& target, double existence, double share) const;
  void Tidy(Bernoulli& target) const;
  void FlagTheWeakest(State& state, std::size_t looked_at);
  void CleanTargets(State& state);

  DetectionField first_;                               ///< each sensor as it was first
  std::shared_ptr<DetectionField> field_;              ///< the models' too: as in the state at hand
  std::vector<std::shared_ptr<const Sensor>> placed_;  ///< by sensor: what `field_` has of it
  TrackerParameters parameters_;
  WorkLimits limits_;
  MotionModel motion_;
  UndetectedModel undetected_;
  BirthModel birth_;
  ClutterMap clutter_;
  Registration registration_;
  Associator associator_;
  VariationalMerge merge_;
  DetectionIndex index_;
  ParallelLoop loop_;
  TargetPool pool_;

  // Of the look at hand.
  std::shared_ptr<const Look> look_;
  const Sensor* sensor_ = nullptr;
  bool scan_ = true;
  bool sweeps_ = true;  ///< the first look of a second: also what it leaves untouched is cleaned
  double clock_bias_s_ = 0.0;
  double detection_ratio_ = 1.0;
  std::vector<Detection> corrected_;
  std::vector<std::size_t> seen_by_others_;  ///< of those near, that it should have detected
  std::vector<AwaitedTarget> awaited_;       ///< they, where it detected hardly any
  std::span<const Detection> detections_;    ///< the look's, without its sensor's bias
  SensorPose pose_;
  bool claims_ = false;  ///< some detection says something of class or identity
  std::vector<const Identity::value_type*> named_;  ///< all that is claimed, sorted, if no scan
  double sd_range_m_ = 0.0;
  double sd_azimuth_rad_ = 0.0;
  double sd_place_m_ = 0.0;
  std::vector<Signature> signatures_;
  std::vector<int> signature_of_;
  double largest_offset_s_ = 0.0;
  std::vector<Rows> rows_;               ///< by detection
  std::vector<PlaceEstimate> places_;    ///< of those with a place
  std::vector<double> newborn_density_;  ///< lambda_u at intensity scale 1, by detection
  std::vector<double> clutter_density_;  ///< lambda_FA
  std::vector<double> density_;          ///< both
  std::vector<Edge> edges_;
  std::vector<EdgeView> edge_views_;
  std::vector<Batch> batches_;
  std::vector<TargetView> target_views_;
  std::vector<Prior> priors_;
  std::vector<double> unused_;
  std::vector<int> by_detection_;  ///< edges
  std::vector<double>
      absorbed_;                ///< by target near: probability that another's detection is its own
  std::vector<double> echoes_;  ///< by edge: density of further detections of its target
  std::vector<double> echo_density_;  ///< by detection: of all targets
  std::vector<std::size_t> near_;     ///< targets that the sensor may see
  std::size_t known_ = 0;             ///< how many targets there were before the look started some
  std::vector<std::size_t> cleaned_;  ///< targets
  std::vector<std::size_t> lost_;     ///< targets
  std::vector<BirthKey> confirmed_;
  std::vector<char> flags_;                                  ///< by target cleaned or seed
  std::vector<std::pair<double, std::size_t>> likelihoods_;  ///< what AllBut chooses from
  std::vector<std::size_t> loads_;                           ///< pairs, by target near
  std::vector<int> parent_, last_claim_;
  std::vector<int> contested_;  ///< targets, cluster by cluster
  std::vector<int> clusters_;   ///< how many of them in each
  struct Alike {
    int root;
    int last_mode;
    int gaussians;
    int target;
    auto operator<=>(const Alike&) const = default;  // NOLINT(modernize-use-nullptr)
    [[nodiscard]] bool IsLike(const Alike& o) const {
      return root == o.root && last_mode == o.last_mode && gaussians == o.gaussians;
    }
  };
  std::vector<Alike> alike_;
  std::vector<std::pair<int, int>> claims_of_;  ///< (detection, member of a cluster)
  std::vector<std::vector<int>> neighbours_;
  std::vector<Hypothesis> hypotheses_;
  std::vector<Mixture> merged_;
  std::vector<double> merged_existence_;
  std::vector<double> claimed_;
  Newborn newborn_;
  /// Targets that tracklets may be exchanged of.
  struct ByEast {
    double east_m;
    int target;
    bool seen_now;  ///< its tracklet of the look's sensor was updated
    auto operator<=>(const ByEast&) const = default;  // NOLINT(modernize-use-nullptr)
  };
  std::vector<ByEast> by_east_;
  std::vector<BirthKey> shown_;
};

template <typename Work>
void LookUpdate::ForEach(std::size_t count, const Work& work) {
  const auto batch = [&](std::size_t b) {
    for (std::size_t i = b * kBatch; i < std::min(count, (b + 1) * kBatch); ++i) work(i);
  };
  loop_((count + kBatch - 1) / kBatch, std::ref(batch));  // by reference: no allocation
}

}  // namespace picket
