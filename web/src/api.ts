// SPDX-License-Identifier: Apache-2.0

/** The service's messages (docs/openapi.yaml) and the calls that the console makes. */

import type { Geometry } from 'geojson';

export type Mode = 'run' | 'demo' | 'replay';

export interface Track {
  id: number;
  existence: number;
  lat_deg: number;
  lon_deg: number;
  alt_hae_m: number;
  enu_m: [number, number, number];
  vel_enu_mps: [number, number, number];
  sd_m: [number, number, number];
  class?: Record<string, number>;
  behaviour?: Record<string, number>;
  identity?: Record<string, unknown>;
  sources?: Record<string, number>;
  corroborated?: boolean;
  first_evidence?: string;
  last_detection?: string;
}

export type Level = 'watch' | 'warning' | 'alarm' | 'cleared';

export interface Alert {
  id: number;
  time: string;
  level: Level;
  track: number;
  area?: string;
  place?: string;
  text: string;
  arrival_s: [number, number, number] | null;
  probability?: number;
}

/** By how much reports' times lie behind their arrival: clock and way, which nobody can part. */
export interface ClockOffset {
  offset_s: number;
  spread_s: number;
  least_s: number;
  reports: number;
}

export interface SensorHealth {
  id: string;
  /** Down: it says so itself, or has gone. */
  state: 'up' | 'silent' | 'never' | 'down';
  last_report: string | null;
  /** Of the newest report that was not empty. */
  last_detection?: string | null;
  /** Looks in a row, up to the last, that saw nothing. */
  empty_looks?: number;
  reports: number;
  /** Over the last ten seconds; null in a replay. */
  reports_per_s?: number | null;
  clock?: ClockOffset | null;
  detections: number;
  refused: number;
  refusals?: Record<string, number>;
  /** False detections, learned over what the site file says. */
  clutter_ratio?: number;
  /** Detections of sure targets over what they should be, at most 1. */
  detection_ratio?: number;
  /** Systematic errors, taken off its detections. */
  bias?: Bias & { sd?: Bias; jumps: number };
}

/** Of a sensor's ranges, angles and clock. */
export interface Bias {
  range_m: number;
  azimuth_deg: number;
  elevation_deg: number;
  clock_s: number;
}

/** An input or output of the site file. */
export interface LinkHealth {
  name: string;
  direction: 'in' | 'out';
  state: 'connecting' | 'listening' | 'up' | 'silent' | 'down';
  /** Why it is silent or down. */
  reason: string | null;
  retry_in_s: number | null;
  age_s: number | null;
  report_age_s: number | null;
  /** Over the last ten seconds; null in the first. */
  bytes_per_s: number | null;
  messages_per_s: number | null;
  reports_per_s: number | null;
  clock: ClockOffset | null;
  errors: number;
  reconnects: number;
  last_error: string | null;
}

export interface Health {
  status: 'ok' | 'degraded';
  version: string;
  time: string;
  mode: Mode;
  data_time: string | null;
  uptime_s: number;
  reports: number;
  detections: number;
  tracks: number;
  refused: number;
  recording: { file: string; durable_seq: number } | null;
  sensors: SensorHealth[];
  /** Left out where the site has none. */
  feeds?: LinkHealth[];
}

/** A part of what a sensor sees: a cone about it, or what stands over a polygon. */
export type Region =
  | { max_range_m: number; azimuth_deg: [number, number] }
  | { polygon: [number, number][][] };

export interface SiteSensor {
  id: string;
  /** For people; left out: the id. */
  name?: string;
  /** It sees within these only; left out: all of its field. */
  views?: Region[];
  kind: string;
  lat_deg: number;
  lon_deg: number;
  alt_hae_m: number;
  max_range_m: number;
  azimuth_deg: [number, number];
  period_s: number;
}

export interface Place {
  name: string;
  lat_deg: number;
  lon_deg: number;
  radius_m: number;
}

export interface Site {
  name: string;
  origin: { lat_deg: number; lon_deg: number; height_hae_m: number };
  region: { radius_m: number; ceiling_agl_m: number } | null;
  sensors: SiteSensor[];
  places: Place[];
  areas: { name: string; alert: string; geojson: Geometry }[];
  terrain: { hillshade: string; corners: [number, number][] } | null;
  /** Whether who has a key may see where the operators of drones stand. */
  operators?: boolean;
}

/** Where somebody who flies a drone stands, as the drone says. Personal data. */
export interface OperatorPlace {
  time: string;
  remote_id: string;
  operator_id: string;
  location_type: 'take-off' | 'live' | 'fixed' | 'unknown';
  lat_deg: number;
  lon_deg: number;
  alt_hae_m?: number;
}

