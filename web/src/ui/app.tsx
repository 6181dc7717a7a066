// SPDX-License-Identifier: Apache-2.0

/** The page: bar, map, panels. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { getUnseen, postReplay } from '../api';
import { degrees, distance, position } from '../format';
import { rangeBearing } from '../geo';
import type { Layer, MapView, Pointer } from '../map/view';
import type { Model } from '../model';
import { AlertList } from './alerts';
import { Details } from './details';
import { LinkList } from './links';
import { ReplayBar } from './replay';
import { SensorList } from './sensors';
import { TrackTable } from './table';
import { Banner, TopBar } from './top';
import { UnseenLegend } from './unseen';
import { WhatIfPanel } from './whatif';

interface Props {
  model: Model;
  now_ms: number;
  onRetry: () => void;
  /** Draws at once what the user has just done, not with the next tick. */
  onTouched: () => void;
}

const kLayers: [Layer, string][] = [
  ['labels', 'Labels'], ['trails', 'Trails'], ['fields', 'Fields'], ['relief', 'Relief'],
  ['unseen', 'Unseen'],
];

export function App({ model, now_ms, onRetry, onTouched }: Props) {
  const [view, setView] = useState<MapView | null>(null);
  const [failure, setFailure] = useState('');
  const [pointer, setPointer] = useState<Pointer | null>(null);
  const [hidden, setHidden] = useState<Layer[]>(['unseen']);
  const box = useRef<HTMLDivElement>(null);

  const select = (id: number | null) => {
    model.select(id);
    onTouched();
  };
  const centre = (id: number) => view?.centre(id);

  useEffect(() => {
    const container = box.current;
    if (!container) return;
    // The map is most of the program and comes after the first paint.
    import('../map/view')
      .then(({ MapView }) => {
        const made = new MapView(container, model, select, setPointer);
        Object.assign(window, { picket: { model, map: made.map, view: made } }); // for tests
        setView(made);
      })
      .catch((error) => setFailure(error instanceof Error ? error.message : String(error)));
  }, []);

  // The picture of a dragged sensor does not wait for the panels.
  useEffect(() => {
    if (view) model.onChange(() => view.drawWhatIf());
  }, [view]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Escape') {
        if (model.whatIf.active) model.whatIf.close();
        else select(null);
      }
      if (/^(INPUT|SELECT|BUTTON|TEXTAREA)$/.test(target.tagName)) return;
      if (event.key === 'f') view?.fit();
      if (event.key === ' ' && model.mode === 'replay' && model.replay) {
        event.preventDefault();
        postReplay({ paused: !model.replay.paused })
          .then((replay) => {
            model.replay = replay;
            onTouched();
          })
          .catch((error) => console.warn('picket: replay:', String(error)));
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [view]);

  const toggle = (layer: Layer) => {
    const now_hidden = !hidden.includes(layer);
    setHidden(now_hidden ? [...hidden, layer] : hidden.filter((l) => l !== layer));
    view?.show(layer, !now_hidden);
    if (layer === 'unseen' && !now_hidden && !model.unseen) {
      // The stream tells of it when something changes; this is how it is now.
      getUnseen()
        .then((unseen) => {
          model.unseen ??= unseen;
          onTouched();
        })
        .catch((error) => console.warn('picket: unseen:', String(error)));
    }
  };
  const kind = model.link(now_ms).kind;
  const stale = kind === 'lost' || kind === 'stalled';

  return (
    <div class={`console${stale ? ' stale' : ''}`}>
      <TopBar model={model} now_ms={now_ms} onRetry={onRetry} />
      <Banner model={model} now_ms={now_ms} onRetry={onRetry} />
      <main>
        <div class="stage">
          <div class="map" ref={box} id="map" role="application" aria-label="Air picture" />
          {failure && (
            <p class="failure" role="alert">
              The map cannot be drawn here ({failure}). The table goes on.
            </p>
          )}
          <div class="tools" role="group" aria-label="Map">
            <button onClick={() => view?.map.zoomIn()} aria-label="Zoom in">+</button>
            <button onClick={() => view?.map.zoomOut()} aria-label="Zoom out">−</button>
            <button onClick={() => view?.fit()} title="Whole site (f)">Fit</button>
            {kLayers.map(([layer, text]) => (
              <button key={layer} class="layer" aria-pressed={!hidden.includes(layer)}
                disabled={layer === 'relief' && !model.site?.terrain}
                onClick={() => toggle(layer)}>{text}</button>
            ))}
            <button class="layer" id="whatif-open" aria-pressed={model.whatIf.active}
              title="How coverage would change with another place of a sensor"
              onClick={() => {
                if (model.whatIf.active) model.whatIf.close();
                else void model.whatIf.open();
              }}>What if</button>
          </div>
          {!hidden.includes('unseen') && <UnseenLegend unseen={model.unseen} />}
          {model.whatIf.active
            ? <WhatIfPanel whatIf={model.whatIf} pointer={pointer}
                middle={() => view?.middle() ?? null} onClose={() => model.whatIf.close()} />
            : <Details model={model} onClose={() => select(null)} onCentre={centre} />}
          <div class="cursor" aria-hidden="true">{pointer && pointerText(model, pointer)}</div>
          <ReplayBar model={model} />
        </div>
        <div class="side">
          <AlertList model={model} onSelect={(id) => {
            select(id);
            centre(id);
          }} />
          <TrackTable model={model} onSelect={select} onCentre={centre} />
          <SensorList model={model} />
          <LinkList model={model} />
          {model.malformed > 0 && (
            <p class="malformed">{model.malformed} messages or tracks could not be read.</p>
          )}
        </div>
      </main>
    </div>
  );
}

function pointerText(model: Model, at: Pointer): string {
  const text = position(at.lat_deg, at.lon_deg);
  const origin = model.site?.origin;
  if (!origin) return text;
  const r = rangeBearing(origin.lat_deg, origin.lon_deg, at.lat_deg, at.lon_deg);
  return `${text}   ${distance(r.range_m)} on ${degrees(r.bearing_deg)} from origin`;
}
