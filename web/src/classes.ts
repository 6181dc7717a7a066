// SPDX-License-Identifier: Apache-2.0

/** What the classes and alert levels are called and how they look, in one place. */

import type { Level } from './api';

export type Shape = 'multirotor' | 'fixed_wing' | 'bird' | 'crewed' | 'other';

export interface ClassStyle {
  shape: Shape;
  label: string;
  short: string;
  colour: string;
  drone: boolean;
}

export const kClasses: Record<Shape, ClassStyle> = {
  fixed_wing: {
    shape: 'fixed_wing', label: 'Fixed-wing drone', short: 'Fixed-wing', colour: '#f2f6fa', drone: true,
  },
  multirotor: {
    shape: 'multirotor', label: 'Multirotor', short: 'Multirotor', colour: '#8fdcf5', drone: true,
  },
  crewed: {
    shape: 'crewed', label: 'Crewed aircraft', short: 'Crewed', colour: '#86a8ff', drone: false,
  },
  bird: { shape: 'bird', label: 'Bird', short: 'Bird', colour: '#8fa394', drone: false },
  other: { shape: 'other', label: 'Other', short: 'Other', colour: '#c9b8d8', drone: false },
};

const kUnknown: ClassStyle = { ...kClasses.other, label: 'Unclassified', short: 'Unknown' };

/** The style of a class as the service names it. */
export function classStyle(name: string | null): ClassStyle {
  if (name === null) return kUnknown;
  const known = (kClasses as Record<string, ClassStyle | undefined>)[name];
  if (known) return known;
  if (name.startsWith('crewed') || name === 'aircraft') return kClasses.crewed;
  const label = name.replaceAll('_', ' ');
  return { ...kClasses.other, label, short: label, drone: name === 'drone' };
}

/** The likeliest class and its probability; null if nothing stands out. */
export function topClass(classes: Record<string, number> | undefined): {
  name: string | null;
  probability: number;
} {
  let name: string | null = null;
  let probability = 0;
  for (const [key, p] of Object.entries(classes ?? {})) {
    if (p > probability) [name, probability] = [key, p];
  }
  // Below one in three no class of five deserves to be shown as the answer.
  return probability < 0.34 ? { name: null, probability } : { name, probability };
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
