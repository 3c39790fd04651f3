/** Which pre-activations the gates of the trained network reach over the sample data. */
import { analogRunner, type AnalogOptions } from '../simulate/analog.ts';
import { runChain } from '../simulate/chain.ts';
import type { Kernel } from '../simulate/kernel/types.ts';
import { chooseSamples } from '../simulate/samples.ts';
import type { Trace } from '../simulate/types.ts';
import { collectDrives } from './fitted-values.ts';
import { countDrives, countGrowing, emptyDrives, narrowDrives, type Drives } from './fit.ts';
import { isFittable } from './activations.ts';
import { gatesOf } from './gates.ts';
import type { GateName } from './types.ts';
import type { Layer, RecurrentLayer } from '../network/types.ts';

/** By layer name; those of its populations. */
export type MeasuredDrives = Readonly<Record<string, Readonly<Record<string, Drives>>>>;

/** Samples that are looked at, at most, evenly spaced: a distribution needs no more. */
const most = 256;

/** @param sample gives sample n of `samples` */
export function measureDrives(
  layers: readonly Layer[],
  kernel: Kernel,
  options: AnalogOptions,
  samples: number,
  sample: (n: number) => Trace,
): MeasuredDrives {
  const drives = new Map<string, Record<string, Drives>>();
  const onDrives = (recurrent: RecurrentLayer, gate: GateName, values: Float32Array): void => {
    const { name, units } = recurrent;
    const layer = drives.get(name) ?? {};
    drives.set(name, layer);
    if (isEndless(recurrent, gate)) {
      layer[gate] = countGrowing(layer[gate] ?? narrowDrives(), values);
      return;
    }
    const own = (layer[gate] ??= {
      ...emptyDrives(),
      ...(gate === 'u' && { units: Array.from({ length: units }, narrowDrives) }),
    });
    countDrives(own, values);
    const { units: single } = own;
    single?.forEach((before, k) => (single[k] = countGrowing(before, values.subarray(k, k + 1))));
  };
  const sole = collectDrives();
  const links = layers.map((layer) => ({
    layer,
    run: analogRunner(layer, kernel, { ...options, onDrives, onPreActivations: sole.onPreActivations }),
  }));
  for (const n of chooseSamples(samples, most)) runChain(links, sample(n));
  return { ...Object.fromEntries(drives), ...sole.all() };
}

/** Whether the gate's activation has no bound, so that it matters how far pre-activations reach. */
function isEndless(layer: RecurrentLayer, gate: GateName): boolean {
  const own = gatesOf(layer).find(({ name }) => name === gate);
  return gate !== 'u' && own !== undefined && !isFittable(own.activation);
}
