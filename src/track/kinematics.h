// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "picket/report/report.h"
#include "picket/track/track.h"

namespace picket {

/// What the speed of a target says of its class, by Bayes: `prior` times the likelihood of its
/// horizontal speed under each class, the speed's own error included. Speeds of the classes are
/// normal distributions wide enough for their kinds (multirotors and birds overlap, so speed alone
/// does not tell them apart, and this does not pretend to).
[[nodiscard]] ClassProbabilities WithSpeed(const ClassProbabilities& prior, const StateVector& mean,
                                           const StateCovariance& covariance);

}  // namespace picket
