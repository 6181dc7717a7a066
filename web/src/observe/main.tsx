// SPDX-License-Identifier: Apache-2.0

/** The page for people who watch: choose what it is, point the phone at it, send. */

import './observe.css';
import { render, type ComponentChildren } from 'preact';
import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { getSite } from '../api';
import { clock, degrees } from '../format';
import { Compass, declination, watchPlace, wrap, type Place } from './compass';
import { newId, Queue, type Height, type Item, type Sense, type Sureness } from './queue';

const kHeights: [Height, string, string][] = [
  ['low', 'Low', '0–20°'], ['middle', 'Middle', '20–45°'],
  ['high', 'High', '45–75°'], ['overhead', 'Overhead', 'over 75°'],
];
const kSenses: [Sense, string][] = [['seen', 'Seen'], ['heard', 'Heard'], ['both', 'Both']];
const kKinds: [string, string][] = [
  ['drone', 'Drone'], ['multirotor', 'Multirotor'], ['fixed_wing', 'With wings'],
  ['aircraft', 'Aircraft'], ['bird', 'Bird'], ['', 'Don’t know'],
];
const kSure: [Sureness, string][] = [
  ['unsure', 'Unsure'], ['likely', 'Likely'], ['certain', 'Certain'],
];
const kSds_deg = [5, 10, 15, 25, 40];
const kWinds = ['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW'];
const kSeenSd_deg = 15;
const kHeardSd_deg = 25;
const kTypedPlaceSd_m = 30;
const kSettings = 'picket-observer';
const kOrigin = 'picket-origin';
const kName = /^[A-Za-z0-9._-]{1,64}$/;

interface Settings {
  observer: string;
  night: boolean;
  compass: boolean;
  sense: Sense;
  what: string;
  sure: Sureness;
  height: Height;
  /** 0: by the sense. */
  sd_deg: number;
  hand_deg: number;
  /** A place typed in; counts where the phone does not know its own. */
  typed: { lat: string; lon: string };
}

type Origin = Pick<Place, 'lat_deg' | 'lon_deg'>;

function readSettings(): Settings {
  const start: Settings = {
    observer: `observer-${newId().slice(0, 4)}`, night: true, compass: true, sense: 'seen',
    what: 'drone', sure: 'likely', height: 'low', sd_deg: 0, hand_deg: 0,
    typed: { lat: '', lon: '' },
  };
  try {
    Object.assign(start, JSON.parse(localStorage.getItem(kSettings) ?? '{}'));
  } catch {
    // As at the first time.
  }
  const named = new URLSearchParams(location.search).get('observer');
  if (named && kName.test(named)) start.observer = named;
  return start;
}

/** Where the site is, for the compass of a phone that does not know its own place. */
function readOrigin(): Origin | null {
  try {
    return JSON.parse(localStorage.getItem(kOrigin) ?? 'null') as Origin | null;
  } catch {
    return null;
  }
}

/** A latitude or longitude as typed; null if it is none. */
function angle(text: string, most: number): number | null {
  const value = Number(text.replace(',', '.'));
  return text.trim() !== '' && Math.abs(value) <= most ? value : null;
}

const queue = new Queue();
const compass = new Compass();

