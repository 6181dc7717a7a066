// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "picket/base/random.h"

namespace picket {
namespace {

ScoredTruth Truth(const std::string& id, double east, double north, double up = 0.0) {
  ScoredTruth truth;
  truth.id = id;
  truth.p_L = {east, north, up};
  return truth;
}

ScoredTrack Track(std::uint64_t id, double east, double north, double up = 0.0) {
  ScoredTrack track;
  track.id = id;
  track.p_L = {east, north, up};
  return track;
}

EvaluationOptions Cutoff(double c, int dimensions = 2, int window = 10) {
  EvaluationOptions options;
  options.cutoff_m = c;
  options.dimensions = dimensions;
  options.window = window;
  return options;
}

/// Instants a second apart.
class Scored {
 public:
  explicit Scored(const EvaluationOptions& options) : evaluator_(options) {}
  void Add(const std::vector<ScoredTruth>& truths, const std::vector<ScoredTrack>& tracks) {
    EXPECT_TRUE(evaluator_.Add(Next(), truths, tracks));
  }
  void AddWithoutPicture(const std::vector<ScoredTruth>& truths) {
    EXPECT_TRUE(evaluator_.AddWithoutPicture(Next(), truths));
  }
  [[nodiscard]] Scores Result() const { return evaluator_.Result(); }

