// SPDX-License-Identifier: Apache-2.0

/** The map's class symbols, small, for tables and panels. */

import type { ClassStyle, Shape } from '../classes';

const kPaths: Record<Shape, string> = {
  fixed_wing: 'M0-8 6.5 6 0 3.5-6.5 6Z',
  drone: 'M0-7.5 5.5 6H-5.5Z',
  aircraft: 'M0-8 1.5-3 8 1.5V3L1.5 1.8 1.2 5.2 3 7V8L0 7.2-3 8V7L-1.2 5.2-1.5 1.8-8 3V1.5L-1.5-3Z',
  bird: 'M0-2.5 2.5-4.5 8-.5 3-1.5 0 3.5-3-1.5-8-.5-2.5-4.5Z',
  multirotor:
    'M-6.8-4.2a2.6 2.6 0 1 0 5.2 0 2.6 2.6 0 1 0-5.2 0ZM1.6-4.2a2.6 2.6 0 1 0 5.2 0 2.6 2.6 0 1 '
    + '0-5.2 0ZM-6.8 4.2a2.6 2.6 0 1 0 5.2 0 2.6 2.6 0 1 0-5.2 0ZM1.6 4.2a2.6 2.6 0 1 0 5.2 0 2.6 '
    + '2.6 0 1 0-5.2 0ZM-2-2H2V2H-2Z',
  other: 'M0-5 4 0 0 5-4 0Z',
  unknown: 'M0-8 5 1.5 0 6-5 1.5Z',
};

export function Glyph({ style, claim }: { style: ClassStyle; claim: boolean }) {
  const paint = claim
    ? { fill: 'none', stroke: style.colour, 'stroke-width': 1.4 }
    : { fill: style.colour };
  return (
    <svg class="glyph" viewBox="-9 -9 18 18" width="14" height="14" aria-hidden="true">
      <path d={kPaths[style.shape]} {...paint} />
    </svg>
  );
}
