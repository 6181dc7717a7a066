// SPDX-License-Identifier: Apache-2.0
#include "track/birth.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "track/detection_index.h"

namespace picket {
namespace {

/// What is flying, before anything is known of it: low and slow (drones, birds), or an aircraft.
struct FlyingKind {
  double share;
  double sd_mps;
  double sd_up_mps;
  double height_m;
  double height_sd_m;
};
constexpr std::array<FlyingKind, 2> kFlyingKinds = {{
    {0.99, 25.0, 2.0, kPriorHeightM, kPriorHeightSdM},
    {0.01, 130.0, 8.0, 4000.0, 4000.0},
}};

constexpr double kLeastDetection = 0.05;  ///< p_D of a target that was detected after all
/// Range hypotheses of a detection without a range, the nearest and the farthest, m.
constexpr int kRangeHypotheses = 12;
constexpr double kNearestM = 100.0;
constexpr double kFarthestBearingM = 20e3;
/// Of a detection that puts its target on a curve: a circle, or one branch of a hyperbola.
constexpr int kCurveHypotheses = 24;
constexpr int kCurveSteps = 240;          ///< that the curve is drawn by
constexpr double kMostEccentric = 0.999;  ///< of differences that errors make longer than the base
constexpr double kLeastGradient = 0.02;   ///< on the line through both there is none
/// Beyond this squared Mahalanobis distance a kind does not explain what else is measured.
constexpr double kGate2 = 24.0;

ComponentSet Without(ComponentSet all, ComponentSet used) {
  ComponentSet rest;
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    if (all.Has(component) && !used.Has(component)) rest.Add(component);
  }
  return rest;
}

double SdOf(const Detection& z, Component c) { return z.sd[static_cast<std::size_t>(c)]; }

Eigen::Matrix3d OnGround(const Eigen::Vector2d& along, double sd_along, double sd_across) {
  const Eigen::Vector2d across(along.y(), -along.x());
  Eigen::Matrix3d P = Eigen::Matrix3d::Zero();
  P.topLeftCorner<2, 2>() = sd_along * sd_along * along * along.transpose() +
                            sd_across * sd_across * across * across.transpose();
  return P;
}

}  // namespace

BirthModel::BirthModel(std::shared_ptr<const DetectionField> field,
                       const UndetectedModel* undetected, const TrackerParameters& parameters)
    : field_(std::move(field)), undetected_(undetected), births_(parameters.births) {}

std::size_t BirthModel::kinds() const { return births_.empty() ? kFlyingKinds.size() : 1; }

double BirthModel::speed_sd_mps() const {
  // So that within the gate of 4.5 sigma there is an airliner.
  constexpr double kAirlinerMps = 300.0;
  return births_.empty() ? kAirlinerMps / 4.5 : births_.front().sd_mps;
}

double BirthModel::ProbabilityOfDetection(SensorIndex s, const Eigen::Vector3d& p_L) const {
  return std::max(kLeastDetection,
                  field_->ProbabilityOnAnyHeading(s, kUndetectedClasses, p_L, kUndetectedSpeedMps));
}

PlaceEstimate BirthModel::PlaceOf(const SensorPose& pose, const Detection& z,
                                  const Eigen::Vector2d& mean) {
  PlaceEstimate place{mean, Eigen::Matrix2d::Zero()};
  if (DetectionIndex::IsCartesian(z)) {
    place.covariance(0, 0) = std::pow(SdOf(z, Component::kEast), 2);
    place.covariance(1, 1) = std::pow(SdOf(z, Component::kNorth), 2);
    return place;
  }
  const Eigen::Vector2d from_sensor = place.mean - pose.p_LS_L.head<2>();
  const double ground = std::max(from_sensor.norm(), 1.0);
  // A slant range at an unknown height puts the target too far out.
  const double too_far =
      z.measured.Has(Component::kElevation)
          ? 0.0
          : std::min(ground, (kPriorHeightM + kPriorHeightSdM) * kPriorHeightSdM / ground);
  place.covariance = OnGround(from_sensor / ground, std::hypot(SdOf(z, Component::kRange), too_far),
                              ground * SdOf(z, Component::kAzimuth))
                         .topLeftCorner<2, 2>();
  return place;
}

