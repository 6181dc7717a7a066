// SPDX-License-Identifier: Apache-2.0

// Plays the service for development and tests: serves dist/ and speaks the API with a picture
// that moves. Everything is a function of the time in the scenario, so that a replay may jump.
//
//   node test/mock-server.mjs [--mode run|demo|replay] [--tracks 300] [--port 8081]

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { deflateSync } from 'node:zlib';
import { WebSocketServer } from 'ws';

const kDist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const kTypes = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css',
  '.json': 'application/json', '.svg': 'image/svg+xml', '.md': 'text/markdown',
};
const kPages = { '/': '/index.html', '/observe': '/observe.html' };
const kOrigin = { lat_deg: 37.5665, lon_deg: 126.978, height_hae_m: 60 };
const kDuration_s = 600;
const kStart_ms = Date.parse('2026-03-01T01:19:00Z');

const lonLat = (east_m, north_m) => [
  kOrigin.lon_deg + east_m / (111320 * Math.cos((kOrigin.lat_deg * Math.PI) / 180)),
  kOrigin.lat_deg + north_m / 110990,
];
const at = (east_m, north_m) => {
  const [lon_deg, lat_deg] = lonLat(east_m, north_m);
  return { lat_deg, lon_deg };
};
/** The same number in [0, 1) for the same k, always. */
const noise = (k) => {
  const x = Math.sin(k * 127.1 + 311.7) * 43758.5453;
  return x - Math.floor(x);
};

const kSensors = [
  ['radar-north', 'radar', 2000, 24000, 30000, [250, 110]],
  ['radar-west', 'radar', -21000, 6000, 26000, [0, 360]],
  ['radar-city', 'radar', 1500, -2500, 18000, [0, 360]],
  ['acoustic-1', 'acoustic', -6000, 16000, 3500, [0, 360]],
  ['acoustic-2', 'acoustic', 4500, 15000, 3500, [0, 360]],
  ['acoustic-3', 'acoustic', 12500, 12500, 3500, [0, 360]],
  ['camera-roof', 'camera', 500, 1200, 6000, [300, 60]],
  ['adsb-1', 'position', -3000, -9000, 0, [0, 360]],
].map(([id, kind, e, n, max_range_m, azimuth_deg]) => ({
  id, kind, ...at(e, n), alt_hae_m: 110, max_range_m, azimuth_deg, period_s: 1,
}));

/** Smooth noise on a lattice. */
function lattice(x, y) {
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const ease = (f) => f * f * (3 - 2 * f);
  const [u, v] = [ease(x - i), ease(y - j)];
  const n = (a, b) => noise(a * 57 + b * 131);
  return (n(i, j) * (1 - u) + n(i + 1, j) * u) * (1 - v)
    + (n(i, j + 1) * (1 - u) + n(i + 1, j + 1) * u) * v;
}

/** Ridges, falling to a sea in the west; below 0 is sea. */
function hills(x, y) {
  let h = 0;
  for (let f = 5, a = 1; f < 200; f *= 2, a /= 2) {
    h += a * (1 - Math.abs(2 * lattice(f * x, f * y) - 1));
  }
  return 0.6 * h + 2.2 * Math.min(0.25, x - 0.18) - 0.35;
}

/** A shaded relief as the service renders it: RGBA, the sea transparent. */
function hillshade() {
  const n = 512;
  const raw = Buffer.alloc(n * (4 * n + 1));
  for (let j = 0; j < n; ++j) {
    for (let i = 0; i < n; ++i) {
      const [x, y, d] = [i / n, j / n, 1 / n];
      const h = hills(x, y);
      const slope = (hills(x + d, y) - h + hills(x, y + d) - h) * 30;
      const o = j * (4 * n + 1) + 1 + 4 * i;
      const light = Math.max(0.2, Math.min(2, 1 - 0.5 * slope));
      [34, 44, 52].forEach((c, k) => (raw[o + k] = c * light));
      const edge = Math.min(1, Math.min(i, j, n - 1 - i, n - 1 - j) / (0.06 * n));
      raw[o + 3] = h < 0 ? 0 : 255 * edge;
    }
  }
  return png(n, n, 6, raw);
}

