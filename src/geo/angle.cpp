// SPDX-License-Identifier: Apache-2.0
#include "picket/geo/angle.h"

#include <cmath>

namespace picket {

namespace {
constexpr double kTurn = 2.0 * std::numbers::pi;
}

double WrapPi(double rad) {
  if (rad > -std::numbers::pi && rad <= std::numbers::pi) return rad;
  const double wrapped = rad - kTurn * std::ceil((rad - std::numbers::pi) / kTurn);
  return wrapped <= -std::numbers::pi ? wrapped + kTurn : wrapped;
}

Bearing Bearing::Rad(double rad) {
  const double wrapped = rad - kTurn * std::floor(rad / kTurn);
  return Bearing(wrapped >= kTurn ? 0.0 : wrapped);
}

}  // namespace picket
