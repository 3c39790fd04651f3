/** Random small networks of every kind that is retrained, with samples for them. */
import fc from 'fast-check';
import { checkShape, type SampleShape } from '../../src/core/check/inputs.ts';
import { readsOf } from '../../src/core/network/graph.ts';
import { shapesOf, countValues } from '../../src/core/network/sample-shapes.ts';
import {
  mergeOperations,
  type EmbeddingLayer,
  type Layer,
  type MergeLayer,
  type Network,
} from '../../src/core/network/types.ts';
import { sampleReader } from '../../src/core/simulate/samples.ts';
import { placesOf } from '../../src/core/simulate/windows.ts';
import type { Trace } from '../../src/core/simulate/types.ts';
import { chain, dense, passing, randomSource, randomTensor } from './networks.ts';
import { masking, recurrent, recurrentKinds, type RecurrentKind } from './recurrent.ts';
import { conv, permute, pooling, reshape, scale, windows } from './windows.ts';

export interface Trainable {
  readonly network: Network;
  readonly shape: SampleShape;
  /** Of each input, [samples, ...shape]. */
  readonly arrays: readonly { readonly shape: readonly number[]; readonly values: Float32Array }[];
  readonly sample: (n: number) => Trace;
}

const samples = 6;

interface Options {
  readonly seed: number;
  readonly steps: number;
  /** Of gates. */
  readonly gates: readonly [activation: string, recurrentActivation: string];
  /** Of Dense layers and convolutions that are not last. */
  readonly activation: string;
}

const hard = ['hard_tanh_half', 'hard_sigmoid_quarter'] as const;
const options = {
  seed: fc.integer(),
  steps: fc.integer({ min: 1, max: 5 }),
  gates: fc.constantFrom(
    hard,
    ['relu6', 'hard_sigmoid'] as const,
    ['hard_tanh_half', 'hard_sigmoid'] as const,
  ),
  activation: fc.constantFrom('relu', 'linear', 'hard_tanh_half', 'relu6', 'swish', 'tanh'),
};

/** Stacks of recurrent layers, in one direction or two, perhaps skipping steps. */
const stacks = fc
  .record({
    ...options,
    kind: fc.constantFrom(...recurrentKinds),
    both: fc.array(fc.boolean(), { minLength: 1, maxLength: 2 }),
    masked: fc.boolean(),
    zeroSkipped: fc.boolean(),
    sequences: fc.boolean(),
    between: fc.boolean(),
  })
  .map((own): Trainable => {
    const random = randomSource(own.seed);
    const layers: Layer[] = own.masked ? [masking(0.25)] : [];
    let width = 3;
    own.both.forEach((both, index) => {
      const returnSequences = index < own.both.length - 1 || own.sequences;
      const made = gateLayer(own, own.kind, random, width, 3, `layer-${index}`, returnSequences, both);
      layers.push(
        ...made.map((layer) => (own.zeroSkipped ? { ...layer, zeroSkipped: true as const } : layer)),
      );
      width = both ? 6 : 3;
      if (own.between && returnSequences) {
        layers.push(
          dense(random, width, 4, own.activation, `dense-${index}`),
          passing('Dropout', `drop-${index}`),
        );
        width = 4;
      }
    });
    if (own.sequences) layers.push(passing('Flatten'));
    layers.push(dense(random, own.sequences ? own.steps * width : width, 3, 'softmax', 'out'));
    const made = trainable(chain([own.steps, 3], ...layers), random);
    // Some steps of some samples are skipped.
    const { values } = made.arrays[0]!;
    if (own.masked) {
      for (let step = 0; step < samples * own.steps; step++)
        if (random() < -0.2) values.fill(0.25, 3 * step, 3 * step + 3);
    }
    return made;
  });

function gateLayer(
  { gates: [activation, recurrentActivation] }: Options,
  kind: RecurrentKind,
  random: () => number,
  width: number,
  units: number,
  name: string,
  returnSequences: boolean,
  both: boolean,
): Layer[] {
  const own = { returnSequences, activation, recurrentActivation };
  const ofKind = (named: string) => recurrent(kind, random, width, units, { ...own, name: named });
  const layer = ofKind(both ? `${name} (forward)` : name);
  const made = both ? [layer, { ...ofKind(`${name} (backward)`), direction: 'backward' as const }] : [layer];
  // Which of the two biases is which, nothing can tell.
  return made.map((one) =>
    one.kind === 'GRU' && !one.resetAfter
      ? { ...one, recurrentBias: { ...one.recurrentBias, values: new Float32Array(3 * units) } }
      : one,
  );
}