/** A PNG of rows that begin with their filter; type 6 is RGBA, type 0 grey. */
function png(width, height, type, raw) {
  const chunk = (name, data) => {
    const out = Buffer.alloc(12 + data.length);
    out.writeUInt32BE(data.length, 0);
    out.write(name, 4, 'latin1');
    data.copy(out, 8);
    out.writeUInt32BE(crc(out.subarray(4, 8 + data.length)), 8 + data.length);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, type, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head),
    chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0)),
  ]);
}

function crc(bytes) {
  let c = ~0;
  for (const byte of bytes) {
    c ^= byte;
    for (let k = 0; k < 8; ++k) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
  }
  return ~c >>> 0;
}

const kSite = {
  name: 'Capital north (mock)',
  origin: kOrigin,
  region: { radius_m: 40000, ceiling_agl_m: 1500 },
  sensors: kSensors,
  places: [
    { name: 'City Hall', ...at(0, 0), radius_m: 1500 },
    { name: 'Power Station', ...at(-14000, -9000), radius_m: 1000 },
    { name: 'Terminal 1', ...at(-22000, 500), radius_m: 1200 },
  ],
  areas: [
    {
      name: 'P-73', alert: 'enter',
      geojson: {
        type: 'Polygon',
        coordinates: [[...Array(25).keys()].map((k) => {
          const a = (k % 24) * (Math.PI / 12);
          return lonLat(3700 * Math.sin(a) + 800, 3700 * Math.cos(a) - 600);
        })],
      },
    },
    {
      name: 'Border', alert: 'cross',
      geojson: {
        type: 'LineString',
        coordinates: [[-38000, 27000], [-20000, 24500], [-6000, 29500], [9000, 30500],
          [24000, 34000], [34000, 33500]].map(([e, n]) => lonLat(e, n)),
      },
    },
  ],
  terrain: {
    hillshade: '/v1/terrain/hillshade.png',
    corners: [lonLat(-45000, 45000), lonLat(45000, 45000), lonLat(45000, -45000),
      lonLat(-45000, -45000)],
  },
  operators: true,
};
/** Whose key shows where this one's operator stands. */
export const kKey = 'an investigator of the mock';

/** Position on a path of [t, east, north, up], and the velocity there; null outside its time. */
function fly(path, t) {
  for (let i = 0; i + 1 < path.length; ++i) {
    const [a, b] = [path[i], path[i + 1]];
    if (t < a[0] || t > b[0]) continue;
    const f = (t - a[0]) / (b[0] - a[0]);
    const p = [1, 2, 3].map((k) => a[k] + f * (b[k] - a[k]));
    return { p, v: [1, 2, 3].map((k) => (b[k] - a[k]) / (b[0] - a[0])) };
  }
  return null;
}

