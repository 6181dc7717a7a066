// SPDX-License-Identifier: Apache-2.0
#include "terrain/visibility_sweep.h"

#include <algorithm>
#include <cmath>

// Highway compiles this file once for each instruction set and chooses at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "terrain/visibility_sweep.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace picket::sweep::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Writes what cells see, from the horizons as they were before this column: the ray that ends in
/// a cell meets no line of the grid between the column before and the cell itself.
template <bool kMirrored>
void Look(const Octant& octant, const float* current, float* above_ground) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const float across = octant.across;
  const int last = octant.last_y();
  const auto rays_per_y = hn::Set(d, static_cast<float>(octant.rays) / across);
  const auto x_m = hn::Set(d, across * octant.cell_m);
  const auto y0 = hn::Set(d, octant.y0);
  const auto zero = hn::Zero(d);
  const auto last_ray = hn::Set(di, octant.rays);
  const float* horizon = octant.horizon.get();
  for (int y = octant.first_y(); y <= last; y += lanes) {
    const auto dy = hn::Sub(hn::ConvertTo(d, hn::Iota(di, y)), y0);
    const auto ray = hn::Max(hn::Mul(dy, rays_per_y), zero);
    const auto below = hn::Min(hn::ConvertTo(di, ray), last_ray);  // towards zero: its floor
    const auto share = hn::Sub(ray, hn::ConvertTo(d, below));
    const auto a = hn::GatherIndex(d, horizon, below);
    const auto b = hn::GatherIndex(d, horizon + 1, below);
    const auto higher = hn::IfThenElse(hn::Gt(share, zero), hn::Max(a, b), a);
    const auto h = octant.pessimistic ? higher : hn::Add(a, hn::Mul(share, hn::Sub(b, a)));
    const auto needed = hn::Mul(h, x_m);
    if constexpr (kMirrored) {
      const int at = -y - (lanes - 1);
      const auto ground = hn::Reverse(d, hn::LoadU(d, current + at));
      hn::StoreU(hn::Reverse(d, hn::Max(hn::Sub(needed, ground), zero)), d, above_ground + at);
    } else {
      const auto ground = hn::LoadU(d, current + y);
      hn::StoreU(hn::Max(hn::Sub(needed, ground), zero), d, above_ground + y);
    }
  }
}

template <bool kMirrored, bool kFirst>
void Pass(Octant& octant, const float* previous, const float* current) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const int rays = octant.rays_here;
  const auto y0 = hn::Set(d, octant.y0);
  const auto vx = hn::Set(d, octant.across);
  const auto per_x_m = hn::Set(d, 1.0F / (octant.across * octant.cell_m));
  const auto last_lane = hn::Set(di, lanes - 1);
  // Added to a small whole number, this leaves it in the last bits.
  const auto magic = hn::Set(d, 8388608.0F);
  const auto magic_bits = hn::BitCast(di, magic);
  const float* slopes = octant.slope.get();
  const float* run_per_rise = octant.run_per_rise.get();
  const float* per_row = octant.per_row_m.data() + kMargin;
  float* horizon = octant.horizon.get();
  for (int k = 0; k <= rays; k += lanes) {
    const auto slope = hn::Load(d, slopes + k);
    const auto y = hn::Add(y0, hn::Mul(slope, vx));
    const auto below = hn::Floor(y);
    const auto f = hn::Sub(y, below);
    // Neighbouring rays lie so near to each other that as many as fit into a vector touch at most
    // as many nodes: a load and a shuffle do for a gather.
    const float base = hn::GetLane(below);
    const auto offset =
        hn::Sub(hn::BitCast(di, hn::Add(hn::Sub(below, hn::Set(d, base)), magic)), magic_bits);
    const auto up = hn::IndicesFromVec(d, offset);
    const auto lane = kMirrored ? hn::IndicesFromVec(d, hn::Sub(last_lane, offset)) : up;
    const int node = static_cast<int>(base);
    const int at = kMirrored ? -node - (lanes - 1) : node;
    const auto z0 = hn::TableLookupLanes(hn::LoadU(d, current + at), lane);
    const auto z1 = hn::TableLookupLanes(hn::LoadU(d, current + at + (kMirrored ? -1 : 1)), lane);
    const auto z2 = hn::TableLookupLanes(hn::LoadU(d, previous + at), lane);
    const auto per_y_m = hn::TableLookupLanes(hn::LoadU(d, per_row + node), up);

    // The crossing with this column ...
    const auto z = hn::Add(z0, hn::Mul(f, hn::Sub(z1, z0)));
    const auto at_column = hn::Mul(z, per_x_m);
    // ... and with the row passed on the way from the column before (to the first column: from the
    // viewpoint). There is at most one, for no slope is over 1. Where rounding leaves in doubt on
    // which side of that column it lies, it lies on it: its own crossing is the same.
    const auto passed = hn::Lt(f, kFirst ? hn::Mul(slope, vx) : slope);
    const auto back = hn::Mul(f, hn::Load(d, run_per_rise + k));
    const auto z_row = hn::Add(z0, hn::Mul(back, hn::Sub(z2, z0)));
    const auto at_row = hn::Mul(z_row, hn::Mul(slope, per_y_m));
    const auto seen = hn::Max(hn::Load(d, horizon + k), at_column);
    hn::Store(hn::IfThenElse(passed, hn::Max(seen, at_row), seen), d, horizon + k);
  }
}

