// SPDX-License-Identifier: Apache-2.0

/** The alerts: those that stand, worst first; what was cleared fades and then is put away. */

import { useState } from 'preact/hooks';
import type { Alert } from '../api';
import { kLevels } from '../classes';
import { clock, parseTime, percent, span } from '../format';
import type { Model } from '../model';

/** More are counted, not shown: nobody reads the two-hundredth alert. */
const kShown = 100;
/** For so long, in data time, a cleared alert stays in sight of itself. */
const kFresh_ms = 30000;

interface Props {
  model: Model;
  onSelect: (id: number) => void;
}

export function AlertList({ model, onSelect }: Props) {
  const [open, setOpen] = useState(false);
  const alerts = model.sortedAlerts();
  const standing = alerts.filter((a) => a.level !== 'cleared');
  const cleared = alerts.filter((a) => a.level === 'cleared');
  const fresh = cleared.filter((a) => model.data_ms - parseTime(a.time) < kFresh_ms);
  const shown = [...standing, ...(open ? cleared : fresh)];
  return (
    <section class="alerts" aria-label="Alerts">
      <h2>
        Alerts
        <span class="tally">
          {(['alarm', 'warning', 'watch'] as const).map((level) => {
            const n = standing.filter((a) => a.level === level).length;
            return n > 0 && <em class={level}>{n} {kLevels[level].label.toLowerCase()}</em>;
          })}
          {standing.length === 0 && <em class="none">none standing</em>}
          {cleared.length > 0 && (
            <button aria-pressed={open} title="Show or hide the cleared alerts"
              onClick={() => setOpen(!open)}>{cleared.length} cleared</button>
          )}
        </span>
      </h2>
      <ul id="alerts" tabIndex={0} aria-label="Alerts, worst first">
        {shown.slice(0, kShown).map((a) => (
          <AlertRow key={a.id} alert={a} model={model} onSelect={onSelect} />
        ))}
        {shown.length > kShown && <li class="more">and {shown.length - kShown} more</li>}
      </ul>
      <div class="sr" aria-live="assertive">
        {standing.find((a) => a.level === 'alarm')?.text ?? ''}
      </div>
    </section>
  );
}

function AlertRow({ alert, model, onSelect }: Props & { alert: Alert }) {
  const raised_ms = parseTime(alert.time);
  const view = model.tracks.get(alert.track);
  const { level, arrival_s } = alert;
  const selected = alert.track === model.selected;
  const lost = level !== 'cleared' && !view;
  const inside = view?.nearest?.inside === true && view.nearest.name === alert.place;
  return (
    <li class={`alert ${level}${selected ? ' selected' : ''}${
      lost ? ' lost' : ''}`}>
      <button onClick={() => onSelect(alert.track)} title={alert.text}>
        <span class={`level ${level}`}>{kLevels[level].label}</span>
        <span class="where">{alert.area ?? alert.place ?? ''}</span>
        <span class="track">
          track {alert.track}{view ? ` ${view.style.short}` : lost ? ', not held' : ''}
        </span>
        <time>{clock(raised_ms)}Z</time>
        {level !== 'cleared' && (
          <span class="arrival">
            {inside
              ? <span><b>inside now</b>;</span>
              : arrival_s
                ? arrivalText(arrival_s, raised_ms, model.data_ms)
                : <span>{alert.text.replace(/^Track \d+ \([^)]*\) (.*)\.$/, '$1')};</span>}
            {alert.probability !== undefined && (
              <span> probability {percent(alert.probability)}</span>
            )}
          </span>
        )}
        {/* The text tells of the arrival as it was foreseen then; the line above counts down. */}
        {(selected || level === 'cleared') && <span class="text">{alert.text}</span>}
      </button>
    </li>
  );
}

/** Counts the stated arrival down in data time; the earliest first, as that is what matters. */
function arrivalText(arrival_s: [number, number, number], raised_ms: number, data_ms: number) {
  const passed_s = Math.max(0, (data_ms - raised_ms) / 1000);
  const [earliest, median, latest] = arrival_s.map((s) => s - passed_s) as [number, number, number];
  if (latest <= 0) return <span>arrival was due by now;</span>;
  if (earliest <= 0) {
    return <span>may arrive <b>now</b>, at the latest in {span(latest)};</span>;
  }
  return (
    <span>
      arrives in <b>{span(earliest)}</b> – {span(latest)}, likely {span(median)};
    </span>
  );
}
