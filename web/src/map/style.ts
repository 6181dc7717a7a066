// SPDX-License-Identifier: Apache-2.0

/** The map's sources and layers, from the ground up. All data come from the console itself. */

import type { FeatureCollection } from 'geojson';
import type { StyleSpecification } from 'maplibre-gl';

export const kNothing: FeatureCollection = { type: 'FeatureCollection', features: [] };

/** Rendered by the browser from its own fonts: the style has no glyphs address on purpose. */
const kFont = ['Segoe UI', 'Roboto', 'Noto Sans', 'Helvetica Neue', 'DejaVu Sans', 'sans-serif'];

const empty = () => ({ type: 'geojson' as const, data: kNothing });
const kSea = '#0a1219';
const kLand = '#18212a';
const kCoast = '#46607a';
const kHalo = { 'text-halo-color': '#070b0f', 'text-halo-width': 1.4 };

export function mapStyle(): StyleSpecification {
  return {
    version: 8,
    sources: {
      world: { ...empty(), tolerance: 0.5 },
      land: { ...empty(), tolerance: 0.5 },
      site: { ...empty(), tolerance: 0.2 },
      trails: { ...empty(), tolerance: 0.6, buffer: 16 },
      vectors: { ...empty(), buffer: 32 },
      // An ellipse of a few metres must not be simplified away.
      selected: { ...empty(), tolerance: 0 },
      tracks: { ...empty(), buffer: 64 },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': kSea } },
      {
        id: 'world', type: 'fill', source: 'world', filter: ['==', ['get', 'what'], 'land'],
        paint: { 'fill-color': kLand, 'fill-antialias': false },
      },
      {
        id: 'world-coast', type: 'line', source: 'world', filter: ['==', ['get', 'what'], 'coast'],
        paint: { 'line-color': kCoast, 'line-width': 1, 'line-opacity': 0.5 },
      },
      // Around the site the fine outline takes the place of the coarse one.
      {
        id: 'land', type: 'fill', source: 'land',
        filter: ['in', ['get', 'what'], ['literal', ['sea', 'land']]],
        layout: { 'fill-sort-key': ['match', ['get', 'what'], 'sea', 0, 1] },
        paint: {
          'fill-color': ['match', ['get', 'what'], 'sea', kSea, kLand], 'fill-antialias': false,
        },
      },
      // The hillshade goes here, above the land and below its outline.
      {
        id: 'coast', type: 'line', source: 'land', filter: ['==', ['get', 'what'], 'coast'],
        paint: { 'line-color': kCoast, 'line-width': 1, 'line-opacity': 0.85 },
      },
      {
        id: 'border', type: 'line', source: 'land', filter: ['==', ['get', 'what'], 'border'],
        paint: { 'line-color': '#7d7468', 'line-width': 1, 'line-dasharray': [5, 3] },
      },
      {
        id: 'field-fill', type: 'fill', source: 'site', filter: ['==', ['get', 'what'], 'field'],
        paint: {
          'fill-color': ['match', ['get', 'state'], 'up', '#6fb5a8', '#ff9f43'],
          'fill-opacity': ['match', ['get', 'state'], 'up', 0.025, 0.05],
        },
      },
      {
        id: 'field', type: 'line', source: 'site', filter: ['==', ['get', 'what'], 'field'],
        paint: {
          'line-color': [
            'match', ['get', 'state'], 'up', '#4f8b82', ['silent', 'down'], '#ff9f43', '#77838f',
          ],
          'line-width': 1,
          'line-opacity': 0.65,
        },
      },
      {
        id: 'region', type: 'line', source: 'site', filter: ['==', ['get', 'what'], 'region'],
        paint: { 'line-color': '#8296a8', 'line-width': 1.2, 'line-dasharray': [2, 3] },
      },
      {
        id: 'area-fill', type: 'fill', source: 'site',
        filter: [
          'all', ['==', ['get', 'what'], 'area'],
          ['in', ['geometry-type'], ['literal', ['Polygon', 'MultiPolygon']]],
        ],
        paint: { 'fill-color': '#d1699a', 'fill-opacity': 0.1 },
      },
      {
        id: 'area', type: 'line', source: 'site', filter: ['==', ['get', 'what'], 'area'],
        paint: { 'line-color': '#d1699a', 'line-width': 1.6, 'line-dasharray': [6, 2] },
      },
      {
        id: 'place-fill', type: 'fill', source: 'site', filter: ['==', ['get', 'what'], 'place'],
        paint: { 'fill-color': '#7cc4e4', 'fill-opacity': 0.14 },
      },
      {
        id: 'place', type: 'line', source: 'site', filter: ['==', ['get', 'what'], 'place'],
        paint: { 'line-color': '#7cc4e4', 'line-width': 1.8 },
      },
      {
        id: 'trails', type: 'line', source: 'trails',
        layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: {
          'line-color': ['get', 'colour'],
          'line-width': ['get', 'width'],
          'line-opacity': ['get', 'opacity'],
        },
      },
      {
        id: 'ellipse-fill', type: 'fill', source: 'selected',
        filter: ['==', ['get', 'what'], 'ellipse'],
        paint: { 'fill-color': '#ffffff', 'fill-opacity': 0.1 },
      },
      {
        id: 'ellipse', type: 'line', source: 'selected',
        filter: ['==', ['get', 'what'], 'ellipse'],
        paint: { 'line-color': '#ffffff', 'line-width': 1.2, 'line-opacity': 0.8 },
      },
      {
        id: 'threat-line', type: 'line', source: 'selected',
        filter: ['==', ['get', 'what'], 'bearing'],
        paint: {
          'line-color': '#ffffff', 'line-width': 1, 'line-opacity': 0.45, 'line-dasharray': [1, 4],
        },
      },
      {
        id: 'vectors', type: 'line', source: 'vectors',
        paint: { 'line-color': ['get', 'colour'], 'line-width': 1.2, 'line-opacity': 0.85 },
      },
      {
        id: 'halo', type: 'circle', source: 'selected', filter: ['==', ['get', 'what'], 'halo'],
        paint: {
          'circle-radius': 17, 'circle-opacity': 0, 'circle-stroke-color': '#ffffff',
          'circle-stroke-width': 1.8, 'circle-stroke-opacity': ['get', 'opacity'],
        },
      },
      {
        id: 'operator', type: 'circle', source: 'selected',
        filter: ['==', ['get', 'what'], 'operator'],
        paint: {
          'circle-radius': 5, 'circle-color': '#ffffff', 'circle-stroke-color': '#10161c',
          'circle-stroke-width': 2,
        },
      },
      {
        id: 'sensors', type: 'symbol', source: 'site', filter: ['==', ['get', 'what'], 'sensor'],
        layout: {
          'icon-image': ['get', 'icon'], 'icon-size': 0.85,
          'icon-allow-overlap': true, 'icon-ignore-placement': true,
        },
      },
      {
        id: 'tracks', type: 'symbol', source: 'tracks',
        layout: {
          'icon-image': ['get', 'icon'], 'icon-size': ['get', 'size'],
          'icon-rotate': ['get', 'course'], 'icon-rotation-alignment': 'map',
          'icon-allow-overlap': true, 'icon-ignore-placement': true,
          'symbol-sort-key': ['get', 'rank'],
        },
        paint: { 'icon-opacity': ['get', 'opacity'] },
      },
      // Labels come last and are placed from the top down: places, tracks that matter, sensors,
      // and last, only close by, the numbers of birds and the like.
      {
        id: 'brief-labels', type: 'symbol', source: 'tracks', minzoom: 10.5,
        filter: ['has', 'brief'],
        layout: {
          'text-field': ['get', 'brief'], 'text-font': kFont, 'text-size': 10.5,
          'text-anchor': 'left', 'text-offset': [1.1, 0], 'text-padding': 1,
        },
        paint: { ...kHalo, 'text-color': '#8d9ba8', 'text-opacity': ['get', 'opacity'] },
      },
      {
        id: 'sensor-labels', type: 'symbol', source: 'site', minzoom: 7,
        filter: ['==', ['get', 'what'], 'sensor'],
        layout: {
          'text-field': ['get', 'name'], 'text-font': kFont, 'text-size': 11,
          'text-anchor': 'top', 'text-offset': [0, 1],
        },
        paint: {
          ...kHalo,
          'text-color': ['match', ['get', 'state'], ['silent', 'down'], '#ffb46b', '#8fb8b0'],
        },
      },
      {
        id: 'track-labels', type: 'symbol', source: 'tracks', filter: ['has', 'label'],
        layout: {
          'text-field': ['get', 'label'], 'text-font': kFont, 'text-size': 11.5,
          // Where the first side is taken the label goes to another.
          'text-variable-anchor': ['left', 'right', 'top', 'bottom'],
          'text-radial-offset': 1.3, 'text-justify': 'auto',
          'text-max-width': 40, 'text-line-height': 1.15, 'text-padding': 1,
          'symbol-sort-key': ['-', 0, ['get', 'rank']],
        },
        paint: {
          ...kHalo, 'text-color': ['get', 'text'], 'text-opacity': ['get', 'opacity'],
        },
      },
      {
        id: 'site-labels', type: 'symbol', source: 'site',
        filter: ['==', ['get', 'what'], 'label'],
        layout: {
          'text-field': ['get', 'name'], 'text-font': kFont, 'text-size': 12,
          'text-anchor': ['get', 'anchor'], 'text-offset': [0, 0.35], 'text-max-width': 16,
          'text-letter-spacing': 0.03,
        },
        paint: { ...kHalo, 'text-color': ['get', 'colour'] },
      },
      {
        id: 'operator-label', type: 'symbol', source: 'selected',
        filter: ['==', ['get', 'what'], 'operator'],
        layout: {
          'text-field': ['get', 'label'], 'text-font': kFont, 'text-size': 12,
          'text-anchor': 'left', 'text-offset': [0.9, 0], 'text-allow-overlap': true,
        },
        paint: { ...kHalo, 'text-color': '#ffffff' },
      },
      {
        id: 'selected-label', type: 'symbol', source: 'selected',
        filter: ['==', ['get', 'what'], 'halo'],
        layout: {
          'text-field': ['get', 'label'], 'text-font': kFont, 'text-size': 12.5,
          'text-anchor': 'left', 'text-offset': [1.7, 0], 'text-justify': 'left',
          'text-max-width': 40, 'text-line-height': 1.15,
          'text-allow-overlap': true,
        },
        paint: { ...kHalo, 'text-halo-width': 2, 'text-color': '#ffffff' },
      },
    ],
  };
}