const kFlights = [];
for (let k = 0; k < 5; ++k) { // reconnaissance: in over the border, one of them to the centre
  const e = -12000 + 6000 * k;
  const deep = k === 2 ? 1500 : 14000 + 2000 * k;
  kFlights.push({
    id: 11 + k, cls: { fixed_wing: 0.9 - 0.1 * k, bird: 0.06, other: 0.04 + 0.1 * k },
    behaviour: { ingress: 0.8 - 0.15 * k, loiter: 0.1 },
    sources: { 'radar-north': 40, 'radar-city': k === 2 ? 22 : 0, 'acoustic-2': 3 },
    path: [[6 * k, e * 2, 39000, 900], [220 + 20 * k, e * 0.6, deep, 700],
      [320, e * 0.6 + 3500, deep + 500, 650], [400, e * 0.6 - 3000, deep + 1500, 650],
      [600, e * 2.2, 39000, 900]],
  });
}
for (let k = 0; k < 14; ++k) { // a raid of one-way drones, low over the sea
  const [e, n] = [noise(k) * 2500 - 1250, noise(k + 50) * 2500 - 1250];
  kFlights.push({
    id: 41 + k, cls: { fixed_wing: 0.97, multirotor: 0.01, aircraft: 0.02 },
    behaviour: { ingress: 0.97 },
    sources: { 'radar-west': 30 + k, 'radar-city': k }, arrives: true,
    path: [[30 + 4 * k, -39500 + e, -4000 + n, 180], [420 + 4 * k, -15000 + e, -8500 + n, 120],
      [600, -13800 + e / 3, -9200 + n / 3, 100]],
  });
}
kFlights.push(
  {
    id: 3, cls: { aircraft: 0.995, other: 0.005 },
    identity: { icao: '71BE17', callsign: 'KAL1205' },
    sources: { 'adsb-1': 540, 'radar-city': 77 }, corroborated: true,
    path: [[0, -39000, -30000, 2400], [300, -5000, -12000, 1300], [600, 32000, 8000, 2900]],
  },
  {
    id: 4, cls: { aircraft: 0.6, other: 0.4 }, identity: { icao: '7C0FFE', callsign: 'GHOST1' },
    sources: { 'adsb-1': 61 }, corroborated: false,
    path: [[0, 20000, -30000, 1500], [600, 12000, 30000, 1500]],
  },
  {
    id: 5, cls: { multirotor: 0.88, bird: 0.1, other: 0.02 },
    identity: { remote_id: '1581F5FKD229B00A' }, behaviour: { hover: 0.9 },
    sources: { 'camera-roof': 120, 'acoustic-2': 44 }, corroborated: true,
    path: [[0, 5200, 9000, 110], [300, 5600, 9300, 120], [600, 5200, 8900, 110]],
  },
);

const iso = (ms) => new Date(ms).toISOString().replace('Z', '000000Z');

/** The picture t seconds into the scenario; birds fill it up to `most` tracks. */
function picture(t, most) {
  const tracks = [];
  const put = (f, id, first_s, { p, v }, coast_s = 0) => {
    const dark = id % 9 === 4;
    tracks.push({
      id, existence: 0.9 + 0.0999 * noise(id), ...at(p[0], p[1]),
      alt_hae_m: kOrigin.height_hae_m + p[2], enu_m: p, vel_enu_mps: v,
      sd_m: dark ? [160, 45, 120] : [12 + 20 * noise(id), 10 + 15 * noise(id + 1), 40],
      class: f.cls, behaviour: f.behaviour ?? {}, identity: f.identity ?? {},
      sources: Object.fromEntries(Object.entries(f.sources).filter(([, n]) => n > 0)),
      corroborated: f.corroborated ?? Object.keys(f.sources).length > 1,
      first_evidence: iso(kStart_ms + 1000 * first_s),
      last_detection: iso(kStart_ms + 1000 * (t - coast_s)),
    });
  };
  for (const f of kFlights) {
    const state = fly(f.path, t);
    if (state) put(f, f.id, f.path[0][0], state, f.id === 13 && t % 60 > 45 ? (t % 60) - 45 : 0);
  }
  for (let k = 0; tracks.length < most; ++k) {
    const [r, w] = [300 + 900 * noise(k), 0.004 + 0.012 * noise(k + 7)];
    const a = w * t + 6.28 * noise(k + 13);
    const drift = 4 * (noise(k + 23) - 0.5) * t;
    const p = [
      (noise(k + 31) - 0.5) * 66000 + r * Math.sin(a) + drift,
      (noise(k + 41) - 0.5) * 66000 + r * Math.cos(a), 60 + 300 * noise(k + 3),
    ];
    if (Math.hypot(p[0], p[1]) > 39000) continue;
    const v = [r * w * Math.cos(a) + 4 * (noise(k + 23) - 0.5), -r * w * Math.sin(a), 0.2];
    const cls = k % 17 === 0 ? { bird: 0.3, multirotor: 0.3, other: 0.3 }
      : { bird: 0.7 + 0.28 * noise(k), multirotor: 0.02, other: 0.1 };
    put({ cls, sources: { 'radar-city': 5 + (k % 90) } }, 1000 + k, -300 * noise(k), { p, v });
  }
  return { type: 'picture', time: iso(kStart_ms + 1000 * t), tracks };
}

