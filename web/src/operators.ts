// SPDX-License-Identifier: Apache-2.0

/** Where the operators of drones stand, for who has a key. The key is kept in this page alone. */

import { getOperators, type OperatorPlace } from './api';

/** While a track of interest is open. Every answer is recorded by the service. */
const kAsk_ms = 5000;

export class Operators {
  /** Why nothing is shown; empty: all is well, or nobody has asked. */
  failure = '';
  #key = '';
  #places = new Map<string, OperatorPlace>();
  #watched: string | null = null;
  #asking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get hasKey(): boolean {
    return this.#key !== '';
  }

  /** Takes a key, or with an empty one forgets it and all that it has shown. */
  use(key: string): void {
    this.#key = key.trim();
    this.failure = '';
    this.#places.clear();
    this.#changed();
    void this.#ask();
  }

  /** Asks from now on for the operator of this aircraft; null: no more. */
  watch(remote_id: string | null): void {
    if (remote_id === this.#watched) return;
    this.#watched = remote_id;
    void this.#ask();
  }

  of(remote_id: string | null): OperatorPlace | null {
    return remote_id === null ? null : (this.#places.get(remote_id) ?? null);
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#key || this.#watched === null || this.#asking) return;
    const key = this.#key;
    this.#asking = true;
    try {
      const places = await getOperators(key);
      if (key !== this.#key) return;
      this.#places = new Map(places.map((place) => [place.remote_id, place]));
      this.failure = '';
    } catch (error) {
      if (key !== this.#key) return;
      this.failure = error instanceof Error ? error.message : String(error);
      this.#places.clear();
    } finally {
      this.#asking = false;
      if (key === this.#key) this.#timer = setTimeout(() => void this.#ask(), kAsk_ms);
      else void this.#ask();
      this.#changed();
    }
  }
}
