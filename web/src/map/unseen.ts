// SPDX-License-Identifier: Apache-2.0

/** Where targets may be that nobody has seen, as colours. */

import type { Unseen } from '../api';

/** Expected number per 100 km2 where the colours begin and end; one decade is a quarter of them. */
export const kLeast = 1e-4;
export const kMost = 1;
const kDecades = Math.log10(kMost / kLeast);
/** A level of the service spans this many decades over its 254 steps. */
const kLevelDecades = 4;

/** Colour of a number per 100 km2: red, green, blue, opacity; each 0 to 255. */
export function unseenColour(per_100km2: number): [number, number, number, number] {
  const share = Math.log10(per_100km2 / kLeast) / kDecades;
  const s = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));
  // From a dark violet to a light one: no colour of an alert.
  const mix = (from: number, to: number) => Math.round(from + s * (to - from));
  return [mix(96, 236), mix(60, 205), mix(180, 255), Math.round(200 * s)];
}

/** The grid as pixels, row by row from the north-west; null if it is not whole. */
export function unseenPixels(unseen: Unseen): Uint8ClampedArray<ArrayBuffer> | null {
  const { side, cell_m, most, levels } = unseen;
  if (!Number.isInteger(side) || side < 1 || levels.length !== 2 * side * side) return null;
  const pixels = new Uint8ClampedArray(4 * side * side);
  const per_100km2 = most / (cell_m / 1e4) ** 2;
  for (let row = 0; row < side; ++row) {
    for (let column = 0; column < side; ++column) {
      const at = 2 * (row * side + column);
      const level = parseInt(levels.slice(at, at + 2), 16);
      if (!(level > 0)) continue;
      const here = per_100km2 * 10 ** ((-kLevelDecades * (255 - level)) / 254);
      pixels.set(unseenColour(here), 4 * ((side - 1 - row) * side + column));
    }
  }
  return pixels;
}
