// SPDX-License-Identifier: Apache-2.0

/** The map: draws the model, and tells which track was pointed at. */

import 'maplibre-gl/dist/maplibre-gl.css';
import type { Feature, FeatureCollection } from 'geojson';
import {
  type CanvasSource,
  type GeoJSONSource,
  LngLatBounds,
  Map as MapLibre,
  type MapMouseEvent,
  ScaleControl,
  setWorkerUrl,
} from 'maplibre-gl';
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { Site, Unseen } from '../api';
import { kLevels } from '../classes';
import { along, ellipse, ring, sector, type LonLat } from '../geo';
import { claimedName, isClaim, isFaint, remoteId, type Model, type TrackView } from '../model';
import { icons, sensorIcon, trackIcon, type SensorState, type Tint } from './icons';
import { coarseLand, fineLand, type Box } from './land';
import { kNothing, mapStyle } from './style';
import { unseenPixels } from './unseen';
import { WhatIfLayer } from './whatif_layer';

setWorkerUrl(worker);

/** Tracks are drawn at most this often; slower where the map cannot keep up. */
const kDraw_ms = 100;
const kTrails_ms = 500;
const kLongestRest_ms = 1000;
/**
 * With more tracks than these, birds and doubtful ones, and then all that matter less, show their
 * number alone.
 */
const kSomeTracks = 40;
const kManyTracks = 300;
/** From this probability of a bird on, a track of no certain class is labelled as birds are. */
const kMaybeBird = 0.4;
/** The speed vector shows where a track would be after this time, were it to fly straight on. */
const kVector_s = 30;
const kPick_px = 12;
/** Half the height of the box around the site with a fine coastline, in degrees. */
const kFine_deg = 4;
/** The picture comes first, then the fine coastline. */
const kFineDelay_ms = 1500;

export type Layer = 'labels' | 'trails' | 'fields' | 'relief' | 'unseen';
const kLayers: Record<Layer, string[]> = {
  labels: ['track-labels', 'brief-labels', 'sensor-labels'],
  trails: ['trails', 'vectors'],
  fields: ['field', 'field-fill'],
  relief: ['hillshade'],
  unseen: ['unseen'],
};

export interface Pointer {
  lat_deg: number;
  lon_deg: number;
}

export class MapView {
  readonly map: MapLibre;
  readonly whatIf: WhatIfLayer;
  #model: Model;
  #ready = false;
  #drawn_picture = -1;
  #drawn_site = '';
  #shown_site: Site | null = null;
  #drawing = false;
  #trails_ms = 0;
  #rest_until_ms = 0;
  #hidden = new Set<Layer>(['unseen']);
  #unseen_canvas = document.createElement('canvas');
  #drawn_unseen: Unseen | null = null;

