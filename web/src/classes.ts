// SPDX-License-Identifier: Apache-2.0

/** What the classes and alert levels are called and how they look, in one place. */

import type { Level } from './api';

export type Shape =
  'multirotor' | 'fixed_wing' | 'drone' | 'bird' | 'aircraft' | 'other' | 'unknown';

export interface ClassStyle {
  shape: Shape;
  label: string;
  short: string;
  colour: string;
  drone: boolean;
  /** How much a track of this class matters on a crowded map: 0 least, 2 most. */
  weight: 0 | 1 | 2;
}

export const kClasses: Record<Shape, ClassStyle> = {
  fixed_wing: {
    shape: 'fixed_wing', label: 'Fixed-wing drone', short: 'Fixed-wing', colour: '#f2f6fa',
    drone: true, weight: 2,
  },
  multirotor: {
    shape: 'multirotor', label: 'Multirotor', short: 'Multirotor', colour: '#8fdcf5',
    drone: true, weight: 2,
  },
  // Surely a drone, of a kind that is not.
  drone: {
    shape: 'drone', label: 'Drone of either kind', short: 'Drone?', colour: '#c3e8f6',
    drone: true, weight: 2,
  },
  aircraft: {
    shape: 'aircraft', label: 'Crewed aircraft', short: 'Aircraft', colour: '#86a8ff',
    drone: false, weight: 1,
  },
  bird: {
    shape: 'bird', label: 'Bird', short: 'Bird', colour: '#8fa394', drone: false, weight: 0,
  },
  other: {
    shape: 'other', label: 'Other', short: 'Other', colour: '#b9aac8', drone: false, weight: 1,
  },
  // What is not yet known may be a drone, and is drawn as what may matter.
  unknown: {
    shape: 'unknown', label: 'Unclassified', short: 'Unclassified', colour: '#e9dfb6', drone: false,
    weight: 1,
  },
};

/** The style of a class as the service names it. */
export function classStyle(name: string | null): ClassStyle {
  if (name === null) return kClasses.unknown;
  const known = (kClasses as Record<string, ClassStyle | undefined>)[name];
  const label = name.replaceAll('_', ' ');
  return known ?? { ...kClasses.unknown, label, short: label };
}

/** A class is named from this probability on; below it would be a guess. */
const kNamed = 0.6;

/**
 * What to call a track: its likeliest class if that is likely enough, else a drone of either kind
 * if that is, else nothing (null, with the probability of the likeliest class).
 */
export function topClass(classes: Record<string, number> | undefined): {
  name: string | null;
  probability: number;
} {
  let name: string | null = null;
  let probability = 0;
  for (const [key, p] of Object.entries(classes ?? {})) {
    if (p > probability) [name, probability] = [key, p];
  }
  if (probability >= kNamed) return { name, probability };
  const drone = (classes?.['multirotor'] ?? 0) + (classes?.['fixed_wing'] ?? 0);
  if (drone >= kNamed) return { name: 'drone', probability: drone };
  return { name: null, probability };
}

export const kLevels: Record<Level, { rank: number; label: string; colour: string }> = {
  alarm: { rank: 3, label: 'ALARM', colour: '#ff5c57' },
  warning: { rank: 2, label: 'WARNING', colour: '#ff9f43' },
  watch: { rank: 1, label: 'WATCH', colour: '#ecd55c' },
  cleared: { rank: 0, label: 'CLEARED', colour: '#8b9aa8' },
};

/** What a kind of sensor is called. */
export function kindLabel(kind: string): string {
  const names: Record<string, string> = {
    rf: 'RF', tdoa: 'TDOA', radar: 'Radar', acoustic: 'Acoustic', camera: 'Camera',
    observer: 'Observer', position: 'Position',
  };
  return names[kind] ?? kind;
}