template <bool kMirrored>
void AdvanceTo(Octant& octant, const float* previous, const float* current, float* above_ground) {
  Look<kMirrored>(octant, current, above_ground);
  if (octant.first) {
    Pass<kMirrored, true>(octant, previous, current);
  } else {
    Pass<kMirrored, false>(octant, previous, current);
  }
}

void AdvanceOctant(Octant& octant, const float* previous, const float* current,
                   float* above_ground) {
  if (octant.mirrored) {
    AdvanceTo<true>(octant, previous, current, above_ground);
  } else {
    AdvanceTo<false>(octant, previous, current, above_ground);
  }
}

/// out[i * out_pitch + j] = in[j * in_pitch + i] - (by_row[j] + by_column[i]), for i < 16 and
/// j < count.
void Transpose16(const float* in, std::ptrdiff_t in_pitch, int count, const float* by_row,
                 const float* by_column, float* out, std::ptrdiff_t out_pitch) {
  int j = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::Full128<float> d;
  for (; j + 4 <= count; j += 4) {
    const float* from = in + j * in_pitch;
    for (int i = 0; i < kColumnsAtOnce; i += 4) {
      const auto less = hn::LoadU(d, by_column + i);
      const auto a = hn::Sub(hn::LoadU(d, from + i), hn::Add(hn::Set(d, by_row[j]), less));
      const auto b =
          hn::Sub(hn::LoadU(d, from + in_pitch + i), hn::Add(hn::Set(d, by_row[j + 1]), less));
      const auto c =
          hn::Sub(hn::LoadU(d, from + 2 * in_pitch + i), hn::Add(hn::Set(d, by_row[j + 2]), less));
      const auto e =
          hn::Sub(hn::LoadU(d, from + 3 * in_pitch + i), hn::Add(hn::Set(d, by_row[j + 3]), less));
      const auto ab_low = hn::InterleaveLower(d, a, b);
      const auto ab_high = hn::InterleaveUpper(d, a, b);
      const auto ce_low = hn::InterleaveLower(d, c, e);
      const auto ce_high = hn::InterleaveUpper(d, c, e);
      float* to = out + i * out_pitch + j;
      hn::StoreU(hn::ConcatLowerLower(d, ce_low, ab_low), d, to);
      hn::StoreU(hn::ConcatUpperUpper(d, ce_low, ab_low), d, to + out_pitch);
      hn::StoreU(hn::ConcatLowerLower(d, ce_high, ab_high), d, to + 2 * out_pitch);
      hn::StoreU(hn::ConcatUpperUpper(d, ce_high, ab_high), d, to + 3 * out_pitch);
    }
  }
#endif
  for (; j < count; ++j) {
    for (int i = 0; i < kColumnsAtOnce; ++i) {
      out[i * out_pitch + j] = in[j * in_pitch + i] - (by_row[j] + by_column[i]);
    }
  }
}

/// The same towards rows: out[j * out_pitch + i] = in[i * in_pitch + j].
void TransposeBack16(const float* in, std::ptrdiff_t in_pitch, int count, float* out,
                     std::ptrdiff_t out_pitch) {
  int j = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::Full128<float> d;
  for (; j + 4 <= count; j += 4) {
    for (int i = 0; i < kColumnsAtOnce; i += 4) {
      const float* from = in + i * in_pitch + j;
      const auto a = hn::LoadU(d, from);
      const auto b = hn::LoadU(d, from + in_pitch);
      const auto c = hn::LoadU(d, from + 2 * in_pitch);
      const auto e = hn::LoadU(d, from + 3 * in_pitch);
      const auto ab_low = hn::InterleaveLower(d, a, b);
      const auto ab_high = hn::InterleaveUpper(d, a, b);
      const auto ce_low = hn::InterleaveLower(d, c, e);
      const auto ce_high = hn::InterleaveUpper(d, c, e);
      float* to = out + j * out_pitch + i;
      hn::StoreU(hn::ConcatLowerLower(d, ce_low, ab_low), d, to);
      hn::StoreU(hn::ConcatUpperUpper(d, ce_low, ab_low), d, to + out_pitch);
      hn::StoreU(hn::ConcatLowerLower(d, ce_high, ab_high), d, to + 2 * out_pitch);
      hn::StoreU(hn::ConcatUpperUpper(d, ce_high, ab_high), d, to + 3 * out_pitch);
    }
  }
#endif
  for (; j < count; ++j) {
    for (int i = 0; i < kColumnsAtOnce; ++i) out[j * out_pitch + i] = in[i * in_pitch + j];
  }
}