void BirthModel::AddKinds(const SensorPose& pose, const Eigen::Vector3d& p_L,
                          const Eigen::Matrix3d& P, double density, Mixture& out) const {
  const auto add = [&](const FlyingKind& kind) {
    Gaussian& g = out.emplace_back();
    g.weight = density * kind.share;
    g.mode = Mode::kSteady;
    g.turn_cov.setZero();
    g.x.setZero();
    g.x.head<3>() = p_L;
    g.P.setZero();
    g.P.topLeftCorner<3, 3>() = P;
    if (P(2, 2) <= 0.0) {
      // Near the sensor a target cannot be higher than it is far.
      const double far = 0.3 * (p_L - pose.p_LS_L).head<2>().norm() + 10.0;
      g.x[2] = undetected_->GroundUpM(p_L.x(), p_L.y()) + std::min(kind.height_m, far);
      g.P(2, 2) = std::pow(std::min(kind.height_sd_m, far), 2);
    }
    g.P(3, 3) = g.P(4, 4) = kind.sd_mps * kind.sd_mps;
    g.P(5, 5) = kind.sd_up_mps * kind.sd_up_mps;
  };
  if (!births_.empty()) {
    const double sd_mps = births_.front().sd_mps;
    return add({1.0, sd_mps, std::min(sd_mps, 2.0), kPriorHeightM, kPriorHeightSdM});
  }
  for (const FlyingKind& kind : kFlyingKinds) add(kind);
}

double BirthModel::Condition(Mixture& mixture, const SensorPose& pose, const Detection& z,
                             ComponentSet rest, double offset_s) const {
  double sum = 0.0;
  if (rest.Empty()) {
    for (const Gaussian& g : mixture) sum += g.weight;
    return sum;
  }
  const Signature signature = Signature::Of(z, rest, offset_s);
  WithSize(signature.count, [&]<int M>() {
    for (Gaussian& g : mixture) {
      const Expected expected = Expect(signature, pose, g.x);
      const View<M> view(g, signature, expected, g.x);
      const typename View<M>::Vector v = Innovation(signature, z, expected);
      const double d2 = view.Distance2(v);
      if (!(d2 <= kGate2 + 2.0 * M)) {
        g.weight = 0.0;
        continue;
      }
      GaussianUpdate update(g);
      update.Add<M>(view, 1.0, v, v * v.transpose());
      update.Apply();
      g.weight *= view.norm * std::exp(-0.5 * d2);
      sum += g.weight;
    }
  });
  return sum;
}

BirthModel::AtPlace BirthModel::LookAtPlace(const UndetectedModel::State& undetected, SensorIndex s,
                                            const SensorPose& pose, const Detection& z) const {
  const Eigen::Vector2d place = DetectionIndex::Place(pose, z);
  AtPlace at;
  at.p_L = {place.x(), place.y(), undetected_->GroundUpM(place.x(), place.y()) + kPriorHeightM};
  at.density =
      undetected_->Density(undetected, place.x(), place.y()) * ProbabilityOfDetection(s, at.p_L);
  if (DetectionIndex::IsCartesian(z)) {
    at.used = {Component::kEast, Component::kNorth};
  } else {
    at.density *= std::max((at.p_L - pose.p_LS_L).head<2>().norm(), 1.0);
    at.used = {Component::kRange, Component::kAzimuth};
  }
  return at;
}

double BirthModel::DensityOf(const UndetectedModel::State& undetected, SensorIndex s,
                             const SensorPose& pose, const Detection& z, double offset_s,
                             Newborn& scratch) const {
  if (DetectionIndex::HasPlace(z)) {
    const AtPlace at = LookAtPlace(undetected, s, pose, z);
    if (Without(z.measured, at.used).Empty() && std::isfinite(at.density)) return at.density;
  }
  Imagine(undetected, s, pose, z, offset_s, scratch);
  return scratch.density;
}

void BirthModel::ImagineAtPlace(const UndetectedModel::State& undetected, SensorIndex s,
                                const SensorPose& pose, const Detection& z, double offset_s,
                                Newborn& out) const {
  const auto [p, density, used] = LookAtPlace(undetected, s, pose, z);
  Eigen::Matrix3d P = Eigen::Matrix3d::Zero();
  if (DetectionIndex::IsCartesian(z)) {
    P(0, 0) = std::pow(SdOf(z, Component::kEast), 2);
    P(1, 1) = std::pow(SdOf(z, Component::kNorth), 2);
  } else {
    const Eigen::Vector2d from_sensor = (p - pose.p_LS_L).head<2>();
    const double ground = std::max(from_sensor.norm(), 1.0);
    P = OnGround(from_sensor / ground, SdOf(z, Component::kRange),
                 ground * SdOf(z, Component::kAzimuth));
  }
  AddKinds(pose, p, P, density, out.mixture);
  out.density = Condition(out.mixture, pose, z, Without(z.measured, used), offset_s);
  if (!z.measured.Has(Component::kElevation) && !z.measured.Has(Component::kUp)) return;
  // Where heights are measured, as many as have not been looked for there.
  out.density = 0.0;
  for (Gaussian& g : out.mixture) {
    g.weight *= undetected_->HeightFactor(undetected, g.x[0], g.x[1],
                                          g.x[2] - undetected_->GroundUpM(g.x[0], g.x[1]),
                                          std::sqrt(g.P(2, 2)));
    out.density += g.weight;
  }
}

