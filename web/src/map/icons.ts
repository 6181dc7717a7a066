// SPDX-License-Identifier: Apache-2.0

/** The map's symbols, drawn here so that nothing has to be loaded. North is up; course turns. */

import { kClasses, kLevels, type Shape } from '../classes';

/** How an icon is tinted: by class, or by the level of the worst alert on the track. */
export type Tint = 'class' | 'watch' | 'warning' | 'alarm';

const kSize = 28; // CSS pixels
const kRatio = 2;
const kHalo = '#05080b';

/** Icon names: track/<shape>/<tint>/<solid or claim>. */
export function trackIcon(shape: Shape, tint: Tint, claim: boolean): string {
  return `track/${shape}/${tint}/${claim ? 'claim' : 'solid'}`;
}

function outline(shape: Shape): Path2D {
  const p = new Path2D();
  const poly = (...xy: [number, number][]) => {
    xy.forEach(([x, y], i) => (i === 0 ? p.moveTo(x, y) : p.lineTo(x, y)));
    p.closePath();
  };
  switch (shape) {
    case 'fixed_wing': // the delta of a one-way drone
      poly([0, -10], [8, 7], [2.5, 5], [0, 8], [-2.5, 5], [-8, 7]);
      break;
    case 'drone':
      poly([0, -9], [6.5, 7], [-6.5, 7]);
      break;
    case 'aircraft':
      poly([0, -10], [1.8, -4], [10, 2], [10, 4], [1.8, 2], [1.5, 6.5], [4, 8.5], [4, 10], [0, 9],
        [-4, 10], [-4, 8.5], [-1.5, 6.5], [-1.8, 2], [-10, 4], [-10, 2], [-1.8, -4]);
      break;
    case 'bird':
      poly([0, -3], [3, -5.5], [9, -1], [3.5, -2], [0, 3.5], [-3.5, -2], [-9, -1], [-3, -5.5]);
      break;
    case 'multirotor':
      for (const [x, y] of [[-5, -5], [5, -5], [-5, 5], [5, 5]] as const) {
        p.moveTo(x + 3.2, y);
        p.arc(x, y, 3.2, 0, 2 * Math.PI);
      }
      poly([0, -7], [2.6, -2.4], [2.6, 3], [-2.6, 3], [-2.6, -2.4]);
      break;
    case 'unknown':
      poly([0, -9], [5.5, 2], [0, 7], [-5.5, 2]);
      break;
    case 'other':
      poly([0, -6], [5, 0], [0, 6], [-5, 0]);
      break;
  }
  return p;
}

function canvas(draw: (c: CanvasRenderingContext2D) => void, size = kSize): ImageData {
  const element = document.createElement('canvas');
  element.width = element.height = size * kRatio;
  const c = element.getContext('2d');
  if (!c) throw new Error('this browser has no 2D canvas');
  c.scale(kRatio, kRatio);
  c.translate(size / 2, size / 2);
  c.lineJoin = 'round';
  draw(c);
  return c.getImageData(0, 0, element.width, element.height);
}

function drawTrack(shape: Shape, colour: string, claim: boolean): ImageData {
  return canvas((c) => {
    const p = outline(shape);
    c.lineWidth = 4;
    c.strokeStyle = kHalo;
    c.stroke(p);
    if (claim) {
      // Hollow: nobody but the sender says that it is there.
      c.fillStyle = kHalo;
      c.fill(p);
      c.lineWidth = 1.5;
      c.strokeStyle = colour;
      c.stroke(p);
    } else {
      c.fillStyle = colour;
      c.fill(p);
    }
  });
}

const kSensorColours = { up: '#6fb5a8', silent: '#ff9f43', down: '#ff9f43', never: '#77838f' };
export type SensorState = keyof typeof kSensorColours;

function drawSensor(kind: string, state: SensorState): ImageData {
  return canvas((c) => {
    const p = new Path2D();
    if (kind === 'radar') {
      p.arc(0, -1, 6, Math.PI * 0.15, Math.PI * 0.85, false);
      p.closePath();
      p.moveTo(0, 5);
      p.lineTo(0, -4);
      p.moveTo(-3.5, 8);
      p.lineTo(0, 4);
      p.lineTo(3.5, 8);
    } else if (kind === 'acoustic') {
      for (const r of [2.2, 5, 7.8]) {
        p.moveTo(r * Math.cos(-0.9), r * Math.sin(-0.9));
        p.arc(0, 0, r, -0.9, 0.9);
        p.moveTo(r * Math.cos(Math.PI - 0.9), r * Math.sin(Math.PI - 0.9));
        p.arc(0, 0, r, Math.PI - 0.9, Math.PI + 0.9);
      }
    } else {
      p.rect(-5, -5, 10, 10);
      p.moveTo(1.8, 0);
      p.arc(0, 0, 1.8, 0, 2 * Math.PI);
    }
    c.lineCap = 'round';
    c.lineWidth = 4.5;
    c.strokeStyle = kHalo;
    c.stroke(p);
    c.lineWidth = 1.7;
    c.strokeStyle = kSensorColours[state];
    c.stroke(p);
    if (state !== 'up') {
      const slash = new Path2D();
      slash.moveTo(-8, 8);
      slash.lineTo(8, -8);
      c.lineWidth = 4.5;
      c.strokeStyle = kHalo;
      c.stroke(slash);
      c.lineWidth = 1.7;
      c.strokeStyle = kSensorColours[state];
      c.stroke(slash);
    }
  });
}

/** Kinds with a symbol of their own; all others share one. */
export function sensorIcon(kind: string, state: SensorState): string {
  const shape = kind === 'radar' || kind === 'acoustic' ? kind : 'sensor';
  return `sensor/${shape}/${state}`;
}

/** All icons by name, with the pixel ratio that they were drawn in. */
export function* icons(): Generator<[string, ImageData, { pixelRatio: number }]> {
  const options = { pixelRatio: kRatio };
  for (const style of Object.values(kClasses)) {
    const tints: [Tint, string][] = [
      ['class', style.colour],
      ['watch', kLevels.watch.colour],
      ['warning', kLevels.warning.colour],
      ['alarm', kLevels.alarm.colour],
    ];
    for (const [tint, colour] of tints) {
      for (const claim of [false, true]) {
        yield [trackIcon(style.shape, tint, claim), drawTrack(style.shape, colour, claim), options];
      }
    }
  }
  for (const kind of ['radar', 'acoustic', 'sensor']) {
    for (const state of Object.keys(kSensorColours) as SensorState[]) {
      yield [`sensor/${kind}/${state}`, drawSensor(kind, state), options];
    }
  }
}
