// SPDX-License-Identifier: Apache-2.0
#include "track/variational_merge.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "picket/base/assert.h"

namespace picket {
namespace {

constexpr double kSure = 0.99;     ///< existence of a target that starts from a detection
constexpr double kLeast = 1e-4;    ///< existence and its complement in the costs
constexpr double kNothing = 1e-9;  ///< a target of less existence is gone

}  // namespace

void VariationalMerge::Start(std::span<const Hypothesis> hypotheses, std::span<double> existence) {
  const std::size_t n = existence.size();
  order_.resize(hypotheses.size());
  for (std::size_t h = 0; h < order_.size(); ++h) order_[h] = static_cast<int>(h);
  std::sort(order_.begin(), order_.end(), [&](int a, int b) {
    return hypotheses[a].mass != hypotheses[b].mass ? hypotheses[a].mass > hypotheses[b].mass
                                                    : a < b;
  });
  start_.assign(n, -1);
  taken_.clear();
  for (const int h : order_) {
    const Hypothesis& hypothesis = hypotheses[h];
    if (start_[hypothesis.owner] >= 0) continue;
    if (hypothesis.detection >= 0) {
      if (std::find(taken_.begin(), taken_.end(), hypothesis.detection) != taken_.end()) continue;
      taken_.push_back(hypothesis.detection);
    }
    start_[hypothesis.owner] = h;
  }
  // All its detections are with others: its best hypothesis all the same.
  for (const int h : order_) {
    if (start_[hypotheses[h].owner] < 0) start_[hypotheses[h].owner] = h;
  }
  r_.resize(n);
  x_.resize(n);
  P_.resize(n);
  nothing_.resize(n);
  for (std::size_t k = 0; k < n; ++k) {
    PICKET_ASSERT(start_[k] >= 0, "every target has a hypothesis");
    const Hypothesis& h = hypotheses[start_[k]];
    x_[k] = h.x;
    P_[k] = h.P;
    nothing_[k] = std::max(0.0, 1.0 - existence[k]);
    r_[k] = h.detection >= 0 ? kSure : h.mass / (h.mass + nothing_[k]);
  }
}

void VariationalMerge::Transport(std::span<const Hypothesis> hypotheses,
                                 std::span<const std::vector<int>> neighbours,
                                 std::span<const double> nothing) {
  const std::size_t n = nothing.size();
  const std::size_t count = hypotheses.size();
  inverse_.resize(n);
  constant_.resize(n);
  for (std::size_t k = 0; k < n; ++k) {
    const Eigen::LLT<StateCovariance> llt(P_[k]);
    inverse_[k] = llt.solve(StateCovariance::Identity());
    constant_[k] = -std::log(std::clamp(r_[k], kLeast, 1.0 - kLeast));
    for (int c = 0; c < 6; ++c) constant_[k] += std::log(llt.matrixLLT()(c, c));
  }
  const auto owner = [&](std::size_t row) {
    return row < count ? static_cast<std::size_t>(hypotheses[row].owner) : row - count;
  };
  const auto mass = [&](std::size_t row) {
    return row < count ? hypotheses[row].mass : nothing[row - count];
  };
  const std::size_t rows = count + n;
  first_.resize(rows + 1);
  first_[0] = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    first_[row + 1] = first_[row] + neighbours[owner(row)].size();
  }
  share_.resize(first_[rows]);
  // Expected -log of the target's density, for each place where a hypothesis may go.
  for (std::size_t row = 0; row < rows; ++row) {
    const std::vector<int>& to = neighbours[owner(row)];
    double* cost = &share_[first_[row]];
    for (std::size_t i = 0; i < to.size(); ++i) {
      const auto k = static_cast<std::size_t>(to[i]);
      if (row >= count) {
        cost[i] = -std::log(1.0 - std::clamp(r_[k], kLeast, 1.0 - kLeast));
        continue;
      }
      const Hypothesis& h = hypotheses[row];
      const StateVector d = h.x - x_[k];
      const StateVector weighed = inverse_[k] * d;
      cost[i] = constant_[k] + 0.5 * (inverse_[k].cwiseProduct(h.P).sum() + d.dot(weighed));
    }
    const double least = *std::min_element(cost, cost + to.size());
    for (std::size_t i = 0; i < to.size(); ++i) {
      cost[i] = std::exp(-std::min((cost[i] - least) / kEntropy, 200.0));
    }
  }
  // Sinkhorn: each hypothesis gives all its mass, each target takes one.
  constexpr double kTiny = 1e-300;
  constexpr double kTolerance = 1e-3;
  scale_.assign(n, 1.0);
  for (int it = 0; it < kMaxScalings; ++it) {
    sum_.assign(n, 0.0);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::vector<int>& to = neighbours[owner(row)];
      const double* kernel = &share_[first_[row]];
      double total = 0.0;
      for (std::size_t i = 0; i < to.size(); ++i) total += kernel[i] * scale_[to[i]];
      const double u = mass(row) / std::max(total, kTiny);
      for (std::size_t i = 0; i < to.size(); ++i) sum_[to[i]] += kernel[i] * u;
    }
    double change = 0.0;
    for (std::size_t k = 0; k < n; ++k) {
      const double updated = 1.0 / std::max(sum_[k], kTiny);
      change = std::max(change, std::abs(updated - scale_[k]) / updated);
      scale_[k] = updated;
    }
    if (change < kTolerance) break;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const std::vector<int>& to = neighbours[owner(row)];
    double* kernel = &share_[first_[row]];
    double total = 0.0;
    for (std::size_t i = 0; i < to.size(); ++i) total += kernel[i] * scale_[to[i]];
    const double u = mass(row) / std::max(total, kTiny);
    for (std::size_t i = 0; i < to.size(); ++i) kernel[i] *= u * scale_[to[i]];
  }
}

