/** What the fields above a sweep ask for. */
import type { Fix } from '../../src/core/findings/types.ts';
import { mostNeuronsPerGate, type Arithmetic, type Coding } from '../../src/core/convert/types.ts';
import { inOrder } from '../../src/core/sweep/neurons.ts';
import type { NeuronsPerGate } from '../../src/core/sweep/types.ts';
import type { SweepChoice } from '../../src/protocol/analyses.ts';

export const codings: readonly Coding[] = ['residual', 'reset'];
export const arithmetics: readonly Arithmetic[] = ['float', 'loihi'];

export interface SweepFields {
  /** As it was written: "2, 4, 8"; empty: the usual ones. */
  readonly timesteps: string;
  readonly codings: readonly Coding[];
  /** Null: the run's. */
  readonly arithmetics: readonly Arithmetic[] | null;
  /** As it was written: "1, 2, 4, auto"; empty: the specification's alone. */
  readonly neurons: string;
}

export const usualSweep: SweepFields = { timesteps: '', codings, arithmetics: null, neurons: '' };

/** As of a specification. */
const mostTimesteps = 65536;
/** More points are not told apart. */
const mostPoints = 64;

/** In words, what keeps the fields from being swept. */
export type ReadChoice = { readonly choice: SweepChoice } | { readonly fault: string };

export function readChoice({ timesteps, codings, arithmetics, neurons }: SweepFields): ReadChoice {
  const parts = partsOf(timesteps);
  const wrong = parts.find((part) => !/^\d+$/.test(part) || Number(part) < 1 || Number(part) > mostTimesteps);
  if (wrong !== undefined) {
    return {
      fault: `"${wrong}" is no number of time-steps: write whole numbers from 1 to ${mostTimesteps}, such as 2, 4, 8.`,
    };
  }
  const list = [...new Set(parts.map(Number))].sort((a, b) => a - b);
  if (list.length > mostPoints) {
    return { fault: `${list.length} numbers of time-steps are too many: write ${mostPoints} at most.` };
  }
  const counts = readNeurons(neurons);
  if ('fault' in counts) return counts;
  if (codings.length === 0) return { fault: 'Choose a coding.' };
  if (arithmetics?.length === 0) return { fault: 'Choose an arithmetic.' };
  return {
    choice: {
      ...(list.length > 0 && { timesteps: list }),
      codings,
      ...(arithmetics && { arithmetics }),
      ...(counts.list.length > 0 && { neuronsPerGate: counts.list }),
    },
  };
}

function readNeurons(
  text: string,
): { readonly list: readonly NeuronsPerGate[] } | { readonly fault: string } {
  const list = partsOf(text).map((part) => (part === 'auto' ? part : Number(part)));
  const fits = (each: NeuronsPerGate) =>
    each === 'auto' || (Number.isInteger(each) && each >= 1 && each <= mostNeuronsPerGate);
  return list.every(fits)
    ? { list: inOrder(list) }
    : {
        fault: `"${text.trim()}" are no numbers of neurons: write whole numbers from 1 to ${mostNeuronsPerGate}, or auto, such as 1, 2, 4.`,
      };
}

const partsOf = (text: string): string[] => text.split(/[\s,;]+/).filter((part) => part !== '');

/** The list with or without the value, in the order of `all`. */
export function withChoice<T>(all: readonly T[], chosen: readonly T[], value: T, wanted: boolean): T[] {
  return all.filter((each) => (each === value ? wanted : chosen.includes(each)));
}

/** What a sweep's fix sets. @returns null where it sets no time-steps */
export function fixedSetting({ edits }: Pick<Fix, 'edits'>): {
  readonly timesteps: number;
  readonly coding: Coding | null;
  /** Null: it sets none. */
  readonly neuronsPerGate: NeuronsPerGate | null;
} | null {
  const valueOf = (key: string) => edits.find(({ path }) => path[0] === key)?.value;
  const timesteps = valueOf('timesteps');
  if (typeof timesteps !== 'number') return null;
  const count = valueOf('neuronsPerGate');
  return {
    timesteps,
    coding: codings.find((coding) => coding === valueOf('coding')) ?? null,
    neuronsPerGate: typeof count === 'number' || count === 'auto' ? count : null,
  };
}

export function restoreSweepFields(stored: unknown): SweepFields {
  if (typeof stored !== 'object' || stored === null) return usualSweep;
  const from = stored as Partial<Record<keyof SweepFields, unknown>>;
  const known = <T>(all: readonly T[], list: unknown): T[] | null =>
    Array.isArray(list) ? all.filter((value) => list.includes(value)) : null;
  return {
    timesteps: typeof from.timesteps === 'string' ? from.timesteps : usualSweep.timesteps,
    codings: known(codings, from.codings) ?? usualSweep.codings,
    arithmetics: known(arithmetics, from.arithmetics) ?? usualSweep.arithmetics,
    neurons: typeof from.neurons === 'string' ? from.neurons : usualSweep.neurons,
  };
}
