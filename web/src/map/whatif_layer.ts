// SPDX-License-Identifier: Apache-2.0

/** "What if" on the map: the picture, and the sensor that is dragged. */

import { type CanvasSource, type Map as MapLibre, Marker } from 'maplibre-gl';
import type { WhatIf } from '../whatif';
import { paint } from './whatif';

export class WhatIfLayer {
  #map: MapLibre;
  #what_if: WhatIf;
  #canvas = document.createElement('canvas');
  #image: ImageData | null = null;
  #drawn = 0;
  #marker: Marker | null = null;
  #dragging = false;
  /** Milliseconds from the last moves of the sensor to its picture on the screen: for tests. */
  readonly waits_ms: number[] = [];

  constructor(map: MapLibre, what_if: WhatIf) {
    this.#map = map;
    this.#what_if = what_if;
  }

  /** Brings the map to what is known now. Cheap where nothing has changed. */
  draw(): void {
    this.#placeMarker();
    if (this.#drawn === this.#what_if.picture) return;
    this.#drawn = this.#what_if.picture;
    this.#drawPicture();
  }

  #placeMarker(): void {
    const { active, at, sensor, preset } = this.#what_if;
    if (!active || !at || !(sensor || preset)) {
      this.#marker?.remove();
      this.#marker = null;
      return;
    }
    if (!this.#marker) {
      const element = document.createElement('div');
      element.className = 'whatif-marker';
      element.title = 'Drag the sensor';
      this.#marker = new Marker({ element, draggable: true });
      const moved = () => {
        const to = this.#marker?.getLngLat();
        if (to) this.#what_if.move({ lat_deg: to.lat, lon_deg: to.lng });
      };
      this.#marker.on('dragstart', () => {
        this.#dragging = true;
      });
      this.#marker.on('drag', moved);
      this.#marker.on('dragend', () => {
        this.#dragging = false;
        moved();
      });
      this.#marker.setLngLat([at.lon_deg, at.lat_deg]).addTo(this.#map);
    }
    if (!this.#dragging) this.#marker.setLngLat([at.lon_deg, at.lat_deg]);
  }

  #drawPicture(): void {
    const { active, now, then, asked_ms } = this.#what_if;
    if (!active || !now || !then || now.levels.length !== then.levels.length) {
      if (this.#map.getLayer('whatif')) this.#map.setLayoutProperty('whatif', 'visibility', 'none');
      return;
    }
    const { width, height, corners } = then;
    const canvas = this.#canvas;
    if (!this.#image || this.#image.width !== width || this.#image.height !== height) {
      [canvas.width, canvas.height] = [width, height];
      this.#image = new ImageData(width, height);
    }
    paint(now.levels, then.levels, width, this.#image.data);
    canvas.getContext('2d')?.putImageData(this.#image, 0, 0);
    const [a, b, c, d] = corners;
    if (!a || !b || !c || !d) return;
    const source = this.#map.getSource<CanvasSource>('whatif');
    if (source) {
      source.setCoordinates([a, b, c, d]);
      // Playing for a moment takes the canvas over.
      source.play();
      source.pause();
      this.#map.setLayoutProperty('whatif', 'visibility', 'visible');
    } else {
      this.#map.addSource('whatif', {
        type: 'canvas', canvas, animate: false, coordinates: [a, b, c, d],
      });
      this.#map.addLayer(
        {
          id: 'whatif', type: 'raster', source: 'whatif',
          paint: { 'raster-fade-duration': 0, 'raster-resampling': 'nearest' },
        },
        'coast',
      );
    }
    void this.#map.once('render').then(() => {
      this.waits_ms.push(performance.now() - asked_ms);
      if (this.waits_ms.length > 1000) this.waits_ms.shift();
    });
  }
}