bool AnyNanIn(const float* values, std::ptrdiff_t count) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::ptrdiff_t>(hn::Lanes(d));
  auto sum = hn::Zero(d);
  std::ptrdiff_t i = 0;
  // Zero times a height is a NaN only of a NaN (and of an infinity, which is no height either).
  for (; i + lanes <= count; i += lanes) {
    sum = hn::Add(sum, hn::Mul(hn::LoadU(d, values + i), hn::Zero(d)));
  }
  bool any = !hn::AllTrue(d, hn::Eq(sum, hn::Zero(d)));
  for (; i < count; ++i) any = any || values[i] != values[i];
  return any;
}

}  // namespace picket::sweep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace picket::sweep {
namespace {

/// For each cell of the border. Over 1, so that a vector of rays touches no more nodes than it has
/// lanes; two keep the mean error of the minimum visible height under 0.2 m (docs/plan.md).
constexpr double kRaysPerCell = 2.0;
constexpr float kNoHorizon = -1e30F;  // nothing seen yet

}  // namespace

HWY_EXPORT(AdvanceOctant);
HWY_EXPORT(Transpose16);
HWY_EXPORT(TransposeBack16);
HWY_EXPORT(AnyNanIn);

void CopyColumns(const float* in, std::ptrdiff_t in_pitch, int count, const float* by_row,
                 const float* by_column, float* out, std::ptrdiff_t out_pitch) {
  HWY_DYNAMIC_DISPATCH(Transpose16)(in, in_pitch, count, by_row, by_column, out, out_pitch);
}

void CopyBack(const float* in, std::ptrdiff_t in_pitch, int count, float* out,
              std::ptrdiff_t out_pitch) {
  HWY_DYNAMIC_DISPATCH(TransposeBack16)(in, in_pitch, count, out, out_pitch);
}

bool AnyNan(const float* values, std::ptrdiff_t count) {
  return HWY_DYNAMIC_DISPATCH(AnyNanIn)(values, count);
}

Octant::Octant(double x_offset, double y_offset, bool is_mirrored, int cells, double radius_cells,
               double cell_size_m, bool is_pessimistic)
    : x0(static_cast<float>(x_offset)),
      y0(static_cast<float>(y_offset)),
      mirrored(is_mirrored),
      pessimistic(is_pessimistic),
      radius(static_cast<float>(radius_cells)),
      cell_m(static_cast<float>(cell_size_m)),
      rays(static_cast<int>(std::ceil(kRaysPerCell * (cells + 1)))),
      per_row_m(static_cast<std::size_t>(cells) + 3 + 2 * kMargin, 0.0F),
      first_y_(static_cast<int>(std::ceil(y0))) {
  const std::size_t size = static_cast<std::size_t>(rays) + 1 + kMargin;
  for (auto* values : {&horizon, &slope, &run_per_rise}) {
    *values = hwy::AllocateAligned<float>(size);
    std::fill_n(values->get(), size, 0.0F);
  }
  std::fill_n(horizon.get(), size, kNoHorizon);
  for (int k = 0; k <= rays; ++k) {
    const double s = static_cast<double>(k) / rays;
    slope[k] = static_cast<float>(s);
    run_per_rise[k] = k > 0 ? static_cast<float>(1.0 / s) : 0.0F;
  }
  for (int y = static_cast<int>(std::floor(y0)) + 1; y <= cells + 1; ++y) {
    const double rise_m = (y - y_offset) * cell_size_m;
    per_row_m[static_cast<std::size_t>(y) + kMargin] = static_cast<float>(1.0 / rise_m);
  }
}

void Octant::Enter(int x) {
  first = across == 0.0F;
  across = static_cast<float>(x) - x0;
  const float rise2 = radius * radius - across * across;
  const float rise = rise2 < 0.0F ? -1.0F : std::min(across, std::sqrt(rise2));
  last_y_ = static_cast<int>(std::floor(y0 + rise));
  // The rays on both sides of the last node.
  const float last_ray = rise / across * static_cast<float>(rays);
  rays_here = std::min(rays, static_cast<int>(last_ray) + 2);
}

void Octant::Advance(const float* previous, const float* current, float* above_ground) {
  HWY_DYNAMIC_DISPATCH(AdvanceOctant)(*this, previous, current, above_ground);
}

}  // namespace picket::sweep
#endif
