// SPDX-License-Identifier: Apache-2.0

import type { Bias, ClockOffset, SensorHealth } from './api';

/** Numbers and times as the console writes them. */

/** Milliseconds since 1970 of an RFC 3339 time (nanoseconds are cut); NaN if it is none. */
export function parseTime(text: string | null | undefined): number {
  return text ? Date.parse(text.replace(/(\.\d{3})\d+/, '$1')) : NaN;
}

/** 12:34:56 in UTC. */
export function clock(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(11, 19) : '--:--:--';
}

/** 2026-03-01. */
export function day(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : '';
}

/** A span of time: 42 s, 3:05, 2:03:05. */
export function span(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  const m = Math.floor(s / 60);
  if (m < 60) return `${m}:${two(s % 60)}`;
  return `${Math.floor(m / 60)}:${two(m % 60)}:${two(s % 60)}`;
}

/** A distance: 850 m, 12.3 km, 140 km. */
export function distance(m: number): string {
  if (!Number.isFinite(m)) return '–';
  if (m < 1000) return `${Math.round(m)} m`;
  return m < 99950 ? `${(m / 1000).toFixed(1)} km` : `${Math.round(m / 1000)} km`;
}

/** A bearing with three digits: 007°. */
export function degrees(deg: number): string {
  if (!Number.isFinite(deg)) return '–';
  return `${String(Math.round(deg) % 360).padStart(3, '0')}°`;
}

/** A whole number with thin spaces between thousands. */
export function count(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

export function percent(p: number): string {
  // What is nearly certain is not certain.
  return p > 0.995 && p < 1 ? '> 99 %' : `${Math.round(p * 100)} %`;
}

/** 37.56650 N 126.97800 E. */
export function position(lat_deg: number, lon_deg: number): string {
  const lon = ((((lon_deg + 180) % 360) + 360) % 360) - 180;
  const ns = lat_deg < 0 ? 'S' : 'N';
  const ew = lon < 0 ? 'W' : 'E';
  return `${Math.abs(lat_deg).toFixed(5)} ${ns}  ${Math.abs(lon).toFixed(5)} ${ew}`;
}

/** Bytes in a second: 830 B/s, 12.4 kB/s, 1.6 MB/s. */
export function bytesRate(bytes_per_s: number): string {
  if (bytes_per_s < 999.5) return `${Math.round(bytes_per_s)} B/s`;
  return bytes_per_s < 999500
    ? `${(bytes_per_s / 1000).toFixed(1)} kB/s` : `${(bytes_per_s / 1e6).toFixed(1)} MB/s`;
}

/** Reports in a second, with as many digits as mean something. */
export function rate(per_s: number): string {
  return `${per_s < 10 ? per_s.toFixed(1) : count(per_s)}/s`;
}

/** A clock offset that is worth a word: late by more than a second, or ahead. */
export function clockText(clock: ClockOffset | null | undefined): string {
  if (!clock) return '';
  const digits = (s: number) => (Math.abs(s) < 100 ? Math.abs(s).toFixed(1) : count(Math.abs(s)));
  // Nothing arrives before it is sent: then it is the clock and not the way.
  if (clock.least_s < -0.1) return `clock \u2212${digits(clock.least_s)} s`;
  return clock.offset_s > 1 ? `late ${digits(clock.offset_s)} s` : '';
}

/** What was learned of a sensor that its site file does not say; usually nothing. */
export function conditionText(
  { bias, clutter_ratio = 1, detection_ratio = 1 }: Partial<SensorHealth>,
): string {
  const words: string[] = [];
  const add = (name: string, key: keyof Bias, least: number, digits: number, unit: string) => {
    const value = bias?.[key] ?? 0;
    if (Math.abs(value) < least) return;
    const sd = bias?.sd?.[key];
    const sure = sd === undefined ? '' : ` \u00b1 ${sd.toFixed(digits)}${unit}`;
    const size = `${Math.abs(value).toFixed(digits)}${unit}`;
    words.push(`${name} ${value < 0 ? '\u2212' : '+'}${size}${sure}`);
  };
  if (bias) {
    if (bias.jumps > 0) words.push(bias.jumps === 1 ? 'turned' : `turned \u00d7${bias.jumps}`);
    add('az', 'azimuth_deg', 0.05, 1, '\u00b0');
    add('el', 'elevation_deg', 0.05, 1, '\u00b0');
    add('range', 'range_m', 5, 0, ' m');
    add('clock', 'clock_s', 0.05, 1, ' s');
  }
  if (clutter_ratio >= 3) words.push(`clutter \u00d7${Math.round(clutter_ratio)}`);
  if (detection_ratio <= 0.7) words.push(`sees ${Math.round(detection_ratio * 100)} %`);
  return words.join(', ');
}