  constructor(
    container: HTMLElement,
    model: Model,
    onSelect: (id: number | null) => void,
    onPointer: (at: Pointer | null) => void,
  ) {
    this.#model = model;
    this.map = new MapLibre({
      container,
      style: mapStyle(),
      center: [0, 20],
      zoom: 1.5,
      maxZoom: 17,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      rollEnabled: false,
      fadeDuration: 0,
      renderWorldCopies: false,
      locale: { 'Map.Title': 'Map of the air picture' },
    });
    this.whatIf = new WhatIfLayer(this.map, model.whatIf);
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 140, unit: 'metric' }), 'bottom-left');
    this.map.on('error', (event) => console.warn('picket map:', event.error?.message ?? event));
    this.map.on('style.load', () => {
      for (const [name, image, options] of icons()) this.map.addImage(name, image, options);
      this.#ready = true;
      void this.#loadWorld();
    });
    this.map.on('click', (event) => onSelect(this.#pick(event)));
    let moved: MapMouseEvent | null = null;
    this.map.on('mousemove', (event) => {
      if (!moved) {
        requestAnimationFrame(() => {
          if (!moved) return;
          onPointer({ lat_deg: moved.lngLat.lat, lon_deg: moved.lngLat.lng });
          this.map.getCanvas().style.cursor = this.#pick(moved) === null ? '' : 'pointer';
          moved = null;
        });
      }
      moved = event;
    });
    this.map.on('mouseout', () => onPointer(null));
    setInterval(() => void this.#draw(), kDraw_ms);
  }

  /** Shows the whole site. */
  fit(animate = true): void {
    const site = this.#model.site;
    if (!site) return;
    const bounds = new LngLatBounds();
    const { lat_deg, lon_deg } = site.origin;
    bounds.extend([lon_deg, lat_deg]);
    if (site.region) {
      for (const at of ring(lat_deg, lon_deg, site.region.radius_m, 8)) bounds.extend(at);
    } else {
      for (const s of site.sensors) {
        for (const at of ring(s.lat_deg, s.lon_deg, s.max_range_m, 8)) bounds.extend(at);
      }
    }
    for (const s of site.sensors) bounds.extend([s.lon_deg, s.lat_deg]);
    for (const p of site.places) bounds.extend([p.lon_deg, p.lat_deg]);
    this.map.fitBounds(bounds, { padding: 28, maxZoom: 14, animate });
  }

  /** Brings a track into the middle, close enough to see it. */
  centre(id: number): void {
    const view = this.#model.tracks.get(id);
    if (!view) return;
    this.map.easeTo({
      center: [view.t.lon_deg, view.t.lat_deg],
      zoom: Math.max(this.map.getZoom(), 11.5),
    });
  }

  /** What is in the middle of the map. */
  middle(): Pointer {
    const { lat, lng } = this.map.getCenter();
    return { lat_deg: lat, lon_deg: lng };
  }

  drawWhatIf(): void {
    if (this.#ready) this.whatIf.draw();
  }

  show(layer: Layer, shown: boolean): void {
    if (shown) this.#hidden.delete(layer);
    else this.#hidden.add(layer);
    this.#applyHidden();
  }

  #applyHidden(): void {
    for (const [layer, ids] of Object.entries(kLayers) as [Layer, string[]][]) {
      const visibility = this.#hidden.has(layer) ? 'none' : 'visible';
      for (const id of ids) {
        if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', visibility);
      }
    }
  }

  async #loadWorld(): Promise<void> {
    try {
      await this.#set('world', await coarseLand());
    } catch (error) {
      console.warn('picket map: no outline of the world:', String(error));
    }
  }

  /** The fine outline is a few megabytes and comes after the picture. */
  async #loadLand(site: Site): Promise<void> {
    try {
      const { lat_deg, lon_deg } = site.origin;
      const reach = kFine_deg / Math.max(0.2, Math.cos((lat_deg * Math.PI) / 180));
      const box: Box = [lon_deg - reach, lat_deg - kFine_deg, lon_deg + reach, lat_deg + kFine_deg];
      const land = await fineLand(box);
      if (site.origin === this.#shown_site?.origin) await this.#set('land', land);
    } catch (error) {
      console.warn('picket map: no coastline:', String(error));
    }
  }

  #set(source: string, data: FeatureCollection): Promise<void> {
    const found = this.map.getSource<GeoJSONSource>(source);
    return found ? found.setData(data) : Promise.resolve();
  }

  #pick(event: MapMouseEvent): number | null {
    const { x, y } = event.point;
    const found = this.map.queryRenderedFeatures(
      [[x - kPick_px, y - kPick_px], [x + kPick_px, y + kPick_px]],
      { layers: ['tracks'] },
    );
    let best: number | null = null;
    let least = Infinity;
    for (const { properties } of found) {
      const id = Number(properties['id']);
      const view = this.#model.tracks.get(id);
      if (!view) continue;
      const at = this.map.project([view.t.lon_deg, view.t.lat_deg]);
      const d = Math.hypot(at.x - x, at.y - y);
      if (d < least) [best, least] = [id, d];
    }
    return best;
  }

  async #draw(): Promise<void> {
    if (!this.#ready || this.#drawing || performance.now() < this.#rest_until_ms) return;
    this.#drawing = true;
    const begun = performance.now();
    try {
      await this.#drawSite();
      this.#drawUnseen();
      if (this.#drawn_picture !== this.#model.picture) {
        this.#drawn_picture = this.#model.picture;
        await this.#drawTracks();
        await nextFrame();
      }
    } finally {
      this.#drawing = false;
      // A slow machine skips pictures, and rests as long as it drew: the rest of the page lives.
      const end = performance.now();
      this.#rest_until_ms = end + Math.min(kLongestRest_ms, end - begun);
    }
  }

  async #drawSite(): Promise<void> {
    const site = this.#model.site;
    if (!site) return;
    const states = new Map(this.#model.health?.sensors.map((s) => [s.id, s.state]));
    const key = JSON.stringify([...states]);
    if (site === this.#shown_site && key === this.#drawn_site) return;
    // With other sensors it is the same site still, and the map stays where it was moved.
    const is_new = site.origin !== this.#shown_site?.origin;
    this.#shown_site = site;
    this.#drawn_site = key;

    const features: Feature[] = [];
    const { lat_deg, lon_deg } = site.origin;
    if (site.region) {
      const edge = ring(lat_deg, lon_deg, site.region.radius_m, 180);
      features.push(line(edge, { what: 'region' }));
      const km = Math.round(site.region.radius_m / 100) / 10;
      features.push(
        point(along(lat_deg, lon_deg, site.region.radius_m, 0),
          { what: 'label', name: `Region ${km} km`, colour: '#93a5b5', anchor: 'top' }),
      );
    }
    for (const s of site.sensors) {
      const state = (states.get(s.id) ?? 'never') as SensorState;
      const properties = { name: s.name ?? s.id, state };
      for (const view of s.views ?? []) {
        const shape =
          'polygon' in view
            ? view.polygon
            : [sector(s.lat_deg, s.lon_deg, view.max_range_m || s.max_range_m, view.azimuth_deg)];
        for (const edge of shape) {
          features.push(polygon(edge, { ...properties, what: 'field' }));
        }
      }
      if (!s.views && s.max_range_m > 0) {
        const field = sector(s.lat_deg, s.lon_deg, s.max_range_m, s.azimuth_deg);
        features.push(polygon(field, { ...properties, what: 'field' }));
      }
      features.push(
        point([s.lon_deg, s.lat_deg],
          { ...properties, what: 'sensor', icon: sensorIcon(s.kind, state) }),
      );
    }
    for (const area of site.areas) {
      features.push(
        { type: 'Feature', properties: { what: 'area' }, geometry: area.geojson },
      );
      const at = topOf(area.geojson);
      if (at) {
        features.push(
          point(at, { what: 'label', name: area.name, colour: '#e79abf', anchor: 'bottom' }),
        );
      }
    }
    for (const p of site.places) {
      features.push(
        polygon(ring(p.lat_deg, p.lon_deg, p.radius_m), { what: 'place' }),
        point([p.lon_deg, p.lat_deg],
          { what: 'label', name: p.name, colour: '#a9dcf2', anchor: 'top' }),
      );
    }
    await this.#set('site', { type: 'FeatureCollection', features });
    if (is_new) {
      this.#placeHillshade();
      this.fit(false);
      setTimeout(() => void this.#loadLand(site), kFineDelay_ms);
    }
  }

  #placeHillshade(): void {
    if (this.map.getLayer('hillshade')) this.map.removeLayer('hillshade');
    if (this.map.getSource('hillshade')) this.map.removeSource('hillshade');
    const terrain = this.#model.site?.terrain;
    if (!terrain || terrain.corners.length !== 4) return;
    const [a, b, c, d] = terrain.corners as [LonLat, LonLat, LonLat, LonLat];
    this.map.addSource('hillshade', {
      type: 'image',
      url: new URL(terrain.hillshade, location.href).href,
      coordinates: [a, b, c, d],
    });
    this.map.addLayer(
      {
        id: 'hillshade', type: 'raster', source: 'hillshade',
        // The service shades it for a dark map; it only steps back a little behind the tracks.
        paint: { 'raster-opacity': 0.85, 'raster-fade-duration': 0 },
      },
      'coast',
    );
    this.#applyHidden();
  }

  #drawUnseen(): void {
    const { unseen } = this.#model;
    if (!unseen || unseen === this.#drawn_unseen || this.#hidden.has('unseen')) return;
    this.#drawn_unseen = unseen;
    const pixels = unseenPixels(unseen);
    const [a, b, c, d] = unseen.corners;
    if (!pixels || !a || !b || !c || !d) return;
    const canvas = this.#unseen_canvas;
    canvas.width = canvas.height = unseen.side;
    canvas.getContext('2d')?.putImageData(new ImageData(pixels, unseen.side), 0, 0);
    const source = this.map.getSource<CanvasSource>('unseen');
    if (source) {
      source.setCoordinates([a, b, c, d]);
      // Playing for a moment takes the canvas over.
      source.play();
      source.pause();
      return;
    }
    this.map.addSource('unseen', {
      type: 'canvas', canvas, animate: false, coordinates: [a, b, c, d],
    });
    this.map.addLayer(
      {
        id: 'unseen', type: 'raster', source: 'unseen',
        paint: { 'raster-fade-duration': 0, 'raster-resampling': 'linear' },
      },
      'coast',
    );
  }

  async #drawTracks(): Promise<void> {
    const { tracks, selected, data_ms, alert_level_of } = this.#model;
    const some = tracks.size > kSomeTracks;
    const many = tracks.size > kManyTracks;
    const icons: Feature[] = [];
    const vectors: Feature[] = [];
    for (const view of tracks.values()) {
      const { t, style } = view;
      const level = alert_level_of.get(t.id);
      const rank = (level ? 10 * kLevels[level].rank : 0) + style.weight;
      const colour = level ? kLevels[level].colour : style.colour;
      const is_selected = t.id === selected;
      const faint = isFaint(view, data_ms);
      const weight = faint || maybeBird(view) ? 0 : style.weight;
      const brief = !level && weight < (many ? 2 : some ? 1 : 0);
      icons.push(
        point([t.lon_deg, t.lat_deg], {
          id: t.id,
          icon: trackIcon(style.shape, (level ?? 'class') as Tint, isClaim(t)),
          course: view.speed_mps > 1 ? view.course_deg : 0,
          size: is_selected || rank > 9 ? 1 : [0.62, 0.75, 0.85][style.weight],
          rank,
          opacity: faint ? 0.5 : 1,
          text: level ? colour : '#c9d4de',
          ...(is_selected ? {} : brief ? { brief: String(t.id) } : { label: label(view) }),
        }),
      );
      if (view.speed_mps > 3 && (!brief || is_selected)) {
        const reach = along(t.lat_deg, t.lon_deg, view.speed_mps * kVector_s, view.course_deg);
        vectors.push(line([[t.lon_deg, t.lat_deg], reach], { colour }));
      }
    }
    const now = performance.now();
    const jobs = [
      this.#set('tracks', { type: 'FeatureCollection', features: icons }),
      this.#set('vectors', { type: 'FeatureCollection', features: vectors }),
      this.#set('selected', this.#selectedFeatures()),
    ];
    if (now - this.#trails_ms > kTrails_ms || tracks.size === 0) {
      this.#trails_ms = now;
      jobs.push(this.#set('trails', this.#trails()));
    }
    await Promise.all(jobs);
  }

  #selectedFeatures(): FeatureCollection {
    const view = this.#model.last_selected;
    if (!view) return kNothing;
    const { t } = view;
    const held = this.#model.tracks.has(t.id);
    const at: LonLat = [t.lon_deg, t.lat_deg];
    const features: Feature[] = [
      polygon(ellipse(t.lat_deg, t.lon_deg, t.sd_m[0], t.sd_m[1]), { what: 'ellipse' }),
      point(at, {
        what: 'halo',
        opacity: held ? 1 : 0.5,
        label: held ? label(view) : `${t.id} no longer held`,
      }),
    ];
    const place = this.#model.site?.places.find((p) => p.name === view.nearest?.name);
    if (place) features.push(line([at, [place.lon_deg, place.lat_deg]], { what: 'bearing' }));
    const operator = this.#model.operators.of(remoteId(t));
    if (operator) {
      const stands: LonLat = [operator.lon_deg, operator.lat_deg];
      features.push(
        line([at, stands], { what: 'bearing' }),
        point(stands, {
          what: 'operator',
          label: operator.location_type === 'take-off' ? 'Take-off' : 'Operator',
        }),
      );
    }
    return { type: 'FeatureCollection', features };
  }

  /** Each trail in two pieces, the older one fainter, both ending at the track itself. */
  #trails(): FeatureCollection {
    const { tracks, selected, alert_level_of } = this.#model;
    const features: Feature[] = [];
    for (const { t, style, trail } of tracks.values()) {
      const path: LonLat[] = trail.map((p) => p.at);
      path.push([t.lon_deg, t.lat_deg]);
      if (path.length < 2) continue;
      const level = alert_level_of.get(t.id);
      const strong = level !== undefined || style.weight > 0 || t.id === selected;
      const properties = {
        colour: level ? kLevels[level].colour : style.colour,
        width: t.id === selected ? 2.4 : strong ? 1.6 : 1,
      };
      const middle = Math.max(0, path.length - 45);
      if (middle > 0) {
        features.push(
          line(path.slice(0, middle + 1), { ...properties, opacity: strong ? 0.3 : 0.14 }),
        );
      }
      features.push(line(path.slice(middle), { ...properties, opacity: strong ? 0.75 : 0.32 }));
    }
    return { type: 'FeatureCollection', features };
  }
}

