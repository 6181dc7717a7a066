// SPDX-License-Identifier: Apache-2.0
#include "terrain/visibility_sweep.h"

#include <hwy/cache_control.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

// Highway compiles this file once for each instruction set and chooses at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "terrain/visibility_sweep.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace picket::sweep::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// As many lanes as a group has rays, or fewer.
using Floats = hn::CappedTag<float, kRaysAtOnce>;

/// values[at] and values[at + 1], for each lane of `at`.
template <class I, class V>
void GatherBoth(const float* values, I at, V& first, V& second) {
  const hn::DFromV<V> d;
#if HWY_MAX_BYTES >= 32
  // Both of a lane with one look into the memory.
  const hn::Repartition<std::int64_t, decltype(d)> d2;
  const auto* from = reinterpret_cast<const std::int64_t*>(values);
  const auto both = [&](auto half) {
    return hn::BitCast(d, hn::GatherOffset(d2, from, hn::ShiftLeft<2>(hn::PromoteTo(d2, half))));
  };
  const hn::DFromV<I> di;
  const auto low = both(hn::LowerHalf(at));
  const auto high = both(hn::UpperHalf(hn::Half<decltype(di)>(), at));
  first = hn::ConcatEven(d, high, low);
  second = hn::ConcatOdd(d, high, low);
#else
  first = hn::GatherIndex(d, values, at);
  second = hn::GatherIndex(d, values + 1, at);
#endif
}

/// Writes what cells of a column see, from node y = `first` to `last`.
/// @param horizon  of each ray, as it was before this column: the ray that ends in a cell meets no
///                 line of the grid between the column before and the cell itself
/// @param put      given each vector of answers and where they go
template <bool kMirrored, bool kPessimistic, class Put>
void LookAt(const Octant& octant, const Octant::Column& column, int first, int last,
            const float* horizon, const float* ground, const Put& put) {
  const Floats d;
  const hn::RebindToSigned<decltype(d)> di;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto rays_per_y = hn::Set(d, static_cast<float>(octant.rays.last) / column.across);
  const auto x_m = hn::Set(d, column.across * octant.cell_m);
  const auto y0 = hn::Set(d, octant.y0);
  const auto zero = hn::Zero(d);
  const auto last_ray = hn::Set(d, static_cast<float>(octant.rays.last));
  // In the order of the memory: what is overwritten lies behind the last node, or before it if the
  // nodes are mirrored.
  for (int y = first; y <= last; y += lanes) {
    const int at = kMirrored ? -y - (lanes - 1) : y;
    const auto node = hn::ConvertTo(d, hn::Iota(di, at));
    const auto dy = hn::Sub(kMirrored ? hn::Neg(node) : node, y0);
    const auto ray = hn::Min(hn::Max(hn::Mul(dy, rays_per_y), zero), last_ray);
    const auto below = hn::ConvertTo(di, ray);  // towards zero: its floor
    const auto share = hn::Sub(ray, hn::ConvertTo(d, below));
    auto a = zero;
    auto b = zero;
    GatherBoth(horizon, below, a, b);
    const auto h = kPessimistic ? hn::IfThenElse(hn::Gt(share, zero), hn::Max(a, b), a)
                                : hn::Add(a, hn::Mul(share, hn::Sub(b, a)));
    const auto z = hn::LoadU(d, ground + at);
    const auto above = hn::Max(hn::Sub(hn::Mul(h, x_m), z), zero);
    put(hn::IfThenElse(hn::Eq(z, hn::Set(d, kUnknownM)), hn::NaN(d), above), at);
  }
}

template <bool kMirrored, bool kPessimistic>
void Look(const Octant& octant, const Octant::Column& column, const float* horizon,
          const float* ground, float* above_ground) {
  const Floats d;
  LookAt<kMirrored, kPessimistic>(
      octant, column, octant.first_y(), column.last_y, horizon, ground,
      [&](auto above, int at) { hn::StoreU(above, d, above_ground + at); });
}

/// Makes a NaN of what stands there where the answer is more than `tolerable_m` over it.
template <bool kMirrored, bool kPessimistic>
void LookDoubting(const Octant& octant, const Octant::Column& column, int first, int last,
                  const float* horizon, const float* ground, float tolerable_m,
                  float* above_ground) {
  const Floats d;
  const auto tolerable = hn::Set(d, tolerable_m);
  LookAt<kMirrored, kPessimistic>(
      octant, column, first, last, horizon, ground, [&](auto above, int at) {
        const auto low = hn::LoadU(d, above_ground + at);
        const auto doubted = hn::Gt(above, hn::Add(low, tolerable));
        hn::StoreU(hn::IfThenElse(doubted, hn::NaN(d), low), d, above_ground + at);
      });
}