void BirthModel::ImagineAlongBearing(const UndetectedModel::State& undetected, SensorIndex s,
                                     const SensorPose& pose, const Detection& z, double offset_s,
                                     Newborn& out) const {
  // Hypotheses in geometric progression, each as wide as its interval, weighed by the undetected
  // targets that it holds.
  const FieldOfRegard& field = field_->sensor(s).field;
  const double far =
      field.max_range_m > 0.0 ? std::min(field.max_range_m, kFarthestBearingM) : kFarthestBearingM;
  const double ratio = std::pow(far / kNearestM, 1.0 / kRangeHypotheses);
  const bool has_elevation = z.measured.Has(Component::kElevation);
  const double elevation = has_elevation ? z[Component::kElevation] : 0.0;
  const double azimuth = z[Component::kAzimuth];
  const double lift = std::cos(elevation);
  const Eigen::Vector3d u_S(std::sin(azimuth) * lift, std::cos(azimuth) * lift,
                            std::sin(elevation));
  const Eigen::Vector3d u = pose.R_SL.transpose() * u_S;
  double from = kNearestM;
  for (int k = 0; k < kRangeHypotheses; ++k) {
    const double to = from * ratio;
    const double r = 0.5 * (from + to);
    Eigen::Vector3d p = pose.p_LS_L + r * u;
    const double ground = undetected_->GroundUpM(p.x(), p.y());
    if (!has_elevation) p.z() = ground + kPriorHeightM;
    const double sd_along = (to - from) / std::sqrt(12.0);
    Eigen::Matrix3d P =
        OnGround(u.head<2>().normalized(), sd_along, r * SdOf(z, Component::kAzimuth));
    double density = undetected_->Density(undetected, p.x(), p.y()) * ProbabilityOfDetection(s, p) *
                     (to - from) * r;
    if (has_elevation) {
      P(2, 2) = std::pow(r * SdOf(z, Component::kElevation), 2) + std::pow(sd_along * u.z(), 2);
      // Of all heights in the low sky, the share per radian of elevation that is this one.
      const double h = (p.z() - ground - kPriorHeightM) / kPriorHeightSdM;
      density *= r / (std::sqrt(2.0 * std::numbers::pi) * kPriorHeightSdM) * std::exp(-0.5 * h * h);
      density *=
          undetected_->HeightFactor(undetected, p.x(), p.y(), p.z() - ground, std::sqrt(P(2, 2)));
    }
    // What hears or sees without range is near: one kind only.
    const std::size_t before = out.mixture.size();
    AddKinds(pose, p, P, density, out.mixture);
    out.mixture.erase(out.mixture.begin() + static_cast<std::ptrdiff_t>(before) + 1,
                      out.mixture.end());
    Gaussian& g = out.mixture[before];
    g.weight = density;
    if (pose.sound_delay) {
      // It was heard there; since then it flew on, nobody knows yet where to.
      const double delay_s = r / kSpeedOfSoundMps;
      const Eigen::Matrix3d V = g.P.bottomRightCorner<3, 3>();
      g.P.topLeftCorner<3, 3>() += delay_s * delay_s * V;
      g.P.topRightCorner<3, 3>() = delay_s * V;
      g.P.bottomLeftCorner<3, 3>() = delay_s * V;
    }
    from = to;
  }
  const ComponentSet used = {Component::kAzimuth, Component::kElevation};
  out.density = Condition(out.mixture, pose, z, Without(z.measured, used), offset_s);
}

