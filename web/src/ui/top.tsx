// SPDX-License-Identifier: Apache-2.0

/** The bar at the top: where, when, how fresh; and the banner that nobody can miss. */

import { clock, count, day, parseTime, span } from '../format';
import type { Link, Model } from '../model';

const kModes = { run: 'LIVE', demo: 'DEMO', replay: 'REPLAY' };
/** Two clocks that differ by more than this are worth a word. */
const kClockSkew_s = 2;

interface Props {
  model: Model;
  now_ms: number;
  onRetry: () => void;
}

export function TopBar({ model, now_ms }: Props) {
  const { health, site, mode, data_ms } = model;
  const link = model.link(now_ms);
  const drones = [...model.tracks.values()].filter((v) => v.style.drone).length;
  const up = health?.sensors.filter((s) => s.state === 'up').length ?? 0;
  const sensors = site?.sensors.length ?? health?.sensors.length ?? 0;
  const lag_s = (now_ms - data_ms) / 1000;
  return (
    <header class="top">
      <div class="brand">
        <strong>picket</strong>
        {mode && <span class={`mode mode-${mode}`}>{kModes[mode] ?? mode}</span>}
        <span class="site" title={site?.name}>{site?.name ?? ''}</span>
      </div>
      <div class="clocks">
        <div class="clock" title="Time of the newest picture, UTC">
          <label>Data UTC</label>
          <time class="big" id="data-time">{clock(data_ms)}<small>Z</small></time>
          <span class="date">{day(data_ms)}</span>
        </div>
        <div class="clock" title={`This computer's clock, UTC; local ${new Date(now_ms)}`}>
          <label>Wall UTC</label>
          <time>{clock(now_ms)}<small>Z</small></time>
          <span class="date">
            {mode === 'run' && Number.isFinite(lag_s) ? lagText(lag_s) : day(now_ms)}
          </span>
        </div>
      </div>
      <div class="counts">
        <Figure label="Tracks" value={count(model.tracks.size)} id="count-tracks" />
        <Figure label="Drones" value={count(drones)} />
        <Figure
          label="Sensors up"
          value={`${up}/${sensors}`}
          warn={sensors > 0 && up < sensors}
        />
        <Figure label="Reports" value={count(health?.reports ?? 0)} wide />
        <Figure label="Refused" value={count(health?.refused ?? 0)} wide
          warn={(health?.refused ?? 0) > 0} />
        <Figure
          label="Recording"
          value={health?.recording ? `#${count(health.recording.durable_seq)}` : 'off'}
          title={health?.recording?.file ?? 'Nothing is being recorded'}
          wide
        />
      </div>
      <LinkChip link={link} degraded={health?.status === 'degraded'} />
    </header>
  );
}

function lagText(lag_s: number): string {
  if (lag_s < -kClockSkew_s) return `clock off ${span(-lag_s)}`;
  return lag_s < 10 ? `lag ${Math.max(0, lag_s).toFixed(1)} s` : `lag ${span(lag_s)}`;
}

function Figure(p: {
  label: string; value: string; title?: string; id?: string; warn?: boolean; wide?: boolean;
}) {
  return (
    <div class={`figure${p.warn ? ' warn' : ''}${p.wide ? ' wide' : ''}`} title={p.title}>
      <label>{p.label}</label>
      <b id={p.id}>{p.value}</b>
    </div>
  );
}

function LinkChip({ link, degraded }: { link: Link; degraded: boolean }) {
  const text = {
    connecting: 'CONNECTING', live: degraded ? 'DEGRADED' : 'CONNECTED', stalled: 'NO DATA',
    lost: 'RECONNECTING',
  }[link.kind];
  const kind = link.kind === 'live' && degraded ? 'degraded' : link.kind;
  return (
    <div class={`link ${kind}`} id="link" data-state={link.kind} role="status">
      <i aria-hidden="true" />
      {text}
    </div>
  );
}

/** What stands between the officer and the truth, if anything does. */
export function Banner({ model, now_ms, onRetry }: Props) {
  const link = model.link(now_ms);
  if (link.kind === 'stalled' || link.kind === 'lost') {
    const known = Number.isFinite(link.silent_s);
    return (
      <div class="banner dead" id="banner" role="alert">
        <b>{known ? `NO DATA FOR ${span(link.silent_s)}` : 'NO DATA'}</b>
        <span>
          {link.kind === 'stalled'
            ? 'The connection stands but the service is silent.'
            : `Connection lost. ${retryText(link)}`}
          {Number.isFinite(model.data_ms) && ` The picture is of ${clock(model.data_ms)}Z.`}
        </span>
        {link.kind === 'lost' && <button onClick={onRetry}>Retry now</button>}
      </div>
    );
  }
  const still_s = link.kind === 'live' ? model.standstill_s(now_ms) : 0;
  if (still_s > 0) {
    return (
      <div class="banner old" id="banner" role="alert">
        <b>NO NEW REPORTS FOR {span(still_s)}</b>
        <span>
          The service answers, but its data end at {clock(model.data_ms)}Z. Latest report{' '}
          {clock(parseTime(model.health?.data_time))}Z.
        </span>
      </div>
    );
  }
  return null;
}

function retryText(link: { retry_in_s: number; attempt: number }): string {
  const when = Number.isFinite(link.retry_in_s)
    ? `Next attempt in ${Math.ceil(link.retry_in_s)} s`
    : 'Trying now';
  return `${when} (attempt ${link.attempt}).`;
}