/// Takes a group of rays over some columns, and keeps their horizons as they were before each.
/// @param lines  the ground along the column before the first, then along each
/// @returns the lowest horizon behind them
template <bool kMirrored>
float Pass(Octant& octant, int group, int from, int to, const float* lines, std::ptrdiff_t pitch) {
  const Floats d;
  const hn::RebindToSigned<decltype(d)> di;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto y0 = hn::Set(d, octant.y0);
  const auto last_lane = hn::Set(di, lanes - 1);
  // Added to a small whole number, this leaves it in the last bits.
  const auto magic = hn::Set(d, 8388608.0F);
  const auto magic_bits = hn::BitCast(di, magic);
  const float* per_row = octant.per_row_m.data() + kMargin;
  const int first = group * kRaysAtOnce;
  auto lowest = hn::Set(d, kEverything);
  for (int k = first; k < first + kRaysAtOnce; k += lanes) {
    const auto slope = hn::Load(d, octant.rays.slope.get() + k);
    const auto run_per_rise = hn::Load(d, octant.rays.run_per_rise.get() + k);
    auto horizon = hn::Load(d, octant.horizon.get() + k);
    float* before = octant.before.get() + k;
    const float* previous = lines;
    for (int i = from; i < to; ++i, previous += pitch, before += octant.before_pitch()) {
      const Octant::Column& column = octant.columns[i];
      const float* current = previous + pitch;
      hn::Store(horizon, d, before);
      const auto y = hn::Add(y0, hn::Mul(slope, hn::Set(d, column.across)));
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
      const auto at_column = hn::Mul(z, hn::Set(d, column.per_x_m));
      // ... and with the row passed on the way from the column before. There is at most one, for no
      // slope is over 1. Where rounding leaves in doubt on which side of that column it lies, it
      // lies on it: its own crossing is the same.
      const auto passed = hn::Lt(f, hn::Mul(slope, hn::Set(d, column.run)));
      const auto back = hn::Mul(f, run_per_rise);
      const auto z_row = hn::Add(z0, hn::Mul(back, hn::Sub(z2, z0)));
      const auto at_row = hn::Mul(z_row, hn::Mul(slope, per_y_m));
      const auto seen = hn::Max(horizon, at_column);
      horizon = hn::IfThenElse(passed, hn::Max(seen, at_row), seen);
    }
    hn::Store(horizon, d, octant.horizon.get() + k);
    lowest = hn::Min(lowest, horizon);
  }
  return hn::GetLane(hn::MinOfLanes(d, lowest));
}

