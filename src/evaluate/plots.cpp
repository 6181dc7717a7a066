// SPDX-License-Identifier: Apache-2.0
#include "picket/evaluate/plots.h"

#include <cmath>
#include <limits>

namespace picket {

void PlotData::Sum::Take(const Sum& other) {
  for (std::size_t i = 0; i < kPlotFigures; ++i) {
    sum[i] += other.sum[i];
    count[i] += other.count[i];
  }
  instants += other.instants;
}

void PlotData::Add(Time time, const PlotFigures& figures) {
  Sum now;
  now.first = time;
  now.instants = 1;
  for (std::size_t i = 0; i < kPlotFigures; ++i) {
    if (std::isnan(figures[i])) continue;
    now.sum[i] = figures[i];
    now.count[i] = 1;
  }
  ++instant_;
  if (!sums_.empty() && sums_.back().instants < per_sum_) {
    sums_.back().Take(now);
    return;
  }
  if (sums_.size() == kMostPoints) {
    for (std::size_t i = 0; i < sums_.size(); i += 2) {
      if (i + 1 < sums_.size()) sums_[i].Take(sums_[i + 1]);
      sums_[i / 2] = sums_[i];
    }
    sums_.resize((sums_.size() + 1) / 2);
    per_sum_ *= 2;
  }
  sums_.push_back(now);
}

void PlotData::Put(Path& path, const Eigen::Vector3d& p_L) {
  // The first place of a path stands in any case: a short track must not vanish.
  if (!path.at.empty() && instant_ % stride_ != 0) return;
  path.at.push_back({instant_, static_cast<float>(p_L.x()), static_cast<float>(p_L.y())});
  if (++places_ >= kMostPlaces) Thin();
}

void PlotData::Thin() {
  stride_ *= 2;
  places_ = 0;
  const auto thin = [&](Path& path) {
    bool first = true;
    std::erase_if(path.at, [&](const Path::At& at) {
      const bool drop = !first && at.instant % stride_ != 0;
      first = false;
      return drop;
    });
    places_ += path.at.size();
  };
  for (auto& [id, path] : truths_) thin(path);
  for (auto& [id, path] : tracks_) thin(path);
}

std::vector<PlotPoint> PlotData::points() const {
  std::vector<PlotPoint> points;
  points.reserve(sums_.size());
  for (const Sum& sum : sums_) {
    PlotPoint& point = points.emplace_back();
    point.time = sum.first;
    for (std::size_t i = 0; i < kPlotFigures; ++i) {
      point.figure[i] = sum.count[i] > 0 ? sum.sum[i] / static_cast<double>(sum.count[i])
                                         : std::numeric_limits<double>::quiet_NaN();
    }
  }
  return points;
}

}  // namespace picket
