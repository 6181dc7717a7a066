// SPDX-License-Identifier: Apache-2.0

/** Coast and borders (Natural Earth, public domain), shipped with the console. */

import type { FeatureCollection } from 'geojson';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import coarse from 'world-atlas/countries-110m.json?url';
import fine from 'world-atlas/countries-10m.json?url';

type World = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

async function load(url: string): Promise<FeatureCollection> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  const world = (await response.json()) as World;
  const { countries, land } = world.objects;
  const border = mesh(world, countries, (a, b) => a !== b);
  return {
    type: 'FeatureCollection',
    features: [
      ...feature(world, land).features.map((f) => ({ ...f, properties: { what: 'land' } })),
      { type: 'Feature', properties: { what: 'border' }, geometry: border },
    ],
  };
}

/** The whole world at 1:110 million, in a moment. */
export const coarseLand = () => load(coarse);
/** The whole world at 1:10 million; a few megabytes, so it comes after the picture. */
export const fineLand = () => load(fine);
