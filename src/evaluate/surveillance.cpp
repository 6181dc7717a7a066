// SPDX-License-Identifier: Apache-2.0
#include "evaluate/surveillance.h"

#include <fmt/format.h>

#include <cmath>

#include "picket/geo/angle.h"

namespace picket {
namespace {

constexpr Duration kTolerance = Duration::Seconds(0.1);
constexpr Duration kInterval = Duration::Seconds(1.0);
constexpr Duration kLongGap = Duration::Seconds(5.0);
constexpr Duration kPause = Duration::Seconds(5.0);
constexpr double kLeastCourseMps = 3.0;

std::int64_t WholeSeconds(Duration d) { return d.ns() / kInterval.ns(); }

/// A share as text: percent, or as a power of ten where it is small.
std::string ShareText(double share) {
  if (std::isnan(share)) return "-";
  if (share > 0.0 && share < 1e-3) return fmt::format("{:.1e}", share);
  return fmt::format("{:.4g} %", 100.0 * share);
}

double Part(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : kNoFigure;
}

}  // namespace

void UpdateGaps::CountGap(Duration gap, Counts& counts) {
  const Duration less = gap - kTolerance;
  if (less <= kInterval) return;
  counts.missed += WholeSeconds(less);
  if (less >= kLongGap) counts.missed_in_long_gaps += WholeSeconds(less);
}

void UpdateGaps::EndPeriod(Counts& counts) const {
  counts.expected += WholeSeconds(last_ - *begin_);
  CountGap(last_ - update_, counts);
}

void UpdateGaps::At(Time time, bool updated) {
  if (!begin_ || time - last_ > kPause) {
    if (begin_) EndPeriod(done_);
    begin_ = update_ = last_ = time;
  }
  // Between an update and the next instant of truth nobody looked.
  if (updated && last_ != update_) CountGap(time - update_, done_);
  last_ = time;
  if (updated) update_ = time;
}

UpdateGaps::Counts UpdateGaps::Result() const {
  Counts counts = done_;
  if (begin_) EndPeriod(counts);
  return counts;
}

void SurveillanceCounter::Errors::Add(double error) {
  if (!std::isfinite(error)) return;
  sketch.Add(error);
  if (error <= limit) ++within;
}

double SurveillanceCounter::Errors::Share() const { return Part(within, sketch.count()); }

void SurveillanceCounter::AddPair(const ScoredTruth& truth, const ScoredTrack& track) {
  position_.Add((track.p_L - truth.p_L).head<2>().norm());
  const Eigen::Vector2d is = truth.v_L.head<2>();
  const Eigen::Vector2d said = track.v_L.head<2>();
  speed_.Add(std::abs(said.norm() - is.norm()));
  if (is.norm() >= kLeastCourseMps) {
    const double turn = std::atan2(said.x(), said.y()) - std::atan2(is.x(), is.y());
    course_.Add(std::abs(std::remainder(turn, 2.0 * std::numbers::pi)) / kRadPerDeg);
  }
}

void SurveillanceCounter::AddTruthStep(Duration step) {
  ++steps_;
  if (step > kInterval + kTolerance) ++long_steps_;
}

SurveillanceFigures SurveillanceCounter::Result() const {
  SurveillanceFigures figures;
  figures.updates_measured = steps_ > 0 && long_steps_ * 2 < steps_;
  figures.reports = reports_;
  figures.false_reports = false_reports_;
  figures.position_95_m = position_.sketch.Quantile(0.95);
  figures.position_within_12_m = position_.Share();
  figures.speed_90_mps = speed_.sketch.Quantile(0.9);
  figures.speed_within_5_mps = speed_.Share();
  figures.course_90_deg = course_.sketch.Quantile(0.9);
  figures.course_within_15_deg = course_.Share();
  return figures;
}

std::optional<bool> Requirement::Met() const {
  if (std::isnan(figure)) return std::nullopt;
  return at_least ? figure >= threshold : figure <= threshold;
}

std::vector<Requirement> SurveillanceRequirements(const SurveillanceFigures& f) {
  const std::int64_t expected = f.updates_measured ? f.expected : 0;
  const auto share = [](std::string name, double figure, bool at_least, double threshold,
                        std::string threshold_text, std::string detail = {}) {
    return Requirement{
        std::move(name),   figure,           at_least, threshold, std::move(threshold_text),
        ShareText(figure), std::move(detail)};
  };
  const std::int64_t once = f.updates_measured ? f.expected_once_tracked : 0;
  const auto since = [](double figure) {
    return std::isnan(figure) ? "" : fmt::format("{} once tracked", ShareText(figure));
  };
  const auto quantile = [](int percent, double value, std::string_view unit) {
    return std::isnan(value) ? "" : fmt::format("{} % under {:.3g} {}", percent, value, unit);
  };
  return {
      share("probability of update (1 s)", 1.0 - Part(f.missed, expected), true, 0.99, ">= 99 %",
            since(1.0 - Part(f.missed_once_tracked, once))),
      share("gaps of over 5 s", Part(f.missed_in_long_gaps, expected), false, 1e-6, "<= 1e-06",
            since(Part(f.missed_in_long_gaps_once_tracked, once))),
      share("position within 12 m", f.position_within_12_m, true, 0.95, ">= 95 %",
            quantile(95, f.position_95_m, "m")),
      share("false reports (no target in 60 m)", Part(f.false_reports, f.reports), false, 1e-4,
            "<= 1e-04", fmt::format("{} of {}", f.false_reports, f.reports)),
      share("speed within 5 m/s", f.speed_within_5_mps, true, 0.9, ">= 90 %",
            quantile(90, f.speed_90_mps, "m/s")),
      share("course within 15 deg", f.course_within_15_deg, true, 0.9, ">= 90 %",
            quantile(90, f.course_90_deg, "deg")),
  };
}

}  // namespace picket
