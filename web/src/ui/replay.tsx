// SPDX-License-Identifier: Apache-2.0

/** Control of a replay: where in the recording, how fast, or standing still. */

import { useState } from 'preact/hooks';
import { postReplay } from '../api';
import { kLevels } from '../classes';
import { clock, day, parseTime, span } from '../format';
import type { Model } from '../model';

const kSpeeds = [0.25, 0.5, 1, 2, 5, 10, 20, 60];

export function ReplayBar({ model }: { model: Model }) {
  const [dragged_ms, setDragged] = useState<number | null>(null);
  const [error, setError] = useState('');
  const { replay } = model;
  if (model.mode !== 'replay' || !replay) return null;
  const from = parseTime(replay.from);
  const to = parseTime(replay.to);
  const at = parseTime(replay.at);
  const shown = dragged_ms ?? at;
  const ended = !replay.paused && at >= to;

  const change = async (what: Parameters<typeof postReplay>[0]) => {
    try {
      model.replay = await postReplay(what);
      setError('');
    } catch (e) {
      setError(e instanceof Error ? e.message : String(e));
    }
    setDragged(null);
    model.changed();
  };
  const seek = (ms: number) => change(
    { at: new Date(Math.min(to, Math.max(from, ms))).toISOString() },
  );
  const marks = model.sortedAlerts().filter((a) => a.level === 'alarm' || a.level === 'warning');

  return (
    <div class="replay" id="replay" role="group" aria-label="Replay">
      <button class="play" id="play" onClick={() => change(
        ended ? { at: replay.from, paused: false } : { paused: !replay.paused },
      )}
        aria-label={replay.paused ? 'Play' : ended ? 'Play again' : 'Pause'}
        title={replay.paused ? 'Play (space)' : 'Pause (space)'}>
        {replay.paused ? '▶' : ended ? '↺' : '❚❚'}
      </button>
      <button onClick={() => seek(at - 10000)} aria-label="Back 10 seconds">−10 s</button>
      <button onClick={() => seek(at + 10000)} aria-label="Forward 10 seconds">+10 s</button>
      <time title={day(shown)}>{clock(shown)}Z</time>
      <div class="slide">
        <input id="slider" type="range" min={0} max={Math.max(1, to - from)} step={100}
          value={Math.max(0, shown - from)}
          aria-label="Time in the recording"
          aria-valuetext={`${clock(shown)} UTC`}
          onInput={(e) => setDragged(from + Number(e.currentTarget.value))}
          onChange={(e) => void seek(from + Number(e.currentTarget.value))} />
        {marks.map((a) => (
          <i key={a.id} title={a.text} style={{
            left: `${(100 * (parseTime(a.time) - from)) / Math.max(1, to - from)}%`,
            background: kLevels[a.level].colour,
          }} />
        ))}
      </div>
      {replay.catching_up && (
        <span class="catching" role="status" title="The picture is the recorded one; alerts and
          sensors are still those of before">catching up…</span>
      )}
      <span class="ends">{span((shown - from) / 1000)} / {span((to - from) / 1000)}</span>
      <select id="speed" aria-label="Speed" value={String(replay.speed)}
        onChange={(e) => void change({ speed: Number(e.currentTarget.value) })}>
        {[...new Set([...kSpeeds, replay.speed])].sort((a, b) => a - b).map((s) => (
          <option key={s} value={String(s)}>{s}×</option>
        ))}
      </select>
      {error && <span class="error" role="alert">{error}</span>}
    </div>
  );
}
