// SPDX-License-Identifier: Apache-2.0

/**
 * The picture as the console knows it: plain state that messages change and views read.
 * It knows neither the page nor the network; the wall clock is handed in, so that tests own it.
 */

import type { Alert, Health, Level, Message, Mode, Replay, Site, Track, Unseen } from './api';
import { classStyle, kLevels, topClass, type ClassStyle } from './classes';
import { parseTime } from './format';
import { bearingOf, rangeBearing, type LonLat } from './geo';
import { Operators } from './operators';
import { WhatIf } from './whatif';

/** Trail points are kept at most this often, in data time. */
const kTrailStep_ms = 1000;
/** Trail points kept over all tracks; each track's share shrinks as tracks grow in number. */
const kTrailPoints = 80000;
const kTrailMost = 240;
const kTrailLeast = 12;
const kAlertsMost = 1000;
/** A picture older than the one before by more than this is a jump back, not jitter. */
const kJumpBack_ms = 1500;
/** A gap longer than this between two pictures breaks the trails: nobody saw what was between. */
const kJumpAhead_ms = 30000;

export interface NearestPlace {
  name: string;
  range_m: number;
  /** Bearing of the track as seen from the place. */
  bearing_deg: number;
  inside: boolean;
}

/** A track with what views ask of it again and again. */
export interface TrackView {
  t: Track;
  style: ClassStyle;
  class_probability: number;
  speed_mps: number;
  course_deg: number;
  /** When a sensor last saw it, and for how long it has been held. */
  seen_ms: number;
  age_s: number;
  nearest: NearestPlace | null;
  trail: { ms: number; at: LonLat }[];
}

/** Where the data stands, the first thing that a watch officer must know. */
export type Link =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'stalled'; silent_s: number }
  | { kind: 'lost'; silent_s: number; retry_in_s: number; attempt: number };

/** No message for this long means that the link is dead: the service speaks every second. */
export const kStalled_ms = 3000;
/** No new report for this long, or three looks of the slowest sensor, is worth a warning. */
const kOldData_ms = 6000;

export class Model {
  site: Site | null = null;
  health: Health | null = null;
  mode: Mode | null = null;
  version = '';
  replay: Replay | null = null;
  unseen: Unseen | null = null;
  readonly whatIf = new WhatIf(() => this.changed());
  /** The picture is drawn anew: it shows the operator of the selected track. */
  readonly operators = new Operators(() => {
    this.picture += 1;
    this.changed();
  });
  tracks = new Map<number, TrackView>();
  alerts = new Map<number, Alert>();
  data_ms = NaN;
  /** Raised on each change of the picture, so that the map redraws only when it must. */
  picture = 0;
  selected: number | null = null;
  /** The selected track as last held, kept after the tracker let go of it. */
  last_selected: TrackView | null = null;
  /** Tracks or messages that made no sense, shown rather than swallowed. */
  malformed = 0;
  socket_open = false;
  attempt = 0;
  retry_at_ms = NaN;
  last_message_ms = NaN;
  /** Wall time at which the data time last moved on. */
  data_moved_ms = NaN;
  alert_level_of = new Map<number, Level>();

  #listeners = new Set<() => void>();

  /** Calls back after each change; the caller decides how often it redraws. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  setSite(site: Site): void {
    this.site = site;
    for (const view of this.tracks.values()) view.nearest = this.#nearest(view.t);
    this.changed();
  }

  /** Replaces all alerts, after a connection was made or the replay jumped. */
  setAlerts(alerts: Alert[]): void {
    this.alerts.clear();
    // Newest first on the wire; a later change of one alert wins.
    for (const alert of alerts.toReversed()) this.#addAlert(alert);
    this.#indexAlerts();
    this.changed();
  }

