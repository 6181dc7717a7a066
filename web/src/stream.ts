// SPDX-License-Identifier: Apache-2.0

/** Keeps the stream of the service alive: connects, notices silence, backs off, tries again. */

import { getAlerts, getHealth, getSite, type Message } from './api';
import type { Model } from './model';
import { Picture } from './picture';

const kFirstDelay_ms = 500;
const kLongestDelay_ms = 10000;
/** A connection that says nothing for so long is closed and made anew. */
const kGiveUp_ms = 8000;
/** The picture is drawn at most this often. */
const kPicture_ms = 90;
const kPicture = '{"type":"picture"';

export class Stream {
  #model: Model;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #picture = new Picture();
  /** A whole picture that came and was not parsed yet: the next one may replace it. */
  #whole = '';
  #draw_timer: ReturnType<typeof setTimeout> | undefined;
  #draw_at_ms = 0;

  constructor(model: Model) {
    this.#model = model;
    setInterval(() => this.#watch(), 1000);
    window.addEventListener('online', () => this.retryNow());
    this.#connect();
  }

  /** Tries at once instead of waiting for the next attempt. */
  retryNow(): void {
    if (this.#model.socket_open) return;
    this.#drop();
    this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.#model.retry_at_ms = NaN;
    const url = new URL('/v1/stream/changes', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    // A host that swallows packets would keep the attempt hanging for minutes.
    this.#timer = setTimeout(() => {
      this.#drop();
      this.#later();
    }, kGiveUp_ms);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      this.#model.socket_open = true;
      this.#model.last_message_ms = Date.now();
      this.#model.changed();
      void this.#refresh();
    };
    socket.onmessage = (event) => {
      if (socket !== this.#socket) return;
      const text = String(event.data);
      this.#model.last_message_ms = Date.now();
      if (text.startsWith(kPicture)) {
        this.#whole = text;
      } else {
        const message = this.#parse(text);
        if (!message) return;
        if (message.type !== 'changes') return this.#take(message);
        this.#takeWhole();
        this.#picture.take(message);
      }
      // Each change must be applied, but only the last is worth drawing.
      this.#draw_timer ??= setTimeout(() => {
        this.#draw_timer = undefined;
        if (socket !== this.#socket) return;
        const begun = performance.now();
        this.#takeWhole();
        this.#take(this.#picture.now());
        const end = performance.now();
        this.#draw_at_ms = end + Math.max(kPicture_ms, end - begun);
      }, this.#draw_at_ms - performance.now());
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#later();
    };
  }

  #parse(text: string): Message | null {
    try {
      return JSON.parse(text) as Message;
    } catch {
      this.#model.malformed += 1;
      return null;
    }
  }

  #takeWhole(): void {
    const message = this.#whole === '' ? null : this.#parse(this.#whole);
    this.#whole = '';
    if (message?.type === 'picture') this.#picture.take(message);
  }

  #take(message: Message): void {
    // Only a connection that carries data has earned a fresh start of the back-off.
    this.#model.attempt = 0;
    if (this.#model.take(message, Date.now())) void this.#refresh();
  }

  /** Asks for what the stream does not repeat. */
  async #refresh(): Promise<void> {
    const socket = this.#socket;
    try {
      const [site, alerts, health] = await Promise.all([getSite(), getAlerts(), getHealth()]);
      if (socket !== this.#socket) return;
      // The same site again must not make the map build its layers anew.
      if (JSON.stringify(site) !== JSON.stringify(this.#model.site)) this.#model.setSite(site);
      this.#model.setAlerts(alerts);
      this.#model.take({ type: 'health', ...health }, Date.now());
    } catch (error) {
      console.warn('picket: could not read site, alerts or health:', String(error));
      if (socket === this.#socket) {
        this.#drop();
        this.#later();
      }
    }
  }

  #watch(): void {
    if (!this.#model.socket_open) return;
    if (Date.now() - this.#model.last_message_ms > kGiveUp_ms) {
      this.#drop();
      this.#later();
    }
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#model.socket_open = false;
    socket?.close();
  }

  #later(): void {
    this.#model.socket_open = false;
    this.#model.attempt += 1;
    const full = Math.min(kLongestDelay_ms, kFirstDelay_ms * 2 ** (this.#model.attempt - 1));
    // Spread, so that a hundred consoles do not return in the same instant.
    const delay = full * (0.8 + 0.4 * Math.random());
    this.#model.retry_at_ms = Date.now() + delay;
    this.#timer = setTimeout(() => this.#connect(), delay);
    this.#model.changed();
  }
}