/// Says for each group of rays by how much the steepest node that they pass between some columns
/// and the one before them may be over the lowest of their horizons; where it is not at all, none
/// of them changes. A crossing lies between two nodes, and is no steeper than the steeper one: z /
/// x has no maximum within a straight line.
template <bool kMirrored>
void Rises(Octant& octant, int groups, int from, int to, const float* lines, std::ptrdiff_t pitch) {
  const Floats d;
  const hn::RebindToSigned<decltype(d)> di;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const Octant::Column& first = octant.columns[from];
  const Octant::Column& last = octant.columns[to - 1];
  const int low = octant.lowest_node;
  const int high = static_cast<int>(std::floor(octant.y0 + last.across)) + 1;
  const int count = high - low + 1;
  const float* nodes = lines + (kMirrored ? -high : low);
  float* steepest = octant.steepest.get();
  const float per_x_before = 1.0F / ((first.across - 1.0F) * octant.cell_m);
  for (int j = 0; j < count + kWindow; j += lanes) {
    const float* z = nodes + j;
    auto s = hn::Mul(hn::LoadU(d, z), hn::Set(d, per_x_before));
    for (int i = from; i < to; ++i) {
      z += pitch;
      s = hn::Max(s, hn::Mul(hn::LoadU(d, z), hn::Set(d, octant.columns[i].per_x_m)));
    }
    hn::Store(s, d, steepest + j);
  }
  // Of each node and the kWindow - 1 behind it.
  for (int step = 1; step < kWindow; step *= 2) {
    for (int j = 0; j < count + kWindow - step; j += lanes) {
      hn::Store(hn::Max(hn::Load(d, steepest + j), hn::LoadU(d, steepest + j + step)), d,
                steepest + j);
    }
  }
  const auto y0 = hn::Set(d, octant.y0);
  const auto first_across = hn::Set(d, first.across);
  const auto last_across = hn::Set(d, last.across);
  const auto slack = hn::Set(d, kSlackM * per_x_before);
  const auto relative = hn::Set(d, kSlack);
  const auto zero = hn::Zero(di);
  for (int g = 0; g < groups; g += lanes) {
    const auto node = [&](const float* slope, auto across) {
      return hn::Sub(
          hn::ConvertTo(di, hn::Floor(hn::Add(y0, hn::Mul(hn::Load(d, slope + g), across)))),
          hn::Set(di, low));
    };
    auto begin = node(octant.rays.group_low.get(), first_across);
    auto end = hn::Add(node(octant.rays.group_high.get(), last_across), hn::Set(di, 1));
    if constexpr (kMirrored) {
      const auto swapped = hn::Sub(hn::Set(di, count - 1), end);
      end = hn::Sub(hn::Set(di, count - 1), begin);
      begin = swapped;
    }
    const auto bound = hn::Max(
        hn::GatherIndex(d, steepest, hn::Max(begin, zero)),
        hn::GatherIndex(d, steepest, hn::Max(hn::Sub(end, hn::Set(di, kWindow - 1)), zero)));
    const auto most = hn::Add(bound, hn::Add(slack, hn::Mul(hn::Abs(bound), relative)));
    hn::Store(hn::Sub(most, hn::Load(d, octant.group_horizon.get() + g)), d,
              octant.group_rise.get() + g);
  }
}

/// Takes all rays over some columns.
/// @returns the groups that matter there
template <bool kMirrored>
int PassAll(Octant& octant, int count, const float* lines, std::ptrdiff_t pitch) {
  const int groups = octant.columns[0].last_ray / kRaysAtOnce + 1;
  if (octant.begun) {
    Rises<kMirrored>(octant, groups, 0, count, lines, pitch);
  } else {  // no ray has a horizon yet
    std::fill_n(octant.group_rise.get(), groups, 1.0F);
    octant.begun = true;
  }
  const Floats d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int group = 0; group < groups; ++group) {
    if (octant.group_rise[group] > 0.0F) {
      octant.group_horizon[group] = Pass<kMirrored>(octant, group, 0, count, lines, pitch);
      octant.group_passed[group] = true;
      continue;
    }
    if (!octant.group_passed[group]) continue;  // what was kept of it holds
    octant.group_passed[group] = false;
    for (int k = group * kRaysAtOnce; k < (group + 1) * kRaysAtOnce; k += lanes) {
      const auto horizon = hn::Load(d, octant.horizon.get() + k);
      for (int i = 0; i < kColumnsAtOnce; ++i) {
        hn::Store(horizon, d, octant.before.get() + i * octant.before_pitch() + k);
      }
    }
  }
  return groups;
}

template <bool kMirrored>
void AdvanceTo(Octant& octant, int count, const float* lines, std::ptrdiff_t pitch,
               float* above_ground) {
  PassAll<kMirrored>(octant, count, lines, pitch);
  const auto look = octant.pessimistic ? Look<kMirrored, true> : Look<kMirrored, false>;
  for (int i = 0; i < count; ++i) {
    look(octant, octant.columns[i], octant.before.get() + i * octant.before_pitch(),
         lines + (i + 1) * pitch, above_ground + i * pitch);
  }
}

void AdvanceOctant(Octant& octant, int count, const float* lines, std::ptrdiff_t pitch,
                   float* above_ground) {
  if (octant.mirrored) {
    AdvanceTo<true>(octant, count, lines, pitch, above_ground);
  } else {
    AdvanceTo<false>(octant, count, lines, pitch, above_ground);
  }
}

/// Whether a group of rays has other horizons in one octant than in another one.
bool Differ(const float* a, const float* b, int group) {
  const Floats d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int k = group * kRaysAtOnce; k < (group + 1) * kRaysAtOnce; k += lanes) {
    if (!hn::AllTrue(d, hn::Eq(hn::Load(d, a + k), hn::Load(d, b + k)))) return true;
  }
  return false;
}