/** Number, what it calls itself or else its class; height above the ellipsoid and speed. */
function label(view: TrackView): string {
  const claim = isClaim(view.t) ? ' (claim)' : '';
  const name = claimedName(view.t) ?? view.style.short;
  const height = `${Math.round(view.t.alt_hae_m)} m`;
  return `${view.t.id} ${name}${claim}\n${height}  ${Math.round(view.speed_mps)} m/s`;
}

/** Whether a track of no certain class may well be a bird. */
function maybeBird({ t, style }: TrackView): boolean {
  return style.shape === 'unknown' && (t.class?.['bird'] ?? 0) >= kMaybeBird;
}

/** After what was changed has been drawn; in a hidden tab, not before it is seen again. */
function nextFrame(): Promise<void> {
  return new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => done()));
  });
}

function point(at: LonLat, properties: Record<string, unknown>): Feature {
  return { type: 'Feature', properties, geometry: { type: 'Point', coordinates: at } };
}

function line(path: LonLat[], properties: Record<string, unknown>): Feature {
  return { type: 'Feature', properties, geometry: { type: 'LineString', coordinates: path } };
}

function polygon(edge: LonLat[], properties: Record<string, unknown>): Feature {
  return { type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [edge] } };
}

/** The northernmost vertex of a geometry, where its name is written. */
function topOf(geometry: Feature['geometry']): LonLat | null {
  let best: LonLat | null = null;
  const visit = (node: unknown): void => {
    if (!Array.isArray(node)) return;
    if (typeof node[0] !== 'number') node.forEach(visit);
    else if (!best || node[1] > best[1]) best = [node[0], node[1]];
  };
  if (geometry.type !== 'GeometryCollection') visit(geometry.coordinates);
  return best;
}
