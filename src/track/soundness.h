// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "picket/base/time.h"
#include "track/look_update.h"

namespace picket {

/// Whether a covariance is finite, symmetric to rounding, and positive definite by Cholesky.
[[nodiscard]] bool IsPositiveDefinite(const StateCovariance& P);

/// Where the covariance of a Gaussian is indefinite (errors of a millimetre beside those of
/// hundreds of kilometres round to that, and so does a turn that is known better than it can be),
/// takes as little from its correlations as makes it positive definite again, and all of the
/// turn's. Else it stays to the bit. Requires a finite diagonal over 0.
void KeepPositiveDefinite(Gaussian& g);

/// Whether the targets that were moved to `time` are sound: existence and weights probabilities,
/// means finite, covariances as above. The others are as they were at their own last look.
[[nodiscard]] bool AreSound(const State& state, Time time);

}  // namespace picket