template <bool kMirrored>
bool DoubtTo(Octant& octant, const Octant& low, int count, const float* lines, std::ptrdiff_t pitch,
             float tolerable_m, float* above_ground) {
  const int groups = PassAll<kMirrored>(octant, count, lines, pitch);
  const std::ptrdiff_t rays = octant.before_pitch();
  const auto differ = [&](int group) {
    for (int i = 0; i < count; ++i) {
      if (Differ(octant.before.get() + i * rays, low.before.get() + i * rays, group)) return true;
    }
    return false;
  };
  const auto look =
      octant.pessimistic ? LookDoubting<kMirrored, true> : LookDoubting<kMirrored, false>;
  bool any = false;
  for (int begin = 0; begin < groups; ++begin) {
    any = any || Differ(octant.horizon.get(), low.horizon.get(), begin);
    if (!differ(begin)) continue;
    int end = begin + 1;
    for (; end < groups && differ(end); ++end) {
      any = any || Differ(octant.horizon.get(), low.horizon.get(), end);
    }
    // The nodes that lie between such rays or beside one, and not fewer by rounding.
    for (int i = 0; i < count; ++i) {
      const Octant::Column& column = octant.columns[i];
      const float per_ray = column.across / static_cast<float>(octant.rays.last);
      const auto y = [&](int ray) { return octant.y0 + static_cast<float>(ray) * per_ray; };
      const int first = static_cast<int>(std::floor(y(begin * kRaysAtOnce - 1)));
      const int last = static_cast<int>(std::ceil(y(end * kRaysAtOnce)));
      look(octant, column, std::max(first, octant.first_y()), std::min(last, column.last_y),
           octant.before.get() + i * rays, lines + (i + 1) * pitch, tolerable_m,
           above_ground + i * pitch);
    }
    begin = end;
  }
  return any;
}

bool DoubtOctant(Octant& octant, const Octant& low, int count, const float* lines,
                 std::ptrdiff_t pitch, float tolerable_m, float* above_ground) {
  return octant.mirrored
             ? DoubtTo<true>(octant, low, count, lines, pitch, tolerable_m, above_ground)
             : DoubtTo<false>(octant, low, count, lines, pitch, tolerable_m, above_ground);
}

/// Of the four rows that come after the next few: they lie too far apart for the processor to
/// foresee them.
HWY_INLINE void PrefetchRows(const float* row, std::ptrdiff_t pitch, int rows) {
  constexpr int kAhead = 16;
  if (rows < kAhead + 4) return;
  for (int j = kAhead; j < kAhead + 4; ++j) {
    hwy::Prefetch(row + j * pitch);
    hwy::Prefetch(row + j * pitch + (kColumnsAtOnce - 1));
  }
}

/// For NaN kUnknownM.
template <class V>
HWY_INLINE V Known(V z) {
  const hn::DFromV<V> d;
  return hn::IfThenElse(hn::Eq(z, z), z, hn::Set(d, kUnknownM));
}

/// out[i * out_pitch + j] = Known(in[j * in_pitch + i] - (by_row[j] + by_column[i])), for i < 16
/// and j < count.
void Transpose16(const float* in, std::ptrdiff_t in_pitch, int count, const float* by_row,
                 const float* by_column, float* out, std::ptrdiff_t out_pitch) {
  int j = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::Full128<float> d;
  for (; j + 4 <= count; j += 4) {
    const float* from = in + j * in_pitch;
    PrefetchRows(from, in_pitch, count - j);
    for (int i = 0; i < kColumnsAtOnce; i += 4) {
      const auto less = hn::LoadU(d, by_column + i);
      const auto row = [&](int k) {
        return Known(hn::Sub(hn::LoadU(d, from + k * in_pitch + i),
                             hn::Add(hn::Set(d, by_row[j + k]), less)));
      };
      const auto a = row(0);
      const auto b = row(1);
      const auto c = row(2);
      const auto e = row(3);
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
      const float z = in[j * in_pitch + i] - (by_row[j] + by_column[i]);
      out[i * out_pitch + j] = std::isnan(z) ? kUnknownM : z;
    }
  }
}

