// SPDX-License-Identifier: Apache-2.0

/** What the network would see, as colours: levels of the service, pixels, places. */

/** Levels of a pixel: p_D of a look in percent, modelled; more by kMeasuredFrom, measured. */
export const kMeasuredFrom = 101;
const kOutside = 254;
const kUnknown = 255;
/** A p_D under this is a gap, percent. */
const kGapBelow = 50;

type Colour = [number, number, number, number];
export const kColours = {
  sure: [38, 132, 196, 150],
  fair: [139, 190, 205, 130],
  weak: [236, 168, 74, 110],
  blind: [178, 60, 23, 105],
  unknown: [150, 150, 160, 120],
  gained: [122, 255, 190, 190],
  lost: [255, 84, 214, 190],
} satisfies Record<string, Colour>;
export type Meaning = keyof typeof kColours;

export interface Probability {
  percent: number;
  measured: boolean;
}

/** What a level says; null: outside of the region, 'unknown': the ground or the sight is not. */
export function probabilityOf(level: number): Probability | 'unknown' | null {
  if (level === kOutside) return null;
  if (level === kUnknown) return 'unknown';
  const measured = level >= kMeasuredFrom;
  return { percent: measured ? level - kMeasuredFrom : level, measured };
}

/** What a pixel is to be shown as, now and then. */
export function meaningOf(now: number, then: number): Meaning | null {
  const before = probabilityOf(now);
  const after = probabilityOf(then);
  if (after === null) return null;
  const seen = (p: typeof before) => p !== null && p !== 'unknown' && p.percent >= kGapBelow;
  if (seen(after) && !seen(before)) return 'gained';
  if (seen(before) && !seen(after)) return 'lost';
  if (after === 'unknown') return 'unknown';
  const { percent } = after;
  return percent < 10 ? 'blind' : percent < kGapBelow ? 'weak' : percent < 90 ? 'fair' : 'sure';
}

/** All pairs of levels, as the bytes of a pixel in the order of this machine. */
const kTable: Uint32Array = (() => {
  const table = new Uint32Array(65536);
  const bytes = new Uint8Array(table.buffer);
  for (let now = 0; now < 256; ++now) {
    for (let then = 0; then < 256; ++then) {
      const meaning = meaningOf(now, then);
      if (meaning) bytes.set(kColours[meaning], 4 * (256 * now + then));
    }
  }
  return table;
})();

/** Paints levels; what is unknown or lost is hatched, so that nobody takes it for seen. */
export function paint(
  now: Uint8Array, then: Uint8Array, width: number, pixels: Uint8ClampedArray,
): void {
  const out = new Uint32Array(pixels.buffer, pixels.byteOffset, then.length);
  let column = 0;
  let row = 0;
  for (let i = 0; i < then.length; ++i) {
    const before = now[i] as number;
    const after = then[i] as number;
    const hatched = after === kUnknown && (column + row) % 6 < 2;
    out[i] = hatched ? 0 : (kTable[256 * before + after] as number);
    if (++column === width) {
      column = 0;
      ++row;
    }
  }
}

export type Corners = [number, number][];

const mercator = (lat_deg: number) => Math.asinh(Math.tan((lat_deg * Math.PI) / 180));

/** The pixel of a place in a picture that is rectangular in Web Mercator; -1: none. */
export function pixelAt(
  corners: Corners, width: number, height: number, lat_deg: number, lon_deg: number,
): number {
  const [nw, , se] = corners;
  if (!nw || !se) return -1;
  const x = Math.floor((width * (lon_deg - nw[0])) / (se[0] - nw[0]));
  const top = mercator(nw[1]);
  const y = Math.floor((height * (top - mercator(lat_deg))) / (top - mercator(se[1])));
  return x >= 0 && y >= 0 && x < width && y < height ? y * width + x : -1;
}