function App() {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  const [settings, setSettings] = useState(readSettings);
  const [place, setPlace] = useState<Place | null>(null);
  const [place_fault, setPlaceFault] = useState('looking for it');
  const [origin, setOrigin] = useState(readOrigin);
  const [asked, setAsked] = useState(!Compass.needsAsking());
  const [note, setNote] = useState('');
  const [told, setTold] = useState('');
  const last_draw = useRef(0);

  const set = (change: Partial<Settings>) => {
    const next = { ...settings, ...change };
    setSettings(next);
    try {
      localStorage.setItem(kSettings, JSON.stringify(next));
    } catch {
      // Then they hold while the page is open.
    }
  };

  useEffect(() => {
    queue.onChange(() => draw(0));
    compass.listen(drawSoon);
    watchPlace(setPlace, setPlaceFault);
    getSite()
      .then((site) => {
        setOrigin(site.origin);
        localStorage.setItem(kOrigin, JSON.stringify(site.origin));
      })
      .catch(() => undefined); // offline: the one of before
    // A compass that fell silent must show.
    const timer = setInterval(() => draw(0), 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    document.documentElement.classList.toggle('night', settings.night);
  }, [settings.night]);

  /** The needle moves at most ten times a second. */
  function drawSoon(): void {
    if (performance.now() - last_draw.current < 100) return;
    last_draw.current = performance.now();
    draw(0);
  }

  const lat = angle(settings.typed.lat, 90);
  const lon = angle(settings.typed.lon, 180);
  const typed = lat !== null && lon !== null
    ? { lat_deg: lat, lon_deg: lon, sd_m: kTypedPlaceSd_m } : null;
  const at = place ?? typed;
  const magnetic_deg = settings.compass ? compass.magnetic_deg : null;
  const by_compass = magnetic_deg !== null;
  const north = at ?? origin;
  const turn_deg = north ? declination(north.lat_deg, north.lon_deg, new Date()) : 0;
  const azimuth_deg = by_compass ? wrap(magnetic_deg + turn_deg) : settings.hand_deg;
  const usual_sd = settings.sense === 'heard' ? kHeardSd_deg : kSeenSd_deg;
  const sd_deg = settings.sd_deg || Math.max(usual_sd, by_compass ? compass.sd_deg : 0);
  const overhead = settings.height === 'overhead';
  const sound_name = kName.test(settings.observer);

  const send = () => {
    const now = new Date();
    queue.add({
      id: newId(),
      time: now.toISOString(),
      observer: settings.observer,
      ...(overhead ? {} : {
        azimuth_deg: Math.round(azimuth_deg * 10) / 10,
        azimuth_sd_deg: Math.min(90, Math.round(sd_deg)),
      }),
      elevation: settings.height,
      sense: settings.sense,
      ...(settings.what ? { what: settings.what } : {}),
      sure: settings.sure,
      ...(at ? { at } : {}),
      ...(note.trim() ? { note: note.trim() } : {}),
    });
    setNote('');
    setTold(`Noted at ${clock(now.getTime())}Z.`);
    navigator.vibrate?.(60);
  };

  const askCompass = () => {
    compass.ask().finally(() => setAsked(true)).catch(() => undefined);
  };

  return (
    <>
      <header>
        <strong>picket</strong>
        <span id="link" role="status" class={queue.waiting > 0 ? 'waiting' : ''}>
          {queue.waiting > 0 ? `${queue.waiting} to send` : 'All sent'}
        </span>
        <button onClick={() => set({ night: !settings.night })} aria-pressed={settings.night}>
          Night
        </button>
      </header>
      <main>
        {queue.fault && <p class="fault" role="alert">{queue.fault}</p>}
        {queue.waiting > 0 && queue.link && (
          <p class="fault" id="link-fault">
            {queue.link} Observations stay on this phone, with their time, and go out from this
            page as soon as there is one.{' '}
            <button onClick={() => queue.sendNow()}>Try now</button>
          </p>
        )}
        {!window.isSecureContext && (
          <p class="fault">
            This page came without HTTPS: it works, but it does not open offline, and the phone
            keeps its compass and place to itself.
          </p>
        )}

        <section aria-label="Bearing" class={overhead ? 'unused' : ''}>
          <div class="aim">
            <svg viewBox="-50 -50 100 100" aria-hidden="true">
              <circle r="46" />
              {/* The sector that the error leaves, and the way to it. */}
              <path d={sector(azimuth_deg, sd_deg)} />
              <line y2="-46" transform={`rotate(${azimuth_deg})`} />
              <text y="-34">N</text>
            </svg>
            <output id="bearing" aria-label="Bearing">
              {overhead ? 'Overhead' : degrees(azimuth_deg)}
              <small>
                {overhead ? 'needs no bearing'
                  : `${kWinds[Math.round(azimuth_deg / 45) % 8]} ± ${Math.round(sd_deg)}°, `
                    + (by_compass ? (north ? 'true north' : 'magnetic north') : 'by hand')}
              </small>
            </output>
          </div>
          {!overhead && !asked && settings.compass && !by_compass && (
            <button class="wide" onClick={askCompass}>Use the compass</button>
          )}
          {!overhead && !by_compass && (
            <Dial value={settings.hand_deg} onChange={(hand_deg) => set({ hand_deg })} />
          )}
        </section>

        <Choice legend="How high" name="height" value={settings.height} options={kHeights}
          onChange={(height) => set({ height })} />
        <Choice legend="What" name="what" value={settings.what} options={kKinds}
          onChange={(what) => set({ what })} />
        <Choice legend="How noticed" name="sense" value={settings.sense} options={kSenses}
          onChange={(sense) => set({ sense })} />
        <Choice legend="How sure" name="sure" value={settings.sure} options={kSure}
          onChange={(sure) => set({ sure })} />

        <details>
          <summary>
            {settings.observer}, {place ? `place known to ${Math.round(place.sd_m)} m`
              : typed ? 'place typed in' : `place: ${place_fault}`}
          </summary>
          <label>
            Observer
            <input value={settings.observer} autocapitalize="off" autocomplete="off"
              aria-invalid={!sound_name}
              onInput={(e) => set({ observer: e.currentTarget.value.trim() })} />
          </label>
          {!sound_name && <p class="fault">Letters, digits, dots, hyphens; at most 64.</p>}
          <label>
            Bearing is good to
            <select value={String(settings.sd_deg)}
              onChange={(e) => set({ sd_deg: Number(e.currentTarget.value) })}>
              <option value="0">± {usual_sd}° (usual)</option>
              {kSds_deg.map((sd) => <option key={sd} value={String(sd)}>± {sd}°</option>)}
            </select>
          </label>
          <label class="check">
            <input type="checkbox" checked={settings.compass}
              onChange={(e) => set({ compass: e.currentTarget.checked })} />
            Bearing from the compass
          </label>
          {!place && (
            <div class="two">
              <label>
                Latitude
                <input inputMode="decimal" value={settings.typed.lat}
                  aria-invalid={settings.typed.lat !== '' && lat === null}
                  onInput={(e) => set({ typed: { ...settings.typed, lat: e.currentTarget.value } })}
                />
              </label>
              <label>
                Longitude
                <input inputMode="decimal" value={settings.typed.lon}
                  aria-invalid={settings.typed.lon !== '' && lon === null}
                  onInput={(e) => set({ typed: { ...settings.typed, lon: e.currentTarget.value } })}
                />
              </label>
            </div>
          )}
          <label>
            Note
            <textarea maxLength={300} rows={2} value={note}
              onInput={(e) => setNote(e.currentTarget.value)} />
          </label>
        </details>
        <List items={queue.items} />
      </main>
      <footer>
        <p class="sr" role="status">{told}</p>
        <button class="send" onClick={send} disabled={!sound_name}>
          SEND
          <small>
            {kKinds.find(([kind]) => kind === settings.what)?.[1]},{' '}
            {overhead ? 'overhead' : `${degrees(azimuth_deg)}, ${settings.height}`}
          </small>
        </button>
      </footer>
    </>
  );
}

/** A sector of the rose, `half_deg` to either side. */
function sector(azimuth_deg: number, half_deg: number): string {
  const edge = (deg: number) => {
    const rad = (deg * Math.PI) / 180;
    return `${(46 * Math.sin(rad)).toFixed(2)},${(-46 * Math.cos(rad)).toFixed(2)}`;
  };
  const [from, to] = [azimuth_deg - half_deg, azimuth_deg + half_deg];
  return `M0,0 L${edge(from)} A46,46 0 0 1 ${edge(to)} Z`;
}

/** The bearing by hand. */
function Dial({ value, onChange }: { value: number; onChange: (deg: number) => void }) {
  const step = (by: number) => (
    <button onClick={() => onChange(wrap(value + by))} aria-label={`${by} degrees`}>
      {by > 0 ? `+${by}` : String(by).replace('-', '−')}
    </button>
  );
  return (
    <div class="dial">
      <input type="range" min="0" max="359" value={String(Math.round(value))}
        aria-label="Bearing by hand, degrees from north"
        onInput={(e) => onChange(Number(e.currentTarget.value))} />
      <div>{step(-45)}{step(-5)}{step(5)}{step(45)}</div>
    </div>
  );
}

/** One of a few, as buttons for a thumb. */
function Choice<T extends string>(p: {
  legend: string; name: string; value: T; options: (readonly [T, string, string?])[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset>
      <legend>{p.legend}</legend>
      {p.options.map(([value, text, more]) => (
        <label key={value} class={value === p.value ? 'chosen' : ''}>
          <input type="radio" name={p.name} value={value} checked={value === p.value}
            onChange={() => p.onChange(value)} />
          {text}
          {more && <small>{more}</small>}
        </label>
      ))}
    </fieldset>
  );
}

const kStates: Record<Item['state'], ComponentChildren> = {
  waiting: 'On this phone, to be sent', taken: 'Taken', refused: 'Refused',
};

function List({ items }: { items: readonly Item[] }) {
  if (items.length === 0) return null;
  return (
    <section aria-label="Observations" id="sent">
      <ul>
        {items.map(({ observation: o, state, said }) => (
          <li key={o.id} data-state={state}>
            <b>{clock(Date.parse(o.time))}Z</b>{' '}
            {kKinds.find(([kind]) => kind === (o.what ?? ''))?.[1]},{' '}
            {o.azimuth_deg === undefined ? 'overhead' : `${degrees(o.azimuth_deg)} ${o.elevation}`}
            <span>{kStates[state]}{said && `: ${said}`}</span>
            {state === 'refused' && (
              <button onClick={() => queue.drop(o.id)}>Remove</button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app');
render(<App />, root);

navigator.serviceWorker?.register('/observe-worker.js').catch((error) => {
  console.info('picket: the page is not kept for offline use:', String(error));
});