/** Ids, of which 0 is skipped or is not. */
const embedded = fc
  .record({ ...options, kind: fc.constantFrom(...recurrentKinds), masked: fc.boolean(), both: fc.boolean() })
  .map((own): Trainable => {
    const random = randomSource(own.seed);
    const table = randomTensor(random, [7, 3]);
    const words: EmbeddingLayer = {
      ...{ kind: 'Embedding', name: 'words', path: [], vocabulary: 7, dimension: 3, table },
      ...(own.masked && { maskZero: true }),
    };
    const made = gateLayer(own, own.kind, random, 3, 3, 'read', false, own.both);
    const network = chain([own.steps], words, ...made, dense(random, own.both ? 6 : 3, 3, 'linear', 'out'));
    return trainable(network, random, (values) => values.map((x) => Math.floor(((x + 1) / 2) * 7)));
  });

/** Along a sequence, and then whatever reads it. */
const alongSequence = fc
  .record({
    ...options,
    kind: fc.constantFrom(...recurrentKinds),
    width: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    padding: fc.constantFrom('valid', 'same', 'causal'),
    scaled: fc.boolean(),
    pool: fc.constantFrom('none', 'average', 'max', 'average-all', 'max-all'),
  })
  .map((own): Trainable => {
    const random = randomSource(own.seed);
    const [steps, channels, filters] = [own.steps + 3, 2, 4];
    const over = windows([own.width], { stride: [own.stride], padding: own.padding, channels });
    const layers: Layer[] = [conv(random, over, filters, own.activation)];
    if (own.scaled) layers.push(scale(random, filters));
    const all = own.pool.endsWith('-all');
    const small = windows([2], { stride: [2], padding: 'same', channels: filters });
    const whole = windows([1], { channels: filters });
    const of = own.pool.startsWith('max') ? 'max' : 'average';
    if (own.pool !== 'none') layers.push(pooling(all ? whole : small, of, all));
    if (!all) layers.push(...gateLayer(own, own.kind, random, filters, 3, 'read', false, false));
    layers.push(dense(random, all ? filters : 3, 3, 'linear', 'out'));
    return trainable(chain([steps, channels], ...layers), random);
  });

const small = fc.integer({ min: 1, max: 2 });

/** One image or several, channels first or last. */
const overImages = fc
  .record({
    ...options,
    several: fc.boolean(),
    first: fc.boolean(),
    size: fc.tuple(small, fc.integer({ min: 1, max: 3 })),
    stride: fc.tuple(small, small),
    padding: fc.constantFrom('valid', 'same'),
    around: fc.boolean(),
    scaled: fc.boolean(),
    pool: fc.constantFrom('none', 'average', 'max', 'average-all', 'max-all'),
    poolPadding: fc.constantFrom('valid', 'same'),
    kind: fc.constantFrom(...recurrentKinds),
  })
  .map((own): Trainable => {
    const random = randomSource(own.seed);
    const [height, width, channels, filters] = [4, 5, 2, 3];
    const layers: Layer[] = [];
    const isFirst = own.first && !own.several;
    const given = isFirst ? [channels, height, width] : [height, width, channels];
    if (isFirst) layers.push(permute(given, [1, 2, 0]));
    let image: readonly [number, number] = [height, width];
    if (own.around) {
      const around = windows([1, 1], { padding: [[1, 0], [0, 2]], channels, image }); // prettier-ignore
      const padding = { ...pooling(around, 'average', false, 'around'), of: 'padding' as const };
      layers.push({ ...padding, className: 'ZeroPadding2D' });
      image = [height + 1, width + 2];
    }
    const over = windows(own.size, { stride: own.stride, padding: own.padding, channels, image });
    layers.push(conv(random, over, filters, own.activation));
    if (own.scaled) layers.push(scale(random, filters));
    image = placesOf(over, 0).out as [number, number];
    const all = own.pool.endsWith('-all');
    const of = own.pool.startsWith('max') ? 'max' : 'average';
    const tiles = windows([2, 2], { stride: [2, 1], padding: own.poolPadding, channels: filters, image });
    const whole = windows([1, 1], { channels: filters, image });
    if (own.pool !== 'none') layers.push(pooling(all ? whole : tiles, of, all));
    const inputShape = own.several ? [own.steps, ...given] : given;
    const values = countValues(shapesOf({ inputShape, layers }).at(-1)!.output);
    const features = own.several ? values / own.steps : values;
    if (own.several) {
      layers.push(reshape([own.steps, features]));
      layers.push(...gateLayer(own, own.kind, random, features, 3, 'read', false, false));
    } else {
      if (!all) layers.push(passing('Flatten'));
      layers.push(dense(random, features, 3, own.activation, 'hidden'));
    }
    layers.push(dense(random, 3, 3, 'softmax', 'out'));
    return trainable(chain(inputShape, ...layers), random);
  });