  /**
   * Takes one message of the stream.
   * @returns true if the data time jumped back, and so alerts must be asked for anew.
   */
  take(message: Message, now_ms: number): boolean {
    this.last_message_ms = now_ms;
    let jumped = false;
    switch (message.type) {
      case 'hello':
        this.version = message.version;
        this.mode = message.mode;
        break;
      case 'picture':
        jumped = this.#takePicture(message.time, message.tracks, now_ms);
        break;
      case 'alert':
        this.#addAlert(message.alert);
        this.#indexAlerts();
        break;
      case 'sensors':
        // One joined or changed; all else of the site is as it was.
        if (this.site) this.site = { ...this.site, sensors: message.sensors };
        break;
      case 'health':
        this.health = message;
        this.mode = message.mode;
        break;
      case 'unseen':
        this.unseen = message;
        break;
      case 'replay':
        this.replay = message;
        break;
      default:
        this.malformed += 1; // a message of a newer service
    }
    this.changed();
    return jumped;
  }

  select(id: number | null): void {
    this.selected = id;
    this.last_selected = id === null ? null : (this.tracks.get(id) ?? null);
    this.#watchOperator();
    this.picture += 1;
    this.changed();
  }

  /** The state of the connection at a moment. */
  link(now_ms: number): Link {
    const silent_s = (now_ms - this.last_message_ms) / 1000;
    if (!this.socket_open) {
      if (!Number.isFinite(this.last_message_ms) && this.attempt < 2) return { kind: 'connecting' };
      const retry_in_s = Math.max(0, (this.retry_at_ms - now_ms) / 1000);
      return { kind: 'lost', silent_s, retry_in_s, attempt: this.attempt };
    }
    return silent_s * 1000 > kStalled_ms ? { kind: 'stalled', silent_s } : { kind: 'live' };
  }

  /** Seconds for which the data time has stood still though it should move; 0 if all is well. */
  standstill_s(now_ms: number): number {
    if (!Number.isFinite(this.data_moved_ms)) return 0;
    if (this.replayHolds()) return 0;
    const slowest_s = Math.max(0, ...(this.site?.sensors ?? []).map((s) => s.period_s));
    const still_ms = now_ms - this.data_moved_ms;
    return still_ms > Math.max(kOldData_ms, 3000 * slowest_s) ? still_ms / 1000 : 0;
  }

  /** Whether a replay stands still because somebody paused it or it is at its end. */
  replayHolds(): boolean {
    if (this.mode !== 'replay' || !this.replay) return false;
    return this.replay.paused || parseTime(this.replay.at) >= parseTime(this.replay.to);
  }

  /**
   * Alerts that still stand, worst first; then the cleared ones. Among equals those of tracks that
   * are held come first, then what has happened, newest first, then what comes next.
   */
  sortedAlerts(): Alert[] {
    const held = (a: Alert) => (a.level !== 'cleared' && this.tracks.has(a.track) ? 1 : 0);
    // An instant, so that the order holds while both count down; 0: has happened.
    const due_ms = (a: Alert) => {
      if (a.level === 'cleared' || !a.arrival_s) return 0;
      const ms = parseTime(a.time) + 1000 * a.arrival_s[1];
      return ms > this.data_ms ? ms : 0;
    };
    return [...this.alerts.values()].sort(
      (a, b) =>
        kLevels[b.level].rank - kLevels[a.level].rank || held(b) - held(a)
        || due_ms(a) - due_ms(b) || parseTime(b.time) - parseTime(a.time),
    );
  }