export interface Replay {
  from: string;
  to: string;
  at: string;
  speed: number;
  paused: boolean;
  /** The picture is the recorded one; alerts and sensors are still those of before. */
  catching_up?: boolean;
}

/** Where targets may be that nobody has seen. */
export interface Unseen {
  time: string;
  /** How many of them there are. */
  expected: number;
  side: number;
  cell_m: number;
  /** Longitude and latitude of the square's corners: NW, NE, SE, SW. */
  corners: [number, number][];
  /** Expected number in a cell of level 255. */
  most: number;
  /** Two hexadecimal digits for each cell, row by row from the south-west. */
  levels: string;
}

/** What the planner of the service may be asked. */
export interface WhatIfChoices {
  presets: string[];
  classes: { class: string; title: string; speed_mps: number }[];
  heights_agl_m: number[];
  sensors: {
    id: string; name: string; kind: string; lat_deg: number; lon_deg: number;
    height_agl_m: number; measured: boolean;
  }[];
}

/** A sensor of the site moved or taken away, or one more; neither: as it is. */
export interface WhatIfQuestion {
  client: string;
  sensor?: string;
  preset?: string;
  at?: { lat_deg: number; lon_deg: number; height_agl_m: number };
  class: string;
  height_agl_m: number;
  /** In the light and the weather of then; left out: by daylight. */
  time?: string;
  by_height?: boolean;
  picture?: 'levels';
}

export interface WhatIfShare {
  seen_percent: number;
  gap_percent: number;
  unknown_percent: number;
  measured_percent: number;
}

export interface WhatIfChange {
  height_agl_m: number;
  now: WhatIfShare;
  then: WhatIfShare;
  gained_percent: number;
  lost_percent: number;
}

export interface WhatIfAnswer extends WhatIfChange {
  /** Of the question, if it had one. */
  time?: string;
  by_height?: WhatIfChange[];
  /** Longitude and latitude of the picture's corners: NW, NE, SE, SW. */
  corners: [number, number][];
  /** Of the picture, pixels; rectangular in Web Mercator. */
  width: number;
  height: number;
  took_ms: number;
}

/** An answer and its picture: a byte for each pixel, row by row; see map/whatif.ts. */
export interface WhatIfPicture {
  answer: WhatIfAnswer;
  levels: Uint8Array;
}

export type Message =
  | { type: 'hello'; version: string; mode: Mode; time: string }
  | { type: 'picture'; time: string; tracks: Track[] }
  /** Of tracks that are known only what changed; see docs/openapi.yaml. */
  | { type: 'changes'; time: string; tracks: (Partial<Track> & { id: number })[]; gone: number[] }
  | { type: 'alert'; alert: Alert }
  | { type: 'sensors'; sensors: SiteSensor[] }
  | ({ type: 'health' } & Health)
  | ({ type: 'unseen' } & Unseen)
  | ({ type: 'replay' } & Replay);

const kTimeoutMs = 8000;

async function ask(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(path, { ...init, signal: AbortSignal.timeout(kTimeoutMs) });
  if (!response.ok) {
    const body: unknown = await response.json().catch(() => null);
    const said = (body as { error?: string } | null)?.error;
    throw new Error(said ?? `${path}: HTTP ${response.status}`);
  }
  return response;
}

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await ask(path, init)).json()) as T;
}

export const getSite = () => call<Site>('/v1/site');
export const getUnseen = () => call<Unseen>('/v1/unseen');
export const getHealth = () => call<Health>('/v1/health');
export const getAlerts = async () => (await call<{ alerts: Alert[] }>('/v1/alerts')).alerts;

export async function getOperators(key: string): Promise<OperatorPlace[]> {
  const headers = { authorization: `Bearer ${key}` };
  return (await call<{ operators: OperatorPlace[] }>('/v1/operators', { headers })).operators;
}

export const getWhatIf = () => call<WhatIfChoices>('/v1/plan/what-if');
export async function postWhatIf(question: WhatIfQuestion): Promise<WhatIfPicture> {
  const response = await ask('/v1/plan/what-if', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...question, picture: 'levels' }),
  });
  // A line of JSON, and behind it the levels.
  const bytes = new Uint8Array(await response.arrayBuffer());
  const end = bytes.indexOf(10);
  const answer = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as WhatIfAnswer;
  const levels = bytes.subarray(end + 1);
  if (end < 0 || levels.length !== answer.width * answer.height) {
    throw new Error('the service answered with a picture of another size');
  }
  return { answer, levels };
}

/** Changes the replay; what is left out stays as it is. */
export function postReplay(change: { at?: string; speed?: number; paused?: boolean }) {
  return call<Replay>('/v1/replay', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(change),
  });
}
