/** Numbers of neurons for each value, side by side. */
import { mostAutomatic } from '../convert/types.ts';
import type { Fix } from '../findings/types.ts';
import { neuronsWords } from '../report/tables/sweep.ts';
import type { NeuronsPerGate, Setting, Sweep } from './types.ts';

/** The same for settings that differ in their time-steps alone. */
export function settingKey({ arithmetic, coding, neuronsPerGate }: Omit<Setting, 'timesteps'>): string {
  return [coding, arithmetic, ...(neuronsPerGate ? [neuronsPerGate] : [])].join(' ');
}

/** Numbers that are compared where nobody says which: those that `auto` chooses from, and the specification's own. */
export function usualNeurons(own: NeuronsPerGate | undefined): NeuronsPerGate[] {
  const usual = Array.from({ length: mostAutomatic }, (_, n) => n + 1);
  return inOrder(typeof own === 'number' ? [...usual, own] : usual);
}

/** 1, 2, ... and `auto` last, each once. */
export function inOrder(numbers: readonly NeuronsPerGate[]): NeuronsPerGate[] {
  const size = (each: NeuronsPerGate) => (each === 'auto' ? Infinity : each);
  return [...new Set(numbers)].sort((a, b) => (size(a) === size(b) ? 0 : size(a) - size(b)));
}

/** To run with one of the numbers of neurons that are compared. */
export function neuronsFix({ points }: Pick<Sweep, 'points'>, neuronsPerGate: NeuronsPerGate): Fix | null {
  if (!points.some((point) => point.neuronsPerGate === neuronsPerGate)) return null;
  return {
    title: `Run with ${neuronsWords(neuronsPerGate)}`,
    edits: [{ path: ['neuronsPerGate'], value: neuronsPerGate }],
  };
}