/** Every change of an alert in the scenario, in order of time. */
const kAlertChanges = [
  [12, 1, 'watch', 13, { area: 'Border' }, 'Track 13 is about to cross the Border.', null, 0.7],
  [45, 1, 'warning', 13, { area: 'P-73' },
    'Fixed-wing drone, track 13, heads for P-73.', [130, 185, 260], 0.81],
  [140, 1, 'alarm', 13, { area: 'P-73' },
    'Fixed-wing drone, track 13, will enter P-73 within minutes.', [48, 75, 110], 0.94],
  [60, 2, 'watch', 45, { place: 'Power Station' },
    '14 fixed-wing drones come in low over the sea toward Power Station.', [310, 400, 520], 0.62],
  [100, 2, 'alarm', 45, { place: 'Power Station' },
    'Raid of 14 fixed-wing drones will reach Power Station.', [290, 340, 420], 0.97],
  [30, 3, 'watch', 4, { place: 'City Hall' },
    'GHOST1 broadcasts a position that no other sensor confirms.', null, 0.3],
  [110, 3, 'cleared', 4, { place: 'City Hall' },
    'GHOST1 stays clear of City Hall; still unconfirmed.', null, 0.05],
  [70, 4, 'warning', 12, { area: 'Border' }, 'Track 12 has crossed the Border.', null, 0.99],
  [80, 5, 'watch', 15, { place: 'Terminal 1' },
    'Track 15 may come near Terminal 1.', [400, 520, 700], 0.24],
].map(([t, id, level, track, where, text, arrival_s, probability]) => ({
  t,
  alert: {
    id, time: iso(kStart_ms + 1000 * t), level, track, ...where, text, arrival_s, probability,
  },
})).sort((a, b) => a.t - b.t);

/**
 * Starts the mock on a port of the kernel's choice (or the one given), on loopback only.
 * @returns its address, and close()
 */