/// The same towards rows: out[j * out_pitch + i] = in[i * in_pitch + j]; with kLower only where
/// that is lower than what stands there.
template <bool kLower>
void TransposeBackTo(const float* in, std::ptrdiff_t in_pitch, int count, float* out,
                     std::ptrdiff_t out_pitch) {
  int j = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::Full128<float> d;
  const auto put = [&](auto seen, float* to) {
    if constexpr (kLower) {
      const auto was = hn::LoadU(d, to);
      hn::StoreU(hn::IfThenElse(hn::Lt(seen, was), seen, was), d, to);
    } else {
      hn::StoreU(seen, d, to);
    }
  };
  for (; j + 4 <= count; j += 4) {
    PrefetchRows(out + j * out_pitch, out_pitch, count - j);
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
      put(hn::ConcatLowerLower(d, ce_low, ab_low), to);
      put(hn::ConcatUpperUpper(d, ce_low, ab_low), to + out_pitch);
      put(hn::ConcatLowerLower(d, ce_high, ab_high), to + 2 * out_pitch);
      put(hn::ConcatUpperUpper(d, ce_high, ab_high), to + 3 * out_pitch);
    }
  }
#endif
  for (; j < count; ++j) {
    for (int i = 0; i < kColumnsAtOnce; ++i) {
      const float seen = in[i * in_pitch + j];
      float& into = out[j * out_pitch + i];
      into = kLower && !(seen < into) ? into : seen;
    }
  }
}

void TransposeBack16(const float* in, std::ptrdiff_t in_pitch, int count, float* out,
                     std::ptrdiff_t out_pitch, bool lower) {
  if (lower) {
    TransposeBackTo<true>(in, in_pitch, count, out, out_pitch);
  } else {
    TransposeBackTo<false>(in, in_pitch, count, out, out_pitch);
  }
}

/// out[i] = Known(in[i] - (by_node[i] + by_line)), for i < count
void CopyLine(const float* in, int count, const float* by_node, float by_line, float* out) {
  const hn::ScalableTag<float> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto drop = hn::Set(d, by_line);
  int i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto less = hn::Add(hn::LoadU(d, by_node + i), drop);
    hn::StoreU(Known(hn::Sub(hn::LoadU(d, in + i), less)), d, out + i);
  }
  for (; i < count; ++i) {
    const float z = in[i] - (by_node[i] + by_line);
    out[i] = std::isnan(z) ? kUnknownM : z;
  }
}

void LowerLine(const float* other, std::ptrdiff_t count, float* lowest) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::ptrdiff_t>(hn::Lanes(d));
  std::ptrdiff_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto seen = hn::LoadU(d, other + i);
    const auto was = hn::LoadU(d, lowest + i);
    hn::StoreU(hn::IfThenElse(hn::Lt(seen, was), seen, was), d, lowest + i);
  }
  for (; i < count; ++i) lowest[i] = other[i] < lowest[i] ? other[i] : lowest[i];
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

int RoundUp(int count) { return (count + kRaysAtOnce - 1) / kRaysAtOnce * kRaysAtOnce; }

hwy::AlignedFreeUniquePtr<float[]> Filled(int count, float value) {
  auto values = hwy::AllocateAligned<float>(static_cast<std::size_t>(count));
  std::fill_n(values.get(), count, value);
  return values;
}

}  // namespace

HWY_EXPORT(AdvanceOctant);
HWY_EXPORT(Transpose16);
HWY_EXPORT(TransposeBack16);
HWY_EXPORT(CopyLine);
HWY_EXPORT(LowerLine);
HWY_EXPORT(DoubtOctant);
HWY_EXPORT(AnyNanIn);

void CopyColumns(const float* in, std::ptrdiff_t in_pitch, int count, const float* by_row,
                 const float* by_column, float* out, std::ptrdiff_t out_pitch) {
  HWY_DYNAMIC_DISPATCH(Transpose16)(in, in_pitch, count, by_row, by_column, out, out_pitch);
}

void CopyBack(const float* in, std::ptrdiff_t in_pitch, int count, float* out,
              std::ptrdiff_t out_pitch, bool lower) {
  HWY_DYNAMIC_DISPATCH(TransposeBack16)(in, in_pitch, count, out, out_pitch, lower);
}

void CopyRow(const float* in, int count, const float* by_column, float by_row, float* out) {
  HWY_DYNAMIC_DISPATCH(CopyLine)(in, count, by_column, by_row, out);
}

void Lower(const float* other, std::ptrdiff_t count, float* lowest) {
  HWY_DYNAMIC_DISPATCH(LowerLine)(other, count, lowest);
}

