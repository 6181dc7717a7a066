// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "picket/base/time.h"

namespace picket {

/// Figures over time; several instants become their mean when there are too many to draw.
enum class PlotFigure : std::uint8_t {
  kGospa,         // m
  kLocalisation,  // m^2, GOSPA's parts: they sum to its square
  kMissed,        // m^2
  kFalse,         // m^2
  kTruths,        // number at an instant
  kTracks,
  kPosition,  // m, root mean square error of assigned pairs
  kVelocity,  // m/s, the same
  kNees,      // of the position, mean over the targets
  kNeesOf,    // number of targets in that mean
};
inline constexpr std::size_t kPlotFigures = 10;
using PlotFigures = std::array<double, kPlotFigures>;  ///< NaN: nothing to show

struct PlotPoint {
  Time time;
  PlotFigures figure{};
  [[nodiscard]] double operator[](PlotFigure f) const {
    return figure[static_cast<std::size_t>(f)];
  }
};

/// What plots are drawn from, in bounded memory however long the evaluation is: at most kMostPoints
/// instants and kMostPlaces positions on the map; the spacing doubles when they are reached.
class PlotData {
 public:
  static constexpr std::size_t kMostPoints = 1000;
  static constexpr std::size_t kMostPlaces = 40'000;
  static constexpr std::size_t kMostPaths = 10'000;  ///< of targets, and of tracks

  struct Path {
    struct At {
      std::int64_t instant = 0;
      float east_m = 0.0F;
      float north_m = 0.0F;
    };
    std::vector<At> at;
  };

  /// The next instant.
  void Add(Time time, const PlotFigures& figures);
  /// Where a target or a track is at the instant that is added next.
  void AddTruth(const std::string& id, const Eigen::Vector3d& p_L) { PutOf(truths_, id, p_L); }
  void AddTrack(std::uint64_t id, const Eigen::Vector3d& p_L) { PutOf(tracks_, id, p_L); }

  [[nodiscard]] std::vector<PlotPoint> points() const;
  [[nodiscard]] const std::map<std::string, Path>& truths() const { return truths_; }
  [[nodiscard]] const std::map<std::uint64_t, Path>& tracks() const { return tracks_; }
  /// Instants from one place of a path to the next, where it goes on.
  [[nodiscard]] std::int64_t stride() const { return stride_; }
  /// Places of targets and tracks that are not drawn, because there are too many of those.
  [[nodiscard]] std::int64_t left_out() const { return left_out_; }

 private:
  /// The sums of some successive instants.
  struct Sum {
    Time first;
    PlotFigures sum{};
    std::array<std::int64_t, kPlotFigures> count{};
    std::int64_t instants = 0;
    void Take(const Sum& other);
  };
  template <typename Paths, typename Id>
  void PutOf(Paths& paths, const Id& id, const Eigen::Vector3d& p_L) {
    const auto found = paths.find(id);
    if (found != paths.end()) return Put(found->second, p_L);
    if (paths.size() < kMostPaths) return Put(paths[id], p_L);
    ++left_out_;
  }
  void Put(Path& path, const Eigen::Vector3d& p_L);
  void Thin();

  std::vector<Sum> sums_;
  std::int64_t per_sum_ = 1;
  std::map<std::string, Path> truths_;
  std::map<std::uint64_t, Path> tracks_;
  std::size_t places_ = 0;
  std::int64_t instant_ = 0;
  std::int64_t stride_ = 1;
  std::int64_t left_out_ = 0;
};

}  // namespace picket