export async function startMock({ mode = 'demo', tracks = 300, port = 0, start_s = 125 } = {}) {
  const started_ms = Date.now();
  const relief = hillshade();
  const replay = { at_s: start_s, speed: 1, paused: false, moved_ms: started_ms,
    catching_up: false };
  const links = mode === 'replay' ? [] : [
    {
      name: 'mqtt broker.example:1883', direction: 'in', state: 'up', reason: null,
      retry_in_s: null, age_s: 0.3, report_age_s: 0.3, bytes: 5e6, messages: 5210, reports: 5210,
      bytes_per_s: 12400, messages_per_s: 12.5, reports_per_s: 12.5,
      clock: { offset_s: -3.4, spread_s: 0.02, least_s: -3.5, reports: 64 },
      errors: 0, reconnects: 0, last_error: null,
    },
    {
      name: 'tls receiver.example:30005', direction: 'in', state: 'up', reason: null,
      retry_in_s: null, age_s: 1.1, report_age_s: 1.2, bytes: 8000, messages: 18, reports: 18,
      bytes_per_s: 640, messages_per_s: 1, reports_per_s: 1, clock: null, errors: 2,
      reconnects: 9, last_error: 'a line that is none',
    },
  ];
  const posts = [];
  const observations = [];
  /** How observations are answered; of the next `drop` ones the answer is lost. */
  const observing = { drop: 0, answer: [200, { recorded: true, tracked: true }] };

  const scenario_s = () => {
    if (mode !== 'replay') return (start_s + (Date.now() - started_ms) / 1000) % kDuration_s;
    const now = Date.now();
    if (!replay.paused) replay.at_s += (replay.speed * (now - replay.moved_ms)) / 1000;
    replay.moved_ms = now;
    replay.at_s = Math.min(kDuration_s, Math.max(0, replay.at_s));
    return replay.at_s;
  };
  const replayState = () => ({
    from: iso(kStart_ms), to: iso(kStart_ms + 1000 * kDuration_s),
    at: iso(kStart_ms + 1000 * scenario_s()), speed: replay.speed, paused: replay.paused,
    catching_up: replay.catching_up,
  });
  const alertsAt = (t) => {
    const by_id = new Map();
    for (const change of kAlertChanges) if (change.t <= t) by_id.set(change.alert.id, change.alert);
    return [...by_id.values()].sort((a, b) => (a.time < b.time ? 1 : -1));
  };
  const health = () => {
    const t = scenario_s();
    const sensors = kSensors.map((s, k) => {
      const state = s.id === 'acoustic-3' ? 'silent'
        : s.id === 'camera-roof' && t < 60 ? 'never' : 'up';
      const last_s = state === 'silent' ? Math.min(t, 41) : Math.floor(t);
      return {
        id: s.id, state, last_report: state === 'never' ? null : iso(kStart_ms + 1000 * last_s),
        reports: Math.floor(last_s), detections: Math.floor(last_s * (3 + 20 * noise(k))),
        empty_looks: s.id === 'acoustic-2' ? 41 : 0, reports_per_s: state === 'up' ? 1 : 0,
        clock: k === 2 ? { offset_s: 4.2, spread_s: 0.1, least_s: 4.1, reports: 64 } : null,
        refused: k === 1 ? 3 : 0,
        refusals: k === 1 ? { 'range_m is not a number': 3 } : {},
      };
    });
    return {
      status: 'ok', version: '0.1.0', time: iso(Date.now()), mode,
      data_time: iso(kStart_ms + 1000 * t), uptime_s: (Date.now() - started_ms) / 1000,
      reports: sensors.reduce((n, s) => n + s.reports, 0),
      detections: sensors.reduce((n, s) => n + s.detections, 0), tracks, refused: 3,
      recording: mode === 'replay' ? null : { file: 'mock.gpkg', durable_seq: Math.floor(t * 9) },
      sensors,
      ...(links.length > 0 ? { feeds: links } : {}),
    };
  };

  /** Nobody looks in the west: there the unseen gather. */
  const unseen = () => {
    const side = 64;
    const levels = [];
    for (let row = 0; row < side; ++row) {
      for (let column = 0; column < side; ++column) {
        const r = Math.hypot(row - 31.5, column - 31.5);
        const level = r > 32 ? 0 : Math.max(1, Math.round(255 - 5 * column));
        levels.push(level.toString(16).padStart(2, '0'));
      }
    }
    const corners = [[-1, 1], [1, 1], [1, -1], [-1, -1]].map(([e, n]) => lonLat(4e4 * e, 4e4 * n));
    return {
      time: iso(kStart_ms + 1000 * scenario_s()), expected: 0.42, side, cell_m: 1250, corners,
      most: 0.004, levels: levels.join(''),
    };
  };

  const kWhatIfSensors = kSensors.filter((s) => s.max_range_m > 0);
  const choices = () => ({
    presets: ['radar-drone-x', 'camera-day'],
    classes: [
      { class: 'multirotor', title: 'Multirotor', speed_mps: 20 },
      { class: 'fixed_wing', title: 'Fixed-wing drone', speed_mps: 50 },
    ],
    heights_agl_m: [30, 50, 100, 200, 500, 1500],
    sensors: kWhatIfSensors.map((s) => ({
      id: s.id, name: s.id, kind: s.kind, lat_deg: s.lat_deg, lon_deg: s.lon_deg,
      height_agl_m: 12, measured: s.id === 'radar-north',
    })),
  });
  /**
   * Everybody sees a disc, half as far at a stated time; radar-north's is measured, and the corner
   * in the south-east unknown.
   */
  const whatIf = (question) => {
    const n = 160;
    const reach = question.time ? 0.25 : 0.5;
    const as_is = kWhatIfSensors.map((s) => ({ ...s, reach_m: reach * s.max_range_m }));
    const moved = as_is.filter((s) => s.id !== question.sensor);
    if (question.at) {
      const was = as_is.find((s) => s.id === question.sensor);
      moved.push({ ...question.at, id: '', reach_m: was?.reach_m ?? 8000 });
    }
    const east = (s) => (s.lon_deg - kOrigin.lon_deg) / (lonLat(1, 0)[0] - kOrigin.lon_deg);
    const north = (s) => (s.lat_deg - kOrigin.lat_deg) / (lonLat(0, 1)[1] - kOrigin.lat_deg);
    const levels = Buffer.alloc(n * n);
    const seen = { now: 0, then: 0, measured: 0, gained: 0, lost: 0, all: 0, unknown: 0 };
    for (let row = 0; row < n; ++row) {
      for (let column = 0; column < n; ++column) {
        const e = 80000 * ((column + 0.5) / n - 0.5);
        const up = 80000 * (0.5 - (row + 0.5) / n);
        const o = row * n + column;
        levels[o] = 254;
        if (Math.hypot(e, up) > 40000) continue;
        ++seen.all;
        levels[o] = 255;
        if (e > 15000 && up < -15000) {
          ++seen.unknown;
          continue;
        }
        const who = (s) => Math.hypot(e - east(s), up - north(s)) < s.reach_m;
        const by = moved.find(who);
        const measured = by?.id === 'radar-north';
        levels[o] = by ? (measured ? 101 + 80 : 95) : 0;
        seen.now += as_is.some(who) ? 1 : 0;
        seen.then += by ? 1 : 0;
        seen.measured += measured ? 1 : 0;
        seen.gained += by && !as_is.some(who) ? 1 : 0;
        seen.lost += !by && as_is.some(who) ? 1 : 0;
      }
    }
    const percent = (count) => (100 * count) / seen.all;
    const share = (count) => ({
      seen_percent: percent(count), gap_percent: percent(seen.all - seen.unknown - count),
      unknown_percent: percent(seen.unknown), measured_percent: percent(seen.measured),
    });
    const change = (height_agl_m) => ({
      height_agl_m, now: share(seen.now), then: share(seen.then),
      gained_percent: percent(seen.gained), lost_percent: percent(seen.lost),
    });
    const answered = {
      ...change(question.height_agl_m),
      ...(question.time ? { time: question.time } : {}),
      ...(question.by_height ? { by_height: choices().heights_agl_m.map(change) } : {}),
      corners: [[-1, 1], [1, 1], [1, -1], [-1, -1]].map(([e, u]) => lonLat(4e4 * e, 4e4 * u)),
      width: n, height: n, took_ms: 1,
    };
    return deflateSync(Buffer.concat([Buffer.from(`${JSON.stringify(answered)}\n`), levels]));
  };

  const answer = (response, status, body) => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://mock');
    if (pathname === '/v1/site') return answer(response, 200, kSite);
    if (pathname === '/v1/operators') {
      if (request.headers.authorization !== `Bearer ${kKey}`) {
        return answer(response, 401, { error: 'Whose key is this?' });
      }
      const operators = [{
        time: iso(Date.now()), remote_id: '1581F5FKD229B00A', operator_id: 'KOR-OP-1',
        location_type: 'live', ...at(4600, 8200),
      }];
      return answer(response, 200, { retention_s: 3600, operators });
    }
    if (pathname === '/v1/unseen') return answer(response, 200, unseen());
    if (pathname === '/v1/health') return answer(response, 200, health());
    if (pathname === '/v1/plan/what-if') {
      if (request.method !== 'POST') return answer(response, 200, choices());
      let text = '';
      request.on('data', (part) => (text += part));
      request.on('end', () => {
        response.writeHead(200, {
          'content-type': 'application/octet-stream', 'content-encoding': 'deflate',
        });
        response.end(whatIf(JSON.parse(text)));
      });
      return undefined;
    }
    if (pathname === '/v1/alerts') return answer(response, 200, { alerts: alertsAt(scenario_s()) });
    if (pathname === '/v1/tracks') {
      const { time, tracks: list } = picture(scenario_s(), tracks);
      return answer(response, 200, { time, tracks: list });
    }
    if (pathname === '/v1/terrain/hillshade.png') {
      response.writeHead(200, { 'content-type': 'image/png' });
      return response.end(relief);
    }
    if (pathname === '/v1/replay' && mode === 'replay') {
      if (request.method !== 'POST') return answer(response, 200, replayState());
      let text = '';
      request.on('data', (part) => (text += part));
      request.on('end', () => {
        const change = JSON.parse(text);
        posts.push(change);
        scenario_s(); // brings the clock up to now before it changes
        if (change.at !== undefined) replay.at_s = (Date.parse(change.at) - kStart_ms) / 1000;
        if (change.speed !== undefined) replay.speed = change.speed;
        if (change.paused !== undefined) replay.paused = change.paused;
        answer(response, 200, replayState());
        send({ type: 'replay', ...replayState() });
      });
      return undefined;
    }
    if (pathname === '/v1/observations' && request.method === 'POST') {
      let text = '';
      request.on('data', (part) => (text += part));
      request.on('end', () => {
        const body = JSON.parse(text);
        observations.push({ ...body, came_ms: Date.now() });
        if (observing.drop > 0) {
          observing.drop -= 1; // taken, but the answer is lost on its way
          return request.socket.destroy();
        }
        const [status, said] = observing.answer;
        return answer(response, status, { id: body.id, ...said });
      });
      return undefined;
    }
    if (pathname.startsWith('/v1/')) return answer(response, 404, { error: `no ${pathname} here` });
    const file = join(kDist, normalize(kPages[pathname] ?? pathname));
    if (!file.startsWith(kDist) || !existsSync(file) || !statSync(file).isFile()) {
      return answer(response, 404, { error: `no ${pathname} here` });
    }
    const type = kTypes[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type });
    return createReadStream(file).pipe(response);
  });

  const connections = new Set();
  server.on('connection', (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
  });
  const sockets = new WebSocketServer({ server, path: '/v1/stream/changes' });
  const send = (message) => {
    const text = JSON.stringify(message);
    for (const socket of sockets.clients) if (socket.bufferedAmount < 4e6) socket.send(text);
  };
  // As the service: a whole picture first, then what is left out of it and all that moves.
  const has_picture = new WeakSet();
  let ids = new Set();
  const tellPicture = (whole) => {
    const now = new Set(whole.tracks.map((track) => track.id));
    const gone = [...ids].filter((id) => !now.has(id));
    const moved = whole.tracks.map((track) => {
      const { sources, first_evidence, ...rest } = track;
      return ids.has(track.id) ? rest : track;
    });
    ids = now;
    const changes = JSON.stringify({ type: 'changes', time: whole.time, tracks: moved, gone });
    const text = JSON.stringify(whole);
    for (const socket of sockets.clients) {
      if (socket.bufferedAmount >= 4e6) {
        has_picture.delete(socket);
      } else {
        socket.send(has_picture.has(socket) ? changes : text);
        has_picture.add(socket);
      }
    }
  };
  sockets.on('connection', (socket) => {
    socket.send(JSON.stringify({ type: 'hello', version: '0.1.0', mode, time: iso(Date.now()) }));
  });
  let alerts_s = start_s;
  const pictures = setInterval(() => {
    const t = scenario_s();
    tellPicture(picture(t, tracks));
    for (const { t: when, alert } of kAlertChanges) {
      if (when > alerts_s && when <= t) send({ type: 'alert', alert });
    }
    alerts_s = t;
  }, 100);
  const seconds = setInterval(() => {
    send({ type: 'health', ...health() });
    send({ type: 'unseen', ...unseen() });
    if (mode === 'replay') send({ type: 'replay', ...replayState() });
  }, 1000);

  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    posts,
    links,
    replay,
    observations,
    observing,
    close: () => {
      clearInterval(pictures);
      clearInterval(seconds);
      const closed = new Promise((resolve) => server.close(resolve));
      // One that is only now asking for the stream is no client yet, and would never be closed.
      for (const connection of connections) connection.destroy();
      return closed;
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      mode: { type: 'string', default: 'demo' },
      tracks: { type: 'string', default: '300' },
      port: { type: 'string', default: '8081' },
    },
  });
  const mock = await startMock({
    mode: values.mode, tracks: Number(values.tracks), port: Number(values.port),
  });
  console.log(`mock (${values.mode}) on ${mock.url}`);
}