void BirthModel::ImagineOnCurve(const UndetectedModel::State& undetected, SensorIndex s,
                                const SensorPose& pose, const Detection& z, double offset_s,
                                Newborn& out) const {
  const FieldOfRegard& field = field_->sensor(s).field;
  const double far =
      field.max_range_m > 0.0 ? std::min(field.max_range_m, kFarthestBearingM) : kFarthestBearingM;
  const bool by_range = z.measured.Has(Component::kRange);
  const Component used = by_range ? Component::kRange : Component::kRangeDifference;
  const double measured = z[used];
  const Eigen::Vector2d here = pose.p_LS_L.head<2>();
  std::vector<Eigen::Vector2d> points;
  Eigen::Vector2d focus = here;
  if (by_range) {
    const double up = undetected_->GroundUpM(here.x(), here.y()) + kPriorHeightM - pose.p_LS_L.z();
    const double r = std::sqrt(std::max(measured * measured - up * up, kNearestM));
    for (int i = 0; i <= kCurveSteps; ++i) {
      const double angle = 2.0 * std::numbers::pi * i / kCurveSteps;
      points.emplace_back(here + r * Eigen::Vector2d(std::cos(angle), std::sin(angle)));
    }
  } else {
    // The branch of the hyperbola about the nearer of the two, in polar coordinates about it.
    const Eigen::Vector2d there = pose.p_LRef_L->head<2>();
    focus = measured > 0.0 ? there : here;
    const Eigen::Vector2d to_other = (measured > 0.0 ? here : there) - focus;
    const double c = std::max(0.5 * to_other.norm(), 1.0);
    const double a = std::min(0.5 * std::abs(measured), kMostEccentric * c);
    const double axis = std::atan2(to_other.y(), to_other.x());
    // As far out as the sensor sees.
    const double last = std::acos(std::clamp(((c * c - a * a) / far - a) / c, -1.0, 1.0));
    for (int i = -kCurveSteps / 2; i <= kCurveSteps / 2; ++i) {
      const double angle = 2.0 * last * i / kCurveSteps;
      const double r = (c * c - a * a) / (a + c * std::cos(angle));
      points.emplace_back(focus +
                          r * Eigen::Vector2d(std::cos(axis + angle), std::sin(axis + angle)));
    }
  }
  // In pieces as long as they are far away, so that each is nearly straight.
  std::vector<double> along(points.size(), 0.0);
  for (std::size_t i = 1; i < points.size(); ++i) {
    const Eigen::Vector2d middle = 0.5 * (points[i] + points[i - 1]);
    along[i] = along[i - 1] +
               (points[i] - points[i - 1]).norm() / std::max((middle - focus).norm(), kNearestM);
  }
  const auto index_of = [&](double share) {
    const auto at = std::lower_bound(along.begin(), along.end(), share * along.back());
    return std::min(static_cast<std::size_t>(at - along.begin()), points.size() - 1);
  };
  for (int k = 0; k < kCurveHypotheses; ++k) {
    const Eigen::Vector2d from = points[index_of(static_cast<double>(k) / kCurveHypotheses)];
    const Eigen::Vector2d to = points[index_of(static_cast<double>(k + 1) / kCurveHypotheses)];
    const Eigen::Vector2d middle = points[index_of((k + 0.5) / kCurveHypotheses)];
    const double length = (to - from).norm();
    if (!(length > 0.0)) continue;
    const Eigen::Vector2d direction = (to - from) / length;
    const double bend = (middle - 0.5 * (from + to)).norm();
    const Eigen::Vector3d p(middle.x(), middle.y(),
                            undetected_->GroundUpM(middle.x(), middle.y()) + kPriorHeightM);
    // How much it changes with the place: across the curve, and with the height that is not known.
    Eigen::Vector3d gradient = (p - pose.p_LS_L).normalized();
    if (!by_range) gradient -= (p - *pose.p_LRef_L).normalized();
    const double across = std::max(gradient.head<2>().norm(), kLeastGradient);
    const double sd_across = std::sqrt(std::pow(SdOf(z, used) / across, 2) + bend * bend / 5.0 +
                                       std::pow(gradient.z() / across * kPriorHeightSdM, 2));
    const double density = undetected_->Density(undetected, p.x(), p.y()) *
                           ProbabilityOfDetection(s, p) * length / across;
    const std::size_t before = out.mixture.size();
    AddKinds(pose, p, OnGround(direction, length / std::sqrt(12.0), sd_across), density,
             out.mixture);
    out.mixture.erase(out.mixture.begin() + static_cast<std::ptrdiff_t>(before) + 1,
                      out.mixture.end());
    out.mixture[before].weight = density;
  }
  out.density = Condition(out.mixture, pose, z, Without(z.measured, {used}), offset_s);
}

void BirthModel::Imagine(const UndetectedModel::State& undetected, SensorIndex s,
                         const SensorPose& pose, const Detection& z, double offset_s,
                         Newborn& out) const {
  out.mixture.clear();
  out.density = 0.0;
  if (DetectionIndex::HasPlace(z)) {
    ImagineAtPlace(undetected, s, pose, z, offset_s, out);
  } else if (z.measured.Has(Component::kAzimuth)) {
    ImagineAlongBearing(undetected, s, pose, z, offset_s, out);
  } else if (z.measured.Has(Component::kRange) ||
             (z.measured.Has(Component::kRangeDifference) && pose.p_LRef_L != nullptr)) {
    ImagineOnCurve(undetected, s, pose, z, offset_s, out);
  }
  if (!std::isfinite(out.density)) out.density = 0.0;
}

}  // namespace picket
