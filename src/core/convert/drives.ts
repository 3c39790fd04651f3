/** Which pre-activations the gates of the trained network reach over the sample data. */
import type { LstmLayer } from '../network/types.ts';
import { analogRunner, type AnalogOptions } from '../simulate/analog.ts';
import { runChain } from '../simulate/chain.ts';
import type { Kernel } from '../simulate/kernel/types.ts';
import { chooseSamples } from '../simulate/samples.ts';
import type { Trace } from '../simulate/types.ts';
import { countDrives, emptyDrives, type Drives } from './fit.ts';
import { gateNames, type GateName } from './types.ts';
import type { Layer } from '../network/types.ts';

/** By layer name; those of its gates. */
export type MeasuredDrives = Readonly<Record<string, Readonly<Record<GateName, Drives>>>>;

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
  const drives = new Map<string, Record<GateName, Drives>>();
  const onDrives = ({ name, units }: LstmLayer, values: Float32Array): void => {
    let own = drives.get(name);
    if (!own)
      drives.set(name, (own = { i: emptyDrives(), f: emptyDrives(), c: emptyDrives(), o: emptyDrives() }));
    gateNames.forEach((gate, index) => {
      countDrives(own[gate], values.subarray(index * units, (index + 1) * units));
    });
  };
  const links = layers.map((layer) => ({
    layer,
    run: analogRunner(layer, kernel, { ...options, onDrives }),
  }));
  for (const n of chooseSamples(samples, most)) runChain(links, sample(n));
  return Object.fromEntries(drives);
}
