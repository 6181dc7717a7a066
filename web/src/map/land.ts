// SPDX-License-Identifier: Apache-2.0

/**
 * Coast and borders (Natural Earth, public domain), shipped with the console: the whole world
 * coarsely, and finely only around the site, since the map would choke on half a million points.
 */

import type { Feature, FeatureCollection, MultiLineString, Position } from 'geojson';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import coarse from 'world-atlas/countries-110m.json?url';
import fine from 'world-atlas/countries-10m.json?url';

type World = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

/** West, south, east, north, in degrees. */
export type Box = [number, number, number, number];

async function load(url: string): Promise<World> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  return (await response.json()) as World;
}

/** Land of the whole world at 1:110 million, outlines included. */
export async function coarseLand(): Promise<FeatureCollection> {
  const world = await load(coarse);
  return collect(
    feature(world, world.objects.land).features.map((f) => ({ ...f, properties: kLand })),
    lines(mesh(world, world.objects.countries), 'coast'),
  );
}

/** Land, coast and borders inside a box at 1:10 million, and the box itself as sea. */
export async function fineLand(box: Box): Promise<FeatureCollection> {
  const world = await load(fine);
  const [w, s, e, n] = box;
  const frame: Position[] = [[w, s], [e, s], [e, n], [w, n], [w, s]];
  const polygons: Position[][][] = [];
  for (const { geometry } of feature(world, world.objects.land).features) {
    const parts = geometry.type === 'Polygon' ? [geometry.coordinates]
      : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
    for (const part of parts) {
      const rings = part.map((r) => clipRing(r, box)).filter((r) => r.length > 3);
      if (rings.length > 0) polygons.push(rings);
    }
  }
  const { countries } = world.objects;
  const coast = mesh(world, countries, (a, b) => a === b);
  const border = mesh(world, countries, (a, b) => a !== b);
  return collect(
    [
      {
        type: 'Feature', properties: { what: 'sea' },
        geometry: { type: 'Polygon', coordinates: [frame] },
      },
      {
        type: 'Feature', properties: kLand,
        geometry: { type: 'MultiPolygon', coordinates: polygons },
      },
    ],
    lines(clipLines(coast, box), 'coast'),
    lines(clipLines(border, box), 'border'),
  );
}

const kLand = { what: 'land' };

function collect(features: Feature[], ...more: Feature[]): FeatureCollection {
  return { type: 'FeatureCollection', features: [...features, ...more] };
}

function lines(geometry: MultiLineString, what: string): Feature {
  return { type: 'Feature', properties: { what }, geometry };
}

/** A ring cut to a box, one edge after the other (Sutherland and Hodgman, 1974). */
export function clipRing(ring: Position[], [w, s, e, n]: Box): Position[] {
  let out = ring;
  for (const [axis, limit, sign] of [[0, w, 1], [0, -e, -1], [1, s, 1], [1, -n, -1]] as const) {
    const depth = (p: Position) => sign * (p[axis] as number) - limit;
    const input = out;
    out = [];
    for (let i = 0; i < input.length; ++i) {
      const a = input[(i + input.length - 1) % input.length] as Position;
      const b = input[i] as Position;
      const [da, db] = [depth(a), depth(b)];
      if (da >= 0 !== db >= 0) {
        const f = da / (da - db);
        out.push([0, 1].map((k) => {
          const from = a[k] as number;
          return from + f * ((b[k] as number) - from);
        }));
      }
      if (db >= 0) out.push(b);
    }
  }
  const first = out[0];
  const last = out.at(-1);
  if (first && last && (first[0] !== last[0] || first[1] !== last[1])) out.push(first);
  return out;
}

/** The runs of points of each line inside a box. */
function clipLines(geometry: MultiLineString, [w, s, e, n]: Box): MultiLineString {
  const coordinates: Position[][] = [];
  for (const path of geometry.coordinates) {
    let run: Position[] = [];
    for (const p of path) {
      const [x, y] = p as [number, number];
      const inside = x >= w && x <= e && y >= s && y <= n;
      if (inside) {
        run.push(p);
      } else {
        if (run.length > 1) coordinates.push(run);
        run = [];
      }
    }
    if (run.length > 1) coordinates.push(run);
  }
  return { type: 'MultiLineString', coordinates };
}
