/** Where training begins: weights with which the new functions come near to those that the network was trained with. */
import { evaluateClippedLinear, type Elementwise } from '../convert/activations.ts';
import { gatesOf } from '../convert/gates.ts';
import { alongGraph } from '../network/graph.ts';
import { hasOneActivation, isRecurrent } from '../network/shapes.ts';
import type { ActivationName, ClippedLinear, Layer, RecurrentLayer, Tensor } from '../network/types.ts';

/** A smooth function and what stands in its place. */
export interface Pair {
  readonly smooth: Elementwise;
  readonly clip: ClippedLinear;
}

/** Null of a function that stays. @param isGate of a recurrent layer */
export type PairOf = (name: ActivationName, isGate: boolean) => Pair | null;

/** Widths of the normal distributions that pre-activations, and states of LSTM cells, are taken to have. */
const [drives, states] = [2, 1];

/** The a with which clip(a x) is nearest to f(x), in the least squares over pre-activations. */
export function nearestScale({ smooth, clip }: Pair): number {
  const near = evaluateClippedLinear(clip);
  const candidates = Array.from({ length: 400 }, (_, n) => 0.01 * (n + 1));
  const cost = (a: number) => overNormal(drives, (x) => (smooth(x) - near(a * x)) ** 2);
  const costs = candidates.map(cost);
  return candidates[costs.indexOf(Math.min(...costs))]!;
}

/** The k with which k clip(c) is nearest to f(c), over states of a cell. */
export function nearestFactor({ smooth, clip }: Pair): number {
  const near = evaluateClippedLinear(clip);
  return overNormal(states, (c) => smooth(c) * near(c)) / overNormal(states, (c) => near(c) ** 2);
}

/** Not of area 1: only compared. */
function overNormal(width: number, value: (x: number) => number): number {
  let sum = 0;
  for (let z = -4; z <= 4; z += 0.05) sum += Math.exp(-(z ** 2) / 2) * value(width * z);
  return sum;
}

/**
 * The same layers with other weights. Those of a gate or a layer are multiplied by {@link nearestScale}. Where f(c) of
 * an LSTM becomes clip(c), its h is smaller by {@link nearestFactor}, and weights that read h are larger by as much.
 * @param layers as they were trained
 */
export function nearStart(layers: readonly Layer[], pairOf: PairOf): Layer[] {
  // A layer that is used several times goes on having one set of weights.
  const known = new Map<Float32Array, Float32Array>();
  const multiplied = (tensor: Tensor, columns: readonly number[], by = 1): Tensor => {
    if (by === 1 && columns.every((factor) => factor === 1)) return tensor;
    const width = tensor.shape.at(-1)! / columns.length;
    const factor = (i: number) => by * columns[Math.floor((i % tensor.shape.at(-1)!) / width)]!;
    const values = known.get(tensor.values) ?? tensor.values.map((value, i) => value * factor(i));
    known.set(tensor.values, values);
    return { ...tensor, values };
  };
  const changed: Layer[] = [];
  // What a layer hands on is smaller than it was, by this.
  alongGraph(layers, 1, (layer, read, beside) => {
    const [smaller] = read;
    if (isRecurrent(layer)) {
      const scales = scalesOf(layer, pairOf);
      const own = factorOf(layer, pairOf);
      changed.push({
        ...layer,
        kernel: multiplied(layer.kernel, scales, smaller),
        recurrentKernel: multiplied(layer.recurrentKernel, scales, own),
        bias: multiplied(layer.bias, scales),
        ...(layer.kind === 'GRU' && { recurrentBias: multiplied(layer.recurrentBias, scales) }),
      });
      return alike([own, beside ?? own]);
    }
    if (hasOneActivation(layer)) {
      const pair = pairOf(layer.activation, false);
      const scale = [pair ? nearestScale(pair) : 1];
      changed.push({
        ...layer,
        kernel: multiplied(layer.kernel, scale, smaller),
        bias: multiplied(layer.bias, scale),
      });
      return 1;
    }
    changed.push(layer.kind === 'Scale' ? { ...layer, scale: multiplied(layer.scale, [smaller]) } : layer);
    if (layer.kind === 'Merge' && layer.operation === 'multiply') return read.reduce((a, b) => a * b);
    return layer.kind === 'Activation' || layer.kind === 'Scale' ? 1 : alike(read);
  });
  return changed;
}

/** Of each gate, in the order of its columns. */
function scalesOf(layer: RecurrentLayer, pairOf: PairOf): number[] {
  // u is a part of the candidate's pre-activation.
  const gates = gatesOf(layer).filter(({ name }) => name !== 'u');
  return gates.map(({ activation }) => {
    const pair = pairOf(activation, true);
    return pair ? nearestScale(pair) : 1;
  });
}

function factorOf(layer: RecurrentLayer, pairOf: PairOf): number {
  const pair = layer.kind === 'LSTM' ? pairOf(layer.activation, true) : null;
  return pair ? nearestFactor(pair) : 1;
}

/** Where they differ nothing can be put right for all: training does. */
function alike([first = 1, ...others]: readonly number[]): number {
  return others.every((other) => other === first) ? first : 1;
}