 private:
  Time Next() { return time_ = time_ + Duration::Seconds(1.0); }
  Evaluator evaluator_;
  Time time_ = Time::Ns(1'772'323'200'000'000'000);
};

TEST(EvaluateTest, GospaOfOneInstantByHand) {
  Scored evaluator(Cutoff(10));
  // Two assigned (3 and 4 m off), one missed, two false.
  evaluator.Add({Truth("a", 0, 0), Truth("b", 100, 0), Truth("c", 500, 0)},
                {Track(1, 3, 0), Track(2, 100, 4), Track(3, 511, 0), Track(4, -300, -300)});
  const Scores s = evaluator.Result();
  EXPECT_EQ(s.instants, 1);
  EXPECT_DOUBLE_EQ(s.gospa_mean, std::sqrt(9 + 16 + 3 * 50));
  EXPECT_DOUBLE_EQ(s.gospa_rms, s.gospa_mean);
  EXPECT_DOUBLE_EQ(s.localisation_rms, 5.0);
  EXPECT_DOUBLE_EQ(s.missed_rms, std::sqrt(50));
  EXPECT_DOUBLE_EQ(s.false_rms, std::sqrt(100));
  EXPECT_EQ(s.missed_mean, 1.0);
  EXPECT_EQ(s.false_mean, 2.0);
  EXPECT_EQ(s.truths_mean, 3.0);
  EXPECT_DOUBLE_EQ(s.ospa_mean, std::sqrt((25 + 2 * 100) / 4.0));
  EXPECT_DOUBLE_EQ(s.assigned_rms, std::sqrt(12.5));
  EXPECT_DOUBLE_EQ(s.completeness, 2.0 / 3.0);
}

TEST(EvaluateTest, AssignmentIsJointlyBestNotGreedy) {
  Scored evaluator(Cutoff(10));
  // Greedy would take a-1 (1 m) and leave b without a track.
  evaluator.Add({Truth("a", 0, 0), Truth("b", 6, 0)}, {Track(1, 1, 0), Track(2, -5, 0)});
  EXPECT_DOUBLE_EQ(evaluator.Result().gospa_mean, std::sqrt(25 + 25));
}

TEST(EvaluateTest, EmptySetsCostNothingAndBothKindsOfErrorHalfTheCutoff) {
  const auto score = [](const std::vector<ScoredTruth>& truths,
                        const std::vector<ScoredTrack>& tracks) {
    Scored evaluator(Cutoff(10));
    evaluator.Add(truths, tracks);
    return evaluator.Result();
  };
  EXPECT_EQ(score({}, {}).gospa_mean, 0.0);
  EXPECT_EQ(score({}, {}).ospa_mean, 0.0);
  EXPECT_EQ(score({}, {}).ospa2_mean, 0.0);
  EXPECT_DOUBLE_EQ(score({Truth("a", 0, 0)}, {}).gospa_mean, std::sqrt(50));
  EXPECT_DOUBLE_EQ(score({}, {Track(1, 0, 0)}).gospa_mean, std::sqrt(50));
  EXPECT_DOUBLE_EQ(score({}, {Track(1, 0, 0)}).ospa_mean, 10.0);
  EXPECT_DOUBLE_EQ(score({}, {Track(1, 0, 0)}).ospa2_mean, 10.0);
  // Just at the cutoff is not assigned.
  EXPECT_DOUBLE_EQ(score({Truth("a", 0, 0)}, {Track(1, 10, 0)}).gospa_mean, 10.0);
}

TEST(EvaluateTest, HeightCountsIfAsked) {
  for (const int dimensions : {2, 3}) {
    Scored evaluator(Cutoff(10, dimensions));
    evaluator.Add({Truth("a", 0, 0, 0)}, {Track(1, 3, 0, 4)});
    EXPECT_DOUBLE_EQ(evaluator.Result().gospa_mean, dimensions == 2 ? 3.0 : 5.0);
  }
}

TEST(EvaluateTest, CountsSwitchesAndFragments) {
  Scored evaluator(Cutoff(10));
  const auto step = [&](std::vector<ScoredTrack> tracks) {
    evaluator.Add({Truth("a", 0, 0)}, tracks);
  };
  step({});
  step({Track(1, 1, 0)});  // the first track is neither
  step({Track(1, 1, 0)});
  step({});
  step({Track(1, 1, 0)});                  // a fragment
  step({Track(2, 1, 0)});                  // a switch
  step({Track(1, 3, 0), Track(2, 1, 0)});  // neither: 2 is still nearer
  step({});
  step({Track(3, 0, 0)});  // both
  const Scores s = evaluator.Result();
  EXPECT_EQ(s.switches, 2);
  EXPECT_EQ(s.fragments, 2);
  EXPECT_DOUBLE_EQ(s.completeness, 6.0 / 9.0);
}

TEST(EvaluateTest, Ospa2TellsATrackThatChangesItsTargetFromOneThatDoesNot) {
  // Two targets, and tracks that swap names half-way: OSPA does not see it, OSPA(2) does.
  const auto run = [](bool swap) {
    Scored evaluator(Cutoff(10, 2, 4));
    for (int t = 0; t < 4; ++t) {
      const bool swapped = swap && t >= 2;
      evaluator.Add({Truth("a", 0, 0), Truth("b", 1000, 0)},
                    {Track(swapped ? 2 : 1, 0, 0), Track(swapped ? 1 : 2, 1000, 0)});
    }
    return evaluator.Result();
  };
  EXPECT_EQ(run(false).ospa2_mean, 0.0);
  EXPECT_EQ(run(true).ospa_mean, 0.0);
  // In the third instant 1 of 3 is off by the cutoff, in the fourth 2 of 4.
  EXPECT_NEAR(run(true).ospa2_mean, (0 + 0 + 10.0 / 3 + 10.0 / 2) / 4, 1e-12);
}

TEST(EvaluateTest, Ospa2ForgetsWhatLeftItsWindow) {
  Scored evaluator(Cutoff(10, 2, 2));
  evaluator.Add({Truth("a", 0, 0)}, {});
  evaluator.Add({Truth("a", 0, 0)}, {Track(1, 0, 0)});
  evaluator.Add({Truth("a", 0, 0)}, {Track(1, 0, 0)});
  EXPECT_NEAR(evaluator.Result().ospa2_mean, (10.0 + 5.0 + 0.0) / 3, 1e-12);
}

TEST(EvaluateTest, SiapCountsEveryTrackOfATarget) {
  Scored evaluator(Cutoff(10));
  ScoredTruth a = Truth("a", 0, 0);
  a.v_L = {10, 0, 0};
  ScoredTruth b = Truth("b", 100, 0);
  b.v_L.setConstant(std::nan(""));
  ScoredTrack one = Track(1, 3, 0);
  one.v_L = {10, 2, 99};
  evaluator.Add({a, b, Truth("c", 300, 0)},
                {one, Track(2, 0, 1), Track(3, 102, 0), Track(4, 800, 0)});
  const Scores s = evaluator.Result();
  EXPECT_DOUBLE_EQ(s.siap_completeness, 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(s.siap_ambiguity, 3.0 / 2.0);
  EXPECT_DOUBLE_EQ(s.siap_spuriousness, 1.0 / 4.0);
  EXPECT_DOUBLE_EQ(s.siap_position_m, (3.0 + 1.0 + 2.0) / 3);
  EXPECT_DOUBLE_EQ(s.siap_velocity_mps, (2.0 + 10.0) / 2);
}

TEST(EvaluateTest, RecognitionIsScoredWhereAClassIsStated) {
  Scored evaluator(Cutoff(10));
  ScoredTruth bird = Truth("a", 0, 0);
  bird.target_class = TargetClass::kBird;
  ScoredTruth drone = Truth("b", 100, 0);
  drone.target_class = TargetClass::kFixedWing;
  ScoredTrack right = Track(1, 0, 0);
  right.class_probability = {0.1, 0.1, 0.6, 0.1, 0.1};
  ScoredTrack wrong = Track(2, 100, 0);
  wrong.class_probability = {0.7, 0.2, 0.1, 0, 0};
  evaluator.Add({bird, drone, Truth("c", 300, 0)}, {right, wrong, Track(3, 300, 0)});
  const Scores s = evaluator.Result();
  EXPECT_EQ(s.classified, 2);
  EXPECT_DOUBLE_EQ(s.class_correct, 0.5);
  EXPECT_DOUBLE_EQ(s.class_probability, 0.4);
  EXPECT_EQ(s.confusion[2][2], 1);
  EXPECT_EQ(s.confusion[1][0], 1);
}

TEST(EvaluateTest, WithoutAPictureAllIsMissed) {
  Scored evaluator(Cutoff(10));
  evaluator.AddWithoutPicture({Truth("a", 0, 0)});
  evaluator.Add({Truth("a", 0, 0)}, {Track(1, 0, 0)});
  const Scores s = evaluator.Result();
  EXPECT_EQ(s.instants, 2);
  EXPECT_EQ(s.without_picture, 1);
  EXPECT_DOUBLE_EQ(s.gospa_mean, std::sqrt(50) / 2);
  EXPECT_DOUBLE_EQ(s.missed_mean, 0.5);
}

TEST(EvaluateTest, ConsistencyComparesErrorsWithCovariances) {
  Random random(5);
  Scored evaluator(Cutoff(1e5, 3));
  Eigen::Matrix<double, 6, 6> root = Eigen::Matrix<double, 6, 6>::Identity() * 20.0;
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < i; ++j) root(i, j) = random.Uniform(-9.0, 9.0);
  }
  for (int k = 0; k < 400; ++k) {
    std::vector<ScoredTruth> truths;
    std::vector<ScoredTrack> tracks;
    for (int i = 0; i < 5; ++i) {
      truths.push_back(Truth(std::to_string(i), 1e6 * i, 0));
      Eigen::Matrix<double, 6, 1> unit;
      for (double& x : unit) x = random.Normal();
      const Eigen::Matrix<double, 6, 1> error = root * unit;
      ScoredTrack track = Track(static_cast<std::uint64_t>(i + 1), 1e6 * i, 0);
      track.p_L += error.head<3>();
      track.v_L = error.tail<3>();
      track.covariance = root * root.transpose();
      tracks.push_back(track);
    }
    evaluator.Add(truths, tracks);
  }
  const Scores s = evaluator.Result();
  for (const Consistency& c : {s.position, s.state}) {
    EXPECT_EQ(c.samples, 2000);
    EXPECT_GE(c.mean, c.low * 0.98);
    EXPECT_LE(c.mean, c.high * 1.02);
    EXPECT_NEAR(c.samples_inside, 0.95, 0.02);
    EXPECT_NEAR(c.instants_inside, 0.95, 0.04);
  }
  EXPECT_EQ(s.position.degrees, 3);
  EXPECT_EQ(s.state.degrees, 6);
}

TEST(EvaluateTest, InnovationsAreTakenAsTracksLastStateThem) {
  Scored evaluator(Cutoff(10));
  ScoredTrack one = Track(1, 0, 0);
  ScoredTrack two = Track(2, 100, 0);
  for (int k = 1; k <= 10; ++k) {
    one.nis_sum = 3.0 * k;
    one.nis_degrees = 2 * k;
    two.nis_sum = 1.0 * k;
    two.nis_degrees = 2 * k;
    evaluator.Add({Truth("a", 0, 0), Truth("b", 100, 0)}, {one, two});
  }
  const Scores s = evaluator.Result();
  EXPECT_EQ(s.nis.samples, 40);
  EXPECT_DOUBLE_EQ(s.nis.mean, 1.0);
  EXPECT_LT(s.nis.low, 0.7);
  EXPECT_GT(s.nis.high, 1.3);
}

TEST(EvaluateTest, CovariancesThatAreNoneAreCountedApart) {
  Scored evaluator(Cutoff(10));
  ScoredTrack bad = Track(1, 0, 0);
  bad.covariance = -Eigen::Matrix<double, 6, 6>::Identity();
  ScoredTrack none = Track(2, 100, 0);
  evaluator.Add({Truth("a", 0, 0), Truth("b", 100, 0)}, {bad, none});
  const Scores s = evaluator.Result();
  EXPECT_EQ(s.position.samples, 0);
  EXPECT_TRUE(std::isnan(s.position.mean));
  EXPECT_EQ(s.unusable_covariances, 1);
}

TEST(EvaluateTest, EachTargetHasItsStory) {
  EvaluationOptions options = Cutoff(10);
  options.places.push_back({"Port", {100, 0, 0}, 25.0});
  Scored evaluator(options);
  for (int k = 0; k < 10; ++k) {
    std::vector<ScoredTrack> tracks;
    if (k >= 3) tracks.push_back(Track(k < 6 ? 1 : 2, 10.0 * k + 3, 0));
    evaluator.Add({Truth("late", 10.0 * k, 0), Truth("never", 0, 5000)}, tracks);
  }
  const Scores s = evaluator.Result();
  ASSERT_EQ(s.targets.size(), 2U);
  const TargetScore& late = s.targets[0];
  EXPECT_EQ(late.id, "late");
  EXPECT_EQ((*late.first_track - late.from).s(), 3.0);
  EXPECT_DOUBLE_EQ(late.range_m, 70.0);
  EXPECT_DOUBLE_EQ(late.tracked, 0.7);
  EXPECT_EQ(late.switches, 1);
  EXPECT_DOUBLE_EQ(late.rms_m, 3.0);
  EXPECT_EQ((*late.arrival - late.from).s(), 8.0);
  EXPECT_EQ(late.place, "Port");
  EXPECT_EQ(late.WarnedFor()->s(), 5.0);
  EXPECT_FALSE(s.targets[1].WarnedFor());
  EXPECT_FALSE(s.targets[1].first_track);
  EXPECT_FALSE(s.targets[1].arrival);
  EXPECT_EQ(s.tracks, 2);
  EXPECT_EQ(s.false_tracks, 0);
  // 4 of 20 instants under the longest track.
  EXPECT_DOUBLE_EQ(s.siap_longevity, 0.2);
  EXPECT_DOUBLE_EQ(s.siap_changes_per_s, 1.0 / 7.0);
}

TEST(EvaluateTest, FalseTracksWereNeverNearAnyTarget) {
  Scored evaluator(Cutoff(10));
  evaluator.Add({Truth("a", 0, 0)}, {Track(1, 1, 0), Track(2, 500, 0), Track(3, 59, 0)});
  evaluator.Add({Truth("a", 0, 0)}, {Track(1, 300, 0), Track(2, 500, 0)});
  const Scores s = evaluator.Result();
  EXPECT_EQ(s.tracks, 3);
  EXPECT_EQ(s.false_tracks, 2);
  EXPECT_DOUBLE_EQ(s.false_tracks_per_h, 7200.0);
  // A false report has no target within 60 m, whatever the cutoff.
  EXPECT_EQ(s.surveillance.reports, 5);
  EXPECT_EQ(s.surveillance.false_reports, 3);
}

TEST(EvaluateTest, RefusesMorePairsThanItCanHold) {
  Evaluator evaluator(Cutoff(1e6));
  std::vector<ScoredTruth> truths;
  std::vector<ScoredTrack> tracks;
  for (int i = 0; i < 3500; ++i) {
    truths.push_back(Truth(std::to_string(i), i, 0));
    tracks.push_back(Track(static_cast<std::uint64_t>(i + 1), i, 0));
  }
  const auto added = evaluator.Add(Time::Ns(1), truths, tracks);
  ASSERT_FALSE(added);
  EXPECT_NE(added.error().what.find("more than 10000000 pairs"), std::string::npos);
}

}  // namespace
}  // namespace picket
