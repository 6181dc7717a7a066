// SPDX-License-Identifier: Apache-2.0

/** The panel of "what if": which sensor, whom it is to see, and what comes of it. */

import type { WhatIfAnswer, WhatIfChange } from '../api';
import { kColours, type Meaning, type Probability } from '../map/whatif';
import type { Place, WhatIf } from '../whatif';

interface Props {
  whatIf: WhatIf;
  pointer: Place | null;
  /** Where a new sensor is put first. */
  middle: () => Place | null;
  onClose: () => void;
}

const kLegend: [Meaning, string][] = [
  ['sure', '90 % a look and more'], ['fair', '50 to 90 %'], ['weak', '10 to 50 %: a gap'],
  ['blind', 'under 10 %: blind'], ['unknown', 'not known'], ['gained', 'seen only then'],
  ['lost', 'seen only now'],
];

/** Characters of an RFC 3339 time: 2026-03-01T22:00. */
const kToTheMinute = 16;

const shown = (percent: number) => `${percent.toFixed(1)} %`;
const signed = (percent: number) =>
  `${percent > 0.05 ? '+' : percent < -0.05 ? '\u2212' : ''}${Math.abs(percent).toFixed(1)}`;

export function WhatIfPanel({ whatIf, pointer, middle, onClose }: Props) {
  const { choices, answer, error, sensor, preset, at } = whatIf;
  const chosen = sensor ? `sensor:${sensor}` : preset ? `preset:${preset}` : '';
  const choose = (value: string) => {
    const name = value.slice(value.indexOf(':') + 1);
    if (value.startsWith('sensor:')) whatIf.choose({ sensor: name }, null);
    else if (value.startsWith('preset:')) whatIf.choose({ preset: name }, middle());
    else whatIf.choose({}, null);
  };
  const here = pointer && whatIf.at_pointer(pointer);
  const basis = answer && basisText(answer);
  return (
    <aside class="details whatif" id="whatif" aria-label="What if">
      <header>
        <h2>What if</h2>
        <span class="space" />
        <button title="Close (Esc)" aria-label="Close what if" onClick={onClose}>✕</button>
      </header>
      <div class="body">
        <p class="none">Plays with coverage. Nothing of the site changes.</p>
        {error && <p class="claim" role="alert">{error}</p>}
        {choices && (
          <>
            <label class="row">Sensor
              <select id="whatif-what" value={chosen}
                onChange={(e) => choose(e.currentTarget.value)}>
                <option value="">as it is</option>
                <optgroup label="Move">
                  {choices.sensors.map((s) => (
                    <option key={s.id} value={`sensor:${s.id}`}>{s.name}</option>
                  ))}
                </optgroup>
                <optgroup label="Add">
                  {choices.presets.map((p) => (
                    <option key={p} value={`preset:${p}`}>{p}</option>
                  ))}
                </optgroup>
              </select>
            </label>
            <label class="row">Height above ground
              <span>
                <input id="whatif-mast" type="number" min="0" max="5000" step="1"
                  value={whatIf.sensor_height_m} disabled={!chosen || !at}
                  onInput={(e) => {
                    const height = e.currentTarget.valueAsNumber;
                    if (!(height >= 0 && height <= 5000)) return;
                    whatIf.sensor_height_m = height;
                    whatIf.ask();
                  }} /> m
              </span>
            </label>
            {sensor && (
              <label class="row">Taken away
                <input id="whatif-away" type="checkbox" checked={!at}
                  onChange={(e) => {
                    if (e.currentTarget.checked) whatIf.move(null);
                    else whatIf.choose({ sensor }, null);
                  }} />
              </label>
            )}
            <label class="row">Target
              <select id="whatif-class" value={whatIf.target_class}
                onChange={(e) => {
                  whatIf.target_class = e.currentTarget.value;
                  whatIf.ask();
                }}>
                {choices.classes.map((c) => (
                  <option key={c.class} value={c.class}>{c.title}, {c.speed_mps} m/s</option>
                ))}
              </select>
            </label>
            <label class="row">It flies at
              <select id="whatif-height" value={String(whatIf.height_agl_m)}
                onChange={(e) => {
                  whatIf.height_agl_m = Number(e.currentTarget.value);
                  whatIf.ask();
                }}>
                {choices.heights_agl_m.map((h) => (
                  <option key={h} value={String(h)}>{h} m above ground</option>
                ))}
              </select>
            </label>
            <label class="row"
              title="Light and weather of this time, where the site says how they go with it">
              At, UTC
              <input id="whatif-time" type="datetime-local" min="1970-01-01T00:00"
                max="2261-12-31T23:59" defaultValue={whatIf.time.slice(0, kToTheMinute)}
                onInput={(e) => {
                  // Of a time that is still being typed nothing is asked.
                  const { value, validity } = e.currentTarget;
                  if (!validity.valid) return;
                  whatIf.time = value && `${value}:00Z`;
                  whatIf.ask();
                }} />
            </label>
          </>
        )}
        {answer && (
          <>
            <div class="key">
              <div><label>Seen now</label><b>{answer.now.seen_percent.toFixed(0)}</b> %</div>
              <div id="whatif-then">
                <label>Then</label><b>{answer.then.seen_percent.toFixed(1)}</b> %
              </div>
              <div><label>Gains</label><b>{answer.gained_percent.toFixed(1)}</b> %</div>
              <div><label>Loses</label><b>{answer.lost_percent.toFixed(1)}</b> %</div>
            </div>
            <table class="heights" id="whatif-heights">
              <thead><tr><th>Height</th><th>Now</th><th>Then</th><th>Change</th></tr></thead>
              <tbody>
                {(answer.by_height ?? []).map((of) => <Height key={of.height_agl_m} of={of} />)}
              </tbody>
            </table>
            <p class="basis" id="whatif-basis">p<sub>D</sub> is {basis}.</p>
          </>
        )}
        <p class="here" id="whatif-here">
          {here ? <>Here {probability(here.now)} now, {probability(here.then)} then</>
            : 'Point at the map for its p_D.'}
        </p>
        <ul class="swatches">
          {kLegend.map(([meaning, text]) => {
            const [r, g, b] = kColours[meaning];
            return <li key={meaning}><i style={{ background: `rgb(${r} ${g} ${b})` }} />{text}</li>;
          })}
        </ul>
      </div>
    </aside>
  );
}

function Height({ of }: { of: WhatIfChange }) {
  return (
    <tr>
      <th>{of.height_agl_m} m</th>
      <td>{shown(of.now.seen_percent)}</td>
      <td>{shown(of.then.seen_percent)}</td>
      <td>{signed(of.then.seen_percent - of.now.seen_percent)}</td>
    </tr>
  );
}

/** Whether p_D was measured, and of which time it is, in words. */
function basisText(answer: WhatIfAnswer): string {
  const { measured_percent } = answer.then;
  const of_time = answer.time
    ? `, in the light and weather of ${answer.time.slice(0, kToTheMinute).replace('T', ' ')} UTC`
    : '';
  if (measured_percent <= 0) return `modelled${of_time}`;
  return `measured over ${shown(measured_percent)} of the region, modelled elsewhere${of_time}`;
}

function probability(p: Probability | 'unknown'): string {
  if (p === 'unknown') return 'not known';
  return `${p.percent} % (${p.measured ? 'measured' : 'modelled'})`;
}
