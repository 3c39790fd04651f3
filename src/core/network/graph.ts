/** Which layers a layer reads, and what goes along a graph of layers in their order. */
import { isBackward } from './shapes.ts';
import type { Layer, Network, OutputLayer } from './types.ts';

/** Position of a network's sample, where the layers that are read are counted. */
export const sampleOf = -1;

/** Positions of the layers that each layer reads, {@link sampleOf} where it is the sample. */
export function readsOf(layers: readonly Layer[]): number[][] {
  const reads: number[][] = [];
  layers.forEach((layer, index) => {
    // The second half of a bidirectional layer reads what the first read.
    if (isBackward(layer)) reads.push(reads[index - 1] ?? [sampleOf]);
    else if (layer.kind === 'InputLayer') reads.push([sampleOf]);
    else reads.push([...(layer.inputs ?? [index - 1])]);
  });
  return reads;
}

/**
 * What each layer hands on, computed from layer to layer.
 * @param of from what the layers that it reads hand on; `beside` for the second half of a bidirectional layer: what
 *   the first hands on, beside which its own comes to stand
 */
export function alongGraph<T>(
  layers: readonly Layer[],
  sample: T,
  of: (layer: Layer, read: readonly [T, ...T[]], beside: T | undefined, index: number) => T,
): T[] {
  const handedOn: T[] = [];
  const at = (index: number): T => (index === sampleOf ? sample : handedOn[index]!);
  const reads = readsOf(layers);
  layers.forEach((layer, index) => {
    const read = reads[index]!.map(at) as [T, ...T[]];
    handedOn.push(of(layer, read, isBackward(layer) ? at(index - 1) : undefined, index));
  });
  return handedOn;
}

/** Whether every layer reads the one before it. */
export function isChain(layers: readonly Layer[]): boolean {
  return layers.every(({ inputs, kind }, index) =>
    kind === 'InputLayer' ? index === 0 : !inputs || (inputs.length === 1 && inputs[0] === index - 1),
  );
}

/** [layers] whether what the layer hands on is read by no layer but those for which `passes` holds, to the end. */
export function endsAt(layers: readonly Layer[], index: number, passes: (layer: Layer) => boolean): boolean {
  const reads = readsOf(layers);
  const reached = new Set([index]);
  for (let next = index + 1; next < layers.length; next++) {
    const own = isBackward(layers[next]!) ? [...reads[next]!, next - 1] : reads[next]!;
    if (!own.some((from) => reached.has(from))) continue;
    if (!passes(layers[next]!)) return false;
    reached.add(next);
  }
  return true;
}

/**
 * The network with the chosen one of its outputs as what it gives: its last layer.
 * @param name of an output layer; the first where left out
 * @returns null where it has no such output
 */
export function withOutput(network: Network, name: string | undefined): Network | null {
  const { layers, outputs = [] } = network;
  const chosen = name === undefined ? outputs[0] : outputs.find((output) => output.name === name);
  if (!chosen) return name === undefined || layers.at(-1)?.name === name ? network : null;
  if (chosen.layer === layers.length - 1) return network;
  const { path } = layers[chosen.layer]!;
  const last: OutputLayer = { kind: 'Output', name: `output ${chosen.name}`, path, inputs: [chosen.layer] };
  return { ...network, layers: [...layers, last] };
}
