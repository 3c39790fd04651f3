/** Dense and convolutional layers whose activation no single neuron computes: a few neurons together do. */
import type { Finding } from '../findings/types.ts';
import type { ConvLayer, DenseLayer } from '../network/types.ts';
import { isFittable, snakeCase, type Elementwise } from './activations.ts';
import { fitPieces, narrowDrives, countGrowing, reached, usualDrives, type Drives, type Fit } from './fit.ts';
import { fitSegments } from './fit-segments.ts';
import { leastTolerated } from './fitted-gates.ts';
import { defaultTolerance, mostAutomatic, type ConversionOptions } from './types.ts';

/** The population of a layer that has one only. */
export const soleName = 'neurons';

/** Collects the pre-activations of Dense and convolutional layers, whatever their size. */
export function collectDrives() {
  const drives = new Map<string, Drives>();
  return {
    onPreActivations: ({ name }: DenseLayer | ConvLayer, values: Float32Array): void => {
      drives.set(name, countGrowing(drives.get(name) ?? narrowDrives(), values));
    },
    /** By layer, as other layers' are by population. */
    all: () => Object.fromEntries([...drives].map(([name, own]) => [name, { [soleName]: own }])),
  };
}

export interface FittedValues {
  /** Whether to what sample data reach; else to a usual distribution. */
  readonly measured: boolean;
  /** Neurons of each value. */
  readonly count: number;
  readonly fit: Fit;
  /** With so many neurons, for those that were tried. */
  readonly tried: readonly { readonly count: number; readonly mse: number }[];
}

/**
 * The pieces of a layer's activation: as many as the specification says, or the fewest whose error is a small part of
 * the tolerated one (of the square of the layer's largest value where that is above 1).
 * @param largest absolute value that the layer hands on
 */
export function fitValues(
  f: Elementwise,
  { activation }: Pick<DenseLayer, 'activation'>,
  drives: Drives | undefined,
  largest: number,
  options: ConversionOptions,
): FittedValues {
  const seen = drives && reached(drives);
  const fitOf = (count: number): Fit =>
    remembered(drives ?? assumed, `${activation} ${largest} ${count}`, () =>
      isFittable(activation)
        ? fitPieces(f, drives ?? assumed, count)
        : // Beyond the highest value no threshold is needed; a bin is not cut in two for it.
          fitSegments(f, seen ?? assumedNear, count, seen ? 1.01 * largest : Infinity),
    );
  const limit = leastTolerated(options.tolerance ?? defaultTolerance) * Math.max(1, seen ? largest : 1) ** 2;
  const { neuronsPerGate = 'auto' } = options;
  const at = (count: number) => ({ count, fit: fitOf(count) });
  const tried = [at(1)];
  const enough = ({ count, fit }: { readonly count: number; readonly fit: Fit }) =>
    neuronsPerGate === 'auto' ? fit.mse <= limit || count === mostAutomatic : count === neuronsPerGate;
  while (!enough(tried.at(-1)!)) tried.push(at(tried.length + 1));
  const chosen = tried.at(-1)!;
  return {
    measured: drives !== undefined,
    ...chosen,
    tried: [...tried, at(chosen.count + 1)].map(({ count, fit }) => ({ count, mse: fit.mse })),
  };
}

const assumed = usualDrives();
/** Few values lie beyond, and a function without a bound would have all its weight there. */
const assumedNear = reached({
  ...assumed,
  counts: assumed.counts.map((count) => (count > 0.01 ? count : 0)),
});

const known = new WeakMap<Drives, Map<string, Fit>>();

/** A network is converted several times over: once to look, once to run, once for each change that is tried. */
function remembered(drives: Drives, key: string, make: () => Fit): Fit {
  const fits = known.get(drives) ?? new Map<string, Fit>();
  known.set(drives, fits);
  const fit = fits.get(key) ?? make();
  fits.set(key, fit);
  return fit;
}

/** Without an end on either side, or growing faster and faster. */
const endless: ReadonlySet<string> = new Set(['exponential']);

/** What the fit costs, with the other numbers of neurons as fixes. */
export function valuesFitted(
  { name, path, activation }: DenseLayer | ConvLayer,
  { measured, count, fit, tried }: FittedValues,
): Finding {
  const to = measured
    ? 'the pre-activations that the sample data reach'
    : 'a usual distribution of pre-activations, until sample data say which they reach';
  const neurons = count === 1 ? 'one neuron computes' : `${count} neurons together compute`;
  const beyond = endless.has(snakeCase(activation))
    ? ' It grows without a bound: what lies beyond the sample data is cut off.'
    : '';
  return {
    code: 'activation-fitted',
    severity: 'info',
    layer: name,
    message: `Layer "${name}" has ${activation}, which no neuron computes exactly: ${neurons} each value, fitted to ${to} (mean squared error ${fit.mse.toExponential(1)}).${beyond}`,
    place: { file: 'model', path: [...path, 'config', 'activation'] },
    fixes: tried
      .filter((other) => other.count !== count)
      .map((other) => ({
        title: `${other.count} ${other.count === 1 ? 'neuron' : 'neurons'} for each value: error ${other.mse.toExponential(1)}`,
        edits: [{ path: ['neuronsPerGate'], value: other.count }],
      })),
  };
}
