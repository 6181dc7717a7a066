// SPDX-License-Identifier: Apache-2.0

/** The legend of where targets may be that nobody has seen. */

import type { Unseen } from '../api';
import { kLeast, kMost, unseenColour } from '../map/unseen';

const kStops = [0, 0.25, 0.5, 0.75, 1];

export function UnseenLegend({ unseen }: { unseen: Unseen | null }) {
  const colours = kStops.map((share) => {
    const [r, g, b, a] = unseenColour(kLeast * (kMost / kLeast) ** share);
    return `rgb(${r} ${g} ${b} / ${(a / 255).toFixed(2)})`;
  });
  return (
    <div class="legend" id="unseen" role="status">
      <b>{unseen ? `${unseen.expected.toPrecision(2)} unseen drones expected` : 'Waiting'}</b>
      <div class="ramp" style={{ background: `linear-gradient(90deg, ${colours.join(', ')})` }} />
      <div class="ends"><span>{kLeast}</span><span>per 100 km²</span><span>{kMost}</span></div>
    </div>
  );
}