void VariationalMerge::Solve(std::span<const Hypothesis> hypotheses,
                             std::span<const std::vector<int>> neighbours,
                             std::span<double> existence, std::vector<Mixture>& merged) {
  const std::size_t n = existence.size();
  const std::size_t count = hypotheses.size();
  Start(hypotheses, existence);
  for (int round = 0; round < kRounds; ++round) {
    Transport(hypotheses, neighbours, nothing_);
    for (std::size_t k = 0; k < n; ++k) {
      r_[k] = 0.0;
      x_[k].setZero();
      P_[k].setZero();
    }
    const auto each = [&](const auto& use) {
      for (std::size_t h = 0; h < count; ++h) {
        const std::vector<int>& to = neighbours[hypotheses[h].owner];
        for (std::size_t i = 0; i < to.size(); ++i)
          use(hypotheses[h], to[i], share_[first_[h] + i]);
      }
    };
    each([&](const Hypothesis& h, int k, double share) {
      r_[k] += share;
      x_[k] += share * h.x;
    });
    for (std::size_t k = 0; k < n; ++k) x_[k] /= std::max(r_[k], kNothing);
    each([&](const Hypothesis& h, int k, double share) {
      const StateVector d = h.x - x_[k];
      P_[k] += (share / std::max(r_[k], kNothing)) * (h.P + d * d.transpose());
    });
    for (std::size_t k = 0; k < n; ++k) {
      if (r_[k] >= kNothing) continue;
      // Nothing is left to fit: stays where it began, and takes what is left over.
      x_[k] = hypotheses[start_[k]].x;
      P_[k] = hypotheses[start_[k]].P;
    }
  }

  // Mode by mode.
  const std::size_t modes = hypotheses.front().mixture.size();
  merged.assign(n, {});
  for (std::size_t k = 0; k < n; ++k) {
    existence[k] = std::min(r_[k], 1.0 - 1e-12);
    if (r_[k] < kNothing) continue;
    merged[k].resize(modes);
    for (std::size_t g = 0; g < modes; ++g) {
      Gaussian& out = merged[k][g];
      out.mode = hypotheses.front().mixture[g].mode;
      out.weight = out.turn_radps = out.turn_var = 0.0;
      out.x.setZero();
      out.P.setZero();
      out.turn_cov.setZero();
    }
  }
  const auto each = [&](const auto& use) {
    for (std::size_t h = 0; h < count; ++h) {
      const std::vector<int>& to = neighbours[hypotheses[h].owner];
      for (std::size_t i = 0; i < to.size(); ++i) {
        if (merged[to[i]].empty()) continue;
        for (std::size_t g = 0; g < modes; ++g) {
          const Gaussian& in = hypotheses[h].mixture[g];
          const double w = share_[first_[h] + i] * in.weight;
          if (w > 0.0) use(in, merged[to[i]][g], w);
        }
      }
    }
  };
  each([](const Gaussian& in, Gaussian& out, double w) {
    out.weight += w;
    out.x += w * in.x;
    out.turn_radps += w * in.turn_radps;
  });
  for (Mixture& mixture : merged) {
    for (Gaussian& g : mixture) {
      if (g.weight <= 0.0) continue;
      g.x /= g.weight;
      g.turn_radps /= g.weight;
    }
  }
  each([](const Gaussian& in, Gaussian& out, double w) {
    const StateVector d = in.x - out.x;
    const double turn = in.turn_radps - out.turn_radps;
    const double share = w / out.weight;
    out.P += share * (in.P + d * d.transpose());
    if (in.mode != Mode::kTurn) return;
    out.turn_var += share * (in.turn_var + turn * turn);
    out.turn_cov += share * (in.turn_cov + turn * d);
  });
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t g = 0; g < merged[k].size(); ++g) {
      Gaussian& out = merged[k][g];
      if (out.weight <= 0.0) {
        // A mode that no hypothesis holds any more: kept in place, without weight.
        out = hypotheses[start_[k]].mixture[g];
        out.weight = 0.0;
      }
      out.weight /= r_[k];
    }
  }
}

}  // namespace picket