  #addAlert(alert: Alert): void {
    if (!(alert.level in kLevels)) {
      this.malformed += 1;
      return;
    }
    this.alerts.delete(alert.id);
    this.alerts.set(alert.id, alert);
    while (this.alerts.size > kAlertsMost) {
      const oldest = this.alerts.keys().next().value;
      if (oldest === undefined) break;
      this.alerts.delete(oldest);
    }
  }

  #indexAlerts(): void {
    this.alert_level_of.clear();
    for (const { track, level } of this.alerts.values()) {
      const known = this.alert_level_of.get(track);
      if (level === 'cleared' || (known && kLevels[known].rank >= kLevels[level].rank)) continue;
      this.alert_level_of.set(track, level);
    }
    this.picture += 1;
  }

  #takePicture(time: string, tracks: Track[], now_ms: number): boolean {
    const ms = parseTime(time);
    if (!Number.isFinite(ms) || !Array.isArray(tracks)) {
      this.malformed += 1;
      return false;
    }
    if (ms !== this.data_ms) this.data_moved_ms = now_ms;
    const jumped = ms < this.data_ms - kJumpBack_ms;
    const broken = jumped || ms > this.data_ms + kJumpAhead_ms;
    this.data_ms = ms;
    const held = new Map<number, TrackView>();
    const most = Math.max(
      kTrailLeast,
      Math.min(kTrailMost, Math.floor(kTrailPoints / Math.max(1, tracks.length))),
    );
    for (const t of tracks) {
      if (!isWhole(t)) {
        this.malformed += 1;
        continue;
      }
      const trail = broken ? [] : (this.tracks.get(t.id)?.trail ?? []);
      const newest = trail.at(-1);
      if (!newest || ms - newest.ms >= kTrailStep_ms) {
        trail.push({ ms, at: [t.lon_deg, t.lat_deg] });
        if (trail.length > most) trail.splice(0, trail.length - most);
      }
      held.set(t.id, this.#view(t, trail, ms));
    }
    this.tracks = held;
    if (this.selected !== null) {
      this.last_selected = held.get(this.selected) ?? this.last_selected;
      this.#watchOperator();
    }
    this.picture += 1;
    return jumped;
  }

  #watchOperator(): void {
    const shown = this.site?.operators ? this.last_selected : null;
    this.operators.watch(shown ? remoteId(shown.t) : null);
  }

  #view(t: Track, trail: TrackView['trail'], ms: number): TrackView {
    const [ve, vn] = t.vel_enu_mps;
    const top = topClass(t.class);
    const seen = parseTime(t.last_detection);
    return {
      t,
      style: classStyle(top.name),
      class_probability: top.probability,
      speed_mps: Math.hypot(ve, vn),
      course_deg: bearingOf(ve, vn),
      seen_ms: Number.isFinite(seen) ? seen : ms,
      age_s: (ms - parseTime(t.first_evidence)) / 1000,
      nearest: this.#nearest(t),
      trail,
    };
  }

  #nearest(t: Track): NearestPlace | null {
    let best: NearestPlace | null = null;
    let least = Infinity;
    for (const p of this.site?.places ?? []) {
      const r = rangeBearing(p.lat_deg, p.lon_deg, t.lat_deg, t.lon_deg);
      const to_edge = r.range_m - p.radius_m;
      if (to_edge < least) {
        least = to_edge;
        best = { name: p.name, ...r, inside: to_edge <= 0 };
      }
    }
    return best;
  }
}

/** Whether a track has what it takes to be shown. */
function isWhole(t: Track): boolean {
  const three = (v: unknown) => Array.isArray(v) && v.length === 3;
  return [t.lat_deg, t.lon_deg, t.alt_hae_m].every(Number.isFinite)
    && three(t.vel_enu_mps) && three(t.sd_m);
}

/** Whether the track says who it is and nobody else confirms that it is there. */
export function isClaim(t: Track): boolean {
  return t.corroborated === false && Object.keys(t.identity ?? {}).length > 0;
}

/** The identity that a drone's Remote ID has; null: it has told none. */
export function remoteId(t: Track): string | null {
  const id = t.identity?.['remote_id'];
  return typeof id === 'string' && id !== '' ? id : null;
}

/** What a track calls itself, in the words that a watch officer knows; null if it says nothing. */
export function claimedName(t: Track): string | null {
  for (const kind of ['callsign', 'remote_id', 'icao']) {
    const name = t.identity?.[kind];
    if (typeof name === 'string' && name !== '') return name;
  }
  return null;
}

/** Seconds since a sensor last contributed, in data time. */
export function unseen_s(view: TrackView, data_ms: number): number {
  return Math.max(0, (data_ms - view.seen_ms) / 1000);
}

/** A track that nobody has seen for longer than this coasts on what was known. */
const kCoasting_s = 8;
/** What exists with less than this probability may be clutter. */
const kDoubtful = 0.7;

/** Whether a track is to be shown as less than certain. */
export function isFaint(view: TrackView, data_ms: number): boolean {
  return view.t.existence < kDoubtful || unseen_s(view, data_ms) > kCoasting_s;
}
