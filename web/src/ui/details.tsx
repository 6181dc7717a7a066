// SPDX-License-Identifier: Apache-2.0

/** Everything that is known of the selected track. */

import { classStyle, kLevels } from '../classes';
import { clock, degrees, distance, percent, position, span } from '../format';
import { isClaim, remoteId, unseen_s, type Model } from '../model';
import { Glyph } from './glyph';
import { OperatorOf } from './operator';

interface Props {
  model: Model;
  onClose: () => void;
  onCentre: (id: number) => void;
}

export function Details({ model, onClose, onCentre }: Props) {
  const view = model.last_selected;
  if (!view) return null;
  const { t, nearest, style } = view;
  const held = model.tracks.has(t.id);
  const level = model.alert_level_of.get(t.id);
  const origin = model.site?.origin;
  const climb = t.vel_enu_mps[2];
  const unseen = unseen_s(view, model.data_ms);
  const identity = Object.entries(t.identity ?? {});
  const sources = Object.entries(t.sources ?? {}).sort((a, b) => b[1] - a[1]);
  const most = Math.max(1, ...sources.map(([, n]) => n));
  return (
    <aside class="details" id="details" aria-label={`Track ${t.id}`}>
      <header>
        <Glyph style={style} claim={isClaim(t)} />
        <h2>Track {t.id}</h2>
        {level && <span class={`chip ${level}`}>{kLevels[level].label}</span>}
        {!held && <span class="chip lost">NOT HELD</span>}
        <span class="space" />
        <button title="Centre the map here (Enter)" aria-label="Centre the map on this track"
          onClick={() => onCentre(t.id)} disabled={!held}>◎</button>
        <button title="Close (Esc)" aria-label="Close the details" onClick={onClose}>✕</button>
      </header>
      <div class="body">
        {isClaim(t) && (
          <p class="claim" id="claim">
            <b>Uncorroborated claim.</b> Only its own broadcast says that it is there.
          </p>
        )}
        <div class="key">
          <div><label>Speed</label><b>{view.speed_mps.toFixed(0)}</b> m/s</div>
          <div>
            <label>Course</label><b>{view.speed_mps > 1 ? degrees(view.course_deg) : '–'}</b>
          </div>
          <div title="Above the WGS-84 ellipsoid">
            <label>Alt HAE</label><b>{Math.round(t.alt_hae_m)}</b> m
          </div>
          <div><label>Climb</label><b>{climbText(climb)}</b> m/s</div>
        </div>
        <dl>
          {nearest && (
            <>
              <dt>{nearest.name}</dt>
              <dd>
                {nearest.inside ? 'inside, ' : ''}{distance(nearest.range_m)} on{' '}
                {degrees(nearest.bearing_deg)}
              </dd>
            </>
          )}
          <dt>Position</dt>
          <dd>{position(t.lat_deg, t.lon_deg)}</dd>
          {origin && (
            <>
              <dt title="Height above the origin of the site">Above origin</dt>
              <dd>{Math.round(t.alt_hae_m - origin.height_hae_m)} m</dd>
            </>
          )}
          <dt title="One standard deviation east, north and up">Error 1σ E N U</dt>
          <dd>{t.sd_m.map((s) => (Number.isFinite(s) ? Math.round(s) : '–')).join(' · ')} m</dd>
          <dt>Existence</dt>
          <dd>{percent(t.existence)}</dd>
          <dt>Corroborated</dt>
          <dd>
            {t.corroborated === undefined
              ? '–'
              : t.corroborated
                ? 'yes'
                : isClaim(t) ? 'no: uncorroborated claim' : 'no'}
          </dd>
          <dt>First seen</dt>
          <dd>{clock(model.data_ms - view.age_s * 1000)}Z · {span(view.age_s)} ago</dd>
          <dt>Last seen</dt>
          <dd class={unseen > 8 ? 'late' : ''}>
            {clock(view.seen_ms)}Z · {unseen < 1 ? 'now' : `${span(unseen)} ago`}
          </dd>
        </dl>
        <h3>Class: {style.label}</h3>
        <Bars values={t.class ?? {}} name={(key) => classStyle(key).label} />
        {Object.values(t.behaviour ?? {}).some((p) => p > 0) && (
          <>
            <h3>Behaviour</h3>
            <Bars values={t.behaviour ?? {}} name={(key) => key.replaceAll('_', ' ')} />
          </>
        )}
        {identity.length > 0 && (
          <>
            <h3>Identity, as claimed</h3>
            <dl>
              {identity.map(([key, value]) => (
                <>
                  <dt>{key.replaceAll('_', ' ')}</dt>
                  <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
                </>
              ))}
            </dl>
          </>
        )}
        {remoteId(t) !== null && model.site?.operators && (
          <OperatorOf model={model} view={view} />
        )}
        <h3>Sources</h3>
        {sources.length === 0 && <p class="none">none named</p>}
        <ul class="bars">
          {sources.map(([name, n]) => (
            <li key={name}>
              <span>{name}</span>
              <i><s style={{ width: `${(100 * n) / most}%` }} /></i>
              <b>{n}</b>
            </li>
          ))}
        </ul>
      </div>
    </aside>
  );
}

/** +1.2, -0.4, 0.0: never a zero with a sign. */
function climbText(mps: number): string {
  const text = Math.abs(mps).toFixed(1);
  return text === '0.0' ? text : `${mps > 0 ? '+' : '−'}${text}`;
}

function Bars(p: { values: Record<string, number>; name: (key: string) => string }) {
  const sorted = Object.entries(p.values).sort((a, b) => b[1] - a[1]);
  if (sorted.length === 0) return <p class="none">not assessed</p>;
  return (
    <ul class="bars">
      {sorted.map(([key, value]) => (
        <li key={key}>
          <span>{p.name(key)}</span>
          <i><s style={{ width: `${100 * value}%` }} /></i>
          <b>{percent(value)}</b>
        </li>
      ))}
    </ul>
  );
}
