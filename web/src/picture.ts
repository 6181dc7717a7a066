// SPDX-License-Identifier: Apache-2.0

/** The picture, kept from what the stream tells of it: the whole of it once, then what changed. */

import type { Message, Track } from './api';
import { parseTime } from './format';

export type PictureMessage = Extract<Message, { type: 'picture' }>;
export type ChangesMessage = Extract<Message, { type: 'changes' }>;

/** Along a meridian, near enough for the second at most that a track is moved on by. */
const kMetresPerDegree = 111_195;

export class Picture {
  #time = '';
  /** With the time that each was last told of, ms. */
  #tracks = new Map<number, { track: Track; ms: number }>();

  take(message: PictureMessage | ChangesMessage): void {
    this.#time = message.time;
    if (!Array.isArray(message.tracks)) return;
    const ms = parseTime(message.time);
    if (message.type === 'picture') this.#tracks.clear();
    for (const told of message.tracks) {
      const known = this.#tracks.get(told.id)?.track;
      this.#tracks.set(told.id, { track: { ...known, ...told } as Track, ms });
    }
    if (message.type === 'changes') for (const id of message.gone) this.#tracks.delete(id);
  }

  /** All tracks at the newest time: those not told of since moved on with their velocity. */
  now(): PictureMessage {
    const now_ms = parseTime(this.#time);
    const tracks: Track[] = [];
    for (const { track, ms } of this.#tracks.values()) {
      tracks.push(now_ms > ms ? movedOn(track, (now_ms - ms) / 1000) : track);
    }
    return { type: 'picture', time: this.#time, tracks };
  }
}

function movedOn(track: Track, by_s: number): Track {
  const [east, north, up] = track.vel_enu_mps;
  const lat_deg = track.lat_deg + (north * by_s) / kMetresPerDegree;
  const lon_deg = track.lon_deg
    + (east * by_s) / (kMetresPerDegree * Math.cos((track.lat_deg * Math.PI) / 180));
  return { ...track, lat_deg, lon_deg, alt_hae_m: track.alt_hae_m + up * by_s };
}
