// SPDX-License-Identifier: Apache-2.0

/** The track table: sorted, filtered, and drawn only where it is looked at. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { kLevels, type ClassStyle } from '../classes';
import { count, degrees, distance, span } from '../format';
import {
  claimedName, isClaim, isFaint, unseen_s, type Model, type TrackView,
} from '../model';
import { Glyph } from './glyph';

const kRow_px = 26;
const kSpareRows = 6;

type Key = 'threat' | 'id' | 'class' | 'speed' | 'height' | 'place' | 'distance' | 'bearing'
  | 'age' | 'seen';

interface Column {
  key: Key;
  head: string;
  title: string;
  number?: boolean;
}

const kColumns: Column[] = [
  { key: 'threat', head: '!', title: 'Alert level' },
  { key: 'id', head: 'Id', title: 'Number of the track', number: true },
  { key: 'class', head: 'Class', title: 'Likeliest class and its probability' },
  { key: 'speed', head: 'm/s', title: 'Speed over ground', number: true },
  { key: 'height', head: 'Alt m', title: 'Height above the WGS-84 ellipsoid', number: true },
  { key: 'place', head: 'Place', title: 'Nearest protected place' },
  { key: 'distance', head: 'Dist', title: 'Distance from the nearest place', number: true },
  { key: 'bearing', head: 'Brg', title: 'Bearing as seen from the nearest place', number: true },
  { key: 'age', head: 'Age', title: 'Time since the track was first seen', number: true },
  { key: 'seen', head: 'Seen', title: 'Time since a sensor last saw it', number: true },
];

const kFilters: { key: string; label: string; test: (s: ClassStyle) => boolean }[] = [
  { key: 'all', label: 'All', test: () => true },
  { key: 'drones', label: 'Drones', test: (s) => s.drone },
  { key: 'unknown', label: 'Unknown', test: (s) => s.shape === 'unknown' },
  { key: 'aircraft', label: 'Aircraft', test: (s) => s.shape === 'aircraft' },
  { key: 'birds', label: 'Birds', test: (s) => s.shape === 'bird' },
  { key: 'other', label: 'Other', test: (s) => s.shape === 'other' },
];

interface Props {
  model: Model;
  onSelect: (id: number) => void;
  onCentre: (id: number) => void;
}

export function TrackTable({ model, onSelect, onCentre }: Props) {
  const [sort, setSort] = useState<{ key: Key; down: boolean }>({ key: 'threat', down: true });
  const [filter, setFilter] = useState('all');
  const [window_, setWindow] = useState({ top: 0, height: 600 });
  const scroller = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const measure = () => setWindow({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  const all = [...model.tracks.values()];
  const test = kFilters.find((f) => f.key === filter)?.test ?? (() => true);
  const rows = all.filter((v) => test(v.style)).sort(order(sort, model));

  // A track chosen on the map is brought into view.
  const index = rows.findIndex((v) => v.t.id === model.selected);
  useEffect(() => {
    const element = scroller.current;
    if (!element || index < 0) return;
    const y = index * kRow_px;
    const room = element.clientHeight - 2 * kRow_px; // less the sticky head
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y > element.scrollTop + room) element.scrollTop = y - room + kRow_px;
  }, [model.selected]);

  const first = Math.max(0, Math.floor(window_.top / kRow_px) - kSpareRows);
  const last = Math.min(
    rows.length, Math.ceil((window_.top + window_.height) / kRow_px) + kSpareRows,
  );

  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12 }[event.key];
    if (step !== undefined && rows.length > 0) {
      event.preventDefault();
      const to = index < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, index + step));
      const next = rows[to];
      if (next) onSelect(next.t.id);
    } else if (event.key === 'Enter' && model.selected !== null) {
      onCentre(model.selected);
    }
  };

  return (
    <section class="tracks" aria-label="Tracks">
      <h2>
        Tracks
        <span class="filters" role="group" aria-label="Show in the table">
          {kFilters.map((f) => {
            const n = all.filter((v) => f.test(v.style)).length;
            return (
              <button key={f.key} aria-pressed={f.key === filter}
                onClick={() => setFilter(f.key)}>
                {f.label} <b>{count(n)}</b>
              </button>
            );
          })}
        </span>
      </h2>
      <div class="scroller" ref={scroller} tabIndex={0} onKeyDown={onKey}
        aria-label="Tracks; arrow keys choose, Enter centres the map">
        <table id="tracks" aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              {kColumns.map((c) => (
                <th key={c.key} class={`${c.key}${c.number ? ' n' : ''}`} title={c.title}
                  aria-sort={sort.key !== c.key ? 'none' : sort.down ? 'descending' : 'ascending'}>
                  <button onClick={() => setSort(
                    { key: c.key, down: sort.key === c.key ? !sort.down : c.key === 'threat' },
                  )}>
                    {c.head}
                    {sort.key === c.key && <i aria-hidden="true">{sort.down ? '▾' : '▴'}</i>}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first > 0 && <tr class="gap" style={{ height: `${first * kRow_px}px` }} />}
            {rows.slice(first, last).map((v, i) => (
              <Row key={v.t.id} view={v} model={model} row={first + i + 2}
                onSelect={onSelect} onCentre={onCentre} />
            ))}
            {last < rows.length && (
              <tr class="gap" style={{ height: `${(rows.length - last) * kRow_px}px` }} />
            )}
          </tbody>
        </table>
        {rows.length === 0 && (
          <p class="empty">{all.length === 0 ? 'No tracks.' : 'No tracks of this class.'}</p>
        )}
      </div>
    </section>
  );
}

function Row(p: Props & { view: TrackView; row: number }) {
  const { view, model } = p;
  const { t, nearest } = view;
  const level = model.alert_level_of.get(t.id);
  const unseen = unseen_s(view, model.data_ms);
  const name = claimedName(t);
  return (
    <tr data-track={t.id}
      class={`${level ?? ''}${t.id === model.selected ? ' selected' : ''}${
        isFaint(view, model.data_ms) ? ' faint' : ''}`}
      aria-rowindex={p.row} aria-selected={t.id === model.selected}
      onClick={() => p.onSelect(t.id)} onDblClick={() => p.onCentre(t.id)}>
      <td class="threat">{level && <i class={level} title={kLevels[level].label} />}</td>
      <td class="n id">{t.id}</td>
      <td class="class" title={name ? `Says that it is ${name}; ${view.style.label}` : undefined}>
        <Glyph style={view.style} claim={isClaim(t)} />
        {name ?? view.style.short}
        {isClaim(t)
          ? <small class="claim" title="Uncorroborated claim">claim</small>
          : !name && view.style.shape !== 'unknown'
            && <small>{Math.round(view.class_probability * 100)}</small>}
      </td>
      <td class="n">{Math.round(view.speed_mps)}</td>
      <td class="n">{Math.round(t.alt_hae_m)}</td>
      <td class="place" title={nearest?.name}>{nearest?.name ?? '–'}</td>
      <td class="n">{nearest ? (nearest.inside ? 'inside' : distance(nearest.range_m)) : '–'}</td>
      <td class="n">{nearest ? degrees(nearest.bearing_deg) : '–'}</td>
      <td class="n age">{span(view.age_s)}</td>
      <td class={`n${unseen > 8 ? ' late' : ''}`}>{unseen < 1 ? 'now' : span(unseen)}</td>
    </tr>
  );
}

function order({ key, down }: { key: Key; down: boolean }, model: Model) {
  const level = (v: TrackView) => {
    const l = model.alert_level_of.get(v.t.id);
    return l ? kLevels[l].rank : 0;
  };
  const near = (v: TrackView) => v.nearest?.range_m ?? Infinity;
  const value: Record<Key, (v: TrackView) => number | string> = {
    threat: level,
    id: (v) => v.t.id,
    class: (v) => v.style.label,
    speed: (v) => v.speed_mps,
    height: (v) => v.t.alt_hae_m,
    place: (v) => v.nearest?.name ?? '',
    distance: near,
    bearing: (v) => v.nearest?.bearing_deg ?? Infinity,
    age: (v) => v.age_s,
    seen: (v) => -v.seen_ms,
  };
  const of = value[key];
  return (a: TrackView, b: TrackView): number => {
    const [x, y] = [of(a), of(b)];
    const difference = x < y ? -1 : x > y ? 1 : 0;
    if (difference !== 0) return down ? -difference : difference;
    // Among equals what matters more and is nearer comes first; numbers keep the order still.
    return b.style.weight - a.style.weight || near(a) - near(b) || a.t.id - b.t.id;
  };
}
