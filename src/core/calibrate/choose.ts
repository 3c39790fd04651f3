/** One setting after the other: the best of its values on one part of the samples, kept if it is better on the other. */
import type { Correction, HybridLayer } from '../convert/types.ts';
import type { LayerDifferences } from './differences.ts';
import type { Change, ChangeKind, Errors } from './types.ts';

/** What is known of a network from the samples to choose on. */
export interface Measured {
  readonly errors: Errors;
  /** By layer; of those that do not spike null. */
  readonly differences: readonly (LayerDifferences | null)[];
}

/** The best network so far. */
export interface Current {
  readonly corrections: readonly Correction[];
  readonly layers: readonly HybridLayer[];
  readonly measured: Measured;
}

/** A value of a setting. */
export interface Choice {
  readonly words: string;
  /** All of the specification's, with this one. */
  readonly corrections: readonly Correction[];
}

/** A setting. */
export interface Step {
  readonly kind: ChangeKind;
  readonly layer: string;
  readonly population: string | null;
  /** Its values that may be better than the present one. */
  readonly choices: (current: Current) => readonly Choice[];
}

/** What runs networks. */
export interface Workbench {
  readonly convert: (corrections: readonly Correction[]) => readonly HybridLayer[];
  /** Over the samples to choose on. */
  readonly measure: (networks: readonly (readonly HybridLayer[])[]) => Promise<readonly Measured[]>;
  /** Over the samples that are held out. */
  readonly holdOut: (layers: readonly HybridLayer[]) => Promise<Errors>;
}

export interface Chosen {
  readonly corrections: readonly Correction[];
  readonly layers: readonly HybridLayer[];
  readonly changes: readonly Change[];
}

/** Whether a network is nearer to the trained one; where the outputs are as near, by its populations. */
export function isLower(after: Errors, before: Errors): boolean {
  return after.outputs === before.outputs
    ? after.populations < before.populations
    : after.outputs < before.outputs;
}

/**
 * @param start corrections that are there already
 * @param onStep told before each step
 */
export async function chooseChanges(
  start: readonly Correction[],
  steps: readonly Step[],
  { convert, measure, holdOut }: Workbench,
  onStep: (step: Step, done: number) => void = () => undefined,
): Promise<Chosen> {
  const layers = convert(start);
  const [first] = await measure([layers]);
  let current: Current = { corrections: start, layers, measured: first! };
  let heldOut = await holdOut(layers);
  const changes: Change[] = [];
  const triedWith = new Map<string, Current>();
  for (const [done, step] of steps.entries()) {
    onStep(step, done);
    const { kind, layer, population } = step;
    // The same once more, where nothing has changed since, would give the same.
    const setting = JSON.stringify([kind, layer, population]);
    if (triedWith.get(setting) === current) continue;
    triedWith.set(setting, current);
    const choices = step.choices(current);
    if (choices.length === 0) continue;
    const networks = choices.map(({ corrections }) => convert(corrections));
    const measured = await measure(networks);
    const best = measured.reduce((at, { errors }, k) => (isLower(errors, measured[at]!.errors) ? k : at), 0);
    const chosenOn = { before: current.measured.errors, after: measured[best]!.errors };
    const held = { before: heldOut, after: await holdOut(networks[best]!) };
    const kept = isLower(chosenOn.after, chosenOn.before) && isLower(held.after, held.before);
    const { words, corrections } = choices[best]!;
    changes.push({ kind, layer, population, words, tried: choices.length, chosenOn, heldOut: held, kept });
    if (!kept) continue;
    current = { corrections, layers: networks[best]!, measured: measured[best]! };
    heldOut = held.after;
  }
  return { corrections: current.corrections, layers: current.layers, changes };
}
