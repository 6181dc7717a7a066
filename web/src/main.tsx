// SPDX-License-Identifier: Apache-2.0
import './style.css';
import { render } from 'preact';
import { Model } from './model';
import { Stream } from './stream';
import { App } from './ui/app';

/** Panels are drawn at most this often; the map has its own pace. */
const kDraw_ms = 250;

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app');

const model = new Model();
const stream = new Stream(model);
let timer: ReturnType<typeof setTimeout> | undefined;
let pause_ms = kDraw_ms;

function draw(): void {
  clearTimeout(timer);
  timer = undefined;
  const now_ms = Date.now();
  const begun = performance.now();
  render(
    <App model={model} now_ms={now_ms} onRetry={() => stream.retryNow()} onTouched={draw} />,
    root as HTMLElement,
  );
  const kind = model.link(now_ms).kind;
  const alarms = [...model.alerts.values()].filter((a) => a.level === 'alarm').length;
  document.title = [
    kind === 'live' || kind === 'connecting' ? '' : 'NO DATA',
    alarms > 0 ? `(${alarms} alarm${alarms > 1 ? 's' : ''})` : '',
    model.site ? `${model.site.name} – picket` : 'picket',
  ].filter(Boolean).join(' ');
  // With thousands of tracks the table takes its time, and leaves three quarters to the rest.
  pause_ms = Math.max(kDraw_ms, 3 * (performance.now() - begun));
}

model.onChange(() => {
  timer ??= setTimeout(draw, pause_ms);
});
// Clocks go on, and silence is noticed, without any message.
setInterval(draw, 500);
draw();
