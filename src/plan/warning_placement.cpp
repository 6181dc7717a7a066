// SPDX-License-Identifier: Apache-2.0
#include "picket/plan/warning_placement.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>

#include "picket/base/assert.h"
#include "plan/least_exposure.h"

namespace picket {
namespace {

constexpr double kSure = kSureExposure;
constexpr double kRounding = 1e-4;  // of sums of exposure in floats
constexpr std::int32_t kNeed = 1 << 20;
constexpr int kMostAims = 14;    // of a bisection
constexpr int kMostRounds = 60;  // of ways found and saturated, for one aim
constexpr std::size_t kMostWays = 4000;
constexpr int kMostReweightings = 100;
constexpr int kExchangesEvery = 3;  // reweightings, for they take longer
constexpr double kReweighting = 1.0;
constexpr double kExposureStep = 0.02;  // that exposures are told apart by

/// What is to be reached, or was.
struct Level {
  double exposure = 0.0;  ///< of every way before it is time_s from a circle, up to kSure
  double time_s = 0.0;    ///< 0 if that is less than kSure
  [[nodiscard]] auto Key() const { return std::tuple(exposure, time_s); }
  bool operator<(const Level& other) const { return Key() < other.Key(); }
  [[nodiscard]] Guarantee AsGuarantee() const { return {time_s, -std::expm1(-exposure)}; }
};

/// A way into one place's circle: how long it is over which nodes, in order, and how many of these
/// it is over before it is as near to the circle as stated, ever nearer.
struct Way {
  std::size_t against = 0;
  std::vector<std::pair<std::size_t, double>> spent;
  struct Nearer {
    double time_s;
    std::size_t spent;
  };
  std::vector<Nearer> nearer;
};

class Search {
 public:
  Search(const WarningProblem& problem, const PlacementLimits& limits,
         const std::function<void(int, int)>& tell);
  WarningPlacement Run();

 private:
  struct Outcome {
    std::vector<std::int32_t> chosen;
    Level level;
  };

  [[nodiscard]] std::vector<float> RateWith(std::size_t against,
                                            const std::vector<std::int32_t>& chosen) const;
  Level Evaluate(const std::vector<std::int32_t>& chosen, const Level* aim);
  void AddWays(std::size_t against, std::size_t place, const ExposureTree& tree, const Level& aim);
  [[nodiscard]] Way Trace(std::size_t against, std::size_t place, const ExposureTree& tree,
                          std::size_t node) const;
  [[nodiscard]] CoverProblem Rows(const Level& aim);
  struct Saturation {
    Placement choice;
    bool saturated = false;   ///< it covers all
    bool impossible = false;  ///< nothing does
  };
  [[nodiscard]] Saturation Saturate(CoverProblem rows) const;
  bool Reach(const Level& aim);
  void Tell();