bool AnyNan(const float* values, std::ptrdiff_t count) {
  return HWY_DYNAMIC_DISPATCH(AnyNanIn)(values, count);
}

Rays::Rays(int cells)
    : last(static_cast<int>(std::ceil(kRaysPerCell * (cells + 1)))),
      size(RoundUp(last + 2)),
      groups(RoundUp(size / kRaysAtOnce)),
      slope(Filled(size, 0.0F)),
      run_per_rise(Filled(size, 0.0F)),
      group_low(Filled(groups, 1.0F)),
      group_high(Filled(groups, 1.0F)) {
  for (int k = 0; k <= last; ++k) {
    const double s = static_cast<double>(k) / last;
    slope[k] = static_cast<float>(s);
    run_per_rise[k] = k > 0 ? static_cast<float>(1.0 / s) : 0.0F;
  }
  for (int k = 0; k <= last; k += kRaysAtOnce) {
    group_low[k / kRaysAtOnce] = slope[k];
    group_high[k / kRaysAtOnce] = slope[std::min(k + kRaysAtOnce - 1, last)];
  }
}

Octant::Octant(const Rays& of_rays, double x_offset, double y_offset, bool is_mirrored, int cells,
               double radius_cells, double cell_size_m, bool is_pessimistic)
    : rays(of_rays),
      x0(static_cast<float>(x_offset)),
      y0(static_cast<float>(y_offset)),
      mirrored(is_mirrored),
      pessimistic(is_pessimistic),
      radius(static_cast<float>(radius_cells)),
      cell_m(static_cast<float>(cell_size_m)),
      lowest_node(static_cast<int>(std::floor(y0))),
      // Behind the last ray there is nothing that could rise.
      horizon(Filled(rays.size, kEverything)),
      before(hwy::AllocateAligned<float>(static_cast<std::size_t>(rays.size) * kColumnsAtOnce)),
      group_horizon(Filled(rays.groups, kNoHorizon)),
      group_rise(Filled(rays.groups, 0.0F)),
      group_passed(static_cast<std::size_t>(rays.groups), true),
      steepest(Filled(RoundUp(cells + 4 + 3 * kWindow), 0.0F)),
      per_row_m(static_cast<std::size_t>(cells) + 3 + 2 * kMargin, 0.0F),
      first_y_(static_cast<int>(std::ceil(y0))) {
  std::fill_n(horizon.get(), rays.last + 1, kNoHorizon);
  for (int y = static_cast<int>(std::floor(y0)) + 1; y <= cells + 1; ++y) {
    const double rise_m = (y - y_offset) * cell_size_m;
    per_row_m[static_cast<std::size_t>(y) + kMargin] = static_cast<float>(1.0 / rise_m);
  }
}

void Octant::Follow(const Octant& other) {
  std::copy_n(other.horizon.get(), rays.size, horizon.get());
  std::copy_n(other.group_horizon.get(), rays.groups, group_horizon.get());
  group_passed.assign(group_passed.size(), true);  // nothing is kept
  begun = other.begun;
}

void Octant::Enter(int x, int count) {
  for (int i = 0; i < count; ++i) {
    Column& column = columns[i];
    column.across = static_cast<float>(x + i) - x0;
    // To the first column: from the viewpoint.
    column.run = begun || i > 0 ? 1.0F : column.across;
    column.per_x_m = 1.0F / (column.across * cell_m);
    const float rise2 = radius * radius - column.across * column.across;
    const float rise = rise2 < 0.0F ? -1.0F : std::min(column.across, std::sqrt(rise2));
    column.last_y = static_cast<int>(std::floor(y0 + rise));
    // The rays on both sides of the last node.
    const float last = rise / column.across * static_cast<float>(rays.last);
    column.last_ray = std::min(rays.last, static_cast<int>(last) + 2);
  }
}

void Octant::Advance(int x, int count, const float* lines, std::ptrdiff_t pitch,
                     float* above_ground) {
  Enter(x, count);
  HWY_DYNAMIC_DISPATCH(AdvanceOctant)(*this, count, lines, pitch, above_ground);
}

bool Octant::Doubt(const Octant& low, int x, int count, const float* lines, std::ptrdiff_t pitch,
                   float tolerable_m, float* above_ground) {
  Enter(x, count);
  return HWY_DYNAMIC_DISPATCH(DoubtOctant)(*this, low, count, lines, pitch, tolerable_m,
                                           above_ground);
}

}  // namespace picket::sweep
#endif
