/** Gates of a recurrent layer that was never trained for spikes: smooth functions, each computed by a few neurons. */
import type { Finding } from '../findings/types.ts';
import type { ActivationName, RecurrentLayer } from '../network/types.ts';
import { isFittable, isSmooth, resolveActivation, type Elementwise } from './activations.ts';
import type { MeasuredDrives } from './drives.ts';
import { fitPieces, reached, usualDrives, type Drives, type Fit } from './fit.ts';
import { fitSegments } from './fit-segments.ts';
import { gatesOf } from './gates.ts';
import {
  defaultTolerance,
  mostAutomatic,
  type ConversionOptions,
  type GateName,
  type Specification,
} from './types.ts';

export interface FittedGates {
  /** Whether to what sample data reach; else to a usual distribution. */
  readonly measured: boolean;
  /** Neurons of each value. */
  readonly count: number;
  /** Of the gates that are smooth. */
  readonly gates: Partial<Record<GateName, Fit>>;
  /** Mean squared error of the worst gate with so many neurons, for those that were tried. */
  readonly tried: readonly { readonly count: number; readonly mse: number }[];
}

/**
 * The part of the tolerated error that a fit may take: it comes back at every sequence step, where that of a count
 * averages out.
 */
const partOfTolerance = 1 / 20;

export function leastTolerated({ mse }: Specification['tolerance']): number {
  return mse * partOfTolerance;
}

/** @returns null where no gate is smooth without a function in its place */
export function fitGates(
  layer: RecurrentLayer,
  options: ConversionOptions,
  drives: MeasuredDrives,
): FittedGates | null {
  const { name } = layer;
  const smooth = gatesOf(layer).flatMap(({ name: gate, activation }) => {
    const { spiking, analog } = resolveActivation(activation, options.activations);
    return spiking === null && analog && isSmooth(activation) ? [{ gate, analog, activation }] : [];
  });
  if (smooth.length === 0) return null;
  const at = (count: number) => {
    const fits = smooth.map(({ gate, analog, activation }) => {
      const fit = remembered(analog, activation, drives[name]?.[gate] ?? assumed, count);
      return [gate, fit] as const;
    });
    return { count, fits, mse: Math.max(...fits.map(([, { mse }]) => mse)) };
  };
  const limit = leastTolerated(options.tolerance ?? defaultTolerance);
  const { neuronsPerGate = 'auto' } = options;
  const tried = [at(1)];
  const enough = ({ count, mse }: { readonly count: number; readonly mse: number }) =>
    neuronsPerGate === 'auto' ? mse <= limit || count === mostAutomatic : count === neuronsPerGate;
  while (!enough(tried.at(-1)!)) tried.push(at(tried.length + 1));
  const { count, fits } = tried.at(-1)!;
  return {
    measured: drives[name] !== undefined,
    count,
    gates: Object.fromEntries(fits),
    tried: [...tried, at(count + 1)].map(({ count, mse }) => ({ count, mse })),
  };
}

const assumed = usualDrives();
const known = new WeakMap<Drives, Map<string, Fit>>();

/** A network is converted several times over: once to look, once to run, once for each change that is tried. */
function remembered(f: Elementwise, activation: ActivationName, drives: Drives, count: number): Fit {
  const fits = known.get(drives) ?? new Map<string, Fit>();
  known.set(drives, fits);
  const key = `${activation} ${count}`;
  const made = (): Fit =>
    isFittable(activation) ? fitPieces(f, drives, count) : fitSegments(f, reached(drives), count);
  const fit = fits.get(key) ?? made();
  fits.set(key, fit);
  return fit;
}

/** What the fit costs, with the other numbers of neurons as fixes. */
export function gatesFitted(layer: RecurrentLayer, { measured, count, gates, tried }: FittedGates): Finding {
  const { name, path } = layer;
  const fitted = gatesOf(layer).filter((gate) => gates[gate.name]);
  const functions = [...new Set(fitted.map(({ activation }) => activation))].join(' and ');
  const errors = Object.entries(gates).map(([gate, { mse }]) => `${gate} ${mse.toExponential(1)}`);
  const to = measured
    ? 'the pre-activations that the sample data reach'
    : 'a usual distribution of pre-activations, until sample data say which they reach';
  const neurons = count === 1 ? 'one neuron computes' : `${count} neurons together compute`;
  return {
    code: 'activation-fitted',
    severity: 'info',
    layer: name,
    message: `Layer "${name}" has ${functions}, which no neuron computes exactly: ${neurons} each value, fitted to ${to} (mean squared error ${errors.join(', ')}).`,
    place: { file: 'model', path: [...path, 'config', fitted[0]!.key] },
    fixes: tried
      .filter((other) => other.count !== count)
      .map((other) => ({
        title: `${other.count} ${other.count === 1 ? 'neuron' : 'neurons'} for each value: worst gate ${other.mse.toExponential(1)}`,
        edits: [{ path: ['neuronsPerGate'], value: other.count }],
      })),
  };
}