  const WarningProblem& problem_;
  const PlacementLimits& limits_;
  const std::function<void(int, int)>& tell_;
  std::size_t candidates_;
  std::vector<std::vector<std::vector<double>>> times_s_;  // [against][place][cell]
  std::vector<std::vector<std::uint8_t>> sector_;          // [place][cell]
  std::vector<Way> ways_;
  /// What a way is exposed by before it is exposed_time_s_ from the circle; nothing if it never is.
  struct Exposed {
    double already = 0.0;
    std::vector<double> by_candidate;
  };
  std::vector<std::optional<Exposed>> exposed_;  // of the first ways
  double exposed_time_s_ = 0.0;
  Outcome best_;
  Level impossible_;  // nothing reaches it
  int aims_ = 0;
};

Search::Search(const WarningProblem& problem, const PlacementLimits& limits,
               const std::function<void(int, int)>& tell)
    : problem_(problem), limits_(limits), tell_(tell) {
  PICKET_ASSERT(!problem.against.empty() && !problem.places.empty(), "somebody is to be warned");
  candidates_ = problem.against.front().candidates->candidates();
  const PlanGrid& grid = problem.grid;
  for (const auto& against : problem.against) {
    PICKET_ASSERT(against.candidates->candidates() == candidates_, "the same against each");
    auto& of = times_s_.emplace_back();
    for (const auto& place : problem.places) {
      of.push_back(TimesIntoCircle(grid, place.at, place.radius_m, against.flyer.speed_mps));
    }
  }
  for (const auto& place : problem.places) {
    auto& of = sector_.emplace_back(grid.size());
    for (std::size_t cell = 0; cell < of.size(); ++cell) {
      of[cell] = static_cast<std::uint8_t>(SectorOf(grid.At(cell), place.at));
    }
  }
}

void Search::Tell() {
  ++aims_;
  if (tell_) tell_(std::min(aims_, kMostAims), kMostAims);
}

std::vector<float> Search::RateWith(std::size_t against,
                                    const std::vector<std::int32_t>& chosen) const {
  std::vector<float> rate = problem_.against[against].exposure_per_s;
  const CandidateExposures& candidates = *problem_.against[against].candidates;
  for (std::size_t node = 0; node < rate.size(); ++node) {
    for (const std::int32_t c : chosen) {
      rate[node] += candidates.At(node, static_cast<std::size_t>(c));
    }
  }
  return rate;
}

/// What a choice reaches. Adds ways by which targets get through below the aim, if there is one.
Level Search::Evaluate(const std::vector<std::int32_t>& chosen, const Level* aim) {
  Level level{kSure, std::numeric_limits<double>::infinity()};
  const std::size_t cells = problem_.grid.size();
  for (std::size_t a = 0; a < problem_.against.size(); ++a) {
    const ExposureTree tree = FindLeastExposed(
        problem_.grid, problem_.bands_agl_m, RateWith(a, chosen), problem_.against[a].flyer, kSure);
    for (std::size_t place = 0; place < problem_.places.size(); ++place) {
      const std::vector<double>& time_s = times_s_[a][place];
      Level of{kSure, std::numeric_limits<double>::infinity()};
      for (std::size_t node = 0; node < tree.least.size(); ++node) {
        if (!std::isfinite(tree.least[node])) continue;
        of.time_s = std::min(of.time_s, time_s[node % cells]);
        if (time_s[node % cells] > 0.0) continue;
        of.exposure = std::min(of.exposure, static_cast<double>(tree.least[node]));
      }
      level = std::min(level, of);
      if (aim != nullptr) AddWays(a, place, tree, *aim);
    }
  }
  return level;
}

/// Of each sector the way that is exposed least.
void Search::AddWays(std::size_t against, std::size_t place, const ExposureTree& tree,
                     const Level& aim) {
  const std::size_t cells = problem_.grid.size();
  std::array<std::optional<std::size_t>, kSectors> least;
  for (std::size_t node = 0; node < tree.least.size(); ++node) {
    if (!(tree.least[node] < aim.exposure)) continue;
    if (times_s_[against][place][node % cells] > aim.time_s) continue;
    auto& of = least[sector_[place][node % cells]];
    if (!of || tree.least[node] < tree.least[*of]) of = node;
  }
  for (const auto& node : least) {
    if (node && ways_.size() < kMostWays) ways_.push_back(Trace(against, place, tree, *node));
  }
}

/// The way to a node, and straight on into the circle, cell by cell.
Way Search::Trace(std::size_t against, std::size_t place, const ExposureTree& tree,
                  std::size_t node) const {
  const PlanGrid& grid = problem_.grid;
  const std::size_t cells = grid.size();
  const std::vector<double>& time_s = times_s_[against][place];
  std::vector<std::size_t> nodes{node};
  while (tree.before[nodes.back()] != nodes.back()) nodes.push_back(tree.before[nodes.back()]);
  std::reverse(nodes.begin(), nodes.end());
  while (time_s[nodes.back() % cells] > 0.0) {
    const std::size_t at = nodes.back() % cells;
    std::size_t next = at;
    const auto column = static_cast<std::ptrdiff_t>(at) % grid.columns;
    const auto row = static_cast<std::ptrdiff_t>(at) / grid.columns;
    for (std::ptrdiff_t y = std::max<std::ptrdiff_t>(0, row - 1);
         y <= std::min<std::ptrdiff_t>(grid.rows - 1, row + 1); ++y) {
      for (std::ptrdiff_t x = std::max<std::ptrdiff_t>(0, column - 1);
           x <= std::min<std::ptrdiff_t>(grid.columns - 1, column + 1); ++x) {
        const auto cell = static_cast<std::size_t>(y * grid.columns + x);
        if (time_s[cell] < time_s[next]) next = cell;
      }
    }
    if (next == at) break;
    nodes.push_back(nodes.back() - at + next);
  }
  Way way;
  way.against = against;
  way.nearer.push_back({time_s[nodes.front() % cells], 0});
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    AddStep(grid, problem_.bands_agl_m, problem_.against[against].flyer, nodes[i - 1], nodes[i],
            way.spent);
    const double now_s = time_s[nodes[i] % cells];
    if (now_s < way.nearer.back().time_s) way.nearer.push_back({now_s, way.spent.size()});
  }
  return way;
}

/// The ways as elements of a cover: what each lacks up to the aim, and what the candidates give.
CoverProblem Search::Rows(const Level& aim) {
  if (aim.time_s != exposed_time_s_) exposed_.clear();
  exposed_time_s_ = aim.time_s;
  for (std::size_t w = exposed_.size(); w < ways_.size(); ++w) {
    const Way& way = ways_[w];
    auto& exposed = exposed_.emplace_back();
    const auto reached = std::find_if(way.nearer.begin(), way.nearer.end(),
                                      [&](const auto& at) { return at.time_s <= aim.time_s; });
    if (reached == way.nearer.end()) continue;
    exposed.emplace().by_candidate.resize(candidates_);
    const WarningProblem::Against& against = problem_.against[way.against];
    for (std::size_t i = 0; i < reached->spent; ++i) {
      const auto& [node, seconds] = way.spent[i];
      exposed->already += seconds * static_cast<double>(against.exposure_per_s[node]);
      against.candidates->Add(node, seconds, exposed->by_candidate);
    }
  }
  CoverProblem rows;
  rows.need = kNeed;
  rows.cost = problem_.cost;
  rows.site = problem_.site;
  rows.covers.resize(candidates_);
  rows.amount.resize(candidates_);
  for (const auto& exposed : exposed_) {
    if (!exposed) continue;
    const double lacks = aim.exposure * (1.0 + kRounding) - exposed->already;
    if (lacks <= 0.0) continue;
    const auto element = static_cast<std::int32_t>(rows.weight.size());
    rows.weight.push_back(lacks);
    for (std::size_t c = 0; c < candidates_; ++c) {
      const double share = std::min(1.0, exposed->by_candidate[c] / lacks);
      const auto amount = static_cast<std::int32_t>(share * kNeed);
      if (amount == 0) continue;
      rows.covers[c].push_back(element);
      rows.amount[c].push_back(amount);
    }
  }
  return rows;
}

/// Looks for a choice that covers all rows wholly. Their weights are free: what is left uncovered
/// is given more, time and again (multiplicative weights, as Udwani, NeurIPS 2018, for several
/// submodular functions at once), until all is covered, or with some weights not even the bound is.
Search::Saturation Search::Saturate(CoverProblem rows) const {
  Saturation best;
  double most = -1.0;
  const std::vector<double> lacks = rows.weight;
  std::vector<std::int64_t> covered(lacks.size());
  for (int i = 0; i < kMostReweightings; ++i) {
    Placement choice = ChooseSites(rows, limits_, i % kExchangesEvery == kExchangesEvery - 1);
    const double total = std::accumulate(rows.weight.begin(), rows.weight.end(), 0.0);
    best.impossible = best.impossible || choice.bound < total * (1.0 - 1e-9);
    std::fill(covered.begin(), covered.end(), 0);
    for (const std::int32_t c : choice.chosen) {
      const auto candidate = static_cast<std::size_t>(c);
      for (std::size_t k = 0; k < rows.covers[candidate].size(); ++k) {
        covered[static_cast<std::size_t>(rows.covers[candidate][k])] += rows.amount[candidate][k];
      }
    }
    best.saturated = true;
    double sum = 0.0;
    for (std::size_t e = 0; e < lacks.size(); ++e) {
      const double share = static_cast<double>(std::min<std::int64_t>(covered[e], kNeed)) / kNeed;
      best.saturated = best.saturated && covered[e] >= kNeed;
      sum += lacks[e] * share;
      rows.weight[e] *= std::exp(-kReweighting * share) / total;
    }
    if (sum > most) {
      most = sum;
      best.choice = std::move(choice);
    }
    if (best.saturated || best.impossible) break;
  }
  return best;
}

/// Looks for a choice that reaches an aim; keeps the best of what it comes across.
bool Search::Reach(const Level& aim) {
  Tell();
  for (int round = 0; round < kMostRounds; ++round) {
    const auto [choice, saturated, impossible] = Saturate(Rows(aim));
    if (impossible) impossible_ = std::min(impossible_, aim);
    const std::size_t known = ways_.size();
    const Level level = Evaluate(choice.chosen, saturated ? &aim : nullptr);
    if (best_.level < level) best_ = {choice.chosen, level};
    if (!(level < aim)) return true;
    if (!saturated || ways_.size() == known) return false;
  }
  return false;
}

WarningPlacement Search::Run() {
  WarningPlacement placement;
  best_.level = Evaluate({}, nullptr);
  placement.before = best_.level.AsGuarantee();
  // Not even if everything were seen: a target is on its way first from the region's edge.
  impossible_ = {kSure, std::numeric_limits<double>::infinity()};
  double step_s = std::numeric_limits<double>::infinity();
  for (std::size_t a = 0; a < problem_.against.size(); ++a) {
    const std::vector<float> seen(problem_.against[a].exposure_per_s.size(), 1e6F);
    const Flyer& flyer = problem_.against[a].flyer;
    step_s = std::min(step_s, 0.5 * problem_.grid.cell_m / flyer.speed_mps);
    const std::vector<float> least =
        LeastExposure(problem_.grid, problem_.bands_agl_m, seen, flyer, kSure);
    for (const auto& time_s : times_s_[a]) {
      for (std::size_t node = 0; node < least.size(); ++node) {
        if (!std::isfinite(least[node])) continue;
        impossible_.time_s = std::min(impossible_.time_s, time_s[node % problem_.grid.size()]);
      }
    }
  }
  const auto by_exposure = [](const Level& low, const Level& high) -> std::optional<Level> {
    if (low.exposure >= kSure || high.exposure - low.exposure < kExposureStep) return {};
    return Level{0.5 * (low.exposure + high.exposure), 0.0};
  };
  const auto by_time = [&](const Level& low, const Level& high) -> std::optional<Level> {
    if (high.time_s - low.time_s < step_s) return {};
    return Level{kSure, 0.5 * (low.time_s + high.time_s)};
  };
  const bool in_time = !(best_.level < Level{kSure, 0.0}) || Reach({kSure, 0.0});
  const auto between = [&](const Level& low, const Level& high) {
    return in_time ? by_time(low, high) : by_exposure(low, high);
  };
  for (Level high = std::min(impossible_, in_time ? impossible_ : Level{kSure, 0.0});
       aims_ < kMostAims;) {
    const std::optional<Level> aim = between(best_.level, high);
    if (!aim) break;
    if (!Reach(*aim)) high = *aim;
  }
  // What cannot be proven impossible on the way to it may be, by all ways that are known now.
  for (Level low = best_.level;;) {
    const std::optional<Level> aim = between(low, impossible_);
    if (!aim) break;
    (Saturate(Rows(*aim)).impossible ? impossible_ : low) = *aim;
  }

  // What the choice does as well without is not needed.
  for (std::size_t i = best_.chosen.size(); i-- > 0;) {
    Outcome without = best_;
    without.chosen.erase(without.chosen.begin() + static_cast<std::ptrdiff_t>(i));
    without.level = Evaluate(without.chosen, nullptr);
    if (!(without.level < best_.level)) best_ = std::move(without);
  }
  placement.chosen = best_.chosen;
  for (const std::int32_t c : placement.chosen) {
    placement.cost += problem_.cost.empty() ? 1.0 : problem_.cost[static_cast<std::size_t>(c)];
  }
  placement.after = best_.level.AsGuarantee();
  placement.bound = std::max(impossible_, best_.level).AsGuarantee();
  return placement;
}

}  // namespace

