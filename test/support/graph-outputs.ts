/** What the analog network makes of arrays for its inputs, by their names. */
import { checkShape } from '../../src/core/check/inputs.ts';
import { declaredActivations } from '../../src/core/convert/activations.ts';
import { sideBySideInputs } from '../../src/core/formats/data/several-inputs.ts';
import { foldNetwork } from '../../src/core/network/fold.ts';
import { withOutput } from '../../src/core/network/graph.ts';
import type { Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { sampleReader } from '../../src/core/simulate/samples.ts';

export type Arrays = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>
>;

/** @returns [samples, outputs] of the output of that name, or the only one */
export function analogGraphOutputs(network: Network, arrays: Arrays, output?: string): number[][] {
  const { samples, read } = samplesOf(network, arrays);
  const { layers, activations } = foldNetwork(withOutput(network, output)!);
  const options = { activations: declaredActivations(activations), cellClip: null };
  const kernel = createTwinKernel();
  const links = layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, options) }));
  return Array.from({ length: samples }, (_, n) => [...runChain(links, read(n)).at(-1)!.output.values]);
}

/** Of the inputs that the network reads; arrays of others are left out. */
export function samplesOf(network: Network, arrays: Arrays) {
  const { inputs } = network;
  const given = (inputs?.map(({ name }) => name) ?? [nameOfOnly(network, arrays)]).map((name) => {
    const { shape, values } = arrays[name]!;
    return { shape, values: Float32Array.from(values) };
  });
  const data = inputs ? sideBySideInputs(inputs, given, (words) => new Error(words) as never) : given[0]!;
  const shape = checkShape(data, network, 'x.npz');
  return { samples: shape.samples, read: sampleReader(data.values, shape, { mean: 0, scale: 1 }) };
}

/** Arrays of a test are told apart by their numbers of features. */
function nameOfOnly({ inputShape }: Network, arrays: Arrays): string {
  const names = Object.keys(arrays);
  return names.find((name) => names.length === 1 || arrays[name]!.shape.at(-1) === inputShape.at(-1))!;
}
