// SPDX-License-Identifier: Apache-2.0

/** Observations on their way: on the phone until the service says that it has them. */

export type Height = 'low' | 'middle' | 'high' | 'overhead';
export type Sense = 'seen' | 'heard' | 'both';
export type Sureness = 'unsure' | 'likely' | 'certain';

/** The body of POST /v1/observations, but for `sent`. */
export interface Observation {
  id: string;
  time: string;
  observer: string;
  azimuth_deg?: number;
  azimuth_sd_deg?: number;
  elevation?: Height;
  sense: Sense;
  what?: string;
  sure: Sureness;
  at?: { lat_deg: number; lon_deg: number; sd_m: number };
  note?: string;
}

/** What became of one. */
export interface Item {
  observation: Observation;
  /** waiting: on this phone; taken: the service has it; refused: it will not take it. */
  state: 'waiting' | 'taken' | 'refused';
  /** What the service said. */
  said: string;
}

const kPrefix = 'picket-observation-';
const kTimeout_ms = 10000;
const kFirstRetry_ms = 2000;
const kLongestRetry_ms = 60000;
const kMaxShown = 20;

export class Queue {
  #items: Item[] = [];
  #listeners = new Set<() => void>();
  #sending = false;
  #retry_ms = kFirstRetry_ms;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Why the phone does not keep observations, if it does not. */
  fault = '';
  /** Why nothing goes out at the moment. */
  link = '';

  constructor() {
    for (let i = 0; i < localStorage.length; ++i) {
      const key = localStorage.key(i);
      if (!key?.startsWith(kPrefix)) continue;
      try {
        this.#items.push(JSON.parse(localStorage.getItem(key) ?? '') as Item);
      } catch {
        // Not written by this page; nothing to send.
      }
    }
    this.#items.sort((a, b) => a.observation.time.localeCompare(b.observation.time));
    // A phone that is short of space asks before it throws these away.
    void navigator.storage?.persist?.();
    window.addEventListener('online', () => this.sendNow());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.sendNow();
    });
    this.sendNow();
  }

  /** The newest first. */
  get items(): readonly Item[] {
    return [...this.#items].reverse();
  }
  get waiting(): number {
    return this.#items.filter((item) => item.state === 'waiting').length;
  }
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  add(observation: Observation): void {
    const item: Item = { observation, state: 'waiting', said: '' };
    this.#items.push(item);
    this.#keep(item);
    this.sendNow();
  }

  /** Takes one off the list that is not to be sent any more. */
  drop(id: string): void {
    this.#items = this.#items.filter((item) => item.observation.id !== id);
    localStorage.removeItem(kPrefix + id);
    this.#changed();
  }

  sendNow(): void {
    clearTimeout(this.#timer);
    this.#retry_ms = kFirstRetry_ms;
    void this.#send();
  }

  #keep(item: Item): void {
    const key = kPrefix + item.observation.id;
    try {
      // What the service has, it has on disk.
      if (item.state === 'taken') localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(item));
      this.fault = '';
    } catch (error) {
      this.fault = `This phone cannot keep observations (${String(error)}). `
        + 'Leave this page open until all are sent.';
    }
    this.#changed();
  }

  #changed(): void {
    const done = this.#items.filter((item) => item.state === 'taken');
    for (const old of done.slice(0, Math.max(0, done.length - kMaxShown))) {
      this.#items.splice(this.#items.indexOf(old), 1);
    }
    for (const listener of this.#listeners) listener();
  }

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (;;) {
        const item = this.#items.find(({ state }) => state === 'waiting');
        if (!item) {
          this.link = '';
          break;
        }
        if (!(await this.#sendOne(item))) {
          this.#timer = setTimeout(() => void this.#send(), this.#retry_ms);
          this.#retry_ms = Math.min(2 * this.#retry_ms, kLongestRetry_ms);
          break;
        }
        this.#retry_ms = kFirstRetry_ms;
      }
    } finally {
      this.#sending = false;
      this.#changed();
    }
  }

  /** Whether the service has answered for it, one way or the other. */
  async #sendOne(item: Item): Promise<boolean> {
    let response: Response;
    let answer: { tracked?: boolean; recorded?: boolean; reason?: string; error?: string };
    try {
      response = await fetch('/v1/observations', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...item.observation, sent: new Date().toISOString() }),
        signal: AbortSignal.timeout(kTimeout_ms),
      });
      answer = (await response.json()) as typeof answer;
    } catch {
      this.link = 'No connection to the service.';
      return false;
    }
    const passing = response.status >= 500 || response.status === 408 || response.status === 429;
    if (passing) {
      this.link = answer.error ?? `The service answers ${response.status}.`;
      return false;
    }
    this.link = '';
    if (response.ok) {
      item.state = 'taken';
      item.said = answer.tracked
        ? 'in the live picture'
        : `kept, but not in the live picture: ${answer.reason ?? 'no reason given'}`;
      if (!answer.recorded) item.said += ' (the service is not recording)';
    } else {
      item.state = 'refused';
      item.said = answer.error ?? `refused (${response.status})`;
    }
    this.#keep(item);
    return true;
  }
}

/** A name that nobody else gives, also where crypto.randomUUID is missing (no HTTPS). */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