CandidateExposures::CandidateExposures(std::size_t nodes, std::size_t candidates)
    : candidates_(candidates), upper_(nodes * candidates, 0) {}

void CandidateExposures::Set(std::size_t node, std::size_t candidate, double exposure_per_s) {
  PICKET_ASSERT(exposure_per_s >= 0.0, "exposure is not negative");
  constexpr double kMost = 1e30;
  const auto bits =
      std::bit_cast<std::uint32_t>(static_cast<float>(std::min(exposure_per_s, kMost)));
  const std::uint32_t up = (bits & 0xFFFFU) != 0 ? 1 : 0;
  upper_[node * candidates_ + candidate] = static_cast<std::uint16_t>((bits >> 16U) + up);
}

float CandidateExposures::At(std::size_t node, std::size_t candidate) const {
  return std::bit_cast<float>(static_cast<std::uint32_t>(upper_[node * candidates_ + candidate])
                              << 16U);
}

void CandidateExposures::Add(std::size_t node, double seconds, std::span<double> sums) const {
  for (std::size_t c = 0; c < candidates_; ++c) {
    sums[c] += seconds * static_cast<double>(At(node, c));
  }
}

WarningPlacement ChooseForWarning(const WarningProblem& problem, const PlacementLimits& limits,
                                  const std::function<void(int, int)>& tell) {
  return Search(problem, limits, tell).Run();
}

}  // namespace picket