/** Random layers over two sequences of the same length, each of layers before it; two outputs, of which one is chosen. */
const graphs = fc.record({ ...options, count: fc.integer({ min: 1, max: 7 }) }).map((own): Trainable => {
  const random = randomSource(own.seed);
  const below = (n: number): number => Math.floor(((random() + 1) / 2) * n);
  const inputs = [
    { name: 'a', shape: [own.steps, 3] },
    { name: 'b', shape: [own.steps, 2] },
  ];
  const layers: Layer[] = inputs.map(({ name }, input) => ({ kind: 'InputLayer', name, path: [], input }));
  /** Of what each layer hands on; those of a first half are not to be read. */
  const widths = [3, 2];
  const readable = [0, 1];
  const any = () => readable[below(readable.length)]!;
  const add = (layer: Layer, width: number, isRead = true): void => {
    layers.push(layer);
    widths.push(width);
    if (isRead) readable.push(layers.length - 1);
  };
  for (let k = 0; k < own.count; k++) {
    const source = any();
    const name = `layer-${k}`;
    const inputs = [source];
    switch (below(4)) {
      case 0:
        add({ ...dense(random, widths[source]!, 3, own.activation, name), inputs }, 3);
        break;
      case 1: {
        const both = random() < 0;
        const kind = recurrentKinds[below(4)]!;
        const [one, other] = gateLayer(own, kind, random, widths[source]!, 2, name, true, both);
        add({ ...one!, inputs }, 2, !both);
        if (other) add(other, 4);
        break;
      }
      default: {
        const operation = mergeOperations[below(mergeOperations.length)]!;
        const isJoined = operation === 'concatenate';
        const same = readable.filter((index) => widths[index] === widths[source]);
        const other = isJoined ? any() : same[below(same.length)]!;
        const width = isJoined ? widths[source]! + widths[other]! : widths[source]!;
        add({ ...merging(operation, width), name, inputs: [source, other] }, width);
      }
    }
  }
  // Whatever nothing reads yet.
  const reads = new Set(readsOf(layers).flat());
  const inputsOfEnd = readable.filter((index) => !reads.has(index));
  const width = inputsOfEnd.reduce((sum, index) => sum + widths[index]!, 0);
  if (inputsOfEnd.length > 1)
    add({ ...merging('concatenate', width), name: 'all', inputs: inputsOfEnd }, width);
  const last = readable.at(-1)!;
  const [end] = gateLayer(own, 'GRU', random, widths[last]!, 4, 'end', false, false);
  add({ ...end!, inputs: [last] }, 4);
  const at = layers.length - 1;
  add({ ...dense(random, 4, 3, 'softmax', 'kind'), inputs: [at] }, 3);
  add({ ...dense(random, 4, 2, 'linear', 'size'), inputs: [at] }, 2);
  const outputs = [
    { name: 'kind', layer: at + 1 },
    { name: 'size', layer: at + 2 },
  ];
  return trainable({ ...chain([own.steps, 3], ...layers), inputs, outputs }, random);
});

function merging(operation: MergeLayer['operation'], width: number): Omit<MergeLayer, 'name'> {
  return { kind: 'Merge', path: [], operation, axis: 'features', places: 1, width };
}

export const families = { stacks, embedded, alongSequence, overImages, graphs };

/** With samples within [-1, 1]. @param change of the values */
function trainable(
  network: Network,
  random: () => number,
  change: (values: Float32Array) => Float32Array = (values) => values,
): Trainable {
  const shapes = network.inputs?.map((input) => input.shape) ?? [network.inputShape];
  const arrays = shapes.map((own) => {
    const shape = [samples, ...own.map((size) => size!)];
    return { shape, values: change(randomTensor(random, shape).values) };
  });
  const parts = arrays.map(({ shape }) => shape);
  const size = arrays.reduce((sum, { values }) => sum + values.length, 0);
  const whole = arrays.length > 1 ? { shape: [samples, size / samples], parts } : { shape: parts[0]! };
  const shape = checkShape({ ...whole, values: new Float32Array(size) }, network, 'x');
  /** Read anew, so that a test may change the arrays first. */
  const sample = (n: number): Trace => {
    const own = arrays.map(({ values }) =>
      values.subarray((n * values.length) / samples, ((n + 1) * values.length) / samples),
    );
    const joined = Float32Array.from(own.flatMap((values) => [...values]));
    return sampleReader(joined, shape, { mean: 0, scale: 1 })(0);
  };
  return { network, shape, arrays, sample };
}
