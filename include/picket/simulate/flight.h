// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "picket/geo/frame.h"
#include "picket/geo/geoid.h"
#include "picket/simulate/scenario.h"
#include "picket/terrain/terrain.h"

namespace picket {

/// The world that targets fly in.
struct FlightWorld {
  LocalFrame frame;
  Geoid geoid;
  std::shared_ptr<const Terrain> terrain;
};

/// Where one target is over time: positions every kStep in the local frame, joined by cubic Hermite
/// pieces, so that the velocity is the exact derivative of the position.
class Flight {
 public:
  static constexpr double kStepS = 0.5;

  struct State {
    Eigen::Vector3d p_L;
    Eigen::Vector3d v_L;
  };

  /// @param first_s  time of the first position, from the scenario's start
  Flight(double first_s, std::vector<Eigen::Vector3d> p_L);

  [[nodiscard]] double first_s() const { return first_s_; }
  [[nodiscard]] double last_s() const;
  /// Nothing before the flight's first and after its last instant.
  [[nodiscard]] std::optional<State> At(double t_s) const;

 private:
  double first_s_;
  std::vector<Eigen::Vector3d> p_L_;
};

/// Flies the `index`-th target of a plan, up to `until_s` after the scenario's start. Draws only
/// from the stream of (seed, plan.id, index), and for a body of several from the leader's.
[[nodiscard]] Flight Fly(const TargetPlan& plan, int index, std::uint64_t seed, double until_s,
                         const FlightWorld& world);

/// When the `index`-th target of a plan starts, s from the scenario's start.
[[nodiscard]] double StartOf(const TargetPlan& plan, int index, std::uint64_t seed);

}  // namespace picket
