// SPDX-License-Identifier: Apache-2.0

/**
 * "What if": a sensor of the site moved or taken away, or one more, asked of the service's planner.
 * Nothing of the site changes. One question is under way at a time, and then the newest follows.
 */

import {
  getWhatIf, postWhatIf, type WhatIfAnswer, type WhatIfChoices, type WhatIfPicture,
  type WhatIfQuestion,
} from './api';
import { pixelAt, probabilityOf, type Corners, type Probability } from './map/whatif';

/** Heights are asked for once the sensor has rested for this long. */
const kRest_ms = 350;
const kPresetHeight_m = 10;

export interface Place {
  lat_deg: number;
  lon_deg: number;
}

/** A picture of the service, taken apart. */
export interface Levels {
  width: number;
  height: number;
  corners: Corners;
  levels: Uint8Array;
}

function levelsOf({ answer, levels }: WhatIfPicture): Levels {
  const { width, height, corners } = answer;
  return { width, height, corners, levels };
}

export class WhatIf {
  active = false;
  choices: WhatIfChoices | null = null;
  /** The sensor of the site that is moved, or the preset that is added; neither: as it is. */
  sensor = '';
  preset = '';
  /** Where it would stand; null: taken away. */
  at: Place | null = null;
  sensor_height_m = kPresetHeight_m;
  target_class = 'multirotor';
  height_agl_m = 100;
  /** In whose light and weather, RFC 3339; empty: by daylight. */
  time = '';

  now: Levels | null = null;
  then: Levels | null = null;
  answer: WhatIfAnswer | null = null;
  error = '';
  /** Raised with each new picture. */
  picture = 0;
  /** When the question of the newest picture was put, by performance.now(). */
  asked_ms = 0;

  #client = Math.random().toString(36).slice(2);
  #changed: () => void;
  #asked = 0;
  #answered = 0;
  #busy = false;
  #heights_due = false;
  #now_of = '';
  #rest: ReturnType<typeof setTimeout> | undefined;
  #moved_ms = 0;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Whether the answer is that to what is set now. */
  get settled(): boolean {
    return this.answer !== null && !this.#busy && this.#answered === this.#asked;
  }

  async open(): Promise<void> {
    this.active = true;
    this.error = '';
    this.#changed();
    try {
      this.choices = await getWhatIf();
      const { heights_agl_m: heights } = this.choices;
      if (!heights.includes(this.height_agl_m)) this.height_agl_m = heights[0] ?? 100;
      this.ask();
    } catch (error) {
      this.#fail(error);
    }
  }

  close(): void {
    this.active = false;
    this.sensor = this.preset = '';
    this.at = this.answer = this.now = this.then = null;
    this.#now_of = '';
    ++this.#asked; // what is under way comes too late
    clearTimeout(this.#rest);
    ++this.picture;
    this.#changed();
  }

  /** A sensor of the site, where it stands, or a preset at a place. */
  choose(what: { sensor?: string; preset?: string }, place: Place | null): void {
    this.sensor = what.sensor ?? '';
    this.preset = what.preset ?? '';
    const known = this.choices?.sensors.find((s) => s.id === this.sensor);
    this.at = known ? { lat_deg: known.lat_deg, lon_deg: known.lon_deg } : place;
    this.sensor_height_m = known ? Math.round(10 * known.height_agl_m) / 10 : kPresetHeight_m;
    this.ask();
  }

  move(at: Place | null): void {
    this.at = at;
    this.ask();
  }

  /** The figures of what is set are asked for, as soon as those under way are there. */
  ask(): void {
    ++this.#asked;
    this.#moved_ms = performance.now();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => void this.#put(true), kRest_ms);
    void this.#put(false);
    this.#changed();
  }

  /** p_D under the pointer, now and then; null: no picture, or not there. */
  at_pointer(at: Place): { now: Probability | 'unknown'; then: Probability | 'unknown' } | null {
    const read = (of: Levels | null) => {
      if (!of) return null;
      const i = pixelAt(of.corners, of.width, of.height, at.lat_deg, at.lon_deg);
      return i < 0 ? null : probabilityOf(of.levels[i] as number);
    };
    const now = read(this.now);
    const then = read(this.then);
    return now === null || then === null ? null : { now, then };
  }

  #question(): WhatIfQuestion {
    const question: WhatIfQuestion = {
      client: this.#client, class: this.target_class, height_agl_m: this.height_agl_m,
    };
    if (this.time) question.time = this.time;
    if (this.sensor) question.sensor = this.sensor;
    else if (this.preset && this.at) question.preset = this.preset;
    if (this.at && (this.sensor || this.preset)) {
      question.at = { ...this.at, height_agl_m: this.sensor_height_m };
    }
    return question;
  }

  async #put(by_height: boolean): Promise<void> {
    if (!this.active) return;
    if (this.#busy) {
      // Who is busy asks again when done.
      this.#heights_due ||= by_height;
      return;
    }
    this.#busy = true;
    if (by_height) this.#heights_due = false;
    const asked = this.#asked;
    const asked_ms = this.#moved_ms;
    let failed: unknown = null;
    let got: WhatIfPicture | null = null;
    const question = this.#question();
    // The same question of the site as it is.
    const { sensor: _sensor, preset: _preset, at: _at, ...as_it_is } = question;
    const view = JSON.stringify(as_it_is);
    try {
      if (view !== this.#now_of) {
        this.now = levelsOf(await postWhatIf(as_it_is));
        this.#now_of = view;
      }
      got = await postWhatIf(by_height ? { ...question, by_height } : question);
    } catch (error) {
      failed = error;
    }
    this.#busy = false;
    this.#answered = asked;
    // The next question is on its way before this one's picture is drawn.
    if (this.active && this.#answered !== this.#asked) void this.#put(false);
    else if (this.active && this.#heights_due) void this.#put(true);
    if (got && this.active && view === this.#now_of) {
      const of_before = this.answer?.by_height;
      this.answer = got.answer;
      if (!by_height && of_before) this.answer.by_height = of_before;
      this.then = levelsOf(got);
      this.asked_ms = asked_ms;
      this.error = '';
      ++this.picture;
    }
    if (failed !== null && asked === this.#asked) this.error = textOf(failed);
    this.#changed();
  }

  #fail(error: unknown): void {
    this.error = textOf(error);
    this.#changed();
  }
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
