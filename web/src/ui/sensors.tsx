// SPDX-License-Identifier: Apache-2.0

/** The sensors and whether they speak. */

import { kindLabel } from '../classes';
import { clock, clockText, conditionText, count, parseTime, rate, span } from '../format';
import type { Model } from '../model';

const kStates = { up: 'up', silent: 'SILENT', never: 'never heard', down: 'DOWN' };

/** So many empty looks in a row are told: it looks, and its sky is empty. */
const kEmptyLooks = 3;

export function SensorList({ model }: { model: Model }) {
  const health = new Map(model.health?.sensors.map((s) => [s.id, s]));
  const kinds = new Map(model.site?.sensors.map((s) => [s.id, s.kind]));
  const names = new Map(model.site?.sensors.map((s) => [s.id, s.name]));
  const ids = [...new Set([...kinds.keys(), ...health.keys()])];
  const rank = { down: 0, silent: 1, never: 2, up: 3 };
  const rows = ids
    .map((id) => ({ id, kind: kinds.get(id), h: health.get(id) }))
    .sort((a, b) => rank[a.h?.state ?? 'never'] - rank[b.h?.state ?? 'never']);
  const bad = rows.filter((r) => r.h?.state !== 'up').length;
  return (
    <section class="sensors" aria-label="Sensors">
      <h2>
        Sensors
        <span class="tally">
          {bad > 0 ? <em class="warning">{bad} not up</em> : <em class="none">all up</em>}
        </span>
      </h2>
      <ul id="sensors" tabIndex={0} aria-label="Sensors, those that do not speak first">
        {rows.map(({ id, kind, h }) => {
          const state = h?.state ?? 'never';
          const last_ms = parseTime(h?.last_report);
          const ago = (model.data_ms - last_ms) / 1000;
          const causes = Object.entries(h?.refusals ?? {}).map(([why, n]) => `${why}: ${n}`);
          const refused = h?.refused ?? 0;
          const odd = h ? [
            clockText(h.clock), conditionText(h), refused > 0 ? `${count(refused)} refused` : '',
          ] : [];
          if (typeof h?.reports_per_s === 'number') causes.unshift(rate(h.reports_per_s));
          return (
            <li key={id} class={state} title={causes.join('\n')}>
              <i aria-hidden="true" />
              <span class="name" title={id}>{names.get(id) ?? id}</span>
              <span class="kind">{kind ? kindLabel(kind) : 'not in the site file'}</span>
              <span class="state">
                {kStates[state]}
                {(state === 'silent' || state === 'down') && Number.isFinite(last_ms)
                  && ` since ${clock(last_ms)}Z`}
                {state === 'up' && (h?.empty_looks ?? 0) >= kEmptyLooks && ', sees nothing'}
              </span>
              <span class="n">
                {state === 'up' && Number.isFinite(ago) ? (ago < 1.5 ? 'now' : span(ago)) : ''}
              </span>
              <span class="n detections">{count(h?.detections ?? 0)} det</span>
              <span class="n condition warn">{odd.filter(Boolean).join(', ')}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
